"""Mail: an mbox, EML files, or a folder or archive of them. A message and the first answer to it are one example, or the
whole thread in the order of time.

Threads follow Message-ID, In-Reply-To and References (RFC 5322). Quoted text and signatures are left out of a turn. A
message without an answer is dropped as ``no_reply``; an answer is dropped as ``thread_reply`` and names the message it
belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from email import policy
from email.message import Message as LetterPart
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import PurePosixPath

from tunewright.core.erased import ERASED, is_mark
from tunewright.core.errors import DataError
from tunewright.core.types import Message
from tunewright.data.sources.hypertext import read_html
from tunewright.data.sources.lines import UnreadableDocument
from tunewright.data.sources.model import Piece
from tunewright.data.sources.tree import Member
from tunewright.data.sources.turns import conversation

MAX_MAIL_BYTES = 32 * 1024 * 1024
"""One message with its attachments."""
ENDINGS = (".mbox", ".eml")
_ID = re.compile(r"<[^<>\s]{1,998}>")
_WROTE = re.compile(
    r"^(?:on|am|le|el|il|op)\b.{4,200}(?:wrote|schrieb|écrit|escribió|ha scritto|schreef).{0,120}:\s*$", re.I
)
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_ORIGINAL = re.compile(
    r"^-{2,}\s*(?:original message|ursprüngliche nachricht|forwarded message)\s*-{2,}\s*$", re.I
)


@dataclass(frozen=True, slots=True)
class _Letter:
    """What threading needs of one message; its text is read again when it is needed."""

    member: int
    start: int
    end: int
    id: str
    parent: str
    root: str
    sender: str
    sent: str
    problem: str = ""


def read_mail(members: Sequence[Member], name: str, turns: str = "first") -> Iterator[Piece]:
    """All messages in the order of files and of places in them; ``turns``: ``first`` or ``all`` of a thread.

    Raises DataError for a file that is no mail.
    """
    return _Mailbox(members, name, turns).pieces()


class _Mailbox:
    """The threads of one source's messages."""

    def __init__(self, members: Sequence[Member], name: str, turns: str) -> None:
        self._members = members
        self._letters = [letter for at, member in enumerate(members) for letter in _letters(at, member, name)]
        self._known: dict[str, _Letter] = {}
        for letter in self._letters:
            if letter.id:
                self._known.setdefault(letter.id, letter)
        self._whole = turns == "all"
        self._answers = self._later_letters() if self._whole else self._first_answers()
        self._places: dict[tuple[int, int], str] = {}

    def _first_answers(self) -> dict[str, list[_Letter]]:
        """Message id -> the first reply to it by somebody else."""
        found: dict[str, list[_Letter]] = {}
        for letter in sorted(self._letters, key=lambda item: item.sent):
            asked = self._asked(letter)
            if asked is not None and asked.sender != letter.sender and not letter.problem:
                found.setdefault(asked.id, [letter])
        return found

    def _later_letters(self) -> dict[str, list[_Letter]]:
        """Id of the message that begins a thread -> all that follow in it, by the time they were sent."""
        found: dict[str, list[_Letter]] = {}
        for letter in sorted(self._letters, key=lambda item: item.sent):
            start = self._start(letter)
            if start is not letter and not letter.problem:
                found.setdefault(start.id, []).append(letter)
        return found

    def _start(self, letter: _Letter) -> _Letter:
        """The message that begins its thread, as far as the messages are here."""
        seen = {letter.id}
        while (asked := self._asked(letter)) is not None and asked.id not in seen:
            seen.add(asked.id)
            letter = asked
        return letter

    def pieces(self) -> Iterator[Piece]:
        """One a message."""
        for letter in self._letters:
            yield self._piece(letter)

    def _asked(self, letter: _Letter) -> _Letter | None:
        """The message this one replies to, where it is here."""
        asked = self._known.get(letter.parent)
        return asked if asked is not letter else None

    def _piece(self, letter: _Letter) -> Piece:
        where = self._where([letter])
        if letter.problem:
            return Piece(where, (), reason=letter.problem, hint="remove that message")
        about = {"received_at": letter.sent, "subject": letter.sender, "thread": letter.root}
        text, reason = _text(self._members, letter)
        if reason or is_mark(text):
            return Piece(where, (), reason=reason or ERASED, **about)
        asked = self._asked(letter)
        if asked is not None:
            of = self._place_of(self._start(letter) if self._whole else asked)
            return Piece(where, (Message("user", text),), reason="thread_reply", of=of, **about)
        where, turns = self._conversation(letter)
        self._places[letter.start, letter.member] = where
        return Piece(where, turns, reason="" if len(turns) > 1 else "no_reply", **about)

    def _place_of(self, start: _Letter) -> str:
        """The locator of the example a reply belongs to."""
        key = (start.start, start.member)
        if key not in self._places:
            self._places[key] = self._conversation(start)[0]
        return self._places[key]

    def _conversation(self, start: _Letter) -> tuple[str, tuple[Message, ...]]:
        """Place and turns of the thread that ``start`` begins; only its own where nobody answers."""
        begins = self._asked(start) is None and self._known.get(start.id) is start
        letters = [start, *(self._answers.get(start.id, ()) if begins else ())]
        spoken = [(letter, text) for letter in letters if (text := _text(self._members, letter)[0])]
        turns, used = conversation((letter.sender, text) for letter, text in spoken)
        if not turns or spoken[0][0] is not start:
            own = tuple(Message("user", text) for letter, text in spoken if letter is start)
            return self._where([start]), own
        return self._where([letter for letter, _ in spoken[:used]]), turns

    def _where(self, letters: Sequence[_Letter]) -> str:
        """The places of some messages as one locator."""
        text, before = "", None
        for letter in letters:
            if before is not None and before.member == letter.member:
                text += f",{letter.start}-{letter.end}"
            else:
                text += ("+" if text else "") + self._place(letter)
            before = letter
        return text

    def _place(self, letter: _Letter) -> str:
        return f"{self._members[letter.member].name}#bytes={letter.start}-{letter.end}"


def _letters(at: int, member: Member, name: str) -> Iterator[_Letter]:
    ending = PurePosixPath(member.name.lower()).suffix
    if ending not in ENDINGS:
        raise DataError(
            f"{name}: {member.name} is no mail file",
            hint=f"mail files end in {' or '.join(ENDINGS)}",
            file=name,
        )
    with member.open() as stream:
        if ending == ".eml":
            data = stream.read(MAX_MAIL_BYTES + 1)
            yield _headers(at, 0, min(len(data), MAX_MAIL_BYTES), data)
            return
        start = here = 0
        kept: list[bytes] = []
        size = 0
        blank = True
        while line := stream.readline(1 << 16):
            if blank and line.startswith(b"From ") and here > start:
                yield _headers(at, start, here, b"".join(kept), size)
                start, kept, size = here, [], 0
            elif here == 0 and not line.startswith(b"From "):
                raise DataError(
                    f"{name}: {member.name}:1 does not begin a message with `From `",
                    hint="export the mailbox as mbox, or name a single message `.eml`",
                    file=name,
                    line=1,
                )
            blank = line in (b"\n", b"\r\n")
            here += len(line)
            size += len(line)
            if size <= MAX_MAIL_BYTES:
                kept.append(line)
        if here > start:
            yield _headers(at, start, here, b"".join(kept), size)


def _headers(at: int, start: int, end: int, data: bytes, size: int = 0) -> _Letter:
    if max(size, len(data)) > MAX_MAIL_BYTES:
        return _Letter(at, start, end, "", "", "", "", "", "too_large")
    head = re.split(rb"\r?\n\r?\n", _without_from(data), maxsplit=1)[0]
    try:
        parsed = BytesHeaderParser(policy=policy.compat32).parsebytes(head)
        own = _ids(parsed.get("Message-ID"))
        above = _ids(parsed.get("References"))
        parent = (_ids(parsed.get("In-Reply-To")) or above[-1:] or [""])[0]
        sender = parseaddr(str(parsed.get("From", "")))[1].lower()
        sent = _time(str(parsed.get("Date", "")))
    except (ValueError, TypeError, LookupError, IndexError, RecursionError):
        return _Letter(at, start, end, "", "", "", "", "", "invalid_headers")
    identity = own[0] if own else ""
    return _Letter(at, start, end, identity, parent, (above or [parent or identity])[0], sender, sent)


def _ids(value: object) -> list[str]:
    return _ID.findall(str(value))[:200] if value is not None else []


def _time(text: str) -> str:
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, TypeError, OverflowError, IndexError):
        return ""


def _without_from(data: bytes) -> bytes:
    """The message without the line by which an mbox announces it."""
    return data.partition(b"\n")[2] if data.startswith(b"From ") else data


def _text(members: Sequence[Member], letter: _Letter) -> tuple[str, str]:
    """(what its writer wrote, reason when that is nothing)."""
    with members[letter.member].open() as stream:
        stream.seek(letter.start)
        raw = stream.read(letter.end - letter.start)
    data = _without_from(raw)
    if data is not raw:
        data = _ESCAPED.sub(rb"\1", data)  # mboxrd: a line that began with `From ` got one `>` more
    try:
        # compat32: the modern policy parses every header into objects, which takes five times as long.
        parts = list(_parts(BytesParser(policy=policy.compat32).parsebytes(data)))
        plain = next((part for part in parts if _is_body(part, "text/plain")), None)
        body = plain or next((part for part in parts if _is_body(part, "text/html")), None)
        if body is None:
            return "", "no_text"
        text = _decoded(body)
        if plain is None:
            text = "\n".join(line.text for line in read_html(text.encode("utf-8", "replace")).lines)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, UnreadableDocument):
        return "", "damaged"
    written = own_words(text)
    return written, "" if written else "no_text"


def _parts(message: LetterPart) -> Iterator[LetterPart]:
    """The parts of a message; an attached message is one part, its words are not this writer's."""
    if message.get_content_maintype() != "multipart":
        yield message
        return
    for part in message.get_payload():
        if isinstance(part, LetterPart):
            yield from _parts(part)


def _is_body(part: LetterPart, kind: str) -> bool:
    return part.get_content_type() == kind and part.get_content_disposition() != "attachment"


def _decoded(part: LetterPart) -> str:
    """The text of a part by its own charset; what is none of that charset shows as U+FFFD, which the steps look for."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        return data.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def own_words(text: str) -> str:
    """The text without quotes (``>``, "On ... wrote:") and without the signature below ``-- ``."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line == "-- " or _ORIGINAL.match(line.strip()):
            break
        if line.startswith(">"):
            while kept and not kept[-1].strip():
                kept.pop()
            if kept and _WROTE.match(kept[-1].strip()):
                kept.pop()
            continue
        kept.append(line)
    return "\n".join(kept).strip()
