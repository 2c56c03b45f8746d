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
TERRITORY_RULES = ("register", "buyer_siret", "object", "contract", "ambiguous", "whole", "other_buyer")
EXCLUSIONS = ("payroll", "subsidy", "transfer", "debt", "tax", "concession_compensation")
SUPPLIER_STATUSES = (
    *("ESUS", "EI", "ACI", "AI", "ETTI", "EITI", "RQ", "EA", "EATT", "ESAT"),
    *("ESS", "GEIQ", "SEP", "PME", "ETI", "GE"),
)
DATE_RULES = ("declared", "list", "none")
NEED_COLUMNS = (
    *("acheteur_siret", "numero_besoin", "direction", "territoire", "famille", "code_cpv", "operation", "objet"),
    *("montant_estime_ht", "date_debut", "duree_mois", "recurrent", "numero_marche", "fonction_contact", "source"),
)
SCOPES = ("all", "without_frameworks", "without_subsequent", "without_both", "without_ten_largest")


def _column(dtype: str, description: str, *checks: pa.Check, required: bool = False) -> pa.Column:
    return pa.Column(dtype, list(checks), nullable=not required, description=description)


def _source_columns() -> dict[str, pa.Column]:
    return {
        "source_file": _column(TEXT, "input file, as named in the catalogue", required=True),
        "source_record": _column(WHOLE, "number of the record in that file, from 1", pa.Check.ge(1), required=True),
    }


def _supplier_states(when: str) -> dict[str, pa.Column]:
    return {
        "is_solidarity_a": _column(FLAG, f"solidarity enterprise, definition A, {when}; null is unknown"),
        "is_solidarity_b": _column(FLAG, f"solidarity enterprise, definition B, {when}; null is unknown"),
        "is_solidarity_c": _column(FLAG, f"solidarity enterprise, definition C, {when}; null is unknown"),
        "is_solidarity_d": _column(FLAG, f"solidarity enterprise, definition D, {when}; null is unknown"),
        "is_sme": _column(FLAG, f"small or medium enterprise (Insee category), {when}; null is unknown"),
        "is_local": _column(FLAG, "established in a commune of the buyer's organisation; null is unknown"),
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
        "themes": _column(
            TEXT,
            "themes of the expert bodies detected from CPV and object, separated by ' | '; empty text where none was, "
            "null where neither is known",
        ),
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
        **_supplier_states("on the day of notification"),
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

PAYMENTS = pa.DataFrameSchema(
    {
        "buyer_siren": _column(TEXT, "first nine digits of the payer's SIRET"),
        "quarter": _column(TEXT, "quarter of the payment, as 2022-T3", pa.Check.str_matches(r"^\d{4}-T[1-4]$")),
        "territory": _column(TEXT, "territory code of the organisation; its own code when no territory is known"),
        "territory_rule": _column(
            TEXT, "rule that decided the territory", pa.Check.isin(TERRITORY_RULES), required=True
        ),
        "directorate": _column(TEXT, "directorate that ordered the expense"),
        "paid_on": _column(DAY, "day of the payment"),
        "invoiced_on": _column(DAY, "day the invoice was received"),
        "payment_delay_days": _column(
            WHOLE, "days from invoice to payment; null where either is unknown or they contradict"
        ),
        "amount_cents": _column(WHOLE, "amount before tax, in cents; negative for a credit note"),
        "amount_status": _column(
            TEXT, "why the amount is usable or not", pa.Check.isin(AMOUNT_STATUSES), required=True
        ),
        "supplier_id": _column(TEXT, "SIRET or SIREN of the supplier, cleaned"),
        "supplier_siren": _column(TEXT, "SIREN, where the identifier is a valid SIRET or SIREN"),
        "supplier_name": _column(TEXT, "name of the supplier as declared"),
        "category": _column(TEXT, "purchase category as declared"),
        "budget_nature": _column(TEXT, "nature of the expense as declared"),
        "is_purchase": _column(FLAG, "under a public contract, not one of the exclusions; null is unknown"),
        "exclusion": _column(TEXT, "why it is no purchase", pa.Check.isin(EXCLUSIONS)),
        "has_vat_budget": _column(FLAG, "paid from a budget that recovers VAT; null is unknown"),
        "contract_id": _column(TEXT, "contract number as declared"),
        "contract_uid": _column(TEXT, "published contract of that number, where there is one"),
        "is_covered": _column(FLAG, "paid under a published contract; null where no contract number is declared"),
        "supplier_statuses": _column(TEXT, "statuses of the supplier on the day of payment, separated by ' | '"),
        **_supplier_states("on the day of payment"),
        "is_fictitious": _column(FLAG, "made for demonstration, marked so by its source", required=True),
        **_source_columns(),
    },
    name="payments",
    unique=["source_file", "source_record"],
    strict=True,
    ordered=True,
)

SUPPLIERS = pa.DataFrameSchema(
    {
        "siret": _column(TEXT, "establishment that has the status; null where the whole enterprise has it"),
        "siren": _column(TEXT, "enterprise"),
        "name": _column(TEXT, "name as listed"),
        "status": _column(TEXT, "status; null where the row only tells the place", pa.Check.isin(SUPPLIER_STATUSES)),
        "valid_from": _column(DAY, "first day of the status"),
        "valid_to": _column(DAY, "last day of the status; null where it is open"),
        "date_rule": _column(
            TEXT,
            "declared: a real first day; list: the day of the list; none: no day",
            pa.Check.isin(DATE_RULES),
            required=True,
        ),
        "commune_code": _column(TEXT, "Insee code of the commune of the establishment"),
        "list": _column(TEXT, "list that the status comes from"),
        "is_fictitious": _column(FLAG, "made for demonstration, marked so by its source", required=True),
        **_source_columns(),
    },
    name="suppliers",
    unique=["source_file", "source_record"],
    strict=True,
    ordered=True,
)

INSERTION_HOURS = pa.DataFrameSchema(
    {
        "buyer_siren": _column(TEXT, "first nine digits of the buyer's SIRET"),
        "quarter": _column(TEXT, "quarter the hours are counted in", pa.Check.str_matches(r"^\d{4}-T[1-4]$")),
        "territory": _column(TEXT, "territory code of the organisation; its own code when no territory is known"),
        "territory_rule": _column(
            TEXT, "rule that decided the territory", pa.Check.isin(TERRITORY_RULES), required=True
        ),
        "contract_id": _column(TEXT, "contract number as declared"),
        "contract_uid": _column(TEXT, "published contract of that number, where there is one"),
        "planned_hours": _column(NUMBER, "hours planned for that contract in that quarter", pa.Check.ge(0)),
        "done_hours": _column(NUMBER, "hours done", pa.Check.ge(0)),
        "is_fictitious": _column(FLAG, "made for demonstration, marked so by its source", required=True),
        **_source_columns(),
    },
    name="insertion_hours",
    unique=["source_file", "source_record"],
    strict=True,
    ordered=True,
)

# A yearly declaration belongs to the last quarter of its year, and to the whole organisation.
DECLARATIONS = pa.DataFrameSchema(
    {
        "buyer_siren": _column(TEXT, "first nine digits of the buyer's SIRET"),
        "quarter": _column(TEXT, "last quarter of the declared year", pa.Check.str_matches(r"^\d{4}-T4$")),
        "territory": _column(TEXT, "code of the whole organisation"),
        "scheme": _column(TEXT, "law of the declaration", pa.Check.isin(("agec", "egalim")), required=True),
        "category": _column(TEXT, "category of products as declared"),
        "part": _column(
            TEXT,
            "what is declared of the total",
            pa.Check.isin(("reuse", "recycled", "durable", "organic")),
            required=True,
        ),
        "part_cents": _column(WHOLE, "spending of that part before tax, in cents", pa.Check.ge(0)),
        "total_cents": _column(WHOLE, "all spending of the category before tax, in cents", pa.Check.ge(0)),
        "is_fictitious": _column(FLAG, "made for demonstration, marked so by its source", required=True),
        **_source_columns(),
    },
    name="declarations",
    unique=["source_file", "source_record", "part"],
    strict=True,
    ordered=True,
)

NEEDS = pa.DataFrameSchema(
    {
        "need_id": _column(TEXT, "number given by the directorate", required=True),
        "buyer_siren": _column(TEXT, "first nine digits of the buyer's SIRET"),
        "territory": _column(TEXT, "territory code of the organisation; its own code when no territory is known"),
        "territory_rule": _column(
            TEXT, "rule that decided the territory", pa.Check.isin(TERRITORY_RULES), required=True
        ),
        "directorate": _column(TEXT, "directorate that has the need"),
        "family": _column(TEXT, "purchase family as declared, else from the CPV"),
        "unit": _column(TEXT, "homogeneous unit (reference/units.csv) as declared, else from the CPV"),
        "codeCPV": _column(TEXT, "CPV code, eight digits", pa.Check.str_matches(r"^\d{8}$")),
        "operation": _column(TEXT, "operation of works that the need belongs to, as declared"),
        "objet": _column(TEXT, "object of the need"),
        "amount_cents": _column(WHOLE, "estimated amount before tax, in cents", pa.Check.gt(0)),
        "amount_status": _column(
            TEXT, "why the amount is usable or not", pa.Check.isin(AMOUNT_STATUSES), required=True
        ),
        "starts_on": _column(DAY, "planned start"),
        "duration_months": _column(WHOLE, "duration in months"),
        "is_recurring": _column(FLAG, "comes back; null is unknown"),
        "contract_id": _column(TEXT, "existing contract as declared"),
        "contract_uid": _column(TEXT, "published contract of that number, where there is one"),
        "contact_function": _column(TEXT, "function to ask, never a person"),
        "replaces": _column(TEXT, "line that this one corrects, as file and record; null for one that corrects none"),
        "is_fictitious": _column(FLAG, "made for demonstration, marked so by its source", required=True),
        **_source_columns(),
    },
    name="needs",
    unique=["source_file", "source_record"],
    strict=True,
    ordered=True,
)

# The census as it was read, under the names of its template, so that a line can be given back to be corrected.
NEED_LINES = pa.DataFrameSchema(
    {
        **{name: _column(TEXT, "as read") for name in NEED_COLUMNS},
        **_source_columns(),
    },
    name="need_lines",
    unique=["source_file", "source_record"],
    strict=True,
    ordered=True,
)

WORKING_GROUPS = pa.DataFrameSchema(
    {
        "buyer_siren": _column(TEXT, "first nine digits of the buyer's SIRET"),
        "group": _column(TEXT, "name of the working group", required=True),
        "families": _column(TEXT, "purchase families it works on, separated by ' | '"),
        "theme": _column(TEXT, "theme it works on, as declared"),
        "buyer_function": _column(TEXT, "function of the buyer who leads it, never a person"),
        "lawyer_function": _column(TEXT, "function of the legal adviser who leads it, never a person"),
        "territories": _column(TEXT, "territory codes represented in it, separated by ' | '"),
        "directorates": _column(TEXT, "directorates represented in it, separated by ' | '"),
        "is_fictitious": _column(FLAG, "made for demonstration, marked so by its source", required=True),
        **_source_columns(),
    },
    name="working_groups",
    unique=["source_file", "source_record"],
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
        "scope": _column(TEXT, "all, or what is left out", pa.Check.isin(SCOPES), required=True),
        "measure": _column(TEXT, "number, value, median, total or ratio", required=True),
        "yes": _column(
            WHOLE, "numerator (contracts, or cents for value); for another measure, rows with a known value"
        ),
        "no": _column(WHOLE, "known and not in the numerator; null for a median, a total or a ratio"),
        "unknown": _column(WHOLE, "neither"),
        "low": _column(NUMBER, "yes / (yes + no + unknown)"),
        "high": _column(NUMBER, "(yes + unknown) / (yes + no + unknown)"),
        "among_known": _column(NUMBER, "yes / (yes + no)"),
        "value": _column(
            NUMBER, "the figure to quote: among_known when nothing is unknown, the median, total or ratio; else null"
        ),
        "unit": _column(TEXT, "share, offers, days, hours or hours_per_million", required=True),
        "target": _column(NUMBER, "objective of the organisation, where it has one for this measure"),
        "verdict": _column(TEXT, "against the target", pa.Check.isin(("reached", "not reached", "cannot say"))),
        "reason": _column(TEXT, "French: why there is no figure or no verdict"),
        "version": _column(TEXT, "version of the definition", required=True),
        "snapshot": _column(TEXT, "snapshot date of the data"),
    },
    name="results",
    unique=["quarter", "territory", "indicator", "window", "scope", "measure"],
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
