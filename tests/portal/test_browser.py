"""The portal in Chromium: found, sorted, filtered, searched, downloaded, printed; by anyone, and harmless to all."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pypdf import PdfReader

from spaser_analysis.portal.editions import Failed, read_periods
from spaser_analysis.portal.pages import Portal, environment
from spaser_analysis.portal.places import outlines
from tests.browser import NEEDED, OPEN, STATES
from tests.portal.published import AMP, results, written
from tests.portal.test_places import collection, square

HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=http://127.0.0.1:9/x onerror=alert(2)>",
    "<svg onload=alert(3)></svg>",
    "</title></style></td></table><iframe srcdoc='<script>parent.alert(4)</script>'></iframe>",
    "javascript:alert(5)",
    "{{ 7 * 7 }}{% raw %}</script><script>alert(6)</script>",
)
EVERY = "".join(HOSTILE)
PAGES = (
    "index.html",
    "portail/editions.html",
    "portail/donnees.html",
    "portail/accessibilite.html",
    "portail/indicateurs/environmental_share.html",
    "portail/chiffres/2022-T3/environmental_share.html",
)

pytestmark = NEEDED


def watched(chromium: Any, own: str = "file:", **how: Any) -> tuple[Any, list[str]]:
    """A page, and what it does that it should not."""
    page = chromium.new_page(**how)
    events: list[str] = []
    page.on("pageerror", lambda error: events.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (events.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def left(sent: Any) -> None:
        """A request that the page's policy did not stop before it left."""
        if not sent.url.startswith((own, "data:")) and sent.failure != "csp":
            events.append(f"request: {sent.url}")

    page.on("requestfinished", left)
    page.on("requestfailed", left)
    return page, events


def test_the_first_screen_answers_first(portal: Path, chromium: Any) -> None:
    page, events = watched(chromium, viewport={"width": 1280, "height": 800})
    page.goto((portal / "index.html").as_uri())
    assert page.locator("html").get_attribute("lang") == "fr"
    cards = page.locator(".objective")
    assert cards.count() == 3
    assert cards.locator(".figure").all_inner_texts() == [
        "49,9\u00a0à\u00a052,8\u202f%",
        "13,9\u00a0à\u00a016,8\u202f%",
        "1,9\u00a0à\u00a02,0\u202f%",
    ]
    assert "11 non renseignés" in cards.first.inner_text()
    assert "En hausse d’au moins 9,5\u00a0points en un an" in cards.first.inner_text()
    assert cards.first.locator(".tiles li").count() == 6
    for card in cards.all():
        box = card.bounding_box()
        assert box["y"] + box["height"] <= 800
    assert events == []
    assert (portal / "index.html").stat().st_size < 300_000


def test_its_place_on_the_map(portal: Path, chromium: Any) -> None:
    """Salon is north of Istres, Aubagne east of Marseille."""
    page, _ = watched(chromium, viewport={"width": 1280, "height": 800})
    page.goto((portal / "index.html").as_uri())
    tiles = page.locator(".objective").first.locator(".tiles li")
    at = {tile.locator("span").first.inner_text().split(" ↗")[0]: tile.bounding_box() for tile in tiles.all()}
    assert at["Pays salonais"]["y"] < at["Istres-Ouest Provence"]["y"]
    assert at["Pays salonais"]["x"] == at["Istres-Ouest Provence"]["x"]
    assert at["Marseille-Provence"]["x"] < at["Pays d’Aubagne et de l’Étoile"]["x"]


def test_a_figure_leads_to_its_line_and_to_its_contracts(portal: Path, chromium: Any) -> None:
    page, events = watched(chromium)
    page.goto((portal / "index.html").as_uri())
    page.locator(".objective .figure a").first.click()
    page.wait_for_load_state()
    assert page.url.endswith("portail/chiffres/2022-T3/environmental_share.html#AMP-year_to_date-all-number")
    row = page.locator("tr:target")
    assert row.locator("td").all_inner_texts()[3:6] == ["49,9\u00a0à\u00a052,8\u202f%", "190 sur 381 marchés", "11"]
    page.get_by_role("link", name="Pays salonais", exact=True).last.click()
    page.wait_for_load_state()
    assert page.url.endswith("2022-T3/pays-salonais/preuves.html#environmental_share")
    assert events == []


def test_navigation_in_both_directions(portal: Path, chromium: Any) -> None:
    page, events = watched(chromium)
    page.goto((portal / "index.html").as_uri())
    for label, title in (
        ("Éditions", "Éditions, révisions"),
        ("Données", "Données à télécharger"),
        ("Accueil", "Où en sont"),
        ("Méthode", "Comment chaque chiffre"),
    ):
        page.get_by_role("navigation").get_by_role("link", name=label, exact=True).click()
        page.wait_for_load_state()
        assert page.title().startswith(title)
    page.go_back()
    assert page.locator('nav [aria-current="page"]').inner_text() == "Accueil"
    assert events == []


def test_sort_and_filter(portal: Path, chromium: Any) -> None:
    page, events = watched(chromium)
    page.goto((portal / "portail" / "chiffres" / "2022-T3" / "social_share.html").as_uri())
    figures = page.locator("#chiffres tr:not([hidden]) td:nth-child(5)")
    before = figures.count()
    page.get_by_label("Filtrer les lignes").fill("aubagne DEPUIS nombre")
    assert figures.count() == 4
    assert page.get_by_role("status").inner_text() == f"4 sur {before}"
    page.get_by_label("Filtrer les lignes").fill("depuis tous nombre")
    page.get_by_role("button", name="Chiffre").click()
    shares = [float(text.replace(",", ".").split("\u00a0")[0].rstrip("\u202f%")) for text in figures.all_inner_texts()]
    assert len(shares) == 7
    assert shares == sorted(shares)
    page.get_by_role("button", name="Chiffre").click()
    assert page.locator('th[aria-sort="descending"]').inner_text().startswith("Chiffre")
    assert float(figures.first.inner_text().replace(",", ".").split("\u00a0")[0]) == max(shares)
    assert events == []


def test_search(portal: Path, chromium: Any) -> None:
    page, events = watched(chromium)
    page.goto((portal / "index.html#chercher").as_uri().replace("%23", "#"))
    shown = page.locator("#entrees li:not([hidden])")
    page.get_by_label("Mot cherché").fill("ÉGALITE femmes")
    assert [text.split(" :")[0].split("\u00a0:")[0] for text in shown.all_inner_texts()].count("Fiche") == 1
    page.get_by_label("Mot cherché").fill("voirie")
    assert "Famille d’achat\u00a0: Voirie et génie civil" in shown.all_inner_texts()
    page.get_by_label("Mot cherché").fill("considération sociale marchés")
    page.get_by_role("link", name="Marchés avec une considération sociale", exact=True).last.click()
    page.wait_for_load_state()
    assert page.url.endswith("portail/indicateurs/social_share.html")
    assert events == []


@pytest.fixture
def server(portal: Path) -> Iterator[str]:
    """The folder as any web server gives it."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(portal))) as served:
        Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


def test_download(portal: Path, server: str, chromium: Any) -> None:
    page, events = watched(chromium, own=server)
    page.goto(f"{server}/portail/donnees.html")
    for name in ("indicateurs.csv", "indicateurs.parquet", "indicateurs.json", "indicateurs.xlsx", "dictionnaire.csv"):
        with page.expect_download() as begun:
            page.get_by_role("link", name=name, exact=True).click()
        assert Path(begun.value.path()).read_bytes() == (portal / "portail" / "donnees" / name).read_bytes()
    assert events == []


@pytest.mark.parametrize("name", PAGES)
def test_print(portal: Path, chromium: Any, name: str) -> None:
    page, events = watched(chromium)
    page.goto((portal / name).as_uri())
    printed = PdfReader(io.BytesIO(page.pdf(format="A4", tagged=True)))
    text = "".join(sheet.extract_text() for sheet in printed.pages)
    assert page.locator("h1").inner_text().split(",")[0] in text.replace("\n", " ")
    assert "Chercher une fiche" not in text or name == "index.html"
    assert "Mot cherché" not in text and "Filtrer les lignes" not in text
    assert events == []


@pytest.mark.parametrize("name", PAGES)
def test_all_is_there_without_script(portal: Path, chromium: Any, name: str) -> None:
    with_script, without = chromium.new_page(), chromium.new_page(java_script_enabled=False)
    for page in (with_script, without):
        page.goto((portal / name).as_uri())
    assert without.locator("button, input").count() == 0
    assert without.locator("table").count() == with_script.locator("table").count()
    assert without.locator("main a").count() == with_script.locator("main a").count()
    assert without.locator("main a").first.is_visible()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(portal: Path, chromium: Any, name: str, state: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = chromium.new_page(bypass_csp=True, **STATES[state])  # the pages allow no script but their own
    page.goto((portal / name).as_uri())
    page.evaluate(OPEN)
    found = Axe().run(page)
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= STATES[state]["viewport"]["width"]


def test_keyboard_alone(portal: Path, chromium: Any) -> None:
    page, _ = watched(chromium)
    page.goto((portal / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])(getComputedStyle(document.activeElement))"
        )
        assert style[0] != "none" and style[1] != "0px", page.evaluate("document.activeElement.outerHTML")
        reached.append(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.tagName"))
    wanted = page.locator("header a, main a, main .scroll").all()[:60]
    assert reached == [one.get_attribute("href") or one.evaluate("one => one.tagName") for one in wanted]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Portal:
    """A portal of which every text is hostile, with an outline of each territory."""
    folder = tmp_path_factory.mktemp("hostile")
    rows = results(
        "2021-T3 AMP social_share 3 1 1\n2022-T3 AMP social_share 1 1 1\n2022-T3 CT2 environmental_share 1 8 1"
    )
    texts = {"libelle": EVERY, "reason": EVERY, "version": EVERY, "snapshot": EVERY}
    periods = read_periods(written(folder / "reports", [row | texts for row in rows]), AMP)
    buyer = replace(
        AMP, name=EVERY,
        whole=replace(AMP.whole, name=EVERY),
        territories=tuple(replace(one, name=EVERY) for one in AMP.territories),
        targets=tuple(replace(one, label=EVERY) for one in AMP.targets),
        fiches=tuple(replace(one, title=EVERY, axis=EVERY, objectives=(EVERY,)) for one in AMP.fiches),
        breaks=tuple(replace(one, label=EVERY) for one in AMP.breaks),
    )  # fmt: skip
    squares = [(one.code, "Polygon", [square(rank, 0)]) for rank, one in enumerate(AMP.territories)]
    (folder / "outlines").write_text(collection(*squares))
    assert len(periods[0].table) == 2
    broken = tuple(replace(one, problem=EVERY) for one in periods)
    return Portal(buyer, broken, (Failed("2022-T3", EVERY, EVERY),), outlines(folder / "outlines", buyer))


@pytest.mark.parametrize("defence", ["escaping", "policy"])
def test_each_defence_holds_alone(hostile: Portal, defence: str, chromium: Any, tmp_path: Path) -> None:
    portal = hostile if defence == "escaping" else replace(hostile, templates=environment(escapes=False))
    page, events = watched(chromium, bypass_csp=defence == "escaping")
    planted = 0
    for name, content in portal.pages():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        assert EVERY.encode() not in content or defence == "policy"
    for path in sorted(tmp_path.rglob("*.html")):
        page.goto(path.as_uri())
        page.evaluate(OPEN)
        page.wait_for_timeout(100)
        planted += page.locator("[onerror], [onload], iframe").count()
        assert page.locator('a[href^="javascript"]').count() == 0
    assert events == []
    assert (planted > 0) == (defence == "policy")


def test_outlines_are_drawn_and_lead_to_the_figures(hostile: Portal, chromium: Any, tmp_path: Path) -> None:
    plain = replace(hostile, buyer=AMP)
    for name, content in plain.pages():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    page, events = watched(chromium)
    page.goto((tmp_path / "index.html").as_uri())
    assert page.locator(".outlines a").count() == 1
    page.locator(".outlines a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/environmental_share.html#CT2-year_to_date-all-number")
    assert events == []
