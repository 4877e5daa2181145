"""Who else says what somebody said: examples that repeat a person's words, nearly repeat them, or hold a name of theirs.

One pass over a snapshot's examples. Names are looked for in the bytes of all texts at once. Of a text near to one of the
person's (Jaccard of character 5-grams at or above ``t``) at least ``t`` of the person's grams are found in it, so texts
with fewer hits in a table of these grams are passed over; what is left is compared exactly by ``data.near``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tunewright.core.ports import Progress, SilentProgress
from tunewright.data.forms import fold
from tunewright.data.near import NearTexts
from tunewright.data.personal import LEAST_TEXT, Personal
from tunewright.data.shingles import character_shingles, folded_characters, normal_form, text_batches

I64 = npt.NDArray[np.int64]
NEAR = 0.8
"""Jaccard similarity from which on a text is a near-copy, as the step ``near_duplicates`` has it"""
_LEAST_BITS, _MOST_BITS = 16, 24
"""size of the table of grams: small enough for the processor's cache, and 256 times the grams"""
_COLUMNS = ("id", "messages", "source", "locator", "subject", "origin_digest", "split")


@dataclass(frozen=True, slots=True)
class Copy:
    """An example of somebody else that repeats the person."""

    id: str
    source: str
    locator: str
    subject: str
    digest: str
    """of the row's original content"""
    split: str
    similarity: float
    """of its words to the person's; 0 where only a name was found"""
    names: tuple[str, ...]
    """the names that were found in it"""


class CopyScan:
    """What one person's texts and names are compared with."""

    def __init__(self, personal: Personal, canned: Sequence[str], threshold: float = NEAR) -> None:
        """canned: texts said to the person (answers), which others may have been told too."""
        self._personal = personal
        self._threshold = threshold
        self._canned = frozenset(canned)
        self.told: dict[str, int] = {}
        """how many examples hold each of the canned texts, the person's own included"""
        self._names = [(name, name.encode("utf-8")) for name in personal.searched]
        self._texts = [text for text in personal.texts if len(normal_form(text)) >= LEAST_TEXT // 2]
        sets = character_shingles([normal_form(text) for text in self._texts])
        bits = min(max(_LEAST_BITS, len(sets.values).bit_length() + 8), _MOST_BITS)
        self._shift = np.uint64(64 - bits)
        self._table = np.zeros(1 << bits, dtype=np.bool_)
        self._table[(sets.values >> self._shift).view(np.int64)] = True
        sizes = [len(sets.set_of(at)) for at in range(len(self._texts))]
        self._least = threshold * min(sizes, default=0) - 1e-9
        lengths = [len(text.encode("utf-8")) for text in self._texts]
        self._shortest, self._longest = 0.4 * min(lengths, default=0), 4 * max(lengths, default=0)

    def scan(self, path: Path, own: frozenset[str], progress: Progress | None = None) -> list[Copy]:
        """The copies among the examples of one file; ``own``: ids of the person's examples, which are none."""
        import pyarrow.parquet as pq

        candidates: list[tuple[dict[str, Any], str]] = []
        named: list[tuple[dict[str, Any], tuple[str, ...]]] = []
        with pq.ParquetFile(path) as file:
            total = file.metadata.num_rows
            with (progress or SilentProgress()).task("looking for copies", total) as advance:
                for group in range(file.num_row_groups):
                    table = file.read_row_group(group, columns=["messages"]).combine_chunks()
                    rows, texts = self._near(table)
                    hits = self._named(table)
                    wanted = sorted({*rows, *hits})
                    lines = _lines(file, group, wanted)
                    for row, text in zip(rows, texts, strict=True):
                        candidates.append((lines[row], text))
                    named += [(lines[row], tuple(sorted(names))) for row, names in hits.items()]
                    advance(table.num_rows)
        near = self._compared(candidates, own)
        found: dict[str, Copy] = {}
        for line, names in named:
            if line["id"] not in own:
                found[line["id"]] = _copy(line, 0.0, names)
        for line, similarity in near:
            before = found.get(line["id"]) or _copy(line, 0.0, ())
            found[line["id"]] = _copy(line, max(similarity, before.similarity), before.names)
        return list(found.values())

    def _near(self, table: Any) -> tuple[list[int], list[str]]:
        """Rows and texts that may be near; a row may have several."""
        contents, parents = _turns(table)
        if not len(contents):
            return [], []
        sizes = np.diff(_offsets(contents))
        chosen = np.flatnonzero((sizes >= max(1, self._shortest)) & (sizes <= max(self._longest, 0)))
        texts = contents.take(chosen).to_pylist() if len(chosen) < len(contents) else contents.to_pylist()
        if self._canned:
            self._note_shared(contents, parents)
        rows: list[int] = []
        kept: list[str] = []
        if not self._texts:
            return rows, kept
        at = 0
        for batch in text_batches(texts):
            values, counts = folded_characters(fold(batch))
            hits = self._table[(values >> self._shift).view(np.int64)]
            starts = np.cumsum(counts) - counts
            found = np.add.reduceat(hits, starts, dtype=np.int64) if len(starts) else counts
            # Repeated grams could hide a near text among others, unless the text is far longer than the person's.
            near = (found >= self._least) & ((found >= 0.4 * counts) | (counts > self._longest / 2))
            for place in np.flatnonzero(near).tolist():
                rows.append(int(parents[chosen[at + place]]))
                kept.append(batch[place])
            at += len(batch)
        return rows, kept

    def _note_shared(self, contents: Any, parents: I64) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        hit = pc.is_in(contents, value_set=pa.array(sorted(self._canned), pa.string()))
        counted: dict[str, set[int]] = {}
        for place in np.flatnonzero(hit.to_numpy(zero_copy_only=False)).tolist():
            counted.setdefault(contents[place].as_py(), set()).add(int(parents[place]))
        for text, rows in counted.items():
            self.told[text] = self.told.get(text, 0) + len(rows)

    def _named(self, table: Any) -> dict[int, set[str]]:
        contents, parents = _turns(table)
        if not self._names or not len(contents):
            return {}
        offsets = _offsets(contents)
        data = bytes(contents.buffers()[2] or b"")
        found: dict[int, set[str]] = {}
        for name, needle in self._names:
            at = data.find(needle, int(offsets[0]))
            while 0 <= at < offsets[-1]:
                turn = int(np.searchsorted(offsets, at, side="right")) - 1
                if name in self._personal.named(contents[turn].as_py()):
                    found.setdefault(int(parents[turn]), set()).add(name)
                at = data.find(needle, at + 1)
        return found

    def _compared(
        self, candidates: list[tuple[dict[str, Any], str]], own: frozenset[str]
    ) -> Iterator[tuple[dict[str, Any], float]]:
        others = [(line, text) for line, text in candidates if line["id"] not in own]
        if not others:
            return
        texts = [*self._texts, *(text for _, text in others)]
        nearest, similarity = NearTexts(texts, self._threshold).nearest_of_first(len(self._texts))
        for (line, _), place, value in zip(others, nearest.tolist(), similarity.tolist(), strict=True):
            if place >= 0:
                yield line, value


def _turns(table: Any) -> tuple[Any, I64]:
    """All texts of all turns as one Arrow array, and the row of each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    messages = table.column("messages")
    messages = messages.chunk(0) if messages.num_chunks else pa.array([], messages.type)
    parents = pc.list_parent_indices(messages).to_numpy(zero_copy_only=False)
    return pc.struct_field(pc.list_flatten(messages), "content"), parents


def _offsets(contents: Any) -> I64:
    start, count = contents.offset, len(contents)
    raw = np.frombuffer(contents.buffers()[1], dtype=np.int32)
    found: I64 = raw[start : start + count + 1].astype(np.int64)
    return found


def _lines(file: Any, group: int, rows: Sequence[int]) -> dict[int, dict[str, Any]]:
    if not rows:
        return {}
    names = [name for name in _COLUMNS if name != "messages"]
    table = file.read_row_group(group, columns=names).take(list(rows))
    return dict(zip(rows, table.to_pylist(), strict=True))


def _copy(line: dict[str, Any], similarity: float, names: tuple[str, ...]) -> Copy:
    return Copy(
        id=line["id"],
        source=line["source"],
        locator=line["locator"],
        subject=line["subject"] or "",
        digest=line["origin_digest"] or "",
        split=line["split"],
        similarity=round(similarity, 4),
        names=names,
    )
