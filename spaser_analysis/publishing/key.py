"""What an edition rests on, by content: a report runs again only where some of it has changed.

The key stands beside the editions (``workspace.edition_key``): one hash for each of ``PARTS``, and for each file of the report.
It is no part of an edition, which stays as it is when a new version of the library says the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import pandas as pd

from spaser_analysis import workspace
from spaser_analysis.period import Quarter
from spaser_analysis.publishing.tasks import (
    OF_YEAR,
    TERRITORY,
    Task,
    published_snapshot,
)
from spaser_analysis.report import FIGURES, REVISIONS, last_quarter
from spaser_analysis.snapshot import Snapshot

KEY = "key.json"
PARTS = {
    "notebook": "its notebook has changed",
    "library": "the library has changed",
    "reference": "the reference data or the organisation's folder have changed",
    "lock": "the versions of the libraries have changed",
    "earlier": "what earlier editions said has changed",
    "rows": "the rows that it reads have changed",
}
PROGRAMMING = "programmation"  # reads the market too: the contracts of every buyer
# Beside its slice of the snapshot, the whole clean tables that a notebook reads.
WHOLE_TABLES = {
    "qualite_donnees": ("ledger", "suppliers"),
    "methode": ("ledger",),
    PROGRAMMING: ("ledger", "need_lines", "needs", "working_groups"),
}


@cache
def library() -> str:
    """Of the code that runs here: it is read once, as it is imported once."""
    package = Path(workspace.__file__).parent
    return of_files(package, (path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"))


def fixed(notebook: str, slug: str) -> dict[str, str]:
    """The parts that all reports of a notebook share."""
    home = workspace.home()
    data = [workspace.reference("."), workspace.organisations() / slug]
    return {
        "notebook": of_files(workspace.notebooks(), [workspace.notebooks() / f"{notebook}.ipynb"]),
        "library": library(),
        "reference": of_files(home, (path for folder in data for path in folder.rglob("*") if path.is_file())),
        "lock": of_files(home, (path for path in [home / "requirements.lock"] if path.is_file())),
    }


def of_files(below: Path, files: Iterable[Path]) -> str:
    """One hash of the bytes of files, and of their names ``below`` a folder, wherever that is."""
    found = hashlib.sha256()
    for name, path in sorted((path.relative_to(below).as_posix(), path) for path in files):
        found.update(f"{name} {of_bytes(path.read_bytes())}\n".encode())
    return found.hexdigest()


def of_bytes(content: bytes) -> str:
    """A sha256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def of_tables(clean: Path) -> str:
    """Of all clean tables and their catalogue."""
    return of_files(clean, [*clean.glob("*.parquet"), workspace.catalogue(clean)])


def of_rows(task: Task, snapshot: Snapshot) -> str:
    """Of what the report reads of the clean tables."""
    buyer = snapshot.organisation
    quarter = last_quarter(int(task.period), snapshot.quarters) if task.notebook in OF_YEAR else task.period
    place = buyer.territory(str(task.parameters.get("territory", buyer.whole.code)))
    whole = [workspace.table(snapshot.clean, name) for name in WHOLE_TABLES.get(task.notebook, ())]
    found = hashlib.sha256(snapshot.fingerprint(Quarter.parse(quarter), place).encode())
    found.update(of_files(snapshot.clean, whole).encode())
    if task.notebook == PROGRAMMING:
        from spaser_analysis.plan import market  # and all that programming imports

        found.update(pd.util.hash_pandas_object(market(snapshot.clean, quarter), index=False).to_numpy().tobytes())
    return found.hexdigest()


def earlier(task: Task, place: Path, day: str) -> dict[str, bytes]:
    """Of the edition in ``place``, the files from which a new one on data of ``day`` takes what was said before."""
    names = (REVISIONS, FIGURES) if published_snapshot(place) < day else (REVISIONS,)
    return {
        name: (place / name).read_bytes() for name in names if task.notebook == TERRITORY and (place / name).is_file()
    }


def written(parts: Mapping[str, str], tables: str, files: Mapping[str, bytes]) -> bytes:
    """``key.json``: the parts, the hash of the tables they were found in, and the files of the edition."""
    key = {**parts, "tables": tables, "files": {name: of_bytes(content) for name, content in files.items()}}
    return f"{json.dumps(key, indent=1, sort_keys=True)}\n".encode()


def check(files: Mapping[str, bytes]) -> None:
    """A ValueError unless the files of an edition are those that its key tells."""
    told = json.loads(files[KEY])["files"]
    if told != {name: of_bytes(content) for name, content in files.items() if name != KEY}:
        raise ValueError("its files are not those that its key tells")


def why(task: Task, place: Path, parts: Mapping[str, str], tables: str, day: str, rows: Callable[[], str]) -> str:
    """Why the edition in ``place`` must be made again; empty where it need not. ``rows`` is asked only where the tables have
    changed.
    """
    try:
        note = workspace.edition_key(place.parent.parent, task.period, task.slug)
        key = json.loads(note.read_text(encoding="utf-8"))
        files = {name: of_bytes((place / name).read_bytes()) for name in key["files"]}
    except OSError:
        return "not published yet" if not place.exists() else "its edition has no key, or lacks a file"
    except (ValueError, KeyError, TypeError):
        return "its key cannot be read"
    if altered := sorted(name for name in files if files[name] != key["files"][name]):
        return f"{altered[0]} is not what was published"
    now = dict(parts) | {"earlier": _said(earlier(task, place, day))}
    changed = [cause for part, cause in PARTS.items() if part in now and key.get(part) != now[part]]
    if not changed and key.get("tables") != tables and key.get("rows") != rows():
        changed = [PARTS["rows"]]
    return "; ".join(changed)


def on_tables(reports: Path, period: str, tables: str) -> set[str]:
    """The slugs of the reports of a period that were made from these very tables, as their keys tell."""
    found = set()
    for path in workspace.edition_key(reports, period, "x").parent.glob("*.json"):
        with suppress(ValueError, AttributeError):  # a key that cannot be read tells nothing
            if json.loads(path.read_text(encoding="utf-8")).get("tables") == tables:
                found.add(path.stem)
    return found


def said_after(files: Mapping[str, bytes]) -> str:
    """The part ``earlier`` of an edition, from its own files: what it would find if nothing else changed."""
    return _said({name: content for name, content in files.items() if name == REVISIONS})


def _said(files: Mapping[str, bytes]) -> str:
    return of_bytes(b"".join(name.encode() + b"\n" + content for name, content in sorted(files.items())))
