"""Surrogates for redacted text: the same key and the same value always give the same surrogate, and without the key
nobody can tell which value it stands for (HMAC-SHA-256, RFC 2104).

Names are replaced word by word, so that "Maria Lopez", "Ms Lopez" and "maria" stay the same person across turns and
documents. What has a form keeps it: length, separators, case. These surrogates cannot be somebody's: card numbers fail Luhn,
IBANs carry the check digits 00, social security numbers lie in area 000, mail and network addresses in the ranges that RFC
2606, RFC 5737, RFC 3849 and RFC 7042 reserve for documentation; phone numbers end in 555-01xx, which North America keeps for
fiction. Other identity numbers are random characters in the same layout: one may happen to be somebody's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable

from tunewright.core.luhn import luhn

_ONSETS = (
    "b",
    "br",
    "c",
    "d",
    "dr",
    "f",
    "g",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "st",
    "t",
    "v",
    "w",
)
_NUCLEI = ("a", "e", "i", "o", "u", "ai", "ea", "ia")
_CODAS = ("", "", "l", "n", "r", "s", "th", "nd")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_KEEP = frozenset(
    (
        *("mr", "mrs", "ms", "miss", "dr", "prof", "sir", "madam", "herr", "frau", "mme"),
        *("of", "the", "and", "von", "van", "de", "la", "del", "di", "da", "bin", "al", "st"),
        *(
            "ltd",
            "llc",
            "inc",
            "plc",
            "gmbh",
            "ag",
            "sa",
            "bv",
            "co",
            "corp",
            "company",
            "group",
            "bank",
            "university",
        ),
        *(
            "street",
            "road",
            "avenue",
            "lane",
            "drive",
            "close",
            "way",
            "square",
            "court",
            "place",
            "strasse",
            "rue",
            "via",
        ),
        *("flat", "apartment", "apt", "floor", "suite", "unit", "po", "box", "city", "county", "state"),
    )
)
"""words that name nobody: titles, particles, legal forms, kinds of streets"""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LEAST_KEY_BYTES = 16


class Pseudonyms:
    """Surrogates under one key. Pure function of key, kind and text."""

    def __init__(self, key: bytes) -> None:
        """Raises ValueError for a key of less than 128 bits."""
        if len(key) < _LEAST_KEY_BYTES:
            raise ValueError(f"a pseudonym key has at least {_LEAST_KEY_BYTES} bytes")
        self._key = key
        self._forms: dict[str, Callable[[str], str]] = {
            "person": self._words,
            "place": self._words,
            "organisation": self._words,
            "address": self._words_and_digits,
            "email": self._email,
            "phone": self._phone,
            "card": self._card,
            "iban": self._iban,
            "ssn": self._ssn,
            "ip": self._ip,
            "mac": self._mac,
            "date": self._date,
            "date_of_birth": self._date,
        }

    @property
    def version(self) -> str:
        """Scheme and a fingerprint of the key, from which the key does not follow."""
        return f"hmac@1:{hmac.new(self._key, b'fingerprint', hashlib.sha256).hexdigest()[:16]}"

    def has(self, kind: str) -> bool:
        """Whether values of this kind have surrogates; secrets, titles, ages and the like have none."""
        return kind in self._forms or kind in _FORMED

    def surrogate(self, kind: str, text: str) -> str:
        """What stands in place of ``text``. Raises KeyError for a kind without surrogates (``has``)."""
        form = self._forms.get(kind)
        if form is None:
            if kind not in _FORMED:
                raise KeyError(kind)
            return self._formed(kind, text)
        return form(text)

    def _stream(self, *names: str) -> bytes:
        return hmac.new(
            self._key, "\x1f".join(names).encode("utf-8", "surrogatepass"), hashlib.sha512
        ).digest()

    def _name(self, word: str) -> str:
        """A pronounceable word that is nobody's, in the case of the given one."""
        bytes_ = self._stream("word", word.casefold())
        syllables = 2 + bytes_[0] % 2
        made = ""
        for at in range(syllables):
            onset, nucleus, coda = bytes_[1 + 3 * at : 4 + 3 * at]
            made += _ONSETS[onset % len(_ONSETS)] + _NUCLEI[nucleus % len(_NUCLEI)]
            made += _CODAS[coda % len(_CODAS)] if at == syllables - 1 else ""
        if len(word) == 1:
            made = made[0]
        return _cased(made, word)

    def _words(self, text: str) -> str:
        return _WORD.sub(
            lambda match: match.group() if match.group().casefold() in _KEEP else self._name(match.group()),
            text,
        )

    def _words_and_digits(self, text: str) -> str:
        words = _WORD.sub("", text)
        return self._digits("address", self._words(text), "".join(filter(str.isdecimal, words)))

    def _digits(self, kind: str, text: str, value: str) -> str:
        """``text`` with its digits replaced by those that follow from ``value``; the first is 0 only where it was."""
        stream = self._stream("digits", kind, value)
        made, at = [], 0
        for char in text:
            if not char.isdecimal():
                made.append(char)
                continue
            if at:
                made.append(str(stream[at % 64] % 10))
            else:
                made.append("0" if char == "0" else str(1 + stream[0] % 9))
            at += 1
        return "".join(made)

    def _email(self, text: str) -> str:
        local, _, domain = text.rpartition("@")
        if not local:
            return f"{self._name(text.casefold()).lower()}@{self._name('domain').lower()}.example"
        host = self._name(domain.casefold()).lower()
        parts = re.split(r"([._+-])", local)
        named = "".join(part if part in "._+-" else self._mailbox(part) for part in parts)
        return f"{named}@{host}.example"

    def _mailbox(self, part: str) -> str:
        letters = "".join(char for char in part if char.isalpha())
        digits = "".join(char for char in part if char.isdecimal())
        return (self._name(letters).lower() if letters else "") + self._digits(
            "mailbox", digits, part.casefold()
        )

    def _phone(self, text: str) -> str:
        """The same layout; the last seven digits are 555-01xx."""
        value = "".join(char for char in text if char.isdecimal())
        made = self._digits("phone", text, value)
        tail = "55501" + "".join(str(byte % 10) for byte in self._stream("line", value)[:2])
        places = [at for at, char in enumerate(made) if char.isdecimal()][-7:]
        characters = list(made)
        for place, char in zip(places, tail[-len(places) :] if places else "", strict=True):
            characters[place] = char
        return "".join(characters)

    def _card(self, text: str) -> str:
        value = "".join(char for char in text if char.isdecimal())
        made = self._digits("card", text, value)
        return self._broken(made, luhn)

    def _iban(self, text: str) -> str:
        """Country and layout stay; the check digits are 00, which ISO 13616 never gives."""
        value = "".join(char for char in text if char.isalnum()).upper()
        made = self._formed("iban", text[2:], value)
        check = [at for at, char in enumerate(made) if char.isdecimal()][:2]
        return text[:2] + "".join("0" if at in check else char for at, char in enumerate(made))

    def _ssn(self, text: str) -> str:
        """Area 000, never assigned."""
        made = self._digits("ssn", text, "".join(char for char in text if char.isdecimal()))
        places = [at for at, char in enumerate(made) if char.isdecimal()][:3]
        return "".join("0" if at in places else char for at, char in enumerate(made))

    def _ip(self, text: str) -> str:
        stream = self._stream("ip", text.casefold())
        if ":" in text:
            return f"2001:db8::{stream[0] << 8 | stream[1]:x}:{stream[2] << 8 | stream[3]:x}"
        return f"{('192.0.2', '198.51.100', '203.0.113')[stream[0] % 3]}.{1 + stream[1] % 254}"

    def _mac(self, text: str) -> str:
        """The range 00:00:5E:00:53:xx of RFC 7042, in the same layout."""
        value = "".join(char for char in text if char.isalnum()).casefold()
        digits = iter(f"00005e0053{self._stream('mac', value)[0]:02x}")
        upper = text.upper() == text
        made = "".join(next(digits, "0") if char.isalnum() else char for char in text)
        return made.upper() if upper else made

    def _date(self, text: str) -> str:
        """Day and month move, the year and the layout stay; a date without digits has nothing that moves."""
        stream = self._stream("date", text.casefold())
        made = re.sub(
            r"(?<!\d)\d{1,2}(?!\d)", lambda m: f"{1 + stream[m.start() % 64] % 12:0{len(m.group())}d}", text
        )
        return re.sub(
            rf"\b({'|'.join(_MONTHS)})[a-z]{{0,6}}\b",
            lambda m: _cased(
                _MONTH_NAMES[stream[63] % 12][: len(m.group()) if len(m.group()) == 3 else None], m.group()
            ),
            made,
            flags=re.IGNORECASE,
        )

    def _formed(self, kind: str, text: str, value: str = "") -> str:
        """Letters for letters and digits for digits: identity numbers, plates, passports."""
        stream = self._stream(
            "formed", kind, value or "".join(char for char in text if char.isalnum()).upper()
        )
        made, at = [], 0
        for char in text:
            byte = stream[at % 64]
            if char.isdecimal():
                made.append(str(byte % 10))
            elif char.isalpha():
                letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[byte % 26]
                made.append(letter if char.isupper() else letter.lower())
            else:
                made.append(char)
                continue
            at += 1
        return "".join(made)

    def _broken(self, text: str, valid: Callable[[str], bool]) -> str:
        """The text with its last digit moved on when the check would hold."""
        digits = "".join(char for char in text if char.isdecimal())
        if not digits or not valid(digits):
            return text
        place = max(at for at, char in enumerate(text) if char.isdecimal())
        return text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]


_FORMED = frozenset(
    ("national_id", "plate", "passport", "medical_record", "driving_licence", "bank_account", "vehicle_id")
)
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def _cased(word: str, like: str) -> str:
    return word.upper() if like.isupper() else word.capitalize() if like[:1].isupper() else word
