"""The graph of everything recorded can be walked both ways from every node."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.registered import ROLES, with_evidence
from tests.flow.test_trace_and_impact import CONFIGURATION, answered, questions, registered, tickets
from tunewright.core.canonical import utc_text
from tunewright.core.errors import NotFoundError
from tunewright.flows.prepare import prepare
from tunewright.flows.rollback import rollback
from tunewright.flows.walk import Node, example_key, exchange_key, find_key, node, ref_key, row_key
from tunewright.flows.workspace import Workspace
from tunewright.registry.policy_file import default_policy_bytes, parse_policy
from tunewright.registry.promote import promote
from tunewright.store import db
from tunewright.store.project import Project

WITH_EXCHANGES = CONFIGURATION.replace(
    "  steps:", "  - {form: exchanges, name: judged}\n  golden: [golden.jsonl]\n  steps:"
)
KINDS = {
    "source", "row", "example", "snapshot", "run", "base", "golden", "model", "decision", "environment", "exchange",
    "event",
}  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two snapshots (the second with judged exchanges and a golden set), two versions that were in staging, a rollback."""
    root = tmp_path_factory.mktemp("walk") / "w"
    root.mkdir()
    tickets(root / "tickets.csv")
    (root / "tunewright.yaml").write_text(CONFIGURATION)
    (root / "policy.yaml").write_bytes(default_policy_bytes())
    golden = {"id": "g1", "input": "where is the lantern", "reference": "in the cellar", "tags": []}
    (root / "golden.jsonl").write_text(json.dumps(golden) + "\n")
    Project.create(root, actor="alice").close()
    policy = parse_policy(default_policy_bytes())
    with Workspace.open(root, actor="alice") as ws:
        prepare(ws)
        first = with_evidence(ws.project, registered(ws, 0.1))
        promote(ws.project, policy, first, "staging", primary="exact_match", roles=ROLES)
        for number in range(3):
            answered(ws, first, f"ex-{number}", questions()[number])
        answered(ws, first, "ex strange/id", "hello")
        with ws.project.transaction() as connection:
            body = {"rating": 1.0}
            values = {"exchange_id": "ex-1", "at": utc_text(ws.project.now()), "actor": "u1", "body": body}
            connection.execute(db.feedback.insert().values(values))
    (root / "tunewright.yaml").write_text(WITH_EXCHANGES)
    with Workspace.open(root, actor="alice") as ws:
        prepare(ws)
        second = with_evidence(ws.project, registered(ws, 0.2))
        promote(ws.project, policy, second, "staging", primary="exact_match", roles=ROLES)
        rollback(ws, "staging")
    return root


@pytest.fixture
def ws(root: Path) -> Iterator[Workspace]:
    with Workspace.open(root, actor="alice") as opened:
        yield opened


def everything(ws: Workspace, start: str) -> dict[str, Node]:
    """Every node that can be reached, with all of its neighbours."""
    found: dict[str, Node] = {}
    waiting = deque([start])
    while waiting:
        key = waiting.popleft()
        if key in found:
            continue
        found[key] = node(ws, key, limit=1000)
        waiting += [link.key for link in (*found[key].made_from, *found[key].made_into)]
    return found


def test_every_link_is_seen_from_both_ends_and_everything_is_reached(ws: Workspace) -> None:
    snapshot = ws.project.records.find("snapshot")[0]
    nodes = everything(ws, ref_key(snapshot.ref))
    assert {item.kind for item in nodes.values()} == KINDS
    records = {ref_key(record.ref) for record in ws.project.records.all()}
    assert records <= set(nodes), "a record nobody can walk to"
    assert sum(item.kind == "event" for item in nodes.values()) == len(ws.project.audit.events())
    assert sum(item.kind == "exchange" for item in nodes.values()) == 4
    links = 0
    for item in nodes.values():
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", item.key)
        assert len(item.made_from) == item.made_from_count
        assert len(item.made_into) == item.made_into_count
        for link in item.made_into:
            links += 1
            back = [found.key for found in nodes[link.key].made_from]
            assert back.count(item.key) == 1, (
                f"{item.key} -> {link.key} ({link.relation}) is a one-way street"
            )
        for link in item.made_from:
            assert item.key in [found.key for found in nodes[link.key].made_into], f"{item.key} <- {link.key}"
            assert link.kind == nodes[link.key].kind
    assert links > 500


def test_a_dropped_row_leads_to_the_example_kept_in_its_place(ws: Workspace) -> None:
    dropped = node(ws, row_key("tickets.csv#T901"))
    relations = {link.relation for link in dropped.made_into}
    assert relations == {"made of it", "kept in its place"}
    kept = next(link for link in dropped.made_into if link.relation == "kept in its place")
    assert "tickets.csv#T000" in [link.title for link in node(ws, kept.key).made_from]
    own = next(link for link in dropped.made_into if link.relation == "made of it")
    assert node(ws, own.key).made_into_count == 0, "it is in no snapshot"


def test_a_judged_exchange_leads_to_the_row_it_became(ws: Workspace) -> None:
    served = node(ws, exchange_key("ex-1"))
    assert [link.title for link in served.made_into] == ["judged#ex-1"]
    back = node(ws, served.made_into[0].key)
    assert exchange_key("ex-1") in [link.key for link in back.made_from]


def test_pages_together_are_the_whole(ws: Workspace) -> None:
    key = ref_key(ws.project.records.find("snapshot")[0].ref)
    whole = node(ws, key, limit=1000)
    paged = [
        link
        for offset in range(0, whole.made_from_count, 7)
        for link in node(ws, key, from_offset=offset, limit=7).made_from
    ]
    assert tuple(paged) == whole.made_from
    assert whole.made_from_count > 100
    assert node(ws, key, from_offset=10**6).made_from == ()


def test_names_lead_to_keys(ws: Workspace) -> None:
    snapshot = ws.project.records.find("snapshot")[0]
    example = node(ws, ref_key(snapshot.ref)).made_from[-1]
    assert example.kind == "example"
    assert find_key(ws, example.key.partition(".")[2][:12]) == example.key
    assert find_key(ws, "tickets.csv#T003") == row_key("tickets.csv#T003")
    assert find_key(ws, "ex-2") == exchange_key("ex-2")
    assert find_key(ws, "snapshot/support@1") == ref_key(snapshot.ref)
    assert find_key(ws, snapshot.ref.digest[:10]) == ref_key(snapshot.ref)
    assert node(ws, find_key(ws, "support:staging")).kind == "environment"
    assert node(ws, find_key(ws, "support@1.0.0")).kind == "model"
    with pytest.raises(NotFoundError):
        find_key(ws, "no such thing")


@pytest.mark.parametrize(
    "key",
    ["", "x", "row.", "row.***", "row.dGlja2V0cw", "example.12", "event.0", "event.999999", "event.٣", "model." + "0" * 64,
     "exchange.no", "exchange.~", "environment.x", "decision." + "a" * 64, "../etc", "run.x/y", example_key("0" * 64)],
)  # fmt: skip
def test_a_key_that_names_nothing_is_refused(ws: Workspace, key: str) -> None:
    with pytest.raises(NotFoundError):
        node(ws, key)
