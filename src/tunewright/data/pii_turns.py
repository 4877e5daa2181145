"""Personal data over two turns: a number begun in one and ended in another, or one that only the question names.

A turn is looked at together with the next one, and with the one after that (the same speaker going on). What a detector
finds in the joined text and did not find in the turns themselves comes back in pieces, each in its own turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from tunewright.core.ports import PiiDetector
from tunewright.core.types import Finding

_WINDOW = 160
_NOTE = "turns"
Found = Sequence[Sequence[Finding]]
"""findings of each turn"""


class _Joint(NamedTuple):
    conversation: int
    first: int
    second: int
    text: str
    cut: int
    """characters of the first turn before the window"""
    tail: int
    """characters of the first turn in the text; a line break follows"""
    whole_second: bool


def joint_findings(
    detector: PiiDetector, conversations: Sequence[Sequence[str]]
) -> list[list[list[Finding]]]:
    """Everything a detector finds in joined turns that lies whole in them: for each conversation the findings in the order
    of the joints, each as its pieces. ``turn`` is set, ``note`` is ``turns``.

    Pure function of one conversation: what a conversation gets does not depend on the others.
    """
    joints = [joint for at, turns in enumerate(conversations) for joint in _joints(at, turns)]
    results: list[list[list[Finding]]] = [[] for _ in conversations]
    answers = detector.detect([joint.text for joint in joints])
    for joint, findings in zip(joints, answers, strict=True):
        pieces = (_pieces(joint, finding) for finding in findings)
        results[joint.conversation] += [found for found in pieces if found]
    return results


def chosen_over_turns(joint: Sequence[Sequence[Finding]], found: Found, least: float) -> list[Finding]:
    """Of one conversation's joint findings those that only the joined turns show, in order of turn and place, without
    overlap among themselves or with ``found`` (each turn's own findings; those below ``least`` give way)."""
    taken: list[Finding] = []
    for pieces in joint:
        if pieces[0].confidence >= least and not any(
            _overlaps(piece, found[piece.turn], least)
            or _overlaps(piece, [other for other in taken if other.turn == piece.turn])
            for piece in pieces
        ):
            taken += pieces
    return sorted(taken, key=lambda piece: (piece.turn, piece.start))


def findings_over_turns(
    detector: PiiDetector, conversations: Sequence[Sequence[str]], found: Sequence[Found], least: float = 0.85
) -> list[list[Finding]]:
    """Both: what only the joined turns show, a list a conversation."""
    joint = joint_findings(detector, conversations)
    return [chosen_over_turns(one, own, least) for one, own in zip(joint, found, strict=True)]


def _joints(at: int, turns: Sequence[str]) -> Iterator[_Joint]:
    for first, text in enumerate(turns):
        for second in (first + 1, first + 2):
            if second < len(turns) and text.strip() and turns[second].strip():
                head = turns[second][:_WINDOW]
                if not any(map(str.isdigit, head)) and "@" not in text[-_WINDOW:] + head:
                    continue
                tail = text[-_WINDOW:]
                yield _Joint(
                    at,
                    first,
                    second,
                    f"{tail}\n{head}",
                    len(text) - len(tail),
                    len(tail),
                    head == turns[second],
                )


def _pieces(joint: _Joint, finding: Finding) -> list[Finding]:
    """The parts of a finding in each turn; none for one at an edge that the window cut."""
    if (finding.start == 0 and joint.cut) or (finding.end == len(joint.text) and not joint.whole_second):
        return []
    border = joint.tail + 1
    pieces = []
    if finding.start < joint.tail:
        end = min(finding.end, joint.tail)
        pieces.append(
            replace(
                finding, turn=joint.first, start=joint.cut + finding.start, end=joint.cut + end, note=_NOTE
            )
        )
    if finding.end > border:
        start = max(finding.start, border) - border
        pieces.append(replace(finding, turn=joint.second, start=start, end=finding.end - border, note=_NOTE))
    return pieces


def _overlaps(piece: Finding, others: Sequence[Finding], least: float = 0.0) -> bool:
    return any(o.confidence >= least and o.start < piece.end and piece.start < o.end for o in others)
