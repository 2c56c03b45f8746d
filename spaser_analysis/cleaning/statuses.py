"""What the lists say of a supplier on one day: solidarity in four definitions, size, place.

A status counts only on the day. ESUS, ESS and the categories of size belong to an enterprise (SIREN), the others to an
establishment (SIRET): another establishment of its enterprise is possible, hence unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from spaser_analysis.cleaning.identifiers import valid_siret
from spaser_analysis.organisation import Organisation

OF_ENTERPRISE = ("ESUS", "ESS", "PME", "ETI", "GE")
SIZES = {"PME": True, "ETI": False, "GE": False}
# Lists that must have been read before an absent supplier is a no.
_FAMILIES = (("ESUS",), ("ESS",), ("EI", "ACI", "AI", "ETTI", "EITI", "RQ"), ("EA", "EATT", "ESAT"))
_NO, _UNKNOWN, _YES = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Lists:
    """The suppliers' lists in the forms that are looked up; ``communes``: a buyer's SIREN to its communes' codes.

    ``since``: each kind of list that was read to the first day on which an absent supplier is surely in none of it: that
    of the earliest list that only tells its own day, any day for lists that tell the days of each status. A list without
    any day says nothing of those that it does not hold, as it says nothing sure of those that it holds.
    """

    by_siret: pd.DataFrame
    by_siren: pd.DataFrame
    places: pd.Series
    seats: pd.Series
    since: dict[tuple[str, ...], pd.Timestamp]
    definitions: dict[str, tuple[str, ...]]
    communes: dict[str, frozenset[str]]
    persons: frozenset[str] = frozenset()


def supplier_lists(
    suppliers: pd.DataFrame,
    definitions: dict[str, tuple[str, ...]],
    organisations: tuple[Organisation, ...],
    persons: frozenset[str] = frozenset(),
) -> Lists:
    """``suppliers``: ``schemas.SUPPLIERS``; ``definitions``: letter (A to D) to the statuses that it is made of; ``persons``:
    the SIRENs of those whose names are masked.
    """
    known = suppliers[suppliers["status"].notna()]
    placed = suppliers[suppliers["commune_code"].notna()].sort_values(["valid_from", "commune_code"])
    columns = ["status", "valid_from", "valid_to", "date_rule"]
    of_enterprise = known["status"].isin(OF_ENTERPRISE)
    return Lists(
        by_siret=known.loc[~of_enterprise & valid_siret(known["siret"]), ["siret", *columns]],
        by_siren=known[["siren", "siret", *columns]],
        places=placed.dropna(subset="siret").drop_duplicates("siret", keep="last").set_index("siret")["commune_code"],
        seats=placed[placed["siret"].isna()].drop_duplicates("siren", keep="last").set_index("siren")["commune_code"],
        since={family: first for family in _FAMILIES if pd.notna(first := _since(known[known["status"].isin(family)]))},
        definitions=definitions,
        communes={
            one.siren: frozenset(code for commune in one.communes for code in (commune.code_insee, *commune.aliases))
            for one in organisations
        },
        persons=persons,
    )


def supplier_states(asked: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Columns ``is_solidarity_a`` to ``_d``, ``is_sme``, ``is_local`` (nullable) and ``supplier_statuses``, same index.

    ``asked``: ``supplier_id`` (SIRET, SIREN or anything), ``supplier_siren`` (null where it has none that is valid),
    ``day`` and ``buyer_siren``. A supplier without SIREN is unknown in everything; one that no list holds is no
    solidarity enterprise where lists of every kind of the definition were read and reach back to that day, else unknown.
    """
    rows = asked.reset_index(drop=True).assign(row=range(len(asked)))
    known = rows["supplier_siren"].isin(lists.by_siren["siren"]) | rows["supplier_id"].isin(lists.by_siret["siret"])
    found = _matches(rows[known], lists)
    identified = rows["supplier_siren"].notna()
    states = pd.DataFrame(index=rows.index)
    for letter, statuses in sorted(lists.definitions.items()):
        needed = [family for family in _FAMILIES if set(family) & set(statuses)]
        start = max((lists.since.get(family, pd.Timestamp.max) for family in needed), default=pd.Timestamp.max)
        best = pd.Series(_NO, index=rows.index).where(identified & (rows["day"] >= start), _UNKNOWN)
        listed = found[found["status"].isin(statuses)].groupby("row")["state"].max()
        best[listed.index] = best[listed.index].clip(lower=listed)
        states[f"is_solidarity_{letter.lower()}"] = _nullable(best)
    sizes = found[(found["state"] == _YES) & found["status"].isin(SIZES)]
    told = sizes.assign(size=sizes["status"].map(SIZES)).groupby("row")["size"]
    agreed = told.max().where(told.nunique() == 1)  # two categories on one day contradict each other
    states["is_sme"] = agreed.reindex(rows.index).astype("boolean")
    states["is_local"] = _local(rows, lists)
    held = found[found["state"] == _YES].drop_duplicates(["row", "status"]).sort_values(["row", "status"])
    states["supplier_statuses"] = held.groupby("row")["status"].agg(" | ".join).reindex(rows.index).astype("str")
    return states.set_index(asked.index)


def _since(known: pd.DataFrame) -> pd.Timestamp:
    if (known["date_rule"] == "declared").any():
        return pd.Timestamp.min
    first: pd.Timestamp = known.loc[known["date_rule"] == "list", "valid_from"].min()  # NaT where no list has a day
    return first


def _matches(rows: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Columns row, status, state: what each list says of each supplier that it holds."""
    by_siret = rows[["row", "supplier_id", "day"]].merge(lists.by_siret, left_on="supplier_id", right_on="siret")
    by_siren = rows[["row", "supplier_id", "supplier_siren", "day"]].merge(
        lists.by_siren, left_on="supplier_siren", right_on="siren"
    )
    sure = by_siren["status"].isin(OF_ENTERPRISE)
    possible = by_siren[~sure & (by_siren["siret"].isna() | (by_siren["siret"] != by_siren["supplier_id"]))]
    by_siret, by_siren, possible = (one.assign(state=_on_the_day(one)) for one in (by_siret, by_siren[sure], possible))
    possible = possible.assign(state=possible["state"].clip(upper=_UNKNOWN))
    return pd.concat([one[["row", "status", "state"]] for one in (by_siret, by_siren, possible)], ignore_index=True)


def _on_the_day(found: pd.DataFrame) -> pd.Series:
    day, start, end = found["day"], found["valid_from"], found["valid_to"]
    ended, begun = (day > end).fillna(False), (start <= day).fillna(False)
    unsure = day.isna() | (found["date_rule"] == "none") | ((found["date_rule"] == "list") & ~begun)
    state = pd.Series(_NO, index=found.index).mask(begun, _YES).mask(unsure, _UNKNOWN)
    return state.mask(ended, _NO)


def _local(rows: pd.DataFrame, lists: Lists) -> pd.Series:
    """In a commune of the buyer: by the establishment, or by the seat where only the enterprise is named."""
    listed = rows["supplier_id"].isin(lists.places.index.union(lists.seats.index))
    supplier = rows.loc[listed, "supplier_id"]
    is_siren = supplier.str.fullmatch(r"[0-9]{9}", na=False).astype(bool)
    place = supplier.map(lists.places).astype("str")
    place = place.fillna(supplier.where(is_siren).map(lists.seats).astype("str")).reindex(rows.index)
    local = pd.Series(pd.NA, index=rows.index, dtype="boolean")
    for siren, communes in lists.communes.items():
        if communes:
            mine = (rows["buyer_siren"] == siren).fillna(False) & place.notna()
            local = local.mask(mine.astype(bool), place.isin(communes))
    return local


def _nullable(state: pd.Series) -> pd.Series:
    return (state == _YES).astype("boolean").where(state != _UNKNOWN)
