"""Several reviewers at once, in threads and in processes: no decision is lost, and each loser is shown the winner's."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.review_race import decide_all
from tests.fixtures.review_workspace import acting, make_workspace, rows
from tunewright.data.review import read_votes
from tunewright.flows.prepare import prepare
from tunewright.flows.review import review_queue

REPOSITORY = Path(__file__).parents[2]
FINDINGS = 40
TWO = "data.review.two_person=['*']"
PEOPLE = ("ann", "bob", "cyd")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_workspace(tmp_path / "work", rows(60, FINDINGS))
    with acting(root, "builder") as ws:
        prepare(ws)
    return root


def in_threads(root: Path, *overrides: str) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        futures = [pool.submit(decide_all, root, who, seed, *overrides) for seed, who in enumerate(PEOPLE)]
        return [future.result() for future in futures]


def in_processes(root: Path, *overrides: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.fixtures.review_race", str(root)]
    running = [
        subprocess.Popen(
            [*command, who, str(seed), *overrides], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
        )
        for seed, who in enumerate(PEOPLE)
    ]
    found = []
    for process in running:
        out, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        found.append(json.loads(out))
    return found


def check_one_each(root: Path, told: list[dict[str, Any]]) -> None:
    """One person decides: of each finding exactly one decision was taken, everybody else was told whose."""
    with acting(root, "judge") as ws:
        counted = {
            item.finding.key: item.standing for item in review_queue(ws, state="all", page_size=500).items
        }
        assert len(counted) == FINDINGS
        winners = {key: (who["actor"], decision) for who in told for key, decision in who["taken"].items()}
        assert sum(len(who["taken"]) for who in told) == len(winners) == FINDINGS
        assert {key: (s.votes[-1].actor, s.decision) for key, s in counted.items()} == winners
        for who in told:
            assert len(who["taken"]) + len(who["conflicts"]) == FINDINGS
            assert all(actor == winners[key][0] for key, actor in who["conflicts"].items())
        votes = read_votes(ws.project)
        assert [vote.id for vote in votes] == sorted({vote.id for vote in votes})
        assert len(votes) == len(ws.project.audit.events(action="review.decide")) == FINDINGS
        ws.project.audit.verify()


def check_all_count(root: Path, told: list[dict[str, Any]]) -> None:
    """Two persons decide: what anybody was told is taken is in the history under their name, and each finding has at least
    the two votes that were cast before anybody could see that two disagree."""
    with acting(root, "judge", TWO) as ws:
        votes = {(vote.finding, vote.actor): vote.decision for vote in read_votes(ws.project)}
        said = {(key, who["actor"]): decision for who in told for key, decision in who["taken"].items()}
        assert votes == said
        for item in review_queue(ws, state="all", page_size=500).items:
            assert len(item.standing.votes) >= 2
            assert item.standing.generation == len(item.standing.votes)
        ws.project.audit.verify()


@pytest.mark.parametrize("run", [in_threads, in_processes])
def test_of_several_at_once_the_first_counts_and_the_others_are_told(run: Any, root: Path) -> None:
    check_one_each(root, run(root))


@pytest.mark.parametrize("run", [in_threads, in_processes])
def test_under_the_rule_for_two_both_count(run: Any, root: Path) -> None:
    check_all_count(root, run(root, TWO))
