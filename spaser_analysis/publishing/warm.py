"""What the server of ``processes`` holds before it forks: the scientific stack, our rooms, and the data of the batch."""

from __future__ import annotations

import gc
import os
import time
from importlib import import_module
from pathlib import Path

import nbformat
import PIL.Image

import spaser_analysis
from spaser_analysis.publishing.html import report_page
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
    "papermill",
    "pyarrow.parquet",
    "scipy.stats",
    "sklearn.feature_extraction.text",
    "statsmodels.api",
    "tornado.platform.asyncio",
)


be_server()
for name in _STACK:
    import_module(name)
for name in spaser_analysis.__all__:
    getattr(spaser_analysis, name)
PIL.Image.preinit()
report_page(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# -")]), "", "")  # its templates are read
job = import_module("spaser_analysis.publishing.job")
if named := os.environ.get(SNAPSHOT):
    file = Path(named)
    while not file.exists() and file.parent.exists():  # the batch is still computing it
        time.sleep(0.02)
    if file.exists():
        job.read_snapshot(file)
gc.collect()
gc.freeze()
