"""Hold a new vintage against the one in use: what came, went, was revised or flagged otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smstra.errors import FetchError, listing
from smstra.sources.tables import KEY

COLUMNS = [
    *KEY,
    "change",
    "value_in_use",
    "value_new",
    "difference",
    "relative_difference",
    "status_in_use",
    "status_new",
]


def changes(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return what differs between the observations in use and new ones.

    One row for each figure that was ``added``, is ``gone``, was ``revised`` (another value), or
    bears another ``flag``; ``difference`` in the variable's unit of measure, ``relative_difference``
    in percent of the value in use. Sorted by variable, level, unit, date.
    """
    both = old.merge(new, on=KEY, how="outer", suffixes=("_in_use", "_new"), indicator="side")
    before, after = both["value_in_use"], both["value_new"]
    same = (before == after) | (before.isna() & after.isna())
    flagged = both["status_in_use"].fillna("") != both["status_new"].fillna("")
    both["change"] = np.select(
        [both["side"] == "right_only", both["side"] == "left_only", ~same, flagged],
        ["added", "gone", "revised", "flag"],
        default="",
    )
    both["difference"] = after - before
    base = before.abs().where(before != 0)
    both["relative_difference"] = both["difference"] / base * 100
    found = both[both["change"] != ""]
    return found.sort_values(KEY, ignore_index=True)[COLUMNS]


def units_changed(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return what differs between two registers, tables of changes or memberships: whole rows.

    The columns of the tables, led by ``change``: ``added`` or ``gone``.
    """
    both = old.merge(new, how="outer", indicator="side")
    change = both.pop("side").astype(str).map({"right_only": "added", "left_only": "gone"})
    both.insert(0, "change", change)
    return both[both["change"].notna()].reset_index(drop=True)


def refuse_odd(name: str, old: pd.DataFrame, new: pd.DataFrame, limits: Mapping[str, Any]) -> None:
    """Raise FetchError where a new table cannot be a newer edition of the one in use.

    Parameters
    ----------
    old, new
        The observations in use and the new ones.
    limits
        ``least_share_of_rows`` and ``most_median_ratio``, as in config/refresh.yaml.
    """
    both = old.merge(new, on=KEY, suffixes=("_in_use", "_new"))
    before, after = both["value_in_use"], both["value_new"]
    figures = int(old["value"].notna().sum())
    kept = int((before.notna() & after.notna()).sum())
    _refuse_fewer(name, "figures", figures, kept, limits)
    _refuse_fewer(
        name,
        "figures above zero",
        int((before > 0).sum()),
        int(((before > 0) & ~(after <= 0)).sum()),
        limits,
    )
    usable = (before > 0) & (after > 0)
    ratios = (after[usable] / before[usable]).groupby(both.loc[usable, "variable"]).median()
    most = limits["most_median_ratio"]
    odd = ratios[(ratios > most) | (ratios < 1 / most)]
    if len(odd):
        raise FetchError(
            f"{name}: the new figures of '{odd.index[0]}' are in the median {odd.iloc[0]:.6g} times those in "
            f"use (`most_median_ratio` allows {most:g}): the unit of measure has "
            "changed, or two tables are swapped; look at them, and describe the new unit by `multiply_by`."
        )


def refuse_fewer_units(
    name: str, old: pd.DataFrame, new: pd.DataFrame, limits: Mapping[str, Any]
) -> None:
    """Raise FetchError where a register, or a table of changes or membership, lost too many rows."""
    _refuse_fewer(name, "rows", len(old), len(old.merge(new, how="inner")), limits)


def _refuse_fewer(name: str, what: str, number: int, kept: int, limits: Mapping[str, Any]) -> None:
    share = kept / number if number else 1
    if share < limits["least_share_of_rows"]:
        raise FetchError(
            f"{name}: of the {number:,} {what} in use the new table holds {kept:,} "
            f"({share:.0%}; `least_share_of_rows` asks for {limits['least_share_of_rows']:.0%}): it is cut "
            "off, or another table, or its codes or years changed; look at it, and lower that share if it "
            "is right."
        )


def held(new: pd.DataFrame) -> list[str]:
    """Return a line for each variable and level: how many figures, of how many units, how large."""
    lines = []
    for (variable, level), rows in new.groupby(["variable", "level"], sort=True):
        values = rows["value"].dropna()
        years = sorted({date[:4] for date in rows["date"]})
        size = (
            f"lowest {values.min():g}, median {values.median():g}, highest {values.max():g}"
            if len(values)
            else "no figure at all"
        )
        lines.append(
            f"holds {variable} ({level}): {rows['unit'].nunique():,} units, {years[0]} to {years[-1]}, "
            f"{len(rows) - len(values):,} of {len(rows):,} without a figure; {size}"
        )
    return lines


def summary(found: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame, shown: int) -> list[str]:
    """Return the lines that say how many figures changed, and the ``shown`` largest revisions."""
    number = found["change"].value_counts()
    counts = ", ".join(
        f"{number.get(change, 0):,} {words}"
        for change, words in (
            ("added", "added"),
            ("gone", "gone"),
            ("revised", "revised"),
            ("flag", "flagged otherwise"),
        )
    )
    lines = [f"{len(old):,} figures in use, {len(new):,} in the new vintage: {counts}"]
    emptied = (
        found["value_in_use"].notna() & found["value_new"].isna() & (found["change"] != "gone")
    )
    if emptied.any():
        lines.append(f"{int(emptied.sum()):,} of those revised have no value any more")
    far = (found["value_new"] / found["value_in_use"]).replace(np.inf, np.nan)
    far = int(((far > 2) | (far < 0.5)).sum())
    if far:
        lines.append(
            f"{far:,} of those revised are more than twice, or less than half, of what they were"
        )
    revised = found[(found["change"] == "revised") & found["relative_difference"].notna()]
    largest = revised.assign(size=revised["relative_difference"].abs()).sort_values(
        ["size", *KEY], ascending=[False, True, True, True, True]
    )
    if len(largest):
        lines.append("largest revisions, in percent of the figure in use:")
    for row in largest.head(shown).itertuples():
        lines.append(
            f"  {row.variable} of {row.level} {row.unit}, {row.date}: {row.value_in_use:g} -> "
            f"{row.value_new:g} ({row.relative_difference:+.2f} %)"
        )
    for change in ("gone", "added"):
        part = found[found["change"] == change]
        for (variable, level), rows in part.groupby(["variable", "level"], sort=True):
            years = sorted({date[:4] for date in rows["date"]})
            lines.append(
                f"{change}: {variable}, {len(rows):,} figures of {rows['unit'].nunique():,} units "
                f"({level}), {years[0]} to {years[-1]}: {listing(sorted(set(rows['unit'])))}"
            )
    return lines


def types_changed(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the units whose type changes: ``unit, name, type_in_use, type_new, because``.

    ``because`` names the criteria whose answer changed.
    """
    answers = ["sf_high", "economy_improving", "population_improving"]
    old, new = (table[["unit", "name", "type", *answers]].astype(object) for table in (old, new))
    both = old.merge(new, on="unit", how="outer", suffixes=("_in_use", "_new")).fillna("")
    both = both[both["type_in_use"] != both["type_new"]]
    because = [
        ";".join(a for a in answers if str(row[f"{a}_in_use"]) != str(row[f"{a}_new"]))
        for _, row in both.iterrows()
    ]
    made = both[["unit", "name_in_use", "type_in_use", "type_new"]].assign(because=because)
    return made.rename(columns={"name_in_use": "name"}).sort_values("unit", ignore_index=True)
