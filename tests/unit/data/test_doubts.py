"""A person's decision on what a corpus step found, whatever the rest of the corpus does."""

from __future__ import annotations

from tests.fixtures.examples import conversation, example
from tunewright.core.types import Drop, Hold, Keep
from tunewright.data.doubts import doubted, settled, whole_turn
from tunewright.data.findings import finding_key
from tunewright.data.options import StepOptions
from tunewright.data.runner import run_pipeline

ROW = example("a question", "an answer")
FOUND = whole_turn(ROW, -1, "stale", 0.7, "test@1", "numbers only")


def decide(outcome, decision):
    assert FOUND is not None
    return settled(ROW, outcome, {finding_key(ROW.origin, FOUND): decision} if decision else {})


def test_confirmed_drops_dismissed_keeps_open_stays() -> None:
    held = doubted(ROW, "stale", FOUND, "hold")
    assert isinstance(held, Hold)
    confirmed, dismissed = decide(held, "confirmed"), decide(held, "dismissed")
    assert isinstance(confirmed, Drop)
    assert confirmed.reason == "stale"
    assert confirmed.findings[0].state == "confirmed"
    assert dismissed == Keep(ROW, (dismissed.findings[0],))
    assert dismissed.findings[0].state == "dismissed"
    assert decide(held, "") == held


def test_a_mark_is_taken_away_or_becomes_a_drop() -> None:
    marked = doubted(ROW, "stale", FOUND, "mark")
    assert isinstance(marked, Keep)
    assert marked.example.label("doubt") == "stale"
    assert decide(marked, "dismissed").example == ROW
    assert isinstance(decide(marked, "confirmed"), Drop)


def test_without_text_to_look_at_a_hold_is_a_drop() -> None:
    silent = conversation([("user", ""), ("assistant", "")])
    assert whole_turn(silent, 0, "stale", 0.5, "t@1", "") is None
    assert isinstance(doubted(silent, "stale", None, "hold"), Drop)


def test_decisions_on_a_corpus_step_do_not_ask_it_about_one_row_alone() -> None:
    """``stale`` would find no bygone era in a corpus of one; the decided row still gets its answer, the others theirs."""
    rows = [example(f"q{n}", received_at=f"2025-0{1 + n % 9}-01", record=f"B{n}") for n in range(40)]
    old = [example(f"old {n}", received_at="2018-01-01", record=f"O{n}") for n in range(3)]
    steps = [StepOptions(use="stale")]
    first = run_pipeline([*rows, *old], steps, needs={"decisions": {}})
    keys = {row.record: row.findings[0].key for row in first.outcomes if row.outcome == "held"}
    assert sorted(keys) == ["O0", "O1", "O2"]
    decisions = {keys["O0"]: "dismissed", keys["O1"]: "confirmed"}
    second = run_pipeline([*rows, *old], steps, needs={"decisions": decisions})
    assert {row.record: row.outcome for row in second.outcomes if row.record in keys} == {
        "O0": "kept",
        "O1": "dropped",
        "O2": "held",
    }
