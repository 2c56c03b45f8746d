"""All figures of all editions for machines: CSV, Parquet, JSON, and a workbook; with what each column means."""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Iterator, Sequence
from importlib import resources

import pandas as pd
import pyarrow as arrow
import pyarrow.parquet as parquet

from spaser_analysis import schemas
from spaser_analysis.portal.editions import Period
from spaser_analysis.views.elements import harmless
from spaser_analysis.workbook import Sheet, workbook

RECENT = 8  # quarters that people look through: the matrix of the first page, the workbook
FOLDER = "portail/donnees"
LICENCE = ("Licence Ouverte 2.0", "https://www.etalab.gouv.fr/licence-ouverte-open-licence/")
CODEBOOK: dict[str, str] = tomllib.loads(
    resources.files(__package__).joinpath("dictionnaire.toml").read_text(encoding="utf-8")
)


def csv_of_indicator(code: str) -> str:
    """Where the figures of one indicator stand as CSV, below the editions."""
    return f"portail/indicateurs/{code}.csv"


def downloads(periods: Sequence[Period], buyer: str) -> Iterator[tuple[str, bytes]]:
    """The files by their names below the editions; none where there is no figure.

    ``periods``: latest first. The workbook has those of scope ``all`` of the last two years: what people look through.
    """
    whole = arrow.concat_tables([one.table for one in periods]) if periods else None
    if not whole:
        return
    frame = schemas.conform(whole.to_pandas(), schemas.RESULTS)
    safe = harmless(frame)
    told = pd.DataFrame(CODEBOOK.items(), columns=["colonne", "sens"])
    file = io.BytesIO()
    parquet.write_table(whole, file, compression="zstd", write_page_checksum=True)
    rows = frame.astype("object").where(frame.notna(), None)
    one_by_one = [(str(code), _csv(own)) for code, own in safe.groupby("indicator")]
    yield from ((csv_of_indicator(code), content) for code, content in one_by_one)
    heading = one_by_one[0][1].split(b"\n", 1)[0]
    bodies = (content.split(b"\n", 1)[1] for _, content in one_by_one)
    yield f"{FOLDER}/indicateurs.csv", b"\n".join([heading, b"".join(bodies)])
    yield f"{FOLDER}/indicateurs.parquet", file.getvalue()
    yield f"{FOLDER}/dictionnaire.csv", _csv(told)
    about = {
        "titre": f"{buyer} : indicateurs d’achats responsables",
        "licence": dict(zip(("nom", "adresse"), LICENCE, strict=True)),
        "dictionnaire": CODEBOOK,
        "colonnes": list(frame),
        "lignes": rows.to_numpy().tolist(),
    }
    yield f"{FOLDER}/indicateurs.json", json.dumps(about, ensure_ascii=False, allow_nan=False).encode()
    recent = [one.name for one in periods[:RECENT]]
    shown = rows[(frame["scope"] == "all") & frame["quarter"].isin(recent)]
    sheets = (
        Sheet("Chiffres", schemas.RESULTS.columns.keys(), shown.to_numpy().tolist()),
        Sheet("Dictionnaire", ["colonne", "sens"], told.to_numpy().tolist()),
        Sheet("Licence", ["Licence"], [[one] for one in LICENCE]),
    )
    yield f"{FOLDER}/indicateurs.xlsx", workbook(sheets)


def _csv(rows: pd.DataFrame) -> bytes:
    return rows.to_csv(index=False, lineterminator="\n").encode()
