"""Everything one report shows: the slice of the clean tables it needs, and the results computed from it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from spaser_analysis import schemas, workspace
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.basis import contracts_basis, declarations_basis, hours_and_payments, payments_basis
from spaser_analysis.indicators.publication import LEGAL_DELAY
from spaser_analysis.indicators.results import results
from spaser_analysis.organisation import Organisation, Target, Territory, load_organisation
from spaser_analysis.period import Quarter, Window
from spaser_analysis.reference_data import Method, family_labels, method, thresholds
from spaser_analysis.tables import read_catalogue, read_table

# What no report shows is left on disk.
_UNREAD = ("acheteur_id", "acheteur_nom", "lieuExecution_code", "lieuExecution_typeCode", "montant")
COLUMNS = tuple(name for name in schemas.CONTRACTS.columns if name not in _UNREAD)


FIGURES, REVISIONS = "indicateurs.csv", "revisions.csv"  # of a report: its results, those of its earlier editions


@dataclass(frozen=True)
class SourceFile:
    """One input file: records read = used + rejected + duplicates."""

    name: str
    format: str
    snapshot: str | None
    read: int
    used: int
    rejected: int
    duplicates: int


@dataclass(frozen=True, eq=False)
class Report:
    """One quarter of one territory.

    ``tables`` are those of ``indicators.basis``, the buyer's rows, all territories, up to the end of the quarter's year,
    those without a quarter too. ``results`` are those of the quarter for every
    territory and scope, and for the objectives of every earlier quarter of the data (``history``); ``earlier`` are the
    results that earlier editions of this report published. ``payments`` are all, excluded ones too; ``ledger`` has the
    entries of the contracts.
    """

    quarter: Quarter
    territory: Territory
    organisation: Organisation
    tables: dict[str, pd.DataFrame]
    amendments: pd.DataFrame
    payments: pd.DataFrame
    results: pd.DataFrame
    earlier: pd.DataFrame
    ledger: pd.DataFrame
    sources: tuple[SourceFile, ...]
    family_labels: dict[str, str]
    theme_precision: dict[str, tuple[int, int]]
    snapshot: date | None
    is_fictitious: bool

    @property
    def contracts(self) -> pd.DataFrame:
        """The contracts, with what their holders say."""
        return self.tables["contracts"]

    @property
    def is_whole(self) -> bool:
        """The report covers the whole organisation."""
        return self.territory.code == self.organisation.whole.code

    def family_label(self, family: Any) -> str:
        """The French name of a purchase family; its code where it has none."""
        return str(self.family_labels.get(family, family))

    def window(self, name: str) -> Window:
        """The window of that name that the quarter closes."""
        return self.quarter.window(name)

    def contracts_of(self, window: str) -> pd.DataFrame:
        """The territory's contracts notified in that window; the whole's are all of them."""
        return self.of_territory(self.contracts[self.contracts["quarter"].isin(self.window(window).quarters)])

    def of_territory(self, contracts: pd.DataFrame) -> pd.DataFrame:
        """Those of the contracts that belong to the report's territory."""
        return contracts if self.is_whole else contracts[contracts["territory"] == self.territory.code]

    def result(
        self,
        indicator: str,
        window: str,
        measure: str = "number",
        quarter: Quarter | None = None,
        territory: str | None = None,
        scope: str = "all",
    ) -> pd.Series[Any] | None:
        """One row of ``results``; None where there is none (an earlier quarter that the tables do not hold)."""
        key = (str(quarter or self.quarter), territory or self.territory.code, indicator, window, scope, measure)
        columns = ["quarter", "territory", "indicator", "window", "scope", "measure"]
        found = self.results[(self.results[columns] == list(key)).all(axis=1)]
        return None if found.empty else found.iloc[0]

    def history(self, target: Target) -> pd.DataFrame:
        """The territory's quarters of an objective, as ``trends.projection`` takes them; spending in euros.

        A quarter in which credit notes outweigh the payments of a state has no share and is left out.
        """
        rows = self.results.query(
            "territory == @place and indicator == @one.indicator and measure == @one.measure "
            "and window == 'quarter' and scope == 'all'",
            local_dict={"place": self.territory.code, "one": target},
        )
        states = rows[["yes", "no", "unknown"]] // (100 if target.measure == "value" else 1)
        settled = [self.is_settled(Quarter.parse(one)) for one in rows["quarter"]]
        history = states.assign(quarter=rows["quarter"], is_provisional=~pd.array(settled, dtype="boolean"))
        return history[(states >= 0).all(axis=1)].reset_index(drop=True)

    @property
    def breaks(self) -> tuple[date, ...]:
        """The days on which the series shown here breaks."""
        return tuple(one.day for one in self.organisation.breaks if not (self.is_whole and one.of_territories))

    def is_settled(self, quarter: Quarter) -> bool:
        """The delay to publish its contracts (R. 2196-1) was over at the snapshot."""
        due = pd.Timestamp(quarter.end) + LEGAL_DELAY
        return self.snapshot is not None and pd.Timestamp(self.snapshot) >= due

    def breakdown(self, indicator: str, column: str, window: str) -> pd.DataFrame:
        """Contracts ``yes``, ``no``, ``unknown`` by value of a column ("" where it has none), and ``is_small``.

        A group is small below the minimum count of the indicator's sheet.
        """
        chosen = INDICATORS_BY_CODE[indicator]
        counts = chosen.compute(self.contracts_of(window), by=(column,))
        counts = counts[counts["measure"] == "number"].assign(**{column: counts[column].fillna("")}).set_index(column)
        small = counts["contracts"] < chosen.sheet.minimum_count
        return counts[["yes", "no", "unknown"]].astype("int64").assign(is_small=small.astype(bool))

    def absent_quarters(self, window: Window) -> tuple[str, ...]:
        """The quarters of a window, up to the report's own, in which the tables hold no contract of the buyer."""
        held = set(self.contracts["quarter"])
        return tuple(one for one in window.quarters if one <= str(self.quarter) and one not in held)

    @property
    def own_results(self) -> pd.DataFrame:
        """The rows of this territory and this quarter, as published in ``indicateurs.csv``."""
        own = self.results[
            (self.results["quarter"] == str(self.quarter)) & (self.results["territory"] == self.territory.code)
        ]
        return own.reset_index(drop=True)

    @cached_property
    def two_years(self) -> pd.DataFrame:
        """``results`` of the civil year before and of the quarter's, all indicators: window ``year``, scope ``all``."""
        ends = [Quarter(self.quarter.year - 1, 4), Quarter(self.quarter.year, 4)]
        snapshot = self.snapshot.isoformat() if self.snapshot else None
        return results(self.tables, self.organisation, ends, snapshot, scopes=("all",), windows=("year",))

    @cached_property
    def journal(self) -> pd.DataFrame:
        """The whole ledger of the clean tables, every buyer and year: what is rejected belongs to no contract."""
        return read_table(schemas.LEDGER, workspace.clean())

    @cached_property
    def supplier_lists(self) -> pd.DataFrame:
        """Every status of every supplier, as listed."""
        return read_table(schemas.SUPPLIERS, workspace.clean())

    @cached_property
    def reference(self) -> Method:
        """The dated reference data behind the figures."""
        return method()


def open_report(quarter: str, territory: str | None = None, organisation: str = "amp") -> Report:
    """The report of a quarter (``2022-T3``) and a territory (its code; the whole's by default), from the clean tables.

    ValueError, in one line: not a quarter, no such territory or organisation, or no contract of the buyer in that
    quarter (with the quarters that have some). NoCleanTables: nothing was ingested yet.
    """
    wanted = Quarter.parse(quarter)
    buyer = load_organisation(organisation)
    place = buyer.territory(territory) if territory else buyer.whole
    clean = workspace.clean()
    contracts = _own(schemas.CONTRACTS, buyer, clean, wanted, COLUMNS)
    held = sorted(set(contracts["quarter"].dropna()))
    if str(wanted) not in held:
        raise ValueError(_no_contract(wanted, buyer, clean))
    catalogue = read_catalogue(clean)
    snapshot = catalogue["snapshot"]
    holders = read_table(schemas.HOLDERS, clean, filters=[("uid", "in", list(contracts["uid"]))])
    history = contracts[["uid", "dateNotification"]].merge(holders[["uid", "holder_siren"]], on="uid")
    payments = _own(schemas.PAYMENTS, buyer, clean, wanted)
    spent = payments_basis(payments, buyer.solidarity_definition)
    hours = _own(schemas.INSERTION_HOURS, buyer, clean, wanted)
    tables = {
        "contracts": contracts_basis(contracts, holders, history, thresholds(), buyer.solidarity_definition),
        "payments": spent,
        "insertion_hours": hours,
        "hours_and_payments": hours_and_payments(hours, spent),
        "declarations": declarations_basis(_own(schemas.DECLARATIONS, buyer, clean, wanted)),
    }
    _check_indicators(buyer)
    objectives = [INDICATORS_BY_CODE[one.indicator] for one in buyer.targets]
    before = [one for one in map(Quarter.parse, held) if one < wanted]
    past = results(tables, buyer, before, snapshot, objectives, ("all",), ("quarter", "year_to_date"))
    uids = contracts.loc[contracts["quarter"].isin(wanted.window("year").quarters), "uid"]
    return Report(
        quarter=wanted,
        territory=place,
        organisation=buyer,
        tables=tables,
        amendments=read_table(schemas.AMENDMENTS, clean, filters=[("uid", "in", list(contracts["uid"]))]),
        payments=payments,
        results=pd.concat([past, results(tables, buyer, [wanted], snapshot)], ignore_index=True),
        earlier=earlier_results(workspace.report_folder(workspace.reports(), str(wanted), place.slug), snapshot),
        ledger=read_table(schemas.LEDGER, clean, filters=[("uid", "in", list(uids))]),
        sources=tuple(SourceFile(*(one[field.name] for field in fields(SourceFile))) for one in catalogue["files"]),
        family_labels=family_labels(),
        theme_precision={
            one["theme"]: (int(one["right"]), int(one["detected_labelled"]))
            for one in _reference("themes_precision.csv")
        },
        snapshot=date.fromisoformat(snapshot) if snapshot else None,
        is_fictitious=bool(contracts["is_fictitious"].any()),
    )


def _check_indicators(buyer: Organisation) -> None:
    """A ValueError for an objective or a fiche that names no indicator, or none in its measure."""
    named = {one.indicator for one in buyer.targets} | {code for fiche in buyer.fiches for code in fiche.indicators}
    if unknown := sorted(named - set(INDICATORS_BY_CODE)):
        raise ValueError(f"{buyer.name}: an objective or a fiche names no known indicator: {', '.join(unknown)}")
    for one in buyer.targets:
        if one.measure not in INDICATORS_BY_CODE[one.indicator].sheet.measures:
            raise ValueError(f"{buyer.name}: {one.indicator} is not told in {one.measure}")


def open_year(year: int, organisation: str = "amp") -> Report:
    """The report of the whole at the last quarter of a year that has contracts; errors as ``open_report``."""
    held = quarters_held(load_organisation(organisation), workspace.clean())
    last = max((one for one in held if one.startswith(f"{year:04d}-")), default=f"{year:04d}-T4")
    return open_report(last, organisation=organisation)


def _own(
    schema: pa.DataFrameSchema, buyer: Organisation, clean: Path, wanted: Quarter, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """The buyer's rows up to the end of the year of the quarter, those without a quarter too."""
    rows = read_table(schema, clean, columns, [("buyer_siren", "==", buyer.siren)])
    early = rows["quarter"] <= str(Quarter(wanted.year, 4))
    return rows[early | rows["quarter"].isna()].reset_index(drop=True)


def earlier_results(folder: Path, snapshot: str | None) -> pd.DataFrame:
    """What the editions of a report on older data said, in ``schemas.RESULTS``: the one in ``folder``, and those whose
    results it has kept; scope ``all`` only.
    """
    said = [
        pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
        for path in (folder / REVISIONS, folder / FIGURES)
        if path.is_file()
    ]
    if not said or snapshot is None:
        return schemas.empty(schemas.RESULTS)
    found = schemas.conform(pd.concat(said, ignore_index=True), schemas.RESULTS)
    return found[(found["snapshot"] < snapshot) & (found["scope"] == "all")].reset_index(drop=True)


def _reference(name: str) -> list[dict[str, str]]:
    with workspace.reference(name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _no_contract(wanted: Quarter, buyer: Organisation, clean: Path) -> str:
    known = ", ".join(sorted(quarters_held(buyer, clean))) or "none"
    return f"no contract of {buyer.name} in {wanted}; quarters with contracts: {known}"


def quarters_held(buyer: Organisation, clean: Path) -> set[str]:
    """The quarters in which the clean tables hold a contract of the buyer; NoCleanTables if there are none."""
    return set(
        read_table(schemas.CONTRACTS, clean, ["quarter"], [("buyer_siren", "==", buyer.siren)])["quarter"].dropna()
    )
