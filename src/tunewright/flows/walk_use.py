"""Decisions, environments, exchanges and events in the walk (``flows/walk.py``)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tunewright.core.canonical import plain
from tunewright.core.types import Decision, Record, Ref
from tunewright.flows.walk import WalkLink, exchange_key, exchange_of, is_digest, unpacked
from tunewright.flows.walk_links import (
    Part,
    Thing,
    capped_fan,
    decision_link,
    event_link,
    exchange_row,
    fan,
    moves_of,
    place_link,
    ref_link,
    row_link,
    short_name,
)
from tunewright.registry.decisions import load_decision
from tunewright.registry.lineage import SnapshotFiles
from tunewright.store import db

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

_COUNTED = 10_000


def decision_thing(ws: Workspace, name: str) -> Thing | None:
    """A recorded decision with its evidence and the environments it opened."""
    decision = _load(ws, name) if is_digest(name) else None
    if decision is None:
        return None
    facts = [
        ("verdict", f"{decision.verdict.outcome}: {decision.verdict.because}"),
        ("for", decision.environment),
        ("policy", decision.policy_digest),
        ("by", f"{decision.actor}, {plain(decision.at)}"),
    ]
    facts += [(f"approved by {a.actor}", f"{a.role}, {plain(a.at)}") for a in decision.approvals]
    facts += [(f"waived: {w.rule}", f"by {w.approver}") for w in decision.waivers]
    made_from = [ref_link(decision.model, "decided on")]
    made_from += [ref_link(ref, "evidence") for ref in decision.evidence]
    table = db.alias_history
    query = sa.select(table.c.model, table.c.environment).where(table.c.decision_digest == name).distinct()
    with ws.project.reader() as connection:
        places = connection.execute(query).all()
    made_into = [place_link(row.model, row.environment, "let in") for row in places]
    made_into += [
        event_link(seq, action, "recorded as")
        for seq, action, digest in _decision_events(ws, decision.model)
        if digest == name
    ]
    return Thing(
        f"{decision.environment} of {short_name(decision.model)}",
        tuple(facts),
        fan(made_from),
        fan(made_into),
    )


def _load(ws: Workspace, digest: str) -> Decision | None:
    with ws.project.reader() as connection:
        known = connection.scalar(sa.select(db.decisions.c.digest).where(db.decisions.c.digest == digest))
        return load_decision(connection, digest) if known else None


def _decision_events(ws: Workspace, model: Ref) -> list[tuple[int, str, str]]:
    """(seq, action, decision digest) of every event about this version that names a decision."""
    table = db.events
    query = sa.select(table.c.seq, table.c.action, table.c.body).where(table.c.digest == model.digest)
    with ws.project.reader() as connection:
        rows = connection.execute(query.order_by(table.c.seq)).all()
    return [
        (row.seq, row.action, row.body["decision_digest"]) for row in rows if "decision_digest" in row.body
    ]


def decisions_on(ws: Workspace, model: Ref) -> list[str]:
    """Digests of the decisions about a model version, oldest first."""
    digests = list(dict.fromkeys(digest for _, _, digest in _decision_events(ws, model)))
    return [digest for digest in digests if _load(ws, digest) is not None]


def judged_on(ws: Workspace, run: Record) -> list[WalkLink]:
    """The decisions for which this run was evidence."""
    found = []
    for model in (ref for ref in run.inputs if ref.kind == "model"):
        for digest in decisions_on(ws, model):
            decision = _load(ws, digest)
            if decision is not None and any(ref.digest == run.ref.digest for ref in decision.evidence):
                found.append(decision_link(digest, "evidence for"))
    return found


def environment_thing(ws: Workspace, name: str) -> Thing | None:
    """An environment with everything it ever pointed at."""
    model, colon, environment = (unpacked(name) or "").rpartition(":")
    moves = moves_of(ws, model, environment) if colon else []
    if not moves:
        return None
    facts = [("points at", f"{model}@{moves[0].version}"), ("since", moves[0].at)]
    facts += [("before", f"{model}@{move.version}, {move.at}") for move in moves[1:6]]
    made_from = [decision_link(move.decision_digest, "decision") for move in moves if move.decision_digest]
    made_from += [
        WalkLink(f"model.{move.digest}", "model", f"{model}@{move.version}", "pointed at") for move in moves
    ]
    table = db.exchanges
    part, capped = exchanges_part(ws, (table.c.model_name == model) & (table.c.variant == environment))
    return Thing(f"{model}:{environment}", tuple(facts), fan(made_from), capped_fan(fan([], part), capped))


def places_of(ws: Workspace, model: Ref) -> list[WalkLink]:
    """The environments this version was ever in."""
    table = db.alias_history
    query = sa.select(table.c.model, table.c.environment).where(table.c.digest == model.digest).distinct()
    with ws.project.reader() as connection:
        rows = connection.execute(query).all()
    return [place_link(row.model, row.environment, "was in") for row in rows]


# Exchanges


def by_version(model: Ref) -> Any:
    """The condition that an exchange was answered by this version."""
    table = db.exchanges
    return (table.c.model_name == model.name) & (table.c.version == model.version)


def exchanges_part(ws: Workspace, mine: Any) -> tuple[Part, bool]:
    """These exchanges, newest first, and whether there are more than counted."""
    table = db.exchanges
    few = sa.select(table.c.seq).where(mine).limit(_COUNTED + 1).subquery()
    with ws.project.reader() as connection:
        count = int(connection.scalar(sa.select(sa.func.count()).select_from(few)) or 0)

    def read(offset: int, limit: int) -> list[WalkLink]:
        query = sa.select(table.c.id, table.c.at).where(mine).order_by(table.c.seq.desc())
        with ws.project.reader() as connection:
            rows = connection.execute(query.offset(offset).limit(limit)).all()
        return [
            WalkLink(exchange_key(row.id), "exchange", f"{row.id} {row.at[:19]}", "answered") for row in rows
        ]

    return (min(count, _COUNTED), read), count > _COUNTED


def exchange_thing(ws: Workspace, name: str) -> Thing | None:
    """An exchange with the version that answered and the rows it became."""
    identity = exchange_of(name)
    row = exchange_row(ws, identity) if identity else None
    if row is None:
        return None
    facts = (
        ("at", row.at),
        ("key", row.key_id),
        ("asked as", row.variant),
        ("served", f"{row.model_name}@{row.version} ({row.subject_digest[:12]})"),
        ("tokens", f"{row.prompt_tokens} in, {row.completion_tokens} out, {row.latency_ms:.0f} ms"),
        ("ended", row.finish_reason),
        ("flags", ", ".join(row.flags or ())),
    )
    made_from = [
        ref_link(model.ref, "answered by")
        for model in ws.project.records.find("model", row.model_name)
        if model.ref.version == row.version
    ]
    if moves_of(ws, row.model_name, row.variant):
        made_from.append(place_link(row.model_name, row.variant, "asked in"))
    return Thing(row.id, facts, fan(made_from), fan(_rows_from(ws, row.id)))


def _rows_from(ws: Workspace, identity: str) -> list[WalkLink]:
    """The source rows that a judged exchange became."""
    sources = {
        record.ref.name
        for record in ws.project.records.find("source")
        if record.recipe.get("form") == "exchanges"
    }
    if not sources:
        return []
    with SnapshotFiles(ws.project, ws.project.records.find("snapshot")) as files:
        known = [name for name in sorted(sources) if files.fates(name, identity)]
    return [row_link(f"{name}#{identity}", "judged") for name in known]


# Events


def events_about(ws: Workspace, ref: Ref) -> Part:
    """Events whose subject this record is."""
    table = db.events
    mine = (table.c.digest == ref.digest) & (table.c.subject_kind == ref.kind)
    with ws.project.reader() as connection:
        count = int(connection.scalar(sa.select(sa.func.count()).select_from(table).where(mine)) or 0)

    def read(offset: int, limit: int) -> list[WalkLink]:
        query = sa.select(table.c.seq, table.c.action).where(mine).order_by(table.c.seq)
        with ws.project.reader() as connection:
            rows = connection.execute(query.offset(offset).limit(limit)).all()
        return [event_link(row.seq, row.action, "in the audit log") for row in rows]

    return count, read


def event_thing(ws: Workspace, name: str) -> Thing | None:
    """An entry of the audit log, between the one before and the one after."""
    if not re.fullmatch(r"[1-9][0-9]{0,17}", name):
        return None
    table, seq = db.events, int(name)
    query = sa.select(table).where(table.c.seq.in_([seq - 1, seq, seq + 1]))
    with ws.project.reader() as connection:
        rows = {row.seq: row for row in connection.execute(query)}
        row = rows.get(seq)
        if row is None:
            return None
        subject = connection.scalar(
            sa.select(db.records.c.digest).where(
                db.records.c.digest == row.digest, db.records.c.kind == row.subject_kind
            )
        )
    about = f"{row.subject_kind}/{row.name}@{row.version}"
    made_from = []
    if subject:
        made_from.append(
            WalkLink(
                f"{row.subject_kind}.{row.digest}", row.subject_kind, f"{row.name}@{row.version}", "about"
            )
        )
    decided = str(row.body.get("decision_digest", ""))
    decision = _load(ws, decided) if is_digest(decided) else None
    if decision is not None and decision.model.digest == row.digest:
        made_from.append(decision_link(decided, "records"))
    if seq - 1 in rows:
        made_from.append(event_link(seq - 1, rows[seq - 1].action, "before it"))
    made_into = [event_link(seq + 1, rows[seq + 1].action, "after it")] if seq + 1 in rows else []
    facts = [("at", row.at), ("by", row.actor), ("about", about), ("leaf hash", row.leaf_hash)]
    facts += [(key, json.dumps(value, ensure_ascii=False)) for key, value in sorted(row.body.items())]
    return Thing(f"{seq} {row.action}", tuple(facts), fan(made_from), fan(made_into))
