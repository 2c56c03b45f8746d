"""Dates: one format, one plausible period, no guess."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.cleaning.distinct import each_once
from spaser_analysis.cleaning.ledger import rule_where

# The oldest contract still running in the real files dates from 2000; past 2039 only typing errors were seen.
EARLIEST, LATEST = "2000-01-01", "2039-12-31"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
MISSING = ("", "NC", "MQ", "CDL", "NAN", "NAT", "NONE", "NULL", "ND")


@each_once
def clean_date(raw: pd.Series, latest: str | None = None) -> tuple[pd.Series, pd.Series]:
    """(day, rule): ISO dates with or without time and zone, and JJ/MM/AAAA; the rest is emptied, with the rule.

    JJ/MM/AAAA is the other usual writing, no defect; other orders, days counted by a spreadsheet, times and zones come
    with their rule. A zone is dropped, not applied: a buyer's day is a day; but midnight in France, told in UTC, is the
    next day. ``latest`` (the snapshot) bounds what can be.
    """
    plain = raw.where(raw.str.fullmatch(_DAY, na=False))
    days = pd.to_datetime(plain, format="%Y-%m-%d", errors="coerce").dt.as_unit("ms")
    others = raw[plain.isna() & raw.notna()]
    found, usual, told = _other_writings(others)
    days = days.fillna(found.reindex(raw.index))
    usual, told = (one.reindex(raw.index, fill_value=True) for one in (usual, told))
    told &= raw.notna()
    implausible = days.notna() & ~days.between(pd.Timestamp(EARLIEST), pd.Timestamp(LATEST))
    late = days.notna() & ~implausible & (days > pd.Timestamp(latest or LATEST))
    rule = rule_where("date_format", days.notna() & ~usual).mask(told & days.isna(), "date_unreadable")
    return days.mask(implausible), rule.mask(implausible, "date_implausible").mask(late, "date_after_snapshot")


def _other_writings(raw: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """(day, whether it is written in one of the usual ways, whether anything is written)."""
    text = raw.str.strip()
    text = text.mask(text.str.upper().isin(MISSING) | text.str.startswith("INX ", na=False))
    iso = text.str.extract(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*|Z|[+-][0-9]{2}:?[0-9]{2})?$", expand=False)
    year_first = text.str.extract(r"^(?P<y>[0-9]{4})[/.]?(?P<m>[0-9]{2})[/.]?(?P<d>[0-9]{2})$")
    day_first = text.str.extract(
        r"^(?P<d>[0-9]{1,2})[/.-](?P<m>[0-9]{1,2})[/.-](?P<y>[0-9]{4})(?: [0-9]{1,2}:[0-9]{2}.*)?$"
    )
    for parts in (year_first, day_first):
        iso = iso.fillna(parts["y"] + "-" + parts["m"].str.zfill(2) + "-" + parts["d"].str.zfill(2))
    days = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce").dt.as_unit("ms")
    serial = pd.to_numeric(text.where(text.str.fullmatch(r"[2-5][0-9]{4}(?:\.0)?", na=False)))
    days = days.fillna(pd.to_datetime(serial, unit="D", origin="1899-12-30").dt.as_unit("ms"))
    days = days + pd.to_timedelta(_french_midnight(text).astype("int64"), unit="D")
    usual = text.str.fullmatch(rf"{_DAY}|[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{4}}", na=False).astype(bool)
    return days, usual, text.notna()


def quarter_of(days: pd.Series) -> pd.Series:
    """The quarter of each day, as 2022-T3; null where the day is."""
    told = days.dt.year.astype("Int64").astype("str") + "-T" + days.dt.quarter.astype("Int64").astype("str")
    known: pd.Series = told.where(days.notna()).astype("str")
    return known


def _french_midnight(text: pd.Series) -> pd.Series:
    """True for a moment in UTC that is midnight in France."""
    told = text.where(text.str.fullmatch(r".*[T ]2[23]:00(?::00(?:\.0+)?)?(?:Z|\+00:?00)", na=False))
    moments = pd.to_datetime(told, utc=True, errors="coerce", format="ISO8601")
    return (moments.dt.tz_convert("Europe/Paris").dt.hour == 0).fillna(False).astype(bool)
