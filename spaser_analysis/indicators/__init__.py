"""Every indicator, in reading order."""

from __future__ import annotations

from spaser_analysis.indicators.competition import MEDIAN_OFFERS, SINGLE_OFFER_SHARE
from spaser_analysis.indicators.completeness import completeness_indicators
from spaser_analysis.indicators.environment import ENVIRONMENTAL_CLAUSE_AND_CRITERION_SHARE, ENVIRONMENTAL_SHARE
from spaser_analysis.indicators.framework import FRAMEWORK_SHARE
from spaser_analysis.indicators.innovation import INNOVATION_SHARE
from spaser_analysis.indicators.publication import LATE_PUBLICATION_SHARE, MEDIAN_PUBLICATION_DELAY
from spaser_analysis.indicators.sheet import Indicator
from spaser_analysis.indicators.social import RESERVED_SHARE, SOCIAL_SHARE

_AXES = (
    ENVIRONMENTAL_SHARE,
    ENVIRONMENTAL_CLAUSE_AND_CRITERION_SHARE,
    SOCIAL_SHARE,
    RESERVED_SHARE,
    INNOVATION_SHARE,
    FRAMEWORK_SHARE,
    MEDIAN_OFFERS,
    SINGLE_OFFER_SHARE,
    MEDIAN_PUBLICATION_DELAY,
    LATE_PUBLICATION_SHARE,
)

INDICATORS: tuple[Indicator, ...] = (
    *_AXES,
    *completeness_indicators(field for indicator in _AXES for field in indicator.sheet.fields),
)
INDICATORS_BY_CODE: dict[str, Indicator] = {indicator.sheet.code: indicator for indicator in INDICATORS}
