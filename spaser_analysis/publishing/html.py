"""A published notebook as one accessible page: no code, no script, no request to anyone.

Contract titles come from outside and are hostile until shown otherwise. Each element escapes them, what is left is
cleaned against a list of allowed tags, and the page's policy refuses scripts and foreign styles: any two may fail.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import nh3
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

_TEMPLATES = Path(__file__).parent / "templates"
_PROSE = {"h1", "h2", "h3", "h4", "p", "ul", "ol", "li", "strong", "em", "code", "a", "blockquote", "br", "hr", "abbr"}
_ELEMENTS = {"div", "section", "span", "dl", "dt", "dd", "details", "summary"}
_TABLES = {"table", "caption", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES = {
    "*": {"class"},
    "a": {"href"},
    "section": {"id"},
    "tr": {"id"},
    "th": {"scope"},
    "div": {"role", "tabindex", "aria-label"},
}
# What leads somewhere: another site, a place of the page, what a figure is made of, a table beside the page.
_NAME = r"[A-Za-z][A-Za-z0-9_]*"
_PLACES = {
    "id": re.compile(_NAME),
    "href": re.compile(
        rf"https://.+|mailto:.+|#{_NAME}|(\.\./[a-z0-9-]+/)?preuves\.html#{_NAME}|[a-z]+\.csv", re.DOTALL
    ),
}


def _placed(_tag: str, attribute: str, value: str) -> str | None:
    form = _PLACES.get(attribute)
    return value if form is None or form.fullmatch(value) else None


def sanitised(markup: str) -> str:
    """The markup without any tag, attribute or address that is not on the lists above."""
    return nh3.clean(
        markup,
        tags=_PROSE | _ELEMENTS | _TABLES,
        attributes=_ATTRIBUTES,
        attribute_filter=_placed,
        url_schemes={"https", "mailto"},
        link_rel=None,
    )


def report_page(notebook: NotebookNode, title: str, organisation: str, *, is_published: bool = True) -> bytes:
    """The page of an executed notebook; the same notebook gives the same bytes. ``is_published``: it stands beside it."""
    style = (_TEMPLATES / "report" / "style.css").read_text(encoding="utf-8")
    fingerprint = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{fingerprint}'; base-uri 'none'; form-action 'none'"
    about = {
        "title": title,
        "organisation": organisation,
        "style": style,
        "policy": policy,
        "is_published": is_published,
        "sections": _sections(notebook),
        "listed": [],
    }
    body, _ = _exporter().from_notebook_node(notebook, resources={"report": about})
    return f"{body.strip()}\n".encode()


def as_prose(text: str) -> str:
    """A text from outside as Markdown that says just that, on one line."""
    flat = " ".join(text.split())
    return "".join(f"&#{ord(one)};" if one in "\\`*_{}[]()<>#+!|&~$" else one for one in flat)


def outputs_page(title: str, organisation: str, shown: Iterable[str | tuple[dict[str, str], dict[str, Any]]]) -> bytes:
    """A page as those of the reports, of prose (Markdown) and of data by type with their metadata, without a notebook.

    What is markup already is put in its place at the end: nbconvert would parse all of it again, a second a megabyte.
    """
    cells, markup = [], {}
    for rank, one in enumerate(shown):
        if isinstance(one, str):
            cells.append(new_markdown_cell(one, id=f"c{rank}"))
            continue
        data, metadata = one
        if "text/html" in data and "image/png" not in data:
            markup[f"{rank}"] = sanitised(data["text/html"])
            data = {"text/html": f"{rank}"}
        cells.append(new_code_cell(id=f"c{rank}", outputs=[new_output("display_data", data=data, metadata=metadata)]))
    page = report_page(new_notebook(cells=cells), title, organisation, is_published=False).decode()
    return re.sub(r'(?<=<div class="element">)\d+(?=</div>)', lambda found: markup[found[0]], page).encode()


def _sections(notebook: NotebookNode) -> list[tuple[str, str]]:
    """Anchor and label of each cell that opens a section."""
    openings = ((cell.id, cell.source.split("\n", 1)[0]) for cell in notebook.cells if cell.cell_type == "markdown")
    return [(anchor, line.removeprefix("## ")) for anchor, line in openings if line.startswith("## ")]


@cache
def _exporter() -> HTMLExporter:
    exporter = HTMLExporter(
        template_name="report",
        extra_template_basedirs=[str(_TEMPLATES)],
        exclude_input=True,
        exclude_anchor_links=True,
        optimistic_validation=True,  # once, not before and after each preprocessor
        sanitize_html=False,  # it would turn headings into text: ``sanitised`` does the work
        mathjax_url="",
        require_js_url="",
        jquery_url="",
        mermaid_js_url="",
        widget_renderer_url="",
    )
    exporter.register_filter("sanitised", sanitised)
    return exporter
