"""When contracts end, and what is known of the purchases that will have to be made again."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.cleaning.cpv import family_of
from spaser_analysis.cleaning.dates import quarter_of
from spaser_analysis.period import Quarter, span
from spaser_analysis.programming.needs import QUARTERS_AHEAD, after_months

LONGEST_FRAMEWORK_MONTHS = 48  # four years, save in justified cases (code de la commande publique, art. L. 2125-1, 1°)
USES = ("environmental", "social", "reserved")


def with_end(contracts: pd.DataFrame, amendments: pd.DataFrame) -> pd.DataFrame:
    """The contracts with ``months``, the last known duration, and ``end``: notification plus those months; null where
    either is unknown. The declared duration is the longest, all renewals included (DECP, ``dureeMois``).
    """
    months = as_amended(contracts, amendments, "dureeMois")
    return contracts.assign(months=months, end=after_months(contracts["dateNotification"], months))


def as_amended(contracts: pd.DataFrame, amendments: pd.DataFrame, column: str) -> pd.Series:
    """The last known value of a column of whole numbers: of the last amendment that tells it, else of the contract."""
    amended = amendments.dropna(subset=column).sort_values(["uid", "rank"]).groupby("uid")[column].last()
    return contracts["uid"].map(amended).astype("Int64").fillna(contracts[column])


def endings(ending: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Of contracts ``with_end``, those known at the end of the quarter that end in one of the ``QUARTERS_AHEAD`` after.

    ``end_quarter``, as 2023-T1, and ``latest_end``: of a framework declared for less than four years, the day on which
    it would end if its declared duration were but the first of its periods; the end itself for any other contract.
    Sorted by end, then uid.
    """
    coming = [str(one) for one in span(quarter + 1, quarter + QUARTERS_AHEAD)]
    told = ending[ending["quarter"] <= str(quarter)].assign(end_quarter=lambda known: quarter_of(known["end"]))
    found = told[told["end_quarter"].isin(coming)].sort_values(["end", "uid"], ignore_index=True)
    short = found["is_framework"].fillna(False) & (found["months"] < LONGEST_FRAMEWORK_MONTHS)
    longest = pd.Series(LONGEST_FRAMEWORK_MONTHS, index=found.index, dtype="Int64")
    latest = after_months(found["dateNotification"], longest)
    dated: pd.DataFrame = found.assign(latest_end=latest.where(short, found["end"]))
    return dated


def uses_by_family(contracts: pd.DataFrame, buyer_siren: str) -> pd.DataFrame:
    """By ``family``: how many contracts of the buyer, and of others, carry each of ``USES`` (``own_social``,
    ``other_social``...), and how many are known not to or say nothing (``own_social_without``, ``own_social_unknown``...).
    """
    side = (contracts["buyer_siren"] == buyer_siren).map({True: "own", False: "other"})
    found = {}
    for use in USES:
        for name, rows in (
            ("", contracts[use].fillna(False)),
            ("_without", ~contracts[use].fillna(True)),
            ("_unknown", contracts[use].isna()),
        ):
            counts = rows.astype("int64").groupby([contracts["family"], side]).sum().unstack(fill_value=0)
            for one in ("own", "other"):
                found[f"{one}_{use}{name}"] = counts[one] if one in counts else pd.Series(0, index=counts.index)
    return pd.DataFrame(found).rename_axis("family").sort_index()


def sectors_of(cpv: pd.Series, sectors: pd.DataFrame) -> pd.Series:
    """The sector of the Marché de l'inclusion that each CPV code falls in; null where none of them is known to."""
    return family_of(cpv, sectors.set_index("cpv_prefix")["sector"])
