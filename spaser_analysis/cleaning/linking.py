"""Which records are one contract.

Never on buyer and id alone: some platforms truncate the id ("2025E0" covers unrelated contracts). Two records are one
contract when buyer, id (without its leading year) and object agree, and besides either amount and day, or a holder
together with amount or day. Rows of tables with one line per holder and amendment need only share the holder.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

RECORD = ["source_file", "source_record"]


def held_by(records: pd.DataFrame, holders: pd.DataFrame) -> pd.Series:
    """The holder ids of each record, sorted, as a tuple."""
    ids = holders.sort_values("holder_id").groupby(RECORD, sort=False)["holder_id"].agg(tuple)
    found = pd.MultiIndex.from_frame(records[RECORD])
    aligned = ids.reindex(found) if len(ids) else pd.Series([None] * len(found))
    return pd.Series([one if isinstance(one, tuple) else () for one in aligned], index=records.index, dtype=object)


def linked(records: pd.DataFrame, held: pd.Series) -> pd.Series:
    """A number for each contract: records that share a linking key, directly or through another one."""
    parent = list(range(len(records)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    several = records[records["contract_key"].duplicated(keep=False)]
    shown = several.assign(held=held).groupby("contract_key", sort=False)
    some_hold_nothing = shown["held"].transform(lambda ids: any(not one for one in ids))
    some_say_nothing = shown["object_key"].transform(lambda keys: (keys == "").any())
    seen: dict[tuple[object, ...], int] = {}
    for i, group, *facts in zip(
        several.index, several["contract_key"], *_facts(several), held[several.index], some_hold_nothing, some_say_nothing,
        strict=True,
    ):  # fmt: skip
        for key in _linking_keys(*facts):
            parent[root(i)] = root(seen.setdefault((group, *key), i))
    return pd.Series([root(i) for i in range(len(records))], index=records.index)


def _facts(records: pd.DataFrame) -> list[list[object]]:
    """Columns that linking compares, null as None."""
    columns = ("object_key", "codeCPV", "amount_cents", "dateNotification", "modification_id", "per_holder")
    return [records[name].astype(object).where(records[name].notna(), None).tolist() for name in columns]


def _linking_keys(
    object_key: str, cpv: str | None, amount: int | None, day: object, modification: str | None, per_holder: bool,
    holder_ids: tuple[str, ...], some_hold_nothing: bool, some_say_nothing: bool,
) -> Iterator[tuple[object, ...]]:  # fmt: skip
    subjects = [("object", object_key)] if object_key else []
    if some_say_nothing:
        subjects.append(("cpv", cpv or ""))
    for subject in subjects:
        if amount is not None or day is not None:
            yield (*subject, "both", amount, day)
        if modification is not None:
            yield (*subject, "modification")
        for holder in (*holder_ids, None) if some_hold_nothing else holder_ids:
            if per_holder and holder is not None:
                yield (*subject, holder, "row")
            if amount is not None:
                yield (*subject, holder, "amount", amount)
            if day is not None:
                yield (*subject, holder, "day", day)
