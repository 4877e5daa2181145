"""Check what ``review export`` writes with the tools' own SDKs, and write what annotators would send back.

    python -m venv /tmp/sdks && /tmp/sdks/bin/pip install label-studio-sdk argilla
    tunewright review export tasks.json --form labelstudio
    tunewright review export records.json --form argilla
    /tmp/sdks/bin/python scripts/check_review_formats.py tasks.json records.json --as ann@example.org

Label Studio: the labelling configuration, every task, prediction and annotation are validated by ``LabelInterface``.
Argilla: the dataset's settings are built, every record is read by ``Record.from_dict`` and written by ``to_dict`` without a
change, and its responses go through ``Response``. Every second finding is confirmed, the others dismissed; the files
``*.annotated.json`` are for ``tunewright review import``. The SDKs are no dependency of the product.
"""

from __future__ import annotations

import argparse
import json
import uuid
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

DECISIONS = ("confirmed", "dismissed")


def check_label_studio(path: Path, annotator: str) -> int:
    from label_studio_sdk.label_interface import LabelInterface
    from label_studio_sdk.label_interface.objects import AnnotationValue, PredictionValue, TaskValue

    interface = LabelInterface(path.with_suffix(".config.xml").read_text(encoding="utf-8"))
    interface.validate()
    tasks = json.loads(path.read_text(encoding="utf-8"))
    number = 0
    for task in tasks:
        regions = task["predictions"][0]["result"]
        if not interface.validate_task({"data": task["data"]}):
            raise SystemExit("a task does not fit the configuration")
        for prediction in task["predictions"]:
            errors = interface.validate_prediction(prediction, return_errors=True)
            if errors:
                raise SystemExit(f"a prediction is wrong: {errors}")
            PredictionValue(**prediction)
        TaskValue(data=task["data"])
        result: list[dict[str, Any]] = []
        for region in regions:
            if (
                task["data"]["text"][region["value"]["start"] : region["value"]["end"]]
                != region["value"]["text"]
            ):
                raise SystemExit("a span's text is not at its offsets")
            span = {key: region["value"][key] for key in ("start", "end", "text")}
            common = {"id": region["id"], "to_name": "text"}
            result += [
                {key: value for key, value in region.items() if key != "score"},
                {
                    **common,
                    "from_name": "decision",
                    "type": "choices",
                    "value": {**span, "choices": [DECISIONS[number % 2]]},
                },
            ]
            number += 1
        annotation = {"completed_by": {"email": annotator}, "was_cancelled": False, "result": result}
        if not interface.validate_annotation(annotation):
            raise SystemExit("an annotation is wrong")
        AnnotationValue(result=result, completed_by=1)
        task["annotations"] = [annotation]
    path.with_suffix(".annotated.json").write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return number


def check_argilla(path: Path, annotator: str) -> int:
    import argilla
    from argilla.records._io import JsonIO

    # Settings ask for a client when they are made; nothing is sent.
    argilla.Argilla._default_client = MagicMock()
    raw = json.loads(path.with_suffix(".settings.json").read_text(encoding="utf-8"))
    span, label, text = raw["questions"]
    settings = argilla.Settings(
        fields=[argilla.TextField(name=field["name"]) for field in raw["fields"]],
        questions=[
            argilla.SpanQuestion(
                name=span["name"], field=span["field"], labels=span["labels"], required=False
            ),
            argilla.LabelQuestion(name=label["name"], labels=label["labels"]),
            argilla.TextQuestion(name=text["name"], required=False),
        ],
    )
    settings.validate()
    written = json.loads(path.read_text(encoding="utf-8"))
    records = JsonIO._records_from_json(path)
    if [record.to_dict() for record in records] != [{**item, "status": None} for item in written] and [
        record.to_dict() for record in records
    ] != written:
        raise SystemExit("the SDK reads a record as something else than was written")
    person = uuid.uuid5(uuid.NAMESPACE_DNS, annotator)
    for number, record in enumerate(records):
        record.api_model()
        suggestion = record.suggestions.to_dict()["finding"]["value"]
        record.dataset = SimpleNamespace(settings=settings)
        record.responses.add(argilla.Response("finding", suggestion, user_id=person))
        record.responses.add(argilla.Response("decision", DECISIONS[number % 2], user_id=person))
        record.api_model()
    target = path.with_suffix(".annotated.json")
    target.unlink(missing_ok=True)
    JsonIO.to_json(records, target)
    print(f"argilla's user of {annotator}: {person}")
    return len(records)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tasks", type=Path)
    parser.add_argument("records", type=Path)
    parser.add_argument("--as", dest="annotator", default="ann@example.org")
    arguments = parser.parse_args()
    counted = check_label_studio(arguments.tasks, arguments.annotator)
    print(f"label-studio-sdk {version('label-studio-sdk')}: {counted} regions are valid")
    counted = check_argilla(arguments.records, arguments.annotator)
    print(f"argilla {version('argilla')}: {counted} records are valid")


if __name__ == "__main__":
    main()
