"""The same jobs on a dask cluster: the same bytes, a worker that dies costs a retry, another version is refused."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from bench.batch import cluster
from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.publishing import key
from spaser_analysis.publishing.job import Job, Limits, do
from spaser_analysis.publishing.tasks import territory_task
from tests.publishing.batches import QUARTERS, alive, command, home
from tests.publishing.test_batch import whole


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_the_cluster_gives_the_same_bytes_and_survives_a_worker(sample_clean: Path, tmp_path: Path) -> None:
    project = home(tmp_path)
    environment = os.environ | {"SPASER_HOME": str(project), "SPASER_FAULTS": str(project / "faults")}
    local = command(project, sample_clean, tmp_path / "local", QUARTERS[:8])
    local.communicate(timeout=300)
    with cluster(environment) as address:
        before = set(alive(project))
        batch = command(project, sample_clean, tmp_path / "far", QUARTERS[:8], "--scheduler", address)
        assert batch.stdout is not None
        batch.stdout.readline()
        workers = [one for one in before if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]
        os.kill(workers[0], signal.SIGKILL)
        out, err = batch.communicate(timeout=300)
    assert batch.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["published"] == 40
    assert bytes_of(tmp_path / "local") == bytes_of(tmp_path / "far")
    assert len(whole(tmp_path / "far")) == 40
    assert alive(project) == []


def test_a_worker_of_another_version_or_with_other_tables_refuses(sample_clean: Path, tmp_path: Path) -> None:
    buyer = load_organisation()
    task = territory_task(buyer, Quarter(2022, 3), buyer.whole)
    parts = key.fixed(task.notebook, buyer.slug)
    job = Job(task, buyer.name, str(sample_clean), key.of_tables(sample_clean), parts, {}, Limits())
    with pytest.raises(ValueError, match=r"^this worker has another library, another lock than the batch"):
        do(replace(job, parts={**parts, "library": "0", "lock": "0"}), tmp_path)
    with pytest.raises(ValueError, match="not the clean tables that the batch was started with"):
        do(replace(job, tables="0"), tmp_path)


def test_what_was_said_before_does_not_hide_the_snapshot(
    sample_clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[object, ...]] = []
    monkeypatch.setattr("spaser_analysis.publishing.processes.call", lambda *words, **_: given.append(words) or {})
    buyer = load_organisation()
    task = territory_task(buyer, Quarter(2022, 3), buyer.whole)
    parts, said = key.fixed(task.notebook, buyer.slug), {"revisions.csv": b"a\n"}
    job = Job(task, buyer.name, str(sample_clean), key.of_tables(sample_clean), parts, said, Limits())
    do(job, tmp_path / "snapshot")
    assert given[0][2] == tmp_path / "snapshot"


def test_no_cluster_there_is_one_line(sample_clean: Path, tmp_path: Path) -> None:
    project = home(tmp_path)
    batch = command(project, sample_clean, tmp_path / "far", QUARTERS[:1], "--scheduler", "tcp://127.0.0.1:9")
    out, err = batch.communicate(timeout=120)
    assert (batch.returncode, out) == (5, "")
    assert len(err.strip().splitlines()) == 1, err
    assert not list((tmp_path / "far").iterdir())
