"""A step that is not sure asks a person: open holds the example, confirmed drops it, dismissed keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tunewright.core.types import Drop, Example, Finding, Hold, Keep, Outcome
from tunewright.data.findings import CONFIRMED, DISMISSED, finding_key


def asked(
    example: Example, reason: str, finding: Finding, decisions: Mapping[str, str], of: str = ""
) -> Outcome:
    """The outcome for an example about which ``finding`` is in doubt.

    decisions: ``finding_key`` -> ``dismissed`` or ``confirmed``, as the runner hands them in; ``of``: id of the other
    example the doubt is about, if there is one.
    """
    decided = decisions.get(finding_key(example.origin, finding))
    if decided == CONFIRMED:
        return Drop(reason, of, (replace(finding, state=CONFIRMED),))
    if decided == DISMISSED:
        return Keep(example, (replace(finding, state=DISMISSED),))
    return Hold(reason, (finding,))
