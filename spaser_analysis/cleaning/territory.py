"""The territory of a contract, and the rule that decided it, in this order: the buyer's register, the buyer's SIRET,
one commune or territory named in the object; else the whole organisation.

The declared place of execution is not used: it is often the head office (``hazards.md`` 30).
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from spaser_analysis.cleaning.ledger import entries
from spaser_analysis.cleaning.text import fold
from spaser_analysis.organisation import Organisation

# "rue de Marseille" is a street somewhere, not a place in Marseille.
_STREET = r"\b(?:rue|avenue|av|boulevard|bd|bld|route|rte|chemin|cours|place|pl|impasse|allee|allees|canal)"
_OF = r"(?: (?:de|du|des|d|la|le|les|l))*"

# By rule, the territory that each row tells, or null: of the rows of one organisation that declare none.
Clues = Callable[[pd.DataFrame, Organisation, pd.Series], dict[str, pd.Series]]


def placed(
    rows: pd.DataFrame, organisations: tuple[Organisation, ...], clues: Clues
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows with ``territory`` and ``territory_rule``, and the ledger rows of unknown codes.

    ``territory`` comes in as the row declares it: that one (rule ``register``), else the first that the ``clues`` tell,
    else the whole. Rows of other buyers get none (rule ``other_buyer``).
    """
    declared = rows["territory"].str.strip().str.upper()
    territory = pd.Series(None, index=rows.index, dtype="str")
    rule = pd.Series("other_buyer", index=rows.index, dtype="str")
    unknown = pd.Series(None, index=rows.index, dtype="str")
    for organisation in organisations:
        mine = (rows["buyer_siren"] == organisation.siren).fillna(False).astype(bool)
        if not mine.any():
            continue
        codes = {one.code for one in organisation.all_territories}
        by_register = declared.where(mine & declared.isin(codes))
        unknown = unknown.mask(mine & declared.notna() & ~declared.isin(codes), "territory_unknown_code")
        territory, rule = territory.mask(mine, organisation.whole.code), rule.mask(mine, "whole")
        told = {"register": by_register, **clues(rows, organisation, mine & by_register.isna())}
        for name, code in reversed(told.items()):
            territory, rule = territory.mask(code.notna(), code), rule.mask(code.notna(), name)
    ledger = entries(rows, unknown, "territory", rows["territory"], territory)
    return rows.assign(territory=territory, territory_rule=rule), ledger


def assign_territory(
    contracts: pd.DataFrame, organisations: tuple[Organisation, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contracts ``placed`` by the buyer's SIRET, else by their object; ``ambiguous`` where it names several territories."""
    return placed(contracts, organisations, _clues)


def _clues(contracts: pd.DataFrame, organisation: Organisation, rest: pd.Series) -> dict[str, pd.Series]:
    sirets = {siret: one.code for one in organisation.territories for siret in one.sirets}
    by_siret = contracts["acheteur_id"].where(rest).map(sirets).astype("str")
    named = contracts.loc[rest & by_siret.isna(), "objet"].map(_namer(organisation), na_action="ignore").astype("str")
    named = named.reindex(contracts.index)
    several = named.str.contains("|", regex=False, na=False)
    whole = pd.Series(organisation.whole.code, index=contracts.index, dtype="str")
    return {"buyer_siret": by_siret, "object": named.where(~several), "ambiguous": whole.where(several)}


def _namer(organisation: Organisation):  # type: ignore[no-untyped-def]
    """A function from an object to the codes of the territories it names, ``a|b`` if several, null if none."""
    places = {alias: one.code for one in organisation.territories for alias in one.aliases}
    for commune in organisation.communes:
        folded = fold(commune.name)
        for spelling in {folded, re.sub(r"\bsaint\b", "st", folded), re.sub(r"\bsainte\b", "ste", folded)}:
            places.setdefault(spelling, commune.territory)
    if not places:
        return lambda _: None
    longest_first = sorted(places, key=lambda name: (-len(name), name))
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, longest_first)) + r")\b")
    institution = re.compile(
        "|".join(map(re.escape, sorted(organisation.institution_names, key=len, reverse=True))) or r"(?!)"
    )
    street = re.compile(_STREET + _OF + " (?:" + "|".join(map(re.escape, longest_first)) + r")\b")

    def named(text: str) -> str | None:
        said = street.sub(" ", institution.sub(" ", fold(text)))
        codes = sorted({places[name] for name in pattern.findall(said)})
        return "|".join(codes) or None

    return named
