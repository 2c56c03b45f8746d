"""CPV codes (regulation EC 213/2008) and the purchase family that the longest prefix gives."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.cleaning.distinct import each_once
from spaser_analysis.cleaning.ledger import rule_where

_MISSING = ("", "NC", "MQ", "CDL", "NAN", "NONE", "NULL")


@each_once
def clean_cpv(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(eight digits, rule): the check digit is dropped, a lost leading zero restored, anything else emptied."""
    text = raw.str.strip().str.replace(r"\.0$", "", regex=True)
    text = text.mask(text.str.upper().isin(_MISSING) | text.str.startswith("INX", na=False))
    code = text.str.extract(r"^([0-9]{8})(?:\s*[-–]?\s*[0-9])?(?:[^0-9].*)?$", expand=False)
    code = code.mask(code.str.fullmatch(r"0+|9+", na=False))
    rule = rule_where("cpv_check_digit", code.notna() & (code != raw.str.strip()))
    # divisions 03 and 09 are the only ones to begin with zero
    short = text.str.extract(r"^([39][0-9]{6})(?:-[0-9])?$", expand=False)
    code, rule = code.fillna("0" + short), rule.mask(short.notna(), "cpv_leading_zero")
    return code, rule.mask(text.notna() & code.isna(), "cpv_invalid")


@each_once
def family_of(code: pd.Series, families: pd.Series) -> pd.Series:
    """The family of each code by its longest known prefix; ``families`` maps ``cpv_prefix`` to family."""
    found = pd.Series(None, index=code.index, dtype="str")
    for length in sorted({len(prefix) for prefix in families.index}, reverse=True):
        found = found.fillna(code.str[:length].map(families))
    return found
