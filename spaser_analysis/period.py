"""Quarters and the four windows in which every indicator is read.

A quarter is written ``2022-T3`` (French *trimestre*); ``2022T3``, ``2022-Q3`` and ``2022Q3`` are read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_SPELLING = re.compile(r"(?P<year>\d{4})-?[TtQq](?P<number>[1-4])")

WINDOWS: tuple[str, ...] = ("quarter", "year_to_date", "rolling_12_months", "year")


@dataclass(frozen=True, order=True)
class Quarter:
    """A civil quarter, ordered in time; adding to it counts quarters.

    >>> quarter = Quarter.parse("2022-T3")
    >>> str(quarter + 2), str(quarter - 3), quarter < Quarter(2023, 1)
    ('2023-T1', '2021-T4', True)
    >>> quarter.start, quarter.end
    (datetime.date(2022, 7, 1), datetime.date(2022, 9, 30))
    >>> quarter.window("year_to_date").quarters
    ('2022-T1', '2022-T2', '2022-T3')
    """

    year: int
    number: int

    def __post_init__(self) -> None:
        if not 1900 <= self.year <= 9998:
            raise ValueError(f"{self.year} is not a year between 1900 and 9998")
        if not 1 <= self.number <= 4:
            raise ValueError(f"{self.number} is not a quarter between 1 and 4")

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Read ``2022-T3``, ``2022T3``, ``2022-Q3`` or ``2022Q3``; anything else is a ValueError."""
        found = _SPELLING.fullmatch(text.strip()) if text.isascii() else None
        if not found:
            raise ValueError(f"{text!r} is not a quarter: write it 2022-T3")
        return cls(int(found["year"]), int(found["number"]))

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter that holds a day."""
        return cls(day.year, (day.month - 1) // 3 + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-T{self.number}"

    def __add__(self, quarters: int) -> Quarter:
        year, number = divmod(self.year * 4 + self.number - 1 + quarters, 4)
        return Quarter(year, number + 1)

    def __sub__(self, quarters: int) -> Quarter:
        return self + -quarters

    @property
    def start(self) -> date:
        """First day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """Last day."""
        return (self + 1).start - timedelta(days=1)

    def window(self, name: str) -> Window:
        """The window of that name (one of ``WINDOWS``) that this quarter closes; ``year`` is its whole civil year."""
        first, last = {
            "quarter": (self, self),
            "year_to_date": (Quarter(self.year, 1), self),
            "rolling_12_months": (self - 3, self),
            "year": (Quarter(self.year, 1), Quarter(self.year, 4)),
        }[name]
        return Window(name, first, last)

    @property
    def windows(self) -> tuple[Window, ...]:
        """The four windows, in the order of ``WINDOWS``."""
        return tuple(self.window(name) for name in WINDOWS)

    @property
    def quarters(self) -> tuple[str, ...]:
        """The quarters of its windows, as written in the column ``quarter``, oldest first."""
        return tuple(sorted({one for window in self.windows for one in window.quarters}))


@dataclass(frozen=True)
class Window:
    """Consecutive quarters read together."""

    name: str
    first: Quarter
    last: Quarter

    @property
    def quarters(self) -> tuple[str, ...]:
        """The quarters as written in the column ``quarter``, oldest first."""
        return tuple(str(quarter) for quarter in span(self.first, self.last))


def span(first: Quarter, last: Quarter) -> Iterator[Quarter]:
    """Every quarter from ``first`` to ``last``, both included; nothing when ``last`` comes before ``first``."""
    quarter = first
    while quarter <= last:
        yield quarter
        quarter += 1
