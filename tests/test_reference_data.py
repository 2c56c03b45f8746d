"""Figures of the law and of the observatory: those that were read, each with its source, and a wrong file told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from spaser_analysis import workspace
from spaser_analysis.reference_data import comparators, declared_targets, thresholds

TABLES = {"thresholds.csv": thresholds, "declared_targets.csv": declared_targets, "comparators.csv": comparators}


def lines(table: pd.DataFrame, *columns: str) -> list[str]:
    return [" ".join(map(str, row)) for row in table[list(columns)].itertuples(index=False)]


def test_the_thresholds_of_local_buyers() -> None:
    found = thresholds()
    found = found.assign(start=found["valid_from"].dt.date, end=found["valid_to"].dt.date)
    assert lines(found, "start", "end", "kind", "amount_cents") == [
        "2020-01-01 2021-12-31 supplies_services 21400000",
        "2020-01-01 2021-12-31 works 535000000",
        "2022-01-01 2023-12-31 supplies_services 21500000",
        "2022-01-01 2023-12-31 works 538200000",
        "2024-01-01 2025-12-31 supplies_services 22100000",
        "2024-01-01 2025-12-31 works 553800000",
        "2026-01-01 2027-12-31 supplies_services 21600000",
        "2026-01-01 2027-12-31 works 540400000",
    ]


def test_the_required_percentages_stop_where_nothing_was_read() -> None:
    found = declared_targets()
    textiles = found[found["category"].str.startswith("Produits textiles", na=False)]
    assert lines(textiles, "part", "valid_from", "valid_to", "minimum") == [
        "reuse 2024 2026 0.08",
        "recycled 2024 2026 0.2",
        "reuse 2030 <NA> 0.15",
        "recycled 2030 <NA> 0.3",
    ]
    overall = found[found["category"].isna()]
    assert lines(overall, "scheme", "part", "valid_from", "minimum") == [
        "egalim durable 2022 0.5",
        "egalim organic 2022 0.2",
    ]


def test_the_national_figures_have_their_scope_and_the_end_of_their_series() -> None:
    found = comparators()
    whole = found[
        found["scope"].str.startswith("Tous acheteurs, marchés de plus de 90 000 €") & (found["measure"] == "number")
    ]
    assert lines(whole[whole["indicator"] == "environmental_share"], "year", "low", "high", "series_end") == [
        "2019 0.158 0.158 2023",
        "2020 0.168 0.168 2023",
        "2021 0.187 0.187 2023",
        "2022 0.292 0.292 2023",
    ]
    assert lines(whole[whole["indicator"] == "social_share"], "year", "low") == [
        "2019 0.125", "2020 0.121", "2021 0.132", "2022 0.223", "2023 0.187",
    ]  # fmt: skip
    two = found[found["low"] < found["high"]]
    assert lines(two, "year", "indicator", "measure", "low", "high") == [
        "2019 environmental_share value 0.186 0.188",
        "2019 sme_share value 0.32 0.323",
        "2023 environmental_share number 0.547 0.55",
    ]


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_its_source(name: str) -> None:
    found = TABLES[name]()
    assert len(found) > 0
    assert found["source"].str.len().min() > 10


@pytest.mark.parametrize(
    ("name", "before", "after", "message"),
    [
        ("thresholds.csv", "221000", "deux cent", "thresholds.csv: "),
        ("thresholds.csv", "221000", "-1", "thresholds.csv: .*greater_than"),
        ("thresholds.csv", "local", "state", "thresholds.csv: .*isin"),
        ("thresholds.csv", "2024-01-01", "2023-01-01", "thresholds.csv: a period ends before"),
        ("thresholds.csv", "2025-12-31", "2023-12-30", "thresholds.csv: a period ends before"),
        ("thresholds.csv", "2024-01-01,2025-12-31,local,works", "2018-01-01,2019-12-31,local,works", "thresholds.csv: a period has not"),
        ("thresholds.csv", "2024-01-01,2025-12-31,local,supplies_services", "2024-01-01,2025-12-31,local,works", "thresholds.csv: .*unique"),
        ("thresholds.csv", "valid_from,valid_to", "from,to", "thresholds.csv: line 1 must be valid_from"),
        ("declared_targets.csv", ",0.08,", ",8,", "declared_targets.csv: .*in_range"),
        ("declared_targets.csv", ",0.08,", ",,", "declared_targets.csv: .*null"),
        ("declared_targets.csv", "secondary", "memory", "declared_targets.csv: .*isin"),
        ("comparators.csv", "0.186,0.188", "0.188,0.186", "comparators.csv: low is above high"),
        ("comparators.csv", "social_share", "innovation_share", "comparators.csv: .*isin"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, before: str, after: str, message: str
) -> None:
    shutil.copytree(workspace.reference(""), tmp_path / "data" / "reference")
    monkeypatch.setenv("SPASER_HOME", str(tmp_path))
    file = workspace.reference(name)
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        TABLES[name]()
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_HOME", str(tmp_path))
    with pytest.raises(ValueError, match=r"comparators\.csv: .*No such file"):
        comparators()
