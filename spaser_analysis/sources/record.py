"""What every reader yields: raw records as their file says them, one by one or, of one shape, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow


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
class RawColumn:
    """The values of one name. ``codes``: which of the distinct values a record holds, -1 where it lacks the name.

    ``texts``: the distinct values that are text or numbers, as written; null for ``others``, which are kept by code.
    """

    codes: np.ndarray
    texts: arrow.Array
    others: dict[int, Any]

    def values(self) -> Iterator[Any]:
        """The distinct values, as a row would hold them."""
        return (self.others.get(code, text) for code, text in enumerate(self.texts.to_pylist()))

    def or_last(self) -> np.ndarray:
        """The codes, where a record lacks the name one more than there are."""
        return np.where(self.codes < 0, len(self.texts), self.codes)


@dataclass(frozen=True)
class RawColumns:
    """``size`` records that follow each other, from number ``first`` on; those of another shape stand ``apart``, by row."""

    first: int
    size: int
    is_concession: bool
    columns: dict[str, RawColumn]
    apart: dict[int, RawRecord]

    def __len__(self) -> int:
        return self.size

    def record(self, row: int) -> RawRecord:
        """One record as it would be read alone."""
        told = {
            name: column.others[code]
            if (code := int(column.codes[row])) in column.others
            else column.texts[code].as_py()
            for name, column in self.columns.items()
            if column.codes[row] >= 0
        }
        return self.apart.get(row) or RawRecord(self.first + row, told, is_concession=self.is_concession)


RawBatch = Sequence[RawRecord] | RawColumns


@dataclass(frozen=True)
class Source:
    """One recognised file, or the copy of a database's view.

    ``per_holder``: one row is one holder of one version of a contract, not one contract. ``table``: the clean table it
    feeds; for another one than contracts the rows have the names of its template. ``columns``: the same records, faster.
    """

    path: Path
    name: str
    format: str
    per_holder: bool
    read: Callable[[], Iterator[RawRecord]]
    table: str = "contracts"
    columns: Callable[[], Iterator[RawBatch]] | None = None

    def batches(self, size: int) -> Iterator[RawBatch]:
        """All its records: by columns where the reader can, else about ``size`` at a time."""
        return self.columns() if self.columns else in_batches(self.read(), size)


def in_batches(records: Iterator[RawRecord], size: int) -> Iterator[list[RawRecord]]:
    """The records ``size`` at a time."""
    while batch := list(islice(records, size)):
        yield batch
