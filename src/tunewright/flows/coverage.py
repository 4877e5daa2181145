"""``tunewright data coverage``: the training examples of a snapshot against the golden sets and the gateway's exchanges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.ports import Embedder, PiiDetector, Progress, SilentProgress
from tunewright.core.types import Example, Record, Ref
from tunewright.data.coverage import TRAIN, measure
from tunewright.data.coverage_page import render
from tunewright.data.coverage_types import Coverage, CoverageOptions, Item
from tunewright.data.coverage_words import described
from tunewright.data.golden import load_golden
from tunewright.data.mix import is_general
from tunewright.data.snapshot import load_snapshot
from tunewright.flows.snapshots import find_snapshot
from tunewright.flows.step_needs import StepNeeds
from tunewright.monitor.usage import newest_exchanges
from tunewright.store.files import PRIVATE_MODE, make_folder, write_atomic, writing

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

PAGES = "pages"
"""folder in the project's state for pages made to be looked at: made anew any time, recorded nowhere"""


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """What was measured, and the page that shows it."""

    snapshot: Ref
    page: Path
    coverage: Coverage

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {"snapshot": self.snapshot, "page": self.page, **self.coverage.as_dict()}


def coverage(
    ws: Workspace,
    *,
    version: str = "",
    embedder: str = "",
    options: CoverageOptions | None = None,
    exchanges: int = 5_000,
    to: Path | None = None,
    progress: Progress | None = None,
) -> CoverageReport:
    """Measure and write the page.

    embedder: catalog name (default: ``data.engines.embed``); exchanges: the newest so many are compared, 0: none. Raises
    NotFoundError without a snapshot, DataError when there is nothing to compare with, EngineMissingError.
    """
    progress = progress or SilentProgress()
    record = find_snapshot(ws, version)
    needs = StepNeeds(ws, {})
    detector: PiiDetector = needs["detector"]
    found = measure(
        _train(ws, record),
        {"golden": _golden(ws, record), "production": _production(ws, exchanges)},
        _embedder(needs, embedder),
        options or CoverageOptions(),
        progress,
    )
    found = described(found, detector)
    page = to or ws.project.state / PAGES / f"coverage-{record.ref.version}.html"
    text = render(f"Coverage of {record.ref}", found)
    with writing(f"writing {page}"):
        if to is None:
            make_folder(page.parent)
            write_atomic(page, text.encode("utf-8"), PRIVATE_MODE)
        else:
            page.write_text(text, encoding="utf-8")
    return CoverageReport(record.ref, page, found)


def _embedder(needs: Mapping[str, Any], name: str) -> Embedder:
    if not name:
        found: Embedder = needs["embedder"]
        return found
    from tunewright.engines import load

    chosen: Embedder = load("embed", name)
    return chosen


def _train(ws: Workspace, record: Record) -> list[Item]:
    """The task's training examples: no planted canary, no general data."""
    examples = load_snapshot(ws.project.records.folder(record), TRAIN)
    return [_item(example) for example in examples if not example.label("canary") and not is_general(example)]


def _golden(ws: Workspace, record: Record) -> list[Item]:
    """Items of the golden sets that the snapshot was kept clear of, from their recorded bytes."""
    found = []
    for ref in record.inputs:
        if ref.kind == "golden":
            recorded = ws.project.records.by_digest(ref.digest)
            file = recorded.files[0]
            found += [_item(item) for item in load_golden(ws.project.blobs.path(file.digest), name=file.path)]
    return found


def _production(ws: Workspace, limit: int) -> list[Item]:
    if not limit:
        return []
    served = newest_exchanges(ws.project, limit)
    return [Item(item.id, item.prompt, f"exchange {item.id}") for item in served if item.prompt.strip()]


def _item(example: Example) -> Item:
    asked = [message.content for message in example.messages if message.role == "user"]
    origin = example.origin
    return Item(example.id, asked[-1] if asked else "", f"{origin.source}#{origin.locator}")
