"""Figures over time for the figures and pages: of the chosen towns, their regions and the country."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smstra.exact import exact_sum, weighted_mean
from smstra.indicators import Vocabulary, areas_counted, values_at
from smstra.lookup import Figures
from smstra.measures import Measure, measure_of

COLUMNS = [
    "series",
    "unit",
    "name",
    "what",
    "date",
    "value",
    "unit_of_measure",
    "status",
    "merged_unit",
    "units",
    "how",
    "source",
]
_OF_AREA = ["unit", "date", "value", "status", "units", "source"]


def compute(
    case: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    towns: pd.DataFrame,
    variables: Vocabulary,
) -> pd.DataFrame:
    """Return every series of the case for ``towns``, the regions they lie in, and the country.

    A series is a quantity as the definitions ``level``, ``share`` and ``ratio`` of an indicator, at
    every date from ``from`` to ``to`` at which any unit has it. Of regions and the country it is made
    as the series says in ``region`` and ``country`` (see :func:`of_areas`); without these keys there
    are no rows of them.

    Returns
    -------
    DataFrame
        ``COLUMNS``: sorted by series (in the order of the case), what (country, region, town), unit
        and date. ``value`` is NaN where it cannot be had; ``status`` says why (``missing``,
        ``not_split``: a count of a unit that merged later, ``incomplete:570 of 589``), else it has
        the source's flags. ``merged_unit`` is the later unit whose value stands for the town.
        ``units`` is how many units went in, ``how`` in which way, empty for towns.
    """
    geography = case["geography"]
    country = geography["country_unit"]
    chosen = set(towns["unit"])
    lying = units[units["unit"].isin(chosen)].drop_duplicates("region")
    areas = {
        "country": {country["code"]: country["name"]},
        "region": dict(sorted(zip(lying["region"], lying["region_name"], strict=True))),
    }
    labels = dict(zip(towns["unit"], towns["label"], strict=True))
    parts = []
    for name, spec in case.get("series", {}).items():
        measure = measure_of(spec, variables)
        rows = figures.rows(measure.terms, geography["level"])
        rows = _between(rows, spec)
        common = {"series": name, "unit_of_measure": measure.unit_of_measure}
        for what, names in areas.items():
            if what in spec and names:
                made = of_areas(spec[what], what, names, measure, rows, figures, units, geography)
                made = _between(made, spec)
                made["name"] = made["unit"].map(names)
                parts.append(made.assign(what=what, how=spec[what]["by"], **common))
        if chosen:
            made = _of_towns(measure, rows[rows["unit"].isin(chosen)], geography)
            made["name"] = made["unit"].map(labels)
            parts.append(made.assign(what="town", how="", **common))
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)
    for column in ("status", "merged_unit"):
        table[column] = table[column].astype(object).fillna("")
    return table


def _between(rows: pd.DataFrame, spec: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows from ``from`` to ``to``; a year means all of its days."""
    day = rows["date"]
    return rows[(day >= spec["from"]) & (day.str[: len(spec["to"])] <= spec["to"])].copy()


def _of_towns(measure: Measure, rows: pd.DataFrame, geography: Mapping[str, Any]) -> pd.DataFrame:
    parts = []
    for date, at in rows.groupby("date", sort=True):
        made = values_at(at, measure, date, geography["level"])
        empty = made["value"].isna()
        made["status"] = made["status"].where(~empty, "missing:" + made["why"])
        if (
            measure.extensive
            or geography["merged_later"]["rates_medians_and_ratios"] != "merged_unit"
        ):
            merged = (made["merged_unit"] != "") & ~empty
            made.loc[merged, "value"] = np.nan
            made.loc[merged, "status"] = "not_split:" + made["merged_unit"]
        parts.append(_rows(made, date, at))
    return _sorted(parts)


def _rows(made: pd.DataFrame, date: str, at: pd.DataFrame) -> pd.DataFrame:
    """Return what :func:`smstra.indicators.values_at` made of the figures ``at`` a date as rows."""
    sources = at.groupby("unit")["source"].agg(lambda each: ";".join(sorted(set(each))))
    return pd.DataFrame(
        {
            "unit": made.index,
            "date": date,
            "value": made["value"].to_numpy(),
            "status": made["status"].to_numpy(),
            "merged_unit": made["merged_unit"].str.split("@").str[0].to_numpy(),
            "units": made["value"].notna().astype(int).to_numpy(),
            "source": made.index.map(sources).to_numpy(),
        }
    )


def _sorted(parts: list[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
    return table.sort_values(["unit", "date"], ignore_index=True)


def of_areas(
    how: Mapping[str, Any],
    key: str,
    names: Mapping[str, str],
    measure: Measure,
    rows: pd.DataFrame,
    figures: Figures,
    units: pd.DataFrame,
    geography: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``unit, date, value, status, units, source`` of the areas ``names``, by area and date.

    ``how["by"]`` is ``sum_of_counts`` (the terms summed over units, each territory once, and then
    divided; only where every unit of the area has them all), ``published`` (the publisher's own
    figures), ``weighted_mean`` (of published rates, by the count ``how["weight"]`` of the same date) or
    ``median_of_units`` (over units with a value, each territory once). ``key`` is ``region`` or ``country``.
    """
    if how["by"] == "published":
        level = geography["region_level"] if key == "region" else "country"
        own = figures.rows(measure.terms, level, set(names))
        return _published(measure, own, level, names, sorted(rows["date"].unique()))
    members = units.groupby(key)["unit"].agg(set)
    weights = figures.rows([how["weight"]], geography["level"]) if "weight" in how else None
    parts = []
    for date, at in rows.groupby("date", sort=True):
        at_weights = None if weights is None else weights[weights["date"] == date]
        for area in names:
            own = at[at["unit"].isin(members[area])]
            value, count, status = _of_area(
                how["by"], measure, date, own, members[area], at_weights
            )
            if len(own):
                sources = ";".join(sorted(set(own["source"])))
                parts.append((area, date, value, status, count, sources))
    return _sorted([pd.DataFrame(parts, columns=_OF_AREA)])


def _of_area(
    by: str,
    measure: Measure,
    date: str,
    rows: pd.DataFrame,
    members: set[str],
    weights: pd.DataFrame | None,
) -> tuple[float, int, str]:
    """Return value, number of units and status of one area at one date."""
    if by == "median_of_units":
        made = values_at(rows, measure, date, "").dropna(subset="value")
        # A unit that merged later counts once, however many parts have its figure; a count of it is
        # no part's.
        merged = made["merged_unit"] != ""
        territory = made["merged_unit"].where(merged, made.index.to_series())
        values = made.loc[~(merged & measure.extensive) & ~territory.duplicated(), "value"]
        return (float(values.median()), len(values), "") if len(values) else (np.nan, 0, "missing")
    wide = rows.pivot(index="unit", columns="variable", values="value").reindex(
        columns=measure.terms
    )
    complete = wide.dropna()
    if len(complete) < len(members):
        return np.nan, len(complete), f"incomplete:{len(complete)} of {len(members)}"
    # Rates have their weights' territory to share too.
    of_it = rows if weights is None else pd.concat([rows, weights[weights["unit"].isin(members)]])
    apart = of_it.groupby("unit")["territory"].nunique() > 1
    if apart.any():
        return np.nan, 0, f"territories_differ:{int(apart.sum())} of {len(members)}"
    counted = complete[complete.index.isin(areas_counted(rows))]
    if by == "sum_of_counts":
        sums = [
            sum(exact_sum(counted[term]) for term in terms)
            for terms in (measure.numerator, measure.denominator)
        ]
        return float(measure.at(*sums)), len(counted), ""
    heavy = weights.set_index("unit")["value"].reindex(counted.index)
    if heavy.isna().any():
        return np.nan, 0, f"incomplete:{heavy.notna().sum()} of {len(members)}"
    rates = values_at(rows, measure, date, "")["value"].reindex(counted.index)
    return weighted_mean(rates, heavy), len(counted), ""


def _published(
    measure: Measure, rows: pd.DataFrame, level: str, names: Mapping[str, str], dates: list[str]
) -> pd.DataFrame:
    """Return the publisher's figures of the areas ``names``; at ``dates`` without one, that it is missing."""
    parts = []
    for date, at in rows.groupby("date", sort=True):
        made = values_at(at, measure, date, level)
        made["status"] = made["status"].where(made["value"].notna(), "missing:" + made["why"])
        parts.append(_rows(made, date, at))
    there = set(zip(rows["unit"], rows["date"], strict=True))
    gaps = [
        (area, date, np.nan, f"missing:{measure.terms[0]}:no_row@{date[:4]}", 0, "")
        for area in names
        for date in dates
        if (area, date) not in there
    ]
    return _sorted([*parts, pd.DataFrame(gaps, columns=_OF_AREA)] if gaps else parts)
