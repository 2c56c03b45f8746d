"""The results of one quarter computed a second way, in SQL, from the clean tables.

``python -m tests.second_computation`` writes what the SQL finds for the sample to ``tests/expected``: run it when the
sample or a definition changes, and read the difference before keeping it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pandas as pd

from spaser_analysis import workspace
from spaser_analysis.indicators import INDICATORS
from spaser_analysis.ingest import ingest
from spaser_analysis.organisation import Organisation, load_organisation
from spaser_analysis.period import Quarter

SQL = Path(__file__).parent / "sql"
SCRIPTS = ("members", "contracts", "payments", "declared", "hours")
TABLES = ("contracts", "holders", "payments", "insertion_hours", "declarations")
QUARTER = Quarter(2022, 3)
EXPECTED = Path(__file__).parent / "expected" / f"sample_{QUARTER}.csv"
KEY = ["territory", "indicator", "window", "scope", "measure"]
COUNTS = ["yes", "no", "unknown"]
FIGURES = ["low", "high", "among_known", "value", "target"]
COLUMNS = [*KEY, *COUNTS, *FIGURES, "verdict"]
KINDS = {
    **dict.fromkeys([*KEY, "verdict"], "str"),
    **dict.fromkeys(COUNTS, "Int64"),
    **dict.fromkeys(FIGURES, "Float64"),
}


def results_in_sql(clean: Path, organisation: Organisation, quarter: Quarter) -> pd.DataFrame:
    """The columns ``COLUMNS`` of the results, sorted by key, from a folder of clean tables."""
    variables = {
        "siren": organisation.siren,
        "whole": organisation.whole.code,
        "definition": organisation.solidarity_definition,
        "year": quarter.year,
        "number": quarter.number,
    }
    with duckdb.connect() as connection:
        for name in TABLES:
            connection.read_parquet(str(workspace.table(clean, name))).create_view(name)
        connection.read_csv(str(workspace.reference("thresholds.csv"))).create_view("thresholds")
        for name, rows in _declared(organisation).items():
            connection.register(name, rows)
        for name, value in variables.items():
            connection.execute(f"SET VARIABLE {name} = ?", [value])
        for script in SCRIPTS:
            connection.execute((SQL / f"{script}.sql").read_text(encoding="utf-8"))
        return comparable(connection.sql((SQL / "results.sql").read_text(encoding="utf-8")).df())


def _declared(organisation: Organisation) -> dict[str, pd.DataFrame]:
    """What is declared, not computed: territories, objectives, and what the sheets say of their measures."""
    sheets = [indicator.sheet for indicator in INDICATORS]
    return {
        "places": pd.DataFrame({"code": [territory.code for territory in organisation.all_territories]}),
        "targets": pd.DataFrame(
            [(one.indicator, one.measure, one.value) for one in organisation.targets],
            columns=["indicator", "measure", "target"],
        ),
        "sheets": pd.DataFrame(
            [(s.code, measure, s.scoped, s.minimum_count, s.direction) for s in sheets for measure in s.measures],
            columns=["indicator", "measure", "is_scoped", "minimum", "direction"],
        ),
    }


def comparable(found: pd.DataFrame) -> pd.DataFrame:
    """The columns that both ways give, typed and sorted alike."""
    return found[COLUMNS].astype(KINDS).sort_values(KEY, ignore_index=True)


def kept(found: pd.DataFrame) -> pd.DataFrame:
    """What is under version control: every territory for the scope ``all``, the whole alone for the others."""
    whole = load_organisation().whole.code
    return found[(found["scope"] == "all") | (found["territory"] == whole)].reset_index(drop=True)


def read_expected() -> pd.DataFrame:
    """The results kept under version control."""
    return comparable(pd.read_csv(EXPECTED, dtype="str", keep_default_na=False, na_values=[""]))


def write_expected() -> None:
    """Ingest the sample's last snapshot and write what the SQL finds."""
    with tempfile.TemporaryDirectory() as folder:
        clean = Path(folder) / "clean"
        ingest([workspace.sample_snapshots()[-1]], clean)
        found = kept(results_in_sql(clean, load_organisation(), QUARTER))
    counted = found[["yes", "no", "unknown"]].fillna(0).sum(axis=1).groupby(found["indicator"]).sum()
    if missing := sorted(counted.index[counted == 0]):
        raise SystemExit(f"no condition in tests/sql for {', '.join(missing)}: nothing written")
    EXPECTED.parent.mkdir(exist_ok=True)
    found.to_csv(EXPECTED, index=False, lineterminator="\n")
    print(f"{len(found)} rows in {EXPECTED.relative_to(workspace.home())}")


if __name__ == "__main__":
    write_expected()
