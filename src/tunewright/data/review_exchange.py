"""Findings on their way to another tool and decisions on their way back, in no tool's own form.

A finding travels under its key, with the turn it is in, its place in code points, and the generation of its history; what
comes back is checked like a decision made here: the finding must exist, its place must not have moved, and nobody may have
decided it since it was sent out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import digest
from tunewright.core.errors import DataError, TunewrightError, UsageError
from tunewright.core.types import Ref
from tunewright.data import review
from tunewright.data.review import Ballot, check_note
from tunewright.data.review_index import OpenFinding
from tunewright.data.review_options import ReviewOptions
from tunewright.data.review_votes import DECISIONS
from tunewright.store.names import check_actor

if TYPE_CHECKING:
    from tunewright.store.project import Project

LABEL_STUDIO, ARGILLA = "labelstudio", "argilla"
FORMS = (LABEL_STUDIO, ARGILLA)
_LARGEST_FILE = 1 << 30


@dataclass(frozen=True, slots=True)
class SentFinding:
    """One finding and the turn it is in."""

    finding: OpenFinding
    content: str
    """the whole turn, as the source gave it"""
    generation: int


@dataclass(frozen=True, slots=True)
class Returned:
    """What one annotator said about one finding."""

    key: str
    decision: str
    """confirmed, dismissed; empty where they did not say"""
    annotator: str
    """name or address as the other tool has it"""
    note: str
    place: tuple[int, int, str] | None
    """start, end and kind of the span as it came back; None where the tool did not send it"""
    generation: int | None
    """of the history when it was sent out"""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import."""

    votes: int
    """decisions that are now in the history"""
    findings: int
    undecided: int
    """sent out, and nobody said anything"""
    refused: tuple[tuple[str, str], ...]
    """(finding key, why)"""
    by_annotator: Mapping[str, int]
    batch: str = ""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """refusals by kind"""


def read_json(path: Path) -> Any:
    """A JSON file of another tool. Raises DataError naming it when it is missing, too large or no JSON."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise DataError(f"{path.name} is larger than 1 GiB", hint="export it in parts", path=str(path))
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path.name} cannot be read", hint="check the path", path=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path.name} is no JSON", hint="export it again as JSON from the annotation tool", path=str(path)
        ) from error


def wrong(path: str, place: str, what: str) -> DataError:
    """The error for a file whose content is not what the tool writes."""
    return DataError(
        f"{path}: {place}: {what}",
        hint="export it again as JSON; see docs/guide/review.md for the form",
        path=path,
    )


def persons(returned: Sequence[Returned], options: ReviewOptions, actor: str) -> dict[str, str]:
    """annotator -> person. Raises UsageError naming those nobody knows: decisions without a person are not taken."""
    names = dict.fromkeys(item.annotator for item in returned if item.decision)
    unknown = sorted(name for name in names if name not in options.annotators)
    if unknown:
        raise UsageError(
            f"{len(unknown)} annotators are not known here: {', '.join(unknown[:5])}",
            hint="write who they are into tunewright.yaml: data.review.annotators: {"
            f"{unknown[0] or 'ADDRESS'!r}: {actor}}}",
            annotators=unknown[:20],
        )
    return {name: check_actor(options.annotators[name]) for name in names}


def import_votes(
    project: Project,
    returned: Sequence[Returned],
    known: Mapping[str, OpenFinding],
    gone: Mapping[str, str],
    options: ReviewOptions,
    snapshot: Ref,
) -> Imported:
    """Put what annotators said into the history, in one transaction with one audit event.

    known: finding key -> the finding of the last build; gone: keys of earlier builds -> why they are no more. What is
    refused is listed with its reason; the rest counts. Raises UsageError for annotators nobody knows.
    """
    names = persons(returned, options, project.actor)
    split = _split_minds(returned, names, options, known)
    refused: list[tuple[str, str]] = []
    ballots: list[review.Foreign] = []
    for item in returned:
        if not item.decision:
            continue
        why = _refusal(item, known, gone, split)
        if why:
            refused.append((item.key, why))
            continue
        found = known[item.key]
        ballot = Ballot(item.key, found.kind, found.example, item.decision, item.note)
        ballots.append(review.Foreign(ballot, names[item.annotator], item.generation))
    told = {
        "refused": len(refused),
        "returned": digest([[item.key, item.decision, item.annotator] for item in returned]),
    }
    cast, conflicts = review.cast_foreign(project, ballots, options, snapshot, told)
    refused += conflicts
    reasons = Counter(why.partition(":")[0] for _, why in refused)
    by_person = Counter(actor for _, actor in cast)
    return Imported(
        votes=len(cast),
        findings=len({key for key, _ in cast}),
        undecided=sum(not item.decision for item in returned),
        refused=tuple(refused),
        by_annotator=dict(sorted(by_person.items())),
        reasons=dict(sorted(reasons.items())),
    )


def _split_minds(
    returned: Sequence[Returned],
    names: Mapping[str, str],
    options: ReviewOptions,
    known: Mapping[str, OpenFinding],
) -> set[str]:
    """Findings of one-person kinds on which persons of this very file disagree: neither is the first."""
    said: dict[str, dict[str, str]] = {}
    for item in returned:
        if item.decision and item.key in known and options.votes_needed(known[item.key].kind) == 1:
            said.setdefault(item.key, {})[names[item.annotator]] = item.decision
    return {key for key, answers in said.items() if len(set(answers.values())) > 1}


def _refusal(
    item: Returned, known: Mapping[str, OpenFinding], gone: Mapping[str, str], split: set[str]
) -> str:
    if item.decision not in DECISIONS:
        return f"unknown decision: {item.decision[:20]!r}"
    if item.key not in known:
        return gone.get(item.key, "unknown finding: no build of this workspace has it")
    found = known[item.key]
    if item.place is not None and item.place != (found.start, found.end, found.kind):
        return "moved: the annotator changed the span; that is another finding"
    if item.key in split:
        return "disagreement: the annotators of the file disagree, and one person decides this kind"
    try:
        check_note(item.note)
    except TunewrightError:
        return "note: it is too long"
    return ""
