"""Themes detected in objects, beside what is declared: never mixed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import spaser_analysis as spaser
from spaser_analysis import workspace
from spaser_analysis.report import open_report
from tests.tables import table
from tests.views.test_quality import alone, opened, row

N, T = "\u00a0", "\u202f"
# "-" stands for an object in which no theme was detected; a blank for no object at all.
SIGNED = """
quarter | territory | dateNotification | environmental | social | themes
2021-T4 | CT1 | 2021-10-01 | yes | yes | climate
2022-T1 | CT1 | 2022-01-01 | yes | no  | air, climate
2022-T2 | CT1 | 2022-04-01 | no  | yes | climate
2022-T3 | CT2 | 2022-07-01 |     |     | climate
2022-T3 | CT2 | 2022-07-01 | yes | yes | -
2022-T3 | CT2 | 2022-07-01 | yes | yes |
2022-T3 | CT1 | 2022-07-01 | yes | yes |
2022-T4 | CT1 | 2022-10-01 | yes | yes | food
"""


def signed() -> pd.DataFrame:
    found = table(SIGNED)
    return found.assign(themes=found["themes"].str.replace(", ", " | ").str.removeprefix("-"))


def test_what_is_detected_and_what_of_it_is_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = replace(
        opened(tmp_path, monkeypatch, signed()), theme_precision={"air": (5, 7), "climate": (0, 3), "food": (0, 0)}
    )
    shown = spaser.themes(made)
    assert shown.caption == "Thèmes des instances consultées, de janvier à septembre 2022"
    assert [column.label for column in shown.columns] == [
        "Thème détecté dans l’objet ou le code CPV",
        "Marchés",
        "dont considération environnementale déclarée",
        "dont considération sociale déclarée",
        "Détections justes (échantillon d’objets réels)",
    ]
    assert shown.rows == (
        ("Égalité entre les femmes et les hommes", "0", "0", "0", "non mesurée"),
        ("Innovation", "0", "0", "0", "non mesurée"),
        ("Insertion", "0", "0", "0", "non mesurée"),
        ("Qualité de l’air", "1", "1", "0", "5 sur 7"),
        ("Plan climat", "3", "1", "1", "0 sur 3"),
        ("Environnement", "0", "0", "0", "non mesurée"),
        ("Handicap", "0", "0", "0", "non mesurée"),
        ("Plan alimentaire de territoire", "0", "0", "0", "non mesurée"),
    )
    assert shown.notes == (
        "Un thème détecté n’est pas une considération déclarée : il dit quels marchés une instance voudrait voir.",
        f"Sans objet ni code : 2{N}marchés.",
    )


def test_a_territory_and_its_own_contracts_without_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = opened(tmp_path, monkeypatch, signed())
    shown = spaser.themes(replace(made, territory=made.organisation.territory("CT2")))
    assert row(shown, "Plan climat")[1:4] == ("1", "0", "0")
    assert shown.notes[1:] == (f"Sans objet ni code : 1{N}marché.",)


def test_nothing_is_said_of_objects_that_are_all_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = spaser.themes(opened(tmp_path, monkeypatch, signed().dropna(subset="themes")))
    assert len(shown.notes) == 1


def test_a_territory_without_contract_and_an_organisation_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = opened(tmp_path / "amp", monkeypatch, signed())
    shown = spaser.themes(replace(made, territory=made.organisation.territory("CT6")))
    assert (shown.rows, shown.empty) == ((), "Aucun marché dans la période.")
    bare = spaser.themes(alone(tmp_path / "alone", monkeypatch))
    assert {cells[1:4] for cells in bare.rows} == {("0", "0", "0")}
    assert bare.notes[1] == f"Sans objet ni code : 1{N}marché."


def test_the_sample_s_themes_are_a_plain_count(sample_clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(sample_clean))
    contracts = pd.read_parquet(workspace.table(sample_clean, "contracts"))
    year = contracts[contracts["quarter"].fillna("").str.startswith("2024") & (contracts["buyer_siren"] == "200054807")]
    said = [str(one).split(" | ") for one in year["themes"]]
    shown = spaser.themes(open_report("2024-T4"))
    for label, theme in (("Plan climat", "climate"), ("Handicap", "disability"), ("Environnement", "environment")):
        found = sum(theme in one for one in said)
        assert found > 0
        assert row(shown, label)[1] == f"{found:,}".replace(",", T)
