"""The batch: every report of some quarters and territories, each whole in its place or not there at all."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from spaser_analysis import workspace
from spaser_analysis.organisation import Organisation, load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.publishing.edition import (
    OF_QUARTER,
    OF_YEAR,
    Task,
    published_organisation,
    published_snapshot,
    quarter_tasks,
    territory_task,
    write_edition,
    year_tasks,
)
from spaser_analysis.report import quarters_held
from spaser_analysis.tables import read_catalogue

WORKERS = 2
EARLIER = " was "  # in staging, "3 was 2022-T3 metropole": the edition that report 3 replaces

Status = Literal["published", "unchanged", "kept", "failed"]


class NothingToPublish(Exception):
    """The buyer has no contract in any of the quarters asked for."""


@dataclass(frozen=True)
class Outcome:
    """What became of one report; ``cause`` says in one line why it failed, or why the earlier edition was kept."""

    period: str
    slug: str
    folder: Path
    status: Status
    cause: str = ""


def publish(
    quarters: Iterable[str],
    territories: Iterable[str] | None = None,
    clean: Path | None = None,
    reports: Path | None = None,
    organisation: str = "amp",
    progress: Callable[[Outcome, int], None] | None = None,
) -> list[Outcome]:
    """Publish ``report.ipynb``, ``report.html`` and ``indicateurs.csv`` of each quarter and territory.

    Without ``territories``: all of them, the other reports of the quarter and those of its year. ``clean`` and
    ``reports`` are folders, the workspace's unless given. ``progress`` is called with each outcome as it comes and how
    many are expected; the list keeps the order asked for. A report that fails leaves its earlier edition as it was; one
    that has not changed is not touched; an edition on later data is kept, one of another organisation refused.

    ValueError: unknown quarter, territory or organisation. NoCleanTables: nothing was ingested. NothingToPublish: the
    buyer has no contract in any of the quarters.
    """
    buyer = load_organisation(organisation)
    chosen = buyer.all_territories if territories is None else [buyer.territory(code) for code in territories]
    asked = sorted({Quarter.parse(text) for text in quarters})
    tables = (clean or workspace.clean()).resolve()
    if reserved := {one.slug for one in buyer.all_territories} & {*OF_QUARTER.values(), *OF_YEAR.values()}:
        raise ValueError(f"{buyer.name}: the slug {', '.join(sorted(reserved))} is the folder of another report")
    held = _held(asked, buyer, tables)
    wanted = [territory_task(buyer, quarter, one) for quarter in asked for one in dict.fromkeys(chosen)]
    if territories is None:
        wanted += [task for quarter in asked for task in quarter_tasks(buyer, quarter)]
        wanted += [task for year in sorted({one.year for one in asked}) for task in year_tasks(buyer, year)]
    root = (reports or workspace.reports()).resolve()
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root):
        _recover(root)
        staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=root))
        try:
            return _publish_all(wanted, buyer, held, tables, root, staging, progress)
        finally:
            _recover(root)


def _held(asked: list[Quarter], buyer: Organisation, tables: Path) -> set[str]:
    """The quarters, and their years, of which the tables hold a contract."""
    held = quarters_held(buyer, tables)
    if not held & set(map(str, asked)):
        known = ", ".join(sorted(held)) or "none"
        names = ", ".join(map(str, asked)) or "no quarter"
        raise NothingToPublish(f"no contract of {buyer.name} in {names}; quarters with contracts: {known}")
    return held | {quarter[:4] for quarter in held}


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One batch at a time in a folder of editions: another one waits."""
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _recover(root: Path) -> None:
    """Put back an edition whose replacement was cut short, and remove what a batch left behind."""
    for staging in sorted(root.glob(".staging-*")):
        for earlier in sorted(staging.glob(f"*{EARLIER}*")):
            quarter, slug = earlier.name.partition(EARLIER)[2].split(" ")
            place = workspace.report_folder(root, quarter, slug)
            if not place.exists():
                earlier.rename(place)
        shutil.rmtree(staging)


def _publish_all(
    wanted: list[Task],
    buyer: Organisation,
    held: set[str],
    tables: Path,
    root: Path,
    staging: Path,
    progress: Callable[[Outcome, int], None] | None,
) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {}
    snapshot = str(read_catalogue(tables)["snapshot"] or "")

    def settled(rank: int, outcome: Outcome) -> None:
        outcomes[rank] = outcome
        if progress:
            progress(outcome, len(wanted))

    context = multiprocessing.get_context("spawn")
    workers = min(WORKERS, max(len(wanted), 1))
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_die_with_parent) as pool:
        running: dict[Future[None], int] = {}
        try:
            for rank, task in enumerate(wanted):
                if decided := _without_running(task, buyer, held, snapshot, root):
                    settled(rank, decided)
                else:
                    running[pool.submit(_write, staging / str(rank), task, buyer.name, tables, root)] = rank
            for done in as_completed(running):
                rank = running[done]
                settled(rank, _settle(done, staging / str(rank), wanted[rank], root))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [outcomes[rank] for rank in range(len(wanted))]


def _without_running(task: Task, buyer: Organisation, held: set[str], snapshot: str, root: Path) -> Outcome | None:
    """What can be told of a report before it runs; None where it must run."""
    place = workspace.report_folder(root, task.period, task.slug)
    published = published_snapshot(place)
    if task.period not in held:
        return _outcome(task, place, "failed", f"no contract of {buyer.name} in {task.period}")
    if snapshot and task.period > str(Quarter.of(date.fromisoformat(snapshot)))[: len(task.period)]:
        return _outcome(task, place, "failed", f"{task.period} begins after the day of the data ({snapshot})")
    if (owner := published_organisation(place)) not in ("", buyer.slug):
        cause = f"an edition of organisation {owner} is there: choose another folder with --reports"
        return _outcome(task, place, "failed", cause)
    if snapshot and published > snapshot:
        return _outcome(task, place, "kept", f"it rests on later data ({published})")
    return None


def _outcome(task: Task, place: Path, status: Status, cause: str = "") -> Outcome:
    return Outcome(task.period, task.slug, place, status, cause)


def _die_with_parent() -> None:
    """In a worker: no report goes on alone once the batch is gone, however it went."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _write(folder: Path, task: Task, buyer: str, tables: Path, root: Path) -> None:
    """In a process of its own: the environment is how a kernel learns where tables and earlier editions are."""
    os.environ.update({"SPASER_CLEAN": str(tables), "SPASER_REPORTS": str(root)})
    folder.mkdir()
    write_edition(task, buyer, folder)


def _settle(done: Future[None], made: Path, task: Task, root: Path) -> Outcome:
    place = workspace.report_folder(root, task.period, task.slug)
    match done.exception():
        case None:
            try:
                return _outcome(task, place, "unchanged" if _same(made, place) else _move(made, place))
            except OSError as error:
                return _outcome(task, place, "failed", f"cannot be moved into place: {error}")
        case BrokenProcessPool():
            return _outcome(task, place, "failed", "the process that ran it was killed (memory?)")
        case error:
            return _outcome(task, place, "failed", " ".join(str(error).split()) or type(error).__name__)


def _same(made: Path, place: Path) -> bool:
    files = sorted(path.name for path in made.iterdir())
    return place.is_dir() and all(
        (place / name).is_file() and (place / name).read_bytes() == (made / name).read_bytes() for name in files
    )


def _move(made: Path, place: Path) -> Status:
    """One rename; the earlier edition comes back if it fails."""
    place.parent.mkdir(exist_ok=True)
    earlier = made.with_name(f"{made.name}{EARLIER}{place.parent.name} {place.name}")
    if place.exists():
        place.rename(earlier)
    try:
        made.rename(place)
    except OSError:
        if earlier.exists():
            earlier.rename(place)
        raise
    return "published"
