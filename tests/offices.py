"""Tables of an invented office, in the many forms in which offices send them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

YEARS = ("2005", "2010", "2014")
# Code, name, region's code and name.
PLACES = [
    ("0101", "Łódź Północ", "01", "Nordmark"),
    ("0102", "Ærøby", "01", "Nordmark"),
    ("0203", "Übelsee", "02", "Südmark"),
    ("0204", "Saint-Étienne", "02", "Südmark"),
    ("1101", "Kraków", "11", "Ostmark"),
    ("1102", "Åkerby", "11", "Ostmark"),
    ("1103", "Plain", "11", "Ostmark"),
    ("1104", "Dorf", "11", "Ostmark"),
]
Rows = list[list[object]]


def people(code: str, year: str) -> int:
    """Inhabitants of a place."""
    return 1000 + 37 * int(code) + 11 * (int(year) - 2005) * (1 if int(code) % 2 else -1)


def share(code: str, year: str) -> float:
    """Foreign residents in percent."""
    return round(2.5 + int(code) % 7 + 0.25 * (int(year) - 2005), 2)


def rate(code: str, year: str) -> float:
    """Unemployment rate in percent."""
    return round(9.5 - int(code) % 5 * 0.75 - 0.1 * (int(year) - 2005), 2)


def long(
    header: Sequence[str] = (
        "kommun_code",
        "name",
        "county",
        "year",
        "population",
        "foreign_share_percent",
        "unemployment_rate",
    ),
) -> Rows:
    """A row for each place and year."""
    return [[*header]] + [
        [code, name, region, year, people(code, year), share(code, year), rate(code, year)]
        for code, name, _, region in PLACES
        for year in YEARS
    ]


def wide(first: Sequence[str] = ("kommun_code", "name")) -> Rows:
    """A column for each year."""
    return [[*first, *YEARS]] + [
        [code, name, *(people(code, year) for year in YEARS)] for code, name, *_ in PLACES
    ]


def text(rows: Rows, delimiter: str = ",", decimal: str = ".") -> str:
    """Return rows as delimited text."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    for row in rows:
        writer.writerow(
            [str(cell).replace(".", decimal) if isinstance(cell, float) else cell for cell in row]
        )
    return out.getvalue()


def xlsx(path: Path, sheets: dict[str, Rows]) -> Path:
    """Write a workbook of Excel."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def xls(path: Path, rows: Rows) -> Path:
    """Write a workbook of Excel before 2007."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("data")
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    book.save(str(path))
    return path


def ods(path: Path, rows: Rows) -> Path:
    """Write a workbook of LibreOffice."""
    book = OpenDocumentSpreadsheet()
    table = Table(name="data")
    for row in rows:
        line = TableRow()
        for cell in row:
            kind = "string" if isinstance(cell, str) else "float"
            held = TableCell(valuetype=kind, **({} if kind == "string" else {"value": cell}))
            held.addElement(P(text=str(cell)))
            line.addElement(held)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(str(path))
    return path
