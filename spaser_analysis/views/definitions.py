"""« Comment lire ces chiffres » : the sheet of each indicator, in words."""

from __future__ import annotations

from spaser_analysis.indicators import INDICATORS
from spaser_analysis.report import Report
from spaser_analysis.views.elements import Definitions
