"""From the bytes of a table to observations: good tables, and each fault that a table can have."""

from __future__ import annotations

import csv
import hashlib
import json
import math

import pandas as pd
import pytest
from build import VARIABLES
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smstra import formats, pins, snapshots
from smstra.errors import GeographyError, SmstraError, SnapshotError, SourceError
from smstra.sources import registers
from smstra.sources.tables import read_observations

REGISTER = b"""level,code,parent,name,from,to
region,R1,,Northmark,1990-01-01,9999-12-31
town,001,R1,Aldermoor,1990-01-01,9999-12-31
town,002,R1,Brackwell,1990-01-01,2018-12-31
town,003,R1,Corvale,1990-01-01,9999-12-31
town,004,R1,Twinfold,1990-01-01,9999-12-31
town,005,R1,Twinfold,1990-01-01,9999-12-31
"""
REGISTER_ENTRY = {
    "file": "config/datasets/inv.yaml",
    "columns": ["level", "code", "parent", "name", "from", "to"],
    "register": [
        {
            "level": {"column": "level", "map": {"region": "region", "town": "town"}},
            "code": {"column": "code"},
            "parent": {"column": "parent"},
            "names": {"en": "name"},
            "valid_from": {"column": "from"},
            "valid_to": {"column": "to"},
        }
    ],
}


def frame(raw, entry):
    return formats.parse(raw, {**entry, "format": "csv"}, "figs.csv")


UNITS = registers.read_units("reg", REGISTER_ENTRY, frame(REGISTER, REGISTER_ENTRY))


def entry(**changed):
    """A table with one figure of inhabitants a row; a key given as None is left out."""
    made = {
        "file": "config/datasets/inv.yaml",
        "vintage": "v1",
        "columns": ["year", "code", "people"],
        "code_system": "inv",
        "geography_date": "each_date",
        "unit": {"column": "code"},
        "level": "town",
        "date": {"column": "year", "day": "01-01"},
        "missing": [""],
        "variables": {"people": {"column": "people"}},
        **changed,
    }
    return {key: value for key, value in made.items() if value is not None}


def read(raw, described, units=UNITS):
    table = read_observations("figs", described, frame(raw, described), VARIABLES, units)
    assert set(table["source"]) == {"figs@v1"}
    return table


def tuples(table, *columns):
    cells = [table[c].tolist() for c in columns]
    return [
        tuple(None if isinstance(c, float) and math.isnan(c) else c for c in row)
        for row in zip(*cells, strict=True)
    ]


# --- tables that are as described -----------------------------------------------------------------

WIDE = b"year,code,people\n2005,001,1200\n2004,003,\n2005,002,1.5e3\n2004,001,-0.5\n"


def test_a_wide_table_becomes_sorted_observations_that_know_their_line():
    table = read(WIDE, entry())
    assert tuples(table, "unit", "date", "value", "status", "row", "geography") == [
        ("001", "2004-01-01", -0.5, "", 5, "inv@2004-01-01"),
        ("001", "2005-01-01", 1200, "", 2, "inv@2005-01-01"),
        ("002", "2005-01-01", 1500, "", 4, "inv@2005-01-01"),
        ("003", "2004-01-01", None, "missing", 3, "inv@2004-01-01"),
    ]
    assert set(table["unit_of_measure"]) == {"inhabitants"}
    assert set(table["level"]) == {"town"}


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + WIDE,
        WIDE.replace(b"\n", b"\r\n"),
        WIDE.replace(b"001,1200", b'"001","1200"'),
        WIDE.rstrip(b"\n"),
    ],
    ids=["byte order mark", "windows line ends", "quotes", "no last line end"],
)
def test_another_dress_of_the_same_table_gives_the_same_observations_and_hash(raw):
    assert read(raw, entry()).equals(read(WIDE, entry()))
    plain, other = (snapshots.describe(r, {"format": "csv"}, "f") for r in (WIDE, raw))
    assert plain["sha256_table"] == other["sha256_table"]
    assert plain["rows"] == other["rows"] == 4
    assert plain["sha256"] != other["sha256"]


def test_a_row_is_known_by_the_line_on_which_it_begins():
    raw = b'year,code,people\n2005,"001",1\n\n2006,001,2\n2007,"0\n01",3\n2008,001,4\n'
    table = formats.parse(raw, {"format": "csv"}, "f")
    assert [*table.index] == [2, 4, 5, 7]
    assert [*table.iloc[2]] == ["2007", "0\n01", "3"]


LONG = b"""kind,year,code,number,flag
jobless,2005,001,10,
working,2005,001,90,b
jobless,2005,002,,u
working,2005,002,40,be
jobless,2005,003,,
working,2005,003,:,
"""
LONG_ENTRY = entry(
    columns=["kind", "year", "code", "number", "flag"],
    date={"column": "year"},
    geography_date="2010-01-01",
    missing=["", ":"],
    flags="eurostat",
    variables={
        "jobless": {
            "column": "number",
            "where": {"kind": "jobless"},
            "flags_column": "flag",
            "multiply_by": 1000,
        },
        "working": {"column": "number", "where": {"kind": "working"}, "flags_column": "flag"},
    },
)


def test_a_long_table_is_taken_apart_by_where_with_flags_and_factors():
    table = read(LONG, LONG_ENTRY)
    assert tuples(table, "variable", "unit", "value", "status", "row") == [
        ("jobless", "001", 10_000, "", 2),
        ("jobless", "002", None, "u", 4),
        ("jobless", "003", None, "missing", 6),
        ("working", "001", 90, "b", 3),
        ("working", "002", 40, "be", 5),
        ("working", "003", None, "missing", 7),
    ]
    assert set(table["date"]) == {"2005-01-01"}
    assert set(table["geography"]) == {"inv@2010-01-01"}


def test_the_factor_of_one_variable_leaves_the_others_alone():
    raw = b"year,code,people,foreign\n2005,001,3,4\n"
    described = entry(
        columns=["year", "code", "people", "foreign"],
        variables={"people": {"column": "people", "multiply_by": 0.5}, "foreign": {}},
    )
    described["variables"]["foreign"] = {"column": "foreign"}
    assert tuples(read(raw, described), "variable", "value") == [("foreign", 4), ("people", 1.5)]


NAMED = b"year,name,people\n2005,Corvale,7\n2005,Old Alder,8\n2005,Twinfold,9\n"
NAMED_ENTRY = entry(
    columns=["year", "name", "people"],
    geography_date="2010-01-01",
    unit={
        "column": "name",
        "names": "en",
        "aliases": {"Old Alder": "001", "Twinfold": "005"},
    },
)


def test_names_are_looked_up_in_the_register_and_among_aliases():
    table = read(NAMED, NAMED_ENTRY)
    assert tuples(table, "unit", "value", "row") == [("001", 8, 3), ("003", 7, 2), ("005", 9, 4)]


def test_levels_come_from_a_column_or_the_length_of_the_code():
    raw = b"year,code,people\n2005,R1,70\n2005,001,7\n"
    by_length = entry(level={"code_length": {"2": "region", "3": "town"}})
    assert tuples(read(raw, by_length), "level", "unit") == [("region", "R1"), ("town", "001")]
    raw = b"year,code,people,what\n2005,R1,70,big\n2005,001,7,small\n2005,X0,77,all\n"
    by_column = entry(
        columns=["year", "code", "people", "what"],
        country_unit="X0",
        level={
            "column": "what",
            "map": {"big": "region", "small": "town", "all": "country"},
        },
    )
    assert tuples(read(raw, by_column), "level", "unit", "value") == [
        ("country", "X0", 77),
        ("region", "R1", 70),
        ("town", "001", 7),
    ]


def test_excluded_rows_are_left_out_and_only_they():
    raw = b"year,code,people\n2005,TOTAL,99\n2005,001,7\n2006,TOTAL,99\n"
    described = entry(exclude=[{"column": "code", "values": ["TOTAL"], "because": "a sum"}])
    assert tuples(read(raw, described), "unit", "row") == [("001", 3)]


def test_one_fixed_year_and_codes_known_by_their_prefix_need_no_register():
    raw = b"code,people\nXA1,5\nXB2,6\n"
    described = entry(
        columns=["code", "people"],
        date={"fixed": "2011", "day": "12-31"},
        geography_date="2013-12-31",
        code_prefixes=["XA", "XB"],
    )
    table = read(raw, described, units=None)
    assert tuples(table, "unit", "date") == [("XA1", "2011-12-31"), ("XB2", "2011-12-31")]
    with pytest.raises(SourceError, match="line 3: the code 'XC9' is no town"):
        read(raw.replace(b"XB2", b"XC9"), described, units=None)


def test_a_figure_of_a_whole_year_is_dated_by_its_first_day():
    raw = b"year,code,people\n2005,001,7\n"
    described = entry(
        date={"column": "year", "day": "12-31"},
        geography_date="2010-01-01",
        variables={"rate": {"column": "people"}},
    )
    assert read(raw, described)["date"].tolist() == ["2005-01-01"]


# --- tables that are not as described -------------------------------------------------------------

ROW = b"2005,001,7\n"
HEAD = b"year,code,people\n"
FAULTY = {
    "wrong column": (b"year,code,inhabitants\n" + ROW, {}, "missing there: people; not described:"),
    "extra column": (b"year,code,people,x\n2005,001,7,1\n", {}, "not described: x"),
    "missing column": (b"year,code\n2005,001\n", {}, "missing there: people"),
    "columns in another order": (b"code,year,people\n001,2005,7\n", {}, "in their order"),
    "bad year": (HEAD + ROW + b"2005r,001,7\n", {}, "line 3: '2005r' is not a year"),
    "no year": (HEAD + b",001,7\n", {}, "line 2: '' is not a year"),
    "ancient year": (HEAD + b"0205,001,7\n", {}, "'0205' is not a year"),
    "no number": (HEAD + ROW + b"2006,001,n/a\n", {}, "line 3: 'n/a' in column people is not a"),
    "comma decimals": (HEAD + b'2005,001,"7,5"\n', {}, "'7,5' in column people is not a number"),
    "space in number": (HEAD + b"2005,001,7 000\n", {}, "'7 000' in column people"),
    "not a number": (HEAD + b"2005,001,nan\n", {}, "'nan' in column people"),
    "endless number": (HEAD + b"2005,001,1e999\n", {}, "too large to be true"),
    "empty not allowed": (HEAD + b"2005,001,\n", {"missing": [":"]}, "'' in column people"),
    "unknown code": (HEAD + ROW + b"2005,0033,7\n", {}, "line 3: the code '0033' is no town of"),
    "nearest code": (HEAD + b"2005,0033,7\n", {}, "the nearest code is '003'"),
    "code of another day": (HEAD + b"2019,002,7\n", {}, "'002' is no town of 2019-01-01"),
    "code of another level": (HEAD + b"2005,R1,7\n", {}, "'R1' is no town of 2005-01-01"),
    "lost leading zero": (HEAD + b"2005,1,7\n", {}, "the code '1' is no town"),
    "duplicate row": (HEAD + ROW + b"2006,001,7\n" + ROW, {}, "001 for 2005-01-01 stands twice"),
    "unmapped level": (
        HEAD + ROW + b"2005,R1,7\n",
        {"level": {"code_length": {"3": "town"}}},
        "line 3: the level '2' is not described",
    ),
    "unmapped value of level": (
        HEAD + ROW,
        {"level": {"column": "year", "map": {"2006": "town"}}},
        "line 2: the level '2005' is not described",
    ),
    "exclude gone": (
        HEAD + ROW,
        {"exclude": [{"column": "code", "values": ["001", "TOTAL"], "because": "x"}]},
        "`exclude` names TOTAL, which the table does not hold",
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_table_that_is_not_as_described_stops_and_says_where(name):
    raw, changed, says = FAULTY[name]
    with pytest.raises(SourceError) as caught:
        read(raw, entry(**changed))
    assert says in str(caught.value)
    assert str(caught.value).startswith("config/datasets/inv.yaml")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"001,10,", b"001,10,x", "line 2: the flag 'x' is not in the code list of eurostat"),
        (b"001,10,", b"001,10,b e", "line 2: the flag 'b e'"),
        (b"working", b"employed", "no row has kind = 'working', which `working.where` asks for"),
        (b"jobless,", b"joblss,", "(did you mean 'joblss'?)"),
        (b"working,2005,003", b"retired,2005,003", "line 7: no variable reads this row (retired,"),
    ],
)
def test_a_long_table_that_is_not_as_described_stops_and_says_where(old, new, says):
    assert old in LONG
    with pytest.raises(SourceError) as caught:
        read(LONG.replace(old, new), LONG_ENTRY)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"Corvale", b"Corvalle", "line 2: the name 'Corvalle' is not in the register of 2010-01"),
        (b"Corvale", b"Corvalle", "(the nearest is 'Corvale'?)"),
        (b"Old Alder", b"Northmark", "'Northmark' is not in the register"),
        (b"Old Alder", b"Corvale", "of unit 003 for 2005-01-01 stands twice"),
    ],
)
def test_a_name_that_is_no_single_unit_stops_with_the_nearest(old, new, says):
    with pytest.raises(SourceError) as caught:
        read(NAMED.replace(old, new), NAMED_ENTRY)
    assert says in str(caught.value)


def test_a_name_that_two_units_share_is_not_guessed():
    described = {**NAMED_ENTRY, "unit": {**NAMED_ENTRY["unit"], "aliases": {"Old Alder": "001"}}}
    with pytest.raises(SourceError, match="the name 'Twinfold' is not in the register"):
        read(NAMED, described)


# --- tables as publishers write them --------------------------------------------------------------

DETAIL = b"""year,code,sex,nat,people
2005,001,F,BEL,10
2005,001,M,BEL,11
2005,001,F,ETR,3
2005,001,M,ETR,4
2005,002,F,BEL,20
2005,002,M,ETR,5
"""
DETAIL_ENTRY = entry(
    columns=["year", "code", "sex", "nat", "people"],
    variables={
        "people": {"column": "people", "sum_rows": True},
        "foreign": {"column": "people", "where": {"nat": "ETR"}, "sum_rows": True},
    },
)


def test_rows_of_detail_are_summed_and_the_span_of_their_lines_is_kept():
    assert tuples(read(DETAIL, DETAIL_ENTRY), "variable", "unit", "value", "row") == [
        ("foreign", "001", 7, "4-5"),
        ("foreign", "002", 5, "7"),
        ("people", "001", 28, "2-5"),
        ("people", "002", 25, "6-7"),
    ]


def test_a_detail_without_a_figure_leaves_no_smaller_sum():
    raw = DETAIL.replace(b"M,ETR,4", b"M,ETR,")
    table = read(raw, DETAIL_ENTRY)
    assert tuples(table[table["unit"] == "001"], "variable", "value", "status") == [
        ("foreign", None, "missing"),
        ("people", None, "missing"),
    ]


def test_a_detail_that_stands_twice_is_no_part_of_a_sum():
    raw = DETAIL + b"2005,002,M,ETR,5\n"
    with pytest.raises(SourceError, match="line 8: the row repeats an earlier one in all but"):
        read(raw, DETAIL_ENTRY)
    other = DETAIL + b"2005,002,M,ETR,6\n"
    with pytest.raises(SourceError, match="line 8: the row repeats an earlier one in all but"):
        read(other, DETAIL_ENTRY)


def test_a_list_of_values_chooses_rows_and_each_must_be_there():
    described = entry(
        columns=["year", "code", "sex", "nat", "people"],
        variables={
            "people": {"column": "people", "where": {"nat": ["BEL", "ETR"]}, "sum_rows": True}
        },
    )
    assert tuples(read(DETAIL, described), "unit", "value") == [("001", 28), ("002", 25)]
    described["variables"]["people"]["where"]["nat"] = ["BEL", "ETRE"]
    with pytest.raises(SourceError, match=r"no row has nat = 'ETRE'.*did you mean 'ETR'"):
        read(DETAIL, described)


def test_rows_whose_cell_has_a_form_are_left_out():
    raw = b"year,code,people\n2005,arr.A,1\n2005,001,7\n2005,prov.B,2\n2005,arrow,3\n"
    out = [{"column": "code", "pattern": r"(arr|prov)\..*", "because": "larger areas"}]
    with pytest.raises(SourceError, match="line 5: the code 'arrow' is no town"):
        read(raw, entry(exclude=out))
    out.append({"column": "code", "values": ["arrow"], "because": "no place"})
    assert tuples(read(raw, entry(exclude=out)), "unit", "row") == [("001", 3)]


@pytest.mark.parametrize(
    ("cell", "value"), [("6,4%", 6.4), ("1.234,5%", 1234.5), ("-0,5%", -0.5), ("12%", 12)]
)
def test_figures_with_a_decimal_comma_and_signs_to_take_out(cell, value):
    raw = f"year;code;people\n2005;001;{cell}\n".encode().replace(b";", b"|")
    described = entry(decimal="comma", take_out=["%", "."])
    described |= {"format": "delimited", "encoding": "utf-8", "delimiter": "|"}
    table = read_observations(
        "figs", described, formats.parse(raw, described, "f"), VARIABLES, UNITS
    )
    assert tuples(table, "value") == [(value,)]


@pytest.mark.parametrize("cell", ["6.4", "1,2,3", "6,4%", ",", "6,4 "])
def test_a_figure_in_another_notation_is_not_read_as_a_smaller_or_larger_one(cell):
    raw = f"year|code|people\n2005|001|{cell}\n".encode()
    described = entry(decimal="comma")
    described |= {"format": "delimited", "encoding": "utf-8", "delimiter": "|"}
    with pytest.raises(SourceError, match=f"line 2: '{cell}' in column people is not a number"):
        read_observations("figs", described, formats.parse(raw, described, "f"), VARIABLES, UNITS)


def test_a_year_inside_a_text_is_found_by_its_form_and_by_no_other():
    raw = b"year,code,people\nmoyenne annuelle 2005,001,7\nMoyenne annuelle 2006,001,8\n"
    described = entry(date={"column": "year", "day": "01-01", "written": "moyenne annuelle {year}"})
    assert tuples(read(raw, described), "date") == [("2005-01-01",), ("2006-01-01",)]
    for odd in (b"juin 2007", b"moyenne annuelle 20067", b"2007", b"moyenne annuelle 0207"):
        with pytest.raises(SourceError, match=r"line 4: '.*' is not a year such as moyenne"):
            read(raw + odd + b",001,9\n", described)


def test_the_level_of_a_code_is_looked_up_in_the_code_lists():
    raw = b"year,code,people\n2005,X0,77\n2005,R1,70\n2005,001,7\n"
    described = entry(level={"by": "code_lists"}, country_unit="X0")
    assert tuples(read(raw, described), "level", "unit") == [
        ("country", "X0"),
        ("region", "R1"),
        ("town", "001"),
    ]
    with pytest.raises(SourceError, match=r"line 5: the code 'R11' of 2005 has no one level"):
        read(raw + b"2005,R11,1\n", described)


def test_a_code_that_lost_its_zeros_gets_them_back():
    raw = b"year,code,people\n2005,1,7\n"
    assert tuples(read(raw, entry(unit={"column": "code", "pad_to": 3})), "unit") == [("001",)]
    with pytest.raises(SourceError, match="the code '1' is no town"):
        read(raw, entry())


TONGUES = [
    ("001", "Li\u00e8ge", "Luik", "L\u00fcttich"),
    ("002", "Saint-Nicolas", "Saint-Nicolas", "Saint-Nicolas"),
    ("003", "Sint-Niklaas", "Sint-Niklaas", "Sint-Niklaas"),
    ("004", "Braine-l'Alleud", "Eigenbrakel", "Braine-l'Alleud"),
    ("005", "M\u00e9an", "Mean", "Mean"),
    ("006", "Mean", "Mean2", "Mean2"),
    ("007", "Celles (Tournai)", "Celles (Doornik)", "Celles (Doornik)"),
    ("008", "Aa (Nord)", "Aa (Nord)", "Aa (Nord)"),
    ("009", "Aa (Sud)", "Aa (Sud)", "Aa (Sud)"),
]


def named(*names):
    """Observations of units given by name, one a row, in a register of three languages."""
    columns = ["unit", "name_fr", "name_nl", "name_de"]
    units = pd.DataFrame(TONGUES, columns=columns).assign(
        level="town", parent="", valid_from="1990-01-01", valid_to="9999-12-31"
    )
    described = entry(
        columns=["year", "code", "people"],
        geography_date="2010-01-01",
        unit={"column": "code", "names": ["fr", "nl", "de"]},
    )
    table = pd.DataFrame(
        {"year": "2005", "code": names, "people": "1"}, index=range(2, len(names) + 2), dtype=object
    )
    return read_observations("figs", described, table, VARIABLES, units)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Li\u00e8ge", "001"),
        ("Lie\u0300ge", "001"),  # the accent as a letter of its own
        ("Li\u00e8ge \xa0", "001"),
        ("LUIK", "001"),
        ("L\u00fcttich", "001"),
        ("Liege", "001"),
        ("Saint-Nicolas", "002"),
        ("Sint-Niklaas", "003"),
        ("Braine-l\u2019Alleud", "004"),
        ("braine-l'alleud", "004"),
        ("M\u00e9an", "005"),
        ("Mean2", "006"),
        ("Celles", "007"),  # alone of its name on that day
        ("Aa (Sud)", "009"),
    ],
)
def test_a_place_is_known_by_its_name_in_any_language_and_spelling(name, code):
    assert tuples(named(name), "unit") == [(code,)]


@pytest.mark.parametrize("name", ["Mean", "Saint-Nicola", "Sint Niklaas", "Aa", ""])
def test_a_name_that_is_nobodys_or_two_places_is_an_error(name):
    with pytest.raises(SourceError, match=f"line 2: the name '{name}' is not in the register"):
        named(name)


def test_the_flags_of_two_columns_stand_together_and_capitals_are_confidentiality():
    raw = b"kind,year,code,number,flag,conf\njobless,2005,001,10,b,\njobless,2005,002,,,C\n"
    raw += b"jobless,2005,003,,p,N\n"
    described = {
        **LONG_ENTRY,
        "columns": ["kind", "year", "code", "number", "flag", "conf"],
        "variables": {"jobless": {"column": "number", "flags_column": ["flag", "conf"]}},
    }
    described["unused_columns"] = {"kind": "one kind"}
    assert tuples(read(raw, described), "unit", "value", "status") == [
        ("001", 10, "b"),
        ("002", None, "C"),
        ("003", None, "pN"),
    ]


def test_days_of_a_register_written_day_first():
    raw = REGISTER.replace(b"9999-12-31", b"31/12/9999").replace(b"1990-01-01", b"01/02/1990")
    raw = raw.replace(b"2018-12-31", b"31/12/2018").replace(b",R1,,", b",R1,-,")
    described = json.loads(json.dumps(REGISTER_ENTRY))
    described["register"][0] |= {"dates_written": "day/month/year", "no_parent": "-"}
    units = registers.read_units("reg", described, frame(raw, described)).set_index("unit")
    assert units.loc["002", ["valid_from", "valid_to"]].tolist() == ["1990-02-01", "2018-12-31"]
    assert units.loc["R1", "parent"] == ""
    with pytest.raises(SourceError, match="line 2: '1990-02-01' is not a day such as 31/12/2018"):
        odd = raw.replace(b"01/02/1990", b"1990-02-01", 1)
        registers.read_units("reg", described, frame(odd, described))


# --- the bytes ------------------------------------------------------------------------------------


@pytest.fixture
def pythons_own_limit():
    """Cells as long as Python's csv takes them; libraries of other tests raise the limit for good."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"<!DOCTYPE html><html><body>404</body></html>", "this is an HTML page"),
        (b"\n  <HTML lang=en>\n", "this is an HTML page"),
        (b"", "the file is empty"),
        (b"\n\r\n\n", "the file is empty"),
        (b"a,b,c\n1,2,3\n4,5", "line 3: 2 cells where the header has 3"),
        (b"a,b\n1,2,3\n", "line 2: 3 cells where the header has 2"),
        (b'a,b\n1,"2\n', "not valid CSV"),
        (b'a,b\n"1"x,2\n', "line 2: not valid CSV"),
        (b"a,b\nLi\xe8ge,1\n", "byte 6 is not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "byte 0 is not UTF-8"),
        (b"a,b\n1," + b"x" * 200_000, "not valid CSV"),
    ],
)
def test_bytes_that_are_no_table_stop_and_say_what_they_are(raw, says, pythons_own_limit):
    with pytest.raises(SmstraError) as caught:
        formats.parse(raw, {"format": "csv"}, "some/file.csv")
    assert str(caught.value).startswith("some/file.csv")
    assert says in str(caught.value)


def test_the_features_of_a_geojson_become_rows_of_canonical_json():
    one = '{"type": "Feature", "properties": {"b": 1, "a": "\u00e9"}, "geometry": null}'
    raw = f'{{"type": "FeatureCollection", "features": [{one}, {one}]}}'.encode()
    table = formats.parse(raw, {"format": "geojson"}, "f")
    assert [*table] == ["feature"]
    assert [*table.index] == [1, 2]
    first, second = table["feature"]
    assert first == second
    assert json.loads(first) == json.loads(one)
    other = one.replace('"b": 1, "a": "\u00e9"', '"a":"\\u00e9",   "b":1')
    again = formats.parse(raw.decode().replace(one, other).encode(), {"format": "geojson"}, "f")
    assert snapshots.sha256_of_table(again) == snapshots.sha256_of_table(table)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b'"features"',
        b"{}",
        b'{"features": null}',
        b'{"features": 7}',
        b'{"features": "abc"}',
        b'{"features": {"a": 1}}',
        b'{"features": [1, 2]}',
        b'{"features": ' + b"[" * 100_000,
        b"<html></html>",
        b'{"features": [\xff]}',
    ],
)
def test_bytes_that_are_no_feature_collection_stop(raw):
    with pytest.raises(SmstraError, match=r"^some/map\.geojson"):
        formats.parse(raw, {"format": "geojson"}, "some/map.geojson")


@settings(max_examples=200)
@given(raw=st.binary(max_size=80) | st.text('a1",;\r\n\0 \ufeff', max_size=40).map(str.encode))
@example(raw=b'a,b\r1,"\r\n"\n')
@example(raw=b"\0\n\0,\0")
def test_any_bytes_are_a_table_of_equal_rows_or_a_snapshot_error(raw):
    for form in ("csv", "geojson"):
        try:
            table = formats.parse(raw, {"format": form}, "f")
        except SmstraError as error:
            assert str(error).startswith("f")
            continue
        assert len(table.columns)
        assert all(isinstance(cell, str) for cell in table.to_numpy().ravel())
        assert [*table.index] == sorted(set(table.index))


@settings(max_examples=100)
@given(
    cells=st.lists(
        st.lists(st.text('a ,"\r\n\u00e9', max_size=4), min_size=2, max_size=2), min_size=1
    )
)
def test_quoted_cells_come_back_as_they_were(cells):
    quoted = [",".join('"' + c.replace('"', '""') + '"' for c in line) for line in cells]
    table = formats.parse("\n".join(quoted).encode(), {"format": "csv"}, "f")
    assert [[*table.columns], *table.to_numpy().tolist()] == cells


# --- pins -----------------------------------------------------------------------------------------


def pinned(tmp_path, raw=WIDE, **changed):
    (tmp_path / "people.csv").write_bytes(raw)
    cells = [line.split(",") for line in raw.decode().splitlines()]
    joined = b"".join("\x1f".join(line).encode() + b"\x1e" for line in cells)
    return {
        "id": "figs",
        "vintage": "v1",
        "file": "people.csv",
        "rows": 4,
        "sha256": hashlib.sha256(raw).hexdigest(),
        "sha256_table": hashlib.sha256(joined).hexdigest(),
        **changed,
    }


def test_a_pinned_file_that_is_as_pinned_is_read(tmp_path):
    pin = pinned(tmp_path)
    table = snapshots.read(pin, {"format": "csv"}, tmp_path)
    assert [*table.iloc[0]] == ["2005", "001", "1200"]
    pins.verify_bytes([pin], tmp_path)
    described = snapshots.describe(WIDE, {"format": "csv"}, "f")
    assert described == {key: pin[key] for key in ("rows", "sha256", "sha256_table")}


def test_one_changed_byte_stops_naming_the_file_and_both_hashes(tmp_path):
    pin = pinned(tmp_path)
    changed = WIDE.replace(b"1200", b"1201")
    (tmp_path / "people.csv").write_bytes(changed)
    for act in (
        lambda: snapshots.read(pin, {"format": "csv"}, tmp_path),
        lambda: pins.verify_bytes([pin], tmp_path),
    ):
        with pytest.raises(SnapshotError) as caught:
            act()
        for piece in ("people.csv", pin["sha256"], hashlib.sha256(changed).hexdigest()):
            assert piece in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"rows": 5}, "5 rows"),
        ({"sha256_table": "0" * 64}, "0" * 64),
        ({"file": "gone.csv"}, "gone.csv: this snapshot of 'figs' is missing"),
    ],
)
def test_a_pin_that_does_not_fit_its_file_stops(tmp_path, changed, says):
    with pytest.raises(SnapshotError, match=says):
        snapshots.read(pinned(tmp_path, **changed), {"format": "csv"}, tmp_path)


def test_a_vintage_that_is_not_pinned_stops_and_lists_those_that_are(tmp_path):
    known = [pinned(tmp_path), pinned(tmp_path, vintage="v2"), pinned(tmp_path, id="other")]
    assert pins.pins_of(known, "figs", "v2") == [known[1]]
    with pytest.raises(SnapshotError, match="no vintage 'v3'; pinned are v1, v2"):
        pins.pins_of(known, "figs", "v3")
    with pytest.raises(SnapshotError, match="no vintage of it is pinned"):
        pins.pins_of(known, "fogs", "v1")


# --- registers, changes, membership ---------------------------------------------------------------


def test_a_register_gives_units_with_names_parents_and_validity():
    assert tuples(UNITS, "unit", "level", "parent", "valid_to", "name_en")[:3] == [
        ("R1", "region", "", "9999-12-31", "Northmark"),
        ("001", "town", "R1", "9999-12-31", "Aldermoor"),
        ("002", "town", "R1", "2018-12-31", "Brackwell"),
    ]


CHANGES = b"was,is,day,how\n001,009,2019-01-01,recode\n002,003,2019-01-01,merger\n"
CHANGES_ENTRY = {
    "file": "c.yaml",
    "columns": ["was", "is", "day", "how"],
    "changes": {"old": "was", "new": "is", "effective": "day", "kind": "how"},
}


def test_changes_are_read_by_their_own_column_names():
    table = registers.read_changes("ch", CHANGES_ENTRY, frame(CHANGES, CHANGES_ENTRY))
    assert tuples(table, "old", "new", "effective", "kind") == [
        ("002", "003", "2019-01-01", "merger"),
        ("001", "009", "2019-01-01", "recode"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"merger", b"swap", "line 3: the kind of change 'swap' is not known"),
        (b"002,003", b"001,003", "line 2: unit 001 goes into more than one unit on 2019-01-01"),
    ],
)
def test_changes_through_which_no_figure_can_be_carried_stop(old, new, says):
    table = frame(CHANGES.replace(old, new), CHANGES_ENTRY)
    with pytest.raises(SourceError, match=says):
        registers.read_changes("ch", CHANGES_ENTRY, table)


def test_a_unit_in_two_areas_of_one_level_stops():
    described = {
        "file": "m.yaml",
        "columns": ["u", "n2"],
        "membership": {"unit": "u", "levels": {"big": "n2"}},
    }
    table = registers.read_membership("m", described, frame(b"u,n2\n001,B1\n", described))
    assert tuples(table, "unit", "big") == [("001", "B1")]
    with pytest.raises(SourceError, match="line 3: unit 001 stands twice"):
        registers.read_membership("m", described, frame(b"u,n2\n001,B1\n001,B2\n", described))


def joined(tmp_path, register, changed=CHANGES):
    datasets, known = {}, []
    for name, raw, described in (
        ("reg", register, REGISTER_ENTRY),
        ("ch", changed, CHANGES_ENTRY),
    ):
        (tmp_path / f"{name}.csv").write_bytes(raw)
        datasets[name] = {**described, "vintage": "v1", "format": "csv"}
        pin = snapshots.describe(raw, {"format": "csv"}, name)
        known.append({"id": name, "vintage": "v1", "file": f"{name}.csv", **pin})
    return registers.join_registers(["reg"], "ch", datasets, known, tmp_path)


def test_a_unit_that_a_register_leaves_open_ends_the_day_before_its_merger(tmp_path):
    register = REGISTER.replace(b"2018-12-31", b"9999-12-31")
    table = joined(tmp_path, register).set_index("unit")
    assert table.loc["002", "valid_to"] == "2018-12-31"
    assert table.loc["001", "valid_to"] == "2018-12-31"
    assert table.loc["003", "valid_to"] == "9999-12-31"
    kept = joined(tmp_path, REGISTER.replace(b"2018-12-31", b"2001-06-30"))
    assert kept.set_index("unit").loc["002", "valid_to"] == "2001-06-30"


def test_an_absorbing_unit_stays_open(tmp_path):
    absorbed = CHANGES + b"003,003,2019-01-01,merger\n"
    table = joined(tmp_path, REGISTER, absorbed).set_index("unit")
    assert table.loc["003", "valid_to"] == "9999-12-31"


def test_a_code_that_is_valid_twice_on_a_day_stops(tmp_path):
    twice = REGISTER + b"town,002,R1,Dunmarsh,2018-12-31,9999-12-31\n"
    with pytest.raises(GeographyError, match="hold unit 002 twice from 1990-01-01 to 2018-12-31"):
        joined(tmp_path, twice)
    after = REGISTER + b"town,002,R1,Dunmarsh,2019-01-01,2019-06-30\n"
    assert (joined(tmp_path, after)["unit"] == "002").sum() == 2
