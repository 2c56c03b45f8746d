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
from spaser_analysis.indicators.sheet import Sheet
from spaser_analysis.report import Report
from spaser_analysis.views import formatting, style
from spaser_analysis.views.elements import Data, Figure, Table, columns
from spaser_analysis.views.figures import FICTITIOUS, percent_axis

LOOKED_AT = ["id", "dateNotification", "directorate", "family", "objet", "environmental", "social"]
_SAFE = [
    *("quarter", "snapshot", "territory", "uid", "dateNotification", "family", "environmental", "social"),
    "amount_cents",
]
_DRAWN, _LONGEST = 25, 38


def contracts(report: Report) -> pd.DataFrame:
    """The contracts of the report's territory, one a row, of every quarter that the report holds.

    Columns of ``schemas.CONTRACTS``, and what their holders say (``indicators.basis.contracts_basis``); ``amount_cents`` in whole
    cents without VAT, ``dureeMois`` in months, considerations true, false or null (unknown).

    >>> found = contracts(open_report("2022-T3", "CT2"))
    >>> found["territory"].unique().tolist(), str(found["environmental"].dtype)
    (['CT2'], 'boolean')
    """
    return report.of_territory(report.contracts).reset_index(drop=True)


def where(contracts: pd.DataFrame, **wanted: Any) -> pd.DataFrame:
    """The contracts whose columns have the values told: ``where(found, quarter="2022-T3", social=False)``.

    ``None`` is what is not known, which no other value is; a list is any of its values. ValueError for a column that
    the table has not.

    >>> rows = pd.DataFrame({"family": ["voirie", "eau", None], "social": pd.array([True, None, False], dtype="boolean")})
    >>> where(rows, social=None)["family"].tolist()
    ['eau']
    >>> len(where(rows, family=["voirie", None]))
    2
    """
    if strangers := sorted(set(wanted) - set(contracts)):
        raise ValueError(f"no column {', '.join(strangers)}; there are {', '.join(map(str, contracts))}")
    kept = pd.Series(True, index=contracts.index)
    for name, value in wanted.items():
        column = contracts[name]
        several = value if isinstance(value, Collection) and not isinstance(value, str) else [value]
        known = [one for one in several if one is not None]
        kept &= (column.isin(known) & column.notna()) | (column.isna() & (len(known) < len(several)))
    return contracts[kept].reset_index(drop=True)


def look(contracts: pd.DataFrame) -> pd.DataFrame:
    """The columns that one reads first, and the amount in euros without VAT; latest notified first.

    >>> look(contracts(open_report("2022-T3", "CT2"))).columns.tolist()[-3:]
    ['environmental', 'social', 'amount_euros']
    """
    shown = contracts[LOOKED_AT].assign(amount_euros=contracts["amount_cents"] / 100)
    return shown.sort_values(["dateNotification", "id"], ascending=[False, True], ignore_index=True)


def sheet(indicator: str) -> Sheet:
    """The definition of an indicator by its code, shown as a card. ValueError, with the codes, for another word.

    >>> sheet("environmental_share").label
    'Marchés avec une considération environnementale'
    >>> sheet("median_offers").unit, sheet("social_share").minimum_count
    ('offers', 5)
    """
    if indicator not in INDICATORS_BY_CODE:
        raise ValueError(f"{indicator!r} is not an indicator: choose one of {', '.join(INDICATORS_BY_CODE)}")
    return INDICATORS_BY_CODE[indicator].sheet


def compare(contracts: pd.DataFrame, indicator: str, by: str) -> pd.DataFrame:
    """An indicator of contracts by value of a column, in number: columns yes, no, unknown, low, high, value, is_small.

    The index has the groups, its name that of the column and null for contracts without one; sorted. A share has both
    bounds, a median its ``value``; none of them below the minimum count of the sheet (``is_small``). The label of the
    indicator is in ``attrs``. Bounds are between 0 and 1, ``value`` is in the unit of the sheet. ValueError for an indicator or a
    column that is not one of contracts.

    >>> table = compare(contracts(open_report("2022-T3", "CT2")), "social_share", by="quarter")
    >>> one = table.loc["2022-T3"]
    >>> bool(one["low"] == one["yes"] / (one["yes"] + one["no"] + one["unknown"]))
    True
    """
    chosen = INDICATORS_BY_CODE.get(indicator)
    if chosen is None or chosen.sheet.table != "contracts":
        known = (code for code, one in INDICATORS_BY_CODE.items() if one.sheet.table == "contracts")
        raise ValueError(f"{indicator!r} is not an indicator of contracts: choose one of {', '.join(known)}")
    if by not in contracts:
        raise ValueError(f"no column {by}; there are {', '.join(map(str, contracts))}")
    counts = chosen.compute(contracts, by=(by,))
    found = counts[counts["measure"] == chosen.sheet.measures[0]].set_index(by)
    if chosen.sheet.unit == "share":
        total, is_small = found["contracts"], found["contracts"] < chosen.sheet.minimum_count
        figures = {"low": found["yes"] / total, "high": (found["yes"] + found["unknown"]) / total}
    else:
        is_small, figures = found["yes"] < chosen.sheet.minimum_count, {"value": found["value"]}
    shown = pd.DataFrame(figures, columns=["low", "high", "value"], index=found.index, dtype="Float64").mask(is_small)
    table = found[["yes", "no", "unknown"]].join(shown).assign(is_small=is_small.astype("bool")).sort_index()
    table.attrs = {"label": chosen.sheet.label, "is_fictitious": bool(contracts["is_fictitious"].any())}
    return table


def plot(compared: pd.DataFrame) -> Figure:
    """What ``compare`` gives of a share, drawn: a point where unknown is no, a hatched bar to where it is yes.

    The groups in the order of the table, at most twenty-five; small ones are named without a bar. ValueError where no
    group has a share.

    >>> plot(compare(contracts(open_report("2022-T3")), "social_share", by="family")).table.columns[0].label
    'Groupe'
    """
    if compared["low"].isna().all():
        raise ValueError("no group has a share to draw: the indicator is none, or all groups are small")
    label, first = str(compared.attrs.get("label", "")), FICTITIOUS if compared.attrs.get("is_fictitious") else ""
    names = [str(name) for name in compared.index.astype("str").fillna("non renseigné")]
    shares = ["effectif faible" if pd.isna(low) else formatting.interval(low, high) for low, high in _bounds(compared)]
    counts = [
        tuple(formatting.number(int(state)) for state in row) for row in compared[["yes", "no", "unknown"]].to_numpy()
    ]
    drawn = compared.head(_DRAWN)
    with style.house_style():
        drawing, (axis,) = style.panels(1, 1.3 + 0.27 * len(drawn), left=2.6, between=0.2, right=1.1)
        for place, (low, high) in enumerate(_bounds(drawn)):
            if not pd.isna(low):
                axis.barh(place, high - low, left=low, height=0.5, fc="none", ec=style.YES, hatch=style.HATCH_UNKNOWN)
                axis.plot([low], [place], marker="o", color=style.YES, clip_on=False)
            style.row(
                axis,
                place - 0.5,
                place + 0.5,
                f"{names[place]} : {shares[place]}\noui / non / non renseigné : {' / '.join(counts[place])}",
            )
            beside = axis.get_yaxis_transform()
            axis.text(1.03, place, shares[place], va="center", transform=beside, color=style.SOFT)
        shortened = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in names[:_DRAWN]]
        axis.set_yticks(range(len(drawn)), shortened, parse_math=False)
        axis.set_ylim(len(drawn) - 0.5, -0.6)
        axis.set_xlim(0, min(1.0, float(drawn["high"].max()) * 1.1 or 1.0))
        percent_axis(axis, "x")
        axis.set_title(label)
        png, size = style.png(drawing, f"{first}Exploration, non publiée."), style.size(drawing)
    left = f" Seuls les {_DRAWN} premiers groupes sur {len(compared)} sont dessinés." if len(compared) > _DRAWN else ""
    return Figure(
        png=png,
        size=size,
        alternative=f"{label}, une ligne par groupe. {' ; '.join(map(' : '.join, zip(names, shares, strict=True)))}.",
        caption=f"{first}{label}. Le point compte les non renseignés comme non, la bande hachurée les ajoute.{left}",
        table=Table(
            label,
            columns("Groupe | Oui > | Non > | Non renseigné > | Part >"),
            tuple((name, *row, share) for name, row, share in zip(names, counts, shares, strict=True)),
        ),
        spots=style.spots(drawing),
    )


def _bounds(compared: pd.DataFrame) -> list[tuple[float, float]]:
    return [(low, high) for low, high in compared[["low", "high"]].itertuples(index=False, name=None)]


def contracts_data(report: Report, contracts: pd.DataFrame) -> Data:
    """Contracts for a spreadsheet or another program: what we derived, and no free text of the buyer's; amounts in cents.

    >>> report = open_report("2022-T3", "CT2")
    >>> contracts_data(report, contracts(report)).csv.split(",")[:4]
    ['quarter', 'snapshot', 'territory', 'uid']
    """
    rows = contracts.assign(snapshot=report.snapshot)[_SAFE]
    csv = rows.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    return Data(csv, f"Télécharger ces marchés ({formatting.counted(len(rows), 'ligne', 'lignes')})")
