"""Folders that may be elsewhere: any address that fsspec knows (``s3://``, ``sftp://`` ...), worked on through a local copy."""

from __future__ import annotations

import hashlib
import os
import posixpath
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any


def is_address(place: str | Path | None) -> bool:
    """Not a folder of this machine."""
    return "://" in str(place)


def local(place: str, version: str) -> Path:
    """A folder of this machine with the files of ``place``: itself, or a copy of that version, made once a machine.

    OSError where it cannot be read.
    """
    if not is_address(place):
        return Path(place)
    target = _kept() / hashlib.sha256(f"{place} {version}".encode()).hexdigest()[:32]
    if not target.is_dir():
        files, root = _connected(place)
        with tempfile.TemporaryDirectory(dir=_kept()) as scratch:
            whole = Path(scratch, "whole")
            whole.mkdir()
            for name in files.ls(root, detail=False):
                files.get_file(name, str(whole / posixpath.basename(name)))
            with suppress(OSError):  # another process was first
                whole.rename(target)
    return target


def version(place: str) -> str:
    """What tells that the files of an address are others than before."""
    files, root = _connected(place)
    return repr([files.ukey(name) for name in sorted(files.ls(root, detail=False))])


def kept(content: bytes) -> Path:
    """A file of this machine with that content, written once."""
    target = _kept() / f"{hashlib.sha256(content).hexdigest()}.snapshot"
    if not target.is_file():
        with tempfile.NamedTemporaryFile(dir=_kept(), delete=False) as file:
            file.write(content)
        Path(file.name).replace(target)
    return target


def fetch(place: str, names: Iterable[str], target: Path) -> None:
    """Copy those files and folders of ``place`` that are there into ``target``, under the same names."""
    files, root = _connected(place)
    for name in names:
        for path in sorted(files.find(f"{root}/{name}")) if files.exists(f"{root}/{name}") else ():
            copy = target / name / posixpath.relpath(path, f"{root}/{name}")
            copy.parent.mkdir(parents=True, exist_ok=True)
            files.get_file(path, str(copy))


def update(folder: Path, names: Iterable[str], place: str) -> None:
    """Put those files of a folder, below ``place`` under the same names; one that is not there is removed there too."""
    files, root = _connected(place)
    for name in names:
        there = f"{root}/{name}"
        if (folder / name).is_file():
            files.makedirs(posixpath.dirname(there), exist_ok=True)
            files.put_file(str(folder / name), there)
        elif files.exists(there):
            files.rm(there)


def send(folder: Path, place: str, name: str) -> None:
    """Put a folder at ``name`` below ``place``: complete beside it first, then moved in one step.

    Where the storage cannot move a folder (object stores), the move is one file after the other.
    """
    files, root = _connected(place)
    beside = f"{root}/.staging-{os.getpid()}-{name.replace('/', '-')}"
    target, before = f"{root}/{name}", f"{beside}-before"
    try:
        files.makedirs(beside, exist_ok=True)
        for path in sorted(folder.iterdir()):
            files.put_file(str(path), f"{beside}/{path.name}")
        files.makedirs(posixpath.dirname(target), exist_ok=True)
        if files.exists(target):
            _move(files, target, before)
        _move(files, beside, target)
        if files.exists(before):
            files.rm(before, recursive=True)
    except Exception as error:  # each storage has its own
        raise OSError(f"{place}: {type(error).__name__}: {error}") from None


def _move(files: Any, one: str, other: str) -> None:
    try:
        files.mv(one, other, recursive=True)
    except TypeError:  # one that renames, as sftp does, has no such word
        files.mv(one, other)


def _connected(place: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise OSError(f"{place}: install the extra cluster first: pip install spaser-analysis[cluster]") from None
    try:
        files, root = url_to_fs(place)
    except (ImportError, ValueError) as error:
        raise OSError(f"{place}: {error}") from None
    return files, str(root).rstrip("/")


def _kept() -> Path:
    """Of this user alone: what is kept is trusted."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spaser-analysis"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
