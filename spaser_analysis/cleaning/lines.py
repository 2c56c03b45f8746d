"""The lines of side tables (payments, suppliers, hours, declarations, needs, groups), cleaned line by line.

Each cleaner takes the raw lines of one batch, all text, and gives its table as far as one line alone can tell, with the
ledger rows of what was repaired, emptied, flagged or rejected. What needs other tables comes in ``statuses``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from spaser_analysis.cleaning.amounts import clean_amount, is_ambiguous, parse_number
from spaser_analysis.cleaning.batch import Batch
from spaser_analysis.cleaning.contacts import is_function, names_a_person, words_of
from spaser_analysis.cleaning.cpv import clean_cpv, family_of
from spaser_analysis.cleaning.dates import clean_date, quarter_of
from spaser_analysis.cleaning.identifiers import clean_siret, luhn, siren_of
from spaser_analysis.cleaning.ledger import entries, join, rule_where
from spaser_analysis.cleaning.reference import Reference
from spaser_analysis.cleaning.scalars import clean_flag, clean_whole
from spaser_analysis.cleaning.text import fold, fold_all
from spaser_analysis.schemas import SUPPLIER_STATUSES
from spaser_analysis.sources.record import RawRecord

_PARTS = {
    # gifts count: AGEC, art. 58
    "reuse": ("agec", ("montant_reemploi_et_reutilisation", "montant_produits_issus_don")),
    "recycled": ("agec", ("montant_produits_recycles",)),
    "durable": ("egalim", ("montant_durable_et_qualite",)),
    "organic": ("egalim", ("montant_bio",)),
}
_FUNCTIONS = ("fonction_contact", "fonction_acheteur", "fonction_juriste")  # of which no name is kept at all
# Why the name of a supplier is masked, as a list or Sirene tells it (statutDiffusion, categorieJuridique).
_MASKS = dict.fromkeys(("sole trader", "1000", "1000 0", "entrepreneur individuel"), "sole_trader") | dict.fromkeys(
    ("partly diffusible", "p", "n", "partiellement diffusible", "non diffusible"), "partly_diffusible"
)
LONGEST_MONTHS, MOST_HOURS = 1200, 1_000_000
_ROUNDED = r"^[0-9.,]+[eE]\+?[0-9]+$"  # what a spreadsheet leaves of a SIRET: no longer that of anyone
_NO_NUMBER = (
    *("", "nc", "n c", "na", "n a", "nd", "mq", "cdl", "null", "none", "nan"),
    *("inconnu", "non renseigne", "sans objet"),
)


@dataclass(frozen=True)
class CleanLines:
    """The lines that can be used, the ledger of the batch, how many lines were rejected; of needs, all lines as read."""

    frame: pd.DataFrame
    ledger: pd.DataFrame
    rejected: int
    as_read: pd.DataFrame | None = None


class Lines(Batch):
    """The raw lines of a batch, and the ledger that grows as their columns are cleaned."""

    def __init__(self, records: Sequence[RawRecord], file: str) -> None:
        rows = [(record.number, record.row) for record in records if record.row is not None]
        raw = pd.DataFrame([row for _, row in rows], index=range(len(rows)), dtype=object).astype("str")
        raw = raw.assign(source_file=file, source_record=[number for number, _ in rows])
        super().__init__(raw, named=("fournisseur_siret",), apart=_FUNCTIONS)
        problems = [(record.number, record.problem) for record in records if record.row is None]
        bad = pd.DataFrame(problems, columns=["source_record", "rule"]).assign(source_file=file)
        self.ledger += [entries(bad, bad["rule"].astype("str"))] if problems else []
        self.unread = len(problems)
        told = pd.DataFrame([record.told or {} for record in records if record.row is None], dtype=object)
        self.told = told.astype("str").assign(source_file=file, source_record=[one for one, _ in problems])

    def column(self, name: str) -> pd.Series:
        """A raw column; all null where the file has none."""
        if name in self.raw:
            return self.raw[name].mask(self.raw[name].str.strip() == "")
        return pd.Series(None, index=self.raw.index, dtype="str")

    def number(self, name: str) -> pd.Series:
        """A column of identifiers, repaired; the words that stand for none are none."""
        values = self.text(name)
        return values.mask(fold_all(values).isin(_NO_NUMBER))

    def identifier(self, name: str) -> pd.Series:
        """A column of SIRETs or SIRENs, repaired; here a SIREN alone is no defect."""
        values, rules = clean_siret(self.column(name))
        padded = values.where(values.str.fullmatch("[0-9]{7,8}", na=False)).str.zfill(9)
        values = values.mask(luhn(padded), padded)
        repaired = pd.Series("siret_punctuation", index=values.index, dtype="str").mask(
            luhn(padded), "siret_leading_zero"
        )
        is_siren = (siren_of(values) == values).fillna(False).astype(bool)
        same = (values == self.column(name).str.strip()).fillna(False).astype(bool)
        return self.kept(name, (values, rules.mask(is_siren, repaired.mask(same))))

    def done(self, frame: pd.DataFrame, unusable: pd.Series, marked: str = "source") -> CleanLines:
        """The lines without a reason in ``unusable``; ``marked`` is the column that tells made-up data."""
        self.ledger.append(entries(self.raw, unusable))
        fictitious = (fold_all(self.column(marked)) == "donnees fictives").fillna(False).astype(bool)
        frame = frame.assign(is_fictitious=fictitious, **self.raw[["source_file", "source_record"]])
        usable = frame[unusable.isna()].reset_index(drop=True)
        return CleanLines(usable, join(self.ledger), int(unusable.notna().sum()) + self.unread)


def clean_payments(lines: Lines, reference: Reference, year: str | None, buyer: str | None) -> CleanLines:
    """Payments before their supplier and contract are known; ``year`` and ``buyer`` (a SIREN) are the file's, for lines
    that tell neither (Marché de l'inclusion).
    """
    raw = lines.raw
    day = lines.kept("date_paiement", clean_date(lines.column("date_paiement")))
    if "date_paiement" not in raw:
        day = pd.Series(pd.Timestamp(f"{year}-12-31") if year else pd.NaT, index=raw.index, dtype="datetime64[ms]")
        known = pd.Series(year is not None, index=raw.index)
        lines.flag("payment_year_of_file", known, "date_paiement", day)
        lines.flag("payment_without_day", ~known, "date_paiement")
    payer = siren_of(lines.identifier("acheteur_siret"))
    if "acheteur_siret" not in raw:
        payer = pd.Series(buyer, index=raw.index, dtype="str")
        rule = "payment_buyer_of_file" if buyer else "payment_without_buyer"
        lines.flag(rule, pd.Series(True, index=raw.index), "acheteur_siret", payer)
    cents, status, rules = clean_payment_amount(lines.column("montant_ht"))
    lines.note(rules, "montant_ht", cents / 100)
    pseudonyms = lines.masked_persons("fournisseur_nom", "fournisseur_siret")
    supplier = lines.identifier("fournisseur_siret")
    supplier = supplier.mask(fold_all(supplier).isin(_NO_NUMBER) | supplier.str.contains(_ROUNDED, na=False))
    supplier = supplier.fillna(pseudonyms)
    nature = lines.column("nature_budgetaire")
    meaning = _nature(nature, reference.budget_natures)
    lines.flag("budget_nature_unknown", nature.notna() & meaning.isna(), "nature_budgetaire")
    invoiced = lines.kept("date_facture", clean_date(lines.column("date_facture")))
    delay = (day - invoiced).dt.days.astype("Int64")
    early = (delay < 0).fillna(False)
    lines.flag("invoice_after_payment", early, "date_facture", day)
    frame = pd.DataFrame(
        {
            "buyer_siren": payer,
            "quarter": quarter_of(day),
            "territory": lines.text("territoire"),
            "directorate": lines.text("direction"),
            "paid_on": day,
            "invoiced_on": invoiced,
            "payment_delay_days": delay.mask(early),
            "amount_cents": cents,
            "amount_status": status,
            "supplier_id": supplier,
            "supplier_siren": siren_of(supplier),
            "supplier_name": lines.text("fournisseur_nom"),
            "category": lines.text("categorie"),
            "budget_nature": lines.text("nature_budgetaire"),
            "is_purchase": (meaning == "purchase").astype("boolean").where(meaning.notna()),
            "exclusion": meaning.where(meaning != "purchase"),
            "has_vat_budget": lines.kept("budget_avec_tva", clean_flag(lines.column("budget_avec_tva"))),
            "contract_id": lines.number("numero_marche"),
        }
    )
    nothing = cents.isna() & supplier.isna() & frame["supplier_name"].isna()
    return lines.done(frame, rule_where("payment_empty", nothing))


def clean_payment_amount(raw: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """(cents, status, rule): as a price, but a credit note is negative, and a few cents or nothing are paid too."""
    signed = raw.str.strip().str.replace("\u2212", "-", regex=False)
    signed = signed.str.replace(r"^\((.+)\)$", r"-\1", regex=True).str.replace(r"^([^-].*)-$", r"-\1", regex=True)
    negative = signed.str.match("-", na=False).astype(bool)
    amounts, rule = clean_amount(signed.str.removeprefix("-"))
    small = amounts["montant"].between(0, 1).fillna(False).astype(bool)
    status = amounts["amount_status"].mask(small, "ok")
    cents = (amounts["montant"].where(status == "ok") * 100).round().astype("Int64")
    return cents.mask(negative, -cents), status, rule.mask(small)


def clean_suppliers(lines: Lines, day: str | None) -> CleanLines:
    """Statuses with their dates; ``day`` is the one in the file's name, for lists that carry none in their lines."""
    raw = lines.raw
    masks = [
        fold_all(lines.column(one)).map(_MASKS).astype("str") for one in ("categorie_juridique", "diffusion", "statut")
    ]
    mask = masks[0].fillna(masks[1]).fillna(masks[2])
    siret = lines.identifier("siret")
    given = siren_of(lines.identifier("siren"))
    siren = siren_of(siret).fillna(given)
    code = lines.column("statut").str.strip().str.upper()
    told = lines.column("indicateur_ess").str.strip().str.upper()  # Insee's: O is a yes, N says nothing
    lines.flag("flag_unreadable", told.notna() & ~told.isin(["O", "N"]), "indicateur_ess")
    status = code.where(code.isin(SUPPLIER_STATUSES)).mask((told == "O").fillna(False).astype(bool), "ESS")
    start = lines.kept("valide_du", clean_date(lines.column("valide_du")))
    end = lines.kept("valide_au", clean_date(lines.column("valide_au")))
    crossed = (end < start).fillna(False)
    lines.flag("date_implausible", crossed, "valide_au")
    start, end = start.mask(crossed), end.mask(crossed)
    listed = lines.kept("jour_de_la_liste", clean_date(lines.column("jour_de_la_liste")))
    listed = listed.fillna(pd.Timestamp(day)) if day else listed
    rule = pd.Series("declared", index=raw.index, dtype="str").mask(start.isna(), "list")
    lost = lines.column("valide_au").notna() & end.isna()  # an end that cannot be read is no open end
    rule = rule.mask(start.isna() & listed.isna() | crossed | lost, "none")
    commune = lines.column("code_commune").str.strip().str.upper()
    readable = commune.str.fullmatch(r"[0-9][0-9AB][0-9]{3}", na=False)
    lines.flag("number_unreadable", commune.notna() & ~readable, "code_commune")
    frame = pd.DataFrame(
        {
            "siret": siret.where(siret.str.fullmatch(r"[0-9]{14}", na=False)),
            "siren": siren,
            "name": lines.text("denomination"),
            "status": status,
            "mask": mask,
            "valid_from": start.fillna(listed).mask(crossed),
            "valid_to": end,
            "date_rule": rule,
            "commune_code": commune.where(readable),
            "list": lines.text("liste"),
        }
    )
    unusable = rule_where("supplier_status_unknown", code.notna() & status.isna() & masks[2].isna())
    unusable = unusable.mask(siren.isna(), "supplier_without_identifier")
    return lines.done(frame, unusable)


def clean_insertion_hours(lines: Lines) -> CleanLines:
    """Hours of one contract in one quarter."""
    buyer = siren_of(lines.identifier("acheteur_siret"))
    quarter = (
        lines.column("trimestre").str.strip().str.upper().str.replace(r"^(\d{4})-?[TQ]([1-4])$", r"\1-T\2", regex=True)
    )
    quarter = quarter.where(quarter.str.fullmatch(r"20[0-3][0-9]-T[1-4]", na=False))
    lines.flag(
        "date_format", (quarter != lines.column("trimestre").str.strip()) & quarter.notna(), "trimestre", quarter
    )
    frame = pd.DataFrame(
        {
            "buyer_siren": buyer,
            "quarter": quarter,
            "territory": lines.text("territoire"),
            "contract_id": lines.number("numero_marche"),
            "planned_hours": lines.kept("heures_prevues", _hours(lines.column("heures_prevues"))),
            "done_hours": lines.kept("heures_realisees", _hours(lines.column("heures_realisees"))),
        }
    )
    return lines.done(frame, rule_where("hours_without_quarter", quarter.isna()))


def clean_declarations(lines: Lines) -> CleanLines:
    """One row a declared part of a category and year."""
    year = lines.kept("annee", clean_whole(lines.column("annee"), 9998))
    buyer = siren_of(lines.identifier("siret"))
    totals = _declared(lines, "montant_total")
    scheme = "agec" if "type_produit_acquis" in lines.raw else "egalim"
    category = lines.text("type_produit_acquis" if scheme == "agec" else "categorie")
    parts = []
    for part, (owner, names) in _PARTS.items():
        if owner != scheme:
            continue
        amounts = [_declared(lines, name) for name in names]
        parts.append(
            pd.DataFrame(
                {
                    "buyer_siren": buyer,
                    "quarter": year.astype("str") + "-T4",
                    "scheme": scheme,
                    "category": category,
                    "part": part,
                    "part_cents": sum(amounts[1:], start=amounts[0]),
                    "total_cents": totals,
                }
            )
        )
    unusable = rule_where("declaration_without_year", (year.isna() | (year < 1900)).fillna(True))
    done = [lines.done(frame, unusable, "commentaires") for frame in parts]
    frames = pd.concat([one.frame for one in done], ignore_index=True)
    return CleanLines(
        frames.sort_values(["source_record", "part"], ignore_index=True), done[0].ledger, done[0].rejected
    )


def _declared(lines: Lines, name: str) -> pd.Series:
    """The cents of a column of declared totals."""
    cents, _, rules = clean_payment_amount(lines.column(name))
    negative = (cents < 0).fillna(False).astype(bool)
    lines.note(rules.mask(negative, "amount_implausible"), name, (cents / 100).mask(negative))
    return cents.mask(negative)


def clean_needs(lines: Lines, reference: Reference, buyer: str | None) -> CleanLines:
    """Needs as the directorates tell them; what a line lacks is flagged, so that it can be asked for. ``buyer``: the SIREN of
    lines that name none.
    """
    amounts, rules = clean_amount(lines.column("montant_estime_ht"))
    lines.note(rules, "montant_estime_ht", amounts["amount_cents"] / 100)
    cpv = lines.kept("code_cpv", clean_cpv(lines.column("code_cpv")))
    months = lines.kept("duree_mois", clean_whole(lines.column("duree_mois"), LONGEST_MONTHS))
    told = fold_all(lines.text("famille"))
    family, unit = (
        told.map({name: codes[part] for name, codes in reference.purchase_names.items()}).astype("str")
        for part in (0, 1)
    )
    family, unit = family.fillna(family_of(cpv, reference.families)), unit.fillna(family_of(cpv, reference.units))
    lines.flag("family_unknown", told.notna() & ~told.isin(list(reference.purchase_names)), "famille", family)
    frame = pd.DataFrame(
        {
            "need_id": lines.text("numero_besoin"),
            "buyer_siren": _buyer(lines, buyer),
            "territory": lines.text("territoire"),
            "directorate": lines.text("direction"),
            "family": family,
            "unit": unit,
            "codeCPV": cpv,
            "operation": lines.text("operation"),
            "objet": lines.text("objet"),
            "amount_cents": amounts["amount_cents"],
            "amount_status": amounts["amount_status"],
            "starts_on": lines.kept("date_debut", clean_date(lines.column("date_debut"))),
            "duration_months": months.mask((months == 0).fillna(False)),
            "is_recurring": lines.kept("recurrent", clean_flag(lines.column("recurrent"))),
            "contract_id": lines.number("numero_marche"),
            "contact_function": _function(lines, "fonction_contact", reference),
            "replaces": lines.column("fichier_lu") + "\n" + lines.column("enregistrement_lu"),
        }
    )
    for rule, absent, name in (
        ("need_without_buyer", frame["buyer_siren"].isna(), "acheteur_siret"),
        ("need_without_object", frame["objet"].isna(), "objet"),
        ("need_without_family", frame["family"].isna() & frame["unit"].isna(), "famille"),
        ("need_without_amount", lines.column("montant_estime_ht").isna(), "montant_estime_ht"),
        ("need_without_day", lines.column("date_debut").isna(), "date_debut"),
        ("need_without_duration", lines.column("duree_mois").isna() | (months == 0).fillna(False), "duree_mois"),
        ("need_without_directorate", frame["directorate"].isna(), "direction"),
    ):
        lines.flag(rule, absent & frame["need_id"].notna(), name)
    done = lines.done(frame, rule_where("need_without_number", frame["need_id"].isna()))
    ragged = lines.told
    for name in ragged.columns.difference(["source_file", "source_record"]):
        ragged[name] = ragged[name].mask(names_a_person(ragged[name]))
    as_read: pd.DataFrame = pd.concat([lines.raw, ragged], ignore_index=True)
    return replace(done, as_read=as_read.sort_values("source_record"))


def _buyer(lines: Lines, alone: str | None) -> pd.Series:
    siren = siren_of(lines.identifier("acheteur_siret"))
    return siren.mask(lines.column("acheteur_siret").isna(), alone)


def _function(lines: Lines, name: str, reference: Reference) -> pd.Series:
    """A column of functions; a person's name is kept nowhere, neither here nor in the ledger nor in the lines as read."""
    told = lines.column(name)
    person = told.notna() & ~is_function(told, words_of(list(reference.purchase_names)))
    lines.raw = lines.raw.assign(**{name: told.mask(person, "(personne)")})
    lines.flag("contact_person", person, name)
    return lines.text(name).mask(person)


def clean_working_groups(lines: Lines, reference: Reference, buyer: str | None) -> CleanLines:
    """Working groups: what they work on, the functions that lead them, whom they bring together. ``buyer`` as for needs."""
    named = {name: family for name, (family, _) in reference.purchase_names.items()}
    families = lines.text("familles").map(_parts, na_action="ignore")
    known = families.map(lambda parts: [named.get(fold(part)) for part in parts], na_action="ignore")
    lost = known.map(lambda codes: None in codes, na_action="ignore").fillna(False)
    joined = known.map(lambda codes: " | ".join(dict.fromkeys(filter(None, codes))), na_action="ignore").astype("str")
    lines.flag("family_unknown", lost, "familles", joined)
    frame = pd.DataFrame(
        {
            "buyer_siren": _buyer(lines, buyer),
            "group": lines.text("groupe_de_travail"),
            "families": joined.mask(joined == ""),
            "theme": lines.text("theme"),
            "buyer_function": _function(lines, "fonction_acheteur", reference),
            "lawyer_function": _function(lines, "fonction_juriste", reference),
            "territories": lines.text("territoires").map(_joined, na_action="ignore").astype("str"),
            "directorates": lines.text("directions").map(_joined, na_action="ignore").astype("str"),
        }
    )
    return lines.done(frame, rule_where("group_without_name", frame["group"].isna()))


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[|;\n]", cell) if part.strip()]


def _joined(cell: str) -> str:
    return " | ".join(_parts(cell))


def clean_lines(
    table: str, records: Sequence[RawRecord], file: str, reference: Reference, day: str | None
) -> CleanLines:
    """A batch of lines of a side table; ``day`` is the one in the file's name."""
    lines = Lines(records, file)
    cleaners: dict[str, Callable[[], CleanLines]] = {
        "payments": lambda: clean_payments(lines, reference, *_told_by(file, reference)),
        "suppliers": lambda: clean_suppliers(lines, day),
        "insertion_hours": lambda: clean_insertion_hours(lines),
        "declarations": lambda: clean_declarations(lines),
        "needs": lambda: clean_needs(lines, reference, _told_by(file, reference)[1]),
        "working_groups": lambda: clean_working_groups(lines, reference, _told_by(file, reference)[1]),
    }
    return cleaners[table]()


def _told_by(file: str, reference: Reference) -> tuple[str | None, str | None]:
    """The one year and the buyer's SIREN in the name of a file; without a SIREN, the only organisation there is."""
    name = pd.Series([file.rpartition("/")[2]], dtype="str")
    years = set(re.findall(r"(?<![0-9])20[0-9]{2}(?![0-9])", name.iloc[0]))
    siren = siren_of(name.str.extract(r"(?<![0-9])([0-9]{9})(?![0-9])", expand=False)).iloc[0]
    alone = reference.organisations[0].siren if len(reference.organisations) == 1 else None
    return (years.pop() if len(years) == 1 else None), (alone if pd.isna(siren) else str(siren))


def _nature(nature: pd.Series, spellings: pd.Series) -> pd.Series:
    """What a budget nature means: a spelling, or an account number that begins with one."""
    folded = fold_all(nature)
    found = folded.map(spellings).astype("str")
    accounts = sorted((one for one in spellings.index if one.isdigit()), key=len, reverse=True)
    for prefix in accounts:
        found = found.mask(found.isna() & folded.str.startswith(prefix, na=False), spellings[prefix])
    return found


def _hours(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(hours, rule): a number from 0 that one contract can have in a quarter; "1.250" may be two numbers, and is none."""
    numbers, readable = parse_number(raw)
    ambiguous = is_ambiguous(raw)
    good = numbers.between(0, MOST_HOURS).fillna(False) & ~ambiguous
    rule = rule_where("number_unreadable", (numbers.notna() & ~good) | ~readable).mask(ambiguous, "amount_ambiguous")
    return numbers.where(good), rule
