"""A comparison of buyers: what it needs of the clean tables, what it computes, and the files that it leaves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from spaser_analysis import workspace
from spaser_analysis.indicators import peers, reasons
from spaser_analysis.indicators.peers import COMPARED, OF_CONTRACTS, Rank
from spaser_analysis.indicators.sheet import Sheet
from spaser_analysis.organisation import Organisation, load_organisation
from spaser_analysis.period import WINDOWS, Quarter, Window
from spaser_analysis.reference_data import buyer_kinds, family_labels
from spaser_analysis.report import quarters_held
from spaser_analysis.schemas import CONTRACTS
from spaser_analysis.tables import Condition, read_catalogue, read_table

TABLE, PAGE = "comparaison.csv", "comparaison.html"
_NOT_PUBLIC = "acheteurs dont le SIREN n’est pas celui d’un organisme public"
_TEXTS = ("buyer_siren", "quarter", "acheteur_nom", *peers.STATUSES)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Every buyer of the clean tables in one indicator, window and purchase family ("" for all), and one of them.

    ``buyers`` are those of ``peers.every_buyer`` with ``name``, ``kind`` and ``is_peer``; ``own`` is the organisation's
    row, ``rank`` its rank among its peers (None where it has no share). ``nobodys`` contracts have no SIREN.
    """

    organisation: Organisation
    sheet: Sheet
    window: Window
    family: str
    family_label: str
    buyers: pd.DataFrame
    rank: Rank | None
    kind_label: str
    cautions: tuple[str, ...]
    nobodys: int
    snapshot: str | None
    is_fictitious: bool

    @property
    def own(self) -> pd.Series[Any]:
        """The organisation's row."""
        found: pd.Series[Any] = self.buyers[self.buyers["buyer_siren"] == self.organisation.siren].iloc[0]
        return found


def read_contracts(clean: Path, filters: Sequence[Condition] = (), more: Sequence[str] = ()) -> pd.DataFrame:
    """What the indicators ``peers.OF_CONTRACTS`` read of the clean contracts, of every buyer; texts are categories."""
    columns = [*peers.COLUMNS, *more]
    return read_table(CONTRACTS, clean, columns, filters, categories=[one for one in columns if one in _TEXTS])


def every_indicator(contracts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """By code, the counts of ``peers.OF_CONTRACTS`` for each buyer and quarter, which are grouped once."""
    return peers.by_keys(contracts, OF_CONTRACTS, ("buyer_siren", "quarter"))


def compare_buyers(
    family: str | None = None,
    indicator: str = "environmental_share",
    quarter: str | None = None,
    window: str = "year",
    organisation: str = "amp",
    clean: Path | None = None,
) -> Comparison:
    """Every buyer of the clean tables in an indicator, and where the organisation stands among its peers.

    The last quarter in which the organisation has a contract, of a window that was over, unless told another. ValueError, in one line: no such
    indicator, family, window, quarter or organisation, or no contract of it there. NoCleanTables: nothing was ingested.
    """
    tables, buyer, labels = clean or workspace.clean(), load_organisation(organisation), family_labels()
    for what, asked, known in (
        ("indicator", indicator, COMPARED),
        ("window", window, WINDOWS),
        ("family", family, labels),
    ):
        if asked is not None and asked not in known:
            raise ValueError(
                f"{asked!r}: no {what} in which buyers are compared; known: {', '.join(sorted(set(known)))}"
            )
    held = quarters_held(buyer, tables)
    if quarter is None and not held:
        raise ValueError(f"no contract of {buyer.name} in the clean tables")
    snapshot = read_catalogue(tables)["snapshot"]
    day = date.fromisoformat(snapshot) if snapshot else None
    past = [one for one in held if day is None or Quarter.parse(one).window(window).last.end < day]
    period = Quarter.parse(quarter or max(past or held)).window(window)
    filters: list[tuple[str, str, Any]] = [("quarter", "in", list(period.quarters))]
    if family:
        filters.append(("family", "==", family))
    contracts = read_contracts(tables, filters, ("acheteur_nom", "is_fictitious"))
    chosen, kinds = COMPARED[indicator], buyer_kinds()
    buyers = peers.every_buyer(contracts, chosen)
    if buyer.siren not in set(buyers["buyer_siren"]):
        among = f" of the family {family}" if family else ""
        raise ValueError(
            f"no contract of {buyer.name}{among} from {period.first} to {period.last}; "
            f"quarters with contracts: {', '.join(sorted(held)) or 'none'}"
        )
    buyers = buyers.assign(kind=peers.kinds_of(buyers["buyer_siren"], kinds), name=_names(contracts, buyers))
    buyers = buyers.assign(is_peer=peers.are_peers(buyers, buyer.siren))
    own = buyers.loc[buyers["buyer_siren"] == buyer.siren, "kind"].iloc[0]
    return Comparison(
        organisation=buyer,
        sheet=chosen.sheet,
        window=period,
        family=family or "",
        family_label=labels[family] if family else "",
        buyers=buyers,
        rank=peers.rank(buyers, buyer.siren, chosen.sheet.direction),
        kind_label=dict(zip(kinds["kind"], kinds["label"], strict=True)).get(own, _NOT_PUBLIC),
        cautions=tuple(reasons.of_period(period, day, held, chosen.sheet.noun, is_published=True)),
        nobodys=int(contracts["buyer_siren"].isna().sum()),
        snapshot=snapshot,
        is_fictitious=bool(contracts["is_fictitious"].any()),
    )


def _names(contracts: pd.DataFrame, buyers: pd.DataFrame) -> pd.Series:
    """The name that each buyer of the rows goes by most often, the first in the alphabet of several; its SIREN without any."""
    told = contracts.groupby(["buyer_siren", "acheteur_nom"], observed=True).size().rename("times").reset_index()
    told = told.astype({"buyer_siren": "str", "acheteur_nom": "str"})
    told = told.sort_values(["buyer_siren", "times", "acheteur_nom"], ascending=[True, False, True])
    named = told.drop_duplicates("buyer_siren").set_index("buyer_siren")["acheteur_nom"]
    found = named.reindex(buyers["buyer_siren"]).astype("str").set_axis(buyers.index)
    return found.fillna(buyers["buyer_siren"])


def write_comparison(found: Comparison, folder: Path) -> tuple[Path, ...]:
    """Write ``comparaison.csv`` and ``comparaison.html`` into the folder, each whole or not at all; same tables, same bytes."""
    from spaser_analysis.publishing.html import outputs_page
    from spaser_analysis.views import peers as view
    from spaser_analysis.views.elements import harmless

    csv = harmless(view.rows(found)).to_csv(index=False, lineterminator="\n").encode()
    page = outputs_page(view.title(found), found.organisation.name, view.shown(found))
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ((TABLE, csv), (PAGE, page)):
        staged = folder / f".{name}.{os.getpid()}"
        staged.write_bytes(content)
        staged.replace(folder / name)
    return folder / TABLE, folder / PAGE
