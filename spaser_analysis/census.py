"""The lines of a census that must be corrected, given back to each directorate with the cause beside each."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spaser_analysis import workspace
from spaser_analysis.cleaning.text import fold
from spaser_analysis.schemas import LEDGER, NEED_LINES, NEEDS, RECORD
from spaser_analysis.tables import NoCleanTables, read_table
from spaser_analysis.workbook import Sheet, workbook

CAUSES = "a_corriger"  # a column that no format reads: the file can be corrected in place and read again
ORIGIN = ("fichier_lu", "enregistrement_lu")  # the line that a corrected one replaces (sources.columns)
NAMELESS = "sans direction"
COLUMNS = [name for name in NEED_LINES.columns if name not in RECORD]
_FAULTS = ("rejected", "emptied", "flagged")


@dataclass(frozen=True)
class Returned:
    """What goes back to one directorate: how many of its ``lines`` are in the ``file``."""

    directorate: str
    lines: int
    file: Path


def returned_lines(clean: Path) -> pd.DataFrame:
    """The lines of the census with something to correct, as read (``schemas.NEED_LINES``), and ``a_corriger``: the causes
    in French, one a line. A line that another one repeats or corrects is not given back.
    """
    lines = read_table(NEED_LINES, clean)
    if lines.empty:
        return lines.assign(**{CAUSES: pd.Series(dtype="str")})
    corrected = set(read_table(NEEDS, clean)["replaces"].dropna())
    lines = lines[~(lines["source_file"] + "\n" + lines["source_record"].astype("str")).isin(corrected)]
    ledger = read_table(LEDGER, clean).merge(lines[RECORD], on=RECORD)
    faults = ledger[ledger["action"].isin(_FAULTS)].sort_values([*RECORD, "column", "rule"])
    column = faults["column"].replace("territory", "territoire").fillna("ligne")
    told = faults.assign(cause=column + " : " + faults["reason"])
    causes = told.groupby(RECORD)["cause"].agg("\n".join).rename(CAUSES)
    return lines.join(causes, on=RECORD).dropna(subset=CAUSES).reset_index(drop=True)


def give_back(clean: Path | None = None, folder: Path | None = None) -> list[Returned]:
    """Write one workbook a directorate into ``folder`` (``recensement-a-corriger`` unless given); its first sheet has the
    columns of the template and the causes. Once corrected it is read beside the census: its lines replace those they were.

    NoCleanTables when nothing was ingested, or no census was in it.
    """
    tables = clean or workspace.clean()
    lines = returned_lines(tables)
    if lines.empty and read_table(NEED_LINES, tables).empty:
        raise NoCleanTables(f"{tables}: no census of needs in the clean tables; ingest one (data/templates/needs.csv)")
    place = folder or Path("recensement-a-corriger")
    place.mkdir(parents=True, exist_ok=True)
    given: list[Returned] = []
    told = lines["direction"].fillna("").str.strip()
    names = told.mask(told == "", NAMELESS)
    for directorate, own in lines.groupby(names, sort=True):
        rows = own[[*COLUMNS, CAUSES, *RECORD]]
        cells = [[None if pd.isna(cell) else cell for cell in row] for row in rows.itertuples(index=False)]
        made = workbook([Sheet("A corriger", [*COLUMNS, CAUSES, *ORIGIN], cells)])
        file = _free(place, _slug(str(directorate)), [one.file for one in given], made)
        file.write_bytes(made)
        given.append(Returned(str(directorate), len(own), file))
    return given


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(name))[:80].strip("-") or "direction"


def _free(place: Path, slug: str, taken: list[Path], made: bytes) -> Path:
    """A file of that name, or with a number: two directorates are spelt almost alike, or somebody is correcting an earlier
    one, which nothing overwrites.
    """
    names = (place / f"{slug}{f'-{rank}' if rank else ''}.xlsx" for rank in itertools.count())
    return next(one for one in names if one not in taken and (not one.exists() or one.read_bytes() == made))
