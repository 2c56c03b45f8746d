"""The themes of the expert bodies, detected from the CPV and the words of the object; never mixed with declarations."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, read_sheets

THEMES = {
    "equality": "Égalité entre les femmes et les hommes",
    "innovation": "Innovation",
    "insertion": "Insertion",
    "air": "Qualité de l’air",
    "climate": "Plan climat",
    "environment": "Environnement",
    "disability": "Handicap",
    "food": "Plan alimentaire de territoire",
}
SEPARATOR = " | "


def theme_share(contracts: pd.DataFrame, by: Sequence[str] = (), *, theme: str) -> pd.DataFrame:
    """Contracts in whose object or CPV the theme was detected; column ``themes``, null where neither is known."""
    return count_states(contracts, themed(contracts, theme), by)


def themed(contracts: pd.DataFrame, theme: str) -> pd.Series:
    """Nullable boolean, one a contract: the theme is among its ``themes``."""
    themes = contracts["themes"]
    named = [one for one in themes.dropna().unique() if theme in one.split(SEPARATOR)]  # few combinations, many rows
    return themes.isin(named).astype("boolean").where(themes.notna())


_SHEET = read_sheets("themes")["detected_theme"]
INDICATORS = tuple(
    Indicator(_SHEET.about(f"detected_{theme}_share", theme=label), partial(theme_share, theme=theme))
    for theme, label in THEMES.items()
)
