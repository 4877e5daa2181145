"""Normalising text, and telling where it was changed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.types import Edit, Example, Keep, Message, Origin
from tunewright.data.edits import OffsetMap, composed, derived_edits
from tunewright.data.mojibake import repairs
from tunewright.data.steps.normalise import NormaliseOptions, normalise

texts = st.text(
    alphabet=st.one_of(
        st.sampled_from("aé \u00a0\u200bÃ©â€™\r\n\u0301e\u1100\u1161\tx"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=40,
)


def example(*turns: str) -> Example:
    return Example("i", tuple(Message("user", turn) for turn in turns), Origin("s", "1", "d"))


def clean(*turns: str, options: NormaliseOptions | None = None) -> Keep:
    outcome = normalise(options or NormaliseOptions())([example(*turns)])[0]
    assert isinstance(outcome, Keep)
    return outcome


def check_edits(before: str, after: str, edits: list[Edit]) -> None:
    """Outside the edits nothing has changed, and they account for the whole length."""
    at = shift = 0
    for edit in edits:
        assert edit.start >= at
        assert before[at : edit.start] == after[at + shift : edit.start + shift]
        shift += edit.length - (edit.end - edit.start)
        at = edit.end
    assert before[at:] == after[at + shift :]


@pytest.mark.parametrize(
    "before, after, reason",
    [
        ("  hello \n", "hello", "white_space"),
        ("a\u00a0b", "a b", "invisible_characters"),
        ("a\u200bb\x00c", "abc", "invisible_characters"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree", "invisible_characters"),
        ("cafe\u0301", "café", "unicode_form"),
        ("\u1112\u1161\u11ab", "한", "unicode_form"),
        ("didnâ€™t pay the cafÃ©", "didn’t pay the café", "mojibake"),
        ("10 Â£ and 5 â‚¬", "10 £ and 5 €", "mojibake"),
    ],
)
def test_what_is_put_right(before: str, after: str, reason: str) -> None:
    outcome = clean(before)
    assert outcome.example.messages[0].content == after
    assert reason in outcome.reasons
    check_edits(before, after, list(outcome.edits))


@pytest.mark.parametrize(
    "text",
    [
        "plain words", "two  spaces\n\n  and lines", "Größe, naïve, señor, Łódź, 日本語, Привет", "« Élan »",
        "IRMÃ, MÃE, PÃO",
        "l’« À » majuscule", "CAFÉ”", "family: 👨\u200d👩\u200d👧", "Âge", "à demain",
    ],
)  # fmt: skip
def test_sound_text_is_left_alone(text: str) -> None:
    assert clean(text) == Keep(example(text))


def test_options_switch_every_part_off() -> None:
    off = NormaliseOptions(unicode_nfc=False, mojibake=False, invisible=False, trim=False)
    text = " cafe\u0301 didnâ€™t\u00a0"
    assert clean(text, options=off) == Keep(example(text))


@settings(max_examples=300, deadline=None)
@given(texts)
def test_edits_account_for_every_change_and_a_second_time_changes_nothing(text: str) -> None:
    outcome = clean(text)
    after = outcome.example.messages[0].content
    check_edits(text, after, list(outcome.edits))
    assert clean(after).example.messages[0].content == after
    assert unicodedata.is_normalized("NFC", after)
    offsets = OffsetMap()
    offsets.add(outcome.edits)
    for at, char in enumerate(after):
        start, end = offsets.span(0, at, at + 1)
        inside = any(start <= edit.start and edit.end <= end for edit in outcome.edits)
        assert text[start:end] == char or inside


@settings(max_examples=300, deadline=None)
@given(texts, texts, texts)
def test_derived_and_composed_edits_account_for_every_change(one: str, two: str, three: str) -> None:
    first = list(derived_edits(example(one), example(two)))
    second = list(derived_edits(example(two), example(three)))
    check_edits(one, two, first)
    check_edits(one, three, composed(first, second))


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        alphabet=st.characters(min_codepoint=0xA1, max_codepoint=0x2FFF, categories=["L", "N", "P", "S"]),
        min_size=2,
        max_size=12,
    )
)
def test_what_was_misread_once_is_found(text: str) -> None:
    """Oracle: the codec that did the damage. Three-byte characters are always told; pairs when there are several."""
    try:
        damaged = text.encode("utf-8").decode("cp1252")
    except UnicodeDecodeError:
        return  # bytes that Windows-1252 does not know
    found = repairs(damaged)
    sure = [char for char in text if len(char.encode()) >= 3]
    if sure and len(text) > 1:
        assert "".join(new for _, _, new in found) == text


def test_offsets_through_several_steps() -> None:
    offsets = OffsetMap()
    offsets.add((Edit(0, 0, 2, 0), Edit(0, 6, 9, 1)))  # two characters cut off the front, three became one
    offsets.add((Edit(0, 1, 2, 5),))
    assert offsets.span(0, 0, 1) == (2, 3)
    assert offsets.span(0, 1, 6) == (3, 4)
    assert offsets.span(0, 6, 7) == (4, 5)
    assert offsets.span(1, 6, 7) == (6, 7)
    assert offsets.span(0, 8, 9) == (6, 9)
    assert offsets.span(0, 9, 10) == (9, 10)
