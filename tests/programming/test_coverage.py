"""Families and territories that have needs, beside the working groups."""

from __future__ import annotations

import pandas as pd

from spaser_analysis import schemas
from spaser_analysis.programming.coverage import absent_directorates, coverage, lacking, parts
from tests.programming.needs_table import needs_table
from tests.tables import frame

GROUPS = """
    group | families          | territories | buyer_function | lawyer_function | directorates
    A     | eau + nettoyage   | CT1         | Acheteur       | Juriste         | DMG
    B     | eau               | CT2 + CT9   | Acheteur       |                 |
    C     |                   |             |                | Juriste         | DRH
    D     | sans besoin       | CT1         | Acheteur       | Juriste         | DMG
"""


def groups() -> pd.DataFrame:
    told = frame(GROUPS)
    joined = told.assign(
        **{name: told[name].str.replace(" + ", " | ", regex=False) for name in ("families", "territories")}
    )
    return schemas.conform(joined, schemas.WORKING_GROUPS)


def test_who_works_on_what_and_who_is_there() -> None:
    needs = needs_table(
        "need_id | family | territory\n1 | eau | CT1\n2 | eau | CT1\n3 | voirie | CT2\n4 | | CT1\n5 | eau | AMP"
    )
    found = coverage(needs, groups(), ["CT1", "CT2", "CT3"])
    told = {(one.family, one.territory): (one.needs, one.groups, one.is_represented) for one in found.itertuples()}
    assert len(told) == 4 * 3
    assert told["eau", "CT1"] == (2, "A | B", True)
    assert told["eau", "CT2"] == (0, "A | B", True)
    assert told["eau", "CT3"] == (0, "A | B", False)
    assert told["nettoyage", "CT2"] == (0, "A", False)
    needs_of_roads, nobody, unknown = told["voirie", "CT2"]
    assert (needs_of_roads, pd.isna(nobody), pd.isna(unknown)) == (1, True, True)


def test_what_a_group_lacks() -> None:
    twice = pd.concat([groups(), groups().iloc[[1]].assign(buyer_function=None)])  # one group on two lines
    assert lacking(twice).tolist() == [
        (),
        ("lawyer_function", "directorates"),
        ("buyer_function", "territories"),
        (),
        ("buyer_function", "lawyer_function", "directorates"),
    ]


def test_directorates_that_have_needs_and_are_not_there() -> None:
    needs = needs_table(
        "need_id | family | directorate\n1 | eau | D.M.G.\n2 | eau | dmg\n3 | nettoyage | DRH\n4 | voirie | DST\n5 | eau |\n6 | | DSI"
    )
    assert absent_directorates(needs, groups()).tolist() == [("D.M.G.", "DRH"), ("D.M.G.", "dmg"), (), ()]


def test_no_group_and_no_need() -> None:
    none = coverage(needs_table("need_id").iloc[:0], groups().iloc[:0], ["CT1"])
    assert none.empty
    assert lacking(groups().iloc[:0]).empty
    assert parts(groups().iloc[:0], "families").empty
