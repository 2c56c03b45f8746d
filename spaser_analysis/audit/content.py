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
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

from bs4 import BeautifulSoup
from openpyxl import load_workbook
from PIL import Image

from spaser_analysis.publishing.canonical import INJECTED_CELL_ID
from spaser_analysis.publishing.parameters import assignments
from spaser_analysis.report import REVISIONS
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
_READ_ELSEWHERE = {("img", name) for name in ("src", "alt", "width", "height")}
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_IMAGE = ("pixels", "texte alternatif", "légende", "largeur", "hauteur")
_LARGEST_UNPACKED = 200_000_000
_DAMAGE = (
    *(ValueError, TypeError, LookupError, AttributeError, SyntaxError, RecursionError, OSError, EOFError),
    *(NotImplementedError, RuntimeError, zipfile.BadZipFile, csv.Error),
    *(Image.DecompressionBombWarning, Image.DecompressionBombError),
)


@dataclass(frozen=True)
class Part:
    """Rows of cells under headings: a table, figures, or the lines of a text. ``keys`` are the columns that name a row."""

    kind: Kind
    rows: tuple[tuple[str, ...], ...]
    headings: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


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
    read = {".ipynb": _notebook, ".html": _page, ".csv": _csv_file, ".xlsx": _workbook}.get(Path(name).suffix)
    if read is None:
        return {name: Part("file", ((_hash(raw),),))}
    try:
        return _named(read(name, raw))
    except _DAMAGE:
        return {name: Part("unreadable", ((_hash(raw),),))}


def canonical(said: Content) -> Content:
    """Without where the rows were read: those of a table that told it are in the order of what is left."""
    return {
        place: _without_provenance(part)
        for place, part in said.items()
        if RENDERED not in place and ORIGIN not in place
    }


def canonical_bytes(folder: Path) -> bytes:
    """The canonical content of a report as sorted JSON."""
    said = {place: asdict(part) for place, part in canonical(content(folder)).items()}
    return json.dumps(said, sort_keys=True).encode()


def differences(one: Content, other: Content, tolerance: Mapping[str, float] | None = None) -> list[Difference]:
    """What ``other`` says and ``one`` does not, or otherwise; ``tolerance`` is relative, by indicator."""
    files = [{place.split(", ")[0] for place in said} for said in (one, other)]
    found: list[Difference] = []
    alone = files[0] ^ files[1]
    for file in sorted(alone):
        found.append(Difference(file, *(("missing", file, "") if file in files[0] else ("unexpected", "", file))))
    for place in dict.fromkeys([*one, *other]):
        if place.split(", ")[0] in alone or one.get(place) == other.get(place):
            continue
        if place in one and place in other:
            found += _of_part(place, one[place], other[place], tolerance or {})
        else:
            found.append(_alone(place, one.get(place), other.get(place)))
    return [
        replace(each, where=plain(each.where), before=plain(each.before), after=plain(each.after)) for each in found
    ]


def _alone(where: str, before: Part | None, after: Part | None) -> Difference:
    told = ["" if part is None else " / ".join(map(_line, part.rows[:3])) for part in (before, after)]
    return Difference(where, "unexpected" if before is None else "missing", *told)


def _of_part(place: str, one: Part, other: Part, tolerance: Mapping[str, float]) -> Iterator[Difference]:
    if one.kind != other.kind:
        yield Difference(place, other.kind, one.kind, other.kind)
        return
    if one.headings != other.headings:
        yield Difference(f"{place}, colonnes", one.kind, _line(one.headings), _line(other.headings))
        shared = [name for name in one.headings if name in other.headings]
        one, other = _only(one, shared), _only(other, shared)
    for where, before, after in _keyed(one, other) if one.keys and one.keys == other.keys else _aligned(one, other):
        if (before is None or after is None) and one.kind in ("table_cell", "figure"):
            kind: Literal["missing", "unexpected"] = "unexpected" if before is None else "missing"
            yield Difference(f"{place}, {where}", kind, _line(before or ()), _line(after or ()))
            continue
        near = tolerance.get(dict(zip(one.headings, before or (), strict=False)).get("indicator", ""), 0.0)
        for column, was, now in zip_longest(one.headings, before or (), after or (), fillvalue=""):
            if was != now and not (one.kind == "figure" and near and _close(was, now, near)):
                yield Difference(
                    f"{place}, {where}{f', colonne {quoted(column)}' if column else ''}", one.kind, was, now
                )


_Pair = tuple[str, tuple[str, ...] | None, tuple[str, ...] | None]


def _keyed(one: Part, other: Part) -> Iterator[_Pair]:
    places = [one.headings.index(name) for name in one.keys]
    rows = [{tuple(row[place] for place in places): row for row in part.rows} for part in (one, other)]
    for named in dict.fromkeys([*rows[0], *rows[1]]):
        yield " ".join(filter(None, named)), rows[0].get(named), rows[1].get(named)


def _aligned(one: Part, other: Part) -> Iterator[_Pair]:
    """Rows by their place: those that are equal in both come between those that are not."""
    for tag, start, end, first, last in SequenceMatcher(None, one.rows, other.rows).get_opcodes():
        if tag == "equal":
            continue
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


def _line(cells: Sequence[str]) -> str:
    return " | ".join(cells)


def _only(part: Part, names: Sequence[str]) -> Part:
    places = [part.headings.index(name) for name in names]
    rows = tuple(tuple(row[place] if place < len(row) else "" for place in places) for row in part.rows)
    return replace(part, rows=rows, headings=tuple(names), keys=tuple(name for name in part.keys if name in names))


def _without_provenance(part: Part) -> Part:
    kept = [name for name in part.headings if name not in PROVENANCE]
    if len(kept) == len(part.headings):
        return part
    left = _only(part, kept)
    return replace(left, rows=tuple(sorted(left.rows)))


def _named(parts: Iterable[tuple[str, Part]]) -> Content:
    """By place; those of one place are told apart by their rank."""
    found: dict[str, Part] = {}
    ranks: dict[str, int] = defaultdict(int)
    for place, part in parts:
        ranks[place] += 1
        found[place if ranks[place] == 1 else f"{place} ({ranks[place]})"] = part
    return found


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _lines(kind: Kind, text: str) -> Part:
    return Part(kind, tuple((line,) for line in text.split("\n")))


def _notebook(name: str, raw: bytes) -> Iterator[tuple[str, Part]]:
    """Each cell: its source and what it shows; then all the rest, one line a cell."""
    notebook = json.loads(raw)
    rest = []
    for cell in notebook.pop("cells"):
        place = f"{name}, cellule {cell['id']}"
        yield _source(place, "".join(cell.pop("source")), cell)
        markup = ""
        for output in cell.get("outputs", []):
            data = {mime: "".join(value) for mime, value in output.pop("data", {}).items()}
            about = output.get("metadata", {}).pop("image/png", {})
            markup += data.get("text/html", "")
            for mime, value in sorted(data.items()):
                yield from _shown(place, mime, value, about, is_alone=len(data) == 1)
        yield from _markup(place, markup)
        rest.append(json.dumps(cell, sort_keys=True))
    yield (
        f"{name}, structure",
        Part("structure", tuple((line,) for line in [*rest, json.dumps(notebook, sort_keys=True)])),
    )


def _source(place: str, source: str, cell: Mapping[str, Any]) -> tuple[str, Part]:
    if cell["cell_type"] != "code":
        return f"{place}, markdown", _lines("markdown", source)
    if cell["id"] == INJECTED_CELL_ID:
        try:
            given = tuple((name, repr(value)) for name, value in assignments(source).items())
            return f"{place}, paramètres", Part("parameter", given, ("nom", "valeur"), ("nom",))
        except ValueError:
            pass  # code among the parameters: told as code
    return f"{place}, code", _lines("code", source)


def _shown(
    place: str, mime: str, value: str, about: Mapping[str, Any], *, is_alone: bool
) -> Iterator[tuple[str, Part]]:
    """An output of one type; ``text/html`` is read with that of the whole cell."""
    if mime == "image/png":
        yield f"{place}, image", _image(value, *(about.get(name, "") for name in ("alt", "caption", "width", "height")))
    elif mime == "text/csv":
        yield f"{place}, CSV", _csv("", value)
    elif mime == SHEETS_MIME:
        for sheet in from_json(value):
            rows = tuple(tuple(map(_text, row)) for row in sheet.rows)
            yield f"{place}, feuille {quoted(sheet.name)}", Part("table_cell", rows, tuple(sheet.headings))
    elif mime == "text/plain":
        yield f"{place}{', texte' if is_alone else RENDERED}", _lines("text", value)
    elif mime != "text/html":
        yield f"{place}, sortie {mime}", _lines("text", value)


def _page(name: str, raw: bytes) -> Iterator[tuple[str, Part]]:
    yield from _markup(name, raw.decode())


def _markup(place: str, markup: str) -> Iterator[tuple[str, Part]]:
    """Tables, images, what is written beside them, and the tags: no markup can change unseen."""
    soup = BeautifulSoup(markup, "html.parser")
    yield f"{place}, structure", Part("structure", tuple((tag,) for tag in _tags(soup)))
    for image in soup.find_all("img"):
        yield f"{place}, image", _image(*(str(image.get(name, "")) for name in ("src", "alt", "", "width", "height")))
    if soup.select_one("table table, tr tr, :is(th, td) :is(th, td)"):
        raise ValueError("a table within a table: none of ours")
    for table in soup.find_all("table"):
        caption = table.caption.get_text().strip() if table.caption else ""
        head = table.thead.extract() if table.thead else BeautifulSoup()
        headings = tuple(cell.get_text().strip() for cell in head.find_all(["th", "td"]))
        rows = tuple(
            tuple(cell.get_text().strip() for cell in row.find_all(["th", "td"])) for row in table.find_all("tr")
        )
        yield f"{place}, tableau {quoted(caption)}", Part("table_cell", rows, headings)
        table.extract()
    origins = [one.extract().get_text() for one in soup.select("span.origin")]
    yield f"{place}{ORIGIN}", Part("text", tuple((line,) for line in origins))
    yield f"{place}, texte", Part("text", tuple((line,) for line in soup.stripped_strings))


def _tags(soup: BeautifulSoup) -> Iterator[str]:
    for tag in soup.find_all(True):
        told = {name: value for name, value in tag.attrs.items() if (tag.name, name) not in _READ_ELSEWHERE}
        if tag.name not in ("tr", "th", "td") or not told.keys() <= {"class", "scope"}:
            yield f"<{tag.name} {told}>" + (str(tag.string) if tag.name in ("style", "script", "title") else "")


def _image(data: str, *about: object) -> Part:
    """A drawing by its pixels; one that is none, or is too large to be one, by its bytes."""
    raw = b64decode(data.removeprefix("data:image/png;base64,"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(raw), formats=["PNG"]).convert("RGBA")
        seen = f"{image.width}\u00a0×\u00a0{image.height}, empreinte {_hash(image.tobytes())[:16]}"
    except _DAMAGE:
        seen = f"illisible, empreinte {_hash(raw)[:16]}"
    return Part("image", ((seen, *map(str, about)),), _IMAGE)


def _csv_file(name: str, raw: bytes) -> Iterator[tuple[str, Part]]:
    yield name, _csv(name, raw.decode())


def _csv(name: str, text: str) -> Part:
    """Figures by what names them; without a name of their own, by their place."""
    headings, *rows = (tuple(row) for row in csv.reader(io.StringIO(text), strict=True))
    keys = tuple(one for one in (*KEYS, *(["snapshot"] if name == REVISIONS else [])) if one in headings)
    part = Part("figure", tuple(rows), headings, keys)
    named = {tuple(row[headings.index(one)] for one in keys) for row in rows}
    return part if keys and len(named) == len(rows) else replace(part, keys=())


def _workbook(name: str, raw: bytes) -> Iterator[tuple[str, Part]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        if sum(member.file_size for member in packed.infolist()) > _LARGEST_UNPACKED:
            raise ValueError("unpacks to more than a workbook would")
    book = load_workbook(io.BytesIO(raw), read_only=True)
    for sheet in book.worksheets:
        headings, *rows = (tuple(map(_text, row)) for row in sheet.iter_rows(values_only=True))
        yield f"{name}, feuille {quoted(sheet.title)}", Part("table_cell", tuple(rows), headings)


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)
