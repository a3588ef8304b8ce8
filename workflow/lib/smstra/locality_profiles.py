"""Each chosen town in numbers: its values beside its region and country, ranks, nearest look-alikes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smstra.exact import significant
from smstra.indicators import territories
from smstra.selection.balance import variance
from smstra.selection.pairs import coordinates

COLUMNS = [
    "unit",
    "name",
    "indicator",
    "label",
    "value",
    "unit_of_measure",
    "year_from",
    "year_to",
    "level",
    "region",
    "region_value",
    "region_how",
    "country_value",
    "country_how",
    "rank_in_region",
    "of_in_region",
    "rank_in_country",
    "of_in_country",
    "flags",
    "source",
]
# Those that are numbers, for csvio.read.
NUMBERS = (
    "value",
    "region_value",
    "country_value",
    "rank_in_region",
    "of_in_region",
    "rank_in_country",
    "of_in_country",
)
LOOK_ALIKE_COLUMNS = [
    "unit",
    "name",
    "place",
    "other",
    "other_name",
    "other_region_name",
    "other_type",
    "distance",
    "contributions",
]
LOOK_ALIKE_NUMBERS = ("place", "distance")
# What a value describes if not the unit alone: a larger area, or the unit into which it merged.


def profiles(
    case: Mapping[str, Any],
    towns: pd.DataFrame,
    units: pd.DataFrame,
    indicators: pd.DataFrame,
    areas: pd.DataFrame,
) -> pd.DataFrame:
    """Return one row a chosen town and indicator of the case's ``profile``, in their order.

    Parameters
    ----------
    towns
        The chosen towns in order: ``unit, name, region``.
    units
        ``unit, region`` of all units of the case.
    indicators
        As indicators.csv, of all units: ranks are among them.
    areas
        Values of regions and the country: ``area, what`` (region or country), ``indicator, value,
        how``.

    Returns
    -------
    DataFrame
        ``COLUMNS``; values in their own unit of measure. Ranks are competition ranks: 1 for the
        highest value, equal values share the smallest rank; values are compared after rounding to
        ``comparison_decimals``. Where one value describes several units (that of a larger area, or of
        the unit into which they merged) it counts once, so ``of_*`` is the number of distinct
        territories with a value; a town without a value has no rank. Region and country are empty where
        ``areas`` does not have them.
    """
    rows = []
    region_of = units.set_index("unit")["region"]
    for place, name in enumerate(case["profile"]):
        own = indicators[indicators["indicator"] == name].set_index("unit")
        own = own.reindex(units["unit"])
        values = own["value"].astype(float).round(case["comparison_decimals"])
        # A rank among 589 of a value that eleven areas have would say more than is known.
        territory = territories(own["flags"]).to_numpy()
        distinct = pd.DataFrame(
            {"value": values.to_numpy(), "territory": territory, "region": region_of[own.index]}
        ).dropna(subset=["value"])
        everywhere = distinct.drop_duplicates("territory")["value"].to_numpy()
        by_region = {
            region: group.drop_duplicates("territory")["value"].to_numpy()
            for region, group in distinct.groupby("region")
        }
        about = areas[areas["indicator"] == name]
        country = about[about["what"] == "country"]
        for order, town in enumerate(towns.to_dict("records")):
            found, value = own.loc[town["unit"]], values[town["unit"]]
            region = about[(about["what"] == "region") & (about["area"] == town["region"])]
            row = {
                "order": (order, place),
                **{key: town[key] for key in ("unit", "name", "region")},
                "indicator": name,
                "label": case["indicators"][name]["label"],
                **{
                    key: found[key]
                    for key in ("value", "unit_of_measure", "year_from", "year_to", "level")
                },
                **{key: found[key] for key in ("flags", "source")},
            }
            for what, area, among in (
                ("region", region, by_region.get(town["region"], np.empty(0))),
                ("country", country, everywhere),
            ):
                row[f"{what}_value"] = area["value"].iloc[0] if len(area) else np.nan
                row[f"{what}_how"] = area["how"].iloc[0] if len(area) else ""
                row[f"rank_in_{what}"] = rank(value, among)
                row[f"of_in_{what}"] = float(len(among))
            rows.append(row)
    rows.sort(key=lambda row: row["order"])
    if "pseudonymise" in case:
        # The mean of a group has no place among units.
        ranks = [
            f"{what}_{area}" for area in ("region", "country") for what in ("rank_in", "of_in")
        ]
        return pd.DataFrame(rows, columns=COLUMNS).assign(**dict.fromkeys(ranks, np.nan))
    return pd.DataFrame(rows, columns=COLUMNS)


def rank(value: float, among: np.ndarray) -> float:
    """Return 1 + how many values are greater than ``value``, one of ``among``; NaN for NaN."""
    return float("nan") if np.isnan(value) else 1.0 + float((among > value).sum())


def look_alikes(
    case: Mapping[str, Any],
    towns: pd.DataFrame,
    units: pd.DataFrame,
    indicators: pd.DataFrame,
    typology: pd.DataFrame,
    candidates: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the units that are most like each chosen town, from the nearest on.

    By the case's block ``locality_profiles``: ``compared_by`` (indicators), ``distance`` (see
    :func:`smstra.selection.pairs.coordinates`), ``among`` (units, or candidates), ``look_alikes`` (how
    many). Covariance and standard deviation are those of all units with a value of each indicator,
    whatever ``among`` says, so that a distance does not change with the rules for candidates.

    Returns
    -------
    DataFrame
        ``LOOK_ALIKE_COLUMNS``: ``place`` from 1 on; equal distances by code; ``contributions``: by how
        many standard deviations the other unit has more (+) or less (-) of each indicator, from the
        largest difference on. No row for a town that lacks a value, none at all without the block.

    Raises
    ------
    DataError
        An indicator has the same value everywhere, or others determine it.
    """
    block = case.get("locality_profiles")
    if block is None or towns.empty:
        return pd.DataFrame(columns=LOOK_ALIKE_COLUMNS)
    names = list(block["compared_by"])
    values = comparable(block, units, indicators)
    points = coordinates(values, block["distance"], "locality_profiles", "compared_by")
    spread = values.apply(lambda column: math.sqrt(variance(column.to_numpy())))
    able = pd.Series(True, index=values.index)
    if block["among"] == "candidates":
        passed = set(candidates.loc[candidates["candidate"] == "pass", "unit"])
        able = pd.Series(values.index.isin(passed), index=values.index)
    about = units.set_index("unit")
    types = typology.set_index("unit")["type"]
    rows = []
    for town in towns.to_dict("records"):
        if town["unit"] not in values.index:
            continue
        here = values.index.get_loc(town["unit"])
        distance = significant(np.sqrt(((points - points[here]) ** 2).sum(axis=1)))
        others = able.to_numpy() & (values.index != town["unit"])
        # Units are in the order of their codes, which a stable sort keeps among equal distances.
        nearest = np.argsort(distance[others], kind="stable")[: block["look_alikes"]]
        for place, other in enumerate(values.index[others][nearest], start=1):
            apart = (values.loc[other] - values.loc[town["unit"]]) / spread
            rows.append(
                {
                    "unit": town["unit"],
                    "name": town["name"],
                    "place": place,
                    "other": other,
                    "other_name": about.at[other, "name"],
                    "other_region_name": about.at[other, "region_name"],
                    "other_type": types[other],
                    "distance": distance[others][nearest][place - 1],
                    "contributions": _contributions(apart[names]),
                }
            )
    return pd.DataFrame(rows, columns=LOOK_ALIKE_COLUMNS)


def comparable(
    block: Mapping[str, Any], units: pd.DataFrame, indicators: pd.DataFrame
) -> pd.DataFrame:
    """Return the values of ``compared_by`` (columns) of the units that have them all, by code."""
    names = list(block["compared_by"])
    found = indicators[indicators["indicator"].isin(names)]
    values = found.pivot(index="unit", columns="indicator", values="value")
    return values.reindex(index=sorted(units["unit"]), columns=names).astype(float).dropna()


def contributions_in(text: str) -> dict[str, float]:
    """Return the standard deviations by indicator in a cell of ``contributions``, in its order."""
    found = (each.removesuffix(" sd").rsplit(" ", 1) for each in text.split(", ") if each)
    return {name: float(apart) for name, apart in found}


def _contributions(apart: pd.Series) -> str:
    order = apart.abs().sort_values(ascending=False, kind="stable").index
    # A difference that rounds to nothing has no sign.
    return ", ".join(f"{name} {round(apart[name], 2) + 0.0:+.2f} sd" for name in order)
