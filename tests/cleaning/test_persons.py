"""What is a person's detail and what only looks like one; where a name is masked, and what the ledger keeps of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as arrow
import pytest

from spaser_analysis import schemas
from spaser_analysis.cleaning.batch import Batch
from spaser_analysis.cleaning.lines import clean_lines
from spaser_analysis.cleaning.persons import REMOVED, is_person, pseudonyms, without_details, without_identifiers
from spaser_analysis.cleaning.reference import load_reference
from spaser_analysis.ingest import ingest
from spaser_analysis.schemas import MASKED
from spaser_analysis.sources.record import RawRecord
from spaser_analysis.tables import read_table


def cleaned(text: str, name: str = "objet", keeps_names: bool = False) -> str:
    after, found = without_details(pd.Series([text, None, "Voirie"], dtype="str"), name, keeps_names)
    assert (after[1:].isna().tolist(), found.tolist()) == ([True, False], [after[0] != text, False, False])
    return str(after[0])


@pytest.mark.parametrize(
    "detail",
    [
        "a.b@exemple.fr", "A_B+c@sous.exemple.fr", "a.b @ exemple.fr", "a&#64;exemple.fr", "a(at)exemple.fr", "a[AT]exemple.fr",
        "a&#X40;exemple.fr", "a＠exemple.fr", "04 91 00 00 00", "0491000000", "04.91.00.00.00", "04-91-00-00-00",
        "04/91/00/00/00", "04\u00a091\u00a000\u00a000\u00a000", "+33 4 91 00 00 00", "+33 (0)4 91 00 00 00", "+33491000000",
        "0033 4 91 00 00 00", "Mme Exemple", "M. Jean Exemple", "Monsieur EXEMPLE", "MME J. Exemple-Dupré", "Mlle Exemple",
    ],
)  # fmt: skip
def test_details_of_persons_are_taken_out(detail: str) -> None:
    assert cleaned(f"Travaux, {detail} pour la voirie") == f"Travaux, {REMOVED} pour la voirie"
    assert cleaned(f"Travaux : {detail}") == f"Travaux : {REMOVED}"


@pytest.mark.parametrize(
    "text",
    [
        "Caf@Boulogne-sur-Mer", "ACQU. BACS @GF8D516", "VENTILATION@R8B5001", "bâtiment de Sier@ au GIE", "5 @ 10 €",
        "Lots 01-02-03-04-05", "lots 01 02 04 05 07", "du 01/02/2023 10:30", "0125000000", "SIRET 00338745600012",
        "00000001800010", "2021-01-02-03-04-05", "01 234 567,89 €", "2025-2029 M Fournitures", "MOBILIER Bureau", "Mmes",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_detail_stays(text: str) -> None:
    assert cleaned(text) == text


def test_a_form_of_address_stays_in_the_object_of_a_contract_and_a_number_in_a_column_of_numbers() -> None:
    assert cleaned("Rue Madame de Sévigné, a@exemple.fr", keeps_names=True) == f"Rue Madame de Sévigné, {REMOVED}"
    assert cleaned("04 91 00 00 00", "titulaire_id") == "04 91 00 00 00"
    assert cleaned("a@exemple.fr", "titulaire_id") == REMOVED


@pytest.mark.parametrize(
    "name",
    [
        "M. EXEMPLE", "M EXEMPLE Jean", "MR BOT", "Mme Exemple", "MONSIEUR JOEL EXEMPLE (mandataire du groupement)", "EI",
        "EXEMPLE JEAN EI", "Exemple (E.I.)", "EI EXEMPLE", "EIRL Exemple Architecte", "KD ENTREPRISE EIRL",
        "Exemple, entrepreneur individuel", "Exemple Auto-entrepreneur", "Exemple (micro entreprise)",
    ],
)  # fmt: skip
def test_names_that_say_to_be_a_persons(name: str) -> None:
    assert is_person(pd.Series([name], dtype="str")).tolist() == [True]


@pytest.mark.parametrize(
    "name", ["M.C. MENUISERIE", "M-LOC", "EI-TECHNOLOGIES", "EIFFAGE", "SARL MONSIEUR STORE", "Mme Exemple SAS", "MEI", None]
)  # fmt: skip
def test_names_that_do_not(name: str | None) -> None:
    assert is_person(pd.Series([name], dtype="str")).tolist() == [False]


def test_details_removed_is_a_row_of_the_ledger_that_does_not_repeat_them() -> None:
    raw = pd.DataFrame({"objet": ["Bancs, a@exemple.fr", None], "apart": ["b@exemple.fr", None]}, dtype="str")
    batch = Batch(raw.assign(source_file="f", source_record=[1, 2]), apart=("apart",))
    (rows,) = batch.ledger
    assert rows[["source_record", "action", "column", "after", "rule"]].to_numpy().tolist() == [
        [1, "repaired", "objet", f"Bancs, {REMOVED}", "details_removed"]
    ]
    assert rows["before"].isna().all()
    assert batch.raw["apart"].tolist()[0] == "b@exemple.fr"


def test_persons_without_identifier_stay_apart_and_unnamed() -> None:
    names = pseudonyms(pd.Series(["M. Exemple", "m exemple", "Mme Autre", None], dtype="str"))
    assert names[0] == names[1] != names[2]
    assert names.isna().tolist() == [False, False, False, True]
    assert names.str.fullmatch("personne:[0-9a-f]{8}")[:3].all()


def payments(*rows: dict[str, str]) -> Any:
    told = [RawRecord(number, {"montant_ht": "10", **row}) for number, row in enumerate(rows, 1)]
    return clean_lines("payments", told, "f.csv", load_reference(), None)


def test_person_masked_is_a_row_of_the_ledger_that_does_not_repeat_the_name() -> None:
    done = payments(
        {"fournisseur_nom": "Mme  Exemple", "fournisseur_siret": "000 000 018 00010"},
        {"fournisseur_nom": "Mme Autre"},
        {"fournisseur_siret": "M. Tiers"},
        {"fournisseur_nom": "Fictive  SA", "fournisseur_siret": "000 000 026 00013"},
    )
    assert done.frame["supplier_name"].tolist() == [MASKED, MASKED, MASKED, "Fictive SA"]
    assert done.frame["supplier_siren"].fillna("-").tolist() == ["000000018", "-", "-", "000000026"]
    assert done.frame["supplier_id"].nunique() == 4
    told = done.ledger[done.ledger["column"].str.startswith("fournisseur", na=False)].astype(object)
    assert sorted(told[["source_record", "rule", "before"]].fillna("-").to_numpy().tolist()) == [
        [1, "person_masked", "-"], [1, "siret_punctuation", "000 000 018 00010"], [2, "person_masked", "-"], [3, "person_masked", "-"],
        [4, "siret_punctuation", "000 000 026 00013"], [4, "text_line_breaks", "-"],
    ]  # fmt: skip
    for secret in ("xemple", "Autre", "Tiers"):
        assert secret not in done.ledger.to_csv() + done.frame.to_csv()


def test_the_ledger_forgets_the_identifiers_of_persons_only() -> None:
    rows = [("titulaire_id", "000 000 018 00010", "00000001800010"), ("titulaire_id", "26 00013", "00000002600013"),
            ("siren", "18", "000000018"), ("objet", "000000018", "x"), (None, None, None)]  # fmt: skip
    ledger = arrow.table(dict(zip(("column", "before", "after"), zip(*rows, strict=True), strict=True)))
    found = without_identifiers(ledger, {"000000018"}).select(["before", "after"]).to_pylist()
    assert [tuple(one.values()) for one in found] == [
        (None, None), ("26 00013", "00000002600013"), (None, None), ("000000018", "x"), (None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "row", "mask", "status"),
    [
        ("siren;statut", "000000018;sole_trader", "sole_trader", None),
        ("siren;statut", "000000018;1000", "sole_trader", None),
        ("siren;statut", "000000018;P", "partly_diffusible", None),
        ("siren;statut", "000000018;n", "partly_diffusible", None),
        ("siren;statutDiffusionUniteLegale;categorieJuridiqueUniteLegale", "000000018;O;1000", "sole_trader", None),
        ("siren;statutDiffusionUniteLegale;categorieJuridiqueUniteLegale", "000000018;P;5710", "partly_diffusible", None),
        ("siren;statutDiffusionUniteLegale;categorieJuridiqueUniteLegale", "000000018;O;5710", None, None),
        ("siren;economieSocialeSolidaireUniteLegale;statutDiffusionUniteLegale", "000000018;O;P", "partly_diffusible", "ESS"),
        ("siret;statutDiffusionEtablissement", "00000001800010;P", "partly_diffusible", None),
        ("siren;categorie_entreprise;nature_juridique", "000000018;PME;1000.0", "sole_trader", "PME"),
    ],
)  # fmt: skip
def test_lists_that_say_whom_to_mask(
    tmp_path: Path, header: str, row: str, mask: str | None, status: str | None
) -> None:
    (tmp_path / "list.csv").write_text(f"{header}\n{row}\n")
    ingest([tmp_path / "list.csv"], tmp_path / "clean")
    (found,) = read_table(schemas.SUPPLIERS, tmp_path / "clean").to_dict("records")
    told = [found[name] if pd.notna(found[name]) else None for name in ("mask", "status", "siren", "name")]
    assert told == [mask, status, "000000018", MASKED if mask else None]


def test_a_person_of_a_list_or_that_said_so_once_is_masked_in_every_file(tmp_path: Path) -> None:
    register = "numero_marche;objet;acheteur_siret;date_notification;montant_ht;titulaire_siret;titulaire_nom\n"
    rows = ("M1;A;20005480700017;2022-07-01;100;000 000 018 00010;EXEMPLE  Jean",
            "M2;B;20005480700017;2022-07-01;200;00000002600013;Autre Jeanne",
            "M3;C;20005480700017;2022-07-01;300;00000003400017;Fictive SA")  # fmt: skip
    (tmp_path / "a.csv").write_text(register + "\n".join(rows) + "\n")
    (tmp_path / "b.csv").write_text(
        "acheteur_siret;date_paiement;montant_ht;fournisseur_siret;fournisseur_nom\n"
        "20005480700017;2022-07-01;5;00000001800010;EXEMPLE Jean\n20005480700017;2022-07-01;5;00000002600013;Mme Autre\n"
        "20005480700017;2022-07-01;5;00000003400017;Fictive SA\n"
    )
    (tmp_path / "c.csv").write_text("siren;denomination;statut\n000000018;EXEMPLE Jean;1000\n000000018;Exemple;PME\n")
    ingest([tmp_path / f"{name}.csv" for name in "abc"], tmp_path / "clean")
    holders, paid, listed, ledger = (
        read_table(one, tmp_path / "clean")
        for one in (schemas.HOLDERS, schemas.PAYMENTS, schemas.SUPPLIERS, schemas.LEDGER)
    )
    assert holders["titulaire_denominationSociale"].tolist() == [MASKED, MASKED, "Fictive SA"]
    assert holders["holder_siren"].tolist() == ["000000018", "000000026", "000000034"]  # they still count and match
    assert paid["supplier_name"].tolist() == [MASKED, MASKED, "Fictive SA"]
    assert listed["name"].tolist() == [MASKED, MASKED]
    masked = ledger[ledger["rule"] == "person_masked"]
    assert masked.groupby("source_file").size().to_dict() == {"a.csv": 2, "b.csv": 2, "c.csv": 2}
    spelt = ledger[ledger["rule"] == "siret_punctuation"]
    assert (len(spelt), spelt[["before", "after"]].notna().sum().sum()) == (1, 0)
