"""From files to clean tables: balance, order, atomicity, bad input."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandera.errors import SchemaError
from typer.testing import CliRunner

from spaser_analysis import ingest as ingesting
from spaser_analysis import schemas, workspace
from spaser_analysis.cli import app
from spaser_analysis.ingest import UnusableInput, ingest
from spaser_analysis.side_tables import SIDE_TABLES
from spaser_analysis.sources.templates import TABLES
from spaser_analysis.tables import NoCleanTables, read_table, to_arrow, write_table

HEADER = "numero_marche;objet;acheteur_siret;date_notification;montant_ht"
ROW = "M1;Objet;20005480700017;2022-07-01;100"
GOOD = f"{HEADER}\n{ROW}\n"


def digest(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_the_sample_balances_and_every_missing_record_is_in_the_ledger(sample_clean: Path) -> None:
    catalogue = json.loads(workspace.catalogue(sample_clean).read_text())
    ledger = read_table(schemas.LEDGER, sample_clean)
    for one in catalogue["files"]:
        assert one["read"] == one["used"] + one["rejected"] + one["duplicates"]
        gone = ledger[(ledger["source_file"] == one["name"]) & ledger["action"].isin(["rejected", "duplicate"])]
        assert gone["source_record"].nunique() == one["rejected"] + one["duplicates"]
    assert sum(one["duplicates"] for one in catalogue["files"]) > 40


def test_register_and_open_data_overlap_in_the_sample(sample_clean: Path) -> None:
    contracts = read_table(schemas.CONTRACTS, sample_clean)
    quarter = contracts[contracts["quarter"] == "2024-T1"]
    told_twice = quarter[quarter["directorate"].notna() & quarter["datePublicationDonnees"].notna()]
    assert len(told_twice) >= 30
    assert not contracts["uid"].duplicated().any()


def test_the_same_files_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    files = sorted(workspace.sample_snapshots()[-1].glob("*fictif*"))
    ingest(files, tmp_path / "forth")
    ingest(reversed(files), tmp_path / "back")
    assert digest(tmp_path / "forth") == digest(tmp_path / "back")


def test_batches_and_buckets_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample_clean: Path
) -> None:
    monkeypatch.setattr(ingesting, "BATCH", 137)
    monkeypatch.setattr(ingesting, "BUCKET_BYTES", 200_000)
    ingest([workspace.sample_snapshots()[-1]], tmp_path / "small")
    for schema in (schemas.CONTRACTS, schemas.HOLDERS, schemas.AMENDMENTS, schemas.LEDGER, *SIDE_TABLES.values()):
        pd.testing.assert_frame_equal(read_table(schema, tmp_path / "small"), read_table(schema, sample_clean))


def test_a_slice_is_read_without_the_rest(sample_clean: Path) -> None:
    found = read_table(schemas.CONTRACTS, sample_clean, ["uid", "quarter"], [("quarter", "==", "2022-T3")])
    assert set(found["quarter"]) == {"2022-T3"}
    assert list(found) == ["uid", "quarter"]


CONDITIONS = (
    [("buyer_siren", "==", "200054807"), ("quarter", "<=", "2023-T1")],
    [("buyer_siren", "==", "200054808")],
    [("quarter", "in", ["2022-T3", "2024-T1", "2019-T9"])],
    [("quarter", "in", [])],
    [("quarter", ">=", "2024-T2"), ("quarter", "<", "2024-T4")],
    [("territory", "==", "CT2"), ("amount_cents", ">", 10_000_000)],
    [("directorate", "!=", "Direction de la voirie")],
)


@pytest.mark.parametrize("conditions", CONDITIONS)
def test_a_slice_is_what_the_whole_has_of_it(
    tmp_path: Path, sample_clean: Path, conditions: list[tuple[str, str, Any]]
) -> None:
    """Whatever row groups are passed over; a null meets no condition."""
    whole = read_table(schemas.CONTRACTS, sample_clean)
    pieces = [whole[first : first + 7] for first in range(0, len(whole), 7)]
    write_table(workspace.table(tmp_path, "contracts"), pieces, schemas.CONTRACTS)
    compare = {"==": "eq", "!=": "ne", "<=": "le", "<": "lt", ">=": "ge", ">": "gt", "in": "isin"}
    met = pd.Series(True, index=whole.index)
    for column, comparison, value in conditions:
        said = getattr(whole[column], compare[comparison])(value)
        met &= said.fillna(False).astype(bool) & whole[column].notna()
    found = read_table(schemas.CONTRACTS, tmp_path, filters=conditions)
    pd.testing.assert_frame_equal(found, whole[met].reset_index(drop=True))


BREACHES = {
    "missing": {"territory_rule": None},
    "rule": {"territory_rule": "guess"},
    "pattern": {"quarter": "2022-T5"},
    "bound": {"amount_cents": 0},
    "twice": {},
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_table_that_breaks_its_schema_is_not_written(tmp_path: Path, sample_clean: Path, breach: str) -> None:
    rows = read_table(schemas.CONTRACTS, sample_clean).head(2)
    schemas.check(to_arrow(rows, schemas.CONTRACTS), schemas.CONTRACTS)
    spoilt = rows.assign(**BREACHES[breach]) if BREACHES[breach] else rows.iloc[[0, 0]].reset_index(drop=True)
    with pytest.raises(ValueError, match="contracts"):
        write_table(workspace.table(tmp_path, "contracts"), [spoilt], schemas.CONTRACTS)
    with pytest.raises(SchemaError):
        schemas.CONTRACTS.validate(spoilt)


def test_a_flipped_bit_is_seen(tmp_path: Path, sample_clean: Path) -> None:
    shutil.copytree(sample_clean, tmp_path / "clean")
    path = workspace.table(tmp_path / "clean", "contracts")
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(NoCleanTables, match="damaged"):
        read_table(schemas.CONTRACTS, tmp_path / "clean")


def test_a_later_ingest_replaces_the_earlier_one_whole(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    (tmp_path / "b.csv").write_text(GOOD.replace("M1", "M2"))
    ingest([tmp_path / "a.csv"], tmp_path / "clean")
    ingest([tmp_path / "b.csv"], tmp_path / "clean")
    assert read_table(schemas.CONTRACTS, tmp_path / "clean")["id"].tolist() == ["M2"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "clean"]


def test_an_ingest_stopped_while_moving_leaves_the_earlier_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    ingest([tmp_path / "a.csv"], tmp_path / "clean")
    earlier = digest(tmp_path / "clean")
    move = Path.rename

    def stopped(self: Path, target: Path) -> Path:
        if self.name == "final":
            raise KeyboardInterrupt
        return move(self, target)

    monkeypatch.setattr(Path, "rename", stopped)
    with pytest.raises(KeyboardInterrupt):
        ingest([tmp_path / "a.csv"], tmp_path / "clean")
    assert digest(tmp_path / "clean") == earlier


def test_a_folder_that_holds_other_things_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(UnusableInput, match="not a folder of clean tables"):
        ingest([tmp_path / "a.csv"], tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def zipped(name: str, content: bytes) -> bytes:
    from io import BytesIO

    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


BAD: tuple[tuple[str, bytes, str], ...] = (
    ("empty.csv", b"", "empty file"),
    ("blank.json", b" \n ", "empty file"),
    ("truncated.json", b'{"marches": {"marche": [{"id": "1", "acheteur": {"id": "2"}', "truncated"),
    ("truncated2.json", b'{"marches": {"marche": [{"id": "1"}', "truncated"),
    ("broken.json", b'{"marches": {"marche": [{"id" "1"}]}}', "not valid JSON"),
    ("after.json", b'{"marches": []} and more', "more text after the end"),
    ("other.json", b'{"type": "FeatureCollection", "features": []}', "not DECP"),
    ("list.json", b'[{"a": 1}]', "not DECP"),
    ("deep.json", b"[" * 200_000, "nested too deeply"),
    ("deeper.json", b'{"marches":' + b"[" * 200_000, "nested too deeply"),
    ("deepest.json", b'{"a":' * 100_000, "nested too deeply"),
    ("latin.json", '{"marches": [{"id": "é"}]}'.encode("latin-1"), "not valid UTF-8"),
    ("binary.csv", bytes(range(256)) * 20, "binary"),
    ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
    ("prose.csv", b"Dear colleague\nhow are you\n", "CSV with a header"),
    ("missing.csv", b"numero_marche;objet;date_notification;montant_ht\nM1;a;2022-01-01;3\n", "lacks acheteursiret"),
    (
        "twice.csv",
        b"numero_marche;objet;acheteur_siret;date_notification;montant_ht;montant_ht\n",
        "montant_ht appears more than once",
    ),
    ("synonyms.csv", b"numero_marche;objet;acheteur_siret;date_notification;montant_ht;Montant HT\n", "more than once"),
    ("unknown.csv", b"nom;prenom\na;b\n", "no known format"),
    ("mixed.csv", f"{HEADER}\n{ROW} é\n".encode() + "é\n".encode("cp1252"), "mixes UTF-8"),
    ("quote.csv", f'{HEADER}\nM1;"Objet;20005480700017;2022-07-01;100\n'.encode(), "not valid CSV"),
    ("bomb.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><marches><marche><id>&b;</id></marche></marches>', "refused"),
    ("cut.xml", b"<marches><marche><id>1</id>", "not valid XML"),
    ("page.xml", b"<html><body/></html>", "not DECP"),
    ("fake.parquet", b"PAR1 and nothing else", "Parquet"),
    ("fake.xlsx", b"PK\x03\x04 and nothing else", "workbook"),
    ("nothing.zip", zipped("notes.md", b"x"), "no file to read"),
    ("bad.zip", zipped("in.json", b"{"), "in.json"),
    ("bomb.zip", zipped("in.json", b" " * 50_000_000), "refused"),
    ("none.json", b'{"marches": []}', "no usable record"),
    ("wide.json", '{"marches": []}'.encode("utf-16"), "UTF-16"),
    ("deep.xml", b"<marches><marche>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</marche></marches>", "nested too deeply"),
    (
        "encoding.xml",
        b'<?xml version="1.0" encoding="utf-7"?><marches><marche><id>1</id></marche></marches>',
        "not valid XML",
    ),
    ("cut.zip", zipped("in.csv", GOOD.encode())[:-40] + zipped("in.csv", b"")[-22:], "archive"),
    ("nobuyer.csv", f"{HEADER}\nM1;Objet;;2022-07-01;100\n".encode(), "no usable record"),
)


@pytest.mark.parametrize(("name", "content", "cause"), BAD, ids=[name for name, *_ in BAD])
def test_bad_input_is_one_clear_line_and_nothing_is_written(
    tmp_path: Path, name: str, content: bytes, cause: str
) -> None:
    (tmp_path / "good.csv").write_text(GOOD)
    ingest([tmp_path / "good.csv"], tmp_path / "clean")
    earlier = digest(tmp_path / "clean")
    (tmp_path / name).write_bytes(content)
    result = CliRunner().invoke(app, ["ingest", str(tmp_path / name), "--clean", str(tmp_path / "clean")])
    assert result.exit_code == 3
    assert isinstance(result.exception, SystemExit)
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert name in lines[0]
    assert cause in lines[0]
    assert digest(tmp_path / "clean") == earlier
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({"clean", "good.csv", name})


def test_every_bad_file_of_several_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(GOOD)
    (tmp_path / "one.json").write_text("{")
    (tmp_path / "two.csv").write_text("")
    result = CliRunner().invoke(app, ["ingest", str(tmp_path), "--clean", str(tmp_path / "clean")])
    assert (result.exit_code, len(result.stderr.strip().splitlines())) == (3, 2)
    assert not (tmp_path / "clean").exists()


def test_a_wrong_path(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["ingest", str(tmp_path / "nowhere"), "--clean", str(tmp_path / "clean")])
    assert (result.exit_code, "no such file or folder" in result.stderr) == (3, True)


def test_the_counts_are_printed_and_as_json(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(f"{GOOD}M2;a\n{ROW}\n")
    result = CliRunner().invoke(app, ["ingest", str(tmp_path / "good.csv"), "--clean", str(tmp_path / "clean")])
    assert "3 read = 1 used + 1 rejected + 1 duplicates" in result.stdout
    result = CliRunner().invoke(
        app, ["ingest", str(tmp_path / "good.csv"), "--clean", str(tmp_path / "clean"), "--json"]
    )
    one = json.loads(result.stdout)["files"][0]
    assert (one["read"], one["used"], one["rejected"], one["duplicates"]) == (3, 1, 1, 1)
    assert one["sha256"] == hashlib.sha256((tmp_path / "good.csv").read_bytes()).hexdigest()


def test_the_snapshot_is_the_day_in_the_name_else_the_last_publication(tmp_path: Path) -> None:
    (tmp_path / "x_2024-07-09.csv").write_text(GOOD)
    published = f"{HEADER};date_publication\n{ROW};2022-08-01\nM2;b;20005480700017;2022-07-01;100;2022-09-03\n"
    (tmp_path / "y.csv").write_text(published)
    (tmp_path / "z.csv").write_text(GOOD)
    done = ingest([tmp_path / name for name in ("x_2024-07-09.csv", "y.csv", "z.csv")], tmp_path / "clean")
    assert [one.snapshot for one in done.files] == ["2024-07-09", "2022-09-03", None]
    assert done.snapshot == "2024-07-09"


XML = """<marches>
<marche><id>M1</id><acheteur><id>20005480700017</id></acheteur><objet>Objet</objet><montant>100000</montant>
 <considerationsSociales><considerationSociale>Clause sociale</considerationSociale></considerationsSociales>
 <considerationsSociales><considerationSociale>Critère social</considerationSociale></considerationsSociales>
 <titulaires><titulaire><id>34027049500021</id></titulaire><titulaire><id>05650171100115</id></titulaire></titulaires></marche>
<marche/>
<marche><id>M2</id><acheteur/><objet>x</objet></marche>
</marches>"""


def test_xml_with_repeated_empty_and_poor_records(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text(XML)
    done = ingest([tmp_path / "x.xml"], tmp_path / "clean")
    assert [(one.read, one.used, one.rejected) for one in done.files] == [(3, 1, 2)]
    assert read_table(schemas.LEDGER, tmp_path / "clean")["rule"].tolist() == ["not_an_object", "no_buyer"]
    contract = read_table(schemas.CONTRACTS, tmp_path / "clean").iloc[0]
    assert contract["considerationsSociales"] == "Clause sociale | Critère social"
    assert len(read_table(schemas.HOLDERS, tmp_path / "clean")) == 2


@pytest.mark.parametrize(
    ("record", "social", "holders"),
    [
        (
            '"considerationsSociales": {"considerationSociale": "Clause sociale", "considerationSociale": "Pas de considération sociale"}',
            None,
            0,
        ),
        ('"titulaires": {"titulaire": {"id": "34027049500021"}, "titulaire": {"id": "05650171100115"}}', None, 2),
        ('"titulaires": ["34027049500021"]', None, 1),
    ],
)
def test_a_name_given_twice_inside_a_record_loses_nothing(
    tmp_path: Path, record: str, social: bool | None, holders: int
) -> None:
    (tmp_path / "x.json").write_text(
        f'{{"marches": [{{"id": "M1", "objet": "o", "acheteur": "20005480700017", {record}}}]}}'
    )
    done = ingest([tmp_path / "x.json"], tmp_path / "clean")
    assert done.tables["holders"] == holders
    assert read_table(schemas.CONTRACTS, tmp_path / "clean")["social"].isna().tolist() == [social is None]


def test_flat_json_keeps_its_holders_and_its_amendment_rows(tmp_path: Path) -> None:
    row = {
        "id": "M1",
        "acheteur.id": "20005480700017",
        "objet": "o",
        "montant": "100000",
        "dateNotification": "2022-07-01",
    }
    (tmp_path / "a.json").write_text(json.dumps([row | {"titulaire_id_1": "34027049500021"}]))
    assert ingest([tmp_path / "a.json"], tmp_path / "clean").tables["holders"] == 1
    info = row | {"titulaire_id": "34027049500021", "modification_id": "0"}
    later = info | {"modification_id": "1", "montant": "150000", "dateNotification": "2022-09-01"}
    (tmp_path / "b.json").write_text(json.dumps([info, later]))
    assert ingest([tmp_path / "b.json"], tmp_path / "clean").tables == {
        "contracts": 1, "concessions": 0, "holders": 1, "amendments": 1, "ledger": 0,
        **dict.fromkeys((*SIDE_TABLES, "need_lines"), 0),
    }  # fmt: skip


def test_a_register_as_people_make_them(tmp_path: Path) -> None:
    text = (
        f"sep=;\nRegistre des marchés « voirie » : 2022\n\n{HEADER};technique;techniques\n{ROW};;Accord-cadre\n;;;;;;\n"
    )
    (tmp_path / "x.csv").write_bytes(
        text.replace("« ", "«\u00a0").encode("cp1252")
        + "M2;MARCHÉ\u00a0: é;20005480700017;2022-07-01;5;;\n".encode("cp1252")
    )
    ingest([tmp_path / "x.csv"], tmp_path / "clean")
    contracts = read_table(schemas.CONTRACTS, tmp_path / "clean")
    assert contracts["objet"].tolist() == ["Objet", "MARCHÉ : é"]
    assert contracts["techniques"].fillna("-").tolist() == ["Accord-cadre", "-"]


def test_a_workbook_that_lies_about_its_size_is_read_whole(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Registre")
        for number in range(20):
            sheet.write_row(number + 2, 0, (f"M{number} " + ROW.partition(";")[2]).replace(" ", ";", 1).split(";"))
        sheet.write_row(1, 0, HEADER.split(";"))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    lied = members["xl/worksheets/sheet1.xml"].replace(b'<dimension ref="A1:E22"/>', b'<dimension ref="A1"/>')
    assert lied != members["xl/worksheets/sheet1.xml"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (members | {"xl/worksheets/sheet1.xml": lied}).items():
            archive.writestr(name, content)
    assert ingest([path], tmp_path / "clean").tables["contracts"] == 20


def test_files_of_one_name_and_a_file_named_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for year in ("2023", "2024"):
        (tmp_path / year / "data").mkdir(parents=True)
        (tmp_path / year / "data" / "f.csv").write_text(GOOD.replace("M1", f"M{year}"))
    done = ingest([tmp_path / "2023", tmp_path / "2024"], tmp_path / "clean")
    assert [(one.name, one.used) for one in done.files] == [("data/f.csv", 1), ("data/f.csv (2)", 1)]
    contracts = read_table(schemas.CONTRACTS, tmp_path / "clean", ["uid", "source_file"])
    (tmp_path / "2023").rename(tmp_path / "moved")  # a folder may bear the name of a user, and says nothing
    ingest([tmp_path / "2024", tmp_path / "moved"], tmp_path / "again")
    moved = read_table(schemas.CONTRACTS, tmp_path / "again", ["uid", "source_file"])
    pd.testing.assert_frame_equal(contracts, moved)
    (tmp_path / "moved").rename(tmp_path / "2023")
    monkeypatch.chdir(tmp_path)
    again = ingest(["2023/data/f.csv", tmp_path / "2023" / "data" / "f.csv"], tmp_path / "clean")
    assert [(one.name, one.read) for one in again.files] == [("f.csv", 1)]


def test_a_link_to_a_folder_is_left_alone_and_said(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text(GOOD)
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in", target_is_directory=True)
    assert ingest([tmp_path / "in"], tmp_path / "clean").left_alone == ("loop",)


def test_one_mistyped_publication_is_not_the_day_of_the_data(tmp_path: Path) -> None:
    rows = "".join(
        f"M{n};o{n};20005480700017;2022-07-01;100;{'2035-01-01' if n == 7 else '2022-08-01'}\n" for n in range(1000)
    )
    (tmp_path / "x.csv").write_text(f"{HEADER};date_publication\n{rows}")
    assert ingest([tmp_path / "x.csv"], tmp_path / "clean").snapshot == "2022-08-01"


PAID = "acheteur_siret;date_paiement;montant_ht;fournisseur_siret;fournisseur_nom;nature_budgetaire;numero_marche;territoire"
LISTED = "siret;siren;denomination;statut;valide_du;valide_au;code_commune;liste;source"
HOSTILE = {
    "utf16.csv": (
        f"{PAID}\n20005480700017;15/09/2022;-1250,40;00000001800010;Société d’à côté;achat;M1;\n20005480700017;2022\n"
        "20005480700017;16/09/2022;;;;;;\n20005480700017;demain;10;;Sans jour;?;M404;CT9\n".encode("utf-16"),
        (4, 2, 2, 0),
    ),
    "cp1252.csv": (
        f"{PAID}\n20005480700017;17/09/2022;12.500;BE0123456789;Café “été”;Rémunérations;;CT2\n".encode("cp1252"),
        (1, 1, 0, 0),
    ),
    "list.csv": (
        f"{LISTED}\n00000001800010;;A;EI;01/01/2021;;13001;l;\n00000001800010;;B;EI;01/01/2021;;13001;l;\n"
        "12345678901234;;C;EI;;;;l;\n;000000018;D;SCOP;;;;l;\n;000000018;E;ESUS;;;;l;\n".encode(),
        (5, 1, 2, 2),  # one twice here, and once in again.csv
    ),
    "again.csv": (f"{LISTED}\n00000001800010;;A;EI;01/01/2021;;13001;l;\n".encode(), (1, 1, 0, 0)),
    "x-utf16.csv": (b"", (4, 0, 0, 4)),  # the bytes of utf16.csv
    "hours.tsv": (
        b"acheteur_siret\tnumero_marche\ttrimestre\theures_realisees\n20005480700017\tM1\t2022-T3\t12,5\n20005480700017\tM1\t?\t1\n",
        (2, 1, 1, 0),
    ),
    "agec.csv": (workspace.template("agec.csv").read_bytes(), (1, 1, 0, 0)),
    "egalim.csv": (workspace.template("egalim.csv").read_bytes(), (1, 1, 0, 0)),
    "needs.csv": (workspace.template("needs.csv").read_bytes() + b"B2;x\n", (2, 1, 1, 0)),
}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Side tables as people send them, beside one published contract."""
    (tmp_path / "in").mkdir()
    for name, (content, _) in HOSTILE.items():
        (tmp_path / "in" / name).write_bytes(content or HOSTILE["utf16.csv"][0])
    (tmp_path / "in" / "register.csv").write_text(f"{HEADER};titulaire_siret;territoire\n{ROW};00000001800010;CT3\n")
    paid = {"acheteur_siret": 20005480700017, "date_paiement": pd.Timestamp("2022-09-15"), "montant_ht": 12.5}
    frame = pd.DataFrame([paid | {"numero_marche": 1}, paid | {"numero_marche": None}])
    frame.astype({"numero_marche": "Int64"}).to_parquet(tmp_path / "in" / "p.parquet")
    return tmp_path / "in"


def test_side_tables_balance_and_every_missing_line_is_in_the_ledger(hostile: Path, tmp_path: Path) -> None:
    done = ingest([hostile], tmp_path / "clean")
    counts = {one.name: (one.read, one.used, one.rejected, one.duplicates) for one in done.files}
    assert counts == {name: count for name, (_, count) in HOSTILE.items()} | {
        "p.parquet": (2, 2, 0, 0), "register.csv": (1, 1, 0, 0),
    }  # fmt: skip
    ledger = read_table(schemas.LEDGER, tmp_path / "clean")
    gone = ledger[ledger["action"].isin(["rejected", "duplicate"])].groupby("source_file")["source_record"].nunique()
    for one in done.files:
        assert gone.get(one.name, 0) == one.rejected + one.duplicates
    assert done.tables == {
        "contracts": 1, "concessions": 0, "holders": 1, "amendments": 0, "payments": 5, "suppliers": 2,
        "insertion_hours": 1, "declarations": 4, "needs": 1, "need_lines": 2, "working_groups": 0, "ledger": len(ledger),
    }  # fmt: skip
    for rule, times in (("same_file", 4), ("same_status", 2), ("ragged_line", 2), ("payment_empty", 1)):
        assert (ledger["rule"] == rule).sum() == times
    assert ledger.loc[ledger["rule"] == "territory_unknown_code", "before"].tolist() == ["CT9"]


def test_payments_and_holders_meet_contracts_and_lists(hostile: Path, tmp_path: Path) -> None:
    ingest([hostile], tmp_path / "clean")
    payments = read_table(schemas.PAYMENTS, tmp_path / "clean").astype(object)
    payments = payments.where(payments.notna(), None)
    columns = [
        "source_file",
        "quarter",
        "amount_cents",
        "contract_id",
        "contract_uid",
        "is_covered",
        "territory",
        "is_solidarity_c",
    ]
    contract = read_table(schemas.CONTRACTS, tmp_path / "clean")["uid"].iloc[0]
    assert payments[columns].to_numpy().tolist() == [
        ["cp1252.csv", "2022-T3", None, None, None, None, "CT2", None],
        ["p.parquet", "2022-T3", 1250, "1", None, False, "AMP", None],
        ["p.parquet", "2022-T3", 1250, None, None, None, "AMP", None],
        ["utf16.csv", "2022-T3", -125040, "M1", contract, True, "CT3", True],
        ["utf16.csv", None, 1000, "M404", None, False, "AMP", None],
    ]
    holder = read_table(schemas.HOLDERS, tmp_path / "clean").iloc[0]
    assert (holder["is_solidarity_c"], holder["is_local"]) == (True, True)
    assert pd.isna(holder["is_solidarity_a"])  # an ESUS without dates
    hours = read_table(schemas.INSERTION_HOURS, tmp_path / "clean").iloc[0]
    assert (hours["contract_uid"], hours["territory"], hours["territory_rule"]) == (contract, "CT3", "contract")


def test_side_tables_in_any_order_give_the_same_bytes(
    hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = sorted(hostile.iterdir())
    ingest(files, tmp_path / "forth")
    monkeypatch.setattr(ingesting, "BATCH", 2)
    ingest(reversed(files), tmp_path / "back")
    for schema in (*SIDE_TABLES.values(), schemas.HOLDERS, schemas.LEDGER):
        pd.testing.assert_frame_equal(read_table(schema, tmp_path / "forth"), read_table(schema, tmp_path / "back"))
    monkeypatch.undo()
    ingest(reversed(files), tmp_path / "back")
    assert digest(tmp_path / "forth") == digest(tmp_path / "back")


@pytest.mark.parametrize("name", TABLES)
def test_a_template_alone_is_enough(name: str, tmp_path: Path) -> None:
    done = ingest([workspace.template(f"{name}.csv")], tmp_path / "clean")
    table = TABLES[name][0]
    assert [(one.table, one.read, one.used) for one in done.files] == [(table, 1, 1)]
    assert {name: rows for name, rows in done.tables.items() if rows and name not in ("ledger", "need_lines")} == {
        table: 2 if table == "declarations" else 1
    }
    assert read_table(SIDE_TABLES[table], tmp_path / "clean")["is_fictitious"].all()


def test_side_tables_without_a_usable_line_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(f"{LISTED}\n12345678901234;;C;EI;;;;l;\n")
    with pytest.raises(UnusableInput, match="no usable record"):
        ingest([tmp_path / "x.csv"], tmp_path / "clean")
    assert not (tmp_path / "clean").exists()


def test_overlapping_exports_are_counted_once(tmp_path: Path) -> None:
    """Exports overlap: a line that another file holds is a duplicate; one that a file holds twice is two payments."""
    header = "acheteur_siret;date_paiement;montant_ht;fournisseur_siret;fournisseur_nom\n"
    one, two = "20005480700017;01/09/2022;100,00;;A\n", "20005480700017;02/09/2022;200,00;;B\n"
    (tmp_path / "a.csv").write_text(header + one + one)
    (tmp_path / "b.csv").write_text(header + one + one + one + two)
    done = ingest([tmp_path / "a.csv", tmp_path / "b.csv"], tmp_path / "clean")
    assert [(file.used, file.duplicates) for file in done.files] == [(2, 0), (2, 2)]
    payments = pd.read_parquet(tmp_path / "clean" / "payments.parquet")
    assert sorted(payments["amount_cents"]) == [10_000, 10_000, 10_000, 20_000]
    ledger = pd.read_parquet(tmp_path / "clean" / "ledger.parquet").query("rule == 'same_line'")
    assert ledger[["source_file", "source_record"]].to_numpy().tolist() == [["b.csv", 1], ["b.csv", 2]]
