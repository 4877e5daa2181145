"""The tracker that keeps nothing: for workspaces without an experiment tracker, and for tests of what stands above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


class SilentTracker:
    """Implements ``Tracker`` and records nothing."""

    def log_run(
        self,
        *,
        name: str,
        params: Mapping[str, str],
        history: Sequence[Mapping[str, float]],
        metrics: Mapping[str, float],
        artifacts: Sequence[Path],
        tags: Mapping[str, str],
    ) -> str:
        """Answers the empty run id: there is no run."""
        return ""

    def register_version(
        self, *, model: str, version: str, run_id: str, source: Path, tags: Mapping[str, str]
    ) -> None:
        return None

    def set_alias(self, *, model: str, alias: str, version: str) -> None:
        return None
