"""Laws of the difference of two snapshots, for rows of every shape, also such as no pipeline would write."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.canonical import digest
from tunewright.core.types import Example, Message, Origin
from tunewright.data.diff import SnapshotDiff, compare_snapshots
from tunewright.data.diff_inputs import KINDS, compare_inputs, merged_order, step_changes
from tunewright.data.outcomes import RowOutcome, write_outcomes
from tunewright.data.runner import PipelineResult
from tunewright.data.snapshot import write_snapshot

NAMES = ("normalise", "length", "pii", "near_duplicates", "split", "canaries")
REASONS: Mapping[str, tuple[str, ...]] = {
    "normalise": ("white_space",), "length": ("prompt_too_short",), "pii": ("pii:email",), "near_duplicates": ("near_duplicate",),
}  # fmt: skip
KEYS = [("a.csv", str(n)) for n in range(6)] + [("b.csv", "0")]


@st.composite
def rows(draw: st.DrawFn) -> PipelineResult:
    """Some rows, each kept (with this or that text), changed, dropped for another, held or erased; and a canary."""
    told, kept = [], []
    for source, record in draw(st.lists(st.sampled_from(KEYS), unique=True)):
        content = draw(st.sampled_from(["one", "two"]))
        identity = digest([source, record, content])
        outcome = draw(st.sampled_from(["kept", "changed", "dropped", "held", "erased"]))
        step = draw(st.sampled_from(tuple(REASONS))) if outcome != "kept" else ""
        reasons = REASONS[step] if step else ()
        of = f"a.csv#{draw(st.integers(0, 5))}" if outcome == "dropped" and draw(st.booleans()) else ""
        split = draw(st.sampled_from(["train", "test"])) if outcome in ("kept", "changed") else ""
        refused = step if outcome in ("dropped", "held") else ""
        told.append(RowOutcome(source, record, outcome, reasons, refused, (), identity, of, split))
        if split:
            text = content + (draw(st.sampled_from(["", "!"])) if outcome == "changed" else "")
            origin = Origin(source, record, content, subject=draw(st.sampled_from(["", "C1"])))
            kept.append(Example(identity, (Message("user", text),), origin, labels=(f"split:{split}",)))
    if draw(st.booleans()):
        label = draw(st.sampled_from(["canary:c1", *(f"child-of:{e.id}" for e in kept[:1])]))
        made = digest(["canary", label])
        kept.append(
            Example(made, (Message("user", "code"),), Origin("canaries", "c1#1", made), labels=(label,))
        )
    kept.sort(key=lambda example: example.id)
    return PipelineResult(tuple(kept), tuple(told), (), (), {}, ())


STEPS = st.lists(st.sampled_from(NAMES), unique=True, min_size=1).map(
    lambda names: [{"name": name, "version": 1, "options": {}} for name in names]
)


def written(folder: Path, result: PipelineResult, steps: list[dict[str, Any]]) -> Path:
    folder.mkdir()
    # Tombstones are no outcome of the pipeline: they are written over it.
    plain = [replace(row, outcome="held") if row.outcome == "erased" else row for row in result.outcomes]
    counted = replace(result, outcomes=tuple(plain))
    write_snapshot(counted, folder, steps=steps, sources=("a.csv", "b.csv"), goldens=())
    write_outcomes(result.outcomes, folder / "outcomes.parquet")
    return folder


def lines(found: SnapshotDiff, way: int) -> Counter[tuple[str, ...]]:
    return Counter((i.source, i.record, *(i.before, i.after)[::way], i.cause.kind) for i in found.listed)


@settings(max_examples=25, deadline=None)
@given(old=rows(), new=rows(), old_steps=STEPS, new_steps=STEPS, seed=st.booleans(), golden=st.booleans())
def test_each_difference_has_one_cause_and_the_way_back_mirrors(
    old: PipelineResult,
    new: PipelineResult,
    old_steps: list[dict[str, Any]],
    new_steps: list[dict[str, Any]],
    seed: bool,
    golden: bool,
) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        a = written(Path(scratch) / "a", old, old_steps)
        b = written(Path(scratch) / "b", new, new_steps)
        recipes = {"seed": 1}, {"seed": 2 if seed else 1}
        goldens = ("g",) if golden else ()
        there = compare_inputs(
            *recipes, (old_steps, new_steps), goldens=goldens, sources={"a.csv": "changed"}
        )
        found = compare_snapshots(a, b, ("a", "b"), there, everything=True)
        again = compare_snapshots(
            a, a, ("a", "a"), compare_inputs({}, {}, (old_steps, old_steps)), everything=True
        )
        back_inputs = compare_inputs(
            *recipes[::-1], (new_steps, old_steps), goldens=goldens, sources={"a.csv": "changed"}
        )
        back = compare_snapshots(b, a, ("b", "a"), back_inputs, everything=True)
    assert (again.rows, again.same) == (0, True)
    assert len(found.listed) == found.rows == sum(count.rows for count in found.causes)
    assert {item.cause.kind for item in found.listed} <= set(KINDS)
    assert all(count.direct <= count.rows for count in found.causes)
    # A place whose row moved away and that another row moved to is named twice: once for each of the two rows.
    sides = [(i.source, i.record, i.what == "rehomed") for i in found.listed]
    assert len(set(sides)) == len(sides)
    tombs = [
        item for item in found.listed if "erased" in (item.before, item.after) and item.what != "rehomed"
    ]
    assert {item.cause.kind for item in tombs} <= {"erasure"}
    direct = {item.cause for item in found.listed if not item.through}
    assert {item.cause for item in found.listed if "#" in item.through} <= direct, "it follows from nothing"
    if [s["name"] for s in old_steps] == [s["name"] for s in new_steps]:
        assert lines(found, 1) == lines(back, -1)
    assert (found.added, found.removed) == (back.removed, back.added)


@given(STEPS, STEPS)
def test_an_order_of_both_keeps_the_order_of_the_first_and_loses_no_step(
    old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> None:
    before, after = [s["name"] for s in old], [s["name"] for s in new]
    merged = merged_order(before, after)
    assert sorted(merged) == sorted({*before, *after})
    assert [name for name in merged if name in before] == before
    changes = step_changes(old, new)
    left = [name for name in before if name not in changes]
    assert left == [name for name in after if name not in changes]
    assert set(changes) == set(step_changes(new, old)) or len(changes) == len(step_changes(new, old))
