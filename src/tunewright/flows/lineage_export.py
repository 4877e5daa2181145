"""``tunewright data export --form croissant|openlineage``: a snapshot's metadata for other people's tools."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import plain
from tunewright.core.errors import ConflictError
from tunewright.core.types import Record
from tunewright.data.croissant import CROISSANT, croissant
from tunewright.flows.lineage_log import events_of
from tunewright.flows.present import gone_from
from tunewright.flows.snapshots import Written, find_snapshot
from tunewright.flows.sources import sources_of
from tunewright.store.files import writing

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


def export_croissant(ws: Workspace, folder: Path, version: str = "") -> Written:
    """A folder that ``mlcroissant`` and others read: ``croissant.json`` with the Parquet files it describes.

    Here version and date are told, which the snapshot's own file leaves out. Raises ConflictError for a folder that
    holds something already.
    """
    record = find_snapshot(ws, version)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConflictError(f"{folder} is not empty", hint="name a new folder", path=str(folder))
    told = described(ws, record)
    with writing(f"writing {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        for file in told["distribution"]:
            shutil.copyfile(
                ws.project.records.folder(record) / file["contentUrl"], folder / file["contentUrl"]
            )
        text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / CROISSANT).write_text(text + "\n", encoding="utf-8")
    rows = next(part for part in told["recordSet"] if part["@id"] == "splits")["data"]
    return Written(folder, sum(row["splits/count"] for row in rows), "croissant")


def described(ws: Workspace, record: Record) -> dict[str, Any]:
    """Croissant metadata of a snapshot of any age, with version, date and citation."""
    name, number = record.ref.name, record.ref.version
    accounts = [(source.name, source.account()) for source in sources_of(ws.project, record)]
    gone = gone_from(ws.project, record)
    folder = ws.project.records.folder(record)
    told = croissant(folder, name=name, sources=accounts, recipe=record.recipe, erased=gone.splits)
    at = record.provenance.at_utc
    key = re.sub(r"[^a-z0-9]+", "", f"{name}{number}")
    return {
        **told,
        "version": f"{number}.0.0" if number.isdigit() else "0.0.0",
        "datePublished": str(plain(at))[:10],
        "identifier": record.ref.digest,
        "citeAs": f"@misc{{{key}, title={{{record.ref}}}, year={{{at.year}}}, note={{SHA-256 {record.ref.digest}}}}}",
    }


def export_openlineage(ws: Workspace, path: Path, version: str = "") -> Written:
    """The events of a snapshot's build and of the runs made from it, a line of JSON each."""
    events = events_of(ws, find_snapshot(ws, version))
    with writing(f"writing {path}"), path.open("w", encoding="utf-8") as stream:
        for event in events:
            stream.write(json.dumps(event, ensure_ascii=False, sort_keys=True) + "\n")
    return Written(path, len(events), "openlineage")
