"""Curves, pictures and the comparison of two trainings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunewright.train.history import curves, draw, sparkline, text_plot, write_history
from tunewright.train.reproduce import compare

HISTORY = [
    {"step": 5, "epoch": 0.5, "loss": 3.0, "learning_rate": 0.001},
    {"step": 10, "epoch": 1.0, "loss": 2.0, "learning_rate": 0.002},
    {"step": 10, "epoch": 1.0, "eval_loss": 2.5},
    {"step": 20, "epoch": 2.0, "loss": 1.0, "learning_rate": 0.0},
    {"step": 20, "epoch": 2.0, "eval_loss": 1.5},
]


def test_curves_split_training_from_validation() -> None:
    training, validation = curves(HISTORY)
    assert (training.steps, training.values) == ((5, 10, 20), (3.0, 2.0, 1.0))
    assert (validation.steps, validation.values) == ((10, 20), (2.5, 1.5))


def test_text_plot_puts_the_first_loss_top_left_and_the_last_bottom_right() -> None:
    lines = text_plot(HISTORY, width=16, height=5)
    body = [line.split("│")[1].ljust(16) for line in lines[:5]]
    assert body[0][0] == "·"
    assert body[4][15] == "·"
    assert body[3][15] == "o"
    assert lines[0].startswith("  3.000")
    assert lines[4].startswith("  1.000")


def test_text_plot_without_history_is_empty() -> None:
    assert text_plot([]) == []


def test_text_plot_of_one_point_does_not_divide_by_zero() -> None:
    assert any("o" in line for line in text_plot([{"step": 1, "eval_loss": 1.0}]))


def test_sparkline_goes_from_high_to_low() -> None:
    assert sparkline([3, 2, 1]) == "█▅▁"
    assert len(sparkline(list(range(1000)), width=20)) == 20
    assert sparkline([]) == ""


def test_loss_plot_has_the_same_bytes_twice(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    draw(HISTORY, tmp_path / "a.png", best_step=20, title="x")
    draw(HISTORY, tmp_path / "b.png", best_step=20, title="x")
    data = (tmp_path / "a.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert data == (tmp_path / "b.png").read_bytes()
    draw(HISTORY, tmp_path / "c.png", best_step=10, title="x")
    assert data != (tmp_path / "c.png").read_bytes()


def test_history_file_is_read_back(tmp_path: Path) -> None:
    import json

    write_history(HISTORY, tmp_path / "history.json")
    assert json.loads((tmp_path / "history.json").read_text()) == HISTORY


def test_compare_names_what_differs() -> None:
    same = compare("a" * 64, "a" * 64, {"threads": "1"}, {"threads": "1"})
    assert same.same
    assert "reproduced" in same.line()
    other = compare("a" * 64, "b" * 64, {"threads": "2", "torch": "1"}, {"threads": "1", "torch": "1"})
    assert not other.same
    assert other.differs == ("threads: 2 -> 1",)
    assert "NOT reproduced" in other.line()
    assert "threads: 2 -> 1" in other.line()
