"""The ways in which platforms nest the same facts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis.cleaning.nested import flatten

HOLDER = {"typeIdentifiant": "SIRET", "id": "34027049500021"}


@pytest.mark.parametrize(
    "titulaires",
    [
        [HOLDER],
        HOLDER,
        [{"titulaire": HOLDER}],
        {"titulaire": [HOLDER]},
        [[[[HOLDER]]]],
        [{"titulaire": [[HOLDER]]}],
        [{"titulaires": {"titulaire": HOLDER}}],
    ],
)
def test_holders_at_any_depth(titulaires: Any) -> None:
    _, holders, _, problems = flatten({"titulaires": titulaires})
    assert ([one["id"] for one in holders], problems) == (["34027049500021"], [])


@pytest.mark.parametrize("titulaires", [[], None, {}, "", [None]])
def test_no_holder_is_no_problem(titulaires: Any) -> None:
    assert flatten({"titulaires": titulaires})[1:] == ([], [], [])


def test_a_holder_without_name_or_number_is_told() -> None:
    _, holders, _, problems = flatten({"titulaires": [{"titulaire": "typeIdentifiant"}, {"titulaire": "id"}]})
    assert (holders, problems) == ([], ["holder_unreadable", "holder_unreadable"])


@pytest.mark.parametrize(
    "modifications",
    [
        [{"modification": {"id": 1, "montant": "12"}}],
        [{"id": 1, "montant": "12"}],
        {"modification": {"id": 1, "montant": "12"}},
        {"modification": [{"id": 1, "montant": "12"}]},
    ],
)
def test_amendments_wrapped_or_not(modifications: Any) -> None:
    _, _, amendments, problems = flatten({"modifications": modifications})
    assert ([one["montant"] for one in amendments], problems) == (["12"], [])


def test_an_amendment_that_is_text_is_told() -> None:
    assert flatten({"modifications": "oui"})[2:] == ([], ["amendment_unreadable"])


@pytest.mark.parametrize(
    "row",
    [
        {"acheteur": {"id": "1"}},
        {"acheteur.id": "1"},
        {"acheteur_id": "1"},
        {"acheteur ": {"id ": "1"}},
        {"acheteur": {"id": 1}},
    ],
)
def test_the_buyer_under_any_key(row: dict[str, Any]) -> None:
    assert flatten(row)[0]["acheteur_id"] == "1"


@pytest.mark.parametrize(
    "said",
    [
        {"considerationSociale": ["Clause sociale", "Critère social"]},
        ["Clause sociale", "Critère social"],
        [{"considerationSociale": "Clause sociale"}, {"considerationSociale": "Critère social"}],
        "Clause sociale, Critère social",
        "['Clause sociale', 'Critère social']",
    ],
)
def test_considerations_in_any_shape(said: Any) -> None:
    assert flatten({"considerationsSociales": said})[0]["considerationsSociales"] == "Clause sociale | Critère social"


def test_nan_is_nothing_and_a_lone_surrogate_does_not_stop_the_batch() -> None:
    flat = flatten({"montant": float("nan"), "objet": "a\ud800b"})[0]
    assert (flat["montant"], flat["objet"]) == (None, "a\ufffdb")


def test_several_holders_in_one_cell_of_a_register() -> None:
    row = {"titulaires": [{"id": "111 | 222", "typeIdentifiant": None, "denominationSociale": "A | B"}]}
    assert [(one["id"], one["denominationSociale"]) for one in flatten(row)[1]] == [("111", "A"), ("222", "B")]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=12,
)
KEYS = st.sampled_from(["id", "acheteur", "titulaires", "titulaire", "modifications", "considerationsSociales", "techniques",
                        "montant", "lieuExecution", "objet", "dateNotification"])  # fmt: skip


@given(st.dictionaries(KEYS, ANYTHING))
def test_no_shape_breaks_it(row: dict[str, Any]) -> None:
    flat, holders, _, _ = flatten(row)
    assert all(value is None or isinstance(value, str) for value in flat.values())
    assert all(one["id"] or one["denominationSociale"] for one in holders)
