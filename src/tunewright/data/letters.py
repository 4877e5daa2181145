"""How plausible a word is by its letters: a character model learned from the corpus itself.

Letter triples are counted over the words that at least two texts of the corpus have in common, each word once: random
letters do not come twice, whatever share of the corpus they are. Where the corpus says little, the pairs of the corpus and a
built-in table of English pairs stand in. A word's ``cost`` is the mean of its letters' costs in bits; text of any language
that the corpus is written in costs some 3 to 4 bits a letter, letters at random 5 to 8.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from tunewright.data.english_letters import ALPHABET, COSTS

_TRIPLE_TRUST = 4.0
"""occurrences of a letter pair at which the triples after it weigh as much as the pair table"""
_PAIR_TRUST = 30.0
"""occurrences of a letter at which the corpus's pairs weigh as much as the English ones"""
_UNSEEN_COST = 9.5
"""bits of a pair with a letter that English does not have"""
_UNSEEN = math.pow(2.0, -_UNSEEN_COST)
_PLAIN = str.maketrans(
    {"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ı": "i", "þ": "th"}
)
_WIDTH = len(ALPHABET)
_ENGLISH: Mapping[str, float] = {
    first + second: math.pow(2.0, -COSTS[row * _WIDTH + column] / 10)
    for row, first in enumerate(ALPHABET)
    for column, second in enumerate(ALPHABET)
}
_ENGLISH_COST: Mapping[str, float] = {pair: -math.log2(share) for pair, share in _ENGLISH.items()}


def folded(word: str) -> str:
    """Lower case, without accents: ``Überweisung`` and ``uberweisung`` are one word."""
    lower = word.lower()
    if lower.isascii():
        return lower
    plain = unicodedata.normalize("NFKD", lower).translate(_PLAIN)
    return "".join(char for char in plain if not unicodedata.combining(char))


class LetterModel:
    """Costs of words under the letters of a corpus."""

    def __init__(self, shared_words: Iterable[str]) -> None:
        """``shared_words``: distinct folded words that more than one text has."""
        self._triples: Counter[str] = Counter()
        self._pairs: Counter[str] = Counter()
        self._letters: Counter[str] = Counter()
        for word in shared_words:
            padded = f" {word} "
            self._letters.update(padded[:-1])
            self._pairs.update(map(str.__add__, padded, padded[1:]))
            self._triples.update(padded[at : at + 3] for at in range(len(padded) - 2))
        self._costs: dict[str, float] = {}

    def cost(self, word: str) -> float:
        """Bits a letter of a folded word, its end counted as a letter: under the corpus or under English, the lower one."""
        padded = f" {word} "
        corpus = self._cost(padded[:2])
        english = _ENGLISH_COST.get(padded[:2], _UNSEEN_COST)
        for at in range(len(padded) - 2):
            corpus += self._cost(padded[at : at + 3])
            english += _ENGLISH_COST.get(padded[at + 1 : at + 3], _UNSEEN_COST)
        return min(corpus, english) / (len(padded) - 1)

    def knows(self, letter: str) -> bool:
        """Whether the model can say anything about a letter."""
        return letter in ALPHABET or self._letters[letter] >= _PAIR_TRUST

    def _cost(self, letters: str) -> float:
        known = self._costs.get(letters)
        if known is None:
            known = self._costs[letters] = -math.log2(self._probability(letters))
        return known

    def _probability(self, letters: str) -> float:
        pair, first = letters[-2:], letters[-2]
        english = _ENGLISH.get(pair, _UNSEEN)
        seen = self._letters[first]
        by_pair = (self._pairs[pair] + _PAIR_TRUST * english) / (seen + _PAIR_TRUST)
        if len(letters) < 3:
            return by_pair
        before = self._pairs[letters[:2]]
        return (self._triples[letters] + _TRIPLE_TRUST * by_pair) / (before + _TRIPLE_TRUST)
