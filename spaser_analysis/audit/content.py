"""What a report says, as a value: its parameters, code, prose, tables, figures and drawings, without how they are written.

Two reports say the same where their contents are equal. ``canonical`` leaves out the files and records that the rows were
read from: inputs in another order, or under other names, give the same.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
import warnings
import zipfile
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag
from openpyxl import load_workbook
from PIL import Image

from spaser_analysis.publishing.canonical import INJECTED_CELL_ID
from spaser_analysis.workbook import SHEETS_MIME, from_json

Kind = Literal[
    "parameter", "code", "markdown", "text", "table_cell", "figure", "image", "structure", "file", "unreadable"
]
# The columns that say where a row was read.
PROVENANCE = (
    *("Fichier", "Fichier lu", "Enregistrement", "Fichier et enregistrement", "Écarté de", "Gardé dans"),
    *("source_file", "source_record"),
)
# Those that name a row of figures, in the CSV files of all reports.
KEYS = (
    *("quarter", "year", "territory", "indicator", "window", "scope", "measure", "code", "category"),
    *("suggestion", "role", "need", "contract"),
)
RENDERED, ORIGIN = ", rendu en texte brut", ", origine"  # places of what the canonical content leaves out whole
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_IMAGE = ("pixels", "texte alternatif", "légende", "largeur", "hauteur")
_DRAWN = ("src", "alt", "", "width", "height")  # the attributes of an image that say so; none is its caption
_SOURCES: dict[Kind, str] = {"parameter": "paramètres", "code": "code", "markdown": "markdown"}
_CSV = "data:text/csv;charset=utf-8,"  # what a page offers to download of a figure
_LARGEST_UNPACKED = 200_000_000
_DAMAGE = (
    *(ValueError, TypeError, LookupError, AttributeError, SyntaxError, OSError, EOFError, RuntimeError),
    *(zipfile.BadZipFile, csv.Error, Image.DecompressionBombWarning, Image.DecompressionBombError),
)
Row = tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """Rows of cells under headings: a table, figures, or the lines of a text. ``keys`` are the columns that name a row."""

    kind: Kind
    rows: tuple[Row, ...]
    headings: Row = ()
    keys: Row = ()


Content = Mapping[str, Part]  # by place, in French: file, cell, caption


@dataclass(frozen=True)
class Difference:
    """``kind``: that of the part, or ``missing`` and ``unexpected`` for a file, a part or a row that only one has."""

    where: str
    kind: Kind | Literal["missing", "unexpected"]
    before: str
    after: str


def content(folder: Path) -> Content:
    """What each file of a report says; a file that cannot be read is its hash, of kind ``unreadable``."""
    return {
        place: part
        for path in sorted(folder.iterdir())
        if path.is_file()
        for place, part in of_file(path.name, path.read_bytes()).items()
    }


def of_file(name: str, raw: bytes) -> Content:
    """What one file says, by its name and its bytes."""
    try:
        return _named(_parts(name, raw))
    except _DAMAGE:
        return {name: Part("unreadable", ((_hash(raw),),))}


def file_of(place: str) -> str:
    """The name of the file that a place is in."""
    return place.split(", ")[0]


def canonical(said: Content) -> Content:
    """Without where the rows were read: those of a table that told it are in the order of what is left."""
    return {
        place: _without_provenance(part)
        for place, part in said.items()
        if RENDERED not in place and ORIGIN not in place
    }


def _without_provenance(part: Part) -> Part:
    kept = [place for place, name in enumerate(part.headings) if name not in PROVENANCE]
    if len(kept) == len(part.headings):
        return part
    headings, *rows = (tuple(row[place] for place in kept if place < len(row)) for row in (part.headings, *part.rows))
    return replace(part, rows=tuple(sorted(rows)), headings=headings)


def canonical_bytes(folder: Path) -> bytes:
    """The canonical content of a report as sorted JSON."""
    said = {place: asdict(part) for place, part in canonical(content(folder)).items()}
    return json.dumps(said, sort_keys=True).encode()


def differences(one: Content, other: Content, tolerance: Mapping[str, float] | None = None) -> list[Difference]:
    """What ``other`` says and ``one`` does not, or otherwise; ``tolerance`` is relative, by indicator."""
    files, others = set(map(file_of, one)), set(map(file_of, other))
    found = [_alone(file, [(file,)], None) for file in sorted(files - others)]
    found += [_alone(file, None, [(file,)]) for file in sorted(others - files)]
    for place in dict.fromkeys([*one, *other]):
        before, after = one.get(place), other.get(place)
        if file_of(place) not in files & others or before == after:
            continue
        if before and after:
            found += _of_part(place, before, after, tolerance or {})
        else:
            found.append(_alone(place, before.rows if before else None, after.rows if after else None))
    return [
        replace(each, where=plain(each.where), before=plain(each.before), after=plain(each.after)) for each in found
    ]


def _alone(where: str, before: Sequence[Row] | None, after: Sequence[Row] | None) -> Difference:
    """What only one has; of many rows, the first."""
    told = [" / ".join(map(" | ".join, (rows or ())[:3])) for rows in (before, after)]
    return Difference(where, "unexpected" if before is None else "missing", *told)


def _of_part(place: str, one: Part, other: Part, tolerance: Mapping[str, float]) -> Iterator[Difference]:
    if one.kind != other.kind:
        yield Difference(place, other.kind, one.kind, other.kind)
        return
    if one.headings != other.headings:  # which cell is which is not known then
        yield Difference(f"{place}, colonnes", one.kind, *map(" | ".join, (one.headings, other.headings)))
        return
    for name, before, after in _keyed(one, other) if one.keys and one.keys == other.keys else _aligned(one, other):
        where = f"{place}, {name}"
        if (before is None or after is None) and one.kind in ("table_cell", "figure"):
            yield _alone(where, *(None if row is None else [row] for row in (before, after)))
            continue
        near = tolerance.get(dict(zip(one.headings, before or (), strict=False)).get("indicator", ""), 0.0)
        for column, was, now in zip_longest(one.headings, before or (), after or (), fillvalue=""):
            if was != now and not (near and _close(was, now, near)):
                yield Difference(f"{where}, colonne {quoted(column)}" if column else where, one.kind, was, now)


_Pair = tuple[str, Row | None, Row | None]


def _keyed(one: Part, other: Part) -> Iterator[_Pair]:
    places = [one.headings.index(name) for name in one.keys]
    rows = [{tuple(row[place] for place in places): row for row in part.rows} for part in (one, other)]
    for named in dict.fromkeys([*rows[0], *rows[1]]):
        yield " ".join(filter(None, named)), rows[0].get(named), rows[1].get(named)


def _aligned(one: Part, other: Part) -> Iterator[_Pair]:
    """Rows by their place: those that are equal in both come between those that are not."""
    for _, start, end, first, last in SequenceMatcher(None, one.rows, other.rows).get_opcodes():
        for number, (before, after) in enumerate(zip_longest(one.rows[start:end], other.rows[first:last]), start + 1):
            heading = (before or after or ("",))[0]
            yield f"ligne {number}{f' ({quoted(heading)})' if one.headings else ''}", before, after


def plain(text: str) -> str:
    """Text of a file without what would move a terminal or turn the writing round."""
    return _CONTROL.sub("\ufffd", text)


def quoted(text: str) -> str:
    """Between French quotation marks, cut where it is long."""
    return f"«\u00a0{text if len(text) <= 80 else text[:80] + '…'}\u00a0»"


def _close(was: str, now: str, near: float) -> bool:
    try:
        return math.isclose(float(was), float(now), rel_tol=near)
    except ValueError:
        return False


def _named(parts: Iterable[tuple[str, Part]]) -> Content:
    """By place; those of one place are told apart by their rank."""
    found: dict[str, Part] = {}
    ranks: Counter[str] = Counter()
    for place, part in parts:
        ranks[place] += 1
        found[place if ranks[place] == 1 else f"{place} ({ranks[place]})"] = part
    return found


def _parts(name: str, raw: bytes) -> Iterable[tuple[str, Part]]:
    match Path(name).suffix:
        case ".ipynb":
            return _notebook(name, raw)
        case ".html":
            return _markup(name, raw.decode())
        case ".xlsx":
            return _workbook(name, raw)
        case ".csv":
            return [(name, _csv(raw.decode()))]
    return [(name, Part("file", ((_hash(raw),),)))]


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _lines(kind: Kind, lines: Iterable[str]) -> Part:
    return Part(kind, tuple((line,) for line in lines))


def _notebook(name: str, raw: bytes) -> Iterator[tuple[str, Part]]:
    """Each cell: its source and what it shows; then all the rest, one line a cell."""
    notebook = json.loads(raw)
    rest = []
    for cell in notebook.pop("cells"):
        place = f"{name}, cellule {cell['id']}"
        kind: Kind = "code" if cell["cell_type"] == "code" else "markdown"
        kind = "parameter" if cell["id"] == INJECTED_CELL_ID else kind
        yield f"{place}, {_SOURCES[kind]}", _lines(kind, "".join(cell.pop("source")).split("\n"))
        markup = ""
        for output in cell.get("outputs", []):
            data = {mime: "".join(value) for mime, value in output.pop("data", {}).items()}
            about = output.get("metadata", {}).pop("image/png", {})
            markup += data.get("text/html", "")
            for mime, value in sorted(data.items()):
                yield from _shown(place, mime, value, about, is_alone=len(data) == 1)
        yield from _markup(place, markup)
        rest.append(json.dumps(cell, sort_keys=True))
    yield f"{name}, structure", _lines("structure", [*rest, json.dumps(notebook, sort_keys=True)])


def _shown(place: str, mime: str, value: str, about: dict[str, str], *, is_alone: bool) -> Iterator[tuple[str, Part]]:
    """An output of one type; ``text/html`` is read with that of the whole cell."""
    if mime == "image/png":
        yield f"{place}, image", _image(value, *(about.pop(name, "") for name in ("alt", "caption", "width", "height")))
        yield f"{place}, données de la figure", _csv(about.pop("csv", ""))
        yield f"{place}, zones de la figure", _lines("structure", [json.dumps(about, sort_keys=True)])
    elif mime == "text/csv":
        yield f"{place}, CSV", _csv(value)
    elif mime == SHEETS_MIME:
        for sheet in from_json(value):
            yield _sheet(place, sheet.name, [sheet.headings, *sheet.rows])
    elif mime == "text/plain":
        yield f"{place}{', texte' if is_alone else RENDERED}", _lines("text", value.split("\n"))
    elif mime != "text/html":
        yield f"{place}, sortie {mime}", _lines("text", value.split("\n"))


def _markup(place: str, markup: str) -> Iterator[tuple[str, Part]]:
    """Tables, images, what is written beside them, and the tags: no markup can change unseen."""
    soup = BeautifulSoup(markup, "html.parser")
    for link in soup.select(f'a[href^="{_CSV}"]'):
        yield f"{place}, données de la figure", _csv(unquote(str(link["href"]).removeprefix(_CSV)))
        link["href"] = _CSV
    yield f"{place}, structure", _lines("structure", _tags(soup))
    for image in soup.find_all("img"):
        yield f"{place}, image", _image(*(str(image.get(name, "")) for name in _DRAWN))
    if soup.select_one("table table, tr tr, :is(th, td) :is(th, td)"):
        raise ValueError("a table within a table: none of ours")
    for table in soup.find_all("table"):
        caption = table.caption.get_text().strip() if table.caption else ""
        headings = _cells(table.thead.extract()) if table.thead else ()
        rows = tuple(map(_cells, table.find_all("tr")))
        yield f"{place}, tableau {quoted(caption)}", Part("table_cell", rows, headings)
        table.extract()
    origins = [one.extract().get_text() for one in soup.select("span.origin")]
    yield f"{place}{ORIGIN}", _lines("text", origins)
    yield f"{place}, texte", _lines("text", soup.stripped_strings)


def _cells(row: Tag) -> Row:
    return tuple(cell.get_text().strip() for cell in row.find_all(["th", "td"]))


def _tags(soup: BeautifulSoup) -> Iterator[str]:
    """But for what is told with the pixels of an image, and the cells of tables."""
    for tag in soup.find_all(True):
        told = {name: value for name, value in tag.attrs.items() if tag.name != "img" or name not in _DRAWN}
        if tag.name not in ("tr", "th", "td") or not told.keys() <= {"class", "scope"}:
            yield f"<{tag.name} {told}>" + (str(tag.string) if tag.name in ("style", "script", "title") else "")


def _image(data: str, *about: object) -> Part:
    """A drawing by its pixels; one that is none, or is too large to be one, by its bytes."""
    raw = b64decode(data.removeprefix("data:image/png;base64,"))
    try:
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
            image = Image.open(io.BytesIO(raw), formats=["PNG"]).convert("RGBA")
        seen = f"{image.width}\u00a0×\u00a0{image.height}, empreinte {_hash(image.tobytes())[:16]}"
    except _DAMAGE:
        seen = f"illisible, empreinte {_hash(raw)[:16]}"
    return Part("image", ((seen, *map(str, about)),), _IMAGE)


def _csv(text: str) -> Part:
    """Figures by what names them; where that does not tell them apart, by their place."""
    headings, *rows = [tuple(row) for row in csv.reader(io.StringIO(text), strict=True)] or [()]
    keys = tuple(one for one in KEYS if one in headings)
    named = {tuple(row[headings.index(one)] for one in keys) for row in rows}
    return Part("figure", tuple(rows), headings, keys if len(named) == len(rows) else ())


def _workbook(name: str, raw: bytes) -> Iterator[tuple[str, Part]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        if sum(member.file_size for member in packed.infolist()) > _LARGEST_UNPACKED:
            raise ValueError("unpacks to more than a workbook would")
    book = load_workbook(io.BytesIO(raw), read_only=True)
    for sheet in book.worksheets:
        yield _sheet(name, sheet.title, sheet.iter_rows(values_only=True))


def _sheet(place: str, title: str, lines: Iterable[Iterable[object]]) -> tuple[str, Part]:
    headings, *rows = (tuple("" if cell is None else str(cell) for cell in line) for line in lines)
    return f"{place}, feuille {quoted(title)}", Part("table_cell", tuple(rows), headings)
