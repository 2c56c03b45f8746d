"""Three states; unknown is never no."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from spaser_analysis.cleaning.considerations import clean_considerations
from spaser_analysis.cleaning.reference import load_reference

SPELLINGS = load_reference().spellings


def read(raw: str | None, axis: str) -> dict[str, Any]:
    frame, _ = clean_considerations(pd.Series([raw], dtype="str"), axis, SPELLINGS[axis])
    row = frame.iloc[0]
    return {name: None if pd.isna(value) else value for name, value in row.items()}


@pytest.mark.parametrize(
    ("raw", "state", "clause", "criterion", "status"),
    [
        ("Clause environnementale", True, True, False, "declared"),
        ("Critère environnemental", True, False, True, "declared"),
        ("Clause environnementale, Critère environnemental", True, True, True, "declared"),
        ("Critère environnemental | Clause environnementale", True, True, True, "declared"),
        ("['Critère environnemental', 'Clause environnementale']", True, True, True, "declared"),
        ("CRITERE  ENVIRONNEMENTAL", True, False, True, "declared"),
        ("Pas de considération environnementale", False, False, False, "declared"),
        ("Sans objet", False, False, False, "declared"),
        ("Aucune", False, False, False, "declared"),
        ("Clause environnementale ; Critère environnemental", True, True, True, "declared"),
        ("Clause environnementale\nCritère environnemental", True, True, True, "declared"),
        ("Crit&egrave;re environnemental", True, False, True, "declared"),
        ("Pas de consid\ufffdration environnementale", False, False, False, "declared"),
        ("Crit\ufffdre environnemental", True, False, True, "declared"),
        ("", None, None, None, "undeclared"),
        (None, None, None, None, "undeclared"),
        ("NC", None, None, None, "undeclared"),
        ("MQ", None, None, None, "undeclared"),
        ("CDL", None, None, None, "undeclared"),
        ("INX Clause", None, None, None, "undeclared"),
        ("Pas de considération environnementale, Clause environnementale", None, None, None, "contradiction"),
        ("écologique", None, None, None, "unreadable"),
        ("écologique, Clause environnementale", True, True, None, "unreadable"),
    ],
)
def test_environmental(
    raw: str | None, state: bool | None, clause: bool | None, criterion: bool | None, status: str
) -> None:
    found = read(raw, "environmental")
    assert (
        found["environmental"], found["environmental_clause"], found["environmental_criterion"], found["environmental_status"],
    ) == (state, clause, criterion, status)  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "state", "clause", "reserved"),
    [
        ("Clause sociale, Critère social", True, True, False),
        ("Marché réservé", True, None, True),  # the official sheet: tick nothing else for a reserved contract
        ("Maerché réservé", True, None, True),
        ("Concession réservée", True, None, True),
        ("Marché réservé, Clause sociale", True, True, True),
        ("Pas de considération sociale", False, False, False),
        ("Pas de considération sociale, Clause sociale", None, None, None),
        ("", None, None, None),
    ],
)
def test_social(raw: str, state: bool | None, clause: bool | None, reserved: bool | None) -> None:
    found = read(raw, "social")
    assert (found["social"], found["social_clause"], found["reserved"]) == (state, clause, reserved)


def test_the_declared_list_is_kept_whatever_its_order() -> None:
    assert (
        read("Critère social, Clause sociale", "social")["considerationsSociales"] == "Clause sociale | Critère social"
    )
