"""The overview of local cases: one row a unit, the numbers that such reports print, dated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.indicators import led_by
from smstra.measures import in_words
from smstra.sufficiency import Plan

COLUMNS_COLUMNS = [
    "column",
    "label",
    "unit_of_measure",
    "definition",
    "dates",
    "level",
    "source",
]
_LEAD = {
    "unit": "Code of the unit",
    "name": "Name",
    "region": "Code of the region",
    "region_name": "Region",
    "size_class": "Population size class",
    "type": "Type",
    "cell": "Cell of the truth table",
}


def overview(
    case: Mapping[str, Any], typology: pd.DataFrame, indicators: pd.DataFrame, units: pd.DataFrame
) -> pd.DataFrame:
    """Return one row a unit: ``unit, name, region, region_name, size_class, type, cell``, then a
    column for each indicator of the case's ``profile`` (value, NaN where none) and ``flags``, those
    of all these indicators, each led by its column's name."""
    table = typology[["unit", "name", "region", "size_class", "type", "cell"]].copy()
    table.insert(3, "region_name", table["unit"].map(units.set_index("unit")["region_name"]))
    flags = pd.Series("", index=table.index, dtype=object)
    for name in case["profile"]:
        own = indicators[indicators["indicator"] == name].set_index("unit")
        table[name] = table["unit"].map(own["value"])
        marked = led_by(name, table["unit"].map(own["flags"]))
        flags = flags.str.cat(marked, sep=";").str.strip(";")
    table["flags"] = flags
    return table


def columns(
    case: Mapping[str, Any], indicators: pd.DataFrame, planned: Mapping[str, Plan]
) -> pd.DataFrame:
    """Return what each column of the overview means, when it was measured and by whom."""
    rows = [{"column": name, "label": label} for name, label in _LEAD.items()]
    first = indicators.drop_duplicates("indicator").set_index("indicator")
    for name in case["profile"]:
        plan = planned[name]
        rows.append(
            {
                "column": name,
                "label": case["indicators"][name]["label"],
                "unit_of_measure": first.at[name, "unit_of_measure"],
                "definition": in_words(case["indicators"][name]),
                "dates": plan.dates_shown or "none",
                "level": first.at[name, "level"],
                "source": first.at[name, "source"],
            }
        )
    rows.append({"column": "flags", "label": "What is substituted, stands in, or spans a break"})
    return pd.DataFrame(rows, columns=COLUMNS_COLUMNS).fillna("")
