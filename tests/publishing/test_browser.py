"""The pages as a browser shows them: silent, harmless with hostile texts, usable by everyone in every state."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spaser_analysis import workspace
from spaser_analysis.audit.findings import Finding
from spaser_analysis.audit.steps import STEPS, Audit
from spaser_analysis.publishing.erratum import erratum
from spaser_analysis.publishing.manifest import read_edition
from tests.browser import NEEDED, OPEN, STATES
from tests.publishing import hostile

SLUGS = ("pays-d-aix", "synthese", "programmation", "qualite-des-donnees", "methode", "bilan-legal")
HOSTILE = (
    "pays-d-aix",
    "programmation",
    "qualite-des-donnees",
    "preuves",
    "audit",
)  # those that quote what was declared
PAGES = (*SLUGS, "preuves", "erratum", "audit")

pytestmark = NEEDED


@pytest.fixture(scope="module")
def clean(sample_clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.planted(sample_clean, tmp_path_factory.mktemp("hostile") / "clean")


@pytest.fixture(scope="module")
def pages(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each type, all with hostile texts."""
    folder = tmp_path_factory.mktemp("pages")
    found = hostile.reports(clean, folder)
    before = read_edition(workspace.home() / "reports" / "2022-T3")
    figures = (before.folder / "indicateurs.csv").read_bytes()
    told = figures.replace(b",True,", b",False,").replace(b"environmental", hostile.TEXTS[0].encode())
    wrong = [Finding("verify", "x", "failed", text, text) for text in hostile.TEXTS]
    made = {
        "erratum": next(
            content
            for name, content in erratum(before, replace(before, revision=9), figures, told, "Métropole", hostile.TEXTS[1]).items()
            if name.endswith(".html")
        ),
        "audit": Audit("2022-T3", 1, STEPS, tuple(wrong)).as_page(),
    }  # fmt: skip
    for name, content in made.items():
        found[name] = folder / f"{name}.html"
        found[name].write_bytes(content)
    assert set(found) == set(PAGES)
    return found


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


def events_of(chromium: Any, file: Path, **options: Any) -> list[str]:
    """What a page does beside being read: dialogs, requests, messages, errors."""
    page, events = chromium.new_page(**options), []
    page.on("console", lambda message: events.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: events.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (events.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("requestfinished", lambda request: events.append(f"request: {request.url}"))
    page.on("requestfailed", lambda request: events.append(f"request: {request.url} ({request.failure})"))
    page.goto(file.as_uri())
    page.evaluate(OPEN)
    page.mouse.wheel(0, 4000)
    page.wait_for_timeout(300)
    page.close()
    return [one for one in events if not one.startswith(("request: data:", f"request: {file.as_uri()}"))]


@pytest.mark.parametrize("name", PAGES)
def test_silent_and_harmless(pages: dict[str, Path], chromium: Any, name: str) -> None:
    text = pages[name].read_text()
    assert name not in HOSTILE or "alert(1)" in text
    assert events_of(chromium, pages[name]) == []


@pytest.mark.parametrize("name", PAGES)
def test_escaping_holds_without_the_policy(pages: dict[str, Path], chromium: Any, name: str) -> None:
    assert events_of(chromium, pages[name], bypass_csp=True) == []


def test_the_policy_holds_without_escaping(clean: Path, chromium: Any, tmp_path: Path) -> None:
    found = hostile.reports(clean, tmp_path, hostile.made_bare, ("pays-d-aix", "programmation"))
    for name in ("pays-d-aix", "programmation", "preuves"):
        assert hostile.TEXTS[0] in found[name].read_text(), name
        done = events_of(chromium, found[name])
        refused = [one for one in done if one.endswith("(csp)") or "Content Security Policy" in one]
        assert len(refused) > 10, name  # it had something to refuse
        assert [one for one in done if one not in refused] == [], name
        bare = found[name].with_name("bare.html")
        bare.write_text(found[name].read_text().replace("Content-Security-Policy", "x"))
        assert any(one.startswith("dialog: ") for one in events_of(chromium, bare)), name  # and nothing else did


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(pages: dict[str, Path], chromium: Any, name: str, state: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = chromium.new_page(**STATES[state], bypass_csp=True)  # the page itself allows no script
    page.goto(pages[name].as_uri())
    page.evaluate(OPEN)
    found = Axe().run(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found.response["violations"]
    ] == []
    assert wide <= STATES[state]["viewport"]["width"]


def test_structure(pages: dict[str, Path], page: Any) -> None:
    page.goto(pages["pays-d-aix"].as_uri())
    assert page.locator("html").get_attribute("lang") == "fr"
    assert "Pays d’Aix, 2022-T3" in page.title()
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == page.locator("header.site").count() == page.locator("footer").count() == 1
    images = page.locator("img")
    assert images.count() == 4
    assert all(len(images.nth(n).get_attribute("alt")) > 60 for n in range(4))
    assert page.locator("main script, main iframe, main style, main svg:not(.spots)").count() == 0
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("main .warning").first.inner_text().startswith("Données fictives.")
    links = page.locator("nav a")
    assert links.count() == page.locator("h2").count()
    for n in range(links.count()):
        assert page.locator(links.nth(n).get_attribute("href")).count() == 1


def test_a_figure_leads_to_what_it_is_made_of(pages: dict[str, Path], page: Any) -> None:
    page.goto(pages["pays-d-aix"].as_uri())
    address = page.locator("table a[href*=preuves]").first.get_attribute("href")
    assert address == "../pays-d-aix/preuves.html#environmental_share"
    page.goto(pages["preuves"].as_uri() + "#environmental_share")
    section = page.locator("section#environmental_share")
    assert section.locator("dt").all_inner_texts() == ["Oui", "Non", "Non renseigné"]
    row = page.locator(section.locator("dd a").last.get_attribute("href"))
    assert row.locator("th, td").count() == 8


@pytest.mark.parametrize("name", ["pays-d-aix", "synthese"])
def test_what_is_under_the_pointer(pages: dict[str, Path], page: Any, name: str) -> None:
    """At the middle of each spot is that spot, or a smaller one above it; and what it says stands in the table beside."""
    page.goto(pages[name].as_uri())
    page.evaluate(OPEN)
    spots = page.locator("svg.spots rect")
    found = page.evaluate("""() => [...document.querySelectorAll('svg.spots rect')].map(one => {
        one.scrollIntoView({block: 'center'});
        const box = one.getBoundingClientRect();
        const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        const over = [...one.parentNode.children].indexOf(seen) - [...one.parentNode.children].indexOf(one);
        return [one.querySelector('title').textContent, seen === one, over, box.width, box.height];
    })""")
    assert spots.count() == len(found) > 20
    assert all(over >= 0 for _, _, over, _, _ in found)
    hidden = [title for title, is_seen, *_ in found if not is_seen]
    assert all(title.startswith("Ensemble") or "trimestre" in title for title in hidden)
    assert all(width >= 4 and height >= 15 for *_, width, height in found)
    territories = page.locator("figure", has=page.locator("img[alt^='Un trait par territoire']"))
    titles = territories.locator("svg.spots title").all_text_contents()
    details = page.locator(".element", has=page.locator("caption", has_text="Les territoires depuis le 1er janvier"))
    rows = [row.locator("th, td").all_inner_texts() for row in details.locator("tbody tr").all()]
    assert len(rows) == len(titles) > 0
    for place, _, *cells in rows:
        assert any(title.startswith(place) and all(cell in title for cell in cells) for title in titles), (place, cells)


def test_the_data_of_a_figure_are_downloaded(pages: dict[str, Path], page: Any) -> None:
    page.goto(pages["pays-d-aix"].as_uri())
    links = page.locator("figure + .download a")
    assert links.count() == page.locator("figure").count() == 4
    with page.expect_download() as waited:
        links.first.click()
    assert waited.value.suggested_filename == "Cumul depuis le 1er janvier, à la fin de chaque trimestre.csv"
    lines = list(csv.reader(io.StringIO(waited.value.path().read_text(encoding="utf-8"))))
    page.evaluate(OPEN)
    table = page.locator("table", has_text="Cumul depuis le 1er janvier, à la fin de chaque trimestre")
    assert lines == [row.locator("th, td").all_text_contents() for row in table.locator("tr").all()]


@pytest.mark.parametrize("name", ["pays-d-aix", "audit"])
@pytest.mark.parametrize("state", ["light", "dark", "small", "forced colours"])
def test_the_keyboard_reaches_everything_in_order(pages: dict[str, Path], chromium: Any, name: str, state: str) -> None:
    page = chromium.new_page(**STATES[state])
    page.goto(pages[name].as_uri())
    page.evaluate(OPEN)
    wanted = page.locator("a[href], summary, .scroll").count()
    page.evaluate("""window.place = () => {
        const one = document.activeElement, style = getComputedStyle(one);
        const all = [...document.querySelectorAll('a[href], summary, .scroll')];
        const box = one.getBoundingClientRect();
        return [all.indexOf(one), style.outlineStyle, parseFloat(style.outlineWidth), style.outlineColor, box.width > 0 && box.height > 0];
    }""")
    seen = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("place()"))
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.keyboard.press("Tab")
    page.close()
    assert [one[0] for one in seen] == list(range(wanted))
    assert all(
        style == "solid" and width >= 2 and color != paper and is_shown for _, style, width, color, is_shown in seen
    )


def test_the_skip_link_shows_and_leads_to_the_content(pages: dict[str, Path], page: Any) -> None:
    page.goto(pages["pays-d-aix"].as_uri())
    page.keyboard.press("Tab")
    box = page.locator("a.skip").bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_tones_are_told_without_colour(pages: dict[str, Path], chromium: Any) -> None:
    page = chromium.new_page(**STATES["forced colours"])
    page.goto(pages["pays-d-aix"].as_uri())
    for tone, symbol in (("good", "✓"), ("bad", "✗"), ("open", "?")):
        for one in page.locator(f".card.{tone} .verdict").all():
            assert one.inner_text().startswith(symbol)
    borders = "getComputedStyle(document.querySelector('{}')).borderTopStyle"
    assert [page.evaluate(borders.format(one)) for one in (".card", ".warning", ".contents")] == ["solid"] * 3
    page.close()


def test_nothing_moves_for_who_asked_so(pages: dict[str, Path], chromium: Any) -> None:
    page = chromium.new_page(reduced_motion="reduce")
    page.goto(pages["pays-d-aix"].as_uri())
    assert page.evaluate(
        "[...document.querySelectorAll('*')].every(one => getComputedStyle(one).transitionDuration === '0s')"
    )
    page.close()


@pytest.mark.parametrize("name", SLUGS)
def test_a_printed_page_holds_its_tables(pages: dict[str, Path], chromium: Any, name: str) -> None:
    """In A4 without its margins, 680 pixels; the parts that are for the screen are not there."""
    page = chromium.new_page(viewport={"width": 680, "height": 900}, color_scheme="dark")
    page.goto(pages[name].as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert (
        page.evaluate(
            "[...document.querySelectorAll('table, figure img')].filter(one => one.getBoundingClientRect().right > 681).length"
        )
        == 0
    )
    assert not any(one.is_visible() for one in page.locator(".skip, .contents, .download, .spots").all())
    assert all(one.is_visible() for one in page.locator("details table").all())
    page.close()
