"""What an indicator measures: which counts or rates, how they are divided, and in which unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from smstra.vocabulary import as_list, parts_of

_CHANGES = {
    "difference": "difference",
    "difference_of_shares": "difference",
    "relative_change": "relative_change",
}


@dataclass(frozen=True)
class Measure:
    """A quantity at one date: ``factor * sum(numerator) / sum(denominator)``.

    ``numerator`` and ``denominator`` are observed variables; without a denominator the quantity is
    the sum of the numerator. ``change`` is ``None``, ``"difference"`` or ``"relative_change"``.
    ``unit_of_measure`` is the unit of the indicator, after the change. ``years`` is how many years
    each date stands for: the quantity is then the plain mean of theirs (as the three-year averages of
    the USDA's county typology).
    """

    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    factor: float
    unit_of_measure: str
    change: str | None
    is_count: bool
    years: int = 1

    @property
    def terms(self) -> tuple[str, ...]:
        """All observed variables, each once."""
        return tuple(dict.fromkeys((*self.numerator, *self.denominator)))

    @property
    def extensive(self) -> bool:
        """Whether the indicator itself would have to be split with its unit: a number of things."""
        return self.is_count and not self.denominator and self.change != "relative_change"

    def at(self, numerator: Any, denominator: Any) -> Any:
        """Return the quantity from summed terms (scalars or arrays); NaN where divided by zero."""
        if not self.denominator:
            return numerator * 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.divide(numerator, denominator) * self.factor
        return np.where(np.isfinite(ratio), ratio, np.nan)

    def over(self, values: list[Any]) -> Any:
        """Return the indicator from the quantity at each date (one, or first and last).

        With ``years`` of more than one, each date comes as so many values, one a year.
        """
        if self.years > 1:
            groups = [values[i : i + self.years] for i in range(0, len(values), self.years)]
            values = [sum(group[1:], group[0]) / self.years for group in groups]
        if self.change is None:
            return values[0]
        first, last = values
        if self.change == "difference":
            return last - first
        with np.errstate(divide="ignore", invalid="ignore"):
            change = (np.divide(last, first) - 1) * 100
        return np.where(np.isfinite(change), change, np.nan)


def measure_of(indicator: Mapping[str, Any], variables: Mapping[str, Mapping[str, Any]]) -> Measure:
    """Return the measure that an ``indicators`` entry of a case defines.

    Definitions as in the case schema: SF is a ``share``, VARNI a ``relative_change`` of a count,
    VARUN a ``difference`` of a rate. A rate that the vocabulary rebuilds is taken apart into its
    counts, so that areas are added up before they are divided.
    """
    of, bases = as_list(indicator["of"]), as_list(indicator.get("in", []))
    definition = indicator["definition"]
    change = _CHANGES.get(definition)
    entry = variables[of[0]]
    factor, unit = 1.0, entry["unit_of_measure"]
    numerator, denominator = parts_of(of, variables), parts_of(bases, variables)
    if "rebuilt_from" in entry and not bases:
        rebuilt = entry["rebuilt_from"]
        numerator, denominator = rebuilt["numerator"], rebuilt["denominator"]
        factor = float(rebuilt["factor"])
    if definition in ("share", "difference_of_shares"):
        factor, unit = 100.0, "percent"
    unit = indicator.get("unit_of_measure", unit)
    if change == "relative_change":
        unit = "percent"
    elif change == "difference":
        unit = unit_of_differences(unit)
    return Measure(
        tuple(numerator),
        tuple(denominator),
        factor,
        unit,
        change,
        is_count=entry["kind"] in ("count", "area"),
        years=indicator.get("years_averaged", 1),
    )


def in_words(indicator: Mapping[str, Any]) -> str:
    """Return the definition as a formula, for tables and reports."""
    if indicator["definition"] == "not_available":
        return f"not available: {indicator['because']}"
    of, base = _added(indicator["of"]), _added(indicator.get("in", []))
    quantity = f"{of} / {base}" if base else of.removeprefix("(").removesuffix(")")
    formula = {
        "level": quantity,
        "share": f"100 x {quantity}",
        "ratio": quantity,
        "difference": f"({quantity}) at the end - at the start" if base else f"{of}, end - start",
        "difference_of_shares": f"100 x ({quantity}), end - start",
        "relative_change": f"100 x ({quantity} at the end / at the start - 1)",
    }[indicator["definition"]]
    years = indicator.get("years_averaged", 1)
    return formula if years == 1 else f"{formula}; each date the mean of {years} years"


def unit_of_differences(unit_of_measure: str) -> str:
    """Return the unit in which two values differ: percentage points for percent."""
    return "percentage points" if unit_of_measure == "percent" else unit_of_measure


def _added(names: str | Iterable[str]) -> str:
    """Return variables that are added up, in brackets where there are several."""
    text = " + ".join(as_list(names))
    return f"({text})" if " + " in text else text
