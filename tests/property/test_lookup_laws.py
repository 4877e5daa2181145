"""The index answers every question as a reading of all rows would, whatever the rows hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.core.canonical import digest
from tunewright.core.types import Example, Message, Origin, Record
from tunewright.data.outcomes import RowOutcome, read_outcomes
from tunewright.data.runner import PipelineResult
from tunewright.data.snapshot import load_rows, write_snapshot
from tunewright.registry.lineage import SnapshotFiles
from tunewright.store.project import Project

NAMES = st.sampled_from(["a.csv", "b#c.csv", "ü.jsonl", "a.csv#x"])
PEOPLE = st.sampled_from(["", "C1", "C2", "Zoë", "C1 "])


@st.composite
def results(draw: st.DrawFn) -> PipelineResult:
    """Rows of several sources, some kept, some dropped for another, some children of another."""
    keys = draw(st.lists(st.tuples(NAMES, st.text(max_size=4)), unique=True, max_size=30))
    rows, kept = [], []
    for number, (source, record) in enumerate(sorted(keys, key=lambda key: key[0])):
        identity = digest([source, record])
        stays = draw(st.booleans())
        of = draw(st.sampled_from(["", *(f"{a}#{b}" for a, b in keys[:3])])) if not stays else ""
        rows.append(RowOutcome(source, record, "kept" if stays else "dropped", (), "", (), identity, of, ""))
        if stays:
            labels = (f"child-of:{kept[0].id}",) if kept and draw(st.booleans()) else ()
            origin = Origin(source, record, identity, subject=draw(PEOPLE))
            kept.append(Example(identity, (Message("user", str(number)),), origin, labels=labels))
    kept.sort(key=lambda example: example.id)
    return PipelineResult(tuple(kept), tuple(rows), (), (), {}, ())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with Project.create(tmp_path_factory.mktemp("lookup"), actor="tester") as made:
        yield made


def recorded(project: Project, result: PipelineResult) -> Record:
    with project.staging() as folder:
        write_snapshot(result, folder, steps=(), sources=(), goldens=())
        version = project.records.next_version("snapshot", "s")
        made: dict[str, Any] = {
            "kind": "snapshot",
            "name": "s",
            "version": version,
            "action": "snapshot.build",
        }
        return project.records.commit(inputs=(), recipe={}, files_dir=folder, **made)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(result=results(), data=st.data())
def test_the_index_answers_as_a_reading_of_all_rows(
    project: Project, result: PipelineResult, data: st.DataObject
) -> None:
    record = recorded(project, result)
    folder = project.records.folder(record)
    examples, outcomes = load_rows(folder), list(read_outcomes(folder / "outcomes.parquet"))
    person = data.draw(PEOPLE)
    places = [(row["source"], row["record"]) for row in outcomes] + [("no", "such")]
    with SnapshotFiles(project, [record]) as files:
        for source, name in places:
            fates = files.fates(source, name)
            assert [f.example for f in fates] == [
                row["example"] for row in outcomes if (row["source"], row["record"]) == (source, name)
            ]
            assert [e.id for e in files.by_row(source, name)] == [
                row["id"] for row in examples if (row["source"], row["locator"]) == (source, name)
            ]
        assert [e.id for e in files.by_subject(person)] == [
            row["id"] for row in examples if row["subject"] == person and person
        ]
        for row in examples:
            item = files.by_id(row["id"][: data.draw(st.integers(8, 64))])[0]
            assert item.id == row["id"]
            assert files.whole(item) == row
            twins = [o["record"] for o in outcomes if o["of"] == f"{row['source']}#{row['locator']}"]
            assert sorted(f.record for f in files.twins(item)) == sorted(twins)
            born = [e["id"] for e in examples if f"child-of:{row['id']}" in e["labels"]]
            assert [child.id for child in files.children(row["id"])] == born
        for outcome in outcomes:
            assert [f.record for f in files.fates_of(outcome["example"])] == [outcome["record"]]
        assert [e.id for e in files.example_page(0, 100)] == [row["id"] for row in examples]
        assert files.example_count() == len(examples)
        for source in {row["source"] for row in outcomes}:
            mine = [row["record"] for row in outcomes if row["source"] == source]
            assert files.row_count(source) == len(mine)
            assert [f.record for f in files.row_page(source, 0, 100)] == mine
            assert [f.record for f in files.row_page(source, 1, 2)] == mine[1:3]
        kept = [row["source"] for row in examples]
        assert files.source_counts() == {source: kept.count(source) for source in sorted(set(kept))}


def test_ids_of_one_beginning_are_told_apart(project: Project) -> None:
    """Two ids that agree in the 32 bits of the index, and a hash at the very end of the range."""
    ids = ["f" * 8 + letter * 56 for letter in "019"]
    kept = tuple(Example(i, (Message("user", i),), Origin("s", i[8:12], i)) for i in ids)
    rows = tuple(RowOutcome("s", i[8:12], "kept", (), "", (), i, "", "") for i in ids)
    record = recorded(project, PipelineResult(kept, rows, (), (), {}, ()))
    with SnapshotFiles(project, [record]) as files:
        assert [e.id for e in files.by_id("f" * 8)] == ids
        assert [e.id for e in files.by_id("f" * 8 + "1")] == [ids[1]]
        assert files.by_id("f" * 8 + "2") == []
        assert [f.record for f in files.fates_of("f" * 8 + "9")] == ["9999"]


def test_rows_of_later_row_groups_are_found(project: Project) -> None:
    """More rows than one row group holds, asked for at its borders."""
    count = (1 << 13) + 50
    ids = sorted(digest([n]) for n in range(count))
    kept = tuple(Example(i, (Message("user", i),), Origin("s", i[:20], i)) for i in ids)
    rows = tuple(RowOutcome("s", i[:20], "kept", (), "", (), i, "", "") for i in ids)
    record = recorded(project, PipelineResult(kept, rows, (), (), {}, ()))
    with SnapshotFiles(project, [record]) as files:
        for at in (0, 1, (1 << 13) - 1, 1 << 13, count - 1):
            assert [e.id for e in files.by_row("s", ids[at][:20])] == [ids[at]]
            assert [f.example for f in files.fates("s", ids[at][:20])] == [ids[at]]
        page = files.example_page((1 << 13) - 3, 7)
        assert [e.id for e in page] == ids[(1 << 13) - 3 : (1 << 13) + 4]
