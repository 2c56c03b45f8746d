"""What article L. 2111-3 has every buyer publish every two years: a year and the one before, category by category."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pandas as pd

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.share import Share
from spaser_analysis.indicators.spending import DEFINITIONS, SOLIDARITY
from spaser_analysis.period import Quarter
from spaser_analysis.report import Report, Row
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Data, Paragraphs, Table, download, table
from spaser_analysis.views.labels import LABELS

_CATEGORIES = tuple((label, *told.split(" ", 1)) for label, told in LABELS["legal_categories"].items())
_PARTS = {"agec": ("reuse", "recycled"), "egalim": ("durable", "organic")}  # in the order of their columns
_FIGURES = ("yes", "no", "unknown", "low", "high", "target")
_NO_TARGET = "non chargé"


def year_place(report: Report) -> Paragraphs:
    """The organisation and the year, under the title."""
    return Paragraphs((f"{report.organisation.name}, année {report.quarter.year}",), role="place")


def year_state(report: Report) -> Paragraphs:
    """What is still to come of the two years: quarters without data, months that may still be published."""
    year = report.quarter.year
    said = []
    for one in (year - 1, year):
        held = set(report.contracts["quarter"])
        absent = [name for name in Quarter(one, 4).window("year").quarters if name not in held]
        if absent:
            said.append(f"Aucun marché dans les données pour : {', '.join(absent)}. L’année {one} est incomplète.")
    if report.snapshot is None:
        said.append("La date d’arrêt des données n’est pas connue : rien ne dit si elles sont complètes.")
    elif not report.is_settled(Quarter(year, 4)):
        day = formatting.day(report.snapshot)
        said.append(f"Données arrêtées au {day} : des marchés de {year} peuvent encore être publiés.")
    if not said:
        return Paragraphs(
            (f"Les deux années sont entières et le délai légal de publication de {year} est passé.",), strong="Complet."
        )
    return Paragraphs(tuple(said), strong="Données incomplètes.", role="warning")


def balance(report: Report) -> Table:
    """Each category of the law in number and in value, a year beside the year before, with its objective."""
    years = (report.quarter.year - 1, report.quarter.year)
    rows = []
    for label, code, measures in _CATEGORIES:
        for measure in measures.split():
            before, now = (_rows(report)[year, code, measure] for year in years)
            noun = INDICATORS_BY_CODE[code].sheet.noun[1]
            target = report.organisation.target(code, measure)
            rows.append(
                (
                    label,
                    noun if measure == "number" else f"{noun}, en{formatting.NBSP}€",
                    *(cell for row in (before, now) for cell in (_support(row), readings.figure(row))),
                    f"{formatting.goal(target.value)} en {target.year}" if target else "–",
                )
            )
    return table("balance", rows, *_choice(report), years=years)


@lru_cache(maxsize=1)
def _rows(report: Report) -> dict[tuple[int, str, str], Row]:
    codes = {code for _, code, _ in _CATEGORIES} | {f"{SOLIDARITY}_{letter.lower()}" for letter in DEFINITIONS}
    return report.of_years((report.quarter.year - 1, report.quarter.year), sorted(codes))


def _support(row: Row) -> str:
    if readings.counted(row) == 0:
        return "–"
    unknown = f" (inconnu : {readings.unknown(row)})" if row["unknown"] else ""
    return f"{readings.support(row)}{unknown}"


def _choice(report: Report) -> tuple[str, ...]:
    chosen = report.organisation.solidarity_definition
    if chosen is None:
        return ("L’organisation n’a pas choisi de définition des entreprises solidaires.",)
    year = report.quarter.year
    others = [
        f"{letter}, {readings.figure(_rows(report)[year, f'{SOLIDARITY}_{letter.lower()}', 'value'])}"
        for letter in DEFINITIONS
        if letter != chosen
    ]
    return (
        f"Définition retenue des entreprises solidaires : {chosen}. Avec une autre définition, le taux de {year} serait : "
        f"{' ; '.join(others)}. Le rapport sur la méthode dit ce que sont les quatre, et la raison du choix.",
    )


def purchases(report: Report) -> Paragraphs:
    """What was bought in the two years: the spending that article D. 2111-3 speaks of, and the contracts notified."""
    said = []
    for year in (report.quarter.year - 1, report.quarter.year):
        paid, signed = _rows(report)[year, SOLIDARITY, "value"], _rows(report)[year, "environmental_share", "number"]
        amount = readings.counted(paid)
        spent = f"{formatting.millions(amount)} payés au titre des marchés"
        money = spent if amount else "aucun paiement dans les données"
        count = formatting.counted(readings.counted(signed), "marché notifié", "marchés notifiés")
        said.append(f"{year} : {money}, {count}.")
    return Paragraphs((" ".join(said),), strong="Achats réalisés.", role="lead")


def agec(report: Report) -> Table:
    """What was declared under the law AGEC, by category of products."""
    return _declared(report, "agec")


def egalim(report: Report) -> Table:
    """What was declared under the law EGalim."""
    return _declared(report, "egalim")


def _declared(report: Report, scheme: str) -> Table:
    years = (report.quarter.year - 1, report.quarter.year)
    parts = _PARTS[scheme]
    found = {(year, part): _shares(report, year, scheme, part) for year in years for part in parts}
    names = list(dict.fromkeys(name for shares in found.values() for name in shares))
    rows = []
    for name in names:
        total = found[years[1], parts[0]].get(name, Share()).total
        cells = [formatting.euros(total) if total else "non déclaré"]
        for part in parts:
            cells += [_cell(found[year, part].get(name, Share())) for year in years]
            target = _required(report, years[1], scheme, name, part)
            cells.append(_NO_TARGET if target is None else formatting.goal(target))
        rows.append((name, *cells))
    return table(scheme, rows, *(_sources(report, scheme, years[1]) if rows else ()), years=years)


_ALL = "Ensemble des catégories"


@lru_cache(maxsize=8)  # two laws, two parts, two years
def _shares(report: Report, year: int, scheme: str, part: str) -> dict[str, Share]:
    """Each category declared for a year, and all of them together at the end."""
    declared = report.tables["declarations"]
    own = declared[declared["quarter"] == f"{year}-T4"]
    counts = INDICATORS_BY_CODE[f"{scheme}_{part}_share"].compute(own, by=("category",))
    shares = [Share(row["yes"], row["no"], row["unknown"]) for row in counts.to_dict("records")]
    found = dict(zip(counts["category"].fillna("Catégorie non précisée"), shares, strict=True))
    return found | {_ALL: sum(shares, Share())} if shares else found


def _cell(share: Share) -> str:
    if share.low is None or share.high is None:
        return "non déclaré"
    return readings.UNKNOWN if share.unknown == share.total else formatting.interval(share.low, share.high)


def _in_force(report: Report, scheme: str, year: int) -> pd.DataFrame:
    known = report.reference.declared_targets
    return known[(known["scheme"] == scheme) & (known["valid_from"] <= year) & (known["valid_to"].fillna(year) >= year)]


def _required(report: Report, year: int, scheme: str, category: str, part: str) -> float | None:
    known = _in_force(report, scheme, year)
    known = known[known["part"] == part]
    names = known["category"].fillna(_ALL).map(_spelling)
    found = known[names == _spelling(category)]
    return None if found.empty else float(found["minimum"].iloc[0])


def _spelling(category: str) -> str:
    """Declarations use either apostrophe."""
    return category.replace("’", "'").casefold()


def _sources(report: Report, scheme: str, year: int) -> tuple[str, ...]:
    told = _in_force(report, scheme, year)["source"].drop_duplicates()
    return (f"Source des pourcentages exigés : {' ; '.join(told)}.",) if len(told) else ()


def legal_data(report: Report) -> Data:
    """The year's rows for machines; a declared category is named after its indicator."""
    year = report.quarter.year
    rows = [
        _line(code, measure, *map(_rows(report)[year, code, measure].get, _FIGURES))
        for _, code, measures in _CATEGORIES
        for measure in measures.split()
    ]
    for scheme, parts in _PARTS.items():
        for part in parts:
            for name, one in _shares(report, year, scheme, part).items():
                target = _required(report, year, scheme, name, part)
                told = f"{scheme}_{part}_share : {name}"
                rows.append(_line(told, "value", one.yes, one.no, one.unknown, one.low, one.high, target))
    found = pd.DataFrame(rows)
    found.insert(0, "year", year)
    found.insert(1, "snapshot", report.snapshot.isoformat() if report.snapshot else "")
    return download(found, "le bilan de l’année")


def _line(category: str, measure: str, *figures: float | None) -> dict[str, Any]:
    return {"category": category, "measure": measure, **dict(zip(_FIGURES, figures, strict=True))}
