"""The programming report: each planted case is named, the false one refused, every suggestion traced to its lines; and real
contracts, their ends counted a second way.
"""

from __future__ import annotations

import csv
import html
import io
import re
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from openpyxl import load_workbook

import spaser_analysis as spaser
from spaser_analysis import schemas, workspace
from spaser_analysis.ingest import Ingested, ingest
from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.plan import Plan, open_plan
from spaser_analysis.programming import existing, pooling
from spaser_analysis.programming.endings import QUARTERS_AHEAD, endings, with_end
from spaser_analysis.programming.needs import counted, kind_of, unit_of
from spaser_analysis.programming.words import Reader
from spaser_analysis.publishing import processes
from spaser_analysis.publishing.edition import make_edition
from spaser_analysis.publishing.tasks import WORKBOOK, quarter_tasks
from spaser_analysis.reference_data import cpv_units, vocabulary
from spaser_analysis.report import FIGURES
from spaser_analysis.tables import read_table
from spaser_analysis.workbook import workbook
from tests.programming.needs_table import FAMILIES
from tests.test_realdata import Real

QUARTER = Quarter(2022, 3)


@pytest.fixture(scope="module", params=["first", "last"])
def edition(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the sample at its first and its last snapshot."""
    clean = request.getfixturevalue("first_clean" if request.param == "first" else "sample_clean")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPASER_CLEAN", str(clean))
        patch.setenv("SPASER_REPORTS", str(tmp_path_factory.mktemp("reports")))
        buyer = load_organisation()
        (task,) = (one for one in quarter_tasks(buyer, QUARTER) if one.notebook == "programmation")
        folder = tmp_path_factory.mktemp("edition") / "programmation"
        folder.mkdir()
        for name, content in processes.call(make_edition, task, buyer.name, folder).items():
            (folder / name).write_bytes(content)
    return folder


def page(folder: Path) -> str:
    return html.unescape((folder / "report.html").read_text(encoding="utf-8"))


def rows_of(folder: Path, caption: str) -> list[list[str]]:
    """The rows of the table of that caption, as text."""
    text = (folder / "report.html").read_text(encoding="utf-8").replace("\u00a0", " ").replace("\u202f", " ")
    found = re.search(rf'aria-label="{re.escape(caption)}".*?</table>', text, re.S)
    assert found is not None, caption
    body = found[0].partition("<tbody>")[2]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.S)
    cells = (re.findall(r"<t[hd].*?</t[hd]>", row, re.S) for row in rows)
    return [[html.unescape(re.sub(r"<.*?>", "", cell)) for cell in row] for row in cells]


def with_need(rows: list[list[str]], name: str) -> list[str]:
    (found,) = [row for row in rows if any(re.search(rf"{re.escape(name)}(?!\d)", cell) for cell in row)]
    return found


def test_the_split_purchase_is_named_with_its_sum_and_lines(edition: Path) -> None:
    row = with_need(rows_of(edition, "Besoins sous un seuil un par un, au-dessus ensemble"), "B23-seuil-1")
    for number in range(1, 5):
        assert f"B23-seuil-{number}" in row[2]
    assert row[1] == "391 Mobilier, 2023"
    assert row[6] == "adaptée, avec avis publié"  # 137,500 € at least, each below 40,000 €


def test_the_operation_of_works_is_named_across_two_years(edition: Path) -> None:
    row = with_need(rows_of(edition, "Besoins sous un seuil un par un, au-dessus ensemble"), "B23-operation-1")
    assert row[1:7] == [
        "Opération Gymnase intercommunal", "B23-operation-1, B23-operation-2, B23-operation-3", "38 000 €", "71 000 €", "171 000 €",
        "adaptée, avec avis publié",
    ]  # fmt: skip


def test_the_unknown_amount_is_said_to_be_unknown(edition: Path) -> None:
    row = with_need(rows_of(edition, "Sommes dont on ne peut pas dire la procédure"), "B23-montant-1")
    assert row[3:] == [
        "21 000 €",
        "pas de maximum",
        "de « sans publicité ni mise en concurrence » à « formalisée »",
        "montant ou retour inconnu",
    ]
    assert "B23-montant-2" in row[2]


def test_the_two_sides_of_new_years_eve(edition: Path) -> None:
    row = with_need(rows_of(edition, "Douze mois à cheval sur deux exercices"), "B23-exercices-1")
    assert row[1:] == ["20 nov. 2023", "B23-exercices-1, B23-exercices-2", "50 000 €", "adaptée"]


def test_the_obvious_pooling_is_proposed_and_the_false_one_refused(edition: Path) -> None:
    proposed = rows_of(edition, "Besoins que plusieurs territoires peuvent acheter ensemble")
    row = with_need(proposed, "B23-mutualisation-1")
    for number in range(1, 5):
        assert f"B23-mutualisation-{number}" in row[2]
    assert "maintenance, ascenseurs" in row[1]
    assert row[6].endswith("formalisée")
    assert not [one for one in proposed if "leurre" in one[2]]
    refused = with_need(rows_of(edition, "Rapprochements tentants, et refusés"), "B23-leurre-1")
    assert refused[2].startswith("B23-leurre-2")
    assert refused[5] == "durées trop différentes"


def test_the_running_contract_is_pointed_to(edition: Path) -> None:
    rows = rows_of(edition, "Besoins qu’un marché en cours peut déjà servir")
    served, named = with_need(rows, "B23-existant-1"), with_need(rows, "B23-existant-2")
    assert served[3] == named[3] == "Z200454F00"
    assert "bon territoire, court assez longtemps, accord-cadre" in served[6]
    assert named[6].startswith("nommé par la direction")


def test_incomplete_needs_count_where_they_can_and_are_listed(edition: Path) -> None:
    text = page(edition)
    assert "B23-incomplet-1" in text  # in no sum, said so
    causes = {row[0] for row in rows_of(edition, "Ce que les directions ont à corriger ou à compléter")}
    assert (
        len(
            [
                one
                for one in causes
                if one.startswith(("Montant", "Date", "Début", "Durée", "Famille", "Objet", "Ni famille"))
            ]
        )
        >= 7
    )
    assert (
        "au moins 190 700 €"
        in with_need(rows_of(edition, "Besoins sous un seuil un par un, au-dessus ensemble"), "B23-seuil-1")[5]
    )


def test_every_suggestion_is_traced_to_its_lines(edition: Path) -> None:
    told = list(csv.DictReader(io.StringIO((edition / FIGURES).read_text(encoding="utf-8"))))
    census = [path for path in workspace.sample().glob("*/recensement*") if path.name == told[1]["source_file"]]
    lines = [one.split(";") for one in census[0].read_text(encoding="cp1252").splitlines()]
    number = lines[0].index("numero_besoin")
    members = [row for row in told if row["need"] and row["role"] in ("member", "maybe")]
    assert len(members) > 200
    for row in members:
        assert lines[int(row["source_record"])][number] == row["need"].partition(" n° ")[0]
    suggested = {row["suggestion"] for row in told}
    for caption, kind in (
        ("Besoins sous un seuil un par un, au-dessus ensemble", "C"), ("Sommes dont on ne peut pas dire la procédure", "C"),
        ("Besoins que plusieurs territoires peuvent acheter ensemble", "M"), ("Des lots par territoire, pour que de petites entreprises puissent répondre", "M"),
    ):  # fmt: skip
        for shown in rows_of(edition, caption):
            assert shown[0] in suggested
            assert re.fullmatch(rf"{kind}\d+", shown[0])
            if kind == "C" or "peuvent" in caption:
                named = set(re.findall(r"B\d\d-[\w-]+", shown[2]))
                traced = {row["need"] for row in told if row["suggestion"] == shown[0]}
                assert named <= traced
                assert named == traced or "…" in shown[2]
    for row in rows_of(edition, "Besoins qu’un marché en cours peut déjà servir"):
        assert [1 for one in told if (one["need"], one["contract"], one["role"]) == (row[0], row[3], "candidate")]
    for row in rows_of(edition, "Marchés qui finissent d’ici le 31 mars 2023, où une considération manque d’abord"):
        assert [
            1
            for one in told
            if one["suggestion"] == "ending" and one["contract"] == row[0] and int(one["source_record"])
        ]


def test_the_workbook_holds_every_line_and_no_formula(edition: Path) -> None:
    book = load_workbook(edition / WORKBOOK)
    assert book.sheetnames == [
        "Lisez-moi",
        "Besoins",
        "Computation",
        "Marchés existants",
        "Mutualisation",
        "Fins de marchés",
        "Couverture",
    ]
    needs = [[cell.value for cell in row] for row in book["Besoins"].iter_rows()]
    told = {row[0]: dict(zip(needs[0], row, strict=True)) for row in needs[1:]}
    assert told["B23-seuil-1"]["Direction"] == "Direction des moyens généraux"
    assert told["B23-seuil-1"]["Montant estimé HT"] == 36000
    assert told["B23-incomplet-5"]["À corriger"] == "montant illisible"
    assert told["B23-mutualisation-2"]["Groupe"].startswith("M")
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert "Données fictives." in [row[0].value for row in book["Lisez-moi"].iter_rows()]


def test_a_buyer_without_census_has_its_endings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [
        one for one in workspace.sample_snapshots()[0].iterdir() if not one.name.startswith(("recensement", "groupes"))
    ]
    ingest(files, tmp_path / "clean")
    monkeypatch.setenv("SPASER_CLEAN", str(tmp_path / "clean"))
    plan = open_plan("2022-T3")
    assert plan.needs.empty
    assert len(plan.endings) > 100
    assert all(repr(one) for one in shown(plan).values())
    assert "Pas de recensement" in repr(spaser.plan_scope(plan))


def shown(plan: Plan) -> dict[str, Any]:
    """Every element of the programming report."""
    names = [name for name in spaser.__all__ if "plan" in getattr(spaser, name).__annotations__]
    assert len(names) > 15
    return {name: getattr(spaser, name)(plan) for name in names}


SMALL = {
    "register.csv": """numero_marche;objet;acheteur_siret;date_notification;montant_ht
        M1;Chaises;20005480700017;01/08/2022;45000""",
    "recensement.csv": """acheteur_siret;numero_besoin;direction;territoire;code_cpv;objet;montant_estime_ht;date_debut;duree_mois
        ;=1+1;DMG;CT1;39130000;Mobilier de bureau;;01/03/2023;12
        20005480700017;2023-02-30;@DRH;CT2;39130000;Mobilier de bureau;;01/03/2023;12
        20005480700017;B3;DRH;;39130000;Mobilier de bureau;5000;01/09/2022;12
        21130055300016;C9;Autre direction;CT1;39130000;Mobilier de bureau;beaucoup;01/03/2023;12""",
    "groupes.csv": """acheteur_siret;groupe_de_travail;familles;fonction_acheteur;fonction_juriste;territoires;directions
        20005480700017;Voirie;voirie;Jean Dupont;;CT1;
        20005480700017;Voirie;fournitures;;;CT2;DMG""",
}


def test_a_small_and_hostile_census(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "raw").mkdir()
    for name, text in SMALL.items():
        (tmp_path / "raw" / name).write_text(re.sub(r"(?m)^ +", "", text) + "\n", encoding="utf-8")
    ingest([tmp_path / "raw"], tmp_path / "clean")
    monkeypatch.setenv("SPASER_CLEAN", str(tmp_path / "clean"))
    plan = open_plan("2022-T3")
    seen = shown(plan)
    assert plan.needs["need"].tolist() == ["2023-02-30", "=1+1"]
    assert plan.counted["need"].tolist() == ["2023-02-30", "=1+1", "B3"]  # begun, of a budget year that is looked at
    (pool,) = seen["pooling_candidates"].rows
    assert pool[3] == "inconnu"
    assert pool[6] == "on ne peut pas dire ; on ne peut pas dire"
    assert pool[7] == "trop peu de marchés en douze mois, secteur inclusif : Équipements et mobiliers"
    assert {row[2] for row in seen["by_directorate"].rows} == {"inconnu"}
    assert "Autre direction" not in repr(seen["census_faults"])
    assert not any("Dupont" in repr(one) for one in seen.values())
    csv_cells = [cell for row in csv.reader(io.StringIO(seen["plan_data"].csv)) for cell in row]
    assert "'=1+1" in csv_cells
    assert not [cell for cell in csv_cells if cell.startswith(("=", "+", "-", "@"))]
    book = load_workbook(io.BytesIO(workbook(list(seen["plan_sheets"].sheets))))
    assert [cell.value for cell in book["Besoins"]["A"]] == ["Besoin", "2023-02-30", "=1+1", "B3"]
    assert [row[0] for row in seen["groups_lacking"].rows] == ["Voirie", "Voirie"]
    assert seen["groups_lacking"].rows[1][4:] == (
        "CT2 ; DMG",
        "acheteur qui l’anime ; juriste qui l’anime ; directions qui ont des besoins et n’y sont pas : @DRH",
    )
    assert "1\u00a0marché en cours n’entre dans aucune somme" in " ".join(seen["alerts"].notes)


def test_the_plan_is_that_of_the_quarter_whatever_came_later(
    first_clean: Path, sample_clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Needs of 2026 are not to come in 2022."""
    needs = {}
    for name, clean in (("first", first_clean), ("last", sample_clean)):
        monkeypatch.setenv("SPASER_CLEAN", str(clean))
        plan = open_plan("2022-T3")
        needs[name] = plan.needs["need_id"].tolist()
    assert needs["first"] == needs["last"]


# --- real contracts --------------------------------------------------------------------------------------------------

ENDS = """
WITH last_duration AS (
    SELECT uid, last(dureeMois ORDER BY "rank") AS months FROM '{clean}/amendments.parquet' WHERE dureeMois IS NOT NULL GROUP BY uid
)
SELECT year(e) || '-T' || quarter(e) AS end_quarter, count(*) AS contracts
FROM (
    SELECT dateNotification + to_months(coalesce(d.months, c.dureeMois)::INTEGER) AS e
    FROM '{clean}/contracts.parquet' c LEFT JOIN last_duration d USING (uid) WHERE c.quarter <= '2019-T1'
) WHERE e IS NOT NULL AND e >= DATE '2019-04-01' AND e < DATE '2021-04-01' GROUP BY 1 ORDER BY 1
"""


@pytest.fixture(scope="module")
def real_endings(real_ingest: Real) -> tuple[pd.DataFrame, Path]:
    _, clean = real_ingest
    contracts, amendments = read_table(schemas.CONTRACTS, clean), read_table(schemas.AMENDMENTS, clean)
    return endings(with_end(contracts, amendments), Quarter(2019, 1)), clean


def test_how_many_real_contracts_end_in_each_quarter(real_endings: tuple[pd.DataFrame, Path]) -> None:
    found, clean = real_endings
    counts = found["end_quarter"].value_counts().sort_index()
    assert len(counts) == QUARTERS_AHEAD
    second = duckdb.sql(ENDS.format(clean=clean)).df().set_index("end_quarter")["contracts"]
    assert counts.to_dict() == second.to_dict()
    assert counts["2020-T1"] == REAL_ENDS_2020_T1


REAL_ENDS_2020_T1 = 1272


def test_similarity_runs_on_the_real_contracts(real_ingest: tuple[Ingested, Path]) -> None:
    """Real objects as needs of two territories: every group agrees, and running contracts of the like are found."""
    _, clean = real_ingest
    contracts = read_table(schemas.CONTRACTS, clean).dropna(subset=["objet", "codeCPV", "dateNotification"])
    contracts = contracts[contracts["quarter"].between("2018-T1", "2019-T1")].sort_values("uid", ignore_index=True)
    needs = real_needs(contracts.iloc[::2].head(2_000))
    running = with_end(contracts.iloc[1::2].reset_index(drop=True), read_table(schemas.AMENDMENTS, clean))
    running = running.assign(
        kind=kind_of(running["codeCPV"]), unit=unit_of(running["codeCPV"], cpv_units()), remaining_cents=pd.NA
    )
    running["remaining_cents"] = running["remaining_cents"].astype("Int64")
    reader = Reader(vocabulary(load_organisation()))
    come = counted(needs, running, Quarter(2017, 4), FAMILIES, cpv_units())
    families = pooling.like_families(come, reader)
    members = pooling.groups(come, families)
    assert members["row"].is_unique
    assert members["pool"].nunique() > 20
    for _, own in members.groupby("pool"):
        rows = come.loc[own["row"]]
        assert rows["family"].nunique() == 1
        assert pooling.disagreement(rows) is None
    found = existing.matches(come, running, reader, "AMP")
    assert found["row"].nunique() > 100
    assert found.groupby("row").size().max() <= existing.SHOWN
    assert (found["score"] >= 0.65).all()


def real_needs(contracts: pd.DataFrame) -> pd.DataFrame:
    rows: dict[str, Any] = {
        "need_id": contracts["uid"], "territory": ["CT1", "CT2"] * (len(contracts) // 2) + ["CT1"] * (len(contracts) % 2),
        "family": contracts["family"], "codeCPV": contracts["codeCPV"], "objet": contracts["objet"], "amount_cents": contracts["amount_cents"],
        "starts_on": contracts["dateNotification"], "duration_months": contracts["dureeMois"], "source_file": "real",
        "source_record": range(1, len(contracts) + 1), "is_fictitious": False,
    }  # fmt: skip
    return schemas.conform(pd.DataFrame(rows), schemas.NEEDS)


def test_the_real_buyer_has_a_plan(real_ingest: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(real_ingest[1]))
    plan: Plan = open_plan("2024-T4")
    assert plan.needs.empty
    assert plan.report.organisation.slug == "amp"
    assert len(plan.contracts) > 0
