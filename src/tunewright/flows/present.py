"""How many rows and examples of a snapshot are still there: an erasure leaves marks in its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tunewright.core.erased import ERASED, ERASED_ROW, TOMBSTONE
from tunewright.core.errors import IntegrityError
from tunewright.data.snapshot import EXAMPLES, MANIFEST, OUTCOMES
from tunewright.registry.lookup_index import database

if TYPE_CHECKING:
    from pathlib import Path

    from tunewright.core.types import Record
    from tunewright.store.project import Project


@dataclass(frozen=True, slots=True)
class Gone:
    """What erasures took out of one snapshot since it was built."""

    splits: Mapping[str, int] = field(default_factory=dict)
    """examples by split"""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """source rows by the outcome they had"""

    @property
    def examples(self) -> int:
        return sum(self.splits.values())

    def of_splits(self, recorded: Mapping[str, int]) -> dict[str, int]:
        """The recorded examples by split without the erased ones."""
        return {name: int(count) - self.splits.get(name, 0) for name, count in recorded.items()}

    def of_counts(self, recorded: Mapping[str, int]) -> dict[str, int]:
        """The recorded counts without what was erased, which is a count of its own where there is any."""
        found = {name: int(count) - self.outcomes.get(name, 0) for name, count in recorded.items()}
        if "examples" in found:
            found["examples"] -= self.examples
        return {**found, ERASED: sum(self.outcomes.values())} if self.outcomes else found


def gone_from(project: Project, snapshot: Record) -> Gone:
    """Counted in the files of a snapshot; nothing is read of one whose files are the recorded ones.

    Raises IntegrityError for a damaged file.
    """
    if project.records.present_files(snapshot) == snapshot.files:
        return Gone()
    folder = project.records.folder(snapshot)
    return Gone(
        splits=_counted("split", folder / EXAMPLES, TOMBSTONE),
        outcomes=_counted("outcome", folder / OUTCOMES, ERASED_ROW),
    )


def present_manifest(project: Project, snapshot: Record) -> tuple[dict[str, int], dict[str, int], str]:
    """Counts and splits of what is there, and the recorded Merkle root; empty when the manifest is gone."""
    path = project.records.folder(snapshot) / MANIFEST
    if not path.is_file():
        return {}, {}, ""
    told = json.loads(path.read_text(encoding="utf-8"))
    gone = gone_from(project, snapshot)
    counts, splits = gone.of_counts(told.get("counts", {})), gone.of_splits(told.get("splits", {}))
    return counts, splits, str(told.get("merkle_root", ""))


def _counted(column: str, file: Path, where: str) -> dict[str, int]:
    import duckdb

    query = f"select {column}, count(*) from read_parquet(?) where {where} group by 1"  # noqa: S608 - own text only
    try:
        with database().cursor() as cursor:
            return dict(cursor.execute(query, [str(file)]).fetchall())
    except duckdb.Error as error:
        raise IntegrityError(
            f"{file.name} of a snapshot is not what was recorded",
            hint="restore .tunewright/records from the backup",
            path=str(file),
        ) from error
