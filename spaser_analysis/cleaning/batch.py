"""Raw rows whose columns are cleaned one by one, and the ledger that grows with them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from spaser_analysis.cleaning.distinct import distinct
from spaser_analysis.cleaning.ledger import entries, rule_where
from spaser_analysis.cleaning.persons import NAMES, is_person, pseudonyms, without_details
from spaser_analysis.cleaning.text import clean_text
from spaser_analysis.schemas import MASKED, RECORD


class Batch:
    """``raw``: rows of text with ``source_file`` and ``source_record``; ``ledger``: what was done to them so far.

    A column goes to the ledger under its ``name``; ``before`` is what was read, the raw column of that name unless given.
    The details of persons are taken out of every column first, so that nothing repeats them; a form of address and its name
    stay in those of ``named``, and nothing is touched in those ``apart``.
    """

    def __init__(self, raw: pd.DataFrame, named: Collection[str] = (), apart: Collection[str] = ()) -> None:
        self.raw = raw
        self.ledger: list[pd.DataFrame] = []
        for name in raw.columns[raw.dtypes == "str"].difference([*RECORD, *apart], sort=False):
            after, found = without_details(raw[name], name, name in named or name in NAMES)
            if found.any():
                self.raw = self.raw.assign(**{name: after})
                self.ledger.append(entries(raw, "details_removed", name, after=after, where=found))

    def masked_persons(self, name: str, number: str) -> pd.Series:
        """Mask the names, in the column ``name``, that say to be a natural person's, and those in the column ``number`` of
        identifiers; returns what tells these rows apart, null for the others.
        """
        names, numbers = self.column(name), self.column(number)
        misplaced = is_person(numbers)
        persons = is_person(names) | misplaced
        if not persons.any():
            return pd.Series(None, index=names.index, dtype="str")
        masked = names.mask(persons, MASKED)
        self.raw = self.raw.assign(**{name: masked, number: numbers.mask(misplaced)})
        self.ledger.append(entries(self.raw, "person_masked", name, after=masked, where=persons))
        return pseudonyms(names.where(~misplaced, numbers).where(persons))

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
            # Whether a name is a person's is not known before all files are read.
            texts = () if name in NAMES else (one.loc[told].set_axis(rows.index) for one in (before, after))
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
