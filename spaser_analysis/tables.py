"""Clean tables on disk: Parquet with page checksums, sorted by quarter so that a report reads its slice only."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.compute as compute
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet

from spaser_analysis import schemas, workspace

# Without them a flag that may be null would pass through Python objects.
_NULLABLE = {arrow.bool_(): pd.BooleanDtype(), arrow.int64(): pd.Int64Dtype(), arrow.float64(): pd.Float64Dtype()}
RUN = 10_000  # rows of a group: a reader decodes whole groups, and each group makes every opening of the file longer
# Columns of which nearly every row has another value: a dictionary of these makes a file larger and slower to write.
DISTINCT = frozenset({"uid", "id", "objet", "montant", "amount_cents", "holder_id", "holder_siren", "source_record",
                      "titulaire_denominationSociale", "dateNotification", "datePublicationDonnees"})  # fmt: skip
NONE = "none"  # comes after every quarter

Condition = tuple[str, str, Any]
"""A column, a comparison (``==``, ``<=``, ``in``...) and a value or values."""


class NoCleanTables(Exception):
    """The folder holds no clean tables yet, or none that can be read."""


def to_arrow(rows: pd.DataFrame | arrow.Table, schema: pa.DataFrameSchema) -> arrow.Table:
    """A table in the Parquet types of its schema."""
    kinds = schemas.arrow_schema(schema)
    if isinstance(rows, pd.DataFrame):
        return arrow.Table.from_pandas(rows, schema=kinds, preserve_index=False).replace_schema_metadata()
    return rows.select(kinds.names).cast(kinds)


def write_table(path: Path, pieces: Iterable[pd.DataFrame | arrow.Table], schema: pa.DataFrameSchema) -> int:
    """Write the pieces one after the other, each a row group of its own; returns the number of rows.

    Every piece is checked against the schema first, as it is written; ValueError.
    """
    rows = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds = schemas.arrow_schema(schema)
    options = {"compression": "zstd", "write_page_checksum": True, "store_schema": False}
    repeated = [name for name in kinds.names if name not in DISTINCT]
    with parquet.ParquetWriter(path, kinds, use_dictionary=repeated, **options) as writer:
        for piece in pieces:
            table = to_arrow(piece, schema)
            schemas.check(table, schema)
            writer.write_table(table, row_group_size=max(len(table), 1))
            rows += len(table)
    return rows


def read_table(
    schema: pa.DataFrameSchema,
    clean_folder: Path,
    columns: Sequence[str] | None = None,
    filters: Sequence[Condition] = (),
    categories: Sequence[str] = (),
) -> pd.DataFrame:
    """A clean table, or the columns and rows of it that are asked for: those that meet every condition.

    Texts that are often repeated may be read as ``categories``, sorted. NoCleanTables if it is missing or damaged (a
    page whose checksum is wrong).
    """
    path = workspace.table(clean_folder, schema.name)
    if not path.is_file():
        raise NoCleanTables(f"{path}: no such clean table; make it with: spaser ingest FILES")
    wanted = list(columns or schema.columns)
    try:
        with parquet.ParquetFile(path, read_dictionary=list(categories), page_checksum_verification=True) as file:
            groups = _groups(file, filters)
            found = file.read_row_groups(groups, list(dict.fromkeys([*wanted, *(name for name, *_ in filters)])))
            found = found.filter(parquet.filters_to_expression(list(filters))) if filters and groups else found
            found = found.select(wanted)
    except (arrow.ArrowException, OSError, KeyError) as error:
        raise NoCleanTables(f"{path}: damaged, ingest again ({str(error).splitlines()[0]})") from None
    kinds: dict[str, Any] = {
        name: dtype
        for name, dtype in schemas.dtypes(schema).items()
        if name in found.column_names and name not in categories
    }
    frame: pd.DataFrame = found.to_pandas(types_mapper=_NULLABLE.get).astype(kinds)
    for name in categories:
        frame[name] = frame[name].cat.set_categories(sorted(frame[name].cat.categories))
    return frame


def _groups(file: parquet.ParquetFile, filters: Sequence[Condition]) -> list[int]:
    """The row groups that may hold a row that meets the conditions, by their statistics.

    pyarrow's own choice keeps every group in which the column is null somewhere, several times too many here.
    """
    groups = {group: file.metadata.row_group(group) for group in range(file.num_row_groups)}
    for name, comparison, value in filters:
        place = file.schema_arrow.names.index(name)
        values = sorted(value) if comparison == "in" else [value]
        groups = {
            group: told
            for group, told in groups.items()
            if _may_hold(told.column(place).statistics, comparison, values)
        }
    return list(groups)


def _may_hold(statistics: parquet.Statistics | None, comparison: str, values: list[Any]) -> bool:
    if statistics is None or not statistics.has_min_max:
        return bool(values) and (statistics is None or statistics.num_values > 0)  # null meets no condition
    if comparison in ("==", "in"):
        at = bisect_left(values, statistics.min)
        return at < len(values) and bool(values[at] <= statistics.max)
    return comparison not in ("<", "<=") or bool(values[0] >= statistics.min)


def read_catalogue(clean_folder: Path) -> dict[str, Any]:
    """The catalogue of the input files; NoCleanTables if it is missing or damaged."""
    path = workspace.catalogue(clean_folder)
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoCleanTables(f"{path}: damaged or missing, ingest again ({error})") from None
    return found


def write_piece(rows: pd.DataFrame | arrow.Table, folder: Path, part: str) -> None:
    """One file of a folder that ``open_pieces`` reads; not compressed, so that its rows are read where they stand."""
    folder.mkdir(parents=True, exist_ok=True)
    table = arrow.Table.from_pandas(rows, preserve_index=False) if isinstance(rows, pd.DataFrame) else rows
    with ipc.new_file(folder / f"{part}.arrow", table.schema) as writer:
        writer.write_table(table)


def write_parted(
    rows: arrow.Table, parts: pd.Series, folder: Path, part: str, names: Sequence[str] | None = None
) -> None:
    """A file in a folder of its own for each of the ``parts`` that the rows belong to, or of these ``names``, even empty."""
    codes, there = pd.factorize(parts) if names is None else (pd.Index(names).get_indexer(pd.Index(parts)), names)
    rows = rows.take(arrow.array(np.argsort(codes, kind="stable")))
    ends = np.cumsum(np.bincount(codes, minlength=len(there))).tolist()
    for name, start, end in zip(there, [0, *ends], ends, strict=False):
        write_piece(rows.slice(start, end - start), folder / name, part)


def open_piece(path: Path, columns: Sequence[str] | None = None) -> arrow.Table:
    """The rows of a file of ``write_piece``, mapped: what is not used takes no memory."""
    rows = ipc.open_file(arrow.memory_map(str(path))).read_all()
    return rows.select(columns) if columns else rows


def open_pieces(folder: Path, columns: Sequence[str] | None = None) -> arrow.Table:
    """The rows of all files under a folder, in the order of their names; there is one at least."""
    found = [open_piece(path, columns) for path in sorted(folder.rglob("*.arrow"))]
    return arrow.concat_tables(found, promote_options="default")


def read_pieces(folder: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """``open_pieces`` as a frame."""
    frame: pd.DataFrame = open_pieces(folder, columns).combine_chunks().to_pandas()
    return frame


def in_order(folder: Path, keys: Sequence[str]) -> Iterator[arrow.Table]:
    """The rows of a folder's files sorted by ``keys``, in runs of about ``RUN`` rows that part none of one first key.

    The first key is never null. In memory: that key of all rows, and one run.
    """
    whole = open_pieces(folder)
    lead = whole[keys[0]]
    starts = lead.take(compute.array_sort_indices(lead))[::RUN].unique().to_pylist()[1:] if len(whole) > RUN else []
    for start, end in pairwise([None, *starts, None]):
        from_start = compute.scalar(True) if start is None else compute.field(keys[0]) >= start
        to_end = compute.scalar(True) if end is None else compute.field(keys[0]) < end
        run = whole.filter(from_start & to_end) if starts else whole
        if len(run):
            yield run.sort_by([(key, "ascending") for key in keys])


def by_quarter(folder: Path, schema: pa.DataFrameSchema) -> Iterator[arrow.Table]:
    """The rows of the quarters (or of no quarter at all) under a folder, oldest first, those without one last, each
    sorted by the table's key.
    """
    for quarter in sorted({path.parent for path in folder.rglob("*.arrow")}):
        yield from in_order(quarter, schema.unique)
