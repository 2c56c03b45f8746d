"""How often a field that an indicator reads holds something usable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, read_sheets

PREFIX = "completeness_"
# What the reader calls a field of the contracts.
LABELS = {
    "considerationsEnvironnementales": "considérations environnementales",
    "considerationsSociales": "considérations sociales",
    "montant": "montant",
    "titulaires": "titulaire identifié",
    "objet": "objet",
    "codeCPV": "code CPV",
    "nature": "nature du marché",
    "techniques": "techniques d’achat",
    "offresRecues": "nombre d’offres reçues",
    "marcheInnovant": "marché innovant",
    "typeGroupementOperateurs": "type de groupement",
    "sousTraitanceDeclaree": "sous-traitance déclarée",
    "attributionAvance": "avance",
    "datePublicationDonnees": "date de publication des données",
}
# A period is chosen by this date: a contract without it is in none, and in any of them it is always there.
ALWAYS_THERE = "dateNotification"
_STATUSES = {"considerationsEnvironnementales": "environmental_status", "considerationsSociales": "social_status"}


def completeness(contracts: pd.DataFrame, by: Sequence[str] = (), *, field: str) -> pd.DataFrame:
    """Contracts in which a field of ``LABELS`` is there and usable; the others are a no, none is unknown.

    A consideration is usable where it was declared in readable and coherent terms, an amount where it is a price,
    a holder where one has a valid SIREN.
    """
    if field in _STATUSES:
        filled = contracts[_STATUSES[field]] == "declared"
    elif field == "titulaires":
        filled = contracts["has_known_holder"].fillna(False)
    else:
        filled = contracts["amount_cents" if field == "montant" else field].notna()
    return count_states(contracts, filled, by, ("number",))


def completeness_indicators(indicators: Iterable[Indicator]) -> tuple[Indicator, ...]:
    """One indicator for each field of the contracts that these read, in the order of ``LABELS``.

    ValueError for a field without a label.
    """
    fields = {field for one in indicators if one.sheet.table == "contracts" for field in one.sheet.fields}
    if missing := fields - {ALWAYS_THERE, *LABELS}:
        raise ValueError(f"no label in LABELS for {', '.join(sorted(missing))}")
    sheet = read_sheets("completeness")["completeness"]
    return tuple(
        Indicator(
            replace(sheet.about(f"{PREFIX}{field}", label=LABELS[field], field=field), fields=(field,)),
            partial(completeness, field=field),
        )
        for field in sorted(fields - {ALWAYS_THERE}, key=list(LABELS).index)
    )
