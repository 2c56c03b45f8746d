"""Which records are one contract, and what that contract is.

Never on buyer and id alone: some platforms truncate the id ("2025E0" covers unrelated contracts). Two records are one
contract when buyer, id (without its leading year) and object agree, and besides either amount and day, or a holder
together with amount or day. Rows of tables with one line per holder and amendment need only share the holder.
The initial version stands: the earliest notification, and the amendments beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from spaser_analysis import schemas
from spaser_analysis.cleaning.considerations import COLUMNS
from spaser_analysis.cleaning.ledger import entries, join

# A buyer's own register knows most; then the official formats from the richest to the poorest.
PRIORITY: tuple[str, ...] = (
    "register",
    "decp-2022-json",
    "decp-xml",
    "economie.gouv.fr",
    "decp.info",
    "decp-2019-json",
    "",
)
SMALLEST_NEW_TOTAL = 0.3  # an amended "total" under this part of the initial amount is taken for a difference

_STATES = (
    "environmental",
    "environmental_clause",
    "environmental_criterion",
    "social",
    "social_clause",
    "social_criterion",
    "reserved",
)
_RECORD = ["source_file", "source_record"]


@dataclass(frozen=True)
class Resolved:
    """Clean tables of a set of records that no other record can join; ``is_concession`` still stands in ``contracts``.

    ``members``: which contract (``uid``) each record belongs to.
    """

    contracts: pd.DataFrame
    members: pd.DataFrame
    holders: pd.DataFrame
    amendments: pd.DataFrame
    ledger: pd.DataFrame


def resolve(contracts: pd.DataFrame, holders: pd.DataFrame, amendments: pd.DataFrame) -> Resolved:
    """One row a contract, of cleaned records (with ``contract_key``, ``object_key``, ``format``, ``per_holder``)."""
    records = _ordered(contracts)
    held = _held_by(records, holders)
    records["contract"] = _linked(records, held)
    records["version"] = _versions(records, held)
    initial = records[records["version"] == "initial"].copy()
    merged, ledger = _merged(initial)
    merged["uid"], shared = _uids(merged, held)
    uid_of = merged.set_index("contract")["uid"]
    records["uid"] = records["contract"].map(uid_of)
    if records["uid"].isna().any():
        raise AssertionError("a record belongs to no contract")

    kept_holders = _holders(records, holders)
    adds_holder = (
        records.merge(kept_holders[_RECORD].drop_duplicates(), how="left", on=_RECORD, indicator=True)["_merge"]
        == "both"
    )
    is_base = records.index.isin(merged["base"])
    repeated = (
        (records["version"] == "initial") & ~is_base & ~(adds_holder.set_axis(records.index) & records["per_holder"])
    )
    rules = pd.Series(None, index=records.index, dtype="str")
    rules = rules.mask(repeated | (records["version"] == "repeated"), "same_contract")
    rules = rules.mask(records["version"] == "unchanged", "amendment_without_change")
    base_of = merged.set_index("contract").apply(lambda row: f"{row['source_file']}#{row['source_record']}", axis=1)
    kept_as = records["contract"].map(base_of) if len(merged) else pd.Series(None, index=records.index, dtype="str")
    ledger = [
        *(piece.assign(uid=piece["uid"].map(uid_of)) if len(piece) else piece for piece in ledger),
        entries(records, rules, None, None, kept_as),
        entries(merged, shared, "id", merged["id"], merged["uid"]),
    ]
    clean_amendments, amendment_ledger = _amendments(records, amendments, merged)
    return Resolved(
        merged, records[[*_RECORD, "uid"]], kept_holders, clean_amendments, join([*ledger, amendment_ledger])
    )


def _ordered(contracts: pd.DataFrame) -> pd.DataFrame:
    """Records in an order that depends on what they say, then on where they stand."""
    rank = contracts["format"].map(lambda name: next(i for i, prefix in enumerate(PRIORITY) if name.startswith(prefix)))
    by = ["contract_key", "rank", "dateNotification", "amount_cents", "object_key", "source_file", "source_record"]
    return contracts.assign(rank=rank).sort_values(by, na_position="last", kind="stable").reset_index(drop=True)


def _held_by(records: pd.DataFrame, holders: pd.DataFrame) -> pd.Series:
    """The holder ids of each record, sorted, as a tuple."""
    ids = holders.sort_values("holder_id").groupby(_RECORD, sort=False)["holder_id"].agg(tuple)
    found = pd.MultiIndex.from_frame(records[_RECORD])
    aligned = ids.reindex(found) if len(ids) else pd.Series([None] * len(found))
    return pd.Series([one if isinstance(one, tuple) else () for one in aligned], index=records.index, dtype=object)


def _linked(records: pd.DataFrame, held: pd.Series) -> pd.Series:
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


def _versions(records: pd.DataFrame, held: pd.Series) -> pd.Series:
    """``initial``, ``repeated``, ``amended`` or ``unchanged`` for each record.

    Only tables with a line per amendment hold other versions than the initial one. Where they number their
    amendments, 0 is the initial version; else the earliest day is.
    """
    version = pd.Series("initial", index=records.index, dtype="str")
    rows = records.loc[
        records["per_holder"] & records["contract"].duplicated(keep=False),
        ["contract", "dateNotification", "amount_cents", "dureeMois", "modification_id"],
    ]
    if rows.empty:
        return version
    rows = rows.assign(held=held[rows.index])
    repeated = rows.duplicated()
    version.loc[rows.index[repeated]] = "repeated"
    rows = rows[~repeated]
    numbered = rows.groupby("contract")["modification_id"].transform(lambda numbers: numbers.notna().all())
    order = rows["modification_id"].where(numbered).astype("Float64").fillna(0)
    day = rows["dateNotification"].fillna(pd.Timestamp.min.as_unit("ms") + pd.Timedelta(days=1))
    when = pd.MultiIndex.from_arrays([order, day.where(~numbered.astype(bool), pd.Timestamp("2000-01-01"))])
    said = rows[["amount_cents", "dureeMois", "held"]].astype(object).where(rows.notna(), None)
    current: dict[int, frozenset[object]] = {}
    ordered = sorted(
        zip(rows["contract"], when, rows.index, map(tuple, said.itertuples(index=False)), strict=True),
        key=lambda one: one[:3],
    )
    for (contract, _), group in groupby(ordered, key=lambda one: one[:2]):
        members = list(group)
        says = frozenset(one[3] for one in members)
        before = current.get(contract)
        if before is not None:
            version.loc[[one[2] for one in members]] = "unchanged" if says <= before else "amended"
        current[contract] = says if before is None or not says <= before else before
    return version


def _merged(initial: pd.DataFrame) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """One row a contract: the first record of the best source, its gaps filled by the others. And the conflicts."""
    alone = ~initial["contract"].duplicated(keep=False)
    single = initial[alone].assign(base=initial.index[alone])
    single = _with_period(single.drop(columns="version"))
    if alone.all():
        merged, ledger = single, list[pd.DataFrame]()
    else:
        several, ledger = _merged_several(initial[~alone])
        merged = pd.concat([single, several[single.columns]])
    merged = merged.sort_values("base", ignore_index=True)
    lost = merged["modification_id"].gt(0).fillna(False).astype(bool)
    marked = merged.assign(uid=merged["contract"])  # the caller turns these numbers into uids
    rules = pd.Series("initial_version_missing", index=merged.index, dtype="str").where(lost)
    ledger.append(entries(marked, rules, "dateNotification", merged["dateNotification"]).astype({"uid": "object"}))
    return _with_period(merged.assign(dateNotification=merged["dateNotification"].mask(lost))), ledger


def _merged_several(initial: pd.DataFrame) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    groups = initial.groupby("contract", sort=False)
    merged = groups.first().reset_index()
    merged["base"] = groups["rank"].idxmin().reindex(merged["contract"]).to_numpy()
    base = initial.loc[merged["base"]]
    for column in _RECORD:
        merged[column] = base[column].to_numpy()
    usable = initial["montant"].where(initial["amount_status"] == "ok")
    good = usable.groupby(initial["contract"], sort=False).first().reindex(merged["contract"])
    merged["montant"] = good.fillna(base.set_index("contract")["montant"]).to_numpy()
    merged["amount_status"] = pd.Series(base["amount_status"].to_numpy(), dtype="str").mask(
        merged["amount_cents"].notna(), "ok"
    )
    merged["is_concession"] = groups["is_concession"].max().reindex(merged["contract"]).to_numpy(dtype=bool)
    merged["is_fictitious"] = groups["is_fictitious"].max().reindex(merged["contract"]).to_numpy(dtype=bool)
    for column in _STATES:
        merged[column] = groups[column].max().reindex(merged["contract"]).array
    for axis in COLUMNS:
        declared = (initial[f"{axis}_status"] == "declared").groupby(initial["contract"], sort=False).max()
        status = pd.Series(base[f"{axis}_status"].to_numpy(), dtype="str")
        merged[f"{axis}_status"] = status.mask(declared.reindex(merged["contract"]).to_numpy(dtype=bool), "declared")
    merged["dateNotification"] = groups["dateNotification"].min().reindex(merged["contract"]).array
    earlier = (merged["dateNotification"].to_numpy() != base["dateNotification"].to_numpy()) & base[
        "dateNotification"
    ].notna().to_numpy()

    marked = merged.assign(uid=merged["contract"])  # the caller turns these numbers into uids
    told = pd.Series("earlier_notification", index=merged.index, dtype="str").where(earlier)
    ledger = [
        entries(
            marked,
            told,
            "dateNotification",
            base["dateNotification"].set_axis(merged.index),
            merged["dateNotification"],
        )
    ]
    merged["modification_id"] = groups["modification_id"].min().reindex(merged["contract"]).array
    for column, rule in (
        *((axis, "conflicting_consideration") for axis in COLUMNS),
        ("amount_cents", "conflicting_amount"),
    ):
        several = (groups[column].nunique() > 1).reindex(merged["contract"]).to_numpy(dtype=bool)
        rules = pd.Series(rule, index=merged.index, dtype="str").where(several)
        ledger.append(entries(marked, rules, column, None, merged[column]))
    return _with_period(merged), [piece.astype({"uid": "object"}) for piece in ledger]


def _with_period(merged: pd.DataFrame) -> pd.DataFrame:
    """Quarter and publication delay follow the dates that stand."""
    day = merged["dateNotification"]
    quarter = day.dt.year.astype("Int64").astype("str") + "-T" + day.dt.quarter.astype("Int64").astype("str")
    delay = (merged["datePublicationDonnees"] - day).dt.days.astype("Int64")
    return merged.assign(quarter=quarter.where(day.notna()), publication_delay_days=delay.mask(delay < 0))


def _uids(merged: pd.DataFrame, held: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(uid, rule): buyer's SIRET and id, with a suffix made of the content where one id covers several contracts."""
    buyer = merged["acheteur_id"].where(merged["acheteur_id"].str.len() == 14, merged["acheteur_id"] + "-")
    plain = buyer + merged["id"].fillna("")
    shared = plain.duplicated(keep=False) | merged["id"].isna()
    content = merged.loc[shared].apply(
        lambda row: hashlib.sha256(
            "|".join(
                map(str, (row["object_key"], row["amount_cents"], row["dateNotification"], held[row["base"]]))
            ).encode()
        ).hexdigest()[:8],
        axis=1,
    )
    uid = plain.mask(shared, plain + "~" + content.reindex(plain.index).astype("str")) if shared.any() else plain
    again = uid.groupby(uid).cumcount()
    uid = uid.mask(again > 0, uid + "~" + (again + 1).astype("str"))
    return uid, pd.Series("shared_id", index=merged.index, dtype="str").where(plain.duplicated(keep=False))


def _holders(records: pd.DataFrame, holders: pd.DataFrame) -> pd.DataFrame:
    """The holders of the initial version: those that the best source with any names."""
    initial = records.loc[records["version"] == "initial", [*_RECORD, "uid", "rank"]]
    found = initial.reset_index(names="order").merge(holders, on=_RECORD)
    best = found.groupby("uid", sort=False)["rank"].transform("min")
    kept = found[found["rank"] == best].sort_values(["uid", "holder_id", "order"]).drop_duplicates(["uid", "holder_id"])
    return schemas.conform(kept, schemas.HOLDERS)


def _amendments(
    records: pd.DataFrame, amendments: pd.DataFrame, merged: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Amendments told inside the records, and those that are rows of their own, ranked by day; suspected deltas flagged."""
    told = records[[*_RECORD, "uid"]].merge(amendments, on=_RECORD)
    rows = records[records["version"] == "amended"]
    as_rows = rows.rename(
        columns={
            "dateNotification": "dateNotificationModification",
            "datePublicationDonnees": "datePublicationDonneesModification",
        }
    )
    by_day = as_rows.groupby(["uid", "dateNotificationModification"], dropna=False, sort=False).head(1)
    found = pd.concat([told, by_day.reindex(columns=told.columns)], ignore_index=True)
    by = ["uid", "dateNotificationModification", "amount_cents", "dureeMois", *_RECORD]
    found = found.sort_values(by, na_position="last", kind="stable")
    found = found.drop_duplicates(
        ["uid", "dateNotificationModification", "amount_cents", "dureeMois", "holder_ids"]
    ).reset_index(drop=True)
    found["rank"] = found.groupby("uid").cumcount() + 1
    initial = found["uid"].map(merged.set_index("uid")["amount_cents"]).astype("Float64")
    delta = (found["amount_cents"].astype("Float64") < SMALLEST_NEW_TOTAL * initial).fillna(False).astype(bool)
    found["amount_status"] = found["amount_status"].mask(delta, "suspected_delta")
    rules = pd.Series("amendment_suspected_delta", index=found.index, dtype="str").where(delta)
    ledger = entries(found, rules, "modification.montant", found["amount_cents"] / 100)
    return schemas.conform(found, schemas.AMENDMENTS), ledger
