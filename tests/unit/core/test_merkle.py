"""RFC 6962 arithmetic against the published vectors of Certificate Transparency and a naive reading of the RFC."""

from __future__ import annotations

import hashlib

import pytest

from tunewright.core import merkle
from tunewright.core.errors import UsageError

# google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc; also transparency-dev/merkle, testonly/.
LEAVES = [
    bytes.fromhex(h)
    for h in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (3, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (2, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def hashes(count: int) -> list[bytes]:
    return [merkle.leaf_hash(data) for data in LEAVES[:count]]


def mth(data: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_root_of_the_published_leaves(size: int) -> None:
    assert merkle.root(hashes(size)).hex() == ROOTS[size - 1]


def test_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("case", INCLUSION, ids=str)
def test_inclusion_proof_is_the_published_one(case: tuple[int, int]) -> None:
    leaf, size = case
    proof = merkle.inclusion_proof(hashes(size), leaf - 1)
    assert [h.hex() for h in proof] == INCLUSION[case]
    assert merkle.verify_inclusion(hashes(8)[leaf - 1], leaf - 1, size, proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize("case", CONSISTENCY, ids=str)
def test_consistency_proof_is_the_published_one(case: tuple[int, int]) -> None:
    first, second = case
    proof = merkle.consistency_proof(hashes(second), first)
    assert [h.hex() for h in proof] == CONSISTENCY[case]
    roots = bytes.fromhex(ROOTS[first - 1]), bytes.fromhex(ROOTS[second - 1])
    assert merkle.verify_consistency(first, second, *roots, proof)


def test_every_small_tree_agrees_with_the_naive_definition() -> None:
    frontier, data = merkle.Frontier(), []
    for i in range(200):
        assert frontier.root() == mth(data)
        assert merkle.Frontier(frontier.size, frontier.hashes).root() == mth(data)
        data.append(str(i).encode())
        frontier.append(merkle.leaf_hash(data[-1]))


def test_a_second_preimage_is_not_a_leaf() -> None:
    """An inner node offered as a leaf (the attack the 0x00/0x01 prefixes exist for) does not verify."""
    leaves = hashes(4)
    inner = merkle.node_hash(leaves[0], leaves[1])
    assert not merkle.verify_inclusion(
        merkle.leaf_hash(leaves[0] + leaves[1]),
        0,
        2,
        [merkle.node_hash(*leaves[2:])],
        merkle.root(leaves),
    )
    # The verifier is told the size: with the true size a path of the wrong length never fits.
    assert not merkle.verify_inclusion(inner, 0, 4, [merkle.node_hash(*leaves[2:])], merkle.root(leaves))


@pytest.mark.parametrize("index", [-1, 3, 99])
def test_a_leaf_that_is_not_there_has_no_proof(index: int) -> None:
    with pytest.raises(UsageError, match="no leaf"):
        merkle.inclusion_proof(hashes(3), index)
    assert not merkle.verify_inclusion(hashes(3)[0], index, 3, [], merkle.root(hashes(3)))


@pytest.mark.parametrize("first", [-1, 0, 4])
def test_a_prefix_that_is_none_has_no_proof(first: int) -> None:
    with pytest.raises(UsageError, match="no prefix"):
        merkle.consistency_proof(hashes(3), first)
    assert not merkle.verify_consistency(first, 3, merkle.EMPTY_ROOT, merkle.root(hashes(3)), [])


def test_a_frontier_that_does_not_fit_its_size_is_refused() -> None:
    with pytest.raises(UsageError, match="complete subtrees"):
        merkle.Frontier(3, [b"\x00" * 32])
    with pytest.raises(UsageError, match="complete subtrees"):
        merkle.Frontier(1, [b"\x00" * 31])
    with pytest.raises(UsageError, match="complete subtrees"):
        merkle.Frontier(-1, [b"\x00" * 32])
