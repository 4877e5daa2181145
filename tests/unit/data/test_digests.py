"""The fast writer of canonical JSON against the standard library's."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace

from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.types import Example, Message, Origin
from tunewright.data.digests import content_digest, example_digest, state_digest

text = st.text(max_size=12)
examples = st.builds(
    Example,
    text,
    st.lists(st.builds(Message, text, text), max_size=3).map(tuple),
    st.builds(Origin, text, text, text, text, text, text, text, text),
    text,
    st.lists(text, max_size=2).map(tuple),
    st.lists(text, max_size=2).map(tuple),
)


def sha256(value: object) -> bytes:
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(written.encode()).digest()


@given(examples)
def test_digests_are_those_of_canonical_json(example: Example) -> None:
    assert example_digest(example) == sha256(asdict(example))
    assert content_digest(example.messages) == sha256([asdict(turn) for turn in example.messages])


@given(examples, examples)
def test_states_are_equal_only_for_equal_examples(one: Example, other: Example) -> None:
    assert (state_digest(one) == state_digest(other)) is (one == other)


def test_half_a_surrogate_has_a_state_but_no_digest_to_record() -> None:
    odd = Example("a", (Message("user", "\ud800"),), Origin("s", "l", "d"))
    assert state_digest(odd) != state_digest(replace(odd, messages=(Message("user", "\ud801"),)))
