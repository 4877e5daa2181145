"""The measurements of the build before, verified before they are used; and the proof that nothing depends on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tunewright.core.canonical import sha256_file
from tunewright.core.errors import IntegrityError
from tunewright.core.ports import Progress
from tunewright.core.types import Record
from tunewright.data.memory import SCORE_FILES, Memory, load_memory

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


def remembered(ws: Workspace, progress: Progress) -> Memory:
    """What the newest snapshot's build measured. Empty when there is none, or when its files are not what was recorded:
    a damaged measurement is never used, and the note says so."""
    latest = ws.project.records.latest("snapshot", ws.configuration.model.name)
    if latest is None:
        return Memory()
    recorded = {file.path: file.digest for file in ws.project.records.present_files(latest)}
    if not all(name in recorded for name in SCORE_FILES):
        return Memory()
    folder = ws.project.records.folder(latest)
    try:
        if all(sha256_file(folder / name) == recorded[name] for name in SCORE_FILES):
            return load_memory(folder)
    except (OSError, IntegrityError):
        pass
    progress.note(f"the measurements of {latest.ref} are not what was recorded: everything is measured again")
    return Memory()


def proved(ws: Workspace, known: Record, folder: Path) -> Record:
    """The known record, when every file in ``folder`` is byte for byte what is there of it, erasures allowed for.

    Raises IntegrityError naming the first file that is not.
    """
    for file in ws.project.records.present_files(known):
        path = folder / file.path
        if not path.is_file() or sha256_file(path) != file.digest:
            raise IntegrityError(
                f"a fresh build of {known.ref} gives another {file.path}",
                hint="the code, a library or the machine is another than when it was built; "
                "`tunewright data build --set data.seed=...` makes a new snapshot",
                snapshot=str(known.ref),
                file=file.path,
            )
    return known
