"""The straight line from a published result to an objective, to tell a head start from a delay on the way."""

from __future__ import annotations

from dataclasses import dataclass

from spaser_analysis.organisation import Milestone, Organisation, Target
from spaser_analysis.period import Quarter


@dataclass(frozen=True)
class Trajectory:
    """From the share published for ``start.quarter`` to the share due at the end of ``target.year``."""

    start: Milestone
    target: Target

    def expected(self, quarter: Quarter) -> float | None:
        """The share on the line at the end of a quarter: the objective from its due day on, None before the start."""
        due = Quarter(self.target.year, 4)
        if quarter < self.start.quarter:
            return None
        if quarter >= due:
            return self.target.value
        done = _quarters_between(self.start.quarter, quarter) / _quarters_between(self.start.quarter, due)
        return self.start.value + (self.target.value - self.start.value) * done


def trajectory(organisation: Organisation, target: Target) -> Trajectory | None:
    """The line to an objective from the first result published for it before it is due; None where there is none."""
    starts = [
        one
        for one in organisation.milestones
        if (one.indicator, one.measure) == (target.indicator, target.measure) and one.quarter < Quarter(target.year, 4)
    ]
    return Trajectory(min(starts, key=lambda one: one.quarter), target) if starts else None


def _quarters_between(first: Quarter, last: Quarter) -> int:
    return (last.year - first.year) * 4 + last.number - first.number
