"""The figures that ship with a detector: measured by ``benchmarks/``, shown by ``data report``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from tunewright.core.pii import PiiFigure


def pattern_figures() -> tuple[PiiFigure, ...]:
    """Of the patterns, sorted by kind."""
    found = _shipped("pii_patterns")
    return _figures("patterns", found["text"], found["kinds"], "")


def model_figures() -> tuple[PiiFigure, ...]:
    """Of the shipped model, on texts of an origin that nothing of it was trained or tuned on, sorted by kind."""
    name = "presidio-research-generated-large"
    return _figures("ner", name, _shipped("pii_ner")["sets"][name]["kinds"], "_any_kind")


def _shipped(folder: str) -> Mapping[str, Any]:
    path = resources.files("tunewright.builtin") / folder / "figures.json"
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _figures(
    detector: str, text: str, rows: Mapping[str, Mapping[str, Any]], suffix: str
) -> tuple[PiiFigure, ...]:
    return tuple(
        PiiFigure(
            kind,
            detector,
            text,
            row["spans"],
            tuple(row[f"recall{suffix}"] or ()),
            tuple(row[f"precision{suffix}"] or ()),
        )
        for kind, row in sorted(rows.items())
        if " " not in kind
    )
