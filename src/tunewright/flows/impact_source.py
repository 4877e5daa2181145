"""``tunewright audit impact SOURCE``: what a whole source touched, as when its licence is withdrawn."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import IntegrityError
from tunewright.core.types import Record, Ref
from tunewright.data.snapshot import EXAMPLES, OUTCOMES, SPLITS
from tunewright.flows.impact import ImpactReport, TouchedSnapshot, models_of
from tunewright.flows.rights import configured_objections

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SourceInSnapshot:
    """What became of a source in one snapshot."""

    snapshot: Ref
    version: str
    """of the source's record"""
    licence: str
    purpose: str
    outcomes: tuple[tuple[str, int], ...]
    """its rows by outcome"""
    twins_elsewhere: int
    """rows of it that were dropped for a kept twin of another source: the same words were learned all the same"""
    stands_for: int
    """rows of other sources that were dropped for one of its rows: they come back when it is taken out"""


@dataclass(frozen=True, slots=True)
class SourceImpact(ImpactReport):
    """``ImpactReport`` of a whole source: examples by split and not one by one."""

    source: tuple[SourceInSnapshot, ...] = ()
    objections: tuple[str, ...] = ()
    """what speaks against its use as it is configured today"""


def source_impact(ws: Workspace, text: str) -> SourceImpact | None:
    """What the source of this name (``tickets.csv``, ``source/tickets.csv@1f0c...``) touched; None when none has it.

    With a version only the snapshots made of those bytes count. Raises IntegrityError for a damaged snapshot.
    """
    started = time.perf_counter()
    named = text.removeprefix("source/")
    records = ws.project.records
    wanted = records.find("source", named)
    if not wanted:
        name, _, version = named.rpartition("@")
        wanted = (
            [record for record in records.find("source", name) if record.ref.version == version]
            if name
            else []
        )
    if not wanted:
        return None
    name = wanted[0].ref.name
    versions = {record.ref.digest: record for record in wanted}
    held = [
        (snapshot, versions[ref.digest])
        for snapshot in records.find("snapshot")
        for ref in snapshot.inputs
        if ref.digest in versions
    ]
    found = [_in_snapshot(ws, snapshot, source) for snapshot, source in held]
    touched = tuple(item for _, item in found if item.splits)
    models = models_of(ws, touched)
    return SourceImpact(
        asked=text,
        read_as="source",
        examples=_distinct(ws, [snapshot for snapshot, _ in held], name),
        outcomes=(),
        snapshots=touched,
        models=models,
        exchanges=sum(model.exchanges for model in {m.model.digest: m for m in models}.values()),
        wall_ms=round((time.perf_counter() - started) * 1000, 1),
        source=tuple(item for item, _ in found),
        objections=tuple(item.told for item in configured_objections(ws).get(name, ())),
    )


_SPLITS = "select split, count(*) from read_parquet($files) where source = $source group by split"
_OUTCOMES = "select outcome, count(*) from read_parquet($files) where source = $source group by outcome"
_TWINS = """
    select starts_with("of", $source || '#') as of_mine, source = $source as mine, count(*)
    from read_parquet($files)
    where outcome = 'dropped' and "of" <> '' and (source = $source or starts_with("of", $source || '#'))
    group by all
"""
_DISTINCT = "select count(distinct id) from read_parquet($files) where source = $source"


def _in_snapshot(ws: Workspace, snapshot: Record, source: Record) -> tuple[SourceInSnapshot, TouchedSnapshot]:
    folder, name = ws.project.records.folder(snapshot), source.ref.name
    splits = dict(_ask(_SPLITS, [folder / EXAMPLES], name))
    outcomes = _ask(_OUTCOMES, [folder / OUTCOMES], name)
    twins = {(of_mine, mine): count for of_mine, mine, count in _ask(_TWINS, [folder / OUTCOMES], name)}
    told = SourceInSnapshot(
        snapshot=snapshot.ref,
        version=source.ref.version,
        licence=str(source.recipe.get("licence") or ""),
        purpose=str(source.recipe.get("purpose") or ""),
        outcomes=tuple(sorted(outcomes)),
        twins_elsewhere=twins.get((False, True), 0),
        stands_for=twins.get((True, False), 0),
    )
    ordered = tuple((split, splits[split]) for split in SPLITS if split in splits)
    return told, TouchedSnapshot(snapshot.ref, (), ordered)


def _distinct(ws: Workspace, snapshots: list[Record], name: str) -> int:
    """Examples of the source over all snapshots, each once."""
    files = [ws.project.records.folder(snapshot) / EXAMPLES for snapshot in snapshots]
    return int(_ask(_DISTINCT, files, name)[0][0]) if files else 0


@functools.lru_cache(maxsize=1)
def _database() -> Any:
    """DuckDB in memory, one a process, asked through cursors; it fetches nothing and loads no extension."""
    import duckdb

    return duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )


def _ask(query: str, files: list[Path], source: str) -> list[tuple[Any, ...]]:
    """Rows of a query over Parquet files. Raises IntegrityError when one is gone or damaged."""
    import duckdb

    try:
        with _database().cursor() as cursor:
            named = {"files": [str(path) for path in files], "source": source}
            rows: list[tuple[Any, ...]] = cursor.execute(query, named).fetchall()
    except duckdb.Error as error:
        raise IntegrityError(
            f"{files[0].name} of a snapshot cannot be read",
            hint="restore .tunewright/records from the backup",
            path=str(files[0]),
        ) from error
    return rows
