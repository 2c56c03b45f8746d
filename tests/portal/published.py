"""Folders of editions written by hand: what a batch leaves, as far as the portal reads it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.organisation import load_organisation
from spaser_analysis.schemas import RESULTS

AMP = load_organisation()
DEFAULTS = {"window": "year_to_date", "scope": "all", "measure": "number", "unit": "share", "version": "1", "snapshot": "2022-10-31"}  # fmt: skip


def results(text: str) -> list[dict[str, str]]:
    """Rows of results from ``quarter territory indicator yes no unknown`` and ``name=value`` for anything else, one a line."""
    rows = []
    for line in filter(None, map(str.strip, text.splitlines())):
        quarter, territory, indicator, *counts = line.split()[:6]
        yes, no, unknown = map(int, counts)
        total = yes + no + unknown
        given = dict(one.split("=", 1) for one in line.split()[6:])
        rows.append(
            dict.fromkeys(RESULTS.columns, "") | DEFAULTS | {
                "quarter": quarter, "territory": territory, "indicator": indicator,
                "libelle": INDICATORS_BY_CODE[indicator].sheet.label if indicator in INDICATORS_BY_CODE else indicator,
                "yes": str(yes), "no": str(no), "unknown": str(unknown),
                "low": str(yes / total) if total else "", "high": str((yes + unknown) / total) if total else "",
            } | given
        )  # fmt: skip
    return rows


def written(reports: Path, rows: Iterable[dict[str, str]], page: str = "<h1>Rapport</h1>") -> Path:
    """A report for each quarter and territory of the rows, in an edition that is still open."""
    slugs = {one.code: one.slug for one in AMP.all_territories}
    for row in rows:
        folder = reports / row["quarter"] / slugs.get(row["territory"], AMP.whole.slug)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.html").write_text(page)
        cell = {
            "cell_type": "code", "source": 'organisation = "amp"', "metadata": {"tags": ["injected-parameters"]},
        }  # fmt: skip
        (folder / "report.ipynb").write_text(json.dumps({"cells": [cell]}))
        path = folder / "indicateurs.csv"
        stream = io.StringIO()
        lines = csv.DictWriter(stream, list(RESULTS.columns), lineterminator="\n")
        if not path.exists():
            lines.writeheader()
        lines.writerow(row)
        with path.open("a") as file:
            file.write(stream.getvalue())
    return reports
