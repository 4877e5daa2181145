"""Slack exports: one file of messages, or the export (its zip, or the folder in it): a folder a channel, a file a day.

A message and the first reply to it in its thread by somebody else are one example, or the whole thread. A message without
such a reply is dropped as ``no_reply``; replies are dropped as ``thread_reply`` and name the message they belong to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunewright.core.erased import ERASED, FIELD, is_mark
from tunewright.core.errors import DataError
from tunewright.core.types import Message
from tunewright.data.sources.containers import rows_in
from tunewright.data.sources.model import Piece
from tunewright.data.sources.tree import Member
from tunewright.data.sources.turns import conversation

_SPOKEN_SUBTYPES = frozenset({"", "thread_broadcast", "me_message", "file_share"})


def is_export(folder: Path) -> bool:
    """A folder that Slack's export makes: ``users.json`` or ``channels.json`` beside folders of channels."""
    return (folder / "channels.json").is_file() or (folder / "users.json").is_file()


def export_members(members: Sequence[Member], name: str) -> list[tuple[str, Member]]:
    """(channel, file) pairs in order; a single file has the channel ``""``. Raises DataError for an empty export.

    An archive may hold the export's folder in a folder of its own.
    """
    if len(members) == 1 and "/" not in members[0].name:
        return [("", members[0])]
    found = []
    for member in members:
        parts = member.name.split("/")
        if len(parts) >= 2 and parts[-1].lower().endswith(".json"):
            found.append((parts[-2], member))
    beside = [member.name for member in members if member.name.endswith(("channels.json", "users.json"))]
    inner = min((text.count("/") for text in beside), default=0)
    found = [(channel, member) for channel, member in found if member.name.count("/") == inner + 1]
    if not found:
        raise DataError(
            f"{name} holds no channel", hint="give the folder that holds `channels.json`", file=name
        )
    return found


def read_slack(members: Sequence[Member], name: str, turns: str = "first") -> Iterator[Piece]:
    """All messages, channel by channel; ``turns``: ``first`` or ``all`` of a thread.

    Raises DataError for unreadable files.
    """
    channels: dict[str, list[tuple[str, Mapping[str, Any] | None, str]]] = {}
    for channel, member in export_members(members, name):
        stem = Path(member.name).stem
        for row in rows_in(member):
            number = f"{stem}:{row.number}" if channel else str(row.number)
            channels.setdefault(channel, []).append((number, row.value, row.problem))
    for channel, found in channels.items():
        yield from _channel(channel, found, turns)


def _channel(
    channel: str, found: list[tuple[str, Mapping[str, Any] | None, str]], turns: str
) -> Iterator[Piece]:
    prefix = f"{channel}/" if channel else ""
    replies: dict[str, list[Mapping[str, Any]]] = {}
    for _, value, _ in found:
        if value is not None and _is_reply(value):
            replies.setdefault(str(value["thread_ts"]), []).append(value)
    starts = {
        str(value["ts"])
        for _, value, _ in found
        if value is not None and value.get("ts") and not _is_reply(value)
    }
    for number, value, problem in found:
        if value is None:
            yield Piece(prefix + number, (), reason=problem, hint="export that file again")
            continue
        yield _judge(prefix, number, value, _answers(value, replies, turns), starts)


def _is_reply(value: Mapping[str, Any]) -> bool:
    return bool(value.get("thread_ts")) and value.get("thread_ts") != value.get("ts")


def _judge(
    prefix: str,
    number: str,
    value: Mapping[str, Any],
    answers: Sequence[tuple[str, str]],
    starts: set[str],
) -> Piece:
    ts = value.get("ts")
    locator = prefix + (ts if isinstance(ts, str) and ts else number)
    user, text = value.get("user"), value.get("text")
    about = {
        "received_at": _time(ts),
        "subject": user if isinstance(user, str) else "",
        "thread": prefix + str(value.get("thread_ts") or ts or number),
    }
    if is_mark(value.get(FIELD)):
        return Piece(locator, (), reason=ERASED)
    question = (Message("user", text),) if isinstance(text, str) else ()
    if not question or not isinstance(text, str):
        return Piece(locator, (), reason="missing_content", **about)
    if value.get("bot_id") or str(value.get("subtype") or "") not in _SPOKEN_SUBTYPES:
        return Piece(locator, question, reason="not_spoken_by_a_person", **about)
    if _is_reply(value):
        start = str(value["thread_ts"])
        of = prefix + start if start in starts else ""
        return Piece(locator, question, reason="thread_reply" if of else "no_question", of=of, **about)
    turns, _ = conversation([(str(user), text), *answers])
    if not turns:
        return Piece(locator, question, reason="no_reply", **about)
    return Piece(locator, turns, **about)


def _answers(
    value: Mapping[str, Any], replies: Mapping[str, list[Mapping[str, Any]]], turns: str
) -> list[tuple[str, str]]:
    """(speaker, text) of the replies that belong to the example, by time: the first by somebody else, or all."""
    said = [
        (str(reply.get("user")), str(reply["text"]))
        for reply in sorted(replies.get(str(value.get("ts")), ()), key=lambda reply: str(reply.get("ts")))
        if isinstance(reply.get("text"), str)
    ]
    if turns == "all":
        return said
    return [pair for pair in said if pair[0] != str(value.get("user"))][:1]


def _time(ts: object) -> str:
    """Slack's ``seconds.micros`` as RFC 3339, or the empty string."""
    try:
        return datetime.fromtimestamp(int(str(ts).split(".")[0]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""
