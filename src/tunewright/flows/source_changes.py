"""What changed in the sources since the snapshot before: rows added, removed, changed and moved, by locator and digest."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from tunewright.core.types import Example, Record
from tunewright.data.sources import Malformed
from tunewright.flows.sources import RecordedSource, rows_of, sources_of
from tunewright.store.project import Project

_Numbers = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class SourceChange:
    """One source against its earlier version. ``rows`` is how many it has now."""

    source: str
    before: str
    """version of the source's record that the earlier snapshot used; empty for a new source"""
    after: str
    """empty for a source that is no longer there"""
    rows: int
    added: int
    removed: int
    changed: int
    """same locator, other content"""
    moved: int
    """same content under another locator, as when text before it grew"""
    unchanged: int


class RowIndex:
    """Locator and content of every row as two 64-bit numbers: 16 bytes a row."""

    def __init__(self) -> None:
        self._places = array("Q")
        self._contents = array("Q")

    def add(self, row: Example | Malformed) -> None:
        """Take in one row. A row that could not be read counts with its reason as content."""
        reason = row.reason if isinstance(row, Malformed) else ""
        self._places.append(_number(row.origin.locator))
        self._contents.append(_number(row.origin.digest + reason))

    def sorted(self) -> tuple[_Numbers, _Numbers]:
        """(locators, contents), by locator."""
        places = np.frombuffer(self._places, dtype=np.uint64) if self._places else np.zeros(0, np.uint64)
        contents = (
            np.frombuffer(self._contents, dtype=np.uint64) if self._contents else np.zeros(0, np.uint64)
        )
        order = np.argsort(places, kind="stable")
        return places[order], contents[order]


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def compare_rows(before: RowIndex, after: RowIndex) -> dict[str, int]:
    """Counts ``added``, ``removed``, ``changed``, ``moved``, ``unchanged``: removed + changed + moved + unchanged rows were
    there before, added + changed + moved + unchanged are there now. Two rows are one when 64 bits of BLAKE2b agree."""
    old_places, old_contents = before.sorted()
    new_places, new_contents = after.sorted()
    _, old_at, new_at = np.intersect1d(old_places, new_places, assume_unique=True, return_indices=True)
    same = int(np.count_nonzero(old_contents[old_at] == new_contents[new_at]))
    gone = np.delete(old_contents, old_at)
    come = np.delete(new_contents, new_at)
    moved = _shared(gone, come)
    return {
        "added": len(come) - moved,
        "removed": len(gone) - moved,
        "changed": len(old_at) - same,
        "moved": moved,
        "unchanged": same,
    }


def _shared(left: _Numbers, right: _Numbers) -> int:
    """How many values two lists have in common, each counted as often as both have it."""
    one, one_counts = np.unique(left, return_counts=True)
    two, two_counts = np.unique(right, return_counts=True)
    _, at, to = np.intersect1d(one, two, assume_unique=True, return_indices=True)
    return int(np.minimum(one_counts[at], two_counts[to]).sum())


class ChangeWatch:
    """Counts along while the rows of a build are read; sources that did not change cost nothing."""

    def __init__(self, project: Project, sources: Sequence[RecordedSource], snapshot: Record | None) -> None:
        self._project = project
        self._now = {source.name: source for source in sources}
        self._then = {} if snapshot is None else {s.name: s for s in sources_of(project, snapshot)}
        self._first = snapshot is None
        self._indexes = {
            name: RowIndex()
            for name, source in self._now.items()
            if not self._first
            and (name not in self._then or self._then[name].ref.digest != source.ref.digest)
        }

    def follow(self, rows: Iterable[Example | Malformed]) -> Iterator[Example | Malformed]:
        """The same rows, noted on the way."""
        for row in rows:
            index = self._indexes.get(row.origin.source)
            if index is not None:
                index.add(row)
            yield row

    def changes(self) -> tuple[SourceChange, ...]:
        """Every source that is new, gone or another than before, when all rows have been followed."""
        found = [self._change(name, index) for name, index in self._indexes.items()]
        gone = [] if self._first else [name for name in self._then if name not in self._now]
        for name in gone:
            counts = compare_rows(self._index(name), RowIndex())
            found.append(SourceChange(name, self._then[name].ref.version, "", 0, **counts))
        return tuple(found)

    def _change(self, name: str, index: RowIndex) -> SourceChange:
        before = self._then.get(name)
        counts = compare_rows(self._index(name) if before else RowIndex(), index)
        rows = counts["added"] + counts["changed"] + counts["moved"] + counts["unchanged"]
        version = before.ref.version if before else ""
        return SourceChange(name, version, self._now[name].ref.version, rows, **counts)

    def _index(self, name: str) -> RowIndex:
        index = RowIndex()
        for row in rows_of(self._project, [self._then[name]]):
            index.add(row)
        return index
