"""How indicators and thresholds follow the figures of a draw, as arrays of draws x areas or units."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from smstra.measures import Measure
from smstra.robustness.measurement_error import Key


@dataclass(frozen=True)
class Term:
    """One observed variable at one date: a block of figures, and which of them each area has."""

    key: Key
    take: np.ndarray | None

    def of(self, figures: Mapping[Key, np.ndarray]) -> np.ndarray:
        """Return the term of every area, (draws, areas)."""
        block = figures[self.key]
        return block if self.take is None else np.take(block, self.take, axis=1)


@dataclass(frozen=True)
class Formula:
    """An indicator of areas, made of terms: for each date the numerator's and the denominator's.

    ``divisors`` holds, for each date, the published denominator and the published quantity where a
    relative change divides by it (else None), each (1, areas).
    """

    measure: Measure
    dates: tuple[tuple[tuple[Term, ...], tuple[Term, ...]], ...]
    divisors: tuple[tuple[np.ndarray | None, np.ndarray | None], ...] = ()

    @property
    def terms(self) -> dict[Key, Term]:
        """Its terms, each once."""
        return {term.key: term for sides in self.dates for side in sides for term in side}

    @property
    def keys(self) -> frozenset[Key]:
        """The blocks of figures that it is made of."""
        return frozenset(self.terms)

    def quantities(self, figures: Mapping[Key, np.ndarray]) -> list[np.ndarray]:
        """Return the quantity at each date, each (draws, areas)."""
        made = []
        nothing = ((None, None),) * len(self.dates)
        for (above, below), (base, first) in zip(self.dates, self.divisors or nothing, strict=True):
            divisor = added(below, figures)
            if base is not None:
                divisor = _same_side_of_zero(divisor, base)
            quantity = self.measure.at(added(above, figures), divisor)
            made.append(quantity if first is None else _same_side_of_zero(quantity, first))
        return made

    def values(self, figures: Mapping[Key, np.ndarray]) -> np.ndarray:
        """Return the indicator, (draws, areas)."""
        return self.measure.over(self.quantities(figures))


def added(terms: Sequence[Term], figures: Mapping[Key, np.ndarray]) -> Any:
    arrays = [term.of(figures) for term in terms]
    return sum(arrays[1:], arrays[0]) if arrays else 0.0


def _same_side_of_zero(drawn: np.ndarray, published: np.ndarray) -> np.ndarray:
    """Return a divisor with NaN where its error takes it across zero: no town has such a figure."""
    return drawn if drawn.min() > 0 else np.where(drawn * published >= 0, drawn, np.nan)


@dataclass(frozen=True)
class Grouping:
    """Which positions (of areas or units) go into each group; ``order`` None where all do, in order."""

    groups: tuple[str, ...]
    order: np.ndarray | None
    starts: np.ndarray

    def pick(self, array: np.ndarray) -> np.ndarray:
        """Return the columns of ``array`` that are in a group, group after group."""
        # np.take keeps each draw's figures side by side, so that sums do not depend on how many draws.
        return array if self.order is None else np.take(array, self.order, axis=1)

    def sums(self, array: np.ndarray) -> np.ndarray:
        """Return the sum of each group, (draws, groups)."""
        picked = self.pick(array)
        if len(self.groups) == 1:
            return picked.sum(axis=1, keepdims=True)
        return np.add.reduceat(picked, self.starts, axis=1)

    def parts(self, array: np.ndarray) -> list[np.ndarray]:
        """Return the columns of each group."""
        return np.split(self.pick(array), self.starts[1:], axis=1)


def grouping_of(of: Sequence[Any], members: np.ndarray) -> Grouping:
    """Group the positions where ``members`` by ``of``."""
    codes, group = np.unique(np.asarray(of)[members].astype(str), return_inverse=True)
    order = np.flatnonzero(members)[np.argsort(group, kind="stable")]
    starts = np.searchsorted(np.sort(group), np.arange(len(codes)))
    whole = len(order) == len(members) and bool((np.diff(order) > 0).all())
    return Grouping(tuple(codes), None if whole else order, starts)


@dataclass(frozen=True)
class Fixed:
    """Thresholds that no figure moves: zero, a number, or made of exact figures."""

    groups: tuple[str, ...]
    values: np.ndarray
    keys: frozenset[Key] = frozenset()

    def at(self, figures: Mapping[Key, np.ndarray], values: np.ndarray) -> np.ndarray:
        return self.values


@dataclass(frozen=True)
class SumOfCounts:
    """Terms summed over the areas of each group, then divided."""

    formula: Formula
    grouping: Grouping
    # Sums of the blocks without error, made once.
    fixed: dict[Key, np.ndarray] = field(default_factory=dict)

    @property
    def groups(self) -> tuple[str, ...]:
        return self.grouping.groups

    @property
    def keys(self) -> frozenset[Key]:
        return self.formula.keys

    def sums(
        self, figures: Mapping[Key, np.ndarray], keys: Collection[Key]
    ) -> dict[Key, np.ndarray]:
        """Return the sums over each group, (draws, groups), of the blocks ``keys``."""
        return {key: self.grouping.sums(self.formula.terms[key].of(figures)) for key in keys}

    def at(self, figures: Mapping[Key, np.ndarray], values: np.ndarray) -> np.ndarray:
        sums = {**self.fixed, **self.sums(figures, self.keys - self.fixed.keys())}
        dates = tuple(
            tuple(tuple(Term(term.key, None) for term in side) for side in sides)
            for sides in self.formula.dates
        )
        return Formula(self.formula.measure, dates).values(sums)


@dataclass(frozen=True)
class Published:
    """The country's own published figures."""

    formula: Formula
    groups: tuple[str, ...]

    @property
    def keys(self) -> frozenset[Key]:
        return self.formula.keys

    def at(self, figures: Mapping[Key, np.ndarray], values: np.ndarray) -> np.ndarray:
        return self.formula.values(figures)


@dataclass(frozen=True)
class WeightedMean:
    """The mean of published rates over the areas of each group; ``weights`` (1, areas) a date."""

    formula: Formula
    grouping: Grouping
    weights: tuple[np.ndarray, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        return self.grouping.groups

    @property
    def keys(self) -> frozenset[Key]:
        return self.formula.keys

    def at(self, figures: Mapping[Key, np.ndarray], values: np.ndarray) -> np.ndarray:
        sums = self.grouping.sums
        means = [
            sums(quantity * weight) / sums(weight)
            for quantity, weight in zip(self.formula.quantities(figures), self.weights, strict=True)
        ]
        return self.formula.measure.over(means)


@dataclass(frozen=True)
class OverUnits:
    """The median or mean over the units of each group, each unit once."""

    middle: str
    grouping: Grouping
    keys: frozenset[Key] = frozenset()

    @property
    def groups(self) -> tuple[str, ...]:
        return self.grouping.groups

    def at(self, figures: Mapping[Key, np.ndarray], values: np.ndarray) -> np.ndarray:
        name, made = self.middle, []
        for part in self.grouping.parts(values):
            middle = {"median": np.median, "mean": np.mean}[name](part, axis=1)
            # A unit that a draw leaves without a value is left out of that draw's median or mean.
            short = np.isnan(middle) & ~np.isnan(part).all(axis=1)
            if short.any():
                but = {"median": np.nanmedian, "mean": np.nanmean}[name]
                middle[short] = [but(row) for row in part[short]]
            made.append(middle)
        return np.stack(made, axis=1)


# What each has: its `groups`, the blocks of figures `keys` that move it, and `at(figures, values)`, its
# thresholds, (draws, groups), from the figures of draws and the values of units in them.
Reference = Fixed | SumOfCounts | Published | WeightedMean | OverUnits
