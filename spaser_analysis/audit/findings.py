"""What an audit says: one finding for each thing it looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "failed", "unknown"]
Step = Literal["verify", "reproduce", "recompute", "balance"]
STEPS: tuple[Step, ...] = ("verify", "reproduce", "recompute", "balance")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``kind`` is a code for machines, as ``figure_altered``; ``name`` says which file, cell, figure or
    input; ``detail`` says in French, in one sentence, what was found. ``unknown``: it could not be looked at.
    """

    step: Step
    kind: str
    state: State
    name: str
    detail: str


def failed(findings: Iterable[Finding]) -> list[Finding]:
    """Those that an audit does not pass with."""
    return [one for one in findings if one.state == "failed"]
