"""OpenLineage events as they happen: a line each in ``.tunewright/openlineage.jsonl``, and to an endpoint that wants them.

A build that begins says START, and at its end COMPLETE or FAIL; one that is killed leaves its START alone. The file is a
convenience for lineage tools, not a record: losing it loses nothing that ``data export --form openlineage`` cannot tell
again but the starts. Neither a full disk nor an endpoint that does not answer ever fails a build; both are said.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import TunewrightError
from tunewright.core.ports import Progress
from tunewright.core.types import Record, Ref
from tunewright.flows.openlineage import EventType, input_of, recorded_event, run_event, run_id_of, start_of

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

LOG = "openlineage.jsonl"
_TIMEOUT_S = 5.0
_PATH = "/api/v1/lineage"


@dataclass(slots=True)
class LineageRun:
    """A run that has started; ``made`` is the record it left, when it left one."""

    made: Record | None = None


@contextmanager
def lineage_run(ws: Workspace, job: str, inputs: Sequence[Ref], progress: Progress) -> Iterator[LineageRun]:
    """Say START now, and at the end of the block COMPLETE with what was made, or FAIL with the error's own sentence."""
    project, started = ws.project, ws.project.now()
    run_id = run_id_of(project.identity, job, started.isoformat(), *(ref.digest for ref in inputs))
    told = [input_of(project, ref) for ref in inputs]
    speak = _Speaker(ws, progress)
    speak(lambda: run_event("START", project, job=job, run_id=run_id, at=started, inputs=told))
    run = LineageRun()
    try:
        yield run
    except BaseException as error:
        # What an error says of itself holds no text of an example; of others only the kind is told.
        what = error.what.splitlines()[0] if isinstance(error, TunewrightError) else type(error).__name__
        kind: EventType = "FAIL" if isinstance(error, Exception) else "ABORT"
        ended = project.now()
        speak(lambda: run_event(kind, project, job=job, run_id=run_id, at=ended, inputs=told, error=what))
        raise
    made = run.made
    if made is not None:
        speak(lambda: recorded_event(project, made, run_id, project.now()))


def say_recorded(ws: Workspace, record: Record, progress: Progress) -> None:
    """START and COMPLETE of something that is recorded: an evaluation, an attack, a training."""
    speak = _Speaker(ws, progress)
    speak(lambda: start_of(recorded_event(ws.project, record)))
    speak(lambda: recorded_event(ws.project, record))


class _Speaker:
    """Writes events down and sends them on. Says once what does not work."""

    def __init__(self, ws: Workspace, progress: Progress) -> None:
        self._path = ws.project.state / LOG
        self._options = ws.configuration.runtime.openlineage
        self._progress = progress
        self._silent = False

    def __call__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        try:
            line = json.dumps(make(), ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
            append_line(self._path, line)
            if self._options.url:
                self._send(line.encode())
        except (OSError, ValueError, KeyError, http.client.HTTPException, TunewrightError) as error:
            if not self._silent:
                self._progress.note(f"the lineage event was not passed on: {_short(error)}")
            self._silent = True

    def _send(self, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        if self._options.api_key is not None:
            headers["Authorization"] = f"Bearer {self._options.api_key.value()}"
        request = urllib.request.Request(  # noqa: S310 - the options allow http and https only
            self._options.url.rstrip("/") + _PATH, data=body, headers=headers, method="POST"
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            answer.read()


def _short(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the endpoint answered {error.code}"
    if isinstance(error, urllib.error.URLError):
        return f"the endpoint cannot be reached ({type(error.reason).__name__})"
    return error.what if isinstance(error, TunewrightError) else type(error).__name__


def append_line(path: Path, line: str) -> None:
    """One write at the end of the file, so that lines of two processes never mix. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, line.encode("utf-8"))
    finally:
        os.close(descriptor)


def logged_events(path: Path) -> Iterator[dict[str, Any]]:
    """Events of the log, oldest first; a line that was cut off is passed over."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                yield event


def events_of(ws: Workspace, snapshot: Record) -> list[dict[str, Any]]:
    """Events of a snapshot's build and of every run made from it: as they happened where the log has them, else as the
    record tells, with one time for start and end. Ordered by time. What was built from files in which rows were erased
    since is told as it is now."""
    project = ws.project
    records = [snapshot, *map(project.records.get, project.records.downstream(snapshot.ref))]
    wanted = [record for record in records if record.ref.kind in ("snapshot", "run")]
    logged = list(logged_events(project.state / LOG))
    found: list[dict[str, Any]] = []
    for record in wanted:
        told = recorded_event(project, record)
        versions = {_version(output) for output in told["outputs"]}
        runs = {
            event["run"]["runId"]
            for event in logged
            if event.get("eventType") == "COMPLETE"
            and versions & {_version(o) for o in event.get("outputs", ())}
        }
        same = [event for event in logged if event.get("run", {}).get("runId") in runs]
        if project.records.present_files(record) != record.files:
            # Something was erased since: the numbers of then are of files that are no more.
            now = {name: told[name] for name in ("inputs", "outputs")}
            same = [{**event, **now} if event.get("eventType") == "COMPLETE" else event for event in same]
        found += same or [start_of(told), told]
    return sorted(found, key=lambda event: str(event["eventTime"]))


def _version(output: Mapping[str, Any]) -> str:
    return str(output.get("facets", {}).get("version", {}).get("datasetVersion", ""))
