"""Whether a text, or a part of it, is in another language than those wanted.

Three witnesses: the script, an identifier's probability, and the small words of the known languages. What none of them
can tell (names, products, labels, a word or two) is not foreign.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tunewright.core.ports import LanguageIdentifier
from tunewright.data.languages import DENSE, FUNCTION_WORDS, letters_by_script, related, scripts_of
from tunewright.data.prose import words

WINDOW = 8
"""words that are looked at together for a change of language inside a text"""
_STRIDE = 4
_END = 5
"""words at either end that are looked at by themselves"""
_SENTENCE_END = re.compile(r"[.!?;\n]+\s+")
_LONG = 240
"""words; beyond, windows no longer overlap"""
_MAX_WINDOWS = 120
_FEWEST = 4
"""Latin words below which nothing is said without small words to tell by"""
_MIXED_FROM = 0.15
_SURE = 0.6
"""probability from which an identifier's answer counts as a text's language"""


@dataclass(frozen=True, slots=True)
class Foreign:
    """What was found: the language (``und`` where only the script tells), how sure, how much of the text."""

    language: str
    confidence: float
    share: float
    mixed: bool


def pieces_of(text: str) -> list[str]:
    """Sentences, windows, head and tail of a text, to find a change of language inside it. Empty for a short text."""
    tokens = text.split()
    if len(tokens) < WINDOW:
        return []
    if len(tokens) <= _LONG:
        starts: Iterable[int] = [*range(0, len(tokens) - WINDOW, _STRIDE), len(tokens) - WINDOW]
    else:
        step = max(WINDOW, len(tokens) // _MAX_WINDOWS)
        starts = range(0, len(tokens) - WINDOW + 1, step)
    found = [" ".join(tokens[start : start + WINDOW]) for start in starts]
    found += [" ".join(tokens[:_END]), " ".join(tokens[-_END:])]
    if len(tokens) <= _LONG:
        found += [part for part in _SENTENCE_END.split(text) if _END <= len(part.split()) + 1 < len(tokens)]
    return list(dict.fromkeys(found))


class LanguageJudge:
    """Judges texts against the allowed languages; identifies every distinct piece once."""

    def __init__(self, identifier: LanguageIdentifier, allowed: Sequence[str]) -> None:
        self._identifier = identifier
        self._allowed = tuple(allowed)
        self._scripts = scripts_of(allowed)
        self._own = frozenset[str]().union(*(FUNCTION_WORDS.get(code, ()) for code in allowed))
        self._alien = {
            code: vocabulary - self._own
            for code, vocabulary in FUNCTION_WORDS.items()
            if not related(code, allowed)
        }
        self._known: dict[str, Foreign | None] = {}

    def judge(self, texts: Sequence[str]) -> list[Foreign | None]:
        """One answer a text (``prose`` of a turn): what is foreign in it, or None."""
        distinct = list(dict.fromkeys(texts))
        pieces = {text: pieces_of(text) for text in distinct}
        wanted = dict.fromkeys(distinct)
        wanted.update(dict.fromkeys(piece for found in pieces.values() for piece in found))
        unclear = [text for text in wanted if text not in self._known and not self._is_own(text)]
        for text, (code, probability) in zip(unclear, self._identifier.identify(unclear), strict=True):
            self._known[text] = self._one(text, code, probability)
        return [self._whole(text, pieces[text]) for text in texts]

    def _is_own(self, text: str) -> bool:
        """Whether small words alone tell that all of a text is in an allowed language: no need to ask the identifier."""
        found = _small(text)
        own = sum(word in self._own for word in found)
        if own < 2:
            return False
        alien = max((sum(word in known for word in found) for known in self._alien.values()), default=0)
        return own > 2 * alien

    def _whole(self, text: str, pieces: Sequence[str]) -> Foreign | None:
        by_script = self._by_script(text)
        if by_script is not None:
            return by_script
        found = self._known.get(text)
        strange = [seen for piece in pieces if (seen := self._known.get(piece)) is not None]
        share = len(strange) / len(pieces) if pieces else 0.0
        if not pieces or (found is not None and share >= 0.5):
            return found
        if share < _MIXED_FROM:
            return None
        # The surest piece of the commonest language speaks for the part; one piece among many may be a quoted name.
        tally: dict[str, list[float]] = {}
        for seen in strange:
            tally.setdefault(seen.language, []).append(seen.confidence)
        language, sure = max(tally.items(), key=lambda item: (len(item[1]), max(item[1]), item[0]))
        confidence = max(sure) if len(sure) > 1 else min(max(sure) - 0.1, 0.8)
        return Foreign(language, confidence, share, mixed=share < 0.8)

    def _by_script(self, text: str) -> Foreign | None:
        counts = letters_by_script(text)
        strange = {script: count for script, count in counts.items() if script not in self._scripts}
        if not strange:
            return None
        letters = sum(map(str.isalpha, text)) or 1
        amount = sum(strange.values())
        share = min(1.0, amount / letters)
        dense = any(script in DENSE for script in strange)
        if amount < (6 if dense else 12):
            return None
        if share >= 0.5:
            return Foreign("und", 0.97, share, mixed=share < 0.8)
        weight = share * 3 if dense else share
        return Foreign("und", 0.9 if weight >= _MIXED_FROM else 0.4, share, mixed=True)

    def _one(self, text: str, code: str, probability: float) -> Foreign | None:
        found = _small(text)
        count = len(words(text))
        if not count:
            return None
        own = sum(word in self._own for word in found)
        language, alien = max(
            ((other, sum(word in known for word in found)) for other, known in self._alien.items()),
            key=lambda item: (item[1], item[0]),
            default=("", 0),
        )
        if not code or related(code, self._allowed):
            told = alien >= 3 and alien >= 2 * own and alien >= 0.25 * count
            return Foreign(language, 0.72 if alien < 4 else 0.86, 1.0, mixed=False) if told else None
        theirs = FUNCTION_WORDS.get(code, frozenset())
        # A small word that both languages have says nothing for ours.
        own = sum(word in self._own and word not in theirs for word in found)
        shared = sum(word in theirs for word in found)
        alien = max(alien, shared if not own else 0)
        if own and own >= alien:
            return None
        lower = sum(word[0].islower() for word in words(text))
        if count < 3 or (alien < 2 and (lower < 2 or (count < _FEWEST and probability < 0.9))):
            return None
        if alien >= 2:
            return Foreign(code if probability >= _SURE else language, max(probability, 0.9), 1.0, False)
        if own * 4 >= count or probability < _SURE:
            return None
        # One small word or none: a list of names or dishes looks like this too.
        limit = 0.84 if alien or code not in FUNCTION_WORDS or probability >= 0.9 else 0.6
        return Foreign(code, min(probability, limit), 1.0, False)


def _small(text: str) -> list[str]:
    """The words of a text as the vocabularies write them; single letters may be variables."""
    return [word.lower().replace("’", "'") for word in words(text) if len(word) > 1]
