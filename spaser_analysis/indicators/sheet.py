"""What an indicator says of itself, and the pair that it makes with its formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from spaser_analysis.indicators.share import Direction


@dataclass(frozen=True)
class Sheet:
    """The public definition of an indicator, in French for its readers.

    ``direction`` is the desired one, None where neither is. Below ``minimum_count`` contracts no figure is published.
    ``fields`` are the columns that its formula reads, under the buyer's name for them. A changed definition is a new
    ``version``, which holds for contracts notified from the day ``since``.
    """

    code: str
    label: str
    numerator: str
    denominator: str
    unit: Literal["share", "offers", "days"]
    direction: Direction | None
    why: str
    cautions: tuple[str, ...]
    legal: str
    fields: tuple[str, ...]
    measures: tuple[str, ...] = ("number", "value")
    minimum_count: int = 5
    version: str = "1"
    since: str = "2021-10-01"


@dataclass(frozen=True)
class Indicator:
    """A sheet and its formula: ``compute(contracts, by=())`` returns counts (``share``) or a median (``median``)."""

    sheet: Sheet
    compute: Callable[..., pd.DataFrame]
