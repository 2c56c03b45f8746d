"""Everything the programming report shows, computed from the clean tables, each part when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from spaser_analysis import workspace
from spaser_analysis.cleaning.identifiers import siren_of
from spaser_analysis.indicators.share import Share
from spaser_analysis.programming import computation, coverage, endings, existing, needs, pooling
from spaser_analysis.programming.words import Reader
from spaser_analysis.reference_data import cpv_families, cpv_units, inclusive_sectors, limits, unit_labels, vocabulary
from spaser_analysis.report import Report, open_report
from spaser_analysis.schemas import CONTRACTS, LEDGER, NEED_LINES, NEEDS, RECORD, WORKING_GROUPS, empty
from spaser_analysis.tables import read_table
from spaser_analysis.trends.renewals import AXES

_MARKET = ["uid", "buyer_siren", "quarter", "family", "environmental", "social", "reserved"]


@dataclass(frozen=True, eq=False)
class Plan:
    """The programming of one buyer, seen at the end of a quarter. ``census`` are all its needs, ``market`` the contracts
    of every buyer in the tables up to that quarter (``_MARKET``), ``working_groups`` its own; ``limits``, ``sectors`` and
    ``unit_labels`` the reference data of those names (``reference_data.inclusive_sectors`` for sectors).
    """

    report: Report
    census: pd.DataFrame
    market: pd.DataFrame
    working_groups: pd.DataFrame
    limits: pd.DataFrame
    sectors: pd.DataFrame
    unit_labels: pd.Series

    @cached_property
    def needs(self) -> pd.DataFrame:
        """The needs to come, the first of ``counted``."""
        return self.counted[self.counted["is_to_come"]]

    @cached_property
    def counted(self) -> pd.DataFrame:
        """The needs to come and those that add up with them, as of ``programming.needs.counted``."""
        return needs.counted(self.census, self.contracts, self.report.quarter, cpv_families(), cpv_units())

    @cached_property
    def contracts(self) -> pd.DataFrame:
        """The buyer's contracts known at the end of the quarter, with ``end``, ``months``, ``unit``, ``kind`` and
        ``remaining_cents``.
        """
        report = self.report
        known = report.contracts[report.contracts["quarter"] <= str(report.quarter)]
        ending = endings.with_end(known.reset_index(drop=True), report.amendments)
        paid = report.payments[report.payments["paid_on"] <= pd.Timestamp(report.quarter.end)]
        left = existing.remaining(ending, report.amendments, paid)
        return ending.assign(
            unit=needs.unit_of(ending["codeCPV"], cpv_units()),
            kind=needs.kind_of(ending["codeCPV"]),
            remaining_cents=left.to_numpy(),
        )

    @cached_property
    def running(self) -> pd.DataFrame:
        """Of the contracts, those that are not known to have ended by the end of the quarter."""
        ended = (self.contracts["end"] <= pd.Timestamp(self.report.quarter.end)).fillna(False)
        return self.contracts[~ended].reset_index(drop=True)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Which need is in which sum, as of ``computation.lines``."""
        return computation.lines(self.counted)

    @cached_property
    def computations(self) -> pd.DataFrame:
        """The sums and their procedures, as of ``computation.computations``, numbered from 1 in ``number``."""
        years = sorted(int(one) for one in self.lines["year"].dropna().unique())
        named = set(self.counted["contract_uid"].dropna())  # the need that names it counts, not the contract as well
        others = self.running[~self.running["uid"].isin(named)]
        found = computation.computations(
            self.counted, self.lines, computation.running_share(others, years), self.limits
        )
        return found.assign(number=range(1, len(found) + 1))

    @cached_property
    def sums(self) -> pd.DataFrame:
        """The lines with the ``number`` of their sum, the ``need``, and ``called``: its number, in brackets where it only
        may be in the sum.
        """
        numbers = self.computations[[*computation.KEY, "number"]]
        told = self.lines.merge(numbers, on=computation.KEY).join(self.counted["need"], on="row")
        return told.assign(called=told["need"].where(told["is_sure"].astype(bool), "(" + told["need"] + ")"))

    @cached_property
    def straddling(self) -> pd.DataFrame:
        """Twelve months in a row that require more than any budget year, as of ``computation.straddling``."""
        return computation.straddling(self.counted, self.computations, self.limits)

    @cached_property
    def reader(self) -> Reader:
        """Reads objects without the organisation's own places."""
        return Reader(vocabulary(self.report.organisation))

    @cached_property
    def matches(self) -> pd.DataFrame:
        """Running contracts that may serve a need, as of ``existing.matches``."""
        return existing.matches(self.needs, self.running, self.reader, self.report.organisation.whole.code)

    @cached_property
    def families(self) -> pd.DataFrame:
        """Needs that are alike, as of ``pooling.like_families``."""
        return pooling.like_families(self.needs, self.reader)

    @cached_property
    def members(self) -> pd.DataFrame:
        """Which need is in which group, as of ``pooling.groups``."""
        return pooling.groups(self._placed, self.families)

    @property
    def _placed(self) -> pd.DataFrame:
        """The needs to come; one of the whole organisation is of no territory that another could join."""
        return self.needs.assign(
            territory=self.needs["territory"].mask(self.needs["territory"] == self.report.organisation.whole.code)
        )

    @cached_property
    def pools(self) -> pd.DataFrame:
        """The groups, as of ``pooling.pools``, with the procedure of the largest need alone, and of all together; null where
        some of their amounts are not known.
        """
        found = pooling.pools(self._placed, self.members, self.reader)
        kind, day, unknown = found["kind"], found["starts_on"], found["unpriced"] > 0
        amounts = (found[name] for name in ("largest_cents", "low_cents"))
        alone, together = (computation.level(one, kind, day, self.limits).mask(unknown) for one in amounts)
        return found.assign(level_alone=alone, level_low=together)

    @cached_property
    def lots(self) -> pd.DataFrame:
        """One lot a territory of each group, as of ``pooling.lots``."""
        return pooling.lots(self.needs, self.members)

    @cached_property
    def refused(self) -> pd.DataFrame:
        """Pairs that tempt and are in no group, as of ``pooling.refused``."""
        return pooling.refused(self._placed, self.families, self.members, self.reader)

    @cached_property
    def endings(self) -> pd.DataFrame:
        """Contracts that end in the coming quarters, as of ``endings.endings``, with the inclusive ``sector`` of each."""
        found = endings.endings(self.contracts, self.report.quarter)
        return found.assign(sector=endings.sectors_of(found["codeCPV"], self.sectors))

    @cached_property
    def uses(self) -> pd.DataFrame:
        """Considerations used by family, as of ``endings.uses_by_family``."""
        return endings.uses_by_family(self.market, self.report.organisation.siren)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """Families and territories beside the groups that work on them, as of ``coverage.coverage``."""
        places = self.report.organisation.territories or (self.report.organisation.whole,)
        territories = [one.code for one in places]
        return coverage.coverage(self.needs, self.working_groups, territories)

    @cached_property
    def faults(self) -> pd.DataFrame:
        """What the lines of the census lack or say wrongly: rows of the ledger. A file may tell another buyer's needs too."""
        files = sorted(self.census["source_file"].unique())
        if not files:
            return empty(LEDGER)
        here = [("source_file", "in", files)]
        rows = read_table(LEDGER, workspace.clean(), filters=here)
        lines = read_table(NEED_LINES, workspace.clean(), [*RECORD, "acheteur_siret"], here)
        buyer = siren_of(lines["acheteur_siret"])
        others = lines[buyer.notna() & (buyer != self.report.organisation.siren)]
        mine = ~pd.MultiIndex.from_frame(rows[RECORD]).isin(pd.MultiIndex.from_frame(others[RECORD]))
        return rows[mine & rows["action"].isin(["emptied", "flagged", "rejected"])].reset_index(drop=True)

    @cached_property
    def bases(self) -> dict[str, Share]:
        """The buyer's contracts of the last twelve months by their state of each consideration."""
        recent = self.contracts["quarter"].isin(self.report.window("rolling_12_months").quarters)
        found = {axis: self.contracts.loc[recent, axis] for axis in AXES.values()}
        return {axis: Share(int(one.sum()), int((~one).sum()), int(one.isna().sum())) for axis, one in found.items()}

    @cached_property
    def need_sectors(self) -> pd.Series:
        """The inclusive sector of each need to come, as of ``endings.sectors_of``."""
        return endings.sectors_of(self.needs["codeCPV"], self.sectors)


def open_plan(quarter: str, organisation: str = "amp") -> Plan:
    """The programming of a buyer at the end of a quarter (``2022-T3``), from the clean tables; errors as ``open_report``.

    A buyer without a census has a plan without needs.
    """
    report = open_report(quarter, organisation=organisation)
    clean, siren = workspace.clean(), report.organisation.siren
    own = [("buyer_siren", "==", siren)]
    return Plan(
        report=report,
        census=read_table(NEEDS, clean, filters=own),
        market=market(clean, quarter),
        working_groups=read_table(WORKING_GROUPS, clean, filters=own),
        limits=limits(),
        sectors=inclusive_sectors(),
        unit_labels=unit_labels(),
    )


def market(clean: Path, quarter: str) -> pd.DataFrame:
    """The contracts of every buyer up to a quarter, as ``Plan.market``."""
    return read_table(CONTRACTS, clean, _MARKET, [("quarter", "<=", quarter)])
