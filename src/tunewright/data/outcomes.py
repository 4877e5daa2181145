"""One line for every source row: what became of it and why. The answer to "why is this row not in the snapshot?"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tunewright.core.types import Finding

KEPT, CHANGED, DROPPED, HELD = "kept", "changed", "dropped", "held"
OUTCOMES = (KEPT, CHANGED, DROPPED, HELD)
_ROW_GROUP = 1 << 13
"""rows written at once: what bounds the memory of writing"""


@dataclass(frozen=True, slots=True)
class FoundSpan:
    """A finding as it is recorded: offsets in the original text, and the key a decision is remembered by."""

    finding: Finding
    key: str

    def as_row(self) -> dict[str, Any]:
        """Columns of the Parquet files."""
        found = self.finding
        return {
            "kind": found.kind,
            "start": found.start,
            "end": found.end,
            "turn": found.turn,
            "confidence": found.confidence,
            "found_by": found.found_by,
            "state": found.state,
            "note": found.note,
            "key": self.key,
        }


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """The last word on one source row."""

    source: str
    record: str
    """the row's own id, else its number"""
    outcome: str
    """kept, changed, dropped or held"""
    reasons: tuple[str, ...]
    step: str
    """the step that dropped or held it; ``source`` when it could not be read; empty otherwise"""
    findings: tuple[FoundSpan, ...]
    example: str
    """id of the example made of it; empty when none could be made"""
    of: str
    """``source#record`` of the kept twin (or of the golden item, or the thread it belongs to), else empty"""
    split: str

    def as_row(self) -> dict[str, Any]:
        """Columns of ``outcomes.parquet`` and keys of a JSON line."""
        return {
            "source": self.source,
            "record": self.record,
            "outcome": self.outcome,
            "reasons": list(self.reasons),
            "step": self.step,
            "findings": [span.as_row() for span in self.findings],
            "example": self.example,
            "of": self.of,
            "split": self.split,
        }


def counts(outcomes: Iterable[RowOutcome]) -> dict[str, int]:
    """Rows by outcome; every outcome is there, also with 0."""
    table = dict.fromkeys(OUTCOMES, 0)
    for row in outcomes:
        table[row.outcome] += 1
    return table


def finding_type() -> Any:
    """Arrow type of one finding."""
    import pyarrow as pa

    return pa.struct(
        [
            ("kind", pa.string()),
            ("start", pa.int64()),
            ("end", pa.int64()),
            ("turn", pa.int32()),
            ("confidence", pa.float64()),
            ("found_by", pa.string()),
            ("state", pa.string()),
            ("note", pa.string()),
            ("key", pa.string()),
        ]
    )


def write_outcomes(outcomes: Iterable[RowOutcome], path: Path) -> None:
    """Write ``outcomes.parquet``; the same rows give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            ("source", pa.string()),
            ("record", pa.string()),
            ("outcome", pa.string()),
            ("reasons", pa.list_(pa.string())),
            ("step", pa.string()),
            ("findings", pa.list_(finding_type())),
            ("example", pa.string()),
            ("of", pa.string()),
            ("split", pa.string()),
        ]
    )
    rows = iter(outcomes)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(rows, _ROW_GROUP)):
            writer.write_table(pa.Table.from_pylist([row.as_row() for row in batch], schema=schema))


def read_outcomes(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of ``outcomes.parquet`` as plain dictionaries, in order."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=4096):
            yield from batch.to_pylist()


def json_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """The public form of one outcome line: findings with kind, start, end, turn and confidence."""
    findings = [
        {key: found[key] for key in ("kind", "start", "end", "turn", "confidence")}
        for found in row["findings"]
    ]
    return {
        "source": row["source"],
        "record": row["record"],
        "outcome": row["outcome"],
        "reasons": row["reasons"],
        "findings": findings,
        "example": row["example"],
        "of": row["of"],
        "split": row["split"],
    }
