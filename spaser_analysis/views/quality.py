"""What the data behind the figures are worth: what is filled in, what was repaired, which files they come from."""

from __future__ import annotations

from datetime import date

import pandas as pd

from spaser_analysis.indicators import INDICATORS, INDICATORS_BY_CODE
from spaser_analysis.indicators.completeness import PREFIX
from spaser_analysis.report import Report
from spaser_analysis.views import formatting, readings, style
from spaser_analysis.views.elements import Column, Data, Figure, Table
from spaser_analysis.views.figures import footer, opening, percent_axis

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
_EXAMPLE_LENGTH = 60
WINDOW = "year_to_date"
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
        "payments": "paiements",
        "suppliers": "listes de fournisseurs",
        "insertion_hours": "heures d’insertion",
        "agec": "déclaration AGEC",
        "egalim": "déclaration EGalim",
        "needs": "besoins",
    }
    return next((label for kind, label in kinds.items() if name.startswith(kind)), name)


def fields(report: Report) -> Figure:
    """Each field that indicators read: how often it is usable since 1 January, in the whole and by territory."""
    whole = report.organisation.whole
    found = [(one.sheet.code, _label(one.sheet.label)) for one in INDICATORS if one.sheet.code.startswith(PREFIX)]
    rows = [(label, _filled_share(report, code, whole.code), _extremes(report, code)) for code, label in found]
    with style.house_style():
        drawing, (axis,) = style.panels(1, 1.2 + 0.25 * len(rows), left=2.1, between=0, right=0.8)
        for place, (_, share, extremes) in enumerate(rows):
            if share is None:
                axis.text(0.01, place, readings.NOT_COMPUTED, va="center", color=style.SOFT)
                continue
            axis.barh(place, share, height=0.6, color=style.NO, edgecolor=style.SOFT, linewidth=0.6)
            axis.plot([one for one, _ in extremes], [place] * len(extremes), color=style.YES, marker="|", markersize=9)
            text, beside = formatting.percent(share), axis.get_yaxis_transform()
            axis.text(1.02, place, text, va="center", color=style.INK, transform=beside)
        axis.set_yticks(range(len(rows)), [label for label, _, _ in rows])
        axis.tick_params(axis="y", labelcolor=style.INK)
        axis.set_ylim(len(rows) - 0.4, -0.6)
        axis.set_xlim(0, 1)
        percent_axis(axis, "x")
        png, size = style.png(drawing, footer(report)), style.size(drawing)
    cells = [(label, _said(share), *_ends(extremes)) for label, share, extremes in rows]
    told = " ; ".join(f"{label} : {said}" for label, said, *_ in cells)
    months = formatting.months(report.window(WINDOW))
    return Figure(
        png=png,
        size=size,
        alternative=f"Une barre par champ, la part des marchés où il est exploitable. {told}.",
        caption=(
            f"{opening(report)}Part des marchés notifiés {months} où chaque champ est exploitable, {whole.name}. "
            "Le trait va du territoire le moins renseigné au plus renseigné, là où l’effectif suffit."
        ),
        table=Table(
            caption=f"Champs exploitables, {months}",
            columns=(
                Column("Champ"),
                Column("Ensemble", is_number=True),
                Column("Territoire le moins renseigné"),
                Column("Territoire le plus renseigné"),
            ),
            rows=tuple(cells),
        ),
    )


def _label(label: str) -> str:
    name = label.partition(" : ")[2]
    return f"{name[:1].upper()}{name[1:]}"


def _filled_share(report: Report, code: str, territory: str) -> float | None:
    row = report.result(code, WINDOW, territory=territory)
    return None if row is None or pd.isna(row["low"]) else float(row["low"])


def _extremes(report: Report, code: str) -> tuple[tuple[float, str], ...]:
    """The share and name of the territory where the field is least often usable, and of the one where it is most."""
    shares = [(_filled_share(report, code, one.code), one.name) for one in report.organisation.territories]
    known = sorted((share, name) for share, name in shares if share is not None)
    return (known[0], known[-1]) if known else ()


def _said(share: float | None) -> str:
    return readings.NOT_COMPUTED if share is None else formatting.percent(share)


def _ends(extremes: tuple[tuple[float, str], ...]) -> tuple[str, str]:
    if not extremes:
        return "–", "–"
    (least, where), (most, elsewhere) = extremes
    if least == most:
        return ("le même partout",) * 2
    return f"{formatting.percent(least)} ({where})", f"{formatting.percent(most)} ({elsewhere})"


def fields_by_quarter(report: Report) -> Table:
    """The same fields quarter by quarter, over twelve months."""
    window = report.window("rolling_12_months")
    rows = []
    for code in (code for code in INDICATORS_BY_CODE if code.startswith(PREFIX)):
        counts = report.breakdown(code, "quarter", "rolling_12_months")
        label = _label(INDICATORS_BY_CODE[code].sheet.label)
        rows.append((label, *(_in_quarter(counts, one) for one in window.quarters)))
    return Table(
        caption=f"Champs exploitables, trimestre par trimestre, {formatting.months(window)}",
        columns=(Column("Champ"), *(Column(one, is_number=True) for one in window.quarters)),
        rows=tuple(rows),
        notes=("Un champ qui se remplit fait bouger les taux sans que les achats aient changé.",),
    )


def _in_quarter(counts: pd.DataFrame, quarter: str) -> str:
    if quarter not in counts.index:
        return "aucun marché"
    row = counts.loc[[quarter]].iloc[0]
    return readings.NOT_COMPUTED if row["is_small"] else formatting.percent(row["yes"] / (row["yes"] + row["no"]))


def journal(report: Report) -> Table:
    """Every rule of cleaning that found something in the files, with one example of what was read and kept."""
    entries = report.journal.assign(
        order=report.journal["action"].map({name: rank for rank, name in enumerate(_ACTIONS)})
    )
    rows = []
    for _, own in entries.groupby(["order", "rule", "reason"], sort=True):
        short = own["before"].str.len().sort_values(kind="stable")  # the first of the shortest; nothing read comes last
        first = own.loc[short.index[0]]
        rows.append(
            (
                f"{first['reason'][:1].upper()}{first['reason'][1:]}",
                _ACTIONS[first["action"]],
                formatting.number(len(own)),
                _example(first["before"]),
                _example(first["after"]),
            )
        )
    return Table(
        caption="Le journal du nettoyage, règle par règle",
        columns=(
            Column("Raison"),
            Column("Action"),
            Column("Lignes", is_number=True),
            Column("Exemple : lu"),
            Column("Exemple : retenu"),
        ),
        rows=tuple(rows),
        notes=(
            "Tous les fichiers, tous acheteurs et toutes années ; une ligne par valeur touchée. Un tiret : rien, ou "
            "l’enregistrement entier.",
        ),
        empty="Rien n’a été réparé, vidé, signalé ni rejeté.",
    )


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
    return Table(
        caption="Doublons écartés",
        columns=(Column("Écarté de"), Column("Gardé dans"), Column("Lignes", is_number=True)),
        rows=tuple(
            (row["source_file"], row["kept"], formatting.number(row["lines"])) for row in counts.to_dict("records")
        ),
        notes=(
            "Un marché publié deux fois compte une fois ; ce que l’un des enregistrements ne dit pas est pris à l’autre.",
        )
        if len(counts)
        else (),
        empty="Aucun.",
    )


def supplier_lists(report: Report) -> Table:
    """The lists of suppliers that were read, and what their statuses say of their dates."""
    days = {one.name: one.snapshot for one in report.sources}
    rows = []
    for (name, file), own in report.supplier_lists.groupby([report.supplier_lists["list"].fillna(""), "source_file"]):
        rules = own["date_rule"].value_counts()
        day = days.get(str(file))
        rows.append(
            (
                str(name) or "non nommée",
                formatting.day(date.fromisoformat(day)) if day else "non connu",
                formatting.number(len(own)),
                *(formatting.number(int(rules.get(rule, 0))) for rule in ("declared", "list", "none")),
            )
        )
    return Table(
        caption="Listes de fournisseurs lues",
        columns=(
            Column("Liste"),
            Column("Fichier arrêté au"),
            Column("Lignes", is_number=True),
            Column("dont premier jour déclaré", is_number=True),
            Column("dont jour de la liste", is_number=True),
            Column("dont sans date", is_number=True),
        ),
        rows=tuple(rows),
        notes=("Un statut ne compte que le jour où il vaut ; sans date, on ne sait pas s’il valait déjà au paiement.",)
        if rows
        else (),
        empty="Aucune : on ne sait d’aucun fournisseur s’il est solidaire, petit ou local.",
    )


def payments_read(report: Report) -> Table:
    """What the payments under contracts since 1 January lack, in number and in money."""
    spent = report.tables["payments"]
    own = report.of_territory(spent[spent["quarter"].isin(report.window(WINDOW).quarters)])
    kinds: dict[str, pd.Series[bool]] = {
        "Tous les paiements pris en compte": own["buyer_siren"].notna(),
        "dont nature de dépense non renseignée": own["is_purchase"].isna(),
        "dont fournisseur sans identifiant valide": own["supplier_siren"].isna(),
        "dont fournisseur dont on ne sait s’il est solidaire": own["is_solidarity"].isna(),
        "dont sans numéro de marché": own["contract_id"].isna(),
        "dont numéro d’aucun marché publié": ~own["is_covered"].fillna(True),
        "dont avoirs, en moins": (own["amount_cents"] < 0).fillna(False),
        "dont montant inutilisable": own["amount_cents"].isna(),
        "dont budget qui récupère la TVA": own["has_vat_budget"].fillna(False),
        "dont budget dont on ne sait s’il la récupère": own["has_vat_budget"].isna(),
    }
    undated = int(report.payments["quarter"].isna().sum())
    late = f" {formatting.counted(undated, 'paiement', 'paiements')} sans date, dans aucune période." if undated else ""
    return Table(
        caption=f"Ce que disent les paiements, {formatting.months(report.window(WINDOW))}",
        columns=(Column("Paiements"), Column("Nombre", is_number=True), Column("Montant HT", is_number=True)),
        rows=tuple(
            (label, formatting.number(int(rows.sum())), formatting.euros(int(own.loc[rows, "amount_cents"].sum())))
            for label, rows in kinds.items()
        )
        if len(own)
        else (),
        notes=(f"Tous les montants sont comptés hors taxes, quel que soit le budget.{late}",) if len(own) else (),
        empty="Aucun paiement dans les données : il faut le fichier des paiements de l’acheteur.",
    )


def completeness_data(report: Report) -> Data:
    """The completeness of every field, territory and window of the quarter, for machines."""
    rows = report.results
    rows = rows[(rows["quarter"] == str(report.quarter)) & rows["indicator"].str.startswith(PREFIX)]
    lines = formatting.counted(len(rows), "ligne", "lignes")
    return Data(
        rows.to_csv(index=False, lineterminator="\n"),
        f"Télécharger la complétude de chaque champ, par territoire et par période (indicateurs.csv, {lines})",
    )
