"""Sources: which form a file has, and its rows as examples.

``detect_form`` looks at content and says why; ``read_source`` answers every row in order, as an ``Example`` or as a
``Malformed`` with the reason. Files that cannot be read at all raise DataError.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from json.encoder import encode_basestring as quoted
from pathlib import Path
from typing import Any

from tunewright.core.erased import ERASED, is_mark
from tunewright.core.errors import DataError
from tunewright.core.types import Example, Message, Origin
from tunewright.data.options import SourceOptions
from tunewright.data.sources.columns import check_columns
from tunewright.data.sources.containers import SUFFIXES, container_of, rows_in
from tunewright.data.sources.detect import ID_KEYS, SUBJECT_KEYS, THREAD_KEYS, TIME_KEYS, detect_form
from tunewright.data.sources.documents import read_documents
from tunewright.data.sources.forms import Misfit, reader_of
from tunewright.data.sources.mail import read_mail
from tunewright.data.sources.model import MAX_ROW_BYTES, Detected, Malformed, Piece, Row
from tunewright.data.sources.slack import read_slack
from tunewright.data.sources.tree import Member, opened_tree

__all__ = [
    "MAX_ROW_BYTES",
    "SUFFIXES",
    "Detected",
    "Malformed",
    "Member",
    "container_of",
    "detect_form",
    "read_source",
]


def read_source(
    path: Path | Sequence[Member], options: SourceOptions, *, name: str = ""
) -> Iterator[Example | Malformed]:
    """Every row of one source, in order. ``name`` is what records call the source (default: the file's name).

    ``path`` is a file, a folder, an archive (by the ending in ``options.path``), or the files themselves. Raises DataError
    for what is missing, empty, damaged, hostile, over the limits, or without a mapped column, and with
    ``on_bad_row: stop`` for the first row that cannot be read.
    """
    maker = _Maker(name or options.name or options.file_name, options)
    if isinstance(path, Path):
        with opened_tree(path, options.file_name) as members:
            yield from _read(members, options, maker)
    else:
        yield from _read(path, options, maker)


def _read(members: Sequence[Member], options: SourceOptions, maker: _Maker) -> Iterator[Example | Malformed]:
    found = False
    pieces = _pieces(members, options, maker.name)
    if pieces is not None:
        for piece in pieces:
            found = True
            yield maker.from_piece(piece)
    else:
        checked = False
        for member, row in _numbered(members, options):
            if not checked and row.value is not None:
                check_columns(row.value, options, member.name)
                checked = True
            found = True
            yield maker.from_row(row, member.name)
    if not found and options.form != "exchanges":
        hint = "remove it from `data.sources`, or export it again"
        raise DataError(f"{maker.name} holds no rows", hint=hint, file=maker.name)


def _pieces(members: Sequence[Member], options: SourceOptions, name: str) -> Iterator[Piece] | None:
    """For the forms that see a whole file or folder at once."""
    if options.form == "slack":
        return read_slack(members, name, options.turns)
    if options.form == "mail":
        return read_mail(members, name, options.turns)
    if options.documents is not None:
        return read_documents(members, options.documents, name)
    return None


def _numbered(members: Sequence[Member], options: SourceOptions) -> Iterator[tuple[Member, Row]]:
    """Rows of all members, counted on through all of them. Raises DataError for a folder of row files."""
    if options.path and len(members) != 1:
        raise DataError(
            f"{options.file_name} holds {len(members)} files, and rows are read from one file a source",
            hint="name the files one by one under `data.sources`",
            file=options.file_name,
        )
    count = 0
    for member in members:
        if container_of(member.name) is None:
            raise DataError(
                f"{member.name} is of no known format",
                hint=f"known endings are {', '.join(SUFFIXES)}; convert it",
                file=member.name,
            )
        for row in rows_in(member):
            count += 1
            yield member, row if row.number == count else replace(row, number=count)


class _Maker:
    """Builds examples of one source; keeps locators unique."""

    def __init__(self, name: str, options: SourceOptions) -> None:
        self.name = name
        self._options = options
        self._form = reader_of(options)
        self._labels = (f"role:{options.role}",) if options.role != "task" else ()
        self._seen: dict[str, int] = {}
        self._texts: dict[str, tuple[str, tuple[Message, ...]]] = {}
        mapped = options.columns
        key = options.sql.key if options.sql else ""
        self._id = (
            (mapped.id,) if mapped and mapped.id else (key,) if key else ID_KEYS if mapped is None else ()
        )
        self._at = (mapped.at,) if mapped and mapped.at else TIME_KEYS if mapped is None else ()
        named = options.subject or (mapped.subject if mapped else "") or ""
        self._subject = (named,) if named else SUBJECT_KEYS if mapped is None else ()
        self._thread = (mapped.thread,) if mapped and mapped.thread else THREAD_KEYS if mapped is None else ()

    def from_row(self, row: Row, file: str) -> Example | Malformed:
        """One row as an example, or the reason why not. Raises DataError for a bad row where these stop."""
        place = f"{file}:{row.line}" if row.line else file
        if row.value is None or self._form is None:
            reason = row.problem or "unreadable"
            self._stop(reason, f"{place}: row {row.number}", row.number, row.line)
            return self.make(str(row.number), (), reason, "", {})
        locator = _short(row.value, self._id) or str(row.number)
        about = {
            "received_at": _short(row.value, self._at),
            "subject": _short(row.value, self._subject),
            "thread": _short(row.value, self._thread),
        }
        try:
            messages: Sequence[Message] = self._form(row.value, self._options.columns)
        except Misfit as misfit:
            if any(map(is_mark, row.value.values())):
                return self.make(locator, (), ERASED, "", {})
            if misfit.bad:
                self._stop(str(misfit), f"{place}: row {row.number}", row.number, row.line)
            return self.make(locator, (), str(misfit), "", about)
        if is_mark(messages[0].content) or is_mark(messages[-1].content):
            return self.make(locator, (), ERASED, "", {})
        made = self.make(locator, tuple(messages), "", "", about)
        if isinstance(made, Malformed):
            self._stop(made.reason, f"{place}: row {row.number}", row.number, row.line)
        return made

    def from_piece(self, piece: Piece) -> Example | Malformed:
        """One piece of a document, mailbox or export. Raises DataError for a bad one where these stop."""
        about = {"received_at": piece.received_at, "subject": piece.subject, "thread": piece.thread}
        if piece.hint:
            self._stop(piece.reason, f"{self.name}: {piece.locator}", 0, 0, piece.hint)
        made = self.make(piece.locator, piece.messages, piece.reason, piece.of, about)
        if isinstance(made, Malformed) and not piece.reason:
            self._stop(made.reason, f"{self.name}: {piece.locator}", 0, 0)
        return made

    def _stop(self, reason: str, place: str, row: int, line: int, hint: str = "") -> None:
        if self._options.on_bad_row == "quarantine":
            return
        raise DataError(
            f"{place} cannot be read: {reason}",
            hint=f"{hint or 'mend or remove it'}; or drop such rows by name with `on_bad_row: quarantine`",
            file=self.name,
            line=line,
            row=row,
            reason=reason,
        )

    def make(
        self, locator: str, messages: tuple[Message, ...], reason: str, of: str, about: Mapping[str, str]
    ) -> Example | Malformed:
        """Put one row together. Half surrogates (undecodable bytes) make it malformed."""
        damage = next((d for m in messages if (d := _damage(m.content))), "")
        if damage or any(_damage(text) for text in (locator, *about.values())):
            reason, messages, about = damage or "lone_surrogate", (), {}
            locator = locator.encode("utf-8", "replace").decode("utf-8")
        locator = self._unique(locator)
        content = ",".join([f"[{quoted(m.role)},{quoted(m.content)}]" for m in messages])
        digest = hashlib.sha256(f"[{content}]".encode()).hexdigest()
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
        return Example(example_id(origin), messages, origin, labels=self._labels)

    def _unique(self, locator: str) -> str:
        """A row whose id was there before gets ``~2``, ``~3``: every row has a name of its own."""
        count = self._seen.get(locator, 0) + 1
        self._seen[locator] = count
        if count == 1:
            return locator
        return self._unique(f"{locator}~{count}")


def example_id(origin: Origin) -> str:
    """SHA-256 of where an example comes from and of its original content, as canonical JSON of the three strings."""
    text = f"[{quoted(origin.source)},{quoted(origin.locator)},{quoted(origin.digest)}]"
    return hashlib.sha256(text.encode()).hexdigest()


def _damage(text: str) -> str:
    """Why this text has no UTF-8 form: bytes that were none, or half a surrogate pair from an escape; else empty."""
    if text.isascii():
        return ""
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
