"""The fictitious sample: same bytes from its generator, marked as fictitious, with the rates and defects promised.

What is promised is counted here from the raw files, by plain loops over their lines.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook
from stdnum import luhn

from spaser_analysis import workspace
from spaser_analysis.ingest import Ingested, ingest
from spaser_analysis.organisation import load_organisation

SAMPLE = workspace.sample()
EARLY, FOLDER = SAMPLE / "2022-10-31", SAMPLE / "2026-03-01"
REGISTER, DECP, ISTRES = (
    "registre-marches_fictif_2026-03-01.csv",
    "decp-2022_fictif_2026-03-01.json",
    "registre-istres_fictif_2026-03-01.xlsx",
)
REAL = Path(os.environ.get("SPASER_REALDATA") or workspace.home().parent / "shared" / "realdata")

PAYMENTS, SUPPLIERS, HOURS = (
    "mandats_fictif_2026-03-01.csv",
    "statuts-fournisseurs_fictif_2026-03-01.csv",
    "heures-insertion_fictif_2026-03-01.csv",
)
AGEC, EGALIM = "declaration-agec_fictif_2026-03-01.csv", "declaration-egalim_fictif_2026-03-01.csv"
CENSUS, GROUPS = "recensement-besoins_fictif_2026-03-01.csv", "groupes-de-travail_fictif_2026-03-01.xlsx"
SIDE = ((PAYMENTS,), (SUPPLIERS, "utf-8-sig"), (HOURS,), (AGEC, "utf-8", ","), (EGALIM, "utf-8", ","), (CENSUS,))

Row = dict[str, Any]


def lines(path: Path, encoding: str = "cp1252", delimiter: str = ";") -> list[Row]:
    """Lines of a CSV file."""
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def sheet(path: Path) -> list[Row]:
    """Lines of a workbook."""
    header, *cells = load_workbook(path).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(header, line, strict=True)) for line in cells]


@pytest.fixture(scope="module")
def register() -> list[Row]:
    return lines(FOLDER / REGISTER)


@pytest.fixture(scope="module")
def istres() -> list[Row]:
    return sheet(FOLDER / ISTRES)


@pytest.fixture(scope="module")
def decp() -> list[Row]:
    return json.loads((FOLDER / DECP).read_text(encoding="utf-8"))["marches"]["marche"]


@pytest.fixture(scope="module")
def concessions() -> list[Row]:
    return json.loads((FOLDER / DECP).read_text(encoding="utf-8"))["marches"]["contrat-concession"]


def holders_of(row: Row) -> list[Row]:
    """Holders of a DECP row, whatever wraps them."""
    found = []
    for one in row["titulaires"]:
        while "titulaire" in one:
            one = one["titulaire"]
        found.append(one)
    return found


def wrong_key(siret: str) -> bool:
    """Fourteen digits that fail the check."""
    return len(siret) == 14 and not luhn.is_valid(siret)


def listed(value: Any) -> list[str]:
    """Considerations of a DECP row, whatever wraps them."""
    inner = next(iter(value.values())) if isinstance(value, dict) else value
    return inner.split(", ") if isinstance(inner, str) else inner or []


def readable_day(row: Row) -> str | None:
    """The notification day as AAAA-MM-JJ, where it can be read."""
    value = row.get("date_notification", row.get("dateNotification"))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    if found := re.fullmatch(r"(\d\d)/(\d\d)/(20\d\d)", value or ""):
        return "-".join(reversed(found.groups()))
    found = re.match(r"20\d\d-\d\d-\d\d", value or "")
    return found[0] if found else None


def answer(declared: list[str]) -> str:
    """yes, no or unknown, from the official labels alone."""
    nothing = [text for text in declared if text.startswith("Pas de") or text == "Sans objet"]
    something = [text for text in declared if text.startswith(("Clause", "Critère", "Marché réservé"))]
    return "unknown" if bool(nothing) == bool(something) else "yes" if something else "no"


def test_the_generator_gives_the_committed_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-B", SAMPLE / "make_sample.py", tmp_path], check=True, env={"PYTHONHASHSEED": "7"})
    committed = sorted(path.relative_to(SAMPLE) for path in SAMPLE.glob("*/*fictif*"))
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert made == committed and len(made) == 19
    for name in committed:
        assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes(), name


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.glob("**/*.*")) < 5_500_000


def test_every_record_says_that_it_is_fictitious(
    register: list[Row], istres: list[Row], decp: list[Row], concessions: list[Row]
) -> None:
    everything = register + istres + decp + concessions
    assert 2_900 <= len(everything) <= 3_500
    beside = [row for name in SIDE for row in lines(FOLDER / name[0], *name[1:])]
    early = [row for path in sorted(EARLY.glob("*.xlsx")) for row in sheet(path)]
    early += lines(EARLY / REGISTER.replace(FOLDER.name, EARLY.name))
    marks = [row.get("source", row.get("commentaires")) for row in everything + beside + early]
    assert set(marks) == {"données fictives"}
    names = {name for row in register + istres for name in row["titulaire_nom"].split(" | ")}
    names |= {holder["denominationSociale"] for row in decp for holder in holders_of(row)}
    assert all(re.fullmatch(r"Entreprise fictive \d{4}", name) for name in names)


def test_holders_have_numbers_that_are_never_allocated(register: list[Row], istres: list[Row], decp: list[Row]) -> None:
    numbers = [one for row in register + istres for one in str(row["titulaire_siret"]).split(" | ")]
    numbers += [holder["id"] for row in decp for holder in holders_of(row)]
    planted = [one for one in numbers if not re.fullmatch(r"0\d{13}", one) or not luhn.is_valid(one)]
    assert 0.03 < len(planted) / len(numbers) < 0.10
    for one in planted:
        digits = one.replace(" ", "")
        lost_zero = len(digits) == 13 and luhn.is_valid("0" + digits)
        assert digits.startswith("0") or lost_zero, one
    sound = [one for one in numbers if one not in planted]
    assert all(luhn.is_valid(one[:9]) for one in sound)


def test_buyers_are_the_organisation_and_its_territories(
    register: list[Row], istres: list[Row], decp: list[Row]
) -> None:
    buyers = Counter(row["acheteur_siret"] for row in register + istres) + Counter(
        row["acheteur"]["id"] for row in decp
    )
    assert all(siret.startswith("200054807") for siret in buyers)
    assert len(buyers) == 6 and buyers["20005480700017"] > 2_250


def test_periods_of_the_three_files(register: list[Row], istres: list[Row], decp: list[Row]) -> None:
    def years(rows: list[Row]) -> set[str]:
        return {day[:4] for row in rows if (day := readable_day(row))}

    assert years(register) == {"2020", "2021", "2022", "2023", "2024"}
    assert years(istres) == {"2020", "2021", "2022", "2023"}
    assert years(decp) == {"2024", "2025", "2026"}
    assert {row["territoire"] for row in istres} <= {"CT5", None}
    assert not {row["numero_marche"] for row in istres} & {row["numero_marche"] for row in register}
    assert "CT5" not in {row["territoire"] for row in register if (readable_day(row) or "2024") < "2024"}


def test_the_register_and_the_publication_overlap_in_the_first_quarter_of_2024(
    register: list[Row], decp: list[Row]
) -> None:
    published = {row["id"]: row for row in decp}
    both = [(row, published["2024" + row["numero_marche"]]) for row in register if (readable_day(row) or "") >= "2024"]
    assert len({row["numero_marche"] for row, _ in both}) == 40
    for line, row in both:
        assert float(line["montant_ht"].replace(",", ".")) == row["montant"]
        assert (line["objet"], line["acheteur_siret"]) == (row["objet"], row["acheteur"]["id"])
        assert readable_day(line) == row["dateNotification"] < "2024-04"


def test_the_rates_are_those_that_the_story_tells(register: list[Row], istres: list[Row], decp: list[Row]) -> None:
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    seen = set()
    for row in register + istres + decp:
        day, number = readable_day(row), row.get("numero_marche") or row["id"].removeprefix(row["id"][:4])
        if not day or (number, row["objet"]) in seen:
            continue
        seen.add((number, row["objet"]))
        period = {"2022-07": "T3", "2022-08": "T3", "2022-09": "T3"}.get(day[:7])
        to_date = "YTD" if "2022-01" <= day[:7] <= "2022-09" else None
        for axis, column, official in (
            ("environmental", "considerations_environnementales", "considerationsEnvironnementales"),
            ("social", "considerations_sociales", "considerationsSociales"),
        ):
            declared = (row[column] or "").split(", ") if column in row else listed(row.get(official) or [])
            for key in filter(None, (day[:4], period, to_date)):
                answers[f"{axis} {key}"][answer(declared)] += 1
    shares = {key: counts["yes"] / counts.total() for key, counts in answers.items()}
    assert shares["environmental T3"] == pytest.approx(0.50, abs=0.005)
    assert shares["environmental YTD"] == pytest.approx(0.50, abs=0.005)
    assert shares["social T3"] == pytest.approx(0.14, abs=0.01)
    assert shares["social YTD"] == pytest.approx(0.14, abs=0.01)
    assert 0.02 <= answers["environmental YTD"]["unknown"] / answers["environmental YTD"].total() <= 0.04
    for year, environmental, social in (
        (2020, 0.285, 0.072),
        (2021, 0.39, 0.092),
        (2022, 0.50, 0.14),
        (2023, 0.63, 0.18),
        (2024, 0.74, 0.22),
        (2025, 0.86, 0.27),
    ):
        assert shares[f"environmental {year}"] == pytest.approx(environmental, abs=0.02)
        assert shares[f"social {year}"] == pytest.approx(social, abs=0.02)


# --- two snapshots ---------------------------------------------------------------------------------------------------


def known(folder: Path) -> dict[str, Row]:
    """Lines of a snapshot's two registers, by number."""
    rows = lines(next(folder.glob("registre-marches*"))) + sheet(next(folder.glob("registre-istres*")))
    return {row["numero_marche"]: row for row in rows}


def as_day(value: Any) -> date | None:
    """A day of any of the sample's spellings that can be read."""
    row = {"date_notification": value}
    return date.fromisoformat(found) if (found := readable_day(row)) else None


def euros(text: str) -> float:
    """An amount as the sample writes it."""
    return float(re.sub(r"[^0-9,.-]", "", text).replace(",", "."))


def test_nothing_published_after_the_day_of_a_snapshot_is_in_it(decp: list[Row]) -> None:
    for folder in (EARLY, FOLDER):
        snapshot = date.fromisoformat(folder.name)
        days = [as_day(row["date_publication"]) for row in known(folder).values()]
        days += [as_day(row["date_paiement"]) for row in lines(next(folder.glob("mandats*")))]
        days += [as_day(row.get("datePublicationDonnees")) for row in decp if folder == FOLDER]
        assert max(filter(None, days)) <= snapshot
    early, late = known(EARLY), known(FOLDER)
    assert set(early) < set(late)
    absent = [row for number, row in late.items() if number not in early and (readable_day(row) or "9") < "2022-10"]
    assert len(absent) > 20
    assert all(as_day(row["date_publication"]) > date(2022, 10, 31) for row in absent if row["date_publication"])


def test_publication_is_late_as_it_is_in_life(register: list[Row], decp: list[Row]) -> None:
    pairs = [(row["date_notification"], row["date_publication"]) for row in register]
    pairs += [(row.get("dateNotification"), row.get("datePublicationDonnees")) for row in decp]
    delays = sorted(
        (end - start).days
        for start, end in ((as_day(start), as_day(end)) for start, end in pairs)
        if start and end and start < date(2025, 6, 1)
    )
    assert 33 <= delays[len(delays) // 2] <= 37
    assert 0.12 <= sum(delay > 61 for delay in delays) / len(delays) <= 0.20
    assert 0.015 <= sum(delay > 180 for delay in delays) / len(delays) <= 0.05


def test_the_last_two_months_of_a_snapshot_are_incomplete() -> None:
    months = [Counter((readable_day(row) or "")[:7] for row in known(folder).values()) for folder in (EARLY, FOLDER)]
    first_half = [f"2022-{month:02d}" for month in range(1, 7)]
    quarter = ["2022-07", "2022-08", "2022-09"]
    parts = [
        sum(months[0][month] for month in period) / sum(months[1][month] for month in period)
        for period in (["2020-01"], first_half, quarter, ["2022-09"], ["2022-10"])
    ]
    assert parts[0] == 1 > parts[1] > 0.95 > parts[2] > 0.75 > parts[3] > 0.25 > parts[4] > 0


def test_the_buyer_fills_in_and_corrects_between_the_snapshots() -> None:
    early, late = known(EARLY), known(FOLDER)
    for column in ("considerations_sociales", "considerations_environnementales"):
        changed = [number for number, row in early.items() if (row[column] or "") != (late[number][column] or "")]
        assert all(not early[number][column] for number in changed)
        assert 0.02 <= len(changed) / len(early) <= 0.04
    corrected = [
        euros(str(row["montant_ht"])) / euros(str(late[number]["montant_ht"]))
        for number, row in early.items()
        if row["montant_ht"] != late[number]["montant_ht"]
    ]
    assert len(corrected) == 19 and all(ratio == pytest.approx(1.2, abs=1e-6) for ratio in corrected)


# --- spending --------------------------------------------------------------------------------------------------------

EXCLUDED = {"Personnel", "Subvention", "Reversement", "Dette", "Impôts et taxes", "Compensation de concession"}
PURCHASES = {"Achat", "ACHATS", "Marché"}
INCLUSIVE = {"EI", "ACI", "AI", "ETTI", "EITI", "EA", "EATT", "ESAT"}
DEFINITIONS = {
    "A": {"ESUS"},
    "B": {"ESUS", "RQ"} | INCLUSIVE,
    "C": INCLUSIVE,
    "D": {"ESUS", "RQ", "ESS"} | INCLUSIVE,
}


@pytest.fixture(scope="module")
def payments() -> list[Row]:
    """Payments with ``day``, ``amount`` and ``siret`` as they are meant."""
    rows = lines(FOLDER / PAYMENTS)
    for row in rows:
        digits = re.sub(r"\s", "", row["fournisseur_siret"])
        row |= {"day": as_day(row["date_paiement"]), "amount": euros(row["montant_ht"])}
        row["siret"] = digits.zfill(14) if digits else ""
    return rows


@pytest.fixture(scope="module")
def purchases(payments: list[Row]) -> list[Row]:
    return [row for row in payments if row["nature_budgetaire"] not in EXCLUDED]


@pytest.fixture(scope="module")
def suppliers() -> list[Row]:
    return lines(FOLDER / SUPPLIERS, "utf-8-sig")


def solidarity(purchases: list[Row], suppliers: list[Row], first: str, last: str) -> dict[str, tuple[float, float]]:
    """(low, high) share of the spending of a period in each definition, line by line."""
    held: dict[str, list[Row]] = defaultdict(list)
    for row in suppliers:
        held[row["siren"]].append(row)
    amounts: Counter[str] = Counter()
    for payment in purchases:
        if not first <= str(payment["day"]) <= last:
            continue
        codes, elsewhere = set(), set()
        for row in held[payment["siret"][:9]]:
            if not row["statut"] or not as_day(row["valide_du"]) <= payment["day"] <= (
                as_day(row["valide_au"]) or date.max
            ):
                continue
            sure = row["statut"] in ("ESUS", "ESS") or row["siret"] == payment["siret"]
            (codes if sure else elsewhere).add(row["statut"])
        amounts["all"] += payment["amount"]
        for name, statuses in DEFINITIONS.items():
            if not payment["siret"] or not payment["nature_budgetaire"]:
                amounts[f"{name} unknown"] += payment["amount"]
            elif codes & statuses:
                amounts[f"{name} yes"] += payment["amount"]
            elif elsewhere & statuses:
                amounts[f"{name} unknown"] += payment["amount"]
    return {
        name: (
            amounts[f"{name} yes"] / amounts["all"],
            sum(amounts[f"{name} {s}"] for s in ("yes", "unknown")) / amounts["all"],
        )
        for name in DEFINITIONS
    }


@pytest.mark.parametrize("folder", [EARLY, FOLDER])
def test_solidarity_enterprises_have_almost_two_per_cent_at_the_end_of_september_2022(
    folder: Path, purchases: list[Row]
) -> None:
    listed_then = lines(next(folder.glob("statuts*")), "utf-8-sig")
    shares = solidarity(purchases, listed_then, "2022-01-01", "2022-09-30")
    assert {name: (round(100 * low, 2), round(100 * high, 2)) for name, (low, high) in shares.items()} == {
        "A": (0.80, 0.89),
        "B": (1.86, 1.97),
        "C": (1.41, 1.52),
        "D": (5.98, 6.07),
    }


def test_their_share_rises_to_2025(purchases: list[Row], suppliers: list[Row]) -> None:
    years = [solidarity(purchases, suppliers, f"{year}-01-01", f"{year}-12-31")["B"][0] for year in range(2021, 2026)]
    assert years == pytest.approx([0.0155, 0.019, 0.026, 0.036, 0.046], abs=0.0006)


def test_payments_have_what_a_ledger_of_mandates_has(payments: list[Row], purchases: list[Row]) -> None:
    quarterly = Counter(f"{row['day'].year}-T{(row['day'].month + 2) // 3}" for row in payments)
    assert (min(quarterly), max(quarterly), len(quarterly)) == ("2020-T4", "2026-T1", 22)
    assert all(290 <= count <= 310 for quarter, count in quarterly.items() if quarter != "2026-T1")
    natures = Counter(row["nature_budgetaire"] for row in payments)
    assert set(natures) == EXCLUDED | PURCHASES | {""}
    assert min(natures[nature] for nature in EXCLUDED | {""}) >= 30
    assert 50 <= sum(row["amount"] < 0 for row in payments) <= 100
    assert {row["territoire"] for row in purchases} == {"", *(f"CT{n}" for n in range(1, 7))}
    assert len({row["direction"] for row in purchases}) == 12
    assert set(Counter(row["budget_avec_tva"] for row in purchases)) == {"oui", "non", ""}
    nameless = Counter(row["fournisseur_nom"] for row in purchases if not row["siret"])
    assert set(nameless) == {"Fournisseur étranger fictif", "Particulier fictif"}
    sirets = {row["siret"] for row in payments} - {""}
    assert all(siret.startswith("0") and luhn.is_valid(siret) and luhn.is_valid(siret[:9]) for siret in sirets)


def test_spending_is_at_the_end_of_the_year_and_three_quarters_under_published_contracts(
    purchases: list[Row], register: list[Row], istres: list[Row], decp: list[Row]
) -> None:
    published = {row["numero_marche"] for row in register + istres} | {
        row["id"].removeprefix(row["id"][:4]) for row in decp
    }
    year = [row for row in purchases if row["day"].year == 2022]
    total = sum(row["amount"] for row in year)
    assert total == pytest.approx(60_000_000, abs=1)
    assert sum(row["amount"] for row in year if row["day"].month >= 10) / total == pytest.approx(0.36, abs=1e-6)
    covered = sum(row["amount"] for row in year if row["numero_marche"] in published)
    unpublished = sum(row["amount"] for row in year if row["numero_marche"] and row["numero_marche"] not in published)
    assert covered / total == pytest.approx(0.75, abs=0.01)
    assert unpublished / total == pytest.approx(0.10, abs=0.01)


def test_invoices_are_paid_in_24_days_and_one_in_seven_late(purchases: list[Row]) -> None:
    invoiced = [(row["day"] - as_day(row["date_facture"])).days for row in purchases if row["date_facture"]]
    delays = sorted(delay for delay in invoiced if delay >= 0)
    assert 0 < len(invoiced) - len(delays) < 30
    assert len(invoiced) / len(purchases) == pytest.approx(0.98, abs=0.005)
    assert delays[len(delays) // 2] == 24
    assert 0.12 <= sum(delay > 30 for delay in delays) / len(delays) <= 0.16


def test_supplier_lists_have_every_status_with_its_days(suppliers: list[Row]) -> None:
    statuses = Counter(row["statut"] for row in suppliers)
    assert set(statuses) == {*DEFINITIONS["D"], "GEIQ", "PME", "ETI", "GE", ""}
    expired = [row for row in suppliers if row["valide_au"] and as_day(row["valide_au"]) < date(2025, 1, 1)]
    assert len(expired) > 10
    assert {row["statut"] for row in suppliers if not row["siret"]} == {"ESUS", "ESS"}
    numbers = {row["siret"] or row["siren"] for row in suppliers} | {row["siren"] for row in suppliers}
    assert all(number.startswith("0") and luhn.is_valid(number) for number in numbers)
    own = {row["siren"]: row["siret"] for row in suppliers if row["statut"] in ("PME", "ETI", "GE")}
    inclusive = [row for row in suppliers if row["statut"] in INCLUSIVE and row["siren"] in own]
    assert sum(row["siret"] != own[row["siren"]] for row in inclusive) >= 1  # another establishment of a supplier


def test_six_suppliers_in_ten_are_small_and_six_in_ten_are_local(suppliers: list[Row]) -> None:
    own = [row for row in suppliers if row["statut"] in ("PME", "ETI", "GE", "") and row["siret"]]
    assert 0.57 <= sum(row["statut"] == "PME" for row in own) / len(own) <= 0.66
    with (workspace.organisations() / "amp" / "communes.csv").open(encoding="utf-8") as stream:
        communes = {row["code_insee"] for row in csv.DictReader(stream)}
    places = Counter(
        "local"
        if row["code_commune"] in communes | {f"132{n:02d}" for n in range(1, 17)}
        else row["code_commune"] and "far"
        for row in own
    )
    assert 0.54 <= places["local"] / len(own) <= 0.60
    assert places[""] > 10
    assert any(row["code_commune"].startswith("132") for row in own)


def test_hours_of_insertion_belong_to_contracts_with_a_social_clause(
    register: list[Row], istres: list[Row], decp: list[Row]
) -> None:
    clauses = {row["numero_marche"]: row["considerations_sociales"] for row in register + istres}
    clauses |= {row["id"][4:]: ", ".join(listed(row["considerationsSociales"])) for row in decp}
    hours = lines(FOLDER / HOURS)
    numbers = {row["numero_marche"] for row in hours}
    assert len(numbers) > 180 and numbers - set(clauses) <= {n for n in numbers if n[1:3] == "25"}  # ids cut short
    assert all("Clause sociale" in clauses[number] for number in numbers & set(clauses))
    quarters = [f"{year}-T{number}" for year in range(2020, 2026) for number in range(1, 5)]
    assert sorted({row["trimestre"] for row in hours}) == quarters[1:]
    unknown = sum(not row["heures_realisees"] for row in hours)
    assert 0.02 < unknown / len(hours) < 0.07
    planned = sum(euros(row["heures_prevues"]) for row in hours if row["heures_realisees"])
    assert 0.9 < sum(euros(row["heures_realisees"]) for row in hours if row["heures_realisees"]) / planned < 1.0
    assert sorted({row["trimestre"] for row in sheet(next(EARLY.glob("heures*")))}) == quarters[1:11]


def test_declarations_are_those_due_by_the_day_of_the_snapshot() -> None:
    for name, parts in (
        (AGEC, ("montant_reemploi_et_reutilisation", "montant_produits_issus_don", "montant_produits_recycles")),
        (EGALIM, ("montant_durable_et_qualite", "montant_bio")),
    ):
        late = lines(FOLDER / name, "utf-8", ",")
        early = lines(EARLY / name.replace(FOLDER.name, EARLY.name), "utf-8", ",")
        assert {row["annee"] for row in late} == {"2021", "2022", "2023", "2024"}
        assert early == [row for row in late if row["annee"] == "2021"]
        assert all(0 <= float(row[part]) <= float(row["montant_total"]) for row in late for part in parts)


def test_social_clauses_above_the_european_threshold_exist(decp: list[Row]) -> None:
    large = [
        answer(listed(row["considerationsSociales"]))
        for row in decp
        if not row["codeCPV"].startswith("45") and 221_000 <= float(row["montant"]) < 30_000_000
    ]
    assert 0.25 < large.count("yes") / len(large) < 0.45


# --- defects ---------------------------------------------------------------------------------------------------------

DECP_SIGNS: dict[str, Callable[[Row], bool]] = {
    "amount 0": lambda row: row["montant"] == 0,
    "amount 1": lambda row: row["montant"] == 1,
    "amount 999999999": lambda row: row["montant"] == 999_999_999,
    "amount 12311111111": lambda row: row["montant"] == 12_311_111_111,
    "amount as text": lambda row: isinstance(row["montant"], str),
    "no notification date": lambda row: not row.get("dateNotification"),
    "no publication date": lambda row: "datePublicationDonnees" not in row,
    "year 0218": lambda row: (row.get("dateNotification") or "").startswith("0218"),
    "date with a zone": lambda row: (row.get("dateNotification") or "").endswith("+01:00"),
    "spaced siret": lambda row: " " in holders_of(row)[0]["id"],
    "siret of 13 digits": lambda row: len(holders_of(row)[0]["id"]) == 13,
    "siret with a wrong key": lambda row: wrong_key(holders_of(row)[0]["id"]),
    "lost character": lambda row: "\ufffd" in row["objet"],
    "lost apostrophe": lambda row: "¿" in row["objet"],
    "html entity": lambda row: "&#8217;" in row["objet"],
    "literal line break": lambda row: "\\n" in row["objet"],
    "cpv of 7 digits": lambda row: len(row["codeCPV"]) == 7,
    "cpv with its check digit": lambda row: bool(re.fullmatch(r"\d{8}-\d", row["codeCPV"])),
    "considerations as one text": lambda row: isinstance(row["considerationsSociales"], str),
    "one consideration without its list": lambda row: isinstance(
        (row.get("considerationsEnvironnementales") or {}).get("considerationEnvironnementale"), str
    ),
    "empty considerations": lambda row: listed(row["considerationsSociales"]) == [],
    "considerations not communicated": lambda row: listed(row["considerationsSociales"]) == ["NC"],
    "contradiction": lambda row: {"Pas de considération sociale", "Clause sociale"}
    <= set(listed(row["considerationsSociales"])),
    "no consideration at all": lambda row: not row.get("considerationsEnvironnementales"),
    "holders without wrapper": lambda row: "id" in row["titulaires"][0],
    "holders nested twice": lambda row: "titulaire" in row["titulaires"][0].get("titulaire", {}),
    "modifications as a list": lambda row: isinstance(row["modifications"], list) and bool(row["modifications"]),
    "modifications empty": lambda row: row["modifications"] == [],
    "modifications null": lambda row: row["modifications"] is None,
    "modifications as one object": lambda row: isinstance(row["modifications"], dict),
    "amendment by difference": lambda row: (
        isinstance(row["modifications"], list)
        and any(one["modification"]["montant"] < 0.2 * row["montant"] for one in row["modifications"])
    ),
}  # fmt: skip

REGISTER_SIGNS: dict[str, Callable[[Row], bool]] = {
    "amount 0": lambda row: row["montant_ht"] in ("0,00", 0),
    "amount 1": lambda row: row["montant_ht"] in ("1,00", 1),
    "amount 999999999": lambda row: row["montant_ht"] in ("999999999,00", 999999999),
    "amount as text": lambda row: "€" in str(row["montant_ht"]),
    "no notification date": lambda row: not row["date_notification"],
    "no publication date": lambda row: not row["date_publication"],
    "year 0218": lambda row: str(row["date_notification"]).endswith("/0218"),
    "date with a zone": lambda row: str(row["date_notification"]).endswith("+01:00"),
    "spaced siret": lambda row: bool(re.match(r"\d{3} \d{3} \d{3} \d{5}", str(row["titulaire_siret"]))),
    "siret of 13 digits": lambda row: bool(re.match(r"\d{13}(?!\d)", str(row["titulaire_siret"]))),
    "lost apostrophe": lambda row: "¿" in row["objet"],
    "html entity": lambda row: "&#8217;" in row["objet"],
    "literal line break": lambda row: "\\n" in row["objet"],
    "cpv of 7 digits": lambda row: len(str(row["code_cpv"])) == 7,
    "cpv with its check digit": lambda row: bool(re.fullmatch(r"\d{8}-\d", str(row["code_cpv"]))),
    "no in other words": lambda row: row["considerations_sociales"] == "Sans objet",
}


@pytest.mark.parametrize("sign", DECP_SIGNS)
def test_each_defect_is_in_the_publication(sign: str, decp: list[Row]) -> None:
    assert any(DECP_SIGNS[sign](row) for row in decp)


@pytest.mark.parametrize("sign", REGISTER_SIGNS)
def test_each_defect_is_in_the_register(sign: str, register: list[Row]) -> None:
    assert any(REGISTER_SIGNS[sign](row) for row in register)


@pytest.mark.parametrize("sign", sorted(set(REGISTER_SIGNS) - {"amount 999999999"}))
def test_each_defect_is_in_the_workbook(sign: str, istres: list[Row]) -> None:
    assert any(REGISTER_SIGNS[sign](row) for row in istres)


def test_the_workbook_lost_the_zeros_of_some_sirets(istres: list[Row]) -> None:
    numbers = [row["titulaire_siret"] for row in istres if isinstance(row["titulaire_siret"], int)]
    assert len(numbers) >= 3
    assert all(len(str(number)) <= 13 for number in numbers)


def test_some_records_are_there_twice(register: list[Row], decp: list[Row]) -> None:
    for rows in (register, decp):
        copies = Counter(json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows)
        assert 0.01 < sum(count - 1 for count in copies.values()) / len(rows) < 0.03


def test_truncated_ids_cover_different_contracts(decp: list[Row]) -> None:
    objects: dict[str, set[str]] = defaultdict(set)
    for row in decp:
        if re.fullmatch(r"2025E\d", row["id"]):
            objects[row["id"]].add(f"{row['objet']} {row['montant']}")
    assert len(objects) == 5
    assert all(len(different) == 2 for different in objects.values())


@pytest.mark.skipif(not REAL.is_dir(), reason="real data are not on this machine")
def test_every_cpv_code_exists() -> None:
    vocabulary = (SAMPLE / "vocabulary.toml").read_text(encoding="utf-8")
    with (REAL / "nomenclatures" / "cpv_2008_ver_2013_FR.csv").open(encoding="utf-8-sig") as stream:
        real = {row["CODE"] for row in csv.DictReader(stream)}
    assert set(re.findall(r"\d{8}-\d", vocabulary)) <= real


@pytest.mark.skipif(not REAL.is_dir(), reason="real data are not on this machine")
def test_every_real_cpv_code_has_a_purchase_family() -> None:
    with workspace.reference("families.csv").open(encoding="utf-8") as stream:
        prefixes = {row["cpv_prefix"] for row in csv.DictReader(stream)}
    with (REAL / "nomenclatures" / "cpv_2008_ver_2013_FR.csv").open(encoding="utf-8-sig") as stream:
        codes = [row["CODE"][:8] for row in csv.DictReader(stream)]
    assert len(codes) == 9_454
    assert [code for code in codes if not any(code[:n] in prefixes for n in range(2, 9))] == []


def test_families_are_about_twenty_with_one_label_each() -> None:
    with workspace.reference("families.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len({row["cpv_prefix"] for row in rows}) == len(rows)
    assert 18 <= len({row["family"] for row in rows}) == len({(row["family"], row["label"]) for row in rows}) <= 24
    assert len({row["cpv_prefix"] for row in rows if len(row["cpv_prefix"]) == 2}) == 45


def test_spellings_of_considerations_are_folded_and_mean_one_thing() -> None:
    with workspace.reference("considerations.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert all(row["spelling"].isascii() and row["spelling"] == row["spelling"].casefold() for row in rows)
    assert len({(row["column"], row["spelling"]) for row in rows}) == len(rows)
    assert {row["meaning"] for row in rows} == {"clause", "criterion", "reserved", "none", "missing"}
    assert {row["column"] for row in rows} == {"considerationsSociales", "considerationsEnvironnementales"}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ingested, Path]:
    folder = tmp_path_factory.mktemp("sample") / "clean"
    return ingest([FOLDER], folder), folder


def test_every_contract_made_comes_out_once(clean: tuple[Ingested, Path]) -> None:
    done, _ = clean
    assert done.tables["contracts"] == 3_100
    assert done.tables["concessions"] == 6
    assert {one.name: one.rejected for one in done.files if one.rejected} == {CENSUS: 1}  # the need without number
    assert {one.name for one in done.files} == {REGISTER, DECP, ISTRES, GROUPS, *(name for name, *_ in SIDE)}


def test_every_territory_has_enough_contracts_in_every_quarter(clean: tuple[Ingested, Path]) -> None:
    contracts = pd.read_parquet(workspace.table(clean[1], "contracts"))
    counts = pd.crosstab(contracts["quarter"], contracts["territory"])
    assert list(counts.columns) == [territory.code for territory in load_organisation("amp").all_territories]
    complete = counts.loc[:"2025-T4"]  # by the day of the snapshot, one contract in five of 2026-T1 is published
    assert len(complete) == 24 and list(counts.index[24:]) == ["2026-T1"]
    assert complete.to_numpy().min() >= 8
    assert complete[complete.index.str.endswith("T1")].to_numpy().min() >= 12
    assert contracts["is_fictitious"].all()


def test_the_territories_draw_nearer_to_one_another(clean: tuple[Ingested, Path]) -> None:
    contracts = pd.read_parquet(
        workspace.table(clean[1], "contracts"), columns=["quarter", "territory", "environmental"]
    )
    own = contracts[contracts["territory"] != "AMP"].dropna(subset=["quarter"])
    is_yes = own["environmental"].fillna(False)
    shares = is_yes.astype(float).groupby([own["quarter"].str[:4], own["territory"]]).mean().unstack()
    spread = shares.max(axis=1) - shares.min(axis=1)
    assert shares.shape == (7, 6)
    assert spread["2022"] > 0.2 > spread["2024"] > spread["2025"]
    assert spread["2025"] < 0.1


def test_the_template_of_the_register_can_be_ingested(tmp_path: Path) -> None:
    done = ingest([workspace.template("register.csv")], tmp_path / "clean")
    contracts = pd.read_parquet(workspace.table(tmp_path / "clean", "contracts")).set_index("id")
    assert done.tables["contracts"] == 2
    assert done.tables["holders"] == 3
    assert contracts["is_fictitious"].all()
    framework, subsequent = contracts.loc["Z220123F00"], contracts.loc["Z220123S01"]
    assert (framework["territory"], framework["quarter"], framework["amount_cents"]) == ("CT2", "2022-T3", 48_000_000)
    assert framework["is_framework"] and framework["environmental"] and framework["social_criterion"]
    assert subsequent["is_subsequent"] and not subsequent["social"] and pd.isna(subsequent["environmental"])


# --- the census of needs ---------------------------------------------------------------------------------------------


def test_the_census_has_six_territories_and_its_planted_cases() -> None:
    rows = lines(EARLY / "recensement-besoins_fictif_2022-10-31.csv")
    assert {row["territoire"] for row in rows} >= {"CT1", "CT2", "CT3", "CT4", "CT5", "CT6"}
    cases = Counter(
        row["numero_besoin"].split("-")[1] for row in rows if not re.match(r"B23-(CT\d|AMP)-|$", row["numero_besoin"])
    )
    assert cases == {
        "seuil": 4, "mutualisation": 4, "leurre": 2, "operation": 3, "montant": 2, "exercices": 2, "incomplet": 7, "existant": 2,
    }  # fmt: skip
    split = [float(row["montant_estime_ht"].replace(",", ".")) for row in rows if "-seuil-" in row["numero_besoin"]]
    assert max(split) < 40_000 <= 90_000 <= sum(split)
    later = lines(FOLDER / CENSUS)
    assert later[: len(rows)] == rows  # what was told in 2022, and a census of 2026
    assert {row["numero_besoin"][:3] for row in later[len(rows) :]} == {"B26"}


def test_the_working_groups_lack_what_they_should() -> None:
    groups = {row["groupe_de_travail"]: row for row in sheet(FOLDER / GROUPS)}
    assert not groups["Voirie"]["fonction_juriste"]
    assert not groups["Véhicules propres"]["territoires"]
    assert {row["source"] for row in groups.values()} == {"données fictives"}
