"""The state of each thing that an indicator counts, by its own formula: what its figure is made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from spaser_analysis.indicators.groups import Codes
from spaser_analysis.indicators.sheet import Indicator

STATES = ("yes", "no", "unknown")
# Of a median, a total or a ratio: a value, and what a ratio divides by; of a share told in value only: no amount.
KNOWN, DIVISOR, NO_AMOUNT = "known", "divisor", "no_amount"
NAMES = (*STATES, KNOWN, DIVISOR, NO_AMOUNT)
_ROW, _KINDS = "row", {"state": "str", "quantity": "Float64"}


def states_of(indicator: Indicator, rows: pd.DataFrame) -> pd.DataFrame:
    """``state`` and ``quantity`` (null for a share) of each thing that is counted in ``rows``, read as one group.

    The index is that of the rows that are concerned; suppliers have their own, with ``supplier`` and ``amount_cents``. ``state``
    is one of ``STATES``, for a quantity ``KNOWN``, ``unknown`` or ``DIVISOR``; ``NO_AMOUNT`` where there is no amount for a share
    that is told in value only.
    """
    if indicator.states is None:
        at, ranks, quantity = _of_rows(indicator, _numbered(rows))
        told = pd.DataFrame({"state": np.array(NAMES, dtype=object)[ranks], "quantity": quantity}, rows.index[at])
        return told.astype(_KINDS)
    things, found = indicator.states(rows)
    state = found.map({True: "yes", False: "no"}).fillna("unknown")
    if "number" not in indicator.sheet.measures:
        state = state.mask(things["amount_cents"].isna(), NO_AMOUNT)
    told = pd.DataFrame({"state": state, "quantity": None}, things.index).astype(_KINDS)
    return told if things is rows else things[["supplier", "amount_cents"]].join(told)


def every_state(indicators: Iterable[Indicator], rows: pd.DataFrame) -> pd.DataFrame:
    """One column a code: the ``state`` of ``states_of`` for each row as its rank in ``NAMES``, -1 where it is not concerned.

    Of indicators that tell it of a row alone; whatever rows are beside it.
    """
    alone, found = _numbered(rows), {}
    for one in indicators:
        at, state, _ = _of_rows(one, alone)
        found[one.sheet.code] = np.full(len(rows), -1, dtype=np.int8)
        found[one.sheet.code][at] = state
    return pd.DataFrame(found, index=rows.index)


def _numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as so many groups; one cent each, so that an amount of zero has a state too."""
    cents = (
        {"amount_cents": rows["amount_cents"].mask(rows["amount_cents"].notna(), 1)} if "amount_cents" in rows else {}
    )
    return rows.assign(**{_ROW: np.arange(len(rows), dtype=np.intp)}, **cents)


def _of_rows(indicator: Indicator, alone: pd.DataFrame) -> tuple[Codes, npt.NDArray[np.int8], Any]:
    """Of each row that is concerned: its number, the rank of its state in ``NAMES``, and its quantity."""
    sheet, counts = indicator.sheet, indicator.compute(alone, by=(_ROW,))
    own = (counts["measure"] == sheet.measures[0]).to_numpy()
    names, rest = (STATES, NO_AMOUNT) if sheet.unit == "share" else ((KNOWN, "no", "unknown"), DIVISOR)
    state = np.full(own.sum(), NAMES.index(rest), dtype=np.int8)
    for name, count in zip(names, STATES, strict=True):
        state[counts[count].to_numpy(dtype=np.int64, na_value=0)[own] > 0] = NAMES.index(name)
    return counts[_ROW].to_numpy()[own], state, counts["value"].array if "value" in counts else None
