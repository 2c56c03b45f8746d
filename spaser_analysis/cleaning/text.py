"""Text: what is certain is repaired, what is lost is flagged and left."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.compute as compute

_ENTITY = r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});"
_BREAKS = r"(?:\\r\\n|\\n|\\r|\\t|[\s\u00a0\u2028\u2029])+"
_LETTER = "A-Za-zÀ-ÖØ-öø-ÿŒœ"

_KEPT = "abcdefghijklmnopqrstuvwxyz0123456789"
MANY_CHARACTERS = 256  # above, one pass over the text is cheaper than one for each of its characters

# name of the rule, what shows that it applies, what replaces it
_STEPS: tuple[tuple[str, str, str | Callable[[re.Match[str]], str]], ...] = (
    ("text_entities", _ENTITY, lambda found: html.unescape(found[0])),
    ("text_cp1252", r"[\x80-\x9f]", lambda found: found[0].encode("latin-1").decode("cp1252", "ignore")),
    ("text_control", r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]", ""),
    ("text_lost_apostrophe", rf"(?<=[{_LETTER}])¿(?=[{_LETTER}])", "’"),
)


# A text without any of these characters, two spaces or a space at an end is as it should be. Every white space is among
# them.
_SUSPECT = "[\x00-\x1f\x7f-\xa0&\\\\¿\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff\ufffd]|  |^ | $|^$"


def clean_text(raw: pd.Series) -> tuple[pd.Series, list[tuple[str, pd.Series, pd.Series, pd.Series]]]:
    """Text repaired, empty made null, and for each rule that applied (name, mask, before, after) of some of the rows."""
    # Not through pandas, which would look at each text with Python's expressions: what is sought is plain.
    suspect = np.asarray(compute.match_substring_regex(arrow.array(raw), _SUSPECT).fill_null(False))
    if not suspect.any():
        return raw, []
    after, repairs = _repaired(raw[suspect])
    return raw.mask(suspect, after), repairs


def _repaired(raw: pd.Series) -> tuple[pd.Series, list[tuple[str, pd.Series, pd.Series, pd.Series]]]:
    values, repairs = raw, []
    for rule, pattern, replacement in _STEPS:
        hit = values.str.contains(pattern, regex=True, na=False).astype(bool)
        if hit.any():
            expression = re.compile(pattern)
            after = values.mask(hit, values[hit].map(lambda text, e=expression, r=replacement: e.sub(r, text)))
            repairs.append((rule, hit, values, after))
            values = after
    after = values.str.replace(_BREAKS, " ", regex=True).str.strip()
    repairs.append(("text_line_breaks", values.notna() & (after != values.str.strip()), values, after))
    after = after.mask(after == "")
    lost = after.str.contains("\ufffd", regex=False, na=False).astype(bool)
    if lost.any():
        repairs.append(("text_lost_character", lost, after, after))
    return after, [repair for repair in repairs if repair[1].any()]


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """Lower case, no accents, every run of other characters than letters and digits made one space."""
    return " ".join("".join(map(_fold_one, text)).split())


def fold_all(texts: pd.Series) -> pd.Series:
    """``fold`` of each text; null stays null. The distinct texts are folded at once, a line each of one long text."""
    codes, distinct = pd.factorize(texts)
    lines = "\n".join([text.replace("\n", " ") for text in distinct.tolist()])
    there = np.bincount(np.frombuffer(lines.encode("utf-32-le", "surrogatepass"), np.uint32)).nonzero()[0].tolist()
    others = {one: _fold_one(chr(one)) for one in there if one > 255 or len(_fold_one(chr(one))) != 1}
    if len(others) > MANY_CHARACTERS:
        lines = lines.translate(others)
    for one, folded in others.items():
        lines = lines.replace(chr(one), folded)
    plain = lines.encode("latin-1").translate(_ONE_FOR_ONE)
    while b"  " in plain:
        plain = plain.replace(b"  ", b" ")
    folded_texts = plain.replace(b" \n", b"\n").replace(b"\n ", b"\n").strip(b" ").decode("ascii").split("\n")
    found = pd.array(folded_texts, dtype="str").take(codes, allow_fill=True)
    return pd.Series(found, index=texts.index, name=texts.name)


@cache
def _fold_one(character: str) -> str:
    """What ``fold`` makes of one character; a space stands for another one than letters and digits."""
    plain = character.casefold().replace("œ", "oe").replace("æ", "ae")
    plain = "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))
    return "".join(one if one in _KEPT else " " for one in plain)


_ONE_FOR_ONE = bytes(10 if code == 10 else ord((_fold_one(chr(code)) + " ")[0]) for code in range(256))
