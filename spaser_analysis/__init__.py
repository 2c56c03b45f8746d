"""The names that notebooks use, nothing else; each is imported at its first use, so that the package opens at once."""

from importlib import import_module
from typing import Any

_HOME = {
    "open_report": "report",
    "open_year": "report",
    "place": "views.sentences",
    "notice": "views.sentences",
    "scope": "views.sentences",
    "summary": "views.sentences",
    "freshness": "views.sentences",
    "breaks": "views.sentences",
    "objectives": "views.objectives",
    "windows": "views.tables",
    "other_indicators": "views.tables",
    "results_data": "views.tables",
    "course": "views.figures",
    "territories": "views.territories",
    "families": "views.breakdowns",
    "directorates": "views.breakdowns",
    "to_act_on": "views.running",
    "completeness": "views.quality",
    "repairs": "views.quality",
    "files_read": "views.quality",
    "definitions": "views.definitions",
    "scopes": "views.tables",
    "solidarity": "views.spending",
    "suppliers": "views.spending",
    "excluded": "views.spending",
    "outlook": "views.outlook",
    "revisions": "views.outlook",
    "unpublished": "views.outlook",
    "themes": "views.themes",
    "fiches": "views.fiches",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
