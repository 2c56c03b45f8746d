"""Every indicator, in reading order."""

from __future__ import annotations

from spaser_analysis.indicators import (
    competition,
    declared,
    environment,
    framework,
    holders,
    hours,
    innovation,
    publication,
    social,
    spending,
    themes,
)
from spaser_analysis.indicators.completeness import completeness_indicators
from spaser_analysis.indicators.sheet import Indicator

_AXES = (
    environment,
    social,
    spending,
    hours,
    holders,
    competition,
    innovation,
    framework,
    publication,
    themes,
    declared,
)
_MEASURED: tuple[Indicator, ...] = tuple(indicator for axis in _AXES for indicator in axis.INDICATORS)

INDICATORS: tuple[Indicator, ...] = (*_MEASURED, *completeness_indicators(_MEASURED))
INDICATORS_BY_CODE: dict[str, Indicator] = {indicator.sheet.code: indicator for indicator in INDICATORS}
