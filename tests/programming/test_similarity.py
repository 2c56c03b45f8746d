"""How alike two purchases are, by words and by codes."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis.programming.similarity import (
    CODE_WEIGHT,
    SIMILAR,
    alike,
    code_agreement,
    code_digits,
    purchases,
    word_vectors,
)
from spaser_analysis.programming.words import Reader, Vocabulary, stem_of
from tests.programming.needs_table import READER

WORDS = Vocabulary({"mainten": 500, "ascense": 100, "nettoya": 100}, 1000, {"entreti": "mainten"}, frozenset({"de", "des"}),
                   frozenset({"aix en provence", "aix", "marseille"}))  # fmt: skip


def stems(text: str) -> list[str]:
    return Reader(WORDS).stems(text)


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("locaux", "local"),
        ("reseaux", "reseau"),
        ("vitres", "vitre"),
        ("maintenance", "mainten"),
        ("bus", "bus"),
        ("eaux", "eau"),
    ],
)
def test_plurals_and_long_words(word: str, stem: str) -> None:
    assert stem_of(word) == stem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Maintenance des ascenseurs", ["mainten", "ascense"]),
        ("ENTRETIEN DES ASCENSEURS – Aix-en-Provence (lot 3)", ["mainten", "ascense", "lot"]),
        ("Maintenance<br />des ascenseurs de Marseille, Maintenance", ["mainten", "ascense"]),
        ("Maintenence des ascenceurs", ["mainten", "ascense"]),  # mistyped words of the vocabulary
        ("2023 M2019 n° 4", []),
        ("", []),
    ],
)
def test_the_words_that_say_what_is_bought(text: str, expected: list[str]) -> None:
    assert stems(text) == expected


def test_a_rare_word_counts_for_half_of_the_rarest_known() -> None:
    assert WORDS.weight("ascense") == pytest.approx(math.log(10))
    assert WORDS.weight("defibri") == pytest.approx(math.log(1000 / 20) / 2)


def test_the_words_in_common_are_shown_as_they_are_spelt() -> None:
    assert READER.common(["PAPIER RECYCLE", "Papier recyclé et enveloppes"]) == ["papier", "recyclé"]
    assert READER.common(["Papier"]) == []
    assert READER.common(["Papier", "Chaises"]) == []


@pytest.mark.parametrize(
    ("left", "right", "agreement"),
    [
        ("50750000", "50750000", 1.0), ("50750000", "50751000", 0.6), ("50750000", "50710000", 0.4),
        ("50750000", "50100000", 0.0), ("50750000", "90911200", 0.0), ("90911200", "90911300", 0.75),
        ("90911200", "90911210", 0.85), ("90911200", "90911201", 0.9), ("50750000", "", None), ("", "", None),
        ("90000000", "90000000", None), ("90000000", "90911200", 0.0), ("90900000", "90900000", 1.0),
        ("5075000", "50750000", None), ("5075000x", "5075000x", None),
    ],
)  # fmt: skip
def test_codes_agree_by_their_first_digits(left: str, right: str, agreement: float | None) -> None:
    codes = [code_digits(pd.Series([one or None], dtype="str")) for one in (left, right)]
    (found,) = code_agreement(*codes)
    assert (None if math.isnan(found) else found) == agreement


def pair(left: tuple[str, str | None], right: tuple[str, str | None]) -> float | None:
    """The score of two purchases; None below the threshold."""
    ready = purchases([left[0], right[0]], pd.Series([left[1], right[1]], dtype="str"), READER)
    found = pd.concat(alike(ready[[0]], ready[[1]]))
    return None if found.empty else float(found["score"].iloc[0])


LIFTS = ("Maintenance des ascenseurs", "50750000")


@pytest.mark.parametrize(
    ("other", "is_alike"),
    [
        (("Entretien préventif des ascenseurs", "50750000"), True),
        (("MAINTENANCE DES ASCENSEURS - MARSEILLE", "50750000"), True),
        (("Maintenance des ascenseurs", None), True),
        (("Maintenance des défibrillateurs", "50710000"), False),
        (("Maintenance des toitures", "50710000"), False),
        (("Maintenance des ascenseurs", "90911200"), False),
        (("Nettoyage des vitres", "50750000"), False),
    ],
)
def test_alike_and_not(other: tuple[str, str | None], is_alike: bool) -> None:
    assert (pair(LIFTS, other) is not None) == is_alike


def test_the_same_is_one_and_words_alone_decide_where_a_code_is_missing() -> None:
    assert pair(LIFTS, LIFTS) == 1
    assert pair(LIFTS, ("Maintenance des ascenseurs", None)) == 1
    assert pair(LIFTS, ("Maintenance des ascenseurs", "50710000")) == pytest.approx(1 - CODE_WEIGHT + 0.4 * CODE_WEIGHT)


def test_nothing_to_read_is_alike_nothing() -> None:
    assert word_vectors(["2023", ""], READER).nnz == 0
    assert pair(("2023", None), ("2023", None)) is None
    empty = purchases([], pd.Series([], dtype="str"), READER)
    assert not list(alike(empty, empty))


@given(
    st.lists(
        st.sampled_from(["Nettoyage des locaux", "Chaises", "Nettoyage des vitres", "Bus", ""]), min_size=1, max_size=6
    )
)
def test_likeness_is_symmetric_and_depends_on_the_two_only(objects: list[str]) -> None:
    codes = pd.Series(["90911200"] * len(objects), dtype="str")
    ready = purchases(objects, codes, READER)
    found = {(int(a), int(b)): float(s) for a, b, s in pd.concat(alike(ready, ready)).to_numpy()}
    for (left, right), score in found.items():
        assert found[right, left] == score >= SIMILAR
        alone = purchases([objects[left], objects[right]], pd.Series(["90911200"] * 2, dtype="str"), READER)
        assert pd.concat(alike(alone[[0]], alone[[1]]))["score"].iloc[0] == score
