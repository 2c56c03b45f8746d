"""What the data behind the figures are worth: what is filled in, what was repaired, which files they come from."""

from __future__ import annotations

from datetime import date

import pandas as pd

from spaser_analysis.report import Report
from spaser_analysis.views import formatting
from spaser_analysis.views.elements import Column, Table

_CONSIDERATIONS = {
    "undeclared": "absente",
    "unreadable": "illisible",
    "contradiction": "contradictoire",
}
_AMOUNTS = {
    "missing": "absent",
    "placeholder": "valeur de remplissage",
    "implausible": "invraisemblable",
    "unreadable": "illisible",
}
_ACTIONS = {
    "repaired": "Réparé",
    "emptied": "Vidé",
    "flagged": "Signalé",
    "rejected": "Rejeté",
    "duplicate": "Doublon écarté",
    "corrected": "Corrigé",
}
_TERRITORY_RULES = {
    "register": "registre de l’acheteur",
    "buyer_siret": "établissement acheteur",
    "object": "objet du marché",
    "ambiguous": "plusieurs territoires possibles",
    "whole": "sans indice, comptés dans l’ensemble seulement",
    "other_buyer": "autre acheteur",
}


def completeness(report: Report) -> Table:
    """Field by field, how many contracts since 1 January say what the indicators need, and why the others do not."""
    contracts = report.contracts_of("year_to_date")
    rows = (
        _statuses("Considération environnementale", contracts["environmental_status"], "declared", _CONSIDERATIONS),
        _statuses("Considération sociale", contracts["social_status"], "declared", _CONSIDERATIONS),
        _statuses("Montant utilisable", contracts["amount_status"], "ok", _AMOUNTS),
        _filled("Famille d’achat", contracts["family"]),
        _filled("Direction", contracts["directorate"]),
        _filled("Durée", contracts["dureeMois"]),
        _filled("Nombre d’offres", contracts["offresRecues"]),
    )
    return Table(
        caption=f"Ce qui est renseigné, {formatting.months(report.window('year_to_date'))}",
        columns=(
            Column("Information"),
            Column("Connue", is_number=True),
            Column("Part", is_number=True),
            Column("Pourquoi les autres ne le sont pas"),
        ),
        rows=rows if len(contracts) else (),
        notes=(_territories(report),),
        empty="Aucun marché dans la période.",
    )


def _statuses(label: str, statuses: pd.Series[str], good: str, names: dict[str, str]) -> tuple[str, ...]:
    counts = statuses.value_counts()
    causes = [f"{name} : {formatting.number(int(counts[code]))}" for code, name in names.items() if code in counts]
    return (label, *_share(int(counts.get(good, 0)), len(statuses)), ", ".join(causes) or "–")


def _filled(label: str, values: pd.Series[str]) -> tuple[str, ...]:
    known = int(values.notna().sum())
    causes = f"absente : {formatting.number(len(values) - known)}" if known < len(values) else "–"
    return (label, *_share(known, len(values)), causes)


def _share(known: int, total: int) -> tuple[str, str]:
    share = formatting.percent(known / total) if total else "–"
    return f"{formatting.number(known)} sur {formatting.number(total)}", share


def _territories(report: Report) -> str:
    rules = report.contracts_of("year_to_date")["territory_rule"].value_counts()
    known = [(name, int(rules[code])) for code, name in _TERRITORY_RULES.items() if code in rules]
    return f"Territoire décidé par : {', '.join(f'{name} ({formatting.number(count)})' for name, count in known)}."


def repairs(report: Report) -> Table:
    """What cleaning changed or flagged in the contracts counted here, one row a rule."""
    contracts = report.contracts_of("year_to_date")
    entries = report.ledger[report.ledger["uid"].isin(contracts["uid"])]
    counts = entries.groupby(["action", "rule", "reason"], sort=True)["uid"].nunique().reset_index(name="contracts")
    counts = counts.sort_values(["contracts", "action", "rule", "reason"], ascending=[False, True, True, True])
    return Table(
        caption=f"Ce que le nettoyage a changé ou signalé dans ces {formatting.number(len(contracts))} marchés",
        columns=(Column("Raison"), Column("Action"), Column("Marchés", is_number=True)),
        rows=tuple(
            (
                one["reason"][:1].upper() + one["reason"][1:],
                _ACTIONS[one["action"]],
                formatting.number(int(one["contracts"])),
            )
            for one in counts.to_dict("records")
        ),
        notes=("Le journal du nettoyage (table ledger) garde, marché par marché, la valeur lue et la valeur retenue.",),
        empty="Aucune réparation.",
    )


def files_read(report: Report) -> Table:
    """The input files, whose counts balance: read = used + rejected + duplicates."""
    return Table(
        caption="Fichiers lus",
        columns=(
            Column("Fichier"),
            Column("Format"),
            Column("Arrêté au"),
            Column("Lus", is_number=True),
            Column("Retenus", is_number=True),
            Column("Rejetés", is_number=True),
            Column("Doublons", is_number=True),
        ),
        rows=tuple(
            (
                one.name,
                _format(one.format),
                formatting.day(date.fromisoformat(one.snapshot)) if one.snapshot else "non connu",
                *(formatting.number(count) for count in (one.read, one.used, one.rejected, one.duplicates)),
            )
            for one in report.sources
        ),
        notes=("Tous acheteurs et toutes années : lus = retenus + rejetés + doublons.",),
    )


def _format(name: str) -> str:
    """The kind of a file in French."""
    kinds = {
        "register": "registre de l’acheteur",
        "decp-2022": "DECP 2022",
        "decp-2019": "DECP 2019",
        "decp-xml": "DECP (XML)",
        "economie.gouv.fr": "export economie.gouv.fr",
        "decp.info": "tables decp.info",
        "xml-2022-extract": "extrait des XML 2022",
        "regional-account-2019": "compte régional 2019",
    }
    return next((label for kind, label in kinds.items() if name.startswith(kind)), name)
