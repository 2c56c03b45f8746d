"""What the portal says of one figure: share, support, verdict, movement; and the address where it stands for good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from spaser_analysis import formatting
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.organisation import Organisation
from spaser_analysis.period import Quarter
from spaser_analysis.report import Row
from spaser_analysis.views import readings
from spaser_analysis.views.elements import SYMBOLS, Tone
from spaser_analysis.views.labels import LABELS

_MEASURES = {"number": "en nombre", "value": "en montant", "median": "médiane", "total": "total", "ratio": "rapport"}

_ANCHOR = ("territory", "window", "scope", "measure")  # a row of a page

Key = tuple[str, str, str, str, str, str]  # quarter, territory, indicator, window, scope, measure


@dataclass(frozen=True)
class Told:
    """A figure in words. ``low`` and ``high``: percent of a bar, None where none is drawn; ``address``: below the reports."""

    address: str
    figure: str
    support: str
    unknown: str
    verdict: str
    tone: Tone
    reason: str
    low: float | None
    high: float | None

    @property
    def anchor(self) -> str:
        """The place of the figure in the page of its indicator and quarter."""
        return self.address.partition("#")[2]

    @property
    def symbol(self) -> str:
        """Of the verdict: colour is never alone."""
        return SYMBOLS[self.tone].strip()

    @property
    def question(self) -> str:
        """What a reader who points at it is told."""
        said = (self.figure, self.support and f"{self.support}, non renseignés : {self.unknown}", self.reason)
        return " ; ".join(one for one in said if one)


@dataclass(frozen=True)
class Move:
    """Which way a figure moves in a year: an arrow, and what can be said."""

    arrow: str
    said: str


def key_of(row: Row) -> Key:
    """What a row is of."""
    return (row["quarter"], row["territory"], row["indicator"], row["window"], row["scope"], row["measure"])


def page_of(quarter: str, indicator: str) -> str:
    """The page of an indicator in a quarter, below the editions: an address that stays."""
    return f"portail/chiffres/{quarter}/{indicator}.html"


def told(row: Row, buyer: Organisation) -> Told:
    """A row in words; an objective that is not due yet is not missed."""
    is_known = row["indicator"] in INDICATORS_BY_CODE or row["low"] is not None
    is_share = row["unit"] == "share" and row["low"] is not None
    verdict, tone = readings.verdict(row)
    if row["verdict"] == "not reached":
        target = buyer.target(row["indicator"], row["measure"])
        if target and Quarter.parse(row["quarter"]) < Quarter(target.year, 4):
            verdict, tone = "Pas encore atteint", "plain"
    return Told(
        address=f"{page_of(row['quarter'], row['indicator'])}#{'-'.join(row[name] for name in _ANCHOR)}",
        figure=readings.figure(row) if is_known else readings.NOT_COMPUTED,
        support=_support(row) if is_known and readings.counted(row) else "",
        unknown=readings.unknown(row),
        verdict=verdict,
        tone=tone,
        reason=readings.reason(row),
        low=100 * row["low"] if is_share else None,
        high=100 * row["high"] if is_share else None,
    )


def _support(row: Row) -> str:
    """What is counted, with its noun: ``190 sur 381 marchés``."""
    known = INDICATORS_BY_CODE.get(row["indicator"])
    noun = known.sheet.noun[1] if known and row["measure"] == "number" and row["unit"] == "share" else ""
    return f"{readings.support(row)} {noun}".strip()


def move(now: Row | None, before: Row | None, buyer: Organisation) -> Move:
    """A share against the same one a year earlier: sure only where the bounds of both do not overlap."""
    if now is None or now["low"] is None:
        return Move("", "")
    if before is None or before["low"] is None:
        return Move("", "Pas de chiffre du même trimestre un an plus tôt.")
    if now["version"] != before["version"]:
        return Move("", "La définition a changé depuis un an : rien ne se compare.")
    year = Quarter.parse(before["quarter"]).year
    past = f"{formatting.interval(before['low'], before['high'])} à la même date en {year}"
    then = f" Réserve d’alors : {before['reason']}." if before["reason"] else ""
    caution = then + "".join(f" Rupture de série depuis : {one}." for one in _breaks(now, before, buyer))
    if now["low"] > before["high"]:
        gap = formatting.points(now["low"] - before["high"])
        return Move("↗", f"En hausse d’au moins {gap} en un an ({past}).{caution}")
    if now["high"] < before["low"]:
        gap = formatting.points(before["low"] - now["high"])
        return Move("↘", f"En baisse d’au moins {gap} en un an ({past}).{caution}")
    if now["low"] == now["high"] == before["low"] == before["high"]:
        return Move("→", f"Inchangé en un an ({past}).{caution}")
    return Move("≈", f"Sens incertain : ce qui n’est pas renseigné empêche de conclure ({past}).{caution}")


def _breaks(now: Row, before: Row, buyer: Organisation) -> Iterable[str]:
    span = (Quarter.parse(before["quarter"]), Quarter.parse(now["quarter"]))
    for one in buyer.breaks:
        if span[0] < one.quarter <= span[1] and (not one.of_territories or now["territory"] != buyer.whole.code):
            yield formatting.uncapitalised(one.label)


def place(row: Row) -> tuple[str, str, str]:
    """Window, scope and measure of a row in French."""
    return LABELS["windows"][row["window"]], LABELS["scopes"][row["scope"]], _MEASURES[row["measure"]]
