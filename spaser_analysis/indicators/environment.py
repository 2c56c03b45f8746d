"""Environmental considerations: at least one, and the pair that the law of 2026 asks for."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, Sheet


def environmental_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts with an environmental clause or criterion (wording of the PNAD 2022-2025); column ``environmental``."""
    return count_states(contracts, contracts["environmental"], by)


def environmental_clause_and_criterion_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts with an environmental clause and an environmental criterion (L. 2112-2 and R. 2152-7, cumulative).

    One that lacks either is a no, whatever the other; it is unknown only where what is known does not decide.
    """
    return count_states(contracts, contracts["environmental_clause"] & contracts["environmental_criterion"], by)


ENVIRONMENTAL_SHARE = Indicator(
    Sheet(
        code="environmental_share",
        label="Marchés avec une considération environnementale",
        numerator="Marchés qui déclarent au moins une clause ou un critère environnemental.",
        denominator="Tous les marchés notifiés dans la période, chaque lot comptant pour un marché.",
        unit="share",
        direction="up",
        why="C’est l’engagement le plus général d’un achat responsable : que chaque marché, quel que soit son objet, "
        "tienne compte de l’environnement.",
        cautions=(
            "Une considération déclarée n’est pas un effet mesuré : elle ne dit rien de son ambition "
            "ni de son exécution.",
            "Une spécification technique environnementale n’a pas de code propre dans les données : "
            "elle peut être déclarée comme clause ou ne pas l’être du tout.",
            "En valeur, le montant d’un accord-cadre est un maximum, non une dépense.",
            "Une hausse peut venir d’une meilleure saisie autant que de meilleurs achats.",
        ),
        legal="Code de la commande publique, art. L. 2111-3 ; plan national pour des achats durables 2022-2025",
        fields=("considerationsEnvironnementales", "montant"),
    ),
    environmental_share,
)

ENVIRONMENTAL_CLAUSE_AND_CRITERION_SHARE = Indicator(
    Sheet(
        code="environmental_clause_and_criterion_share",
        label="Marchés avec à la fois une clause et un critère environnementaux",
        numerator="Marchés qui déclarent une clause environnementale et un critère environnemental.",
        denominator="Tous les marchés notifiés dans la période, chaque lot comptant pour un marché.",
        unit="share",
        direction="up",
        why="Pour les consultations lancées à compter du 21 août 2026, les deux obligations se cumulent : "
        "des conditions d’exécution et au moins un critère d’attribution qui tiennent compte de l’environnement.",
        cautions=(
            "Les données ne disent pas quand la consultation a été lancée : des mois durant, "
            "des marchés de l’ancien et du nouveau régime sont notifiés ensemble.",
            "Avant cette date, l’indicateur mesure une avance sur la loi, non un respect de la loi.",
            "En valeur, le montant d’un accord-cadre est un maximum, non une dépense.",
        ),
        legal="Code de la commande publique, art. L. 2112-2, L. 2152-7 et R. 2152-7, dans leur rédaction applicable "
        "en août 2026 ; loi n° 2021-1104 du 22 août 2021, art. 35",
        fields=("considerationsEnvironnementales", "montant"),
    ),
    environmental_clause_and_criterion_share,
)
