"""Texts as a person may see them outside the snapshot: what a detector finds stands as ``‹kind›``."""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.core.ports import PiiDetector


def masked(texts: Sequence[str], detector: PiiDetector, *, excerpt: int) -> list[str]:
    """At most ``excerpt`` characters of each text, personal data and secrets in them masked."""
    cut = [text if len(text) <= excerpt else text[:excerpt] + " …" for text in texts]
    shown = []
    for text, spans in zip(cut, detector.detect(cut), strict=True):
        for span in sorted(spans, key=lambda item: -item.start):
            text = f"{text[: span.start]}‹{span.kind}›{text[span.end :]}"
        shown.append(text)
    return shown
