"""Why a value is missing, in words: what the flag `missing=` says (docs/flags.md)."""

from __future__ import annotations

import re

_REASONS = {
    "not_split": "a unit that merged later is not split",
    "territories_differ": "its figures describe different territories",
    "division_by_zero": "its denominator is zero",
    "no_figures_at_this_level": "there are figures for larger areas only",
    "not_available": "the case has no figures",
    "no_row": "no row in the source",
    "reference": "there is no reference",
}
_GAPS = {
    "missing": "an empty cell",
    "no_row": "no row",
    "incomplete": "an incomplete figure",
    "not_summable": "parts that cannot be put together",
    "not_convertible": "other limits of the area",
}


def reasons(flags: str) -> dict[str, str]:
    """Return why a value is missing, by the column that leads the flag (``""`` if none does)."""
    found = re.findall(r"(?:^|;)(?:(\w+):)?missing=([^;]+)", flags)
    return {column: in_words(code) for column, code in found}


def in_words(code: str) -> str:
    """Return a reason such as ``foreign:no_row@2005`` as a reader says it."""
    figure = re.fullmatch("(.+):(.+)@(.+)", code)
    if figure is None:
        return _REASONS.get(code, code)
    variable, gap, year = figure.groups()
    return f"{_GAPS.get(gap, f'the flag {gap}')} for {variable} in {year}"
