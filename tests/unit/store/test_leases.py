"""Leases: one holder, named; a dead or expired one is replaced."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tunewright.core.errors import ConflictError, UsageError
from tunewright.store import db
from tunewright.store.leases import host_identity, process_identity
from tunewright.store.project import Project

HOLD = (
    "import sys, time; from pathlib import Path; from tunewright.store.project import Project\n"
    "with Project.open(Path(sys.argv[1]), actor='grace') as p, p.lease('train'):\n"
    "    print('held', flush=True)\n    time.sleep(600)"
)


def hold_elsewhere(project: Project) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(project.root)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_the_holder_is_named_and_a_killed_one_is_replaced_at_once(project: Project) -> None:
    with hold_elsewhere(project) as child:
        with pytest.raises(ConflictError, match=f"by grace .process {child.pid}"), project.lease("train"):
            pass
        with project.lease("data build"):
            pass
        child.kill()
        child.wait()
        with project.lease("train"):
            pass


def test_a_released_lease_is_free(project: Project) -> None:
    with project.lease("train"), pytest.raises(ConflictError, match="ada"), project.lease("train"):
        pass
    with pytest.raises(RuntimeError), project.lease("train"):
        raise RuntimeError("a caller's error")
    with project.lease("train"):
        pass


def change(project: Project, **values: object) -> None:
    with project.transaction() as connection:
        assert connection.execute(sa.update(db.leases).values(**values)).rowcount == 1


@pytest.mark.parametrize(
    "values", [{"pid": 1}, {"process": "1"}, {"host": host_identity().split("/")[0] + "/older-boot"}], ids=str
)
def test_a_process_that_is_not_the_one_that_took_it_is_dead(
    project: Project, values: dict[str, object]
) -> None:
    """A reused pid and a reboot: the name fits, the process does not."""

    def lose_it() -> None:
        with project.lease("train", ttl_s=0.3):
            change(project, **values, expires_at="9999-01-01T00:00:00.000000Z")
            with Project.open(project.root) as other, other.lease("train", ttl_s=60):
                time.sleep(0.4)

    with pytest.raises(ConflictError, match="taken over"):
        lose_it()


def test_another_machines_lease_holds_until_it_expires(
    tmp_path: Path, project: Project, clock: Callable[[], datetime]
) -> None:
    with project.lease("train", ttl_s=600):
        change(project, host="elsewhere/x", token="x")
    with pytest.raises(ConflictError, match="on elsewhere"), project.lease("train"):
        pass
    later = Project.open(project.root, clock=lambda: clock() + timedelta(hours=1))
    with later, later.lease("train"):
        pass


def test_a_held_lease_is_renewed(tmp_path: Path) -> None:
    with Project.create(tmp_path / "w") as project, project.lease("train", ttl_s=0.6):
        read = sa.select(db.leases.c.expires_at)
        with project.reader() as connection:
            first = connection.scalar(read)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with project.reader() as connection:
                if connection.scalar(read) > first:
                    break
            time.sleep(0.05)
        else:
            pytest.fail("the lease was not renewed")


def test_a_lease_without_time_or_name_is_refused(project: Project) -> None:
    with pytest.raises(UsageError), project.lease("train", ttl_s=0):
        pass
    with pytest.raises(UsageError), project.lease("a/../b"):
        pass


def test_process_identity() -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        alive = process_identity(child.pid)
        assert alive
        child.kill()
        child.wait()
    assert process_identity(child.pid) != alive
