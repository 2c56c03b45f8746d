"""On real public files: they are read, nothing is lost, and what they say is what we say."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
from stdnum.fr import siren

from spaser_analysis import schemas
from spaser_analysis.ingest import Ingested, ingest
from spaser_analysis.tables import read_table

Real = tuple[Ingested, Path]

# What a reader of the file counts: lines, or elements of the list of contracts.
RECORDS = {
    "data.gouv.fr_aife_2019-04-04.json": 4530,
    "decp-processing_decp_test_2019.json": 2,
    "decp-processing_decp_test_2022.json": 5,
    "decp.info_2024H2_travaux_cpv4521.csv": 8957,
    "decp.info_2024H2_travaux_dep13_acheteurs.csv": 110,
    "decp_augmente_valides_2019_extrait.csv": 9,
    "e-marchespublics_2019-04-03.json": 470,
    "e-marchespublics_20marches_eclaireur_raw.json": 20,
    "eclaireur_ci_raw_marches.json": 3,
    "extrait_bouches-du-rhone_2018-2019.json": 288,
    "marches-publics.info_2019-03-07.json": 4509,
    "megalis_decp-59920013600241-2024-07-09-01.json": 5,
    "ods_decp-2022-marches-valides_extrait.csv": 29,
    "ods_decp-2022-marches-valides_extrait.json": 29,
    "region-bretagne_rendu-compte_2019.xml": 762,
    "region-bretagne_rendu-compte_2019_latin1.csv": 762,
    "xml2022_AMP_200054807.csv": 36,
    "xml2022_extrait_6colonnes_AntoninSanz.csv": 5301,
}


def test_every_record_is_read_and_the_counts_balance(real_ingest: Real) -> None:
    done, _ = real_ingest
    assert {one.name: one.read for one in done.files} == RECORDS
    assert all(one.read == one.used + one.rejected + one.duplicates for one in done.files)


def test_no_record_disappears_without_a_row_in_the_ledger(real_ingest: Real) -> None:
    done, clean = real_ingest
    ledger = read_table(schemas.LEDGER, clean)
    gone = ledger[ledger["action"].isin(["rejected", "duplicate"])].groupby("source_file")["source_record"].nunique()
    for one in done.files:
        assert gone.get(one.name, 0) == one.rejected + one.duplicates
    assert ledger["reason"].str.len().min() > 10


# id, amount in cents, environmental, social: read in the export itself (explicit no everywhere else)
DECLARED = [
    ("2024F00001", 1529597257, "clause+criterion", None), ("2024T00003", 240000000, None, None), ("2024S00004", 5000000, None, None),
    ("2024T00053", 1565038, "criterion", None), ("2024T00054", 1616800, "criterion", None), ("2024S00060", 160000, None, None),
    ("2024T00022", 95900000, "criterion", "clause"), ("2024T00011", 44285869, "criterion", None),
    ("2024T00016", 66538069, "criterion", "clause"), ("2024T00024", 2260000, "criterion", None), ("2024T00001", 3965600, None, None),
    ("2024S00002", 229000, None, None), ("2025T00193", 4362373, None, None), ("2025T00194", 12000000, "criterion", None),
    ("2025T00198", 1475000, "criterion", None), ("2025T00201", 790000, "criterion", None), ("2025T00202", 1350000, "criterion", None),
    ("2025S0", 8800000, None, None), ("2025E0", 8496500, None, None), ("2025E0", 60000000, None, None),
    ("2025E0", 600000000, None, "clause+criterion"), ("2025E0", 27500000, None, None), ("2025S0", 5616640, "clause+criterion", None),
    ("2025VDPA00", 10000000, "clause+criterion", None), ("2025VDSC", 9975000, None, None), ("2025VDSC", 5997600, None, None),
    ("2025VDPA00", 22100000, None, None), ("2025VDPA", 2992000, "criterion", None), ("2025VDSC04", 80000000, None, None),
]  # fmt: skip


def test_the_29_rows_with_considerations_have_their_three_states(real_ingest: Real) -> None:
    _, clean = real_ingest
    contracts = read_table(schemas.CONTRACTS, clean)
    found = contracts[contracts["source_file"].str.startswith("ods_decp-2022")]
    said = sorted(
        (row.id, row.amount_cents, _parts(row, "environmental"), _parts(row, "social"))
        for row in found.itertuples(index=False)
    )
    assert said == sorted((id_, cents, env or "no", soc or "no") for id_, cents, env, soc in DECLARED)
    assert found["environmental"].tolist() == [
        _parts(row, "environmental") != "no" for row in found.itertuples(index=False)
    ]
    assert found["social"].tolist() == [_parts(row, "social") != "no" for row in found.itertuples(index=False)]
    assert found["uid"].is_unique


def _parts(row: object, axis: str) -> str:
    return "+".join(part for part in ("clause", "criterion") if getattr(row, f"{axis}_{part}")) or "no"


def test_json_and_csv_of_one_export_are_the_same_contracts(realdata: Path, tmp_path: Path) -> None:
    names = [f"ods_decp-2022-marches-valides_extrait.{kind}" for kind in ("json", "csv")]
    both = ingest([realdata / "decp2022" / name for name in names], tmp_path / "both")
    assert both.tables["contracts"] == 29
    assert sorted(one.duplicates for one in both.files) == [0, 29]
    tables = []
    for name in names:
        ingest([realdata / "decp2022" / name], tmp_path / name)
        tables.append(read_table(schemas.CONTRACTS, tmp_path / name).drop(columns=["source_file", "source_record"]))
    pd.testing.assert_frame_equal(*tables)


def test_amp_is_found_by_its_siren_and_arles_is_not(real_ingest: Real) -> None:
    _, clean = real_ingest
    contracts = read_table(schemas.CONTRACTS, clean)
    amp = contracts[contracts["buyer_siren"] == "200054807"]
    assert len(amp) == 32 + 8  # ids in the extract of the XML files, works contracts in decp.info
    assert amp["territory_rule"].isin(["object", "whole", "ambiguous", "buyer_siret"]).all()
    arles = contracts[contracts["acheteur_id"].str.startswith("241300417")]
    assert len(arles) == 13
    assert (arles["territory_rule"] == "other_buyer").all()
    assert amp[["environmental", "social"]].isna().all(axis=None)


def test_what_the_2019_format_does_not_say_is_unknown(real_ingest: Real) -> None:
    _, clean = real_ingest
    contracts = read_table(schemas.CONTRACTS, clean)
    old = contracts[
        contracts["source_file"].str.contains("2019") & ~contracts["source_file"].str.contains("augmente|test")
    ]
    assert len(old) > 9000
    assert old[["environmental", "social", "reserved"]].isna().all(axis=None)


def test_the_account_of_bretagne_says_the_same_in_xml_and_in_csv(
    real_ingest: Real, realdata: Path, tmp_path: Path
) -> None:
    folder = realdata / "decp2019"
    amounts = []
    for name in ("region-bretagne_rendu-compte_2019.xml", "region-bretagne_rendu-compte_2019_latin1.csv"):
        ingest([folder / name], tmp_path / name)
        contracts = read_table(schemas.CONTRACTS, tmp_path / name)
        amounts.append(contracts.set_index("id")["amount_cents"])
    both = pd.concat(amounts, axis=1, keys=["xml", "csv"])
    known = both.dropna()
    assert len(known) > 680
    assert (known["xml"] == known["csv"]).all()  # the declared correction of the lost decimal comma


def test_the_same_contract_of_several_platforms_is_counted_once(real_ingest: Real) -> None:
    _, clean = real_ingest
    ledger = read_table(schemas.LEDGER, clean)
    derived = ledger[
        (ledger["source_file"] == "extrait_bouches-du-rhone_2018-2019.json") & (ledger["action"] == "duplicate")
    ]
    assert len(derived) > 150
    contracts = read_table(schemas.CONTRACTS, clean)
    salt = contracts[
        contracts["objet"].str.contains("SEL DE DENEIGEMENT", na=False) & (contracts["amount_status"] == "placeholder")
    ]
    assert len(salt) <= 1


# Status: distinct holders that a list matches by SIREN, and by SIRET.
MATCHED = {
    "ACI": (38, 31), "AI": (9, 7), "EA": (1, 1), "EI": (25, 22), "ETTI": (0, 0), "GEIQ": (0, 0),
    "ESS": (2, 0), "PME": (2, 0), "ETI": (0, 0), "GE": (0, 0),
}  # fmt: skip


def test_real_lists_match_real_holders(realdata: Path, tmp_path: Path) -> None:
    lists = sorted((realdata / "ess_siae").glob("*.csv"))
    done = ingest([*(realdata / name for name in ("decp2019", "decp2022", "tabular")), *lists], tmp_path / "clean")
    assert {one.name: (one.read, one.used, one.rejected, one.duplicates) for one in done.files if one.table != "contracts"} == {
        "ess_flag_insee_naf_numerique.csv": (3375, 3375, 0, 0),
        "ess_france_x_naf_numerique.csv": (2061, 2061, 0, 0),
        "ess_numerique_x_enriched.csv": (3667, 3667, 0, 0),
        "lemarche_sample_purchases.csv": (5, 5, 0, 0),
        "lemarche_siae_13.csv": (100, 98, 2, 0),
        "lemarche_siae_france.csv": (3853, 3753, 2, 98),  # the 98 of the department again
    }  # fmt: skip
    holders = read_table(schemas.HOLDERS, tmp_path / "clean")
    suppliers = read_table(schemas.SUPPLIERS, tmp_path / "clean").dropna(subset="status")
    matched = {}
    for status, listed in suppliers.groupby("status"):
        by_siren = holders.loc[holders["holder_siren"].isin(listed["siren"]), "holder_siren"].nunique()
        by_siret = holders.loc[holders["holder_id"].isin(listed["siret"].dropna()), "holder_id"].nunique()
        matched[status] = (by_siren, by_siret)
    assert matched == MATCHED == _matched(lists, set(holders["holder_id"]))
    # Sure on the day: an establishment itself, by a contract notified after the day of its list.
    sure = holders[holders["is_solidarity_c"].fillna(False)]
    assert (len(sure), sure["holder_id"].isin(suppliers["siret"]).all()) == (19, True)
    assert not holders["is_solidarity_a"].notna().any()  # no list of ESUS was read


def _matched(lists: list[Path], holders: set[str]) -> dict[str, tuple[int, int]]:
    """The same counts from the lists' lines, with another library's keys."""
    sirets: dict[str, set[str]] = {status: set() for status in MATCHED}
    sirens: dict[str, set[str]] = {status: set() for status in MATCHED}
    for path in lists:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                kind = row.get("kind") or row.get("categorie_entreprise")
                if row.get("economieSocialeSolidaireUniteLegale") == "O" or path.name.startswith("ess_france"):
                    kind = "ESS"
                if kind:
                    sirens[kind].add(row["siren"])
                    sirets[kind].add(row.get("siret", ""))
    known = {one[:9] for one in holders if len(one) in (9, 14) and one.isdigit() and siren.is_valid(one[:9])}
    return {status: (len(sirens[status] & known), len(sirets[status] & holders)) for status in MATCHED}
