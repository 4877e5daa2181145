"""What all requests share: the workspace, opened once for every person who acts in it."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tunewright.core.errors import TunewrightError
from tunewright.web.sessions import Lifetimes

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace
    from tunewright.store.project import Project

MOST_OPEN = 16
"""workspaces kept open, each with its own few connections; one more closes the one that was used longest ago"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the console stands: what its address is, and who may speak for a client."""

    hosts: frozenset[str]
    """what a ``Host`` header may say, with the port"""
    https: bool = False
    """a proxy in front speaks TLS: secure cookies, ``https`` origins"""
    proxied: bool = False
    """the last ``X-Forwarded-For`` is the client's address, because only our proxy reaches this port"""
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    body_timeout_s: float = 15.0


class Desk:
    """The open workspaces of one console. Threads share it."""

    def __init__(self, base: Workspace, reopen: Callable[[str], Workspace], around: Surroundings) -> None:
        """base: opened by whoever started the console; ``reopen``: opens it again as somebody else."""
        self.base = base
        self.around = around
        self._reopen = reopen
        self._lock = threading.Lock()
        self._open: OrderedDict[str, tuple[Workspace, float]] = OrderedDict()
        self._identity = base.project.audit.verifier().name.rpartition("/")[2]

    @property
    def project(self) -> Project:
        """For what nobody in particular does: sessions, attempts."""
        return self.base.project

    @property
    def cookie_name(self) -> str:
        """Cookies do not know ports: two consoles on one machine would share one name."""
        prefix = "__Host-" if self.around.https else ""
        return f"{prefix}tunewright-{self._identity}"

    @property
    def form_cookie_name(self) -> str:
        """The sign-in form's own cookie."""
        return f"{self.cookie_name}-form"

    def workspace(self, actor: str) -> Workspace:
        """The workspace as this person; opened again when ``tunewright.yaml`` was edited."""
        changed = _changed_at(self.base.root / "tunewright.yaml")
        with self._lock:
            found = self._open.get(actor)
            if found is not None and found[1] == changed:
                self._open.move_to_end(actor)
                return found[0]
        # Outside the lock: opening migrates and cleans. The configuration's errors reach the page.
        opened = self._reopen(actor)
        with self._lock:
            gone = [self._open.pop(actor)] if actor in self._open else []
            self._open[actor] = (opened, changed)
            while len(self._open) > MOST_OPEN:
                gone.append(self._open.popitem(last=False)[1])
        for workspace, _ in gone:
            # A thread that still uses it keeps its connection until it is done; the next use would open another pool.
            workspace.close()
        return opened

    def warm(self) -> None:
        """Derive what the first page would wait for: the review index, and the tree over the events."""
        from tunewright.flows.audit_log import event_proof
        from tunewright.flows.review import waiting

        # What is wrong is said on the page that needs it.
        with contextlib.suppress(TunewrightError):
            event_proof(self.base, 1)
        with contextlib.suppress(TunewrightError):
            waiting(self.base)

    def close(self) -> None:
        """Release every database but the base's, which belongs to whoever opened it."""
        with self._lock:
            for opened, _ in self._open.values():
                opened.close()
            self._open.clear()


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
