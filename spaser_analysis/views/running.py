"""Contracts of the quarter that carry no consideration and will still run for long: where a buyer can still act."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from typing import Any

import pandas as pd

from spaser_analysis.report import Report
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Table, table

REMAINING_MONTHS = 6
SHOWN = 20
_OBJECT_LENGTH = 110


def to_act_on(report: Report) -> Table:
    """Those without a known consideration of one kind or the other and more than six months to run, largest first."""
    today = report.snapshot or report.quarter.end
    contracts = report.ending[report.ending["quarter"] == str(report.quarter)]
    lacking = contracts[~(contracts["environmental"].fillna(False) & contracts["social"].fillna(False))]
    limit = pd.Timestamp(today) + pd.DateOffset(months=REMAINING_MONTHS)
    chosen = lacking[lacking["end"] > limit].sort_values(
        ["amount_cents", "uid"], ascending=[False, True], na_position="last"
    )
    undated = int(lacking["end"].isna().sum())
    rows = (_row(one) for one in chosen.head(SHOWN).to_dict("records"))
    return table("to_act_on", rows, *_notes(len(chosen), len(lacking), undated, today), day=formatting.day(today))


def _row(one: dict[Hashable, Any]) -> tuple[str, ...]:
    return (
        readings.text(one["id"]),
        formatting.shortened(readings.text(one["objet"]), _OBJECT_LENGTH),
        readings.text(one["directorate"]),
        readings.state(one["environmental"]),
        readings.state(one["social"]),
        readings.money(one["amount_cents"]),
        formatting.short_day(one["end"].date()),
    )


def _notes(chosen: int, lacking: int, undated: int, today: date) -> tuple[str, ...]:
    total = (
        f"{formatting.counted(chosen, 'marché', 'marchés')} sur les {formatting.number(lacking)} du trimestre auxquels "
        f"manque une considération connue ont encore plus de six mois à courir au {formatting.day(today)}"
    )
    shown = f" ; les {SHOWN} plus importants sont montrés." if chosen > SHOWN else "."
    how = (
        "La fin est estimée : date de notification et durée déclarée, avenants compris. Le montant d’un accord-cadre "
        "est un maximum. « Non » est une absence déclarée ; « non renseigné » est d’abord une information à retrouver."
    )
    without = f"{formatting.counted(undated, 'marché', 'marchés')} sans durée ou sans date : fin inconnue."
    return (total + shown, how, *((without,) if undated else ()))
