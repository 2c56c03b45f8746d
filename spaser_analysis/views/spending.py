"""Where the money goes: the third objective in its four definitions, the suppliers, what is no purchase."""

from __future__ import annotations

from spaser_analysis.indicators.spending import DEFINITIONS, SOLIDARITY, excluded_spending
from spaser_analysis.report import Report
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Table, table
from spaser_analysis.views.labels import LABELS
from spaser_analysis.views.tables import WINDOW, indicator_table

NO_PAYMENT = "Aucun paiement dans les données : il faut le fichier des paiements de l’acheteur."
_SUPPLIERS = tuple(LABELS["suppliers"].items())
_PROXY = (("solidarity_contract_share", "number"), ("solidarity_contract_share", "value"))


def solidarity(report: Report) -> Table:
    """The spending with solidarity enterprises under the four definitions, and what the buyer's choice changes."""
    chosen = report.organisation.solidarity_definition
    names = {one.letter: one.name for one in report.reference.definitions}
    found = [(one, report.result(f"{SOLIDARITY}_{one.lower()}", WINDOW, "value")) for one in DEFINITIONS]
    rows = [
        (f"{letter} : {names[letter]}{' (retenue)' if letter == chosen else ''}", *readings.cells(row))
        for letter, row in found
        if row is not None and readings.counted(row) > 0
    ]
    credit = next((readings.reason(row) for _, row in found if row is not None and readings.is_credit(row)), "")
    months, notes = formatting.months(report.window(WINDOW)), _consequence(report, chosen) if rows else ()
    return table("solidarity", rows, *notes, months=months, empty=credit or _no_payment(report))


def _no_payment(report: Report) -> str:
    return "Aucune dépense dans la période." if report.has_payments else NO_PAYMENT


def _consequence(report: Report, chosen: str | None) -> tuple[str, ...]:
    unmatched = (
        "Un fournisseur sans identifiant valide, ou reconnu à demi, est d’état inconnu : la part est entre deux bornes."
    )
    if chosen is None:
        return ("L’acheteur n’a choisi aucune définition : l’objectif n’est pas jugé.", unmatched)
    others = [
        f"{letter}, {readings.figure(report.result(f'{SOLIDARITY}_{letter.lower()}', WINDOW, 'value'))}"
        for letter in DEFINITIONS
        if letter != chosen
    ]
    choice = f"Définition retenue : {chosen}. {report.organisation.solidarity_reason}".strip()
    return (choice, f"Avec une autre définition, la part serait : {' ; '.join(others)}.", unmatched)


def suppliers(report: Report) -> Table:
    """Who is paid, how fast, and the hours of insertion; without payments, the proxy that contracts give."""
    has_payments = not set(report.paid_quarters).isdisjoint(report.window(WINDOW).quarters)
    communes = formatting.counted(len(report.organisation.communes), "commune", "communes")
    notes = [f"Périmètre de l’acheteur : {communes}, établissement payé ou titulaire."]
    if not has_payments:
        notes.append(
            "Sans paiements, la part solidaire des marchés attribués n’est qu’une approximation de l’objectif."
        )
    caption = f"Fournisseurs et insertion, {formatting.months(report.window(WINDOW))}"
    return indicator_table(report, caption, (*_SUPPLIERS, *(() if has_payments else _PROXY)), tuple(notes))


def excluded(report: Report) -> Table:
    """What was paid without being a purchase, by reason, and what may be one: since 1 January, the territory's."""
    within = report.payments["quarter"].isin(report.window(WINDOW).quarters)
    own = report.of_territory(report.payments[within])
    counts = excluded_spending(own).reindex(list(LABELS["exclusions"]), fill_value=0)
    unpriced = int(counts["unpriced"].sum())
    left_out = (
        f" Sans montant utilisable : {formatting.counted(unpriced, 'paiement', 'paiements')}." if unpriced else ""
    )
    rows = (
        (label, formatting.number(one["payments"]), formatting.euros(one["amount_cents"]))
        for label, one in zip(LABELS["exclusions"].values(), counts.to_dict("records"), strict=True)
    )
    months = formatting.months(report.window(WINDOW))
    return table("excluded", rows if len(own) else (), months=months, left_out=left_out, empty=_no_payment(report))
