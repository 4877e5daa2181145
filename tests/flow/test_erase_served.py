"""A served model after an erasure: its decision still verifies, it is flagged, and a retrained version takes its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.conversations import conversations
from tests.fixtures.erasable_workspace import where_found
from tests.fixtures.served_workspace import write_workspace
from tunewright.core.errors import GateRefusedError
from tunewright.flows.audit import verify
from tunewright.flows.erase import erase
from tunewright.flows.erase_search import Asked
from tunewright.flows.evaluate import evaluate
from tunewright.flows.model_files import model_files
from tunewright.flows.models import models, verify_model
from tunewright.flows.prepare import prepare
from tunewright.flows.promote import promote
from tunewright.flows.redteam import redteam
from tunewright.flows.status import status
from tunewright.flows.train import train
from tunewright.flows.workspace import Workspace
from tunewright.registry.erased import tickets
from tunewright.registry.verify import verify_environment

WORDS = "please help me with my lost card 104"
"""what golden item and training row say"""


@pytest.mark.slow
def test_from_a_served_version_to_one_without_the_person(tiny_base: Path, tmp_path: Path) -> None:
    root = tmp_path / "w"
    write_workspace(root, tiny_base)
    rows = [json.loads(line) for line in (root / "tickets.jsonl").read_text().splitlines()]
    for number, row in enumerate(rows):
        row["customer_id"] = f"who-{number:03d}"
    (root / "tickets.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    golden = {"id": "same", "input": rows[104]["messages"][0]["content"], "reference": "x"}
    with (root / "golden.jsonl").open("a") as stream:
        stream.write(json.dumps(golden) + "\n")
    with Workspace.open(root, actor="tester") as ws:
        prepare(ws)
        version = train(ws).model.version
        evaluate(ws, f"support@{version}")
        promote(ws, f"support@{version}", environment="production")
    said = rows[104]["messages"][0]["content"]
    assert said in {e.messages[0].content for e in conversations(160)}
    assert len(where_found(root, [said])[said]) >= 5
    with Workspace.open(root, actor="dpo") as ws:
        report = erase(ws, Asked(subject="who-104"), copies="keep", files="erase", reason="request 3")
        assert report.remains == ()
        assert (report.proof["counts"]["golden_items"], report.rebuilt is not None) == (1, True)
        assert where_found(root, [said, "who-104"]) == {}
        assert verify(ws).erasures == 1
        trained = report.proof["models"][0]["trained_on"]
        record = ws.project.records.get("model", "support", version)
        # What serves is still what was decided, and says that it is to go.
        verify_environment(ws.project, "support", "production")
        assert verify_model(ws, f"support@{version}").environments == ("production",)
        model_files(ws, record)
        assert models(ws)[0].erased == trained
        assert [t.environments for t in tickets(ws.project)] == [("production",)]
        assert status(ws).retrain
        with pytest.raises(GateRefusedError, match="erased since"):
            promote(ws, f"support@{version}", environment="staging")
        # It can still be measured and attacked: on what is left.
        evaluate(ws, f"support@{version}")
        redteam(ws, f"support@{version}")
        again = train(ws).model.version
        assert again != version
        evaluate(ws, f"support@{again}")
        promote(ws, f"support@{again}", environment="production")
        assert not any(ticket.open for ticket in tickets(ws.project))
        verify(ws)
