"""From any figure to what it is made of, and back."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from spaser_analysis.cli import app
from spaser_analysis.evidence import Evidence, evidence, evidence_page
from spaser_analysis.explain import COLUMNS, explain, explain_contract, ledger_notes
from spaser_analysis.indicators import INDICATORS, INDICATORS_BY_CODE
from spaser_analysis.period import WINDOWS
from spaser_analysis.report import Report, open_report, records
from spaser_analysis.snapshot import open_snapshot
from tests.tables import table
from tests.views.test_report import clean_tables

PLACES = ("AMP", "CT2", "CT6")


@pytest.fixture(scope="module")
def reports(sample_clean: Path) -> dict[str, Report]:
    return {place: open_report("2022-T3", place, clean=sample_clean) for place in PLACES}


def published(row: dict[Any, Any]) -> list[int]:
    return [int(row[state] or 0) for state in ("yes", "no", "unknown")]


def check(report: Report, rows: list[dict[Any, Any]]) -> None:
    for row in rows:
        found = explain(report, *(row[name] for name in ("indicator", "window", "scope", "measure")))
        counts, what = found.counts, "amount_cents" if row["measure"] == "value" else "things"
        names = ("yes", "no", "unknown") if row["unit"] == "share" else ("known", "no", "unknown")
        assert [counts.get(one, {}).get(what, 0) for one in names] == published(row), row
        excluded = found.rows["state"] == "excluded"
        assert found.rows.loc[excluded, "rule"].notna().all()
        assert found.rows.loc[~excluded, "rule"].isna().all()
        assert found.rows[["uid", "source_file", "source_record"]].notna().all(axis=None)


@pytest.mark.parametrize("place", PLACES)
def test_the_states_add_up_to_the_figure(reports: dict[str, Report], place: str) -> None:
    """A part of the figures here, each indicator, window, scope and measure among them; all of them below."""
    rows = records(reports[place].own_results)
    start = PLACES.index(place)
    check(reports[place], rows[start :: 3 * 7])


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_the_states_add_up_to_every_figure(reports: dict[str, Report], place: str) -> None:
    check(reports[place], records(reports[place].own_results))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = table("""
    uid | id | quarter | dateNotification | territory | environmental | considerationsEnvironnementales | amount | is_framework | is_subsequent | objet
    m1  | 1  | 2022-T3 | 2022-08-01       | CT2       | yes           | Clause environnementale         | 10     | yes          |               | =1+1
    m2  | 2  | 2022-T3 | 2022-08-02       | CT2       | no            | Pas de considération            |        | no           | yes           | b
    m3  | 3  | 2022-T2 | 2022-05-02       | CT2       |               |                                 | 30     | yes          | yes           | c
    m4  | 4  | 2022-T3 | 2022-08-02       | CT1       | yes           | Clause environnementale         | 40     | no           | no            | d
    m5  | 5  | 2020-T3 | 2020-08-02       | CT2       | yes           | Clause environnementale         | 50     | no           | no            | e
    """)
    return clean_tables(tmp_path_factory.mktemp("small") / "clean", rows)


def states(report: Report, *words: str) -> dict[str, tuple[str, str | None]]:
    found = explain(report, "environmental_share", *words).rows
    return {one["uid"]: (one["state"], one["rule"]) for one in records(found)}


def test_what_counts_and_why_the_rest_does_not(small: Path) -> None:
    report = open_report("2022-T3", "CT2", clean=small)
    assert states(report) == {"m1": ("yes", None), "m2": ("no", None), "m3": ("unknown", None)}
    assert states(report, "quarter") == {"m1": ("yes", None), "m2": ("no", None)}
    assert states(report, "quarter", "all", "value") == {"m1": ("yes", None), "m2": ("excluded", "no_amount")}
    both = {"m1": ("excluded", "framework"), "m2": ("excluded", "subsequent"), "m3": ("excluded", "framework")}
    assert states(report, "year_to_date", "without_both") == both
    largest = dict.fromkeys(("m1", "m3"), ("excluded", "ten_largest"))
    assert states(report, "year_to_date", "without_ten_largest", "value") == {
        **largest,
        "m2": ("excluded", "no_amount"),
    }
    row = records(explain(report, "environmental_share", "quarter").rows)[0]
    assert tuple(row) == COLUMNS
    assert (row["day"], row["amount_cents"], row["source_file"], row["source_record"]) == (
        "2022-08-01",
        1000,
        "table",
        1,
    )
    assert row["declared"] == "considerationsEnvironnementales = Clause environnementale ; montant = ok"


def test_a_contract_in_every_indicator(small: Path, reports: dict[str, Report]) -> None:
    found = explain_contract(open_report("2022-T3", clean=small), "m2")
    assert found.windows == WINDOWS
    assert found.left_out_of == ("without_subsequent", "without_both")
    told = found.indicators.fillna({"rule": ""}).set_index("indicator")
    assert told.loc["environmental_share", ["state", "rule"]].tolist() == ["no", ""]
    assert told.loc["ten_largest_contract_share", ["state", "rule"]].tolist() == ["excluded", "no_amount"]
    report = reports["CT6"]
    uids = sorted(report.contracts_of("quarter")["uid"])
    for code in (
        "environmental_share",
        "social_clause_above_threshold_share",
        "median_offers",
        "ten_largest_contract_share",
    ):
        rows = explain(report, code).rows.set_index("uid")
        for uid in uids:
            own = explain_contract(report, uid).indicators.set_index("indicator").loc[code]
            assert own["state"] == rows.loc[uid, "state"]


def test_what_cleaning_did_tells_nothing_of_persons() -> None:
    entries = pd.DataFrame(
        [
            ("f.csv", 3, "m1", "repaired", "montant", "1 €", "1.0", "r", "unité"),
            (
                "f.csv",
                3,
                "m1",
                "flagged",
                "titulaire_denominationSociale",
                "Jeanne Martin",
                "Jeanne Martin",
                "r",
                "nom",
            ),
            ("g.csv", 9, "m1", "duplicate", None, None, "f.csv#3", "r", "déjà lu"),
            ("f.csv", 4, "m2", "emptied", "montant", "1", None, "r", "remplissage"),
        ],
        columns=["source_file", "source_record", "uid", "action", "column", "before", "after", "rule", "reason"],
    )
    assert ledger_notes(entries, entries["uid"], pd.Series(["m1"])) == {
        "m1": "Réparé, montant « 1 € » → « 1.0 » : unité | Signalé, titulaire_denominationSociale : nom | "
        "Doublon écarté, g.csv n° 9 : déjà lu"
    }


@pytest.fixture(scope="module")
def found(reports: dict[str, Report]) -> dict[str, Evidence]:
    return {place: evidence(one, states_of(one)) for place, one in reports.items()}


def states_of(report: Report) -> dict[str, pd.DataFrame]:
    return open_snapshot("amp", report.clean).states_of(report.quarter, report.territory)


@pytest.mark.parametrize("place", PLACES)
def test_the_lists_of_the_page_add_up_to_the_figures(
    reports: dict[str, Report], found: dict[str, Evidence], place: str
) -> None:
    """Each indicator and window; in value too, without those that have no amount."""
    report, seen = reports[place], 0
    for code, listed in found[place].listed.items():
        sheet = INDICATORS_BY_CODE[code].sheet
        by_window = INDICATORS_BY_CODE[code].states is not None
        names = ("yes", "no", "unknown") if sheet.unit == "share" else ("known", "", "unknown")
        for window in WINDOWS:
            periods = (window,) if by_window else report.window(window).quarters
            rows = [[at for one in periods for at in listed.get(name, {}).get(one, ())] for name in names]
            for measure in sheet.measures:
                row = report.result(code, window, measure)
                assert row is not None
                cents = found[place].cents.get(sheet.table, [])
                told = [sum(cents[at] for at in one) if measure == "value" else len(one) for one in rows]
                assert told == published(row), (code, window, measure)
                seen += 1
    assert len(found[place].listed) == sum(one.states is None for one in INDICATORS) + 1
    assert seen > 300


def test_each_contract_has_what_cleaning_did_of_it_in_every_window(found: dict[str, Evidence]) -> None:
    contracts = found["AMP"].rows["contracts"]
    assert tuple(contracts["quarter"].unique()) == found["AMP"].report.quarter.quarters
    assert contracts.groupby("quarter")["ledger"].max().gt("").all()


def test_what_is_set_apart_is_what_scopes_and_payments_leave_out(found: dict[str, Evidence]) -> None:
    page = found["CT6"]
    contracts, quarters = page.rows["contracts"], page.report.window("year_to_date").quarters
    for rule, scope in (("framework", "without_frameworks"), ("subsequent", "without_subsequent")):
        listed = {contracts["uid"][at] for one in quarters for at in page.apart[rule].get(one, ())}
        rows = explain(page.report, "environmental_share", "year_to_date", scope).rows
        assert listed == set(rows.loc[rows["rule"] == rule, "uid"]) != set()
    rows = explain(page.report, "sme_spending_share").rows
    for rule, of_quarters in page.excluded.items():
        assert sum(len(of_quarters.get(one, ())) for one in quarters) == (rows["rule"] == rule).sum()


def test_the_page(reports: dict[str, Report]) -> None:
    report = reports["CT6"]
    page = evidence_page(report, states_of(report)).decode()
    assert evidence_page(report, states_of(report)).decode() == page
    anchors = re.findall(r'id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert {one.sheet.code for one in INDICATORS} <= set(anchors)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(anchors)
    for name in report.payments["supplier_name"].dropna().unique():
        assert name not in page
    assert f"<td>{report.contracts_of('quarter')['uid'].iloc[0]}</td>" in page


def run(clean: Path, *words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["explain", *words, "--clean", str(clean)], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


FIGURE = ("environmental_share", "--quarter", "2022-T3", "--territory", "CT2")


def test_on_the_command_line(small: Path) -> None:
    code, out, err = run(small, *FIGURE)
    assert (code, err) == (0, "")
    assert out.startswith("environmental_share (Marchés avec une considération environnementale), CT2, year_to_date, ")
    assert "  unknown: 1, 30.00 €\n" in out
    code, out, _ = run(small, *FIGURE, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(one["uid"], one["state"], one["objet"]) for one in rows] == [
        ("m1", "yes", "'=1+1"),
        ("m2", "no", "b"),
        ("m3", "unknown", "c"),
    ]
    for words in (("--format", "json"), ("--json",)):
        code, out, _ = run(small, *FIGURE, *words, "--measure", "value")
        told = json.loads(out)
        assert told["figure"]["yes"] == told["counts"]["yes"]["amount_cents"] == 1000
        assert [one["rule"] for one in told["rows"]] == [None, None, "no_amount"]
    code, out, _ = run(small, "--uid", "m3", "--quarter", "2022-T3")
    assert code == 0
    assert "left out of: without_frameworks, without_subsequent, without_both" in out
    assert json.loads(run(small, "--uid", "m3", "--quarter", "2022-T3", "--json")[1])["contract"]["objet"] == "c"


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("enviromental_share", "--quarter", "2022-T3"), "no such indicator; near: environmental_share"),
        (("environmental_share", "--quarter", "2022-T5"), "is not a quarter"),
        ((*FIGURE[:3], "--territory", "CT9"), "choose one of AMP, CT1"),
        ((*FIGURE, "--window", "yer"), "no such window; near: year"),
        ((*FIGURE, "--scope", "without_framework"), "near: without_frameworks"),
        ((*FIGURE, "--measure", "median"), "no such measure; near: number, value"),
        (("median_offers", "--quarter", "2022-T3", "--scope", "without_both"), "is not told in the scope without_both"),
        (("--quarter", "2022-T3", "--uid", "m"), "no such contract; near: m"),
        (("--quarter", "2022-T3", "--uid", "m5"), "m5 was notified in 2020-T3"),
        (("--quarter", "2022-T3"), "either an indicator, or a contract"),
        (("environmental_share", "--quarter", "2022-T3", "--organisation", "../amp"), "is not an organisation"),
    ],
)
def test_an_error_is_one_line(small: Path, words: tuple[str, ...], cause: str) -> None:
    code, out, err = run(small, *words)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1, err
    assert cause in err


def test_without_clean_tables(tmp_path: Path) -> None:
    assert run(tmp_path, *FIGURE)[0] == 3
