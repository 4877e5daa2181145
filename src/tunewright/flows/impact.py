"""``tunewright audit impact``: from an example, a source row or a person to the snapshots, models and answers touched."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tunewright.core.errors import NotFoundError
from tunewright.core.types import Record, Ref
from tunewright.registry import aliases
from tunewright.registry.lineage import Occurrence, RowFate, SnapshotFiles, one_example, split_row
from tunewright.registry.versions import parse_version
from tunewright.store import db, lineage

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class TouchedExample:
    """One example in one snapshot."""

    id: str
    row: str
    split: str
    subject: str
    through: str
    """empty, or ``kept twin``: the row itself was dropped as a duplicate of this one"""


@dataclass(frozen=True, slots=True)
class TouchedSnapshot:
    """A snapshot that holds it."""

    snapshot: Ref
    examples: tuple[TouchedExample, ...]
    splits: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class TouchedModel:
    """A model version made from such a snapshot."""

    model: Ref
    snapshot: Ref
    trained_on: int
    """examples in the training split: these moved the weights"""
    chosen_by: int
    """examples in the validation split: these decided when to stop"""
    serves_in: tuple[str, ...]
    """environments that point at it now"""
    exchanges: int
    newest_exchange: str
    newest_at: str


@dataclass(frozen=True, slots=True)
class RowOutcomeOf:
    """What became of the source row in one snapshot."""

    snapshot: Ref
    outcome: str
    reasons: tuple[str, ...]
    of: str


@dataclass(frozen=True, slots=True)
class ImpactReport:
    """Everything one thing touched."""

    asked: str
    read_as: str
    """example, source row or person"""
    examples: int
    """distinct examples"""
    outcomes: tuple[RowOutcomeOf, ...]
    snapshots: tuple[TouchedSnapshot, ...]
    models: tuple[TouchedModel, ...]
    exchanges: int
    wall_ms: float


def impact(ws: Workspace, text: str) -> ImpactReport:
    """What an example id, ``file#record``, a person's name or a whole source (``SourceImpact``) touched.

    A row that was dropped as a duplicate touched what its kept twin touched: the same words were learned.
    Raises NotFoundError when no snapshot knows it.
    """
    from tunewright.flows.impact_source import source_impact

    whole = source_impact(ws, text)
    if whole is not None:
        return whole
    started = time.perf_counter()
    snapshots = ws.project.records.find("snapshot")
    row = split_row(text)
    fates: list[RowFate] = []
    twins: list[Occurrence] = []
    with SnapshotFiles(ws.project, snapshots, brief=True) as files:
        if row is not None:
            read_as, found = "source row", files.by_row(*row)
            fates = files.fates(*row)
            twins = _twins(files, fates)
        else:
            read_as, found = "example", files.by_id(text)
            if found:
                one_example(found, text)
            else:
                read_as, found = "person", files.by_subject(text)
    if not found and not twins and not fates:
        raise NotFoundError(
            f"no snapshot knows {text!r}",
            hint="give an example id (8 or more digits), a row as file#record, a source, or a person as the data names them",
        )
    touched = _snapshots(found, twins)
    models = models_of(ws, touched)
    return ImpactReport(
        asked=text,
        read_as=read_as,
        examples=len({item.id for item in (*found, *twins)}),
        outcomes=tuple(RowOutcomeOf(f.snapshot.ref, f.outcome, f.reasons, f.of) for f in fates),
        snapshots=touched,
        models=models,
        exchanges=sum(model.exchanges for model in models),
        wall_ms=round((time.perf_counter() - started) * 1000, 1),
    )


def _twins(files: SnapshotFiles, fates: Sequence[RowFate]) -> list[Occurrence]:
    """The kept twins of a dropped row, each in the snapshot that dropped it."""
    return [item for fate in fates if fate.outcome == "dropped" for item in files.kept_for(fate)]


def _snapshots(found: Sequence[Occurrence], twins: Sequence[Occurrence]) -> tuple[TouchedSnapshot, ...]:
    by_digest: dict[str, tuple[Record, list[TouchedExample]]] = {}
    for through, items in (("", found), ("kept twin", twins)):
        for item in items:
            touched = TouchedExample(item.id, item.row, item.split, item.subject, through)
            by_digest.setdefault(item.snapshot.ref.digest, (item.snapshot, []))[1].append(touched)
    return tuple(
        TouchedSnapshot(
            snapshot=record.ref,
            examples=tuple(examples),
            splits=tuple(
                (split, sum(1 for e in examples if e.split == split))
                for split in sorted({e.split for e in examples})
            ),
        )
        for record, examples in by_digest.values()
    )


def touched_models(ws: Workspace, found: Sequence[Occurrence]) -> tuple[TouchedModel, ...]:
    """The model versions made from the snapshots that hold these examples."""
    return models_of(ws, _snapshots(found, ()))


def models_of(ws: Workspace, touched: Sequence[TouchedSnapshot]) -> tuple[TouchedModel, ...]:
    """Model versions made from these snapshots, lowest first, with where they serve and what they answered."""
    if not touched:
        return ()
    with ws.project.reader() as connection:
        placed = aliases.all_current(connection)
        behind = lineage.downstream_of(connection, [item.snapshot.digest for item in touched])
        made = [
            (item, ref) for item in touched for ref in behind[item.snapshot.digest] if ref.kind == "model"
        ]
        answered = {ref: _exchanges(connection, ref) for ref in {ref for _, ref in made}}
    found = []
    for item, ref in made:
        splits = dict(item.splits)
        count, newest_at, newest = answered[ref]
        found.append(
            TouchedModel(
                model=ref,
                snapshot=item.snapshot,
                trained_on=splits.get("train", 0),
                chosen_by=splits.get("validation", 0),
                serves_in=tuple(a.environment for a in placed if a.digest == ref.digest),
                exchanges=count,
                newest_exchange=newest,
                newest_at=newest_at,
            )
        )
    return tuple(sorted(found, key=lambda m: (m.model.name, parse_version(m.model.version))))


def _exchanges(connection: Connection, model: Ref) -> tuple[int, str, str]:
    """How many exchanges this version answered, and the newest's time and id."""
    table = db.exchanges
    mine = (table.c.model_name == model.name) & (table.c.version == model.version)
    count = connection.scalar(sa.select(sa.func.count()).select_from(table).where(mine)) or 0
    newest = connection.execute(
        sa.select(table.c.at, table.c.id).where(mine).order_by(table.c.seq.desc()).limit(1)
    ).one_or_none()
    return (int(count), str(newest.at), str(newest.id)) if newest else (int(count), "", "")
