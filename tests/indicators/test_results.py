"""The table that reports quote: windows, territories, bounds, verdicts and the reasons for what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaser_analysis.indicators import INDICATORS, INDICATORS_BY_CODE, reasons
from spaser_analysis.indicators.results import results
from spaser_analysis.indicators.share import Share
from spaser_analysis.indicators.sheet import Indicator
from spaser_analysis.organisation import Target, Territory
from spaser_analysis.period import WINDOWS, Quarter, span
from spaser_analysis.schemas import DECLARATIONS, INSERTION_HOURS, PAYMENTS, RESULTS, SCOPES
from tests.tables import table, tables_of

T3 = Quarter(2022, 3)
LATER = "2023-03-01"  # two months after the end of 2022
LABEL = {"label": "objectif", "source": "schéma"}


@dataclass(frozen=True)
class Buyer:
    """As much of an organisation as the results read."""

    siren: str
    whole: Territory
    territories: tuple[Territory, ...]
    targets: tuple[Target, ...]

    @property
    def all_territories(self) -> tuple[Territory, ...]:
        return (self.whole, *self.territories)

    def target(self, indicator: str, measure: str) -> Target | None:
        return next((t for t in self.targets if (t.indicator, t.measure) == (indicator, measure)), None)


BUYER = Buyer(
    "200054807",
    Territory("AMP", "metropole", "Ensemble"),
    (Territory("CT2", "deux", "Deux"), Territory("CT1", "un", "Un")),
    (
        Target("environmental_share", "number", 1.0, 2025, **LABEL),
        Target("social_share", "number", 0.30, 2025, **LABEL),
        Target("social_share", "value", 0.50, 2025, **LABEL),
        Target("single_offer_share", "number", 0.25, 2025, **LABEL),
        Target("solidarity_spending_share", "value", 0.05, 2025, **LABEL),
        Target("sme_spending_share", "value", 0.0, 2025, **LABEL),
    ),
)

_CODES = {
    *("environmental_share", "environmental_clause_and_criterion_share", "social_share", "reserved_share"),
    *("innovation_share", "single_offer_share", "median_offers", "median_publication_delay", "framework_share"),
    *("solidarity_spending_share", "sme_spending_share", "coverage_share", "inclusive_supplier_share"),
    *("planned_insertion_hours", "done_insertion_hours", "insertion_hours_per_million", "agec_reuse_share"),
}
READ_HERE = [indicator for indicator in INDICATORS if indicator.sheet.code in _CODES]


def computed(text: str, quarters: list[Quarter] | None = None, snapshot: str | None = LATER) -> pd.DataFrame:
    return of(tables_of(own(table(text))), quarters, snapshot)


def of(tables: dict[str, pd.DataFrame], quarters: list[Quarter] | None = None, snapshot: str | None = LATER,
       indicators: Sequence[Indicator] = READ_HERE) -> pd.DataFrame:  # fmt: skip
    return RESULTS.validate(results(tables, BUYER, quarters or [T3], snapshot, indicators))  # type: ignore[arg-type]


def own(rows: pd.DataFrame) -> pd.DataFrame:
    """The buyer's, unless the table says whose they are."""
    return rows if rows["buyer_siren"].notna().any() else rows.assign(buyer_siren=BUYER.siren)


def row(found: pd.DataFrame, indicator: str, territory: str = "AMP", window: str = "quarter", measure: str = "number",
        quarter: Quarter = T3, scope: str = "all") -> dict[str, Any]:  # fmt: skip
    key = {
        "quarter": str(quarter),
        "territory": territory,
        "indicator": indicator,
        "window": window,
        "measure": measure,
        "scope": scope,
    }
    (one,) = found[(found[list(key)] == list(key.values())).all(axis=1)].to_dict("records")
    return {name: None if pd.isna(value) else value for name, value in one.items()}


def picked(one: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(one[name] for name in names)


def many(states: str, column: str = "social", more: str = "", header: str = "") -> str:
    """A contract of CT1 in T3 for each letter: y, n or ?."""
    words = {"y": "yes", "n": "no", "?": ""}
    lines = [f"2022-T3 | CT1 | {words[letter]} {more}" for letter in states]
    return "\n".join([f"quarter | territory | {column} {header}", *lines])


WINDOWED = """
    quarter | territory | social
    2021-T3 | CT1       | yes
    2021-T4 | CT1       | yes
    2022-T1 | CT1       | no
    2022-T1 | CT2       | yes
    2022-T2 |           | yes
    2022-T3 | AMP       |
    2022-T3 | CT1       | no
    2022-T4 | CT1       | yes
            | CT1       | yes
"""


@pytest.mark.parametrize(
    ("territory", "window", "counts"),
    [
        ("AMP", "quarter", (0, 1, 1)),
        ("AMP", "year_to_date", (2, 2, 1)),
        ("AMP", "rolling_12_months", (3, 2, 1)),
        ("AMP", "year", (3, 2, 1)),
        ("CT1", "quarter", (0, 1, 0)),
        ("CT1", "year_to_date", (0, 2, 0)),
        ("CT1", "rolling_12_months", (1, 2, 0)),
        ("CT1", "year", (1, 2, 0)),
        ("CT2", "quarter", (0, 0, 0)),
        ("CT2", "year", (1, 0, 0)),
    ],
)
def test_a_contract_counts_in_its_windows_and_territories(territory: str, window: str, counts: tuple[int, ...]) -> None:
    assert picked(row(computed(WINDOWED), "social_share", territory, window), "yes", "no", "unknown") == counts


def test_only_the_buyer_s_own_contracts_count() -> None:
    found = computed("""
        buyer_siren | quarter | territory | social
        200054807   | 2022-T3 | CT1       | yes
        241300417   | 2022-T3 |           | yes
        241300417   | 2022-T3 | elsewhere | yes
                    | 2022-T3 |           | yes
    """)
    assert row(found, "social_share")["yes"] == 1


def test_a_territory_of_nobody_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a territory of 200054807: CT9"):
        computed("quarter | territory\n2022-T3 | CT9")


def test_every_row_is_there_once_in_its_order() -> None:
    found = of(tables_of(own(table(WINDOWED))), [T3, Quarter(2022, 1), T3], indicators=INDICATORS)
    expected = [
        (quarter, place, indicator.sheet.code, scope, window, measure)
        for quarter in ("2022-T1", "2022-T3")
        for place in ("AMP", "CT1", "CT2")
        for indicator in INDICATORS
        for scope in (SCOPES if indicator.sheet.scoped else ("all",))
        for window in WINDOWS
        for measure in indicator.sheet.measures
        if (scope, measure) != ("without_ten_largest", "number")
    ]
    key = ["quarter", "territory", "indicator", "scope", "window", "measure"]
    assert list(found[key].itertuples(index=False, name=None)) == expected


def test_no_quarter_asked_no_row() -> None:
    none = results(tables_of(), BUYER, [], LATER)  # type: ignore[arg-type]
    assert none.empty
    assert list(none.columns) == list(RESULTS.columns)


def test_the_bounds_stand_beside_their_counts() -> None:
    one = row(computed(many("yyynnnn???")), "social_share")
    assert picked(one, "yes", "no", "unknown", "low", "high", "among_known") == (3, 4, 3, 0.3, 0.6, 3 / 7)
    assert picked(one, "value", "unit", "version", "libelle", "snapshot") == (
        None, "share", "1", "Marchés avec une considération sociale", LATER)  # fmt: skip


def test_a_figure_is_quoted_where_nothing_is_unknown() -> None:
    assert row(computed(many("yynnn")), "social_share")["value"] == 0.4


@pytest.mark.parametrize(
    ("states", "target", "verdict", "reason"),
    [
        ("yynnn", 0.3, "reached", None),
        ("ynnnn", 0.3, "not reached", None),
        ("ynnn?", 0.3, "cannot say", "1\u00a0marché d’état inconnu empêche de conclure"),
        ("ynnnnnnnn??????", 0.3, "cannot say", "6\u00a0marchés d’état inconnu empêchent de conclure"),
        ("?????", 0.3, "cannot say", "état inconnu pour les 5\u00a0marchés"),
        ("yyyy", 0.3, "cannot say", "moins de 5\u00a0marchés\u00a0: aucun taux n’est publié"),
        ("", 0.3, "cannot say", "sans objet\u00a0: aucun marché"),
    ],
)  # fmt: skip
def test_the_verdict_and_what_stands_in_its_way(states: str, target: float, verdict: str, reason: str | None) -> None:
    one = row(computed(many(states)), "social_share")
    assert picked(one, "target", "verdict", "reason") == (target, verdict, reason)


def test_below_the_minimum_the_counts_stay_and_the_share_goes() -> None:
    one = row(computed(many("yyy?")), "social_share")
    assert picked(one, "yes", "no", "unknown", "low", "high", "among_known", "value") == (3, 0, 1, *[None] * 4)


def test_without_a_target_there_is_no_verdict() -> None:
    one = row(computed(many("yn???", "marcheInnovant")), "innovation_share")
    assert picked(one, "target", "verdict", "reason", "low", "high") == (None, None, None, 0.2, 0.8)


def test_a_ceiling_is_reached_from_below() -> None:
    offers = "\n".join(f"2022-T3 | CT1 | {number}" for number in (1, 2, 3, 4, 2))
    one = row(computed(f"quarter | territory | offresRecues\n{offers}"), "single_offer_share")
    assert picked(one, "low", "target", "verdict") == (0.2, 0.25, "reached")


def test_value_rows_are_in_cents_and_say_what_they_leave_out() -> None:
    text = """
        quarter | territory | social | amount
        2022-T3 | CT1       | yes    | 40000
        2022-T3 | CT1       | no     | 30000
        2022-T3 | CT1       | no     | 10000
        2022-T3 | CT1       |        | 10000
        2022-T3 | CT1       |        | 10000.50
        2022-T3 | CT1       | yes    |
        2022-T3 | CT1       | yes    |
    """
    one = row(computed(text), "social_share", measure="value")
    assert picked(one, "yes", "no", "unknown") == (4_000_000, 4_000_000, 2_000_050)
    assert picked(one, "low", "target", "verdict") == (4_000_000 / 10_000_050, 0.5, "cannot say")
    euros, left_out = one["reason"].split("\u00a0; ")
    assert euros == "20\u202f000\u00a0€ de marchés d’état inconnu empêchent de conclure"
    assert left_out == "2\u00a0marchés sans montant exploitable"


def test_contracts_without_any_amount_are_not_no_contract() -> None:
    one = row(computed("quarter | territory | social | amount\n2022-T3 | CT1 | yes |"), "social_share", measure="value")
    assert picked(one, "yes", "no", "unknown", "low") == (0, 0, 0, None)
    assert one["reason"] == "1\u00a0marché sans montant exploitable"


def test_the_minimum_of_a_value_counts_contracts_with_an_amount() -> None:
    text = many("yyyy", more="| 1000", header="| amount") + "\n2022-T3 | CT1 | yes |"
    found = computed(text)
    assert row(found, "social_share")["low"] == 1.0
    one = row(found, "social_share", measure="value")
    assert picked(one, "yes", "low", "verdict") == (400_000, None, "cannot say")
    assert one["reason"] == (
        "moins de 5\u00a0marchés\u00a0: aucun taux n’est publié\u00a0; 1\u00a0marché sans montant exploitable"
    )


def test_a_median_and_why_there_is_none() -> None:
    lines = [f"2022-T3 | CT1 | {n}" for n in (1, 2, 4, 8, 16, "")] + [
        f"2022-T3 | CT2 | {n}" for n in (3, "", "", "", "")
    ]
    found = computed("\n".join(["quarter | territory | offresRecues", *lines]))
    one = row(found, "median_offers", "CT1", measure="median")
    assert picked(one, "yes", "no", "unknown", "low", "value", "unit", "reason") == (
        5,
        None,
        1,
        None,
        4.0,
        "offers",
        None,
    )
    two = row(found, "median_offers", "CT2", measure="median")
    assert picked(two, "yes", "unknown", "value") == (1, 4, None)
    assert two["reason"] == "moins de 5\u00a0valeurs connues\u00a0: aucun résultat n’est publié"
    three = row(found, "median_publication_delay", "CT2", measure="median")
    assert picked(three, "yes", "unknown", "value", "reason") == (0, 5, None, "aucune valeur connue")


@pytest.mark.parametrize(
    ("snapshot", "quarter", "year"),
    [
        ("2022-09-30", "la période n’est pas finie", "la période n’est pas finie"),
        ("2022-10-01", "publication possible", "la période n’est pas finie"),
        ("2022-11-29", "publication possible", "la période n’est pas finie"),
        ("2022-11-30", None, "la période n’est pas finie"),
        ("2022-12-31", None, "la période n’est pas finie"),
        ("2023-01-01", None, "publication possible"),
        ("2023-02-27", None, "publication possible"),
        ("2023-02-28", None, None),
        (None, "date des données inconnue", "date des données inconnue"),
    ],
)
def test_the_data_are_due_two_months_after(snapshot: str | None, quarter: str | None, year: str | None) -> None:
    day = date.fromisoformat(snapshot) if snapshot else None
    held = Quarter(2022, 4).window("year").quarters
    for window, expected in (("quarter", quarter), ("year_to_date", quarter), ("year", year)):
        period = Quarter(2022, 3).window(window)
        said = list(reasons.of_period(period, day, held, ("marché", "marchés"), is_published=True))
        assert len(said) == (expected is not None)
        assert expected is None or expected in said[0]
        assert snapshot is None or all(one.startswith("provisoire\u00a0: ") for one in said)


def test_a_quarter_of_which_nothing_is_known_is_said() -> None:
    found = computed(many("yynnn"))
    assert row(found, "social_share")["reason"] is None
    assert row(found, "social_share", window="year_to_date")["reason"] == (
        "aucun marché de l’acheteur dans les données pour 2022-T1, 2022-T2\u00a0: période incomplète"
    )


SCOPED = """
    quarter | territory | uid | is_framework | is_subsequent | social | amount
    2022-T3 | CT1       | f1  | yes          | no            | yes    | 9000
    2022-T3 | CT1       | f2  | yes          |               | no     | 8000
    2022-T3 | CT1       | s1  | no           | yes           | yes    | 500
    2022-T3 | CT1       | p1  | no           | no            | no     | 20
    2022-T3 | CT1       | p2  |              |               | yes    | 20
    2022-T3 | CT1       | p3  | no           | no            |        |
    2022-T3 | CT2       | p4  |              | no            | no     | 3
"""


@pytest.mark.parametrize(
    ("scope", "number", "value"),
    [
        ("all", (3, 3, 1), (952_000, 802_300, 0)),
        ("without_frameworks", (2, 2, 1), (52_000, 2_300, 0)),
        ("without_subsequent", (2, 3, 1), (902_000, 802_300, 0)),
        ("without_both", (1, 2, 1), (2_000, 2_300, 0)),
    ],
)
def test_a_scope_leaves_out_what_is_known_to_be_out_of_it(scope: str, number: tuple[int], value: tuple[int]) -> None:
    found = computed(SCOPED)
    for measure, counts in (("number", number), ("value", value)):
        assert picked(row(found, "social_share", scope=scope, measure=measure), "yes", "no", "unknown") == counts
    only = found[found["scope"] != "all"]
    assert only["target"].isna().all()
    assert only["verdict"].isna().all()


def test_without_its_ten_largest_each_territory_and_window_loses_its_own() -> None:
    lines = [f"2022-T3 | CT1 | {'yes' if n > 2 else 'no'} | {n}" for n in range(1, 13)]
    text = "\n".join(
        ["quarter | territory | social | amount", *lines, "2022-T3 | CT2 | yes | 100", "2022-T3 | CT1 | yes |"]
    )
    found = computed(text)
    scoped = {place: row(found, "social_share", place, measure="value", scope="without_ten_largest")
              for place in ("AMP", "CT1", "CT2")}  # fmt: skip
    assert picked(scoped["CT1"], "yes", "no", "unknown") == (0, 300, 0)  # 3 to 12 are gone, 1 and 2 stay
    assert picked(scoped["AMP"], "yes", "no", "unknown") == (300, 300, 0)  # CT2's takes the place of 3
    assert picked(scoped["CT2"], "yes", "no", "unknown") == (0, 0, 0)
    assert "1\u00a0marché sans montant exploitable" in scoped["CT1"]["reason"]


def paid(text: str, **more: Any) -> pd.DataFrame:
    return of(tables_of(payments=own(table(text, PAYMENTS)), **more))


@pytest.mark.parametrize("note", [-10_000, -60_001])
def test_credit_notes_above_the_payments_of_a_category_leave_no_rate(note: int) -> None:
    lines = ["2022-T3 | yes | yes | 100", *["2022-T3 | yes | no | 100"] * 5, f"2022-T3 | yes | yes | {note / 100}"]
    one = row(
        paid("\n".join(["quarter | is_purchase | is_sme | amount", *lines])), "sme_spending_share", measure="value"
    )
    rates = picked(one, "low", "high", "among_known", "value")
    if note == -10_000:  # taken off, nothing is left
        assert picked(one, "yes", "no", "unknown", "verdict", "reason") == (0, 50_000, 0, "reached", None)
        assert rates == (0.0, 0.0, 0.0, 0.0)
    else:
        assert picked(one, "yes", "no", "unknown", "target", "verdict") == (-50_001, 50_000, 0, 0.0, "cannot say")
        assert one["reason"] == "les avoirs dépassent les paiements d’une catégorie\u00a0: aucun taux"
        assert rates == (None,) * 4


def test_a_reason_calls_things_by_their_name() -> None:
    found = paid("quarter | is_purchase | amount | supplier_name\n2022-T3 | yes | 100 | Un")
    assert row(found, "sme_spending_share", measure="value")["reason"] == (
        "moins de 5\u00a0paiements\u00a0: aucun taux n’est publié")  # fmt: skip
    assert (
        row(found, "inclusive_supplier_share")["reason"]
        == "moins de 5\u00a0fournisseurs\u00a0: aucun taux n’est publié"
    )
    assert row(found, "planned_insertion_hours", measure="total")["reason"] == "sans objet\u00a0: aucun relevé d’heures"
    assert row(found, "agec_reuse_share", measure="value")["reason"] == "sans objet\u00a0: aucune catégorie déclarée"
    lines = ["2022-T3 | yes | 1000 | yes", *["2022-T3 | yes | 30000 |"] * 4]
    found = paid("\n".join(["quarter | is_purchase | amount | is_solidarity_b", *lines]), solidarity="B")
    assert row(found, "solidarity_spending_share", measure="value")["reason"] == (
        "120\u202f000\u00a0€ de paiements d’état inconnu empêchent de conclure")  # fmt: skip
    assert row(found, "coverage_share", measure="value")["reason"] == "état inconnu pour les 5\u00a0paiements"
    one = "quarter | scheme | part | part_cents | total_cents\n2022-T4 | agec | reuse | | 100"
    found = of(tables_of(declarations=own(table(one, DECLARATIONS))), [Quarter(2022, 4)])
    said = row(found, "agec_reuse_share", measure="value", quarter=Quarter(2022, 4))
    assert said["reason"] == "état inconnu pour la seule\u00a0catégorie déclarée"


def test_a_yearly_declaration_is_no_gap_in_other_quarters() -> None:
    text = "quarter | scheme | part | part_cents | total_cents\n2021-T4 | agec | reuse | 40 | 100"
    found = of(tables_of(declarations=own(table(text, DECLARATIONS))), [T3], "2022-08-01")
    rolling = row(found, "agec_reuse_share", window="rolling_12_months", measure="value")
    assert picked(rolling, "yes", "no", "value", "reason") == (40, 60, 0.4, None)
    assert row(found, "agec_reuse_share", measure="value")["reason"] == "sans objet\u00a0: aucune catégorie déclarée"


def test_each_table_has_its_own_gaps_and_payments_are_not_published_late() -> None:
    payments = own(table("quarter | is_purchase | amount\n2022-T2 | yes | 1\n2022-T3 | yes | 1", PAYMENTS))
    found = of(tables_of(own(table(many("yynnn"))), payments=payments), snapshot="2022-10-01")
    contracts, spending = (row(found, code, window="year_to_date", measure="value")["reason"].split("\u00a0; ")
                           for code in ("reserved_share", "sme_spending_share"))  # fmt: skip
    gap = "de l’acheteur dans les données pour"
    assert f"aucun marché {gap} 2022-T1, 2022-T2\u00a0: période incomplète" in contracts
    assert f"aucun paiement {gap} 2022-T1\u00a0: période incomplète" in spending
    assert [one for one in spending if one.startswith("provisoire")] == []
    assert [one for one in contracts if one.startswith("provisoire")] != []


def test_a_table_that_is_absent_gives_no_row() -> None:
    tables = tables_of(own(table(many("yynnn"))))
    assert set(of({"contracts": tables["contracts"]})["indicator"]) == {
        indicator.sheet.code for indicator in READ_HERE if indicator.sheet.table == "contracts"
    }
    assert set(of({"declarations": tables["declarations"]})["indicator"]) == {"agec_reuse_share"}


@pytest.mark.parametrize(("quarter", "is_mixed"), [(Quarter(2026, 2), False), (Quarter(2026, 3), True)])
def test_a_cohort_of_two_regimes_is_said(quarter: Quarter, is_mixed: bool) -> None:
    tables = tables_of(own(table("quarter | social\n2026-T2 | yes\n2026-T3 | yes")))
    found = of(tables, [quarter], "2027-06-01", INDICATORS)
    said = {
        code
        for code, reason in zip(found["indicator"], found["reason"].fillna(""), strict=True)
        if "cohorte mixte\u00a0: " in reason
    }
    codes = {"environmental_clause_and_criterion_share", "social_clause_above_threshold_share"}
    assert said == codes  # the year holds both
    quarterly = row(found, "environmental_clause_and_criterion_share", quarter=quarter)["reason"]
    assert ("cohorte mixte" in quarterly) == is_mixed


HOURS = """
    quarter | territory | planned_hours | done_hours
    2022-T3 | CT1       | 100           | 70.5
    2022-T3 | CT2       | 50.25         |
    2022-T2 | CT1       | 10            | 9.25
"""


def test_hours_are_summed_and_rated_against_the_spending() -> None:
    payments = own(table("quarter | territory | is_purchase | amount\n2022-T3 | CT1 | yes | 500000\n2022-T2 | | yes | -1",
                         PAYMENTS))  # fmt: skip
    found = of(tables_of(payments=payments, hours=own(table(HOURS, INSERTION_HOURS))))
    names = ("yes", "no", "unknown", "value", "reason")
    assert picked(row(found, "planned_insertion_hours", measure="total"), *names) == (2, None, 0, 150.25, None)
    assert picked(row(found, "done_insertion_hours", measure="total"), *names) == (1, None, 1, 70.5, None)
    done = row(found, "done_insertion_hours", "CT2", measure="total")
    assert picked(done, *names) == (0, None, 1, None, "aucune valeur connue")
    rate = "insertion_hours_per_million"
    assert picked(row(found, rate, measure="ratio"), *names, "unit") == (1, None, 1, 141.0, None, "hours_per_million")
    assert picked(row(found, rate, "CT2", measure="ratio"), *names) == (0, None, 1, None, "aucune valeur connue")
    without = of(tables_of(hours=own(table(HOURS, INSERTION_HOURS))))
    assert picked(row(without, rate, measure="ratio"), "yes", "value", "reason") == (
        1, None, "sans objet\u00a0: aucune dépense connue à laquelle rapporter les heures")  # fmt: skip


SOME = st.lists(
    st.tuples(
        st.sampled_from([str(q) for q in span(Quarter(2021, 1), Quarter(2022, 4))]),
        st.sampled_from(["AMP", "CT1", "CT2", ""]),
        st.sampled_from(["yes", "no", ""]),
    ),
    max_size=20,
)


@settings(max_examples=10, deadline=None)
@given(SOME)
def test_windows_agree_with_one_another(rows: list[tuple[str, str, str]]) -> None:
    text = "\n".join(["quarter | territory | social", *(" | ".join(one) for one in rows)])
    year = list(span(Quarter(2022, 1), Quarter(2022, 4)))
    found = of(tables_of(own(table(text))), year, indicators=[INDICATORS_BY_CODE["social_share"]])
    social = found[(found["scope"] == "all") & (found["measure"] == "number")]
    shares = {
        (one.quarter, one.territory, one.window): Share(one.yes, one.no, one.unknown) for one in social.itertuples()
    }
    for place in ("AMP", "CT1", "CT2"):
        whole = shares["2022-T4", place, "year"]
        assert whole == shares["2022-T4", place, "year_to_date"] == shares["2022-T4", place, "rolling_12_months"]
        assert whole == sum((shares[str(quarter), place, "quarter"] for quarter in year), Share())
        assert all(whole == shares[str(quarter), place, "year"] for quarter in year)
        assert shares["2022-T1", place, "quarter"] == shares["2022-T1", place, "year_to_date"]
