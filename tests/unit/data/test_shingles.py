"""Shingles against a plain Python oracle."""

from __future__ import annotations

import pytest

from tunewright.data import shingles
from tunewright.data.shingles import character_shingles, jaccard, normal_form, word_shingles

TEXTS = [
    "",
    "a",
    "four",
    "exactly",
    "a longer sentence with a repeated a longer sentence in it",
    "one",
    "one two three four",
    "one two three four five",
    "one two three four five six one two three four five",
    "日本語のテキストもここにあります",
    "смешанный text mit ümlauten",
    "😀 emoji beyond the basic plane 😀",
    "a word of morethaneightbytes and morethaneightbytex and " + "veryx" * 40 + " " + "veryx" * 40 + "y",
    "unpaired \ud800 surrogates \udfff stay \ud800 apart",
]


def naive_characters(text: str, size: int = 5) -> frozenset[str]:
    return frozenset(text[at : at + size] for at in range(max(1, len(text) - size + 1)))


def naive_words(text: str, size: int = 5) -> frozenset[tuple[str, ...]]:
    words = text.split(" ")
    return frozenset(tuple(words[at : at + size]) for at in range(max(1, len(words) - size + 1)))


@pytest.mark.parametrize("batch", [1, 20, 1 << 19])
@pytest.mark.parametrize(
    ("hashed", "naive"), [(character_shingles, naive_characters), (word_shingles, naive_words)]
)
def test_sets_have_the_sizes_and_overlaps_of_the_plain_ones(hashed, naive, batch, monkeypatch):
    monkeypatch.setattr(shingles, "_BATCH_CHARACTERS", batch)
    sets = hashed(TEXTS)
    for i, first in enumerate(TEXTS):
        assert len(sets.set_of(i)) == len(naive(first))
        for j, second in enumerate(TEXTS):
            assert len(sets.set_of(i) & sets.set_of(j)) == len(naive(first) & naive(second)), (first, second)


@pytest.mark.parametrize("hashed", [character_shingles, word_shingles])
def test_a_texts_shingles_do_not_depend_on_its_neighbours(hashed):
    alone = [hashed([text]).set_of(0) for text in TEXTS]
    together = hashed(TEXTS)
    assert [together.set_of(at) for at in range(len(TEXTS))] == alone


def test_hashes_are_pinned():
    """The same numbers on every machine and in every version: they decide which duplicates are candidates."""
    assert sorted(character_shingles(["abcdef"]).set_of(0)) == PINNED_CHARACTERS
    assert sorted(word_shingles(["a b c d e f"]).set_of(0)) == PINNED_WORDS


PINNED_CHARACTERS = [3266242906871056222, 4505310727963713038]
PINNED_WORDS = [1801423591473401798, 7102809692108958423]


def test_normal_form_folds_case_width_punctuation_and_white_space():
    assert normal_form("Can't log-in, (why)?!") == "can t log in why"
    assert normal_form("£5 + $5 = ¿?") == "£5 + $5 ="
    assert normal_form(" ?!  ? ") == "?! ?"
    assert normal_form("  The\tCARD \n") == "the card"
    assert normal_form("Ｔｈｅ\u00a0Straße") == "the strasse"
    assert normal_form("") == ""


def test_jaccard_of_sets():
    assert jaccard(frozenset({1, 2, 3}), frozenset({2, 3, 4})) == 0.5
    assert jaccard(frozenset(), frozenset()) == 1.0
    assert jaccard(frozenset({1}), frozenset()) == 0.0
