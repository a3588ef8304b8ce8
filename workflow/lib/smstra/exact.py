"""Sums and means that do not depend on the order of their terms, so that outputs never do."""

from __future__ import annotations

import math
from collections.abc import Iterable


def exact_sum(values: Iterable[float]) -> float:
    """Return the correctly rounded sum (Shewchuk's algorithm, as ``math.fsum``)."""
    return math.fsum(values)


def exact_mean(values: Iterable[float]) -> float:
    """Return the mean from the exact sum; ValueError for no values."""
    items = list(values)
    if not items:
        raise ValueError("the mean of no values")
    return math.fsum(items) / len(items)


def weighted_mean(values: Iterable[float], weights: Iterable[float]) -> float:
    """Return the mean of ``values`` weighted by ``weights`` (same length); NaN if those sum to 0."""
    pairs = list(zip(values, weights, strict=True))
    whole = math.fsum(w for _, w in pairs)
    return math.fsum(v * w for v, w in pairs) / whole if whole else math.nan
