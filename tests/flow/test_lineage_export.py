"""Croissant metadata read by ``mlcroissant``, OpenLineage events by ``openlineage-python``; every number is the manifest's."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from tests.attack.data.conftest import sound_rows
from tests.fixtures.openlineage_client import as_event, pruned
from tunewright.builtin.example import write_example
from tunewright.cli.main import main
from tunewright.core.canonical import sha256_file
from tunewright.core.errors import ConflictError, DataError
from tunewright.core.ports import SilentProgress
from tunewright.data.outcomes import read_outcomes
from tunewright.data.snapshot import load_manifest, load_rows
from tunewright.flows.init import init
from tunewright.flows.lineage_export import export_croissant, export_openlineage
from tunewright.flows.lineage_log import LOG, logged_events
from tunewright.flows.openlineage import run_id_of
from tunewright.flows.prepare import SnapshotSummary, prepare
from tunewright.flows.review import review_decide, review_list
from tunewright.flows.workspace import Workspace

FACTS = {
    "licence": "CC-BY-4.0", "purpose": "support", "legal_basis": "contract", "owner": "desk@bank.example",
    "received": "2026-01-05",
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, SnapshotSummary]]:
    """The example company's export, with facts about one source, two findings decided, built twice."""
    root = tmp_path_factory.mktemp("lineage")
    files = write_example(root / "raw", seed=7, rows=400)
    init(root / "w", sources=[files.golden.parent], golden=[files.golden], name="triage")
    path = root / "w" / "tunewright.yaml"
    told = yaml.safe_load(path.read_text())
    tickets = next(item for item in told["data"]["sources"] if item["path"].endswith("tickets.csv"))
    tickets.update(FACTS)
    told["data"]["use"] = {"purpose": "support"}
    path.write_text(yaml.safe_dump(told))
    with Workspace.open(root / "w", actor="tester") as ws:
        prepare(ws)
        first, second, *_ = review_list(ws).findings
        review_decide(ws, first.key, "confirmed")
        review_decide(ws, second.key, "dismissed")
        yield ws, prepare(ws)


# Croissant

OF_THE_LIBRARY = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is", "ignore:The inplace keyword")
"""mlcroissant calls what rdflib and pandas mean to drop"""


@pytest.fixture
def mlc(monkeypatch: pytest.MonkeyPatch) -> Any:
    logging.getLogger("absl").setLevel(logging.ERROR)
    return pytest.importorskip("mlcroissant")


def text(value: Any) -> Any:
    """mlcroissant answers bytes."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [text(item) for item in value]
    if isinstance(value, dict):
        return {key: text(item) for key, item in value.items()}
    return value


@OF_THE_LIBRARY
def test_every_build_has_metadata_its_own_library_accepts(
    built: tuple[Workspace, SnapshotSummary], mlc: Any
) -> None:
    _, summary = built
    dataset = mlc.Dataset(str(summary.folder / "croissant.json"))
    issues = dataset.metadata.ctx.issues
    assert not issues.errors
    assert {warning.split('"')[1].rpartition("/")[2] for warning in issues.warnings} == {
        "citeAs", "datePublished", "version",
    }  # fmt: skip
    assert dataset.metadata.license == ["CC-BY-4.0", "NOASSERTION"]


@OF_THE_LIBRARY
def test_an_export_has_no_issue_at_all_and_is_read_record_by_record(
    built: tuple[Workspace, SnapshotSummary], mlc: Any, tmp_path: Path
) -> None:
    ws, summary = built
    written = export_croissant(ws, tmp_path / "out")
    assert written.rows == summary.counts["examples"]
    dataset = mlc.Dataset(str(tmp_path / "out" / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert not dataset.metadata.ctx.issues.warnings
    assert dataset.metadata.version == "2.0.0"
    read = [text(record) for record in dataset.records("examples")]
    mine = load_rows(summary.folder)
    assert len(read) == len(mine) == summary.counts["examples"]
    for record, row in zip(read, mine, strict=True):
        assert record["examples/id"] == row["id"]
        assert record["examples/split"] == row["split"]
        assert record["examples/labels"] == row["labels"]
        assert [
            (turn["examples/messages/role"], turn["examples/messages/content"])
            for turn in record["examples/messages"]
        ] == [(turn["role"], turn["content"]) for turn in row["messages"]]
    account = [text(record) for record in dataset.records("outcomes")]
    told = [
        (row["source"], row["record"], row["outcome"], row["reasons"])
        for row in read_outcomes(summary.folder / "outcomes.parquet")
    ]
    keys = ("source", "record", "outcome", "reasons")
    assert [tuple(record[f"outcomes/{key}"] for key in keys) for record in account] == told
    with pytest.raises(ConflictError):
        export_croissant(ws, tmp_path / "out")


def test_every_number_is_the_manifest_s(built: tuple[Workspace, SnapshotSummary]) -> None:
    _, summary = built
    told = json.loads((summary.folder / "croissant.json").read_text())
    manifest = load_manifest(summary.folder)
    report = json.loads((summary.folder / "report.json").read_text())
    splits = next(part for part in told["recordSet"] if part["@id"] == "splits")["data"]
    assert {row["splits/name"]: row["splits/count"] for row in splits} == manifest.splits
    assert (
        f"{manifest.counts['examples']} examples made of {len(list(read_outcomes(summary.folder / 'outcomes.parquet')))} source rows"
        in told["description"]
    )
    assert manifest.merkle_root in told["description"]
    for file in told["distribution"]:
        path = summary.folder / file["contentUrl"]
        assert (file["sha256"], file["contentSize"]) == (sha256_file(path), f"{path.stat().st_size} B")
    assert len(told["rai:dataPreprocessingProtocol"]) == len(report["steps"]) == len(manifest.steps)
    for line, step in zip(told["rai:dataPreprocessingProtocol"], report["steps"], strict=True):
        assert line.startswith(
            f"{step['step']}@{step['version']}: seen {step['seen']}, kept {step['kept']}, changed {step['changed']}, "
            f"dropped {step['dropped']}, held {step['held']}, added {step['added']}"
        )
    for source in report["sources"]:
        assert f"{source['source']}: {source['rows']} rows" in told["rai:dataCollection"]
    assert (
        "(form columns: customer_message → triage, licence CC-BY-4.0, purpose support, legal basis contract, "
        "owner desk@bank.example, received 2026-01-05)" in told["rai:dataCollection"]
    )
    states: dict[str, int] = {}
    for row in read_outcomes(summary.folder / "outcomes.parquet"):
        for finding in row["findings"]:
            states[finding["state"]] = states.get(finding["state"], 0) + 1
    assert states["confirmed"] >= 1
    assert states["dismissed"] >= 1
    assert told["rai:dataAnnotationProtocol"] == [
        f"People confirmed {states['confirmed']} findings and dismissed {states['dismissed']}; "
        f"{states['open']} are open, and their rows held or marked."
    ]
    kinds = {item["kind"]: item for item in report["findings"]}
    email = kinds["email"]
    assert (
        f"email: {email['findings']} findings in {email['rows']} rows, {email['held']} of them held"
        in told["rai:personalSensitiveInformation"]
    )
    assert told["rai:dataUseCases"] == ["declared purpose: support", "declared use: commercial, derivatives"]


def test_metadata_name_no_time_and_no_place_and_no_text(built: tuple[Workspace, SnapshotSummary]) -> None:
    ws, summary = built
    raw = (summary.folder / "croissant.json").read_text()
    assert str(ws.root) not in raw
    assert "dateCreated" not in raw
    said = {
        turn["content"]
        for row in load_rows(summary.folder)
        for turn in row["messages"]
        if len(turn["content"]) > 20
    }
    assert not any(content in raw for content in said)


# OpenLineage


def test_events_are_those_of_the_standard_s_own_client(built: tuple[Workspace, SnapshotSummary]) -> None:
    from openlineage.client.serde import Serde

    ws, _ = built
    events = list(logged_events(ws.project.state / LOG))
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"] * 2
    facets = 0
    for event in events:
        again = json.loads(Serde.to_json(as_event(event)))
        assert pruned(again) == pruned(event)
        facets += sum(len(item["facets"]) for item in (*event["inputs"], *event["outputs"]))
    assert facets > 40


def test_the_events_tell_the_build(built: tuple[Workspace, SnapshotSummary]) -> None:
    ws, summary = built
    start, complete = list(logged_events(ws.project.state / LOG))[-2:]
    record = ws.project.records.get(summary.ref)
    manifest = load_manifest(summary.folder)
    report = json.loads((summary.folder / "report.json").read_text())
    assert start["run"]["runId"] == complete["run"]["runId"]
    assert start["eventTime"] < complete["eventTime"]
    assert start["outputs"] == []
    assert [item["facets"]["version"]["datasetVersion"] for item in complete["inputs"]] == [
        ref.digest for ref in record.inputs
    ]
    rows = {line["source"]: line["rows"] for line in report["sources"]}
    read = {
        item["name"].removeprefix("source/"): item["inputFacets"]["inputStatistics"]["rowCount"]
        for item in complete["inputs"]
        if item["name"].startswith("source/")
    }
    assert read == {name: count for name, count in rows.items() if name != "canaries"}
    (output,) = complete["outputs"]
    assert output["facets"]["version"]["datasetVersion"] == record.ref.digest
    statistics = output["outputFacets"]["outputStatistics"]
    assert (statistics["rowCount"], statistics["fileCount"]) == (
        manifest.counts["examples"],
        len(record.files),
    )
    assert statistics["size"] == sum(
        path.stat().st_size for path in summary.folder.rglob("*") if path.is_file()
    )
    schema = pq.read_schema(summary.folder / "examples.parquet")
    assert [field["name"] for field in output["facets"]["schema"]["fields"]] == schema.names
    tickets = next(item for item in complete["inputs"] if item["name"] == "source/tickets.csv")
    assert tickets["facets"]["ownership"]["owners"] == [{"name": "desk@bank.example", "type": "OWNER"}]
    tags = {tag["key"]: tag["value"] for tag in tickets["facets"]["tags"]["tags"]}
    assert tags == {key: value for key, value in FACTS.items() if key != "owner"}


def test_column_lineage_is_what_the_configuration_says(built: tuple[Workspace, SnapshotSummary]) -> None:
    ws, _ = built
    complete = list(logged_events(ws.project.state / LOG))[-1]
    lineage = complete["outputs"][0]["facets"]["columnLineage"]["fields"]
    mine = {
        column: [
            (f["field"], f["transformations"][0]["subtype"])
            for f in told["inputFields"]
            if f["name"] == "source/tickets.csv"
        ]
        for column, told in lineage.items()
    }
    assert mine == {
        "messages": [("customer_message", "TRANSFORMATION"), ("triage", "TRANSFORMATION")],
        "locator": [("ticket_id", "IDENTITY")],
        "received_at": [("opened_at", "IDENTITY")],
        "subject": [("customer_id", "IDENTITY")],
    }
    assert {f["name"] for told in lineage.values() for f in told["inputFields"]} == {
        "source/tickets.csv", "source/archive.parquet",
    }  # fmt: skip


def test_no_event_holds_a_text_of_an_example(built: tuple[Workspace, SnapshotSummary]) -> None:
    ws, summary = built
    raw = (ws.project.state / LOG).read_text()
    said = {
        turn["content"]
        for row in load_rows(summary.folder)
        for turn in row["messages"]
        if len(turn["content"]) > 20
    }
    assert len(said) > 100
    assert not any(content in raw for content in said)


def test_an_export_tells_the_events_as_they_happened_or_as_the_record_knows(
    built: tuple[Workspace, SnapshotSummary],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ws, summary = built
    log = ws.project.state / LOG
    happened = list(logged_events(log))
    monkeypatch.chdir(ws.root)
    assert (
        main(
            ["data", "export", "--form", "openlineage", "--to", str(tmp_path / "e.jsonl"), "--snapshot", "2"]
        )
        == 0
    )
    assert list(logged_events(tmp_path / "e.jsonl")) == happened[-2:]
    kept = log.read_bytes()
    try:
        log.write_bytes(b'{"eventType": "COMPLETE", "run": {"runId"')  # cut off
        written = export_openlineage(ws, tmp_path / "again.jsonl", "2")
    finally:
        log.write_bytes(kept)
    start, complete = list(logged_events(tmp_path / "again.jsonl"))
    assert written.rows == 2
    assert complete["run"]["runId"] == run_id_of(ws.project.identity, summary.ref.digest)
    assert (complete["inputs"], complete["outputs"]) == (happened[-1]["inputs"], happened[-1]["outputs"])
    assert (start["eventType"], start["outputs"]) == ("START", [])
    for event in (start, complete):
        as_event(event)
    assert (
        main(["data", "export", "--form", "croissant", "--split", "train", "--to", str(tmp_path / "x")]) == 2
    )


# The endpoint


class Endpoint:
    """A server that keeps what it is sent, and answers with ``status``."""

    def __init__(self) -> None:
        self.status, self.got = 201, []  # type: ignore[var-annotated]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, self.headers.get("Authorization"), json.loads(body)))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Notes(SilentProgress):
    """Keeps what a person would read."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


def small(root: Path, rows: int = 30, **runtime: Any) -> Workspace:
    (root / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in sound_rows(rows)))
    steps = [{"use": "normalise"}, {"use": "malformed"}]
    source = {"path": "t.jsonl", "form": "prompt_completion", "licence": "proprietary"}
    told = {"model": {"name": "m"}, "data": {"sources": [source], "steps": steps}, "runtime": runtime}
    (root / "tunewright.yaml").write_text(yaml.safe_dump(told))
    if not (root / ".tunewright").exists():
        from tunewright.store.project import Project

        Project.create(root, actor="tester").close()
    return Workspace.open(root, actor="tester")


def test_events_are_sent_to_an_endpoint_with_its_key(
    tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEAGE_KEY", "s3cret-token")
    notes = Notes()
    with small(tmp_path, openlineage={"url": endpoint.url, "api_key": {"env": "LINEAGE_KEY"}}) as ws:
        prepare(ws, notes)
        assert [event for _, _, event in endpoint.got] == list(logged_events(ws.project.state / LOG))
        assert "s3cret-token" not in (ws.project.state / LOG).read_text()
    assert [(path, key) for path, key, _ in endpoint.got] == [("/api/v1/lineage", "Bearer s3cret-token")] * 2
    assert notes.lines == []


@pytest.mark.parametrize("how", ["refuses", "is gone", "has no key"])
def test_an_endpoint_that_does_not_take_them_is_said_once_and_fails_no_build(
    how: str, tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEAGE_KEY", "k")
    url = endpoint.url if how != "is gone" else "http://127.0.0.1:9"
    endpoint.status = 500
    notes = Notes()
    with small(tmp_path, openlineage={"url": url, "api_key": {"env": "LINEAGE_KEY"}}) as ws:
        if how == "has no key":
            monkeypatch.delenv("LINEAGE_KEY")
        assert prepare(ws, notes).created
        assert len(list(logged_events(ws.project.state / LOG))) == 2
    assert len(notes.lines) == 1
    assert notes.lines[0].startswith("the lineage event was not passed on: ")


def test_a_failed_build_says_fail_and_why_and_an_unchanged_one_says_nothing(tmp_path: Path) -> None:
    with small(tmp_path) as ws:
        assert prepare(ws).created
        assert not prepare(ws).created
        assert len(list(logged_events(ws.project.state / LOG))) == 2
    (tmp_path / "t.jsonl").write_text('{"prompt": "", "completion": ""}\n' * 3)
    with Workspace.open(tmp_path, actor="tester") as ws:
        with pytest.raises(DataError) as refused:
            prepare(ws)
        *_, start, fail = logged_events(ws.project.state / LOG)
    assert (start["eventType"], fail["eventType"]) == ("START", "FAIL")
    assert start["run"]["runId"] == fail["run"]["runId"]
    assert fail["run"]["facets"]["errorMessage"]["message"] == refused.value.what
    as_event(fail)


def test_a_build_that_is_interrupted_says_abort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_args: Any, **_named: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tunewright.flows.prepare.run_on_workers", interrupted)
    with small(tmp_path) as ws:
        with pytest.raises(KeyboardInterrupt):
            prepare(ws)
        assert [e["eventType"] for e in logged_events(ws.project.state / LOG)] == ["START", "ABORT"]


def test_the_log_that_cannot_be_written_fails_no_build(tmp_path: Path) -> None:
    notes = Notes()
    with small(tmp_path) as ws:
        (ws.project.state / LOG).mkdir()
        assert prepare(ws, notes).created
    assert len([line for line in notes.lines if "lineage" in line]) == 1
