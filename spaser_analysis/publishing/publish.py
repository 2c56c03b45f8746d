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
from pathlib import Path
from typing import Literal

from spaser_analysis import workspace
from spaser_analysis.organisation import Organisation, Territory, load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.publishing.edition import write_edition
from spaser_analysis.report import quarters_held

NOTEBOOK = "rapport_territoire"
WORKERS = 2
EARLIER = " was "  # in staging, "3 was 2022-T3 metropole": the edition that report 3 replaces

Status = Literal["published", "unchanged", "failed"]


class NothingToPublish(Exception):
    """The buyer has no contract in any of the quarters asked for."""


@dataclass(frozen=True)
class Outcome:
    """What became of one report; ``cause`` says in one line why it failed."""

    quarter: str
    territory: str
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
    """Publish ``report.ipynb``, ``report.html`` and ``indicateurs.csv`` of each quarter and territory (default: all).

    ``clean`` and ``reports`` are folders, the workspace's unless given. ``progress`` is called with each outcome as it
    comes and how many are expected; the list keeps the order asked for. A report that fails leaves its earlier edition
    as it was; one that has not changed is not touched.

    ValueError: unknown quarter, territory or organisation. NoCleanTables: nothing was ingested. NothingToPublish: the
    buyer has no contract in any of the quarters.
    """
    buyer = load_organisation(organisation)
    chosen = buyer.all_territories if territories is None else [buyer.territory(code) for code in territories]
    asked = sorted({Quarter.parse(text) for text in quarters})
    wanted = [(quarter, territory) for quarter in asked for territory in dict.fromkeys(chosen)]
    tables = (clean or workspace.clean()).resolve()
    _check_something_to_publish(wanted, buyer, tables)
    root = (reports or workspace.reports()).resolve()
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root):
        _recover(root)
        staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=root))
        try:
            return _publish_all(wanted, buyer, tables, root, staging, progress)
        finally:
            _recover(root)


def _check_something_to_publish(wanted: list[tuple[Quarter, Territory]], buyer: Organisation, tables: Path) -> None:
    held = quarters_held(buyer, tables)
    if not held & {str(quarter) for quarter, _ in wanted}:
        asked = ", ".join(sorted({str(quarter) for quarter, _ in wanted})) or "no quarter"
        known = ", ".join(sorted(held)) or "none"
        raise NothingToPublish(f"no contract of {buyer.name} in {asked}; quarters with contracts: {known}")


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
    wanted: list[tuple[Quarter, Territory]],
    buyer: Organisation,
    tables: Path,
    root: Path,
    staging: Path,
    progress: Callable[[Outcome, int], None] | None,
) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {}
    context = multiprocessing.get_context("spawn")
    workers = min(WORKERS, max(len(wanted), 1))
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_die_with_parent) as pool:
        running: dict[Future[None], int] = {}
        for rank, (quarter, territory) in enumerate(wanted):
            task = pool.submit(_write, staging / str(rank), str(quarter), territory.code, buyer.slug, tables)
            running[task] = rank
        try:
            for task in as_completed(running):
                rank = running[task]
                outcomes[rank] = _settle(task, staging / str(rank), *wanted[rank], root)
                if progress:
                    progress(outcomes[rank], len(wanted))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [outcomes[rank] for rank in range(len(wanted))]


def _die_with_parent() -> None:
    """In a worker: no report goes on alone once the batch is gone, however it went."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _write(folder: Path, quarter: str, territory: str, organisation: str, tables: Path) -> None:
    """In a process of its own: the environment is how a kernel learns where the tables are."""
    os.environ["SPASER_CLEAN"] = str(tables)
    folder.mkdir()
    write_edition(workspace.notebooks() / f"{NOTEBOOK}.ipynb", quarter, territory, organisation, folder)


def _settle(task: Future[None], made: Path, quarter: Quarter, territory: Territory, root: Path) -> Outcome:
    place = workspace.report_folder(root, str(quarter), territory.slug)

    def outcome(status: Status, cause: str = "") -> Outcome:
        return Outcome(str(quarter), territory.code, place, status, cause)

    match task.exception():
        case None:
            try:
                return outcome("unchanged" if _same(made, place) else _move(made, place))
            except OSError as error:
                return outcome("failed", f"cannot be moved into place: {error}")
        case BrokenProcessPool():
            return outcome("failed", "the process that ran it was killed (memory?)")
        case error:
            return outcome("failed", " ".join(str(error).split()) or type(error).__name__)


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
