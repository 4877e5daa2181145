"""Laws of the Merkle proofs, for trees of every size and shape."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tunewright.core import merkle


def tree(size: int) -> list[bytes]:
    return [merkle.leaf_hash(i.to_bytes(4, "big")) for i in range(size)]


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@st.composite
def leaf_of_tree(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, 300))
    return draw(st.integers(0, size - 1)), size


@st.composite
def prefix_of_tree(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, 300))
    return draw(st.integers(1, size)), size


@given(leaf_of_tree())
def test_every_leaf_is_proved(case: tuple[int, int]) -> None:
    index, size = case
    leaves = tree(size)
    proof = merkle.inclusion_proof(leaves, index)
    assert merkle.verify_inclusion(leaves[index], index, size, proof, merkle.root(leaves))
    assert len(proof) <= max(size - 1, 0).bit_length()


@given(prefix_of_tree())
def test_every_prefix_is_proved(case: tuple[int, int]) -> None:
    first, size = case
    leaves = tree(size)
    proof = merkle.consistency_proof(leaves, first)
    assert merkle.verify_consistency(first, size, merkle.root(leaves[:first]), merkle.root(leaves), proof)


@given(leaf_of_tree(), st.data())
def test_one_flipped_bit_breaks_an_inclusion_proof(case: tuple[int, int], data: st.DataObject) -> None:
    index, size = case
    leaves = tree(size)
    parts = [leaves[index], merkle.root(leaves), *merkle.inclusion_proof(leaves, index)]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flip(parts[which], data.draw(st.integers(0, 255)))
    leaf, root, *proof = parts
    assert not merkle.verify_inclusion(leaf, index, size, proof, root)


@given(prefix_of_tree(), st.data())
def test_one_flipped_bit_breaks_a_consistency_proof(case: tuple[int, int], data: st.DataObject) -> None:
    first, size = case
    leaves = tree(size)
    parts = [
        merkle.root(leaves[:first]),
        merkle.root(leaves),
        *merkle.consistency_proof(leaves, first),
    ]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flip(parts[which], data.draw(st.integers(0, 255)))
    first_root, root, *proof = parts
    assert not merkle.verify_consistency(first, size, first_root, root, proof)


@given(leaf_of_tree(), st.integers(0, 299))
def test_a_proof_is_of_one_place_only(case: tuple[int, int], other: int) -> None:
    index, size = case
    leaves = tree(size)
    proof = merkle.inclusion_proof(leaves, index)
    moved = merkle.verify_inclusion(leaves[index], other, size, proof, merkle.root(leaves))
    assert moved == (other == index)


@given(leaf_of_tree(), st.binary(min_size=32, max_size=32))
def test_a_longer_or_shorter_proof_fails(case: tuple[int, int], extra: bytes) -> None:
    index, size = case
    leaves = tree(size)
    proof, root = merkle.inclusion_proof(leaves, index), merkle.root(leaves)
    assert not merkle.verify_inclusion(leaves[index], index, size, [*proof, extra], root)
    assert not merkle.verify_inclusion(leaves[index], index, size, [*proof, extra[:31]], root)
    if proof:
        assert not merkle.verify_inclusion(leaves[index], index, size, proof[:-1], root)


@given(st.integers(0, 600))
def test_growing_leaf_by_leaf_gives_the_same_root(size: int) -> None:
    frontier = merkle.Frontier()
    for leaf in tree(size):
        frontier = merkle.Frontier(frontier.size, frontier.hashes)
        frontier.append(leaf)
    assert frontier.root() == merkle.root(tree(size))
    assert len(frontier.hashes) == size.bit_count()
