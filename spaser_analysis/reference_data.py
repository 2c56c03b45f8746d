"""Dated figures of the law and of the national observatory: each row with its source and how sure it is.

Files of ``data/reference/``, described in docs/reference-data.md. ``certainty``: ``verified`` was read in the text itself,
``secondary`` in the page that ``source`` names. A figure that nobody has read is not there: its period cannot be judged.
"""

from __future__ import annotations

import io
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property

import pandas as pd
import pandera.pandas as pa

from spaser_analysis import workspace
from spaser_analysis.cleaning.reference import load_reference
from spaser_analysis.cleaning.text import fold
from spaser_analysis.organisation import Organisation
from spaser_analysis.programming.words import Vocabulary
from spaser_analysis.schemas import conform, table_schema

KINDS = ("supplies_services", "works")

THRESHOLDS = table_schema("thresholds.csv", "valid_from", "buyer", "kind")
DECLARED_TARGETS = table_schema("declared_targets.csv", "scheme", "category", "part", "valid_from")
COMPARATORS = table_schema("comparators.csv", "year", "indicator", "measure", "scope")
METHOD_CHANGES = table_schema("method_changes.csv", "day", "change")
PROCEDURES = table_schema("procedures.csv", "valid_from", "kind", "level")
UNITS = table_schema("units.csv", "cpv_prefix")
INCLUSIVE_SECTORS = table_schema("inclusive_sectors.csv", "cpv_prefix")
BUYER_KINDS = table_schema("buyer_kinds.csv", "siren_prefix")
WORDS = table_schema("words.csv", "word", "role")
_TABLES = (
    THRESHOLDS,
    DECLARED_TARGETS,
    COMPARATORS,
    METHOD_CHANGES,
    PROCEDURES,
    UNITS,
    INCLUSIVE_SECTORS,
    BUYER_KINDS,
    WORDS,
)
_SCHEMAS = {one.name: one for one in _TABLES}


@dataclass(frozen=True)
class Definition:
    """A definition of "entreprises solidaires": its letter, French ``name``, the statuses that make it, its source."""

    letter: str
    name: str
    statuses: tuple[str, ...]
    source: str


class Method:
    """What the reports quote, each read when it is first asked for: see the functions of the same names."""

    thresholds = cached_property(lambda _: thresholds())
    declared_targets = cached_property(lambda _: declared_targets())
    method_changes = cached_property(lambda _: method_changes())
    definitions = cached_property(lambda _: definitions())
    comparators = cached_property(lambda _: comparators())
    corrections = cached_property(lambda _: load_reference().corrections)


def method_changes() -> pd.DataFrame:
    """What changed in the way figures are made, oldest first: ``day``, ``change`` and ``effect`` (French)."""
    return _read(METHOD_CHANGES).sort_values(["day", "change"], ignore_index=True)


def definitions() -> tuple[Definition, ...]:
    """The four definitions of data/reference/solidarity.toml, as an organisation may choose them."""
    found = tomllib.loads(workspace.reference("solidarity.toml").read_text(encoding="utf-8"))
    return tuple(
        Definition(letter, one["name"], tuple(one["statuses"]), one["source"]) for letter, one in found.items()
    )


def thresholds() -> pd.DataFrame:
    """EU thresholds of formal procedures before tax (code de la commande publique, annexe 2), oldest first.

    ``valid_from``, ``valid_to`` (both days included), ``buyer`` (local: every buyer but the State), ``kind``
    (``KINDS``), ``amount_cents``, ``certainty``, ``source``, ``note``. Both kinds in every period, no two periods at
    once: else a ValueError that names the file, as for any value that is wrong.
    """
    found = _read(THRESHOLDS).sort_values(["valid_from", "kind"], ignore_index=True)
    periods = found.groupby(["valid_from", "valid_to"])["kind"].agg("|".join)
    starts, ends = (periods.index.get_level_values(name) for name in ("valid_from", "valid_to"))
    if (periods != "|".join(KINDS)).any():
        raise ValueError(f"{THRESHOLDS.name}: a period has not one row for each of {', '.join(KINDS)}")
    if (starts > ends).any() or (starts[1:] <= ends[:-1]).any():
        raise ValueError(f"{THRESHOLDS.name}: a period ends before it begins, or after the next has begun")
    cents = (found["amount_euros"] * 100).rename("amount_cents")
    return pd.concat(
        [found[["valid_from", "valid_to", "buyer", "kind"]], cents, found[["certainty", "source", "note"]]], axis=1
    )


def limits() -> pd.DataFrame:
    """From which amount before tax a procedure is required, and when: ``kind``, ``level`` (``competition``, ``notice``, ``formal``), ``valid_from``,
    ``valid_to`` (null: no end known), ``amount_cents``, ``certainty``, ``source``, ``note``; oldest first.

    R. 2122-8 (publicity and competition), R. 2131-12 (notice), annexe 2 (formal procedure).
    """
    lower = _read(PROCEDURES)
    lower = lower.assign(amount_cents=lower["amount_euros"] * 100).drop(columns="amount_euros")
    upper = thresholds().assign(level="formal").drop(columns="buyer")
    return pd.concat([lower, upper[lower.columns]], ignore_index=True).sort_values(
        ["level", "kind", "valid_from"], ignore_index=True
    )


def unit_labels() -> pd.Series:
    """Homogeneous unit to its French label."""
    return _read(UNITS).drop_duplicates("unit").set_index("unit")["label"]


def cpv_units() -> pd.Series:
    """CPV prefix to homogeneous unit."""
    return _read(UNITS).set_index("cpv_prefix")["unit"]


def cpv_families() -> pd.Series:
    """CPV prefix to purchase family."""
    rows = pd.read_csv(workspace.reference("families.csv"), dtype="str", keep_default_na=False)
    return rows.set_index("cpv_prefix")["family"]


def inclusive_sectors() -> pd.DataFrame:
    """Sectors of the Marché de l'inclusion by CPV: ``cpv_prefix``, ``sector_group``, ``sector``."""
    return _read(INCLUSIVE_SECTORS)


def family_labels() -> dict[str, str]:
    """Purchase family to its French name (families.csv)."""
    rows = pd.read_csv(workspace.reference("families.csv"), dtype="str")
    return dict(zip(rows["family"], rows["label"], strict=True))


def buyer_kinds() -> pd.DataFrame:
    """What the first digits of a SIREN tell of a buyer: ``siren_prefix``, ``kind``, ``label`` (French), ``note``."""
    return _read(BUYER_KINDS)


def vocabulary(organisation: Organisation) -> Vocabulary:
    """What is known of the words of objects, the places of the organisation left out (data/reference/words.csv)."""
    rows = _read(WORDS)
    by_role = {role: own.set_index("word")["value"] for role, own in rows.groupby("role")}
    names = [*(one.name for one in organisation.all_territories), *(one.name for one in organisation.communes)]
    aliases = [alias for one in organisation.all_territories for alias in one.aliases]
    return Vocabulary(
        counts={str(word): int(count) for word, count in by_role["count"].items()},
        objects=int(by_role["objects"].iloc[0]),
        synonyms={str(word): str(other) for word, other in by_role["synonym"].items()},
        stopwords=frozenset(by_role["stopword"].index),
        places=frozenset((*map(fold, names), *aliases, *organisation.institution_names)),
    )


def declared_targets() -> pd.DataFrame:
    """Least shares that the laws AGEC and EGalim require of a year's declared spending.

    ``scheme``, ``category`` (as the declaration spells it; null: all of them together), ``part``, ``valid_from``,
    ``valid_to`` (years, both included; null: no end known), ``minimum`` (0 to 1), ``certainty``, ``source``, ``note``.
    """
    return _read(DECLARED_TARGETS)


def comparators() -> pd.DataFrame:
    """What is published of other buyers: to be shown with its ``scope``, never as a ranking.

    ``year``, ``indicator`` (code), ``measure``, ``low`` and ``high`` (equal but where sources give two figures),
    ``scope`` (French: which buyers and contracts), ``series_end`` (last year that compares with this one; null: not
    ended), ``certainty``, ``source``, ``note``.
    """
    found = _read(COMPARATORS)
    if (found["low"] > found["high"]).any():
        raise ValueError(f"{COMPARATORS.name}: low is above high")
    return found


def _read(schema: pa.DataFrameSchema) -> pd.DataFrame:
    """The file of that name, every cell of the type and among the values allowed; blank is null. Never changed in place."""
    try:
        return _checked(schema.name, workspace.reference(schema.name).read_text(encoding="utf-8"))
    except (OSError, ValueError, pa.errors.SchemaError) as error:
        raise ValueError(f"{schema.name}: {' '.join(str(error).split())}") from None


@cache
def _checked(name: str, text: str) -> pd.DataFrame:
    """A process parses a file again only when it has changed."""
    schema = _SCHEMAS[name]
    rows = pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False, na_values=[""], index_col=False)
    if list(rows.columns) != list(schema.columns):
        raise ValueError(f"line 1 must be {','.join(schema.columns)}")
    checked: pd.DataFrame = schema.validate(conform(rows, schema))
    return checked
