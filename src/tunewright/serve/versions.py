"""Which versions are loaded and which answers what: follows the aliases table, verifies, loads, keeps the previous warm.

Rules:
1. What an alias names is served, or nothing: a version whose decision or bytes do not verify answers 503.
2. While a newly named version loads, the one before it answers: it was verified.
3. The versions an environment pointed at before stay loaded, so a rollback needs a lookup, not a load.
4. When the aliases table cannot be read for ``STALE_S``, nothing is served: an unseen rollback must not be ignored.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from tunewright.core.errors import IntegrityError, TunewrightError
from tunewright.core.ports import Generator
from tunewright.serve.batching import Worker
from tunewright.serve.options import ServeOptions
from tunewright.store.db import alias_history, aliases
from tunewright.store.project import Project

PRODUCTION = "production"
STALE_S = 5.0
_RETRY_S = 5.0
_WARM = 2
"""versions kept warm behind each environment"""


@dataclass(frozen=True, slots=True)
class Placement:
    """A row of the aliases table: this environment of this model points at this version, by this decision."""

    model: str
    environment: str
    version: str
    digest: str
    """of the model version's record"""
    decision_digest: str
    generation: int


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A generator and what it was built from."""

    generator: Generator
    subject_digest: str
    """computed from the bytes that were loaded"""


class Loader(Protocol):
    """What the flow hands in: the registry's check and the engines' loading. Called from worker threads."""

    def verify(self, placement: Placement) -> str:
        """The subject digest the verified decision covers. Raises IntegrityError when it does not verify."""
        ...

    def load(self, placement: Placement) -> LoadedModel:
        """Load the version's bytes. Raises IntegrityError when they are not what was recorded."""
        ...


@dataclass(eq=False, slots=True)
class Version:
    """A loaded version."""

    model: str
    version: str
    digest: str
    loaded: LoadedModel
    worker: Worker

    @property
    def name(self) -> str:
        """``name@1.2.0``."""
        return f"{self.model}@{self.version}"


@dataclass(frozen=True, slots=True)
class Serving:
    """What one environment answers with: a version, or the reason why none."""

    placement: Placement
    version: Version | None
    reason: str = ""


Key = tuple[str, str]


class Fleet:
    """The loaded versions. All methods run on the event loop; reading, verifying and loading run in threads."""

    def __init__(self, project: Project, loader: Loader, options: ServeOptions) -> None:
        self._project = project
        self._loader = loader
        self._options = options
        self._wanted: dict[Key, Placement] = {}
        self._previous: dict[Key, tuple[Placement, ...]] = {}
        self._serving: dict[Key, Serving] = {}
        self._versions: dict[str, Version] = {}
        self._loading: dict[str, asyncio.Task[Version]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._warming: set[asyncio.Task[None]] = set()
        self._failed_at: dict[Key, float] = {}
        self._read_at: float | None = None
        self.read_error = ""

    @property
    def serving(self) -> Mapping[Key, Serving]:
        """What each (model, environment) answers with."""
        return self._serving

    @property
    def loaded(self) -> Sequence[Version]:
        """Versions in memory, warm ones included."""
        return list(self._versions.values())

    @property
    def stale(self) -> bool:
        """Whether the aliases have not been readable for too long."""
        return self._read_at is None or time.perf_counter() - self._read_at > STALE_S

    async def refresh(self) -> None:
        """Read the aliases and start following whatever changed."""
        read = await self._read()
        if read is None:
            return
        wanted, self._previous = read
        for key in [key for key in self._wanted if key not in wanted]:
            del self._wanted[key]
            self._serving.pop(key, None)
        for key, placement in wanted.items():
            if placement != self._wanted.get(key) or self._due(key):
                self._wanted[key] = placement
                self._failed_at.pop(key, None)
                self._start(self._place(key, placement))

    async def _read(self) -> tuple[dict[Key, Placement], dict[Key, tuple[Placement, ...]]] | None:
        """The aliases and what was before; None when they cannot be read."""
        try:
            read = await asyncio.to_thread(read_placements, self._project, self._wanted, self._previous)
        except (SQLAlchemyError, TunewrightError, OSError) as error:
            self.read_error = type(error).__name__
            return None
        self._read_at = time.perf_counter()
        self.read_error = ""
        return read

    def _due(self, key: Key) -> bool:
        failed = self._failed_at.get(key)
        return failed is not None and time.perf_counter() - failed > _RETRY_S

    def _start(self, work: Coroutine[Any, Any, None], *, warming: bool = False) -> None:
        tasks = self._warming if warming else self._tasks
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def settle(self, *, warm: bool = False) -> None:
        """Wait until everything an alias names is loaded or refused; ``warm``: the versions before it, too."""
        while running := (self._tasks | self._warming if warm else set(self._tasks)):
            await asyncio.gather(*running)

    async def _place(self, key: Key, placement: Placement) -> None:
        version: Version | None = None
        reason = ""
        try:
            subject = await asyncio.to_thread(self._loader.verify, placement)
            version = await self._load(placement)
            if version.loaded.subject_digest != subject:
                version = None
                raise IntegrityError(
                    f"{placement.model}@{placement.version} was decided as {subject[:16]}, "
                    "but other bytes were loaded",
                    hint="run `tunewright model verify`",
                )
        except TunewrightError as error:
            version, reason = None, f"{error.what}; {error.hint}"
        except Exception as error:  # noqa: BLE001 - worker boundary: a loader's fault must not end the gateway
            version, reason = None, f"loading failed with {type(error).__name__}"
        if version is None and await self._moved(key, placement):
            return
        if self._wanted.get(key) is not placement:
            return
        self._serving[key] = Serving(placement, version, reason)
        if version is None:
            self._failed_at[key] = time.perf_counter()
            return
        for before in self._previous.get(key, ()):
            if before.digest not in self._versions and len(self._versions) < self._options.max_loaded:
                self._start(self._warm(before), warming=True)
        self._evict()

    async def _moved(self, key: Key, placement: Placement) -> bool:
        """Whether the alias points elsewhere by now: then the failure is that of a look at two moments, not of a version."""
        read = await self._read()
        return read is not None and read[0].get(key) != placement

    async def _load(self, placement: Placement) -> Version:
        """The loaded version; concurrent callers share one load."""
        known = self._versions.get(placement.digest)
        if known is not None:
            return known
        task = self._loading.get(placement.digest)
        if task is None:
            task = asyncio.create_task(self._load_new(placement))
            self._loading[placement.digest] = task
            task.add_done_callback(lambda _: self._loading.pop(placement.digest, None))
        return await asyncio.shield(task)

    async def _load_new(self, placement: Placement) -> Version:
        loaded = await asyncio.to_thread(self._loader.load, placement)
        options = self._options
        worker = Worker(
            loaded.generator,
            name=f"{placement.model}@{placement.version}",
            max_batch=options.max_batch,
            batch_wait_ms=options.batch_wait_ms,
            max_waiting=options.max_waiting,
            max_streams=options.max_streams,
        )
        version = Version(placement.model, placement.version, placement.digest, loaded, worker)
        self._versions[placement.digest] = version
        return version

    async def _warm(self, placement: Placement) -> None:
        """Load the version before, for the day of a rollback. It answers nothing until an alias names it again."""
        try:
            await self._load(placement)
        except Exception:  # noqa: BLE001 - worker boundary: it is not in use; a rollback to it reports the reason
            return
        self._evict()

    def _evict(self) -> None:
        """Unload what no environment points at, oldest first, and the warm ones when there are too many."""
        used = {serving.version.digest for serving in self._serving.values() if serving.version is not None}
        used |= {placement.digest for placement in self._wanted.values()}
        warm = {before.digest for past in self._previous.values() for before in past} - used
        for digest in list(self._versions):
            if digest in used:
                continue
            if digest not in warm or len(self._versions) > max(self._options.max_loaded, len(used)):
                version = self._versions.pop(digest)
                self._start(asyncio.to_thread(version.worker.close))

    async def close(self) -> None:
        """End the workers; running work ends first."""
        self._wanted.clear()
        await self.settle(warm=True)
        versions, self._versions = list(self._versions.values()), {}
        await asyncio.gather(*(asyncio.to_thread(version.worker.close) for version in versions))


def read_placements(
    project: Project, known: Mapping[Key, Placement], previous: Mapping[Key, tuple[Placement, ...]]
) -> tuple[dict[Key, Placement], dict[Key, tuple[Placement, ...]]]:
    """Where every environment points now, and the last other versions it pointed at, newest first.

    ``known`` and ``previous`` are the last answers: an alias that has not moved has no new history to read.
    """
    now: dict[Key, Placement] = {}
    before: dict[Key, tuple[Placement, ...]] = {}
    with project.reader() as connection:
        for row in connection.execute(select(aliases)):
            now[row.model, row.environment] = _placement(row._mapping)
        for (model, environment), current in now.items():
            if current == known.get((model, environment)) and (model, environment) in previous:
                before[model, environment] = previous[model, environment]
                continue
            past = connection.execute(
                select(alias_history)
                .where(
                    alias_history.c.model == model,
                    alias_history.c.environment == environment,
                    alias_history.c.digest != current.digest,
                )
                .order_by(alias_history.c.generation.desc())
                .limit(20)
            )
            found: dict[str, Placement] = {}
            for row in past:
                found.setdefault(row.digest, _placement(row._mapping))
            before[model, environment] = tuple(found.values())[:_WARM]
    return now, before


def _placement(row: Mapping[Any, Any]) -> Placement:
    return Placement(
        model=row["model"],
        environment=row["environment"],
        version=row["version"],
        digest=row["digest"],
        decision_digest=row["decision_digest"],
        generation=row["generation"],
    )
