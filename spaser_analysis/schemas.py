"""Every column of every table, defined once: type, meaning and allowed values.

The columns stand in ``columns.csv`` beside this module, one a row, in the order of their tables: ``type`` is text, whole,
number, flag or day; ``required`` is yes where no row may lack it; ``allowed`` is a list (``agec | egalim``), a pattern from
``^`` on, a lower bound (``> 0``, ``>= 0``) or two bounds (``0..1``). What a buyer declared keeps its official DECP name; what the library derived is
English snake_case. Parquet types, validation and the public data dictionary all come from here.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from importlib import resources
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.compute as compute

TEXT, WHOLE, NUMBER, FLAG, DAY = "str", "Int64", "Float64", "boolean", "datetime64[ms]"

ARROW_TYPES = {
    TEXT: arrow.string(),
    WHOLE: arrow.int64(),
    NUMBER: arrow.float64(),
    FLAG: arrow.bool_(),
    DAY: arrow.timestamp("ms"),
}
_PANDAS_TYPES = {pa.Column(name).dtype: name for name in ARROW_TYPES}
RECORD = ["source_file", "source_record"]  # where a row was read
_TYPES = {"text": TEXT, "whole": WHOLE, "number": NUMBER, "flag": FLAG, "day": DAY}

_TEXT = resources.files(__package__).joinpath("columns.csv").read_text(encoding="utf-8")
_COLUMNS = list(csv.DictReader(_TEXT.splitlines()))


def table_schema(table: str, *unique: str) -> pa.DataFrameSchema:
    """A table of ``columns.csv``; no two of its rows have the same values in ``unique``."""
    columns = {
        one["column"]: pa.Column(
            _TYPES[one["type"]],
            _checks(one["allowed"]),
            nullable=one["required"] != "yes",
            description=one["description"],
        )
        for one in _COLUMNS
        if one["table"] == table
    }
    return pa.DataFrameSchema(columns, name=table, unique=list(unique) or None, strict=True, ordered=True)


def _checks(allowed: str) -> list[pa.Check]:
    if not allowed:
        return []
    if allowed.startswith("^"):
        return [pa.Check.str_matches(allowed)]
    if allowed.startswith(">"):
        bound, least = allowed.split()
        return [pa.Check.ge(int(least)) if bound == ">=" else pa.Check.gt(int(least))]
    if ".." in allowed:
        return [pa.Check.in_range(*map(int, allowed.split("..")))]
    return [pa.Check.isin(tuple(allowed.split(" | ")))]


def _allowed(table: str, column: str) -> tuple[str, ...]:
    """The list of values that a column may hold."""
    (one,) = (one for one in _COLUMNS if (one["table"], one["column"]) == (table, column))
    return tuple(one["allowed"].split(" | "))


CONTRACTS = table_schema("contracts", "uid")
# Concessions are set apart: "marchés" is the word of the objectives (domain.md 5.1).
CONCESSIONS = pa.DataFrameSchema(CONTRACTS.columns, name="concessions", unique=["uid"], strict=True, ordered=True)
HOLDERS = table_schema("holders", "uid", "holder_id")
AMENDMENTS = table_schema("amendments", "uid", "rank")
PAYMENTS = table_schema("payments", "source_file", "source_record")
SUPPLIERS = table_schema("suppliers", "source_file", "source_record")
INSERTION_HOURS = table_schema("insertion_hours", "source_file", "source_record")
# A yearly declaration belongs to the last quarter of its year, and to the whole organisation.
DECLARATIONS = table_schema("declarations", "source_file", "source_record", "part")
NEEDS = table_schema("needs", "source_file", "source_record")
# The census as it was read, under the names of its template, so that a line can be given back to be corrected.
NEED_LINES = table_schema("need_lines", "source_file", "source_record")
WORKING_GROUPS = table_schema("working_groups", "source_file", "source_record")
LEDGER = table_schema("ledger")
RESULTS = table_schema("results", "quarter", "territory", "indicator", "window", "scope", "measure")

SUPPLIER_STATUSES = _allowed("suppliers", "status")
# Stands for the name of a natural person, none of whose identifiers may be published.
MASKED = "personne physique (masquée)"
SCOPES = _allowed("results", "scope")


def dtypes(schema: pa.DataFrameSchema) -> dict[str, str]:
    """Column to pandas dtype, in the order of the schema."""
    return {name: _PANDAS_TYPES[column.dtype] for name, column in schema.columns.items()}


def empty(schema: pa.DataFrameSchema) -> pd.DataFrame:
    """A table of that schema without rows."""
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in dtypes(schema).items()})


def conform(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """The columns of the schema, in its order and types; an absent column is all null, another one is dropped."""
    kinds: dict[str, Any] = dtypes(schema)
    return frame.reindex(columns=list(kinds)).astype(kinds)


def arrow_schema(schema: pa.DataFrameSchema) -> arrow.Schema:
    """The Parquet types of a table."""
    return arrow.schema([(name, ARROW_TYPES[dtype]) for name, dtype in dtypes(schema).items()])


def check(rows: arrow.Table, schema: pa.DataFrameSchema) -> None:
    """ValueError unless the rows are as the schema says, in the types of ``arrow_schema``: the same rules as pandera's,
    on columns as they are written, which is many times cheaper on the runs of a large table.
    """
    if rows.schema.remove_metadata() != arrow_schema(schema):
        raise ValueError(f"{schema.name}: columns or types other than those of the schema")
    for name, column in schema.columns.items():
        values = rows[name]
        if values.null_count and not column.nullable:
            raise ValueError(f"{schema.name}.{name}: missing in {values.null_count} rows")
        for rule in column.checks:
            if compute.all(_CHECKS[rule.name](values, **rule.statistics)).as_py() is False:
                raise ValueError(f"{schema.name}.{name}: {rule.error}")
    if schema.unique and len(rows.group_by(schema.unique).aggregate([])) < len(rows):
        raise ValueError(f"{schema.name}: several rows with the same {', '.join(schema.unique)}")


# By pandera's name: what each kind of check of this module says of the values of a column; null is allowed or told apart.
_CHECKS: dict[str, Callable[..., arrow.ChunkedArray]] = {
    "isin": lambda values, allowed_values: compute.is_in(values, arrow.array([*allowed_values, None], values.type)),
    "str_matches": compute.match_substring_regex,
    "greater_than": lambda values, min_value: compute.greater(values, min_value),
    "greater_than_or_equal_to": lambda values, min_value: compute.greater_equal(values, min_value),
    "in_range": lambda values, min_value, max_value, **_: compute.and_(
        compute.greater_equal(values, min_value), compute.less_equal(values, max_value)
    ),
}
