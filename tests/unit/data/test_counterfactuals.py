"""Counterfactual children: what is exchanged and what is left alone, and that a child never gets lost or leaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.examples import conversation, example
from tunewright.core.types import Example, Message
from tunewright.data.counterfactual import KINDS, exchanged
from tunewright.data.counterfactual_words import (
    CLOSED,
    GENDERED,
    NAMES,
    NAMES_ACROSS,
    NOT_WITH_PLACES,
    PLACES,
    TAKES_TWO,
    UNPAIRED,
)
from tunewright.data.steps import Planting
from tunewright.data.steps.counterfactuals import CounterfactualsOptions, counterfactuals


def swap(text: str, kind: str = "pronouns") -> str:
    """The exchanged text, or ``!`` and the reason."""
    found = exchanged([Message("user", text), Message("assistant", "We will look into it.")], kind)  # type: ignore[arg-type]
    return f"!{found.reason}" if found.reason else found.messages[0].content


def test_the_tables_are_pairs_without_a_word_on_two_sides() -> None:
    for table in (GENDERED, NAMES, NAMES_ACROSS, PLACES):
        assert len(table) > 40
        assert all(table[table[word]] == word and table[word] != word for word in table)
    assert set(NAMES) == set(NAMES_ACROSS)
    assert not set(NAMES) & (set(GENDERED) | set(PLACES) | UNPAIRED | CLOSED | TAKES_TWO)
    assert not set(PLACES) & NOT_WITH_PLACES
    assert not set(GENDERED) & (UNPAIRED | CLOSED)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("He lost his card.", "She lost her card."),
        ("The card is hers, not his.", "The card is his, not hers."),
        ("My wife says the bank called her yesterday.", "My husband says the bank called him yesterday."),
        ("My brother told me he paid for it himself", "My sister told me she paid for it herself"),
        ("I sent it to him. HE said no!", "I sent it to her. SHE said no!"),
        ("Her husband's card is blocked", "His wife's card is blocked"),
        ("John forgot his PIN", "Sarah forgot her PIN"),
        ("Dear Sir or Madam, she is Mrs. Miller", "Dear Madam or Sir, he is Mr. Miller"),
        ("he's angry and she'll leave", "she's angry and he'll leave"),
        ("That is his, and his account is closed", "That is hers, and her account is closed"),
        ('they say "his" a lot', 'they say "hers" a lot'),
    ],
)
def test_gendered_words_are_exchanged(text: str, other: str) -> None:
    assert swap(text) == other
    assert swap(other) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I gave her money", "ambiguous"),  # her money (his), or money to her (him)
        ("we saw her leave", "ambiguous"),
        ("I called her immediately", "ambiguous"),
        ("I gave him money", "ambiguous"),  # its counterpart would be read in two ways
        ("she is pregnant", "bound"),
        ("his mom called", "unpaired"),
        ("hE said", "ambiguous"),
        ("he/she may apply; write to him@example.org", "nothing"),
        ("please help me", "nothing"),
        ("John paid", "nothing"),  # a name alone has no gendered word
    ],
)
def test_what_is_doubtful_is_left_alone(text: str, reason: str) -> None:
    assert swap(text) == f"!{reason}"


def test_names_and_places() -> None:
    assert (
        swap("Is James there? james@example.org wrote", "names")
        == "Is Mohammed there? james@example.org wrote"
    )
    assert swap("I moved from Berlin to Oslo", "places") == "I moved from Manila to Kigali"
    assert swap("Can I get euros in Berlin?", "places") == "!bound"
    assert swap("JAMES and aisha", "names") == "MOHAMMED and sarah"


def test_all_turns_together_and_never_the_instruction_or_a_label() -> None:
    turns = conversation(
        [("system", "Be brief."), ("user", "My father lost his card."), ("assistant", "Tell him to call us.")]
    ).messages
    assert [m.content for m in exchanged(turns, "pronouns").messages] == [
        "Be brief.", "My mother lost her card.", "Tell her to call us.",
    ]  # fmt: skip
    named = (Message("system", "You are Emily."), *turns[1:])
    assert exchanged(named, "names").reason == "in_system"
    label = (Message("user", "Who lost it? He did"), Message("assistant", '{"relative": "father"}'))
    assert exchanged(label, "pronouns").reason == "in_label"
    word = (Message("user", "Who lost it? He did"), Message("assistant", "father"))
    assert exchanged(word, "pronouns").reason == "in_label"


_VOCABULARY = [
    *(
        "he",
        "she",
        "him",
        "her",
        "his",
        "hers",
        "himself",
        "wife",
        "John",
        "Fatima",
        "Berlin",
        "card",
        "my",
        "gave",
        "lost",
    ),
    *(
        "the",
        "to",
        "quickly",
        "2",
        ".",
        ",",
        "HER",
        "His",
        "sir",
        "euro",
        "Oslo",
        "mom",
        "own",
        "is",
        "'s",
        "money",
        "-",
    ),
]


@given(st.lists(st.sampled_from(_VOCABULARY), max_size=14), st.sampled_from(KINDS))
@settings(max_examples=400, deadline=None)
def test_exchanging_twice_gives_the_text_back_where_it_is_defined(words: list[str], kind: str) -> None:
    turns = (Message("user", " ".join(words)), Message("assistant", "Thank you, we will see."))
    once = exchanged(turns, kind)  # type: ignore[arg-type]
    if not once.reason:
        again = exchanged(once.messages, kind)  # type: ignore[arg-type]
        assert again.reason == ""
        assert again.messages == turns
        assert once.messages != turns
        assert len(once.messages[0].content.split()) == len(turns[0].content.split())


def planted(examples: list[Example], golden: list[Example] | None = None, **options: object) -> Planting:
    made = CounterfactualsOptions.model_validate({"share": 1.0, **options})
    found = counterfactuals(made, 42, golden or [])(examples)
    assert isinstance(found, Planting)
    return found


def labelled(made: Example, *labels: str) -> Example:
    return replace(made, labels=labels)


LONG = "John says that he lost his card somewhere between the station and the office this morning"


def test_a_child_carries_its_parents_origin_and_names_it() -> None:
    parent = labelled(
        example(LONG, "Please block the card in the app.", record="T1", thread="t7", subject="P9", licence="cc-by"),
        "tag:cards", "repeat:3", "doubt:stale", "split:train",
    )  # fmt: skip
    other = labelled(example("nothing to exchange here", record="T2"), "split:train")
    children = planted([replace(parent, history=("pii@3",)), other], kinds=["pronouns", "names"]).examples
    assert {child.label("swap") for child in children} == {"pronouns", "names"}
    for child in children:
        assert child.origin == parent.origin
        assert child.id != parent.id
        assert child.label("child-of") == parent.id
        assert child.history == ("pii@3", "counterfactuals@1")
        assert set(child.labels) == {
            "tag:cards", "split:train", f"child-of:{parent.id}", f"swap:{child.label('swap')}",
        }  # fmt: skip


def test_only_the_train_split_of_the_task_has_children() -> None:
    corpus = [
        labelled(example(f"{number}: {LONG}", record=str(number)), label)
        for number, label in enumerate(
            ("split:test", "split:validation", "canary:c01", "role:general", "child-of:x")
        )
    ]
    assert planted(corpus).examples == ()


def test_nothing_comes_near_what_is_measured_with() -> None:
    parent = labelled(example(LONG, "Block it, please.", record="1"), "split:train")
    twin = LONG.replace("John", "Sarah").replace("he lost his", "she lost her")
    held = labelled(example(twin, "Other.", record="2"), "split:test")
    assert planted([parent], kinds=["pronouns"]).measured == {"pronouns": 1}
    against = planted([parent, held], kinds=["pronouns"])
    assert against.examples == ()
    assert against.measured == {"near_held_out": 1}
    golden = replace(example(twin, record="3"), reference="x")
    assert planted([parent], [golden], kinds=["pronouns"]).measured == {"near_held_out": 1}
    there = labelled(example(twin, "Block it, please.", record="4"), "split:train")
    assert planted([parent, there], kinds=["pronouns"]).measured == {"already_there": 2}


def test_the_share_bounds_and_the_count_says_what_was_left_alone() -> None:
    corpus = [labelled(example(f"{LONG} at gate {n}", record=str(n)), "split:train") for n in range(20)]
    corpus += [
        labelled(example(f"I gave her money at gate {n}", record=f"a{n}"), "split:train") for n in range(5)
    ]
    found = planted(corpus, kinds=["pronouns"], share=0.2)
    assert len(found.examples) == 5
    assert found.measured == {"pronouns": 5, "over_share": 15, "pronouns_ambiguous": 5}
    assert planted(corpus[::-1], kinds=["pronouns"], share=0.2) == found
    fewer = {child.id for child in planted(corpus, kinds=["pronouns"], share=0.12).examples}
    assert fewer < {child.id for child in found.examples}


def test_winobias_sentences_become_their_written_twins(real_data: Path) -> None:
    """The files are written in pairs that differ in the pronoun alone: an oracle nobody here wrote."""

    def sentences(name: str) -> list[str]:
        text = (real_data / "bias" / f"winobias-{name}-type1-dev.txt").read_text(encoding="utf-8")
        return [
            line.strip().partition(" ")[2].replace("[", "").replace("]", "") for line in text.splitlines()
        ]

    right = left_alone = 0
    pairs = list(zip(sentences("pro"), sentences("anti"), strict=True))
    for one, other in pairs:
        found = exchanged([Message("user", one)], "pronouns")
        right += not found.reason and found.messages[0].content == other
        left_alone += bool(found.reason)
    assert len(pairs) > 350
    assert right >= 0.95 * len(pairs)
    assert len(pairs) - right - left_alone <= 2  # two pairs of the file differ by more than the pronoun
