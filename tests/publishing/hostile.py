"""The sample's clean tables with hostile texts in every text column, and the reports of a quarter and a year made of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest

from spaser_analysis import schemas, workspace
from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.publishing import html, processes
from spaser_analysis.publishing.edition import make_edition
from spaser_analysis.publishing.tasks import Task, quarter_tasks, territory_task, year_tasks
from spaser_analysis.tables import read_table, write_table
from spaser_analysis.views import elements

# Each sends a request, opens a dialog or leaves its element where a page lets it.
TEXTS = (
    "<script>alert(1)</script>",
    "<img src=http://127.0.0.1:9/x onerror=alert(2)>",
    "<svg onload=alert(3)></svg>",
    "</td></table></title></svg><iframe srcdoc='<script>parent.alert(4)</script>'></iframe>",
    "javascript:alert(5)",
    '"\'><a href="javascript:alert(6)" onfocus=alert(7) autofocus>x</a>',
    "<details open ontoggle=alert(8)>",
    "[x](javascript:alert(9)) ![x](http://127.0.0.1:9/y)",
    "<style>@import 'http://127.0.0.1:9/z'; * { background: url(http://127.0.0.1:9/b) }</style>",
    "<link rel=stylesheet href=http://127.0.0.1:9/c><meta http-equiv=refresh content='0;url=http://127.0.0.1:9/r'>",
)
# Where most rows must keep their value for a report to have any.
_FEW = ("buyer_siren", "family")
_EVERY = 9
TABLES = (
    schemas.CONTRACTS, schemas.CONCESSIONS, schemas.HOLDERS, schemas.AMENDMENTS, schemas.PAYMENTS, schemas.SUPPLIERS,
    schemas.INSERTION_HOURS, schemas.DECLARATIONS, schemas.NEEDS, schemas.NEED_LINES, schemas.WORKING_GROUPS, schemas.LEDGER,
)  # fmt: skip


def texts_of(schema: pa.DataFrameSchema) -> list[str]:
    """The columns of a table that may hold any text; a territory that is none of the buyer's is refused by all reports."""
    kinds = schemas.dtypes(schema).items()
    return [
        name for name, kind in kinds if kind == schemas.TEXT and not schema.columns[name].checks and name != "territory"
    ]


def planted(clean: Path, folder: Path) -> Path:
    """The clean tables, where each text says more than it did: the same of the same text, so that keys still lead."""
    shutil.copytree(clean, folder)
    for schema in TABLES:
        rows = read_table(schema, clean)
        more = {name: _more(rows[name], name).astype("str") for name in texts_of(schema)}
        write_table(workspace.table(folder, schema.name), [rows.assign(**more)], schema)
    return folder


def _more(texts: pd.Series, name: str) -> pd.Series:
    told = texts.map(lambda text: f"{TEXTS[len(text) % len(TEXTS)]}{text}", na_action="ignore")
    is_kept = pd.Series(range(len(texts)), index=texts.index) % _EVERY > 0
    return texts.where(is_kept, told) if name in _FEW else told


def reports(
    clean: Path, folder: Path, make: Callable[..., Any] = make_edition, slugs: Sequence[str] = ()
) -> dict[str, Path]:
    """The page of each report of 2022-T3 and 2022, or of some, and what the figures of a territory are made of, by name."""
    buyer, quarter = load_organisation(), Quarter(2022, 3)
    tasks = [
        territory_task(buyer, quarter, buyer.territory("CT2")),
        *quarter_tasks(buyer, quarter),
        *year_tasks(buyer, 2022),
    ]
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPASER_CLEAN", str(clean))
        for task in (one for one in tasks if not slugs or one.slug in slugs):
            place = folder / task.period / task.slug
            place.mkdir(parents=True)
            for name, content in processes.call(make, task, buyer.name, place).items():
                (place / name).write_bytes(content)
            found[task.slug] = place / "report.html"
    return found | {"preuves": folder / str(quarter) / buyer.territory("CT2").slug / "preuves.html"}


def made_bare(task: Task, buyer: str, scratch: Path, began: Callable[[str], None]) -> dict[str, bytes]:
    """``make_edition`` where nothing is escaped nor cleaned: what is left is the page's own policy.

    But for a page that sends its reader away (``refresh``), which no policy can forbid.
    """
    elements.escape_markup = str  # type: ignore[attr-defined]
    html.sanitised = _bare
    for name in ("sanitised", "escape"):
        html._exporter().register_filter(name, _bare)
    return make_edition(task, buyer, scratch, began)


def _bare(markup: object) -> str:
    return str(markup).replace("http-equiv=refresh", "")
