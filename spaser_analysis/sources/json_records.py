"""DECP in JSON, read through a window: memory does not grow with the file.

Recognised: ``{"marches": [...]}`` (2019), ``{"marches": {"marche": [...], "contrat-concession": [...]}}`` (2022),
``{"records": [...]}``, ``{"results": [...]}`` and a bare list (exports of economie.gouv.fr, flat or nested).
Numbers stay text, so that no digit is lost; a bare NaN, which some platforms write, is kept as such.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from spaser_analysis.sources.columns import ECONOMIE, FlatFormat, fold_header, formats, official_row
from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.record import RawRecord

_CHUNK = 1 << 20
_LARGEST_VALUE = 64 << 20
_SPACE = re.compile(r"[ \t\r\n]*")
_RECORD_LISTS = ("marches", "marche", "contrat-concession", "records", "results")
DUPLICATE_KEYS = "duplicate_keys"
LOOKED_AT = 20  # records of a bare list, to see whether they are contracts


class Values:
    """What reads one JSON value: numbers stay text, and ``repeated`` remembers the names that an object gave twice."""

    def __init__(self) -> None:
        self.repeated: set[str] = set()
        self.raw_decode = json.JSONDecoder(
            object_pairs_hook=self._object, parse_float=str, parse_int=str, parse_constant=str
        ).raw_decode

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """A JSON object; a name given twice gets the list of its values, and is remembered."""
        found = dict(pairs)
        if len(found) < len(pairs):
            values = defaultdict[str, list[Any]](list)
            for name, value in pairs:
                values[name].append(value)
            self.repeated |= {name for name, several in values.items() if len(several) > 1}
            return {name: several if len(several) > 1 else several[0] for name, several in values.items()}
        return found

    def remembered(self, value: Any) -> Any:
        """The value; a record says which of its names, at any depth, were given twice."""
        if isinstance(value, dict) and self.repeated:
            value[DUPLICATE_KEYS] = sorted(self.repeated)
        return value


class _Window:
    """A JSON text of which only the part being read is in memory."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self.stream, self.file = stream, file
        self.decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self.text, self.at, self.dropped, self.ended = "", 0, 0, False
        self.values = Values()

    def fail(self, cause: str) -> UnreadableFile:
        return UnreadableFile(self.file, cause, f"character {self.dropped + self.at + 1}")

    def grow(self, size: int = _CHUNK) -> bool:
        """Read on; False at the end of the file."""
        if self.ended:
            return False
        chunk = self.stream.read(size)
        self.ended = not chunk
        try:
            more = self.decode(chunk, self.ended)
        except UnicodeDecodeError as error:
            offset = self.stream.tell() - len(chunk) + error.start
            raise UnreadableFile(
                self.file, "not valid UTF-8, which JSON must be", f"byte {max(offset, 0) + 1}"
            ) from None
        self.text, self.dropped, self.at = self.text[self.at :] + more, self.dropped + self.at, 0
        return True

    def peek(self) -> str:
        """The next significant character, not consumed; empty text at the end."""
        while True:
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.grow():
                return ""

    def take(self, expected: str) -> None:
        found = self.peek()
        if found != expected:
            seen = f"found {found!r}" if found else "the file ends here (truncated?)"
            raise self.fail(f"not valid JSON: expected {expected!r}, {seen}")
        self.at += 1

    def value(self) -> Any:
        """The next whole value."""
        self.peek()
        size = _CHUNK
        while True:
            self.values.repeated.clear()
            try:
                value, end = self.values.raw_decode(self.text, self.at)
                if end < len(self.text) or self.ended:
                    self.at = end
                    return value
                cause, position = "the file ends inside a value (truncated?)", len(self.text)
            except json.JSONDecodeError as error:
                cause, position = f"not valid JSON: {error.msg}", error.pos
            except RecursionError:
                raise self.fail("not DECP: nested too deeply") from None
            if len(self.text) - self.at > _LARGEST_VALUE:
                raise self.fail(f"one value is larger than {_LARGEST_VALUE >> 20} MB")
            ahead = position - self.at
            if not self.grow(size):
                self.at += ahead
                raise self.fail(cause)
            size *= 2

    def members(self) -> Iterator[str]:
        """The keys of the object that starts here; the caller consumes each value."""
        self.take("{")
        if self.peek() == "}":
            self.at += 1
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise self.fail("not valid JSON: a key must be text")
            self.take(":")
            yield key
            if self.peek() != ",":
                return self.take("}")
            self.at += 1

    def items(self) -> Iterator[None]:
        """Once for each item of the list that starts here; the caller consumes it."""
        self.take("[")
        if self.peek() == "]":
            self.at += 1
            return
        while True:
            yield
            if self.peek() != ",":
                return self.take("]")
            self.at += 1


def json_format(path: Path, name: str) -> str:
    """``decp-2022-json``, ``decp-2019-json`` or a flat format's name; an UnreadableFile if it is no DECP."""
    for container, value in islice(_walk(path, name), LOOKED_AT):
        if container == "marches":
            return "decp-2019-json"
        if container.startswith("marches."):
            return "decp-2022-json"
        row = _unwrapped(value) if isinstance(value, dict) else {}
        if flat := _flat_format(row):
            if flat.table != "contracts":
                raise UnreadableFile(name, f"{flat.name} in JSON: give them as CSV, XLSX or Parquet")
            return f"{flat.name}-json"
        if "acheteur" in row:
            return "decp-2019-json"
    raise UnreadableFile(
        name, "JSON, but not DECP: no list of contracts under marches, marches.marche, records or results"
    )


def read_json(path: Path, name: str) -> Iterator[RawRecord]:
    """Every contract and concession of the file, in its order."""
    number = 0
    for container, value in _walk(path, name):
        if value is _EMPTY:
            continue
        number += 1
        yield raw_record(number, value, container.endswith("contrat-concession"))


def raw_record(number: int, value: Any, is_concession: bool) -> RawRecord:
    """One value of a list of contracts as a record; flat ones get official names."""
    if not isinstance(value, dict):
        return RawRecord(number, None, "not_an_object")
    row = _unwrapped(value)
    if flat := _flat_format(row):
        repeated = row.get(DUPLICATE_KEYS)
        row = official_row(flat, list(row), list(row.values()))
        row |= {DUPLICATE_KEYS: repeated} if repeated else {}
    return RawRecord(number, row, is_concession=is_concession)


_EMPTY = object()


def _walk(path: Path, name: str) -> Iterator[tuple[str, Any]]:
    """(path of the list, record) for each record; ``_EMPTY`` once for a list without records."""
    with path.open("rb") as stream:
        window = _Window(stream, name)
        start = window.peek()
        if start not in ("{", "["):
            raise window.fail("not valid JSON: expected '{' or '['" if start else "empty file")
        yield from _records(window, "")
        if window.peek():
            raise window.fail("not valid JSON: more text after the end")


def _records(window: _Window, container: str) -> Iterator[tuple[str, Any]]:
    if window.peek() == "[":
        empty = True
        for _ in window.items():
            empty = False
            yield container, window.values.remembered(window.value())
        if empty:
            yield container, _EMPTY
        return
    if container and container != "marches":  # a single record where a list was due
        yield container, window.values.remembered(window.value())
        return
    for key in window.members():
        inside = f"{container}.{key}" if container else key
        if key in _RECORD_LISTS and window.peek() in "[{":
            yield from _records(window, inside)
        else:
            window.value()


def _unwrapped(value: dict[str, Any]) -> dict[str, Any]:
    """The fields of a record; OpenDataSoft wraps them in ``fields`` or ``record.fields``, some platforms in ``marche``."""
    inner = value.get("record", value)
    if len(value) == 1 and isinstance(value.get("marche"), dict):
        return dict(value["marche"])
    fields = inner.get("fields") if isinstance(inner, dict) else None
    return fields if isinstance(fields, dict) else value


def _flat_format(row: dict[str, Any]) -> FlatFormat | None:
    """The flat format whose marks a record bears (exports leave out what is empty); None if it is nested."""
    if "acheteur" in row or "titulaires" in row:
        return None
    named = {fold_header(name) for name in row}
    marked = [flat for flat in formats() if flat.marks <= named]
    if marked:
        return max(marked, key=lambda flat: sum(flat.official(header) is not None for header in row))
    return ECONOMIE if "acheteurid" in named and "acheteur.id" not in row else None
