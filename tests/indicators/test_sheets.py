"""The registry: every indicator says what it is, and its sheet agrees with what it computes."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import date

import pytest

from spaser_analysis import workspace
from spaser_analysis.indicators import INDICATORS, INDICATORS_BY_CODE
from spaser_analysis.indicators.completeness import LABELS, completeness, completeness_indicators
from spaser_analysis.indicators.share import Share
from spaser_analysis.indicators.sheet import Indicator, Sheet
from spaser_analysis.schemas import CONTRACTS
from tests.tables import share, table, tables_of

# Where the buyer's name of a field comes from.
TEMPLATES = {
    "payments": ("payments",),
    "insertion_hours": ("insertion_hours",),
    "hours_and_payments": ("insertion_hours", "payments"),
    "declarations": ("agec", "egalim"),
}
EACH = pytest.mark.parametrize("indicator", INDICATORS, ids=lambda one: one.sheet.code)


def shown(sheet: Sheet) -> list[str]:
    """What a reader sees of it."""
    return [sheet.label, sheet.numerator, sheet.denominator, sheet.why, *sheet.cautions, sheet.legal, *sheet.noun]


def test_codes_are_unique_and_in_reading_order() -> None:
    codes = [indicator.sheet.code for indicator in INDICATORS]
    assert codes[:3] == ["environmental_share", "environmental_clause_and_criterion_share", "social_share"]
    assert list(INDICATORS_BY_CODE) == codes
    assert len(set(codes)) == len(codes)
    assert [INDICATORS_BY_CODE[code] for code in codes] == list(INDICATORS)


@EACH
def test_a_formula_bears_the_code_of_its_sheet(indicator: Indicator) -> None:
    """One function for several codes has no name of its own: the tests of its axis call it by its codes."""
    assert getattr(indicator.compute, "__name__", indicator.sheet.code) == indicator.sheet.code


@EACH
def test_a_formula_gives_the_measures_of_its_sheet(indicator: Indicator) -> None:
    sheet, nothing = indicator.sheet, tables_of()[indicator.sheet.table]
    assert tuple(indicator.compute(nothing)["measure"]) == sheet.measures
    assert indicator.compute(nothing)[["yes", "unknown", "contracts", "left_out"]].eq(0).all(axis=None)
    assert (sheet.unit == "share") == (set(sheet.measures) <= {"number", "value"})
    by = ["territory", "quarter"]
    assert list(indicator.compute(nothing, by=by).columns[:3]) == [*by, "measure"]
    assert indicator.compute(nothing, by=by).empty


@EACH
def test_a_sheet_names_what_its_formula_reads(indicator: Indicator) -> None:
    sheet = indicator.sheet
    assert sheet.fields
    assert sheet.minimum_count > 0
    assert sheet.mixed_from == "" or date.fromisoformat(sheet.mixed_from)
    assert date.fromisoformat(sheet.since)
    if sheet.table == "contracts":
        assert set(sheet.fields) <= {*CONTRACTS.columns, "titulaires"}
        assert ("value" in sheet.measures) == ("montant" in sheet.fields and not sheet.code.startswith("completeness_"))
    else:
        known = [workspace.template(f"{name}.csv").read_text(encoding="utf-8-sig") for name in TEMPLATES[sheet.table]]
        assert set(sheet.fields) <= {
            field.strip() for text in known for field in re.split("[;,]", text.splitlines()[0])
        }
        assert not sheet.scoped  # scopes are about frameworks
        assert any(name.startswith("montant") for name in sheet.fields) or "value" not in sheet.measures


@EACH
def test_a_sheet_is_written_for_its_readers(indicator: Indicator) -> None:
    sheet = indicator.sheet
    assert sheet.cautions
    for text in (sheet.numerator, sheet.denominator, sheet.why, *sheet.cautions):
        assert text.endswith(".")
    assert not sheet.label.endswith(".")
    assert len(sheet.label) <= 70
    for text in shown(sheet):
        assert text
        assert not re.search(r"[{}']|  ", text), text


@pytest.mark.parametrize("wrong", [{"lable": "..."}, {"unit": "euros"}, {"direction": "sideways"}, {"why": None}])
def test_a_sheet_is_read_strictly(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Sheet(**asdict(INDICATORS[0].sheet) | wrong)  # type: ignore[arg-type]


def test_every_field_of_the_contracts_that_is_read_has_its_completeness() -> None:
    sheets = [indicator.sheet for indicator in INDICATORS if indicator.sheet.table == "contracts"]
    read = {field for sheet in sheets for field in sheet.fields} - {"dateNotification"}
    assert read == set(LABELS)
    assert {f"completeness_{field}" for field in read} == {
        code for code in INDICATORS_BY_CODE if code.startswith("completeness_")
    }


def test_a_completeness_says_of_which_field() -> None:
    sheet = INDICATORS_BY_CODE["completeness_offresRecues"].sheet
    assert (sheet.label, sheet.fields) == ("Champ renseigné : nombre d’offres reçues", ("offresRecues",))
    assert "« offresRecues »" in sheet.numerator


def test_a_field_without_a_label_is_an_error() -> None:
    one = INDICATORS_BY_CODE["median_offers"]
    with pytest.raises(ValueError, match="no label in LABELS for no_such_field"):
        completeness_indicators([replace(one, sheet=replace(one.sheet, fields=("no_such_field",)))])


@pytest.mark.parametrize(("field", "value"), [("offresRecues", "3"), ("marcheInnovant", "no"), ("nature", "Marché"),
                                              ("techniques", "Accord-cadre"), ("datePublicationDonnees", "2024-03-01"),
                                              ("objet", "Fourniture"), ("codeCPV", "45000000"),
                                              ("typeGroupementOperateurs", "Conjoint"), ("attributionAvance", "no"),
                                              ("sousTraitanceDeclaree", "no")])  # fmt: skip
def test_a_field_is_there_or_not(field: str, value: str) -> None:
    counts = completeness(table(f"uid | {field}\nm1 | {value}\nm2 |\nm3 | {value}"), field=field)
    assert share(counts) == Share(yes=2, no=1)
    assert counts["measure"].tolist() == ["number"]


def test_an_amount_is_there_where_it_can_be_used() -> None:
    contracts = table("amount | montant | amount_status\n100 | 100 | ok\n | 1 | placeholder\n | | missing")
    assert share(completeness(contracts, field="montant")) == Share(yes=1, no=2)


def test_a_holder_is_there_where_one_is_identified() -> None:
    contracts = table("has_known_holder\nyes\nno\n")
    assert share(completeness(contracts, field="titulaires")) == Share(yes=1, no=1)


@pytest.mark.parametrize(
    ("field", "axis"), [("considerationsEnvironnementales", "environmental"), ("considerationsSociales", "social")]
)
def test_a_consideration_is_there_where_it_was_declared_plainly(field: str, axis: str) -> None:
    contracts = table(f"""
        {axis}_status | {axis} | {field}
        declared      | yes    | Clause
        declared      | no     | Pas de considération
        undeclared    |        |
        unreadable    | yes    | Clause, ???
        contradiction |        | Clause, Pas de considération
    """)
    assert share(completeness(contracts, field=field)) == Share(yes=2, no=3)


def test_the_registry_computes_each_field_from_its_own_column() -> None:
    contracts = table("uid | nature | offresRecues | has_known_holder\nm1 | Marché | 2 | no\nm2 | Marché | | no")
    found = {field: share(INDICATORS_BY_CODE[f"completeness_{field}"].compute(contracts)) for field in LABELS}
    assert found.pop("nature") == Share(yes=2)
    assert found.pop("offresRecues") == Share(yes=1, no=1)
    assert set(found.values()) == {Share(no=2)}
