"""A view of a text in which look-alike characters are plain ones, and the way back to the original's offsets.

Full-width, mathematical and other digits become ASCII digits, dashes one hyphen, odd spaces a space, letters that only
look Latin the Latin ones; invisible characters vanish. Patterns run over the view.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_LOOK_ALIKE = dict(
    zip("АВЕКМНОРСТХаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEKMHOPCTXaeopcyxijsABEZHIKMNOPTYXo", strict=True)
)


class View:
    """A folded text. ``text`` is what patterns see; ``span`` maps its offsets back."""

    __slots__ = ("_places", "text")

    def __init__(self, original: str) -> None:
        self._places: list[int] | None = None
        if original.isascii():
            self.text = original
            return
        parts = [fold(char) for char in original]
        self.text = "".join(parts)
        if len(self.text) != len(original):
            self._places = [place for place, part in enumerate(parts) for _ in part]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of a span that is not empty."""
        if self._places is None:
            return start, end
        return self._places[start], self._places[end - 1] + 1


@lru_cache(maxsize=4096)
def fold(char: str) -> str:
    """The plain form of one character: one character, or none for an invisible one."""
    if char in "\t\n\r" or " " <= char <= "~":
        return char
    if char in _DASHES:
        return "-"
    if char in _LOOK_ALIKE:
        return _LOOK_ALIKE[char]
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category == "Zs":
        return " "
    if category in ("Cf", "Cc") or "\ufe00" <= char <= "\ufe0f":
        return ""
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 and plain.isascii() else char
