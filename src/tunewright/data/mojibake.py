"""UTF-8 that was once read as Windows-1252 (``didnâ€™t``, ``CafÃ©``): found and put right, character by character.

Only sequences that decode to exactly one character are touched. Two-character sequences other than those led by ``Ã``
and ``Â`` also occur in sound text (``É“`` at the end of a French quotation), so they count only where the same text holds
another damaged sequence.
"""

from __future__ import annotations

import re


def _reverse_table() -> dict[str, int]:
    """Character -> byte, for all 256 bytes: Windows-1252, with Latin-1 control characters in its five gaps."""
    table = {}
    for byte in range(256):
        try:
            table[bytes([byte]).decode("cp1252")] = byte
        except UnicodeDecodeError:
            table[chr(byte)] = byte
    return table


_BYTE = _reverse_table()
_CHAR = {byte: char for char, byte in _BYTE.items()}


def _set(first: int, last: int) -> str:
    return "[" + "".join(re.escape(_CHAR[byte]) for byte in range(first, last + 1)) + "]"


_TAIL = _set(0x80, 0xBF)
_SEQUENCE = re.compile(
    f"{_set(0xF0, 0xF4)}{_TAIL}{{3}}|{_set(0xE0, 0xEF)}{_TAIL}{{2}}|{_set(0xC2, 0xDF)}{_TAIL}"
)  # fmt: skip
_SURE_LEADS = "ÂÃ"
_QUOTES = frozenset("“”‘’‹›«»„‚")


def repairs(text: str) -> list[tuple[int, int, str]]:
    """(start, end, right character) of every damaged sequence, in order; empty for sound text."""
    if text.isascii():
        return []
    found = []
    for match in _SEQUENCE.finditer(text):
        try:
            right = bytes(_BYTE[char] for char in match.group()).decode("utf-8")
        except UnicodeDecodeError:
            continue
        found.append((match.start(), match.end(), right))
    sure = [item for item in found if _is_sure(text[item[0] : item[1]])]
    return found if sure and len(found) > 1 else sure


def _is_sure(sequence: str) -> bool:
    if len(sequence) > 2:
        return True
    return sequence[0] in _SURE_LEADS and sequence[1] not in _QUOTES
