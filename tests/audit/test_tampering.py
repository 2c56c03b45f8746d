"""Five hundred tamperings with the committed edition: each is found, and named for what it is."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from spaser_analysis import workspace
from spaser_analysis.audit.findings import failed
from spaser_analysis.audit.inputs import at_hand
from spaser_analysis.audit.verify import verify
from spaser_analysis.publishing.signing import new_key
from tests.audit.tampering import PERIOD, TAMPERINGS, Place, altered_input, campaign

ROUNDS, IN_ONE = 10, 50
OF_HERE = {"code_altered", "other_version", "library_versions"}  # of this checkout while it is being worked on


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("whole")
    shutil.copytree(workspace.home() / "reports", folder / "reports")
    shutil.copytree(workspace.sample_snapshots()[-1], folder / "inputs")
    new_key("amp", folder / "stranger", folder / "allowed")
    return Place(folder / "reports", folder / "inputs", folder / "stranger")


def fresh(whole: Place, folder: Path) -> Place:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole.reports, folder / "reports")
    shutil.copytree(whole.inputs, folder / "inputs")
    return Place(folder / "reports", folder / "inputs", whole.stranger)


def found(at: Place) -> list[tuple[str, str]]:
    with at_hand([at.inputs]) as hand:
        said = failed(verify(at.edition, hand))
    return [(one.kind, one.name) for one in said if not (one.kind in OF_HERE and ".ipynb" not in one.name)]


def test_nothing_done_is_nothing_found(whole: Place) -> None:
    assert found(whole) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_five_hundred_tamperings(whole: Place, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    missed = []
    for rank, tampering in enumerate(campaign(IN_ONE, chance)):
        at = fresh(whole, tmp_path / "at")
        kinds, name = tampering(at, chance)
        said = found(at)
        if not any(kind in kinds and name in where for kind, where in said):
            missed.append((rank, tampering.__name__, kinds, name, said[:5]))
    assert missed == []


def test_every_tampering_is_in_the_campaign() -> None:
    done = list(campaign(IN_ONE, random.Random(0)))
    assert set(done) == {*TAMPERINGS, altered_input}
    assert ROUNDS * IN_ONE == 500
    assert workspace.report_folder(workspace.reports(), PERIOD, "metropole").is_dir()
