"""A batch: whole reports in their places, an earlier edition untouched by a failure, nothing left behind."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import nbformat
import pytest

from spaser_analysis import workspace
from spaser_analysis.organisation import load_organisation
from spaser_analysis.publishing import publish as batch
from spaser_analysis.publishing.edition import check_results
from spaser_analysis.publishing.publish import NothingToPublish, Outcome, publish
from spaser_analysis.publishing.tasks import NotebookFailure
from spaser_analysis.report import FIGURES, REVISIONS
from spaser_analysis.schemas import RESULTS, dtypes
from spaser_analysis.tables import NoCleanTables

FILES = ("indicateurs.csv", "preuves.html", "report.html", "report.ipynb")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.slow
def test_published_whole_then_unchanged(sample_clean: Path, tmp_path: Path) -> None:
    told: list[tuple[Outcome, int]] = []
    outcomes = publish(
        ["2022-T3"],
        ["AMP", "CT2"],
        sample_clean,
        tmp_path,
        progress=lambda outcome, total: told.append((outcome, total)),
    )
    assert [(one.slug, one.status, one.cause) for one in outcomes] == [
        ("metropole", "published", ""),
        ("pays-d-aix", "published", ""),
    ]
    assert sorted(one.slug for one, _ in told) == ["metropole", "pays-d-aix"]
    assert {total for _, total in told} == {2}
    of_reports = [f"2022-T3/{slug}/{name}" for slug in ("metropole", "pays-d-aix") for name in FILES]
    keys = [f"keys/2022-T3/{slug}.json" for slug in ("metropole", "pays-d-aix")]
    of_edition = ["2022-T3/indicateurs.csv", "2022-T3/ro-crate-metadata.json", "editions.json"]
    assert sorted(files(tmp_path)) == sorted([*of_reports, *keys, *of_edition])

    first = files(tmp_path)
    rows = list(csv.DictReader(io.StringIO(first["2022-T3/pays-d-aix/indicateurs.csv"].decode())))
    assert list(rows[0]) == list(dtypes(RESULTS))
    assert {(row["quarter"], row["territory"]) for row in rows} == {("2022-T3", "CT2")}
    assert b"\r" not in first["2022-T3/pays-d-aix/indicateurs.csv"]
    for content in first.values():
        assert str(sample_clean) not in content.decode()
        assert str(workspace.home()) not in content.decode()
    notebook = nbformat.reads(first["2022-T3/pays-d-aix/report.ipynb"].decode(), as_version=4)
    nbformat.validate(notebook)

    moment = (tmp_path / "2022-T3" / "metropole" / "report.html").stat().st_mtime_ns
    seen: list[str] = []
    dry = publish(
        ["2022-T3"], ["AMP"], sample_clean, tmp_path,
        progress=lambda outcome, _: seen.append(outcome.status), force=True, dry_run=True,
    )  # fmt: skip
    assert [(one.status, one.cause) for one in dry] == [("would run", "asked for")]
    assert seen == ["would run"]
    again = publish(["2022-T3"], ["AMP"], sample_clean, tmp_path)
    assert [one.status for one in again] == ["unchanged"]
    assert files(tmp_path) == first
    assert (tmp_path / "2022-T3" / "metropole" / "report.html").stat().st_mtime_ns == moment


@pytest.mark.slow
def test_a_failed_report_leaves_the_earlier_edition(
    sample_clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(workspace.home() / "data" / "organisations", home / "data" / "organisations")
    shutil.copytree(workspace.home() / "data" / "reference", home / "data" / "reference")
    (home / "notebooks").mkdir()
    notebook = nbformat.read(workspace.notebooks() / "rapport_territoire.ipynb", as_version=4)
    notebook.cells[4].source = "report.nothing_of_that_name"
    nbformat.write(notebook, home / "notebooks" / "rapport_territoire.ipynb")
    monkeypatch.setenv("SPASER_HOME", str(home))
    earlier = tmp_path / "reports" / "2022-T3" / "metropole"
    earlier.mkdir(parents=True)
    (earlier / "report.html").write_text("earlier")

    (outcome,) = publish(["2022-T3"], ["AMP"], sample_clean, tmp_path / "reports")
    assert outcome.status == "failed"
    assert outcome.cause.startswith("cell objectifs: AttributeError: ")
    assert files(tmp_path / "reports") == {"2022-T3/metropole/report.html": b"earlier"}
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["2022-T3"]


def test_an_edition_is_replaced_whole(tmp_path: Path) -> None:
    made, place = tmp_path / "staging" / "0", tmp_path / "reports" / "2022-T3" / "metropole"
    made.parent.mkdir()
    place.mkdir(parents=True)
    (place / "report.html").write_text("old")
    (place / "stale.csv").write_text("old")
    note = tmp_path / "keys" / "metropole.json"
    assert batch._put({"report.html": b"new", "key.json": b"1"}, place, made, note) == "published"
    assert (files(place), note.read_bytes()) == ({"report.html": b"new"}, b"1")
    again = batch._put({"report.html": b"new", "key.json": b"2"}, place, made.with_name("1"), note)
    assert again == "unchanged"
    assert (files(place), note.read_bytes()) == ({"report.html": b"new"}, b"2")


def test_an_edition_comes_back_when_the_move_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, place = tmp_path / "staging" / "0", tmp_path / "reports" / "metropole"
    made.mkdir(parents=True)
    place.mkdir(parents=True)
    (place / "report.html").write_text("old")
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self == made:
            raise OSError("no space left")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="no space left"):
        batch._move(made, place)
    assert files(place) == {"report.html": b"old"}


def test_what_cannot_be_asked_for(sample_clean: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    with pytest.raises(ValueError, match="is not a quarter"):
        publish(["2022"], None, sample_clean, reports)
    with pytest.raises(ValueError, match="choose one of AMP"):
        publish(["2022-T3"], ["CT9"], sample_clean, reports)
    with pytest.raises(ValueError, match="is not an organisation"):
        publish(["2022-T3"], None, sample_clean, reports, "../amp")
    with pytest.raises(NoCleanTables, match="spaser ingest"):
        publish(["2022-T3"], None, tmp_path, reports)
    with pytest.raises(NothingToPublish, match="in 2019-T1; quarters with contracts: 2020-T1"):
        publish(["2019-T1"], None, sample_clean, reports)
    assert not reports.exists() or files(reports) == {}


def test_a_quarter_has_every_territory_the_other_reports_and_its_year(sample_clean: Path, tmp_path: Path) -> None:
    territories = [one.slug for one in load_organisation().all_territories]
    wanted = [
        ("2022-T3", slug) for slug in (*territories, "synthese", "programmation", "qualite-des-donnees", "methode")
    ]
    wanted += [("2022", "bilan-legal")]
    for place in wanted:
        folder = tmp_path.joinpath(*place)
        folder.mkdir(parents=True)
        (folder / FIGURES).write_text("snapshot\n2099-12-31\n")  # later data: nothing runs
    outcomes = publish(["2022-T3"], None, sample_clean, tmp_path)
    assert [(one.period, one.slug) for one in outcomes] == wanted
    assert {(one.status, one.cause) for one in outcomes} == {("kept", "it rests on later data (2099-12-31)")}


def test_results_of_another_report_are_refused() -> None:
    expected = {"quarter": "2022-T3", "territory": "CT2"}
    row = "quarter,territory,snapshot\n{},{},{}\n"
    assert check_results(row.format("2022-T3", "CT2", "2026-03-01"), expected) == "2026-03-01"
    assert check_results(row.format("2022-T3", "CT2", ""), expected) is None
    for text, cause in (
        (row.format("2022-T3", "AMP", "2026-03-01"), "territory is AMP instead of CT2"),
        (row.format("2022-T4", "CT2", "2026-03-01"), "quarter is 2022-T4 instead of 2022-T3"),
        (row.format("2022-T3", "CT2", "2026-03-01") + "2022-T3,CT2,2026-03-02\n", "not one snapshot"),
        ("quarter,territory\n2022-T3,CT2\n", "not one snapshot"),
        ("quarter,territory,snapshot\n", "no row"),
        ("a,b\n1,2\n", "quarter is None"),
    ):
        with pytest.raises(NotebookFailure, match=cause):
            check_results(text, expected)


@pytest.mark.slow
def test_two_snapshots_make_two_editions(first_clean: Path, sample_clean: Path, tmp_path: Path) -> None:
    """The later one keeps what the earlier one said; older data never replace it, nor another buyer."""
    place = tmp_path / "2022-T3" / "metropole"
    (first,) = publish(["2022-T3"], ["AMP"], first_clean, tmp_path)
    assert (first.status, first.cause) == ("published", "")
    assert not (place / REVISIONS).exists()
    said = (place / FIGURES).read_text()
    (second,) = publish(["2022-T3"], ["AMP"], sample_clean, tmp_path)
    assert second.status == "published"
    kept = list(csv.DictReader(io.StringIO((place / REVISIONS).read_text())))
    assert kept == [row for row in csv.DictReader(io.StringIO(said)) if row["scope"] == "all"]
    assert {row["snapshot"] for row in kept} == {"2022-10-31"}
    edition = files(tmp_path)
    (older,) = publish(["2022-T3"], ["AMP"], first_clean, tmp_path)
    assert (older.status, older.cause) == ("kept", "it rests on later data (2026-03-01)")
    (again,) = publish(["2022-T3"], ["AMP"], sample_clean, tmp_path)
    assert again.status == "unchanged"
    assert files(tmp_path) == edition
    notebook = place / "report.ipynb"
    notebook.write_text(notebook.read_text().replace('organisation = \\"amp\\"', 'organisation = \\"other\\"'))
    (foreign,) = publish(["2022-T3"], ["AMP"], sample_clean, tmp_path)
    assert foreign.status == "failed"
    assert foreign.cause.startswith("an edition of organisation other is there")


@pytest.mark.slow
def test_a_quarter_without_contract_fails_without_running(sample_clean: Path, tmp_path: Path) -> None:
    missing, _ = publish(["2019-T1", "2022-T3"], ["CT6"], sample_clean, tmp_path)
    assert (missing.period, missing.status) == ("2019-T1", "failed")
    assert missing.cause == "no contract of Métropole Aix-Marseille-Provence in 2019-T1"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["2022-T3", "keys"]


def test_an_edition_whose_replacement_was_cut_short_comes_back(tmp_path: Path) -> None:
    from spaser_analysis.publishing.publish import _recover

    staging = tmp_path / ".staging-cut"
    for name in ("0 was 2022-T3 metropole", "1 was 2022-T3 pays-d-aix", "2"):
        (staging / name).mkdir(parents=True)
        (staging / name / "report.html").write_text(name)
    (tmp_path / "2022-T3" / "pays-d-aix").mkdir(parents=True)
    (tmp_path / "2022-T3" / "pays-d-aix" / "report.html").write_text("newer")
    _recover(tmp_path)
    assert (tmp_path / "2022-T3" / "metropole" / "report.html").read_text() == "0 was 2022-T3 metropole"
    assert (tmp_path / "2022-T3" / "pays-d-aix" / "report.html").read_text() == "newer"
    assert not staging.exists()


def test_a_missing_catalogue_is_one_clear_line(tmp_path: Path, sample_clean: Path) -> None:
    import shutil

    from spaser_analysis.tables import NoCleanTables, read_catalogue

    shutil.copytree(sample_clean, tmp_path / "clean")
    (tmp_path / "clean" / "catalogue.json").write_text("{")
    with pytest.raises(NoCleanTables, match=r"catalogue\.json: damaged or missing, ingest again"):
        read_catalogue(tmp_path / "clean")
