"""The name of a finding, by which a person's decision is remembered from one build to the next."""

from __future__ import annotations

from tunewright.core.canonical import digest
from tunewright.core.types import Finding, Origin

DISMISSED = "dismissed"
"""decision: this is not what the detector says; the text stays as it is"""
CONFIRMED = "confirmed"
"""decision: this is what the detector says; it is redacted"""


def finding_key(origin: Origin, finding: Finding) -> str:
    """SHA-256 over source file, content digest of the row, kind and place.

    Decisions are kept under the place in the original text; the runner translates them to the places a step sees.
    Neither the row's position nor the detector's version is part of the key, so a decision survives a re-sorted export
    and a new detector; a row whose content changed is asked about again.
    """
    return digest([origin.source, origin.digest, finding.kind, finding.turn, finding.start, finding.end])
