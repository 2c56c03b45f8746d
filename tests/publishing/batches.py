"""Batches of a light notebook that misbehaves where it is told to, as the command runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from spaser_analysis import workspace
from tests.publishing.notebooks import made

QUARTERS = tuple(f"{year}-T{rank}" for year in range(2020, 2026) for rank in range(1, 5))
TERRITORIES = ("AMP", "CT1", "CT2", "CT3", "CT4")
READ = "import os, pathlib\nfault = pathlib.Path(os.environ['SPASER_FAULTS'], f'{quarter} {territory}')\nword = fault.read_text() if fault.exists() else ''"
FAULT = """import sys, time
if word == "exit": sys.exit(0)
if word == "killed": os.kill(os.getpid(), 9)
if word == "memory": taken = bytearray(10**10)
if word == "hangs": time.sleep(600)"""
# A shell that runs the tests in the background makes all of them deaf to Ctrl-C, and Python does not change that.
MAIN = "import signal; signal.signal(2, signal.default_int_handler); from spaser_analysis.cli import main; main()"
RESULTS = "display({'text/csv': f'quarter,territory,snapshot\\n{quarter},{territory},2026-03-01\\n'}, raw=True)"


def home(folder: Path) -> Path:
    """A project whose one notebook is light; ``faults/QUARTER TERRITORY`` says how it misbehaves there."""
    project = folder / "home"
    for name in ("organisations", "reference"):
        shutil.copytree(workspace.home() / "data" / name, project / "data" / name)
    for name in ("notebooks", "faults"):
        (project / name).mkdir()
    nbformat.write(made(READ, FAULT, results=RESULTS), project / "notebooks" / "rapport_territoire.ipynb")
    return project


def command(project: Path, clean: Path, reports: Path, quarters: tuple[str, ...], *words: str) -> subprocess.Popen[str]:
    """``spaser publish`` of those quarters and of ``TERRITORIES``, started."""
    places = [word for code in TERRITORIES for word in ("--territory", code)]
    asked = [
        "publish",
        "--from",
        quarters[0],
        "--to",
        quarters[-1],
        *places,
        "--clean",
        str(clean),
        "--reports",
        str(reports),
    ]
    environment = os.environ | {
        "SPASER_HOME": str(project), "SPASER_FAULTS": str(project / "faults"),
        "PYTHONPATH": str(workspace.home()),
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, *asked, "--json", *words],
        env=environment, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def alive(project: Path) -> list[int]:
    """The processes of a project's batches, by their environment."""
    mark = f"SPASER_HOME={project}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            state = (path.parent / "stat").read_text().rpartition(")")[2].split()[0]
            if mark in path.read_bytes().split(b"\0") and state != "Z":
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found
