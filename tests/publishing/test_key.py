"""A report is made again where something it rests on has changed, and nowhere else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from spaser_analysis import schemas, workspace
from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.publishing import key
from spaser_analysis.publishing.tasks import quarter_tasks, territory_task, year_tasks
from spaser_analysis.snapshot import open_snapshot
from spaser_analysis.tables import read_table, write_table

BUYER = load_organisation()
TASKS = [
    task
    for quarter in (Quarter(2023, 4), Quarter(2024, 2), Quarter(2024, 3), Quarter(2025, 1))
    for task in (
        *(territory_task(BUYER, quarter, BUYER.territory(code)) for code in ("AMP", "CT1", "CT2")),
        *quarter_tasks(BUYER, quarter),
    )
] + year_tasks(BUYER, 2023)


def rows(clean: Path) -> dict[str, str]:
    snapshot = open_snapshot("amp", clean)
    return {f"{task.period} {task.slug}": key.of_rows(task, snapshot) for task in TASKS}


Edit = Callable[[pd.DataFrame], pd.DataFrame]


def with_contracts(clean: Path, folder: Path, edit: Edit) -> Path:
    """The clean tables, the contracts edited."""
    shutil.copytree(clean, folder)
    edited = edit(read_table(schemas.CONTRACTS, clean))
    parts = [edited[edited["quarter"] == quarter] for quarter in sorted(edited["quarter"].dropna().unique())]
    write_table(workspace.table(folder, "contracts"), [*parts, edited[edited["quarter"].isna()]], schemas.CONTRACTS)
    return folder


def changed(clean: Path, folder: Path, edit: Edit) -> set[str]:
    """The reports whose rows are others once the contracts have been edited."""
    before, after = rows(clean), rows(with_contracts(clean, folder, edit))
    return {name for name in before if before[name] != after[name]}


def one(contracts: pd.DataFrame, territory: str, quarter: str) -> pd.Series:
    """Marks one contract of the buyer, whose consideration and amount are known."""
    found = contracts[
        (contracts["territory"] == territory)
        & (contracts["quarter"] == quarter)
        & (contracts["environmental"] == False).fillna(False)  # noqa: E712
        & contracts["amount_cents"].notna()
    ]
    return contracts["uid"] == found["uid"].iloc[0]


def test_nothing_changed_is_nothing_to_read_again(sample_clean: Path, tmp_path: Path) -> None:
    assert changed(sample_clean, tmp_path / "clean", lambda contracts: contracts) == set()


def test_the_words_of_a_contract_are_read_by_its_territory_and_the_whole_from_its_year_on(
    sample_clean: Path, tmp_path: Path
) -> None:
    def edit(contracts: pd.DataFrame) -> pd.DataFrame:
        return contracts.assign(objet=contracts["objet"].mask(one(contracts, "CT2", "2024-T2"), "Autre objet"))

    found = changed(sample_clean, tmp_path / "clean", edit)
    quarters = ("2024-T2", "2024-T3", "2025-T1")
    slugs = ("metropole", "pays-d-aix", "synthese", "qualite-des-donnees", "methode", "programmation")
    assert found == {f"{quarter} {slug}" for quarter in quarters for slug in slugs}


def test_a_consideration_is_read_by_those_that_compare_themselves_with_the_whole(
    sample_clean: Path, tmp_path: Path
) -> None:
    def edit(contracts: pd.DataFrame) -> pd.DataFrame:
        return contracts.assign(
            environmental=contracts["environmental"].mask(one(contracts, "CT2", "2024-T2"), True).astype("boolean")
        )

    found = changed(sample_clean, tmp_path / "clean", edit)
    assert {name for name in found if name.endswith("marseille-provence")} == {
        "2024-T2 marseille-provence", "2024-T3 marseille-provence", "2025-T1 marseille-provence",
    }  # fmt: skip
    assert not [name for name in found if name.startswith("2023")]


def test_another_buyer_s_contract_is_read_by_the_programming_only(sample_clean: Path, tmp_path: Path) -> None:
    def with_another(contracts: pd.DataFrame) -> pd.DataFrame:
        other = contracts[one(contracts, "CT2", "2024-T2")].assign(buyer_siren="213100555", uid="21310055500017X")
        return pd.concat([contracts, other], ignore_index=True)

    def edit(contracts: pd.DataFrame) -> pd.DataFrame:
        other = contracts["buyer_siren"] == "213100555"
        return contracts.assign(environmental=contracts["environmental"].mask(other, True).astype("boolean"))

    before = with_contracts(sample_clean, tmp_path / "before", with_another)
    found = changed(before, tmp_path / "after", edit)
    assert found == {f"{quarter} programmation" for quarter in ("2024-T2", "2024-T3", "2025-T1")}


def test_each_part_says_why(tmp_path: Path) -> None:
    task = TASKS[0]
    parts = dict.fromkeys(("notebook", "library", "reference", "lock"), "1")
    files = {"report.html": b"page", "indicateurs.csv": b"snapshot\n2026-03-01\n"}

    def said(now: dict[str, str] = parts, tables: str = "t", day: str = "2026-03-01", rows: str = "r") -> str:
        return key.why(task, tmp_path / task.period / task.slug, now, tables, day, lambda: rows)

    place = tmp_path / task.period / task.slug
    note = workspace.edition_key(tmp_path, task.period, task.slug)
    assert said() == "not published yet"
    place.mkdir(parents=True)
    assert said() == "its edition has no key, or lacks a file"
    told = {**parts, "rows": "r", "earlier": key.said_after(files)}
    note.parent.mkdir(parents=True)
    note.write_bytes(key.written(told, "t", files))
    for name, content in files.items():
        (place / name).write_bytes(content)
    assert said() == ""
    assert said(tables="other") == ""
    assert said(tables="other", rows="s") == "the rows that it reads have changed"
    assert (
        said({**parts, "library": "2", "lock": "2"})
        == "the library has changed; the versions of the libraries have changed"
    )
    assert said(day="2026-04-01") == "what earlier editions said has changed"  # its own figures are earlier ones now
    (place / "report.html").write_bytes(b"edited")
    assert said() == "report.html is not what was published"
    (place / "report.html").unlink()
    assert said() == "its edition has no key, or lacks a file"
    for text in ("{", "[]", '{"files": 3}'):
        note.write_text(text)
        assert said() == "its key cannot be read"


def test_the_key_is_of_contents_not_of_places(tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copytree(workspace.home() / "data" / "reference", tmp_path / name / "reference")
    first, second = (key.of_files(tmp_path / name, (tmp_path / name).rglob("*.csv")) for name in ("a", "b"))
    assert first == second
    (tmp_path / "b" / "reference" / "families.csv").write_text("")
    assert key.of_files(tmp_path / "b", (tmp_path / "b").rglob("*.csv")) != first


def test_a_file_that_was_cut_on_its_way_is_refused() -> None:
    files = {"report.html": b"page"}
    complete = files | {key.KEY: key.written({}, "t", files)}
    key.check(complete)
    with pytest.raises(ValueError, match="not those that its key tells"):
        key.check(complete | {"report.html": b"pag"})
    with pytest.raises(ValueError, match="not those that its key tells"):
        key.check({key.KEY: complete[key.KEY]})
    assert json.loads(complete[key.KEY])["tables"] == "t"
