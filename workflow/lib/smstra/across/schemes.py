"""The same references applied to every case: types and single answers side by side.

A scheme is evaluated by the functions that make the typology itself, on a case that differs in its
references only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from smstra import typology
from smstra.across.counts import rows_of
from smstra.across.rules import OWN
from smstra.errors import DataError, GeographyError
from smstra.indicators import Vocabulary, plans
from smstra.lookup import Figures
from smstra.outcomes import TYPES
from smstra.sufficiency import Plan

COLUMNS = ["scheme", "case", "type", "units", "share"]
ANSWER_COLUMNS = [
    "scheme",
    "case",
    "criterion",
    "indicator",
    "reference",
    "aggregate",
    "lowest",
    "highest",
    "unit_of_measure",
    "units_yes",
    "units_no",
    "units_unknown",
    "because",
]
_NO_ANSWER = "no unit has all the figures that it needs"
# How `country` and `region` of an indicator say what a criterion's `aggregate` says.
_AS_AGGREGATE = {
    "sum_of_counts": "sum_of_counts",
    "published": "published_total",
    "weighted_mean": "weighted_mean",
}


class Tables(NamedTuple):
    """What a case is evaluated from: its units, indicators and typology as written, its figures."""

    units: pd.DataFrame
    indicators: pd.DataFrame
    typology: pd.DataFrame
    figures: Figures


def own(
    name: str,
    case: Mapping[str, Any],
    table: pd.DataFrame,
    references: pd.DataFrame,
    sufficiency: pd.DataFrame,
) -> tuple[list[tuple[Any, ...]], list[dict[str, Any]]]:
    """Return the rows of schemes.csv and answers.csv for the references of the case itself.

    ``table``, ``references`` and ``sufficiency`` as typology.csv, references.csv and sufficiency.csv of
    the case, also under pseudonyms.
    """
    types = [(OWN, *row) for row in rows_of(name, typology.counts(table))]
    answers = []
    for criterion, spec in case["criteria"].items():
        rows = references[references["criterion"] == criterion]
        answer = np.array([{True: 1, False: 0}.get(a, -1) for a in table[criterion]], dtype=int)
        lacks = ""
        if (answer == -1).all():
            data = sufficiency.set_index("indicator").loc[spec["indicator"]]
            lacks = _NO_ANSWER if data["dates_found"] else data["what_was_done"]
        answers.append(_answer(OWN, name, criterion, spec, rows, answer, lacks))
    return types, answers


def under(
    name: str,
    case: Mapping[str, Any],
    variables: Vocabulary,
    schemes: Mapping[str, Mapping[str, str | float]],
    tables: Tables,
) -> tuple[list[tuple[Any, ...]], list[dict[str, Any]]]:
    """Return the rows of schemes.csv and answers.csv for every scheme of ``schemes``.

    A criterion that a scheme does not name keeps the case's own reference. Where a reference cannot be
    made of the figures of the case, its criterion has no answer, ``because`` says why, and the units
    are undetermined.

    Parameters
    ----------
    case
        With the blocks that the typology reads, and `robustness.definitions` if it has them.
    """
    units = tables.units.sort_values("unit", ignore_index=True)
    wanted = {spec["indicator"] for spec in case["criteria"].values()}
    case = {**case, "indicators": {n: e for n, e in case["indicators"].items() if n in wanted}}
    planned = plans(case, tables.figures, units, variables)
    values = tables.typology.set_index("unit").reindex(units["unit"])
    types, answers = [], []
    for scheme, asked in schemes.items():
        found = {}
        for criterion, short in typology.CRITERIA.items():
            spec = {**case["criteria"][criterion]}
            if criterion in asked:
                spec["reference"] = asked[criterion]
            rows, lacks = _references(case, criterion, spec, tables, units, variables, planned)
            thresholds = typology.thresholds_of_units(criterion, spec, rows, units)
            found[criterion] = typology.holds(
                values[short].to_numpy(float),
                thresholds,
                spec["holds_if"],
                case["comparison_decimals"],
            )
            answers.append(_answer(scheme, name, criterion, spec, rows, found[criterion], lacks))
        cells = typology.cells_of(*(found[criterion] for criterion in typology.CRITERIA))
        number = np.bincount(typology.TYPE_OF_CELL[cells], minlength=len(TYPES)).tolist()
        counts = dict(zip(TYPES, number, strict=True))
        types += [(scheme, *row) for row in rows_of(name, counts)]
    return types, answers


def how_aggregated(
    case: Mapping[str, Any], criterion: str, reference: str
) -> Mapping[str, Any] | None:
    """Return how a `*_aggregate` of a criterion is made, as the case says it; None if it does not.

    By the criterion itself if its own reference is of that kind, else by a definition of `robustness`
    with the same indicator, else by `country` or `region` of the indicator.
    """
    spec = case["criteria"][criterion]
    regional = reference.startswith("region_")
    alike = f"{'region' if regional else 'national'}_aggregate"
    if "aggregate" in spec and spec["reference"] == alike:
        return spec["aggregate"]
    definitions = case.get("robustness", {}).get("definitions", {}).get(criterion, {})
    key = "region_aggregate" if regional else "aggregate"
    for entry in definitions.values():
        same = entry.get("indicator") == spec["indicator"]
        if same and key in entry:
            return entry[key]
    indicator = case["indicators"][spec["indicator"]]
    area = indicator.get("region" if regional else "country", {})
    if area.get("by") not in _AS_AGGREGATE or (regional and area["by"] == "published"):
        return None
    how = {"by": _AS_AGGREGATE[area["by"]]}
    if "weight" in area:
        how["weight"] = area["weight"]
        how |= {key: indicator[key] for key in ("date", "from", "to") if key in indicator}
    return how


def _references(
    case: Mapping[str, Any],
    criterion: str,
    spec: dict[str, Any],
    tables: Tables,
    units: pd.DataFrame,
    variables: Vocabulary,
    planned: Mapping[str, Plan],
) -> tuple[pd.DataFrame, str]:
    """Return the references of a criterion, and why there are none; puts ``aggregate`` into ``spec``."""
    none = pd.DataFrame(columns=typology.REFERENCE_COLUMNS)
    name, reference = spec["indicator"], spec["reference"]
    if not planned[name].dates:
        return none, planned[name].why_not
    if str(reference).endswith("_aggregate"):
        how = how_aggregated(case, criterion, reference)
        if how is None:
            area = "region" if reference.startswith("region_") else "country"
            return none, f"the case does not say how `{name}` of the {area} as a whole is made"
        spec["aggregate"] = how
    one = {**case, "criteria": {criterion: spec}}
    try:
        rows = typology.references(
            one, tables.indicators, tables.figures, units, variables, planned
        )
    except (DataError, GeographyError) as error:
        return none, str(error)
    return rows, "" if rows["value"].notna().any() else _NO_ANSWER


def _answer(
    scheme: str,
    name: str,
    criterion: str,
    spec: Mapping[str, Any],
    rows: pd.DataFrame,
    answer: np.ndarray,
    because: str,
) -> dict[str, Any]:
    reference = spec["reference"]
    known = rows["value"].dropna().astype(float)
    return {
        "scheme": scheme,
        "case": name,
        "criterion": criterion,
        "indicator": spec["indicator"],
        "reference": reference,
        "aggregate": rows["aggregate"].iloc[0] if len(rows) else "",
        "lowest": known.min() if len(known) else float("nan"),
        "highest": known.max() if len(known) else float("nan"),
        "unit_of_measure": rows["unit_of_measure"].iloc[0] if len(rows) else "",
        "units_yes": int((answer == 1).sum()),
        "units_no": int((answer == 0).sum()),
        "units_unknown": int((answer == -1).sum()),
        "because": because,
    }
