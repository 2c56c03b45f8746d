"""Framework agreements: how many there are, and how much of the money is only a ceiling."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, Sheet


def framework_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts that are framework agreements; column ``is_framework``."""
    return count_states(contracts, contracts["is_framework"], by)


FRAMEWORK_SHARE = Indicator(
    Sheet(
        code="framework_share",
        label="Accords-cadres parmi les marchés",
        numerator="Marchés dont la technique d’achat ou la nature déclarée est un accord-cadre.",
        denominator="Tous les marchés notifiés dans la période, chaque lot comptant pour un marché.",
        unit="share",
        direction=None,
        why="Le montant d’un accord-cadre est un maximum sur plusieurs années : "
        "cette part dit avec quelle prudence lire tout ce qui est exprimé en valeur.",
        cautions=(
            "Aucun sens n’est meilleur que l’autre : c’est un repère de lecture.",
            "En valeur, elle dit quelle part des montants sont des maximums, non des dépenses.",
            "Les marchés subséquents d’un accord-cadre comptent à part et n’entrent pas au numérateur.",
        ),
        legal="Arrêtés du 22 décembre 2022 (données essentielles), champ « techniques »",
        fields=("techniques", "nature", "montant"),
    ),
    framework_share,
)
