"""The computation as a reader sees it: which needs cross a threshold together, which procedure follows, what nobody can say."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from spaser_analysis.plan import Plan
from spaser_analysis.programming.computation import KEY, LEVELS
from spaser_analysis.views import formatting
from spaser_analysis.views.census import bounded
from spaser_analysis.views.elements import Paragraphs, Table, columns

PROCEDURES = dict(
    zip(
        range(len(LEVELS)),
        ("sans publicité ni mise en concurrence", "adaptée", "adaptée, avec avis publié", "formalisée"),
        strict=True,
    )
)
NOT_KNOWN = "on ne peut pas dire"
KINDS = {"works": "travaux", "supplies": "fournitures", "services": "services"}
_BASES = {"operation": "Opération", "works": "Travaux sans opération nommée", "family": "Famille"}
SHOWN = 15


def procedure(level: Any) -> str:
    """The procedure of a level, or that nobody can say."""
    return NOT_KNOWN if pd.isna(level) else PROCEDURES[int(level)]


def sum_label(plan: Plan, one: dict[Hashable, Any]) -> str:
    """What a sum adds up: the homogeneous unit, family or operation, and its year."""
    basis, name = one["basis"], str(one["code"])
    year = "" if pd.isna(one["year"]) else f", {int(one['year'])}"
    if basis == "unit":
        return f"{unit_label(plan, name)}{year}"
    if basis == "works":
        place, _, family = name.partition(" ")
        name = f"{place}, {plan.report.family_labels.get(family, 'famille non renseignée')}"
    elif basis == "family":
        name = plan.report.family_labels.get(name, name)
    return f"{_BASES[basis]} {name}{year}"


def unit_label(plan: Plan, unit: str) -> str:
    """A homogeneous unit by its code and label."""
    return f"{unit} {plan.unit_labels.get(unit, '')}".strip()


def need_numbers(plan: Plan, number: int, most: int = 12) -> str:
    """The needs of a sum by their numbers; those that only may be in it in brackets."""
    one = plan.computations[plan.computations["number"] == number]
    own = plan.lines.merge(one[KEY], on=KEY)
    called = plan.needs["need"].reindex(own["row"])
    names = [str(name) if sure else f"({name})" for name, sure in zip(called, own["is_sure"], strict=True)]
    more = f"… et {formatting.counted(len(names) - most, 'autre', 'autres')}" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def alerts(plan: Plan) -> Table:
    """Needs that are under a threshold one by one and over it together, the largest sums first."""
    found = plan.computations[plan.computations["alert"] == "together"]
    return Table(
        caption="Besoins sous un seuil un par un, au-dessus ensemble",
        columns=columns("Repère", "Ce qui s’additionne", "Besoins", "Le plus grand HT >", "Ensemble HT >", "Procédure de l’ensemble", "Marchés en cours, part de l’année"),
        rows=tuple(_alert(plan, one) for one in found.head(SHOWN).to_dict("records")),
        notes=(
            "Fournitures et services d’une même unité homogène s’additionnent sur l’exercice, travaux d’une même opération quelle "
            "que soit l’année, d’un territoire ou d’une direction à l’autre (code de la commande publique, art. R. 2121-1 à "
            "R. 2121-7 ; art. R. 2121-4 : ne pas scinder). Entre parenthèses : un besoin qui en est peut-être ; « au moins » : un montant manque.",
            _more(len(found)) + _with_contracts(plan),
        ),
        empty="Aucun : pris ensemble, les besoins n’appellent pas d’autre procédure que le plus grand d’entre eux.",
    )  # fmt: skip


def _alert(plan: Plan, one: dict[Hashable, Any]) -> tuple[str, ...]:
    return (
        f"C{one['number']}",
        sum_label(plan, one),
        need_numbers(plan, int(one["number"])),
        formatting.euros(int(one["largest_cents"])),
        bounded(int(one["low_cents"]), int(one["unpriced"])),
        procedure(one["level_low"]),
        "–" if not one["contracts"] else _interval(int(one["running_low_cents"]), int(one["running_high_cents"])),
    )


def _interval(low: int, high: int) -> str:
    first, last = formatting.millions(low), formatting.millions(high)
    return first if first == last else f"{first} à {last}"


def _more(count: int) -> str:
    return (
        f"Les {SHOWN} plus grandes sommes sur {formatting.number(count)} ; toutes sont dans le classeur. "
        if count > SHOWN
        else ""
    )


def _with_contracts(plan: Plan) -> str:
    count = int((plan.computations["alert"] == "with_contracts").sum())
    if not count:
        return ""
    return (
        f"{formatting.counted(count, 'autre somme ne franchit', 'autres sommes ne franchissent')} un seuil qu’avec les marchés en cours de la même "
        "unité (feuille Computation du classeur) : la part de l’année de chaque marché, un accord-cadre comptant entre rien et son maximum."
    )


def doubtful_sums(plan: Plan) -> Table:
    """Sums of which nobody can say the procedure: an amount, a day, a unit or an operation is missing."""
    found = plan.computations[plan.computations["alert"] == "cannot_say"]
    return Table(
        caption="Sommes dont on ne peut pas dire la procédure",
        columns=columns(
            "Repère", "Ce qui s’additionne", "Besoins", "Au moins HT >", "Au plus HT >", "Procédure", "Pourquoi"
        ),
        rows=tuple(
            (
                f"C{one['number']}",
                sum_label(plan, one),
                need_numbers(plan, int(one["number"])),
                formatting.euros(int(one["low_cents"])),
                "pas de maximum" if pd.isna(one["high_cents"]) else formatting.euros(int(one["high_cents"])),
                f"{procedure(one['level_low'])} au moins",
                _why(one),
            )
            for one in found.head(SHOWN).to_dict("records")
        ),
        notes=(_more(len(found)),) if len(found) > SHOWN else (),
        empty="Aucune.",
    )


def _why(one: dict[Hashable, Any]) -> str:
    reasons = (
        (one["unpriced"] > 0, "montant inconnu"),
        (one["maybe"] > 0, "date ou unité inconnue"),
        (one["basis"] == "works", "une opération ou plusieurs ?"),
    )
    return ", ".join(text for holds, text in reasons if holds) or "retour du besoin dans l’année"


def straddling_alerts(plan: Plan) -> Table:
    """Units whose needs cross a threshold in twelve months across New Year's Eve, and in no budget year."""
    rows = [
        (
            unit_label(plan, str(one["code"])),
            formatting.short_day(one["from_day"].date()),
            ", ".join(map(str, plan.needs["need"].reindex(one["rows"][:12]))),
            formatting.euros(int(one["low_cents"])),
            procedure(one["level"]),
        )
        for one in plan.straddling.to_dict("records")
    ]
    return Table(
        caption="Douze mois à cheval sur deux exercices",
        columns=columns("Unité homogène", "À partir du", "Besoins", "Ensemble HT >", "Procédure"),
        rows=tuple(rows),
        notes=(
            "Aucun des deux exercices n’atteint ce seuil à lui seul ; le code admet l’un ou l’autre compte (art. R. 2121-7, 2°), pas de "
            "passer de l’un à l’autre pour rester dessous.",
        )
        if rows
        else (),
        empty="Aucune.",
    )


def thresholds_used(plan: Plan) -> Paragraphs:
    """The thresholds behind the procedures, with their dates and sources; and the needs that no sum holds."""
    first = plan.needs["starts_on"].min()
    day = pd.Timestamp(plan.report.quarter.end) if pd.isna(first) else first
    last = plan.limits["valid_to"].fillna(pd.Timestamp("2200-01-01"))
    now = plan.limits[(plan.limits["valid_from"] <= day) & (last >= day)]
    amounts = {
        (one["kind"], one["level"]): formatting.euros(int(one["amount_cents"])) for one in now.to_dict("records")
    }
    said = [
        f"{name} : {', '.join(f'{label} {amounts.get((kind, level), NOT_KNOWN)}' for level, label in _STEPS.items())}"
        for kind, name in (("supplies_services", "fournitures et services"), ("works", "travaux"))
    ]
    outside = plan.needs[~plan.needs.index.isin(plan.lines["row"])]
    left = ""
    if len(outside):
        names = ", ".join(outside["need"].head(12))
        left = f" {formatting.counted(len(outside), 'besoin n’entre', 'besoins n’entrent')} dans aucune somme, faute de famille et de code CPV : {names}."
    return Paragraphs(
        (
            (
                f"Au {formatting.day(day.date())}, premier début recensé, {' ; '.join(said)}. Chaque somme se lit aux seuils du jour où son "
                "premier besoin commence : le code regarde le lancement de la consultation (art. R. 2121-3), que le recensement ne dit pas."
            ),
            (
                "Au-dessus du seuil européen, les services sociaux et autres services spécifiques restent en procédure adaptée "
                f"(art. R. 2123-1, 3°) : la liste annexée au code n’est pas chargée, à vérifier.{left}"
            ),
        ),
        strong="Seuils.",
    )


_STEPS = {
    "competition": "publicité et mise en concurrence dès",
    "notice": "avis publié dès",
    "formal": "procédure formalisée dès",
}
