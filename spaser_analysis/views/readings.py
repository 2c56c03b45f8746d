"""One row of ``results`` in words: figure, support, verdict; and one value of a contract or a need. What is absent is said,
never left blank.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.reasons import none_of
from spaser_analysis.report import Row
from spaser_analysis.views import formatting
from spaser_analysis.views.elements import Linked, Tone
from spaser_analysis.views.labels import LABELS

NOT_COMPUTED = "non calculé"
UNKNOWN = "inconnue"

_VERDICTS: dict[str, tuple[str, Tone]] = {
    "reached": ("Objectif atteint", "good"),
    "not reached": ("Objectif non atteint", "bad"),
    "cannot say": ("On ne peut pas conclure", "open"),
}


def short_label(row: Row) -> str:
    """The indicator of a row in a few words."""
    return str(LABELS["indicators"].get(row["indicator"], row["libelle"]))


def figure(row: Row | None) -> str:
    """The share (both bounds when something is unknown), the median with its unit, or why there is none; it leads to the
    list of what it counts.
    """
    return NOT_COMPUTED if row is None else Linked.to(row.get("evidence", ""), _figure(row))


def _figure(row: Row) -> str:
    if is_all_unknown(row):
        return UNKNOWN
    if row["unit"] == "share":
        if row["low"] is not None:
            return formatting.interval(row["low"], row["high"])
    elif row["value"] is not None:
        return _quantity(row["value"], row["unit"])
    nothing = none_of(_noun(row))
    return nothing if reason(row).startswith(f"Sans objet{formatting.NBSP}: {nothing}") else NOT_COMPUTED


def _noun(row: Row) -> tuple[str, str]:
    """What the row counts, in the singular and the plural."""
    return INDICATORS_BY_CODE[row["indicator"]].sheet.noun


def is_all_unknown(row: Row) -> bool:
    """Not one of the contracts says anything: between 0 and 100 % is no figure to quote."""
    return row["unit"] == "share" and 0 < counted(row) == int(row["unknown"])


def _quantity(value: float, unit: str) -> str:
    if unit == "hours_per_million":
        return f"{formatting.number(value)}{formatting.NBSP}h/M€"
    singular, plural = {"offers": ("offre", "offres"), "days": ("jour", "jours"), "hours": ("heure", "heures")}[unit]
    return f"{formatting.number(value)}{formatting.NBSP}{plural if value >= 2 else singular}"


def is_credit(row: Row) -> bool:
    """Credit notes outweigh the payments of a state: there is no share."""
    return any(count < 0 for count in _states(row))


def counted(row: Row) -> int:
    """Everything the figure is about: yes, no and unknown (a median has no "no")."""
    return sum(_states(row))


def _states(row: Row) -> list[int]:
    return [int(row[state]) for state in ("yes", "no", "unknown") if row[state] is not None]


def support(row: Row) -> str:
    """``27 sur 54`` contracts, or amounts for a measure in value; for a quantity, the number of values behind it."""
    total = counted(row)
    if row["measure"] in ("total", "ratio"):
        return formatting.counted(int(row["yes"]), *_noun(row))
    if row["unit"] != "share":
        known = "valeurs connues" if row["yes"] >= 2 else "valeur connue"
        return f"{formatting.number(int(row['yes']))} {known} sur {formatting.number(total)}"
    if row["measure"] == "value":
        return f"{formatting.millions(int(row['yes']))} sur {formatting.millions(total)}"
    return f"{formatting.number(int(row['yes']))} sur {formatting.number(total)}"


def unknown(row: Row) -> str:
    """How many contracts, or how much money, say nothing."""
    missing = int(row["unknown"] or 0)
    return formatting.millions(missing) if row["measure"] == "value" else formatting.number(missing)


def cells(row: Row) -> tuple[str, str, str]:
    """Support, how many are unknown, figure: the cells of a table."""
    return support(row), unknown(row), figure(row)


def hovered(name: str, row: Row) -> str:
    """What a mark says when pointed at: the cells of its row."""
    said, missing, shown = cells(row)
    return f"{name} : {shown}\n{said}, dont non renseignés : {missing}"


def verdict(row: Row | None) -> tuple[str, Tone]:
    """The verdict against the target in words, and its tone; ``Sans objectif chiffré`` where there is no target."""
    if row is None or row["verdict"] is None:
        return "Sans objectif chiffré", "quiet"
    return _VERDICTS[row["verdict"]]


def reason(row: Row | None) -> str:
    """Why there is no figure or no verdict; empty when there are both."""
    return f"{formatting.capitalised(row['reason'])}." if row and row["reason"] else ""


def text(value: Any, absent: str = "non renseigné") -> str:
    """A value as it was declared."""
    return absent if pd.isna(value) else str(value)


def state(value: Any) -> str:
    """``oui``, ``non``, ``non renseigné``."""
    return text(LABELS["states"].get(str(value).lower()))


def money(cents: Any) -> str:
    """An amount in whole euros."""
    return text(cents if pd.isna(cents) else formatting.euros(int(cents)))


def day(value: Any, absent: str) -> str:
    """A day, its month in short."""
    return absent if pd.isna(value) else formatting.short_day(value.date())
