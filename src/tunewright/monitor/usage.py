"""What a version was asked and how it did: counts, failures, latency, tokens, feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select

from tunewright.store.db import exchanges, feedback
from tunewright.store.project import Project

_BATCH = 500
"""ids a query: SQLite takes a bounded number of parameters"""


@dataclass(frozen=True, slots=True)
class Served:
    """A logged exchange, as far as monitoring reads it."""

    id: str
    at: str
    model: str
    version: str
    subject_digest: str
    variant: str
    prompt: str
    """the last user message"""
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    latency_ms: float


@dataclass(frozen=True, slots=True)
class FeedbackCount:
    """Feedback on a version's exchanges."""

    entries: int
    good: int
    """rating at least 0.5"""
    bad: int
    """rating below 0.5"""
    comments: int
    corrections: int


@dataclass(frozen=True, slots=True)
class Usage:
    """One version over the window."""

    exchanges: int
    errors: int
    cancelled: int
    cut_off: int
    """answers that ended at the token limit"""
    error_share: float
    latency_p50_ms: float
    latency_p95_ms: float
    prompt_tokens: int
    completion_tokens: int
    first_at: str
    last_at: str
    feedback: FeedbackCount


def newest_exchanges(project: Project, limit: int) -> list[Served]:
    """The newest ``limit`` exchanges, oldest first."""
    with project.reader() as connection:
        rows = connection.execute(select(exchanges).order_by(exchanges.c.seq.desc()).limit(limit)).all()
    return [
        Served(
            id=row.id,
            at=row.at,
            model=row.model_name,
            version=row.version,
            subject_digest=row.subject_digest,
            variant=row.variant,
            prompt=last_user_message(row.body),
            finish_reason=row.finish_reason,
            prompt_tokens=row.prompt_tokens,
            completion_tokens=row.completion_tokens,
            latency_ms=row.latency_ms,
        )
        for row in reversed(rows)
    ]


def last_user_message(body: Mapping[str, Any]) -> str:
    """The prompt of an exchange's body."""
    asked = [message["content"] for message in body.get("messages", ()) if message["role"] == "user"]
    return str(asked[-1]) if asked else ""


def feedback_on(project: Project, ids: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    """Feedback bodies by exchange id."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    with project.reader() as connection:
        for start in range(0, len(ids), _BATCH):
            wanted = feedback.c.exchange_id.in_(ids[start : start + _BATCH])
            for row in connection.execute(select(feedback.c.exchange_id, feedback.c.body).where(wanted)):
                found.setdefault(row.exchange_id, []).append(row.body)
    return found


def summarise(served: Sequence[Served], judged: Mapping[str, Sequence[Mapping[str, Any]]]) -> Usage:
    """Usage of one version. ``served`` holds at least one exchange, oldest first."""
    reasons = [item.finish_reason for item in served]
    # A cancelled answer's time says when the reader left, not how fast the model is.
    latencies = [item.latency_ms for item in served if item.finish_reason not in ("cancelled", "error")]
    p50, p95 = (float(np.quantile(latencies, q)) for q in (0.5, 0.95)) if latencies else (0.0, 0.0)
    entries = [entry for item in served for entry in judged.get(item.id, ())]
    ratings = [entry["rating"] for entry in entries if entry.get("rating") is not None]
    return Usage(
        exchanges=len(served),
        errors=reasons.count("error"),
        cancelled=reasons.count("cancelled"),
        cut_off=reasons.count("length"),
        error_share=reasons.count("error") / len(served),
        latency_p50_ms=round(p50, 3),
        latency_p95_ms=round(p95, 3),
        prompt_tokens=sum(item.prompt_tokens for item in served),
        completion_tokens=sum(item.completion_tokens for item in served),
        first_at=served[0].at,
        last_at=served[-1].at,
        feedback=FeedbackCount(
            entries=len(entries),
            good=sum(rating >= 0.5 for rating in ratings),
            bad=sum(rating < 0.5 for rating in ratings),
            comments=sum(bool(entry.get("comment")) for entry in entries),
            corrections=sum(bool(entry.get("correction")) for entry in entries),
        ),
    )
