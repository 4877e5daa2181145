"""The learning rate over the steps of a run: linear warm-up, then half a cosine down to nothing."""

from __future__ import annotations

import math


def cosine_share(step: int, *, warmup_steps: int, total_steps: int) -> float:
    """Share of the peak learning rate at a 0-based step.

    ``step / warmup`` while warming up, then ``(1 + cos(pi * progress)) / 2`` (Loshchilov and Hutter 2017, SGDR, without
    restarts); the formula and its edges are those of transformers' ``get_cosine_schedule_with_warmup``.
    """
    if step < warmup_steps:
        return step / max(1, warmup_steps)
    progress = (step - warmup_steps) / max(1, total_steps - warmup_steps)
    return max(0.0, 0.5 * (1.0 + math.cos(math.pi * progress)))
