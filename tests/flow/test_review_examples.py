"""Experts' corrections and rejections in the next build; samples of what was not flagged, as evidence for the gate."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.registered import ROLES, recorded
from tests.fixtures.review_workspace import acting, kept_row, make_workspace, rows, write_rows
from tunewright.cli.main import main
from tunewright.core.canonical import digest
from tunewright.core.errors import ConflictError, DeniedError, GateRefusedError, NotFoundError, UsageError
from tunewright.core.policy import Evidence
from tunewright.core.types import Record
from tunewright.data.review_samples import Answer, draw, estimate
from tunewright.data.snapshot import load_snapshot, verify_snapshot
from tunewright.flows.prepare import prepare
from tunewright.flows.review import decide_finding, review_queue
from tunewright.flows.review_examples import (
    example_detail,
    example_queue,
    judge_example,
    stale_judgements,
    undo_example,
)
from tunewright.flows.review_samples import answer_sample, draw_sample, residual, sample_queue
from tunewright.flows.snapshots import find_snapshot, why_not
from tunewright.flows.workspace import Workspace
from tunewright.registry.case import is_recorded
from tunewright.registry.policy_file import load_policy
from tunewright.registry.promote import judge_version, record_decision, verify_decision
from tunewright.registry.versions import register, subject_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_workspace(tmp_path / "work")
    with acting(root, "builder") as ws:
        prepare(ws)
    return root


def row(ws: Workspace, locator: str) -> str:
    return str(kept_row(ws, locator)["id"])


def test_a_correction_becomes_the_answer_and_goes_through_every_step(root: Path) -> None:
    with acting(root, "ann") as ws:
        key = row(ws, "R20")
        before = kept_row(ws, key)
        done = judge_example(ws, key[:12], "corrected", correction="Write to jane.roe@example.com.", rating=2)
        assert done.state == "pending"
        prepare(ws)
        after = kept_row(ws, key)
        assert after["messages"][-1]["content"] == "Write to [EMAIL]."
        assert after["history"] == ["review@1", "pii@3"]
        assert [after[name] for name in ("id", "source", "locator", "origin_digest")] == [
            before[name] for name in ("id", "source", "locator", "origin_digest")
        ]
        assert example_detail(ws, key)[0].state == "corrected"
        fate = why_not(ws, "chats.jsonl#R20")
        assert fate.reasons == ("corrected", "pii:email")
        # The finding has its place in the original answer, in what the correction replaced.
        place = fate.findings[0]
        assert place["turn"] == 1
        assert 0 <= place["start"] <= place["end"] <= len(before["messages"][1]["content"])
        assert not prepare(ws).created
        verify_snapshot(ws.project.records.folder(find_snapshot(ws)))
        assert undo_example(ws, key).judgement is None
        prepare(ws)
        assert kept_row(ws, key)["messages"] == before["messages"]
        events = json.dumps([event.body for event in ws.project.audit.events(action="review.example")])
        assert "jane" not in events


def test_a_rejected_example_is_out_and_says_why(root: Path) -> None:
    with acting(root, "ann") as ws:
        key = row(ws, "R21")
        judge_example(ws, key, "rejected", rating=1, note="nobody asked this")
        prepare(ws)
        fate = why_not(ws, "chats.jsonl#R21")
        assert (fate.outcome, fate.step, fate.reasons) == ("dropped", "review", ("rejected",))
        assert [item.because for item in stale_judgements(ws)] == ["applied"]
        with pytest.raises(NotFoundError):
            judge_example(ws, key, "approved")


def test_an_approval_is_of_the_text_that_was_seen(root: Path) -> None:
    with acting(root, "ann") as ws:
        key = row(ws, "R30")
        judge_example(ws, key, "approved", rating=5)
        assert not prepare(ws).created
        assert example_detail(ws, key)[0].state == "approved"
        other = row(ws, "R31")
        judge_example(ws, other, "approved")
        content = rows()
        content[31]["messages"][1]["content"] = "Another answer."
        del content[30]["messages"][0]
        write_rows(root, content)
        prepare(ws)
        assert {item.judgement.locator: item.because for item in stale_judgements(ws)} == {
            "R30": "gone",
            "R31": "changed",
        }
        write_rows(root, rows())
        prepare(ws)
        assert stale_judgements(ws) == ()


def test_an_approval_of_another_text_is_stale(root: Path) -> None:
    with acting(root, "ann") as ws:
        finding = next(item.finding for item in review_queue(ws).items if item.finding.record == "R0")
        decide_finding(ws, finding.key, "dismissed")
        prepare(ws)
        key = row(ws, "R0")
        judge_example(ws, key, "approved")
        assert example_detail(ws, key)[0].state == "approved"
        decide_finding(ws, finding.key, "confirmed", seen_generation=1)
        prepare(ws)
        assert example_detail(ws, key)[0].state == "stale"


def test_two_experts_on_one_example(root: Path) -> None:
    with acting(root, "ann") as ann, acting(root, "bob") as bob:
        key = row(ann, "R25")
        judge_example(ann, key, "approved", note="private thoughts", seen_generation=0)
        with pytest.raises(ConflictError, match="ann approved") as refused:
            judge_example(bob, key, "rejected", seen_generation=0)
        assert "private" not in str(refused.value.as_json())
        with pytest.raises(ConflictError):
            judge_example(bob, key, "rejected")
        with pytest.raises(DeniedError):
            undo_example(bob, key)
        judge_example(bob, key, "rejected", seen_generation=1)
        with pytest.raises(ConflictError, match="changed the text"):
            judge_example(bob, key, "approved", seen_digest="0" * 64)
        item, history = example_detail(ann, key)
        assert (item.state, [entry.actor for entry in history]) == ("pending", ["ann", "bob"])
        assert undo_example(bob, key).judgement.verdict == "approved"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": "fine"},
        {"verdict": "approved", "rating": 6},
        {"verdict": "approved", "correction": "x"},
        {"verdict": "corrected"},
        {"verdict": "corrected", "correction": "  "},
        {"verdict": "corrected", "correction": "a\x00"},
    ],
)
def test_judgements_that_are_none(root: Path, wrong: dict[str, object]) -> None:
    with acting(root, "ann") as ws, pytest.raises(UsageError):
        judge_example(ws, row(ws, "R20"), **wrong)  # type: ignore[arg-type]


def test_the_queue_of_examples(root: Path) -> None:
    with acting(root, "ann") as ws:
        seen: list[str] = []
        for page in range(1, 12):
            seen += [item.id for item in example_queue(ws, page=page, page_size=5).items]
        assert len(seen) == len(set(seen)) == 52
        assert [item.id for item in example_queue(ws, seed=1).items] != seen[:20]
        judge_example(ws, seen[3], "approved")
        assert seen[3] not in [item.id for item in example_queue(ws).items]
        judged = example_queue(ws, state="judged")
        assert ([item.id for item in judged.items], judged.judged) == ([seen[3]], 1)
        assert example_queue(ws, state="doubted").total == 0
        assert example_queue(ws, order="doubt").total == 51
        with pytest.raises(UsageError):
            example_queue(ws, state="all", page_size=0)


def test_a_sample_is_drawn_by_strata_and_the_same_again(root: Path) -> None:
    population = [(f"{n:04}", "a.jsonl" if n % 10 else "b.jsonl", n % 7 == 0) for n in range(1000)]
    one = draw(population, "5" * 64, size=100, seed=3)
    assert draw(reversed(population), "5" * 64, size=100, seed=3) == one
    assert draw(population, "5" * 64, size=100, seed=4).strata != one.strata
    assert [(s.source, s.noticed, s.population, len(s.drawn)) for s in one.strata] == [
        ("a.jsonl", False, 772, 78), ("a.jsonl", True, 128, 13), ("b.jsonl", False, 85, 9), ("b.jsonl", True, 15, 2),
    ]  # fmt: skip
    assert sorted(one.order) == sorted(key for stratum in one.strata for key in stratum.drawn)
    # Every id of a stratum is drawn equally often.
    drawn = Counter(
        key for seed in range(400) for key in draw(population, "5" * 64, size=100, seed=seed).order
    )
    expected = {key: 400 * len(s.drawn) / s.population for s in one.strata for key in s.drawn}
    assert all(abs(drawn[key] - expected[key]) < 5 * expected[key] ** 0.5 for key in expected)
    with pytest.raises(UsageError):
        draw([], "5" * 64, size=10, seed=0)


def test_the_worse_answer_counts_and_an_unfinished_sample_says_nothing() -> None:
    sample = draw([(f"{n:03}", "a", False) for n in range(50)], "5" * 64, size=10, seed=0)
    clean = Answer("", False, (), False, "ann", "2026")
    answers = {key: [clean] for key in sample.order}
    assert [score.value for score in estimate(sample, answers).scores] == [0.0, 0.0]
    answers[sample.order[0]].append(replace(clean, pii=True, kinds=("name",), actor="bob"))
    found = estimate(sample, answers)
    assert (found.pii, found.errors, found.disagreed, found.kinds) == (1, 0, 1, {"name": 1})
    assert found.scores[0].value == 100.0
    assert found.scores[0].low <= 20.0 + 1e-9 <= found.scores[0].high
    del answers[sample.order[1]]
    with pytest.raises(UsageError, match="1 of 10"):
        estimate(sample, answers)


POLICY = """
name: data
version: 1
environments:
  staging:
    rules:
      - {{name: seen, kind: evidence, runs: [review], max_age_days: 30}}
      - {{name: little-left, kind: score_at_most, metric: residual_pii_per_1000, at_most: {at_most}}}
"""


def trained_on(ws: Workspace, snapshot: Record, number: int) -> Record:
    base = recorded(ws.project, "base", "tiny", f"b{number}", f"base{number}", digest=f"base{number}")
    run = recorded(
        ws.project, "run", "train", str(number), f"w{number}", (snapshot.ref, base.ref), train={}, threads=1
    )
    served = {name: digest([name, number]) for name in ("base", "weights", "tokenizer", "chat_template")}
    return register(
        ws.project,
        name="support",
        snapshot=snapshot,
        base=base,
        run=run,
        served={**served, "quantisation": "none"},
    )


def judged(ws: Workspace, model: Record, at_most: float, tmp_path: Path) -> object:
    path = tmp_path / f"policy-{at_most}.yaml"
    path.write_text(POLICY.format(at_most=at_most), encoding="utf-8")
    return judge_version(ws.project, load_policy(path), model, "staging", primary="exact_match", roles=ROLES)


def test_the_gate_requires_what_people_found_in_the_data(root: Path, tmp_path: Path) -> None:
    with acting(root, "ann") as ws:
        snapshot = find_snapshot(ws)
        with pytest.raises(NotFoundError, match="no sample"):
            residual(ws)
        sample = draw_sample(ws, size=30, seed=1)
        assert draw_sample(ws, size=30, seed=1) == sample
        with pytest.raises(UsageError, match="no answer yet"):
            residual(ws)
        model = trained_on(ws, snapshot, 1)
        with pytest.raises(GateRefusedError):
            record_decision(ws.project, judged(ws, model, 200, tmp_path))  # type: ignore[arg-type]
        while items := sample_queue(ws, page_size=7).items:
            for item in items:
                hit = item.id == sample.order[4]
                answer_sample(ws, item.id[:16], pii=hit, error=False, kinds=("name",) if hit else ())
        with pytest.raises(NotFoundError, match="not in the sample"):
            answer_sample(
                ws, row(ws, "R9") if row(ws, "R9") not in sample.order else "f" * 64, pii=False, error=False
            )
        seen = residual(ws, record_it=False)
        assert seen.run is None
        found = residual(ws)
        assert found.run is not None
        pii, error = found.scores
        population = len(load_snapshot(ws.project.records.folder(snapshot)))
        assert (pii.metric, pii.n, found.residual.kinds) == (
            "residual_pii_per_1000",
            len(sample.order),
            {"name": 1},
        )
        assert pii.value == pytest.approx(1000 / len(sample.order), rel=0.1)
        assert 1000 / population - 1e-9 <= pii.low <= pii.value <= pii.high <= 200
        assert error.value == error.low == 0
        # Passed by a bound above the upper end, refused by one below: the same evidence, another model of the same data.
        record_decision(ws.project, judged(ws, model, 200, tmp_path))  # type: ignore[arg-type]
        # The gateway replays the decision and compares its evidence with the records before it loads a version.
        assert verify_decision(ws.project, "support", "staging").evidence == (found.run,)
        forged = Evidence(
            ref=found.run, run="review", subject_digest=subject_of(model), at=ws.project.now(), scores=(pii,)
        )
        assert not is_recorded(forged, ws.project.records.get(found.run), model)
        with pytest.raises(GateRefusedError) as refused:
            record_decision(ws.project, judged(ws, trained_on(ws, snapshot, 2), 5, tmp_path))  # type: ignore[arg-type]
        assert "residual_pii_per_1000" in str(refused.value.verdict)
        # Evidence of one snapshot says nothing about a model trained on another.
        judge_example(ws, row(ws, "R40"), "rejected")
        prepare(ws)
        with pytest.raises(GateRefusedError):
            record_decision(ws.project, judged(ws, trained_on(ws, find_snapshot(ws), 3), 200, tmp_path))  # type: ignore[arg-type]
        with pytest.raises(NotFoundError):
            sample_queue(ws)
        ws.project.audit.verify()


def test_the_commands(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> str:
        assert main([*arguments, "-C", str(root), "--as", "ann"]) == 0
        return capsys.readouterr().out

    drawn = json.loads(run("review", "sample", "--size", "4", "--limit", "50", "--json"))
    for item in drawn["items"]:
        assert "nothing left" in run("review", "answer", item["id"][:16])
    assert "personal data and an error" in run("review", "answer", item["id"], "--pii", "name", "--error")
    assert "record" in run("review", "residual")
    assert "wait in 5 clusters" in run("review", "progress")
    assert "52 examples, 0 judged" in run("review", "examples")
    key = json.loads(run("review", "examples", "--json"))["items"][0]["id"]
    assert "approved, rated 4" in run("review", "judge", key[:12], "approved", "--rating", "4")
    assert "not judged" in run("review", "judge", key[:12], "undo")
    assert run("review", "examples", "--stale") == ""
