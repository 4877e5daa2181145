"""After an erasure everybody who reads a snapshot tells the truth: nothing erased is counted as there, nothing is shown."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from tests.fixtures.consoles import PASSWORD, console_over
from tests.fixtures.erasable_workspace import MAIL, PERSON, WORDS, make_workspace, secrets, where_found
from tunewright.core.canonical import sha256_file
from tunewright.core.errors import NotFoundError
from tunewright.core.ports import Progress
from tunewright.core.types import Record
from tunewright.data.personal import Personal
from tunewright.flows import erase as erase_flow
from tunewright.flows import review_board
from tunewright.flows.audit import verify
from tunewright.flows.coverage import coverage
from tunewright.flows.erase import EraseReport, erase
from tunewright.flows.erase_search import Asked
from tunewright.flows.impact import impact
from tunewright.flows.impact_source import SourceImpact
from tunewright.flows.life import life
from tunewright.flows.lineage_export import export_croissant, export_openlineage
from tunewright.flows.neighbours import nearest_examples
from tunewright.flows.overview import snapshot_line
from tunewright.flows.prepare import prepare
from tunewright.flows.review_board import board_of
from tunewright.flows.review_examples import example_detail, example_queue
from tunewright.flows.snapshots import diff, export, find_snapshot, show
from tunewright.flows.snapshots import report as data_report
from tunewright.flows.trace import trace
from tunewright.flows.workspace import Workspace
from tunewright.registry.lineage import SnapshotFiles
from tunewright.store import db
from tunewright.web.people import ROLES, add_person

ASKED = Asked(subject=PERSON, also=(MAIL,))


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, EraseReport]:
    """The workspace before, after, and what the erasure reported."""
    before = make_workspace(tmp_path_factory.mktemp("made") / "w")
    after = Path(shutil.copytree(before, tmp_path_factory.mktemp("erased") / "w"))
    with Workspace.open(after, actor="dpo") as ws:
        report = erase(ws, ASKED, reason="request 4711", copies="erase", files="erase")
    return before, after, report


@pytest.fixture
def ws(erased: tuple[Path, Path, EraseReport]) -> Iterator[Workspace]:
    with Workspace.open(erased[1], actor="dpo") as opened:
        yield opened


def silent(told: Any) -> None:
    """Nothing of the person stands there."""
    text = told if isinstance(told, str) else json.dumps(told, default=str, ensure_ascii=False)
    for secret in secrets():
        assert secret not in text
        assert json.dumps(secret, ensure_ascii=False)[1:-1] not in text


def gone(ws: Workspace, record: Record) -> tuple[Counter[tuple[str, str]], Counter[str], list[str]]:
    """(source, split) of the tombstones, outcomes of erased rows, ids: straight from the files."""
    folder = ws.project.records.folder(record)
    rows = [row for row in pq.read_table(folder / "examples.parquet").to_pylist() if not row["messages"]]
    lines = pq.read_table(folder / "outcomes.parquet").to_pylist()
    outcomes = Counter(line["outcome"] for line in lines if line["reasons"] == ["erased"])
    return Counter((row["source"], row["split"]) for row in rows), outcomes, [row["id"] for row in rows]


def test_counts_leave_the_tombstones_out(ws: Workspace) -> None:
    record = find_snapshot(ws, "2")
    tombstones, outcomes, _ = gone(ws, record)
    assert tombstones.total() == 14
    manifest = json.loads((ws.project.records.folder(record) / "manifest.json").read_text())
    line = snapshot_line(ws, record)
    assert line.counts["examples"] == manifest["counts"]["examples"] - 14 == sum(line.splits.values())
    assert line.counts["erased"] == outcomes.total() == 18
    for name in ("kept", "changed", "dropped", "held"):
        assert line.counts[name] == manifest["counts"][name] - outcomes[name]
    with SnapshotFiles(ws.project, [record]) as files:
        assert sum(files.source_counts().values()) == line.counts["examples"]
    assert data_report(ws, "2")[1]["erased"] == {"rows": 18, "examples": 14}
    assert "erased" not in data_report(ws, "3")[1]
    newest = find_snapshot(ws, "3")
    recorded = json.loads((ws.project.records.folder(newest) / "manifest.json").read_text())["counts"]
    assert snapshot_line(ws, newest).counts == {**recorded, "erased": 0}


def test_the_impact_of_a_source_is_that_of_what_is_left(ws: Workspace) -> None:
    record = find_snapshot(ws, "2")
    folder = ws.project.records.folder(record)
    tombstones, _, _ = gone(ws, record)
    recorded = json.loads((folder / "sources.json").read_text())
    for source in ("tickets.csv", "chats.jsonl", "slack"):
        found = impact(ws, source)
        assert isinstance(found, SourceImpact)
        (mine,) = (item for item in found.source if item.snapshot == record.ref)
        (touched,) = (item for item in found.snapshots if item.snapshot == record.ref)
        was = recorded[source]
        assert dict(touched.splits) == {
            split: count - tombstones[source, split] for split, count in was["splits"].items()
        }
        lines = pq.read_table(folder / "outcomes.parquet").to_pylist()
        assert dict(mine.outcomes) == Counter(
            "erased" if line["reasons"] == ["erased"] else line["outcome"]
            for line in lines
            if line["source"] == source
        )
        assert dict(mine.outcomes)["erased"] >= 1
        silent(asdict(found))


def test_the_difference_to_the_rebuilt_snapshot_is_the_erasure(ws: Workspace) -> None:
    found = diff(ws, "2", "3", everything=True)
    assert {cause.cause.kind for cause in found.causes} == {"erasure"}
    # Exchanges are written out again at every build; all other sources are the scrubbed bytes.
    assert {how for name, how in found.inputs.sources.items() if name != "answers"} == {"erased"}
    assert found.removed == 0
    before = Counter[str]()
    for was, _, rows in found.matrix:
        before[was] += rows
    assert before["erased"] == 18
    assert before["kept"] + before["changed"] == snapshot_line(ws, find_snapshot(ws, "2")).counts["examples"]
    silent(asdict(found))
    back = diff(ws, "3", "2", everything=True)
    assert {cause.cause.kind for cause in back.causes} == {"erasure"}
    assert (back.added, back.rows) == (0, found.rows)


def test_a_difference_with_another_cause_keeps_it(ws: Workspace) -> None:
    found = diff(ws, "1", "2")
    assert [(cause.cause.kind, cause.rows) for cause in found.causes] == [("source", 1)]
    assert found.inputs.sources == {"chats.jsonl": "changed"}
    kinds = {cause.cause.kind: cause.rows for cause in diff(ws, "1", "3").causes}
    assert kinds["erasure"] >= 18
    assert kinds["source"] >= 1


def test_export_and_show_hold_what_is_left(ws: Workspace, tmp_path: Path) -> None:
    left = snapshot_line(ws, find_snapshot(ws, "2")).counts["examples"]
    assert export(ws, tmp_path / "all.jsonl", version="2").rows == left
    silent((tmp_path / "all.jsonl").read_text())
    shown = show(ws, limit=1000, version="2")
    assert len(shown) == left
    silent(shown)


def test_croissant_and_openlineage_are_true(ws: Workspace, tmp_path: Path) -> None:
    left = snapshot_line(ws, find_snapshot(ws, "2"))
    assert export_croissant(ws, tmp_path / "c", "2").rows == left.counts["examples"]
    told = json.loads((tmp_path / "c" / "croissant.json").read_text())
    (splits,) = (part["data"] for part in told["recordSet"] if part["@id"] == "splits")
    assert {row["splits/name"]: row["splits/count"] for row in splits} == left.splits
    assert "14 more were erased" in told["description"]
    for file in told["distribution"]:
        assert file["sha256"] == sha256_file(tmp_path / "c" / file["contentUrl"])
    silent(told)
    export_openlineage(ws, tmp_path / "o.jsonl", "2")
    events = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    (output,) = (
        item["outputFacets"]["outputStatistics"]
        for event in events
        for item in event["outputs"]
        if item["name"] == "snapshot/support" and event["eventType"] == "COMPLETE"
    )
    folder = ws.project.records.folder(find_snapshot(ws, "2"))
    files = ws.project.records.present_files(find_snapshot(ws, "2"))
    assert output["rowCount"] == left.counts["examples"]
    assert output["size"] == sum((folder / file.path).stat().st_size for file in files)
    silent(events)


def test_trace_life_and_neighbours_tell_of_no_text(ws: Workspace) -> None:
    record = find_snapshot(ws, "2")
    _, _, ids = gone(ws, record)
    told = life(ws, ids[0])
    assert told.outcome == "erased"
    silent(asdict(told))
    silent(asdict(trace(ws, ids[0])))
    silent(asdict(impact(ws, ids[0])))
    silent(asdict(trace(ws, "support@1.0.0")))
    for words in WORDS.values():
        near = nearest_examples(ws.project, record, words, limit=20)
        assert not {item.id for item in near} & set(ids)
        silent([asdict(item) for item in near])
    with pytest.raises(NotFoundError):
        impact(ws, PERSON)


def test_nobody_is_asked_to_judge_a_tombstone(ws: Workspace) -> None:
    record = find_snapshot(ws, "2")
    _, _, ids = gone(ws, record)
    pages = [example_queue(ws, state="all", version="2", page_size=50, page=page) for page in (1, 2)]
    left = snapshot_line(ws, record).counts["examples"]
    assert [page.total for page in pages] == [left, left]
    seen = {item.id for page in pages for item in page.items}
    assert len(seen) == left
    assert not seen & set(ids)
    with pytest.raises(NotFoundError):
        example_detail(ws, ids[0], version="2")


def test_coverage_measures_what_is_left(ws: Workspace) -> None:
    record = find_snapshot(ws, "2")
    found = coverage(ws, version="2", embedder="hashed")
    assert found.coverage.examples == snapshot_line(ws, record).splits["train"]
    silent(found.as_dict())
    silent(found.page.read_text())


def test_a_fresh_build_proves_the_rebuilt_snapshot(erased: Any, tmp_path: Path) -> None:
    root = Path(shutil.copytree(erased[1], tmp_path / "w"))
    with Workspace.open(root, actor="dpo") as ws:
        built = prepare(ws, fresh=True)
        assert (built.ref.version, built.created) == ("3", False)
        verify(ws)
    # A second person goes: the snapshot that is proved has tombstones itself, and another build takes its place.
    with Workspace.open(root, actor="dpo") as ws:
        erase(ws, Asked(subject="cust-1100"), copies="erase", files="erase")
        assert prepare(ws, fresh=True).ref.version == "4"
        assert {c.cause.kind for c in diff(ws, "2", "4").causes} == {"erasure"}
        verify(ws)


def test_the_pages_of_the_console_say_erased(erased: Any, tmp_path: Path) -> None:
    root = Path(shutil.copytree(erased[1], tmp_path / "w"))
    with Workspace.open(root, actor="dpo") as ws:
        add_person(ws.project, "all", ROLES, PASSWORD)
    with console_over(root) as console:
        client = console.sign_in("all")
        listed = client.get("/snapshots").text
        assert listed.count("18 rows erased since") == 2
        assert "rows erased since" in client.get("/snapshots/2").text
        assert "Erased since this build: 18 rows, 14 examples" in client.get("/snapshots/2/report").text
        assert "Erased since" not in client.get("/snapshots/3/report").text
        for address in ("/snapshots", "/snapshots/2", "/snapshots/2/report", "/snapshots/3/diff", "/audit"):
            silent(client.get(address).text)


def sign_in_as(ws: Workspace, name: str) -> None:
    """A session of the console under this name."""
    times = dict.fromkeys(("opened_at", "seen_at", "expires_at"), "x")
    with ws.project.transaction() as connection:
        connection.execute(sa.insert(db.console_sessions).values(token_hash=name[:3], name=name, **times))


def test_the_last_search_lists_what_came_meanwhile(
    erased: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text longer than a database page, and files beside the records, written after the rows were erased."""
    root = Path(shutil.copytree(erased[0], tmp_path / "w"))
    places = ("pages/c.html", "review/x/findings.arrow", "openlineage.jsonl")
    sweep = erase_flow._sweep

    def late(ws: Workspace, personal: Personal, progress: Progress) -> tuple[int, tuple[str, ...]]:
        for place in places:
            (ws.project.state / place).parent.mkdir(parents=True, exist_ok=True)
            (ws.project.state / place).write_text(f"a\n{WORDS['csv2']}\n")
        sign_in_as(ws, "x" * 4050 + f" {WORDS['csv2']} " + "y" * 9000)
        return sweep(ws, personal, progress)

    monkeypatch.setattr(erase_flow, "_sweep", late)
    with Workspace.open(root, actor="dpo") as ws:
        found = erase(ws, ASKED, copies="erase", files="erase", rebuild=False)
    assert {f".tunewright/{place}" for place in places} <= set(found.remains)
    assert "table console_sessions" in found.remains


def test_a_running_console_forgets_the_index_it_had_open(erased: Any, tmp_path: Path) -> None:
    root = Path(shutil.copytree(erased[0], tmp_path / "w"))
    with Workspace.open(root, actor="dpo") as ws:
        record = find_snapshot(ws, "2")
        before = board_of(ws, record).index.size
        # Another process erases, and looks at the old snapshot: the same folder is there again, with other texts.
        with Workspace.open(root, actor="other") as other:
            kept, review_board._boards = review_board._boards, OrderedDict()
            erase(other, ASKED, copies="erase", files="erase")
            after = board_of(other, record).index.size
            review_board._boards = kept
        assert after < before
        assert board_of(ws, record).index.size == after


def test_the_last_search_reaches_pages_logs_and_the_console(erased: Any, tmp_path: Path) -> None:
    root = Path(shutil.copytree(erased[0], tmp_path / "w"))
    state = root / ".tunewright"
    for place in ("pages/coverage-1.html", "review/x/findings.arrow", "review/x/note.txt"):
        (state / place).parent.mkdir(parents=True, exist_ok=True)
        (state / place).write_text(f"<p>{WORDS['csv2']}</p>")
    with (state / "openlineage.jsonl").open("a") as log:
        log.write(json.dumps({"inputs": [{"name": PERSON}]}) + "\n")
    with Workspace.open(root, actor="dpo") as ws:
        sign_in_as(ws, MAIL)
        found = erase(ws, ASKED, copies="erase", files="erase")
        assert found.remains == ()
    assert where_found(root, secrets()) == {}
    with sqlite3.connect(state / "tunewright.db") as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
