"""What the server of ``processes`` holds before it forks: the scientific stack, our rooms, and the data of the batch."""

from __future__ import annotations

import gc
import os
import sys
import time
from importlib import import_module
from pathlib import Path

from spaser_analysis.publishing.processes import SNAPSHOT, be_server

_STACK = (
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "ipykernel.debugger",
    "ipykernel.inprocess.blocking",
    "ipykernel.inprocess.ipkernel",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "nbclient",
    "nbconvert",
    "pandas",
    "pandera.backends.pandas.register",
    "papermill",
    "pyarrow.parquet",
    "scipy.stats",
    "sklearn.feature_extraction.text",
    "statsmodels.genmod.generalized_linear_model",
    "statsmodels.stats.proportion",
    "tornado.platform.asyncio",
)

be_server()
# jupyterlab brings a parser of addresses that takes two seconds to build when nbformat's validator is imported, for a format
# that no notebook's schema has: the validator does without.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
nbformat = import_module("nbformat")
del sys.modules["rfc3987_syntax"]
for name in _STACK:
    import_module(name)
face = import_module("spaser_analysis")
for name in face.__all__:
    getattr(face, name)
import_module("PIL.Image").preinit()
import_module("spaser_analysis.publishing.edition")
title = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# -")])
import_module("spaser_analysis.publishing.html").report_page(title, "", "")  # its templates are read
job = import_module("spaser_analysis.publishing.job")
if named := os.environ.get(SNAPSHOT):
    file = Path(named)
    while not file.exists() and file.parent.exists():  # the batch is still computing it
        time.sleep(0.02)
    if file.exists():
        job.read_snapshot(file)
gc.collect()
gc.freeze()
