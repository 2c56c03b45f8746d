"""Closing an edition: its figures in one file, what changed since the one before, its manifest, its place in the list.

An edition that is closed is never written again. Before a report of it is replaced the whole folder is kept aside; what is
made of the reports then becomes the next revision, with its erratum.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from importlib import metadata
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from spaser_analysis import schemas, workspace
from spaser_analysis.organisation import Organisation
from spaser_analysis.publishing import key
from spaser_analysis.publishing.erratum import ERRATUM, erratum
from spaser_analysis.publishing.key import of_bytes
from spaser_analysis.publishing.manifest import (
    MANIFEST,
    Edition,
    Input,
    Name,
    Revision,
    Run,
    contents,
    files_of,
    parts_of,
    read_edition,
    this_platform,
    versions,
    written,
)  # fmt: skip
from spaser_analysis.publishing.signing import SIGNATURE, sign
from spaser_analysis.publishing.tasks import OF_QUARTER, OF_YEAR, TERRITORY, published_parameters, published_snapshot
from spaser_analysis.report import FIGURES
from spaser_analysis.tables import read_catalogue, read_table

# Whose figures stand in the file of the whole edition: those that have the columns of results, or are alone in it.
_FIGURES_OF = (TERRITORY, "qualite_donnees", "bilan_legal")
_NOTEBOOK_OF = {slug: notebook for notebook, slug in (OF_QUARTER | OF_YEAR).items()}


@dataclass(frozen=True)
class Entry:
    """An edition in the list: the sha256 of its manifest, and of the manifest before it in the list ("" for the first)."""

    period: Name
    revision: Revision
    manifest: str
    previous: str

    @property
    def name(self) -> str:
        """Of the folder where it is kept once another has taken its place."""
        return f"{self.period}-r{self.revision}"


OWN = (FIGURES, *ERRATUM, MANIFEST, f"{MANIFEST}{SIGNATURE}")  # the files of an edition beside its reports


def signature_of(path: Path) -> Path:
    """Where the signature of a file stands."""
    return path.with_name(f"{path.name}{SIGNATURE}")


def reports_of(edition: Path) -> Path:
    """The folder of all editions, of an edition in its place or kept aside."""
    above = edition.resolve().parent
    return above.parent if above == workspace.former_editions(above.parent) else above


def read_list(reports: Path) -> list[Entry]:
    """The editions in the order in which they were closed; ValueError where the list is none."""
    path = workspace.editions_list(reports)
    if not path.is_file():
        return []
    try:
        return TypeAdapter(list[Entry]).validate_json(path.read_bytes())
    except ValidationError as error:
        raise ValueError(f"{path}: not a list of editions ({error.errors()[0]['msg']})") from None


def written_list(entries: Iterable[Entry]) -> bytes:
    """The file of the list."""
    return (json.dumps([asdict(one) for one in entries], indent=1) + "\n").encode()


@dataclass(frozen=True)
class Source:
    """What the reports of a batch rest on: the organisation and its clean tables."""

    buyer: Organisation
    clean: Path
    _code: dict[str, dict[str, str]] = field(default_factory=dict)

    @cached_property
    def name(self) -> str:
        """Of the buyer; it says so where the data are made up."""
        contracts = read_table(schemas.CONTRACTS, self.clean, ["is_fictitious"])
        return f"{self.buyer.name} (données fictives)" if contracts["is_fictitious"].any() else self.buyer.name

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The input files of the clean tables, by name."""
        told = read_catalogue(self.clean)["files"]
        found = TypeAdapter(tuple[Input, ...]).validate_python(told)
        return tuple(sorted(found, key=lambda one: one.name))

    @cached_property
    def tables(self) -> dict[str, str]:
        """The sha256 of each clean table."""
        return {path.stem: of_bytes(path.read_bytes()) for path in sorted(self.clean.glob("*.parquet"))}

    def code(self, notebook: str) -> dict[str, str]:
        """As ``key.fixed``."""
        if notebook not in self._code:
            self._code[notebook] = key.fixed(notebook, self.buyer.slug)
        return self._code[notebook]

    @cached_property
    def contents(self) -> dict[str, str]:
        """As ``manifest.contents``."""
        return contents(self.clean)


def standing(reports: Path, entry: Entry) -> Path | None:
    """Where a listed edition is: in its place, or kept aside; None where it is not as it was listed."""
    kept = workspace.former_edition(reports, entry.name)
    places = [one for one in (reports / entry.period, kept) if (one / MANIFEST).is_file()]
    return next((one for one in places if of_bytes((one / MANIFEST).read_bytes()) == entry.manifest), None)


def _last(reports: Path, period: str) -> Entry | None:
    return next((one for one in reversed(read_list(reports)) if one.period == period), None)


def keep_aside(reports: Path, period: str, made: Path, slug: str) -> None:
    """Copy a closed edition to where former ones are kept, before the report of that folder is replaced by the one ``made``;
    not where that is what was published, and only mends it.
    """
    closed = _last(reports, period)
    if closed is None or standing(reports, closed) != reports / period:
        return
    told = read_edition(reports / period).files
    if files_of(made) == {name.partition("/")[2]: one for name, one in told.items() if name.startswith(f"{slug}/")}:
        return
    kept = workspace.former_edition(reports, closed.name)
    if (kept / MANIFEST).is_file():  # by a batch that was cut short
        return
    kept.parent.mkdir(exist_ok=True)
    shutil.rmtree(kept, ignore_errors=True)  # a copy that never came to its manifest
    with tempfile.TemporaryDirectory(prefix=".staging-", dir=reports) as staging:
        shutil.copytree(reports / period, Path(staging, "copy"))
        Path(staging, "copy").rename(kept)


def seal(reports: Path, period: str, source: Source, slugs: Iterable[str], why: str = "") -> str:
    """Close the edition of a period, unless it is closed and no report of it has changed; ``why`` goes into an erratum.

    ``slugs``: the reports that are known to rest on ``source``, which the manifest states for all of them.
    Returns why it cannot be closed; nothing where it is.
    """
    folder = reports / period
    runs = _runs(folder)
    if not runs:
        return "no report is there"
    if len({published_snapshot(folder / one.slug) for one in runs}) > 1:
        return "its reports rest on data of several days: publish the whole of it"
    former = _last(reports, period)
    place = standing(reports, former) if former else None
    if former and place is None:
        return f"its revision {former.revision} is not as the list of editions tells"
    before = read_edition(place) if place else None
    if before and before.folder == folder and _of_reports(before.files) == _of_reports(files_of(folder)):
        return ""
    if before and former and (kept := workspace.former_edition(reports, former.name)).is_dir():
        before = replace(before, folder=kept)  # closing may have been cut short, the folder's figures be the new ones
    if left := sorted({one.slug for one in runs} - set(slugs)):
        return f"{left[0]} was not asked for and may rest on other data: publish the whole of it"
    revision = former.revision + 1 if former else 1
    files = {FIGURES: all_figures(folder, (one.slug for one in runs if one.notebook in _FIGURES_OF))}
    if before:
        told = Path(before.folder, FIGURES).read_bytes()
        files |= erratum(before, _edition(folder, runs, source, revision, ""), told, files[FIGURES], source.name, why)
    _close(_edition(folder, runs, source, revision, _previous(reports)), files, reports, source.name)
    return ""


def _close(edition: Edition, files: Mapping[str, bytes], reports: Path, buyer: str) -> None:
    """Write what is the whole edition's own, its manifest last; then the list."""
    folder, entries = edition.folder, read_list(reports)
    for name in (one for one in OWN if one not in files and one != MANIFEST):
        Path(folder, name).unlink(missing_ok=True)
    for name, content in files.items():
        _write(folder / name, content)
    whole = replace(edition, files=files_of(folder), parts=_parts(folder))
    manifest = written(whole, buyer)
    _write(folder / MANIFEST, manifest)
    path = workspace.editions_list(reports)
    signature_of(path).unlink(missing_ok=True)
    entry = Entry(edition.period, edition.revision, of_bytes(manifest), edition.previous)
    _write(path, written_list([*entries, entry]))


def _edition(folder: Path, runs: tuple[Run, ...], source: Source, revision: int, previous: str) -> Edition:
    """As far as it is known before its last files are written."""
    code: dict[str, str] = {}
    for run in runs:
        parts = source.code(run.notebook)
        code |= {f"notebook {run.notebook}": parts["notebook"], **{n: h for n, h in parts.items() if n != "notebook"}}
    return Edition(
        folder, folder.name, source.buyer.slug, revision, published_snapshot(folder / runs[0].slug),
        metadata.version("spaser-analysis"), runs, {}, {}, source.inputs, source.tables, source.contents, code,
        versions(), this_platform(), previous,
    )  # fmt: skip


def _previous(reports: Path) -> str:
    entries = read_list(reports)
    return entries[-1].manifest if entries else ""


def _of_reports(files: Mapping[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in files.items() if "/" in name}


def _parts(folder: Path) -> dict[str, dict[str, str]]:
    paths = sorted([*folder.rglob("*.ipynb"), *folder.rglob("*.html")])
    return {path.relative_to(folder).as_posix(): parts_of(path.name, path.read_bytes()) for path in paths}


def _runs(folder: Path) -> tuple[Run, ...]:
    """The reports that stand in a folder."""
    slugs = sorted(path.parent.name for path in folder.glob("*/report.ipynb"))
    return tuple(Run(one, _NOTEBOOK_OF.get(one, TERRITORY), published_parameters(folder / one)) for one in slugs)


def all_figures(folder: Path, slugs: Iterable[str]) -> bytes:
    """The figures of some reports under one heading, each row once."""
    texts = [Path(folder, slug, FIGURES).read_text(encoding="utf-8") for slug in slugs]
    lines = dict.fromkeys(line for text in texts for line in text.rstrip("\n").split("\n"))
    return "".join(f"{line}\n" for line in lines).encode()


def _write(path: Path, content: bytes) -> None:
    made = path.with_name(f".staging-{path.name}")
    made.write_bytes(content)
    made.replace(path)


def sign_edition(folder: Path, private: Path | None = None) -> tuple[Path, Path]:
    """Sign the manifest of an edition and the list that it is in; returns the signatures. NoEdition, ValueError."""
    edition = read_edition(folder)
    key_file = private or workspace.signing_key(edition.organisation)
    if not key_file.is_file():
        raise ValueError(f"{key_file}: no such key; make one with: spaser keys new")
    signatures = []
    for path in (folder / MANIFEST, workspace.editions_list(reports_of(folder))):
        _write(signature_of(path), sign(path.read_bytes(), key_file))
        signatures.append(signature_of(path))
    return signatures[0], signatures[1]
