"""The figures a second way: DuckDB over the clean tables, in the SQL of ``sql/``, which knows no formula of the library.

Of the library it is told what is declared only: the territories and objectives of the buyer, and what each sheet says of
its indicator (measures, minimum count, direction). ``sql/sheets`` holds one query a sheet; ``members.sql`` comes before
them, ``counted.sql`` after each and ``results.sql`` at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from spaser_analysis import workspace
from spaser_analysis.indicators import INDICATORS
from spaser_analysis.organisation import Organisation
from spaser_analysis.period import Quarter
from spaser_analysis.tables import read_catalogue

if TYPE_CHECKING:  # an extra
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]
_SQL = resources.files(__package__) / "sql"
_TABLES = ("contracts", "holders", "amendments", "payments", "insertion_hours", "declarations", "needs", "ledger")
_REFERENCE = ("thresholds", "declared_targets")
_SAID = "SELECT NULL::BOOL AS state, NULL::DOUBLE AS quantity, NULL::BIGINT AS cents WHERE false"
REST = ""  # the code of what belongs to no territory


@contextmanager
def computed(
    clean: Path,
    buyer: Organisation,
    quarters: Iterable[Quarter],
    beside: Iterable[Quarter] = (),
    *,
    with_rest: bool = False,
) -> Iterator[DuckDBPyConnection]:
    """A database with the clean tables, and ``results``: every indicator, territory, window, scope and measure of these
    quarters (columns as in ``indicateurs.csv``), and of those ``beside`` in the window ``quarter`` alone; ``with_rest``: of the
    rows of no territory too, under ``REST``.

    OSError where DuckDB is not installed; NoCleanTables.
    """
    try:
        import duckdb
    except ImportError:
        raise OSError(
            "recompute and balance: install the extra audit first: pip install spaser-analysis[audit]"
        ) from None
    read_catalogue(clean)
    # One thread adds in one order; nothing is fetched.
    with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False}) as connection:
        for name in _TABLES:
            connection.read_parquet(str(workspace.table(clean, name))).create_view(name)
        for name in _REFERENCE:
            connection.read_csv(str(workspace.reference(f"{name}.csv"))).create_view(name)
        asked = dict.fromkeys(map(str, beside), False) | dict.fromkeys(map(str, quarters), True)
        connection.register("asked", pd.DataFrame(asked.items(), columns=["quarter", "in_full"]))
        for name, told in _declared(buyer, with_rest).items():
            connection.register(name, told)
        set_variables(
            connection, siren=buyer.siren, whole=buyer.whole.code, parts=[one.code for one in buyer.territories],
            definition=buyer.solidarity_definition,
        )  # fmt: skip
        connection.execute(script("members"))
        for file in sorted((_SQL / "sheets").iterdir(), key=lambda one: one.name):
            query, code = file.read_text(encoding="utf-8"), file.name.removesuffix(".sql")
            own = "" if "indicator" in connection.sql(query).columns else f"'{code}' AS indicator, "
            connection.execute(
                f"CREATE OR REPLACE VIEW said AS {_SAID} UNION ALL BY NAME SELECT {own}* FROM (\n{query})"
            )
            connection.execute(script("counted"))
        connection.execute(script("results"))
        yield connection


def rows(connection: DuckDBPyConnection, query: str) -> list[Row]:
    """The rows of a query; None for null."""
    found = connection.sql(query)
    return [dict(zip(found.columns, one, strict=True)) for one in found.fetchall()]


def set_variables(connection: DuckDBPyConnection, **told: str | int | list[str] | None) -> None:
    """What the SQL calls ``getvariable(name)``."""
    for name, value in told.items():
        connection.execute(f"SET VARIABLE {name} = ?", [value])


def script(name: str) -> str:
    """The text of ``sql/<name>.sql``."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _declared(buyer: Organisation, with_rest: bool) -> dict[str, pd.DataFrame]:
    places = [one.code for one in buyer.all_territories] + [REST] * with_rest
    sheets = [
        (one.code, measure, one.scoped, one.minimum_count, one.direction, one.table)
        for one in (indicator.sheet for indicator in INDICATORS)
        for measure in one.measures
    ]
    targets = [(one.indicator, one.measure, one.value) for one in buyer.targets]
    return {
        "places": pd.DataFrame({"code": places}),
        "targets": pd.DataFrame(targets, columns=["indicator", "measure", "target"]),
        "sheets": pd.DataFrame(
            sheets, columns=["indicator", "measure", "is_scoped", "minimum", "direction", "counted"]
        ),
    }
