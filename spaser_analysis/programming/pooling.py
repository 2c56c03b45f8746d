"""Needs that several territories could buy together: same family, similar objects, windows and durations that agree.

Every member of a group is alike its leader (``similarity.SIMILAR``): no chain from like to like ends far from where it
began. The order of the needs changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd

from spaser_analysis.programming.existing import common_digits
from spaser_analysis.programming.similarity import ROWS, Purchases, alike, code_agreement, code_digits, purchases
from spaser_analysis.programming.words import Reader

LONGEST_WAIT = 12  # months that the first of a group may wait for the last
LARGEST_RATIO = 2  # between the longest duration and the shortest
REFUSED, COMPARED = 12, 500  # pairs shown, of the most alike of each run that are weighed
_EARLY, _LATE = pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")  # of no day, whatever it is compared with


def groups(needs: pd.DataFrame, families: pd.DataFrame) -> pd.DataFrame:
    """Which needs go together: ``row`` (index in ``needs``), ``pool`` (number, from 1, the largest amount first),
    ``is_dated`` and ``is_timed``: its day, its duration are known to agree with the others' (else to be confirmed).

    Only groups of two territories or more; a need without territory (null) is of no second one. ``needs``: columns of ``needs.counted``; ``families`` as of ``like_families``.
    """
    told = needs[["need", "territory", "ready_on", "ends_on", "duration_months", "amount_cents"]]
    placed = families.assign(territory=families["row"].map(told["territory"])).groupby("leader", sort=True)
    able = placed.filter(lambda own: own["territory"].nunique() > 1).groupby("leader", sort=True)
    parts = [part for _, rows in able["row"] for part in _in_time(told.loc[rows])]
    several = [part for part in parts if part["territory"].nunique() > 1]
    several.sort(key=lambda part: (-int(part["amount_cents"].sum()), part["need"].min(), part.index.min()))
    pool = [number for number, part in enumerate(several, 1) for _ in part.index]
    rows = [row for part in several for row in part.index]
    return pd.DataFrame(
        {
            "row": pd.array(rows, dtype="int64"),
            "pool": pd.array(pool, dtype="int64"),
            "is_dated": needs.loc[rows, "starts_on"].notna().to_numpy(),
            "is_timed": needs.loc[rows, "duration_months"].notna().to_numpy(),
        }
    )


def like_families(needs: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    """``row`` and ``leader`` (an index too): needs whose objects are alike that of their leader, family by family.

    The leader is the need of its like with the most needs that read exactly the same. A need without object or family is
    in none, nor are works of a named operation, which has its own computation.
    """
    told = needs[needs["objet"].notna() & needs["family"].notna() & needs["operation"].isna()]
    words = pd.Series([" ".join(sorted(reader.stems(one))) for one in told["objet"]], told.index, dtype="str")
    keys = told[["family", "codeCPV"]].fillna({"codeCPV": ""}).assign(words=words, row=told.index)[words != ""]
    kinds = keys.groupby(["family", "words", "codeCPV"])["row"].agg(row=list, first="min", size="size").reset_index()
    order = ["family", "size", "words", "codeCPV"]
    kinds = kinds.sort_values(order, ascending=[True, False, True, True], ignore_index=True)
    read = purchases(list(needs.loc[kinds["first"], "objet"]), kinds["codeCPV"], reader)
    own = [np.flatnonzero(kinds["family"] == one) for one in sorted(set(kinds["family"]))]
    leaders = np.array([places[one] for places in own for one in leaders_of(read[places])], dtype="int64")
    found = kinds.assign(leader=kinds["first"].to_numpy()[leaders])[["row", "leader"]]
    return found.explode("row", ignore_index=True).astype("int64")


def leaders_of(samples: Purchases) -> list[int]:
    """For each row the position of its leader, earlier or itself: of the leaders that it is alike, the most alike.

    Compared with leaders only, so that ten thousand objects that are all alike take no more than as many comparisons.
    """
    count = len(samples.codes)
    leader = np.full(count, -1)
    leaders = np.empty(0, dtype=int)
    for start in range(0, count, ROWS):
        here = np.arange(start, min(start + ROWS, count))
        for pairs in alike(samples[here], samples[leaders]):
            best = pairs.sort_values(["left", "score", "right"], ascending=[True, False, True]).drop_duplicates("left")
            leader[here[best["left"]]] = leaders[best["right"]]
        rest = here[leader[here] < 0]
        leader[rest] = rest
        for pairs in alike(samples[rest], samples[rest]):
            earlier = pairs[pairs["right"] < pairs["left"]].sort_values(
                ["left", "score", "right"], ascending=[True, False, True]
            )
            for _, own in earlier.groupby("left"):
                row, able = rest[own["left"].iloc[0]], rest[own["right"]]
                leader[row] = next(iter(able[leader[able] == able]), row)
        leaders = np.flatnonzero(leader == np.arange(count))
    return [int(one) for one in leader]


@dataclass
class _Part:
    """Needs that can be bought at one time, and what the next one must agree with."""

    rows: list[int]
    first: pd.Timestamp
    last: pd.Timestamp
    end: pd.Timestamp
    shortest: float
    longest: float


def _in_time(needs: pd.DataFrame) -> Iterable[pd.DataFrame]:
    """Needs that are alike, cut where windows or durations do not agree; those without a day go with the first part."""
    order = needs.sort_values(["ready_on", "duration_months", "need"], na_position="last")
    parts: list[_Part] = []
    for one in _alone(order):
        for part in parts:
            both = _merged(part, one)
            if _disagreement(both) is None:
                vars(part).update(vars(both))
                break
        else:
            parts.append(one)
    return [needs.loc[part.rows] for part in parts]


def _alone(needs: pd.DataFrame) -> list[_Part]:
    """Each need by itself; a day or duration that is not known agrees with any other."""
    ready, months = needs["ready_on"], needs["duration_months"].astype("float64")
    columns = (ready.fillna(_LATE), ready.fillna(_EARLY), needs["ends_on"].fillna(_LATE), months, months)
    return [_Part([row], *bounds) for row, *bounds in zip(needs.index, *columns, strict=True)]


def _merged(part: _Part, other: _Part) -> _Part:
    return _Part(
        [*part.rows, *other.rows],
        min(part.first, other.first),
        max(part.last, other.last),
        min(part.end, other.end),
        np.fmin(part.shortest, other.shortest),
        np.fmax(part.longest, other.longest),
    )


def _disagreement(part: _Part) -> str | None:
    if part.last > part.first + pd.DateOffset(months=LONGEST_WAIT):
        return "wait"
    if part.end <= part.last:
        return "windows"
    return "durations" if part.longest > LARGEST_RATIO * part.shortest else None


def disagreement(needs: pd.DataFrame) -> str | None:
    """Why these needs cannot be bought at one time: ``wait`` (one is ready over a year after another), ``windows`` (one
    ends before another is ready) or ``durations``; None where they can, as far as days and durations are known.
    """
    return _disagreement(reduce(_merged, _alone(needs)))


def refused(needs: pd.DataFrame, families: pd.DataFrame, members: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    """Pairs of needs of two territories that tempt, and why they are not in one group, the largest amounts first:
    ``left``, ``right`` (indices), ``words`` (in common), ``score`` of the words alone, ``reason``: ``code``, ``objects``,
    ``wait``, ``windows`` or ``durations``.

    Their words alone are as alike as those of a group. ``families`` as of ``like_families``, ``members`` as of
    ``groups``; one need stands for those of its leader, group and territory, and each is shown once.
    """
    told = families.merge(members[["row", "pool"]], how="left", on="row").join(needs[["territory", "family"]], on="row")
    told = told.dropna(subset="territory").sort_values("row").drop_duplicates(["leader", "pool", "territory"])
    told = told.assign(number=told["pool"].fillna(0))
    columns = ["left", "right", "words", "score", "reason"]
    found = [pd.DataFrame({"left": [], "right": [], "score": []})]
    objects = needs.loc[told["row"], ["objet", "codeCPV"]]
    bare = purchases(list(objects["objet"]), objects["codeCPV"], reader).without_codes()
    for family in sorted(set(told["family"])):
        own = np.flatnonzero(told["family"] == family)
        here, place, pool = (told[name].to_numpy()[own] for name in ("row", "territory", "number"))
        for pairs in alike(bare[own], bare[own]):
            left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
            tempting = (
                (left < right) & (place[left] != place[right]) & ((pool[left] != pool[right]) | (pool[left] == 0))
            )
            kept = pairs[tempting].sort_values(["score", "left", "right"], ascending=[False, True, True]).head(COMPARED)
            found.append(kept.assign(left=here[kept["left"]], right=here[kept["right"]]))
    pairs = pd.concat(found, ignore_index=True)
    amounts = [needs["amount_cents"].fillna(0).reindex(pairs[side]).to_numpy() for side in ("left", "right")]
    pairs = pairs.assign(amount=amounts[0] + amounts[1])
    pairs = pairs.sort_values(["amount", "score", "left", "right"], ascending=[False, False, True, True])
    rows: list[tuple[int, int, str, float, str]] = []
    seen: set[int] = set()
    for left, right, score in zip(pairs["left"], pairs["right"], pairs["score"], strict=True):
        if seen.isdisjoint((left, right)) and len(rows) < REFUSED:
            seen |= {left, right}
            both = needs.loc[[left, right]]
            digits = code_digits(both["codeCPV"])
            reason = disagreement(both) or ("objects" if code_agreement(digits[:1], digits[1:])[0] == 1 else "code")
            rows.append((left, right, ", ".join(reader.common(list(both["objet"]))), score, reason))
    return pd.DataFrame(rows, columns=columns)


def pools(needs: pd.DataFrame, members: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    """One row a group of ``groups``: ``pool``, ``needs`` and ``territories`` (counts), ``low_cents``, ``unpriced``,
    ``saved`` (procedures: all but one), ``starts_on`` (first day on which all are ready; null where none is known),
    ``waits`` (months that the first waits for it), ``words`` and ``digits`` that tie it, ``family``, ``unit``, ``kind``,
    ``largest_cents`` (of a need), ``to_confirm`` (members whose day or duration is not known).
    """
    told = members.join(needs, on="row").assign(
        unpriced=lambda rows: rows["amount_cents"].isna(),
        to_confirm=lambda rows: ~(rows["is_dated"] & rows["is_timed"]),
    )
    found = told.groupby("pool", sort=True).agg(
        needs=("row", "size"),
        territories=("territory", "nunique"),
        low_cents=("amount_cents", "sum"),
        unpriced=("unpriced", "sum"),
        first=("ready_on", "min"),
        starts_on=("ready_on", "max"),
        words=("objet", lambda objects: ", ".join(reader.common(list(objects)))),
        digits=("codeCPV", lambda codes: common_digits(*codes.dropna()) if codes.notna().any() else pd.NA),
        family=("family", "first"),
        unit=("unit", "first"),
        kind=("kind", lambda kinds: kinds.iloc[0]),
        largest_cents=("amount_cents", "max"),
        to_confirm=("to_confirm", "sum"),
    )
    first, last = found.pop("first").dt, found["starts_on"].dt
    waits = (last.year - first.year) * 12 + last.month - first.month
    return found.assign(
        saved=found["needs"] - 1,
        waits=waits.fillna(0).astype("int64"),
        digits=found["digits"].astype("Int64"),
        largest_cents=found["largest_cents"].fillna(0).astype("int64"),
    ).reset_index()


def lots(needs: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """One lot a territory of each group, so that firms of one place can bid for it (L. 2113-10): ``pool``, ``territory``,
    ``needs``, ``low_cents``, ``unpriced``.
    """
    told = members.join(needs[["territory", "amount_cents"]], on="row")
    found = told.groupby(["pool", "territory"], sort=True).agg(
        needs=("row", "size"),
        low_cents=("amount_cents", "sum"),
        unpriced=("amount_cents", lambda amounts: int(amounts.isna().sum())),
    )
    return found.reset_index()
