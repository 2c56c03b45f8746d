"""The command line as a new user would try it: help that teaches, one line for each error, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spaser_analysis import workspace
from spaser_analysis.cli import app
from spaser_analysis.ingest import Ingested
from spaser_analysis.new_organisation import new_organisation
from spaser_analysis.publishing.publish import Outcome


def run(*words: str, **environment: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200", **environment})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("command", [[], ["ingest"], ["publish"], ["explain"], ["organisation", "new"]])
def test_help_shows_an_example(command: list[str]) -> None:
    code, out, _ = run(*command, "--help")
    assert code == 0
    examples = ("spaser ingest", "spaser publish", "spaser explain", "spaser organisation new")
    assert any(one in out for one in examples)


@pytest.mark.parametrize(
    ("words", "code", "cause"),
    [
        (["--quarter", "2022-T5"], 2, "'2022-T5' is not a quarter"),
        (
            ["--quarter", "2022-T3", "--from", "2022-T1", "--to", "2022-T2"],
            2,
            "either --quarter, or both --from and --to",
        ),
        (["--from", "2022-T1"], 2, "either --quarter, or both --from and --to"),
        ([], 2, "either --quarter, or both --from and --to"),
        (["--from", "2022-T3", "--to", "2022-T1"], 2, "comes before"),
        (["--quarter", "2022-T3", "--territory", "CT9"], 2, "choose one of AMP, CT1, CT2, CT3, CT4, CT5, CT6"),
        (["--quarter", "2022-T3", "--territory", "../../etc"], 2, "is not a territory"),
        (["--quarter", "2022-T3", "--organisation", "../amp"], 2, "is not an organisation"),
        (["--quarter", "1999-T1"], 3, "quarters with contracts: 2020-T1, 2020-T2"),
        (["--quarter", "2022-T3", "--clean", "/nowhere"], 3, "spaser ingest"),
    ],
)
def test_an_error_of_publish_is_one_line_and_writes_nothing(
    tmp_path: Path, sample_clean: Path, words: list[str], code: int, cause: str
) -> None:
    reports = tmp_path / "reports"
    clean = [] if "--clean" in words else ["--clean", str(sample_clean)]
    found, out, err = run("publish", *words, *clean, "--reports", str(reports))
    assert (found, out) == (code, "")
    assert len(err.strip().splitlines()) == 1, err
    assert cause in err
    assert not reports.exists() or list(reports.iterdir()) == []


def test_what_became_of_each_report_is_told_by_its_period_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    outcomes = [
        Outcome("2022-T3", "metropole", Path("/r/2022-T3/metropole"), "published"),
        Outcome("2022-T3", "synthese", Path("/r/2022-T3/synthese"), "kept", "it rests on later data (2026-03-01)"),
        Outcome(
            "2022",
            "bilan-legal",
            Path("/r/2022/bilan-legal"),
            "failed",
            "cell bilan: KeyError",
            Path("/failed/2022/bilan-legal"),
        ),
    ]

    def publish(*words: Any, **_: object) -> list[Outcome]:
        for one in outcomes:
            words[5](one, len(outcomes))
        return outcomes

    monkeypatch.setattr("spaser_analysis.publishing.publish.publish", publish)
    monkeypatch.setenv("SPASER_REPORTS", "/no/folder")  # hence no portal
    code, out, err = run("publish", "--quarter", "2022-T3")
    assert code == 1
    assert out.splitlines() == [
        "published: r/2022-T3/metropole/report.html",
        "kept: r/2022-T3/synthese/report.html (it rests on later data (2026-03-01))",
        "3 reports: 1 published, 1 kept, 1 failed",
    ]
    assert err.strip() == "failed: 2022 bilan-legal: cell bilan: KeyError [left in failed/2022/bilan-legal]"
    code, out, err = run("publish", "--quarter", "2022-T3", "--json")
    assert (code, err.strip()[:47]) == (1, "failed: 2022 bilan-legal: cell bilan: KeyError ")
    told = [json.loads(line) for line in out.splitlines()]
    assert [one["event"] for one in told] == ["report", "report", "report", "end"]
    assert told[3] == {"event": "end", "reports": 3, "published": 1, "kept": 1, "failed": 1}
    assert told[2] == {
        "event": "report",
        "of": 3,
        "left": "/failed/2022/bilan-legal",
        "period": "2022",
        "slug": "bilan-legal",
        "folder": "/r/2022/bilan-legal",
        "status": "failed",
        "cause": "cell bilan: KeyError",
    }


def test_the_address_of_a_database_reaches_ingest_as_it_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def ingest(paths: list[object], *_: object) -> Ingested:
        given.extend(paths)
        return Ingested((), {}, None, ())

    monkeypatch.setattr("spaser_analysis.ingest.ingest", ingest)
    assert run("ingest", "postgresql://localhost/achats", "file.csv")[0] == 0
    assert given == ["postgresql://localhost/achats", "file.csv"]
    assert "postgresql://" in run("ingest", "--help")[1]


def test_the_wrong_folder_of_a_buyer_is_told_before_anything_is_read(tmp_path: Path) -> None:
    folder = new_organisation("200054807", "Métropole", "amp", tmp_path / "data" / "organisations")
    (folder / "targets.toml").write_text("colour = 1\n")
    code, out, err = run("ingest", str(tmp_path / "absent.csv"), SPASER_HOME=str(tmp_path))
    assert (code, out) == (2, "")
    assert "targets.toml: unknown key colour" in err
    assert len(err.strip().splitlines()) == 1


def test_a_new_organisation_says_what_to_do_next(tmp_path: Path) -> None:
    templates = tmp_path / "data" / "templates"
    templates.parent.mkdir()
    templates.symlink_to(workspace.template("organisation").parent)
    words = ("organisation", "new", "--siren", "213502388", "--name", "Ville de Rennes")
    code, out, err = run(*words, SPASER_HOME=str(tmp_path))
    assert (code, err) == (0, "")
    assert [line.split(":")[0] for line in out.splitlines()] == ["Written", "Next", "Then"]
    assert "spaser publish --quarter YYYY-TN --organisation ville-de-rennes" in out
    again = run(*words, SPASER_HOME=str(tmp_path))
    assert again[:2] == (2, "")
    assert "ville-de-rennes is there already" in again[2]


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (["--siren", "213502389", "--name", "Ville"], "213502389 fails the check"),
        (["--siren", "200054807", "--name", "Ville"], "that of organisation amp"),
        (["--siren", "213502388", "--name", "Ville", "--slug", "amp"], "is there already"),
    ],
)
def test_an_error_of_a_new_organisation_is_one_line(words: list[str], cause: str) -> None:
    code, out, err = run("organisation", "new", *words)
    assert (code, out) == (2, "")
    assert cause in err
    assert len(err.strip().splitlines()) == 1
