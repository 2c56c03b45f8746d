"""Dates: one format, one plausible period, no guess."""

from __future__ import annotations

import pandas as pd

# The oldest contract still running in the real files dates from 2000; past 2039 only typing errors were seen.
EARLIEST, LATEST = "2000-01-01", "2039-12-31"
MISSING = ("", "NC", "MQ", "CDL", "NAN", "NAT", "NONE", "NULL", "ND")


def clean_date(raw: pd.Series, latest: str | None = None) -> tuple[pd.Series, pd.Series]:
    """(day, rule): ISO dates with or without time and zone, and JJ/MM/AAAA; the rest is emptied, with the rule.

    JJ/MM/AAAA is the other usual writing, no defect; a time or a zone is dropped, with its rule.

    The zone is dropped, never applied: a buyer's day is a day. ``latest`` (the snapshot) bounds what can be.
    """
    text = raw.str.strip()
    text = text.mask(text.str.upper().isin(MISSING) | text.str.startswith("INX ", na=False))
    iso = text.str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*|Z|[+-]\d{2}:?\d{2})?$", expand=False)
    french = text.str.extract(r"^(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})(?: \d{1,2}:\d{2}.*)?$")
    rebuilt = french["y"] + "-" + french["m"].str.zfill(2) + "-" + french["d"].str.zfill(2)
    written = iso.fillna(rebuilt)
    days = pd.to_datetime(written, format="%Y-%m-%d", errors="coerce").dt.as_unit("ms")
    rule = pd.Series(None, index=raw.index, dtype="str")
    rule = rule.mask(days.notna() & (iso.notna() | rebuilt.isna()) & (written != text), "date_format")
    rule = rule.mask(text.notna() & days.isna(), "date_unreadable")
    implausible = days.notna() & ~days.between(pd.Timestamp(EARLIEST), pd.Timestamp(LATEST))
    rule = rule.mask(implausible, "date_implausible")
    late = days.notna() & ~implausible & (days > pd.Timestamp(latest or LATEST))
    rule = rule.mask(late, "date_after_snapshot")
    return days.mask(implausible), rule
