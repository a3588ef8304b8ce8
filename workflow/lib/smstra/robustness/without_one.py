"""The reference of a criterion with one unit, or one stand-in area, left out: each in turn, exactly."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from smstra import typology
from smstra.indicators import Vocabulary, aggregate, rates_and_weights, terms_by_area
from smstra.lookup import Figures
from smstra.measures import Measure, measure_of
from smstra.sufficiency import Plan, areas_of

COLUMNS = ["left_out", "group", "value"]
Key = tuple[Hashable, Hashable]


def references_without_one(
    criterion: str,
    case: Mapping[str, Any],
    values: pd.Series,
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    plan_: Plan,
) -> pd.DataFrame:
    """Return a criterion's reference without each unit that goes into it (jackknife).

    Each value equals that of :func:`smstra.typology.references` on the other units to the last bit:
    sums are whole numbers over a common power of two, so that taking one term off is exact.

    Parameters
    ----------
    values
        The criterion's indicator (index: unit).
    plan_
        How that indicator is computed, with dates. Where a larger area stands in for the units, one
        area with all its units is left out at a time.

    Returns
    -------
    DataFrame
        ``left_out`` (unit, or area of ``plan_.level``), ``group`` (country or region whose reference it
        is), ``value`` in the indicator's unit, NaN where nothing remains. Sorted by both codes. No rows
        for a reference that no unit goes into: zero, a number, a published total.
    """
    spec = case["criteria"][criterion]
    scheme = spec["reference"]
    areas = areas_of(plan_.level, units, case["geography"])
    if not isinstance(scheme, str) or scheme == "zero":
        found: dict[Key, float] = {}
    elif scheme.endswith("_aggregate"):
        if spec["aggregate"]["by"] == "published_total":
            found = {}
        else:
            found = _aggregates(spec, case, figures, units, variables, plan_, areas)
    else:
        known = values.dropna()
        group = typology.groups_of(scheme, units).set_axis(units["unit"].to_numpy())
        keys = list(zip(areas.reindex(known.index), group.reindex(known.index), strict=True))
        found = (_medians if scheme.endswith("median") else _means)(known.tolist(), keys)
    rows = [(part, group, value) for (part, group), value in sorted(found.items())]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"value": float})


def _aggregates(
    spec: Mapping[str, Any],
    case: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    plan_: Plan,
    areas: pd.Series,
) -> dict[Key, float]:
    name, how = spec["indicator"], spec["aggregate"]
    regional = spec["reference"].startswith("region_")
    measure = measure_of(case["indicators"][name], variables)
    rows = figures.rows(measure.terms, plan_.level, set(areas))
    group = typology.groups_of(spec["reference"], units).set_axis(areas.to_numpy())
    group_of = group[~group.index.duplicated()].to_dict()
    if how["by"] == "weighted_mean":
        table, days = rates_and_weights(figures, measure, plan_, how, rows)
        weights = figures.rows([how["weight"]], plan_.level)
        at = weights["date"].str.startswith(tuple(days))
        used = pd.concat([rows[rows["date"].isin(plan_.dates)], weights[at]])
    else:
        used = rows[rows["date"].isin({*plan_.dates, plan_.denominator_date})]
        table = terms_by_area(rows, measure, plan_)
    keys = [(area, group_of[area]) for area in table.index]
    found = dict(zip(keys, _values(table, keys, measure, plan_, how["by"]), strict=True))
    # Another unit of the same territory takes the place of the one left out: computed anew.
    for area in sorted(_tangled(used) & group_of.keys()):
        others = units[areas.to_numpy() != area]
        again = aggregate(name, case, figures, others, variables, plan_, how, regional)["value"]
        found[area, group_of[area]] = float(again.get(group_of[area], math.nan))
    return found


def _tangled(used: pd.DataFrame) -> set[str]:
    """Return the units whose territory changes, or that stand for a territory which others share."""
    territory = used.groupby("unit")["territory"].agg(["nunique", "first"]).sort_index()
    steady = territory["nunique"] == 1
    shared = territory["first"].where(steady).duplicated(keep=False) & steady
    return set(territory.index[shared | ~steady])


def _values(
    table: pd.DataFrame, keys: Sequence[Key], measure: Measure, plan_: Plan, by: str
) -> list[float]:
    """Return the aggregate without each row of ``table``."""
    if table.empty:
        return []

    def rests(column: pd.Series) -> np.ndarray:
        left = _rests(column.tolist(), keys)
        return np.array([left[key][0] if left[key][1] else math.nan for key in keys])

    if by == "weighted_mean":
        quantities = []
        for place in range(0, table.shape[1], 2):
            weight = table.iloc[:, place + 1]
            whole = rests(weight)
            whole[whole == 0] = math.nan
            quantities.append(rests(table.iloc[:, place] * weight) / whole)
    else:
        sums = {column: rests(table[column]) for column in table}
        empty = np.zeros(len(table))
        quantities = [
            measure.at(
                sum((sums[term, date] for term in measure.numerator), empty),
                sum(
                    (sums[term, plan_.denominator_date or date] for term in measure.denominator),
                    empty,
                ),
            )
            for date in plan_.dates
        ]
    return np.asarray(measure.over(quantities), dtype=float).tolist()


def _rests(values: Sequence[float], keys: Sequence[Key]) -> dict[Key, tuple[float, int]]:
    """Return for each (part, group) the correctly rounded sum, and the number, of its group's others."""
    ratios = [value.as_integer_ratio() for value in values]
    scale = max((below for _, below in ratios), default=1)
    own: dict[Key, list[int]] = {}
    whole: dict[Hashable, list[int]] = {}
    for (above, below), key in zip(ratios, keys, strict=True):
        for total in (own.setdefault(key, [0, 0]), whole.setdefault(key[1], [0, 0])):
            total[0] += above * (scale // below)
            total[1] += 1
    # Python divides whole numbers of any length with one rounding.
    return {
        key: ((whole[key[1]][0] - total) / scale, whole[key[1]][1] - count)
        for key, (total, count) in own.items()
    }


def _means(values: Sequence[float], keys: Sequence[Key]) -> dict[Key, float]:
    return {
        key: total / count if count else math.nan
        for key, (total, count) in _rests(values, keys).items()
    }


def _medians(values: Sequence[float], keys: Sequence[Key]) -> dict[Key, float]:
    """Return for each (part, group) the median of the group's other values."""
    of_group: dict[Hashable, list[float]] = {}
    gone: dict[Key, list[int]] = {}
    for value, key in sorted(zip(values, keys, strict=True)):
        there = of_group.setdefault(key[1], [])
        gone.setdefault(key, []).append(len(there))
        there.append(value)
    found = {}
    for key, places in gone.items():
        rest = of_group[key[1]]
        left = len(rest) - len(places)
        middle = [_after(place, places) for place in ((left - 1) // 2, left // 2)]
        found[key] = (rest[middle[0]] + rest[middle[1]]) / 2 if left else math.nan
    return found


def _after(place: int, gone: Sequence[int]) -> int:
    """Return where the value stands that is the ``place``-th once those at ``gone`` are taken away."""
    for taken in gone:
        if taken > place:
            break
        place += 1
    return place
