"""The page shows no code, asks nobody for anything, and keeps hostile text as text."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import unquote

import nbformat
import pytest

from spaser_analysis.publishing.html import outputs_page, report_page, sanitised
from tests.publishing.notebooks import made

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<p style="background:url(https://example.org)">x</p>',
    "<iframe src=https://example.org></iframe>",
    '<div onclick="alert(1)">x</div>',
    "<style>*{display:none}</style>",
    "<form action=https://example.org><button>x</button></form>",
    "<meta http-equiv=refresh content=0>",
    '<link rel="stylesheet" href="https://example.org">',
)
DANGER = re.compile(r"<(script|img|svg|iframe|style|form|meta|link)\b|\bon\w+=|javascript:|style=|url\(", re.I)


@pytest.mark.parametrize("markup", HOSTILE)
def test_sanitised(markup: str) -> None:
    assert not DANGER.search(sanitised(markup))


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "//example.org/x", "data:text/html,x", "preuves.html", "preuves.html#x y", "../preuves.html#x",
     "../../x/preuves.html#x", "https:preuves.html#x", "report.ipynb", "/etc#x", "#", "#a&b", "file:///preuves.html#x"],
)  # fmt: skip
def test_a_link_that_leads_elsewhere_is_none(address: str) -> None:
    assert sanitised(f'<a href="{address}">x</a>') == "<a>x</a>"


def test_a_link_leads_to_the_evidence_or_stays_on_the_page() -> None:
    for address in ("preuves.html#social_share", "../pays-d-aix/preuves.html#social_share", "#m12", "comparaison.csv"):
        markup = f'<a href="{address}">x</a>'
        assert sanitised(markup) == markup
    rows = '<table><tbody><tr id="m1"><td>a</td></tr></tbody></table><section id="social_share"></section>'
    assert sanitised(rows) == rows
    assert sanitised('<section id="a b"></section><p id="contenu">x</p><section id="1"></section>') == (
        "<section></section><p>x</p><section></section>"
    )


def test_markup_of_a_page_is_put_in_its_place_once() -> None:
    """A text that looks like a place, or like what a place is found by, stays where it is."""
    shown = [
        "# Titre\n\n1",
        *(({"text/html": f'<div class="element">{one}</div>', "text/plain": ""}, {}) for one in (2, 1)),
    ]
    text = outputs_page("Où ?", "Métropole", shown).decode()
    places = '<div class="element"><div class="element">{}</div></div>'
    assert [text.count(places.format(one)) for one in (2, 1)] == [1, 1]
    assert text.index(places.format(2)) < text.index(places.format(1))
    hostile = outputs_page(
        "Où ?", "Métropole", [({"text/html": one, "text/plain": ""}, {}) for one in HOSTILE]
    ).decode()
    assert not DANGER.search(hostile.partition("<main")[2])


def test_sanitised_keeps_a_report() -> None:
    markup = '<div class="scroll" role="region" tabindex="0" aria-label="t"><table><caption>c</caption><tbody><tr>'
    markup += '<th scope="row" class="number">a</th><td>b</td></tr></tbody></table></div>'
    assert sanitised(markup) == markup


def page(*outputs: nbformat.NotebookNode) -> str:
    notebook = made("secret_code()")
    notebook.cells[2].outputs = list(outputs)
    notebook.cells.insert(2, nbformat.v4.new_markdown_cell("## Une *partie* ?\n\n" + "".join(HOSTILE), id="partie"))
    return report_page(notebook, "Où ? <CT2>", "Métropole & co").decode()


def shown(data: dict[str, str], **metadata: object) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata)


def test_page() -> None:
    image = {"image/png": base64.b64encode(b"png").decode(), "text/plain": "x"}
    about = {"alt": 'un "dessin" <b>', "caption": "légende <b>", "width": 700, "height": 300}
    text = page(
        shown({"text/html": "".join(HOSTILE)}), shown({"text/plain": HOSTILE[0]}), shown(image, **{"image/png": about})
    )
    head, body = text.split("</head>")
    assert re.match(r'<!DOCTYPE html>\s*<html lang="fr">', text)
    assert "<title>Où ? &lt;CT2&gt;</title>" in head
    assert "secret_code" not in text
    assert [
        tag
        for tag in re.findall(r"<(\w+)", body)
        if tag in {"script", "svg", "iframe", "style", "form", "meta", "link"}
    ] == []
    (image_tag,) = re.findall(r"<img [^>]*>", body)
    assert 'src="data:image/png;base64,cG5n"' in image_tag
    assert re.search(r"""alt='un "dessin" &lt;b&gt;'""", image_tag)
    assert "<figcaption>légende &lt;b&gt;</figcaption>" in body
    assert len(re.findall(r"<h1[ >]", text)) == 1
    assert '<a href="#partie">Une *partie* ?</a>' in body
    assert 'id="partie"' in body
    assert not re.search(r"(src|href)=\"?(https?:)?//", text)


def test_the_policy_allows_this_style_and_nothing_else() -> None:
    text = page()
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    policy = re.search(r'<meta content="([^"]*)" http-equiv="Content-Security-Policy"', text)
    assert style is not None
    assert policy is not None
    fingerprint = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].split("; ") == [
        "default-src 'none'",
        "img-src data:",
        f"style-src 'sha256-{fingerprint}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_same_notebook_same_page() -> None:
    assert page() == page()


def test_spots_and_data_of_a_figure_are_text() -> None:
    """The template writes them from the metadata, which anyone may have written."""
    image = {"image/png": base64.b64encode(b"png").decode(), "text/plain": "x"}
    hostile = "</title></rect></svg><script>alert(1)</script>"
    spot = {"x": '"><script>', "y": 2.0, "width": "30", "height": None, "text": hostile}
    about = {
        "alt": "a",
        "caption": "c",
        "width": 700,
        "height": 300,
        "spots": [spot],
        "csv": f'a,"{hostile}"\n',
        "name": hostile,
    }
    text = page(shown(image, **{"image/png": about}))
    escaped = hostile.replace("<", "&lt;").replace(">", "&gt;")
    assert f'<rect height="0" width="30" x="0" y="2"><title>{escaped}</title></rect></svg>' in text
    assert '<svg aria-hidden="true" class="spots" focusable="false" viewbox="0 0 700 300">' in text.replace(
        "viewBox", "viewbox"
    )
    (link,) = re.findall(r'<a [^>]*href="data:[^>]*>', text)
    assert unquote(re.findall(r'href="data:text/csv;charset=utf-8,([^"]*)"', link)[0]) == about["csv"]
    assert re.fullmatch(r'<a download="[^"<>]*" href="[A-Za-z0-9:;,%/._~=-]*">', link)
    assert "<script" not in text
    assert "<svg" not in page(shown(image, **{"image/png": {**about, "spots": [], "csv": ""}}))
    assert "data:text" not in page(shown(image, **{"image/png": {**about, "spots": [], "csv": ""}}))
