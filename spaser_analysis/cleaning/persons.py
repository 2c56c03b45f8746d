"""Natural persons: their details leave every text as it is read, their names the tables; the ledger repeats neither."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.compute as compute

from spaser_analysis.cleaning.distinct import each_once
from spaser_analysis.cleaning.text import fold

REMOVED = "[donnée personnelle retirée]"
NAMES = frozenset({"titulaire_denominationSociale", "fournisseur_nom", "denomination"})
IDENTIFIERS = frozenset({"titulaire_id", "fournisseur_siret", "siret", "siren"})
# Of digits by nature: no telephone is looked for.
_NUMBERS = IDENTIFIERS | {
    *("id", "acheteur_id", "idAccordCadre", "modification_id", "codeCPV", "holder_ids"),
    *("acheteur_siret", "numero_marche", "numero_besoin", "code_cpv"),
}
_AT = r"(?:[@＠]|&#64;|&#x40;|&commat;|[\[(](?:at|arobase)[\])])"
_SPACE = "[ \\t.\\-/\u00a0\u202f]"
# What every address, telephone or form of address holds: looked for first, by an automaton.
_TRACES = {
    "mail": f"(?i:{_AT})",
    "telephone": rf"\+[0-9]{{2}}|0033|0[1-9]{_SPACE}{{0,2}}[0-9]{{2}}{_SPACE}{{0,2}}[0-9]{{2}}",
    "person": r"\b(?:M\.|MM\.|M[Rr]S?|M(?:me|ME)[Ss]?|M(?:lle|LLE)|M(?:onsieur|ONSIEUR)|M(?:adame|ADAME))",
}
_FOUND = {
    "mail": re.compile(rf"[^\s<>|,;:()\[\]]+ ?{_AT} ?[\w-]+(?:(?:\.|&#46;)[\w-]+)+", re.IGNORECASE),
    "telephone": re.compile(
        rf"(?<![\d.,/-])(?:(?:\+\d\d\d?|0033)(?:{_SPACE}?\(0\))?{_SPACE}?[1-9]|0[1-9])"
        rf"({_SPACE}{{0,2}})\d\d(?:\1\d\d){{3}}(?![.,/-]?\d)"
    ),
    "person": re.compile(rf"{_TRACES['person']}\.?\s+[A-ZÀ-Ý][\w’'-]*(?:\.? [A-ZÀ-Ý][\w’'-]*)*"),
}
_CIVIL = r"(?i)^(?:m|mm|mrs?|mmes?|mlle|monsieur|madame|mademoiselle)\.?\s+\S"
_ALONE = r"(?i)\b(?:e\.?i\.?(?:r\.?l\.?)?\)?$|eirl\b|(?:entrepreneur|exploitant) individuel|(?:auto|micro).?entrepr)"
_FIRST = r"^(?:EI|E\.I\.)\s"
_COMPANY = r"(?i)\b(?:sarl|sasu?|s\.a\.|sa|eurl|sci|scp|snc|selarl|scop|scic|gie|soci[eé]t[eé]|ste|association)\b"


def without_details(texts: pd.Series, name: str, keeps_names: bool) -> tuple[pd.Series, pd.Series]:
    """The texts of a column without addresses and telephones, nor unless ``keeps_names`` "Mme Exemple"; and where it held one."""
    kinds = [
        kind
        for kind in _FOUND
        if not ((kind == "person" and keeps_names) or (kind == "telephone" and name in _NUMBERS))
    ]
    trace = "|".join(_TRACES[kind] for kind in kinds)
    suspect = np.asarray(compute.match_substring_regex(arrow.array(texts), trace).fill_null(False))
    if not suspect.any():
        return texts, pd.Series(False, index=texts.index)
    after = texts.mask(suspect, _without(texts[suspect], kinds))
    return after, (after != texts) & texts.notna()


@each_once
def _without(texts: pd.Series, kinds: list[str]) -> pd.Series:
    for kind in kinds:
        texts = texts.map(lambda text, kind=kind: _FOUND[kind].sub(_removed, text)).astype("str")
    return texts


def _removed(found: re.Match[str]) -> str:
    """A figure of ten digits and nothing else, or the numbers of lots in a row, is no telephone."""
    pairs = re.findall(r"\d\d", found[0]) if found[0][0] == "0" else []
    is_amount = found[0] == found.string.strip() and found[0].isdigit()
    is_row = len(pairs) == 5 and pairs == sorted(set(pairs)) and int(pairs[-1]) - int(pairs[0]) < 10
    return found[0] if is_amount or is_row else REMOVED


@each_once
def is_person(names: pd.Series) -> pd.Series:
    """Whether each name says by itself that it is a natural person's: "Mme Exemple", "Exemple EI"; a company's form denies it."""
    said = (names.str.contains(one, regex=True, na=False) for one in (_CIVIL, _ALONE, _FIRST))
    civil, alone, first = said
    return ((civil | alone | first) & ~names.str.contains(_COMPANY, regex=True, na=False)).astype(bool)


@each_once
def pseudonyms(names: pd.Series) -> pd.Series:
    """What tells nameless persons apart within the clean tables; never published, since a guessed name can be checked."""
    return names.map(_pseudonym, na_action="ignore").astype("str")


def _pseudonym(name: str) -> str:
    return f"personne:{hashlib.blake2b(fold(name).encode(), digest_size=4).hexdigest()}"


def without_identifiers(ledger: arrow.Table, persons: Collection[str]) -> arrow.Table:
    """The ledger, whose rows on an identifier do not repeat that of one of ``persons`` (SIRENs)."""
    column = compute.is_in(ledger["column"], value_set=arrow.array(sorted(IDENTIFIERS)))
    sirens = arrow.array(sorted(persons), arrow.string())
    hidden = compute.and_(column, compute.or_(*(_is_of(ledger[name], sirens) for name in ("before", "after"))))
    for name in ("before", "after"):
        kept = compute.if_else(hidden, arrow.scalar(None, arrow.string()), ledger[name])
        ledger = ledger.set_column(ledger.schema.get_field_index(name), name, kept)
    return ledger


def _is_of(values: arrow.ChunkedArray, sirens: arrow.Array) -> arrow.ChunkedArray:
    digits = compute.replace_substring_regex(values, "[^0-9]", "")
    return compute.is_in(compute.utf8_slice_codeunits(digits, 0, 9), value_set=sirens)
