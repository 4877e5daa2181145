"""Keys, tokens and passwords: known families, and values that their name calls secret.

A family is tried only where its literal beginning occurs, and no text without a long word costs anything.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from tunewright.engines.pii.secret_families import FAMILIES, Family
from tunewright.engines.pii.spans import Span

_SHORTEST = 18
"""no known family has a shorter word"""
_NAMED = re.compile(
    r"(?<![A-Za-z])(?P<name>api[_ -]?key|access[_ -]?key(?:[_ -]?id)?|secret[_ -]?(?:access[_ -]?)?key"
    r"|client[_ -]?secret|auth[_ -]?token|access[_ -]?token|bearer|secret|token|passwor[dt]|passwd|pwd"
    r"|passphrase|credential|kennwort|mot de passe|contrase\u00f1a|has\u0142o|wachtwoord|senha)[\"']?"
    r"(?P<says> ?(?:=>?|:=?) ?| is:? | ist:? | est:? | es:? | )[\"'`]?(?P<value>[^\s\"'`<>,;]{6,300})",
    re.IGNORECASE,
)
_NAMES = ("key", "secret", "token", "pass", "pwd", "bearer", "credential", "kennwort", "contrase", "has\u0142o",
          "wachtwoord", "senha")  # fmt: skip
_PASSWORDS = ("pass", "pwd", "kenn", "mot", "contra", "has\u0142o", "wacht", "senha")
_STATES = (" is", " ist", " est", " es")


def _by_sign() -> tuple[tuple[str, tuple[tuple[str, Family], ...]], ...]:
    """Literals by a sign all of a group contain, so that a text without the sign is done with the group at once."""
    groups: dict[str, list[tuple[str, Family]]] = {}
    for family in FAMILIES:
        for literal in family.literals:
            sign = next((sign for sign in "_-.:=/$~+" if sign in literal), "")
            groups.setdefault(sign, []).append((literal, family))
    return tuple((sign, tuple(items)) for sign, items in sorted(groups.items()))


_GROUPS = _by_sign()


def secrets(text: str, lower: str) -> Iterator[Span]:
    """Secrets of known families, and values that their name calls a key, token or password. ``lower``: the text in
    lower case."""
    if max(map(len, text.split()), default=0) >= _SHORTEST or "machine " in text:
        tried: set[int] = set()
        for sign, items in _GROUPS:
            if sign in text:
                for literal, family in items:
                    if literal in text and id(family) not in tried:
                        tried.add(id(family))
                        yield from _of_family(text, family)
    for name in _NAMES:
        if name in lower:
            yield from _called(text)
            break


def _of_family(text: str, family: Family) -> Iterator[Span]:
    for match in family.pattern.finditer(text):
        value = match.group() if family.name == "private_key" else match.group().rstrip(".-")
        yield Span(
            match.start(), match.start() + len(value), "secret", _known(family, match.group()), family.name
        )


def _called(text: str) -> Iterator[Span]:
    for match in _NAMED.finditer(text):
        value = match.group("value").rstrip(".!?)]}")
        confidence = _named(match.group("name").lower(), match.group("says").rstrip().lower(), value)
        if confidence:
            start = match.start("value")
            yield Span(start, start + len(value), "secret", confidence, "named")


def entropy(text: str) -> float:
    """Shannon entropy of the characters of a text, in bits a character."""
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())


def _known(family: Family, value: str) -> float:
    # A documentation example such as sk-xxxxxxxxxxxxxxxxxxxxxxxx is no secret; a key whose form is loose needs digits.
    if family.name != "private_key" and entropy(value[-20:]) < 2.0:
        return 0.3
    if family.name == "openai_key" and not any(char.isdigit() for char in value):
        return 0.3
    return family.sure


def _named(name: str, says: str, value: str) -> float:
    digit = any(char.isdigit() for char in value)
    letter = any(char.isalpha() for char in value)
    if value.startswith(("[", "{", "$", "<", "%", "*")) or "://" in value:
        return 0.0
    if name.startswith(_PASSWORDS):
        mixed = (digit and letter) or (any(not char.isalnum() for char in value[:-1]) and digit)
        if not mixed:
            return 0.0
        if says.strip() in ("=", ":", "=>", ":="):
            return 0.9
        return 0.86 if says.startswith(_STATES) else 0.45
    if len(value) < 12 or not digit or not letter:
        return 0.0
    if len(value) >= 16 and entropy(value) >= 3.0:
        return 0.9 if says else 0.7
    return 0.6 if says else 0.0
