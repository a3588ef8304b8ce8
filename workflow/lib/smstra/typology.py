"""References, the three yes/no criteria, the eight cells, and the type of every unit."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from smstra.csvio import cell as text_of
from smstra.errors import DataError
from smstra.exact import exact_mean
from smstra.indicators import Vocabulary, aggregate, led_by
from smstra.lookup import Figures
from smstra.outcomes import TYPES
from smstra.sufficiency import Plan

# The criteria, each with the short name of its columns in typology.csv.
CRITERIA = {"sf_high": "sf", "economy_improving": "varun", "population_improving": "varni"}
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
# The eight cells in the order of their codes 0-7; 8 stands for an input that is missing.
CELL_NAMES = (*CELLS.values(), "")
UNDETERMINED_CELL = len(CELLS)
# The type of each cell code, as a position in TYPES.
TYPE_OF_CELL = np.array(
    [TYPES.index(cell) if cell in TYPES else TYPES.index("mixed") for cell in CELLS.values()]
    + [TYPES.index("undetermined")],
    dtype=np.uint8,
)
_CELL_OF_ANSWERS = np.full((3, 3, 3), UNDETERMINED_CELL, dtype=np.uint8)
for _code, _answers in enumerate(CELLS):
    _CELL_OF_ANSWERS[tuple(int(answer) for answer in _answers)] = _code
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
AREA_COLUMNS = ["criterion", "group", "area", "weight"]


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
    rows = _reference_rows(case, indicators, figures, units, variables, planned)
    return pd.DataFrame(rows, columns=REFERENCE_COLUMNS)


def references_and_areas(
    case: Mapping[str, Any],
    indicators: pd.DataFrame,
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    planned: Mapping[str, Plan],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return :func:`references`, and every area that went into each of them.

    The areas have one row a criterion, group and area (``AREA_COLUMNS``): those whose counts were summed
    or whose rates were averaged, the units with a value behind a median or mean, the publisher's own
    code of a published total; none for a number. ``weight`` is that of the area, joined with ``;`` where
    dates have one each; empty for what is not weighted.
    """
    rows = _reference_rows(case, indicators, figures, units, variables, planned)
    areas = []
    for row in rows:
        # What is not weighted has no weights at all.
        weights = row["weights"] or [()] * len(row["areas"])
        areas += [
            (row["criterion"], row["group"], area, ";".join(map(text_of, weight)))
            for area, weight in zip(row["areas"], weights, strict=True)
        ]
    return pd.DataFrame(rows, columns=REFERENCE_COLUMNS), pd.DataFrame(areas, columns=AREA_COLUMNS)


def _reference_rows(
    case: Mapping[str, Any],
    indicators: pd.DataFrame,
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    planned: Mapping[str, Plan],
) -> list[dict[str, Any]]:
    """Return the rows of the references, each with the ``areas`` and ``weights`` that went into it."""
    country = case["geography"]["country_unit"]["code"]
    rows = []
    for criterion, spec in case["criteria"].items():
        name, scheme = spec["indicator"], spec["reference"]
        own = indicators[indicators["indicator"] == name]
        number = 0.0 if scheme == "zero" else scheme
        by = ""
        if isinstance(number, int | float):
            found = {country: _reference(float(number))}
        elif not planned[name].dates:
            continue
        elif scheme.endswith("_aggregate"):
            how = spec["aggregate"]
            by = how["by"]
            regional = scheme.startswith("region")
            made = aggregate(name, case, figures, units, variables, planned[name], how, regional)
            found = made.to_dict("index")
        else:
            groups = dict(
                zip(
                    units["unit"].to_numpy(object),
                    groups_of(scheme, units).to_numpy(object),
                    strict=True,
                )
            )
            middle = np.median if scheme.endswith("median") else exact_mean
            found = {
                group: _reference(float(middle(list(part.values()))), tuple(part))
                for group, part in _by_group(own, groups).items()
            }
        rows += [
            {
                "criterion": criterion,
                "indicator": name,
                "scheme": scheme if isinstance(scheme, str) else "number",
                "aggregate": by,
                "group": group,
                **row,
                "unit_of_measure": own["unit_of_measure"].iloc[0],
            }
            for group, row in found.items()
        ]
    return rows


def _reference(value: float, areas: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"value": value, "units": len(areas), "weight": "", "areas": areas, "weights": ()}


def _by_group(indicator: pd.DataFrame, groups: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Return the values that there are by group and unit, the groups sorted."""
    found: dict[str, dict[str, float]] = {}
    for unit, value in zip(
        indicator["unit"].to_numpy(object), indicator["value"].tolist(), strict=True
    ):
        if not math.isnan(value):
            found.setdefault(groups[unit], {})[unit] = value
    return dict(sorted(found.items()))


def holds(values: Any, thresholds: Any, holds_if: str, decimals: int) -> np.ndarray:
    """Return 1 (yes), 0 (no) or -1 (a value or threshold is missing) for arrays of any same shape.

    Both sides are rounded to ``decimals`` first, so that binary fractions decide no tie.
    """
    left, right = np.round(values, decimals), np.round(thresholds, decimals)
    answers = {
        "at_least": np.greater_equal,
        "at_most": np.less_equal,
        "above": np.greater,
        "below": np.less,
    }[holds_if](left, right).astype(np.int8)
    answers[np.isnan(left) | np.isnan(right)] = -1
    return answers


def cells_of(sf_high: Any, economy_improving: Any, population_improving: Any) -> np.ndarray:
    """Return the cell code (see ``CELL_NAMES``) for arrays of answers as :func:`holds` gives them."""
    # -1 takes the last of the three places along an axis, where nothing is determined.
    return _CELL_OF_ANSWERS[sf_high, economy_improving, population_improving]


def answer(values: pd.Series, thresholds: pd.Series, holds_if: str, decimals: int) -> pd.Series:
    """Return True, False or None (a value or threshold is missing) for each unit (see :func:`holds`)."""
    answers = holds(values.to_numpy(float), thresholds.to_numpy(float), holds_if, decimals)
    words = {1: True, 0: False, -1: None}
    return pd.Series([words[int(a)] for a in answers], index=values.index, dtype=object)


def thresholds_of_units(
    criterion: str, spec: Mapping[str, Any], references_: pd.DataFrame, units: pd.DataFrame
) -> np.ndarray:
    """Return each unit's threshold: its country's, or its region's for ``region_`` references."""
    own = references_[references_["criterion"] == criterion]
    by_group = dict(zip(own["group"], own["value"].tolist(), strict=True))
    groups = groups_of(spec["reference"], units).to_numpy(object)
    return np.array([by_group.get(group, np.nan) for group in groups], dtype=float)


def groups_of(reference: str | float, units: pd.DataFrame) -> pd.Series:
    """Return the group (region or country code) whose threshold each unit has under ``reference``."""
    regional = isinstance(reference, str) and reference.startswith("region_")
    return units["region" if regional else "country"]


def cell_of(sf_high: Any, economy_improving: Any, population_improving: Any) -> tuple[str, str]:
    """Return type and cell for the three answers; ``("undetermined", "")`` if one is None."""
    answers = (sf_high, economy_improving, population_improving)
    if any(a is None for a in answers):
        return "undetermined", ""
    cell = CELLS[tuple(bool(a) for a in answers)]
    return (cell if cell in TYPES else "mixed"), cell


@cache
def cell_in_words(cell: str) -> str:
    """Return a mixed cell as a reader says it: ``settled, economy improving, population declining``."""
    return re.sub("_(economy|population)_", r", \1 ", cell).replace("_", " ")


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
    flags = pd.Series("", index=table.index, dtype=object)
    for criterion, column in CRITERIA.items():
        spec = case["criteria"][criterion]
        own = indicators[indicators["indicator"] == spec["indicator"]].set_index("unit")
        table[column] = table["unit"].map(own["value"])
        table[f"{column}_reference"] = thresholds_of_units(criterion, spec, references_, units)
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
