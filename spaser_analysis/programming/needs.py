"""The census of needs as programming looks at it: what is to come, what is bought, from when it can be bought."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spaser_analysis.cleaning.cpv import family_of
from spaser_analysis.period import Quarter

KINDS = ("works", "supplies", "services")
QUARTERS_AHEAD = 8  # how far programming looks
_WORKS = "45"
_SERVICES_FROM = "49"  # CPV divisions: supplies to 44 and 48, works 45, services from 50 on


def counted(
    needs: pd.DataFrame, contracts: pd.DataFrame, quarter: Quarter, families: pd.Series, units: pd.Series
) -> pd.DataFrame:
    """The needs that count in a programming, those to come first: those that start in the ``QUARTERS_AHEAD`` after the
    quarter or have no day, ``is_to_come``; and those that add up with them, of the same budget years (R. 2121-7) or
    operations (R. 2121-5). Sorted by number.

    ``contracts``: one row a contract with ``uid`` and ``end`` (see ``programming.endings.with_end``); ``families``, ``units``:
    CPV prefix to family, to homogeneous unit. More columns: ``need``, the number, told apart where several needs share it; ``kind`` (``KINDS``;
    null where neither CPV, unit nor family decides); ``ends_on``; ``contract_end``, the end of the contract that the
    need names; ``ready_on``, the day from which it can be bought anew: its start, or the end of that contract if later.
    """
    first, last = pd.Timestamp(quarter.end), pd.Timestamp((quarter + QUARTERS_AHEAD).end)
    start, year = needs["starts_on"], needs["starts_on"].dt.year
    ahead = start.isna() | ((start > first) & (start <= last))
    beside = year.between((quarter + 1).year, last.year) | needs["operation"].notna()
    known: pd.DataFrame = needs.assign(is_to_come=ahead)[ahead | beside]
    order = ["is_to_come", "need_id", "source_file", "source_record"]
    known = known.sort_values(order, ascending=[False, True, True, True], ignore_index=True)
    rank = known.groupby("need_id").cumcount() + 1
    name = known["need_id"].where(
        ~known["need_id"].duplicated(keep=False), known["need_id"] + " n° " + rank.astype("str")
    )
    end = known["contract_uid"].map(contracts.set_index("uid")["end"])
    return known.assign(
        need=name.astype("str"),
        kind=kind_of(known["codeCPV"])
        .fillna(known["unit"].map(_kinds(units)))
        .fillna(known["family"].map(_kinds(families)))
        .astype("str"),
        ends_on=after_months(known["starts_on"], known["duration_months"]),
        contract_end=end,
        ready_on=known["starts_on"].mask((end > known["starts_on"]).fillna(False), end),
    )


def kind_of(cpv: pd.Series) -> pd.Series:
    """Works, supplies or services by the division of each CPV code (regulation EC 213/2008); null without one."""
    division = cpv.str[:2]
    kind = pd.Series("supplies", index=cpv.index, dtype="str").mask(division > _SERVICES_FROM, "services")
    return kind.mask(division == _WORKS, "works").where(cpv.notna())


def unit_of(cpv: pd.Series, units: pd.Series) -> pd.Series:
    """The homogeneous unit of each CPV code; ``units``: CPV prefix to unit."""
    return family_of(cpv, units)


def after_months(day: pd.Series, months: pd.Series) -> pd.Series:
    """Each day so many months later; null where either is."""
    start = day.to_numpy("datetime64[D]")
    month = start.astype("datetime64[M]")
    reached = month + months.fillna(0).to_numpy("int64")
    last = (reached + 1).astype("datetime64[D]") - 1  # no 31 in a month of 30 days
    moved = np.minimum(reached.astype("datetime64[D]") + (start - month), last)
    return pd.Series(moved, index=day.index, dtype="datetime64[ms]").where(~pd.isna(months))


def _kinds(names: pd.Series) -> pd.Series:
    """Of what CPV prefixes name (families, units), those whose prefixes are all of one kind, with that kind."""
    told = pd.DataFrame({"name": names.to_numpy(), "kind": kind_of(names.index.to_series()).to_numpy()})
    kinds = told.groupby("name")["kind"].agg(["first", "nunique"])
    return kinds.loc[kinds["nunique"] == 1, "first"]
