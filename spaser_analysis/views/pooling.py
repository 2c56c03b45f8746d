"""Contracts to use and needs to buy together, each with its reasons; and the pairs that only look alike."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from spaser_analysis.indicators.sheet import Sheet
from spaser_analysis.plan import Plan
from spaser_analysis.programming.computation import LEVELS
from spaser_analysis.trends.renewals import renewed_share
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.census import UNNAMED, bounded
from spaser_analysis.views.computation import NOT_KNOWN, procedure
from spaser_analysis.views.elements import Table, table
from spaser_analysis.views.labels import LABELS

SHOWN = 15
SMALL_LOT_CENTS = {"works": 100_000_000, "supplies": 8_000_000, "services": 8_000_000}  # art. R. 2123-1, 2°, a
SMALL_LOTS_SHARE = 0.2  # art. R. 2123-1, 2°, b
_OBJECT_LENGTH = 70
_AXES = {"environmental": "environnement", "social": "social"}


def usable_contracts(plan: Plan) -> Table:
    """For each need that a running contract may serve, the best one and what speaks for it."""
    first = plan.matches[plan.matches["rank"] == 1].join(plan.needs["amount_cents"], on="row")
    best = first.assign(fits=first[list(LABELS["fits"])].sum(axis=1)).sort_values(
        ["is_named", "fits", "score", "amount_cents", "row"], ascending=[False, False, False, False, True]
    )
    contracts = plan.contracts.set_index("uid")
    return table(
        "usable_contracts",
        (_match(plan, contracts, one) for one in best.head(SHOWN).to_dict("records")),
        served=formatting.counted(len(first), "besoin a", "besoins ont"),
        without=formatting.number(len(plan.needs) - len(first)),
        shown=SHOWN,
    )


def _match(plan: Plan, contracts: pd.DataFrame, one: dict[Hashable, Any]) -> tuple[str, ...]:
    need, contract = plan.needs.loc[one["row"]], contracts.loc[one["uid"]]
    return (
        need["need"],
        formatting.shortened(readings.text(need["objet"]), _OBJECT_LENGTH),
        readings.text(need["directorate"], UNNAMED),
        readings.text(contract["id"]),
        formatting.shortened(readings.text(contract["objet"]), _OBJECT_LENGTH),
        readings.day(contract["end"], "non connue"),
        match_reasons(one),
    )


def match_reasons(one: dict[Hashable, Any]) -> str:
    """Why a contract is proposed: what it shares with the need, what holds, what does not, what is not known."""
    said = ["nommé par la direction"] if one["is_named"] else []
    said += [f"mots communs : {one['words']}"] if one["words"] else []
    said += [f"{one['digits']} chiffres du CPV communs"] if pd.notna(one["digits"]) and one["digits"] >= 2 else []
    said += [LABELS["fits" if one[name] else "misfits"][name] for name in LABELS["fits"] if pd.notna(one[name])]
    return ", ".join(said)


def pooling_candidates(plan: Plan) -> Table:
    """Groups of needs that several territories could buy together, the largest amounts first."""
    more = f"Les {SHOWN} plus grands groupes sur {formatting.number(len(plan.pools))} ; tous sont dans le classeur. "
    return table(
        "pooling_candidates",
        (_pool(plan, one) for one in plan.pools.head(SHOWN).to_dict("records")),
        more=more if len(plan.pools) > SHOWN else "",
        saved=formatting.counted(int(plan.pools["saved"].sum()), "procédure évitée", "procédures évitées"),
    )


def _pool(plan: Plan, one: dict[Hashable, Any]) -> tuple[str, ...]:
    members = plan.needs.loc[plan.members.loc[plan.members["pool"] == one["pool"], "row"]]
    named = ", ".join(f"{need} ({place})" for need, place in zip(members["need"], members["territory"], strict=True))
    code = "" if pd.isna(one["digits"]) else f" ; {one['digits']} chiffres du CPV"
    wait = f" (attente de {formatting.counted(one['waits'], 'mois', 'mois')})" if one["waits"] else ""
    doubt = formatting.counted(one["to_confirm"], "besoin à confirmer", "besoins à confirmer")
    return (
        f"M{one['pool']}",
        f"{one['words'] or 'codes'}{code}",
        f"{named}, {doubt}" if one["to_confirm"] else named,
        bounded(one["low_cents"], one["unpriced"]),
        formatting.number(one["saved"]),
        readings.day(one["starts_on"], "date inconnue") + wait,
        f"{procedure(one['level_alone'])} ; {procedure(one['level_low'])}",
        effect(plan, members),
    )


def effect(plan: Plan, members: pd.DataFrame) -> str:
    """What the lots of a group would add to the shares of the last twelve months, and whether inclusive firms do it."""
    lots = members["territory"].nunique()
    said = []
    for axis, name in _AXES.items():
        base = plan.bases[axis]
        after = renewed_share(base.low, lots, base.total)
        if after is not None and base.low is not None and base.total >= Sheet.minimum_count:
            said.append(f"{name} +{formatting.points(after - base.low)}")
    said = said or ["trop peu de marchés en douze mois"]
    sector = plan.need_sectors.loc[members.index].dropna()
    return ", ".join([*said, *(f"secteur inclusif : {one}" for one in sector.head(1))])


def pooling_lots(plan: Plan) -> Table:
    """The lots by territory that keep small firms in, group by group."""
    pools = plan.pools.set_index("pool")[["level_low", "kind"]].to_dict("index")
    rows = []
    for number, own in plan.lots[plan.lots["pool"] <= SHOWN].groupby("pool", sort=True):
        lots = (f"{place} : {bounded(cents, unpriced)}" for _, place, _, cents, unpriced in own.itertuples(index=False))
        rows.append((f"M{number}", formatting.number(len(own)), " ; ".join(lots), _small_lots(own, pools[number])))
    return table("pooling_lots", rows)


def _small_lots(lots: pd.DataFrame, pool: dict[Hashable, Any]) -> str:
    under = pd.notna(pool["level_low"]) and pool["level_low"] < LEVELS.index("formal")
    return "sans objet" if under else small_lots(lots, pool["kind"])


def small_lots(lots: pd.DataFrame, kind: str | None) -> str:
    """Which lots of a group may stay in an adapted procedure: under the limit, up to a fifth of the whole (R. 2123-1, 2°)."""
    if lots["unpriced"].sum() or kind not in SMALL_LOT_CENTS:
        return NOT_KNOWN
    left, found = SMALL_LOTS_SHARE * int(lots["low_cents"].sum()), []
    for one in lots.sort_values(["low_cents", "territory"]).to_dict("records"):
        if one["low_cents"] < SMALL_LOT_CENTS[kind] and one["low_cents"] <= left:
            left -= one["low_cents"]
            found.append(str(one["territory"]))
    return ", ".join(sorted(found)) or "aucun"


def pooling_refused(plan: Plan) -> Table:
    """Pairs of needs whose words are alike and that are not proposed together, with the reason."""
    rows = (
        (*_side(plan, one["left"]), *_side(plan, one["right"]), one["words"], LABELS["refusals"][one["reason"]])
        for one in plan.refused.to_dict("records")
    )
    return table("pooling_refused", rows)


def _side(plan: Plan, row: int) -> tuple[str, str]:
    need = plan.needs.loc[row]
    return f"{need['need']} ({need['territory']})", formatting.shortened(readings.text(need["objet"]), _OBJECT_LENGTH)
