"""``tunewright audit erase``: what holds somebody's text, and what erasing it touches. Reads, and changes nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.erased import tag_of
from tunewright.core.errors import NotFoundError, UsageError
from tunewright.core.ports import PiiDetector, Progress, SilentProgress
from tunewright.core.types import Message, Origin, Record, Ref
from tunewright.data.copies import NEAR, Copy, CopyScan
from tunewright.data.erasable import FoundRow
from tunewright.data.personal import LEAST_TEXT, Personal, byte_forms
from tunewright.flows.erase_holders import Holders, find_holders
from tunewright.flows.erase_lookup import (
    SnapshotRows,
    SourceBytes,
    configured_sources,
    copy_of,
    recorded_sources,
)
from tunewright.registry import aliases
from tunewright.registry.lineage import EXAMPLES, split_row

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

KEY = "erasure"
"""name of the workspace's key that tags are made with"""
CERTAIN, COPY, UNDECIDED, KEPT = "certain", "copy", "undecided", "kept"
IDENTIFYING = (
    "card", "iban", "bank_account", "ssn", "national_id", "passport", "driving_licence", "medical_record", "email",
    "phone",
)  # fmt: skip
"""kinds of personal data that name one person"""
_REPLY = "a reply in the person's conversation"
_SHARED_BY = 3
"""a value that so many other persons' rows hold too is nobody's own (a hotline, the shop's address)"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom or what to erase: exactly one of the three."""

    subject: str = ""
    row: str = ""
    """``source#record``"""
    example: str = ""
    """an example's id, or 8 or more of its first digits"""

    @property
    def kind(self) -> str:
        """subject, row or example. Raises UsageError unless exactly one is given."""
        given = [name for name in ("subject", "row", "example") if getattr(self, name)]
        if len(given) != 1:
            raise UsageError(
                "say whom to erase: one of --subject, --row and --example", hint="for example --subject C0042"
            )
        return given[0]

    def tag(self, key: bytes) -> str:
        """The keyed digest under which the erasure is recorded."""
        return tag_of(key, self.kind, getattr(self, self.kind))


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A source row that is to go, or about which a person has to decide."""

    row: str
    """``source#record``"""
    group: str
    """certain: the person's own; copy: repeats it and is nobody else's; undecided: somebody else's; kept: decided so"""
    why: str
    example: str
    """id of the example made of it; empty for a row that gave none or is in no snapshot"""
    digest: str
    """SHA-256 of its original content"""


@dataclass(frozen=True, slots=True)
class PlannedSnapshot:
    """A snapshot with what is taken out of it."""

    snapshot: Ref
    examples: tuple[str, ...]
    """ids"""
    splits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PlannedModel:
    """A version that learned from it. Its weights remember until it is retrained."""

    model: Ref
    snapshot: Ref
    trained_on: int
    chosen_by: int
    serves_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErasePlan:
    """Everything an erasure touches."""

    kind: str
    tag: str
    rows: tuple[PlannedRow, ...]
    snapshots: tuple[PlannedSnapshot, ...]
    models: tuple[PlannedModel, ...]
    holders: Holders
    """exchanges, golden items, recorded answers, other files"""
    by_hand: tuple[str, ...]
    """what a person must do, since it lies outside"""
    notes: tuple[str, ...]
    wall_s: float
    found: Found = field(repr=False)

    def count(self, group: str) -> int:
        """Rows of one group."""
        return sum(1 for row in self.rows if row.group == group)


@dataclass(slots=True)
class Found:
    """What the plan rests on; not shown, since it holds the text."""

    personal: Personal
    rows: dict[tuple[str, str], PlannedRow] = field(default_factory=dict)
    """by source and locator"""
    ids: dict[str, set[str]] = field(default_factory=dict)
    """digest of the snapshot's record -> ids of the examples that go"""

    def goes(self, source: str, record: str) -> bool:
        """Whether this row is to be erased."""
        row = self.rows.get((source, record))
        return row is not None and row.group in (CERTAIN, COPY)


def plan(
    ws: Workspace,
    asked: Asked,
    *,
    detector: PiiDetector | None = None,
    exact: bool = False,
    keep: Sequence[str] = (),
    copies: str = "ask",
    near: float = NEAR,
    progress: Progress | None = None,
) -> ErasePlan:
    """Find everything. ``exact``: read every source as a build does, where a plan only parses rows that can be meant.

    keep: rows (``source#record``) that stay although they repeat the person; copies: ask, erase or keep those that are
    another person's. Raises NotFoundError when nobody of this name is there, UsageError for a wrong question.
    """
    started = time.perf_counter()
    job = _Job(ws, asked, detector, exact, frozenset(keep), copies, near, progress or SilentProgress())
    job.own()
    job.copies()
    found = job.found
    holders = find_holders(ws, found.personal, asked.subject, job.sources_inside())
    if not found.rows and not holders.any:
        raise _nobody(ws, asked)
    snapshots = job.snapshots()
    return ErasePlan(
        kind=asked.kind,
        tag=job.tag,
        rows=tuple(sorted(found.rows.values(), key=lambda row: (row.group, row.row))),
        snapshots=snapshots,
        models=_models(ws, snapshots),
        holders=holders,
        by_hand=(*job.outside, *_always()),
        notes=tuple(job.notes),
        wall_s=round(time.perf_counter() - started, 3),
        found=found,
    )


def _always() -> tuple[str, ...]:
    return (
        "copies of this workspace and of its sources: backups, other machines, what was exported or mailed",
    )


def _nobody(ws: Workspace, asked: Asked) -> NotFoundError:
    tag = asked.tag(ws.project.secret_key(KEY))
    before = ws.project.records.latest("erasure", tag[:16])
    if before is not None:
        return NotFoundError(
            "nothing of that name is left: it was erased before",
            hint=f"`tunewright audit erase --show {before.ref.name}` prints the proof of {before.ref}",
            erasure=str(before.ref),
        )
    return NotFoundError(
        f"nobody of that {asked.kind} is in this workspace",
        hint="names are those of the sources' subject column; `tunewright audit impact` looks in the same way",
    )


class _Job:
    """One planning."""

    def __init__(
        self,
        ws: Workspace,
        asked: Asked,
        detector: PiiDetector | None,
        exact: bool,
        keep: frozenset[str],
        copies: str,
        near: float,
        progress: Progress,
    ) -> None:
        self.tag = asked.tag(ws.project.secret_key(KEY))
        self.notes: list[str] = []
        self._ws, self._asked, self._detector, self._exact = ws, asked, detector, exact
        self._keep, self._copies, self._near, self._progress = keep, copies, near, progress
        self._snapshots = ws.project.records.find("snapshot")
        self._recorded = list(recorded_sources(ws.project))
        self._configured, self.outside = configured_sources(ws)
        self._examples: list[dict[str, Any]] = []
        self.found = Found(Personal((), ()))

    def own(self) -> None:
        """The person's own rows, in snapshots and sources; then their names and words."""
        with SnapshotRows(self._ws.project, self._snapshots) as files:
            self._examples = files.examples(*self._where())
            children = files.children(sorted({row["id"] for row in self._examples}))
        for row in self._examples:
            self._take(copy_of(row), CERTAIN, "the person's own")
        for row in children:
            self._take(copy_of(row), CERTAIN, "made from the person's own")
        own = {(row["source"], row["locator"]) for row in (*self._examples, *children)}
        said: list[Message] = []
        for row in (*self._examples, *children):
            said += [Message(m["role"], m["content"]) for m in row["messages"]]
        with self._progress.task("sources", len(self._sources())) as advance:
            for source in self._sources():
                for line in self._search(source, own):
                    self._take_row(line, CERTAIN)
                    # Who answers in the person's conversation says no words of theirs.
                    reply = line.why == _REPLY
                    said += [Message("assistant", m.content) if reply else m for m in line.messages]
                advance(1)
        self._said = said
        self.found.personal = Personal(self._names(said), [m.content for m in said if m.role == "user"])

    def _where(self) -> tuple[str, list[str]]:
        asked = self._asked
        if asked.kind == "subject":
            return "subject = ?", [asked.subject]
        if asked.kind == "example":
            return "id >= ? and id <= ?", [asked.example, asked.example + "g"]
        named = split_row(asked.row)
        if named is None:
            raise UsageError(f"{asked.row!r} names no source row", hint="write it as tickets.csv#T17")
        return "source = ? and locator = ?", list(named)

    def _search(self, source: SourceBytes, own: set[tuple[str, str]]) -> list[FoundRow]:
        subject = self._asked.subject
        wanted = {locator for name, locator in own if name == source.name}
        named = split_row(self._asked.row) if self._asked.row else None
        if named is not None and named[0] == source.name:
            wanted.add(named[1])
        if not subject and not wanted:
            return []

        def judge(origin: Origin, messages: Sequence[Message]) -> str:
            if subject:
                return "the person's own" if origin.subject == subject else ""
            return "the row that was named" if origin.locator in wanted else ""

        if subject and not self._exact:
            return source.scan(judge, list(byte_forms(subject)), _REPLY)
        return source.find(judge, _REPLY)

    def _names(self, said: Sequence[Message]) -> list[str]:
        """The id, and what a detector finds in their own words that names one person."""
        names = [self._asked.subject] if self._asked.subject else []
        texts = list(dict.fromkeys(m.content for m in said if m.role == "user"))
        if self._detector is not None and texts:
            for text, spans in zip(texts, self._detector.detect(texts), strict=True):
                names += [text[s.start : s.end] for s in spans if s.kind in IDENTIFYING]
        return list(dict.fromkeys(name.strip() for name in names if name.strip()))

    def copies(self) -> None:
        """Rows that repeat the person: in snapshots exactly and nearly, in sources word for word or by a name."""
        personal = self.found.personal
        own = frozenset(row.example for row in self.found.rows.values() if row.example)
        canned = [m.content for m in self._said if m.role != "user" and len(m.content) >= LEAST_TEXT]
        scan = CopyScan(personal, canned, self._near)
        copies: dict[str, list[Copy]] = {}
        for record in self._snapshots:
            path = self._ws.project.records.folder(record) / EXAMPLES
            if path.is_file():
                copies[record.ref.digest] = scan.scan(path, own, self._progress)
        holders = self._holders_of([copy for found in copies.values() for copy in found])
        shared = {name for name, subjects in holders.items() if len(subjects) >= _SHARED_BY}
        if shared:
            self.notes.append(
                f"{len(shared)} value(s) in the person's words are also in rows of {_SHARED_BY} or more others: "
                "taken for nobody's own"
            )
            kept = [name for name in personal.names if name not in shared]
            self.found.personal = Personal(kept, personal.texts)
        for found in copies.values():
            for copy in found:
                name = copy.name if copy.name not in shared else ""
                if name or copy.similarity:
                    self._take(copy, self._group(copy, name), _why(copy, name))
        self._twins()
        self._source_copies()
        # What was said to this person only is theirs too; what many were told is not.
        mine = [text for text in canned if scan.told.get(text, 0) <= self._own_count(text)]
        self.found.personal = Personal(self.found.personal.names, (*self.found.personal.texts, *mine))

    def _own_count(self, text: str) -> int:
        return sum(1 for row in self._examples if any(m["content"] == text for m in row["messages"]))

    @staticmethod
    def _holders_of(copies: Sequence[Copy]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for copy in copies:
            if copy.name:
                found.setdefault(copy.name, set()).add(copy.subject or copy.id)
        return found

    def _group(self, copy: Copy, name: str) -> str:
        """A row with the person's name in it, or one that is nobody else's, is the person's."""
        if name or not copy.subject or copy.subject == self._asked.subject:
            return COPY
        return {"erase": COPY, "keep": KEPT}.get(self._copies, UNDECIDED)

    def _twins(self) -> None:
        """Rows dropped as duplicates of what goes."""
        names = [row.row for row in self.found.rows.values() if row.group in (CERTAIN, COPY)]
        with SnapshotRows(self._ws.project, self._snapshots) as files:
            lines = files.twins(names)
        wanted = {(line["source"], line["record"]) for line in lines} - set(self.found.rows)
        if not wanted:
            return
        needles = [form for _, locator in sorted(wanted) for form in byte_forms(locator)]

        for source in self._sources():
            mine = {locator for name, locator in wanted if name == source.name}
            if not mine:
                continue

            def judge(origin: Origin, messages: Sequence[Message], mine: set[str] = mine) -> str:
                return "dropped as its duplicate" if origin.locator in mine else ""

            by_number = any(locator.isdigit() for locator in mine)
            found = source.find(judge, "") if self._exact or by_number else source.scan(judge, needles, "")
            for line in found:
                self._take_row(line, self._group_of(line))

    def _source_copies(self) -> None:
        """Rows of no snapshot (dropped, held, or not built yet) that hold a name or repeat the words."""
        personal = self.found.personal
        needles = personal.needles()
        if not needles:
            return
        texts = frozenset(personal.texts)

        def judge(origin: Origin, messages: Sequence[Message]) -> str:
            if any(personal.is_named(m.content) for m in messages):
                return "holds a name of the person"
            if any(m.content in texts for m in messages):
                return "the same words"
            return ""

        for source in self._sources():
            found = source.find(judge, "") if self._exact else source.scan(judge, needles, "")
            for line in found:
                self._take_row(line, self._group_of(line))

    def _group_of(self, line: FoundRow) -> str:
        copy = Copy(line.example, "", "", line.origin.subject, "", "", 1.0, "")
        name = "named" if any(self.found.personal.is_named(m.content) for m in line.messages) else ""
        return self._group(copy, name)

    def _take(self, copy: Copy, group: str, why: str) -> None:
        self._add(copy.source, copy.locator, group, why, copy.id, copy.digest)

    def _take_row(self, line: FoundRow, group: str) -> None:
        origin = line.origin
        self._add(origin.source, origin.locator, group, line.why, line.example, origin.digest)

    def _add(self, source: str, locator: str, group: str, why: str, example: str, digest: str) -> None:
        key = (source, locator)
        if f"{source}#{locator}" in self._keep and group != CERTAIN:
            group = KEPT
        before = self.found.rows.get(key)
        if before is None or (before.group != CERTAIN and group == CERTAIN):
            self.found.rows[key] = PlannedRow(f"{source}#{locator}", group, why, example, digest)

    def _sources(self) -> list[SourceBytes]:
        """Distinct bytes: what the configuration names and what is recorded are often the same file."""
        seen: set[tuple[object, ...]] = set()
        found = []
        for source in (*(item for _, item in self._recorded), *self._configured):
            key = (source.name, source.options.form, *sorted(source.digests.items()))
            if source.files and key not in seen:
                seen.add(key)
                found.append(source)
        return found

    def sources_inside(self) -> frozenset[Path]:
        """Files of the workspace that are sources, and so are rewritten row by row."""
        return frozenset(path.resolve() for source in self._configured for path in source.files.values())

    def snapshots(self) -> tuple[PlannedSnapshot, ...]:
        """The examples that go, snapshot by snapshot."""
        going = {
            row.example for row in self.found.rows.values() if row.example and row.group in (CERTAIN, COPY)
        }
        if not going:
            return ()
        with SnapshotRows(self._ws.project, self._snapshots) as files:
            lines = files.examples("id in (select unnest(?))", [sorted(going)])
        table: dict[str, tuple[Record, list[str], dict[str, int]]] = {}
        for line in lines:
            record: Record = line["snapshot"]
            _, ids, splits = table.setdefault(record.ref.digest, (record, [], {}))
            ids.append(line["id"])
            splits[line["split"]] = splits.get(line["split"], 0) + 1
        self.found.ids = {digest: set(ids) for digest, (_, ids, _) in table.items()}
        return tuple(
            PlannedSnapshot(record.ref, tuple(sorted(ids)), splits) for record, ids, splits in table.values()
        )


def _why(copy: Copy, name: str) -> str:
    if name:
        return "holds a name of the person"
    return "the same words" if copy.similarity >= 1 else f"nearly the same words ({copy.similarity:.2f})"


def _models(ws: Workspace, snapshots: Sequence[PlannedSnapshot]) -> tuple[PlannedModel, ...]:
    with ws.project.reader() as connection:
        placed = aliases.all_current(connection)
    found = []
    for item in snapshots:
        learned = (item.splits.get("train", 0), item.splits.get("validation", 0))
        for ref in ws.project.records.downstream(item.snapshot):
            if ref.kind == "model" and any(learned):
                serves = tuple(alias.environment for alias in placed if alias.digest == ref.digest)
                found.append(PlannedModel(ref, item.snapshot, *learned, serves))
    return tuple(found)


__all__ = ["Asked", "ErasePlan", "Found", "PlannedModel", "PlannedRow", "PlannedSnapshot", "plan"]
