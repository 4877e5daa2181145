"""The runner: places of findings, translated decisions, twins, and steps that break the laws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tunewright.core.canonical import digest, plain
from tunewright.core.errors import ConfigError, EngineError
from tunewright.core.types import Drop, Example, Hold, Keep, Message, Origin, Outcome
from tunewright.data import execution, runner
from tunewright.data.options import StepOptions
from tunewright.data.runner import PipelineResult, run_pipeline
from tunewright.data.snapshot import example_digest, load_manifest, load_snapshot, write_snapshot
from tunewright.data.sources import Malformed
from tunewright.data.steps import StepEntry, entry
from tunewright.data.steps.normalise import NormaliseOptions
from tunewright.engines import load


def example(number: int, prompt: str, reply: str = "Yes, of course.") -> Example:
    origin = Origin("s.jsonl", f"R{number}", digest([prompt, reply]))
    return Example(digest([number]), (Message("user", prompt), Message("assistant", reply)), origin)


def run(
    rows: Sequence[Example | Malformed], *steps: str, decisions: dict[str, str] | None = None
) -> PipelineResult:
    needs = {"detector": load("pii", "patterns"), "golden": [], "decisions": decisions or {}, "seed": 1}
    return run_pipeline(rows, [StepOptions(use=name) for name in steps], needs=needs)


PROMPT = "  I canâ€™t log in, it said 040 6096 4607 on the form"


def test_findings_point_into_the_original_text() -> None:
    row = run([example(1, PROMPT)], "normalise", "pii").outcomes[0]
    assert row.outcome == "held"
    found = row.findings[0].finding
    assert PROMPT[found.start : found.end] == "040 6096 4607"


@pytest.mark.parametrize("decision, outcome", [("dismissed", "changed"), ("confirmed", "changed")])
def test_decisions_hold_where_an_earlier_step_moved_the_text(decision: str, outcome: str) -> None:
    key = run([example(1, PROMPT)], "normalise", "pii").outcomes[0].findings[0].key
    assert key == run([example(1, PROMPT)], "pii").outcomes[0].findings[0].key
    result = run(
        [example(1, PROMPT), example(2, "hello there")], "normalise", "pii", decisions={key: decision}
    )
    assert [row.outcome for row in result.outcomes] == [outcome, "kept"]
    text = next(item for item in result.kept if item.origin.locator == "R1").messages[0].content
    assert ("040 6096 4607" in text) is (decision == "dismissed")
    assert "can’t" in text


def test_a_twin_that_was_dropped_leads_to_the_kept_one() -> None:
    long = "please tell me when the card I ordered last week will finally arrive at my house"
    rows = [example(1, long), example(2, long + " now"), example(3, long + " now")]
    outcomes = run(rows, "exact_duplicates", "near_duplicates").outcomes
    kept = [row for row in outcomes if row.outcome == "kept"]
    assert len(kept) == 1
    assert {row.of for row in outcomes if row.outcome == "dropped"} == {f"{kept[0].source}#{kept[0].record}"}


def test_unreadable_rows_keep_their_place() -> None:
    bad = Malformed(Origin("s.jsonl", "7", ""), "thread_reply", of="3")
    outcomes = run([example(1, "a b c"), bad, example(2, "d e f")], "normalise").outcomes
    assert [row.record for row in outcomes] == ["R1", "7", "R2"]
    assert (outcomes[1].outcome, outcomes[1].reasons, outcomes[1].of) == (
        "dropped",
        ("thread_reply",),
        "s.jsonl#3",
    )


def test_two_rows_with_one_identity_are_refused() -> None:
    with pytest.raises(EngineError, match="same example id"):
        run([example(1, "a"), example(1, "a")])


def _breaking(answer: Any) -> StepEntry:
    def factory(options: NormaliseOptions) -> Any:
        return lambda batch: [answer(item) for item in batch][: None if answer is not _short else -1]

    return StepEntry("broken", 1, False, NormaliseOptions, factory, ())


def _short(item: Example) -> Outcome:
    return Keep(item)


def _renamed(item: Example) -> Outcome:
    return Keep(replace(item, id="0" * 64), reasons=("x",))


def _moved(item: Example) -> Outcome:
    return Keep(replace(item, origin=Origin("t", "1", "d")), reasons=("x",))


def _silent(item: Example) -> Outcome:
    return Keep(replace(item, messages=(Message("user", "other"), item.messages[1])))


def _turnless(item: Example) -> Outcome:
    return Keep(replace(item, messages=item.messages[:1]), reasons=("x",))


@pytest.mark.parametrize(
    "answer, message",
    [
        (_short, "answered 0 outcomes for 1"),
        (_renamed, "identity"),
        (_moved, "identity"),
        (_turnless, "identity or the turns"),
        (_silent, "changed an example without a reason"),
        (lambda _: Drop(""), "refused an example without a reason"),
        (lambda _: Hold(""), "refused an example without a reason"),
    ],
)
def test_steps_that_break_the_laws_are_stopped(
    monkeypatch: pytest.MonkeyPatch, answer: Any, message: str
) -> None:
    monkeypatch.setattr(execution, "entry", lambda _name: _breaking(answer))
    monkeypatch.setattr(runner, "entry", lambda _: _breaking(answer))
    with pytest.raises(EngineError, match=message):
        run([example(1, "a b c")], "broken")


def test_a_need_nobody_gives() -> None:
    with pytest.raises(ConfigError, match="needs `detector`"):
        run_pipeline([example(1, "a")], [StepOptions(use="pii")], needs={"decisions": {}})
    assert entry("pii").needs == ("detector", "decisions", "pseudonyms")


def test_digest_of_an_example_is_that_of_its_canonical_json() -> None:
    odd = replace(
        example(1, 'é "quotes" \\ \x1f \u2028 👩 \x7f'), labels=("split:train",), history=("pii@1",)
    )
    assert example_digest(odd).hex() == digest(plain(odd))


def test_a_snapshot_reads_back_as_it_was(tmp_path: Path) -> None:
    result = run([example(n, f"question {n} about {'abc'[n % 3] * 9}") for n in range(9)], "normalise")
    manifest = write_snapshot(result, tmp_path, steps=[], sources=["s.jsonl"], goldens=[])
    assert tuple(load_snapshot(tmp_path)) == result.kept
    assert load_manifest(tmp_path) == manifest
    first = (tmp_path / "examples.parquet").read_bytes()
    write_snapshot(result, tmp_path, steps=[], sources=["s.jsonl"], goldens=[])
    assert (tmp_path / "examples.parquet").read_bytes() == first
