"""Reference data that cleaning needs, handed to it whole: the other rules open no file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from spaser_analysis import workspace
from spaser_analysis.cleaning.considerations import COLUMNS
from spaser_analysis.cleaning.corrections import Correction
from spaser_analysis.organisation import Organisation, all_organisations


@dataclass(frozen=True)
class Reference:
    """``families``: cpv_prefix to family; ``spellings``: axis to (folded spelling to meaning)."""

    families: pd.Series
    spellings: dict[str, pd.Series]
    corrections: tuple[Correction, ...]
    organisations: tuple[Organisation, ...]


def load_reference() -> Reference:
    """Read the project's reference data; a ValueError names the file that is wrong."""
    families = pd.read_csv(workspace.reference("families.csv"), dtype="str", keep_default_na=False)
    spellings = pd.read_csv(workspace.reference("considerations.csv"), dtype="str", keep_default_na=False)
    return Reference(
        families.set_index("cpv_prefix")["family"],
        {
            axis: spellings[spellings["column"] == column].set_index("spelling")["meaning"]
            for axis, column in COLUMNS.items()
        },
        _corrections(),
        all_organisations(),
    )


def _corrections() -> tuple[Correction, ...]:
    file = workspace.reference("corrections.toml")
    try:
        declared = tomllib.loads(file.read_text(encoding="utf-8")).get("correction", [])
        return TypeAdapter(tuple[Correction, ...]).validate_python(declared)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ValueError(f"{file.name}: {error}") from None
