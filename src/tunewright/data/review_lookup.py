"""Questions a reviewer's page asks of a snapshot's examples: DuckDB over the Parquet file, only the columns it needs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewright.core.erased import TOMBSTONE
from tunewright.core.errors import NotFoundError, UsageError
from tunewright.core.types import Message
from tunewright.data.doubts import DOUBT
from tunewright.data.review_examples import Seen
from tunewright.data.snapshot import EXAMPLES

_COLUMNS = "id, split, source, locator, origin_digest, messages, history, labels, findings"
_PLANTED = "len(list_filter(labels, lambda x: starts_with(x, 'canary:'))) > 0"
_DOUBTS = f"len(list_filter(labels, lambda x: starts_with(x, '{DOUBT}:')))"


@dataclass(frozen=True, slots=True)
class ShownExample:
    """An example of a snapshot as it is shown to an expert."""

    seen: Seen
    split: str
    history: tuple[str, ...]
    labels: tuple[str, ...]
    findings: tuple[dict[str, Any], ...]
    """everything noticed in the row, as recorded"""

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why the pipeline doubts it."""
        prefix = f"{DOUBT}:"
        return tuple(label[len(prefix) :] for label in self.labels if label.startswith(prefix))


@functools.lru_cache(maxsize=1)
def _database() -> Any:
    import duckdb

    # Without extensions: it reads the files it is given, and fetches nothing.
    return duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )


def _ask(folder: Path, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    path = folder / EXAMPLES
    if not path.is_file():
        raise NotFoundError(f"{path} is not there", hint="run `tunewright data build`", path=str(path))
    there = f"(SELECT * FROM read_parquet(?) WHERE NOT {TOMBSTONE})"  # noqa: S608 - text of ours
    with _database().cursor() as cursor:
        found: list[tuple[Any, ...]] = cursor.execute(
            query.replace("{file}", there), [str(path), *values]
        ).fetchall()
    return found


def shown_by_ids(folder: Path, ids: Sequence[str]) -> list[ShownExample]:
    """The examples with these ids, in this order; those that are not there are left out."""
    query = f"SELECT {_COLUMNS} FROM {{file}} WHERE id IN (SELECT unnest(?))"  # noqa: S608 - names of ours
    rows = {row[0]: _shown(row) for row in _ask(folder, query, [list(ids)])} if ids else {}
    return [rows[key] for key in ids if key in rows]


def shown_by_prefix(folder: Path, prefix: str) -> ShownExample:
    """The one example whose id starts so. Raises NotFoundError, UsageError when there are several."""
    query = f"SELECT {_COLUMNS} FROM {{file}} WHERE id >= ? AND id < ? LIMIT 2"  # noqa: S608 - names of ours
    rows = _ask(folder, query, [prefix, prefix + "g"]) if prefix else []
    if not rows:
        raise NotFoundError(
            f"no example of the last build is {prefix!r}",
            hint="its row changed or is gone, or was held or dropped",
        )
    if len(rows) > 1:
        raise UsageError(f"{prefix!r} is the beginning of several examples", hint="give more of the id")
    return _shown(rows[0])


def _shown(row: tuple[Any, ...]) -> ShownExample:
    key, split, source, locator, origin_digest, messages, history, labels, findings = row
    turns = tuple(Message(turn["role"], turn["content"]) for turn in messages)
    seen = Seen(key, source, locator, origin_digest, turns)
    return ShownExample(seen, split, tuple(history or ()), tuple(labels or ()), tuple(findings or ()))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which examples an expert is shown."""

    source: str = ""
    split: str = ""
    without: tuple[str, ...] = ()
    """ids to leave out"""
    only: tuple[str, ...] | None = None
    """ids to stay with; None: all"""
    doubted: bool = False
    """only those the pipeline doubts"""


def queue_ids(
    folder: Path, wanted: Wanted, *, order: str, start: str, limit: int, offset: int
) -> tuple[list[str], int]:
    """Ids of one page and how many match. ``random``: ids are digests, so their order is one at random; it begins at
    ``start`` and goes round. ``doubt``: most doubts first. Planted canaries are left out."""
    clauses, values = [f"NOT ({_PLANTED})"], []
    for name in ("source", "split"):
        if value := getattr(wanted, name):
            clauses.append(f"{name} = ?")
            values.append(value)
    if wanted.doubted:
        clauses.append(f"{_DOUBTS} > 0")
    if wanted.without:
        clauses.append("id NOT IN (SELECT unnest(?))")
        values.append(list(wanted.without))
    if wanted.only is not None:
        clauses.append("id IN (SELECT unnest(?))")
        values.append(list(wanted.only))
    where = " AND ".join(clauses)
    by = f"{_DOUBTS} DESC, id" if order == "doubt" else "id < ?, id"
    query = f"SELECT id, count(*) OVER () FROM {{file}} WHERE {where} ORDER BY {by} LIMIT {int(limit)} OFFSET {int(offset)}"  # noqa: S608 - all values are bound
    rows = _ask(folder, query, [*values, *([] if order == "doubt" else [start])])
    return [row[0] for row in rows], int(rows[0][1]) if rows else 0


def population(folder: Path) -> list[tuple[str, str, bool]]:
    """(id, source, whether anything was noticed) of every example that is not planted, by id."""
    query = f"SELECT id, source, len(findings) > 0 FROM {{file}} WHERE NOT ({_PLANTED}) ORDER BY id"  # noqa: S608 - names of ours
    return [(row[0], row[1], bool(row[2])) for row in _ask(folder, query, [])]


def present_rows(folder: Path, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(source, locator) -> digest of the original content, for those of ``keys`` that are in the snapshot."""
    if not keys:
        return {}
    query = (
        "SELECT source, locator, origin_digest FROM {file} WHERE locator IN (SELECT unnest(?)) "
        "AND source IN (SELECT unnest(?))"
    )
    rows = _ask(folder, query, [[locator for _, locator in keys], [source for source, _ in keys]])
    wanted = set(keys)
    return {(row[0], row[1]): row[2] for row in rows if (row[0], row[1]) in wanted}
