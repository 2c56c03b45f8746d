"""Write in any dialect, read the same table; and one record at a time, whatever its size."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis.cleaning.nested import flatten
from spaser_analysis.sources import json_records
from spaser_analysis.sources.files import expand, find_files, recognise

COLUMNS = [
    "numero_marche",
    "objet",
    "acheteur_siret",
    "date_notification",
    "montant_ht",
    "titulaire_siret",
    "direction",
]
CELL = st.text(
    st.characters(codec="cp1252", categories=["L", "N", "P", "S", "Zs"], exclude_characters="\x80\u00a0|\"'[]"), min_size=1, max_size=20
).map(str.strip).filter(lambda text: text and text not in ("CDL", "MQ"))  # fmt: skip
TABLE = st.lists(st.tuples(*[CELL] * len(COLUMNS)), min_size=1, max_size=6)


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [
        flatten(record.row)[0] | {"holders": flatten(record.row)[1]}
        for record in recognise(path.name, path).read()
        if record.row
    ]


def expected(table: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [(row[0], row[1], row[2], row[3], row[4], row[6]) for row in table]


def read(path: Path) -> list[tuple[str | None, ...]]:
    names = ("id", "objet", "acheteur_id", "dateNotification", "montant", "directorate")
    return [tuple(row[name] for name in names) for row in rows_of(path)]


@given(
    TABLE,
    st.sampled_from(";,\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_csv_in_any_dialect(table: list[tuple[str, ...]], delimiter: str, encoding: str, ending: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending)
    writer.writerows([COLUMNS, *table])
    written = text.getvalue().encode(encoding)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "registre"
        path.write_bytes(written)
        if encoding == "cp1252" and _also_utf8(written):
            return  # the same bytes say another text in UTF-8: no reader could know
        assert read(path) == expected(table)


def _also_utf8(written: bytes) -> bool:
    try:
        return not written.decode("utf-8").isascii()
    except UnicodeDecodeError as error:
        # Refused as mixed when some of it is valid multi-byte UTF-8.
        return not written.decode("utf-8", "ignore").isascii() or error is None


@given(TABLE)
def test_a_workbook_gives_the_same_table(table: list[tuple[str, ...]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "registre"
        book = xlsxwriter.Workbook(
            path, {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
        )
        sheet = book.add_worksheet()
        for number, row in enumerate([tuple(COLUMNS), *table]):
            sheet.write_row(number, 0, row)
        book.close()
        assert read(path) == expected(table)


@given(TABLE, st.booleans(), st.sampled_from([None, 1]))
def test_parquet_gives_the_same_table(table: list[tuple[str, ...]], shuffled: bool, size: int | None) -> None:
    frame = pd.DataFrame(table, columns=COLUMNS)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "registre"
        frame[sorted(COLUMNS) if shuffled else COLUMNS].to_parquet(path, row_group_size=size)
        assert read(path) == expected(table)


RECORD = st.fixed_dictionaries(
    {"id": st.text(min_size=1), "objet": st.text(), "acheteur": st.fixed_dictionaries({"id": st.text(min_size=1)}),
     "montant": st.integers(0, 10**12) | st.floats(0, 1e12) | st.text()}
)  # fmt: skip


@given(st.lists(RECORD, max_size=5), st.booleans(), st.sampled_from([None, 1, "\t"]), st.integers(1, 9), st.booleans())
def test_json_whatever_its_spacing_and_the_size_of_the_window(
    records: list[dict[str, Any]], ascii_only: bool, indent: int | str | None, chunk: int, bom: bool
) -> None:
    text = json.dumps(
        {"version": 1, "marches": {"marche": records, "contrat-concession": []}}, ensure_ascii=ascii_only, indent=indent
    )
    before = json_records._CHUNK
    with TemporaryDirectory() as folder:
        path = Path(folder) / "decp"
        path.write_bytes(
            (b"\xef\xbb\xbf" if bom else b"") + text.encode("utf-8", "surrogatepass" if ascii_only else "replace")
        )
        json_records._CHUNK = chunk
        try:
            found = [record.row for record in json_records.read_json(path, "decp")]
        finally:
            json_records._CHUNK = before
    again = json.loads(text, parse_float=str, parse_int=str)["marches"]["marche"]
    assert found == again


@pytest.mark.parametrize(
    ("document", "kind", "records", "concessions"),
    [
        ({"marches": []}, "decp-2019-json", 0, 0),
        ({"marches": [{"id": "1"}, {"id": "2"}]}, "decp-2019-json", 2, 0),
        ({"marches": {"marche": [{"id": "1"}]}}, "decp-2022-json", 1, 0),
        ({"marches": {"marche": {"id": "1"}}}, "decp-2022-json", 1, 0),
        ({"marches": {"marche": [], "contrat-concession": [{"id": "1"}]}}, "decp-2022-json", 1, 1),
        ({"marches": [{"marche": {"id": "1"}}]}, "decp-2019-json", 1, 0),
        ([{"acheteur_id": "1", "id": "1", "titulaire_id_1": "2"}], "economie.gouv.fr-json", 1, 0),
        ({"total_count": 1, "results": [{"acheteur_id": "1", "id": "1"}]}, "economie.gouv.fr-json", 1, 0),
        ({"records": [{"fields": {"acheteur_id": "1", "id": "1"}}]}, "economie.gouv.fr-json", 1, 0),
        ({"records": [{"record": {"fields": {"acheteur_id": "1", "id": "1"}}}]}, "economie.gouv.fr-json", 1, 0),
    ],
)
def test_every_container_of_contracts(tmp_path: Path, document: Any, kind: str, records: int, concessions: int) -> None:
    path = tmp_path / "x"
    path.write_text(json.dumps(document))
    source = recognise("x", path)
    found = list(source.read())
    assert (source.format, len(found), sum(one.is_concession for one in found)) == (kind, records, concessions)


def test_a_record_that_is_no_object_is_handed_on_with_its_problem(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text('{"marches": {"marche": [1, {"id": "a", "id": "b"}, NaN]}}')
    found = list(recognise("x", path).read())
    assert [one.problem for one in found] == ["not_an_object", None, "not_an_object"]
    assert found[1].row == {"id": ["a", "b"], "duplicate_keys": ["id"]}


def test_a_ragged_line_is_not_shifted(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "numero_marche;objet;acheteur_siret;date_notification;montant_ht\nM1;a;b;2022-01-01;3\nM2;a;b\nM3;a;b;2022-01-01;3;4\n"
    )
    assert [(one.number, one.problem) for one in recognise("x", path).read()] == [
        (1, None),
        (2, "ragged_line"),
        (3, "ragged_line"),
    ]


def test_companies_named_null_or_na_keep_their_name(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "numero_marche;objet;acheteur_siret;date_notification;montant_ht;titulaire_nom\nM1;NA;00123;2022-01-01;3;NULL\n"
    )
    row = next(iter(recognise("x", path).read())).row
    assert row is not None
    assert (row["objet"], row["acheteur_id"], row["titulaires"][0]["denominationSociale"]) == ("NA", "00123", "NULL")


def test_folders_and_archives(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.json").write_text('{"marches": [{"id": "1"}]}')
    (folder / "README.md").write_text("notes")
    (folder / ".hidden.json").write_text("{")
    with zipfile.ZipFile(folder / "b.zip", "w") as archive:
        archive.writestr("c.json", '{"marches": [{"id": "2"}]}')
        archive.writestr("notes.md", "notes")
    files, left = find_files([folder])
    found = [(name, path.read_text()) for given, path in files for name, path in expand(given, path, tmp_path, left)]
    assert [name for name, _ in found] == ["a.json", "b.zip/c.json"]
    assert left == [".hidden.json", "README.md", "b.zip/notes.md"]
