"""The fleet follows the aliases: verify, load, keep warm, refuse."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

import pytest

from tests.fixtures.gateways import MODEL, EchoLoader, point, subject_digest
from tunewright.core.ports import Generator
from tunewright.engines.generate.echo import EchoGenerator
from tunewright.serve import versions
from tunewright.serve.options import ServeOptions
from tunewright.serve.versions import Fleet, Placement
from tunewright.store.project import Project

PRODUCTION = (MODEL, "production")


def with_fleet(
    project: Project, loader: EchoLoader, check: Callable[[Fleet], Awaitable[None]], **options: object
) -> None:
    async def run() -> None:
        fleet = Fleet(project, loader, ServeOptions.model_validate(options))
        try:
            await fleet.refresh()
            await fleet.settle(warm=True)
            await check(fleet)
        finally:
            await fleet.close()

    asyncio.run(run())


async def follow(fleet: Fleet) -> None:
    await fleet.refresh()
    await fleet.settle(warm=True)


def version_of(fleet: Fleet, key: tuple[str, str] = PRODUCTION) -> str | None:
    version = fleet.serving[key].version
    return version.version if version is not None else None


def test_a_promoted_version_is_verified_loaded_and_named_by_its_bytes(project: Project) -> None:
    point(project, "production", "1.0.0")
    loader = EchoLoader()

    async def check(fleet: Fleet) -> None:
        assert version_of(fleet) == "1.0.0"
        version = fleet.serving[PRODUCTION].version
        assert version is not None
        assert version.loaded.subject_digest == subject_digest("1.0.0")
        assert loader.verified == [("production", "1.0.0")]

    with_fleet(project, loader, check)


def test_a_rollback_needs_no_load_and_verifies_again(project: Project) -> None:
    point(project, "production", "1.0.0")
    loader = EchoLoader()

    async def check(fleet: Fleet) -> None:
        point(project, "production", "1.1.0")
        await follow(fleet)
        assert version_of(fleet) == "1.1.0"
        point(project, "production", "1.0.0")
        await follow(fleet)
        assert version_of(fleet) == "1.0.0"
        assert loader.loads == ["1.0.0", "1.1.0"]
        assert loader.verified[-1] == ("production", "1.0.0")

    with_fleet(project, loader, check)


def test_a_fresh_gateway_warms_the_versions_before(project: Project) -> None:
    for version in ("1.0.0", "1.1.0", "1.2.0", "1.3.0"):
        point(project, "production", version)
    loader = EchoLoader()

    async def check(fleet: Fleet) -> None:
        assert version_of(fleet) == "1.3.0"
        assert {version.version for version in fleet.loaded} == {"1.3.0", "1.2.0", "1.1.0"}
        assert loader.loads[0] == "1.3.0"
        assert list(fleet.serving) == [PRODUCTION]  # warm ones answer nothing

    with_fleet(project, loader, check)


def test_the_version_before_is_warmed_after_readiness_not_before_it(project: Project) -> None:
    release = threading.Event()

    def make(placement: Placement) -> Generator:
        if placement.version == "1.0.0":
            assert release.wait(10)
        return EchoGenerator()

    point(project, "production", "1.0.0")
    point(project, "production", "1.1.0")

    async def run() -> None:
        fleet = Fleet(project, EchoLoader(make=make), ServeOptions())
        await fleet.refresh()
        await fleet.settle()
        assert version_of(fleet) == "1.1.0"
        assert [version.version for version in fleet.loaded] == ["1.1.0"]
        release.set()
        await fleet.settle(warm=True)
        assert {version.version for version in fleet.loaded} == {"1.0.0", "1.1.0"}
        await fleet.close()

    asyncio.run(run())


def test_old_versions_are_unloaded(project: Project) -> None:
    loader = EchoLoader()

    async def check(fleet: Fleet) -> None:
        for i in range(8):
            point(project, "production", f"1.{i}.0")
            await follow(fleet)
        assert {version.version for version in fleet.loaded} == {"1.7.0", "1.6.0"}

    with_fleet(project, loader, check, max_loaded=2)


def test_a_decision_that_does_not_verify_is_refused_not_replaced_by_the_old_version(project: Project) -> None:
    point(project, "production", "1.0.0")
    loader = EchoLoader(refused={"1.1.0"})

    async def check(fleet: Fleet) -> None:
        point(project, "production", "1.1.0")
        await follow(fleet)
        assert version_of(fleet) is None
        assert "does not verify" in fleet.serving[PRODUCTION].reason
        assert "1.1.0" not in loader.loads
        point(project, "production", "1.0.0")
        await follow(fleet)
        assert version_of(fleet) == "1.0.0"

    with_fleet(project, loader, check)


def test_other_bytes_than_decided_are_refused(project: Project) -> None:
    point(project, "production", "1.0.0")

    async def check(fleet: Fleet) -> None:
        assert version_of(fleet) is None
        assert "other bytes" in fleet.serving[PRODUCTION].reason

    with_fleet(project, EchoLoader(swapped={"1.0.0"}), check)


def test_an_unknown_fault_while_loading_is_a_reason_without_its_text(project: Project) -> None:
    def explode(placement: Placement) -> Generator:
        raise RuntimeError("secret customer text")

    point(project, "production", "1.0.0")

    async def check(fleet: Fleet) -> None:
        assert version_of(fleet) is None
        assert fleet.serving[PRODUCTION].reason == "loading failed with RuntimeError"

    with_fleet(project, EchoLoader(make=explode), check)


def test_a_slow_load_does_not_hold_up_a_rollback(project: Project) -> None:
    release = threading.Event()

    def make(placement: Placement) -> Generator:
        if placement.version == "1.1.0":
            assert release.wait(10)
        return EchoGenerator()

    point(project, "production", "1.0.0")
    loader = EchoLoader(make=make)

    async def check(fleet: Fleet) -> None:
        point(project, "production", "1.1.0")
        await fleet.refresh()
        await asyncio.sleep(0.05)
        assert version_of(fleet) == "1.0.0"  # the old one answers while the new one loads
        point(project, "production", "1.0.0")
        await fleet.refresh()
        await asyncio.sleep(0.1)
        assert version_of(fleet) == "1.0.0"
        assert fleet.serving[PRODUCTION].placement.generation == 3
        release.set()
        await fleet.settle(warm=True)
        assert version_of(fleet) == "1.0.0"  # the late load does not win

    with_fleet(project, loader, check)


def test_an_alias_that_is_gone_is_served_no_more(project: Project) -> None:
    from sqlalchemy import delete

    from tunewright.store.db import aliases

    point(project, "production", "1.0.0")
    point(project, "staging", "1.0.0")
    loader = EchoLoader()

    async def check(fleet: Fleet) -> None:
        with project.transaction() as connection:
            connection.execute(delete(aliases).where(aliases.c.environment == "production"))
        await follow(fleet)
        assert list(fleet.serving) == [(MODEL, "staging")]
        assert loader.loads == ["1.0.0"]  # one load for two environments

    with_fleet(project, loader, check)


@pytest.mark.sqlite
def test_a_registry_that_cannot_be_read_makes_the_fleet_stale(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    point(project, "production", "1.0.0")

    async def check(fleet: Fleet) -> None:
        assert not fleet.stale
        database = project.state / "tunewright.db"
        project.engine.dispose()
        for suffix in ("", "-wal", "-shm"):
            path = database.with_name(database.name + suffix)
            if path.exists():
                path.rename(path.with_name("away" + suffix))
        database.mkdir()
        try:
            monkeypatch.setattr(versions, "STALE_S", 0.05)
            time.sleep(0.1)
            await fleet.refresh()
            assert fleet.stale
            assert fleet.read_error
            assert version_of(fleet) == "1.0.0"
        finally:
            database.rmdir()
            for suffix in ("", "-wal", "-shm"):
                if (project.state / ("away" + suffix)).exists():
                    (project.state / ("away" + suffix)).rename(database.with_name(database.name + suffix))
        await fleet.refresh()
        assert not fleet.stale
        assert not fleet.read_error

    with_fleet(project, EchoLoader(), check)
