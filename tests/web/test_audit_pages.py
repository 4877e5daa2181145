"""The audit log in the browser: filters, pages, proofs, downloads; and snapshots, lineage and people beside it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.consoles import SOURCE, RunningConsole
from tunewright.core import merkle
from tunewright.core.errors import UsageError
from tunewright.core.types import Ref
from tunewright.flows import audit_log
from tunewright.flows.audit_log import EventFilter, event_proof, events_page, export_events
from tunewright.flows.prepare import prepare
from tunewright.flows.workspace import Workspace
from tunewright.store import db
from tunewright.web.routes import ROUTES


def append(console: RunningConsole, count: int, action: str = "test.note") -> None:
    project = console.desk.project
    with project.transaction() as connection:
        for number in range(count):
            subject = Ref(kind="thing", name=f"n{number % 3}", version="1", digest="0" * 64)
            project.audit.append(action, subject, {"number": number}, connection=connection)


def test_pages_go_through_the_whole_log_both_ways_without_gap(console: RunningConsole) -> None:
    append(console, 130)
    ws = console.desk.base
    whole = [event.seq for event in reversed(ws.project.audit.events())]
    seen: list[int] = []
    before = 0
    while True:
        page = events_page(ws, EventFilter(), before=before, limit=50)
        seen += [event.seq for event in page.events]
        if not page.older:
            break
        before = page.older
    assert seen == whole
    assert page.total == len(whole)
    back: list[int] = []
    after = seen[-1]
    while after:
        page = events_page(ws, EventFilter(), after=after, limit=50)
        back = [event.seq for event in page.events] + back
        after = page.newer
    assert back == whole[:-1]
    exact = events_page(ws, EventFilter(action="test.note"), limit=130)
    assert (len(exact.events), exact.older, exact.newer) == (130, 0, 0)


@pytest.mark.parametrize(
    ("wanted", "test"),
    [
        (EventFilter(actor="<i>builder</i>"), lambda e: e.actor == "<i>builder</i>"),
        (EventFilter(action="test.note"), lambda e: e.action == "test.note"),
        (EventFilter(subject="thing"), lambda e: e.subject.kind == "thing"),
        (EventFilter(subject="thing/n1"), lambda e: e.subject.name == "n1"),
        (EventFilter(subject="thing/n1@1"), lambda e: str(e.subject) == "thing/n1@1"),
        (EventFilter(subject="thing/n1@2"), lambda e: False),
        (EventFilter(since="2100-01-01"), lambda e: False),
        (EventFilter(until="2100-01-01", action="test.note"), lambda e: e.action == "test.note"),
        (EventFilter(since="2000-01-01 10:00", subject="thing/n2"), lambda e: e.subject.name == "n2"),
    ],
)
def test_filters_keep_exactly_what_they_say(console: RunningConsole, wanted: EventFilter, test: Any) -> None:
    append(console, 30)
    ws = console.desk.base
    expected = [event.seq for event in ws.project.audit.events() if test(event)]
    page = events_page(ws, wanted, limit=500)
    assert [event.seq for event in reversed(page.events)] == expected
    lines = [json.loads(line) for line in b"".join(export_events(ws, wanted, "jsonl")).splitlines()]
    assert [line["seq"] for line in lines] == expected


def test_a_day_holds_everything_until_its_end(console: RunningConsole) -> None:
    ws = console.desk.base
    (event,) = ws.project.audit.events(limit=1)
    day, minute = f"{event.at:%Y-%m-%d}", f"{event.at:%Y-%m-%dT%H:%M}"
    for moment in (day, minute):
        assert events_page(ws, EventFilter(since=moment, until=moment)).events[0].seq == event.seq


@pytest.mark.parametrize("bad", ["yesterday", "2026-13-01", "2026-01-01T00:00+02:00", "2026-01-01%", "'; --"])
def test_a_time_that_is_none_is_refused(console: RunningConsole, bad: str) -> None:
    with pytest.raises(UsageError):
        events_page(console.desk.base, EventFilter(since=bad))


def test_every_event_proves_itself_like_the_log_does(
    console: RunningConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "BLOCK", 8)
    append(console, 60)
    ws = console.desk.base
    size = ws.project.audit.events()[-1].seq
    for seq in range(1, size + 1):
        proof = event_proof(ws, seq)
        oracle = ws.project.audit.inclusion(seq, size)
        assert proof.path == oracle.path
        assert (proof.checkpoint_size, proof.checkpoint_root) == (size, oracle.root)
        assert proof.included
        assert proof.leaf_ok
        assert merkle.verify_inclusion(
            bytes.fromhex(proof.event.leaf_hash),
            seq - 1,
            size,
            [bytes.fromhex(h) for h in proof.path],
            bytes.fromhex(oracle.root),
        )


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 90), st.sampled_from([1, 2, 4, 16, 64]), st.data())
def test_the_path_by_blocks_is_the_path(size: int, block: int, data: Any) -> None:
    """Against the plain function of RFC 6962, for any size, any block and any leaf."""
    leaves = [merkle.leaf_hash(bytes([at])) for at in range(size)]
    seq = data.draw(st.integers(1, size))

    def read(_connection: object, at: int, whole: int) -> list[bytes]:
        return leaves[at * block : min((at + 1) * block, whole)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit_log, "BLOCK", block)
        patch.setattr(audit_log, "_leaves", read)
        audit_log._roots.clear()
        found = audit_log.inclusion_path(None, "x", seq, size)  # type: ignore[arg-type]
        again = audit_log.inclusion_path(None, "x", seq, size)  # type: ignore[arg-type]
    audit_log._roots.clear()
    assert found == again == merkle.inclusion_proof(leaves, seq - 1)


@pytest.mark.parametrize("column", ["actor", "body", "leaf_hash"])
def test_an_edited_event_shows(console: RunningConsole, column: str) -> None:
    append(console, 5)
    client = console.sign_in("auditor")
    assert "Signed and unchanged." in client.get("/audit/events/4").text
    value = {"actor": "somebody else", "body": {"number": 999}, "leaf_hash": "0" * 64}[column]
    with console.desk.project.engine.begin() as connection:
        connection.execute(sa.update(db.events).where(db.events.c.seq == 4).values({column: value}))
    page = client.get("/audit/events/4").text
    assert "Signed and unchanged." not in page
    assert "not what was recorded" in page or "No signed checkpoint" in page
    client.get("/audit")
    verified = client.post("/audit/verify")
    assert verified.status_code == 200
    assert "The log is whole." not in verified.text
    assert "event 4" in verified.text


def test_the_whole_log_verifies(console: RunningConsole) -> None:
    client = console.sign_in("auditor")
    client.get("/audit")
    answer = client.post("/audit/verify")
    assert "The log is whole." in answer.text


def test_downloads_hold_every_event_and_nothing_a_spreadsheet_computes(console: RunningConsole) -> None:
    project = console.desk.project
    with project.transaction() as connection:
        for text in ("=HYPERLINK(1)", "+1", "-1", "@x"):
            subject = Ref(kind="thing", name=text, version="1", digest="0" * 64)
            project.audit.append("test.formula", subject, {"a": text}, connection=connection)
    client = console.sign_in("auditor")
    answer = client.http.get("/audit/download?form=csv&action=test.formula")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-events.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["subject_name"] for row in rows] == ["'=HYPERLINK(1)", "'+1", "'-1", "'@x"]
    assert [json.loads(row["body"]) for row in rows] == [
        {"a": text} for text in ("=HYPERLINK(1)", "+1", "-1", "@x")
    ]
    lines = client.http.get("/audit/download?form=jsonl").text.splitlines()
    assert len(lines) == len(project.audit.events())
    assert client.http.get("/audit/download?form=xml").status_code == 400


def test_every_page_has_its_twin_in_json(console: RunningConsole) -> None:
    client = console.sign_in("all")
    key = client.json("/review")["page"]["items"][0]["finding"]["key"]
    example = client.json("/examples?state=all")["page"]["items"][0]["id"]
    parts = {"{version}": "1", "{seq}": "2", "{key}": key, "{id}": example}
    walked = 0
    for entry in ROUTES:
        if entry.method != "GET" or entry.path in {"/audit/download", "/sign-in"}:
            continue
        path = entry.path
        for name, value in parts.items():
            path = path.replace(name, value)
        if path.startswith("/lineage/"):
            path = f"/lineage/example.{example}"
        if path in {"/examples/life"}:
            path += f"?id={example}"
        by_path = client.http.get(f"/api{path}")
        by_header = client.http.get(path, headers={"accept": "application/json"})
        page = client.http.get(path)
        assert by_path.status_code == by_header.status_code == page.status_code == 200, path
        assert by_path.headers["content-type"] == by_header.headers["content-type"] == "application/json"
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert isinstance(by_path.json(), dict)
        walked += 1
    assert walked >= 17


def test_a_program_signs_in_and_decides_through_the_api(console: RunningConsole) -> None:
    client = console.anonymous()
    token = client.http.get("/api/sign-in").json()["token"]
    answer = client.http.post(
        "/api/sign-in",
        json={"name": "reviewer", "password": "correct horse battery"},
        headers={"x-csrf-token": token},
    )
    assert answer.status_code == 200
    csrf = answer.json()["csrf"]
    key = client.json("/review")["page"]["items"][0]["finding"]["key"]
    done = client.http.post(
        f"/api/review/{key}/decide",
        json={"decision": "confirmed", "generation": 0},
        headers={"x-csrf-token": csrf},
    )
    assert done.status_code == 200
    assert done.json()["decided"]["finding"] == key
    refused = client.http.post(f"/api/review/{key}/decide", json={"decision": "confirmed"})
    assert refused.status_code == 403
    assert refused.json()["error"] == "DeniedError"


def test_the_life_of_a_snapshot_names_what_made_it(console: RunningConsole) -> None:
    client = console.sign_in("auditor")
    life = client.json("/snapshots/1")["life"]
    assert [source["ref"]["name"] for source in life["sources"]] == [SOURCE]
    assert life["line"]["counts"]["held"] == 31
    assert life["line"]["made_by"] == "<i>builder</i>"
    assert life["before"] is None
    assert client.get("/snapshots/2").status_code == 404
    report = client.http.get("/snapshots/1/report?form=html")
    assert report.headers["content-disposition"].startswith("attachment")


def test_what_differs_names_its_cause(console: RunningConsole) -> None:
    reviewer = console.sign_in("reviewer")
    key = reviewer.json("/review")["page"]["items"][0]["finding"]["key"]
    reviewer.get(f"/review/{key}")
    assert (
        reviewer.post(f"/review/{key}/decide", {"decision": "confirmed", "generation": "0"}).status_code
        == 303
    )
    with Workspace.open(console.root, actor="builder") as ws:
        prepare(ws)
    page = console.sign_in("auditor")
    diff = page.json("/snapshots/2/diff")["diff"]
    assert [(cause["cause"]["kind"], cause["rows"]) for cause in diff["causes"]] == [("review", 1)]
    assert diff["added"] == 1
    answer = page.get("/snapshots/2/diff?before=1&cause=review")
    assert answer.status_code == 200
    assert "open -&gt; confirmed" in answer.text
    assert page.get("/snapshots/2/diff?cause=rule").status_code == 200
    life = page.json("/snapshots/2")["life"]
    assert life["before"]["version"] == "1"
    assert page.get("/snapshots/1").text.count('href="/snapshots/2"') == 1


def test_lineage_is_walked_both_ways(console: RunningConsole) -> None:
    client = console.sign_in("auditor")
    example = console.sign_in("expert").json("/examples?state=all")["page"]["items"][0]
    key = f"example.{example['id']}"
    node = client.json(f"/lineage/{key}")["node"]
    assert node["made_from"]
    assert node["made_into"]
    for side, back in (("made_from", "made_into"), ("made_into", "made_from")):
        for link in node[side]:
            other = client.json(f"/lineage/{link['key']}")["node"]
            assert key in {item["key"] for item in other[back]}
    found = client.get("/lineage", params={"what": example["id"]})
    assert found.status_code == 303
    assert found.headers["location"] == f"/lineage/{key}"
    page = client.get(f"/lineage/{key}").text
    for link in (*node["made_from"], *node["made_into"]):
        assert page.count(f'href="/lineage/{link["key"]}"') == 2  # in the drawing and in the list


def test_why_not_says_who_held_a_row_and_on_what_evidence(console: RunningConsole) -> None:
    client = console.sign_in("auditor")
    fate = client.json(f"/why-not?row={SOURCE.replace('#', '%23')}%23R3")["fate"]
    assert (fate["outcome"], fate["reasons"]) == ("held", ["pii_doubtful"])
    assert {"phone"} == {span["kind"] for span in fate["findings"]}
    assert "040" not in json.dumps(fate)


def test_an_admin_shuts_out_and_ends_sessions(console: RunningConsole) -> None:
    admin, reviewer = console.sign_in("admin"), console.sign_in("reviewer")
    admin.get("/people")
    assert admin.post("/people/end-sessions", {"name": "reviewer"}).status_code == 303
    assert reviewer.get("/").status_code == 303
    reviewer = console.sign_in("reviewer")
    assert admin.post("/people/disable", {"name": "reviewer"}).status_code == 303
    assert reviewer.get("/").status_code == 303
    assert admin.post("/people/disable", {"name": "admin"}).status_code == 409
    assert admin.post("/people/disable", {"name": "nobody"}).status_code == 404
    assert "shut out" in admin.get("/people").text
    assert admin.post("/people/enable", {"name": "reviewer"}).status_code == 303
    assert console.sign_in("reviewer").get("/").status_code == 200
    assert {e.actor for e in console.events("console.user.disable")} == {"admin"}
