"""``make bench``: what ingest costs, beside the usual way of reading the same file, in one run.

The file has the 2022 format and the defects of the sample, repeated under other ids. Time and peak memory are those of
a fresh process each; figures are ratios between processes of one run, medians of three.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from spaser_analysis import workspace

SIZES = (20_000, 80_000)
ROUNDS = 3
USUAL = "import json, pandas, sys; pandas.json_normalize(json.load(open(sys.argv[1]))['marches']['marche'])"
OURS = "import sys; from spaser_analysis.ingest import ingest; ingest([sys.argv[1]], sys.argv[2])"


def write(path: Path, records: int) -> None:
    """A 2022-format file of that many contracts, 1,000 buyers."""
    source = next(workspace.sample().glob("decp-2022*.json"))
    contracts = json.loads(source.read_text(encoding="utf-8"))["marches"]["marche"]
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{"marches": {"marche": [')
        for number in range(records):
            one = contracts[number % len(contracts)]
            buyer = {"id": f"2{number % 1000:08d}00017"}
            changed = one | {"id": f"{one.get('id')}X{number // len(contracts)}", "acheteur": buyer}
            stream.write((",\n" if number else "") + json.dumps(changed, ensure_ascii=False))
        stream.write("]}}")


def measure(code: str, *words: str) -> tuple[float, float]:
    """(seconds, peak MB) of a fresh Python process."""
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", code, *words]) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
    if status:
        raise RuntimeError(f"a measured process failed with status {status}")
    return time.perf_counter() - start, used.ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    print(f"Python {platform.python_version()}, {platform.machine()}, {resource.getpagesize()} byte pages")
    print(f"{'records':>9} {'MB':>6} {'way':<34} {'s':>7} {'peak MB':>8}")
    peaks: dict[tuple[int, str], float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for records in SIZES:
            path = Path(folder) / f"{records}.json"
            write(path, records)
            for way, code in (
                ("json.load + pandas.json_normalize", USUAL),
                ("spaser ingest, cleaned and written", OURS),
            ):
                runs = [measure(code, str(path), f"{folder}/clean") for _ in range(ROUNDS)]
                seconds, peak = (statistics.median(values) for values in zip(*runs, strict=True))
                peaks[records, way] = peak
                print(f"{records:>9,} {path.stat().st_size / 1e6:>6.0f} {way:<34} {seconds:>7.1f} {peak:>8.0f}")
    for way in dict.fromkeys(way for _, way in peaks):
        small, large = (peaks[records, way] for records in SIZES)
        print(f"peak memory, {SIZES[1] // SIZES[0]} times the records: x {large / small:.2f} ({way})")


if __name__ == "__main__":
    main()
