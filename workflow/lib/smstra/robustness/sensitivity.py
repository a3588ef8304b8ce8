"""How much of the variation of the types each choice explains: first-order and total Sobol indices."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from SALib.analyze import sobol as analysis
from SALib.sample import sobol as sampling

from smstra.errors import listing
from smstra.exact import significant
from smstra.robustness.choices import AS_ASKED, Choices
from smstra.typology import CRITERIA, TYPES

COLUMNS = [
    "output",
    "variance",
    "factor",
    "levels",
    "first_order",
    "first_order_confidence",
    "total",
    "total_confidence",
    "first_order_exact",
    "total_exact",
    "level_names",
    "remark",
]
LEFT_OUT_COLUMNS = ["factor", "level", "why"]
# What is explained: numbers of units, and percent of units that keep the case's own type.
KEPT = "share_kept"
OUTPUTS = (*TYPES[: TYPES.index("undetermined")], KEPT)
_ESTIMATES = {
    "first_order": "S1",
    "first_order_confidence": "S1_conf",
    "total": "ST",
    "total_confidence": "ST_conf",
}


@dataclass(frozen=True)
class Grid:
    """Factors and their levels, each combined with all others; ``left_out`` are levels without a place.

    ``levels`` maps a column of combinations.csv, or two joined by ``+``, to its levels.
    """

    levels: dict[str, list[str]]
    left_out: pd.DataFrame


def grid_of(choices: Choices) -> Grid:
    """Return the largest plain grid that the case's own window allows.

    Kept are, in this order: the definitions that the data allow in the case's own window; the windows
    in which each of them has a reference; of each criterion the references that all its definitions
    have in all those windows. A criterion whose definitions share no reference has definition and
    reference as one factor. No levels at all if a criterion cannot be measured.
    """
    table = choices.table
    able = table[table["available"]]
    at_home = able[able["window"] == AS_ASKED]
    definitions = {
        c: list(at_home.loc[at_home["criterion"] == c, "definition"].unique()) for c in CRITERIA
    }
    wanted = {(c, name) for c in CRITERIA for name in definitions[c]}
    there = able[["criterion", "definition", "window"]].drop_duplicates()
    lacking = {
        window: [
            name
            for c, name in sorted(
                wanted - set(zip(part["criterion"], part["definition"], strict=True))
            )
        ]
        for window, part in ((w, there[there["window"] == w]) for w in table["window"].unique())
    }
    windows = [window for window, names in lacking.items() if not names]
    out = [
        ("window", window, f"{listing(names)} cannot be had in it")
        for window, names in lacking.items()
        if names
    ]
    levels: dict[str, list[str]] = {"window": windows}
    for criterion, column in CRITERIA.items():
        rows = table[table["criterion"] == criterion]
        for name in rows["definition"].unique():
            if name not in definitions[criterion]:
                why = rows.loc[
                    (rows["definition"] == name) & (rows["window"] == AS_ASKED), "reason"
                ]
                out.append((f"{column}_definition", name, why.iloc[0]))
        here = able[(able["criterion"] == criterion) & able["window"].isin(windows)]
        found = here.groupby(["definition", "reference"], sort=False)["window"].nunique()
        pairs = list(found.index[found == len(windows)])
        made, gone = _of_criterion(column, definitions[criterion], rows, pairs)
        levels |= made
        out += gone
    if not all(definitions.values()):
        levels = {}
    return Grid(levels, pd.DataFrame(out, columns=LEFT_OUT_COLUMNS))


def _of_criterion(
    column: str, definitions: Sequence[str], rows: pd.DataFrame, pairs: Sequence[tuple[str, str]]
) -> tuple[dict[str, list[str]], list[tuple[str, str, str]]]:
    """Return a criterion's factors with their levels, and what has no place among them."""
    references = list(rows["reference"].unique())
    lacking = {r: [d for d in definitions if (d, r) not in pairs] for r in references}
    common = [r for r in references if not lacking[r]]
    if definitions and not common:
        return {f"{column}_definition+{column}_scheme": [" / ".join(pair) for pair in pairs]}, [
            (f"{column}_definition+{column}_scheme", f"{d} / {r}", "not in all windows kept")
            for d in definitions
            for r in rows.loc[rows["definition"] == d, "reference"].unique()
            if (d, r) not in pairs
        ]
    gone = [
        (f"{column}_scheme", r, f"{listing(names)} cannot be compared with it throughout")
        for r, names in lacking.items()
        if names
    ]
    return {f"{column}_definition": list(definitions), f"{column}_scheme": common}, gone


def sensitivity(
    choices: Choices, combinations: pd.DataFrame, seed: int, samples: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the Sobol indices of the type counts for each choice, and the levels left out.

    All combinations of the grid weigh the same. First order is Var(E[Y|X_i]) / Var(Y), total
    E[Var(Y|all but X_i)] / Var(Y) (Sobol 2001; Homma and Saltelli 1996). ``*_exact`` are these over the
    whole grid; beside them stand SALib's estimates (Saltelli and others 2010) from ``samples`` points
    of a scrambled Sobol sequence, with the half-widths of their 95 percent intervals (bootstrap).

    Parameters
    ----------
    combinations
        From :func:`smstra.robustness.schemes.scheme_map`, over the same ``choices``.
    samples
        A power of two.

    Returns
    -------
    sensitivity
        ``COLUMNS``, one row an output of ``OUTPUTS`` and factor. ``variance`` in squared units, of
        ``share_kept`` in squared percent. Empty indices, with the ``remark``, for an output that is the
        same in all combinations.
    left_out
        ``LEFT_OUT_COLUMNS``: levels with no place in the grid, and factors of one level, with the reason.
    """
    grid = grid_of(choices)
    single = [
        (factor, levels[0], "the only level, so nothing varies")
        for factor, levels in grid.levels.items()
        if len(levels) == 1
    ]
    left_out = pd.concat([grid.left_out, pd.DataFrame(single, columns=LEFT_OUT_COLUMNS)])
    left_out = left_out.reset_index(drop=True)
    factors = {factor: levels for factor, levels in grid.levels.items() if len(levels) > 1}
    if not factors:
        return pd.DataFrame(columns=COLUMNS), left_out
    places = _places(combinations, grid, factors)
    units = combinations[list(TYPES)].iloc[0].sum()
    rows = []
    for output in OUTPUTS:
        values = combinations["agreeing" if output == KEPT else output].to_numpy(float)[places]
        # Indices do not depend on the scale, and counts have exact sums.
        scale = 100 / units if output == KEPT else 1.0
        found = {**exact_indices(values), **_estimated(values, list(factors), seed, samples)}
        never = values.min() == values.max()
        for place, (factor, levels) in enumerate(factors.items()):
            rows.append(
                {
                    "output": output,
                    "variance": significant(values.var() * scale**2).item(),
                    "factor": factor,
                    "levels": len(levels),
                    "level_names": ";".join(levels),
                    "remark": "the same in all combinations" if never else "",
                    **{name: significant(array[place]).item() for name, array in found.items()},
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS), left_out


def _places(combinations: pd.DataFrame, grid: Grid, factors: dict[str, list[str]]) -> np.ndarray:
    """Return which row of ``combinations`` stands at each point of the grid (an axis a factor)."""
    codes = []
    for factor, levels in grid.levels.items():
        parts = [combinations[column] for column in factor.split("+")]
        named = parts[0] if len(parts) == 1 else parts[0] + " / " + parts[1]
        codes.append(pd.Index(levels).get_indexer(named))
    inside = np.flatnonzero((np.array(codes) >= 0).all(axis=0))
    places = np.full([len(levels) for levels in grid.levels.values()], -1)
    places[tuple(code[inside] for code in codes)] = inside
    return places.reshape([len(levels) for levels in factors.values()])


def exact_indices(values: np.ndarray) -> dict[str, np.ndarray]:
    """Return ``first_order_exact`` and ``total_exact`` of each axis of a full grid; NaN if constant."""
    whole, axes = values.var(), range(values.ndim)
    if values.min() == values.max():
        return dict.fromkeys(("first_order_exact", "total_exact"), np.full(values.ndim, np.nan))
    others = [tuple(axis for axis in axes if axis != own) for own in axes]
    return {
        "first_order_exact": np.array([values.mean(axis=rest).var() for rest in others]) / whole,
        "total_exact": np.array([values.var(axis=own).mean() for own in axes]) / whole,
    }


def _estimated(
    values: np.ndarray, names: list[str], seed: int, samples: int
) -> dict[str, np.ndarray]:
    """Return SALib's estimates for the axes of ``values``; NaN where the sample does not vary."""
    problem = {
        "num_vars": values.ndim,
        "names": names,
        "bounds": [[0, count] for count in values.shape],
    }
    points = sampling.sample(problem, samples, calc_second_order=False, seed=seed)
    levels = np.minimum(points.astype(int), np.array(values.shape) - 1)
    met = values[tuple(levels.T)]
    if met.min() == met.max():
        return dict.fromkeys(_ESTIMATES, np.full(values.ndim, np.nan))
    with warnings.catch_warnings():
        # A resample without variation: SALib warns and takes 0, as is documented there.
        warnings.simplefilter("ignore")
        # SALib takes the seed 0 for none.
        found = analysis.analyze(problem, met, calc_second_order=False, seed=seed + 1)
    return {name: np.asarray(found[key], dtype=float) for name, key in _ESTIMATES.items()}
