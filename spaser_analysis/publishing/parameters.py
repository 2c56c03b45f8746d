"""What each notebook may be given: one strict model a notebook, compared with the notebook's own parameters cell.

papermill guesses types, only logs an unknown parameter and writes names unescaped: nothing reaches it that has not
passed here.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import nbformat

QuarterText = Annotated[str, Field(pattern=r"^[0-9]{4}-T[1-4]$")]
TerritoryCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,8}$")]
OrganisationSlug = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]
Year = Annotated[int, Field(ge=1900, le=9998)]


class NotebookParameters(BaseModel):
    """Strict types, no unknown name."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class OfTerritory(NotebookParameters):
    """Parameters of a notebook of one quarter and territory."""

    quarter: QuarterText
    territory: TerritoryCode
    organisation: OrganisationSlug


class OfQuarter(NotebookParameters):
    """Parameters of a notebook of one quarter of the whole organisation."""

    quarter: QuarterText
    organisation: OrganisationSlug


class OfYear(NotebookParameters):
    """Parameters of a notebook of one civil year of the whole organisation."""

    year: Year
    organisation: OrganisationSlug


MODELS: Mapping[str, type[NotebookParameters]] = {
    "rapport_territoire": OfTerritory,
    "synthese_metropole": OfQuarter,
    "qualite_donnees": OfQuarter,
    "methode": OfQuarter,
    "programmation": OfQuarter,
    "bilan_legal": OfYear,
    "exploration": OfTerritory,
}


def assignments(source: str) -> dict[str, Any]:
    """The ``name = literal`` lines of a cell; a ValueError if it holds anything else."""
    values: dict[str, Any] = {}
    try:
        for statement in ast.parse(source).body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    values[name] = ast.literal_eval(value)
                case _:
                    raise ValueError(f"line {statement.lineno} is not the assignment of a literal to a name")
    except (SyntaxError, TypeError, RecursionError, MemoryError) as error:  # what the parser says of a hostile text
        raise ValueError(f"not Python that assigns literals ({type(error).__name__})") from None
    return values


def tagged_cells(notebook: nbformat.NotebookNode, tag: str) -> list[nbformat.NotebookNode]:
    """The cells that carry a tag."""
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def check_parameters_cell(notebook: nbformat.NotebookNode, model: type[NotebookParameters]) -> None:
    """A ValueError unless the one ``parameters`` cell has the names of the model and defaults that it accepts."""
    cells = tagged_cells(notebook, "parameters")
    if len(cells) != 1:
        raise ValueError(f"{len(cells)} cells are tagged parameters instead of one")
    defaults = assignments(cells[0].source)
    if list(defaults) != list(model.model_fields):
        raise ValueError(f"the parameters cell sets {', '.join(defaults)} instead of {', '.join(model.model_fields)}")
    model(**defaults)


def check_injected(notebook: nbformat.NotebookNode, parameters: NotebookParameters) -> None:
    """A ValueError unless the executed notebook was given exactly these parameters."""
    cells = tagged_cells(notebook, "injected-parameters")
    given = [assignments(cell.source) for cell in cells]
    if given != [parameters.model_dump()]:
        raise ValueError("the notebook was not run with the parameters asked for")
