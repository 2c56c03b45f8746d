"""The templates: each example is valid against its Table Schema, and read as what it is, in every dialect."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis import schemas, workspace
from spaser_analysis.cleaning.lines import clean_lines
from spaser_analysis.cleaning.reference import load_reference
from spaser_analysis.sources.columns import formats
from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.files import recognise
from spaser_analysis.sources.templates import TABLES, required_columns, template_columns

NAMES = (*TABLES, "register")
REFERENCE = load_reference()


def schema_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(workspace.template(f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


def example(name: str) -> list[dict[str, str]]:
    text = workspace.template(f"{name}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=max(";,", key=text.partition("\n")[0].count)))


TYPES = {"string": ".*", "integer": r"\d+", "number": r"-?\d+(,\d+)?", "date": r"\d{2}/\d{2}/\d{4}|\d{4}-\d{2}-\d{2}"}


def faults(schema: dict[str, Any], rows: list[dict[str, str]]) -> list[str]:
    """What a validator of Table Schema would say of these rows (specs.frictionlessdata.io/table-schema)."""
    found = [] if list(rows[0]) == [field["name"] for field in schema["fields"]] else ["header"]
    for field in schema["fields"]:
        limits = field.get("constraints", {})
        words = [*field.get("trueValues", []), *field.get("falseValues", [])]
        for value in (row.get(field["name"]) or "" for row in rows):
            if value in schema["missingValues"]:
                found += [f"{field['name']} required"] if limits.get("required") else []
            elif not re.fullmatch(TYPES.get(field["type"], "|".join(words)), value):
                found.append(f"{field['name']} is no {field['type']}")
            elif value not in limits.get("enum", [value]) or not re.fullmatch(limits.get("pattern", ".*"), value):
                found.append(f"{field['name']} refused")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_valid_against_its_table_schema(name: str) -> None:
    rows = example(name)
    assert faults(schema_of(name), rows) == []
    assert "données fictives" in {*rows[0].values()}


def test_the_validator_of_this_test_sees_faults() -> None:
    good = example("payments")[0]
    bad = {"montant_ht": "beaucoup", "date_paiement": "", "budget_avec_tva": "peut-être"}
    assert faults(schema_of("payments"), [good | bad]) == [
        "date_paiement required", "montant_ht is no number", "budget_avec_tva is no boolean",
    ]  # fmt: skip
    assert faults(schema_of("suppliers"), [example("suppliers")[0] | {"statut": "SCOP"}]) == ["statut refused"]
    assert faults(schema_of("needs"), [{"objet": "x"}])[0] == "header"


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_describes_each_column_in_french(name: str) -> None:
    schema = schema_of(name)
    assert schema["name"] == name
    assert schema["$schema"].startswith("https://specs.frictionlessdata.io/")
    for field in schema["fields"]:
        assert field["title"]
        assert field["type"] in {*TYPES, "boolean"}
        assert (field["type"] == "boolean") == ("trueValues" in field)


def test_the_statuses_of_the_schema_are_those_of_the_table() -> None:
    (field,) = (one for one in schema_of("suppliers")["fields"] if one["name"] == "statut")
    masks = schemas._allowed("suppliers", "mask")
    assert tuple(field["constraints"]["enum"]) == (*schemas.SUPPLIER_STATUSES, *masks)


@pytest.mark.parametrize("name", TABLES)
def test_a_template_is_recognised_as_what_it_is(name: str) -> None:
    source = recognise("x", workspace.template(f"{name}.csv"))
    (record,) = source.read()
    assert (source.format, source.table) == (f"{name}-csv", TABLES[name][0])
    assert record.row is not None
    assert tuple(record.row) == template_columns(name)
    assert record.row == example(name)[0]


def test_the_register_is_still_the_register() -> None:
    assert recognise("x", workspace.template("register.csv")).format == "register-csv"


@pytest.mark.parametrize("name", TABLES)
def test_no_template_looks_like_another_format(name: str) -> None:
    headers = {re.sub("[^a-z0-9]", "", column) for column in template_columns(name)}
    assert next(flat.name for flat in formats() if flat.marks <= headers) == name
    assert len([flat for flat in formats() if flat.name in TABLES and flat.marks <= headers]) == 1


@pytest.mark.parametrize(
    ("name", "column"),
    [(name, column) for name in TABLES for column in sorted(required_columns(name) - {TABLES[name][1]})],
)
def test_a_required_column_that_lacks_is_named(name: str, column: str, tmp_path: Path) -> None:
    kept = [one for one in template_columns(name) if one != column]
    (tmp_path / "x.csv").write_text(";".join(kept) + "\n")
    with pytest.raises(UnreadableFile, match=column.replace("_", "")):
        recognise("x", tmp_path / "x.csv")


OTHERS = {
    "lemarche-purchases": (
        "Raison sociale du Fournisseur,SIRET,Dépense achat (€),Catégorie d'achat (optionnelle),Entité acheteuse (optionnelle)\n"
        "Fictive 1,00000001800010,15000.50,Informatique,Service\n",
        {"fournisseur_nom": "Fictive 1", "fournisseur_siret": "00000001800010", "montant_ht": "15000.50",
         "categorie": "Informatique", "direction": "Service", "nature_budgetaire": "achat"},
    ),
    "lemarche-structures": (
        "siret,siren,name,brand,kind,updated_at\n00000001800010,000000018,Fictive,,EI,2020-12-18\n",
        {"siret": "00000001800010", "siren": "000000018", "denomination": "Fictive", "statut": "EI",
         "jour_de_la_liste": "2020-12-18", "liste": "Marché de l’inclusion"},
    ),
    "insee-ess": (
        "siren,denominationUniteLegale,economieSocialeSolidaireUniteLegale,methode_jointure\n000000018,Fictive,N,x\n",
        {"siren": "000000018", "denomination": "Fictive", "indicateur_ess": "N", "liste": "Insee, base Sirene (ESS)"},
    ),
    "enterprises": (
        "siren,denomination,categorie_entreprise\n000000018,Fictive,PME\n",
        {"siren": "000000018", "denomination": "Fictive", "statut": "PME", "liste": "Insee, catégorie d’entreprise"},
    ),
    "ess-france": (
        "siren,denominationUniteLegale,methode_jointure\n000000018,Fictive,siren_direct\n",
        {"siren": "000000018", "denomination": "Fictive", "liste": "ESS France", "statut": "ESS"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_the_formats_of_others_get_the_names_of_the_templates(name: str, tmp_path: Path) -> None:
    text, row = OTHERS[name]
    (tmp_path / "x").write_text(text, encoding="utf-8")
    source = recognise("x", tmp_path / "x")
    assert (source.format, [record.row for record in source.read()]) == (f"{name}-csv", [row])


COLUMNS = ("acheteur_siret", "date_paiement", "montant_ht", "fournisseur_siret", "fournisseur_nom", "direction",
           "territoire", "nature_budgetaire", "numero_marche", "budget_avec_tva", "date_facture", "categorie", "source")  # fmt: skip
NAME = st.text(
    st.characters(codec="cp1252", categories=["L", "N", "P", "S", "Zs"], exclude_characters="\x80\u00a0"), min_size=1, max_size=12
).map(str.strip).filter(lambda text: text and text not in ("CDL", "MQ"))  # fmt: skip
PAYMENT = st.tuples(
    st.just("20005480700017"),
    st.dates(pd.Timestamp("2019-01-01").date(), pd.Timestamp("2026-12-31").date()).map(
        lambda day: day.strftime("%d/%m/%Y")
    ),
    st.integers(-(10**9), 10**9).map(lambda cents: f"{cents / 100:.2f}".replace(".", ",")),
    st.sampled_from(["00000001800010", "000000018", ""]),
    NAME,
    st.sampled_from(["Direction de l’eau", ""]),
    st.sampled_from(["CT2", ""]),
    st.sampled_from(["achat", "Rémunérations", "divers", ""]),
    st.sampled_from(["2022Z220115F00", ""]),
    st.sampled_from(["oui", "non", ""]),
    st.sampled_from(["22/08/2022", ""]),
    NAME,
    st.sampled_from(["données fictives", ""]),
)


@given(
    st.lists(PAYMENT, min_size=1, max_size=5),
    st.sampled_from(";,\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_payments_are_the_same_in_csv_xlsx_and_parquet(
    rows: list[tuple[str, ...]], delimiter: str, encoding: str
) -> None:
    with TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("csv", "xlsx", "parquet")]
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows([COLUMNS, *rows])
        files[0].write_bytes(text.getvalue().encode(encoding))
        with xlsxwriter.Workbook(files[1], {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate([COLUMNS, *rows]):
                sheet.write_row(number, 0, row)
        pd.DataFrame(rows, columns=COLUMNS).to_parquet(files[2])
        if encoding == "cp1252" and not files[0].read_bytes().decode("utf-8", "ignore").isascii():
            del files[0]  # these bytes may be UTF-8 too: no reader could know
        tables = [_clean(path) for path in files]
        for other in tables[1:]:
            pd.testing.assert_frame_equal(tables[0], other)
        cents = [int(row[2].replace(",", "")) for row in rows]
        assert tables[0]["amount_cents"].fillna(0).tolist() == cents


def _clean(path: Path) -> pd.DataFrame:
    source = recognise("payments", path)
    return clean_lines(source.table, list(source.read()), "payments", REFERENCE, None).frame


def test_cells_that_are_numbers_and_days_in_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, ["acheteur_siret", "date_paiement", "montant_ht", "numero_marche", "budget_avec_tva"])
        sheet.write_number(1, 0, 20005480700017)
        sheet.write_datetime(1, 1, pd.Timestamp("2022-09-15").to_pydatetime(), day)
        sheet.write_number(1, 2, -1250.4)
        sheet.write_number(1, 3, 2022)
        sheet.write_boolean(1, 4, False)
    row = _clean(path).iloc[0]
    assert (row["buyer_siren"], row["paid_on"], row["amount_cents"]) == (
        "200054807",
        pd.Timestamp("2022-09-15"),
        -125040,
    )
    assert (row["contract_id"], row["has_vat_budget"]) == ("2022", False)


def test_a_register_with_a_column_of_a_template_is_still_a_register(tmp_path: Path) -> None:
    lines = workspace.template("register.csv").read_text(encoding="utf-8-sig").splitlines()
    (tmp_path / "x.csv").write_text(
        "\n".join([f"{lines[0]};numero_besoin;statut;siren", *(f"{one};B1;;" for one in lines[1:])])
    )
    source = recognise("x", tmp_path / "x.csv")
    assert (source.format, source.table, len(list(source.read()))) == ("register-csv", "contracts", 2)


def test_payments_in_json_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([example("payments")[0]]))
    with pytest.raises(UnreadableFile, match="payments in JSON: give them as CSV, XLSX or Parquet"):
        recognise("x", tmp_path / "x.json")
