"""How long after `model rollback` the gateway answers with the old version. Target: 2 s.

    python benchmarks/rollback.py [--rounds 10] [--base builtin] [--out benchmarks/results]

Two real versions are trained, evaluated and promoted; `tunewright serve` runs as a process of its own and is asked without
pause. Timed, round by round: from before the rollback call to the first answer of the old version, and of that the part
after the call returned. Then the same for gateways that were started after the promotion and so have never served the old
version: once they hold it in memory and, not counted, the moment one became ready. Promotion back is timed beside it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from tests.fixtures.served_workspace import two_versions  # noqa: E402
from tunewright.flows.keys import create_key  # noqa: E402
from tunewright.flows.promote import promote  # noqa: E402
from tunewright.flows.rollback import rollback  # noqa: E402
from tunewright.flows.workspace import Workspace  # noqa: E402

TARGET_S = 2.0


class Asker:
    """One keep-alive connection."""

    def __init__(self, url: str, key: str) -> None:
        place = urlsplit(url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        self._key = key

    def version(self) -> str:
        body = {"model": "support", "messages": [{"role": "user", "content": "lost card"}], "max_tokens": 4}
        headers = {"authorization": f"Bearer {self._key}"}
        self._connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        response = self._connection.getresponse()
        response.read()
        return (
            response.headers["x-tunewright-version"] if response.status == 200 else f"HTTP {response.status}"
        )

    def until(self, version: str) -> set[str]:
        """Ask until this version answers; what else answered."""
        others = set()
        deadline = time.perf_counter() + 60
        while (seen := self.version()) != version:
            others.add(seen)
            assert time.perf_counter() < deadline, f"still {seen}"
        return others


@contextmanager
def gateway(root: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "tunewright", "serve", "-C", str(root), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()
            process.wait(60)


def wait_ready(url: str) -> None:
    place = urlsplit(url)
    deadline = time.perf_counter() + 120
    while True:
        try:
            connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
            connection.request("GET", "/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        assert time.perf_counter() < deadline
        time.sleep(0.05)


def one_round(ws: Workspace, asker: Asker, versions: list[str]) -> dict[str, Any]:
    old, new = versions
    asker.until(new)
    started = time.perf_counter()
    rollback(ws, "production")
    called = time.perf_counter()
    others = asker.until(old)
    seen = time.perf_counter()
    promote(ws, f"support@{new}", environment="production")
    promoted = time.perf_counter()
    asker.until(new)
    back = time.perf_counter()
    assert others <= {new}, f"something else answered in between: {others}"
    return {
        "rollback_call_s": round(called - started, 3),
        "rollback_seen_s": round(seen - started, 3),
        "promotion_seen_after_call_s": round(back - promoted, 3),
    }


def fresh_round(ws: Workspace, key: str, versions: list[str], *, warm: bool) -> dict[str, Any]:
    """A round on a gateway that started after the promotion; ``warm``: once it holds the old version in memory too."""
    with gateway(ws.root) as url:
        wait_ready(url)
        if warm:
            wait_warm(url, versions[0])
        return one_round(ws, Asker(url, key), versions)


def wait_warm(url: str, version: str) -> None:
    """Until the gateway's metrics name the version among the loaded ones."""
    place = urlsplit(url)
    page = ""
    while f'version="{version}"' not in page:
        time.sleep(0.05)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
        connection.request("GET", "/metrics")
        page = connection.getresponse().read().decode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--base", default="builtin")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "benchmarks" / "results")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "bank"
        versions = two_versions(root, arguments.base)
        with Workspace.open(root, actor="bench") as ws:
            key = create_key(ws, "bench").key
            with gateway(root) as url:
                wait_ready(url)
                wait_warm(url, versions[0])
                asker = Asker(url, key)
                rounds = [one_round(ws, asker, versions) for _ in range(arguments.rounds)]
            fresh = [fresh_round(ws, key, versions, warm=True) for _ in range(2)]
            cold = fresh_round(ws, key, versions, warm=False)
    times = [entry["rollback_seen_s"] for entry in rounds + fresh]
    found = {
        "base": arguments.base,
        "load_average": os.getloadavg()[0],
        "cores": len(os.sched_getaffinity(0)),
        "target_s": TARGET_S,
        "median_s": round(statistics.median(times), 3),
        "worst_s": max(times),
        "rounds": rounds,
        "fresh_gateway": fresh,
        "fresh_gateway_before_it_is_warm": cold,
    }
    print(f"rollback until the old version answers: median {found['median_s']} s, worst {found['worst_s']} s")
    print(f"on gateways that never served the old version: {[entry['rollback_seen_s'] for entry in fresh]} s")
    print(
        f"not counted: {cold['rollback_seen_s']} s the moment a gateway became ready, the old version still loading"
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "rollback.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    print(f"written to {path}")
    sys.exit(0 if max(times) <= TARGET_S else 1)


if __name__ == "__main__":
    main()
