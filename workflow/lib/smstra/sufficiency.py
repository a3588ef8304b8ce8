"""Do the data suffice? For each indicator asked: which dates and level are found, what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from smstra.errors import DataError, listing
from smstra.lookup import Figures
from smstra.measures import Measure, in_words, measure_of
from smstra.vocabulary import as_list, shown

COLUMNS = [
    "indicator",
    "definition",
    "dates_asked",
    "dates_found",
    "level_asked",
    "level_found",
    "units",
    "units_covered",
    "units_missing",
    "gap_years",
    "what_was_done",
]


class LackingDate(DataError):
    """No figure has a date asked for; ``nearest`` has, by key of the indicator, it and the nearest there is."""

    def __init__(self, message: str, nearest: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(message)
        self.nearest = nearest


@dataclass(frozen=True)
class Plan:
    """How an indicator is computed: ``dates`` for each date asked, at ``level``; empty if it cannot.

    ``denominator_date`` is set where the denominator has a date of its own. ``shown`` are the dates
    as a reader means them (the year for figures of whole years), the denominator's own one last.
    ``why_not`` says why there are no dates. Where each date is the mean of several ``years``, the years
    stand one after the other in all of them.
    """

    asked: tuple[str, ...]
    dates: tuple[str, ...]
    level: str
    denominator_date: str | None = None
    why_not: str = ""
    shown: tuple[str, ...] = ()
    years: int = 1

    @property
    def gap_years(self) -> int:
        """The largest distance in years between a date asked and the date found."""
        return max((_gap(a, f) for a, f in zip(self.asked, self.dates, strict=False)), default=0)

    @property
    def dates_shown(self) -> str:
        """The dates found, ``2005 to 2014``; means of several years as ``2004/2006 to 2013/2015``."""
        said = self.shown[: len(self.dates)]
        if self.years > 1:
            ends = zip(said[:: self.years], said[self.years - 1 :: self.years], strict=True)
            said = tuple(f"{first}/{last}" for first, last in ends)
        return " to ".join(said)

    @property
    def substituted(self) -> bool:
        """Whether any date is another than the one asked for."""
        return any(not _same(a, f) for a, f in zip(self.asked, self.dates, strict=False))


def _same(asked: str, found: str) -> bool:
    return found.startswith(asked)


def _morning(date: str) -> str:
    """Return the 1 January that follows a 31 December: the same state of the population."""
    return f"{int(date[:4]) + 1}-01-01" if date[4:] == "-12-31" else date


def _gap(asked: str, found: str) -> int:
    """Return how many years lie between two dates; 0 only for the same year or state asked for."""
    if len(asked) == 4:
        return abs(int(asked) - int(found[:4]))
    first, last = (dt.date.fromisoformat(_morning(date)) for date in (asked, found))
    days = abs((last - first).days)
    return max(1, round(days / 365.25)) if days else 0


def shifted(date: str, years: int) -> str:
    """Return the same day so many years later (29 February as 28)."""
    day = date[4:].replace("-02-29", "-02-28") if years else date[4:]
    return f"{int(date[:4]) + years:04d}{day}"


def around(date: str, years: int) -> list[str]:
    """Return the same day of ``years`` years (an odd number), ``date`` in their middle."""
    half = years // 2
    return [shifted(date, step) for step in range(-half, half + 1)]


def find_date(asked: str, at_hand: Iterable[str], max_gap: int, tie: str, where: str) -> str | None:
    """Return the date at hand for the date asked, or None.

    A year matches the one date at hand in it. 31 December and the 1 January after it are the same.
    Otherwise the nearest year within ``max_gap`` years; ``tie`` (``earlier`` or ``later``) decides
    between two that are as near. DataError where a year asked for holds several dates.
    """
    dates = sorted(at_hand)
    exact = [date for date in dates if _same(asked, date)]
    if len(exact) > 1:
        raise DataError(
            f"{where}: {asked} is asked for, and the source has {listing(exact)}; write the day."
        )
    if exact:
        return exact[0]
    equal = [date for date in dates if len(asked) > 4 and _morning(date) == _morning(asked)]
    if equal:
        return equal[0]
    near = [date for date in dates if _gap(asked, date) <= max_gap]
    if not near:
        return None
    least = min(_gap(asked, date) for date in near)
    nearest = [date for date in near if _gap(asked, date) == least]
    return nearest[0] if tie == "earlier" else nearest[-1]


def _dates_of(rows: pd.DataFrame, terms: Iterable[str]) -> set[str]:
    """Dates at which every term has a figure for at least one unit."""
    found = [set(rows.loc[rows["variable"] == term, "date"].unique()) for term in terms]
    return set.intersection(*found) if found else set()


def areas_of(level: str, units: pd.DataFrame, geography: Mapping[str, Any]) -> pd.Series:
    """Return, for each unit of the case (index), the unit of ``level`` that gives its figure."""
    column = "unit" if level == geography["level"] else level
    return pd.Series(units[column].to_numpy(), index=units["unit"].to_numpy())


def plan(
    name: str,
    case: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    variables: Mapping[str, Mapping[str, Any]],
) -> Plan:
    """Decide which dates and which level an indicator is computed from.

    The case's own level is looked at first, within the indicator's ``max_year_gap``; then its
    ``stand_in_level``. If the figures exist, but only at a level that the case does not allow, the
    plan is empty and says so.

    Raises
    ------
    DataError
        No table of the case has the figures for the date asked at any level: the message names
        the dates that there are.
    """
    indicator, geography = case["indicators"][name], case["geography"]
    own = geography["level"]
    if indicator["definition"] == "not_available":
        return Plan((), (), own, why_not=indicator["because"])
    measure = measure_of(indicator, variables)
    asked = tuple(
        year
        for key in ("date", "from", "to")
        if key in indicator
        for year in around(indicator[key], measure.years)
    )
    tie = case["substitution"]["if_two_years_are_as_near"]
    where = f"`indicators.{name}`"

    def attempt(rows: pd.DataFrame, level: str) -> Plan | None:
        apart = "in_date" in indicator
        together = measure.numerator if apart else measure.terms
        rows = rows[rows["value"].notna()]
        at_hand = _dates_of(rows, together)
        gap = indicator["max_year_gap"]
        dates = [find_date(date, at_hand, gap, tie, where) for date in asked]
        base = None
        if apart:
            bases = _dates_of(rows, measure.denominator)
            base = find_date(indicator["in_date"], bases, gap, tie, where)
        if None in dates or (apart and base is None):
            return None
        if twice := _taken_twice([str(date) for date in dates], measure.years):
            raise DataError(
                f"{where}: {listing(asked)} would both be taken from {twice}; narrow "
                "`max_year_gap`."
            )
        found = tuple(str(d) for d in dates)
        said = tuple(shown(d, measure.numerator, variables) for d in found)
        said += (shown(base, measure.denominator, variables),) if base else ()
        return Plan(asked, found, level, base, shown=said, years=measure.years)

    elsewhere = []
    for level in [own, *as_list(indicator.get("stand_in_level", []))]:
        areas = set(areas_of(level, units, geography))
        found = attempt(figures.rows(measure.terms, level, areas), level)
        if found is not None:
            return found
    for level in figures.levels(measure.terms):
        if level != own and attempt(figures.rows(measure.terms, level), level) is not None:
            elsewhere.append(level)
    if elsewhere:
        return Plan(
            asked, (), own, why_not=f"for {listing(asked)} known only by {listing(elsewhere)}"
        )
    if not figures.levels(measure.terms):
        return Plan(asked, (), own, why_not="known only for areas that the case does not use")
    raise _no_such_year(where, indicator, measure, figures, own, tie)


def _taken_twice(dates: list[str], years: int) -> str:
    """Return a date that stands for two of one mean, or for both ends; ``""`` if none does.

    Means of two neighbouring years may share some of theirs.
    """
    means = [tuple(dates[i : i + years]) for i in range(0, len(dates), years)]
    for mean in means:
        for date in mean:
            if mean.count(date) > 1:
                return date
    return means[0][0] if len(set(means)) < len(means) else ""


def _no_such_year(
    where: str,
    indicator: Mapping[str, Any],
    measure: Measure,
    figures: Figures,
    own: str,
    tie: str,
) -> LackingDate:
    levels = figures.levels(measure.terms)
    rows = figures.rows(measure.terms, own if own in levels else levels[0])
    rows = rows[rows["value"].notna()]
    there = sorted(_dates_of(rows, measure.terms) or set(rows["date"].unique()))
    gap = indicator["max_year_gap"]
    wanted = [
        (key, date)
        for key in ("date", "from", "to", "in_date")
        if key in indicator
        for date in around(indicator[key], 1 if key == "in_date" else measure.years)
    ]
    lacking = [(k, d) for k, d in wanted if find_date(d, there, gap, tie, where) is None]
    near = {
        key: (asked, min(there, key=lambda date: _apart(asked, date)))
        for key, asked in reversed(lacking or wanted)
        if there
    }
    key, asked = (lacking or wanted)[0]
    if there:
        spans = f"its figures run from {there[0]} to {there[-1]}, the nearest is {near[key][1]}"
    else:
        spans = "it has no figures at all"
    return LackingDate(
        f"`{where.strip('`')}.{key}` asks for {asked}, which no source of the case has for "
        f"{listing(measure.terms)} (max_year_gap {gap}): {spans}. Ask for a year that there is, widen "
        "`max_year_gap`, or write `definition: not_available` with the reason in `because`.",
        near,
    )


def _apart(asked: str, date: str) -> tuple[int, int]:
    """Return how far two dates lie apart: in years, and then in days where a day is asked for."""
    years = abs(int(date[:4]) - int(asked[:4]))
    if len(asked) == 4:
        return years, 0
    first, last = (dt.date.fromisoformat(each) for each in (asked, date))
    return years, abs((last - first).days)


def report(
    plans: Mapping[str, Plan],
    indicators: pd.DataFrame,
    case: Mapping[str, Any],
    units: pd.DataFrame,
) -> pd.DataFrame:
    """Return the sufficiency table: one row an indicator, columns ``COLUMNS``."""
    rows = []
    for name, plan_ in plans.items():
        values = indicators.loc[indicators["indicator"] == name, "value"]
        covered = int(values.notna().sum())
        rows.append(
            {
                "indicator": name,
                "definition": in_words(case["indicators"][name]),
                "dates_asked": " to ".join(plan_.asked),
                "dates_found": plan_.dates_shown,
                "level_asked": case["geography"]["level"],
                "level_found": plan_.level if plan_.dates else "",
                "units": len(units),
                "units_covered": covered,
                "units_missing": len(units) - covered,
                "gap_years": plan_.gap_years if plan_.dates else "",
                "what_was_done": _done(plan_, covered, len(units), case["geography"]["level"]),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _done(plan_: Plan, covered: int, units: int, own: str) -> str:
    if not plan_.dates:
        return f"undetermined: {plan_.why_not}"
    steps = []
    for asked, found, said in zip(plan_.asked, plan_.dates, plan_.shown, strict=False):
        if not _same(asked, found) and len(asked) > 4 and _morning(asked) == _morning(found):
            steps.append(f"{said} taken as {asked}, the same state")
        elif not _same(asked, found):
            steps.append(f"{said} taken for {asked}")
    if plan_.level != own:
        steps.append(f"each {own} has the value of its {plan_.level} area")
    if plan_.denominator_date:
        steps.append(f"denominator of {plan_.shown[-1]}")
    if covered < units:
        steps.append(f"{units - covered} left undetermined")
    return "; ".join(steps) or "as asked"


def as_text(table: pd.DataFrame, case: str) -> str:
    """Return the sufficiency table as a few lines for the terminal."""
    head = ["indicator", "asked", "found", "level", "units", "what was done"]
    body = [
        [
            row["indicator"],
            row["dates_asked"],
            row["dates_found"] or "-",
            row["level_found"] or "-",
            f"{row['units_covered']}/{row['units']}",
            row["what_was_done"],
        ]
        for row in table.to_dict("records")
    ]
    widths = [max(len(str(r[i])) for r in [head, *body]) for i in range(5)]
    lines = [
        "  ".join([*(str(c).ljust(w) for c, w in zip(r[:5], widths, strict=True)), str(r[5])])
        for r in [head, *body]
    ]
    return "\n".join([f"Data sufficiency of case {case}", *("  " + line for line in lines)])
