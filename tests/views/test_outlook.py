"""Will the objectives be met, what earlier editions said, what is still to be published: exact words and drawings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure as Drawing

import spaser_analysis as spaser
from spaser_analysis import workspace
from spaser_analysis.organisation import Target
from spaser_analysis.period import Quarter, span
from spaser_analysis.publishing.edition import check_results
from spaser_analysis.report import FIGURES, REVISIONS, Report, open_report
from spaser_analysis.schemas import AMENDMENTS, conform
from spaser_analysis.tables import write_table
from spaser_analysis.trends.projection import projection
from spaser_analysis.views import style
from tests.tables import table
from tests.views.test_quality import alone, opened

N, T = "\u00a0", "\u202f"
ENVIRONMENT, SOCIAL = "Considération environnementale", "Considération sociale"
# Of ten contracts a quarter since 2020: how many have an environmental consideration.
YES = (4, 6, 4, 6, 5, 5, 4, 5, 6, 4, 5)
STEADY = (4, 5, 5, 5, 4, 5, 5, 5, 6, 5, 5)
QUARTERS = tuple(map(str, span(Quarter(2020, 1), Quarter(2022, 3))))
UNKNOWN = "pas de projection (plus d’un marché sur cinq n’est pas renseigné)"
NARROW = (0.428, 0.789)  # of 60 contracts a quarter, ``STEADY``
PAST = "pas de projection (l’année visée est passée)"


def signed(times: int = 1, counts: tuple[int, ...] = YES) -> pd.DataFrame:
    """``times`` ten contracts a quarter; of ten, social is four yes, three no, three unknown. Six of the first quarter
    of 2022 end in 2025, of which four have no environmental consideration."""
    lines = [
        f"{quarter} | {Quarter.parse(quarter).start} | CT1 | {'yes' if rank < yes else 'no'} | "
        f"{'yes' if rank < 4 else 'no' if rank < 7 else ''} | {36 if quarter == '2022-T1' and rank >= 4 else ''}"
        for quarter, yes in zip(QUARTERS, counts, strict=True)
        for rank in (*range(10),) * times
    ]
    return table("\n".join(["quarter | dateNotification | territory | environmental | social | dureeMois", *lines]))


def with_targets(report: Report, *targets: Target) -> Report:
    return replace(report, organisation=replace(report.organisation, targets=targets))


def test_what_is_left_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = spaser.outlook(opened(tmp_path, monkeypatch, signed()))
    assert figure.table.rows == (
        # (100 % - 50 %) in 13 quarters; 20 of 40 in a year, and four of the twenty others renewed: 22 of 40
        (
            *(ENVIRONMENT, f"50,0{T}%", f"100{T}% en 2025", f"15,4{N}points"),
            f"trop incertaine pour en dire plus (10,4{N}à{N}88,7{T}%)",
            f"55,0{T}% (4{N}renouvellements)",
        ),
        # 40 to 70 %, plus 3 of the 24 that have none, or 6 of the 12 that surely have none
        (
            *(SOCIAL, f"40,0{N}à{N}70,0{T}%", f"30{T}% en 2025", "atteint", UNKNOWN),
            f"44,5{N}à{N}74,5{T}% (6{N}renouvellements)",
        ),
    )
    assert figure.alternative == (
        f"Un point par trimestre, la ligne droite vers l’objectif, et la projection. {ENVIRONMENT}{N}: trop incertaine "
        f"pour en dire plus (10,4{N}à{N}88,7{T}%){N}; {SOCIAL}{N}: {UNKNOWN}."
    )
    assert figure.caption.startswith(
        "Données fictives. Part de chaque trimestre parmi les marchés renseignés, Ensemble"
    )
    assert "à partir de la borne basse" in figure.table.notes[0]
    assert "les marchés sans durée connue n’y sont pas" in figure.table.notes[0]


def test_a_narrow_projection_is_that_of_the_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand = pd.DataFrame(
        {"quarter": QUARTERS, "yes": [6 * yes for yes in STEADY], "no": [60 - 6 * yes for yes in STEADY]}
    )
    expected = projection(by_hand.assign(unknown=0, is_provisional=False), 2025, 1.0)
    assert expected.low is not None and expected.high is not None
    assert (round(expected.low, 3), round(expected.high, 3)) == NARROW
    low, high = (f"{100 * bound:.1f}".replace(".", ",") for bound in NARROW)
    shown = spaser.outlook(opened(tmp_path, monkeypatch, signed(6, STEADY))).table
    assert shown.rows[0][4] == f"projection {low}{N}à{N}{high}{T}%"


def test_an_amendment_moves_the_end_of_a_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contracts = signed()
    opened(tmp_path, monkeypatch, contracts)
    ended = contracts.loc[(contracts["dureeMois"] == 36) & ~contracts["environmental"], "uid"].iloc[:3]
    longer = pd.DataFrame({"uid": ended, "rank": 1, "dureeMois": 60, "amount_status": "missing"})
    rows = conform(longer.assign(source_file="table", source_record=1), AMENDMENTS)
    write_table(workspace.table(tmp_path, "amendments"), [rows], AMENDMENTS)
    assert spaser.outlook(open_report("2022-T3")).table.rows[0][-1] == f"51,2{T}% (1{N}renouvellement)"


def drawn(report: Report, monkeypatch: pytest.MonkeyPatch) -> Drawing:
    """The drawing as it goes to its file."""
    kept: list[Any] = []
    png = style.png
    monkeypatch.setattr(style, "png", lambda drawing, note: (kept.append(drawing), png(drawing, note))[1])
    spaser.outlook(report)
    return kept[0]


def test_each_quarter_the_line_and_the_interval_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment, social = drawn(opened(tmp_path, monkeypatch, signed(6, STEADY)), monkeypatch).axes
    quarters, goal, middle = (one.get_offsets().tolist() for one in environment.collections)
    assert quarters == [[2020.25 + rank / 4, yes / 10] for rank, yes in enumerate(STEADY)]
    assert goal == [[2026.0, 1.0]]
    assert middle[0][0] == 2026.0
    line, bar = (one.get_xydata().tolist() for one in environment.lines if one.get_visible())
    assert line == [[2022.75, 0.5], [2026.0, 1.0]]  # from the published result
    assert [[x, round(y, 3)] for x, y in bar] == [[2026.0, NARROW[0]], [2026.0, NARROW[1]]]
    assert bar[0][1] < middle[0][1] < bar[1][1]
    assert [one.get_offsets().tolist()[0][1] for one in social.collections] == [pytest.approx(4 / 7), 0.3]
    assert sum(one.get_visible() for one in social.lines) == 1  # no projection


def test_what_is_not_known_is_neither_late_nor_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = "quarter | dateNotification | environmental | social\n" + "2022-T3 | 2022-07-01 | yes |\n" * 4
    shown = spaser.outlook(opened(tmp_path / "few", monkeypatch, table(few))).table
    assert [(cells[1], cells[3], cells[5]) for cells in shown.rows] == [
        ("non calculé", "non calculé", "non calculé"),  # below five contracts
        ("inconnue", "non calculé", "inconnue"),
    ]
    assert shown.rows[0][4] == f"pas de projection (moins de 8{N}trimestres exploitables)"
    mute = few + "2022-T3 | 2022-07-01 | no |\n"
    shown = spaser.outlook(opened(tmp_path / "mute", monkeypatch, table(mute))).table
    assert [(cells[1], cells[3], cells[5]) for cells in shown.rows] == [
        (f"80,0{T}%", f"6,2{N}points", f"80,0{T}% (0{N}renouvellement)"),
        ("inconnue", "non calculé", "inconnue"),
    ]


@pytest.mark.parametrize(("quarter", "expected"), [("2025-T4", PAST), ("2026-T1", PAST)])
def test_a_due_date_that_is_past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quarter: str, expected: str) -> None:
    last = Quarter.parse(quarter)
    lines = [f"{one} | {one.start} | {state}" for one in span(last - 1, last) for state in ("yes", "yes", "no") * 2]
    contracts = table("\n".join(["quarter | dateNotification | environmental", *lines]))
    made = opened(tmp_path, monkeypatch, contracts, snapshot="2026-12-31", quarter=quarter)
    assert spaser.outlook(made).table.rows[0] == (
        *(ENVIRONMENT, f"66,7{T}%", f"100{T}% en 2025", "échéance passée", expected, "échéance passée"),
    )


def test_money_is_not_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    goal = Target("social_share", "value", 0.3, 2025, "30 % des montants", "essai")
    made = with_targets(opened(tmp_path, monkeypatch, signed().assign(amount_cents=10_000, amount_status="ok")), goal)
    assert spaser.outlook(made).table.rows[0][5] == "sans objet"


def test_an_organisation_without_objective(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = alone(tmp_path, monkeypatch)
    figure = spaser.outlook(bare)
    assert (figure.table.rows, figure.table.empty) == ((), "Aucun objectif mesuré.")
    assert figure.alternative.endswith("et la projection. Aucun objectif mesuré.")
    (axis,) = drawn(bare, monkeypatch).axes
    assert [one.get_text() for one in axis.texts] == ["aucun objectif mesuré"]
    assert spaser.revisions(bare).rows == ()


def edition(report: Report, name: str = FIGURES) -> Path:
    """Leave the results of a report where an edition of it keeps them."""
    folder = workspace.report_folder(workspace.reports(), str(report.quarter), report.territory.slug)
    folder.mkdir(parents=True, exist_ok=True)
    csv = report.own_results.to_csv(index=False)
    check_results(csv, {"quarter": str(report.quarter)})
    (folder / name).write_text(csv)
    return folder


def test_what_earlier_editions_said_oldest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_REPORTS", str(tmp_path / "reports"))
    contracts = signed()
    latest = contracts["quarter"] == "2022-T3"
    first = contracts[~latest | (contracts.groupby("quarter").cumcount() < 6)]  # five of six in the quarter
    second = contracts.assign(environmental=contracts["environmental"].mask(latest & ~contracts["environmental"]))
    edition(opened(tmp_path / "1", monkeypatch, first, snapshot="2022-10-31"))
    edition(opened(tmp_path / "2", monkeypatch, second, snapshot="2022-11-30"), REVISIONS)
    shown = spaser.revisions(opened(tmp_path / "3", monkeypatch, contracts))
    environment = [cells for cells in shown.rows if cells[0] == ENVIRONMENT]
    assert environment == [
        (ENVIRONMENT, "Trimestre", f"31{N}oct.{N}2022", "5 sur 6", f"83,3{T}%"),
        (ENVIRONMENT, "Trimestre", f"30{N}nov.{N}2022", "5 sur 10", f"50,0{N}à{N}100,0{T}%"),
        (ENVIRONMENT, "Trimestre", f"15{N}déc.{N}2022", "5 sur 10", f"50,0{T}%"),
        (ENVIRONMENT, "Depuis le 1er janvier", f"31{N}oct.{N}2022", "15 sur 26", f"57,7{T}%"),
        (ENVIRONMENT, "Depuis le 1er janvier", f"30{N}nov.{N}2022", "15 sur 30", f"50,0{N}à{N}66,7{T}%"),
        (ENVIRONMENT, "Depuis le 1er janvier", f"15{N}déc.{N}2022", "15 sur 30", f"50,0{T}%"),
    ]
    assert [cells[0] for cells in shown.rows[6:]] == [SOCIAL] * 6 + ["Dépense solidaire"] * 6
    assert shown.notes == ("Un chiffre change quand des marchés sont publiés tard, complétés ou corrigés.",)


def test_an_edition_on_the_same_data_is_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_REPORTS", str(tmp_path / "reports"))
    edition(opened(tmp_path / "1", monkeypatch, signed()))
    shown = spaser.revisions(open_report("2022-T3"))
    assert (shown.rows, shown.notes) == ((), ())
    assert shown.empty == "Aucune édition précédente sur des données plus anciennes."


def test_the_sample_revised_from_one_snapshot_to_the_other(
    first_clean: Path, sample_clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPASER_REPORTS", str(tmp_path))
    counts = []
    for clean in (first_clean, sample_clean):
        monkeypatch.setenv("SPASER_CLEAN", str(clean))
        known = pd.read_parquet(workspace.table(clean, "contracts"))
        own = known[(known["quarter"] == "2022-T3") & (known["territory"] == "CT2")]
        counts.append(f"{int(own['environmental'].fillna(False).sum())} sur {len(own)}")
        report = open_report("2022-T3", "CT2")
        shown = spaser.revisions(report)
        edition(report)
    told = [cells[3] for cells in shown.rows if cells[:2] == (ENVIRONMENT, "Trimestre")]
    assert told == counts
    assert counts[0] != counts[1]


def published(until: str = "2022-10-01") -> pd.DataFrame:
    """Each month since 2020, five contracts published at once, and four or six the month after."""
    months = pd.period_range("2020-01", "2022-09", freq="M")
    days = [
        (month.start_time, month.start_time + pd.DateOffset(days=late))
        for month in months
        for late in (*(2,) * 5, *(35,) * (4 + 2 * (month.month % 2)))
    ]
    lines = [
        f"{day.year}-T{day.quarter} | CT1 | {day:%Y-%m-%d} | {out:%Y-%m-%d}"
        for day, out in days
        if out < pd.Timestamp(until)
    ]
    return table("\n".join(["quarter | territory | dateNotification | datePublicationDonnees", *lines]))


def test_the_estimate_stands_beside_what_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = spaser.unpublished(opened(tmp_path, monkeypatch, published(), snapshot="2022-10-01"))
    assert (said.strong, said.role) == ("Chiffres provisoires.", "warning")
    delays = "(3 à 7, neuf fois sur dix), d’après les délais de publication des mois précédents."
    assert said.sentences == (
        f"25{N}marchés publiés de juillet à septembre 2022, environ 30 attendus au total : 5 encore à paraître {delays}",
        f"85{N}marchés publiés de janvier à septembre 2022, environ 90 attendus au total : 5 encore à paraître {delays}",
    )


def test_contracts_without_a_usable_date_are_counted_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = table(
        "quarter | dateNotification | datePublicationDonnees\n2022-T3 | 2022-07-01 | 2022-07-05\n2022-T3 | 2022-07-01 |"
    )
    said = spaser.unpublished(opened(tmp_path, monkeypatch, few, snapshot="2022-10-15"))
    apart = f"1{N}marché publié (et 1{N}autre, sans date de publication utilisable) de juillet à septembre 2022 ; "
    assert said.sentences[0].startswith(apart)


def test_why_nothing_is_estimated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = table("quarter | dateNotification | datePublicationDonnees\n2022-T3 | 2022-07-01 | 2022-07-05")
    said = spaser.unpublished(opened(tmp_path, monkeypatch, few, snapshot="2022-10-15"))
    why = f"nombre encore à paraître non estimé : moins de 12{N}mois complets pour mesurer le délai de publication."
    assert said.sentences == (
        f"1{N}marché publié de juillet à septembre 2022 ; {why}",
        f"1{N}marché publié de janvier à septembre 2022 ; {why}",
    )


@pytest.mark.parametrize("snapshot", ["2022-11-30", None])
def test_no_estimate_of_a_settled_quarter_or_without_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: str | None
) -> None:
    said = spaser.unpublished(opened(tmp_path, monkeypatch, published(), snapshot=snapshot))
    assert (said.sentences, repr(said), said._repr_html_()) == ((), "", "")
    eve = spaser.unpublished(opened(tmp_path / "eve", monkeypatch, published(), snapshot="2022-11-29"))
    assert len(eve.sentences) == 2
