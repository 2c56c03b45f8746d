"""Which published contract a payment or hours are for: the buyer and the number, without its leading year."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.cleaning.ledger import entries
from spaser_analysis.cleaning.linking import contract_keys
from spaser_analysis.organisation import Organisation


def contract_index(contracts: pd.DataFrame) -> pd.DataFrame:
    """By key: ``contract_uid`` and ``contract_territory``; columns of ``contracts``: buyer_siren, id, uid, territory.

    Where several contracts share a number the first uid stands for them, without a territory unless they agree.
    """
    keys = contract_keys(contracts.assign(acheteur_id=contracts["buyer_siren"], objet=""))["contract_key"]
    groups = contracts.assign(key=keys).dropna(subset=["id", "key"]).sort_values("uid").groupby("key")
    agreed = groups["territory"].first().where(groups["territory"].nunique() == 1)
    return pd.DataFrame({"contract_uid": groups["uid"].first(), "contract_territory": agreed})


def with_contract(lines: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
    """The lines with ``contract_uid`` and ``contract_territory``, null where no published contract has their number."""
    asked = lines.assign(id=lines["contract_id"], acheteur_id=lines["buyer_siren"], objet="")
    keys = contract_keys(asked)["contract_key"].where(lines["contract_id"].notna() & lines["buyer_siren"].notna())
    found = {str(name): keys.map(index[name]).astype("str") for name in index}
    return lines.assign(**found)


def assign_line_territory(
    lines: pd.DataFrame, organisations: tuple[Organisation, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lines with ``territory`` and ``territory_rule``: the one declared, else the contract's, else the whole; and
    the ledger rows of unknown codes. Lines of other buyers get none (rule ``other_buyer``).
    """
    declared = lines["territory"].str.strip().str.upper()
    territory = pd.Series(None, index=lines.index, dtype="str")
    rule = pd.Series("other_buyer", index=lines.index, dtype="str")
    unknown = pd.Series(None, index=lines.index, dtype="str")
    for one in organisations:
        mine = (lines["buyer_siren"] == one.siren).fillna(False).astype(bool)
        codes = {place.code for place in one.all_territories}
        by_line = declared.where(mine & declared.isin(codes))
        unknown = unknown.mask(mine & declared.notna() & ~declared.isin(codes), "territory_unknown_code")
        by_contract = lines["contract_territory"].where(mine & (lines["contract_territory"] != one.whole.code))
        territory = territory.mask(mine, by_line.fillna(by_contract).fillna(one.whole.code))
        rule = (
            rule.mask(mine, "whole")
            .mask(mine & by_contract.notna(), "contract")
            .mask(mine & by_line.notna(), "register")
        )
    ledger = entries(lines, unknown, "territory", lines["territory"], territory)
    return lines.assign(territory=territory, territory_rule=rule), ledger
