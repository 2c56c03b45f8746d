"""Known errors of a source, declared one by one in a reviewed file.

A correction names the file by its sha256, the column and what it holds there, and what to read instead. One that
matches nothing in its file fails: the source was corrected since, or the entry is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd


class CorrectionMatchesNothing(Exception):
    """A declared correction found nothing to correct in the file it names."""


@dataclass(frozen=True)
class Correction:
    """``action``: ``replace`` puts ``value`` where ``column`` is ``expected``; ``divide`` divides a number by ``value``.

    ``expected`` is the text as read, ``*`` for any; ``acheteur_id`` and ``id`` (as read) narrow it to one buyer or
    contract; a column of the amendments is written ``modifications.montant``.
    """

    name: str
    sha256: str
    column: str
    expected: str
    action: Literal["replace", "divide"]
    value: str
    reason: str
    acheteur_id: str | None = None
    id: str | None = None

    def matches(self, raw: pd.DataFrame, column: str) -> pd.Series:
        """The raw records that this correction concerns."""
        values = raw[column]
        found = values.notna() if self.expected == "*" else values == self.expected
        for name, wanted in (("acheteur_id", self.acheteur_id), ("id", self.id)):
            if wanted is not None:
                found &= raw[name] == wanted
        return found.fillna(False).astype(bool)

    def corrected(self, values: pd.Series) -> pd.Series:
        """What the values become."""
        if self.action == "replace":
            return pd.Series(self.value, index=values.index, dtype="str")
        numbers = pd.to_numeric(values, errors="coerce")
        return (numbers / float(self.value)).map(repr, na_action="ignore").astype("str").where(numbers.notna(), values)


def apply_corrections(
    raw: pd.DataFrame, corrections: tuple[Correction, ...], prefix: str = ""
) -> tuple[pd.DataFrame, list[tuple[Correction, pd.Series, pd.Series, pd.Series]]]:
    """The raw records corrected, and for each correction that matched (it, mask, before, after).

    ``modifications.`` as prefix: the corrections of the amendments.
    """
    applied = []
    for correction in corrections:
        column = correction.column.removeprefix(prefix)
        if column not in raw or f"{prefix}{column}" != correction.column:
            continue
        found = correction.matches(raw, column)
        if found.any():
            before = raw[column]
            after = before.mask(found, correction.corrected(before[found]).reindex(before.index))
            raw = raw.assign(**{column: after})
            applied.append((correction, found, before, after))
    return raw, applied
