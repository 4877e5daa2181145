"""Every error a caller can meet. Each says what happened, what to do next, and which facts identify the place.

``facts`` holds names, paths, numbers and digests, never the text of an example.
"""

from __future__ import annotations

from typing import Any, ClassVar


class TunewrightError(Exception):
    """Base of all errors this product raises on purpose."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, what: str, *, hint: str, **facts: str | int | float | bool | list[str] | None) -> None:
        """what: one sentence with the offending value; hint: the next step; facts: where it happened."""
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.what} ({self.hint})"

    def as_json(self) -> dict[str, Any]:
        """The object that ``--json`` and the HTTP API answer with."""
        return {"error": type(self).__name__, "what": self.what, "hint": self.hint, "facts": self.facts}


class UsageError(TunewrightError):
    """The command or call itself is wrong: the caller edits it."""

    exit_code = 2
    http_status = 400


class ConfigError(UsageError):
    """The configuration is wrong: the caller edits the YAML."""


class DataError(UsageError):
    """A data file is wrong: names file, line or row, field and remedy."""


class EngineMissingError(TunewrightError):
    """An optional package is not installed: the hint is the exact command."""

    exit_code = 3
    http_status = 501


class GateRefusedError(TunewrightError):
    """A gate said no. ``verdict`` is the JSON form of the whole verdict tree."""

    exit_code = 4
    http_status = 409

    def __init__(self, what: str, *, hint: str, verdict: dict[str, Any], **facts: Any) -> None:
        super().__init__(what, hint=hint, **facts)
        self.verdict = verdict

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "verdict": self.verdict}


class NotFoundError(TunewrightError):
    """No such name: the caller checks it."""

    exit_code = 5
    http_status = 404


class ConflictError(TunewrightError):
    """Somebody else was faster, or the name is taken: wait or pick another version."""

    exit_code = 6
    http_status = 409


class IntegrityError(TunewrightError):
    """Stored bytes are not what was recorded: stop and call someone."""

    exit_code = 7
    http_status = 500


class EngineError(TunewrightError):
    """An engine failed while working."""

    exit_code = 8
    http_status = 502

    def __init__(self, what: str, *, hint: str, retryable: bool = False, **facts: Any) -> None:
        super().__init__(what, hint=hint, **facts)
        self.retryable = retryable


class DeniedError(TunewrightError):
    """The caller is not allowed to do this."""

    exit_code = 9
    http_status = 403
