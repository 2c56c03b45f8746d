"""A flat table in Parquet, read in batches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pyarrow.parquet as parquet

from spaser_analysis.sources.columns import FlatFormat, official_row, recognise_columns
from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.record import RawRecord

_BATCH = 10_000


def parquet_format(path: Path, name: str) -> FlatFormat:
    """The flat format of the table's columns."""
    try:
        return recognise_columns(parquet.ParquetFile(path).schema_arrow.names, name)
    except (arrow.ArrowException, OSError) as error:
        raise UnreadableFile(name, f"not a readable Parquet file: {error}") from None


def read_parquet(path: Path, name: str) -> Iterator[RawRecord]:
    """Every row under official names."""
    flat = parquet_format(path, name)
    number = 0
    try:
        table = parquet.ParquetFile(path, page_checksum_verification=True)
        names = [column for column in table.schema_arrow.names if flat.official(column)]
        for batch in table.iter_batches(_BATCH, columns=names):
            for row in batch.to_pylist():
                number += 1
                yield RawRecord(number, official_row(flat, list(row), [_plain(value) for value in row.values()]))
    except (arrow.ArrowException, OSError) as error:
        raise UnreadableFile(name, f"not a readable Parquet file: {error}", f"after row {number}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return value
