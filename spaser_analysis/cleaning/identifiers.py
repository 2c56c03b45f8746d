"""SIREN and SIRET: Luhn's key, vectorised, with the exception of La Poste (INSEE, guide Sirene)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spaser_analysis.cleaning.distinct import each_once
from spaser_analysis.cleaning.ledger import rule_where

LA_POSTE = "356000000"
_FOREIGN = r"^(?!SI|si|N)[A-Za-z]{2}\s?[0-9]"  # a VAT number; "SIRET 123" and "N° 123" are not


def luhn(digits: pd.Series) -> pd.Series:
    """True where a text of digits (any length) has the right key; False for null, other text and all zeros."""
    usable = digits.str.fullmatch(r"[0-9]{1,14}", na=False) & ~digits.str.fullmatch(r"0+", na=False)
    padded = digits.where(usable, "0").str.zfill(14)
    characters = np.frombuffer("".join(padded).encode("ascii"), dtype=np.uint8).reshape(-1, 14) - ord("0")
    doubled = characters.astype(np.int64)
    doubled[:, 0::2] *= 2
    doubled -= 9 * (doubled > 9)
    return usable.astype(bool) & pd.Series(doubled.sum(axis=1) % 10 == 0, index=digits.index)


def valid_siret(siret: pd.Series) -> pd.Series:
    """True for a SIRET of fourteen digits whose SIREN and whole are right; La Poste's establishments sum to a multiple of five."""
    shaped = siret.str.fullmatch(r"[0-9]{14}", na=False).astype(bool)
    siren = siret.where(shaped).str[:9]
    post = (siren == LA_POSTE).fillna(False).astype(bool)
    ordinary = luhn(siren) & luhn(siret)
    if not post.any():
        return shaped & ordinary
    digit_sum = siret[post].map(lambda text: sum(map(int, text)))
    by_five = pd.Series(False, index=siret.index).mask(post, digit_sum.reindex(siret.index) % 5 == 0).astype(bool)
    return shaped & (ordinary | by_five)


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
