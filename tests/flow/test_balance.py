"""Coverage, balance and review ages on a workspace: commands, snapshots, the clock, and lineage of children."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tunewright.cli.main import main
from tunewright.core.errors import ConfigError, DataError
from tunewright.data.snapshot import load_manifest, load_rows, load_snapshot, verify_snapshot
from tunewright.data.steps.resample import with_repeats
from tunewright.flows.coverage import coverage
from tunewright.flows.prepare import prepare
from tunewright.flows.review_age import ages_of, ages_of_rows, share_of
from tunewright.flows.snapshots import find_snapshot, outcomes, report
from tunewright.flows.watch import training_prompts
from tunewright.flows.workspace import Workspace
from tunewright.redteam.membership import choose

_AREAS = {
    "card": ("card", "blocked", "chip", "reader", "terminal", "arrived", "plastic", "reissued"),
    "loan": ("loan", "instalment", "repay", "mortgage", "lender", "interest", "term", "approval"),
    "fees": ("fee", "charge", "commission", "tariff", "invoice", "billed", "monthly", "waived"),
}
_PEOPLE = (
    "my husband said he",
    "my wife said she",
    "John told me he",
    "I think I",
    "we believe we",
    "my sister says she",
)


def rows(count: int, start: int = 0) -> list[dict[str, Any]]:
    import random

    draw = random.Random(start)
    found = []
    for n in range(count):
        area = ("card", "card", "card", "loan", "fees")[n % 5]
        words = " ".join(draw.sample(_AREAS[area], 5))
        text = f"{_PEOPLE[n % 6]} lost the {words} number {start + n} near {draw.choice(['Berlin', 'Oslo', 'the office'])}"
        found.append(
            {
                "id": f"T{start + n}", "user_id": f"P{n % 50}", "created_at": f"2026-0{1 + n % 6}-10",
                "messages": [{"role": "user", "content": text}, {"role": "assistant", "content": json.dumps({"intent": area})}],
            }
        )  # fmt: skip
    return found


def write_jsonl(path: Path, lines: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "bank"
    root.mkdir()
    write_jsonl(tmp_path / "tickets.jsonl", rows(500))
    poems = [
        {"id": f"G{n}", "messages": [{"role": "user", "content": f"Write a poem about river {n} and {n * 7} herons"},
                                     {"role": "assistant", "content": f"River {n} runs slowly to the sea."}]}
        for n in range(200)
    ]  # fmt: skip
    write_jsonl(tmp_path / "poems.jsonl", poems)
    golden = [
        {"id": f"g{n}", "input": f"question about {words} please", "reference": "x"}
        for n, words in enumerate(
            " ".join(_AREAS[area][n % 4 : n % 4 + 4]) + f" {n}" for n in range(20) for area in _AREAS
        )
    ]
    write_jsonl(tmp_path / "golden.jsonl", golden)
    configure(root)
    return root


def configure(
    root: Path, steps: list[dict[str, Any]] | None = None, general: bool = True, **data: Any
) -> None:
    sources: list[dict[str, Any]] = [
        {"path": "../tickets.jsonl", "form": "messages", "received": "2026-06-01"}
    ]
    if general:
        sources.append(
            {"path": "../poems.jsonl", "form": "messages", "role": "general", "received": "2026-06-01"}
        )
    wanted = [
        {"use": "normalise"}, {"use": "pii"}, {"use": "off_topic"}, {"use": "split"},
        {"use": "resample", "options": {"by": "label", "field": "intent", "most_left_out": 0.7}},
        {"use": "mix", "options": {"share": 0.2}},
        {"use": "counterfactuals", "options": {"share": 0.3}},
        {"use": "canaries"},
    ]  # fmt: skip
    text = {
        "model": {"name": "bank"},
        "data": {"sources": sources, "golden": ["../golden.jsonl"], "steps": steps or wanted, **data},
    }
    (root / "tunewright.yaml").write_text(yaml.safe_dump(text), encoding="utf-8")


@pytest.fixture
def ws(folder: Path) -> Iterator[Workspace]:
    from tunewright.store.project import Project

    Project.create(folder, actor="tester").close()
    with Workspace.open(folder, actor="tester") as opened:
        yield opened


def test_a_build_with_all_three_steps(ws: Workspace) -> None:
    built = prepare(ws)
    folder = built.folder
    verify_snapshot(folder)
    kept = load_snapshot(folder)
    train = [e for e in kept if e.label("split") == "train"]
    task = [e for e in train if e.origin.source == "tickets.jsonl" and not e.label("child-of")]
    intents = Counter(json.loads(e.messages[-1].content)["intent"] for e in task)
    assert max(intents.values()) == min(intents.values())
    general = [e for e in kept if e.origin.source == "poems.jsonl"]
    assert {e.label("split") for e in general} == {"train"}
    assert len(general) == int(0.25 * len(task))
    children = [e for e in kept if e.label("child-of")]
    assert children
    by_id = {e.id: e for e in kept}
    for child in children:
        parent = by_id[child.label("child-of")]
        assert child.origin == parent.origin
        assert child.messages != parent.messages
        assert child.messages[-1] == parent.messages[-1]
        assert child.history[-1] == "counterfactuals@1"
    assert len(children) <= 0.3 * len(task)
    manifest = load_manifest(folder)
    assert manifest.canaries == sum(bool(e.label("canary")) for e in kept)
    seen = Counter(row["outcome"] for row in outcomes(ws))
    assert seen.total() == 700
    reasons = {reason for row in outcomes(ws) if row["outcome"] == "dropped" for reason in row["reasons"]}
    assert {"resample:card", "mix:surplus"} <= reasons
    # Nothing that compares what was trained on with what was held out, or with what users send, mistakes them for the task's.
    members = choose(train, 10_000, "member")
    assert {e.origin.source for e in members} == {"tickets.jsonl"}
    assert len(members) == len(task)
    assert not [text for text in training_prompts(folder) if "poem" in text]
    assert len(with_repeats(train)) == len(train)
    steps = {step["step"]: step for step in report(ws)[1]["steps"]}
    assert steps["mix"]["measured"]["general"] == len(general)
    assert steps["counterfactuals"]["added"] == len(children)
    assert steps["counterfactuals"]["measured"]["pronouns"] > 0


def test_the_same_again_and_lineage_finds_the_children(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    first = prepare(ws)
    child = next(e for e in load_snapshot(first.folder) if e.label("child-of"))
    assert not prepare(ws).created
    where = f"{child.origin.source}#{child.origin.locator}"
    assert main(["audit", "impact", where, "--json", "-C", str(ws.root)]) == 0
    assert child.id in capsys.readouterr().out
    assert main(["data", "show", child.id[:16], "--json", "-C", str(ws.root)]) == 0
    assert child.label("child-of") in capsys.readouterr().out


def test_a_general_source_without_mix_is_refused(ws: Workspace, folder: Path) -> None:
    configure(folder, steps=[{"use": "split"}])
    with Workspace.open(folder, actor="tester") as again, pytest.raises(ConfigError, match="role: general"):
        prepare(again)


class _Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 7, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


def opened(folder: Path, clock: _Clock) -> Workspace:
    from tunewright.flows.config import load_configuration
    from tunewright.store.project import Project

    configuration = load_configuration(folder / "tunewright.yaml")
    return Workspace(folder, configuration, Project.open(folder, clock=clock, actor="tester"))


def test_the_clock_warns_and_refuses_but_never_changes_a_snapshot(folder: Path) -> None:
    from tunewright.store.project import Project

    Project.create(folder, actor="tester").close()
    clock = _Clock()
    policy = {"months": 6, "share": 0.5, "on_breach": "warn"}
    configure(folder, re_review=policy)
    with opened(folder, clock) as early:
        first = prepare(early)
        assert first.warnings == ()
        assert share_of(early, find_snapshot(early)).due == 0
    clock.at += timedelta(days=400)
    with opened(folder, clock) as later:
        again = prepare(later)
        assert not again.created
        assert "were not looked at by a person in 6 months" in again.warnings[0]
        ages = ages_of(later, find_snapshot(later))
        assert all(age.due and age.how == "never" for age in ages)
        one = next(age for age in ages)
        told = ages_of_rows(later, find_snapshot(later), load_rows(first.folder))
        assert told[one.example] == one
        assert len(ages) == sum(not e.label("canary") for e in load_snapshot(first.folder))
    configure(folder, re_review={**policy, "on_breach": "refuse"})
    with opened(folder, clock) as strict:
        with pytest.raises(DataError, match=r"data\.re_review allows"):
            prepare(strict)
        assert strict.project.records.latest("snapshot", "bank") is not None
    # Another day, another workspace, the same inputs: the same snapshot, to the digest.
    other = folder.parent / "other"
    other.mkdir()
    configure(other)
    Project.create(other, actor="tester").close()
    with opened(other, clock) as elsewhere:
        assert prepare(elsewhere).merkle_root == first.merkle_root


def test_the_command_prints_the_gap_and_writes_the_page(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tunewright.store.project import Project

    Project.create(folder, actor="tester").close()
    lines = [row for row in rows(500) if "loan" not in row["messages"][1]["content"]]
    write_jsonl(folder.parent / "tickets.jsonl", lines)
    configure(folder, steps=[{"use": "normalise"}, {"use": "split"}, {"use": "canaries"}], general=False)
    assert main(["data", "build", "--quiet", "-C", str(folder)]) == 0
    capsys.readouterr()
    assert main(["data", "coverage", "--quiet", "--json", "-C", str(folder)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["references"] == {"golden": 60}
    words = {word for gap in told["gaps"] for word in gap["words"]}
    assert words & set(_AREAS["loan"])
    page = Path(told["page"])
    assert page.is_file()
    assert page.parent.parent == folder / ".tunewright"
    target = folder / "mine.html"
    assert main(["data", "coverage", "--quiet", "--to", str(target), "-C", str(folder)]) == 0
    assert "gap" in capsys.readouterr().out
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main(["data", "report", "--json", "-C", str(folder)]) == 0
    assert json.loads(capsys.readouterr().out)["review_age"]["examples"] > 200
    assert main(["data", "coverage", "--embed", "nonsense", "--quiet", "-C", str(folder)]) == 5


def test_what_is_due_is_listed_until_somebody_looks(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(ws)
    common = ["-C", str(ws.root), "--set", "data.re_review={months: 1}", "--json", "--as", "tester"]
    assert main(["review", "due", "--limit", "5", *common]) == 0
    told = json.loads(capsys.readouterr().out)
    days = [age["age_days"] for age in told["due"]]
    assert days == sorted(days, reverse=True)
    assert len(days) == 5
    one = told["due"][0]["example"]
    assert main(["data", "show", one, *common]) == 0
    assert json.loads(capsys.readouterr().out)["review"]["how"] == "never"
    assert main(["review", "judge", one, "approved", *common]) == 0
    capsys.readouterr()
    assert main(["data", "show", one, *common]) == 0
    review = json.loads(capsys.readouterr().out)["review"]
    assert (review["how"], review["age_days"], review["due"]) == ("approval", 0, False)
    assert main(["review", "due", "--limit", "500", *common]) == 0
    later = json.loads(capsys.readouterr().out)
    assert one not in {age["example"] for age in later["due"]}
    assert later["review_age"]["due"] < told["review_age"]["due"]
    assert later["review_age"]["never"] < told["review_age"]["never"]
    plain = [word for word in common if word != "--json"]
    assert main(["review", "due", *plain]) == 0
    assert "never; came" in capsys.readouterr().out
    assert main(["data", "show", one, *plain]) == 0
    assert "Looked at by a person" in capsys.readouterr().out


def test_production_is_compared_when_there_is_some(ws: Workspace) -> None:
    from sqlalchemy import insert

    from tunewright.store.db import exchanges

    prepare(ws)
    asked = [f"is bitcoin taxed when I swap token {n}" for n in range(60)]
    with ws.project.transaction() as connection:
        connection.execute(
            insert(exchanges),
            [
                {"id": f"x{n:04d}", "at": f"2026-07-01T10:00:{n:02d}.000000Z", "key_id": "k", "model_name": "bank",
                 "version": "1.0.0", "subject_digest": "d" * 64, "variant": "", "user": "", "finish_reason": "stop",
                 "body": {"messages": [{"role": "user", "content": text}], "answer": "ok"}, "prompt_tokens": 3,
                 "completion_tokens": 1, "latency_ms": 1.0, "flags": []}
                for n, text in enumerate(asked)
            ],
        )  # fmt: skip
    found = coverage(ws)
    assert found.coverage.references["production"] == 60
    assert any(gap.side == "production" and "taxed" in gap.words for gap in found.coverage.gaps)
    assert "production" not in coverage(ws, exchanges=0).coverage.references
