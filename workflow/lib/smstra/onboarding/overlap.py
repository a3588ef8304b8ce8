"""Figures that several files of a new case hold: taken from one, and compared with those of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from smstra.errors import listing
from smstra.onboarding.asked import as_flag
from smstra.onboarding.days import year_of
from smstra.onboarding.mapping import frame_of
from smstra.onboarding.understood import Mapped

_SHOWN = 3


@dataclass
class Held:
    """The figures of the files taken so far: by variable a frame ``unit, year, value, file``, and its day."""

    figures: dict[str, pd.DataFrame] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)

    def add(self, mapped: Mapped, found: pd.DataFrame) -> None:
        """Take the figures that are read of a file."""
        for variable in mapped.variables:
            rows = _of(found, variable).assign(file=mapped.file)
            both = [self.figures[variable], rows] if variable in self.figures else [rows]
            self.figures[variable] = pd.concat(both, ignore_index=True)

    def years(self) -> dict[str, set[str]]:
        """Return the years at hand by variable."""
        return {variable: set(rows["year"]) for variable, rows in self.figures.items()}


def _of(found: pd.DataFrame, variable: str) -> pd.DataFrame:
    rows = found[(found["variable"] == variable) & found["value"].notna()]
    return pd.DataFrame(
        {"unit": rows["unit"], "year": rows["date"].str[:4], "value": rows["value"]}
    ).reset_index(drop=True)


def without_held(
    mapped: Mapped, found: pd.DataFrame, held: Held, prefer: str
) -> tuple[list[str], list[str]]:
    """Leave out of a table the years of variables that files before it hold.

    Parameters
    ----------
    mapped
        The table; its variables, rows and columns become those that are taken.
    found
        Its figures, all of them.
    held
        Those of the files before it.
    prefer
        The file whose figures count where two disagree; ``""`` if the user does not say.

    Returns
    -------
    tuple
        What keeps the table from being read, and what is to be said of it.
    """
    against: list[str] = []
    told: list[str] = []
    for variable in list(mapped.variables):
        if variable not in held.figures:
            continue
        before, now = held.figures[variable], _of(found, variable)
        both = before.merge(now, on=["unit", "year"], suffixes=("", "_here"))
        if both.empty:  # other years, or other units, of which nothing stands twice
            against += _other_day(mapped, variable, held)
            continue
        other = both[both["value"] != both["value_here"]]
        first = listing(dict.fromkeys(both["file"]), _SHOWN)
        common = sorted(set(before["year"]) & set(now["year"]))
        if len(other) and prefer not in set(other["file"]):
            against.append(_disagreement(mapped.file, variable, other))
            continue
        alone = now[now["year"].isin(common)].merge(before, on=["unit", "year"], how="left")
        lost = int(alone["file"].isna().sum())
        equal = f"{len(both) - len(other):,} figures are equal"
        equal += f", {len(other):,} differ and are left out, as you said" if len(other) else ""
        equal += f", {lost:,} stand here only and are left out" if lost else ""
        told.append(f"{variable}: {listing(common, 20)} taken from {first}; {equal}")
        if set(now["year"]) - set(common):
            against += _other_day(mapped, variable, held)
        _leave_out(mapped, variable, set(common), first)
    if not against:
        _leave_out_unread(mapped)
    return against, told


def _disagreement(file: str, variable: str, other: pd.DataFrame) -> str:
    shown = [
        f"{row.unit} in {row.year}: {row.value_here:g} here, {row.value:g} in {row.file}"
        for row in other.head(_SHOWN).itertuples()
    ]
    return (
        f"{len(other):,} figures of {variable} are others than in {other['file'].iloc[0]} "
        f"({'; '.join(shown)}); say which file counts by "
        f"{as_flag('prefer', file)} or {as_flag('prefer', other['file'].iloc[0])}"
    )


def _other_day(mapped: Mapped, variable: str, held: Held) -> list[str]:
    """Return what is wrong where further years are counted on another day, as no series can be."""
    day, before = mapped.date.get("day"), held.days.get(variable)
    if before is None or day == before:
        return []
    first = held.figures[variable]["file"].iloc[0]
    return [
        f"{variable} is counted on {day} here and on {before} in {first}; say which day it is by "
        f"{as_flag('day', f'{mapped.file}:{before}')} or {as_flag('day', f'{first}:{day}')}"
    ]


def _leave_out(mapped: Mapped, variable: str, years: set[str], first: str) -> None:
    """Leave out the ``years`` of a variable: the variable, its rows, or its columns."""
    spec = mapped.variables[variable]
    column = mapped.date.get("column")
    rest = set(mapped.years) - years
    why = f"{variable} of {listing(sorted(years), 20)} is taken from {first}"
    if not rest:
        del mapped.variables[variable]
        mapped.unused[spec["column"]] = why
    elif column == "header":
        before, _, after = spec["column"].partition("{year}")
        gone = [f"{before}{year}{after}" for year in sorted(years)]
        columns = [name for name in mapped.table.reading["columns"] if name not in gone]
        reading = {**mapped.table.reading, "columns": columns, "other_columns": "unread"}
        mapped.table = replace(mapped.table, reading=reading)
        mapped.unused |= dict.fromkeys(gone, why)
    else:
        cells = _cells_of_years(mapped)
        kept = sorted(cell for cell, year in cells.items() if year in rest)
        spec["where"] = {**spec.get("where", {}), column: kept}
        mapped.why[f"variables.{variable}"] = (
            f"{mapped.why.get(f'variables.{variable}', '')}; {why}"
        )


def _cells_of_years(mapped: Mapped) -> Mapping[str, str]:
    """Return the year by text of the column that holds it."""
    return {
        cell: found[0]
        for cell in frame_of(mapped)[mapped.date["column"]].unique()
        if (found := year_of(cell))
    }


def _leave_out_unread(mapped: Mapped) -> None:
    """Leave out the rows of years that no variable is taken of; a run refuses rows that nothing reads."""
    column = mapped.date.get("column")
    if column in (None, "header"):
        return
    asked = [spec.get("where", {}).get(column) for spec in mapped.variables.values()]
    if not asked or None in asked:
        return
    read = {cell for cells in asked if cells for cell in cells}
    rest = sorted(set(_cells_of_years(mapped)) - read)
    if rest:
        mapped.exclude.append(
            {"column": column, "values": rest, "because": "these years are taken from other files"}
        )


def order(tables: Sequence[Mapped], prefer: str) -> list[Mapped]:
    """Return the tables as they are taken: the preferred, then those with most years, then as given."""
    return sorted(tables, key=lambda each: (each.file != prefer, -len(each.years)))
