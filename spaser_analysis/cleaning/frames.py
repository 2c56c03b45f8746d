"""A batch of raw records as frames of text: contracts, their holders, their amendments, the problems of their shape.

Records of one shape come column by column, each distinct value of which is flattened once; the others one by one. Both
ways give the same frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.compute as compute

from spaser_analysis.cleaning.nested import (
    AMENDMENT,
    GROUPS,
    HOLDER,
    INSTEAD,
    OTHER_NAMES,
    PLAIN,
    WRAPPERS,
    amendments_of,
    flatten,
    group_parts,
    holders_of,
    leaves,
    text,
)
from spaser_analysis.sources.record import RawBatch, RawColumn, RawColumns, RawRecord

Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]
_TEXTS = (
    *PLAIN,
    *(f"{group}_{part}" for group, parts in GROUPS.items() for part in parts),
    *WRAPPERS,
    "modification_id",
)
_HOLDER = ("id", "titulaire_typeIdentifiant", "titulaire_denominationSociale")
_AMENDMENT = (*AMENDMENT[1:], "holder_ids")


def raw_frames(batch: RawBatch, file: str) -> Frames:
    """Raw contracts, holders, amendments and problems, all text; in the order of the records."""
    if isinstance(batch, RawColumns):
        return _of_columns(batch, file)
    return _of_records(batch, file)


def _of_records(records: Sequence[RawRecord], file: str) -> Frames:
    contracts, holders, amendments, problems = [], [], [], []
    for record in records:
        if record.row is None:
            problems.append((record.number, record.problem))
            continue
        flat, its_holders, its_amendments, its_problems = flatten(record.row)
        contracts.append((record.number, record.is_concession, *map(flat.get, _TEXTS)))
        holders += [(record.number, *_holder(one)) for one in its_holders]
        amendments += [(record.number, *_amendment(one)) for one in its_amendments]
        problems += [(record.number, rule) for rule in sorted(set(its_problems))]
    raw = pd.DataFrame(contracts, columns=["source_record", "is_concession", *_TEXTS])
    raw["is_concession"] = raw["is_concession"].astype(bool)
    return (
        _textual(raw, file),
        _textual(pd.DataFrame(holders, columns=["source_record", *_HOLDER]), file),
        _textual(pd.DataFrame(amendments, columns=["source_record", *_AMENDMENT]), file),
        _textual(pd.DataFrame(problems, columns=["source_record", "rule"]), file),
    )


def _holder(one: dict[str, str | None]) -> tuple[str | None, ...]:
    return tuple(one[part] for part in HOLDER)


def _amendment(one: dict[str, Any]) -> tuple[str | None, ...]:
    return (*(one[part] for part in AMENDMENT[1:]), " | ".join(one["holders"]) or None)


def _textual(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    texts = {name: "str" for name in frame if name not in ("source_record", "is_concession")}
    return frame.astype({**texts, "source_record": "int64"}).assign(source_file=file)


def _of_columns(batch: RawColumns, file: str) -> Frames:
    """As of records; the rows that are not of the usual shape go through ``flatten`` and are put back in their places."""
    apart = np.zeros(len(batch), bool)
    apart[list(batch.apart)] = True
    for name, column in batch.columns.items():
        if name in OTHER_NAMES:
            apart |= column.codes.is_valid().to_numpy(zero_copy_only=False)
    nothing = RawColumn(arrow.nulls(len(batch), arrow.int32()), arrow.array([], arrow.string()), {})
    usual = {
        name: batch.columns.get(name, nothing) for name in (*PLAIN, *GROUPS, *WRAPPERS, "titulaires", "modifications")
    }
    apart |= _says_instead(batch, usual["dateNotification"], usual["montant"])

    texts = {name: _taken(_scalars(usual[name]), usual[name]) for name in PLAIN}
    for group, parts in GROUPS.items():
        found = _each(usual[group], lambda value, problems: [group_parts(value, problems)], apart)
        for part in parts:
            told = arrow.array([text(one.get(part)) for (one,) in found], arrow.string())
            texts[f"{group}_{part}"] = _taken(told, usual[group])
    for name, wrapper in WRAPPERS.items():
        lists = [" | ".join(leaves(value, wrapper)) or None for value in _values(usual[name])]
        texts[name] = _taken(arrow.array(lists, arrow.string()), usual[name])
    texts["modification_id"] = arrow.nulls(len(batch), arrow.string())
    held = _each(usual["titulaires"], holders_of, apart)
    amended = _each(usual["modifications"], amendments_of, apart)

    number = arrow.array(np.arange(batch.first, batch.first + len(batch)))
    is_concession = arrow.array(np.full(len(batch), batch.is_concession))
    contracts = arrow.table({"source_record": number, "is_concession": is_concession, **{n: texts[n] for n in _TEXTS}})
    kept = arrow.array(~apart)
    frames = [
        contracts.filter(kept) if apart.any() else contracts,
        _exploded(usual["titulaires"], [[_holder(one) for one in several] for several in held], _HOLDER, number, kept),
        _exploded(
            *(usual["modifications"], [[_amendment(one) for one in several] for several in amended]),
            *(_AMENDMENT, number, kept),
        ),
    ]
    others = _of_records([batch.record(int(row)) for row in np.flatnonzero(apart)], file)
    mine = (*(table.to_pandas().assign(source_file=file) for table in frames), others[3].iloc[:0])
    first, second, third, fourth = (_in_order(one, other) for one, other in zip(mine, others, strict=True))
    return first, second, third, fourth


def _says_instead(batch: RawColumns, day: RawColumn, amount: RawColumn) -> np.ndarray:
    """The rows that have neither day nor amount, but one of the names a concession may use instead."""
    found = np.zeros(len(batch), bool)
    for name in INSTEAD:
        if name in batch.columns:
            found |= batch.columns[name].codes.is_valid().to_numpy(zero_copy_only=False)
    for column in (day, amount):
        nulls = [code for code, value in column.others.items() if value is None]
        found &= compute.fill_null(compute.is_in(column.codes, arrow.array(nulls, arrow.int32())), True).to_numpy(
            zero_copy_only=False
        ) | column.codes.is_null().to_numpy(zero_copy_only=False)
    return found


def _scalars(column: RawColumn) -> arrow.Array:
    """The distinct values as text."""
    if not column.others:
        return column.texts
    texts = column.texts.to_pylist()
    for code, value in column.others.items():
        texts[code] = text(value)
    return arrow.array(texts, arrow.string())


def _values(column: RawColumn) -> Iterator[Any]:
    return (column.others.get(code, told) for code, told in enumerate(column.texts.to_pylist()))


def _taken(distinct: arrow.Array, column: RawColumn) -> arrow.Array:
    return distinct.take(column.codes)


def _each(
    column: RawColumn, parse: Callable[[Any, list[str]], Iterable[dict[str, Any]]], apart: np.ndarray
) -> list[list[dict[str, Any]]]:
    """What each distinct value says; the rows of one that needs a rule are set ``apart``."""
    found = []
    for code, value in enumerate(_values(column)):
        problems: list[str] = []
        found.append(list(parse(value or None, problems)))
        if problems:
            apart |= compute.fill_null(compute.equal(column.codes, code), False).to_numpy(zero_copy_only=False)
    return found


def _exploded(
    column: RawColumn,
    several: list[list[tuple[str | None, ...]]],
    names: Sequence[str],
    number: arrow.Array,
    kept: arrow.Array,
) -> arrow.Table:
    """One row for each of the ``several`` things that a record's distinct value holds."""
    sizes = np.fromiter(map(len, several), np.int64, len(several))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)[: len(sizes)]
    there = compute.and_(column.codes.is_valid(), kept)
    codes = column.codes.filter(there).to_numpy()
    each = sizes[codes] if len(codes) else np.zeros(0, np.int64)
    ends = np.cumsum(each)
    place = (
        np.arange(each.sum()) - np.repeat(ends - each, each) + np.repeat(starts[codes] if len(codes) else each, each)
    )
    flat = [one for those in several for one in those]
    columns = zip(*flat, strict=True) if flat else [[] for _ in names]
    told = {
        name: arrow.array(values, arrow.string()).take(arrow.array(place))
        for name, values in zip(names, columns, strict=True)
    }
    return arrow.table({"source_record": arrow.array(np.repeat(number.filter(there).to_numpy(), each)), **told})


def _in_order(mine: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    if not len(others):
        return mine
    both = pd.concat([mine, others], ignore_index=True)
    return both.sort_values("source_record", kind="stable", ignore_index=True)
