"""Whether what must add up does: territories, quarters, states, and what was read of each input."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from spaser_analysis.audit.findings import Finding
from spaser_analysis.audit.queries import computed, rows, script, set_variables
from spaser_analysis.audit.recompute import COUNTS, RESULT, Unreadable, last_quarter, read_figures, unreadable
from spaser_analysis.formatting import NBSP
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.organisation import Organisation, load_organisation
from spaser_analysis.period import Quarter, span
from spaser_analysis.publishing.manifest import Edition
from spaser_analysis.report import FIGURES
from spaser_analysis.tables import read_catalogue
from spaser_analysis.views import formatting
from spaser_analysis.views.labels import LABELS

if TYPE_CHECKING:  # an extra
    from duckdb import DuckDBPyConnection

# Why, and the indicators (and a scope) that territories and quarters do not add up to.
NOT_ADDITIVE = (
    ("un fournisseur de deux territoires ou de deux trimestres en est un seul", "inclusive_supplier_share"),
    (
        "chaque territoire et chaque période a ses dix plus grands",
        *("ten_largest_contract_share", "ten_largest_supplier_share", "without_ten_largest"),
    ),
)
# Why, and the indicators whose states are not every row of their table.
OF_SOME = (
    ("compte des fournisseurs, non des paiements", "inclusive_supplier_share"),
    ("ne compte que les marchés au-dessus d’un seuil", "social_clause_above_threshold_share"),
)
_APART = {"territories": NOT_ADDITIVE, "quarters": NOT_ADDITIVE, "states": OF_SOME}  # by identity of ``labels.toml``
_ACTIONS = {"rejected": "rejected", "duplicates": "duplicate"}


class _Side(NamedTuple):
    """Two numbers that must be one; None is a file that one side does not know."""

    identity: str
    name: str
    one: Decimal | int | None
    other: Decimal | int | None


def balance(edition: Edition, clean: Path) -> list[Finding]:
    """Each of the identities of ``labels.toml``, on the figures of the edition and, for what it does not tell, on the clean
    tables: one finding an identity that holds everywhere, else one for each equality that does not.

    ValueError: no such organisation, or not a period. NoCleanTables; OSError where DuckDB is not installed.
    """
    buyer = load_organisation(edition.organisation)
    last = last_quarter(edition.period)
    quarters = span(min(last - 3, Quarter(last.year, 1)), Quarter(last.year, 4))
    found: list[Finding] = []
    with computed(clean, buyer, [last], quarters, with_rest=True) as connection:
        sides = list(_of_inputs(edition, clean, connection))
        try:
            sides += _of_figures(_published(edition, buyer, last), last, connection)
        except Unreadable as why:
            found.append(unreadable("balance", edition, FIGURES, why))
    for identity, meaning in LABELS["identities"].items():
        checked = [one for one in sides if one.identity == identity]
        found += (broken := [_broken(one, meaning) for one in checked if one.one != one.other])
        if checked and not broken:
            count = formatting.counted(len(checked), "égalité vérifiée", "égalités vérifiées")
            but = "".join(f" Sauf {', '.join(names)}{NBSP}: {why}." for why, *names in _APART.get(identity, ()))
            found.append(Finding("balance", "balances", "ok", identity, f"{count}{NBSP}: {meaning}.{but}"))
    return found


def _published(edition: Edition, buyer: Organisation, last: Quarter) -> list[dict[str, str]]:
    """The figures of the edition by ``RESULT``; those of a year are of the whole, in the categories that are indicators."""
    if edition.period == str(last):
        return read_figures(edition, FIGURES, (*RESULT, *COUNTS, "value"))
    told = read_figures(edition, FIGURES, ("category", "measure", *COUNTS))
    where = {"quarter": str(last), "territory": buyer.whole.code, "window": "year", "scope": "all", "value": ""}
    return [{**row, **where, "indicator": row["category"]} for row in told if row["category"] in INDICATORS_BY_CODE]


def _of_figures(told: list[dict[str, str]], last: Quarter, connection: DuckDBPyConnection) -> Iterator[_Side]:
    connection.register("published", pd.DataFrame(told, columns=[*RESULT, *COUNTS, "value"], dtype="str"))
    for table, apart in (("not_additive", NOT_ADDITIVE), ("of_some", OF_SOME)):
        connection.register(table, pd.DataFrame({"name": [name for _, *names in apart for name in names]}))
    set_variables(connection, quarter=str(last))
    yield from (_Side(**one) for one in rows(connection, script("balance")))


def _of_inputs(edition: Edition, clean: Path, connection: DuckDBPyConnection) -> Iterator[_Side]:
    query = "SELECT source_file, action, count(DISTINCT source_record) AS records FROM ledger GROUP BY ALL"
    ledger = {(one["source_file"], one["action"]): one["records"] for one in rows(connection, query)}
    given = {one.name: one for one in edition.inputs}
    listed: dict[str, dict[str, Any]] = {one["name"]: one for one in read_catalogue(clean)["files"]}
    for name in sorted(given.keys() | listed.keys()):
        for figure in ("read", "used", "rejected", "duplicates"):
            told = getattr(given.get(name), figure, None)
            yield _Side("catalogue", f"{name} {figure}", told, listed.get(name, {}).get(figure))
            if figure in _ACTIONS and told is not None:
                yield _Side("ledger", f"{name} {figure}", told, ledger.get((name, _ACTIONS[figure]), 0))
    for one in edition.inputs:
        yield _Side("inputs", f"{one.name} read", one.read, one.used + one.rejected + one.duplicates)


def _broken(side: _Side, meaning: str) -> Finding:
    one, other = ("rien" if value is None else f"{Decimal(value).normalize():f}" for value in (side.one, side.other))
    said = f"Il n’est pas vrai que {meaning}{NBSP}: {one} d’un côté, {other} de l’autre."
    return Finding("balance", "does_not_balance", "failed", f"{side.identity} {side.name}", said)
