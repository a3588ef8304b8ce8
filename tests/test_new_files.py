"""`smstra new`: what the form of a file hides is said or refused, and nothing below an empty line is lost."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from given import figures, of_file, understood

from smstra.errors import SmstraError, SourceError
from smstra.formats import parse
from smstra.onboarding.files import inspect

HEAD = "code;year;population\n"
FIRST = "0101;2014;1000\n0102;2014;2000\n"
SECOND = "0203;2014;3000\n0204;2014;4000\n"


@pytest.mark.parametrize("empty", ["\n", ";;\n", "  \n", "\n\n"])
def test_a_table_that_goes_on_below_an_empty_line_is_refused(tmp_path, empty):
    with pytest.raises(SourceError, match=r"line \d: after an empty line the table seems to go on"):
        understood(tmp_path, HEAD + FIRST + empty + SECOND)


def test_a_run_refuses_it_as_well():
    reading = {
        "columns": ["code", "year", "population"],
        "encoding": "utf-8",
        "delimiter": ";",
        "table_ends": "first_empty_row",
        "format": "delimited",
    }
    raw = (HEAD + FIRST + "\n" + SECOND).encode()
    with pytest.raises(SourceError, match="line 5: after an empty line the table seems to go on"):
        parse(raw, reading, "a.csv")
    notes = "\nSource: the office; revised; in 2015; twice\nNotes\n"
    assert len(parse((HEAD + FIRST + notes).encode(), reading, "a.csv")) == 2


@pytest.mark.parametrize(
    "notes",
    ["\nSource: the office\n", ";;\n1) estimated;;\n", "\nSource, in 2014; revised\n\nEnd\n"],
)
def test_notes_below_an_empty_line_are_left_out_and_said(tmp_path, notes):
    mapped = understood(tmp_path, HEAD + FIRST + notes)
    assert len(figures(mapped)) == 2
    assert "is left out as notes" in mapped.table.why["table_ends"]
    first = notes.strip(";\n").split(";")[0]
    assert first in mapped.table.why["table_ends"]


def test_empty_lines_at_the_end_are_nothing(tmp_path):
    mapped = understood(tmp_path, HEAD + FIRST + "\n\n")
    assert len(figures(mapped)) == 2 and "table_ends" not in mapped.table.reading


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


ROWS = [["code", "year", "population"], ["0101", 2014, 1000], ["0102", 2014, 2000]]
MEN = [["code", "year", "population"], ["0101", 2014, 400], ["0102", 2014, 900], ["0103", 2014, 1]]


def test_of_several_sheets_with_tables_one_must_be_named(tmp_path):
    path = workbook(tmp_path / "a b.xlsx", Total=ROWS, Men=MEN, About=[["Source"], ["the office"]])
    with pytest.raises(
        SourceError, match=r"2 sheets hold tables \(Total, Men\).*--sheet 'a b.xlsx:Total'"
    ):
        inspect(path)
    assert len(inspect(path, "Total").frame) == 2
    assert "as you said; not read: Men, About" in inspect(path, "Total").why["sheets"]


def test_the_only_sheet_with_a_table_is_taken_and_the_others_are_said(tmp_path):
    path = workbook(tmp_path / "a.xlsx", About=[["Source"], ["the office"]], Data=ROWS)
    mapped = of_file(path)
    assert mapped.table.why["sheets"] == "the only sheet with a table; not read: About"
    assert figures(mapped)["residents", "0102", "2014"] == 2000


def test_sheets_of_years_are_read_together_and_the_others_are_said(tmp_path):
    rows = [["code", "population"], ["0101", 1000], ["0102", 2000]]
    path = workbook(tmp_path / "a.xlsx", **{"2005": rows, "2014": rows, "Notes": [["x"]]})
    mapped = of_file(path)
    assert mapped.years == ["2005", "2014"]
    assert "not read: Notes" in mapped.table.why["sheet_of_year"]


def test_sheets_of_years_beside_another_table_are_asked_for(tmp_path):
    rows = [["code", "population"], ["0101", 1000], ["0102", 2000]]
    path = workbook(tmp_path / "a.xlsx", **{"2005": rows, "2014": rows, "Latest": ROWS})
    with pytest.raises(SourceError, match=r"--sheet a\.xlsx:Latest"):
        inspect(path)
    assert len(inspect(path, "Latest").frame) == 2


def test_a_quote_in_a_note_below_the_table_is_no_matter(tmp_path):
    mapped = understood(tmp_path, HEAD + FIRST + '\nPipes of 12" are not counted\n')
    assert len(figures(mapped)) == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("place;men;women\ncode;2014;2014x\n0101;1;2\n0102;3;4\n",
         "line 1: above the header stands another row of names"),
        ('code;year;"popu\nlation"\n0101;2014;1\n0102;2014;2\n', "a cell has a line break in it"),
        ('code;name;population\n0101;"Two\nlines";1\n0102;b;2\n', "a cell has a line break in it"),
        ('<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas">', "this is XML"),
        ("code;population\n", "the header must be one row"),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_read_is_said_with_its_remedy(tmp_path, content, says):
    with pytest.raises(SmstraError, match=says):
        understood(tmp_path, content)


def test_a_merged_header_of_a_workbook_is_refused(tmp_path):
    rows = [["", "Population", "", "Area", ""], ["code", "2005", "2014", "2005 ", "2014 "]]
    rows += [["0101", 1, 2, 3, 4], ["0102", 5, 6, 7, 8]]
    with pytest.raises(SourceError, match="row 1: above the header stands another row of names"):
        inspect(workbook(tmp_path / "a.xlsx", Data=rows))


def test_a_damaged_old_workbook_is_one_sentence(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x07" * 3000)
    with pytest.raises(SourceError, match=r"a\.xls: .*(fetch|save)") as told:
        inspect(path)
    assert "\n" not in str(told.value)


def test_codes_with_decimals_are_refused(tmp_path):
    mapped = understood(tmp_path, "code;year;population\n101.0;2014;1000\n102.0;2014;2000\n")
    assert "`code` holds codes as numbers with decimals ('101.0')" in mapped.open[0]
