"""How alike two groups are on each covariate, before and after units were paired."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from smstra.exact import exact_mean, exact_sum, significant

COLUMNS = [
    "covariate",
    "unit_of_measure",
    "kind",
    "n_a",
    "n_b",
    "mean_a",
    "mean_b",
    "standardised_difference",
    "variance_ratio",
    "missing_a",
    "missing_b",
]
Groups = tuple[pd.DataFrame, pd.DataFrame]


def variance(values: np.ndarray) -> float:
    """Return the sample variance (divisor n - 1) from exact sums; NaN for fewer than two values."""
    if len(values) < 2:
        return math.nan
    if values.min() == values.max():
        # Exactly so; the mean of equal values may differ from them in its last digit.
        return 0.0
    mean = exact_mean(values)
    return exact_sum((value - mean) ** 2 for value in values.tolist()) / (len(values) - 1)


def balance(
    values: Groups, missing: Groups, stages: Mapping[str, Groups], measured_in: Mapping[str, str]
) -> pd.DataFrame:
    """Return the balance of the covariates.

    The standardised difference is (mean of a - mean of b) / sqrt((variance of a + variance of b) /
    2), with the variances before pairing at every stage, so that it moves with the means alone
    (Rosenbaum and Rubin 1985; Stuart 2010, section 4.1). The variance ratio is that of a to b at
    the stage itself. Both are empty where a variance is not known or is 0.

    Parameters
    ----------
    values
        Group a and group b as they take part: units x covariates, in the covariates' units.
    missing
        The same before values were imputed or units left out (NaN where there is no value).
    stages
        Stage after pairing -> the units of each group that are in a pair, like ``values``.
    measured_in
        Covariate -> unit of measure.

    Returns
    -------
    DataFrame
        ``COLUMNS``: one row a covariate and stage, first the stage ``before``. ``missing_a`` and
        ``missing_b`` count units without a value: before, all that were left out or imputed; after,
        those imputed that are in a pair.
    """
    rows = []
    for name in values[0]:
        spread = [variance(group[name].to_numpy()) for group in values]
        pooled = math.sqrt(sum(spread) / 2)
        lacking = [group.index[group[name].isna()] for group in missing]
        for kind, groups in {"before": values, **stages}.items():
            columns = [group[name].to_numpy() for group in groups]
            means = [exact_mean(column) if len(column) else math.nan for column in columns]
            spreads = [variance(column) for column in columns]
            gone = [
                len(units) if kind == "before" else int(group.index.isin(units).sum())
                for units, group in zip(lacking, groups, strict=True)
            ]
            rows.append(
                [
                    name,
                    measured_in.get(name, ""),
                    kind,
                    *map(len, columns),
                    *means,
                    _ratio(means[0] - means[1], pooled),
                    _ratio(*spreads),
                    *gone,
                ]
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def _ratio(top: float, bottom: float) -> float:
    return float(significant(top / bottom)) if bottom else math.nan
