"""Dates of birth: dates that the words beside them call one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tunewright.engines.pii.labels import Labels, labels_near
from tunewright.engines.pii.spans import Span

_MONTH = (
    r"(?:jan|feb|fev|fév|mar|mär|maa|apr|avr|abr|may|mai|mei|mag|maj|jun|juin|giu|jul|juil|lug|aug|aou|aoû|ago|sep|set|oct|okt|ott|out"
    r"|nov|dec|dez|dic|déc|gen|ene)[^\W\d_]{0,8}\.?"
)
_DATE = re.compile(
    r"(?<![0-9])(?<![0-9][./-])(?:"
    r"[0-9]{1,2} ?[./-] ?[0-9]{1,2} ?[./-] ?(?:19|20)?[0-9]{2}"
    r"|(?:19|20)[0-9]{2}[./-][0-9]{1,2}[./-][0-9]{1,2}"
    r"|(?:19|20)[0-9]{2} ?年 ?[0-9]{1,2} ?月 ?[0-9]{1,2} ?日"
    r"|(?:[0-9]{1,2}(?:st|nd|rd|th|er|\.)?[ -](?:of |de )?)" + _MONTH + r"(?: del?|,)?[ -](?:19|20)?[0-9]{2}"
    r")(?![0-9]|[./-][0-9])"
    r"|(?<!\w)" + _MONTH + r" [0-9]{1,2}(?:st|nd|rd|th)?,? (?:19|20)[0-9]{2}(?![0-9])",
    re.IGNORECASE,
)
_OF_DATES = frozenset(("date_of_birth", "dated", "other", "money"))
_HINTS = (
    "bir", "born", "dob", "d.o.b", "geb", "naiss", "né", "nac", "nasc", "nat", "fød", "föd", "urodz", "bday", "b-day",
)  # fmt: skip


def _named(labels: Labels) -> bool:
    """Whether the nearest word before that may name a date names a birthday; *passport* names no date."""
    for names in labels.before:
        if names & _OF_DATES:
            return "date_of_birth" in names
    return False


def birth_dates(text: str, lower: str) -> Iterator[Span]:
    """Dates whose nearest words call them a date of birth. ``lower``: the text in lower case."""
    for hint in _HINTS:
        if hint in lower:
            break
    else:
        return
    for match in _DATE.finditer(text):
        labels = labels_near(text, match.start(), match.end())
        if _named(labels):
            yield Span(match.start(), match.end(), "date_of_birth", 0.92)
        elif "date_of_birth" in labels.nearest:
            yield Span(match.start(), match.end(), "date_of_birth", 0.6)
