"""The data report: what was found, what was done with it, and a few examples of every reason.

``build_report`` gathers plain data (``report.json``), ``render_html`` makes one self-contained page of it. Texts shown are
masked by the PII detector, so the report never shows what the pipeline took out.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tunewright.core.pii import PII_KINDS
from tunewright.core.ports import PiiDetector
from tunewright.core.types import Example, Message
from tunewright.data.masked import masked
from tunewright.data.outcomes import CHANGED, DROPPED, HELD, KEPT, OUTCOMES, RowOutcome, counts
from tunewright.data.runner import PipelineResult
from tunewright.data.snapshot import Manifest

EXAMPLES_A_REASON = 3
PAIRS = 12
EXCERPT = 280
_TWIN_REASONS = ("near_duplicate", "exact_duplicate")


def build_report(
    result: PipelineResult,
    manifest: Manifest,
    detector: PiiDetector,
    *,
    name: str,
    forms: Mapping[str, str],
    quality: Mapping[str, Any],
) -> dict[str, Any]:
    """Everything the pages show, as plain data. ``forms``: source -> form and why (``csv columns: ...``); ``quality``: the
    table of the quality budget."""
    texts = _Texts(result, detector)
    return {
        "name": name,
        "merkle_root": manifest.merkle_root,
        "counts": dict(manifest.counts),
        "splits": dict(manifest.splits),
        "canaries": manifest.canaries,
        "goldens": list(manifest.goldens),
        "sources": _sources(result.outcomes, forms),
        "steps": [asdict(count) for count in result.step_counts],
        "reasons": _reasons(result.outcomes, texts),
        "findings": _findings(result.outcomes),
        "looked_for": _looked_for(manifest, detector),
        "pii_figures": [asdict(figure) for figure in detector.figures],
        "pairs": _pairs(result.outcomes, texts),
        "quality": dict(quality),
    }


def write_report(report: Mapping[str, Any], folder: Path) -> None:
    """``report.json`` and ``report.html``."""
    text = json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.html").write_text(render_html(report), encoding="utf-8")


class _Texts:
    """Readable, masked excerpts of examples."""

    def __init__(self, result: PipelineResult, detector: PiiDetector) -> None:
        self._originals = result.originals
        self._kept = {example.id: example for example in result.kept}
        self._unread = {(row.origin.source, row.origin.locator): row.messages for row in result.unread}
        self._by_name = {f"{e.origin.source}#{e.origin.locator}": e for e in result.originals.values()}
        self._detector = detector

    def before(self, row: RowOutcome) -> list[dict[str, str]]:
        """The turns as they were in the source."""
        if row.example:
            return self._shown(self._originals[row.example].messages)
        return self._shown(self._unread.get((row.source, row.record), ()))

    def after(self, row: RowOutcome) -> list[dict[str, str]]:
        """The turns as they are in the snapshot; empty when the row is not in it or did not change."""
        kept = self._kept.get(row.example)
        return self._shown(kept.messages) if kept is not None and row.outcome == CHANGED else []

    def named(self, name: str) -> list[dict[str, str]]:
        """The turns of ``source#record``."""
        found: Example | None = self._by_name.get(name)
        return self._shown(found.messages) if found else []

    def _shown(self, messages: Sequence[Message]) -> list[dict[str, str]]:
        texts = masked([m.content for m in messages[:6]], self._detector, excerpt=EXCERPT)
        return [{"role": m.role, "text": text} for m, text in zip(messages, texts, strict=False)]


def _sources(outcomes: Sequence[RowOutcome], forms: Mapping[str, str]) -> list[dict[str, Any]]:
    names = dict.fromkeys([*forms, *(row.source for row in outcomes)])
    table = []
    for name in names:
        rows = [row for row in outcomes if row.source == name]
        table.append({"source": name, "form": forms.get(name, ""), "rows": len(rows), **counts(rows)})
    return table


def _reasons(outcomes: Sequence[RowOutcome], texts: _Texts) -> list[dict[str, Any]]:
    """Reasons in falling order of rows; a row that was changed and then dropped counts for both."""
    groups: dict[tuple[str, str, str], list[RowOutcome]] = {}
    for row in outcomes:
        for at, reason in enumerate(row.reasons):
            last = at == len(row.reasons) - 1
            # A row that was kept as it is and has a reason was marked.
            outcome = row.outcome if row.outcome == KEPT or (last and row.outcome != CHANGED) else CHANGED
            step = row.step if outcome in (DROPPED, HELD) else ""
            groups.setdefault((outcome, reason, step), []).append(row)
    order = {outcome: at for at, outcome in enumerate((DROPPED, HELD, CHANGED, KEPT))}
    found = []
    for (outcome, reason, step), rows in sorted(
        groups.items(), key=lambda item: (order[item[0][0]], -len(item[1]), item[0])
    ):
        shown = [row for row in rows if row.outcome == outcome] or rows
        found.append(
            {
                "outcome": outcome,
                "reason": reason,
                "step": step,
                "rows": len(rows),
                "examples": [_shown(row, texts) for row in _spread(shown)],
            }
        )
    return found


def _spread(rows: Sequence[RowOutcome]) -> list[RowOutcome]:
    """A few rows, taken evenly from first to last, so that all sources have a chance."""
    if len(rows) <= EXAMPLES_A_REASON:
        return list(rows)
    stride = (len(rows) - 1) / (EXAMPLES_A_REASON - 1)
    return [rows[round(at * stride)] for at in range(EXAMPLES_A_REASON)]


def _shown(row: RowOutcome, texts: _Texts) -> dict[str, Any]:
    return {
        "source": row.source,
        "record": row.record,
        "of": row.of,
        "before": texts.before(row),
        "after": texts.after(row),
        "twin": texts.named(row.of) if row.of else [],
    }


def _findings(outcomes: Sequence[RowOutcome]) -> list[dict[str, Any]]:
    """Findings by kind: how many, in how many rows, how many of those rows wait for a person."""
    spans: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for row in outcomes:
        kinds = [span.finding.kind for span in row.findings]
        spans.update(kinds)
        rows.update(set(kinds))
        if row.outcome == HELD:
            held.update(set(kinds))
    return [
        {"kind": kind, "findings": n, "rows": rows[kind], "held": held[kind]}
        for kind, n in spans.most_common()
    ]


def _looked_for(manifest: Manifest, detector: PiiDetector) -> dict[str, list[str]]:
    """Kinds that the detectors of the pii step look for, kinds among them that its options leave in the text, and kinds
    that nothing looks for."""
    options = [step["options"] for step in manifest.steps if step["name"] == "pii"]
    kinds = set(detector.kinds) if options else set()
    left = kinds.intersection(*(step["ignore"] for step in options)) if options else set()
    order = [*PII_KINDS, *sorted(kinds - set(PII_KINDS))]
    return {
        "yes": [kind for kind in order if kind in kinds - left],
        "left": [kind for kind in order if kind in left],
        "no": [kind for kind in PII_KINDS if kind not in kinds],
    }


def _pairs(outcomes: Sequence[RowOutcome], texts: _Texts) -> list[dict[str, Any]]:
    """Near-duplicates beside the example that was kept."""
    found = [
        row
        for row in outcomes
        if row.outcome == DROPPED and row.of and row.reasons[-1].startswith("near_duplicate")
    ]
    stride = max(1, len(found) // PAIRS)
    return [_shown(row, texts) for row in found[::stride][:PAIRS]]


def render_html(report: Mapping[str, Any]) -> str:
    """One page: no script, no request, everything escaped; its content security policy allows its own style only."""
    folder = Path(__file__).parent
    style = (folder / "report.css").read_text(encoding="utf-8").replace("</", "<\\/")
    style_hash = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    total = sum(report["counts"][outcome] for outcome in OUTCOMES)
    from markupsafe import Markup

    text: str = (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            style=Markup(style),  # noqa: S704 - our own file, not data
            style_hash=style_hash,
            total=total,
            outcomes=OUTCOMES,
            percent=lambda part: f"{100 * part / total:.1f} %" if total else "0 %",
        )
    )
    return text


@functools.cache
def _environment() -> Any:
    """The pages' environment, which keeps what it has compiled."""
    import jinja2

    return jinja2.Environment(
        autoescape=True, loader=jinja2.FileSystemLoader(Path(__file__).parent), trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
