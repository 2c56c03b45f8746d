"""``python -m bench.buyers [FOLDER]``: every indicator of the first floor, for every buyer and quarter of a national file.

FOLDER holds clean tables; without it a contracts table of two million made-up contracts is written, as ingest writes one:
20,000 buyers of very unequal sizes, seven years, three states in ten unknown. Beside it, in the same run, what an analyst
would write with pandas: one ``groupby`` of the three states for each indicator, its table read whole. Time and peak memory
are those of fresh processes, medians of three.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from spaser_analysis import workspace
from spaser_analysis.period import Quarter, span
from spaser_analysis.schemas import CONTRACTS, conform
from spaser_analysis.tables import write_table

CONTRACTS_MADE = 2_000_000
BUYERS = 20_000
UNKNOWN = 0.3
ROUNDS = 3
FAMILIES = (
    "energie",
    "voirie",
    "restauration",
    "informatique",
    "espaces_verts",
    "nettoyage",
    "batiment",
    "fournitures",
)
TECHNIQUES = ("Accord-cadre", "Sans objet", "Catalogue électronique", "Système d'acquisition dynamique")


def pieces(contracts: int, seed: int = 2025) -> Iterator[pd.DataFrame]:
    """Contracts of one quarter after the other, in the columns of ``schemas.CONTRACTS``."""
    draw = np.random.default_rng(seed)
    sirens = np.array([f"2{number:08d}" for number in range(BUYERS)])
    weights = 1 / np.arange(1, BUYERS + 1) ** 0.9  # the first buys a thousand times as much as the last
    quarters = list(span(Quarter(2019, 1), Quarter(2025, 4)))
    for rank, quarter in enumerate(quarters):
        size = contracts // len(quarters) + (rank < contracts % len(quarters))
        days = pd.Timestamp(quarter.start) + pd.to_timedelta(draw.integers(0, 90, size), unit="D")
        delays = draw.integers(0, 200, size)
        buyers = sirens[np.sort(draw.choice(BUYERS, size, p=weights / weights.sum()))]
        amounts = np.exp(draw.normal(11.5, 1.5, size)).astype("int64") * 100 + 100
        states = {name: _states(draw, size, share) for name, share in _SHARES.items()}
        rows = pd.DataFrame({
            "uid": [f"{siren}00017{rank:02d}{number:07d}" for number, siren in enumerate(buyers)],
            "buyer_siren": buyers,
            "quarter": str(quarter),
            "territory_rule": "other_buyer",
            "family": draw.choice(FAMILIES, size),
            "objet": [f"Marché {number} de l'acheteur {siren}" for number, siren in enumerate(buyers)],
            "acheteur_nom": [f"Acheteur {siren}" for siren in buyers],
            "nature": draw.choice(["Marché", "Accord-cadre", None], size),
            "techniques": draw.choice([*TECHNIQUES, None], size),
            "dateNotification": days,
            "datePublicationDonnees": pd.Series(days + pd.to_timedelta(delays, unit="D")).where(draw.random(size) > UNKNOWN),
            "publication_delay_days": pd.Series(delays).where(draw.random(size) > UNKNOWN),
            "amount_cents": pd.Series(amounts).where(draw.random(size) > 0.05),
            "amount_status": "ok",
            "offresRecues": pd.Series(draw.integers(0, 12, size)).where(draw.random(size) > UNKNOWN),
            "environmental_status": draw.choice(["declared", "undeclared"], size, p=[1 - UNKNOWN, UNKNOWN]),
            "social_status": draw.choice(["declared", "undeclared"], size, p=[1 - UNKNOWN, UNKNOWN]),
            "is_fictitious": True,
            "source_file": "bench",
            "source_record": np.arange(size) + 1,
            **states,
        })  # fmt: skip
        yield conform(rows, CONTRACTS)


_SHARES = {
    "environmental": 0.35, "environmental_clause": 0.25, "environmental_criterion": 0.2, "social": 0.2,
    "social_clause": 0.15, "social_criterion": 0.1, "reserved": 0.02, "marcheInnovant": 0.01, "is_framework": 0.3,
    "is_subsequent": 0.1,
}  # fmt: skip


def _states(draw: np.random.Generator, size: int, share: float) -> pd.Series:
    return pd.Series(draw.random(size) < share, dtype="boolean").mask(draw.random(size) < UNKNOWN)


# What an analyst would write: the whole table, one function of a group for each count.
USUAL = """
import sys, pandas as pd
contracts = pd.read_parquet(sys.argv[1] + "/contracts.parquet")
contracts = contracts[contracts["quarter"].notna() & contracts["buyer_siren"].notna()]
by = ["buyer_siren", "quarter"]
limit = contracts["dateNotification"] + pd.DateOffset(months=2)
both = contracts["environmental_clause"].astype("boolean") & contracts["environmental_criterion"].astype("boolean")
states = {name: contracts[name].astype("boolean") for name in ("environmental", "social", "reserved", "marcheInnovant", "is_framework")}
offers = contracts["offresRecues"].where(contracts["offresRecues"] > 0)
states |= {"both": both, "single": (offers == 1).astype("boolean").where(offers.notna())}
states["late"] = (contracts["datePublicationDonnees"] > limit).astype("boolean").where(contracts["datePublicationDonnees"].notna())
for name, state in states.items():
    rows = contracts[by].assign(yes=state.fillna(False).astype(bool), no=(~state).fillna(False).astype(bool), unknown=state.isna())
    for one in ("yes", "no", "unknown"):
        rows[one + "_cents"] = contracts["amount_cents"].where(rows[one])
    rows.groupby(by).agg("sum")
for quantity in (offers, contracts["publication_delay_days"]):
    contracts[by].assign(quantity=quantity).groupby(by)["quantity"].agg(["median", "count", "size"])
filled = {name: contracts[name].notna() for name in ("amount_cents", "nature", "techniques", "offresRecues", "marcheInnovant", "datePublicationDonnees")}
filled |= {name: contracts[name] == "declared" for name in ("environmental_status", "social_status")}
for name, there in filled.items():
    contracts[by].assign(there=there).groupby(by)["there"].agg(["sum", "size"])
"""
OURS = """
import sys
from pathlib import Path
from spaser_analysis.buyers import every_indicator, read_contracts
every_indicator(read_contracts(Path(sys.argv[1])))
"""
WATCHED = """
import resource, time
start = time.perf_counter()
{code}
peak = max(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(("VmHWM", "VmRSS")))
used = resource.getrusage(resource.RUSAGE_SELF)
print(time.perf_counter() - start, used.ru_utime + used.ru_stime, peak / 1024)
"""


def measure(code: str, folder: Path) -> tuple[float, float, float]:
    """(seconds, processor seconds, peak MB) of a fresh process, its imports included."""
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED.format(code=code), str(folder)], capture_output=True, text=True, check=True
    )
    seconds, processor, peak = map(float, ran.stdout.split()[-3:])
    return seconds, processor, peak


def compare(folder: Path) -> None:
    """Print what each way costs on the clean tables of the folder."""
    found = {}
    print(f"{'way':<52} {'s':>6} {'cpu s':>6} {'peak MB':>8}")
    runs: dict[str, list[tuple[float, float, float]]] = {}
    ways = {
        "spaser, all indicators of the first floor": OURS,
        "pandas, the table whole and a groupby an indicator": USUAL,
    }
    for _ in range(ROUNDS):
        for way, code in ways.items():  # one after the other: what slows the machine slows both
            runs.setdefault(way, []).append(measure(code, folder))
    for way, told in runs.items():
        found[way] = [statistics.median(values) for values in zip(*told, strict=True)]
        print(f"{way:<52} {found[way][0]:>6.1f} {found[way][1]:>6.1f} {found[way][2]:>8.0f}")
    ours, usual = found.values()
    print(
        f"pandas takes x {usual[0] / ours[0]:.1f} the time, x {usual[1] / ours[1]:.1f} the processor, x {usual[2] / ours[2]:.1f} the memory"
    )


def main(*named: str) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(named[0] if named else made)
        if not named:
            rows = write_table(workspace.table(folder, "contracts"), pieces(CONTRACTS_MADE), CONTRACTS)
            print(f"{rows:,} made-up contracts, {BUYERS:,} buyers")
        compare(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
