"""Sources: which form a file has, and its rows as examples.

``detect_form`` looks at content and says why; ``read_source`` answers every row in order, as an ``Example`` or as a
``Malformed`` with the reason. Files that cannot be read at all raise DataError.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tunewright.core.errors import DataError
from tunewright.core.types import Example, Message, Origin
from tunewright.data.options import SourceOptions
from tunewright.data.sources.containers import SUFFIXES, container_of, rows
from tunewright.data.sources.detect import ID_KEYS, SUBJECT_KEYS, THREAD_KEYS, TIME_KEYS, detect_form
from tunewright.data.sources.forms import FORMS, Misfit
from tunewright.data.sources.model import MAX_ROW_BYTES, Detected, Malformed, Row
from tunewright.data.sources.slack import read_slack

__all__ = ["MAX_ROW_BYTES", "SUFFIXES", "Detected", "Malformed", "container_of", "detect_form", "read_source"]


def read_source(path: Path, options: SourceOptions, *, name: str = "") -> Iterator[Example | Malformed]:
    """Every row of one source, in order. ``name`` is what records call the source (default: the file's name).

    Raises DataError for a file that is missing, empty, damaged, over the row limit, or without a mapped column.
    """
    maker = _Maker(name or Path(options.path).name, options)
    found = False
    if options.form == "slack":
        for slack in read_slack(path, maker.name):
            found = True
            about = {"received_at": slack.received_at, "subject": slack.subject, "thread": slack.thread}
            yield maker.make(slack.locator, slack.messages, slack.reason, slack.of, about)
    else:
        file_name = Path(options.path).name
        for row in rows(path, file_name):
            if not found:
                _check_columns(row, options, file_name)
            found = True
            yield maker.from_row(row)
    if not found:
        hint = "remove it from `data.sources`, or export it again"
        raise DataError(f"{maker.name} holds no rows", hint=hint, file=maker.name)


def _check_columns(row: Row, options: SourceOptions, name: str) -> None:
    """The mapped columns must exist in a table: a wrong map would otherwise drop every row one by one."""
    if options.form != "columns" or row.value is None:
        return
    if options.columns is None:
        hint = f"add `columns: {{prompt: ..., reply: ...}}` to this source; it has {', '.join(row.value)}"
        raise DataError(f"{name} has the form `columns` but no column map", hint=hint, file=name)
    if container_of(name) in ("jsonl", "json"):
        return  # keys of objects may be absent in single rows
    wrong = [c for c in options.columns.model_dump().values() if c is not None and c not in row.value]
    if wrong:
        raise DataError(
            f"{name}:1: there is no column {', '.join(repr(c) for c in wrong)}",
            hint=f"its columns are {', '.join(row.value)}; correct `columns` of this source in tunewright.yaml",
            file=name,
            line=1,
            columns=wrong,
        )


class _Maker:
    """Builds examples of one source; keeps locators unique."""

    def __init__(self, name: str, options: SourceOptions) -> None:
        self.name = name
        self._options = options
        self._form = FORMS.get(options.form)
        self._seen: dict[str, int] = {}
        self._texts: dict[str, tuple[str, tuple[Message, ...]]] = {}
        mapped = options.columns
        self._id = (mapped.id,) if mapped and mapped.id else ID_KEYS if mapped is None else ()
        self._at = (mapped.at,) if mapped and mapped.at else TIME_KEYS if mapped is None else ()
        self._subject = (
            (mapped.subject,) if mapped and mapped.subject else SUBJECT_KEYS if mapped is None else ()
        )
        self._thread = (mapped.thread,) if mapped and mapped.thread else THREAD_KEYS if mapped is None else ()

    def from_row(self, row: Row) -> Example | Malformed:
        """One row as an example, or the reason why not."""
        if row.value is None or self._form is None:
            return self.make(str(row.number), (), row.problem or "unreadable", "", {})
        locator = _short(row.value, self._id) or str(row.number)
        about = {
            "received_at": _short(row.value, self._at),
            "subject": _short(row.value, self._subject),
            "thread": _short(row.value, self._thread),
        }
        try:
            messages: Sequence[Message] = self._form(row.value, self._options.columns)
        except Misfit as misfit:
            return self.make(locator, (), str(misfit), "", about)
        return self.make(locator, tuple(messages), "", "", about)

    def make(
        self, locator: str, messages: tuple[Message, ...], reason: str, of: str, about: Mapping[str, str]
    ) -> Example | Malformed:
        """Put one row together. Half surrogates (undecodable bytes) make it malformed."""
        damage = next((d for m in messages if (d := _damage(m.content))), "")
        if damage or any(_damage(text) for text in (locator, *about.values())):
            reason, messages, about = damage or "lone_surrogate", (), {}
            locator = locator.encode("utf-8", "replace").decode("utf-8")
        locator = self._unique(locator)
        content = json.dumps(
            [[m.role, m.content] for m in messages], ensure_ascii=False, separators=(",", ":")
        )
        digest = hashlib.sha256(content.encode("utf-8")).hexdigest()
        # Rows that say the same share one text: ten million copies of a row cost little more than their names.
        digest, messages = self._texts.setdefault(digest, (digest, messages))
        origin = Origin(
            source=self.name,
            locator=locator,
            digest=digest,
            licence=self._options.licence,
            purpose=self._options.purpose,
            **about,
        )
        if reason:
            return Malformed(origin, reason, of, messages)
        return Example(example_id(origin), messages, origin)

    def _unique(self, locator: str) -> str:
        """A row whose id was there before gets ``~2``, ``~3``: every row has a name of its own."""
        count = self._seen.get(locator, 0) + 1
        self._seen[locator] = count
        if count == 1:
            return locator
        return self._unique(f"{locator}~{count}")


def example_id(origin: Origin) -> str:
    """SHA-256 of where an example comes from and of its original content, as canonical JSON of the three strings."""
    text = json.dumps(
        [origin.source, origin.locator, origin.digest], ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _damage(text: str) -> str:
    """Why this text has no UTF-8 form: bytes that were none, or half a surrogate pair from an escape; else empty."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return "invalid_utf8" if "\udc80" <= text[error.start] <= "\udcff" else "lone_surrogate"
    return ""


def _short(row: Mapping[str, Any], keys: Sequence[str]) -> str:
    """The first of these fields that holds a plain value, as text."""
    for key in keys:
        value = row.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is not None and hasattr(value, "isoformat"):
            return str(value.isoformat())
    return ""
