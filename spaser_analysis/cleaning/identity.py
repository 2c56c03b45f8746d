"""What a contract is, once its records have found each other.

The initial version stands: the earliest notification, and the amendments beside it. Gaps of the best source are filled
by the others; between sources, yes wins over no and no over unknown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from spaser_analysis import schemas
from spaser_analysis.cleaning.considerations import COLUMNS, SEPARATOR
from spaser_analysis.cleaning.dates import quarter_of
from spaser_analysis.cleaning.ledger import entries, join, rule_where
from spaser_analysis.cleaning.linking import held_by, linked, record_places
from spaser_analysis.schemas import RECORD

# A buyer's own register knows most; then the official formats from the richest to the poorest.
PRIORITY = ("register", "decp-2022-json", "decp-xml", "economie.gouv.fr", "decp.info", "decp-2019-json", "")
SMALLEST_NEW_TOTAL = 0.3  # an amended "total" under this part of the initial amount is taken for a difference

# Of a record that shares its key with no other, resolving looks at these columns only (and whoever places it, at two).
LOOKED_AT = [*RECORD, "contract_key", "object_key", "id_year", "format", "per_holder", "modification_id", "is_concession",
             "acheteur_id", "buyer_siren", "id", "codeCPV", "dateNotification", "datePublicationDonnees", "amount_cents",
             "dureeMois", "objet", "territory"]  # fmt: skip
_STATES = ["environmental", "environmental_clause", "environmental_criterion",
           "social", "social_clause", "social_criterion", "reserved"]  # fmt: skip


@dataclass(frozen=True)
class Resolved:
    """Clean tables of a set of records that no other record can join; ``is_concession`` still stands in ``contracts``.

    ``contracts`` ends with those of records ``alone``, in their order, and has the columns that all were given with;
    ``several`` has the others of the rows before. ``members``: which contract (``uid``) each record belongs to.
    """

    contracts: pd.DataFrame
    several: pd.DataFrame
    members: pd.DataFrame
    holders: pd.DataFrame
    amendments: pd.DataFrame
    ledger: pd.DataFrame


def resolve(
    contracts: pd.DataFrame, holders: pd.DataFrame, amendments: pd.DataFrame, alone: pd.DataFrame | None = None
) -> Resolved:
    """One row a contract, of cleaned records (with ``contract_key``, ``object_key``, ``format``, ``per_holder``).

    Most records share their key with no other: these pass through. Who has parted them already gives them ``alone``, with
    the columns ``LOOKED_AT`` at least.
    """
    if alone is None:
        alike = contracts["contract_key"].duplicated(keep=False)
        contracts, alone = contracts[alike], contracts[~alike]
    several = _ordered(contracts)
    alone = alone.set_axis(pd.RangeIndex(len(several), len(several) + len(alone)))
    alone = alone.assign(
        contract=alone.index, rank=_ranks(alone), version=pd.Series("initial", alone.index, dtype="str")
    )
    held = held_by(several, holders)
    several["contract"] = linked(several, held)
    several["version"] = _versions(several, held)
    told, ledger = _merged(several[several["version"] == "initial"])
    merged = pd.concat([told, alone.assign(base=alone.index)], ignore_index=True, join="inner")
    merged, lost = _dated(merged)
    ledger.append(lost)
    merged["uid"], shared = _uids(merged, holders)
    records = pd.concat([several, alone])[[*RECORD, "contract", "rank", "version", "per_holder"]]
    places = pd.Index(merged["contract"]).get_indexer(records["contract"])
    if (places < 0).any():
        raise AssertionError("a record belongs to no contract")
    records["uid"], records["base"] = merged["uid"].array[places], merged["base"].array[places]
    kept_holders = _holders(records, holders)
    amending = _amending_rows(several.assign(uid=records["uid"]), held)
    clean_amendments, amendment_ledger = _amendments(records, amendments, amending, merged)
    ledger = [
        *ledger,
        _repeated(records, kept_holders),
        entries(merged, shared, "id", merged["id"], merged["uid"]),
        amendment_ledger,
    ]
    return Resolved(merged, told, records[[*RECORD, "uid"]], kept_holders, clean_amendments, join(ledger))


def _ordered(several: pd.DataFrame) -> pd.DataFrame:
    """Records in an order that depends on what they say, then on where they stand."""
    by = ["contract_key", "rank", "dateNotification", "amount_cents", "object_key", *RECORD]
    several = several.assign(rank=_ranks(several))
    return several.sort_values(by, na_position="last", kind="stable", ignore_index=True)


def _ranks(records: pd.DataFrame) -> pd.Series:
    """The place of each record's source in ``PRIORITY``."""
    formats = records["format"].unique()
    ranks = {name: next(i for i, one in enumerate(PRIORITY) if name.startswith(one)) for name in formats}
    return records["format"].map(ranks).astype("int64")


def _versions(records: pd.DataFrame, held: pd.Series) -> pd.Series:
    """``initial``, ``repeated``, ``amended`` or ``unchanged`` for each record.

    Only tables with a line per amendment hold other versions than the initial one. Where they number their
    amendments, 0 is the initial version, as any whole record is; else the earliest day is.
    """
    version = pd.Series("initial", index=records.index, dtype="str")
    told = ["contract", "dateNotification", "amount_cents", "dureeMois", "modification_id", "per_holder"]
    rows = records.loc[records["contract"].duplicated(keep=False), told]
    rows = rows[rows["per_holder"].groupby(rows["contract"]).transform("any")]
    if rows.empty:
        return version
    rows["held"] = held[rows.index]
    repeated = rows["per_holder"] & rows.duplicated()
    version.loc[rows.index[repeated]] = "repeated"
    rows = rows[~repeated]
    number = rows["modification_id"].astype("Float64").mask(~rows["per_holder"], 0)
    numbered = number.notna().groupby(rows["contract"]).transform("all") & (number > 0).groupby(
        rows["contract"]
    ).transform("any")
    order = number.where(numbered, rows["dateNotification"].rank(method="dense").fillna(0))
    facts = rows[["amount_cents", "dureeMois", "held"]].astype(object).where(rows.notna(), None)
    lines = sorted(
        zip(
            rows["contract"],
            order,
            rows.index,
            rows["per_holder"],
            facts.itertuples(index=False, name=None),
            strict=True,
        ),
        key=lambda one: one[:3],
    )
    current: dict[int, dict[str, set[object]]] = {}
    for (contract, _), group in groupby(lines, key=lambda one: one[:2]):
        members = list(group)
        says = _says(fact for *_, fact in members)
        before = current.setdefault(contract, says)
        if before is not says:
            changed = any(not values <= before.get(kind, values) for kind, values in says.items())
            later = [index for _, _, index, per_holder, _ in members if per_holder]
            version.loc[later] = "amended" if changed else "unchanged"
            current[contract] = before | says if changed else before
    return version


def _says(facts: Iterable[tuple[object, object, tuple[str, ...]]]) -> dict[str, set[object]]:
    """What a version tells: its amounts, durations and holders; what it does not tell is absent."""
    told: dict[str, set[object]] = {}
    for amount, months, holders in facts:
        for kind, values in (("amount", (amount,)), ("months", (months,)), ("holder", holders)):
            told.setdefault(kind, set()).update(value for value in values if value is not None)
    return {kind: values for kind, values in told.items() if values}


def _merged(initial: pd.DataFrame) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """One row a contract (``base``: the record it rests on), and the ledger of what the sources disagree on."""
    several = initial["contract"].duplicated(keep=False)
    single = initial[~several].assign(base=initial.index[~several])
    if not several.any():
        return single, []
    merged, ledger = _merged_several(initial[several])
    return pd.concat([single, merged], ignore_index=True), ledger


def _dated(merged: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The contracts with what their day of notification tells, and the ledger of those of which it is lost."""
    lost = merged["modification_id"].gt(0).fillna(False).astype(bool)
    ledger = entries(merged, "initial_version_missing", "dateNotification", merged["dateNotification"], where=lost)
    day = merged["dateNotification"].mask(lost)
    delay = (merged["datePublicationDonnees"] - day).dt.days.astype("Int64")
    told = {"quarter": quarter_of(day), "publication_delay_days": delay.mask(delay < 0)}
    return merged.assign(dateNotification=day, **told), ledger


def _merged_several(initial: pd.DataFrame) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """The first record of the best source, its gaps filled by the others."""
    groups = initial.groupby("contract", sort=False)
    merged = groups.first()
    merged["base"] = groups["rank"].idxmin()
    base = initial.loc[merged["base"]].set_index("contract")
    merged[RECORD] = base[RECORD]
    usable = initial["montant"].where(initial["amount_status"] == "ok")
    merged["montant"] = usable.groupby(initial["contract"]).first().fillna(base["montant"])
    merged["amount_status"] = base["amount_status"].mask(merged["amount_cents"].notna(), "ok")
    largest = [*_STATES, "is_concession", "is_fictitious"]
    merged[largest] = groups[largest].max()
    for axis in COLUMNS:
        declared = (initial[f"{axis}_status"] == "declared").groupby(initial["contract"]).any()
        merged[f"{axis}_status"] = base[f"{axis}_status"].mask(declared, "declared")
    merged["modification_id"] = groups["modification_id"].min()
    merged["dateNotification"] = groups["dateNotification"].min()
    earlier = base["dateNotification"].notna() & (merged["dateNotification"] < base["dateNotification"])
    before, after = base["dateNotification"], merged["dateNotification"]
    ledger = [entries(merged, "earlier_notification", "dateNotification", before, after, earlier)]
    for column in (*COLUMNS, "amount_cents"):
        rule = "conflicting_consideration" if column in COLUMNS else "conflicting_amount"
        ledger.append(entries(merged, rule, column, base[column], merged[column], groups[column].nunique() > 1))
    return merged.reset_index(), ledger


def _uids(merged: pd.DataFrame, holders: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """(uid, rule): buyer's SIRET and id, with a suffix made of the content where one id covers several contracts."""
    buyer = merged["acheteur_id"].where(merged["acheteur_id"].str.len() == 14, merged["acheteur_id"] + "-")
    plain = buyer + merged["id"].fillna("")
    several = plain.duplicated(keep=False)
    shared = merged[several | merged["id"].isna()].sort_values("base")
    held = held_by(shared, holders)
    told = zip(*(shared[name] for name in ("object_key", "amount_cents", "dateNotification")), held, strict=True)
    content = [hashlib.sha256("|".join(map(str, one)).encode()).hexdigest()[:8] for one in told]
    uid = plain[shared.index] + "~" + pd.Series(content, index=shared.index, dtype="str")
    again = uid.groupby(uid).cumcount()
    uid = uid.mask(again > 0, uid + "~" + (again + 1).astype("str"))
    return uid.reindex(plain.index).fillna(plain), rule_where("shared_id", several)


def _repeated(records: pd.DataFrame, holders: pd.DataFrame) -> pd.DataFrame:
    """Ledger rows of the records that add nothing: the same contract again, an amendment that changes nothing."""
    adds_holder = records["per_holder"] & records.index.isin(record_places(records, holders))
    again = (records["version"] == "initial") & (records.index != records["base"]) & ~adds_holder
    rules = rule_where("same_contract", again | (records["version"] == "repeated"))
    rules = rules.mask(records["version"] == "unchanged", "amendment_without_change").dropna()
    base = records.loc[records.loc[rules.index, "base"], RECORD].set_axis(rules.index)
    return entries(records, rules, after=base["source_file"] + "#" + base["source_record"].astype("str"))


def _holders(records: pd.DataFrame, holders: pd.DataFrame) -> pd.DataFrame:
    """The holders of the initial version: those that the best source with any names."""
    places = record_places(records, holders)
    told = records[["uid", "rank", "version"]].take(places[places >= 0])
    found = holders[places >= 0].assign(uid=told["uid"].array, rank=told["rank"].array, order=told.index)
    found = found[(told["version"] == "initial").to_numpy()]
    several = records["contract"].duplicated(keep=False).to_numpy()[found["order"]]
    sources = found[several].sort_values(["uid", "holder_id", "order"])
    best = sources[sources["rank"] == sources.groupby("uid", sort=False)["rank"].transform("min")]
    kept = pd.concat([found[~several], best.drop_duplicates(["uid", "holder_id"])], ignore_index=True)
    return schemas.conform(kept, schemas.HOLDERS)


def _amendments(
    records: pd.DataFrame, amendments: pd.DataFrame, amending: pd.DataFrame, merged: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Amendments told inside the records, and those that are rows of their own, ranked by day; suspected deltas flagged."""
    places = record_places(records, amendments)
    told = amendments[places >= 0].assign(uid=records["uid"].array[places[places >= 0]])
    found = pd.concat([told, amending.reindex(columns=told.columns)], ignore_index=True)
    several = found["uid"].duplicated(keep=False)
    by = ["uid", "dateNotificationModification", "amount_cents", "dureeMois", "holder_ids", *RECORD]
    ranked, again = _told_once(found[several].sort_values(by, na_position="last", kind="stable", ignore_index=True))
    found = pd.concat([found[~several], ranked], ignore_index=True)
    found["rank"] = found.groupby("uid").cumcount() + 1
    initial = found["uid"].map(merged.set_index("uid")["amount_cents"]).astype("Float64")
    delta = (found["amount_cents"].astype("Float64") < SMALLEST_NEW_TOTAL * initial).fillna(False).astype(bool)
    found["amount_status"] = found["amount_status"].mask(delta, "suspected_delta")
    euros = found["amount_cents"] / 100
    ledger = entries(found, "amendment_suspected_delta", "modification.montant", euros, where=delta)
    return schemas.conform(found, schemas.AMENDMENTS), join([ledger, entries(again, "amendment_repeated")])


def _amending_rows(records: pd.DataFrame, held: pd.Series) -> pd.DataFrame:
    """One amendment for the rows of each amended version, with the holders of them all."""
    rows = records[records["version"] == "amended"]
    if rows.empty:
        return rows
    held = held[rows.index]
    rows = rows.assign(
        holder_ids=held.map(SEPARATOR.join).mask(held.map(len) == 0),
        dateNotificationModification=records["dateNotification"],
        datePublicationDonneesModification=records["datePublicationDonnees"],
    )
    version = ["uid", "modification_id", "dateNotificationModification", "amount_cents", "dureeMois"]
    groups = rows.groupby(version, dropna=False, sort=False)
    first = groups.head(1).set_index(version)
    joined = groups["holder_ids"].agg(lambda ids: SEPARATOR.join(sorted(set(ids.dropna()))))
    return first.assign(holder_ids=joined.mask(joined == "").reindex(first.index)).reset_index()


def _told_once(found: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Amendments of one contract and day that do not contradict each other are one: the gaps of the first are filled."""
    values = ["amount_cents", "dureeMois", "holder_ids"]
    day = ["uid", "dateNotificationModification"]
    rows = found.loc[found.duplicated(day, keep=False), [*day, *values, "amount_status"]]
    again: list[int] = []
    whole = {
        name: dict(rows[name].astype(object).where(rows[name].notna(), None)) for name in (*values, "amount_status")
    }
    for places in rows.groupby(day, dropna=False, sort=False).groups.values():
        firsts: list[int] = []
        for place in places:
            twin = next(
                (
                    one
                    for one in firsts
                    if all(None in (whole[v][one], whole[v][place]) or whole[v][one] == whole[v][place] for v in values)
                ),
                None,
            )
            if twin is None:
                firsts.append(place)
                continue
            again.append(place)
            if whole["amount_cents"][twin] is None and whole["amount_cents"][place] is not None:
                whole["amount_status"][twin] = whole["amount_status"][place]
            for name in values:
                whole[name][twin] = whole[name][place] if whole[name][twin] is None else whole[name][twin]
    filled = found.copy()
    for name, told in whole.items():
        filled.loc[rows.index, name] = pd.Series(told, index=rows.index, dtype=found[name].dtype)
    return filled.drop(index=again).reset_index(drop=True), found.loc[sorted(again)]
