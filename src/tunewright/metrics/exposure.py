"""Exposure of a planted secret (Carlini et al. 2019, "The Secret Sharer", section 4): how far its loss stands out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tunewright.core.errors import UsageError


def exposure(secret_loss: float, reference_losses: Sequence[float]) -> float:
    """log2 N - log2(1 + number of references with a strictly lower loss), in bits.

    N = log2 of the references is the most that can be seen; about 1.44 (1 / ln 2) is what a model that knows nothing
    shows on average; below 0 means the secret is less likely than every reference. A reference as likely as the secret
    does not lower the rank: for a risk figure, the doubt counts against the model.
    Raises UsageError for no references or a loss that is not a number.
    """
    if not reference_losses:
        raise UsageError("exposure needs references", hint="draw random secrets from the same space")
    if math.isnan(secret_loss) or any(math.isnan(loss) for loss in reference_losses):
        raise UsageError("a loss is not a number", hint="a model that answers NaN losses cannot be attacked")
    rank = 1 + sum(1 for loss in reference_losses if loss < secret_loss)
    return math.log2(len(reference_losses)) - math.log2(rank)


def ceiling(references: int) -> float:
    """The largest exposure ``references`` random references can show, in bits."""
    if references < 1:
        raise UsageError("exposure needs references", hint="draw random secrets from the same space")
    return math.log2(references)
