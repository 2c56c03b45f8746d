"""Why a figure or a verdict is missing, or must be read with care: one short French sentence each.

``noun`` is what is counted, in the singular and the plural.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

import pandas as pd

from spaser_analysis.formatting import NARROW, NBSP
from spaser_analysis.indicators.publication import LEGAL_DELAY
from spaser_analysis.indicators.share import Share
from spaser_analysis.period import Quarter, Window

SEPARATOR = f"{NBSP}; "
MIXED = f"cohorte mixte{NBSP}: consultations lancées avant et après le changement de loi, que les données ne distinguent pas"
CREDIT = f"les avoirs dépassent les paiements d’une catégorie{NBSP}: aucun taux"
NOTHING_SPENT = f"sans objet{NBSP}: aucune dépense connue à laquelle rapporter les heures"

Noun = tuple[str, str]


def of_share(share: Share, rows: int, minimum: int, noun: Noun, undecided: bool, in_cents: bool) -> Iterator[str]:
    """Of a share of ``rows`` rows; ``undecided`` where it has a target that its bounds leave open."""
    if rows == 0:
        yield _nothing(noun)
    elif rows < minimum:
        yield f"moins de {minimum}{NBSP}{noun[1]}{NBSP}: aucun taux n’est publié"
    elif share.total == 0:
        yield f"sans objet{NBSP}: montant nul"
    elif share.unknown == share.total:
        yield f"état inconnu pour {_counted(rows, noun, f'{_le_seul(noun)} {noun[0]}', 'les {}')}"
    elif undecided:
        yield f"{_unknown(share.unknown, noun, in_cents)} de conclure"


def of_quantity(known: int, unknown: int, minimum: int, noun: Noun) -> Iterator[str]:
    """Of a median, a total or a ratio over ``known`` values, ``unknown`` others having none."""
    if known + unknown == 0:
        yield _nothing(noun)
    elif known == 0:
        yield "aucune valeur connue"
    elif known < minimum:
        yield f"moins de {minimum}{NBSP}valeurs connues{NBSP}: aucun résultat n’est publié"


def of_amounts(left_out: int, noun: Noun) -> Iterator[str]:
    """Of the rows that a share in value leaves out."""
    if left_out:
        yield f"{_counted(left_out, noun)} sans montant exploitable"


def of_period(
    window: Window, snapshot: date | None, held: Collection[str], noun: Noun, *, is_published: bool
) -> Iterator[str]:
    """Of a window that the data may not hold whole: quarters past in which they hold nothing of the buyer (``held`` are
    those that have some), and data due two months after notification (R. 2196-1; ``is_published``).
    """
    end = window.last.end
    past = [one for one in window.quarters if snapshot is None or Quarter.parse(one).end < snapshot]
    if held and (missing := [one for one in past if one not in held]):
        yield f"aucun {noun[0]} de l’acheteur dans les données pour {', '.join(missing)}{NBSP}: période incomplète"
    if snapshot is None:
        yield f"date des données inconnue{NBSP}: la période est peut-être incomplète"
    elif snapshot <= end:
        yield f"provisoire{NBSP}: la période n’est pas finie à la date des données"
    elif is_published and snapshot < (pd.Timestamp(end) + LEGAL_DELAY).date():
        yield f"provisoire{NBSP}: publication possible jusqu’à deux mois après la notification"


def none_of(noun: Noun) -> str:
    """« aucun marché », of what there is nothing of."""
    return f"{'aucune' if _is_feminine(noun) else 'aucun'} {noun[0]}"


def _nothing(noun: Noun) -> str:
    return f"sans objet{NBSP}: {none_of(noun)}"


def _le_seul(noun: Noun) -> str:
    return "la seule" if _is_feminine(noun) else "le seul"


def _is_feminine(noun: Noun) -> bool:
    return noun[0].startswith("catégorie")


def _unknown(unknown: int, noun: Noun, in_cents: bool) -> str:
    if in_cents:
        return f"{_number(round(unknown / 100))}{NBSP}€ de {noun[1]} d’état inconnu empêchent"
    return f"{_counted(unknown, noun)} d’état inconnu empêche{'nt' if unknown > 1 else ''}"


def _counted(count: int, noun: Noun, one: str = "", several: str = "{}") -> str:
    if count == 1:
        return (one or f"1 {noun[0]}").replace(" " + noun[0], f"{NBSP}{noun[0]}")
    return several.format(f"{_number(count)}{NBSP}{noun[1]}")


def _number(count: int) -> str:
    return f"{count:,}".replace(",", NARROW)
