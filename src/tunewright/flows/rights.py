"""Which sources may be used for what ``data.use`` declares: before a build reads them, row by row, before a training, and
for ``status`` and ``model show``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tunewright.core.canonical import plain
from tunewright.core.errors import DataError
from tunewright.core.licences import read_licence
from tunewright.core.ports import Progress
from tunewright.core.rights import (
    CaseRights,
    Objection,
    RightsOptions,
    expires_on,
    objections,
    obligations,
    source_objections,
)
from tunewright.core.types import Example, Record
from tunewright.data.options import SourceOptions, StepOptions
from tunewright.data.steps.rights import RightsStepOptions, row_expiry
from tunewright.flows.sources import RecordedSource, rows_of, source_names
from tunewright.registry import aliases
from tunewright.registry.rights import Declared, case_rights, rights_of

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

_SHOWN = 5
_CARD_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class RightsPlan:
    """What the rights of its sources add to a build."""

    steps: tuple[StepOptions, ...] = ()
    """the step `rights`, when something is dropped or held"""
    recipe: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelRights:
    """What stands behind a version, and what that asks for. Under the use the configuration declares, today."""

    licences: tuple[str, ...]
    """``tickets.csv: proprietary``, a line a source, and one for the base model"""
    obligations: tuple[str, ...]
    """``attribution (cc-by-4.0): source faq``, ``share-alike (...)``, ..."""
    ends: str
    """last day (ISO, UTC) on which all of it may be used; empty without a retention"""
    objections: tuple[str, ...]
    """what speaks against the declared use today"""


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
        lines = [
            f"{name}: {item.told} ({item.remedy})" for name, against in found.items() for item in against
        ]
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
        retention_days={
            s.name: s.options.retention_days for s in sources if s.options.retention_days is not None
        },
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
    steps: tuple[StepOptions, ...] = ()
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


def declared_rights(ws: Workspace) -> Declared:
    """What the configuration says today of use, sources and base model."""
    from tunewright.engines.language.model_folder import base_name

    configuration = ws.configuration
    options, sources = configuration.data.use, configuration.data.sources
    return Declared(
        use=options.use(),
        licences=options.licences,
        sources={
            name: {
                "licence": source.licence,
                "purpose": source.purpose,
                "received": source.received,
                "retention_days": source.retention_days,
            }
            for name, source in zip(source_names(sources), sources, strict=True)
        },
        base=base_name(configuration.model.base),
        base_licence=configuration.model.licence,
    )


def check_training(ws: Workspace, snapshot: Record, base: Record) -> None:
    """Before a training: raises DataError when a source of the snapshot, or the base model, may not be used so today."""
    declared, day = declared_rights(ws), today(ws)
    lines, names = [], set()
    for source in rights_of(ws.project, snapshot, base, declared).sources:
        for item in source_objections(source, declared.use, day):
            what = f"the base model {source.name}" if source.kind == "base" else source.name
            lines.append(f"{what}: {item.told} ({item.remedy})")
            names.add(source.name)
    if lines:
        raise DataError(
            f"this may not be trained on {snapshot.ref}:\n  " + "\n  ".join(dict.fromkeys(lines)),
            hint="build without these sources (`data.use.blocked: drop`), or take another base model",
            problems=list(dict.fromkeys(lines)),
            sources=sorted(names),
        )


def licence_in_readme(text: str) -> str:
    """``license:`` (or ``license_name:`` beside ``other``) of a model card's front matter; empty when it says none."""
    match = re.match(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", text, re.DOTALL)
    try:
        told = yaml.safe_load(match.group(1)) if match else None
    except yaml.YAMLError:
        return ""
    if not isinstance(told, dict):
        return ""
    licence, name = told.get("license"), told.get("license_name")
    if licence == "other" and isinstance(name, str):
        return name
    if isinstance(licence, list):
        return " AND ".join(str(item) for item in licence)
    return licence if isinstance(licence, str) else ""


def base_licence(folder: Path) -> str:
    """What the model card in a base model's folder says of its licence; empty without one."""
    card = folder / "README.md"
    if not card.is_file():
        return ""
    with card.open("rb") as stream:
        return licence_in_readme(stream.read(_CARD_BYTES).decode("utf-8", errors="replace"))


def model_rights(ws: Workspace, model: Record) -> ModelRights:
    """The licences and obligations of what a version was made from. Raises IntegrityError for a damaged snapshot."""
    return _told(case_rights(ws.project, model, declared_rights(ws)), today(ws))


def _told(rights: CaseRights, day: date) -> ModelRights:
    names: dict[str, None] = {}
    for source in rights.sources:
        what = f"base model {source.name}" if source.kind == "base" else source.name
        now = " (as configured now)" if source.said == "configured" and source.kind == "source" else ""
        names[f"{what}: {source.licence.text or 'not stated'}{now}"] = None
    ends = [last for source in rights.sources if (last := expires_on(source)) is not None]
    against = [
        f"{source.name}: {item.told}"
        for source in rights.sources
        for item in source_objections(source, rights.use, day)
    ]
    return ModelRights(
        licences=tuple(names),
        obligations=obligations(rights.sources, rights.use),
        ends=(min(ends) - timedelta(days=1)).isoformat() if ends else "",
        objections=tuple(dict.fromkeys(against)),
    )


def rights_warnings(ws: Workspace) -> tuple[str, ...]:
    """For ``status``: configured sources that may not be used or expire within ``data.use.warn_days``, and environments
    that serve a model made from a source that may not be used (any more)."""
    options, day = ws.configuration.data.use, today(ws)
    found = [
        f"source {name}: {item.told}"
        for name, against in configured_objections(ws).items()
        for item in against
    ]
    sources = ws.configuration.data.sources
    for name, source in zip(source_names(sources), sources, strict=True):
        left = (source.expires - day).days if source.expires is not None else options.warn_days + 1
        if 0 < left <= options.warn_days:
            found.append(f"source {name} may not be used from {source.expires} on: {left} days left")
    with ws.project.reader() as connection:
        placed = aliases.all_current(connection, ws.configuration.model.name)
    for alias in placed:
        told = model_rights(ws, ws.project.records.get(alias.ref))
        found += [f"{alias.environment} serves {alias.version}: {text}" for text in told.objections]
        if (
            not told.objections
            and told.ends
            and (date.fromisoformat(told.ends) - day).days < options.warn_days
        ):
            found.append(
                f"{alias.environment} serves {alias.version}: its data may be used until {told.ends}"
            )
    return tuple(found)
