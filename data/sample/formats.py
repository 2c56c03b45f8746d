"""The formats of the fictitious sample: a contract as a line of the register or of the official publication, and files."""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlsxwriter

if TYPE_CHECKING:
    from companies import Company

AMP = Path(__file__).resolve().parent.parent / "organisations" / "amp"
SOURCE = "données fictives"
WHOLE, HEAD_OFFICE = "AMP", "20005480700017"

REGISTER_COLUMNS = (
    "numero_marche", "objet", "nature", "procedure", "code_cpv", "montant_ht", "date_notification", "duree_mois",
    "titulaire_siret", "titulaire_nom", "acheteur_siret", "direction", "territoire", "considerations_sociales",
    "considerations_environnementales", "techniques", "modalites_execution", "offres_recues", "marche_innovant",
    "date_publication", "id_accord_cadre", "source",
)  # fmt: skip
Contract = dict[str, Any]
Row = dict[str, Any]


def register_row(rng: random.Random, contract: Contract) -> Row:
    """A line of the buyer's register; amounts in euros, days as dates."""
    techniques, modes = purchasing(contract)
    sirets, names = zip(*((holder.siret, holder.name) for holder in contract["holders"]), strict=True)
    silent = contract["territory"] == WHOLE or (contract["buyer"] != HEAD_OFFICE and rng.random() < 0.3)
    values = (
        *(contract["number"], contract["objet"], contract["nature"], contract["procedure"], contract["cpv"]),
        *(contract["amount"], contract["notified"], contract["months"], " | ".join(sirets), " | ".join(names)),
        *(contract["buyer"], contract["family"]["directorate"], "" if silent else contract["territory"]),
        *(", ".join(contract["labels"]["social"]), ", ".join(contract["labels"]["environmental"]), techniques, modes),
        *("" if contract["offers"] is None else contract["offers"], "oui" if contract["innovative"] else "non"),
        *(contract["published"], contract["parent"]["number"] if contract["parent"] else "", SOURCE),
    )
    return dict(zip(REGISTER_COLUMNS, values, strict=True))


def decp_row(rng: random.Random, contract: Contract, day: date) -> Row:
    """A contract of the official 2022 format, with its amendments published by that day."""
    techniques, modes = purchasing(contract)
    nature = {"Accord-cadre": "Marché", "Marché subséquent": "Marché"}.get(contract["nature"], contract["nature"])
    advance = contract["amount"] > 50_000 and rng.random() < 0.5
    row: Row = {
        "id": decp_id(contract),
        "acheteur": {"id": contract["buyer"]},
        "nature": nature,
        "objet": contract["objet"],
        "codeCPV": contract["cpv"],
        "techniques": {"technique": [techniques]},
        "modalitesExecution": {"modaliteExecution": [modes]},
        "marcheInnovant": contract["innovative"],
        "ccag": contract["family"]["ccag"],
        "offresRecues": contract["offers"],
        "attributionAvance": advance,
        "tauxAvance": rng.choice((0.05, 0.1, 0.2, 0.3)) if advance else 0,
        "typeGroupementOperateurs": "Pas de groupement"
        if len(contract["holders"]) == 1
        else rng.choice(("Conjoint", "Solidaire")),
        "sousTraitanceDeclaree": contract["works"] and rng.random() < 0.4,
        "procedure": contract["procedure"],
        "lieuExecution": {"code": "13567", "typeCode": "Code postal"},
        "dureeMois": contract["months"],
        "dateNotification": str(contract["notified"]),
        "datePublicationDonnees": str(contract["published"]),
        "montant": contract["amount"],
        "typesPrix": {"typePrix": [rng.choice(("Définitif révisable", "Définitif ferme"))]},
        "formePrix": rng.choice(("Unitaire", "Forfaitaire", "Mixte")),
        "titulaires": [{"titulaire": titulaire(company)} for company in contract["holders"]],
        "considerationsSociales": {"considerationSociale": contract["labels"]["social"]},
        "considerationsEnvironnementales": {"considerationEnvironnementale": contract["labels"]["environmental"]},
        "modifications": [],
        "source": SOURCE,
    }
    if contract["parent"] and rng.random() < 0.9:
        row["idAccordCadre"] = decp_id(contract["parent"])
    if rng.random() < 0.09:
        row["modifications"] = amendments(rng, contract, day)
    if row["offresRecues"] is None:
        del row["offresRecues"]
    return row


def purchasing(contract: Contract) -> tuple[str, str]:
    """(technique, execution mode)."""
    if contract["framework"]:
        return "Accord-cadre", "Marchés subséquents" if contract.get("children") else "Bons de commande"
    return "Sans objet", "Tranches" if contract["works"] and contract["amount"] > 1_500_000 else "Sans objet"


def decp_id(contract: Contract) -> str:
    """The register's number with the year of notification in front, as real identifiers have it."""
    return f"{contract['year']}{contract['number']}"


def amendments(rng: random.Random, contract: Contract, day: date) -> Any:
    """One amendment some months later: the new total, or on some platforms the difference; in a list, or not."""
    notified = contract["notified"] + timedelta(days=rng.randrange(60, 400))
    if notified + timedelta(days=15) > day:
        return []
    share = rng.uniform(1.02, 1.25) if rng.random() < 0.8 else rng.uniform(0.02, 0.15)
    amendment = {
        "id": 1,
        "dureeMois": contract["months"] + rng.choice((0, 0, 3, 6)),
        "montant": round(contract["amount"] * share, 2),
        "dateNotificationModification": str(notified),
        "datePublicationDonneesModification": str(notified + timedelta(days=15)),
    }
    return [{"modification": amendment}] if rng.random() < 0.8 else {"modification": amendment}


def concession_rows(rng: random.Random, concessions: list[Row], companies: list[Company]) -> list[Row]:
    """A few concession contracts of the official format."""
    rows = []
    for rank, words in enumerate(concessions, start=1):
        signed = date(2024, 1, 15) + timedelta(days=110 * rank)
        row = {
            "id": f"{signed.year}C{signed.year % 100}{rank:04d}",
            "autoriteConcedante": {"id": HEAD_OFFICE},
            "nature": words["nature"],
            "objet": words["objet"],
            "procedure": "Procédure négociée ouverte",
            "dureeMois": 12 * rng.choice((10, 15, 20)),
            "dateSignature": str(signed),
            "datePublicationDonnees": str(signed + timedelta(days=40)),
            "dateDebutExecution": str(signed + timedelta(days=30)),
            "valeurGlobale": float(words["valeur"]),
            "montantSubventionPublique": 0.0,
            "concessionnaires": [{"concessionnaire": titulaire(rng.choice(companies))}],
            "considerationsSociales": {"considerationSociale": [words["social"]]},
            "considerationsEnvironnementales": {"considerationEnvironnementale": ["Clause environnementale"]},
            "source": SOURCE,
        }
        rows.append(row)
    return rows


def titulaire(company: Company) -> Row:
    """A holder of the official format."""
    return {"typeIdentifiant": "SIRET", "id": company.siret, "denominationSociale": company.name}


def write_csv(path: Path, rows: list[Row], encoding: str = "cp1252") -> None:
    """CSV as a French spreadsheet saves it: semicolons, decimal commas, cp1252, JJ/MM/AAAA."""
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        writer.writerow(rows[0])
        writer.writerows([french(value) for value in row.values()] for row in rows)


def french(value: Any) -> str:
    """A cell of that CSV."""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return f"{value:.2f}".replace(".", ",") if isinstance(value, float) else str(value)


def write_official_csv(path: Path, rows: list[Row]) -> None:
    """CSV as the open data portal asks for it: commas, decimal points, UTF-8."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_workbook(path: Path, rows: list[Row]) -> None:
    """XLSX; some SIRET as numbers, so that their first zero is lost. Stored unpacked: the same bytes everywhere."""
    packed = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(packed, options) as workbook:
        workbook.set_properties({"title": "Registre fictif", "comments": SOURCE, "created": datetime(2026, 3, 1)})
        day = workbook.add_format({"num_format": "dd/mm/yyyy"})
        sheet = workbook.add_worksheet("registre")
        sheet.write_row(0, 0, rows[0])
        for line, row in enumerate(rows, start=1):
            for column, (name, value) in enumerate(row.items()):
                if isinstance(value, date):
                    sheet.write_datetime(line, column, value, day)
                elif name == "titulaire_siret" and line % 25 == 0 and value.isdigit():
                    sheet.write_number(line, column, int(value))
                else:
                    sheet.write(line, column, value)
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as target:
        for member in source.infolist():
            target.writestr(zipfile.ZipInfo(member.filename), source.read(member))


def write_decp(path: Path, contracts: list[Row], concession_contracts: list[Row]) -> None:
    """The official JSON, one record a line."""
    parts = [
        ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) for rows in (contracts, concession_contracts)
    ]
    path.write_text(
        f'{{"marches": {{"marche": [\n{parts[0]}\n],\n"contrat-concession": [\n{parts[1]}\n]}}}}\n',
        encoding="utf-8",
        newline="\n",
    )
