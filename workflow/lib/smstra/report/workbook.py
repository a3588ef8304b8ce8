"""The Excel workbook: a readme, one sheet a table, nothing in it that a spreadsheet would run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from smstra import pseudonym_words
from smstra.figures.palette import COLOURS
from smstra.language import Language
from smstra.outcomes import TYPES
from smstra.report import wording
from smstra.report.workbook_columns import BESIDE, Column, describe
from smstra.typology import CRITERIA

# What the format can hold, header included.
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
# A cell takes some 250 bytes of memory until the workbook is written, and more in the program that opens it.
MOST_CELLS = 2_500_000
_WIDEST = 48
# Of the readme, in characters.
_HEAD_WIDTH, _READ_WIDTH = 34, 95
_ROWS_MEASURED = 200
_WITHOUT_UNIT = {
    "probability": "0.000",
    "probability_se": "0.000",
    "set_objective": "0.000",
    "set_typicality": "0.000",
    "set_stability": "0.000",
    "set_coverage": "0.000",
    "loss": "0.000000",
}
# Of the sources, in this order; what else a pin says follows.
_OF_SOURCES = (
    "id",
    "publisher",
    "dataset",
    "title",
    "edition",
    "vintage",
    "licence",
    "publisher_address",
    "address",
    "obtained_via",
    "date_accessed",
    "reference_dates",
    "sha256",
)


@dataclass(frozen=True)
class Sheet:
    """A table of the workbook; ``file`` has it whole if it is too long for a sheet."""

    name: str
    table: pd.DataFrame
    columns: Sequence[Column]
    file: str


def sheets_of(
    tables: Mapping[str, pd.DataFrame],
    files: Mapping[str, str],
    case: Mapping[str, Any],
    sources: pd.DataFrame,
    say: Language,
) -> list[Sheet]:
    """Return the sheets of a case: ``tables`` by sheet name, then ``columns`` and ``sources``.

    ``files``: the name of the CSV behind each table. ``columns`` says of each column of each sheet what
    it means and in which unit it is.
    """
    units_of: dict[str, str] = {}
    if "indicators" in tables:
        own = tables["indicators"].drop_duplicates("indicator")
        units_of = dict(zip(own["indicator"], own["unit_of_measure"], strict=True))
    first = [name for name in _OF_SOURCES if name in sources]
    sources = sources[[*first, *(name for name in sources if name not in first)]]
    made = [
        Sheet(name, table, describe(name, table, case, units_of, say), files.get(name, ""))
        for name, table in {**tables, "sources": sources}.items()
    ]
    rows = [
        (
            sheet.name,
            column.name,
            column.meaning,
            wording.unit_in_words(column.unit_of_measure, say),
        )
        for sheet in made
        for column in sheet.columns
    ]
    heads = [say("sheet"), say("column"), say("meaning"), say("unit of measure")]
    about = Sheet(
        "columns",
        pd.DataFrame(rows, columns=heads),
        [Column(head, "", "") for head in heads],
        "",
    )
    return [*made[:-1], about, made[-1]]


def write(
    sheets: Sequence[Sheet], readme: list[tuple[str, str]], created: str, path: Path, say: Language
) -> None:
    """Write a styled workbook, the same bytes for the same tables.

    A column's header is its name in the CSV and, below it in brackets, its unit. Numbers are shown
    with the decimals of their unit and held in full. Every column that holds types is coloured by the
    palette. A table or text that the format cannot hold is named, with the file that has it whole.

    Parameters
    ----------
    readme
        Pairs of heading and text for the first sheet; a heading that is a type has its colours.
    created
        ISO day to write as the creation date, so that it does not depend on the clock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    book = xlsxwriter.Workbook(str(part))
    book.set_properties(
        {
            "title": readme[0][1],
            "comments": "Written by smstra",
            "created": dt.datetime.fromisoformat(created),
        }
    )
    formats = _Formats(book)
    _readme(book.add_worksheet("readme"), readme, formats)
    for sheet in sheets:
        _sheet(book.add_worksheet(sheet.name), sheet, formats, say)
    book.close()
    part.replace(path)


class _Formats:
    """The cell formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._numbers: dict[str, Any] = {}
        self.head = book.add_format(
            {"bold": True, "bg_color": "#E8EDF2", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self.title = book.add_format({"bold": True, "font_size": 14, "text_wrap": True})
        self.label = book.add_format({"bold": True, "valign": "top", "text_wrap": True})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.types = {
            name: book.add_format({"bg_color": fill, "font_color": ink})
            for name, (fill, ink) in COLOURS.items()
        }

    def number(self, pattern: str) -> Any:
        if pattern not in self._numbers:
            # Text may begin right beside a number.
            look = {"num_format": pattern, "align": "right", "indent": 1}
            self._numbers[pattern] = self._book.add_format(look)
        return self._numbers[pattern]


def pattern_of(unit_of_measure: str) -> str:
    """Return the number format of a unit: counts and money without decimals, percent with one."""
    decimals = wording.decimals_of(unit_of_measure)
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _readme(sheet: Any, readme: list[tuple[str, str]], formats: _Formats) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, _HEAD_WIDTH + 2)
    sheet.set_column(1, 1, _READ_WIDTH + 5)
    for row, (heading, text) in enumerate(readme):
        look = formats.types.get(heading, formats.label)
        sheet.write_string(row, 0, heading, look)
        sheet.write_string(row, 1, text, formats.title if row == 0 else formats.text)
        # Not every program makes a row as high as its text.
        lines = max(-(-len(text) // _READ_WIDTH), -(-len(heading) // _HEAD_WIDTH), 1)
        sheet.set_row(row, 20 if row == 0 else 15 * lines)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _is_number(value: Any) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool) and not pd.isna(value)


def _sheet(sheet: Any, content: Sheet, formats: _Formats, say: Language) -> None:
    table = content.table
    if len(table) + 1 > MOST_ROWS:
        sheet.write_string(
            0,
            0,
            say(
                "This table has {n} rows, more than a sheet can hold; {file} has them all.",
                n=say.number(len(table)),
                file=content.file,
            ),
        )
        return
    if table.size > MOST_CELLS:
        sheet.write_string(
            0,
            0,
            say(
                "This table has {n} cells, too many for a workbook that is to open; {file} has them all.",
                n=say.number(table.size),
                file=content.file,
            ),
        )
        return
    last_row, last_column = max(len(table), 1), len(table.columns) - 1
    for place, column in enumerate(content.columns):
        cells = table[column.name].tolist()
        head = _head(column, say)
        sheet.write_string(0, place, head, formats.head)
        patterns = _patterns(column, table, cells)
        for row, (value, pattern) in enumerate(zip(cells, patterns, strict=True), start=1):
            if value is None or value == "" or pd.isna(value):
                continue
            if isinstance(value, bool):
                sheet.write_string(row, place, "true" if value else "false")
            elif _is_number(value):
                sheet.write_number(row, place, value, formats.number(pattern))
            else:
                # As text whatever it looks like: a name `=1+1` or an address must do nothing.
                sheet.write_string(row, place, _fitting(str(value), content.file, say))
        first = list(zip(cells, patterns, strict=True))[:_ROWS_MEASURED]
        shown = [_width(value, pattern) for value, pattern in first]
        width = max([*map(len, head.split("\n")), *shown])
        # The arrow of the filter covers the end of the header.
        sheet.set_column(place, place, min(width + 3, _WIDEST))
        if column.name == "type" or column.name.endswith("_type"):
            _colour(sheet, place, last_row, formats)
    if any(column.unit_of_measure for column in content.columns):
        sheet.set_row(0, 30)
    names = [column.name for column in content.columns]
    sheet.freeze_panes(1, names.index("name") + 1 if "name" in names[:3] else 1)
    sheet.autofilter(0, 0, last_row, last_column)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)


def _colour(sheet: Any, column: int, last_row: int, formats: _Formats) -> None:
    for name, form in formats.types.items():
        rule = {"type": "cell", "criteria": "==", "value": f'"{name}"', "format": form}
        sheet.conditional_format(1, column, last_row, column, rule)


def _head(column: Column, say: Language) -> str:
    unit = wording.unit_in_words(column.unit_of_measure, say)
    return f"{column.name}\n[{unit}]" if unit else column.name


def _width(value: Any, pattern: str) -> int:
    """Return how many characters a cell takes as it is shown."""
    if not _is_number(value):
        return len(str(value))
    return len(f"{value:,.{len(pattern.partition('.')[2])}f}")


def _patterns(column: Column, table: pd.DataFrame, cells: list[Any]) -> list[str]:
    """Return the number format of each cell: by the column's unit, else the row's, else its digits."""
    if column.unit_of_measure:
        finer = {"standard deviations": "0.00"}
        return [finer.get(column.unit_of_measure) or pattern_of(column.unit_of_measure)] * len(
            cells
        )
    beside = BESIDE.get(column.name)
    if beside in table:
        return [pattern_of(unit) for unit in table[beside]]
    numbers = [cell for cell in cells if _is_number(cell)]
    whole = all(float(number).is_integer() for number in numbers)
    pattern = _WITHOUT_UNIT.get(column.name) or ("#,##0" if whole else "#,##0.00")
    return [pattern] * len(cells)


def _fitting(text: str, file: str, say: Language) -> str:
    """Return ``text``, cut where it is longer than a cell can hold."""
    if len(text) <= MOST_CHARACTERS:
        return text
    remark = f" … {say('(longer than a cell can hold; {file} has it all)', file=file)}"
    return text[: MOST_CHARACTERS - len(remark)] + remark


def readme_of(
    case: Mapping[str, Any], references: pd.DataFrame, sheets: Sequence[str], say: Language
) -> list[tuple[str, str]]:
    """Return the readme sheet of a case: what it is, how to read it, types, thresholds, flags, sheets.

    ``references`` as references.csv; ``sheets`` are the names of the sheets that follow.
    """
    geography = case["geography"]
    lines = [
        (say("Title"), say("{title}: typology of towns", title=say.own(case["title"]))),
        (
            say("What this is"),
            say(
                "The tables of the case, one a sheet, the same as the CSV files beside this workbook. The "
                "sheet columns says what each column means."
            ),
        ),
        (
            say("Geography"),
            say(
                "{country}, level {level}, codes {system} of {date}",
                country=say.own(case["country"]),
                level=geography["level"],
                system=geography["code_system"],
                date=say.date(geography["date"]),
            ),
        ),
        (
            say("Numbers"),
            say(
                "Percent and percentage points, never fractions, unless the column is a probability. Shown "
                "rounded and held in full. The unit stands below the name of the column, or in a column "
                "of its own. An empty cell is a missing value; flags says why. Codes are text."
            ),
        ),
    ]
    lines += [(say("Pseudonyms"), text) for text in pseudonym_words.notice(case, say)]
    lines.append(
        (say("Types"), say("To improve and to decline are meant against the thresholds below."))
    )
    lines += [(name, wording.type_in_words(name, "", case, say)) for name in TYPES]
    lines += _thresholds(case, references, say)
    lines.append((say("Flags"), say("The words of the column flags, joined with semicolons.")))
    lines += _flags(say).items()
    known = _sheet_names(say)
    lines.append((say("Sheets"), say("Each has filters and a header that stays in sight.")))
    return lines + [(name, known[name]) for name in sheets]


def _thresholds(
    case: Mapping[str, Any], references: pd.DataFrame, say: Language
) -> list[tuple[str, str]]:
    lines = []
    for place, criterion in enumerate(CRITERIA):
        spec = case["criteria"][criterion]
        own = references[references["criterion"] == criterion]
        label = say.own(case["indicators"][spec["indicator"]]["label"])
        scheme = wording.scheme_in_words(spec["reference"], say)
        if len(own) == 1:
            row = own.to_dict("records")[0]
            signed = row["unit_of_measure"] == "percentage points"
            value = wording.quantity(row["value"], row["unit_of_measure"], say, signed, more=2)
        else:
            value = say("see the sheet references")
        lines.append(
            (
                "" if place else say("Thresholds"),
                say(
                    "{question} Yes if {label} is {comparison} {value} ({scheme}).",
                    question=wording.criterion_in_words(criterion, case, say),
                    label=label,
                    comparison=_comparison(spec["holds_if"], say),
                    value=value,
                    scheme=scheme,
                ),
            )
        )
    return lines


def _comparison(holds_if: str, say: Language) -> str:
    return {
        "at_least": say("at least"),
        "above": say("above"),
        "at_most": say("at most"),
        "below": say("below"),
    }[holds_if]


def _flags(say: Language) -> dict[str, str]:
    return {
        "year_substituted=FOUND_for_ASKED": say(
            "the figure is of another date than the one asked for"
        ),
        "indicator=NAME": say(
            "the column holds this indicator of the case instead of the one it is named after"
        ),
        "denominator_date=DATE": say("the denominator has a date of its own"),
        "level=LEVEL:CODE": say("the value is that of a larger area, which stands in for the unit"),
        "merged_unit=CODE": say("the value is that of the unit into which this one merged"),
        "status=YEAR:FLAGS": say(
            "the source's own flags of a figure that was used: b break, c confidential, d definition "
            "differs, e estimated, p provisional, u unreliable"
        ),
        "break=flag_b_YEAR": say("the comparison spans a break that the source flags"),
        "break=NAME": say("the comparison spans a known break"),
        "break=NAME:transition": say(
            "a date lies in the time of a known break in which figures are outliers"
        ),
        "missing=REASON": say("there is no value, and why"),
    }


def _sheet_names(say: Language) -> dict[str, str]:
    return {
        "overview": say("one row a unit: the numbers that reports on local cases print"),
        "overview columns": say("definition, dates, level and source of each column of overview"),
        "typology": say("the type of every unit, with values, thresholds and answers"),
        "references": say("the thresholds, computed"),
        "indicators": say("one row a unit and indicator: value, dates, level, flags, source"),
        "sufficiency": say("what the data allowed: dates and levels asked for and found"),
        "checks": say("sums of the units against published totals"),
        "locality_profiles": say("the chosen towns beside region and country, with ranks"),
        "look_alikes": say("the units that are most like each chosen town"),
        "verdicts": say("how sure the type of every unit is"),
        "candidates": say("every unit against the criteria of case selection"),
        "selection": say("the best sets of towns"),
        "columns": say("what each column means, and its unit"),
        "sources": say("publisher, edition, vintage, licence, address and hash of every table"),
    }
