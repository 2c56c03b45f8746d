"""The fictitious contracts: who buys what, where and when, and with which considerations.

Rates are reached by quotas, cell by cell (quarter and territory), not by luck.
"""

from __future__ import annotations

import csv
import math
import random
import tomllib
import unicodedata
from datetime import date, timedelta
from pathlib import Path

from companies import Company, pick
from formats import AMP, HEAD_OFFICE, WHOLE, Contract

VOCABULARY = tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text(encoding="utf-8"))

# Contracts a quarter; the smallest territories get a few more in the first quarter, whose year to date is itself.
VOLUME = {WHOLE: 20, "CT1": 34, "CT2": 22, "CT3": 14, "CT4": 13, "CT5": 13, "CT6": 11}
FIRST_QUARTER_EXTRA = {"CT5": 2, "CT6": 4}

# Share of yes among all contracts, quarter after quarter: 2020 to 2025, and 2026-T1.
ENVIRONMENTAL = (
    *(0.25, 0.27, 0.30, 0.32),
    *(0.35, 0.38, 0.40, 0.42),
    *(0.49, 0.50, 0.50, 0.52),
    *(0.58, 0.61, 0.65, 0.68),
    *(0.70, 0.73, 0.76, 0.78),
    *(0.82, 0.85, 0.88, 0.90),
    0.90,
)
SOCIAL = (
    *(0.065, 0.07, 0.075, 0.08),
    *(0.085, 0.09, 0.095, 0.10),
    *(0.143, 0.143, 0.14, 0.15),
    *(0.16, 0.175, 0.185, 0.20),
    *(0.205, 0.215, 0.225, 0.235),
    *(0.25, 0.265, 0.28, 0.29),
    0.29,
)
UNKNOWN, RESERVED_AMONG_SOCIAL, INNOVATIVE = 0.03, 0.10, 0.03
LARGE, LARGE_SCORE = 221_000, 0.2  # a large contract leaves more room for a social clause

# How far each territory stands from the whole in 2022, and how much of that distance is left each year.
DISTANCE = {WHOLE: 0.0, "CT1": 0.02, "CT2": 0.10, "CT3": -0.10, "CT4": 0.07, "CT5": -0.06, "CT6": -0.15}
LEFT = {2020: 1.0, 2021: 1.0, 2022: 1.0, 2023: 0.7, 2024: 0.4, 2025: 0.15, 2026: 0.15}

PROCEDURES = (
    "Appel d'offres ouvert",
    "Procédure adaptée",
    "Procédure avec négociation",
    "Marché passé sans publicité ni mise en concurrence préalable",
)


def places() -> tuple[dict[str, str], dict[str, list[str]], dict[str, str]]:
    """(names, communes, SIRET) of the territories, from the organisation's own files."""
    with (AMP / "territories.csv").open(encoding="utf-8") as stream:
        territories = list(csv.DictReader(stream))
    with (AMP / "communes.csv").open(encoding="utf-8") as stream:
        communes = list(csv.DictReader(stream))
    names = {row["code"]: row["name"] for row in territories}
    sirets = {row["code"]: row["sirets"].split("|")[0] for row in territories if row["sirets"]}
    by_territory = {code: [row["name"] for row in communes if row["territory"] == code] for code in names}
    return names, by_territory, sirets


NAMES, COMMUNES, SIRETS = places()


# --- one contract ----------------------------------------------------------------------------------------------------


def quarters() -> list[tuple[int, int]]:
    """2020-T1 to 2026-T1."""
    return [*((year, number) for year in range(2020, 2026) for number in range(1, 5)), (2026, 1)]


def draw_contract(
    rng: random.Random, year: int, quarter: int, territory: str, rank: int, companies: list[Company]
) -> Contract:
    """A contract without its considerations, in no format yet."""
    families = VOCABULARY["families"]
    family = rng.choices(families, [f["weight"] for f in families])[0]
    first = date(year, 3 * quarter - 2, 1)
    notified = first + timedelta(days=rng.randrange(90))
    notified -= timedelta(days=max(0, notified.weekday() - 4)) if notified.day > 2 else timedelta()
    framework = rng.random() < 0.53
    letter = "F" if framework else rng.choice("FNNA")
    works = family["ccag"] == "Travaux"
    amount = math.exp(rng.gauss(math.log(family["median"] * (1.2 if framework else 0.75)), 1.15))
    amount = min(max(amount, 25_000.0), 30_000_000.0)
    pushed = VOCABULARY["directorates"][family["directorate"]]
    scores = {"environmental": pushed["environmental"], "social": pushed["social"] + LARGE_SCORE * (amount >= LARGE)}
    return {
        "number": f"Z{year % 100:02d}{rank:04d}{letter}00",
        "year": year,
        "quarter": quarter,
        "territory": territory,
        "family": family,
        "notified": notified,
        "published": publication_day(rng, notified),
        "objet": name_place(rng, rng.choice(family["objects"]), territory, year),
        "nature": "Accord-cadre" if framework else "Marché",
        "framework": framework,
        "parent": None,
        "procedure": rng.choices(PROCEDURES, (45, 44, 6, 5))[0],
        "cpv": rng.choice(family["cpv"]).partition("-")[0],
        "amount": round(amount / 1000) * 1000.0 if framework else round(amount, 2),
        "months": rng.choice((3, 6, 8, 12, 18, 24, 36) if works and not framework else (12, 24, 36, 48, 48, 48)),
        "holders": pick(rng, companies, rng.choices((1, 2, 3), (82, 13, 5))[0]),
        "buyer": buyer(rng, territory, year, quarter),
        "offers": rng.choices((None, *range(1, 13)), (3, 16, 16, 17, 14, 11, 8, 6, 4, 3, 2, 2, 1))[0],
        "works": works,
        "score": {axis: rng.random() + score for axis, score in scores.items()},
    }


def publication_day(rng: random.Random, notified: date) -> date:
    """Median 35 days after notification, one in six after two months, a few after half a year or more."""
    late = rng.random() < 0.04
    delay = 150 + rng.expovariate(1 / 120) if late else math.exp(rng.gauss(math.log(34), 0.52))
    return notified + timedelta(days=min(max(2, round(delay)), 700))


def buyer(rng: random.Random, territory: str, year: int, quarter: int) -> str:
    """The territory's own SIRET before July 2022, less often later; else the head office's."""
    share = 0.4 if (year, quarter) < (2022, 3) else 0.25 if year >= 2024 else 0.0
    return SIRETS[territory] if territory in SIRETS and rng.random() < share else HEAD_OFFICE


def name_place(rng: random.Random, objet: str, territory: str, year: int) -> str:
    """The object with its place and in the spelling of one platform or another."""
    if territory == WHOLE:
        commune, other = (rng.choice(COMMUNES[code]) for code in rng.sample(sorted(COMMUNES), 2))
        place = rng.choices(
            ("", " pour la métropole Aix-Marseille-Provence", f" – {commune} et {other}"), (60, 30, 10)
        )[0]
    else:
        commune = rng.choice(COMMUNES[territory])
        named = 1.0 if year >= 2024 else 0.5
        place = (
            rng.choice((f" – {commune}", f" ({commune})", f" – territoire {NAMES[territory]}"))
            if rng.random() < named
            else ""
        )
    text = objet + place
    if rng.random() < 0.12:
        text = f"Lot {rng.randrange(1, 9)} : {text}"
    if rng.random() < 0.35:
        plain = unicodedata.normalize("NFKD", text.upper().replace("Œ", "OE").replace("–", "-"))
        return "".join(c for c in plain if not unicodedata.combining(c)).replace("’", "'")
    return text.replace("'", "’") if rng.random() < 0.5 else text.replace("’", "'")


def make_subsequent(rng: random.Random, contract: Contract, frameworks: list[Contract]) -> None:
    """Turn a contract into the next subsequent one of a framework of its family and territory."""
    parent = rng.choice(frameworks)
    parent["children"] = parent.get("children", 0) + 1
    contract |= {
        "number": f"{parent['number'][:-3]}S{parent['children']:02d}",
        "nature": "Marché subséquent", "framework": False, "parent": parent, "offers": rng.randrange(1, 5),
        "amount": round(contract["amount"] * 0.45 + 22_000, 2),
    }  # fmt: skip


def draw_contracts(rng: random.Random, companies: list[Company]) -> list[Contract]:
    """Every contract, oldest first."""
    contracts: list[Contract] = []
    for year, quarter in quarters():
        for territory, volume in VOLUME.items():
            for _ in range(volume + (FIRST_QUARTER_EXTRA.get(territory, 0) if quarter == 1 else 0)):
                contract = draw_contract(rng, year, quarter, territory, len(contracts) % 9000 + 11, companies)
                key = (territory, contract["family"]["code"])
                earlier = [
                    c
                    for c in contracts
                    if c["framework"] and (c["territory"], c["family"]["code"]) == key and c["year"] >= year - 3
                ]
                if earlier and rng.random() < 0.175:
                    make_subsequent(rng, contract, earlier)
                contracts.append(contract)
    return contracts


# --- considerations --------------------------------------------------------------------------------------------------


def give_considerations(rng: random.Random, contracts: list[Contract], companies: list[Company]) -> None:
    """yes, no or unknown by quota in every quarter and territory; what is left over is carried to the next cell."""
    carried = {
        "environmental": 0.0,
        "social": 0.0,
        "unknown_environmental": 0.0,
        "unknown_social": 0.0,
        "reserved": 0.0,
        "innovative": 0.0,
    }

    def quota(name: str, expected: float) -> int:
        carried[name] += expected
        taken = max(0, round(carried[name]))
        carried[name] -= taken
        return taken

    mean = sum(DISTANCE[t] * v for t, v in VOLUME.items()) / sum(VOLUME.values())
    for rank, (year, quarter) in enumerate(quarters()):
        for territory in VOLUME:
            cell = [c for c in contracts if (c["year"], c["quarter"], c["territory"]) == (year, quarter, territory)]
            distance = (DISTANCE[territory] - mean) * LEFT[year]
            for axis, share in (
                ("environmental", ENVIRONMENTAL[rank] + distance),
                ("social", SOCIAL[rank] + distance / 4),
            ):
                unknown = rng.sample(cell, quota(f"unknown_{axis}", UNKNOWN * len(cell)))
                known = sorted((c for c in cell if c not in unknown), key=lambda c: -c["score"][axis])
                chosen = known[: quota(axis, share * len(cell))]
                for contract in cell:
                    contract[axis] = "unknown" if contract in unknown else "yes" if contract in chosen else "no"
            social = sorted((c for c in cell if c["social"] == "yes"), key=lambda c: -c["score"]["social"])
            reserved = social[: quota("reserved", RESERVED_AMONG_SOCIAL * len(social))]
            innovative = rng.sample(cell, quota("innovative", INNOVATIVE * len(cell)))
            for contract in reserved:
                structures = [c for c in companies if c.kind(contract["notified"]) in ("inclusive", "both")]
                contract["holders"] = pick(rng, structures)
            for contract in cell:
                contract["reserved"], contract["innovative"] = contract in reserved, contract in innovative
                contract["labels"] = {
                    "environmental": labels(
                        rng, contract["environmental"], "Clause environnementale", "Critère environnemental", False
                    ),
                    "social": labels(rng, contract["social"], "Clause sociale", "Critère social", contract["reserved"]),
                }


def labels(rng: random.Random, state: str, clause: str, criterion: str, reserved: bool) -> list[str]:
    """The official labels of a state; an unknown one is empty, NC, or contradicts itself."""
    nothing = f"Pas de considération {clause.partition(' ')[2]}"
    if reserved:
        return ["Marché réservé"]
    if state == "yes":
        return rng.choices(([clause], [criterion], [clause, criterion]), (55, 20, 25))[0]
    return [nothing] if state == "no" else rng.choices(([], ["NC"], [nothing, clause]), (45, 35, 20))[0]
