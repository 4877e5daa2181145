"""Is what an environment points at what was decided? Recompute everything and believe nothing stored twice.

1. The alias, its newest history entry and that entry's audit event agree on version and decision.
2. The decision's bytes have the decision's digest, and its verdict is a pass.
3. The model record's served digests give the subject digest the decision is about.
4. Policy and case, kept as blobs, are judged again at the decision's own time: the digest must come out the same.
5. The evidence in the case is what is recorded today.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from tunewright.core.canonical import digest
from tunewright.core.errors import IntegrityError, NotFoundError, TunewrightError
from tunewright.core.judge import judge
from tunewright.core.policy import Case
from tunewright.core.types import Decision, Event, Record, Ref, Verdict
from tunewright.registry import aliases
from tunewright.registry.case import is_recorded
from tunewright.registry.decisions import decision_of, load_decision
from tunewright.registry.policy_file import parse_policy
from tunewright.registry.versions import subject_of
from tunewright.store.project import Project

_STOP = "stop, do not serve it, and run `tunewright audit verify`"


@dataclass(frozen=True, slots=True)
class Verified:
    """A decision that stands, and the event that recorded it."""

    decision: Decision
    alias: aliases.Alias
    event: Event


def verify_decision(project: Project, model: str, environment: str) -> Decision:
    """The decision behind what ``environment`` of ``model`` points at, verified.

    Raises NotFoundError when it points nowhere, IntegrityError saying what does not agree.
    """
    return verify_environment(project, model, environment).decision


def verify_environment(project: Project, model: str, environment: str) -> Verified:
    """As ``verify_decision``, with the alias and the event."""
    with project.reader() as connection:
        alias = aliases.current(connection, model, environment)
        if alias is None:
            raise NotFoundError(
                f"{environment} of {model} points at no version",
                hint="`tunewright model promote` moves it to one",
            )
        moves = aliases.history(connection, model, environment)
        decision = load_decision(connection, alias.decision_digest)
    last = moves[-1] if moves else None
    if last is None or (last.generation, last.version, last.digest, last.decision_digest) != (
        alias.generation,
        alias.version,
        alias.digest,
        alias.decision_digest,
    ):
        raise _broken(f"{environment} of {model} points at {alias.version}, its history does not", alias)
    event = _event_of(project, alias, last)
    verify_recorded_decision(project, decision)
    if decision.model != alias.ref or decision.environment != environment:
        raise _broken(
            f"{environment} of {model} points at {alias.version} on a decision about {decision.model} in "
            f"{decision.environment}",
            alias,
        )
    return Verified(decision, alias, event)


def _event_of(project: Project, alias: aliases.Alias, last: aliases.Move) -> Event:
    """The audit event of the alias's last move, itself proven to be in the log."""
    found = next(
        (event for event in project.audit.events(subject=alias.ref) if event.seq == last.event_seq), None
    )
    if (
        found is None
        or found.action not in (aliases.PROMOTE, aliases.ROLLBACK)
        or found.body.get("decision_digest") != alias.decision_digest
        or found.body.get("environment") != alias.environment
    ):
        raise _broken(
            f"{alias.environment} of {alias.model} was moved to {alias.version} without an event in the audit log",
            alias,
        )
    project.audit.verify_event(found)
    return found


def verify_recorded_decision(project: Project, decision: Decision) -> None:
    """Points 2 to 5 for one decision, wherever it points. Raises IntegrityError."""
    if decision.verdict.outcome != "pass":
        raise _broken_decision(decision, f"its verdict is {decision.verdict.outcome}")
    model = project.records.get(decision.model)
    if model.ref.digest != decision.model.digest:
        raise _broken_decision(decision, f"{decision.model} is recorded with another digest")
    served = digest(model.recipe["served"])
    if not served == subject_of(model) == decision.subject_digest:
        raise _broken_decision(decision, "it is about other bytes than this version serves")
    case = _replay(project, decision)
    for item in case.evidence:
        recorded = _record(project, item.ref, decision)
        if not is_recorded(item, recorded, model):
            raise _broken_decision(decision, f"the evidence {item.ref} is not what was judged")


def _replay(project: Project, decision: Decision) -> Case:
    """Judge again from the stored bytes. Raises IntegrityError when the decision comes out different."""
    try:
        with project.blobs.open(decision.policy_digest) as stream:
            policy = parse_policy(stream.read())
        with project.blobs.open(decision.case_digest) as stream:
            case = Case.model_validate(json.loads(stream.read()))
    except (TunewrightError, ValueError) as error:
        raise _broken_decision(decision, "what it was judged on cannot be read any more") from error
    again = decision_of(policy, case, judge(policy.policy, case, decision.at), decision.at)
    # Same code, same digest. A later version of this product may word a reason differently; it may not answer differently.
    if digest(again) != digest(decision) and _unworded(again) != _unworded(decision):
        raise _broken_decision(decision, "judging its policy and case again gives another decision")
    return case


def _unworded(decision: Decision) -> Decision:
    """The decision with every rule's outcome and without the sentences that explain them."""

    def bare(verdict: Verdict) -> Verdict:
        children = tuple(bare(child) for child in verdict.children)
        return verdict.model_copy(update={"because": "", "children": children})

    return decision.model_copy(update={"verdict": bare(decision.verdict)})


def _record(project: Project, ref: Ref, decision: Decision) -> Record:
    try:
        return project.records.get(ref)
    except NotFoundError as error:
        raise _broken_decision(decision, f"its evidence {ref} is gone") from error


def _broken(what: str, alias: aliases.Alias) -> IntegrityError:
    return IntegrityError(what, hint=_STOP, model=alias.model, environment=alias.environment)


def _broken_decision(decision: Decision, why: str) -> IntegrityError:
    return IntegrityError(
        f"the decision on {decision.model} for {decision.environment} does not hold: {why}",
        hint=_STOP,
        decision=digest(decision),
    )
