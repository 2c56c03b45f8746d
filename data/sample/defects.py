"""The defects of real files, planted in the fictitious ones.

A defect is a name, the share of the records that get it, the column it spoils and what it makes of the value.
The second argument is how many records had it before, so that its variants take turns.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from formats import HEAD_OFFICE, Row

Spoil = Callable[[Any, int], Any]
Defect = tuple[str, float, str, Spoil]

ABSENT = object()  # the key itself is left out
PLACEHOLDERS = (0.0, 1.0, 999999999.0, 12311111111.0)


def lose_apostrophe(substitute: str) -> Spoil:
    """The first apostrophe of a text replaced."""
    return lambda text, rank: text.replace("’", "'").replace("'", substitute, 1)


def first_siret(spoil: Callable[[str], str]) -> Spoil:
    """The first holder's SIRET spoilt: in a register's cell, or in the nested holders of the official format."""

    def spoil_first(value: Any, rank: int) -> Any:
        if isinstance(value, str):
            head, bar, tail = value.partition(" | ")
            return spoil(head) + bar + tail
        first, *others = value
        return [{"titulaire": first["titulaire"] | {"id": spoil(first["titulaire"]["id"])}}, *others]

    return spoil_first


def spaced(siret: str) -> str:
    """In groups, as people write it."""
    return f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"


def wrong_key(siret: str) -> str:
    """With another last digit."""
    return siret[:13] + str((int(siret[13]) + 3) % 10)


def french_amount(amount: float, rank: int) -> str:
    """As a person types it: 1 234 567,89 €."""
    return f"{amount:,.2f} €".replace(",", "\u00a0").replace(".", ",")


def other_words(text: str, rank: int) -> str:
    """An explicit no that is not the official label; a contradiction stays as it is."""
    return "Sans objet" if text.startswith("Pas de") and "," not in text else text


def cpv_check_digit(code: str, rank: int) -> str:
    """The code with a check digit behind it."""
    return f"{code}-{rank % 10}"


def broken_line(text: str, rank: int) -> str:
    r"""A literal \n where a line was broken."""
    return text.replace(" ", "\\n", 1)


# Dates that cannot be read take a contract out of its quarter, so they are kept rare.
REGISTER_DEFECTS: tuple[Defect, ...] = (
    ("placeholder amount", 0.02, "montant_ht", lambda amount, rank: PLACEHOLDERS[rank % 4]),
    ("amount as text", 0.03, "montant_ht", french_amount),
    ("no notification date", 0.008, "date_notification", lambda day, rank: ""),
    ("year 0218", 0.002, "date_notification", lambda day, rank: f"{day:%d/%m}/0218"),
    ("date with a zone", 0.02, "date_notification", lambda day, rank: f"{day}+01:00"),
    ("no publication date", 0.01, "date_publication", lambda day, rank: ""),
    ("spaced siret", 0.02, "titulaire_siret", first_siret(spaced)),
    ("siret of 13 digits", 0.02, "titulaire_siret", first_siret(lambda siret: siret[:13])),
    ("siret with a wrong key", 0.02, "titulaire_siret", first_siret(wrong_key)),
    ("lost apostrophe", 0.02, "objet", lose_apostrophe("¿")),
    ("html entity", 0.02, "objet", lose_apostrophe("&#8217;")),
    ("literal line break", 0.01, "objet", broken_line),
    ("cpv of 7 digits", 0.02, "code_cpv", lambda code, rank: code[:7] if rank % 2 else code.removeprefix("0")),
    ("cpv with its check digit", 0.04, "code_cpv", cpv_check_digit),
    ("social no in other words", 0.02, "considerations_sociales", other_words),
    ("environmental no in other words", 0.02, "considerations_environnementales", other_words),
)

DECP_DEFECTS: tuple[Defect, ...] = (
    ("placeholder amount", 0.02, "montant", lambda amount, rank: PLACEHOLDERS[rank % 4]),
    ("amount as text", 0.03, "montant", lambda amount, rank: f"{amount:.2f}"),
    ("no notification date", 0.006, "dateNotification", lambda day, rank: (None, "", ABSENT)[rank % 3]),
    ("year 0218", 0.002, "dateNotification", lambda day, rank: f"0218{day[4:]}"),
    ("date with a zone", 0.03, "dateNotification", lambda day, rank: f"{day}+01:00"),
    ("no publication date", 0.01, "datePublicationDonnees", lambda day, rank: ABSENT),
    ("spaced siret", 0.02, "titulaires", first_siret(spaced)),
    ("siret without its zero", 0.02, "titulaires", first_siret(lambda siret: siret[1:])),
    ("siret with a wrong key", 0.02, "titulaires", first_siret(wrong_key)),
    ("lost apostrophe", 0.02, "objet", lose_apostrophe("¿")),
    ("lost character", 0.02, "objet", lose_apostrophe("\ufffd")),
    ("html entity", 0.02, "objet", lose_apostrophe("&#8217;")),
    ("literal line break", 0.01, "objet", broken_line),
    ("cpv of 7 digits", 0.01, "codeCPV", lambda code, rank: code[:7]),
    ("cpv with its check digit", 0.05, "codeCPV", cpv_check_digit),
    ("list as one text", 0.03, "considerationsSociales", lambda value, rank: ", ".join(value["considerationSociale"])),
    ("text without its list", 0.03, "considerationsEnvironnementales",
     lambda value, rank: {"considerationEnvironnementale": ", ".join(value["considerationEnvironnementale"])}),
    ("no considerations", 0.005, "considerationsEnvironnementales", lambda value, rank: (None, ABSENT)[rank % 2]),
    ("holders without wrapper", 0.03, "titulaires", lambda value, rank: [one["titulaire"] for one in value]),
    ("holders nested twice", 0.02, "titulaires", lambda value, rank: [{"titulaire": one} for one in value]),
    ("null modifications", 0.03, "modifications", lambda value, rank: None),
)  # fmt: skip

# Nothing that takes a payment out of its quarter or its supplier out of sight: quotas in value hold to the cent.
PAYMENT_DEFECTS: tuple[Defect, ...] = (
    ("amount as text", 0.01, "montant_ht", french_amount),
    ("spaced siret", 0.01, "fournisseur_siret", lambda siret, rank: siret and spaced(siret)),
    ("siret without its zero", 0.015, "fournisseur_siret", lambda siret, rank: siret[1:]),
    ("no invoice date", 0.02, "date_facture", lambda day, rank: ""),
    ("invoice after the payment", 0.002, "date_facture", lambda day, rank: day + timedelta(days=200)),
    ("other words", 0.05, "nature_budgetaire", lambda nature, rank: {"Achat": ("ACHATS", "Marché")[rank % 2]}.get(nature, nature)),
)  # fmt: skip


def plant(rng: random.Random, rows: list[Row], defects: tuple[Defect, ...], untouched: set[int]) -> set[int]:
    """Give each defect to its share of the rows, three at least, never two to one row; return the rows touched."""
    touched: set[int] = set()
    for _, share, column, spoil in defects:
        wanted, done = max(3, round(share * len(rows))), 0
        for number in rng.sample(range(len(rows)), len(rows)):
            if done == wanted:
                break
            row = rows[number]
            if number in touched | untouched or (spoilt := spoil(row[column], done)) == row[column]:
                continue
            if spoilt is ABSENT:
                del row[column]
            else:
                row[column] = spoilt
            touched.add(number)
            done += 1
    return touched


def truncate_ids(rng: random.Random, rows: list[Row], untouched: set[int], pairs: int = 5) -> set[int]:
    """Give one truncated id to two different contracts, several times; return the rows touched."""
    same_buyer = [
        n for n, row in enumerate(rows) if row["acheteur"]["id"] == HEAD_OFFICE and row["id"].startswith("2025Z25")
    ]
    chosen = rng.sample([n for n in same_buyer if n not in untouched], 2 * pairs)
    for rank, number in enumerate(chosen):
        rows[number]["id"] = f"2025E{rank // 2}"
    return set(chosen)


def duplicate(rng: random.Random, rows: list[Row], untouched: set[int], share: float = 0.015) -> None:
    """Write some records a second time, further down."""
    free = [n for n in range(len(rows)) if n not in untouched]
    rows.extend(dict(rows[n]) for n in sorted(rng.sample(free, max(3, round(share * len(rows))))))
