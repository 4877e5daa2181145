"""One line for every source row: what became of it and why. The answer to "why is this row not in the snapshot?".

Columns of ``outcomes.parquet``: source, record, outcome, reasons, step, findings, example, of, split and ``evidence``, a
list with one entry for everything a step did to the row, in the order in which it happened (not only the last drop):

    step       catalog name of the step (``source``: it could not be read)
    version    version of the step, int
    action     ``changed`` (text), ``marked`` (label or count), ``dropped``, ``held``, or ``kept`` (a person dismissed it)
    reason     as in ``reasons``
    metric     what was measured (``jaccard``, ``confidence``, ``characters``, ...); empty: the reason is what was seen
    value      the measured number, null where there is none
    threshold  the limit it was compared with, null where there is none
    of         ``source#record`` of the other example (the kept near-duplicate, the golden item), else empty
    detail     which form was compared, which detector, which families of evidence; never text of an example
    finding    key of the finding with the place (in ``findings`` of the same row), else empty

``of`` of the row is the twin that is KEPT (chains are followed); ``of`` of an evidence entry is the very example that was
compared, which may itself have gone later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from tunewright.core.types import Finding

KEPT, CHANGED, DROPPED, HELD = "kept", "changed", "dropped", "held"
MARKED = "marked"
"""action of a step that left the text as it was, but put a label on it or counted it"""
OUTCOMES = (KEPT, CHANGED, DROPPED, HELD)
REPEATING = ["source", "outcome", "step", "split"]
"""columns with few values: only these get a dictionary, which costs time and room where every value is another"""
LEAST_GROUP, MOST_GROUP = 1 << 10, 1 << 13
"""rows of a row group: what a question about one row reads, and what bounds the memory of writing"""


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
class RowEvidence:
    """One thing a step did to a row, and on which measurement."""

    step: str
    version: int
    action: str
    """changed, marked, dropped, held, or kept: a person dismissed what was found"""
    reason: str
    metric: str = ""
    value: float | None = None
    threshold: float | None = None
    of: str = ""
    """``source#record`` of the other example or golden item"""
    detail: str = ""
    finding: str = ""
    """key of the finding it is about"""

    def as_row(self) -> dict[str, Any]:
        """Columns of ``outcomes.parquet``."""
        return dict(zip(_EVIDENCE, _told(self), strict=True))


_EVIDENCE = tuple(RowEvidence.__dataclass_fields__)
_told = attrgetter(*_EVIDENCE)


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
    evidence: tuple[RowEvidence, ...] = ()

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
            "evidence": [item.as_row() for item in self.evidence],
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


def evidence_type() -> Any:
    """Arrow type of one entry of evidence."""
    import pyarrow as pa

    text = pa.string()
    return pa.struct(
        [
            ("step", text),
            ("version", pa.int32()),
            ("action", text),
            ("reason", text),
            ("metric", text),
            ("value", pa.float64()),
            ("threshold", pa.float64()),
            ("of", text),
            ("detail", text),
            ("finding", text),
        ]
    )


def row_group(rows: int) -> int:
    """Rows of a group in a file of so many: one to two thousand groups, since who asks reads the list of all of them."""
    return max(LEAST_GROUP, min(MOST_GROUP, 1 << max(0, (rows // 1000).bit_length() - 1)))


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
            ("evidence", pa.list_(evidence_type())),
        ]
    )
    group = row_group(len(outcomes)) if isinstance(outcomes, Sized) else MOST_GROUP
    rows = iter(outcomes)
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=REPEATING) as writer:
        while batch := list(islice(rows, group)):
            # Column by column: most rows have no findings and no evidence, and a dictionary a row is what would cost.
            columns = [
                [row.source for row in batch],
                [row.record for row in batch],
                [row.outcome for row in batch],
                [row.reasons for row in batch],
                [row.step for row in batch],
                [[span.as_row() for span in row.findings] if row.findings else () for row in batch],
                [row.example for row in batch],
                [row.of for row in batch],
                [row.split for row in batch],
                [[item.as_row() for item in row.evidence] if row.evidence else () for row in batch],
            ]
            arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


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
        "evidence": row.get("evidence") or [],
    }
