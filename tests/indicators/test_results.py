"""The table that reports quote: windows, territories, bounds, verdicts and the reasons for what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaser_analysis.indicators import INDICATORS, reasons
from spaser_analysis.indicators.results import results
from spaser_analysis.indicators.share import Share
from spaser_analysis.organisation import Target, Territory
from spaser_analysis.period import WINDOWS, Quarter, span
from spaser_analysis.schemas import RESULTS
from tests.tables import table

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
    ),
)


def computed(text: str, quarters: list[Quarter] | None = None, snapshot: str | None = LATER) -> pd.DataFrame:
    contracts = table(text)
    if "buyer_siren" not in text:
        contracts["buyer_siren"] = BUYER.siren
    found = results(contracts, BUYER, quarters or [T3], snapshot)  # type: ignore[arg-type]
    return RESULTS.validate(found)


def row(found: pd.DataFrame, indicator: str, territory: str = "AMP", window: str = "quarter", measure: str = "number",
        quarter: Quarter = T3) -> dict[str, Any]:  # fmt: skip
    key = {
        "quarter": str(quarter),
        "territory": territory,
        "indicator": indicator,
        "window": window,
        "measure": measure,
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
    found = computed(WINDOWED, [T3, Quarter(2022, 1), T3])
    expected = [
        (quarter, place, indicator.sheet.code, window, measure)
        for quarter in ("2022-T1", "2022-T3")
        for place in ("AMP", "CT1", "CT2")
        for indicator in INDICATORS
        for window in WINDOWS
        for measure in indicator.sheet.measures
    ]
    key = ["quarter", "territory", "indicator", "window", "measure"]
    assert list(found[key].itertuples(index=False, name=None)) == expected


def test_no_quarter_asked_no_row() -> None:
    assert list(results(table("uid"), BUYER, [], LATER).columns) == list(RESULTS.columns)  # type: ignore[arg-type]
    assert results(table("uid"), BUYER, [], LATER).empty  # type: ignore[arg-type]


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
        ("", 0.3, "cannot say", "sans objet\u00a0: aucun marché\u00a0; aucun marché de l’acheteur dans les données pour 2022-T3\u00a0: "
         "période incomplète"),
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
    assert two["reason"] == "moins de 5\u00a0valeurs connues\u00a0: aucune médiane n’est publiée"
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
        said = list(reasons.of_period(Quarter(2022, 3).window(window), day, held))
        assert len(said) == (expected is not None)
        assert expected is None or expected in said[0]
        assert snapshot is None or all(one.startswith("provisoire\u00a0: ") for one in said)


def test_a_quarter_of_which_nothing_is_known_is_said() -> None:
    found = computed(many("yynnn"))
    assert row(found, "social_share")["reason"] is None
    assert row(found, "social_share", window="year_to_date")["reason"] == (
        "aucun marché de l’acheteur dans les données pour 2022-T1, 2022-T2\u00a0: période incomplète"
    )


SOME = st.lists(
    st.tuples(
        st.sampled_from([str(q) for q in span(Quarter(2021, 1), Quarter(2022, 4))]),
        st.sampled_from(["AMP", "CT1", "CT2", ""]),
        st.sampled_from(["yes", "no", ""]),
    ),
    max_size=20,
)


@settings(max_examples=15, deadline=None)
@given(SOME)
def test_windows_agree_with_one_another(rows: list[tuple[str, str, str]]) -> None:
    text = "\n".join(["quarter | territory | social", *(" | ".join(one) for one in rows)])
    year = list(span(Quarter(2022, 1), Quarter(2022, 4)))
    found = computed(text, year)
    social = found[(found["indicator"] == "social_share") & (found["measure"] == "number")]
    shares = {
        (one.quarter, one.territory, one.window): Share(one.yes, one.no, one.unknown) for one in social.itertuples()
    }
    for place in ("AMP", "CT1", "CT2"):
        whole = shares["2022-T4", place, "year"]
        assert whole == shares["2022-T4", place, "year_to_date"] == shares["2022-T4", place, "rolling_12_months"]
        assert whole == sum((shares[str(quarter), place, "quarter"] for quarter in year), Share())
        assert all(whole == shares[str(quarter), place, "year"] for quarter in year)
        assert shares["2022-T1", place, "quarter"] == shares["2022-T1", place, "year_to_date"]
