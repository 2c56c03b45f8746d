"""The analyst's bench: a few verbs that take and give plain tables, so that pandas goes on where they stop.

this_quarter = where(contracts(report), quarter="2022-T3")
look(where(this_quarter, family="batiment", environmental=False))
plot(compare(this_quarter, "social_share", by="directorate"))
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.report import Report
from spaser_analysis.views import formatting, style
from spaser_analysis.views.elements import Column, Data, Figure, Table
from spaser_analysis.views.figures import FICTITIOUS, percent_axis

LOOKED_AT = ["id", "dateNotification", "directorate", "family", "objet", "environmental", "social"]
_SAFE = [
    "quarter",
    "snapshot",
    "territory",
    "uid",
    "dateNotification",
    "family",
    "environmental",
    "social",
    "amount_cents",
]
_DRAWN = 25


def contracts(report: Report) -> pd.DataFrame:
    """The contracts of the report's territory, one a row, of every quarter that the report holds.

    Columns of ``schemas.CONTRACTS``, and what their holders say (``indicators.basis.contracts_basis``).
    """
    return report.of_territory(report.contracts).reset_index(drop=True)


def where(contracts: pd.DataFrame, **wanted: Any) -> pd.DataFrame:
    """The contracts whose columns have the values told: ``where(found, quarter="2022-T3", social=False)``.

    ``None`` is what is not known, which no other value is; a list is any of its values. ValueError for a column that
    the table has not.
    """
    if strangers := sorted(set(wanted) - set(contracts)):
        raise ValueError(f"no column {', '.join(strangers)}; there are {', '.join(contracts)}")
    kept = pd.Series(True, index=contracts.index)
    for name, value in wanted.items():
        column = contracts[name]
        several = value if isinstance(value, Collection) and not isinstance(value, str) else [value]
        known = [one for one in several if one is not None]
        kept &= (column.isin(known) & column.notna()) | (column.isna() & (len(known) < len(several)))
    return contracts[kept].reset_index(drop=True)


def look(contracts: pd.DataFrame) -> pd.DataFrame:
    """The columns that one reads first, and the amount in euros; latest notified first."""
    shown = contracts[LOOKED_AT].assign(amount_euros=contracts["amount_cents"] / 100)
    return shown.sort_values(["dateNotification", "id"], ascending=[False, True], ignore_index=True)


def compare(contracts: pd.DataFrame, indicator: str, by: str) -> pd.DataFrame:
    """An indicator of contracts by value of a column, in number: columns yes, no, unknown, low, high, value, is_small.

    The index has the groups, its name that of the column and null for contracts without one; sorted. A share has both
    bounds, a median its ``value``; none of them below the minimum count of the sheet (``is_small``). The label of the
    indicator is in ``attrs``. ValueError for an indicator or a column that is not one of contracts.
    """
    chosen = INDICATORS_BY_CODE.get(indicator)
    if chosen is None or chosen.sheet.table != "contracts":
        known = (code for code, one in INDICATORS_BY_CODE.items() if one.sheet.table == "contracts")
        raise ValueError(f"{indicator!r} is not an indicator of contracts: choose one of {', '.join(known)}")
    if by not in contracts:
        raise ValueError(f"no column {by}; there are {', '.join(contracts)}")
    counts = chosen.compute(contracts, by=(by,))
    found = counts[counts["measure"] == chosen.sheet.measures[0]].set_index(by)
    is_share = chosen.sheet.unit == "share"
    is_small = found["contracts" if is_share else "yes"] < chosen.sheet.minimum_count
    total = found["contracts"] if is_share else None
    table = found[["yes", "no", "unknown"]].assign(
        low=found["yes"] / total if is_share else None,
        high=(found["yes"] + found["unknown"]) / total if is_share else None,
        value=None if is_share else found["value"],
    )
    figures = ["low", "high", "value"]
    table[figures] = table[figures].astype("Float64").mask(is_small)
    table.attrs = {"label": chosen.sheet.label, "is_fictitious": bool(contracts["is_fictitious"].any())}
    return table.assign(is_small=is_small).sort_index()


def plot(compared: pd.DataFrame) -> Figure:
    """What ``compare`` gives of a share, drawn: a point where unknown is no, a hatched bar to where it is yes.

    The groups in the order of the table, at most twenty-five; small ones are named without a bar. ValueError where no
    group has a share.
    """
    if compared["low"].isna().all():
        raise ValueError("no group has a share to draw: the indicator is none, or all groups are small")
    drawn = compared.head(_DRAWN)
    names = [_named(name) for name in drawn.index]
    label, first = str(compared.attrs.get("label", "")), FICTITIOUS if compared.attrs.get("is_fictitious") else ""
    with style.house_style():
        drawing, (axis,) = style.panels(1, 1.3 + 0.27 * len(drawn), left=2.6, between=0.2, right=1.1)
        for place, row in enumerate(drawn.to_dict("records")):
            text = "effectif faible"
            if pd.notna(row["low"]):
                low, high = float(row["low"]), float(row["high"])
                hatched = {"facecolor": "none", "edgecolor": style.YES, "hatch": style.HATCH_UNKNOWN}
                axis.barh(place, high - low, left=low, height=0.5, **hatched)
                axis.plot([low], [place], marker="o", color=style.YES, clip_on=False)
                text = formatting.interval(low, high)
            axis.text(1.03, place, text, va="center", transform=axis.get_yaxis_transform(), color=style.SOFT)
        axis.set_yticks(range(len(drawn)), [name if len(name) <= 38 else f"{name[:37]}…" for name in names])
        axis.set_ylim(len(drawn) - 0.5, -0.6)
        axis.set_xlim(0, min(1.0, float(drawn["high"].max()) * 1.1 or 1.0))
        percent_axis(axis, "x")
        axis.set_title(label)
        png, size = style.png(drawing, f"{first}Exploration, non publiée."), style.size(drawing)
    rows = tuple(
        (name, *(formatting.number(int(row[state])) for state in ("yes", "no", "unknown")))
        for name, row in zip(map(_named, compared.index), compared.to_dict("records"), strict=True)
    )
    columns = (Column("Groupe"), *(Column(state, is_number=True) for state in ("oui", "non", "non renseigné")))
    left = f" Les {_DRAWN} premiers groupes sur {len(compared)}." if len(compared) > _DRAWN else ""
    return Figure(
        png=png,
        size=size,
        alternative=f"{label}, une ligne par groupe : {', '.join(names)}.",
        caption=f"{first}{label}. Le point compte les non renseignés comme non, la bande hachurée les ajoute.{left}",
        table=Table(label, columns, rows),
    )


def _named(group: object) -> str:
    return "non renseigné" if pd.isna(group) else str(group)


def contracts_data(report: Report, contracts: pd.DataFrame) -> Data:
    """Contracts for a spreadsheet or another program: what we derived, and no free text of the buyer's."""
    rows = contracts.assign(snapshot=report.snapshot)[_SAFE]
    csv = rows.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    return Data(csv, f"Télécharger ces marchés ({formatting.counted(len(rows), 'ligne', 'lignes')})")
