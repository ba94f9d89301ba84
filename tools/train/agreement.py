"""How well scores agree with opinions, and how certain that is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

DRAWS = 1000


def srcc(scores: np.ndarray, opinions: np.ndarray) -> float:
    """Spearman's correlation, of mean ranks where some are alike; 0 where it is not defined."""
    return plcc(rankdata(scores), rankdata(opinions))


def plcc(scores: np.ndarray, opinions: np.ndarray) -> float:
    """Pearson's correlation of the scores as they are; 0 where it is not defined: of fewer than three pictures, or of
    scores that are all alike."""
    if len(scores) < 3 or np.ptp(scores) == 0 or np.ptp(opinions) == 0:
        return 0.0
    return float(np.corrcoef(scores, opinions)[0, 1])


def srcc_intervals(
    scores: Sequence[np.ndarray], opinions: np.ndarray, groups: Sequence[str], seed: int = 1
) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """95 % intervals of each model's SRCC, and of the last one's less the first one's.

    The percentile bootstrap over groups, for pictures of one content are not independent. All models see the same
    draws, so that the difference is a paired one.
    """
    names, of = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(of == i) for i in range(len(names))]
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(DRAWS):
        rows = np.concatenate([members[i] for i in rng.integers(len(names), size=len(names))])
        draws.append([srcc(own[rows], opinions[rows]) for own in scores])
    values = np.array(draws)
    intervals = np.quantile(np.column_stack([values, values[:, -1] - values[:, 0]]), (0.025, 0.975), axis=0)
    pairs = [(float(low), float(high)) for low, high in intervals.T]
    return pairs[:-1], pairs[-1]
