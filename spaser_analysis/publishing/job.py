"""One report as a job that any machine with this library, its notebooks and its reference data can do: files come out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from spaser_analysis import workspace
from spaser_analysis.publishing import key, processes, storage
from spaser_analysis.publishing.processes import ProcessDied, TookTooLong
from spaser_analysis.publishing.tasks import EXECUTED, NotebookFailure, Task, failure
from spaser_analysis.snapshot import handed, keep, stamp


@dataclass(frozen=True)
class Limits:
    """Of one report: ``seconds`` for each cell, and for the page after the last; ``megabytes`` of memory."""

    seconds: float = 600
    megabytes: int = 4096


@dataclass(frozen=True)
class Job:
    """A report to make. ``buyer`` is the name at the head of the page, ``clean`` the folder or address of the clean tables,
    whose hash is ``tables``; ``parts`` of the key are known, ``earlier`` is of ``key.earlier``.
    """

    task: Task
    buyer: str
    clean: str
    tables: str
    parts: Mapping[str, str]
    earlier: Mapping[str, bytes]
    limits: Limits


@dataclass(frozen=True)
class Made:
    """The files of an edition by name; where there is a ``cause``, what is left of the run that failed."""

    files: Mapping[str, bytes]
    cause: str = ""


def do(job: Job, snapshot: Path | bytes) -> Made:
    """The report, made in a process of its own; never an exception for what a notebook does.

    ``snapshot``: the file of it, or its content. ValueError where this machine is not the one that the job was made for:
    another version of the library, of the notebooks or of the reference data.
    """
    found = key.fixed(job.task.notebook, str(job.task.parameters["organisation"]))
    if differing := sorted(part for part, value in found.items() if job.parts[part] != value):
        raise ValueError(
            f"this worker has another {', another '.join(differing)} than the batch: install the same and restart it"
        )
    at = ""

    def began(place: str) -> None:
        nonlocal at
        at = place

    with tempfile.TemporaryDirectory(prefix="spaser-") as named:
        scratch = Path(named)
        file = snapshot if isinstance(snapshot, Path) else storage.kept(snapshot)
        clean = storage.local(job.clean, job.tables)
        earlier = workspace.report_folder(scratch, job.task.period, job.task.slug)
        earlier.mkdir(parents=True)
        for said, content in job.earlier.items():
            (earlier / said).write_bytes(content)
        places = {"SPASER_CLEAN": str(_checked(clean, job.tables)), "SPASER_REPORTS": str(scratch)}
        processes.warm_up(file)
        try:
            files = processes.call(
                _make, job, file, scratch, told=began, environment=places,
                seconds=job.limits.seconds, megabytes=job.limits.megabytes,
            )  # fmt: skip
            return Made(files)
        except (NotebookFailure, ProcessDied, TookTooLong) as error:
            cause = str(error if isinstance(error, NotebookFailure) else failure(at, str(error)))
        except Exception as error:
            cause = str(failure(at, f"{type(error).__name__}: {error}"))
        left = scratch / EXECUTED
        return Made({EXECUTED: left.read_bytes()} if left.is_file() else {}, cause)


def _make(job: Job, file: Path, scratch: Path, tell: Callable[[str], None]) -> dict[str, bytes]:
    """In the report's own process."""
    from spaser_analysis.publishing.edition import make_edition  # not where jobs are only handed out

    task = job.task
    snapshot = handed(file)
    keep(snapshot, workspace.clean())
    files = make_edition(task, job.buyer, scratch, tell)
    tell("key")
    parts = {**job.parts, "rows": key.of_rows(task, snapshot), "earlier": key.said_after(files)}
    return files | {key.KEY: key.written(parts, job.tables, files)}


@cache
def _tables(clean: Path, _now: tuple[Any, ...]) -> str:
    """The hash of the tables of a folder, whose files are as ``_now`` tells."""
    return key.of_tables(clean)


def _checked(clean: Path, tables: str) -> Path:
    """The folder; a ValueError unless its tables are those of the batch."""
    if _tables(clean, stamp(clean)) != tables:
        raise ValueError(f"{clean}: not the clean tables that the batch was started with")
    return clean
