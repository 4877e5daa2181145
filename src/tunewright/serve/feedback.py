"""Feedback on an answer, joined to its exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from tunewright.core.canonical import utc_text
from tunewright.serve.keys import KeyInfo
from tunewright.serve.openai_api import ApiError, check_text, load_object
from tunewright.store.db import exchanges, feedback
from tunewright.store.project import Project

MAX_TEXT_CHARS = 20_000
_KNOWN = ("exchange", "rating", "comment", "correction")
_RATINGS = {"up": 1.0, "down": 0.0}


@dataclass(frozen=True, slots=True)
class FeedbackEntry:
    """One judgement."""

    exchange: str
    rating: float | None
    """0 (bad) to 1 (good)"""
    comment: str
    correction: str
    """the answer as it should have been"""


def parse_feedback(body: bytes) -> FeedbackEntry:
    """Check a feedback request. Raises ApiError 400 naming the field."""
    raw = load_object(body)
    for name in raw:
        if name not in _KNOWN:
            raise ApiError(400, f"unknown field {name[:64]!r}", param=name[:64], code="unknown_parameter")
    exchange = raw.get("exchange")
    if not isinstance(exchange, str) or not 0 < len(exchange) <= 64:
        raise ApiError(400, "exchange must be the id an answer carried", param="exchange")
    check_text(exchange, "exchange")
    entry = FeedbackEntry(
        exchange, _rating(raw.get("rating")), _text(raw, "comment"), _text(raw, "correction")
    )
    if entry.rating is None and not entry.comment and not entry.correction:
        raise ApiError(400, "feedback needs a rating, a comment or a correction", param="rating")
    return entry


def _rating(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, str) and value in _RATINGS:
        return _RATINGS[value]
    if isinstance(value, (int, float)) and 0 <= value <= 1:
        return float(value)
    raise ApiError(400, 'rating must be "up", "down", true, false, or a number from 0 to 1', param="rating")


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARS:
        raise ApiError(400, f"{name} must be a string of at most {MAX_TEXT_CHARS} characters", param=name)
    check_text(value, name)
    return value


def record_feedback(project: Project, key: KeyInfo, entry: FeedbackEntry) -> int:
    """Commit the entry; answers its number. Raises ApiError 404 for an exchange this key may not judge or none has."""
    with project.transaction() as connection:
        owner = connection.execute(
            select(exchanges.c.key_id).where(exchanges.c.id == entry.exchange)
        ).scalar_one_or_none()
        # One answer for "none" and "not yours": ids of others' exchanges cannot be probed.
        if owner is None or (owner != key.id and "admin" not in key.scopes):
            raise ApiError(
                404, "no such exchange was answered to this key", param="exchange", code="exchange_not_found"
            )
        result = connection.execute(
            insert(feedback).values(
                exchange_id=entry.exchange,
                at=utc_text(project.now()),
                actor=f"key:{key.id}",
                body={"rating": entry.rating, "comment": entry.comment, "correction": entry.correction},
            )
        )
        primary = result.inserted_primary_key
    return int(primary[0]) if primary is not None else 0
