"""Texts in other languages, parts of texts, and what is in no language."""

from __future__ import annotations

import pytest

from benchmarks.short_messages import MESSAGES, NOT_LANGUAGE
from tests.fixtures.examples import conversation, example, fate
from tunewright.core.errors import ConfigError
from tunewright.core.types import Example
from tunewright.data.options import StepOptions
from tunewright.data.runner import checked_steps
from tunewright.data.steps.language import LanguageOptions, language
from tunewright.engines import load

IDENTIFIER = load("language_id", "langid")
ENGLISH = LanguageOptions(allowed=("en",))


def fates(examples: list[Example], options: LanguageOptions = ENGLISH) -> list[str]:
    return [fate(outcome) for outcome in language(options, IDENTIFIER, {})(examples)]


@pytest.mark.parametrize("code", [code for code in MESSAGES if code not in ("en", "hi-latin")])
def test_short_messages_in_other_languages(code: str) -> None:
    found = fates([example(text, '{"intent": "x"}') for text in MESSAGES[code]])
    missed = found.count("kept")
    assert missed <= len(found) // 5


def test_own_messages_and_what_is_no_language_stay() -> None:
    texts = [text for text in (*MESSAGES["en"], *NOT_LANGUAGE) if text]
    assert fates([example(text, text) for text in texts]) == ["kept"] * len(texts)


@pytest.mark.parametrize(
    "prompt, reply, expected",
    [
        ("Where is my card?", "Ihre Karte wird morgen mit der Post bei Ihnen sein.", "wrong_language"),
        ("Can I top up here? No consigo verificar a minha identidade na aplicação.", "ok", "mixed_language"),
        ("Please help, my card. 我的银行卡还没有寄到,已经等了两个多星期了", "ok", "mixed_language"),
        ("Translate to German: where is my card?", "Wo ist meine Karte, bitte?", "kept"),
        ("My name is 王小明 and I moved", "Thank you, noted.", "kept"),
        ("I bought a crème brûlée at Café de Flore in Saint-Germain-des-Prés", "Nice!", "kept"),
        ("why?", '{"text": "Ihre Karte wird morgen mit der Post bei Ihnen sein."}', "wrong_language"),
    ],
)
def test_parts_replies_and_names(prompt: str, reply: str, expected: str) -> None:
    assert fates([example(prompt, reply)]) == [expected]


def test_the_bulk_says_what_is_allowed() -> None:
    german = [example(text, record=f"d{number}") for number, text in enumerate(MESSAGES["de"] * 3)]
    english = example("Could you send me last month's invoice again?")
    assert fates([*german, english], LanguageOptions()) == ["kept"] * 30 + ["wrong_language"]
    assert fates([german[0], english], LanguageOptions()) == ["kept", "kept"]  # too few to tell


def test_a_reply_in_the_other_allowed_language_is_asked_about() -> None:
    both = LanguageOptions(allowed=("en", "de"))
    prompt = "Could you send me last month's invoice again, please?"
    reply = "Wir haben Ihnen die Rechnung heute noch einmal mit der Post geschickt."
    assert fates([example(prompt, reply)], both) == ["reply_language"]
    assert fates([example(reply, prompt)], both) == ["reply_language"]
    assert fates([example(prompt, prompt), example(reply, reply)], both) == ["kept", "kept"]
    owner = conversation(
        [("system", "Réponds toujours en anglais, s'il te plaît."), ("user", prompt), ("assistant", prompt)]
    )
    assert fates([owner]) == ["kept"]


def test_a_wrong_code_is_named() -> None:
    with pytest.raises(ConfigError, match="ISO 639"):
        checked_steps([StepOptions(use="language", options={"allowed": ["English"]})])


def test_the_identifier_is_a_pure_function_of_the_text() -> None:
    texts = [text for found in MESSAGES.values() for text in found]
    assert IDENTIFIER.identify(texts) == [IDENTIFIER.identify([text])[0] for text in texts]
    assert IDENTIFIER.identify(["", " 12 ", "👍"]) == [("", 0.0)] * 3
    assert all(0 <= sure <= 1 for _, sure in IDENTIFIER.identify(texts))
    assert IDENTIFIER.version.startswith("langid@")
