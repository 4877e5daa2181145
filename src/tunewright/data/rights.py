"""Rights of rows: the day a row states, and what a snapshot keeps of its sources (``rights.json``, ``sources.json``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tunewright.core.types import Example
from tunewright.data.canaries import SOURCE as CANARIES
from tunewright.data.dates import day_of
from tunewright.data.outcomes import DROPPED, RowOutcome
from tunewright.data.source_options import SourceOptions

RIGHTS, TALLIES = "rights.json", "sources.json"


@dataclass(frozen=True, slots=True)
class KeptRights:
    """Examples of one source with one licence and purpose in a snapshot."""

    source: str
    licence: str
    purpose: str
    received: str
    retention_days: int | None
    oldest: str
    """earliest UTC day (ISO) one of them states; empty without a retention, or when none states a day"""
    examples: int


def row_day(stated: str) -> date | None:
    """The UTC day a row states (``Origin.received_at``); None when it states none. A time without zone is UTC."""
    text = stated.strip()
    try:
        at = datetime.fromisoformat(text)
        text = (at if at.tzinfo is None else at.astimezone(UTC)).date().isoformat()
    except (ValueError, OverflowError):
        pass  # another form of date, which the next line reads, or none
    day = day_of(text)
    return None if day is None else date.fromordinal(day)


def kept_rights(kept: Iterable[Example], sources: Mapping[str, SourceOptions]) -> list[KeptRights]:
    """One line a source, licence and purpose, sorted; planted canaries are nobody's data."""
    counts: dict[tuple[str, str, str], int] = {}
    stated: dict[tuple[str, str, str], set[str]] = {}
    for example in kept:
        origin = example.origin
        if origin.source == CANARIES and CANARIES not in sources:
            continue
        key = (origin.source, origin.licence, origin.purpose)
        counts[key] = counts.get(key, 0) + 1
        options = sources.get(origin.source)
        if options is not None and options.retention_days is not None:
            stated.setdefault(key, set()).add(origin.received_at)
    found = []
    for key in sorted(counts):
        options = sources.get(key[0])
        days = [day for text in stated.get(key, ()) if (day := row_day(text)) is not None]
        found.append(
            KeptRights(
                source=key[0],
                licence=key[1],
                purpose=key[2],
                received=options.received if options else "",
                retention_days=options.retention_days if options else None,
                oldest=min(days).isoformat() if days else "",
                examples=counts[key],
            )
        )
    return found


def source_tallies(kept: Iterable[Example], outcomes: Iterable[RowOutcome]) -> dict[str, dict[str, Any]]:
    """What became of each source: ``outcomes`` and ``splits`` (name -> count), ``twins_elsewhere`` (rows dropped for a
    kept twin of another source), ``stands_for`` (rows of other sources dropped for one of its rows)."""
    found: dict[str, dict[str, Any]] = {}

    def of(source: str) -> dict[str, Any]:
        return found.setdefault(source, {"outcomes": {}, "splits": {}, "twins_elsewhere": 0, "stands_for": 0})

    for row in outcomes:
        mine = of(row.source)
        mine["outcomes"][row.outcome] = mine["outcomes"].get(row.outcome, 0) + 1
        twin = row.of.partition("#")[0] if row.outcome == DROPPED else ""
        if twin and twin != row.source:
            mine["twins_elsewhere"] += 1
            of(twin)["stands_for"] += 1
    for example in kept:
        splits = of(example.origin.source)["splits"]
        split = example.label("split") or "train"
        splits[split] = splits.get(split, 0) + 1
    return found


def write_rights(
    kept: Sequence[Example],
    outcomes: Iterable[RowOutcome],
    sources: Mapping[str, SourceOptions],
    folder: Path,
) -> None:
    """``rights.json``, what the gate judges long after the build, and ``sources.json``, what `audit impact` tells of a
    whole source. The same examples give the same bytes."""
    _write(folder / RIGHTS, [asdict(line) for line in kept_rights(kept, sources)])
    _write(folder / TALLIES, source_tallies(kept, outcomes))


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
