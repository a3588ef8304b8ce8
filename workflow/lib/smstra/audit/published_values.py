"""What official figures say of a quantity in print: of an area, at a date, under a definition."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from smstra.exact import exact_sum
from smstra.lookup import Figures
from smstra.measures import Measure, measure_of
from smstra.vocabulary import Variables, shown

Definition = Mapping[str, Any]
Area = Mapping[str, str]
# What adds up over areas.
_SUMMED = ("count", "area")


@dataclass(frozen=True)
class Official:
    """A value from official figures: which definition at which dates, how it was put together, and
    the harmonised figures that went into it."""

    value: float
    definition: str
    dates: tuple[str, ...]
    words: str
    how: str
    rows: pd.DataFrame = field(compare=False, repr=False)

    @property
    def named(self) -> str:
        """The value's definition, dates and level in words."""
        return f"{self.words}, {' to '.join(self.dates)}, {self.how}"


@dataclass(frozen=True)
class _Way:
    """One way to a figure of an area: the units of a level whose figures are added up."""

    level: str
    codes: frozenset[str]
    words: str


class Country:
    """The harmonised figures of a case, asked for areas.

    Parameters
    ----------
    case
        The case's ``geography``, ``country``.
    figures, units
        Its harmonised figures and its units.
    """

    def __init__(
        self,
        case: Mapping[str, Any],
        figures: Figures,
        units: pd.DataFrame,
        variables: Variables,
    ) -> None:
        self.name: str = case["country"]
        self._geography = case["geography"]
        self._figures, self._units, self._variables = figures, units, variables

    def has(self, area: Area) -> bool:
        """Whether the country of the case, or one of its regions or units, is meant."""
        if "unit" in area:
            return bool((self._units["unit"] == area["unit"]).any())
        if "region" in area:
            return bool((self._units["region"] == area["region"]).any())
        return "country" in area and area["country"] == self.name

    def official(
        self, name: str, definition: Definition, area: Area, dates: Iterable[str]
    ) -> Official | None:
        """Return a definition's value for an area, or None if the figures for it are not all there.

        Of several ways the first that has all figures is taken: as published for the area; the sum
        over regions; over the case's units; over a stand-in level whose areas lie wholly inside. Only
        counts and areas are added up, each territory once; a figure of a later, merged unit is no
        figure of one of its parts. A definition with a ``level`` of its own, for a unit, is the figure of
        the area of that level in which the unit lies.
        """
        measure = _measure(definition, self._variables)
        days = [_day(date) for date in dates]
        for way in self._ways(area, definition.get("level")):
            found = [self._at(measure, definition, way, day) for day in days]
            if any(part is None for part in found):
                continue
            parts = [part for part in found if part is not None]
            value = _over(measure, definition, [value for value, _ in parts], days)
            if math.isnan(value):
                continue
            terms = measure.terms
            return Official(
                value,
                name,
                tuple(shown(day, terms, self._variables) for day in days),
                definition["words"],
                way.words,
                pd.concat([rows for _, rows in parts]),
            )
        return None

    def changes(self, definition: Definition, level: str, dates: tuple[str, str]) -> pd.Series:
        """Return by how much a quantity changed from one date to the other, in each unit of a level.

        Index: codes of the units that have both values; empty where no unit has.
        """
        codes = self._units["unit" if level == self._geography["level"] else level].unique()
        measure = _measure(definition, self._variables)
        ends = []
        for day in map(_day, dates):
            wide = pd.DataFrame(index=pd.Index(sorted(codes)))
            for name in measure.terms:
                rows = self._dated(name, level, day)
                # The figure of a later, merged unit is none of its parts.
                alone = rows[~rows["territory"].duplicated(keep=False)].set_index("unit")["value"]
                wide[name] = alone.reindex(wide.index)
            sums = [
                wide[list(names)].sum(axis=1) for names in (measure.numerator, measure.denominator)
            ]
            ends.append(
                pd.Series(measure.at(*sums), index=wide.index).where(wide.notna().all(axis=1))
            )
        return (ends[1] - ends[0]).dropna()

    def _ways(self, area: Area, level: str | None) -> Iterator[_Way]:
        geography, units = self._geography, self._units
        own, region_level = geography["level"], geography["region_level"]
        stand_ins = geography.get("stand_in_levels", {})
        if "unit" in area:
            here = units[units["unit"] == area["unit"]]
            if level is None or level == own:
                yield _Way(own, frozenset(here["unit"]), f"of the {own}")
            elif level in here:
                yield _Way(level, frozenset(here[level]), f"of the {level} area that it lies in")
            return
        if "region" in area:
            here = units[units["region"] == area["region"]]
            yield _Way(
                region_level, frozenset(here["region"]), f"as published for the {region_level}"
            )
        else:
            here = units
            codes = {geography["country_unit"]["code"]}
            codes |= {
                entry["country_unit"] for entry in stand_ins.values() if "country_unit" in entry
            }
            for code in sorted(codes):
                yield _Way("country", frozenset([code]), "as published for the country")
            yield _added(region_level, here["region"])
        yield _added(own, here["unit"])
        for name in stand_ins:
            inside = set(here[name])
            if set(units.loc[units[name].isin(inside), "unit"]) == set(here["unit"]):
                yield _added(name, here[name])

    def _at(
        self, measure: Measure, definition: Definition, way: _Way, day: str
    ) -> tuple[float, pd.DataFrame] | None:
        """Return the quantity at one day and the figures that made it."""
        sums, used = [], []
        for side, names in (("of", measure.numerator), ("in", measure.denominator)):
            at = _day(definition["in_date"]) if side == "in" and "in_date" in definition else day
            total = []
            for name in names:
                rows = self._rows(name, way, at)
                if rows is None:
                    return None
                total.append(exact_sum(rows["value"]))
                used.append(rows)
            sums.append(exact_sum(total))
        return float(measure.at(sums[0], sums[1])), pd.concat(used)

    def _rows(self, variable: str, way: _Way, day: str) -> pd.DataFrame | None:
        """Return the figures of the units of ``way``, a territory once; None if any is missing."""
        if len(way.codes) > 1 and self._variables[variable]["kind"] not in _SUMMED:
            return None
        rows = self._dated(variable, way.level, day)
        here = rows[rows["unit"].isin(way.codes)]
        if set(here["unit"]) != way.codes:
            return None
        beyond = rows.loc[~rows["unit"].isin(way.codes), "territory"]
        if here["territory"].isin(set(beyond)).any():
            return None
        return here.drop_duplicates("territory")

    def _dated(self, variable: str, level: str, day: str) -> pd.DataFrame:
        rows = self._figures.rows([variable], level)
        return rows[(rows["date"] == day) & rows["value"].notna()]


def _measure(definition: Definition, variables: Variables) -> Measure:
    kind = definition["definition"]
    if kind == "yearly_growth":
        kind = "ratio" if "in" in definition else "level"
    return measure_of({**definition, "definition": kind}, variables)


def _over(measure: Measure, definition: Definition, values: list[float], days: list[str]) -> float:
    if definition["definition"] != "yearly_growth":
        return float(measure.over(values))
    return yearly_growth(values[0], values[1], int(days[1][:4]) - int(days[0][:4]))


def yearly_growth(first: float, last: float, years: int) -> float:
    """Return the compound growth a year in percent; NaN where it is not defined."""
    if years <= 0 or first <= 0 or last < 0:
        return math.nan
    return ((last / first) ** (1 / years) - 1) * 100


def _added(level: str, codes: pd.Series) -> _Way:
    distinct = frozenset(codes)
    return _Way(level, distinct, f"{len(distinct)} {level} figures added up")


def _day(date: str) -> str:
    """Return the ISO day by which the tables date a year."""
    return f"{date}-01-01" if len(date) == 4 else date


def moved(date: str, years: int) -> str:
    """Return a year or a day, so many years later."""
    return f"{int(date[:4]) + years:04d}{date[4:]}"


class Cells:
    """Where harmonised figures stand in the snapshots: ``file:line:column``.

    ``datasets`` and ``pins`` as :func:`smstra.job_settings.datasets`.
    """

    def __init__(
        self, datasets: Mapping[str, Mapping[str, Any]], pins: Iterable[Mapping[str, Any]]
    ) -> None:
        self._datasets = datasets
        self._files: dict[str, list[str]] = {}
        for pin in pins:
            self._files.setdefault(f"{pin['id']}@{pin['vintage']}", []).append(pin["file"])

    def of(self, rows: pd.DataFrame) -> str:
        """Return the cells of ``rows``, joined by `; `, neighbouring lines of a column as ``2-590``."""
        lines: dict[tuple[str, str], set[tuple[int, int]]] = {}
        other: list[str] = []
        for source, variable, row in zip(
            rows["source"], rows["variable"], rows["row"], strict=True
        ):
            column = self._column(source, variable)
            for place in str(row).split("+"):
                file, spot = self._place(source, place)
                span = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", spot)
                if span:
                    first = int(span[1])
                    lines.setdefault((file, column), set()).add((first, int(span[2] or first)))
                else:
                    other.append(f"{file}:{spot}:{column}")
        made = [
            f"{file}:{first}:{column}" if first == last else f"{file}:{first}-{last}:{column}"
            for (file, column), spans in lines.items()
            for first, last in _joined(spans)
        ]
        return "; ".join([*made, *dict.fromkeys(other)])

    def _column(self, source: str, variable: str) -> str:
        entry = self._datasets[source.partition("@")[0]]["variables"][variable]
        return entry["column"]

    def _place(self, source: str, place: str) -> tuple[str, str]:
        """Return the file of a figure and its line, by the name that leads the line where there are several."""
        files = self._files[source]
        name, _, spot = place.rpartition(":")
        if not name:
            return files[0], spot
        return next(file for file in files if Path(file).name == name), spot


def _joined(spans: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans of lines in order, those that touch made one."""
    made: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if made and first <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(last, made[-1][1]))
        else:
            made.append((first, last))
    return made
