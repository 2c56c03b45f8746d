"""CSV in any dialect (``,`` ``;`` tab ``|``; UTF-8 with or without BOM, UTF-16 with BOM, cp1252), everything as text.

A row with more or fewer cells than the header is not shifted nor filled: it is handed on as ``ragged_line``.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from spaser_analysis.sources.columns import (
    HEADER_WITHIN,
    FlatFormat,
    first_header,
    flat_record,
    recognise_columns,
)
from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.record import RawRecord

_CHUNK = 1 << 20
_LARGEST_CELL = 1 << 20
_STRAY = re.compile("[\udc80-\udcff]")  # bytes that are not UTF-8, as surrogateescape shows them
# Letters and signs that French text in UTF-8 is made of; the bytes of "É :" or "« é »" in cp1252 only look like others.
_MULTIBYTE = re.compile("[\u00a0-\u00ff\u0152\u0153\u0178\u2010-\u203f\u20ac]")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def csv_format(path: Path, name: str) -> FlatFormat:
    """The flat format of a CSV; an UnreadableFile if its header, its encoding or its bytes are of no known format."""
    with path.open(encoding=_encoding(path, name), newline="") as stream:
        header, _ = _header(stream, name)
        return recognise_columns(header, name)


def read_csv(path: Path, name: str) -> Iterator[RawRecord]:
    """Every row under official names."""
    csv.field_size_limit(_LARGEST_CELL)
    with path.open(encoding=_encoding(path, name), newline="") as stream:
        header, delimiter = _header(stream, name)
        flat = recognise_columns(header, name)
        rows = csv.reader(stream, delimiter=delimiter, strict=True)
        number = 0
        try:
            for cells in rows:
                if not any(cells):
                    continue
                number += 1
                yield flat_record(number, flat, header, cells)
        except csv.Error as error:
            raise UnreadableFile(name, f"not valid CSV: {error}", f"line {rows.line_num + 1}") from None


def _header(stream: TextIO, name: str) -> tuple[list[str], str]:
    """The header and the delimiter; leaves the stream after the header, whatever titles stand above it."""
    lines = [line for line in (stream.readline() for _ in range(HEADER_WITHIN)) if line]
    candidates = [_cells(line) for line in lines]
    header = first_header(candidates)
    if len(header) < 2:
        raise UnreadableFile(name, "neither JSON, XML, Parquet, XLSX, ZIP nor a CSV with a header", "line 1")
    place = candidates.index(header)
    stream.seek(0)
    for _ in range(place + 1):
        stream.readline()
    return header, _delimiter(lines[place])


def _delimiter(line: str) -> str:
    return max(";,\t|", key=line.count)


def _cells(line: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=_delimiter(line), strict=True), [])
    except csv.Error:
        return []  # a title with a quotation mark, or a cell that goes on: no header
    return [cell.strip() for cell in cells]


def _encoding(path: Path, name: str) -> str:
    """UTF-8 if every byte fits, else cp1252; a file that is partly one and partly the other is refused, never garbled."""
    with path.open("rb") as stream:
        start = stream.read(4)
        for mark, encoding in _BOMS:
            if start.startswith(mark):
                _check(path, name, encoding)
                return encoding
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        lines, foreign, multibyte = 1, 0, False
        while True:
            chunk = stream.read(_CHUNK)
            if b"\0" in chunk:
                lines += chunk.partition(b"\0")[0].count(b"\n")
                raise UnreadableFile(name, "a binary file, of no known format", f"line {lines}")
            text = decoder.decode(chunk, not chunk)
            multibyte = multibyte or bool(_MULTIBYTE.search(text))
            if not foreign and (stray := _STRAY.search(text)):
                foreign = lines + text[: stray.start()].count("\n")
            if not chunk:
                break
            lines += chunk.count(b"\n")
    if not foreign:
        return "utf-8"
    if multibyte:
        raise UnreadableFile(
            name, "mixes UTF-8 with another encoding: export it again in one of them", f"from line {foreign} on"
        )
    _check(path, name, "cp1252")
    return "cp1252"


def _check(path: Path, name: str, encoding: str) -> None:
    line = 0
    try:
        with path.open(encoding=encoding, newline="") as stream:
            for _ in stream:
                line += 1
    except UnicodeError:
        raise UnreadableFile(name, f"neither UTF-8 nor {encoding}", f"after line {line}") from None
