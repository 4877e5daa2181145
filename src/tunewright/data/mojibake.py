"""UTF-8 that was once read as something else (``didnâ€™t``, ``CafÃ©``): found and put right, character by character.

Windows-1252 and Latin-1 are mixed freely, as exports do; each sequence must decode to exactly one character.
Two-character sequences
other than those led by ``Ã`` and ``Â`` also occur in sound text (``É“`` at the end of a French quotation), so they
count where they hold a
control character, where a capital with its symbol stands inside a small-letter word (``logowaÄ‡``), or where the
same text holds
another damaged sequence. Mac and DOS code pages, Windows-1250 and -1251 count only when every character of the
text that is
not ASCII takes part. What was encoded several times is undone layer by layer by calling again. Measured beside ftfy in
docs/guide/data-quality.md.
"""

from __future__ import annotations

import re

_Repair = tuple[int, int, str]


def _reverse_table() -> dict[str, int]:
    """Character -> byte, for all 256 bytes: Windows-1252, and Latin-1's control characters as well."""
    table = {chr(byte): byte for byte in range(0x80, 0xA0)}
    for byte in range(256):
        try:
            table[bytes([byte]).decode("cp1252")] = byte
        except UnicodeDecodeError:
            table[chr(byte)] = byte
    return table


_BYTE = _reverse_table()


def _set(first: int, last: int) -> str:
    return "[" + "".join(re.escape(char) for char, byte in _BYTE.items() if first <= byte <= last) + "]"


_TAIL = _set(0x80, 0xBF)
_SEQUENCE = re.compile(
    f"{_set(0xF0, 0xF4)}{_TAIL}{{3}}|{_set(0xE0, 0xEF)}{_TAIL}{{2}}|{_set(0xC2, 0xDF)}{_TAIL}"
)  # fmt: skip
_LOST_SPACE = re.compile("(?<=[a-zà-ÿ \n(])Ã (?=[a-zà-ÿ \n])|^Ã (?=[a-zà-ÿ])")
"""``à``, whose no-break space was made plain"""
_SURE_LEADS = "ÂÃ"
_QUOTES = frozenset("“”‘’‹›«»„‚")
_OTHER_PAGES = ("mac_roman", "cp437", "cp850", "cp1250", "cp1251")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]{1,200000}")
_FEWEST_ELSEWHERE = {"mac_roman": 1, "cp437": 1, "cp850": 1, "cp1250": 2, "cp1251": 3}
"""sequences a text must have at least, by code page: pairs of letters occur by chance, pairs of symbols do not"""
_READ_CHARS = 50_000

LOST = re.compile(
    "\ufffd|[\ud800-\udfff]|â€(?![\\w])|ï¿½|ðŸ(?![\\w])|Ã(?=[?\ufffd])|(?<=[a-z])[ÃÂ](?=[a-z ?.,!]|$)"
)
"""what is left of characters that cannot be brought back"""


def repairs(text: str) -> list[_Repair]:
    """(start, end, right character) of every damaged sequence, in order; empty for sound text."""
    if text.isascii():
        return []
    found: list[_Repair] = []
    for match in _SEQUENCE.finditer(text):
        try:
            right = bytes(_BYTE[char] for char in match.group()).decode("utf-8")
        except UnicodeDecodeError:
            continue
        found.append((match.start(), match.end(), right))
    sure = [item for item in found if _is_sure(text, item[0], item[1])]
    if not sure:
        return _in_another_page(text)
    if len(found) < 2:
        return sure
    spaces = [(match.start(), match.end(), "à ") for match in _LOST_SPACE.finditer(text)]
    taken = {start for start, _, _ in found}
    return sorted([*found, *(item for item in spaces if item[0] not in taken)])


def _is_sure(text: str, start: int, end: int) -> bool:
    sequence = text[start:end]
    if len(sequence) > 2 or any("\x80" <= char <= "\x9f" for char in sequence):
        return True
    if sequence[1] in _QUOTES:
        return False
    if sequence[0] in _SURE_LEADS:
        return True
    inside = start > 0 and text[start - 1].islower() and text[start - 1].isalpha()
    return inside and sequence[0].isupper() and not sequence[1].isalpha()


def _in_another_page(text: str) -> list[_Repair]:
    """Repairs of a text that was read with a Mac or DOS code page, or Windows-1250 or -1251, as a whole."""
    runs = list(_NOT_ASCII.finditer(text[:_READ_CHARS]))
    for page in _OTHER_PAGES:
        found: list[_Repair] = []
        for match in runs:
            try:
                right = match.group().encode(page).decode("utf-8")
            except UnicodeError:
                break
            found.append((match.start(), match.end(), right))
        else:
            if sum(len(right) for _, _, right in found) >= _FEWEST_ELSEWHERE[page]:
                return found
    return []
