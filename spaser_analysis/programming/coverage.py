"""Who works on which purchases: the families and territories that have needs, beside the working groups."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.cleaning.considerations import SEPARATOR
from spaser_analysis.cleaning.text import fold

FUNCTIONS = ("buyer_function", "lawyer_function")


def coverage(needs: pd.DataFrame, groups: pd.DataFrame, territories: list[str]) -> pd.DataFrame:
    """One row a family of needs and territory: ``family``, ``territory``, ``needs`` (of that territory), ``groups``
    (names of those that work on the family, joined; null where none does) and ``is_represented`` (one of them has the
    territory; null without group). Families without need that a group works on are there too, with 0 needs.
    """
    by_family = parts(groups, "families")
    families = sorted({*needs["family"].dropna(), *by_family["families"]})
    cells = pd.MultiIndex.from_product([families, territories], names=["family", "territory"])
    counted = needs.dropna(subset="family").groupby(["family", "territory"]).size()
    found = counted.reindex(cells, fill_value=0).reset_index(name="needs")
    names = by_family.groupby("families")["group"].agg(lambda own: SEPARATOR.join(sorted(set(own))))
    found["groups"] = found["family"].map(names).astype("str")
    places = parts(groups, "territories")[["group", "territories"]]
    present = by_family[["families", "group"]].merge(places, on="group")[["families", "territories"]]
    is_there = pd.Series(cells.isin(pd.MultiIndex.from_frame(present)), dtype="boolean")
    return found.assign(is_represented=is_there.where(found["groups"].notna()))


def lacking(groups: pd.DataFrame) -> pd.Series:
    """What each group lacks of ``FUNCTIONS``, territories and directorates: tuples of column names."""
    columns = [*FUNCTIONS, "territories", "directorates"]
    absent = groups[columns].isna().itertuples(index=False)
    missing = [tuple(name for name, is_absent in zip(columns, row, strict=True) if is_absent) for row in absent]
    return pd.Series(missing, index=groups.index, dtype="object")


def absent_directorates(needs: pd.DataFrame, groups: pd.DataFrame) -> pd.Series:
    """Of each group, the directorates that have needs of its families and are not in it, however spelt: tuples of names."""
    told = needs.dropna(subset=["family", "directorate"])
    absent = []
    for families, present in groups[["families", "directorates"]].fillna("").itertuples(index=False):
        asking = sorted(set(told.loc[told["family"].isin(families.split(SEPARATOR)), "directorate"]))
        there = {fold(one) for one in present.split(SEPARATOR)}
        absent.append(tuple(one for one in asking if fold(one) not in there))
    return pd.Series(absent, index=groups.index, dtype="object")


def parts(groups: pd.DataFrame, column: str) -> pd.DataFrame:
    """The groups with one row for each value of a joined column."""
    told = groups.dropna(subset=column)
    return told.assign(**{column: told[column].str.split(SEPARATOR, regex=False)}).explode(column, ignore_index=True)
