"""Functions, never persons: what a census keeps of the contact it names."""

from __future__ import annotations

import re

import pandas as pd

from spaser_analysis.cleaning.text import fold

# The first word of a function begins with one of these.
_FUNCTIONS = (
    *("achet", "adjoint", "administrat", "agent", "animat", "approvisionn", "architecte", "assistant", "attache"),
    *("bureau", "cadre", "cellule", "charge", "chef", "comptable", "conseill", "controle", "coordina", "correspondant"),
    *("departement", "direct", "division", "economiste", "equipe", "expert", "gestionnaire", "ingenieur", "instruct"),
    *("juriste", "magasinier", "mission", "pilote", "pole", "redact", "referent", "responsable", "secreta"),
    *("service", "sous direct", "supervis", "technicien", "unite", "dga", "dgs", "drh", "dsi", "dst"),
)  # fmt: skip
_MORE = frozenset((
    *("achat", "achats", "affaires", "commande", "commandes", "direction", "finances", "generale", "generaux", "humaines"),
    *("juridique", "juridiques", "marche", "marches", "moyens", "patrimoine", "pole", "projet", "projets", "public"),
    *("publics", "publique", "ressources", "service", "services", "technique", "techniques", "territorial", "urbains"),
))  # fmt: skip
# An address, a number, a form of address; a first name before a name in capitals.
_MARKS = r"@|(?:\d[ .]?){9,}|(?i:\b(?:mrs?|mmes?|mlle|monsieur|madame|mademoiselle)\b)|\bMM?\.?\s+[A-ZÀ-Ý]"
_NAME = r"^[A-ZÀ-Ý][a-zà-ÿ]+(?:-[A-ZÀ-Ý][a-zà-ÿ]+)? [A-ZÀ-Ý][A-ZÀ-Ý'’-]+$"


def names_a_person(texts: pd.Series) -> pd.Series:
    """Whether each text bears the marks of a person: none is no proof that it names nobody."""
    return texts.str.contains(f"{_MARKS}|{_NAME}", regex=True, na=False).astype(bool)


def is_function(texts: pd.Series, purchases: frozenset[str]) -> pd.Series:
    """Whether each text is the name of a function and nothing else: it begins as one (chef, responsable...), and its other
    words are small letters, initials of a service (DRH), or words of ``purchases`` (``words_of``). In doubt it is not:
    better ask again than publish a name.
    """
    distinct = {one: _is_function(one, purchases) for one in texts.dropna().unique()}
    return texts.map(distinct).eq(True) & ~texts.str.contains(_MARKS, regex=True, na=False)


def words_of(names: list[str]) -> frozenset[str]:
    """The words of the names of families and units, folded: words that a function may write with a capital."""
    return frozenset(word for name in names for word in fold(name).split()) | _MORE


def _is_function(text: str, purchases: frozenset[str]) -> bool:
    if not fold(text).startswith(_FUNCTIONS):
        return False
    others = re.findall(r"[^\W_]+", text)[1:]
    return all(one.islower() or re.fullmatch(r"[A-Z]{2,4}", one) or fold(one) in purchases for one in others)
