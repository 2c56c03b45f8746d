"""Contracts that end, and what their renewal could carry: the list a buyer acts on."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from spaser_analysis.period import Quarter, span
from spaser_analysis.plan import Plan
from spaser_analysis.programming.endings import LONGEST_FRAMEWORK_MONTHS, USES
from spaser_analysis.programming.needs import QUARTERS_AHEAD
from spaser_analysis.trends.renewals import AXES, renewals
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Paragraphs, Table, table, told

SHOWN = 15
SOON = 2  # quarters whose contracts are listed one by one
_OBJECT_LENGTH = 90


def assumption() -> str:
    """What is supposed of the end of a contract."""
    return told("assumption", longest=LONGEST_FRAMEWORK_MONTHS).sentences[0]


def endings_by_quarter(plan: Plan) -> Table:
    """How many contracts end in each coming quarter, what they carry today, and which may run on."""
    rows = []
    for one in span(plan.report.quarter + 1, plan.report.quarter + QUARTERS_AHEAD):
        own = plan.endings[plan.endings["end_quarter"] == str(one)]
        later = (own["latest_end"] > own["end"]).sum()
        states = [
            count for axis in AXES.values() for count in ((~own[axis].fillna(True)).sum(), own[axis].isna().sum())
        ]
        counts = [formatting.number(count) for count in (len(own), later, *states)]
        rows.append(
            (formatting.quarter(one), *counts[:2], formatting.euros(int(own["amount_cents"].sum())), *counts[2:])
        )
    endless = formatting.counted(
        int(plan.running["end"].isna().sum()),
        "marché en cours dont la fin n’est pas connue",
        "marchés en cours dont la fin n’est pas connue",
    )
    return table("endings_by_quarter", rows, assumption=assumption(), endless=endless)


def endings_soon(plan: Plan) -> Table:
    """The contracts of the next quarters, those without a consideration and the largest first."""
    last = plan.report.quarter + SOON
    soon = plan.endings[plan.endings["end_quarter"] <= str(last)]
    lacking = (~soon[list(AXES.values())].fillna(False)).sum(axis=1)
    order = soon.assign(lacking=lacking).sort_values(
        ["lacking", "amount_cents", "uid"], ascending=[False, False, True], na_position="last"
    )
    more = f"{SHOWN} sur {formatting.number(len(soon))} ; tous sont dans le classeur, sur {QUARTERS_AHEAD} trimestres."
    rows = (_ending(plan, one) for one in order.head(SHOWN).to_dict("records"))
    return table("endings_soon", rows, *([more] if len(soon) > SHOWN else []), day=formatting.day(last.end))


def _ending(plan: Plan, one: dict[Hashable, Any]) -> tuple[str, ...]:
    return (
        readings.text(one["id"]),
        formatting.shortened(readings.text(one["objet"]), _OBJECT_LENGTH),
        plan.report.family_labels.get(one["family"], "non renseignée"),
        readings.text(one["directorate"]),
        formatting.short_day(one["end"].date()),
        formatting.short_day(one["latest_end"].date()) if one["latest_end"] > one["end"] else "–",
        readings.state(one["environmental"]),
        readings.state(one["social"]),
        readings.money(one["amount_cents"]),
        readings.text(one["sector"], "–"),
    )


def endings_by_family(plan: Plan) -> Table:
    """Family by family, what ends, which considerations have been used for it here and elsewhere, and inclusive sectors."""
    ends = plan.endings["family"].value_counts()
    known = plan.endings.dropna(subset="sector").groupby("family")["sector"]
    sectors = known.agg(lambda own: ", ".join(sorted(set(own))))
    uses = plan.uses.reindex(ends.index, fill_value=0).to_dict("index")
    rows = (
        (
            plan.report.family_label(family),
            formatting.number(count),
            *(_use(uses[family], use) for use in USES),
            sectors.get(family, "aucun connu"),
        )
        for family, count in ends.items()
    )
    return table("endings_by_family", rows, quarters=QUARTERS_AHEAD)


def _use(uses: dict[Hashable, Any], use: str) -> str:
    own, other = uses[f"own_{use}"], uses[f"other_{use}"]
    said = f"{formatting.number(own)} sur {formatting.number(own + uses[f'own_{use}_without'])} renseignés"
    return f"{said} ; {formatting.number(other)} ailleurs" if other else said


def renewal_scenario(plan: Plan) -> Paragraphs:
    """The mechanical scenario of the reports, fed by the same ends: what the shares become if what ends is renewed with a
    consideration.
    """
    said = []
    for target in plan.report.organisation.targets:
        axis = AXES.get(target.indicator)
        if axis is None or target.year < plan.report.quarter.year or plan.report.quarter == Quarter(target.year, 4):
            continue
        found = renewals(plan.contracts, axis, plan.report.quarter, target.year)
        row = plan.report.result(target.indicator, "rolling_12_months")
        if found.low is None or found.high is None or row is None:
            continue
        count = formatting.counted(found.lacking + found.unknown, "marché", "marchés")
        between = formatting.between(found.low, found.high)
        said.append(
            f"{readings.short_label(row)} : {count} sans elle finissent en {target.year} ; renouvelés avec, une année comme les douze "
            f"derniers mois irait {'' if between.startswith('entre') else 'à '}{between}, pour un objectif de {formatting.goal(target.value)}."
        )
    return Paragraphs(tuple(said), strong="Scénario mécanique.")
