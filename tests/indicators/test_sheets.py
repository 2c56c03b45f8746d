"""The registry: every indicator says what it is, and its sheet agrees with what it computes."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from spaser_analysis.indicators import INDICATORS, INDICATORS_BY_CODE
from spaser_analysis.indicators.completeness import LABELS, completeness, completeness_indicators
from spaser_analysis.indicators.share import Share
from spaser_analysis.indicators.sheet import Indicator, Sheet
from spaser_analysis.schemas import CONTRACTS
from tests.tables import share, table

BARE_SPACE = re.compile(r" [:;?!»%€]|« ")
EACH = pytest.mark.parametrize("indicator", INDICATORS, ids=lambda one: one.sheet.code)


def texts(sheet: Sheet) -> list[str]:
    values = [getattr(sheet, field.name) for field in fields(sheet)]
    return [
        text
        for value in values
        for text in ([value] if isinstance(value, str) else value or [] if isinstance(value, tuple) else [])
    ]


def test_codes_are_unique_and_in_reading_order() -> None:
    codes = [indicator.sheet.code for indicator in INDICATORS]
    assert codes[:3] == ["environmental_share", "environmental_clause_and_criterion_share", "social_share"]
    assert list(INDICATORS_BY_CODE) == codes
    assert len(set(codes)) == len(codes)
    assert [INDICATORS_BY_CODE[code] for code in codes] == list(INDICATORS)


@EACH
def test_a_formula_bears_the_code_of_its_sheet(indicator: Indicator) -> None:
    code = indicator.sheet.code
    assert code == getattr(indicator.compute, "__name__", None) or code.startswith("completeness_")


@EACH
def test_a_formula_gives_the_measures_of_its_sheet(indicator: Indicator) -> None:
    empty = table("uid")
    assert tuple(indicator.compute(empty)["measure"]) == indicator.sheet.measures
    assert (indicator.sheet.unit == "share") == (indicator.sheet.measures != ("median",))
    assert list(indicator.compute(empty, by=["territory", "quarter"]).columns[:3]) == [
        "territory",
        "quarter",
        "measure",
    ]


@EACH
def test_a_sheet_names_columns_of_contracts(indicator: Indicator) -> None:
    sheet = indicator.sheet
    assert sheet.fields
    assert set(sheet.fields) <= set(CONTRACTS.columns)
    assert ("value" in sheet.measures) == ("montant" in sheet.fields and not sheet.code.startswith("completeness_"))


@EACH
def test_a_sheet_is_written_for_its_readers(indicator: Indicator) -> None:
    sheet = indicator.sheet
    assert sheet.cautions
    for text in (sheet.numerator, sheet.denominator, sheet.why, *sheet.cautions):
        assert text.endswith(".")
    assert not sheet.label.endswith(".")
    assert len(sheet.label) <= 70
    for text in texts(sheet):
        assert text
        assert not BARE_SPACE.search(text), text
        assert "'" not in text, text
        assert "  " not in text, text


def test_every_field_that_is_read_has_its_completeness() -> None:
    read = {field for indicator in INDICATORS for field in indicator.sheet.fields} - {"dateNotification"}
    assert read == set(LABELS)
    assert {f"completeness_{field}" for field in read} == {
        code for code in INDICATORS_BY_CODE if code.startswith("completeness_")
    }


def test_a_field_without_a_label_is_an_error() -> None:
    with pytest.raises(ValueError, match="objet"):
        completeness_indicators(["montant", "objet"])


@pytest.mark.parametrize(("field", "value"), [("offresRecues", "3"), ("marcheInnovant", "no"), ("nature", "Marché"),
                                              ("techniques", "Accord-cadre"), ("datePublicationDonnees", "2024-03-01"),
                                              ("amount", "100")])  # fmt: skip
def test_a_field_is_there_or_not(field: str, value: str) -> None:
    contracts = table(f"uid | {field}\nm1 | {value}\nm2 |\nm3 | {value}")
    counts = completeness(contracts, "montant" if field == "amount" else field)
    assert share(counts) == Share(yes=2, no=1)
    assert counts["measure"].tolist() == ["number"]


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
    assert share(completeness(contracts, field)) == Share(yes=2, no=3)


def test_the_registry_computes_each_field_from_its_own_column() -> None:
    contracts = table("uid | nature | offresRecues\nm1 | Marché | 2\nm2 | Marché |")
    found = {field: share(INDICATORS_BY_CODE[f"completeness_{field}"].compute(contracts)) for field in LABELS}
    assert found.pop("nature") == Share(yes=2)
    assert found.pop("offresRecues") == Share(yes=1, no=1)
    assert set(found.values()) == {Share(no=2)}
