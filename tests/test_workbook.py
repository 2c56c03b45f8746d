"""Spreadsheets: text stays text, days are days, and the same sheets are the same bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

from openpyxl import load_workbook

from spaser_analysis.workbook import Sheet, as_json, from_json, workbook

HOSTILE = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(1)",
    "-2+3",
    "http://example.org",
    "＝1+1",
    "'x",
    "<script>alert(1)</script>",
    "a\nb",
    "2023-02-30",
    "2023-01-12",
)
SHEET = Sheet("Besoins", ("Texte", "Nombre", "Jour", "Rien"), [(one, 12.5, date(2023, 2, 28), None) for one in HOSTILE])


def test_nothing_becomes_a_formula_nor_a_link() -> None:
    book = load_workbook(io.BytesIO(workbook([SHEET])))
    sheet = book["Besoins"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert tuple(cell.value for cell in cells) == HOSTILE
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell for cell in cells if cell.hyperlink] == []
    with zipfile.ZipFile(io.BytesIO(workbook([SHEET]))) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")


def test_numbers_days_and_nothing() -> None:
    sheet = load_workbook(io.BytesIO(workbook([SHEET])))["Besoins"]
    assert [cell.value for cell in sheet[2]][1:] == [12.5, datetime(2023, 2, 28), None]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", f"A1:D{len(HOSTILE) + 1}")
    ancient = Sheet("Vieux", ("Jour",), [(date(218, 1, 1),)])
    assert load_workbook(io.BytesIO(workbook([ancient])))["Vieux"]["A2"].value == "0218-01-01"


def test_the_same_sheets_are_the_same_bytes_through_a_notebook_too() -> None:
    assert workbook([SHEET]) == workbook(from_json(as_json([SHEET])))
    assert b"\n" not in as_json([SHEET]).encode()


def test_a_sheet_without_rows() -> None:
    assert load_workbook(io.BytesIO(workbook([Sheet("Vide", ("A",), [])])))["Vide"]["A1"].value == "A"
