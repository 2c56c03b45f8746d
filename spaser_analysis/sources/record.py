"""What every reader yields: one raw record, as its file says it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record. ``row`` holds DECP names and text, lists or dicts; it is None when ``problem`` names why.

    ``told``: of a line of a side table that cannot be used, its cells as far as they go, to be given back.
    """

    number: int
    row: dict[str, Any] | None
    problem: str | None = None
    is_concession: bool = False
    told: dict[str, Any] | None = None


@dataclass(frozen=True)
class Source:
    """One recognised file, or the copy of a database's view.

    ``per_holder``: one row is one holder of one version of a contract, not one contract. ``table``: the clean table it
    feeds; for another one than contracts the rows have the names of its template.
    """

    path: Path
    name: str
    format: str
    per_holder: bool
    read: Callable[[], Iterator[RawRecord]]
    table: str = "contracts"
