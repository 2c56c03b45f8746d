"""What an indicator says of itself, and the pair that it makes with its formula.

The prose stands in a TOML file beside the module of the formula, so that a jurist or an analyst can review it alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from html import escape
from importlib import resources
from typing import Literal, get_args

import pandas as pd
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from spaser_analysis import formatting
from spaser_analysis.indicators.share import Direction

Unit = Literal["share", "offers", "days", "hours", "hours_per_million"]
TableName = Literal["contracts", "payments", "insertion_hours", "hours_and_payments", "declarations"]
_UNITS = dict(zip(get_args(Unit), ("part", "offres", "jours", "heures", "heures par million d’euros"), strict=True))


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Sheet:
    """The public definition of an indicator, in French for its readers.

    ``direction`` is the desired one, None where neither is. Below ``minimum_count`` rows no figure is published.
    ``fields`` are the columns that its formula reads, under the buyer's name for them; ``table`` is the one it counts
    (see ``basis``) and ``noun`` what a row of it is. ``scoped``: told without frameworks and the like too. From the day
    ``mixed_from`` the contracts notified are of two regimes. Another computation agrees within ``tolerance``, relative; 0 is
    exactly. A changed definition is a new ``version``, which holds for
    contracts notified from the day ``since``.
    """

    label: str
    numerator: str
    why: str
    cautions: tuple[str, ...]
    legal: str
    fields: tuple[str, ...]
    denominator: str = "Tous les marchés notifiés dans la période, chaque lot comptant pour un marché."
    code: str = ""
    unit: Unit = "share"
    direction: Direction | None = None
    measures: tuple[str, ...] = ("number", "value")
    minimum_count: int = 5
    table: TableName = "contracts"
    noun: tuple[str, str] = ("marché", "marchés")
    scoped: bool = False
    mixed_from: str = ""
    tolerance: float = 0.0
    version: str = "1"
    since: str = "2021-10-01"

    def _repr_html_(self) -> str:
        """A card, for a notebook."""
        told = {
            "On compte": self.numerator,
            "Sur": self.denominator,
            "Unité": _UNITS[self.unit],
            "Sens souhaité": {"up": "une hausse", "down": "une baisse", None: "aucun"}[self.direction],
            "Effectif minimal": formatting.counted(self.minimum_count, *self.noun),
            "Pourquoi": self.why,
            "À savoir": " ".join(self.cautions),
            "Droit": self.legal,
            "Définition": f"{self.version}, depuis le {formatting.day(date.fromisoformat(self.since))}",
        }
        words = (f"<dt>{name}</dt><dd>{escape(formatting.typeset(text))}</dd>" for name, text in told.items())
        head = f"<h4>{escape(self.label)} <code>{escape(self.code)}</code></h4>"
        return f'<section class="card">{head}<dl>{"".join(words)}</dl></section>'

    def about(self, code: str, **words: str) -> Sheet:
        """The same sheet for another code, with words in place of ``{name}`` in its label and numerator."""
        return replace(self, code=code, label=self.label.format(**words), numerator=self.numerator.format(**words))


@dataclass(frozen=True, config=ConfigDict(arbitrary_types_allowed=True))
class Indicator:
    """A sheet and its formula: ``compute(rows, by=())`` returns counts (``share``) or quantities (``quantity``).

    ``states(rows, by=())``: the things counted and the state of each, where a row alone does not tell it.
    """

    sheet: Sheet
    compute: Callable[..., pd.DataFrame]
    states: Callable[..., tuple[pd.DataFrame, pd.Series]] | None = None


def read_sheets(axis: str) -> Mapping[str, Sheet]:
    """Code to sheet, from ``<axis>.toml``; a ValueError names the file and what is wrong in it."""
    text = resources.files(__package__).joinpath(f"{axis}.toml").read_text(encoding="utf-8")
    try:
        sheets = TypeAdapter(dict[str, Sheet]).validate_python(tomllib.loads(text))
    except ValueError as error:  # TOML's, or pydantic's
        raise ValueError(f"{axis}.toml: {error}") from None
    return {code: replace(sheet, code=code) for code, sheet in sheets.items()}
