"""A small sound source and a workspace around it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tunewright.flows.init import init
from tunewright.flows.workspace import Workspace


def sound_rows(count: int) -> list[dict[str, Any]]:
    """Rows without any defect, no two alike."""
    draw = random.Random(11)
    words = ["".join(draw.choices("abcdefghiklmnoprstuvw", k=7)) for _ in range(500)]
    return [
        {
            "id": f"R{number}",
            "prompt": " ".join(draw.sample(words, 9)),
            "completion": f'{{"intent": "i{number % 4}"}}',
        }
        for number in range(count)
    ]


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def make_workspace(tmp_path: Path) -> Iterator[Callable[..., Workspace]]:
    """``make_workspace({"bad.csv": bytes}, "data.sources=[...]")``: a workspace beside these files, with overrides."""
    opened: list[Workspace] = []

    def make(files: dict[str, bytes] | None = None, *overrides: str, rows: int = 40) -> Workspace:
        source = write_lines(tmp_path / "sound.jsonl", sound_rows(rows))
        init(tmp_path / "w", sources=[source])
        for name, content in (files or {}).items():
            (tmp_path / "w" / name).write_bytes(content)
        opened.append(Workspace.open(tmp_path / "w", overrides=overrides))
        return opened[-1]

    yield make
    for ws in opened:
        ws.close()
