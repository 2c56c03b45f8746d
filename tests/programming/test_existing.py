"""Running contracts that may serve a need, and those that may not."""

from __future__ import annotations

import pandas as pd
import pytest

from spaser_analysis.programming.existing import SHOWN, common_digits, matches, remaining
from tests.programming.needs_table import READER, contracts_table, needs_table
from tests.tables import frame

NEED = """
    need_id | territory | family      | codeCPV  | objet                      | amount | starts_on  | duration_months
    B1      | CT2       | maintenance | 50750000 | Maintenance des ascenseurs | 30     | 2023-03-01 | 12
"""
CONTRACT = {
    "uid": "k1", "objet": "Entretien des ascenseurs", "codeCPV": "50750000", "family": "maintenance", "territory": "CT2",
    "kind": "services", "is_framework": "yes", "is_subsequent": "no", "end": "2024-06-30", "remaining": "100",
}  # fmt: skip


def found(*changes: dict[str, str], need: str = NEED) -> pd.DataFrame:
    rows = [CONTRACT | {"uid": f"k{rank}"} | one for rank, one in enumerate(changes, 1)]
    text = " | ".join(CONTRACT) + "\n" + "\n".join(" | ".join(row.values()) for row in rows)
    return matches(needs_table(need), contracts_table(text), READER, "AMP")


def test_a_contract_that_fits_with_every_reason() -> None:
    (one,) = found({}).to_dict("records")
    assert (one["uid"], one["rank"], one["is_named"], one["digits"]) == ("k1", 1, False, 8)
    assert one["words"] == "maintenance, ascenseurs"
    assert [one[name] for name in ("same_place", "is_long_enough", "is_framework", "has_enough")] == [True] * 4


@pytest.mark.parametrize(
    "change",
    [
        {"objet": "Nettoyage des locaux", "codeCPV": "90911200"},
        {"family": "nettoyage"},
        {"end": "2023-03-01"},  # over when the need starts
        {"end": ""},
        {"is_subsequent": "yes"},
        {"kind": "works", "is_framework": "no"},
        {"territory": "CT1", "is_framework": "no"},
        {"territory": "CT1", "is_framework": ""},
        {"objet": ""},
    ],
    ids=str,
)
def test_a_contract_that_does_not_fit(change: dict[str, str]) -> None:
    assert found(change).empty


@pytest.mark.parametrize(
    ("change", "name", "state"),
    [
        ({"territory": "AMP"}, "same_place", True),
        ({"territory": "CT1"}, "same_place", False),
        ({"end": "2023-12-31"}, "is_long_enough", False),
        ({"is_framework": ""}, "is_framework", None),
        ({"remaining": "29.99"}, "has_enough", False),
        ({"remaining": "30"}, "has_enough", True),
        ({"remaining": ""}, "has_enough", None),
    ],
    ids=str,
)
def test_what_speaks_for_a_contract_against_it_or_is_not_known(
    change: dict[str, str], name: str, state: bool | None
) -> None:
    (value,) = found(change)[name]
    assert (None if pd.isna(value) else bool(value)) is state


def test_a_contract_whose_family_or_code_is_not_known_is_compared_by_its_words() -> None:
    (one,) = found({"family": "", "codeCPV": ""}).to_dict("records")
    assert pd.isna(one["digits"])


def test_a_need_without_family_is_compared_with_all_and_one_without_object_with_none() -> None:
    assert len(found({}, need=NEED.replace("maintenance |", "            |").replace("50750000", ""))) == 1
    assert found({}, need=NEED.replace("Maintenance des ascenseurs", "")).empty


def test_the_best_come_first_and_three_at_most() -> None:
    kept = found({"territory": "CT1"}, {"remaining": "1"}, {}, {"territory": "CT1", "remaining": "1"})
    assert kept["uid"].tolist() == ["k3", "k1", "k2"]
    assert len(kept) == SHOWN


def test_the_contract_that_a_need_names_is_first_even_when_nothing_else_says_so() -> None:
    need = NEED.replace("| amount", "| contract_uid | amount").replace("| 30 ", "| k2 | 30 ")
    kept = found({}, {"objet": "Sans rapport", "family": "voirie"}, need=need)
    assert kept[["uid", "is_named"]].to_numpy().tolist() == [["k2", True], ["k1", False]]
    assert pd.isna(kept["score"].iloc[0])


def test_needs_that_read_the_same_have_the_same_contracts() -> None:
    twice = NEED + "    B2 | CT1 | maintenance | 50750000 | Maintenance des ascenseurs | 30 | 2023-03-01 | 12\n"
    kept = found({}, need=twice)
    assert kept["row"].tolist() == [0, 1]
    assert kept["same_place"].tolist() == [True, False]


def test_nothing_asked_nothing_found() -> None:
    none = needs_table(NEED).iloc[:0]
    assert matches(none, contracts_table("uid"), READER, "AMP").empty


def test_what_is_left_of_a_contract() -> None:
    contracts = contracts_table("uid | amount\nk1 | 100\nk2 | 100\nk3 |\nk4 | 100")
    amendments = frame("uid | rank | amount\nk1 | 2 | 150\nk1 | 1 | 120\nk2 | 1 |")
    payments = frame("contract_uid | amount\nk1 | 30\nk1 | -5\nk2 | 40\nk3 | 7\nk4 |\n | 9")
    left = remaining(contracts, amendments, payments)
    assert left.astype("Float64").fillna(-1).to_dict() == {"k1": 12500, "k2": 6000, "k3": -1, "k4": -1}


@pytest.mark.parametrize(("codes", "digits"), [(("50750000", "50710000"), 3), (("50750000",), 8), (("5", "6"), 0)])
def test_digits_in_common(codes: tuple[str, ...], digits: int) -> None:
    assert common_digits(*codes) == digits
