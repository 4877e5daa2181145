"""A build that remembers what the one before measured is, byte for byte, the build that measures everything: whatever
thresholds were changed, rows added or removed, and decisions taken by people in between."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.property.test_step_laws import (
    _PIECES,
    _REPLIES,
    _WORDS,
    NEEDS,
    STEPS,
    corpora,
    make_example,
)
from tunewright.core.options import Options
from tunewright.core.types import Example, Message
from tunewright.data.memory import Memory, load_memory
from tunewright.data.options import StepOptions
from tunewright.data.runner import PipelineResult, run_pipeline
from tunewright.data.snapshot import EXAMPLES, MANIFEST, OUTCOMES, write_snapshot
from tunewright.data.steps import MeasuringStep

ORDER = [
    name for name, line in STEPS.items() if not line.adds and name not in ("split", "semantic_duplicates")
]
SMALL: Mapping[str, dict[str, Any]] = {
    "off_topic": {"least_rows": 10, "topic_share": 0.2},
    "wrong_labels": {"least_rows": 2, "least_examples": 10, "label_share": 0.1, "least_recall": 0.0},
    "unfinished": {"fewest_replies": 5, "habit": 0.51, "strong_habit": 0.97},
    "boilerplate": {"min_words": 8, "min_texts": 2},
}
"""options with which small corpora have something to measure"""
MEASURING = [
    name
    for name, line in STEPS.items()
    if not line.adds
    and isinstance(
        line.factory(line.options_class(), **{need: NEEDS.get(need) for need in line.needs}), MeasuringStep
    )
]


def thresholds(name: str, seed: int) -> dict[str, Any]:
    """Other values for some of the options that only the decision of a step reads."""
    kind: type[Options] = STEPS[name].options_class
    draw = random.Random(f"{name}{seed}")
    for _ in range(20):
        chosen = {
            field: value
            for field in sorted(kind.decides | ({"threshold"} & set(kind.model_fields)))
            if draw.random() < 0.6 and (value := _other(kind, field, draw)) is not None
        }
        try:
            kind.model_validate({**SMALL.get(name, {}), **chosen})
        except ValidationError:
            continue
        return chosen
    return {}


def _other(kind: type[Options], field: str, draw: random.Random) -> Any:
    annotation, default = kind.model_fields[field].annotation, kind.model_fields[field].default
    if get_origin(annotation) is not None and all(isinstance(one, str) for one in get_args(annotation)):
        return draw.choice(get_args(annotation))
    if field == "ignore":
        return draw.choice([[], ["email"], ["phone", "date"]])
    if field == "allow":
        return draw.choice([[], ["ada@example.org"]])
    if isinstance(default, float):
        return round(draw.choice([default * 0.5, default * 0.9, (default + 1) / 2, default]), 3)
    return None


def pipeline(seed: int | None, order: Sequence[str] = ORDER) -> list[StepOptions]:
    """The steps, with other thresholds unless ``seed`` is None."""
    return [
        StepOptions(
            use=name,
            options={**SMALL.get(name, {}), **({} if seed is None else thresholds(name, seed))},
        )
        for name in order
    ]


def build(
    rows: Sequence[Example],
    steps: Sequence[StepOptions],
    folder: Path,
    memory: Memory | None,
    decisions: Mapping[str, str] | None = None,
) -> tuple[PipelineResult, dict[str, bytes]]:
    """The result and the bytes of every file."""
    folder.mkdir()
    result = run_pipeline(rows, steps, needs={**NEEDS, "decisions": decisions or {}}, memory=memory, batch=7)
    write_snapshot(result, folder, steps=[], sources=[], goldens=[], memory=memory)
    return result, {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def decided(result: PipelineResult, seed: int) -> dict[str, str]:
    """A decision for some of the findings."""
    draw = random.Random(seed)
    keys = sorted({span.key for row in result.outcomes for span in row.findings})
    return {key: draw.choice(("confirmed", "dismissed")) for key in keys if draw.random() < 0.4}


def check(
    before: Sequence[Example], after: Sequence[Example], seed: int, people: bool, order: Sequence[str]
) -> int:
    """Build, change, build again with memory and without; answers how much was remembered."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, _ = build(before, pipeline(None, order), folder / "first", Memory())
        decisions = decided(first, seed) if people else {}
        steps = pipeline(seed, order)
        memory = load_memory(folder / "first")
        again, files = build(after, steps, folder / "again", memory, decisions)
        whole, fresh = build(after, steps, folder / "whole", Memory(), decisions)
        without, bare = build(after, steps, folder / "without", None, decisions)
    assert again == whole == without
    assert files == fresh
    assert {EXAMPLES, OUTCOMES, MANIFEST} <= set(bare)
    assert all(files[path] == content for path, content in bare.items())
    return memory.found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(corpus=corpora(), seed=st.integers(0, 10_000), cut=st.integers(0, 24), people=st.booleans())
def test_a_build_that_remembers_is_the_build_that_measures(
    corpus: list[Example], seed: int, cut: int, people: bool
) -> None:
    draw = random.Random(seed)
    before = [example for example in corpus if draw.random() < 0.8]
    after = corpus[cut:] if draw.random() < 0.5 else corpus
    order = ORDER if draw.random() < 0.7 else draw.sample(ORDER, len(ORDER))
    check(before, after, seed, people, order)


def crowd(seed: int, rows: int) -> list[Example]:
    """More rows, in which every step has something to say."""
    draw = random.Random(seed)
    found = []
    for number in range(rows):
        words = (
            draw.choices(_WORDS + _PIECES, k=7) if number % 3 else [*_WORDS[number % 5 :], str(number % 9)]
        )
        reply = draw.choice(_REPLIES) if number % 3 else f"We will look into case {number} for you."
        reply = reply if number % 17 else f"We will look into case {number} for the"
        found.append(make_example(number, [Message("user", " ".join(words)), Message("assistant", reply)]))
    return found


@pytest.mark.parametrize("order", [ORDER, list(reversed(ORDER))], ids=["default", "reversed"])
@pytest.mark.parametrize("seed", range(4))
def test_many_rows_changed_thresholds_rows_and_decisions(seed: int, order: list[str]) -> None:
    rows = crowd(seed, 260)
    remembered = check(rows[:240], rows[20:], seed, people=True, order=order)
    assert remembered > 100, "else this test looks at nothing"


@pytest.mark.parametrize("name", MEASURING)
def test_no_threshold_moves_a_measurement(name: str) -> None:
    line, rows = STEPS[name], crowd(3, 120)
    needs = {need: NEEDS.get(need) for need in line.needs}
    told = []
    for seed in range(8):
        options = line.options_class.model_validate({**SMALL.get(name, {}), **thresholds(name, seed)})
        told.append(line.factory(options, **needs).measure(rows))
    assert all(one == told[0] for one in told)
    assert any(value is not None for value in told[0]), "else this test looks at nothing"


def test_every_step_with_a_confidence_to_compare_measures_apart() -> None:
    """The list a reader of the guide relies on; a step that joins or leaves it is to be told there."""
    assert set(MEASURING) >= {
        "unfinished", "gibberish", "language", "repetition", "toxicity", "prompt_injection", "pii", "off_topic",
        "wrong_labels",
    }  # fmt: skip
    assert all(STEPS[name].options_class.decides for name in MEASURING)


def test_every_drop_hold_and_mark_of_many_rows_has_evidence_that_names_its_reason() -> None:
    rows = crowd(5, 400)
    result = run_pipeline(rows, pipeline(None), needs=NEEDS)
    told_by = set()
    for row in result.outcomes:
        assert set(row.reasons) <= {item.reason for item in row.evidence}
        if row.step:
            assert (row.evidence[-1].step, row.evidence[-1].action) == (row.step, row.outcome)
        for item in row.evidence:
            if (
                item.metric == "confidence"
                and item.threshold is not None
                and item.action in ("dropped", "held")
            ):
                told_by.add(item.step)
                # Of a row that is held for one span, another span may lie below everything.
                assert item.value is not None
                assert item.step == "pii" or item.value >= item.threshold
    assert told_by >= {"pii", "toxicity", "prompt_injection", "language", "repetition"}
