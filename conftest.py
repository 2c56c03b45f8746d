"""Tests and ``pytest --nbval`` read the sample's clean tables, whatever tables the user has made."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from spaser_analysis import workspace

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_configure(config: pytest.Config) -> None:
    if "SPASER_CLEAN" in os.environ:
        return
    if not hasattr(config, "workerinput") and not workspace.catalogue(workspace.sample_clean()).is_file():
        from spaser_analysis.ingest import ingest

        ingest([workspace.sample_snapshots()[-1]], workspace.sample_clean())
    os.environ["SPASER_CLEAN"] = str(workspace.sample_clean())
