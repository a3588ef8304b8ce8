"""Figures of the economy: slopes and income are what the data say, and the words tell whose they are."""

from __future__ import annotations

import math
import re

import drawn
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smstra.figures import economy, findings, style
from smstra.language import Language

SLOPE = {"from": "unemployment_2005", "to": "unemployment_2014"}
INCOME = {"series": "income", "base": "2005"}
BREAKS = {
    "reform": {
        "title": "A reform counts the unemployed anew",
        "effective": "2008-01-01",
        "datasets": ["tl_people"],
        "variables": ["unemployed_lfs", "unemployment_rate_registered"],
    },
    "merger": {
        "title": "Two statistics merge",
        "effective": "2005-01-01",
        "datasets": [],
        "variables": [],
    },
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def settings():
    of_town = {"definition": "level", "of": "unemployment_rate_registered", "max_year_gap": 0,
               "country": {"by": "published"}, "region": {"by": "median_of_units"}}  # fmt: skip
    return drawn.case(
        indicators={
            "unemployment_2005": {**of_town, "label": "Unemployment 2005", "date": "2005"},
            "unemployment_2014": {**of_town, "label": "Unemployment 2014", "date": "2014"},
            "varun": {**of_town, "label": "Change", "definition": "difference", "from": "2005", "to": "2014"},
        },
        series={
            "income": {
                "label": "Income per resident", "definition": "ratio", "of": "net_taxable_income",
                "in": "residents_after_income_year", "unit_of_measure": "EUR per inhabitant",
                "from": "2005", "to": "2014", "country": drawn.SUM, "region": drawn.SUM,
            }
        },
    )  # fmt: skip


def slopes(ends, country=(8.0, 9.0), regions=(), flags=("", ""), level="town", language="en",
           chosen=None, compared="", breaks=None):  # fmt: skip
    """Return the figure for towns with values ``ends`` (2005, 2014)."""
    chosen = drawn.towns(len(ends)) if chosen is None else chosen
    tables, areas = [], []
    for place, (name, year) in enumerate(
        (("unemployment_2005", "2005"), ("unemployment_2014", "2014"))
    ):
        for number, unit in enumerate(chosen["unit"]):
            own = flags[place] if isinstance(flags[place], str) else flags[place][number]
            cells = {
                "year_from": year,
                "year_to": year,
                "year_asked": year,
                "flags": own,
                "level": level,
            }
            tables.append(drawn.indicator_of(name, {unit: ends[number][place]}, **cells))
        whole = {"TL": country[place]} if country else {}
        own = drawn.areas_of(name, whole, "published", 1)
        around = drawn.areas_of(
            name, {code: ends_[place] for code, ends_ in regions}, "median_of_units"
        )
        areas.append(pd.concat([own, around]).assign(year_from=year, year_to=year))
    tables.append(drawn.indicator_of("varun", dict.fromkeys(chosen["unit"], 0.0), flags=compared))
    material = drawn.material(
        chosen,
        {"indicators": pd.concat(tables, ignore_index=True), "areas": pd.concat(areas)},
        settings(),
        language,
        breaks,
    )
    return economy.unemployment(material, SLOPE)


def ends_drawn(drawing, unit):
    return [[float(y) for y in line.get_ydata()] for line in drawn.artists(drawing, f"_{unit}")]


def test_a_slope_joins_the_two_values_of_each_place_as_in_the_data():
    drawing = slopes([(10.0, 6.5), (4.0, 7.25)], regions=[("R1", (5.0, 6.0)), ("R2", (7.0, 7.0))])
    for unit, own in drawing.data.groupby("unit"):
        assert ends_drawn(drawing, unit) == [own["value"].tolist()], unit
    assert set(drawing.data["unit"]) == {"T01", "T02", "R1", "R2", "TL"}
    assert [text.get_text() for text in drawing.figure.axes[0].get_xticklabels()] == [
        "2005",
        "2014",
    ]
    written = [text.get_text() for text in drawing.figure.axes[0].texts]
    assert {"10.0", "4.0", "8.0"} <= set(written)
    assert "7.2 Town 2 (B)" in [text.replace("\n", " ") for text in written]
    drawn.check_print(drawing)


@pytest.mark.parametrize(
    ("ends", "country", "title"),
    [
        ([(10.0, 6.5), (4.0, 7.0)], (8.0, 9.0),
         "rose most in Town 2 (+3.0 points) and fell most in Town 1 (−3.5 points); "
         "Testland +1.0 points"),
        ([(4.0, 7.0), (4.0, 5.0)], None, "rose most in Town 1 (+3.0 points) and least in Town 2 (+1.0 points)"),
        ([(7.0, 4.0), (5.0, 4.0)], (9.0, 8.0),
         "fell most in Town 1 (−3.0 points) and least in Town 2 (−1.0 points); "
         "Testland −1.0 points"),
        ([(7.0, 7.0), (5.0, 4.0)], None, "fell most in Town 2 (−1.0 points) and stayed level in Town 1"),
        ([(7.0, 7.0), (5.0, 6.0)], None, "rose most in Town 2 (+1.0 points) and stayed level in Town 1"),
        ([(5.0, 5.01)], (8.0, 8.0), "stayed level in Town 1; Testland 0.0 points"),
        ([(5.0, 6.0), (7.0, 8.0)], None, "rose in Town 1 and Town 2 (+1.0 points)"),
        ([(6.0, 5.0)], None, "fell in Town 1 (−1.0 points)"),
        ([(5.0, 6.0)] * 5, None, "rose in 5 places (+1.0 points)"),
    ],
)  # fmt: skip
def test_the_headline_says_who_rose_and_who_fell(ends, country, title):
    drawing = slopes(ends, country)
    said = drawing.words.title.replace("\u00a0", " ")
    said = said.removeprefix("Unemployment rate (registered) ")
    assert re.sub("(,| from) 2005 to 2014", "", said) == title
    assert drawing.words.alt.startswith(drawing.words.title)


def test_towns_that_have_the_figure_of_one_area_share_a_line_named_by_the_area():
    at = ["level=zone:Z1", "level=zone:Z1", "level=zone:Z2"]
    drawing = slopes([(10.0, 6.0), (10.0, 6.0), (4.0, 5.0)], flags=(at, at), level="zone")
    assert drawing.data.groupby("unit")["line"].first().to_dict() == {
        "T01": 0,
        "T02": 0,
        "T03": 1,
        "TL": 2,
    }
    assert ends_drawn(drawing, "T01") == [[10.0, 6.0]]
    assert ends_drawn(drawing, "T02") == []
    assert "Z1: Town 1 (A), Town 2 (B)" in " ".join(
        text.get_text().replace("\n", " ") for text in drawing.figure.axes[0].texts
    )
    title = drawing.words.title
    assert "rose most in the area of Town 3 " in title
    assert "fell most in the area of Town 1 and Town 2 " in title
    assert "(Z1: Town 1 and Town 2; Z2: Town 3)" in drawing.words.subtitle
    assert "†" not in drawing.words.subtitle
    # One mark at each end of each of the two lines is open.
    assert len(drawn.artists(drawing, "_stands_in")) == 4
    assert "value of a larger unit" in legend(drawing)


def legend(drawing):
    return [text.get_text() for each in drawing.figure.legends for text in each.get_texts()]


def test_a_towns_own_figures_are_not_marked_as_standing_in():
    drawing = slopes([(10.0, 6.0)])
    assert drawn.artists(drawing, "_stands_in") == []
    assert "Open markers" not in drawing.words.subtitle
    assert "Level of the figures: town." in drawing.words.subtitle


def test_breaks_between_the_dates_are_lines_where_they_lie_and_named():
    drawing = slopes([(10.0, 6.0)], compared="break=flag_b_2011", breaks=BREAKS)
    places = sorted(line.get_xdata()[0] for line in drawn.artists(drawing, "_break"))
    assert places == [pytest.approx(3 / 9, abs=1e-3), pytest.approx(6 / 9, abs=1e-3)]
    assert "A reform counts the unemployed anew (1 January 2008)" in drawing.words.subtitle
    assert "flag b (break) of the source in 2011" in drawing.words.subtitle
    assert "Two statistics merge" not in drawing.words.subtitle


def test_what_concerns_one_date_has_a_dagger_there():
    flags = ("break=merger:transition;status=2005:b", "")
    drawing = slopes([(10.0, 6.0)], flags=flags, breaks=BREAKS)
    assert [text.get_text() for text in drawing.figure.axes[0].get_xticklabels()] == [
        "2005†",
        "2014",
    ]
    assert (
        "† a date lies in the transition of a break: Two statistics merge;"
        in drawing.words.subtitle
    )
    assert "the source flags the figure of 2005: b, break in the series." in drawing.words.subtitle


def test_a_town_without_one_end_has_its_other_and_is_named_with_the_reason():
    flags = (["", "status=2005:u;missing=no_row"], "")
    drawing = slopes([(10.0, 6.0), (math.nan, 7.0)], flags=flags)
    assert "†" not in drawing.words.subtitle
    ((before, after),) = ends_drawn(drawing, "T02")
    assert math.isnan(before)
    assert after == 7.0
    assert "Without a value: Town 2, 2005 (the source has no row" in drawing.words.subtitle.replace(
        "no value: ", ""
    )
    assert "Town 2" not in drawing.words.title


def test_ends_that_no_town_has_both_of_are_said_without_a_change():
    drawing = slopes([(10.0, math.nan), (math.nan, 7.0)], flags=("", ""))
    assert drawing.words.title.endswith("no chosen town has figures of both 2005 and 2014")
    assert not drawing.missing


@pytest.mark.parametrize("count", [0, 2])
def test_nothing_to_compare_is_said_and_no_axes_are_drawn(count):
    ends = [(math.nan, math.nan)] * count
    drawing = slopes(ends, flags=("missing=no_figures_at_this_level",) * 2) if count else nobody()
    assert drawing.missing
    assert not any(axes.axison for axes in drawing.figure.axes)
    said = "no town is chosen" if not count else "no chosen town has a value"
    assert said in drawing.words.title
    assert count == 0 or "there are figures for larger areas only" in drawing.words.subtitle


def nobody():
    chosen = drawn.towns(0)
    one = drawn.indicator_of("unemployment_2005", {"T99": 1.0})
    two = drawn.indicator_of("unemployment_2014", {"T99": 1.0})
    return economy.unemployment(
        drawn.material(chosen, {"indicators": pd.concat([one, two])}, settings()), SLOPE
    )


def test_medians_are_called_medians_and_what_has_no_line_is_said():
    drawing = slopes([(10.0, 6.0)], country=None, regions=[("R1", (5.0, 6.0))])
    assert "median in Region 1" in drawing.words.alt
    assert "Values of the regions: median of their units." in drawing.words.subtitle
    assert "Not drawn, for want of a value: the country." in drawing.words.subtitle


@pytest.mark.parametrize("count", [1, 5, 60])
def test_slopes_can_be_read_with_one_town_and_with_sixty_of_long_names(count):
    chosen = drawn.towns(count, [f"{drawn.LONG[:57]}{n:03d}" for n in range(count)])
    ends = [(5 + number % 9, 6 + number % 7) for number in range(count)]
    drawing = slopes(ends, regions=[("R1", (5.0, 6.0)), ("R2", (7.0, 7.0))], chosen=chosen)
    drawn.check_print(drawing)
    assert len([axes for axes in drawing.figure.axes if axes.axison]) == (
        1 if count == 1 else count
    )
    for unit in chosen["unit"]:
        own = drawing.data[drawing.data["unit"] == unit]["value"].tolist()
        assert ends_drawn(drawing, unit) == [own]


def test_numbers_are_written_as_the_language_does():
    drawing = slopes([(10.25, 6.5)], language="fr")
    assert {"10,2", "8,0"} <= {text.get_text() for text in drawing.figure.axes[0].texts}
    assert "−3,8" in drawing.words.title


# Income.


def income(at, country=None, language="en", chosen=None, merged=None, first=2005, count=2):
    """Return the figure for towns with the income ``at(number, year)``."""
    chosen = drawn.towns(count) if chosen is None else chosen
    kinds = {"unit_of_measure": "EUR per inhabitant"}
    parts = []
    if country is not None:
        parts.append(
            drawn.rows_of(
                "income",
                "TL",
                "country",
                drawn.years(first, 2014, country),
                label="Testland",
                **kinds,
            )
        )
    for number, (unit, label) in enumerate(zip(chosen["unit"], chosen["label"], strict=True)):
        values = drawn.years(first, 2014, lambda year, number=number: at(number, year))
        unit_, year = (merged or {}).get(unit, ("", 9999))
        own = {day: unit_ for day in values if day >= str(year)}
        parts.append(
            drawn.rows_of("income", unit, "town", values, label=label, merged=own, **kinds)
        )
    material = drawn.material(chosen, {"series": drawn.series_of(*parts)}, settings(), language)
    return economy.income(material, INCOME)


def growing(number, year):
    return 10000 * (1 + (0.03 - 0.02 * number) * (year - 2005))


def test_income_is_drawn_as_an_index_and_below_in_euro():
    drawing = income(growing, lambda year: 12000 + 100 * (year - 2005))
    above, below = drawing.figure.axes
    for unit, own in drawing.data.groupby("unit"):
        for axes, column in ((above, "index"), (below, "value")):
            (line,) = [line for line in axes.lines if line.get_label() == f"_{unit}"]
            assert [float(y) for y in line.get_ydata()] == own[column].tolist()
    assert [line.get_label() for line in above.lines].count("_hundred") == 1
    assert "_hundred" not in [line.get_label() for line in below.lines]
    assert above.get_ylabel() == "Index, 2005 = 100"
    assert below.get_ylabel() == "EUR per inhabitant"
    drawn.check_print(drawing)


def test_the_words_of_income_name_the_rise_and_that_it_is_nominal():
    words = income(growing, lambda year: 12000 + 100 * (year - 2005)).words
    assert words.title == (
        "Income per resident rose most in Town 1 (+27.0\u202f%) and least in Town 2 (+9.0\u202f%), "
        "2005 to 2014; Testland +7.5\u202f%"
    )
    assert "2005 to 2014, nominal: not adjusted for prices." in words.subtitle
    assert "Town 1 from 10,000 EUR per inhabitant to 12,700 EUR per inhabitant" in words.alt
    assert "counts summed over the units, then divided" in words.subtitle


def test_income_without_its_base_is_drawn_in_euro_only_and_says_so():
    drawing = income(growing, first=2006)
    assert len(drawing.figure.axes) == 1
    assert (
        "no chosen town has values of both the base, 2005, and another date" in drawing.words.title
    )
    assert "No index, for want of a value of 2005: Town 1; Town 2." in drawing.words.subtitle
    assert "index" not in drawing.data.columns


def test_a_town_without_the_base_keeps_its_line_in_euro():
    drawing = income(lambda number, year: math.nan if number and year == 2005 else 10000.0 + year)
    above, below = drawing.figure.axes
    known = [[math.isfinite(y) for y in line.get_ydata()] for axes in (above, below)
             for line in axes.lines if line.get_label() == "_T02"]  # fmt: skip
    assert known == [[False] * 10, [False] + [True] * 9]
    assert "Town 2" not in drawing.words.title
    assert "No index, for want of a value of 2005: Town 2." in drawing.words.subtitle


def test_income_of_a_merged_unit_is_called_so():
    drawing = income(growing, merged={"T01": ("T91", 2005)})
    assert "rose most in the merged unit with Town 1 (" in drawing.words.title
    assert "(Town 1: unit T91)" in drawing.words.subtitle
    assert len(drawn.artists(drawing, "_stands_in")) == 2


def test_income_of_two_territories_is_never_compared():
    drawing = income(growing, merged={"T01": ("T91", 2012)})
    assert "rose in Town 2 (" in drawing.words.title
    own = drawing.data[drawing.data["unit"] == "T01"].set_index("date")
    assert own.loc["2011-01-01", "index"] > 100
    assert math.isnan(own.loc["2012-01-01", "index"])
    assert own.loc["2012-01-01", "value"] == growing(0, 2012)


@pytest.mark.parametrize("count", [0, 2])
def test_no_income_is_said_and_no_axes_are_drawn(count):
    drawing = income(lambda number, year: math.nan, count=count)
    assert drawing.missing
    assert (
        "no town is chosen" if not count else "no chosen town has a value"
    ) in drawing.words.title
    assert drawing.words.subtitle


@pytest.mark.parametrize("count", [1, 60])
def test_income_can_be_read_with_one_town_and_with_sixty_of_long_names(count):
    chosen = drawn.towns(count, [f"{drawn.LONG[:57]}{n:03d}" for n in range(count)])
    drawing = income(
        lambda number, year: growing(number % 3, year), lambda year: 12000.0, chosen=chosen
    )
    assert len([axes for axes in drawing.figure.axes if axes.axison]) == 2 * count
    drawn.check_print(drawing)


def test_the_same_data_give_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        style.save(slopes([(10.0, 6.0), (5.0, 6.0)]), tmp_path / folder)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 5
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), (
            name
        )


# The findings that headlines tell.


@given(
    st.lists(
        st.tuples(st.floats(1, 100), st.floats(1, 100)).map(
            lambda ends: tuple(round(e, 1) for e in ends)
        ),
        min_size=1,
        max_size=12,
    )
)
def test_a_headline_is_true_whatever_the_values(ends):
    say = Language("en")
    changes = [findings.absolute(f"P{n}", *each) for n, each in enumerate(ends)]
    said = findings.headline(say, "X", changes, None, "a", "b", lambda x: say.signed(x, 1))
    amounts = [round(change.amount, 9) for change in changes]
    named = {change.name: round(change.amount, 9) for change in changes}
    for verb, side, best in (
        ("rose most in ", 1, max(amounts)),
        ("fell most in ", -1, min(amounts)),
    ):
        if verb not in said:
            continue
        assert best * side > 0
        first = said.split(verb)[1].split(" ")[0].rstrip(",")
        assert first.isdigit() or named[first] == best
    assert ("rose" in said) == (max(amounts) >= 0.05)
    assert ("fell" in said) == (min(amounts) <= -0.05)


@given(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=5))
def test_the_ends_are_those_that_most_have_and_then_the_farthest(known):
    dates = [f"{year}-01-01" for year in range(2000, 2006)]
    table = [
        pd.Series([1.0 if there else math.nan for there in each], index=dates) for each in known
    ]
    found = findings.ends(table)
    pairs = {
        (dates[i], dates[j]): (sum(each[i] and each[j] for each in known), j - i)
        for i in range(6)
        for j in range(i + 1, 6)
    }
    if found is None:
        assert max(both for both, _ in pairs.values()) == 0
    else:
        assert pairs[found] == max(pairs.values())


@pytest.mark.parametrize(
    ("values", "whole", "said"),
    [
        ([3.0, 1.0, 2.0], 2.5, "X: highest in P0 (3.0), lowest in P1 (1.0); TL 2.5"),
        ([3.0, 3.0, 2.0], None, "X: highest in P0 and P1 (3.0), lowest in P2 (2.0)"),
        ([3.0], 2.0, "X: P0 (3.0) above TL (2.0)"),
        ([1.0], 2.0, "X: P0 (1.0) below TL (2.0)"),
        ([2.01], 2.0, "X: P0 and TL are level (2.0)"),
        ([2.0], None, "X: 2.0 in P0"),
        ([2.0, 2.0], 3.0, "X: P0 and P1 (2.0) below TL (3.0)"),
    ],
)
def test_a_headline_on_levels_compares_places_and_the_country(values, whole, said):
    say = Language("en")
    levels = [findings.Level(f"P{n}", value) for n, value in enumerate(values)]
    country = None if whole is None else findings.Level("TL", whole)
    assert findings.of_level(say, "X", levels, country, lambda x: say.number(x, 1)) == said
