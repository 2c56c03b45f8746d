"""What stands in the folder of the editions, as the portal tells it: closed or open, with its reports and figures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import pyarrow as arrow
import pyarrow.csv as csv

from spaser_analysis import schemas, workspace
from spaser_analysis.indicators.sheet import Unit
from spaser_analysis.organisation import Organisation
from spaser_analysis.period import WINDOWS
from spaser_analysis.publishing.erratum import ERRATUM
from spaser_analysis.publishing.key import of_bytes
from spaser_analysis.publishing.manifest import MANIFEST, Edition, NoEdition, read_edition
from spaser_analysis.publishing.pdf import printed_from
from spaser_analysis.publishing.seal import Entry, all_figures, read_list, signature_of, standing
from spaser_analysis.publishing.tasks import CAUSE, OF_QUARTER, OF_YEAR, WORKBOOK, published_organisation
from spaser_analysis.report import EVIDENCE, FIGURES, Row

Measure = Literal["number", "value", "median", "total", "ratio"]
PAGE = "report.html"
_PERIOD = re.compile(r"\d{4}(-T[1-4])?")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,80}")
_SCHEMA = schemas.arrow_schema(schemas.RESULTS)
_NONE = _SCHEMA.empty_table()
_FICTITIOUS = "<strong>Données fictives.</strong>".encode()  # a text of the data would stand there escaped
_FOLDER = re.compile(r"(?<![\w.])/(?:[^\s/:'\"]+/)+")  # of a machine, in a cause
_NAMES = {
    "synthese": "Synthèse : les pratiques s’harmonisent-elles ?",
    "programmation": "Programmation : que mutualiser, quand agir ?",
    "qualite-des-donnees": "Qualité des données",
    "methode": "Méthode",
    "bilan-legal": "Bilan légal (art. L. 2111-3)",
}


@dataclass(frozen=True)
class Report:
    """A report of a period. ``pdf``: where its printed page stands, empty unless it is of this very page; with or without
    the page of its contracts and a workbook.
    """

    slug: str
    label: str
    pdf: str
    has_evidence: bool
    has_workbook: bool


@dataclass(frozen=True)
class Failed:
    """A report that a batch could not make, with its cause."""

    period: str
    label: str
    cause: str


@dataclass(frozen=True)
class Former:
    """An edition that another has replaced: its folder among the former ones, those of its reports, and its own erratum."""

    name: str
    slugs: tuple[str, ...]
    has_erratum: bool


@dataclass(frozen=True)
class Period:
    """A quarter or a year: its edition, None while it is open, the former ones, its figures.

    ``problem`` says in French why it is open, or its figures cannot be used; it has then none.
    """

    name: str
    edition: Edition | None
    has_signature: bool
    has_erratum: bool
    is_fictitious: bool
    reports: tuple[Report, ...]
    former: tuple[Former, ...]
    table: arrow.Table
    problem: str

    @cached_property
    def rows(self) -> list[Row]:
        """The figures, one a row."""
        rows: list[Row] = self.table.to_pylist()
        return rows

    @property
    def snapshot(self) -> str:
        """The day of the data, empty where none is told."""
        return self.edition.snapshot if self.edition else next((one["snapshot"] or "" for one in self.rows), "")


def pdf_of(period: str, slug: str) -> str:
    """Where the printed page of a report stands, below the editions."""
    return f"portail/pdf/{period}/{slug}.pdf"


def labels(buyer: Organisation) -> dict[str, str]:
    """What each folder of a report holds, the whole first."""
    assert set(_NAMES) == {*OF_QUARTER.values(), *OF_YEAR.values()}
    return {one.slug: one.name for one in buyer.all_territories} | _NAMES


def read_periods(reports: Path, buyer: Organisation) -> list[Period]:
    """The periods of a buyer that have a report, latest first; ValueError where the list of editions cannot be read."""
    entries = read_list(reports)
    there = [path for path in reports.iterdir() if _PERIOD.fullmatch(path.name) and any(path.glob(f"*/{PAGE}"))]
    told = (_period(path, buyer, entries) for path in sorted(there, key=lambda path: path.name, reverse=True))
    return [one for one in told if one]


def _period(folder: Path, buyer: Organisation, entries: list[Entry]) -> Period | None:
    own = [one for one in entries if one.period == folder.name]
    slugs = [slug for slug in labels(buyer) if (folder / slug / PAGE).is_file()]
    edition, problem = _edition(folder, own)
    if not slugs or _organisation(folder, slugs, edition) != buyer.slug:
        return None
    table = _NONE
    try:
        if edition and "-T" in folder.name:
            content = (folder / FIGURES).read_bytes()
            if of_bytes(content) != edition.files.get(FIGURES):
                raise ValueError("leur fichier n’est pas celui du manifeste")
            table = _read(content, folder.name, buyer)
        elif "-T" in folder.name and (counted := [slug for slug in slugs if slug in _figures_of(buyer)]):
            table = _read(all_figures(folder, counted), folder.name, buyer)
    except (OSError, ValueError) as error:
        problem = f"ses chiffres ne peuvent pas être lus ({_shown(str(error))})"
    return Period(
        name=folder.name,
        edition=edition,
        has_signature=signature_of(folder / MANIFEST).is_file(),
        has_erratum=_has_erratum(folder),
        is_fictitious=any(_FICTITIOUS in (folder / slug / PAGE).read_bytes() for slug in slugs[:1]),
        reports=tuple(_report(folder, slug, labels(buyer)[slug]) for slug in slugs),
        former=tuple(former for one in own if (former := _former(folder.parent, one, buyer)).slugs),
        table=table,
        problem=problem,
    )


def _edition(folder: Path, own: list[Entry]) -> tuple[Edition | None, str]:
    """The edition if it is the last of its period in the list, or why it is none."""
    if not own:
        return None, "édition ouverte : il y manque des rapports, ou ils reposent sur des données différentes"
    if standing(folder.parent, own[-1]) != folder:
        return None, f"édition rouverte : un rapport a été refait depuis la révision {own[-1].revision}"
    try:
        return read_edition(folder), ""
    except NoEdition as error:
        return None, f"son manifeste ne peut pas être lu ({_shown(str(error))})"


def _former(reports: Path, entry: Entry, buyer: Organisation) -> Former:
    kept = workspace.former_edition(reports, entry.name)
    slugs = tuple(slug for slug in labels(buyer) if (kept / slug / PAGE).is_file())
    return Former(entry.name, slugs, _has_erratum(kept))


def _has_erratum(folder: Path) -> bool:
    return all((folder / name).is_file() for name in ERRATUM)


def _organisation(folder: Path, slugs: list[str], edition: Edition | None) -> str:
    if edition:
        return edition.organisation
    try:
        return published_organisation(folder / slugs[0])
    except (OSError, ValueError, KeyError, TypeError):  # a notebook that is none
        return ""


def _figures_of(buyer: Organisation) -> set[str]:
    return {*(one.slug for one in buyer.all_territories), OF_QUARTER["qualite_donnees"]}


def _report(folder: Path, slug: str, label: str) -> Report:
    pdf = pdf_of(folder.name, slug)
    is_printed = printed_from(folder.parent / pdf) == of_bytes((folder / slug / PAGE).read_bytes())
    beside = ((folder / slug / name).is_file() for name in (EVIDENCE, WORKBOOK))
    return Report(slug, label, pdf if is_printed else "", *beside)


def _read(content: bytes, period: str, buyer: Organisation) -> arrow.Table:
    """A CSV of figures in the types of ``schemas.RESULTS``; ValueError unless its rows are of that period and buyer. Its codes
    can then be names of files.
    """
    types = csv.ConvertOptions(column_types=_SCHEMA, null_values=[""], strings_can_be_null=True)
    quoted = csv.ParseOptions(newlines_in_values=True)
    found = csv.read_csv(arrow.BufferReader(content), convert_options=types, parse_options=quoted)
    schemas.check(found, schemas.RESULTS)
    allowed = {
        "quarter": (period,),
        "territory": tuple(one.code for one in buyer.all_territories),
        "window": WINDOWS,
        "measure": get_args(Measure),
        "unit": get_args(Unit),
    }
    for name in ("indicator", *allowed):
        for code in found[name].unique().to_pylist():
            if code not in allowed.get(name, (code,)) or not _CODE.fullmatch(code):
                raise ValueError(f"{name} {code}"[:100])
    return found


def read_failed(folder: Path, buyer: Organisation) -> Iterator[Failed]:
    """What batches have left of the reports that failed, latest period first."""
    for path in sorted(folder.glob(f"*/*/{CAUSE}"), reverse=True):
        period, slug = path.parent.parent.name, path.parent.name
        try:
            cause = str(json.loads(path.read_text(encoding="utf-8"))["cause"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            cause = f"la cause ne peut pas être lue ({error})"
        if _PERIOD.fullmatch(period):
            yield Failed(period, labels(buyer).get(slug, slug), _shown(cause))


def _shown(cause: str) -> str:
    """A cause without the folders of the machine that it comes from, which are nobody's business."""
    return _FOLDER.sub("", cause)
