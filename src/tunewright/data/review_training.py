"""What decisions teach: labelled text for the next detector, and how right the present one is, by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunewright.core.canonical import digest
from tunewright.data.findings import CONFIRMED, DISMISSED
from tunewright.data.review_index import OpenFinding
from tunewright.metrics.intervals import wilson


@dataclass(frozen=True, slots=True)
class TurnFindings:
    """A turn with all findings in it; each carries what a person decided, else what the step did."""

    example: str
    turn: int
    content: str
    findings: tuple[OpenFinding, ...]


def labelled_text(turns: Iterable[TurnFindings], kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Rows as ``scripts/train_pii_ner.py`` reads them: ``text``, ``spans`` ([start, end, kind] in code points, in order,
    without overlap), ``group`` and ``file``. Texts that are alike byte for byte are told once.

    A turn is taken when a person decided something in it and nothing in it is still open: a confirmed finding of one of
    ``kinds`` is a span; a dismissed one, which the detector was wrong about, is none. What the step redacted by itself,
    being sure, counts as confirmed.
    """
    rows: dict[str, dict[str, Any]] = {}
    for turn in turns:
        said = [found.decision or found.state for found in turn.findings]
        if not any(found.decision for found in turn.findings) or not set(said) <= {CONFIRMED, DISMISSED}:
            continue
        spans: list[list[Any]] = []
        for found, decision in sorted(
            zip(turn.findings, said, strict=True), key=lambda pair: (pair[0].start, -pair[0].end)
        ):
            if decision == CONFIRMED and found.kind in kinds and (not spans or found.start >= spans[-1][1]):
                spans.append([found.start, found.end, found.kind])
        group = digest([turn.example])[:16]
        rows.setdefault(
            turn.content, {"text": turn.content, "spans": spans, "group": group, "file": "review"}
        )
    return list(rows.values())


@dataclass(frozen=True, slots=True)
class DetectorFigure:
    """How right a detector was about one kind, on what people decided."""

    found_by: str
    kind: str
    decided: int
    confirmed: int
    precision: float
    low: float
    high: float
    """Wilson 95 %"""


def precision_by_kind(findings: Iterable[OpenFinding]) -> tuple[DetectorFigure, ...]:
    """Precision of each detector on decided findings, by kind. It is that of what people were asked about, mostly findings
    the detector itself was unsure of: a lower bound for all it finds."""
    counts: dict[tuple[str, str], list[int]] = {}
    for found in findings:
        if found.decision:
            count = counts.setdefault((found.found_by, found.kind), [0, 0])
            count[0] += 1
            count[1] += found.decision == CONFIRMED
    figures = []
    for (found_by, kind), (decided, confirmed) in sorted(counts.items()):
        share = wilson(confirmed, decided)
        figures.append(DetectorFigure(found_by, kind, decided, confirmed, share.value, share.low, share.high))
    return tuple(figures)


@dataclass(frozen=True, slots=True)
class RecallFigure:
    """How much of a kind was found, by examples."""

    kind: str
    found: int
    """examples of the snapshot in which it was found and taken out"""
    missed: float
    """examples in which it is left, estimated from the sample"""
    recall: float
    low: float
    high: float


def recall_of(
    found: Mapping[str, int], missed: Mapping[str, tuple[float, float, float]]
) -> tuple[RecallFigure, ...]:
    """found: kind -> examples; missed: kind -> (estimate, lower, upper end) of examples in which it is left.

    ``found`` is counted, ``missed`` is estimated, so the interval of the recall is that of ``missed`` carried through.
    """
    figures = []
    for kind in sorted(missed):
        count, (value, low, high) = found.get(kind, 0), missed[kind]
        figures.append(
            RecallFigure(kind, count, value, *(_share(count, left) for left in (value, high, low)))
        )
    return tuple(figures)


def _share(found: int, missed: float) -> float:
    return found / (found + missed) if found + missed else 0.0
