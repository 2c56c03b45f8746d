"""The portal of the committed editions, made anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from spaser_analysis import workspace
from spaser_analysis.portal.build import build
from tests.portal.published import AMP


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed editions and their portal, of which all that differs is made anew."""
    reports = tmp_path_factory.mktemp("portal") / "reports"
    shutil.copytree(workspace.reports(), reports)
    build(reports, AMP)
    return reports
