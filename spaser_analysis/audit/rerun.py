"""The notebooks of an edition, run again where they stand: nbval, one layer of the audit.

An edition received from elsewhere is not trusted: its code is run where it is that of this checkout, without network and
within limits.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
from nbformat.validator import ValidationError
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from spaser_analysis import workspace
from spaser_analysis.audit.content import plain
from spaser_analysis.audit.findings import Finding, State
from spaser_analysis.formatting import typeset
from spaser_analysis.publishing import key
from spaser_analysis.publishing.canonical import canonical
from spaser_analysis.publishing.manifest import Edition, Run
from spaser_analysis.publishing.parameters import MODELS
from spaser_analysis.report import FIGURES, REVISIONS

# A network of its own, without any interface; bytes of memory and of a file, seconds of a processor.
SANDBOX = (
    *("unshare", "--map-root-user", "--net"),
    *("prlimit", f"--as={8 << 30}", f"--fsize={1 << 30}", "--cpu=1200", "--core=0"),
)
_SECONDS = 3600
_NOTEBOOK = "report.ipynb"


def refusal(edition: Edition, run: Run) -> str:
    """Why a notebook of an edition is not run here, in French; empty where its code is that of this checkout."""
    if run.notebook not in MODELS:
        return f"{run.notebook!r} n’est pas un cahier de cette version"
    if key.fixed(run.notebook, edition.organisation)["notebook"] != edition.code.get(f"notebook {run.notebook}"):
        return f"le modèle {run.notebook} de cette version n’est pas celui que dit le manifeste (version {edition.version})"
    try:
        given = nbformat.read(edition.folder / run.slug / _NOTEBOOK, as_version=4)
        theirs, metadata = _code(given), given.metadata
        parameters = MODELS[run.notebook](**run.parameters).model_dump()
    except (ValueError, OSError, AttributeError, KeyError, TypeError, RecursionError, ValidationError) as error:
        return f"cahier ou paramètres illisibles ({type(error).__name__})"
    template = load_notebook_node(str(workspace.notebooks() / f"{run.notebook}.ipynb"))
    expected = canonical(parameterize_notebook(template, parameters))
    if metadata != expected.metadata:
        return "il nomme un autre noyau que le modèle"
    ours = _code(expected)
    if differing := [one[0] for one in theirs if one not in ours] or [one[0] for one in ours if one not in theirs]:
        return f"le code de la cellule {differing[0]} n’est pas celui du modèle et des paramètres du manifeste"
    return "" if ours == theirs else "ses cellules de code ne sont pas dans l’ordre du modèle"


def _code(notebook: nbformat.NotebookNode) -> list[tuple[str, str, nbformat.NotebookNode]]:
    """All that tells what would run, and what nbval would pass over."""
    return [(one.id, one.source, one.metadata) for one in notebook.cells if one.cell_type == "code"]


def rerun(
    edition: Edition,
    fresh: Path,
    environment: Mapping[str, str],
    *,
    trust_code: bool,
    is_same_bytes: bool,
    workers: int,
) -> Iterator[Finding]:
    """A copy of the notebooks, run by nbval; one whose code is refused is not, unless ``trust_code``.

    nbval knows of no order: unless the inputs ``is_same_bytes`` it would call a table of files another one.
    """
    refused = {} if trust_code else {run.slug: told for run in edition.runs if (told := refusal(edition, run))}
    for slug, cause in refused.items():
        yield said("code_refused", "failed", f"{edition.period}/{slug}/{_NOTEBOOK}", f"Code non exécuté : {cause}.")
    runs = [run for run in edition.runs if run.slug not in refused]
    if not runs:
        return
    if lacking := _lacking() if is_same_bytes else "les fichiers d’entrée ont un autre ordre ou d’autres noms":
        yield said("nbval_not_run", "unknown", edition.period, f"Cahiers non exécutés : {lacking}.")
        return
    place = Path(tempfile.mkdtemp(dir=fresh))
    for run in runs:
        copy = place / edition.period / run.slug
        copy.mkdir(parents=True)
        for source in (edition.folder / run.slug / name for name in (_NOTEBOOK, FIGURES, REVISIONS)):
            if source.is_file() and not source.is_symlink():
                shutil.copyfile(source, copy / source.name)
    command = [*SANDBOX, sys.executable, "-P", "-m", "pytest", "--nbval", "-q", "-rfE", "--tb=no", "-p", "conftest",
               "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(place), "-n", str(workers), "--dist", "loadfile", str(place)]  # fmt: skip
    try:
        done = subprocess.run(
            command, env={**environment, "SPASER_REPORTS": str(place)}, cwd=place, capture_output=True, text=True,
            timeout=_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        yield said("nbval_stopped", "failed", edition.period, f"Les cahiers ont pris plus de {_SECONDS} secondes.")
        return
    cells = re.findall(rf"^(?:FAILED|ERROR) (\S+/{_NOTEBOOK})(?:::Cell (\d+))?", done.stdout, re.M)
    for name, number in cells:
        cell = f" cellule {_code(nbformat.read(place / name, as_version=4))[int(number)][0]}" if number else ""
        told = "Exécuté à nouveau, il ne montre pas ce qui est publié."
        yield said("nbval_differs", "failed", f"{name}{cell}", told)
    last = "".join((done.stdout.strip() or done.stderr).splitlines()[-1:])
    if not cells and done.returncode:
        yield said("nbval_stopped", "failed", edition.period, f"L’exécution des cahiers s’est arrêtée : {last}")
    elif not cells:
        told = f"{len(runs)} cahier(s) exécuté(s) à nouveau, sans réseau : {last.split()[0]} cellules montrent ce qui est publié."
        yield said("nbval_same", "ok", edition.period, told)


def _lacking() -> str:
    """What this machine lacks to run them; empty where nothing."""
    wanted = ("pytest", "nbval", "xdist", "hypothesis")
    if lacking := [name for name in wanted if importlib.util.find_spec(name) is None]:
        return f"il manque {', '.join(lacking)}"
    is_closed = shutil.which("unshare") and subprocess.run([*SANDBOX, "true"], capture_output=True).returncode == 0
    return "" if is_closed else "ce système ne permet pas de les isoler du réseau (unshare)"


def said(kind: str, state: State, name: str, detail: str) -> Finding:
    """A finding of this step; it names no folder of this machine."""
    detail = detail.replace(f"{workspace.home()}/", "")
    return Finding("reproduce", kind, state, plain(name), plain(typeset(detail)))
