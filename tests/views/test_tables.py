"""The tables of indicators name indicators that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

import spaser_analysis as spaser
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.views import spending, tables
from tests.tables import table
from tests.views.test_quality import opened

SHOWN = (*tables.OTHERS, *spending._SUPPLIERS, *spending._PROXY)


@pytest.mark.parametrize(("code", "measure"), SHOWN)
def test_what_a_table_shows_is_an_indicator_in_one_of_its_measures(code: str, measure: str) -> None:
    assert measure in INDICATORS_BY_CODE[code].sheet.measures


def test_a_cohort_of_two_regimes_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From 21 August 2026 on, the contracts notified were launched before and after the law changed."""
    rows = "quarter | dateNotification | territory | environmental_clause | environmental_criterion\n"
    for quarter, day in (("2026-T2", "2026-06-01"), ("2026-T3", "2026-09-01")):
        lines = rows + f"{quarter} | {day} | CT2 | yes | yes\n" * 6
        shown = spaser.other_indicators(
            opened(tmp_path / quarter, monkeypatch, table(lines), quarter=quarter, snapshot="2027-01-01")
        )
        assert any("cohorte mixte" in note for note in shown.notes) is (quarter == "2026-T3")
