"""One indicator for every buyer of a table, and where one of them stands among those of its kind and size.

Shares are told in number: amounts are too often absurd to compare buyers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from spaser_analysis.indicators import INDICATORS, reasons
from spaser_analysis.indicators.groups import grouped
from spaser_analysis.indicators.share import Direction, Share
from spaser_analysis.indicators.sheet import Indicator, Sheet

SIZE_FACTOR = 3  # peers have from a third to three times as many contracts
OTHER = "other"  # no prefix tells it
_GROUP = "group"
# Those of the contracts that their table alone tells, for any buyer: the first ones of the library.
_FIRST = (
    *("environmental_share", "environmental_clause_and_criterion_share", "social_share", "reserved_share"),
    *("innovation_share", "framework_share", "median_offers", "single_offer_share", "median_publication_delay"),
    "late_publication_share",
    *(f"completeness_{field}" for field in ("considerationsEnvironnementales", "considerationsSociales", "montant")),
    *(f"completeness_{field}" for field in ("nature", "techniques", "offresRecues", "marcheInnovant")),
    "completeness_datePublicationDonnees",
)
OF_CONTRACTS: tuple[Indicator, ...] = tuple(one for one in INDICATORS if one.sheet.code in _FIRST)
COMPARED = {one.sheet.code: one for one in OF_CONTRACTS if one.sheet.unit == "share"}
# The columns of the clean contracts that these read.
STATUSES = ("environmental_status", "social_status", "nature", "techniques")
COLUMNS = (
    *("buyer_siren", "quarter", "amount_cents", "environmental", "environmental_clause", "environmental_criterion"),
    *("social", "reserved", "marcheInnovant", "is_framework", "offresRecues", "publication_delay_days"),
    *("dateNotification", "datePublicationDonnees", *STATUSES),
)


@dataclass(frozen=True)
class Rank:
    """From ``first`` to ``last`` among ``of`` buyers, itself included, as the unknown contracts of all turn out; with
    ``equals`` of them at the very same share for sure.
    """

    first: int
    last: int
    of: int
    equals: int = 0


def by_keys(contracts: pd.DataFrame, indicators: Iterable[Indicator], by: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Code to what each indicator computes ``by`` these columns, which are grouped once for all."""
    codes, keys = grouped(contracts, by)
    numbered = contracts.assign(**{_GROUP: codes})
    found = {}
    for one in indicators:
        counts = one.compute(numbered, by=(_GROUP,))
        own = keys.take(counts[_GROUP].to_numpy()).reset_index(drop=True)
        found[one.sheet.code] = pd.concat([own, counts.drop(columns=_GROUP)], axis=1)
    return found


def every_buyer(contracts: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """One row a SIREN, sorted: ``buyer_siren``, ``yes``, ``no``, ``unknown``, ``contracts``, ``low``, ``high``, ``reason``.

    Below the minimum count of the sheet no share, and ``reason`` says it in French; also where every state is unknown.
    Contracts without a SIREN are nobody's.
    """
    counts = indicator.compute(contracts[contracts["buyer_siren"].notna()], by=("buyer_siren",))
    found = counts[counts["measure"] == "number"].astype({"buyer_siren": "str"}).reset_index(drop=True)
    enough, total = found["contracts"] >= indicator.sheet.minimum_count, found["contracts"].astype("Float64")
    return found.assign(
        low=(found["yes"] / total).where(enough),
        high=((found["yes"] + found["unknown"]) / total).where(enough),
        reason=pd.array([_reason(indicator.sheet, one) for one in found.to_dict("records")], dtype="str"),
    ).drop(columns=["measure", "left_out"])


def _reason(sheet: Sheet, row: Mapping[Any, Any]) -> str | None:
    share, rows = Share(*(int(row[name]) for name in ("yes", "no", "unknown"))), int(row["contracts"])
    told = reasons.of_share(share, rows, sheet.minimum_count, sheet.noun, undecided=False, in_cents=False)
    return reasons.SEPARATOR.join(told) or None


def kinds_of(sirens: pd.Series, kinds: pd.DataFrame) -> pd.Series:
    """The kind of each SIREN by its longest known prefix (columns ``siren_prefix``, ``kind``); ``OTHER`` without any."""
    found = pd.Series(OTHER, index=sirens.index, dtype="str")
    for one in kinds.sort_values("siren_prefix", key=lambda prefixes: prefixes.str.len()).itertuples():
        found = found.mask(sirens.str.startswith(str(one.siren_prefix)), str(one.kind))
    return found


def are_peers(buyers: pd.DataFrame, siren: str) -> pd.Series:
    """Boolean, one a row of ``buyers``: another buyer with a share, of the same ``kind``, and from a third to three times
    as many contracts as that of the SIREN; ValueError where it is no row.
    """
    own = _own(buyers, siren)
    sizes = buyers["contracts"]
    alike: pd.Series = (sizes * SIZE_FACTOR >= own["contracts"]) & (sizes <= own["contracts"] * SIZE_FACTOR)
    others: pd.Series = (buyers["kind"] == own["kind"]) & buyers["low"].notna() & (buyers["buyer_siren"] != siren)
    return alike & others


def rank(buyers: pd.DataFrame, siren: str, direction: Direction | None) -> Rank | None:
    """That of the SIREN among the peers of ``buyers`` (boolean ``is_peer``); None where it has no share.

    Equal shares have one rank. The first is the best in the direction wanted, the highest where none is.
    """
    own, peers = _own(buyers, siren), buyers[buyers["is_peer"]]
    if pd.isna(own["low"]):
        return None
    size, sizes = int(own["contracts"]), peers["contracts"]
    least, most = int(own["yes"]) * sizes, int(own["yes"] + own["unknown"]) * sizes  # whole numbers: no tie is missed
    lows, highs = peers["yes"] * size, (peers["yes"] + peers["unknown"]) * size
    sure, possible = (highs < least, lows < most) if direction == "down" else (lows > most, highs > least)
    equal = (lows == least) & (highs == most) & (lows == highs)
    return Rank(
        1 + int(sure.sum()), 1 + int(possible.sum()), 1 + len(peers), int(equal.sum()) if own["unknown"] == 0 else 0
    )


def _own(buyers: pd.DataFrame, siren: str) -> dict[Any, Any]:
    found = buyers[buyers["buyer_siren"] == siren]
    if found.empty:
        raise ValueError(f"no contract of {siren}")
    return found.to_dict("records")[0]
