"""The tables of indicators name indicators that there are."""

from __future__ import annotations

import pytest

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.views import spending, tables

SHOWN = (*tables.OTHERS, *spending._SUPPLIERS, *spending._PROXY)


@pytest.mark.parametrize(("code", "measure"), SHOWN)
def test_what_a_table_shows_is_an_indicator_in_one_of_its_measures(code: str, measure: str) -> None:
    assert measure in INDICATORS_BY_CODE[code].sheet.measures
