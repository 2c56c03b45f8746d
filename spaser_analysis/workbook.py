"""Spreadsheets to work on: text stays text, whatever it begins with, and the same sheets are the same bytes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter

SHEETS_MIME = "application/vnd.spaser.sheets+json"
_FIRST_DAY = date(1900, 3, 1)  # spreadsheets disagree on those before
_LONGEST_CELL, _WIDEST, _LOOKED_AT = 32_767, 60, 200
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, headings and rows of text, numbers, days, or nothing."""

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str | int | float | date | None]]


def as_json(sheets: Sequence[Sheet]) -> str:
    """The sheets as one line of text, for a notebook to carry."""
    return json.dumps([asdict(one) for one in sheets], ensure_ascii=False, default=lambda day: {"day": day.isoformat()})


def from_json(text: str) -> list[Sheet]:
    """What ``as_json`` wrote."""
    return [Sheet(**one) for one in json.loads(text, object_hook=_day)]


def _day(told: dict[str, Any]) -> Any:
    return date.fromisoformat(told["day"]) if told.keys() == {"day"} else told


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """An XLSX file: a heading that stays in view, a filter on every column; text is text, and no cell is a formula.

    Stored without compression, so that the bytes do not depend on the machine's.
    """
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, _OPTIONS) as made:
        made.set_properties({"created": datetime(2000, 1, 1)})
        bold = made.add_format({"bold": True, "bottom": 1})
        wrapped = made.add_format({"text_wrap": True, "valign": "top"})
        day = made.add_format({"num_format": "dd/mm/yyyy", "align": "left", "valign": "top"})
        for one in sheets:
            sheet = made.add_worksheet(one.name)
            sheet.write_row(0, 0, one.headings, bold)
            for number, row in enumerate(one.rows, 1):
                for column, cell in enumerate(row):
                    if isinstance(cell, date) and cell >= _FIRST_DAY:
                        sheet.write_datetime(number, column, datetime.combine(cell, datetime.min.time()), day)
                    elif isinstance(cell, str | date):
                        sheet.write_string(number, column, str(cell)[:_LONGEST_CELL], wrapped)
                    elif cell is not None:
                        sheet.write_number(number, column, cell, wrapped)
            for column, heading in enumerate(one.headings):
                lengths = [len(str(row[column] or "")) for row in one.rows[:_LOOKED_AT]]
                sheet.set_column(column, column, min(max([len(heading), *lengths]) + 2, _WIDEST))
            sheet.freeze_panes(1, 0)
            if one.rows:
                sheet.autofilter(0, 0, len(one.rows), max(len(one.headings) - 1, 0))
    stored = io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as target:
        for member in source.infolist():
            target.writestr(zipfile.ZipInfo(member.filename), source.read(member))
    return stored.getvalue()
