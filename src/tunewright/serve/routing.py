"""From the ``model`` field of a request to the version that answers it.

``name`` is production, or its traffic shares; ``name@1.2.0`` a version some environment points at; ``name:staging`` an
environment. Whoever has a share stays in it: the unit is the request's ``user``, else the key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunewright.serve.openai_api import ApiError
from tunewright.serve.options import ShareOptions
from tunewright.serve.versions import PRODUCTION, Key, Serving, Version

Shares = Mapping[str, Sequence[ShareOptions]]


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers, and by which share (empty without shares)."""

    version: Version
    environment: str
    variant: str


def share_point(name: str, unit: str) -> float:
    """Where a unit falls in [0, 100): SHA-256 of public name and unit, so two experiments cut independently."""
    cut = hashlib.sha256(f"{name}\x1f{unit}".encode()).digest()[:8]
    return int.from_bytes(cut, "big") / 2**64 * 100


def choose_share(name: str, unit: str, shares: Sequence[ShareOptions]) -> ShareOptions:
    """The share the unit falls in. Moving a border moves only the units it passes."""
    point = share_point(name, unit)
    upper = 0.0
    for share in shares:
        upper += share.percent
        if point < upper:
            return share
    return shares[-1]


def route(name: str, unit: str, serving: Mapping[Key, Serving], shares: Shares) -> Route:
    """Resolve a requested model name. Raises ApiError 404 for an unknown name, 503 for one that is refused."""
    if name in shares:
        share = choose_share(name, unit, shares[name])
        found = _find(share.model, serving)
        return Route(_answering(share.model, found), found.placement.environment, share.model)
    found = _find(name, serving)
    return Route(_answering(name, found), found.placement.environment, "")


def _answering(name: str, found: Serving) -> Version:
    if found.version is None:
        raise ApiError(
            503,
            f"{name} is not served: {found.reason}",
            param="model",
            code="model_not_ready",
            retry_after_s=5,
        )
    return found.version


def _find(name: str, serving: Mapping[Key, Serving]) -> Serving:
    model, at, version = name.partition("@")
    if at:
        held = [s for (m, _), s in serving.items() if m == model and s.placement.version == version]
        # Production first, then one that is served: the same version may stand in several environments.
        held.sort(key=lambda s: (s.placement.environment != PRODUCTION, s.version is None))
        ready = [s for s in held if s.version is not None]
        if held:
            return (ready or held)[0]
        raise _unknown(name, "no environment points at this version", model, serving)
    model, colon, environment = name.partition(":")
    found = serving.get((model, environment if colon else PRODUCTION))
    if found is None:
        raise _unknown(name, "nothing has been promoted there", model, serving)
    return found


def _unknown(name: str, why: str, model: str, serving: Mapping[Key, Serving]) -> ApiError:
    if any(known == model for known, _ in serving):
        return ApiError(
            404, f"the model {name[:200]!r} is not served: {why}", param="model", code="model_not_found"
        )
    return ApiError(
        404,
        f"the model {name[:200]!r} does not exist; GET /v1/models lists what does",
        param="model",
        code="model_not_found",
    )


def names(serving: Mapping[Key, Serving], shares: Shares) -> dict[str, Serving | None]:
    """Every name a request may use; None for one that is a mixture of shares."""
    found: dict[str, Serving | None] = dict.fromkeys(shares)
    for (model, environment), entry in sorted(serving.items(), key=lambda item: item[0]):
        if environment == PRODUCTION:
            found.setdefault(model, entry)
        found.setdefault(f"{model}:{environment}", entry)
        found.setdefault(f"{model}@{entry.placement.version}", entry)
    return found
