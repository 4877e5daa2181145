"""Checkpoints are whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunewright.engines.train import checkpoint


def write(work: Path, step: int) -> Path:
    with checkpoint.writing(work, step) as folder:
        (folder / "a.bin").write_bytes(b"a" * step)
        (folder / "b.json").write_text("{}")
    return work / f"checkpoint-{step}"


def test_the_newest_is_found_and_old_ones_go(tmp_path: Path) -> None:
    for step in (5, 10, 100):
        write(tmp_path, step)
    assert checkpoint.latest(tmp_path) == tmp_path / "checkpoint-100"
    assert checkpoint.step_of(tmp_path / "checkpoint-100") == 100
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-10", "checkpoint-100"]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert checkpoint.latest(tmp_path) is None
    assert checkpoint.latest(tmp_path / "absent") is None


@pytest.mark.parametrize(
    "damage", ["truncated", "missing file", "no manifest", "bad manifest", "empty manifest"]
)
def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path, damage: str) -> None:
    write(tmp_path, 10)
    newest = write(tmp_path, 20)
    if damage == "truncated":
        (newest / "a.bin").write_bytes(b"a" * 7)
    elif damage == "missing file":
        (newest / "a.bin").unlink()
    elif damage == "no manifest":
        (newest / "manifest.json").unlink()
    else:
        (newest / "manifest.json").write_text("{" if damage == "bad manifest" else "{}")
    assert checkpoint.latest(tmp_path) == tmp_path / "checkpoint-10"


def test_a_writer_that_dies_leaves_no_checkpoint(tmp_path: Path) -> None:
    write(tmp_path, 10)

    def die() -> None:
        with checkpoint.writing(tmp_path, 20) as folder:
            (folder / "a.bin").write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die()
    assert checkpoint.latest(tmp_path) == tmp_path / "checkpoint-10"
    # and the same step can be written again over what it left
    assert checkpoint.latest(tmp_path) != write(tmp_path, 20)
    assert checkpoint.latest(tmp_path) == tmp_path / "checkpoint-20"


def test_clear_leaves_an_empty_folder_and_follows_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep").write_text("x")
    work = tmp_path / "work"
    write(work, 3)
    (work / "link").symlink_to(outside)
    checkpoint.clear(work)
    assert list(work.iterdir()) == []
    assert (outside / "keep").is_file()


def test_write_atomically_replaces(tmp_path: Path) -> None:
    checkpoint.write_atomically(tmp_path / "x.json", b"1")
    checkpoint.write_atomically(tmp_path / "x.json", b"2")
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
    assert (tmp_path / "x.json").read_bytes() == b"2"
