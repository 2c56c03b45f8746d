"""The fiches: the figures of a year, candidates for good practice, and objects that may hold anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import spaser_analysis as spaser
from spaser_analysis.organisation import Fiche
from spaser_analysis.report import Report
from tests.tables import table
from tests.views.test_quality import HOSTILE, alone, opened

N, T = "\u00a0", "\u202f"
PERIOD = "(d’octobre 2021 à septembre 2022)"


def signed() -> pd.DataFrame:
    """In the twelve months: Parcs 20 of 20, Eau 18 of 20, Voirie none of 36, Culture too small; 42 of 80 in all."""
    rows = [("2021-T3", "2021-09-01", "Voirie", "no", "no")] * 30
    rows += [("2022-T3", "2022-07-02", "Parcs", "yes", "no")] * 20 + [
        ("2022-T2", "2022-04-01", "Eau", "yes", "no")
    ] * 18
    rows += [("2022-T2", "2022-04-01", "Eau", "no", "yes")] * 2 + [("2021-T4", "2021-10-01", "Voirie", "no", "no")] * 36
    rows += [("2021-T4", "2021-10-01", "Culture", "yes", "no")] * 4
    lines = [f"{' | '.join(one)} | objet {rank}" for rank, one in enumerate(rows)]
    return table("\n".join(["quarter | dateNotification | directorate | environmental | social | objet", *lines]))


def with_fiches(report: Report, *fiches: Fiche) -> Report:
    return replace(report, organisation=replace(report.organisation, fiches=fiches))


def fiche(*indicators: str, number: int | None = 7) -> Fiche:
    return Fiche("Axe 9 : essai", (), indicators, "Note de la fiche.", number, "Acheter mieux" if number else None)


def test_a_fiche_in_figures_and_good_practices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = opened(tmp_path, monkeypatch, signed())
    shown = spaser.fiches(with_fiches(made, fiche("environmental_share", "median_publication_delay", "social_share")))
    assert shown.entries == (
        (
            "Fiche 7 : Acheter mieux",
            (
                (
                    f"Marchés avec une considération environnementale : 52,5{T}%{N}; délai médian de publication des "
                    f"données : non calculé{N}; marchés avec une considération sociale : 2,5{T}% {PERIOD}."
                ),
                (
                    "Bonnes pratiques à examiner : Parcs, 20 sur 20 (marchés avec une considération environnementale), "
                    "par exemple « objet 30 ». Eau, 18 sur 20 (marchés avec une considération environnementale), par "
                    "exemple « objet 50 »."
                ),
                "Note de la fiche.",
            ),
        ),
    )


def test_two_directorates_a_fiche_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"Mer": (12, "yes"), "Parcs": (30, "yes"), "Eau": (20, "yes"), "Voirie": (90, "no")}
    lines = [
        f"2022-T3 | 2022-07-01 | {name} | {state} | o" for name, (count, state) in sizes.items() for _ in range(count)
    ]
    contracts = table("\n".join(["quarter | dateNotification | directorate | environmental | objet", *lines]))
    made = opened(tmp_path, monkeypatch, contracts)
    ((_, (_, box, _)),) = spaser.fiches(with_fiches(made, fiche("environmental_share"))).entries
    assert [name for name in sizes if f"{name}, " in box] == ["Parcs", "Eau"]
    assert box.index("Parcs, 30 sur 30") < box.index("Eau, 20 sur 20")


def test_the_whole_is_the_measure_of_a_territory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of its own contracts are yes: nothing is above its own share, all is above the whole's."""
    contracts = signed()
    placed = contracts.assign(territory=contracts["directorate"].map({"Parcs": "CT1"}).fillna("CT2"))
    made = opened(tmp_path, monkeypatch, placed)
    own = replace(made, territory=made.organisation.territory("CT1"))
    (_, lines), *_ = spaser.fiches(with_fiches(own, fiche("environmental_share"))).entries
    assert lines[0] == f"Marchés avec une considération environnementale : 100,0{T}% {PERIOD}."
    assert lines[1].startswith("Bonnes pratiques à examiner : Parcs, 20 sur 20 ")
    assert "Eau" not in lines[1]


@pytest.mark.parametrize("code", ["late_publication_share", "median_offers", "solidarity_spending_share"])
def test_only_shares_of_contracts_to_raise_have_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    made = opened(tmp_path, monkeypatch, signed().assign(publication_delay_days=90, offresRecues=3))
    ((_, lines),) = spaser.fiches(with_fiches(made, fiche(code))).entries
    assert len(lines) == 2
    assert lines[0].endswith(f"{PERIOD}.")


def test_a_fiche_that_is_not_known_and_one_without_indicator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = opened(tmp_path, monkeypatch, signed())
    shown = spaser.fiches(with_fiches(made, fiche(number=None), fiche(number=2)))
    assert shown.entries == (
        ("Axe 9 : essai", ("Note de la fiche.",)),
        ("Fiche 2 : Acheter mieux", ("Note de la fiche.",)),
    )


def test_a_fiche_of_no_known_indicator_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = opened(tmp_path, monkeypatch, signed())
    wrong = with_fiches(made, fiche("environmental_share", "no_such_share")).organisation
    monkeypatch.setattr("spaser_analysis.snapshot.load_organisation", lambda _slug: wrong)
    with pytest.raises(ValueError, match=r"names no known indicator: no_such_share$"):
        spaser.open_report("2022-T3")


def test_hostile_objects_and_directorates_stay_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contracts = signed()
    hostile = contracts.assign(objet=HOSTILE, directorate=contracts["directorate"].replace("Parcs", f"Parcs {HOSTILE}"))
    shown = spaser.fiches(with_fiches(opened(tmp_path, monkeypatch, hostile), fiche("environmental_share")))
    box = shown.entries[0][1][1]
    assert f"Parcs {HOSTILE}, 20 sur 20" in box
    assert f"« {HOSTILE} »" in box
    assert "<script" not in shown._repr_html_()
    assert shown._repr_html_().count("&lt;script&gt;alert(1)&lt;/script&gt;") == 3


def test_an_object_too_long_is_cut_at_a_word_and_an_absent_one_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts = signed()
    long = "mot " * 22 + "dernier et la suite"  # 88 letters, then a word across the ninetieth
    exactly = "x" * 90
    first = opened(tmp_path / "a", monkeypatch, contracts.assign(objet=long))
    assert (
        f"« {('mot ' * 22).strip()}… »"
        in spaser.fiches(with_fiches(first, fiche("environmental_share"))).entries[0][1][1]
    )
    second = opened(tmp_path / "b", monkeypatch, contracts.assign(objet=exactly))
    assert f"« {exactly} »" in spaser.fiches(with_fiches(second, fiche("environmental_share"))).entries[0][1][1]
    absent = contracts.assign(objet=contracts["objet"].mask(contracts["objet"].notna()))
    third = spaser.fiches(with_fiches(opened(tmp_path / "c", monkeypatch, absent), fiche("environmental_share")))
    assert third.entries[0][1][1].count("« objet non renseigné »") == 2


def test_an_organisation_without_fiches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = spaser.fiches(alone(tmp_path, monkeypatch))
    assert shown.entries == (("Fiches du schéma", ("L’organisation n’en décrit aucune.",)),)


def test_every_fiche_of_the_scheme_is_there(sample_clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(sample_clean))
    report = spaser.open_report("2024-T4")
    shown = spaser.fiches(report)
    assert len(shown.entries) == len(report.organisation.fiches) == 6
    for one, (title, lines) in zip(report.organisation.fiches, shown.entries, strict=True):
        assert title == (f"Fiche {one.number} : {one.title}" if one.number else one.axis)
        assert lines[-1] == one.note
        assert bool(one.indicators) is lines[0].endswith("(de janvier à décembre 2024).")
