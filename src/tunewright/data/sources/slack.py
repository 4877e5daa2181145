"""Slack exports: one file of messages, or the export's folder with one folder a channel and one file a day.

A message and the first reply to it in its thread by somebody else are one example. A message without such a reply is
dropped as ``no_reply``; replies are dropped as ``thread_reply`` and name the message they belong to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunewright.core.errors import DataError
from tunewright.core.types import Message
from tunewright.data.sources.containers import rows

_SPOKEN_SUBTYPES = frozenset({"", "thread_broadcast", "me_message", "file_share"})


@dataclass(frozen=True, slots=True)
class SlackRow:
    """One message of the export: either a pair, or the reason why it is none."""

    locator: str
    messages: tuple[Message, ...]
    reason: str = ""
    of: str = ""
    received_at: str = ""
    subject: str = ""
    thread: str = ""


def is_export(folder: Path) -> bool:
    """A folder that Slack's export makes: ``users.json`` or ``channels.json`` beside folders of channels."""
    return (folder / "channels.json").is_file() or (folder / "users.json").is_file()


def export_files(path: Path) -> list[tuple[str, Path]]:
    """(channel, file) pairs in order; a single file has the channel ``""``. Raises DataError for an empty export."""
    if path.is_file():
        return [("", path)]
    if not path.is_dir():
        raise DataError(
            f"{path.name} does not exist", hint="check the path under `data.sources`", file=path.name
        )
    found = [(file.parent.name, file) for file in sorted(path.glob("*/*.json"))]
    if not found:
        raise DataError(
            f"{path.name} holds no channel", hint="give the folder that holds `channels.json`", file=path.name
        )
    return found


def read_slack(path: Path, name: str) -> Iterator[SlackRow]:
    """All messages, channel by channel. Raises DataError for unreadable files."""
    channels: dict[str, list[tuple[str, Mapping[str, Any] | None, str]]] = {}
    for channel, file in export_files(path):
        for row in rows(file, name if not channel else file.name):
            number = f"{file.stem}:{row.number}" if channel else str(row.number)
            channels.setdefault(channel, []).append((number, row.value, row.problem))
    for channel, found in channels.items():
        yield from _channel(channel, found)


def _channel(channel: str, found: list[tuple[str, Mapping[str, Any] | None, str]]) -> Iterator[SlackRow]:
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
            yield SlackRow(prefix + number, (), reason=problem)
            continue
        yield _judge(prefix, number, value, replies, starts)


def _is_reply(value: Mapping[str, Any]) -> bool:
    return bool(value.get("thread_ts")) and value.get("thread_ts") != value.get("ts")


def _judge(
    prefix: str,
    number: str,
    value: Mapping[str, Any],
    replies: Mapping[str, list[Mapping[str, Any]]],
    starts: set[str],
) -> SlackRow:
    ts = value.get("ts")
    locator = prefix + (ts if isinstance(ts, str) and ts else number)
    user, text = value.get("user"), value.get("text")
    about = {
        "received_at": _time(ts),
        "subject": user if isinstance(user, str) else "",
        "thread": prefix + str(value.get("thread_ts") or ts or number),
    }
    question = (Message("user", text),) if isinstance(text, str) else ()
    if not question:
        return SlackRow(locator, (), reason="missing_content", **about)
    if value.get("bot_id") or str(value.get("subtype") or "") not in _SPOKEN_SUBTYPES:
        return SlackRow(locator, question, reason="not_spoken_by_a_person", **about)
    if _is_reply(value):
        start = str(value["thread_ts"])
        of = prefix + start if start in starts else ""
        return SlackRow(locator, question, reason="thread_reply" if of else "no_question", of=of, **about)
    answer = next(
        (
            reply["text"]
            for reply in sorted(replies.get(str(ts), ()), key=lambda reply: str(reply.get("ts")))
            if reply.get("user") != user and isinstance(reply.get("text"), str)
        ),
        None,
    )
    if answer is None:
        return SlackRow(locator, question, reason="no_reply", **about)
    return SlackRow(locator, (*question, Message("assistant", answer)), **about)


def _time(ts: object) -> str:
    """Slack's ``seconds.micros`` as RFC 3339, or the empty string."""
    try:
        return datetime.fromtimestamp(int(str(ts).split(".")[0]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""
