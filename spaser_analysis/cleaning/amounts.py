"""Amounts: euros as declared, whole cents where usable, and a status that says why not.

What is no price (DECP platforms, ``domain.md`` 4): one euro or less, eight nines or more, and 12311111111,
which decp.info writes in place of absurd values.
"""

from __future__ import annotations

import pandas as pd

from spaser_analysis.cleaning.distinct import each_once
from spaser_analysis.cleaning.ledger import rule_where

LARGEST_EUROS = 10_000_000_000
SUBSTITUTE = 12_311_111_111
_UNIT = r"(?i:euros?|eur|h\.?t\.?|€|\s)"
_THOUSANDS = r"[+-]?[0-9]{1,3}(?:[ \u00a0\u202f\u2009][0-9]{3})+(?:[.,][0-9]+)?"
_PLAIN = r"[+-]?(?:[0-9]{1,25}\.?[0-9]{0,25}|\.[0-9]{1,25})"
_MISSING = ("", "NC", "MQ", "CDL", "NAN", "NONE", "NULL", "ND")


def parse_number(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(number, readable) of text in French or English writing: ``40 000,00 €``, ``40000.00``, ``1e5``; null where empty.

    A point and a comma together: the last one is the decimal mark. ``readable`` is False only for text that is no number.
    """
    plain = raw.where(raw.str.fullmatch(_PLAIN, na=False))
    others = raw[plain.isna() & raw.notna()]
    read, readable = _in_plain_writing(others)
    numbers = pd.to_numeric(plain.fillna(read) if len(others) else plain).astype("Float64")
    return numbers, readable.reindex(raw.index, fill_value=True)


def _in_plain_writing(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    text = raw.str.strip()
    text = text.mask(text.str.upper().isin(_MISSING) | text.str.startswith("INX ", na=False))
    bare = _bare(text)
    bare = bare.mask(
        bare.str.fullmatch(_THOUSANDS, na=False), bare.str.replace(r"[ \u00a0\u202f\u2009]", "", regex=True)
    )
    grouped = bare.str.fullmatch(r"[0-9]{1,3}(?:(?:,[0-9]{3}){2,}|(?:\.[0-9]{3}){2,})", na=False).astype(bool)
    french = (bare.str.rfind(",") > bare.str.rfind(".")).fillna(False).astype(bool)
    point = bare.str.replace(",", "", regex=False)
    comma = bare.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    plain = point.mask(french, comma).mask(grouped, bare.str.replace(r"[.,]", "", regex=True))
    shaped = plain.str.fullmatch(rf"{_PLAIN}(?:[eE][+-]?[0-9]{{1,2}})?", na=False).astype(bool)
    return plain.where(shaped), shaped | text.isna()


def _bare(text: pd.Series) -> pd.Series:
    """Without the units around it."""
    return text.str.replace(rf"^{_UNIT}+|{_UNIT}+$", "", regex=True)


def is_ambiguous(raw: pd.Series) -> pd.Series:
    """ "40.000" or "40,000" may be forty thousand or forty: no price is written with three decimals."""
    told = raw.where(raw.str.contains(r"[.,][0-9]{3}(?:[^0-9]|$)", na=False))  # nearly none
    return _bare(told.str.strip()).str.fullmatch(r"[+-]?[0-9]{1,3}[.,][0-9]{3}", na=False).astype(bool)


@each_once
def clean_amount(raw: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """(``montant`` in euros as declared, ``amount_cents``, ``amount_status``; rule)."""
    euros, readable = parse_number(raw)
    ambiguous = is_ambiguous(raw)
    euros, readable = euros.mask(ambiguous), readable & ~ambiguous
    known = euros.notna()
    placeholder = known & (euros.between(0, 1) | _nines(euros) | (euros == SUBSTITUTE)).fillna(False)
    implausible = known & ~placeholder & ((euros < 0) | (euros > LARGEST_EUROS)).fillna(False)
    status = (
        pd.Series("ok", index=raw.index, dtype="str")
        .mask(~known, "missing")
        .mask(~readable, "unreadable")
        .mask(placeholder.astype(bool), "placeholder")
        .mask(implausible.astype(bool), "implausible")
    )
    cents = (euros.where(status == "ok") * 100).round().astype("Int64")
    usual = raw.str.fullmatch(
        r"\d+(?:\.\d+)?(?:[eE]\+?\d+)?|\d{1,3}(?:[ \u00a0\u202f]?\d{3})*(?:,\d+)?|\d+,\d+", na=False
    )
    rule = rule_where("amount_format", (status == "ok") & ~usual)
    for name in ("unreadable", "placeholder", "implausible"):
        rule = rule.mask(status == name, f"amount_{name}")
    rule = rule.mask(ambiguous, "amount_ambiguous")
    return pd.DataFrame({"montant": euros, "amount_cents": cents, "amount_status": status}), rule


def _nines(euros: pd.Series) -> pd.Series:
    whole = euros.where(euros.between(99_999_999, 1e15)) // 1  # beyond, a float no longer tells nines from zeros
    return whole.isin([10**digits - 1 for digits in range(8, 16)])
