"""From one raw record, nested or flat, to flat text: contract, holders and amendments.

Platforms nest the same facts in many ways (``hazards.md`` 32): wrapped or not, up to four deep, ``acheteur.id`` as
one key, ``"nom "`` with a space, lists as text, single objects where lists are due.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from spaser_analysis.sources.columns import DECLARED

_SURROGATES = re.compile("[\ud800-\udfff]")
WRAPPERS = {
    "techniques": "technique",
    "modalitesExecution": "modaliteExecution",
    "considerationsSociales": "considerationSociale",
    "considerationsEnvironnementales": "considerationEnvironnementale",
}
_ALSO = {"considerationsSociale": "considerationsSociales", "considerationSociale": "considerationsSociales",
         "considerationEnvironnementale": "considerationsEnvironnementales", "technique": "techniques",
         "modaliteExecution": "modalitesExecution"}  # fmt: skip
PLAIN = tuple(name for name in DECLARED if name not in WRAPPERS and "_" not in name)
_HOLDER_WRAPPERS = frozenset({"titulaire", "titulaires", "concessionnaire", "concessionnaires"})
_AMENDMENT_WRAPPERS = frozenset({"modification", "modifications"})
GROUPS = {"acheteur": ("id", "nom"), "lieuExecution": ("code", "typeCode")}
USUAL_NAMES = (*PLAIN, *GROUPS, *WRAPPERS, "titulaires", "modifications")
# What says in other words, or another shape, what a record of the usual shape says under the official names.
OTHER_NAMES = frozenset({
    *_ALSO, "autoriteConcedante", "concessionnaires", "modification_id", "duplicate_keys",
    *(f"{group}{joint}{part}" for group, parts in GROUPS.items() for part in parts for joint in "._"),
})  # fmt: skip
INSTEAD = ("dateSignature", "dateDebutExecution", "valeurGlobale")  # of dateNotification and montant, in a concession
HOLDER = ("id", "typeIdentifiant", "denominationSociale")
AMENDMENT = ("id", "dateNotificationModification", "datePublicationDonneesModification", "montant", "dureeMois")
_PART_NAMES = frozenset({*HOLDER, *AMENDMENT})
_HOLDER_NAMES = frozenset(HOLDER)
_SEVERAL = re.compile(r"[|\n/]")  # between the holders of a register


def flatten(
    row: dict[str, Any],
) -> tuple[dict[str, str | None], list[dict[str, str | None]], list[dict[str, Any]], list[str]]:
    """(contract under ``DECLARED``, holders, amendments with their ``holders``, names of the rules that were needed)."""
    row = {key.strip(): value for key, value in row.items()}
    problems: list[str] = ["duplicate_keys"] if "duplicate_keys" in row else []
    for name in row.get("duplicate_keys", ()):  # of a scalar said twice, the last is read, as any reader of JSON does
        if name in row and isinstance(row[name], list) and not any(isinstance(one, dict | list) for one in row[name]):
            row[name] = row[name][-1]
    for alias, name in _ALSO.items():
        if alias in row:
            row.setdefault(name, row[alias])
    flat: dict[str, str | None] = {name: text(row.get(name)) for name in PLAIN}
    for group, parts in GROUPS.items():
        inner = group_parts(
            row.get(group) or (row.get("autoriteConcedante") if group == "acheteur" else None), problems
        )
        for part in parts:
            flat[f"{group}_{part}"] = text(inner.get(part, row.get(f"{group}.{part}", row.get(f"{group}_{part}"))))
    for name, wrapper in WRAPPERS.items():
        flat[name] = " | ".join(leaves(row.get(name), wrapper)) or None
    if row.get("dateNotification") is None and row.get("montant") is None:  # a concession says the same in other words
        flat["dateNotification"] = text(row.get("dateSignature") or row.get("dateDebutExecution"))
        flat["montant"] = text(row.get("valeurGlobale"))
    flat["modification_id"] = text(row.get("modification_id"))
    holders = list(holders_of(row.get("titulaires") or row.get("concessionnaires"), problems))
    return flat, holders, list(amendments_of(row.get("modifications"), problems)), problems


def group_parts(value: Any, problems: list[str]) -> dict[str, Any]:
    """The parts of a buyer or a place."""
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    if isinstance(value, str) and value.strip():
        problems.append("unexpected_shape")
        return {"id": value, "code": value}
    return {key.strip(): inner for key, inner in value.items()} if isinstance(value, dict) else {}


def text(value: Any) -> str | None:
    """A scalar as text; null, NaN, lists and objects are null. Characters that no file can hold become U+FFFD."""
    if not isinstance(value, str):
        if value is None or isinstance(value, dict | list):
            return None
        if isinstance(value, bool):
            return "oui" if value else "non"
        if isinstance(value, float):
            if value != value:
                return None
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    written = str(value)
    if not written.isascii() and _SURROGATES.search(written):
        written = _SURROGATES.sub("\ufffd", written)
    return written


def leaves(value: Any, wrapper: str) -> Iterator[str]:
    """Every text in a list that may be wrapped, nested or written as one text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.strip() == wrapper or len(value) == 1:
                yield from leaves(inner, wrapper)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner, wrapper)
    else:
        written = text(value)
        if written and written.strip():
            # No official label holds a comma: in the flat exports it separates.
            yield from (
                part for part in (one.strip(" '\"[]") for one in re.split(r"[|,;\n]", html.unescape(written))) if part
            )


def _objects(value: Any, wrappers: frozenset[str]) -> Iterator[Any]:
    """Every object in lists and wrappers of any depth; what is neither list nor object is handed on as it is."""
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _objects(inner, wrappers)
    elif isinstance(value, dict):
        if value.keys() <= _PART_NAMES:  # as nearly all are
            yield value
        elif {key.strip() for key in value} <= wrappers:
            for inner in value.values():
                yield from _objects(inner, wrappers)
        else:
            yield {key.strip(): inner for key, inner in value.items()}
    elif value is not None and str(value).strip():
        yield value


def _only_holder(value: Any) -> dict[str, str | None] | None:
    """The one holder of a list, all text under the official names, as nearly all are; None for anything else."""
    one = value[0] if isinstance(value, list) and len(value) == 1 else None
    if isinstance(one, dict) and len(one) == 1:
        one = one.get("titulaire")
    if not isinstance(one, dict) or one.keys() != _HOLDER_NAMES or set(map(type, one.values())) != {str}:
        return None
    told = "".join(one.values())
    return one if told.isascii() and one["id"] and not _SEVERAL.search(told) else None


def holders_of(value: Any, problems: list[str]) -> Iterator[dict[str, str | None]]:
    if only := _only_holder(value):
        yield only
        return
    for one in _objects(value, _HOLDER_WRAPPERS):
        if isinstance(one, str) and one.strip().replace(" ", "").isdigit():
            one = {"id": one}
        found = {part: text(one.get(part)) for part in HOLDER} if isinstance(one, dict) else dict.fromkeys(HOLDER)
        if not (found["id"] or found["denominationSociale"]):
            problems.append("holder_unreadable")
        elif found["id"] and _SEVERAL.search(found["id"]):
            yield from _listed(found)
        else:
            yield found


def _listed(found: dict[str, str | None]) -> Iterator[dict[str, str | None]]:
    """The holders that a register wrote ``a | b``."""
    ids, names = (_SEVERAL.split(found[part] or "") for part in ("id", "denominationSociale"))
    for rank, one in enumerate(ids):
        name = names[rank].strip() if len(names) == len(ids) else None
        yield {"id": one.strip(), "typeIdentifiant": found["typeIdentifiant"], "denominationSociale": name}


def amendments_of(value: Any, problems: list[str]) -> Iterator[dict[str, Any]]:
    for one in _objects(value, _AMENDMENT_WRAPPERS):
        if not isinstance(one, dict):
            problems.append("amendment_unreadable")
            continue
        found: dict[str, Any] = {part: text(one.get(part)) for part in AMENDMENT}
        found["dateNotificationModification"] = found["dateNotificationModification"] or text(
            one.get("dateSignatureModification")
        )
        found["montant"] = found["montant"] or text(one.get("valeurGlobale"))
        found["holders"] = [holder["id"] for holder in holders_of(one.get("titulaires"), problems) if holder["id"]]
        yield found
