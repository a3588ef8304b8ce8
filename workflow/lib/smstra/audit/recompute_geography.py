"""Bring figures to the units of a case a second time: who merged into whom, and what stands in for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from smstra.audit.recompute_sources import Cell, Figure, Sources
from smstra.config import Settings
from smstra.errors import GeographyError


class Held(NamedTuple):
    """A figure of an area on the case's geography; ``gap`` says why it has no value."""

    value: Fraction | None
    gap: str
    territory: str
    merged: bool
    cells: tuple[Cell, ...]


class Way(NamedTuple):
    """What becomes of the codes of a day by a later one: where a code goes, the codes to which anything
    happens, the day on which each later unit got its territory, and the later units that hold pieces of
    the codes that were torn."""

    becomes: Callable[[str], str]
    concerned: set[str]
    formed: dict[str, str]
    lost: dict[str, set[str]]


class CaseFigures:
    """The units of a case, and every figure on its one dated geography; each table is made when asked for."""

    def __init__(self, case: str, settings: Settings, root: Path = Path()) -> None:
        self._name, self._settings = case, settings
        self._case = settings.cases[case]
        self._geography: Mapping[str, Any] = self._case["geography"]
        self._sources = Sources(settings, root)
        self._tables: dict[tuple[str, str, str], dict[str, Held]] = {}

    @cached_property
    def units(self) -> tuple[str, ...]:
        """The codes of all units, sorted."""
        return tuple(sorted(self.places))

    @cached_property
    def _steps(self) -> list[tuple[str, dict[str, set[str]], set[str]]]:
        """The changes of units by day: the new codes of each old one, and the old ones that were torn:
        split, or with other limits since."""
        by_day: dict[str, tuple[dict[str, set[str]], set[str]]] = {}
        for change in self._sources.changes(self._geography.get("changes")):
            step, torn = by_day.setdefault(change.day, ({}, set()))
            step.setdefault(change.old, set()).add(change.new)
            if change.kind in ("split", "boundary_shift"):
                torn.add(change.old)
        return [(day, *by_day[day]) for day in sorted(by_day)]

    def _later(self, first: str, last: str) -> Way:
        """Return what becomes of the codes of ``first`` by ``last``."""
        window = [each for each in self._steps if first < each[0] <= last]
        born: set[str] = set()
        concerned: set[str] = set()
        formed: dict[str, str] = {}
        for day, step, _ in window:
            concerned |= set(step) - born
            later = {code for codes in step.values() for code in codes}
            born |= later - set(step)
            formed |= dict.fromkeys(later, day)

        def follow(code: str) -> tuple[set[str], bool]:
            codes, torn = {code}, False
            for _, step, apart in window if code in concerned else ():
                torn = torn or bool(codes & apart)
                codes = {new for old in codes for new in step.get(old, {old})}
            return codes, torn

        ends = {code: follow(code) for code in concerned}
        pieces = {new for codes, torn in ends.values() if torn for new in codes}
        lost = {code: codes for code, (codes, torn) in ends.items() if torn or codes & pieces}

        def becomes(code: str) -> str:
            return min(ends[code][0]) if code in ends else code

        return Way(becomes, concerned - set(lost), formed, lost)

    @cached_property
    def places(self) -> dict[str, dict[str, str]]:
        """Each unit of the case with its country, region, and the areas that may stand in for it."""
        geography = self._geography
        day = geography["date"]
        register = self._sources.register(geography["units"], geography.get("changes"))
        valid = {unit.code: unit for unit in register if unit.first <= day <= unit.last}
        found: dict[str, dict[str, str]] = {}
        for code, unit in valid.items():
            if unit.level != geography["level"]:
                continue
            place = {"country": geography["country_unit"]["code"], "unit": code}
            above = unit
            while above.parent in valid and valid[above.parent].level not in place:
                above = valid[above.parent]
                place[above.level] = above.code
            place["region"] = place.get(geography["region_level"], "")
            found[code] = place
        for level, spec in geography.get("stand_in_levels", {}).items():
            name = spec["membership"]
            since = self._settings.datasets[name]["geography_date"]
            becomes = self._later(since, day).becomes
            for code, area in self._sources.membership(name, level).items():
                later = becomes(code)
                if later in found and found[later].setdefault(level, area) != area:
                    raise GeographyError(f"{name}: the parts of unit {later} lie in two areas.")
        return found

    def area(self, unit: str, level: str) -> str:
        """Return the area of ``level`` whose figure a unit has; GeographyError if it lies in none."""
        found = self.places[unit].get("unit" if level == self._geography["level"] else level)
        if found is None:
            raise GeographyError(f"{self._name}: unit {unit} lies in no {level} area.")
        return found

    def areas(self, level: str) -> list[str]:
        """Return the areas of ``level`` in which the units lie, sorted."""
        return sorted({self.area(unit, level) for unit in self.units})

    def published(self, variable: str, level: str) -> Iterable[dict[str, dict[str, Figure]]]:
        """Yield the figures by date of each table of the case that holds the variable."""
        for name in self._case["datasets"]:
            if variable in self._settings.datasets[name].get("variables", {}):
                yield self._sources.figures(name, variable).get(level, {})

    def table(self, variable: str, level: str, date: str) -> dict[str, Held]:
        """Return the figures of a variable at a date, by area of ``level``."""
        key = variable, level, date
        if key not in self._tables:
            made: dict[str, Held] = {}
            for by_date in self.published(variable, level):
                for code, held in self._harmonised(variable, level, by_date.get(date, {})):
                    if code in made:
                        raise GeographyError(
                            f"{self._name}: two rows give '{variable}' of {code} for {date} ({_place(held)})."
                        )
                    made[code] = held
            self._tables[key] = made
        return self._tables[key]

    def _harmonised(
        self, variable: str, level: str, figures: Mapping[str, Figure]
    ) -> Iterable[tuple[str, Held]]:
        geography = self._geography
        converted = {geography["level"], *geography.get("stand_in_levels", ())}
        own: dict[str, dict[str, Figure]] = {}
        for code, figure in figures.items():
            if level in converted and figure.system == geography["code_system"]:
                own.setdefault(figure.day, {})[code] = figure
            else:
                yield code, _as_it_is(code, figure)
        countable = self._settings.variables[variable]["kind"] in ("count", "area")
        for day, found in own.items():
            if day <= geography["date"]:
                yield from self._forward(found, day, countable)
            else:
                yield from self._backward(found, day, level)

    def _forward(
        self, figures: Mapping[str, Figure], day: str, countable: bool
    ) -> Iterable[tuple[str, Held]]:
        """Add up the counts of units that merged since ``day``."""
        becomes, concerned, _, lost = self._later(day, self._geography["date"])
        parts: dict[str, set[str]] = {}
        for code in concerned:
            parts.setdefault(becomes(code), set()).add(code)
        went: dict[str, dict[str, Figure]] = {}
        for code, figure in figures.items():
            if code not in lost:
                went.setdefault(becomes(code), {})[code] = figure
        yield from _torn(
            (new, figure) for code, figure in figures.items() for new in lost.get(code, ())
        )
        for new, there in went.items():
            if len(parts.get(new, ())) <= 1:
                for figure in there.values():
                    yield new, _as_it_is(new, figure)
                continue
            cells = tuple(cell for code in sorted(there) for cell in there[code].cells)
            values = [figure.value for figure in there.values()]
            gap = "" if countable else "not_summable"
            if not gap and (set(there) != parts[new] or None in values):
                gap = "incomplete"
            yield new, Held(None if gap else sum(values, Fraction()), gap, new, False, cells)

    def _backward(
        self, figures: Mapping[str, Figure], day: str, level: str
    ) -> Iterable[tuple[str, Held]]:
        """Give each unit, or area of ``level``, the figure of the later one that holds its territory."""
        becomes, _, formed, lost = self._later(self._geography["date"], day)
        areas = self.areas(level)
        yield from _torn(
            (unit, figures[new])
            for unit in areas
            for new in sorted(lost.get(unit, ()))
            if new in figures
        )
        holder = {unit: becomes(unit) for unit in areas if unit not in lost}
        shared = {code for code, number in Counter(holder.values()).items() if number > 1}
        for unit, later in holder.items():
            if later in figures:
                held = _as_it_is(unit, figures[later])
                if later in shared:
                    held = held._replace(territory=f"{later}@{formed.get(later, day)}", merged=True)
                yield unit, held

    def dates_held(self, variable: str, level: str, areas: Iterable[str] = ()) -> list[str]:
        """Return the dates at which any of ``areas`` (all of them if none is named) has a value."""
        wanted = set(areas)
        dates = {date for by_date in self.published(variable, level) for date in by_date}
        return sorted(
            date
            for date in dates
            if any(
                held.value is not None and (not wanted or area in wanted)
                for area, held in self.table(variable, level, date).items()
            )
        )


def _as_it_is(code: str, figure: Figure) -> Held:
    gap = "" if figure.value is not None else "no figure"
    return Held(figure.value, gap, code, False, figure.cells)


def _torn(pieces: Iterable[tuple[str, Figure]]) -> Iterable[tuple[str, Held]]:
    """Say of each unit that no figure can be carried to it, and which there were."""
    cells: dict[str, tuple[Cell, ...]] = {}
    for unit, figure in pieces:
        cells[unit] = cells.get(unit, ()) + figure.cells
    for unit, of_pieces in cells.items():
        yield unit, Held(None, "not_convertible", unit, False, of_pieces)


def _place(held: Held) -> str:
    return ", ".join(f"{cell.file}, line {cell.line}" for cell in held.cells)
