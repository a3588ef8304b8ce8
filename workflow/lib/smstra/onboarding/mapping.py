"""Which column of a table is what: units, years, regions and figures, each with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from smstra import formats
from smstra.errors import SourceError, listing, nearest
from smstra.onboarding import headers, words
from smstra.onboarding.figures import find_figures, sums_of, true_numbers
from smstra.onboarding.files import Table, years_in
from smstra.onboarding.rows import NO_CODE, OUT, UNIT
from smstra.onboarding.understood import Mapped, Said
from smstra.onboarding.units import find_regions, find_units
from smstra.onboarding.year_forms import form_of, forms_of

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
    year = _year(mapped, frame, columns, said)
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
    code, name = unit
    if mapped.units.empty:
        mapped.open.append("no row is left that would be a unit; look at what is left out")
        return mapped
    region = find_regions(mapped, frame, columns, (code, name, year), said)
    taken = {column for column in (code, name, year, *region) if column}
    rest = [column for column in columns if column not in taken]
    if mapped.date.get("column") == "header":
        rest = forms_of(rest)
    elif "fixed" not in mapped.date and not mapped.date:
        mapped.open.append(
            f"nothing says of which year its figures are; say so by --year '{mapped.file}:2014'"
        )
    find_figures(mapped, frame, rest, true, said, variables)
    _set_day(mapped, said, variables)
    for column in columns:
        used = {spec["column"] for spec in mapped.variables.values()}
        dims = {key for spec in mapped.variables.values() for key in spec.get("where", {})}
        if column not in taken | used | dims and form_of(column) not in used:
            mapped.unused.setdefault(column, "not needed, or not understood")
    return mapped


def _column_of_years(mapped: Mapped, year: str) -> str:
    return year or ("sheet" if mapped.date.get("column") == "sheet" else "")


def _set_day(mapped: Mapped, said: Said, variables: Mapping[str, Any]) -> None:
    """Say on which day people were counted: what the user or the table says, else 1 January as an assumption."""
    needs_day = [v for v in mapped.variables if variables[v]["dates"] == "day"]
    if not needs_day or not mapped.date:
        return
    columns = [spec["column"] for spec in mapped.variables.values()]
    texts = (*columns, mapped.table.above, mapped.table.path.stem, mapped.date.get("written", ""))
    told = next(filter(None, map(words.day_of, texts)), "")
    mapped.date["day"] = said.day or told or "01-01"
    mapped.why["day"] = (
        "as you said"
        if said.day
        else f"{listing(needs_day)}: the table says so"
        if told
        else f"ASSUMED for {listing(needs_day)}: nothing in the file says on which day they were counted"
    )


def _check_said(
    table: Table, frame: pd.DataFrame, said: Said, variables: Mapping[str, Any]
) -> None:
    """Raise SourceError where the user names a column, variable, value or row that there is not."""
    file = table.path.name
    named = [said.code_column, said.name_column, said.region_column, *said.where, *said.fractions]
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
                f"--row '{file}:{key}={said.rows[key]}': no row has this code or name; write it as it stands in "
                "the file."
            )


def _year(mapped: Mapped, frame: pd.DataFrame, columns: list[str], said: Said) -> str:
    """Find where the year stands; return the column that holds it, or ``""``."""
    table, why = mapped.table, mapped.why
    if said.year:
        mapped.date, mapped.years = {"fixed": said.year}, [said.year]
        why["date"] = "as you said"
        return ""
    if "sheet_of_year" in table.reading:
        written = table.reading["sheet_of_year"]
        mapped.date = {"column": "sheet"} | ({"written": written} if written != "{year}" else {})
        mapped.years = sorted({years_in(sheet)[0] for sheet in frame["sheet"]})
        why["date"] = "a sheet a year"
        return ""
    for column in columns:
        cells = frame[column]
        found = [years_in(cell) for cell in cells.unique()]
        if not all(len(each) == 1 for each in found):
            continue
        forms = {form_of(cell) for cell in cells.unique()}
        word = words.says(column, words.YEAR)
        repeated = cells.duplicated().any() or len(cells) == 1
        if len(forms) == 1 and (word or repeated) and not headers.variable_of(column):
            form = forms.pop()
            mapped.date = {"column": column} | ({"written": form} if form != "{year}" else {})
            mapped.years = sorted({each[0] for each in found})
            why["date"] = f"`{column}` holds a year in each row: {listing(mapped.years, 20)}"
            return column
    dated = [column for column in columns if len(years_in(column)) == 1]
    by_form = Counter(form_of(column) for column in dated)
    years = sorted({years_in(column)[0] for column in dated})
    if by_form and max(by_form.values()) > 1:
        mapped.date, mapped.years = {"column": "header"}, years
        why["date"] = f"each year has a column of its own: {listing(years, 20)}"
    elif len(years) == 1:
        mapped.date, mapped.years = {"fixed": years[0]}, years
        why["date"] = f"{listing(dated)} name the year {years[0]}"
    else:
        for place, text in (("the file's name", table.path.stem), ("the title", table.above)):
            told = sorted(set(years_in(text)))
            if len(told) == 1:
                mapped.date, mapped.years = {"fixed": told[0]}, told
                why["date"] = f"{place} has the year {told[0]}: {text.strip()!r}"
                break
    return ""


def reading_of(mapped: Mapped) -> dict[str, Any]:
    """Return the keys of a description that say how the table is read, with the style of its numbers."""
    reading = dict(mapped.table.reading)
    return reading | mapped.figures


def frame_of(mapped: Mapped) -> pd.DataFrame:
    """Return the table as the run reads it."""
    return formats.parse(mapped.table.raw, reading_of(mapped), mapped.file)
