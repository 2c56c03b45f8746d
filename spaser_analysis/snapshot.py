"""All that the reports of one buyer read of the clean tables, read once; what several of them need is computed once.

A report is given its own slice and no more (``Snapshot.slice``), so that a fingerprint of the slice tells whether the
report could say anything else than what it said.
"""

from __future__ import annotations

import ctypes
import hashlib
import pickle
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow

from spaser_analysis import schemas, workspace
from spaser_analysis.indicators import INDICATORS, INDICATORS_BY_CODE
from spaser_analysis.indicators.basis import contracts_basis, declarations_basis, hours_and_payments, payments_basis
from spaser_analysis.indicators.results import results
from spaser_analysis.indicators.states import every_state
from spaser_analysis.organisation import Organisation, Territory, load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.reference_data import thresholds
from spaser_analysis.tables import read_catalogue, read_table

# What no report shows is left on disk.
_UNREAD = ("acheteur_id", "acheteur_nom", "lieuExecution_code", "lieuExecution_typeCode", "montant")
COLUMNS = tuple(name for name in schemas.CONTRACTS.columns if name not in _UNREAD)
_AT_ONCE = 8  # quarters: more take memory, fewer take time
_PAST, _PAST_WINDOWS = "past", ("quarter", "year_to_date")

Frames = dict[str, pd.DataFrame]


@dataclass(eq=False)
class Snapshot:
    """The rows of one buyer, every quarter and territory, and the results computed from them so far.

    ``frames``: the tables of ``indicators.basis`` by name, ``paid`` (all payments, excluded ones too), ``amendments`` and
    ``ledger`` (the entries of its contracts). ``stamp`` tells the files that were read.
    """

    organisation: Organisation
    clean: Path
    stamp: tuple[Any, ...]
    frames: Frames
    catalogue: dict[str, Any]
    thresholds: pd.DataFrame
    _computed: Frames = field(default_factory=dict)
    _hashes: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def quarters(self) -> tuple[str, ...]:
        """The quarters in which the buyer has a contract."""
        return tuple(sorted(self.frames["contracts"]["quarter"].dropna().unique()))

    @cached_property
    def paid_quarters(self) -> tuple[str, ...]:
        """The quarters in which the buyer has a payment that is a purchase, or may be."""
        return tuple(sorted(self.frames["payments"]["quarter"].dropna().unique()))

    @property
    def has_payments(self) -> bool:
        """The buyer's payments are known, of whatever quarter or nature."""
        return not self.frames["paid"].empty

    @cached_property
    def is_fictitious(self) -> bool:
        """One contract at least was made for demonstration."""
        return bool(self.frames["contracts"]["is_fictitious"].any())

    @property
    def sources(self) -> list[dict[str, Any]]:
        """Of each input file what a report tells (``report.SourceFile``): its content is not, but through its rows."""
        told = ("name", "format", "snapshot", "read", "used", "rejected", "duplicates")
        return [{name: one[name] for name in told} for one in self.catalogue["files"]]

    @property
    def day(self) -> str | None:
        """The ISO date of the data."""
        day: str | None = self.catalogue["snapshot"]
        return day

    @cached_property
    def past(self) -> pd.DataFrame:
        """Results of every quarter with contracts, for the objectives only, as trends are drawn from them."""
        objectives = [INDICATORS_BY_CODE[one.indicator] for one in self.organisation.targets]
        quarters = map(Quarter.parse, self.quarters)
        return results(self._basis, self.organisation, quarters, self.day, objectives, ("all",), _PAST_WINDOWS)

    @cached_property
    def states(self) -> Frames:
        """Of each table of ``indicators.basis``, what every row of it is for every indicator, as of ``every_state``."""
        of_rows = [one for one in INDICATORS if one.states is None]
        return {
            name: every_state([one for one in of_rows if one.sheet.table == name], frame)
            for name, frame in self._basis.items()
        }

    def states_of(self, quarter: Quarter, place: Territory) -> Frames:
        """``states`` of the rows of ``slice``."""
        parts = ((name, rows.to_numpy()) for name, _, rows in self._parts(quarter, place) if name in self.states)
        return {name: self.states[name][rows].reset_index(drop=True) for name, rows in parts}

    def compute(self, quarters: Iterable[str]) -> None:
        """The results of these quarters in one pass, for all the reports that will ask for them."""
        if missing := sorted({*quarters} - set(self._computed)):
            found = results(self._basis, self.organisation, map(Quarter.parse, missing), self.day)
            self._computed |= {str(quarter): rows for quarter, rows in found.groupby("quarter", sort=False)}

    def slice(self, quarter: Quarter, place: Territory) -> Frames:
        """What the report of a quarter and territory reads: ``frames``, and ``results``.

        The territory's rows (the whole's are all) up to the end of the quarter's year, those without a quarter too;
        the ledger of the contracts of its windows; the results of the quarter, and those of ``past`` before it. A
        territory has its own results and, of the quarter, what the whole's are in all.
        """
        found = {
            name: frame[rows.to_numpy()].reset_index(drop=True) for name, frame, rows in self._parts(quarter, place)
        }
        parts = [found.pop(_PAST), found.pop(str(quarter))]
        return found | {"results": pd.concat(parts, ignore_index=True)}

    def fingerprint(self, quarter: Quarter, place: Territory) -> str:
        """A hash of the values of ``slice``, and of what every report tells of the whole data."""
        told = (self.day, self.sources, list(self.quarters), list(self.paid_quarters), self.has_payments)
        found = hashlib.sha256(repr((told, self.is_fictitious)).encode())
        self.compute([str(quarter)])
        self.hash_rows()
        for name, _, rows in self._parts(quarter, place):
            found.update(name.encode() + self._hashes[name][rows.to_numpy()].tobytes())
        return found.hexdigest()

    def hash_rows(self) -> None:
        """Hash each row of what is read and computed so far, once."""
        for name, frame in (*self.frames.items(), (_PAST, self.past), *self._computed.items()):
            if name not in self._hashes:
                self._hashes[name] = pd.util.hash_pandas_object(frame, index=False).to_numpy()

    def hand_over(self, quarters: Iterable[str], file: Path) -> None:
        """Write for ``handed`` all that the reports of these quarters read, and keep none of it.

        The results of some quarters at a time: many quarters take no more memory here than few.
        """
        self.hash_rows()
        _ = self.states
        missing = sorted({*quarters} - set(self._computed))
        parts = [missing[start : start + _AT_ONCE] for start in range(0, len(missing), _AT_ONCE)]
        with file.open("wb") as stream:
            pickle.dump((self, len(parts)), stream)
            for part in parts:
                self._computed.clear()
                self.compute(part)
                self.hash_rows()
                pickle.dump((self._computed, {one: self._hashes[one] for one in self._computed}), stream)
        self.frames = self._computed = self._hashes = {}
        del self.past, self.states
        _last.clear()
        pyarrow.default_memory_pool().release_unused()
        with suppress(AttributeError):  # a C library that has no such word
            ctypes.CDLL(None).malloc_trim(0)

    @property
    def _basis(self) -> Frames:
        return {name: frame for name, frame in self.frames.items() if name not in ("paid", "amendments", "ledger")}

    def _parts(self, quarter: Quarter, place: Territory) -> Iterator[tuple[str, pd.DataFrame, pd.Series]]:
        """Each frame with the rows of a slice, as booleans; the results of the quarter under its name."""
        self.compute([str(quarter)])
        whole = self.organisation.whole.code

        def mine(frame: pd.DataFrame) -> pd.Series:
            early = frame["quarter"].isna() | (frame["quarter"] <= str(Quarter(quarter.year, 4))).fillna(False)
            return early & ((place.code == whole) | (frame["territory"] == place.code).fillna(False))

        contracts = self.frames["contracts"]
        uids = contracts.loc[mine(contracts), ["uid", "quarter"]]
        of_windows = uids.loc[uids["quarter"].isin(quarter.quarters), "uid"]
        for name, frame in self.frames.items():
            of = {"amendments": uids["uid"], "ledger": of_windows}.get(name)
            yield name, frame, (mine(frame) if of is None else frame["uid"].isin(of)).astype(bool)
        own = (self.past["territory"] == place.code) | (place.code == whole)
        yield _PAST, self.past, own & (self.past["quarter"] < str(quarter))
        now = self._computed[str(quarter)]
        beside = (now["territory"] == whole) & (now["scope"] == "all")
        yield str(quarter), now, (now["territory"] == place.code) | beside | (place.code == whole)


_last: list[Snapshot] = []


def open_snapshot(organisation: str, clean: Path) -> Snapshot:
    """The snapshot of a buyer in a folder of clean tables: the last one opened, if nothing it was read from has changed.

    ValueError for an organisation that is wrong, NoCleanTables.
    """
    buyer, limits = load_organisation(organisation), thresholds()
    _check_indicators(buyer)
    now = stamp(clean)
    for one in _last:
        if (one.clean, one.stamp, one.organisation) == (clean, now, buyer) and one.thresholds.equals(limits):
            return one
    _last[:] = [_read(buyer, clean, now, limits)]
    return _last[0]


@cache
def handed(file: Path) -> Snapshot:
    """What ``hand_over`` has written, once: read once, and open in the processes that are forked from this one."""
    with file.open("rb") as stream:
        found, parts = pickle.load(stream)
        for _ in range(parts):
            computed, hashes = pickle.load(stream)
            found._computed |= computed
            found._hashes |= hashes
    assert isinstance(found, Snapshot)
    return found


def keep(snapshot: Snapshot, clean: Path) -> None:
    """Make ``open_snapshot`` give this one for a folder that holds the very tables it was computed from."""
    snapshot.clean, snapshot.stamp = clean, stamp(clean)
    _last[:] = [snapshot]


def stamp(clean: Path) -> tuple[Any, ...]:
    """What tells that the files of a folder of clean tables are others than before, without reading them."""
    files = [*sorted(clean.glob("*.parquet")), workspace.catalogue(clean)]
    return tuple(
        (one.name, (found := one.stat()).st_ino, found.st_size, found.st_mtime_ns) for one in files if one.exists()
    )


def _read(buyer: Organisation, clean: Path, now: tuple[Any, ...], limits: pd.DataFrame) -> Snapshot:
    own = [("buyer_siren", "==", buyer.siren)]
    contracts = read_table(schemas.CONTRACTS, clean, COLUMNS, own)
    of_these = [("uid", "in", list(contracts["uid"]))]
    holders = read_table(schemas.HOLDERS, clean, filters=of_these)
    history = contracts[["uid", "dateNotification"]].merge(holders[["uid", "holder_siren"]], on="uid")
    paid, hours, declared = (
        read_table(schema, clean, filters=own)
        for schema in (schemas.PAYMENTS, schemas.INSERTION_HOURS, schemas.DECLARATIONS)
    )
    spent = payments_basis(paid, buyer.solidarity_definition)
    frames = {
        "contracts": contracts_basis(contracts, holders, history, limits, buyer.solidarity_definition),
        "payments": spent,
        "insertion_hours": hours,
        "hours_and_payments": hours_and_payments(hours, spent),
        "declarations": declarations_basis(declared),
        "paid": paid,
        "amendments": read_table(schemas.AMENDMENTS, clean, filters=of_these),
        "ledger": read_table(schemas.LEDGER, clean, filters=of_these),
    }
    return Snapshot(buyer, clean, now, frames, read_catalogue(clean), limits)


def _check_indicators(buyer: Organisation) -> None:
    """A ValueError for an objective or a fiche that names no indicator, or none in its measure."""
    named = {one.indicator for one in buyer.targets} | {code for fiche in buyer.fiches for code in fiche.indicators}
    if unknown := sorted(named - set(INDICATORS_BY_CODE)):
        raise ValueError(f"{buyer.name}: an objective or a fiche names no known indicator: {', '.join(unknown)}")
    for one in buyer.targets:
        if one.measure not in INDICATORS_BY_CODE[one.indicator].sheet.measures:
            raise ValueError(f"{buyer.name}: {one.indicator} is not told in {one.measure}")
