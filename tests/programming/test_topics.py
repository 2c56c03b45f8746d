"""How often pooling is right on real objects, against the topics given to them one by one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bench.pooling import RECORD, TOPICS, draw, measure, pairs, read_objects, real_vocabulary, word_counts
from spaser_analysis.organisation import load_organisation
from spaser_analysis.reference_data import vocabulary


@pytest.fixture(scope="module")
def objects(realdata: Path) -> pd.DataFrame:
    return read_objects(realdata)


def test_the_objects_read_are_those_that_the_procedure_draws(objects: pd.DataFrame) -> None:
    topics = pd.read_csv(TOPICS)
    drawn = draw(objects, sorted(topics["family"].unique()))
    assert sorted(drawn[RECORD].itertuples(index=False)) == sorted(topics[RECORD].itertuples(index=False))


def test_precision_and_recall_on_both_halves(objects: pd.DataFrame, realdata: Path) -> None:
    topics, known = pd.read_csv(TOPICS), real_vocabulary(realdata)
    counts = {}
    for half in ("chosen_on", "measured"):
        found = measure(pairs(objects, topics, known, half))
        counts[half] = tuple(int(found[name]) for name in ("pairs", "same", "alike", "right"))
    assert counts == {"chosen_on": (630, 60, 19, 19), "measured": (3864, 481, 206, 160)}


def test_the_words_are_counted_on_the_half_that_nothing_is_measured_on(objects: pd.DataFrame) -> None:
    known = vocabulary(load_organisation())
    assert word_counts(objects, known) == dict(known.counts)
    assert known.objects == int((objects["half"] == "chosen_on").sum())
