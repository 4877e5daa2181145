"""How likely a text gives orders to the model that reads it (prompt injection, jailbreaks), with the evidence.

The text is folded (case, accents, look-alike and zero-width characters, letters spelt apart, tag characters),
matched against
families of patterns, and the witnesses are combined: ``1 - (1-a)(1-b)...``, later ones of a family with half their
weight. A
piece of base64 is decoded and read the same way.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass

from tunewright.data.injection_patterns import PATTERNS, SAME_FAMILY

READ_CHARS = 24_000
"""so much of either end of a text is read"""
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{24,4000}={0,2}(?![A-Za-z0-9+/=])")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-f]{2}\s?){20,2000}(?![0-9A-Za-z])", re.I)
_APART = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .*_-][^\W\d_](?![^\W_])){5,60}")
_TAGS = re.compile("[\U000e0020-\U000e007e]{4,2000}")
_HIDDEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u180e\u202a-\u202e\u2066-\u2069]")
_LOOK = str.maketrans(
    {"а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "х": "x", "і": "i", "ѕ": "s", "у": "y", "ј": "j", "ԁ": "d",
    "һ": "h", "ο": "o",
     "α": "a", "ι": "i", "ν": "v", "ł": "l", "ø": "o", "ß": "s", "ı": "i", "’": "'", "‘": "'", "`": "'"}
)  # fmt: skip
_ACCENTS = re.compile("[\u0300-\u036f]")
_LEET = str.maketrans("013457@$", "oieastas")
_MIXED = re.compile(r"\b(?=\w{0,20}[а-яіѕјα-ω])(?=\w{0,20}[a-z])\w{2,20}\b")
_LEET_WORD = re.compile(r"\b(?=[a-z]{0,12}[013457@$])[a-z013457@$]{3,14}(?![\w-])")


@dataclass(frozen=True, slots=True)
class Injection:
    """How sure, and the families of the witnesses, the strongest first."""

    confidence: float
    families: tuple[str, ...]
    payload: bool
    """a decoded payload carries it"""


def injection(text: str) -> Injection | None:
    """The judgement over a text, or None where nothing speaks for it. Reads both ends of a very long text."""
    read = text if len(text) <= 2 * READ_CHARS else f"{text[:READ_CHARS]}\n{text[-READ_CHARS:]}"
    best = _judge(_folded(read))
    for hidden in _payloads(read):
        inner = _judge(_folded(hidden))
        if inner is not None and (best is None or inner.confidence >= best.confidence):
            sure = 1 - (1 - inner.confidence) * 0.5
            best = Injection(round(sure, 4), inner.families, True)
    return best


def _judge(text: str) -> Injection | None:
    seen: dict[str, float] = {}
    rest = 1.0
    strongest: list[tuple[float, str]] = []
    for family, weight, pattern in PATTERNS:
        if pattern.search(text) is None:
            continue
        share = SAME_FAMILY if family in seen else 1.0
        rest *= 1 - weight * share
        seen[family] = max(seen.get(family, 0.0), weight)
        strongest.append((weight, family))
    if not strongest:
        return None
    families = tuple(
        dict.fromkeys(family for _, family in sorted(strongest, key=lambda item: (-item[0], item[1])))
    )
    return Injection(round(1 - rest, 4), families, False)


def _folded(text: str) -> str:
    plain = text
    if not text.isascii():
        plain = _TAGS.sub(lambda match: "".join(chr(ord(char) - 0xE0000) for char in match.group()), text)
        plain = _HIDDEN.sub("", plain)
        plain = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", plain)))
        plain = plain.lower()
        plain = _MIXED.sub(lambda match: match.group().translate(_LOOK), plain)
        plain = plain.replace("’", "'").replace("‘", "'")
    plain = plain.lower()
    apart = _APART.sub(lambda match: re.sub(r"[ .*_-]", "", match.group()), plain)
    return _LEET_WORD.sub(lambda match: match.group().translate(_LEET), apart)


def _payloads(text: str) -> list[str]:
    """Readable text behind base64 or hexadecimal pieces."""
    found = []
    for match in _BASE64.finditer(text):
        piece = match.group()
        try:
            raw = base64.b64decode(piece + "=" * (-len(piece) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue
        found.append(raw)
    for match in _HEX.finditer(text):
        try:
            found.append(bytes.fromhex(match.group()))
        except ValueError:
            continue
    readable = []
    for raw in found[:20]:
        try:
            decoded = raw.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if decoded.isprintable() or "\n" in decoded:
            readable.append(decoded)
    return readable
