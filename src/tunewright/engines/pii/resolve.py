"""Which of many detectors' findings stand: one order over all of them, whatever the order they come in.

1. Detectors that find the same thing agree: one finding, surer than each.
2. What has a form that proves it (a checksum, an address's syntax) and is certain goes before what a model thinks, the
   certain before the doubtful, the longer before the shorter.
3. Of a finding that a stronger one overlaps, what is left over stands: nothing certain that anybody found is lost.
4. Neighbouring pieces of one person or address are one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tunewright.core.pii import FORM_KINDS
from tunewright.core.types import Finding
from tunewright.engines.pii.spans import STRONG

FORMS = frozenset(FORM_KINDS)
_JOINED = {
    ("person", "person"): (re.compile(r"[ \t]{1,2}"), "person"),
    ("address", "address"): (re.compile(r"[ \t]{0,2},?[ \t]{0,2}\n?[ \t]{0,2}"), "address"),
    ("address", "place"): (re.compile(r"[ \t]{0,2},?[ \t]{0,2}\n?[ \t]{0,2}"), "address"),
    ("place", "address"): (re.compile(r"[ \t]{1,2}|,[ \t]{0,2}\n?"), "address"),
}
"""(kind before, kind after): what may stand between them, and the kind of the whole"""
_MOST_CERTAIN = 0.99
_WIDEST_GAP = 8


def resolve(text: str, answers: Sequence[Iterable[Finding]]) -> list[Finding]:
    """Findings without overlap, in order. ``answers``: one list a detector; the order of the lists changes nothing."""
    agreed = _agreed([list(findings) for findings in answers])
    return _joined(text, _without_overlap(text, agreed))


def _order(finding: Finding) -> tuple[int, int, str, float, str, str]:
    return finding.start, finding.end, finding.kind, -finding.confidence, finding.found_by, finding.note


def _agreed(answers: Sequence[list[Finding]]) -> list[Finding]:
    """One finding for what several detectors found: chances of error multiply, the surest one's place counts."""
    if sum(map(bool, answers)) < 2:
        return [finding for findings in answers for finding in findings]
    tagged = sorted(
        ((finding, str(at)) for at, findings in enumerate(answers) for finding in findings),
        key=lambda item: _order(item[0]),
    )
    groups: list[list[tuple[Finding, str]]] = []
    open_groups: dict[str, list[list[tuple[Finding, str]]]] = {}
    for finding, detector in tagged:
        near = [
            group
            for group in open_groups.get(finding.kind, [])
            if max(other.end for other, _ in group) > finding.start
        ]
        open_groups[finding.kind] = near
        home = next((g for g in near if any(_same(finding, other) for other, _ in g)), None)
        if home is None:
            home = []
            groups.append(home)
            near.append(home)
        home.append((finding, detector))
    return [_one(group) for group in groups]


def _same(one: Finding, other: Finding) -> bool:
    shared = min(one.end, other.end) - max(one.start, other.start)
    return 2 * shared >= max(one.end, other.end) - min(one.start, other.start)


def _one(group: Sequence[tuple[Finding, str]]) -> Finding:
    surest: dict[str, float] = {}
    for finding, detector in group:
        surest[detector] = max(surest.get(detector, 0.0), finding.confidence)
    best = min(
        (finding for finding, _ in group),
        key=lambda f: (-f.confidence, f.start - f.end, f.start, f.found_by, f.note),
    )
    if len(surest) < 2:
        return best
    doubt = 1.0
    for confidence in sorted(surest.values()):
        doubt *= 1.0 - confidence
    sure = max(best.confidence, min(_MOST_CERTAIN, round(1.0 - doubt, 4)))
    return replace(best, confidence=sure, found_by=_names(finding for finding, _ in group))


def _names(findings: Iterable[Finding]) -> str:
    return "+".join(sorted({name for finding in findings for name in finding.found_by.split("+")}))


def _strength(finding: Finding) -> tuple[int, int, float, int, str, str, str]:
    if finding.confidence < STRONG:
        rank = 2
    else:
        rank = 0 if finding.kind in FORMS else 1
    size = finding.end - finding.start
    return rank, -size, -finding.confidence, finding.start, finding.kind, finding.found_by, finding.note


def _without_overlap(text: str, findings: Iterable[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    starts: list[int] = []
    for finding in sorted(findings, key=_strength):
        for piece in _left_over(text, finding, kept, starts):
            at = bisect_left(starts, piece.start)
            starts.insert(at, piece.start)
            kept.insert(at, piece)
    return kept


def _left_over(text: str, finding: Finding, kept: Sequence[Finding], starts: Sequence[int]) -> list[Finding]:
    """What of the finding no kept one covers."""
    first = bisect_left(starts, finding.start)
    if first and kept[first - 1].end > finding.start:
        first -= 1
    last = bisect_left(starts, finding.end)
    if first == last:
        return [finding]
    if finding.kind in FORMS and finding.confidence < STRONG:
        return []
    pieces = []
    at = finding.start
    for other in [*kept[first:last], None]:
        end = other.start if other is not None else finding.end
        piece = _trimmed(text, at, end)
        if piece:
            pieces.append(replace(finding, start=piece[0], end=piece[1]))
        at = other.end if other is not None else end
    return pieces


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The place without blanks and punctuation at its ends; None when nothing is left."""
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    return (start, end) if start < end else None


def _joined(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """Neighbouring pieces of one person or address as one finding, as sure as its surest piece."""
    joined: list[Finding] = []
    for finding in findings:
        last = joined[-1] if joined else None
        kind = _whole(text, last, finding) if last is not None else ""
        if last is None or not kind:
            joined.append(finding)
            continue
        sure = max(last.confidence, finding.confidence)
        joined[-1] = replace(
            last, kind=kind, end=finding.end, confidence=sure, found_by=_names((last, finding))
        )
    return joined


def _whole(text: str, last: Finding, finding: Finding) -> str:
    """The kind of the two together; empty when they are two things."""
    rule = _JOINED.get((last.kind, finding.kind))
    if rule is None or finding.start - last.end > _WIDEST_GAP:
        return ""
    return rule[1] if finding.start == last.end or rule[0].fullmatch(text, last.end, finding.start) else ""
