"""Redo indicators, references and types from the bytes of the sources, by a path of its own.

Nothing here is shared with the modules that read, harmonise, compute and classify: cells are read with the
standard library, counts are exact fractions, and the rules of docs/design.md are written out a second time. The
resolved configuration and the vocabulary of variables are taken as given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from smstra.audit.recompute_geography import CaseFigures, Held
from smstra.audit.recompute_measures import (
    Measure,
    compared,
    digits,
    divided,
    listed,
    measure_of,
    moved,
    regional,
    years_apart,
)
from smstra.audit.recompute_sources import Cell
from smstra.config import Settings
from smstra.errors import DataError, nearest

# Two roads from the same cells, one of them in binary fractions, may differ in the last digits.
_RELATIVE = 1e-12


class Redone(NamedTuple):
    """A value that was computed again.

    ``value`` is None where there is none, and ``why`` says why; else ``why`` says what was substituted.
    ``formula`` has the numbers filled in; ``cells`` are all cells that went in. ``exact`` is the value before
    it was rounded to a float; ``scale`` the largest quantity on the way, by which two results are compared.
    """

    value: float | None
    cells: tuple[Cell, ...]
    formula: str
    why: str
    exact: Fraction | None = None
    scale: float = 0.0


class RedoneType(NamedTuple):
    """The type of a unit, computed again; ``answers``, ``values`` and ``references`` by criterion."""

    type: str
    answers: dict[str, bool | None]
    values: dict[str, Redone]
    references: dict[str, Redone]
    why: str


def agree(redone: Redone, printed: float | None) -> bool:
    """Whether a printed value is the one computed again: both missing, or the same to 12 digits."""
    if redone.value is None or printed is None:
        return redone.value is None and printed is None
    return abs(redone.value - printed) <= _RELATIVE * max(redone.scale, abs(redone.value))


class _Plan(NamedTuple):
    """At which level and dates an indicator is to be had; without ``dates``, ``why`` not."""

    level: str
    dates: tuple[str, ...]
    base: str
    why: str


class _Quantity(NamedTuple):
    value: Fraction | None
    formula: str
    why: str
    held: tuple[Held, ...]
    scale: float


class Recomputation:
    """All values of a case, each computed when it is asked for.

    Parameters
    ----------
    case
        Its name.
    settings
        The resolved configuration.
    root
        The project's folder, with ``data/``.

    Raises
    ------
    SmstraError
        By each method: a snapshot is not the pinned one or has a format that is not read here, or a unit,
        indicator or criterion is not known.
    """

    def __init__(self, case: str, settings: Settings, root: Path = Path()) -> None:
        self._name, self._case = case, settings.cases[case]
        self._settings = settings
        self._held = CaseFigures(case, settings, root)
        self._geography: Mapping[str, Any] = self._case["geography"]
        self._planned: dict[str, _Plan] = {}
        self._done: dict[tuple[str, str], Redone] = {}
        self._thresholds: dict[str, dict[str, Redone]] = {}

    # --- What is asked ---

    @property
    def units(self) -> tuple[str, ...]:
        """The codes of all units of the case, sorted."""
        return self._held.units

    def indicator(self, unit: str, name: str) -> Redone:
        """Return an indicator of a unit."""
        if unit not in self._held.places:
            raise DataError(
                f"{self._name}: there is no unit '{unit}'{nearest(unit, self.units)}; write a code as in the "
                "first column of typology.csv."
            )
        if name not in self._case["indicators"]:
            known = self._case["indicators"]
            raise DataError(
                f"{self._name}: there is no indicator '{name}'{nearest(name, known)}; write one of the case's "
                "`indicators`."
            )
        if (unit, name) not in self._done:
            self._done[unit, name] = self._indicator(unit, name)
        return self._done[unit, name]

    def reference(self, criterion: str, group: str) -> Redone:
        """Return the threshold of a criterion for a group (the code of the country or of a region)."""
        if criterion not in self._case["criteria"]:
            raise DataError(
                f"{self._name}: there is no criterion '{criterion}'"
                f"{nearest(criterion, self._case['criteria'])}."
            )
        if criterion not in self._thresholds:
            self._thresholds[criterion] = self._references(self._case["criteria"][criterion])
        found = self._thresholds[criterion].get(group)
        return found or Redone(None, (), "", f"there is no reference for {group}")

    def references(self, criterion: str) -> dict[str, Redone]:
        """Return the thresholds of a criterion by group."""
        self.reference(criterion, "")
        return self._thresholds[criterion]

    def type_of(self, unit: str) -> RedoneType:
        """Return the type of a unit with its three answers."""
        answers: dict[str, bool | None] = {}
        values, thresholds = {}, {}
        for criterion, spec in self._case["criteria"].items():
            value = self.indicator(unit, spec["indicator"])
            group = self._held.places[unit]["region" if regional(spec["reference"]) else "country"]
            threshold = self.reference(criterion, group)
            values[criterion], thresholds[criterion] = value, threshold
            answers[criterion] = self._holds(value, threshold, spec["holds_if"])
        settled, economy, population = (
            answers[criterion]
            for criterion in ("sf_high", "economy_improving", "population_improving")
        )
        if None in answers.values():
            lacking = [criterion for criterion, answer in answers.items() if answer is None]
            why = f"no answer to {' and '.join(lacking)}"
            return RedoneType("undetermined", answers, values, thresholds, why)
        if economy != population:
            why = "economy and population disagree"
            return RedoneType("mixed", answers, values, thresholds, why)
        found = {(True, True): "A", (False, True): "B", (True, False): "C", (False, False): "D"}
        return RedoneType(found[settled, economy], answers, values, thresholds, "")

    def size_class(self, unit: str) -> str:
        """Return the population size class of a unit."""
        sizes = self._case["size_classes"]
        people = self._size(unit, sizes["inhabitants"])
        area = self._size(unit, sizes["area"]) if "area" in sizes else None
        density = people / area if people is not None and area else None
        category = self._size(unit, sizes["category"]) if "category" in sizes else None
        for entry in sizes["classes"] if people is not None else ():
            if people < entry.get("from", 0) or people >= entry.get("below", people + 1):
                continue
            if "density_below" in entry:
                if density is None:
                    break
                if density >= Fraction(str(entry["density_below"])):
                    continue
            if "category" in entry:
                if category is None:
                    break
                if category not in entry["category"]:
                    continue
            return entry["name"]
        return "unknown"

    def _size(self, unit: str, spec: Mapping[str, str]) -> Fraction | None:
        level = self._geography["level"]
        dates = [
            date
            for date in self._held.dates_held(spec["variable"], level)
            if date.startswith(spec["date"])
        ]
        held = self._held.table(spec["variable"], level, dates[0]).get(unit) if dates else None
        return None if held is None or held.merged else held.value

    def _holds(self, value: Redone, threshold: Redone, how: str) -> bool | None:
        if value.exact is None or threshold.exact is None:
            return None
        decimals = self._case["comparison_decimals"]
        left, right = round(value.exact, decimals), round(threshold.exact, decimals)
        return {
            "at_least": left >= right,
            "at_most": left <= right,
            "above": left > right,
            "below": left < right,
        }[how]

    # --- Indicators ---

    def _measure(self, name: str) -> Measure:
        return measure_of(self._case["indicators"][name], self._settings.variables)

    def _plan(self, name: str) -> _Plan:
        if name not in self._planned:
            self._planned[name] = self._new_plan(name)
        return self._planned[name]

    def _new_plan(self, name: str) -> _Plan:
        entry = self._case["indicators"][name]
        if entry["definition"] == "not_available":
            return _Plan("", (), "", entry["because"])
        measure = self._measure(name)
        half = measure.years // 2
        asked = [
            moved(entry[key], step)
            for key in ("date", "from", "to")
            if key in entry
            for step in range(-half, half + 1)
        ]
        apart = "in_date" in entry
        together = measure.above if apart else measure.above + measure.below
        own = self._geography["level"]
        for level in (own, *listed(entry.get("stand_in_level", ()))):
            dates = [self._find(name, date, together, level) for date in asked]
            base = self._find(name, entry["in_date"], measure.below, level) if apart else ""
            if None not in (*dates, base):
                said = [
                    f"{found} taken for {date}"
                    for date, found in zip(asked, dates, strict=True)
                    if not found.startswith(date)
                ]
                said += [f"the {own} has the value of its {level} area"] if level != own else []
                said += [f"denominator of {base}"] if base else []
                return _Plan(level, tuple(dates), base, "; ".join(said))
        return _Plan("", (), "", f"no figures for {' and '.join(asked)} at a level that is allowed")

    def _find(self, name: str, asked: str, variables: Iterable[str], level: str) -> str | None:
        """Return the date that stands for the one asked, by the rules of the case; None if none does."""
        areas = self._held.areas(level)
        held = [set(self._held.dates_held(variable, level, areas)) for variable in set(variables)]
        there = sorted(set.intersection(*held))
        within = [date for date in there if date.startswith(asked)]
        if len(within) > 1:
            raise DataError(
                f"`indicators.{name}` asks for {asked}, which could be {' or '.join(within)}; write the day."
            )
        if within:
            return within[0]
        most = self._case["indicators"][name]["max_year_gap"]
        near = [(years_apart(asked, date), date) for date in there]
        near = [each for each in near if each[0] <= most]
        if not near:
            return None
        least = [date for apart, date in near if apart == min(near)[0]]
        earlier = self._case["substitution"]["if_two_years_are_as_near"] == "earlier"
        return least[0] if earlier else least[-1]

    def _indicator(self, unit: str, name: str) -> Redone:
        plan = self._plan(name)
        if not plan.dates:
            return Redone(None, (), "", plan.why)
        measure = self._measure(name)
        found = self._over_time(measure, plan, self._held.area(unit, plan.level))
        cells = tuple(dict.fromkeys(cell for held in found.held for cell in held.cells))
        merged = [held.territory for held in found.held if held.merged]
        rule = "counts" if measure.is_number else "rates_medians_and_ratios"
        policy = self._geography["merged_later"][rule]
        if merged and (policy == "leave_empty" or measure.is_number):
            why = f"published for {merged[0]}, into which the unit merged later; not split"
            return Redone(None, cells, found.formula, why)
        if found.value is None:
            return Redone(None, cells, found.formula, found.why)
        said = [plan.why] if plan.why else []
        said += [f"the value of {merged[0]}, into which the unit merged later"] if merged else []
        return Redone(
            float(found.value), cells, found.formula, "; ".join(said), found.value, found.scale
        )

    def _over_time(self, measure: Measure, plan: _Plan, area: str) -> _Quantity:
        at = [self._at(measure, plan.level, area, date, plan.base or date) for date in plan.dates]
        held = tuple(each for quantity in at for each in quantity.held)
        value, formula = compared(
            measure, [quantity.value for quantity in at], [quantity.formula for quantity in at]
        )
        why = next((quantity.why for quantity in at if quantity.why), "")
        if len({each.territory for each in held}) > 1:
            value, why = None, "its figures describe different territories"
        scale = max((quantity.scale for quantity in at), default=0.0)
        return _Quantity(
            value, formula, why or ("" if value is not None else "division by zero"), held, scale
        )

    def _at(self, measure: Measure, level: str, area: str, date: str, base: str) -> _Quantity:
        """Return the quantity of an area at one date, the denominator at ``base``."""
        sums, texts, held, why = [], [], [], ""
        for variables, day in ((measure.above, date), (measure.below, base)):
            values = []
            for variable in variables:
                found = self._held.table(variable, level, day).get(area)
                held += [found] if found else []
                if found is None or found.value is None:
                    why = why or f"{variable} of {day[:4]}: {found.gap if found else 'no row'}"
                values.append(found.value if found else None)
            texts.append(" + ".join("?" if value is None else digits(value) for value in values))
            sums.append(None if None in values else sum(values, Fraction()))
        value, formula = divided(measure, sums, texts)
        scale = abs(float(value)) if value is not None else 0.0
        return _Quantity(value, formula, why, tuple(held), scale)

    # --- References ---

    def _references(self, spec: Mapping[str, Any]) -> dict[str, Redone]:
        scheme, name = spec["reference"], spec["indicator"]
        country = self._geography["country_unit"]["code"]
        if scheme == "zero" or not isinstance(scheme, str):
            number = Fraction(0 if scheme == "zero" else str(scheme))
            return {country: Redone(float(number), (), "", "a number of the case", number)}
        plan = self._plan(name)
        if not plan.dates:
            return {}
        if not scheme.endswith("_aggregate"):
            return self._of_units(name, scheme)
        how = spec["aggregate"]
        if how["by"] == "published_total":
            return self._published_total(name, plan, regional(scheme))
        groups: dict[str, list[str]] = {}
        for unit in self.units:
            group = self._held.places[unit]["region" if regional(scheme) else "country"]
            groups.setdefault(group, []).append(self._held.area(unit, plan.level))
        sums = self._sum_of_counts if how["by"] == "sum_of_counts" else self._weighted_mean
        return {
            group: sums(name, plan, sorted(set(areas)), how)
            for group, areas in sorted(groups.items())
        }

    def _of_units(self, name: str, scheme: str) -> dict[str, Redone]:
        """Return median or mean over the units with a value, each once."""
        groups: dict[str, list[Redone]] = {}
        for unit in self.units:
            redone = self.indicator(unit, name)
            if redone.exact is not None:
                group = self._held.places[unit]["region" if regional(scheme) else "country"]
                groups.setdefault(group, []).append(redone)
        word = scheme.rpartition("_")[2]
        made = {}
        for group, each in sorted(groups.items()):
            values = [redone.exact for redone in each]
            value = median(values) if word == "median" else sum(values) / Fraction(len(values))
            cells = tuple(dict.fromkeys(cell for redone in each for cell in redone.cells))
            formula = f"{word} of {len(values)} units"
            scale = max(redone.scale for redone in each)
            made[group] = Redone(float(value), cells, formula, "", value, scale)
        return made

    def _published_total(self, name: str, plan: _Plan, regional: bool) -> dict[str, Redone]:
        """Return the publisher's own figures for the country, or for each region."""
        geography, measure = self._geography, self._measure(name)
        country = geography["country_unit"]["code"]
        if regional:
            level = geography["region_level"]
            codes = {place["region"]: place["region"] for place in self._held.places.values()}
        else:
            level, codes = "country", {country: country}
            if plan.level != geography["level"]:
                codes = {country: geography["stand_in_levels"][plan.level]["country_unit"]}
        made = {}
        for group, code in sorted(codes.items()):
            found = self._over_time(measure, plan._replace(level=level), code)
            cells = tuple(cell for held in found.held for cell in held.cells)
            value = None if found.value is None else float(found.value)
            made[group] = Redone(value, cells, found.formula, found.why, found.value, found.scale)
        return made

    def _counted(
        self, areas: Iterable[str], wanted: Iterable[tuple[str, str]], level: str
    ) -> dict[str, dict[tuple[str, str], Held]]:
        """Return the figures at ``wanted`` (variable, date) of the areas that are counted.

        One area counts for each territory, and only where all its figures describe the same one; an area
        that lacks a figure does not count.
        """
        keys = tuple(dict.fromkeys(wanted))
        seen: set[str] = set()
        made = {}
        for area in areas:
            there = {
                key: held
                for key in keys
                if (held := self._held.table(key[0], level, key[1]).get(area)) is not None
            }
            lands = {held.territory for held in there.values()}
            if len(lands) != 1 or lands & seen:
                continue
            seen |= lands
            if len(there) == len(keys) and all(held.value is not None for held in there.values()):
                made[area] = there
        return made

    def _sum_of_counts(
        self, name: str, plan: _Plan, areas: list[str], _: Mapping[str, Any]
    ) -> Redone:
        """Return the indicator of all areas together: counts are added up, then divided."""
        measure = self._measure(name)
        wanted = [
            (variable, day)
            for date in plan.dates
            for side, day in ((measure.above, date), (measure.below, plan.base or date))
            for variable in side
        ]
        counted = self._counted(areas, wanted, plan.level)
        values, formulas = [], []
        for date in plan.dates:
            sums = [
                sum((held[v, day].value for held in counted.values() for v in side), Fraction())
                for side, day in ((measure.above, date), (measure.below, plan.base or date))
            ]
            value, formula = divided(measure, sums, [digits(each) for each in sums])
            values.append(value)
            formulas.append(formula)
        value, formula = compared(measure, values, formulas)
        cells = [
            cell for there in counted.values() for held in there.values() for cell in held.cells
        ]
        formula = f"{formula}, over {len(counted)} areas"
        return _redone(value, cells, formula, values)

    def _weighted_mean(
        self, name: str, plan: _Plan, areas: list[str], how: Mapping[str, Any]
    ) -> Redone:
        """Return the mean of the areas' rates at each date, weighted by a count of a day of its own."""
        measure = self._measure(name)
        half = measure.years // 2
        ends = [how["date"]] if not measure.change else [how["from"], how["to"]]
        asked = [moved(end, step) for end in ends for step in range(-half, half + 1)]
        days = [self._weight_day(how["weight"], day, plan.level) for day in asked]
        variables = {*measure.above, *measure.below}
        looked = [(variable, date) for date in plan.dates for variable in variables]
        looked += [(how["weight"], day) for day in days]
        values, formulas, cells = [], [], []
        rated = self._rated(
            measure, plan, areas, looked, [*zip(plan.dates, days, strict=True)], how
        )
        for date, day in zip(plan.dates, days, strict=True):
            pairs = [
                (rates[date].value, there[how["weight"], day]) for rates, there in rated.values()
            ]
            whole = sum((held.value for _, held in pairs), Fraction())
            top = sum((rate * held.value for rate, held in pairs), Fraction())
            values.append(top / whole if whole else None)
            formulas.append(f"{digits(top)} / {digits(whole)}")
            cells += [
                cell for rates, _ in rated.values() for h in rates[date].held for cell in h.cells
            ]
            cells += [cell for _, held in pairs for cell in held.cells]
        value, formula = compared(measure, values, formulas)
        formula = f"{formula}, rates of {len(rated)} areas weighted by {how['weight']}"
        return _redone(value, cells, formula, values)

    def _rated(
        self,
        measure: Measure,
        plan: _Plan,
        areas: list[str],
        looked: list[tuple[str, str]],
        pairs: list[tuple[str, str]],
        how: Mapping[str, Any],
    ) -> dict[str, tuple[dict[str, _Quantity], dict[tuple[str, str], Held]]]:
        """Return rates and weights of the areas that have all of them, each territory once."""
        seen: set[str] = set()
        made = {}
        for area in areas:
            there = {
                key: held
                for key in looked
                if (held := self._held.table(key[0], plan.level, key[1]).get(area)) is not None
            }
            lands = {held.territory for held in there.values()}
            if len(lands) != 1 or lands & seen:
                continue
            seen |= lands
            rates = {
                date: self._at(measure, plan.level, area, date, plan.base or date)
                for date, _ in pairs
            }
            weighed = all(
                there.get((how["weight"], day)) and there[how["weight"], day].value is not None
                for _, day in pairs
            )
            if weighed and all(rate.value is not None for rate in rates.values()):
                made[area] = rates, there
        return made

    def _weight_day(self, variable: str, asked: str, level: str) -> str:
        dates = {date for by_date in self._held.published(variable, level) for date in by_date}
        found = sorted(date for date in dates if date.startswith(asked))
        if len(found) != 1:
            raise DataError(
                f"{self._name}: the weight '{variable}' has {len(found)} dates for {asked}; write the day."
            )
        return found[0]


def _redone(
    value: Fraction | None, cells: list[Cell], formula: str, on_the_way: list[Fraction | None]
) -> Redone:
    if value is None:
        return Redone(None, tuple(dict.fromkeys(cells)), formula, "division by zero")
    scale = max(abs(float(each)) for each in on_the_way if each is not None)
    return Redone(float(value), tuple(dict.fromkeys(cells)), formula, "", value, scale)
