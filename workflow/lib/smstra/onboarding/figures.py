"""Which columns of a table hold which variables, of which rows, in which unit and style of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from smstra import formats
from smstra.errors import listing
from smstra.onboarding import headers, words
from smstra.onboarding.files import Table
from smstra.onboarding.numbers import (
    Column,
    Style,
    is_number,
    is_whole,
    no_figures,
    style_of,
    told_of,
    value_of,
)
from smstra.onboarding.understood import Mapped, Said, flag
from smstra.onboarding.units import score_of_code
from smstra.onboarding.year_forms import form_of

# A column with so many different texts that are no numbers holds no figures.
_TEXTS = 12
# The most values that a dimension has.
_VALUES = 60
_HALF = 0.5
_AS_YOU_SAID = "as you said"


def true_numbers(table: Table, frame: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Return by column the cells that a workbook stores as numbers with decimals, as they stand in ``frame``.

    They are those that read otherwise when a comma is asked for; a text stays as it is.
    """
    if not table.true_points:
        return {}
    other = formats.parse(table.raw, {**table.reading, "decimal": "comma"}, table.path.name)
    found = {}
    for column in frame.columns:
        moved = frame[column] != other[column].str.strip()
        found[column] = frozenset(frame[column][moved]) - set(frame[column][~moved])
    return found


def sums_of(
    table: Table,
    frame: pd.DataFrame,
    columns: Sequence[str],
    true: Mapping[str, frozenset[str]],
    said: Said,
    variables: Mapping[str, Any],
) -> pd.DataFrame:
    """Return the figures that can be added up over units, a column each, NaN where there is none.

    They are those of columns that are counts by their header, and of columns of years, or the only column of
    figures, where the title names no rate.
    """
    named = {column: variable for variable, column in said.columns.items()}
    titles = [headers.of_title(text).variable for text in (table.above, table.path.stem)]
    rate = any(variable and variables[variable]["kind"] != "count" for variable in titles)
    numeric = [c for c in columns if _share_of_numbers(frame[c], true.get(c)) >= _HALF]
    only = [c for c in numeric if not score_of_code(c, frame[c]) and not words.says(c, words.YEAR)]
    made = {}
    for column in numeric:
        meant = headers.of_header(column)
        variable = named.get(column) or named.get(form_of(column)) or (
            "" if meant.doubt else meant.variable
        )  # fmt: skip
        bare = not meant.variable and not rate and (form_of(column) == "{year}" or only == [column])
        if not (bare if not variable else variables[variable]["kind"] == "count"):
            continue
        held = Column(column, frame[column], whole=True, true=true.get(column, frozenset()))
        style = style_of([held], [], said.decimal, "")
        if not style.fault:
            values = {cell: value_of(cell, style, held.true) for cell in held.cells.unique()}
            made[column] = frame[column].map(values).astype(float)
    return pd.DataFrame(made, index=frame.index)


def _share_of_numbers(cells: pd.Series, true: frozenset[str] | None) -> float:
    filled = cells[cells != ""]
    known = {cell: is_number(cell, true or frozenset()) for cell in filled.unique()}
    return float(filled.map(known).mean()) if len(filled) else 0.0


def find_figures(
    mapped: Mapped,
    frame: pd.DataFrame,
    rest: Sequence[str],
    true: Mapping[str, frozenset[str]],
    said: Said,
    variables: Mapping[str, Any],
) -> None:
    """Find which columns hold which variables, and how their numbers are written."""
    inside = frame.loc[mapped.units.index]
    held = {column: _column(mapped, inside, column, true) for column in rest}
    able, dims = [], []
    for column, (cells, marks) in held.items():
        share = _share_of_numbers(cells, marks)
        if (
            share >= _HALF
            or (share and headers.variable_of(column))
            or column in said.columns.values()
        ):
            able.append(column)
        elif 0 < cells[cells != ""].nunique() <= _VALUES:
            dims.append(column)
    _by_header(mapped, able, said)
    only = _only_figures(mapped, able) if not mapped.variables and not mapped.open else ""
    if only:
        _by_value(mapped, inside, dims, only, said)
    if only and not mapped.variables and not mapped.open:
        _by_title(mapped, only)
    _dimensions(mapped, inside, dims, said)
    if not mapped.open:
        # Sexes and nationalities may be numbers, as 1 and 2.
        read = {spec["column"] for spec in mapped.variables.values()}
        codes = [c for c in able if c not in read and 1 < held[c][0].nunique() <= _VALUES]
        _dimensions(mapped, inside, codes, said)
    _ask_about_thousands(mapped, inside, dims, variables)
    columns = {
        variable: _used(mapped, inside, variable, spec, variables, true, said)
        for variable, spec in mapped.variables.items()
    }
    others = [
        Column(c, held[c][0], whole=False, true=held[c][1])
        for c in able
        if c not in {each.name for each in columns.values()}
    ]
    style = _one_style(mapped, columns, others, said)
    if style.fault:
        return
    for variable, column in columns.items():
        _describe(mapped, variable, column, style, said, variables)
    _missing(mapped, [columns[variable] for variable in mapped.variables], style)
    for column in said.fractions:
        if column not in {spec["column"] for spec in mapped.variables.values()}:
            mapped.open.append(
                f"{flag('fraction', mapped.file, f'{column}=...')}: no share is read from this column"
            )
    if mapped.variables:
        _leave_out_rest(mapped, inside)
    if not mapped.variables and not mapped.open:
        odd = [
            f"`{c}` {why}" for c, why in mapped.unused.items() if why.startswith(("looked", "may"))
        ]
        mapped.open.append(
            "no column is understood as a figure of the vocabulary; say which by "
            f"{flag('map', mapped.file, 'COLUMN=variable')} (columns of figures: {listing(able, 20) or 'none'}"
            f"{'; ' + '; '.join(odd) if odd else ''})"
        )


def _ask_about_thousands(
    mapped: Mapped, inside: pd.DataFrame, dims: Sequence[str], variables: Mapping[str, Any]
) -> None:
    """Ask where the title or a cell of each row says that counts are in thousands."""
    counts = [v for v in mapped.variables if variables[v]["kind"] == "count"]
    texts = {"the title": [mapped.table.above]}
    texts |= {f"`{column}`": list(inside[column].unique()) for column in dims}
    said = [(place, cell) for place, cells in texts.items() for cell in cells]
    found = next(((p, cell) for p, cell in said if headers.says_thousands(cell)), None)
    if counts and found:
        mapped.open.append(
            f"{found[0]} says '{found[1]}', so {listing(counts)} may be in thousands; write whole numbers into "
            "the file, and take these words out of it"
        )


def _column(
    mapped: Mapped, rows: pd.DataFrame, column: str, true: Mapping[str, frozenset[str]]
) -> tuple[pd.Series, frozenset[str]]:
    """Return the cells of a column, or of all those of one form with {year}, and which are true numbers."""
    names = [column]
    if mapped.date.get("column") == "header" and "{year}" in column:
        names = [c for c in rows.columns if form_of(c) == column]
    marks = [true.get(name, frozenset()) for name in names]
    return pd.concat([rows[name] for name in names]), frozenset().union(*marks)


def _by_header(mapped: Mapped, able: Sequence[str], said: Said) -> None:
    """Take the columns that the user names, and those whose header plainly says what they hold."""
    for variable, column in said.columns.items():
        mapped.variables[variable] = {"column": column}
        mapped.why[f"variables.{variable}"] = _AS_YOU_SAID
    plain: dict[str, list[str]] = {}
    for column in able:
        if column in said.columns.values():
            continue
        meant = headers.of_header(column)
        if meant.variable and not meant.doubt and meant.variable not in said.columns:
            plain.setdefault(meant.variable, []).append(column)
        elif meant.variable:
            reason = meant.doubt or "is not the one that you named"
            mapped.unused[column] = (
                f"may be {meant.variable}, but {reason}; if it is, say so by "
                f"{flag('map', mapped.file, f'{column}={meant.variable}')}"
            )
        elif told := headers.not_in_vocabulary(column):
            mapped.unused[column] = told
    for variable, columns in plain.items():
        chosen = _the_total(mapped, variable, columns)
        if chosen:
            mapped.variables[variable] = {"column": chosen}


def _the_total(mapped: Mapped, variable: str, columns: Sequence[str]) -> str:
    """Return the one column of a variable; ask where several may be it and not one says that it is."""
    if len(columns) == 1:
        mapped.why[f"variables.{variable}"] = f"the header `{columns[0]}` says so"
        return columns[0]
    totals = [column for column in columns if headers.plainly_total(column)]
    if len(totals) == 1:
        others = [f"`{column}`" for column in columns if column != totals[0]]
        mapped.why[f"variables.{variable}"] = (
            f"the header `{totals[0]}` says so, and that it is the total, other than {listing(others)}"
        )
        mapped.unused |= {c: f"`{totals[0]}` is the total" for c in columns if c != totals[0]}
        return totals[0]
    flags = [flag("map", mapped.file, f"{column}={variable}") for column in columns]
    mapped.open.append(
        f"{listing([f'`{column}`' for column in columns])} may each be {variable}; say which by "
        f"{' or '.join(flags[:3])}"
    )
    return ""


def _only_figures(mapped: Mapped, able: Sequence[str]) -> str:
    """Return the one column of figures whose header leaves open what it holds, other than those of parts."""
    whole = [column for column in able if not headers.names_part(column)]
    if len(whole) != 1:
        return ""
    if headers.leaves_open(whole[0]):
        return whole[0]
    mapped.unused.setdefault(whole[0], "its header is not understood")
    return ""


def _by_value(
    mapped: Mapped, inside: pd.DataFrame, dims: Sequence[str], figures: str, said: Said
) -> None:
    """Take the variables that the values of one dimension name."""
    for column in dims:
        found: dict[str, list[str]] = {}
        for value in inside[column].unique():
            meant = headers.of_header(value)
            wanted = said.where.get(column)
            if meant.variable and (value == wanted or (not meant.doubt and wanted is None)):
                found.setdefault(meant.variable, []).append(value)
        for variable, values in found.items():
            totals = [value for value in values if headers.plainly_total(value)]
            if len(values) > 1 and len(totals) != 1:
                mapped.open.append(
                    f"the rows with {listing([repr(v) for v in values])} in `{column}` may each be {variable}; "
                    f"say which by {flag('where', mapped.file, f'{column}=VALUE')}"
                )
                continue
            value = values[0] if len(values) == 1 else totals[0]
            mapped.variables[variable] = {"column": figures, "where": {column: value}}
            mapped.why[f"variables.{variable}"] = f"the rows in which `{column}` is {value}"
        if found:
            return


def _by_title(mapped: Mapped, column: str) -> None:
    """Take the variable that the title or the file's name speaks of for the only column of figures."""
    told = {
        place: (headers.of_title(text), text.strip())
        for place, text in (
            ("the title", mapped.table.above),
            ("the file's name", mapped.table.path.stem),
        )
    }
    plain = {place: each for place, each in told.items() if each[0].variable and not each[0].doubt}
    meant = {each[0].variable for each in plain.values()}
    for place, (each, text) in told.items():
        if each.doubt:
            mapped.unused[column] = f"may be {each.variable}, but {place} {each.doubt}: {text!r}"
            return
    if len(meant) > 1:
        mapped.open.append(
            f"the title and the file's name speak of {listing(sorted(meant))}; say what `{column}` holds by "
            f"{flag('map', mapped.file, f'{column}=VARIABLE')}"
        )
    elif plain:
        place, (each, text) = next(iter(plain.items()))
        mapped.variables[each.variable] = {"column": column}
        mapped.why[f"variables.{each.variable}"] = f"{place} says so: {text!r}"


def _rows_of(mapped: Mapped, inside: pd.DataFrame, spec: Mapping[str, Any]) -> pd.DataFrame:
    for column, value in spec.get("where", {}).items():
        inside = inside[inside[column] == value]
    return inside


def _used(
    mapped: Mapped,
    inside: pd.DataFrame,
    variable: str,
    spec: Mapping[str, Any],
    variables: Mapping[str, Any],
    true: Mapping[str, frozenset[str]],
    said: Said,
) -> Column:
    """Return the cells that a variable is read from."""
    about = variables[variable]
    cells, marks = _column(mapped, _rows_of(mapped, inside, spec), spec["column"], true)
    whole = is_whole(about["kind"], about["unit_of_measure"])
    return Column(spec["column"], cells, whole, marks, frozenset(said.missing))


def _one_style(
    mapped: Mapped, columns: Mapping[str, Column], others: Sequence[Column], said: Said
) -> Style:
    """Put the decimal sign and the signs to take out into ``mapped``."""
    style = style_of(list(columns.values()), others, said.decimal, mapped.file)
    if style.fault:
        mapped.open.append(style.fault)
    mapped.figures = {"decimal": "comma"} if style.decimal == "comma" else {}
    if style.take_out:
        mapped.figures["take_out"] = list(style.take_out)
    if style.decimal == "comma" and style.why:
        mapped.why["decimal"] = style.why
    if mapped.table.true_points and style.decimal == "comma":
        mapped.why["decimal"] = (
            f"{style.why}; numbers that the workbook stores as such stay as they are"
        )
    return style


def _describe(
    mapped: Mapped,
    variable: str,
    column: Column,
    style: Style,
    said: Said,
    variables: Mapping[str, Any],
) -> None:
    """Say the unit and the range of a variable; leave it out if its values cannot be it."""
    reason = mapped.why[f"variables.{variable}"]
    cells = column.written
    numbers = {cell: value_of(cell, style, column.true) for cell in cells.unique() if cell}
    values = cells.map(numbers).astype(float).dropna()
    texts = [cell for cell, value in numbers.items() if value is None]
    factor, note = _factor(mapped, variable, column, values, reason, said, variables)
    kind, unit = variables[variable]["kind"], variables[variable]["unit_of_measure"]
    fault = ""
    if values.empty:
        fault = "holds no number"
    elif len(texts) > _TEXTS:
        fault = (
            f"holds {len(texts)} different texts that are no numbers ({listing(sorted(texts), 4)})"
        )
    elif kind in ("count", "area", "rate") and values.min() < 0 and variable != "net_migration":
        lowest = next(cell for cell, value in numbers.items() if value == values.min())
        fault = (
            f"goes down to {values.min():g}, and a {kind} of {unit} cannot; if this means no figure, say so by "
            f"{flag('missing', mapped.file, lowest)}"
        )
    elif unit == "percent" and values.max() * factor > 100:
        fault = f"goes up to {values.max():g}, which is no percentage"
    if fault:
        del mapped.why[f"variables.{variable}"], mapped.variables[variable]
        mapped.unused[column.name] = f"looked like {variable}, but {fault}"
        if reason == _AS_YOU_SAID:
            mapped.open.append(f"`{column.name}` cannot be {variable}: it {fault}")
        return
    if factor != 1:
        mapped.variables[variable]["multiply_by"] = factor
    span = f"{len(values):,} figure{'s' * (len(values) > 1)} from {values.min():g} to {values.max():g}{note}"
    mapped.why[f"variables.{variable}"] = f"{reason}; {span}"


def _factor(
    mapped: Mapped,
    variable: str,
    column: Column,
    values: pd.Series,
    reason: str,
    said: Said,
    variables: Mapping[str, Any],
) -> tuple[float, str]:
    """Return by what the figures are multiplied, and what is said of it; ask where two units are possible."""
    if variable == "area_km2":
        for place, text in (("header", column.name), ("title", mapped.table.above)):
            factor = headers.area_factor(text)
            if factor != 1:
                return factor, f": the {place}'s unit, so times {factor:g}"
            if headers.names_km2(text):
                return 1, ""
        return 1, ": taken as km2, no unit is named"
    if variables[variable]["unit_of_measure"] != "percent":
        return 1, ""
    fraction = said.fractions.get(column.name)
    if fraction:
        return (100, ": fractions, so times 100, as you said") if fraction == "yes" else (1, "")
    factor = headers.percent_factor(column.name)
    if factor != 1:
        return factor, f": the header's unit, so times {factor:g}"
    if values.empty or values.max() > 1:
        return 1, ""
    where = mapped.variables[variable].get("where", {})
    named = any(map(headers.says_percent, (column.name, *where.values())))
    named |= reason.startswith(("the title", "the file's name")) and headers.says_percent(reason)
    marked = any("%" in cell for cell in column.cells.unique())
    # A workbook shows 0.07 as 7 %, so its header says percent of fractions too.
    if marked or (named and not mapped.table.true_points):
        return 1, ": percent, as the table says"
    mapped.open.append(
        f"the figures of `{column.name}` ({variable}) are none above 1, so they may be fractions or percent; "
        f"say so by {flag('fraction', mapped.file, f'{column.name}=yes')} (0.07 is 7 percent) or "
        f"{flag('fraction', mapped.file, f'{column.name}=no')}"
    )
    return 1, ""


def _missing(mapped: Mapped, columns: Sequence[Column], style: Style) -> None:
    """Put the texts that mean no figure into ``mapped``, and say which they are."""
    found, faults = no_figures(columns, style, mapped.file)
    mapped.open += faults
    mapped.figures["missing"] = sorted({"", *found})
    if found:
        mapped.why["missing"] = told_of(found)


def _dimensions(mapped: Mapped, inside: pd.DataFrame, dims: Sequence[str], said: Said) -> None:
    """Choose the rows of each variable where a unit has several in a year, as by sex or age."""
    year = [] if mapped.date.get("column") in (None, "header") else [mapped.date["column"]]
    key = [mapped.unit["column"], *year]
    for variable, spec in mapped.variables.items():
        for column in dims:
            kept = _rows_of(mapped, inside, spec)
            where = spec.get("where", {})
            _ask_of_one_part(mapped, kept, column, said)
            if column in where or not kept.duplicated(key).any():
                continue
            if not kept.groupby(key)[column].nunique().gt(1).any():
                continue
            totals = [text for text in kept[column].unique() if words.is_total(text)]
            value = said.where.get(column) or (totals[0] if len(totals) == 1 else "")
            if value:
                spec["where"] = {**where, column: value}
                mapped.why[f"variables.{variable}"] += f"; of `{column}` the rows '{value}'"
            else:
                mapped.open.append(
                    f"a unit has several rows in a year, apart by `{column}` "
                    f"({listing(kept[column].unique(), 12)}); "
                    f"say which counts by {flag('where', mapped.file, f'{column}=VALUE')}"
                )


def _ask_of_one_part(mapped: Mapped, kept: pd.DataFrame, column: str, said: Said) -> None:
    """Ask of a table in which all rows are of one sex or one age."""
    value, *others = kept[column].unique()
    if others or not headers.names_part(value) or said.where.get(column) == value:
        return
    question = (
        f"all rows have '{value}' in `{column}`, which is a part; if it shall be counted, say so by "
        f"{flag('where', mapped.file, f'{column}={value}')}"
    )
    if question not in mapped.open and not words.is_total(value):
        mapped.open.append(question)


def _leave_out_rest(mapped: Mapped, inside: pd.DataFrame) -> None:
    """Leave out the rows of values that no variable counts; a run refuses rows that nothing reads."""
    told = []
    for column in sorted({c for spec in mapped.variables.values() for c in spec.get("where", {})}):
        specs = mapped.variables.values()
        wanted = {spec["where"][column] for spec in specs if column in spec.get("where", {})}
        if any(column not in spec.get("where", {}) for spec in specs):
            continue
        rest = [value for value in inside[column].unique() if value not in wanted]
        if rest:
            out = inside[column].isin(rest)
            told.append(
                f"{int(out.sum()):,} rows with {listing([repr(v) for v in rest], 12)} in `{column}`"
            )
            other = {v: headers.variable_of(v) for v in rest if headers.variable_of(v)}
            if other:
                value, variable = next(iter(other.items()))
                told[-1] += (
                    f", of which '{value}' may be {variable}: put those rows into a file of their own to read "
                    "them"
                )
            mapped.exclude.append(
                {
                    "column": column,
                    "values": rest,
                    "because": "no variable of the case counts these rows",
                }
            )
            inside = inside[~out]
    if told:
        before = f"{mapped.why['exclude']}; " if "exclude" in mapped.why else "left out, "
        mapped.why["exclude"] = f"{before}{'; '.join(told)} (no variable counts them)"
