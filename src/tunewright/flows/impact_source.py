"""``tunewright audit impact SOURCE``: what a whole source touched, as when its licence is withdrawn."""

from __future__ import annotations

import functools
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import sha256_bytes
from tunewright.core.erased import ERASED, ERASED_ROW, TOMBSTONE
from tunewright.core.errors import IntegrityError
from tunewright.core.types import Record, Ref
from tunewright.data.rights import TALLIES
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
    """``ImpactReport`` of a whole source: examples by split and not one by one; ``examples`` are those in the newest
    snapshot that holds any."""

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
        examples=sum(count for _, count in touched[-1].splits) if touched else 0,
        outcomes=(),
        snapshots=touched,
        models=models,
        exchanges=sum(model.exchanges for model in {m.model.digest: m for m in models}.values()),
        wall_ms=round((time.perf_counter() - started) * 1000, 1),
        source=tuple(item for item, _ in found),
        objections=tuple(item.told for item in configured_objections(ws).get(name, ())),
    )


_SPLITS = (
    "select split, count(*) from read_parquet($files) "  # noqa: S608 - own text only
    f"where source = $source and not {TOMBSTONE} group by split"
)
_OUTCOMES = (
    f"select if({ERASED_ROW}, '{ERASED}', outcome) as o, count(*) from read_parquet($files) "  # noqa: S608
    "where source = $source group by o"
)
_TWINS = f"""
    select source = $source as mine, count(*) from read_parquet($files)
    where outcome = 'dropped' and not {ERASED_ROW} and "of" <> '' and (source = $source) <> starts_with("of", $source || '#')
    group by all
"""  # noqa: S608 - own text only


def _in_snapshot(ws: Workspace, snapshot: Record, source: Record) -> tuple[SourceInSnapshot, TouchedSnapshot]:
    tally = _recorded_tally(ws, snapshot, source.ref.name) or _counted_tally(ws, snapshot, source.ref.name)
    told = SourceInSnapshot(
        snapshot=snapshot.ref,
        version=source.ref.version,
        licence=str(source.recipe.get("licence") or ""),
        purpose=str(source.recipe.get("purpose") or ""),
        outcomes=tuple(sorted(tally["outcomes"].items())),
        twins_elsewhere=tally["twins_elsewhere"],
        stands_for=tally["stands_for"],
    )
    splits = tuple((split, tally["splits"][split]) for split in SPLITS if split in tally["splits"])
    return told, TouchedSnapshot(snapshot.ref, (), splits)


def _recorded_tally(ws: Workspace, snapshot: Record, name: str) -> dict[str, Any] | None:
    """What ``sources.json`` of the snapshot says; None for a snapshot from before that file, or with erased rows since."""
    kept = next((entry for entry in snapshot.files if entry.path == TALLIES), None)
    if kept is None or ws.project.records.present_files(snapshot) != snapshot.files:
        return None
    path = ws.project.records.folder(snapshot) / TALLIES
    raw = path.read_bytes() if path.is_file() else b""
    if sha256_bytes(raw) != kept.digest:
        raise _damaged(path)
    told: dict[str, dict[str, Any]] = json.loads(raw)
    return told.get(name, {"outcomes": {}, "splits": {}, "twins_elsewhere": 0, "stands_for": 0})


def _counted_tally(ws: Workspace, snapshot: Record, name: str) -> dict[str, Any]:
    """The same by counting rows: the Parquet files are read."""
    folder = ws.project.records.folder(snapshot)
    twins = dict(_ask(_TWINS, folder / OUTCOMES, name))
    return {
        "outcomes": dict(_ask(_OUTCOMES, folder / OUTCOMES, name)),
        "splits": dict(_ask(_SPLITS, folder / EXAMPLES, name)),
        "twins_elsewhere": twins.get(True, 0),
        "stands_for": twins.get(False, 0),
    }


@functools.lru_cache(maxsize=1)
def _database() -> Any:
    """DuckDB in memory, one a process, asked through cursors; it fetches nothing and loads no extension."""
    import duckdb

    return duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )


def _ask(query: str, file: Path, source: str) -> list[tuple[Any, ...]]:
    """Rows of a query over a Parquet file. Raises IntegrityError when it is gone or damaged."""
    import duckdb

    try:
        with _database().cursor() as cursor:
            rows: list[tuple[Any, ...]] = cursor.execute(
                query, {"files": [str(file)], "source": source}
            ).fetchall()
    except duckdb.Error as error:
        raise _damaged(file) from error
    return rows


def _damaged(path: Path) -> IntegrityError:
    return IntegrityError(
        f"{path.name} of a snapshot is not what was recorded",
        hint="restore .tunewright/records from the backup",
        path=str(path),
    )
