"""Nothing reaches a notebook that its model has not accepted, and what is injected is what was given."""

from __future__ import annotations

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from papermill.parameterize import parameterize_notebook
from pydantic import ValidationError

from spaser_analysis.publishing.parameters import (
    MODELS,
    OfTerritory,
    OfYear,
    assignments,
    check_injected,
    check_parameters_cell,
    tagged_cells,
)

GOOD = {"quarter": "2022-T3", "territory": "CT2", "organisation": "amp"}


def notebook(source: str, tag: str = "parameters") -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": [tag]})
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}, "papermill": {}}
    return nbformat.v4.new_notebook(cells=[cell], metadata=kernel)


@pytest.mark.parametrize(
    "changed",
    [
        {"quarter": 2022},
        {"quarter": "2022-T3\n"},
        {"quarter": "2022-T5"},
        {"quarter": "２０２２-T3"},
        {"territory": 1},
        {"territory": True},
        {"territory": "../AMP"},
        {"organisation": "../amp"},
        {"surprise": "x"},
    ],
)
def test_the_model_is_strict(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OfTerritory(**{**GOOD, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize("year", ["2022", True, 2022.0, 22, 20222, None])
def test_a_year_is_a_whole_number_of_four_digits(year: object) -> None:
    with pytest.raises(ValidationError):
        OfYear(year=year, organisation="amp")  # type: ignore[arg-type]


MODEL = st.builds(
    OfTerritory,
    quarter=st.from_regex(r"[0-9]{4}-T[1-4]", fullmatch=True),
    territory=st.from_regex(r"[A-Z0-9]{2,8}", fullmatch=True),
    organisation=st.from_regex(r"[a-z0-9-]{1,60}", fullmatch=True),
)


@given(MODEL)
def test_what_is_injected_is_what_was_given(parameters: OfTerritory) -> None:
    source = "\n".join(f'{name} = "x"' for name in OfTerritory.model_fields)
    made = parameterize_notebook(notebook(source), parameters.model_dump())
    (injected,) = tagged_cells(made, "injected-parameters")
    assert assignments(injected.source) == parameters.model_dump()
    check_injected(made, parameters)


@given(st.text() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
def test_any_text_is_injected_as_a_literal(value: object) -> None:
    made = parameterize_notebook(notebook('value = ""'), {"value": value})
    (injected,) = tagged_cells(made, "injected-parameters")
    assert assignments(injected.source) == {"value": value}


def test_other_values_than_those_asked_for_are_refused() -> None:
    with pytest.raises(ValueError, match="not run with the parameters"):
        check_injected(notebook('quarter = "2022-T4"', "injected-parameters"), OfTerritory(**GOOD))
    with pytest.raises(ValueError, match="not the assignment of a literal"):
        assignments("import os")


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ('quarter = "2022-T3"\nterritory = "AMP"', "sets quarter, territory instead of"),
        (
            'quarter = "2022-T3"\nterritory = "AMP"\norganisation = "amp"\nmore = 1',
            "sets quarter, territory, organisation, more",
        ),
        ('quarter = "hier"\nterritory = "AMP"\norganisation = "amp"', "quarter"),
    ],
)
def test_the_notebook_s_own_cell_must_agree(source: str, cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        check_parameters_cell(notebook(source), MODELS["rapport_territoire"])
