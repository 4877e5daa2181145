"""The life of an example, told from a snapshot the pipeline built; checked against what was written into the sources."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.registered import ROLES, with_evidence
from tests.flow.test_trace_and_impact import answered, registered
from tunewright.cli.main import main
from tunewright.core.errors import NotFoundError
from tunewright.data.words import word_diff
from tunewright.flows.life import Life, life
from tunewright.flows.prepare import prepare
from tunewright.flows.review import review_decide, review_list
from tunewright.flows.workspace import Workspace
from tunewright.registry.policy_file import default_policy_bytes, parse_policy
from tunewright.registry.promote import promote
from tunewright.store.project import Project

WORDS = (
    "lantern",
    "harbour",
    "copper",
    "violet",
    "meadow",
    "thunder",
    "basket",
    "pillow",
    "marble",
    "window",
)
STEPS = ["normalise", "malformed", "exact_duplicates", "pii", "near_duplicates", "split"]


def rows() -> list[dict[str, str]]:
    """Tickets with an e-mail address, a quoted newline, an exact and a near copy."""
    random_ = random.Random(5)
    made = []
    for number in range(60):
        words = " ".join(random_.choice(WORDS) + str(random_.randrange(1000)) for _ in range(12))
        made.append(
            {
                "id": f"T{number:02d}",
                "who": f"C{number // 2:02d}",
                "q": f"Where is {words}?",
                "a": f"See {number}.",
            }
        )
    made[7]["q"] = 'Please write to jane.roe@example.com about the  copper lantern, "now"\nand then to me.'
    made[20] |= {"q": made[3]["q"], "a": made[3]["a"]}
    made[31] |= {"q": made[4]["q"] + " Thanks", "a": made[4]["a"]}
    return made


def workspace(root: Path, name: str, write: Callable[[Path], None], **source: object) -> Path:
    root.mkdir()
    write(root / name)
    sources = [{"path": name, "licence": "internal", "purpose": "support", "owner": "desk", "received": "2026-01-05",
                "retention_days": 36500, "legal_basis": "contract", **source}]  # fmt: skip
    steps = [{"use": step} for step in STEPS]
    told = {"model": {"name": "support"}, "data": {"sources": sources, "steps": steps}}
    (root / "tunewright.yaml").write_text(yaml.safe_dump(told))
    Project.create(root, actor="alice").close()
    return root


COLUMNS = {"prompt": "q", "reply": "a", "id": "id", "subject": "who"}


def as_csv(path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = csv.DictWriter(stream, ["id", "who", "q", "a"])
        out.writeheader()
        out.writerows(rows())


def as_jsonl(path: Path) -> None:
    path.write_text("\n\n".join(json.dumps(row) for row in rows()) + "\n")


def as_parquet(path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(rows()), path, row_group_size=16)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = workspace(
        tmp_path_factory.mktemp("life") / "w", "tickets.csv", as_csv, form="columns", columns=COLUMNS
    )
    with Workspace.open(root, actor="alice") as ws:
        prepare(ws)
        model = with_evidence(ws.project, registered(ws, 0.1))
        promote(
            ws.project,
            parse_policy(default_policy_bytes()),
            model,
            "staging",
            primary="exact_match",
            roles=ROLES,
        )
        for number in range(4):
            answered(ws, model, f"ex-{number}", "hello")
    with Workspace.open(root, actor="bob") as ws:
        found = next(f for f in review_list(ws, all_findings=True).findings if f.record == "T07")
        review_decide(ws, found.key, "dismissed", note="the desk's own address")
        prepare(ws)
    return root


@pytest.fixture
def ws(root: Path) -> Iterator[Workspace]:
    with Workspace.open(root, actor="alice") as opened:
        yield opened


def test_a_redacted_example_tells_its_source_its_steps_and_its_words(ws: Workspace) -> None:
    story = life(ws, "tickets.csv#T07", version="1")
    source = rows()[7]
    assert story.turns[0].before == source["q"]
    assert story.original == "read"
    assert "jane.roe@example.com" not in story.turns[0].after
    gone = "".join(piece.text for piece in story.turns[0].pieces if piece.what == "gone")
    assert "jane" in gone
    assert "lantern" not in gone
    birth = story.birth
    assert dict(birth.about) == {
        "form": "columns", "licence": "internal", "purpose": "support", "legal_basis": "contract", "owner": "desk",
        "received": "2026-01-05", "retention_days": 36500, "expires": "2125-12-12", "subject": "who",
    }  # fmt: skip
    assert (birth.subject, birth.row, birth.number, birth.file) == (
        "C03",
        "tickets.csv#T07",
        8,
        "tickets.csv",
    )
    data = (ws.root / "tickets.csv").read_bytes()[birth.start : birth.start + birth.size_bytes].decode()
    assert next(csv.reader(data.splitlines(keepends=True))) == list(source.values())
    assert "pii" in {step.step for step in story.steps}
    assert all(step.action == "changed" for step in story.steps if step.step == "pii")
    assert [home.snapshot.version for home in story.snapshots] == ["1", "2"]
    assert [ref.version for ref in story.snapshots[0].runs] == ["1"]
    assert [(m.model.version, m.serves_in, m.exchanges) for m in story.models] == [("1.0.0", ("staging",), 4)]


def test_a_decision_is_told_with_who_when_and_why(ws: Workspace) -> None:
    story = life(ws, "tickets.csv#T07")
    assert story.told_of.version == "2"
    assert "jane.roe@example.com" in story.turns[0].after
    decided = [found for found in story.findings if found.decision]
    assert [(f.decision, f.decided_by, f.decision_note) for f in decided] == [
        ("dismissed", "bob", "the desk's own address")
    ]
    assert decided[0].decided_at > ws.project.records.find("snapshot")[0].provenance.at_utc.isoformat()


def test_twins_are_told_from_both_sides(ws: Workspace) -> None:
    kept = life(ws, "tickets.csv#T03")
    assert [(one.row, one.relation) for one in kept.relatives] == [("tickets.csv#T20", "exact copy")]
    dropped = life(ws, "tickets.csv#T20")
    assert dropped.outcome == "dropped"
    assert dropped.turns[0].before == rows()[20]["q"]
    assert dropped.turns[0].after == ""
    assert [(one.row, one.relation) for one in dropped.relatives] == [("tickets.csv#T03", "kept instead")]
    pair = [life(ws, f"tickets.csv#{row}") for row in ("T04", "T31")]
    told = sorted((story.outcome, story.relatives[0].relation) for story in pair)
    assert told == [("dropped", "kept instead"), ("kept", "near copy")]


def test_an_id_its_row_and_its_own_name_tell_the_same_life(ws: Workspace) -> None:
    def body(story: Life) -> object:
        return (story.id, story.birth, story.steps, story.turns, story.snapshots)

    by_row = life(ws, "tickets.csv#T11")
    assert body(life(ws, by_row.id)) == body(life(ws, by_row.id[:8])) == body(life(ws, "T11")) == body(by_row)
    assert by_row.original == "same"
    assert by_row.turns[0].after == rows()[11]["q"]
    dropped = life(ws, "tickets.csv#T20")
    assert life(ws, dropped.id[:10]).birth.row == "tickets.csv#T20"


def test_who_is_not_there_is_not_found(ws: Workspace) -> None:
    for text in ("tickets.csv#T99", "nothing", "00000000", "other.csv#T01", ""):
        with pytest.raises(NotFoundError):
            life(ws, text)


def test_the_command_tells_it_and_still_lists_a_split(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "show", "tickets.csv#T07", "--snapshot", "1", "-C", str(root)]) == 0
    told = capsys.readouterr().out
    for word in (
        "legal basis: contract",
        "person: C03",
        "[-jane.roe@example.com-]",
        "support@1.0.0",
        "4 answers",
    ):
        assert word in told
    assert main(["data", "show", "tickets.csv#T07", "--json", "-C", str(root)]) == 0
    story = json.loads(capsys.readouterr().out)
    assert story["turns"][0]["before"] == rows()[7]["q"]
    assert main(["data", "show", "--split", "test", "--limit", "2", "--json", "-C", str(root)]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["split"] for row in listed] == ["test", "test"]


@pytest.mark.parametrize(
    ("name", "write"), [("t.jsonl", as_jsonl), ("t.parquet", as_parquet), ("t.tsv", None), ("t.json", None)]
)
def test_the_original_is_read_whatever_the_file(
    tmp_path: Path, name: str, write: Callable[[Path], None] | None
) -> None:
    """Every row of every form, also of those that are read from their beginning."""

    def otherwise(path: Path) -> None:
        if path.suffix == ".json":
            path.write_text(json.dumps(rows()))
            return
        with path.open("w", newline="", encoding="utf-8") as stream:
            out = csv.DictWriter(stream, ["id", "who", "q", "a"], delimiter="\t")
            out.writeheader()
            out.writerows(rows())

    root = workspace(tmp_path / "w", name, write or otherwise, form="columns", columns=COLUMNS)
    with Workspace.open(root, actor="alice") as ws:
        prepare(ws)
        for number in (7, 20, 31):
            story = life(ws, f"{name}#T{number:02d}")
            assert story.original in ("read", "same")
            assert (story.turns[0].before or story.turns[0].after) == rows()[number]["q"]


def test_a_lost_source_is_said_and_not_invented(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", "t.jsonl", as_jsonl, form="columns", columns=COLUMNS)
    with Workspace.open(root, actor="alice") as ws:
        prepare(ws)
        source = ws.project.records.find("source")[0]
        blob = ws.project.blobs.path(source.files[0].digest)
        blob.chmod(0o644)
        blob.write_bytes(blob.read_bytes().replace(b"jane.roe", b"xxxx.xxx"))
        story = life(ws, "t.jsonl#T07")
        assert story.original == "gone"
        assert story.turns[0].before == ""


@given(st.text("ab c.\n", max_size=40), st.text("ab c.\n", max_size=40))
def test_pieces_make_up_both_texts(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert "".join(p.text for p in pieces if p.what != "new") == before
    assert "".join(p.text for p in pieces if p.what != "gone") == after
    assert (before == after) == all(p.what == "same" for p in pieces)
