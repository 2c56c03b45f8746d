"""``python -m bench.portal``: what the portal of some 400 reports costs, beside plain tables of the same figures; and how soon
its first page shows.

The reports are those of the sample's quarter, told as thirty-six. The usual way is ``pandas.DataFrame.to_html`` for each
indicator and quarter: no words, no series, no download.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.__main__ import measure
from spaser_analysis import workspace

PERIOD = "2022-T3"
QUARTERS = [f"{year}-T{number}" for year in range(2016, 2025) for number in range(1, 5)]
OURS = "import sys; from pathlib import Path; from spaser_analysis.organisation import load_organisation; from spaser_analysis.portal.build import build; build(Path(sys.argv[1]), load_organisation())"
PLAIN = """
import sys, pandas
from pathlib import Path
root = Path(sys.argv[1])
for path in sorted(root.glob("????-T?")):
    rows = pandas.concat(pandas.read_csv(one, dtype="str") for one in sorted(path.glob("*/indicateurs.csv")) if len(one.read_bytes().split(b"\\n", 1)[0].split(b",")) == 20)
    for code, own in rows.drop_duplicates().groupby("indicator"):
        page = root.parent / "plain" / path.name / f"{code}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(own.to_html(index=False))
"""


def told_many_times(reports: Path) -> int:
    """Write the reports of all quarters, as open editions; returns how many there are."""
    count = 0
    for quarter in QUARTERS:
        for report in sorted((workspace.reports() / PERIOD).glob("*/report.html")):
            place = reports / quarter / report.parent.name
            place.mkdir(parents=True)
            for name in ("report.html", "report.ipynb"):
                shutil.copy(report.with_name(name), place / name)
            figures = report.with_name("indicateurs.csv").read_bytes()
            (place / "indicateurs.csv").write_bytes(figures.replace(PERIOD.encode(), quarter.encode()))
            count += 1
    return count


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as named, sync_playwright() as playwright:
        reports = Path(named) / "reports"
        count = told_many_times(reports)
        first, _ = measure(OURS, str(reports))
        again, peak = measure(OURS, str(reports))
        plain, _ = measure(PLAIN, str(reports))
        index = reports / "index.html"
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        start = time.perf_counter()
        page.goto(index.as_uri())
        page.screenshot()
        shown = time.perf_counter() - start
        pages = sum(1 for _ in reports.rglob("portail/**/*.html"))
        print(f"portal of {count} reports: {first:.1f} s ({pages} pages), again {again:.1f} s, {peak:.0f} MB")
        print(f"plain tables of the same figures (pandas): {plain:.1f} s; the portal takes {first / plain:.2f} of it")
        print(f"first page: {index.stat().st_size / 1000:.0f} KB, opened and drawn in {shown:.2f} s")


if __name__ == "__main__":
    main()
