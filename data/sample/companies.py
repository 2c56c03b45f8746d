"""Fictitious suppliers: a number never allocated, a size, a place, and statuses with their days.

Sizes, places and statuses are dealt in equal blocks, so that frequent and rare suppliers have the same mix.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, cycle

from formats import AMP, SOURCE, Row

COUNT, BLOCK = 1500, 100
SIZES = ("PME",) * 12 + ("ETI",) * 4 + ("GE",) * 3 + ("",)
LOCAL = (True,) * 14 + (False,) * 10 + (None,)  # None: the place is not known
ELSEWHERE = ("75056", "69123", "31555", "06088", "83137", "34172", "84007", "59350", "33063", "13004", "13108", "30189")

# In each block of a hundred suppliers: what they are. The structures that live by right take turns.
ROLES = ("agreed", "both", "inclusive", "inclusive", "social", "social", "social", "social")
INCLUSIVE = ("EI", "ACI", "ESAT", "AI", "EA", "ETTI", "EATT", "EITI")
EXTRA = {0: "RQ", 1: "GEIQ", 2: "elsewhere", 3: "RQ"}  # one more supplier in these blocks
PERIODS: tuple[tuple[tuple[date, date | None], ...], ...] = (
    ((date(2019, 1, 1), None),),
    ((date(2018, 7, 1), date(2023, 6, 30)), (date(2023, 7, 1), date(2028, 6, 30))),
    ((date(2020, 1, 1), None),),
    ((date(2019, 1, 1), date(2023, 12, 31)),),
    ((date(2021, 1, 1), date(2025, 12, 31)), (date(2026, 1, 1), date(2030, 12, 31))),
    ((date(2023, 1, 1), None),),
)
LISTS = {
    "ESUS": "liste fictive des ESUS",
    "ESS": "liste fictive de l'ESS",
    **dict.fromkeys(("PME", "ETI", "GE", ""), "base fictive des établissements"),
}


@dataclass(frozen=True)
class Status:
    """One status from one day to another; ``siret`` is empty where the whole enterprise has it."""

    code: str
    siret: str
    start: date
    end: date | None


@dataclass(frozen=True)
class Company:
    """A supplier; ``weight`` is how often it wins."""

    siret: str
    name: str
    size: str
    commune: str
    statuses: tuple[Status, ...]
    weight: float

    def kind(self, day: date) -> str:
        """agreed (ESUS), inclusive (SIAE, EA, ESAT), both, quartier (RQ), social (other ESS), doubtful, ordinary."""
        codes = {s.code for s in self.statuses if s.start <= day and (s.end is None or day <= s.end)}
        if any(s.siret not in ("", self.siret) for s in self.statuses):
            return "doubtful"
        agreed, inclusive = "ESUS" in codes, not codes.isdisjoint(INCLUSIVE)
        if agreed or inclusive:
            return "both" if agreed and inclusive else "agreed" if agreed else "inclusive"
        return "quartier" if "RQ" in codes else "social" if "ESS" in codes else "ordinary"


def check_digit(digits: str) -> str:
    """The Luhn digit that completes a number."""
    total = sum(sum(divmod(int(d) * (2 - rank % 2), 10)) for rank, d in enumerate(reversed(digits)))
    return str(-total % 10)


def establishment(siren: str, number: int) -> str:
    """A SIRET of an enterprise."""
    body = f"{siren}{number:04d}"
    return body + check_digit(body)


def draw_companies(rng: random.Random) -> list[Company]:
    """The suppliers, the most frequent first; every number begins with 0, which is never allocated."""
    sirens: dict[str, None] = {}
    while len(sirens) < COUNT:
        body = f"0{rng.randrange(10**7):07d}"
        sirens[body + check_digit(body)] = None
    sizes, local, roles = dealt(rng, SIZES), dealt(rng, LOCAL), draw_roles(rng)
    structures, periods = cycle(INCLUSIVE), cycle(PERIODS)
    here, people = communes()
    found = []
    for rank, siren in enumerate(sirens):
        siret = establishment(siren, rng.randrange(1, 40))
        place = {True: rng.choices(here, people)[0], False: rng.choice(ELSEWHERE), None: ""}[local[rank]]
        if place == "13055" and rng.random() < 0.5:
            place = f"132{rng.randrange(1, 17):02d}"
        role = roles[rank]
        structure = next(structures) if role in ("both", "inclusive") else role
        codes = {
            "agreed": [("ESUS", ""), ("ESS", "")],
            "both": [("ESUS", ""), ("ESS", ""), (structure, siret)],
            "social": [("ESS", "")],
            "elsewhere": [("ACI", establishment(siren, 77)), ("ESS", "")],
        }.get(role, [(structure, siret)])
        days = next(periods) if role else ()
        statuses = tuple(Status(code, own, *days_of) for code, own in codes for days_of in days)
        size = "PME" if role and role != "social" else sizes[rank]
        found.append(Company(siret, f"Entreprise fictive {rank + 1:04d}", size, place, statuses, 1 / (rank + 20)))
    return found


def dealt(rng: random.Random, pattern: tuple[object, ...]) -> list:
    """The pattern shuffled again and again, one value a company."""
    return [value for _ in range(COUNT // len(pattern)) for value in rng.sample(pattern, len(pattern))]


def draw_roles(rng: random.Random) -> list[str]:
    """What each company is; empty for an ordinary one, as the largest are."""
    roles: list[str] = []
    for block in range(COUNT // BLOCK):
        special = [*ROLES, *([EXTRA[block]] if block in EXTRA else [])]
        roles += [""] * 20 + rng.sample([*special, *[""] * (BLOCK - 20 - len(special))], BLOCK - 20)
    return roles


def communes() -> tuple[list[str], list[int]]:
    """(code, population) of the organisation's communes."""
    with (AMP / "communes.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return [row["code_insee"] for row in rows], [int(row["population"]) for row in rows]


def pick(rng: random.Random, companies: list[Company], count: int = 1) -> list[Company]:
    """Different suppliers, the frequent ones more often."""
    cumulated = list(accumulate(company.weight for company in companies))
    chosen: dict[Company, None] = {}
    while len(chosen) < count:
        chosen |= dict.fromkeys(rng.choices(companies, cum_weights=cumulated))
    return list(chosen)


def status_rows(companies: list[Company], day: date) -> list[Row]:
    """The lists as they stood on a day: size and place of each establishment, then its other statuses."""
    rows = []
    for company in companies:
        own = Status(company.size, company.siret, date(2018, 1, 1), None)
        for status in (own, *company.statuses):
            if status.start <= day and (status.code or company.commune):
                rows.append(
                    {
                        "siret": status.siret,
                        "siren": company.siret[:9],
                        "denomination": company.name,
                        "statut": status.code,
                        "valide_du": status.start if status.code else "",
                        "valide_au": status.end or "",
                        "code_commune": company.commune if status is own else "",
                        "liste": LISTS.get(status.code, "liste fictive des structures inclusives"),
                        "source": SOURCE,
                    }
                )
    return rows
