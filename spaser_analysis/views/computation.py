"""The computation as a reader sees it: which needs cross a threshold together, which procedure follows, what nobody can say."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from spaser_analysis.plan import Plan
from spaser_analysis.programming.computation import LEVELS
from spaser_analysis.views import formatting
from spaser_analysis.views.census import bounded
from spaser_analysis.views.elements import Paragraphs, Table, table
from spaser_analysis.views.labels import LABELS

SHOWN = 15
NAMED = 12  # needs of a sum
NOT_KNOWN = "on ne peut pas dire"


def procedure(level: Any) -> str:
    """The procedure of a level, or that nobody can say."""
    return NOT_KNOWN if pd.isna(level) else LABELS["procedures"][LEVELS[int(level)]]


def procedure_from(least: Any, most: Any) -> str:
    """The procedure of a level that may be higher: a threshold or an amount is not known."""
    return procedure(least) if pd.isna(least) or least == most else f"de « {procedure(least)} » à « {procedure(most)} »"


def sum_label(plan: Plan, one: dict[Hashable, Any]) -> str:
    """What a sum adds up: the homogeneous unit, family or operation, and its year."""
    basis, name = one["basis"], str(one["code"])
    if basis == "unit":
        name = unit_label(plan, name)
    elif basis == "works":
        place, _, family = name.partition(" ")
        name = f"{place}, {plan.report.family_labels.get(family, 'famille non renseignée')}"
    elif basis == "family":
        name = plan.report.family_label(name)
    elif basis == "operation":
        rows = plan.sums.loc[plan.sums["number"] == one["number"], "row"]
        name = plan.counted.loc[rows.iloc[0], "operation"]
    year = "" if pd.isna(one["year"]) else f", {int(one['year'])}"
    return LABELS["sums"][basis].format(name) + year


def unit_label(plan: Plan, unit: str) -> str:
    """A homogeneous unit by its code and label."""
    return f"{unit} {plan.unit_labels.get(unit, '')}".strip()


def need_numbers(plan: Plan, number: int) -> str:
    """The needs of a sum by their numbers; those that only may be in it in brackets."""
    names = plan.sums.loc[plan.sums["number"] == number, "called"]
    more = f"… et {formatting.counted(len(names) - NAMED, 'autre', 'autres')}" if len(names) > NAMED else ""
    return ", ".join(names.head(NAMED)) + more


def alerts(plan: Plan) -> Table:
    """Needs that are under a threshold one by one and over it together, the largest sums first."""
    found = plan.computations[plan.computations["alert"] == "together"]
    rows = (
        (
            *_named(plan, one),
            formatting.euros(one["smallest_cents"]),
            formatting.euros(one["largest_cents"]),
            bounded(one["low_cents"], one["unpriced"]),
            procedure_from(one["level_low"], one["level_low_most"]),
            _interval(one["running_low_cents"], one["running_high_cents"]) if one["contracts"] else "–",
        )
        for one in found.head(SHOWN).to_dict("records")
    )
    return table("alerts", rows, more=_more(len(found)), with_contracts=_with_contracts(plan) + _uncounted(plan))


def _named(plan: Plan, one: dict[Hashable, Any]) -> tuple[str, str, str]:
    return f"C{one['number']}", sum_label(plan, one), need_numbers(plan, one["number"])


def _interval(low: int, high: Any) -> str:
    if pd.isna(high):
        return f"au moins {formatting.millions(low)}"
    first, last = formatting.millions(low), formatting.millions(high)
    return first if first == last else f"{first} à {last}"


def _more(count: int) -> str:
    shown = f"Les {SHOWN} plus grandes sommes sur {formatting.number(count)} ; toutes sont dans le classeur. "
    return shown if count > SHOWN else ""


def _with_contracts(plan: Plan) -> str:
    count = int((plan.computations["alert"] == "with_contracts").sum())
    if not count:
        return ""
    return (
        f"{formatting.counted(count, 'autre somme ne franchit ou ne peut franchir', 'autres sommes ne franchissent ou ne peuvent franchir')} "
        "un seuil qu’avec les marchés en cours de la même "
        "unité (feuille Computation du classeur) : la part de l’année de chaque marché, un accord-cadre comptant entre rien et son maximum."
    )


def _uncounted(plan: Plan) -> str:
    outside = plan.running["kind"].ne("works") & plan.running[["unit", "end"]].isna().any(axis=1)
    count = formatting.counted(int(outside.sum()), "marché en cours n’entre", "marchés en cours n’entrent")
    return f" {count} dans aucune somme, faute d’unité ou de fin connue." if outside.any() else ""


def doubtful_sums(plan: Plan) -> Table:
    """Sums of which nobody can say the procedure: an amount, a day, a unit or an operation is missing."""
    found = plan.computations[plan.computations["alert"] == "cannot_say"]
    rows = (
        (
            *_named(plan, one),
            formatting.euros(one["low_cents"]),
            "pas de maximum" if pd.isna(one["high_cents"]) else formatting.euros(one["high_cents"]),
            procedure_from(one["level_low"], one["level_high"]),
            _why(one),
        )
        for one in found.head(SHOWN).to_dict("records")
    )
    return table("doubtful_sums", rows, *filter(None, [_more(len(found))]))


def _why(one: dict[Hashable, Any]) -> str:
    reasons = (
        (one["unpriced"] > 0, "montant ou retour inconnu"),
        (one["maybe"] > 0 or pd.isna(one["day"]), "date ou unité inconnue"),
        (pd.isna(one["kind"]), "travaux, fournitures ou services ?"),
        (one["basis"] == "works", "une opération ou plusieurs ?"),
        (one["basis"] == "family", "une unité ou plusieurs ?"),
        (pd.notna(one["kind"]) and pd.notna(one["day"]) and _is_open(one), "seuil du jour inconnu"),
    )
    return ", ".join(text for holds, text in reasons if holds) or "retour du besoin dans l’année"


def _is_open(one: dict[Hashable, Any]) -> bool:
    return bool(pd.isna(one["level_low"]) or one["level_low"] != one["level_low_most"])


def straddling_alerts(plan: Plan) -> Table:
    """Units whose needs cross a threshold in twelve months across New Year's Eve, and in no budget year."""
    rows = (
        (
            unit_label(plan, one["code"]),
            formatting.short_day(one["from_day"].date()),
            ", ".join(plan.counted["need"].reindex(one["rows"][:NAMED])),
            bounded(one["low_cents"], one["unpriced"]),
            procedure(one["level"]),
        )
        for one in plan.straddling.to_dict("records")
    )
    return table("straddling_alerts", rows)


def thresholds_used(plan: Plan) -> Paragraphs:
    """The thresholds behind the procedures, with their dates and sources; and the needs that no sum holds."""
    first = plan.needs["starts_on"].min()
    day = pd.Timestamp(plan.report.quarter.end) if pd.isna(first) else first
    last = plan.limits["valid_to"].fillna(pd.Timestamp("2200-01-01"))
    now = plan.limits[(plan.limits["valid_from"] <= day) & (last >= day)]
    cents = now.set_index(["kind", "level"])["amount_cents"]
    # No notice without competition: a works notice is due from where competition is.
    notice = cents.groupby(level="kind").transform(lambda own: own.clip(lower=own.get((own.name, "competition"), 0)))
    amounts = notice.map(formatting.euros).to_dict()
    said = " ; ".join(
        f"{formatting.uncapitalised(name)} : {', '.join(f'{label} {amounts.get((kind, level), NOT_KNOWN)}' for level, label in LABELS['steps'].items())}"
        for kind, name in LABELS["thresholds"].items()
    )
    outside = plan.needs.loc[~plan.needs.index.isin(plan.lines["row"]), "need"]
    left = ""
    if len(outside):
        count = formatting.counted(len(outside), "besoin n’entre", "besoins n’entrent")
        left = f" {count} dans aucune somme, faute de famille et de code CPV : {', '.join(outside.head(NAMED))}."
    return Paragraphs(
        (
            f"Au {formatting.day(day.date())}, premier début recensé, {said}. Chaque somme se lit aux seuils du jour où son "
            "premier besoin commence : le code regarde le lancement de la consultation (art. R. 2121-3), que le recensement ne dit pas.",
            "Au-dessus du seuil européen, les services sociaux et autres services spécifiques restent en procédure adaptée "
            f"(art. R. 2123-1, 3°) : la liste annexée au code n’est pas chargée, à vérifier. Les seuils "
            "sont ceux d’un pouvoir adjudicateur : ceux d’une entité adjudicatrice (eau, transports) ne sont pas chargés."
            f"{left}",
        ),
        strong="Seuils.",
    )
