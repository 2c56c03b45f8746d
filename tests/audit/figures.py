"""The files of figures of the sample's editions, and one cell of one written otherwise."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spaser_analysis import workspace
from spaser_analysis.publishing.manifest import Edition
from spaser_analysis.report import FIGURES
from tests.audit.editions import edition_of

_APART = ("synthese", "programmation", "methode")  # their figures are in no other file


def copied(edition: Edition, place: Path) -> Edition:
    """The files of figures of an edition, elsewhere."""
    folder = place / edition.period
    for path in (*edition.folder.glob(FIGURES), *edition.folder.glob(f"*/{FIGURES}")):
        target = folder / path.relative_to(edition.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return replace(edition, folder=folder)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def chosen(rows: list[dict[str, str]], **where: str) -> Iterator[dict[str, str]]:
    return (row for row in rows if all(row[name] == value for name, value in where.items()))


def edited(path: Path, column: str, value: str, **where: str) -> str:
    """Write a value in the one row that is so; what was there."""
    rows = read(path)
    (row,) = chosen(rows, **where)
    before, row[column] = row[column], value
    write(path, rows)
    return before


def _published(period: str, clean: Path, place: Path) -> Edition:
    """The committed edition of a period, with all its figures in one file."""
    edition = copied(edition_of(workspace.home() / "reports" / period, clean), place)
    files = sorted(path for path in edition.folder.glob(f"*/{FIGURES}") if path.parent.name not in _APART)
    lines = dict.fromkeys(line for path in files for line in path.read_text().splitlines(keepends=True))
    (edition.folder / FIGURES).write_text("".join(lines))
    return edition


@pytest.fixture(scope="module")
def kept(sample_clean: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Edition]:
    """The editions of the sample, for tests that do not write."""
    place = tmp_path_factory.mktemp("kept")
    return {period: _published(period, sample_clean, place) for period in ("2022-T3", "2022")}


@pytest.fixture
def edition(kept: dict[str, Edition], tmp_path: Path) -> Edition:
    """That of the quarter, to be written to."""
    return copied(kept["2022-T3"], tmp_path)
