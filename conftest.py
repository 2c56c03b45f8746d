"""Tests and ``pytest --nbval`` read the sample's clean tables, whatever tables the user has made."""

from __future__ import annotations

import itertools
import os
import tempfile

import nbval.kernel
import pytest
import traitlets
from hypothesis import settings

from spaser_analysis import workspace

collect_ignore_glob = ["reports/revisions/*"]  # they rest on other clean tables: spaser audit makes those again

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def listen_on_files(config: pytest.Config) -> None:
    """Let nbval's kernels listen on socket files of their own: those that start together race for TCP ports.

    nbval gives its ``KernelManager`` no configuration, hence another in its place.
    """
    folder = tempfile.TemporaryDirectory(prefix="kernels-")
    config.add_cleanup(folder.cleanup)
    number = itertools.count()

    class Manager(nbval.kernel.KernelManager):
        @traitlets.default("transport")
        def _transport(self) -> str:
            return "ipc"

        @traitlets.default("ip")
        def _socket(self) -> str:
            return f"{folder.name}/{next(number)}"

    nbval.kernel.KernelManager = Manager


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("nbval", default=False):
        listen_on_files(config)
    if "SPASER_CLEAN" in os.environ:
        return
    if not hasattr(config, "workerinput") and not workspace.catalogue(workspace.sample_clean()).is_file():
        from spaser_analysis.ingest import ingest

        ingest([workspace.sample_snapshots()[-1]], workspace.sample_clean())
    os.environ["SPASER_CLEAN"] = str(workspace.sample_clean())
