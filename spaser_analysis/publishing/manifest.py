"""The manifest of an edition: what it is made of and from, by content, as RO-Crate metadata.

RO-Crate 1.1 (https://w3id.org/ro/crate/1.1): research-data tools read it; ``read_edition`` gives it back as one value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "ro-crate-metadata.json"


@dataclass(frozen=True)
class Input:
    """An input file, as the catalogue of the clean tables names it."""

    name: str
    sha256: str
    format: str
    read: int
    used: int
    rejected: int
    duplicates: int


@dataclass(frozen=True)
class Run:
    """A report of the edition: its folder below it, its notebook and the parameters that it ran with."""

    slug: str
    notebook: str
    parameters: Mapping[str, str | int]


@dataclass(frozen=True)
class Edition:
    """All reports of one period (a quarter, a year) as published at one time.

    ``files``: sha256 by name below ``folder``, of all its files but the manifest and its signature. ``tables``: of each clean
    table the sha256, ``contents`` that of its rows alone, whatever their order and the names of the files. ``code``: the hash
    of ``library``, ``reference``, ``lock`` and of each notebook (``notebook rapport_territoire``). ``previous``: the sha256 of
    the manifest that came before in the list of editions.
    """

    folder: Path
    period: str
    organisation: str
    revision: int
    snapshot: str
    version: str
    runs: tuple[Run, ...]
    files: Mapping[str, str]
    inputs: tuple[Input, ...]
    tables: Mapping[str, str]
    contents: Mapping[str, str]
    code: Mapping[str, str]
    versions: Mapping[str, str]
    platform: str
    previous: str


class NoEdition(Exception):
    """The folder holds no edition, or its manifest cannot be read; the message says why."""


def read_edition(folder: Path) -> Edition:
    """The edition of a folder; NoEdition."""
    raise NotImplementedError
