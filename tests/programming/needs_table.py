"""Small censuses and contracts, written as they are read."""

from __future__ import annotations

import pandas as pd

from spaser_analysis import schemas
from spaser_analysis.cleaning.reference import load_reference
from spaser_analysis.organisation import load_organisation
from spaser_analysis.programming.needs import after_months
from spaser_analysis.programming.words import Reader
from spaser_analysis.reference_data import vocabulary
from tests.tables import frame

FAMILIES = load_reference().families
READER = Reader(vocabulary(load_organisation()))


def needs_table(text: str, come: bool = True) -> pd.DataFrame:
    """Needs from the columns that matter; with ``come``, as ``counted`` gives them: ``need`` is the number, ``ready_on`` the
    start unless written.
    """
    told = frame(text)
    rows = schemas.conform(told, schemas.NEEDS).assign(
        source_file="census", source_record=range(1, len(told) + 1), amount_status="ok", is_fictitious=True
    )
    if not come:
        return rows
    more = {name: told[name] for name in ("kind", "ready_on", "ends_on", "is_to_come") if name in told}
    start = rows["starts_on"]
    defaults = {
        "kind": "services",
        "is_to_come": True,
        "ready_on": start,
        "ends_on": after_months(start, rows["duration_months"]),
    }
    return rows.assign(need=rows["need_id"], **(defaults | more))


def contracts_table(text: str) -> pd.DataFrame:
    """Contracts from the columns that matter, with those that ``plan.contracts`` adds."""
    told = frame(text)
    names = ["uid", "objet", "codeCPV", "family", "unit", "territory", "kind", "is_framework", "is_subsequent",
             "dateNotification", "months", "end", "amount_cents", "remaining_cents"]  # fmt: skip
    kinds = {**schemas.dtypes(schemas.CONTRACTS), "unit": "str", "kind": "str", "months": "Int64", "end": "datetime64[ms]",
             "remaining_cents": "Int64"}  # fmt: skip
    return told.reindex(columns=names).astype({name: kinds[name] for name in names})
