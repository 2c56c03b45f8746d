"""The names that notebooks use, nothing else; each is imported at its first use, so that the package opens at once."""

from importlib import import_module
from typing import Any

_NAMES = {
    "report": "open_report open_year",
    "views.sentences": "place notice scope summary freshness breaks",
    "views.objectives": "objectives",
    "views.tables": "windows other_indicators results_data scopes",
    "views.figures": "course",
    "views.territories": "territories",
    "views.breakdowns": "families directorates",
    "views.running": "to_act_on",
    "views.quality": "completeness repairs files_read journal ledger duplicates supplier_lists payments_read",
    "views.definitions": "definitions",
    "views.spending": "solidarity suppliers excluded",
    "views.outlook": "outlook revisions unpublished",
    "views.themes": "themes",
    "views.fiches": "fiches",
    "views.harmonisation": "harmony positions convergence movers harmonisation_data",
    "views.funnels": "funnels dispersions",
    "views.examples": "examples",
    "views.comparators": "comparators",
    "views.exploration": "contracts where look sheet compare plot contracts_data",
    "views.choosing": "choose",
    "views.fields": "fields fields_by_quarter completeness_data",
    "views.delays": "delays delay_indicators late_months",
    "views.method": "sheets solidarity_definitions legal_thresholds settings trials corrections method_changes sheets_data",
    "views.legal": "year_place year_state balance purchases agec egalim legal_data",
    "plan": "open_plan",
    "views.census": "plan_place plan_notice plan_scope census_by_territory census_faults calendar by_directorate",
    "views.computation": "thresholds_used alerts doubtful_sums straddling_alerts",
    "views.pooling": "usable_contracts pooling_candidates pooling_lots pooling_refused",
    "views.endings": "endings_by_quarter endings_soon endings_by_family renewal_scenario",
    "views.coverage": "coverage_matrix groups_lacking",
    "views.plan_data": "plan_sheets plan_data",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
