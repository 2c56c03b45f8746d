"""Two editions, two reports or two notebooks, figure by figure and then in all they say, with what caused each change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spaser_analysis import schemas
from spaser_analysis.audit.content import (
    Content,
    Difference,
    Part,
    canonical,
    content,
    differences,
    of_file,
    plain,
    quoted,
)
from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import WINDOWS, Quarter
from spaser_analysis.publishing import causes
from spaser_analysis.publishing.manifest import Edition, NoEdition, read_edition
from spaser_analysis.publishing.tasks import published_organisation
from spaser_analysis.report import FIGURES, REVISIONS
from spaser_analysis.tables import read_table
from spaser_analysis.views import formatting
from spaser_analysis.views.elements import typeset

_NOTEBOOK, _PAGE = "report.ipynb", "report.html"
_PERIOD = ("quarter", "year")  # one for each report: two periods are compared by the rest of the key
_STATES = ("yes", "no", "unknown")

Row = Mapping[str, str]
Late = Callable[[Row], int]  # how many contracts behind a figure were published after the first snapshot


@dataclass(frozen=True)
class Change:
    """A figure that is not the same: ``figure`` names it as ``indicateurs.csv`` does; ``size`` is a difference of shares, or a
    relative one.
    """

    report: str
    figure: str
    label: str
    is_objective: bool
    before: str
    after: str
    size: float
    causes: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """``changes`` of ``figures``, objectives first, then the largest; ``contents`` is all else by report, without the order and
    names of the input files; ``causes`` are those that both manifests tell.
    """

    lead: str
    figures: int
    changes: tuple[Change, ...]
    contents: Mapping[str, tuple[Difference, ...]]
    causes: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Nothing differs."""
        return not self.changes and not any(self.contents.values())

    def told(self, most: int = 20) -> Iterator[str]:
        """What it says, line by line: what is said first, the causes, and ``most`` changes and differences of each report."""
        yield typeset(self.lead)
        yield from (f"  {formatting.capitalised(cause)}" for cause in self.causes)
        for one in self.changes[:most]:
            why = f" [{' ; '.join(one.causes)}]" if one.causes else ""
            yield f"{one.report} {one.figure}\u00a0: {one.before} → {one.after}{why}".strip()
        if len(self.changes) > most:
            yield f"… et {len(self.changes) - most} autres chiffres (--json les donne tous)"
        for report, found in self.contents.items():
            yield from (
                f"{report}/{one.where}\u00a0: {quoted(one.before)} → {quoted(one.after)}".lstrip("/")
                for one in found[:most]
            )
            if len(found) > most:
                yield f"… et {len(found) - most} autres différences dans {report or 'le rapport'}"


def compare(one: Path, other: Path, clean: Path | None = None) -> Comparison:
    """``clean``, the clean tables behind ``other``, tells which contracts were published late.

    ValueError where one of them is neither an edition, a report nor a notebook.
    """
    before, after = _reports(one), _reports(other)
    first, second = _edition(one), _edition(other)
    told = [*causes.of_data(first, second), *causes.of_code(first, second)] if first and second else []
    late = _late(other, after, clean, min(_snapshots(before), default="")) if clean else None
    figures = [
        {(report, *named): row for report, said in side.items() if report in opposite for named, row in _figures(said)}
        for side, opposite in ((before, after), (after, before))
    ]
    names = dict.fromkeys([*figures[0], *figures[1]])
    pairs = ((name, figures[0].get(name), figures[1].get(name)) for name in names)
    changes = [_change(name, was, now, late) for name, was, now in pairs if _without_day(was) != _without_day(now)]
    changes.sort(key=lambda change: (not change.is_objective, -change.size))
    beside = {
        report: tuple(_beside_figures(before.get(report, {}), after.get(report, {})))
        for report in dict.fromkeys([*before, *after])
    }
    return Comparison(
        _lead(len(changes), len(names), beside), len(names), tuple(changes), beside, tuple(map(typeset, told))
    )


def _reports(path: Path) -> dict[str, Content]:
    """What each report of a place says, by its folder; one that stands alone has no name."""
    if path.is_file() and path.suffix == ".ipynb":
        return {"": canonical(of_file(_NOTEBOOK, path.read_bytes()))}
    folders = {folder.parent.name: folder.parent for folder in sorted(path.glob(f"*/{FIGURES}"))}
    if not folders and (path / FIGURES).is_file():
        folders = {"": path}
    if not folders:
        raise ValueError(f"{path}: neither an edition, nor a report, nor a notebook")
    return {name: canonical(content(folder)) for name, folder in folders.items()}


def _edition(path: Path) -> Edition | None:
    try:
        return read_edition(path)
    except NoEdition:
        return None


def _rows(said: Content) -> Iterator[tuple[Part, dict[str, str]]]:
    """The rows of ``indicateurs.csv``, or of the notebook that is to become it."""
    place = FIGURES if FIGURES in said else next((one for one in said if one.endswith(", CSV")), "")
    part = said.get(place, Part("figure", ()))
    for row in part.rows:
        yield part, dict(zip(part.headings, row, strict=False))


def _figures(said: Content) -> Iterator[tuple[tuple[str, ...], Row]]:
    """Those that count states, by what names them."""
    for part, row in _rows(said):
        if part.keys and row.keys() >= {*_STATES}:
            yield tuple(row[key] for key in part.keys if key not in _PERIOD), row


def _snapshots(reports: Mapping[str, Content]) -> set[str]:
    return {row["snapshot"] for said in reports.values() for _, row in _rows(said) if row.get("snapshot")}


def _without_day(row: Row | None) -> Row | None:
    """What a figure says: a later day of the data is no change by itself."""
    return row and {name: cell for name, cell in row.items() if name not in ("snapshot", *_PERIOD)}


def _change(name: tuple[str, ...], was: Row | None, now: Row | None, late: Late | None) -> Change:
    row: Row = now or was or {}
    return Change(
        report=name[0],
        figure=plain(" ".join(name[1:])),
        label=plain(row.get("libelle") or row.get("indicator") or row.get("category") or ""),
        is_objective=bool(row.get("target")),
        before=_shown(was),
        after=_shown(now),
        size=_size(was, now),
        causes=tuple(plain(typeset(one)) for one in _why(was, now, late)),
    )


def _shown(row: Row | None) -> str:
    """The figure and what supports it."""
    if row is None:
        return "absent"
    low, high, value = (_number(row.get(name, "")) for name in ("low", "high", "value"))
    if low is not None and high is not None:
        figure = formatting.interval(low, high)
    else:
        figure = "non calculé" if value is None else formatting.number(value)
    amount = _amount(row)
    words = ("oui", "non", "non renseignés")
    told = [f"{amount(int(row[name]))} {word}" for name, word in zip(_STATES, words, strict=True) if row[name]]
    return plain(f"{figure} ({', '.join(told)})")


def _amount(row: Row) -> Callable[[int], str]:
    return formatting.millions if row.get("measure") == "value" else formatting.number


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _size(was: Row | None, now: Row | None) -> float:
    """How far apart; what has no figure on one side comes before all."""
    sides = []
    for row in (was, now):
        shown = [_number((row or {}).get(name, "")) for name in ("low", "high", "value")]
        known = [one for one in (shown[:2] if None not in shown[:2] else shown[2:]) if one is not None]
        sides.append(sum(known) / len(known) if known else None)
    first, second = sides
    if first is None or second is None:
        return 0.0 if first == second else 1.0
    is_share = (now or {}).get("unit", "share") == "share"
    return abs(second - first) / (1 if is_share else max(abs(first), abs(second), 1e-9))


def _why(was: Row | None, now: Row | None, late: Late | None) -> Iterator[str]:
    if was is None or now is None:
        yield "chiffre absent de la première" if was is None else "chiffre absent de la seconde"
        return
    if was.get("version") != now.get("version"):
        yield f"méthode : version {now.get('version')} de la fiche au lieu de {was.get('version')}"
    if was.get("target") != now.get("target"):
        yield f"objectif : {now.get('target') or 'aucun'} au lieu de {was.get('target') or 'aucun'}"
    amount, steps = _amount(now), [int(now[name] or 0) - int(was[name] or 0) for name in _STATES]
    more, moved = sum(steps), min(sum(step for step in steps if step > 0), -sum(step for step in steps if step < 0))
    if more > 0:
        published = late(now) if late else 0
        known = f", {published} marchés publiés après le {was.get('snapshot')}" if published else ""
        yield f"données : {amount(more)} de plus{known}"
    elif more < 0:
        yield f"données : {amount(-more)} de moins"
    if moved:
        yield f"corrections : {amount(moved)} au moins d’un état à un autre"
    if not more and not moved and was.get("reason") != now.get("reason"):
        yield "mêmes nombres, autre mention"


def _late(place: Path, after: Mapping[str, Content], clean: Path, day: str) -> Late:
    """From the clean tables, whatever the report: by territory and window of the figure."""
    folders = [place, *(place / report for report in after if report)]
    buyer = load_organisation(next(filter(None, map(published_organisation, folders)), "amp"))
    columns = ["quarter", "territory", "datePublicationDonnees"]
    rows = read_table(schemas.CONTRACTS, clean, columns, [("buyer_siren", "==", buyer.siren)])
    late = rows[rows["datePublicationDonnees"] > pd.Timestamp(day or "2200-01-01")]
    counts = Counter(zip(late["quarter"], late["territory"], strict=True))

    def told(row: Row) -> int:
        if row.get("window") not in WINDOWS or row.get("measure") != "number":
            return 0
        quarters = Quarter.parse(row["quarter"]).window(row["window"]).quarters
        whole = row["territory"] == buyer.whole.code
        return sum(
            n for (quarter, own), n in counts.items() if quarter in quarters and (whole or own == row["territory"])
        )

    return told


def _beside_figures(before: Content, after: Content) -> list[Difference]:
    """The figures are told apart; the page is made of the notebook, and told where the notebook is the same. Tags are told
    where nothing else is.
    """
    left = {REVISIONS}
    if _of(before, _NOTEBOOK) and _of(after, _NOTEBOOK) and _of(before, _NOTEBOOK) != _of(after, _NOTEBOOK):
        left.add(_PAGE)
    counted = {FIGURES} if any(_figures(before)) and any(_figures(after)) else set()
    one, other = (
        {
            place: part
            for place, part in said.items()
            if place.split(", ")[0] not in left | counted and not (counted and place.endswith(", CSV"))
        }
        for said in (before, after)
    )
    found = differences(one, other)
    return [each for each in found if each.kind != "structure"] or found


def _of(said: Content, name: str) -> Content:
    return {place: part for place, part in said.items() if place.split(", ")[0] == name}


def _lead(changed: int, of: int, beside: Mapping[str, tuple[Difference, ...]]) -> str:
    figures = f"{changed} chiffre{'s' if changed > 1 else ''} sur {of} {'ont' if changed > 1 else 'a'} changé"
    rest = sum(map(len, beside.values()))
    return (
        f"{figures} ; {rest} autre{'s' if rest > 1 else ''} différence{'s' if rest > 1 else ''} de contenu."
        if rest
        else f"{figures}."
    )
