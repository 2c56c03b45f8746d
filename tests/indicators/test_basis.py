"""What several records say together of one contract, one payment or one declaration."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis.indicators.basis import (
    above_threshold,
    contracts_basis,
    declarations_basis,
    first_time,
    hours_and_payments,
    payments_basis,
)
from spaser_analysis.schemas import DECLARATIONS, HOLDERS, INSERTION_HOURS, PAYMENTS
from tests.tables import NO_THRESHOLD, frame, table

STATE = {"yes": True, "no": False, "": None}
LIMITS = frame("""
    valid_from | valid_to   | kind              | amount
    2022-01-01 | 2023-12-31 | works             | 500
    2022-01-01 | 2023-12-31 | supplies_services | 20
    2024-01-01 | 2025-12-31 | supplies_services | 30
    2024-01-01 | 2025-12-31 | works             | 600
""")


def states(column: pd.Series, keys: pd.Series | None = None) -> dict[str, str]:
    """Key to yes, no or blank."""
    words = [{True: "yes", False: "no"}.get(one, "") for one in column.astype(object).where(column.notna(), None)]
    return dict(zip(column.index if keys is None else keys, words, strict=True))


def of_holders(holders: str, solidarity: str | None = None, contracts: str = "uid\nm1\nm2\nm3") -> pd.DataFrame:
    held = table(holders, HOLDERS)
    signed = table(contracts)
    history = signed[["uid", "dateNotification"]].merge(held[["uid", "holder_siren"]], on="uid")
    return contracts_basis(signed, held, history, frame(NO_THRESHOLD), solidarity).set_index("uid")


@pytest.mark.parametrize(("one", "other"), list(product(STATE, STATE)))
def test_one_holder_that_is_suffices_and_none_is_known_not_to_be_before_all_are_known(one: str, other: str) -> None:
    found = of_holders(
        f"uid | holder_id | is_sme | is_local\nm1 | a | {one} | no\nm1 | b | {other} | no\nm2 | a | no | yes"
    )
    completions = {
        "yes" in pair for pair in product(*(["yes", "no"] if state == "" else [state] for state in (one, other)))
    }
    expected = "" if len(completions) == 2 else "yes" if True in completions else "no"
    assert states(found["is_sme"]) == {"m1": expected, "m2": "no", "m3": ""}
    assert states(found["is_local"]) == {"m1": "no", "m2": "yes", "m3": ""}


def test_the_buyer_s_definition_is_chosen_among_the_four() -> None:
    text = "uid | is_solidarity_a | is_solidarity_b | is_solidarity_c | is_solidarity_d\nm1 | no | yes | | yes"
    assert [states(of_holders(text, one)["is_solidarity"])["m1"] for one in "ABCD"] == ["no", "yes", "", "yes"]
    assert states(of_holders(text)["is_solidarity"]) == {"m1": "", "m2": "", "m3": ""}


def test_a_holder_is_known_by_its_siren() -> None:
    found = of_holders("uid | holder_id | holder_siren\nm1 | a |\nm1 | b | 000000001\nm2 | c |")
    assert states(found["has_known_holder"]) == {"m1": "yes", "m2": "no", "m3": "no"}


def test_a_grouping_is_what_is_declared_so() -> None:
    found = of_holders("uid | holder_id", contracts="""
        uid | typeGroupementOperateurs
        m1  | Conjoint
        m2  | SOLIDAIRE
        m3  | Pas de groupement
        m4  | Autre
        m5  |
    """)  # fmt: skip
    assert states(found["is_grouping"]) == {"m1": "yes", "m2": "yes", "m3": "no", "m4": "", "m5": ""}


def test_the_order_of_contracts_and_holders_is_no_matter() -> None:
    signed, held = table("uid\nm1\nm2\nm3"), table("uid | is_sme\nm3 | yes\nm1 | no\nm2 |", HOLDERS)
    nothing = (frame("uid | dateNotification | holder_siren"), frame(NO_THRESHOLD), None)
    for order in ([0, 1, 2], [2, 0, 1]):
        found = contracts_basis(signed.iloc[order], held.iloc[order], *nothing)
        assert states(found["is_sme"], found["uid"]) == {"m1": "no", "m2": "", "m3": "yes"}


HISTORY = """
    uid  | dateNotification | holder_siren
    old  | 2019-01-10       | 1
    m1   | 2021-12-31       | 2
    m2   | 2022-01-10       | 1
    m3   | 2022-01-10       | 3
    m4   | 2022-01-09       | 4
    m5   | 2025-01-10       | 1
    m6   | 2025-01-11       | 3
    lot1 | 2022-06-01       | 5
    lot2 | 2022-06-01       | 5
    lot3 | 2022-06-02       | 5
    m7   | 2022-06-01       |
    m8   |                  | 6
    m9   | 2023-01-01       | 6
"""


def test_a_holder_is_new_where_three_years_of_data_do_not_know_it() -> None:
    assert states(first_time(frame(HISTORY))) == {
        "old": "",  # nothing is known before it
        "m1": "",  # the data do not go back three years: they begin on 10 January 2019
        "m4": "",  # one day short
        "m2": "no",  # three years to the day after its last
        "m3": "yes",
        "m5": "no",
        "m6": "yes",  # three years and a day after its last
        "lot1": "yes",  # two lots of one day: neither comes before the other
        "lot2": "yes",
        "lot3": "no",
        "m7": "",
        "m8": "",
        "m9": "yes",  # the contract without a day is in no three years
    }


def test_a_known_holder_is_known_though_the_data_begin_late() -> None:
    found = first_time(frame("uid | dateNotification | holder_siren\nm1 | 2022-01-01 | 1\nm2 | 2022-03-01 | 1"))
    assert states(found) == {"m1": "", "m2": "no"}


def test_one_new_holder_of_a_grouping_suffices() -> None:
    found = first_time(frame("""
        uid | dateNotification | holder_siren
        old | 2019-01-01       | 1
        m1  | 2022-02-01       | 1
        m1  | 2022-02-01       | 2
        m2  | 2022-03-01       | 1
        m2  | 2022-03-01       |
        m3  | 2022-03-02       | 1
        m3  | 2022-03-02       | 2
    """))  # fmt: skip
    assert states(found) == {"old": "", "m1": "yes", "m2": "", "m3": "no"}


def test_no_history_no_first_time() -> None:
    assert first_time(frame("uid | dateNotification | holder_siren")).empty


DAYS = st.dates(pd.Timestamp("2018-01-01").date(), pd.Timestamp("2026-12-31").date())
SIGNED = st.lists(st.tuples(st.one_of(st.none(), DAYS), st.sampled_from(["1", "2", None])), max_size=12)


@given(SIGNED)
def test_first_time_agrees_with_looking_back_at_every_contract(signed: list) -> None:
    history = pd.DataFrame(signed, columns=["dateNotification", "holder_siren"])
    history["dateNotification"] = pd.to_datetime(history["dateNotification"]).astype("datetime64[ms]")
    history["uid"] = [f"m{row}" for row in range(len(history))]
    found = states(first_time(history.astype({"holder_siren": "str"})))
    begin = history["dateNotification"].min()
    for uid, (day, holder) in zip(history["uid"], signed, strict=True):
        start = None if day is None else pd.Timestamp(day) - pd.DateOffset(years=3)
        before = [pd.Timestamp(d) for d, h in signed if h == holder and d is not None and day is not None and d < day]
        known = day is not None and holder is not None
        expected = "" if not known else "no" if any(d >= start for d in before) else "yes" if begin <= start else ""
        assert found[uid] == expected


def test_the_threshold_is_that_of_the_day_and_of_the_kind() -> None:
    contracts = table("""
        uid | dateNotification | codeCPV  | amount
        m1  | 2022-01-01       | 45000000 | 500
        m2  | 2023-12-31       | 45000000 | 499.99
        m3  | 2023-12-31       | 30000000 | 20
        m4  | 2024-01-01       | 30000000 | 29.99
        m5  | 2025-12-31       | 30000000 | 30
        m6  | 2025-12-31       | 45000000 | 599
        m7  | 2021-12-31       | 45000000 | 9999
        m8  | 2026-01-01       | 30000000 | 9999
        m9  | 2025-12-31       | 45000000 | 600
    """)
    found = states(above_threshold(contracts, LIMITS), contracts["uid"])
    assert found == {"m1": "yes", "m2": "no", "m3": "yes", "m4": "no", "m5": "yes", "m6": "no", "m7": "", "m8": "", "m9": "yes"}  # fmt: skip
    assert set(states(above_threshold(contracts, frame(NO_THRESHOLD))).values()) == {""}


KINDS, AMOUNTS, NOTIFIED = ("45000000", "30000000", ""), ("10", "100", "1000", ""), ("2022-06-01", "2030-01-01", "")


@pytest.mark.parametrize(("cpv", "amount", "day"), list(product(KINDS, AMOUNTS, NOTIFIED)))
def test_above_the_threshold_is_what_every_completion_of_the_unknown_says(cpv: str, amount: str, day: str) -> None:
    found = above_threshold(table(f"codeCPV | amount | dateNotification\n{cpv} | {amount} | {day}"), LIMITS)
    limits = {"45000000": 500, "30000000": 20}
    completions = {
        float(euros) >= limits[kind]
        for kind in ([cpv] if cpv else KINDS[:2])
        for euros in ([amount] if amount else AMOUNTS[:3])
    }
    decided = day == "2022-06-01" and len(completions) == 1
    assert states(found) == {0: ({True: "yes", False: "no"}[completions.pop()] if decided else "")}


PAYMENTS_TEXT = """
    supplier_id | supplier_name | is_purchase | is_sme | is_solidarity_b | is_covered
    00000000100 | Un            | yes         | yes    | no              | yes
                | Deux          | yes         | no     | yes             | no
                |               | yes         |        |                 |
    00000000400 | Quatre        |             | yes    | yes             | yes
    00000000500 | Cinq          | no          | yes    | yes             | yes
"""


def test_what_is_no_purchase_is_left_out_and_what_may_be_none_is_unknown() -> None:
    found = payments_basis(table(PAYMENTS_TEXT, PAYMENTS), "B")
    assert found["supplier"].tolist() == ["00000000100", "Deux", "", "00000000400"]
    for name, said in {"is_sme": ["yes", "no", "", ""], "is_solidarity": ["no", "yes", "", ""],
                       "is_covered": ["yes", "no", "", ""], "is_local": [""] * 4}.items():  # fmt: skip
        assert list(states(found[name]).values()) == said, name


def test_without_a_definition_no_supplier_is_known_to_be_solidary() -> None:
    found = payments_basis(table(PAYMENTS_TEXT, PAYMENTS), None)
    assert found["is_solidarity"].isna().all()
    assert found["is_solidarity_b"].notna().any()


def test_a_declaration_is_its_part_and_the_rest_of_its_total() -> None:
    declared = declarations_basis(table("""
        scheme | part    | category | part_cents | total_cents
        agec   | reuse   | papier   | 30         | 100
        agec   | reuse   | mobilier | 100        | 100
        agec   | reuse   | jeux     | 0          | 0
        agec   | reuse   | vélos    |            | 70
        agec   | reuse   | textiles | 5          |
        agec   | reuse   | engins   | 101        | 100
        egalim | organic | repas    |            |
    """, DECLARATIONS))  # fmt: skip
    words = states(declared["is_part"])
    found = {
        category: [(words[row], None if pd.isna(cents) else cents) for row, cents in rows["amount_cents"].items()]
        for category, rows in declared.groupby("category")
    }
    assert found == {
        "papier": [("yes", 30), ("no", 70)],
        "mobilier": [("yes", 100), ("no", 0)],
        "jeux": [("yes", 0), ("no", 0)],
        "vélos": [("", 70)],
        "textiles": [("", None)],
        "engins": [("", 100)],
        "repas": [("", None)],
    }
    assert declared.index.is_unique
    assert declarations_basis(declared.head(0)).empty


def test_hours_and_payments_stand_in_one_column_of_rows() -> None:
    found = hours_and_payments(
        table(
            "buyer_siren | quarter | territory | done_hours\n1 | 2022-T3 | CT1 | 7.5\n1 | 2022-T3 | CT1 |",
            INSERTION_HOURS,
        ),
        table("buyer_siren | quarter | territory | amount\n1 | 2022-T3 | CT2 | -12.34", PAYMENTS),
    )
    place = ["buyer_siren", "quarter", "territory", "territory_rule", "source_file", "source_record"]
    assert list(found.columns) == [*place, "done_hours", "amount_cents"]
    assert found["done_hours"].fillna(-1).tolist() == [7.5, -1, -1]
    assert found["amount_cents"].fillna(0).tolist() == [0, 0, -1234]
    assert found["territory"].tolist() == ["CT1", "CT1", "CT2"]
