"""The pages of the portal, from what is published: no clock, no request, and no script needed to read them.

Texts come from outside and are hostile until shown otherwise. Jinja escapes every one of them, and the policy of each page
refuses any script and style but its own: either may fail.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from importlib import resources
from itertools import groupby
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from spaser_analysis import formatting
from spaser_analysis.formatting import typeset
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.organisation import Organisation, Target, Territory
from spaser_analysis.period import Quarter
from spaser_analysis.portal.downloads import CODEBOOK, LICENCE, RECENT, csv_of_indicator
from spaser_analysis.portal.editions import Failed, Period, labels
from spaser_analysis.portal.places import Outlines, tiles
from spaser_analysis.portal.words import Key, Move, Told, key_of, move, page_of, place, told
from spaser_analysis.reference_data import family_labels
from spaser_analysis.report import Row
from spaser_analysis.views import readings
from spaser_analysis.views.figures import FOLLOWED, has_goal
from spaser_analysis.views.objectives import WINDOW

INDEX = "index.html"
FICHES, FAMILIES = "fiches-et-actions", "familles-et-directions"  # sections of rapport_territoire
_SCALES = (1, 2, 5, 10, 20, 50, 100)  # percent at the end of the bars of an objective
_TEXTS = resources.files("spaser_analysis.portal") / "templates"
_STYLE = resources.files("spaser_analysis.publishing") / "templates" / "report" / "style.css"


def environment(*, escapes: bool = True) -> Environment:
    """The templates; ``escapes`` is False only where a test asks whether the pages' policy alone is enough."""
    made = Environment(
        loader=FunctionLoader(lambda name: typeset((_TEXTS / name).read_text(encoding="utf-8"))),
        autoescape=escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda one: _typeset(one) if type(one) is str else one,
    )
    style, script = (text.replace("</", "<\\/") for text in (_sheet(), _read("portal.js")))
    made.globals |= {
        "style": Markup(style),
        "script": Markup(script),
        "policy": f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'",
        "licence": LICENCE,
    }
    made.filters |= {
        "day": _day,
        "quarter": lambda name: formatting.quarter(Quarter.parse(name)),
        "percent": formatting.goal,
    }
    return made


_typeset = lru_cache(1 << 16)(typeset)  # pages repeat their texts


@lru_cache(1 << 16)
def _escaped(text: str) -> str:
    return str(escape(typeset(text)))


def _line(territory: str, row: Row, said: Told, escapes: Callable[[str], str]) -> str:
    """A row of the table of figures; Jinja would take four times as long for hundreds of thousands of them."""
    verdict = f"{said.symbol} {said.verdict}. " if row["verdict"] else ""
    cells = (*place(row), said.figure, said.support, said.unknown, f"{verdict}{said.reason}")
    anchor, told = escapes(said.anchor), "".join(f"<td>{escapes(one)}</td>" for one in cells)
    return f'<tr id="{anchor}"><th scope="row"><a href="#{anchor}">{escapes(territory)}</a></th>{told}</tr>\n'


def _read(name: str) -> str:
    return (_TEXTS / name).read_text(encoding="utf-8")


def _sheet() -> str:
    return _STYLE.read_text(encoding="utf-8") + _read("portal.css")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _day(text: str) -> str:
    """A day that a file tells; as it stands there where it is none."""
    try:
        return formatting.day(date.fromisoformat(text)) if text else "jour inconnu"
    except ValueError:
        return text


@dataclass(frozen=True)
class At:
    """An objective in one territory, and where it stands on the grid (None for the whole)."""

    territory: Territory
    told: Told | None
    move: Move
    tile: tuple[int, int] | None


@dataclass(frozen=True)
class Portal:
    """All that the pages tell. ``periods``: latest first; ``drawn``: the outlines of the territories, where there are some."""

    buyer: Organisation
    periods: Sequence[Period]
    failed: Sequence[Failed] = ()
    drawn: Outlines | None = None
    templates: Environment = field(default_factory=environment)

    @cached_property
    def quarters(self) -> list[Period]:
        """Those with figures, latest first."""
        return [one for one in self.periods if len(one.table)]

    @cached_property
    def rows(self) -> dict[Key, Row]:
        """Every figure."""
        return {key_of(row): row for one in self.quarters for row in one.rows}

    @cached_property
    def by_indicator(self) -> dict[str, list[Row]]:
        """The same by indicator, latest first."""
        found: dict[str, list[Row]] = {}
        for row in self.rows.values():
            found.setdefault(row["indicator"], []).append(row)
        return found

    def pages(self) -> Iterator[tuple[str, bytes]]:
        """Every page by its name below the editions."""
        yield self._page(INDEX, "accueil", "Où en sont les achats responsables ?", **self._home())
        yield self._page("portail/editions.html", "editions", "Éditions, révisions et rapports")
        yield self._page("portail/donnees.html", "donnees", "Données à télécharger", codebook=CODEBOOK)
        yield self._page("portail/accessibilite.html", "accessibilite", "Accessibilité")
        for code, own in self.by_indicator.items():
            yield self._indicator(code, own)
        for period in self.quarters:
            for code, rows in groupby(
                sorted(period.rows, key=lambda row: row["indicator"]), lambda row: row["indicator"]
            ):
                yield self._figures(period, code, list(rows))

    def _page(self, name: str, template: str, title: str, **told: Any) -> tuple[str, bytes]:
        common = {"portal": self, "title": title, "root": "../" * name.count("/"), "name": name}
        text = self.templates.get_template(f"{template}.html.j2").render(**common, **told)
        return name, f"{text.strip()}\n".encode()

    @property
    def labels(self) -> dict[str, str]:
        """What each folder of a report holds."""
        return labels(self.buyer)

    @property
    def latest(self) -> Period | None:
        """The last quarter with figures."""
        return self.quarters[0] if self.quarters else None

    @property
    def is_fictitious(self) -> bool:
        """Some of what is shown is made up."""
        return any(one.is_fictitious for one in self.periods)

    def report(self, slug: str) -> str:
        """The latest report of that folder, below the editions; empty where there is none."""
        found = (one.name for one in self.periods if slug in {report.slug for report in one.reports})
        return next((f"{name}/{slug}/report.html" for name in found), "")

    @cached_property
    def told(self) -> dict[Key, Told]:
        """Every figure in words."""
        return {key: told(row, self.buyer) for key, row in self.rows.items()}

    def _home(self) -> dict[str, Any]:
        targets = self.buyer.targets or FOLLOWED
        months = formatting.months(Quarter.parse(self.latest.name).window(WINDOW)) if self.latest else ""
        return {
            "months": months,
            "objectives": [self._objective(one, self.latest.name) for one in targets] if self.latest else [],
            "entries": list(self._entries()),
        }

    def _objective(self, target: Target, quarter: str) -> dict[str, Any]:
        """What the first screen says of an objective: the whole, then each territory."""
        year_before = str(Quarter.parse(quarter) - 4)
        what = (target.indicator, WINDOW, "all", target.measure)
        places: list[At] = []
        grid = tiles(self.buyer)
        for one in self.buyer.all_territories:
            now, before = (self.rows.get((when, one.code, *what)) for when in (quarter, year_before))
            places.append(
                At(one, self.told.get((quarter, one.code, *what)), move(now, before, self.buyer), grid.get(one.code))
            )
        row = self.rows.get((quarter, self.buyer.whole.code, *what))
        most = max([100 * target.value, *(one.told.high or 0 for one in places if one.told)])
        return {
            "scale": next(end for end in _SCALES if end >= most),
            "target": target if has_goal(target) else None,
            "label": readings.short_label(row) if row else target.label,
            "indicator": target.indicator,
            "whole": places[0],
            "places": places[1:],
            "matrix": self.matrix(target.indicator, target.measure, WINDOW, RECENT),
        }

    def matrix(self, indicator: str, measure: str, window: str, last: int | None = None) -> dict[str, Any]:
        """Territories by quarters, oldest first."""
        quarters = [one.name for one in self.quarters[:last]][::-1]
        rows = [
            (one, [self.told.get((quarter, one.code, indicator, window, "all", measure)) for quarter in quarters])
            for one in self.buyer.all_territories
        ]
        return {"quarters": quarters, "rows": [row for row in rows if any(row[1])]}

    def _entries(self) -> Iterator[tuple[str, str, str, str]]:
        """What can be searched: kind, name, more words, address."""
        whole = self.report(self.buyer.whole.slug)
        for fiche in self.buyer.fiches:
            names = ", ".join(INDICATORS_BY_CODE[code].sheet.label for code in fiche.indicators)
            title = f"Fiche {fiche.number} : {fiche.title}" if fiche.number else fiche.axis
            yield "Fiche", title, "; ".join((*fiche.objectives, names)), f"{whole}#{FICHES}" if whole else ""
        for code, own in self.by_indicator.items():
            yield "Indicateur", own[0]["libelle"], code, f"portail/indicateurs/{code}.html"
        for name in family_labels().values():
            yield "Famille d’achat", name, "", f"{whole}#{FAMILIES}" if whole else ""

    def _indicator(self, code: str, own: list[Row]) -> tuple[str, bytes]:
        """The series of an indicator."""
        known = INDICATORS_BY_CODE.get(code)
        rows = sorted((row for row in own if row["scope"] == "all"), key=lambda row: row["window"] != WINDOW)
        measures = list(dict.fromkeys(row["measure"] for row in rows))
        series = [
            {"window": place(row)[0], "measure": place(row)[2], **self.matrix(code, row["measure"], row["window"])}
            for row in {(row["measure"], row["window"]): row for row in rows}.values()
        ]
        whole = [
            self.told.get((one.name, self.buyer.whole.code, code, WINDOW, "all", measures[0]))
            for one in self.quarters[::-1]
        ]
        drawn = [
            (one.name, said)
            for one, said in zip(self.quarters[::-1], whole, strict=True)
            if said and said.low is not None
        ]
        return self._page(
            f"portail/indicateurs/{code}.html", "indicateur", own[0]["libelle"], code=code, sheet=known.sheet if known else None,
            series=series, drawn=drawn, target=self.buyer.target(code, measures[0]), download=csv_of_indicator(code),
        )  # fmt: skip

    def _figures(self, period: Period, code: str, rows: list[Row]) -> tuple[str, bytes]:
        """All figures of an indicator in a quarter, each at its address."""
        reports = {one.slug for one in period.reports if one.has_evidence}
        known = INDICATORS_BY_CODE.get(code)
        names = {one.code: one.name for one in self.buyer.all_territories}
        rows.sort(key=lambda row: [*names].index(row["territory"]))
        escapes = _escaped if self.templates.autoescape else _typeset
        lines = Markup("".join(_line(names[row["territory"]], row, self.told[key_of(row)], escapes) for row in rows))
        return self._page(
            page_of(period.name, code), "chiffres", rows[0]["libelle"], period=period, code=code, lines=lines,
            sheet=known.sheet if known else None, reports=reports,
        )  # fmt: skip
