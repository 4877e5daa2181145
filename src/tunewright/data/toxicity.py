"""How abusive a text is: a lexicon read in its context.

A word is folded first (look-alike characters, repeated and starred letters, letters spelt apart), then weighed by
what it is
and to whom it is said: an insult at somebody (``you``, ``bunch of``, ``useless ...``) counts fully, one at oneself
or at a thing hardly.
Weights are combined as independent witnesses, ``1 - (1-a)(1-b)...``. Words are looked up whole, so Scunthorpe is a
town.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunewright.data import toxic_words
from tunewright.data.toxic_phrases import PATTERNS

READ_CHARS = 60_000
"""abuse is looked for in so much of a text"""
_LOOK = str.maketrans(
    {"@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "|": "i", "0": "o", "$": "s", "5": "s", "7": "t", "+": "t",
    "8": "b", "9": "g",
     "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "х": "x", "і": "i", "ѕ": "s"}
)  # fmt: skip
_LETTERS = str.maketrans({"ß": "s", "ł": "l", "ø": "o", "ı": "i", "æ": "a", "’": "'", "‘": "'", "đ": "d"})
_TOKEN = re.compile(r"[^\W_](?:[\w@$!|*#+']{0,60}[\w@$*#+])?|[.?!\n]")
_APART = re.compile(r"(?<!\w)[^\W\d_](?:[ .*_-]{1,2}[^\W\d_](?!\w)){3,20}")
_STAR = re.compile(r"[*#]")
_REPEATED = re.compile(r"(\w)\1{2,}")
_SENTENCE_ENDS = frozenset(".?!\n")


@dataclass(frozen=True, slots=True)
class Toxic:
    """How sure, which sort the strongest witness is (slur, threat, sexual, insult, profanity), and where it stands."""

    confidence: float
    sort: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Witness:
    weight: float
    sort: str
    start: int
    end: int


def _set(text: str) -> frozenset[str]:
    """The entries of a list, endings written out; phrases keep their ``_``."""
    found: set[str] = set()
    for entry in text.split():
        if entry.endswith("*"):
            found.update(entry[:-1] + ending for ending in toxic_words.ENDINGS)
        else:
            found.add(entry)
    return frozenset(found)


_SLURS, _SEXUAL, _INSULTS = _set(toxic_words.SLURS), _set(toxic_words.SEXUAL), _set(toxic_words.INSULTS)
_WEAK, _BAD, _PEOPLE = _set(toxic_words.WEAK_NOUNS), _set(toxic_words.INSULTING), _set(toxic_words.PEOPLE)
_RUDE, _INNOCENT, _CRITICISM = (
    _set(toxic_words.PROFANITY),
    _set(toxic_words.INNOCENT),
    _set(toxic_words.CRITICISM),
)
_MILD, _THINGS = _set(toxic_words.MILD), _set(toxic_words.THINGS)
_ALL = _SLURS | _SEXUAL | _INSULTS | _WEAK | _BAD | _RUDE
_PHRASES = frozenset(entry for entry in _ALL | _INNOCENT if "_" in entry)
_PHRASE_STARTS = frozenset(entry.split("_")[0] for entry in _PHRASES)
_LONGEST = max(entry.count("_") for entry in _PHRASES) + 1
_HARD = frozenset(
    word
    for word in _SLURS
    | _INSULTS
    | (_RUDE - _MILD)
    | {"stupid", "dick", "cock", "pussy", "useless", "pathetic"}
    if len(word) >= 4 and "_" not in word
)
_BY_SHAPE: Mapping[tuple[str, int], tuple[str, ...]] = {
    shape: tuple(sorted(word for word in _HARD if (word[0], len(word)) == shape))
    for shape in {(word[0], len(word)) for word in _HARD}
}
_YOU = _set(toxic_words.YOU)
_YOUR = _YOU | {"your", "yours"}
_SELF = _set(toxic_words.SELF)
_GROUP = _set(toxic_words.GROUP)
_BE = _set(toxic_words.BE)
_FILL = _set(toxic_words.FILL)
_POINTING = _set(toxic_words.POINTING)
_REPORTED = _set(toxic_words.REPORTED)
_NOT_PERSONAL = _set(toxic_words.NOT_PERSONAL)
_TRIGGERS = _set(toxic_words.TRIGGERS)


def toxicity(text: str) -> Toxic | None:
    """The judgement over a text, or None where nothing abusive was found."""
    folded = _folded(text[:READ_CHARS])
    found = _words(folded)
    plain = {word.text for word in found}
    witnesses: list[_Witness] = []
    if not plain.isdisjoint(_ALL) or not plain.isdisjoint(_PHRASE_STARTS):
        witnesses += _by_words(found)
    if not plain.isdisjoint(_TRIGGERS) or not plain.isdisjoint(_RUDE) or not folded.isascii():
        read = _unmasked_text(folded, found)
        for pattern, weight, sort in PATTERNS:
            match = pattern.search(read)
            if match is not None:
                end = min(match.end(), len(folded))
                witnesses.append(_Witness(weight, sort, min(match.start(), end - 1), end))
    if not witnesses:
        return None
    rest = 1.0
    for witness in witnesses:
        rest *= 1 - witness.weight
    strongest = max(witnesses, key=lambda witness: (witness.weight, -witness.start))
    return Toxic(round(1 - rest, 4), strongest.sort, strongest.start, strongest.end)


def _folded(text: str) -> str:
    """Lower case without accents, character for character."""
    if text.isascii():
        return text.lower()
    return "".join(_fold(char) for char in text)


def _fold(char: str) -> str:
    if char.isascii():
        return char.lower()
    plain = unicodedata.normalize("NFKD", char)[0].lower()
    return (plain if len(plain) == 1 else char).translate(_LETTERS) if len(plain) == 1 else char


def _words(folded: str) -> list[_Word]:
    words = [_Word(_unmasked(match.group()), match.start(), match.end()) for match in _TOKEN.finditer(folded)]
    for match in _APART.finditer(folded):
        joined = "".join(char for char in match.group() if char.isalpha())
        hidden = [
            joined[at : at + size]
            for size in range(len(joined), 3, -1)
            for at in range(len(joined) - size + 1)
        ]
        word = next((piece for piece in hidden if piece in _HARD), "")
        if word:
            address = "you" if "you" in joined else ""
            words = [other for other in words if other.end <= match.start() or other.start >= match.end()]
            words += [_Word(part, match.start(), match.end()) for part in (address, word) if part]
            words.sort(key=lambda other: other.start)
    return words


def _unmasked_text(folded: str, words: Sequence[_Word]) -> str:
    """The text with every masked word written out; the same text where nothing was masked."""
    changed = [word for word in words if word.text != folded[word.start : word.end]]
    if not changed:
        return folded
    parts, at = [], 0
    for word in changed:
        if word.start >= at:
            parts += [folded[at : word.start], word.text]
            at = word.end
    return "".join([*parts, folded[at:]])


def _unmasked(token: str) -> str:
    """The word behind look-alikes, repeated letters and stars, where that is a word of the lists."""
    if token in _ALL or token in _SENTENCE_ENDS:
        return token
    if not token.isalpha():
        bare = token.strip("'*#+!|$@")
        if bare in _ALL:
            return bare
        if _STAR.search(token) and token[0].isalpha():
            return _unstarred(token)
        letters = sum(map(str.isalpha, token))
        if 2 <= letters < len(token) and len(token) <= 20:
            seen = token.translate(_LOOK)
            return seen if seen in _HARD else token
    elif not token.isascii() and any("a" <= char <= "z" for char in token):
        seen = token.translate(_LOOK)
        return seen if seen in _ALL else token
    if _REPEATED.search(token):
        for width in (r"\1\1", r"\1"):
            short = _REPEATED.sub(width, token)
            if short in _ALL:
                return short
    return token


def _unstarred(token: str) -> str:
    shown = [char for char in token if char.isalpha()]
    if token in ("f***", "f**k", "f*ck", "f*"):
        return "fuck"
    if len(shown) < 2:
        return token
    for word in _BY_SHAPE.get((token[0], len(token)), ()):
        if all(
            mark in ("*", "#") or mark == char or mark.translate(_LOOK) == char
            for mark, char in zip(token, word, strict=True)
        ):
            return word
    return token


def _by_words(words: Sequence[_Word]) -> list[_Witness]:
    witnesses: list[_Witness] = []
    at = 0
    while at < len(words):
        length, phrase = _phrase(words, at)
        if phrase in _INNOCENT:
            at += length
            continue
        weight, sort = _weight(words, at, length, phrase)
        if weight:
            witnesses.append(_Witness(weight, sort, words[at].start, words[at + length - 1].end))
        at += length
    return witnesses


def _phrase(words: Sequence[_Word], at: int) -> tuple[int, str]:
    """The longest listed phrase at a place, else the word."""
    if words[at].text in _PHRASE_STARTS:
        for length in range(min(_LONGEST, len(words) - at), 1, -1):
            joined = "_".join(word.text for word in words[at : at + length])
            if joined in _PHRASES:
                return length, joined
    return 1, words[at].text


def _weight(words: Sequence[_Word], at: int, length: int, what: str) -> tuple[float, str]:
    if what in _SLURS:
        return 0.92, "slur"
    if what in _SEXUAL:
        return 0.9, "sexual"
    if what not in _ALL:
        return 0.0, ""
    before, after = _around(words, at, length)
    if what in _INSULTS:
        return _insult(before, after), "insult"
    if what in _WEAK and (weight := _weak(what, before, after)):
        return weight, "insult"
    if what in _BAD and (weight := _adjective(what, before, after)):
        return weight, "insult"
    return (0.35, "profanity") if what in _RUDE and what not in _MILD else (0.0, "")


def _around(words: Sequence[_Word], at: int, length: int) -> tuple[list[str], list[str]]:
    """Up to eight words before and four after, of the same sentence; the nearest ones last and first."""
    before: list[str] = []
    for word in reversed(words[max(0, at - 8) : at]):
        if word.text in _SENTENCE_ENDS:
            break
        before.insert(0, word.text)
    after: list[str] = []
    for word in words[at + length : at + length + 4]:
        if word.text in _SENTENCE_ENDS:
            break
        after.append(word.text)
    return before, after


def _insult(before: Sequence[str], after: Sequence[str]) -> float:
    near = before[-5:]
    if any(word in _REPORTED for word in near[-3:]):
        return 0.3
    if near and near[-1] == "like" and set(near).isdisjoint(_YOUR):
        return 0.4
    if not set(near).isdisjoint(_YOUR) or not set(after[:3]).isdisjoint(_YOU):
        return 0.92
    if any(word in _SELF for word in near) and not any(word in _GROUP for word in near):
        return 0.15
    if (
        any(word in _GROUP for word in near[-3:])
        or (bool(near) and near[-1] in _BAD)
        or not _POINTING.isdisjoint(near)
        or "what" in (*near[:2], *near[-2:])
        or len(before) + len(after) <= 2
    ):
        return 0.9
    return 0.66


def _weak(what: str, before: Sequence[str], after: Sequence[str]) -> float:
    near = before[-5:]
    if len(near) >= 2 and near[-1] == "of" and near[-2] in _GROUP:
        return 0.88
    if len(near) >= 3 and near[-2] == "of" and near[-3] in _GROUP and near[-1] in _BAD:
        return 0.9
    if (
        near
        and near[-1] in _BAD
        and near[-1] not in ("damn", "fucking", "bloody", "fat", "evil")
        and what in _PEOPLE
    ):
        return 0.7
    if near[-2:] == ["nothing", "but"] or (what.endswith("s") and list(after[:3]) == ["all", "of", "you"]):
        return 0.86
    adjectives = 0
    while near and (near[-1] in _BAD or near[-1] in _POINTING):
        near = near[:-1]
        adjectives += 1
    if adjectives and near and near[-1] in _YOU:
        return 0.88
    if what in _NOT_PERSONAL:
        return 0.0
    if (
        near
        and near[-1] in _YOU
        and what.endswith("s")
        and (not after or after[0] not in ("the", "my", "me", "a"))
    ):
        return 0.86
    return 0.86 if _said_of_you(before) else 0.0


def _adjective(what: str, before: Sequence[str], after: Sequence[str]) -> float:
    half = what in _CRITICISM
    if any(word in _REPORTED for word in before[-3:]):
        return 0.0
    if _said_of_yours(before):
        return 0.4 if half else 0.8
    if _said_of_you(before):
        return 0.62 if half else 0.88
    for word in after[:3]:
        if word in _PEOPLE and word not in _THINGS:
            return 0.45 if half else 0.65
        if word in _INSULTS:
            return 0.5
        if word not in _BAD and word not in _FILL:
            break
    return 0.0


def _said_of_yours(before: Sequence[str]) -> bool:
    """Whether the words before say ``your staff are``."""
    index = len(before) - 1
    be = people = False
    while index >= 0 and (
        before[index] in _FILL or before[index] in _BE or before[index] in _PEOPLE or before[index] == "is"
    ):
        be = be or before[index] in _BE or before[index] == "is"
        people = people or (before[index] in _PEOPLE and be)
        index -= 1
    return be and people and index >= 0 and before[index] == "your"


def _said_of_you(before: Sequence[str]) -> bool:
    """Whether the words before say ``you are`` or ask ``are you``, with nothing but fillers after it."""
    index = len(before) - 1
    be = False
    while index >= 0 and (
        before[index] in _FILL or before[index] in _BE or before[index] in _BAD or before[index] in _PEOPLE
    ):
        be = be or before[index] in _BE
        if before[index] in ("you're", "youre"):
            return True
        index -= 1
    if index < 0 or before[index] not in _YOU:
        return False
    return be or (index > 0 and before[index - 1] in _BE)
