"""Small tables written as they are read, for tests that look like the specification."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pandera.pandas as pa

from spaser_analysis import schemas
from spaser_analysis.indicators import basis
from spaser_analysis.indicators.share import Share
from spaser_analysis.schemas import (
    AMENDMENTS,
    CONTRACTS,
    DAY,
    DECLARATIONS,
    FLAG,
    HOLDERS,
    INSERTION_HOURS,
    NEEDS,
    NUMBER,
    PAYMENTS,
    TEXT,
    WHOLE,
    WORKING_GROUPS,
)

_READ = {TEXT: str, WHOLE: int, NUMBER: float, FLAG: {"yes": True, "no": False}.__getitem__, DAY: pd.Timestamp}
# Columns of the tables of ``basis`` that no clean table has, and those of the thresholds.
_STATES = (
    "is_solidarity",
    "has_known_holder",
    "is_first_time",
    "is_above_threshold",
    "is_grouping",
    "is_part",
    "is_to_come",
)
_KINDS: dict[str, Any] = {
    **{name: kind for one in (CONTRACTS, HOLDERS, PAYMENTS, INSERTION_HOURS, DECLARATIONS, AMENDMENTS, NEEDS, WORKING_GROUPS)
       for name, kind in schemas.dtypes(one).items()},
    **dict.fromkeys(_STATES, FLAG),
    "supplier": TEXT, "valid_from": DAY, "valid_to": DAY, "kind": TEXT, "level": TEXT,
    **dict.fromkeys(("end", "ends_on", "ready_on", "contract_end"), DAY), "months": WHOLE, "need": TEXT, "remaining": WHOLE,
}  # fmt: skip
_EUROS = {"amount": "amount_cents", "remaining": "remaining_cents"}  # columns written in euros


def table(text: str, schema: pa.DataFrameSchema = CONTRACTS) -> pd.DataFrame:
    """A valid table of that schema from ``uid | amount | social`` and its rows; a blank cell is null.

    Any column of the clean tables and of those of ``basis``; ``amount`` is in euros, states are yes, no or blank.
    Columns of the schema that are not written are null, save those that cannot be: they follow from the others.
    """
    found = frame(text)
    rows = range(1, len(found) + 1)
    priced = found["amount_cents"].notna() if "amount_cents" in found else pd.Series(False, index=found.index)
    follows: dict[str, Any] = {
        "uid": [f"m{row}" for row in rows],
        "holder_id": [f"h{row}" for row in rows],
        "amount_status": priced.map({True: "ok", False: "missing"}),
        "territory_rule": "register",
        "is_fictitious": True,
        "source_file": "table",
        "source_record": list(rows),
    }
    for axis in ("environmental", "social"):
        declared = found[axis].notna() if axis in found else pd.Series(False, index=found.index)
        follows[f"{axis}_status"] = declared.map({True: "declared", False: "undeclared"})
    whole = found.assign(**{name: follows[name] for name in follows.keys() - set(found) if name in schema.columns})
    more = [name for name in found if name not in schema.columns]
    valid: pd.DataFrame = schema.validate(schemas.conform(whole, schema))
    return valid.join(found[more])


def frame(text: str) -> pd.DataFrame:
    """The columns written, and no other, in the type that they have in the clean tables or in those of ``basis``."""
    header, *lines = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    names = [_EUROS.get(name, name) for name in header]
    cells = [[_read(name, cell) for name, cell in zip(header, line, strict=True)] for line in lines]
    kinds = {name: WHOLE if name.endswith("_cents") else _KINDS[name] for name in names}
    return pd.DataFrame(cells, columns=names).astype(kinds)


def tables_of(
    contracts: pd.DataFrame | None = None,
    holders: pd.DataFrame | None = None,
    payments: pd.DataFrame | None = None,
    hours: pd.DataFrame | None = None,
    declarations: pd.DataFrame | None = None,
    solidarity: str | None = None,
) -> dict[str, pd.DataFrame]:
    """The tables that indicators take, from clean ones as ``table`` writes them; those not given are empty."""
    signed, held, paid, worked, declared = (
        schemas.empty(schema) if given is None else given
        for given, schema in (
            (contracts, CONTRACTS), (holders, HOLDERS), (payments, PAYMENTS), (hours, INSERTION_HOURS),
            (declarations, DECLARATIONS),
        )
    )  # fmt: skip
    history = signed[["uid", "dateNotification"]].merge(held[["uid", "holder_siren"]], on="uid")
    spent = basis.payments_basis(paid, solidarity)
    return {
        "contracts": basis.contracts_basis(signed, held, history, frame(NO_THRESHOLD), solidarity),
        "payments": spent,
        "insertion_hours": worked,
        "hours_and_payments": basis.hours_and_payments(worked, spent),
        "declarations": basis.declarations_basis(declared),
    }


NO_THRESHOLD = "valid_from | valid_to | kind | amount"


def share(counts: pd.DataFrame, measure: str = "number", **group: str) -> Share:
    """The share in the one row of that measure and group."""
    found = counts[counts["measure"] == measure]
    for name, value in group.items():
        found = found[found[name] == value]
    (row,) = found.to_dict("records")
    return Share(row["yes"], row["no"], row["unknown"])


def _read(name: str, cell: str) -> Any:
    if not cell:
        return None
    return int(Decimal(cell) * 100) if name in _EUROS else _READ[_KINDS[name]](cell)
