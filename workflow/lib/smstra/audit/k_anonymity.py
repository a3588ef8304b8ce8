"""Which units fit what is said of one, and how many: printed numbers as ranges, crowds, most telling pairs.

A publication that says enough of a town singles it out, named or not. The number of units that fit all
that is said is the k of k-anonymity: P. Samarati and L. Sweeney, Protecting privacy when disclosing
information: k-anonymity and its enforcement through generalization and suppression, SRI-CSL-98-04, 1998;
L. Sweeney, k-anonymity: a model for protecting privacy, Int. J. Uncertainty, Fuzziness and
Knowledge-Based Systems 10(5), 2002, 557-570.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from smstra.errors import ConfigError

# Values and bounds are rounded to so many decimals before they are compared, so that a binary fraction
# decides nothing.
DECIMALS = 9
_NUMBER = r"[-+\u2212]?(?:[0-9]{1,3}(?: [0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_FORMS = {
    "value": rf"({_NUMBER})",
    "nearest": rf"({_NUMBER}) to the nearest ({_NUMBER})",
    "about": rf"(?:about|around|circa|ca\.?|c\.|~|\u2248) ?({_NUMBER})",
    "below": rf"(?:below|under|less than|fewer than|<) ?({_NUMBER})",
    "at_most": rf"(?:at most|up to|<=|\u2264) ?({_NUMBER})",
    "above": rf"(?:above|over|more than|>) ?({_NUMBER})",
    "at_least": rf"(?:at least|>=|\u2265) ?({_NUMBER})",
    "to_below": rf"from ({_NUMBER}) to below ({_NUMBER})",
    "to": rf"(?:between |from )?({_NUMBER}) ?(?:-|\u2013|to|and) ?({_NUMBER})",
}
# Forms of one number, not of a range.
SINGLE = ("value", "nearest", "about")
_HOW = (
    "write a number as it is printed with a decimal point (253.26), `about 16000`, `250 to the nearest 10`, "
    "`15-20`, `below 50000`, `at least 5000`, or `from 5000 to below 10000`"
)
_ONE = Decimal(1)


class Range(NamedTuple):
    """The values that something printed may stand for; an end that is included counts as within."""

    low: float
    high: float
    low_included: bool
    high_included: bool

    def holds(self, values: np.ndarray, decimals: int = DECIMALS) -> np.ndarray:
        """Return which of ``values`` lie within; both sides are rounded to ``decimals`` first."""
        at = np.round(values, decimals)
        low, high = np.round(self.low, decimals), np.round(self.high, decimals)
        above = at >= low if self.low_included else at > low
        return above & (at <= high if self.high_included else at < high)

    def contains(self, other: Range) -> bool:
        """Return whether no value of ``other`` lies outside."""
        from_below = self.low < other.low or (
            self.low == other.low and (self.low_included or not other.low_included)
        )
        from_above = self.high > other.high or (
            self.high == other.high and (self.high_included or not other.high_included)
        )
        return from_below and from_above


class Condition(NamedTuple):
    """What is said of one column: a range of its numbers, or which of its words."""

    column: str
    allowed: Range | frozenset[str]


class Crowd(NamedTuple):
    """How many units fit: all of the conditions, each alone, all but each, and each two.

    ``known`` of those that fit all have every value; the others fit because one is missing.
    """

    units: int
    fits: int
    known: int
    alone: tuple[int, ...]
    without: tuple[int, ...]
    pairs: tuple[tuple[int, int, int], ...]


def printed_form(text: str) -> tuple[str, tuple[Decimal, ...]]:
    """Return the form of a printed number (a key of ``_FORMS``) and its numbers.

    Raises
    ------
    ConfigError
        The text is no number in any of these forms; the caller says in which file it stands.
    """
    plain = " ".join(text.split()).removesuffix("%").rstrip().casefold()
    for form, pattern in _FORMS.items():
        found = re.fullmatch(pattern, plain)
        if found:
            numbers = tuple(
                Decimal(number.replace(" ", "").replace("\u2212", "-")) for number in found.groups()
            )
            if len(numbers) == 2 and form != "nearest" and numbers[0] > numbers[1]:
                raise ConfigError(f"'{text}' runs backwards; write the smaller number first.")
            if form == "nearest" and numbers[1] <= 0:
                raise ConfigError(f"'{text}' is rounded to {numbers[1]}; write a step above 0.")
            return form, numbers
    comma = re.fullmatch("[^,]*[0-9],[0-9][^,]*", plain)
    hint = " (a comma may part thousands or decimals, so it is not read)" if comma else ""
    raise ConfigError(f"'{text}' is no number{hint}; {_HOW}.")


def printed_range(text: str, tolerance: str | None = None) -> Range:
    """Return the values that a printed number may stand for.

    ``253.26`` stands for what rounds to it, [253.255, 253.265): half a unit of the last digit on either
    side, halves rounded away from zero. ``about`` leaves half a unit of the last digit that is not 0, but
    no more than of the second: about 16000 is [15500, 16500), about 100000 [95000, 105000). ``15-20``
    is [15, 20], ``below 5`` all below 5. With a ``tolerance`` (a number as text) all ends lie so much
    farther out, and are included; a single number is then itself, give or take the tolerance.

    Raises
    ------
    ConfigError
        The text or the tolerance is no number; the caller says in which file it stands.
    """
    form, numbers = printed_form(text)
    if tolerance is not None:
        return _with_tolerance(form, numbers, _tolerance(tolerance))
    if form in SINGLE:
        return rounded_range(numbers[0], step_of(form, numbers))
    return _between(form, numbers)


def _tolerance(text: str) -> Decimal:
    form, numbers = printed_form(text)
    if form != "value" or numbers[0] < 0:
        raise ConfigError(f"'{text}' is no tolerance; write a number of 0 or more.")
    return numbers[0]


def _with_tolerance(form: str, numbers: tuple[Decimal, ...], by: Decimal) -> Range:
    if form in SINGLE:
        return Range(float(numbers[0] - by), float(numbers[0] + by), True, True)
    plain = _between(form, numbers)
    low = float(Decimal(str(plain.low)) - by)
    high = float(Decimal(str(plain.high)) + by)
    return Range(low, high, math.isfinite(low), math.isfinite(high))


def _between(form: str, numbers: tuple[Decimal, ...]) -> Range:
    first, last = float(numbers[0]), float(numbers[-1])
    return {
        "below": Range(-math.inf, last, False, False),
        "at_most": Range(-math.inf, last, False, True),
        "above": Range(first, math.inf, False, False),
        "at_least": Range(first, math.inf, True, False),
        "to_below": Range(first, last, True, False),
        "to": Range(first, last, True, True),
    }[form]


def in_words(allowed: Range) -> str:
    """Return a range in words, with the fewest digits that give its ends back."""
    low, high = (f"{end:.10g}" for end in (allowed.low, allowed.high))
    above = f"from {low}" if allowed.low_included else f"above {low}"
    below = f"to {high}" if allowed.high_included else f"to below {high}"
    if allowed.low == -math.inf:
        return f"at most {high}" if allowed.high_included else f"below {high}"
    if allowed.high == math.inf:
        return f"at least {low}" if allowed.low_included else f"above {low}"
    return f"{above} {below}"


def step_of(form: str, numbers: tuple[Decimal, ...]) -> Decimal:
    """Return the unit to which a single printed number is rounded: that of its last digit."""
    if form == "nearest":
        return numbers[1]
    number = numbers[0]
    printed = number.as_tuple().exponent
    if form == "about" and number:
        not_0 = number.normalize().as_tuple().exponent
        return _ONE.scaleb(max(printed, min(not_0, number.adjusted() - 1)))
    return _ONE.scaleb(printed)


def rounded_range(number: Decimal, step: Decimal) -> Range:
    """Return what rounds to ``number`` in steps of ``step``, halves away from zero."""
    half = step / 2
    low, high = float(number - half), float(number + half)
    # What lies half a step from the next number towards zero is rounded up to this one.
    return Range(low, high, number > 0, number < 0)


def rounded(number: Decimal, step: Decimal) -> Decimal:
    """Return ``number`` rounded to a multiple of ``step``, halves away from zero."""
    return (number / step).quantize(_ONE, ROUND_HALF_UP) * step


def fits(
    conditions: Iterable[Condition], table: pd.DataFrame, decimals: int = DECIMALS
) -> np.ndarray:
    """Return which rows of ``table`` fit all ``conditions``; True for all if there are none.

    A missing value (NaN, None or empty text) fits: it cannot be said that it differs. Numbers and
    bounds are rounded to ``decimals`` before they are compared.
    """
    found = np.ones(len(table), dtype=bool)
    for condition in conditions:
        column = table[condition.column]
        if isinstance(condition.allowed, Range):
            values = column.to_numpy(dtype=float, na_value=np.nan)
            found &= condition.allowed.holds(values, decimals) | np.isnan(values)
        else:
            found &= (column.isin(condition.allowed) | missing(column)).to_numpy()
    return found


def missing(column: pd.Series) -> pd.Series:
    """Return where a column has no value: NaN, None or empty text."""
    return column.isna() | (column.astype(object) == "")


def bits_of(mask: np.ndarray) -> int:
    """Return a mask as an integer with a bit a unit: a crowd is then one `and` and one count."""
    raw = int.from_bytes(np.packbits(mask).tobytes(), "big")
    return raw >> (-len(mask) % 8)


def crowd(conditions: Sequence[Condition], table: pd.DataFrame, decimals: int = DECIMALS) -> Crowd:
    """Return how many rows of ``table`` fit the conditions together, apart, and two by two."""
    everyone = bits_of(np.ones(len(table), dtype=bool))
    masks = [bits_of(fits([each], table, decimals)) for each in conditions]
    known = everyone
    for each in conditions:
        known &= bits_of(~missing(table[each.column]).to_numpy())
    before, after = [everyone], [everyone]
    for mask in masks:
        before.append(before[-1] & mask)
    for mask in reversed(masks):
        after.append(after[-1] & mask)
    after.reverse()
    return Crowd(
        units=len(table),
        fits=before[-1].bit_count(),
        known=(before[-1] & known).bit_count(),
        alone=tuple(mask.bit_count() for mask in masks),
        without=tuple(
            (before[place] & after[place + 1]).bit_count() for place in range(len(masks))
        ),
        pairs=tuple(
            (one, other, (masks[one] & masks[other]).bit_count())
            for one, other in combinations(range(len(masks)), 2)
        ),
    )


def information(units: int, fitting: int) -> float:
    """Return the bits that a statement gives away which ``fitting`` of ``units`` fit: log2(units / fitting).

    One that no unit fits counts as one that half a unit fits, so that it has more than any other.
    """
    return math.log2(units / max(fitting, 0.5)) if units else 0.0
