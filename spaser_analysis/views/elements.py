"""The kinds of things a report shows. Each displays itself in a notebook, escaped, with a plain-text equivalent."""

from __future__ import annotations

import csv
import io
import textwrap
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from html import escape as escape_markup
from itertools import repeat
from typing import Any, Literal

import pandas as pd
from IPython.display import display

from spaser_analysis.views import formatting
from spaser_analysis.views.labels import SENTENCES, TABLES
from spaser_analysis.workbook import SHEETS_MIME, Sheet, as_json

Tone = Literal["plain", "good", "bad", "open", "quiet"]
SYMBOLS: dict[Tone, str] = {"plain": "", "good": "✓ ", "bad": "✗ ", "open": "? ", "quiet": ""}
_WIDTH = 100
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def escape(text: str) -> str:
    """Text as markup, whatever it holds."""
    return escape_markup(formatting.typeset(text))


class Linked(str):
    """A text of which parts lead to an address, where the reader finds what they rest on; a text as any other elsewhere."""

    __slots__ = ("parts",)
    parts: tuple[tuple[str, str], ...]  # text and address

    @classmethod
    def to(cls, address: str, text: str) -> str:
        """The whole text leads there; the text as it is without an address."""
        return cls._of(((text, address),)) if address else text

    @classmethod
    def joined(cls, pieces: Iterable[str]) -> str:
        """The pieces one after the other, each leading where it led."""
        parts = (one.parts if isinstance(one, Linked) else ((one, ""),) for one in pieces)
        return cls._of(tuple(part for one in parts for part in one))

    @classmethod
    def _of(cls, parts: tuple[tuple[str, str], ...]) -> str:
        made = cls("".join(text for text, _ in parts))
        made.parts = parts
        return made


def marked(text: str) -> str:
    """``escape``, and links where the text leads somewhere."""
    parts = text.parts if isinstance(text, Linked) else ((text, ""),)
    return "".join(f'<a href="{escape_markup(to)}">{escape(one)}</a>' if to else escape(one) for one, to in parts)


@dataclass(frozen=True)
class Paragraphs:
    """A few sentences, none where there is nothing to say; ``strong`` opens the first one and ``role`` is the look."""

    sentences: tuple[str, ...]
    strong: str = ""
    role: Literal["place", "lead", "note", "warning"] = "note"

    def _repr_html_(self) -> str:
        opening = f"<strong>{escape(self.strong)}</strong> " if self.strong else ""
        body = "".join(f"<p>{'' if rank else opening}{escape(said)}</p>" for rank, said in enumerate(self.sentences))
        return f'<div class="{self.role}">{body}</div>' if body else ""

    def __repr__(self) -> str:
        opening = f"{self.strong} " if self.strong else ""
        return "\n".join(_wrapped(f"{'' if rank else opening}{said}") for rank, said in enumerate(self.sentences))


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)


@dataclass(frozen=True)
class Card:
    """One objective: what it is, the figure to read, the verdict and what supports both."""

    title: str
    figure: str
    verdict: str
    tone: Tone
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Cards:
    """Cards side by side."""

    cards: tuple[Card, ...]

    def _repr_html_(self) -> str:
        return f'<div class="cards">{"".join(map(self._card, self.cards))}</div>'

    def __repr__(self) -> str:
        return "\n\n".join(
            "\n".join((c.title, f"  {c.figure}", f"  {SYMBOLS[c.tone]}{c.verdict}", *(f"  {line}" for line in c.lines)))
            for c in self.cards
        )

    @staticmethod
    def _card(card: Card) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in card.lines)
        return (
            f'<section class="card {card.tone}"><h3>{escape(card.title)}</h3>'
            f'<p class="figure">{marked(card.figure)}</p>'
            f'<p class="verdict">{SYMBOLS[card.tone]}{escape(card.verdict)}</p><div>{lines}</div></section>'
        )


@dataclass(frozen=True)
class Column:
    """A column of a table; numbers are set to the right."""

    label: str
    is_number: bool = False


def columns(*headings: str) -> tuple[Column, ...]:
    """The columns of ``Indicateur | Part >``: a label that ends in `` >`` is that of numbers."""
    labels = " | ".join(headings).split(" | ")
    return tuple(Column(label.removesuffix(" >"), label.endswith(" >")) for label in labels)


@dataclass(frozen=True)
class Table:
    """A table of text written for the reader. The first cell of a row is its heading; ``empty`` stands for no row.

    ``anchors``, one a row, are what links lead to.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    empty: str = "Aucune ligne."
    anchors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.caption}: {len(row)} cells for {len(self.columns)} columns")

    def _repr_html_(self) -> str:
        notes = "".join(f'<p class="table-note">{escape(note)}</p>' for note in self.notes)
        return self.table_html() + notes

    def table_html(self) -> str:
        """The table without its notes, in a region that scrolls where the screen is narrow."""
        if not self.rows:
            return f'<p class="empty"><strong>{escape(self.caption)}</strong> {escape(self.empty)}</p>'
        head = "".join(f'<th scope="col"{_number(c)}>{escape(c.label)}</th>' for c in self.columns)
        ids = (f' id="{escape(one)}"' for one in self.anchors) if self.anchors else repeat("")
        body = "".join(f"<tr{anchor}>{self._row(row)}</tr>" for anchor, row in zip(ids, self.rows, strict=False))
        return (
            f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(self.caption)}"><table>'
            f"<caption><span>{escape(self.caption)}</span></caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _row(self, row: tuple[str, ...]) -> str:
        first = f'<th scope="row"{_number(self.columns[0])}>{marked(row[0])}</th>'
        return first + "".join(
            f"<td{_number(c)}>{marked(cell)}</td>" for c, cell in zip(self.columns[1:], row[1:], strict=True)
        )

    def as_csv(self) -> str:
        """The table for machines, harmless in a spreadsheet: UTF-8 and commas; empty without rows."""
        lines = (
            map(_quoted, map(formatting.typeset, line)) for line in (tuple(c.label for c in self.columns), *self.rows)
        )
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(lines if self.rows else ())
        return text.getvalue()

    def __repr__(self) -> str:
        if not self.rows:
            return f"{self.caption}\n{self.empty}"
        lines = [tuple(c.label for c in self.columns), *self.rows]
        widths = [max(len(line[n]) for line in lines) for n in range(len(self.columns))]
        text = [self._aligned(line, widths) for line in lines]
        return "\n".join((self.caption, text[0], "-" * max(map(len, text)), *text[1:], *self.notes))

    def _aligned(self, line: tuple[str, ...], widths: list[int]) -> str:
        cells = zip(line, widths, self.columns, strict=True)
        return "  ".join(
            cell.rjust(width) if column.is_number else cell.ljust(width) for cell, width, column in cells
        ).rstrip()


def told(name: str, *more: str, **gaps: object) -> Paragraphs:
    """The sentences of that name in ``sentences.toml``, and ``more`` after them."""
    words = SENTENCES[name]
    said = (one.format(**gaps) for one in words["said"])
    return Paragraphs((*said, *more), words.get("strong", ""), words.get("role", "note"))


def table(name: str, rows: Iterable[tuple[str, ...]], *notes: str, **gaps: object) -> Table:
    """The table of that name, within its words of ``tables.toml``; ``notes`` come after its own and are always shown."""
    words, laid = {"empty": Table.empty, **TABLES[name]}, tuple(rows)
    own = [one.format(**gaps) for one in words.get("notes", ()) if laid or words.get("always_noted")]
    caption, headings, empty = (words[part].format(**gaps) for part in ("caption", "columns", "empty"))
    return Table(caption, columns(headings), laid, (*own, *notes), empty)


def _number(column: Column) -> str:
    return ' class="number"' if column.is_number else ""


@dataclass(frozen=True)
class Spot:
    """A zone of a drawing, in pixels of the page from its upper left corner, and what it says when pointed at."""

    x: int
    y: int
    width: int
    height: int
    text: str


@dataclass(frozen=True)
class Figure:
    """A drawing with its alternative text, its caption, the table of what it shows, and what its marks say when pointed at."""

    png: bytes
    size: tuple[int, int]  # pixels of the page, width then height
    alternative: str
    caption: str
    table: Table
    spots: tuple[Spot, ...] = ()

    def __post_init__(self) -> None:
        for name in ("alternative", "caption"):
            object.__setattr__(self, name, formatting.typeset(getattr(self, name)))

    def __repr__(self) -> str:
        return self.alternative

    def shown(self) -> tuple[tuple[dict[str, str], dict[str, Any]], ...]:
        """What a page shows of it, as data by type and their metadata: the drawing, then its table."""
        width, height = self.size
        about = {"alt": self.alternative, "caption": self.caption, "width": width, "height": height}
        more = {"spots": [asdict(one) for one in self.spots], "csv": self.table.as_csv(), "name": self.table.caption}
        image = {"image/png": b64encode(self.png).decode(), "text/plain": self.alternative}
        details = f"<details><summary>Les données de la figure</summary>{self.table._repr_html_()}</details>"
        return (image, {"image/png": about | more}), ({"text/html": details, "text/plain": repr(self.table)}, {})

    def _ipython_display_(self) -> None:
        for data, metadata in self.shown():
            display(data, raw=True, metadata=metadata)


@dataclass(frozen=True)
class Definitions:
    """Terms and what they mean, one paragraph a line."""

    entries: tuple[tuple[str, tuple[str, ...]], ...]

    def _repr_html_(self) -> str:
        body = (
            f"<dt>{escape(term)}</dt>{''.join(f'<dd>{marked(one)}</dd>' for one in lines)}"
            for term, lines in self.entries
        )
        return f"<dl>{''.join(body)}</dl>"

    def __repr__(self) -> str:
        return "\n".join(
            line for term, lines in self.entries for line in (term, *(_wrapped(one, "    ") for one in lines))
        )


@dataclass(frozen=True)
class Data:
    """Figures for machines, as CSV text; people are told what they are."""

    csv: str
    description: str

    def __repr__(self) -> str:
        return self.description

    def _ipython_display_(self) -> None:
        display({"text/csv": self.csv, "text/plain": self.description}, raw=True)


def harmless(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with an apostrophe before texts that a spreadsheet would run as a formula."""
    columns = map(str, rows.select_dtypes(include=["object", "str"]))
    texts = [one for one in columns if rows[one].dtype == "object" or rows[one].str.startswith(_FORMULA).any()]
    return rows.assign(**{name: rows[name].map(_quoted, na_action="ignore").astype(rows[name].dtype) for name in texts})


def _quoted(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def download(rows: pd.DataFrame, what: str) -> Data:
    """Rows for machines, UTF-8 and commas, and what they are for people."""
    csv = harmless(rows).to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    lines = formatting.counted(len(rows), "ligne", "lignes")
    return Data(csv, f"Télécharger {what} (indicateurs.csv, {lines})")


@dataclass(frozen=True)
class Sheets:
    """A workbook, as what it holds; publishing makes the file. People are told what it is."""

    sheets: tuple[Sheet, ...]
    description: str

    def __repr__(self) -> str:
        return self.description

    def _ipython_display_(self) -> None:
        display({SHEETS_MIME: as_json(self.sheets), "text/plain": self.description}, raw=True)
