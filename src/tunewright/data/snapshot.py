"""A snapshot on disk: Parquet sorted by example id, a manifest with the Merkle root over all examples, the canaries.

The manifest is written last. ``verify`` recomputes the root from the Parquet file, so one changed character shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.erased import LABEL, LEAF
from tunewright.core.errors import IntegrityError, NotFoundError
from tunewright.core.merkle import leaf_hash, root
from tunewright.core.types import Example, Message, Origin
from tunewright.data.digests import example_digest
from tunewright.data.memory import Memory
from tunewright.data.outcomes import counts, finding_type, row_group, write_outcomes
from tunewright.data.steps import Secret

if TYPE_CHECKING:
    from tunewright.data.runner import PipelineResult

EXAMPLES, OUTCOMES, MANIFEST, CANARIES = (
    "examples.parquet",
    "outcomes.parquet",
    "manifest.json",
    "canaries.json",
)
REPEATING = ["split", "source", "licence", "purpose"]
"""columns with few values, which get a dictionary"""
SPLITS = ("train", "validation", "test")
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot holds."""

    merkle_root: str
    counts: Mapping[str, int]
    """source rows by outcome, and ``examples``: how many are in the snapshot"""
    splits: Mapping[str, int]
    steps: tuple[Mapping[str, Any], ...]
    sources: tuple[str, ...]
    goldens: tuple[str, ...]
    canaries: int
    """planted training examples"""
    format: int = FORMAT


def merkle_of(examples: Iterable[Example]) -> str:
    """Merkle root (RFC 6962) over the digests of the examples, in the given order; hexadecimal."""
    return root(leaf_hash(example_digest(example)) for example in examples).hex()


def write_snapshot(
    result: PipelineResult,
    folder: Path,
    *,
    steps: Sequence[Mapping[str, Any]],
    sources: Sequence[str],
    goldens: Sequence[str],
    memory: Memory | None = None,
) -> Manifest:
    """Write examples, outcomes, measurements, canaries and, last, the manifest. The same result gives the same bytes."""
    import pyarrow.parquet as pq

    spans = {row.example: [span.as_row() for span in row.findings] for row in result.outcomes if row.findings}
    table = examples_table(result.kept, spans)
    pq.write_table(
        table,
        folder / EXAMPLES,
        compression="zstd",
        row_group_size=row_group(len(result.kept)),
        use_dictionary=REPEATING,
    )
    write_outcomes(result.outcomes, folder / OUTCOMES)
    if memory is not None:
        memory.write(folder)
    _write_json(folder / CANARIES, [asdict(secret) for secret in result.secrets])
    splits = dict.fromkeys(SPLITS, 0)
    for example in result.kept:
        split = example.label("split") or "train"
        splits[split] = splits.get(split, 0) + 1
    manifest = Manifest(
        merkle_root=merkle_of(result.kept),
        counts={**counts(result.outcomes), "examples": len(result.kept)},
        splits=splits,
        steps=tuple(steps),
        sources=tuple(sources),
        goldens=tuple(goldens),
        canaries=sum(count.added for count in result.step_counts if count.step == "canaries"),
    )
    _write_json(folder / MANIFEST, asdict(manifest))
    return manifest


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _schema() -> Any:
    import pyarrow as pa

    text = pa.string()
    return pa.schema(
        [
            ("id", text),
            ("split", text),
            ("messages", pa.list_(pa.struct([("role", text), ("content", text)]))),
            ("source", text),
            ("locator", text),
            ("origin_digest", text),
            ("licence", text),
            ("purpose", text),
            ("received_at", text),
            ("subject", text),
            ("thread", text),
            ("history", pa.list_(text)),
            ("labels", pa.list_(text)),
            ("findings", pa.list_(finding_type())),
        ]
    )


def examples_table(examples: Sequence[Example], spans: Mapping[str, list[dict[str, Any]]]) -> Any:
    """The Arrow table of ``examples.parquet``, column by column. spans: findings by the id of their example."""
    import pyarrow as pa

    schema = _schema()
    turns = [turn for example in examples for turn in example.messages]
    ends = list(accumulate((len(example.messages) for example in examples), initial=0))
    said = pa.StructArray.from_arrays(
        [
            pa.array([turn.role for turn in turns], pa.string()),
            pa.array([t.content for t in turns], pa.string()),
        ],
        names=["role", "content"],
    )
    origins = [example.origin for example in examples]
    columns = {
        "id": [example.id for example in examples],
        "split": [example.label("split") or "train" for example in examples],
        "origin_digest": [origin.digest for origin in origins],
        "history": [example.history for example in examples],
        "labels": [example.labels for example in examples],
        "findings": [spans.get(example.id, ()) for example in examples],
    }
    arrays = []
    for field in schema:
        if field.name == "messages":
            arrays.append(pa.ListArray.from_arrays(pa.array(ends, pa.int32()), said))
            continue
        column = columns.get(field.name)
        if column is None:
            column = [getattr(origin, field.name) for origin in origins]
        arrays.append(pa.array(column, field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def load_snapshot(folder: Path, split: str | None = None) -> list[Example]:
    """Examples of a snapshot (of one split), sorted by id. Raises NotFoundError, IntegrityError for a damaged file."""
    return [_example(row) for row in load_rows(folder, split)]


def load_rows(folder: Path, split: str | None = None, *, tombstones: bool = False) -> list[dict[str, Any]]:
    """The same as plain rows, with findings; erased examples (``tombstones``) only where they are asked for."""
    import pyarrow
    import pyarrow.parquet as pq

    path = folder / EXAMPLES
    if not path.is_file():
        raise NotFoundError(f"{path} is not there", hint="run `tunewright data build`", path=str(path))
    wanted = [("split", "=", split)] if split else None
    try:
        rows: list[dict[str, Any]] = pq.read_table(path, filters=wanted).to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(path) from error
    return rows if tombstones else [row for row in rows if not is_tombstone(row)]


def is_tombstone(row: Mapping[str, Any]) -> bool:
    """Whether this row of ``examples.parquet`` is what an erasure left of an example."""
    return not row["messages"] and any(mark.startswith(f"{LABEL}:") for mark in row["labels"])


def first_rows(folder: Path, limit: int, split: str | None = None) -> list[dict[str, Any]]:
    """The first ``limit`` of them, without reading the others. Raises NotFoundError, IntegrityError."""
    import pyarrow
    import pyarrow.parquet as pq

    path = folder / EXAMPLES
    if not path.is_file():
        raise NotFoundError(f"{path} is not there", hint="run `tunewright data build`", path=str(path))
    rows: list[dict[str, Any]] = []
    try:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                found = file.read_row_group(group).to_pylist() if len(rows) < limit else []
                rows += [row for row in found if split in (None, row["split"]) and not is_tombstone(row)]
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(path) from error
    return rows[:limit]


def _damaged(path: Path) -> IntegrityError:
    return IntegrityError(
        f"{path} cannot be read: it is not the file that was written",
        hint="restore it, or build again",
        path=str(path),
    )


def _example(row: Mapping[str, Any]) -> Example:
    origin = Origin(
        source=row["source"],
        locator=row["locator"],
        digest=row["origin_digest"],
        licence=row["licence"],
        purpose=row["purpose"],
        received_at=row["received_at"],
        subject=row["subject"],
        thread=row["thread"],
    )
    return Example(
        id=row["id"],
        messages=tuple(Message(m["role"], m["content"]) for m in row["messages"]),
        origin=origin,
        history=tuple(row["history"]),
        labels=tuple(row["labels"]),
    )


def load_manifest(folder: Path) -> Manifest:
    """The manifest. Raises NotFoundError, IntegrityError."""
    path = folder / MANIFEST
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(**{**raw, **{key: tuple(raw[key]) for key in ("steps", "sources", "goldens")}})
    except FileNotFoundError as error:
        raise NotFoundError(
            f"{path} is not there", hint="run `tunewright data build`", path=str(path)
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error


def load_canaries(folder: Path) -> list[Secret]:
    """Planted secrets of a snapshot; empty when none were planted."""
    path = folder / CANARIES
    raw = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return [
        Secret(**{**item, "prompt_messages": tuple((role, text) for role, text in item["prompt_messages"])})
        for item in raw
    ]


def verify_snapshot(folder: Path, erased: Container[str] = ()) -> Manifest:
    """Recompute the Merkle root from the examples. Raises IntegrityError when it is not the manifest's.

    erased: ids of the examples that erasures took out of this snapshot; the digest of these, and of no other, is taken
    from what the erasure left.
    """
    manifest = load_manifest(folder)
    rows = load_rows(folder, tombstones=True)
    ids = [row["id"] for row in rows]
    if ids != sorted(ids):
        raise IntegrityError(
            f"{folder / EXAMPLES} is not sorted by id", hint="restore it, or build again", path=str(folder)
        )
    found = root(leaf_hash(_row_digest(row, erased, folder)) for row in rows).hex()
    if found != manifest.merkle_root:
        raise IntegrityError(
            f"{folder / EXAMPLES} is not what was recorded: Merkle root {found[:12]} instead of {manifest.merkle_root[:12]}",
            hint="restore the file, or build again",
            path=str(folder),
        )
    return manifest


def _row_digest(row: Mapping[str, Any], erased: Container[str], folder: Path) -> bytes:
    example = _example(row)
    if not is_tombstone(row):
        return example_digest(example)
    leaf = example.label(LEAF)
    if row["id"] not in erased or not re.fullmatch(r"[0-9a-f]{64}", leaf):
        raise IntegrityError(
            f"{folder / EXAMPLES} holds a tombstone where nothing was erased",
            hint="restore the file; `tunewright audit verify` tells what else was changed",
            path=str(folder),
            example=row["id"],
        )
    return bytes.fromhex(leaf)
