"""Everything one report shows: the slice of the clean tables it needs, and the results computed from it."""

from __future__ import annotations

import csv
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from spaser_analysis import formatting, schemas, workspace
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.publication import LEGAL_DELAY
from spaser_analysis.indicators.results import results
from spaser_analysis.organisation import Organisation, Target, Territory
from spaser_analysis.period import WINDOWS, Quarter, Window
from spaser_analysis.programming.endings import with_end
from spaser_analysis.reference_data import Method, family_labels
from spaser_analysis.snapshot import open_snapshot
from spaser_analysis.tables import read_table

Row = dict[Hashable, Any]  # one row of results, as of ``records``
_RESULT = ("quarter", "territory", "indicator", "window", "scope", "measure")
# Of a report: its results, those of its earlier editions, and the page of what each figure is made of.
FIGURES, REVISIONS, EVIDENCE = "indicateurs.csv", "revisions.csv", "preuves.html"


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

    ``tables`` (those of ``indicators.basis``), ``amendments``, ``ledger``, ``results`` and ``payments`` (all, excluded
    ones too) are its slice, as of ``Snapshot.slice``: for the whole, the rows of all territories. ``quarters`` and
    ``paid_quarters`` are those in which the buyer has contracts and payments, anywhere; ``has_payments`` of any quarter.
    """

    quarter: Quarter
    territory: Territory
    organisation: Organisation
    tables: dict[str, pd.DataFrame]
    amendments: pd.DataFrame
    payments: pd.DataFrame
    results: pd.DataFrame
    ledger: pd.DataFrame
    quarters: tuple[str, ...]
    paid_quarters: tuple[str, ...]
    has_payments: bool
    sources: tuple[SourceFile, ...]
    family_labels: dict[str, str]
    theme_precision: dict[str, tuple[int, int]]
    snapshot: date | None
    is_fictitious: bool
    clean: Path

    def __repr__(self) -> str:
        """As the last line of a cell: in French, what it is a report of."""
        fictitious = "Données fictives. " if self.is_fictitious else ""
        contracts = formatting.counted(len(self.contracts_of("year_to_date")), "marché", "marchés")
        day = f", données au {formatting.day(self.snapshot)}" if self.snapshot else ""
        place = f"{self.territory.name} ({self.territory.code})"
        told = f"{fictitious}Rapport {self.quarter} : {place}, {contracts} depuis le 1er janvier{day}."
        return formatting.typeset(told)

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

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
        return self._notified[window]

    @cached_property
    def _notified(self) -> dict[str, pd.DataFrame]:
        own = self.of_territory(self.contracts)
        return {name: own[own["quarter"].isin(self.window(name).quarters)] for name in WINDOWS}

    @cached_property
    def ending(self) -> pd.DataFrame:
        """The territory's contracts of every quarter with their ends, as of ``programming.endings.with_end``."""
        return with_end(self.of_territory(self.contracts), self.amendments)

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
    ) -> Row | None:
        """One row of ``results`` with ``evidence``, the address of its list ("" in another quarter); None where there is none
        (an earlier quarter that the tables do not hold).
        """
        place, now = territory or self.territory.code, str(quarter or self.quarter)
        found = self._rows.get((now, place, indicator, window, scope, measure))
        return found and found | {"evidence": self.evidence(indicator, place) if now == str(self.quarter) else ""}

    def evidence(self, indicator: str, territory: str | None = None) -> str:
        """Where what an indicator counts in a territory is listed, from any report of the quarter."""
        slug = self.organisation.territory(territory or self.territory.code).slug
        return f"../{slug}/{EVIDENCE}#{indicator}"

    @cached_property
    def _rows(self) -> dict[tuple[str, ...], Row]:
        return _by_key(self.results)

    @cached_property
    def of_whole(self) -> Report:
        """The report of the whole organisation, for what sets its territories side by side."""
        if self.is_whole:
            return self
        return open_report(str(self.quarter), organisation=self.organisation.slug, clean=self.clean)

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
        return tuple(one for one in window.quarters if one <= str(self.quarter) and one not in self.quarters)

    @property
    def own_results(self) -> pd.DataFrame:
        """The rows of this territory and this quarter, as published in ``indicateurs.csv``."""
        own = self.results[
            (self.results["quarter"] == str(self.quarter)) & (self.results["territory"] == self.territory.code)
        ]
        return own.reset_index(drop=True)

    @cached_property
    def earlier(self) -> pd.DataFrame:
        """What earlier editions of this report published, as of ``earlier_results``."""
        folder = workspace.report_folder(workspace.reports(), str(self.quarter), self.territory.slug)
        return earlier_results(folder, self.snapshot.isoformat() if self.snapshot else None)

    def of_years(self, years: Sequence[int], indicators: Collection[str]) -> dict[tuple[int, str, str], Row]:
        """The whole organisation's rows of civil years up to the quarter's, by year, indicator and measure."""
        chosen = [INDICATORS_BY_CODE[one] for one in indicators]
        tables: dict[str, pd.DataFrame] = {one.sheet.table: self.tables[one.sheet.table] for one in chosen}
        ends, day = [Quarter(one, 4) for one in years], self.snapshot.isoformat() if self.snapshot else None
        found = results(tables, self.organisation, ends, day, chosen, ("all",), ("year",))
        own = records(found[found["territory"] == self.organisation.whole.code])
        return {(int(one["quarter"][:4]), one["indicator"], one["measure"]): one for one in own}

    @cached_property
    def journal(self) -> pd.DataFrame:
        """The whole ledger of the clean tables, every buyer and year: what is rejected belongs to no contract."""
        return read_table(schemas.LEDGER, self.clean)

    @cached_property
    def supplier_lists(self) -> pd.DataFrame:
        """Every status of every supplier, as listed."""
        return read_table(schemas.SUPPLIERS, self.clean)

    @cached_property
    def reference(self) -> Method:
        """The dated reference data behind the figures."""
        return Method()


def records(rows: pd.DataFrame) -> list[Row]:
    """The rows one by one; None for what they do not say."""
    cells = {name: column.array.to_numpy(dtype=object, na_value=None).tolist() for name, column in rows.items()}
    return [dict(zip(cells, one, strict=True)) for one in zip(*cells.values(), strict=True)]


def _by_key(rows: pd.DataFrame) -> dict[tuple[str, ...], Row]:
    return {tuple(one[name] for name in _RESULT): one for one in records(rows)}


def open_report(
    quarter: str, territory: str | None = None, organisation: str = "amp", clean: Path | None = None
) -> Report:
    """The report of a quarter (``2022-T3``) and a territory (its code; the whole's by default), from the clean tables.

    ValueError, in one line: not a quarter, no such territory or organisation, or no contract of the buyer in that
    quarter (with the quarters that have some). NoCleanTables: nothing was ingested yet.

    >>> report = open_report("2022-T3", "CT2")
    >>> report.territory.name, str(report.quarter), report.is_whole
    ('Pays d’Aix', '2022-T3', False)
    >>> open_report("2022-T3", "CT9")
    Traceback (most recent call last):
    ValueError: 'CT9' is not a territory of Métropole Aix-Marseille-Provence: choose one of AMP, CT1, CT2, CT3, CT4, CT5, CT6
    """
    wanted = Quarter.parse(quarter)
    snapshot = open_snapshot(organisation, clean or workspace.clean())
    buyer = snapshot.organisation
    place = buyer.territory(territory) if territory else buyer.whole
    if str(wanted) not in snapshot.quarters:
        raise ValueError(no_contract(buyer, [wanted], snapshot.quarters))
    tables = snapshot.slice(wanted, place)
    return Report(
        quarter=wanted,
        territory=place,
        organisation=buyer,
        amendments=tables.pop("amendments"),
        payments=tables.pop("paid"),
        results=tables.pop("results"),
        ledger=tables.pop("ledger"),
        tables=tables,
        quarters=snapshot.quarters,
        paid_quarters=snapshot.paid_quarters,
        has_payments=snapshot.has_payments,
        sources=tuple(SourceFile(**one) for one in snapshot.sources),
        family_labels=family_labels(),
        theme_precision={
            one["theme"]: (int(one["right"]), int(one["detected_labelled"]))
            for one in _reference("themes_precision.csv")
        },
        snapshot=date.fromisoformat(snapshot.day) if snapshot.day else None,
        is_fictitious=snapshot.is_fictitious,
        clean=snapshot.clean,
    )


def open_year(year: int, organisation: str = "amp") -> Report:
    """The report of the whole at the last quarter of a year that has contracts; errors as ``open_report``."""
    held = open_snapshot(organisation, workspace.clean()).quarters
    return open_report(last_quarter(year, held), organisation=organisation)


def last_quarter(year: int, held: Collection[str]) -> str:
    """Of the quarters with contracts, the last of a year; its fourth where it has none."""
    return max((one for one in held if one.startswith(f"{year:04d}-")), default=f"{year:04d}-T4")


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


def no_contract(buyer: Organisation, wanted: Iterable[Quarter], held: Iterable[str]) -> str:
    """The line that says so."""
    names = ", ".join(map(str, wanted)) or "no quarter"
    return f"no contract of {buyer.name} in {names}; quarters with contracts: {', '.join(sorted(held)) or 'none'}"


def quarters_held(buyer: Organisation, clean: Path) -> set[str]:
    """The quarters in which the clean tables hold a contract of the buyer; NoCleanTables if there are none."""
    own = [("buyer_siren", "==", buyer.siren)]
    return set(read_table(schemas.CONTRACTS, clean, ["quarter"], own)["quarter"].dropna())
