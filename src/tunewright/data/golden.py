"""Golden sets: curated evaluation items with references, as JSON Lines ``{"id", "input", "reference", "tags"}``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunewright.core.erased import FIELD, is_mark
from tunewright.core.errors import DataError
from tunewright.core.types import Example, Message, Origin
from tunewright.data.sources import example_id
from tunewright.data.sources.containers import rows
from tunewright.data.sources.forms import Misfit, messages


def looks_golden(path: Path) -> bool:
    """Whether the first row of a JSON or JSON Lines file is a golden item."""
    if path.suffix.lower() not in (".jsonl", ".ndjson", ".json"):
        return False
    try:
        first = next(iter(rows(path, path.name)), None)
    except DataError:
        return False
    return (
        first is not None
        and first.value is not None
        and "reference" in first.value
        and _has_question(first.value)
    )


def _has_question(value: Mapping[str, Any]) -> bool:
    return "input" in value or "messages" in value


def load_golden(path: Path, *, name: str = "") -> list[Example]:
    """All items in order: one user message (or ``messages``), ``reference``, labels ``tag:...``.

    Raises DataError for any row that is no item (a golden set is curated: nothing in it is skipped) and for repeated ids.
    """
    name = name or path.name
    items: list[Example] = []
    seen: dict[str, int] = {}
    for row in rows(path, name):
        if row.value is not None and is_mark(row.value.get(FIELD)):
            continue  # erased: no item any more, and the others keep their numbers
        item = _item(row.value, row.number, row.problem, name)
        if item.origin.locator in seen:
            raise DataError(
                f"{name}: item {row.number} has the id of item {seen[item.origin.locator]}",
                hint="give every golden item its own `id`",
                file=name,
                row=row.number,
            )
        seen[item.origin.locator] = row.number
        items.append(item)
    if not items:
        raise DataError(
            f"{name} holds no golden item", hint="remove it from `data.golden`, or fill it", file=name
        )
    return items


def _item(value: Mapping[str, Any] | None, number: int, problem: str, name: str) -> Example:
    if value is None or "reference" not in value or not _has_question(value):
        what = problem or "it needs `input` and `reference`"
        raise DataError(
            f"{name}: item {number} is no golden item: {what}", hint="mend the row", file=name, row=number
        )
    reference = value["reference"]
    try:
        asked = (
            tuple(messages(value, None)) if "messages" in value else (Message("user", _text(value["input"])),)
        )
        reference = _text(reference)
        content = json.dumps(
            [[m.role, m.content] for m in asked] + [reference], ensure_ascii=False, separators=(",", ":")
        )
        raw = content.encode("utf-8")
    except (Misfit, UnicodeEncodeError) as error:
        raise DataError(
            f"{name}: item {number} is not readable text", hint="mend the row", file=name, row=number
        ) from error
    import hashlib

    given = value.get("id")
    locator = str(given) if isinstance(given, (str, int)) and str(given) else str(number)
    origin = Origin(source=name, locator=locator, digest=hashlib.sha256(raw).hexdigest())
    tags = value.get("tags") or ()
    labels = tuple(
        f"tag:{tag}" for tag in ([tags] if isinstance(tags, str) else tags) if isinstance(tag, str)
    )
    return Example(example_id(origin), asked, origin, reference=reference, labels=labels)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
