"""Tables with columns for each year: their description as one description a year."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

# What `date.column` says where the year stands in the names of the columns of figures.
HEADER = "header"


def in_header(entry: Mapping[str, Any]) -> bool:
    """Whether the years of a described table stand in its header (and not in a column of that name)."""
    return entry.get("date", {}).get("column") == HEADER and HEADER not in entry.get("columns", [])


def columns_of(written: str, columns: Iterable[str]) -> dict[str, str]:
    """Return, by year, the ``columns`` whose names are ``written`` with a year in place of {year}."""
    before, _, after = written.partition("{year}")
    form = re.compile(f"{re.escape(before)}([12][0-9]{{3}}){re.escape(after)}")
    found = ((form.fullmatch(name), name) for name in columns)
    return {match[1]: name for match, name in found if match}


def of_each_year(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the description as one for each year, each with that year's columns and ``date.fixed``.

    A description whose years are not in the header is returned alone, as it is.
    """
    if not in_header(entry):
        return [entry]
    columns = entry["columns"]
    by_year: dict[str, dict[str, Any]] = {}
    for variable, spec in entry["variables"].items():
        for year, column in columns_of(spec["column"], columns).items():
            by_year.setdefault(year, {})[variable] = {**spec, "column": column}
    aside = {key: entry["date"][key] for key in ("day",) if key in entry["date"]}
    return [
        {**entry, "date": {**aside, "fixed": year}, "variables": by_year[year]}
        for year in sorted(by_year)
    ]
