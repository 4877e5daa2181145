"""Blobs: same bytes once, never changed, checked when read."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from tunewright.core.errors import DataError, IntegrityError, NotFoundError, UsageError
from tunewright.store.project import Project


def test_bytes_come_back_under_their_sha256(project: Project) -> None:
    digest = project.blobs.put_bytes(b"hello")
    assert digest == hashlib.sha256(b"hello").hexdigest()
    with project.blobs.open(digest) as stream:
        assert stream.read() == b"hello"
    assert project.blobs.path(digest).parent.name == digest[:2]


def test_a_file_is_copied_not_linked(project: Project, tmp_path: Path) -> None:
    source = tmp_path / "tickets.csv"
    source.write_bytes(b"x" * 3_000_000)
    digest = project.blobs.put_file(source)
    source.write_bytes(b"y")
    with project.blobs.open(digest) as stream:
        assert stream.read() == b"x" * 3_000_000


def test_the_same_bytes_are_kept_once(project: Project) -> None:
    digest = project.blobs.put_bytes(b"")
    first = project.blobs.path(digest).stat()
    assert project.blobs.put_bytes(b"") == digest
    assert project.blobs.path(digest).stat().st_ino == first.st_ino
    assert not list((project.state / "blobs" / "incoming").iterdir())


def test_a_blob_is_read_only_for_its_owner(project: Project) -> None:
    path = project.blobs.path(project.blobs.put_bytes(b"private"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o400


def test_changed_bytes_are_found_before_they_are_read(project: Project) -> None:
    digest = project.blobs.put_bytes(b"hello")
    path = project.blobs.path(digest)
    path.chmod(0o600)
    path.write_bytes(b"hellO")
    with pytest.raises(IntegrityError, match="not those that were recorded") as caught:
        project.blobs.open(digest)
    assert caught.value.facts["digest"] == digest


def test_a_truncated_blob_is_mended_by_putting_it_again(project: Project) -> None:
    digest = project.blobs.put_bytes(b"hello")
    path = project.blobs.path(digest)
    path.chmod(0o600)
    path.write_bytes(b"hel")
    assert project.blobs.put_bytes(b"hello") == digest
    project.blobs.open(digest).close()


def test_an_unknown_blob_is_not_found(project: Project) -> None:
    assert not project.blobs.has("0" * 64)
    with pytest.raises(NotFoundError):
        project.blobs.open("0" * 64)


@pytest.mark.parametrize(
    "digest", ["", "../../etc/passwd", "ab/" + "0" * 61, "A" * 64, "0" * 63, "0" * 64 + "\n"]
)
def test_what_is_no_digest_never_becomes_a_path(project: Project, digest: str) -> None:
    for call in (project.blobs.path, project.blobs.has, project.blobs.open):
        with pytest.raises(UsageError):
            call(digest)


def test_a_file_that_is_not_there_is_the_callers_error(project: Project, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.csv"):
        project.blobs.put_file(tmp_path / "absent.csv")


def test_leftovers_of_a_dead_writer_are_removed_at_the_next_opening(project: Project) -> None:
    digest = project.blobs.put_bytes(b"kept")
    leftover = project.state / "blobs" / "incoming" / "abandoned"
    leftover.write_bytes(b"half")
    Project.open(project.root).close()
    assert not leftover.exists()
    assert project.blobs.has(digest)
