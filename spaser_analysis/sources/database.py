"""Views of a PostgreSQL database: copied into one CSV each, and from there read as any file.

The views are documented in ``docs/database.md``. One read-only transaction sees them all in one state, and ends before
anything is cleaned. Neither host, role nor password enters a name or a message.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser_analysis.sources.columns import fold_header, recognise_columns
from spaser_analysis.sources.csv_rows import read_csv
from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.record import Source

if TYPE_CHECKING:  # the library is loaded for a database only, and need not be installed for files
    from psycopg import Connection

VIEWS = (
    "spaser_contracts",
    "spaser_payments",
    "spaser_suppliers",
    "spaser_insertion_hours",
    "spaser_needs",
    "spaser_working_groups",
)

# Seconds, so that an unattended run ends when the server or the network does not answer; the address may say others.
_PATIENCE = {"connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}

# What the role or the server would otherwise choose, and which changes the text of a value.
_SESSION = """SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'Europe/Paris'; SET LOCAL extra_float_digits = 1;
SET LOCAL lock_timeout = '60s'"""

# The text of a value by its type, as a spreadsheet's cell is told; a number without exponent nor currency.
_TEXT_OF_TYPE = {
    "bool": "CASE WHEN {0} THEN 'oui' WHEN NOT {0} THEN 'non' END",
    "timestamp": "{0}::date::text",
    "timestamptz": "{0}::date::text",
    "float4": "{0}::text::numeric::text",
    "float8": "{0}::text::numeric::text",
    "money": "{0}::numeric::text",
}
# Letters of pg_type.typcategory whose text is the value: dates, enumerations, numbers, text; and arrays, joined.
_TEXT_OF_CATEGORY = dict.fromkeys("DENS", "{0}::text") | {"A": "array_to_string({0}, ' | ')"}


@contextmanager
def open_database(url: str) -> Iterator[list[Source]]:
    """The views of :data:`VIEWS` that the database has, each copied into a CSV that lives as long as the context.

    ``url``: as libpq reads it (``search_path`` in its ``options``, ``service``, ``passfile``...). A source is named
    ``postgresql/DATABASE/VIEW``; its rows are sorted, so that the same rows are the same bytes. UnreadableFile, in one
    line, when the database cannot be reached or read, or has none of the views.
    """
    with tempfile.TemporaryDirectory(prefix="spaser-") as folder:
        yield _copies(url, Path(folder))


def _copies(url: str, folder: Path) -> list[Source]:
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise UnreadableFile("postgresql", "needs a library: pip install 'spaser-analysis[database]'") from None
    name = "postgresql, connecting"  # not even the database's: of a badly written address it may be the password
    try:
        address: dict[str, Any] = {**_PATIENCE, **conninfo_to_dict(url), "client_encoding": "utf8"}
        with closing(psycopg.connect(**address)) as connection:
            name = database = f"postgresql/{connection.info.dbname}"
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            connection.execute(_SESSION)
            sources = []
            for view in VIEWS:
                name = f"{database}/{view}"
                if connection.execute("SELECT to_regclass(%s)", [view]).fetchone() != (None,):
                    sources.append(_copied(connection, view, name, folder / f"{view}.csv"))
    except (psycopg.Error, UnicodeError) as error:
        raise UnreadableFile(name, _cause(error)) from None
    if not sources:
        raise UnreadableFile(database, f"none of the views {', '.join(VIEWS)} in the schemas of its search_path")
    return sources


def _copied(connection: Connection, view: str, name: str, path: Path) -> Source:
    """Streams the columns that are kept into ``path``; the server sorts, neither side holds the rows in memory."""
    from psycopg.sql import SQL, Identifier

    described = connection.execute(SQL("SELECT * FROM {} LIMIT 0").format(Identifier(view))).description or []
    flat = recognise_columns([column.name for column in described], name)
    kept = [c for c in described if flat.official(c.name) or fold_header(c.name) in flat.marks]
    types = connection.execute(
        "SELECT oid, typname, typcategory FROM pg_type WHERE oid = ANY(%s)", [[column.type_code for column in kept]]
    )
    kinds = {oid: (kind, category) for oid, kind, category in types}
    columns = []
    for column in kept:
        kind, category = kinds[column.type_code]
        text = _TEXT_OF_TYPE.get(kind) or _TEXT_OF_CATEGORY.get(category)
        if text is None:
            cause = f"{column.name} is of type {kind}, which is not read: write it as text in the view"
            raise UnreadableFile(name, cause, "header")
        columns.append(SQL(f"{text} AS {{1}}").format(Identifier(column.name), Identifier(fold_header(column.name))))
    query = SQL(
        'COPY (SELECT * FROM (SELECT {} FROM {}) AS one ORDER BY one::text COLLATE "C") TO STDOUT (FORMAT csv, HEADER)'
    ).format(SQL(", ").join(columns), Identifier(view))
    with path.open("wb") as file, connection.cursor().copy(query) as rows:
        for row in rows:
            file.write(row)
    return Source(
        path, name, f"{flat.name}-postgresql", flat.per_holder, lambda: read_csv(path, name), table=flat.table
    )


def _cause(error: Exception) -> str:
    """The first line of a message, without address nor anything quoted: hosts, roles, parts of a password, values."""
    from psycopg import Error

    told = (isinstance(error, Error) and error.diag.message_primary) or str(error)
    if told.startswith(("connection ", "consuming input ")):  # an address that is quoted may hold " failed: " as well
        told = told.rpartition(" failed: ")[2].removeprefix("FATAL:")
    return re.sub(r"\".*\"|«.*»|(?<!\w)'.*'", "…", told, flags=re.DOTALL).strip().partition("\n")[0]
