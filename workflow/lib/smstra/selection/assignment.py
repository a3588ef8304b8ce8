"""The k nearest or farthest pairs of two groups: least or greatest total, every unit once at most."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

# Distances are whole numbers of 1e-9, so that sums and comparisons in the assignment are exact.
DECIMALS = 9
# Rows of the assignment's square matrix: 128 MB.
MOST_ROWS = 4000
_CELLS_AT_ONCE = 2**20
# More than rounding to DECIMALS and the error of a distance can move it.
_SLACK = 1e-8

Classes = Iterable[tuple[np.ndarray, np.ndarray]]


def rows_needed(n_a: int, n_b: int, k: int) -> int:
    """Return how many rows the assignment of ``k`` pairs of ``n_a`` and ``n_b`` units has at most."""
    most = _edges_needed(k)
    return min(n_a, most) + min(n_b, most) - k


def best_pairs(
    a: np.ndarray, b: np.ndarray, classes: Classes, k: int, farthest: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the ``k`` disjoint pairs whose distances have the least (or the greatest) sum.

    The k-cardinality assignment problem (Dell'Amico and Martello 1997), solved as an assignment
    with dummy rows and columns. Among equal sums the first set in the order of pairs: by distance
    (descending if ``farthest``), then by position in ``a``, then in ``b``.

    Parameters
    ----------
    a, b
        Coordinates (units x dimensions) between which Euclidean distances are taken.
    classes
        Positions in ``a`` and in ``b``, ascending: a pair lies within one of these. ``k`` pairs
        must be possible.

    Returns
    -------
    tuple
        Positions in ``a``, positions in ``b``, distances to ``DECIMALS``; in the order above.
    """
    i, j, score = _shortlist(a, b, classes, k, farthest)
    chosen = _assigned(i, j, score, k)
    return i[chosen], j[chosen], np.abs(score[chosen])


def _edges_needed(k: int) -> int:
    # Where no unit has more than k pairs on the list, the k - 1 other pairs of a set touch 2k(k - 1)
    # of them at most. A pair with more than that many before it can give way to one of those.
    return 2 * k * (k - 1) + 1


def _shortlist(
    a: np.ndarray, b: np.ndarray, classes: Classes, k: int, farthest: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pairs (positions, distance or minus distance) that alone can be in the best set."""
    sign = -1.0 if farthest else 1.0
    kept = (np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0))
    bound = np.inf
    radius_a, radius_b = (_distances(p, np.zeros((1, p.shape[1])))[:, 0] for p in (a, b))
    for in_a, in_b in classes:
        rows, columns = _few_alike(a, in_a, k), _few_alike(b, in_b, k)
        rows = rows[np.argsort(sign * radius_a[rows], kind="stable")]
        columns = columns[np.argsort(radius_b[columns], kind="stable")]
        reach = radius_b[columns]
        step = max(1, min(256, _CELLS_AT_ONCE // max(1, len(columns))))
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            # |r_a - r_b| <= distance <= r_a + r_b: most pairs need not be looked at.
            here = radius_a[part]
            first = -bound - here.max() if farthest else here.min() - bound
            last = np.inf if farthest else here.max() + bound
            window = columns[slice(*np.searchsorted(reach, [first - _SLACK, last + _SLACK]))]
            score = sign * _distances(a[part], b[window])
            row, column = np.nonzero(score <= bound + _SLACK)
            if not len(row):
                continue
            found = (part[row], window[column], np.round(score[row, column], DECIMALS))
            kept = _shortened(*(np.concatenate(both) for both in zip(kept, found, strict=True)), k)
            if len(kept[2]) == _edges_needed(k):
                bound = kept[2][-1]
    return kept


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    # One operation at a time, no matrix product: the same bits on every machine.
    total = np.zeros((len(a), len(b)))
    for dimension in range(a.shape[1]):
        gap = a[:, dimension, None] - b[None, :, dimension]
        gap *= gap
        total += gap
    return np.sqrt(total, out=total)


def _few_alike(points: np.ndarray, rows: np.ndarray, k: int) -> np.ndarray:
    """Return ``rows`` without those that have ``k`` exactly like them before them."""
    table = pd.DataFrame(points[rows])
    return rows[(table.groupby(list(table), sort=False).cumcount() < k).to_numpy()]


def _shortened(
    i: np.ndarray, j: np.ndarray, score: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the first pairs in order that can be in the best set.

    One of a unit's first ``k`` partners is always free, so it needs no others.
    """
    order = np.lexsort((j, i, score))
    for side in (i, j):
        ends = side[order]
        order = order[(pd.Series(ends).groupby(ends, sort=False).cumcount() < k).to_numpy()]
    order = order[: _edges_needed(k)]
    return i[order], j[order], score[order]


def _assigned(i: np.ndarray, j: np.ndarray, score: np.ndarray, k: int) -> np.ndarray:
    """Return which of the pairs, given in order, are the best set."""
    names_i, row = np.unique(i, return_inverse=True)
    names_j, column = np.unique(j, return_inverse=True)
    n_a, n_b = len(names_i), len(names_j)
    size = n_a + n_b - k
    # A dummy row takes each of the n_b - k units left over, a dummy column each of the n_a - k.
    cost = np.full((size, size), np.inf)
    cost[:n_a, n_b:] = 0.0
    cost[n_a:, :n_b] = 0.0
    cost[row, column] = np.rint(score * 10**DECIMALS)
    _, partner = linear_sum_assignment(cost)
    return _first_of_equals(_tight(cost, partner), partner, row, column)


def _tight(cost: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """Return the cells that sets of least cost are made of, and no others are (complementary slackness).

    Prices of columns by Bellman and Ford, from one solution (``partner`` of each row).
    """
    step = cost - cost[np.arange(len(cost)), partner][:, None]
    price = np.zeros(len(cost))
    while True:
        through = price[partner][:, None] + step
        lower = np.minimum(price, through.min(axis=0))
        if np.array_equal(lower, price):
            return through == price
        price = lower


def _first_of_equals(
    tight: np.ndarray, partner: np.ndarray, row: np.ndarray, column: np.ndarray
) -> np.ndarray:
    """Return the pairs, by position in ``row`` and ``column``, of the first set in their order."""
    chosen = []
    for position in np.nonzero(tight[row, column])[0]:
        r, c = row[position], column[position]
        if not tight[r, c]:  # one of the two is taken
            continue
        trial = tight.copy()
        trial[r, :] = trial[:, c] = False
        trial[r, c] = True
        if partner[r] != c:
            other = maximum_bipartite_matching(csr_array(trial), perm_type="column")
            if (other < 0).any():
                continue
            partner = other
        tight = trial
        chosen.append(position)
    return np.array(chosen, dtype=int)
