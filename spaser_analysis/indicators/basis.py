"""The tables that indicators take, from the clean ones: what several records say together of one contract.

``contracts``, ``payments``, ``insertion_hours``, ``hours_and_payments`` and ``declarations``: each has the columns
``buyer_siren``, ``quarter`` and ``territory``, and one row for what it counts.
"""

from __future__ import annotations

import pandas as pd

NEW_AFTER = pd.DateOffset(years=3)
_HOLDER_STATES = (*(f"is_solidarity_{letter}" for letter in "abcd"), "is_sme", "is_local")
_GROUPINGS = {"conjoint": True, "solidaire": True, "pas de groupement": False}
_WORKS_DIVISION = "45"


def contracts_basis(
    contracts: pd.DataFrame,
    holders: pd.DataFrame,
    history: pd.DataFrame,
    thresholds: pd.DataFrame,
    solidarity: str | None,
) -> pd.DataFrame:
    """The contracts with what their holders and their amount say, as nullable booleans.

    ``is_solidarity_a`` to ``_d``, ``is_sme``, ``is_local``: at least one holder is; ``is_solidarity``: under the
    definition chosen (null without one); ``has_known_holder``: one has a valid SIREN; ``is_first_time``,
    ``is_above_threshold``, ``is_grouping``. ``history``: ``first_time``.
    """
    states = _any_holder(holders, _HOLDER_STATES).reindex(contracts["uid"]).set_axis(contracts.index)
    known = contracts["uid"].isin(holders.loc[holders["holder_siren"].notna(), "uid"])
    return contracts.assign(
        **{name: states[name] for name in _HOLDER_STATES},
        is_solidarity=_chosen(states, solidarity),
        has_known_holder=known.astype("boolean"),
        is_first_time=first_time(history).reindex(contracts["uid"]).set_axis(contracts.index),
        is_above_threshold=above_threshold(contracts, thresholds),
        is_grouping=contracts["typeGroupementOperateurs"].str.casefold().map(_GROUPINGS).astype("boolean"),
    )


def payments_basis(payments: pd.DataFrame, solidarity: str | None) -> pd.DataFrame:
    """The payments that are purchases, or may be, with ``supplier`` (its identifier, else its name, else nothing) and
    ``is_solidarity`` under the definition chosen. Of one that may be no purchase, what its supplier is and whether it is
    covered is unknown.
    """
    kept = payments[payments["is_purchase"].fillna(True)]
    sure = kept["is_purchase"].notna()
    states = kept[[*_HOLDER_STATES, "is_covered"]].where(sure)
    supplier = kept["supplier_id"].fillna(kept["supplier_name"]).fillna("")
    return kept.assign(**states, is_solidarity=_chosen(states, solidarity), supplier=supplier)


def declarations_basis(declarations: pd.DataFrame) -> pd.DataFrame:
    """Two rows a declaration, the part (``is_part`` yes) and the rest of the total (no); one unknown row where the part
    is not known or exceeds its total.
    """
    part, whole = declarations["part_cents"], declarations["total_cents"]
    sound = (part <= whole).fillna(False)
    shares = ((sound, True, part), (sound, False, whole - part), (~sound, None, whole))
    states = [declarations[rows].assign(is_part=state, amount_cents=cents[rows]) for rows, state, cents in shares]
    return pd.concat([one.astype({"is_part": "boolean"}) for one in states], ignore_index=True)


def hours_and_payments(insertion_hours: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
    """Hours and payments in one column of rows, so that their sums meet: ``done_hours`` or ``amount_cents`` is null."""
    keys = ["buyer_siren", "quarter", "territory", "territory_rule", "source_file", "source_record"]
    found = pd.concat([insertion_hours[[*keys, "done_hours"]], payments[[*keys, "amount_cents"]]], ignore_index=True)
    return found.astype({"done_hours": "Float64", "amount_cents": "Int64"})


def first_time(history: pd.DataFrame) -> pd.Series:
    """By ``uid``: one holder at least had no contract in the three years before; columns of ``history``: ``uid``,
    ``dateNotification``, ``holder_siren``, one row a holder of each contract of one buyer.

    Known to be new only where the data go back three years; a holder without SIREN, or a contract without a day, is
    unknown.
    """
    dated = history.dropna(subset=["dateNotification", "holder_siren"])
    days = (
        dated[["holder_siren", "dateNotification"]].drop_duplicates().sort_values(["holder_siren", "dateNotification"])
    )
    days["previous"] = days.groupby("holder_siren")["dateNotification"].shift()
    found = history.merge(days, how="left", on=["holder_siren", "dateNotification"])
    start = found["dateNotification"] - NEW_AFTER
    is_new = pd.Series(pd.NA, index=found.index, dtype="boolean")
    is_new = is_new.mask(found["dateNotification"].min() <= start, True).mask(found["previous"] >= start, False)
    told = is_new.where(found["dateNotification"].notna() & found["holder_siren"].notna())
    return _any_holder(found[["uid"]].assign(is_first_time=told), ("is_first_time",))["is_first_time"]


def above_threshold(contracts: pd.DataFrame, thresholds: pd.DataFrame) -> pd.Series:
    """At or above the EU threshold of its day; null where the amount, the day's threshold or the kind decides and is
    not known. ``thresholds``: ``valid_from``, ``valid_to``, ``kind`` (works, supplies_services), ``amount_cents``.
    """
    above = pd.Series(pd.NA, index=contracts.index, dtype="boolean")
    day, amount = contracts["dateNotification"], contracts["amount_cents"]
    cpv = contracts["codeCPV"]
    works = cpv.str.startswith(_WORKS_DIVISION).astype("boolean").where(cpv.notna())
    for start in sorted(set(thresholds["valid_from"])):
        period = thresholds[thresholds["valid_from"] == start]
        limit, end = period.set_index("kind")["amount_cents"], period["valid_to"].iloc[0]
        higher, lower = amount >= int(limit["works"]), amount >= int(limit["supplies_services"])
        state = (works & higher) | (~works & lower) | (higher & lower)
        above = above.mask(day.between(start, end), state)
    return above


def _any_holder(holders: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """By ``uid``: yes where one holder is, else unknown where one is unknown, else no."""
    groups = holders.groupby("uid", sort=False)
    some = groups[list(names)].any()
    known = pd.DataFrame({name: holders[name].notna() for name in names}, index=holders.index)
    return some.astype("boolean").where(some | known.groupby(holders["uid"], sort=False).all())


def _chosen(states: pd.DataFrame, solidarity: str | None) -> pd.Series:
    if solidarity is None:
        return pd.Series(pd.NA, index=states.index, dtype="boolean")
    return states[f"is_solidarity_{solidarity.lower()}"]
