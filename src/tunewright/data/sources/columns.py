"""The columns of a table against what the configuration says: a wrong map would otherwise drop every row one by one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from tunewright.core.errors import DataError
from tunewright.data.source_options import SourceOptions
from tunewright.data.sources.containers import container_of


def check_columns(row: Mapping[str, Any], options: SourceOptions, name: str) -> None:
    """Look at the first readable row. Raises DataError for a mapped column that is missing, renamed, or holds no text."""
    if options.form == "columns" and options.columns is None:
        hint = f"add `columns: {{prompt: ..., reply: ...}}` to this source; it has {', '.join(row)}"
        raise DataError(f"{name} has the form `columns` but no column map", hint=hint, file=name)
    if options.sql is None and container_of(name) in ("jsonl", "json"):
        return  # keys of objects may be absent in single rows
    mapped = options.columns.model_dump() if options.columns and options.form == "columns" else {}
    check_names([*mapped.values(), options.subject], row, name)
    _check_types(mapped, row, name)


def check_names(wanted: Iterable[str | None], known: Iterable[str], name: str) -> None:
    """Raises DataError naming the missing columns, the known ones, and which of them it may be called now."""
    names = list(known)
    wrong = [column for column in wanted if column and column not in names]
    if not wrong:
        return
    near = [
        f"`{column}` may be `{found[0]}` now"
        for column in wrong
        if (found := difflib.get_close_matches(column.lower(), names, n=1, cutoff=0.6))
    ]
    also = f" ({'; '.join(near)})" if near else ""
    raise DataError(
        f"{name}:1: there is no column {', '.join(repr(column) for column in wrong)}",
        hint=f"its columns are {', '.join(names)}{also}; correct this source in tunewright.yaml",
        file=name,
        line=1,
        columns=wrong,
    )


def _check_types(mapped: Mapping[str, str | None], value: Mapping[str, Any], name: str) -> None:
    """A prompt is text; a reply may also be an object, a list or a number. Files without types hold text throughout."""
    for meaning, fits in (
        ("prompt", (str,)),
        ("system", (str,)),
        ("reply", (str, dict, list, bool, int, float)),
    ):
        column = mapped.get(meaning)
        held = value.get(column) if column else None
        if column and held is not None and not isinstance(held, fits):
            raise DataError(
                f"{name}: the column {column!r} ({meaning}) holds {type(held).__name__}, not text",
                hint=f"name a text column as `columns.{meaning}`, or convert it when exporting",
                file=name,
                columns=[column],
            )
