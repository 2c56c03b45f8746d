"""Which records are one contract.

Never on buyer and id alone: some platforms truncate the id ("2025E0" covers unrelated contracts). Two records are one
contract when buyer, id (without its leading year) and object agree, and besides amount and day; or the holder alone,
between files of which none tells of two contracts under it. Where a record names no holder, amount or day must agree.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from spaser_analysis.cleaning.text import fold

SHORTEST_ID = 4  # a shorter id may well be a word or a lot number of the object
LONGEST_OBJECT = 250  # platforms cut objects at 256 characters: what comes later cannot tell contracts apart
_NUMBERED = re.compile(r"\b(?:lot|bat|batiment|tranche|phase|zone|secteur|ilot|partie|section) \w+")
_VOWELS = re.compile(r"[aeiouy ]")


def contract_keys(contracts: pd.DataFrame) -> pd.DataFrame:
    """``contract_key`` (buyer and id), ``id_year`` and ``object_key``: what records of one contract have in common.

    The id loses its leading year (AMP writes 2024Z240115F00 in the open data, Z240115F00 in its register), which is
    kept apart. The object loses its vowels and the id itself: a lost accent or apostrophe does not make another contract.
    """
    bare = contracts["id"].str.upper().str.replace(r"[^A-Z0-9]", "", regex=True)
    parts = bare.str.extract(r"^(20[0-9]{2}(?=.))?(.*)$")
    id_key = parts[1].fillna("")
    told = pd.DataFrame({"object": contracts["objet"].fillna(""), "id": id_key}).drop_duplicates()
    keys = {(text, id_): _object_key(text, id_) for text, id_ in told.itertuples(index=False)}
    object_key = [keys[pair] for pair in zip(contracts["objet"].fillna(""), id_key, strict=True)]
    buyer = contracts["buyer_siren"].fillna(contracts["acheteur_id"])
    return pd.DataFrame(
        {"contract_key": buyer + "/" + id_key, "id_year": parts[0], "object_key": object_key}, index=contracts.index
    ).astype({"id_year": "str", "object_key": "str"})


def _object_key(text: str, id_key: str) -> str:
    """Consonants and figures; what follows "lot" and the like is kept whole."""
    folded = fold(text)[:LONGEST_OBJECT]
    lots = "".join(_NUMBERED.findall(folded)).replace(" ", "")
    bare = folded.replace(" ", "")
    if len(id_key) >= SHORTEST_ID:
        bare = bare.replace(id_key.lower(), "")
    return f"{_VOWELS.sub('', bare)}/{lots}" if bare else ""


def bucket_numbers(contract_key: pd.Series, buckets: int) -> np.ndarray:
    """A number from 0 to ``buckets`` - 1 for each key, the same everywhere."""
    return pd.util.hash_array(contract_key.to_numpy(dtype=object), categorize=False) % buckets


def record_places(records: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """Where the record of each row (a holder, an amendment) stands among the ``records``; -1 for none of them."""
    files = pd.Index(records["source_file"].unique())
    numbers = [files.get_indexer(one["source_file"]) * (1 << 40) + one["source_record"] for one in (records, rows)]
    return pd.Index(numbers[0]).get_indexer(pd.Index(numbers[1]))


def held_by(records: pd.DataFrame, holders: pd.DataFrame) -> pd.Series:
    """The holder ids of each record, sorted, as a tuple."""
    held: list[list[str]] = [[] for _ in range(len(records))]
    places = record_places(records, holders)
    for place, holder in zip(places[places >= 0], holders["holder_id"][places >= 0], strict=True):
        held[place].append(holder)
    return pd.Series([tuple(sorted(one)) for one in held], index=records.index, dtype=object)


class _Facts(NamedTuple):
    """What linking compares of one record; null is None."""

    file: str
    group: tuple[object, ...]
    object_key: str
    cpv: str | None
    amount: int | None
    day: object
    modification: int | None
    per_holder: bool
    holders: tuple[str, ...]

    @property
    def is_initial(self) -> bool:
        """It claims to be the initial version: a whole contract, or a row numbered 0."""
        return self.modification == 0 or not self.per_holder


def linked(records: pd.DataFrame, held: pd.Series) -> pd.Series:
    """A number for each contract: records that share a linking key, directly or through another one.

    ``records`` are numbered from 0; ``held`` is known of those that share their ``contract_key`` at least.
    """
    parent = list(range(len(records)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    several = records[records["contract_key"].duplicated(keep=False)]
    facts = _facts(several, held)
    without_holder = {one.group for one in facts if not one.holders}
    without_object = {one.group for one in facts if not one.object_key}
    numbered = {(*one.group, one.object_key) for one in facts if one.modification is not None}
    crowded = _crowded(facts)
    seen: dict[tuple[object, ...], int] = {}
    for i, one in zip(several.index, facts, strict=True):
        is_numbered = (*one.group, one.object_key) in numbered
        for key in _keys(one, one.group in without_holder, one.group in without_object, is_numbered, crowded):
            parent[root(i)] = root(seen.setdefault((*one.group, *key), i))
    found = np.arange(len(records))
    found[several.index] = [root(i) for i in several.index]
    return pd.Series(found, index=records.index)


def _crowded(facts: list[_Facts]) -> set[tuple[object, ...]]:
    """(group, object, holder) under which one file tells of several initial versions: several contracts share them.

    With None as holder: whatever the holder.
    """
    told = defaultdict[tuple[object, ...], set[tuple[object, ...]]](set)
    for one in facts:
        for holder in (*one.holders, None):
            if one.is_initial:
                told[one.file, *one.group, one.object_key, holder].add((one.amount, one.day))
    return {key[1:] for key, versions in told.items() if len(versions) > 1}


def _facts(records: pd.DataFrame, held: pd.Series) -> list[_Facts]:
    # Where ids differ by their leading year only (2023T01, 2024T01), one without it belongs to the year of its notification.
    differ = records.groupby("contract_key")["id_year"].transform("nunique") > 1
    year = records["id_year"].fillna(records["dateNotification"].dt.year.astype("Int64").astype("str"))
    group = list(zip(records["contract_key"], year.where(differ, ""), strict=True))
    columns = ("object_key", "codeCPV", "amount_cents", "dateNotification", "modification_id", "per_holder")
    values = [records[name].astype(object).where(records[name].notna(), None).tolist() for name in columns]
    return [_Facts(*one) for one in zip(records["source_file"], group, *values, held[records.index], strict=True)]


def _keys(
    one: _Facts, some_hold_nothing: bool, some_say_nothing: bool, is_numbered: bool, crowded: set[tuple[object, ...]]
) -> Iterator[tuple[object, ...]]:
    subjects = [("object", one.object_key)] if one.object_key else []
    if some_say_nothing:
        subjects.append(("cpv", one.cpv or ""))
    for subject in subjects:
        if one.amount is not None or one.day is not None:
            yield (*subject, "both", one.amount, one.day)
        if is_numbered and (*one.group, one.object_key, None) not in crowded:
            yield (*subject, "numbered")
        for holder in (*one.holders, None) if some_hold_nothing else one.holders:
            alone = (*one.group, one.object_key, holder) not in crowded
            if holder is not None and (alone or not one.is_initial):
                yield (*subject, holder, "row")
            if alone and one.amount is not None:
                yield (*subject, holder, "amount", one.amount)
            if alone and one.day is not None:
                yield (*subject, holder, "day", one.day)
