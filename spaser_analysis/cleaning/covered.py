"""Which published contract a payment or hours are for: the buyer and the number, without its leading year."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.cleaning.linking import contract_keys
from spaser_analysis.cleaning.territory import placed
from spaser_analysis.organisation import Organisation


def contract_index(contracts: pd.DataFrame) -> pd.DataFrame:
    """By key and year, and by key alone: ``contract_uid`` and ``contract_territory``; columns of ``contracts``:
    buyer_siren, id, uid, territory.

    Where several contracts share a number it tells of none of them, and of their territory only if they agree.
    """
    keys, years = _keys(contracts, contracts["id"])
    both = pd.concat([contracts.assign(key=keys + "/" + years), contracts.assign(key=keys)])
    groups = both.dropna(subset="key").groupby("key")
    told = {"contract_uid": groups["uid"], "contract_territory": groups["territory"]}
    return pd.DataFrame({name: values.first().where(values.nunique() == 1) for name, values in told.items()})


def with_contract(lines: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
    """The lines with ``contract_uid`` and ``contract_territory``, null where no published contract has their number, and
    ``is_covered``: whether one has, null without a number.

    A leading year counts where both tell it: 2023T01 is not 2024T01, but T01 may be either.
    """
    keys, years = _keys(lines, lines["contract_id"])
    keys = keys.where(years == "", (keys + "/" + years).where((keys + "/" + years).isin(index.index), keys + "/"))
    found = {str(name): keys.map(index[name]).astype("str") for name in index}
    covered = keys.isin(index.index).astype("boolean").where(lines["contract_id"].notna())
    return lines.assign(**found, is_covered=covered)


def _keys(rows: pd.DataFrame, number: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(key, year): buyer and number without its leading year, null without either; that year, empty where none."""
    told = contract_keys(rows.assign(id=number, acheteur_id=rows["buyer_siren"], objet=""))
    has_number = number.str.contains("[A-Za-z0-9]", na=False).astype(bool)
    return told["contract_key"].where(has_number & rows["buyer_siren"].notna()), told["id_year"].fillna("")


def assign_line_territory(
    lines: pd.DataFrame, organisations: tuple[Organisation, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines ``placed`` by the territory of their contract, where it has one that is not the whole."""
    return placed(lines, organisations, _clues)


def _clues(lines: pd.DataFrame, organisation: Organisation, rest: pd.Series) -> dict[str, pd.Series]:
    of_contract = lines["contract_territory"]
    return {"contract": of_contract.where(rest & (of_contract != organisation.whole.code))}
