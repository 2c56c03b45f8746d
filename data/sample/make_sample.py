"""Write the fictitious sample: the inputs of one buyer, as they stood on two days.

    python data/sample/make_sample.py [FOLDER]

A folder a snapshot: registers (CSV, and XLSX for one territory), payments, supplier statuses, hours of insertion,
declarations, the census of needs and the working groups; in the later one the official publication (DECP 2022, JSON) too. What was not published by the day of a
snapshot is not in it. Every contract, supplier, amount and hour is invented; the formats, the rates and the defects are
those of real files. Same seed, same bytes.
"""

from __future__ import annotations

import random
import sys
from datetime import date
from pathlib import Path

from census import census, working_groups
from companies import draw_companies, status_rows
from contracts import VOCABULARY, draw_contracts, give_considerations
from defects import DECP_DEFECTS, PAYMENT_DEFECTS, REGISTER_DEFECTS, duplicate, plant, truncate_ids
from formats import (
    Contract,
    Row,
    concession_rows,
    decp_row,
    register_row,
    write_csv,
    write_decp,
    write_official_csv,
    write_workbook,
)
from spending import declarations, draw_hours, draw_payments

SEED = 20211007
EARLY, LATE = date(2022, 10, 31), date(2026, 3, 1)
ISTRES = "CT5"
OVERLAP = 40  # contracts of 2024-T1 that the register holds too
EMPTY_EARLY, CORRECTED_LATER = 0.03, 0.015  # of the contracts of the early snapshot


def make_sample(folder: Path) -> None:
    """Write the two snapshots into a folder."""
    rng = random.Random(SEED)
    companies = draw_companies(rng)
    drawn = draw_contracts(rng, companies)
    give_considerations(rng, drawn, companies)
    contracts = [c for c in drawn if c["published"] <= LATE]

    payments = draw_payments(rng, contracts, companies)
    plant(rng, payments, PAYMENT_DEFECTS, set())
    hours = draw_hours(rng, contracts)
    used = {company for contract in contracts for company in contract["holders"]}
    paid = {payment["fournisseur_nom"] for payment in payments}
    suppliers = [company for company in companies if company in used or company.name in paid]

    register, istres, decp = write_contracts(rng, contracts)
    published = {contract["number"]: contract["published"] for contract in contracts}
    counting, needs = random.Random(SEED + 1), []
    for day in (EARLY, LATE):
        needs = needs + census(counting, contracts, day)
        place = folder / str(day)
        place.mkdir(parents=True, exist_ok=True)
        known = [[row for row in rows if published[row["numero_marche"]] <= day] for rows in (register, istres)]
        counted = [row for row in hours if published[row["numero_marche"]] <= day and end_of_quarter(row) <= day]
        if day == EARLY:
            known = [as_it_was(rng, rows) for rows in known]
            write_workbook(place / f"heures-insertion_fictif_{day}.xlsx", counted)
        else:
            write_csv(place / f"heures-insertion_fictif_{day}.csv", counted)
            concessions = concession_rows(rng, VOCABULARY["concessions"], companies)
            write_decp(place / f"decp-2022_fictif_{day}.json", decp, concessions)
        write_csv(place / f"registre-marches_fictif_{day}.csv", known[0])
        write_workbook(place / f"registre-istres_fictif_{day}.xlsx", known[1])
        write_csv(place / f"mandats_fictif_{day}.csv", [row for row in payments if row["date_paiement"] <= day])
        write_csv(place / f"statuts-fournisseurs_fictif_{day}.csv", status_rows(suppliers, day), "utf-8-sig")
        write_csv(place / f"recensement-besoins_fictif_{day}.csv", needs)
        write_workbook(place / f"groupes-de-travail_fictif_{day}.xlsx", working_groups())
        for scheme in ("agec", "egalim"):
            write_official_csv(place / f"declaration-{scheme}_fictif_{day}.csv", declarations(scheme, day))


def write_contracts(rng: random.Random, contracts: list[Contract]) -> tuple[list[Row], list[Row], list[Row]]:
    """Lines of the register, of one territory's register and of the publication, with their defects and duplicates."""
    official = [c for c in contracts if c["year"] >= 2024]
    registered = [c for c in contracts if c["year"] < 2024]
    first_quarter = [n for n, c in enumerate(official) if (c["year"], c["quarter"]) == (2024, 1)]
    both = set(rng.sample(first_quarter, OVERLAP))

    decp = [decp_row(rng, c, LATE) for c in official]
    touched = both | truncate_ids(rng, decp, both) | {n for n, row in enumerate(decp) if row["modifications"]}
    touched |= plant(rng, decp, DECP_DEFECTS, touched)
    duplicate(rng, decp, touched)

    register = [register_row(rng, c) for c in registered if c["territory"] != ISTRES]
    spoilt = plant(rng, register, REGISTER_DEFECTS, set())
    register += [register_row(rng, official[n]) for n in sorted(both)]
    duplicate(rng, register, spoilt)
    istres = [register_row(rng, c) for c in registered if c["territory"] == ISTRES]
    plant(rng, istres, REGISTER_DEFECTS, set())
    return register, istres, decp


def as_it_was(rng: random.Random, rows: list[Row]) -> list[Row]:
    """The register before the buyer filled some considerations in, and corrected amounts typed with their tax."""
    numbers = sorted({row["numero_marche"] for row in rows})

    def some(share: float) -> set[str]:
        return set(rng.sample(numbers, max(1, round(share * len(numbers)))))

    empty = {f"considerations_{axis}": some(EMPTY_EARLY) for axis in ("sociales", "environnementales")}
    taxed = some(CORRECTED_LATER)
    earlier = []
    for row in rows:
        changed: Row = {column: "" for column, chosen in empty.items() if row["numero_marche"] in chosen}
        if row["numero_marche"] in taxed and isinstance(row["montant_ht"], float):
            changed["montant_ht"] = round(row["montant_ht"] * 1.2, 2)
        earlier.append(row | changed)
    return earlier


def end_of_quarter(row: Row) -> date:
    """The first day after the quarter of a line of hours."""
    year, number = map(int, row["trimestre"].split("-T"))
    return date(year + number // 4, number % 4 * 3 + 1, 1)


if __name__ == "__main__":
    make_sample(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
