"""The themes of the expert bodies, detected from the words of the object and the CPV by reviewed rules.

A detected theme says what a contract is about, never that a clause or a criterion was declared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.compute as compute

from spaser_analysis.cleaning.considerations import SEPARATOR
from spaser_analysis.cleaning.text import fold, fold_all

COLUMNS = ("theme", "kind", "pattern", "exclusion", "note")
_CPV = re.compile(r"[0-9]{2,8}")


@dataclass(frozen=True)
class Rule:
    """The patterns of a theme that share their exclusions; None where there is none. They read " folded object "."""

    theme: str
    words: str | None
    cpv_prefixes: tuple[str, ...]
    exclusions: str | None


Rules = tuple[Rule, ...]


def parse_rules(frame: pd.DataFrame) -> Rules:
    """The rules of a table of text with ``COLUMNS``; a ValueError names the first row that cannot be one.

    ``kind`` is ``word`` (whole words of the object, in plain French; a final ``*`` stands for any ending) or ``cpv``
    (the first digits of the code). ``exclusion`` holds words written alike, separated by ``|``: the pattern says
    nothing of an object that has some of them.
    """
    if tuple(frame.columns) != COLUMNS:
        raise ValueError(f"the columns of the rules must be {', '.join(COLUMNS)}")
    rows = [tuple(row) for row in frame.itertuples(index=False)]
    for number, (theme, kind, pattern, exclusion, _) in enumerate(rows, start=1):
        usable = bool(fold(pattern)) if kind == "word" else kind == "cpv" and _CPV.fullmatch(pattern)
        if not (theme.isidentifier() and usable and (not exclusion or all(map(fold, exclusion.split("|"))))):
            raise ValueError(f"rule {number} is not one: {theme!r}, {kind!r}, {pattern!r}, {exclusion!r}")
    return tuple(_rule(*key, list(group)) for key, group in groupby(sorted(rows, key=_key), _key))


def detected_themes(objet: pd.Series, code_cpv: pd.Series, rules: Rules) -> pd.Series:
    """Codes of the themes found in each cleaned object or CPV, sorted, joined by " | ".

    Empty text where none is found, null where neither is known.
    """
    texts = arrow.array(" " + fold_all(objet).fillna("") + " ")
    codes = arrow.array(code_cpv.fillna(""))
    expressions = [rule.words for rule in rules if rule.words]
    anything = Rule("", "|".join(expressions) or None, tuple(one for rule in rules for one in rule.cpv_prefixes), None)
    some = np.flatnonzero(_matches(texts, codes, anything))
    texts, codes = texts.take(some), codes.take(some)
    themes = pd.Series("", index=some, dtype="str")
    for theme, group in groupby(rules, lambda rule: rule.theme):
        found = np.logical_or.reduce([_matches(texts, codes, rule) for rule in group])
        themes = themes.mask(found, themes + SEPARATOR + theme)
    every = themes.str.removeprefix(SEPARATOR).reindex(range(len(objet)), fill_value="").set_axis(objet.index)
    return every.mask(objet.isna() & code_cpv.isna())


def _key(row: tuple[str, ...]) -> tuple[str, str]:
    return row[0], row[3]


def _rule(theme: str, exclusion: str, rows: list[tuple[str, ...]]) -> Rule:
    words = [pattern for _, kind, pattern, _, _ in rows if kind == "word"]
    prefixes = tuple(sorted(pattern for _, kind, pattern, _, _ in rows if kind == "cpv"))
    return Rule(theme, _expression(words), prefixes, _expression(exclusion.split("|") if exclusion else []))


def _expression(phrases: list[str]) -> str | None:
    """What finds these phrases in a folded text, also where a file lost their accented letters and fold left a space."""
    written = {form for phrase in phrases for form in (phrase, re.sub(r"[^\x00-\x7f]", "\ufffd", phrase))}
    found = sorted({_phrase(form) for form in written} - {""})
    return f" (?:{'|'.join(found)}) " if found else None


def _phrase(phrase: str) -> str:
    words = [(fold(word), word.endswith("*")) for word in phrase.split()]
    return " ".join(word + "[a-z0-9]*" * ending for word, ending in words if word)


def _matches(texts: arrow.Array, codes: arrow.Array, rule: Rule) -> np.ndarray:
    found = np.zeros(len(texts), bool)
    for prefix in rule.cpv_prefixes:
        found |= compute.starts_with(codes, prefix)
    # Not through pandas, which parses the expression each time to see whether Arrow may have it: these are plain.
    if rule.words:
        found |= compute.match_substring_regex(texts, rule.words)
    if rule.exclusions:
        found &= ~np.asarray(compute.match_substring_regex(texts, rule.exclusions))
    return found
