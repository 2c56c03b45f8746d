"""Contracts that end, and what their renewal could carry: the list a buyer acts on."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from spaser_analysis.period import Quarter, span
from spaser_analysis.plan import Plan
from spaser_analysis.programming.endings import LONGEST_FRAMEWORK_MONTHS, USES
from spaser_analysis.programming.needs import QUARTERS_AHEAD
from spaser_analysis.trends.renewals import renewals
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Paragraphs, Table, columns

SHOWN = 15
SOON = 2  # quarters whose contracts are listed one by one
ASSUMPTION = (
    "Hypothèse : la durée déclarée comprend toutes les reconductions (c’est la règle des données essentielles), avenants compris ; un "
    f"accord-cadre peut donc finir plus tôt s’il n’est pas reconduit. S’il est déclaré pour moins de {LONGEST_FRAMEWORK_MONTHS} mois et que sa "
    "durée n’est que sa première période, il peut courir jusqu’à quatre ans (art. L. 2125-1, 1°) : « au plus tard »."
)
_STATES = {True: "oui", False: "non"}
_AXES = {"environmental_share": "environmental", "social_share": "social"}
_LABELS = {"environmental": "environnementale", "social": "sociale", "reserved": "réservée"}
_OBJECT_LENGTH = 90


def endings_by_quarter(plan: Plan) -> Table:
    """How many contracts end in each coming quarter, what they carry today, and which may run on."""
    rows = []
    for one in span(plan.report.quarter + 1, plan.report.quarter + QUARTERS_AHEAD):
        own = plan.endings[plan.endings["end_quarter"] == str(one)]
        states = [
            int(count)
            for axis in ("environmental", "social")
            for count in ((~own[axis].fillna(True)).sum(), own[axis].isna().sum())
        ]
        later = int((own["latest_end"] > own["end"]).sum())
        amount = formatting.euros(int(own["amount_cents"].sum()))
        rows.append(
            (
                formatting.quarter(one),
                *map(formatting.number, (len(own), later)),
                amount,
                *map(formatting.number, states),
            )
        )
    endless = int(plan.running["end"].isna().sum())
    return Table(
        caption="Marchés qui finissent, trimestre par trimestre",
        columns=columns(
            "Trimestre", "Marchés >", "dont accords-cadres qui peuvent durer >", "Montant HT initial >",
            "sans considération environnementale >", "non renseignée >", "sans considération sociale >", "non renseignée >",
        ),
        rows=tuple(rows),
        notes=(
            ASSUMPTION,
            f"{formatting.counted(endless, 'marché en cours dont la fin n’est pas connue', 'marchés en cours dont la fin n’est pas connue')} : sans durée ou sans date. "
            "Le montant d’un accord-cadre est un maximum.",
        ),
    )  # fmt: skip


def endings_soon(plan: Plan) -> Table:
    """The contracts of the next quarters, those without a consideration and the largest first."""
    last = str(plan.report.quarter + SOON)
    soon = plan.endings[plan.endings["end_quarter"] <= last]
    lacking = (~soon["environmental"].fillna(False)).astype("int64") + (~soon["social"].fillna(False)).astype("int64")
    order = soon.assign(lacking=lacking).sort_values(
        ["lacking", "amount_cents", "uid"], ascending=[False, False, True], na_position="last"
    )
    return Table(
        caption=f"Marchés qui finissent d’ici le {formatting.day(Quarter.parse(last).end)}, où une considération manque d’abord",
        columns=columns("Marché", "Objet", "Famille", "Direction", "Fin", "Au plus tard", "Environnement", "Social", "Montant HT >", "Secteur inclusif"),
        rows=tuple(_ending(plan, one) for one in order.head(SHOWN).to_dict("records")),
        notes=(f"{SHOWN} sur {formatting.number(len(soon))} ; tous sont dans le classeur, sur {QUARTERS_AHEAD} trimestres.",) if len(soon) > SHOWN else (),
        empty="Aucun.",
    )  # fmt: skip


def _ending(plan: Plan, one: dict[Hashable, Any]) -> tuple[str, ...]:
    later = one["latest_end"] > one["end"]
    return (
        _text(one["id"]),
        formatting.shortened(_text(one["objet"]), _OBJECT_LENGTH),
        plan.report.family_labels.get(one["family"], "non renseignée"),
        _text(one["directorate"]),
        formatting.short_day(one["end"].date()),
        formatting.short_day(one["latest_end"].date()) if later else "–",
        _state(one["environmental"]),
        _state(one["social"]),
        "non renseigné" if pd.isna(one["amount_cents"]) else formatting.euros(int(one["amount_cents"])),
        "–" if pd.isna(one["sector"]) else str(one["sector"]),
    )


def _text(value: Any) -> str:
    return "non renseigné" if pd.isna(value) else str(value)


def _state(value: Any) -> str:
    return "non renseigné" if pd.isna(value) else _STATES[bool(value)]


def endings_by_family(plan: Plan) -> Table:
    """Family by family, what ends, which considerations have been used for it here and elsewhere, and inclusive sectors."""
    ends = plan.endings["family"].value_counts()
    sectors = (
        plan.endings.dropna(subset="sector").groupby("family")["sector"].agg(lambda own: ", ".join(sorted(set(own))))
    )
    rows = []
    for family in ends.index:
        uses = plan.uses.loc[family] if family in plan.uses.index else pd.Series(dtype="int64")
        cells = [_use(uses, use) for use in USES]
        label = plan.report.family_labels.get(str(family), str(family))
        rows.append((label, formatting.number(int(ends[family])), *cells, sectors.get(family, "aucun connu")))
    return Table(
        caption="Ce que chaque famille a déjà porté, ici et ailleurs",
        columns=columns(
            "Famille", f"Fins en {QUARTERS_AHEAD} trimestres >",
            *(f"Considération {_LABELS[use]}" if use != "reserved" else "Marché réservé" for use in USES), "Secteurs du Marché de l’inclusion",
        ),
        rows=tuple(rows),
        notes=(
            "Parmi tous les marchés des données notifiés jusqu’à ce trimestre : « oui » chez l’acheteur, puis chez les autres acheteurs lus. Un "
            "secteur dit que des structures d’insertion ou du handicap y travaillent en France, non qu’il y en a une ici : à vérifier par un sourçage.",
        ),
        empty="Aucun marché ne finit dans ces trimestres.",
    )  # fmt: skip


def _use(uses: pd.Series[Any], use: str) -> str:
    own, known = (int(uses.get(f"own_{use}", 0)), int(uses.get(f"own_{use}", 0) + uses.get(f"own_{use}_without", 0)))
    other = int(uses.get(f"other_{use}", 0))
    return f"{formatting.number(own)} sur {formatting.number(known)} renseignés" + (
        f" ; {formatting.number(other)} ailleurs" if other else ""
    )


def renewal_scenario(plan: Plan) -> Paragraphs:
    """The mechanical scenario of the reports, fed by the same ends: what the shares become if what ends is renewed with a
    consideration.
    """
    said = []
    for target in plan.report.organisation.targets:
        axis = _AXES.get(target.indicator)
        if axis is None or target.year < plan.report.quarter.year or plan.report.quarter == Quarter(target.year, 4):
            continue
        found = renewals(plan.contracts, axis, plan.report.quarter, target.year)
        row = plan.report.result(target.indicator, "rolling_12_months")
        if found.low is None or found.high is None or row is None:
            continue
        count = formatting.counted(found.lacking + found.unknown, "marché", "marchés")
        said.append(
            f"{readings.short_label(row)} : {count} sans elle finissent en {target.year} ; renouvelés avec, une année comme les douze "
            f"derniers mois irait {_towards(found.low, found.high)}, pour un objectif de {formatting.goal(target.value)}."
        )
    return Paragraphs(tuple(said), strong="Scénario mécanique.")


def _towards(low: float, high: float) -> str:
    between = formatting.between(low, high)
    return between if between.startswith("entre") else f"à {between}"
