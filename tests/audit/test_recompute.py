"""Every figure of the sample's editions is found again in SQL; one that is not is named."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from spaser_analysis.audit.findings import Finding, failed
from spaser_analysis.audit.recompute import recompute
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.results import results
from spaser_analysis.indicators.share import count_states
from spaser_analysis.plan import open_plan
from spaser_analysis.publishing.manifest import Edition
from spaser_analysis.report import FIGURES, open_report, open_year
from spaser_analysis.views.harmonisation import harmonisation_data
from spaser_analysis.views.legal import legal_data
from spaser_analysis.views.plan_data import plan_data
from tests.audit.figures import chosen, copied, edited, edition, kept, read, write

__all__ = ["edition", "kept"]
WHERE = {"indicator": "environmental_share", "window": "quarter", "scope": "all", "measure": "number"}
NAME = "2022-T3/metropole/indicateurs.csv environmental_share quarter all number"


def only(edition: Edition, *slugs: str) -> Edition:
    """The edition with some of its reports: quicker."""
    return replace(edition, runs=tuple(run for run in edition.runs if run.slug in slugs))


def names(found: Sequence[Finding]) -> dict[str, str]:
    return {one.name: one.kind for one in failed(found)}


def test_every_figure_of_the_quarter_is_found_again(kept: dict[str, Edition], sample_clean: Path) -> None:
    found = recompute(kept["2022-T3"], sample_clean)
    assert names(found) == {}
    told = {one.name: int("".join(filter(str.isdigit, one.detail))) for one in found if one.state == "ok"}
    reports = {path.parent.name for path in kept["2022-T3"].folder.glob(f"*/{FIGURES}")} - {"methode"}
    assert set(told) == {f"2022-T3/{slug}/{FIGURES}" for slug in reports} | {f"2022-T3/{FIGURES}"}
    cells = read(kept["2022-T3"].folder / FIGURES)
    figures = ("yes", "no", "unknown", "low", "high", "among_known", "value", "target", "verdict")
    assert told[f"2022-T3/{FIGURES}"] == sum(row[figure] != "" for row in cells for figure in figures) > 30_000
    assert told["2022-T3/synthese/indicateurs.csv"] == 126
    assert told["2022-T3/programmation/indicateurs.csv"] == sum(
        row["amount_cents"] != "" for row in read(kept["2022-T3"].folder / "programmation" / FIGURES)
    )
    unknown = [one for one in found if one.state == "unknown"]
    assert [one.name.split("/")[1] for one in unknown] == ["programmation", "synthese"]
    assert "lower_95" in unknown[1].detail and "course" in unknown[1].detail


def test_every_figure_of_the_year_is_found_again(kept: dict[str, Edition], sample_clean: Path) -> None:
    assert [(one.state, one.name, one.detail) for one in recompute(kept["2022"], sample_clean)] == [
        ("ok", name, "235\u00a0chiffres recalculés en SQL, tous égaux.")
        for name in ("2022/bilan-legal/indicateurs.csv", "2022/indicateurs.csv")
    ]


@pytest.mark.parametrize("quarter", ["2021-T1", "2025-T4"])
def test_other_quarters_and_years_are_found_again(
    quarter: str, sample_clean: Path, tmp_path: Path, kept: dict[str, Edition], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one has no year before; in the last one a change of 0.1328125 is rounded."""
    monkeypatch.setenv("SPASER_CLEAN", str(sample_clean))
    told = {
        (quarter, "synthese"): harmonisation_data(open_report(quarter)),
        (quarter, "programmation"): plan_data(open_plan(quarter)),
        (quarter[:4], "bilan-legal"): legal_data(open_year(int(quarter[:4]))),
    }
    for (period, slug), data in told.items():
        (tmp_path / period / slug).mkdir(parents=True)
        (tmp_path / period / slug / FIGURES).write_text(data.csv)
        (tmp_path / period / FIGURES).write_text(data.csv)
    for period, like in ((quarter, "2022-T3"), (quarter[:4], "2022")):
        edition = replace(kept[like], folder=tmp_path / period, period=period)
        found = recompute(only(edition, "synthese", "programmation", "bilan-legal"), sample_clean)
        assert names(found) == {}
        assert sum(one.state == "ok" for one in found) == 2


def test_an_edited_figure_is_named_with_both_values(edition: Edition, sample_clean: Path) -> None:
    assert edited(edition.folder / "metropole" / FIGURES, "yes", "64", **WHERE) == "63"
    assert failed(recompute(only(edition, "metropole"), sample_clean))[0] == Finding(
        "recompute", "figure_differs", "failed", f"{NAME} yes",
        "Publié\u00a0: 64\u00a0; recalculé en SQL\u00a0: 63.",
    )  # fmt: skip


EDITS = [
    ("metropole", "low", "0.5000000000000001", WHERE, NAME),
    ("metropole", "unknown", "3.0", WHERE, NAME),
    ("metropole", "verdict", "reached", WHERE, NAME),
    ("metropole", "value", "0.5", WHERE, NAME),
    ("metropole", "high", "nan", WHERE, NAME),
    ("metropole", "target", "", WHERE, NAME),
    ("qualite-des-donnees", "yes", "9", {**WHERE, "territory": "CT2", "indicator": "completeness_objet"},
     "2022-T3/qualite-des-donnees/indicateurs.csv CT2 completeness_objet quarter all number"),
    ("synthese", "before", "0.4", {"territory": "CT1", "indicator": "social_share"},
     "2022-T3/synthese/indicateurs.csv CT1 social_share"),
    ("programmation", "amount_cents", "1", {"suggestion": "census", "role": "total"},
     "2022-T3/programmation/indicateurs.csv census total"),
    ("programmation", "amount_cents", "1", {"suggestion": "C1", "need": "B23-CT1-001"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "column", "value", "where", "name"), EDITS, ids=lambda one: str(one)[:20])
def test_one_edited_cell_is_one_finding(
    edition: Edition, sample_clean: Path, slug: str, column: str, value: str, where: dict[str, str], name: str | None
) -> None:
    path = edition.folder / slug / FIGURES
    if name is None:  # a line of a sum
        line = next(chosen(read(path), role="member", suggestion="C1"))
        where = {one: line[one] for one in ("suggestion", "need")}
        name = f"2022-T3/{slug}/{FIGURES} C1 member {line['need']} {line['source_file']} {line['source_record']}"
    assert edited(path, column, value, **where) != value
    found = names(recompute(only(edition, slug), sample_clean))
    assert {one: kind for one, kind in found.items() if "T3/indicateurs" not in one} == {
        f"{name} {column}": "figure_differs"
    }


def test_the_file_of_the_edition_is_read_too(edition: Edition, sample_clean: Path) -> None:
    edited(edition.folder / FIGURES, "yes", "64", territory="AMP", **WHERE)
    found = names(recompute(edition, sample_clean))
    assert found == {"2022-T3/indicateurs.csv AMP environmental_share quarter all number yes": "figure_differs"}


def test_a_row_too_few_and_a_row_too_many(edition: Edition, sample_clean: Path) -> None:
    edited(edition.folder / "metropole" / FIGURES, "indicator", "invented", **WHERE)
    found = names(recompute(only(edition, "metropole"), sample_clean))
    assert {one: kind for one, kind in found.items() if "metropole" in one} == {
        NAME: "figure_missing",
        NAME.replace("environmental_share", "invented"): "figure_unexpected",
    }


def test_needs_and_endings_left_out_are_missed(edition: Edition, sample_clean: Path) -> None:
    path = edition.folder / "programmation" / FIGURES
    rows = read(path)
    gone = [next(chosen(rows, suggestion="census", role="member")), next(chosen(rows, suggestion="ending"))]
    write(path, [row for row in rows if row not in gone])
    found = names(recompute(only(edition, "programmation"), sample_clean))
    assert sorted(found.values()) == ["figure_missing", "figure_missing"]
    assert [row["need"] or row["contract"] in " ".join(found) for row in gone]


BROKEN = {
    "le fichier manque": None,
    "ce n’est pas du CSV lisible": b"\xff\xfe\x00quarter",
    "colonnes absentes\u00a0: no, unknown, low, high, among_known, value, target, verdict": (
        b"quarter,territory,indicator,window,scope,measure,yes\n"
    ),
    "des lignes n’ont pas les cellules que dit l’en-tête": (
        b"quarter,territory,indicator,window,scope,measure,yes,no,unknown,low,high,among_known,value,target,verdict\n1,2\n"
    ),
}


@pytest.mark.parametrize("why", BROKEN)
def test_a_file_that_cannot_be_read_is_a_finding(edition: Edition, sample_clean: Path, why: str) -> None:
    path = edition.folder / "metropole" / FIGURES
    path.unlink()
    if content := BROKEN[why]:
        path.write_bytes(content)
    found = recompute(only(edition, "metropole"), sample_clean)
    assert found[0] == Finding(
        "recompute", "figures_unreadable", "failed", "2022-T3/metropole/indicateurs.csv",
        f"Chiffres illisibles\u00a0: {why}.",
    )  # fmt: skip


def test_a_report_that_cannot_be_read_leaves_the_file_of_the_edition(
    kept: dict[str, Edition], sample_clean: Path, tmp_path: Path
) -> None:
    edition = copied(kept["2022"], tmp_path)
    (edition.folder / "bilan-legal" / FIGURES).unlink()
    found = recompute(edition, sample_clean)
    assert [(one.kind, one.name) for one in found] == [
        ("figures_unreadable", "2022/bilan-legal/indicateurs.csv"), ("figures", "2022/indicateurs.csv"),
    ]  # fmt: skip


def test_a_link_out_of_the_edition_is_not_followed(edition: Edition, sample_clean: Path, tmp_path: Path) -> None:
    path = edition.folder / "metropole" / FIGURES
    path.rename(tmp_path / "elsewhere.csv")
    path.symlink_to(tmp_path / "elsewhere.csv")
    assert recompute(only(edition, "metropole"), sample_clean)[0].kind == "figures_unreadable"


def test_a_doubled_column_hides_nothing(edition: Edition, sample_clean: Path) -> None:
    path = edition.folder / "metropole" / FIGURES
    head, *lines = path.read_text().splitlines()
    path.write_text("\n".join([f"yes,{head}", *(f"1,{line}" for line in lines)]) + "\n")
    assert recompute(only(edition, "metropole"), sample_clean)[0].kind == "figures_unreadable"


def test_a_wrong_formula_of_the_library_shows(
    edition: Edition, sample_clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edition that was published with it agrees with itself, and not with the SQL."""
    monkeypatch.setenv("SPASER_CLEAN", str(sample_clean))

    def unknown_is_no(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
        return count_states(contracts, contracts["social"].fillna(False), by)

    wrong = replace(INDICATORS_BY_CODE["social_share"], compute=unknown_is_no)
    report = open_report("2022-T3")
    told = results(report.tables, report.organisation, [report.quarter], "2026-03-01", [wrong])
    told = told[told["territory"] == "AMP"]
    path = edition.folder / "metropole" / FIGURES
    others = [row for row in read(path) if row["indicator"] != "social_share"]
    made = told.astype("object").where(told.notna(), "").to_dict("records")
    write(path, [*others, *made])
    found = [one for one in names(recompute(only(edition, "metropole"), sample_clean)) if "metropole" in one]
    assert f"{NAME.replace('environmental', 'social')} unknown" in found
    assert {one.split()[1] for one in found} == {"social_share"}


@pytest.mark.parametrize(("factor", "agrees"), [(1 + 1e-7, True), (1 + 1e-5, False)])
def test_a_ratio_agrees_within_the_tolerance_of_its_sheet(
    edition: Edition, sample_clean: Path, factor: float, agrees: bool
) -> None:
    path = edition.folder / "metropole" / FIGURES
    where = {**WHERE, "indicator": "insertion_hours_per_million", "measure": "ratio"}
    (row,) = chosen(read(path), **where)
    edited(path, "value", repr(float(row["value"]) * factor), **where)
    found = [one for one in names(recompute(only(edition, "metropole"), sample_clean)) if "metropole" in one]
    assert (found == []) == agrees


def test_a_hostile_cell_stays_one_short_line(edition: Edition, sample_clean: Path) -> None:
    edited(edition.folder / "metropole" / FIGURES, "yes", "<b>\n\x1b[31m" + "9" * 5000, **WHERE)
    (one,) = (one for one in failed(recompute(only(edition, "metropole"), sample_clean)) if "metropole" in one.name)
    assert "\n" not in one.detail and "\x1b" not in one.detail and len(one.detail) < 400


def test_without_duckdb_one_line_says_what_to_install(
    kept: dict[str, Edition], sample_clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(OSError, match=r"install the extra audit first: pip install spaser-analysis\[audit\]$"):
        recompute(kept["2022"], sample_clean)
