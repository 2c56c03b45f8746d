"""Reports as PDF: tagged, told in French, the same bytes twice, and without anything of this machine."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from spaser_analysis.publishing import pdf
from spaser_analysis.publishing.html import outputs_page
from spaser_analysis.publishing.pdf import NoBrowser, NotPrinted, print_pages, printed_from
from spaser_analysis.views import style
from spaser_analysis.views.elements import Card, Cards, Figure, Linked, Table, columns

ROWS = tuple((f"Territoire {rank}", Linked.to("preuves.html#social_share", f"{rank},5 %")) for rank in range(90))
TABLE = Table("Les parts", columns("Territoire | Part >"), ROWS)
QUOTED = '<a href="x.csv">'  # a text, not a link
ALTERNATIVE = "Une barre par territoire, de la plus basse à la plus haute"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine: apt-get install chromium"),
]  # fmt: skip


def drawing() -> Figure:
    drawn, (axis,) = style.panels(1, 3.0, left=1.0, between=0)
    axis.set_ylim(0, 1)
    style.column(axis, 0, 1, "zone")
    return Figure(
        style.png(drawn, ""), style.size(drawn), ALTERNATIVE, "Légende de la figure", TABLE, style.spots(drawn)
    )


def page_of(*shown: Any) -> bytes:
    return outputs_page("Où en est-on ? 2022-T3", "Métropole", ["# Où en est-on ?", *shown])


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    card = Cards((Card("100 % des marchés", "49,9 à 52,8 %", "Objectif atteint", "good", ("190 sur 381", QUOTED)),))
    markup = {"text/html": card._repr_html_(), "text/plain": ""}
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_bytes(page_of((markup, {}), "## Au fil de l’année", *drawing().shown()))
    return path


@pytest.fixture(scope="module")
def printed(page: Path) -> Path:
    target = page.with_name("pdf") / "2022-T3" / "metropole.pdf"
    assert list(print_pages({page: target})) == [target]
    return target


def tags_of(file: PdfReader) -> tuple[Counter[str], list[str]]:
    """How many elements of each role, and their alternative texts."""
    roles: Counter[str] = Counter()
    texts = []

    def walk(one: Any) -> None:
        one = one.get_object()
        for child in one if isinstance(one, list) else [one]:
            if isinstance(child, dict):
                roles[str(child.get("/S", ""))] += 1
                texts.extend([str(child["/Alt"])] if "/Alt" in child else [])
                if "/K" in child:
                    walk(child["/K"])
            elif hasattr(child, "get_object") and child is not child.get_object():
                walk(child)

    walk(file.root_object["/StructTreeRoot"])
    return roles, texts


def test_it_is_tagged_titled_and_french(printed: Path) -> None:
    file = PdfReader(printed)
    assert file.root_object["/Lang"] == "fr"
    assert file.root_object["/MarkInfo"]["/Marked"].value is True
    assert file.root_object["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert file.metadata is not None
    assert file.metadata.title == "Où en est-on ? 2022-T3"
    roles, texts = tags_of(file)
    assert roles["/H1"] == 1
    assert roles["/H2"] == 1
    assert roles["/TH"] >= len(ROWS) + 2
    assert roles["/TD"] == len(ROWS)
    assert texts == [ALTERNATIVE]
    titles = [one.title for one in file.outline if not isinstance(one, list)]  # type: ignore[union-attr]
    assert [title.replace("\u00a0", " ") for title in titles] == ["Où en est-on ?"]


def test_its_text_can_be_selected_and_its_details_are_open(printed: Path) -> None:
    pages = [one.extract_text().replace("\u00a0", " ") for one in PdfReader(printed).pages]
    text = "\n".join(pages)
    assert "49,9 à 52,8 %" in text
    assert "✓ Objectif atteint" in text
    assert "89,5 %" in text
    assert QUOTED in text
    assert "Légende de la figure" in text  # no ligature
    assert "Télécharger" not in text
    assert "zone" not in text
    assert [page for page, one in enumerate(pages) if "Territoire 8\n" in one or "Territoire 70" in one] != []
    heads = [
        one.count("Territoire Part") + one.count("Territoire\nPart")
        for one in pages
        if "Territoire 5" in one or "Territoire 80" in one
    ]
    assert all(count >= 1 for count in heads)  # the head of a table is on each of its pages
    assert f"1 / {len(pages)}" in pages[0]


def test_the_same_page_gives_the_same_bytes_anywhere(
    page: Path, printed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "other" / "page.html"
    elsewhere.parent.mkdir()
    shutil.copy(page, elsewhere)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("LC_ALL", "C")
    assert len(list(print_pages({page: tmp_path / "1.pdf", elsewhere: tmp_path / "2.pdf"}))) == 2
    assert (tmp_path / "1.pdf").read_bytes() == (tmp_path / "2.pdf").read_bytes() == printed.read_bytes()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["1.pdf", "2.pdf", "other"]


def test_it_has_no_clock_and_no_path(page: Path, printed: Path) -> None:
    raw = printed.read_bytes()
    for one in (
        b"CreationDate",
        b"ModDate",
        b"file:",
        b"Mozilla",
        str(page.parent).encode(),
        b"preuves.html",
        os.uname().nodename.encode() * 2,
    ):
        assert one not in raw


def test_it_says_of_which_page_it_is(page: Path, printed: Path, tmp_path: Path) -> None:
    assert printed_from(printed) == hashlib.sha256(page.read_bytes()).hexdigest()
    assert printed_from(tmp_path / "none.pdf") is None
    other = tmp_path / "other.pdf"
    other.write_bytes(printed.read_bytes().rpartition(b"%spaser")[0])
    assert printed_from(other) is None
    other.write_bytes(printed.read_bytes() + b"\n")
    assert printed_from(other) is None


def test_a_hostile_page_prints_without_harm(tmp_path: Path) -> None:
    """It runs nothing, shows no file of the machine, goes nowhere; and what it says is printed."""
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    page = tmp_path / "hostile.html"
    page.write_text(
        f"<html lang=fr><head><title>t</title></head><body><p id=p>inerte</p><iframe src='{secret.as_uri()}'></iframe>"
        f"<object data='{secret.as_uri()}'></object><img src='http://127.0.0.1:9/x'><a href=\"{secret.as_uri()}\">lien</a>"
        "<script>document.body.textContent = 'SCRIPT'; while (true) { alert(1) }</script>"
        "<img src=x onerror=\"document.body.textContent = 'SCRIPT'\"></body></html>"
    )
    assert len(list(print_pages({page: tmp_path / "a.pdf"}))) == 1
    text = "".join(one.extract_text() for one in PdfReader(tmp_path / "a.pdf").pages)
    assert "inerte" in text
    assert "SECRET" not in text
    assert "SCRIPT" not in text
    assert b"secret.txt" not in (tmp_path / "a.pdf").read_bytes()


def test_without_a_browser_what_to_install_is_said(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "BROWSERS", ("no-such-browser",))
    with pytest.raises(NoBrowser, match="apt-get install chromium"):
        list(print_pages({page: tmp_path / "a.pdf"}))


@pytest.mark.parametrize(
    ("script", "why"), [("sleep 60", "not printed within 1 second"), ("exit 1", "printed nothing")]
)
def test_a_browser_that_hangs_or_fails_is_stopped(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, why: str
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\n{script}\n")
    browser.chmod(0o755)
    monkeypatch.setattr(pdf, "BROWSERS", (str(browser),))
    monkeypatch.setattr(pdf, "SECONDS", 1)
    with pytest.raises(NotPrinted, match=why):
        list(print_pages({page: tmp_path / "a.pdf"}))
    assert not (tmp_path / "a.pdf").exists()
