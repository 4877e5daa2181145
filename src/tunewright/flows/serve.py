"""``tunewright serve``: the gateway over this workspace's promoted versions.

The loader is where registry and engines meet: it asks the registry whether the decision behind an alias verifies, and
loads only bytes whose digests are the ones that were decided on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunewright.core.errors import IntegrityError
from tunewright.core.ports import Generator
from tunewright.flows.model_files import model_files
from tunewright.serve.gateway import Gateway
from tunewright.serve.options import ServeOptions
from tunewright.serve.server import address, bind, run_background, run_foreground
from tunewright.serve.versions import LoadedModel, Placement

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

ENGINE = "transformers"


@dataclass(frozen=True, slots=True)
class ServeReport:
    """What a gateway did until it was stopped."""

    url: str
    exchanges: int
    unrecorded: int
    """answers withheld because their exchange could not be committed"""
    wall_s: float


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """A gateway in a thread of this process."""

    url: str
    gateway: Gateway


class RegistryLoader:
    """Verifies through the registry, loads through the engines."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws

    def verify(self, placement: Placement) -> str:
        """The decided subject digest. Raises IntegrityError when the decision does not verify or names something else."""
        from tunewright.registry.verify import verify_decision

        decision = verify_decision(self._ws.project, placement.model, placement.environment)
        if (decision.model.version, decision.model.digest) != (placement.version, placement.digest):
            # The alias moved between our two reads, or was edited: either way this is not the decision for it.
            raise IntegrityError(
                f"the decision for {placement.model}:{placement.environment} is about {decision.model.version}, "
                f"not {placement.version}",
                hint="run `tunewright audit verify`",
            )
        return decision.subject_digest

    def load(self, placement: Placement) -> LoadedModel:
        """Load a model version. Raises IntegrityError when its bytes are not what was registered."""
        from tunewright import engines

        record = self._ws.project.records.by_digest(placement.digest)
        files = model_files(self._ws, record)
        generator: Generator = engines.load(
            "generate",
            ENGINE,
            base_dir=files.base_dir,
            weights_dir=files.weights_dir,
            threads=self._ws.configuration.runtime.threads,
        )
        # Read again: bytes exchanged while they were being loaded are not served.
        return LoadedModel(generator, model_files(self._ws, record).subject_digest)


def _gateway(ws: Workspace, host: str | None, port: int | None) -> tuple[Gateway, ServeOptions]:
    changes = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    options = ServeOptions.model_validate({**ws.configuration.serve.model_dump(), **changes})
    return Gateway(ws.project, RegistryLoader(ws), options), options


def serve(
    ws: Workspace,
    *,
    host: str | None = None,
    port: int | None = None,
    on_listening: Callable[[str], None] = lambda url: None,
) -> ServeReport:
    """Serve until SIGTERM or SIGINT. ``on_listening`` gets the address before the first request is taken.

    Raises ConflictError for a port in use, UsageError for a bad address, EngineError when the gateway cannot start.
    """
    gateway, options = _gateway(ws, host, port)
    sock = bind(options.host, options.port, send_timeout_s=options.send_timeout_s)
    url = address(sock)
    started = time.perf_counter()
    on_listening(url)
    run_foreground(gateway, sock, options)
    return ServeReport(url, gateway.recorded, gateway.unrecorded, round(time.perf_counter() - started, 3))


@contextmanager
def running_gateway(
    ws: Workspace, *, host: str | None = None, port: int | None = 0
) -> Iterator[RunningGateway]:
    """A gateway in a thread, with every promoted version loaded or refused when the block begins; a free port unless set."""
    gateway, options = _gateway(ws, host, port)
    with run_background(
        gateway, bind(options.host, options.port, send_timeout_s=options.send_timeout_s), options
    ) as url:
        yield RunningGateway(url, gateway)
