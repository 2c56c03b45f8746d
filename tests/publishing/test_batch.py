"""A batch in which things go wrong: what is good is published, what failed is named, and nothing else is left."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import nbformat
import pytest

from spaser_analysis import workspace
from spaser_analysis.organisation import load_organisation
from spaser_analysis.publishing import key
from tests.publishing.batches import QUARTERS, TERRITORIES, alive, command, home

FAULTS = {
    "exit": "cell cellule-1: SystemExit: 0",
    "killed": "cell cellule-1: the process that ran it was killed (SIGKILL: memory?)",
    "memory": "cell cellule-1: MemoryError:",
    "hangs": "cell cellule-1: longer than 5 s",
}
SLUGS = {one.code: one.slug for one in load_organisation().all_territories}


def whole(reports: Path) -> list[str]:
    """The reports of a folder; each must be whole, by its own key. What a batch is still writing is hidden, not published."""
    found = []
    for path in sorted(reports.glob("[0-9]*/*/")):
        files = {one.name: one.read_bytes() for one in path.iterdir()}
        note = workspace.edition_key(reports, path.parent.name, path.name)
        key.check({**files, key.KEY: note.read_bytes()})
        nbformat.reads(files["report.ipynb"].decode(), as_version=4)
        assert files["report.html"].endswith(b"</html>\n")
        found.append(f"{path.parent.name} {path.name}")
    return found


@pytest.mark.slow
def test_a_hundred_reports_of_which_four_fail(sample_clean: Path, tmp_path: Path) -> None:
    chosen = random.Random(4).sample([(quarter, code) for quarter in QUARTERS[:20] for code in TERRITORIES], 4)
    project, reports = home(tmp_path), tmp_path / "reports"
    for (quarter, code), fault in zip(chosen, FAULTS, strict=True):
        (project / "faults" / f"{quarter} {code}").write_text(fault)
    batch = command(project, sample_clean, reports, QUARTERS[:20], "--timeout", "5", "--memory", "2000")
    out, err = batch.communicate(timeout=600)
    told = [json.loads(line) for line in out.splitlines()]
    assert batch.returncode == 1, err
    assert told[-1] == {"event": "end", "reports": 100, "published": 96, "failed": 4}
    failed = {(one["period"], one["slug"]): one for one in told[:-1] if one["status"] == "failed"}
    assert set(failed) == {(quarter, SLUGS[code]) for quarter, code in chosen}
    for (quarter, code), (fault, cause) in zip(chosen, FAULTS.items(), strict=True):
        one = failed[quarter, SLUGS[code]]
        assert one["cause"].startswith(cause)
        left = {path.name for path in Path(one["left"]).iterdir()}
        assert left == {"cause.json", *(["executed.ipynb"] if fault in ("exit", "memory") else [])}
        assert json.loads(Path(one["left"], "cause.json").read_text())["cause"] == one["cause"]
    assert len(err.splitlines()) == 4
    assert len(whole(reports)) == 96
    assert alive(project) == []
    assert {path.name for path in tmp_path.iterdir()} == {"home", "reports", "failed"}
    assert not list(reports.glob(".*"))

    for path in (project / "faults").iterdir():
        path.unlink()
    again = command(project, sample_clean, reports, QUARTERS[:20])
    told = [json.loads(line) for line in again.communicate(timeout=600)[0].splitlines()]
    assert (again.returncode, told[-1]) == (0, {"event": "end", "reports": 100, "published": 4, "unchanged": 96})
    assert len(whole(reports)) == 100
    assert [path for path in (tmp_path / "failed").rglob("*") if path.is_file()] == []


@pytest.mark.slow
def test_a_batch_killed_at_any_moment_leaves_whole_reports_and_the_next_one_goes_on(
    sample_clean: Path, tmp_path: Path
) -> None:
    project, reports = home(tmp_path), tmp_path / "reports"
    moments, seen = random.Random(9), []
    for number in range(10):  # bench/kills.py does fifty
        force = ["--force"] if number % 2 else []
        batch = command(project, sample_clean, reports, QUARTERS[:8], *force)
        time.sleep(moments.uniform(0, 6))
        batch.kill()
        batch.communicate()
        seen.append(len(whole(reports)))
        until = time.monotonic() + 20
        while alive(project) and time.monotonic() < until:
            time.sleep(0.05)
        assert alive(project) == []
    last = command(project, sample_clean, reports, QUARTERS[:8])
    told = [json.loads(line) for line in last.communicate(timeout=600)[0].splitlines()]
    assert last.returncode == 0
    assert told[-1]["reports"] == 40 == told[-1].get("published", 0) + told[-1].get("unchanged", 0)
    assert seen == sorted(seen)
    assert len(whole(reports)) == 40
    assert not list(reports.glob(".*"))


@pytest.mark.slow
def test_ctrl_c_stops_at_once_and_two_batches_wait_for_each_other(sample_clean: Path, tmp_path: Path) -> None:
    import signal

    project, reports = home(tmp_path), tmp_path / "reports"
    (project / "faults" / "2020-T1 AMP").write_text("hangs")
    stopped = command(project, sample_clean, reports, QUARTERS[:2])
    assert stopped.stdout is not None
    stopped.stdout.readline()  # one report is there, another hangs
    stopped.send_signal(signal.SIGINT)
    _, err = stopped.communicate(timeout=60)
    assert (stopped.returncode, err.strip()) == (130, "spaser: interrupted, nothing half written")
    assert alive(project) == []
    assert not list(reports.glob(".*"))

    (project / "faults" / "2020-T1 AMP").unlink()
    both = [command(project, sample_clean, reports, QUARTERS[:2]) for _ in range(2)]
    told = [one.communicate(timeout=300) for one in both]
    ends = [json.loads(out.splitlines()[-1]) for out, _ in told]
    assert [(one.returncode, err) for one, (_, err) in zip(both, told, strict=True)] == [(0, "")] * 2
    assert sorted(one.get("unchanged", 0) for one in ends)[1] == 10
    assert len(whole(reports)) == 10
