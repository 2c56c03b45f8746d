"""What the rules detect in real objects, against the labels given to them one by one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bench.themes import RECORD, draw, measure, measured_half, read_labels, read_records, read_rules
from spaser_analysis import workspace
from spaser_analysis.indicators.themes import THEMES

# theme: detected in the measured half, read, right; missed in the 300 objects of no theme that were read
COUNTS = {
    "equality": (0, 0, 0, 0),
    "innovation": (4, 4, 1, 0),
    "insertion": (20, 20, 19, 1),
    "air": (7, 7, 5, 1),
    "climate": (100, 40, 39, 2),
    "environment": (196, 40, 33, 9),
    "disability": (40, 40, 40, 0),
    "food": (248, 40, 38, 0),
}


@pytest.fixture(scope="module")
def half(realdata: Path) -> pd.DataFrame:
    """The distinct objects of the buyers of which no rule was written."""
    return measured_half(read_records(realdata), read_rules())


def test_the_objects_read_are_those_that_the_procedure_draws(half: pd.DataFrame) -> None:
    labels, silent = read_labels()
    detected, undetected = draw(half)
    what = "the rules or the real files changed: draw again and read the new objects (docs/decisions/2026-11-themes.md)"
    assert detected.to_numpy().tolist() == labels[[*RECORD, "theme"]].to_numpy().tolist(), what
    assert undetected.to_numpy().tolist() == silent[RECORD].to_numpy().tolist(), what


def test_precision_and_missed(half: pd.DataFrame) -> None:
    table = measure(half, *read_labels()).set_index("theme")
    assert {theme: tuple(row) for theme, row in table[["detected", "labelled", "right", "missed"]].iterrows()} == COUNTS
    food, climate, equality = (table.loc[theme] for theme in ("food", "climate", "equality"))
    assert (round(food["recall"], 3), round(food["recall_low"], 3)) == (1.0, 0.807)
    assert [round(climate[name], 3) for name in ("recall", "recall_low", "recall_high")] == [0.767, 0.478, 0.923]
    assert equality[["recall", "recall_low", "recall_high"]].isna().all()


def test_the_precision_shown_is_that_of_the_labels() -> None:
    labels, silent = read_labels()
    shown = pd.read_csv(workspace.reference("themes_precision.csv")).set_index("theme")
    answers = labels["is_theme"].eq("yes").groupby(labels["theme"])
    assert sorted(shown.index) == sorted(THEMES)
    assert shown["detected_labelled"].to_dict() == dict.fromkeys(THEMES, 0) | answers.size().to_dict()
    assert shown["right"].to_dict() == dict.fromkeys(THEMES, 0) | answers.sum().to_dict()
    assert set(shown["date"]) == {"2026-11"}
    assert set(labels["is_theme"]) == {"yes", "no"}
    assert {theme for themes in silent["themes"] if themes for theme in themes.split(" | ")} <= set(THEMES)
