"""What stands around the work: JupyterLab on the notebooks, whether all it takes is here, and what a shell completes."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata, resources, util
from itertools import chain
from pathlib import Path
from typing import Literal, NoReturn

import typer

from spaser_analysis import workspace
from spaser_analysis.period import WINDOWS

State = Literal["ok", "missing", "optional"]
_TABLES = "make setup for the sample's, spaser ingest FILES for your own"
_SERVES = {
    "": "",
    "lab": " (JupyterLab in French, lists to choose from)",
    "audit": " (spaser audit: recompute, balance)",
    "cluster": " (publish --scheduler, s3:// and sftp://)",
    "database": " (ingest postgresql://)",
    "dev": " (make test, make lint)",
}
_PROGRAMS = (
    ("make", "the Makefile", "make"),
    ("git", "tests of what is committed", "git"),
    ("chromium", "tests of pages, printing to PDF", "chromium"),
    ("unshare", "audit reproduce, without network", "util-linux"),
    ("prlimit", "audit reproduce, within limits", "util-linux"),
    ("ssh-keygen", "checking signatures by other means", "openssh-client"),
)
_ROOM = 1 << 30  # bytes: a batch of a few years and its revisions


class NotReady(Exception):
    """What is missing, with the command that adds it."""


def lab(arguments: Sequence[str] = ()) -> NoReturn:
    """Become JupyterLab on ``exploration.ipynb``, with the project's folder as its root; NotReady.

    Our settings are the application's, so that the user's own win. Our kernel ``python3``, which is this environment's, comes
    before any other of that name.
    """
    if util.find_spec("jupyterlab") is None:
        raise NotReady(f"JupyterLab is not installed; this installs it: {_install()}")
    if not workspace.catalogue(workspace.clean()).is_file():
        raise NotReady(f"no clean tables in {workspace.clean()} to explore; this makes them: {_TABLES}")
    from jupyter_core.paths import jupyter_config_dir

    ours, notebook = str(resources.files(__package__) / "lab"), workspace.notebooks() / "exploration.ipynb"
    looks = [str(Path(one, "custom")) for one in (jupyter_config_dir(), ours)]
    options = {
        "ServerApp.root_dir": workspace.home(),
        "LabApp.default_url": f"/lab/tree/{notebook.relative_to(workspace.home()).as_posix()}",
        "LabApp.app_settings_dir": ours,
        "LabApp.custom_css": True,
        "ServerApp.tornado_settings": {"static_custom_path": looks},
    }
    told = (f"--{name}={value}" for name, value in options.items())
    path = os.pathsep.join(filter(None, (ours, os.environ.get("JUPYTER_PATH"))))
    command = (sys.executable, "-P", "-m", "jupyterlab", *told, *arguments)
    os.execve(sys.executable, command, os.environ | {"JUPYTER_PATH": path})


@dataclass(frozen=True)
class Check:
    """One thing that the work takes: ``optional`` is absent but not needed by all; ``fix`` is the command that adds it."""

    name: str
    state: State
    said: str
    fix: str = ""


def doctor() -> tuple[Check, ...]:
    """Whether everything is here, in which version, and what adds what is not."""
    return tuple(chain.from_iterable(map(_checked, _CHECKS)))


def _checked(check: Callable[[], Iterable[Check]]) -> Iterator[Check]:
    try:
        yield from check()
    except (ImportError, OSError) as error:  # a package, told by its name too; or a file of the project
        fix = _install() if isinstance(error, ImportError) else "SPASER_HOME must name the project's folder"
        yield Check(check.__name__.strip("_"), "missing", str(error), fix)


def _check(name: str, is_there: bool, said: str, fix: str, otherwise: State = "missing") -> Check:
    return Check(name, "ok", said) if is_there else Check(name, otherwise, said, fix)


def _python() -> Iterator[Check]:
    yield Check("python", "ok", platform.python_version())


def _packages() -> Iterator[Check]:
    """What the package names, extra by extra; of all the rest that is locked, what is here in another version."""
    locked: defaultdict[str, list[str]] = defaultdict(list)
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", workspace.lock().read_text(encoding="utf-8"), re.M):
        locked[name].append(version)  # several: one a Python
    here = {_normal(one.metadata["Name"]): one.version for one in metadata.distributions()}
    wanted: dict[str, list[str]] = {extra: [] for extra in _SERVES}
    for line in metadata.requires("spaser-analysis") or ():
        extra_of = re.search(r'extra == "(\w+)"', line)
        wanted[extra_of[1] if extra_of else ""].append(_normal(re.split(r"[\[<>=!~; ]", line)[0]))
    named = set(chain.from_iterable(wanted.values()))
    wanted[""] += [one for one in locked.keys() & here.keys() - named if here[one] not in locked[one]]
    for extra, names in wanted.items():
        told = {one: here.get(one, "absent") for one in sorted(names)}
        wrong = [
            f"{one} {version} (locked: {' or '.join(locked[one])})"
            for one, version in told.items()
            if version not in locked[one]
        ]
        said = ", ".join(wrong or map(" ".join, told.items())) + _SERVES[extra]
        yield _check(f"packages {extra}".strip(), not wrong, said, _install(), "optional" if extra else "missing")


def _install() -> str:
    return f"{sys.executable} -m pip install --require-hashes -r {workspace.lock()}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _kernel() -> Iterator[Check]:
    from jupyter_client.kernelspec import KernelSpecManager

    spec = KernelSpecManager().get_kernel_spec("python3")
    is_ours = spec.argv[0] in ("python", "python3", sys.executable)
    said = "this environment's" if is_ours else f"python3 is {spec.argv[0]}: not this environment's, as in spaser lab"
    yield _check("kernel", is_ours, said, "jupyter kernelspec remove python3", "optional")


def _tables() -> Iterator[Check]:
    from spaser_analysis.tables import NoCleanTables, read_catalogue

    try:
        found = read_catalogue(workspace.clean())
    except NoCleanTables as error:
        yield Check("clean tables", "missing", str(error), _TABLES)
    else:
        yield Check("clean tables", "ok", f"{len(found['files'])} files, of {found['snapshot'] or 'an unknown day'}")


def _organisations() -> Iterator[Check]:
    from spaser_analysis.organisation import all_organisations

    try:
        slugs = [one.slug for one in all_organisations()]
    except ValueError as error:
        yield Check("organisations", "missing", str(error), "correct that file, then spaser doctor again")
        return
    yield _check("organisations", bool(slugs), ", ".join(slugs) or "none", "spaser organisation new")
    for slug in slugs:
        key = workspace.signing_key(slug).is_file()
        said = "here" if key else "none (it signs editions)"
        yield _check(f"signing key {slug}", key, said, f"spaser keys new --organisation {slug}", "optional")


def _editions() -> Iterator[Check]:
    from spaser_analysis.publishing.seal import read_list

    try:
        closed = [one.name for one in read_list(workspace.reports())]
    except ValueError as error:
        yield Check("editions", "missing", str(error), "put back the list from a copy, or from git")
    else:
        yield _check(
            "editions", bool(closed), ", ".join(closed) or "none", "spaser publish --quarter 2022-T3", "optional"
        )


def _programs() -> Iterator[Check]:
    for program, serves, package in _PROGRAMS:
        place = shutil.which(program)
        yield _check(program, bool(place), place or f"absent ({serves})", f"apt-get install {package}", "optional")


def _disk() -> Iterator[Check]:
    free = shutil.disk_usage(workspace.home()).free
    yield _check("disk", free >= _ROOM, f"{free / _ROOM:.1f} GiB free", "make room: 1 GiB at least")


_CHECKS = (_python, _packages, _kernel, _tables, _organisations, _editions, _programs, _disk)


def completion(kind: str) -> Callable[[typer.Context], list[str | tuple[str, str]]]:
    """What a shell proposes for a quarter, territory, organisation, indicator or window, beside the organisation and the clean
    tables that the line names; nothing where these cannot be read.
    """

    def values(context: typer.Context) -> list[str | tuple[str, str]]:
        from spaser_analysis.organisation import all_organisations, load_organisation
        from spaser_analysis.tables import NoCleanTables

        slug, clean = context.params.get("organisation") or "amp", context.params.get("clean") or workspace.clean()
        try:
            match kind:
                case "quarter":
                    from spaser_analysis.report import quarters_held

                    return [*sorted(quarters_held(load_organisation(slug), Path(clean)))]
                case "territory":
                    return [(one.code, one.name) for one in load_organisation(slug).all_territories]
                case "organisation":
                    return [(one.slug, one.name) for one in all_organisations()]
                case "indicator":
                    from spaser_analysis.indicators import INDICATORS

                    return [(one.sheet.code, one.sheet.label) for one in INDICATORS]
            return [*WINDOWS]
        except (NoCleanTables, ValueError):
            return []

    return values
