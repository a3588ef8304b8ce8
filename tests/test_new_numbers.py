"""`smstra new`: a figure is read as its file writes it, and where two readings are possible it is asked."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from given import figures, of_file, understood

HEAD = "code;year;Inhabitants;Area km2;Unemployment rate"


def table(*rows: str, head: str = HEAD) -> str:
    return "\n".join([head, *(f"{101 + at};2014;{row}" for at, row in enumerate(rows))]) + "\n"


@pytest.mark.parametrize(
    ("rows", "inhabitants", "area", "rate"),
    [
        # A count is whole, so a point in it stands between thousands, and a comma before decimals.
        (("950;12,5;6,4", "1.200;9,25;7,1"), 1200, 9.25, 7.1),
        (("950;12.987;6,4", "1.200;9.001;7,1"), 1200, 9001, 7.1),
        (("950;12.987;6.4", "1,200;9.001;7.1"), 1200, 9.001, 7.1),
        (("950;1 012,5;6,4", "1 200;9,25;7,1"), 1200, 9.25, 7.1),
        (("950;0.987;6", "1200;0.001;7"), 1200, 0.001, 7),
        (("1,234,567;12;6", "1,200;9;7"), 1200, 9, 7),
        (("950;12.5;6,4 %", "1'200;9.25;7 %"), None, None, None),
        (("950;12;6.4 %", "1'200;9;7 %"), 1200, 9, 7),
    ],
)
def test_each_column_shows_how_its_numbers_are_written(
    rows: tuple[str, ...], inhabitants: float | None, area: float, rate: float, tmp_path: Path
) -> None:
    mapped = understood(tmp_path, table(*rows))
    if inhabitants is None:
        assert len(mapped.open) == 1
        assert "`Area km2` (12.5) can only have a decimal point" in mapped.open[0]
        assert "`Unemployment rate` (6,4) only a decimal comma" in mapped.open[0]
        return
    found = figures(mapped)
    assert found["residents", "102", "2014"] == inhabitants
    assert found["area_km2", "102", "2014"] == area
    assert found["unemployment_rate_registered", "102", "2014"] == rate


def test_what_can_be_two_numbers_is_asked_and_the_answer_taken(tmp_path: Path) -> None:
    content = table("950;12.987;6", "1200;9.001;7")
    mapped = understood(tmp_path, content)
    assert mapped.open == [
        "'12.987' in `Area km2` can be 12.987 or 12987; say whether decimals stand behind a point or a comma "
        "by --decimal 'a.csv:point' or --decimal 'a.csv:comma'"
    ]
    for said, area in (("point", 9.001), ("comma", 9001)):
        assert (
            figures(understood(tmp_path, content, decimal=said))["area_km2", "102", "2014"] == area
        )


def test_a_count_that_is_not_whole_is_asked(tmp_path: Path) -> None:
    content = table("950;12;6", "1200.5;9;7")
    (asked,) = understood(tmp_path, content).open
    assert "'1200.5' in `Inhabitants` is no whole number" in asked
    assert "--decimal 'a.csv:point'" in asked
    assert (
        figures(understood(tmp_path, content, decimal="point"))["residents", "102", "2014"]
        == 1200.5
    )
    (asked,) = understood(tmp_path, content, decimal="comma").open
    assert "'1200.5' in `Inhabitants` is no number with a decimal comma" in asked


def test_true_numbers_of_a_workbook_are_what_they_are(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["code", "year", "Inhabitants", "Area km2", "Unemployment rate"],
        ["0101", 2014, 950, 12.987, "6,4"],
        ["0102", 2014, "1.200", 9.001, "7,1"],
    ):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    mapped = of_file(tmp_path / "a.xlsx")
    found = figures(mapped)
    assert found["residents", "0102", "2014"] == 1200
    assert found["area_km2", "0102", "2014"] == 9.001
    assert found["unemployment_rate_registered", "0101", "2014"] == 6.4


@pytest.mark.parametrize(
    "text", ["1000*", "1.011", "1000 b", "12 34", "1,2,3", "1e", ">1000", "1/2"]
)
def test_a_text_with_digits_is_never_left_out_unasked(text: str, tmp_path: Path) -> None:
    # Decimals stand behind a comma elsewhere, but a point between thousands makes 1.011 a number.
    content = table("950;12,5;6,4", f"{text};9,25;7,1")
    mapped = understood(tmp_path, content)
    if text == "1.011":
        assert figures(mapped)["residents", "102", "2014"] == 1011
        return
    (asked,) = mapped.open
    assert f"'{text}' in `Inhabitants` may be figures" in asked
    assert f"--missing 'a.csv:{text}'" in asked
    told = understood(tmp_path, content, missing=(text,))
    assert pd.isna(figures(told)["residents", "102", "2014"])
    assert f"'{text}' in 1 cell" in told.why["missing"]


def test_a_number_that_no_style_has_is_not_a_missing_one(tmp_path: Path) -> None:
    (asked,) = understood(tmp_path, table("950;1.5;6", "1200;9.25;7,1.3")).open
    assert "'7,1.3' in `Unemployment rate` may be figures" in asked


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("..", "'..' in 2 cells"),
        (":", "':' in 2 cells"),
        ("-", "'-' in 2 cells; some offices write - for zero"),
        ("x", "'x' in 2 cells"),
        ("n/a", "'n/a' in 2 cells"),
        (".", "'.' in 2 cells"),
        ("<10", "'<10' (suppressed) in 2 cells"),
        ("< 5", "'< 5' (suppressed) in 2 cells"),
        ("geheim", "'geheim' in 2 cells"),
    ],
)
def test_marks_of_no_figure_are_said_with_the_number_of_cells(
    text: str, told: str, tmp_path: Path
) -> None:
    mapped = understood(tmp_path, table(f"{text};12.5;6.4", "1200;9.25;7.1", f"{text};1.5;7.1"))
    assert pd.isna(figures(mapped)["residents", "101", "2014"])
    assert told in mapped.why["missing"]


def test_a_column_of_suppressed_figures_is_still_that_of_inhabitants(tmp_path: Path) -> None:
    mapped = understood(tmp_path, table("<10;1.5;6.4", "<10;9.25;7.1", "1200;1.5;7.1"))
    assert figures(mapped)["residents", "103", "2014"] == 1200


@pytest.mark.parametrize(
    ("header", "cells"),
    [("Foreign share %", ("0.4", "0.9")), ("Foreign share", ("0.4 %", "0.9%"))],
)
def test_percent_below_one_is_percent(header: str, cells: tuple[str, str], tmp_path: Path) -> None:
    head = f"code;year;Inhabitants;{header}"
    mapped = understood(tmp_path, table(*(f"9;{cell}" for cell in cells), head=head))
    assert figures(mapped)["share_foreign", "102", "2014"] == 0.9
    assert "percent, as the table says" in mapped.why["variables.share_foreign"]


def test_shares_below_one_without_a_unit_are_asked(tmp_path: Path) -> None:
    content = table("9;0.4", "9;0.9", head="code;year;Inhabitants;Foreign share")
    (asked,) = understood(tmp_path, content).open
    assert "--fraction 'a.csv:Foreign share=yes'" in asked
    for said, value in (("yes", 90), ("no", 0.9)):
        mapped = understood(tmp_path, content, fractions={"Foreign share": said})
        assert figures(mapped)["share_foreign", "102", "2014"] == pytest.approx(value)


def test_a_workbook_that_shows_fractions_as_percent_is_asked(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["code", "year", "Inhabitants", "Foreign share %"], ["01", 2014, 9, 0.07]):
        book.active.append(row)
    book.active.append(["02", 2014, 9, 0.12])
    book.save(tmp_path / "a.xlsx")
    assert "--fraction 'a.xlsx:Foreign share %=yes'" in of_file(tmp_path / "a.xlsx").open[0]


def test_an_area_says_in_which_unit_it_was_taken(tmp_path: Path) -> None:
    for header, area, told in (
        ("Area (ha)", 0.12, "times 0.01"),
        ("Area", 12, "taken as km2, no unit is named"),
        ("Area km2", 12, "figures from 9 to 12"),
    ):
        content = table("9;12", "9;9", head=f"code;year;Inhabitants;{header}")
        mapped = understood(tmp_path, content)
        assert figures(mapped)["area_km2", "101", "2014"] == pytest.approx(area)
        assert told in mapped.why["variables.area_km2"]


def test_the_range_told_is_that_of_the_rows_that_count(tmp_path: Path) -> None:
    rows = [
        f"{code};2014;{sex};{number}"
        for code in ("101", "102")
        for sex, number in (("Men", 400), ("Women", 1), ("Total", 401))
    ]
    mapped = understood(tmp_path, "\n".join(["code;year;sex;population", *rows]) + "\n")
    assert "; 2 figures from 401 to 401" in mapped.why["variables.residents"]
    assert "4 rows with 'Men', 'Women' in `sex` (no variable counts them)" in mapped.why["exclude"]


def test_a_number_that_means_no_figure_is_said_to(tmp_path: Path) -> None:
    content = table("-999;12;6", "1200;9;7")
    (asked,) = understood(
        tmp_path, content.replace("Unemployment rate", "r").replace("Area km2", "a")
    ).open
    assert "goes down to -999" in asked
    assert "--missing 'a.csv:-999'" in asked
    mapped = understood(tmp_path, content, missing=("-999",))
    assert pd.isna(figures(mapped)["residents", "101", "2014"])
    assert "; 1 figure from 1200 to 1200" in mapped.why["variables.residents"]
    assert "taken for no figure: '-999' in 1 cell" in mapped.why["missing"]


def test_a_fraction_of_a_column_that_is_no_share_is_refused(tmp_path: Path) -> None:
    mapped = understood(tmp_path, table("950;12;6", "1200;9;7"), fractions={"year": "yes"})
    assert "no share is read from this column" in mapped.open[0]
