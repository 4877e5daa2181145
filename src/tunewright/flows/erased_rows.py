"""Keep erased rows from coming back: what a build fetches is looked through before it is kept, and scrubbed on the way.

An unscrubbed export lies where it always lay, outside the workspace perhaps. Its bytes are read from there; what is kept
is a copy in which the erased rows are stubs, so the workspace never holds the text again.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tunewright.core.erased import tag_of
from tunewright.core.types import Message, Origin
from tunewright.data.erasable import FoundRow
from tunewright.data.source_options import SourceOptions
from tunewright.data.sources.containers import rows
from tunewright.flows.erase_files import Stage, scrub_rows_file, scrub_source
from tunewright.flows.erase_lookup import SourceBytes
from tunewright.store import db
from tunewright.store.project import Project

KEY = "erasure"


class ErasedRows:
    """The keyed digests of persons, contents and golden items that were erased, each with the tag of its erasure."""

    def __init__(self, project: Project) -> None:
        self._project = project
        with project.reader() as connection:
            rows = connection.execute(sa.select(db.erased)).all()
        told = {record.ref.digest: str(record.recipe["tag"]) for record in project.records.find("erasure")}
        self._tags = {row.tag: told.get(row.erasure, row.tag) for row in rows}
        self._persons = any(row.kind == "subject" for row in rows)
        self._known: dict[str, str] = {"": ""}
        self._key = project.secret_key(KEY) if rows else b""

    def __bool__(self) -> bool:
        return bool(self._tags)

    def tag(self, origin: Origin, messages: Sequence[Message]) -> str:
        """The tag of the erasure that took this row, by its person or by its content; empty when none did."""
        return self._person(origin.subject) or (
            self._tags.get(tag_of(self._key, "content", origin.digest), "") if messages else ""
        )

    def _person(self, subject: str) -> str:
        if not self._persons:
            return ""
        if subject not in self._known:
            self._known[subject] = self._tags.get(tag_of(self._key, "subject", subject), "")
        return self._known[subject]

    def is_named(self, text: str) -> bool:
        """Whether a row's id is, or holds as a part of its own, the name of a person who was erased."""
        edges = sorted(
            {0, len(text), *(edge for match in re.finditer(r"\w+", text) for edge in match.span())}
        )
        return any(self._person(text[start:end]) for start, end in combinations(edges, 2))

    @contextlib.contextmanager
    def screened(
        self, name: str, options: SourceOptions, files: Mapping[str, Path]
    ) -> Iterator[dict[str, Path]]:
        """The files of a source to keep: themselves, or scrubbed copies where an erased row is in them.

        Raises DataError for an erased row in a document that cannot be rewritten.
        """
        kept = dict(files)
        lines = SourceBytes(name, options, files, {}).find(self.tag, "reply")
        if not lines:
            yield kept
            return
        by_question = {row.origin.locator: row.why for row in lines}
        table: dict[str, list[FoundRow]] = {}
        for row in lines:
            tag = by_question.get(row.of, row.why) if row.why == "reply" else row.why
            table.setdefault(tag, []).append(row)
        with self._project.staging() as folder:
            stage = Stage(folder)
            for tag, mine in sorted(table.items()):
                kept |= scrub_source(kept, options, mine, tag, self.is_named, stage)
            yield kept

    @contextlib.contextmanager
    def screened_golden(self, path: Path, name: str) -> Iterator[Path]:
        """A golden set to keep: itself, or a copy without the items that were erased."""
        found: dict[str, list[int]] = {}
        if path.is_file():
            for row in rows(path, name):
                tag = self._tags.get(golden_tag(self._key, row.value), "") if row.value is not None else ""
                if tag:
                    found.setdefault(tag, []).append(row.number)
        if not found:
            yield path
            return
        with self._project.staging() as folder:
            stage, kept = Stage(folder), path
            for tag, numbers in sorted(found.items()):
                kept = scrub_rows_file(kept, name, numbers, tag, stage)
            yield kept


def golden_tag(key: bytes, value: Mapping[str, Any]) -> str:
    """The keyed digest of a golden item, as the file has it."""
    return tag_of(key, "golden", json.dumps(value, sort_keys=True, ensure_ascii=True, default=str))


def screen_of(project: Project) -> ErasedRows | None:
    """What was erased; None where nothing ever was, which costs nothing."""
    found = ErasedRows(project)
    return found if found else None
