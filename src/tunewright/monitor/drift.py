"""Drift of served inputs against the prompts a model was trained on: PSI over features that need no model.

Every feature cuts texts into bins fixed by the reference. A feature has drifted when its PSI is above both the customary
threshold and what windows of the same size drawn from the reference itself reach by chance (``noise``), so a small
window does not cry wolf; below a minimum count the answer is inconclusive, never "stable".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunewright.core.errors import UsageError
from tunewright.core.seeds import derive_seed
from tunewright.metrics.distances import PSI_SIGNATURE, psi, quantile_edges

NGRAM = 3
BUCKETS = 64
FALSE_ALARM = 0.01
"""chance that a look at a window without drift finds any feature above its noise"""
_RESAMPLES = 800
_MAX_REFERENCE = 20_000
_PRIME = 2_147_483_647

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """One feature's answer."""

    feature: str
    psi: float
    noise: float
    """the PSI that chance alone stays below, for a window of this size"""
    threshold: float
    outcome: str
    """stable, drifted or inconclusive"""
    signature: str


def character_buckets(text: str) -> IntArray:
    """Counts of the text's lower-case character 3-grams in 64 hashed buckets (Rabin hash modulo 2^31 - 1)."""
    codes = np.frombuffer(text.lower().encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    if len(codes) < NGRAM:
        return np.zeros(BUCKETS, dtype=np.int64)
    hashed = np.zeros(len(codes) - NGRAM + 1, dtype=np.int64)
    for i in range(NGRAM):
        hashed = (hashed * 1_000_003 + codes[i : len(codes) - NGRAM + 1 + i]) % _PRIME
    # A second mix, else neighbouring characters fall in neighbouring buckets.
    mixed = (hashed * 48_271) % _PRIME
    return np.bincount(mixed % BUCKETS, minlength=BUCKETS)


def _non_letters(text: str) -> float:
    return sum(not c.isalpha() and not c.isspace() for c in text) / len(text) if text else 0.0


_NUMERIC: Mapping[str, Callable[[str], float]] = {
    "characters": lambda text: float(len(text)),
    "words": lambda text: float(len(text.split())),
    "non_letters": _non_letters,
}


class Reference:
    """The training prompts, binned. Build once, compare many windows."""

    def __init__(self, prompts: Sequence[str]) -> None:
        """Raises UsageError without prompts. Above 20,000 an even selection stands for all."""
        if not prompts:
            raise UsageError(
                "the training snapshot has no prompts", hint="build a snapshot with a train split"
            )
        step = -(-len(prompts) // _MAX_REFERENCE)
        self._prompts = prompts[::step]
        self._edges = {
            name: np.asarray(quantile_edges([value(text) for text in self._prompts]), dtype=np.float64)
            for name, value in _NUMERIC.items()
        }
        self._rows = self._binned(self._prompts)
        self._noise: dict[int, dict[str, float]] = {}

    @property
    def size(self) -> int:
        """Prompts it stands on."""
        return len(self._prompts)

    def compare(self, texts: Sequence[str], *, psi_alert: float, min_count: int) -> tuple[FeatureDrift, ...]:
        """One answer a feature."""
        if len(texts) < min_count:
            return tuple(
                FeatureDrift(name, 0.0, 0.0, psi_alert, "inconclusive", PSI_SIGNATURE) for name in self._rows
            )
        observed = self._binned(texts)
        noise = self._noise_at(len(texts))
        found = []
        for name, rows in self._rows.items():
            value = psi(rows.sum(axis=0).tolist(), observed[name].sum(axis=0).tolist())
            threshold = max(psi_alert, noise[name])
            outcome = "drifted" if value > threshold else "stable"
            found.append(
                FeatureDrift(name, round(value, 6), round(noise[name], 6), threshold, outcome, PSI_SIGNATURE)
            )
        return tuple(found)

    def _binned(self, texts: Sequence[str]) -> dict[str, IntArray]:
        """(texts, bins) counts of every feature."""
        found: dict[str, IntArray] = {}
        for name, value in _NUMERIC.items():
            edges = self._edges[name]
            places = np.searchsorted(edges, np.asarray([value(text) for text in texts]), side="left")
            found[name] = np.eye(len(edges) + 1, dtype=np.int64)[places]
        found["character_3grams"] = np.stack([character_buckets(text) for text in texts])
        return found

    def _noise_at(self, size: int) -> dict[str, float]:
        """The PSI that ``size`` prompts drawn from the reference stay below, except with the stated chance."""
        if size not in self._noise:
            random = np.random.default_rng(derive_seed(0, "monitor.drift", str(size), str(self.size)))
            totals = {name: rows.sum(axis=0).tolist() for name, rows in self._rows.items()}
            drawn: dict[str, list[float]] = {name: [] for name in self._rows}
            for _ in range(_RESAMPLES):
                weights = np.bincount(random.integers(0, self.size, size), minlength=self.size)
                for name, rows in self._rows.items():
                    drawn[name].append(psi(totals[name], (weights @ rows).tolist()))
            level = 1 - FALSE_ALARM / len(self._rows)
            self._noise[size] = {name: float(np.quantile(values, level)) for name, values in drawn.items()}
        return self._noise[size]


def worst(features: Sequence[FeatureDrift]) -> str:
    """The answer over all features: drifted if any is, inconclusive if any is, else stable."""
    outcomes = {feature.outcome for feature in features}
    return next((name for name in ("drifted", "inconclusive") if name in outcomes), "stable")
