"""The step that applies what experts said, and the votes' arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.types import Drop, Example, Keep, Message, Origin
from tunewright.data.options import StepOptions
from tunewright.data.review_examples import Judged, origin_key
from tunewright.data.review_options import ReviewOptions
from tunewright.data.review_votes import DECISIONS, UNDONE, Vote, effective, standing
from tunewright.data.runner import checked_steps


def example(number: int, *replies: str) -> Example:
    turns = [turn for reply in replies for turn in (Message("user", "q"), Message("assistant", reply))]
    return Example(f"{number:064}", tuple(turns), Origin("a.csv", str(number), f"digest{number}"))


def key(number: int) -> str:
    return origin_key("a.csv", f"digest{number}")


def test_it_touches_only_what_was_said_about_this_content() -> None:
    ((line, options),) = checked_steps([StepOptions(use="review")])
    judgements = {
        key(1): Judged("rejected"),
        key(2): Judged("corrected", "new"),
        key(3): Judged("corrected", "same"),
    }
    batch = [example(0, "a"), example(1, "b"), example(2, "old", "older"), example(3, "same"), example(4)]
    kept, dropped, changed, same, empty = line.factory(options, judgements=judgements)(batch)
    assert (kept, dropped, same, empty) == (Keep(batch[0]), Drop("rejected"), Keep(batch[3]), Keep(batch[4]))
    assert [turn.content for turn in changed.example.messages] == ["q", "old", "q", "new"]
    assert (changed.reasons, changed.example.id, changed.example.origin) == (
        ("corrected",),
        batch[2].id,
        batch[2].origin,
    )
    other = line.factory(options, judgements={origin_key("b.csv", "digest1"): Judged("rejected")})(batch)
    assert all(isinstance(outcome, Keep) for outcome in other)


def histories(draw: st.DrawFn) -> list[Vote]:
    rows: list[Vote] = []
    for number in range(draw(st.integers(0, 9))):
        actor = draw(st.sampled_from(["ann", "bob", "cyd", "dan"]))
        taken = {row.undoes for row in rows}
        own = [row for row in rows if row.actor == actor and row.decision != UNDONE and row.id not in taken]
        undo = own and draw(st.booleans())
        decision = UNDONE if undo else draw(st.sampled_from(DECISIONS))
        undoes = own[-1].id if undo else None
        rows.append(
            Vote(number + 1, "k", number + 1, "phone", decision, undoes, "one", "b", "", actor, "", "t")
        )
    return rows


HISTORIES = st.composite(histories)()


@settings(max_examples=400, deadline=None)
@given(HISTORIES)
def test_where_a_finding_stands(history: Sequence[Vote]) -> None:
    stacks: dict[str, list[Vote]] = {}
    for row in history:
        if row.decision == UNDONE:
            stacks[row.actor].pop()
        else:
            stacks.setdefault(row.actor, []).append(row)
    last = sorted((stack[-1] for stack in stacks.values() if stack), key=lambda row: row.id)
    one, two = standing(history, 1), standing(history, 2)
    assert list(one.votes) == list(two.votes) == last
    assert one.decision == (last[-1].decision if last else "")
    confirmed = sum(row.decision == "confirmed" for row in last)
    against = len(last) - confirmed
    expected = (
        "open" if not last
        else "decided" if confirmed != against and max(confirmed, against) >= 2
        else "disputed" if confirmed and against
        else "second"
    )  # fmt: skip
    assert two.state == expected
    assert two.decision == (
        "" if expected != "decided" else "confirmed" if confirmed > against else "dismissed"
    )
    assert one.generation == two.generation == len(history)


@settings(max_examples=100, deadline=None)
@given(HISTORIES)
def test_a_rule_for_two_never_decides_what_one_person_alone_said(history: Sequence[Vote]) -> None:
    alone = [row for row in history if row.actor == "ann"]
    two = ReviewOptions(two_person=("phone",))
    assert effective(alone, two) == {}
    assert set(effective(history, two).values()) <= set(DECISIONS)
    assert set(effective(history, two)) <= set(effective(history, ReviewOptions()))
