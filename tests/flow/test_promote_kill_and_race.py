"""Real processes: killed with SIGKILL at every step of a promotion and a rollback, and racing for one alias."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fixtures.registered import ROLES, new_version, with_evidence
from tunewright.core.errors import ConflictError
from tunewright.registry import aliases
from tunewright.registry.policy_file import default_policy_bytes, parse_policy
from tunewright.registry.promote import judge_version, promote, record_decision, verify_decision
from tunewright.registry.rollback import rollback
from tunewright.store import db
from tunewright.store.project import Project

POLICY = parse_policy(default_policy_bytes())
_FILE_EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.link", "os.chmod"}


def staged(project: Project) -> tuple[int, str]:
    """(generation, version) of staging."""
    with project.reader() as connection:
        alias = aliases.current(connection, "support", "staging")
    return (alias.generation, alias.version) if alias else (0, "")


@contextmanager
def killed_at(project: Project, step: int) -> Iterator[list[int]]:
    """Die by SIGKILL at the n-th step: every statement before and after it runs, every commit, every file event."""
    seen = [0]

    def tick() -> None:
        seen[0] += 1
        if seen[0] == step:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute"):
        sa.event.listen(project.engine, name, lambda *_args: tick())
    sa.event.listen(project.engine, "commit", lambda *_args: tick())
    active = [True]

    def hook(event: str, _args: object) -> None:
        if active[0] and event in _FILE_EVENTS:
            tick()

    sys.addaudithook(hook)
    try:
        yield seen
    finally:
        active[0] = False


Work = Callable[[Project], object]


def in_child(root: Path, step: int, prepare: Callable[[Project], Work]) -> int:
    """Run the work ``prepare`` makes in a fork that dies at ``step``; answers its status (0: it got to its end)."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with Project.open(root, actor="bob") as project:
                work = prepare(project)
                with killed_at(project, step):
                    work(project)
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def promotion(project: Project) -> Work:
    """Judging only reads; the steps that are killed are those that write."""
    model = project.records.find("model", "support")[-1]
    judged = judge_version(project, POLICY, model, "staging", primary="exact_match", roles=ROLES)
    return lambda writing: record_decision(writing, judged)


def rolling_back(_project: Project) -> Work:
    return lambda writing: rollback(writing, "support", "staging")


@pytest.mark.slow
def test_a_promotion_killed_anywhere_is_before_or_after(tmp_path: Path) -> None:
    root = tmp_path / "p"
    with Project.create(root, actor="alice") as project:
        _versions(project, 2)
        promote(
            project,
            POLICY,
            project.records.find("model", "support")[0],
            "staging",
            primary="exact_match",
            roles=ROLES,
        )
    outcomes = _kill_through(root, promotion)
    assert outcomes.count(False) >= 10
    assert outcomes.count(True) >= 3


@pytest.mark.slow
def test_a_rollback_killed_anywhere_is_before_or_after(tmp_path: Path) -> None:
    root = tmp_path / "p"
    with Project.create(root, actor="alice") as project:
        _versions(project, 2)
        for model in project.records.find("model", "support"):
            promote(project, POLICY, model, "staging", primary="exact_match", roles=ROLES)
    outcomes = _kill_through(root, rolling_back, restore=promotion)
    assert outcomes.count(False) >= 8
    assert outcomes.count(True) >= 3


def _versions(project: Project, count: int) -> None:
    for number in range(count):
        with_evidence(project, new_version(project, rate=0.1 + number))


def _kill_through(
    root: Path, prepare: Callable[[Project], Work], restore: Callable[[Project], Work] | None = None
) -> list[bool]:
    """Kill ``work`` at step 1, 2, ... until it lives; checks the state after each; answers whether it had happened."""
    happened: list[bool] = []
    for step in range(1, 400):
        with Project.open(root, actor="bob") as project:
            if restore is not None and happened and happened[-1]:
                restore(project)(project)
            before = staged(project)
        status = in_child(root, step, prepare)
        with Project.open(root, actor="bob") as project:
            after = staged(project)
            report = project.audit.verify()
            decision = verify_decision(project, "support", "staging")
            moves = _moves(project)
        assert decision.model.version == after[1]
        assert after[0] in (before[0], before[0] + 1)
        assert moves == after[0]
        assert report.events > 0
        happened.append(after != before)
        if status == 0:
            assert happened[-1]
            return happened
        assert os.WIFSIGNALED(status)
        assert os.WTERMSIG(status) == signal.SIGKILL
    pytest.fail("the work never came to its end")


def _moves(project: Project) -> int:
    with project.reader() as connection:
        table = db.alias_history
        query = sa.select(sa.func.count()).select_from(table).where(table.c.environment == "staging")
        return int(connection.scalar(query) or 0)


def _racer(root: Path, version: str, ready: object, answers: object) -> None:
    with Project.open(root, actor=f"racer-{version}") as project:
        model = project.records.get("model", "support", version)
        judged = judge_version(project, POLICY, model, "staging", primary="exact_match", roles=ROLES)
        ready.wait(60)  # type: ignore[attr-defined]
        try:
            record_decision(project, judged)
        except ConflictError:
            answers.put("conflict")  # type: ignore[attr-defined]
        else:
            answers.put(version)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_of_two_promotions_at_once_exactly_one_wins(tmp_path: Path) -> None:
    root = tmp_path / "p"
    context = multiprocessing.get_context("spawn")
    with Project.create(root, actor="alice") as project:
        _versions(project, 3)
        versions = [record.ref.version for record in project.records.find("model", "support")]
        for round_number in range(2):
            ready, answers = context.Barrier(len(versions)), context.Queue()
            racers = [context.Process(target=_racer, args=(root, v, ready, answers)) for v in versions]
            for racer in racers:
                racer.start()
            told = sorted(answers.get(timeout=90) for _ in racers)
            for racer in racers:
                racer.join(30)
                assert racer.exitcode == 0
            winners = [answer for answer in told if answer != "conflict"]
            assert len(winners) == 1
            assert told.count("conflict") == len(versions) - 1
            assert staged(project) == (round_number + 1, winners[0])
            assert len(project.audit.events(action="model.promote")) == round_number + 1
            assert verify_decision(project, "support", "staging").model.version == winners[0]
            project.audit.verify()
