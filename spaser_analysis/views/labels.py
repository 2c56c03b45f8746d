"""The French words of the reports, from the files beside this module: ``labels.toml`` for codes, by kind and code;
``tables.toml`` around tables, ``sentences.toml`` on their own; ``sheets.toml``, the columns and headings of each sheet of a workbook.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any


def _words(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


LABELS: dict[str, dict[str, str]] = _words("labels.toml")
TABLES = _words("tables.toml")
SENTENCES = _words("sentences.toml")
SHEETS: dict[str, dict[str, str]] = _words("sheets.toml")
