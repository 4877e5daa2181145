"""The normal form of texts, a batch at a time and without a Python loop over characters.

``normal_form`` says what the form is. ``fold`` gives it as arrays of code points for many texts at once: they are joined
by line feeds (a starter that composes with nothing, so NFKC and case folding of the whole are those of the parts), and
punctuation and white space are found by look-up tables.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
U32 = npt.NDArray[np.uint32]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SPACE, END = 0x20, 0x0A
_PLANES = 0x20000
"""no punctuation and no white space stands above the first two planes (a test says so)"""


def normal_form(text: str) -> str:
    """What is compared: NFKC, case folded, punctuation and white space one space between words.

    A text of nothing but punctuation keeps it, so that ``???`` and ``!!!`` stay different.
    """
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.translate(_PUNCTUATION).split()) or " ".join(folded.split())


class _Spaced(dict[int, int]):
    """Code point -> space for punctuation (Unicode categories P*), itself for others; fills up as it is asked."""

    def __missing__(self, code: int) -> int:
        self[code] = SPACE if _is_gap(code) else code
        return self[code]


_PUNCTUATION = _Spaced()


def _is_gap(code: int) -> bool:
    return unicodedata.category(chr(code)).startswith("P") or chr(code).isspace()


@functools.cache
def _ascii_table() -> bytes:
    """Bytes of ASCII text -> lower case, or a space for punctuation and white space; a line feed stays."""
    table = bytearray(256)
    for code in range(128):
        table[code] = SPACE if _is_gap(code) else ord(chr(code).lower())
    table[END] = END
    return bytes(table)


@functools.cache
def _gap_table() -> Bools:
    return np.fromiter((_is_gap(code) for code in range(_PLANES)), dtype=np.bool_, count=_PLANES)


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded texts one after the other, each closed by a line feed; a gap of several spaces is still several."""

    codes: U8 | U32
    starts: I64
    """first code of each word"""
    ends: I64
    """first code after each word"""
    words: I64
    """words of each text"""


def fold(texts: Sequence[str]) -> Folded:
    """Code points (8 bits when all texts are ASCII, else 32) and where the words are. Words stand between gaps."""
    return _words_in(_codes(texts))


def fold_forms(forms: Sequence[str]) -> Folded:
    """The same, in bytes of UTF-8, for texts that are in normal form already."""
    raw = "".join([form + "\n" for form in forms]).encode("utf-8", "surrogatepass")
    return _words_in(np.frombuffer(raw, dtype=np.uint8))


def _words_in(codes: U8 | U32) -> Folded:
    gaps = codes == SPACE
    gaps |= codes == END
    turns = np.empty(len(gaps) + 1, dtype=np.bool_)
    turns[0] = not gaps[0] if len(gaps) else False
    np.not_equal(gaps[1:], gaps[:-1], out=turns[1:-1])
    turns[-1] = False
    edges = np.flatnonzero(turns)
    starts, ends = edges[0::2], edges[1::2]
    closes = np.flatnonzero(codes == END)
    words = np.diff(np.searchsorted(starts, closes), prepend=0)
    return Folded(codes, starts, ends, words)


def _codes(texts: Sequence[str]) -> U8 | U32:
    joined = _joined(texts)
    if joined.isascii():
        return np.frombuffer(joined.encode("ascii").translate(_ascii_table()), dtype=np.uint8)
    joined = unicodedata.normalize("NFKC", joined).casefold()
    found: U32 = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)
    gaps = _gap_table()[np.minimum(found, _PLANES - 1)] & (found != END)
    found[gaps] = SPACE
    return found


def _joined(texts: Sequence[str]) -> str:
    if not texts:
        return ""
    joined = "\n".join(texts)
    if joined.count("\n") >= len(texts):
        joined = "\n".join([text.replace("\n", " ") for text in texts])
    return joined + "\n"


def packed(folded: Folded) -> tuple[U8 | U32, I64]:
    """Code points of the normal forms one after the other, one space between words, and the length of each form."""
    change = np.zeros(len(folded.codes) + 1, dtype=np.int8)
    change[folded.starts] = 1
    change[folded.ends] -= 1
    keep = np.cumsum(change[:-1], dtype=np.int8).view(np.bool_)
    last = np.zeros(len(folded.starts), dtype=np.bool_)
    nonempty = folded.words > 0
    last[np.cumsum(folded.words)[nonempty] - 1] = True
    keep[folded.ends[~last]] = True
    sizes = folded.ends - folded.starts + ~last
    running = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
    edges = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(folded.words)])
    return folded.codes[keep], np.diff(running[edges])


def as_bytes(folded: Folded) -> Folded:
    """The same in UTF-8 (surrogate halves as three bytes), so that a word has one form whatever its neighbours are."""
    if folded.codes.dtype == np.uint8:
        return folded
    text = folded.codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    raw = np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    # Bytes before a code point: one each, and the continuation bytes of those before it.
    codes = folded.codes
    sizes = (
        np.ones(len(codes), dtype=np.int64)
        + (codes >= 0x80).astype(np.int64)
        + (codes >= 0x800)
        + (codes >= 0x10000)
    )
    places = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
    return Folded(raw, places[folded.starts], places[folded.ends], folded.words)
