"""Writes the portal beside the editions: what has not changed is left as it is, what no edition has any more goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from spaser_analysis import workspace
from spaser_analysis.organisation import Organisation
from spaser_analysis.portal.downloads import downloads
from spaser_analysis.portal.editions import PAGE, pdf_of, read_failed, read_periods
from spaser_analysis.portal.pages import INDEX, Portal
from spaser_analysis.portal.places import outlines
from spaser_analysis.publishing.pdf import print_pages

FOLDER = "portail"


@dataclass(frozen=True)
class Built:
    """A portal: its first page, how many files it has and how many of them were written, the reports that were printed."""

    index: Path
    files: int
    written: int
    printed: int


def build(
    reports: Path,
    buyer: Organisation,
    *,
    prints: bool = False,
    progress: Callable[[str, int, int], None] = lambda _what, _done, _all: None,
) -> Built:
    """Write ``index.html`` and ``portail/`` into the folder of the editions of a buyer, and with ``prints`` a PDF of each
    report that has none of its present page.

    ValueError: the list of editions, or the organisation's outlines, cannot be read. NoBrowser: there is nothing to print with.
    """
    periods = read_periods(reports, buyer)
    printed = 0
    if prints:
        lacking = [(one.name, report.slug) for one in periods for report in one.reports if not report.pdf]
        pages = {reports / period / slug / PAGE: reports / pdf_of(period, slug) for period, slug in lacking}
        for printed, _ in enumerate(print_pages(pages), 1):
            progress("printing", printed, len(pages))
        periods = read_periods(reports, buyer) if pages else periods
    drawn = outlines(workspace.outlines(buyer.slug), buyer)
    failed = tuple(read_failed(workspace.failed(reports), buyer))
    portal = Portal(buyer, periods, failed, drawn)
    kept = {reports / report.pdf for one in periods for report in one.reports if report.pdf}
    written = total = 0
    for name, content in chain(portal.pages(), downloads(portal.quarters, buyer.name)):
        path = reports / name
        kept.add(path)
        total += 1
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            made = path.with_name(f".staging-{path.name}")
            made.write_bytes(content)
            made.replace(path)
            written += 1
        progress("pages", total, 0)
    _remove_others(reports / FOLDER, kept)
    return Built(reports / INDEX, total, written, printed)


def _remove_others(folder: Path, kept: set[Path]) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink()
