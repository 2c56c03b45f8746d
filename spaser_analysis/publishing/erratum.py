"""What a revision of an edition changes, and why: each figure before and after, as CSV and as a page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from itertools import takewhile

from babel.dates import format_date

from spaser_analysis.publishing import causes
from spaser_analysis.publishing.html import as_prose, outputs_page
from spaser_analysis.publishing.manifest import Edition

ERRATUM = ("erratum.csv", "erratum.html")
COUNTS = ("yes", "no", "unknown")
_TOLD = (*COUNTS, "value", "verdict")  # shares and bounds follow from the counts

_SHOWN = "year_to_date"

Row = dict[str, str]
Change = tuple[str, Row, Row]


def erratum(before: Edition, after: Edition, old: bytes, new: bytes, buyer: str, why: str = "") -> dict[str, bytes]:
    """The files ``ERRATUM``, from two editions of a period and the figures of each (``indicateurs.csv``)."""
    changes = changed_figures(old, new)
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["chiffre", "colonne", "avant", "apres"])
    for figure, one, other in changes:
        table.writerows([figure, name, one.get(name, ""), other.get(name, "")] for name in _changed(one, other))
    title = f"Erratum de l’édition {after.period}, révision {after.revision}"
    prose = [
        f"# {title}",
        "\n".join(["## Pourquoi", "", *(f"- {as_prose(one)}" for one in reasons(before, after, why))]),
        "\n".join(["## Ce qui change", "", *_shown(changes)]),
    ]
    page = outputs_page(title, buyer, prose)
    return dict(zip(ERRATUM, (stream.getvalue().encode(), page), strict=True))


def changed_figures(old: bytes, new: bytes) -> list[Change]:
    """What a figure is of, and its rows before and after, empty where it has none, for each that two CSV of figures tell
    otherwise.
    """
    before, after = figures(old), figures(new)
    pairs = ((key, before.get(key, {}), after.get(key, {})) for key in dict.fromkeys([*before, *after]))
    return [pair for pair in pairs if _changed(*pair[1:])]


def figures(content: bytes) -> dict[str, Row]:
    """The rows of a CSV of figures by what they are of: the columns before the first count, but for words and the day."""
    found: dict[str, Row] = {}
    for row in csv.DictReader(io.StringIO(content.decode())):
        key = takewhile(lambda name: name not in _TOLD, row)
        found[" ".join(row[name] for name in key if name not in ("libelle", "snapshot"))] = row
    return found


def _changed(one: Row, other: Row) -> list[str]:
    is_share = "share" in (one.get("unit"), other.get("unit"))
    names = (name for name in _TOLD if not (is_share and name == "value"))
    return [name for name in names if one.get(name, "") != other.get(name, "")]


def reasons(before: Edition, after: Edition, why: str = "") -> list[str]:
    """In French, what two editions rest on that is not the same; ``why`` is the publisher's own word."""
    if before.snapshot != after.snapshot:
        data = [f"données arrêtées au {_day(after.snapshot)}, non plus au {_day(before.snapshot)}"]
    else:
        data = causes.of_data(before, after)
    return [*filter(None, [why]), *data, *causes.of_code(before, after)] or ["aucune cause connue de l’outil"]


def _day(day: str) -> str:
    """As ``1er mars 2026``."""
    told = str(format_date(date.fromisoformat(day), format="long", locale="fr")) if day else "jour inconnu"
    return f"1er{told[1:]}" if told.startswith("1 ") else told


def _shown(changes: list[Change]) -> Iterator[str]:
    """How many figures changed, and the objectives among them."""
    yield (
        f"{len(changes)} chiffres ont changé ; `erratum.csv` les donne tous."
        if changes
        else "Aucun chiffre n’a changé."
    )
    rows = [(one or other, one, other) for _, one, other in changes if (one or other).get("target")]
    rows = [row for row in rows if row[0].get("scope", "all") == "all" and row[0].get("window", _SHOWN) == _SHOWN]
    if rows:
        yield from ("", "Objectifs, depuis le 1er janvier (oui, non, inconnu ; centimes pour les dépenses) :", "")
        yield from ("| Territoire | Indicateur | Avant | Après |", "|---|---|---|---|")
    for told, one, other in rows:
        label = as_prose(told.get("libelle") or told.get("category", ""))
        yield f"| {as_prose(told.get('territory', 'Ensemble'))} | {label} | {_counts(one)} | {_counts(other)} |"


def _counts(row: Row) -> str:
    return ", ".join(as_prose(row.get(name) or "–") for name in COUNTS) if row else "absent"
