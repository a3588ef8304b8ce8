"""What a number in print says: the range of values that would be printed so."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_PLAIN = re.compile(_NUMBER)
_ABOUT = re.compile(rf"about ({_NUMBER})")
_BELOW = re.compile(rf"(?:<|less than ?)({_NUMBER})")
_ABOVE = re.compile(rf"(?:>|more than ?)({_NUMBER})")
_RANGE = re.compile(rf"({_NUMBER})-({_NUMBER})")
# The forms in words, for messages and the schema.
FORMS = (
    '"8.28", "about 100000" (with `rounded_to`), "<50000", "less than 50000", ">1000000", '
    '"more than 1000000" or "5000-50000", without separators of thousands'
)
# Beyond this share of a value two floats are two numbers; below it the last bits of a division.
_SLACK = 1e-9


@dataclass(frozen=True)
class Span:
    """A number as all the values, from ``low`` to ``high``, that would be printed so.

    ``at`` is the number itself, the middle of a range, or the bound of a bound, whose other end is
    infinite; ``strict`` says that the bounds are not meant themselves (``<50000``). ``decimals`` are
    the digits printed behind the point. ``exact`` is True for one number, False for a bound or a range.
    """

    low: float
    high: float
    at: float
    decimals: int = 0
    strict: bool = False
    exact: bool = True

    @property
    def tolerance(self) -> float:
        """Half the width of what is printed; NaN for a bound."""
        return (self.high - self.low) / 2 if math.isfinite(self.high - self.low) else math.nan

    def holds(self, value: float) -> bool:
        """Whether ``value`` would be printed so. Half a unit of the last digit belongs to both sides."""
        slack = _SLACK * max(1.0, abs(value))
        if self.strict:
            return self.low + slack < value < self.high - slack
        return self.low - slack <= value <= self.high + slack

    def meets(self, low: float, high: float) -> bool:
        """Whether any value from ``low`` to ``high`` would be printed so."""
        slack = _SLACK * max(1.0, abs(low), abs(high))
        if self.strict:
            return low < self.high - slack and high > self.low + slack
        return low <= self.high + slack and high >= self.low - slack

    def difference(self, value: float) -> float:
        """Return ``value`` less the number; for a bound or a range the distance from it, 0 within."""
        if self.exact:
            return value - self.at
        if self.holds(value):
            return 0.0
        return value - (self.low if value <= self.low else self.high)


def printed(text: str, rounded_to: float | None = None) -> Span:
    """Return what ``text`` says; see ``FORMS``.

    A plain number stands for the values that round to it: half a unit of the last digit printed on
    both sides, or half of ``rounded_to``, for zeros at its end that are no digits ("27000" places).

    Raises
    ------
    ValueError
        The text is in none of the forms, "about" comes without ``rounded_to``, or a range runs
        backwards; the message says so.
    """
    if found := _ABOUT.fullmatch(text):
        if rounded_to is None:
            raise ValueError("'about' needs `rounded_to`: the step to which it was rounded")
        return _rounded(Decimal(found[1]), Decimal(str(rounded_to)))
    if _PLAIN.fullmatch(text):
        number = Decimal(text)
        step = Decimal(1).scaleb(int(number.as_tuple().exponent))
        return _rounded(number, step if rounded_to is None else Decimal(str(rounded_to)))
    if found := _BELOW.fullmatch(text):
        bound = float(found[1])
        return Span(-math.inf, bound, bound, _decimals(found[1]), strict=True, exact=False)
    if found := _ABOVE.fullmatch(text):
        bound = float(found[1])
        return Span(bound, math.inf, bound, _decimals(found[1]), strict=True, exact=False)
    if found := _RANGE.fullmatch(text):
        low, high = float(found[1]), float(found[2])
        if low > high:
            raise ValueError("the range runs from a larger to a smaller number")
        return Span(low, high, (low + high) / 2, _decimals(found[1]), exact=False)
    raise ValueError(f"it is no number in a form that is read; write {FORMS}")


def _rounded(number: Decimal, step: Decimal) -> Span:
    half = step / 2
    return Span(float(number - half), float(number + half), float(number), _decimals(str(number)))


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


def shown(value: float, decimals: int) -> str:
    """Return a number for a sentence, with separators of thousands and never as minus zero."""
    return f"{round(value, decimals) + 0.0:,.{decimals}f}"
