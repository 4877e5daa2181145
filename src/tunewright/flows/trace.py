"""``tunewright audit trace``: from an answer, a model version or an example back to the source rows behind it."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tunewright.core.canonical import digest, plain
from tunewright.core.errors import NotFoundError
from tunewright.core.types import Decision, Record
from tunewright.flows.neighbours import HOW, NearExample, nearest_examples, prompt_of
from tunewright.flows.present import present_manifest
from tunewright.registry import aliases
from tunewright.registry.decisions import load_decision
from tunewright.registry.lineage import Occurrence, SnapshotFiles, one_example, split_row
from tunewright.registry.versions import find_model, subject_of
from tunewright.store import db

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Link:
    """One thing on the way back, with what it was made from."""

    kind: str
    """exchange, model, decision, approval, evidence, run, snapshot, source, base or example"""
    name: str
    digest: str
    facts: tuple[tuple[str, str], ...] = ()
    """what a person wants to know of it, in reading order"""
    made_from: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class TraceReport:
    """The tree behind one thing."""

    asked: str
    root: Link
    nearest: tuple[NearExample, ...]
    """for an exchange: the training examples nearest to its prompt"""
    nearest_how: str
    wall_ms: float


def trace(ws: Workspace, text: str, *, nearest: int = 5) -> TraceReport:
    """The tree behind an exchange id, a model (``support@1.2.0``, ``support:production``), an example id or ``file#record``.

    Raises NotFoundError when nothing has this name.
    """
    started = time.perf_counter()
    near: tuple[NearExample, ...] = ()
    exchange = _exchange_row(ws, text)
    if exchange is not None:
        root, model = _exchange_link(ws, exchange)
        prompt = prompt_of(exchange.body["messages"])
        near = nearest_examples(ws.project, _snapshot_of(ws, model), prompt, limit=nearest)
    else:
        named = _model_named(ws, text)
        root = _model_link(ws, named) if named is not None else _example_link(ws, text)
    return TraceReport(
        asked=text,
        root=root,
        nearest=near,
        nearest_how=HOW if exchange is not None else "",
        wall_ms=round((time.perf_counter() - started) * 1000, 1),
    )


def _exchange_row(ws: Workspace, text: str) -> Any:
    with ws.project.reader() as connection:
        return connection.execute(sa.select(db.exchanges).where(db.exchanges.c.id == text)).one_or_none()


def _exchange_link(ws: Workspace, row: Any) -> tuple[Link, Record]:
    model = find_model(ws.project, f"{row.model_name}@{row.version}", default_name=row.model_name)
    facts = [
        ("at", row.at),
        ("key", row.key_id),
        ("asked as", row.variant),
        ("served", f"{row.model_name}@{row.version} ({row.subject_digest[:12]})"),
        ("tokens", f"{row.prompt_tokens} in, {row.completion_tokens} out, {row.latency_ms:.0f} ms"),
        ("ended", row.finish_reason),
    ]
    if subject_of(model) != row.subject_digest:
        facts.append(("WARNING", "the version registered under this number serves other bytes"))
    link = Link("exchange", row.id, "", tuple(facts), (_model_link(ws, model, at=row.at),))
    return link, model


def _model_named(ws: Workspace, text: str) -> Record | None:
    """The model version this text names; None when it does not look like one."""
    default = ws.configuration.model.name
    name, colon, environment = text.partition(":")
    if colon:
        with ws.project.reader() as connection:
            alias = aliases.current(connection, name, environment)
        if alias is None:
            raise NotFoundError(
                f"{environment} of {name!r} points at no version", hint="see `tunewright model list`"
            )
        return ws.project.records.get(alias.ref)
    if "@" in text and "#" not in text:
        return find_model(ws.project, text.removeprefix("model/"), default_name=default)
    if text == default or re.fullmatch(r"\d+\.\d+\.\d+", text):
        return find_model(ws.project, text, default_name=default)
    return None


def _model_link(ws: Workspace, model: Record, *, at: str = "") -> Link:
    """A version with its decisions, training run and snapshot. ``at``: only decisions in force then."""
    facts = (
        ("serves", subject_of(model)),
        ("method", f"{model.recipe['method']}, {model.recipe['bump']} version"),
        ("registered", f"{plain(model.provenance.at_utc)} by {model.provenance.actor}"),
    )
    decisions = tuple(_decision_link(ws, decision) for decision in _decisions(ws, model, at))
    inputs = {ref.kind: ws.project.records.get(ref) for ref in model.inputs}
    made_from = [*decisions]
    if "run" in inputs:
        made_from.append(_run_link(inputs["run"]))
    if "snapshot" in inputs:
        made_from.append(_snapshot_link(ws, inputs["snapshot"]))
    if "base" in inputs:
        base = inputs["base"]
        made_from.append(Link("base", f"{base.ref.name}@{base.ref.version}", base.ref.digest))
    return Link("model", f"{model.ref.name}@{model.ref.version}", model.ref.digest, facts, tuple(made_from))


def _decisions(ws: Workspace, model: Record, at: str) -> list[Decision]:
    """The decisions that let the version in, newest an environment; for ``at`` those made before that moment."""
    newest: dict[str, str] = {}
    for event in ws.project.audit.events(action=aliases.PROMOTE, subject=model.ref):
        if not at or str(plain(event.at)) <= at:
            newest[str(event.body["environment"])] = str(event.body["decision_digest"])
    with ws.project.reader() as connection:
        return [load_decision(connection, text) for text in newest.values()]


def _decision_link(ws: Workspace, decision: Decision) -> Link:
    facts = [
        ("verdict", f"{decision.verdict.outcome}: {decision.verdict.because}"),
        ("policy", decision.policy_digest[:16]),
        ("by", f"{decision.actor}, {plain(decision.at)}"),
    ]
    made_from = [
        Link(
            "approval",
            approval.actor,
            approval.subject_digest,
            (("role", approval.role), ("at", str(plain(approval.at))), ("note", approval.note)),
        )
        for approval in decision.approvals
    ]
    made_from += [
        Link(
            "waiver", waiver.rule, waiver.subject_digest, (("by", waiver.approver), ("reason", waiver.reason))
        )
        for waiver in decision.waivers
    ]
    for ref in decision.evidence:
        record = ws.project.records.get(ref)
        shown = [
            (s.metric, f"{s.value:.3f} [{s.low:.3f}, {s.high:.3f}]") for s in record.scores if not s.slice
        ]
        made_from.append(Link("evidence", f"{ref.name}@{ref.version}", ref.digest, tuple(shown)))
    return Link("decision", decision.environment, digest(decision), tuple(facts), tuple(made_from))


def _run_link(run: Record) -> Link:
    made = run.provenance
    facts = (
        ("recipe", run.recipe_digest[:16]),
        ("seed", str(made.seed)),
        (
            "made",
            f"{plain(made.at_utc)} by {made.actor}, code {made.code_version}{' (dirty)' if made.dirty else ''}",
        ),
        ("on", made.hardware),
    )
    return Link("run", f"{run.ref.name}@{run.ref.version}", run.ref.digest, facts)


def _snapshot_link(ws: Workspace, snapshot: Record) -> Link:
    _, splits, root = present_manifest(ws.project, snapshot)
    facts: list[tuple[str, str]] = []
    if root:
        told = ", ".join(f"{count} {name}" for name, count in splits.items())
        facts = [("examples", told), ("Merkle root", root)]
    return Link(
        "snapshot",
        f"{snapshot.ref.name}@{snapshot.ref.version}",
        snapshot.ref.digest,
        tuple(facts),
        _sources(ws, snapshot),
    )


def _sources(ws: Workspace, snapshot: Record, only: str = "") -> tuple[Link, ...]:
    with SnapshotFiles(ws.project, [snapshot]) as files:
        counts = files.source_counts()
    links = []
    for ref in snapshot.inputs:
        if ref.kind != "source" or (only and ref.name != only):
            continue
        recipe = ws.project.records.get(ref).recipe
        facts = [("examples", str(counts.get(ref.name, 0)))]
        facts += [(key, str(recipe[key])) for key in ("form", "licence", "purpose") if recipe.get(key)]
        links.append(Link("source", ref.name, ref.digest, tuple(facts)))
    return tuple(links)


def _snapshot_of(ws: Workspace, model: Record) -> Record:
    ref = next((ref for ref in model.inputs if ref.kind == "snapshot"), None)
    if ref is None:
        raise NotFoundError(f"{model.ref} names no snapshot", hint="it was registered without one")
    return ws.project.records.get(ref)


def _example_link(ws: Workspace, text: str) -> Link:
    """An example with the snapshots that hold it and the row it was made of."""
    row = split_row(text)
    with SnapshotFiles(ws.project, ws.project.records.find("snapshot")) as files:
        found = files.by_row(*row) if row else files.by_id(text)
        fates = files.fates(*row) if row and not found else []
    if fates:
        last = fates[-1]
        facts = [("outcome", f"{last.outcome}: {', '.join(last.reasons)}"), ("kept twin", last.of or "-")]
        snapshot = f"{last.snapshot.ref.name}@{last.snapshot.ref.version}"
        return Link("source row", text, "", (*facts, ("snapshot", snapshot)))
    if not found:
        raise NotFoundError(
            f"nothing recorded here is called {text!r}",
            hint="give an exchange id, a model such as support@1.0.0, an example id (8 or more digits) or file#record",
        )
    identity = one_example(found, text)
    return Link("example", identity, identity, _example_facts(found[-1]), _holders(ws, found))


def _example_facts(newest: Occurrence) -> tuple[tuple[str, str], ...]:
    pairs = [
        ("row", newest.row),
        ("row digest", newest.origin_digest),
        ("received", newest.received_at),
        ("person", newest.subject),
        ("thread", newest.thread),
        ("licence", newest.licence),
        ("purpose", newest.purpose),
        ("changed by", ", ".join(newest.history)),
        ("labels", ", ".join(newest.labels)),
    ]
    return tuple((name, value) for name, value in pairs if value)


def _holders(ws: Workspace, found: Sequence[Occurrence]) -> tuple[Link, ...]:
    return tuple(
        Link(
            "snapshot",
            f"{item.snapshot.ref.name}@{item.snapshot.ref.version}",
            item.snapshot.ref.digest,
            (("split", item.split),),
            _sources(ws, item.snapshot, only=item.source),
        )
        for item in found
    )
