"""What the PII model sees of a text: word pieces, and two things the encoder's lower-casing tokenizer throws away.

``shape`` is the capitalisation of the word a piece belongs to, ``gap`` the white space before it: names and
organisations are told by the first, lines of an address by the second. Both are small extra embeddings of the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

KINDS = ("person", "place", "address", "organisation", "title", "age", "nationality", "date")
"""what the model looks for, in the order of its outputs after "nothing" (0)"""
SHAPES = 8
GAPS = 6
_SURROGATES = re.compile("[\ud800-\udfff]")
_CLS, _SEP = 101, 102


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text in word pieces, without the special ones."""

    ids: list[int]
    shapes: list[int]
    gaps: list[int]
    words: list[int]
    """for each piece the index of its word, ascending from 0"""
    starts: list[int]
    """for each word its first code point in the text"""
    ends: list[int]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a text short enough for the model, with the special pieces around it."""

    ids: list[int]
    shapes: list[int]
    gaps: list[int]
    text: int
    """index of the text"""
    first: int
    """index of the window's first piece in the text"""


def load_tokenizer(path: str) -> Tokenizer:
    """The encoder's tokenizer without truncation and padding."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def readable(text: str) -> str:
    """The text with lone surrogates, which no tokenizer accepts, replaced one for one."""
    return _SURROGATES.sub("\ufffd", text)


def pieces_of(text: str, encoding: Encoding) -> Pieces:
    """The pieces of ``readable(text)`` from its encoding, made without special tokens."""
    words: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    last = None
    for (start, end), word in zip(encoding.offsets, encoding.word_ids, strict=True):
        if word != last:
            starts.append(start)
            ends.append(end)
            last = word
        elif end > ends[-1]:
            ends[-1] = end
        words.append(len(starts) - 1)
    shape_of = [shape(text[start:end]) for start, end in zip(starts, ends, strict=True)]
    gap_of = [gap(text[before:start]) for before, start in zip([0, *ends], starts, strict=False)]
    if gap_of:
        gap_of[0] = 5
    shapes = [shape_of[word] for word in words]
    gaps = [0 if i and words[i - 1] == word else gap_of[word] for i, word in enumerate(words)]
    return Pieces(list(encoding.ids), shapes, gaps, words, starts, ends)


def windows(pieces: Iterable[Pieces], size: int, overlap: int) -> list[Window]:
    """Windows of at most ``size`` pieces, special ones included, that share ``overlap`` pieces with the next."""
    out = []
    room = size - 2
    for index, text in enumerate(pieces):
        first = 0
        while True:
            part = slice(first, first + room)
            out.append(
                Window(
                    [_CLS, *text.ids[part], _SEP],
                    [0, *text.shapes[part], 0],
                    [0, *text.gaps[part], 0],
                    index,
                    first,
                )
            )
            if first + room >= len(text.ids):
                break
            first += room - overlap
    return out


@lru_cache(maxsize=65536)
def shape(word: str) -> int:
    """1 lower, 2 Capitalised, 3 UPPER, 4 a single capital, 5 miXed, 6 digits, 7 anything else."""
    if word.isdigit():
        return 6
    if not any(map(str.isalpha, word)):
        return 7
    if word.islower():
        return 1
    if word.isupper():
        return 3 if len(word) > 1 else 4
    if word[0].isupper() and word[1:].islower():
        return 2
    return 5


@lru_cache(maxsize=1024)
def gap(space: str) -> int:
    """1 nothing, 2 one space, 3 a new line in it, 4 other white space. (0 inside a word, 5 at the start of a text.)"""
    if not space:
        return 1
    if space == " ":
        return 2
    return 3 if "\n" in space else 4
