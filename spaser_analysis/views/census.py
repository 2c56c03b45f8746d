"""The census of needs: what was told, what is missing, when needs come and contracts end, what each directorate has to do."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.period import Quarter, span
from spaser_analysis.plan import Plan
from spaser_analysis.programming.computation import KEY
from spaser_analysis.programming.needs import QUARTERS_AHEAD
from spaser_analysis.views import formatting, sentences, style
from spaser_analysis.views.elements import Figure, Paragraphs, Table, columns
from spaser_analysis.views.figures import footer, opening

UNNAMED = "Direction non renseignée"
_REASON_LENGTH = 70


def plan_place(plan: Plan) -> Paragraphs:
    """The organisation and the quarter, under the title."""
    return sentences.place(plan.report)


def plan_notice(plan: Plan) -> Paragraphs:
    """A warning when the data were made up for demonstration; nothing otherwise."""
    return sentences.notice(plan.report)


def plan_scope(plan: Plan) -> Paragraphs:
    """What is counted: the needs to come, the running contracts, at which date; and what stays outside."""
    needs, day = plan.needs, formatting.day(plan.report.quarter.end)
    if plan.census.empty:
        return Paragraphs(
            (
                "Aucun besoin dans les données : il faut le recensement des directions (modèle data/templates/needs.csv). "
                "Restent les fins de marchés et ce qu’elles permettent.",
            ),
            strong="Pas de recensement.",
            role="warning",
        )
    apart = len(plan.census) - len(needs)
    others = (
        f" ; {formatting.counted(apart, 'autre commence', 'autres commencent')} plus tôt ou plus tard" if apart else ""
    )
    unpriced = int(needs["amount_cents"].isna().sum())
    missing = f" ({formatting.counted(unpriced, 'besoin sans montant', 'besoins sans montant')})" if unpriced else ""
    return Paragraphs(
        (
            (
                f"{formatting.counted(len(needs), 'besoin', 'besoins')} à venir dans les deux ans qui suivent le {day} ou sans "
                f"date, pour {bounded(int(needs['amount_cents'].sum()), unpriced)}{missing}{others} ; "
                f"{formatting.counted(len(plan.running), 'marché', 'marchés')} dont la fin n’est pas passée à cette date."
            ),
            (
                "Chaque proposition porte un repère (C pour la computation, M pour la mutualisation) et le numéro des besoins "
                "et des marchés dont elle vient ; le classeur en donne toutes les lignes, avec le fichier et la ligne lus. "
                "Une proposition se vérifie : l’outil lit des objets et des codes, pas des cahiers des charges."
            ),
        ),
        strong="Ce qui est compté.",
    )


def bounded(cents: int, unpriced: int) -> str:
    """``1 200 €``; ``au moins 1 200 €`` where some amounts are not known, ``inconnu`` where none is."""
    if not unpriced:
        return formatting.euros(cents)
    return f"au moins {formatting.euros(cents)}" if cents else "inconnu"


def census_by_territory(plan: Plan) -> Table:
    """The needs to come of each territory: how many, for how much, what they lack."""
    needs = plan.needs
    rows = []
    for place in plan.report.organisation.all_territories:
        own = needs[needs["territory"] == place.code]
        name = place.name if place.code != plan.report.organisation.whole.code else f"{place.name}, sans territoire"
        rows.append((name, *_census_cells(own)))
    rows.append(("Tous les besoins", *_census_cells(needs)))
    return Table(
        caption="Les besoins recensés, territoire par territoire",
        columns=columns(
            "Territoire",
            "Besoins >",
            "Montant HT estimé >",
            "sans montant >",
            "sans date >",
            "sans famille >",
            "récurrents >",
        ),
        rows=tuple(rows) if len(needs) else (),
        notes=("Le montant est celui de toute la durée, tel que la direction l’estime.",) if len(needs) else (),
        empty="Aucun besoin.",
    )


def _census_cells(own: pd.DataFrame) -> tuple[str, ...]:
    counts = (
        own["amount_cents"].isna().sum(),
        own["starts_on"].isna().sum(),
        (own["family"].isna() & own["unit"].isna()).sum(),
        own["is_recurring"].fillna(False).sum(),
    )
    amount = formatting.euros(int(own["amount_cents"].sum()))
    return (formatting.number(len(own)), amount, *(formatting.number(int(one)) for one in counts))


def census_faults(plan: Plan) -> Table:
    """What must be corrected in the census, by reason, with the directorates it goes back to."""
    owner = plan.census.set_index(["source_file", "source_record"])["directorate"]
    keys = pd.MultiIndex.from_frame(plan.faults[["source_file", "source_record"]])
    faults = plan.faults.assign(directorate=owner.reindex(keys).fillna(UNNAMED).to_numpy())
    rows = []
    for reason, own in faults.groupby("reason", sort=True):
        counts = own.groupby("directorate").size().sort_values(ascending=False, kind="stable")
        who = ", ".join(f"{name} ({formatting.number(int(count))})" for name, count in counts.head(3).items())
        more = f", et {formatting.counted(len(counts) - 3, 'autre', 'autres')}" if len(counts) > 3 else ""
        rows.append((str(reason)[:1].upper() + str(reason)[1:], formatting.number(len(own)), who + more))
    return Table(
        caption="Ce que les directions ont à corriger ou à compléter",
        columns=columns("Raison", "Lignes >", "Directions"),
        rows=tuple(rows),
        notes=("La commande « spaser census » rend à chaque direction ses propres lignes, avec la cause à côté.",)
        if rows
        else (),
        empty="Rien à corriger." if len(plan.census) else "Aucun recensement.",
    )


def calendar(plan: Plan) -> Figure:
    """Quarter by quarter, the needs that start and the contracts that end: when consultations must be prepared."""
    quarters = [str(one) for one in span(plan.report.quarter + 1, plan.report.quarter + QUARTERS_AHEAD)]
    starts = [str(Quarter.of(day)) for day in plan.needs["starts_on"].dropna()]
    counts = {
        "Besoins qui commencent": [starts.count(one) for one in quarters],
        "Marchés qui finissent": [int((plan.endings["end_quarter"] == one).sum()) for one in quarters],
    }
    with style.house_style():
        drawing, axes = style.panels(2, 2.9, left=0.45, between=0.5)
        for axis, (title, values), color in zip(axes, counts.items(), (style.YES, style.PREVIOUS), strict=True):
            bars = axis.bar(range(len(quarters)), values, color=color, width=0.7)
            axis.bar_label(bars, padding=2, color=style.SOFT)
            axis.set_xticks(range(len(quarters)), [one.replace("-", "\n") for one in quarters], fontsize=7)
            axis.set_ylim(0, max([1, *values]) * 1.2)
            axis.set_title(title)
        png, size = style.png(drawing, footer(plan.report)), style.size(drawing)
    undated = int(plan.needs["starts_on"].isna().sum())
    endless = int(plan.running["end"].isna().sum())
    said = " ; ".join(
        f"{one} : {formatting.counted(need, 'besoin', 'besoins')}, {formatting.counted(end, 'fin de marché', 'fins de marché')}"
        for one, need, end in zip(quarters, *counts.values(), strict=True)
    )
    return Figure(
        png=png,
        size=size,
        alternative=f"Deux séries de barres, trimestre par trimestre. {said}.",
        caption=(
            f"{opening(plan.report)}Besoins à venir et fins de marchés, du trimestre qui suit le rapport à deux ans. Hors du "
            f"dessin : {formatting.counted(undated, 'besoin sans date', 'besoins sans date')}, "
            f"{formatting.counted(endless, 'marché de fin inconnue', 'marchés de fin inconnue')}."
        ),
        table=Table(
            caption="Calendrier des besoins et des fins de marchés",
            columns=columns("Trimestre", *(f"{title} >" for title in counts)),
            rows=tuple(
                (formatting.quarter(Quarter.parse(one)), formatting.number(need), formatting.number(end))
                for one, need, end in zip(quarters, *counts.values(), strict=True)
            ),
        ),
    )


def by_directorate(plan: Plan) -> Table:
    """One line a directorate: its needs, the alerts and groups they are in, what it can use, what ends, what it must correct."""
    needs = plan.needs.assign(directorate=plan.needs["directorate"].fillna(UNNAMED))
    urgent = plan.computations[plan.computations["alert"].isin(["together", "cannot_say"])]
    alerted = set(plan.lines.merge(urgent[KEY], on=KEY)["row"])
    soon = plan.endings[plan.endings["end_quarter"] <= str(plan.report.quarter + 4)]
    faulty = set(zip(plan.faults["source_file"], plan.faults["source_record"], strict=True))
    wrong = [key in faulty for key in zip(needs["source_file"], needs["source_record"], strict=True)]
    flags = pd.DataFrame(
        {
            "directorate": needs["directorate"],
            "amount": needs["amount_cents"],
            "alerted": needs.index.isin(alerted),
            "pooled": needs.index.isin(plan.members["row"]),
            "served": needs.index.isin(plan.matches["row"]),
            "wrong": wrong,
        }
    )
    ends = soon["directorate"].fillna(UNNAMED).value_counts()
    rows = []
    for name in sorted({*flags["directorate"], *ends.index}):
        own = flags[flags["directorate"] == name]
        cells = [int(own[one].sum()) for one in ("alerted", "served", "pooled")]
        rows.append(
            (
                name,
                formatting.number(len(own)),
                formatting.euros(int(own["amount"].sum())),
                *(formatting.number(one) for one in (*cells, int(ends.get(name, 0)), int(own["wrong"].sum()))),
            )
        )
    return Table(
        caption="Ce que chaque direction a devant elle",
        columns=columns(
            "Direction", "Besoins >", "Montant HT >", "dont dans une alerte >", "dont un marché existe >", "dont mutualisables >",
            "Marchés finissant sous un an >", "Lignes à corriger >",
        ),
        rows=tuple(rows),
        notes=("Le classeur a une colonne Direction sur chaque feuille : la filtrer donne le détail de la sienne.",) if rows else (),
        empty="Aucun besoin ni fin de marché.",
    )  # fmt: skip
