"""The findings of a snapshot, laid out for looking at: two Arrow files that are mapped, not read.

``findings.arrow`` has a row a finding, most certain first; ``texts.arrow`` the original turns of every example with
findings. Both are derived from the snapshot's outcomes and its recorded sources: they may be removed at any time and are
made again. They hold text as the sources gave it, personal data included, so an erasure removes the folder.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tunewright.core.errors import IntegrityError
from tunewright.core.types import Example
from tunewright.data.outcomes import HELD
from tunewright.data.review_clusters import Span, clusters

FINDINGS, TEXTS = "findings.arrow", "texts.arrow"
FORMAT = 1
"""part of the folder's name; raised when the files mean something else"""
_CONTEXT = 48
_TEXTS_AT_ONCE = 4096
_SHOWN = ("kind", "confidence", "source", "record", "reason", "note", "found_by", "state")

I32 = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """One finding with enough around it to decide."""

    key: str
    kind: str
    confidence: float
    source: str
    record: str
    turn: int
    start: int
    end: int
    reason: str
    """why the row is held"""
    before: str
    """text before the finding, cut"""
    text: str
    """what was found"""
    after: str
    decision: str = ""
    """confirmed, dismissed, or empty while open"""
    note: str = ""
    """what the detector has to say: numbers and ids, never text of an example"""
    found_by: str = ""
    """detector and version"""
    example: str = ""
    """id of the example"""
    role: str = ""
    """who speaks in the turn"""
    outcome: str = ""
    """what became of the row in this build: held, changed, ..."""
    state: str = ""
    """open, confirmed or dismissed, as the step left it in this build"""
    asked: bool = False
    """the row waits for this finding"""
    cluster: str = ""
    """key of the first finding of its cluster"""
    cluster_size: int = 1
    """findings of the cluster in this build, this one among them"""


@dataclass(frozen=True, slots=True)
class FindingTexts:
    """The original turns of an example with findings; empty when the sources no longer have it."""

    example: str
    subject: str
    turns: tuple[tuple[str, str], ...]
    """(role, content)"""


def write_index(folder: Path, outcomes: Iterable[Mapping[str, Any]], originals: Mapping[str, Example]) -> int:
    """Write both files into ``folder``; answers how many findings there are.

    outcomes: rows as ``RowOutcome.as_row`` gives them; originals: example id -> the example as its source gave it (offsets
    point into it); one that is missing leaves its findings without text.
    """
    import pyarrow as pa
    import pyarrow.feather as feather

    rows = [row for row in outcomes if row["findings"]]
    places = {row["example"]: at for at, row in enumerate(rows)}
    found = [
        (row, span, span["key"] in asked)
        for row in rows
        for asked in (_asked(row),)
        for span in row["findings"]
    ]
    found.sort(
        key=lambda item: (
            -item[1]["confidence"], item[0]["source"], item[0]["record"], item[1]["turn"], item[1]["start"],
            item[1]["key"],
        )
    )  # fmt: skip
    texts = [_turn(originals.get(row["example"]), span["turn"]) for row, span, _ in found]
    groups = clusters(
        [
            Span(span["kind"], text, span["start"], span["end"])
            for text, (_, span, _) in zip(texts, found, strict=True)
        ]
    )
    columns = {
        "key": pa.array([span["key"].encode() for _, span, _ in found], pa.binary(64)),
        **{
            name: _dictionary([span[name] for _, span, _ in found])
            for name in ("kind", "found_by", "note", "state")
        },
        **{name: _dictionary([row[name] for row, _, _ in found]) for name in ("source", "outcome")},
        "reason": _dictionary([row["reasons"][-1] if row["reasons"] else "" for row, _, _ in found]),
        "record": pa.array([row["record"] for row, _, _ in found], pa.string()),
        "confidence": pa.array([span["confidence"] for _, span, _ in found], pa.float64()),
        **{
            name: pa.array([span[name] for _, span, _ in found], pa.int32())
            for name in ("turn", "start", "end")
        },
        "asked": pa.array([int(asked) for _, _, asked in found], pa.uint8()),
        "cluster": pa.array(groups, pa.int32()),
        "text": pa.array([places[row["example"]] for row, _, _ in found], pa.int32()),
    }
    feather.write_feather(pa.table(columns), folder / FINDINGS, compression="uncompressed", chunksize=1 << 30)
    _write_texts(folder / TEXTS, [(row["example"], originals.get(row["example"])) for row in rows])
    return len(found)


def _dictionary(values: Sequence[str | None]) -> Any:
    import pyarrow as pa

    return pa.array([value or "" for value in values], pa.string()).dictionary_encode()


def _write_texts(path: Path, rows: Sequence[tuple[str, Example | None]]) -> None:
    import pyarrow as pa

    turn = pa.struct([("role", pa.string()), ("content", pa.large_string())])
    schema = pa.schema([("example", pa.string()), ("subject", pa.string()), ("turns", pa.list_(turn))])
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for start in range(0, len(rows), _TEXTS_AT_ONCE):
            part = [
                {
                    "example": key,
                    "subject": example.origin.subject if example else "",
                    "turns": [{"role": m.role, "content": m.content} for m in example.messages]
                    if example
                    else [],
                }
                for key, example in rows[start : start + _TEXTS_AT_ONCE]
            ]
            writer.write_batch(pa.RecordBatch.from_pylist(part, schema=schema))


def _asked(row: Mapping[str, Any]) -> frozenset[str]:
    """Keys of the findings for which a row is held: those of its last reason, where a step names its findings so; else
    all."""
    if row["outcome"] != HELD:
        return frozenset()
    reason = row["reasons"][-1] if row["reasons"] else ""
    named = [span for span in row["findings"] if span["kind"] == reason]
    return frozenset(span["key"] for span in named or row["findings"])


def _turn(example: Example | None, turn: int) -> str:
    return example.messages[turn].content if example is not None and turn < len(example.messages) else ""


class FindingIndex:
    """The two files of one snapshot, opened. Rows are named by their place in the default order."""

    def __init__(self, folder: Path) -> None:
        """Raises IntegrityError when the files are not what was written."""
        import pyarrow as pa
        import pyarrow.feather as feather

        try:
            self._table = feather.read_table(folder / FINDINGS, memory_map=True).combine_chunks()
            self._texts = pa.ipc.open_file(pa.memory_map(str(folder / TEXTS)))
            self.size = self._table.num_rows
            self.keys: npt.NDArray[np.bytes_] = self._fixed_keys()
            self.clusters: I32 = self._numbers("cluster")
            self.asked = self._numbers("asked").astype(np.bool_)
        except (OSError, pa.ArrowException, KeyError) as error:
            raise IntegrityError(
                "the review index is damaged", hint="remove its folder; it is made again", path=str(folder)
            ) from error
        self.cluster_sizes = np.bincount(self.clusters, minlength=max(1, self.size))

    def _column(self, name: str) -> Any:
        import pyarrow as pa

        column = self._table.column(name)
        if column.num_chunks == 1:
            return column.chunk(0)
        return pa.array([], column.type)

    def _numbers(self, name: str) -> npt.NDArray[Any]:
        numbers: npt.NDArray[Any] = self._column(name).to_numpy(zero_copy_only=False)
        return numbers

    def _fixed_keys(self) -> npt.NDArray[np.bytes_]:
        column = self._column("key")
        if not len(column):
            return np.empty(0, dtype="S64")
        return np.frombuffer(column.buffers()[1], dtype="S64", count=len(column), offset=64 * column.offset)

    @functools.cached_property
    def confidence(self) -> npt.NDArray[np.float64]:
        """By row."""
        return self._numbers("confidence")

    @functools.cached_property
    def _by_key(self) -> npt.NDArray[np.int64]:
        return np.argsort(self.keys, kind="stable")

    @functools.cached_property
    def _sorted_keys(self) -> npt.NDArray[np.bytes_]:
        """64 bytes a finding, copied once and not for every question."""
        keys: npt.NDArray[np.bytes_] = self.keys[self._by_key]
        return keys

    def rows_of(self, keys: Sequence[str]) -> npt.NDArray[np.int64]:
        """Row of each key, -1 where this build has no such finding."""
        if not self.size:
            return np.full(len(keys), -1, dtype=np.int64)
        wanted = np.array([key.encode("utf-8")[:64] for key in keys], dtype="S64")
        ordered = self._sorted_keys
        at = np.minimum(np.searchsorted(ordered, wanted), self.size - 1)
        return np.where(ordered[at] == wanted, self._by_key[at], -1)

    def rows_with_prefix(self, prefix: str) -> list[int]:
        """Rows whose key begins so, in no order."""
        low = prefix.encode("utf-8")
        ordered = self._sorted_keys
        first, last = np.searchsorted(ordered, [low, low + b"g"])
        return [int(row) for row in self._by_key[first:last]] if 0 < len(low) <= 64 else []

    @functools.lru_cache(maxsize=8)  # noqa: B019 - an index lives as long as its process looks at it
    def codes(self, name: str) -> tuple[tuple[str, ...], I32]:
        """A column of few values (kind, source, reason, outcome): the values, and the number of each row's."""
        column = self._column(name)
        if not self.size:
            return (), np.empty(0, dtype=np.int32)
        return tuple(column.dictionary.to_pylist()), column.indices.to_numpy()

    def where(self, name: str, value: str) -> npt.NDArray[np.bool_]:
        """Which rows have this value."""
        values, numbers = self.codes(name)
        if value not in values:
            return np.zeros(self.size, dtype=np.bool_)
        same: npt.NDArray[np.bool_] = numbers == values.index(value)
        return same

    def members(self, row: int) -> npt.NDArray[np.int64]:
        """Rows of the finding's cluster, in order."""
        return np.flatnonzero(self.clusters == self.clusters[row])

    def column(self, name: str) -> npt.NDArray[Any]:
        """A column of numbers, by row."""
        return self._numbers(name)

    def rows_of_text(self, row: int) -> list[int]:
        """Rows of all findings in the same example."""
        places = self._numbers("text")
        return [int(other) for other in np.flatnonzero(places == places[row])]

    def example(self, row: int) -> str:
        """Id of the example the finding is in."""
        return self.texts(row).example

    def key(self, row: int) -> str:
        """The finding's key."""
        return bytes(self.keys[row]).decode("ascii")

    def value(self, name: str, row: int) -> Any:
        """One cell."""
        return self._column(name)[row].as_py()

    def texts(self, row: int) -> FindingTexts:
        """The original turns of the example the finding is in."""
        place = self.value("text", row)
        batch = self._texts.get_batch(place // _TEXTS_AT_ONCE)
        cells = batch.slice(place % _TEXTS_AT_ONCE, 1).to_pylist()[0]
        turns = tuple((turn["role"], turn["content"]) for turn in cells["turns"])
        return FindingTexts(cells["example"], cells["subject"], turns)

    def finding(self, row: int, decision: str = "", *, context: int = _CONTEXT) -> OpenFinding:
        """One finding with ``context`` code points of text on both sides."""
        cells = self._table.slice(row, 1).to_pylist()[0]
        texts = self.texts(row)
        turn, start, end = cells["turn"], cells["start"], cells["end"]
        role, text = texts.turns[turn] if turn < len(texts.turns) else ("", "")
        return OpenFinding(
            **{name: cells[name] for name in _SHOWN},
            key=cells["key"].decode("ascii"),
            turn=turn,
            start=start,
            end=end,
            before=text[max(0, start - context) : start],
            text=text[start:end],
            after=text[end : end + context],
            decision=decision,
            example=texts.example,
            role=role,
            outcome=cells["outcome"],
            asked=bool(cells["asked"]),
            cluster=self.key(cells["cluster"]),
            cluster_size=int(self.cluster_sizes[cells["cluster"]]),
        )  # fmt: skip
