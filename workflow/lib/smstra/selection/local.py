"""What the user's tables say of each unit in a period: reception centres and local politics."""

from __future__ import annotations

import datetime as dt
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

YES, NO, UNKNOWN = "yes", "no", "unknown"


class Period(NamedTuple):
    """First and last day (ISO, both included) and how the case writes the period."""

    first: str
    last: str
    written: str


def _within(table: pd.DataFrame | None, period: Period) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that touch the period by unit, in the order of time.

    Each row gets ``start`` and ``end`` (the day after the last), cut to the period, as numbers of days.
    """
    by_unit: dict[str, list[dict[str, Any]]] = {}
    if table is None:
        return by_unit
    rows = table[(table["from"] <= period.last) & (table["to"] >= period.first)]
    for row in rows.sort_values(["unit", "from"], kind="stable").to_dict("records"):
        start = _number_of(max(row["from"], period.first))
        end = _number_of(min(row["to"], period.last)) + 1
        by_unit.setdefault(row["unit"], []).append({**row, "start": start, "end": end})
    return by_unit


def _number_of(day: str) -> int:
    return dt.date.fromisoformat(day).toordinal()


def reception(
    table: pd.DataFrame | None, units: pd.Series, period: Period, not_listed: str | None
) -> pd.DataFrame:
    """Return ``reception`` and ``reception_places`` of each of ``units``, in their order.

    ``yes`` if a centre or facility was open on any day of the period; ``no`` if the unit's rows of
    kind none cover every day of it, or ``not_listed`` is ``none``; else ``unknown``, as all units are
    without a table. Places are the most that were open on one day: 0 for ``no``, NaN for
    ``unknown`` and where a row of the period does not say them.
    """
    held = _within(table, period)
    days = _number_of(period.last) + 1 - _number_of(period.first)
    unlisted = NO if table is not None and not_listed == "none" else UNKNOWN
    made = []
    for unit in units:
        rows = held.get(unit, [])
        there = [row for row in rows if row["kind"] != "none"]
        if there:
            made.append((YES, _most_at_once(there)))
        elif unlisted == NO or _days_covered(rows) == days:
            made.append((NO, 0.0))
        else:
            made.append((UNKNOWN, np.nan))
    return pd.DataFrame(made, columns=["reception", "reception_places"])


def _days_covered(rows: list[dict[str, Any]]) -> int:
    """Return on how many days at least one of the rows holds; they are in the order of time."""
    covered, until = 0, 0
    for row in rows:
        covered += max(0, row["end"] - max(row["start"], until))
        until = max(until, row["end"])
    return covered


def _most_at_once(rows: list[dict[str, Any]]) -> float:
    """Return the most places open on one day; NaN where a row does not say its places."""
    if any(np.isnan(row["places"]) for row in rows):
        return np.nan
    changes = [(row["start"], row["places"]) for row in rows]
    changes += [(row["end"], -row["places"]) for row in rows]
    # On a day on which one closes and another opens, the closing one (negative) sorts first.
    return float(max(accumulate(change for _, change in sorted(changes))))


def politics(table: pd.DataFrame | None, units: pd.Series, period: Period) -> pd.DataFrame:
    """Return ``tradition``, ``parties`` and ``remark`` of each of ``units``, in their order.

    The tradition that governed on the most days of the period (of equal ones the earlier), the
    parties of its governments in the order of time, joined with `` / ``, and a remark where other
    traditions governed as well; all ``""`` where no row touches the period.
    """
    held = _within(table, period)
    made = [_governed(held.get(unit, []), period) for unit in units]
    return pd.DataFrame(made, columns=["tradition", "parties", "remark"], dtype=object)


def _governed(rows: list[dict[str, Any]], period: Period) -> tuple[str, str, str]:
    days: dict[str, int] = {}
    for row in rows:
        days[row["tradition"]] = days.get(row["tradition"], 0) + row["end"] - row["start"]
    if not days:
        return "", "", ""
    # A stable sort of what stands in the order of time.
    ranked = sorted(days, key=lambda tradition: -days[tradition])
    main = ranked[0]
    parties = [row["parties"] for row in rows if row["tradition"] == main and row["parties"]]
    remark = ""
    if len(ranked) > 1:
        shares = ", ".join(f"{tradition} on {days[tradition]:,} days" for tradition in ranked)
        remark = f"local tradition {period.written}: {shares}"
    return main, " / ".join(dict.fromkeys(parties)), remark
