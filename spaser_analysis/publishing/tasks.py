"""The reports of a batch, where each stands, and how one fails; light to import, for the process that only hands them out."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spaser_analysis.organisation import Organisation, Territory
from spaser_analysis.period import Quarter
from spaser_analysis.publishing.parameters import MODELS, NotebookParameters, assignments
from spaser_analysis.report import FIGURES

EXECUTED, CAUSE = "executed.ipynb", "cause.json"  # of a run that failed
TERRITORY = "rapport_territoire"
WORKBOOK = "programmation.xlsx"  # the name that the page links to
# Beside the reports of the territories: notebook, and the folder of its report.
OF_QUARTER = {
    "synthese_metropole": "synthese",
    "programmation": "programmation",
    "qualite_donnees": "qualite-des-donnees",
    "methode": "methode",
}
OF_YEAR = {"bilan_legal": "bilan-legal"}


@dataclass(frozen=True)
class Task:
    """One report to make: a notebook with its parameters, for a place ``period``/``slug`` below the editions."""

    notebook: str
    period: str
    slug: str
    about: str
    parameters: Mapping[str, str | int]

    @property
    def model(self) -> NotebookParameters:
        """The parameters, checked."""
        return MODELS[self.notebook](**self.parameters)


def territory_task(buyer: Organisation, quarter: Quarter, territory: Territory) -> Task:
    """The report of one quarter and territory."""
    parameters = {"quarter": str(quarter), "territory": territory.code, "organisation": buyer.slug}
    return Task(TERRITORY, str(quarter), territory.slug, territory.name, parameters)


def quarter_tasks(buyer: Organisation, quarter: Quarter) -> list[Task]:
    """The other reports of a quarter."""
    parameters = {"quarter": str(quarter), "organisation": buyer.slug}
    return [Task(name, str(quarter), slug, buyer.name, parameters) for name, slug in OF_QUARTER.items()]


def year_tasks(buyer: Organisation, year: int) -> list[Task]:
    """The reports of a civil year."""
    parameters: dict[str, str | int] = {"year": year, "organisation": buyer.slug}
    return [Task(name, str(year), slug, buyer.name, parameters) for name, slug in OF_YEAR.items()]


def published_snapshot(place: Path) -> str:
    """The snapshot of the edition of a place; empty where there is none, or none is told."""
    try:
        with (place / FIGURES).open(encoding="utf-8", newline="") as stream:
            return (next(csv.DictReader(stream), {}).get("snapshot")) or ""
    except OSError:
        return ""


def published_organisation(place: Path) -> str:
    """The organisation of the edition of a place; empty where there is none."""
    return str(published_parameters(place).get("organisation", "")) if (place / "report.ipynb").is_file() else ""


def published_parameters(place: Path) -> dict[str, str | int]:
    """The parameters with which the report of a place ran; none where its notebook tells none."""
    cells = json.loads((place / "report.ipynb").read_text(encoding="utf-8"))["cells"]
    given = ["".join(one["source"]) for one in cells if "injected-parameters" in one["metadata"].get("tags", [])]
    return assignments(given[0]) if given else {}


class NotebookFailure(Exception):
    """A notebook that did not come to its end; the message names the cell and the cause in one line."""


def failure(cell: str, cause: str) -> NotebookFailure:
    """What a report fails with: in one line, its cell where it has begun one, and the cause."""
    place = f"cell {cell}: " if cell else ""
    return NotebookFailure(" ".join(f"{place}{cause}".split())[:500])
