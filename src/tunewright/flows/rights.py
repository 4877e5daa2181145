"""Which sources may be used for what ``data.use`` declares: before a build reads them, row by row, before a training, and
for ``status`` and ``model show``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import plain
from tunewright.core.errors import DataError
from tunewright.core.licences import read_licence
from tunewright.core.ports import Progress
from tunewright.core.rights import Objection, RightsOptions, objections
from tunewright.core.types import Example
from tunewright.data.options import SourceOptions, StepOptions
from tunewright.data.steps.rights import RightsStepOptions, row_expiry
from tunewright.flows.sources import RecordedSource, rows_of, source_names

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RightsPlan:
    """What the rights of its sources add to a build."""

    steps: tuple[StepOptions, ...] = ()
    """the step `rights`, when something is dropped or held"""
    recipe: dict[str, Any] = field(default_factory=dict)


def today(ws: Workspace) -> date:
    """The UTC day of the project's clock."""
    return ws.project.now().astimezone(UTC).date()


def configured_objections(ws: Workspace) -> dict[str, tuple[Objection, ...]]:
    """What speaks against each configured source today; sources that may be used are left out. Reads no source."""
    sources = ws.configuration.data.sources
    day = today(ws)
    found = {
        name: _objections(source, ws.configuration.data.use, day)
        for name, source in zip(source_names(sources), sources, strict=True)
    }
    return {name: against for name, against in found.items() if against}


def _objections(source: SourceOptions, options: RightsOptions, day: date) -> tuple[Objection, ...]:
    licence = read_licence(source.licence, options.licences)
    return objections(licence, source.purpose, options.use(), expires=source.expires, day=day)


def check_sources(ws: Workspace) -> None:
    """Before anything is read: raises DataError naming every source that may not be used, why, and the remedy.

    With ``data.use.blocked: drop`` or ``hold`` nothing is refused here; the step `rights` takes the rows out.
    """
    if ws.configuration.data.use.blocked != "refuse":
        return
    found = configured_objections(ws)
    if found:
        lines = [f"{name}: {item.told} ({item.remedy})" for name, against in found.items() for item in against]
        raise _refusal(f"{len(found)} of the sources may not be used", lines, sorted(found))


def _refusal(what: str, lines: Sequence[str], sources: list[str]) -> DataError:
    return DataError(
        f"{what}:\n  " + "\n  ".join(lines),
        hint="`data.use` declares the use; `data.use.blocked: drop` (or `hold`) builds without them",
        problems=list(lines),
        sources=sources,
    )


def plan_rights(ws: Workspace, sources: Sequence[RecordedSource], progress: Progress) -> RightsPlan:
    """What this build does about rights. Raises DataError when rows are past their retention and that refuses.

    The rows of sources with a retention are read once for it; others are not.
    """
    options = ws.configuration.data.use
    day = today(ws)
    expires = {s.name: s.options.expires for s in sources if s.options.expires is not None}
    judged = RightsStepOptions(
        use=options.use(),
        licences=options.licences,
        expires={name: ends.isoformat() for name, ends in expires.items()},
        retention_days={s.name: s.options.retention_days for s in sources if s.options.retention_days is not None},
        action="hold" if options.blocked == "hold" else "drop",
    )
    expired, newest = _expired_rows(ws, sources, judged, day)
    if expired and options.blocked == "refuse":
        lines = [
            f"{name}: {count} rows are past the {judged.retention_days[name]} days of retention after their own day "
            "(take them out of the source)"
            for name, count in sorted(expired.items())
        ]
        raise _refusal(f"{expired.total()} rows may not be used any more", lines, sorted(expired))
    _note_unknown(sources, options, progress)
    blocked = configured_objections(ws) or expired
    steps = ()
    if options.blocked != "refuse" and blocked:
        told = judged.model_copy(update={"day": newest.isoformat() if newest else ""})
        steps = (StepOptions(use="rights", options=plain(told)),)
    declared = {key: value for key, value in plain(options).items() if key != "warn_days"}
    default = {key: value for key, value in plain(RightsOptions()).items() if key != "warn_days"}
    return RightsPlan(steps, {} if declared == default else {"use": declared})


def _expired_rows(
    ws: Workspace, sources: Sequence[RecordedSource], judged: RightsStepOptions, day: date
) -> tuple[Counter[str], date | None]:
    """Rows past their retention by source, and the newest day until ``day`` on which a retention ended."""
    kept = [source for source in sources if source.options.retention_days is not None]
    ended = [ends for source in kept if (ends := source.options.expires) is not None and ends <= day]
    newest = max(ended, default=None)
    expired: Counter[str] = Counter()
    for row in rows_of(ws.project, kept):
        if isinstance(row, Example):
            ends = row_expiry(row.origin, judged)
            if ends is not None and ends <= day:
                expired[row.origin.source] += 1
                newest = ends if newest is None else max(newest, ends)
    return expired, newest


def _note_unknown(sources: Sequence[RecordedSource], options: RightsOptions, progress: Progress) -> None:
    """One line about sources of which nobody said what they allow."""
    unsaid = [
        source.name
        for source in sources
        if (licence := read_licence(source.options.licence, options.licences)).state == "missing"
        or any(not terms.known for choice in licence.choices for terms in choice)
    ]
    if unsaid:
        more = f" and {len(unsaid) - _SHOWN} more" if len(unsaid) > _SHOWN else ""
        progress.note(
            f"no licence that is known: {', '.join(unsaid[:_SHOWN])}{more} "
            "(`licence: proprietary` for your own data; `data.use.unknown: refuse` makes this an error)"
        )
