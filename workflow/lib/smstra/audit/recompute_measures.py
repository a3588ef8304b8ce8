"""What indicators are made of, a second time: their counts, how these are divided and compared, their dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

Variables = Mapping[str, Mapping[str, Any]]


class Measure(NamedTuple):
    """``factor`` x sum of ``above`` / sum of ``below``, and how it is compared over time."""

    above: tuple[str, ...]
    below: tuple[str, ...]
    factor: Fraction
    change: str
    years: int
    is_number: bool


def measure_of(entry: Mapping[str, Any], variables: Variables) -> Measure:
    """Return what an entry of `indicators` measures."""
    of, base = listed(entry["of"]), listed(entry.get("in", ()))
    made, above, below = variables[of[0]], _parts(of, variables), _parts(base, variables)
    factor = Fraction(1)
    if "rebuilt_from" in made and not base:
        above, below = (tuple(made["rebuilt_from"][side]) for side in ("numerator", "denominator"))
        factor = Fraction(str(made["rebuilt_from"]["factor"]))
    if entry["definition"] in ("share", "difference_of_shares"):
        factor = Fraction(100)
    change = {
        "difference": "difference",
        "difference_of_shares": "difference",
        "relative_change": "relative_change",
    }.get(entry["definition"], "")
    counted = made["kind"] in ("count", "area")
    is_number = counted and not below and change != "relative_change"
    return Measure(above, below, factor, change, entry.get("years_averaged", 1), is_number)


def divided(
    measure: Measure, sums: list[Fraction | None], texts: list[str]
) -> tuple[Fraction | None, str]:
    """Return numerator (over denominator, times the factor) with the formula; None if it cannot be had."""
    above, below = sums
    top, bottom = map(_bracketed, texts)
    if not measure.below:
        return above, texts[0]
    lead = "" if measure.factor == 1 else f"{digits(measure.factor)} x "
    if above is None or not below:
        return None, f"{lead}{top} / {bottom}"
    return measure.factor * above / below, f"{lead}{top} / {bottom}"


def compared(
    measure: Measure, values: list[Fraction | None], formulas: list[str]
) -> tuple[Fraction | None, str]:
    """Return the indicator from the quantity at each date: itself, or the change from first to last."""
    if measure.years > 1:
        spans = range(0, len(values), measure.years)
        formulas = [
            f"({' + '.join(formulas[i : i + measure.years])}) / {measure.years}" for i in spans
        ]
        means = [values[i : i + measure.years] for i in spans]
        values = [None if None in part else sum(part) / Fraction(measure.years) for part in means]
    if not measure.change:
        return values[0], formulas[0]
    first, last = values
    known = first is not None and last is not None
    if measure.change == "difference":
        formula = f"{_bracketed(formulas[1])} - {_bracketed(formulas[0])}"
        return (last - first if known else None), formula
    formula = f"100 x ({_bracketed(formulas[1])} / {_bracketed(formulas[0])} - 1)"
    return (100 * (last / first - 1) if known and first else None), formula


def _bracketed(formula: str) -> str:
    return f"({formula})" if " " in formula else formula


def _parts(names: Iterable[str], variables: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(part for name in names for part in variables[name].get("sum_of", [name]))


def listed(value: str | Iterable[str]) -> list[str]:
    """Return one name as a list of one, several as they are."""
    return [value] if isinstance(value, str) else [*value]


def regional(reference: str | float) -> bool:
    """Whether a reference is each region's own."""
    return isinstance(reference, str) and reference.startswith("region_")


def moved(date: str, years: int) -> str:
    """Return the same day of another year; 29 February becomes the 28th."""
    day = "-02-28" if years and date[4:] == "-02-29" else date[4:]
    return f"{int(date[:4]) + years:04d}{day}"


def _morning(date: str) -> str:
    """Return the 1 January that follows a 31 December, which counts the same people."""
    return f"{int(date[:4]) + 1}-01-01" if date.endswith("-12-31") else date


def years_apart(asked: str, found: str) -> int:
    """Return how many years lie between a date asked for and another; 0 only for the same state."""
    if len(asked) == 4:
        return abs(int(asked) - int(found[:4]))
    first, last = (dt.date.fromisoformat(_morning(date)) for date in (asked, found))
    days = abs((last - first).days)
    return max(1, round(days / 365.25)) if days else 0


def digits(value: Fraction) -> str:
    """Return a number for a formula: all digits of a whole one, else those of a float."""
    return str(value.numerator) if value.denominator == 1 else repr(float(value))
