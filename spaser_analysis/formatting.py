"""Numbers, shares, money, days and periods in French, with their non-breaking spaces, whatever the system locale.

Every function takes a known value; the caller says in words what is unknown.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from spaser_analysis.period import Quarter, Window

LOCALE = Locale("fr")
NBSP = "\u00a0"
NARROW = "\u202f"

_KEPT = 1 << 16  # babel takes some microseconds a number, and pages repeat theirs
_TYPESET = {" :": "\u00a0:", " ;": "\u00a0;", " ?": "\u00a0?", " !": "\u00a0!", "« ": "«\u00a0", " »": "\u00a0»"}
_FEW = 0.0005  # below this share, and above its complement, one decimal would print a false 0 % or 100 %


@lru_cache(_KEPT)
def number(value: float) -> str:
    """``1 234`` ; at most one decimal.

    >>> number(1234.56)
    '1\\u202f234,6'
    """
    return str(format_decimal(value, format="#,##0.#", locale=LOCALE))


def counted(value: int, singular: str, plural: str) -> str:
    """``1 marché``, ``0 marché``, ``2 marchés``: French takes the plural from two on.

    >>> counted(0, "marché", "marchés"), counted(2, "marché", "marchés")
    ('0\\xa0marché', '2\\xa0marchés')
    """
    return f"{number(value)}{NBSP}{plural if value >= 2 else singular}"


@lru_cache(_KEPT)
def percent(share: float) -> str:
    """A share between 0 and 1 with one decimal: ``22,3 %``, ``50,0 %``; 0 % and 100 % only where they are exact.

    >>> percent(0.2234), percent(0.9999)
    ('22,3\\u202f%', '>\\xa099,9\\u202f%')
    """
    if 0 < share < _FEW:
        return f"<{NBSP}0,1{NARROW}%"
    if 1 - _FEW < share < 1:
        return f">{NBSP}99,9{NARROW}%"
    return str(format_percent(share, format=f"#,##0.0{NARROW}%", locale=LOCALE))


def goal(share: float) -> str:
    """A share that someone has set: ``30 %``, ``2,5 %``."""
    return str(format_percent(share, format=f"#,##0.#{NARROW}%", locale=LOCALE))


def interval(low: float, high: float) -> str:
    """The share where both bounds print alike, else ``40,0 à 52,5 %``."""
    first, last = percent(low), percent(high)
    return first if first == last else f"{first.removesuffix(f'{NARROW}%')} à {last}".replace(" ", NBSP)


def between(low: float, high: float) -> str:
    """The share where both bounds print alike, else ``entre 40 % et 52,5 %``.

    >>> between(0.4, 0.525), between(0.4, 0.4)
    ('entre 40,0\\u202f% et 52,5\\u202f%', '40,0\\u202f%')
    """
    first, last = percent(low), percent(high)
    return first if first == last else f"entre {first} et {last}"


def points(difference: float) -> str:
    """A difference of two shares: ``3,2 points``, without its sign."""
    value = round(abs(difference) * 100, 1)
    return f"{number(value)}{NBSP}{'points' if value >= 2 else 'point'}"


def euros(cents: int) -> str:
    """Whole cents as whole euros: ``1 234 568 €``; half a euro goes to the even one.

    >>> euros(123_456_789)
    '1\\u202f234\\u202f568\\xa0€'
    """
    return f"{number(round(cents / 100))}{NBSP}€"


@lru_cache(_KEPT)
def millions(cents: int) -> str:
    """Whole cents as millions of euros: ``20,5 M€``; whole euros below what one decimal can show.

    >>> millions(2_050_000_000)
    '20,5\\xa0M€'
    """
    if abs(cents) < 5_000_000:
        return euros(cents)
    return f"{format_decimal(cents / 100_000_000, format='#,##0.0', locale=LOCALE)}{NBSP}M€"


def short_day(value: date) -> str:
    """``30 sept. 2022``."""
    return str(format_date(value, "d MMM y", locale=LOCALE)).replace(" ", NBSP)


def day(value: date) -> str:
    """``30 septembre 2022``, ``1er mars 2026``.

    >>> day(date(2026, 3, 1))
    '1er\\xa0mars\\xa02026'
    """
    text = str(format_date(value, "d MMMM y", locale=LOCALE)).replace(" ", NBSP)
    return text.replace("1", "1er", 1) if value.day == 1 else text


def quarter(value: Quarter) -> str:
    """``3e trimestre 2022``."""
    return f"{value.number}{'er' if value.number == 1 else 'e'}{NBSP}trimestre{NBSP}{value.year}"


def months(value: Window) -> str:
    """``de juillet à septembre 2022``, ``d’octobre 2021 à septembre 2022``."""
    first, last = value.first.start, value.last.end
    start = format_date(first, "MMMM" if first.year == last.year else "MMMM y", locale=LOCALE)
    opening = "d’" if start[0] in "ao" else "de "
    return f"{opening}{start} à {format_date(last, 'MMMM y', locale=LOCALE)}"


def typeset(text: str) -> str:
    """French punctuation keeps to its word: non-breaking spaces before ``: ; ? ! »`` and after ``«``."""
    for plain, kept in _TYPESET.items():
        text = text.replace(plain, kept)
    return text


def capitalised(text: str) -> str:
    """A text with a capital first letter, the others as they are."""
    return f"{text[:1].upper()}{text[1:]}"


def uncapitalised(text: str) -> str:
    """A text as it is written within a sentence."""
    return f"{text[:1].lower()}{text[1:]}"


def shortened(text: str, length: int) -> str:
    """A text cut between two words, with « … » where it was longer."""
    return text if len(text) <= length else f"{text[:length].rsplit(' ', 1)[0]}…"
