"""The French words for codes, by kind and code, from ``labels.toml`` beside this module."""

from __future__ import annotations

import tomllib
from importlib import resources

LABELS: dict[str, dict[str, str]] = tomllib.loads(
    resources.files(__package__).joinpath("labels.toml").read_text(encoding="utf-8")
)
