"""To Label Studio and Argilla and back, exactly; what comes back is checked; decisions as labelled text and as figures.

The forms themselves were checked with the tools' SDKs (``scripts/check_review_formats.py``); the two short files here are
what label-studio-sdk 2.1.2 validated and argilla 2.8.0 wrote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.review_workspace import acting, make_workspace, rows, write_rows
from tunewright.cli.main import main
from tunewright.core.errors import DataError, UsageError
from tunewright.data import review_argilla, review_labelstudio
from tunewright.data.review_exchange import Returned
from tunewright.flows.prepare import prepare
from tunewright.flows.review import decide_finding, finding_detail, review_list, review_queue
from tunewright.flows.review_exchange import detector_report, export_reviews, import_reviews
from tunewright.flows.review_samples import answer_sample, draw_sample, sample_queue

PEOPLE = "data.review.annotators={ann@x.org: ann, bob@x.org: bob}"
TWO = "data.review.two_person=[phone]"
ODD = "😀🇩🇪 é I can't log in, it said 040 6096 4703 and 040 6096 4999 <b>on</b> the form\nnumber 3 😀"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    content = rows()
    content[3]["messages"][0]["content"] = ODD
    root = make_workspace(tmp_path / "work", content)
    with acting(root, "builder") as ws:
        prepare(ws)
    return root


def labelled(tasks: list[dict[str, Any]], said: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """annotator -> finding -> decision, as Label Studio's export has it."""
    for task in tasks:
        found = task["predictions"][0]["result"]
        task["annotations"] = []
        for annotator, decisions in said.items():
            result: list[dict[str, Any]] = []
            for region in found:
                result.append({key: value for key, value in region.items() if key != "score"})
                if decision := decisions.get(region["id"]):
                    span = {key: region["value"][key] for key in ("start", "end", "text")}
                    result.append({
                        "id": region["id"], "from_name": "decision", "to_name": "text", "type": "choices",
                        "value": {**span, "choices": [decision]},
                    })  # fmt: skip
            task["annotations"].append({"completed_by": {"email": annotator}, "result": result})
    return tasks


def responded(records: list[dict[str, Any]], said: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """The same as Argilla's ``to_json`` has it."""
    for record in records:
        place = record["suggestions"]["finding"]["value"]
        for annotator, decisions in said.items():
            record["responses"].setdefault("finding", []).append({"value": place, "user_id": annotator})
            if decision := decisions.get(record["id"]):
                record["responses"].setdefault("decision", []).append(
                    {"value": decision, "user_id": annotator}
                )
    return records


ANSWERED = {"labelstudio": labelled, "argilla": responded}


@pytest.mark.parametrize("form", ["labelstudio", "argilla"])
def test_there_and_back_changes_nothing(form: str, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    with acting(root, "eve", PEOPLE) as ws:
        waiting = {found.key: found for found in review_list(ws).findings}
        assert len(waiting) == 9
        export_reviews(ws, path, form)
        assert oct(path.stat().st_mode)[-3:] == "600"
        said = {key: ("confirmed", "dismissed")[number % 2] for number, key in enumerate(waiting)}
        sent = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps(ANSWERED[form](sent, {"ann@x.org": said})), "utf-8")
        read = review_argilla.returned_from if form == "argilla" else review_labelstudio.returned_from
        returned = {item.key: item for item in read(json.loads(path.read_text("utf-8")), "out")}
        assert set(returned) == set(waiting)
        for key, found in waiting.items():
            assert returned[key] == Returned(
                key, said[key], "ann@x.org", "", (found.start, found.end, found.kind), 0
            )
        done = import_reviews(ws, path, form)
        assert (done.votes, done.findings, done.undecided, done.refused) == (9, 9, 0, ())
        assert {found.key: found.decision for found in review_list(ws, all_findings=True).findings} == said
        vote = finding_detail(ws, next(iter(waiting))).history[0]
        assert (vote.actor, vote.via) == ("ann", "eve")
        event = ws.project.audit.events(action="review.import")[-1]
        assert (event.actor, event.body["votes"]) == ("eve", 9)
        # The same file again adds nothing.
        assert import_reviews(ws, path, form).votes == 0
        assert prepare(ws).counts["held"] == 0
        assert ws.project.audit.events(action="review.export")[-1].body["rows"] == len(sent)
        ws.project.audit.verify()


@pytest.mark.parametrize("form", ["labelstudio", "argilla"])
def test_spans_lie_in_the_original_text(form: str, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    with acting(root, "eve") as ws:
        export_reviews(ws, path, form)
    sent = json.loads(path.read_text("utf-8"))
    spans = set()
    for item in sent:
        if form == "argilla":
            text, marks = item["fields"]["text"], item["suggestions"]["finding"]["value"]
        else:
            text, marks = item["data"]["text"], [r["value"] for r in item["predictions"][0]["result"]]
        for mark in marks:
            spans.add(text[mark["start"] : mark["end"]])
            assert mark.get("text", text[mark["start"] : mark["end"]]) == text[mark["start"] : mark["end"]]
        assert text != ODD or {"040 6096 4703", "040 6096 4999"} & spans
    assert {"040 6096 4703", "040 6096 4999", "040 6096 4607"} <= spans


@pytest.mark.parametrize("form", ["labelstudio", "argilla"])
def test_what_comes_back_is_checked(form: str, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    with acting(root, "eve", PEOPLE) as ws, acting(root, "bob") as bob:
        keys = [item.finding.key for item in review_queue(ws).items]
        gone = next(item.finding for item in review_queue(ws).items if item.finding.record == "R7").key
        export_reviews(ws, path, form)
        decide_finding(bob, keys[0], "dismissed")
        decide_finding(bob, gone, "dismissed")
        sent = ANSWERED[form](
            json.loads(path.read_text("utf-8")), {"ann@x.org": dict.fromkeys([*keys[:6], gone], "confirmed")}
        )
        text = json.dumps(sent)
        path.write_text(text, "utf-8")
        with acting(root, "eve") as plain, pytest.raises(UsageError, match=r"not known here: ann@x\.org"):
            import_reviews(plain, path, form)
        text = text.replace(keys[1], "f" * 64)
        path.write_text(_moved(json.loads(text), form, keys[2]), "utf-8")
        content = rows()
        content[3]["messages"][0]["content"] = ODD
        write_rows(root, [row for row in content if row["id"] != "R7"])
        prepare(ws)
        done = import_reviews(ws, path, form)
        why = dict(done.refused)
        assert why[keys[0]] == "conflict: somebody was faster: " + why[keys[0]].partition("faster: ")[2]
        assert "bob dismissed" in why[keys[0]]
        assert why["f" * 64].startswith("unknown finding")
        assert why[keys[2]].startswith("moved")
        assert why[gone].startswith("gone")
        assert done.votes == len(set(keys[3:6]) - {gone})


def _moved(sent: list[dict[str, Any]], form: str, key: str) -> str:
    for item in sent:
        if form == "argilla" and item["id"] == key:
            item["responses"]["finding"][0]["value"] = [
                {**item["responses"]["finding"][0]["value"][0], "start": 0}
            ]
        for annotation in item.get("annotations", ()):
            for region in annotation["result"]:
                if region["id"] == key and region["from_name"] == "finding":
                    region["value"]["start"] = 0
    return json.dumps(sent)


@pytest.mark.parametrize("form", ["labelstudio", "argilla"])
def test_two_annotators_are_two_votes(form: str, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    with acting(root, "eve", PEOPLE, TWO) as ws:
        first, second, *rest = [item.finding.key for item in review_queue(ws).items]
        export_reviews(ws, path, form)
        raw = path.read_text("utf-8")
        said = {
            "ann@x.org": {first: "dismissed", second: "dismissed", rest[0]: "confirmed"},
            "bob@x.org": {first: "dismissed", second: "confirmed"},
        }
        path.write_text(json.dumps(ANSWERED[form](json.loads(raw), said)), "utf-8")
        done = import_reviews(ws, path, form)
        assert (done.votes, dict(done.by_annotator)) == (5, {"ann": 3, "bob": 2})
        states = {key: finding_detail(ws, key).item.standing.state for key in (first, second, rest[0])}
        assert list(states.values()) == ["decided", "disputed", "second"]
    # Where one person decides, annotators of one file who disagree decide nothing.
    other = make_workspace(tmp_path / "other")
    with acting(other, "eve", PEOPLE) as ws:
        prepare(ws)
        key, also = [item.finding.key for item in review_queue(ws).items][:2]
        export_reviews(ws, path, form)
        said = {
            "ann@x.org": {key: "dismissed", also: "confirmed"},
            "bob@x.org": {key: "confirmed", also: "confirmed"},
        }
        path.write_text(json.dumps(ANSWERED[form](json.loads(path.read_text("utf-8")), said)), "utf-8")
        done = import_reviews(ws, path, form)
        assert {k: why.partition(":")[0] for k, why in done.refused} == {key: "disagreement"}
        assert finding_detail(ws, key).item.standing.state == "open"
        assert len(finding_detail(ws, also).history) == 2


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("labelstudio", "{}"), ("labelstudio", "[1]"), ("labelstudio", '[{"data": {}}]'), ("labelstudio", "not json"),
        ("labelstudio", '[{"data": {"findings": {"a": 0}}, "annotations": [{"result": [1]}]}]'),
        ("labelstudio", '[{"data": {"findings": {"a": 0}}, "annotations": 5}]'),
        ("labelstudio", '[{"data": {"findings": {"a": 0}}, "annotations": [{"result": [{"id": "a", "from_name": "note"}]}]}]'),
        ("argilla", "{}"), ("argilla", "[[]]"), ("argilla", '[{"id": ""}]'), ("argilla", '[{"id": "a", "responses": []}, 3]'),
        ("argilla", '[{"id": "a", "responses": {"decision": "confirmed"}}]'),
        ("argilla", '[{"id": "a", "responses": {"decision": [{"user_id": "x"}]}}]'), ("argilla", "[" * 100_000),
    ],
)  # fmt: skip
def test_files_that_are_something_else(form: str, text: str, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text(text, "utf-8")
    with acting(root, "eve", PEOPLE) as ws, pytest.raises(DataError) as refused:
        import_reviews(ws, path, form)
    assert "in.json" in str(refused.value)
    assert len(str(refused.value)) < 300


def test_other_forms_and_missing_files(root: Path, tmp_path: Path) -> None:
    with acting(root, "eve") as ws:
        with pytest.raises(UsageError):
            export_reviews(ws, tmp_path / "x", "doccano")
        with pytest.raises(UsageError):
            import_reviews(ws, tmp_path / "x", "ner")
        with pytest.raises(DataError):
            import_reviews(ws, tmp_path / "x", "argilla")


def test_what_the_sdks_wrote_is_read() -> None:
    key = "4dba395be96def0e9d567b980cc185a82c018209fe36143b2f4356560ff9ab3b"
    record = json.loads("""[{"id": "4dba395be96def0e9d567b980cc185a82c018209fe36143b2f4356560ff9ab3b",
      "fields": {"text": "I can't log in, it said 040 6096 4607 on the form number 0"}, "metadata": {"generation": 2},
      "suggestions": {"finding": {"value": [{"start": 24, "end": 37, "label": "phone"}], "score": [0.6], "agent": "patterns@2"}},
      "responses": {"finding": [{"value": [{"start": 24, "end": 37, "label": "phone"}],
      "user_id": "ca7cf409-3936-5f9c-9a92-c55879b7f8dc"}], "decision": [{"value": "confirmed",
      "user_id": "ca7cf409-3936-5f9c-9a92-c55879b7f8dc"}]}, "vectors": {}, "status": "pending", "_server_id": null}]""")
    expected = Returned(key, "confirmed", "ca7cf409-3936-5f9c-9a92-c55879b7f8dc", "", (24, 37, "phone"), 2)
    assert review_argilla.returned_from(record, "x") == [expected]
    record[0]["responses"]["decision"][0]["status"] = "discarded"
    assert review_argilla.returned_from(record, "x")[0].decision == ""
    task = json.loads("""[{"id": 7, "data": {"text": "I can't", "findings": {"k": 0, "other": 0}}, "annotations": [
      {"id": 3, "completed_by": 12, "was_cancelled": false, "lead_time": 3.2, "result": [
        {"id": "k", "from_name": "finding", "to_name": "text", "type": "labels", "origin": "prediction",
         "value": {"start": 0, "end": 1, "text": "I", "labels": ["phone"]}},
        {"id": "k", "from_name": "decision", "to_name": "text", "type": "choices", "origin": "manual",
         "value": {"start": 0, "end": 1, "text": "I", "choices": ["dismissed"]}},
        {"id": "k", "from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["why"]}},
        {"id": "new", "from_name": "finding", "to_name": "text", "type": "labels", "value": {"start": 2, "end": 3}}]},
      {"completed_by": {"id": 4, "email": "bob@x.org"}, "was_cancelled": true, "result": []}]}]""")
    assert review_labelstudio.returned_from(task, "x") == [
        Returned("k", "dismissed", "12", "why", (0, 1, "phone"), 0),
        Returned("other", "", "12", "", None, 0),
    ]


def test_decisions_are_labelled_text_and_figures(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    with acting(root, "ann") as ws:
        assert export_reviews(ws, path, "ner", kind="phone").rows == 0
        found = review_queue(ws).items
        odd = [item.finding.key for item in found if item.finding.record == "R3"]
        decide_finding(ws, odd[0], "confirmed")
        # Half of what is in the turn is still open: it teaches nothing yet.
        assert export_reviews(ws, path, "ner", kind="phone").rows == 0
        decide_finding(ws, odd[1], "dismissed")
        lead = next(item.finding.key for item in found if item.finding.cluster_size == 4)
        decide_finding(ws, lead, "confirmed", scope="cluster")
        assert export_reviews(ws, path, "ner", kind="phone").rows == 5
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert all(set(line) == {"text", "spans", "group", "file"} for line in lines)
        mine = next(line for line in lines if line["text"] == ODD)
        ((start, end, kind),) = mine["spans"]
        assert (ODD[start:end], kind) in {("040 6096 4703", "phone"), ("040 6096 4999", "phone")}
        # The built-in model knows no telephone numbers: the same texts, without spans.
        assert export_reviews(ws, path, "ner").rows == 5
        assert all(json.loads(line)["spans"] == [] for line in path.read_text("utf-8").splitlines())
        (figure,) = detector_report(ws).precision
        assert (figure.kind, figure.decided, figure.confirmed) == ("phone", 6, 5)
        assert figure.precision == pytest.approx(5 / 6)
        assert figure.low < figure.precision < figure.high
        assert detector_report(ws).recall == ()
        prepare(ws)
        draw_sample(ws, size=1000)
        items = sample_queue(ws, everything=True).items
        for item in items:
            missed = item.locator in ("R40", "R41")
            answer_sample(ws, item.id, pii=missed, error=False, kinds=("phone",) if missed else ())
        (recall,) = detector_report(ws).recall
        # All was looked at: five examples redacted, two missed.
        assert (recall.kind, recall.found, recall.missed) == ("phone", 5, 2.0)
        assert recall.low == recall.recall == recall.high == pytest.approx(5 / 7)


def test_the_commands(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> str:
        assert main([*arguments, "-C", str(root), "--as", "eve", "--set", PEOPLE]) == 0
        return capsys.readouterr().out

    path = tmp_path / "tasks.json"
    assert "8 rows" in run("review", "export", str(path), "--form", "labelstudio")
    assert "perRegion" in path.with_suffix(".config.xml").read_text("utf-8")
    tasks = json.loads(path.read_text("utf-8"))
    said = {region["id"]: "confirmed" for task in tasks for region in task["predictions"][0]["result"]}
    path.write_text(json.dumps(labelled(tasks, {"ann@x.org": said})), "utf-8")
    assert "9 decisions on 9 findings (ann 9)" in run("review", "import", str(path), "--form", "labelstudio")
    assert "precision 1.000" in run("review", "measure")
