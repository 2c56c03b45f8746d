"""One test a rule: dates, amounts, CPV, numbers, flags, text."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis.cleaning.amounts import _PLAIN, _in_plain_writing, clean_amount, parse_number
from spaser_analysis.cleaning.cpv import clean_cpv, family_of
from spaser_analysis.cleaning.dates import _other_writings, clean_date
from spaser_analysis.cleaning.rules import RULES, RULES_BY_NAME
from spaser_analysis.cleaning.scalars import clean_flag, clean_rate, clean_whole
from spaser_analysis.cleaning.text import clean_text, fold, fold_all


def texts(*values: str | None) -> pd.Series:
    return pd.Series(values, dtype="str")


def one(cleaned: tuple[pd.Series, pd.Series]) -> tuple[Any, str | None]:
    value, rule = cleaned[0].iloc[0], cleaned[1].iloc[0]
    return None if pd.isna(value) else value, None if pd.isna(rule) else rule


@pytest.mark.parametrize(
    ("raw", "day", "rule"),
    [
        ("2022-07-14", "2022-07-14", None),
        ("14/07/2022", "2022-07-14", None),
        ("4/7/2022", "2022-07-04", None),
        ("2018-11-05+01:00", "2018-11-05", "date_format"),
        ("2022-07-14T23:30:00Z", "2022-07-14", "date_format"),
        ("2024/05/15", "2024-05-15", "date_format"),
        ("20240515", "2024-05-15", "date_format"),
        ("15-05-2024", "2024-05-15", "date_format"),
        ("15.05.2024", "2024-05-15", "date_format"),
        ("45427", "2024-05-15", "date_format"),
        ("2024-05-14T22:00:00Z", "2024-05-15", "date_format"),
        ("2024-01-14T23:00:00+00:00", "2024-01-15", "date_format"),
        ("2024-01-14T22:00:00Z", "2024-01-14", "date_format"),
        ("2022-02-30", None, "date_unreadable"),
        ("31/13/2022", None, "date_unreadable"),
        ("demain", None, "date_unreadable"),
        ("0218-10-29", None, "date_implausible"),
        ("2050-10-01", None, "date_implausible"),
        ("5021-01-01", None, "date_implausible"),
        ("MQ", None, None),
        ("nan", None, None),
        ("INX 2022", None, None),
        (None, None, None),
    ],
)
def test_dates(raw: str | None, day: str | None, rule: str | None) -> None:
    found, why = one(clean_date(texts(raw)))
    assert (found and found.strftime("%Y-%m-%d"), why) == (day, rule)


def test_a_date_after_the_snapshot_is_flagged_and_kept() -> None:
    found, why = one(clean_date(texts("2024-02-01"), latest="2024-01-31"))
    assert (found, why) == (pd.Timestamp("2024-02-01"), "date_after_snapshot")


@pytest.mark.parametrize(
    ("raw", "cents", "status", "rule"),
    [
        ("15295972.57", 1529597257, "ok", None),
        ("40 000,00", 4000000, "ok", None),
        ("40\u202f000,5", 4000050, "ok", None),
        ("1.234,56", 123456, "ok", "amount_format"),
        ("1,234.56", 123456, "ok", "amount_format"),
        ("1 200 €", 120000, "ok", "amount_format"),
        ("40 000 euros HT", 4000000, "ok", "amount_format"),
        ("EUR 40000", 4000000, "ok", "amount_format"),
        ("1,234,567", 123456700, "ok", "amount_format"),
        ("1.234.567", 123456700, "ok", "amount_format"),
        ("40.000", None, "unreadable", "amount_ambiguous"),
        ("66150.0000", 6615000, "ok", None),
        ("40.000 €", None, "unreadable", "amount_ambiguous"),
        ("40,000", None, "unreadable", "amount_ambiguous"),
        ("40 000\n50 000", None, "unreadable", "amount_unreadable"),
        ("12 34", None, "unreadable", "amount_unreadable"),
        ("12 HT 3", None, "unreadable", "amount_unreadable"),
        ("9" * 5000, None, "unreadable", "amount_unreadable"),
        ("４００００", None, "unreadable", "amount_unreadable"),
        ("2.5e6", 250000000, "ok", None),
        ("0", None, "placeholder", "amount_placeholder"),
        ("0.1", None, "placeholder", "amount_placeholder"),
        ("1", None, "placeholder", "amount_placeholder"),
        ("1.01", 101, "ok", None),
        ("99999999", None, "placeholder", "amount_placeholder"),
        ("999999999.00", None, "placeholder", "amount_placeholder"),
        ("99999999999999", None, "placeholder", "amount_placeholder"),
        ("9999999", 999999900, "ok", None),
        ("12311111111", None, "placeholder", "amount_placeholder"),
        ("10000000001", None, "implausible", "amount_implausible"),
        ("1.0e17", None, "implausible", "amount_implausible"),
        ("-5", None, "implausible", "amount_implausible"),
        ("beaucoup", None, "unreadable", "amount_unreadable"),
        ("1.2.3", None, "unreadable", "amount_unreadable"),
        ("MQ", None, "missing", None),
        (None, None, "missing", None),
    ],
)
def test_amounts(raw: str | None, cents: int | None, status: str, rule: str | None) -> None:
    frame, rules = clean_amount(texts(raw))
    assert one((frame["amount_cents"], rules)) == (cents, rule)
    assert frame["amount_status"].tolist() == [status]


@given(st.integers(2_00, 9_999_998_00))
def test_every_writing_of_an_amount_is_read_to_the_cent(cents: int) -> None:
    euros, rest = divmod(cents, 100)
    french = f"{euros:,}".replace(",", " ") + f",{rest:02d}"
    frame, _ = clean_amount(
        texts(f"{euros}.{rest:02d}", french, french.replace(" ", "\u00a0"), french.replace(" ", ""))
    )
    assert frame["amount_cents"].tolist() == [cents] * 4


@pytest.mark.parametrize(
    ("raw", "code", "rule"),
    [
        ("45111100", "45111100", None),
        ("38720000-8", "38720000", "cpv_check_digit"),
        ("387200008", "38720000", "cpv_check_digit"),
        ("9132100", "09132100", "cpv_leading_zero"),
        ("45233141.0", "45233141", "cpv_check_digit"),
        ("45214210-0 Travaux de construction", "45214210", "cpv_check_digit"),
        ("45000000–7", "45000000", "cpv_check_digit"),
        ("00000000", None, "cpv_invalid"),
        ("4543100", None, "cpv_invalid"),
        ("0", None, "cpv_invalid"),
        ("Non disponible", None, "cpv_invalid"),
        ("CDL", None, None),
        (None, None, None),
    ],
)
def test_cpv(raw: str | None, code: str | None, rule: str | None) -> None:
    assert one(clean_cpv(texts(raw))) == (code, rule)


def test_the_longest_prefix_gives_the_family() -> None:
    families = pd.Series({"30": "fournitures", "302": "informatique"})
    assert family_of(texts("30213000", "30190000", "99000000", None), families).fillna("-").tolist() == [
        "informatique", "fournitures", "-", "-",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "value", "rule"),
    [("oui", True, None), ("true", True, None), ("1", True, None), ("NON", False, None), ("0", False, None),
     ("", None, None), ("NC", None, None), ("test", None, "flag_unreadable")],
)  # fmt: skip
def test_flags(raw: str, value: bool | None, rule: str | None) -> None:
    assert one(clean_flag(texts(raw))) == (value, rule)


@pytest.mark.parametrize(
    ("raw", "value", "rule"),
    [("12", 12, None), ("12.0", 12, None), ("12.5", None, "number_unreadable"), ("NC", None, None),
     ("-1", None, "number_unreadable"), ("99999", None, "number_unreadable"), ("test", None, "number_unreadable")],
)  # fmt: skip
def test_whole_numbers(raw: str, value: int | None, rule: str | None) -> None:
    assert one(clean_whole(texts(raw), 1200)) == (value, rule)


def test_a_rate_above_one_is_no_rate() -> None:
    assert one(clean_rate(texts("0,05"))) == (0.05, None)
    assert one(clean_rate(texts("30"))) == (None, "number_unreadable")


@pytest.mark.parametrize(
    ("raw", "value", "rules"),
    [
        ("MISSION D&#8217;AUDIT &amp; CONSEIL", "MISSION D’AUDIT & CONSEIL", ["text_entities"]),
        ("lot 1\\nlot 2\r\nlot 3", "lot 1 lot 2 lot 3", ["text_line_breaks"]),
        ("MAITRISE D¿OUVRAGE", "MAITRISE D’OUVRAGE", ["text_lost_apostrophe"]),
        ("¿ que tal", "¿ que tal", []),
        ("Bouches-du-Rh\ufffdne", "Bouches-du-Rh\ufffdne", ["text_lost_character"]),
        ("a\x00b", "ab", ["text_control"]),
        ("Maîtrise d\x92\x9cuvre", "Maîtrise d’œuvre", ["text_cp1252"]),
        ("  simple  ", "simple", []),
        ("", None, []),
        (None, None, []),
    ],
)
def test_text(raw: str | None, value: str | None, rules: list[str]) -> None:
    values, repairs = clean_text(texts(raw))
    assert one((values, texts(None)))[0] == value
    assert [rule for rule, mask, _, _ in repairs if mask.any()] == rules


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_every_character_is_folded_as_unicode_takes_it_apart() -> None:
    every = [chr(code) for code in range(0x3000) if not 0xD800 <= code < 0xE000]
    apart = [unicodedata.normalize("NFKD", one.casefold().replace("œ", "oe").replace("æ", "ae")) for one in every]
    plain = ["".join(part for part in one if not unicodedata.combining(part)) for one in apart]
    assert [fold(f"a{one}b") for one in every] == [re.sub("[^a-z0-9]+", " ", f"a{one}b") for one in plain]


@given(
    st.lists(st.none() | st.text(st.characters(max_codepoint=0x2FFF, categories=["L", "M", "N", "P", "Z"])), max_size=8)
)
def test_a_column_is_folded_as_each_of_its_texts(several: list[str | None]) -> None:
    found = fold_all(texts(*several))
    assert [None if pd.isna(one) else one for one in found] == [one if one is None else fold(one) for one in several]


@given(st.lists(st.from_regex(rf"({_PLAIN})?", fullmatch=True), max_size=6))
def test_a_plain_number_is_what_the_long_way_says(several: list[str]) -> None:
    numbers, readable = parse_number(texts(*several))
    told, also = _in_plain_writing(texts(*several))
    assert (readable.tolist(), numbers.tolist()) == (also.tolist(), pd.to_numeric(told).astype("Float64").tolist())


@given(st.lists(st.from_regex("20[0-3][0-9]-[0-1][0-9]-[0-3][0-9]", fullmatch=True), max_size=6))
def test_a_plain_day_is_what_the_long_way_says(several: list[str]) -> None:
    days, _ = clean_date(texts(*several))
    told, usual, written = _other_writings(texts(*several))
    assert days.astype(str).tolist() == told.astype(str).tolist() and usual.all() and written.all()


def test_every_rule_has_one_name_and_a_known_action() -> None:
    assert len(RULES_BY_NAME) == len(RULES)
    assert {rule.action for rule in RULES} <= {"repaired", "emptied", "flagged", "rejected", "duplicate", "corrected"}
