"""The results of one quarter computed a second way, in SQL, from the clean tables.

``python -m tests.second_computation`` writes what the SQL finds for the sample to ``tests/expected``: run it when the
sample or a definition changes, and read the difference before keeping it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from spaser_analysis import workspace
from spaser_analysis.audit.queries import computed
from spaser_analysis.ingest import ingest
from spaser_analysis.organisation import Organisation, load_organisation
from spaser_analysis.period import Quarter

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
    with computed(clean, organisation, [quarter]) as connection:
        return comparable(connection.sql("FROM results").df())


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
        raise SystemExit(f"no condition in the SQL for {', '.join(missing)}: nothing written")
    EXPECTED.parent.mkdir(exist_ok=True)
    found.to_csv(EXPECTED, index=False, lineterminator="\n")
    print(f"{len(found)} rows in {EXPECTED.relative_to(workspace.home())}")


if __name__ == "__main__":
    write_expected()
