"""Reference data that cleaning needs, handed to it whole: the other rules open no file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from spaser_analysis import workspace
from spaser_analysis.cleaning.considerations import COLUMNS
from spaser_analysis.cleaning.corrections import Correction
from spaser_analysis.cleaning.cpv import family_of
from spaser_analysis.cleaning.text import fold
from spaser_analysis.cleaning.themes import Rules, parse_rules
from spaser_analysis.organisation import Organisation, all_organisations


@dataclass(frozen=True)
class Reference:
    """``families``: cpv_prefix to family; ``units``: cpv_prefix to homogeneous unit; ``purchase_names``: folded code or
    label to ``(family, unit)``, each where it names one; ``spellings``: axis to (folded spelling to meaning); ``budget_natures``:
    folded spelling or account prefix to ``purchase`` or an exclusion; ``solidarity``: letter of a definition to statuses.
    """

    families: pd.Series
    units: pd.Series
    purchase_names: dict[str, tuple[str | None, str | None]]
    spellings: dict[str, pd.Series]
    themes: Rules
    budget_natures: pd.Series
    solidarity: dict[str, tuple[str, ...]]
    corrections: tuple[Correction, ...]
    organisations: tuple[Organisation, ...]


def load_reference() -> Reference:
    """Read the project's reference data; a ValueError names the file that is wrong."""
    families, units, spellings = _rows("families.csv"), _rows("units.csv"), _rows("considerations.csv")
    owner = family_of(units["cpv_prefix"].str.ljust(8, "0"), families.set_index("cpv_prefix")["family"])
    names: dict[str, tuple[str | None, str | None]] = {}
    for code, label, family in zip(units["unit"], units["label"], owner, strict=True):
        names |= dict.fromkeys((fold(code), fold(label)), (None if pd.isna(family) else family, code))
    for code, label in zip(families["family"], families["label"], strict=True):
        names |= dict.fromkeys((fold(code), fold(label)), (code, None))
    definitions = tomllib.loads(workspace.reference("solidarity.toml").read_text(encoding="utf-8"))
    return Reference(
        families.set_index("cpv_prefix")["family"],
        units.set_index("cpv_prefix")["unit"],
        names,
        {
            axis: spellings[spellings["column"] == column].set_index("spelling")["meaning"]
            for axis, column in COLUMNS.items()
        },
        parse_rules(_rows("themes.csv")),
        _rows("budget_natures.csv").set_index("spelling")["nature"],
        {letter: tuple(definition["statuses"]) for letter, definition in definitions.items()},
        _corrections(),
        all_organisations(),
    )


def _rows(name: str) -> pd.DataFrame:
    return pd.read_csv(workspace.reference(name), dtype="str", keep_default_na=False)


def _corrections() -> tuple[Correction, ...]:
    file = workspace.reference("corrections.toml")
    try:
        declared = tomllib.loads(file.read_text(encoding="utf-8")).get("correction", [])
        return TypeAdapter(tuple[Correction, ...]).validate_python(declared)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ValueError(f"{file.name}: {error}") from None
