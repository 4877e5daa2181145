"""General data: steps that judge the task leave it alone, it is never held out, and the share is as asked."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.fixtures.examples import dropped, example, kept
from tunewright.core.errors import ConfigError
from tunewright.core.types import Example
from tunewright.data.mix import GENERAL, TASK_STEPS, check_roles, is_general
from tunewright.data.options import DataOptions, StepOptions
from tunewright.data.runner import run_pipeline
from tunewright.data.sources import Malformed
from tunewright.data.steps import STEPS
from tunewright.data.steps.mix import MixOptions, mix
from tunewright.engines import load


def task(number: int, split: str = "train") -> Example:
    made = example(f"my card number {number} was blocked at the station", "ok", record=f"T{number}")
    return replace(made, labels=(f"split:{split}",) if split else ())


def general(number: int, text: str = "", **origin: str) -> Example:
    made = example(
        text or f"write a poem about mountain {number} and its {number + 3} rivers", "Once upon a time.",
        record=f"G{number}", source="general.jsonl", **origin,
    )  # fmt: skip
    return replace(made, labels=(GENERAL,))


def run(rows: list[Example], share: float):
    return mix(MixOptions(share=share), 42)(rows)


@pytest.mark.parametrize(("share", "wanted"), [(0.0, 0), (0.1, 10), (0.25, 30), (0.5, 90)])
def test_the_share_is_of_the_whole_train_split(share: float, wanted: int) -> None:
    rows = (
        [task(n) for n in range(90)]
        + [task(n + 100, "test") for n in range(10)]
        + [general(n) for n in range(200)]
    )
    outcomes = run(rows, share)
    mine = [e for e in kept(outcomes) if is_general(e)]
    assert len(mine) == wanted
    assert all(e.label("split") == "train" for e in mine)
    assert {drop.reason for drop in dropped(outcomes).values()} == {"mix:surplus"}
    assert outcomes.measured == {"general": wanted, "general_share": share, "asked_share": share}
    assert len([e for e in kept(outcomes) if not is_general(e)]) == 100


def test_too_few_are_all_taken_and_the_share_says_so() -> None:
    outcomes = run([task(n) for n in range(90)] + [general(n) for n in range(5)], 0.5)
    assert len(kept(outcomes)) == 95
    assert outcomes.measured["general_share"] == round(5 / 95, 4)


def test_what_would_leak_a_held_out_prompt_is_left_out() -> None:
    held = replace(task(7, "validation"), origin=replace(task(7).origin, subject="P1"))
    rows = [*(task(n) for n in range(20, 60)), held]
    rows += [general(1, "my card number 7 was blocked at the station!"), general(2, subject="P1"), general(3)]
    found = dropped(run(rows, 0.5))
    assert [found[at].reason for at in sorted(found)] == ["mix:held_out", "mix:held_out"]
    assert {drop.of for drop in found.values()} == {held.id}
    assert found[41].evidence[0].metric == "jaccard"


def test_order_changes_nothing_and_a_smaller_share_is_a_subset() -> None:
    rows = [task(n) for n in range(40)] + [general(n) for n in range(60)]
    first = {e.id for e in kept(run(rows, 0.3))}
    assert {e.id for e in kept(run(random.Random(3).sample(rows, len(rows)), 0.3))} == first
    assert {e.id for e in kept(run(rows, 0.2))} < first


def test_steps_of_the_task_never_see_general_examples() -> None:
    assert set(STEPS) >= TASK_STEPS
    words = [
        "card",
        "blocked",
        "station",
        "refund",
        "transfer",
        "fee",
        "account",
        "pin",
        "limit",
        "payment",
        "cash",
        "rate",
        "bank",
        "app",
        "top",
    ]
    draw = random.Random(1)
    rows: list[Example | Malformed] = [
        example(" ".join(draw.choices(words, k=9)), "ok", record=f"T{n}") for n in range(300)
    ]
    alien = [general(n, f"zebra {n} quantum violin {n * 7} marmalade {n * 13}") for n in range(60)]
    needs = {"embedder": load("embed", "hashed"), "golden": [], "decisions": {}, "seed": 42}
    steps = [StepOptions(use="off_topic", options={"hold": "drop", "topic_share": 0.4}), StepOptions(use="split"), StepOptions(use="mix", options={"share": 0.1})]  # fmt: skip
    judged = run_pipeline([*rows, *(replace(e, labels=()) for e in alien)], steps[:1], needs=needs)
    assert sum(row.outcome == "dropped" and row.source == "general.jsonl" for row in judged.outcomes) > 30
    alone = run_pipeline(rows, steps, needs=needs)
    mixed = run_pipeline([*rows, *alien], steps, needs=needs)
    mine = [e for e in mixed.kept if not is_general(e)]
    assert [(e.id, e.labels) for e in mine] == [(e.id, e.labels) for e in alone.kept]
    extra = [e for e in mixed.kept if is_general(e)]
    train = sum(e.label("split") == "train" for e in mine)
    assert len(extra) == int(train / 9)
    assert {e.label("split") for e in extra} == {"train"}
    for count in mixed.step_counts:
        assert count.seen == count.kept + count.dropped + count.held


def test_a_general_source_needs_the_step_in_its_place() -> None:
    def options(*steps: str, role: str = "general") -> DataOptions:
        return DataOptions.model_validate(
            {
                "sources": [{"path": "g.jsonl", "form": "messages", "role": role}],
                "steps": [{"use": name} for name in steps],
            }
        )

    check_roles(options("split", "resample", "mix"))
    check_roles(options("split", role="task"))
    with pytest.raises(ConfigError, match="no `mix`"):
        check_roles(options("split"))
    with pytest.raises(ConfigError, match="before `split`"):
        check_roles(options("mix", "split"))
    with pytest.raises(ConfigError, match="before `resample`"):
        check_roles(options("split", "mix", "resample"))
    with pytest.raises(ConfigError, match="before `split`"):
        check_roles(options("mix"))
