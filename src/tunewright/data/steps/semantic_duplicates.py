"""Drop an example that says in other words what an earlier one with the same reply says. Not in the default pipeline.

Alike is the cosine of the prompts' embeddings. Examples are taken by rank and compared with the kept ones of the same
reply, block by block and exactly: memory is linear, time is proportional to kept times seen of each reply. A prompt
that the embedder places nowhere (a row of zeros) is alike to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.ports import Embedder
from tunewright.core.types import Drop, Evidence, Example, Finding, Keep, Outcome
from tunewright.data.comparison import comparable, prompt_of, ranked, reply_of
from tunewright.data.findings import CONFIRMED, DISMISSED, finding_key
from tunewright.data.steps import StepFn, corpus_step

_BLOCK = 1024
"""rows compared at once"""
F32 = npt.NDArray[np.float32]


class SemanticDuplicatesOptions(Options):
    """How alike in meaning is too alike."""

    threshold: float = Field(
        0.95,
        gt=0,
        le=1,
        description="cosine of the prompts' embeddings from which on; depends on the embedder",
    )


@corpus_step("semantic_duplicates", version=1)
def semantic_duplicates(
    options: SemanticDuplicatesOptions, embedder: Embedder, decisions: Mapping[str, str]
) -> StepFn:
    """Drop reason ``semantic_duplicate``, with the most similar kept twin; its cosine is the finding's confidence."""
    found_by = f"semantic_duplicates@1 {embedder.version}"

    def run(batch: Sequence[Example]) -> list[Outcome]:
        prompts = [prompt_of(example) for example in batch]
        order = [place for place in ranked(batch) if comparable(prompts[place])]
        outcomes: list[Outcome] = [Keep(example) for example in batch]
        groups: dict[tuple[str, ...], list[int]] = {}
        for place in order:
            groups.setdefault(reply_of(batch[place]), []).append(place)
        for members in groups.values():
            if len(members) < 2:
                continue
            vectors = embedder.embed([prompts[place] for place in members])
            for later, (earlier, cosine) in _alike(vectors, options.threshold).items():
                example, twin = batch[members[later]], batch[members[earlier]]
                outcomes[members[later]] = _outcome(
                    example, twin.id, cosine, found_by, decisions, options.threshold
                )
        return outcomes

    return run


def _outcome(
    example: Example, twin: str, cosine: float, found_by: str, decisions: Mapping[str, str], threshold: float
) -> Outcome:
    turn = max(at for at, m in enumerate(example.messages) if m.role == "user" and m.content)
    end = len(example.messages[turn].content)
    finding = Finding(
        "semantic_duplicate", turn, 0, end, round(min(cosine, 1.0), 4), found_by,
        note=f"cosine {cosine:.4f} with {twin}",
    )  # fmt: skip
    told = (Evidence("semantic_duplicate", "cosine", round(cosine, 6), threshold, twin, found_by, 0),)
    if decisions.get(finding_key(example.origin, finding)) == DISMISSED:
        return Keep(example, (replace(finding, state=DISMISSED),), evidence=told)
    return Drop("semantic_duplicate", twin, (replace(finding, state=CONFIRMED),), told)


def _alike(vectors: F32, threshold: float) -> dict[int, tuple[int, float]]:
    """Rows that go -> the most similar kept row before them and the cosine. Rows are of length 1 or 0."""
    kept = np.empty_like(vectors)
    kept_rows: list[int] = []
    gone: dict[int, tuple[int, float]] = {}
    for first in range(0, len(vectors), _BLOCK):
        block = vectors[first : first + _BLOCK]
        best, of = _nearest(block, kept[: len(kept_rows)], kept_rows)
        own = block @ block.T
        fresh: list[int] = []
        for at in range(len(block)):
            here = int(own[at, fresh].argmax()) if fresh else -1
            cosine, twin = float(best[at]), int(of[at])
            if here >= 0 and own[at, fresh[here]] > cosine:
                cosine, twin = float(own[at, fresh[here]]), first + fresh[here]
            if cosine >= threshold:
                gone[first + at] = (twin, cosine)
            elif block[at].any():
                fresh.append(at)
        kept[len(kept_rows) : len(kept_rows) + len(fresh)] = block[fresh]
        kept_rows += [first + at for at in fresh]
    return gone


def _nearest(block: F32, kept: F32, rows: Sequence[int]) -> tuple[F32, npt.NDArray[np.int64]]:
    """The highest cosine of each row with a kept one, and which; -1 where there is none."""
    best = np.full(len(block), -1.0, dtype=np.float32)
    of = np.full(len(block), -1, dtype=np.int64)
    for first in range(0, len(kept), _BLOCK):
        cosines = block @ kept[first : first + _BLOCK].T
        at = cosines.argmax(axis=1)
        found = cosines[np.arange(len(block)), at]
        better = found > best
        best[better] = found[better]
        of[better] = np.asarray(rows, dtype=np.int64)[first + at[better]]
    return best, of
