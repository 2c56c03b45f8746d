"""One test a rule of the side tables' lines: what goes in as text, what comes out, what the ledger says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from spaser_analysis import schemas
from spaser_analysis.cleaning.lines import CleanLines, clean_lines, clean_payment_amount
from spaser_analysis.cleaning.reference import Reference, load_reference
from spaser_analysis.side_tables import SIDE_TABLES
from spaser_analysis.sources.record import RawRecord

NATURES = pd.Series(
    {"achat": "purchase", "charges de personnel": "payroll", "subventions": "subsidy", "reversement": "transfer",
     "dette": "debt", "taxes": "tax", "compensation de concession": "concession_compensation", "60": "purchase",
     "6012": "tax"}, dtype="str",
)  # fmt: skip
HAS_ALL = "acheteur_siret=20005480700017 | montant_ht=10 | date_paiement=2022-09-15"


@pytest.fixture(scope="module")
def reference() -> Reference:
    return replace(load_reference(), budget_natures=NATURES)


def lines(table: str, *rows: str, reference: Reference, file: str = "f.csv", day: str | None = None) -> CleanLines:
    """The clean lines of raw ones, each written ``column=value | column=value``."""
    told = [dict(cell.strip().split("=", 1) for cell in row.split(" | ")) for row in rows]
    columns = dict.fromkeys(name for row in told for name in row)
    records = [RawRecord(number, {name: row.get(name, "") for name in columns}) for number, row in enumerate(told, 1)]
    done = clean_lines(table, records, file, reference, day)
    for name, column in SIDE_TABLES[table].columns.items():
        if name in done.frame and column.checks:  # territory and states come later
            SIDE_TABLES[table].columns[name].validate(schemas.conform(done.frame, SIDE_TABLES[table]))
    return done


def said(done: CleanLines) -> list[tuple[str, Any, Any]]:
    """(rule, before, after) of the ledger, null as None."""
    rows = done.ledger[["rule", "before", "after"]].astype(object)
    return [tuple(row) for row in rows.where(rows.notna(), None).itertuples(index=False)]


def only(done: CleanLines, *names: str) -> tuple[Any, ...]:
    """The values of the one row there is, null as None."""
    (row,) = done.frame[list(names)].astype(object).to_dict("records")
    return tuple(None if pd.isna(row[name]) else row[name] for name in names)


@pytest.mark.parametrize(
    ("raw", "cents", "status", "rule"),
    [
        ("1250,40", 125040, "ok", None),
        ("-1250,40", -125040, "ok", None),  # a credit note
        ("-1 250,40 €", -125040, "ok", "amount_format"),
        ("0", 0, "ok", None),
        ("0,12", 12, "ok", None),
        ("1", 100, "ok", None),
        ("12.500", None, "unreadable", "amount_ambiguous"),
        ("-12.500", None, "unreadable", "amount_ambiguous"),
        ("999999999", None, "placeholder", "amount_placeholder"),
        ("-999999999", None, "placeholder", "amount_placeholder"),
        ("12311111111", None, "placeholder", "amount_placeholder"),
        ("20000000000", None, "implausible", "amount_implausible"),
        ("--5", None, "implausible", "amount_implausible"),
        ("dix", None, "unreadable", "amount_unreadable"),
        ("NC", None, "missing", None),
        (None, None, "missing", None),
    ],
)
def test_amounts_paid(raw: str | None, cents: int | None, status: str, rule: str | None) -> None:
    found, why, rules = clean_payment_amount(pd.Series([raw], dtype="str"))
    assert (None if pd.isna(found[0]) else found[0], why[0]) == (cents, status)
    assert (None if pd.isna(rules[0]) else rules[0]) == rule


@pytest.mark.parametrize(
    ("nature", "is_purchase", "exclusion", "rules"),
    [
        ("Achat", True, None, []),
        ("Charges de  PERSONNEL", False, "payroll", []),
        ("Subventions", False, "subsidy", []),
        ("reversement", False, "transfer", []),
        ("dette", False, "debt", []),
        ("Taxes", False, "tax", []),
        ("Compensation de concession", False, "concession_compensation", []),
        ("60632", True, None, []),  # an account that begins with one the buyer named
        ("60123", False, "tax", []),  # the longest beginning counts
        ("70", None, None, ["budget_nature_unknown"]),
        ("divers", None, None, ["budget_nature_unknown"]),
        ("", None, None, []),
    ],
)
def test_budget_natures(
    nature: str, is_purchase: bool | None, exclusion: str | None, rules: list[str], reference: Reference
) -> None:
    done = lines("payments", f"{HAS_ALL} | nature_budgetaire={nature}", reference=reference)
    assert only(done, "is_purchase", "exclusion") == (is_purchase, exclusion)
    assert [rule for rule, *_ in said(done) if rule.startswith("budget")] == rules


def test_a_file_without_natures_does_not_say_that_all_is_purchase(reference: Reference) -> None:
    assert only(lines("payments", HAS_ALL, reference=reference), "is_purchase", "exclusion") == (None, None)


@pytest.mark.parametrize(
    ("told", "delay", "rules"),
    [
        ("date_paiement=15/09/2022 | date_facture=22/08/2022", 24, []),
        ("date_paiement=2022-09-15 | date_facture=2022-09-15", 0, []),
        ("date_paiement=2022-09-15 | date_facture=2022-09-16", None, ["invoice_after_payment"]),
        ("date_paiement=2022-09-15 | date_facture=", None, []),
        ("date_paiement=jeudi | date_facture=2022-09-01", None, ["date_unreadable"]),
    ],
)
def test_payment_delay(told: str, delay: int | None, rules: list[str], reference: Reference) -> None:
    done = lines("payments", f"acheteur_siret=20005480700017 | montant_ht=10 | {told}", reference=reference)
    assert only(done, "payment_delay_days") == (delay,)
    assert [rule for rule, *_ in said(done)] == rules


def test_a_payment_on_an_unreadable_day_is_kept_without_quarter(reference: Reference) -> None:
    done = lines("payments", "acheteur_siret=20005480700017 | montant_ht=10 | date_paiement=x", reference=reference)
    assert only(done, "quarter", "paid_on", "amount_cents") == (None, None, 1000)


@pytest.mark.parametrize(
    ("file", "day", "buyer", "rules"),
    [
        ("achats_213502388_2022.csv", "2022-12-31", "213502388", ["payment_year_of_file", "payment_buyer_of_file"]),
        ("2021/achats.csv", None, "200054807", ["payment_without_day", "payment_buyer_of_file"]),  # a folder's year
        ("achats_2021-2022.csv", None, "200054807", ["payment_without_day", "payment_buyer_of_file"]),
        ("achats_123456789.csv", None, "200054807", ["payment_without_day", "payment_buyer_of_file"]),
        ("achats120221.csv", None, "200054807", ["payment_without_day", "payment_buyer_of_file"]),
    ],
)
def test_what_the_name_of_a_file_without_day_nor_buyer_tells(
    file: str, day: str | None, buyer: str, rules: list[str], reference: Reference
) -> None:
    alone = replace(reference, organisations=tuple(one for one in reference.organisations if one.siren == "200054807"))
    done = lines("payments", "fournisseur_nom=A | montant_ht=10", reference=alone, file=file)
    assert only(done, "paid_on", "buyer_siren") == (day and pd.Timestamp(day), buyer)
    assert said(done) == [(rules[0], None, day), (rules[1], None, buyer)]


def test_without_siren_in_the_name_nor_a_single_organisation_there_is_no_buyer(reference: Reference) -> None:
    nobody = replace(reference, organisations=())
    done = lines("payments", "fournisseur_nom=A | montant_ht=10", reference=nobody, file="2022.csv")
    assert only(done, "buyer_siren") == (None,)
    assert ("payment_without_buyer", None, None) in said(done)


def test_a_payment_without_amount_nor_supplier_is_rejected(reference: Reference) -> None:
    empty = "acheteur_siret=20005480700017 | date_paiement=2022-09-15"
    done = lines("payments", empty, f"{empty} | fournisseur_nom=A", f"{empty} | montant_ht=5", reference=reference)
    assert (done.frame["source_record"].tolist(), done.rejected) == ([2, 3], 1)
    assert [rule for rule, *_ in said(done)] == ["payment_empty"]


@pytest.mark.parametrize(
    ("raw", "kept", "siren", "rule"),
    [
        ("00000001800010", "00000001800010", "000000018", None),
        ("000000018", "000000018", "000000018", None),  # a SIREN is no wrong SIRET here
        ("000 000 018", "000000018", "000000018", "siret_punctuation"),
        ("54807001", "54807001", None, "siret_invalid"),
        ("05650171", "005650171", "005650171", "siret_leading_zero"),
        ("00000001800011", "00000001800011", "000000018", "siret_invalid"),
        ("000000019", "000000019", None, "siret_invalid"),
        ("BE0123456789", "BE0123456789", None, "siret_invalid"),
        ("00000000000000", None, None, "siret_zeros"),
    ],
)
def test_suppliers_of_payments(
    raw: str, kept: str | None, siren: str | None, rule: str | None, reference: Reference
) -> None:
    done = lines("payments", f"{HAS_ALL} | fournisseur_siret={raw}", reference=reference)
    assert only(done, "supplier_id", "supplier_siren") == (kept, siren)
    assert [one for one, *_ in said(done)] == ([rule] if rule else [])


@pytest.mark.parametrize(("raw", "flag", "rules"), [("oui", True, []), ("non", False, []), ("", None, []), ("x", None, ["flag_unreadable"])])  # fmt: skip
def test_budget_with_vat(raw: str, flag: bool | None, rules: list[str], reference: Reference) -> None:
    done = lines("payments", f"{HAS_ALL} | budget_avec_tva={raw}", reference=reference)
    assert (only(done, "has_vat_budget"), [one for one, *_ in said(done)]) == ((flag,), rules)


def test_whole_numbers_with_holes_stay_whole(reference: Reference) -> None:
    row = {"acheteur_siret": "20005480700017", "montant_ht": 10.5, "date_paiement": "2022-09-15"}
    records = [RawRecord(1, row | {"numero_marche": 123}), RawRecord(2, row | {"numero_marche": None})]
    done = clean_lines("payments", records, "f.parquet", reference, None)
    assert done.frame["contract_id"].fillna("-").tolist() == ["123", "-"]
    assert done.frame["amount_cents"].tolist() == [1050, 1050]


def test_made_up_lines_are_marked(reference: Reference) -> None:
    done = lines(
        "payments", f"{HAS_ALL} | source=Données fictives", f"{HAS_ALL} | source=Grand livre", reference=reference
    )
    assert done.frame["is_fictitious"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("told", "day", "status", "start", "end", "rule"),
    [
        ("statut=ESUS | valide_du=01/01/2021 | valide_au=31/12/2025", None, "ESUS", "2021-01-01", "2025-12-31", "declared"),
        ("statut=esat | valide_du=2021-01-01", "2026-03-01", "ESAT", "2021-01-01", None, "declared"),
        ("statut=EI | jour_de_la_liste=2020-12-18", None, "EI", "2020-12-18", None, "list"),
        ("statut=EI | jour_de_la_liste=2020-12-18", "2026-03-01", "EI", "2020-12-18", None, "list"),
        ("statut=EI", "2026-03-01", "EI", "2026-03-01", None, "list"),
        ("statut=EI | valide_au=2025-12-31", None, "EI", None, "2025-12-31", "none"),
        ("statut=EI", None, "EI", None, None, "none"),
        ("statut= | code_commune=13001", None, None, None, None, "none"),
        ("indicateur_ess=O", None, "ESS", None, None, "none"),
        ("indicateur_ess=N", None, None, None, None, "none"),  # Insee's N is no "no"
    ],
)  # fmt: skip
def test_statuses_and_their_days(
    told: str, day: str | None, status: str | None, start: str | None, end: str | None, rule: str, reference: Reference
) -> None:
    done = lines("suppliers", f"siret=00000001800010 | {told}", reference=reference, day=day)
    found = only(done, "status", "valid_from", "valid_to", "date_rule")
    assert found == (status, start and pd.Timestamp(start), end and pd.Timestamp(end), rule)
    assert said(done) == []


def test_a_status_that_ends_before_it_begins_has_no_days(reference: Reference) -> None:
    done = lines("suppliers", "siren=000000018 | statut=ESUS | valide_du=2022-01-01 | valide_au=2021-01-01",
                 reference=reference, day="2026-03-01")  # fmt: skip
    assert only(done, "valid_from", "valid_to", "date_rule") == (None, None, "none")
    assert said(done) == [("date_implausible", "2021-01-01", None)]


@pytest.mark.parametrize("status", ["SCOP", "O", "oui", "1"])
def test_a_status_of_no_list_is_rejected(status: str, reference: Reference) -> None:
    done = lines("suppliers", f"siren=000000018 | statut={status}", reference=reference)
    assert ([rule for rule, *_ in said(done)], done.rejected, len(done.frame)) == (["supplier_status_unknown"], 1, 0)


def test_a_flag_that_insee_does_not_write_is_told(reference: Reference) -> None:
    done = lines("suppliers", "siren=000000018 | indicateur_ess=peut-être", reference=reference)
    assert only(done, "status") == (None,)
    assert said(done) == [("flag_unreadable", "peut-être", None)]


@pytest.mark.parametrize("told", ["siret= | siren=", "siret=12345678901234 | siren=", "siret= | siren=123456789"])
def test_a_supplier_that_cannot_be_matched_is_rejected(told: str, reference: Reference) -> None:
    done = lines("suppliers", f"{told} | statut=ESUS", reference=reference)
    assert (said(done)[-1][0], done.rejected) == ("supplier_without_identifier", 1)


def test_the_siren_of_a_supplier_is_its_sirets_first(reference: Reference) -> None:
    done = lines("suppliers", "siret=00000001800010 | siren=200054807 | statut=EI", "siret= | siren=5650171 | statut=ESS",
                 "siret=00000001800011 | siren= | statut=EI", reference=reference)  # fmt: skip
    assert done.frame["siren"].tolist() == ["000000018", "005650171", "000000018"]
    assert done.frame["siret"].fillna("-").tolist() == ["00000001800010", "-", "00000001800011"]


@pytest.mark.parametrize(("raw", "kept", "rules"), [("13001", "13001", []), ("2a004", "2A004", []), ("Aix", None, ["number_unreadable"]), ("1001", None, ["number_unreadable"])])  # fmt: skip
def test_communes(raw: str, kept: str | None, rules: list[str], reference: Reference) -> None:
    done = lines("suppliers", f"siren=000000018 | code_commune={raw}", reference=reference)
    assert (only(done, "commune_code"), [rule for rule, *_ in said(done)]) == ((kept,), rules)


@pytest.mark.parametrize(
    ("told", "found", "rules"),
    [
        ("trimestre=2022-T3 | heures_prevues=350 | heures_realisees=312,5", ("2022-T3", 350.0, 312.5), []),
        ("trimestre=2022T3 | heures_prevues=0 | heures_realisees=", ("2022-T3", 0.0, None), ["date_format"]),
        ("trimestre=2022-T3 | heures_prevues=-5 | heures_realisees=beaucoup", ("2022-T3", None, None), ["number_unreadable"] * 2),
    ],
)  # fmt: skip
def test_insertion_hours(told: str, found: tuple[Any, ...], rules: list[str], reference: Reference) -> None:
    done = lines("insertion_hours", f"acheteur_siret=20005480700017 | numero_marche=M1 | {told}", reference=reference)
    assert only(done, "quarter", "planned_hours", "done_hours") == found
    assert [rule for rule, *_ in said(done)] == rules


@pytest.mark.parametrize("quarter", ["", "2022-T5", "T3 2022", "été"])
def test_hours_without_quarter_are_rejected(quarter: str, reference: Reference) -> None:
    done = lines("insertion_hours", f"numero_marche=M1 | trimestre={quarter}", reference=reference)
    assert (said(done), done.rejected) == ([("hours_without_quarter", None, None)], 1)


AGEC = "siret=20005480700017 | type_produit_acquis=Papier | montant_total=1000 | montant_produits_recycles=400"


def test_a_declaration_is_one_row_a_part(reference: Reference) -> None:
    agec = lines("declarations", f"annee=2022 | {AGEC} | montant_reemploi_et_reutilisation=", reference=reference)
    columns = ["quarter", "scheme", "category", "part", "part_cents", "total_cents"]
    assert agec.frame[columns].astype(object).where(agec.frame[columns].notna(), None).to_numpy().tolist() == [
        ["2022-T4", "agec", "Papier", "recycled", 40000, 100000],
        ["2022-T4", "agec", "Papier", "reuse", None, 100000],
    ]
    told = f"annee=2022 | {AGEC} | montant_reemploi_et_reutilisation=100 | montant_produits_issus_don="
    for gifts, cents in (("25", 12500), ("0", 10000), ("", None)):  # gifts count; not told, the part is unknown
        reuse = lines("declarations", told + gifts, reference=reference).frame.query("part == 'reuse'")["part_cents"]
        assert reuse.astype(object).where(reuse.notna(), None).tolist() == [cents]
    egalim = lines(
        "declarations",
        "annee=2022 | siret=20005480700017 | categorie=Ensemble | montant_total=10 | montant_durable_et_qualite=5 | montant_bio=2",
        reference=reference,
    )
    assert egalim.frame[["scheme", "part", "part_cents"]].to_numpy().tolist() == [
        ["egalim", "durable", 500],
        ["egalim", "organic", 200],
    ]


def test_a_negative_part_is_emptied(reference: Reference) -> None:
    done = lines("declarations", f"annee=2022 | {AGEC} | montant_reemploi_et_reutilisation=-5", reference=reference)
    assert done.frame["part_cents"].isna().tolist() == [False, True]
    assert said(done) == [("amount_implausible", "-5", None)]


@pytest.mark.parametrize("year", ["", "22", "0", "2022,5", "an 2000"])
def test_a_declaration_without_year_is_rejected_once(year: str, reference: Reference) -> None:
    done = lines("declarations", f"annee={year} | {AGEC}", reference=reference)
    assert ([rule for rule, *_ in said(done)][-1], done.rejected, len(done.frame)) == ("declaration_without_year", 1, 0)
    assert [rule for rule, *_ in said(done)].count("declaration_without_year") == 1


def test_needs(reference: Reference) -> None:
    done = lines("needs", "numero_besoin=B1 | objet=Bureaux | direction=DMG | code_cpv=39130000-2 | duree_mois=24 | recurrent=oui"
                 " | montant_estime_ht=45000 | date_debut=01/03/2023 | operation=Siège", "numero_besoin= | objet=Chaises",
                 reference=reference)  # fmt: skip
    assert only(done, "need_id", "codeCPV", "duration_months", "is_recurring", "amount_cents") == (
        "B1", "39130000", 24, True, 4500000,
    )  # fmt: skip
    assert [rule for rule, *_ in said(done)] == ["cpv_check_digit", "need_without_number"]
    assert done.rejected == 1


WHOLE_NEED = {
    "numero_besoin": "B1", "objet": "Bureaux", "direction": "DMG", "code_cpv": "39130000", "duree_mois": "24",
    "montant_estime_ht": "45000", "date_debut": "2023-03-01", "fonction_contact": "Responsable",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({}, []),
        ({"objet": ""}, ["need_without_object"]),
        ({"code_cpv": ""}, ["need_without_family"]),
        ({"code_cpv": "", "famille": "fournitures"}, []),
        ({"code_cpv": "39000000"}, []),
        ({"montant_estime_ht": ""}, ["need_without_amount"]),
        ({"montant_estime_ht": "beaucoup"}, ["amount_unreadable"]),
        ({"date_debut": ""}, ["need_without_day"]),
        ({"date_debut": "31/02/2023"}, ["date_unreadable"]),
        ({"duree_mois": ""}, ["need_without_duration"]),
        ({"duree_mois": "0"}, ["need_without_duration"]),
        ({"acheteur_siret": ""}, []),  # there is but one organisation
        ({"acheteur_siret": "12"}, ["siret_invalid", "need_without_buyer"]),
        ({"direction": ""}, ["need_without_directorate"]),
        ({"famille": "divers"}, ["family_unknown"]),
        ({"fonction_contact": "Mme Exemple"}, ["contact_person"]),
        ({"numero_besoin": "", "objet": ""}, ["need_without_number"]),
    ],
    ids=str,
)
def test_what_a_need_lacks_is_flagged(change: dict[str, str], rules: list[str], reference: Reference) -> None:
    cells = " | ".join(f"{name}={value}" for name, value in (WHOLE_NEED | change).items())
    done = lines("needs", cells, reference=reference)
    assert [rule for rule, *_ in said(done)] == rules
    assert done.as_read is not None
    assert len(done.as_read) == 1


@pytest.mark.parametrize(
    ("told", "code", "family", "unit"),
    [
        ("", "39130000", "fournitures", "391"),
        ("nettoyage", "39130000", "nettoyage", "391"),  # the directorate's word on the family, the code's on the unit
        ("Nettoyage des locaux et hygiène", "", "nettoyage", None),
        ("391", "", "fournitures", "391"),
        ("Mobilier", "", "fournitures", "391"),
        ("inconnue", "39130000", "fournitures", "391"),
        ("inconnue", "", None, None),
        ("", "39000000", "fournitures", None),
    ],
)
def test_the_family_and_unit_of_a_need(
    told: str, code: str, family: str | None, unit: str | None, reference: Reference
) -> None:
    done = lines("needs", f"numero_besoin=B1 | objet=X | famille={told} | code_cpv={code}", reference=reference)
    assert only(done, "family", "unit") == (family, unit)


def test_the_name_of_a_person_is_in_neither_ledger_nor_lines(reference: Reference) -> None:
    done = lines("needs", "numero_besoin=B1 | objet=X | fonction_contact=Mme Exemple", reference=reference)
    ragged = clean_lines(
        "needs",
        [RawRecord(1, None, "ragged_line", told={"numero_besoin": "B1", "objet": "Jean EXEMPLE"})],
        "f.csv",
        reference,
        None,
    )
    for one in (done, ragged):
        assert one.as_read is not None
        texts = [one.as_read.to_csv(), one.ledger.to_csv(), one.frame.to_csv()]
        assert "exemple" not in "".join(texts).casefold()


def test_working_groups(reference: Reference) -> None:
    done = lines(
        "working_groups",
        "acheteur_siret=20005480700017 | groupe_de_travail=A | familles=nettoyage ; Mobilier ; divers | fonction_acheteur=Mme Exemple"
        " | fonction_juriste=Juriste | territoires=CT1;CT2 | directions=DMG | theme=Insertion",
        "groupe_de_travail= | familles=eau",
        reference=reference,
    )
    assert only(done, "buyer_siren", "group", "families", "buyer_function", "lawyer_function", "territories", "theme") == (
        "200054807", "A", "nettoyage | fournitures", None, "Juriste", "CT1 | CT2", "Insertion",
    )  # fmt: skip
    assert [(rule, before) for rule, before, _ in said(done)] == [
        ("family_unknown", "nettoyage ; Mobilier ; divers"), ("contact_person", "(personne)"), ("group_without_name", None),
    ]  # fmt: skip
    assert done.rejected == 1


@pytest.mark.parametrize("table", SIDE_TABLES)
def test_a_batch_of_bad_lines_only(table: str, reference: Reference) -> None:
    done = clean_lines(table, [RawRecord(3, None, "ragged_line")], "f.csv", reference, None)
    assert (len(done.frame), done.rejected) == (0, 1)
    assert done.ledger[["source_record", "rule"]].to_numpy().tolist() == [[3, "ragged_line"]]


@pytest.mark.parametrize(
    ("told", "cents"),
    [("80,00-", -8000), ("(80,00)", -8000), ("\u221280,00", -8000), ("-80,00", -8000), ("80,00", 8000)],
)
def test_every_writing_of_a_credit_note(told: str, cents: int, reference: Reference) -> None:
    done = lines("payments", f"montant_ht={told} | fournisseur_nom=A | date_paiement=2022-09-01", reference=reference)
    assert only(done, "amount_cents") == (cents,)


@pytest.mark.parametrize("word", ["NC", "N/A", "#N/A", "?", "-", "inconnu"])
def test_a_word_for_no_number_is_no_number(word: str, reference: Reference) -> None:
    told = f"montant_ht=1 | fournisseur_nom=NA | fournisseur_siret={word} | numero_marche={word}"
    done = lines("payments", told, reference=reference)
    assert only(done, "supplier_id", "contract_id", "supplier_name") == (None, None, "NA")


def test_an_unreadable_end_is_no_open_end(reference: Reference) -> None:
    told = "siren=000000018 | statut=ESUS | valide_du=2021-01-01 | valide_au=31/12/20255"
    assert only(lines("suppliers", told, reference=reference), "date_rule") == ("none",)


@pytest.mark.parametrize("hours", ["1e99", "1.250"])
def test_hours_that_nobody_can_read_are_unknown(hours: str, reference: Reference) -> None:
    done = lines("insertion_hours", f"trimestre=2022-T3 | heures_realisees={hours}", reference=reference)
    assert only(done, "done_hours") == (None,)
    assert len(said(done)) == 1
