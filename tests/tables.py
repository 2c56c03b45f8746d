"""Small tables written as they are read, for tests that look like the specification."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from spaser_analysis.indicators.share import Share
from spaser_analysis.schemas import CONTRACTS, DAY, FLAG, NUMBER, TEXT, WHOLE, conform, dtypes

_READ = {TEXT: str, WHOLE: int, NUMBER: float, FLAG: {"yes": True, "no": False}.__getitem__, DAY: pd.Timestamp}


def table(text: str) -> pd.DataFrame:
    """A valid table of contracts from ``uid | amount | social`` and its rows; a blank cell is null.

    Any column of CONTRACTS, and ``amount`` in euros. States are yes, no or blank. Columns that are not written are
    null, save those that cannot be: they follow from the others.
    """
    header, *lines = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    kinds = dtypes(CONTRACTS)
    rows = [{name: _read(name, cell, kinds) for name, cell in zip(header, line, strict=True) if cell} for line in lines]
    for number, row in enumerate(rows, start=1):
        if "amount" in row:
            row["amount_cents"] = row.pop("amount")
        row.setdefault("uid", f"m{number}")
        row.setdefault("amount_status", "ok" if "amount_cents" in row else "missing")
        for axis in ("environmental", "social"):
            row.setdefault(f"{axis}_status", "declared" if axis in row else "undeclared")
        row |= {"territory_rule": "register", "is_fictitious": True, "source_file": "table", "source_record": number}
    frame = conform(pd.DataFrame(rows, columns=None if rows else ["uid"]), CONTRACTS)
    return CONTRACTS.validate(frame)


def _read(name: str, cell: str, kinds: dict[str, str]) -> Any:
    return int(Decimal(cell) * 100) if name == "amount" else _READ[kinds[name]](cell)  # type: ignore[operator]


def share(counts: pd.DataFrame, measure: str = "number", **group: str) -> Share:
    """The share in the one row of that measure and group."""
    found = counts[counts["measure"] == measure]
    for name, value in group.items():
        found = found[found[name] == value]
    (row,) = found.to_dict("records")
    return Share(row["yes"], row["no"], row["unknown"])
