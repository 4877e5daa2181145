"""``items.parquet``: every item with every answer, so that any score can be computed again and base answers be reused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tunewright.core.errors import IntegrityError
from tunewright.core.ports import Generation
from tunewright.core.types import Example
from tunewright.evaluate.answers import item_digest
from tunewright.evaluate.compare import LINEAR, TUNED, Hits

FILE = "items.parquet"
_ANSWER = ("text", "finish_reason", "prompt_tokens", "completion_tokens")


def write_items(
    folder: Path,
    items: Sequence[Example],
    answers: Mapping[str, Sequence[Generation]],
    linear: Sequence[str] | None,
    hits: Hits,
) -> None:
    """One row an item: what was asked and expected, each model's answer, each metric's value (``hit:WHO:METRIC``)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {
        "golden": [item.origin.source for item in items],
        "item": [item.origin.locator for item in items],
        "item_digest": [item_digest(item) for item in items],
        "tags": [[mark[4:] for mark in item.labels if mark.startswith("tag:")] for item in items],
        "messages": [
            json.dumps([{"role": m.role, "content": m.content} for m in item.messages], ensure_ascii=False)
            for item in items
        ],
        "reference": [item.reference for item in items],
    }
    for who, given in answers.items():
        for part in _ANSWER:
            columns[f"{_column(who)}:{part}"] = [getattr(answer, part) for answer in given]
    if linear is not None:
        columns[f"{_column(LINEAR)}:text"] = list(linear)
    for who, values in hits.items():
        for metric, per_item in values.items():
            columns[f"hit:{_column(who)}:{metric}"] = [float(value) for value in per_item]
    pq.write_table(pa.table(columns), folder / FILE, compression="zstd")


def read_answers(folder: Path, who: str) -> dict[str, Generation]:
    """Item digest -> recorded answer of one of the models; empty when that model was not asked.

    Raises IntegrityError for a file that cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / FILE
    names = [f"{_column(who)}:{part}" for part in _ANSWER]
    try:
        known = set(pq.read_schema(path).names)
        if not known.issuperset(names):
            return {}
        table = pq.read_table(path, columns=["item_digest", *names])
    except (pa.ArrowException, OSError) as error:
        raise IntegrityError(
            f"{path} cannot be read", hint="run `tunewright audit verify`", path=str(path)
        ) from error
    columns = [table.column(name).to_pylist() for name in names]
    return {
        key: Generation(*parts)
        for key, *parts in zip(table.column("item_digest").to_pylist(), *columns, strict=True)
    }


def _column(who: str) -> str:
    return "tuned" if who == TUNED else who
