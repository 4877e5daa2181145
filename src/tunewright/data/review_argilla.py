"""Argilla's form (records of SDK 2): one record a finding, its place as a suggestion, the decision as a response.

The dataset has the text field ``text`` and the questions ``finding`` (span), ``decision`` (label) and ``note`` (text, not
required). A record's id is the finding's key. Offsets are in code points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunewright.data.review_exchange import Returned, SentFinding, wrong

_TEXT, _FINDING, _DECISION, _NOTE = "text", "finding", "decision", "note"


def records_of(findings: Sequence[SentFinding]) -> list[dict[str, Any]]:
    """Records as ``Record.from_dict`` reads them and ``dataset.records.to_json`` writes them, one a finding."""
    return [
        {
            "id": sent.finding.key,
            "fields": {_TEXT: sent.content},
            "metadata": {
                "example": sent.finding.example,
                "turn": sent.finding.turn,
                "role": sent.finding.role,
                "row": f"{sent.finding.source}#{sent.finding.record}",
                "reason": sent.finding.reason,
                "generation": sent.generation,
            },
            "suggestions": {
                _FINDING: {
                    "value": [_span(sent)],
                    "score": [sent.finding.confidence],
                    "agent": sent.finding.found_by or None,
                }
            },
            "responses": {},
            "vectors": {},
            "status": "pending",
            "_server_id": None,
        }
        for sent in findings
    ]


def _span(sent: SentFinding) -> dict[str, Any]:
    return {"start": sent.finding.start, "end": sent.finding.end, "label": sent.finding.kind}


def returned_from(records: Any, name: str) -> list[Returned]:
    """What annotators said, from Argilla's JSON. Raises DataError naming the record for a file that is something else."""
    if not isinstance(records, list):
        raise wrong(name, "the file", "it is no list of records")
    found: list[Returned] = []
    for number, record in enumerate(records, 1):
        place = f"record {number}"
        key = record.get("id") if isinstance(record, dict) else None
        if not isinstance(key, str) or not key:
            raise wrong(name, f"{place}, id", "it is missing")
        responses = record.get("responses") or {}
        if not isinstance(responses, dict):
            raise wrong(name, f"{place}, responses", "it is no object")
        generation = (
            (record.get("metadata") or {}).get("generation")
            if isinstance(record.get("metadata"), dict)
            else None
        )
        answers = _by_annotator(responses, name, place)
        if not answers:
            found.append(Returned(key, "", "", "", None, None))
        for annotator, said in answers.items():
            found.append(
                Returned(
                    key=key,
                    decision=said.get(_DECISION) or "",
                    annotator=annotator,
                    note=said.get(_NOTE) or "",
                    place=_place(said[_FINDING]) if _FINDING in said else None,
                    generation=generation if isinstance(generation, int) else None,
                )
            )
    return found


def _by_annotator(responses: Mapping[str, Any], name: str, place: str) -> dict[str, dict[str, Any]]:
    """annotator -> question -> value, of responses that were submitted."""
    answers: dict[str, dict[str, Any]] = {}
    for question, given in responses.items():
        if not isinstance(given, list):
            raise wrong(name, f"{place}, responses.{question}", "it is no list")
        for response in given:
            if not isinstance(response, dict) or "value" not in response:
                raise wrong(name, f"{place}, responses.{question}", "a response has no value")
            if response.get("status") not in (None, "submitted"):
                continue
            value = response["value"]
            if question == _FINDING or isinstance(value, str):
                answers.setdefault(str(response.get("user_id") or ""), {})[question] = value
    return answers


def _place(value: Any) -> tuple[int, int, str]:
    """The one span, or a place that fits nothing: more spans or none are another finding."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        span = value[0]
        start, end, label = span.get("start"), span.get("end"), span.get("label")
        if isinstance(start, int) and isinstance(end, int) and isinstance(label, str):
            return start, end, label
    return -1, -1, ""


def settings_of(kinds: Sequence[str], decisions: Sequence[str]) -> dict[str, Any]:
    """What the dataset needs, for a person or a script that makes it with ``argilla.Settings``."""
    return {
        "fields": [{"name": _TEXT, "type": "text", "use_markdown": False}],
        "questions": [
            {
                "name": _FINDING,
                "type": "span",
                "field": _TEXT,
                "labels": sorted(set(kinds)),
                "required": False,
            },
            {"name": _DECISION, "type": "label_selection", "labels": list(decisions), "required": True},
            {"name": _NOTE, "type": "text", "required": False},
        ],
    }
