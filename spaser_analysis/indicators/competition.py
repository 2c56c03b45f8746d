"""Offers received: how many as a rule, and how often a single one."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.median import median
from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, Sheet

_ZERO = "Un marché notifié a reçu au moins une offre : zéro offre déclarée compte comme inconnu."


def median_offers(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Median number of offers received; column ``offresRecues``, 0 read as unknown."""
    return median(contracts, _offers(contracts), by)


def single_offer_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts that received one offer only; column ``offresRecues``, 0 read as unknown."""
    return count_states(contracts, _offers(contracts) == 1, by)


def _offers(contracts: pd.DataFrame) -> pd.Series:
    """Offers received; null where unknown, or 0, which a notified contract cannot have received."""
    return contracts["offresRecues"].where(contracts["offresRecues"] > 0)


MEDIAN_OFFERS = Indicator(
    Sheet(
        code="median_offers",
        label="Nombre médian d’offres reçues",
        numerator="La moitié des marchés ont reçu ce nombre d’offres ou moins, la moitié ce nombre ou plus.",
        denominator="Les marchés notifiés dans la période dont le nombre d’offres est connu.",
        unit="offers",
        direction="up",
        why="Des exigences responsables mal préparées peuvent écarter des candidats : "
        "le nombre d’offres montre si la concurrence reste vive.",
        cautions=(
            _ZERO,
            "La médiane ne repose que sur les marchés dont le nombre d’offres est connu.",
            "Le nombre d’offres dépend aussi du secteur et de la taille des lots.",
        ),
        legal="Arrêtés du 22 décembre 2022 (données essentielles), champ « offresRecues »",
        fields=("offresRecues",),
        measures=("median",),
    ),
    median_offers,
)

SINGLE_OFFER_SHARE = Indicator(
    Sheet(
        code="single_offer_share",
        label="Marchés avec une seule offre",
        numerator="Marchés qui n’ont reçu qu’une offre.",
        denominator="Tous les marchés notifiés dans la période, chaque lot comptant pour un marché.",
        unit="share",
        direction="down",
        why="Une offre unique laisse l’acheteur sans choix, ni de prix ni de qualité sociale et environnementale.",
        cautions=(
            _ZERO,
            "Un marché passé sans mise en concurrence n’a par nature qu’une offre.",
            "En valeur, le montant d’un accord-cadre est un maximum, non une dépense.",
        ),
        legal="Arrêtés du 22 décembre 2022 (données essentielles), champ « offresRecues »",
        fields=("offresRecues", "montant"),
    ),
    single_offer_share,
)
