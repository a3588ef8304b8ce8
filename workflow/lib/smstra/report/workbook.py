"""The Excel workbook: a readme, one sheet a table, nothing in it that a spreadsheet would run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from smstra.figures.palette import COLOURS

# Text is written as text whatever it looks like: a name `=1+1` or an address must do nothing.
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": False,
}
_WIDEST = 48
_ROWS_MEASURED = 200


def write(
    sheets: Mapping[str, pd.DataFrame], readme: list[tuple[str, str]], created: str, path: Path
) -> None:
    """Write a styled workbook, the same bytes for the same tables.

    Parameters
    ----------
    sheets
        Sheet name to table; a column ``type`` is coloured by the palette.
    readme
        Pairs of heading and text for the first sheet; an empty heading continues the one above.
    created
        ISO day to write as the creation date, so that it does not depend on the clock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    book = xlsxwriter.Workbook(str(part), _OPTIONS)
    book.set_properties(
        {
            "title": readme[0][1],
            "comments": "Written by smstra",
            "created": dt.datetime.fromisoformat(created),
        }
    )
    formats = {
        "head": book.add_format(
            {"bold": True, "bg_color": "#E8EDF2", "bottom": 1, "text_wrap": True, "valign": "top"}
        ),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "label": book.add_format({"bold": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "integer": book.add_format({"num_format": "#,##0"}),
        "decimal": book.add_format({"num_format": "#,##0.00"}),
    }
    types = {
        name: book.add_format({"bg_color": colour, "font_color": ink})
        for name, (colour, ink) in COLOURS.items()
    }
    _readme(book.add_worksheet("readme"), readme, formats)
    for name, table in sheets.items():
        _sheet(book.add_worksheet(name[:31]), table, formats, types)
    book.close()
    part.replace(path)


def _readme(sheet: Any, readme: list[tuple[str, str]], formats: Mapping[str, Any]) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 110)
    for row, (heading, text) in enumerate(readme):
        sheet.write_string(row, 0, heading, formats["label"])
        sheet.write_string(row, 1, text, formats["title" if row == 0 else "text"])


def _is_number(value: Any) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool) and not pd.isna(value)


def _sheet(
    sheet: Any, table: pd.DataFrame, formats: Mapping[str, Any], types: Mapping[str, Any]
) -> None:
    last_row, last_column = max(len(table), 1), len(table.columns) - 1
    for column, name in enumerate(table.columns):
        cells = table[name].tolist()
        sheet.write_string(0, column, str(name), formats["head"])
        # Area codes are long numbers and stay text; counts carry no decimals.
        numbers = [c for c in cells if _is_number(c)]
        whole = all(float(number).is_integer() for number in numbers)
        number_format = formats["integer" if whole else "decimal"]
        for row, value in enumerate(cells, start=1):
            if value is None or value == "" or pd.isna(value):
                continue
            if isinstance(value, bool):
                sheet.write_string(row, column, "true" if value else "false")
            elif _is_number(value):
                sheet.write_number(row, column, value, number_format)
            else:
                sheet.write_string(row, column, str(value))
        shown = [len(f"{c:,.2f}") if isinstance(c, float) else len(str(c)) for c in cells]
        width = max([len(str(name)), *shown[:_ROWS_MEASURED]])
        sheet.set_column(column, column, min(width + 2, _WIDEST))
    sheet.freeze_panes(1, 2 if list(table.columns[:2]) == ["unit", "name"] else 1)
    sheet.autofilter(0, 0, last_row, last_column)
    if "type" in table:
        column = list(table.columns).index("type")
        for name, form in types.items():
            sheet.conditional_format(
                1,
                column,
                last_row,
                column,
                {"type": "cell", "criteria": "==", "value": f'"{name}"', "format": form},
            )


def readme_of(case: Mapping[str, Any], sources: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the readme sheet of a case: what it is, how to read it, thresholds, sources."""
    geography = case["geography"]
    lines = [
        ("", f"{case['title']}: typology of towns"),
        ("Geography", f"{geography['level']}, {geography['code_system']} of {geography['date']}"),
        (
            "Types",
            "A recovering, migrants settled before 2014; B improving, no remarkable arrivals before; "
            "C declining, settled before; D declining, no remarkable arrivals; mixed: economy and "
            "population disagree (column cell says how); undetermined: an input is missing. Improving "
            "and declining are meant against the references below.",
        ),
    ]
    for name, spec in case["criteria"].items():
        reference = spec["reference"]
        by = f" ({spec['aggregate']['by']})" if str(reference).endswith("_aggregate") else ""
        lines.append(
            (
                name,
                f"{case['indicators'][spec['indicator']]['label']}: holds if "
                f"{spec['holds_if'].replace('_', ' ')} {str(reference).replace('_', ' ')}{by}",
            )
        )
    lines += [
        ("Flags", "What is substituted, on another level, across a break or missing, by column."),
        ("Values", "Percent and percentage points, never fractions; empty means no value."),
        (
            "Sheets",
            "overview and its columns; typology; references; indicators; sufficiency; checks; sources.",
        ),
    ]
    for row in sources.to_dict("records"):
        lines.append(
            (
                row["id"],
                f"{row['publisher']}, {row['title']}. Edition: {row['edition']}; copy of "
                f"{row['vintage']}, {row['licence']}.",
            )
        )
    return lines
