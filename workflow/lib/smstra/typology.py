"""References, the three yes/no criteria, the eight cells, and the type of every unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smstra.errors import DataError
from smstra.exact import exact_mean
from smstra.indicators import Vocabulary, aggregate, led_by
from smstra.lookup import Figures
from smstra.sufficiency import Plan

# The criteria, each with the short name of its columns in typology.csv.
CRITERIA = {"sf_high": "sf", "economy_improving": "varun", "population_improving": "varni"}
TYPES = ("A", "B", "C", "D", "mixed", "undetermined")
# (migrants settled before, economy improving, population improving) -> cell. The published types
# name the four cells in which economy and population agree (Whole-COMM reports on Belgium, 2022
# and 2023); the other four are mixed and say which way.
CELLS = {
    (True, True, True): "A",
    (False, True, True): "B",
    (True, False, False): "C",
    (False, False, False): "D",
    (True, True, False): "settled_economy_improving_population_declining",
    (False, True, False): "not_settled_economy_improving_population_declining",
    (True, False, True): "settled_economy_declining_population_improving",
    (False, False, True): "not_settled_economy_declining_population_improving",
}
COLUMNS = [
    "unit",
    "name",
    "region",
    "size_class",
    "sf",
    "varun",
    "varni",
    "sf_reference",
    "varun_reference",
    "varni_reference",
    "sf_high",
    "economy_improving",
    "population_improving",
    "type",
    "flags",
    "cell",
    "sf_distance",
    "varun_distance",
    "varni_distance",
]
REFERENCE_COLUMNS = [
    "criterion",
    "indicator",
    "scheme",
    "aggregate",
    "group",
    "value",
    "unit_of_measure",
    "units",
    "weight",
]


def references(
    case: Mapping[str, Any],
    indicators: pd.DataFrame,
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    planned: Mapping[str, Plan],
) -> pd.DataFrame:
    """Return the thresholds of the case's three criteria.

    Schemes: ``zero``; ``national_aggregate`` and ``region_aggregate`` (the indicator of the country
    or region as a whole, see :func:`smstra.indicators.aggregate`); ``national_median``,
    ``national_mean``, ``region_median``, ``region_mean`` (over units with a value, each unit once);
    or a number.

    Returns
    -------
    DataFrame
        One row a criterion and group (the country's or each region's code): ``criterion, indicator,
        scheme, aggregate, group, value`` (in the indicator's unit), ``unit_of_measure, units`` (how
        many went in), ``weight``. No row where an indicator is not available.
    """
    country = case["geography"]["country_unit"]["code"]
    rows = []
    for criterion, spec in case["criteria"].items():
        name, scheme = spec["indicator"], spec["reference"]
        own = indicators[indicators["indicator"] == name]
        number = 0.0 if scheme == "zero" else scheme
        by = ""
        if isinstance(number, int | float):
            found = pd.DataFrame({"value": [float(number)], "units": 0, "weight": ""}, [country])
        elif not planned[name].dates:
            continue
        elif scheme.endswith("_aggregate"):
            how = spec["aggregate"]
            by = how["by"]
            regional = scheme.startswith("region")
            found = aggregate(name, case, figures, units, variables, planned[name], how, regional)
        else:
            values = own.set_index("unit")["value"].dropna()
            over = "region" if scheme.startswith("region") else "country"
            group = units.set_index("unit")[over].reindex(values.index)
            middle = np.median if scheme.endswith("median") else exact_mean
            found = pd.DataFrame.from_dict(
                {
                    key: {"value": float(middle(part.to_numpy())), "units": len(part), "weight": ""}
                    for key, part in values.groupby(group, sort=True)
                },
                orient="index",
            )
        for group, row in found.iterrows():
            rows.append(
                {
                    "criterion": criterion,
                    "indicator": name,
                    "scheme": scheme if isinstance(scheme, str) else "number",
                    "aggregate": by,
                    "group": group,
                    **row[["value", "units", "weight"]],
                    "unit_of_measure": own["unit_of_measure"].iloc[0],
                }
            )
    return pd.DataFrame(rows, columns=REFERENCE_COLUMNS)


def answer(values: pd.Series, thresholds: pd.Series, holds_if: str, decimals: int) -> pd.Series:
    """Return True, False or None (a value or threshold is missing) for each unit.

    Both sides are rounded to ``decimals`` first, so that binary fractions decide no tie.
    """
    left, right = values.round(decimals), thresholds.round(decimals)
    holds = {
        "at_least": left >= right,
        "at_most": left <= right,
        "above": left > right,
        "below": left < right,
    }[holds_if]
    return holds.astype(object).where(left.notna() & right.notna(), None)


def cell_of(sf_high: Any, economy_improving: Any, population_improving: Any) -> tuple[str, str]:
    """Return type and cell for the three answers; ``("undetermined", "")`` if one is None."""
    answers = (sf_high, economy_improving, population_improving)
    if any(a is None for a in answers):
        return "undetermined", ""
    cell = CELLS[tuple(bool(a) for a in answers)]
    return (cell if cell in TYPES else "mixed"), cell


def classify(
    case: Mapping[str, Any],
    units: pd.DataFrame,
    indicators: pd.DataFrame,
    references_: pd.DataFrame,
    size_classes: pd.Series,
) -> pd.DataFrame:
    """Return the typology: every unit with values, references, answers, type and distances.

    Parameters
    ----------
    size_classes
        The size class of each unit (index: unit).

    Returns
    -------
    DataFrame
        ``COLUMNS``, sorted by unit. ``sf`` in percent, ``varun`` and ``varni`` in the units of the
        case's indicators; ``*_distance`` is value minus reference; the answers are True, False or
        None; ``flags`` are those of the three indicators, each led by its column's name.
    """
    table = units[["unit", "name", "region"]].copy()
    table["size_class"] = table["unit"].map(size_classes)
    regions = units["region"]
    flags = pd.Series("", index=table.index, dtype=object)
    for criterion, column in CRITERIA.items():
        spec = case["criteria"][criterion]
        own = indicators[indicators["indicator"] == spec["indicator"]].set_index("unit")
        thresholds = references_[references_["criterion"] == criterion].set_index("group")["value"]
        table[column] = table["unit"].map(own["value"])
        regional = isinstance(spec["reference"], str) and spec["reference"].startswith("region_")
        key = regions if regional else units["country"]
        table[f"{column}_reference"] = key.map(thresholds).astype(float).to_numpy()
        table[criterion] = answer(
            table[column],
            table[f"{column}_reference"],
            spec["holds_if"],
            case["comparison_decimals"],
        )
        table[f"{column}_distance"] = table[column] - table[f"{column}_reference"]
        listed = table["unit"].map(own["flags"])
        if spec["indicator"] != column:
            # The column keeps its name whatever the case compares; the flag says what stands in it.
            listed = (f"indicator={spec['indicator']};" + listed).str.strip(";")
        lacking = table[column].notna() & table[f"{column}_reference"].isna()
        listed = listed.where(~lacking, listed + ";missing=reference").str.strip(";")
        marked = led_by(column, listed)
        flags = flags.str.cat(marked, sep=";").str.strip(";")
    table["flags"] = flags
    cells = [cell_of(*row) for row in zip(*(table[c] for c in CRITERIA), strict=True)]
    table["type"], table["cell"] = zip(*cells, strict=True)
    return table[COLUMNS].sort_values("unit", ignore_index=True)


def counts(typology: pd.DataFrame) -> dict[str, int]:
    """Return how many units have each type, in the order of ``TYPES``."""
    found = typology["type"].value_counts()
    return {type_: int(found.get(type_, 0)) for type_ in TYPES}


def typical(typology: pd.DataFrame, among: list[str], choose: str) -> dict[str, str]:
    """Return the most typical unit of each type A-D that has one among the size classes.

    Distances are standardised by each indicator's standard deviation over all classified units.
    ``closest_to_type_median``: the least Euclidean distance to the medians of the type's units.
    ``deepest_inside_type``: the greatest distance from the nearest of the three references. Ties go
    to the first unit code.
    """
    columns = list(CRITERIA.values())
    known = typology[typology["type"] != "undetermined"]
    spread = known[columns].std(ddof=0).replace(0, np.nan)
    chosen = {}
    for type_ in TYPES[:4]:
        members = known[(known["type"] == type_) & known["size_class"].isin(among)]
        if members.empty:
            continue
        if choose == "deepest_inside_type":
            gaps = members[[f"{c}_distance" for c in columns]].abs().to_numpy() / spread.to_numpy()
            score = -np.nanmin(gaps, axis=1)
        elif choose == "closest_to_type_median":
            centre = known.loc[known["type"] == type_, columns].median()
            score = np.nansum(((members[columns] - centre) / spread).to_numpy() ** 2, axis=1)
        else:
            raise DataError(f"`figures.towns.choose`: '{choose}' does not choose a typical town.")
        chosen[type_] = members["unit"].iloc[int(np.argmin(np.round(score, 9)))]
    return chosen
