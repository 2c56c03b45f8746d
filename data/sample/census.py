"""The fictitious census of needs, with its planted cases, and the working groups."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta

from contracts import NAMES, VOCABULARY, name_place
from formats import HEAD_OFFICE, SOURCE, WHOLE, Contract, Row

TERRITORIES = ("CT1", "CT2", "CT3", "CT4", "CT5", "CT6", WHOLE)
FUNCTIONS = ("Responsable administratif", "Chef du service technique", "Référente achats", "Chargé de mission")
# What the list of codes of its family would get wrong.
CODES = {
    "Acquisition de bennes à ordures ménagères": "34144511-3",
    "Broyage et compostage des végétaux": "90513000-6",
    "Entretien des sanitaires publics automatiques": "90911000-6",
    "Fourniture et acheminement de gaz naturel": "09123000-7",
}
# Territory: needs drawn at random for each census.
VOLUME = {"CT1": 26, "CT2": 18, "CT3": 12, "CT4": 12, "CT5": 11, "CT6": 10, WHOLE: 12}

# territory, CPV, object, euros, start, months; more columns by name. What each case is planted for stands above it.
PLANTED: dict[str, tuple[tuple[str, str, str, float | None, str, int | None, Row], ...]] = {
    # Each below the threshold, all of one homogeneous unit in one year: a split purchase.
    "seuil": (
        ("CT1", "39112000-0", "Sièges de bureau ergonomiques", 36_000.0, "2023-02-01", 12, {}),
        ("CT2", "39122000-3", "Armoires et rayonnages d'archives", 34_500.0, "2023-04-15", 12, {}),
        ("CT4", "39121000-6", "Bureaux et caissons pour les agents", 38_000.0, "2023-06-01", 12, {}),
        ("CT6", "39150000-8", "Banques d'accueil du public", 29_000.0, "2023-09-15", 12, {}),
    ),
    # The same purchase in four territories: an obvious pooling; one must wait for its contract to end.
    "mutualisation": (
        ("CT1", "50750000-7", "Maintenance des ascenseurs et monte-charges", 180_000.0, "2023-04-01", 48, {}),
        ("CT3", "50750000-7", "Maintenance préventive des ascenseurs", 64_000.0, "2023-05-01", 48, {}),
        ("CT4", "50750000-7", "Entretien et maintenance des ascenseurs", 58_000.0, "2023-07-01", 36, {}),
        ("CT6", "50750000-7", "Maintenance des ascenseurs des équipements", 41_000.0, "2023-06-01", 48, {}),
    ),
    # Almost the same words, not the same purchase: meals of a day, and the meals of every day for four years.
    "leurre": (
        ("CT2", "55524000-9", "Repas en liaison froide pour les crèches", 640_000.0, "2023-09-01", 48, {}),
        ("CT5", "55520000-1", "Repas en liaison froide pour un séminaire", 12_000.0, "2023-09-20", 1, {}),
    ),
    # One operation of works in three lots, each without procedure, together above the threshold.
    "operation": (
        ("CT2", "45421000-4", "Gymnase intercommunal : menuiseries intérieures", 62_000.0, "2023-10-01", 5, {"operation": "Gymnase intercommunal"}),
        ("CT2", "45442100-8", "Gymnase intercommunal : peintures", 38_000.0, "2024-01-15", 3, {"operation": "Gymnase intercommunal"}),
        ("CT2", "45432100-5", "Gymnase intercommunal : sols sportifs", 71_000.0, "2024-02-01", 3, {"operation": "gymnase  intercommunal"}),
    ),
    # Half of it has no amount: nobody can say which procedure.
    "montant": (
        ("CT3", "79530000-8", "Traduction de documents touristiques", 21_000.0, "2023-03-01", 24, {}),
        ("CT5", "79530000-8", "Traduction et interprétation pour les jumelages", None, "2023-05-01", 24, {}),
    ),
    # Two needs of one unit on both sides of New Year's Eve.
    "exercices": (
        ("CT1", "92521100-0", "Exposition itinérante sur l'eau", 26_000.0, "2023-11-20", 4, {}),
        ("CT4", "92521100-0", "Exposition sur la biodiversité", 24_000.0, "2024-01-20", 4, {}),
    ),
    # Lines that the directorate must correct: they count where they can.
    "incomplet": (
        ("CT2", "", "Matériel pour le service", 18_000.0, "2023-04-01", 12, {"famille": "divers"}),
        ("CT3", "", "", 15_000.0, "2023-05-01", 12, {"famille": "fournitures"}),
        ("CT9", "39221000-7", "Vaisselle pour les salles des fêtes", 9_000.0, "2023-06-01", 6, {}),
        ("CT5", "37400000-2", "Matériel sportif pour les stades", 22_000.0, "", None, {}),
        ("CT6", "39112000-0", "Chaises pour la salle du conseil", None, "2023-03-01", 12, {"montant_estime_ht": "à préciser"}),
        ("CT1", "24960000-1", "Produits de traitement des piscines", 31_000.0, "2023-02-30", 12, {}),
        ("CT4", "35113400-3", "Vêtements de protection", 14_000.0, "2023-05-15", 24, {"fonction_contact": "Mme Exemple, 04 00 00 00 00"}),
        ("", "", "Sans numéro ni direction", 5_000.0, "2023-05-15", 12, {"numero_besoin": "", "direction": ""}),
    ),
}  # fmt: skip

GROUPS = (
    ("Propreté et insertion", "nettoyage | espaces_verts", "Insertion", "CT1 | CT2 | CT4", ("moyens généraux", "espaces naturels")),
    ("Maintenance des équipements", "maintenance", "", "CT1 | CT3 | CT4 | CT6", ("bâtiments",)),
    ("Mobilier et fournitures", "fournitures | habillement", "Économie circulaire", "CT1 | CT2 | CT3 | CT4 | CT5 | CT6", ("moyens généraux",)),
    ("Restauration durable", "restauration", "Plan alimentaire de territoire", "CT2 | CT5", ("ressources humaines",)),
    ("Voirie", "voirie", "", "CT1 | CT2 | CT3 | CT5 | CT6", ("voirie",)),
    ("Véhicules propres", "vehicules", "Qualité de l'air", "", ("mobilité",)),
)  # fmt: skip


def census(rng: random.Random, contracts: list[Contract], day: date) -> list[Row]:
    """The lines of the census that a year prepares, as known on a day: those at random, then the planted ones."""
    year = day.year + 1 if day.month > 6 else day.year
    rows = [_drawn(rng, territory, year, rank) for territory, volume in VOLUME.items() for rank in range(volume)]
    if year == 2023:
        rows += [_planted(case, rank, *one) for case, ones in PLANTED.items() for rank, one in enumerate(ones, 1)]
        rows += _served(contracts)
    return rows


def _drawn(rng: random.Random, territory: str, year: int, rank: int) -> Row:
    """A need of a family of purchases, like the contracts of its territory; a few lack an amount or a day."""
    family = rng.choices(VOCABULARY["families"], [one["weight"] for one in VOCABULARY["families"]])[0]
    start = date(year, 1, 1) + timedelta(days=rng.randrange(540))
    amount = round(min(max(math.exp(rng.gauss(math.log(family["median"] * 0.3), 1.2)), 4_000.0), 6_000_000.0), -2)
    works = family["ccag"] == "Travaux"
    which = rng.randrange(len(family["objects"]))  # one object, one code: directorates name what they need alike
    code = CODES.get(family["objects"][which], family["cpv"][which % len(family["cpv"])])
    objet = name_place(rng, family["objects"][which], territory, 2022)
    return _row(
        f"B{year % 100}-{territory}-{rank + 1:03d}", territory, code, objet,
        None if rng.random() < 0.05 else amount, "" if year == 2023 and rng.random() < 0.03 else f"{start:%d/%m/%Y}",
        rng.choice((4, 6, 12) if works else (12, 24, 36, 48)),
        direction=family["directorate"], recurrent="non" if works else rng.choice(("oui", "non", "")),
        fonction_contact=rng.choice(FUNCTIONS), famille="" if rng.random() < 0.7 else family["code"],
    )  # fmt: skip


def _planted(
    case: str,
    rank: int,
    territory: str,
    code: str,
    objet: str,
    amount: float | None,
    start: str,
    months: int | None,
    more: Row,
) -> Row:
    day = start if start in ("", "2023-02-30") else f"{date.fromisoformat(start):%d/%m/%Y}"
    row = _row(
        f"B23-{case}-{rank}", territory, code, objet, amount, day, months, direction="Direction des moyens généraux"
    )
    return row | more


def _served(contracts: list[Contract]) -> list[Row]:
    """A need that a running framework already serves, and one that names the contract which serves it until it ends."""
    running = [
        c for c in contracts
        if c["framework"] and c["territory"] == "CT2" and c["family"]["code"] == "nettoyage"
        and c["notified"] < date(2022, 9, 1) and c["notified"] + timedelta(days=30 * c["months"]) > date(2023, 12, 31)
    ]  # fmt: skip
    (best, *_) = sorted((c for c in running if "LOCAUX" in c["objet"].upper()), key=lambda c: c["number"])
    code, owner = f"{best['cpv']}-0", best["family"]["directorate"]
    serving = ("Nettoyage de locaux administratifs", 30_000.0, "01/03/2023", 9)
    naming = ("Nettoyage des locaux techniques et administratifs", 42_000.0, "01/05/2023", 36)
    return [
        _row("B23-existant-1", "CT2", code, *serving, direction=owner),
        _row("B23-existant-2", "CT2", code, *naming, direction=owner, numero_marche=best["number"]),
    ]


def _row(
    number: str,
    territory: str,
    code: str,
    objet: str,
    amount: float | None,
    start: str,
    months: int | None,
    **more: str,
) -> Row:
    values: Row = {
        "acheteur_siret": HEAD_OFFICE, "numero_besoin": number, "direction": "", "territoire": territory, "famille": "",
        "code_cpv": code, "operation": "", "objet": objet, "montant_estime_ht": "" if amount is None else amount,
        "date_debut": start, "duree_mois": "" if months is None else months, "recurrent": "non", "numero_marche": "",
        "fonction_contact": "Responsable de service", "source": SOURCE,
    }  # fmt: skip
    return values | more


def working_groups() -> list[Row]:
    """The groups, their functions and who is in them; some territories are missing, and a function in one."""
    names = sorted(VOCABULARY["directorates"])
    rows = []
    for group, families, theme, territories, words in GROUPS:
        rows.append(
            {
                "acheteur_siret": HEAD_OFFICE, "groupe_de_travail": group, "familles": families, "theme": theme,
                "fonction_acheteur": f"Acheteur, {group.casefold()}", "fonction_juriste": "" if group == "Voirie" else "Juriste de la commande publique",
                "territoires": territories, "directions": " | ".join(one for one in names if any(word in one for word in words)),
                "source": SOURCE,
            }
        )  # fmt: skip
    assert set(NAMES) >= {code for row in rows for code in row["territoires"].split(" | ") if code}
    return rows
