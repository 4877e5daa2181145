"""What earlier builds measured, kept beside the snapshot, so that another threshold decides again without measuring again.

Three kinds of memory, none of which holds text:

* the measurement of a *content* (the digest of an example's turns), by steps that judge every example by itself;
* the measurements of a *basis* (all examples as they stood before the first threshold), by steps that see the whole set;
* the *answers* of a step that does not measure apart from deciding, for a set that was the same to the last letter.

Every entry stands under a key: the digest of step and version, its options, the versions of its engines and of this code,
and for the latter two the state of the set. So what another version measured is never found.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tunewright.core.errors import IntegrityError

CONTENT_SCORES, SET_SCORES = "scores_of_contents.parquet", "scores_of_sets.parquet"
SCORE_FILES = (CONTENT_SCORES, SET_SCORES)
_CHUNK = 4096
"""values of a set in one line of the file"""
_ROW_GROUP = 1 << 17


class Memory:
    """What is known from before, and what this build adds. Empty unless ``load_memory`` read one."""

    def __init__(self) -> None:
        self._old_contents: Any = None
        self._old_sets: dict[str, list[str]] = {}
        self._contents: dict[str, dict[bytes, str]] = {}
        self._sets: dict[str, list[str]] = {}
        self.found = 0
        """measurements and answers that were taken from memory"""
        self.made = 0
        """measurements and answers that had to be made"""

    def contents(self, key: str) -> Mapping[bytes, str]:
        """Digest of a content -> its measurement as JSON text; empty text: nothing was found in it."""
        table = self._old_contents
        if table is None or key not in table.column_names[1:]:
            return {}
        found = zip(table.column(0).to_pylist(), table.column(key).to_pylist(), strict=True)
        return {content: value for content, value in found if value is not None}

    def keep_contents(self, key: str, found: Mapping[bytes, str]) -> None:
        """Remember measurements of contents that this build has seen."""
        self._contents.setdefault(key, {}).update(found)

    def of_set(self, key: str) -> list[Any] | None:
        """What was kept for a set, one value an example in the order of the ids; None when nothing was."""
        lines = self._old_sets.get(key)
        if lines is None:
            return None
        values: list[Any] = []
        for line in lines:
            values += json.loads(line)
        return values

    def keep_set(self, key: str, values: Sequence[Any]) -> None:
        """Remember one JSON value an example, in the order of the ids."""
        self._sets[key] = [
            json.dumps(list(values[at : at + _CHUNK]), ensure_ascii=False, separators=(",", ":"))
            for at in range(0, max(1, len(values)), _CHUNK)
        ]

    def write(self, folder: Path) -> None:
        """Write both files. The same memory gives the same bytes, whatever of it was taken from an earlier one."""
        _write_contents(self._contents, folder / CONTENT_SCORES)
        _write_sets(self._sets, folder / SET_SCORES)


def _write_contents(contents: Mapping[str, Mapping[bytes, str]], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    keys = sorted(contents)
    digests = sorted(set().union(*(contents[key] for key in keys)))
    schema = pa.schema([("content", pa.binary(32)), *((key, pa.string()) for key in keys)])
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=keys) as writer:
        for start in range(0, len(digests), _ROW_GROUP):
            part = digests[start : start + _ROW_GROUP]
            columns = [pa.array(part, pa.binary(32))]
            columns += [pa.array(list(map(contents[key].get, part)), pa.string()) for key in keys]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _write_sets(sets: Mapping[str, Sequence[str]], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("key", pa.string()), ("values", pa.string())])
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=["key"]) as writer:
        for key in sorted(sets):
            lines = list(sets[key])
            writer.write_table(
                pa.Table.from_arrays([pa.array([key] * len(lines)), pa.array(lines)], schema=schema)
            )


def load_memory(folder: Path) -> Memory:
    """The memory that was written into a folder. Whether the files are those that were recorded, the caller has verified.

    Raises IntegrityError when they cannot be read.
    """
    import pyarrow
    import pyarrow.parquet as pq

    memory = Memory()
    try:
        memory._old_contents = pq.ParquetFile(folder / CONTENT_SCORES).read()
        for key, line in _pairs(pq.ParquetFile(folder / SET_SCORES).read()):
            memory._old_sets.setdefault(key, []).append(line)
    except (pyarrow.ArrowException, OSError, KeyError, ValueError) as error:
        raise IntegrityError(
            f"the recorded measurements in {folder} cannot be read",
            hint="build with `tunewright data build --fresh`",
            path=str(folder),
        ) from error
    return memory


def _pairs(table: Any) -> Iterator[tuple[str, str]]:
    keys: Iterable[str] = table.column("key").to_pylist()
    yield from zip(keys, table.column("values").to_pylist(), strict=True)
