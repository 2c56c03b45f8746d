"""Whether an edition is what was published: its signature, its place in the list of editions, and every hash.

What was changed is named as closely as the manifest and the copies of a figure allow: file, cell, figure, input.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any

from spaser_analysis import workspace
from spaser_analysis.audit.content import plain
from spaser_analysis.audit.findings import Finding, State
from spaser_analysis.ingest import UnusableInput, ingest
from spaser_analysis.publishing import key, signing
from spaser_analysis.publishing.causes import differing
from spaser_analysis.publishing.erratum import figures
from spaser_analysis.publishing.key import of_bytes
from spaser_analysis.publishing.manifest import (
    MANIFEST,
    Edition,
    NoEdition,
    Run,
    contents,
    files_of,
    parts_of,
    read_edition,
    this_platform,
    versions,
    written,
)  # fmt: skip
from spaser_analysis.publishing.parameters import assignments
from spaser_analysis.publishing.run import RESULTS_MIME, RESULTS_TAG
from spaser_analysis.publishing.seal import Entry, read_list, reports_of, signature_of, standing
from spaser_analysis.report import FIGURES

NOTEBOOK = "report.ipynb"
_LONGEST = 500  # letters of what a file may say of itself
# Of a file that is not what it should be.
_NOT_AS_NAMED = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, csv.Error)


def _found(kind: str, state: State, name: str, detail: str) -> Finding:
    return Finding("verify", kind, state, plain(name)[:_LONGEST], plain(detail)[:_LONGEST])


def verify(folder: Path, inputs: Mapping[str, Path], allowed: Path | None = None, head: str = "") -> list[Finding]:
    """What an edition says of itself, checked. ``inputs``: the raw files at hand by sha256 (``inputs_at_hand``).

    ``allowed``: who may sign, the project's own unless given. ``head``: the sha256 of a manifest that the list must still
    hold, known from elsewhere: without it a list that was cut short as a whole cannot be told.
    """
    folder, signers = folder.resolve(), allowed or workspace.allowed_signers()
    path = folder / MANIFEST
    if not path.is_file():
        return [_found("manifest_missing", "failed", MANIFEST, "Le manifeste de l’édition manque.")]
    listed, findings = _list(folder, signers, head)
    content = path.read_bytes()
    try:
        edition = read_edition(folder)
    except NoEdition as error:
        told = str(error).removeprefix(f"{path}: ")
        return [_found("manifest_altered", "failed", MANIFEST, f"Le manifeste est illisible : {told}."), *findings]
    own = (
        _manifest(edition, content, listed, signers),
        _files(edition, listed),
        _inputs(edition, inputs),
        _code(edition),
    )
    return [*findings, *chain.from_iterable(own)]


# The list of editions, and the manifest in it.


def _list(folder: Path, signers: Path, head: str) -> tuple[list[Entry], list[Finding]]:
    """The entries of the list beside an edition, and what is wrong with it."""
    reports = reports_of(folder)
    path = workspace.editions_list(reports)
    if not path.is_file():
        told = "La liste des éditions manque : on ne sait si l’édition est la dernière, ni si d’autres ont disparu."
        return [], [_found("list_missing", "failed", path.name, told)]
    try:
        entries = read_list(reports)
    except ValueError:
        return [], [_found("list_altered", "failed", path.name, "La liste des éditions est illisible.")]
    wrong = []
    for rank, (before, one) in enumerate(zip(["", *(one.manifest for one in entries)], entries, strict=False), 1):
        if one.previous != before:
            told = f"Le maillon {rank} ({one.name}) ne suit pas celui qui le précède."
            wrong.append(_found("list_altered", "failed", path.name, told))
    try:
        signing.check(path.read_bytes(), signature_of(path), read_edition(folder).organisation, signers)
    except NoEdition:
        told = "La signature de la liste n’est pas vérifiée : le manifeste ne dit pas de quelle organisation elle est."
        wrong.append(_found("signature_unchecked", "unknown", path.name, told))
    except signing.BadSignature as error:
        kind = "list_altered" if error.kind in ("signature_invalid", "signature_unreadable") else error.kind
        wrong.append(_found(kind, "failed", path.name, f"La liste des éditions : {_SIGNATURES[error.kind]}"))
    if head and head not in {one.manifest for one in entries}:
        told = "La liste ne contient plus l’édition dont l’empreinte était connue : elle a été raccourcie ou remplacée."
        wrong.append(_found("list_rolled_back", "failed", path.name, told))
    last = {one.period: one for one in entries}
    for one in entries:
        if folder.name == one.name or (folder.name == one.period and one == last[one.period]):
            continue  # it is the one to be looked at
        place = standing(reports, one)
        if place is None:
            told = "Cette édition de la liste n’est plus là, ou n’est plus ce qui fut publié."
            wrong.append(_found("edition_missing", "failed", one.name, told))
        elif folder.name == one.period and ((kept := _read(place)) is None or kept.files != files_of(place)):
            told = "Les fichiers de cette révision ne sont plus ceux qui furent publiés : vérifiez-la à son tour."
            wrong.append(_found("edition_altered", "failed", one.name, told))
    if not wrong:
        wrong = [_found("list", "ok", path.name, f"Les {len(entries)} éditions de la liste se suivent et sont là.")]
    return entries, wrong


def _read(folder: Path) -> Edition | None:
    try:
        return read_edition(folder)
    except NoEdition:
        return None


_SIGNATURES = {
    "signature_missing": "elle n’est pas signée.",
    "signature_unreadable": "sa signature est illisible.",
    "signature_invalid": "elle n’est plus ce qui fut signé.",
    "wrong_key": "elle est signée d’une clé qui n’est pas de celles de l’organisation.",
}


def _manifest(edition: Edition, content: bytes, entries: list[Entry], signers: Path) -> Iterator[Finding]:
    digest, own = of_bytes(content), [one for one in entries if one.period == edition.period]
    rank = next((rank for rank, one in enumerate(own) if one.manifest == digest), None)
    try:
        print_ = signing.check(content, signature_of(edition.folder / MANIFEST), edition.organisation, signers)
        yield _found("signature", "ok", MANIFEST, f"Signée par {edition.organisation}, clé {print_}.")
    except signing.BadSignature as error:
        altered = error.kind == "signature_invalid" and rank is None
        kind = "manifest_altered" if altered else {"signature_invalid": "signature_altered"}.get(error.kind, error.kind)
        yield _found(kind, "failed", MANIFEST, f"L’édition : {_SIGNATURES[error.kind]}")
    if rank is None:
        yield _found("edition_not_listed", "failed", MANIFEST, "Ce manifeste n’est celui d’aucune édition de la liste.")
    elif (own[rank].revision, own[rank].previous) != (edition.revision, edition.previous):
        told = "La liste dit de cette édition une autre révision, ou une autre édition précédente, que son manifeste."
        yield _found("list_altered", "failed", own[rank].name, told)
    elif edition.folder.name not in (edition.period, own[rank].name):
        told = f"Ce dossier contient l’édition {own[rank].name}."
        yield _found("edition_misplaced", "failed", edition.folder.name, told)
    elif rank < len(own) - 1 and edition.folder.name == edition.period:
        told = (
            f"La révision {own[rank].revision} a pris la place de la révision {own[-1].revision} : retour en arrière."
        )
        yield _found("rolled_back", "failed", edition.folder.name, told)
    else:
        last = "" if rank == len(own) - 1 else f", remplacée depuis par la révision {own[-1].revision}"
        yield _found("listed", "ok", MANIFEST, f"Révision {edition.revision} de la liste{last}.")
    if written(edition, _buyer(content)) != content:
        yield _found("manifest_altered", "failed", MANIFEST, "Le manifeste n’est pas tel que l’outil l’écrit.")


def _buyer(content: bytes) -> str:
    graph = json.loads(content)["@graph"]
    return next((str(one.get("name")) for one in graph if isinstance(one, dict) and one.get("@id") == "#buyer"), "")


# The files.


@dataclass(frozen=True)
class _Held:
    """The files of an edition as they are now."""

    edition: Edition
    now: Mapping[str, str]

    def intact(self, name: str) -> bool:
        return self.now.get(name) == self.edition.files.get(name)

    def read(self, name: str) -> bytes:
        return (self.edition.folder / name).read_bytes()


def _files(edition: Edition, entries: list[Entry]) -> Iterator[Finding]:
    held = _Held(edition, files_of(edition.folder))
    places = [standing(reports_of(edition.folder), one) for one in entries if one.period == edition.period]
    former = [one for place in places if place and place != edition.folder and (one := _read(place))]
    gone = {run.slug for run in edition.runs if not (edition.folder / run.slug).is_dir()}
    replaced = {
        run.slug: told for run in edition.runs if run.slug not in gone and (told := _replaced(held, run, former))
    }
    yield from (_found("report_missing", "failed", one, "Le rapport a disparu.") for one in sorted(gone))
    yield from (_found("report_replaced", "failed", one, told) for one, told in replaced.items())
    for name in sorted({*edition.files, *held.now}):
        if held.intact(name) or name.partition("/")[0] in {*gone, *replaced}:
            continue
        if name not in edition.files:
            yield _found("file_unexpected", "failed", name, "Ce fichier n’est pas de l’édition.")
        elif name not in held.now:
            yield _found("file_missing", "failed", name, "Ce fichier de l’édition a disparu.")
        else:
            yield _found("file_altered", "failed", name, "Ce fichier n’est plus ce qui fut publié.")
            if not held.now[name]:  # reading what is no plain file might never end
                continue
            try:
                yield from _closer(held, name)
            except _NOT_AS_NAMED:
                yield _found("file_unreadable", "failed", name, "Ce fichier ne se lit plus.")
    if all(held.intact(name) for name in {*edition.files, *held.now}):
        yield _found("files", "ok", edition.period, f"Les {len(held.now)} fichiers sont ceux qui furent publiés.")


def _replaced(held: _Held, run: Run, former: list[Edition]) -> str:
    """Where another report has taken its place: which."""
    name = f"{run.slug}/{NOTEBOOK}"
    if held.intact(name) or not held.now.get(name):
        return ""
    for edition in (held.edition, *former):
        for other, digest in edition.files.items():
            if digest == held.now[name]:
                return f"Le rapport {edition.folder.name}/{other.partition('/')[0]} a pris sa place."
    try:
        given = _parameters(json.loads(held.read(name))["cells"])
        told, now = held.edition.parts.get(name, {}), parts_of(name, held.read(name))
    except _NOT_AS_NAMED:
        return ""
    changed = sum(told.get(one) != now.get(one) for one in {*told, *now})
    if given != dict(run.parameters) and changed > len(told) // 2:
        return f"Un rapport dont les paramètres sont {given} a pris sa place."
    return ""


def _parameters(cells: list[dict[str, Any]]) -> dict[str, Any]:
    given = ["".join(one["source"]) for one in cells if "injected-parameters" in one["metadata"].get("tags", [])]
    return assignments(given[0]) if given else {}


def _closer(held: _Held, name: str) -> Iterator[Finding]:
    """What in a file was changed."""
    told, now = held.edition.parts.get(name, {}), parts_of(name, held.read(name))
    changed = [one for one in dict.fromkeys([*told, *now]) if told.get(one) != now.get(one)]
    cells = json.loads(held.read(name))["cells"] if name.endswith(NOTEBOOK) else []
    by_id = {one["id"]: one for one in cells}
    for one in changed:
        cell = by_id.get(one.removeprefix("cell ").partition(",")[0], {})
        kind = _kind(one, cell) if cells else "section_altered"
        word = (
            "n’est plus ce qui fut publié" if one in told and one in now else "a été ajouté" if one in now else "manque"
        )
        yield _found(kind, "failed", f"{name}, {one}", f"Cet endroit {word}.")
        if kind == "parameter_altered":
            for run in (run for run in held.edition.runs if name.startswith(f"{run.slug}/")):
                yield from _changed_parameters(name, dict(run.parameters), _parameters(cells))
    yield from _changed_values(held, name, cells)


def _kind(part: str, cell: dict[str, Any]) -> str:
    if ", output" in part:
        outputs = cell.get("outputs", [])
        rank = int(part.rpartition(" ")[2]) - 1
        data = outputs[rank].get("data", {}) if rank < len(outputs) else {}
        return "image_altered" if "image/png" in data else "output_altered"
    if "injected-parameters" in cell.get("metadata", {}).get("tags", []):
        return "parameter_altered"
    return {"markdown": "markdown_altered", "code": "code_altered"}.get(str(cell.get("cell_type")), "cell_altered")


def _changed_parameters(name: str, before: dict[str, Any], now: dict[str, Any]) -> Iterator[Finding]:
    for one in sorted({*before, *now}):
        if before.get(one) != now.get(one):
            told = f"Le paramètre vaut {now.get(one)!r} au lieu de {before.get(one)!r}."
            yield _found("parameter_altered", "failed", f"{name}, parameter {one}", told)


def _changed_values(held: _Held, name: str, cells: list[dict[str, Any]]) -> Iterator[Finding]:
    """The figures that are not those of another copy, which is as it was published."""
    slug, _, last = name.rpartition("/")
    if name.endswith(NOTEBOOK):
        now, copies = _results(cells), [f"{slug}/{FIGURES}"]
    elif last == FIGURES:
        now = held.read(name)
        copies = [f"{slug}/{NOTEBOOK}"] if slug else [f"{run.slug}/{FIGURES}" for run in held.edition.runs]
    else:
        return
    copies = [one for one in copies if one in held.now and held.intact(one)]
    before = [
        _results(json.loads(held.read(one))["cells"]) if one.endswith(NOTEBOOK) else held.read(one) for one in copies
    ]
    new = figures(now)
    for old in map(figures, before):
        # the file of the whole edition has the figures of several reports
        for figure in dict.fromkeys([*old, *(new if slug else ())]):
            one, other = old.get(figure, {}), new.get(figure, {})
            for column in (column for column in {**one, **other} if one.get(column) != other.get(column)):
                told = f"{column} vaut « {other.get(column, '')} » au lieu de « {one.get(column, '')} »."
                yield _found("figure_altered", "failed", f"{name}, {figure} {column}", told)


def _results(cells: list[dict[str, Any]]) -> bytes:
    shown = [out["data"][RESULTS_MIME] for one in cells if RESULTS_TAG in one["metadata"].get("tags", [])
             for out in one["outputs"] if RESULTS_MIME in out.get("data", {})]  # fmt: skip
    return "".join(shown[0]).encode()


# What it rests on.


def _inputs(edition: Edition, hand: Mapping[str, Path]) -> Iterator[Finding]:
    """Each input by its bytes; where some are not found, what is at hand is read to tell whether it says the same."""
    missing = [one for one in edition.inputs if one.sha256 not in hand]
    if not missing:
        yield _found(
            "inputs", "ok", edition.period, f"Les {len(edition.inputs)} fichiers d’entrée sont là, octet pour octet."
        )
        return
    known = {one.sha256 for one in edition.inputs}
    others = [path for digest, path in hand.items() if digest not in known]
    if not others:
        for one in missing:
            told = "Ce fichier d’entrée n’est pas sous la main : donnez-le par --inputs."
            yield _found("input_missing", "unknown", one.name, told)
        return
    changed = _differing_tables(edition, [*(hand[one] for one in known if one in hand), *others])
    if not changed:
        told = "Dans un autre ordre ou sous un autre nom, les fichiers d’entrée disent la même chose."
        yield _found("inputs", "ok", ", ".join(one.name for one in missing), told)
        return
    names = {path.name for path in others}
    for one in missing:
        kind, told = "input_missing", "Aucun des fichiers donnés n’a son contenu"
        if Path(one.name).name in names:
            kind, told = "input_altered", "Ce fichier d’entrée n’est plus ce qui fut lu"
        yield _found(kind, "failed", one.name, f"{told} ; les tables changent : {', '.join(changed)}.")


def _differing_tables(edition: Edition, paths: list[Path]) -> list[str]:
    """The clean tables that come out otherwise of these files."""
    with tempfile.TemporaryDirectory(prefix="spaser-") as scratch:
        try:
            ingest(paths, Path(scratch, "clean"))
        except UnusableInput:
            return ["tout"]
        return sorted(differing(contents(Path(scratch, "clean")), edition.contents))


def _code(edition: Edition) -> Iterator[Finding]:
    """The code and the reference data of this installation, against those that made the edition."""
    here = metadata.version("spaser-analysis")
    wrong = [name for name, digest in edition.code.items() if _hash_here(name, edition.organisation) != digest]
    for name in wrong:
        if here == edition.version:
            yield _found("code_altered", "failed", name, f"N’est pas celui de la version {here} qui fit l’édition.")
        else:
            told = (
                f"L’édition est de la version {edition.version}, celle-ci est {here} : installez l’autre pour refaire."
            )
            yield _found("other_version", "unknown", name, told)
    if not wrong:
        yield _found("code", "ok", edition.version, "Le code, les modèles et les données de référence sont les mêmes.")
    now = versions()
    if apart := sorted(differing(now, edition.versions)):
        told = ", ".join(
            f"{one} {edition.versions.get(one, 'absente')} puis {now.get(one, 'absente')}" for one in apart
        )
        yield _found("library_versions", "unknown", "versions", f"D’autres versions de bibliothèques : {told}.")
    if edition.platform != this_platform():
        told = f"Faite sur {edition.platform}, vérifiée sur {this_platform()}."
        yield _found("platform", "ok", "platform", told)


def _hash_here(name: str, organisation: str) -> str | None:
    kind, _, notebook = name.partition(" ")  # what is not a notebook's own is the same for all of them
    try:
        return key.fixed(notebook or "methode", organisation).get(kind)
    except OSError:
        return None
