"""Raw rows whose columns are cleaned one by one, and the ledger that grows with them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spaser_analysis.cleaning.distinct import distinct
from spaser_analysis.cleaning.ledger import entries, rule_where
from spaser_analysis.cleaning.text import clean_text
from spaser_analysis.schemas import RECORD


class Batch:
    """``raw``: rows of text with ``source_file`` and ``source_record``; ``ledger``: what was done to them so far.

    A column goes to the ledger under its ``name``; ``before`` is what was read, the raw column of that name unless given.
    """

    def __init__(self, raw: pd.DataFrame) -> None:
        self.raw = raw
        self.ledger: list[pd.DataFrame] = []

    def column(self, name: str) -> pd.Series:
        """A raw column."""
        return self.raw[name]

    def kept(self, name: str, cleaned: tuple[pd.Series, pd.Series], before: pd.Series | None = None) -> pd.Series:
        """The values of a cleaner, whose rules go to the ledger."""
        values, rules = cleaned
        self.note(rules, name, values, before)
        return values

    def text(self, name: str, values: pd.Series | None = None) -> pd.Series:
        """A column of text, or the ``values`` taken from it, repaired."""
        codes, found = distinct(self.column(name) if values is None else values)
        cleaned, repairs = clean_text(found)
        for rule, where, before, after in repairs:
            repaired = np.isin(codes, where.index[where])
            rows, told = self.raw.loc[repaired, RECORD], codes[repaired]
            texts = (one.loc[told].set_axis(rows.index) for one in (before, after))
            self.ledger.append(entries(rows, rule, name, *texts))
        return cleaned.take(codes).set_axis(self.raw.index)

    def note(
        self, rules: pd.Series, name: str, after: pd.Series | None = None, before: pd.Series | None = None
    ) -> None:
        """Ledger rows where ``rules`` names one."""
        if rules.notna().any():
            self.ledger.append(entries(self.raw, rules, name, self.column(name) if before is None else before, after))

    def flag(
        self,
        rule: str,
        where: pd.Series,
        name: str,
        after: pd.Series | None = None,
        before: pd.Series | None = None,
    ) -> None:
        """Ledger rows of one rule."""
        self.note(rule_where(rule, where), name, after, before)
