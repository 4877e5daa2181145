"""Records: conflicts, lineage, lookup, verification."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fixtures.recording import commit
from tunewright.core.canonical import digest, sha256_bytes
from tunewright.core.errors import ConflictError, DataError, IntegrityError, NotFoundError, UsageError
from tunewright.core.types import FileEntry, Ref, Score
from tunewright.store import db
from tunewright.store.project import Project

SCORE = Score(metric="exact_match", value=0.8, low=0.7, high=0.9, n=100, signature="exact_match|v:1")


def test_a_record_comes_back_as_it_was_made(project: Project) -> None:
    made = commit(project, files={"manifest.json": "{}", "deep/examples.parquet": "x"}, scores=[SCORE])
    assert project.records.get("snapshot", "bank", "1") == made
    assert project.records.get("snapshot/bank@1") == made
    assert project.records.get("snapshot/bank") == made
    assert project.records.get(made.ref) == made
    assert project.records.by_digest(made.ref.digest[:12]) == made
    assert [f.path for f in made.files] == ["deep/examples.parquet", "manifest.json"]
    assert (project.records.folder(made) / "deep" / "examples.parquet").read_text() == "x"
    assert made.provenance.actor == "ada"
    assert made.provenance.hardware
    project.records.verify(made)


def test_the_digest_is_of_what_it_is_not_of_when_or_where(project: Project, tmp_path: Path) -> None:
    made = commit(project, files={"a": "x"})
    expected = {
        "kind": "snapshot",
        "name": "bank",
        "version": "1",
        "inputs": [],
        "recipe_digest": digest({"steps": ["normalise"]}),
        "files": [{"path": "a", "digest": sha256_bytes(b"x"), "size_bytes": 1}],
    }
    assert made.ref.digest == digest(expected)
    with Project.create(tmp_path / "elsewhere", actor="grace") as other:
        assert commit(other, files={"a": "x"}).ref == made.ref


def test_the_same_again_answers_the_one_that_is_there(project: Project) -> None:
    made = commit(project, version="1", files={"a": "x"})
    assert commit(project, version="1", files={"a": "x"}) == made
    assert len(project.audit.events(action="snapshot.build")) == 1


def test_another_recipe_under_the_same_version_is_a_conflict(project: Project) -> None:
    commit(project, version="1")
    with pytest.raises(ConflictError, match="another recipe"):
        commit(project, version="1", recipe={"steps": []})
    commit(project, "files", version="1", files={"a": "x"})
    with pytest.raises(ConflictError, match="another content"):
        commit(project, "files", version="1", files={"a": "y"})
    assert not list((project.state / "pending").iterdir())


def test_versions_count_up_and_ignore_others(project: Project) -> None:
    assert project.records.next_version("snapshot", "bank") == "1"
    for version in ("1", "2", "draft", "10"):
        commit(project, version=version)
    assert project.records.next_version("snapshot", "bank") == "11"
    assert [r.ref.version for r in project.records.find("snapshot", "bank")] == ["1", "2", "draft", "10"]
    latest = project.records.latest("snapshot", "bank")
    assert latest is not None
    assert latest.ref.version == "10"
    assert project.records.latest("snapshot", "none") is None
    assert [r.ref.name for r in project.records.find("snapshot")] == ["bank"] * 4


def test_an_unknown_name_tells_the_near_ones(project: Project) -> None:
    commit(project, "support-bank")
    with pytest.raises(NotFoundError, match="support-bank"):
        project.records.get("snapshot", "suport-bank", "1")
    with pytest.raises(NotFoundError, match="its versions: 1"):
        project.records.get("snapshot/support-bank@7")
    with pytest.raises(NotFoundError, match="no model in this workspace yet"):
        project.records.get("model", "bank")


def test_a_digest_prefix_that_fits_several_is_a_conflict(project: Project) -> None:
    made = commit(project)
    with project.transaction() as connection:
        twin = made.ref.digest[:20] + "0" * 44
        row = dict(connection.execute(sa.select(db.records)).mappings().one())
        del row["id"]
        connection.execute(sa.insert(db.records).values({**row, "version": "x", "digest": twin}))
    with pytest.raises(ConflictError, match="several records"):
        project.records.by_digest(made.ref.digest[:20])
    assert project.records.by_digest(made.ref.digest) == made
    with pytest.raises(NotFoundError):
        project.records.by_digest("0" * 64)


def test_lineage_both_ways_nearest_first(project: Project) -> None:
    source = commit(project, "tickets.csv", kind="source")
    golden = commit(project, "golden", kind="golden")
    snapshot = commit(project, inputs=[source.ref, golden.ref])
    run = commit(project, "train", kind="run", inputs=[snapshot.ref])
    model = commit(project, kind="model", version="1.0.0", inputs=[snapshot.ref, run.ref])
    assert project.records.upstream(model.ref) == [snapshot.ref, run.ref, source.ref, golden.ref]
    assert project.records.upstream(model.ref, depth=1) == [snapshot.ref, run.ref]
    assert project.records.downstream(source.ref) == [snapshot.ref, run.ref, model.ref]
    assert project.records.downstream(source.ref, depth=1) == [snapshot.ref]
    assert project.records.upstream(source.ref) == []
    assert project.records.upstream(model.ref, depth=0) == []
    with pytest.raises(NotFoundError):
        project.records.downstream(source.ref.model_copy(update={"digest": "0" * 64}))


def test_an_input_that_is_not_recorded_is_refused(project: Project) -> None:
    ghost = Ref(kind="source", name="ghost.csv", version="1", digest="0" * 64)
    with pytest.raises(NotFoundError, match=r"ghost\.csv"):
        commit(project, inputs=[ghost])
    assert project.records.find("snapshot") == []


def test_a_ref_of_another_workspace_is_found_out(project: Project) -> None:
    made = commit(project)
    with pytest.raises(IntegrityError, match="another digest"):
        project.records.get(made.ref.model_copy(update={"digest": "0" * 64}))


@pytest.mark.parametrize("change", ["edit", "remove", "add", "truncate"])
def test_verify_names_the_file(project: Project, change: str) -> None:
    made = commit(project, files={"a.json": "1234", "b.json": "5678"})
    path = project.records.folder(made) / "b.json"
    path.chmod(0o600)
    if change == "edit":
        path.write_text("5679")
    elif change == "remove":
        path.unlink()
    elif change == "truncate":
        path.write_text("5")
    else:
        (path.parent / "c.json").write_text("new")
    with pytest.raises(IntegrityError) as caught:
        project.records.verify(made)
    assert caught.value.facts["file"] == ("c.json" if change == "add" else "b.json")
    project.records.verify(made, files=False)


def test_edited_scores_in_the_database_are_found_out(project: Project) -> None:
    made = commit(project, scores=[SCORE])
    better = made.model_copy(update={"scores": (SCORE.model_copy(update={"value": 0.99}),)})
    with project.transaction() as connection:
        connection.execute(sa.update(db.records).values(body=better))
    for record in (made, better, project.records.get(made.ref)):
        with pytest.raises(IntegrityError, match="is not what was recorded"):
            project.records.verify(record)


def test_recorded_files_are_read_only(project: Project) -> None:
    made = commit(project, files={"a": "x", "deep/b": "y"})
    for name in ("a", "deep/b"):
        assert stat.S_IMODE((project.records.folder(made) / name).stat().st_mode) == 0o400


def test_files_in_the_blobs_are_verified_and_those_elsewhere_are_not(project: Project) -> None:
    kept = project.blobs.put_bytes(b"raw")
    files = [
        FileEntry(path="tickets.csv", digest=kept, size_bytes=3),
        FileEntry(path="weights.safetensors", digest="1" * 64, size_bytes=9),
    ]
    made = project.records.commit(
        kind="source",
        name="tickets.csv",
        version=kept[:12],
        inputs=[],
        recipe={},
        files_dir=None,
        external_files=files,
        action="source.add",
    )
    project.records.verify(made)
    path = project.blobs.path(kept)
    path.chmod(0o600)
    path.write_bytes(b"raW")
    with pytest.raises(IntegrityError, match="blob"):
        project.records.verify(made)


def test_a_folder_outside_the_staging_area_is_copied(project: Project, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "a").write_text("x")
    made = project.records.commit(
        kind="run", name="train", version="1", inputs=[], recipe={}, files_dir=mine, action="train"
    )
    assert (mine / "a").read_text() == "x"
    assert (project.records.folder(made) / "a").read_text() == "x"
    assert list((project.state / "staging").iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "fifo", "linked folder", "control character", "backslash"])
def test_what_is_no_plain_file_is_refused(project: Project, tmp_path: Path, kind: str) -> None:
    with project.staging() as folder:
        if kind == "link":
            (folder / "a").symlink_to("/etc/passwd")
        elif kind == "linked folder":
            (folder / "a").symlink_to("/etc", target_is_directory=True)
        elif kind == "fifo":
            os.mkfifo(folder / "a")
        else:
            (folder / ("a\n" if kind == "control character" else "a\\b")).write_text("x")
        with pytest.raises((DataError, UsageError)):
            project.records.commit(
                kind="run", name="train", version="1", inputs=[], recipe={}, files_dir=folder, action="train"
            )
    assert project.records.find("run") == []


@pytest.mark.parametrize("field", ["kind", "name", "version"])
@pytest.mark.parametrize("text", ["../x", "/x", "a\x00", "a\\b", "x" * 201, "", ".."], ids=ascii)
def test_bad_names_never_become_paths(project: Project, field: str, text: str) -> None:
    values = {"kind": "run", "name": "train", "version": "1", field: text}
    with pytest.raises(UsageError):
        project.records.commit(**values, inputs=[], recipe={}, files_dir=None, action="train")  # type: ignore[arg-type]


def test_an_external_path_that_leaves_or_repeats_is_refused(project: Project) -> None:
    def call(*paths: str) -> None:
        files = [FileEntry(path=p, digest="0" * 64, size_bytes=1) for p in paths]
        project.records.commit(
            kind="base",
            name="b",
            version="1",
            inputs=[],
            recipe={},
            files_dir=None,
            external_files=files,
            action="x",
        )

    for paths in (["../a"], ["/a"], ["a", "a"]):
        with pytest.raises(UsageError):
            call(*paths)


def test_in_the_callers_transaction_it_is_all_or_nothing(project: Project) -> None:
    def attempt(fail: bool) -> None:
        with project.staging() as folder:
            (folder / "a").write_text("x")
            with project.transaction() as connection:
                made = project.records.commit(
                    kind="run",
                    name="train",
                    version="1",
                    inputs=[],
                    recipe={},
                    files_dir=folder,
                    action="train",
                    in_transaction=connection,
                )
                assert project.records.get(made.ref) == made
                if fail:
                    raise RuntimeError("a caller's error")

    with pytest.raises(RuntimeError):
        attempt(fail=True)
    assert project.records.find("run") == []
    assert not list((project.state / "records" / "run").iterdir())
    assert not list((project.state / "pending").iterdir())
    attempt(fail=False)
    project.records.verify(project.records.get("run/train"))
    assert project.audit.verify().events == 2


def test_a_failed_commit_leaves_the_files_where_they_were(project: Project) -> None:
    with project.staging() as folder:
        (folder / "weights").write_text("hours of training")
        ghost = Ref(kind="source", name="ghost.csv", version="1", digest="0" * 64)
        with pytest.raises(NotFoundError):
            project.records.commit(
                kind="run",
                name="train",
                version="1",
                inputs=[ghost],
                recipe={},
                files_dir=folder,
                action="train",
            )
        assert (folder / "weights").read_text() == "hours of training"
        made = project.records.commit(
            kind="run", name="train", version="1", inputs=[], recipe={}, files_dir=folder, action="train"
        )
    project.records.verify(made)


def test_downstream_of_many_is_downstream_of_each(project: Project) -> None:
    """One question a level for all of them answers what a walk from each answers."""
    from tunewright.store import lineage

    made = {"files_dir": None, "action": "x.add", "recipe": {}}
    sources = [
        project.records.commit(kind="source", name="s", version=str(n), inputs=(), **made) for n in range(3)
    ]
    snapshots = [
        project.records.commit(
            kind="snapshot", name="p", version=str(n), inputs=[s.ref for s in sources[n:]], **made
        )
        for n in range(3)
    ]
    run = project.records.commit(
        kind="run", name="r", version="1", inputs=[snapshots[0].ref, snapshots[2].ref], **made
    )
    digests = [record.ref.digest for record in (*sources, *snapshots, run)]
    with project.reader() as connection:
        together = lineage.downstream_of(connection, digests)
        for digest in digests:
            alone = lineage.downstream(connection, digest, None)
            assert {ref.digest for ref in together[digest]} == {ref.digest for ref in alone}
            assert [ref.digest for ref in lineage.outputs_of(connection, [digest])[digest]] == [
                ref.digest for ref in lineage.downstream(connection, digest, 1)
            ]
