"""Croissant 1.1 metadata of a snapshot (JSON-LD, with the fields of the Responsible AI extension 1.0).

``croissant.json`` lies beside the Parquet files of every snapshot and is a function of them, of the recipe and of what is
recorded about the sources: it names no time and no place, so the same build gives the same bytes. Every number in it is
one of the manifest or the report. Specification: http://mlcommons.org/croissant/1.1, .../RAI/1.0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tunewright.core.canonical import sha256_file
from tunewright.core.licences import read_licence
from tunewright.data.snapshot import EXAMPLES, OUTCOMES, load_manifest

CROISSANT = "croissant.json"
CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
NO_LICENCE = "NOASSERTION"
"""SPDX for: nobody says"""
_PREFIXED = (
    "arrayShape citeAs column equivalentProperty extract field fileObject fileProperty fileSet format includes isArray "
    "isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator "
    "source subField transform"
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{name: f"cr:{name}" for name in _PREFIXED.split()},
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}
_SPLITS = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}
_COLUMNS = {
    "id": "SHA-256 of origin and original content",
    "source": "name of the source",
    "locator": "the row's own id in the source, else its number",
    "origin_digest": "SHA-256 of the row's original content",
    "licence": "of the source",
    "purpose": "for which the source was collected",
    "received_at": "as the row states it",
    "subject": "the person the row is about, where a column says so",
    "thread": "conversation the row belongs to; no split cuts through one",
}
_OUTCOME_COLUMNS = {
    "source": "name of the source",
    "record": "the row's own id in the source, else its number",
    "outcome": "kept, changed, dropped or held",
    "step": "which dropped or held it",
    "example": "id of the example made of it",
    "of": "source#record of the kept twin",
    "split": "in the snapshot",
}


def croissant(
    folder: Path,
    *,
    name: str,
    sources: Sequence[tuple[str, Mapping[str, Any]]],
    recipe: Mapping[str, Any],
    erased: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """The metadata of the snapshot in ``folder``. sources: name -> what is known of it (licence, owner, received, ...);
    erased: split -> examples of it that were erased since.

    Raises NotFoundError, IntegrityError for a folder that is no snapshot.
    """
    manifest = load_manifest(folder)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    files = (EXAMPLES, OUTCOMES)
    counts, gone = manifest.counts, erased or {}
    marks = f"; {sum(gone.values())} more were erased, and only their marks are left" if gone else ""
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": re.sub(r"[^A-Za-z0-9_-]+", "-", name),
        "description": f"Training examples for the model {name}: {counts['examples'] - sum(gone.values())} examples "
        f"made of {_rows(counts)} source rows{marks}. Merkle root over the examples: {manifest.merkle_root}.",
        "conformsTo": list(CONFORMS_TO),
        "license": licences(sources),
        **_responsible(folder, report, sources, recipe),
        "distribution": [_file(folder / file) for file in files],
        "recordSet": [_splits(manifest.splits, gone), _examples(), _outcomes()],
    }


def write_croissant(
    folder: Path, *, name: str, sources: Sequence[tuple[str, Mapping[str, Any]]], recipe: Mapping[str, Any]
) -> None:
    """``croissant.json`` in a snapshot's folder. The same snapshot gives the same bytes."""
    told = croissant(folder, name=name, sources=sources, recipe=recipe)
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / CROISSANT).write_text(text + "\n", encoding="utf-8")


def licences(sources: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """The licences of the sources as they are written, each once; SPDX's NOASSERTION where a source names none."""
    told = [str(facts.get("licence") or "") for _, facts in sources]
    return sorted({text if read_licence(text).state == "read" else NO_LICENCE for text in told})


def _rows(counts: Mapping[str, int]) -> int:
    return sum(counts[outcome] for outcome in ("kept", "changed", "dropped", "held"))


def _file(path: Path) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "contentUrl": path.name,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": sha256_file(path),
    }


def _field(record_set: str, file: str, column: str, description: str, **more: Any) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{record_set}/{column}",
        "name": column,
        "description": description,
        "dataType": "sc:Text",
        "source": {"fileObject": {"@id": file}, "extract": {"column": column}},
        **more,
    }


def _splits(splits: Mapping[str, int], gone: Mapping[str, int]) -> dict[str, Any]:
    def column(name: str, kind: str) -> dict[str, Any]:
        return {"@type": "cr:Field", "@id": f"splits/{name}", "name": name, "dataType": kind}

    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [column("name", "sc:Text"), column("url", "sc:URL"), column("count", "sc:Integer")],
        "data": [
            {
                "splits/name": name,
                "splits/url": _SPLITS.get(name, f"cr:{name}"),
                "splits/count": count - gone.get(name, 0),
            }
            for name, count in splits.items()
        ],
    }


def _examples() -> dict[str, Any]:
    def turn(part: str) -> dict[str, Any]:
        source = {"fileObject": {"@id": EXAMPLES}, "extract": {"column": "messages"}}
        return {
            "@type": "cr:Field",
            "@id": f"examples/messages/{part}",
            "name": part,
            "dataType": "sc:Text",
            "source": {**source, "transform": {"jsonPath": f"$[*].{part}"}},
        }

    fields = [_field("examples", EXAMPLES, column, told) for column, told in _COLUMNS.items()]
    fields.append(
        _field(
            "examples",
            EXAMPLES,
            "split",
            "train, validation or test",
            references={"field": {"@id": "splits/name"}},
        )
    )
    for column, told in (("history", "steps that changed it"), ("labels", "marks such as tag:cards")):
        fields.append(_field("examples", EXAMPLES, column, told, isArray=True))
    fields.append(
        {
            "@type": "cr:Field",
            "@id": "examples/messages",
            "name": "messages",
            "description": "the turns of the conversation",
            "isArray": True,
            "subField": [turn("role"), turn("content")],
        }
    )
    return {
        "@type": "cr:RecordSet",
        "@id": "examples",
        "name": "examples",
        "description": "One record an example, sorted by id.",
        "key": {"@id": "examples/id"},
        "field": fields,
    }


def _outcomes() -> dict[str, Any]:
    fields = [_field("outcomes", OUTCOMES, column, told) for column, told in _OUTCOME_COLUMNS.items()]
    fields.append(
        _field("outcomes", OUTCOMES, "reasons", "why it was dropped, held or changed", isArray=True)
    )
    return {
        "@type": "cr:RecordSet",
        "@id": "outcomes",
        "name": "outcomes",
        "description": "One record a source row: what became of it and why.",
        "key": [{"@id": "outcomes/source"}, {"@id": "outcomes/record"}],
        "field": fields,
    }


def _responsible(
    folder: Path,
    report: Mapping[str, Any],
    sources: Sequence[tuple[str, Mapping[str, Any]]],
    recipe: Mapping[str, Any],
) -> dict[str, Any]:
    """Responsible AI fields, as far as something is recorded."""
    rows = {line["source"]: line for line in report["sources"]}
    collected = [_collected(name, facts, rows.get(name, {})) for name, facts in sources]
    states = review_states(folder / OUTCOMES)
    decided = f"People confirmed {states['confirmed']} findings and dismissed {states['dismissed']}"
    fields = {
        "rai:dataCollection": " ".join(collected),
        "rai:dataCollectionMissingData": f"{_unread(report)} source rows could not be read; "
        "outcomes.parquet names each with its reason.",
        "rai:dataPreprocessingProtocol": [_step(step) for step in report["steps"]],
        "rai:dataAnnotationProtocol": [
            f"{decided}; {states['open']} are open, and their rows held or marked."
        ],
        "rai:machineAnnotationTools": [f"{role}: {told}" for role, told in sorted(_engines(recipe).items())],
        "rai:personalSensitiveInformation": _personal(report),
        "rai:dataUseCases": _uses(recipe),
        "rai:dataLimitations": [
            f"{source['source']}: {100 * source['share']:.1f} % of its rows are of low quality"
            for source in report.get("quality", {}).get("sources", ())
            if source.get("share")
        ],
    }
    return {key: value for key, value in fields.items() if value}


def _collected(name: str, facts: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    told = [f"{key.replace('_', ' ')} {facts[key]}" for key in _ACCOUNT if facts.get(key)]
    return f"{name}: {row.get('rows', 0)} rows" + (f" ({', '.join(told)})." if told else ".")


_ACCOUNT = ("form", "licence", "purpose", "legal_basis", "owner", "received", "retention_days")


_NOT_TOLD: Mapping[str, list[str]] = {"yes": [], "left": [], "no": []}


def _unread(report: Mapping[str, Any]) -> int:
    return sum(item["rows"] for item in report["reasons"] if item["step"] == "source")


def _step(step: Mapping[str, Any]) -> str:
    reasons = ", ".join(f"{reason} {count}" for reason, count in step["reasons"].items())
    numbers = ", ".join(
        f"{key} {step[key]}" for key in ("seen", "kept", "changed", "dropped", "held", "added")
    )
    return f"{step['step']}@{step['version']}: {numbers}" + (f" ({reasons})" if reasons else "")


def _engines(recipe: Mapping[str, Any]) -> dict[str, str]:
    found = recipe.get("engines")
    return {str(role): str(told) for role, told in found.items()} if isinstance(found, Mapping) else {}


def _personal(report: Mapping[str, Any]) -> list[str]:
    looked = {**_NOT_TOLD, **report.get("looked_for", {})}
    told = [
        f"{item['kind']}: {item['findings']} findings in {item['rows']} rows, {item['held']} of them held"
        for item in report["findings"]
        if item["kind"] in looked["yes"]
    ]
    told += [f"looked for and not found: {', '.join(none)}"] if (none := _none(report)) else []
    told += [f"found and left in the text: {', '.join(looked['left'])}"] if looked["left"] else []
    return told + ([f"nothing looked for: {', '.join(looked['no'])}"] if looked["no"] else [])


def _none(report: Mapping[str, Any]) -> list[str]:
    found = {item["kind"] for item in report["findings"]}
    return [kind for kind in report.get("looked_for", _NOT_TOLD)["yes"] if kind not in found]


def _uses(recipe: Mapping[str, Any]) -> list[str]:
    use = recipe.get("use")
    if not isinstance(use, Mapping):
        return []
    yes = [name for name in ("commercial", "derivatives", "distribute") if use.get(name)]
    purpose = [f"declared purpose: {use['purpose']}"] if use.get("purpose") else []
    return [*purpose, f"declared use: {', '.join(yes) or 'neither commercial nor passed on'}"]


def review_states(outcomes: Path) -> dict[str, int]:
    """Findings of a snapshot by state: open, confirmed, dismissed."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    found = dict.fromkeys(("open", "confirmed", "dismissed"), 0)
    with pq.ParquetFile(outcomes) as file:
        for batch in file.iter_batches(columns=["findings"]):
            states = pc.struct_field(pc.list_flatten(batch.column(0)), "state")
            for line in pc.value_counts(states).to_pylist():
                found[line["values"]] = found.get(line["values"], 0) + line["counts"]
    return found
