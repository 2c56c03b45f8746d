"""The results of one quarter computed a second way, in SQL, from the clean table of contracts alone.

``python -m tests.second_computation`` writes what the SQL finds for the sample to ``tests/expected``: run it when the
sample or a definition changes, and read the difference before keeping it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pandas as pd

from spaser_analysis import workspace
from spaser_analysis.ingest import ingest
from spaser_analysis.organisation import Organisation, load_organisation
from spaser_analysis.period import Quarter

SQL = Path(__file__).parent / "sql"
QUARTER = Quarter(2022, 3)
EXPECTED = Path(__file__).parent / "expected" / f"sample_{QUARTER}.csv"
KEY = ["territory", "indicator", "window", "measure"]
COUNTS = ["yes", "no", "unknown"]
FIGURES = ["low", "high", "among_known", "value", "target"]
COLUMNS = [*KEY, *COUNTS, *FIGURES, "verdict"]
KINDS = {
    **dict.fromkeys([*KEY, "verdict"], "str"),
    **dict.fromkeys(COUNTS, "Int64"),
    **dict.fromkeys(FIGURES, "Float64"),
}


def results_in_sql(contracts: Path, organisation: Organisation, quarter: Quarter) -> pd.DataFrame:
    """The columns ``COLUMNS`` of the results, sorted by key, from the Parquet file of contracts."""
    places = pd.DataFrame({"code": [territory.code for territory in organisation.all_territories]})
    targets = pd.DataFrame(
        [(target.indicator, target.measure, target.value) for target in organisation.targets],
        columns=["indicator", "measure", "value"],
    )
    variables = {
        "siren": organisation.siren,
        "whole": organisation.whole.code,
        "year": quarter.year,
        "number": quarter.number,
    }
    with duckdb.connect() as connection:
        connection.read_parquet(str(contracts)).create_view("contracts")
        connection.register("places", places)
        connection.register("targets", targets)
        for name, value in variables.items():
            connection.execute(f"SET VARIABLE {name} = ?", [value])
        for script in ("members", "states"):
            connection.execute((SQL / f"{script}.sql").read_text(encoding="utf-8"))
        return comparable(connection.sql((SQL / "results.sql").read_text(encoding="utf-8")).df())


def comparable(found: pd.DataFrame) -> pd.DataFrame:
    """The columns that both ways give, typed and sorted alike."""
    return found[COLUMNS].astype(KINDS).sort_values(KEY, ignore_index=True)


def read_expected() -> pd.DataFrame:
    """The results kept under version control."""
    return comparable(pd.read_csv(EXPECTED, dtype="str", keep_default_na=False, na_values=[""]))


def write_expected() -> None:
    """Ingest the sample and write what the SQL finds."""
    with tempfile.TemporaryDirectory() as folder:
        clean = Path(folder) / "clean"
        ingest([workspace.sample()], clean)
        found = results_in_sql(workspace.table(clean, "contracts"), load_organisation(), QUARTER)
    EXPECTED.parent.mkdir(exist_ok=True)
    found.to_csv(EXPECTED, index=False, lineterminator="\n")
    print(f"{len(found)} rows in {EXPECTED.relative_to(workspace.home())}")


if __name__ == "__main__":
    write_expected()
