"""Running contracts that may already serve a need, ranked, with what speaks for each and against it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spaser_analysis.programming.endings import as_amended
from spaser_analysis.programming.similarity import alike, purchases
from spaser_analysis.programming.words import Reader

SHOWN, COMPARED = 3, 50  # contracts a need: shown, of the most alike that are compared further
FITS = ("same_place", "is_long_enough", "is_framework", "has_enough")
_BONUS = 0.05
_PAIR = ["row", "uid", "score", "is_named"]


def remaining(contracts: pd.DataFrame, amendments: pd.DataFrame, payments: pd.DataFrame) -> pd.Series:
    """Cents left of each contract (by ``uid``): its last known amount less what was paid under it; null where its amount
    is not known or no payment names it.
    """
    paid = payments.groupby("contract_uid")["amount_cents"].sum(min_count=1)
    left = as_amended(contracts, amendments, "amount_cents") - contracts["uid"].map(paid).astype("Int64")
    return left.set_axis(contracts["uid"])


def matches(needs: pd.DataFrame, contracts: pd.DataFrame, reader: Reader, whole: str) -> pd.DataFrame:
    """At most ``SHOWN`` contracts a need, the best first; none where none fits.

    ``row`` (index in ``needs``), ``uid``, ``rank``, ``is_named`` (the need names it), ``score`` (see ``similarity``; null
    for one that is only named), ``words`` (in common), ``digits`` (of the CPV in common; null where one is not known),
    and nullable ``FITS``: of the need's territory or the whole's; running until the need ends; a framework, to which
    orders can be added; more left than the need asks for.

    A contract runs if it ends after the need starts (or is not known to end before). Subsequent contracts serve their
    own order only; works that are no framework were of one operation; a contract of another territory serves only if it is
    a framework. ``contracts``: with ``end``, ``kind``,
    ``remaining_cents``; ``whole``: code of the whole organisation.
    """
    open_ones = contracts[~contracts["is_subsequent"].fillna(False)]
    open_ones = open_ones[(open_ones["kind"] != "works") | open_ones["is_framework"].fillna(False)]
    open_ones = open_ones.sort_values("uid", ignore_index=True)
    pairs = pd.concat([_alike(needs, open_ones, reader), _named(needs, contracts)], ignore_index=True)
    pairs = pairs.sort_values(["is_named", "score"], ascending=False, kind="stable").drop_duplicates(["row", "uid"])
    found = pairs.join(needs[["starts_on", "ends_on", "territory", "amount_cents"]], on="row")
    of_contract = contracts.set_index("uid")[["end", "territory", "is_framework", "remaining_cents"]]
    found = found.join(of_contract.add_prefix("contract_"), on="uid")
    ended = (found["contract_end"] <= found["starts_on"]).fillna(False)
    same = (found["contract_territory"] == found["territory"]) | (found["contract_territory"] == whole)
    elsewhere = ~same & ~found["contract_is_framework"].fillna(False)  # neither its place nor open to orders
    found = found[~ended & (found["is_named"] | (found["contract_end"].notna() & ~elsewhere))].assign(same=same)
    found = found.assign(
        same_place=found["same"].astype("boolean").where(found["territory"].notna()),
        is_long_enough=(found["contract_end"] >= found["ends_on"]).astype("boolean").where(found["ends_on"].notna()),
        is_framework=found["contract_is_framework"],
        has_enough=found["contract_remaining_cents"] >= found["amount_cents"],
    )
    fit = found["score"].fillna(1) + _BONUS * sum(found[one].astype("Int64").fillna(0) for one in FITS)
    found = found.assign(fit=fit.astype("float64"))
    found = found.sort_values(["row", "is_named", "fit", "uid"], ascending=[True, False, False, True])
    found = found.assign(rank=found.groupby("row").cumcount() + 1)
    kept = found[found["rank"] <= SHOWN].reset_index(drop=True)
    return _explained(kept, needs, contracts, reader)


def _alike(needs: pd.DataFrame, contracts: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    """The contracts most alike each need, of its family or of none known; needs that read the same are compared once."""
    told = needs[needs["objet"].notna()]
    others = contracts[contracts["objet"].notna()].reset_index(drop=True)
    if told.empty or others.empty:
        return pd.DataFrame(columns=_PAIR)
    same = told.groupby(["family", "codeCPV", "objet"], dropna=False, sort=True).ngroup()
    once = told[~same.duplicated()]
    both = pd.concat([once[["objet", "codeCPV"]], others[["objet", "codeCPV"]]], ignore_index=True)
    read = purchases(list(both["objet"]), both["codeCPV"], reader)
    families = once["family"].fillna("").to_numpy()
    found = []
    for family in sorted(set(families)):
        mine = np.flatnonzero(families == family)
        theirs = np.flatnonzero(others["family"].isna() | (others["family"] == family) | (family == ""))
        for pairs in alike(read[mine], read[len(once) + theirs]):
            best = pairs.sort_values(["left", "score", "right"], ascending=[True, False, True])
            best = best.groupby("left").head(COMPARED)
            number = same.loc[once.index[mine[best["left"]]]].to_numpy()
            uid = others["uid"].to_numpy()[theirs[best["right"]]]
            found.append(pd.DataFrame({"number": number, "uid": uid, "score": best["score"], "is_named": False}))
    rows = pd.DataFrame({"row": told.index, "number": same.to_numpy()})
    return rows.merge(pd.concat(found), on="number")[_PAIR]


def _named(needs: pd.DataFrame, contracts: pd.DataFrame) -> pd.DataFrame:
    named = needs.loc[needs["contract_uid"].isin(contracts["uid"]), "contract_uid"]
    return pd.DataFrame({"row": named.index, "uid": named.to_numpy(), "score": pd.NA, "is_named": True})


def _explained(kept: pd.DataFrame, needs: pd.DataFrame, contracts: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    told = kept.join(needs[["objet", "codeCPV"]], on="row").join(
        contracts.set_index("uid")[["objet", "codeCPV"]].add_prefix("their_"), on="uid"
    )
    words = [
        ", ".join(reader.common([one for one in (mine, theirs) if not pd.isna(one)]))
        for mine, theirs in zip(told["objet"], told["their_objet"], strict=True)
    ]
    digits = [
        pd.NA if pd.isna(mine) or pd.isna(theirs) else common_digits(mine, theirs)
        for mine, theirs in zip(told["codeCPV"], told["their_codeCPV"], strict=True)
    ]
    columns = ["row", "uid", "rank", "is_named", "score", "words", "digits", *FITS]
    found = kept.assign(words=words, digits=pd.array(digits, dtype="Int64"))[columns]
    return found.astype({"score": "Float64", "is_named": "bool", **dict.fromkeys(FITS, "boolean")})


def common_digits(*codes: str) -> int:
    """How many first digits all these codes share."""
    return next((n for n, digits in enumerate(zip(*codes, strict=True)) if len(set(digits)) > 1), 8)
