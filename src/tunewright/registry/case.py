"""Gather what a policy is judged on: evidence, approvals, waivers, roles, and where versions stand. Reads, never writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunewright.core.canonical import plain
from tunewright.core.errors import IntegrityError
from tunewright.core.policy import ENVIRONMENTS, Case, Environment, Evidence, Holder
from tunewright.core.types import Approval, Record
from tunewright.registry import aliases
from tunewright.registry.approvals import approvals_of, authors_of, waivers_of
from tunewright.registry.rights import Declared, case_rights
from tunewright.registry.versions import subject_of
from tunewright.store.project import Project

EVIDENCE_RUNS = ("evaluate", "redteam")
REVIEW_RUN = "review"


def build_case(
    project: Project,
    model: Record,
    environment: Environment,
    *,
    primary: str,
    roles: Mapping[str, Sequence[str]],
    declared: Declared | None = None,
) -> Case:
    """The case for this version and environment, as of now.

    Raises IntegrityError when a file of the version or of its evidence is not what was recorded.
    """
    subject_digest = subject_of(model)
    evidence = evidence_of(project, model)
    for record in (model, *(project.records.get(ref) for ref in model.inputs if ref.kind in ("run", "base"))):
        project.records.verify(record)
    with project.reader() as connection:
        moves = {name: aliases.history(connection, model.ref.name, name) for name in ENVIRONMENTS}
        holder = aliases.current(connection, model.ref.name, "production")
    rolled_back_at = aliases.last_rolled_back_at(moves[environment], model.ref.digest)
    return Case(
        model=model.ref,
        environment=environment,
        subject_digest=subject_digest,
        actor=project.actor,
        authors=authors_of(project, model),
        primary=primary,
        evidence=evidence,
        approvals=tuple(
            approval
            for approval in approvals_of(project, subject_digest)
            if approval.environment == environment and _after(approval, rolled_back_at)
        ),
        waivers=waivers_of(project, subject_digest),
        roles={role: tuple(actors) for role, actors in sorted(roles.items())},
        held=tuple(name for name in ENVIRONMENTS if aliases.was_held(moves[name], model.ref.digest)),
        production=None
        if holder is None
        else Holder(model=holder.ref, subject_digest=subject_of(project.records.get(holder.ref))),
        rights=case_rights(project, model, declared or Declared()),
    )


def _after(approval: Approval, rolled_back_at: str) -> bool:
    """A rollback out of the environment takes back the approvals given before it."""
    return not rolled_back_at or str(plain(approval.at)) > rolled_back_at


def evidence_of(project: Project, model: Record) -> tuple[Evidence, ...]:
    """Every evaluation and attack on exactly what this version serves, oldest first; files verified.

    Raises IntegrityError when a run claims this version as its input but measured another subject.
    """
    subject_digest = subject_of(model)
    found = []
    for run in EVIDENCE_RUNS:
        for record in project.records.find("run", run):
            if record.recipe.get("subject_digest") != subject_digest:
                continue
            project.records.verify(record)
            found.append(evidence_from(record, run, subject_digest, model))
    return (*found, *_reviews_of(project, model, subject_digest))


def _reviews_of(project: Project, model: Record, subject_digest: str) -> list[Evidence]:
    found = []
    for record in project.records.find("run", REVIEW_RUN):
        if _about_its_data(record, model):
            project.records.verify(record)
            found.append(_review(record, subject_digest))
    return found


def _about_its_data(record: Record, model: Record) -> bool:
    """Whether a review was of exactly the snapshot this version was trained on."""
    trained_on = {ref.digest for ref in model.inputs if ref.kind == "snapshot"}
    return bool(trained_on & {ref.digest for ref in record.inputs if ref.kind == "snapshot"})


def _review(record: Record, subject_digest: str) -> Evidence:
    """A review as evidence: it is about the data, and through it about what is served. It names no model, as it may
    have been made before any was trained."""
    return Evidence(
        ref=record.ref,
        run=REVIEW_RUN,
        subject_digest=subject_digest,
        at=record.provenance.at_utc,
        scores=record.scores,
        compared_with=(),
    )


def is_recorded(item: Evidence, recorded: Record, model: Record) -> bool:
    """Whether evidence for ``model`` in a case is what its record says today. Raises IntegrityError for a record that is no
    evidence at all."""
    if item.run == REVIEW_RUN:
        return _about_its_data(recorded, model) and _review(recorded, subject_of(model)) == item
    return (
        evidence_from(recorded, item.run, item.subject_digest, model) == item
        and recorded.recipe.get("subject_digest") == item.subject_digest
    )


def evidence_from(record: Record, run: str, subject_digest: str, model: Record) -> Evidence:
    """One recorded run as evidence for ``model``."""
    measured = [ref for ref in record.inputs if ref.kind == "model"]
    if not measured:
        raise IntegrityError(
            f"{record.ref} names a subject but no model among its inputs",
            hint="it was not written by this product; run the evaluation again",
        )
    return Evidence(
        ref=record.ref,
        run=run,
        subject_digest=subject_digest,
        at=record.provenance.at_utc,
        scores=record.scores,
        compared_with=tuple(ref for ref in measured if ref.digest != model.ref.digest),
    )
