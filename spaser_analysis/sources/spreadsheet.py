"""The first sheet of an XLSX workbook, read row by row."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from spaser_analysis.sources.columns import (
    HEADER_WITHIN,
    FlatFormat,
    first_header,
    flat_record,
    recognise_columns,
)
from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.record import RawRecord

# openpyxl lets these through from a damaged workbook.
_DAMAGE = (
    *(BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, TypeError),
    *(AttributeError, SyntaxError, EOFError, OSError),
)


def xlsx_format(path: Path, name: str) -> FlatFormat:
    """The flat format of the first sheet."""
    return recognise_columns(_header(path, name)[0], name)


def read_xlsx(path: Path, name: str) -> Iterator[RawRecord]:
    """Every row under official names; a row without any cell is not a record."""
    headers, place = _header(path, name)
    flat = recognise_columns(headers, name)
    number = 0
    for values in islice(_rows(path, name), place + 1, None):
        if not any(values):
            continue
        number += 1
        width = len(values) if any(values[len(headers) :]) else len(headers)  # empty cells at the end are not said
        yield flat_record(number, flat, headers, [*values, *[""] * (width - len(values))][:width])


def _header(path: Path, name: str) -> tuple[list[str], int]:
    """The first row that is a header, without its empty end, and its place; titles above it are passed over."""
    top = list(islice(_rows(path, name), HEADER_WITHIN))
    cells = first_header(top)
    place = top.index(cells) if cells else 0
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells, place


def _rows(path: Path, name: str) -> Iterator[list[str]]:
    line = 0
    try:
        with warnings.catch_warnings(), path.open("rb") as stream:  # by path, openpyxl would judge the file by its name
            warnings.simplefilter("ignore", UserWarning)  # openpyxl remarks on styles and extensions it does not draw
            sheet = load_workbook(stream, read_only=True, data_only=True).worksheets[0]
            sheet.reset_dimensions()  # what the file says of its own size may be wrong
            for row in sheet.iter_rows(values_only=True):
                line += 1
                yield [_text(cell) for cell in row]
    except _DAMAGE as error:
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
    if isinstance(cell, float) and re.fullmatch(r"-?[0-9]{1,3}\.[0-9]{3}", str(cell)):
        return f"{cell}0"  # as text, "12.345" may be twelve thousand: as a number it is not
    return str(cell).strip()
