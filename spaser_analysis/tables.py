"""Clean tables on disk: Parquet with page checksums, sorted by quarter so that a report reads its slice only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.compute as compute
import pyarrow.dataset as dataset
import pyarrow.parquet as parquet

from spaser_analysis import schemas, workspace

# Without them a flag that may be null would pass through Python objects.
_NULLABLE = {arrow.bool_(): pd.BooleanDtype(), arrow.int64(): pd.Int64Dtype(), arrow.float64(): pd.Float64Dtype()}


class NoCleanTables(Exception):
    """The folder holds no clean tables yet, or none that can be read."""


def to_arrow(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> arrow.Table:
    """A table in the Parquet types of its schema."""
    return arrow.Table.from_pandas(
        frame, schema=schemas.arrow_schema(schema), preserve_index=False
    ).replace_schema_metadata()


def write_table(path: Path, pieces: Iterable[pd.DataFrame], schema: pa.DataFrameSchema) -> int:
    """Write the pieces one after the other, each a row group of its own; returns the number of rows.

    Every piece is checked against the schema first.
    """
    rows = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with parquet.ParquetWriter(
        path, schemas.arrow_schema(schema), compression="zstd", write_page_checksum=True, store_schema=False
    ) as writer:
        for piece in pieces:
            writer.write_table(to_arrow(schema.validate(piece), schema), row_group_size=max(len(piece), 1))
            rows += len(piece)
    return rows


def read_table(
    schema: pa.DataFrameSchema,
    clean_folder: Path,
    columns: Sequence[str] | None = None,
    filters: Any = None,
    categories: Sequence[str] = (),
) -> pd.DataFrame:
    """A clean table, or the columns and rows of it that are asked for (``filters`` as in ``pyarrow.parquet.read_table``).

    Texts that are often repeated may be read as ``categories``, sorted. NoCleanTables if it is missing or damaged (a
    page whose checksum is wrong).
    """
    path = workspace.table(clean_folder, schema.name)
    if not path.is_file():
        raise NoCleanTables(f"{path}: no such clean table; make it with: spaser ingest FILES")
    try:
        found = parquet.read_table(
            path,
            columns=list(columns) if columns else None,
            filters=filters,
            read_dictionary=list(categories),
            page_checksum_verification=True,
        )
    except (arrow.ArrowException, OSError) as error:
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


def read_catalogue(clean_folder: Path) -> dict[str, Any]:
    """The catalogue of the input files; NoCleanTables if it is missing or damaged."""
    path = workspace.catalogue(clean_folder)
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoCleanTables(f"{path}: damaged or missing, ingest again ({error})") from None
    return found


def write_piece(rows: pd.DataFrame, folder: Path, part: str) -> None:
    """One file of a folder that ``read_pieces`` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    parquet.write_table(arrow.Table.from_pandas(rows, preserve_index=False), folder / f"{part}.parquet")


def read_pieces(
    folder: Path, condition: compute.Expression | None = None, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """The rows of a folder of Parquet files of one schema that meet a condition, in the order of their names."""
    files = sorted(folder.glob("*.parquet"))
    found: pd.DataFrame = (
        dataset.dataset(files, format="parquet").to_table(filter=condition, columns=columns).to_pandas()
    )
    return found


def each_quarter(folder: Path) -> list[compute.Expression]:
    """A condition for each quarter of a folder's rows, oldest first; for those without one, last."""
    quarters = read_pieces(folder, columns=["quarter"])["quarter"].drop_duplicates()
    conditions = [compute.field("quarter") == quarter for quarter in sorted(quarters.dropna())]
    return conditions + ([compute.field("quarter").is_null()] if quarters.isna().any() else [])
