"""How often a field that an indicator reads holds something usable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, Sheet

# What the buyer calls a field, and what the reader does.
LABELS = {
    "considerationsEnvironnementales": "Considérations environnementales",
    "considerationsSociales": "Considérations sociales",
    "marcheInnovant": "Marché innovant",
    "techniques": "Techniques d’achat",
    "nature": "Nature du marché",
    "offresRecues": "Nombre d’offres reçues",
    "datePublicationDonnees": "Date de publication des données",
    "montant": "Montant",
}
# A period is chosen by this date: a contract without it is in none, and in any of them it is always there.
ALWAYS_THERE = "dateNotification"
_STATUSES = {
    "considerationsEnvironnementales": "environmental_status",
    "considerationsSociales": "social_status",
}


def completeness(contracts: pd.DataFrame, field: str, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts in which a field of ``LABELS`` is there and usable; the others are a no, none is unknown.

    A consideration is usable where it was declared in readable and coherent terms, an amount where it is a price.
    """
    if field in _STATUSES:
        filled = contracts[_STATUSES[field]] == "declared"
    else:
        filled = contracts["amount_cents" if field == "montant" else field].notna()
    return count_states(contracts, filled, by, ("number",))


def completeness_indicators(fields: Iterable[str]) -> tuple[Indicator, ...]:
    """One indicator a field, in the order of ``LABELS``; ValueError for a field without a label."""
    ordered = sorted(set(fields) - {ALWAYS_THERE}, key=list(LABELS).index)
    return tuple(Indicator(_sheet(field), partial(completeness, field=field)) for field in ordered)


def _sheet(field: str) -> Sheet:
    return Sheet(
        code=f"completeness_{field}",
        label=f"Champ renseigné : {LABELS[field][0].lower()}{LABELS[field][1:]}",
        numerator=f"Marchés dont le champ « {field} » est renseigné de façon exploitable.",
        denominator="Tous les marchés notifiés dans la période, chaque lot comptant pour un marché.",
        unit="share",
        direction="up",
        why="Ce qui n’est pas renseigné reste inconnu et élargit l’encadrement de tous les taux qui en dépendent.",
        cautions=(
            "Un champ renseigné n’est pas forcément juste : un formulaire peut imposer une valeur par défaut.",
            "Une valeur illisible, contradictoire ou manifestement fausse compte comme non renseignée.",
        ),
        legal="Code de la commande publique, art. R. 2196-1 ; arrêtés du 22 décembre 2022 (données essentielles)",
        fields=(field,),
        measures=("number",),
    )
