"""Where a table says of which year, and of which day of it, its figures are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from smstra.errors import listing
from smstra.onboarding import headers, words
from smstra.onboarding.days import Days, days_in, part_of_year, year_of
from smstra.onboarding.files import years_in
from smstra.onboarding.understood import Mapped, Said, flag
from smstra.onboarding.year_forms import form_of


def find_year(mapped: Mapped, frame: pd.DataFrame, columns: Sequence[str], said: Said) -> str:
    """Find where the year stands and put it into ``mapped``; return the column that holds it, or ``""``.

    Where two places say different years, nothing is taken and ``mapped.open`` says what decides.
    """
    if "sheet_of_year" in mapped.table.reading:
        written = mapped.table.reading["sheet_of_year"]
        mapped.date = {"column": "sheet"} | ({"written": written} if written != "{year}" else {})
        mapped.years = sorted({years_in(sheet)[0] for sheet in frame["sheet"]})
        mapped.why["date"] = "a sheet a year"
        return ""
    column = _column(mapped, frame, columns, said)
    if mapped.open:
        return ""
    by_column = {name: years_in(name)[0] for name in columns if len(years_in(name)) == 1}
    if said.year:
        _as_said(mapped, frame, column, by_column, said.year)
        return ""
    if column:
        wide = _repeated(by_column)
        if len(wide) > 1:
            mapped.open.append(
                f"both the column `{column}` and the headers {listing(wide, 4)} say the year; leave one of "
                f"them in the file, or say {flag('year', mapped.file, '2014')}"
            )
            return ""
        _of_rows(mapped, frame, column, said)
        return column
    years = sorted(set(by_column.values()))
    if len(years) > 1:
        mapped.date, mapped.years = {"column": "header"}, years
        mapped.why["date"] = f"each year has a column of its own: {listing(years, 20)}"
    else:
        _of_texts(mapped, {f"the header {listing(by_column, 3)}": years})
    return ""


def without_other_years(columns: Sequence[str], said: Said) -> list[str]:
    """Return the columns without those that name another year than the user says."""
    return [c for c in columns if not said.year or years_in(c) in ([], [said.year])]


def _as_said(
    mapped: Mapped, frame: pd.DataFrame, column: str, by_column: Mapping[str, str], year: str
) -> None:
    """Take the year that the user says, unless the table plainly holds figures of others."""
    if column:
        there = sorted({found[0] for cell in frame[column].unique() if (found := year_of(cell))})
        if there != [year]:
            mapped.open.append(
                f"`{column}` says {listing(there, 8)} row by row, and --year says {year}; leave --year out, or "
                f"the rows of other years out of the file"
            )
            return
    elif by_column and year not in by_column.values():
        mapped.open.append(
            f"--year says {year}, and the header has columns of {listing(sorted(set(by_column.values())), 8)} "
            "only; leave --year out, or name one of these"
        )
        return
    mapped.date, mapped.years = {"fixed": year}, [year]
    mapped.why["date"] = "as you said"


def _repeated(by_column: Mapping[str, str]) -> list[str]:
    """Return the columns that are alike but for their years."""
    forms = [form_of(name) for name in by_column]
    return [name for name in by_column if forms.count(form_of(name)) > 1]


def _column(mapped: Mapped, frame: pd.DataFrame, columns: Sequence[str], said: Said) -> str:
    """Return the column of years or dates; asks where it may be one of several, or is not clean."""
    if said.year_column:
        return said.year_column
    able, doubtful = [], []
    for name in columns:
        cells = [cell for cell in frame[name].unique() if cell]
        found = [year_of(cell) for cell in cells]
        named = bool(words.says(name, words.YEAR))
        bare = {form for each in found if each for form in [each[1]]}
        if not cells or headers.variable_of(name) or (not named and words.says(name, words.CODE)):
            continue
        if all(found):
            # A lone year in each row can be of borders or of an edition, if the header does not say.
            several = len({year for year, _ in filter(None, found)}) > 1
            repeated = frame[name].duplicated().any()
            if named or (repeated and several and not words.says(name, words.BORDERS)):
                able.append((named, name))
            elif repeated and len(bare) == 1:
                doubtful.append(name)
        elif named and sum(map(bool, found)) >= len(found) / 2:
            odd = next(cell for cell, each in zip(cells, found, strict=True) if not each)
            mapped.open.append(
                f"`{name}` holds years, and '{odd}'; write the year alone there, or take such rows out of "
                "the file"
            )
            return ""
    best = [name for named, name in able if named] or [name for _, name in able]
    if len(best) > 1:
        ways = " or ".join(flag("year-column", mapped.file, name) for name in best)
        mapped.open.append(
            f"{listing(best)} all hold years; say which is that of the figures by {ways}"
        )
        return ""
    if best:
        return best[0]
    dated = any(years_in(name) for name in columns)
    if doubtful and not dated and not said.year:
        name = doubtful[0]
        year = year_of(frame[name].iloc[0])
        mapped.open.append(
            f"`{name}` holds {year[0] if year else ''} in each row, and does not say of what; if it is the "
            f"year of the figures, say {flag('year-column', mapped.file, name)}, else "
            f"{flag('year', mapped.file, '2014')}"
        )
    return ""


def _of_rows(mapped: Mapped, frame: pd.DataFrame, column: str, said: Said) -> None:
    """Describe a column of years: how they are written, or why that cannot be read."""
    cells = list(frame[column].unique())
    found = {cell: year_of(cell) for cell in cells}
    odd = [cell for cell, each in found.items() if each is None]
    if odd:
        mapped.open.append(
            f"`{column}` holds '{odd[0]}', which is no year or date; mend it, or take such rows out of the file"
        )
        return
    forms = sorted({each[1] for each in found.values() if each})
    if len(forms) > 1:
        mapped.open.append(
            f"`{column}` writes its years in {len(forms)} ways ({listing(cells, 4)}); leave the rows of one "
            "day, month or quarter of each year in the file"
        )
        return
    mapped.date = {"column": column} | ({"written": forms[0]} if forms[0] != "{year}" else {})
    mapped.years = sorted({each[0] for each in found.values() if each})
    mapped.why["date"] = f"`{column}` holds a year in each row: {listing(mapped.years, 20)}"
    if forms[0] != "{year}":
        mapped.why["date"] += f", written as in '{cells[0]}'"


def _of_texts(mapped: Mapped, told: Mapping[str, Sequence[str]]) -> None:
    """Take the one year that header, title and the file's name agree on."""
    places = {place: set(years) for place, years in told.items() if years}
    plainly = True
    for place, text in (
        ("the title", mapped.table.above),
        ("the file's name", mapped.table.path.stem),
    ):
        if years := set(years_in(text)):
            places[f"{place} {text.strip()!r}"] = years
            plainly &= not words.of_edition(text)
    if not places:
        return
    several = any(len(years) > 1 for years in places.values())
    if not plainly or several or len(set().union(*places.values())) > 1:
        said = "; ".join(f"{place}: {listing(sorted(years))}" for place, years in places.items())
        mapped.open.append(
            f"it is not said plainly of which year the figures are ({said}); say so by "
            f"{flag('year', mapped.file, '2014')}"
        )
        return
    (year,) = set().union(*places.values())
    mapped.date, mapped.years = {"fixed": year}, [year]
    mapped.why["date"] = f"{listing(places)}: {year}"


def set_day(mapped: Mapped, said: Said, variables: Mapping[str, Any]) -> None:
    """Say on which day people were counted: as the user or the table says, else 1 January, as an assumption."""
    needs_day = [v for v in mapped.variables if variables[v]["dates"] == "day"]
    written = mapped.date.get("written", "")
    if part_of_year(written) and not said.day:
        mapped.open.append(
            f"`{mapped.date['column']}` holds months or quarters ('{written}'), and figures of one are none "
            f"of a year; if they are counts of a day, say which by {flag('day', mapped.file, '12-31')}"
        )
        return
    if not needs_day or not mapped.date:
        return
    columns = [spec["column"] for spec in mapped.variables.values()]
    told = Days()
    for text in (*columns, mapped.table.above, mapped.table.path.stem, written):
        if not words.of_edition(text):
            told |= days_in(text)
    if not said.day and (told.doubtful or len(told.named) > 1):
        days = sorted(told.named | told.doubtful)
        mapped.open.append(
            f"{listing(needs_day)}: the table names the days {listing(days)} (month-day); say on which people "
            f"were counted by {' or '.join(flag('day', mapped.file, day) for day in days)}"
        )
        return
    day = next(iter(told.named), "")
    mapped.date["day"] = said.day or day or "01-01"
    mapped.why["day"] = (
        "as you said"
        if said.day
        else f"{listing(needs_day)}: the table says so"
        if day
        else f"ASSUMED for {listing(needs_day)}: smstra found no day in header, title, years and name of the "
        "file; look into it, or ask its publisher"
    )
