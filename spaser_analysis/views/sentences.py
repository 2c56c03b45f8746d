"""What a report says in sentences: where and when, what is counted, the results in brief, what to beware of."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.indicators.publication import LEGAL_DELAY
from spaser_analysis.organisation import Break
from spaser_analysis.period import Quarter
from spaser_analysis.report import Report, Row
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Paragraphs


def place(report: Report) -> Paragraphs:
    """The territory and the quarter, under the title."""
    buyer = "" if report.is_whole else f" ({report.organisation.name})"
    return Paragraphs((f"{report.territory.name}{buyer}, {formatting.quarter(report.quarter)}",), role="place")


def notice(report: Report) -> Paragraphs:
    """A warning when the data were made up for demonstration; nothing otherwise."""
    if not report.is_fictitious:
        return Paragraphs(())
    return Paragraphs(
        (
            (
                "Ce rapport montre l’outil sur des marchés inventés : aucun montant, aucun titulaire, aucun résultat "
                "n’est réel. Les objectifs et les résultats publiés qu’il cite, eux, sont réels."
            ),
        ),
        strong="Données fictives.",
        role="warning",
    )


def scope(report: Report) -> Paragraphs:
    """What is counted, from which files, at which date."""
    quarter = len(report.contracts_of("quarter"))
    year = len(report.contracts_of("year_to_date"))
    files = len(report.sources)
    snapshot = f"arrêtées au {formatting.day(report.snapshot)}" if report.snapshot else "sans date d’arrêt connue"
    period = "" if report.quarter.number == 1 else f", {formatting.number(year)} depuis le 1er janvier"
    undated = int(report.of_territory(report.contracts)["quarter"].isna().sum())
    count = formatting.counted(undated, "marché", "marchés")
    never = f" {count} sans date de notification, dans aucune période." if undated else ""
    return Paragraphs(
        (
            (
                f"{formatting.counted(quarter, 'marché notifié', 'marchés notifiés')} dans le trimestre{period}. "
                f"Données {snapshot}, tirées de {formatting.counted(files, 'fichier', 'fichiers')}.{never}"
            ),
            (
                "Chaque marché, ou lot, compte pour un à sa première notification, quel que soit son montant ; "
                "les petits marchés, que rien n’oblige à publier, peuvent manquer. Les concessions sont à part. "
                "Quand des marchés ne sont pas renseignés, le résultat est donné entre deux bornes, comme s’ils "
                "étaient tous non, puis tous oui."
            ),
        ),
        strong="Ce qui est compté.",
    )


def summary(report: Report) -> Paragraphs:
    """The measured objectives in one sentence each, from 1 January to the end of the quarter."""
    window = report.window("year_to_date")
    opening = f"{report.territory.name}, {formatting.months(window)}."
    said = []
    for target in report.organisation.targets:
        row = report.result(target.indicator, "year_to_date", target.measure)
        if row is None or readings.counted(row) == 0:
            continue
        said.append(
            f"{row['libelle']} : {_figure(row)} ({readings.support(row)}), pour un objectif de "
            f"{formatting.goal(target.value)} en {target.year}."
        )
    return Paragraphs((" ".join(said) or "Aucun résultat face à un objectif.",), strong=opening, role="lead")


def _figure(row: Row) -> str:
    if row["low"] is None or readings.is_all_unknown(row):
        return f"part {readings.figure(row)}"
    return formatting.between(row["low"], row["high"])


def freshness(report: Report) -> Paragraphs:
    """Whether the data hold the whole period: quarters without any contract, months that may still be published."""
    missing = _absent_quarters(report)
    if report.snapshot is None:
        text = "La date d’arrêt des données n’est pas connue : rien ne dit si tous les marchés de la période y sont."
        return Paragraphs((text, *missing), strong="Fraîcheur inconnue.", role="warning")
    if pd.Timestamp(report.snapshot) >= pd.Timestamp(report.quarter.end) + LEGAL_DELAY:
        text = (
            f"Le trimestre s’achève le {formatting.day(report.quarter.end)} et les données sont arrêtées au "
            f"{formatting.day(report.snapshot)} : le délai légal de publication de deux mois est passé."
        )
        if missing:
            return Paragraphs((*missing, text), strong="Période incomplète.", role="warning")
        return Paragraphs((text,), strong="Période complète.")
    settled = (pd.Timestamp(report.snapshot) - LEGAL_DELAY).date()
    text = (
        f"Les données sont arrêtées au {formatting.day(report.snapshot)} et les acheteurs ont deux mois pour publier : "
        f"des marchés notifiés après le {formatting.day(settled)} peuvent manquer. Ces résultats bougeront."
    )
    return Paragraphs((text, *missing), strong="Mois provisoires.", role="warning")


def _absent_quarters(report: Report) -> tuple[str, ...]:
    absent = report.absent_quarters(report.window("year_to_date"))
    if not absent:
        return ()
    names = ", ".join(formatting.quarter(Quarter.parse(one)) for one in absent)
    text = f"Les données ne contiennent aucun marché de l’acheteur pour : {names}. Le cumul ne porte que sur le reste."
    return (text,)


def breaks(report: Report) -> Paragraphs:
    """The breaks in series that fall within the periods shown; comparing across them misleads."""
    first = Quarter(report.quarter.year - 1, 1)
    within = [one for one in report.organisation.breaks if first < one.quarter <= report.quarter]
    if not within:
        return Paragraphs(("Aucune rupture connue dans les périodes montrées ici.",), strong="Ruptures de série.")
    return Paragraphs(tuple(map(_break, within)), strong="Ruptures de série.")


def _break(one: Break) -> str:
    return f"{formatting.day(one.day)} : {one.label}. {one.reason} ({one.source})"
