"""Snapshots: the list, the life of one, its data report, and what differs between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewright.data.diff_inputs import KINDS
from tunewright.flows.snapshot_life import snapshot_life, snapshot_list
from tunewright.flows.snapshots import diff as diff_flow
from tunewright.flows.snapshots import find_snapshot
from tunewright.flows.snapshots import report as report_flow
from tunewright.web.ask import Download, Page

if TYPE_CHECKING:
    from tunewright.web.ask import Answer, Ask

OUTCOMES = ("kept", "changed", "dropped", "held")


def listing(ask: Ask) -> Answer:
    """All snapshots, newest first."""
    return Page("snapshots.html", "Snapshots", {"snapshots": snapshot_list(ask.workspace)})


def life(ask: Ask) -> Answer:
    """What made a snapshot, what differs from the one before, which models were made of it."""
    found = snapshot_life(ask.workspace, ask.parts["version"])
    ref = found.line.ref
    return Page("snapshot.html", f"Snapshot {ref.name}@{ref.version}", {"life": found})


def report(ask: Ask) -> Answer:
    """The data report in the console's own layout, or (``form=html``) the self-contained page that was recorded."""
    record, data, path = report_flow(ask.workspace, ask.parts["version"])
    if ask.choice("form", ("html",)):
        name = f"data-report-{record.ref.version}.html"
        return Download(name, "text/html; charset=utf-8", [path.read_bytes()])
    total = sum(data["counts"].get(name, 0) for name in OUTCOMES)
    values = {"ref": record.ref, "report": data, "total": total, "outcomes": OUTCOMES}
    return Page("report.html", f"Data report {record.ref.name}@{record.ref.version}", values)


def difference(ask: Ask) -> Answer:
    """What differs between a snapshot and another (by default the one before), every row with its cause."""
    new = find_snapshot(ask.workspace, ask.parts["version"])
    found = snapshot_life(ask.workspace, new.ref.version)
    before = ask.text("before") or (found.before.version if found.before else new.ref.version)
    cause = ask.choice("cause", KINDS)
    data = {
        "ref": new.ref,
        "diff": diff_flow(ask.workspace, before, new.ref.version, only=cause),
        "cause": cause,
        "kinds": KINDS,
        "snapshots": [line.ref for line in snapshot_list(ask.workspace)],
        "before": find_snapshot(ask.workspace, before).ref,
    }
    return Page("diff.html", f"Difference to {new.ref.name}@{new.ref.version}", data)
