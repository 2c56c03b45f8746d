"""The pictures of the README: the portal, a report and the workbench as Chromium shows them. ``make screenshots``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from spaser_analysis import workspace

IMAGES = Path(__file__).parent / "images"
SIZE: Any = {"width": 1280, "height": 800}
PORT = 8897


def keep(page: Page, name: str, folder: Path) -> None:
    """What a page shows, smaller and in 128 colours: some tens of kilobytes."""
    png = folder / name
    page.screenshot(path=png)
    with Image.open(png) as drawn:
        small = drawn.convert("RGB").resize((drawn.width * 3 // 4, drawn.height * 3 // 4), Image.Resampling.LANCZOS)
        small.quantize(128, dither=Image.Dither.NONE).save(IMAGES / name, optimize=True)


def pages(browser: Browser, folder: Path) -> None:
    """The portal and the report of the whole, from the committed editions."""
    for name, address in (("portal", "index.html"), ("report", "2022-T3/metropole/report.html")):
        page = browser.new_page(viewport=SIZE)
        page.goto((workspace.reports() / address).as_uri())
        keep(page, f"{name}.png", folder)


def workbench(browser: Browser, folder: Path) -> None:
    """JupyterLab on a copy of the notebooks, exploration run."""
    home = folder / "project"
    home.mkdir()
    shutil.copytree(workspace.notebooks(), home / "notebooks")
    (home / "data").symlink_to(workspace.home() / "data")
    command = [
        sys.executable,
        "-c",
        "from spaser_analysis.cli import main; main()",
        "lab",
        "--no-browser",
        f"--port={PORT}",
    ]
    command += ["--IdentityProvider.token="]
    environment = os.environ | {
        "SPASER_HOME": str(home), "SPASER_CLEAN": str(workspace.sample_clean()), "HOME": str(folder),
        "PYTHONPATH": str(workspace.home()),
    }  # fmt: skip
    with subprocess.Popen(command, env=environment, cwd=home, stderr=subprocess.DEVNULL) as server:
        try:
            address = f"http://127.0.0.1:{PORT}/lab/tree/notebooks/exploration.ipynb"
            answers(address)
            page = browser.new_page(viewport=SIZE)
            page.set_default_timeout(60_000)
            page.goto(address)
            page.get_by_role("button", name="Python (spaser-analysis) | Inactif").wait_for()
            page.get_by_role("menuitem", name="Exécution").click()
            page.get_by_role("menuitem", name="Exécuter toutes les cellules", exact=True).click()
            page.wait_for_function(
                "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].at(-1).innerText.match(/\\d/)"
            )
            page.locator("img").last.scroll_into_view_if_needed()
            page.wait_for_timeout(1000)
            keep(page, "workbench.png", folder)
        finally:
            server.terminate()


def answers(address: str) -> None:
    """Wait for the server."""
    for _ in range(300):
        try:
            urlopen(address).close()
            return
        except URLError:
            time.sleep(0.1)
    raise TimeoutError(address)


def main() -> None:
    """Take all of them."""
    browser_path = shutil.which("chromium")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        pages(browser, Path(name))
        workbench(browser, Path(name))


if __name__ == "__main__":
    main()
