"""Numbers that only their name gives away: passports, driving licences, plates, medical records, accounts, routing.

The name is found first; the value is the next thing after it that has the form (``passport no. is: X1234567``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tunewright.engines.pii.checks import weighted
from tunewright.engines.pii.labels import Names, named_places
from tunewright.engines.pii.spans import Span


class _Form(NamedTuple):
    kind: str
    value: re.Pattern[str]
    digits: tuple[int, int]
    """fewest and most digits"""
    confidence: float


_EDGE = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_]|[-./@][A-Za-z0-9])"


def _value(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(_EDGE[0] + "(?:" + pattern + ")" + _EDGE[1], flags)


FORMS: Mapping[str, _Form] = {
    "passport": _Form("passport", _value("[A-Z]{0,3} ?[0-9]{6,9}[A-Z]?|[A-Z0-9]{8,9}"), (5, 9), 0.9),
    "driving_licence": _Form(
        "driving_licence",
        _value(
            "[A-Z9]{5} ?[0-9]{6} ?[A-Z9]{2}[0-9][A-Z]{2}|[A-Z][0-9]{3}[- ][0-9]{4}[- ][0-9]{4}"
            "|[A-Z]{0,3}[- ]?[0-9]{5,14}[A-Z]?"
            "|[A-Z0-9]{7,16}"
        ),
        (4, 14),
        0.88,
    ),
    "plate": _Form(
        "plate",
        _value(
            "(?i:[A-Z]{2}[0-9]{2} ?[A-Z]{3})|[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[ -]?[0-9]{1,4}[EH]?"
            "|[A-Z]{2}[- ]?[0-9]{3}[- ]?[A-Z]{2}"
            "|[0-9]{4}[- ]?[A-Z]{3}|[A-Z0-9]{1,4}[- ]?[A-Z0-9]{2,5}",
            0,
        ),
        (1, 6),
        0.87,
    ),
    "medical_record": _Form(
        "medical_record",
        _value("[A-Z]{0,4}[-# ]?[0-9]{4,12}|[A-Z0-9]{1,4}(?:-[A-Z0-9]{2,6}){1,3}|[A-Z0-9]{7,14}"),
        (4, 12),
        0.9,
    ),
    "bank_account": _Form("bank_account", _value("[0-9](?:[ -]?[0-9]){5,17}"), (6, 18), 0.88),
    "sort_code": _Form(
        "bank_account", _value("[0-9]{2}[- ]?[0-9]{2}[- ]?[0-9]{2}|[0-9]{3}[- ][0-9]{3}|[0-9]{8}"), (6, 8), 0.88
    ),
    "routing": _Form("bank_account", _value("[0-9]{9}|[0-9]{4}[- ][0-9]{4}[- ][0-9]"), (9, 9), 0.95),
    "swift": _Form("bank_account", _value("[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", 0), (0, 5), 0.87),
}  # fmt: skip
_WORDS_BETWEEN = re.compile(
    r"(?:[ \t:=#()\"'*.,-]|\n(?!\n)"
    r"|(?:number|no|nr|num|nummer|numero|n[o°º]|id|is|was|ist|lautet|est|es|are|my|the|of|code|card|ends|in"
    r"|with|for|as|and|please|bitte|sure|yes|it|its|s|ok|car|vehicle|reads|following|here|new|old|current|uk|us|german|french|expired|valid)(?![A-Za-z0-9])){0,14}",
    re.IGNORECASE,
)
_WANTED: Names = frozenset(FORMS)
_FARTHEST = 60


def labelled_numbers(text: str) -> Iterator[Span]:
    """Passport, licence, plate, medical record, account and bank numbers that stand after their name."""
    for _, end, labels in named_places(text):
        for label in sorted(labels & _WANTED):
            form = FORMS[label]
            between = _WORDS_BETWEEN.match(text, end, end + _FARTHEST)
            at = between.end() if between else end
            match = form.value.match(text, at)
            if match is None:
                continue
            digits = sum(map(str.isdigit, match.group()))
            if form.digits[0] <= digits <= form.digits[1] and _plausible(label, match.group()):
                yield Span(match.start(), match.end(), form.kind, form.confidence, label)


def _plausible(label: str, value: str) -> bool:
    if label == "routing":
        digits = "".join(filter(str.isdigit, value))
        return weighted(digits, (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0 and digits != "0" * 9
    if label == "plate":
        return any(char.isalpha() for char in value)
    return True
