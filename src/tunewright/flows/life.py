"""``tunewright data show ID``: the life of one example, from its source row to the answers of the models it shaped."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tunewright.core.errors import NotFoundError
from tunewright.core.types import Record, Ref
from tunewright.data.review import votes_on
from tunewright.data.review_votes import UNDONE, Vote, effective
from tunewright.data.words import Piece, word_diff
from tunewright.flows.impact import TouchedModel, touched_models
from tunewright.flows.originals import original_of
from tunewright.flows.review_age import ages_of_rows
from tunewright.registry.lineage import Occurrence, RowFate, SnapshotFiles, occurrence, one_example, split_row
from tunewright.store import lineage
from tunewright.store.review_tables import judgements

if TYPE_CHECKING:
    from tunewright.data.review_age import ReviewAge
    from tunewright.flows.workspace import Workspace

_EXACT = "exact_duplicate"
_ERASED = "erased"
"""reason of a row whose person had it erased"""


@dataclass(frozen=True, slots=True)
class Birth:
    """Where an example came from."""

    row: str
    """``tickets.csv#T17``"""
    source: Ref | None
    """the record of the source; None for what no source gave (canaries, children)"""
    about: Mapping[str, str | int]
    """form, licence, purpose, legal basis, owner, received, retention_days, expires, subject (the column)"""
    received_at: str
    subject: str
    """the person the row is about, as the row says"""
    thread: str
    content_digest: str
    file: str
    start: int
    """first byte of the row in ``file``; -1 where it has none of its own"""
    size_bytes: int
    number: int
    """1-based row of the file; 0 where that is not known"""


@dataclass(frozen=True, slots=True)
class LifeStep:
    """One thing a step did to it."""

    step: str
    version: int
    action: str
    """changed, marked, dropped, held or kept"""
    reason: str
    evidence: str
    """what was measured against which limit; empty in snapshots that recorded none"""
    of: str


@dataclass(frozen=True, slots=True)
class TurnStory:
    """One turn before and after."""

    role: str
    before: str
    after: str
    pieces: tuple[Piece, ...]
    """words that stayed, went and came, in order"""


@dataclass(frozen=True, slots=True)
class JudgedFinding:
    """One finding and what a person decided."""

    key: str
    kind: str
    turn: int
    start: int
    end: int
    confidence: float
    found_by: str
    state: str
    note: str
    decision: str
    """confirmed, dismissed, or empty while nobody decided"""
    decided_by: str
    decided_at: str
    decision_note: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an expert said of the whole example."""

    verdict: str
    """approved, rejected, corrected, or undone: the one before was taken back"""
    rating: int | None
    actor: str
    at: str
    note: str


@dataclass(frozen=True, slots=True)
class Relative:
    """A row that was dropped for it, the one it was dropped for, a child or a parent."""

    row: str
    example: str
    relation: str
    """exact copy, near copy, part of its thread, kept instead, child or parent"""
    reason: str
    snapshot: Ref


@dataclass(frozen=True, slots=True)
class Residence:
    """One snapshot that read it."""

    snapshot: Ref
    at: str
    outcome: str
    step: str
    reasons: tuple[str, ...]
    split: str
    """empty where it is not in the snapshot"""
    runs: tuple[Ref, ...]
    """trained on that snapshot"""


@dataclass(frozen=True, slots=True)
class Life:
    """Everything there is to tell of one example or source row."""

    asked: str
    id: str
    """empty for a row that could not be read"""
    told_of: Ref
    """the snapshot whose text, steps and findings are shown"""
    birth: Birth
    outcome: str
    split: str
    labels: tuple[str, ...]
    steps: tuple[LifeStep, ...]
    turns: tuple[TurnStory, ...]
    original: str
    """``read`` from the recorded source, ``same`` as the final text, ``erased``, or ``gone``: the source has it no more"""
    findings: tuple[JudgedFinding, ...]
    judgements: tuple[Judgement, ...]
    relatives: tuple[Relative, ...]
    snapshots: tuple[Residence, ...]
    models: tuple[TouchedModel, ...]
    exchanges: int
    wall_ms: float
    review: ReviewAge | None = None
    """how long ago a person looked at it; None for what is not in the snapshot, and for planted canaries"""


def life(ws: Workspace, text: str, version: str = "") -> Life:
    """The life of the example with this id (8 or more digits) or made of this row (``file#record``, or the row's own id).

    ``version``: the snapshot whose text is told, the newest that read it by default. Raises NotFoundError.
    """
    started = time.perf_counter()
    snapshots = ws.project.records.find("snapshot")
    with SnapshotFiles(ws.project, snapshots, brief=True) as files:
        found, fates = _find(files, text)
        told = _told_of(ws, found, fates, version)
        place = next((one for one in found if one.snapshot.ref == told.ref), None)
        with SnapshotFiles(ws.project, [told]) as newest:
            whole = newest.whole(place) if place is not None else {}
            item = occurrence(told, whole) if place is not None else None
            fate = _whole_fate(newest, next((one for one in fates if one.snapshot.ref == told.ref), None))
        relatives = _relatives(files, found, fates, item)
    needed = fate is not None and not _is_erased(fate) and _is_needed(fate, item)
    original = original_of(ws.project, fate) if fate is not None and needed else None
    models = touched_models(ws, found)
    turns, said = _turns(whole, original.row.messages if original else None, fate)
    return Life(
        asked=text,
        id=item.id if item else fate.example if fate else "",
        told_of=told.ref,
        birth=_birth(ws, item, fate, original),
        outcome=_ERASED if _is_erased(fate) else fate.outcome if fate else "kept",
        split=item.split if item else "",
        labels=item.labels if item else (),
        steps=_steps(ws, told, item, fate),
        turns=turns,
        original=said,
        findings=_findings(ws, fate.findings if fate else whole.get("findings") or ()),
        judgements=_judgements(ws, item.id if item else fate.example if fate else ""),
        relatives=relatives,
        snapshots=_residences(ws, found, fates),
        models=models,
        exchanges=sum(model.exchanges for model in models),
        review=next(iter(ages_of_rows(ws, told, [whole]).values()), None) if whole else None,
        wall_ms=round((time.perf_counter() - started) * 1000, 1),
    )


def _is_erased(fate: RowFate | None) -> bool:
    return fate is not None and _ERASED in (fate.outcome, *fate.reasons)


def _whole_fate(files: SnapshotFiles, fate: RowFate | None) -> RowFate | None:
    return next(iter(files.fates(fate.source, fate.record)), None) if fate is not None else None


def _find(files: SnapshotFiles, text: str) -> tuple[list[Occurrence], list[RowFate]]:
    """Where it is and what became of it, in every snapshot."""
    row = split_row(text)
    if row is None:
        found, fates = files.by_id(text), files.fates_of(text)
        if found or fates:
            ids = {item.id for item in found} | {fate.example for fate in fates}
            if len(ids) > 1:
                one_example(found, text)
                raise NotFoundError(
                    f"{len(ids)} examples have an id that begins with {text}",
                    hint="give more digits",
                    count=len(ids),
                )
            return found, fates
        rows = [(source, text) for source in files.sources()]
    else:
        rows = [row]
    for source, record in rows:
        found, fates = files.by_row(source, record), files.fates(source, record)
        if found or fates:
            return found, fates
    raise NotFoundError(
        f"no snapshot knows {text!r}",
        hint="an id's beginning (8 or more digits), or source#record; `tunewright data outcomes` lists every row",
        asked=text,
    )


def _told_of(ws: Workspace, found: Sequence[Occurrence], fates: Sequence[RowFate], version: str) -> Record:
    known = _read_by(found, fates)
    if version:
        from tunewright.flows.snapshots import find_snapshot

        wanted = find_snapshot(ws, version)
        if wanted.ref not in [record.ref for record in known]:
            raise NotFoundError(
                f"{wanted.ref} has not read it", hint="leave out --snapshot to see where it is"
            )
        return wanted
    return max(known, key=lambda record: record.provenance.at_utc)


def _read_by(found: Sequence[Occurrence], fates: Sequence[RowFate]) -> list[Record]:
    return [item.snapshot for item in found] + [fate.snapshot for fate in fates]


def _is_needed(fate: RowFate, item: Occurrence | None) -> bool:
    """Text that no step changed is the text of the source."""
    return item is None or fate.outcome == "changed" or bool(item.history)


def _birth(ws: Workspace, item: Occurrence | None, fate: RowFate | None, original: Any) -> Birth:
    name, record = (fate.source, fate.record) if fate else (item.source, item.locator) if item else ("", "")
    snapshot = fate.snapshot if fate else item.snapshot if item else None
    inputs = snapshot.inputs if snapshot else ()
    ref = next((ref for ref in inputs if (ref.kind, ref.name) == ("source", name)), None)
    origin = original.row.origin if original else None
    return Birth(
        row=f"{name}#{record}",
        source=ref,
        about=_about(ws, ref),
        received_at=item.received_at if item else origin.received_at if origin else "",
        subject=item.subject if item else origin.subject if origin else "",
        thread=item.thread if item else origin.thread if origin else "",
        content_digest=item.origin_digest if item else origin.digest if origin else "",
        file=original.file if original else "",
        start=original.start if original else -1,
        size_bytes=original.size_bytes if original else 0,
        number=original.number if original else fate.position + 1 if fate else 0,
    )


def _about(ws: Workspace, ref: Ref | None) -> Mapping[str, str | int]:
    if ref is None:
        return {}
    from tunewright.data.options import SourceOptions

    recipe = ws.project.records.get(ref).recipe
    try:
        account = SourceOptions.model_validate(recipe).account()
    except ValueError:
        account = {}
    return {"form": str(recipe.get("form", "")), **account}


def _steps(
    ws: Workspace, told: Record, item: Occurrence | None, fate: RowFate | None
) -> tuple[LifeStep, ...]:
    """From the evidence where it was recorded, else from the reasons and the history."""
    if fate is not None and fate.evidence:
        return tuple(
            LifeStep(e["step"], e["version"], e["action"], e["reason"], _evidence(e), e["of"] or "")
            for e in fate.evidence
        )
    reasons = fate.reasons if fate else ()
    marks = {mark.partition("@")[0]: mark for mark in (item.history if item else ())}
    by_reason = _steps_of_reasons(ws, told) if reasons else {}
    steps = []
    for at, reason in enumerate(reasons):
        last = fate is not None and at == len(reasons) - 1 and fate.outcome in ("dropped", "held")
        name, number = by_reason.get(reason, ("", 0))
        if last and fate is not None:
            name = fate.step or name
        action = fate.outcome if fate and last else "changed" if name in marks or fate is None else "marked"
        steps.append(LifeStep(name, number, action, reason, "", fate.of if last and fate else ""))
    known = {step.step for step in steps}
    steps += [
        LifeStep(name, int(mark.partition("@")[2] or 0), "changed", "", "", "")
        for name, mark in marks.items()
        if name not in known
    ]
    return tuple(steps)


def _steps_of_reasons(ws: Workspace, snapshot: Record) -> dict[str, tuple[str, int]]:
    """reason -> the first step that gave it, and its version, as the snapshot's report has it."""
    path = ws.project.records.folder(snapshot) / "report.json"
    if not path.is_file():
        return {}
    found: dict[str, tuple[str, int]] = {}
    for step in json.loads(path.read_text(encoding="utf-8"))["steps"]:
        for reason in step["reasons"]:
            found.setdefault(reason, (step["step"], step["version"]))
    return found


def _evidence(entry: Mapping[str, Any]) -> str:
    """``jaccard 0.91 (limit 0.8)``"""
    parts = []
    if entry["metric"]:
        value = f" {entry['value']:.4g}" if entry["value"] is not None else ""
        limit = f" (limit {entry['threshold']:.4g})" if entry["threshold"] is not None else ""
        parts.append(f"{entry['metric']}{value}{limit}")
    if entry["detail"]:
        parts.append(entry["detail"])
    return ", ".join(parts)


def _turns(whole: Mapping[str, Any], before: Any, fate: RowFate | None) -> tuple[tuple[TurnStory, ...], str]:
    if _is_erased(fate):
        return (), _ERASED
    after = [(m["role"], m["content"]) for m in whole.get("messages") or ()]
    if before is None:
        if not after or (fate is not None and fate.outcome == "changed"):
            return tuple(TurnStory(role, "", text, ()) for role, text in after), "gone"
        return tuple(TurnStory(role, text, text, (Piece("same", text),)) for role, text in after), "same"
    told = [(m.role, m.content) for m in before]
    if not after:
        return tuple(TurnStory(role, text, "", ()) for role, text in told), "read"
    pairs = zip(told, after, strict=False)
    return tuple(TurnStory(role, old, new, word_diff(old, new)) for (role, old), (_, new) in pairs), "read"


def _findings(ws: Workspace, spans: Sequence[Mapping[str, Any]]) -> tuple[JudgedFinding, ...]:
    keys = [span["key"] for span in spans]
    with ws.project.reader() as connection:
        histories = votes_on(connection, keys) if keys else {}
    names = ("key", "kind", "turn", "start", "end", "confidence", "found_by", "state")
    found = []
    for span in spans:
        history = histories.get(span["key"], [])
        decision = effective(history, ws.configuration.data.review).get(span["key"], "")
        counting = [vote for vote in _standing_votes(history) if vote.decision == decision]
        found.append(
            JudgedFinding(
                **{name: span[name] for name in names},
                note=span.get("note") or "",
                decision=decision,
                decided_by=", ".join(vote.actor for vote in counting),
                decided_at=counting[-1].at if counting else "",
                decision_note="; ".join(vote.note for vote in counting if vote.note),
            )
        )
    return tuple(found)


def _standing_votes(history: Sequence[Vote]) -> list[Vote]:
    """Each person's last vote that was not taken back."""
    taken_back = {vote.undoes for vote in history}
    last = {vote.actor: vote for vote in history if vote.decision != UNDONE and vote.id not in taken_back}
    return sorted(last.values(), key=lambda vote: vote.id)


def _judgements(ws: Workspace, identity: str) -> tuple[Judgement, ...]:
    """What experts said of the whole example, oldest first."""
    table = judgements
    columns = (table.c.verdict, table.c.rating, table.c.actor, table.c.at, table.c.note)
    query = sa.select(*columns).where(table.c.example == identity).order_by(table.c.id)
    with ws.project.reader() as connection:
        rows = connection.execute(query).all() if identity else []
    return tuple(Judgement(row.verdict, row.rating, row.actor, row.at, row.note) for row in rows)


def _relatives(
    files: SnapshotFiles, found: Sequence[Occurrence], fates: Sequence[RowFate], item: Occurrence | None
) -> tuple[Relative, ...]:
    """Each once, as the newest snapshot tells it."""
    told: dict[tuple[str, str], Relative] = {}
    for one in found:
        for twin in files.twins(one):
            reason = twin.reasons[-1] if twin.reasons else ""
            how = (
                "exact copy"
                if reason == _EXACT
                else "near copy"
                if "duplicate" in reason
                else "part of its thread"
            )
            _tell(
                told, Relative(f"{twin.source}#{twin.record}", twin.example, how, reason, twin.snapshot.ref)
            )
    for mark in item.labels if item is not None else ():
        if item is not None and mark.startswith("child-of:"):
            for parent in files.by_id(mark.partition(":")[2])[-1:]:
                _tell(told, Relative(parent.row, parent.id, "parent", "", item.snapshot.ref))
    for fate in fates:
        for kept in files.kept_for(fate):
            reason = fate.reasons[-1] if fate.reasons else ""
            _tell(told, Relative(kept.row, kept.id, "kept instead", reason, fate.snapshot.ref))
    for identity in {item.id for item in found}:
        for child in files.children(identity):
            _tell(told, Relative(child.row, child.id, "child", "", child.snapshot.ref))
    return tuple(told.values())


def _tell(told: dict[tuple[str, str], Relative], relative: Relative) -> None:
    told[(relative.row, relative.relation)] = relative


def _residences(
    ws: Workspace, found: Sequence[Occurrence], fates: Sequence[RowFate]
) -> tuple[Residence, ...]:
    items = {item.snapshot.ref.digest: item for item in found}
    known = {fate.snapshot.ref.digest: fate for fate in fates}
    records = {record.ref.digest: record for record in _read_by(found, fates)}
    with ws.project.reader() as connection:
        made = lineage.outputs_of(connection, list(items))
    told = []
    for digest, record in sorted(records.items(), key=lambda pair: pair[1].provenance.at_utc):
        item, fate = items.get(digest), known.get(digest)
        told.append(
            Residence(
                snapshot=record.ref,
                at=record.provenance.at_utc.isoformat(),
                outcome=fate.outcome if fate else "kept",
                step=fate.step if fate else "",
                reasons=fate.reasons if fate else (),
                split=item.split if item else "",
                runs=tuple(ref for ref in made.get(digest, ()) if ref.kind == "run"),
            )
        )
    return tuple(told)
