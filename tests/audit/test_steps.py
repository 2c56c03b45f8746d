"""What an audit comes to, as words, a page, JSON and an exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spaser_analysis import workspace
from spaser_analysis.audit.findings import STEPS, Finding, State
from spaser_analysis.audit.steps import Audit, audit, write_audit
from spaser_analysis.cli import app
from tests.audit.editions import told_otherwise

HOSTILE = "<script>alert(1)</script> | [x](javascript:alert(1))"


def finding(state: State, name: str = "a", kind: str = "k") -> Finding:
    return Finding("verify", kind, state, name, "constat")


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (["ok"], "conforme"),
        (["ok", "unknown"], "conforme, sous réserve de 1 point non vérifié"),
        (["unknown", "unknown"], "conforme, sous réserve de 2 points non vérifiés"),
        (["ok", "failed", "unknown"], "non conforme : 1 écart"),
        (["failed", "failed"], "non conforme : 2 écarts"),
    ],
)
def test_the_verdict(states: list[State], words: str) -> None:
    done = Audit("2022-T3", 2, STEPS, tuple(map(finding, states)))
    assert (done.verdict, done.is_failed) == (words, "failed" in states)
    assert Audit("2022-T3", 2, ("verify",), done.findings).verdict == f"{words} (étape verify seule)"


def test_what_is_wrong_comes_first_and_nothing_hostile_is_run(tmp_path: Path) -> None:
    done = Audit("../2022 T3", 1, ("verify",), (finding("ok"), finding("unknown"), finding("failed", HOSTILE)))
    assert [one.state for one in done.of("verify")] == ["failed", "unknown", "ok"]
    page = write_audit(done, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["___2022_T3-r1.html", "___2022_T3-r1.json"]
    text = page.read_text()
    assert "<script" not in text
    assert 'href="javascript' not in text
    assert "&lt;script&gt;alert(1)" in text
    told = json.loads(page.with_suffix(".json").read_text())
    assert [one["state"] for one in told["findings"]] == ["ok", "unknown", "failed"]


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["audit", *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_and_its_exit_codes(tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "audit"))
    edition = tmp_path / "reports" / "2022-T3"
    shutil.copytree(workspace.home() / "reports", tmp_path / "reports")
    assert run("verify", str(tmp_path / "none"), *out)[0] == 2
    code, said, _ = run("verify", str(edition), *out)
    assert ("signature" not in said, "Signée par amp" in said) == (True, True)
    code, said, _ = run("verify", str(edition), "--head", "0" * 64, *out)
    assert (code, "list_rolled_back" in said) == (4, True)
    assert run("verify", str(edition), "--signers", str(tmp_path / "nobody"), *out)[0] == 2
    (tmp_path / "nobody").write_text("# nobody may sign\n")
    code, said, _ = run("verify", str(edition), "--json", "--signers", str(tmp_path / "nobody"), *out)
    kinds = {one["kind"] for one in json.loads(said)[0]["findings"] if one["state"] == "failed"}
    assert (code, "wrong_key" in kinds) == (4, True)
    code, _, error = run("verify", str(edition), "--inputs", str(tmp_path / "none"), *out)
    assert (code, len(error.strip().splitlines())) == (3, 1)
    (edition / "ro-crate-metadata.json").unlink()
    code, said, _ = run("all", str(edition), *out)
    assert (code, "manifest_missing" in said) == (4, True)
    assert (tmp_path / "audit" / "2022-T3.html").is_file()


@pytest.mark.slow
def test_inputs_in_another_order_and_under_other_names_pass(tmp_path: Path) -> None:
    told_otherwise(workspace.sample_snapshots()[-1], tmp_path / "inputs")
    edition, inputs = workspace.home() / "reports" / "2022-T3", (tmp_path / "inputs",)
    done = audit(edition, ("recompute", "balance"), inputs)
    assert [one for one in done.findings if one.state == "failed"] == []
    assert [one.name for one in done.of("recompute") if one.state == "unknown"] == [
        "2022-T3/programmation",
        "2022-T3/synthese/indicateurs.csv",
    ]
    assert len([one for one in done.of("balance") if one.kind == "balances"]) == 6
    assert [one for one in audit(edition, ("verify",), inputs).findings if one.kind.startswith("input_")] == []
