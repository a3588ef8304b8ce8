"""From bytes to frames of text: files in the forms that publishers use, and each fault of them."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import re
import zipfile
from functools import cache

import openpyxl
import pandas as pd
import polars
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart

from smstra import formats
from smstra.errors import SmstraError, SourceError
from smstra.formats.cells import cell_text, column_name

MANY = settings(max_examples=150)
SOME = settings(max_examples=40)
FEW = settings(max_examples=12)  # each starts a process

POPULATION = ["CD_REFNIS", "TX_DESCR_NL", "CD_SEX", "MS_POPULATION", "CD_YEAR"]
STATBEL = {
    "format": "delimited",
    "encoding": "utf-8",
    "delimiter": "|",
    "columns": POPULATION,
}
STRUCTURE = (
    "\ufeffCD_REFNIS|TX_DESCR_NL|CD_SEX|MS_POPULATION|CD_YEAR\r\n"
    "90001|Élisdorp|M|17|2020\r\n"
    "90001|Élisdorp|F|21|2020\r\n"
    "90002|Noordwoud|M|0|2020\r\n"
).encode()
HAND_MADE = {
    "format": "delimited",
    "encoding": "utf-8",
    "delimiter": ",",
    "columns": ["ins", "name", "rate"],
}
QUOTED = b'ins,name,rate\n90001,"Elisdorp, West",7.1\n90002,"the ""Old"" Wood",8\n'


def parse(raw, reading, name="file"):
    return formats.parse(raw, reading, name)


def contract(frame, columns):
    assert list(frame.columns) == columns
    assert {str(dtype) for dtype in frame.dtypes} == {"object"}
    assert {type(cell) for column in columns for cell in frame[column]} == {str}
    assert len(frame) and frame.index.is_unique


def records(frame):
    return frame.to_numpy().tolist()


def zipped(**files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name.replace("_dot_", "."), raw)
    return held.getvalue()


def rewritten(raw, part, change):
    """The zip anew with one member changed."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    made = change(files[part])
    assert made != files[part]
    return zipped(**{**files, part: made})


# --- text with a delimiter -------------------------------------------------------------------


def test_statbel_text_in_a_zip():
    raw = zipped(TF_SOC_POP_STRUCT_2020_dot_txt=STRUCTURE, readme_dot_pdf=b"%PDF")
    frame = parse(raw, {**STATBEL, "member": "*.txt"})
    contract(frame, POPULATION)
    assert records(frame)[0] == ["90001", "Élisdorp", "M", "17", "2020"]
    assert list(frame.index) == [2, 3, 4]


def test_both_generations_of_columns_give_the_same_frame():
    renamed = {"CD_MUNTY_REFNIS": "CD_REFNIS", "TX_MUNTY_DESCR_NL": "TX_DESCR_NL"}
    older = STRUCTURE.replace(b"CD_REFNIS", b"CD_MUNTY_REFNIS").replace(b"TX_", b"TX_MUNTY_")
    frames = [parse(raw, {**STATBEL, "renamed": renamed}) for raw in (older, STRUCTURE)]
    pd.testing.assert_frame_equal(*frames)
    with pytest.raises(
        SourceError, match=r"missing: 'CD_REFNIS' \(the nearest is 'CD_MUNTY_REFNIS'"
    ):
        parse(older, STATBEL)


def test_house_prices_in_cp1252():
    raw = "CD_YEAR|CD_TYPE_FR|MS_P_50_median\r\n2014|Maisons d'été|150000.5\r\n".encode("cp1252")
    reading = {**STATBEL, "columns": ["CD_YEAR", "CD_TYPE_FR", "MS_P_50_median"]}
    frame = parse(raw, {**reading, "encoding": "cp1252"})
    assert records(frame) == [["2014", "Maisons d'été", "150000.5"]]
    with pytest.raises(
        SourceError, match=r"^file, line 2: byte .* not utf-8; try `encoding: cp1252`"
    ):
        parse(raw, reading)


def test_walstat():
    raw = (
        b"ins,type_entite,entite,periode,taux_de_chomage\n"
        b"90001,com,Elisdorp,2014,7.25\n90002,com,Bois du Nord,2014,non disponible"
    )
    columns = ["ins", "type_entite", "entite", "periode", "taux_de_chomage"]
    frame = parse(raw, {**HAND_MADE, "columns": columns})
    contract(frame, columns)
    assert list(frame["taux_de_chomage"]) == ["7.25", "non disponible"]


def test_a_crosstab_in_utf_16_with_title_lines():
    columns = ["Geo", "Geslacht", "Jaar", "Werkloosheidsgraad (%)"]
    text = (
        "Vlaamse Arbeidsrekening\n\nGeo\tGeslacht\tJaar\tWerkloosheidsgraad\xa0 (%)\n"
        "Élisdorp\tM\t2014\t4,3\n"
    )
    reading = {
        "format": "delimited",
        "encoding": "utf-16",
        "delimiter": "tab",
        "header_row": 3,
        "columns": columns,
    }
    for order in ("utf-16-le", "utf-16-be"):
        frame = parse(f"\ufeff{text}".encode(order), reading)
        contract(frame, columns)
        assert records(frame) == [["Élisdorp", "M", "2014", "4,3"]]
        assert list(frame.index) == [4]
    with pytest.raises(SourceError, match="lacks the mark of UTF-16; write another `encoding`"):
        parse(text.encode("utf-16-le"), reading)
    with pytest.raises(
        SourceError, match="begins with the mark of UTF-16; write `encoding: utf-16`"
    ):
        parse(text.encode("utf-16"), {**reading, "encoding": "utf-8"})
    with pytest.raises(SourceError, match="not utf-16; the file is cut off"):
        parse(text.encode("utf-16")[:-1], reading)


def test_quotes_as_described():
    frame = parse(QUOTED, HAND_MADE)
    assert list(frame["name"]) == ["Elisdorp, West", 'the "Old" Wood']
    raw = b'ins,name,rate\n1,5" pipe,2\n2,"open,3\n'
    assert list(parse(raw, {**HAND_MADE, "quote": "none"})["name"]) == ['5" pipe', '"open']
    with pytest.raises(
        SourceError, match=r"^file, line 2: a quote is not closed, or stands inside"
    ):
        parse(raw, HAND_MADE)


def test_a_name_of_a_column_over_two_lines_and_words_that_pandas_takes_for_null():
    raw = b'ins,"name\nof town",rate\nNA,,null\n'
    frame = parse(raw, {**HAND_MADE, "columns": ["ins", "name of town", "rate"]})
    assert records(frame) == [["NA", "", "null"]]
    assert list(frame.index) == [3]


def test_an_empty_line_of_a_table_of_one_column_is_a_row():
    frame = parse(b"a\n1\n\n2\n", {**HAND_MADE, "columns": ["a"]})
    assert records(frame) == [["1"], [""], ["2"]]


def test_other_columns_are_left_unread_only_where_said():
    raw = b"x;ins;;name;rate;\n9;1;9;A;2;9\n"
    reading = {**HAND_MADE, "delimiter": ";"}
    frame = parse(raw, {**reading, "other_columns": "unread"})
    assert records(frame) == [["1", "A", "2"]]
    with pytest.raises(SourceError, match="not described: 'x', '', ''; the header found: x, ins, "):
        parse(raw, reading)


def test_an_end_of_the_last_line_is_asked_for_only_where_said():
    whole = {**HAND_MADE, "complete_lines": True}
    assert len(parse(QUOTED, whole)) == len(parse(QUOTED[:-1], HAND_MADE)) == 2
    assert len(parse(QUOTED + b"\r\n\r\n", whole)) == 2
    with pytest.raises(SourceError, match=r"^file, line 3: the last line has no end"):
        parse(QUOTED[:-1], whole)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", r"^file, line 1: here the header should stand"),
        (b"\n\n", r"^file, line 1: here the header should stand"),
        (b"ins,name,rate\n", r"^file: there is a header and no row below it"),
        (b"ins,name,rate\n1,A\n", r"^file, line 2: 2 cells where the header has 3"),
        (b"ins,name,rate\n1,A,2,\n", r"^file, line 2: 4 cells where the header has 3"),
        (b"ins,name,rate\n1,A,2\n\n1,A,2\n", r"^file, line 3: 1 cells"),
        (b"ins,name,rate\n1,A,2\n1,A\0,2\n", r"^file, line 3: a NUL"),
        (b"ins,name,rate\r1,A,2\r", r"^file, line 1: a carriage return without a line feed"),
        ("ins,name,rate\n\ufeffins,name,rate\n".encode(), r"^file, line 2: a byte order mark"),
        (b'ins,name,rate\n1,"A\n2,B,3\n', r"^file, line 2: a quote is not closed"),
        (b'ins,name,rate\n1,"A,5\n2,B",6\n', r"^file, line 2: a quote is not closed"),
        (b'ins,name,rate\n1,"A"B,5\n', r"^file, line 2: a quote is not closed"),
        (b'ins,"name,rate\n1,A,5\n', r"^file, line 1: the quotes of the header are not closed"),
        (b"name,ins,rate\nA,1,2\n", r"^file, line 1: the columns stand in another order"),
        (b"ins,name,rate,name\n1,A,2,B\n", r"^file, line 1: .*standing twice: 'name'"),
        (b"ins;name;rate\n1;A;2\n", r"missing: 'ins', .*; the header found: ins;name;rate\)"),
        (
            "ins,name,r\ufffdte\n".encode(),
            r"line 1: the column 'r.te' holds letters .* try another",
        ),
        ("ins,nÃ©me,rate\n".encode(), r"line 1: the column 'nÃ©me' holds letters .*`encoding`"),
        (b"ins,name,rate\n1,\xe9,2\n", r"^file, line 2: byte 16 of the file is not utf-8"),
        (b"<html><title>Robot?</title>", r"^file: this is an HTML page \('Robot\?'\), not a table"),
    ],
)
def test_faults_of_text(raw, message):
    with pytest.raises(SourceError, match=message):
        parse(raw, HAND_MADE)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_utf_8_is_not_read_as_another_encoding(encoding):
    with pytest.raises(SourceError, match=r"valid UTF-8, .* write `encoding: utf-8`"):
        parse("ins,name,rate\n1,É,2\n".encode(), {**HAND_MADE, "encoding": encoding})


def test_a_header_beyond_the_end():
    with pytest.raises(SourceError, match=r"^file, line 9: here the header should stand"):
        parse(QUOTED, {**HAND_MADE, "header_row": 9})


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (None, r"^file: this is a zip that holds a.txt, b.txt; say by `member`"),
        ("*.csv", r"matches none; the zip holds a.txt, b.txt"),
        ("*.txt", r"matches a.txt, b.txt; the zip holds"),
    ],
)
def test_one_file_of_a_zip_must_be_meant(member, message):
    reading = {**STATBEL, "member": member} if member else STATBEL
    with pytest.raises(SourceError, match=message):
        parse(zipped(a_dot_txt=STRUCTURE, b_dot_txt=STRUCTURE), reading)


def test_messages_name_the_file_within_the_zip():
    raw = zipped(a_dot_txt=STRUCTURE.replace(b"|17|", b"|"))
    with pytest.raises(SourceError, match=r"^file, a.txt, line 2: 4 cells"):
        parse(raw, {**STATBEL, "member": "*.txt"})


def held_whole(raw, reading):
    """Read ``raw``: an SmstraError, or every line below the header in its place."""
    try:
        frame = parse(raw, reading)
    except SmstraError:
        return
    contract(frame, reading["columns"])
    encoding = reading["encoding"]
    lines = (
        raw.decode(encoding).removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\n").split("\n")
    )
    below = lines[frame.index[0] - 1 :]
    quoting = csv.QUOTE_NONE if reading.get("quote") == "none" else csv.QUOTE_MINIMAL
    expected = [
        next(csv.reader([line], delimiter=reading["delimiter"], quoting=quoting)) for line in below
    ]
    assert records(frame) == expected


TEXTS = [
    (STRUCTURE, STATBEL),
    (STRUCTURE, {**STATBEL, "quote": "none"}),
    (QUOTED, HAND_MADE),
    (STRUCTURE.decode("utf-8-sig").encode("cp1252"), {**STATBEL, "encoding": "cp1252"}),
    (STRUCTURE.decode("utf-8-sig").encode("utf-16"), {**STATBEL, "encoding": "utf-16"}),
]


def mutations(raw):
    """Bytes of ``raw`` cut off, cut out, doubled or replaced."""
    place = st.integers(0, len(raw))
    piece = st.sampled_from([b"", b'"', b"\n", b"\r", b"|", b",", b"\0", b"\xff\xff\xff\xff"])
    return st.one_of(
        place.map(lambda k: raw[:k]),
        st.tuples(place, place).map(lambda p: raw[: min(p)] + raw[max(p) :]),
        st.tuples(place, place).map(lambda p: raw[: max(p)] + raw[min(p) :]),
        st.tuples(place, st.one_of(piece, st.binary(max_size=6)), st.integers(0, 6)).map(
            lambda p: raw[: p[0]] + p[1] + raw[p[0] + p[2] :]
        ),
    )


@pytest.mark.parametrize(("raw", "reading"), TEXTS)
@given(data=st.data())
@MANY
def test_no_line_of_a_damaged_text_is_lost_or_filled_up(raw, reading, data):
    held_whole(data.draw(mutations(raw)), reading)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "latin-1", "utf-16"])
@given(raw=st.binary(max_size=60), header=st.booleans())
@MANY
def test_any_bytes_as_text(encoding, raw, header):
    reading = {**HAND_MADE, "encoding": encoding, "columns": ["a", "b"]}
    held_whole("a,b\n".encode(encoding) * header + raw, reading)


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\ufeff"))


@given(rows=st.lists(st.tuples(WORDS, WORDS), min_size=1), quoting=st.sampled_from([0, 1]))
@MANY
def test_what_a_csv_writer_writes_is_read_back(rows, quoting):
    held = io.StringIO()
    csv.writer(held, quoting=quoting, lineterminator="\r\n").writerows([("a", "b"), *rows])
    frame = parse(held.getvalue().encode(), {**HAND_MADE, "columns": ["a", "b"]})
    assert records(frame) == [list(row) for row in rows]


def test_a_table_of_many_lines_keeps_its_types_in_all_pieces():
    """Long enough that a reader would take it in pieces."""
    lines = [f"{n:06d}|x|M|{n}|2020" for n in range(120_000)]
    raw = STRUCTURE.split(b"\r\n")[0] + b"\n" + "\n".join(lines).encode() + b"\n"
    frame = parse(raw, STATBEL)
    contract(frame, POPULATION)
    assert ["|".join(row) for row in records(frame)] == lines


# --- workbooks -------------------------------------------------------------------------------

TOWNS = [("90001", "Élisdorp", 14500, 3.5), ("90002", "Noord\xa0woud ", 9, None)]
HEAD = ["Code INS", "Naam", "Totaal", "Graad"]
NAMED = {"format": "spreadsheet", "columns": HEAD}
SHEETS = {**NAMED, "sheet_of_year": "{year}"}
READ = [["90001", "Élisdorp", "14500", "3.5"], ["90002", "Noord woud", "9", ""]]


def saved(book):
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def xlsx(fill=lambda sheet: None, sheets=None):
    """A workbook with a sheet a year, whose headers stand in the rows that ``sheets`` says."""
    book = openpyxl.Workbook()
    book.active.title = "Inhoud"
    for name, row in (sheets or {"2019": 3, "2020": 5}).items():
        sheet = book.create_sheet(name)
        sheet["A1"] = f"Bevolking op 1 januari {name}"
        for down, cells in enumerate([["Code\nINS ", *HEAD[1:]], *TOWNS]):
            for across, cell in enumerate(cells):
                sheet.cell(row + down, across + 1, cell)
        fill(sheet)
    return saved(book)


def xls(fill=lambda sheet: None, names=("2017", "2018")):
    """A workbook as ONEM's: a sheet a year, the header in row 5, small counts masked."""
    book = xlwt.Workbook()
    for name in names:
        sheet = book.add_sheet(name)
        sheet.write(0, 0, "Chômeurs")
        for down, cells in enumerate([HEAD, *TOWNS, ("90003", "Zuid", "<10", 0.1 + 0.2)]):
            for across, cell in enumerate(cells):
                if cell is not None:
                    sheet.write(4 + down, across, cell)
        fill(sheet)
    return saved(book)


def ods():
    held = io.BytesIO()
    pd.DataFrame(TOWNS, columns=HEAD).to_excel(held, engine="odf", index=False, sheet_name="2020")
    return held.getvalue()


def test_a_sheet_a_year_with_a_header_that_wanders():
    frame = parse(xlsx(), SHEETS)
    contract(frame, ["sheet", *HEAD])
    assert records(frame) == [[year, *row] for year in ("2019", "2020") for row in READ]
    assert list(frame.index) == ["2019!4", "2019!5", "2020!6", "2020!7"]


def test_sheets_by_name_and_the_only_sheet():
    frame = parse(xlsx(), {**NAMED, "sheets": ["2020"]})
    assert list(frame.index) == ["2020!6", "2020!7"]
    book = openpyxl.Workbook()
    for row in (HEAD, *TOWNS):
        book.active.append(row)
    only = {"format": "spreadsheet", "columns": HEAD}
    frame = parse(saved(book), only)
    contract(frame, HEAD)
    assert (records(frame), list(frame.index)) == (READ, ["2", "3"])
    chart = BarChart()
    book.create_chartsheet("Grafiek").add_chart(chart)
    assert records(parse(saved(book), only)) == READ


def test_onem():
    for reading in (SHEETS, {**SHEETS, "header_row": 5}):
        frame = parse(xls(), reading)
        contract(frame, ["sheet", *HEAD])
        masked = ["90003", "Zuid", "<10", "0.30000000000000004"]
        assert records(frame) == [[y, *row] for y in ("2017", "2018") for row in [*READ, masked]]
        assert list(frame.index[:3]) == ["2017!6", "2017!7", "2017!8"]


def test_ods():
    frame = parse(ods(), SHEETS)
    assert records(frame) == [["2020", *row] for row in READ]
    assert list(frame.index) == ["2020!2", "2020!3"]


def test_columns_in_any_order_under_older_names_beside_others():
    renamed = {"NIS": "Code INS"}
    reading = {**SHEETS, "columns": ["Graad", "NIS-code"], "renamed": {"Code INS": "NIS-code"}}
    frame = parse(xlsx(), {**reading, "other_columns": "unread"})
    contract(frame, ["sheet", "Graad", "NIS-code"])
    assert records(frame)[0] == ["2019", "3.5", "90001"]
    frame = parse(xlsx(), {**SHEETS, "renamed": renamed})
    assert records(frame)[0] == ["2019", *READ[0]]


def test_the_table_ends_where_it_is_said_to():
    raw = xlsx(lambda sheet: sheet.cell(sheet.max_row + 2, 1, "Bron: de staat"))
    assert len(parse(raw, {**SHEETS, "table_ends": "first_empty_row"})) == 4
    with pytest.raises(SourceError, match="sheet '2019', row 6: an empty row inside the table; if"):
        parse(raw, SHEETS)


def test_types_of_cells():
    book = openpyxl.Workbook()
    day = datetime.datetime(2020, 1, 2)
    row = [True, day, day.replace(hour=3), 10.0, 1e22, 0.1, -0.0, "007", datetime.time(3, 4)]
    book.active.append([f"c{n}" for n in range(len(row))])
    book.active.append(row)
    reading = {"format": "spreadsheet", "columns": [f"c{n}" for n in range(len(row))]}
    assert records(parse(saved(book), reading)) == [
        ["true", "2020-01-02", "2020-01-02T03:00:00", "10", "1e+22", "0.1", "0", "007", "03:04:00"]
    ]


def put(cell, value):
    return lambda sheet: sheet.__setitem__(cell, value)


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        (put("C4", "#REF!"), r"^file, sheet '2019', cell C4: holds #REF!; open the workbook"),
        (put("C4", "=1+1"), r"sheet '2019', cell C4: holds a formula without a stored value"),
        (put("C9", "=1+1"), r"sheet '2019', row 6: an empty row inside the table"),
        (put("A6", "=1+1"), r"sheet '2019', cell A6: holds a formula without a stored value"),
        (put("F4", 3), r"sheet '2019', cell F4: '3' stands in a column without a name"),
        (put("F3", "Totaal"), r"sheet '2019', row 3: .*standing twice: 'Totaal'"),
        (put("F3", "Meer"), r"sheet '2019', row 3: .*not described: 'Meer'"),
        (
            put("C3", "Totals"),
            r"sheet '2019', row 3: .*missing: 'Totaal' \(the nearest is 'Totals'",
        ),
        (put("XFD1048576", 1), r"a cell stands as far out as XFD1048576; clear the cells"),
    ],
)
def test_faults_of_cells(fill, message):
    with pytest.raises(SourceError, match=message):
        parse(xlsx(fill), SHEETS)


def test_faults_outside_of_what_is_read_do_not_matter():
    def fill(sheet):
        sheet["F3"], sheet["F4"], sheet["H1"], sheet["H2"] = "Groei", "#DIV/0!", "#REF!", "=1+1"

    assert records(parse(xlsx(fill), {**SHEETS, "other_columns": "unread"}))[0][1:] == READ[0]


def test_a_formula_with_a_stored_value_is_read():
    raw = rewritten(
        xlsx(put("C4", "=1+1"), {"2019": 3}),
        "xl/worksheets/sheet2.xml",
        lambda xml: xml.replace(b"<v />", b"<v>2</v>").replace(b"<v></v>", b"<v>2</v>"),
    )
    assert records(parse(raw, SHEETS))[0] == ["2019", "90001", "Élisdorp", "2", "3.5"]


def test_a_formula_whose_value_is_an_empty_text_is_read():
    raw = rewritten(
        xlsx(put("B4", '=""'), {"2019": 3}),
        "xl/worksheets/sheet2.xml",
        lambda xml: xml.replace(b'<c r="B4"', b'<c r="B4" t="str"'),
    )
    assert records(parse(raw, SHEETS))[0] == ["2019", "90001", "", "14500", "3.5"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'r="B4"', b'r="A4"', "cell A4 stands after A4 or twice"),
        (b'r="B4"', b'r="4B"', "'4B' is no address of a cell"),
        (b'<row r="4"', b'<row r="x"', "'x' is no row of a sheet"),
        (b"</row>", b"", "the XML of the workbook is damaged"),
        (b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet', "defines entities"),
    ],
)
def test_faults_of_a_sheet_of_xlsx(old, new, message):
    raw = rewritten(
        xlsx(sheets={"2019": 3}), "xl/worksheets/sheet2.xml", lambda xml: xml.replace(old, new, 1)
    )
    with pytest.raises(SourceError, match=message):
        parse(raw, SHEETS)


def test_errors_in_xls():
    def error(sheet):
        sheet.row(8).set_cell_error(2, "#DIV/0!")

    with pytest.raises(SourceError, match=r"^file, sheet '2017', cell C9: holds #DIV/0!"):
        parse(xls(error), SHEETS)


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (
            b'<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="">'
            b"<text:p>#DIV/0!</text:p>",
            "cell C2: holds #DIV/0!",
        ),
        (
            b'<table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0">'
            b"<text:p>Err:502</text:p>",
            "cell C2: holds Err:502",
        ),
        (
            b'<table:table-cell xmlns:e="urn:x" office:value-type="string" e:value-type="error">',
            "cell C2: holds an error",
        ),
        (
            b'<table:table-cell table:formula="of:=1+1">',
            "C2: holds a formula without a stored value",
        ),
        (
            b'<table:table-cell office:value-type="float" office:value="1" '
            b'table:number-columns-repeated="9999999">',
            "a cell stands as far out as",
        ),
    ],
)
def test_faults_of_ods(new, message):
    def change(xml):
        start = xml.index(b'office:value="14500"')
        start = xml.rindex(b"<table:table-cell", 0, start)
        end = xml.index(b"</table:table-cell>", start)
        return xml[:start] + new + xml[end:]

    with pytest.raises(SourceError, match=message):
        parse(rewritten(ods(), "content.xml", change), SHEETS)


def test_the_address_in_an_ods_counts_repeated_cells_and_rows():
    gap = b'<table:table-cell table:number-columns-repeated="2"/>'
    rows = b'<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'

    def change(xml):
        xml = re.sub(rb"(<table:table-row[^>]*>)", rb"\1" + gap, xml)
        xml = xml.replace(b"<table:table-row", rows + b"<table:table-row", 1)
        xml = xml.replace(b'office:value="3.5"', b'office:value="3.5" table:formula="of:=1/0"')
        return xml.replace(b"<text:p>3.5<", b"<text:p>#DIV/0!<")

    with pytest.raises(SourceError, match="sheet '2020', cell F5: holds #DIV/0!"):
        parse(rewritten(ods(), "content.xml", change), SHEETS)


@cache
def documents():
    return {"xlsx": xlsx(), "xls": xls(), "ods": ods()}


@pytest.mark.parametrize(
    ("raw", "reading", "message"),
    [
        (b"", SHEETS, r"^file: the file begins with b'', so it is no xlsx, xls or ods workbook"),
        (b"a,b\n1,2\n", SHEETS, "no xlsx, xls or ods workbook; fetch it again, or mend `format`"),
        (zipped(a_dot_csv=b"1"), SHEETS, "this is a zip that holds a.csv, no xlsx or ods workbook"),
        (
            xls(names=("a", "b")),
            SHEETS,
            r"no sheet is named as `sheet_of_year` says \('{year}'; there are a, b\)",
        ),
        (xls(), {**NAMED, "sheets": ["2108"]}, r"no sheet '2108' \(did you mean '2018'\?\)"),
        (
            xlsx(sheets={"2019": 3, "2019 ": 3}),
            SHEETS,
            r"two sheets bear the same name \(there are",
        ),
        (xls(), {"format": "spreadsheet", "columns": HEAD}, r"has 2 sheets \(2017, 2018\); say by"),
        (xls(), {**SHEETS, "columns": ["Q"]}, "sheet '2017': no row holds any of the columns Q"),
        (xls(), {**SHEETS, "header_row": 99}, "the sheet ends at row 8, before `header_row: 99`"),
        (xls(), {**SHEETS, "header_row": 8}, r"sheet '2017', row 8: .*missing: 'Code INS'"),
        (xls(), {**SHEETS, "header_row": 2}, r"sheet '2017', row 2: .*missing: 'Code INS'"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), SHEETS, "the container of the workbook"),
    ],
)
def test_faults_of_workbooks(raw, reading, message):
    with pytest.raises(SourceError, match=message):
        parse(raw, reading)


def test_a_sheet_with_a_header_and_no_row():
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    with pytest.raises(SourceError, match=r"sheet 'Sheet': there is a header and no row below it"):
        parse(saved(book), {"format": "spreadsheet", "columns": HEAD})


def test_a_locked_workbook_is_told_so():
    # The container of xls bears the locked package of an xlsx under this name.
    name, other = ("Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le"))
    raw = xls().replace(name + bytes(64 - len(name)), other + bytes(64 - len(other)))
    raw = raw.replace(other + bytes(64 - len(other)) + b"\x12\0", other + bytes(32) + b"\x22\0")
    with pytest.raises(SourceError, match=r"^file: the workbook is locked with a password"):
        parse(raw, SHEETS)
    end = b"</manifest:manifest>"
    raw = rewritten(
        ods(), "META-INF/manifest.xml", lambda xml: xml.replace(end, b"<encryption-data/>" + end)
    )
    with pytest.raises(SourceError, match=r"^file: the workbook is locked with a password"):
        parse(raw, SHEETS)


def contract_or_error(raw, reading, columns):
    try:
        frame = parse(raw, reading)
    except SmstraError:
        return None
    contract(frame, columns)
    return frame


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
@given(data=st.data())
@SOME
def test_a_damaged_workbook(kind, data):
    raw = data.draw(mutations(documents()[kind]))
    contract_or_error(raw, SHEETS, ["sheet", *HEAD])


@pytest.mark.parametrize(
    ("kind", "part"), [("xlsx", "xl/worksheets/sheet2.xml"), ("ods", "content.xml")]
)
@given(data=st.data())
@SOME
def test_a_damaged_sheet_in_a_sound_zip(kind, part, data):
    with zipfile.ZipFile(io.BytesIO(documents()[kind])) as archive:
        xml = data.draw(mutations(archive.read(part)).filter(lambda b: b != archive.read(part)))
    raw = rewritten(documents()[kind], part, lambda _: xml)
    contract_or_error(raw, SHEETS, ["sheet", *HEAD])


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@given(data=st.data())
@SOME
def test_a_workbook_cut_off_anywhere_is_refused(kind, data):
    raw = documents()[kind]
    with pytest.raises(SmstraError):
        parse(raw[: data.draw(st.integers(0, len(raw) - 1))], SHEETS)


@given(data=st.data())
@SOME
def test_an_xls_cut_off_is_refused_or_lacks_no_row(data):
    raw = documents()["xls"]
    frame = contract_or_error(
        raw[: data.draw(st.integers(0, len(raw) - 1))], SHEETS, ["sheet", *HEAD]
    )
    assert frame is None or len(frame) == 6


@given(
    start=st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]),
    raw=st.binary(),
)
@MANY
def test_any_bytes_as_a_workbook(start, raw):
    contract_or_error(start + raw, SHEETS, ["sheet", *HEAD])


NUMBERS = st.one_of(
    st.none(), st.integers(-(10**12), 10**12), st.floats(-1e9, 1e9).map(lambda x: round(x, 6))
)


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
@given(rows=st.lists(st.tuples(st.text("aZé0", min_size=1), NUMBERS, NUMBERS), min_size=1))
@SOME
def test_what_is_written_into_a_workbook_is_read_back(kind, rows):
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in (("a", "b", "c"), *rows):
            book.active.append(row)
    else:
        book = xlwt.Workbook()
        sheet = book.add_sheet("only")
        for down, row in enumerate((("a", "b", "c"), *rows)):
            for across, cell in enumerate(row):
                if cell is not None:
                    sheet.write(down, across, cell)
    frame = parse(saved(book), {"format": "spreadsheet", "columns": ["a", "b", "c"]})
    assert records(frame) == [[cell_text(cell) for cell in row] for row in rows]


# --- parquet ---------------------------------------------------------------------------------

PARQUET = {"format": "parquet", "columns": ["nis", "n", "rate", "day", "ok"]}


def parquet(**columns):
    held = io.BytesIO()
    polars.DataFrame(columns).write_parquet(held)
    return held.getvalue()


@cache
def whole_parquet():
    return parquet(
        rate=[3.5, None, 21401.0, float("nan"), -0.0, 0.1 + 0.2],
        nis=["01", "\xa0x ", None, "", "NA", "01"],
        n=[1, None, 2**40, 0, -3, 1],
        day=[datetime.date(2020, 1, 2), *[None] * 5],
        ok=[True, False, None, True, False, True],
    )


def test_parquet():
    frame = parse(whole_parquet(), PARQUET)
    contract(frame, PARQUET["columns"])
    assert records(frame) == [
        ["01", "1", "3.5", "2020-01-02", "true"],
        ["x", "", "", "", "false"],
        ["", "1099511627776", "21401", "", ""],
        ["", "0", "nan", "", "true"],
        ["NA", "-3", "0", "", "false"],
        ["01", "1", "0.30000000000000004", "", "true"],
    ]
    assert list(frame.index) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": ["x"]}, r"^file: .*missing: 'nis'; not described: 'a'"),
        ({"nis": [[1, 2]]}, r"^file: the column 'nis' holds List\(Int64\), which is neither"),
        ({"nis": [{"a": 1}]}, r"the column 'nis' holds Struct"),
        ({"nis": [b"x"]}, r"the column 'nis' holds Binary"),
        ({"nis": []}, r"^file: there is a header and no row"),
    ],
)
def test_faults_of_parquet(columns, message):
    with pytest.raises(SourceError, match=message):
        parse(parquet(**columns), {"format": "parquet", "columns": ["nis"]})


@given(data=st.data())
@FEW
def test_a_damaged_parquet(data):
    mark = b"PAR1"
    raw = data.draw(mutations(whole_parquet()[4:-4]))
    contract_or_error(mark + raw + mark, PARQUET, PARQUET["columns"])


@given(data=st.data())
@MANY
def test_a_parquet_cut_off_is_refused(data):
    raw = whole_parquet()
    with pytest.raises(SourceError, match=r"^file: (no|cannot be read as) Parquet"):
        parse(raw[: data.draw(st.integers(0, len(raw) - 1))], PARQUET)


@given(raw=st.binary())
@FEW
def test_any_bytes_as_parquet(raw):
    for around in (raw, b"PAR1" + raw + b"PAR1"):
        contract_or_error(around, PARQUET, PARQUET["columns"])


def test_counts_that_would_fill_the_memory_end_no_program():
    """A damaged count makes the libraries ask for more memory than any machine has."""
    counted = b"\x2c\x15\x06"  # in the head of a page: it holds three values
    raw = parquet(rate=[1.5, None, 2.5]).replace(counted, counted[:2] + b"\x7f", 1)
    with pytest.raises(SourceError, match=r"^file: cannot be read as Parquet \(the reader breaks"):
        parse(raw, {"format": "parquet", "columns": ["rate"]})
    dimensions = bytes.fromhex("00020e00 00000000")  # the record's head, and its first row
    raw = documents()["xls"].replace(dimensions + b"\x08\0\0\0", dimensions + b"\xff\xff\xff\xef")
    with pytest.raises(
        SourceError, match=r"^file: cannot be read as a workbook \(the reader breaks"
    ):
        parse(raw, SHEETS)


# --- be.STAT ---------------------------------------------------------------------------------

VIEW = {"format": "bestat", "columns": ["Gemeente", "Type huishouden", "Aantal"]}
FACTS = (
    '{"facts": [\n'
    '{"Gemeente": "E\u0301lisdorp\xa0 ", "Type\xa0huishouden": "alleen", "Aantal": 21401.0},\n'
    '{"Type\xa0huishouden": "paar", "Aantal": null, "Gemeente": "Noord\xa0woud"},\n'
    '{"Gemeente": "Zuid", "Type\xa0huishouden": "paar", "Aantal": 0.5}\n'
    "]}"
).encode()


def test_bestat():
    frame = parse(FACTS, VIEW)
    contract(frame, VIEW["columns"])
    assert records(frame) == [
        ["Élisdorp", "alleen", "21401"],
        ["Noord woud", "paar", ""],
        ["Zuid", "paar", "0.5"],
    ]
    assert list(frame.index) == [1, 2, 3]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"21401.0", b"NaN", r"^file: not the JSON of be.STAT \(NaN is no number of JSON\); fetch"),
        (b"21401.0", b"-Infinity", r"-Infinity is no number"),
        (b"21401.0", b"1e999", r"the number 1e999 is too large"),
        (b"21401.0", b"[1]", r"^file, fact 1: 'Aantal' holds a list, not a text or number"),
        (b"21401.0", b'{"a": 1}', r"^file, fact 1: 'Aantal' holds a dict"),
        (b"21401.0", b'"\\ud800"', r"^file, fact 1: 'Aantal' holds half a character"),
        (b'"Aantal": null, ', b"", r"^file, fact 2: .*missing: 'Aantal'"),
        (b'"Aantal": null', b'"Aantal": 1, "Meer": 2', r"^file, fact 2: .*not described: 'Meer'"),
        (b'"Aantal": null', b'"Aantal": 1, "Aantal": 2', r"the key 'Aantal' stands twice"),
        (b'"Aantal": null', b'"Aantal": 1, "Aantal ": 2', r"fact 2: .*standing twice: 'Aantal'"),
        (b'{"facts": [', b'{"more": 1, "facts": [', r"`facts` alone and holds more, facts"),
        (b'{"facts": [', b'{"facts": [5, ', r"^file, fact 1: is no object"),
        (FACTS, b'{"facts": []}', r"^file: `facts` holds no fact"),
        (FACTS, b'{"facts": {}}', r"^file: `facts` holds no fact"),
        (FACTS, b"[]", r"must hold `facts` alone and holds list"),
        (FACTS, b"[" * 100_000, r"^file: not the JSON of be.STAT"),
        (FACTS, b"", r"^file: not the JSON of be.STAT"),
        (b"Zuid", b"\xff", r"^file: byte .* is not UTF-8"),
        (FACTS, b"\n<!DOCTYPE html><html>", r"^file: this is an HTML page, not a table"),
    ],
)
def test_faults_of_bestat(old, new, message):
    with pytest.raises(SourceError, match=message):
        parse(FACTS.replace(old, new, 1), VIEW)


@given(data=st.data())
@MANY
def test_a_damaged_bestat(data):
    raw = data.draw(mutations(FACTS))
    frame = contract_or_error(raw, VIEW, VIEW["columns"])
    assert frame is None or len(frame) == len(json.loads(raw)["facts"])
    with pytest.raises(SourceError):
        parse(FACTS[: data.draw(st.integers(0, len(FACTS) - 1))], VIEW)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["facts", *VIEW["columns"]]), inner, max_size=3)
    ),
)


@given(document=JSON, raw=st.binary())
@MANY
def test_any_json_and_any_bytes_as_bestat(document, raw):
    for made in (raw, json.dumps(document).encode(), json.dumps({"facts": document}).encode()):
        contract_or_error(made, VIEW, VIEW["columns"])


# --- all -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form", ["bestat", "csv", "delimited", "eurostat", "geojson", "parquet", "spreadsheet"]
)
def test_every_format_refuses_a_web_page(form):
    with pytest.raises(SourceError, match=r"^file: this is an HTML page"):
        parse(b"<!DOCTYPE html><p>", {**HAND_MADE, "format": form})


def test_plain_tables_are_read_here_too():
    raw = b"ins,name,rate\n1,A,2\n"
    assert records(parse(raw, {"format": "csv", "columns": ["ins", "name", "rate"]})) == [
        ["1", "A", "2"]
    ]
    features = b'{"features": [{"b": 1, "a": 2}]}'
    assert records(parse(features, {"format": "geojson"})) == [['{"a":2,"b":1}']]


@pytest.mark.parametrize("take_out", [["."], [".", "%"]])
def test_true_numbers_among_texts_with_a_decimal_comma_stay_themselves(take_out):
    cells = [3.7, 4.0, 1234.5, "6,4", "1.234,5"]
    reading = {"columns": ["rate"], "decimal": "comma", "take_out": take_out}
    made = io.BytesIO()
    book = openpyxl.Workbook()
    for cell in ("rate", *cells):
        book.active.append([cell])
    book.save(made)
    frame = parse(made.getvalue(), {**reading, "format": "spreadsheet"})
    assert [*frame["rate"]] == ["3,7", "4", "1234,5", "6,4", "1.234,5"]
    made = io.BytesIO()
    polars.DataFrame({"rate": [3.7, 4.0, 1234.5]}).write_parquet(made)
    frame = parse(made.getvalue(), {**reading, "format": "parquet"})
    assert [*frame["rate"]] == ["3,7", "4", "1234,5"]


def test_a_table_that_goes_on_below_an_empty_row_is_no_table_with_notes():
    book = openpyxl.Workbook()
    for row in (["code", "rate"], ["1", 2], [], ["Source: us"], ["2", 3]):
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    reading = {
        "format": "spreadsheet",
        "columns": ["code", "rate"],
        "table_ends": "first_empty_row",
    }
    with pytest.raises(SourceError, match="row 5: after an empty row the table seems to go on"):
        parse(made.getvalue(), reading)
    book.active.delete_rows(5)
    made = io.BytesIO()
    book.save(made)
    assert records(parse(made.getvalue(), reading)) == [["1", "2"]]


def test_an_answer_of_eurostat_that_came_packed_is_opened_and_a_cut_one_is_an_error():
    plain = b"freq,geo\\TIME_PERIOD\t2005 \r\nA,BE\t1 b\r\n"
    packed = gzip.compress(plain)
    reading = {"format": "eurostat"}
    pd.testing.assert_frame_equal(parse(packed, reading), parse(plain, reading))
    for end in range(2, len(packed)):
        with pytest.raises(SourceError):
            parse(packed[:end], reading)


@given(st.text())
@SOME
def test_names_of_columns_have_one_spelling(text):
    name = column_name(text)
    assert column_name(name) == name == column_name(f"\xa0 {text}\n")
