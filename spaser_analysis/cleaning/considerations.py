"""Considerations in three states: yes, no, unknown. Unknown is never no.

A contract has a consideration if one is declared as clause, criterion or reserved contract (arrêté du 22 décembre
2022; PNAD 2022-2025). "Pas de considération ..." and "Sans objet" are an explicit no; empty, NC, MQ and CDL are unknown.
"Pas de ..." beside a consideration is a contradiction, and unknown.
"""

from __future__ import annotations

import html
import re

import pandas as pd

from spaser_analysis.cleaning.distinct import each_once
from spaser_analysis.cleaning.ledger import rule_where
from spaser_analysis.cleaning.text import fold

SEPARATOR = " | "
LOST = "\ufffd"
COLUMNS = {"environmental": "considerationsEnvironnementales", "social": "considerationsSociales"}


@each_once
def clean_considerations(raw: pd.Series, axis: str, spellings: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """(states, rule) of declared lists written ``a | b`` or ``a, b``, for the axis ``environmental`` or ``social``.

    ``spellings`` maps a folded spelling to clause, criterion, reserved, none or missing. The columns are the axis
    itself, ``<axis>_clause``, ``<axis>_criterion``, ``<axis>_status``, for the social axis ``reserved``, and the
    declared list, tidied, under its DECP name.
    """
    read = [_read(text, axis, spellings) for text in ["", *raw.fillna("")]]
    frame = pd.DataFrame(read).iloc[1:].set_axis(raw.index)
    flags = [name for name in frame if name not in (f"{axis}_status", COLUMNS[axis])]
    frame = frame.astype({**dict.fromkeys(flags, "boolean"), f"{axis}_status": "str", COLUMNS[axis]: "str"})
    status = frame[f"{axis}_status"]
    rule = rule_where("consideration_contradiction", status == "contradiction")
    return frame, rule.mask(status == "unreadable", "consideration_unreadable")


def _read(text: str, axis: str, spellings: pd.Series) -> dict[str, bool | str | None]:
    parts = [part.strip(" '\"[]{}") for part in re.split(r"[|,;/\n]", html.unescape(text))]
    meanings = {_meaning(part, spellings) for part in parts} - {"missing"}
    told = bool(meanings) and "unreadable" not in meanings
    contradiction = "none" in meanings and len(meanings - {"unreadable"}) > 1
    unreadable = "unreadable" in meanings
    declared = told and not contradiction
    some = bool(meanings & {"clause", "criterion", "reserved"})
    reserved_only = meanings == {"reserved"}  # the official sheet says to tick nothing else for a reserved contract

    def state(meaning: str) -> bool | None:
        if not declared:
            return True if unreadable and not contradiction and meaning in meanings else None
        return True if meaning in meanings else None if reserved_only else False

    status = "contradiction" if contradiction else "unreadable" if unreadable else "declared" if told else "undeclared"
    row: dict[str, bool | str | None] = {
        axis: some if declared else True if some and not contradiction else None,
        f"{axis}_clause": state("clause"),
        f"{axis}_criterion": state("criterion"),
        f"{axis}_status": status,
        COLUMNS[axis]: SEPARATOR.join(sorted({part for part in parts if _meaning(part, spellings) != "missing"}))
        or None,
    }
    if axis == "social":
        row["reserved"] = state("reserved") if not reserved_only else True
    return row


def _meaning(part: str, spellings: pd.Series) -> str:
    folded = fold(part)
    if folded.startswith("inx"):
        return "missing"
    if LOST in part and folded not in spellings:  # a lost letter was a vowel: only é is ever lost in these words
        alike = spellings[[_consonants(one) == _consonants(folded) for one in spellings.index]]
        return str(alike.iloc[0]) if alike.nunique() == 1 else "unreadable"
    return str(spellings.get(folded, "unreadable" if folded else "missing"))


def _consonants(folded: str) -> str:
    return re.sub(r"[aeiouy ]", "", folded)
