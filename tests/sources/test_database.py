"""Views of a real PostgreSQL server: the same rows as from a CSV, one snapshot, nothing written, nothing told."""

from __future__ import annotations

import csv
import logging
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaser_analysis import workspace
from spaser_analysis.cleaning.nested import flatten
from spaser_analysis.ingest import ingest
from spaser_analysis.sources.database import open_database
from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.files import recognise, sha256
from tests.sources.conftest import PASSWORD, ROLE, Server

TEMPLATES = {
    "spaser_contracts": "register",
    "spaser_payments": "payments",
    "spaser_suppliers": "suppliers",
    "spaser_insertion_hours": "insertion_hours",
    "spaser_needs": "needs",
}
PAYMENT = "SELECT '20005480700017' AS acheteur_siret, DATE '2022-09-15' AS date_paiement, 10 AS montant_ht"
SECRETS = (ROLE, PASSWORD, "127.0.0.1", "tres", "secret@42", "localhost")

Schema = Callable[..., str]


@pytest.fixture
def schema(server: Server, request: pytest.FixtureRequest) -> Iterator[Schema]:
    """Runs statements in a schema of the test's own, then lets the reader in; returns the address that leads there."""
    name = re.sub(r"\W", "_", request.node.name)[:40]

    def run(*statements: str) -> str:
        server.run(
            f"SET search_path = {name}; {'; '.join(statements)}",
            f"GRANT USAGE ON SCHEMA {name} TO {ROLE}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {ROLE}",
        )
        return server.address(schema=name)

    server.run(f"CREATE SCHEMA {name}")
    yield run
    server.run(f"DROP SCHEMA {name} CASCADE")


def rows(url: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of each view, in their order."""
    with open_database(url) as sources:
        read = {source.name.rpartition("/")[2]: list(source.read()) for source in sources}
    assert all([one.number for one in records] == [*range(1, len(records) + 1)] for records in read.values())
    return {view: [one.row or {} for one in records] for view, records in read.items()}


def refusal(url: str) -> str:
    with pytest.raises(UnreadableFile) as error, open_database(url):
        pass
    assert error.value.__suppress_context__ or error.value.__context__ is None  # the driver's own words are not shown
    return str(error.value)


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def as_table(view: str, path: Path) -> list[str]:
    """A table of texts that holds what a CSV holds."""
    text = path.read_text("utf-8-sig")
    header, *lines = csv.reader(text.splitlines(), delimiter=max(";,", key=text.count))
    values = ", ".join(f"({', '.join(map(quoted, line))})" for line in lines)
    return [
        f"CREATE TABLE {view} ({', '.join(f'{name} text' for name in header)})",
        f"INSERT INTO {view} VALUES {values}",
    ]


def test_every_template_reads_as_its_file(schema: Schema) -> None:
    files = {view: workspace.template(f"{name}.csv") for view, name in TEMPLATES.items()}
    url = schema(*[statement for view, path in files.items() for statement in as_table(view, path)])
    with open_database(url) as sources:
        assert [(one.name, one.table, one.format) for one in sources] == [
            ("postgresql/achats/spaser_contracts", "contracts", "register-postgresql"),
            ("postgresql/achats/spaser_payments", "payments", "payments-postgresql"),
            ("postgresql/achats/spaser_suppliers", "suppliers", "suppliers-postgresql"),
            ("postgresql/achats/spaser_insertion_hours", "insertion_hours", "insertion_hours-postgresql"),
            ("postgresql/achats/spaser_needs", "needs", "needs-postgresql"),
        ]
        for source, path in zip(sources, files.values(), strict=True):
            assert [one.row for one in source.read()] == [one.row for one in recognise(path.name, path).read()]


def test_the_same_rows_give_the_same_clean_tables(schema: Schema, tmp_path: Path) -> None:
    files = {view: workspace.template(f"{name}.csv") for view, name in TEMPLATES.items()}
    url = schema(*[statement for view, path in files.items() for statement in as_table(view, path)])
    by_view, by_file = ingest([url], tmp_path / "view"), ingest(files.values(), tmp_path / "file")
    assert by_view.tables == by_file.tables and by_view.tables["payments"] == 1
    assert [one.read for one in by_view.files] == [2, 1, 1, 1, 1]
    for name in by_view.tables:
        view, file = (pd.read_parquet(workspace.table(tmp_path / kind, name)) for kind in ("view", "file"))
        pd.testing.assert_frame_equal(view.drop(columns="source_file"), file.drop(columns="source_file"))


def test_text_passes_unchanged(server: Server, schema: Schema) -> None:
    """Quotes, separators, line ends, empty cells, any letter; the order of rows is that of their text."""
    import psycopg

    names = ("acheteur_siret", "date_paiement", "montant_ht", "fournisseur_nom", "source")
    url = schema(f"CREATE TABLE spaser_payments ({', '.join(f'{name} text' for name in names)})")
    place = url.rpartition("%3D")[2]
    cell = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.sampled_from(
        ['"', '""', "'", "\\.", "\\N", "a;b,c\td|e", "l1\nl2\r\nl3\r", "NULL", " x ", "\ufeff", "\u2028", "\x1a"]
    )  # fmt: skip

    owner = psycopg.connect(server.address(role="owner"), autocommit=True)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(*[cell] * len(names)), max_size=5))
    def holds(table: list[tuple[str | None, ...]]) -> None:
        owner.execute(f"TRUNCATE {place}.spaser_payments")
        for line in table:
            owner.execute(f"INSERT INTO {place}.spaser_payments VALUES (%s, %s, %s, %s, %s)", line)
        plain = [tuple(value or "" for value in line) for line in table if any(line)]
        read = rows(url)["spaser_payments"]
        found = [tuple(row.values()) for row in read]
        assert sorted(found) == sorted(plain)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "paiements"
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([names, *found])
            assert [one.row for one in recognise(path.name, path).read()] == read

    with closing(owner):
        holds()


TYPES = """
boolean                       | true                                  | oui
boolean                       | false                                 | non
boolean                       | NULL                                  |
flag                          | true                                  | oui
date                          | '2022-09-30'                          | 2022-09-30
timestamp                     | '2022-09-30 23:59:59.9'               | 2022-09-30
timestamptz                   | '2022-09-30 22:00:00+00'              | 2022-10-01
timestamptz                   | '2022-09-30 21:59:59+00'              | 2022-09-30
numeric                       | 1e20                                  | 100000000000000000000
numeric                       | -1250.40                              | -1250.40
float8                        | 0.1                                   | 0.1
float8                        | 1e15                                  | 1000000000000000
float8                        | 20005480700017                        | 20005480700017
float8                        | 'NaN'                                 | NaN
float4                        | 0.00001                               | 0.00001
money                         | 1234.5                                | 1234.50
integer                       | 7                                     | 7
text[]                        | ARRAY['a', NULL, 'b c']               | a ¦ b c
bigint[]                      | ARRAY[1, 2]                           | 1 ¦ 2
text[]                        | '{}'                                  |
char(5)                       | 'ab'                                  | ab
varchar(9)                    | ' ab '                                | ab
kind                          | 'ACI'                                 | ACI
text                          | NULL                                  |
"""


@pytest.mark.parametrize("line", TYPES.strip().splitlines())
def test_a_value_is_told_as_in_a_spreadsheet(schema: Schema, line: str) -> None:
    kind, value, expected = (cell.strip().replace("¦", "|") for cell in line.split("|"))
    url = schema(
        "CREATE DOMAIN flag AS boolean",
        "CREATE TYPE kind AS ENUM ('ACI')",
        f"CREATE VIEW spaser_payments AS {PAYMENT}, CAST({value} AS {kind}) AS categorie",
    )
    (row,) = rows(url)["spaser_payments"]
    assert row["categorie"].strip() == expected
    assert (row["date_paiement"], row["montant_ht"]) == ("2022-09-15", "10")


def test_one_view_may_say_several_holders(schema: Schema) -> None:
    url = schema(
        "CREATE VIEW spaser_contracts AS SELECT 'M1' AS numero_marche, 'Voirie' AS objet, '20005480700017' AS acheteur_siret,"
        " DATE '2022-09-15' AS date_notification, 10.5 AS montant_ht, ARRAY['00000001800010', '00000002600013'] AS titulaire_siret"
    )
    (row,) = rows(url)["spaser_contracts"]
    assert [one["id"] for one in flatten(row)[1]] == ["00000001800010", "00000002600013"]


@pytest.mark.parametrize("kind", ["json", "jsonb", "bytea", "uuid", "interval", "point"])
def test_a_type_without_text_is_refused_by_name(schema: Schema, kind: str) -> None:
    url = schema(f"CREATE VIEW spaser_payments AS {PAYMENT}, CAST(NULL AS {kind}) AS source")
    assert refusal(url) == (
        f"postgresql/achats/spaser_payments, header: source is of type {kind}, which is not read: write it as text in the view"
    )


def test_a_column_of_another_name_is_not_copied(schema: Schema) -> None:
    url = schema(f"CREATE VIEW spaser_payments AS {PAYMENT}, 'x'::bytea AS rib, 'FR76' AS \"a;b,c\"\"d\n\"")
    assert list(rows(url)["spaser_payments"][0]) == ["acheteur_siret", "date_paiement", "montant_ht"]


def test_names_of_columns_as_people_write_them(schema: Schema) -> None:
    url = schema(
        "CREATE VIEW spaser_payments AS SELECT '20005480700017' AS \"Acheteur ; SIRET\", DATE '2022-09-15' AS \"Date;;;paiement\","
        ' 10 AS "Montant\nHT"'
    )
    assert rows(url)["spaser_payments"] == [
        {"acheteur_siret": "20005480700017", "date_paiement": "2022-09-15", "montant_ht": "10"}
    ]


def test_another_list_of_the_same_table(schema: Schema) -> None:
    """Recognised by its columns, even by one that is not kept."""
    url = schema(
        "CREATE VIEW spaser_suppliers AS SELECT '00000001800010' AS siret, '000000018' AS siren, 'Entreprise fictive' AS name,"
        " 'ACI' AS kind, '' AS brand"
    )
    with open_database(url) as (source,):
        assert (source.format, source.table) == ("lemarche-structures-postgresql", "suppliers")
        assert [one.row["statut"] for one in source.read() if one.row] == ["ACI"]


def test_the_same_rows_are_the_same_bytes(server: Server, schema: Schema) -> None:
    """Whatever their order, the role's habits and the address's."""
    lines = [f"('20005480700017', DATE '2022-09-{day:02}', {day} / 3::float8, 'données')" for day in range(1, 31)]
    create = "CREATE TABLE spaser_payments (acheteur_siret text, date_paiement date, montant_ht float8, source text)"
    habits = (
        "%20-cdatestyle%3DSQL,DMY%20-cextra_float_digits%3D0%20-ctimezone%3DPacific/Auckland&client_encoding=LATIN1"
    )
    hashes = set()
    for order in (lines, lines[::-1]):
        url = schema(
            "DROP TABLE IF EXISTS spaser_payments", create, f"INSERT INTO spaser_payments VALUES {', '.join(order)}"
        )
        for address in (url, url + habits):
            with open_database(address) as (source,):
                hashes.add((sha256(source.path), len([one for one in source.read() if one.row])))
    assert len(hashes) == 1 and {count for _, count in hashes} == {30}


def test_all_views_are_seen_in_one_state(server: Server, schema: Schema) -> None:
    """A payment that comes while contracts are being read is not there."""
    url = schema(
        "CREATE TABLE spaser_payments (acheteur_siret text, date_paiement date, montant_ht numeric)",
        "CREATE VIEW spaser_contracts AS SELECT 'M1' AS numero_marche, 'Voirie' AS objet, '1' AS acheteur_siret,"
        " DATE '2022-09-15' AS date_notification, 10 AS montant_ht, pg_advisory_xact_lock(42)::text AS direction",
    )
    place = url.rpartition("%3D")[2]
    seen: dict[str, Any] = {}
    import psycopg

    with closing(psycopg.connect(server.address(role="owner"), autocommit=True)) as owner:
        owner.execute("SELECT pg_advisory_lock(42)")
        reader = threading.Thread(target=lambda: seen.update(rows(url)))
        reader.start()
        for _ in range(500):
            if owner.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            ).fetchone() == (1,):
                break
            time.sleep(0.01)
        owner.execute(f"INSERT INTO {place}.spaser_payments VALUES ('1', '2022-09-15', 10)")
        owner.execute("SELECT pg_advisory_unlock(42)")
        reader.join()
    assert [len(found) for found in seen.values()] == [1, 0]
    assert len(rows(url)["spaser_payments"]) == 1


def test_a_view_that_writes_is_an_error_and_writes_nothing(server: Server, schema: Schema) -> None:
    import psycopg

    url = schema(
        "CREATE TABLE journal (line text)",
        "CREATE FUNCTION note() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ INSERT INTO journal VALUES ('x') RETURNING line $$",
        f"CREATE VIEW spaser_payments AS {PAYMENT}, note() AS source",
    )
    place = url.rpartition("%3D")[2]
    server.run(f"ALTER FUNCTION {place}.note() SET search_path = {place}")
    with closing(psycopg.connect(url)) as reader:  # it would write if it were let
        assert reader.execute("SELECT source FROM spaser_payments").fetchone() == ("x",)
        reader.rollback()
    assert refusal(url) == "postgresql/achats/spaser_payments: cannot execute INSERT in a read-only transaction"
    with closing(psycopg.connect(server.address(role="owner"))) as owner:
        assert owner.execute(f"SELECT count(*) FROM {place}.journal").fetchone() == (0,)


def test_a_large_view_is_streamed(schema: Schema) -> None:
    """Memory of a fresh process: 300,000 rows take 50 MB on the disk and next to nothing here."""
    url = schema(
        "CREATE VIEW spaser_payments AS SELECT '20005480700017' AS acheteur_siret, DATE '2022-09-15' AS date_paiement,"
        " n AS montant_ht, repeat('x', 120) AS source FROM generate_series(1, 300000) AS n"
    )
    code = f"""
import resource
from spaser_analysis.sources.database import open_database
import psycopg
psycopg.connect({url!r}).close()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open_database({url!r}) as (source,):
    read = sum(1 for one in source.read() if one.row)
    print(read, source.path.stat().st_size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    read, size, more = map(int, said.split())
    assert read == 300_000 and size > 45_000_000
    assert more < 10_000  # KiB


def test_the_temporary_files_are_removed(schema: Schema) -> None:
    url = schema(f"CREATE VIEW spaser_payments AS {PAYMENT}")
    with ExitStack() as stack:
        (source,) = stack.enter_context(open_database(url))
        assert source.path.is_file()
        assert source.path.parent.stat().st_mode & 0o077 == 0
    assert not source.path.parent.exists()


def test_no_view_names_what_was_looked_for(schema: Schema) -> None:
    assert refusal(schema("CREATE TABLE mandats (id integer)")) == (
        "postgresql/achats: none of the views spaser_contracts, spaser_payments, spaser_suppliers, spaser_insertion_hours, "
        "spaser_needs, spaser_working_groups in the schemas of its search_path"
    )


def test_a_view_that_lacks_columns_names_them(schema: Schema) -> None:
    url = schema("CREATE VIEW spaser_payments AS SELECT DATE '2022-09-15' AS date_paiement, 10 AS montant_ht")
    assert refusal(url) == "postgresql/achats/spaser_payments, header: looks like payments but lacks acheteursiret"


def test_a_view_that_may_not_be_read(server: Server, schema: Schema) -> None:
    url = schema(f"CREATE VIEW spaser_payments AS {PAYMENT}")
    server.run(f"REVOKE SELECT ON {url.rpartition('%3D')[2]}.spaser_payments FROM {ROLE}")
    assert refusal(url) == "postgresql/achats/spaser_payments: permission denied for view spaser_payments"


def test_a_connection_that_is_lost(schema: Schema, caplog: pytest.LogCaptureFixture) -> None:
    url = schema(
        "CREATE VIEW spaser_contracts AS SELECT 'M1' AS numero_marche, 'Voirie' AS objet, '1' AS acheteur_siret,"
        " DATE '2022-09-15' AS date_notification, 10 AS montant_ht",
        f"CREATE VIEW spaser_payments AS {PAYMENT}, pg_terminate_backend(pg_backend_pid()) AS source",
    )
    with caplog.at_level(logging.DEBUG):
        assert refusal(url) == "postgresql/achats/spaser_payments: terminating connection due to administrator command"
    assert [one for one in caplog.records if one.name.startswith("psycopg") and one.levelno >= logging.WARNING] == []


def test_a_value_that_cannot_be_computed_is_not_quoted(schema: Schema) -> None:
    url = schema(
        f"CREATE TABLE tiers AS SELECT 'Dupont'::text AS nom; CREATE VIEW spaser_payments AS {PAYMENT}, nom::int AS source FROM tiers"
    )
    assert refusal(url) == "postgresql/achats/spaser_payments: invalid input syntax for type integer: …"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("tres", "TRES"), "password authentication failed for user …"),
        (("achats", "compta"), "database … does not exist"),
        (("127.0.0.1", "nowhere.invalid"), "failed to resolve host …"),
        (("127.0.0.1", "secret@42%20x"), "failed to resolve host …"),
        (("//lecture_seule", "//personne"), "password authentication failed for user …"),
        (("tres%2Fsecret%40", "tres%secret@"), "invalid percent-encoded token: …"),
        (("tres%2Fsecret", 'tres "secret'), "unexpected spaces found in …, use percent-encoded spaces (%20) instead"),
        (("127.0.0.1", "[127.0.0.1"), "end of string reached when looking for matching …"),
        (("/achats", "/achats?password=secret@42&x=1"), "invalid URI query parameter: …"),
    ],
)  # fmt: skip
def test_an_address_that_fails_tells_no_secret(
    server: Server, change: tuple[str, str], expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    told = refusal(server.address().replace(*change))
    assert told.startswith(f"postgresql, connecting: {expected}")
    assert "\n" not in told and not any(secret.casefold() in told.casefold() for secret in (*SECRETS, "personne"))
    assert caplog.records == []


_NASTY = st.text("/:@?#%[]'\"\\ =&,é2", max_size=6) | st.sampled_from([" failed: ", "@%20"])


@given(_NASTY, _NASTY)
def test_no_badly_written_password_is_told(before: str, after: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("socket.getaddrinfo", _no_network)
        told = refusal(f"postgresql://lecteur:{before}Zq{after}Kx@127.0.0.1:1/achats")
    assert told.startswith("postgresql, connecting: ") and "Zq" not in told and "Kx" not in told


def _no_network(host: str, *_: Any, **__: Any) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_no_server(server: Server) -> None:
    assert refusal(server.address().replace(str(server.port), "1")) == "postgresql, connecting: Connection refused"


def test_a_message_in_french_is_cut_and_stays_readable(schema: Schema) -> None:
    url = schema(
        "CREATE FUNCTION fail() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
        " 'l’accès à l''instance est refusé à l''utilisateur « lecteur » depuis \"10.0.0.1\n10.0.0.2\"'; END $$",
        f"CREATE VIEW spaser_payments AS {PAYMENT}, fail() AS source",
    )
    assert refusal(url) == (
        "postgresql/achats/spaser_payments: l’accès à l'instance est refusé à l'utilisateur … depuis …"
    )


def test_only_the_message_of_the_server_is_told_not_the_statement(schema: Schema) -> None:
    url = schema("CREATE TABLE mandats (id integer)", "CREATE INDEX spaser_payments ON mandats (id)")
    assert refusal(url).startswith("postgresql/achats/spaser_payments: ") and "LIMIT" not in refusal(url)


def test_without_the_library_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert refusal("postgresql://x") == "postgresql: needs a library: pip install 'spaser-analysis[database]'"


def test_nothing_written_names_host_role_or_password(schema: Schema, tmp_path: Path) -> None:
    url = schema(f"CREATE VIEW spaser_payments AS {PAYMENT} UNION ALL SELECT 'x', NULL, NULL")
    done = ingest([url], tmp_path / "clean")
    (one,) = done.files
    assert (one.name, one.read, one.read) == (
        "postgresql/achats/spaser_payments",
        2,
        one.used + one.rejected + one.duplicates,
    )
    written = [path.read_bytes() for path in (tmp_path / "clean").iterdir()]
    assert not any(secret.encode() in content for content in written for secret in (*SECRETS, url))


def test_the_statements_of_the_documentation(server: Server) -> None:
    """A database of its own: example tables, then every statement of docs/database.md, then its role reads."""
    page = (workspace.home() / "docs" / "database.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sql\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    server.run("CREATE DATABASE exemple")
    server.run(
        "CREATE SCHEMA finances; CREATE SCHEMA achats",
        "CREATE TABLE finances.tiers AS SELECT 1 AS id, '00000001800010'::char(14) AS siret, 'Entreprise fictive' AS nom",
        "CREATE TABLE finances.mandats (date_mandat date, montant_ht numeric(12, 2), service text, nature text,"
        " numero_marche text, budget_avec_tva boolean, date_facture date, tiers integer, etat text)",
        "INSERT INTO finances.mandats VALUES ('2022-09-15', 1250.4, 'DMG', 'achat', 'M1', false, '2022-08-22', 1, 'payé'),"
        " ('2022-09-16', 1, 'DMG', 'achat', 'M1', false, NULL, NULL, 'rejeté')",
        "CREATE TABLE achats.marches AS SELECT 'M1' AS numero, 'Voirie' AS objet, DATE '2022-01-15' AS notifie_le, 1e6 AS montant,"
        " ARRAY['00000001800010'] AS sirets, '45233141' AS code_cpv, 'DMG' AS service,"
        " ARRAY['Clause sociale'] AS considerations_sociales, ARRAY['Clause environnementale'] AS considerations_environnementales",
        "CREATE TABLE achats.besoins AS SELECT 'B1' AS numero, 'DMG' AS service, 'Mobilier' AS objet, '39130000' AS code_cpv,"
        " 45000 AS montant, DATE '2023-03-01' AS debut, 24 AS mois, true AS recurrent",
        "CREATE TABLE achats.statuts_des_fournisseurs AS SELECT '00000001800010' AS siret, 'ESUS' AS statut,"
        " DATE '2021-01-01' AS valide_du, NULL::date AS valide_au",
        "CREATE TABLE achats.heures_d_insertion AS SELECT 'M1' AS marche, '2022-T3' AS trimestre, 350 AS prevues, 312.5 AS realisees",
        *blocks,
        f"ALTER ROLE spaser_lecture PASSWORD {quoted(PASSWORD)}",
        database="exemple",
    )
    try:
        found = rows(server.address("exemple", role="spaser_lecture"))
    finally:
        server.run("DROP DATABASE exemple", "DROP ROLE spaser_lecture")
    assert [len(found[view]) for view in TEMPLATES] == [1] * 5
    assert found["spaser_payments"][0] == {
        "acheteur_siret": "20005480700017", "date_paiement": "2022-09-15", "montant_ht": "1250.40",
        "fournisseur_siret": "00000001800010", "fournisseur_nom": "Entreprise fictive", "direction": "DMG",
        "nature_budgetaire": "achat", "numero_marche": "M1", "budget_avec_tva": "non", "date_facture": "2022-08-22",
    }  # fmt: skip
