"""What the server of ``processes`` holds before it forks: the scientific stack, our rooms, and the data of the batch."""

from __future__ import annotations

import gc
import os
import sys
import time
from importlib import import_module
from pathlib import Path

from spaser_analysis.publishing.processes import SNAPSHOT, be_server

_STACK = (  # what is imported at its first use, by ours or by others
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "ipykernel.debugger",
    "ipykernel.inprocess.blocking",
    "ipykernel.inprocess.ipkernel",
    "spaser_analysis.publishing.edition",
    "spaser_analysis.publishing.job",
    "statsmodels.genmod.generalized_linear_model",
    "statsmodels.stats.proportion",
    "tornado.platform.asyncio",
)

be_server()
gc.disable()  # nothing of what is imported is garbage
# jupyterlab brings a parser of addresses that takes two seconds to build when nbformat's validator is imported, for a format
# that no notebook's schema has: the validator does without.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
import_module("nbformat")
del sys.modules["rfc3987_syntax"]
for name in _STACK:
    import_module(name)
face = import_module("spaser_analysis")
for name in face.__all__:
    getattr(face, name)
import_module("PIL.Image").preinit()
# What the first use of a library makes: the checks of a schema, the templates and the parser of a page, the words of French.
import_module("spaser_analysis.reference_data").thresholds()
import_module("spaser_analysis.formatting").percent(0.5)
import_module("spaser_analysis.publishing.html").outputs_page("", "", ["# -", ({"text/html": "&nbsp;"}, {})])
if named := os.environ.get(SNAPSHOT):
    file = Path(named)
    while not file.exists() and file.parent.exists():  # the batch is still computing it
        time.sleep(0.02)
    if file.exists():
        import_module("spaser_analysis.snapshot").handed(file)
gc.collect()
gc.freeze()
gc.set_threshold(10_000)  # a report makes many objects and little garbage
gc.enable()
