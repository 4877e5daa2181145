"""Several detectors as one."""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.core.errors import EngineError, UsageError
from tunewright.core.pii import PiiFigure
from tunewright.core.ports import PiiDetector
from tunewright.core.types import Finding
from tunewright.engines.pii.resolve import resolve


class ArbitratedDetectors:
    """Port ``PiiDetector`` over several detectors: one arbitration over all their findings (``resolve``)."""

    def __init__(self, detectors: Sequence[PiiDetector]) -> None:
        """Raises UsageError for none, or for two of the same version: a detector cannot agree with itself."""
        self._detectors = tuple(sorted(detectors, key=lambda detector: detector.version))
        versions = [detector.version for detector in self._detectors]
        if not versions:
            raise UsageError("there is no PII detector", hint="name at least one in data.engines.pii")
        if len(set(versions)) < len(versions):
            raise UsageError(
                f"a PII detector is named twice: {', '.join(versions)}",
                hint="name each once in data.engines.pii",
            )

    @property
    def version(self) -> str:
        """The detectors' versions in order of name, and this arbitration's."""
        return "+".join([*(detector.version for detector in self._detectors), "arbitrated@1"])

    @property
    def kinds(self) -> tuple[str, ...]:
        """What any of them looks for, sorted."""
        return tuple(sorted({kind for detector in self._detectors for kind in detector.kinds}))

    @property
    def figures(self) -> tuple[PiiFigure, ...]:
        """Those of each detector alone; together they find what any of them finds."""
        return tuple(figure for detector in self._detectors for figure in detector.figures)

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Findings of each text, in order, without overlap. Raises EngineError when a detector answers for other texts."""
        answers = [detector.detect(texts) for detector in self._detectors]
        for detector, answer in zip(self._detectors, answers, strict=True):
            if len(answer) != len(texts):
                raise EngineError(
                    f"the PII detector {detector.version} answered {len(answer)} of {len(texts)} texts",
                    hint="it is broken; leave it out of data.engines.pii",
                )
        return [
            resolve(text, [answer[at] for answer in answers]) if any(answer[at] for answer in answers) else []
            for at, text in enumerate(texts)
        ]
