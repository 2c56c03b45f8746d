"""How long a contract waits before its data are published."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.median import median
from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, Sheet

LEGAL_DELAY = pd.DateOffset(months=2)  # R. 2196-1

_ORDER = "Une publication antérieure à la notification est une contradiction : le délai compte comme inconnu."


def median_publication_delay(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Median number of days from notification to publication; column ``publication_delay_days``."""
    return median(contracts, contracts["publication_delay_days"], by)


def late_publication_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts published more than two calendar months after notification (R. 2196-1).

    Columns ``dateNotification`` and ``datePublicationDonnees``; unknown where either is, or where they contradict.
    """
    notified, published = contracts["dateNotification"], contracts["datePublicationDonnees"]
    known = notified.notna() & published.notna() & (published >= notified)
    return count_states(contracts, (published > notified + LEGAL_DELAY).astype("boolean").where(known), by, ("number",))


MEDIAN_PUBLICATION_DELAY = Indicator(
    Sheet(
        code="median_publication_delay",
        label="Délai médian de publication des données",
        numerator="La moitié des marchés sont publiés en ce nombre de jours ou moins, la moitié en ce nombre ou plus.",
        denominator="Les marchés notifiés dans la période dont les deux dates sont connues.",
        unit="days",
        direction="down",
        why="Des données publiées tard rendent les derniers trimestres illisibles pour tout le monde.",
        cautions=(
            _ORDER,
            "Les marchés notifiés mais pas encore publiés manquent : "
            "le délai des derniers mois paraît plus court qu’il n’est.",
        ),
        legal="Code de la commande publique, art. R. 2196-1 (deux mois à compter de la notification)",
        fields=("dateNotification", "datePublicationDonnees"),
        measures=("median",),
    ),
    median_publication_delay,
)

LATE_PUBLICATION_SHARE = Indicator(
    Sheet(
        code="late_publication_share",
        label="Marchés publiés plus de deux mois après leur notification",
        numerator="Marchés dont les données sont publiées plus de deux mois, de date à date, après la notification.",
        denominator="Tous les marchés notifiés dans la période, chaque lot comptant pour un marché.",
        unit="share",
        direction="down",
        why="L’acheteur doit publier les données essentielles de ses marchés dans les deux mois de leur notification.",
        cautions=(
            _ORDER,
            "Les marchés notifiés mais pas encore publiés manquent : le retard des derniers mois est sous-estimé.",
            "La date de publication déclarée peut être celle d’une nouvelle publication du même marché.",
        ),
        legal="Code de la commande publique, art. R. 2196-1 "
        "(marchés d’au moins 40 000 € HT, depuis le 1er janvier 2024)",
        fields=("dateNotification", "datePublicationDonnees"),
        measures=("number",),
    ),
    late_publication_share,
)
