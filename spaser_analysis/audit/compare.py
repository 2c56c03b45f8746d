"""Two editions, two reports or two notebooks, figure by figure and then in all they say, with what caused each change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spaser_analysis import schemas
from spaser_analysis.audit.content import (
    Content,
    Difference,
    canonical,
    content,
    differences,
    file_of,
    of_file,
    plain,
    quoted,
)
from spaser_analysis.formatting import typeset
from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import WINDOWS, Quarter
from spaser_analysis.publishing import causes
from spaser_analysis.publishing.erratum import COUNTS
from spaser_analysis.publishing.manifest import NoEdition, read_edition
from spaser_analysis.publishing.tasks import published_organisation
from spaser_analysis.report import EVIDENCE, FIGURES, REVISIONS
from spaser_analysis.tables import read_table
from spaser_analysis.views import formatting

_NOTEBOOK, _PAGE = "report.ipynb", "report.html"
_PERIOD = ("quarter", "year")  # one for each report: two periods are compared by the rest of the key
_TOLD = 20  # changes, and differences of each report, that are told in lines

Row = Mapping[str, str]  # empty for a figure that one side has not
Late = Callable[[Row, Row], int]  # how many contracts behind a figure were published after the first snapshot


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

    def told(self) -> Iterator[str]:
        """What it says, line by line: what is said first, the causes, and the first changes and differences of each report."""
        yield typeset(self.lead)
        yield from (f"  {formatting.capitalised(cause)}" for cause in self.causes)
        changes = [
            f"{one.report} {one.figure}\u00a0: {one.before} → {one.after}".strip()
            + (f" [{' ; '.join(one.causes)}]" if one.causes else "")
            for one in self.changes
        ]
        yield from _first(changes, "chiffres (--json les donne tous)")
        for report, found in self.contents.items():
            lines = [f"{report}/{one.where}\u00a0: {quoted(one.before)} → {quoted(one.after)}" for one in found]
            yield from _first([one.lstrip("/") for one in lines], f"différences dans {report or 'le rapport'}")


def _first(lines: list[str], what: str) -> Iterator[str]:
    yield from lines[:_TOLD]
    if len(lines) > _TOLD:
        yield f"… et {len(lines) - _TOLD} autres {what}"


def compare(one: Path, other: Path, clean: Path | None = None) -> Comparison:
    """``clean``, the clean tables behind ``other``, tells which contracts were published late.

    ValueError where one of them is neither an edition, a report nor a notebook.
    """
    before, after = _reports(one), _reports(other)
    try:
        editions = read_edition(one), read_edition(other)
        told = [*causes.of_data(*editions), *causes.of_code(*editions)]
    except NoEdition:
        told = []
    late = _late(other, clean) if clean else None
    changes: list[Change] = []
    beside, figures = {}, 0
    for report in dict.fromkeys([*before, *after]):
        sides = before.get(report, {}), after.get(report, {})
        pairs = _pairs(*sides)
        figures += len(pairs)
        changes += [_change(report, *pair, late) for pair in pairs if _without_day(pair[1]) != _without_day(pair[2])]
        beside[report] = tuple(_beside_figures(*sides, are_counted=bool(pairs)))
    changes.sort(key=lambda change: (not change.is_objective, -change.size))
    lead = _lead(len(changes), figures, sum(map(len, beside.values())))
    return Comparison(lead, figures, tuple(changes), beside, tuple(map(typeset, told)))


def _reports(path: Path) -> dict[str, Content]:
    """What each report of a place says, by its folder; one that stands alone has no name."""
    if path.is_file() and path.suffix == ".ipynb":
        return {"": canonical(of_file(_NOTEBOOK, path.read_bytes()))}
    folders = {figures.parent.name: figures.parent for figures in sorted(path.glob(f"*/{FIGURES}"))}
    if not folders and (path / FIGURES).is_file():
        folders = {"": path}
    if not folders:
        raise ValueError(f"{path}: neither an edition, nor a report, nor a notebook")
    return {name: canonical(content(folder)) for name, folder in folders.items()}


def _is_figures(place: str) -> bool:
    """Of ``indicateurs.csv``, or of the cell of the notebook that is to become it."""
    return place == FIGURES or place.endswith(", CSV")


def _figures(said: Content) -> dict[str, Row]:
    """Those that count states, by what names them."""
    part = next((part for place, part in said.items() if _is_figures(place)), None)
    if part is None or not part.keys or not {*COUNTS} <= {*part.headings}:
        return {}
    rows = [dict(zip(part.headings, row, strict=False)) for row in part.rows]
    keys = [key for key in part.keys if key not in _PERIOD]
    return {" ".join(row[key] for key in keys): row for row in rows}


def _pairs(before: Content, after: Content) -> list[tuple[str, Row, Row]]:
    """Each figure on both sides; none unless both have figures."""
    one, other = _figures(before), _figures(after)
    names = dict.fromkeys([*one, *other]) if one and other else {}
    return [(name, one.get(name, {}), other.get(name, {})) for name in names]


def _without_day(row: Row) -> Row:
    """What a figure says: a later day of the data is no change by itself."""
    return {name: cell for name, cell in row.items() if name not in ("snapshot", *_PERIOD)}


def _change(report: str, figure: str, was: Row, now: Row, late: Late | None) -> Change:
    row = now or was
    return Change(
        report=report,
        figure=plain(figure),
        label=plain(row.get("libelle") or row.get("indicator") or row.get("category") or ""),
        is_objective=bool(row.get("target")),
        before=plain(_shown(was)),
        after=plain(_shown(now)),
        size=_size(was, now),
        causes=tuple(plain(typeset(one)) for one in _why(was, now, late)),
    )


def _bounds(row: Row) -> tuple[float, float] | None:
    """Of a share; of a figure of another unit, itself twice; None where it is not computed."""
    try:
        return float(row.get("low") or row["value"]), float(row.get("high") or row["value"])
    except (KeyError, ValueError):
        return None


def _shown(row: Row) -> str:
    """The figure and what supports it."""
    if not row:
        return "absent"
    bounds, amount = _bounds(row), _amount(row)
    if bounds is None:
        figure = "non calculé"
    else:
        figure = formatting.interval(*bounds) if row.get("low") else formatting.number(bounds[0])
    words = zip(COUNTS, ("oui", "non", "non renseignés"), strict=True)
    return f"{figure} ({', '.join(f'{amount(int(row[name]))} {word}' for name, word in words if row[name])})"


def _amount(row: Row) -> Callable[[int], str]:
    return formatting.millions if row.get("measure") == "value" else formatting.number


def _size(was: Row, now: Row) -> float:
    """How far apart; what has no figure on one side comes before all."""
    one, other = _bounds(was), _bounds(now)
    if one is None or other is None:
        return 0.0 if one == other else 1.0
    first, second = sum(one) / 2, sum(other) / 2
    is_share = now.get("unit", "share") == "share"
    return abs(second - first) / (1 if is_share else max(abs(first), abs(second), 1e-9))


def _why(was: Row, now: Row, late: Late | None) -> Iterator[str]:
    if not was or not now:
        yield f"chiffre absent de la {'seconde' if was else 'première'}"
        return
    if was.get("version") != now.get("version"):
        yield f"méthode : version {now.get('version')} de la fiche au lieu de {was.get('version')}"
    if was.get("target") != now.get("target"):
        yield f"objectif : {now.get('target') or 'aucun'} au lieu de {was.get('target') or 'aucun'}"
    amount, steps = _amount(now), [int(now[name] or 0) - int(was[name] or 0) for name in COUNTS]
    more, moved = sum(steps), min(sum(step for step in steps if step > 0), -sum(step for step in steps if step < 0))
    if more > 0:
        published = late(was, now) if late else 0
        known = f", {published} marchés publiés après le {was.get('snapshot')}" if published else ""
        yield f"données : {amount(more)} de plus{known}"
    elif more < 0:
        yield f"données : {amount(-more)} de moins"
    if moved:
        yield f"corrections : {amount(moved)} au moins d’un état à un autre"
    if not more and not moved and was.get("reason") != now.get("reason"):
        yield "mêmes nombres, autre mention"


def _late(place: Path, clean: Path) -> Late:
    """From the clean tables, whatever the report: by territory and window of the figure."""
    buyer = load_organisation(next(filter(None, map(published_organisation, [place, *sorted(place.glob("*"))])), "amp"))
    columns = ["quarter", "territory", "datePublicationDonnees"]
    rows = read_table(schemas.CONTRACTS, clean, columns, [("buyer_siren", "==", buyer.siren)])

    def told(was: Row, now: Row) -> int:
        if now.get("window") not in WINDOWS or now.get("measure") != "number":
            return 0
        quarters = Quarter.parse(now["quarter"]).window(now["window"]).quarters
        late = rows["quarter"].isin(quarters) & (rows["datePublicationDonnees"] > pd.Timestamp(was["snapshot"]))
        if now["territory"] != buyer.whole.code:
            late &= rows["territory"] == now["territory"]
        return int(late.sum())

    return told


def _beside_figures(before: Content, after: Content, *, are_counted: bool) -> list[Difference]:
    """The figures are told apart; the pages follow from the notebook and the figures, and are told where the notebook is the same. Tags are told
    where nothing else is.
    """
    one, other = (
        {
            place: part
            for place, part in said.items()
            if file_of(place) != REVISIONS and not (are_counted and _is_figures(place))
        }
        for said in (before, after)
    )
    found = differences(one, other)
    if any(file_of(each.where) == _NOTEBOOK for each in found):
        found = [each for each in found if file_of(each.where) not in (_PAGE, EVIDENCE)]
    return [each for each in found if each.kind != "structure"] or found


def _lead(changed: int, of: int, beside: int) -> str:
    figures = f"{changed} chiffre{'s' if changed > 1 else ''} sur {of} {'ont' if changed > 1 else 'a'} changé"
    ending = "s" if beside > 1 else ""
    return f"{figures} ; {beside} autre{ending} différence{ending} de contenu." if beside else f"{figures}."
