"""One buyer among its peers: where it stands, drawn and said, and what that does not say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from spaser_analysis.buyers import TABLE, Comparison
from spaser_analysis.indicators.peers import SIZE_FACTOR
from spaser_analysis.views import formatting, readings, style
from spaser_analysis.views.elements import Figure, Paragraphs, Table, escape, table
from spaser_analysis.views.figures import FICTITIOUS, percent_axis
from spaser_analysis.views.labels import TABLES

COLUMNS = ("buyer_siren", "name", "kind", "contracts", "yes", "no", "unknown", "low", "high", "reason", "is_peer")
_LISTED = 300  # rows of the table on the page; the file has all
_NEAR = 5
_COUNTS = (("marchés", "contracts"), ("oui", "yes"), ("non", "no"), ("non renseignés", "unknown"))
_MARKED = 150  # peers; with more, a mark a peer would be a smear


def title(found: Comparison) -> str:
    """The question of the page."""
    return f"Où se situe {found.organisation.name} parmi ses pairs ?"


def rows(found: Comparison) -> pd.DataFrame:
    """Every buyer of the comparison for machines, by SIREN."""
    return found.buyers[list(COLUMNS)]


def standing(found: Comparison) -> str:
    """``entre le 12e et le 40e rang de 85``, or why there is none."""
    rank = found.rank
    if rank is None:
        return f"pas de rang : {found.own['reason']}"
    if rank.of == 1:
        return "pas de rang : aucun pair dans le fichier"
    if (rank.first, rank.last) == (1, rank.of):
        return f"rang inconnu, n’importe lequel de {rank.of} : trop d’états ne sont pas renseignés"
    first, last = (f"{number}{'er' if number == 1 else 'e'}" for number in (rank.first, rank.last))
    place = f"{first} rang" if first == last else f"entre le {first} et le {last} rang"
    equal = f", à égalité avec {formatting.counted(rank.equals, 'autre', 'autres')}" if rank.equals else ""
    return f"{place} de {rank.of}{equal}"


def share(row: Mapping[Any, Any] | pd.Series[Any]) -> str:
    """The share of a buyer with its bounds; ``inconnue`` where nothing says it, or the reason why there is none."""
    if pd.isna(row["low"]):
        return str(row["reason"])
    return readings.UNKNOWN if row["unknown"] == row["contracts"] else formatting.interval(row["low"], row["high"])


def lead(found: Comparison) -> Paragraphs:
    """The share and the rank of the organisation."""
    told = f"{found.sheet.label} : {share(found.own)} ; {standing(found)}."
    cautions = (f"{formatting.capitalised(one)}." for one in found.cautions)
    return Paragraphs((told, f"{_subject(found)}.", *cautions), strong=f"{found.organisation.name}.", role="lead")


def _subject(found: Comparison) -> str:
    purchases = f"Famille d’achat : {found.family_label}" if found.family else "Toutes les familles d’achat"
    return f"{purchases}. Marchés notifiés {formatting.months(found.window)}"


def method(found: Comparison) -> Paragraphs:
    """Who the peers are, what the rank does not say, and what is missing."""
    peers = found.buyers[found.buyers["is_peer"]]
    counts = {
        "size": found.own["contracts"], "buyers": len(found.buyers), "peers": len(peers), "nobodys": found.nobodys,
        "silent": (peers["unknown"] == peers["contracts"]).sum(), "small": found.buyers["low"].isna().sum(),
    }  # fmt: skip
    gaps = {name: formatting.number(int(count)) for name, count in counts.items()}
    first = {"up": "le plus haut", "down": "le plus bas"}.get(str(found.sheet.direction), "le plus haut, sans jugement")
    told = {
        "kind": found.kind_label,
        "first": first,
        "minimum": found.sheet.minimum_count,
        "factor": SIZE_FACTOR,
        **gaps,
    }
    return Paragraphs(tuple(one.format(**told) for one in TABLES["peers"]["method"]))


def strip(found: Comparison) -> Figure | Paragraphs:
    """Each peer from its lowest to its highest share, side by side, the organisation among them."""
    ordered = _ordered(found)
    if len(ordered) < 2 or found.rank is None:
        return Paragraphs((f"Rien à dessiner : {standing(found)}.",))
    with style.house_style():
        drawing, axes = style.panels(1, 3.6, left=0.6, between=0.0)
        _draw(axes[0], ordered, found.organisation.siren, _order(found))
    day = date.fromisoformat(found.snapshot) if found.snapshot else None
    snapshot = f"arrêtées au {formatting.day(day)}" if day else "sans date d’arrêt connue"
    opening = FICTITIOUS if found.is_fictitious else ""
    return Figure(
        style.png(drawing, f"{opening}Données des marchés {snapshot}."),
        style.size(drawing),
        alternative=_in_words(found, ordered),
        caption=(
            f"{opening}{found.sheet.label}, part de chaque acheteur. {_subject(found)}. Chaque trait va de ce qui est sûr à ce "
            "que serait la part si les marchés non renseignés étaient oui ; le point est au bas du trait. En gras, l’organisation."
        ),
        table=peers_table(found, ordered),
        spots=style.spots(drawing),
    )


def _draw(axis: Axes, ordered: pd.DataFrame, siren: str, order: str) -> None:
    low, high = (ordered[name].to_numpy(dtype=float) for name in ("low", "high"))
    is_own, at = (ordered["buyer_siren"] == siren).to_numpy(), np.arange(len(ordered))
    mark = 6 if len(ordered) <= _MARKED else 0
    for who, color, width, size in ((~is_own, style.PREVIOUS, 1.0, mark), (is_own, style.YES, 3.0, 42)):
        axis.vlines(at[who], low[who], high[who], color=color, linewidth=width)
        axis.scatter(at[who], low[who], color=color, s=size)
    spot, middle = int(at[is_own][0]), float((low + high)[is_own][0] / 2)
    side, offset = ("left", 8) if spot < len(ordered) / 2 else ("right", -8)
    look = {"ha": side, "va": "center", "color": style.YES, "fontweight": "bold", "zorder": 5}
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.9}
    style.label(axis, share(ordered[is_own].iloc[0]), (spot, middle), (offset, 0), bbox=paper, **look)
    for place, row in enumerate(ordered.to_dict("records")):
        if len(ordered) <= _MARKED or is_own[place]:
            counts = (f"{name} : {formatting.number(int(row[key]))}" for name, key in _COUNTS)
            style.column(axis, place - 0.5, place + 0.5, f"{row['name']} : {share(row)}\n{', '.join(counts)}")
    axis.set_ylim(0, max(0.1, high.max()) * 1.05)
    axis.set_xlim(-1, len(ordered))
    axis.xaxis.set_major_locator(NullLocator())
    axis.set_xlabel(f"{len(ordered)} acheteurs, {order} de ce qui est sûr")
    percent_axis(axis, "y")


def _order(found: Comparison) -> str:
    return "du plus bas au plus haut" if found.sheet.direction == "down" else "du plus haut au plus bas"


def _in_words(found: Comparison, ordered: pd.DataFrame) -> str:
    half = formatting.interval(float(ordered["low"].median()), float(ordered["high"].median()))
    own = f"{found.organisation.name} : {share(found.own)}, {standing(found)}"
    return f"Un trait par acheteur, {len(ordered)} en tout. {own}. Médiane des bornes de tous : {half}."


def _ordered(found: Comparison) -> pd.DataFrame:
    """The peers and the organisation, from the best sure share in the direction wanted, the highest where none is."""
    chosen = found.buyers[found.buyers["is_peer"] | (found.buyers["buyer_siren"] == found.organisation.siren)]
    is_up = found.sheet.direction != "down"
    return chosen.sort_values(["low", "high", "buyer_siren"], ascending=[not is_up, not is_up, True])


def peers_table(found: Comparison, ordered: pd.DataFrame) -> Table:
    """The organisation, then its peers; of very many, those nearest in number of contracts."""
    is_own = ordered["buyer_siren"] == found.organisation.siren
    distance = (ordered["contracts"] - int(found.own["contracts"])).abs().mask(is_own, -1)
    kept = ordered[distance.rank(method="first") <= _LISTED]
    left = len(ordered) - len(kept)
    more = f" Les {formatting.number(left)} pairs de taille plus éloignée sont dans {TABLE}." if left else ""
    told = []
    for row in kept.assign(order=~is_own).sort_values("order", kind="stable").to_dict("records"):
        counts = (formatting.number(int(row[name])) for name in ("contracts", "yes", "no", "unknown"))
        told.append((str(row["name"]), str(row["buyer_siren"]), *counts, share(row)))
    return table("peers", told, organisation=found.organisation.name, more=more, order=_order(found))


def neighbours(found: Comparison) -> Table:
    """The organisation and the peers next to it, a few on either side."""
    ordered = _ordered(found)
    at = list(ordered["buyer_siren"]).index(found.organisation.siren)
    return peers_table(found, ordered.iloc[max(0, at - _NEAR) : at + _NEAR + 1])


def summary(found: Comparison) -> dict[str, Any]:
    """The comparison for machines: the organisation's row, what is compared, and the rank."""
    own: dict[str, Any] = json.loads(found.own[list(COLUMNS[:-1])].to_json(double_precision=15))
    own |= {"indicator": found.sheet.code, "family": found.family or None, "snapshot": found.snapshot}
    own |= {"first_quarter": str(found.window.first), "last_quarter": str(found.window.last)}
    return own | {"buyers": len(found.buyers), "rank": asdict(found.rank) if found.rank else None}


def shown(found: Comparison) -> list[str | tuple[dict[str, str], dict[str, Any]]]:
    """The page, in the order in which it is read."""
    drawn = strip(found)
    figure = drawn.shown() if isinstance(drawn, Figure) else [_said(drawn)]
    return [
        f"# {escape(title(found))}",
        _said(lead(found)),
        *figure,
        "## Ce que cette place veut dire",
        _said(method(found)),
        f"## Les données\n\nTous les acheteurs du fichier, avec la raison de ceux qui n’ont pas de part : [{TABLE}]({TABLE}).",
    ]


def _said(told: Paragraphs) -> tuple[dict[str, str], dict[str, Any]]:
    return {"text/html": told._repr_html_(), "text/plain": repr(told)}, {}
