"""An edition of a folder of reports, as their manifest would state it; and the sample's inputs told otherwise."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterable
from pathlib import Path

import nbformat
import openpyxl
from pydantic import TypeAdapter

from spaser_analysis.publishing import key
from spaser_analysis.publishing.manifest import Edition, Input, Run, contents, this_platform, versions
from spaser_analysis.publishing.parameters import assignments, tagged_cells
from spaser_analysis.publishing.tasks import OF_QUARTER, OF_YEAR, TERRITORY
from spaser_analysis.tables import read_catalogue

NOTEBOOKS = {slug: notebook for notebook, slug in (OF_QUARTER | OF_YEAR).items()}


def edition_of(folder: Path, clean: Path, slugs: Iterable[str] | None = None) -> Edition:
    """The edition of the reports of a folder, of all of them unless told."""
    named = slugs or sorted(path.parent.name for path in folder.glob("*/report.ipynb"))
    runs = tuple(Run(one, NOTEBOOKS.get(one, TERRITORY), given(folder / one)) for one in named)
    code: dict[str, str] = {}
    for run in runs:
        fixed = key.fixed(run.notebook, "amp")
        code |= {("notebook " + run.notebook if part == "notebook" else part): found for part, found in fixed.items()}
    told = read_catalogue(clean)
    return Edition(
        folder=folder, period=folder.name, organisation="amp", revision=1, snapshot=told["snapshot"], version="0",
        runs=runs, files={}, parts={}, inputs=TypeAdapter(tuple[Input, ...]).validate_python(told["files"]), tables={},
        contents=contents(clean), code=code, versions=versions(), platform=this_platform(), previous="",
    )  # fmt: skip


def given(report: Path) -> dict[str, str | int]:
    """The parameters that a report was run with."""
    (cell,) = tagged_cells(nbformat.read(report / "report.ipynb", as_version=4), "injected-parameters")
    return assignments(cell.source)


def told_otherwise(source: Path, target: Path, seed: int = 4) -> None:
    """The inputs of a folder with their rows shuffled, under other names that keep their day."""
    chance = random.Random(seed)
    target.mkdir(parents=True)
    for rank, path in enumerate(sorted(source.iterdir(), reverse=True)):
        shuffle = {".csv": _csv, ".json": _json, ".xlsx": _workbook}[path.suffix]
        (target / f"f{rank} {source.name}{path.suffix}").write_bytes(shuffle(path.read_bytes(), chance))


def _csv(raw: bytes, chance: random.Random) -> bytes:
    """The records as they are written, line breaks within quotes included."""
    head, *rows = re.findall(rb'(?:"[^"]*"|[^"\n])*\n', raw if raw.endswith(b"\n") else raw + b"\n")
    chance.shuffle(rows)
    return b"".join([head, *rows])


def _json(raw: bytes, chance: random.Random) -> bytes:
    told = json.loads(raw)
    for records in told["marches"].values():
        chance.shuffle(records)
    return json.dumps(told, ensure_ascii=False).encode()


def _workbook(raw: bytes, chance: random.Random) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(raw))
    for sheet in book.worksheets:
        _, *rows = sheet.iter_rows(values_only=True)
        chance.shuffle(rows)
        for number, row in enumerate(rows, 2):
            for column, cell in enumerate(row, 1):
                sheet.cell(number, column).value = cell
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
