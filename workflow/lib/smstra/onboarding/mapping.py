"""Which column of a table is what: units, years, regions and figures, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from smstra import formats
from smstra.errors import SourceError, listing, nearest
from smstra.onboarding.figures import find_figures, sums_of, true_numbers
from smstra.onboarding.files import Table
from smstra.onboarding.rows import NO_CODE, OUT, UNIT
from smstra.onboarding.understood import Mapped, Said
from smstra.onboarding.units import find_regions, find_units
from smstra.onboarding.year_forms import form_of, forms_of
from smstra.onboarding.years import find_year, set_day, without_other_years

__all__ = ["Mapped", "Said", "frame_of", "map_table", "reading_of"]


def map_table(table: Table, said: Said, variables: Mapping[str, Any]) -> Mapped:
    """Return how ``table`` is understood.

    Parameters
    ----------
    said
        What the user says of it.
    variables
        The vocabulary.

    Raises
    ------
    SourceError
        The user names a column or variable that there is not.
    """
    frame = table.frame.map(str.strip)
    _check_said(table, frame, said, variables)
    mapped = Mapped(table)
    columns = [name for name in frame.columns if name != "sheet"]
    year = find_year(mapped, frame, columns, said)
    if mapped.open:
        return mapped
    true = true_numbers(table, frame)
    others = [c for c in columns if c != year]
    sums = sums_of(table, frame, others, true, said, variables)
    unit = find_units(mapped, frame, others, _column_of_years(mapped, year), sums, said)
    if unit is None:
        mapped.open.append(
            f"no column looks like codes or names of units; say which by --code-column "
            f"'{mapped.file}:COLUMN' or "
            f"--name-column '{mapped.file}:COLUMN' (its columns are {listing(columns, 20)})"
        )
        return mapped
    if mapped.open:
        return mapped
    code, name = unit
    if mapped.units.empty:
        mapped.open.append("no row is left that would be a unit; look at what is left out")
        return mapped
    region = find_regions(mapped, frame, columns, (code, name, year), said)
    taken = {column for column in (code, name, year, *region) if column}
    rest = without_other_years([c for c in columns if c not in taken], said)
    if mapped.date.get("column") == "header":
        rest = forms_of(rest)
    elif not mapped.date:
        mapped.open.append(
            f"nothing says of which year its figures are; say so by --year '{mapped.file}:2014'"
        )
    find_figures(mapped, frame, rest, true, said, variables)
    set_day(mapped, said, variables)
    for column in columns:
        used = {spec["column"] for spec in mapped.variables.values()}
        dims = {key for spec in mapped.variables.values() for key in spec.get("where", {})}
        if column not in taken | used | dims and form_of(column) not in used:
            mapped.unused.setdefault(column, "not needed, or not understood")
    return mapped


def _column_of_years(mapped: Mapped, year: str) -> str:
    return year or ("sheet" if mapped.date.get("column") == "sheet" else "")


def _check_said(
    table: Table, frame: pd.DataFrame, said: Said, variables: Mapping[str, Any]
) -> None:
    """Raise SourceError where the user names a column, variable, value or row that there is not."""
    file = table.path.name
    named = [said.code_column, said.name_column, said.region_column, said.year_column]
    named += [*said.where, *said.fractions]
    forms = {*table.columns, *forms_of(table.columns)}
    for column in filter(None, [*named, *said.columns.values()]):
        if column not in forms:
            raise SourceError(
                f"{file}: there is no column '{column}'{nearest(column, table.columns)}; its columns "
                f"are {listing(table.columns, 40)}."
            )
    for variable in said.columns:
        if variable not in variables:
            raise SourceError(
                f"{file}: '{variable}' is no variable of the "
                f"vocabulary{nearest(variable, variables)}; "
                f"write one of {listing(variables, 60)}, or describe yours in config/variables.yaml first."
            )
    for flag, given, known in (
        ("row", said.rows, (UNIT, OUT)),
        ("fraction", said.fractions, ("yes", "no")),
    ):
        for key, value in given.items():
            if value not in known:
                raise SourceError(
                    f"--{flag} '{file}:{key}={value}': write {' or '.join(known)} behind the last =."
                )
    cells = {cell for column in frame.columns for cell in frame[column].unique()}
    for key in said.rows:
        parts = (cell.partition(" ")[2] for cell in cells)
        if key != NO_CODE and not any(
            fnmatchcase(cell, key) or cell == key for cell in (*cells, *parts)
        ):
            raise SourceError(
                f"--row '{file}:{key}={said.rows[key]}': no row has this code or name; write it as it stands "
                "in the file."
            )


def reading_of(mapped: Mapped) -> dict[str, Any]:
    """Return the keys of a description that say how the table is read, with the style of its numbers."""
    reading = dict(mapped.table.reading)
    return reading | mapped.figures


def frame_of(mapped: Mapped) -> pd.DataFrame:
    """Return the table as the run reads it."""
    return formats.parse(mapped.table.raw, reading_of(mapped), mapped.file)
