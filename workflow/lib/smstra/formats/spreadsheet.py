"""Tables in workbooks (xlsx, xls, ods): one sheet, named sheets, or a sheet a year."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from smstra import archives
from smstra.errors import SourceError, listing, nearest
from smstra.formats import workbook_faults
from smstra.formats.cells import (
    YEAR,
    cell_text,
    column_name,
    decimal_sign,
    find_columns,
    frame_of,
    year_form,
)
from smstra.formats.native import opened, try_apart
from smstra.formats.workbook_faults import Faults, address

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_APART = (
    "import io, sys, python_calamine as library; "
    "library.CalamineWorkbook.from_object(io.BytesIO(sys.stdin.buffer.read()))"
)

# From a sheet's name, its number from 0 and its place for messages to its faults.
FaultsOf = Callable[[str, int, str], Faults]


def parse(raw: bytes, reading: Mapping[str, Any], name: str) -> pd.DataFrame:
    """Return the table as text, index = row in the sheet (``7``, or ``2019!7`` of several sheets).

    Parameters
    ----------
    raw
        An xlsx, xls or ods file.
    reading
        ``columns``, and if need be ``sheets`` or ``sheet_of_year`` (then a first column ``sheet``
        tells them apart), ``header_row`` (else the first row that holds all columns),
        ``table_ends: first_empty_row``, ``renamed``, ``other_columns``.
    name
        The file's name for messages.

    Raises
    ------
    SourceError
        The file is no workbook, a sheet or column is missing, a cell of the table holds an error or
        a formula without a stored value, or an empty row or a column without a name cuts the table.
    """
    book, names, faults_of = _book(raw, name)
    parts = []
    for sheet in _chosen(names, reading, name):
        place = f"{name}, sheet '{sheet}'"
        faults = faults_of(sheet, book.sheet_names.index(sheet), place)
        rows = _rows(book, sheet, faults, decimal_sign(reading), place)
        parts.append(_table(rows, faults, reading, sheet.strip(), place))
    return pd.concat(parts)


def sheets(raw: bytes, name: str, decimal: str) -> dict[str, list[list[str]]]:
    """Return the cells of every worksheet as text, by its name; numbers with the sign ``decimal``.

    SourceError where ``raw`` is no workbook that can be read.
    """
    book, names, faults_of = _book(raw, name)
    return {
        sheet: _rows(book, sheet, faults_of(sheet, number, name), decimal, name)
        for sheet in names
        for number in [book.sheet_names.index(sheet)]
    }


def _book(raw: bytes, name: str) -> tuple[CalamineWorkbook, list[str], FaultsOf]:
    """Return the workbook, the names of its worksheets, and what finds their faults."""
    import python_calamine  # noqa: PLC0415 - most runs read no workbook

    # Before the library opens the file, as it would fill the memory for a far-off cell.
    faults_of = _faults(raw, name)
    if raw.startswith(_OLE):  # the other two are zips: their checksums speak for their counts
        try_apart(_APART, raw, name, "a workbook")
    with opened(name, "a workbook"):
        book = python_calamine.CalamineWorkbook.from_object(io.BytesIO(raw))
        names = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
    return book, names, faults_of


def _faults(raw: bytes, name: str) -> FaultsOf:
    """Return what finds the faults of a sheet; SourceError where ``raw`` is no readable workbook."""
    if raw.startswith(_ZIP):
        members = dict(archives.members(raw, archives.LIMITS, name))
        if "xl/workbook.xml" in members:
            return lambda sheet, _, place: workbook_faults.of_xlsx(members, sheet, place)
        if b"encryption-data" in members.get("META-INF/manifest.xml", b""):
            raise _locked(name)
        if "content.xml" in members:
            tables = workbook_faults.of_ods(members, name)
            return lambda sheet, _, place: _held(tables, sheet, place)
        raise SourceError(
            f"{name}: this is a zip that holds {listing(members) or 'nothing'}, no xlsx or ods workbook; "
            "unpack it, or mend `format`."
        )
    if raw.startswith(_OLE):
        streams = workbook_faults.streams(raw, name)
        if "EncryptedPackage" in streams:
            raise _locked(name)
        stream = streams.get("Workbook", streams.get("Book"))
        if stream is None:
            raise SourceError(
                f"{name}: this is a document of Office without a workbook in it; fetch the right file."
            )
        sheets = dict(enumerate(workbook_faults.of_xls(stream, name)))
        return lambda _, number, place: _held(sheets, number, place)
    raise SourceError(
        f"{name}: the file begins with {raw[:12]!r}, so it is no xlsx, xls or ods workbook; fetch it again, "
        "or mend `format`."
    )


def _held(faults: Mapping[Any, Faults], key: str | int, place: str) -> Faults:
    if key not in faults:
        raise SourceError(f"{place}: the workbook lacks the part with this sheet; fetch it again.")
    return faults[key]


def _locked(name: str) -> SourceError:
    return SourceError(f"{name}: the workbook is locked with a password; save it without one.")


def _chosen(names: Sequence[str], reading: Mapping[str, Any], name: str) -> list[str]:
    """Return the sheets that are read, in the order of the file or of the description."""
    wanted, of_year = reading.get("sheets"), reading.get("sheet_of_year")
    if len({sheet.strip() for sheet in names}) < len(names):
        raise SourceError(
            f"{name}: two sheets bear the same name (there are {listing(names, 30)}); name them apart."
        )
    if of_year is not None:
        return _of_years(names, of_year, name)
    if wanted is None:
        if len(names) != 1:
            raise SourceError(
                f"{name}: the workbook has {len(names)} sheets ({listing(names) or 'none'}); say by `sheets` "
                "which to read."
            )
        return list(names)
    for sheet in wanted:
        if sheet not in names:
            raise SourceError(
                f"{name}: there is no sheet '{sheet}'{nearest(sheet, names)}; there are "
                f"{listing(names, 30) or 'none'}; mend `sheets`."
            )
    return list(wanted)


def _of_years(names: Sequence[str], written: str, name: str) -> list[str]:
    """Return the sheets of years; another sheet with a year in its name may not be passed over."""
    years = [sheet for sheet in names if year_form(written).fullmatch(sheet.strip())]
    odd = [sheet for sheet in names if sheet not in years and re.search(YEAR, sheet)]
    if not years or odd:
        raise SourceError(
            f"{name}: {f'the sheet {odd[0]!r} is not' if odd else 'no sheet is'} named as `sheet_of_year` says "
            f"('{written}'; there are {listing(names, 30) or 'none'}); mend it, or name the sheets in "
            "`sheets`."
        )
    return years


def _rows(
    book: CalamineWorkbook, sheet: str, faults: Faults, decimal: str, place: str
) -> list[list[str]]:
    """Return all cells of the sheet from A1 on, faults as the words for them."""
    with opened(place, "a sheet"):
        values = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    rows = [[cell_text(value, decimal) for value in row] for row in values]
    # The library leaves out what it takes for empty, at the end as well.
    rows += [[] for _ in range(len(rows), max((row for row, _ in faults), default=0))]
    width = max([*map(len, rows), *(column for _, column in faults)], default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    for (row, column), words in faults.items():
        rows[row - 1][column - 1] = words
    return rows


def _table(
    rows: list[list[str]], faults: Faults, reading: Mapping[str, Any], sheet: str, place: str
) -> pd.DataFrame:
    """Return the table of one sheet, its index the rows of the sheet."""
    top = _header_row(rows, reading, place)
    # The first column may have no name, if the description says so by "".
    nameless = [0] if "" in reading["columns"] and not rows[top][0] else []
    named = nameless + [position for position, text in enumerate(rows[top]) if text]
    header = [rows[top][position] for position in named]
    positions = [named[i] for i in find_columns(header, reading, f"{place}, row {top + 1}")]
    first = top + 1
    end = _end(rows, first, reading, place)
    for row, column in sorted(faults):
        if first < row <= end and column - 1 in positions:
            raise SourceError(
                f"{place}, cell {address(row, column)}: holds {faults[row, column]}; open the workbook, mend "
                "the formula or store its value, and save it."
            )
    if reading.get("other_columns") != "unread":
        _check_unnamed(rows[first:end], named, first + 1, place)
    cells = [[row[position] for row in rows[first:end]] for position in positions]
    numbers = [str(number) for number in range(first + 1, end + 1)]
    if not {"sheets", "sheet_of_year"} & set(reading):
        return frame_of(cells, reading["columns"], numbers, place)
    index = [f"{sheet}!{number}" for number in numbers]
    return frame_of([[sheet] * len(index), *cells], ["sheet", *reading["columns"]], index, place)


def _header_row(rows: list[list[str]], reading: Mapping[str, Any], place: str) -> int:
    """Return the position of the header: the row said, or the first that holds all columns."""
    if "header_row" in reading:
        row = reading["header_row"] - 1
        if row >= len(rows):
            raise SourceError(
                f"{place}: the sheet ends at row {len(rows)}, before `header_row: {row + 1}`; mend it."
            )
        return row
    renamed = reading.get("renamed", {})
    held = []
    for cells in rows:
        names = {column_name(text) for text in cells if text}
        held.append(len({renamed.get(name, name) for name in names} & set(reading["columns"])))
    most = max(held, default=0)
    if not most:
        raise SourceError(
            f"{place}: no row holds any of the columns {listing(reading['columns'])}; mend `columns`, "
            "or name the right sheet in `sheets`."
        )
    return held.index(most)


def _end(rows: list[list[str]], first: int, reading: Mapping[str, Any], place: str) -> int:
    """Return the position after the last row of the table."""
    filled = [any(row) for row in rows[first:]]
    if reading.get("table_ends") == "first_empty_row":
        end = filled.index(False) if False in filled else len(filled)
        # Notes fill a cell or two; a row that fills as many as the table's own is more of the table.
        width = min((sum(map(bool, row)) for row in rows[first : first + end]), default=0)
        for number, row in enumerate(rows[first + end :], first + end + 1):
            if width > 1 and sum(map(bool, row)) >= width:
                raise SourceError(
                    f"{place}, row {number}: after an empty row the table seems to go on; remove the empty "
                    "row, or what stands below the table."
                )
        return first + end
    while filled and not filled[-1]:
        filled.pop()
    if False in filled:
        raise SourceError(
            f"{place}, row {first + filled.index(False) + 1}: an empty row inside the table; if the table "
            "ends there, say `table_ends: first_empty_row`, else remove the row."
        )
    return first + len(filled)


def _check_unnamed(rows: list[list[str]], named: list[int], first: int, place: str) -> None:
    """Refuse cells under no name: they are figures of a column that nobody described."""
    bare = set(range(len(rows[0]) if rows else 0)) - set(named)
    for number, row in enumerate(rows, first):
        for position in sorted(bare):
            if row[position]:
                raise SourceError(
                    f"{place}, cell {address(number, position + 1)}: '{row[position]}' stands in a column "
                    "without a name; name it in the header, or say `other_columns: unread`."
                )
