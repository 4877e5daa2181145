"""Send findings to Label Studio or Argilla, take decisions back; write labelled text for the next detector; measure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tunewright.core.canonical import sha256_bytes
from tunewright.core.errors import NotFoundError, UsageError
from tunewright.core.types import Record
from tunewright.data import review_argilla, review_labelstudio
from tunewright.data import review_samples as samples
from tunewright.data.findings import CONFIRMED
from tunewright.data.review_exchange import (
    ARGILLA,
    FORMS,
    LABEL_STUDIO,
    Imported,
    SentFinding,
    import_votes,
    read_json,
)
from tunewright.data.review_index import OpenFinding
from tunewright.data.review_training import (
    DetectorFigure,
    RecallFigure,
    TurnFindings,
    labelled_text,
    precision_by_kind,
    recall_of,
)
from tunewright.data.review_votes import DECIDED, DECISIONS
from tunewright.flows.review_board import STATES, Board, board_of
from tunewright.flows.snapshots import Written, find_snapshot
from tunewright.metrics.finite import StratumCount, stratified_share
from tunewright.store.files import PRIVATE_MODE, write_atomic, writing

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

NER = "ner"


@dataclass(frozen=True, slots=True)
class DetectorReport:
    """How right the detectors are, on what people said."""

    precision: tuple[DetectorFigure, ...]
    recall: tuple[RecallFigure, ...]
    """empty until a sample of the snapshot is finished"""


def export_reviews(ws: Workspace, path: Path, form: str, *, kind: str = "", version: str = "") -> Written:
    """Write findings that wait as ``labelstudio`` tasks or ``argilla`` records (JSON), or decided ones as labelled text
    (``ner``, JSON lines). Beside tasks and records lies what the other tool must be set up with
    (``.config.xml``, ``.settings.json``).

    The files hold text as the sources gave it, personal data included: only their owner can read them, and the audit log
    tells who made them. Raises UsageError for another form.
    """
    record = find_snapshot(ws, version)
    board = board_of(ws, record)
    if form == NER:
        from tunewright.engines.pii.ner_text import KINDS

        rows = labelled_text(_turns(board), (kind,) if kind else KINDS)
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return _written(ws, record, path, {path: text}, len(rows), form)
    if form not in FORMS:
        raise UsageError(f"{form!r} is not a form of findings", hint=f"use {', '.join((*FORMS, NER))}")
    wanted = board.waiting & board.index.where("kind", kind) if kind else board.waiting
    sent = [_sent(board, int(row)) for row in np.flatnonzero(wanted)]
    sent = [item for item in sent if item.finding.text]
    kinds = [item.finding.kind for item in sent]
    if form == LABEL_STUDIO:
        beside, setup = ".config.xml", review_labelstudio.labelling_configuration(kinds)
        items = review_labelstudio.tasks_of(sent)
    else:
        beside, setup = ".settings.json", _json(review_argilla.settings_of(kinds, DECISIONS))
        items = review_argilla.records_of(sent)
    files = {path: _json(items), path.with_suffix(beside): setup}
    return _written(ws, record, path, files, len(items), form)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _written(
    ws: Workspace, record: Record, path: Path, files: dict[Path, str], rows: int, form: str
) -> Written:
    with writing(f"writing {path}"):
        for place, text in files.items():
            write_atomic(place, text.encode("utf-8"), PRIVATE_MODE)
    with ws.project.transaction() as connection:
        body = {"form": form, "rows": rows, "digest": sha256_bytes(files[path].encode("utf-8"))}
        ws.project.audit.append("review.export", record.ref, body, connection=connection)
    return Written(path, rows, form)


def _sent(board: Board, row: int) -> SentFinding:
    key = board.index.key(row)
    found = board.standing(key)
    finding = board.index.finding(row, found.decision)
    turns = board.index.texts(row).turns
    content = turns[finding.turn][1] if finding.turn < len(turns) else ""
    return SentFinding(finding, content, found.generation)


def import_reviews(ws: Workspace, path: Path, form: str) -> Imported:
    """Take decisions from a file of ``labelstudio`` or ``argilla``: each annotator's as a vote of the person that
    ``data.review.annotators`` says they are, imported by the acting person.

    What cannot be taken (an unknown finding, one whose example is gone or was decided meanwhile, a span that was moved) is
    listed with its reason; the rest counts. Raises DataError for a file that is something else, UsageError for another form
    and for annotators nobody knows.
    """
    if form not in FORMS:
        raise UsageError(f"decisions do not come as {form!r}", hint=f"use {', '.join(FORMS)}")
    record = find_snapshot(ws)
    board = board_of(ws, record)
    read = review_argilla.returned_from if form == ARGILLA else review_labelstudio.returned_from
    returned = read(read_json(path), path.name)
    keys = list(dict.fromkeys(item.key for item in returned))
    rows = board.index.rows_of(keys).tolist()
    known = {key: board.index.finding(row) for key, row in zip(keys, rows, strict=True) if row >= 0}
    gone: dict[str, str] = {}
    for key in keys:
        if key not in known:
            why = _gone(board, key)
            if why:
                gone[key] = why
    return import_votes(ws.project, returned, known, gone, ws.configuration.data.review, record.ref)


def _gone(board: Board, key: str) -> str:
    try:
        board.row(key)
    except NotFoundError as error:
        return f"gone: {error.what}" if "no longer" in error.what else ""
    except UsageError:
        return ""
    return ""


def _turns(board: Board) -> Iterator[TurnFindings]:
    """Every turn with findings, in the order of the index."""
    index = board.index
    places: dict[tuple[int, int], list[int]] = {}
    texts, turns = index.column("text"), index.column("turn")
    decided = set(texts[board.states == STATES.index(DECIDED)].tolist())
    for row in range(index.size):
        if int(texts[row]) in decided:
            places.setdefault((int(texts[row]), int(turns[row])), []).append(row)
    for (_, turn), rows in places.items():
        content = index.texts(rows[0]).turns
        findings = tuple(_decided(board, row) for row in rows)
        if turn < len(content):
            yield TurnFindings(findings[0].example, turn, content[turn][1], findings)


def _decided(board: Board, row: int) -> OpenFinding:
    return board.index.finding(row, board.standing(board.index.key(row)).decision)


def detector_report(ws: Workspace, *, version: str = "") -> DetectorReport:
    """Precision by detector and kind on what people decided; recall by kind where a sample of the snapshot is finished."""
    record = find_snapshot(ws, version)
    board = board_of(ws, record)
    rows = np.flatnonzero(board.states == STATES.index(DECIDED))
    precision = precision_by_kind(_decided(board, int(row)) for row in rows)
    try:
        sample = samples.load_sample(ws.project, record.ref)
        answers = samples.read_answers(ws.project, sample.id)
        samples.estimate(sample, answers)
    except (NotFoundError, UsageError):
        return DetectorReport(precision, ())
    population = sum(part.population for part in sample.strata)
    missed: dict[str, tuple[float, float, float]] = {}
    taken_out = _taken_out(board)
    kinds = {kind for said in answers.values() for item in said for kind in item.kinds} | set(taken_out)
    for kind in sorted(kinds):
        hits = {key for key, said in answers.items() if any(kind in item.kinds for item in said)}
        share = stratified_share(
            [StratumCount(s.population, len(s.drawn), len(hits.intersection(s.drawn))) for s in sample.strata]
        )
        missed[kind] = (share.value * population, share.low * population, share.high * population)
    return DetectorReport(precision, recall_of(taken_out, missed))


def _taken_out(board: Board) -> dict[str, int]:
    """kind -> examples of the snapshot in which it was found and redacted."""
    index = board.index
    redacted = index.where("outcome", "changed") & index.where("state", CONFIRMED)
    values, numbers = index.codes("kind")
    texts = index.column("text")
    pairs = {(int(numbers[row]), int(texts[row])) for row in np.flatnonzero(redacted)}
    return {values[kind]: count for kind, count in sorted(Counter(kind for kind, _ in pairs).items())}
