"""DECP in JSON, read column by column: the usual file, several times faster than record by record.

msgspec splits blocks of whole records into the bytes of each value; those of one name become an Arrow column, and each
distinct value is read once, by what reads a value in ``json_records``. A record that is not like the others is read alone;
a block that cannot be split, record by record; a file that is not as expected, through the window, which says what is wrong.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
import pyarrow as arrow
import pyarrow.compute as compute

from spaser_analysis.sources.json_records import DUPLICATE_KEYS, Values, raw_record, read_json
from spaser_analysis.sources.record import RawBatch, RawColumn, RawColumns, RawRecord, in_batches

BLOCK = 512 << 10  # bytes split at a time: what is taken from them stays in the processor's cache
_RECORDS = 25_000
_MOST_NAMES, _LOOKED_AT, _HEAD, _LARGEST, _CUTS = 200, 20, 1 << 12, 32 << 20, 3

_S = rb"[ \t\r\n]*"
_SCALAR = rb'(?:"[^"\\]*"|-?[0-9.]+|true|false|null)'
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?%(s)s(?:(?P<outer>\{)%(s)s(?:\"[^\"\\]*\"%(s)s:%(s)s%(scalar)s%(s)s,%(s)s)*\"marches\"%(s)s:%(s)s"
    rb"(?:(?P<inner>\{)%(s)s\"(?P<list>marche|contrat-concession)\"%(s)s:%(s)s)?)?\[" % {b"s": _S, b"scalar": _SCALAR}
)
_CONCESSIONS = b"contrat-concession"
_NEXT_LIST = re.compile(_S + rb"\]%(s)s,%(s)s\"%(name)s\"%(s)s:%(s)s\[" % {b"s": _S, b"name": _CONCESSIONS})
_SEPARATOR = re.compile(rb"\}%(s)s,%(s)s\{%(s)s\"[^\"\\]*\"" % {b"s": _S})
_COMMA, _SPACES = re.compile(_S + rb","), re.compile(_S)
_SPACE = re.compile(r"[ \t\r\n]*")
_USUAL_NAME = re.compile(r'[^\s"\\:\x00-\x1f](?:[^"\\:\x00-\x1f]*[^\s"\\:\x00-\x1f])?')
_WRAPPED = msgspec.json.Decoder(list[dict[str, dict[str, str | None]]]).decode
_OBJECTS = (msgspec.json.Decoder(list[dict[str, str | None]]).decode, _WRAPPED)
_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"


class _Unexpected(Exception):
    """The file is not as expected here: the window must read on."""


def read_json_columns(path: Path, name: str, block: int = BLOCK) -> Iterator[RawBatch]:
    """The records of ``read_json``, in its order and with its errors, many at a time; ``block`` bytes are split at a time."""
    done = 0
    try:
        with path.open("rb") as stream:
            for batch in _batches(stream, block):
                yield batch
                done += len(batch)
    except _Unexpected:
        records = read_json(path, name)
        for _ in range(done):
            next(records)
        yield from in_batches(records, _RECORDS)


@dataclass(frozen=True)
class _Block:
    """Records that follow each other: the values of each name one after the other, and the length of each.

    Those that stand ``apart``, by row, are read already.
    """

    size: int
    is_concession: bool
    values: list[bytes]
    lengths: list[np.ndarray]
    apart: dict[int, Any]


def _batches(stream: BinaryIO, size: int) -> Iterator[RawColumns]:
    """The blocks put together, each batch of one list."""
    shape, first = _Shape(), 1
    for is_concession, blocks in groupby(_blocks(stream, size, shape), lambda block: block.is_concession):
        waiting: list[_Block] = []
        for block in blocks:
            waiting.append(block)
            if sum(one.size for one in waiting) >= _RECORDS:
                batch = _together(waiting, shape.names, first, is_concession)
                first, waiting = first + len(batch), []
                yield batch
        if waiting:
            batch = _together(waiting, shape.names, first, is_concession)
            first += len(batch)
            yield batch


def _blocks(stream: BinaryIO, size: int, shape: _Shape) -> Iterator[_Block]:
    data = stream.read(max(size, _HEAD))
    start = _START.match(data)
    if not start:
        raise _Unexpected
    depth = sum(start[one] is not None for one in ("outer", "inner"))
    try:
        json.loads(start[0] + b"]" + b"}" * depth)
    except ValueError:
        raise _Unexpected from None
    closing = re.compile(rb"\]" + (_S + rb"\}") * depth + _S + rb"\Z")
    is_concession = start["list"] == _CONCESSIONS
    data, ended, separator = b"[" + data[start.end() :], False, b""  # from here on: "[" and what is not read yet
    after_comma = False
    while True:
        if ended:
            last = closing.search(data, max(0, len(data) - _HEAD))
            ends = [last.start() if last else len(data)]
        else:
            separator = separator or _separator(data)
            ends = [1] if _NEXT_LIST.match(data, 1) else _cuts(data, separator) if len(data) >= size else []
        if not ends:
            if len(data) > _LARGEST:
                raise _Unexpected
            more = stream.read(max(size, len(data)))
            ended, data = not more, data + more
            continue
        found = shape.block(data, ends, is_concession) or shape.block(data, _list_end(data), is_concession)
        if not found:
            told, end = _one_by_one(data[: ends[0]])
            found = _Block(len(told), is_concession, [], [], dict(enumerate(told))), end
        block, end = found
        if block.size:
            yield block
        elif after_comma:
            raise _Unexpected
        if following := _NEXT_LIST.match(data, end):
            is_concession, separator, after_comma = True, b"", False
        elif ended and closing.match(data, _SPACES.match(data, end).end()):  # type: ignore[union-attr]
            return
        else:
            following, after_comma = _COMMA.match(data, end), True
        if not following or (after_comma and not block.size):
            raise _Unexpected
        data = b"[" + data[following.end() :]


def _list_end(data: bytes) -> list[int]:
    """Where the list of contracts ends and that of concessions begins."""
    place = -1
    while (place := data.find(b'"%s"' % _CONCESSIONS, place + 1)) >= 0:
        found = _NEXT_LIST.search(data, max(0, place - _HEAD), place + _HEAD)
        if found and found.start() < place < found.end():
            return [found.start()]
    return []


def _separator(data: bytes) -> bytes:
    """What stands between the first two records, from the brace that ends one to the first name of the other.

    Nothing where both are not there yet.
    """
    records, end = _one_by_one(data, most=1)
    found = _SEPARATOR.match(data, end - 1) if records else None
    return found[0] if found else b""


def _cuts(data: bytes, separator: bytes) -> list[int]:
    """The last places that look like the end of a record, last first; one inside a record makes no valid list."""
    ends: list[int] = []
    end = len(data)
    while separator and len(ends) < _CUTS and (end := data.rfind(separator, 0, end)) > 0:
        ends.append(end + 1)
    return ends


def _one_by_one(run: bytes, most: int | None = None) -> tuple[list[Any], int]:
    """The values of a list read as the window would, and where in it the last whole one ends."""
    values, found, read = Values(), list[Any](), 1
    try:
        text = run.decode("utf-8", "ignore" if most else "strict")
        at = _SPACE.match(text, 1).end()  # type: ignore[union-attr]
        while at < len(text) and len(found) != most:
            values.repeated.clear()
            value, read = values.raw_decode(text, at)
            found.append(values.remembered(value))
            at = _SPACE.match(text, read).end()  # type: ignore[union-attr]
            if text[at : at + 1] != ",":
                break
            at = _SPACE.match(text, at + 1).end()  # type: ignore[union-attr]
    except (ValueError, RecursionError):
        pass
    return found, len(text[:read].encode()) if found else 1


class _Shape:
    """The names that the records of a file have been seen to have, and what splits a record into their values."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._learnt()

    def _learnt(self) -> None:
        fields = [f"f{place}" for place in range(len(self.names))]
        # Two more, not looked at: attrgetter of several gives a tuple.
        names = dict(zip(fields, self.names, strict=True)) | {"g0": " ", "g1": "  "}
        told = [(field, msgspec.Raw, msgspec.Raw()) for field in names]
        record = msgspec.defstruct("Record", told, rename=names, gc=False)
        self.decode = msgspec.json.Decoder(list[record]).decode  # type: ignore[valid-type]
        self.values = attrgetter(*names)

    def learn(self, records: Sequence[msgspec.Raw]) -> bool:
        """Whether the records have names not known yet, which now are."""
        told = dict.fromkeys(name for one in records for name in msgspec.json.decode(one, type=dict[str, msgspec.Raw]))
        new = [name for name in told if name not in self.names and _USUAL_NAME.fullmatch(name)]
        if not new or len(self.names) + len(new) > _MOST_NAMES:
            return False
        self.names += new
        self._learnt()
        return True

    def block(self, data: bytes, ends: list[int], is_concession: bool) -> tuple[_Block, int] | None:
        """The records up to the first of the ``ends`` that makes a list of them, and that end."""
        for end in ends:
            try:
                return self._split(data[:end] + b"]", is_concession), end
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue
        return None

    def _split(self, whole: bytes, is_concession: bool) -> _Block:
        rows = self.decode(whole)
        if not rows:
            return _Block(0, is_concession, [], [], {})
        columns = list(zip(*map(self.values, rows), strict=True))[: len(self.names)]
        lengths = [np.fromiter(map(len, column), np.int32, len(rows)) for column in columns]
        values = [b"".join(column) for column in columns]
        # Only ``raw_record`` can read what is wrapped, or has neither buyer nor holder at their place.
        there = defaultdict(
            lambda: np.zeros(len(rows), bool), zip(self.names, (one > 0 for one in lengths), strict=True)
        )
        odd = ~(there["acheteur"] | there["titulaires"]) | there["record"] | there["fields"]
        # Every name has one colon: a record with more of them than its known values show has another name, or one twice.
        told = _colons(b"".join(values)) + sum(map(np.count_nonzero, lengths))
        raws = msgspec.json.decode(whole, type=list[msgspec.Raw]) if odd.any() or _colons(whole) != told else []
        if _colons(whole) != told:
            known = zip(*columns, strict=True) if columns else [()] * len(rows)
            more = [
                bytes(raw).count(b":") - sum(bytes(value).count(b":") + 1 for value in row if len(value))
                for raw, row in zip(raws, known, strict=True)
            ]
            if self.learn([raws[row] for row in np.flatnonzero(more)[:_LOOKED_AT]]):
                return self._split(whole, is_concession)
            odd |= np.array(more) > 0
        apart = {}
        for row in np.flatnonzero(odd).tolist():
            (apart[row],) = _one_by_one(b"[" + bytes(raws[row]))[0] or [None]
        if None in apart.values():
            raise msgspec.DecodeError
        return _Block(len(rows), is_concession, values, lengths, apart)


def _colons(text: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord(":")))


def _together(blocks: list[_Block], names: list[str], first: int, is_concession: bool) -> RawColumns:
    """One batch of several blocks: each distinct value of a column is read once."""
    starts = np.cumsum([0, *(block.size for block in blocks)]).tolist()
    columns: dict[str, RawColumn] = {}
    twice = defaultdict[int, set[str]](set)
    try:
        for place, name in enumerate(names):
            texts = _column(blocks, place)
            if texts.null_count < len(texts):
                columns[name], repeated = _read(texts)
                for code, several in repeated.items():
                    for row in np.flatnonzero(columns[name].codes == code).tolist():
                        twice[row] |= several
    except (msgspec.MsgspecError, arrow.ArrowException, ValueError, RecursionError):
        raise _Unexpected from None
    apart = {
        start + row: raw_record(first + start + row, value, is_concession)
        for start, block in zip(starts, blocks, strict=False)
        for row, value in block.apart.items()
    }
    batch = RawColumns(first, starts[-1], is_concession, columns, apart)
    for row, several in twice.items():
        if row not in apart:
            told = batch.record(row)
            apart[row] = RawRecord(
                told.number, (told.row or {}) | {DUPLICATE_KEYS: sorted(several)}, None, is_concession
            )
    return batch


def _column(blocks: list[_Block], place: int) -> arrow.Array:
    """The JSON texts of one name; null where a record lacks it. ArrowInvalid where they are not UTF-8."""
    there = [place < len(block.lengths) for block in blocks]
    none = (np.zeros(block.size, np.int32) for block in blocks)
    lengths = np.concatenate(
        [block.lengths[place] if told else zeros for block, told, zeros in zip(blocks, there, none, strict=True)]
    )
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    texts = b"".join(block.values[place] for block, told in zip(blocks, there, strict=True) if told)
    buffers = [np.packbits(lengths > 0, bitorder="little"), offsets, texts]
    column = arrow.Array.from_buffers(arrow.string(), len(lengths), list(map(arrow.py_buffer, buffers)))
    column.validate(full=True)
    return column


def _read(column: arrow.Array) -> tuple[RawColumn, dict[int, set[str]]]:
    """The distinct values read, and by code the names that some of them give twice."""
    encoded = column.dictionary_encode()
    distinct = encoded.dictionary
    quoted, escaped = compute.starts_with(distinct, '"'), compute.match_substring(distinct, "\\")
    unquoted = compute.binary_slice(distinct.cast(arrow.binary()), 1, -1).cast(arrow.string())
    number = compute.if_else(compute.match_substring_regex(distinct, _NUMBER), distinct, None)
    texts = compute.if_else(compute.and_not(quoted, escaped), unquoted, number)
    others: dict[int, Any] = {}
    if written := np.flatnonzero(compute.and_(quoted, escaped)).tolist():
        listed = ",".join(distinct.take(arrow.array(written)).to_pylist())
        others |= zip(written, msgspec.json.decode(f"[{listed}]", type=list[str]), strict=True)
    values, twice = Values(), {}
    left = np.flatnonzero(compute.is_null(texts))
    for code, text in zip(left.tolist(), distinct.take(left).to_pylist(), strict=True):
        if code not in others and (told := _objects(text)) is not None:
            others[code] = told
        elif code not in others:
            values.repeated.clear()
            others[code], _ = values.raw_decode(text)
            if values.repeated:
                twice[code] = set(values.repeated)
    return RawColumn(encoded.indices.fill_null(-1).to_numpy(), texts, others), twice


def _objects(text: str) -> list[dict[str, Any]] | None:
    """A list of objects of text, perhaps each wrapped, none of which gives a name twice; None for anything else.

    There are at least as many colons as names, and at least as many names as the objects have kept.
    """
    for decode in _OBJECTS:
        try:
            told: list[dict[str, Any]] = decode(text)
        except msgspec.MsgspecError:
            continue
        names = sum(map(len, told))
        if decode is _WRAPPED:
            names += sum(map(len, chain.from_iterable(map(dict.values, told))))
        return told if names == text.count(":") else None
    return None
