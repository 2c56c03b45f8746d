"""``python -m bench.national RECORDS FILE``: a consolidated file of the 2022 format as the national one is, fictitious.

A consolidated file is the exports of many platforms one after the other, each with its own way of writing: the defects of
real files are habits of a platform, so they come in blocks. Every ``1 of N`` below was counted on the 9,509 records of the
three platforms of the 2019 format, on the 5,301 of an extract of the 2022 XML files and on the 54 of the 2022 format that
the tests read (the others are marked "supposed"); the objects are the sample's, the labels of the CPV the reference's.
Memory does not grow with the file, and a seed always gives the same one.
"""

from __future__ import annotations

import csv
import json
import math
import random
import sys
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from spaser_analysis import workspace

BLOCK = 5_000  # records of one platform in a row
FIRST, LAST = date(2019, 1, 1), date(2025, 12, 31)
PER_BUYER = 70  # a buyer has 8 to 10 contracts a year in the real files, over seven years
# Zero to fourteen holders: 28 + 10 and 8,860 and 342 ... of 9,509 records.
HOLDERS = ((0.004, 0), (0.936, 1), (0.972, 2), (0.988, 3), (0.993, 4), (0.996, 5), (0.9985, 6), (1.0, 14))
MONTHS = (12, 12, 12, 12, 12, 48, 48, 48, 36, 36, 24, 24, 6, 3, 2, 1, 4, 5, 8, 10, 60, 7, 9, 18)
NATURES = ("Marché",) * 64 + ("Accord-cadre",) * 29 + ("Marché subséquent",) * 7
PROCEDURES = ("Procédure adaptée",) * 68 + ("Appel d'offres ouvert",) * 28 + (
    "Marché passé sans publicité ni mise en concurrence préalable", "Procédure avec négociation",
    "Appel d'offres restreint", "Dialogue compétitif",
)  # fmt: skip
PRICES = ("Définitif révisable", "Définitif ferme", "Définitif actualisable", "Provisoire")
CCAG = ("Travaux", "Fournitures courantes et services", "Prestations intellectuelles",
        "Techniques de l'information et de la communication", "Pas de CCAG")  # fmt: skip
PLACEHOLDERS = (0, 0, 0, 1, 1, 0.1, 99999999, 999999999, 999999999, 99999999999999, 12311111111)
# Supposed: the few real records that declare considerations are those of four large cities.
SOCIAL = ("Pas de considération sociale",) * 76 + ("Clause sociale",) * 12 + ("Critère social",) * 8 + (
    "Clause sociale, Critère social",) * 2 + ("Marché réservé",) + ("Pas de considération sociale, Clause sociale",)  # fmt: skip
ENVIRONMENTAL = ("Pas de considération environnementale",) * 52 + ("Clause environnementale",) * 20 + (
    "Critère environnemental",) * 21 + ("Clause environnementale, Critère environnemental",) * 6 + (
    "Pas de considération environnementale, Critère environnemental",)  # fmt: skip
VERBS = ("Fourniture de", "Acquisition de", "Travaux :", "Prestations :", "Accord-cadre :", "Maintenance -")
PLACES = ("le groupe scolaire", "la médiathèque", "l'hôtel de ville", "le gymnase", "la crèche", "le centre technique")

Record = dict[str, Any]


def valid_siret(number: int, establishment: int) -> str:
    """The SIRET of a fictitious establishment, with both its keys (Luhn)."""
    siren = _with_key(f"{10_000_000 + number * 7 % 89_999_999:08d}")
    return _with_key(f"{siren}{establishment:04d}")


def _with_key(digits: str) -> str:
    odd = sum(int(one) for one in digits[-2::-2])
    doubled = sum((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[int(one)] for one in digits[-1::-2])
    return f"{digits}{-(odd + doubled) % 10}"


@dataclass(frozen=True)
class World:
    """What contracts are drawn from; the first of the buyers and holders are the most frequent."""

    buyers: list[str]
    holders: list[str]
    subjects: list[tuple[str, str]]
    cities: list[str]


def world(records: int) -> World:
    """As many buyers and holders as that many contracts have."""
    vocabulary = tomllib.loads((workspace.sample() / "vocabulary.toml").read_text(encoding="utf-8"))["families"]
    subjects = [(text, cpv.partition("-")[0]) for one in vocabulary for text in one["objects"] for cpv in one["cpv"]]
    units = _rows(workspace.reference("units.csv"))
    subjects += [(f"{verb} {one['label'].lower()}", f"{one['cpv_prefix']:0<8}") for one in units for verb in VERBS]
    communes = _rows(workspace.organisations() / "amp" / "communes.csv")
    buyers = [valid_siret(number, 1 + number % 3) for number in range(max(50, records // PER_BUYER))]
    buyers[49] = "20005480700017"  # the métropole, so that territories are looked for
    holders = [valid_siret(1_000_000 + number, 1 + number % 5) for number in range(max(200, records // 8))]
    return World(buyers, holders, subjects, [one["name"] for one in communes])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@dataclass(frozen=True)
class Platform:
    """How a platform writes: what share of its records it spoils is nought for most of them."""

    name: str
    wrapped: bool
    text_numbers: bool
    words_for_nothing: float
    zone: float
    undated: float
    lost_characters: float
    lost_apostrophes: float
    line_breaks: float
    cpv_keys: float
    no_modification: Any
    separator_lists: bool
    truncated_ids: float
    repeats: float


def platform(draw: random.Random, number: int) -> Platform:
    """One of the platforms of the file; shares over all of them are those that were counted."""

    def some(share: float, within: float) -> float:
        """``share`` of all records, in the ``within`` of the platforms that have the habit."""
        return share / within if draw.random() < within else 0.0

    return Platform(
        name=f"plateforme {number % 23}",
        wrapped=draw.random() < 0.8,
        text_numbers=draw.random() < 0.03,  # one file in some thirty of the upstream tests: supposed
        words_for_nothing=some(0.002, 0.2),  # "NC" instead of a number
        zone=some(0.018, 0.1),  # 173 of 9,509
        undated=some(0.03, 0.1),  # 2,533, all on the platform of the State; the 2022 format requires it: supposed
        lost_characters=some(0.05, 0.06),  # 3,170, on one platform that was mended since: supposed
        lost_apostrophes=some(0.022, 0.15),  # "¿" 88 and "&#" 28 of 5,301
        line_breaks=some(0.013, 0.2),  # 128 of 9,509
        cpv_keys=some(0.035, 0.3),  # 239 of nine digits, 95 of seven
        no_modification=draw.choice(([], [], [], [], [], None)),
        separator_lists=draw.random() < 0.05,
        truncated_ids=some(0.01, 0.1),  # 306 shared ids less 250 repeated records of 9,509
        repeats=some(0.026, 0.3),  # 250 of 9,509
    )


def contracts(records: int, seed: int = 0) -> Iterator[Record]:
    """That many contracts of the 2022 format."""
    return islice(_endless(records, random.Random(seed)), records)


def _endless(records: int, draw: random.Random) -> Iterator[Record]:
    known = world(records)
    days = [(FIRST + timedelta(days=one)).isoformat() for one in range((LAST - FIRST).days + 200)]
    # More every year: the duty to publish began in October 2018 and the thresholds went down.
    weights = list(accumulate(1 + rank / 900 for rank in range((LAST - FIRST).days + 1)))
    number = 0
    while True:
        one = platform(draw, number)
        recent: list[Record] = []
        for _ in range(BLOCK):
            if recent and draw.random() < one.repeats:
                yield draw.choice(recent)
                continue
            if len(recent) > 500:
                recent.clear()
            # One consultation in twelve has lots: 5, 10 and 46 of 100 records name theirs, by platform.
            for record in _consultation(
                draw, known, one, number, days, bisect_left(weights, draw.random() * weights[-1])
            ):
                number += 1
                recent.append(record)
                yield record


def _consultation(
    draw: random.Random, known: World, how: Platform, number: int, days: list[str], day: int
) -> Iterator[Record]:
    """The contracts of one consultation: most often one, else one a lot."""
    chance = draw.random
    # Squares: the largest of 400 buyers has 64 of 4,500 contracts, one buyer in four a single one.
    buyer = known.buyers[int(len(known.buyers) * chance() ** 2)]
    text, cpv = draw.choice(known.subjects)
    text = f"{text} pour {draw.choice(PLACES)} de {draw.choice(known.cities)}" if chance() < 0.6 else text
    if chance() < 0.35:
        text = f"{text} - opération {number % 9973}, marché à bons de commande pour les besoins des services"
    lots = 1 if chance() < 0.92 else 2 + int(chance() * 7)
    year = days[day][:4]
    stem = f"{year}{'MSTF'[number % 4]}{number:07d}"
    if chance() < how.truncated_ids:
        stem = f"{year}{'MSTF'[number % 4]}0"
    procedure, nature, ccag = draw.choice(PROCEDURES), draw.choice(NATURES), draw.choice(CCAG)
    for lot in range(lots):
        objet = text if lots == 1 else f"{text} - Lot {lot + 1} : {draw.choice(known.subjects)[0]}"
        yield _contract(draw, known, how, day, days, lot, {
            "id": stem if lots == 1 else f"{stem}{lot + 1:02d}",
            "acheteur": {"id": _spoilt_siret(draw, buyer) if chance() < 0.0035 else buyer},
            "nature": nature,
            "objet": _spoilt_text(draw, objet, how),
            "codeCPV": _spoilt_cpv(draw, cpv, how),
            "procedure": procedure,
            "ccag": ccag,
        })  # fmt: skip


def _contract(
    draw: random.Random, known: World, how: Platform, day: int, days: list[str], lot: int, start: Record
) -> Record:
    chance = draw.random
    # Medians of 60,000 to 70,000 euros, the logarithm's deviation 1.55; 74 of 9,509 are 0 or 1, 14 of 5,301 the nines.
    amount: Any = round(math.exp(draw.gauss(11.05, 1.56)), 2) if chance() < 0.99 else draw.choice(PLACEHOLDERS)
    amount = int(amount) if chance() < 0.7 else amount
    months: Any = draw.choice(MONTHS)
    notified: Any = days[day]
    published = days[min(day + int(draw.expovariate(1 / 45)), len(days) - 1)]
    offers: Any = 1 + int(draw.expovariate(0.4))
    if chance() < 0.0002:
        notified = f"0218{notified[4:]}"
    elif chance() < how.zone:
        notified += "+01:00"
    elif chance() < how.undated:
        notified = None
    if chance() < how.words_for_nothing:
        months, offers = "NC", "NC"
    record = start | {
        "techniques": {"technique": ["Accord-cadre" if start["nature"] == "Accord-cadre" else "Sans objet"]},
        "modalitesExecution": {"modaliteExecution": ["Bons de commande" if chance() < 0.3 else "Sans objet"]},
        "marcheInnovant": chance() < 0.01,
        "offresRecues": offers,
        "attributionAvance": (advance := chance() < 0.25),
        "tauxAvance": 0.3 if advance else 0,
        "typeGroupementOperateurs": "Pas de groupement",
        "sousTraitanceDeclaree": chance() < 0.06,
        "lieuExecution": {"code": f"{start['acheteur']['id'][:2]}{lot + 100}", "typeCode": "Code postal"},
        "dureeMois": months,
        "dateNotification": notified,
        "datePublicationDonnees": published,
        "montant": amount,
        "typesPrix": {"typePrix": [draw.choice(PRICES)]},
        "formePrix": "Unitaire" if chance() < 0.4 else "Forfaitaire",
        "titulaires": (holders := _holders(draw, known, how)),
        "considerationsSociales": _considerations(draw, SOCIAL, "considerationSociale", how),
        "considerationsEnvironnementales": _considerations(draw, ENVIRONMENTAL, "considerationEnvironnementale", how),
        "modifications": _modifications(draw, amount, months, day, days, holders, how)
        if chance() < 0.04
        else how.no_modification,
        "source": how.name,
    }
    if len(holders) > 1:
        record["typeGroupementOperateurs"] = "Conjoint" if chance() < 0.5 else "Solidaire"
    if how.text_numbers:
        record |= {name: str(record[name]) for name in ("montant", "dureeMois", "offresRecues", "tauxAvance")}
    return record


def _holders(draw: random.Random, known: World, how: Platform) -> list[Any]:
    chance = draw.random
    place = chance()
    count = next(many for bound, many in HOLDERS if place <= bound)
    found = []
    for _ in range(count):
        siret, kind = known.holders[int(len(known.holders) * chance() ** 2)], "SIRET"
        spoilt = chance()
        if spoilt < 0.009:  # 96 of 10,600: VAT numbers, TAHITI, outside the Union
            siret, kind = f"DE{siret[:9]}", draw.choice(("TVA", "HORS-UE", "TAHITI"))
        elif spoilt < 0.033:  # 216 of 9,509
            siret = _spoilt_siret(draw, siret)
        one = {"typeIdentifiant": kind, "id": siret, "denominationSociale": f"ENTREPRISE {siret[2:8]}"}
        found.append({"titulaire": one} if how.wrapped else one)
    return found


def _considerations(draw: random.Random, spellings: tuple[str, ...], name: str, how: Platform) -> Any:
    if draw.random() < 0.02:  # supposed
        return draw.choice((None, "NC", {name: []}))
    said = draw.choice(spellings)
    return said if how.separator_lists else {name: said.split(", ")}


def _modifications(
    draw: random.Random, amount: Any, months: Any, day: int, days: list[str], holders: list[Any], how: Platform
) -> Any:
    """117 of 9,509 have one, few have several; in 2022 files 4 of 54."""
    found: list[Record] = []
    for rank in range(1 + (draw.random() < 0.15)):
        later = days[min(day + 60 + int(draw.random() * 300) + 90 * rank, len(days) - 1)]
        one: Record = {
            "id": rank + 1,
            "dateNotificationModification": later,
            "datePublicationDonneesModification": later,
        }
        kind = draw.random()
        if kind < 0.75:  # the new total, or for one in ten what was added
            one["montant"] = round(float(amount) * (0.08 if kind < 0.07 else 1 + 0.1 * (rank + 1)), 2)
        if kind > 0.7:
            one["dureeMois"] = months if months == "NC" else months + 6
        if kind > 0.97:
            one["titulaires"] = holders[:1]
        found.append(one if draw.random() < 0.3 else {"modification": one})
    return found[0] if len(found) == 1 and not how.wrapped else found


def _spoilt_siret(draw: random.Random, siret: str) -> str:
    return draw.choice(_SIRET_DEFECTS)(siret)


_SIRET_DEFECTS: tuple[Callable[[str], str], ...] = (
    lambda one: one[:13],
    lambda one: f"{one[:3]} {one[3:6]} {one[6:9]} {one[9:]}",
    lambda one: f"{one[:9]} {one[9:]}",
    lambda one: one[:13] + str((int(one[13]) + 3) % 10),
    lambda one: "0" * len(one),
    lambda one: one[:9],
)


def _spoilt_text(draw: random.Random, text: str, how: Platform) -> str:
    if how.lost_characters and draw.random() < how.lost_characters:
        text = text.replace("é", "\ufffd").replace("è", "\ufffd")
    if how.lost_apostrophes and draw.random() < how.lost_apostrophes:
        text = text.replace("'", draw.choice(("¿", "¿", "¿", "&#8217;")))
    if how.line_breaks and draw.random() < how.line_breaks:
        text = text.replace(" ", draw.choice(("\n", "\\n")), 1)
    return text.upper() if draw.random() < 0.2 else text


def _spoilt_cpv(draw: random.Random, code: str, how: Platform) -> str:
    chance = draw.random()
    if how.cpv_keys and draw.random() < how.cpv_keys:
        return f"{code}-{int(chance * 10)}" if chance < 0.72 else code[:7]
    return "" if chance < 0.003 else code  # 26 empty and 3 of one digit, of 9,509


def write(path: Path, records: int, seed: int = 0) -> None:
    """That file; ``{"marches": {"marche": [...]}}``."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    made = map(encode, contracts(records, seed))
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write('{"marches": {"marche": [')
        stream.write(next(made, ""))
        while piece := list(islice(made, BLOCK)):
            stream.write(",\n" + ",\n".join(piece))
        stream.write("]}}\n")


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
