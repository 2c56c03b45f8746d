"""Whole numbers and yes/no flags."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.cleaning.amounts import parse_number
from spaser_analysis.cleaning.distinct import each_once
from spaser_analysis.cleaning.ledger import rule_where

_YES, _NO = ("true", "oui", "1", "1.0", "vrai"), ("false", "non", "0", "0.0", "faux")
_MISSING = ("", "nc", "mq", "cdl", "nan", "none", "null", "nd")


@each_once
def clean_flag(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(boolean, rule): oui/non, true/false, 1/0; empty is null, anything else is null with its rule."""
    text = raw.str.strip().str.lower()
    text = text.mask(text.isin(_MISSING) | text.str.startswith("inx", na=False))
    values = pd.Series(pd.NA, index=raw.index, dtype="boolean").mask(text.isin(_YES), True).mask(text.isin(_NO), False)
    return values, rule_where("flag_unreadable", text.notna() & values.isna())


@each_once
def clean_whole(raw: pd.Series, largest: int) -> tuple[pd.Series, pd.Series]:
    """(whole number from 0 to ``largest``, rule)."""
    numbers, readable = parse_number(raw)
    good = (numbers.between(0, largest) & (numbers == numbers.round())).fillna(False).astype(bool)
    return numbers.where(good).astype("Int64"), rule_where("number_unreadable", (numbers.notna() & ~good) | ~readable)


@each_once
def clean_rate(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(rate between 0 and 1, rule)."""
    numbers, readable = parse_number(raw)
    good = numbers.between(0, 1).fillna(False).astype(bool)
    return numbers.where(good), rule_where("number_unreadable", (numbers.notna() & ~good) | ~readable)
