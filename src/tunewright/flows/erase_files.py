"""Write the files that take the place of those with erased text: sources, snapshots, reports, recorded answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tunewright.core.erased import ERASED, TEXT, mark, stand_in
from tunewright.core.errors import DataError
from tunewright.data.erasable import WHOLE, FoundRow, numbered, stub_of
from tunewright.data.options import SourceOptions
from tunewright.data.personal import Personal
from tunewright.data.scrub import (
    json_spans,
    overwrite,
    place_spans,
    replaced_rows,
    rewrite_archive,
    rewrite_rows,
    slack_stub,
)
from tunewright.data.sources import Member, container_of
from tunewright.data.sources.slack import export_members
from tunewright.data.sources.tree import opened_tree
from tunewright.data.tombstones import (
    blank_report,
    bury_examples,
    bury_outcomes,
    rewrite_parquet,
    write_report_again,
)

Staged = Mapping[str, Path]
"""name of a file in its source or record -> the new file"""


class Stage:
    """New files under numbers, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0

    def next(self, ending: str = "") -> Path:
        """A path for another file; the ending tells readers what it is."""
        self._count += 1
        return self.folder / f"{self._count:05d}{ending}"


def scrub_source(
    files: Mapping[str, Path],
    options: SourceOptions,
    rows: Sequence[FoundRow],
    tag: str,
    is_personal: Callable[[str], bool],
    stage: Stage,
) -> dict[str, Path]:
    """Write those files of a source that hold one of the rows without it. Raises DataError where a person must do it."""
    if options.form not in WHOLE:
        return _scrub_rows(files, options, rows, tag, is_personal, stage)
    name, path = next(iter(files.items()))
    if len(files) == 1 and name.lower().endswith(".zip"):
        with opened_tree(path, name) as members:
            changes = _changes(members, options, rows, tag, name)
        target = stage.next(".zip")
        with target.open("wb") as out:
            rewrite_archive(path, out, changes)
        return {name: target} if changes else {}
    members = tuple(Member(n, _opener(p), p.stat().st_size) for n, p in sorted(files.items()))
    made = {}
    for inside, change in _changes(members, options, rows, tag, name).items():
        target = stage.next()
        target.write_bytes(change(files[inside].read_bytes()))
        made[inside] = target
    return made


def _opener(path: Path) -> Callable[[], Any]:
    return lambda: path.open("rb")


def _scrub_rows(
    files: Mapping[str, Path],
    options: SourceOptions,
    rows: Sequence[FoundRow],
    tag: str,
    is_personal: Callable[[str], bool],
    stage: Stage,
) -> dict[str, Path]:
    """Files of rows; a source read in parts counts its rows through all of them."""
    made: dict[str, Path] = {}
    members = [Member(name, _opener(path), path.stat().st_size) for name, path in sorted(files.items())]
    values = numbered(members, [row.number for row in rows])
    stubs = {number: stub_of(value, options, tag, is_personal) for number, value in values.items()}
    before = 0
    for member in members:
        count = _count_rows(member) if len(members) > 1 else max(stubs, default=0)
        mine = {number - before: stub for number, stub in stubs.items() if before < number <= before + count}
        before += count
        if mine:
            target = stage.next()
            with target.open("wb") as out:
                rewrite_rows(member, out, mine)
            made[member.name] = target
    return made


def _count_rows(member: Member) -> int:
    from tunewright.data.sources.containers import rows_in

    return sum(1 for _ in rows_in(member))


def _changes(
    members: Sequence[Member], options: SourceOptions, rows: Sequence[FoundRow], tag: str, name: str
) -> dict[str, Callable[[bytes], bytes]]:
    """File -> what takes the rows out of its bytes."""
    if options.form == "slack":
        return _slack_changes(members, rows, tag, name)
    spans: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        found = place_spans(row.origin.locator)
        if not found:
            raise by_hand(row.origin.locator.partition("#")[0] or name)
        for file, ranges in found.items():
            spans.setdefault(file, []).extend(ranges)
    return {file: _overwriting(ranges, file, mark(tag)) for file, ranges in spans.items()}


def by_hand(file: str) -> DataError:
    """The refusal for a form in which no row can be overwritten (PDF, DOCX, HTML)."""
    return DataError(
        f"a row of {file} is to be erased, and this kind of document cannot be rewritten",
        hint="remove or edit the document, run `tunewright data build`, then erase again",
        file=file,
    )


def _overwriting(spans: list[tuple[int, int]], file: str, text: str) -> Callable[[bytes], bytes]:
    return lambda data: overwrite(data, spans, file, text)


def _slack_changes(
    members: Sequence[Member], rows: Sequence[FoundRow], tag: str, name: str
) -> dict[str, Callable[[bytes], bytes]]:
    gone = {row.origin.locator for row in rows}
    changes: dict[str, Callable[[bytes], bytes]] = {}
    for channel, member in export_members(members, name):
        prefix, stem = (f"{channel}/", f"{Path(member.name).stem}:") if channel else ("", "")

        def is_gone(number: int, value: Any, prefix: str = prefix, stem: str = stem) -> bool:
            ts = value.get("ts") if isinstance(value, dict) else None
            return prefix + (ts if isinstance(ts, str) and ts else f"{stem}{number}") in gone

        changes[member.name] = _without_messages(is_gone, mark(tag))
    return changes


def _without_messages(is_gone: Callable[[int, Any], bool], text: str) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        told = data.decode("utf-8", "surrogateescape")
        parts, kept = [], 0
        for number, (start, end) in enumerate(json_spans(told), 1):
            value = json.loads(told[start:end])
            if is_gone(number, value):
                parts += [told[kept:start], json.dumps(slack_stub(value, text), ensure_ascii=False)]
                kept = end
        return "".join([*parts, told[kept:]]).encode("utf-8", "surrogateescape")

    return change


def scrub_snapshot(
    folder: Path,
    stage: Stage,
    *,
    ids: frozenset[str],
    tag: str,
    goes: Callable[[str, str], bool],
    personal: Personal,
) -> dict[str, Path]:
    """New examples, outcomes and report of a snapshot, of those that change."""

    def renamed(source: str, record: str) -> str:
        return stand_in(record, tag) if goes(source, record) and personal.is_named(record) else record

    def locator(text: str) -> str:
        return stand_in(text, tag) if personal.is_named(text) else text

    def is_gone(source: str, record: str, example: str) -> bool:
        return example in ids or goes(source, record)

    made: dict[str, Path] = {}
    examples, outcomes = stage.next(".parquet"), stage.next(".parquet")
    if ids and bury_examples(folder / "examples.parquet", examples, ids, tag, locator):
        made["examples.parquet"] = examples
    if (folder / "outcomes.parquet").is_file() and bury_outcomes(
        folder / "outcomes.parquet", outcomes, is_gone, renamed
    ):
        made["outcomes.parquet"] = outcomes
    if (folder / "report.json").is_file():
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        blank = personal.blanked(blank_report(report, goes, renamed))
        if blank != report:
            made["report.json"], made["report.html"] = stage.next(".json"), stage.next(".html")
            write_report_again(blank, made["report.json"], made["report.html"])
    for path in (examples, outcomes):
        if path not in made.values():
            path.unlink(missing_ok=True)
    return made


def scrub_file(path: Path, stage: Stage, personal: Personal) -> Path:
    """Any other file without names and words: Parquet and JSON by values, pages by their text, the rest by its bytes."""
    target = stage.next(path.suffix)
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        rewrite_parquet(path, target, _cells(personal))
    elif suffix in (".html", ".htm"):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        target.write_text(personal.page_without(text), encoding="utf-8", errors="surrogateescape")
    elif suffix == ".json":
        value = json.loads(path.read_text(encoding="utf-8"))
        text = json.dumps(personal.blanked(value), ensure_ascii=False, indent=1, sort_keys=True)
        target.write_text(text + "\n", encoding="utf-8")
    elif suffix == ".jsonl":
        _json_lines(path, target, personal)
    else:
        data = path.read_bytes()
        for needle in sorted(personal.needles(), key=len, reverse=True):
            data = data.replace(needle, TEXT.encode())
        target.write_bytes(data)
    return target


def _json_lines(path: Path, target: Path, personal: Personal) -> None:
    with path.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        for line in lines:
            try:
                value = json.loads(line)
            except ValueError:
                out.write(personal.without(line))
                continue
            blank = personal.blanked(value)
            out.write(line if blank == value else json.dumps(blank, ensure_ascii=False) + "\n")


def _cells(personal: Personal) -> Callable[[Any], dict[int, dict[str, Any]]]:
    def change(table: Any) -> dict[int, dict[str, Any]]:
        found = {}
        for at, row in enumerate(table.to_pylist()):
            blank = {name: personal.blanked(value) for name, value in row.items()}
            if blank != row:
                found[at] = blank
        return found

    return change


def scrub_rows_file(path: Path, name: str, numbers: Iterable[int], tag: str, stage: Stage) -> Path:
    """A golden set without these items."""
    target = stage.next()
    member = Member(name, _opener(path), path.stat().st_size)
    with target.open("wb") as out:
        rewrite_rows(member, out, {number: {"tunewright_erased": mark(tag)} for number in numbers})
    return target


__all__ = [
    "ERASED", "Stage", "by_hand", "container_of", "replaced_rows", "scrub_file", "scrub_rows_file", "scrub_snapshot",
    "scrub_source",
]  # fmt: skip
