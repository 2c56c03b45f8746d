"""The programming for machines and spreadsheets: every suggestion with the lines it comes from."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from spaser_analysis.plan import Plan
from spaser_analysis.programming.computation import KEY
from spaser_analysis.views import formatting
from spaser_analysis.views.computation import KINDS, procedure, sum_label, unit_label
from spaser_analysis.views.elements import Data, Sheets
from spaser_analysis.views.endings import ASSUMPTION
from spaser_analysis.views.pooling import match_reasons
from spaser_analysis.workbook import Sheet

_ALERTS = {
    "together": "franchi ensemble",
    "with_contracts": "franchi avec les marchés en cours",
    "cannot_say": "on ne peut pas dire",
}
_COLUMNS = ["suggestion", "role", "need", "contract", "amount_cents", "source_file", "source_record"]
_STATES = {True: "oui", False: "non"}


def plan_data(plan: Plan) -> Data:
    """One row a suggestion and line: ``suggestion`` (C, X, M with its number, ``existing``, ``ending``, ``census``), ``role``
    (``member``, ``maybe``, ``candidate``, ``contract``), ``need``, ``contract``, amount, source file and record.
    """
    found = suggestions(plan)
    snapshot = plan.report.snapshot.isoformat() if plan.report.snapshot else ""
    told = found.assign(quarter=str(plan.report.quarter), snapshot=snapshot)[["quarter", "snapshot", *_COLUMNS]]
    lines = formatting.counted(len(told), "ligne", "lignes")
    return Data(
        told.to_csv(index=False, lineterminator="\n"),
        f"Télécharger les propositions ligne à ligne (indicateurs.csv, {lines})",
    )


def suggestions(plan: Plan) -> pd.DataFrame:
    """Every suggestion with the needs and contracts behind it, in columns ``_COLUMNS``."""
    needs = plan.needs[["need", "amount_cents", "source_file", "source_record"]]
    contracts = plan.contracts.set_index("uid")[["id", "amount_cents", "source_file", "source_record"]]
    sums = plan.lines.merge(plan.computations[[*KEY, "number"]], on=KEY)
    crossing = plan.straddling.explode("rows").dropna(subset="rows")
    of_needs = (
        pd.DataFrame({"row": needs.index, "suggestion": "census", "role": "member"}),
        sums.assign(
            suggestion="C" + sums["number"].astype("str"), role=sums["is_sure"].map({True: "member", False: "maybe"})
        ),
        pd.DataFrame({"row": crossing["rows"], "suggestion": "X" + crossing["code"].astype("str"), "role": "member"}),
        plan.members.assign(suggestion="M" + plan.members["pool"].astype("str"), role="member"),
    )
    pieces = [one[["suggestion", "role", "row"]].join(needs, on="row") for one in of_needs if len(one)]
    served = plan.matches[["row", "uid"]].assign(suggestion="existing", role="candidate")
    served = served.join(needs["need"], on="row").join(contracts, on="uid").rename(columns={"id": "contract"})
    ended = plan.endings.assign(suggestion="ending", role="contract", contract=plan.endings["id"])
    total = pd.DataFrame(
        {"suggestion": ["census"], "role": ["total"], "amount_cents": [int(needs["amount_cents"].sum())]}
    )
    parts = [one.reindex(columns=_COLUMNS).astype("object") for one in (total, *pieces, served, ended)]
    found = pd.concat(parts, ignore_index=True)
    return found.astype({"amount_cents": "Int64", "source_record": "Int64"})


def plan_sheets(plan: Plan) -> Sheets:
    """The workbook to work on: every need, sum, match, group and ending, to be filtered by directorate."""
    return Sheets(
        (
            Sheet("Lisez-moi", ("Sur quoi repose ce classeur",), tuple((line,) for line in _read_me(plan))),
            _needs_sheet(plan),
            _sums_sheet(plan),
            _matches_sheet(plan),
            _pools_sheet(plan),
            _endings_sheet(plan),
            _coverage_sheet(plan),
        ),
        f"Télécharger le classeur de travail (programmation.xlsx, {formatting.counted(len(plan.needs), 'besoin', 'besoins')}, "
        f"{formatting.counted(len(plan.endings), 'fin de marché', 'fins de marchés')})",
    )


def _read_me(plan: Plan) -> list[str]:
    day = formatting.day(plan.report.snapshot) if plan.report.snapshot else "un jour non connu"
    return [
        *(("Données fictives.",) if plan.report.is_fictitious else ()),
        f"{plan.report.organisation.name}, programmation vue au {formatting.day(plan.report.quarter.end)}, données arrêtées au {day}.",
        "Montants en euros hors taxes, tels qu’estimés ou déclarés. Une case vide est une valeur inconnue, jamais un zéro.",
        "Computation : code de la commande publique, art. R. 2121-1 à R. 2121-9 ; seuils datés et sourcés dans data/reference.",
        ASSUMPTION,
        "Repères : C et un numéro pour une somme, M et un numéro pour un groupe à mutualiser.",
    ]


def _euros(cents: pd.Series) -> pd.Series:
    return (cents.astype("Float64") / 100).round(2)


def _sheet(name: str, found: pd.DataFrame, labels: Mapping[str, str]) -> Sheet:
    """A sheet of the columns of ``labels``, under their French names."""
    told = found[list(labels)]
    rows = tuple(tuple(_plain(cell) for cell in line) for line in told.astype("object").itertuples(index=False))
    return Sheet(name, tuple(labels.values()), rows)


def _plain(cell: object) -> str | int | float | None:
    """A cell as JSON can tell it; a day as AAAA-MM-JJ."""
    if cell is None or cell is pd.NaT or (not isinstance(cell, str) and bool(pd.isna(cell))):  # type: ignore[call-overload]
        return None
    if isinstance(cell, pd.Timestamp):
        return cell.date().isoformat()
    if isinstance(cell, bool):
        return _STATES[cell]
    return cell if isinstance(cell, str | int | float) else str(cell)


_LINE = {"source_file": "Fichier lu", "source_record": "Enregistrement"}


def _needs_sheet(plan: Plan) -> Sheet:
    refs = plan.lines.merge(plan.computations[[*KEY, "number"]], on=KEY)
    sums = refs.groupby("row")["number"].agg(lambda own: ", ".join(f"C{one}" for one in own))
    pool = plan.members.set_index("row")["pool"]
    faults = plan.faults.groupby(["source_file", "source_record"])["reason"].agg(
        lambda own: " ; ".join(sorted(set(own)))
    )
    keys = pd.MultiIndex.from_frame(plan.needs[["source_file", "source_record"]])
    told = plan.needs.assign(
        euros=_euros(plan.needs["amount_cents"]),
        family=plan.needs["family"].map(plan.report.family_labels).fillna(plan.needs["family"]),
        unit=plan.needs["unit"].map(lambda one: unit_label(plan, one), na_action="ignore"),
        kind=plan.needs["kind"].map(KINDS),
        sums=plan.needs.index.to_series().map(sums),
        pool=("M" + plan.needs.index.to_series().map(pool).astype("Int64").astype("str")).where(
            plan.needs.index.isin(pool.index)
        ),
        faults=faults.reindex(keys).to_numpy(),
    )
    return _sheet(
        "Besoins",
        told,
        {
            "need": "Besoin", "directorate": "Direction", "territory": "Territoire", "objet": "Objet", "family": "Famille", "unit": "Unité homogène",
            "codeCPV": "CPV", "kind": "Nature", "operation": "Opération", "euros": "Montant estimé HT", "starts_on": "Début", "duration_months": "Durée (mois)",
            "is_recurring": "Récurrent", "contract_id": "Marché nommé", "ready_on": "Début possible", "sums": "Sommes", "pool": "Groupe", "faults": "À corriger", **_LINE,
        },
    )  # fmt: skip


def _sums_sheet(plan: Plan) -> Sheet:
    found = plan.computations
    keys = plan.lines.merge(found[[*KEY, "number"]], on=KEY).join(plan.needs["need"], on="row")
    called = keys["need"].where(keys["is_sure"].astype(bool), "(" + keys["need"] + ")")
    names = called.groupby(keys["number"]).agg(", ".join)
    told = found.assign(
        reference="C" + found["number"].astype("str"),
        label=[sum_label(plan, one) for one in found.to_dict("records")],
        kind=found["kind"].map(KINDS),
        names=found["number"].map(names),
        alert=found["alert"].map(_ALERTS),
        **{
            f"{name}_text": found[name].map(procedure)
            for name in ("level_alone", "level_low", "level_high", "level_running")
        },
        **{
            f"{name}_euros": _euros(found[f"{name}_cents"])
            for name in ("largest", "low", "high", "running_low", "running_high")
        },
    )
    return _sheet(
        "Computation",
        told,
        {
            "reference": "Repère", "label": "Ce qui s’additionne", "kind": "Nature", "needs": "Besoins", "maybe": "Besoins peut-être", "unpriced": "sans montant",
            "territories": "Territoires", "largest_euros": "Le plus grand HT", "low_euros": "Ensemble HT, au moins", "high_euros": "Ensemble HT, au plus",
            "contracts": "Marchés en cours", "running_low_euros": "leur part de l’année, au moins", "running_high_euros": "leur part, au plus",
            "level_alone_text": "Procédure du plus grand", "level_low_text": "Procédure de l’ensemble, au moins", "level_high_text": "au plus",
            "level_running_text": "avec les marchés en cours", "alert": "Alerte", "names": "Numéros des besoins",
        },
    )  # fmt: skip


def _matches_sheet(plan: Plan) -> Sheet:
    told = plan.matches.join(plan.needs[["need", "directorate", "territory", "objet"]], on="row")
    contracts = plan.contracts.set_index("uid")[
        ["id", "objet", "end", "remaining_cents", "source_file", "source_record"]
    ]
    told = told.join(contracts.add_prefix("contract_"), on="uid")
    told = told.assign(
        left=_euros(told["contract_remaining_cents"]),
        reasons=[match_reasons(one) for one in told.to_dict("records")],
        source_file=told["contract_source_file"],
        source_record=told["contract_source_record"],
    )
    return _sheet(
        "Marchés existants",
        told,
        {
            "need": "Besoin", "directorate": "Direction", "territory": "Territoire", "objet": "Objet du besoin", "rank": "Rang", "contract_id": "Marché",
            "contract_objet": "Objet du marché", "contract_end": "Fin", "left": "Reste HT", "score": "Ressemblance", "reasons": "Pour et contre", **_LINE,
        },
    )  # fmt: skip


def _pools_sheet(plan: Plan) -> Sheet:
    told = plan.members.join(plan.needs, on="row")
    about = (
        plan.pools.set_index("pool")[["words", "starts_on"]]
        if len(plan.pools)
        else pd.DataFrame(columns=["words", "starts_on"])
    )
    told = told.join(about.add_prefix("pool_"), on="pool")
    told = told.assign(
        reference="M" + told["pool"].astype("str"),
        euros=_euros(told["amount_cents"]),
        check=(~(told["is_dated"].astype(bool) & told["is_timed"].astype(bool))).map(
            {True: "date ou durée à confirmer", False: ""}
        ),
    )
    return _sheet(
        "Mutualisation",
        told,
        {
            "reference": "Groupe", "pool_words": "Mots communs", "pool_starts_on": "Début possible du groupe", "need": "Besoin", "directorate": "Direction",
            "territory": "Territoire (lot)", "objet": "Objet", "codeCPV": "CPV", "euros": "Montant estimé HT", "ready_on": "Prêt le", "duration_months": "Durée (mois)",
            "check": "À confirmer", **_LINE,
        },
    )  # fmt: skip


def _endings_sheet(plan: Plan) -> Sheet:
    told = plan.endings.assign(
        euros=_euros(plan.endings["amount_cents"]), family=plan.endings["family"].map(plan.report.family_labels)
    )
    return _sheet(
        "Fins de marchés",
        told,
        {
            "id": "Marché", "directorate": "Direction", "territory": "Territoire", "objet": "Objet", "family": "Famille", "codeCPV": "CPV",
            "end_quarter": "Trimestre", "end": "Fin", "latest_end": "Au plus tard", "is_framework": "Accord-cadre", "is_subsequent": "Marché subséquent",
            "environmental": "Environnement", "social": "Social", "reserved": "Réservé", "euros": "Montant initial HT", "sector": "Secteur inclusif", **_LINE,
        },
    )  # fmt: skip


def _coverage_sheet(plan: Plan) -> Sheet:
    told = plan.coverage.assign(
        family=plan.coverage["family"].map(plan.report.family_labels).fillna(plan.coverage["family"])
    )
    return _sheet(
        "Couverture",
        told,
        {
            "family": "Famille",
            "territory": "Territoire",
            "needs": "Besoins",
            "groups": "Groupes",
            "is_represented": "Territoire présent",
        },
    )
