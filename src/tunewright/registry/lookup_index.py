"""Where in a snapshot's Parquet files a row, an example or a person stands: sorted hashes, derived once a snapshot.

Each list holds one 64-bit number an entry, sorted: 32 bits of the key's hash above 32 bits of the row's number. A
question is two binary searches in a memory map; whoever asks compares the rows that are found with what was asked for,
so two keys of one hash cost a look and change no answer. The lists hold no text. They lie in ``.tunewright/cache``:
deleting them loses nothing, and they are derived only from files whose SHA-256 is the recorded one.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import sha256_file
from tunewright.core.erased import TOMBSTONE
from tunewright.core.errors import IntegrityError
from tunewright.core.types import Record

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tunewright.store.project import Project

FORMAT = 1
EXAMPLES, OUTCOMES = "examples.parquet", "outcomes.parquet"
MEMORY_LIMIT = "1GB"
"""what DuckDB may take; it goes to the disk beyond"""
_LISTS: Mapping[str, tuple[str, str, str]] = {
    "id": (EXAMPLES, "id", "hex"),
    "place": (EXAMPLES, "source || '#' || locator", "text"),
    "subject": (EXAMPLES, "subject", "text"),
    "parent": (EXAMPLES, "unnest(list_filter(labels, lambda l: starts_with(l, 'child-of:')))", "text"),
    "row": (OUTCOMES, "source || '#' || record", "text"),
    "made": (OUTCOMES, "example", "hex"),
    "of": (OUTCOMES, "of", "text"),
}
"""name -> file, key (own text, no value of anybody's), and how it is hashed"""
HEX_DIGITS = 8


@dataclass(frozen=True, slots=True)
class LookupIndex:
    """The lists of one snapshot."""

    folder: Path
    examples: int
    rows: int
    sources: Mapping[str, tuple[int, int, int]]
    """source -> first row, rows, examples; the first row is -1 where its rows do not stand together"""

    def find(self, name: str, key: str) -> list[int]:
        """Numbers of the rows that may have this key, ascending; those of another key with the same hash among them."""
        return self._between(name, _hash(key), _hash(key) + 1)

    def find_id(self, name: str, prefix: str) -> list[int]:
        """The same for ``id`` and ``made`` by the first 8 or more hexadecimal digits."""
        least = int(prefix[:HEX_DIGITS], 16)
        return self._between(name, least, least + 1)

    def _between(self, name: str, low: int, high: int) -> list[int]:
        import numpy as np

        values = _mapped(self.folder / f"{name}.u64")
        start = int(np.searchsorted(values, np.uint64(low << 32)))
        # The highest hash has no number above it.
        end = len(values) if high >> 32 else int(np.searchsorted(values, np.uint64(high << 32)))
        return sorted(int(value) & 0xFFFFFFFF for value in values[start:end])


def _mapped(path: Path) -> npt.NDArray[np.uint64]:
    state = path.stat()
    return _map(str(path), state.st_ino, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=256)
def _map(path: str, _inode: int, _changed_ns: int, size: int) -> npt.NDArray[np.uint64]:
    """An empty file cannot be mapped."""
    import numpy as np

    return np.memmap(path, dtype=np.uint64, mode="r") if size else np.empty(0, dtype=np.uint64)


def _hash(key: str) -> int:
    """Bits 32 to 63 of what DuckDB calls ``md5_number_lower``."""
    digest = hashlib.md5(key.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little") >> 32


@functools.lru_cache(maxsize=1)
def database() -> Any:
    """DuckDB in memory, one a process (starting one costs more than a question), asked through cursors."""
    import duckdb

    # Without extensions: it reads the files it is given, and fetches nothing.
    return duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": MEMORY_LIMIT,
        }
    )


def lookup_index(project: Project, snapshot: Record) -> LookupIndex:
    """The index of a snapshot, derived when it is not there.

    Raises IntegrityError when it has to be derived and the snapshot's files are not the recorded ones.
    """
    place = project.state / "cache" / "lookup" / f"{snapshot.ref.digest}.{FORMAT}"
    found = _loaded(place)
    if found is not None:
        return found
    with project.staging() as folder:
        made = folder / "index"
        made.mkdir()
        _derive(project, snapshot, made)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            made.rename(place)
        except OSError:
            # Somebody else derived the same index meanwhile, theirs is as good; or a broken one lies there.
            if _loaded(place) is None:
                place.rename(folder / "broken")
                made.rename(place)
    found = _loaded(place)
    if found is None:
        raise IntegrityError(
            f"the index of {snapshot.ref} vanished while it was written",
            hint="do not clean .tunewright/cache while commands run; run it again",
            path=str(place),
        )
    return found


def derive_early(project: Project, snapshot: Record) -> None:
    """Derive the index now, so that the first question is fast. A disk too full for it is no error: the first question
    derives it then."""
    with contextlib.suppress(OSError):
        lookup_index(project, snapshot)


def _loaded(place: Path) -> LookupIndex | None:
    """``meta.json`` is written last, and says how long every list is."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        told = json.loads((place / "meta.json").read_text(encoding="utf-8"))
        whole = all((place / f"{name}.u64").stat().st_size == 8 * told["lists"][name] for name in _LISTS)
        if told["format"] == FORMAT and whole:
            sources = {name: (int(a), int(b), int(c)) for name, (a, b, c) in told["sources"].items()}
            return LookupIndex(place, int(told["examples"]), int(told["rows"]), sources)
    return None


def _derive(project: Project, snapshot: Record, folder: Path) -> None:
    """Write the lists, ``meta.json`` last."""
    home = project.records.folder(snapshot)
    # Not the recorded digests alone: an erasure, proven by the signed log, may have put other files in their place.
    recorded = {entry.path: entry.digest for entry in project.records.present_files(snapshot)}
    for name in (EXAMPLES, OUTCOMES):
        if sha256_file(home / name) != recorded.get(name):
            raise IntegrityError(
                f"{name} of {snapshot.ref} is not the file that was recorded",
                hint="restore .tunewright/records from the backup, or build again",
                path=str(home / name),
            )
    cursor = database().cursor()
    try:
        lengths = {
            name: _write_list(cursor, home / file, folder / f"{name}.u64", key, how)
            for name, (file, key, how) in _LISTS.items()
        }
        meta = {
            "format": FORMAT,
            "lists": lengths,
            "examples": _count(cursor, home / EXAMPLES),
            "rows": _count(cursor, home / OUTCOMES),
            "sources": _sources(cursor, home),
        }
    finally:
        cursor.close()
    (folder / "meta.json").write_text(json.dumps(meta, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_list(cursor: Any, file: Path, out: Path, key: str, how: str) -> int:
    number = {
        "hex": f"('0x' || k[1:{HEX_DIGITS}])::ubigint",
        "text": "(md5_number_lower(k) >> 32)",
    }[how]
    query = (
        f"select ({number} << 32) | r as v from "  # noqa: S608 - own text only
        f"(select {key} as k, file_row_number::ubigint as r from read_parquet(?, file_row_number = true)) "
        "where k <> ''"
    )
    values = cursor.execute(query, [str(file)]).fetchnumpy()["v"]
    import numpy as np

    plain = np.asarray(values, dtype=np.uint64)
    plain.sort()
    plain.tofile(out)
    return len(plain)


def _count(cursor: Any, file: Path) -> int:
    return int(cursor.execute("select count(*) from read_parquet(?)", [str(file)]).fetchone()[0])


def _sources(cursor: Any, home: Path) -> dict[str, tuple[int, int, int]]:
    query = (
        "select source, min(file_row_number), max(file_row_number), count(*) "
        "from read_parquet(?, file_row_number = true) group by source"
    )
    found: dict[str, tuple[int, int, int]] = {}
    for source, first, last, count in cursor.execute(query, [str(home / OUTCOMES)]).fetchall():
        found[source] = (int(first) if last - first + 1 == count else -1, int(count), 0)
    query = f"select source, count(*) from read_parquet(?) where not {TOMBSTONE} group by source"  # noqa: S608 - own text
    for source, count in cursor.execute(query, [str(home / EXAMPLES)]).fetchall():
        first, rows, _ = found.get(source, (-1, 0, 0))
        found[source] = (first, rows, int(count))
    return dict(sorted(found.items()))
