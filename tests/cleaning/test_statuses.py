"""What the lists say of a supplier on a day: every cell of the truth table, and what no further list can change."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis import schemas
from spaser_analysis.cleaning.reference import load_reference
from spaser_analysis.cleaning.statuses import supplier_lists, supplier_states
from spaser_analysis.organisation import all_organisations

DEFINITIONS = load_reference().solidarity
ORGANISATIONS = all_organisations()
SIRET, OTHER, SIREN = "00000001800010", "00000001800028", "000000018"
# A list of each kind, of another enterprise: whoever is absent from all is a no.
ALL_READ = (
    "005650171 | ESUS | declared\n005650171 | ESS | declared\n005650171 | EI | declared\n005650171 | EA | declared"
)


def state(
    text: str, supplier: str | None = SIRET, day: str | None = "2022-06-15", buyer: str = "200054807"
) -> dict[str, Any]:
    """The states of one supplier by lists of columns ``siren | status | date_rule | ...``; null is None."""
    (found,) = states(listed(text), [(supplier, day)], buyer)
    return found


def listed(text: str) -> pd.DataFrame:
    """Rows of the clean table of statuses; a blank cell is null."""
    header, *rows = ([cell.strip() or None for cell in line.split("|")] for line in text.strip().splitlines())
    return schemas.conform(pd.DataFrame(rows, columns=header, dtype="str"), schemas.SUPPLIERS)


def states(
    lists: pd.DataFrame, asked: list[tuple[str | None, str | None]], buyer: str = "200054807"
) -> list[dict[str, Any]]:
    ids = pd.Series([supplier for supplier, _ in asked], dtype="str")
    rows = pd.DataFrame(
        {"supplier_id": ids, "supplier_siren": ids.str[:9], "buyer_siren": buyer,
         "day": pd.Series([pd.Timestamp(day) if day else pd.NaT for _, day in asked], dtype="datetime64[ms]")}
    )  # fmt: skip
    found = supplier_states(rows, supplier_lists(lists, DEFINITIONS, ORGANISATIONS)).astype(object)
    return found.where(found.notna(), None).to_dict("records")


def letters(found: dict[str, Any]) -> str:
    """A to D in one word: + yes, - no, ? unknown."""
    return "".join({True: "+", False: "-", None: "?"}[found[f"is_solidarity_{letter}"]] for letter in "abcd")


BEFORE, FIRST, WITHIN, LAST, AFTER, UNDATED = "2020-12-31", "2021-01-01", "2022-06-15", "2023-12-31", "2024-01-01", None
EXACT, POSSIBLE, BY_SIREN, ABSENT = SIRET, OTHER, SIREN, "34027049500021"


@pytest.mark.parametrize("matched", [EXACT, POSSIBLE, BY_SIREN])
@pytest.mark.parametrize(
    ("rule", "dates", "days"),
    [
        ("declared", "2021-01-01 | 2023-12-31", {BEFORE: "-", FIRST: "+", WITHIN: "+", LAST: "+", AFTER: "-", UNDATED: "?"}),
        ("declared", "2021-01-01 |", {BEFORE: "-", FIRST: "+", WITHIN: "+", LAST: "+", AFTER: "+", UNDATED: "?"}),
        ("list", "2021-01-01 |", {BEFORE: "?", FIRST: "+", WITHIN: "+", LAST: "+", AFTER: "+", UNDATED: "?"}),
        ("list", "2021-01-01 | 2023-12-31", {BEFORE: "?", FIRST: "+", LAST: "+", AFTER: "-", UNDATED: "?"}),
        ("none", "|", {BEFORE: "?", WITHIN: "?", UNDATED: "?"}),
        ("none", "| 2023-12-31", {BEFORE: "?", LAST: "?", AFTER: "-", UNDATED: "?"}),
    ],
)  # fmt: skip
def test_a_status_counts_on_its_days_only(rule: str, dates: str, days: dict[str | None, str], matched: str) -> None:
    """EI belongs to an establishment, ESUS to the enterprise: C and A of one supplier under both."""
    header = "siret | siren | status | date_rule | valid_from | valid_to"
    read = "\n".join(f"| {line} | |" for line in ALL_READ.splitlines())
    text = f"{header}\n{SIRET} | {SIREN} | EI | {rule} | {dates}\n | {SIREN} | ESUS | {rule} | {dates}\n{read}"
    for day, expected in days.items():
        possible = {"+": "?", "-": "-", "?": "?"}[expected]
        a, _, c, _ = letters(state(text, matched, day))
        assert (day, a, c) == (day, expected, expected if matched == EXACT else possible)


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (ALL_READ, "----"),
        ("005650171 | ESUS | declared", "-???"),
        ("005650171 | ESUS | declared\n005650171 | EI | declared", "-???"),  # an ESAT may be missing
        ("005650171 | EI | declared\n005650171 | EA | declared", "??-?"),
        ("005650171 | ESUS | declared\n005650171 | EI | declared\n005650171 | ESAT | declared", "---?"),
        ("005650171 | ESS | declared", "????"),
        ("005650171 | PME | declared", "????"),
        ("005650171 | ESUS | none\n005650171 | EI | none\n005650171 | EA | none", "????"),  # of which day are they?
    ],
)
def test_an_absent_supplier_is_a_no_where_lists_of_every_kind_were_read(read: str, expected: str) -> None:
    assert letters(state(f"siren | status | date_rule\n{read}", ABSENT)) == expected
    assert letters(state(f"siren | status | date_rule\n{read}", None)) == "????"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("ESUS", "++-+"), ("EI", "-+++"), ("ACI", "-+++"), ("AI", "-+++"), ("ETTI", "-+++"), ("EITI", "-+++"),
        ("EA", "-+++"), ("EATT", "-+++"), ("ESAT", "-+++"), ("RQ", "-+-+"), ("ESS", "---+"),
        ("GEIQ", "----"), ("SEP", "----"), ("PME", "----"), ("ETI", "----"), ("GE", "----"),
    ],
)  # fmt: skip
def test_the_definitions(status: str, expected: str) -> None:
    """Code de la commande publique, art. L. 2111-3; code du travail, art. L. 3332-17-1."""
    read = "\n".join(f"| {line} |" for line in ALL_READ.splitlines())
    text = (
        f"siret | siren | status | date_rule | valid_from\n{SIRET} | {SIREN} | {status} | declared | 2021-01-01\n{read}"
    )
    found = state(text)
    assert (letters(found), found["supplier_statuses"]) == (expected, status)


def test_one_yes_outweighs_what_is_unknown_and_unknown_outweighs_no() -> None:
    text = f"""
        siren       | status | date_rule | valid_from
        {SIREN}     | ESS    | declared  | 2021-01-01
        {SIREN}     | ESUS   | none      |
    """
    assert letters(state(text)) == "???+"
    assert letters(state(text, day="2020-06-15")) == "????"


def test_several_statuses_of_a_day_are_named_once_each() -> None:
    text = f"""
        siren   | status | date_rule | valid_from | valid_to
        {SIREN} | PME    | declared  | 2021-01-01 |
        {SIREN} | ESS    | declared  | 2021-01-01 |
        {SIREN} | ESS    | list      | 2022-01-01 |
        {SIREN} | GE     | declared  | 2019-01-01 | 2020-12-31
    """
    assert state(text)["supplier_statuses"] == "ESS | PME"
    assert state(text, ABSENT)["supplier_statuses"] is None


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [(("PME",), True), (("ETI",), False), (("GE",), False), (("PME", "PME"), True), (("PME", "GE"), None), (("ESS",), None)],
)  # fmt: skip
def test_small_and_medium_enterprises(sizes: tuple[str, ...], expected: bool | None) -> None:
    rows = "\n".join(f"{SIREN} | {size} | declared | 2021-01-01" for size in sizes)
    text = f"siren | status | date_rule | valid_from\n{rows}"
    assert state(text)["is_sme"] is expected
    assert state(text, day=BEFORE)["is_sme"] is None
    assert state(text, ABSENT)["is_sme"] is None


@pytest.mark.parametrize(
    ("supplier", "buyer", "expected"),
    [
        (SIRET, "200054807", True),  # an arrondissement of Marseille
        (OTHER, "200054807", False),  # Paris
        (SIREN, "200054807", False),  # the seat, of an enterprise named alone
        ("00000001800036", "200054807", None),  # an establishment whose place no list tells, whatever the seat's
        (ABSENT, "200054807", None),
        (SIRET, "213502388", None),  # a buyer without a folder: no perimeter
    ],
)
def test_local_is_in_a_commune_of_the_buyers_organisation(supplier: str, buyer: str, expected: bool | None) -> None:
    text = f"""
        siret   | siren   | date_rule | commune_code
        {SIRET} | {SIREN} | none      | 13203
        {OTHER} | {SIREN} | none      | 75056
                | {SIREN} | none      | 75056
    """
    assert state(text, supplier, buyer=buyer)["is_local"] is expected


def test_rows_keep_their_index_and_their_number() -> None:
    lists = listed(f"siren | status | date_rule\n{SIREN} | ESUS | none\n{SIREN} | ESUS | none\n{SIREN} | ESS | none")
    rows = pd.DataFrame({"supplier_id": [SIREN, None, SIREN], "supplier_siren": [SIREN, None, SIREN],
                         "buyer_siren": "200054807", "day": pd.Timestamp("2022-01-01")}, index=[7, 3, 5])  # fmt: skip
    found = supplier_states(rows, supplier_lists(lists, DEFINITIONS, ORGANISATIONS))
    assert found.index.tolist() == [7, 3, 5]
    assert supplier_states(rows[:0], supplier_lists(lists, DEFINITIONS, ORGANISATIONS)).empty


IDENTIFIERS = st.sampled_from([SIRET, OTHER, ABSENT])
DAYS = st.sampled_from([BEFORE, WITHIN, AFTER])
ROW = st.tuples(
    IDENTIFIERS, st.booleans(), st.sampled_from([*DEFINITIONS["D"], "PME"]), st.sampled_from(["declared", "list", "none"]), DAYS
)  # fmt: skip


@given(st.lists(ROW, max_size=6), ROW, IDENTIFIERS, DAYS)
def test_a_further_row_of_a_list_never_takes_a_yes_away(
    rows: list[tuple[Any, ...]], more: tuple[Any, ...], supplier: str, day: str
) -> None:
    few, many = (_read(*one) for one in ((rows, supplier, day), ([*rows, more], supplier, day)))
    assert all(after == "+" for before, after in zip(few, many, strict=True) if before == "+")


@given(st.lists(ROW, max_size=6), IDENTIFIERS, DAYS)
def test_the_definitions_are_nested(rows: list[tuple[Any, ...]], supplier: str, day: str) -> None:
    """A within B within D, C within B: no narrower yes with a wider no, nor wider unknown."""
    a, b, c, d = _read(rows, supplier, day)
    for narrow, wide in ((a, b), (c, b), (b, d)):
        assert narrow != "+" or wide == "+"
        assert narrow != "?" or wide != "-"


def _read(rows: list[tuple[Any, ...]], supplier: str, day: str) -> str:
    found = pd.DataFrame(
        [(siret if exact else None, siret[:9], status, rule, None if rule == "none" else pd.Timestamp(start))
         for siret, exact, status, rule, start in rows],
        columns=["siret", "siren", "status", "date_rule", "valid_from"],
    )  # fmt: skip
    found = found.assign(valid_to=pd.NaT, commune_code=None)
    types = {
        "siret": "str",
        "siren": "str",
        "status": "str",
        "valid_from": "datetime64[ms]",
        "valid_to": "datetime64[ms]",
    }
    (one,) = states(found.astype(types), [(supplier, day)])
    return letters(one)


def test_a_wrong_siret_on_both_sides_is_only_possible() -> None:
    """The same wrong number twice is no match of an establishment; its enterprise is still right."""
    text = "siret | siren | status | date_rule | valid_from\n00000001800011 | 000000018 | EI | declared | 2021-01-01"
    assert letters(state(text, "00000001800011"))[2] == "?"
