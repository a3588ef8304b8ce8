"""What numbers, types and answers of the results are called on pages and in the workbook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from smstra import window
from smstra.language import Language

# Digits behind the point that a reader needs; counts and amounts of money have none.
_DECIMALS = {
    "percent": 1,
    "percentage points": 1,
    "thousand persons": 1,
    "years": 1,
    "km2": 1,
    "m2 per inhabitant": 1,
    "EUR per m2": 2,
}


def decimals_of(unit_of_measure: str) -> int:
    """Return how many decimals a value in this unit is shown with."""
    return _DECIMALS.get(unit_of_measure, 0)


def unit_in_words(unit_of_measure: str, say: Language) -> str:
    """Return a unit of measure of the vocabulary in the reader's language; others as own texts."""
    known = {
        "births": say("births"),
        "deaths": say("deaths"),
        "declarations": say("declarations"),
        "dwellings": say("dwellings"),
        "EUR": say("EUR"),
        "EUR per inhabitant": say("EUR per inhabitant"),
        "EUR per m2": say("EUR per m²"),
        "inhabitants": say("inhabitants"),
        "inhabitants per km2": say("inhabitants per km²"),
        "km": say("km"),
        "km2": say("km²"),
        "m2 per inhabitant": say("m² per inhabitant"),
        "percent": say("percent"),
        "percentage points": say("percentage points"),
        "permits": say("permits"),
        "persons": say("persons"),
        "sales": say("sales"),
        "standard deviations": say("standard deviations"),
        "thousand persons": say("thousand persons"),
        "years": say("years"),
    }
    return known.get(unit_of_measure) or say.own(unit_of_measure)


def number(
    value: float, unit_of_measure: str, say: Language, signed: bool = False, more: int = 0
) -> str:
    """Return a value as a table shows it, without its unit, with ``more`` decimals than usual."""
    decimals = decimals_of(unit_of_measure) + more
    return say.signed(value, decimals) if signed else say.number(value, decimals)


def quantity(
    value: float, unit_of_measure: str, say: Language, signed: bool = False, more: int = 0
) -> str:
    """Return a value with its unit: ``8.3 %``, ``+0.4 percentage points``, ``225 inhabitants per km²``."""
    if unit_of_measure == "percent":
        return say.percent(value, decimals_of(unit_of_measure) + more, signed)
    shown = number(value, unit_of_measure, say, signed, more)
    unit = unit_in_words(unit_of_measure, say)
    return say("{number} {unit}", number=shown, unit=unit) if unit else shown


def type_in_words(type_: str, cell: str, case: Mapping[str, Any], say: Language) -> str:
    """Return what a type means; ``cell`` is that of typology.csv and tells the mixed ones apart."""
    year = window.last_year(case)
    meanings = {
        "A": say("economy and population improve; migrants settled before {year}", year=year),
        "B": say(
            "economy and population improve; no remarkable arrivals of migrants before {year}",
            year=year,
        ),
        "C": say("economy and population decline; migrants settled before {year}", year=year),
        "D": say(
            "economy and population decline; no remarkable arrivals of migrants before {year}",
            year=year,
        ),
        "settled_economy_improving_population_declining": say(
            "economy improves and population declines; migrants settled before {year}", year=year
        ),
        "not_settled_economy_improving_population_declining": say(
            "economy improves and population declines; no remarkable arrivals of migrants before {year}",
            year=year,
        ),
        "settled_economy_declining_population_improving": say(
            "economy declines and population improves; migrants settled before {year}", year=year
        ),
        "not_settled_economy_declining_population_improving": say(
            "economy declines and population improves; no remarkable arrivals of migrants before {year}",
            year=year,
        ),
        "mixed": say("economy and population disagree"),
        "undetermined": say("a figure is missing, so there is no type"),
    }
    return meanings.get(cell) or meanings[type_]


def type_named(type_: str, say: Language) -> str:
    """Return a type as a reader calls it: ``type A``, ``mixed``, ``undetermined``."""
    if type_ == "mixed":
        return say("mixed")
    if type_ == "undetermined":
        return say("undetermined")
    return say("type {letter}", letter=type_)


def verdict_in_words(verdict: str, say: Language) -> str:
    """Return a verdict on a type in the reader's language."""
    return {
        "robust": say("robust"),
        "likely": say("likely"),
        "borderline": say("borderline"),
        "undetermined": say("undetermined"),
    }[verdict]


def criterion_in_words(criterion: str, case: Mapping[str, Any], say: Language) -> str:
    """Return the question that a criterion asks."""
    return {
        "sf_high": say("Had migrants settled before {year}?", year=window.last_year(case)),
        "economy_improving": say("Does the economy improve?"),
        "population_improving": say("Does the population improve?"),
    }[criterion]


def criterion_in_short(criterion: str, say: Language) -> str:
    """Return what a yes to a criterion says, as a heading has it."""
    return {
        "sf_high": say("migrants settled before"),
        "economy_improving": say("economy improves"),
        "population_improving": say("population improves"),
    }[criterion]


def answer_to_criterion(criterion: str, answer: object, say: Language) -> str:
    """Return the answer to a criterion, ``population improves: yes``."""
    return say(
        "{criterion}: {answer}",
        criterion=criterion_in_short(criterion, say),
        answer=answer_in_words(answer, say),
    )


def answer_in_words(answer: object, say: Language) -> str:
    """Return yes, no or unknown for True, False or anything else, also as tables and cases write them."""
    if answer in (True, "true", "yes"):
        return say("yes")
    return say("no") if answer in (False, "false", "no") else say("unknown")


def state_in_words(state: str, say: Language) -> str:
    """Return the answer of a check of case selection: passes, fails, unknown."""
    return {"pass": say("passes"), "fail": say("fails"), "unknown": say("unknown")}[state]


def how_in_words(how: str, say: Language) -> str:
    """Return how the value of a region or the country was made."""
    return {
        "sum_of_counts": say("from the summed counts of its units"),
        "published": say("as the publisher has it"),
        "published_total": say("as the publisher has it"),
        "weighted_mean": say("weighted mean of its units"),
        "median_of_units": say("median of its units"),
    }.get(how) or say.own(how.replace("_", " "))


def chosen_in_words(why: str, say: Language) -> str:
    """Return by which rule a town of towns.csv was chosen."""
    rule, _, what = why.partition(":")
    if rule == "named":
        return say("named in the case")
    if rule == "best_set":
        return say("of set {number} of the selection", number=what)
    if rule == "closest_to_type_median":
        return say("nearest to the medians of {type}", type=type_named(what, say))
    if rule == "deepest_inside_type":
        return say("farthest inside {type}", type=type_named(what, say))
    return say.own(why)


def scheme_in_words(scheme: object, say: Language) -> str:
    """Return a reference scheme of a criterion; a number is said as it is."""
    known = {
        "zero": say("zero"),
        "national_aggregate": say("value of the country"),
        "national_median": say("median of all units"),
        "national_mean": say("mean of all units"),
        "region_aggregate": say("value of the region"),
        "region_median": say("median of the units of the region"),
        "region_mean": say("mean of the units of the region"),
    }
    return known.get(str(scheme)) or say("a number that the case sets")


def dates_in_words(dates: str, say: Language) -> str:
    """Return dates of sufficiency.csv, ``2005-01-01 to 2014-01-01``, as the reader writes them."""
    ends = [
        say.date(end) if re.fullmatch(r"\d{4}(-\d{2}-\d{2})?", end) else end
        for end in dates.split(" to ")
    ]
    return ends[0] if len(ends) == 1 else say("{start} to {end}", start=ends[0], end=ends[1])
