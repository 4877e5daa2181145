"""Find what is somebody's: their own rows, their names, and the rows of others that repeat their words or hold a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.erased import tag_of
from tunewright.core.errors import UsageError
from tunewright.core.ports import PiiDetector, Progress
from tunewright.core.types import Message, Origin, Record, Ref
from tunewright.data.copies import CopyScan
from tunewright.data.erasable import FoundRow
from tunewright.data.personal import LEAST_TEXT, Personal, byte_forms
from tunewright.flows.erase_lookup import (
    ReadRows,
    SnapshotRows,
    SourceBytes,
    configured_sources,
    recorded_sources,
)
from tunewright.registry.lineage import split_row
from tunewright.registry.lookup_index import EXAMPLES

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
OWN, NAMED_ROW, CHILD, REPLY, TWIN, NAMED, SAME = (
    "the person's own",
    "the row that was named",
    "made from the person's own",
    "a reply in the person's conversation",
    "dropped as its duplicate",
    "holds a name of the person",
    "the same words",
)
_SHARED_BY = 5
"""a value that rows of so many other persons hold too is nobody's own (a hotline, the shop's address)"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom or what to erase: exactly one of subject, row and example."""

    subject: str = ""
    row: str = ""
    """``source#record``"""
    example: str = ""
    """an example's id, or 8 or more of its first digits"""
    also: tuple[str, ...] = ()
    """other names of the same person, such as a mail address under which another source knows them"""

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
        return tag_of(key, self.kind, str(getattr(self, self.kind)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked, and how to decide."""

    asked: Asked
    exact: bool
    keep: frozenset[str]
    copies: str
    near: float


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


@dataclass(slots=True)
class Found:
    """What the plan rests on; not shown, since it holds the text."""

    personal: Personal
    names: tuple[str, ...] = ()
    """values of a subject column or of an exchange's user that are this person"""
    rows: dict[tuple[str, str], PlannedRow] = field(default_factory=dict)
    """by source and locator"""
    ids: dict[str, set[str]] = field(default_factory=dict)
    """digest of the snapshot's record -> ids of the examples that go"""
    read: ReadRows = field(default_factory=dict)
    """sources that were read whole"""

    def goes(self, source: str, record: str) -> bool:
        """Whether this row is to be erased."""
        row = self.rows.get((source, record))
        return row is not None and row.group in (CERTAIN, COPY)


@dataclass(frozen=True, slots=True)
class _Hit:
    """A row of somebody else that repeats the person."""

    source: str
    locator: str
    subject: str
    digest: str
    example: str
    similarity: float
    names: tuple[str, ...]


class Search:
    """One search."""

    def __init__(
        self, ws: Workspace, wanted: Wanted, detector: PiiDetector | None, progress: Progress
    ) -> None:
        asked = wanted.asked
        self.tag = asked.tag(ws.project.secret_key(KEY))
        self.notes: list[str] = []
        self._ws, self._asked, self._wanted = ws, asked, wanted
        self._detector, self._progress = detector, progress
        self._snapshots = ws.project.records.find("snapshot")
        self._recorded = list(recorded_sources(ws.project))
        self._configured, self.outside = configured_sources(ws)
        self._said: list[Message] = []
        self.found = Found(Personal((), ()))
        self.found.names = tuple(dict.fromkeys(name for name in (asked.subject, *asked.also) if name))

    def run(self) -> None:
        """Own rows, names, copies, duplicates."""
        self._own()
        self._copies()
        self._twins()
        self._leave_kept()

    # Their own

    def _own(self) -> None:
        with SnapshotRows(self._ws.project, self._snapshots) as files:
            rows = [row for where, values in self._where() for row in files.examples(where, values)]
            children = files.children(sorted({row["id"] for row in rows}))
        said: list[Message] = []
        for why, lines in ((OWN, rows), (CHILD, children)):
            for row in lines:
                self._add(row["source"], row["locator"], CERTAIN, why, row["id"], row["origin_digest"])
                said += [Message(m["role"], m["content"]) for m in row["messages"]]
        own = {(row["source"], row["locator"]) for row in (*rows, *children)}
        sources = self._sources()
        with self._progress.task("sources", len(sources)) as advance:
            for source in sources:
                for line in self._own_rows(source, own):
                    self._take(line, CERTAIN)
                    # Who answers in the person's conversation says no words of theirs.
                    reply = line.why == REPLY
                    said += [Message("assistant", m.content) if reply else m for m in line.messages]
                advance(1)
        self._said = said
        texts = [m.content for m in said if m.role == "user"]
        self.found.personal = Personal([*self.found.names, *self._detected(said)], texts)

    def _where(self) -> list[tuple[str, list[Any]]]:
        asked = self._asked
        found: list[tuple[str, list[Any]]] = []
        if self.found.names:
            found.append(("subject in (select unnest(?))", [list(self.found.names)]))
        if asked.kind == "example":
            found.append(("id >= ? and id <= ?", [asked.example, asked.example + "g"]))
        if asked.kind == "row":
            found.append(("source = ? and locator = ?", list(self._named_row())))
        return found

    def _named_row(self) -> tuple[str, str]:
        named = split_row(self._asked.row)
        if named is None:
            raise UsageError(f"{self._asked.row!r} names no source row", hint="write it as tickets.csv#T17")
        return named

    def _own_rows(self, source: SourceBytes, own: set[tuple[str, str]]) -> list[FoundRow]:
        names = frozenset(self.found.names)
        wanted = {locator for name, locator in own if name == source.name}
        by_place = self._asked.kind != "subject"
        if self._asked.kind == "row" and self._named_row()[0] == source.name:
            wanted.add(self._named_row()[1])
        if not names and not (by_place and wanted):
            return []

        def judge(origin: Origin, messages: Sequence[Message]) -> str:
            if origin.subject in names:
                return OWN
            return NAMED_ROW if by_place and origin.locator in wanted else ""

        if by_place and wanted:
            return source.find(judge, REPLY, self._kept_rows())
        return self._look(source, judge, [form for name in names for form in byte_forms(name)], REPLY)

    def _look(self, source: SourceBytes, judge: Any, needles: Iterable[bytes], about: str) -> list[FoundRow]:
        if self._wanted.exact:
            return source.find(judge, about, self.found.read)
        return source.scan(judge, list(needles), about)

    def _kept_rows(self) -> ReadRows | None:
        """Where rows that were read are kept: an execution asks for them several times."""
        return self.found.read if self._wanted.exact else None

    def _detected(self, said: Sequence[Message]) -> list[str]:
        """What a detector finds in their own words that names one person."""
        texts = list(dict.fromkeys(m.content for m in said if m.role == "user"))
        if self._detector is None or not texts:
            return []
        names = [
            text[span.start : span.end].strip()
            for text, spans in zip(texts, self._detector.detect(texts), strict=True)
            for span in spans
            if span.kind in IDENTIFYING
        ]
        return list(dict.fromkeys(name for name in names if name))

    # Others

    def _copies(self) -> None:
        personal = self.found.personal
        canned = [m.content for m in self._said if m.role != "user" and len(m.content) >= LEAST_TEXT]
        scan = CopyScan(personal, canned, self._wanted.near)
        own = frozenset(row.example for row in self.found.rows.values() if row.group == CERTAIN)
        hits: dict[tuple[str, str], _Hit] = {}
        for record in self._snapshots:
            path = self._ws.project.records.folder(record) / EXAMPLES
            for copy in scan.scan(path, own, self._progress) if path.is_file() else ():
                hit = _Hit(
                    copy.source, copy.locator, copy.subject, copy.digest, copy.id, copy.similarity, copy.names
                )
                hits[copy.source, copy.locator] = _merged(hit, hits.get((copy.source, copy.locator)))
        for line in self._in_sources(personal):
            origin = line.origin
            told = (origin.subject, *(m.content for m in line.messages))
            names = {name for text in told for name in personal.named(text)}
            same = 1.0 if any(m.content in personal.texts for m in line.messages) else 0.0
            hit = _Hit(
                origin.source, origin.locator, origin.subject, origin.digest, line.example, same, tuple(names)
            )
            hits[origin.source, origin.locator] = _merged(hit, hits.get((origin.source, origin.locator)))
        self._judge([hit for key, hit in hits.items() if not self._is_own(key)])
        # What was said to this person only is theirs too; what many were told is not.
        mine = [text for text in canned if scan.told.get(text, 0) <= self._times(text)]
        self.found.personal = Personal(self.found.personal.names, [*self.found.personal.texts, *mine])

    def _is_own(self, key: tuple[str, str]) -> bool:
        row = self.found.rows.get(key)
        return row is not None and row.group == CERTAIN

    def _times(self, text: str) -> int:
        """In how many examples of snapshots that go the text stands: no fewer than the person was told it."""
        return sum(1 for m in self._said if m.content == text) * max(1, len(self._snapshots))

    def _in_sources(self, personal: Personal) -> list[FoundRow]:
        """Rows, also of no snapshot (dropped, held, or not built yet), that hold a name or repeat the words."""
        needles = personal.needles()
        texts = frozenset(personal.texts)

        def judge(origin: Origin, messages: Sequence[Message]) -> str:
            if personal.is_named(origin.subject) or any(personal.is_named(m.content) for m in messages):
                return NAMED
            return SAME if any(m.content in texts for m in messages) else ""

        if not needles:
            return []
        return [line for source in self._sources() for line in self._look(source, judge, needles, "")]

    def _judge(self, hits: Sequence[_Hit]) -> None:
        """Which names are the person's alone, and what becomes of every row."""
        mine = frozenset(self.found.names)
        holders: dict[str, set[str]] = {}
        for hit in hits:
            for name in hit.names:
                if hit.subject and hit.subject not in mine:
                    holders.setdefault(name, set()).add(hit.subject)
        personal = self.found.personal
        shared = {
            name
            for name, subjects in holders.items()
            if name not in mine and (len(subjects) >= _SHARED_BY or self._wanted.copies == "keep")
        }
        if shared:
            self.notes.append(
                f"{len(shared)} value(s) in the person's words stand in rows of others too and are left there; "
                "name one that is theirs with --also"
            )
        self.found.personal = Personal([n for n in personal.names if n not in shared], personal.texts)
        for hit in hits:
            names = [name for name in hit.names if name not in shared]
            if names or hit.similarity:
                why = NAMED if names else _near(hit.similarity)
                self._add(hit.source, hit.locator, self._group(hit.subject), why, hit.example, hit.digest)

    def _group(self, subject: str) -> str:
        """A row that is nobody else's goes; about another person's row a person decides."""
        if not subject or subject in self.found.names:
            return COPY
        return {"erase": COPY, "keep": KEPT}.get(self._wanted.copies, UNDECIDED)

    def _twins(self) -> None:
        """Rows dropped as duplicates of what goes."""
        names = [row.row for row in self.found.rows.values() if row.group in (CERTAIN, COPY)]
        with SnapshotRows(self._ws.project, self._snapshots) as files:
            lines = files.twins(names)
        wanted = {(line["source"], line["record"]) for line in lines} - set(self.found.rows)
        for source in self._sources():
            mine = {locator for name, locator in wanted if name == source.name}
            if not mine:
                continue

            def judge(origin: Origin, messages: Sequence[Message], mine: set[str] = mine) -> str:
                return TWIN if origin.locator in mine else ""

            if any(locator.isdigit() or "~" in locator for locator in mine):
                found = source.find(judge, "", self._kept_rows())
            else:
                found = self._look(source, judge, [form for text in mine for form in byte_forms(text)], "")
            for line in found:
                self._take(line, self._group(line.origin.subject))

    def _leave_kept(self) -> None:
        """Words that stay, since they are another person's too, are no longer looked for."""
        kept = sorted(row.example for row in self.found.rows.values() if row.group == KEPT and row.example)
        if not kept:
            return
        with SnapshotRows(self._ws.project, self._snapshots) as files:
            lines = files.examples("id in (select unnest(?))", [kept])
        said = {m["content"] for line in lines for m in line["messages"]}
        personal = self.found.personal
        self.found.personal = Personal(personal.names, [text for text in personal.texts if text not in said])

    def _take(self, line: FoundRow, group: str) -> None:
        origin = line.origin
        self._add(origin.source, origin.locator, group, line.why, line.example, origin.digest)

    def _add(self, source: str, locator: str, group: str, why: str, example: str, digest: str) -> None:
        key = (source, locator)
        if f"{source}#{locator}" in self._wanted.keep and group != CERTAIN:
            group = KEPT
        before = self.found.rows.get(key)
        if before is None or (before.group != CERTAIN and group == CERTAIN):
            self.found.rows[key] = PlannedRow(f"{source}#{locator}", group, why, example, digest or "")

    def _sources(self) -> list[SourceBytes]:
        """Distinct bytes: what the configuration names and what is recorded are often the same file."""
        seen: set[tuple[object, ...]] = set()
        found = []
        for source in (*(item for _, item in self._recorded), *self._configured):
            if source.files and source.key not in seen:
                seen.add(source.key)
                found.append(source)
        return found

    def sources_inside(self) -> frozenset[Path]:
        """Files of the workspace that are sources, and so are rewritten row by row."""
        return frozenset(path.resolve() for source in self._configured for path in source.files.values())

    def snapshots(self) -> tuple[PlannedSnapshot, ...]:
        """The examples that go, snapshot by snapshot."""
        rows = self.found.rows.values()
        going = {row.example for row in rows if row.example and row.group in (CERTAIN, COPY)}
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


def _merged(hit: _Hit, other: _Hit | None) -> _Hit:
    if other is None:
        return hit
    names = tuple(dict.fromkeys((*hit.names, *other.names)))
    return _Hit(
        hit.source,
        hit.locator,
        hit.subject or other.subject,
        hit.digest or other.digest,
        hit.example or other.example,
        max(hit.similarity, other.similarity),
        names,
    )


def _near(similarity: float) -> str:
    return SAME if similarity >= 1 else f"nearly the same words ({similarity:.2f})"
