"""The best sets of towns under the constraints of `selection.sets`, or why there is none.

A set's objective is the weighted mean of three components, each from 0 to 1:

- typicality: the mean over its towns of their typicality, 0 for the least and 1 for the greatest
  among candidates that pass (1 if they are all the same);
- stability: the mean over its towns of the probability of their type;
- coverage: of the types, size classes, regions and traditions of the candidates that pass, and of the
  answers to criteria over which the case spreads the set, each counted once, the share that the set
  has a town of.

Typicality or probability that is not known counts as 0 and is remarked. Naming towns in `include`
or `exclude` moves no scale; a town forced in from outside the scale counts as its nearer end. The
objective is counted in whole millionths, for each town and each class by itself (what is left over
is dropped), so that what is proven is proven of whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from smstra.errors import DataError
from smstra.exact import exact_mean, significant
from smstra.selection import conflicts
from smstra.selection.constraints import Constraint, Towns, constraints_of, towns_of
from smstra.selection.programme import Goal, Programme

COMPONENTS = ("typicality", "stability", "coverage")
# What is said of a set as a whole, in numbers.
SCORES = ("set_objective", "set_typicality", "set_stability", "set_coverage", "loss")
COLUMNS = [
    "set",
    "unit",
    "name",
    "region",
    "region_name",
    "type",
    "size_class",
    "tradition",
    "inhabitants",
    "typicality",
    "probability",
    "forced",
    "remark",
    *SCORES,
    "least_km",
    "optimal",
    "trades_off",
    "others_exist",
]
NUMBERS = ("set", "inhabitants", "typicality", "probability", *SCORES, "least_km")
# The column of the candidates behind a component.
_SOURCES = {"typicality": "typicality", "stability": "probability"}
_MILLION = 1_000_000
# A smaller difference of components is one of rounding.
_SAME = 1e-9


def select(
    block: Mapping[str, Any], candidates: pd.DataFrame, places: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the best distinct sets of towns, and the smallest conflict where there is none.

    Parameters
    ----------
    block
        ``selection.sets`` of the case.
    candidates
        One row a unit: ``unit, name, region, region_name, type, size_class, tradition`` (empty
        where not known), ``typicality``, ``probability`` (0 to 1), ``candidate`` (pass or fail), the
        answer to each criterion over which the block spreads towns;
        ``inhabitants`` and ``reasons`` are taken along if there.
    places
        ``unit, longitude, latitude`` in degrees; None if there are no places.

    Returns
    -------
    DataFrame
        ``COLUMNS``: one row a town of a set, by set (the best is 1) and unit. ``set_objective``
        and ``loss`` (against set 1) in whole millionths; ``least_km`` between two towns of the
        set, empty if one distance is not known; ``optimal`` is ``proven``: the solver has shown
        that no other set is better (than set 1; than set 2 but for set 1; and so on);
        ``others_exist``: whether there are more sets than those listed. Equal sets are in an order
        drawn with ``seed``.
    DataFrame
        ``conflicts.COLUMNS``; no rows if there is a set.

    Raises
    ------
    GeographyError, DataError
        See :func:`smstra.selection.constraints.towns_of`; or a component has a weight and no data.
    """
    towns = towns_of(block, candidates, places)
    names = dict(zip(candidates["unit"], candidates["name"], strict=True))
    return best_of(block, towns, constraints_of(block, towns, names))


def best_of(
    block: Mapping[str, Any], towns: Towns, constraints: Sequence[Constraint]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return :func:`select` of ``towns`` under ``constraints``.

    Of ``block`` it reads ``towns``, ``include``, ``objective``, ``how_many`` and ``seed``.
    """
    scores = _scores(block, towns)
    goal = _goal(block, towns, scores)
    found = []
    if len(towns.table):
        programme = Programme(towns, constraints, goal)
        # One more than asked for says whether there are others.
        while len(found) <= block["how_many"]:
            best = programme.best_set()
            if best is None:
                break
            found.append(best)
            programme.forbid(best[0])
    if not found:
        return pd.DataFrame(columns=COLUMNS, dtype=object), conflicts.conflicts(constraints, towns)
    more = len(found) > block["how_many"]
    found = found[: block["how_many"]]
    table = _table(found, block, towns, goal, scores)
    table["others_exist"] = more
    return table[COLUMNS], pd.DataFrame(columns=conflicts.COLUMNS, dtype=object)


def _numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    if column not in table:
        return np.full(len(table), np.nan)
    return pd.to_numeric(table[column], errors="coerce").to_numpy(float)


def _scores(block: Mapping[str, Any], towns: Towns) -> dict[str, np.ndarray]:
    """Return typicality and stability of each town, from 0 to 1, NaN where not known."""
    scores = {}
    for component, column in _SOURCES.items():
        figures = _numbers(towns.table, column)
        if block["objective"].get(component, 0) > 0 and len(figures) and np.isnan(figures).all():
            raise DataError(
                f"`selection.sets.objective.{component}` has a weight, but no candidate has a {column}: "
                "take the weight out, or give the case a `robustness` block, which works it out."
            )
        scores[component] = figures
    known = scores["typicality"][towns.passes & ~np.isnan(scores["typicality"])]
    if len(known):
        low, high = known.min(), known.max()
        span = high - low
        scaled = (scores["typicality"] - low) / span if span else scores["typicality"] - low + 1
        scores["typicality"] = np.clip(scaled, 0, 1)
    else:
        scores["typicality"] = np.full(len(towns.table), np.nan)
    return scores


def _goal(block: Mapping[str, Any], towns: Towns, scores: Mapping[str, np.ndarray]) -> Goal:
    weights = {component: block["objective"].get(component, 0) for component in COMPONENTS}
    whole = sum(weights.values())
    mean = sum(weights[c] * np.nan_to_num(scores[c]) for c in _SOURCES) / whole
    counted = {}
    for name, values in towns.values.items():
        labels = towns.labels[name][towns.passes]
        counted[name] = np.bincount(labels[labels >= 0], minlength=len(values)) > 0
    classes = sum(int(marks.sum()) for marks in counted.values())
    share = weights["coverage"] / whole / classes if classes else 0
    # Candidates that pass draw first, so that naming others in `include` moves no lot.
    luck = np.zeros(len(towns.table), dtype=int)
    draw = np.random.Generator(np.random.Philox(block["seed"]))
    for drawing in (towns.passes, ~towns.passes):
        luck[drawing] = draw.integers(0, _MILLION, int(drawing.sum()))
    return Goal(
        worth=_millionths(mean / block["towns"]),
        luck=luck,
        class_worth=int(_millionths(share)),
        counted=counted,
    )


def _millionths(share: Any) -> np.ndarray:
    """Return whole millionths; a share that is whole but for its last binary digits stays whole."""
    return np.floor(np.asarray(share) * _MILLION + 1e-6).astype(int)


def _table(
    found: Sequence[tuple[list[int], int]],
    block: Mapping[str, Any],
    towns: Towns,
    goal: Goal,
    scores: Mapping[str, np.ndarray],
) -> pd.DataFrame:
    """Return the rows of the sets ``found``, the best first."""
    remarks = _remarks(block, towns, scores)
    called = _called(towns)
    first, most = found[0]
    best = _components(first, towns, goal, scores)
    parts = []
    for number, (chosen, worth) in enumerate(found, 1):
        rows = towns.table.iloc[chosen].reset_index(drop=True)
        part = rows.reindex(columns=[column for column in COLUMNS if column in rows])
        part["tradition"] = part["tradition"].fillna("")
        for column in ("typicality", "probability", "inhabitants"):
            part[column] = _numbers(rows, column)
        part["set"] = number
        part["forced"] = part["unit"].isin(block.get("include", []))
        part["remark"] = [remarks[at] for at in chosen]
        part["set_objective"] = worth / _MILLION
        components = _components(chosen, towns, goal, scores)
        for component, value in components.items():
            part[f"set_{component}"] = value
        part["loss"] = (most - worth) / _MILLION
        part["least_km"] = _least_km(chosen, towns)
        part["optimal"] = "proven"
        part["trades_off"] = ""
        if number > 1:
            new = [called[at] for at in chosen if at not in first]
            old = [called[at] for at in first if at not in chosen]
            part["trades_off"] = f"{_changes(components, best)}; {_all(new)} instead of {_all(old)}"
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _components(
    chosen: Sequence[int], towns: Towns, goal: Goal, scores: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Return a set's three components, NaN where the candidates have nothing to reckon it from."""
    made = {}
    for component in _SOURCES:
        own = scores[component]
        known = not np.isnan(own).all()
        mean = exact_mean(np.nan_to_num(own[list(chosen)]).tolist()) if known else np.nan
        made[component] = float(significant(mean))
    classes = sum(int(marks.sum()) for marks in goal.counted.values())
    represented = sum(goal.represented(towns, chosen).values())
    made["coverage"] = float(significant(represented / classes)) if classes else np.nan
    return made


def _remarks(block: Mapping[str, Any], towns: Towns, scores: Mapping[str, np.ndarray]) -> list[str]:
    """Return what is to be said of each town, empty for most."""
    said: list[list[str]] = [[] for _ in range(len(towns.table))]
    reasons = towns.table.get("reasons", pd.Series("", index=towns.table.index)).fillna("")
    for at in np.flatnonzero(~towns.passes):
        why = f" ({reasons[at]})" if reasons[at] else ""
        said[at].append(f"no candidate{why}, in the set because `include` names it")
    for component, column in _SOURCES.items():
        if block["objective"].get(component, 0) > 0:
            for at in np.flatnonzero(np.isnan(scores[component])):
                said[at].append(f"{column} unknown, counted as 0")
    return ["; ".join(words) for words in said]


def _least_km(chosen: Sequence[int], towns: Towns) -> float:
    between = [
        towns.km(one, np.array(chosen[rank + 1 :], dtype=int))
        for rank, one in enumerate(chosen[:-1])
    ]
    # NaN, not the least of the others, if one distance is not known.
    return float(np.min(np.concatenate(between))) if between else np.nan


def _changes(own: Mapping[str, float], best: Mapping[str, float]) -> str:
    """Return in words how the components of a set differ from the best set's."""
    words = []
    for component in COMPONENTS:
        change = own[component] - best[component]
        if abs(change) > _SAME:
            size = f"{abs(change):.3f}" if abs(change) >= 0.0005 else "less than 0.001"
            words.append(f"{size} {'more' if change > 0 else 'less'} {component}")
    return ", ".join(words) or "the same in every component"


def _called(towns: Towns) -> list[str]:
    """Return the towns' names, with the code where several have the name."""
    names, codes = towns.table["name"].astype(str), towns.table["unit"]
    shared = names.duplicated(keep=False)
    return [f"{n} ({c})" if s else n for n, c, s in zip(names, codes, shared, strict=True)]


def _all(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
