"""Column names of every flat format, and the official DECP name that each one stands for.

Headers are compared folded (no case, accents or punctuation), so ``acheteur.id``, ``acheteur_id`` and
``AcheteurID`` are one name. Renaming is all that happens here: no value is changed.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.record import RawRecord
from spaser_analysis.sources.templates import TABLES, required_columns, template_columns

DECLARED: tuple[str, ...] = (
    "id", "acheteur_id", "acheteur_nom", "nature", "objet", "codeCPV", "procedure", "techniques", "modalitesExecution",
    "idAccordCadre", "dureeMois", "dateNotification", "datePublicationDonnees", "montant", "offresRecues", "marcheInnovant",
    "attributionAvance", "tauxAvance", "typeGroupementOperateurs", "sousTraitanceDeclaree", "lieuExecution_code",
    "lieuExecution_typeCode", "considerationsSociales", "considerationsEnvironnementales", "directorate", "territory",
    "source",
)  # fmt: skip


@cache
def fold_header(name: str) -> str:
    """A header without case, accents, spaces or punctuation."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^a-z0-9]", "", plain)


_OFFICIAL = {fold_header(name): name for name in DECLARED} | {
    "technique": "techniques",
    "modaliteexecution": "modalitesExecution",
    "titulaireid": "titulaire_id",
    "titulairetypeidentifiant": "titulaire_typeIdentifiant",
    "titulairenom": "titulaire_denominationSociale",
    "titulairedenominationsociale": "titulaire_denominationSociale",
    "modificationid": "modification_id",
    "idmodification": "modification_id",
    "montantmodification": "modification_montant",
    "dureemoismodification": "modification_dureeMois",
    "datenotificationmodification": "modification_dateNotificationModification",
    "datenotificationmodificationmodification": "modification_dateNotificationModification",
    "datepublicationdonneesmodification": "modification_datePublicationDonneesModification",
    "datepublicationdonneesmodificationmodification": "modification_datePublicationDonneesModification",
} | {
    f"titulaire{part}{rank}": f"titulaire_{name}_{rank}"
    for rank in range(1, 10)
    for part, name in (("id", "id"), ("typeidentifiant", "typeIdentifiant"), ("denominationsociale", "denominationSociale"))
}  # fmt: skip

HEADER_WITHIN = 10  # rows: a register may have titles above its header


@dataclass(frozen=True)
class FlatFormat:
    """A flat format: the folded headers it cannot do without, and its own names for the official ones.

    ``table`` is the clean table it feeds; for another one than contracts the names are those of its template, and
    ``constants`` what every row says without a column.
    """

    name: str
    marks: frozenset[str]
    required: frozenset[str]
    renames: dict[str, str] = field(default_factory=dict)
    per_holder: bool = False
    table: str = "contracts"
    constants: dict[str, str] = field(default_factory=dict)

    def official(self, header: str) -> str | None:
        """The official name of a header of this format; None for a column that is not kept."""
        folded = fold_header(header)
        return self.renames.get(folded) or (_OFFICIAL.get(folded) if self.table == "contracts" else None)


def _declared() -> dict[str, FlatFormat]:
    """The formats of ``formats.toml`` beside this module, by name."""
    text = resources.files(__package__).joinpath("formats.toml").read_text(encoding="utf-8")
    return {
        name: FlatFormat(name, frozenset(told.pop("marks")), frozenset(told.pop("required")), **told)
        for name, told in tomllib.loads(text).items()
    }


FORMATS = _declared()
ECONOMIE = FORMATS["economie.gouv.fr"]


# Where a line that was given back to be corrected (``spaser census``) had been read.
_GIVEN_BACK = ("fichier_lu", "enregistrement_lu")


def _template(name: str) -> FlatFormat:
    table, marks = TABLES[name]
    required = frozenset(map(fold_header, required_columns(name)))
    names = {fold_header(column): column for column in template_columns(name)}
    if name == "needs":
        names |= {fold_header(column): column for column in _GIVEN_BACK}
    return FlatFormat(name, frozenset(map(fold_header, marks)), required, names, table=table)


@cache
def formats() -> tuple[FlatFormat, ...]:
    """Every flat format, in the order in which they are tried."""
    return (*map(_template, TABLES), *FORMATS.values())


def first_header(rows: Iterable[list[str]]) -> list[str]:
    """The first row that bears the marks of a format; the very first row where none does."""
    first: list[str] | None = None
    for row in rows:
        folded = frozenset(map(fold_header, row))
        if any(flat.marks <= folded for flat in formats()):
            return row
        first = row if first is None else first
    return first or []


def recognise_columns(headers: list[str], file: str) -> FlatFormat:
    """The flat format of these headers; an UnreadableFile naming what is missing or twice there."""
    folded = [fold_header(header) for header in headers]
    present = frozenset(folded)
    marked = [flat for flat in formats() if flat.marks <= present]
    whole = [flat for flat in marked if flat.required <= present]
    if marked:  # a register may well have a column of another format: who knows the most columns is right
        known = {one.name: sum(one.official(header) is not None for header in headers) for one in formats()}
        flat = max(whole or formats(), key=lambda one: (known[one.name], one in marked))
        if missing := ", ".join(sorted(flat.required - present)):
            raise UnreadableFile(file, f"looks like {flat.name} but lacks {missing}", "header")
        names = [name.strip() for name in headers]
        kept = [key for name, key in zip(names, folded, strict=True) if flat.official(name)]
        if twice := sorted(
            {n for n, k in zip(names, folded, strict=True) if n and (names.count(n) > 1 or kept.count(k) > 1)}
        ):
            raise UnreadableFile(file, f"column {', '.join(twice)} appears more than once", "header")
        return flat
    nearest = max(formats(), key=lambda flat: (len((flat.required | flat.marks) & present), flat.name))
    wanted = nearest.required | nearest.marks
    if len(wanted & present) < 2:
        raise UnreadableFile(file, "these columns are of no known format", "header")
    missing = ", ".join(sorted(wanted - present))
    raise UnreadableFile(
        file, f"columns of no known format; the nearest, {nearest.name}, also needs {missing}", "header"
    )


def official_row(flat: FlatFormat, headers: list[str], values: list[Any]) -> dict[str, Any]:
    """One row under official names (a template's own for a side table); numbered holders and the amendment's columns become lists, as in the nested formats.

    Of two columns of one meaning (``technique``, ``techniques``) the first that says something counts.
    """
    named: dict[str, Any] = {}
    for header, value in zip(headers, values, strict=True):
        if (name := flat.official(header)) and not _said(named.get(name)):
            named[name] = value
    if flat.table != "contracts":
        return named | flat.constants
    if "montant_prevu" in named:
        planned = named.pop("montant_prevu")
        named["montant"] = named.get("montant") or planned
    if named.get("modification_montant") == named.get("montant"):
        named.pop("modification_montant", None)
    amendment = {
        name.removeprefix("modification_"): named.pop(name)
        for name in tuple(named)
        if name.startswith("modification_") and name != "modification_id"
    }
    if any(_said(value) for value in amendment.values()):
        named["modifications"] = [{"id": named.get("modification_id"), **amendment}]
    if flat.name != "decp.info":
        named.pop("modification_id", None)
    holders = [_holder(named, suffix) for suffix in ("", *(f"_{rank}" for rank in range(1, 10)))]
    named["titulaires"] = [holder for holder in holders if any(map(_said, holder.values()))]
    return named


def flat_record(number: int, flat: FlatFormat, headers: list[str], values: list[str]) -> RawRecord:
    """One row as a record; with more or fewer cells than headers it is a ``ragged_line``, neither shifted nor filled."""
    if len(values) == len(headers):
        return RawRecord(number, official_row(flat, headers, values))
    padded = [*values, *[""] * len(headers)][: len(headers)]
    told = None if flat.table == "contracts" else official_row(flat, headers, padded)
    return RawRecord(number, None, "ragged_line", told=told)


def _holder(named: dict[str, Any], suffix: str) -> dict[str, Any]:
    parts = ("id", "typeIdentifiant", "denominationSociale")
    return {part: named.pop(f"titulaire_{part}{suffix}", None) for part in parts}


def _said(value: Any) -> bool:
    return value is not None and str(value).strip() not in ("", "CDL", "MQ")
