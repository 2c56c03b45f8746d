"""The quarter and the territory chosen in a list, in a notebook that one works in."""

from __future__ import annotations

from collections.abc import Callable

from IPython.display import display

from spaser_analysis.period import Quarter
from spaser_analysis.report import Report, open_report
from spaser_analysis.views import formatting
from spaser_analysis.views.elements import told


def choose(report: Report, *views: Callable[[Report], object]) -> None:
    """Show views for the quarter and territory chosen in two lists, first those of the report: ``choose(report, objectives)``.

    Where ipywidgets is not installed: the views of the report itself, and how to get the lists.
    """

    def show(quarter: str, territory: str) -> None:
        chosen = open_report(quarter, territory, report.organisation.slug, report.clean)
        display(*(view(chosen) for view in views))

    try:
        from ipywidgets import Dropdown, HBox, interactive_output
    except ImportError:
        display(told("no_lists"))
        show(str(report.quarter), report.territory.code)
        return
    quarters = [(formatting.quarter(Quarter.parse(one)), one) for one in reversed(report.quarters)]
    places = [(one.name, one.code) for one in report.organisation.all_territories]
    lists = {
        "quarter": Dropdown(options=quarters, value=str(report.quarter), description="Trimestre"),
        "territory": Dropdown(options=places, value=report.territory.code, description="Territoire"),
    }
    display(HBox(list(lists.values())), interactive_output(show, lists))
