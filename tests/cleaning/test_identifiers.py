"""SIREN and SIRET: against python-stdnum, and each repair."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.fr import siret as oracle

from spaser_analysis.cleaning.identifiers import _without_what_surrounds, clean_siret, luhn, valid_siret

DIGITS = st.text("0123456789", min_size=14, max_size=14)


def texts(*values: str | None) -> pd.Series:
    return pd.Series(values, dtype="str")


@given(st.lists(DIGITS, min_size=1, max_size=20))
def test_every_key_as_stdnum_says(numbers: list[str]) -> None:
    found = valid_siret(texts(*numbers))
    for number, valid in zip(numbers, found, strict=True):
        siren_zeros = number[:9] == "0" * 9
        assert valid == (oracle.is_valid(number) and not siren_zeros)


@given(st.lists(st.tuples(DIGITS, st.sampled_from(["", " ", "SIRET ", ".0"])), min_size=1, max_size=20))
def test_a_right_number_stands_and_so_do_those_beside_it(given_numbers: list[tuple[str, str]]) -> None:
    """The right ones pass by one look: nothing else would have been said of them, and nothing moves."""
    written = [before + number for number, before in given_numbers if not before.startswith(".")]
    written += [number + after for number, after in given_numbers if after.startswith(".")]
    raw = texts(*written, *(one for one in ("21130055300016", None, "1 234 567 890 1234")))
    values, rules = clean_siret(raw)
    for place, one in enumerate(raw):
        value, rule = clean_siret(texts(one))
        assert (values.iloc[place], rules.iloc[place]) == (value.iloc[0], rule.iloc[0]) or pd.isna(one)
    right = raw[valid_siret(raw)]
    slow_values, slow_rules = _without_what_surrounds(right)
    assert slow_values.tolist() == right.tolist() and slow_rules.isna().all()


@given(st.text("0123456789", min_size=13, max_size=13))
def test_a_right_key_is_found_whatever_the_digits(start: str) -> None:
    right = [start + last for last in "0123456789" if luhn(texts(start + last)).iloc[0]]
    assert len(right) == (0 if not start.strip("0") else 1)


def test_la_poste_sums_to_a_multiple_of_five() -> None:
    assert valid_siret(texts("35600000049837", "35600000049838")).tolist() == [True, False]


@pytest.mark.parametrize(
    ("raw", "value", "rule"),
    [
        ("20005480700017", "20005480700017", None),
        ("200 054 807 00017", "20005480700017", "siret_punctuation"),
        (" 20005480700017 ", "20005480700017", None),
        ("05650171100115", "05650171100115", None),
        ("5650171100115", "05650171100115", "siret_leading_zero"),
        ("20005480700018", "20005480700018", "siret_invalid"),
        ("2000548070001", "2000548070001", "siret_invalid"),
        ("FR12345678901", "FR12345678901", "siret_invalid"),
        ("LU55204599900869", "LU55204599900869", "siret_invalid"),
        ("SIRET 55204599900869", "55204599900869", "siret_punctuation"),
        ("55204599900869 50029760100014", "55204599900869 50029760100014", "siret_invalid"),
        ("00000000000000", None, "siret_zeros"),
        ("MQ", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_each_repair(raw: str | None, value: str | None, rule: str | None) -> None:
    values, rules = clean_siret(texts(raw))
    assert values.astype(object).where(values.notna(), None).tolist() == [value]
    assert rules.astype(object).where(rules.notna(), None).tolist() == [rule]


def test_nothing_in_nothing_out() -> None:
    assert len(clean_siret(texts())[0]) == 0
