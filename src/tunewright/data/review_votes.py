"""From votes to where a finding stands: pure arithmetic over the append-only history of a finding.

One person: the last vote that was not taken back counts. Two persons: the last vote of each counts, and it takes two that
agree and more than those against; until then the finding stays open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tunewright.core.errors import UsageError
from tunewright.data.findings import CONFIRMED, DISMISSED
from tunewright.data.review_options import ReviewOptions

DECISIONS = (CONFIRMED, DISMISSED)
UNDONE = "undone"
OPEN, SECOND, DISPUTED, DECIDED = "open", "second", "disputed", "decided"
"""where a finding stands: nobody voted; one of two has; two disagree; it counts"""
State = Literal["open", "second", "disputed", "decided"]


@dataclass(frozen=True, slots=True)
class Vote:
    """One row of the history of a finding."""

    id: int
    finding: str
    generation: int
    kind: str
    decision: str
    """confirmed, dismissed or undone"""
    undoes: int | None
    scope: str
    """``one`` or ``cluster``"""
    batch: str
    """one action of a person, which may cover many findings"""
    note: str
    actor: str
    via: str
    """who imported it from another tool, else empty"""
    at: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a finding stands after its votes."""

    state: State
    decision: str
    """what counts; empty unless ``decided``"""
    generation: int
    """how many rows its history has; a new vote names the one it saw"""
    votes: tuple[Vote, ...] = ()
    """those that count now, the last of each person, in order"""

    @property
    def actors(self) -> tuple[str, ...]:
        """Who has a vote in it."""
        return tuple(vote.actor for vote in self.votes)


NOBODY = Standing("open", "", 0)


def standing(history: Sequence[Vote], needed: int) -> Standing:
    """history: all rows of one finding in order; needed: 1 or 2 persons."""
    if len(history) == 1 and history[0].decision != UNDONE:
        # Nearly all: not worth the general rule's sets.
        (vote,) = history
        only = (vote,)
        return (
            Standing("decided", vote.decision, vote.generation, only)
            if needed <= 1
            else Standing("second", "", vote.generation, only)
        )
    taken_back = {vote.undoes for vote in history if vote.decision == UNDONE}
    last: dict[str, Vote] = {}
    for vote in history:
        if vote.decision != UNDONE and vote.id not in taken_back:
            last[vote.actor] = vote
    votes = tuple(sorted(last.values(), key=lambda vote: vote.id))
    generation = history[-1].generation if history else 0
    if not votes:
        return Standing("open", "", generation)
    if needed <= 1:
        return Standing("decided", votes[-1].decision, generation, votes)
    confirmed = sum(vote.decision == CONFIRMED for vote in votes)
    dismissed = len(votes) - confirmed
    if max(confirmed, dismissed) >= needed and confirmed != dismissed:
        decision = CONFIRMED if confirmed > dismissed else DISMISSED
        return Standing("decided", decision, generation, votes)
    return Standing("disputed" if confirmed and dismissed else "second", "", generation, votes)


def by_finding(votes: Iterable[Vote]) -> dict[str, list[Vote]]:
    """Histories, in the order of the rows."""
    histories: dict[str, list[Vote]] = {}
    for vote in votes:
        histories.setdefault(vote.finding, []).append(vote)
    return histories


def effective(votes: Iterable[Vote], options: ReviewOptions) -> dict[str, str]:
    """finding key -> what counts, of findings that are decided under the present rules, in order of the keys."""
    found = {
        key: standing(history, options.votes_needed(history[-1].kind)).decision
        for key, history in by_finding(votes).items()
    }
    return {key: decision for key, decision in sorted(found.items()) if decision}


def check_decision(decision: str) -> str:
    """Raises UsageError for a word that is no decision."""
    if decision not in DECISIONS:
        hint = "confirmed: it is what the detector says; dismissed: it is not"
        raise UsageError(f"{decision!r} is not a decision", hint=f"say {' or '.join(DECISIONS)} ({hint})")
    return decision
