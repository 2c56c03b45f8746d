"""From paths to recognised files: folders are walked, archives opened, each file recognised by its content."""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

from spaser_analysis.sources.csv_rows import csv_format, read_csv
from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.json_columns import read_json_columns
from spaser_analysis.sources.json_records import json_format, read_json
from spaser_analysis.sources.parquet_rows import parquet_format, read_parquet
from spaser_analysis.sources.record import Source
from spaser_analysis.sources.spreadsheet import read_xlsx, xlsx_format
from spaser_analysis.sources.xml_records import read_xml, xml_format

_DATA_SUFFIXES = frozenset({".json", ".csv", ".xml", ".xlsx", ".parquet", ".zip", ".tsv", ".txt", ""})
# What zipfile lets through from a damaged or encrypted archive.
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, ValueError, EOFError, OSError)
_LARGEST_RATIO, _LARGEST_MEMBER, _DEEPEST = 200, 40 << 30, 2


def find_files(paths: list[Path], or_none: bool = False) -> tuple[list[tuple[str, Path]], list[str]]:
    """(name, path) of every file to read, and the names of those left alone in a folder (hidden or of another kind).

    A file named by the user is always read; none at all is an UnreadableFile unless ``or_none``. Names are relative to the path given, so that no folder of this
    machine enters the tables; two files of one name are numbered.
    """
    found: list[tuple[str, Path]] = []
    left: list[str] = []
    for given in paths:
        if given.is_dir():
            for file in _walk(given):
                name = file.relative_to(given).as_posix()
                if file.is_file() and not file.is_symlink() and _is_data(name):
                    found.append((name, file))
                else:
                    left.append(name)
        elif given.is_file():
            found.append((given.name, given))
        else:
            raise UnreadableFile(str(given), "no such file or folder")
    if not found and not or_none:
        raise UnreadableFile(", ".join(map(str, paths)), "no file to read")
    return _told_apart(found), left


def _walk(folder: Path) -> list[Path]:
    """Every file below a folder, and the links to folders, which are not followed."""
    found: list[Path] = []

    def refuse(error: OSError) -> None:
        raise UnreadableFile(str(error.filename), f"cannot be read ({error.strerror})")

    for place, folders, files in os.walk(folder, onerror=refuse):
        found += [Path(place) / name for name in files]
        found += [Path(place) / name for name in folders if (Path(place) / name).is_symlink()]
    return sorted(found)


def expand(name: str, path: Path, scratch: Path, left: list[str], depth: int = 0) -> Iterator[tuple[str, Path]]:
    """The file itself, or the members of a ZIP archive written one by one into ``scratch``.

    The names of the members left alone are added to ``left``.
    """
    try:
        if not zipfile.is_zipfile(path) or _is_workbook(path):
            yield name, path
            return
        with zipfile.ZipFile(path) as archive:
            archive.infolist()
    except (zipfile.BadZipFile, ValueError) as error:
        raise UnreadableFile(name, f"not a readable archive: {error}") from None
    if depth == _DEEPEST:
        raise UnreadableFile(name, "an archive within an archive within an archive")
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        kept = [member for member in members if _is_data(member.filename)]
        left += [f"{name}/{member.filename}" for member in members if not _is_data(member.filename)]
        if not kept:
            raise UnreadableFile(name, "the archive holds no file to read")
        kept.sort(key=lambda member: (member.filename, member.header_offset))
        for rank, member in enumerate(kept):
            again = sum(other.filename == member.filename for other in kept[:rank])
            inside = f"{name}/{member.filename}{f' ({again + 1})' if again else ''}"
            if member.file_size > _LARGEST_MEMBER or member.file_size > _LARGEST_RATIO * max(
                member.compress_size, 5_000
            ):
                raise UnreadableFile(inside, "refused: unpacks to far more than an archive of data would")
            target = scratch / f"{depth}-{rank}"
            try:
                with archive.open(member) as packed, target.open("wb") as plain:
                    shutil.copyfileobj(packed, plain, 1 << 20)
            except _DAMAGE as error:
                raise UnreadableFile(inside, f"cannot be unpacked: {error}") from None
            yield from expand(inside, target, scratch, left, depth + 1)
            target.unlink(missing_ok=True)


def recognise(name: str, path: Path) -> Source:
    """What a file is, by its first bytes and then its structure; an UnreadableFile if it is nothing we know."""
    with path.open("rb") as stream:
        start = stream.read(4096)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise UnreadableFile(name, "empty file")
    if start.startswith(b"PAR1"):
        flat = parquet_format(path, name)
        return Source(path, name, f"{flat.name}-parquet", flat.per_holder, lambda: read_parquet(path, name), flat.table)
    if start.startswith(b"PK"):
        flat = xlsx_format(path, name)
        return Source(path, name, f"{flat.name}-xlsx", flat.per_holder, lambda: read_xlsx(path, name), flat.table)
    if text[:1] in (b"{", b"["):
        kind = json_format(path, name)
        of_holders = kind.startswith("decp.info")
        columns = partial(read_json_columns, path, name)
        return Source(path, name, kind, of_holders, lambda: read_json(path, name), columns=columns)
    wide = text.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").replace(b"\0", b"").lstrip()[:1]
    if text.startswith((b"\xff\xfe", b"\xfe\xff")) and wide in (b"{", b"["):
        raise UnreadableFile(name, "JSON in UTF-16: save it again in UTF-8")
    if wide == b"<":
        kind = xml_format(path, name)
        return Source(path, name, kind, kind != "decp-xml", lambda: read_xml(path, name))
    flat = csv_format(path, name)
    return Source(path, name, f"{flat.name}-csv", flat.per_holder, lambda: read_csv(path, name), flat.table)


def sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_workbook(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _is_data(member: str) -> bool:
    parts = Path(member).parts
    hidden = any(part.startswith((".", "__")) for part in parts)
    return not hidden and Path(member).suffix.lower() in _DATA_SUFFIXES


def _told_apart(files: list[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """Each file once, and each under a name of its own: those of one name are numbered, in the order of their hashes; the
    folders above them, which no edition may name, tell nothing.
    """
    named: dict[str, list[Path]] = {}
    for path, name in {path.resolve(): name for name, path in sorted(files, reverse=True)}.items():
        named.setdefault(name, []).append(path)
    found = {name: paths[0] if len(paths) == 1 else min(paths, key=sha256) for name, paths in named.items()}
    for name, paths in sorted(named.items()):
        numbers = (f"{name} ({number})" for number in count(2))
        for path in sorted(set(paths) - {found[name]}, key=lambda path: (sha256(path), path)):
            found[next(one for one in numbers if one not in found)] = path
    return sorted(found.items())
