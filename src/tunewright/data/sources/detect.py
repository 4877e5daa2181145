"""Which form a file has: decided on content, told with the reason, never on the file's name alone.

A table's columns are proposed by what they are called and by what is in them; both must fit.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewright.core.errors import DataError
from tunewright.data.source_options import ColumnMap, SourceForm
from tunewright.data.sources.containers import container_of, rows
from tunewright.data.sources.detect_tree import detect_tree
from tunewright.data.sources.forms import FORMS, PROMPT_KEYS, REPLY_KEYS, Misfit
from tunewright.data.sources.model import Detected

SAMPLE_ROWS = 200
ID_KEYS = ("id", "uuid", "_id", "row_id", "record_id", "example_id")
TIME_KEYS = ("created_at", "at", "timestamp", "created", "date", "time", "created_time")
SUBJECT_KEYS = ("subject_id", "customer_id", "user_id", "client_id")
THREAD_KEYS = ("thread_id", "thread", "conversation_id", "session_id")

_PROMPT_NAMES = (
    "prompt", "question", "customer_message", "user_message", "message", "query", "request", "input", "instruction",
    "utterance", "text", "body", "description", "complaint", "email", "content",
)  # fmt: skip
_REPLY_NAMES = (
    "reply", "response", "completion", "answer", "output", "assistant", "triage", "resolution", "intent", "label",
    "category", "classification", "target", "solution",
)  # fmt: skip
_SYSTEM_NAMES = ("system", "system_prompt", "system_message")
_TIME = re.compile(r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$|^\d{9,13}(\.\d+)?$")


def detect_form(path: Path) -> Detected:
    """Look at the first rows of a file, or at an export, a mailbox, a folder of documents, and say what it is.

    Raises DataError, naming the remedy, when it holds no conversation we know or cannot be read.
    """
    whole = detect_tree(path)
    if whole is not None:
        return whole
    if container_of(path.name) is None:
        raise DataError(
            f"{path.name} is of no known format",
            hint="known are JSON, JSON Lines, CSV, TSV (also .gz), Parquet, documents, mail and Slack exports",
            file=path.name,
        )
    sample = list(itertools.islice(rows(path, path.name), SAMPLE_ROWS))
    readable = [row.value for row in sample if row.value is not None]
    if not readable:
        what = "holds no rows" if not sample else f"holds no readable row in its first {len(sample)}"
        raise DataError(
            f"{path.name} {what}", hint="export it again, one JSON object or one record a row", file=path.name
        )
    form = next((found for check in _CHECKS if (found := check(readable))), None)
    return form or _table(path.name, readable)


def _share(readable: Sequence[Mapping[str, Any]], fits: Callable[[Mapping[str, Any]], bool]) -> int:
    """How many rows fit, or 0 when they are not the clear majority."""
    count = sum(1 for row in readable if fits(row))
    return count if count * 5 >= len(readable) * 4 else 0


def _reads_as(form: SourceForm) -> Callable[[Mapping[str, Any]], bool]:
    def fits(row: Mapping[str, Any]) -> bool:
        try:
            return bool(FORMS[form](row, None))
        except Misfit:
            return False

    return fits


def _said(count: int, readable: Sequence[Mapping[str, Any]], what: str) -> str:
    return f"{count} of the first {len(readable)} rows have {what}"


def _is_messages(readable: Sequence[Mapping[str, Any]]) -> Detected | None:
    count = _share(readable, _reads_as("messages"))
    return (
        Detected("messages", None, _said(count, readable, "`messages` with role and content"))
        if count
        else None
    )


def _is_sharegpt(readable: Sequence[Mapping[str, Any]]) -> Detected | None:
    count = _share(readable, _reads_as("sharegpt"))
    return (
        Detected("sharegpt", None, _said(count, readable, "`conversations` with from and value"))
        if count
        else None
    )


def _is_alpaca(readable: Sequence[Mapping[str, Any]]) -> Detected | None:
    count = _share(readable, lambda row: "instruction" in row and ("output" in row or "response" in row))
    return Detected("alpaca", None, _said(count, readable, "`instruction` and `output`")) if count else None


def _is_prompt_completion(readable: Sequence[Mapping[str, Any]]) -> Detected | None:
    for prompt, reply in itertools.product(PROMPT_KEYS, REPLY_KEYS):
        count = _share(readable, lambda row, p=prompt, r=reply: p in row and r in row)  # type: ignore[misc]
        if count:
            return Detected("prompt_completion", None, _said(count, readable, f"`{prompt}` and `{reply}`"))
    return None


def _is_slack(readable: Sequence[Mapping[str, Any]]) -> Detected | None:
    count = _share(
        readable,
        lambda row: row.get("type") == "message" and "ts" in row and ("user" in row or "bot_id" in row),
    )
    return (
        Detected("slack", None, _said(count, readable, "type `message`, a user and a `ts`"))
        if count
        else None
    )


_CHECKS = (_is_slack, _is_messages, _is_sharegpt, _is_alpaca, _is_prompt_completion)


@dataclass(frozen=True, slots=True)
class _Column:
    """What a column's values look like."""

    name: str
    filled: float
    distinct: float
    words: float
    objects: float
    times: float


def _look(name: str, readable: Sequence[Mapping[str, Any]]) -> _Column:
    values = [row.get(name) for row in readable]
    texts = [
        v if isinstance(v, str) else json.dumps(v, default=str) for v in values if v is not None and v != ""
    ]
    count = len(texts) or 1
    return _Column(
        name=name,
        filled=len(texts) / len(readable),
        distinct=len(set(texts)) / count,
        words=sum(len(text.split()) for text in texts) / count,
        objects=sum(1 for text in texts if text.lstrip()[:1] in ("{", "[") and _parses(text)) / count,
        times=sum(1 for text in texts if _TIME.match(text.strip('"'))) / count,
    )


def _parses(text: str) -> bool:
    try:
        return isinstance(json.loads(text), (dict, list))
    except ValueError:
        return False


def _named(name: str, names: Sequence[str]) -> int:
    """How well a column's name fits: 3 the very name, 2 one of its words, 0 not."""
    plain = name.strip().lower().replace(" ", "_").replace("-", "_")
    if plain in names:
        return 3
    return 2 if any(word in names for word in plain.split("_")) else 0


def _table(name: str, readable: Sequence[Mapping[str, Any]]) -> Detected:
    """Propose the columns of a table. Raises DataError when no column can be the prompt or none the reply."""
    looks = [_look(column, readable) for column in dict.fromkeys(key for row in readable for key in row)]
    prompt = _best(looks, _prompt_score)
    rest = [look for look in looks if prompt is None or look.name != prompt.name]
    reply = _best(rest, _reply_score)
    known = ", ".join(look.name for look in looks)
    if prompt is None or reply is None:
        missing = "a prompt" if prompt is None else "a reply"
        raise DataError(
            f"{name} holds no conversation: no column looks like {missing} (it has {known})",
            hint=f"say which: --map {name}:prompt=COLUMN,reply=COLUMN",
            file=name,
        )
    rest = [look for look in rest if look.name != reply.name]
    unique = [look for look in rest if look.distinct >= 0.9 and look.words <= 1.5 and look.filled > 0.9]
    columns = ColumnMap(
        prompt=prompt.name,
        reply=reply.name,
        system=_name_of(rest, _SYSTEM_NAMES),
        id=_id_column(unique),
        at=_name_of([look for look in rest if look.times >= 0.8], TIME_KEYS) or _first_time(rest),
        subject=_name_of(rest, SUBJECT_KEYS),
        thread=_name_of(rest, THREAD_KEYS),
    )
    what = "JSON objects" if reply.objects >= 0.5 else f"{reply.words:.0f} words"
    because = f"`{prompt.name}` holds free text ({prompt.words:.0f} words a row) and `{reply.name}` the answers ({what})"
    return Detected("columns", columns, because)


def _best(looks: Sequence[_Column], score: Callable[[_Column], float]) -> _Column | None:
    ranked = sorted(looks, key=lambda look: (-score(look), looks.index(look)))
    return ranked[0] if ranked and score(ranked[0]) > 0 else None


def _prompt_score(look: _Column) -> float:
    """Free text: several words, mostly different from row to row, no objects."""
    if look.words < 2.5 or look.distinct < 0.3 or look.objects > 0.5 or look.times > 0.5:
        return 0.0
    return 1.0 + 2 * _named(look.name, _PROMPT_NAMES) + min(look.words, 20) / 20


def _reply_score(look: _Column) -> float:
    """Answers: objects, or a name that says so."""
    named = _named(look.name, _REPLY_NAMES)
    if look.times > 0.5 or (look.distinct >= 0.9 and look.words < 1.5 and not look.objects):
        return 0.0
    if not named and look.objects < 0.5:
        return 0.0
    return 2.0 * named + 3 * look.objects + min(look.words, 20) / 20


def _id_column(unique: Sequence[_Column]) -> str | None:
    for look in unique:
        plain = look.name.lower()
        if plain in ID_KEYS or plain.endswith(("_id", "id", "_no", "number", "uuid", "key")):
            return look.name
    return None


def _first_time(looks: Sequence[_Column]) -> str | None:
    return next((look.name for look in looks if look.times >= 0.8), None)


def _name_of(looks: Sequence[_Column], names: Sequence[str]) -> str | None:
    return next((look.name for name in names for look in looks if look.name.lower() == name), None)
