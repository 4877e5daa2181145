"""Creating and opening a project, its transactions and staging folders."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fixtures.recording import note
from tunewright.core.errors import ConflictError, IntegrityError, NotFoundError, UsageError
from tunewright.core.types import Ref
from tunewright.store import db
from tunewright.store.project import Project, default_actor

SUBJECT = Ref(kind="model", name="bank", version="1.0.0", digest="0" * 64)


def test_creating_twice_is_refused(project: Project) -> None:
    with pytest.raises(ConflictError, match="is a project already"):
        Project.create(project.root)


def test_opening_nothing_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="holds no project"):
        Project.open(tmp_path)


def test_the_first_event_pins_the_key(project: Project) -> None:
    (event,) = project.audit.events()
    assert (event.seq, event.action, event.actor) == (1, "workspace.create", "ada")
    assert event.body == {"verifier": project.audit.verifier().text}


def test_everything_is_the_owners_whatever_the_umask(tmp_path: Path) -> None:
    for umask in (0, 0o077, 0o777):
        root = tmp_path / f"{umask:o}"
        root.mkdir()
        before = os.umask(umask)
        try:
            with Project.create(root) as project:
                note(project, 1)
                project.blobs.put_bytes(b"x")
        finally:
            os.umask(before)
        for path in [root / ".tunewright", *(root / ".tunewright").rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode & 0o077 == 0, f"{path} has mode {mode:o} under umask {umask:o}"
            assert mode & 0o400, f"{path} has mode {mode:o} under umask {umask:o}"
    assert stat.S_IMODE((root / ".tunewright" / "keys" / "audit.key").stat().st_mode) == 0o600


def test_the_clock_is_the_projects(project: Project) -> None:
    assert project.now() > datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert project.audit.events()[0].at.year == 2026


def test_actor_explicit_then_variable_then_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: Project
) -> None:
    assert project.actor == "ada"
    monkeypatch.setenv("TUNEWRIGHT_ACTOR", "grace")
    assert default_actor() == "grace"
    with Project.open(project.root) as opened:
        assert opened.actor == "grace"
    monkeypatch.delenv("TUNEWRIGHT_ACTOR")
    assert default_actor()
    with pytest.raises(UsageError, match="actor"):
        Project.create(tmp_path / "other", actor="a\nb")
    assert not (tmp_path / "other").exists()


def test_a_transaction_is_all_or_nothing(project: Project) -> None:
    def fail() -> None:
        with project.transaction() as connection:
            project.audit.append("model.note", SUBJECT, {}, connection=connection)
            raise RuntimeError("a caller's error")

    with pytest.raises(RuntimeError):
        fail()
    assert len(project.audit.events()) == 1
    assert project.audit.verify().events == 1
    note(project, 1)
    assert project.audit.verify().events == 2


def test_a_second_transaction_in_the_thread_is_refused(project: Project) -> None:
    with project.transaction(), pytest.raises(UsageError, match="already running"), project.transaction():
        pass
    note(project, 1)


def test_appending_outside_a_transaction_is_refused(project: Project) -> None:
    with project.reader() as connection, pytest.raises(UsageError, match="not in a write transaction"):
        project.audit.append("model.note", SUBJECT, {}, connection=connection)


def test_a_reader_inside_a_transaction_sees_what_it_wrote(project: Project) -> None:
    with project.transaction() as connection:
        project.audit.append("model.note", SUBJECT, {}, connection=connection)
        assert len(project.audit.events()) == 2
        with Project.open(project.root) as other:
            assert len(other.audit.events()) == 1


def test_a_duplicate_key_is_a_conflict(project: Project) -> None:
    values = {"digest": "0" * 64, "body": {"secret": "text of an example"}}
    with project.transaction() as connection:
        connection.execute(sa.insert(db.decisions).values(**values))
    with pytest.raises(ConflictError) as caught, project.transaction() as connection:
        connection.execute(sa.insert(db.decisions).values(**values))
    assert "text of an example" not in str(caught.value) + str(caught.value.__cause__)


def test_threads_append_without_gaps(project: Project) -> None:
    def work(start: int) -> None:
        for i in range(10):
            note(project, start + i)

    threads = [threading.Thread(target=work, args=(100 * t,)) for t in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e.seq for e in project.audit.events()] == list(range(1, 42))
    assert project.audit.verify().events == 41


def test_processes_append_without_gaps(project: Project) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.fixtures.recording import note;"
        "from tunewright.store.project import Project\n"
        "with Project.open(Path(sys.argv[1])) as p:\n    [note(p, i) for i in range(15)]"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, str(project.root)]) for _ in range(3)]
    assert [child.wait(120) for child in children] == [0, 0, 0]
    assert project.audit.verify().events == 46


def test_one_of_many_creators_wins(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tunewright.store.project import Project;"
        "from tunewright.core.errors import ConflictError\n"
        "try:\n    Project.create(Path(sys.argv[1])).close()\nexcept ConflictError:\n    sys.exit(6)"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "w")]) for _ in range(4)]
    assert sorted(child.wait(120) for child in children) == [0, 6, 6, 6]
    assert [p.name for p in (tmp_path / "w").iterdir()] == [".tunewright"]
    with Project.open(tmp_path / "w") as project:
        assert project.audit.verify().events == 1


def test_staging_is_removed_at_the_end_and_on_error(project: Project) -> None:
    with project.staging() as folder:
        (folder / "a").write_text("x")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with Project.open(project.root):
            assert folder.is_dir(), "another process that opens the project leaves a living one's folder"
    assert not folder.exists()
    with pytest.raises(RuntimeError), project.staging() as folder:
        raise RuntimeError("a caller's error")
    assert not folder.exists()


def test_abandoned_staging_is_removed_at_the_next_opening(project: Project) -> None:
    folder = project.state / "staging" / "abandoned"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").write_text("half")
    Project.open(project.root).close()
    assert not folder.exists()


def test_a_newer_layout_or_schema_is_refused(project: Project, clock: Callable[[], datetime]) -> None:
    with project.transaction() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConflictError, match="schema 9999"):
        Project.open(project.root)
    about = project.state / "project.json"
    about.chmod(0o600)
    about.write_text(json.dumps({"format": 2, "id": "x"}))
    with pytest.raises(ConflictError, match="layout 2"):
        Project.open(project.root)


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"format": 1}'])
def test_a_damaged_project_file_is_named(project: Project, text: str) -> None:
    about = project.state / "project.json"
    about.chmod(0o600)
    about.write_text(text)
    with pytest.raises(IntegrityError, match=r"project\.json"):
        Project.open(project.root)


@pytest.mark.sqlite
def test_a_missing_database_is_not_replaced_by_an_empty_one(project: Project) -> None:
    project.close()
    for path in project.state.glob("tunewright.db*"):
        path.unlink()
    with pytest.raises(IntegrityError, match="database is missing"):
        Project.open(project.root)


@pytest.mark.sqlite
def test_a_damaged_database_is_an_integrity_error(project: Project) -> None:
    project.close()
    for path in project.state.glob("tunewright.db-*"):
        path.unlink()
    (project.state / "tunewright.db").write_bytes(b"not a database at all" * 300)
    with pytest.raises(IntegrityError, match="damaged"):
        Project.open(project.root)


@pytest.mark.sqlite
def test_an_address_of_another_database_is_refused_without_repeating_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("mysql://u:hunter2@h/d", "hunter2", "sqlite:///hunter2.db"):
        monkeypatch.setenv("TUNEWRIGHT_DATABASE_URL", text)
        with pytest.raises(UsageError) as caught:
            Project.open(project.root)
        assert "hunter2" not in str(caught.value.as_json())


@pytest.mark.sqlite
def test_a_current_project_opens_without_heavy_imports(project: Project) -> None:
    code = (
        "import sys; from pathlib import Path; from tunewright.store.project import Project\n"
        "Project.open(Path(sys.argv[1])).close()\n"
        "print([m for m in sys.modules if m.split('.')[0] in {'alembic', 'mako', 'psycopg', 'numpy', 'cryptography'}])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(project.root)], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
