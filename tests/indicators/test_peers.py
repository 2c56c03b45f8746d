"""Every buyer in one pass, who are the peers of one, and where it stands among them whatever the unknown turn out to be."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.peers import (
    COLUMNS,
    COMPARED,
    OF_CONTRACTS,
    Rank,
    are_peers,
    by_keys,
    every_buyer,
    kinds_of,
    rank,
)
from spaser_analysis.reference_data import buyer_kinds
from tests.tables import table

AMP, OTHER, CITY = "200054807", "241300391", "211300553"


def contracts(**states: str) -> pd.DataFrame:
    """A contract of 2025 for each letter (y, n or ?) of each buyer, by SIREN."""
    words = {"y": "yes", "n": "no", "?": ""}
    lines = [f"2025-T4 | {siren.strip('_')} | {words[one]}" for siren, told in states.items() for one in told]
    return table("\n".join(["quarter | buyer_siren | environmental", *lines]))


def test_every_buyer_has_its_counts_and_a_share_from_five_contracts_on() -> None:
    found = every_buyer(
        contracts(_200054807="yyn??", _241300391="ynnn", _211300553="?????", _="yyyyyyy"),
        COMPARED["environmental_share"],
    )
    columns = ["buyer_siren", "yes", "no", "unknown", "contracts", "low", "high", "reason"]
    told = found[columns].astype(object).where(found[columns].notna(), None)
    assert told.to_numpy().tolist() == [
        [AMP, 2, 1, 2, 5, 0.4, 0.8, None],
        [CITY, 0, 0, 5, 5, 0.0, 1.0, "état inconnu pour les 5\u00a0marchés"],
        [OTHER, 1, 3, 0, 4, None, None, "moins de 5\u00a0marchés\u00a0: aucun taux n’est publié"],
    ]


def test_a_buyer_is_of_the_kind_of_its_longest_prefix() -> None:
    sirens = pd.Series([AMP, OTHER, CITY, "221300015", "231300021", "263100125", "290000000", "110000015", "775672272"])
    assert kinds_of(sirens, buyer_kinds()).tolist() == [
        "intercommunal", "intercommunal", "commune", "department", "region", "health_social", "other_local", "state",
        "other",
    ]  # fmt: skip


def test_peers_are_of_one_kind_and_from_a_third_to_three_times_as_large() -> None:
    buyers = pd.DataFrame(
        {
            "buyer_siren": list("abcdefg"),
            "kind": ["x", "x", "x", "x", "x", "y", "x"],
            "contracts": [12, 4, 3, 36, 37, 12, 12],
            "low": [0.5, 0.1, 0.2, 0.3, 0.4, 0.5, None],
        }
    )
    assert are_peers(buyers, "a").tolist() == [False, True, False, True, False, False, False]
    with pytest.raises(ValueError, match="no contract of z"):
        are_peers(buyers, "z")


def ranked(own: tuple[int, int, int], *others: tuple[int, int, int], direction: str | None = "up") -> Rank | None:
    """The rank of the first among those of (yes, no, unknown)."""
    rows = [(*counts, sum(counts), sum(counts) >= 1) for counts in (own, *others)]
    buyers = pd.DataFrame(rows, columns=["yes", "no", "unknown", "contracts", "has"])
    buyers = buyers.assign(buyer_siren=[str(n) for n in range(len(rows))], is_peer=[n > 0 for n in range(len(rows))])
    return rank(buyers.assign(low=1.0), "0", direction)  # type: ignore[arg-type]


def test_a_rank_has_two_bounds() -> None:
    assert ranked((2, 8, 0), (5, 5, 0), (1, 9, 0), (1, 7, 2), (2, 8, 0)) == Rank(2, 3, 5, equals=1)
    assert ranked((2, 8, 0), (5, 5, 0), (1, 9, 0), (1, 7, 2), (2, 8, 0), direction="down") == Rank(2, 3, 5, equals=1)
    assert ranked((0, 0, 9), (3, 6, 0), (4, 5, 0)) == Rank(1, 3, 3)
    assert ranked((1, 2, 0)) == Rank(1, 1, 1)
    assert ranked((1, 2, 0), (100_000, 200_000, 0)) == Rank(1, 1, 2, equals=1)  # thirds are equal, floats or not


COUNTS = st.tuples(*[st.integers(0, 3)] * 3).filter(lambda counts: sum(counts) > 0)


@settings(max_examples=60)
@given(COUNTS, st.lists(COUNTS, max_size=3), st.sampled_from(["up", "down", None]))
def test_the_bounds_are_those_of_every_way_the_unknown_may_turn_out(
    own: tuple[int, int, int], others: list[tuple[int, int, int]], direction: str | None
) -> None:
    everyone = [own, *others]
    ranks, equals = set(), set()
    for turned in product(*(range(unknown + 1) for _, _, unknown in everyone)):
        shares = [
            (yes + more) / (yes + no + unknown) for (yes, no, unknown), more in zip(everyone, turned, strict=True)
        ]
        better = [one < shares[0] if direction == "down" else one > shares[0] for one in shares[1:]]
        ranks.add(1 + sum(better))
        equals.add(sum(one == shares[0] for one in shares[1:]))
    found = ranked(own, *others, direction=direction)
    assert found is not None
    assert (found.first, found.last, found.of) == (min(ranks), max(ranks), len(everyone))
    assert found.equals == min(equals)


def test_without_a_share_there_is_no_rank() -> None:
    buyers = every_buyer(contracts(_200054807="ynn?", _241300391="ynnny"), COMPARED["environmental_share"])
    assert rank(buyers.assign(is_peer=buyers["buyer_siren"] != AMP), AMP, "up") is None


def test_keys_grouped_once_give_what_each_indicator_gives() -> None:
    rows = pd.concat(
        [contracts(_200054807="yn?", _241300391="y"), contracts(_200054807="y").assign(quarter="2025-T1")],
        ignore_index=True,
    )
    rows = rows.assign(amount_cents=pd.array(range(1, len(rows) + 1), dtype="Int64"))
    found = by_keys(rows, OF_CONTRACTS, ("buyer_siren", "quarter"))
    assert list(found) == [one.sheet.code for one in OF_CONTRACTS]
    for code, counts in found.items():
        pd.testing.assert_frame_equal(
            counts, INDICATORS_BY_CODE[code].compute(rows, by=("buyer_siren", "quarter")), check_dtype=False
        )


def test_the_columns_are_all_that_the_indicators_read() -> None:
    rows = contracts(_200054807="yn?")[list(COLUMNS)]
    assert all(len(one.compute(rows, by=("buyer_siren",))) for one in OF_CONTRACTS)
