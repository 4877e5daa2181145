"""The types every package speaks in. All frozen, all with one canonical JSON form.

``Message``, ``Origin``, ``Finding`` and ``Example`` are plain slotted dataclasses because a corpus holds millions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an example came from; never changes."""

    source: str
    """file name of the source, relative to the workspace's sources"""
    locator: str
    """the row's own id, else its number (1-based)"""
    digest: str
    """SHA-256 of the row's original content"""
    licence: str = ""
    purpose: str = ""
    received_at: str = ""
    """as the row states it (``created_at`` and the like), else empty"""
    subject: str = ""
    """the person the row is about, where a column says so"""
    thread: str = ""
    """conversation or ticket thread the row belongs to; a split never cuts through one"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something noticed that a person may have to decide. Offsets are in the ORIGINAL text of the turn, in code points."""

    kind: str
    turn: int
    """index into the example's messages"""
    start: int
    end: int
    confidence: float
    found_by: str
    """detector and version, such as ``patterns@1``"""
    state: str = "open"
    """open, confirmed or dismissed"""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """One training or evaluation item in chat form."""

    id: str
    """SHA-256 of origin and original content; given once by the source, kept through every step"""
    messages: tuple[Message, ...]
    origin: Origin
    reference: str = ""
    """expected answer of an evaluation item; empty for training examples"""
    history: tuple[str, ...] = ()
    """steps that changed it, such as ``pii@3``"""
    labels: tuple[str, ...] = ()
    """``key:value`` marks such as ``split:train``, ``tag:cards``, ``canary:c07``"""

    def label(self, key: str) -> str:
        """The value of the first label with this key, else the empty string."""
        begin = key + ":"
        for mark in self.labels:
            if mark.startswith(begin):
                return mark[len(begin) :]
        return ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A step replaced ``[start, end)`` of a turn, as it stood before the step, by ``length`` code points."""

    turn: int
    start: int
    end: int
    length: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a step measured and what it compared that with. Numbers, names and ids, never text of an example."""

    reason: str
    metric: str = ""
    """what was measured, such as ``jaccard`` or ``confidence``; empty where the reason itself is what was seen"""
    value: float | None = None
    threshold: float | None = None
    """the limit the value was compared with"""
    of: str = ""
    """id of the other example, or of the golden item"""
    detail: str = ""
    """the form that was compared, the detector, the families of evidence"""
    finding: int = -1
    """which of the outcome's findings it belongs to; -1: none"""


@dataclass(frozen=True, slots=True)
class Keep:
    """The step lets the example pass (``example`` may be a changed copy)."""

    example: Example
    findings: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()
    """what was changed and why, such as ``pii:card``; empty when nothing changed"""
    edits: tuple[Edit, ...] = ()
    """where the text was changed, in order, so that findings of later steps are placed in the original text"""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Drop:
    """The step takes the example out, for a reason; ``of`` is the id of the kept twin, if there is one."""

    reason: str
    of: str = ""
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """The step wants a person to decide; the example is not trained on until then."""

    reason: str
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()


Outcome = Keep | Drop | Hold


class Frozen(BaseModel):
    """Base of the recorded types."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Ref(Frozen):
    """A name for something recorded. Prints as ``model/support@1.4.0``."""

    kind: str = Field(
        description="source, golden, snapshot, base, run, model, decision, exchange, example, key"
    )
    name: str
    version: str
    digest: str = Field(description="full SHA-256 of the thing")

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}@{self.version}"


class FileEntry(Frozen):
    """A file that belongs to a record."""

    path: str = Field(description="relative, posix, no `..`")
    digest: str
    size_bytes: int


class Score(Frozen):
    """A measured number with its interval; without n and signature it is not evidence."""

    metric: str
    value: float
    low: float
    high: float
    n: int
    slice: str = Field("", description="empty for all items, else such as `tag=cards`")
    signature: str = Field(description="how it was computed, such as `exact_match|trim:yes|ci:wilson95|v:1`")


class Provenance(Frozen):
    """Under which circumstances a record was made."""

    code_version: str
    dirty: bool
    lock_digest: str
    actor: str
    at_utc: datetime
    argv: tuple[str, ...]
    seed: int
    hardware: str


class Record(Frozen):
    """What was produced, from what, how. Written last: its existence means complete."""

    ref: Ref
    inputs: tuple[Ref, ...]
    recipe: dict[str, Any] = Field(description="canonical JSON of everything that changes the result")
    recipe_digest: str
    files: tuple[FileEntry, ...]
    scores: tuple[Score, ...]
    provenance: Provenance


class Verdict(Frozen):
    """A rule's answer, with its reason."""

    rule: str
    outcome: Literal["pass", "fail", "inconclusive", "invalid"]
    because: str
    children: tuple[Verdict, ...] = ()


class Approval(Frozen):
    """A person's yes to one model digest for one environment."""

    subject_digest: str
    environment: str
    actor: str
    role: str
    note: str
    at: datetime


class Waiver(Frozen):
    """A dated exception from one rule for one subject."""

    subject_digest: str
    rule: str
    reason: str
    approver: str
    expires_at: datetime


class Decision(Frozen):
    """The recorded outcome of a gate."""

    model: Ref
    environment: str
    subject_digest: str = Field(
        description="digest of what is served: base, adapter, tokenizer, template, quantisation"
    )
    policy_digest: str = Field(description="SHA-256 of the policy's bytes, which are kept as a blob")
    case_digest: str = Field(
        description="digest of everything the policy was judged on, kept as a blob for replay"
    )
    evidence: tuple[Ref, ...]
    verdict: Verdict
    approvals: tuple[Approval, ...]
    waivers: tuple[Waiver, ...]
    actor: str
    at: datetime


class Event(Frozen):
    """An entry of the audit log."""

    seq: int
    at: datetime
    actor: str
    action: str = Field(description="such as `model.promote`")
    subject: Ref
    body: dict[str, Any]
    leaf_hash: str


class Exchange(Frozen):
    """One served request with its answer."""

    id: str
    at: datetime
    key_id: str
    model: Ref
    subject_digest: str
    variant: str
    user: str
    messages: tuple[Message, ...]
    answer: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    latency_ms: float
    flags: tuple[str, ...]
