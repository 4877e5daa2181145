"""May this data be used for that? A source's licence, purpose and retention against the declared use, on a given day. Pure.

Days are UTC days. A source may be used until the day before ``received + retention_days``; a row that states its own day,
until the day before that day + ``retention_days``, if that is earlier.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from tunewright.core.licences import DeclaredTerms, Licence, Terms, known_id, read_licence
from tunewright.core.options import Options
from tunewright.core.types import Frozen

MISSING, UNREADABLE, EXPIRED = "licence:missing", "licence:unreadable", "expired"
_SLUG = 60


class Use(Options):
    """What the model is for; the defaults are a company's: commercial, changed, not given to others."""

    purpose: str = Field(
        "",
        description="what the model is for; with it every source must have been collected for this purpose",
    )
    compatible: tuple[str, ...] = Field(
        (), description="purposes of sources found compatible with it (GDPR, article 6(4))"
    )
    commercial: bool = Field(True, description="part of a business, also inside it")
    derivatives: bool = Field(
        True,
        description="a model trained on the data counts as a changed copy of it; false: your lawyers say not",
    )
    distribute: bool = Field(False, description="the model is given to others, not only its answers")
    unknown: Literal["allow", "refuse"] = Field(
        "allow", description="what a licence or purpose that is missing or not known means"
    )


class RightsOptions(Use):
    """What the data is used for, and what happens with a source that may not be used so."""

    licences: dict[str, DeclaredTerms] = Field(
        default_factory=dict,
        description="licences of your own, such as contracts: name -> commercial, derivatives, distribute, attribution, "
        "share_alike (all false by default)",
    )
    blocked: Literal["refuse", "drop", "hold"] = Field(
        "refuse",
        description="a source or row that may not be used: refuse the build, or drop or hold its rows with the reason",
    )
    warn_days: int = Field(30, ge=0, description="`status` warns so many days before a source expires")

    @model_validator(mode="after")
    def _own_names(self) -> Self:
        for name in self.licences:
            if known_id(name) or read_licence(name).state != "read":
                raise ValueError(f"licences: {name!r} has terms already; call yours `LicenseRef-...`")
        return self

    def use(self) -> Use:
        """The use alone."""
        return Use(**{name: getattr(self, name) for name in Use.model_fields})


class Objection(Frozen):
    """Why something may not be used."""

    reason: str
    """``licence:cc-by-nc-4.0``, ``licence:missing``, ``licence:unreadable``, ``purpose:marketing``, ``expired``"""
    told: str
    remedy: str


class SourceRights(Frozen):
    """What is recorded of one source (or of the base model) behind a snapshot, for the gate."""

    kind: Literal["source", "base"] = "source"
    name: str
    said: Literal["recorded", "configured"] = "recorded"
    """as recorded with the snapshot, or as the configuration says today where that differs"""
    licence: Licence
    purpose: str = ""
    received: str = ""
    retention_days: int | None = None
    oldest: str = ""
    """the earliest day (ISO) a row of it in the snapshot states, where a retention counts from it"""
    examples: int = 0


class CaseRights(Frozen):
    """The declared use and everything it is judged on."""

    use: Use
    sources: tuple[SourceRights, ...]


def purpose_key(purpose: str) -> str:
    """One way to write a purpose: lower case, words joined by ``-``."""
    return re.sub(r"[\s_-]+", "-", unicodedata.normalize("NFKC", purpose).casefold().strip())


def purposes_of(text: str) -> tuple[str, ...]:
    """The purposes a source names; several are separated by ``,`` or ``;``."""
    return tuple(key for part in re.split(r"[,;]", text) if (key := purpose_key(part)))


def last_day_after(received: str, retention_days: int) -> date:
    """The first day on which it may no longer be used; ``received`` is an ISO day."""
    try:
        return date.fromisoformat(received) + timedelta(days=retention_days)
    except OverflowError:
        return date.max


def expires_on(source: SourceRights) -> date | None:
    """The first day on which the source, or its oldest row in the snapshot, may no longer be used."""
    if source.retention_days is None:
        return None
    days = [last_day_after(day, source.retention_days) for day in (source.received, source.oldest) if day]
    return min(days, default=None)


def objections(
    licence: Licence, purpose: str, use: Use, *, expires: date | None = None, day: date | None = None
) -> tuple[Objection, ...]:
    """Everything that speaks against the use, on ``day`` (None: retention is not asked about)."""
    found = [_licence(licence, use), _purpose(purpose, use)]
    if expires is not None and day is not None and day >= expires:
        found.append(
            Objection(
                reason=EXPIRED,
                told=f"its retention ended: it may not be used from {expires.isoformat()} on",
                remedy="take it out, or record a new `received` and `retention_days` if it may be kept longer",
            )
        )
    return tuple(item for item in found if item is not None)


def source_objections(source: SourceRights, use: Use, day: date) -> tuple[Objection, ...]:
    """``objections`` of a source of a case. A base model has a licence and nothing else."""
    if source.kind == "base":
        found = _licence(source.licence, use)
        return () if found is None else (found,)
    return objections(source.licence, source.purpose, use, expires=expires_on(source), day=day)


def chosen_terms(licence: Licence, use: Use) -> tuple[Terms, ...]:
    """Of the choices an OR leaves, the first that allows the use; the first at all when none does."""
    for choice in licence.choices:
        if not any(_forbids(terms, use) for terms in choice):
            return choice
    return licence.choices[0] if licence.choices else ()


def obligations(sources: Iterable[SourceRights], use: Use) -> tuple[str, ...]:
    """What the licences ask of whoever uses or passes on the model, a line each, sorted."""
    named: dict[tuple[str, str], set[str]] = {}
    for source in sources:
        for terms in chosen_terms(source.licence, use):
            what = f"{'base model' if source.kind == 'base' else 'source'} {source.name}"
            if terms.attribution:
                named.setdefault(("attribution", terms.id), set()).add(what)
            if terms.share_alike:
                named.setdefault(("share-alike", terms.id), set()).add(what)
            if not terms.commercial:
                named.setdefault(("non-commercial", terms.id), set()).add(what)
            if not terms.distribute:
                named.setdefault(("not to be given to others", terms.id), set()).add(what)
    return tuple(
        f"{duty} ({licence}): {', '.join(sorted(of))}" for (duty, licence), of in sorted(named.items())
    )


def _licence(licence: Licence, use: Use) -> Objection | None:
    if licence.state == "suspect":
        return Objection(
            reason=UNREADABLE,
            told="its licence holds invisible characters or letters of two alphabets",
            remedy="write the licence again by hand, as an SPDX id",
        )
    if licence.state == "missing":
        if use.unknown == "allow":
            return None
        return Objection(
            reason=MISSING,
            told="it names no licence",
            remedy="write its `licence` (an SPDX id; `proprietary` for your own data)",
        )
    blockers: list[tuple[Terms, str]] = []
    for choice in licence.choices:
        against = [(terms, why) for terms in choice if (why := _forbids(terms, use))]
        if not against:
            return None
        blockers = blockers or against
    terms, why = blockers[0]
    return Objection(
        reason=f"licence:{_slug(terms.id)}",
        told=f"its licence {_slug(terms.id)} {why}",
        remedy="leave the source out, get another licence for it and name that, or declare another use in `data.use`",
    )


def _forbids(terms: Terms, use: Use) -> str:
    """Why the terms forbid the use; empty when they do not."""
    if not terms.usable:
        return "allows nothing: nobody gave a licence, or it was withdrawn"
    if terms.research_only:
        allowed = {purpose_key(use.purpose), *map(purpose_key, use.compatible)}
        if use.commercial or "research" not in allowed:
            return "allows research only"
    if use.commercial and not terms.commercial:
        return "allows no commercial use"
    if use.derivatives and not terms.derivatives:
        return "allows no changed copies, and a model trained on it counts as one"
    if use.distribute and not terms.distribute:
        return "does not allow giving it to others"
    if not terms.known and use.unknown == "refuse":
        return "is not known: use an SPDX id, or say under `data.use.licences` what it allows"
    return ""


def _purpose(purpose: str, use: Use) -> Objection | None:
    if not use.purpose:
        return None
    allowed = {purpose_key(use.purpose), *map(purpose_key, use.compatible)}
    named = purposes_of(purpose)
    if not named:
        if use.unknown == "allow":
            return None
        return Objection(
            reason="purpose:missing",
            told="it names no purpose",
            remedy="write the `purpose` it was collected for",
        )
    if allowed.intersection(named):
        return None
    return Objection(
        reason=f"purpose:{_slug(named[0])}",
        told=f"it was collected for {', '.join(_slug(name) for name in named)}, not for {_slug(use.purpose)}",
        remedy="leave it out; if the purposes are compatible, name its purpose under `data.use.compatible`",
    )


def _slug(text: str) -> str:
    """Text fit for a reason and for one line."""
    return re.sub(r"[^\w.+-]+", "-", purpose_key(text), flags=re.ASCII).strip("-")[:_SLUG] or "unknown"


def narrowed(use: Use, changes: Mapping[str, object]) -> Use:
    """The declared use with what a policy's rule says instead."""
    return use.model_copy(update={key: value for key, value in changes.items() if value is not None})
