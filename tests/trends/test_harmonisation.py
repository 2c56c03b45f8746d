from __future__ import annotations

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binom, chi2, chi2_contingency
from statsmodels.stats.meta_analysis import combine_effects

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.share import Share
from spaser_analysis.period import Quarter
from spaser_analysis.trends.harmonisation import (
    Convergence,
    Dispersion,
    convergence,
    funnel,
    funnel_limits,
    movers,
    same_quarters,
)

SHEET = INDICATORS_BY_CODE["social_share"].sheet
NOW = Quarter(2022, 3)
COLUMNS = ["quarter", "territory", "yes", "no", "unknown"]
OUTSIDE = {"95": 0.025, "998": 0.001}

COUNT = st.integers(0, 12)
SHARES = st.builds(Share, COUNT, COUNT, st.integers(0, 3))


def counts(text: str) -> pd.DataFrame:
    """Lines of quarter, territory, yes, no, unknown."""
    rows = [line.split() for line in text.strip().splitlines()]
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(COLUMNS[2:], "Int64"))


def counted(*shares: Share, quarter: Quarter = NOW) -> pd.DataFrame:
    """Territories CT1, CT2... with those shares, and AMP, which adds them up."""
    named = {f"CT{rank}": share for rank, share in enumerate(shares, 1)} | {"AMP": sum(shares, Share())}
    rows = [(str(quarter), code, share.yes, share.no, share.unknown) for code, share in named.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def readings(share: Share) -> list[Share]:
    """What the share may turn out to be."""
    return [Share(share.yes + more, share.no + share.unknown - more) for more in range(share.unknown + 1)]


def results(rows: pd.DataFrame, **more: str) -> pd.DataFrame:
    return rows.assign(
        **{"indicator": "social_share", "window": "year_to_date", "scope": "all", "measure": "number"} | more
    )


def test_the_same_quarter_of_each_year_up_to_the_one_asked() -> None:
    mine = counts("""
        2022-T3 CT2 4 5 6
        2022-T3 CT1 1 2 3
        2021-T3 CT1 7 8 9
        2022-T2 CT1 0 0 1
        2023-T3 CT1 0 0 2
    """)
    others = [results(mine, **{name: "other"}).assign(yes=99) for name in ("indicator", "window", "scope", "measure")]
    found = same_quarters(pd.concat([results(mine), *others]), "social_share", NOW)
    assert found.to_numpy().tolist() == [
        ["2021-T3", "CT1", 7, 8, 9],
        ["2022-T3", "CT1", 1, 2, 3],
        ["2022-T3", "CT2", 4, 5, 6],
    ]
    rolling = results(mine, window="rolling_12_months")
    assert len(same_quarters(rolling, "social_share", NOW, "rolling_12_months")) == 3


def test_no_counts_where_the_share_has_none() -> None:
    with pytest.raises(ValueError, match="no share in number of social_share, window year_to_date, in 2022-T3"):
        same_quarters(results(counts("2022-T3 CT1 1 2 3"), measure="value"), "social_share", NOW)


def test_the_limits_are_those_of_the_binomial_law() -> None:
    # Of ten draws at one half: P(8 or more) = 56/1024, P(9 or more) = 11/1024, P(10) = 1/1024.
    (row,) = funnel_limits(Share(50, 50), [10]).to_dict("records")
    upper = (8 + (56 / 1024 - 0.025) / (45 / 1024)) / 10
    assert row["size"] == 10
    assert row["upper_95"] == pytest.approx(upper)
    assert row["lower_95"] == pytest.approx(1 - upper)
    assert row["upper_998"] == pytest.approx((9 + (11 / 1024 - 0.001) / (10 / 1024)) / 10)


@given(st.integers(1, 200), st.integers(0, 40), st.integers(1, 40))
def test_beyond_a_limit_lies_what_is_rare_enough(size: int, yes: int, no: int) -> None:
    (row,) = funnel_limits(Share(yes, no), [size]).to_dict("records")
    number = np.arange(size + 1)
    for name, tail in OUTSIDE.items():
        for more, limit in (
            (binom.sf(number - 1, size, yes / (yes + no)), number / size > row[f"upper_{name}"]),
            (binom.cdf(number, size, yes / (yes + no)), number / size < row[f"lower_{name}"]),
        ):
            clear = abs(more - tail) > 1e-9
            assert ((more <= tail) == limit)[clear].all()


@given(st.integers(0, 40), st.integers(1, 40))
def test_limits_widen_as_the_number_falls(yes: int, no: int) -> None:
    limits = funnel_limits(Share(yes, no), range(1, 150)).diff().iloc[1:]
    assert (limits[["upper_95", "upper_998"]] < 1e-9).all(axis=None)
    assert (limits[["lower_95", "lower_998"]] > -1e-9).all(axis=None)


def test_the_unknown_of_the_whole_widen_the_limits() -> None:
    known, open_ended = funnel_limits(Share(50, 50), [10]), funnel_limits(Share(50, 30, 20), [10])
    assert open_ended["lower_95"].equals(known["lower_95"])  # around the low bound: 50 %
    assert open_ended["upper_95"].equals(funnel_limits(Share(70, 30), [10])["upper_95"])


@pytest.mark.parametrize(("whole", "sizes"), [(Share(), [10]), (Share(1, 1), [0])])
def test_no_limits_without_contracts(whole: Share, sizes: list[int]) -> None:
    with pytest.raises(ValueError, match="no funnel without contracts"):
        funnel_limits(whole, sizes)


def test_the_funnel_says_who_stands_out_and_who_is_too_small() -> None:
    found = funnel(
        counts("""
            2022-T3 CT6 30 30 0
            2022-T3 CT3 1 9 0
            2022-T3 CT1 9 1 0
            2022-T3 CT2 10 0 0
            2022-T3 CT4 4 0 0
            2022-T3 CT5 0 0 0
            2022-T3 AMP 54 54 0
        """),
        "AMP",
        SHEET,
    ).set_index("territory")
    assert list(found.index) == ["CT1", "CT2", "CT3", "CT4", "CT5", "CT6"]
    assert list(found["state_95"]) == ["above", "above", "below", "cannot say", "cannot say", "within"]
    assert list(found["state_998"]) == ["within", "above", "within", "cannot say", "cannot say", "within"]
    assert found.loc["CT4", "reason"] == "moins de 5\u00a0marchés\u00a0: aucun taux n’est publié"
    assert found.loc["CT5", "reason"] == "sans objet\u00a0: aucun marché"
    assert found.loc[["CT4", "CT5"], ["low", "high", "among_known", "upper_95", "lower_998"]].isna().all(axis=None)
    assert found.loc[["CT1", "CT2", "CT3", "CT6"], "reason"].isna().all()
    assert found.loc["CT1", ["total", "low", "high", "among_known"]].tolist() == [10, 0.9, 0.9, 0.9]


def test_a_state_that_the_unknown_may_change_is_not_told() -> None:
    found = funnel(
        counts("""
            2022-T3 CT1 8 1 1
            2022-T3 CT2 0 0 9
            2022-T3 CT3 42 49 0
            2022-T3 AMP 50 50 10
        """),
        "AMP",
        SHEET,
    ).set_index("territory")
    assert found["state_95"].to_dict() == {"CT1": "cannot say", "CT2": "cannot say", "CT3": "within"}
    assert found.loc["CT1", "reason"] == (
        "les marchés d’état inconnu, du territoire ou de l’ensemble, empêchent de conclure"
    )
    assert found.loc["CT2", "reason"] == "état inconnu pour les 9\u00a0marchés"


@pytest.mark.parametrize(("own", "whole"), [("9 1 0", "50 30 20"), ("1 9 0", "30 50 20")])
def test_a_state_that_the_unknown_of_others_may_change_is_not_told(own: str, whole: str) -> None:
    # Beyond the limit if the whole is at 50 %, P = 1.1 %; within it if it is at 70 % (30 %), P = 14.9 %.
    found = funnel(counts(f"2022-T3 CT1 {own}\n2022-T3 AMP {whole}"), "AMP", SHEET)
    assert found[["state_95", "state_998"]].to_numpy().tolist() == [["cannot say", "within"]]


def test_no_funnel_without_the_whole_nor_with_two_rows() -> None:
    one = counts("2022-T3 CT1 9 1 0")
    with pytest.raises(ValueError, match="no counts of AMP"):
        funnel(one, "AMP", SHEET)
    with pytest.raises(ValueError, match="a territory has two rows"):
        funnel(pd.concat([one, one]), "AMP", SHEET)


@settings(max_examples=30)
@given(SHARES, SHARES)
def test_more_knowledge_never_reverses_the_funnel(one: Share, other: Share) -> None:
    before = funnel(counted(one, other), "AMP", SHEET)
    for pair in product(readings(one), readings(other)):
        after = funnel(counted(*pair), "AMP", SHEET)
        for state in ("state_95", "state_998"):
            told = before[state] != "cannot say"
            assert (before[state] == after[state])[told].all()


def dispersion(*shares: Share) -> Dispersion:
    (found,) = convergence(counted(*shares), "AMP", SHEET).course
    return found


APART = (Share(10, 90), Share(30, 70), Share(14, 26), Share(30, 30))


def test_the_deviation_is_that_of_paule_and_mandel() -> None:
    yes, total = np.array([10, 30, 14, 30]), np.array([100, 100, 40, 60])
    common = 84 / 300
    oracle = combine_effects(yes / total, common * (1 - common) / total, method_re="iterated")
    assert dispersion(*APART).deviation == pytest.approx(math.sqrt(oracle.tau2), abs=1e-5)


def test_the_bounds_are_those_of_the_q_profile() -> None:
    found = dispersion(*APART)
    share, total = np.array([0.1, 0.3, 0.35, 0.5]), np.array([100, 100, 40, 60])
    chance = 84 / 300 * 216 / 300 / total
    for bound, quantile in ((found.low, 0.95), (found.high, 0.05)):
        assert bound is not None
        weight = 1 / (chance + bound**2)
        apart = (weight * (share - (weight * share).sum() / weight.sum()) ** 2).sum()
        assert apart == pytest.approx(chi2.ppf(quantile, 3), rel=1e-4)
    assert (found.territories, found.left_out, found.reason) == (("CT1", "CT2", "CT3", "CT4"), (), None)


@given(st.lists(st.builds(Share, COUNT, COUNT), min_size=3, max_size=6))
def test_a_dispersion_from_nought_is_what_the_chi_square_test_does_not_see(shares: list[Share]) -> None:
    found = dispersion(*shares)
    assume(found.low is not None)
    table = [(share.yes, share.no) for share in shares if share.total >= SHEET.minimum_count]
    assert (found.low == 0) == (chi2_contingency(table, correction=False).pvalue >= 0.05)


@given(st.lists(st.integers(0, 20), min_size=3, max_size=5))
def test_one_more_territory_in_the_middle_brings_no_dispersion(yes: list[int]) -> None:
    shares = [Share(one, 20 - one) for one in yes]
    alone = dispersion(*shares)
    more = dispersion(*shares, sum(shares, Share()))
    assume(alone.deviation is not None)
    assert more.deviation <= alone.deviation  # type: ignore[operator]


@given(st.builds(Share, st.integers(5, 12), st.integers(5, 12)), st.integers(3, 6))
def test_territories_that_buy_alike_have_none(share: Share, territories: int) -> None:
    found = dispersion(*[share] * territories)
    assert (found.deviation, found.low, found.high) == (0.0, None, None)
    assert found.reason == "les parts se ressemblent plus que le hasard ne le voudrait\u00a0: pas d’intervalle"


def test_territories_that_share_nothing_stop_at_the_largest_deviation() -> None:
    assert dispersion(Share(90, 0), Share(0, 90), Share(90, 0), Share(0, 90)).high == 0.5


def test_the_unknown_widen_the_interval() -> None:
    known, blurred = dispersion(*APART), dispersion(*APART[:3], Share(30, 30, 20))
    assert blurred.deviation == known.deviation
    alike, no, yes = (dispersion(*APART[:3], share) for share in (APART[3], Share(30, 50), Share(50, 30)))
    assert blurred.low == min(one.low for one in (alike, no, yes))  # type: ignore[type-var]
    assert blurred.high == max(one.high for one in (alike, no, yes))  # type: ignore[type-var]
    assert blurred.low < known.low  # type: ignore[operator]


@pytest.mark.parametrize(
    ("shares", "left_out", "reason"),
    [
        (
            (Share(5, 5), Share(5, 5), Share(2, 2, 50)),
            ("CT3",),
            "moins de 3\u00a0territoires ont au moins 5\u00a0marchés d’état connu",
        ),
        (
            (Share(4, 90), Share(0, 90), Share(0, 90)),
            (),
            "moins de 5\u00a0marchés oui en tout\u00a0: pas de dispersion à mesurer",
        ),
        (
            (Share(90, 4), Share(90, 0, 9), Share(90, 0)),
            (),
            "moins de 5\u00a0marchés non en tout\u00a0: pas de dispersion à mesurer",
        ),
    ],
)
def test_no_dispersion_where_it_cannot_be_measured(
    shares: tuple[Share, ...], left_out: tuple[str, ...], reason: str
) -> None:
    found = dispersion(*shares)
    assert (found.deviation, found.low, found.high) == (None, None, None)
    assert (found.left_out, found.reason) == (left_out, reason)


@pytest.mark.parametrize(
    ("sizes", "common", "deviation"),
    [((102, 65, 42, 38, 40, 36), 0.5, 0.1), ((20, 15, 40, 8, 60, 30), 0.14, 0.05)],
)
def test_intervals_hold_the_true_dispersion_nine_times_in_ten(
    sizes: tuple[int, ...], common: float, deviation: float
) -> None:
    # Of 500 draws 90 % are 450, give or take three standard deviations of 6.7. One without interval holds nothing.
    law = np.random.default_rng(2022)
    spread = common * (1 - common) / deviation**2 - 1
    found = 0
    for _ in range(500):
        yes = law.binomial(sizes, law.beta(common * spread, (1 - common) * spread, len(sizes)))
        drawn = dispersion(*(Share(one, size - one) for one, size in zip(yes.tolist(), sizes, strict=True)))
        found += drawn.low is not None and drawn.low <= deviation <= drawn.high  # type: ignore[operator]
    assert abs(found - 450) <= 20


CLOSE = (Share(40, 60), Share(50, 50), Share(45, 55), Share(54, 46))
FAR = (Share(5, 95), Share(95, 5), Share(40, 60), Share(80, 20))


def years(*of_year: tuple[Share, ...]) -> Convergence:
    tables = [counted(*shares, quarter=Quarter(2020 + rank, 3)) for rank, shares in enumerate(of_year)]
    return convergence(pd.concat(tables[::-1]), "AMP", SHEET)


def test_practices_converge_where_the_latest_interval_lies_below_the_first() -> None:
    found = years(FAR, CLOSE, CLOSE)
    assert (found.verdict, found.reason) == ("converging", None)
    assert [one.quarter for one in found.course] == ["2020-T3", "2021-T3", "2022-T3"]
    assert years(CLOSE, FAR).verdict == "diverging"


ALIKE = (Share(50, 50),) * 4


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (years(FAR, APART), "les intervalles des deux dates se recouvrent"),
        (years(FAR), "aucune année antérieure où la dispersion se mesure"),
        (years(ALIKE, FAR), "aucune année antérieure où la dispersion se mesure"),
        (years(FAR, ALIKE), "les parts se ressemblent plus que le hasard ne le voudrait\u00a0: pas d’intervalle"),
        (years(FAR, CLOSE[:3]), "les territoires comparés ne sont pas les mêmes aux deux dates"),
        (years(FAR, CLOSE[:2]), "moins de 3\u00a0territoires ont au moins 5\u00a0marchés d’état connu"),
        (Convergence(()), "aucun résultat"),
    ],
)
def test_no_verdict_on_convergence_without_its_reason(found: Convergence, reason: str) -> None:
    assert (found.verdict, found.reason) == ("cannot say", reason)


def moved(before: Share, now: Share) -> dict[str, object]:
    tables = [counted(before, quarter=NOW - 4), counted(now, quarter=NOW), counted(Share(99, 1), quarter=NOW - 1)]
    (row,) = movers(pd.concat(tables), NOW, SHEET).query("territory == 'CT1'").to_dict("records")
    return row


def test_a_change_has_the_interval_of_newcombe() -> None:
    # Newcombe (1998), table II: 56/70 against 48/80.
    row = moved(Share(48, 32), Share(56, 14))
    assert (row["before"], row["now"], row["change"]) == (0.6, 0.8, 0.2)
    assert (round(row["low"], 4), round(row["high"], 4)) == (0.0524, 0.3339)  # type: ignore[call-overload]
    assert row["state"] == "up" and pd.isna(row["reason"])
    assert moved(Share(56, 14), Share(48, 32))["state"] == "down"


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        (Share(5, 5), Share(6, 4), "le hasard suffit à expliquer l’écart"),
        (Share(48, 32), Share(56, 4, 10), None),
        (
            Share(30, 25, 25),
            Share(56, 14),
            "le hasard et les marchés d’état inconnu suffisent à expliquer l’écart",
        ),
        (Share(5, 5), Share(4), "moins de 5\u00a0marchés\u00a0: aucun taux n’est publié (2022-T3)"),
        (Share(4), Share(5, 5), "moins de 5\u00a0marchés\u00a0: aucun taux n’est publié (2021-T3)"),
        (Share(5, 5), Share(unknown=9), "état inconnu pour les 9\u00a0marchés (2022-T3)"),
    ],
)
def test_a_change_is_sure_for_every_reading_or_not_told(before: Share, now: Share, reason: str | None) -> None:
    row = moved(before, now)
    assert (row["state"] == "cannot say") == (reason is not None)
    assert pd.isna(row["reason"]) if reason is None else row["reason"] == reason
    if reason and reason.startswith(("moins", "état")):
        assert all(pd.isna(row[name]) for name in ("before", "now", "change", "low", "high"))


def test_a_territory_without_an_earlier_result_has_no_change() -> None:
    (row,) = movers(counts("2022-T3 CT1 9 1 0"), NOW, SHEET).to_dict("records")
    assert (row["state"], row["reason"]) == ("cannot say", "aucun résultat pour 2021-T3")


@given(SHARES, SHARES)
def test_a_change_backwards_is_the_opposite(before: Share, now: Share) -> None:
    there, back = moved(before, now), moved(now, before)
    opposite = {"up": "down", "down": "up", "cannot say": "cannot say"}
    assert back["state"] == opposite[str(there["state"])]
    if pd.notna(there["change"]):
        assert there["change"] == -back["change"]  # type: ignore[operator]
        assert there["low"] == pytest.approx(-back["high"], abs=2e-6)  # type: ignore[operator]


@settings(max_examples=30)
@given(SHARES, SHARES)
def test_more_knowledge_never_reverses_a_change(before: Share, now: Share) -> None:
    state = moved(before, now)["state"]
    for pair in product(readings(before), readings(now)):
        assert state in ("cannot say", moved(*pair)["state"])


def test_the_order_of_rows_does_not_matter() -> None:
    both = pd.concat([counted(*FAR, quarter=NOW - 4), counted(*CLOSE)])
    assert convergence(both[::-1], "AMP", SHEET) == convergence(both, "AMP", SHEET)
    pd.testing.assert_frame_equal(movers(both[::-1], NOW, SHEET), movers(both, NOW, SHEET))
    now = counted(*CLOSE)
    pd.testing.assert_frame_equal(funnel(now[::-1], "AMP", SHEET), funnel(now, "AMP", SHEET))
