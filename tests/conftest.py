"""Where the real files are, and clean tables made once for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spaser_analysis import workspace
from spaser_analysis.ingest import Ingested, ingest
from tests.browser import CHROMIUM

REALDATA = Path(os.environ.get("SPASER_REALDATA") or workspace.home().parent / "shared" / "realdata")
REAL_FOLDERS = ("decp2019", "decp2022", "tabular", "tests_upstream")


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of real files; the test is skipped, and says so, where there is none."""
    if not REALDATA.is_dir():
        pytest.skip("no real files: put them in ../shared/realdata or name their folder in SPASER_REALDATA")
    return REALDATA


@pytest.fixture(scope="session")
def sample_clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clean tables of the fictitious sample, at its last snapshot."""
    folder = tmp_path_factory.mktemp("sample") / "clean"
    ingest([workspace.sample_snapshots()[-1]], folder)
    return folder


@pytest.fixture(scope="session")
def first_clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clean tables of the fictitious sample, at its first snapshot."""
    folder = tmp_path_factory.mktemp("first") / "clean"
    ingest([workspace.sample_snapshots()[0]], folder)
    return folder


@pytest.fixture(scope="session")
def real_ingest(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ingested, Path]:
    """What ingesting every real file of contracts gives, and its clean tables."""
    folder = tmp_path_factory.mktemp("real") / "clean"
    return ingest([realdata / name for name in REAL_FOLDERS], folder), folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright; for one module, since its event loop would be in the way of the kernels'."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
