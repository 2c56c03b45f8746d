"""``make bench``: what the batch, ingest, the comparison of buyers and programming cost, beside the usual way of doing the
same, in one run; and how often pooling is right.

The batch of reports (``bench.batch``); a consolidated file (``bench.ingest``); every buyer of a national file
(``bench.buyers``); the portal of 400 reports (``bench.portal``); payments beside the suppliers' statuses, both the sample's, the payments repeated; the programming of a
large census, and comparing every pair of its objects. Time and peak memory are those of a fresh process each; figures are
ratios between processes of one run, medians of three. ``python -m bench.kills`` is apart.
"""

from __future__ import annotations

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

PAYMENTS = (50_000, 200_000)
ROUNDS = 3
OURS = "import sys; from spaser_analysis.ingest import ingest; ingest([sys.argv[1]], sys.argv[2])"
USUAL_CSV = "import pandas, sys; pandas.read_csv(sys.argv[1] + '/mandats.csv', sep=';', dtype='str', encoding='cp1252')"

CENSUS = 10_000
REALDATA = Path(os.environ.get("SPASER_REALDATA") or workspace.home().parent / "shared" / "realdata")
OURS_ALL = "import sys; from spaser_analysis.ingest import ingest; ingest(sys.argv[2:], sys.argv[1])"
PLAN = """
import os, sys
os.environ["SPASER_CLEAN"] = sys.argv[1]
from spaser_analysis.plan import open_plan
plan = open_plan("2022-T3")
for part in ("computations", "straddling", "matches", "pools", "lots", "refused", "endings", "coverage"):
    getattr(plan, part)
"""
EVERY_PAIR = """
import csv, sys
from rapidfuzz import fuzz, process
objects = [row["objet"] for row in csv.DictReader(open(sys.argv[1], encoding="cp1252"), delimiter=";")]
(process.cdist(objects, objects, scorer=fuzz.token_set_ratio, dtype="uint8") >= 90).sum()
"""


def write_payments(folder: Path, payments: int) -> Path:
    """A folder with that many payments and the sample's statuses of suppliers."""
    folder.mkdir()
    snapshot = workspace.sample_snapshots()[-1]
    header, *lines = next(snapshot.glob("mandats*.csv")).read_bytes().splitlines(keepends=True)
    with (folder / "mandats.csv").open("wb") as stream:
        stream.write(header)
        stream.writelines(lines[number % len(lines)] for number in range(payments))
    statuses = next(snapshot.glob("statuts*.csv"))
    (folder / statuses.name).write_bytes(statuses.read_bytes())
    return folder


def write_census(path: Path, kind: str) -> None:
    """A census of ``CENSUS`` needs: ``varied`` as the sample's; ``equal``, all one object; ``near``, distinct objects of
    one family that are all alike.
    """
    source = next(workspace.sample_snapshots()[0].glob("recensement*.csv"))
    header, *rows = source.read_text(encoding="cp1252").splitlines()
    columns = header.split(";")
    with path.open("w", encoding="cp1252", newline="") as stream:
        stream.write(f"{header}\n")
        for number in range(CENSUS):
            cells = dict(zip(columns, rows[number % len(rows)].split(";"), strict=True))
            cells |= {"numero_besoin": f"B{number}", "montant_estime_ht": str(1 + number * 7919 % 90_000)}
            cells |= {"date_debut": f"{number % 28 + 1:02d}/{number % 12 + 1:02d}/2023", "duree_mois": "24"}
            if kind != "varied":
                word = "".join("abcdefghij"[int(digit)] for digit in f"{number:05d}") if kind == "near" else ""
                cells |= {"code_cpv": "50750000-7", "famille": "maintenance", "operation": ""}
                cells |= {"objet": f"Maintenance des ascenseurs {word}", "territoire": f"CT{number % 6 + 1}"}
            stream.write(";".join(cells.values()) + "\n")


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
    for part in ("batch", "ingest", "buyers", "portal"):
        subprocess.run([sys.executable, "-m", f"bench.{part}"], check=True)
    print(f"{'records':>9} {'MB':>6} {'way':<34} {'s':>7} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        payments = {lines: write_payments(folder / str(lines), lines) for lines in PAYMENTS}
        compare(payments, {"pandas.read_csv, payments as text": USUAL_CSV, "spaser ingest, payments": OURS})
        program(folder)
    if REALDATA.is_dir():
        subprocess.run([sys.executable, "-m", "bench.pooling", str(REALDATA)], check=True)
    else:
        print("pooling: not measured, no real files in ../shared/realdata nor SPASER_REALDATA")


def program(folder: Path) -> None:
    """Print what the programming of each kind of census costs, from the clean tables to the last suggestion."""
    others = [str(one) for one in workspace.sample_snapshots()[0].iterdir() if "recensement" not in one.name]
    print(f"{'needs':>9} {'':>6} {'way':<34} {'s':>7} {'peak MB':>8}")
    for kind in ("varied", "equal", "near"):
        path = folder / f"besoins-{kind}.csv"
        write_census(path, kind)
        measure(OURS_ALL, str(folder / kind), str(path), *others)
        ways = {f"spaser programming, {kind}": (PLAN, str(folder / kind))}
        if kind == "varied":
            ways["every pair of objects (rapidfuzz)"] = (EVERY_PAIR, str(path))
        for way, (code, place) in ways.items():
            seconds, peak = measure(code, place)
            print(f"{CENSUS:>9,} {'':>6} {way:<34} {seconds:>7.1f} {peak:>8.0f}")


def compare(inputs: dict[int, Path], ways: dict[str, str]) -> None:
    """Print what each way costs for each number of records, and how its memory grows."""
    peaks: dict[tuple[int, str], float] = {}
    for records, path in inputs.items():
        size = sum(one.stat().st_size for one in (path.iterdir() if path.is_dir() else [path])) / 1e6
        for way, code in ways.items():
            runs = [measure(code, str(path), f"{path.parent}/clean") for _ in range(ROUNDS)]
            seconds, peak = (statistics.median(values) for values in zip(*runs, strict=True))
            peaks[records, way] = peak
            print(f"{records:>9,} {size:>6.0f} {way:<34} {seconds:>7.1f} {peak:>8.0f}")
    small, large = inputs
    for way in ways:
        print(f"peak memory, {large // small} times the records: x {peaks[large, way] / peaks[small, way]:.2f} ({way})")


if __name__ == "__main__":
    main()
