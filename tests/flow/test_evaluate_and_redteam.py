"""``evaluate`` and ``redteam`` on a real, small workspace: what is recorded, reused, resumed, refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("trl")

from tests.fixtures.conversations import conversations
from tests.fixtures.served_workspace import write_workspace
from tunewright.cli.main import main
from tunewright.core.errors import ConfigError, IntegrityError, NotFoundError
from tunewright.core.ports import SilentProgress
from tunewright.evaluate.compare import BASE, TUNED
from tunewright.evaluate.items import read_answers
from tunewright.flows.evaluate import EvaluateReport, evaluate
from tunewright.flows.prepare import prepare
from tunewright.flows.promote import promote
from tunewright.flows.redteam import RedteamReport, redteam
from tunewright.flows.train import train
from tunewright.flows.workspace import Workspace

STEPS = (
    'data.steps=[{"use": "normalise"}, {"use": "split", "options": {"validation": 0.1, "test": 0.1}},'
    ' {"use": "canaries", "options": {"once": 3, "four_times": 1, "sixteen_times": 1, "max_share": 0.2}}]'
)
TUNING = (STEPS, "train.num_train_epochs=2", "redteam.canary_references=64")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """160 tickets of eight kinds, trained for two epochs."""
    folder = tmp_path_factory.mktemp("evaluate") / "bank"
    write_workspace(folder, tiny_base)
    with Workspace.open(folder, overrides=TUNING, actor="tester") as ws:
        prepare(ws)
        train(ws)
    return folder


@pytest.fixture(scope="module")
def first(root: Path) -> EvaluateReport:
    with Workspace.open(root, overrides=TUNING, actor="tester") as ws:
        return evaluate(ws)


@pytest.fixture(scope="module")
def attacked(root: Path) -> RedteamReport:
    with Workspace.open(root, overrides=TUNING, actor="tester") as ws:
        return redteam(ws)


@pytest.fixture
def ws(root: Path) -> Iterator[Workspace]:
    with Workspace.open(root, overrides=TUNING, actor="tester") as opened:
        yield opened


def test_the_evaluation_is_recorded_as_evidence(ws: Workspace, first: EvaluateReport) -> None:
    run = ws.project.records.get(first.run)
    ws.project.records.verify(run)
    model = ws.project.records.get(first.model)
    assert run.recipe["subject_digest"] == first.subject_digest == model.recipe["subject_digest"]
    assert {ref.kind for ref in run.inputs} == {"model", "golden", "base"}
    assert {entry.path for entry in run.files} == {"items.parquet", "report.html", "scores.json"}
    names = {score.metric for score in run.scores}
    assert {
        "exact_match",
        "base.exact_match",
        "difference.exact_match",
        "mcnemar_p.exact_match",
        "linear.exact_match",
    } <= names
    assert {score.slice for score in run.scores} == {"", "tag=cards"}
    assert all(score.n == 24 and score.signature for score in run.scores)
    assert first.generated == {"tuned": 24, "base": 24}
    stored = json.loads((first.folder / "scores.json").read_text())
    assert [row["metric"] for row in stored] == [score.metric for score in run.scores]
    assert [event.action for event in ws.project.audit.events()].count("run.evaluate") >= 1


def test_the_linear_baseline_learns_these_tickets(first: EvaluateReport) -> None:
    [linear] = [score for score in first.scores if score.metric == "linear.exact_match"]
    assert linear.value > 0.9


def test_answers_are_those_of_the_models(ws: Workspace, first: EvaluateReport) -> None:
    """The scores can be computed again from the recorded answers."""
    import pyarrow.parquet as pq

    rows = pq.read_table(first.folder / "items.parquet").to_pylist()
    [own] = [score for score in first.scores if score.metric == "exact_match" and not score.slice]
    assert sum(row["tuned:text"].strip() == row["reference"].strip() for row in rows) == round(
        own.value * own.n
    )
    assert len(read_answers(first.folder, TUNED)) == len(read_answers(first.folder, BASE)) == 24
    assert read_answers(first.folder, "production") == {}


def test_the_second_time_the_base_is_not_asked(ws: Workspace, first: EvaluateReport) -> None:
    again = evaluate(ws, f"{first.model.name}@{first.model.version}")
    assert again.generated == {"tuned": 24, "base": 0}
    assert again.run.version != first.run.version
    assert again.scores == first.scores
    longer = Workspace.open(
        ws.root, overrides=(*TUNING, "evaluate.max_new_tokens=3", "evaluate.linear_baseline=false")
    )
    with longer:
        other = evaluate(longer)
    assert other.generated == {"tuned": 24, "base": 24}
    assert "linear.exact_match" not in {score.metric for score in other.scores}


class Impatient(SilentProgress):
    """Ctrl-C after the first batch of the named task."""

    @contextmanager
    def _task(self, name: str) -> Iterator[Callable[[int], None]]:
        def advance(count: int) -> None:
            if name.startswith("answers of model/"):
                raise KeyboardInterrupt

        yield advance

    def task(self, name: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        return self._task(name)


def test_a_stop_loses_no_answer(root: Path, first: EvaluateReport) -> None:
    """Stopped after 10 of 24 answers: the next run asks for 14, and nothing is left behind."""
    overrides = (*TUNING, "evaluate.batch_size=10", "evaluate.linear_baseline=false")
    with Workspace.open(root, overrides=overrides, actor="tester") as ws:
        before = len(ws.project.records.find("run", "evaluate"))
        with pytest.raises(KeyboardInterrupt):
            evaluate(ws, progress=Impatient())
        assert len(ws.project.records.find("run", "evaluate")) == before
        found = evaluate(ws)
        assert found.generated["tuned"] == 14
        assert [s for s in found.scores if s.metric == "exact_match"] == [
            s for s in first.scores if s.metric == "exact_match"
        ]
        assert not (ws.project.state / "work" / "answers").exists()


def test_what_cannot_be_evaluated_is_refused(root: Path) -> None:
    refused(root, "evaluate.metrics=[exactmatch]", "unknown metric 'exactmatch'", evaluate)
    refused(root, "data.golden=[]", r"data\.golden is empty", evaluate)
    with Workspace.open(root, overrides=TUNING, actor="tester") as ws, pytest.raises(NotFoundError):
        evaluate(ws, "support@9.9.9")


def refused(root: Path, override: str, told: str, verb: Callable[[Workspace], object]) -> None:
    """The configuration with this override is refused in these words."""
    opened = Workspace.open(root, overrides=(*TUNING, override), actor="tester")
    with opened as ws, pytest.raises(ConfigError, match=told):
        verb(ws)


def test_attacks_are_recorded_as_evidence(ws: Workspace, attacked: RedteamReport) -> None:
    run = ws.project.records.get(attacked.run)
    ws.project.records.verify(run)
    assert run.recipe["subject_digest"] == attacked.subject_digest
    assert {ref.kind for ref in run.inputs} == {"model", "snapshot", "base"}
    assert {entry.path for entry in run.files} == {"attacks.json", "report.html", "membership.parquet"}
    assert attacked.attacks == ("membership", "canaries")
    names = {score.metric for score in run.scores}
    assert {"membership_auc", "membership_auc_base", "membership_tpr_at_fpr_1pct"} <= names
    assert {"canary_exposure", "canary_exposure:1x", "canary_exposure:4x", "canary_exposure:16x"} <= names
    assert {"canary_extracted:1x", "canary_extracted:4x", "canary_extracted:16x"} <= names
    assert attacked.conclusive is False
    assert any("INCONCLUSIVE" in note for note in attacked.notes)


def test_membership_losses_are_recorded_and_recomputable(attacked: RedteamReport) -> None:
    import pyarrow.parquet as pq

    from tunewright.metrics.ranking import auc

    rows = pq.read_table(attacked.folder / "membership.parquet").to_pylist()
    inside = [row["loss_base"] - row["loss_tuned"] for row in rows if row["member"]]
    outside = [row["loss_base"] - row["loss_tuned"] for row in rows if not row["member"]]
    [score] = [s for s in attacked.scores if s.metric == "membership_auc"]
    assert auc(inside, outside) == pytest.approx(score.value)
    assert min(len(inside), len(outside)) == score.n
    assert not [row for row in rows if row["source"] == "canaries"]


def test_the_attack_report_shows_no_text_of_an_example(attacked: RedteamReport) -> None:
    for name in ("report.html", "attacks.json"):
        text = (attacked.folder / name).read_text()
        assert not [e for e in conversations(160) if e.messages[0].content in text]
        assert "access code" not in text


def test_attacking_twice_gives_the_same_scores(ws: Workspace, attacked: RedteamReport) -> None:
    again = redteam(ws)
    assert again.scores == attacked.scores
    only = Workspace.open(ws.root, overrides=(*TUNING, "redteam.attacks=[canaries]"))
    with only:
        fewer = redteam(only)
    assert fewer.attacks == ("canaries",)
    assert fewer.control_holds is None


def test_an_unknown_attack_is_refused(root: Path) -> None:
    refused(root, "redteam.attacks=[sorcery]", "no attack 'sorcery'", redteam)
    refused(root, "redteam.attacks=[]", "is empty", redteam)


def test_a_second_version_is_compared_with_production(root: Path, first: EvaluateReport) -> None:
    with Workspace.open(root, overrides=TUNING, actor="tester") as ws:
        promote(ws, f"{first.model.name}@{first.model.version}", environment="production")
    with Workspace.open(root, overrides=(*TUNING, "train.learning_rate=0.0001"), actor="tester") as ws:
        second = train(ws).model
        found = evaluate(ws, f"{second.name}@{second.version}")
        assert found.production == first.model
        # Both other models' answers come from recorded evaluations.
        assert found.generated == {"tuned": 24, "base": 0, "production": 0}
        names = {score.metric for score in found.scores}
        assert {"difference_production.exact_match", "mcnemar_p_production.exact_match"} <= names
        kinds = [ref.kind for ref in ws.project.records.get(found.run).inputs]
        assert kinds.count("model") == 2


def test_changed_weights_are_refused(tmp_path: Path, root: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    with Workspace.open(copy, overrides=TUNING, actor="tester") as ws:
        record = ws.project.records.find("model", "support")[0]
        run = next(ref for ref in record.inputs if ref.kind == "run")
        weights = (
            ws.project.records.folder(ws.project.records.get(run)) / "weights" / "adapter_model.safetensors"
        )
        weights.chmod(0o600)
        data = bytearray(weights.read_bytes())
        data[-1] ^= 1
        weights.write_bytes(bytes(data))
        for verb in (evaluate, redteam):
            with pytest.raises(IntegrityError):
                verb(ws, f"support@{record.ref.version}")


def test_the_commands_print_and_answer_json(
    root: Path, first: EvaluateReport, attacked: RedteamReport, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [part for override in TUNING for part in ("--set", override)]
    version = f"support@{first.model.version}"
    assert main(["evaluate", version, "-C", str(root), "--quiet", *settings]) == 0
    shown = capsys.readouterr().out
    assert "exact_match" in shown
    assert "TF-IDF" in shown
    assert "tag=cards" in shown
    assert main(["redteam", version, "-C", str(root), "--quiet", *settings]) == 0
    shown = capsys.readouterr().out
    assert "membership_auc" in shown
    assert "canary_exposure" in shown
    assert main(["evaluate", version, "-C", str(root), "--json", *settings]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["model"]["name"] == "support"
    assert main(["evaluate", "support@9.9.9", "-C", str(root), "--json", *settings]) == 5
    assert json.loads(capsys.readouterr().out)["error"] == "NotFoundError"
