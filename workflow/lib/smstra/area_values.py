"""The case's indicators for regions and the country, to compare towns with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.indicators import Vocabulary, aggregate, territories
from smstra.lookup import Figures
from smstra.sufficiency import Plan

COLUMNS = [
    "area",
    "name",
    "what",
    "indicator",
    "value",
    "unit_of_measure",
    "how",
    "units",
    "year_from",
    "year_to",
    "status",
]
_DATES = ("date", "from", "to")


def compute(
    case: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    planned: Mapping[str, Plan],
    indicators: pd.DataFrame,
) -> pd.DataFrame:
    """Return the indicators of every region and of the country, as each says in ``region``, ``country``.

    ``sum_of_counts``, ``published`` and ``weighted_mean`` as :func:`smstra.indicators.aggregate`, the
    weight at the indicator's own dates; ``median_of_units`` over units with a value, each territory once.

    Returns
    -------
    DataFrame
        ``COLUMNS``; no row for an indicator that does not say how, or that cannot be had. A sum or a
        weighted mean that leaves out a territory of the area is no figure of it: ``value`` is empty then
        and ``status`` says ``incomplete:11 of 12``, how many territories went in and how many there are.

    Raises
    ------
    DataError
        The publisher's figure that is asked for is not there.
    """
    country = case["geography"]["country_unit"]
    names = {
        "country": {country["code"]: country["name"]},
        "region": dict(sorted(zip(units["region"], units["region_name"], strict=True))),
    }
    rows = []
    for name, entry in case["indicators"].items():
        own = indicators[indicators["indicator"] == name].set_index("unit")
        for what, areas in names.items():
            if what not in entry or not planned[name].dates:
                continue
            how = entry[what]
            # One row a territory: of a larger area, or of a unit that merged later, the first unit's.
            single = own[~territories(own["flags"]).duplicated()]
            group = units.set_index("unit")[what].reindex(own.index)
            if how["by"] == "median_of_units":
                values = single["value"].dropna()
                made = values.groupby(group).agg(value="median", units="size")
            else:
                asked = {**how, **{key: entry[key] for key in _DATES if key in entry}}
                asked["by"] = {"published": "published_total"}.get(how["by"], how["by"])
                made = aggregate(
                    name, case, figures, units, variables, planned[name], asked, what == "region"
                )
            whole = group.reindex(single.index).value_counts()
            for area, row in made[["value", "units"]].iterrows():
                counted, all_ = int(row["units"]), int(whole[area])
                added = how["by"] in ("sum_of_counts", "weighted_mean")
                short = added and (counted < all_ or own.loc[group == area, "value"].isna().any())
                rows.append(
                    {
                        "area": area,
                        "name": areas[area],
                        "what": what,
                        "indicator": name,
                        "value": math.nan if short else float(row["value"]),
                        "unit_of_measure": own["unit_of_measure"].iloc[0],
                        "how": how["by"],
                        "units": counted,
                        "year_from": own["year_from"].iloc[0],
                        "year_to": own["year_to"].iloc[0],
                        "status": f"incomplete:{counted} of {all_}" if short else "",
                    }
                )
    return pd.DataFrame(rows, columns=COLUMNS)
