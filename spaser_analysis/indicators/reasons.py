"""Why a figure or a verdict is missing, or must be read with care: one short French sentence each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

import pandas as pd

from spaser_analysis.indicators.publication import LEGAL_DELAY
from spaser_analysis.indicators.share import Share
from spaser_analysis.period import Quarter, Window

NBSP, NARROW = "\u00a0", "\u202f"
SEPARATOR = f"{NBSP}; "


def of_share(share: Share, contracts: int, minimum: int, undecided: bool, in_cents: bool) -> Iterator[str]:
    """Of a share of ``contracts`` contracts; ``undecided`` where it has a target that its bounds leave open."""
    if contracts == 0:
        yield f"sans objet{NBSP}: aucun marché"
    elif contracts < minimum:
        yield f"moins de {minimum}{NBSP}marchés{NBSP}: aucun taux n’est publié"
    elif share.unknown == share.total:
        yield f"état inconnu pour {_contracts(contracts, 'le seul marché', 'les {} marchés')}"
    elif undecided:
        yield f"{_unknown(share.unknown, in_cents)} de conclure"


def of_median(known: int, contracts: int, minimum: int) -> Iterator[str]:
    """Of a median over ``known`` values of ``contracts`` contracts."""
    if contracts == 0:
        yield f"sans objet{NBSP}: aucun marché"
    elif known == 0:
        yield "aucune valeur connue"
    elif known < minimum:
        yield f"moins de {minimum}{NBSP}valeurs connues{NBSP}: aucune médiane n’est publiée"


def of_amounts(left_out: int) -> Iterator[str]:
    """Of the contracts that a share in value leaves out."""
    if left_out:
        yield _contracts(left_out, "1 marché sans montant exploitable", "{} marchés sans montant exploitable")


def of_period(window: Window, snapshot: date | None, held: Collection[str]) -> Iterator[str]:
    """Of a window that the data may not hold whole: quarters past in which they hold no contract of the buyer (``held``
    are those that have some), and data due two months after notification (R. 2196-1).
    """
    end = window.last.end
    past = [one for one in window.quarters if snapshot is None or Quarter.parse(one).end < snapshot]
    if missing := [one for one in past if one not in held]:
        yield f"aucun marché de l’acheteur dans les données pour {', '.join(missing)}{NBSP}: période incomplète"
    if snapshot is None:
        yield f"date des données inconnue{NBSP}: la période est peut-être incomplète"
    elif snapshot <= end:
        yield f"provisoire{NBSP}: la période n’est pas finie à la date des données"
    elif snapshot < (pd.Timestamp(end) + LEGAL_DELAY).date():
        yield f"provisoire{NBSP}: publication possible jusqu’à deux mois après la notification"


def _unknown(unknown: int, in_cents: bool) -> str:
    if in_cents:
        return f"{_number(round(unknown / 100))}{NBSP}€ de marchés d’état inconnu empêchent"
    return _contracts(unknown, "1 marché d’état inconnu empêche", "{} marchés d’état inconnu empêchent")


def _contracts(count: int, one: str, several: str) -> str:
    text = one if count == 1 else several.format(_number(count))
    return text.replace(" marché", f"{NBSP}marché", 1)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", NARROW)
