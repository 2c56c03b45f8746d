"""Social considerations, and the contracts reserved to those who employ people far from work."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, Sheet


def social_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts with a social clause or criterion, or reserved (wording of the PNAD 2022-2025); column ``social``."""
    return count_states(contracts, contracts["social"], by)


def reserved_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Reserved contracts (L. 2113-12, L. 2113-13, L. 2113-13-1, L. 2113-15); column ``reserved``."""
    return count_states(contracts, contracts["reserved"], by)


SOCIAL_SHARE = Indicator(
    Sheet(
        code="social_share",
        label="Marchés avec une considération sociale",
        numerator="Marchés qui déclarent au moins une clause sociale ou un critère social, ou qui sont réservés.",
        denominator="Tous les marchés notifiés dans la période, chaque lot comptant pour un marché.",
        unit="share",
        direction="up",
        why="L’achat public peut ouvrir un emploi à celles et ceux qui en sont éloignés : "
        "clause d’insertion, critère social, marché réservé.",
        cautions=(
            "Une considération déclarée n’est pas un effet mesuré : "
            "les heures d’insertion faites se comptent ailleurs.",
            "Les marchés subséquents reprennent les clauses de leur accord-cadre et peuvent gonfler le compte.",
            "En valeur, le montant d’un accord-cadre est un maximum, non une dépense.",
            "Une hausse peut venir d’une meilleure saisie autant que de meilleurs achats.",
        ),
        legal="Code de la commande publique, art. L. 2111-3 ; plan national pour des achats durables 2022-2025",
        fields=("considerationsSociales", "montant"),
    ),
    social_share,
)

RESERVED_SHARE = Indicator(
    Sheet(
        code="reserved_share",
        label="Marchés réservés",
        numerator="Marchés qui déclarent un « Marché réservé » parmi leurs considérations sociales.",
        denominator="Tous les marchés notifiés dans la période, chaque lot comptant pour un marché.",
        unit="share",
        direction="up",
        why="Réserver un marché ou un lot est le geste le plus direct en faveur des structures du handicap, "
        "de l’insertion, du travail en prison ou de l’économie sociale et solidaire.",
        cautions=(
            "Les données ne disent pas à quelle catégorie de structures le marché est réservé.",
            "Ces structures obtiennent aussi des marchés qui ne leur sont pas réservés : elles n’entrent pas ici.",
            "En valeur, le montant d’un accord-cadre est un maximum, non une dépense.",
        ),
        legal="Code de la commande publique, art. L. 2113-12, L. 2113-13, L. 2113-13-1, L. 2113-15 et R. 2113-7",
        fields=("considerationsSociales", "montant"),
    ),
    reserved_share,
)
