"""Label Studio's form: one task a turn with its findings as pre-annotated regions, one choice a region comes back.

Offsets are in code points, as Label Studio stores them. A region's id is the finding's key. The labelling configuration that
goes with the tasks has the controls ``finding`` (labels), ``decision`` (choices) and ``note`` (text), the last two a region.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from tunewright.data.review_exchange import Returned, SentFinding, wrong
from tunewright.data.review_votes import DECISIONS

_TEXT, _FINDING, _DECISION, _NOTE = "text", "finding", "decision", "note"


def labelling_configuration(kinds: Iterable[str]) -> str:
    """The project's labelling interface for findings of these kinds (XML)."""
    labels = "\n".join(f"    <Label value={quoteattr(kind)}/>" for kind in sorted(set(kinds)))
    choices = "\n".join(f"    <Choice value={quoteattr(decision)}/>" for decision in DECISIONS)
    return (
        "<View>\n"
        f'  <Labels name="{_FINDING}" toName="{_TEXT}">\n{labels}\n  </Labels>\n'
        f'  <Text name="{_TEXT}" value="$text"/>\n'
        f'  <Choices name="{_DECISION}" toName="{_TEXT}" perRegion="true" choice="single">\n{choices}\n  </Choices>\n'
        f'  <TextArea name="{_NOTE}" toName="{_TEXT}" perRegion="true" maxSubmissions="1"/>\n'
        "</View>\n"
    )


def tasks_of(findings: Sequence[SentFinding]) -> list[dict[str, Any]]:
    """Tasks in the order in which their turns come first, each with one prediction that holds its findings."""
    turns: dict[tuple[str, int], list[SentFinding]] = {}
    for sent in findings:
        turns.setdefault((sent.finding.example, sent.finding.turn), []).append(sent)
    return [
        _task(place, sorted(sent, key=lambda s: (s.finding.start, s.finding.end)))
        for place, sent in turns.items()
    ]


def _task(place: tuple[str, int], sent: Sequence[SentFinding]) -> dict[str, Any]:
    first = sent[0].finding
    return {
        "data": {
            _TEXT: sent[0].content,
            "example": place[0],
            "turn": place[1],
            "role": first.role,
            "row": f"{first.source}#{first.record}",
            "findings": {item.finding.key: item.generation for item in sent},
        },
        "predictions": [
            {
                "model_version": ", ".join(sorted({item.finding.found_by for item in sent})),
                "score": max(item.finding.confidence for item in sent),
                "result": [
                    {
                        "id": item.finding.key,
                        "from_name": _FINDING,
                        "to_name": _TEXT,
                        "type": "labels",
                        "score": item.finding.confidence,
                        "value": {**_span(item), "labels": [item.finding.kind]},
                    }
                    for item in sent
                ],
            }
        ],
    }


def _span(sent: SentFinding) -> dict[str, Any]:
    found = sent.finding
    return {"start": found.start, "end": found.end, "text": sent.content[found.start : found.end]}


def returned_from(tasks: Any, name: str) -> list[Returned]:
    """What annotators said, from Label Studio's JSON export. Regions they drew themselves are left out: they are no findings
    of ours; a skipped task says nothing. Raises DataError naming the task and field for anything else."""
    if not isinstance(tasks, list):
        raise wrong(name, "the file", "it is no list of tasks")
    found: list[Returned] = []
    for number, task in enumerate(tasks, 1):
        place = f"task {number}"
        data = _get(task, "data", dict, name, place)
        sent = _get(data, "findings", dict, name, f"{place}, data")
        annotations = task.get("annotations") or []
        if not isinstance(annotations, list):
            raise wrong(name, f"{place}, annotations", "it is no list")
        for annotation in annotations:
            if not isinstance(annotation, dict):
                raise wrong(name, f"{place}, annotations", "an annotation is no object")
            if not annotation.get("was_cancelled"):
                found += _annotated(annotation, sent, name, place)
    return found


def _annotated(annotation: dict[str, Any], sent: Mapping[str, Any], name: str, place: str) -> list[Returned]:
    annotator = _annotator(annotation.get("completed_by"))
    regions: dict[str, dict[str, Any]] = {}
    for region in _get(annotation, "result", list, name, f"{place}, annotation"):
        if not isinstance(region, dict):
            raise wrong(name, f"{place}, result", "a region is no object")
        key, kind = region.get("id"), region.get("from_name")
        if isinstance(key, str) and key in sent and kind in (_FINDING, _DECISION, _NOTE):
            value = _get(region, "value", dict, name, f"{place}, region {key[:12]}")
            regions.setdefault(key, {})[kind] = value
    found = []
    for key, generation in sent.items():
        controls = regions.get(key, {})
        labelled = controls.get(_FINDING)
        found.append(
            Returned(
                key=key,
                decision=_first(controls.get(_DECISION, {}).get("choices")),
                annotator=annotator,
                note=_first(controls.get(_NOTE, {}).get("text")),
                place=None
                if labelled is None
                else (_number(labelled, "start"), _number(labelled, "end"), _first(labelled.get("labels"))),
                generation=generation if isinstance(generation, int) else None,
            )
        )
    return found


def _annotator(completed_by: Any) -> str:
    if isinstance(completed_by, dict):
        return str(completed_by.get("email") or completed_by.get("id") or "")
    return str(completed_by) if isinstance(completed_by, (int, str)) else ""


def _first(values: Any) -> str:
    value = values[0] if isinstance(values, list) and values else values
    return value if isinstance(value, str) else ""


def _number(value: Mapping[str, Any], key: str) -> int:
    found = value.get(key)
    return found if isinstance(found, int) else -1


def _get(holder: Any, key: str, wanted: type, name: str, place: str) -> Any:
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, wanted):
        raise wrong(name, f"{place}, {key}", "it is missing or of another type")
    return value
