"""Formulas with their numbers filled in, to be read and typed again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from smstra.csvio import cell as text_of

# (variable, date) -> figure, or sum of figures.
Quantities = dict[tuple[str, str], float]


class Term(NamedTuple):
    """A term of an indicator or series, as in audit/terms.csv."""

    position: int
    side: str
    variable: str
    date: str
    date_asked: str
    level: str
    factor: float
    change: str
    years: int


def of_indicator(
    terms: Sequence[Term], values: Mapping[tuple[str, str], float | None], result: str
) -> str:
    """Return the formula of an indicator; what is missing is said in the place of its number."""
    parts = []
    for position in sorted({term.position for term in terms}):
        own = [term for term in terms if term.position == position]
        parts.append(_quantity(own, values))
    years, change = terms[0].years, terms[0].change
    if years > 1:
        groups = [parts[i : i + years] for i in range(0, len(parts), years)]
        parts = [f"({' + '.join(group)}) / {years}" for group in groups]
    if change == "difference":
        formula = f"{_whole(parts[1])} - {_whole(parts[0])}"
    elif change == "relative_change":
        formula = f"100 x ({_whole(parts[1])} / {_whole(parts[0])} - 1)"
    else:
        formula = parts[0]
    return f"{formula} = {result or 'no value'}"


def _quantity(terms: Sequence[Term], values: Mapping[tuple[str, str], float | None]) -> str:
    sides = []
    for side in ("numerator", "denominator"):
        numbers = [
            _number(values.get((term.variable, term.date))) for term in terms if term.side == side
        ]
        sides.append(numbers)
    if not sides[1]:
        return " + ".join(sides[0])
    top, bottom = (f"({' + '.join(side)})" if len(side) > 1 else side[0] for side in sides)
    factor = "" if terms[0].factor == 1 else f"{text_of(terms[0].factor)} x "
    return f"{factor}{top} / {bottom}"


def _number(value: float | None) -> str:
    return "(missing)" if value is None or math.isnan(value) else text_of(value)


def _whole(part: str) -> str:
    """Return a part in brackets where it is more than one number."""
    return f"({part})" if " " in part and not part.startswith("(missing") else part


def of_areas(terms: Sequence[Term], sums: Quantities, result: str, areas: int) -> str:
    """Return the formula of an indicator of a country or region from sums over its areas."""
    return f"{of_indicator(terms, sums, result)} (sums over {areas} areas)"


def weighted(
    terms: Sequence[Term],
    rates: Mapping[tuple[str, str], Mapping[str, float]],
    areas: Sequence[tuple[str, str | None]],
    weight: str,
    result: str,
) -> str:
    """Return the formula of a mean of published rates weighted by a count at each date."""
    positions = sorted({term.position for term in terms})
    means = []
    for place, position in enumerate(positions):
        own = [term for term in terms if term.position == position]
        products, weights = [], []
        for area, texts in areas:
            heavy = float((texts or "").split(";")[place])
            products.append(_rate(own, rates, area) * heavy)
            weights.append(heavy)
        whole = math.fsum(weights)
        means.append(f"{text_of(math.fsum(products))} / {text_of(whole)}")
    years, change = terms[0].years, terms[0].change
    if years > 1:
        groups = [means[i : i + years] for i in range(0, len(means), years)]
        means = [f"({' + '.join(group)}) / {years}" for group in groups]
    if change == "difference":
        formula = f"({means[1]}) - ({means[0]})"
    elif change == "relative_change":
        formula = f"100 x (({means[1]}) / ({means[0]}) - 1)"
    else:
        formula = means[0]
    return f"sum of rate x weight / sum of weights ({weight}): {formula} = {result} ({len(areas)} areas)"


def _rate(
    terms: Sequence[Term], rates: Mapping[tuple[str, str], Mapping[str, float]], area: str
) -> float:
    """Return the rate of one area at one date from its terms."""
    top, bottom = (
        [rates[term.variable, term.date].get(area, math.nan) for term in terms if term.side == side]
        for side in ("numerator", "denominator")
    )
    return terms[0].factor * sum(top) / sum(bottom) if bottom else sum(top)
