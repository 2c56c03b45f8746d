"""The computation: homogeneous needs add up, and their sum decides the procedure (code de la commande publique, R. 2121-1
to R. 2121-9).

Supplies and services of one homogeneous unit add up over a budget year, whatever the territory or directorate, each for
its whole duration (R. 2121-1, R. 2121-6, R. 2121-7); works add up by operation, whatever the year (R. 2121-5). What is not
known makes a bound, never a nought: a need without amount has no upper bound, one without a day or a unit may be in any
year or unit of its family, works without an operation may be one operation or several.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

LEVELS = ("free", "adapted", "notice", "formal")
"""Procedures from the lightest: none required (R. 2122-8), adapted, adapted with a notice (R. 2131-12), formal (R. 2124-1)."""

ALERTS = ("together", "with_contracts", "cannot_say")
KEY = ["basis", "code", "year"]
_NEVER = pd.Timestamp("2200-01-01")
_MOST = 10**15  # cents: more than any buyer has, where an amount has no upper bound


def lines(needs: pd.DataFrame) -> pd.DataFrame:
    """What each need brings to each sum, one row a need and sum: ``basis`` (``operation``, ``works``, ``unit`` or
    ``family``), ``code``, ``year`` (null for an operation, or where no need of the sum has a day), ``row``
    (index in ``needs``), ``is_sure``: the need is in that sum for certain; else it may be.

    ``needs``: columns of ``needs.to_come``. A need with neither unit nor family nor operation is in no sum.
    """
    works, has_unit = needs["kind"] == "works", needs["unit"].notna()
    operation = needs["operation"].str.casefold().str.replace(r"\s+", " ", regex=True).str.strip()
    place = needs["territory"].fillna("?") + " " + needs["family"].fillna("?")
    cases = [works & operation.notna(), works, has_unit, needs["family"].notna()]
    basis = pd.Series(np.select(cases, ["operation", "works", "unit", "family"], ""), needs.index, dtype="str")
    code = pd.Series(np.select(cases, [operation, place, needs["unit"], needs["family"]]), needs.index, dtype="str")
    year = needs["starts_on"].dt.year.astype("Int64").mask(basis == "operation")
    told = pd.DataFrame({"basis": basis, "code": code, "year": year, "row": needs.index, "is_sure": True})
    unplaced = told[basis == "family"]
    homes = needs.loc[~works & has_unit, ["unit", "family"]].drop_duplicates().dropna()
    maybe = unplaced.merge(homes, left_on="code", right_on="family")
    maybe = maybe.assign(basis="unit", code=maybe["unit"], is_sure=False)[told.columns]
    return _in_years(pd.concat([told[basis != ""], maybe], ignore_index=True))


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

    A framework's amount is a maximum: nothing at least. Works are left out (an operation is not a year's). ``contracts``:
    with ``unit``, ``kind``, ``end``, ``months``; those without unit, end or amount are in none.
    """
    known = contracts.dropna(subset=["unit", "end", "dateNotification", "amount_cents"])
    known = known[(known["kind"] != "works") & (known["months"] > 0)]
    rows = pd.DataFrame({"year": pd.array(years, dtype="Int64")}).merge(known, how="cross")
    first, after = (pd.to_datetime({"year": rows["year"] + one, "month": 1, "day": 1}) for one in (0, 1))
    days = (rows["end"].clip(upper=after) - rows["dateNotification"].clip(lower=first)).dt.days
    share = days / (rows["end"] - rows["dateNotification"]).dt.days
    cents = (rows["amount_cents"].astype("float64") * share).round().astype("int64")
    low = cents.mask(rows["is_framework"].fillna(True).astype(bool), 0)
    found = rows[["unit", "year", "uid"]].assign(low_cents=low, high_cents=cents)
    return found[days > 0].reset_index(drop=True)


def bounds(needs: pd.DataFrame) -> pd.DataFrame:
    """``low`` and ``high`` cents of each need; ``high`` is null where there is no upper bound.

    A need that comes back within the year counts once at least, and up to twelve months at most (R. 2121-7, 2°).
    """
    amount, months = needs["amount_cents"], needs["duration_months"]
    again = needs["is_recurring"].fillna(False) & (months > 0) & (months < 12)
    times = (12 / months.astype("Float64")).where(again, 1.0)
    return pd.DataFrame({"low": amount.fillna(0), "high": (amount * times).round().astype("Int64")}, index=needs.index)


def computations(needs: pd.DataFrame, told: pd.DataFrame, running: pd.DataFrame, limits: pd.DataFrame) -> pd.DataFrame:
    """One row a sum of ``lines``, the largest first: ``basis``, ``code``, ``year``, ``family``, ``kind`` (null where its
    needs are of several kinds, or of none that is known).

    ``needs`` and ``maybe`` (how many are in it, may be), ``unpriced``, ``territories``, ``directorates``, ``day`` (first
    start, on which thresholds are read); ``low_cents``, ``high_cents`` (null: no upper bound), ``largest_cents`` (the
    largest need alone); ``contracts``, ``running_low_cents``, ``running_high_cents``; the levels (``LEVELS``; null where
    no threshold is known of that day or kind) ``level_alone``, ``level_low``, ``level_high``, ``level_running``; and
    ``alert`` (``ALERTS``): needs each under a threshold are over it ``together``; they are ``with_contracts`` that run;
    one ``cannot_say``.
    """
    amounts = bounds(needs)
    columns = ["territory", "directorate", "family", "kind", "starts_on"]
    rows = told.join(amounts, on="row").join(needs[columns], on="row")
    sure = rows["is_sure"].astype(bool)
    rows = rows.assign(
        sure_low=rows["low"].where(sure, 0),
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
            largest_cents=("sure_low", "max"),
            high_cents=("top", "sum"),
            day=("starts_on", "min"),
            territories=("territory", "nunique"),
            directorates=("directorate", "nunique"),
        )
        .reset_index()
    )
    # Works that name no operation: each may be one of its own, and all of a place and year one together.
    several = found["basis"] == "works"
    found["low_cents"] = found["low_cents"].mask(several, found["largest_cents"])
    found["kind"] = found["kind"].where(found.pop("kinds") == 1)
    found["high_cents"] = found["high_cents"].mask(found["unpriced"] > 0).astype("Int64")
    found = _with_running(found, running)
    for name, amount in (
        ("level_alone", found["largest_cents"]),
        ("level_low", found["low_cents"]),
        ("level_high", found["high_cents"].fillna(_MOST)),
        ("level_running", found["low_cents"] + found["running_low_cents"]),
    ):
        found[name] = level(amount, found["kind"], found["day"], limits)
    return found.assign(alert=_alert(found)).sort_values(
        ["low_cents", *KEY], ascending=[False, True, True, True], ignore_index=True
    )


def _with_running(found: pd.DataFrame, running: pd.DataFrame) -> pd.DataFrame:
    sums = running.groupby(["unit", "year"]).agg(
        contracts=("uid", "size"), running_low_cents=("low_cents", "sum"), running_high_cents=("high_cents", "sum")
    )
    joined = found.merge(sums, how="left", left_on=["code", "year"], right_on=["unit", "year"])
    mine = found["basis"] == "unit"
    return joined.assign(**{str(name): joined[name].where(mine).fillna(0).astype("int64") for name in sums})


def _alert(found: pd.DataFrame) -> pd.Series:
    several = found["needs"] + found["maybe"] > 1
    rise = found.filter(like="level_").gt(found["level_alone"], axis="index").fillna(False)
    alert = pd.Series(None, index=found.index, dtype="str")
    alert = alert.mask(several & rise["level_high"], "cannot_say")
    alert = alert.mask(rise["level_running"], "with_contracts")
    return alert.mask(several & rise["level_low"], "together")


def level(amount: pd.Series, kind: pd.Series, day: pd.Series, limits: pd.DataFrame) -> pd.Series:
    """The rank in ``LEVELS`` of the procedure that an amount in cents requires on a day; null where the kind or a
    threshold of that day is not known and decides.
    """
    group = kind.map({"works": "works", "supplies": "supplies_services", "services": "supplies_services"})
    steps = {name: _limit(group, day, limits, name) for name in ("competition", "notice", "formal")}
    rank = pd.Series(0, index=amount.index, dtype="Int64")
    rank = rank.mask((amount >= steps["competition"]).fillna(False), 1)
    rank = rank.mask((amount >= steps["competition"]).fillna(False) & (amount >= steps["notice"]).fillna(False), 2)
    rank = rank.mask((amount >= steps["formal"]).fillna(False), 3)
    known = pd.concat([one.notna() for one in steps.values()], axis=1).all(axis=1)
    return rank.where(known)


def _limit(group: pd.Series, day: pd.Series, limits: pd.DataFrame, name: str) -> pd.Series:
    """The threshold of that level in force on each day; null where none is known."""
    found = pd.Series(pd.NA, index=group.index, dtype="Int64")
    for one in limits[limits["level"] == name].to_dict("records"):
        last = _NEVER if pd.isna(one["valid_to"]) else one["valid_to"]
        found = found.mask((group == one["kind"]) & day.between(one["valid_from"], last), one["amount_cents"])
    return found


def straddling(needs: pd.DataFrame, found: pd.DataFrame, limits: pd.DataFrame) -> pd.DataFrame:
    """Units whose needs of some twelve months in a row require more than those of any budget year (R. 2121-7, 2°: the
    twelve months that follow, or the budget year): ``code``, ``from_day``, ``low_cents``, ``level``, ``rows`` (indices).

    The twelve months that add up to the most, counted from the start of a need.
    """
    columns = ["code", "from_day", "low_cents", "level", "rows"]
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
        made.append((str(unit), first, int(sums.max()), own["kind"].iloc[0], tuple(within.index)))
    best = pd.DataFrame(made, columns=["code", "from_day", "low_cents", "kind", "rows"])
    if best.empty:
        return best.assign(level=pd.Series(dtype="Int64"))[columns]
    best["level"] = level(best["low_cents"], best["kind"], best["from_day"], limits)
    above = (best["level"] > best["code"].map(yearly)).fillna(False)
    return best.loc[above, columns].reset_index(drop=True)
