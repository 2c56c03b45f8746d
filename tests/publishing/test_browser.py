"""The page as a browser shows it: silent, harmless with hostile titles, described to those who do not see it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import spaser_analysis as spaser
from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.publishing import processes
from spaser_analysis.publishing.edition import make_edition
from spaser_analysis.publishing.tasks import territory_task
from spaser_analysis.report import open_report
from tests.tables import table
from tests.views.test_report import clean_tables

CHROMIUM = shutil.which("chromium")
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=http://127.0.0.1:9/x onerror=alert(2)>",
    "<svg onload=alert(3)></svg>",
    "</td></table><iframe srcdoc='<script>parent.alert(4)</script>'></iframe>",
    "javascript:alert(5)",
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report whose titles, directorates and ids are hostile."""
    folder = tmp_path_factory.mktemp("browser")
    rows = "uid | id | quarter | dateNotification | territory | environmental | social | amount | dureeMois | objet | directorate\n"
    for number, text in enumerate(HOSTILE * 2, start=1):
        rows += f"m{number} | {text} | 2022-T3 | 2022-08-01 | CT2 | no | | 500 | 60 | {text} | {text}\n"
    clean = clean_tables(folder / "clean", table(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPASER_CLEAN", str(clean))
        assert len(spaser.to_act_on(open_report("2022-T3", "CT2")).rows) == len(HOSTILE) * 2
        buyer = load_organisation()
        task = territory_task(buyer, Quarter(2022, 3), buyer.territory("CT2"))
        for name, content in processes.call(make_edition, task, buyer.name, folder).items():
            (folder / name).write_bytes(content)
    return folder / "report.html"


@pytest.fixture(scope="module", params=["report", "preuves", "programmation"])
def any_page(request: pytest.FixtureRequest, page_file: Path) -> Path:
    """The hostile report, what its figures are made of, or the report of the programming in the committed edition."""
    if request.param != "programmation":
        return page_file.with_name(f"{request.param}.html")
    return Path(__file__).parents[2] / "reports" / "2022-T3" / request.param / "report.html"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.mark.parametrize("name", ["report.html", "preuves.html"])
def test_silent_and_harmless(page_file: Path, chromium: Any, name: str) -> None:
    page_file = page_file.with_name(name)
    page = chromium.new_page()
    events: list[str] = []
    page.on("console", lambda message: events.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: events.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (events.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: events.append(f"request: {request.url}"))
    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.wait_for_timeout(300)
    outside = [one for one in events if not one.startswith(("request: data:", f"request: {page_file.as_uri()}"))]
    assert outside == []
    assert page.locator("td", has_text="<script>alert(1)</script>").count() > 0
    assert page.locator("main script, main iframe, main svg").count() == 0


def test_structure(page_file: Path, chromium: Any) -> None:
    page = chromium.new_page()
    page.goto(page_file.as_uri())
    assert page.locator("html").get_attribute("lang") == "fr"
    assert "Pays d’Aix, 2022-T3" in page.title()
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == page.locator("header.site").count() == page.locator("footer").count() == 1
    images = page.locator("img")
    assert images.count() == 4
    assert all(len(images.nth(n).get_attribute("alt")) > 60 for n in range(4))
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("main .warning").first.inner_text().startswith("Données fictives.")
    links = page.locator("nav a")
    assert links.count() == page.locator("h2").count()
    for n in range(links.count()):
        assert page.locator(links.nth(n).get_attribute("href")).count() == 1


def test_a_figure_leads_to_what_it_is_made_of(page_file: Path, chromium: Any) -> None:
    page = chromium.new_page()
    page.goto(page_file.as_uri())
    address = page.locator("table a").first.get_attribute("href")
    assert address == "../pays-d-aix/preuves.html#environmental_share"
    page.goto(page_file.with_name("preuves.html").as_uri() + "#environmental_share")
    section = page.locator("section#environmental_share")
    assert section.locator("dt").all_inner_texts() == ["Non"]
    assert section.locator("dd").inner_text() == f"2022-T3, {len(HOSTILE) * 2} marchés, 5\u202f000\u00a0€\u00a0: 1 à 10"
    row = page.locator(section.locator("a").last.get_attribute("href"))
    assert row.locator("th, td").nth(2).inner_text() == HOSTILE[3]  # m9, the last in the alphabet


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_never_wider_than_the_screen(any_page: Path, chromium: Any, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto(any_page.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing(any_page: Path, chromium: Any, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = chromium.new_page(
        viewport={"width": width, "height": 900}, bypass_csp=True
    )  # the page itself allows no script
    page.goto(any_page.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page)
    assert [(one["id"], len(one["nodes"])) for one in found.response["violations"]] == []
