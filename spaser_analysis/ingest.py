"""From files to clean tables, in memory that does not grow with the files.

Each file is read and cleaned in batches, kept on disk by bucket (records that could be one contract share theirs);
each bucket is resolved; the tables are then written quarter by quarter, sorted, and moved into place at the end.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.compute as compute

from spaser_analysis import schemas, workspace
from spaser_analysis.cleaning.corrections import Correction, CorrectionMatchesNothing
from spaser_analysis.cleaning.identity import LOOKED_AT, resolve
from spaser_analysis.cleaning.ledger import entries, join
from spaser_analysis.cleaning.lines import clean_lines
from spaser_analysis.cleaning.linking import bucket_numbers, contract_keys
from spaser_analysis.cleaning.persons import without_identifiers
from spaser_analysis.cleaning.records import clean_records
from spaser_analysis.cleaning.reference import Reference, load_reference
from spaser_analysis.cleaning.statuses import Lists, supplier_states
from spaser_analysis.cleaning.territory import assign_territory
from spaser_analysis.side_tables import SIDE_TABLES, finish_lines, finish_suppliers, without_names
from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.files import expand, find_files, recognise, sha256
from spaser_analysis.sources.record import RawBatch, RawColumns, Source
from spaser_analysis.tables import (
    NONE,
    by_quarter,
    in_order,
    open_pieces,
    read_pieces,
    to_arrow,
    write_parted,
    write_piece,
    write_table,
)  # fmt: skip

_DATABASE = re.compile(r"postgres(?:ql)?:", re.IGNORECASE)  # however it is mistyped, an address is never echoed
BATCH = 20_000
BUCKET_BYTES = 64 << 20
_TABLES = {
    one.name: one
    for one in (schemas.LEDGER, schemas.CONTRACTS, schemas.HOLDERS, schemas.CONCESSIONS, schemas.AMENDMENTS,
                *SIDE_TABLES.values(), schemas.NEED_LINES)
}  # fmt: skip  # the largest first: each is written by one process
_DAY_IN_NAME = re.compile(r"(?<!\d)20\d\d-\d\d-\d\d(?!\d)")

_Part = TypeVar("_Part")
_Made = TypeVar("_Made")
Progress = Callable[[str, int], None]
"""Called with what is being done and how many records have been read in all."""


class UnusableInput(Exception):
    """The input cannot be used; one line for each cause."""


@dataclass(frozen=True)
class FileCount:
    """One input file; read = used + rejected + duplicates."""

    name: str
    sha256: str
    format: str
    table: str
    size: int
    snapshot: str | None
    read: int
    used: int
    rejected: int
    duplicates: int


@dataclass(frozen=True)
class Ingested:
    """What an ingest did: its files, the rows of each clean table, the files it left alone."""

    files: tuple[FileCount, ...]
    tables: dict[str, int]
    snapshot: str | None
    left_alone: tuple[str, ...]


@dataclass(frozen=True)
class _Run:
    """An ingest under way: where its pieces are kept, in how many buckets, on how many cores, and the sources read so far."""

    staging: Path
    buckets: int
    cores: int
    reference: Reference
    report: Progress
    counts: list[FileCount]

    @property
    def read(self) -> int:
        """The records read so far."""
        return sum(one.read for one in self.counts)


@dataclass(frozen=True)
class _Batch:
    """What became of a batch: its records, those of no use, the corrections that matched, how often each day is told."""

    read: int
    rejected: int
    corrected: frozenset[str]
    published: dict[Any, int]


def ingest(paths: Iterable[str | Path], clean: str | Path | None = None, progress: Progress | None = None) -> Ingested:
    """Rebuild the clean tables of ``clean`` (by default the user's own) from exactly these files, folders and databases
    (``postgresql://...``).

    UnusableInput, with nothing written, when a file cannot be read, a correction matches nothing or no record is usable.
    """
    target = Path(clean) if clean else workspace.user_clean()
    if (
        target.exists()
        and any(target.iterdir() if target.is_dir() else [target])
        and not workspace.catalogue(target).is_file()
    ):
        raise UnusableInput(f"{target}: not a folder of clean tables, and not empty: choose another with --clean")
    named = list(map(str, paths))
    urls = list(dict.fromkeys(one for one in named if _DATABASE.match(one)))
    with ExitStack() as opened:
        try:
            files, left = find_files([Path(one) for one in named if one not in urls], or_none=bool(urls))
            views = _open_databases(urls, opened)
        except UnreadableFile as error:
            raise UnusableInput(str(error)) from None
        reference = load_reference()
        size = sum(path.stat().st_size for path in (*(path for _, path in files), *(one.path for one in views)))
        # Small files are done before other processes have started.
        cores = len(os.sched_getaffinity(0)) if size > BUCKET_BYTES // 8 else 1
        staging = opened.enter_context(_staging(target))
        run = _Run(staging, max(1, -(-size // BUCKET_BYTES)), cores, reference, progress or _silent, [])
        _read_all(run, files, views, left)
        order = {one.name: rank for rank, one in enumerate(run.counts)}
        lists, used, duplicates = finish_suppliers(staging, order, reference)
        buckets = sorted((staging / "contracts").glob("*"))
        run.report("resolving", 0)
        for of_bucket, doubled in _by_all_cores(run.cores, partial(_resolve, run, order, lists), buckets):
            run.report("resolving", 0)
            used, duplicates = used + of_bucket, duplicates + doubled
        run.report("matching", 0)
        lines_used, lines_doubled = finish_lines(staging, order, reference, lists)
        used, duplicates = used + lines_used, duplicates + lines_doubled
        files_read = tuple(
            replace(one, used=used[one.name], duplicates=one.duplicates + duplicates[one.name]) for one in run.counts
        )
        if unbalanced := [one.name for one in files_read if one.read != one.used + one.rejected + one.duplicates]:
            raise AssertionError(f"records lost or counted twice in {', '.join(unbalanced)}")
        tables = _write_tables(run, lists.persons)
        if not sum(rows for name, rows in tables.items() if name not in ("ledger", "need_lines")):
            raise UnusableInput(f"{', '.join(order)}: no usable record")
        done = Ingested(files_read, tables, _snapshot(run.counts), tuple(left))
        catalogue = json.dumps(asdict(done), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        workspace.catalogue(staging / "final").write_text(catalogue, encoding="utf-8")
        _replace(staging / "final", target, staging / "former")
    return done


def _open_databases(urls: list[str], opened: ExitStack) -> list[Source]:
    """The views of the databases, each under a name of its own."""
    views: dict[str, Source] = {}
    for url in urls:
        from spaser_analysis.sources.database import open_database  # psycopg is an extra

        for source in opened.enter_context(open_database(url)):
            if source.name in views:
                raise UnreadableFile(source.name, "given twice")
            views[source.name] = source
    return list(views.values())


def _silent(what: str, records: int) -> None:
    """Nobody watches."""
    del what, records


@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=target.parent))
    try:
        yield staging
    finally:
        shutil.rmtree(staging)


def _replace(made: Path, target: Path, former: Path) -> None:
    if target.exists():
        target.rename(former)
    try:
        made.rename(target)
    finally:  # whatever stops this, the earlier tables come back
        if former.exists() and not target.exists():
            former.rename(target)


def _snapshot(counts: list[FileCount]) -> str | None:
    """The day of the data: the latest of the files of contracts, else of the others."""
    days = [(one.table == "contracts", one.snapshot) for one in counts if one.snapshot]
    return max(days)[1] if days else None


def _read_all(run: _Run, files: list[tuple[str, Path]], views: list[Source], left: list[str]) -> None:
    """Read and clean every file and view into ``staging``; every unreadable one is named before giving up."""
    scratch = run.staging / "unpacked"
    scratch.mkdir()
    problems: list[str] = []
    for given, path in files:
        try:
            for name, file in expand(given, path, scratch, left):
                source = recognise(name, file)
                if not problems:
                    _read_one(run, source)
        except (UnreadableFile, CorrectionMatchesNothing) as error:
            problems.append(str(error))
        except PermissionError as error:
            problems.append(f"{given}: cannot be read ({error.strerror})")
    for source in () if problems else views:
        try:
            _read_one(run, source)
        except (UnreadableFile, CorrectionMatchesNothing) as error:
            problems.append(str(error))
    if problems:
        raise UnusableInput("\n".join(problems))


def _read_one(run: _Run, source: Source) -> None:
    """A source cleaned into ``staging`` and counted."""
    read = _read_contracts if source.table == "contracts" else _read_lines
    read(run, source)


def _read_contracts(run: _Run, source: Source) -> None:
    digest = sha256(source.path)
    corrections = tuple(one for one in run.reference.corrections if one.sha256 == digest)
    snapshot = _day_in(source.name)
    published: Counter[pd.Timestamp] = Counter()
    read = rejected = 0
    matched: set[str] = set()
    clean = partial(_clean, run, source, corrections, snapshot)
    for told in _by_all_cores(run.cores, clean, source.batches(BATCH)):
        read, rejected = read + told.read, rejected + told.rejected
        matched |= told.corrected
        published.update(told.published)
        run.report(source.name, run.read + read)
    for correction in corrections:
        if correction.name not in matched:
            raise CorrectionMatchesNothing(
                f"{source.name}: the declared correction {correction.name!r} matches nothing"
            )
    _count(run, source, digest, published, read, rejected)


def _clean(
    run: _Run, source: Source, corrections: tuple[Correction, ...], snapshot: str | None, batch: RawBatch
) -> _Batch:
    """Clean a batch into ``staging``: each table by bucket, which the keys that tell which may be one contract make."""
    first = batch.first if isinstance(batch, RawColumns) else batch[0].number
    order, part = len(run.counts), f"{len(run.counts):05d}-{first:010d}"
    cleaned = clean_records(batch, source.name, run.reference, corrections, snapshot)
    contracts = cleaned.contracts.join(contract_keys(cleaned.contracts))
    contracts = contracts.assign(format=source.format, per_holder=source.per_holder)
    numbers = bucket_numbers(contracts["contract_key"], run.buckets).astype(str)
    bucket_of, there = pd.Series(numbers, index=contracts["source_record"]), np.unique(numbers).tolist()
    for name, frame in (("contracts", contracts), ("holders", cleaned.holders), ("amendments", cleaned.amendments)):
        buckets = bucket_of.reindex(frame["source_record"])
        rows = arrow.Table.from_pandas(frame, preserve_index=False)
        write_parted(rows, buckets, run.staging / name, part, there)
    write_piece(cleaned.ledger, run.staging / "ledger" / f"{order:05d}", part)
    days = contracts["datePublicationDonnees"].value_counts()
    return _Batch(len(batch), cleaned.rejected, cleaned.corrected, days.to_dict())


def _by_all_cores(cores: int, make: Callable[[_Part], _Made], parts: Iterable[_Part]) -> Iterator[_Made]:
    """What is made of each part, in their order; in processes of their own on several cores.

    They are forked: what ``make`` holds is there without being sent, and nothing of the caller's is run again.
    """
    if cores < 2:
        yield from map(make, parts)
        return
    with ProcessPoolExecutor(cores, get_context("fork"), _here.append, (make,)) as pool:
        waiting: deque[Future[_Made]] = deque()
        for part in parts:
            waiting.append(pool.submit(_make_here, part))
            if len(waiting) > cores:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_here: list[Callable[[Any], Any]] = []  # in a process of its own: what it is for


def _make_here(part: Any) -> Any:
    return _here[-1](part)


def _count(
    run: _Run, source: Source, digest: str, days: Counter[pd.Timestamp], read: int, rejected: int, duplicates: int = 0
) -> None:
    """Note what was read of a source; its snapshot is the day in its name, else the last of the ``days`` in it."""
    size, snapshot = source.path.stat().st_size, _day_in(source.name)
    if snapshot is None and days:
        snapshot = _last_but_a_few(days).date().isoformat()
    told = (source.name, digest, source.format, source.table, size, snapshot)
    run.counts.append(FileCount(*told, read=read, used=0, rejected=rejected, duplicates=duplicates))


def _read_lines(run: _Run, source: Source) -> None:
    """The lines of a side table, cleaned into ``staging``; a file read before under another name is all duplicates."""
    snapshot = _day_in(source.name)
    read = rejected = 0
    digest = sha256(source.path)
    again = digest in {one.sha256 for one in run.counts}
    ledger = run.staging / "ledger" / f"{len(run.counts):05d}"
    paid: Counter[pd.Timestamp] = Counter()
    records = source.read()
    while batch := list(islice(records, BATCH)):
        cleaned = clean_lines(source.table, batch, source.name, run.reference, snapshot)
        part = f"{len(run.counts):05d}-{read:010d}"
        if again:
            rows = pd.DataFrame({"source_file": source.name, "source_record": [one.number for one in batch]})
            write_piece(entries(rows, "same_file"), ledger, part)
        else:
            lines = schemas.conform(cleaned.frame, SIDE_TABLES[source.table])
            write_piece(lines, run.staging / "lines" / source.table, part)
            write_piece(cleaned.ledger, ledger, part)
            if cleaned.as_read is not None:
                as_read = schemas.conform(cleaned.as_read, schemas.NEED_LINES)
                write_piece(as_read, run.staging / "resolved" / "need_lines", part)
            rejected += cleaned.rejected
        if "paid_on" in cleaned.frame:
            paid.update(cleaned.frame["paid_on"].dropna().tolist())
        read += len(batch)
        run.report(source.name, run.read + read)
    _count(run, source, digest, paid, read, rejected, read if again else 0)


def _last_but_a_few(published: Counter[pd.Timestamp]) -> pd.Timestamp:
    """The last day of publication, but for one record in a thousand: a mistyped year is not the day of the data."""
    spared = published.total() // 1000
    for day in sorted(published, reverse=True):
        if published[day] > spared:
            break
        spared -= published[day]
    return day


def _day_in(name: str) -> str | None:
    """The last day written in a file's name."""
    for written in reversed(_DAY_IN_NAME.findall(name)):
        try:
            return date.fromisoformat(written).isoformat()
        except ValueError:
            continue
    return None


def _resolve(run: _Run, order: dict[str, int], lists: Lists, bucket: Path) -> tuple[Counter[str], Counter[str]]:
    """Resolve a bucket into ``staging/resolved``, by quarter; returns the records used and the duplicates of each file.

    Most records share their key with no other: of these only what resolving looks at becomes a frame.
    """
    contracts, part = open_pieces(bucket), f"{int(bucket.name):05d}"
    holders, amendments = (read_pieces(run.staging / name / bucket.name) for name in ("holders", "amendments"))
    name = "titulaire_denominationSociale"
    holders, hidden = without_names(holders, "holder_siren", name, name, lists.persons)
    keys = pd.factorize(contracts["contract_key"].to_pandas())[0]
    alike = np.bincount(keys)[keys] > 1
    several, alone = contracts.filter(alike), contracts.filter(~alike)
    frames = (one.combine_chunks().to_pandas() for one in (several, alone.select(LOOKED_AT)))
    resolved = resolve(next(frames), holders, amendments, next(frames))
    placed, ledger = assign_territory(resolved.contracts, run.reference.organisations)
    ledger = join([resolved.ledger, ledger, hidden])
    held, amended = (_contracts_of(rows, placed) for rows in (resolved.holders, resolved.amendments))
    asked = resolved.holders.rename(columns={"holder_id": "supplier_id", "holder_siren": "supplier_siren"})
    asked = asked.assign(day=held["dateNotification"].array, buyer_siren=held["buyer_siren"].array)
    table = placed["is_concession"].map({True: "concessions/", False: "contracts/"}).astype("str")
    for schema, rows, folder in (
        (schemas.CONTRACTS, _completed(placed, resolved.several, alone), table + placed["quarter"].fillna(NONE)),
        (
            schemas.HOLDERS,
            resolved.holders.assign(**supplier_states(asked, lists)),
            "holders/" + held["quarter"].fillna(NONE),
        ),
        (schemas.AMENDMENTS, resolved.amendments, "amendments/" + amended["quarter"].fillna(NONE)),
    ):
        write_parted(to_arrow(rows, schema), folder, run.staging / "resolved", part)
    for name, frame in (("ledger", ledger), ("members", resolved.members)):
        folders = frame["source_file"].map({file: f"{rank:05d}" for file, rank in order.items()})
        write_parted(
            arrow.Table.from_pandas(frame, preserve_index=False), folders, run.staging / name, f"resolved-{part}"
        )
    doubled = ledger[ledger["action"] == "duplicate"].drop_duplicates(schemas.RECORD)
    duplicates = Counter(doubled["source_file"].tolist())
    return Counter(resolved.members["source_file"].tolist()) - duplicates, duplicates


def _completed(placed: pd.DataFrame, several: pd.DataFrame, alone: arrow.Table) -> arrow.Table:
    """The contracts with the columns at which resolving did not look, as they were read."""
    names = list(schemas.CONTRACTS.columns)
    told = arrow.Table.from_pandas(placed[[name for name in names if name in placed]], preserve_index=False)
    names = [name for name in names if name not in placed]
    rest = arrow.concat_tables(
        [arrow.Table.from_pandas(several[names], preserve_index=False), alone.select(names)],
        promote_options="permissive",
    )
    return arrow.table([*told.columns, *rest.columns], [*told.column_names, *names])


def _contracts_of(rows: pd.DataFrame, contracts: pd.DataFrame) -> pd.DataFrame:
    """For each row what it depends on of its contract: quarter, day and buyer."""
    places = compute.index_in(arrow.array(rows["uid"]), value_set=arrow.array(contracts["uid"]))
    return contracts[["quarter", "dateNotification", "buyer_siren"]].take(places.to_numpy())


def _write_tables(run: _Run, persons: frozenset[str]) -> dict[str, int]:
    """The final tables, sorted; returns the rows of each."""
    run.report("writing", 0)
    write = partial(_write_one, run.staging, persons)
    return dict(zip(_TABLES, _by_all_cores(run.cores, write, _TABLES), strict=True))


def _write_one(staging: Path, persons: frozenset[str], name: str) -> int:
    """One of them; returns its rows."""
    pieces = (
        _ledger_pieces(staging, persons) if name == "ledger" else by_quarter(staging / "resolved" / name, _TABLES[name])
    )
    return write_table(workspace.table(staging / "final", name), pieces, _TABLES[name])


def _ledger_pieces(staging: Path, persons: frozenset[str]) -> Iterator[arrow.Table]:
    """The ledger file by file, in runs of records, each row with the contract that its record belongs to."""
    for folder in sorted((staging / "ledger").glob("*")):
        members = staging / "members" / folder.name
        for rows in in_order(folder, ("source_record", "column", "rule", "before", "after")):
            if members.is_dir():
                record = rows["source_record"]
                own = (compute.field("source_record") >= record[0]) & (compute.field("source_record") <= record[-1])
                told = open_pieces(members).filter(own)
                uid = told["uid"].take(compute.index_in(record, value_set=told["source_record"]))
                rows = rows.set_column(rows.schema.get_field_index("uid"), "uid", uid)
            yield without_identifiers(rows, persons) if persons else rows
