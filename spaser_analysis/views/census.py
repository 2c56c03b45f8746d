"""The census of needs: what was told, what is missing, when needs come and contracts end, what each directorate has to do."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.period import Quarter, span
from spaser_analysis.plan import Plan
from spaser_analysis.programming.needs import QUARTERS_AHEAD
from spaser_analysis.schemas import RECORD
from spaser_analysis.views import formatting, sentences, style
from spaser_analysis.views.elements import Figure, Paragraphs, Table, table, told
from spaser_analysis.views.figures import finished

UNNAMED = "Direction non renseignée"
NAMED = 3  # directorates beside a fault


def plan_place(plan: Plan) -> Paragraphs:
    """The organisation and the quarter, under the title."""
    return sentences.place(plan.report)


def plan_notice(plan: Plan) -> Paragraphs:
    """A warning when the data were made up for demonstration; nothing otherwise."""
    return sentences.notice(plan.report)


def plan_scope(plan: Plan) -> Paragraphs:
    """What is counted: the needs to come, the running contracts, at which date; and what stays outside."""
    if plan.census.empty:
        return told("no_census")
    needs = plan.needs
    apart, unpriced = len(plan.census) - len(needs), int(needs["amount_cents"].isna().sum())
    others = formatting.counted(apart, "autre commence", "autres commencent")
    missing = formatting.counted(unpriced, "besoin sans montant", "besoins sans montant")
    return told(
        "plan_scope",
        needs=formatting.counted(len(needs), "besoin", "besoins"),
        day=formatting.day(plan.report.quarter.end),
        amount=bounded(int(needs["amount_cents"].sum()), unpriced),
        missing=f" ({missing})" if unpriced else "",
        others=f" ; {others} plus tôt ou plus tard" if apart else "",
        running=formatting.counted(len(plan.running), "marché", "marchés"),
    )


def bounded(cents: int, unpriced: int) -> str:
    """``1 200 €``; ``au moins 1 200 €`` where some amounts are not known, ``inconnu`` where none is."""
    if not unpriced:
        return formatting.euros(cents)
    return f"au moins {formatting.euros(cents)}" if cents else "inconnu"


def census_by_territory(plan: Plan) -> Table:
    """The needs to come of each territory: how many, for how much, what they lack."""
    needs, whole = plan.needs, plan.report.organisation.whole
    names = {one.code: one.name for one in plan.report.organisation.all_territories}
    names[whole.code] += ", sans territoire"
    rows = [(name, *_census_cells(needs[needs["territory"] == code])) for code, name in names.items()]
    return table("census_by_territory", [*rows, ("Tous les besoins", *_census_cells(needs))] if len(needs) else ())


def _census_cells(own: pd.DataFrame) -> tuple[str, ...]:
    counts = (
        own["amount_cents"].isna().sum(),
        own["starts_on"].isna().sum(),
        (own["family"].isna() & own["unit"].isna()).sum(),
        own["is_recurring"].fillna(False).sum(),
    )
    return (
        formatting.number(len(own)),
        bounded(int(own["amount_cents"].sum()), int(own["amount_cents"].isna().sum())),
        *map(formatting.number, counts),
    )


def census_faults(plan: Plan) -> Table:
    """What must be corrected in the census, by reason, with the directorates it goes back to."""
    faults = plan.faults.join(plan.census.set_index(RECORD)["directorate"], on=RECORD).fillna({"directorate": UNNAMED})
    rows = []
    for reason, own in faults.groupby("reason", sort=True):
        counts = own.groupby("directorate").size().sort_values(ascending=False, kind="stable")
        who = [f"{name} ({formatting.number(count)})" for name, count in counts.head(NAMED).items()]
        who += [f"et {formatting.counted(len(counts) - NAMED, 'autre', 'autres')}"] if len(counts) > NAMED else []
        rows.append((formatting.capitalised(str(reason)), formatting.number(len(own)), ", ".join(who)))
    return table("census_faults", rows, empty="Rien à corriger." if len(plan.census) else "Aucun recensement.")


def calendar(plan: Plan) -> Figure:
    """Quarter by quarter, the needs that start and the contracts that end: when consultations must be prepared."""
    quarters = list(span(plan.report.quarter + 1, plan.report.quarter + QUARTERS_AHEAD))
    starts = [Quarter.of(day) for day in plan.needs["starts_on"].dropna()]
    ends = list(plan.endings["end_quarter"])
    counts = [(one, starts.count(one), ends.count(str(one))) for one in quarters]
    titles = ("Besoins qui commencent", "Marchés qui finissent")
    with style.house_style():
        drawing, axes = style.panels(2, 2.9, left=0.45, between=0.5)
        _, *series = zip(*counts, strict=True)
        for axis, title, values, color in zip(axes, titles, series, (style.YES, style.PREVIOUS), strict=True):
            bars = axis.bar(range(len(quarters)), values, color=color, width=0.7)
            axis.bar_label(bars, padding=2, color=style.SOFT)
            axis.set_xticks(range(len(quarters)), [str(one).replace("-", "\n") for one in quarters], fontsize=7)
            axis.set_ylim(0, max([1, *values]) * 1.2)
            axis.set_title(title)
            for place, (quarter, value) in enumerate(zip(quarters, values, strict=True)):
                said = f"{formatting.quarter(quarter)}, {formatting.uncapitalised(title)} : {formatting.number(value)}"
                style.column(axis, place - 0.5, place + 0.5, said)
    undated = formatting.counted(int(plan.needs["starts_on"].isna().sum()), "besoin sans date", "besoins sans date")
    endless = int(plan.running["end"].isna().sum())
    without = formatting.counted(endless, "marché de fin inconnue", "marchés de fin inconnue")
    said = " ; ".join(
        f"{one} : {formatting.counted(need, 'besoin', 'besoins')}, {formatting.counted(end, 'fin de marché', 'fins de marché')}"
        for one, need, end in counts
    )
    rows = ((formatting.quarter(one), formatting.number(need), formatting.number(end)) for one, need, end in counts)
    gaps = {"undated": undated, "endless": without, "said": said, "titles": titles}
    return finished(plan.report, "calendar", drawing, rows, **gaps)


def by_directorate(plan: Plan) -> Table:
    """One line a directorate: its needs, the alerts and groups they are in, what it can use, what ends, what it must correct."""
    needs, sums = plan.needs, plan.sums
    urgent = plan.computations.loc[plan.computations["alert"].isin(["together", "cannot_say"]), "number"]
    soon = plan.endings[plan.endings["end_quarter"] <= str(plan.report.quarter + 4)]
    counts = pd.DataFrame(
        {
            "needs": 1,
            "amount": needs["amount_cents"],
            "unpriced": needs["amount_cents"].isna(),
            "alerted": needs.index.isin(sums.loc[sums["number"].isin(urgent), "row"]),
            "served": needs.index.isin(plan.matches["row"]),
            "pooled": needs.index.isin(plan.members["row"]),
            "wrong": pd.MultiIndex.from_frame(needs[RECORD]).isin(pd.MultiIndex.from_frame(plan.faults[RECORD])),
        }
    )
    ends = soon["directorate"].fillna(UNNAMED).value_counts().rename("ends")
    by_name = counts.groupby(needs["directorate"].fillna(UNNAMED)).sum().join(ends, how="outer").fillna(0).sort_index()
    numbers = ["alerted", "served", "pooled", "ends", "wrong"]
    rows = (
        (
            str(name),
            formatting.number(own["needs"]),
            bounded(int(own["amount"]), int(own["unpriced"])),
            *map(formatting.number, own[numbers]),
        )
        for name, own in by_name.iterrows()
    )
    return table("by_directorate", rows)
