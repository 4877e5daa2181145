"""Tunewright: from raw private data to a fine-tuned model in production, with proof of every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pathlib import Path

    from tunewright.flows.workspace import Workspace


def open(path: str | Path = ".", *, actor: str | None = None) -> Workspace:
    """Open the workspace in ``path``: everything the command line does, as methods. ``actor``: who acts (as ``--as``).

    Raises NotFoundError when the folder holds no ``tunewright.yaml`` and ConfigError when that file is wrong.
    """
    from tunewright.flows.workspace import Workspace

    return Workspace.open(path, actor=actor)


__all__ = ["__version__", "open"]
