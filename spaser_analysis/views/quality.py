"""What the data behind the figures are worth: what is filled in, what was repaired, which files they come from."""

from __future__ import annotations

from datetime import date

import pandas as pd

from spaser_analysis.indicators.completeness import PREFIX
from spaser_analysis.report import Report
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Linked, Table, table
from spaser_analysis.views.labels import LABELS
from spaser_analysis.views.tables import WINDOW

_EXAMPLE_LENGTH, _SHOWN = 60, 40
# The rows of ``completeness`` that are indicators too.
_COUNTED = {0: "considerationsEnvironnementales", 1: "considerationsSociales", 2: "montant", 6: "offresRecues"}


def completeness(report: Report) -> Table:
    """Field by field, how many contracts since 1 January say what the indicators need, and why the others do not."""
    contracts = report.contracts_of(WINDOW)
    rows: list[tuple[str, ...]] = [
        _statuses("Considération environnementale", contracts["environmental_status"], "declared", "considerations"),
        _statuses("Considération sociale", contracts["social_status"], "declared", "considerations"),
        _statuses("Montant utilisable", contracts["amount_status"], "ok", "amounts"),
        _filled("Famille d’achat", contracts["family"]),
        _filled("Direction", contracts["directorate"]),
        _filled("Durée", contracts["dureeMois"]),
        _filled("Nombre d’offres", contracts["offresRecues"]),
    ]
    for rank, field in _COUNTED.items():
        label, support, share, *causes = rows[rank]
        rows[rank] = (label, support, Linked.to(report.evidence(f"{PREFIX}{field}"), share), *causes)
    months = formatting.months(report.window(WINDOW))
    return table("completeness", rows if len(contracts) else (), months=months, territories=_territories(report))


def _statuses(label: str, statuses: pd.Series[str], good: str, kind: str) -> tuple[str, ...]:
    counts = statuses.value_counts()
    names = LABELS[kind].items()
    causes = [f"{name} : {formatting.number(int(counts[code]))}" for code, name in names if code in counts]
    return (label, *_share(int(counts.get(good, 0)), len(statuses)), ", ".join(causes) or "–")


def _filled(label: str, values: pd.Series[str]) -> tuple[str, ...]:
    known = int(values.notna().sum())
    causes = f"absente : {formatting.number(len(values) - known)}" if known < len(values) else "–"
    return (label, *_share(known, len(values)), causes)


def _share(known: int, total: int) -> tuple[str, str]:
    share = formatting.percent(known / total) if total else "–"
    return f"{formatting.number(known)} sur {formatting.number(total)}", share


def _territories(report: Report) -> str:
    rules = report.contracts_of(WINDOW)["territory_rule"].value_counts()
    known = [(name, int(rules[code])) for code, name in LABELS["territory_rules"].items() if code in rules]
    return f"Territoire décidé par : {', '.join(f'{name} ({formatting.number(count)})' for name, count in known)}."


def repairs(report: Report) -> Table:
    """What cleaning changed or flagged in the contracts counted here, one row a rule."""
    contracts = report.contracts_of(WINDOW)
    entries = report.ledger[report.ledger["uid"].isin(contracts["uid"])]
    counts = entries.groupby(["action", "rule", "reason"], sort=True)["uid"].nunique().reset_index(name="contracts")
    counts = counts.sort_values(["contracts", "action", "rule", "reason"], ascending=[False, True, True, True])
    rows = (
        (formatting.capitalised(one["reason"]), LABELS["actions"][one["action"]], formatting.number(one["contracts"]))
        for one in counts.to_dict("records")
    )
    return table("repairs", rows, contracts=formatting.number(len(contracts)))


def files_read(report: Report) -> Table:
    """The input files, whose counts balance: read = used + rejected + duplicates."""
    rows = (
        (
            one.name,
            _format(one.format),
            _file_day(one.snapshot),
            *map(formatting.number, (one.read, one.used, one.rejected, one.duplicates)),
        )
        for one in report.sources
    )
    return table("files_read", rows)


def _file_day(day: str | None) -> str:
    return formatting.day(date.fromisoformat(day)) if day else "non connu"


def _format(name: str) -> str:
    """The kind of a file in French."""
    return next((label for kind, label in LABELS["formats"].items() if name.startswith(kind)), name)


def journal(report: Report) -> Table:
    """Every rule of cleaning that found something in the files, with one example of what was read and kept."""
    entries = report.journal.assign(order=report.journal["action"].map(list(LABELS["actions"]).index))
    rows = []
    for _, own in entries.groupby(["order", "rule", "reason"], sort=True):
        # The first of the shortest, whatever the order of the records; nothing read comes last.
        ranked = own.assign(length=own["before"].str.len()).sort_values(["length", "before", "after"])
        first = ranked.iloc[0]
        rows.append(
            (
                formatting.capitalised(first["reason"]),
                LABELS["actions"][first["action"]],
                formatting.number(len(own)),
                _example(first["before"]),
                _example(None if first["action"] == "duplicate" else first["after"]),  # a record, by its file
            )
        )
    return table("journal", rows)


def ledger(report: Report, rule: str = "") -> Table:
    """The ledger of the report's contracts: how often each rule applied, and the first record that it touched, as read and
    as kept; or, of one ``rule`` (``"amount_format"``), its first forty entries. ValueError for one that touched nothing.

    >>> [column.label for column in ledger(open_report("2022-T3", "CT2"), "amount_format").columns][-2:]
    ['Lu', 'Gardé']
    """
    entries = report.ledger.sort_values(["source_file", "source_record", "column"], ignore_index=True)
    if not rule:
        groups = sorted(entries.groupby("rule"), key=lambda one: (-len(one[1]), one[0]))
        firsts = ((formatting.number(len(own)), own.iloc[0]) for _, own in groups)
        return table("ledger", ((_rule(one), count, *_entry(one)) for count, one in firsts))
    own = entries[entries["rule"] == rule]
    if own.empty:
        raise ValueError(f"no entry of {rule!r}: choose one of {', '.join(sorted(set(entries['rule'])))}")
    rows = ((str(one["uid"]), *_entry(one)) for _, one in own.head(_SHOWN).iterrows())
    count = formatting.counted(len(own), "entrée", "entrées")
    return table("ledger_of_rule", rows, rule=_rule(own.iloc[0]), count=count)


def _rule(one: pd.Series[str]) -> str:
    return f"{formatting.capitalised(one['reason'])} ({one['rule']})"


def _entry(one: pd.Series[str]) -> tuple[str, ...]:
    """What was done, where, and the value before and after."""
    place = (one["source_file"], formatting.number(int(one["source_record"])), readings.text(one["column"], "–"))
    return LABELS["actions"][one["action"]], ", ".join(place), _example(one["before"]), _example(one["after"])


def _example(value: str | None) -> str:
    if value is None or pd.isna(value):
        return "–"
    text = " ".join(value.split())
    return text if len(text) <= _EXAMPLE_LENGTH else f"{text[:_EXAMPLE_LENGTH]}…"


def duplicates(report: Report) -> Table:
    """In which files the records set aside as duplicates were, and in which the contract is kept."""
    doubled = report.journal[report.journal["action"] == "duplicate"]
    kept = doubled["after"].str.replace(r"#\d+$", "", regex=True).fillna("non précisé").rename("kept")
    counts = doubled.groupby(["source_file", kept], sort=True).size().reset_index(name="lines")
    return table("duplicates", ((file, kept, formatting.number(lines)) for file, kept, lines in counts.to_numpy()))


def supplier_lists(report: Report) -> Table:
    """The lists of suppliers that were read, and what their statuses say of their dates."""
    days = {one.name: one.snapshot for one in report.sources}
    rows = []
    for (name, file), own in report.supplier_lists.groupby([report.supplier_lists["list"].fillna(""), "source_file"]):
        rules = own["date_rule"].value_counts()
        rows.append(
            (
                str(name) or "non nommée",
                _file_day(days.get(str(file))),
                formatting.number(len(own)),
                *(formatting.number(int(rules.get(rule, 0))) for rule in ("declared", "list", "none")),
            )
        )
    return table("supplier_lists", rows)


def payments_read(report: Report) -> Table:
    """What the payments under contracts since 1 January lack, in number and in money."""
    spent = report.tables["payments"]
    own = report.of_territory(spent[spent["quarter"].isin(report.window(WINDOW).quarters)])
    chosen = report.organisation.solidarity_definition
    definition = f" (définition {chosen})" if chosen else ""
    kinds: dict[str, pd.Series[bool]] = {
        "Tous les paiements pris en compte": own["buyer_siren"].notna(),
        "dont nature de dépense non renseignée": own["is_purchase"].isna(),
        "dont fournisseur sans identifiant valide": own["supplier_siren"].isna(),
        f"dont fournisseur dont on ne sait s’il est solidaire{definition}": own["is_solidarity"].isna(),
        "dont couverts par un marché publié": own["is_covered"].fillna(False),
        "dont sans numéro de marché": own["contract_id"].isna(),
        "dont numéro d’aucun marché publié": ~own["is_covered"].fillna(True),
        "dont avoirs, en moins": (own["amount_cents"] < 0).fillna(False),
        "dont montant inutilisable": own["amount_cents"].isna(),
        "dont budget qui récupère la TVA": own["has_vat_budget"].fillna(False),
        "dont budget dont on ne sait s’il la récupère": own["has_vat_budget"].isna(),
    }
    undated = int(report.payments["quarter"].isna().sum())
    late = f" {formatting.counted(undated, 'paiement', 'paiements')} sans date, dans aucune période." if undated else ""
    rows = (
        (label, formatting.number(int(rows.sum())), formatting.euros(int(own.loc[rows, "amount_cents"].sum())))
        for label, rows in kinds.items()
    )
    months = formatting.months(report.window(WINDOW))
    return table("payments_read", rows if len(own) else (), months=months, late=late)
