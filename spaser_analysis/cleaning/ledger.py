"""The ledger: one row for each repair, flag and rejection, so that nothing is lost unseen."""

from __future__ import annotations

import pandas as pd

from spaser_analysis import schemas
from spaser_analysis.cleaning.distinct import distinct
from spaser_analysis.cleaning.rules import RULES_BY_NAME


def rule_where(name: str, where: pd.Series) -> pd.Series:
    """The name of a rule where it applied, null elsewhere."""
    return pd.Series(None, index=where.index, dtype="str").mask(where.fillna(False).astype(bool), name)


def entries(
    records: pd.DataFrame,
    rules: pd.Series | str,
    column: str | None = None,
    before: pd.Series | None = None,
    after: pd.Series | None = None,
    where: pd.Series | None = None,
) -> pd.DataFrame:
    """Ledger rows for the records (with ``source_file``, ``source_record`` and perhaps ``uid``) that a rule touched.

    ``rules`` holds the rule's name, or null where none applied; one name is that of all records, or of those ``where`` it
    applied. ``before`` and ``after`` share the index of the records.
    """
    if isinstance(rules, str):
        rules = rule_where(rules, pd.Series(True, index=records.index) if where is None else where)
    names = rules[rules.notna()]
    if names.empty:
        return schemas.empty(schemas.LEDGER)
    touched = records[[one for one in (*schemas.RECORD, "uid") if one in records]].loc[names.index]
    codes, found = distinct(names)
    applied = [RULES_BY_NAME[name] for name in found]
    return schemas.conform(
        pd.DataFrame(
            {
                "source_file": touched["source_file"],
                "source_record": touched["source_record"],
                "uid": touched.get("uid"),
                "action": pd.array([one.action for one in applied], dtype="str").take(codes),
                "column": column,
                "before": None if before is None else as_text(before.loc[names.index]),
                "after": None if after is None else as_text(after.loc[names.index]),
                "rule": names,
                "reason": pd.array([one.reason for one in applied], dtype="str").take(codes),
            }
        ),
        schemas.LEDGER,
    )


def join(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    """One ledger of several, in a fixed order."""
    kept = [piece for piece in pieces if len(piece)]
    return pd.concat(kept, ignore_index=True) if kept else schemas.empty(schemas.LEDGER)


def as_text(values: pd.Series) -> pd.Series:
    """Values as the ledger shows them; null stays null."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = values.dt.strftime("%Y-%m-%d")
    texts: pd.Series = values.astype("str").where(values.notna())
    return texts
