"""SIREN and SIRET: Luhn's key, vectorised, with the exception of La Poste (INSEE, guide Sirene)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spaser_analysis.cleaning.distinct import each_once
from spaser_analysis.cleaning.ledger import rule_where

LA_POSTE = "356000000"
_FOREIGN = r"^(?!SI|si|N)[A-Za-z]{2}\s?[0-9]"  # a VAT number; "SIRET 123" and "N° 123" are not


def luhn(digits: pd.Series) -> pd.Series:
    """True where a text of digits (up to 14) has the right key; False for null, other text and all zeros."""
    usable = digits.str.fullmatch(r"[0-9]{1,14}", na=False)
    return _where(usable, _keyed(_matrix(digits[usable].str.zfill(14))))


def valid_siret(siret: pd.Series) -> pd.Series:
    """True for a SIRET of fourteen digits whose SIREN and whole are right; La Poste's establishments sum to a multiple of five."""
    shaped = siret.str.fullmatch(r"[0-9]{14}", na=False)
    digits = _matrix(siret[shaped])
    post = (digits[:, :9] == [int(digit) for digit in LA_POSTE]).all(axis=1)
    by_five = post & (digits.sum(axis=1) % 5 == 0)
    return _where(shaped, by_five | _keyed(digits) & _keyed(np.insert(digits[:, :9], 0, 0, axis=1)))


def _matrix(texts: pd.Series) -> np.ndarray:
    """One row for each text of fourteen digits."""
    written = "".join(texts.to_numpy(dtype=object)).encode("ascii")
    return np.frombuffer(written, dtype=np.uint8).reshape(-1, 14) - ord("0")


def _keyed(digits: np.ndarray) -> np.ndarray:
    """Luhn's key of each row, an even number of digits of which some is not zero."""
    doubled = digits.copy()
    doubled[:, 0::2] *= 2
    doubled[doubled > 9] -= 9
    return np.asarray((doubled.sum(axis=1) % 10 == 0) & digits.any(axis=1))


def _where(some: pd.Series, told: np.ndarray) -> pd.Series:
    """What is told of ``some``, False elsewhere."""
    found = some.to_numpy(dtype=bool, copy=True)
    found[found] = told
    return pd.Series(found, index=some.index)


@each_once
def siren_of(identifier: pd.Series) -> pd.Series:
    """The SIREN of a SIRET or SIREN, even one whose establishment number is wrong; null where its own key is wrong."""
    siren = identifier.where(identifier.str.fullmatch(r"[0-9]{9}(?:[0-9]{5})?", na=False)).str[:9]
    return siren.where(luhn(siren))


@each_once
def clean_siret(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(identifier, rule): what surrounds fourteen digits removed, a lost leading zero restored where the key then holds.

    Zeros are emptied; an identifier that stays wrong is kept and flagged; null stays null.
    """
    others = ~valid_siret(raw)
    values, rule = _without_what_surrounds(raw[others])
    return raw.mask(others, values), rule.reindex(raw.index)


def _without_what_surrounds(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    text = raw.str.strip()
    text = text.mask(text.str.upper().isin(["", "NC", "MQ", "CDL", "NAN", "NONE", "NULL"]))
    text = text.mask(text.str.startswith("INX ", na=False))
    bare = text.str.replace(r"\.0+$", "", regex=True).str.replace(r"[\s\u00a0\u202f\u200b.\-]", "", regex=True)
    digits = bare.where(~text.str.contains(_FOREIGN, na=False)).str.extract(
        r"^[^0-9]*([0-9]{14})[^0-9]*$", expand=False
    )
    bare = digits.where(valid_siret(digits)).fillna(
        bare.where(bare.str.fullmatch(r"[0-9]{9}|[0-9]{13,14}", na=False), text)
    )
    rule = rule_where("siret_punctuation", (bare != text) & text.notna())
    padded = bare.where(bare.str.fullmatch(r"[0-9]{13}", na=False)).str.zfill(14)
    lost_zero = valid_siret(padded)
    values = bare.mask(lost_zero, padded)
    rule = rule.mask(lost_zero, "siret_leading_zero")
    zeros = values.str.fullmatch(r"0+", na=False).astype(bool)
    rule = rule.mask(zeros, "siret_zeros").mask(values.notna() & ~zeros & ~valid_siret(values), "siret_invalid")
    return values.mask(zeros), rule
