"""What a batch hands over to the processes of its reports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from spaser_analysis.period import Quarter
from spaser_analysis.snapshot import handed, open_snapshot

HAND_OVER = """
import sys
from pathlib import Path
from spaser_analysis.snapshot import open_snapshot
open_snapshot("amp", Path(sys.argv[1])).hand_over(("2023-T1", "2023-T2"), Path(sys.argv[2]))
"""


def test_what_is_handed_over_is_what_was_computed(sample_clean: Path, tmp_path: Path) -> None:
    """Several parts of some quarters each, put together, are what one pass gives; and the one who hands over keeps nothing."""
    snapshot = open_snapshot("amp", sample_clean)
    quarters, places = snapshot.quarters[-10:], snapshot.organisation.all_territories[:3]
    told = [snapshot.fingerprint(Quarter.parse(one), place) for one in quarters for place in places]
    reopened = open_snapshot("amp", sample_clean)
    reopened.hand_over(quarters[:1], tmp_path / "computed already")
    other = open_snapshot("amp", sample_clean)
    assert other is not snapshot
    other.hand_over(quarters, tmp_path / "parts")
    assert not other.frames
    found = handed(tmp_path / "parts")
    assert [found.fingerprint(Quarter.parse(one), place) for one in quarters for place in places] == told


def test_what_is_handed_over_is_the_same_bytes_each_time(sample_clean: Path, tmp_path: Path) -> None:
    """A worker of a cluster keeps it under its hash: it must know again what it has."""
    for seed in ("1", "2"):
        words = [sys.executable, "-c", HAND_OVER, str(sample_clean), str(tmp_path / seed)]
        subprocess.run(words, env=os.environ | {"PYTHONHASHSEED": seed}, check=True)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
