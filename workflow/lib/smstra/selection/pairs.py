"""Matched pairs: the most similar and the most different units across a divide."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smstra.answers import in_words
from smstra.errors import DataError, listing, nearest
from smstra.exact import exact_mean, exact_sum
from smstra.selection import assignment
from smstra.selection.balance import Groups, balance, variance
from smstra.typology import CRITERIA

KINDS = ("most_similar", "most_different")
COLUMNS = [
    "kind",
    "pair",
    "unit_a",
    "name_a",
    "unit_b",
    "name_b",
    "distance",
    "shared",
    "imputed",
    "contributions",
]
LEFT_OUT_COLUMNS = ["unit", "name", "group", "why"]
# Two units of which nothing is known do not agree.
_UNKNOWN = ("", "undetermined")
# Share of a covariate's variance that the others leave unexplained; below, a covariance is singular.
_LEAST_OWN_VARIANCE = 1e-10


@dataclass(frozen=True)
class Matched:
    """Pairs, the balance of the groups before and after, units left out, and what else to say."""

    pairs: pd.DataFrame
    balance: pd.DataFrame
    left_out: pd.DataFrame
    remarks: list[str]


def match(block: Mapping[str, Any], candidates: pd.DataFrame, indicators: pd.DataFrame) -> Matched:
    """Pair units of group a with units of group b of ``selection.pairs``.

    Each kind of pair is chosen for itself: exactly so many disjoint pairs as asked for, with the
    least (``most_similar``) or greatest (``most_different``) sum of distances that there is
    (see :func:`smstra.selection.assignment.best_pairs`, also for ties). Distances are those of
    Mahalanobis, or Euclidean between values divided by their standard deviation; covariance and
    standard deviation (divisor n - 1) are those of all units that take part, both groups together.

    Parameters
    ----------
    block
        ``among`` (candidates or units), ``divide: {by, groups: [a, b]}``, ``covariates``,
        ``distance``, ``exact`` (columns on which a pair must agree; an unknown value agrees with
        none), ``missing`` (leave_out, or median: of both groups together), ``most_similar`` and
        ``most_different`` (how many).
    candidates
        One row a unit: ``unit, name, region, region_name, type, verdict, size_class, tradition,
        candidate``, and the answer to each criterion by which the block divides or matches.
    indicators
        ``unit, indicator, value, unit_of_measure``.

    Returns
    -------
    Matched
        ``pairs``: ``COLUMNS``, then each covariate's value for a and b in its own unit; similar
        pairs first, from the nearest on; then different ones, from the farthest on.
        ``contributions``: how far a and b lie apart on each covariate, in standard deviations.
        ``balance``: see :func:`smstra.selection.balance.balance`. ``left_out``:
        ``LEFT_OUT_COLUMNS``, by unit.

    Raises
    ------
    DataError
        If no unit is of a group; if a covariate is constant, or others determine it; if fewer
        units take part than a covariance needs; if more pairs are asked for than fit in memory.
    """
    names = list(block["covariates"])
    towns, unpaired = _grouped(block, candidates)
    found = indicators[indicators["indicator"].isin(names)]
    measured_in = found.drop_duplicates("indicator").set_index("indicator")["unit_of_measure"]
    values = found.pivot(index="unit", columns="indicator", values="value")
    values = values.reindex(index=towns.index, columns=names).astype(float)
    filled = values
    if block["missing"] == "median":
        _refuse_invented_groups(block, values, towns)
        filled = values.fillna(values.median())
    why = _reasons(unpaired, filled.isna())
    left_out = towns.loc[why.index, ["name", "group"]].assign(why=why).reset_index()

    taking_part = ~towns.index.isin(why.index)
    sides = [taking_part & (towns["group"] == group).to_numpy() for group in _groups(block)]
    a, b = (filled[side] for side in sides)
    made = {kind: (np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0)) for kind in KINDS}
    spread = pd.Series(math.nan, index=names)
    classes = _classes(block, towns.loc[a.index], towns.loc[b.index])
    possible = sum(min(len(in_a), len(in_b)) for in_a, in_b in classes)
    if len(a) and len(b):
        together = pd.concat([a, b])
        points = coordinates(together, block["distance"])
        spread = together.apply(lambda column: math.sqrt(variance(column.to_numpy())))
        for kind in KINDS:
            k = min(block[kind], possible)
            if k:
                _check_size(block, kind, k, len(a), len(b))
                made[kind] = assignment.best_pairs(
                    points[: len(a)], points[len(a) :], classes, k, kind == "most_different"
                )
    rows = [
        row
        for kind, (i, j, d) in made.items()
        for row in _rows(kind, block, towns, values, (a.iloc[i], b.iloc[j]), d, spread)
    ]
    columns = [*COLUMNS, *(f"{name}_{side}" for name in names for side in "ab")]
    pairs = pd.DataFrame(rows, columns=columns)
    stages = {f"after_{kind}": (a.iloc[i], b.iloc[j]) for kind, (i, j, _) in made.items()}
    asked = tuple(values[(towns["group"] == group).to_numpy()] for group in _groups(block))
    table = balance((a, b), asked, stages, measured_in.to_dict())
    return Matched(pairs, table, left_out, _remarks(block, (a, b), asked, made))


def coordinates(
    values: pd.DataFrame, distance: str, block: str = "selection.pairs", key: str = "covariates"
) -> np.ndarray:
    """Return points (units x covariates) whose Euclidean distances are those asked for.

    ``standardised_euclidean``: each covariate divided by its standard deviation. ``mahalanobis``:
    besides, freed of its correlation with the covariates before it (with the Cholesky factor of the
    correlation matrix), which gives sqrt((x - y)' S^-1 (x - y)), S the covariance (Mahalanobis
    1936). Raises DataError, which names ``key`` of the case's ``block``, if a covariate is constant or,
    for Mahalanobis, others determine it.
    """
    n = len(values)
    scaled, constant = [], []
    for name in values:
        column = values[name].to_numpy()
        deviation = math.sqrt(variance(column)) if n > 1 else 0.0
        # Equal values may differ in the last digits of binary fractions.
        if deviation <= 1e-12 * np.abs(column).max():
            constant.append(name)
        else:
            scaled.append((column - exact_mean(column)) / deviation)
    if constant:
        raise DataError(
            f"`{block}.{key}`: {listing(constant)} {'has' if len(constant) == 1 else 'have'} "
            f"the same value in all of the {n} units that take part, so nothing can be measured by "
            f"{'it' if len(constant) == 1 else 'them'}; remove {'it' if len(constant) == 1 else 'them'}."
        )
    if distance == "mahalanobis":
        scaled = _uncorrelated(scaled, list(values), block, key)
    return np.column_stack(scaled)


def _uncorrelated(
    scaled: list[np.ndarray], names: Sequence[str], block: str, key: str
) -> list[np.ndarray]:
    n = len(scaled[0])
    if n <= len(names):
        raise DataError(
            f"`{block}`: {n} units take part, too few for the covariance of {len(names)} "
            f"covariates, which needs {len(names) + 1}; write `distance: standardised_euclidean`, or "
            "fewer covariates."
        )
    # By hand and not by LAPACK, whose last digits depend on the machine; there are few covariates.
    factor: list[list[float]] = []
    points: list[np.ndarray] = []
    for j, column in enumerate(scaled):
        row: list[float] = []
        for i in range(j):
            shared = exact_sum((column * scaled[i]).tolist()) / (n - 1)
            known = exact_sum(x * y for x, y in zip(row, factor[i], strict=False))
            row.append((shared - known) / factor[i][i])
        own = 1 - exact_sum(x * x for x in row)
        if own < _LEAST_OWN_VARIANCE:
            weights = np.linalg.solve(
                np.array([[*f, *[0.0] * (j - len(f))] for f in factor]).T, row
            )
            others = [names[i] for i in range(j) if abs(weights[i]) > 1e-6]
            raise DataError(
                f"`{block}.{key}`: '{names[j]}' is a linear combination of "
                f"{listing(others)} in the {n} units that take part, so that they have no Mahalanobis "
                "distance; remove one of these covariates."
            )
        point = column
        for x, other in zip(row, points, strict=True):
            point = point - x * other
        row.append(math.sqrt(own))
        factor.append(row)
        points.append(point / row[j])
    return points


def _groups(block: Mapping[str, Any]) -> list[str]:
    return [str(group) for group in block["divide"]["groups"]]


def _grouped(block: Mapping[str, Any], candidates: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return the units of the two groups (index: unit, sorted) and why some of them cannot be paired."""
    by, exact = block["divide"]["by"], block["exact"]
    columns = list(dict.fromkeys([by, "region_name", "name", *exact, "candidate"]))
    towns = candidates.set_index("unit").sort_index()[columns]
    towns = towns.assign(**{name: in_words(towns[name]) for name in columns if name in CRITERIA})
    towns = towns.fillna("").astype(str)
    for group in _groups(block):
        if group not in set(towns[by]):
            there = dict(sorted(zip(towns[by], towns["region_name"], strict=True)))
            there.pop("", None)
            said = [f"{x} ({name})" for x, name in there.items()] if by == "region" else there
            raise DataError(
                f"`selection.pairs.divide.groups`: no unit has the {_word(by)} "
                f"'{group}'{nearest(group, there)}; write two of {listing(said, most=20)}."
            )
    towns["group"] = towns[by]
    towns = towns[towns["group"].isin(_groups(block))]
    if block["among"] == "candidates":
        towns = towns[towns["candidate"] == "pass"]
    why = [
        pd.Series(f"{_word(column)} not known", index=towns.index[towns[column].isin(_UNKNOWN)])
        for column in exact
    ]
    return towns, pd.concat([pd.Series(dtype=object), *why])


def _refuse_invented_groups(
    block: Mapping[str, Any], values: pd.DataFrame, towns: pd.DataFrame
) -> None:
    """DataError where a whole group would get the other group's median."""
    for group in _groups(block):
        own = values[(towns["group"] == group).to_numpy()]
        for name in values if len(own) else ():
            if own[name].isna().all() and values[name].notna().any():
                raise DataError(
                    f"`selection.pairs.missing` is median, but no town of the group '{group}' has a value of "
                    f"{name}, so all of them would be invented; remove it from `selection.pairs.covariates`, "
                    "or write `missing: leave_out`."
                )


def _reasons(unpaired: pd.Series, gaps: pd.DataFrame) -> pd.Series:
    """Return why each unit that takes no part does not (index: unit, sorted)."""
    said = {
        unit: f"no value of {', '.join(row.index[row])}"
        for unit, row in gaps[gaps.any(axis=1)].iterrows()
    }
    both = pd.concat([unpaired, pd.Series(said, dtype=object)]).rename_axis("unit")
    return both.groupby(level=0, sort=True).agg("; ".join)


def _word(column: str) -> str:
    return column.replace("_", " ")


def _classes(
    block: Mapping[str, Any], a: pd.DataFrame, b: pd.DataFrame
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the positions in a and in b of the units that may be paired with each other."""
    if not block["exact"]:
        return [(np.arange(len(a)), np.arange(len(b)))]
    in_a, in_b = (table.groupby(list(block["exact"]), sort=True).indices for table in (a, b))
    return [(in_a[key], in_b[key]) for key in in_a if key in in_b]


def _check_size(block: Mapping[str, Any], kind: str, k: int, n_a: int, n_b: int) -> None:
    if assignment.rows_needed(n_a, n_b, k) <= assignment.MOST_ROWS:
        return
    able = max(
        most
        for most in range(1, k)
        if assignment.rows_needed(n_a, n_b, most) <= assignment.MOST_ROWS
    )
    offer = ", or `among: candidates`" if block["among"] == "units" else ""
    raise DataError(
        f"`selection.pairs.{kind}`: {k} pairs between {n_a} and {n_b} units are more than can be "
        f"assigned in memory; write {able} or fewer{offer}."
    )


def _rows(
    kind: str,
    block: Mapping[str, Any],
    towns: pd.DataFrame,
    values: pd.DataFrame,
    matched: Groups,
    distances: np.ndarray,
    spread: pd.Series,
) -> list[dict[str, Any]]:
    rows = []
    sides = (matched[0].iterrows(), matched[1].iterrows())
    for pair, ((a, at_a), (b, at_b), distance) in enumerate(zip(*sides, distances, strict=True), 1):
        apart = ((at_a - at_b).abs() / spread).sort_values(ascending=False, kind="stable")
        lacking = [
            f"{name} ({side})"
            for name in values
            for side, unit in (("a", a), ("b", b))
            if np.isnan(values.at[unit, name])
        ]
        row = {
            "kind": kind,
            "pair": pair,
            "unit_a": a,
            "name_a": towns.at[a, "name"],
            "unit_b": b,
            "name_b": towns.at[b, "name"],
            "distance": distance,
            "shared": "; ".join(
                f"{_word(column)} {towns.at[a, column]}" for column in block["exact"]
            ),
            "imputed": "; ".join(lacking),
            "contributions": ", ".join(f"{name} {gap:.2f} sd" for name, gap in apart.items()),
        }
        for name in values:
            row |= {f"{name}_a": at_a[name], f"{name}_b": at_b[name]}
        rows.append(row)
    return rows


def _remarks(
    block: Mapping[str, Any],
    groups: Groups,
    asked: Groups,
    made: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
) -> list[str]:
    by = _word(block["divide"]["by"])
    said = [f"{by} {group}" for group in _groups(block)]
    out = []
    for name, group, before in zip(said, groups, asked, strict=True):
        if len(group):
            continue
        out.append(
            f"All {len(before)} units of {name} are left out, so there are no pairs."
            if len(before)
            else f"No unit of {name} is a candidate, so there are no pairs."
        )
    if out:
        return out
    for kind, (pairs, *_) in made.items():
        if len(pairs) < block[kind]:
            alike = (
                f" that agree on {listing(map(_word, block['exact']))}" if block["exact"] else ""
            )
            out.append(
                f"{len(pairs)} of {block[kind]} {_word(kind)} pairs: {said[0]} ({len(groups[0])} units) "
                f"and {said[1]} ({len(groups[1])}) have no more{alike}."
            )
    return out
