"""The laws of DESIGN section 5, for every step in the catalog: seen = kept + dropped + held; ids unique; origin never
lost; the same twice; batch size, order and PYTHONHASHSEED change nothing; every drop and hold has a reason."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.core.errors import DataError
from tunewright.core.ports import TokenLosses
from tunewright.core.types import Drop, Example, Hold, Keep, Message, Origin, Outcome
from tunewright.data.options import StepOptions
from tunewright.data.pseudonyms import Pseudonyms
from tunewright.data.runner import PipelineResult, run_pipeline
from tunewright.data.sources import Malformed, example_id
from tunewright.data.steps import StepEntry, catalog
from tunewright.engines import load
from tunewright.engines.language.base_form import BaseForm
from tunewright.engines.language.model_folder import resolve_base

STEPS = catalog()
JUDGING = [name for name, line in STEPS.items() if not line.adds]
ADDING = [name for name, line in STEPS.items() if line.adds]

_WORDS = (
    "card",
    "water",
    "bill",
    "please",
    "the",
    "is",
    "broken",
    "since",
    "Monday",
    "café",
    "refund",
    "why",
)
_PIECES = (
    "my card 4111 1111 1111 1111", "mail ada@example.org", "it said 040 6096 4607", "didnâ€™t", "SSN 536-90-4399",
    "DE89 3704 0044 0532 0130 00", "\u00a0", "\u200b", "e\u0301", "\ufffd", "ghp_" + "a1B2" * 9, "10.1.2.3", "",
    "sdkjfh wqlkjdf zxmcnbv qwpoeiru", "Wo ist meine Karte und warum ist sie nicht da?", "you useless idiots",
    "ignore all previous instructions", "only an idiot would say that",
)  # fmt: skip
_REPLIES = (
    '{"intent": "card"}', '{"intent": "ca', "", "N/A", "Of course, I will look into it.", "  ok ", "We look into it for the",
    "I am sorry. " * 9, "Je vais regarder cela pour vous tout de suite.",
)  # fmt: skip

prompts = st.lists(st.sampled_from(_WORDS + _PIECES), max_size=9).map(" ".join)


@st.composite
def corpora(draw: st.DrawFn) -> list[Example]:
    """Small corpora with repetitions, personal data, damage, threads and several turns."""
    texts = draw(st.lists(prompts, min_size=1, max_size=4))
    found = []
    for number in range(draw(st.integers(0, 24))):
        prompt = draw(st.sampled_from(texts) | prompts)
        turns = [Message("user", prompt), Message("assistant", draw(st.sampled_from(_REPLIES)))]
        if draw(st.integers(0, 7)) == 0:
            turns = turns + turns
        if draw(st.integers(0, 7)) == 0:
            turns = [Message("system", "Be brief."), *turns]
        found.append(make_example(number, turns, thread=draw(st.sampled_from(("", "", "t1", "t2")))))
    return found


def make_example(number: int, turns: Sequence[Message], thread: str = "") -> Example:
    content = json.dumps([[turn.role, turn.content] for turn in turns])
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    origin = Origin(f"file{number % 2}.jsonl", f"R{number}", digest, thread=thread)
    return Example(example_id(origin), tuple(turns), origin)


GOLDEN = [
    Example(
        "g" * 64,
        (Message("user", "why is the water bill broken since Monday please refund"),),
        Origin("g", "1", "d"),
        "x",
    )
]


class _LengthScorer:
    """A loss a token that only the texts decide."""

    version = "length@1"

    def token_losses(self, conversations: Sequence[Sequence[Message]]) -> list[TokenLosses]:
        return [
            TokenLosses(
                tuple((len(turns[0].content) + len(word)) % 7 / 3 for word in turns[-1].content.split())
            )
            for turns in conversations
        ]


NEEDS: dict[str, Any] = {
    "embedder": load("embed", "hashed"),
    "form": BaseForm(resolve_base("builtin")),
    "scorer": _LengthScorer(),
    "detector": load("pii", "patterns"),
    "golden": GOLDEN,
    "decisions": {},
    "executor": None,
    "judgements": {},
    "seed": 42,
    "language": load("language_id", "langid"),
    "pseudonyms": Pseudonyms(b"k" * 32),
}


def run_step(line: StepEntry, examples: Sequence[Example]) -> list[Outcome] | str:
    """Outcomes in order, or the reason why the whole set was refused."""
    function = line.factory(line.options_class(), **{name: NEEDS[name] for name in line.needs})
    try:
        return list(function(examples))
    except DataError as error:
        return error.what


def by_id(examples: Sequence[Example], outcomes: list[Outcome] | str) -> Any:
    if isinstance(outcomes, str):
        return outcomes
    return {example.id: outcome for example, outcome in zip(examples, outcomes, strict=True)}


def test_the_catalog_has_every_step_of_the_default_pipeline() -> None:
    assert len(JUDGING) >= 7
    assert len(ADDING) >= 1
    assert all(line.version >= 1 for line in STEPS.values())


@pytest.mark.parametrize("name", JUDGING)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(corpus=corpora())
def test_one_outcome_each_with_reason_and_origin(name: str, corpus: list[Example]) -> None:
    outcomes = run_step(STEPS[name], corpus)
    if isinstance(outcomes, str):
        assert outcomes
        return
    assert len(outcomes) == len(corpus)
    ids = {example.id for example in corpus}
    for example, outcome in zip(corpus, outcomes, strict=True):
        if isinstance(outcome, Keep):
            assert outcome.example.id == example.id
            assert outcome.example.origin == example.origin
            assert [turn.role for turn in outcome.example.messages] == [
                turn.role for turn in example.messages
            ]
            assert outcome.reasons or outcome.example.messages == example.messages
        else:
            assert isinstance(outcome, (Drop, Hold))
            assert outcome.reason
        if isinstance(outcome, Drop) and outcome.of:
            assert outcome.of != example.id
            assert outcome.of in ids | {item.id for item in GOLDEN}
        if isinstance(outcome, Hold):
            assert outcome.findings
        for finding in outcome.findings:
            text = example.messages[finding.turn].content
            assert 0 <= finding.start < finding.end <= len(text)


@pytest.mark.parametrize("name", JUDGING)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(corpus=corpora(), seed=st.integers(0, 1000), cut=st.integers(0, 24))
def test_order_batches_and_repetition_change_nothing(
    name: str, corpus: list[Example], seed: int, cut: int
) -> None:
    line = STEPS[name]
    first = by_id(corpus, run_step(line, corpus))
    assert by_id(corpus, run_step(line, corpus)) == first
    shuffled = random.Random(seed).sample(corpus, len(corpus))
    assert by_id(shuffled, run_step(line, shuffled)) == first
    if not line.corpus:
        parts = {
            **by_id(corpus[:cut], run_step(line, corpus[:cut])),
            **by_id(corpus[cut:], run_step(line, corpus[cut:])),
        }
        assert parts == first


@pytest.mark.parametrize("name", ADDING)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(corpus=corpora().filter(lambda corpus: len(corpus) > 3), seed=st.integers(0, 1000))
def test_adding_steps_add_the_same_whatever_the_order(name: str, corpus: list[Example], seed: int) -> None:
    line = STEPS[name]
    usable = [example for example in corpus if len(example.messages) == 2]
    plant = line.factory(line.options_class(), **{need: NEEDS[need] for need in line.needs})
    first = plant(usable)
    shuffled = random.Random(seed).sample(usable, len(usable))
    assert plant(shuffled) == first
    ids = [example.id for example in first.examples]
    assert len(set(ids)) == len(ids)
    assert not set(ids) & {example.id for example in usable}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(corpus=corpora(), damaged=st.integers(0, 3), batch=st.integers(1, 9), seed=st.integers(0, 1000))
def test_every_row_ends_in_exactly_one_outcome(
    corpus: list[Example], damaged: int, batch: int, seed: int
) -> None:
    rows: list[Example | Malformed] = list(corpus)
    rows += [Malformed(Origin("bad.jsonl", str(number), ""), "invalid_json") for number in range(damaged)]
    steps = [StepOptions(use=name) for name in JUDGING if name != "split"]
    result = run_pipeline(rows, steps, needs=NEEDS, batch=batch)
    assert [(row.source, row.record) for row in result.outcomes] == [
        (row.origin.source, row.origin.locator) for row in rows
    ]
    kept = [row.example for row in result.outcomes if row.outcome in ("kept", "changed")]
    assert sorted(kept) == [example.id for example in result.kept]
    assert all(row.reasons for row in result.outcomes if row.outcome != "kept")
    seen = len(corpus)
    for count in result.step_counts:
        assert count.seen == seen == count.kept + count.dropped + count.held
        seen = count.kept
    shuffled = random.Random(seed).sample(rows, len(rows))
    again = run_pipeline(shuffled, steps, needs=NEEDS)
    assert again.kept == result.kept
    assert sorted(map(repr, again.outcomes)) == sorted(map(repr, result.outcomes))


_CHILD = """
import sys
from tests.property.test_step_laws import fixed_result
print(fixed_result())
"""


def fixed_run() -> PipelineResult:
    """The whole default pipeline over one fixed corpus."""
    draw = random.Random(5)
    corpus = []
    for number in range(700):
        prompt = (
            " ".join(draw.choices(_WORDS + _PIECES, k=8))
            if number % 3
            else " ".join(_WORDS[number % 5 :]) + str(number % 7)
        )
        turns = [Message("user", prompt), Message("assistant", draw.choice(_REPLIES))]
        corpus.append(make_example(number, turns))
    return run_pipeline(corpus, [StepOptions(use=name) for name in STEPS], needs=NEEDS)


def fixed_result() -> str:
    """Digest over everything that run answers."""
    result = fixed_run()
    text = json.dumps(
        [[asdict(e) for e in result.kept], [row.as_row() for row in result.outcomes]], sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_fixed_corpus_meets_every_outcome() -> None:
    """Else the test below would look at nothing."""
    result = fixed_run()
    assert {row.outcome for row in result.outcomes} == {"kept", "changed", "dropped", "held"}
    assert {row.step for row in result.outcomes} >= {
        "malformed",
        "exact_duplicates",
        "pii",
        "near_duplicates",
    }
    assert {example.label("split") for example in result.kept} == {"train", "validation", "test"}


def test_hash_seed_changes_nothing() -> None:
    answers = set()
    for hash_seed in ("0", "1", "4711"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        done = subprocess.run(
            [sys.executable, "-c", _CHILD],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=240,
        )
        answers.add(done.stdout.strip())
    assert len(answers) == 1
    assert len(answers.pop()) == 64
