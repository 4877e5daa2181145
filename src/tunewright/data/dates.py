"""Dates as rows and texts state them, as proleptic ordinals (day 1 is 0001-01-01)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero jänner",
            "february feb februar février fevrier febrero",
            "march mar märz maerz mars marzo",
            "april apr avril abril",
            "may mai mayo",
            "june jun juni juin junio",
            "july jul juli juillet julio",
            "august aug août aout agosto",
            "september sep sept septembre septiembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre",
            "december dec dezember dez décembre decembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=lambda name: (-len(name), name)))
_YEAR = r"(?:19[89][0-9]|20[0-9][0-9])"
_DATE = (
    rf"(?:(?P<iy>{_YEAR})[-/.](?P<im>[01]?[0-9])(?:[-/.](?P<id>[0-3]?[0-9]))?"
    rf"|(?P<nd>[0-3]?[0-9])[-/.](?P<nm>[0-3]?[0-9])[-/.](?P<ny>{_YEAR})"
    rf"|(?:(?P<wd>[0-3]?[0-9])(?:st|nd|rd|th|\.|er)?\s{{1,2}}(?:de\s)?)?(?P<wm>{_MONTH})\.?\s{{1,2}}(?:de\s)?"
    rf"(?:(?P<we>[0-3]?[0-9])(?:st|nd|rd|th)?,?\s{{1,2}})?(?P<wy>{_YEAR})"
    rf"|(?P<sm>[01]?[0-9])[/.](?P<sy>{_YEAR})"
    rf"|(?P<yy>{_YEAR}))(?![0-9])"
)
_UNTIL = (
    r"(?:valid|good|applicable|applies|apply|available|offer ends|ends|ending|expires?|expiring|effective|prices?|rates?|"
    r"fees?|gültig|gueltig|gilt|gelten|valables?|vigentes?|válid[oa]s?)"
    r"(?:\s[\w'’-]{1,20}){0,3}?\s(?:until|till|through|thru|to|on|up to|bis(?: zum)?|jusqu(?:'au|’au|e)|hasta(?: el)?)\s"
    r"(?:the\s|end of\s|le\s|el\s|ende\s)?"
)
_STANDS = (
    r"(?:as of|as at|correct at|current as of|last updated(?: on)?:?|updated on|effective(?: from| as of)?|stand:?|"
    r"version of|(?:prices?|rates?|fees?|tariffs?|terms|policy|rules|limits?) (?:of|for|from|since)|"
    r"(?:new|latest|current|neue[nrs]?|aktuelle[nrs]?) [\w'’-]{1,20} (?:of|for|from|since|seit|ab|von)|"
    r"since [\w'’-]{1,20} [\w'’-]{1,20}|à partir de|desde)\s(?:the\s|le\s|el\s|dem\s)?"
)
_EXPIRY = re.compile(rf"\b{_UNTIL}{_DATE}", re.I)
_STANDING = re.compile(rf"\b{_STANDS}{_DATE}", re.I)
_NEWS = re.compile(
    rf"\b(?:since|from|seit|depuis|desde)\s{_DATE},?\s(?:[\w'’]{{1,4}}\s)?(?:new|neue[nrs]?|nouve\w{{1,4}}|nuev[oa])\b",
    re.I,
)
_HAS_YEAR = re.compile(_YEAR)
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_ANY = re.compile(rf"(?<![0-9./-]){_DATE}", re.I)
_EPOCH = re.compile(r"([0-9]{9,10})(?:[0-9]{3})?(?:\.[0-9]+)?")
_EARLIEST = date(1990, 1, 1).toordinal()
"""earlier dates in exports are placeholders for none"""


@dataclass(frozen=True, slots=True)
class Stated:
    """A date a text gives for its own validity."""

    start: int
    end: int
    """place in the text, code points"""
    day: int
    """the last day it can mean, as a proleptic ordinal"""
    expiry: bool
    """the text says it is valid until then; else that it is the state of then"""


def day_of(stated: str) -> int | None:
    """The day (proleptic ordinal) of a row's own date: ISO 8601, epoch seconds or milliseconds, and common written forms.

    None for what is no date, and for placeholders before 1990.
    """
    text = stated.strip()
    found: int | None = None
    if iso := _ISO.match(text):
        found = _day(*map(int, iso.groups()))
    elif epoch := _EPOCH.fullmatch(text):
        found = datetime.fromtimestamp(int(epoch.group(1)), UTC).date().toordinal()
    elif written := _ANY.search(text[:64]):
        found = _meant(written)
    return found if found is not None and found >= _EARLIEST else None


def stated_dates(text: str) -> Iterator[Stated]:
    """Dates with which a text says until or since when what it says holds. Time linear in the text."""
    if not _HAS_YEAR.search(text):
        return
    for pattern, expiry in ((_EXPIRY, True), (_STANDING, False), (_NEWS, False)):
        for match in pattern.finditer(text):
            day = _meant(match)
            if day is not None:
                yield Stated(match.start(), match.end(), day, expiry)


def _meant(match: re.Match[str]) -> int | None:
    """The last day a written date can mean; a day and month that may be swapped are read as day first if possible."""
    part = match.groupdict()
    year = next(int(part[key]) for key in ("iy", "ny", "wy", "sy", "yy") if part[key])
    if part["nd"]:
        day, month = int(part["nd"]), int(part["nm"])
        return _day(year, month, day) or _day(year, day, month)
    if part["wm"]:
        return _last(year, _MONTHS[part["wm"].lower()], part["wd"] or part["we"])
    if part["iy"]:
        return _last(year, int(part["im"]), part["id"])
    return _last(year, int(part["sm"]) if part["sm"] else 12, None)


def _last(year: int, month: int, day: str | None) -> int | None:
    if day:
        return _day(year, month, int(day))
    first_of_next = _day(year + month // 12, month % 12 + 1, 1) if 1 <= month <= 12 else None
    return None if first_of_next is None else first_of_next - 1


def _day(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return None
