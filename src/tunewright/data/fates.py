"""What has happened to every example so far: its present form, the edits, the findings, the reasons and their evidence."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tunewright.core.errors import EngineError
from tunewright.core.types import Drop, Evidence, Example, Finding, Hold, Keep, Outcome
from tunewright.data.digests import content_digest, state_digest
from tunewright.data.edits import OffsetMap, derived_edits
from tunewright.data.findings import finding_key
from tunewright.data.outcomes import CHANGED, DROPPED, HELD, KEPT, MARKED, FoundSpan, RowEvidence, RowOutcome
from tunewright.data.sources import Malformed
from tunewright.data.steps import StepEntry


@dataclass(frozen=True, slots=True)
class _Told:
    """Evidence as the step gave it, with who gave it; ``of`` is still an id."""

    step: str
    version: int
    action: str
    item: Evidence
    finding: str


@dataclass(slots=True)
class _Fate:
    """What has happened to one example so far."""

    offsets: OffsetMap = field(default_factory=OffsetMap)
    reasons: dict[str, None] = field(default_factory=dict)
    findings: dict[str, FoundSpan] = field(default_factory=dict)
    told: list[_Told] = field(default_factory=list)
    outcome: str = KEPT
    step: str = ""
    of: str = ""


_UNTOUCHED = _Fate()


class Fates:
    """The examples of one build."""

    def __init__(self) -> None:
        self.originals: dict[str, Example] = {}
        self.current: dict[str, Example] = {}
        """what is left, in the order of the ids"""
        self._fates: dict[str, _Fate] = {}
        self._contents: dict[str, bytes] = {}
        self._state = b""
        self._touched: dict[str, None] = {}

    def begin(self) -> None:
        """All rows have been read."""
        self.current = {key: self.originals[key] for key in sorted(self.originals)}
        self._state = hashlib.sha256(b"".join(map(state_digest, self.current.values()))).digest()

    def state(self) -> str:
        """A digest that two builds share only when every example that is left is the same in both.

        It is a chain: the digest of what was read, then of what each step left of the examples it touched.
        """
        if self._touched:
            parts = [self._state]
            for key in self._touched:
                left = self.current.get(key)
                parts += [key.encode(), state_digest(left) if left is not None else b"\x00" * 32]
            self._state = hashlib.sha256(b"".join(parts)).digest()
            self._touched = {}
        return self._state.hex()

    def content(self, example: Example) -> bytes:
        """SHA-256 over the turns of an example that is left."""
        found = self._contents.get(example.id)
        if found is None:
            found = self._contents[example.id] = content_digest(example.messages)
        return found

    def original(self, example: Example, finding: Finding) -> Finding:
        """The finding with its place in the original text."""
        return self._fates.get(example.id, _UNTOUCHED).offsets.original(finding)

    def apply(
        self, line: StepEntry, example: Example, outcome: Outcome, tally: Counter[str], reasons: Counter[str]
    ) -> None:
        """Take in a step's answer. Raises EngineError when it breaks the laws of a step."""
        if isinstance(outcome, Keep) and not (outcome.findings or outcome.reasons or outcome.evidence):
            if outcome.example is not example:
                self._keep(line, example, outcome, self._fate(example.id), tally)
            return
        fate = self._fate(example.id)
        keys = [self._find(fate, example, found) for found in outcome.findings]
        if isinstance(outcome, Keep):
            action = self._keep(line, example, outcome, fate, tally)
            told: tuple[str, ...] = outcome.reasons
        else:
            self._refuse(line, example, outcome, fate)
            action = fate.outcome
            tally[action] += 1
            told = (outcome.reason,)
        reasons.update(told)
        fate.reasons.update(dict.fromkeys(told))
        for item in outcome.evidence or _derived(outcome, told):
            finding = keys[item.finding] if 0 <= item.finding < len(keys) else ""
            fate.told.append(_Told(line.name, line.version, action, item, finding))

    def _fate(self, key: str) -> _Fate:
        return self._fates.setdefault(key, _Fate())

    def _find(self, fate: _Fate, example: Example, found: Finding) -> str:
        placed = fate.offsets.original(found)
        key = finding_key(example.origin, placed)
        fate.findings[key] = FoundSpan(placed, key)
        return key

    def _keep(
        self, line: StepEntry, example: Example, outcome: Keep, fate: _Fate, tally: Counter[str]
    ) -> str:
        """What was done: changed, marked, or kept."""
        after = outcome.example
        if (
            after.id != example.id
            or after.origin != example.origin
            or len(after.messages) != len(example.messages)
        ):
            raise EngineError(
                f"step `{line.name}` changed the identity or the turns of an example",
                hint="report this as a defect of the step",
                step=line.name,
                example=example.id,
            )
        action = MARKED if outcome.reasons or after.labels != example.labels else KEPT
        if after.messages != example.messages:
            action = CHANGED
            tally["changed"] += 1
            fate.offsets.add(outcome.edits or derived_edits(example, after))
            self._contents.pop(example.id, None)
            mark = f"{line.name}@{line.version}"
            if mark not in after.history:
                after = replace(after, history=(*after.history, mark))
            if not outcome.reasons:
                raise EngineError(
                    f"step `{line.name}` changed an example without a reason",
                    hint="report this as a defect of the step",
                    step=line.name,
                    example=example.id,
                )
        if after is not example:
            self._touched[example.id] = None
            self.current[example.id] = after
        return action

    def _refuse(self, line: StepEntry, example: Example, outcome: Drop | Hold, fate: _Fate) -> None:
        if not outcome.reason:
            raise EngineError(
                f"step `{line.name}` refused an example without a reason",
                hint="report this as a defect of the step",
                step=line.name,
                example=example.id,
            )
        fate.outcome = DROPPED if isinstance(outcome, Drop) else HELD
        fate.step = line.name
        fate.of = outcome.of if isinstance(outcome, Drop) else ""
        self._touched[example.id] = None
        del self.current[example.id]

    def row(self, row: str | Malformed, golden: Mapping[str, Example]) -> RowOutcome:
        """The last word on a source row, by the id of its example."""
        if isinstance(row, Malformed):
            of = f"{row.origin.source}#{row.of}" if row.of else ""
            told = RowEvidence("source", 0, DROPPED, row.reason, of=of)
            return RowOutcome(
                row.origin.source,
                row.origin.locator,
                DROPPED,
                (row.reason,),
                "source",
                (),
                "",
                of,
                "",
                (told,),
            )
        original, fate = self.originals[row], self._fates.get(row, _UNTOUCHED)
        outcome, split = fate.outcome, ""
        if outcome == KEPT:
            current = self.current[row]
            split = current.label("split")
            outcome = CHANGED if current.messages != original.messages else KEPT
        return RowOutcome(
            source=original.origin.source,
            record=original.origin.locator,
            outcome=outcome,
            reasons=tuple(fate.reasons),
            step=fate.step,
            findings=tuple(fate.findings.values()),
            example=row,
            of=self._twin(fate.of, golden),
            split=split,
            evidence=tuple([self._evidence(told, golden) for told in fate.told]) if fate.told else (),
        )

    def _evidence(self, told: _Told, golden: Mapping[str, Example]) -> RowEvidence:
        item = told.item
        return RowEvidence(
            told.step, told.version, told.action, item.reason, item.metric, item.value, item.threshold,
            self._named(item.of, golden), item.detail, told.finding,
        )  # fmt: skip

    def _named(self, of: str, golden: Mapping[str, Example]) -> str:
        found = self.originals.get(of) or golden.get(of)
        return f"{found.origin.source}#{found.origin.locator}" if found else of

    def _twin(self, of: str, golden: Mapping[str, Example]) -> str:
        """``source#record`` of the twin. A twin that was itself dropped for a twin leads on to the one that was kept."""
        seen = set()
        while (fate := self._fates.get(of)) and fate.of in self.originals and of not in seen:
            seen.add(of)
            of = fate.of
        return self._named(of, golden)


def _derived(outcome: Outcome, reasons: Sequence[str]) -> list[Evidence]:
    """Evidence of a step that gives none of its own: the confidence of its findings, else the bare reason."""
    of = outcome.of if isinstance(outcome, Drop) else ""
    if outcome.findings:
        last = reasons[-1] if reasons else ""
        return [
            Evidence(last or found.kind, "confidence", found.confidence, None, of, found.found_by, at)
            for at, found in enumerate(outcome.findings)
        ]
    return [Evidence(reason, of=of) for reason in reasons]
