"""The command line as a new user would try it: help that teaches, one line for each error, exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from spaser_analysis.cli import app


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("command", [[], ["ingest"], ["publish"]])
def test_help_shows_an_example(command: list[str]) -> None:
    code, out, _ = run(*command, "--help")
    assert code == 0
    assert "spaser ingest" in out or "spaser publish" in out


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
        (["--quarter", "1999-T1"], 3, "quarters with contracts: 2021-T4, 2022-T1"),
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
