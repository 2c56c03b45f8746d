"""The programming for machines and spreadsheets: every suggestion with the lines it comes from."""

from __future__ import annotations

from datetime import date

import pandas as pd

from spaser_analysis.plan import Plan
from spaser_analysis.schemas import RECORD
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.computation import procedure, sum_label, unit_label
from spaser_analysis.views.elements import Data, Sheets, download
from spaser_analysis.views.endings import assumption
from spaser_analysis.views.labels import LABELS, SHEETS
from spaser_analysis.views.pooling import match_reasons
from spaser_analysis.workbook import Sheet

_COLUMNS = ["suggestion", "role", "need", "contract", "amount_cents", *RECORD]


def plan_data(plan: Plan) -> Data:
    """One row a suggestion and line: ``suggestion`` (C, X, M with its number, ``existing``, ``ending``, ``census``), ``role``
    (``member``, ``maybe``, ``candidate``, ``contract``), ``need``, ``contract``, amount, source file and record.
    """
    snapshot = plan.report.snapshot.isoformat() if plan.report.snapshot else ""
    told = suggestions(plan)
    told.insert(0, "quarter", str(plan.report.quarter))
    told.insert(1, "snapshot", snapshot)
    return download(told, "les propositions ligne à ligne")


def suggestions(plan: Plan) -> pd.DataFrame:
    """Every suggestion with the needs and contracts behind it, in columns ``_COLUMNS``."""
    needs, counted = (one[["need", "amount_cents", *RECORD]] for one in (plan.needs, plan.counted))
    contracts = plan.contracts.set_index("uid")[["id", "amount_cents", *RECORD]]
    role = plan.sums["is_sure"].map({True: "member", False: "maybe"})
    crossing = plan.straddling.explode("rows").dropna(subset="rows")
    of_needs = (
        pd.DataFrame({"row": needs.index, "suggestion": "census", "role": "member"}),
        pd.DataFrame({"row": plan.sums["row"], "suggestion": _numbered("C", plan.sums["number"]), "role": role}),
        pd.DataFrame({"row": crossing["rows"], "suggestion": "X" + crossing["code"].astype("str"), "role": "member"}),
        pd.DataFrame(
            {"row": plan.members["row"], "suggestion": _numbered("M", plan.members["pool"]), "role": "member"}
        ),
    )
    pieces = [one.join(counted, on="row") for one in of_needs if len(one)]
    served = plan.matches[["row", "uid"]].assign(suggestion="existing", role="candidate")
    served = served.join(needs["need"], on="row").join(contracts, on="uid").rename(columns={"id": "contract"})
    ended = plan.endings.assign(suggestion="ending", role="contract", contract=plan.endings["id"])
    total = pd.DataFrame([{"suggestion": "census", "role": "total", "amount_cents": int(needs["amount_cents"].sum())}])
    parts = [one.reindex(columns=_COLUMNS).astype("object") for one in (total, *pieces, served, ended)]
    return pd.concat(parts, ignore_index=True).astype({"amount_cents": "Int64", "source_record": "Int64"})


def _numbered(letter: str, numbers: pd.Series) -> pd.Series:
    """The marks of sums and groups: C12, M3; null where there is no number."""
    return (letter + numbers.astype("Int64").astype("str")).where(numbers.notna())


def plan_sheets(plan: Plan) -> Sheets:
    """The workbook to work on: every need, sum, match, group and ending, to be filtered by directorate."""
    families = plan.report.family_labels
    found = {
        "Besoins": _needs(plan),
        "Computation": _sums(plan),
        "Marchés existants": _matches(plan),
        "Mutualisation": _pools(plan),
        "Fins de marchés": plan.endings.assign(
            euros=_euros(plan.endings["amount_cents"]), family=plan.endings["family"].map(families)
        ),
        "Couverture": plan.coverage.assign(
            family=plan.coverage["family"].map(plan.report.family_label, na_action="ignore")
        ),
    }
    return Sheets(
        (
            Sheet("Lisez-moi", ("Sur quoi repose ce classeur",), tuple((line,) for line in _read_me(plan))),
            *(_sheet(name, rows) for name, rows in found.items()),
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
        assumption(),
        "Repères : C et un numéro pour une somme, M et un numéro pour un groupe à mutualiser.",
    ]


def _euros(cents: pd.Series) -> pd.Series:
    return (cents.astype("Float64") / 100).round(2)


def _sheet(name: str, found: pd.DataFrame) -> Sheet:
    """A sheet of the columns that ``sheets.toml`` names, under their French names."""
    headings = SHEETS[name]
    rows = found[list(headings)].astype("object").itertuples(index=False)
    return Sheet(name, tuple(headings.values()), tuple(tuple(map(_plain, line)) for line in rows))


def _plain(cell: object) -> str | int | float | date | None:
    """A cell as a sheet can hold it."""
    if isinstance(cell, bool):
        return readings.state(cell)
    if isinstance(cell, str):
        return cell
    if pd.isna(cell):  # type: ignore[call-overload]
        return None
    if isinstance(cell, pd.Timestamp):
        return cell.date()
    return cell if isinstance(cell, int | float) else str(cell)


def _needs(plan: Plan) -> pd.DataFrame:
    needs, rows = plan.counted, plan.counted.index.to_series()
    sums = _numbered("C", plan.sums["number"]).groupby(plan.sums["row"]).agg(", ".join)
    faults = plan.faults.groupby(RECORD)["reason"].agg(lambda own: " ; ".join(sorted(set(own))))
    return needs.assign(
        euros=_euros(needs["amount_cents"]),
        family=needs["family"].map(plan.report.family_label, na_action="ignore"),
        unit=needs["unit"].map(lambda one: unit_label(plan, one), na_action="ignore"),
        kind=needs["kind"].map(LABELS["kinds"]),
        sums=rows.map(sums),
        pool=_numbered("M", rows.map(plan.members.set_index("row")["pool"])),
        faults=faults.reindex(pd.MultiIndex.from_frame(needs[RECORD])).to_numpy(),
    )


def _sums(plan: Plan) -> pd.DataFrame:
    found = plan.computations
    levels = found.filter(like="level_").map(procedure)
    euros = found.filter(like="_cents").apply(_euros).rename(columns=lambda name: name.replace("_cents", "_euros"))
    return found.assign(
        reference=_numbered("C", found["number"]),
        label=[sum_label(plan, one) for one in found.to_dict("records")],
        kind=found["kind"].map(LABELS["kinds"]),
        names=found["number"].map(plan.sums.groupby("number")["called"].agg(", ".join)),
        alert=found["alert"].map(LABELS["alerts"]),
    ).assign(**levels, **euros)


def _matches(plan: Plan) -> pd.DataFrame:
    contracts = plan.contracts.set_index("uid")[["id", "objet", "end", "remaining_cents", *RECORD]]
    told = plan.matches.join(plan.needs[["need", "directorate", "territory", "objet"]], on="row")
    told = told.join(contracts.add_prefix("contract_"), on="uid")
    reasons = [match_reasons(one) for one in told.to_dict("records")]
    return told.assign(contract_left=_euros(told["contract_remaining_cents"]), reasons=reasons)


def _pools(plan: Plan) -> pd.DataFrame:
    about = plan.pools.set_index("pool")[["words", "starts_on"]].add_prefix("pool_")
    told = plan.members.join(plan.needs, on="row").join(about, on="pool")
    is_sure = told["is_dated"] & told["is_timed"]
    return told.assign(
        reference=_numbered("M", told["pool"]),
        euros=_euros(told["amount_cents"]),
        check=is_sure.map({True: "", False: "date ou durée à confirmer"}),
    )
