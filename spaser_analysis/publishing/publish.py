"""The batch: every report of some quarters and territories, each whole in its place or not there at all.

A report whose key is the one of its edition is not made again. The others are jobs, done by the workers of this machine or
of a cluster; each that succeeds is checked and moved into its place at once, so that a batch that is cut short goes on where
it stopped.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

from spaser_analysis import workspace
from spaser_analysis.organisation import Organisation, load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.publishing import key, processes, storage
from spaser_analysis.publishing.job import Job, Limits, Made, do
from spaser_analysis.publishing.manifest import MANIFEST
from spaser_analysis.publishing.seal import OWN, Source, keep_aside, read_list, seal, signature_of
from spaser_analysis.publishing.tasks import (
    CAUSE,
    OF_QUARTER,
    OF_YEAR,
    Task,
    published_organisation,
    published_snapshot,
    quarter_tasks,
    territory_task,
    year_tasks,
)
from spaser_analysis.report import no_contract
from spaser_analysis.snapshot import Snapshot, open_snapshot

EARLIER = " was "  # in staging, "3 was 2022-T3 metropole": the edition that report 3 replaces

Status = Literal["published", "unchanged", "kept", "failed"]
Submit = Callable[[Job], "Future[Made]"]


class NothingToPublish(Exception):
    """The buyer has no contract in any of the quarters asked for."""


@dataclass(frozen=True)
class Outcome:
    """What became of one report; ``cause`` says in one line why it failed, was kept, or (of a dry run) would run.

    ``left`` is the folder where what a failed run has left can be looked at.
    """

    period: str
    slug: str
    folder: Path
    status: Status | Literal["would run"]
    cause: str = ""
    left: Path | None = None


@dataclass(frozen=True)
class Closed:
    """An edition after a batch: closed, unless ``cause`` says why it is still open."""

    period: str
    folder: Path
    cause: str


Progress = Callable[[Outcome, int], None]
Say = Callable[[str], None]


@dataclass(frozen=True)
class _Batch:
    """What is asked for, and the data that all of it reads."""

    wanted: list[Task]
    snapshot: Snapshot
    tables: str
    root: Path
    failed: Path
    force: bool
    parts: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def buyer(self) -> Organisation:
        return self.snapshot.organisation

    @property
    def day(self) -> str:
        return self.snapshot.day or ""

    def place(self, task: Task) -> Path:
        return workspace.report_folder(self.root, task.period, task.slug)

    def parts_of(self, task: Task) -> dict[str, str]:
        if task.notebook not in self.parts:
            self.parts[task.notebook] = key.fixed(task.notebook, self.buyer.slug)
        return self.parts[task.notebook]

    def rows_of(self, task: Task) -> str:
        self.snapshot.compute(self.quarters)
        return key.of_rows(task, self.snapshot)

    @property
    def quarters(self) -> frozenset[str]:
        """All that have a report."""
        asked = {task.period for task in self.wanted}
        return frozenset(quarter for quarter in self.snapshot.quarters if asked & {quarter, quarter[:4]})


def publish(
    quarters: Iterable[str],
    territories: Iterable[str] | None = None,
    clean: str | Path | None = None,
    reports: str | Path | None = None,
    organisation: str = "amp",
    progress: Progress | None = None,
    *,
    say: Say = lambda _: None,
    workers: int | None = None,
    scheduler: str | None = None,
    force: bool = False,
    dry_run: bool = False,
    limits: Limits | None = None,
    awaited: Path | None = None,
    why: str = "",
    closed: Callable[[Closed], None] = lambda _: None,
) -> list[Outcome]:
    """Publish ``report.ipynb``, ``report.html`` and ``indicateurs.csv`` of each quarter and territory.

    Without ``territories``: all of them, the other reports of the quarter and those of its year. ``clean`` and
    ``reports`` are folders or addresses that fsspec knows, the workspace's unless given. ``progress`` is called with each
    outcome as it comes and how many are expected, ``say`` with what is being done before; the list keeps the order asked for. A report that fails leaves its
    earlier edition as it was; one on which nothing has changed is not made again, unless ``force``; an edition on later data
    is kept, one of another organisation refused. An edition whose reports are all there is then closed (``seal``): what it
    replaces is kept, and ``why`` goes into the erratum; ``closed`` is called for each. ``dry_run`` writes nothing and says what would run. ``workers``: one for
    each core unless given, on this machine; ``scheduler`` is the address of a dask cluster that works instead. ``awaited``: the
    file for which a server that was warmed up already waits.

    ValueError: unknown quarter, territory or organisation. NoCleanTables: nothing was ingested. NothingToPublish: the
    buyer has no contract in any of the quarters. OSError: a place or a cluster that cannot be reached.
    """
    buyer = load_organisation(organisation)
    chosen = buyer.all_territories if territories is None else [buyer.territory(code) for code in territories]
    asked = sorted({Quarter.parse(text) for text in quarters})
    if reserved := {one.slug for one in buyer.all_territories} & {*OF_QUARTER.values(), *OF_YEAR.values()}:
        raise ValueError(f"{buyer.name}: the slug {', '.join(sorted(reserved))} is the folder of another report")
    wanted = [territory_task(buyer, quarter, one) for quarter in asked for one in dict.fromkeys(chosen)]
    if territories is None:
        wanted += [task for quarter in asked for task in quarter_tasks(buyer, quarter)]
        wanted += [task for year in sorted({one.year for one in asked}) for task in year_tasks(buyer, year)]
    source, target = str(clean or workspace.clean()), str(reports or workspace.reports())
    if not storage.is_address(source):
        source = str(Path(source).resolve())
    with ExitStack() as opened:
        file = awaited or Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="spaser-")), "snapshot")
        if not (dry_run or scheduler):
            processes.warm_up(file)  # it imports while the data are read and computed here, then waits for the file
        tables = storage.local(source, storage.version(source) if storage.is_address(source) else "")
        snapshot = open_snapshot(organisation, tables)
        if set(snapshot.quarters).isdisjoint(map(str, asked)):
            raise NothingToPublish(no_contract(buyer, asked, snapshot.quarters))
        if storage.is_address(target):
            root = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="spaser-")))
            failed = workspace.failed(Path.cwd() / "reports")
            _fetch(target, wanted, root)
        else:
            root = Path(target).resolve()
            failed = workspace.failed(root)
        batch = _Batch(wanted, snapshot, key.of_tables(tables), root, failed, force)
        if dry_run:
            found = [_without_running(task, batch) or _would_run(task, batch) for task in wanted]
            for one in found:
                if progress:
                    progress(one, len(found))
            return found
        root.mkdir(parents=True, exist_ok=True)
        opened.enter_context(_alone(root, say))
        say("reading what is published")
        _recover(root)
        staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=root))
        opened.callback(_recover, root)
        make = partial(_workers, batch, file, say, workers or len(os.sched_getaffinity(0)), scheduler)
        sent = partial(_send, root, target, set()) if storage.is_address(target) else None
        outcomes = _publish_all(batch, staging, make, limits or Limits(), source, progress, sent)
        say("closing the editions")
        for edition in _closed(batch, outcomes, Source(buyer, tables), why):
            closed(edition)
        if storage.is_address(target):
            storage.update(root, _beside_reports(root, wanted), target)
        return outcomes


def _closed(batch: _Batch, outcomes: list[Outcome], source: Source, why: str) -> Iterator[Closed]:
    """Each edition of the batch closed, or why it is not; one on later data is left as it is."""
    for period in dict.fromkeys(one.period for one in outcomes):
        own = [one for one in outcomes if one.period == period]
        said = [one.status for one in own]
        if "kept" in said or not (batch.root / period).is_dir():
            continue
        failed = said.count("failed")
        known = {one.slug for one in own} | key.on_tables(batch.root, period, batch.tables)
        cause = f"{failed} of its reports failed" if failed else seal(batch.root, period, source, known, why)
        yield Closed(period, batch.root / period, cause)


def _fetch(target: str, wanted: list[Task], root: Path) -> None:
    """The editions of a batch from an address, with what stands beside them."""
    periods = list(dict.fromkeys(one.period for one in wanted))
    told = workspace.editions_list(root)
    beside = [told, signature_of(told), *(workspace.edition_key(root, one.period, one.slug) for one in wanted)]
    storage.fetch(target, [*periods, *(path.relative_to(root).as_posix() for path in beside)], root)
    last = {one.period: one for one in read_list(root) if one.period in periods}
    kept = [workspace.former_edition(root, one.name).relative_to(root).as_posix() for one in last.values()]
    storage.fetch(target, kept, root)


def _send(root: Path, target: str, there: set[str], task: Task, status: Status) -> None:
    """A report, if it is new, and its key, to an address: after the revisions that it ends, unless they are ``there``."""
    if status == "published":
        kept = [name for name in _revisions(root) if name not in there]
        storage.update(root, kept, target)
        there.update(kept)
        storage.send(workspace.report_folder(root, task.period, task.slug), target, f"{task.period}/{task.slug}")
    key_file = workspace.edition_key(root, task.period, task.slug).relative_to(root).as_posix()
    storage.update(root, [key_file], target)


def _revisions(root: Path) -> list[str]:
    """The files of former editions, their manifests last: a copy that has none is not whole."""
    paths = [path for path in workspace.former_editions(root).rglob("*") if path.is_file()]
    names = [path.relative_to(root).as_posix() for path in paths]
    return sorted(names, key=lambda name: (name.endswith(MANIFEST), name))


def _beside_reports(root: Path, wanted: list[Task]) -> Iterator[str]:
    """Names below the editions of what a batch may have written, or removed, beside its reports."""
    yield from _revisions(root)
    for period in dict.fromkeys(one.period for one in wanted):
        yield from (f"{period}/{name}" for name in OWN)
    yield from (path.name for path in (workspace.editions_list(root), signature_of(workspace.editions_list(root))))


@contextmanager
def _alone(root: Path, say: Say) -> Iterator[None]:
    """One batch at a time in a folder of editions: another one waits."""
    folder = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another batch in this folder")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _recover(root: Path) -> None:
    """Put back an edition whose replacement was cut short, and remove what a batch left behind."""
    for staging in sorted([*root.glob(".staging-*"), *root.glob("*/.staging-*")]):
        if staging.is_file():  # of one file, half written
            staging.unlink()
            continue
        for earlier in sorted(staging.glob(f"*{EARLIER}*")):
            quarter, slug = earlier.name.partition(EARLIER)[2].split(" ")
            place = workspace.report_folder(root, quarter, slug)
            if not place.exists():
                earlier.rename(place)
        shutil.rmtree(staging)


def _publish_all(
    batch: _Batch,
    staging: Path,
    make: Callable[[], AbstractContextManager[Submit]],
    limits: Limits,
    clean: str,
    progress: Progress | None,
    sent: Callable[[Task, Status], None] | None,
) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {}

    def settled(rank: int, outcome: Outcome) -> None:
        outcomes[rank] = outcome
        if progress:
            progress(outcome, len(batch.wanted))

    jobs: dict[int, Job] = {}
    for rank, task in enumerate(batch.wanted):
        if decided := _without_running(task, batch):
            settled(rank, decided)
        else:
            said = key.earlier(task, batch.place(task), batch.day)
            jobs[rank] = Job(task, batch.buyer.name, clean, batch.tables, batch.parts_of(task), said, limits)
    if jobs:
        with make() as submit:
            running = {submit(job): rank for rank, job in jobs.items()}
            for done in as_completed(list(running)):
                rank = running.pop(done)
                settled(rank, _settle(done, batch.wanted[rank], batch, staging / str(rank), sent))
    return [outcomes[rank] for rank in range(len(batch.wanted))]


@contextmanager
def _workers(batch: _Batch, file: Path, say: Say, count: int, scheduler: str | None) -> Iterator[Submit]:
    """What takes a job: processes of this machine, or a cluster."""
    say("computing the results of all quarters")
    part = file.with_suffix(".part")
    batch.snapshot.hand_over(batch.quarters, part)
    say("starting")
    if scheduler is not None:
        from spaser_analysis.publishing.cluster import connected

        with connected(scheduler, part.read_bytes()) as submit:
            yield submit
        return
    part.rename(file)
    with ThreadPoolExecutor(count) as pool:
        try:
            yield lambda job: pool.submit(do, job, file)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            processes.stop_all()
            raise


def _without_running(task: Task, batch: _Batch) -> Outcome | None:
    """What can be told of a report before it runs; None where it must run."""
    place, buyer = batch.place(task), batch.buyer
    published = published_snapshot(place)
    if not any(task.period in (quarter, quarter[:4]) for quarter in batch.snapshot.quarters):
        return _outcome(task, place, "failed", f"no contract of {buyer.name} in {task.period}")
    if batch.day and task.period > str(Quarter.of(date.fromisoformat(batch.day)))[: len(task.period)]:
        return _outcome(task, place, "failed", f"{task.period} begins after the day of the data ({batch.day})")
    if (owner := published_organisation(place)) not in ("", buyer.slug):
        cause = f"an edition of organisation {owner} is there: choose another folder with --reports"
        return _outcome(task, place, "failed", cause)
    if batch.day and published > batch.day:
        return _outcome(task, place, "kept", f"it rests on later data ({published})")
    return None if batch.force or _why(task, batch) else _outcome(task, place, "unchanged")


def _why(task: Task, batch: _Batch) -> str:
    rows = partial(batch.rows_of, task)
    return key.why(task, batch.place(task), batch.parts_of(task), batch.tables, batch.day, rows)


def _would_run(task: Task, batch: _Batch) -> Outcome:
    return _outcome(task, batch.place(task), "would run", _why(task, batch) or "asked for")


def _outcome(
    task: Task, place: Path, status: Literal[Status, "would run"], cause: str = "", left: Path | None = None
) -> Outcome:
    return Outcome(task.period, task.slug, place, status, cause, left)


def _settle(
    done: Future[Made], task: Task, batch: _Batch, made: Path, sent: Callable[[Task, Status], None] | None
) -> Outcome:
    """Check what a job gave, and put it where it belongs."""
    place = batch.place(task)
    left = workspace.report_folder(batch.failed, task.period, task.slug)
    try:
        try:
            result = done.result()
        except Exception as error:  # a worker that was lost, or is another version
            result = Made({}, " ".join(f"{error}".split()) or type(error).__name__)
        if result.cause:
            _leave(left, task, result)
            return _outcome(task, place, "failed", result.cause, left)
        key.check(result.files)
        status = _put(result.files, place, made, workspace.edition_key(batch.root, task.period, task.slug))
        if sent:
            sent(task, status)
        shutil.rmtree(left, ignore_errors=True)
        return _outcome(task, place, status)
    except (OSError, ValueError) as error:
        return _outcome(task, place, "failed", f"cannot be put into place: {error}")


def _leave(left: Path, task: Task, result: Made) -> None:
    """What a failed run has left, for whoever looks for the cause."""
    shutil.rmtree(left, ignore_errors=True)
    left.mkdir(parents=True)
    cause = {"notebook": task.notebook, "parameters": dict(task.parameters), "cause": result.cause}
    for name, content in {**result.files, CAUSE: json.dumps(cause, ensure_ascii=False, indent=1).encode()}.items():
        (left / name).write_bytes(content)


def _put(files: Mapping[str, bytes], place: Path, made: Path, note: Path) -> Status:
    """The files in their place, in one step, then the key in its own; where they say the same as before, the key only."""
    made.mkdir()
    for name, content in files.items():
        (made / name).write_bytes(content)
    told = (made / key.KEY).rename(made.with_suffix(".json"))
    names = {path.name for path in made.iterdir()}
    status: Status = "unchanged"
    there = {path.name for path in place.iterdir()} if place.is_dir() else set()
    if there != names or not all(_same(made / name, place / name) for name in names):
        keep_aside(place.parent.parent, place.parent.name, made, place.name)
        status = _move(made, place)
    note.parent.mkdir(parents=True, exist_ok=True)
    told.replace(note)
    return status


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


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
