"""Duplicates and contradictions among examples: what the step ``near_duplicates`` decides by.

An example is *near* another one when their prompts are (``tunewright.data.near``). Then either

* the replies say the same (equal in canonical form; of free text, near each other): a duplicate, or
* both replies are labels and differ: a contradiction, or
* the replies are free text and differ: a variant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tunewright.core.ports import Executor
from tunewright.core.types import Example
from tunewright.data.comparison import comparable, is_label, prompt_of, ranked, reply_of
from tunewright.data.near import NearTexts
from tunewright.data.near_spread import neighbours
from tunewright.data.planted import Planted, plant
from tunewright.data.set_join import SetPairs
from tunewright.data.shingles import character_shingles, jaccard, normal_form, word_shingles

CROWD = 64
"""look-alikes with other replies that an example is compared with, per key of its prompt"""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Twin:
    """Another example and how near it is."""

    index: int
    similarity: float
    """exact Jaccard similarity of the prompts' 5-grams"""


@dataclass(slots=True)
class Found:
    """Indices into the examples that were searched."""

    duplicates: dict[int, Twin] = field(default_factory=dict)
    """what goes -> the most similar earlier example that stays and says the same"""
    contradictions: dict[int, list[Twin]] = field(default_factory=dict)
    """what stays -> examples that stay, near it, with another label; most similar first"""
    variants: dict[int, list[Twin]] = field(default_factory=dict)
    """the same, with another free reply"""
    planted: int = 0
    """copies planted of examples that stay"""
    planted_found: int = 0


def search(
    examples: Sequence[Example],
    threshold: float,
    *,
    long_words: int,
    copies: int = 0,
    seed: int = 0,
    executor: Executor | None = None,
) -> Found:
    """Duplicates by rank, the earliest stays. copies: near-copies of examples that are planted to measure the recall.
    executor: whose workers find the prompts that have a near one (this process)."""
    prompts = [prompt_of(example) for example in examples]
    order = [place for place in ranked(examples) if comparable(prompts[place])]
    replies = [reply_of(examples[place]) for place in order]
    names: dict[tuple[str, ...], int] = {}
    groups = np.fromiter((names.setdefault(reply, len(names)) for reply in replies), np.uint64, len(order))
    planted = plant(
        [examples[p].id for p in order], [prompts[p] for p in order], threshold, long_words, copies, seed
    )
    texts = [*(prompts[place] for place in order), *(one.text for one in planted)]
    groups = np.append(groups, groups[np.array([one.index for one in planted], dtype=np.int64)])
    # What is near nothing plays no part in what follows.
    left = np.flatnonzero(neighbours(texts, threshold, long_words=long_words, executor=executor))
    near = NearTexts([texts[at] for at in left.tolist()], threshold, long_words=long_words)
    pairs = _same_reply(near, groups[left])
    pairs = SetPairs(left[pairs.first], left[pairs.second], pairs.similarity)
    found = Found()
    for later, earlier, similarity in _rows(pairs):
        if later < len(order):
            found.duplicates[order[later]] = Twin(order[earlier], similarity)
    _measure(found, planted, pairs, len(order))
    stays = np.arange(len(texts)) < len(order)
    stays[pairs.first] = False
    others = _OtherReplies(near, np.flatnonzero(stays[left]), left, replies, threshold)
    for later, earlier, similarity in _rows(others.duplicates):
        found.duplicates[order[later]] = Twin(order[earlier], similarity)
    for table, wanted in ((found.contradictions, True), (found.variants, False)):
        for one, other, similarity in others.noted:
            if (is_label(replies[one]) and is_label(replies[other])) is wanted:
                table.setdefault(order[one], []).append(Twin(order[other], similarity))
                table.setdefault(order[other], []).append(Twin(order[one], similarity))
        rank = {place: at for at, place in enumerate(order)}
        for twins in table.values():
            twins.sort(key=lambda twin: (-twin.similarity, rank[twin.index]))
    return found


def _rows(pairs: SetPairs) -> list[tuple[int, int, float]]:
    return list(zip(pairs.first.tolist(), pairs.second.tolist(), pairs.similarity.tolist(), strict=True))


def _same_reply(near: NearTexts, groups: npt.NDArray[np.uint64]) -> SetPairs:
    """Dropped texts, planted ones among them, with the kept one of the same reply (of one group)."""
    nodes = near.node_of
    # The first of each (node, reply) stands for the others.
    order = np.lexsort((np.arange(len(nodes)), groups, nodes))
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(nodes[order]) != 0) | (groups[order][1:] != groups[order][:-1])
    heads = order[np.flatnonzero(new)]
    head_of = np.empty(len(nodes), dtype=np.int64)
    head_of[order] = heads[np.cumsum(new) - 1]
    units = np.unique(heads)
    thinned = near.join(nodes[units], groups=groups[units]).thin(
        lambda pairs: np.ones(len(pairs), dtype=np.bool_)
    )
    of = np.full(len(nodes), -1, dtype=np.int64)
    similarity = np.ones(len(nodes))
    of[units[thinned.first]] = units[thinned.second]
    similarity[units[thinned.first]] = thinned.similarity
    # A repetition of a dropped one goes for the same reason; one of a kept one goes for that.
    repeated = np.flatnonzero(head_of != np.arange(len(nodes)))
    heads_gone = of[head_of[repeated]] >= 0
    similarity[repeated] = np.where(heads_gone, similarity[head_of[repeated]], 1.0)
    of[repeated] = np.where(heads_gone, of[head_of[repeated]], head_of[repeated])
    gone = np.flatnonzero(of >= 0)
    return SetPairs(gone, of[gone], similarity[gone])


def _measure(found: Found, planted: Sequence[Planted], pairs: SetPairs, texts: int) -> None:
    """How many planted copies of what stays were found."""
    gone = dict(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    for at, one in enumerate(planted):
        if one.index not in gone:
            found.planted += 1
            found.planted_found += gone.get(texts + at, texts) < texts


class _OtherReplies:
    """Near prompts whose replies are not equal."""

    def __init__(
        self,
        near: NearTexts,
        members: npt.NDArray[np.int64],
        numbers: npt.NDArray[np.int64],
        replies: Sequence[tuple[str, ...]],
        threshold: float,
    ) -> None:
        """members: the texts of ``near`` that are looked at; numbers: of each text of ``near``, its place in ``replies``."""
        self._members, self._replies, self._threshold = numbers[members], replies, threshold
        self._sets: dict[int, frozenset[int]] = {}
        pairs: dict[tuple[int, int], float] = {}
        self._seen = pairs
        gone = near.join(near.node_of[members]).thin(self._judge, crowd=CROWD)
        places = self._members
        self.duplicates = SetPairs(places[gone.first], places[gone.second], gone.similarity)
        left = set(self.duplicates.first.tolist())
        self.noted = [
            (one, other, similarity)
            for (one, other), similarity in sorted(pairs.items())
            if one not in left and other not in left
        ]

    def _judge(self, pairs: SetPairs) -> Bools:
        found = np.zeros(len(pairs), dtype=np.bool_)
        later, earlier = self._members[pairs.first].tolist(), self._members[pairs.second].tolist()
        for at, (one, other, similarity) in enumerate(
            zip(later, earlier, pairs.similarity.tolist(), strict=True)
        ):
            if self._say_the_same(one, other):
                found[at] = True
            else:
                self._seen[one, other] = similarity
        return found

    def _say_the_same(self, one: int, other: int) -> bool:
        first, second = self._replies[one], self._replies[other]
        if first == second:
            return True
        if is_label(first) or is_label(second) or len(first) != len(second):
            return False
        return jaccard(self._set(one), self._set(other)) >= self._threshold

    def _set(self, at: int) -> frozenset[int]:
        if at not in self._sets:
            form = normal_form("\n".join(self._replies[at]))
            shingles = word_shingles if form.count(" ") >= 127 else character_shingles
            self._sets[at] = shingles([form]).set_of(0)
        return self._sets[at]


def repeated_replies(
    examples: Sequence[Example], threshold: float, *, long_words: int, executor: Executor | None = None
) -> dict[int, tuple[int, int]]:
    """Examples with a free-text reply near that of another one: index -> (the first of them by rank, place among them).

    The first is at place 0. Replies that are labels (``is_label``) repeat by nature and are not looked at.
    """
    order, texts = [], []
    for place in ranked(examples):
        reply = reply_of(examples[place])
        if reply and not is_label(reply):
            order.append(place)
            texts.append("\n".join(reply))
    if executor is not None:
        near_ones = neighbours(texts, threshold, long_words=long_words, executor=executor)
        left = np.flatnonzero(near_ones).tolist()
        order, texts = [order[at] for at in left], [texts[at] for at in left]
    if not order:
        return {}
    near = NearTexts(texts, threshold, long_words=long_words)
    nodes, first = np.unique(near.node_of, return_index=True)
    by_rank = np.argsort(first, kind="stable")
    thinned = near.join(nodes[by_rank]).thin(lambda pairs: np.ones(len(pairs), dtype=np.bool_))
    leader = np.arange(len(nodes))
    leader[thinned.first] = thinned.second
    at = np.empty(len(nodes), dtype=np.int64)
    at[by_rank] = np.arange(len(nodes))
    heads = first[by_rank][leader[at[near.node_of]]]
    counts = np.bincount(heads, minlength=len(texts))
    places: dict[int, int] = {}
    found = {}
    for text, head in enumerate(heads.tolist()):
        if counts[head] > 1:
            number = places[head] = places.get(head, -1) + 1
            found[order[text]] = (order[head], number)
    return found
