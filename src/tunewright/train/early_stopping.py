"""When to stop: the validation loss has not improved for a while."""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.core.errors import UsageError


def judge_stop(losses: Sequence[float], *, patience: int) -> tuple[int, bool]:
    """From the validation losses so far, in order: index of the best (the earliest of equals), and whether to stop.

    Stop when the last ``patience`` losses brought nothing better than the best before them, or a loss is not a number.
    A pure function of the list, so a resumed run decides as an uninterrupted one. Raises UsageError for an empty list.
    """
    if not losses:
        raise UsageError("there is no validation loss to judge", hint="validate at least once")
    known = [index for index, loss in enumerate(losses) if loss == loss]
    if not known:
        return 0, True
    best = min(known, key=lambda index: (losses[index], index))
    diverged = losses[-1] != losses[-1]
    return best, diverged or len(losses) - 1 - best >= patience
