from __future__ import annotations

import pytest

from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.trends.trajectory import trajectory

AMP = load_organisation("amp")


@pytest.mark.parametrize(
    ("quarter", "environment", "social"),
    [
        ("2022-T2", None, None),  # before the published result
        ("2022-T3", 0.50, 0.14),
        ("2022-T4", 0.50 + 0.50 / 13, 0.14 + 0.16 / 13),  # thirteen quarters from 2022-T3 to 2025-T4
        ("2024-T3", 0.50 + 0.50 * 8 / 13, 0.14 + 0.16 * 8 / 13),
        ("2025-T4", 1.0, 0.30),
        ("2026-T1", 1.0, 0.30),
    ],
)
def test_straight_line_from_the_published_result_to_the_objective(
    quarter: str, environment: float | None, social: float | None
) -> None:
    for code, expected in (("environmental_share", environment), ("social_share", social)):
        target = AMP.target(code, "number")
        assert target is not None
        line = trajectory(AMP, target)
        assert line is not None
        assert line.expected(Quarter.parse(quarter)) == (expected if expected is None else pytest.approx(expected))
