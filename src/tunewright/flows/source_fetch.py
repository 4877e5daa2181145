"""Bring the bytes of a source into the workspace: files and folders, object stores, queries, judged exchanges.

Bytes are kept first and recorded last: a source that changes, drops its connection or is refused on the way leaves no
record. What was read is compared with what lies there afterwards.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tunewright.core.canonical import sha256_file
from tunewright.core.erased import FIELD
from tunewright.core.errors import DataError
from tunewright.core.types import FileEntry, Record
from tunewright.data.source_options import ExchangeOptions, SourceOptions
from tunewright.data.sources import Member
from tunewright.data.sources.documents import document_members
from tunewright.data.sources.objects import RemoteFile, remote_files
from tunewright.data.sources.slack import export_members
from tunewright.data.sources.sql import Key, sql_lines
from tunewright.data.sources.tree import opened_tree
from tunewright.store.db import exchanges, feedback
from tunewright.store.files import writing
from tunewright.store.project import Project

_BATCH = 500


Screen = Callable[[Mapping[str, Path]], AbstractContextManager[Mapping[str, Path]]]
"""files by their name in the source -> the files to keep in their place: scrubbed ones, where rows of them were erased"""


def fetch(
    project: Project,
    root: Path,
    name: str,
    options: SourceOptions,
    before: Record | None,
    screen: Screen = contextlib.nullcontext,
) -> tuple[FileEntry, ...]:
    """Keep a source's bytes; answers its files. ``before`` is the record of an earlier reading, for keyed queries;
    ``screen`` keeps erased rows out.

    Raises DataError for what is missing, unreadable, hostile, or changes while it is read.
    """
    if options.sql is not None:
        return _rows_of_query(project, name, options, before, screen)
    if options.form == "exchanges":
        lines = _judged(project, options.exchanges or ExchangeOptions())
        return (_keep_lines(project, f"{name}.jsonl", lines, screen),)
    if "://" in options.path:
        return _remote(project, name, options, screen)
    path = root / options.path
    if path.is_dir():
        return _folder(project, path, options, screen)
    return (keep_file(project, path, options.file_name, screen),)


def keep_file(project: Project, path: Path, name: str, screen: Screen = contextlib.nullcontext) -> FileEntry:
    """Keep one file's bytes. Raises DataError when it is missing, unreadable, or changes meanwhile."""
    if not path.is_file():
        raise DataError(
            f"{path} does not exist",
            hint="check the path under `data` in tunewright.yaml",
            file=path.name,
            path=str(path),
        )
    try:
        with screen({name: path}) as screened:
            before = None if screened[name] == path else sha256_file(path)
            kept = project.blobs.put_file(screened[name])
        if sha256_file(path) != (before or kept):
            raise _changed(path.name)
    except PermissionError as error:
        raise DataError(
            f"{path} may not be read", hint="give yourself the right to read it", file=path.name
        ) from error
    except FileNotFoundError as error:
        raise _changed(path.name) from error
    return FileEntry(path=name, digest=kept, size_bytes=project.blobs.path(kept).stat().st_size)


def _changed(name: str) -> DataError:
    return DataError(
        f"{name} changed while it was read; nothing was recorded",
        hint="wait until its writer has finished, or give a copy, then run the same command again",
        file=name,
    )


def _folder(project: Project, path: Path, options: SourceOptions, screen: Screen) -> tuple[FileEntry, ...]:
    """The files of a folder that its form reads; the list of them must be the same before and after."""
    wanted = _wanted(path, options)
    with screen({inside: path / inside for inside in wanted}) as screened:
        files = tuple(keep_file(project, screened[inside], inside) for inside in wanted)
    if _wanted(path, options) != wanted:
        raise _changed(path.name)
    return files


def _wanted(path: Path, options: SourceOptions) -> list[str]:
    with opened_tree(path, options.file_name) as members:
        return [member.name for member in _chosen(members, options)]


def _chosen(members: tuple[Member, ...], options: SourceOptions) -> list[Member]:
    if options.form == "slack":
        return [member for _, member in export_members(members, options.file_name)]
    if options.documents is not None:
        return document_members(members, options.documents, options.file_name)
    if options.form == "mail" and members:
        return list(members)
    raise DataError(
        f"{options.file_name} is a folder, and `form: {options.form}` reads one file",
        hint="name the files one by one under `data.sources`",
        file=options.file_name,
    )


def _remote(project: Project, name: str, options: SourceOptions, screen: Screen) -> tuple[FileEntry, ...]:
    """Files of an object store, streamed into the workspace."""
    before = remote_files(options)
    members = tuple(Member(file.name, file.open, file.size_bytes) for file in before)
    single = len(before) == 1 and before[0].name == options.file_name
    wanted = {member.name for member in (members if single else _chosen(members, options))}
    files = _keep_remote(project, [file for file in before if file.name in wanted], screen)
    after = {file.name: file.mark for file in remote_files(options)}
    for file in before:
        if after.get(file.name) != file.mark:
            raise _changed(f"{name}: {file.name}" if file.name != name else name)
    if set(after) != {file.name for file in before}:
        raise _changed(name)
    return files


def _keep_remote(project: Project, files: Sequence[RemoteFile], screen: Screen) -> tuple[FileEntry, ...]:
    """Without a screen one file after the other, so that no more than one lies there twice."""
    groups = [[file] for file in files] if screen is contextlib.nullcontext else [list(files)]
    kept: list[FileEntry] = []
    for group in groups:
        with project.staging() as folder:
            paths = {file.name: folder / f"object-{number}" for number, file in enumerate(group)}
            for file in group:
                with writing(f"fetching {file.name}"), paths[file.name].open("wb") as out:
                    for piece in file.pieces():
                        out.write(piece)
            with screen(paths) as screened:
                kept += [_kept(project, file.name, screened[file.name]) for file in group]
    return tuple(kept)


def _kept(project: Project, name: str, path: Path) -> FileEntry:
    return FileEntry(path=name, digest=project.blobs.put_file(path), size_bytes=path.stat().st_size)


def _keep_lines(project: Project, name: str, lines: Iterator[bytes], screen: Screen) -> FileEntry:
    """Lines become a file of the workspace when the last one is there."""
    with project.staging() as folder:
        path = folder / "rows.jsonl"
        with writing(f"keeping {name}"), path.open("wb") as out:
            out.writelines(lines)
        if not path.stat().st_size:
            return _kept(project, name, path)
        with screen({name: path}) as screened:
            return _kept(project, name, screened[name])


def _rows_of_query(
    project: Project, name: str, options: SourceOptions, before: Record | None, screen: Screen
) -> tuple[FileEntry, ...]:
    """The parts that were read before by the same query, and one more with what is new."""
    known: tuple[FileEntry, ...] = ()
    if before is not None and options.sql is not None and options.sql.key:
        then = SourceOptions.model_validate(before.recipe).sql
        same = then is not None and (then.query, then.table, then.key) == (
            options.sql.query,
            options.sql.table,
            options.sql.key,
        )
        known = project.records.present_files(before) if same else ()
    after = _last_key(project, known, options)
    part = _keep_lines(project, f"rows-{len(known) + 1:05d}.jsonl", sql_lines(name, options, after), screen)
    return (*known, part) if part.size_bytes or not known else known


def _last_key(project: Project, files: tuple[FileEntry, ...], options: SourceOptions) -> Key | None:
    """The key of the last row that was kept."""
    key = options.sql.key if options.sql else ""
    for file in sorted(files, key=lambda entry: entry.path, reverse=True):
        last = b""
        with project.blobs.open(file.digest) as stream:
            for line in stream:
                # The key of an erased row stays, unless it was the person's name.
                last = last if FIELD.encode() in line and b'"erased-' in line else line
        if last:
            found: Key = json.loads(last)[key]
            return found
    return None


def _judged(project: Project, options: ExchangeOptions) -> Iterator[bytes]:
    """Every exchange with feedback, oldest first, as one JSON object: what was said, and how it was judged."""
    with project.reader() as connection:
        seen = 0
        while True:
            judged = sa.select(feedback.c.exchange_id)
            query = sa.select(exchanges).where(exchanges.c.seq > seen, exchanges.c.id.in_(judged))
            if options.model:
                query = query.where(exchanges.c.model_name == options.model)
            rows = connection.execute(query.order_by(exchanges.c.seq).limit(_BATCH)).all()
            if not rows:
                return
            seen = rows[-1].seq
            entries: dict[str, list[Any]] = {}
            wanted = feedback.c.exchange_id.in_([row.id for row in rows])
            for entry in connection.execute(sa.select(feedback).where(wanted).order_by(feedback.c.id)):
                entries.setdefault(entry.exchange_id, []).append(entry.body)
            for row in rows:
                yield _exchange_line(row, entries.get(row.id, []))


def _exchange_line(row: Any, entries: list[Any]) -> bytes:
    body = row.body
    told = {
        "id": row.id,
        "at": row.at,
        "user_id": row.user,
        "model": f"{row.model_name}@{row.version}",
        "messages": body.get("messages", []),
        "answer": body.get("answer", ""),
        "finish_reason": row.finish_reason,
        "ratings": [entry["rating"] for entry in entries if entry.get("rating") is not None],
        "corrections": [entry["correction"] for entry in entries if entry.get("correction")],
    }
    return json.dumps(told, sort_keys=True).encode("ascii") + b"\n"
