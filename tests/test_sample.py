"""The fictitious sample: same bytes from its generator, marked as fictitious, with the rates and defects promised."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook
from stdnum import luhn

from spaser_analysis import workspace
from spaser_analysis.ingest import Ingested, ingest
from spaser_analysis.organisation import load_organisation

FOLDER = workspace.sample()
REGISTER, DECP, ISTRES = (
    "registre-marches_fictif_2026-03-01.csv",
    "decp-2022_fictif_2026-03-01.json",
    "registre-istres_fictif_2026-03-01.xlsx",
)
REAL = Path(os.environ.get("SPASER_REALDATA") or workspace.home().parent / "shared" / "realdata")

Row = dict[str, Any]


@pytest.fixture(scope="module")
def register() -> list[Row]:
    with (FOLDER / REGISTER).open(encoding="cp1252", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


@pytest.fixture(scope="module")
def istres() -> list[Row]:
    header, *lines = load_workbook(FOLDER / ISTRES).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(header, line, strict=True)) for line in lines]


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
    subprocess.run([sys.executable, "-B", FOLDER / "make_sample.py", tmp_path], check=True, env={"PYTHONHASHSEED": "7"})
    for name in (REGISTER, DECP, ISTRES):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((REGISTER, DECP, ISTRES))


def test_it_is_small() -> None:
    assert sum((FOLDER / name).stat().st_size for name in (REGISTER, DECP, ISTRES)) < 4_000_000


def test_every_record_says_that_it_is_fictitious(
    register: list[Row], istres: list[Row], decp: list[Row], concessions: list[Row]
) -> None:
    everything = register + istres + decp + concessions
    assert 1_600 <= len(everything) <= 2_400
    assert {row["source"] for row in everything} == {"données fictives"}
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
    assert len(buyers) == 6 and buyers["20005480700017"] > 1_500


def test_periods_of_the_three_files(register: list[Row], istres: list[Row], decp: list[Row]) -> None:
    def years(rows: list[Row]) -> set[str]:
        return {day[:4] for row in rows if (day := readable_day(row))}

    assert years(register) == {"2021", "2022", "2023", "2024"}
    assert years(istres) == {"2021", "2022", "2023"}
    assert years(decp) == {"2024", "2025"}
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
    assert shares["environmental T3"] == pytest.approx(0.50, abs=0.015)
    assert shares["environmental YTD"] == pytest.approx(0.50, abs=0.015)
    assert shares["social T3"] == pytest.approx(0.14, abs=0.01)
    assert shares["social YTD"] == pytest.approx(0.14, abs=0.01)
    assert 0.02 <= answers["environmental YTD"]["unknown"] / answers["environmental YTD"].total() <= 0.04
    for year, environmental, social in (
        (2021, 0.42, 0.10),
        (2022, 0.50, 0.14),
        (2023, 0.63, 0.18),
        (2024, 0.74, 0.22),
        (2025, 0.86, 0.27),
    ):
        assert shares[f"environmental {year}"] == pytest.approx(environmental, abs=0.02)
        assert shares[f"social {year}"] == pytest.approx(social, abs=0.02)


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
    vocabulary = (FOLDER / "vocabulary.toml").read_text(encoding="utf-8")
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
    assert done.tables["contracts"] == 2_183
    assert done.tables["concessions"] == 6
    assert sum(one.rejected for one in done.files) == 0
    assert {one.name for one in done.files} == {REGISTER, DECP, ISTRES}


def test_every_territory_has_enough_contracts_in_every_quarter(clean: tuple[Ingested, Path]) -> None:
    contracts = pd.read_parquet(workspace.table(clean[1], "contracts"))
    counts = pd.crosstab(contracts["quarter"], contracts["territory"])
    assert list(counts.columns) == [territory.code for territory in load_organisation("amp").all_territories]
    assert len(counts) == 17
    assert counts.to_numpy().min() >= 8
    assert counts[counts.index.str.endswith("T1")].to_numpy().min() >= 12
    assert contracts["is_fictitious"].all()


def test_the_template_of_the_register_can_be_ingested(tmp_path: Path) -> None:
    done = ingest([workspace.home() / "docs" / "templates" / "register.csv"], tmp_path / "clean")
    contracts = pd.read_parquet(workspace.table(tmp_path / "clean", "contracts")).set_index("id")
    assert done.tables["contracts"] == 2
    assert done.tables["holders"] == 3
    assert contracts["is_fictitious"].all()
    framework, subsequent = contracts.loc["Z220123F00"], contracts.loc["Z220123S01"]
    assert (framework["territory"], framework["quarter"], framework["amount_cents"]) == ("CT2", "2022-T3", 48_000_000)
    assert framework["is_framework"] and framework["environmental"] and framework["social_criterion"]
    assert subsequent["is_subsequent"] and not subsequent["social"] and pd.isna(subsequent["environmental"])
