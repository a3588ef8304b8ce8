"""Population size classes of units, at the dates and with the bounds that the case names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smstra.errors import DataError, listing
from smstra.lookup import Figures

UNKNOWN = "unknown"
# Of a pseudonymised unit whose class too few units share to be named.
NOT_GIVEN = "not given"


def figures_at(figures: Figures, spec: Mapping[str, str], level: str, where: str) -> pd.Series:
    """Return a variable of all units at one date (index: unit); DataError if there is no such date."""
    rows = figures.rows([spec["variable"]], level)
    rows = rows[rows["value"].notna()]
    dates = sorted({date for date in rows["date"] if date.startswith(spec["date"])})
    if len(dates) != 1:
        there = sorted(set(rows["date"].unique()))
        raise DataError(
            f"`{where}` asks for '{spec['variable']}' of {spec['date']}, of which the sources have "
            f"{listing(dates) or 'nothing'}; the dates at hand are {listing(there, 30)}."
        )
    at = rows[(rows["date"] == dates[0]) & (rows["conversion"] != "merged_unit")]
    return at.set_index("unit")["value"]


def classify(
    inhabitants: float,
    density: float,
    classes: list[Mapping[str, Any]],
    category: float = np.nan,
) -> str:
    """Return the name of the first class that fits, or ``unknown``.

    ``from`` is included, ``below`` is not; a class with ``density_below`` (inhabitants per km2)
    needs a density, one with ``category`` (codes, as those of the degree of urbanisation) a category. A
    unit whose inhabitants are not known, or whose density or category would decide and is not known, is
    ``unknown``.
    """
    if np.isnan(inhabitants):
        return UNKNOWN
    for entry in classes:
        if not entry.get("from", 0) <= inhabitants < entry.get("below", np.inf):
            continue
        if "density_below" in entry:
            if np.isnan(density):
                return UNKNOWN
            if density >= entry["density_below"]:
                continue
        if "category" in entry:
            if np.isnan(category):
                return UNKNOWN
            if category not in entry["category"]:
                continue
        return entry["name"]
    return UNKNOWN


def categories(
    figures: Figures, sizes: Mapping[str, Any], level: str, units: pd.Series
) -> np.ndarray:
    """Return the code of each unit by which classes are told apart; NaN where it or the key is missing."""
    if "category" not in sizes:
        return np.full(len(units), np.nan)
    found = figures_at(figures, sizes["category"], level, "size_classes.category")
    return found.reindex(units).to_numpy(float)


def of_units(case: Mapping[str, Any], figures: Figures, units: pd.DataFrame) -> pd.Series:
    """Return the size class of each unit of the case (index: unit)."""
    sizes, level = case["size_classes"], case["geography"]["level"]
    inhabitants = figures_at(figures, sizes["inhabitants"], level, "size_classes.inhabitants")
    inhabitants = inhabitants.reindex(units["unit"])
    density = pd.Series(np.nan, index=inhabitants.index)
    if "area" in sizes:
        area = figures_at(figures, sizes["area"], level, "size_classes.area")
        density = inhabitants / area.reindex(units["unit"])
    category = categories(figures, sizes, level, units["unit"])
    named = [
        classify(number, per_km2, sizes["classes"], code)
        for number, per_km2, code in zip(inhabitants, density, category, strict=True)
    ]
    return pd.Series(named, index=units["unit"].to_numpy())
