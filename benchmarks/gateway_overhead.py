"""What the gateway itself costs: requests a second, latency, and CPU milliseconds a request, over the echo engine.

    python benchmarks/gateway_overhead.py [--seconds 5] [--out benchmarks/results]

The gateway runs in a process of its own; its CPU time comes from /proc, which other work on the machine does not change
(the wall-clock figures it does). Every request passes key check, validation, routing, batching and the durable exchange
log; ``/health`` shows what the HTTP server alone costs. The client is a bare keep-alive socket a connection.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from sqlalchemy import func, select  # noqa: E402

from tests.fixtures.gateways import MODEL, point  # noqa: E402
from tunewright.serve.keys import create_key  # noqa: E402
from tunewright.store.db import exchanges  # noqa: E402
from tunewright.store.project import Project  # noqa: E402

TEXT = "my card was charged twice for the same order, please help me with a refund"
TICK = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def request_bytes(path: str, key: str, body: dict[str, Any] | None) -> bytes:
    payload = json.dumps(body).encode() if body is not None else b""
    method = "POST" if body is not None else "GET"
    head = (
        f"{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n"
        f"content-length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload


async def read_response(reader: asyncio.StreamReader) -> None:
    """One response, by length or chunked. Raises AssertionError unless it is a 200."""
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n", 1)[0], head[:200]
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        while True:
            size = int(await reader.readline(), 16)
            await reader.readexactly(size + 2)
            if size == 0:
                return
    length = int(lower.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
    await reader.readexactly(length)


async def load(port: int, message: bytes, connections: int, seconds: float) -> list[float]:
    """Latencies in seconds of all requests answered within the time."""
    latencies: list[float] = []
    deadline = time.perf_counter() + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < deadline:
            started = time.perf_counter()
            writer.write(message)
            await read_response(reader)
            latencies.append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return latencies


def measure(pid: int, port: int, message: bytes, connections: int, seconds: float) -> dict[str, float]:
    asyncio.run(load(port, message, connections, min(1.0, seconds)))  # warm
    before, started = cpu_s(pid), time.perf_counter()
    latencies = asyncio.run(load(port, message, connections, seconds))
    wall, used = time.perf_counter() - started, cpu_s(pid) - before
    cut = statistics.quantiles(latencies, n=100)
    return {
        "connections": connections,
        "requests": len(latencies),
        "requests_per_s": round(len(latencies) / wall, 1),
        "cpu_ms_per_request": round(used / len(latencies) * 1000, 3),
        "p50_ms": round(cut[49] * 1000, 2),
        "p99_ms": round(cut[98] * 1000, 2),
    }


def wait_ready(url: str) -> float:
    started = time.perf_counter()
    while True:
        try:
            with urllib.request.urlopen(f"{url}/ready", timeout=5) as response:  # noqa: S310
                if response.status == 200:
                    return time.perf_counter() - started
        except (urllib.error.URLError, OSError):
            pass
        assert time.perf_counter() - started < 60
        time.sleep(0.01)


def resident_mb(pid: int) -> float:
    line = next(
        row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmRSS")
    )
    return round(int(line.split()[1]) / 1024, 1)


def run(seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "bank"
        with Project.create(root, actor="bench") as project:
            point(project, "production", "1.0.0")
            key = create_key(project, "bench", ("chat",))[1]
        started = time.perf_counter()
        command = [sys.executable, "-m", "tests.fixtures.gateways", str(root)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
            try:
                assert process.stdout is not None
                url = process.stdout.readline().strip()
                wait_ready(url)
                found: dict[str, Any] = {
                    "start_s": round(time.perf_counter() - started, 2),
                    "start_cpu_s": cpu_s(process.pid),
                }
                port = int(url.rsplit(":", 1)[1])
                chat = {"model": MODEL, "messages": [{"role": "user", "content": TEXT}]}
                kinds = {
                    "health": request_bytes("/health", key, None),
                    "chat": request_bytes("/v1/chat/completions", key, chat),
                    "chat, streamed": request_bytes("/v1/chat/completions", key, {**chat, "stream": True}),
                }
                for name, message in kinds.items():
                    found[name] = [measure(process.pid, port, message, c, seconds) for c in (1, 32)]
                found["resident_mb"] = resident_mb(process.pid)
            finally:
                process.terminate()
                process.wait(30)
        with Project.open(root) as project, project.reader() as connection:
            found["exchanges_recorded"] = connection.execute(
                select(func.count()).select_from(exchanges)
            ).scalar_one()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "benchmarks" / "results")
    arguments = parser.parse_args()
    found = {
        "load_average": os.getloadavg()[0],
        "cores": len(os.sched_getaffinity(0)),
        **run(arguments.seconds),
    }
    for name in ("health", "chat", "chat, streamed"):
        for row in found[name]:
            print(
                f"{name:<15} c={row['connections']:<3} {row['requests_per_s']:>8.0f} requests/s   "
                f"{row['cpu_ms_per_request']:.3f} ms CPU   p50 {row['p50_ms']:.2f} ms   p99 {row['p99_ms']:.2f} ms"
            )
    print(f"start {found['start_s']} s ({found['start_cpu_s']} s CPU), resident {found['resident_mb']} MB")
    print(f"exchanges recorded: {found['exchanges_recorded']}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "gateway_overhead.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    print(f"written to {path}")


if __name__ == "__main__":
    main()
