"""``kill -9`` of a batch at fifty random moments: what is published must be whole each time, and the next run completes it.

python -m bench.kills
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from spaser_analysis import workspace
from tests.publishing.batches import QUARTERS, alive, command, home
from tests.publishing.test_batch import whole

KILLS, SEED, REPORTS = 50, 2026, 40


def main() -> None:
    """Print how many reports were whole after each kill; fail where one was not."""
    moments, counts = random.Random(SEED), []
    with TemporaryDirectory() as named:
        project, reports = home(Path(named)), Path(named, "reports")
        for number in range(KILLS):
            batch = command(
                project, workspace.sample_clean(), reports, QUARTERS[:8], *(["--force"] if number % 3 else [])
            )
            time.sleep(moments.uniform(0, 16))
            batch.kill()
            batch.communicate()
            until = time.monotonic() + 30
            while alive(project) and time.monotonic() < until:
                time.sleep(0.02)
            counts.append(len(whole(reports)))
            if left := alive(project):
                sys.exit(f"kill {number}: processes left: {left}")
        last = command(project, workspace.sample_clean(), reports, QUARTERS[:8])
        last.communicate()
        done, hidden = len(whole(reports)), list(reports.glob(".*"))
    print(f"{KILLS} kills of a batch of {REPORTS}: whole reports after each: {' '.join(map(str, counts))}")
    print(f"the next run: exit code {last.returncode}, {done} whole reports, {len(hidden)} staging folders left")
    if (last.returncode, done, hidden) != (0, REPORTS, []):
        sys.exit("not completed")


if __name__ == "__main__":
    main()
