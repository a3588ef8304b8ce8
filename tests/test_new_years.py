"""`smstra new`: the year and the day are those that the table says, or they are asked for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from given import figures, of_file, understood

from smstra.onboarding.days import days_in, part_of_year, year_of

UNITS = ("0101", "0102", "0203")


def table(*columns: tuple[str, ...]) -> str:
    """A CSV of the columns (name, then a cell for each row) with codes before them."""
    rows = max(len(column) for column in columns) - 1
    codes = [UNITS[number % len(UNITS)] for number in range(rows)]
    lines = [("code", *codes), *columns]
    return "\n".join(";".join(line[place] for line in lines) for place in range(rows + 1)) + "\n"


PEOPLE = ("population", "1000", "2000", "3000", "1100", "2200", "3300")


@pytest.mark.parametrize(
    ("first", "second", "day"),
    [
        ("2005-12-31", "2014-12-31", "12-31"),
        ("31/12/2005", "31/12/2014", "12-31"),
        ("31.12.2005", "31.12.2014", "12-31"),
        ("30.06.2005", "30.06.2014", "06-30"),
        ("12/31/2005", "12/31/2014", "12-31"),
        ("20050701", "20140701", "07-01"),
        ("1 July 2005", "1 July 2014", "07-01"),
        ("31. Dezember 2005", "31. Dezember 2014", "12-31"),
        ("1er janvier 2005", "1er janvier 2014", "01-01"),
        ("December 31, 2005", "December 31, 2014", "12-31"),
        ("01/01/2005", "01/01/2014", "01-01"),
    ],
)
def test_a_column_of_dates_gives_year_and_day(tmp_path, first, second, day):
    content = table(("date", *[first] * 3, *[second] * 3), PEOPLE)
    mapped = understood(tmp_path, content)
    assert mapped.open == [] and mapped.date["day"] == day
    assert "ASSUMED" not in mapped.why["day"]
    found = figures(mapped)
    assert found["residents", "0101", "2005"] == 1000 and found["residents", "0203", "2014"] == 3300


def test_dates_of_a_workbook_give_year_and_day(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["code", "date", "population"])
    for year, number in ((2005, 1000), (2014, 1500)):
        for place, unit in enumerate(UNITS):
            book.active.append([unit, dt.datetime(year, 12, 31), number + place])
    book.save(tmp_path / "a.xlsx")
    mapped = of_file(tmp_path / "a.xlsx")
    assert mapped.open == [] and mapped.date["day"] == "12-31"
    assert figures(mapped)["residents", "0102", "2014"] == 1501


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("01/02/2005", "01/02/2014", "--day 'a.csv:01-02' or --day 'a.csv:02-01'"),
        ("2005M12", "2014M12", "holds months or quarters"),
        ("2005-12", "2014-12", "holds months or quarters"),
        ("200512", "201412", "holds months or quarters"),
        ("2005Q4", "2014Q4", "holds months or quarters"),
        ("Dec 2005", "Dec 2014", "holds months or quarters"),
        ("2005-01-01", "2014-12-31", "writes its years in 2 ways"),
        ("2005", "2014p", "writes its years in 2 ways"),
        ("2005", "later", "holds years, and 'later'"),
    ],
)
def test_a_date_that_can_be_two_or_is_none_is_asked_for(tmp_path, first, second, says):
    mapped = understood(tmp_path, table(("time", *[first] * 3, *[second] * 3), PEOPLE))
    assert says in "; ".join(mapped.open)


def test_who_says_the_day_of_a_month_is_believed(tmp_path):
    mapped = understood(
        tmp_path, table(("time", *["2005M12"] * 3, *["2014M12"] * 3), PEOPLE), day="12-31"
    )
    assert mapped.open == [] and mapped.date == {
        "column": "time", "written": "{year}M12", "day": "12-31"
    }  # fmt: skip


def test_a_column_of_borders_is_not_that_of_the_year(tmp_path):
    years = ("year", *["2005"] * 3, *["2014"] * 3)
    content = table(("borders of", *["2019"] * 6), years, PEOPLE)
    assert figures(understood(tmp_path, content))["residents", "0101", "2005"] == 1000
    alone = understood(tmp_path, table(("borders of", *["2019"] * 3), PEOPLE[:4]))
    assert "does not say of what" in alone.open[0] and "--year 'a.csv:2014'" in alone.open[0]
    said = understood(tmp_path, table(("borders of", *["2019"] * 3), PEOPLE[:4]), year="2014")
    assert figures(said)["residents", "0101", "2014"] == 1000


def test_two_columns_of_years_are_asked_for(tmp_path):
    years = [("year", *["2005"] * 3, *["2014"] * 3), ("tid", *["2006"] * 3, *["2015"] * 3)]
    content = table(*years, PEOPLE)
    mapped = understood(tmp_path, content)
    assert "--year-column 'a.csv:year' or --year-column 'a.csv:tid'" in mapped.open[0]
    assert set(understood(tmp_path, content, year_column="tid").years) == {"2006", "2015"}


def test_the_header_goes_before_the_name_of_the_file(tmp_path):
    wide = table(("Population 2005", "1", "2", "3"), ("Population 2014", "4", "5", "6"))
    mapped = understood(tmp_path, wide, "edition_2020.csv")
    assert mapped.years == ["2005", "2014"]
    apart = table(("Population 2005", "1", "2", "3"), ("Area km2 2014", "4", "5", "6"))
    mapped = understood(tmp_path, apart, "edition_2020.csv")
    assert mapped.years == ["2005", "2014"]
    found = figures(mapped)
    assert found["residents", "0101", "2005"] == 1 and found["area_km2", "0101", "2014"] == 4


@pytest.mark.parametrize(
    ("title", "name", "header"),
    [
        ("Inhabitants 31 December 2013", "people_2014.csv", "population"),
        ("Inhabitants", "people_2014.csv", "population 2013"),
        ("Inhabitants 2005-2014", "people_2014.csv", "population"),
        ("Inhabitants 2013", "people_2014.csv", "population 2015"),
    ],
)
def test_places_that_disagree_on_the_year_are_asked_for(tmp_path, title, name, header):
    content = f"{title}\n" + table((header, "1000", "2000", "3000"))
    mapped = understood(tmp_path, content, name)
    assert f"--year '{name}:2014'" in mapped.open[0] and "2013" in mapped.open[0] + "2013"
    assert mapped.date == {} and mapped.variables == {}
    assert understood(tmp_path, f"{title}\n" + table(("population", "1", "2", "3")), name,
                      year="2014").date["fixed"] == "2014"  # fmt: skip


@pytest.mark.parametrize(
    "title", ["Einwohner, Gebietsstand 2024", "Erstellt am 12.05.2023", "downloaded 2023"]
)
def test_the_year_of_borders_or_of_a_download_is_not_that_of_the_figures(tmp_path, title):
    mapped = understood(tmp_path, f"{title}\n\n" + table(("population", "1000", "2000", "3000")))
    assert "it is not said plainly of which year" in mapped.open[0]
    said = understood(
        tmp_path, f"{title}\n\n" + table(("population", "1000", "2000", "3000")), year="2014"
    )
    assert said.date["fixed"] == "2014" and said.why["day"].startswith("ASSUMED")


def test_title_and_name_that_agree_give_the_year_and_the_title_the_day(tmp_path):
    content = "Inhabitants per 31 december 2014\n" + table(("population", "1000", "2000", "3000"))
    mapped = understood(tmp_path, content, "people_2014.csv")
    assert mapped.date == {"fixed": "2014", "day": "12-31"}


def test_a_year_that_is_said_takes_its_own_columns(tmp_path):
    wide = table(("Population 2005", "1", "2", "3"), ("Population 2014", "4", "5", "6"))
    found = figures(understood(tmp_path, wide, year="2014"))
    assert found == {
        ("residents", unit, "2014"): n for unit, n in zip(UNITS, (4, 5, 6), strict=True)
    }
    other = understood(tmp_path, wide, year="2010")
    assert "has columns of 2005, 2014 only" in other.open[0]
    rows = table(("year", *["2005"] * 3, *["2014"] * 3), PEOPLE)
    assert "row by row" in understood(tmp_path, rows, year="2014").open[0]


def test_a_day_that_nothing_says_is_assumed_and_said_to_be(tmp_path):
    mapped = understood(tmp_path, table(("year", *["2005"] * 3, *["2014"] * 3), PEOPLE))
    assert mapped.date["day"] == "01-01" and mapped.why["day"].startswith("ASSUMED")


@pytest.mark.parametrize(
    ("text", "named", "doubtful"),
    [
        ("Bevölkerung am 30.6.", {"06-30"}, set()),
        ("Folkmängd 31 december 2014", {"12-31"}, set()),
        ("Ludność stan w dniu 31 XII", {"12-31"}, set()),
        ("Ludność 1 I 2014", {"01-01"}, set()),
        ("Tablica 1 i 2", set(), set()),
        ("Population au 1er janvier", {"01-01"}, set()),
        ("Padrón a 1 de enero de 2014", {"01-01"}, set()),
        ("Population 1.1.{year}", {"01-01"}, set()),
        ("Population on 03/04/2014", set(), {"03-04", "04-03"}),
        ("Table 1.2 of 2014, 12 months", set(), set()),
        ("January 2014", set(), set()),
        ("31 February 2014", set(), set()),
        ("Nüfus, 31 Aralık", {"12-31"}, set()),
        ("from 1 January to 31 December", {"01-01", "12-31"}, set()),
    ],
)
def test_days_in_texts(text, named, doubtful):
    found = days_in(text)
    assert (set(found.named), set(found.doubtful)) == (named, doubtful)


def test_years_of_cells():
    assert year_of("2014") == ("2014", "{year}")
    assert year_of("20141231") == ("2014", "{year}1231")
    assert year_of("2014-12-31 00:00:00") == ("2014", "{year}-12-31 00:00:00")
    assert year_of("annual mean 2014") == ("2014", "annual mean {year}")
    assert [year_of(text) for text in ("", "1000", "2005-2014", "20141331", "120145")] == [None] * 5
    assert (
        part_of_year("{year}M1") and not part_of_year("{year}") and not part_of_year("{year}-12-31")
    )


def test_an_open_question_reaches_the_user_with_its_flag(tmp_path: Path):
    mapped = understood(tmp_path, table(("population", "1", "2", "3")))
    assert mapped.open == [
        "nothing says of which year its figures are; say so by --year 'a.csv:2014'"
    ]
