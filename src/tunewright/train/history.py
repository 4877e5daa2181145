"""The course of a run: curves for a plot, a picture, a few lines of text."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of the plot."""

    name: str
    steps: tuple[int, ...]
    values: tuple[float, ...]


def curves(history: Sequence[Mapping[str, float]]) -> tuple[Curve, Curve]:
    """Training and validation loss (nats a token) by step."""
    return (_curve("training loss", "loss", history), _curve("validation loss", "eval_loss", history))


def _curve(name: str, key: str, history: Sequence[Mapping[str, float]]) -> Curve:
    rows = [row for row in history if key in row]
    return Curve(name, tuple(int(row["step"]) for row in rows), tuple(float(row[key]) for row in rows))


def sparkline(values: Sequence[float], width: int = 60) -> str:
    """The values as a row of at most ``width`` blocks, high to low; empty for no values."""
    if not values:
        return ""
    count = min(width, len(values))
    # Mean of each of `count` equal stretches.
    edges = [round(index * len(values) / count) for index in range(count + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in itertools.pairwise(edges)]
    low, high = min(means), max(means)
    span = (high - low) or 1.0
    return "".join(_TICKS[min(len(_TICKS) - 1, int((mean - low) / span * len(_TICKS)))] for mean in means)


def text_plot(history: Sequence[Mapping[str, float]], *, width: int = 64, height: int = 12) -> list[str]:
    """Both curves in characters: ``·`` training, ``o`` validation; y in nats a token, x in steps. Empty without data."""
    lines = [curve for curve in curves(history) if curve.values]
    if not lines:
        return []
    top = max(max(curve.values) for curve in lines)
    bottom = min(min(curve.values) for curve in lines)
    last = max(curve.steps[-1] for curve in lines)
    first = min(curve.steps[0] for curve in lines)
    grid = [[" "] * width for _ in range(height)]
    for curve, mark in zip(lines, ("·", "o") if lines[0].name == "training loss" else ("o",), strict=False):
        for step, value in zip(curve.steps, curve.values, strict=True):
            column = round((step - first) / max(last - first, 1) * (width - 1))
            row = round((top - value) / ((top - bottom) or 1.0) * (height - 1))
            grid[row][column] = mark
    labelled = []
    for number, cells in enumerate(grid):
        value = top - (top - bottom) * number / (height - 1)
        label = f"{value:7.3f}" if number in (0, height // 2, height - 1) else " " * 7
        labelled.append(f"{label} │{''.join(cells)}".rstrip())
    foot = f"step {first}".ljust(width - len(str(last))) + str(last)
    return [
        *labelled,
        f"{' ' * 7} └{'─' * width}",
        f"{' ' * 9}{foot}",
        f"{' ' * 9}· training loss   o validation loss",
    ]


def draw(history: Sequence[Mapping[str, float]], path: Path, *, best_step: int, title: str) -> None:
    """Write the loss plot as PNG; the same history gives the same bytes. Raises EngineMissingError without matplotlib."""
    from tunewright.core.errors import EngineMissingError

    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise EngineMissingError(
            "the loss plot needs matplotlib, which is not installed",
            hint="run: pip install 'tunewright[train]'",
        ) from error
    figure = Figure(figsize=(7, 4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for curve, style in zip(curves(history), ("-", "o-"), strict=True):
        if curve.values:
            axes.plot(curve.steps, curve.values, style, label=curve.name, linewidth=1.4, markersize=4)
    axes.axvline(best_step, color="grey", linestyle="--", linewidth=0.9, label=f"kept: step {best_step}")
    axes.set(xlabel="step", ylabel="loss (nats a token)", title=title)
    axes.grid(alpha=0.25)
    axes.legend()
    # No version, no time in the file: the bytes are part of a record.
    figure.savefig(path, format="png", metadata={"Software": None})


def write_history(history: Sequence[Mapping[str, float]], path: Path) -> None:
    """One JSON array, a row a logged step."""
    path.write_text(
        json.dumps([dict(row) for row in history], indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
