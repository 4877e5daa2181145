"""Detectors named in the configuration: one arbitration over them, and a report that says what nothing looks for."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tunewright.core.errors import EngineMissingError, NotFoundError
from tunewright.core.pii import INDIRECT_KINDS, MODEL_KINDS, PII_KINDS
from tunewright.data.snapshot import load_snapshot
from tunewright.flows.init import init
from tunewright.flows.prepare import prepare
from tunewright.flows.workspace import Workspace

ROWS = [
    ("Jane Miller asks: where is my card 4111 1111 1111 1111?", "It is on its way to you, by post."),
    ("How do I change my address in the application, please?", "Open the settings and choose your profile."),
    ("Why is my account still not verified after a week?", "We wait for your documents, please send them."),
    ("Please tell jane@example.com that the meeting moved to noon", "Done, she has been told about it."),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    source = tmp_path / "rows.jsonl"
    draw = random.Random(4)
    words = ["".join(draw.choices("abcdefghijklmnop", k=7)) for _ in range(300)]
    others = [(" ".join(draw.sample(words, 14)), " ".join(draw.sample(words, 12))) for _ in range(40)]
    lines = [json.dumps({"prompt": prompt, "completion": reply}) for prompt, reply in (*ROWS, *others)]
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    init(tmp_path / "w", sources=[source])
    return tmp_path / "w"


def built(root: Path, *overrides: str) -> tuple[dict, str, str]:
    with Workspace.open(root, overrides=overrides) as ws:
        summary = prepare(ws)
        texts = "\n".join(m.content for example in load_snapshot(summary.folder) for m in example.messages)
        report = json.loads((summary.folder / "report.json").read_text(encoding="utf-8"))
        return report, (summary.folder / "report.html").read_text(encoding="utf-8"), texts


def test_the_report_says_what_is_not_looked_for(root: Path) -> None:
    report, page, texts = built(root)
    assert report["looked_for"]["no"] == list(MODEL_KINDS)
    assert set(report["looked_for"]["yes"]) | set(MODEL_KINDS) == set(PII_KINDS)
    assert "Not looked for" in page
    assert "person, place, address, organisation" in page
    assert "Jane Miller" in texts
    assert "[CARD]" in texts


def test_two_detectors_find_as_one(root: Path) -> None:
    spacy = pytest.importorskip("spacy", reason="the extra [presidio] is not installed")
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Jane Miller"}])
    nlp.to_disk(root / "names")
    report, _, texts = built(root, "data.engines.pii=[patterns, 'spacy:names']")
    assert "person" in report["looked_for"]["yes"]
    assert set(report["looked_for"]["left"]) <= set(INDIRECT_KINDS)
    assert "Jane Miller" not in texts
    assert "[EMAIL]" in texts
    with Workspace.open(root, overrides=("data.engines.pii=['spacy:names', patterns]",)) as ws:
        versions = prepare(ws).folder  # the order of names changes the recipe, not what is found
        again = "\n".join(m.content for example in load_snapshot(versions) for m in example.messages)
    assert again == texts


def test_what_is_not_there_is_said(root: Path) -> None:
    with (
        Workspace.open(root, overrides=("data.engines.pii=[nobody]",)) as ws,
        pytest.raises(NotFoundError, match="nobody"),
    ):
        prepare(ws)
    pytest.importorskip("spacy", reason="the extra [presidio] is not installed")
    with (
        Workspace.open(root, overrides=("data.engines.pii=['spacy:xx_none']",)) as ws,
        pytest.raises(EngineMissingError, match="xx_none"),
    ):
        prepare(ws)
