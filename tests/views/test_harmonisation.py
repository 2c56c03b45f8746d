"""The territories side by side, from contracts counted by hand."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import spaser_analysis as spaser
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.results import results
from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.publishing.edition import check_results
from spaser_analysis.report import Report
from spaser_analysis.schemas import AMENDMENTS, LEDGER, PAYMENTS, empty
from spaser_analysis.views.elements import Figure, Paragraphs
from tests.tables import table, tables_of

N, T = "\u00a0", "\u202f"
NOW = Quarter(2022, 3)
HOSTILE = "<b>$x$</b>"
SYNTHESIS = (
    *("harmony", "funnels", "positions", "dispersions", "convergence", "movers", "examples", "comparators"),
    "harmonisation_data",
)

# Whole of 2022: 60 yes of 129 known, 2 unknown besides. Chance at 46.5 % allows 22 to 71 % to 40 contracts (99.8 %).
COUNTS = """
2021 CT1 104 96 0
2021 CT2 100 100 0
2021 CT3 96 104 0
2021 CT5 10 10 0
2022 CT1 34  6 0
2022 CT2  5 35 0
2022 CT3 20 20 0
2022 CT4  0  3 1
2022 CT5  1  5 1
"""


def contracts(counts: str) -> pd.DataFrame:
    """Contracts of each year: the territories' in its first quarter, one of none and of unknown state in the others."""
    lines = ["quarter | dateNotification | territory | social | directorate | family | objet | considerationsSociales"]
    for year, place, *numbers in map(str.split, counts.strip().splitlines()):
        for state, number in zip(("yes", "no", ""), map(int, numbers), strict=True):
            lines += [f"{year}-T1 | {year}-01-05 | {place} | {state} | {place} | voirie | {HOSTILE} | Clause"] * number
    for year in sorted({line.split()[0] for line in counts.strip().splitlines()}):
        lines += [f"{year}-T{n} | {year}-0{3 * n}-01 | AMP | | | voirie | | " for n in (2, 3)]
    return table("\n".join(lines)).assign(buyer_siren="200054807").astype({"buyer_siren": "str"})


def report_of(signed: pd.DataFrame, payments: pd.DataFrame | None = None) -> Report:
    """The report of the whole at the third quarter of 2022."""
    buyer, tables = load_organisation("amp"), tables_of(signed, payments=payments, solidarity="B")
    shown = ("environmental_share", "social_share", "sme_share", "solidarity_spending_share")
    quarters = [Quarter.parse(one) for one in sorted(set(signed["quarter"])) if one <= str(NOW)]
    return Report(
        quarter=NOW,
        territory=buyer.whole,
        organisation=buyer,
        tables=tables,
        amendments=empty(AMENDMENTS),
        payments=empty(PAYMENTS),
        results=results(tables, buyer, quarters, "2022-12-15", [INDICATORS_BY_CODE[one] for one in shown], ("all",)),
        ledger=empty(LEDGER),
        quarters=tuple(sorted(tables["contracts"]["quarter"].dropna().unique())),
        paid_quarters=(),
        has_payments=False,
        sources=(),
        family_labels={"voirie": "Voirie et réseaux"},
        theme_precision={},
        snapshot=date(2022, 12, 15),
        is_fictitious=True,
        clean=Path("nowhere"),
    )


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(contracts(COUNTS))


def said(element: object) -> str:
    return " ".join(repr(element).split())


def test_in_brief_who_stands_out_and_whether_they_draw_nearer(report: Report) -> None:
    assert "de janvier à septembre 2022." in said(spaser.harmony(report))
    text = spaser.harmony(report).sentences[0].partition("Considération sociale : ")[2]
    assert text.startswith("Marseille-Provence au-dessus de l’ensemble, Pays d’Aix au-dessous de l’ensemble, ")
    assert f"pour 2{N}territoires, on ne peut pas conclure" in text  # below five contracts, and none
    assert text.endswith("les territoires s’éloignent depuis 2021.")


def test_where_each_territory_stands(report: Report) -> None:
    rows = {row[0]: row[3:] for row in spaser.positions(report).rows}
    assert list(rows) == [place.name for place in report.organisation.territories]
    assert rows["Marseille-Provence"] == (f"34 sur 40 : 85,0{T}%", "au-dessus de l’ensemble")
    assert rows["Pays d’Aix"] == (f"5 sur 40 : 12,5{T}%", "au-dessous de l’ensemble")
    assert rows["Pays salonais"] == (f"20 sur 40 : 50,0{T}%", "comme l’ensemble, au hasard près")
    assert rows["Pays d’Aubagne et de l’Étoile"] == ("0 sur 4", "non calculé")
    assert rows["Istres-Ouest Provence"][0] == f"1 sur 7 : 14,3{N}à{N}28,6{T}%"
    assert rows["Pays de Martigues"] == ("0 sur 0", "non calculé")
    notes = " ".join(spaser.positions(report).notes)
    assert f"Considération sociale, Pays d’Aubagne et de l’Étoile : moins de 5{N}marchés" in notes


def test_what_nobody_knows_is_not_placed(report: Report) -> None:
    """No contract says anything of the environment."""
    assert "Considération environnementale : pour 6" in spaser.harmony(report).sentences[0]
    assert {row[2] for row in spaser.positions(report).rows} == {"non calculé"}
    alike = "Considération environnementale, Marseille-Provence, Pays d’Aix, Pays salonais"
    assert f"{alike} : état inconnu pour les 40{N}marchés." in spaser.positions(report).notes


def test_the_funnel_is_drawn_with_its_table(report: Report) -> None:
    figure = spaser.funnels(report)
    assert isinstance(figure, Figure)
    assert figure.png.startswith(b"\x89PNG")
    assert f"Considération sociale{N}: Marseille-Provence, au-dessus de l’ensemble" in figure.alternative
    assert figure.caption.startswith("Données fictives.")
    own = next(row for row in figure.table.rows if row[:2] == ("Marseille-Provence", "Considération sociale"))
    assert own[2:4] == ("40", f"85,0{T}%")
    small = next(row for row in figure.table.rows if row[0].startswith("Pays d’Aubagne") and row[1].endswith("sociale"))
    assert small[3:] == ("–", "–", "–")
    assert figure == spaser.funnels(report)


def test_the_course_of_the_dispersion(report: Report) -> None:
    figure = spaser.dispersions(report)
    assert isinstance(figure, Figure)
    social = [row for row in figure.table.rows if row[1] == "Considération sociale"]
    # By hand for 2021: the squares of the distances to one half add up to 0.0008, over p(1 - p)/200 = 0.00125; chi-square
    # of 3 degrees reaches that 0.64 at tau = 0 already, and its 5 % quantile 0.352 at tau = sqrt(0.0008/0.352 - 0.00125).
    assert (social[0][0], *social[0][2:5]) == (
        "2021-T3",
        "4",
        f"0{N}point",
        f"0{N}point à 3,2{N}points",
    )
    assert social[1][:3] == ("2022-T3", "Considération sociale", "4")
    environmental = [row for row in figure.table.rows if row[1] == "Considération environnementale"]
    assert [row[3:5] for row in environmental] == [("–", "–"), ("–", "–")]
    text = said(spaser.convergence(report))
    assert "Considération sociale : les territoires s’éloignent depuis 2021." in text
    assert "Fin des conseils de territoire (1er juillet 2022)" in text.replace(N, " ")


def test_who_moved(report: Report) -> None:
    shown = spaser.movers(report)
    rows = {row[0]: row[1:] for row in shown.rows}
    assert (
        shown.columns[1].label == "Considération sociale : un an avant, puis maintenant"
    )  # the only one that compares
    assert rows["Marseille-Provence"][0] == f"52,0{T}% puis 85,0{T}%"
    assert rows["Marseille-Provence"][1].startswith("hausse (+")
    assert rows["Pays d’Aix"][1].startswith("baisse (−")
    assert rows["Pays salonais"][1].startswith("on ne peut pas conclure (−")
    assert rows["Pays de Martigues"] == ("–", "non calculé")


def test_without_a_year_before_nothing_moved() -> None:
    alone = report_of(contracts("2022 CT1 5 5 0"))
    assert "Aucune comparaison possible : aucun résultat pour 2021-T3." in repr(spaser.movers(alone))
    assert "aucune année antérieure" in said(spaser.convergence(alone)) or "moins de 3" in said(
        spaser.convergence(alone)
    )


def test_a_year_that_begins_in_spring_does_not_compare() -> None:
    whole = contracts(COUNTS)
    late = report_of(whole[whole["quarter"] != "2021-T1"])
    figure = spaser.dispersions(late)
    assert isinstance(figure, Figure)
    assert {row[0] for row in figure.table.rows} == {"2022-T3"}


def test_examples_are_above_the_whole_and_escaped(report: Report) -> None:
    entries = dict(spaser.examples(report).entries)
    (term,) = (term for term in entries if term.startswith("Considération sociale, par direction"))
    assert entries[term][0].startswith(f"CT1, 34 sur 40. Par exemple : « {HOSTILE} » (clause, 5{N}janv.{N}2022) ;")
    assert entries[term][-1] == f"4{N}directions examinées, 1{N}trop petite, 2{N}marchés sans direction."
    assert "<b>" not in spaser.examples(report)._repr_html_()


def test_the_figures_for_machines(report: Report) -> None:
    text = spaser.harmonisation_data(report).csv
    assert check_results(text, {"quarter": "2022-T3"}) == "2022-12-15"
    rows = {(row["indicator"], row["territory"]): row for row in csv.DictReader(io.StringIO(text))}
    assert len(rows) == 14
    own, whole = rows["social_share", "CT1"], rows["social_share", "AMP"]
    assert (own["yes"], own["no"], own["unknown"], own["low"], own["state_998"]) == ("34", "6", "0", "0.85", "above")
    assert (own["change"], own["change_state"], own["course"]) == ("0.33", "up", "")
    assert (whole["yes"], whole["no"], whole["unknown"], whole["course"]) == ("60", "69", "4", "diverging")
    assert rows["social_share", "CT4"]["state_998"] == "cannot say"
    assert rows["social_share", "CT4"]["low"] == ""


def all_say(bare: Report, why: str) -> bool:
    for name in SYNTHESIS:
        repr(getattr(spaser, name)(bare))
    funnels, dispersions = spaser.funnels(bare), spaser.dispersions(bare)
    assert isinstance(funnels, Paragraphs)
    assert isinstance(dispersions, Paragraphs)
    said = [element.sentences[0] for element in (spaser.harmony(bare), spaser.convergence(bare), funnels, dispersions)]
    said += [shown.empty for shown in (spaser.positions(bare), spaser.movers(bare)) if shown.rows == ()]
    data = spaser.harmonisation_data(bare).csv
    assert check_results(data, {"quarter": "2022-T3"}) == "2022-12-15"
    return [why in one for one in (*said, data)] == [True] * 7


def test_an_organisation_without_territories(report: Report) -> None:
    assert all_say(replace(report, organisation=replace(report.organisation, territories=())), "n’a pas de territoires")


def test_an_objective_in_money_alone_does_not_compare() -> None:
    text = "quarter | territory | amount | is_purchase | is_solidarity_b\n2022-T1 | CT1 | 100 | yes | yes"
    paid = table(text, PAYMENTS).assign(buyer_siren="200054807").astype({"buyer_siren": "str"})
    spent = report_of(contracts(COUNTS), paid)
    assert "Dépense solidaire : un montant ne se prête pas à ce calcul" in spaser.positions(spent).notes[0]
    money = tuple(target for target in spent.organisation.targets if target.measure == "value")
    assert all_say(replace(spent, organisation=replace(spent.organisation, targets=money)), "Aucun objectif en nombre")
    assert "Aucun objectif de hausse" in repr(
        spaser.examples(replace(spent, organisation=replace(spent.organisation, targets=money)))
    )


def test_without_objectives_both_considerations_compare(report: Report) -> None:
    free = replace(report, organisation=replace(report.organisation, targets=()))
    assert spaser.harmony(free) == spaser.harmony(report)


def test_comparators_have_their_scope_and_no_rank(report: Report) -> None:
    shown = spaser.comparators(report)
    assert {row[0] for row in shown.rows} == {
        "Marchés avec une considération environnementale",
        "Marchés avec une considération sociale",
        "Marchés attribués à une PME",
    }
    assert all(row[3] and row[4] for row in shown.rows)
    social = [row[1:] for row in shown.rows if row[0].endswith("sociale")]
    assert social[0][:2] == ("2022", f"45,1{N}à{N}48,1{T}%")  # 60, and 64, of 133
    assert social[0][2:] == (
        "Métropole Aix-Marseille-Provence, marchés connus, de janvier à septembre 2022",
        "ce rapport",
    )
    every_buyer = [row for row in social if row[2].startswith("Tous acheteurs, marchés de plus de")]
    assert [row[:2] for row in every_buyer] == [("2022", f"22,3{T}%")]  # 2018 to 2023 are known: the nearest year
    assert "ne font pas un classement" in shown.notes[0]
