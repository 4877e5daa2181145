"""``tunewright audit erase``: plan, execute, resume, and the proofs of past erasures."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import ConflictError, NotFoundError, TunewrightError, UsageError
from tunewright.core.ports import PiiDetector, Progress, SilentProgress
from tunewright.core.types import Event, Record, Ref
from tunewright.data.copies import NEAR
from tunewright.data.personal import Personal
from tunewright.flows import erase_holders as holders
from tunewright.flows.erase_execute import PROOF, Execution
from tunewright.flows.erase_plan import ErasePlan, plan
from tunewright.flows.erase_search import KEY, UNDECIDED, Asked, Wanted
from tunewright.store.erasing import KIND
from tunewright.store.replacements import erasure_event

if TYPE_CHECKING:
    from tunewright.flows.prepare import SnapshotSummary
    from tunewright.flows.workspace import Workspace

WRITERS = ("audit erase", "data build", "train", "evaluate", "redteam")
"""leases of everything that reads or writes examples: none of it runs beside an erasure"""
SWEEP = "erasure.sweep"
DECIDE = ("ask", "erase", "keep")


@dataclass(frozen=True, slots=True)
class EraseReport:
    """What an erasure did."""

    erasure: Ref
    plan: ErasePlan
    proof: Mapping[str, Any]
    searched: int
    """files searched afterwards, byte for byte"""
    remains: tuple[str, ...]
    """files, and tables of the database, in which something was still found"""
    rebuilt: SnapshotSummary | None
    rebuild_problem: str
    wall_s: float


def _detector() -> PiiDetector:
    from tunewright import engines

    found: PiiDetector = engines.load("pii", "patterns")
    return found


def plan_erasure(
    ws: Workspace,
    asked: Asked,
    *,
    keep: Sequence[str] = (),
    copies: str = "ask",
    near: float = NEAR,
    progress: Progress | None = None,
) -> ErasePlan:
    """What would be erased; changes nothing. Errors: ``flows.erase_plan.plan``."""
    _check_decision(copies, "--copies")
    wanted = Wanted(asked, False, frozenset(keep), copies, near)
    return plan(ws, wanted, detector=_detector(), progress=progress)


def erase(
    ws: Workspace,
    asked: Asked,
    *,
    reason: str = "",
    keep: Sequence[str] = (),
    copies: str = "ask",
    files: str = "ask",
    near: float = NEAR,
    rebuild: bool = True,
    progress: Progress | None = None,
) -> EraseReport:
    """Erase, record the proof, search everything for what is left, and build a snapshot without the person.

    copies: what becomes of other persons' rows with the same words; files: of files of the workspace that are no source.
    Raises NotFoundError when nobody is there, ConflictError while somebody builds or trains or when a person has to
    decide first, UsageError for a reason that names the person, EngineError for a full disk.
    """
    started = time.perf_counter()
    progress = progress or SilentProgress()
    _check_decision(copies, "--copies")
    _check_decision(files, "--files")
    with _alone(ws):
        wanted = Wanted(asked, True, frozenset(keep), copies, near)
        found = plan(ws, wanted, detector=_detector(), progress=progress)
        _check_decided(found, files)
        personal = found.found.personal
        if personal.is_in(reason):
            raise UsageError(
                "the reason names whom it erases",
                hint="say why, not whom: a ticket number, an article of the law",
            )
        _check_command_line(personal)
        if files == "keep":
            left = found.holders.workspace_files
            found = replace(
                found,
                holders=replace(found.holders, workspace_files=()),
                by_hand=(*found.by_hand, *(f"the file {name}" for name in left)),
            )
        record = Execution(ws, found, ws.project.secret_key(KEY), progress).run(reason)
    searched, remains = _sweep(ws, personal, progress)
    _note_sweep(ws, record, searched, remains)
    summary, problem = _rebuild(ws, progress) if rebuild and found.snapshots else (None, "")
    return EraseReport(
        erasure=record.ref,
        plan=found,
        proof=proof_of(ws, record),
        searched=searched,
        remains=remains,
        rebuilt=summary,
        rebuild_problem=problem,
        wall_s=round(time.perf_counter() - started, 3),
    )


@contextlib.contextmanager
def _alone(ws: Workspace) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for name in WRITERS:
            stack.enter_context(ws.project.lease(name))
        pending = ws.project.erasing.pending()
        if pending:
            raise ConflictError(
                f"the erasure {pending[0]} is not finished",
                hint="finish it first: tunewright audit erase --resume",
                erasure=pending[0],
            )
        yield


def _check_decision(text: str, option: str) -> None:
    if text not in DECIDE:
        raise UsageError(f"{option} {text!r} is no decision", hint=f"say {', '.join(DECIDE)}")


def _check_decided(found: ErasePlan, files: str) -> None:
    undecided = found.count(UNDECIDED)
    if undecided:
        raise ConflictError(
            f"{undecided} row(s) of other persons say the same or nearly the same: a person has to decide",
            hint="look at the plan, then add --copies erase or --copies keep (and --keep ROW for exceptions)",
            undecided=undecided,
        )
    if files == "ask" and found.holders.workspace_files:
        raise ConflictError(
            f"{len(found.holders.workspace_files)} file(s) of the workspace that are no source hold the person's text",
            hint="look at the plan, then add --files erase (take it out of them) or --files keep (you do it)",
            files=list(found.holders.workspace_files),
        )


def _check_command_line(personal: Personal) -> None:
    """Every record keeps the command line it was made by; that of ``audit erase`` is cut, a program's own is not."""
    if "erase" not in sys.argv[1:3] and any(personal.is_in(argument) for argument in sys.argv):
        raise UsageError(
            "the command line of this program names whom it erases, and command lines are recorded",
            hint="let the program read the name from a file or from standard input",
        )


def _rebuild(ws: Workspace, progress: Progress) -> tuple[SnapshotSummary | None, str]:
    from tunewright.flows.prepare import prepare

    try:
        return prepare(ws, progress), ""
    except TunewrightError as error:
        # The erasure stands; that too little is left to build from is the next step's problem.
        return None, str(error)


def _sweep(ws: Workspace, personal: Personal, progress: Progress) -> tuple[int, tuple[str, ...]]:
    """Search the bytes of every file of the workspace, and every text of the database, for what was erased."""
    needles = personal.needles()
    searched, remains = 0, []
    paths = sorted(path for path in ws.root.rglob("*") if path.is_file() and not path.is_symlink())
    with progress.task("searching what is left", len(paths)) as advance:
        for path in paths:
            searched += 1
            advance(1)
            with contextlib.suppress(FileNotFoundError):
                if holders.file_holds(path, personal, needles):
                    remains.append(path.relative_to(ws.root).as_posix())
    # Long values lie scattered over the pages of a database file, and a server's are in no file of the workspace.
    with ws.project.reader() as connection:
        told = {f"table {table.name}" for table, _, _ in holders.loose_cells(connection, personal)}
        told |= {"table exchanges"} if holders.exchange_ids(connection, personal, ()) else set()
        told |= {"table feedback"} if holders.feedback_ids(connection, personal, ()) else set()
    return searched, (*remains, *sorted(told))


def _note_sweep(ws: Workspace, record: Record, searched: int, remains: Sequence[str]) -> None:
    with ws.project.transaction() as connection:
        body = {"files_searched": searched, "files_with_remains": len(remains)}
        ws.project.audit.append(SWEEP, record.ref, body, connection=connection)


def resume(ws: Workspace) -> tuple[str, ...]:
    """Finish what is decided and not carried out; answers what is still pending afterwards."""
    ws.project.erasing.recover()
    return ws.project.erasing.pending()


def erasures(ws: Workspace) -> list[Record]:
    """Every erasure, oldest first."""
    return ws.project.records.find(KIND)


def find_erasure(ws: Workspace, text: str) -> Record:
    """By name (``1f0c...``), ``name@version`` or ``erasure/name@version``. Raises NotFoundError."""
    plain = text.removeprefix("erasure/")
    name, _, version = plain.partition("@")
    hits = [
        record
        for record in erasures(ws)
        if record.ref.name.startswith(name) and version in ("", record.ref.version) and len(name) >= 4
    ]
    if not hits:
        raise NotFoundError(
            f"there is no erasure {text!r}", hint="`tunewright audit tickets` lists them", erasure=text
        )
    return hits[-1]


def proof_of(ws: Workspace, record: Record) -> dict[str, Any]:
    """The proof as it is handed out: the record's document, its event, and the checkpoint that covers both."""
    told = json.loads((ws.project.records.folder(record) / PROOF).read_text(encoding="utf-8"))
    with ws.project.reader() as connection:
        event = erasure_event(connection, record.ref.digest, ws.project.audit)
    events: list[Event] = [
        item for item in ws.project.audit.events(subject=record.ref) if event is None or item.seq != event.seq
    ]
    return {
        **told,
        "erasure": str(record.ref),
        "digest": record.ref.digest,
        "reason": record.recipe["reason"],
        "at": record.provenance.at_utc,
        "by": record.provenance.actor,
        "event": event.seq if event else 0,
        "later": [{"event": item.seq, "action": item.action, **item.body} for item in events],
        "checkpoint": ws.project.audit.checkpoint(),
    }


def show(ws: Workspace, text: str) -> dict[str, Any]:
    """The proof of one erasure. Raises NotFoundError."""
    return proof_of(ws, find_erasure(ws, text))
