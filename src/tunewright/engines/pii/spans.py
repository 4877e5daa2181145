"""What a detector proposes, and which of overlapping proposals stand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

STRONG = 0.85
"""from here on a proposal is a fact for the arbitration"""


@dataclass(frozen=True, slots=True)
class Span:
    """A proposal, in offsets of the folded view."""

    start: int
    end: int
    kind: str
    confidence: float
    note: str = ""
    """which pattern, such as ``aws_access_key``; never the text"""


def arbitrate(spans: Iterable[Span]) -> list[Span]:
    """Spans without overlap, in order: the certain before the doubtful, the longer before the shorter.

    One order over all detectors, so a domain inside an e-mail address or a phone number inside a card number never
    stands beside it.
    """
    order = sorted(
        spans, key=lambda s: (s.confidence < STRONG, -(s.end - s.start), -s.confidence, s.start, s.kind)
    )
    kept: list[Span] = []
    starts: list[int] = []
    for span in order:
        at = bisect_left(starts, span.end)
        if at and kept[at - 1].end > span.start:
            continue
        starts.insert(at, span.start)
        kept.insert(at, span)
    return kept
