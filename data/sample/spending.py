"""What the fictitious buyer spends and declares: payments, hours of insertion, yearly declarations.

The share of each kind of supplier in the spending of a quarter is a quota in value, reached to the cent.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import accumulate

from companies import Company, pick
from contracts import VOCABULARY, VOLUME, quarters
from formats import HEAD_OFFICE, SOURCE, WHOLE, Contract, Row

SPENDING, GROWTH, SEASONS = 60_000_000, 1.03, (0.17, 0.23, 0.24, 0.36)  # 2022, a year, the four quarters

# Share of solidarity enterprises (definition B), quarter after quarter, and how it divides between kinds of suppliers.
FIRST_PAID = 3  # payments are known from the last quarter of 2020 on
SOLIDARITY = (
    0.0135,
    *(0.0140, 0.0148, 0.0156, 0.0165),
    *(0.0180, 0.0186, 0.0190, 0.0200),
    *(0.0225, 0.0245, 0.0260, 0.0280),
    *(0.0310, 0.0340, 0.0360, 0.0390),
    *(0.0420, 0.0450, 0.0470, 0.0490),
    0.0490,
)
PARTS = {"agreed": 0.22, "both": 0.21, "inclusive": 0.55, "quartier": 0.02}
OTHER_ESS = 0.041
COVERS = ("published", "unpublished", "none")

# A quarter's payments: kind of supplier, how it names a contract, rows, share of the purchases; the rest is ordinary.
SMALL_CELLS = (
    ("social", "published", 10, OTHER_ESS * 0.8),
    ("social", "none", 3, OTHER_ESS * 0.2),
    ("doubtful", "none", 1, 0.0002),
    ("abroad", "none", 2, 0.0004),
    ("person", "none", 2, 0.0002),
    ("nature unknown", "none", 2, 0.0003),
)
ORDINARY = {"published": (170, 0.75), "unpublished": (26, 0.10), "none": (40, 0.15)}  # rows, share of all purchases
NAMELESS = {"abroad": "Fournisseur étranger fictif", "person": "Particulier fictif"}
UNKNOWN = (*NAMELESS, "nature unknown")

# What is no purchase: nature, rows a quarter, amount as a share of the purchases.
EXCLUDED = (
    ("Personnel", 3, 0.20),
    ("Subvention", 6, 0.08),
    ("Reversement", 4, 0.25),
    ("Dette", 3, 0.06),
    ("Impôts et taxes", 2, 0.01),
    ("Compensation de concession", 2, 0.07),
)
VAT_FAMILIES = ("eau", "dechets", "mobilite")
HOURS_A_EURO, LONGEST_HOURS = 0.0015, 8  # hours planned for each euro of a contract; quarters they are counted in


# --- payments --------------------------------------------------------------------------------------------------------


def draw_payments(rng: random.Random, contracts: list[Contract], companies: list[Company]) -> list[Row]:
    """Every payment, by day."""
    rows: list[Row] = []
    for rank, (year, quarter) in enumerate(quarters()[FIRST_PAID:]):
        first = date(year, 3 * quarter - 2, 1)
        total = SPENDING * GROWTH ** (year - 2022) * SEASONS[quarter - 1]
        pools: dict[str, list[Company]] = defaultdict(list)
        for company in companies:
            pools[company.kind(first)].append(company)
        running = running_contracts(contracts, first)
        for kind, cover, count, share in cells(SOLIDARITY[rank]):
            drawn = [draw_payment(rng, kind, cover, first, pools, running) for _ in range(count)]
            if kind == "ordinary" and cover == "published":
                drawn += [credit_note(payment) for payment in drawn[::45]]
            rows += scaled(drawn, share * total)
        for nature, count, share in EXCLUDED:
            rows += scaled([draw_excluded(rng, nature, first, pools) for _ in range(count)], share * total)
    return sorted(rows, key=lambda row: row["date_paiement"])


def cells(solidarity: float) -> list[tuple[str, str, int, float]]:
    """(kind of supplier, cover, rows, share of the purchases) of a quarter; the shares sum to one."""
    small = [*SMALL_CELLS]
    for kind, part in PARTS.items():
        small += [(kind, "published", math.ceil(10 * part), solidarity * part * 0.8)]
        small += [(kind, "none", math.ceil(3 * part), solidarity * part * 0.2)]
    taken = {cover: sum(share for _, own, _, share in small if own == cover) for cover in COVERS}
    return [*small, *(("ordinary", cover, rows, share - taken[cover]) for cover, (rows, share) in ORDINARY.items())]


def running_contracts(contracts: list[Contract], first: date) -> dict[str, list[tuple[Contract, Company]]]:
    """Published contracts that can be paid in the quarter, with one of their holders, by kind of that holder."""
    running: dict[str, list[tuple[Contract, Company]]] = defaultdict(list)
    for contract in contracts:
        if contract["notified"] + timedelta(days=25) < last_day(first) and first < end_of(contract):
            for company in contract["holders"]:
                running[company.kind(first)].append((contract, company))
    return running


def draw_payment(
    rng: random.Random,
    kind: str,
    cover: str,
    first: date,
    pools: dict[str, list[Company]],
    running: dict[str, list[tuple[Contract, Company]]],
) -> Row:
    """One payment of a purchase; its amount is a weight for now."""
    start, end = first, last_day(first)
    if cover == "published" and running[kind]:
        contract, company = rng.choice(running[kind])
        start, end = max(start, contract["notified"] + timedelta(days=20)), min(end, end_of(contract))
        family, territory, buyer = contract["family"], contract["territory"], contract["buyer"]
        number, weight = contract["number"], contract["amount"]
    else:
        company = pick(rng, pools["ordinary" if kind in UNKNOWN else kind])[0]
        family = rng.choices(VOCABULARY["families"], [f["weight"] for f in VOCABULARY["families"]])[0]
        territory, buyer = rng.choices(list(VOLUME), VOLUME.values())[0], HEAD_OFFICE
        number = f"Z{first.year % 100:02d}{rng.randrange(6000, 9000)}M00" if cover == "unpublished" else ""
        weight = family["median"] ** 0.5
    paid = working_day(rng, start, end)
    known = kind not in NAMELESS
    return {
        "acheteur_siret": buyer,
        "date_paiement": paid,
        "montant_ht": weight * math.exp(rng.gauss(0, 0.5)),
        "fournisseur_siret": company.siret if known else "",
        "fournisseur_nom": company.name if known else NAMELESS[kind],
        "direction": family["directorate"],
        "territoire": "" if territory == WHOLE or rng.random() < 0.1 else territory,
        "nature_budgetaire": "" if kind == "nature unknown" else "Achat",
        "numero_marche": number,
        "budget_avec_tva": rng.choices(("oui" if family["code"] in VAT_FAMILIES else "non", ""), (97, 3))[0],
        "date_facture": paid - timedelta(days=max(3, round(math.exp(rng.gauss(math.log(24), 0.23))))),
        "categorie": family["code"],
        "source": SOURCE,
    }


def credit_note(payment: Row) -> Row:
    """A fifth of a payment given back on the same day."""
    return payment | {"montant_ht": -0.2 * payment["montant_ht"]}


def draw_excluded(rng: random.Random, nature: str, first: date, pools: dict[str, list[Company]]) -> Row:
    """A payment that is no purchase, with a supplier where there is one."""
    named = nature in ("Subvention", "Compensation de concession")
    pool = pools["social" if nature == "Subvention" else "ordinary"]
    payment = draw_payment(rng, "ordinary", "none", first, {"ordinary": pool}, defaultdict(list))
    return payment | {
        "nature_budgetaire": nature,
        "fournisseur_siret": payment["fournisseur_siret"] if named else "",
        "fournisseur_nom": payment["fournisseur_nom"] if named else "Créancier fictif",
        "categorie": "",
    }


def scaled(payments: list[Row], total: float) -> list[Row]:
    """The payments with amounts that sum to the total, to the cent."""
    weights = list(accumulate(payment["montant_ht"] for payment in payments))
    cents = [round(total * 100 * weight / weights[-1]) for weight in weights]
    return [
        payment | {"montant_ht": (high - low) / 100}
        for payment, low, high in zip(payments, [0, *cents], cents, strict=False)
    ]


def last_day(first: date) -> date:
    """The last day of the quarter that begins on a day."""
    return (first + timedelta(days=95)).replace(day=1) - timedelta(days=1)


def end_of(contract: Contract) -> date:
    """The day of the last payment of a contract."""
    return contract["notified"] + timedelta(days=30 * contract["months"] + 60)


def working_day(rng: random.Random, start: date, end: date) -> date:
    """A day between two others, brought back to a Friday."""
    day = start + timedelta(days=rng.randrange((end - start).days + 1))
    return max(start, day - timedelta(days=max(0, day.weekday() - 4)))


# --- hours of insertion ----------------------------------------------------------------------------------------------


def draw_hours(rng: random.Random, contracts: Iterable[Contract]) -> list[Row]:
    """Hours planned and done, quarter after quarter, of three in five contracts with a social clause."""
    rows = []
    for contract in contracts:
        if "Clause sociale" not in contract["labels"]["social"] or rng.random() < 0.4:
            continue
        count = min(LONGEST_HOURS, math.ceil(contract["months"] / 3))
        planned = round(HOURS_A_EURO * contract["amount"] / count, 1)
        first = quarters().index((contract["year"], contract["quarter"])) + 1
        for year, quarter in quarters()[first : first + count]:
            done = planned * max(0.0, rng.gauss(0.96, 0.2))
            rows.append(
                {
                    "acheteur_siret": contract["buyer"],
                    "numero_marche": contract["number"],
                    "trimestre": f"{year}-T{quarter}",
                    "territoire": "" if contract["territory"] == WHOLE else contract["territory"],
                    "heures_prevues": planned,
                    "heures_realisees": "" if rng.random() < 0.04 else round(done, 1),
                    "source": SOURCE,
                }
            )
    return sorted(rows, key=lambda row: row["trimestre"])


# --- yearly declarations ---------------------------------------------------------------------------------------------


def declarations(scheme: str, day: date) -> list[Row]:
    """What the buyer has declared by a day under a law (agec, egalim): due on 30 June of the next year."""
    law = VOCABULARY[scheme]
    rows = []
    for year in range(2021, day.year):
        if date(year + 1, 6, 30) > day:
            break
        for words in law["categories"]:
            total = round(words["total"] * GROWTH ** (year - 2021), 2)
            parts = {
                column: round(total * min(1.0, share * law["growth"] ** (year - 2021)), 2)
                for column, share in zip(law["parts"], words["shares"], strict=True)
            }
            rows.append(
                {
                    "annee": year,
                    "siret": HEAD_OFFICE,
                    "raison_sociale": "Métropole Aix-Marseille-Provence",
                    law["category"]: words["name"],
                    "montant_total": total,
                    **parts,
                    "commentaires": SOURCE,
                }
            )
    return rows
