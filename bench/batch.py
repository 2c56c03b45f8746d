"""What a batch costs, beside the usual ways of running the same notebooks, in one run on the same data.

The data are the sample's, three times: six and twelve years earlier too, under other numbers, so that 400 reports can be made. The
ways: a loop of the two commands; papermill in a pool of two processes; a plain script that opens the same reports and shows the
same elements, two at a time, from results computed once; ``spaser publish``; the same on a dask cluster of two workers.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from spaser_analysis import schemas, workspace
from spaser_analysis.organisation import load_organisation
from spaser_analysis.tables import read_table, write_table

ROUNDS = 3
QUARTERS = ("2023-T1", "2023-T2", "2023-T3", "2023-T4")
PLACES = ("AMP", "CT1", "CT2", "CT3", "CT4", "CT5")  # 24 reports
MAIN = "from spaser_analysis.cli import main; main()"
EARLIER = (12, 6)  # years by which the copies of the sample are older
SHIFTED = ("contracts", "holders", "amendments", "payments", "insertion_hours")

IN_A_POOL = """
import sys, papermill
from concurrent.futures import ProcessPoolExecutor
from nbconvert import HTMLExporter
def make(task):
    quarter, territory, out = task
    given = {"quarter": quarter, "territory": territory, "organisation": "amp"}
    notebook = papermill.execute_notebook(sys.argv[1], f"{out}.ipynb", given, progress_bar=False)
    open(f"{out}.html", "w").write(HTMLExporter().from_notebook_node(notebook)[0])
if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(make, [one.split(",") for one in sys.argv[2:]]))
"""
PLAIN = """
import sys, multiprocessing
from pathlib import Path
import nbformat
from IPython.core.formatters import DisplayFormatter
import spaser_analysis
from spaser_analysis import workspace
from spaser_analysis.snapshot import open_snapshot
shown = DisplayFormatter().format
def display(*elements):
    for one in elements:
        shown(one)
def make(task):
    quarter, territory, _ = task
    names = {"display": display, "quarter": quarter, "territory": territory, "organisation": "amp"}
    for cell in cells:
        *body, last = cell.splitlines()
        exec("\\n".join(body), names)
        display(eval(last, names))
if __name__ == "__main__":
    code = [cell for cell in nbformat.read(sys.argv[1], 4).cells if cell.cell_type == "code"]
    cells = [cell.source for cell in code if "parameters" not in cell.metadata.get("tags", [])]
    [getattr(spaser_analysis, name) for name in spaser_analysis.__all__]
    tasks = [one.split(",") for one in sys.argv[2:]]
    snapshot = open_snapshot("amp", workspace.clean())
    snapshot.compute({one[0] for one in tasks})
    snapshot.past
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(make, tasks, chunksize=1)
"""


def long_history(target: Path) -> Path:
    """Clean tables with the sample's rows, and the same in earlier years."""
    source = workspace.sample_clean()
    target.mkdir()
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    for name in SHIFTED:
        schema = getattr(schemas, name.upper())
        rows = read_table(schema, source)
        every = pd.concat([*(older(rows, years, schemas.dtypes(schema)) for years in EARLIER), rows], ignore_index=True)
        keys = [one for one in ("quarter", "uid") if one in every]
        write_table(
            workspace.table(target, name), [every.sort_values(keys, kind="stable").reset_index(drop=True)], schema
        )
    return target


def older(rows: pd.DataFrame, years: int, kinds: dict[str, str]) -> pd.DataFrame:
    """The rows so many years earlier, under other names."""
    earlier = rows.copy()
    for column, kind in kinds.items():
        if kind == schemas.DAY:
            earlier[column] = earlier[column] - pd.DateOffset(years=years)
        elif column == "quarter":
            earlier[column] = [f"{int(one[:4]) - years}{one[4:]}" if pd.notna(one) else one for one in earlier[column]]
        elif column in ("uid", "contract_uid"):
            earlier[column] = earlier[column] + f"E{years}"
        elif column == "source_file":
            earlier[column] = f"{years}-" + earlier[column]
    return earlier


def timed(words: list[str], environment: dict[str, str], **more: str) -> float:
    """Seconds that a command takes."""
    start = time.perf_counter()
    subprocess.run(words, env=environment | more, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def usual(folder: Path, environment: dict[str, str], tasks: list[tuple[str, str]]) -> float:
    """A loop of the two commands, each report after the other."""
    programs = Path(sys.executable).parent
    start = time.perf_counter()
    for quarter, place in tasks:
        out = str(folder / f"{quarter}-{place}.ipynb")
        given = ["-r", "quarter", quarter, "-r", "territory", place, "-r", "organisation", "amp"]
        timed([str(programs / "papermill"), str(notebook()), out, *given, "--no-progress-bar"], environment)
        timed([str(programs / "jupyter"), "nbconvert", "--to", "html", out], environment)
    return time.perf_counter() - start


def notebook() -> Path:
    """That of a territory."""
    return workspace.notebooks() / "rapport_territoire.ipynb"


def script(code: str, folder: Path, environment: dict[str, str], tasks: list[tuple[str, str]]) -> float:
    """One of the two scripts above."""
    path = folder / "script.py"
    path.write_text(code)
    named = [f"{quarter},{place},{folder / f'{quarter}-{place}'}" for quarter, place in tasks]
    return timed([sys.executable, str(path), str(notebook()), *named], environment)


def publish(clean: Path, reports: Path, quarters: tuple[str, ...], places: tuple[str, ...], *words: str) -> list[str]:
    """The command of a batch."""
    chosen = [word for place in places for word in ("--territory", place)]
    span = ["--from", quarters[0], "--to", quarters[-1]]
    where = ["--clean", str(clean), "--reports", str(reports)]
    return [sys.executable, "-c", MAIN, "publish", *span, *chosen, *where, "--json", *words]


def watched(words: list[str], environment: dict[str, str]) -> tuple[float, list[float], float, dict[str, int]]:
    """Seconds in all, the moment of each report, the peak memory of the batch itself (MB), and its sums."""
    start, moments, peak, line = time.perf_counter(), [], 0.0, "{}"
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as batch:
        assert batch.stdout is not None
        for told in batch.stdout:
            line = told
            moments.append(time.perf_counter() - start)
            status = Path(f"/proc/{batch.pid}/status").read_text()
            peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024 if "VmHWM" in status else peak
    return time.perf_counter() - start, moments[:-1], peak, json.loads(line)


@contextmanager
def cluster(environment: dict[str, str]) -> Iterator[str]:
    """A dask scheduler and two worker processes of one thread on this machine."""
    dask = str(Path(sys.executable).parent / "dask")
    address, quiet = "tcp://127.0.0.1:18786", {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    own = environment | {"DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
    scheduler = subprocess.Popen(
        [dask, "scheduler", "--host", "127.0.0.1", "--port", "18786", "--no-dashboard"], env=own, **quiet
    )  # type: ignore[call-overload]
    workers = subprocess.Popen(
        [dask, "worker", address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard"], env=own, **quiet
    )  # type: ignore[call-overload]
    try:
        from distributed import Client

        with Client(address, timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
        yield address
    finally:
        for process in (workers, scheduler):
            process.terminate()
            process.wait()


def row(what: str, value: str, target: str = "") -> None:
    """One line of the table."""
    print(f"{what:<66} {value:>22}  {target}", flush=True)


def main() -> None:
    """Print the table."""
    names = ("papermill", "nbclient", "nbconvert", "ipykernel", "pandas", "matplotlib", "distributed")
    print(
        f"batch of reports: {len(os.sched_getaffinity(0))} cores; "
        + ", ".join(f"{name} {version(name)}" for name in names)
    )
    with TemporaryDirectory() as named:
        folder = Path(named)
        clean = long_history(folder / "clean")
        environment = dict(os.environ) | {
            "SPASER_CLEAN": str(clean), "SPASER_REPORTS": str(folder / "none"), "PYTHONPATH": str(workspace.home()),
        }  # fmt: skip
        ways(folder, clean, environment)
        volume(folder, clean, environment)


def ways(folder: Path, clean: Path, environment: dict[str, str]) -> None:
    """24 reports, each way."""
    tasks = [(quarter, place) for quarter in QUARTERS for place in PLACES]
    seconds: dict[str, list[float]] = {"pool": [], "plain": [], "spaser": [], "dask": []}
    with cluster(environment) as address:
        for number in range(-1, ROUNDS):  # one before, for what a first run warms
            found = {
                "pool": script(IN_A_POOL, folder, environment, tasks) if number == 0 else 0,
                "plain": script(PLAIN, folder, environment, tasks),
                "spaser": timed(publish(clean, folder / f"r{number}", QUARTERS, PLACES), environment),
                "dask": timed(
                    publish(clean, folder / f"d{number}", QUARTERS, PLACES, "--scheduler", address), environment
                ),
            }
            if number >= 0:
                for name, value in found.items():
                    seconds[name] += [value] if value else []
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    loop = 3 * usual(folder, environment, tasks[::3])
    ours = middle["spaser"]
    row("24 reports, spaser publish, 2 workers", f"{ours:.1f} s")
    row(
        "  a loop of papermill and jupyter nbconvert (8 of them, once)",
        f"{loop:.1f} s, x {loop / ours:.1f}",
        "at least 8",
    )
    row(
        "  papermill.execute_notebook in a pool of two (once)",
        f"{middle['pool']:.1f} s, x {middle['pool'] / ours:.2f}",
        "at least 2.5",
    )
    row(
        "  the plain script, two at a time", f"{middle['plain']:.1f} s, 1/{ours / middle['plain']:.2f}", "at most 1/1.3"
    )
    row("  on a dask cluster of two workers", f"{middle['dask']:.1f} s, x {middle['dask'] / ours:.2f}", "at most 1.2")


def volume(folder: Path, clean: Path, environment: dict[str, str]) -> None:
    """8, 56 and 406 reports; these again; these after one contract has changed."""
    codes = tuple(one.code for one in load_organisation().all_territories)
    every = tuple(f"{year}-T{rank}" for year in range(2008, 2026) for rank in range(1, 5))[-58:]
    costs: dict[int, float] = {}
    for quarters, places in ((every[-29:-21], codes[2:3]), (every[-29:-21], codes), (every, codes)):
        count = len(quarters) * len(places)
        whole, moments, peak, _ = watched(publish(clean, folder / f"v{count}", quarters, places), environment)
        # Each worker ends with one of the last reports and began with one of the first: what they take between is work alone,
        # without what few reports would pay for the start, and for one worker that waits while the last report is made.
        workers = len(os.sched_getaffinity(0))
        work = sum(moments[-workers:]) - sum(moments[:workers])
        costs[count] = work / workers / (len(moments) - workers)
        row(
            f"{count} reports, {whole:.1f} s",
            f"{costs[count]:.3f} s a report",
            f"once started; the batch itself {peak:.0f} MB",
        )
    words = publish(clean, folder / f"v{count}", every, codes)
    again, *_, sums = watched(words, environment)
    row(f"{count} reports asked for again", f"{again:.2f} s, {again / whole:.2%}", f"at most 2 %; {sums}")
    contracts = read_table(schemas.CONTRACTS, clean)
    rank = contracts[(contracts["quarter"] == "2024-T3") & (contracts["territory"] == "CT2")].index[0]
    contracts.loc[rank, "objet"] = "Autre objet"
    write_table(workspace.table(clean, "contracts"), [contracts], schemas.CONTRACTS)
    some, *_, sums = watched(words, environment)
    row("the same after the object of one contract of 2024-T3 changed", f"{some:.1f} s", f"{sums}")


if __name__ == "__main__":
    main()
