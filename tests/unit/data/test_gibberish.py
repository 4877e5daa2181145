"""Keys struck at random, and what is rare but meant."""

from __future__ import annotations

import random
import string

import pytest

from benchmarks.short_messages import MESSAGES, NOT_LANGUAGE
from tests.fixtures.examples import example, fate
from tunewright.data.letters import LetterModel, folded
from tunewright.data.steps.gibberish import GibberishOptions, gibberish

CORPUS = [example(text, record=f"c{number}") for number, text in enumerate(MESSAGES["en"] * 4)]
POLISH = [example(text, record=f"p{number}") for number, text in enumerate(MESSAGES["pl"] * 4)]


def fates(texts: list[str], corpus: list = CORPUS) -> list[str]:  # type: ignore[type-arg]
    items = [example(text, record=f"x{number}") for number, text in enumerate(texts)]
    return [fate(outcome) for outcome in gibberish(GibberishOptions(), {})([*items, *corpus])][: len(items)]


def test_random_letters_whatever_the_corpus() -> None:
    draw = random.Random(3)
    texts = [
        " ".join("".join(draw.choices(string.ascii_lowercase, k=draw.randint(4, 12))) for _ in range(4))
        for _ in range(100)
    ]
    for corpus in (CORPUS, POLISH):
        found = [fates(texts[at : at + 5], corpus) for at in range(0, len(texts), 5)]
        assert sum(part.count("gibberish") for part in found) >= 99


@pytest.mark.parametrize(
    "text",
    ["asdf asdf asdf", "asdfgh", "lkjlkj lkj", "qwertyuiop", "aaaaaaaaaaaa", "!!!!!!!!!!!!", "#$%^&*(@!^%", "xzcvxzcv zxcv",
     "sdkjfh skdjfh ksjdhf", "ghghghghghgh", "jjjjjjj kkkkkkkk"],
)  # fmt: skip
def test_mashed_keys(text: str) -> None:
    assert fates([text]) == ["gibberish"]


@pytest.mark.parametrize(
    "text",
    ["ok", "thx", "pls", "hmm", "Krzysztof Brzęczyszczykiewicz", "ORD-88213-XK", '{"a": "xkcd jqw"}', "btw nvm", "Nwankwo",
     "order QWRTZP please", "SW1A 1AA", "nginx systemd kubectl", "nooooo", "heeeelp me pleeease", "rhythm", "-----------",
     "Llanfairpwllgwyngyll", "Angstschweiß", "Pchnąć w tę łódź jeża", "Strč prst skrz krk", "Lorem ipsum dolor sit amet",
     "why do i get err_conn_rst", "00340434161094022115", "Donaudampfschifffahrtsgesellschaft", "=========="],
)  # fmt: skip
def test_what_is_rare_but_meant(text: str) -> None:
    assert fates([text]) == ["kept"]


def test_every_language_is_somebody_s() -> None:
    texts = [text for found in MESSAGES.values() for text in found] + [text for text in NOT_LANGUAGE if text]
    for corpus in (CORPUS, POLISH, []):
        assert set(fates(texts, corpus)) == {"kept"}


def test_the_corpus_teaches_its_letters() -> None:
    words = {folded(word) for text in MESSAGES["pl"] for word in text.split() if word.isalpha()}
    learned, english = LetterModel(sorted(words)), LetterModel([])
    assert all(learned.cost(word) <= english.cost(word) + 1e-9 for word in words)
    assert english.cost("transfer") < 4 < 5 < english.cost("xqzjkv")
