"""The first sheet of an XLSX workbook, read row by row."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from spaser_analysis.sources.columns import FlatFormat, official_row, recognise_columns
from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.record import RawRecord


def xlsx_format(path: Path, name: str) -> FlatFormat:
    """The flat format of the first sheet."""
    return recognise_columns(next(_rows(path, name), []), name)


def read_xlsx(path: Path, name: str) -> Iterator[RawRecord]:
    """Every row under official names; a row without any cell is not a record."""
    rows = _rows(path, name)
    headers = next(rows, [])
    flat = recognise_columns(headers, name)
    number = 0
    for values in rows:
        if not any(values):
            continue
        number += 1
        if len(values) > len(headers) and any(values[len(headers) :]):
            yield RawRecord(number, None, "ragged_line")
        else:
            padded = [*values[: len(headers)], *[""] * (len(headers) - len(values))]
            yield RawRecord(number, official_row(flat, headers, padded))


def _rows(path: Path, name: str) -> Iterator[list[str]]:
    line = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # openpyxl remarks on styles and extensions it does not draw
            with path.open("rb") as stream:  # by path, openpyxl would judge the file by its name
                workbook = load_workbook(stream, read_only=True, data_only=True)
                for line, row in enumerate(workbook.worksheets[0].iter_rows(values_only=True), 1):
                    cells = [_text(cell) for cell in row]
                    while line == 1 and cells and not cells[-1]:
                        cells.pop()
                    yield cells
    except (
        BadZipFile,
        InvalidFileException,
        KeyError,
        IndexError,
        ValueError,
        SyntaxError,
        EOFError,
        OSError,
    ) as error:
        raise UnreadableFile(name, f"not a readable workbook: {error}", f"row {line + 1}") from None


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()
