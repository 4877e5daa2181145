"""Look at recorded snapshots: outcomes, report, examples, difference, export."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import NotFoundError, UsageError
from tunewright.core.types import Record
from tunewright.data.outcomes import json_line, read_outcomes
from tunewright.data.snapshot import OUTCOMES, SPLITS, first_rows, load_rows
from tunewright.flows.present import gone_from
from tunewright.registry.lineage import RowFate, SnapshotFiles, split_row
from tunewright.store.files import writing

if TYPE_CHECKING:
    from tunewright.data.diff import SnapshotDiff
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written for somebody else."""

    path: Path
    rows: int
    form: str


def find_snapshot(ws: Workspace, version: str = "") -> Record:
    """The snapshot of this version (``2``, ``name@2``, or a digest's beginning), or the latest. Raises NotFoundError."""
    name = ws.configuration.model.name
    if not version:
        latest = ws.project.records.latest("snapshot", name)
        if latest is None:
            raise NotFoundError(
                f"there is no snapshot of {name} yet", hint="run `tunewright data build`", name=name
            )
        return latest
    plain = version.removeprefix("snapshot/")
    own_name, at, number = plain.rpartition("@")
    known = ws.project.records.find("snapshot", own_name if at else name)
    for record in known:
        if record.ref.version == number or (
            not at and len(plain) >= 7 and record.ref.digest.startswith(plain)
        ):
            return record
    versions = ", ".join(record.ref.version for record in known) or "none"
    raise NotFoundError(
        f"there is no snapshot {version}", hint=f"known versions: {versions}", version=version
    )


def outcomes(ws: Workspace, version: str = "") -> Iterator[dict[str, Any]]:
    """One line for every source row of a snapshot, in the order of the sources."""
    folder = ws.project.records.folder(find_snapshot(ws, version))
    for row in read_outcomes(folder / OUTCOMES):
        yield json_line(row)


def write_outcomes_to(ws: Workspace, path: Path, form: str, version: str = "") -> Written:
    """Write the outcome lines as ``jsonl`` or ``parquet``. Raises UsageError for another form."""
    lines = outcomes(ws, version)
    if form == "jsonl":
        return Written(path, _write_jsonl(path, lines), form)
    if form != "parquet":
        raise UsageError(f"{form!r} is not a form of outcomes", hint="use jsonl or parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist(list(lines))
    with writing(f"writing {path}"):
        pq.write_table(table, path, compression="zstd")
    return Written(path, table.num_rows, form)


def _write_jsonl(path: Path, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with writing(f"writing {path}"), path.open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def report(ws: Workspace, version: str = "") -> tuple[Record, Mapping[str, Any], Path]:
    """The record of a snapshot, its report as data, and the page.

    The report tells of the build; ``erased`` in the data tells how many of its rows and examples erasures took since.
    """
    record = find_snapshot(ws, version)
    folder = ws.project.records.folder(record)
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    gone = gone_from(ws.project, record)
    if gone.outcomes:
        told["erased"] = {"rows": sum(gone.outcomes.values()), "examples": gone.examples}
    return record, told, folder / "report.html"


def show(ws: Workspace, *, split: str = "", limit: int = 5, version: str = "") -> list[dict[str, Any]]:
    """The first examples of a snapshot, or of a split of it. Raises NotFoundError, UsageError."""
    return first_rows(ws.project.records.folder(find_snapshot(ws, version)), limit, _split(split))


def why_not(ws: Workspace, row: str, version: str = "") -> RowFate:
    """What became of a source row (``tickets.csv#T17``) in a snapshot, and on what evidence.

    Raises UsageError for text that names no row, NotFoundError when the snapshot never saw it.
    """
    named = split_row(row)
    if named is None:
        raise UsageError(
            f"{row!r} names no source row", hint="say the source file and the row's id: tickets.csv#T17"
        )
    record = find_snapshot(ws, version)
    with SnapshotFiles(ws.project, [record]) as files:
        fates = files.fates(*named)
    if not fates:
        sources = ", ".join(sorted(ref.name for ref in record.inputs if ref.kind == "source"))
        raise NotFoundError(
            f"{record.ref} has read no row {row!r}", hint=f"its sources are {sources}", row=row
        )
    return fates[0]


def _split(split: str) -> str | None:
    if split and split not in SPLITS:
        raise UsageError(f"{split!r} is not a split", hint=f"splits are {', '.join(SPLITS)}")
    return split or None


def diff(ws: Workspace, before: str, after: str, *, everything: bool = False, only: str = "") -> SnapshotDiff:
    """What differs between two snapshots, each differing row with its cause; ``everything``: list all of them; ``only``:
    list rows of this kind of cause."""
    from tunewright.data.diff import compare_snapshots
    from tunewright.flows.between import inputs_between

    old, new = find_snapshot(ws, before), find_snapshot(ws, after)
    records = ws.project.records
    with ws.project.staging() as scratch:
        return compare_snapshots(
            records.folder(old),
            records.folder(new),
            (str(old.ref), str(new.ref)),
            inputs_between(ws, old, new),
            everything=everything,
            only=only,
            scratch=scratch,
        )


def export(ws: Workspace, path: Path, *, split: str = "", version: str = "") -> Written:
    """Write a split (or all) as chat JSON Lines: ``{"id", "split", "messages"}``, the form every trainer reads."""
    rows = load_rows(ws.project.records.folder(find_snapshot(ws, version)), _split(split))
    lines = ({"id": row["id"], "split": row["split"], "messages": row["messages"]} for row in rows)
    return Written(path, _write_jsonl(path, lines), "messages")
