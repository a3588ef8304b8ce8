"""Small builders of tables and cases for the tests: an invented country, towns and figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from smstra import geography, indicators, typology
from smstra.lookup import Figures

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOTS = ROOT / "data/snapshots"
DAY = "2018-01-01"


def _variable(kind: str, dates: str, unit: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "dates": dates, "unit_of_measure": unit, **more}


VARIABLES: dict[str, dict[str, Any]] = {
    "people": _variable("count", "day", "inhabitants"),
    "foreign": _variable("count", "day", "inhabitants"),
    "nationals": _variable("count", "day", "inhabitants"),
    "all_people": _variable("count", "day", "inhabitants", sum_of=["nationals", "foreign"]),
    "area": _variable("area", "year", "km2"),
    "jobless": _variable("count", "year", "persons"),
    "working": _variable("count", "year", "persons"),
    "rate": _variable("rate", "year", "percent"),
    "survey_rate": _variable(
        "rate",
        "year",
        "percent",
        rebuilt_from={
            "numerator": ["jobless"],
            "denominator": ["jobless", "working"],
            "factor": 100,
        },
    ),
    "price": _variable("median", "year", "EUR"),
    "income": _variable("count", "year", "EUR"),
}
SF = {"definition": "share", "of": "foreign", "in": "people", "date": "2005-01-01"}
VARUN = {"definition": "difference", "of": "rate", "from": "2005", "to": "2014"}
VARNI = {
    "definition": "relative_change",
    "of": "people",
    "from": "2005-01-01",
    "to": "2014-01-01",
}


def row(unit: str, variable: str, date: str, value: float | None, **more: Any) -> dict[str, Any]:
    """One harmonised figure; a year stands for its first day."""
    return {
        "unit": unit,
        "variable": variable,
        "date": date if len(date) > 4 else f"{date}-01-01",
        "value": float("nan") if value is None else float(value),
        "unit_of_measure": VARIABLES[variable]["unit_of_measure"],
        "status": "missing" if value is None else "",
        "level": "town",
        "geography": f"inv@{DAY}",
        "source": "table@v1",
        "row": "2",
        "parts": 1,
        "conversion": "none",
        "territory": unit,
        **more,
    }


def rows(variable: str, date: str, values: Mapping[str, float | None], **more: Any) -> list[dict]:
    """Figures of several units for one variable and date."""
    return [row(unit, variable, date, value, **more) for unit, value in values.items()]


def figures(made: Iterable[Mapping[str, Any]]) -> Figures:
    return Figures(pd.DataFrame(list(made), columns=geography.COLUMNS))


def observations(made: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The same as they stand before harmonising; ``row`` counts up."""
    table = pd.DataFrame(list(made), columns=geography.COLUMNS)
    table["row"] = range(2, len(table) + 2)
    return table.drop(columns=["parts", "conversion", "territory"])


def changes(*made: tuple[str, str, str]) -> pd.DataFrame:
    """Changes of units from (old, new, effective)."""
    table = pd.DataFrame(list(made), columns=["old", "new", "effective"])
    return table.assign(kind="merger")


def towns(regions: Mapping[str, Iterable[str]], **areas: Mapping[str, str]) -> pd.DataFrame:
    """The units of a case from region -> towns; ``areas``: level -> town -> area of that level."""
    pairs = [(unit, region) for region, units in regions.items() for unit in units]
    table = pd.DataFrame(pairs, columns=["unit", "region"]).sort_values("unit", ignore_index=True)
    table["name"] = "Town " + table["unit"]
    table["level"] = "town"
    table["region_name"] = "Region " + table["region"]
    table["country"] = "X0"
    for level, members in areas.items():
        table[level] = table["unit"].map(members)
    return table


def case(**blocks: Any) -> dict[str, Any]:
    """A case in the invented country; ``geography`` is merged, every other block replaces."""
    place = {
        "code_system": "inv",
        "level": "town",
        "date": DAY,
        "region_level": "region",
        "country_unit": {"code": "X0", "name": "Inventia"},
        "merged_later": {"rates_medians_and_ratios": "merged_unit", "counts": "stop"},
        **blocks.pop("geography", {}),
    }
    made = {
        "geography": place,
        "substitution": {"if_two_years_are_as_near": "earlier"},
        "breaks": {"when_spanned": "mark"},
        "comparison_decimals": 9,
        **blocks,
    }
    for indicator in made.get("indicators", {}).values():
        indicator.setdefault("max_year_gap", 0)
    return made


def indicator(definition: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"indicators": {"it": {**definition, **more}}}


def computed(
    case_: Mapping[str, Any],
    made: Iterable[Mapping[str, Any]] | Figures,
    units: pd.DataFrame,
    breaks: Mapping[str, Any] | None = None,
    compared: Iterable[str] = (),
) -> pd.DataFrame:
    """The indicators of all units."""
    held = made if isinstance(made, Figures) else figures(made)
    planned = indicators.plans(case_, held, units, VARIABLES)
    return indicators.compute(
        case_, held, units, VARIABLES, breaks or {}, planned, set(compared or case_["indicators"])
    )


def of(table: pd.DataFrame, name: str = "it", column: str = "value") -> dict[str, Any]:
    """One column of an indicator as unit -> value."""
    own = table[table["indicator"] == name]
    return dict(zip(own["unit"], own[column], strict=True))


def aggregated(
    case_: Mapping[str, Any],
    made: Iterable[Mapping[str, Any]],
    units: pd.DataFrame,
    how: Mapping[str, Any],
    by_region: bool = False,
) -> dict[str, float]:
    """The aggregate of the indicator ``it`` as area -> value."""
    held = figures(made)
    planned = indicators.plans(case_, held, units, VARIABLES)
    table = indicators.aggregate("it", case_, held, units, VARIABLES, planned["it"], how, by_region)
    return table["value"].to_dict()


def criteria(scheme: Any, **aggregates: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The three criteria over the indicators sf, varun, varni, all with one reference."""
    sums = {"by": "sum_of_counts"}
    return {
        "sf_high": {
            "indicator": "sf",
            "holds_if": "at_least",
            "reference": scheme,
            "aggregate": sums,
        },
        "economy_improving": {
            "indicator": "varun",
            "holds_if": "at_most",
            "reference": scheme,
            "aggregate": {
                "by": "weighted_mean",
                "weight": "people",
                "from": "2005-01-01",
                "to": "2014-01-01",
            },
        },
        "population_improving": {
            "indicator": "varni",
            "holds_if": "at_least",
            "reference": scheme,
            "aggregate": sums,
        },
    }


def three() -> dict[str, dict[str, Any]]:
    return {"sf": {**SF}, "varun": {**VARUN}, "varni": {**VARNI}}


def classified(
    case_: Mapping[str, Any], made: Iterable[Mapping[str, Any]] | Figures, units: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Indicators, references and typology of a case."""
    held = made if isinstance(made, Figures) else figures(made)
    planned = indicators.plans(case_, held, units, VARIABLES)
    values = computed(case_, held, units)
    thresholds = typology.references(case_, values, held, units, VARIABLES, planned)
    sizes = pd.Series("small", index=units["unit"])
    return values, thresholds, typology.classify(case_, units, values, thresholds, sizes)
