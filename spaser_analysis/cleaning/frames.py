"""A batch of raw records as frames of text: contracts, their holders, their amendments, the problems of their shape.

Records of one shape come column by column, each distinct value of which is flattened once; the others one by one. Both
ways give the same frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as arrow

from spaser_analysis.cleaning import nested
from spaser_analysis.sources.record import RawBatch, RawColumn, RawColumns, RawRecord

Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]
_PARTS = tuple(f"{group}_{part}" for group, parts in nested.GROUPS.items() for part in parts)
_TEXTS = (*nested.PLAIN, *_PARTS, *nested.WRAPPERS, "modification_id")
_HOLDER = ("id", "titulaire_typeIdentifiant", "titulaire_denominationSociale")
_AMENDMENT = (*nested.AMENDMENT[1:], "holder_ids")


def raw_frames(batch: RawBatch, file: str) -> Frames:
    """Raw contracts, holders, amendments and problems, all text; in the order of the records."""
    return _of_columns(batch, file) if isinstance(batch, RawColumns) else _of_records(batch, file)


def _of_records(records: Sequence[RawRecord], file: str) -> Frames:
    contracts, holders, amendments, problems = [], [], [], []
    for record in records:
        if record.row is None:
            problems.append((record.number, record.problem))
            continue
        flat, its_holders, its_amendments, its_problems = nested.flatten(record.row)
        contracts.append((record.number, record.is_concession, *map(flat.get, _TEXTS)))
        holders += [(record.number, *_holder(one)) for one in its_holders]
        amendments += [(record.number, *_amendment(one)) for one in its_amendments]
        problems += [(record.number, rule) for rule in sorted(set(its_problems))]
    return (
        _textual(contracts, ("is_concession", *_TEXTS), file).astype({"is_concession": bool}),
        _textual(holders, _HOLDER, file),
        _textual(amendments, _AMENDMENT, file),
        _textual(problems, ("rule",), file),
    )


def _holder(one: dict[str, str | None]) -> tuple[str | None, ...]:
    return one["id"], one["typeIdentifiant"], one["denominationSociale"]


def _amendment(one: dict[str, Any]) -> tuple[str | None, ...]:
    return (*(one[part] for part in nested.AMENDMENT[1:]), " | ".join(one["holders"]) or None)


def _textual(rows: list[tuple[Any, ...]], names: tuple[str, ...], file: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["source_record", *names])
    texts = dict.fromkeys((name for name in names if name != "is_concession"), "str")
    return frame.astype({**texts, "source_record": "int64"}).assign(source_file=file)


def _of_columns(batch: RawColumns, file: str) -> Frames:
    """As of records; the rows that are not of the usual shape go through ``flatten`` and are put back in their places."""
    nothing = RawColumn(np.full(len(batch), -1), arrow.array([], arrow.string()), {})
    usual = {name: batch.columns.get(name, nothing) for name in nested.USUAL_NAMES}
    apart = _apart(batch, usual)
    texts = {name: _scalars(usual[name]) for name in nested.PLAIN}
    for group, parts in nested.GROUPS.items():
        found = _each(usual[group], lambda value, problems: [nested.group_parts(value, problems)], apart)
        texts |= {
            f"{group}_{part}": _told(usual[group], [nested.text(one.get(part)) for (one,) in found]) for part in parts
        }
    for name, wrapper in nested.WRAPPERS.items():
        texts[name] = _told(
            usual[name], [" | ".join(nested.leaves(one, wrapper)) or None for one in usual[name].values()]
        )
    held = _each(usual["titulaires"], lambda value, problems: nested.holders_of(value or None, problems), apart)
    amended = _each(usual["modifications"], nested.amendments_of, apart)

    number = np.arange(batch.first, batch.first + len(batch))
    contracts = {"source_record": number, "is_concession": np.full(len(batch), batch.is_concession)}
    texts["modification_id"] = arrow.nulls(len(batch), arrow.string())
    tables = (
        arrow.table(contracts | {name: texts[name] for name in _TEXTS}).filter(arrow.array(~apart)),
        _exploded(usual["titulaires"], [list(map(_holder, several)) for several in held], _HOLDER, number, ~apart),
        _exploded(
            usual["modifications"], [list(map(_amendment, several)) for several in amended], _AMENDMENT, number, ~apart
        ),
    )
    others = _of_records([batch.record(row) for row in np.flatnonzero(apart).tolist()], file)
    mine = [table.to_pandas().assign(source_file=file) for table in tables]
    contracted, holders, amendments = (_in_order(*pair) for pair in zip(mine, others[:3], strict=True))
    return contracted, holders, amendments, others[3]


def _apart(batch: RawColumns, usual: dict[str, RawColumn]) -> np.ndarray:
    """The rows read alone, those with a name of ``OTHER_NAMES``, and those that use one ``INSTEAD`` of day and amount."""
    instead = np.zeros(len(batch), bool)
    apart = np.zeros(len(batch), bool)
    apart[list(batch.apart)] = True
    for name, column in batch.columns.items():
        if name in nested.OTHER_NAMES:
            apart |= column.codes >= 0
        elif name in nested.INSTEAD:
            instead |= column.codes >= 0
    for name in ("dateNotification", "montant"):
        nulls = [code for code, value in usual[name].others.items() if value is None]
        instead &= np.isin(usual[name].codes, [-1, *nulls])
    return apart | instead


def _scalars(column: RawColumn) -> arrow.Array:
    """The column as text."""
    if column.others:
        return _told(column, list(map(nested.text, column.values())))
    return arrow.concat_arrays([column.texts, arrow.nulls(1, arrow.string())]).take(arrow.array(column.or_last()))


def _told(column: RawColumn, texts: list[str | None]) -> arrow.Array:
    """What each record says, from what each distinct value says."""
    return arrow.array([*texts, None], arrow.string()).take(arrow.array(column.or_last()))


def _each(
    column: RawColumn, parse: Callable[[Any, list[str]], Iterable[dict[str, Any]]], apart: np.ndarray
) -> list[list[dict[str, Any]]]:
    """What each distinct value says; the rows of one that needs a rule are set ``apart``."""
    found = []
    for code, value in enumerate(column.values()):
        problems: list[str] = []
        found.append(list(parse(value, problems)))
        if problems:
            apart |= column.codes == code
    return found


def _exploded(
    column: RawColumn,
    several: list[list[tuple[str | None, ...]]],
    names: Sequence[str],
    number: np.ndarray,
    kept: np.ndarray,
) -> arrow.Table:
    """One row for each of the ``several`` things that a record's distinct value holds."""
    sizes = np.array([*map(len, several), 0])
    starts = np.cumsum([0, *sizes[:-1]])
    codes = column.or_last()[kept]
    each = sizes[codes]
    place = np.arange(each.sum()) + np.repeat(starts[codes] - np.cumsum(each) + each, each)
    flat = [one for those in several for one in those]
    columns = zip(*flat, strict=True) if flat else [[]] * len(names)
    told = [arrow.array(values, arrow.string()).take(arrow.array(place)) for values in columns]
    return arrow.table([arrow.array(np.repeat(number[kept], each)), *told], ["source_record", *names])


def _in_order(mine: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    if not len(others):
        return mine
    return pd.concat([mine, others]).sort_values("source_record", kind="stable", ignore_index=True)
