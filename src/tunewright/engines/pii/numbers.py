"""Numbers with a checksum or a fixed form: cards, IBANs, social security and national identity numbers.

Sources: ISO/IEC 7812 (Luhn), ISO 13616 (IBAN, mod 97-10, lengths of the SWIFT registry), Social Security
Administration (areas 000, 666 and 900-999 are never assigned; the last are ITINs of the tax office).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tunewright.engines.pii.spans import STRONG, Span, context, word_pattern

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
_IBAN_HEAD = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ -]?[0-9]{2}")
_IBAN_WORDS = word_pattern("iban", "account", "konto*", "rekening*", "compte", "cuenta", "bank*")
_DIGITS = re.compile(r"(?<![A-Za-z0-9+_])[0-9](?:[ .-]{0,2}[0-9])*(?![A-Za-z0-9_])")
_GROUP = re.compile("[0-9]+")
_CARD_GROUPS = frozenset(
    ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 1), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3))
)
"""how card numbers are printed"""
_CARD_WORDS = word_pattern(
    "card*", "credit*", "debit", "visa", "mastercard", "amex", "american express", "maestro", "discover", "cc", "pan",
    "karte*", "kreditkarte*", "carte", "tarjeta*", "cvv*", "cvc", "expires", "expiry",
)  # fmt: skip
_NOT_CARD_WORDS = word_pattern(
    "order", "invoice", "tracking", "parcel", "shipment", "ticket*", "case", "reference", "ref", "imei", "serial",
    "isbn", "barcode", "ean", "transaction id", "timestamp", "id",
)  # fmt: skip
_SSN = re.compile(r"(?<![0-9A-Za-z-])([0-9]{3})([- .]?)([0-9]{2})\2([0-9]{4})(?![0-9A-Za-z]|-[0-9])")
_SSN_WORDS = word_pattern("ssn", "ssns", "social security*", "social", "itin", "tin", "taxpayer*")
_DOB = re.compile(
    r"(?<![0-9])(?:[0-9]{1,2}[./-][0-9]{1,2}[./-](?:19|20)?[0-9]{2}|(?:19|20)[0-9]{2}[./-][0-9]{1,2}[./-][0-9]{1,2}"
    r"|(?:[0-9]{1,2}(?:st|nd|rd|th|\.)? (?:of )?)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
    r"(?: [0-9]{1,2}(?:st|nd|rd|th)?)?,? (?:19|20)[0-9]{2})(?![0-9])",
    re.IGNORECASE,
)
_DOB_WORDS = word_pattern(
    "born", "birth", "birthday", "birthdate", "dob", "d.o.b", "date of birth", "geboren", "geburtsdatum", "né le", "née le",
    "nacido", "nacida", "nacimiento", "nato il", "nata il",
)  # fmt: skip


def ibans(text: str) -> Iterator[Span]:
    """Account numbers of their country's form with a valid remainder; a wrong remainder beside the word is doubtful."""
    for head in _IBAN_HEAD.finditer(text):
        length = IBAN_LENGTHS.get(text[head.start() : head.start() + 2].upper())
        if length is None:
            continue
        digits, end = _collected(text, head.start(), length)
        if len(digits) < length or (end < len(text) and (text[end].isalnum() or text[end] == "_")):
            continue
        if not _STRUCTURES[digits[:2]].fullmatch(digits[4:]) or sum(map(str.isdigit, digits)) < _LEAST_DIGITS:
            continue
        if _mod97(digits[4:] + digits[:4]) == 1:
            yield Span(head.start(), end, "iban", 0.99)
        elif context(text, head.start(), end, _IBAN_WORDS):
            yield Span(head.start(), end, "iban", 0.6, "checksum")


def _collected(text: str, start: int, length: int) -> tuple[str, int]:
    """The next ``length`` letters and digits, single blanks or hyphens between them skipped, and where they end."""
    found: list[str] = []
    at = start
    while at < len(text) and len(found) < length:
        char = text[at]
        if char.isascii() and char.isalnum():
            found.append(char.upper())
        elif char not in " -" or (at + 1 < len(text) and text[at + 1] in " -"):
            break
        at += 1
    return "".join(found), at


def _mod97(text: str) -> int:
    return int("".join(str(int(char, 36)) for char in text)) % 97


def luhn(digits: str) -> bool:
    """The check of ISO/IEC 7812-1 annex B."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


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
        or ((two == 35 or four in (2131, 1800)) and size in (15, 16, 17, 18, 19))
        or (four in (5018, 5020, 5038, 5612, 5893, 6304, 6759, 6761, 6762, 6763, 604) and 12 <= size <= 19)
        or (2200 <= four <= 2204 and 16 <= size <= 19)
    )


def cards(text: str) -> Iterator[Span]:
    """Payment card numbers of 12 to 19 digits, also where other numbers stand beside them."""
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
    digits = "".join(char for char in text[start:end] if char.isdigit())
    if not 12 <= len(digits) <= 19 or len(set(digits)) == 1:
        return None
    named = context(text, start, end, _CARD_WORDS)
    other = context(text, start, end, _NOT_CARD_WORDS)
    if luhn(digits):
        if _issuer(digits):
            confidence = 0.97 if named else 0.6 if other else 0.93
        else:
            confidence = 0.88 if named and not other else 0.3
    else:
        confidence = 0.5 if named and not other and _issuer(digits) else 0.0
    return Span(start, end, "card", confidence) if confidence else None


def ssns(text: str) -> Iterator[Span]:
    """United States social security numbers and ITINs."""
    for match in _SSN.finditer(text):
        area, separator, group, serial = match.groups()
        named = context(text, match.start(), match.end(), _SSN_WORDS)
        assigned = area not in ("000", "666") and group != "00" and serial != "0000"
        if separator == "-":
            confidence = (
                (0.99 if named else 0.93 if area < "900" else 0.88) if assigned else (0.6 if named else 0.3)
            )
        elif separator:
            confidence = (0.95 if named else 0.45) if assigned else 0.2
        else:
            confidence = 0.9 if named and assigned else 0.0
        if confidence:
            yield Span(match.start(), match.end(), "ssn", confidence)


def birth_dates(text: str) -> Iterator[Span]:
    """Dates that the words before them call a date of birth."""
    for match in _DOB.finditer(text):
        if _DOB_WORDS.search(text, max(0, match.start() - 32), match.start()):
            yield Span(match.start(), match.end(), "date_of_birth", 0.9)


_LETTER = "[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z]"
_NATIONAL = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?P<es>[0-9XYZxyz][0-9]{7}-?[A-Za-z])"
    r"|(?P<it>[A-Za-z]{6}[0-9]{2}[A-Za-z][0-9]{2}[A-Za-z][0-9]{3}[A-Za-z])"
    r"|(?P<br>[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2})"
    r"|(?P<fr>[12] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2})"
    rf"|(?P<gb>{_LETTER}{{2}} ?[0-9]{{2}} ?[0-9]{{2}} ?[0-9]{{2}} ?[A-Da-d])"
    r"|(?P<nhs>[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})"
    r")(?![A-Za-z0-9])"
)
_NHS_WORDS = word_pattern("nhs", "nhs number", "patient number")
_NINO_WORDS = word_pattern("national insurance", "nino", "ni number", "insurance number")
_ODD_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_ODD_LETTERS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", _ODD_DIGITS + _ODD_LETTERS, strict=True))


def national_ids(text: str) -> Iterator[Span]:
    """Spanish DNI/NIE, Italian codice fiscale, Brazilian CPF, French NIR, British NHS and insurance numbers."""
    for match in _NATIONAL.finditer(text):
        country = str(match.lastgroup)
        value = re.sub(r"[ .-]", "", match.group()).upper()
        if country == "gb":
            named = context(text, match.start(), match.end(), _NINO_WORDS)
            confidence = 0.95 if named else 0.6
        elif country == "nhs":
            named = context(text, match.start(), match.end(), _NHS_WORDS)
            confidence = 0.95 if named and _nhs(value) else 0.0
        else:
            confidence = 0.95 if _CHECKS[country](value) else 0.0
        if confidence:
            yield Span(match.start(), match.end(), "national_id", confidence, country)


def _dni(value: str) -> bool:
    number = int(value[:-1].translate(str.maketrans("XYZ", "012")))
    return value[-1] == "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]


def _codice_fiscale(value: str) -> bool:
    total = sum(
        _ODD[char] if place % 2 == 0 else int(char, 36) - (10 if char.isalpha() else 0)
        for place, char in enumerate(value[:-1])
    )
    return value[-1] == chr(ord("A") + total % 26)


def _cpf(value: str) -> bool:
    digits = [int(char) for char in value]
    for size in (9, 10):
        rest = sum(digit * (size + 1 - place) for place, digit in enumerate(digits[:size])) * 10 % 11 % 10
        if rest != digits[size]:
            return False
    return len(set(digits)) > 1


def _nir(value: str) -> bool:
    return 1 <= int(value[3:5]) <= 12 and 97 - int(value[:13]) % 97 == int(value[13:])


def _nhs(value: str) -> bool:
    rest = 11 - sum(int(char) * (10 - place) for place, char in enumerate(value[:9])) % 11
    return rest % 11 == int(value[9]) and rest != 10


_CHECKS = {"es": _dni, "it": _codice_fiscale, "br": _cpf, "fr": _nir}
