"""One buyer among the others of the clean tables: the sample, real files, hostile names, the command."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from typer.testing import CliRunner

from spaser_analysis import workspace
from spaser_analysis.buyers import Comparison, compare_buyers, every_indicator, read_contracts, write_comparison
from spaser_analysis.cli import app
from spaser_analysis.ingest import Ingested
from spaser_analysis.schemas import CONTRACTS
from spaser_analysis.tables import write_table
from spaser_analysis.views import peers as view
from tests.publishing.test_html import DANGER
from tests.tables import table

AMP = "200054807"
HOSTILE = '=cmd|"<script>alert(1)</script>[red]$\\frac'


def clean_tables(folder: Path, lines: list[str], name: str = HOSTILE) -> Path:
    """Clean tables of contracts of 2025 from ``SIREN state`` lines, of the family voirie."""
    rows = table("\n".join(["buyer_siren | environmental | quarter | family", *lines])).assign(acheteur_nom=name)
    write_table(
        workspace.table(folder, "contracts"), [rows.astype({"acheteur_nom": "str"})[list(CONTRACTS.columns)]], CONTRACTS
    )
    workspace.catalogue(folder).write_text('{"files": [], "snapshot": "2026-03-15"}')
    return folder


def lines(siren: str, states: str) -> list[str]:
    words = {"y": "yes", "n": "no", "?": ""}
    return [f"{siren} | {words[one]} | 2025-T4 | voirie" for one in states]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    told = {
        AMP: "yyynnnnn??",
        "241300391": "yyyyyynnnn",
        "241300276": "ynnnnnnnnn",
        "241300201": "nnnn?????",
        "211300553": "yyyyy",
    }
    told |= {"241300268": "ynnn"}
    return clean_tables(tmp_path / "clean", [line for siren, states in told.items() for line in lines(siren, states)])


def test_where_the_organisation_stands(small: Path) -> None:
    found = compare_buyers("voirie", clean=small)
    assert set(found.buyers.loc[found.buyers["is_peer"], "buyer_siren"]) == {"241300391", "241300276", "241300201"}
    assert view.standing(found) == "entre le 2e et le 3e rang de 4"
    assert str(found.window.last) == "2025-T4"
    assert found.cautions == (
        "aucun marché de l’acheteur dans les données pour 2025-T1, 2025-T2, 2025-T3\u00a0: période incomplète",
    )
    alone = compare_buyers("voirie", "social_share", "2025-T4", "quarter", clean=small)
    assert view.standing(alone).startswith("rang inconnu")
    assert view.share(alone.own) == "inconnue"


def test_a_hostile_name_stays_text_everywhere(small: Path, tmp_path: Path) -> None:
    found = compare_buyers(clean=small)
    table_file, page_file = write_comparison(found, tmp_path / "out")
    page = page_file.read_text()
    body = page.split("</style>")[1]
    assert "&lt;script&gt;" in body
    marks = r'<svg [^<>]*class="spots"[^<>]*>(\s*<rect [^<>]*><title>[^<>]*</title></rect>)*\s*</svg>'
    assert DANGER.findall(re.sub(rf'<img [^<>]*"data:image/png;base64,[^<>]*>|{marks}', "", body)) == []
    told = list(csv.DictReader(table_file.read_text().splitlines()))
    assert len(told) == 6
    assert {one["name"] for one in told} == {f"'{HOSTILE}"}
    (least,) = (one for one in told if one["buyer_siren"] == "241300268")
    assert (least["low"], least["high"], least["reason"]) == (
        "",
        "",
        "moins de 5\u00a0marchés\u00a0: aucun taux n’est publié",
    )
    assert "entre le 2e et le 3e rang de 4" in page
    assert "report.ipynb" not in page
    again = write_comparison(compare_buyers(clean=small), tmp_path / "again")
    assert [one.read_bytes() for one in again] == [table_file.read_bytes(), page_file.read_bytes()]
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["comparaison.csv", "comparaison.html"]


def test_the_command_says_it_on_the_screen_and_for_machines(small: Path, tmp_path: Path) -> None:
    words = ["compare-buyers", "--family", "voirie", "--clean", str(small), "--out", str(tmp_path / "out")]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0
    assert "30,0\u00a0à\u00a050,0\u202f%" in said.output
    assert "[red]" in said.output
    machine = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert machine["rank"] == {"first": 2, "last": 3, "of": 4, "equals": 0}
    assert (machine["yes"], machine["no"], machine["unknown"], machine["low"]) == (3, 5, 2, 0.3)


@pytest.mark.parametrize(
    ("words", "code", "cause"),
    [
        (["--family", "nope"], 2, "no family"),
        (["--indicator", "median_offers"], 2, "no indicator"),
        (["--window", "week"], 2, "no window"),
        (["--quarter", "2020-T1"], 2, "no contract of"),
        (["--family", "energie"], 2, "of the family energie"),
        (["--organisation", "nobody"], 2, "nobody"),
        (["--clean", "nowhere"], 3, "spaser ingest"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    small: Path, tmp_path: Path, words: list[str], code: int, cause: str
) -> None:
    said = CliRunner().invoke(app, ["compare-buyers", "--clean", str(small), "--out", str(tmp_path / "out"), *words])
    assert said.exit_code == code
    assert cause in said.output
    assert not (tmp_path / "out").exists()


def test_the_sample_has_one_buyer_and_no_peer(sample_clean: Path, tmp_path: Path) -> None:
    found = compare_buyers(clean=sample_clean)
    assert (str(found.window.last), len(found.buyers)) == ("2025-T4", 1)
    assert view.standing(found) == "pas de rang : aucun pair dans le fichier"
    _, page = write_comparison(found, tmp_path)
    assert "Rien à dessiner" in page.read_text()


def test_the_counts_are_those_of_the_tables_read_by_another_hand(sample_clean: Path) -> None:
    found = every_indicator(read_contracts(sample_clean))["environmental_share"]
    own = found[found["measure"] == "value"].sort_values("quarter", na_position="last")
    query = f"""SELECT quarter, sum(amount_cents) FILTER (environmental), sum(amount_cents) FILTER (environmental IS NULL)
        FROM '{workspace.table(sample_clean, "contracts")}' GROUP BY buyer_siren, quarter ORDER BY quarter NULLS LAST"""
    expected = [(quarter, int(yes or 0), int(unknown or 0)) for quarter, yes, unknown in duckdb.sql(query).fetchall()]
    told = own[["quarter", "yes", "unknown"]].astype(object)
    assert [tuple(row) for row in told.where(told.notna(), None).to_numpy().tolist()] == expected


def test_real_files(real_ingest: tuple[Ingested, Path], tmp_path: Path) -> None:
    _, clean = real_ingest
    found = compare_buyers(indicator="single_offer_share", quarter="2024-T4", clean=clean)
    assert found.rank is not None
    assert 1 <= found.rank.first <= found.rank.last <= found.rank.of
    assert found.rank.of > 30
    _check_against_fingers(found, clean)
    for file in write_comparison(found, tmp_path):
        assert file.stat().st_size > 1000


def _check_against_fingers(found: Comparison, clean: Path) -> None:
    read = pd.read_parquet(workspace.table(clean, "contracts"), columns=["buyer_siren", "quarter", "offresRecues"])
    read = read[read["quarter"].isin(found.window.quarters) & read["buyer_siren"].notna()]
    assert found.buyers["contracts"].sum() == len(read)
    assert found.buyers["yes"].sum() == (read["offresRecues"] == 1).sum()
    assert found.own["contracts"] == (read["buyer_siren"] == AMP).sum()
