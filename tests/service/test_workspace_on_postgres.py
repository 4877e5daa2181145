"""A whole workspace with its records, events and reviews on PostgreSQL: the same digests as on SQLite, and nothing lost
where two do the same thing at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
import yaml

from tests.fixtures.postgres import Pool
from tests.fixtures.served_workspace import write_workspace
from tunewright.core.errors import ConflictError, TunewrightError
from tunewright.flows.audit import verify
from tunewright.flows.evaluate import evaluate
from tunewright.flows.impact import impact
from tunewright.flows.keys import create_key
from tunewright.flows.prepare import prepare
from tunewright.flows.promote import promote
from tunewright.flows.review import decide_finding, review_queue
from tunewright.flows.serve import running_gateway
from tunewright.flows.snapshots import outcomes
from tunewright.flows.trace import trace
from tunewright.flows.train import train
from tunewright.flows.workspace import Workspace
from tunewright.store import db

pytestmark = pytest.mark.service
REPOSITORY = Path(__file__).parents[2]
HELD = 6


@pytest.fixture
def on_postgres(postgres_pool: Pool) -> Iterator[Callable[[], str]]:
    """Takes an empty database."""
    taken: list[str] = []

    def take() -> str:
        taken.append(postgres_pool.take())
        return f"{postgres_pool.server}/{taken[-1]}"

    yield take
    for name in taken:
        postgres_pool.give_back(name)


def make(root: Path, base: Path | str = "builtin") -> Path:
    """A workspace six of whose rows are held for a person."""
    write_workspace(root, base)
    with (root / "tickets.jsonl").open("a") as out:
        for at in range(HELD):
            turns = [("user", f"please write to ada{at}@example.org about case {at}"), ("assistant", "cards")]
            told = [{"role": role, "content": content} for role, content in turns]
            out.write(json.dumps({"id": f"P{at}", "messages": told}) + "\n")
    path = root / "tunewright.yaml"
    told = yaml.safe_load(path.read_text())
    pii = {"use": "pii", "options": {"redact_from": 1.0, "hold_from": 0.3}}
    told["data"]["steps"] = [{"use": "normalise"}, pii, {"use": "near_duplicates"}, {"use": "split"}]
    path.write_text(yaml.safe_dump(told))
    return root


@dataclass
class Seen:
    """What a whole job left."""

    snapshots: list[str]
    rows: list[str]
    model: str
    scores: list[str]
    environment: str
    actions: list[str]


def whole_job(root: Path) -> Seen:
    """Build, review, build, train, evaluate, promote, ask, trace, impact, verify."""
    with Workspace.open(root, actor="tester") as ws:
        first = prepare(ws)
        assert first.counts["held"] == HELD
        waiting = review_queue(ws).items
        assert len(waiting) == HELD
        for number, item in enumerate(sorted(waiting, key=lambda item: item.finding.key)):
            decide_finding(ws, item.finding.key, "confirmed" if number % 2 else "dismissed", scope="one")
        second = prepare(ws)
        assert second.counts.get("held", 0) == 0
        model = train(ws).model
        report = evaluate(ws, f"support@{model.version}")
        promote(ws, f"support@{model.version}", environment="production")
        key = create_key(ws, "test").key
        with running_gateway(ws) as gateway:
            body = {"model": "support", "messages": [{"role": "user", "content": "lost card please"}]}
            answer = httpx.post(
                f"{gateway.url}/v1/chat/completions",
                json=body,
                headers={"authorization": f"Bearer {key}"},
                timeout=60,
                trust_env=False,
            )
            assert answer.status_code == 200, answer.text
        exchange = answer.json()["id"]
        assert trace(ws, exchange)
        assert impact(ws, "tickets.jsonl#P1")
        assert verify(ws)
        scores = ws.project.records.latest("run", "evaluate")
        assert report is not None
        assert scores is not None
        return Seen(
            snapshots=[first.ref.digest, second.ref.digest],
            rows=[json.dumps(row, sort_keys=True, default=str) for row in outcomes(ws)],
            model=model.digest,
            scores=[f"{score.metric} {score.slice} {score.value}" for score in scores.scores],
            environment=str(ws.models()[0].environments),
            actions=[event.action for event in ws.project.audit.events()],
        )


def test_the_whole_job_gives_the_same(
    tmp_path: Path, tiny_base: Path, on_postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("trl")
    here = whole_job(make(tmp_path / "sqlite" / "bank", tiny_base))
    monkeypatch.setenv(db.DATABASE_URL_VARIABLE, on_postgres())
    there = whole_job(make(tmp_path / "postgresql" / "bank", tiny_base))
    assert there == here
    assert not list((tmp_path / "postgresql" / "bank" / ".tunewright").glob("tunewright.db*"))


@pytest.fixture
def bank(tmp_path: Path, on_postgres, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace on PostgreSQL."""
    monkeypatch.setenv(db.DATABASE_URL_VARIABLE, on_postgres())
    return make(tmp_path / "bank")


def test_of_two_builders_one_builds(bank: Path) -> None:
    code = (
        "import sys, json; from tunewright.cli.main import main;"
        "sys.exit(main(['data', 'build', '--workspace', sys.argv[1], '--json']))"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(bank)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=REPOSITORY,
            env=os.environ,
        )
        for _ in range(3)
    ]
    answers = [(child.communicate(timeout=300)[0], child.returncode) for child in children]
    told = [json.loads(text) for text, status in answers if status == 0]
    refused = [json.loads(text) for text, status in answers if status != 0]
    assert sum(answer["created"] for answer in told) == 1
    assert {answer["error"]["error"] if "error" in answer and isinstance(answer["error"], dict) else answer["error"]
            for answer in refused} <= {"ConflictError"}  # fmt: skip
    with Workspace.open(bank) as ws:
        assert len(ws.project.records.find("snapshot")) == 1
        verify(ws)


def test_of_reviewers_at_once_one_decides_each_finding(bank: Path) -> None:
    with Workspace.open(bank, actor="tester") as ws:
        prepare(ws)
        keys = sorted(item.finding.key for item in review_queue(ws).items)
    refused: list[TunewrightError] = []

    def decide(actor: str) -> None:
        with Workspace.open(bank, actor=actor) as ws:
            for key in keys:
                try:
                    decide_finding(ws, key, "confirmed", scope="one", seen_generation=0)
                except TunewrightError as error:
                    refused.append(error)

    threads = [threading.Thread(target=decide, args=(actor,)) for actor in ("ada", "grace", "mary")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {type(error) for error in refused} <= {ConflictError}
    assert len(refused) == 2 * len(keys)
    with Workspace.open(bank) as ws:
        table = db.metadata.tables["review_votes"]
        with ws.project.reader() as connection:
            found = [row.finding_key for row in connection.execute(sa.select(table.c.finding_key))]
        assert sorted(found) == keys
        assert prepare(ws).counts.get("held", 0) == 0
        verify(ws)


def test_ray_and_postgresql_together(bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="needs ray: pip install 'tunewright[ray]'")
    on_ray = ("runtime.executor=ray", "runtime.workers=2", "runtime.ray.object_store_mb=100")
    with Workspace.open(bank, overrides=on_ray) as ws:
        there = prepare(ws)
        verify(ws)
    monkeypatch.delenv(db.DATABASE_URL_VARIABLE)
    with Workspace.open(make(tmp_path / "here" / "bank")) as ws:
        assert prepare(ws).ref == there.ref
