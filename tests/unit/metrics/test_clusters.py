"""Spherical k-means against scikit-learn, the map against its PCA, and the laws of both."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.errors import UsageError
from tunewright.metrics.clusters import (
    NOWHERE,
    assign,
    cluster_count,
    nearest,
    principal_plane,
    spherical_kmeans,
)


def blobs(seed: int, k: int = 5, each: int = 40, spread: float = 0.12, dimensions: int = 16):
    """Rows of length 1 around k orthogonal directions, and which is whose."""
    random = np.random.default_rng(seed)
    centres = np.eye(dimensions)[:k]
    rows = np.repeat(centres, each, axis=0) + spread * random.normal(size=(k * each, dimensions))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), np.repeat(np.arange(k), each)


@pytest.mark.parametrize("seed", range(6))
def test_clear_clusters_are_those_scikit_learn_finds(seed: int) -> None:
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score

    rows, truth = blobs(seed)
    found = spherical_kmeans(rows, 5, seed=seed)
    oracle = KMeans(5, n_init=10, random_state=seed).fit(rows)
    assert adjusted_rand_score(truth, found.labels) == 1
    assert adjusted_rand_score(oracle.labels_, found.labels) == 1


def test_on_rows_without_clear_clusters_it_is_as_good_as_scikit_learn() -> None:
    from sklearn.cluster import KMeans

    ours, theirs = [], []
    for seed in range(5):
        rows, _ = blobs(seed, k=8, each=60, spread=0.5)
        ours.append(spherical_kmeans(rows, 12, seed=seed).objective)
        oracle = KMeans(12, n_init=1, random_state=seed).fit(rows)
        sums = np.stack([rows[oracle.labels_ == at].sum(axis=0) for at in range(12)])
        theirs.append(
            float(np.linalg.norm(sums, axis=1).sum())
        )  # the objective of its partition, best centres
    assert np.mean(ours) >= 0.99 * np.mean(theirs)


@given(st.integers(0, 500), st.integers(1, 9), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_laws(seed: int, k: int, count: int) -> None:
    rows, _ = blobs(seed, k=4, each=10, spread=0.4)
    rows = rows[:count].copy()
    rows[seed % count] = 0
    if not rows.any():
        with pytest.raises(UsageError):
            spherical_kmeans(rows, k, seed=seed)
        return
    found = spherical_kmeans(rows, k, seed=seed)
    again = spherical_kmeans(rows, k, seed=seed)
    assert np.array_equal(found.labels, again.labels)
    assert np.array_equal(found.centres, again.centres)
    told = rows.any(axis=1)
    assert ((found.labels == NOWHERE) == ~told).all()
    assert len(found.centres) <= min(k, count)
    assert set(found.labels[told]) == set(range(len(found.centres)))  # no empty cluster
    assert np.allclose(np.linalg.norm(found.centres, axis=1), 1, atol=1e-5)
    best, similarity = assign(rows, found.centres)
    exact = rows.astype(np.float64) @ found.centres.T.astype(np.float64)
    assert np.allclose(similarity[told], exact[told].max(axis=1), atol=2e-5)
    assert (best[~told] == NOWHERE).all()


def test_weights_count_as_copies_do() -> None:
    rows, _ = blobs(1, k=3, each=12, spread=0.3)
    weights = np.where(np.arange(len(rows)) < 12, 3.0, 1.0)
    found = spherical_kmeans(rows, 3, seed=4, weights=weights)
    for at, centre in enumerate(found.centres):
        mine = found.labels == at
        total = (rows[mine].astype(np.float64) * weights[mine][:, None]).sum(axis=0)
        assert np.allclose(centre, total / np.linalg.norm(total), atol=1e-5)


def test_the_nearest_row_is_brute_force_nearest_whatever_the_blocks() -> None:
    rows, _ = blobs(2, k=6, each=50, spread=0.5)
    own = np.array([0, 7, 299, -1])
    queries = rows[[0, 7, 299, 100]]
    exact = queries.astype(np.float64) @ rows.T.astype(np.float64)
    for at, place in enumerate(own.tolist()):
        if place >= 0:
            exact[at, place] = -9
    for size in (1, 7, 300):
        value, place = nearest(
            queries, [rows[start : start + size] for start in range(0, 300, size)], own=own
        )
        assert place.tolist() == exact.argmax(axis=1).tolist()
        assert np.allclose(value, exact.max(axis=1), atol=1e-5)


def test_the_map_is_scikit_learns_pca() -> None:
    from sklearn.decomposition import PCA

    rows, _ = blobs(3, k=5, each=30, spread=0.3)
    mean, directions, shares = principal_plane(rows)
    oracle = PCA(2).fit(rows.astype(np.float64))
    assert np.allclose(mean, oracle.mean_)
    assert np.allclose(np.abs((directions * oracle.components_).sum(axis=1)), 1, atol=1e-6)
    assert np.allclose(shares, oracle.explained_variance_ratio_, atol=1e-6)
    doubled = principal_plane(np.concatenate([rows, rows[:40]]))[1]
    weighed = principal_plane(rows, weights=np.where(np.arange(len(rows)) < 40, 2.0, 1.0))[1]
    assert np.allclose(doubled, weighed, atol=1e-6)
    with pytest.raises(UsageError):
        principal_plane(rows[:2])


def test_the_first_guess_grows_and_has_bounds() -> None:
    assert [cluster_count(n) for n in (1, 8, 200, 20_000, 10**9)] == [1, 2, 10, 100, 100]
    assert cluster_count(3, least=10) == 3
