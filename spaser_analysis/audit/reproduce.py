"""The edition made again from its raw inputs, by this version of the library, in an environment of its own, and compared.

Only the code of this checkout runs here: what an edition brings is data. Its notebooks are run in ``rerun``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from spaser_analysis import workspace
from spaser_analysis.audit.content import Content, canonical, differences, of_file, quoted
from spaser_analysis.audit.findings import Finding
from spaser_analysis.audit.inputs import at_hand
from spaser_analysis.audit.rerun import rerun, said
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.organisation import load_organisation
from spaser_analysis.publishing import causes
from spaser_analysis.publishing.manifest import Edition, Input, Run, this_platform, versions
from spaser_analysis.publishing.parameters import MODELS
from spaser_analysis.publishing.seal import Source
from spaser_analysis.publishing.tasks import TERRITORY
from spaser_analysis.report import FIGURES, REVISIONS, last_quarter, quarters_held
from spaser_analysis.sources.errors import UnreadableFile

LISTED = 50  # differences of one report
_NO_CAUSE = (
    "rien de ce que l’audit connaît ne l’explique : l’édition a été modifiée, ou l’exécution n’est pas reproductible"
)
_KINDS = {
    "table_cell": "cell_differs",
    "missing": "content_missing",
    "unexpected": "content_unexpected",
    "unreadable": "file_unreadable",
}
Say = Callable[[str], None]


@dataclass(frozen=True)
class Rebuilt:
    """What was made again in ``fresh``: ``clean`` tables, None where they could not be, and why in ``findings``.

    ``here``: the edition as this checkout and these inputs state it. ``is_same_bytes``: every input was found by its hash.
    """

    fresh: Path
    clean: Path | None
    here: Edition
    is_same_bytes: bool
    findings: tuple[Finding, ...]


@contextmanager
def rebuilt(edition: Edition, inputs: Sequence[Path], say: Say = lambda _: None) -> Iterator[Rebuilt]:
    """The clean tables, from the inputs of the manifest: found among files, folders and archives by their content,
    whatever their names. What is made is gone when the context ends.
    """
    with tempfile.TemporaryDirectory(prefix="spaser-") as fresh:
        yield _rebuilt(edition, inputs, Path(fresh), say)


def _rebuilt(edition: Edition, inputs: Sequence[Path], fresh: Path, say: Say) -> Rebuilt:
    for name in ("home", "tmp", "inputs", "reports"):
        (fresh / name).mkdir()
    clean = fresh / "clean"
    say("looking for the inputs")
    try:
        buyer = load_organisation(edition.organisation)  # its name leads to a folder
        missing, instead = _lay_out(edition.inputs, inputs, fresh / "inputs")
        if missing and not instead:
            told = "Aucun des fichiers donnés n’a le contenu que dit le manifeste."
            findings = tuple(said("input_missing", "failed", one, told) for one in missing)
            return Rebuilt(fresh, None, edition, False, findings)
        say("rebuilding the clean tables")
        done = run_spaser(fresh, "ingest", str(fresh / "inputs"), "--clean", str(clean))
        if done.returncode:
            raise ValueError(done.stderr)
    except (UnreadableFile, ValueError) as error:
        told = f"Les fichiers d’entrée ne peuvent être lus : {_line(str(error), fresh)}"
        return Rebuilt(fresh, None, edition, False, (said("inputs_refused", "failed", edition.period, told),))
    here = _here(edition, Source(buyer, clean))
    return Rebuilt(fresh, clean, here, not missing, tuple(_of_inputs(edition, here, missing, instead)))


def reproduce(
    edition: Edition, again: Rebuilt, say: Say = lambda _: None, *, workers: int = 1, trust_code: bool = False
) -> tuple[Finding, ...]:
    """Each report made again and compared, then its notebook run again where it stands (``rerun.rerun``).

    What earlier editions said (``revisions.csv``) is taken from the edition: no input holds it.
    """
    if again.clean is None:
        return again.findings
    reports = again.fresh / "reports"
    try:
        asked = _asked(edition, again.clean)
        for run in edition.runs:
            place = _below(reports, f"{edition.period}/{run.slug}")
            if earlier := _bytes(_below(edition.folder, run.slug) / REVISIONS):
                place.mkdir(parents=True, exist_ok=True)
                (place / REVISIONS).write_bytes(earlier)
    except ValueError as error:
        told = f"L’édition ne peut être refaite : {_line(str(error), again.fresh)}"
        return (*again.findings, said("edition_refused", "failed", edition.period, told))
    say("making the reports again")
    places = ("--clean", str(again.clean), "--reports", str(reports), "--workers", str(workers))
    done = run_spaser(again.fresh, "publish", *asked, *places)
    found = list(again.findings)
    for run in edition.runs:
        found += _of_report(edition, run, again, reports / edition.period, done.stderr)
    if (edition.folder / FIGURES).is_file():
        found += _compared(edition, again, edition.folder, reports / edition.period, "", [FIGURES])
    say("running the notebooks of the edition again")
    found += rerun(
        edition, again.fresh, environment(again.fresh), trust_code=trust_code, is_same_bytes=again.is_same_bytes,
        workers=workers,
    )  # fmt: skip
    return tuple(found)


def environment(fresh: Path) -> dict[str, str]:
    """Nothing of the user's own: folders below ``fresh``, and the library, notebooks and reference data of this checkout."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(workspace.__file__).parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SPASER_HOME": str(workspace.home()),
        "SPASER_CLEAN": str(fresh / "clean"),
        "SPASER_REPORTS": str(fresh / "reports"),
        "TMPDIR": str(fresh / "tmp"),
        "HOME": str(fresh / "home"),  # caches and settings of every library are below it
    }


def run_spaser(fresh: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command of this checkout, in a process and an environment of its own."""
    command = [sys.executable, "-P", "-c", "from spaser_analysis.cli import main; main()", *arguments]
    return subprocess.run(command, env=environment(fresh), cwd=fresh, capture_output=True, text=True, check=False)


def _lay_out(wanted: Sequence[Input], given: Sequence[Path], target: Path) -> tuple[list[str], list[str]]:
    """Each input under its name of the manifest; returns those not found, and the other files, laid out where some are not.

    ValueError for a name that leads elsewhere, UnreadableFile.
    """
    with at_hand(given) as found:
        placed = {one.name: found[one.sha256] for one in wanted if one.sha256 in found}
        missing = sorted({one.name for one in wanted} - set(placed))
        others = [found[one] for one in found.keys() - {one.sha256 for one in wanted}] if missing else []
        for rank, file in enumerate(sorted(others)):
            placed[f"{rank}-{file.name}" if file.name in placed else file.name] = file
        for name, file in placed.items():
            place = _below(target, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
    return missing, sorted(file.name for file in others)


def _below(folder: Path, name: str) -> Path:
    """A place that a manifest names; ValueError where it is not below the folder."""
    place = (folder / name).resolve()
    if not name or not place.is_relative_to(folder.resolve()):
        raise ValueError(f"{name!r} is not a place below the folder")
    return place


def _here(edition: Edition, made: Source) -> Edition:
    """What its manifest would say if it were made here."""
    code: dict[str, str] = {}
    for notebook in sorted({run.notebook for run in edition.runs} & set(MODELS)):
        parts = made.code(notebook).items()
        code |= {f"notebook {notebook}" if part == "notebook" else part: digest for part, digest in parts}
    return replace(
        edition, inputs=made.inputs, contents=made.contents, code=code, versions=versions(), platform=this_platform()
    )


def _of_inputs(edition: Edition, here: Edition, missing: list[str], instead: list[str]) -> Iterator[Finding]:
    """Whether the same clean tables come out; where an input has another content, that is what decides."""
    differing = causes.differing(edition.contents, here.contents)
    others = ", ".join(instead[:3]) + ("…" if len(instead) > 3 else "")
    for name in missing:
        told = f"Aucun fichier donné n’a son contenu ; {len(instead)} autres sont lus ({others}), et les tables nettes"
        if differing:
            yield said("input_altered", "failed", name, f"{told} ne sont pas les mêmes.")
        else:
            yield said("input_reordered", "ok", name, f"{told} sont les mêmes, ligne pour ligne.")
    if not missing:
        told = f"{len(edition.inputs)} fichiers d’entrée retrouvés à l’octet près."
        yield said("inputs_found", "ok", edition.period, told)
    cause = f"Cette table nette n’a pas les lignes que dit le manifeste. Cause : {_cause(edition, here)}."
    yield from (said("table_differs", "failed", name, cause) for name in differing)
    if not differing:
        told = f"{len(here.contents)} tables nettes retrouvées, ligne pour ligne."
        yield said("tables_same", "ok", edition.period, told)


def _cause(edition: Edition, here: Edition, notebook: str | None = None) -> str:
    return " ; ".join([*causes.of_data(edition, here), *causes.of_code(edition, here, notebook)]) or _NO_CAUSE


def _asked(edition: Edition, clean: Path) -> list[str]:
    """The arguments of ``publish`` for the reports of an edition; ValueError where its period is none."""
    quarter = edition.period
    if "-" not in quarter:
        quarter = last_quarter(int(quarter), quarters_held(load_organisation(edition.organisation), clean))
    codes = [run.parameters.get("territory") for run in edition.runs if run.notebook == TERRITORY]
    territories = [f"--territory={code}" for code in codes] if len(codes) == len(edition.runs) else []
    return ["--quarter", quarter, "--organisation", edition.organisation, *territories]


def _of_report(edition: Edition, run: Run, again: Rebuilt, reports: Path, errors: str) -> Iterator[Finding]:
    name = f"{edition.period}/{run.slug}"
    ours, theirs = _below(reports, run.slug), _below(edition.folder, run.slug)
    if not (ours / FIGURES).is_file():
        own = "\n".join(line for line in errors.splitlines() if f" {run.slug}: " in line)
        told = _line(own or errors, again.fresh) or "la publication s’est arrêtée"
        yield said("report_not_rebuilt", "failed", name, f"Le rapport n’a pu être refait : {told}")
    elif not theirs.is_dir():
        yield said("report_missing", "failed", name, "Le manifeste nomme ce rapport, que l’édition n’a pas.")
    else:
        files = {path.name for folder in (ours, theirs) for path in folder.iterdir() if path.is_file()}
        yield from _compared(edition, again, theirs, ours, run.slug, sorted(files), run.notebook)


def _compared(
    edition: Edition, again: Rebuilt, theirs: Path, ours: Path, slug: str, files: list[str], notebook: str | None = None
) -> Iterator[Finding]:
    """First the bytes; of the files in which they differ, what they say."""
    name = f"{edition.period}/{slug}".rstrip("/")
    changed = [one for one in files if _bytes(theirs / one) != _bytes(ours / one)]
    if not changed:
        yield said("report_same", "ok", name, f"Retrouvé à l’octet près : {', '.join(files)}.")
        return
    tolerance = {code: one.sheet.tolerance for code, one in INDICATORS_BY_CODE.items()}
    before, after = (_content(folder, changed, again.is_same_bytes) for folder in (theirs, ours))
    found = differences(before, after, tolerance)
    cause = _cause(edition, again.here, notebook)
    for one in found[:LISTED]:
        told = f"Publié : {quoted(one.before)} ; retrouvé : {quoted(one.after)}. Cause : {cause}."
        yield said(_KINDS.get(one.kind, f"{one.kind}_differs"), "failed", f"{name} {one.where}", told)
    if len(found) > LISTED:
        yield said("more_differences", "failed", name, f"{len(found) - LISTED} autres différences dans ce rapport.")
    if not found:
        but = "l’écriture des octets" if again.is_same_bytes else "l’ordre et aux noms des fichiers d’entrée"
        yield said("report_same", "ok", name, f"Même contenu, à {but} près : {', '.join(changed)}.")


def _bytes(path: Path) -> bytes | None:
    """An edition may come from elsewhere: a link is no file of it."""
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def _line(error: str, fresh: Path) -> str:
    return " ".join(error.replace(str(fresh), "").split())


def _content(folder: Path, files: Sequence[str], is_whole: bool) -> Content:
    read = ((name, _bytes(folder / name)) for name in files)
    found = {place: part for name, raw in read if raw is not None for place, part in of_file(name, raw).items()}
    return found if is_whole else canonical(found)
