"""``python -m bench.ingest [RECORDS]``: what an ingest of a consolidated file costs, beside reading it the usual way.

Processor seconds, seconds and peak private memory (of all the processes of a way together; the pages of mapped files do not
count), of a fresh process each, medians of three; then once for two million records, and what one buyer's slice costs to read
among them. With a number of records: of that many only, once.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.national import write
from spaser_analysis.schemas import CONTRACTS
from spaser_analysis.tables import read_table

RECORDS, NATIONAL, ROUNDS = 200_000, 2_000_000, 3
USUAL = "import json, pandas, sys; pandas.json_normalize(json.load(open(sys.argv[1]))['marches']['marche'])"
READING = """
import sys
from pathlib import Path
from spaser_analysis.cleaning.frames import raw_frames
from spaser_analysis.sources.files import recognise
for batch in recognise("contracts", Path(sys.argv[1])).batches(20_000):
    raw_frames(batch, "contracts")
"""
OURS = "import sys; from spaser_analysis.ingest import ingest; ingest([sys.argv[1]], sys.argv[2])"
WAYS = {"json.load + pandas.json_normalize": USUAL, "spaser, read into frames": READING, "spaser ingest, whole": OURS}
AMP = "200054807"


def private_mb(process: int) -> float:
    """The private memory of a process and of those that it started; 0 when it has ended."""
    try:
        told = Path(f"/proc/{process}/smaps_rollup").read_text()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return 0.0
    own = sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Private_Dirty"))
    return own / 1024 + sum(map(private_mb, map(int, children)))


def measure(code: str, *words: str) -> tuple[float, float, float]:
    """(processor seconds, seconds, peak private MB) of a fresh Python process and of those that it starts."""
    before, start, peak = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter(), 0.0
    with subprocess.Popen([sys.executable, "-c", code, *words]) as process:
        while process.poll() is None:
            peak = max(peak, private_mb(process.pid))
            time.sleep(0.2)
    if process.returncode:
        raise RuntimeError(f"a measured process failed with status {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - start, peak


def compare(path: Path, clean: Path, ways: dict[str, str], rounds: int) -> None:
    """Print what each way costs, and how many times less than the first."""
    usual = 0.0
    for way, code in ways.items():
        runs = [measure(code, str(path), str(clean)) for _ in range(rounds)]
        used, seconds, peak = (statistics.median(values) for values in zip(*runs, strict=True))
        usual = usual or seconds
        print(f"{way:<34} {used:>8.1f} {seconds:>8.1f} {peak:>8.0f} {usual / seconds:>8.1f}", flush=True)


def slices(clean: Path) -> None:
    """Print what reading one buyer's contracts costs, all columns: those of a quarter, and all of them."""
    for name, conditions in {
        "one buyer, one quarter": [("buyer_siren", "==", AMP), ("quarter", "==", "2022-T3")],
        "one buyer, every quarter": [("buyer_siren", "==", AMP)],
    }.items():
        times = []
        for _ in range(ROUNDS):
            start = time.process_time()
            rows = read_table(CONTRACTS, clean, filters=conditions)
            times.append(time.process_time() - start)
        print(f"{name:<34} {1000 * statistics.median(times):>8.0f} ms, {len(rows)} contracts")


def main(*sizes: int) -> None:
    """Print the tables."""
    for records in sizes or (RECORDS, NATIONAL):
        one(records, ROUNDS if records == RECORDS else 1)


def one(records: int, rounds: int) -> None:
    """Print the table of a size."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as named:
        path, clean = Path(named) / "national.json", Path(named) / "clean"
        write(path, records)
        print(f"{records:,} records, {path.stat().st_size / 1e6:.0f} MB")
        print(f"{'way':<34} {'cpu s':>8} {'s':>8} {'MB':>8} {'times':>8}")
        compare(path, clean, WAYS if rounds > 1 else {"spaser ingest, whole": OURS}, rounds)
        slices(clean)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
