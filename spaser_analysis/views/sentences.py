"""What a report says in sentences: where and when, what is counted, the results in brief, what to beware of."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.indicators.publication import LEGAL_DELAY
from spaser_analysis.organisation import Break
from spaser_analysis.period import Quarter
from spaser_analysis.report import Report, Row
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Paragraphs, told


def place(report: Report) -> Paragraphs:
    """The territory and the quarter, under the title."""
    buyer = "" if report.is_whole else f" ({report.organisation.name})"
    return Paragraphs((f"{report.territory.name}{buyer}, {formatting.quarter(report.quarter)}",), role="place")


def notice(report: Report) -> Paragraphs:
    """A warning when the data were made up for demonstration; nothing otherwise."""
    return told("notice") if report.is_fictitious else Paragraphs(())


def scope(report: Report) -> Paragraphs:
    """What is counted, from which files, at which date."""
    quarter, year = (len(report.contracts_of(name)) for name in ("quarter", "year_to_date"))
    undated = int(report.of_territory(report.contracts)["quarter"].isna().sum())
    count = formatting.counted(undated, "marché", "marchés")
    return told(
        "scope",
        quarter=formatting.counted(quarter, "marché notifié", "marchés notifiés"),
        period="" if report.quarter.number == 1 else f", {formatting.number(year)} depuis le 1er janvier",
        snapshot=f"arrêtées au {formatting.day(report.snapshot)}" if report.snapshot else "sans date d’arrêt connue",
        files=formatting.counted(len(report.sources), "fichier", "fichiers"),
        never=f" {count} sans date de notification, dans aucune période." if undated else "",
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
        return told("freshness_unknown", *missing)
    if report.is_settled(report.quarter):
        days = {"end": formatting.day(report.quarter.end), "snapshot": formatting.day(report.snapshot)}
        return told("incomplete", missing=missing[0], **days) if missing else told("complete", **days)
    settled = (pd.Timestamp(report.snapshot) - LEGAL_DELAY).date()
    return told("provisional", *missing, snapshot=formatting.day(report.snapshot), settled=formatting.day(settled))


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
