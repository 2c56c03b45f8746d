"""One buyer among its peers: where it stands, drawn and said, and what that does not say."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from spaser_analysis.buyers import TABLE, Comparison
from spaser_analysis.indicators.peers import SIZE_FACTOR
from spaser_analysis.views import formatting, readings, style
from spaser_analysis.views.elements import Figure, Paragraphs, Table, escape, table
from spaser_analysis.views.figures import FICTITIOUS, percent_axis

COLUMNS = ("buyer_siren", "name", "kind", "contracts", "yes", "no", "unknown", "low", "high", "reason", "is_peer")
_LISTED = 300  # rows of the table on the page; the file has all
_NEAR = 5
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
        return f"rang inconnu : n’importe lequel de {rank.of}, tant d’états ne sont pas renseignés"
    equal = f", à égalité avec {formatting.counted(rank.equals, 'autre', 'autres')}" if rank.equals else ""
    if rank.first == rank.last:
        return f"{_ordinal(rank.first)} rang de {rank.of}{equal}"
    return f"entre le {_ordinal(rank.first)} et le {_ordinal(rank.last)} rang de {rank.of}{equal}"


def _ordinal(number: int) -> str:
    return f"{number}{'er' if number == 1 else 'e'}"


def share(row: pd.Series[Any]) -> str:
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
    own, buyers = found.own, found.buyers
    peers = buyers[buyers["is_peer"]]
    small = int(buyers["low"].isna().sum())
    silent = int((peers["unknown"] == peers["contracts"]).sum())
    kind = (
        f"les {found.kind_label}"
        if found.kind_label
        else "les acheteurs dont le SIREN n’est pas celui d’un organisme public"
    )
    first = {"up": "le plus haut", "down": "le plus bas"}.get(str(found.sheet.direction), "le plus haut, sans jugement")
    missing = (
        f" ; {formatting.counted(found.nobodys, 'marché', 'marchés')} sans SIREN d’acheteur" if found.nobodys else ""
    )
    return Paragraphs(
        (
            f"Pairs : {kind}, d’après les premiers chiffres du SIREN, qui ont d’un tiers à {_times()} les marchés de "
            f"l’organisation ici comptés ({formatting.number(int(own['contracts']))}). Le préfixe 20 mêle intercommunalités, "
            "communes nouvelles, syndicats et régions de 2016 ; le nombre de marchés n’est ni une population ni un budget.",
            f"Le premier rang est {first}. Un rang n’est dit qu’entre deux bornes : il dépend de ce que sont les marchés non "
            "renseignés de chacun. Il situe, il ne classe pas : la part déclarée tient aussi à ce que chacun achète et à sa saisie.",
            "Chacun est compté d’après les fichiers ingérés : ceux de l’organisation peuvent venir de son propre registre, plus "
            "complet que les données publiées des autres.",
            f"{formatting.counted(len(buyers), 'acheteur', 'acheteurs')} dans le fichier, {formatting.counted(len(peers), 'pair', 'pairs')}"
            f", dont {formatting.number(silent)} dont aucun état n’est connu ; {formatting.number(small)} sans part, "
            f"faute de {found.sheet.minimum_count} marchés{missing}.",
        )
    )


def _times() -> str:
    return {3: "trois fois"}.get(SIZE_FACTOR, f"{SIZE_FACTOR} fois")


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
    )


def _draw(axis: Axes, ordered: pd.DataFrame, siren: str, order: str) -> None:
    is_own = ordered["buyer_siren"] == siren
    place = pd.Series(range(len(ordered)), index=ordered.index)
    for who, color, width, size, above in ((~is_own, style.PREVIOUS, 1.0, 6, 2), (is_own, style.YES, 3.0, 42, 3)):
        drawn, at = ordered[who], place[who]
        axis.vlines(
            at, drawn["low"].astype(float), drawn["high"].astype(float), color=color, linewidth=width, zorder=above
        )
        if above == 3 or len(ordered) <= _MARKED:
            axis.scatter(at, drawn["low"].astype(float), color=color, s=size, zorder=above)
    own, spot = ordered[is_own].iloc[0], int(place[is_own].iloc[0])
    is_left = spot < len(ordered) / 2
    look = {"ha": "left" if is_left else "right", "va": "center", "color": style.YES, "fontweight": "bold", "zorder": 5,
            "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.9}}  # fmt: skip
    style.label(axis, share(own), (spot, (own["low"] + own["high"]) / 2), (8 if is_left else -8, 0), **look)
    axis.set_ylim(0, max(0.1, float(ordered["high"].max())) * 1.05)
    axis.set_xlim(-1, len(ordered))
    axis.xaxis.set_major_locator(NullLocator())
    axis.set_xlabel(f"{len(ordered)} acheteurs, {order} de ce qui est sûr")
    percent_axis(axis, "y")


def _order(found: Comparison) -> str:
    return "du plus bas au plus haut" if found.sheet.direction == "down" else "du plus haut au plus bas"


def _in_words(found: Comparison, ordered: pd.DataFrame) -> str:
    lows, highs = ordered["low"].astype(float), ordered["high"].astype(float)
    half = formatting.interval(float(lows.median()), float(highs.median()))
    return (
        f"Un trait par acheteur, {len(ordered)} en tout. {found.organisation.name} : {share(found.own)}, {standing(found)}. "
        f"Médiane des bornes de tous : {half}."
    )


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
    own_first = pd.concat([kept[kept["buyer_siren"] == found.organisation.siren], kept[kept["is_peer"]]])
    told = [
        (
            str(row["name"]),
            str(row["buyer_siren"]),
            *(formatting.number(int(row[name])) for name in ("contracts", "yes", "no", "unknown")),
            share(row),
        )
        for _, row in own_first.iterrows()
    ]
    return table("peers", told, organisation=found.organisation.name, more=more, order=_order(found))


def neighbours(found: Comparison) -> Table:
    """The organisation and the peers next to it, a few on either side."""
    ordered = _ordered(found).reset_index(drop=True)
    at = int(ordered.index[ordered["buyer_siren"] == found.organisation.siren][0])
    return peers_table(found, ordered.iloc[max(0, at - _NEAR) : at + _NEAR + 1])


def summary(found: Comparison) -> dict[str, Any]:
    """The comparison for machines."""
    own = {name: int(found.own[name]) for name in ("contracts", "yes", "no", "unknown")}
    bounds = {name: None if pd.isna(found.own[name]) else float(found.own[name]) for name in ("low", "high")}
    return {
        "organisation": found.organisation.slug,
        "indicator": found.sheet.code,
        "family": found.family or None,
        "first_quarter": str(found.window.first),
        "last_quarter": str(found.window.last),
        **own,
        **bounds,
        "rank": None if found.rank is None else asdict(found.rank),
        "buyers": len(found.buyers),
        "snapshot": found.snapshot,
    }


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
