"""Views of a text in which what hides a number is gone, and the way back to the original's offsets.

``View`` folds characters: full-width, mathematical and other digits become ASCII digits, dashes one hyphen, odd spaces
a space, letters that only look Latin the Latin ones; invisible characters, marks set over others and surrogate halves
vanish. ``unmarked`` skips markup: tags of HTML inside a line, Markdown's stars, escapes; entities and percent signs are
decoded. ``unwrapped`` joins what a line break cut.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_LOOK_ALIKE = dict(
    zip("АВЕКМНОРСТХаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEKMHOPCTXaeopcyxijsABEZHIKMNOPTYXo", strict=True)
)
_MARKUP = re.compile(
    r"</?(?:b|i|u|s|em|strong|span|a|code|font|mark|wbr|small|big|sub|sup|tt|kbd|samp|var|del|ins|bdi|bdo|abbr|nobr)"
    r"(?:\s[^<>]{0,300})?/?>"
    r"|<!--[^<>]{0,300}-->"
    r"|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,12});"
    r"|%[2-7][0-9A-Fa-f]"
    r"|\\u00[2-7][0-9A-Fa-f]"
    r"|\\(?=[!-/:-@\[-`{-~])"
    r"|\*{1,3}|`{1,3}|~~|__",
    re.IGNORECASE,
)
_HINTS = ("<", "&", "%", "*", "`", "~~", "__", "\\")
_BREAK = re.compile(r"(?<=[^\s>])[ \t]{0,3}\r?\n[ \t]{0,8}(?:>[ \t]?){0,4}(?=[^\s>])")


class _Folds(dict[int, str]):
    """The plain form of every character, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        plain = fold(chr(code))
        if len(self) < 20_000:
            self[code] = plain
        return plain


_FOLDS = _Folds()


class View:
    """A folded text. ``text`` is what patterns see; ``span`` maps its offsets back."""

    __slots__ = ("_places", "text")

    def __init__(self, original: str) -> None:
        self._places: list[int] | None = None
        if original.isascii():
            self.text = original
            return
        self.text = original.translate(_FOLDS)
        if len(self.text) != len(original):
            self._places = [place for place, char in enumerate(original) if _FOLDS[ord(char)]]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of a span that is not empty."""
        if self._places is None:
            return start, end
        return self._places[start], self._places[end - 1] + 1


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
    if category in ("Zl", "Zp"):
        return "\n"
    if category in ("Cf", "Cc", "Cs", "Mn", "Me") or "\ufe00" <= char <= "\ufe0f":
        return ""
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 and plain.isascii() else char


_SPOOFED = re.compile(r"(?<![A-Za-z0-9])[0-9OoIl](?:[ .-]?[0-9OoIl]){8,22}(?![A-Za-z0-9])")
_LETTER_BY_DIGIT = re.compile("[0-9][ -]?[OoIl]|[OoIl][ -]?[0-9]")
_AS_DIGITS = str.maketrans("OoIl", "0011")


def respelt(text: str) -> str:
    """The text with O, o, I and l as digits in rows that are digits but for them; empty when there is no such row."""
    if not _LETTER_BY_DIGIT.search(text):
        return ""
    changed = _SPOOFED.sub(lambda match: match.group().translate(_AS_DIGITS), text)
    return changed if changed != text else ""


class Cut:
    """A text with pieces taken out or replaced by single characters. ``span`` leads back to the text it was cut from."""

    __slots__ = ("_ends", "_starts", "text")

    def __init__(self, original: str, pieces: Iterator[tuple[int, int, str]]) -> None:
        parts: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        at = 0
        for start, end, text in pieces:
            parts += [original[at:start], text]
            self._starts += range(at, start)
            self._ends += range(at + 1, start + 1)
            if text:
                self._starts.append(start)
                self._ends.append(end)
            at = end
        parts.append(original[at:])
        self._starts += range(at, len(original))
        self._ends += range(at + 1, len(original) + 1)
        self.text = "".join(parts)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of a span that is not empty; a cut at its edge stays outside of it."""
        return self._starts[start], self._ends[end - 1]

    def crosses(self, start: int, end: int) -> bool:
        """Whether something was cut or replaced inside the span."""
        return self._ends[end - 1] - self._starts[start] != end - start


def unmarked(text: str) -> Cut | None:
    """The text without markup inside its lines; None when there is none."""
    for hint in _HINTS:
        if hint in text:
            return Cut(text, _marks(text)) if _MARKUP.search(text) else None
    return None


def _marks(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _MARKUP.finditer(text):
        mark = match.group()
        plain = ""
        if mark[0] == "%":
            plain = chr(int(mark[1:], 16))
        elif mark[:2] == "\\u":
            plain = chr(int(mark[2:], 16))
        elif mark[0] == "&":
            plain = "".join(fold(char) for char in html.unescape(mark))
            if len(plain) > 1:  # no entity we know
                continue
        yield match.start(), match.end(), plain


def unwrapped(text: str) -> Cut | None:
    """The text with lines joined where the break may stand inside a number, an address or a key; None without any."""
    if "\n" not in text:
        return None
    pieces = [piece for match in _BREAK.finditer(text) if (piece := _joint(text, match.start(), match.end()))]
    return Cut(text, iter(pieces)) if pieces else None


def _joint(text: str, start: int, end: int) -> tuple[int, int, str] | None:
    before, after = text[start - 1], text[end]
    number = before.isdigit() or (before in "-." and text[start - 2 : start - 1].isdigit())
    if number and (after.isdigit() or after in "(-."):
        return start, end, " " if before.isdigit() and after not in "-." else ""
    head = text[max(0, start - 64) : start]
    left = head[head.rfind(" ") + 1 :]
    right = text[end : end + 64].split(maxsplit=1)[0]
    word = (before.isalnum() or before in "@.-_") and (after.isalnum() or after in "@.-_")
    return (start, end, "") if word and ("@" in left or "@" in right or len(left) >= 32) else None
