"""Figures that are the same on every machine: exact sums and means, and rounded reductions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np


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


def population_sd(values: np.ndarray) -> float:
    """Return the population standard deviation (divisor n) from exact sums; NaN if nothing spreads."""
    if not len(values) or values.min() == values.max():
        return math.nan
    mean = exact_mean(values.tolist())
    return math.sqrt(exact_sum((value - mean) ** 2 for value in values.tolist()) / len(values))


def significant(values: Any, digits: int = 10) -> np.ndarray:
    """Return ``values`` rounded to ``digits`` significant digits; NaN and infinities stay.

    For figures out of long floating-point reductions, whose last digits depend on the machine.
    """
    array = np.asarray(values, dtype=float)
    flat = [float(f"{value:.{digits - 1}e}") for value in array.ravel().tolist()]
    return np.array(flat, dtype=float).reshape(array.shape)
