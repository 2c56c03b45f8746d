"""Every repair, flag and rejection by name: what is done and, in French, why. The ledger quotes these.

They stand in ``rules.csv`` beside this module, one a row.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Rule:
    """``action`` is one of the ledger's: repaired, emptied, flagged, rejected, duplicate, corrected."""

    name: str
    action: str
    reason: str


_TEXT = resources.files(__package__).joinpath("rules.csv").read_text(encoding="utf-8")
RULES: tuple[Rule, ...] = tuple(Rule(**one) for one in csv.DictReader(_TEXT.splitlines()))
RULES_BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
