"""Innovative purchases."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, Sheet


def innovation_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts declared innovative; column ``marcheInnovant``."""
    return count_states(contracts, contracts["marcheInnovant"], by)


INNOVATION_SHARE = Indicator(
    Sheet(
        code="innovation_share",
        label="Marchés innovants",
        numerator="Marchés déclarés innovants par l’acheteur.",
        denominator="Tous les marchés notifiés dans la période, chaque lot comptant pour un marché.",
        unit="share",
        direction="up",
        why="Une solution nouvelle est souvent ce qui rend un achat plus sobre ou plus inclusif, "
        "et la commande publique peut être son premier client.",
        cautions=(
            "L’innovation est déclarée par l’acheteur, sans contrôle ; "
            "les achats innovants de faible montant ne sont pas tous publiés.",
            "En valeur, le montant d’un accord-cadre est un maximum, non une dépense.",
        ),
        legal="Code de la commande publique, art. R. 2122-9-1 ; arrêtés du 22 décembre 2022 (données essentielles)",
        fields=("marcheInnovant", "montant"),
    ),
    innovation_share,
)
