"""What must add up does on the sample's editions; what no longer does is named."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from spaser_analysis import workspace
from spaser_analysis.audit.balance import NOT_ADDITIVE, OF_SOME, balance
from spaser_analysis.audit.findings import Finding, failed
from spaser_analysis.audit.queries import REST, computed, rows
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.publishing.manifest import Edition
from spaser_analysis.report import FIGURES
from spaser_analysis.schemas import SCOPES
from spaser_analysis.views.labels import LABELS
from tests.audit.figures import edited, edition, kept, read, write

__all__ = ["edition", "kept"]
FILE = "decp-2022_fictif_2026-03-01.json"


def names(found: list[Finding]) -> set[str]:
    assert {one.kind for one in failed(found)} <= {"does_not_balance"}
    return {one.name for one in failed(found)}


def checked(found: list[Finding]) -> dict[str, int]:
    told = {one.name: one.detail.partition("\u00a0")[0] for one in found if one.state == "ok"}
    return {name: int(count.replace("\u202f", "")) for name, count in told.items()}


def test_the_quarter_balances(kept: dict[str, Edition], sample_clean: Path) -> None:
    found = balance(kept["2022-T3"], sample_clean)
    assert names(found) == set()
    apart = {name for _, *names in NOT_ADDITIVE for name in names}
    told = read(kept["2022-T3"].folder / FIGURES)
    additive = [row for row in told if not apart & {row["indicator"], row["scope"]}]
    sums = [row for row in additive for one in ("yes", "no", "unknown") if row[one]]
    sums += [row for row in additive if row["measure"] == "total"]
    of_some = {name for _, *names in OF_SOME for name in names}
    rated = {"insertion_hours_per_million"} | of_some
    assert checked(found) == {
        "territories": sum(row["territory"] == "AMP" for row in sums),
        "quarters": sum(row["window"] != "quarter" for row in sums),
        "states": sum(row["scope"] != "without_ten_largest" and row["indicator"] not in rated for row in told),
        "inputs": 10,
        "ledger": 20,
        "catalogue": 40,
    }


def test_the_year_balances(kept: dict[str, Edition], sample_clean: Path) -> None:
    found = balance(kept["2022"], sample_clean)
    assert names(found) == set()
    assert checked(found) == {
        "territories": 27, "quarters": 27, "states": 9, "inputs": 10, "ledger": 20, "catalogue": 40,
    }  # fmt: skip


def test_what_belongs_to_no_territory_is_there_to_be_counted(sample_clean: Path) -> None:
    with computed(sample_clean, load_organisation(), [Quarter(2022, 3)], with_rest=True) as connection:
        (rest,) = rows(connection, f"SELECT sum(yes)::BIGINT AS yes FROM results WHERE territory = '{REST}'")
    assert rest["yes"] > 0


def test_an_edited_figure_breaks_each_sum_that_it_is_in(edition: Edition, sample_clean: Path) -> None:
    where = {"indicator": "environmental_share", "window": "quarter", "scope": "all", "measure": "number"}
    assert edited(edition.folder / FIGURES, "yes", "64", territory="AMP", **where) == "63"
    found = balance(edition, sample_clean)
    assert names(found) == {
        "territories environmental_share quarter all number yes",
        *(f"quarters AMP environmental_share {one} all number yes" for one in ("year_to_date", "rolling_12_months", "year")),
        "states AMP environmental_share quarter all number",
    }  # fmt: skip
    (one,) = (one for one in found if one.name.startswith("states"))
    meaning = LABELS["identities"]["states"]
    assert one.detail == f"Il n’est pas vrai que {meaning}\u00a0: 127 d’un côté, 126 de l’autre."
    assert [one.name for one in found if one.state == "ok"] == ["inputs", "ledger", "catalogue"]


def test_an_edited_total_breaks_its_sums(edition: Edition, sample_clean: Path) -> None:
    where = {"indicator": "planned_insertion_hours", "window": "year_to_date", "scope": "all", "measure": "total"}
    edited(edition.folder / FIGURES, "value", "1.5", territory="CT3", **where)
    assert names(balance(edition, sample_clean)) == {
        "territories planned_insertion_hours year_to_date all total total",
        "quarters CT3 planned_insertion_hours year_to_date all total total",
    }


def test_a_row_left_out_breaks_its_sum(edition: Edition, sample_clean: Path) -> None:
    rows = read(edition.folder / FIGURES)
    key = ("CT1", "framework_share", "quarter", "all", "number")
    left = [
        row
        for row in rows
        if tuple(row[one] for one in ("territory", "indicator", "window", "scope", "measure")) != key
    ]
    assert len(left) == len(rows) - 1
    write(edition.folder / FIGURES, left)
    assert "territories framework_share quarter all number yes" in names(balance(edition, sample_clean))


def test_a_territory_that_the_edition_lacks_is_taken_from_the_tables(edition: Edition, sample_clean: Path) -> None:
    write(edition.folder / FIGURES, [row for row in read(edition.folder / FIGURES) if row["territory"] != "CT1"])
    assert names(balance(edition, sample_clean)) == set()


def test_unreadable_figures_are_a_finding_and_inputs_are_still_checked(edition: Edition, sample_clean: Path) -> None:
    (edition.folder / FIGURES).write_bytes(b"\xff")
    found = balance(edition, sample_clean)
    assert [(one.kind, one.name) for one in failed(found)] == [("figures_unreadable", "2022-T3/indicateurs.csv")]
    assert set(checked(found)) == {"inputs", "ledger", "catalogue"}


def test_an_edited_catalogue_shows(kept: dict[str, Edition], sample_clean: Path, tmp_path: Path) -> None:
    clean = tmp_path / "clean"
    shutil.copytree(sample_clean, clean)
    told = json.loads(workspace.catalogue(clean).read_text())
    (file,) = (one for one in told["files"] if one["name"] == FILE)
    file["used"] += 1
    told["files"].append({**file, "name": "added.csv", "used": 0})
    workspace.catalogue(clean).write_text(json.dumps(told))
    found = balance(kept["2022"], clean)
    assert names(found) == {
        f"catalogue {FILE} used",
        *(f"catalogue added.csv {one}" for one in ("read", "used", "rejected", "duplicates")),
    }
    assert "rien d’un côté, 0 de l’autre" in " ".join(one.detail for one in found)


def test_an_input_of_the_manifest_that_lost_a_record_shows(kept: dict[str, Edition], sample_clean: Path) -> None:
    inputs = tuple(
        replace(one, duplicates=one.duplicates - 1) if one.name == FILE else one for one in kept["2022"].inputs
    )
    assert names(balance(replace(kept["2022"], inputs=inputs), sample_clean)) == {
        f"inputs {FILE} read", f"ledger {FILE} duplicates", f"catalogue {FILE} duplicates",
    }  # fmt: skip


def test_what_is_set_apart_is_known() -> None:
    named = {name for _, *names in (*NOT_ADDITIVE, *OF_SOME) for name in names}
    assert named <= {*INDICATORS_BY_CODE, *SCOPES}
