"""OpenLineage 2.0.2 run events of what is recorded, as plain JSON. Pure: a record and a time in, an event out.

Data sets are named after records: ``source/tickets.csv``, ``snapshot/support``, ``model/support``, in the namespace
``tunewright://<workspace>``; the record's digest is the data set's version. Column lineage is given where the
configuration names the columns of a source, and nowhere else. Names, digests, counts and days: no text of any example.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from tunewright import __version__
from tunewright.core.canonical import utc_text
from tunewright.core.types import Record, Ref
from tunewright.data.options import SourceOptions
from tunewright.data.snapshot import EXAMPLES, load_manifest
from tunewright.flows.present import gone_from

if TYPE_CHECKING:
    from tunewright.store.project import Project

EventType = Literal["START", "COMPLETE", "FAIL", "ABORT"]
SPEC = "https://openlineage.io/spec"
PRODUCER = f"urn:tunewright:{__version__}"
_SCHEMAS = {
    "columnLineage": "1-2-0/ColumnLineageDatasetFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
    "inputStatistics": "1-0-0/InputStatisticsInputDatasetFacet",
    "jobType": "2-0-4/JobTypeJobFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
    "ownership": "1-0-1/OwnershipDatasetFacet",
    "processing_engine": "1-1-1/ProcessingEngineRunFacet",
    "schema": "1-2-0/SchemaDatasetFacet",
    "storage": "1-0-1/StorageDatasetFacet",
    "tags": "1-0-0/TagsDatasetFacet",
    "version": "1-0-1/DatasetVersionDatasetFacet",
}
_RIGHTS = ("licence", "purpose", "legal_basis", "received", "retention_days", "expires")
_COLUMNS = {
    "prompt": "messages",
    "reply": "messages",
    "system": "messages",
    "id": "locator",
    "at": "received_at",
}


def run_event(
    kind: EventType,
    project: Project,
    *,
    job: str,
    run_id: str,
    at: datetime,
    inputs: Sequence[Mapping[str, Any]] = (),
    outputs: Sequence[Mapping[str, Any]] = (),
    error: str = "",
) -> dict[str, Any]:
    """One event. at: UTC; error: what went wrong, for FAIL and ABORT."""
    run: dict[str, Any] = {
        "processing_engine": facet("processing_engine", version=__version__, name="tunewright")
    }
    if error:
        run["errorMessage"] = facet("errorMessage", message=error, programmingLanguage="PYTHON")
    told = facet(
        "jobType", processingType="BATCH", integration="TUNEWRIGHT", jobType=job.rpartition(".")[2].upper()
    )
    return {
        "eventType": kind,
        "eventTime": utc_text(at),
        "producer": PRODUCER,
        "schemaURL": f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run_id, "facets": run},
        "job": {"namespace": namespace(project), "name": job, "facets": {"jobType": told}},
        "inputs": list(inputs),
        "outputs": list(outputs),
    }


def facet(name: str, /, **fields: Any) -> dict[str, Any]:
    """A facet of the standard, with its schema's address."""
    schema = _SCHEMAS[name]
    url = f"{SPEC}/facets/{schema}.json#/$defs/{schema.rpartition('/')[2]}"
    return {"_producer": PRODUCER, "_schemaURL": url, **fields}


def namespace(project: Project) -> str:
    """Of every job and data set of a workspace."""
    return f"tunewright://{project.identity}"


def run_id_of(*words: str) -> str:
    """A UUID (version 5) that the same words give again."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("tunewright", *words))))


def dataset(project: Project, ref: Ref, **facets: Any) -> dict[str, Any]:
    """A record as a data set."""
    version = facet("version", datasetVersion=ref.digest)
    return {
        "namespace": namespace(project),
        "name": f"{ref.kind}/{ref.name}",
        "facets": {"version": version, **facets},
    }


def input_of(project: Project, ref: Ref, rows: int | None = None) -> dict[str, Any]:
    """An input with what is known of it; rows: how many a build read, when it is over."""
    record = project.records.get(ref)
    facets = _source_facets(record) if ref.kind == "source" else {}
    found = dataset(project, ref, **facets)
    files = project.records.present_files(record)
    size = {"size": sum(file.size_bytes for file in files), "fileCount": len(files)}
    if rows is not None and files:
        found["inputFacets"] = {"inputStatistics": facet("inputStatistics", rowCount=rows, **size)}
    return found


def _source_facets(record: Record) -> dict[str, Any]:
    options = SourceOptions.model_validate(record.recipe)
    account = options.account()
    facets: dict[str, Any] = {}
    if options.owner:
        facets["ownership"] = facet("ownership", owners=[{"name": options.owner, "type": "OWNER"}])
    tags = [
        {"key": key, "value": str(account[key]), "source": "TUNEWRIGHT"}
        for key in _RIGHTS
        if account.get(key)
    ]
    if tags:
        facets["tags"] = facet("tags", tags=tags)
    columns = columns_of(options)
    if columns:
        fields = [{"name": name} for name in dict.fromkeys(column for column, _ in columns)]
        facets["schema"] = facet("schema", fields=fields)
    return facets


def columns_of(options: SourceOptions) -> list[tuple[str, str]]:
    """(column of the source, column of the snapshot) where the configuration says so."""
    columns = options.columns.model_dump(exclude_none=True) if options.columns else {}
    if options.subject:
        columns["subject"] = options.subject
    return [(column, _COLUMNS.get(meaning, meaning)) for meaning, column in columns.items()]


def snapshot_output(project: Project, snapshot: Record) -> dict[str, Any]:
    """A snapshot as output: schema, statistics, column lineage."""
    import pyarrow.parquet as pq

    folder = project.records.folder(snapshot)
    schema = pq.read_schema(folder / EXAMPLES)
    fields = [
        {"name": field.name, "type": str(field.type), "ordinal_position": at}
        for at, field in enumerate(schema, start=1)
    ]
    manifest = load_manifest(folder)
    facets = {
        "schema": facet("schema", fields=fields),
        "storage": facet("storage", storageLayer="file", fileFormat="parquet"),
    }
    lineage = _column_lineage(project, snapshot)
    if lineage:
        facets["columnLineage"] = facet("columnLineage", fields=lineage)
    found = dataset(project, snapshot.ref, **facets)
    files = project.records.present_files(snapshot)
    count = manifest.counts["examples"] - gone_from(project, snapshot).examples
    statistics = facet(
        "outputStatistics", rowCount=count, size=sum(file.size_bytes for file in files), fileCount=len(files)
    )
    found["outputFacets"] = {"outputStatistics": statistics}
    return found


def _column_lineage(project: Project, snapshot: Record) -> dict[str, Any]:
    """Columns of the snapshot -> columns of sources. Texts are transformed (and masked where the step `pii` ran), the
    rest is taken over as it is."""
    masked = any(step.get("name") == "pii" for step in snapshot.recipe.get("steps", ()))
    found: dict[str, Any] = {}
    for ref in snapshot.inputs:
        if ref.kind != "source":
            continue
        for column, target in columns_of(SourceOptions.model_validate(project.records.get(ref).recipe)):
            text = target == "messages"
            how = {
                "type": "DIRECT",
                "subtype": "TRANSFORMATION" if text else "IDENTITY",
                "masking": masked and text,
            }
            found.setdefault(target, {"inputFields": []})["inputFields"].append(
                {
                    "namespace": namespace(project),
                    "name": f"source/{ref.name}",
                    "field": column,
                    "transformations": [how],
                }
            )
    return found


def recorded_event(
    project: Project, record: Record, run_id: str = "", at: datetime | None = None
) -> dict[str, Any]:
    """The COMPLETE event of something recorded: a build (output: the snapshot), a training (output: the model version
    registered from it), an evaluation or attack (output: its scores)."""
    outputs: list[dict[str, Any]]
    rows: dict[str, int] = {}
    if record.ref.kind == "snapshot":
        outputs = [snapshot_output(project, record)]
        report = json.loads((project.records.folder(record) / "report.json").read_text(encoding="utf-8"))
        rows = {line["source"]: line["rows"] for line in report["sources"]}
    else:
        models = [ref for ref in project.records.downstream(record.ref, 1) if ref.kind == "model"]
        outputs = [dataset(project, ref) for ref in models] or [dataset(project, record.ref)]
    inputs = [
        input_of(project, ref, rows.get(ref.name) if ref.kind == "source" else None) for ref in record.inputs
    ]
    return run_event(
        "COMPLETE",
        project,
        job=job_of(record.ref),
        run_id=run_id or run_id_of(project.identity, record.ref.digest),
        at=at or record.provenance.at_utc,
        inputs=inputs,
        outputs=outputs,
    )


def start_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The START the standard asks for, where nobody saw it: at the moment the record tells, without what came of it."""
    inputs = [{key: value for key, value in item.items() if key != "inputFacets"} for item in event["inputs"]]
    return {**event, "eventType": "START", "inputs": inputs, "outputs": []}


def job_of(ref: Ref) -> str:
    """``support.build`` for a snapshot, ``run.train``, ``run.evaluate`` for runs."""
    return f"{ref.name}.build" if ref.kind == "snapshot" else f"{ref.kind}.{ref.name}"
