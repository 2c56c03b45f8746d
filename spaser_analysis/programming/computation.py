"""The computation: homogeneous needs add up, and their sum decides the procedure (code de la commande publique, R. 2121-1
to R. 2121-9).

Supplies and services of one homogeneous unit add up over a budget year, whatever the territory or directorate, each for
its whole duration (R. 2121-1, R. 2121-6, R. 2121-7); works add up by operation, whatever the year (R. 2121-5). What is not
known makes a bound, never a nought: a need without amount has no upper bound, one without a day or a unit may be in any
year or unit of its family, works without an operation may be one operation or several, needs of a family one unit or
several, and a threshold that is not known may be reached.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from spaser_analysis.cleaning.text import fold_all

LEVELS = ("free", "adapted", "notice", "formal")
"""Procedures from the lightest: none required (R. 2122-8), adapted, adapted with a notice (R. 2131-12), formal (R. 2124-1)."""

KEY = ["basis", "code", "year"]
_NEVER = pd.Timestamp("2200-01-01")
_MOST = 10**15  # cents: more than any buyer has, where an amount has no upper bound


def lines(needs: pd.DataFrame) -> pd.DataFrame:
    """What each need brings to each sum, one row a need and sum: ``basis`` (``operation``, ``works``, ``unit`` or
    ``family``), ``code``, ``year`` (null for an operation, or where no need of the sum has a day), ``row``
    (index in ``needs``), ``is_sure``: the need is in that sum for certain; else it may be.

    ``needs``: columns of ``needs.counted``. A need with neither unit nor family nor operation is in no sum; nor is there a
    sum of which no need is to come.
    """
    works, has_unit = needs["kind"] == "works", needs["unit"].notna()
    operation = fold_all(needs["operation"]).mask(lambda names: names == "")
    place = needs["territory"].fillna("?") + " " + needs["family"].fillna("?")
    cases = [works & operation.notna(), works, has_unit, needs["family"].notna()]
    basis = pd.Series(np.select(cases, ["operation", "works", "unit", "family"], ""), needs.index, dtype="str")
    code = pd.Series(np.select(cases, [operation, place, needs["unit"], needs["family"]]), needs.index, dtype="str")
    year = needs["starts_on"].dt.year.astype("Int64").mask(basis == "operation")
    told = pd.DataFrame({"basis": basis, "code": code, "year": year, "row": needs.index, "is_sure": True})
    unplaced = told[basis == "family"]
    homes = needs.loc[~works & has_unit, ["unit", "family", "kind"]].drop_duplicates().dropna()
    maybe = unplaced.join(needs["kind"].rename("own_kind")).merge(homes, left_on="code", right_on="family")
    maybe = maybe[(maybe["own_kind"] == maybe["kind"]) | maybe["own_kind"].isna()].drop_duplicates(["row", "unit"])
    maybe = maybe.assign(basis="unit", code=maybe["unit"], is_sure=False)[told.columns]
    found = _in_years(pd.concat([told[basis != ""], maybe], ignore_index=True))
    ahead = found["row"].map(needs["is_to_come"]).groupby([found[name] for name in KEY], dropna=False).transform("any")
    return found[ahead.astype(bool)].reset_index(drop=True)


def _in_years(told: pd.DataFrame) -> pd.DataFrame:
    """A need without a day may be in each year of its sum; where no need of it has a day, it is in one without year."""
    dated = told["year"].notna() | (told["basis"] == "operation")
    years = told.loc[dated & told["year"].notna(), ["basis", "code", "year"]].drop_duplicates()
    rest = told[~dated].drop(columns="year").merge(years, how="left", on=["basis", "code"])
    rest["is_sure"] = rest["is_sure"] & rest["year"].isna()
    found = pd.concat([told[dated], rest[told.columns]], ignore_index=True).astype({"year": "Int64"})
    return found.sort_values([*KEY, "row"], ignore_index=True)


def running_share(contracts: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    """What running contracts bring to each homogeneous unit and year, pro rata of their months: ``unit``, ``year``,
    ``uid``, ``low_cents`` and ``high_cents``.

    A framework's amount is a maximum: nothing at least; without an amount ``high_cents`` is null, no upper bound. Works are
    left out (an operation is not a year's). ``contracts``: with ``unit``, ``kind``, ``end``, ``months``; those without unit
    or end are in none.
    """
    known = contracts.dropna(subset=["unit", "end", "dateNotification"])
    known = known[(known["kind"] != "works") & (known["months"] > 0)]
    rows = pd.DataFrame({"year": pd.array(years, dtype="Int64")}).merge(known, how="cross")
    first, after = (pd.to_datetime({"year": rows["year"] + one, "month": 1, "day": 1}) for one in (0, 1))
    days = (rows["end"].clip(upper=after) - rows["dateNotification"].clip(lower=first)).dt.days
    share = days / (rows["end"] - rows["dateNotification"]).dt.days
    cents = (rows["amount_cents"] * share).round().astype("Int64")
    low = cents.mask(rows["is_framework"].fillna(True).astype(bool), 0).fillna(0)
    found = rows[["unit", "year", "uid"]].assign(low_cents=low, high_cents=cents)
    return found[days > 0].reset_index(drop=True)


def bounds(needs: pd.DataFrame) -> pd.DataFrame:
    """``low`` and ``high`` cents of each need; ``high`` is null where there is no upper bound.

    A need that comes back within the year counts once at least, and up to twelve months at most (R. 2121-7, 2°); of unknown
    duration, nobody knows how often.
    """
    amount, months = needs["amount_cents"], needs["duration_months"]
    again = needs["is_recurring"].fillna(False) & (months > 0) & (months < 12)
    times = (12 / months.astype("Float64")).where(again, 1.0)
    times = times.mask(needs["is_recurring"].fillna(False) & ~(months > 0).fillna(False))
    return pd.DataFrame({"low": amount.fillna(0), "high": (amount * times).round().astype("Int64")}, index=needs.index)


def computations(needs: pd.DataFrame, told: pd.DataFrame, running: pd.DataFrame, limits: pd.DataFrame) -> pd.DataFrame:
    """One row a sum of ``lines``, the largest first: ``basis``, ``code``, ``year``, ``family``, ``kind`` (null where its
    needs are of several kinds, or of none that is known).

    ``needs`` and ``maybe`` (how many are in it, may be), ``unpriced``, ``territories``, ``directorates``, ``day`` (first
    start, on which thresholds are read); ``low_cents``, ``high_cents`` (null: no upper bound), ``largest_cents`` and
    ``smallest_cents`` (needs alone); ``contracts``, ``running_low_cents``, ``running_high_cents`` (null: no upper bound);
    the levels (``LEVELS``; null where the kind or day is not known) ``level_alone`` of the smallest need, ``level_low``
    and ``level_low_most`` (with every unknown threshold reached) of the least, ``level_high`` of the most; and ``alert``:
    needs that alone would be bought by a lighter procedure are over a threshold ``together``; they are, or may
    be, ``with_contracts`` that run; one ``cannot_say``.
    """
    amounts = bounds(needs)
    columns = ["territory", "directorate", "family", "kind", "starts_on", "amount_cents", "is_to_come"]
    rows = told.join(amounts, on="row").join(needs[columns], on="row")
    sure = rows["is_sure"].astype(bool)
    rows = rows.assign(
        sure_low=rows["low"].where(sure, 0),
        priced=rows["amount_cents"].where(sure),
        ahead=rows["low"].where(sure & rows["is_to_come"], 0),
        needs=sure.astype("int64"),
        maybe=(~sure).astype("int64"),
        unpriced=rows["high"].isna().astype("int64"),
        top=rows["high"].fillna(_MOST),
    )
    found = (
        rows.groupby(KEY, dropna=False, sort=True)
        .agg(
            family=("family", "first"),
            kind=("kind", "first"),
            kinds=("kind", "nunique"),
            needs=("needs", "sum"),
            maybe=("maybe", "sum"),
            unpriced=("unpriced", "sum"),
            low_cents=("sure_low", "sum"),
            ahead_cents=("ahead", "sum"),
            largest_cents=("priced", "max"),
            smallest_cents=("priced", "min"),
            high_cents=("top", "sum"),
            day=("starts_on", "min"),
            territories=("territory", "nunique"),
            directorates=("directorate", "nunique"),
        )
        .reset_index()
    )
    for name in ("largest_cents", "smallest_cents"):
        found[name] = found[name].fillna(0).astype("int64")
    # Works that name no operation may each be one, and all of a place and year one together; so may units of a family.
    several = found["basis"].isin(["works", "family"])
    for name in ("low_cents", "smallest_cents"):
        found[name] = found[name].mask(several, found["largest_cents"])
    found["ahead_cents"] = found["ahead_cents"].clip(upper=found["low_cents"])
    found["kind"] = found["kind"].where(found.pop("kinds") == 1)
    found["high_cents"] = found["high_cents"].mask(found["unpriced"] > 0).astype("Int64")
    found = _with_running(found, running)
    # Needs of the year that were to be bought before may be the contracts that run: they are not counted with them.
    with_running = found.pop("ahead_cents") + found["running_high_cents"].fillna(_MOST)
    for name, amount, most in (
        ("level_alone", found["smallest_cents"], True),
        ("level_low", found["low_cents"], False),
        ("level_low_most", found["low_cents"], True),
        ("level_high", found["high_cents"].fillna(_MOST), True),
        ("level_running", with_running, True),
    ):
        found[name] = level(amount, found["kind"], found["day"], limits, most)
    return found.assign(alert=_alert(found)).sort_values(
        ["low_cents", *KEY], ascending=[False, True, True, True], ignore_index=True
    )


def _with_running(found: pd.DataFrame, running: pd.DataFrame) -> pd.DataFrame:
    told = running.assign(contracts=1, unknown=running["high_cents"].isna())
    sums = told.groupby(["unit", "year"])[["contracts", "low_cents", "high_cents", "unknown"]].sum()
    sums = sums.rename(columns={"low_cents": "running_low_cents", "high_cents": "running_high_cents"})
    joined = found.merge(sums, how="left", left_on=["code", "year"], right_on=["unit", "year"])
    mine = found["basis"] == "unit"
    joined = joined.assign(**{str(name): joined[name].where(mine).fillna(0).astype("Int64") for name in sums})
    joined["running_high_cents"] = joined["running_high_cents"].mask(joined.pop("unknown") > 0)
    return joined


def _alert(found: pd.DataFrame) -> pd.Series:
    several = found["needs"] + found["maybe"] > 1
    doubt = (found["level_high"] > found["level_low"]).fillna(True)
    with_contracts = (found["level_running"] > found["level_low_most"]).fillna(False) & (found["contracts"] > 0)
    alert = pd.Series(None, index=found.index, dtype="str")
    alert = alert.mask(several & doubt, "cannot_say")
    alert = alert.mask(with_contracts, "with_contracts")
    return alert.mask((several & (found["level_low"] > found["level_alone"])).fillna(False), "together")


def level(amount: pd.Series, kind: pd.Series, day: pd.Series, limits: pd.DataFrame, most: bool = False) -> pd.Series:
    """The rank in ``LEVELS`` of the procedure that an amount in cents requires on a day; null where the kind is not known,
    or no threshold of that day is. One threshold that is not known is not reached, or with ``most`` is as soon as the one
    below is.
    """
    group = kind.map({"works": "works", "supplies": "supplies_services", "services": "supplies_services"})
    steps = {name: _limit(group, day, limits, name) for name in ("competition", "notice", "formal")}
    reached = {name: (amount >= limit).fillna(most) for name, limit in steps.items()}
    rank = reached["competition"].astype("Int64")
    rank = rank.mask(reached["competition"] & reached["notice"], 2)
    rank = rank.mask(reached["formal"] & (steps["formal"].notna() | (rank == 2)), 3)
    return rank.where(pd.concat(steps, axis=1).notna().any(axis=1))


def _limit(group: pd.Series, day: pd.Series, limits: pd.DataFrame, name: str) -> pd.Series:
    """The threshold of that level in force on each day; null where none is known."""
    kinds, days = group.to_numpy(dtype=object), day.to_numpy()
    cents, known = np.zeros(len(group), dtype="int64"), np.zeros(len(group), dtype=bool)
    own = limits[limits["level"] == name]
    for kind, first, last, amount in zip(
        own["kind"], own["valid_from"], own["valid_to"].fillna(_NEVER), own["amount_cents"], strict=True
    ):
        within = (kinds == kind) & (days >= first.to_datetime64()) & (days <= last.to_datetime64())
        cents[within], known = amount, known | within
    return pd.Series(cents, group.index, dtype="Int64").where(known)


def straddling(needs: pd.DataFrame, found: pd.DataFrame, limits: pd.DataFrame) -> pd.DataFrame:
    """Units whose needs of some twelve months in a row require more than those of any budget year (R. 2121-7, 2°: the
    twelve months that follow, or the budget year): ``code``, ``from_day``, ``low_cents``, ``unpriced`` (needs
    without amount), ``level``, ``rows`` (indices).

    The twelve months that add up to the most, counted from the start of a need; one need of them at least is to come.
    """
    columns = ["code", "from_day", "low_cents", "unpriced", "level", "rows"]
    dated = needs[(needs["kind"] != "works") & needs["unit"].notna() & needs["starts_on"].notna()]
    yearly = found[found["basis"] == "unit"].groupby("code")["level_low"].max()
    made = []
    for unit, own in dated.groupby("unit", sort=True):
        days = own["starts_on"].sort_values().drop_duplicates()
        if days.dt.year.nunique() < 2:
            continue
        by_day = own.groupby("starts_on")["amount_cents"].sum().astype("int64").sort_index()
        total = by_day.cumsum()
        until = by_day.index.searchsorted([one + pd.DateOffset(months=12) for one in by_day.index], side="left") - 1
        sums = total.to_numpy()[until] - total.to_numpy() + by_day.to_numpy()
        first = by_day.index[int(sums.argmax())]
        within = own[(own["starts_on"] >= first) & (own["starts_on"] < first + pd.DateOffset(months=12))]
        unpriced = int(within["amount_cents"].isna().sum())
        made.append((str(unit), first, int(sums.max()), unpriced, own["kind"].iloc[0], tuple(within.index)))
    best = pd.DataFrame(made, columns=["code", "from_day", "low_cents", "unpriced", "kind", "rows"])
    if best.empty:
        return best.assign(level=pd.Series(dtype="Int64"))[columns]
    best["level"] = level(best["low_cents"], best["kind"], best["from_day"], limits)
    ahead = best["rows"].map(lambda rows: bool(needs.loc[list(rows), "is_to_come"].any()))
    above = (best["level"] > best["code"].map(yearly)).fillna(False) & ahead
    return best.loc[above, columns].reset_index(drop=True)
