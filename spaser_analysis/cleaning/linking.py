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

from spaser_analysis.cleaning.text import fold_all
from spaser_analysis.schemas import RECORD

SHORTEST_ID = 4  # a shorter id may well be a word or a lot number of the object
LONGEST_OBJECT = 250  # platforms cut objects at 256 characters: what comes later cannot tell contracts apart
_PARTS = "(?:lot|bat|batiment|tranche|phase|zone|secteur|ilot|partie|section)"
_NUMBERED = re.compile(rf"\b{_PARTS} \w+")
_VOWELS = re.compile(r"[aeiouy]")


def contract_keys(contracts: pd.DataFrame) -> pd.DataFrame:
    """``contract_key`` (buyer and id), ``id_year`` and ``object_key``: what records of one contract have in common.

    The id loses its leading year (AMP writes 2024Z240115F00 in the open data, Z240115F00 in its register), which is
    kept apart. The object loses its vowels and the id itself: a lost accent or apostrophe does not make another contract.
    """
    bare = contracts["id"].str.upper().str.replace(r"[^A-Z0-9]", "", regex=True).fillna("")
    dated = bare.str.match(r"20[0-9]{2}.").astype(bool)
    id_key = bare.where(~dated, bare.str.slice(4))
    buyer = contracts["buyer_siren"].fillna(contracts["acheteur_id"])
    keys = {"contract_key": buyer + "/" + id_key, "id_year": bare.str.slice(0, 4).where(dated)}
    return pd.DataFrame({**keys, "object_key": _object_keys(contracts["objet"], id_key)}, index=contracts.index)


def _object_keys(texts: pd.Series, id_keys: pd.Series) -> pd.Series:
    """Consonants and figures; what follows "lot" and the like is kept whole."""
    folded = fold_all(texts).fillna("").str.slice(0, LONGEST_OBJECT)
    lots = pd.Series("", index=texts.index, dtype="str")
    numbered = folded[folded.str.contains(f"(?:^| ){_PARTS} [a-z0-9]")]
    lots[numbered.index] = numbered.map(lambda text: "".join(_NUMBERED.findall(text)).replace(" ", ""))
    # All texts are one, a line each: what is done to every letter is done once.
    lines = "\n".join([*folded.tolist(), ""]).replace(" ", "")
    bare, consonants = lines.splitlines(), lines.encode("ascii").translate(None, b"aeiouy").decode("ascii").splitlines()
    keys = []
    for text, kept, lot, id_key in zip(bare, consonants, lots.tolist(), id_keys.str.lower().tolist(), strict=True):
        if len(id_key) >= SHORTEST_ID and id_key in text:
            text = text.replace(id_key, "")
            kept = _VOWELS.sub("", text)
        keys.append(f"{kept}/{lot}" if text else "")
    return pd.Series(keys, index=texts.index, dtype="str")


def bucket_numbers(contract_key: pd.Series, buckets: int) -> np.ndarray:
    """A number from 0 to ``buckets`` - 1 for each key, the same everywhere."""
    return pd.util.hash_array(contract_key.to_numpy(dtype=object), categorize=False) % buckets


def record_places(records: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """Where the record of each row (a holder, an amendment) stands among the ``records``; -1 for none of them."""
    both = pd.concat([records[RECORD], rows[RECORD]])
    numbers = pd.Index(both["source_record"] + (pd.factorize(both["source_file"])[0] << 40))
    places: np.ndarray = numbers[: len(records)].get_indexer(numbers[len(records) :])
    return places


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

    The records are numbered from 0 and each shares its ``contract_key``.
    """
    parent = list(range(len(records)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    facts = _facts(records, held)
    without_holder = {one.group for one in facts if not one.holders}
    without_object = {one.group for one in facts if not one.object_key}
    numbered = {(*one.group, one.object_key) for one in facts if one.modification is not None}
    crowded = _crowded(facts)
    seen: dict[tuple[object, ...], int] = {}
    for i, one in enumerate(facts):
        is_numbered = (*one.group, one.object_key) in numbered
        for key in _keys(one, one.group in without_holder, one.group in without_object, is_numbered, crowded):
            parent[root(i)] = root(seen.setdefault((*one.group, *key), i))
    return pd.Series([root(i) for i in range(len(records))], index=records.index, dtype="int64")


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
    return [_Facts(*one) for one in zip(records["source_file"], group, *values, held, strict=True)]


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
