"""A batch of raw records of one file, cleaned record by record: the chain of the rules.

What concerns several records together (the same contract twice, amendments as rows) comes later, in ``identity``.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from spaser_analysis.cleaning.amounts import clean_amount
from spaser_analysis.cleaning.batch import Batch
from spaser_analysis.cleaning.considerations import COLUMNS, SEPARATOR, clean_considerations
from spaser_analysis.cleaning.corrections import Correction, apply_corrections
from spaser_analysis.cleaning.cpv import clean_cpv, family_of
from spaser_analysis.cleaning.dates import clean_date
from spaser_analysis.cleaning.distinct import each_once
from spaser_analysis.cleaning.frames import raw_frames
from spaser_analysis.cleaning.identifiers import clean_siret, siren_of
from spaser_analysis.cleaning.ledger import entries, join, rule_where
from spaser_analysis.cleaning.reference import Reference
from spaser_analysis.cleaning.scalars import clean_flag, clean_rate, clean_whole
from spaser_analysis.cleaning.text import fold_all
from spaser_analysis.cleaning.themes import detected_themes
from spaser_analysis.sources.record import RawBatch, RawColumns

LONGEST_MONTHS, MOST_OFFERS = 1200, 5000
_TEXTS = ("objet", "acheteur_nom", "nature", "procedure", "idAccordCadre", "typeGroupementOperateurs", "directorate",
          "territory", "lieuExecution_code", "lieuExecution_typeCode", "source", "techniques", "modalitesExecution")  # fmt: skip
_FLAGS = ("marcheInnovant", "attributionAvance", "sousTraitanceDeclaree")
_DATES = ("dateNotification", "datePublicationDonnees")
_BLANK = frozenset({"", "nc", "mq", "cdl", "nan", "none", "null"})


@dataclass(frozen=True)
class Cleaned:
    """What a batch becomes; holders and amendments are tied to their record by ``source_record``."""

    contracts: pd.DataFrame
    holders: pd.DataFrame
    amendments: pd.DataFrame
    ledger: pd.DataFrame
    rejected: int
    corrected: frozenset[str]


def clean_records(
    records: RawBatch,
    file: str,
    reference: Reference,
    corrections: tuple[Correction, ...] = (),
    snapshot: str | None = None,
) -> Cleaned:
    """Every rule that reads one record alone, in its order."""
    raw, raw_holders, raw_amendments, problems = raw_frames(records, file)
    ledgers = [entries(problems, problems["rule"])] if len(problems) else []
    batch = Batch(raw, named=("objet", "acheteur_nom"))
    raw, applied = apply_corrections(batch.raw, corrections)
    raw_amendments, also = apply_corrections(raw_amendments, corrections, "modifications.")
    for (correction, mask, before, after), whole in [
        *((one, raw) for one in applied),
        *((one, raw_amendments) for one in also),
    ]:
        rows = entries(whole, "declared_correction", correction.column, before, after, mask)
        ledgers.append(rows.assign(reason=correction.reason))

    batch.raw = raw
    frame = raw[["source_file", "source_record", "is_concession", "modification_id"]].copy()
    for column in _TEXTS:
        frame[column] = batch.text(column, _blanked(raw[column]))
    frame["id"] = _blanked(raw["id"]).str.replace(r"\s+", "", regex=True)
    cleaned = {
        "acheteur_id": clean_siret(raw["acheteur_id"]),
        "codeCPV": clean_cpv(raw["codeCPV"]),
        **{column: clean_date(raw[column], snapshot) for column in _DATES},
        **{column: clean_flag(raw[column]) for column in _FLAGS},
        "dureeMois": clean_whole(raw["dureeMois"], LONGEST_MONTHS),
        "offresRecues": clean_whole(raw["offresRecues"], MOST_OFFERS),
        "tauxAvance": clean_rate(raw["tauxAvance"]),
    }
    for column, values_and_rules in cleaned.items():
        frame[column] = batch.kept(column, values_and_rules)
    amounts, rules = clean_amount(raw["montant"])
    frame[amounts.columns] = amounts
    batch.note(rules, "montant", amounts["amount_cents"] / 100)
    for axis, column in COLUMNS.items():
        states, rules = clean_considerations(raw[column], axis, reference.spellings[axis])
        frame[states.columns] = states
        batch.note(rules, column, states[axis])
    ledgers += [*batch.ledger, _derive(frame, reference)]

    frame["modification_id"] = clean_whole(raw["modification_id"], LONGEST_MONTHS)[0]
    unusable = rule_where("no_contract", frame["id"].isna() & frame["objet"].isna())
    unusable = unusable.mask(frame["acheteur_id"].isna(), "no_buyer")
    ledgers.append(entries(raw, unusable))
    usable = frame[unusable.isna()].reset_index(drop=True)
    kept = usable["source_record"]
    holders, holder_ledger = _clean_holders(raw_holders[raw_holders["source_record"].isin(kept)])
    amendments, amendment_ledger = _clean_amendments(raw_amendments[raw_amendments["source_record"].isin(kept)])
    return Cleaned(
        usable,
        holders,
        amendments,
        join([*ledgers, holder_ledger, amendment_ledger]),
        int(
            unusable.notna().sum()
            + sum(one.row is None for one in (records.apart.values() if isinstance(records, RawColumns) else records))
        ),
        frozenset(correction.name for correction, *_ in [*applied, *also]),
    )


@each_once
def _blanked(raw: pd.Series) -> pd.Series:
    """Text without the words that stand for nothing."""
    return raw.mask(raw.str.strip().str.lower().isin(_BLANK) | raw.str.startswith("INX ", na=False))


def _derive(frame: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """Columns of ours, in place; returns the ledger rows that come with them."""
    nature = fold_all(frame["nature"])
    techniques = fold_all(frame["techniques"])
    frame["is_concession"] |= nature.str.contains("concession|delegation", na=False)
    frame["is_framework"] = _either(techniques, r"accord cadre", nature.str.contains("accord cadre", na=False))
    # Neither "Marchés subséquents" among the execution modes (the framework will have some) nor a framework's own id
    # makes a subsequent contract of it.
    of_framework = frame["idAccordCadre"].notna() & ~frame["is_framework"].fillna(False).astype(bool)
    frame["is_subsequent"] = _either(nature, r"subsequent", of_framework)
    frame["family"] = family_of(frame["codeCPV"], reference.families)
    frame["themes"] = detected_themes(frame["objet"], frame["codeCPV"], reference.themes)
    frame["buyer_siren"] = siren_of(frame["acheteur_id"])
    frame["is_fictitious"] = (fold_all(frame["source"]) == "donnees fictives").fillna(False).astype(bool)
    published, notified = frame["datePublicationDonnees"], frame["dateNotification"]
    early = ((published - notified).dt.days < 0).fillna(False).astype(bool)
    return entries(frame, "publication_before_notification", "datePublicationDonnees", published, notified, early)


def _either(text: pd.Series, pattern: str, also: pd.Series) -> pd.Series:
    """True where the text says so or ``also`` holds, False where the text says another thing, unknown where it is empty."""
    said = text.str.contains(pattern, na=False) | also
    return pd.Series(pd.NA, index=text.index, dtype="boolean").mask(text.notna(), False).mask(said.astype(bool), True)


def _clean_holders(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Holders with a usable id: a SIRET cleaned, any other identifier as declared, else the folded name."""
    batch = Batch(raw.reset_index(drop=True).rename(columns={"id": "titulaire_id"}), named=("titulaire_id",))
    pseudonyms = batch.masked_persons("titulaire_denominationSociale", "titulaire_id")
    raw = batch.raw
    kind = fold_all(raw["titulaire_typeIdentifiant"])
    foreign = kind.notna() & ~kind.isin(["siret", "siren", "cdl", "mq", ""])
    values, rules = clean_siret(raw["titulaire_id"])
    values = values.mask(foreign, _blanked(raw["titulaire_id"]).str.strip())
    batch.note(rules.mask(foreign), "titulaire_id", values)
    names = batch.text("titulaire_denominationSociale", _blanked(raw["titulaire_denominationSociale"]))
    holder_id = values.fillna(pseudonyms).fillna("name:" + fold_all(names.where(values.isna())))
    frame = raw[["source_file", "source_record", "titulaire_typeIdentifiant"]].assign(
        titulaire_denominationSociale=names, holder_id=holder_id, holder_siren=siren_of(values.mask(foreign))
    )
    unreadable = holder_id.isna()
    batch.flag("holder_unreadable", unreadable, "titulaire_id")
    return frame[~unreadable].drop_duplicates(["source_record", "holder_id"]), join(batch.ledger)


def _clean_amendments(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    batch = Batch(raw.reset_index(drop=True))
    raw = batch.raw
    frame = raw[["source_file", "source_record"]].copy()
    for column in ("dateNotificationModification", "datePublicationDonneesModification"):
        frame[column] = batch.kept(column, clean_date(raw[column]))
    months = clean_whole(raw["dureeMois"], LONGEST_MONTHS)
    frame["dureeMois"] = batch.kept("modification.dureeMois", months, raw["dureeMois"])
    amounts, rules = clean_amount(raw["montant"])
    frame[["amount_cents", "amount_status"]] = amounts[["amount_cents", "amount_status"]]
    frame["amount_status"] = frame["amount_status"].mask((amounts["montant"] < 0).fillna(False), "suspected_delta")
    batch.note(rules, "modification.montant", amounts["amount_cents"] / 100, raw["montant"])
    ids = raw["holder_ids"].dropna().str.split(SEPARATOR, regex=False).explode().astype("str")
    cleaned, _ = clean_siret(ids.reset_index(drop=True))
    cleaned.index = ids.index
    joined = cleaned.dropna().groupby(level=0).agg(SEPARATOR.join) if cleaned.notna().any() else pd.Series(dtype="str")
    frame["holder_ids"] = joined.reindex(frame.index).astype("str")
    return frame, join(batch.ledger)
