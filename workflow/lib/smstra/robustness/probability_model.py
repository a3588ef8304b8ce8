"""From tables to what a draw needs: each figure once, the formulas of criteria, their thresholds."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smstra.exact import population_sd
from smstra.indicators import Vocabulary, areas_counted
from smstra.lookup import Figures
from smstra.measures import Measure, measure_of
from smstra.robustness.measurement_error import Block, Key, Sheet, deciding_flags, errors_of
from smstra.robustness.probability_parts import (
    Fixed,
    Formula,
    OverUnits,
    Published,
    Reference,
    SumOfCounts,
    Term,
    WeightedMean,
    added,
    grouping_of,
)
from smstra.sufficiency import Plan, areas_of, around
from smstra.typology import CRITERIA, groups_of


@dataclass(frozen=True)
class UnitError:
    """A normal error of the indicator itself, in its unit, drawn for each unit: another year's figure,
    or a larger area's."""

    component: str
    standard_error: float
    because: str


@dataclass(frozen=True)
class Criterion:
    """One criterion over all units.

    ``values`` are (1, units) as in the typology, NaN where missing; ``formula`` (over areas, of which
    ``area_of`` says the one of each unit) is None where no figure moves them. ``group_of`` is each
    unit's position among the reference's groups, None where all have the only one. ``spread`` is the
    standard deviation of the thresholds' shift in the indicator's unit.
    """

    name: str
    indicator: str
    unit_of_measure: str
    values: np.ndarray
    formula: Formula | None
    area_of: np.ndarray | None
    missing: np.ndarray | None
    unit_errors: tuple[UnitError, ...]
    reference: Reference
    group_of: np.ndarray | None
    spread: float
    holds_if: str

    @property
    def unit_error(self) -> float:
        """The standard deviation of all errors of a unit together."""
        return math.hypot(*(error.standard_error for error in self.unit_errors))

    def values_at(self, figures: Mapping[Key, np.ndarray], noise: np.ndarray | None) -> np.ndarray:
        """Return the values of units, (draws, units), or (1, units) where nothing moves them."""
        values = self.values
        if self.formula is not None:
            values = self.formula.values(figures)
            values = values if self.area_of is None else np.take(values, self.area_of, axis=1)
            if self.missing is not None:
                values = np.where(self.missing, np.nan, values)
        return values if noise is None else values + noise

    def thresholds_at(
        self, figures: Mapping[Key, np.ndarray], values: np.ndarray, shift: np.ndarray | None
    ) -> np.ndarray:
        """Return the thresholds, (draws, units) or (draws, 1); one draw where nothing moves them."""
        thresholds = self.reference.at(figures, values)
        if shift is not None:
            thresholds = thresholds + shift
        if self.group_of is None:
            return thresholds
        without = np.full((len(thresholds), 1), np.nan)
        return np.take(np.hstack([thresholds, without]), self.group_of, axis=1)


@dataclass(frozen=True)
class Model:
    """All that a draw needs, as arrays; units in the order of the typology."""

    units: np.ndarray
    sheet: Sheet
    criteria: tuple[Criterion, ...]
    # Which criteria use a block of figures.
    used_by: Mapping[Key, tuple[str, ...]]
    decimals: int

    @property
    def noisy(self) -> dict[str, float]:
        """The indicators with an error of each unit, and its standard deviation."""
        return {c.indicator: c.unit_error for c in self.criteria if c.unit_error}


class _Reader:
    """Reads figures into blocks, each once however many criteria use it."""

    def __init__(self, case: Mapping[str, Any], figures: Figures) -> None:
        self._settings = case["robustness"]["probabilities"]
        self._figures = figures
        self._terms: dict[Key, Term] = {}
        self.blocks: dict[Key, Block] = {}
        self.used_by: dict[Key, list[str]] = {}

    def formula(
        self, measure: Measure, plan_: Plan, level: str, areas: Sequence[str], criterion: str
    ) -> Formula:
        """Return the indicator of ``areas`` of ``level`` at the dates of ``plan_``."""
        single = areas[0] if level == "country" else ""
        wanted = {*plan_.dates, plan_.denominator_date}
        rows = self._figures.rows(measure.terms, level)
        rows = rows[rows["date"].isin(wanted)]
        by_key = dict(list(rows.groupby(["variable", "date"])))

        def term(variable: str, date: str) -> Term:
            key = (variable, date, level, single)
            if key not in self._terms:
                self._terms[key] = self._read(key, by_key[variable, date], areas)
                self.used_by[key] = []
            if criterion not in self.used_by[key]:
                self.used_by[key].append(criterion)
            return self._terms[key]

        dates = tuple(
            (
                tuple(term(variable, date) for variable in measure.numerator),
                tuple(term(v, plan_.denominator_date or date) for v in measure.denominator),
            )
            for date in plan_.dates
        )
        return self._with_divisors(Formula(measure, dates))

    def _read(self, key: Key, rows: pd.DataFrame, areas: Sequence[str]) -> Term:
        variable, _, level, _ = key
        by_area = rows.set_index("unit").reindex(areas)
        # The parts of a unit that merged later all show its one figure, which has one error.
        whose = by_area["territory"].fillna(pd.Series(areas, index=by_area.index)).to_numpy(object)
        _, first, take = np.unique(whose, return_index=True, return_inverse=True)
        once = by_area.iloc[first]
        values = once["value"].to_numpy(float)
        times = self._settings.get("flagged_times", {})
        flags = deciding_flags(once["status"], times)
        factors = np.array([times.get(flag, 1.0) for flag in flags], dtype=float)
        parts = once["parts"].fillna(1).to_numpy(float)
        spec = self._settings["errors"][variable]
        errors = errors_of(variable, spec, level, values, factors, parts)
        self.blocks[key] = Block(values, flags, errors)
        same = len(first) == len(areas) and bool((np.diff(take) > 0).all())
        return Term(key, None if same else take)

    def _with_divisors(self, formula: Formula) -> Formula:
        measure = formula.measure
        published = self.published(formula.keys)
        quantities = formula.quantities(published)
        divisors = []
        for i, (_, below) in enumerate(formula.dates):
            starts = measure.change == "relative_change" and i < measure.years
            divisors.append(
                (added(below, published) if below else None, quantities[i] if starts else None)
            )
        return Formula(measure, formula.dates, tuple(divisors))

    def published(self, keys: Collection[Key]) -> dict[Key, np.ndarray]:
        """Return the blocks ``keys`` as published, each (1, figures)."""
        return {key: self.blocks[key].values[None, :] for key in keys}

    def moved(self, keys: Collection[Key]) -> bool:
        """Whether any figure of the blocks has an error."""
        return any(not self.blocks[key].errors.exact for key in keys)


def model_of(
    case: Mapping[str, Any],
    figures: Figures,
    towns: pd.DataFrame,
    variables: Vocabulary,
    planned: Mapping[str, Plan],
    typology: pd.DataFrame,
    references: pd.DataFrame,
) -> Model:
    """Return the model that ``robustness.probabilities`` of a case describes.

    Parameters
    ----------
    planned
        The plans of at least the three criteria's indicators.
    typology, references
        As :func:`smstra.typology.classify` and :func:`smstra.typology.references` made them.

    Raises
    ------
    DataError
        A standard error is given by level and lacks the level of the figures that are used.
    RuntimeError
        The figures without error do not give the values of the typology or its references to nine
        decimals: a fault of the program.
    """
    typology = typology.sort_values("unit", ignore_index=True)
    towns = towns.set_index("unit", drop=False).loc[typology["unit"]].reset_index(drop=True)
    reader = _Reader(case, figures)
    criteria = tuple(
        _criterion(name, case, figures, towns, variables, planned, typology, references, reader)
        for name in CRITERIA
    )
    used_by = {key: tuple(reader.used_by[key]) for key in sorted(reader.used_by)}
    return Model(
        typology["unit"].to_numpy(object),
        Sheet(reader.blocks),
        criteria,
        used_by,
        case["comparison_decimals"],
    )


def _criterion(
    name: str,
    case: Mapping[str, Any],
    figures: Figures,
    towns: pd.DataFrame,
    variables: Vocabulary,
    planned: Mapping[str, Plan],
    typology: pd.DataFrame,
    references: pd.DataFrame,
    reader: _Reader,
) -> Criterion:
    spec, settings = case["criteria"][name], case["robustness"]["probabilities"]
    indicator = spec["indicator"]
    plan_ = planned[indicator]
    values = typology[CRITERIA[name]].to_numpy(float)
    known = ~np.isnan(values)
    thresholds = references[references["criterion"] == name]
    table = Fixed(tuple(thresholds["group"]), thresholds["value"].to_numpy(float)[None, :])
    formula, area_of, reference, unit_errors, unit = None, None, table, (), ""
    if plan_.dates and known.any():
        measure = measure_of(case["indicators"][indicator], variables)
        unit, unit_errors = measure.unit_of_measure, _unit_errors(indicator, plan_, case)
        area = areas_of(plan_.level, towns, case["geography"]).to_numpy(str)
        found, area_of = np.unique(area, return_inverse=True)
        areas = found.tolist()
        if np.array_equal(area_of, np.arange(len(areas))):
            area_of = None
        formula = reader.formula(measure, plan_, plan_.level, areas, name)
        made = formula.values(reader.published(formula.keys))[0]
        made = made if area_of is None else made[area_of]
        units = typology["unit"].to_numpy()
        _must_agree(f"{name}, unit", units[known], made[known], values[known])
        moved = reader.moved(formula.keys) or any(error.standard_error for error in unit_errors)
        reference = _reference(
            name, case, figures, towns, plan_, formula, areas, values, reader, moved, table
        )
        formula = formula if reader.moved(formula.keys) else None
    missing = ~known if formula is not None and not known.all() else None
    group = groups_of(spec["reference"], towns).to_numpy()
    places = {code: i for i, code in enumerate(reference.groups)}
    group_of = np.array([places.get(code, len(places)) for code in group])
    spread = settings["threshold_spread"][name] * np.nan_to_num(population_sd(values[known]))
    return Criterion(
        name,
        indicator,
        unit,
        values[None, :],
        formula,
        area_of,
        missing,
        unit_errors,
        reference,
        None if len(places) == 1 and not group_of.any() else group_of,
        float(spread),
        spec["holds_if"],
    )


def _unit_errors(indicator: str, plan_: Plan, case: Mapping[str, Any]) -> tuple[UnitError, ...]:
    settings, made = case["robustness"]["probabilities"], []
    other_year = settings.get("other_year", {}).get(indicator)
    if other_year is not None and plan_.gap_years:
        each = other_year["standard_error_per_year"]
        words = f"{each} for each of {plan_.gap_years} years: {other_year.get('because', '')}"
        made.append(UnitError("other_year", each * plan_.gap_years, words))
    stand_in = settings.get("stand_in", {}).get(indicator)
    if stand_in is not None and plan_.level != case["geography"]["level"]:
        because = stand_in.get("because", "")
        made.append(UnitError("stand_in", stand_in["standard_error"], because))
    return tuple(made)


def _reference(
    name: str,
    case: Mapping[str, Any],
    figures: Figures,
    towns: pd.DataFrame,
    plan_: Plan,
    formula: Formula,
    areas: list[str],
    values: np.ndarray,
    reader: _Reader,
    moved: bool,
    table: Fixed,
) -> Reference:
    """Return how the thresholds follow the figures of a draw; ``table``, as they are, if none moves.

    ``values`` are those of the units, (units,); ``moved`` says whether a draw moves them.
    """
    spec, geography = case["criteria"][name], case["geography"]
    scheme, how = spec["reference"], spec.get("aggregate", {}).get("by")
    if not isinstance(scheme, str) or scheme == "zero":
        return table
    group = groups_of(scheme, towns).to_numpy()
    made: Reference
    if not scheme.endswith("_aggregate"):
        made = OverUnits(scheme.rpartition("_")[2], grouping_of(group, ~np.isnan(values)))
    elif how == "published_total":
        code = geography["country_unit"]["code"]
        if plan_.level != geography["level"]:
            code = geography["stand_in_levels"][plan_.level]["country_unit"]
        whole = reader.formula(formula.measure, plan_, "country", [code], name)
        made, moved = Published(whole, table.groups), reader.moved(whole.keys)
    else:
        moved = reader.moved(formula.keys)
        group_of = pd.Series(group, index=areas_of(plan_.level, towns, geography).to_numpy())
        group_of = group_of[~group_of.index.duplicated()].reindex(areas).to_numpy()
        rows = figures.rows(formula.measure.terms, plan_.level, set(areas))
        rows = rows[rows["date"].isin({*plan_.dates, plan_.denominator_date})]
        if how == "sum_of_counts":
            made = _sum_of_counts(formula, group_of, areas, rows, reader)
        else:
            made = _weighted_mean(
                formula, group_of, areas, rows, figures, plan_, spec["aggregate"], reader
            )
    again = made.at(reader.published(made.keys), values[None, :])
    _must_agree(f"{name}, reference of", made.groups, again[0], table.values[0], table.groups)
    return made if moved else table


def _sum_of_counts(
    formula: Formula,
    group_of: np.ndarray,
    areas: list[str],
    rows: pd.DataFrame,
    reader: _Reader,
) -> SumOfCounts:
    published = reader.published(formula.keys)
    whole = ~np.isnan(sum(term.of(published)[0] for term in formula.terms.values()))
    grouping = grouping_of(group_of, whole & pd.Index(areas).isin(areas_counted(rows)))
    made = SumOfCounts(formula, grouping)
    exact = {key for key in formula.keys if not reader.moved({key})}
    return SumOfCounts(formula, grouping, made.sums(published, exact))


def _weighted_mean(
    formula: Formula,
    group_of: np.ndarray,
    areas: list[str],
    rows: pd.DataFrame,
    figures: Figures,
    plan_: Plan,
    how: Mapping[str, Any],
    reader: _Reader,
) -> WeightedMean:
    ends = [how["date"]] if formula.measure.change is None else [how["from"], how["to"]]
    asked = [date for end in ends for date in around(end, formula.measure.years)]
    weights = figures.rows([how["weight"]], plan_.level)
    there = sorted(set(weights["date"].unique()))
    days = [next(date for date in there if date.startswith(day)) for day in asked]
    at = [weights[weights["date"] == day] for day in days]
    counted = areas_counted(pd.concat([rows, weights[weights["date"].isin(days)]]))
    by_date = [part.set_index("unit")["value"].reindex(areas).to_numpy(float) for part in at]
    quantities = formula.quantities(reader.published(formula.keys))
    whole = ~np.isnan(sum(quantities)[0] + sum(by_date)) & pd.Index(areas).isin(counted)
    return WeightedMean(formula, grouping_of(group_of, whole), tuple(w[None, :] for w in by_date))


def _must_agree(
    what: str,
    names: Sequence[str],
    made: np.ndarray,
    there: np.ndarray,
    names_there: Sequence[str] | None = None,
) -> None:
    """RuntimeError where a value made again without error is not the one in the tables."""
    expected = dict(zip(names if names_there is None else names_there, there, strict=True))
    known = np.array([expected.get(name, math.nan) for name in names], dtype=float)
    apart = ~(np.abs(made - known) <= 1e-9 * np.maximum(1, np.abs(known)))
    if len(expected) != len(names) or apart.any():
        lost = names[int(np.argmax(apart))] if apart.any() else "(groups differ)"
        raise RuntimeError(
            f"criterion {what} {lost}: the figures without error do not give the value of the typology"
        )
