"""Groups of at least k units that are alike: classes of units, and microaggregation within each.

The heuristic is MDAV (maximum distance to average vector) of Domingo-Ferrer and Mateo-Sanz (2002),
Practical data-oriented microaggregation for statistical disclosure control, IEEE Transactions on
Knowledge and Data Engineering 14(1), in the form of Domingo-Ferrer and Torra (2005), Ordinal, continuous
and heterogeneous k-anonymity through microaggregation, Data Mining and Knowledge Discovery 11(2).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from smstra.exact import exact_sum, population_sd, significant


def classes(attributes: pd.DataFrame, k: int) -> pd.DataFrame:
    """Return what may be said of each unit so that at least ``k`` units share all of it.

    Parameters
    ----------
    attributes
        A row a unit, a text column an attribute, from the most to the least important; an empty cell
        is a value like others.
    k
        The least number of units of a class.

    Returns
    -------
    DataFrame
        Of the same shape; missing (None) where the attribute is not said. Column by column: values that fewer
        than ``k`` units of a class have are pooled and not said; a pool of fewer than ``k`` takes in the
        smallest of the other values, the first in alphabetical order among equals. A value of the first
        column that fewer than ``k`` units have is not pooled: those units are left out of the table.
    """
    said = pd.DataFrame(None, index=attributes.index, columns=attributes.columns, dtype=object)
    first = attributes.columns[0]
    frequent = attributes[first].map(attributes[first].value_counts()) >= k
    said.loc[frequent, first] = attributes.loc[frequent, first]
    for _, units in attributes[frequent].groupby(first, sort=True).groups.items():
        _say(attributes, list(attributes.columns[1:]), units, k, said)
    return said[frequent]


def _say(
    attributes: pd.DataFrame, columns: list[str], units: pd.Index, k: int, said: pd.DataFrame
) -> None:
    """Fill ``columns`` of ``said`` for a class of ``units``, which are ``k`` or more."""
    if not columns:
        return
    own = attributes.loc[units, columns[0]]
    number = own.value_counts()
    kept = sorted(
        (value for value, count in number.items() if count >= k), key=lambda v: (number[v], v)
    )
    rare = len(units) - sum(int(number[value]) for value in kept)
    if 0 < rare < k and kept:
        kept = kept[1:]
    pool = units[~own.isin(kept)]
    for value in kept:
        there = units[own == value]
        said.loc[there, columns[0]] = value
        _say(attributes, columns[1:], there, k, said)
    if len(pool):
        _say(attributes, columns[1:], pool, k, said)


def grouped(values: pd.DataFrame, said: pd.DataFrame, k: int) -> pd.Series:
    """Return the group of each unit of ``said`` (number from 0 on): at least ``k``, at most 2k-1 units.

    A group lies within one class of ``said`` (rows that are equal) and is found by ``values`` (a row a unit, a
    number a column, NaN where missing), each column as standard deviations from its mean over all units.
    That a value is missing counts as a difference of one standard deviation, and as its mean otherwise.
    Neither codes nor the order of rows has a say, unless units are equal in all values.
    """
    values = values.loc[said.index].sort_index()
    # Units that are equally far are taken in the order of their values.
    values = values.sort_values(list(values.columns), kind="stable")
    points = _standardised(values)
    group = pd.Series(-1, index=values.index)
    number = 0
    keys = said.fillna("\0").agg("\1".join, axis=1).reindex(values.index)
    for _, where in sorted(keys.reset_index(drop=True).groupby(keys.to_numpy()).groups.items()):
        for members in mdav(points[np.asarray(where)], k):
            group.iloc[np.asarray(where)[members]] = number
            number += 1
    return group.reindex(said.index)


def _standardised(values: pd.DataFrame) -> np.ndarray:
    """Return the columns in standard deviations from their means, then one for each that has gaps."""
    columns = []
    for name in values:
        column = values[name].to_numpy(dtype=float)
        known = ~np.isnan(column)
        spread = population_sd(column[known]) if known.any() else np.nan
        if np.isnan(spread):
            columns.append(np.zeros(len(column)))
        else:
            mean = exact_sum(column[known].tolist()) / known.sum()
            columns.append(np.where(known, (column - mean) / spread, 0.0))
        if not known.all():
            columns.append((~known).astype(float))
    return np.column_stack(columns) if columns else np.zeros((len(values), 0))


def mdav(points: np.ndarray, k: int) -> list[np.ndarray]:
    """Return groups of ``k`` to 2k-1 rows of ``points`` (``k`` rows or more), as positions.

    The row farthest from the mean and its k-1 nearest make a group, so do the row farthest from it and its
    nearest, and so on, while 3k rows are left; of 2k or more, one group is made about the row farthest
    from the mean; the rest is the last group. Equal distances are decided by the order of the rows.
    """
    left = np.arange(len(points))
    made: list[np.ndarray] = []

    def take(about: np.ndarray) -> None:
        nonlocal left
        near = np.argsort(_distances(points[left], about), kind="stable")[:k]
        made.append(left[np.sort(near)])
        left = np.delete(left, near)

    while len(left) >= 2 * k:
        mean = np.array([exact_sum(column) for column in points[left].T.tolist()]) / len(left)
        outer = points[left[int(np.argmax(_distances(points[left], mean)))]]
        both = len(left) >= 3 * k
        take(outer)
        if both:
            take(points[left[int(np.argmax(_distances(points[left], outer)))]])
    return [*made, left]


def _distances(points: np.ndarray, about: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return squared distances; the last digits depend on the machine and are rounded off."""
    return significant(((points - np.asarray(about)) ** 2).sum(axis=1))
