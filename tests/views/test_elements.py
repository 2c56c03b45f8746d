"""Each element escapes what it is given, and says the same thing in plain text."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from spaser_analysis.views import elements
from spaser_analysis.views.elements import Card, Cards, Column, Data, Definitions, Figure, Linked, Paragraphs, Table

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \"'&"
TABLE = Table(HOSTILE, (Column(HOSTILE), Column("n", is_number=True)), ((HOSTILE, "12"), ("b", "3")), (HOSTILE,))
CARDS = Cards((Card(HOSTILE, HOSTILE, HOSTILE, "bad", (HOSTILE,)),))


@pytest.mark.parametrize(
    "element",
    [
        TABLE,
        CARDS,
        Paragraphs((HOSTILE,), strong=HOSTILE, role="lead"),
        Definitions(((HOSTILE, (HOSTILE,)),)),
        Table(HOSTILE, (Column("a"),), (), empty=HOSTILE),
    ],
    ids=lambda one: type(one).__name__,
)
def test_hostile_text_stays_text(element: Any) -> None:
    markup = element._repr_html_()
    assert "<script" not in markup
    assert "<img" not in markup
    assert "&lt;script&gt;" in markup
    assert HOSTILE.split()[0] in repr(element)


def test_table_says_what_it_is() -> None:
    markup = Table("Titre", (Column("a"), Column("n", is_number=True)), (("x", "1"),))._repr_html_()
    assert "<caption><span>Titre</span></caption>" in markup
    assert '<th scope="col">a</th><th scope="col" class="number">n</th>' in markup
    assert '<tr><th scope="row">x</th><td class="number">1</td></tr>' in markup


def test_table_in_plain_text_is_aligned() -> None:
    text = repr(Table("Titre", (Column("a"), Column("n", is_number=True)), (("xyz", "1"), ("b", "12")), ("note",)))
    assert text.splitlines() == ["Titre", "a     n", "-------", "xyz   1", "b    12", "note"]


def test_table_refuses_a_ragged_row() -> None:
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        Table("Titre", (Column("a"), Column("b")), (("x",),))


def test_verdict_is_not_told_by_colour_alone() -> None:
    marks = {
        tone: Cards((Card("t", "f", "verdict", tone, ()),))._repr_html_().split('<p class="verdict">')[1][0]
        for tone in ("good", "bad", "open")
    }
    assert len(set(marks.values())) == 3


def test_nothing_to_say_shows_nothing() -> None:
    assert Paragraphs(())._repr_html_() == repr(Paragraphs(())) == ""


def test_french_punctuation_keeps_to_its_word() -> None:
    assert "«\u00a0oui\u00a0»\u00a0: a\u00a0; b\u00a0?" in Paragraphs(("« oui » : a ; b ?",))._repr_html_()


def shown(element: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    outputs: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def keep(data: dict[str, Any], raw: bool, metadata: dict[str, Any] | None = None) -> None:
        assert raw
        outputs.append((data, metadata or {}))

    monkeypatch.setattr(elements, "display", keep)
    element._ipython_display_()
    return outputs


def test_figure_shows_its_image_then_its_data(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = Figure(b"png", (700, 360), "alternative", "légende", Table("Titre", (Column("a"),), (("x",),)))
    (image, about), (table, _) = shown(figure, monkeypatch)
    assert base64.b64decode(image["image/png"]) == b"png"
    told = {"alt": "alternative", "caption": "légende", "width": 700, "height": 360}
    assert about["image/png"] == {**told, "spots": [], "csv": "a\nx\n", "name": "Titre"}
    assert image["text/plain"] == repr(figure) == "alternative"
    assert table["text/html"].startswith("<details><summary>")
    assert "<caption>" in table["text/html"]


def test_data_shows_its_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    ((data, _),) = shown(Data("a,b\n", "les données"), monkeypatch)
    assert data == {"text/csv": "a,b\n", "text/plain": "les données"}


def test_a_text_that_leads_somewhere_is_a_text_as_any_other() -> None:
    linked = Linked.to("preuves.html#x", HOSTILE)
    assert linked == HOSTILE
    assert Linked.to("", HOSTILE) is HOSTILE
    link = f'<a href="preuves.html#x">{elements.escape(HOSTILE)}</a>'
    told = Table("t", (Column("a"), Column("b")), ((linked, linked),), anchors=("m1",))
    assert repr(told) == repr(Table("t", (Column("a"), Column("b")), ((HOSTILE, HOSTILE),)))
    assert f'<tr id="m1"><th scope="row">{link}</th><td>{link}</td></tr>' in told._repr_html_()
    assert f'<p class="figure">{link}</p>' in Cards((Card("t", linked, "v", "bad", ()),))._repr_html_()
    line = Linked.joined(("Part : ", Linked.joined((linked, " ;")), " fin"))
    assert line == f"Part : {HOSTILE} ; fin"
    assert f"<dd>Part\u00a0: {link}\u00a0; fin</dd>" in Definitions((("t", (line,)),))._repr_html_()
    hostile = Linked.to('"><script>', "x")
    assert "<script" not in Table("t", (Column("a"),), ((hostile,),))._repr_html_()
