"""What a report says in sentences: where and when, what is counted, the results in brief, what to beware of."""

from __future__ import annotations

from datetime import timedelta

from spaser_analysis.organisation import Break
from spaser_analysis.period import Quarter
from spaser_analysis.report import Report
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Paragraphs

PUBLICATION_DELAY = timedelta(days=62)  # two months: code de la commande publique, art. R. 2196-1


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
    return Paragraphs(
        (
            (
                f"{formatting.counted(quarter, 'marché notifié', 'marchés notifiés')} dans le trimestre{period}. Données "
                f"{snapshot}, tirées de {formatting.counted(files, 'fichier', 'fichiers')}."
            ),
            (
                "Un marché, ou un lot, compte pour un, à la date de sa première notification ; ses modifications n’y changent "
                "rien. Tous les marchés présents dans les fichiers sont retenus, quel que soit leur montant ; ceux que rien "
                "n’oblige à publier peuvent y manquer. Les concessions sont à part."
            ),
            (
                "Un marché dont la considération n’est pas renseignée n’est compté ni comme un oui, ni comme un non : le "
                "résultat est alors donné entre deux bornes, comme si tous les inconnus étaient non, puis oui."
            ),
        ),
        strong="Ce qui est compté.",
    )


def summary(report: Report) -> Paragraphs:
    """The measured objectives in one sentence each, from 1 January to the end of the quarter."""
    window = report.window("year_to_date")
    opening = f"{formatting.months(window).capitalize()}, {report.territory.name} :"
    said = []
    for target in report.organisation.targets:
        row = report.result(target.indicator, "year_to_date", target.measure)
        if row is None:
            continue
        if readings.counted(row) == 0:
            return Paragraphs(("aucun marché notifié, donc aucun résultat.",), strong=opening, role="lead")
        said.append(f"{_subject(row['libelle'])} : {readings.figure(row)} ({readings.support(row)})")
    return Paragraphs((" ; ".join(said) + ".",), strong=opening, role="lead")


def _subject(label: str) -> str:
    return label[:1].lower() + label[1:]


def freshness(report: Report) -> Paragraphs:
    """Whether contracts of the period may still be missing because they are published with a delay."""
    if report.snapshot is None:
        text = "La date d’arrêt des données n’est pas connue : rien ne dit si tous les marchés de la période y sont."
        return Paragraphs((text,), strong="Fraîcheur inconnue.")
    settled = report.snapshot - PUBLICATION_DELAY
    if settled >= report.quarter.end:
        text = (
            f"Le trimestre s’achève le {formatting.day(report.quarter.end)} et les données sont arrêtées au "
            f"{formatting.day(report.snapshot)} : le délai légal de publication de deux mois est passé."
        )
        return Paragraphs((text,), strong="Période complète.")
    text = (
        f"Les données sont arrêtées au {formatting.day(report.snapshot)} et les acheteurs ont deux mois pour publier : des "
        f"marchés notifiés après le {formatting.day(settled)} peuvent manquer. Ces résultats bougeront."
    )
    return Paragraphs((text,), strong="Mois provisoires.", role="warning")


def breaks(report: Report) -> Paragraphs:
    """The breaks in series that fall within the periods shown; comparing across them misleads."""
    first = Quarter(report.quarter.year - 1, 1)
    within = [one for one in report.organisation.breaks if first < one.quarter <= report.quarter]
    if not within:
        return Paragraphs(("Aucune rupture connue dans les périodes montrées ici.",), strong="Ruptures de série.")
    return Paragraphs(tuple(map(_break, within)), strong="Ruptures de série.")


def _break(one: Break) -> str:
    return f"{formatting.day(one.day)} : {one.label}. {one.reason} ({one.source})"
