"""Review ages of a recorded snapshot, and the policy on them at every build."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tunewright.core.ports import Progress
from tunewright.core.types import Record
from tunewright.data.re_review_options import ReReview
from tunewright.data.review_age import (
    Asked,
    Looks,
    ReviewAge,
    ReviewShare,
    asked_of_build,
    asked_of_rows,
    check_share,
    load_asked,
    looks_of,
    review_ages,
    review_share,
)
from tunewright.flows.sources import source_names, sources_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from tunewright.data.runner import PipelineResult
    from tunewright.flows.workspace import Workspace


def ages_of(ws: Workspace, record: Record) -> list[ReviewAge]:
    """The review age of every example of a recorded snapshot (planted canaries left out), by id."""
    return _ages(ws, load_asked(ws.project.records.folder(record)), _received(ws, record))


def ages_of_rows(ws: Workspace, record: Record, rows: Sequence[Mapping[str, Any]]) -> dict[str, ReviewAge]:
    """The same of a few rows of a snapshot, by example id."""
    asked = list(asked_of_rows(rows))
    looks = looks_of(ws.project, asked)
    return {age.example: age for age in _ages(ws, asked, _received(ws, record), looks)}


def share_of(ws: Workspace, record: Record) -> ReviewShare:
    """What share of a recorded snapshot is due, by the configuration's policy or, without one, by the default months."""
    return share_of_ages(ws, ages_of(ws, record))


def share_of_ages(ws: Workspace, ages: Iterable[ReviewAge]) -> ReviewShare:
    """The same of ages that are known already."""
    return review_share(ages, _policy(ws))


def check_build(ws: Workspace, result: PipelineResult, progress: Progress) -> tuple[str, ...]:
    """Warn about, or refuse, a build of which more is due than ``data.re_review`` allows: the warnings. Raises DataError."""
    if ws.configuration.data.re_review is None:
        return ()
    options = ws.configuration.data.sources
    received = {name: source.received for name, source in zip(source_names(options), options, strict=True)}
    return _check(ws, _ages(ws, asked_of_build(result), received), progress)


def check_known(ws: Workspace, record: Record, progress: Progress) -> tuple[str, ...]:
    """The same of a snapshot that is already there: time passes also where nothing changes. Raises DataError."""
    return () if ws.configuration.data.re_review is None else _check(ws, ages_of(ws, record), progress)


def _check(ws: Workspace, ages: Iterable[ReviewAge], progress: Progress) -> tuple[str, ...]:
    options = _policy(ws)
    warning = check_share(review_share(ages, options), options)
    if not warning:
        return ()
    progress.note(f"warning: {warning}")
    return (warning,)


def _ages(
    ws: Workspace, asked: Iterable[Asked], received: Mapping[str, str], looks: Looks | None = None
) -> list[ReviewAge]:
    known = looks_of(ws.project) if looks is None else looks
    months = _policy(ws).months
    return list(review_ages(asked, known, received=received, months=months, now=ws.project.now()))


def _policy(ws: Workspace) -> ReReview:
    return ws.configuration.data.re_review or ReReview()


def _received(ws: Workspace, record: Record) -> dict[str, str]:
    return {source.name: source.options.received for source in sources_of(ws.project, record)}
