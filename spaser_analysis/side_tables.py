"""The end of an ingest for side tables: lines and holders meet the contracts and the suppliers' lists."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.compute as compute

from spaser_analysis import schemas
from spaser_analysis.cleaning.covered import assign_line_territory, contract_index, with_contract
from spaser_analysis.cleaning.ledger import entries, join
from spaser_analysis.cleaning.reference import Reference
from spaser_analysis.cleaning.statuses import Lists, supplier_lists, supplier_states
from spaser_analysis.tables import NONE, open_piece, read_pieces, to_arrow, write_parted, write_piece

SIDE_TABLES = {
    schema.name: schema
    for schema in (
        *(schemas.PAYMENTS, schemas.SUPPLIERS, schemas.INSERTION_HOURS, schemas.DECLARATIONS),
        *(schemas.NEEDS, schemas.WORKING_GROUPS),
    )
}
_SAME = ["siret", "siren", "status", "mask", "valid_from", "valid_to", "date_rule", "commune_code", "list"]


def finish_suppliers(
    staging: Path, order: dict[str, int], reference: Reference
) -> tuple[Lists, Counter[str], Counter[str]]:
    """The suppliers' lists, complete in ``staging/resolved``; the records used and the duplicates of each file.

    ``order`` numbers the files, as their ledgers in ``staging/ledger``.
    """
    suppliers, doubled = _suppliers(staging / "lines" / "suppliers")
    persons = _persons(staging, suppliers)
    suppliers, hidden = without_names(suppliers, "siren", "name", "denomination", persons)
    write_piece(suppliers, staging / "resolved" / "suppliers", "0")
    _keep_ledger(doubled, staging, order, "same-status")
    _keep_ledger(hidden, staging, order, "hidden-suppliers")
    lists = supplier_lists(suppliers, reference.solidarity, reference.organisations, persons)
    return lists, Counter(suppliers["source_file"].tolist()), Counter(doubled["source_file"].tolist())


def _persons(staging: Path, suppliers: pd.DataFrame) -> frozenset[str]:
    """The SIRENs of natural persons: those of the lists, and those whose name says so once in any file."""
    found = set(suppliers.loc[suppliers["mask"].notna(), "siren"])
    for folder, siren, name in (
        (staging / "holders", "holder_siren", "titulaire_denominationSociale"),
        (staging / "lines" / "payments", "supplier_siren", "supplier_name"),
    ):
        for path in folder.rglob("*.arrow"):
            told = open_piece(path, [siren, name]).filter(compute.field(name) == schemas.MASKED)
            found.update(told[siren].drop_null().unique().to_pylist())
    return frozenset(found)


def without_names(
    rows: pd.DataFrame, siren: str, name: str, read: str, persons: frozenset[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows with the names of ``persons`` masked, and their ledger, under the name of the column as ``read``."""
    hidden = rows[siren].isin(list(persons)) & (rows[name] != schemas.MASKED)
    masked = rows.assign(**{name: rows[name].mask(hidden, schemas.MASKED)})
    return masked, entries(rows, "person_masked", read, after=masked[name], where=hidden)


def finish_lines(
    staging: Path, order: dict[str, int], reference: Reference, lists: Lists
) -> tuple[Counter[str], Counter[str]]:
    """Complete ``staging/resolved`` from ``staging/lines``; returns the records used and the duplicates of each file."""
    used, doubles = Counter[str](), Counter[str]()
    index = contract_index(_published(staging))
    for name, schema in SIDE_TABLES.items():
        paths = sorted((staging / "lines" / name).glob("*.arrow")) if name != "suppliers" else []
        again = _again(paths, order)
        needs = _needs(paths, again) if schema is schemas.NEEDS else None
        corrected = _corrected(needs) if needs is not None else []
        repeated = _repeated(needs, corrected) if needs is not None else []
        for path in paths:
            lines = schemas.conform(open_piece(path).to_pandas(), schema)
            rule = pd.Series(None, index=lines.index, dtype="str")
            rule = rule.mask(_records(lines).isin(corrected), "need_corrected")
            rule = rule.mask(_records(lines).isin(again), "same_line")
            same, copies = entries(lines, rule).drop_duplicates(schemas.RECORD), rule.notna()
            _keep_ledger(same, staging, order, f"same-line-{name}-{path.stem}")
            doubles.update(same["source_file"].tolist())
            lines = lines[~copies].reset_index(drop=True)
            told_twice = entries(lines, "need_repeated", "numero_besoin", where=_records(lines).isin(repeated))
            _keep_ledger(told_twice, staging, order, f"repeated-{name}-{path.stem}")
            placed, ledger = _placed(lines, index, reference)
            if schema is schemas.PAYMENTS:
                names = ("supplier_siren", "supplier_name", "fournisseur_nom")
                placed, hidden = without_names(placed, *names, lists.persons)
                ledger = join([ledger, hidden])
                placed = placed.assign(**_states(placed.assign(day=placed["paid_on"]), lists))
            placed = schemas.conform(placed, schema)
            quarter = placed["quarter"].fillna(NONE) if "quarter" in placed else pd.Series(NONE, index=placed.index)
            write_parted(to_arrow(placed, schema), quarter, staging / "resolved" / name, path.stem)
            used.update(placed.drop_duplicates(schemas.RECORD)["source_file"].tolist())
            _keep_ledger(ledger, staging, order, f"matched-{name}-{path.stem}")
    return used, doubles


def _placed(lines: pd.DataFrame, index: pd.DataFrame, reference: Reference) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lines with their contract and territory, where they have one, and the ledger rows."""
    if "territory" not in lines:  # a working group is of several
        return lines, schemas.empty(schemas.LEDGER)
    numbered = lines if "contract_id" in lines else lines.assign(contract_id=None, contract_uid=None)
    return assign_line_territory(with_contract(numbered, index), reference.organisations)


def _again(paths: list[Path], order: dict[str, int]) -> pd.Index:
    """The records of which another file, before theirs, holds a line alike; a file may well hold a line twice.

    Exports overlap: the n-th of several lines alike in one file is the n-th of another.
    """
    if not paths:
        return pd.Index([])
    lines = pd.concat([_keys(path) for path in paths], ignore_index=True)
    lines = lines.assign(rank=lines.groupby(["source_file", "key"]).cumcount(), place=lines["source_file"].map(order))
    lines = lines.sort_values(["place", "source_record"])
    found: pd.Index[Any] = pd.Index(_records(lines[lines.duplicated(["key", "rank"])]))
    return found


def _needs(paths: list[Path], again: pd.Index) -> pd.DataFrame:
    """Who says what need, each record once: ``buyer_siren``, ``need_id``, ``replaces``; indexed by record."""
    pieces = [open_piece(path, ["buyer_siren", "need_id", "replaces", *schemas.RECORD]).to_pandas() for path in paths]
    found = pd.concat(pieces, ignore_index=True) if pieces else schemas.empty(schemas.NEEDS)
    found = found.set_index(_records(found))
    return found[~found.index.isin(again)]


def _corrected(needs: pd.DataFrame) -> list[str]:
    """The records that a line of another file and of the same buyer corrects; a line given back as it was corrects nothing,
    and lines that name one another in a circle are all kept.
    """
    named = needs["replaces"].dropna()
    named = named[named.isin(needs.index) & (named != named.index)]
    owner = needs["buyer_siren"].fillna("")
    named = named[owner.reindex(named).to_numpy() == owner.reindex(named.index).to_numpy()]
    names = dict(named)
    return sorted(target for source, target in names.items() if not _in_circle(source, names))


def _in_circle(source: str, names: dict[str, str]) -> bool:
    seen, here = {source}, names[source]
    while here in names and here not in seen:
        seen.add(here)
        here = names[here]
    return here == source


def _repeated(needs: pd.DataFrame, corrected: list[str]) -> list[str]:
    """The records of which another one has the number, in whatever file."""
    left = needs[~needs.index.isin(corrected)]
    return list(left.index[left.duplicated(["buyer_siren", "need_id"], keep=False)])


def _keys(path: Path) -> pd.DataFrame:
    """The records of a piece with a hash of all that they say; the rows of a declaration add up to one."""
    rows = open_piece(path).to_pandas()
    told = rows[schemas.RECORD].assign(
        key=pd.util.hash_pandas_object(rows.drop(columns=[*schemas.RECORD, "replaces"], errors="ignore"), index=False)
    )
    found: pd.DataFrame = told.groupby(schemas.RECORD, sort=False)["key"].sum().reset_index()
    return found


def _records(lines: pd.DataFrame) -> pd.Series:
    keys: pd.Series = lines["source_file"] + "\n" + lines["source_record"].astype("str")
    return keys


def _published(staging: Path) -> pd.DataFrame:
    """What a line needs of the contracts to find its own; nothing where there is no line."""
    columns = ["buyer_siren", "id", "uid", "territory"]
    folder = staging / "resolved" / "contracts"
    wanted = folder.is_dir() and any(path.name != "suppliers" for path in (staging / "lines").glob("*"))
    return read_pieces(folder, columns) if wanted else schemas.empty(schemas.CONTRACTS)[columns]


def _states(asked: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    return supplier_states(asked[["supplier_id", "supplier_siren", "day", "buyer_siren"]], lists)


def _suppliers(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The statuses, each once, and the ledger rows of those found again."""
    found = read_pieces(folder) if folder.is_dir() else schemas.empty(schemas.SUPPLIERS)
    found = schemas.conform(found.sort_values(schemas.RECORD), schemas.SUPPLIERS)
    again = found.duplicated(_SAME)
    return found[~again].reset_index(drop=True), entries(found[again], "same_status")


def _keep_ledger(rows: pd.DataFrame, staging: Path, order: dict[str, int], part: str) -> None:
    for name, own in rows.groupby("source_file"):
        write_piece(own, staging / "ledger" / f"{order[str(name)]:05d}", part)
