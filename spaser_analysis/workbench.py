"""What stands around the work: JupyterLab on the notebooks, whether all it takes is here, and what a shell completes."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata, resources, util
from pathlib import Path
from typing import Literal, NoReturn

import typer

from spaser_analysis import workspace
from spaser_analysis.period import WINDOWS

State = Literal["ok", "missing", "optional"]
_TABLES = "make setup (the sample's), or spaser ingest FILES (your own)"
_ROOM = 1 << 30  # bytes: a batch of a few years and its revisions
_EXTRAS = {
    "lab": "JupyterLab in French, lists to choose from",
    "audit": "audit recompute, audit balance",
    "cluster": "publish --scheduler, s3:// and sftp://",
    "database": "ingest postgresql://",
    "dev": "make test, make lint",
}
_PROGRAMS = (
    ("make", "make", "the commands of the Makefile"),
    ("git", "git", "tests of what is committed"),
    ("chromium", "chromium", "tests of pages, printing to PDF"),
    ("unshare", "util-linux", "audit reproduce, without network"),
    ("prlimit", "util-linux", "audit reproduce, within limits"),
    ("ssh-keygen", "openssh-client", "signatures checked without this library"),
)


class NotReady(Exception):
    """What is not here."""


def lab(arguments: Sequence[str] = ()) -> NoReturn:
    """Become JupyterLab on ``exploration.ipynb``, with the project's folder as its root; NotReady, with the command that helps.

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
    root = ("--allow-root",) if os.geteuid() == 0 else ()  # in a container there is nobody else
    command = (sys.executable, "-P", "-m", "jupyterlab", *told, *root, *arguments)
    os.execve(sys.executable, command, os.environ | {"JUPYTER_PATH": path})


@dataclass(frozen=True)
class Check:
    """One thing that the work takes: ``optional`` is absent but not needed by all; ``fix`` is the command that adds it."""

    name: str
    state: State
    said: str
    fix: str = ""


def doctor() -> Iterator[Check]:
    """Whether everything is here, in which version, and what adds what is not."""
    install = _install()
    yield _check("python", platform.python_version)
    yield _check("packages", partial(_packages, ""), install)
    for extra, serves in _EXTRAS.items():
        yield _check(f"packages {extra}", partial(_packages, extra), f"{install}  # for {serves}", "optional")
    yield _check("kernel", _kernel, "jupyter kernelspec remove python3", "optional")
    yield _check("clean tables", _tables, _TABLES)
    yield _check("organisations", _organisations, "spaser organisation new, or correct the file that is named")
    yield _check("signing key", _keys, "spaser keys new  # to sign editions", "optional")
    yield _check("editions", _editions, "spaser publish --quarter 2022-T3", "optional")
    for program, package, serves in _PROGRAMS:
        place = partial(_some, filter(None, [shutil.which(program)]))
        yield _check(program, place, f"apt-get install {package}  # for {serves}", "optional")
    yield _check("disk", _disk, "make room: 1 GiB at least")


def _check(name: str, look: Callable[[], str], fix: str = "", otherwise: State = "missing") -> Check:
    try:
        return Check(name, "ok", look())
    except (NotReady, ImportError, OSError, ValueError) as error:
        return Check(name, otherwise, str(error), fix)


def _packages(extra: str) -> str:
    """Those of an extra; of the core, with all that they and others rest on."""
    named = {
        _normal(re.split(r"[\[<>=!~; ]", line)[0]): line.partition('extra == "')[2].rstrip('"')
        for line in metadata.requires("spaser-analysis") or ()
    }
    here = {_normal(one.metadata["Name"]): one.version for one in metadata.distributions()}
    locked = set(re.findall(r"^([a-z0-9-]+)==(\S+)", workspace.lock().read_text(encoding="utf-8"), re.M))
    known = named.keys() | here.keys() & {name for name, _ in locked}
    own = {one: here.get(one, "absent") for one in sorted(known) if named.get(one, "") == extra}
    if wrong := [f"{one} {version}" for one, version in own.items() if (one, version) not in locked]:
        raise NotReady(f"not as locked: {', '.join(wrong)}")
    return ", ".join(f"{one} {version}" for one, version in own.items() if one in named)


def _install() -> str:
    return f"{sys.executable} -m pip install --require-hashes -r {workspace.lock()}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _kernel() -> str:
    from jupyter_client.kernelspec import KernelSpecManager

    program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    if program not in ("python", "python3", sys.executable):
        raise NotReady(f"python3 is {program}, not of this environment; spaser lab has its own")
    return "of this environment"


def _tables() -> str:
    found = json.loads(workspace.catalogue(workspace.clean()).read_text(encoding="utf-8"))
    return f"{len(found['files'])} files, of {found['snapshot'] or 'an unknown day'}"


def _organisations() -> str:
    from spaser_analysis.organisation import all_organisations

    return _some(one.slug for one in all_organisations())


def _keys() -> str:
    return _some(
        path.name for path in workspace.organisations().iterdir() if workspace.signing_key(path.name).is_file()
    )


def _editions() -> str:
    from spaser_analysis.publishing.seal import read_list

    return _some(one.name for one in read_list(workspace.reports()))


def _disk() -> str:
    free = shutil.disk_usage(workspace.home()).free
    if free < _ROOM:
        raise NotReady(f"{free >> 20} MiB free")
    return f"{free >> 30} GiB free"


def _some(found: Iterable[str]) -> str:
    if not (names := ", ".join(found)):
        raise NotReady("none")
    return names


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
