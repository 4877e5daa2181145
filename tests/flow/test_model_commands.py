"""``model list|show|diff|approve|promote|rollback|verify`` as a person and a program type them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.registered import measured, new_version, with_evidence
from tests.unit.registry.cases import GOOD_ATTACKS, GOOD_EVALUATION, score
from tunewright.cli.main import main
from tunewright.flows.promote import promote
from tunewright.flows.workspace import Workspace
from tunewright.registry.policy_file import default_policy_bytes
from tunewright.store.project import Project

CONFIGURATION = """\
model: {name: support}
data: {sources: [{path: none.jsonl, form: messages}]}
gates: {roles: {approver: [carol, alice]}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with version 1.0.0, measured, and 1.0.1, not measured."""
    (tmp_path / "tunewright.yaml").write_text(CONFIGURATION)
    (tmp_path / "policy.yaml").write_bytes(default_policy_bytes())
    with Project.create(tmp_path, actor="alice") as project:
        with_evidence(project, new_version(project))
        new_version(project, rate=0.2)
    return tmp_path


class Shell:
    """Runs commands in one workspace."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._root, self._capsys = root, capsys

    def __call__(self, *arguments: str, actor: str = "bob") -> tuple[int, str]:
        code = main([*arguments, "-C", str(self._root), "--as", actor])
        out = self._capsys.readouterr()
        return code, out.out + out.err

    def json(self, *arguments: str, actor: str = "bob") -> tuple[int, Any]:
        code, text = self(*arguments, "--json", actor=actor)
        return code, json.loads(text)


@pytest.fixture
def shell(root: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(root, capsys)


def test_from_registered_to_production_and_back(shell: Shell, root: Path) -> None:
    code, text = shell("model", "promote", "1.0.0")
    assert (code, "staging points at support@1.0.0" in text) == (0, True)
    assert "better-than-base" in text
    code, text = shell("model", "promote", "1.0.0", "--to", "production")
    assert code == 4
    assert "second-person" in text
    assert "0 of 1 approvals; carol may approve" in text
    code, text = shell("model", "approve", "1.0.0", actor="alice")
    assert (code, "cannot be its second pair of eyes" in text) == (9, True)
    code, text = shell("model", "approve", "1.0.0", "--note", "looks right", actor="carol")
    assert (code, "carol (approver) approves support@1.0.0 for production" in text) == (0, True)
    code, told = shell.json("model", "promote", "1.0.0", "--to", "production")
    assert (code, told["decision"]["verdict"]["outcome"], told["generation"]) == (0, "pass", 1)
    assert told["mirror_problem"].startswith("this workspace has no MLflow store")

    code, text = shell("model", "rollback")
    assert (code, "no version before support@1.0.0" in text) == (5, True)
    with Workspace.open(root, actor="alice") as ws:
        model = ws.project.records.get("model", "support", "1.0.1")
        holder = ws.project.records.get("model", "support", "1.0.0").ref
        scores = (*GOOD_EVALUATION, score("difference_production.exact_match", 0.05))
        measured(ws.project, model, "evaluate", scores, compared=(holder,))
        measured(ws.project, model, "redteam", GOOD_ATTACKS)
    assert shell("model", "promote")[0] == 0
    assert shell("model", "approve", actor="carol")[0] == 0
    assert shell("model", "promote", "--to", "production")[0] == 0
    code, told = shell.json("model", "rollback")
    assert (code, told["left"]["version"], told["now"]["version"]) == (0, "1.0.1", "1.0.0")
    assert 0 < told["moved_ms"] < 2000
    code, rows = shell.json("model", "list")
    assert [(row["version"], row["environments"]) for row in rows] == [
        ("1.0.0", ["production"]),
        ("1.0.1", ["staging"]),
    ]
    # There is no base model behind this version, so its served bytes cannot be what was registered.
    assert shell("model", "verify", "1.0.0")[0] in (5, 7)


def test_a_worse_second_version_is_refused(shell: Shell, root: Path) -> None:
    shell("model", "promote", "1.0.0")
    shell("model", "approve", "1.0.0", actor="carol")
    shell("model", "promote", "1.0.0", "--to", "production")
    with Workspace.open(root, actor="alice") as ws:
        model = ws.project.records.get("model", "support", "1.0.1")
        holder = ws.project.records.get("model", "support", "1.0.0").ref
        worse = (*GOOD_EVALUATION, score("difference_production.exact_match", -0.2))
        measured(ws.project, model, "evaluate", worse, compared=(holder,))
        measured(ws.project, model, "redteam", GOOD_ATTACKS)
    code, told = shell.json("model", "promote", "1.0.1")
    assert (code, told["error"]) == (4, "GateRefusedError")
    failed = [child for child in told["verdict"]["children"] if child["outcome"] != "pass"]
    assert [child["rule"] for child in failed] == ["not-worse-than-production"]
    assert "the whole interval is below -0.02" in failed[0]["because"]
    assert shell("model", "list")[1].count("staging") == 1


def test_a_dry_run_judges_and_writes_nothing(shell: Shell, root: Path) -> None:
    code, text = shell("model", "promote", "1.0.1", "--dry-run")
    assert (code, "nothing was recorded" in text) == (4, True)
    with Workspace.open(root) as ws:
        assert ws.project.audit.events(action="model.refuse") == []
    assert shell("model", "promote", "1.0.0", "--dry-run")[0] == 0


def test_show_and_diff_name_what_is_recorded(shell: Shell) -> None:
    shell("model", "promote", "1.0.0")
    text = shell("model", "show", "1.0.0")[1]
    for part in ("support@1.0.0", "membership_auc", "decision", "staging: pass", "from snapshot"):
        assert part in text
    _, told = shell.json("model", "diff", "1.0.0", "1.0.1")
    changes = {change["what"]: (change["first"], change["second"]) for change in told["changes"]}
    assert changes["recipe.train.learning_rate"] == ("0.1", "0.2")
    assert "served.weights" in changes
    assert set(told["same"]) >= {"base", "tokenizer"}
    assert "recipe.train.learning_rate" in shell("model", "diff", "1.0.0", "1.0.1")[1]


def test_a_waiver_is_an_approval_of_an_exception(shell: Shell) -> None:
    code, text = shell(
        "model", "approve", "1.0.1", "--waive", "fresh-evidence", "--reason", "pilot", actor="carol"
    )
    assert (code, "carol waives fresh-evidence" in text) == (0, True)
    code, text = shell("model", "approve", "1.0.1", "--reason", "pilot", actor="carol")
    assert code == 2
    # The evidence rule is lifted, but what was never measured is still not known.
    code, told = shell.json("model", "promote", "1.0.1")
    outcomes = {child["rule"]: child["outcome"] for child in told["verdict"]["children"]}
    assert (code, outcomes["fresh-evidence"], outcomes["good-enough"]) == (4, "pass", "inconclusive")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, "does not exist"),
        (b"", "holds no policy"),
        (b"name: p\nversion: 1\nenvironments: {staging: {rules: []}}\n", "never passes"),
        (
            default_policy_bytes().replace(b"at_least: 0.5\n", b"at_leest: 0.5\n"),
            "nearest known key is `at_least`",
        ),
    ],
)
def test_a_policy_without_rules_promotes_nothing(
    shell: Shell, root: Path, policy: bytes | None, expected: str
) -> None:
    (root / "policy.yaml").unlink()
    if policy is not None:
        (root / "policy.yaml").write_bytes(policy)
    code, text = shell("model", "promote", "1.0.0")
    assert (code, expected in text) == (2, True)


def test_a_mirror_that_fails_is_told_and_blocks_nothing(root: Path) -> None:
    (root / ".tunewright" / "mlflow.db").write_bytes(b"not a database")
    with Workspace.open(root, actor="bob") as ws:
        report = promote(ws, "1.0.0")
    assert report.recorded
    assert report.mirror_problem
