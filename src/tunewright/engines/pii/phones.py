"""Phone numbers: a cheap pattern proposes, libphonenumber and the words around it decide.

The nearest word counts: in ``order 4711, tel. 02293896826`` the number is the telephone's, in ``call about order
02293896826`` the order's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tunewright.engines.pii.labels import labels_near
from tunewright.engines.pii.spans import Span

_CANDIDATE = re.compile(
    r"(?<![\w+%$€£#])(?<![0-9][.,:/-])(?:\+|\(\+?|00)?[0-9](?:[ ./()-]{0,3}[0-9]){5,16}"
    r"(?:,? ?(?:x|ext\.?|extension) ?[0-9]{1,6})?(?![\w%€£$]|[.,:/-][0-9])",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r",? ?(?:x|ext\.?|extension) ?[0-9]{1,6}$", re.IGNORECASE)
_LABEL_AFTER = re.compile(r"[ :(-]{0,3}(?:office|fax|mobile|cell|home|work|phone|tel)(?!\w)", re.IGNORECASE)
_MONEY_AFTER = re.compile(
    r" ?(?:usd|eur|gbp|chf|dollars?|euros?|pounds?|kr|rupees?|yen)(?!\w)", re.IGNORECASE
)
_DATE = re.compile(
    r"((?:19|20)[0-9]{2})[-./ ]([0-9]{1,2})[-./ ]([0-9]{1,2})"
    r"|([0-9]{1,2})[-./]([0-9]{1,2})[-./]((?:19|20)?[0-9]{2})"
)
_YEARS = re.compile(r"(?:19|20)[0-9]{2}(?: ?[-/] ?(?:19|20)[0-9]{2})+$")
_DECIMAL = re.compile(r"[0-9]{1,4}\.[0-9]+$")
_BOOK = re.compile(r"97[89][- ][0-9]{1,5}[- ][0-9]{1,7}[- ][0-9]{1,6}[- ][0-9]$")
_NORTH_AMERICA = re.compile(
    r"(?:1[ .-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}$"
)

_NO_NUMBER = frozenset(("ip", "iban", "card", "date_of_birth", "in_pan"))
"""labels of words that stand near numbers of any kind, such as *from* and *bank*"""


def phones(text: str) -> Iterator[Span]:
    """Phone numbers of 7 to 15 digits, extension included."""
    for match in _CANDIDATE.finditer(text):
        value, start = match.group(), match.start()
        if value.startswith("(") and ")" not in value:
            value, start = value[1:], start + 1
        main = _EXTENSION.sub("", value)
        digits = sum(char.isdigit() for char in main)
        if not 7 <= digits <= 15 or _dated(main) or _YEARS.match(main):
            continue
        confidence = _confidence(text, start, match.end(), main, main != value)
        if confidence:
            yield Span(start, match.end(), "phone", confidence)


def _dated(main: str) -> bool:
    """Whether the digits begin with a day of the calendar, alone or with a time after it."""
    match = _DATE.match(main)
    if (
        match is None
        or sum(map(str.isdigit, main[match.end() :])) > 6
        or main[match.end() : match.end() + 1].isdigit()
    ):
        return False
    parts = [int(part) for part in match.groups() if part]
    if match.group(1):
        return parts[1] <= 12 and parts[2] <= 31
    # Two-digit years with more digits after them are a phone number in pairs, such as 04 49 87 84 67.
    whole = len(main) == match.end() or len(match.group(6)) == 4
    return whole and max(parts[:2]) <= 31 and min(parts[:2]) <= 12


def _confidence(text: str, start: int, end: int, main: str, extension: bool) -> float:
    named = _named(text, start, end)
    separated = any(not char.isdigit() for char in main)
    if main.startswith(("+", "(+", "00")):
        valid = _valid_international(main)
        if named < 1 and main[0] == "0" and not separated:
            return 0.3 if named else 0.6
        if named < 0 and main[0] == "0":
            return 0.3
        return 0.97 if valid == 2 else 0.9 if named > 0 or valid else 0.5
    if named > 0:
        return 0.9
    if _MONEY_AFTER.match(text, end):
        return 0.0
    if extension:
        return 0.88
    if _NORTH_AMERICA.match(main):
        return 0.87 if named == 0 else 0.5
    if named < 0:
        return 0.3
    long = sum(map(str.isdigit, main)) >= 9
    if long and (separated or main[0] == "0") and _named_after(text, end):
        return 0.87
    if not separated or _DECIMAL.match(main) or _BOOK.match(main):
        return 0.3
    if main[0] in "0(":
        return 0.6
    return 0.45 if long else 0.3


def _named(text: str, start: int, end: int) -> int:
    """1: the nearest word calls it a phone number; -1: something else; 0: no word does."""
    if _LABEL_AFTER.match(text, end):
        return 1
    for names in labels_near(text, start, start).before:
        if "phone" in names:
            return 1
        if not names <= _NO_NUMBER:
            return -1
    return 0


def _named_after(text: str, end: int) -> bool:
    after = labels_near(text, end, end).after
    return bool(after) and "phone" in after[0]


def _valid_international(main: str) -> int:
    """2: a number of its country's plan; 1: of a possible length; 0: neither."""
    from phonenumbers import NumberParseException, is_possible_number, is_valid_number, parse

    text = "+" + main[2:] if main.startswith("00") else main
    try:
        number = parse(text, None)
    except NumberParseException:
        return 0
    return 2 if is_valid_number(number) else int(is_possible_number(number))
