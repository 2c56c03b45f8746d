"""The side tables' templates: their published Table Schema is the one truth on their columns.

``data/templates/NAME.schema.json`` follows the Table Schema standard; a format is recognised by the column that no other
has.
"""

from __future__ import annotations

import json
from typing import Any

from spaser_analysis import workspace

# Template: the clean table it feeds, and the columns that tell it from all others.
TABLES = {
    "payments": ("payments", ("date_paiement",)),
    "suppliers": ("suppliers", ("statut",)),
    "insertion_hours": ("insertion_hours", ("heures_realisees",)),
    "agec": ("declarations", ("montant_reemploi_et_reutilisation",)),
    "egalim": ("declarations", ("montant_durable_et_qualite",)),
    "needs": ("needs", ("numero_besoin",)),
    "working_groups": ("working_groups", ("groupe_de_travail", "fonction_juriste")),
}


def template_columns(name: str) -> tuple[str, ...]:
    """The columns of a template, in their order."""
    return tuple(field["name"] for field in _fields(name))


def required_columns(name: str) -> frozenset[str]:
    """The columns that a file of this template cannot do without."""
    return frozenset(field["name"] for field in _fields(name) if field.get("constraints", {}).get("required"))


def _fields(name: str) -> list[dict[str, Any]]:
    schema: dict[str, Any] = json.loads(workspace.template(f"{name}.schema.json").read_text(encoding="utf-8"))
    return list(schema["fields"])
