"""A private PostgreSQL server under a temporary folder, where its programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return versions[-1].parent if versions else None


def _account() -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root: its own account then."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an empty server, as ``postgresql+psycopg://postgres@127.0.0.1:PORT``."""
    pytest.importorskip("psycopg", reason="needs psycopg: pip install 'tunewright[postgres]'")
    programs, account = _programs(), _account()
    if programs is None or account is None:
        pytest.skip(
            "needs PostgreSQL's server programs and an account to run them: apt-get install postgresql"
        )
    # Not below pytest's own folder, which only its owner may enter.
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    uid, gid = account
    os.chown(folder, uid, gid)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*command: str) -> None:
        subprocess.run(
            command, check=True, user=uid, group=gid, extra_groups=[], cwd=folder, stdout=subprocess.DEVNULL
        )

    run(str(programs / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-N")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c max_connections=50"
    # Clients are killed here, never the server: it need not be durable itself.
    options += " -c fsync=off -c shared_buffers=16MB"
    pg_ctl = [str(programs / "pg_ctl"), "-D", str(folder / "data"), "-w"]
    run(*pg_ctl, "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}"
    finally:
        run(*pg_ctl, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
