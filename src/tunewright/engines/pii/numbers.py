"""Payment cards (ISO/IEC 7812), bank accounts (IBAN, ISO 13616) and United States social security numbers.

Sources: the SWIFT IBAN registry (lengths and structures; mod 97-10); the schemes' issuer ranges; Social Security
Administration (areas 000, 666 and 900-999 are never assigned; the last are ITINs of the tax office).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tunewright.core.luhn import luhn
from tunewright.engines.pii.labels import labels_near
from tunewright.engines.pii.spans import STRONG, Span

_BBAN = """
    AD:8n12c AE:19n AL:8n16c AT:16n AZ:4a20c BA:16n BE:12n BG:4a6n8c BH:4a14c BI:23n BR:23n1a1c BY:4c4n16c
    CH:5n12c CR:18n CY:8n16c CZ:20n DE:18n DJ:23n DK:14n DO:4c20n EE:16n EG:25n ES:20n FI:14n FK:2a12n
    FO:14n FR:10n11c2n GB:4a14n GE:2a16n GI:4a15c GL:14n GR:7n16c GT:24c HN:4a20n HR:17n HU:24n IE:4a14n
    IL:19n IQ:4a15n IS:22n IT:1a10n12c JO:4a4n18c KW:4a22c KZ:3n13c LB:4n20c LC:4a24c LI:5n12c LT:16n
    LU:3n13c LV:4a13c LY:21n MC:10n11c2n MD:20c ME:18n MK:3n10c2n MN:16n MR:23n MT:4a5n18c MU:4a19n3a
    NI:4a20n NL:4a10n NO:11n OM:3n16c PK:4a16c PL:24n PS:4a21c PT:21n QA:4a21c RO:4a16c RS:18n RU:14n15c
    SA:2n18c SC:4a20n3a SD:14n SE:20n SI:15n SK:20n SM:1a10n12c SO:19n ST:21n SV:4a20n TL:19n TN:20n
    TR:6n16c UA:6n19c VA:18n VG:4a16n XK:16n
"""
"""country:structure of what follows the check digits (n digits, a letters, c either), as the SWIFT registry gives it"""


def _structure(form: str) -> re.Pattern[str]:
    kinds = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
    return re.compile(
        "".join(f"{kinds[kind]}{{{size}}}" for size, kind in re.findall("([0-9]+)([nac])", form))
    )


_STRUCTURES = {item[:2]: _structure(item[3:]) for item in _BBAN.split()}
IBAN_LENGTHS = {item[:2]: 4 + sum(map(int, re.findall("[0-9]+", item[3:]))) for item in _BBAN.split()}
_LEAST_DIGITS = 8
"""fewer digits than any real number has: keeps words that happen to have the right remainder apart"""
_IBAN_HEAD = re.compile(r"[0-9]{2}(?:(?<=[A-Za-z]{2}[0-9]{2})|(?<=[A-Za-z]{2}[ -][0-9]{2}))")
_DIGITS = re.compile(r"(?<![A-Za-z0-9+_])[0-9](?:[ .-]{0,2}\n?[0-9])*(?![A-Za-z0-9_])")
_GROUP = re.compile("[0-9]+")
_CARD_GROUPS = frozenset(
    ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 1), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3))
)
"""how card numbers are printed"""
_SSN = re.compile(
    r"(?<![0-9A-Za-z_-])(?<![0-9][.,/])([0-9]{3})([ .-]?)([0-9]{2})\2([0-9]{4})(?![0-9A-Za-z_]|[-./][0-9])"
)
_NOT_A_CARD = frozenset(("other", "versioned"))
_ELSEWHERE = frozenset(("other", "money", "phone", "versioned"))


def ibans(text: str) -> Iterator[Span]:
    """Account numbers of their country's form with a valid remainder; a wrong remainder beside the word is doubtful."""
    for head in _IBAN_HEAD.finditer(text):
        start = head.start() - (2 if text[head.start() - 1].isalpha() else 3)
        length = IBAN_LENGTHS.get(text[start : start + 2].upper())
        if length is None or (start and text[start - 1].isalnum() and text[start - 1].isascii()):
            continue
        digits, end = _collected(text, start, length)
        if len(digits) < length or (end < len(text) and (text[end].isalnum() or text[end] == "_")):
            continue
        if not _STRUCTURES[digits[:2]].fullmatch(digits[4:]) or sum(map(str.isdigit, digits)) < _LEAST_DIGITS:
            continue
        if _mod97(digits[4:] + digits[:4]) == 1:
            yield Span(start, end, "iban", 0.99)
        elif labels_near(text, start, end).has("iban"):
            yield Span(start, end, "iban", 0.6, "checksum")


def _collected(text: str, start: int, length: int) -> tuple[str, int]:
    """The next ``length`` letters and digits, single blanks, hyphens or line breaks skipped, and where they end."""
    found: list[str] = []
    at = start
    while at < len(text) and len(found) < length:
        char = text[at]
        if char.isascii() and char.isalnum():
            found.append(char.upper())
        elif char not in " -\n" or (at + 1 < len(text) and text[at + 1] in " -\n"):
            break
        at += 1
    return "".join(found), at


def _mod97(text: str) -> int:
    return int("".join(str(int(char, 36)) for char in text)) % 97


def _issuer(digits: str) -> bool:
    """Whether a card scheme issues numbers of this beginning and length."""
    size = len(digits)
    two, four = int(digits[:2]), int(digits[:4])
    return (
        (digits[0] == "4" and size in (13, 16, 19))
        or ((51 <= two <= 55 or 2221 <= four <= 2720) and size == 16)
        or (two in (34, 37) and size == 15)
        or ((two in (36, 38, 39) or 300 <= int(digits[:3]) <= 305) and size in (14, 16, 19))
        or ((two in (62, 64, 65, 81) or four == 6011) and size in (16, 17, 18, 19))
        or (two == 35 and size in (16, 17, 18, 19))
        or (four in (2131, 1800) and size == 15)
        or (four in (5018, 5020, 5038, 5612, 5893, 6304, 6759, 6761, 6762, 6763, 604) and 12 <= size <= 19)
        or (2200 <= four <= 2204 and 16 <= size <= 19)
    )


def cards(text: str) -> Iterator[Span]:
    """Payment card numbers of 12 to 19 digits, also where other numbers stand beside them or a line break in them."""
    for run in _DIGITS.finditer(text):
        if len(run.group()) < 12:
            continue
        found = _card(text, run.start(), run.end())
        if found is not None and found.confidence >= STRONG:
            yield found
            continue
        # The whole is no card: perhaps a part of it, with a date or an address beside it, is.
        groups = [(run.start() + m.start(), run.start() + m.end()) for m in _GROUP.finditer(run.group())]
        parts = [part for part in (_card(text, start, end) for start, end in _printed(groups)) if part]
        yield from parts
        if found is not None and not parts:
            yield found


def _printed(groups: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Start and end of every row of digit groups that looks like a printed card number."""
    sizes = [end - start for start, end in groups]
    for at, (start, end) in enumerate(groups):
        if len(groups) > 1 and 12 <= end - start <= 19:
            yield start, end
        for count in (3, 4, 5):
            if at + count <= len(groups) and tuple(sizes[at : at + count]) in _CARD_GROUPS:
                yield start, groups[at + count - 1][1]


def _card(text: str, start: int, end: int) -> Span | None:
    """The number between two places, if it may be a card's."""
    value = text[start:end]
    if end - start > 60 or value.count("\n") > 1:
        return None
    digits = value if value.isdigit() else "".join(filter(str.isdigit, value))
    if not 12 <= len(digits) <= 19 or len(set(digits)) == 1:
        return None
    right = luhn(digits)
    issued = _issuer(digits)
    if not right and not issued:
        return None
    labels = labels_near(text, start, end)
    named = labels.has("card")
    other = bool(labels.nearest & _NOT_A_CARD)
    if right and issued:
        # EANs have 13 digits, and many ids 17 or 18: alone they are nothing.
        rare = len(digits) in (13, 17, 18) and value.isdigit()
        confidence = 0.97 if named else 0.3 if other and rare else 0.6 if other or rare else 0.93
    elif right:
        confidence = 0.88 if named and not other else 0.3
    else:
        confidence = 0.5 if named and not other else 0.0
    return Span(start, end, "card", confidence) if confidence else None


def ssns(text: str) -> Iterator[Span]:
    """United States social security numbers and ITINs."""
    for match in _SSN.finditer(text):
        area, separator, group, serial = match.groups()
        assigned = area not in ("000", "666") and group != "00" and serial != "0000"
        if not assigned and not separator:
            continue
        labels = labels_near(text, match.start(), match.end())
        named = "ssn" in labels.nearest or labels.has("ssn")
        other = bool(labels.nearest & _ELSEWHERE) and not named
        if separator == "-":
            confidence = 0.99 if named else 0.5 if other else 0.93 if area < "900" else 0.88
            confidence = confidence if assigned else 0.6 if named else 0.3
        elif separator:
            confidence = (0.95 if named else 0.3 if other else 0.45) if assigned else 0.2
        else:
            confidence = 0.9 if named and not labels.nearest & _ELSEWHERE else 0.0
        if confidence:
            yield Span(match.start(), match.end(), "ssn", confidence)
