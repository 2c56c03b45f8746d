"""Contracts to use and needs to buy together, each with its reasons; and the pairs that only look alike."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from spaser_analysis.plan import Plan
from spaser_analysis.programming.endings import sectors_of
from spaser_analysis.trends.renewals import renewed_share
from spaser_analysis.views import formatting
from spaser_analysis.views.census import UNNAMED, bounded
from spaser_analysis.views.computation import procedure
from spaser_analysis.views.elements import Table, columns

SHOWN = 15
SMALL_LOT_CENTS = {"works": 100_000_000, "supplies": 8_000_000, "services": 8_000_000}  # art. R. 2123-1, 2°, a
SMALL_LOTS_SHARE = 0.2  # art. R. 2123-1, 2°, b
_OBJECT_LENGTH = 70
_AXES = {"environmental": "environnement", "social": "social"}
_REFUSALS = {
    "code": "les codes CPV disent deux achats différents",
    "objects": "les objets ne se ressemblent pas assez",
    "wait": "plus d’un an entre les deux débuts possibles",
    "windows": "l’un finit avant que l’autre puisse commencer",
    "durations": "durées trop différentes",
}


def usable_contracts(plan: Plan) -> Table:
    """For each need that a running contract may serve, the best one and what speaks for it."""
    first = plan.matches[plan.matches["rank"] == 1]
    told = first.assign(amount=plan.needs["amount_cents"].reindex(first["row"]).to_numpy(), fits=_fit_count(first))
    told = told.sort_values(
        ["is_named", "fits", "score", "amount", "row"], ascending=[False, False, False, False, True]
    )
    contracts = plan.contracts.set_index("uid")
    rows = tuple(_match(plan, contracts, one) for one in told.head(SHOWN).to_dict("records"))
    served, without = first["row"].nunique(), len(plan.needs) - first["row"].nunique()
    return Table(
        caption="Besoins qu’un marché en cours peut déjà servir",
        columns=columns(
            "Besoin", "Objet du besoin", "Direction", "Marché", "Objet du marché", "Fin", "Ce qui parle pour, et contre"
        ),
        rows=rows,
        notes=(
            f"{formatting.counted(served, 'besoin a', 'besoins ont')} au moins un marché possible, {formatting.number(without)} n’en "
            f"ont aucun ; les {SHOWN} rapprochements les plus sûrs sont montrés, les autres (trois par besoin) sont dans le classeur. "
            "Le reste à consommer n’est connu que si des paiements citent le marché.",
        )
        if rows
        else (),
        empty="Aucun marché en cours ne ressemble assez à un besoin recensé.",
    )


def _fit_count(matches: pd.DataFrame) -> pd.Series:
    return sum(
        matches[one].astype("Int64").fillna(0) for one in ("same_place", "is_long_enough", "is_framework", "has_enough")
    )  # type: ignore[return-value]


def _match(plan: Plan, contracts: pd.DataFrame, one: dict[Hashable, Any]) -> tuple[str, ...]:
    need, contract = plan.needs.loc[one["row"]], contracts.loc[one["uid"]]
    return (
        str(need["need"]),
        formatting.shortened(_text(need["objet"]), _OBJECT_LENGTH),
        _text(need["directorate"], UNNAMED),
        _text(contract["id"]),
        formatting.shortened(_text(contract["objet"]), _OBJECT_LENGTH),
        "non connue" if pd.isna(contract["end"]) else formatting.short_day(contract["end"].date()),
        match_reasons(one),
    )


def match_reasons(one: dict[Hashable, Any]) -> str:
    """Why a contract is proposed: what it shares with the need, what holds, what does not, what is not known."""
    said = ["nommé par la direction"] if one["is_named"] else []
    said += [f"mots communs : {one['words']}"] if one["words"] else []
    said += [f"{int(one['digits'])} chiffres du CPV communs"] if pd.notna(one["digits"]) and one["digits"] >= 2 else []
    for name, yes, no in (
        ("same_place", "bon territoire", "autre territoire"),
        ("is_long_enough", "court assez longtemps", "finit avant la fin du besoin"),
        ("is_framework", "accord-cadre", "pas un accord-cadre"),
        ("has_enough", "reste suffisant", "reste insuffisant"),
    ):
        said += [] if pd.isna(one[name]) else [yes if one[name] else no]
    return ", ".join(said)


def _text(value: Any, absent: str = "non renseigné") -> str:
    return absent if pd.isna(value) else str(value)


def pooling_candidates(plan: Plan) -> Table:
    """Groups of needs that several territories could buy together, the largest amounts first."""
    rows = tuple(_pool(plan, one) for one in plan.pools.head(SHOWN).to_dict("records"))
    saved = int(plan.pools["saved"].sum()) if len(plan.pools) else 0
    more = (
        f"Les {SHOWN} plus grands groupes sur {formatting.number(len(plan.pools))} ; tous sont dans le classeur. "
        if len(plan.pools) > SHOWN
        else ""
    )
    return Table(
        caption="Besoins que plusieurs territoires peuvent acheter ensemble",
        columns=columns("Repère", "Ce qui les lie", "Besoins", "Montant HT >", "Procédures évitées >", "Début possible", "Procédure : seul, ensemble", "Si chaque lot porte une considération"),
        rows=rows,
        notes=(
            f"{more}En tout, {formatting.counted(saved, 'procédure évitée', 'procédures évitées')}. Même famille, objets et codes CPV proches, débuts à moins d’un an, "
            "fenêtres qui se recouvrent, durées du simple au double au plus. Le début possible attend la fin des marchés que les besoins nomment.",
            "Dernière colonne : de combien de points monterait la part des douze derniers mois si les lots du groupe remplaçaient autant de marchés ordinaires.",
        )
        if rows
        else (),
        empty="Aucun groupe de besoins semblables dans deux territoires.",
    )  # fmt: skip


def _pool(plan: Plan, one: dict[Hashable, Any]) -> tuple[str, ...]:
    members = plan.needs.loc[plan.members.loc[plan.members["pool"] == one["pool"], "row"]]
    named = ", ".join(f"{need} ({place})" for need, place in zip(members["need"], members["territory"], strict=True))
    code = "" if pd.isna(one["digits"]) else f" ; {int(one['digits'])} chiffres du CPV"
    start = "date inconnue" if pd.isna(one["starts_on"]) else formatting.short_day(one["starts_on"].date())
    wait = f" (attente de {formatting.counted(int(one['waits']), 'mois', 'mois')})" if one["waits"] else ""
    doubt = (
        f", {formatting.counted(int(one['to_confirm']), 'besoin à confirmer', 'besoins à confirmer')}"
        if one["to_confirm"]
        else ""
    )
    return (
        f"M{one['pool']}",
        f"{one['words'] or 'codes'}{code}",
        f"{named}{doubt}",
        bounded(int(one["low_cents"]), int(one["unpriced"])),
        formatting.number(int(one["saved"])),
        f"{start}{wait}",
        f"{procedure(one['level_alone'])} ; {procedure(one['level_low'])}",
        effect(plan, members),
    )


def effect(plan: Plan, members: pd.DataFrame) -> str:
    """What the lots of a group would add to the shares of the last twelve months, and whether inclusive firms do it."""
    lots = members["territory"].nunique()
    said = []
    for axis, name in _AXES.items():
        base = plan.base(axis)
        after = renewed_share(base.low, lots, base.total)
        if after is not None and base.low is not None:
            said.append(f"{name} +{formatting.points(after - base.low)}")
    sector = sectors_of(members["codeCPV"], plan.sectors).dropna()
    said += [f"secteur inclusif : {sector.iloc[0]}"] if len(sector) else []
    return ", ".join(said) or "douze derniers mois inconnus"


def pooling_lots(plan: Plan) -> Table:
    """The lots by territory that keep small firms in, group by group."""
    kinds = plan.pools.set_index("pool")["kind"] if len(plan.pools) else pd.Series(dtype="str")
    rows = []
    for number, own in plan.lots[plan.lots["pool"] <= SHOWN].groupby("pool", sort=True):
        cells = " ; ".join(
            f"{one['territory']} : {bounded(int(one['low_cents']), int(one['unpriced']))}"
            for one in own.to_dict("records")
        )
        rows.append((f"M{number}", formatting.number(len(own)), cells, small_lots(own, kinds.get(number))))
    return Table(
        caption="Des lots par territoire, pour que de petites entreprises puissent répondre",
        columns=columns("Repère", "Lots >", "Montant HT de chaque lot", "Petits lots"),
        rows=tuple(rows),
        notes=(
            "L’allotissement est la règle (art. L. 2113-10). « Petits lots » : ceux que l’article R. 2123-1, 2° laisse en procédure adaptée "
            "(moins de 80 000 € HT, un million en travaux, et 20 % du total au plus).",
        )
        if rows
        else (),
        empty="Aucun groupe.",
    )


def small_lots(lots: pd.DataFrame, kind: str | None) -> str:
    """Which lots of a group may stay in an adapted procedure: under the limit, up to a fifth of the whole (R. 2123-1, 2°)."""
    if lots["unpriced"].sum() or kind not in SMALL_LOT_CENTS:
        return "on ne peut pas dire"
    left, found = SMALL_LOTS_SHARE * int(lots["low_cents"].sum()), []
    for one in lots.sort_values(["low_cents", "territory"]).to_dict("records"):
        if one["low_cents"] < SMALL_LOT_CENTS[kind] and one["low_cents"] <= left:
            left -= one["low_cents"]
            found.append(str(one["territory"]))
    return ", ".join(sorted(found)) or "aucun"


def pooling_refused(plan: Plan) -> Table:
    """Pairs of needs whose words are alike and that are not proposed together, with the reason."""
    return Table(
        caption="Rapprochements tentants, et refusés",
        columns=columns("Besoin", "Objet", "Autre besoin", "Son objet", "Mots communs", "Pourquoi non"),
        rows=tuple(
            (
                *(cell for side in ("left", "right") for cell in _side(plan, one[side])),
                one["words"],
                _REFUSALS[one["reason"]],
            )
            for one in plan.refused.to_dict("records")
        ),
        notes=(
            "Les mêmes mots ne font pas le même achat. Les plus grands montants d’abord ; un besoin n’est montré qu’une fois.",
        )
        if len(plan.refused)
        else (),
        empty="Aucun.",
    )


def _side(plan: Plan, row: int) -> tuple[str, str]:
    need = plan.needs.loc[row]
    return f"{need['need']} ({need['territory']})", formatting.shortened(_text(need["objet"]), _OBJECT_LENGTH)
