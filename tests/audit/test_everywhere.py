"""The committed edition comes out the same, byte for byte, whatever the machine is set to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spaser_analysis import workspace
from spaser_analysis.publishing.manifest import read_edition

SPASER = [sys.executable, "-P", "-c", "from spaser_analysis.cli import main; main()"]
ELSEWHERE = {
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "tr_TR.UTF-8",
    "LANG": "tr_TR.UTF-8",
    "PYTHONHASHSEED": "12345",
    "USER": "someone-else",
    "LOGNAME": "someone-else",
    "HOSTNAME": "elsewhere",
    "COLUMNS": "40",
}


@pytest.mark.slow
def test_another_zone_locale_hash_seed_umask_folder_and_one_worker(tmp_path: Path) -> None:
    edition = read_edition(workspace.home() / "reports" / "2022-T3")
    here = tmp_path / "ailleurs, plus loin"
    reports = here / "reports"
    for run in edition.runs:
        said = edition.folder / run.slug / "revisions.csv"  # what earlier editions said is no input
        (reports / edition.period / run.slug).mkdir(parents=True)
        if said.is_file():
            shutil.copyfile(said, reports / edition.period / run.slug / said.name)
    environment = {"PATH": os.environ["PATH"], "HOME": str(here), "PYTHONPATH": str(workspace.home()),
                   "SPASER_HOME": str(workspace.home()), **ELSEWHERE}  # fmt: skip
    for command in (
        ["ingest", str(workspace.sample_snapshots()[-1]), "--clean", str(here / "clean")],
        [
            "publish",
            "--quarter",
            "2022-T3",
            "--clean",
            str(here / "clean"),
            "--reports",
            str(reports),
            "--workers",
            "1",
        ],
    ):
        done = subprocess.run([*SPASER, *command], cwd=here, env=environment, umask=0o077, capture_output=True, text=True,
                              check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr
    again = read_edition(reports / "2022-T3")
    of_reports = {name: digest for name, digest in edition.files.items() if not name.startswith("erratum")}
    assert {name: digest for name, digest in again.files.items() if not name.startswith("erratum")} == of_reports
    assert again.contents == edition.contents
    assert again.tables == edition.tables
