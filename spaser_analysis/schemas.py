"""Every column of every table, defined once: type, meaning and allowed values.

What a buyer declared keeps its official DECP name; what the library derived is English snake_case.
Parquet types, validation and the public data dictionary all come from here.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow

TEXT, WHOLE, NUMBER, FLAG, DAY = "str", "Int64", "Float64", "boolean", "datetime64[ms]"

ARROW_TYPES = {
    TEXT: arrow.string(),
    WHOLE: arrow.int64(),
    NUMBER: arrow.float64(),
    FLAG: arrow.bool_(),
    DAY: arrow.timestamp("ms"),
}

AMOUNT_STATUSES = ("ok", "missing", "placeholder", "implausible", "unreadable")
CONSIDERATION_STATUSES = ("declared", "undeclared", "unreadable", "contradiction")
TERRITORY_RULES = ("register", "buyer_siret", "object", "ambiguous", "whole", "other_buyer")


def _column(dtype: str, description: str, *checks: pa.Check, required: bool = False) -> pa.Column:
    return pa.Column(dtype, list(checks), nullable=not required, description=description)


def _source_columns() -> dict[str, pa.Column]:
    return {
        "source_file": _column(TEXT, "input file, as named in the catalogue", required=True),
        "source_record": _column(WHOLE, "number of the record in that file, from 1", pa.Check.ge(1), required=True),
    }


CONTRACTS = pa.DataFrameSchema(
    {
        "uid": _column(
            TEXT, "buyer's SIRET and contract id, with a suffix where one id covers several contracts", required=True
        ),
        "buyer_siren": _column(TEXT, "first nine digits of acheteur_id"),
        "quarter": _column(
            TEXT, "quarter of the initial notification, as 2022-T3", pa.Check.str_matches(r"^\d{4}-T[1-4]$")
        ),
        "territory": _column(TEXT, "territory code of the organisation; its own code when no territory is known"),
        "territory_rule": _column(
            TEXT, "rule that decided the territory", pa.Check.isin(TERRITORY_RULES), required=True
        ),
        "family": _column(TEXT, "purchase family code, from the CPV"),
        "directorate": _column(TEXT, "directorate named by the buyer's register"),
        "id": _column(TEXT, "contract id given by the buyer"),
        "acheteur_id": _column(TEXT, "SIRET of the buyer"),
        "acheteur_nom": _column(TEXT, "name of the buyer"),
        "nature": _column(TEXT, "Marché, Marché de partenariat, Marché subséquent, Accord-cadre..."),
        "objet": _column(TEXT, "object of the contract or lot"),
        "codeCPV": _column(TEXT, "CPV code, eight digits", pa.Check.str_matches(r"^\d{8}$")),
        "procedure": _column(TEXT, "procedure"),
        "techniques": _column(TEXT, "purchasing techniques, separated by ' | '"),
        "modalitesExecution": _column(TEXT, "execution modes, separated by ' | '"),
        "idAccordCadre": _column(TEXT, "id of the framework agreement of a subsequent contract"),
        "dureeMois": _column(WHOLE, "duration in months"),
        "dateNotification": _column(DAY, "day of the initial notification"),
        "datePublicationDonnees": _column(DAY, "day the data were published"),
        "montant": _column(NUMBER, "amount before tax in euros as declared (a framework's is a maximum)"),
        "amount_cents": _column(WHOLE, "usable amount before tax, in cents", pa.Check.gt(0)),
        "amount_status": _column(
            TEXT, "why the amount is usable or not", pa.Check.isin(AMOUNT_STATUSES), required=True
        ),
        "offresRecues": _column(WHOLE, "offers received", pa.Check.ge(0)),
        "marcheInnovant": _column(FLAG, "innovative purchase; null is unknown"),
        "attributionAvance": _column(FLAG, "an advance was granted"),
        "tauxAvance": _column(NUMBER, "rate of the advance, between 0 and 1"),
        "typeGroupementOperateurs": _column(TEXT, "type of grouping"),
        "sousTraitanceDeclaree": _column(FLAG, "subcontracting declared"),
        "lieuExecution_code": _column(TEXT, "code of the place of execution"),
        "lieuExecution_typeCode": _column(TEXT, "kind of that code"),
        "considerationsSociales": _column(TEXT, "declared social considerations, separated by ' | '"),
        "considerationsEnvironnementales": _column(TEXT, "declared environmental considerations, separated by ' | '"),
        "environmental": _column(FLAG, "at least one environmental consideration; null is unknown"),
        "environmental_clause": _column(FLAG, "environmental execution clause; null is unknown"),
        "environmental_criterion": _column(FLAG, "environmental award criterion; null is unknown"),
        "environmental_status": _column(
            TEXT, "how it was declared", pa.Check.isin(CONSIDERATION_STATUSES), required=True
        ),
        "social": _column(FLAG, "at least one social consideration; null is unknown"),
        "social_clause": _column(FLAG, "social execution clause; null is unknown"),
        "social_criterion": _column(FLAG, "social award criterion; null is unknown"),
        "reserved": _column(FLAG, "reserved contract; null is unknown"),
        "social_status": _column(TEXT, "how it was declared", pa.Check.isin(CONSIDERATION_STATUSES), required=True),
        "is_framework": _column(FLAG, "framework agreement; null is unknown"),
        "is_subsequent": _column(FLAG, "subsequent contract of a framework; null is unknown"),
        "publication_delay_days": _column(
            WHOLE, "days from notification to publication; null where either is unknown or they contradict"
        ),
        "is_fictitious": _column(FLAG, "made for demonstration, marked so by its source", required=True),
        **_source_columns(),
    },
    name="contracts",
    unique=["uid"],
    strict=True,
    ordered=True,
)

# Concessions are set apart: "marchés" is the word of the objectives (domain.md 5.1).
CONCESSIONS = pa.DataFrameSchema(CONTRACTS.columns, name="concessions", unique=["uid"], strict=True, ordered=True)

HOLDERS = pa.DataFrameSchema(
    {
        "uid": _column(TEXT, "contract", required=True),
        "holder_id": _column(
            TEXT, "identifier of the holder, cleaned; empty text where none was declared", required=True
        ),
        "titulaire_typeIdentifiant": _column(TEXT, "kind of identifier as declared"),
        "titulaire_denominationSociale": _column(TEXT, "name as declared"),
        "holder_siren": _column(TEXT, "SIREN, where the identifier is a valid SIRET or SIREN"),
        **_source_columns(),
    },
    name="holders",
    unique=["uid", "holder_id"],
    strict=True,
    ordered=True,
)

AMENDMENTS = pa.DataFrameSchema(
    {
        "uid": _column(TEXT, "contract", required=True),
        "rank": _column(WHOLE, "order of the amendment, from 1", pa.Check.ge(1), required=True),
        "dateNotificationModification": _column(DAY, "day the amendment was notified"),
        "datePublicationDonneesModification": _column(DAY, "day it was published"),
        "dureeMois": _column(WHOLE, "new total duration in months"),
        "amount_cents": _column(WHOLE, "new total amount before tax, in cents"),
        "amount_status": _column(
            TEXT, "why the amount is usable or not", pa.Check.isin((*AMOUNT_STATUSES, "suspected_delta")), required=True
        ),
        "holder_ids": _column(TEXT, "new holders, separated by ' | '"),
        **_source_columns(),
    },
    name="amendments",
    unique=["uid", "rank"],
    strict=True,
    ordered=True,
)

LEDGER = pa.DataFrameSchema(
    {
        "source_file": _column(TEXT, "input file", required=True),
        "source_record": _column(WHOLE, "number of the record in that file, from 1", required=True),
        "uid": _column(TEXT, "contract concerned, where it has one"),
        "action": _column(
            TEXT,
            "what was done",
            pa.Check.isin(("repaired", "emptied", "flagged", "rejected", "duplicate", "corrected")),
            required=True,
        ),
        "column": _column(TEXT, "column concerned; null for the whole record"),
        "before": _column(TEXT, "value as read"),
        "after": _column(TEXT, "value as kept"),
        "rule": _column(TEXT, "name of the rule", required=True),
        "reason": _column(TEXT, "why, in French", required=True),
    },
    name="ledger",
    strict=True,
    ordered=True,
)

RESULTS = pa.DataFrameSchema(
    {
        "quarter": _column(TEXT, "quarter of the report", required=True),
        "territory": _column(TEXT, "territory code", required=True),
        "indicator": _column(TEXT, "code of the indicator", required=True),
        "libelle": _column(TEXT, "French label of its sheet", required=True),
        "window": _column(TEXT, "quarter, year_to_date, rolling_12_months or year", required=True),
        "measure": _column(TEXT, "number, value or median", required=True),
        "yes": _column(WHOLE, "numerator (contracts, or cents for value); for a median, contracts with a known value"),
        "no": _column(WHOLE, "known and not in the numerator; null for a median"),
        "unknown": _column(WHOLE, "neither"),
        "low": _column(NUMBER, "yes / (yes + no + unknown)"),
        "high": _column(NUMBER, "(yes + unknown) / (yes + no + unknown)"),
        "among_known": _column(NUMBER, "yes / (yes + no)"),
        "value": _column(NUMBER, "the figure to quote: among_known when nothing is unknown, the median; else null"),
        "unit": _column(TEXT, "share, offers or days", required=True),
        "target": _column(NUMBER, "objective of the organisation, where it has one for this measure"),
        "verdict": _column(TEXT, "against the target", pa.Check.isin(("reached", "not reached", "cannot say"))),
        "reason": _column(TEXT, "French: why there is no figure or no verdict"),
        "version": _column(TEXT, "version of the definition", required=True),
        "snapshot": _column(TEXT, "snapshot date of the data"),
    },
    name="results",
    unique=["quarter", "territory", "indicator", "window", "measure"],
    strict=True,
    ordered=True,
)


def dtypes(schema: pa.DataFrameSchema) -> dict[str, str]:
    """Column to pandas dtype, in the order of the schema."""
    return {name: _dtype_name(column) for name, column in schema.columns.items()}


def empty(schema: pa.DataFrameSchema) -> pd.DataFrame:
    """A table of that schema without rows."""
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in dtypes(schema).items()})


def conform(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """The columns of the schema, in its order and types; an absent column is all null, another one is dropped."""
    kinds: dict[str, Any] = dtypes(schema)
    return frame.reindex(columns=list(kinds)).astype(kinds)


def arrow_schema(schema: pa.DataFrameSchema) -> arrow.Schema:
    """The Parquet types of a table."""
    return arrow.schema([(name, ARROW_TYPES[dtype]) for name, dtype in dtypes(schema).items()])


def _dtype_name(column: pa.Column) -> str:
    return next(name for name in ARROW_TYPES if pa.Column(name).dtype == column.dtype)
