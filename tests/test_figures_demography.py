"""Figures on demography: what is drawn is what the data say, and the words tell it."""

from __future__ import annotations

import itertools
import math
import re

import drawn
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from smstra.figures import bars, demography, lines, style
from smstra.figures.palette import MARKERS

PEOPLE = {"label": "Inhabitants", "definition": "level", "of": "residents",
          "from": "2000-01-01", "to": "2018-01-01", "country": drawn.SUM, "region": drawn.SUM}  # fmt: skip
SHARE = {**PEOPLE, "label": "Foreign residents", "definition": "share", "of": "residents_foreign",
         "in": "residents_by_nationality"}  # fmt: skip
INDEX = {"series": "people", "base": "2005-01-01"}
FOREIGN = {"series": "foreign", "stands_for": "sf"}
ORIGIN = {"series": ["here", "near", "far"]}
GROWTH = {"natural_change": "natural", "net_migration": "moves", "inhabitants": "people"}
SIZE = {"inhabitants": "people_2014", "density": "density_2014"}
ARRIVED = {"persons": "arrivals_persons", "points": "arrivals_points"}
BREAK = {
    "census": {
        "title": "The census corrects the register",
        "effective": "2011-05-09",
        "datasets": ["tl_people"],
        "variables": ["residents", "residents_foreign", "natural_change"],
        "effect": "",
        "source": "",
    }
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def settings(**changes):
    flow = {**PEOPLE, "from": "2000", "to": "2018"}
    parts = {
        name: {**SHARE, "label": label, "of": of, "in": "residents_by_origin"}
        for name, label, of in (
            ("here", "National background", "residents_national_background"),
            ("near", "Neighbouring countries", "residents_origin_neighbouring"),
            ("far", "Other countries", "residents_origin_non_eu"),
        )
    }
    level = {"definition": "level", "of": "residents", "date": "2014-01-01", "max_year_gap": 0}
    points = {**level, "definition": "difference_of_shares", "of": "residents_foreign",
              "in": "residents_by_nationality", "country": drawn.SUM, "region": drawn.SUM}  # fmt: skip
    return drawn.case(
        series={
            "people": PEOPLE,
            "foreign": SHARE,
            "natural": {**flow, "label": "Natural change", "of": "natural_change"},
            "moves": {**flow, "label": "Net migration", "of": "net_migration"},
            **parts,
        },
        indicators={
            "people_2014": {**level, "label": "Inhabitants 2014"},
            "density_2014": {**level, "label": "Density 2014"},
            "arrivals_points": {**points, "label": "Change of the share of foreign residents"},
            "arrivals_persons": {**points, "label": "Change of foreign residents", "in": []},
        },
        **changes,
    )


def over_time(name, chosen, at, first=2000, last=2018, country=None, regions=None, **kinds):
    """Return a series: ``at(number, year)`` of towns, ``country(year)``, ``regions(year)``."""
    parts = []
    if country is not None:
        values = drawn.years(first, last, country)
        parts.append(drawn.rows_of(name, "TL", "country", values, label="Testland", **kinds))
    for region in sorted(set(chosen["region"])) if regions is not None else []:
        values = drawn.years(first, last, regions)
        label = f"Region {region[1:]}"
        parts.append(drawn.rows_of(name, region, "region", values, label=label, **kinds))
    for number, (unit, label) in enumerate(zip(chosen["unit"], chosen["label"], strict=True)):
        values = drawn.years(first, last, lambda year, number=number: at(number, year))
        parts.append(drawn.rows_of(name, unit, "town", values, label=label, **kinds))
    return drawn.series_of(*parts)


def growing(number, year):
    """Towns grow by 2 % of their start a year, less 1 point for each further town."""
    return 10000 * (1 + (0.02 - 0.01 * number) * (year - 2005))


def of_people(chosen, at=growing, language="en", breaks=None, **areas):
    table = over_time("people", chosen, at, **areas)
    return drawn.material(chosen, {"series": table}, settings(), language, breaks)


def index(material):
    return demography.population_index(material, INDEX)


# Inhabitants as an index.


def test_the_index_draws_what_its_data_say():
    chosen = drawn.towns(2)
    drawing = index(
        of_people(chosen, country=lambda year: 1e6 + year, regions=lambda year: 5e5 + year)
    )
    data = drawing.data
    assert set(data["unit"]) == {"TL", "R1", "R2", "T01", "T02"}
    for unit, own in data.groupby("unit"):
        assert drawn.points(drawing, f"_{unit}") == list(
            zip(own["date"], own["index"], strict=True)
        )
        at_base = own.loc[own["date"] == "2005-01-01", "value"].iloc[0]
        assert own["index"].to_numpy() == pytest.approx(own["value"].to_numpy() / at_base * 100)
    (hundred,), (base,) = (drawn.artists(drawing, label) for label in ("_hundred", "_base"))
    assert list(hundred.get_ydata()) == [100, 100]
    assert base.get_xdata(orig=True)[0].isoformat() == "2005-01-01"


@pytest.mark.parametrize(
    ("slopes", "country", "title"),
    [
        ((0.02, -0.01), 0.01,
         "Inhabitants rose most in Town 1 (+26.0 %) and fell most in Town 2 (−13.0 %), 2005 to 2018; "
         "Testland +13.0 %"),
        ((0.02, 0.01), None,
         "Inhabitants rose most in Town 1 (+26.0 %) and least in Town 2 (+13.0 %), 2005 to 2018"),
        ((-0.02, -0.01), -0.02,
         "Inhabitants fell most in Town 1 (−26.0 %) and least in Town 2 (−13.0 %), 2005 to 2018; "
         "Testland −26.0 %"),
        ((0.0, 0.0), 0.0,
         "Inhabitants stayed level in Town 1 and Town 2 from 2005 to 2018; Testland 0.0 %"),
        ((0.00001, 0.00002), None,
         "Inhabitants stayed level in Town 1 and Town 2 from 2005 to 2018"),
        ((0.01, 0.01, -0.01), None,
         "Inhabitants rose most in Town 1 and Town 2 (+13.0 %) and fell most in Town 3 (−13.0 %), "
         "2005 to 2018"),
        ((-0.01,), 0.01,
         "Inhabitants fell in Town 1 (−13.0 %) from 2005 to 2018; Testland +13.0 %"),
    ],
)  # fmt: skip
def test_the_headline_of_the_index_is_the_trend_of_the_data(slopes, country, title):
    chosen = drawn.towns(len(slopes))
    whole = None if country is None else lambda year: 1e6 * (1 + country * (year - 2005))
    material = of_people(
        chosen, lambda number, year: 1e4 * (1 + slopes[number] * (year - 2005)), country=whole
    )
    assert drawn.plain(index(material).words.title) == title


def test_the_index_says_how_where_and_from_when_its_figures_are():
    chosen = drawn.towns(2)
    words = index(of_people(chosen, country=lambda year: 1e6, regions=lambda year: 5e5)).words
    for said in (
        "Inhabitants as an index, 1 January 2005 = 100.",
        "Dates: 1 January 2000 to 1 January 2018.",
        "Percentages: change from 1 January 2005 to 1 January 2018.",
        "Towns of Testland, geography of 1 January 2015.",
        "Values of Testland and the regions: counts summed over the units.",
    ):
        assert said in words.subtitle
    assert words.source == "Source: Testland Office, People (2026; copy of 2026-01-02)."
    assert words.alt.startswith("Line chart of Inhabitants as an index")
    assert "Town 1 from 10,000 to 12,600 (+26.0\u202f%)" in words.alt
    assert "Testland from 1,000,000 to 1,000,000 (0.0\u202f%)" in words.alt


def test_alt_texts_name_the_year_from_which_a_town_is_on_the_other_side_of_the_country():
    """Town 1 falls to 2010 and rises after it, Town 2 the other way round; the country is level."""
    chosen = drawn.towns(2)

    def bent(number, year):
        sign = 1 if number == 0 else -1
        return 1e4 + sign * 100 * (abs(year - 2010) - 5)

    alt = index(of_people(chosen, bent, country=lambda year: 1e6)).words.alt
    assert (
        "Crossings: Town 1 is above Testland from 2016 on; Town 2 is below Testland from 2016 on."
        in alt
    )
    straight = index(of_people(chosen, country=lambda year: 1e6)).words.alt
    assert "Crossings" not in straight


def test_breaks_are_marked_in_the_picture_and_named_with_their_day():
    material = of_people(drawn.towns(1), breaks=BREAK)
    drawing = index(material)
    (mark,) = drawn.artists(drawing, "_break")
    assert mark.get_xdata(orig=True)[0].isoformat() == "2011-05-09"
    assert mark.get_linestyle() == ":"
    said = "Dotted line, a break in the series: The census corrects the register (9 May 2011)."
    assert said in drawing.words.subtitle
    assert "break in the series" in legend_of(drawing)
    later = {"census": {**BREAK["census"], "effective": "2019-01-01"}}
    outside = index(of_people(drawn.towns(1), breaks=later))
    assert not drawn.artists(outside, "_break")
    assert "Dotted" not in outside.words.subtitle


def test_a_break_that_the_source_flags_is_marked_too():
    chosen = drawn.towns(1)
    table = over_time("people", chosen, growing)
    table.loc[table["date"] == "2010-01-01", "status"] = "b"
    drawing = index(drawn.material(chosen, {"series": table}, settings()))
    (mark,) = drawn.artists(drawing, "_break")
    assert mark.get_xdata(orig=True)[0].isoformat() == "2010-01-01"
    assert "flag b (break) of the source in 2010 (1 January 2010)" in drawing.words.subtitle


def legend_of(drawing):
    return [text.get_text() for legend in drawing.figure.legends for text in legend.get_texts()]


def test_a_missing_figure_is_a_gap_that_is_named_with_its_reason():
    chosen = drawn.towns(2)
    table = over_time("people", chosen, growing)
    gap = (table["unit"] == "T02") & table["date"].isin(["2008-01-01", "2009-01-01"])
    table.loc[gap, "value"] = math.nan
    table.loc[gap, "status"] = "missing:residents"
    drawing = index(drawn.material(chosen, {"series": table}, settings()))
    assert len(drawn.points(drawing, "_T01")) - len(drawn.points(drawing, "_T02")) == 2
    assert (
        "Without a value: Town 2, 1 January 2008 to 1 January 2009 (not in the source: Inhabitants)."
        in drawing.words.subtitle
    )


def test_a_value_between_gaps_is_still_seen():
    chosen = drawn.towns(1)
    table = over_time("people", chosen, growing, country=lambda year: 1e6)
    lacking = (table["what"] == "country") & table["date"].isin(["2009-01-01", "2011-01-01"])
    table.loc[lacking, "value"] = math.nan
    table.loc[lacking, "status"] = "incomplete:11 of 12"
    drawing = index(drawn.material(chosen, {"series": table}, settings()))
    (alone,) = drawn.artists(drawing, "_alone")
    assert [day.isoformat() for day in alone.get_xdata(orig=True)] == ["2010-01-01"]
    assert "Testland, 1 January 2009 and 1 January 2011 (known for 11 of 12 units)" in (
        drawing.words.subtitle
    )


def test_values_of_a_larger_unit_are_open_marks_and_named():
    chosen = drawn.towns(2)
    table = over_time("foreign", chosen, lambda number, year: 5.0 + number)
    later = (table["unit"] == "T01") & (table["date"] >= "2016-01-01")
    table.loc[later, "merged_unit"] = "T99"
    drawing = demography.foreign_residents(
        drawn.material(chosen, {"series": table}, settings()), {"series": "foreign"}
    )
    (marks,) = drawn.artists(drawing, "_stands_in")
    assert [day.year for day in marks.get_xdata(orig=True)] == [2016, 2017, 2018]
    assert marks.get_markerfacecolor() == "white"
    assert "(Town 1: unit T99)" in drawing.words.subtitle
    assert "value of a larger unit" in legend_of(drawing)
    assert drawing.data.loc[drawing.data["stands_in"], "date"].min() == "2016-01-01"


def test_an_index_never_joins_a_towns_own_count_with_that_of_a_larger_unit():
    chosen = drawn.towns(1)
    table = over_time("people", chosen, growing)
    later = table["date"] >= "2016-01-01"
    table.loc[later, "merged_unit"] = "T99"
    drawing = index(drawn.material(chosen, {"series": table}, settings()))
    assert drawn.points(drawing, "_T01")[-1][0] == "2015-01-01"
    assert "2005 to 2015" in drawing.words.title


def test_an_index_without_its_base_says_so_and_draws_no_axes():
    chosen = drawn.towns(2)
    table = over_time("people", chosen, growing, first=2006)
    drawing = index(drawn.material(chosen, {"series": table}, settings()))
    assert drawing.missing
    assert drawing.words.title == "Inhabitants: no index can be drawn"
    assert "1 January 2005" in drawing.words.subtitle
    assert "figures.population_index" in drawing.words.subtitle
    assert not any(axes.axison for axes in drawing.figure.axes)


def test_a_town_without_the_base_is_left_out_by_name():
    chosen = drawn.towns(2)
    table = over_time("people", chosen, growing)
    table = table[(table["unit"] != "T02") | (table["date"] > "2005-01-01")]
    drawing = index(drawn.material(chosen, {"series": table}, settings()))
    assert set(drawing.data["unit"]) == {"T01"}
    assert "Not drawn, for lack of a figure at the base: Town 2." in drawing.words.subtitle


@pytest.mark.parametrize("name", list(demography.FIGURES))
def test_no_chosen_town_is_said_by_every_figure(name):
    specs = {"population_index": INDEX, "growth_components": GROWTH, "foreign_residents": FOREIGN,
             "origin": ORIGIN, "arrivals": ARRIVED, "density_size": SIZE}  # fmt: skip
    sufficiency = drawn.sufficiency_of("sf", "2005-01-01", "2005-01-01")
    material = drawn.material(drawn.towns(0), {"sufficiency": sufficiency}, settings())
    drawing = demography.FIGURES[name](material, specs[name])
    assert drawing.missing
    assert drawing.name == name
    assert "No town is chosen" in drawing.words.subtitle
    drawn.check_print(drawing)


# Share of foreign residents.


def foreign(
    at=lambda number, year: 5.0 + number, found="2009-01-01", count=2, country=lambda y: 6.0
):
    chosen = drawn.towns(count)
    table = over_time("foreign", chosen, at, first=2009, country=country, unit_of_measure="percent")
    sufficiency = drawn.sufficiency_of("sf", "2005-01-01", found)
    return drawn.material(chosen, {"series": table, "sufficiency": sufficiency}, settings())


def test_a_substituted_date_is_marked_and_named():
    drawing = demography.foreign_residents(foreign(), FOREIGN)
    (mark,) = drawn.artists(drawing, "_substitution")
    assert mark.get_xdata(orig=True)[0].isoformat() == "2009-01-01"
    assert "date that stands in" in legend_of(drawing)
    said = "in the criterion “Foreign residents”, 1 January 2009 taken for 1 January 2005"
    assert said in drawing.words.subtitle
    assert said in drawing.words.alt


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ("2005-01-01", ""),
        ("2007-01-01", "1 January 2007 is taken for 1 January 2005; the series does not show it"),
        ("", "asks for 1 January 2005, for which nothing can stand in"),
    ],
)
def test_a_date_that_is_not_drawn_is_not_marked(found, said):
    drawing = demography.foreign_residents(foreign(found=found), FOREIGN)
    assert not drawn.artists(drawing, "_substitution")
    assert said in drawing.words.subtitle
    assert ("criterion" in drawing.words.subtitle) == bool(said)


def test_the_date_that_was_asked_for_is_not_marked():
    chosen = drawn.towns(1)
    table = over_time("foreign", chosen, lambda number, year: 5.0)
    as_asked = drawn.sufficiency_of("sf", "2005-01-01", "2005-01-01")
    material = drawn.material(chosen, {"series": table, "sufficiency": as_asked}, settings())
    drawing = demography.foreign_residents(material, FOREIGN)
    assert not drawn.artists(drawing, "_substitution")
    assert "date that stands in" not in legend_of(drawing)


def test_the_share_says_who_lies_above_the_country_and_how_much_it_rose():
    drawing = demography.foreign_residents(
        foreign(lambda number, year: 5.0 + 0.1 * number * (year - 2009) + 2 * number), FOREIGN
    )
    assert drawing.words.title == (
        "Foreign residents rose most in Town 2 (+0.9 points) and stayed level in Town 1, "
        "2009 to 2018; Testland 0.0 points"
    )
    assert "Above Testland (6.0\u202f%) on 1 January 2018: Town 2." in drawing.words.subtitle
    below = demography.foreign_residents(foreign(lambda number, year: 1.0), FOREIGN)
    assert "on 1 January 2018: none of the towns." in below.words.subtitle
    assert drawing.figure.axes[0].get_ylim()[0] == 0


def test_without_a_country_nothing_is_compared_with_it():
    words = demography.foreign_residents(foreign(country=None), FOREIGN).words
    assert "Above" not in words.subtitle
    assert "Testland 0" not in words.title


# Growth by component.


def growth(count=2, drop=None, adjust=0.0, **kinds):
    """Town n has n x 10 more births than deaths a year and loses 5 by moves; 1,000 x n people in 2005."""
    chosen = drawn.towns(count)

    def people(number, year):
        return (
            1000 * (number + 1) + (year - 2005) * (10 * (number + 1) - 5) + adjust * (year > 2005)
        )

    table = drawn.series_of(
        over_time("people", chosen, people, 2005, 2009, country=lambda y: 1e5 + 100 * (y - 2005)),
        over_time("natural", chosen, lambda n, y: 10 * (n + 1), 2005, 2008, country=lambda y: 70.0),
        over_time("moves", chosen, lambda n, y: -5, 2005, 2008, country=lambda y: 30.0),
    )
    if drop is not None:
        table = table[~drop(table)]
    return drawn.material(chosen, {"series": table}, settings(), **kinds)


def test_components_add_up_to_growth():
    drawing = demography.growth_components(growth(), GROWTH)
    data = drawing.data.set_index("unit")
    assert data.loc["T01", ["natural_change", "net_migration", "value"]].tolist() == [40, -20, 20]
    assert data.loc["T02", ["natural_change", "net_migration", "value"]].tolist() == [40, -10, 30]
    assert data.loc["TL", ["natural_change", "net_migration", "value"]].tolist() == [2.8, 1.2, 4.0]
    assert data["adjustment"].abs().max() < 1e-9
    assert "corrections of the count" not in drawing.words.subtitle


def test_bars_are_stacked_from_zero_on_either_side_and_the_total_is_marked():
    drawing = demography.growth_components(growth(), GROWTH)
    axes = drawing.figure.axes[0]
    widths = {bar.get_label(): (bar.patches[0].get_x(), bar.patches[0].get_width())
              for bar in axes.containers}  # fmt: skip
    assert widths["_T01:natural_change"] == (0, 40)
    assert widths["_T01:net_migration"] == (0, -20)
    assert widths["_TL:net_migration"] == (2.8, pytest.approx(1.2))
    (total,) = drawn.artists(drawing, "_T01")
    assert list(total.get_xdata()) == [20]
    hatches = {bar.patches[0].get_hatch() for bar in axes.containers}
    assert len(hatches) == 2


def test_the_words_of_growth_name_totals_components_and_base():
    words = demography.growth_components(growth(), GROWTH).words
    assert words.title == (
        "Growth per 1,000 inhabitants, 2005 to 2008: highest in Town 2 (+30.0), lowest in Town 1 "
        "(+20.0); Testland +4.0. “Net migration” outweighs “Natural change” in 0 of 2 towns"
    )
    assert "summed over 2005 to 2008, per 1,000 inhabitants on 1 January 2005" in words.subtitle
    assert "Natural change and Net migration per 1,000 inhabitants, 2005 to 2008" in words.alt
    assert "Town 1 +40.0 and −20.0, together +20.0" in words.alt


def test_growth_that_no_component_explains_is_said():
    words = demography.growth_components(growth(adjust=-7.0), GROWTH).words
    assert "corrections of the count, at most −7.0 per 1,000 (Town 1)" in words.subtitle


def test_a_place_that_lacks_a_year_has_no_bar_and_is_named():
    material = growth(
        drop=lambda t: (t["unit"] == "T02") & (t["series"] == "moves") & (t["date"] == "2006-01-01")
    )
    drawing = demography.growth_components(material, GROWTH)
    assert math.isnan(drawing.data.set_index("unit").at["T02", "value"])
    assert not drawn.artists(drawing, "_T02")
    assert "Without a value in each of the years: Town 2." in drawing.words.subtitle
    assert "no value" in [text.get_text() for text in drawing.figure.axes[0].texts]


def test_growth_without_moves_is_said_to_be_missing():
    material = growth(drop=lambda t: t["series"] == "moves")
    drawing = demography.growth_components(material, GROWTH)
    assert drawing.missing
    assert "Natural change, Net migration and inhabitants" in drawing.words.subtitle


def test_a_break_inside_the_period_of_growth_is_said():
    early = {"census": {**BREAK["census"], "effective": "2007-01-01"}}
    words = demography.growth_components(growth(breaks=early), GROWTH).words
    assert "Inside the period, a break in the series: The census corrects the register" in (
        words.subtitle
    )


# Composition by origin.


def origins(count=2, at=lambda number, year: (90 - year % 100, 4 + year % 100, 6), **kinds):
    chosen = drawn.towns(count)
    tables = [
        over_time(name, chosen, lambda n, y, place=place: at(n, y)[place],
                  country=lambda y, place=place: (80, 5, 15)[place], unit_of_measure="percent")
        for place, name in enumerate(ORIGIN["series"])
    ]  # fmt: skip
    return drawn.material(chosen, {"series": drawn.series_of(*tables)}, settings(), **kinds)


def bands(drawing):
    """Return, by label, the lower and upper edge of each band at the dates of the data."""
    found = {}
    for axes in drawing.figure.axes:
        for band in axes.collections:
            corners = band.get_paths()[0].vertices
            days = sorted(set(corners[:, 0]))
            edges = [(corners[corners[:, 0] == day, 1].min(), corners[corners[:, 0] == day, 1].max())
                     for day in days]  # fmt: skip
            found[band.get_label()] = edges
    return found


def test_shares_are_stacked_to_a_hundred_as_the_data_say():
    drawing = demography.origin(origins(), ORIGIN)
    found = bands(drawing)
    for unit, own in drawing.data.groupby("unit"):
        floor = np.zeros(len(own))
        for name in reversed(ORIGIN["series"]):
            top = floor + own[name].to_numpy(dtype=float)
            assert found[f"_{unit}:{name}"] == [
                pytest.approx(edge) for edge in zip(floor, top, strict=True)
            ]
            floor = top
        assert floor == pytest.approx(100)
    assert [axes.get_title(loc="left") for axes in drawing.figure.axes if axes.axison] == [
        "Town 1 (A)", "Town 2 (B)", "Testland",
    ]  # fmt: skip


def test_the_words_of_origin_name_the_fall_and_the_shares_at_the_end():
    words = demography.origin(origins(), ORIGIN).words
    assert words.title == (
        "The share “National background” fell in Town 1 and Town 2 (−18.0 points) from 2000 to 2018; "
        "Testland 0.0 points"
    )
    assert (
        "Town 1: National background 72.0 %, Neighbouring countries 22.0 % and Other countries 6.0 %"
    ) in drawn.plain(words.alt)


@pytest.mark.parametrize(
    ("sum_", "drawn_"), [(100.1, True), (99.9, True), (100.2, False), (97.0, False)]
)
def test_shares_that_do_not_add_up_are_said_and_not_drawn(sum_, drawn_):
    at = lambda number, year: (90 if (number, year) != (1, 2010) else sum_ - 10, 4, 6)  # noqa: E731
    drawing = demography.origin(origins(at=at), ORIGIN)
    assert drawing.missing != drawn_
    if not drawn_:
        assert "do not add up" in drawing.words.title
        assert f"together {sum_:.2f}\u202f% in Town 2 on 1 January 2010" in drawing.words.subtitle


@pytest.mark.parametrize("rows", ["without a value", "left out"])
def test_a_date_without_one_of_the_parts_is_a_gap(rows):
    material = origins()
    table = material.tables["series"]
    lacking = (table["unit"] == "T01") & (table["date"] == "2010-01-01")
    if rows == "left out":
        kept = table[~lacking].reset_index(drop=True)
        material = drawn.material(material.towns, {"series": kept}, settings())
    else:
        lacking &= table["series"] == "far"
        table.loc[lacking, "value"] = math.nan
        table.loc[lacking, "status"] = "missing:residents_origin_non_eu"
    drawing = demography.origin(material, ORIGIN)
    own = drawing.data[drawing.data["unit"] == "T01"].set_index("date")
    assert math.isnan(own.at["2010-01-01", "sum"])
    (band,) = [
        band
        for axes in drawing.figure.axes
        for band in axes.collections
        if band.get_label() == "_T01:far"
    ]
    assert len(band.get_paths()) == 2
    assert "Town 1, 1 January 2010" in drawing.words.subtitle


def test_origin_without_one_of_its_parts_is_said_to_be_missing():
    material = origins()
    table = material.tables["series"]
    table.loc[table["series"] == "far", "value"] = math.nan
    drawing = demography.origin(material, ORIGIN)
    assert drawing.missing
    assert "No chosen town has all of National background" in drawing.words.subtitle


# Arrivals.


def arrived(values, persons=None, language="en", **cells):
    chosen = drawn.towns(len(values))
    units = list(chosen["unit"])
    cells = {
        "year_from": "2014",
        "year_to": "2018",
        "unit_of_measure": "percentage points",
        **cells,
    }
    found = [drawn.indicator_of("arrivals_points", dict(zip(units, values, strict=True)), **cells)]
    areas = [drawn.areas_of("arrivals_points", {"R1": 0.5, "R2": 2.0, "R9": 7.0, "TL": 1.0})]
    if persons is not None:
        found.append(drawn.indicator_of("arrivals_persons", dict(zip(units, persons, strict=True))))
        areas.append(drawn.areas_of("arrivals_persons", {"R1": 50, "TL": 1000}))
    tables = {"indicators": pd.concat(found), "areas": pd.concat(areas)}
    return drawn.material(chosen, tables, settings(), language)


def test_arrivals_are_dots_in_order_with_persons_beside():
    drawing = demography.arrivals(arrived([1.0, 3.0, -0.5], [10, 300, -5]), ARRIVED)
    assert list(drawing.data["unit"]) == ["T02", "T01", "T03", "R1", "R2", "TL"]
    for row in drawing.data.itertuples():
        (dot,) = drawn.artists(drawing, f"_{row.unit}")
        assert list(dot.get_xdata()) == [row.value]
    texts = [text.get_text() for text in drawing.figure.axes[0].texts]
    assert {"+3.0", "+300", "−0.5", "−5", "+1,000", "points", "persons"} <= set(texts)
    assert drawing.data.set_index("unit")["persons"].loc[["T01", "TL"]].tolist() == [10, 1000]
    (country,) = drawn.artists(drawing, "_country")
    assert list(country.get_xdata()) == [1.0, 1.0]
    own = [tick.get_xdata()[0] for tick in drawn.artists(drawing, "_own_region")]
    assert own == [2.0, 0.5, 0.5]


def test_the_words_of_arrivals_name_the_most_and_what_is_counted():
    words = demography.arrivals(arrived([1.0, 3.0, -0.5], [10, 300, -5]), ARRIVED).words
    assert words.title == (
        "The share of foreign residents rose most in Town 2 (+3.0 points) and fell most in Town 3 "
        "(−0.5 points), 2014 to 2018; Testland +1.0 points"
    )
    assert "naturalisations are in it" in words.subtitle
    assert "Town 2 +3.0 points (persons: +300)" in words.alt


def test_what_is_remarked_of_persons_is_said_once():
    material = arrived([1.0, 3.0], [10, math.nan])
    found = material.tables["indicators"].reset_index(drop=True)
    last = (found["indicator"] == "arrivals_persons") & (found["unit"] == "T02")
    found.loc[last, "flags"] = "missing=not_split"
    found.loc[found["unit"] == "T01", "flags"] = "break=flag_b_2016"
    material = drawn.material(material.towns, {**material.tables, "indicators": found}, settings())
    subtitle = demography.arrivals(material, ARRIVED).words.subtitle
    assert "Town 2: " in subtitle
    assert subtitle.count("2016") == 1


@pytest.mark.parametrize("key", ["persons", "points"])
def test_arrivals_with_one_of_both_indicators(key):
    drawing = demography.arrivals(arrived([1.0, 3.0], [10, 300]), {key: f"arrivals_{key}"})
    assert drawing.data["indicator"].unique().tolist() == [f"arrivals_{key}"]
    assert ("Foreign residents rose most in Town 2 (+300)" in drawing.words.title) == (
        key == "persons"
    )


def test_a_value_of_a_larger_area_is_an_open_mark_and_said():
    drawing = demography.arrivals(
        arrived([1.0, 3.0], level="zone", flags="level=zone:Z1"), ARRIVED | {}
    )
    assert drawing.data.loc[drawing.data["what"] == "town", "stands_in"].all()
    (dot,) = drawn.artists(drawing, "_T01")
    assert dot.get_markerfacecolor() == "white"
    assert "Z1" in drawing.words.subtitle
    assert "Open marks" in drawing.words.subtitle


def test_a_town_without_arrivals_keeps_its_row():
    drawing = demography.arrivals(arrived([1.0, math.nan, 2.0]), {"points": "arrivals_points"})
    assert list(drawing.data["unit"])[:3] == ["T03", "T01", "T02"]
    assert "no value" in [text.get_text() for text in drawing.figure.axes[0].texts]
    assert demography.arrivals(arrived([math.nan]), {"points": "arrivals_points"}).missing


# Density and size.


def sized(count=3, language="en", names=()):
    chosen = drawn.towns(count, names)
    units = [f"T{number:02d}" for number in range(1, 81)]
    people = {unit: 1000.0 * 1.08**number for number, unit in enumerate(units)}
    density = {unit: 20.0 * 1.07**number for number, unit in enumerate(units)}
    everyone = drawn.towns(80, names)
    tables = {
        "indicators": pd.concat(
            [drawn.indicator_of("people_2014", people), drawn.indicator_of("density_2014", density)]
        ),
        "typology": drawn.typology_of(everyone),
    }
    return drawn.material(chosen, tables, settings(), language)


def test_all_units_are_drawn_and_the_towns_marked_by_their_type():
    drawing = demography.density_size(sized(), SIZE)
    (cloud,) = drawn.artists(drawing, "_units")
    assert list(cloud.get_xdata()) == drawing.data["inhabitants"].tolist()
    assert list(cloud.get_ydata()) == drawing.data["density"].tolist()
    for row in drawing.data[drawing.data["what"] == "town"].itertuples():
        (mark,) = drawn.artists(drawing, f"_{row.unit}")
        assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (row.inhabitants, row.density)
        assert mark.get_marker() == MARKERS[row.type]
    texts = [text.get_text().replace("\n", " ") for text in drawing.figure.axes[0].texts]
    assert {"Town 1 (A)", "Town 2 (B)", "Town 3 (C)", "small town", "dense"} <= set(texts)
    bounds = sorted({line.get_xdata()[0] for line in drawn.artists(drawing, "_bound")})
    assert 30000 in bounds


def test_the_words_of_size_name_the_extremes_and_the_trend():
    words = demography.density_size(sized(), SIZE).words
    assert words.title == (
        "Town 3 is the largest town (1,166 inhabitants), Town 1 the smallest (1,000); "
        "from Town 1 (20 per km²) to Town 3 (23)"
    )
    assert "Larger units tend to be denser (correlation of the logarithms 1.00)" in words.alt
    one = demography.density_size(sized(1), SIZE).words
    assert one.title == "Town 1: 1,000 inhabitants, 20 per km²; 0 of 80 units are smaller"


def test_of_many_towns_the_extremes_are_labelled_and_that_is_said():
    drawing = demography.density_size(sized(60), SIZE)
    assert drawing.data.loc[drawing.data["labelled"], "unit"].tolist() == ["T01", "T60"]
    assert "Labelled: the largest, the smallest" in drawing.words.subtitle


def test_units_without_one_of_both_are_counted():
    material = sized()
    found = material.tables["indicators"]
    found.iloc[70, found.columns.get_loc("value")] = math.nan
    drawing = demography.density_size(material, SIZE)
    assert len(drawing.data) == 79
    assert "1 unit lacks one of them." in drawing.words.subtitle


# Looks.

FIGURES = ("index", "origin", "growth", "arrivals", "size")
# Sixty panels once: those of origin lie on the same grid.
LOOKS = [
    (figure, count)
    for figure in FIGURES
    for count in (1, 4, 9, 60)
    if (figure, count) != ("origin", 60)
]


@pytest.mark.parametrize(("figure", "count"), LOOKS)
def test_everything_can_be_read_with_one_town_and_with_sixty_of_long_names(figure, count):
    names = [
        drawn.LONG if number % 7 == 0 else f"Ort am Wasser {number}" for number in range(count)
    ]
    chosen = drawn.towns(count, names)
    if figure == "index":
        slow = lambda number, year: 1e4 * (1 + (0.02 - number / 2000) * (year - 2005))  # noqa: E731
        material = of_people(
            chosen, slow, country=lambda year: 1e6 + 3e3 * (year - 2005), regions=lambda year: 5e5,
            breaks=BREAK,
        )  # fmt: skip
        drawing = index(material)
        panels = [axes for axes in drawing.figure.axes if axes.axison]
        for axes in panels:
            shown = [line.get_label() for line in axes.lines]
            assert (
                sum(bool(re.fullmatch(r"_(T\d\d|R\d|TL)", label)) for label in shown) <= lines.MOST
            )
    elif figure == "origin":
        material = origins(count)
        drawing = demography.origin(renamed(material, chosen), ORIGIN)
    elif figure == "growth":
        drawing = demography.growth_components(renamed(growth(count), chosen), GROWTH)
    elif figure == "arrivals":
        values = [3 - 0.1 * number for number in range(count)]
        drawing = demography.arrivals(
            renamed(arrived(values, [1000 * value for value in values]), chosen), ARRIVED
        )
    else:
        drawing = demography.density_size(sized(count, names=names), SIZE)
    assert not drawing.missing
    drawn.check_print(drawing)


def renamed(material, chosen):
    return drawn.material(chosen, material.tables, material.case)


def test_towns_of_one_type_in_one_panel_differ_in_dash_and_marker():
    chosen = drawn.towns(3, types=["A"], regions=1)
    drawing = index(of_people(chosen))
    looks = {
        (str(line.get_linestyle()), line._unscaled_dash_pattern, line.get_marker())
        for unit in chosen["unit"]
        for line in drawn.artists(drawing, f"_{unit}")
    }
    assert len({look[1] for look in looks}) == 3
    assert len({look[2] for look in looks}) == 3


def test_labels_at_the_ends_of_lines_that_meet_do_not_meet():
    chosen = drawn.towns(4, regions=1)
    drawing = index(
        of_people(
            chosen, lambda number, year: 1e4 + (number + year - 2005) * 0.1, country=lambda y: 1e6
        )
    )
    labels = [text.get_text() for text in drawing.figure.axes[0].texts]
    assert labels == ["Town 1 (A) 100.0", "Town 2 (B) 100.0", "Town 3 (C) 100.0",
                      "Town 4 (D) 100.0", "Testland 100.0"]  # fmt: skip
    drawn.check_print(drawing)


@pytest.mark.parametrize("language", ["en", "fr", "nl", "de"])
def test_numbers_are_written_as_the_language_does(language):
    chosen = drawn.towns(1)
    drawing = index(of_people(chosen, language=language, country=lambda year: 1e6))
    percent = {
        "en": "+26.0\u202f%",
        "fr": "+26,0\u202f%",
        "nl": "+26,0\u202f%",
        "de": "+26,0\u202f%",
    }
    assert percent[language] in drawing.words.title
    label = drawing.figure.axes[0].texts[0].get_text()
    assert label.endswith("126.0" if language == "en" else "126,0")
    thousands = demography.density_size(sized(language=language), SIZE)
    thousands.figure.canvas.draw()
    ticks = [tick.get_text() for tick in thousands.figure.axes[0].get_xticklabels()]
    assert {"en": "10,000", "fr": "10\u202f000", "nl": "10.000", "de": "10.000"}[language] in ticks


def test_ticks_keep_values_apart_that_lie_close():
    chosen = drawn.towns(1)
    drawing = index(of_people(chosen, lambda number, year: 1e6 + 10 * (year - 2005)))
    drawing.figure.canvas.draw()
    ticks = [tick.get_text() for tick in drawing.figure.axes[0].get_yticklabels()]
    assert len(set(ticks)) == len(ticks) > 2


def test_series_of_one_date_have_levels_and_no_change():
    chosen = drawn.towns(2)
    table = over_time("foreign", chosen, lambda number, year: 5.0 + number, 2011, 2011)
    drawing = demography.foreign_residents(
        drawn.material(chosen, {"series": table}, settings()), {"series": "foreign"}
    )
    assert drawn.plain(drawing.words.title) == (
        "Foreign residents, 1 January 2011: highest in Town 2 (6.0 %), lowest in Town 1 (5.0 %)"
    )
    assert "From" not in drawing.words.alt
    assert index(
        drawn.material(chosen, {"series": table.assign(series="people")}, settings())
    ).missing
    material = origins()
    one = material.tables["series"]
    one = one[one["date"] == "2011-01-01"].reset_index(drop=True)
    drawing = demography.origin(drawn.material(chosen, {"series": one}, settings()), ORIGIN)
    assert "The share “National background”, 1 January 2011: " in drawing.words.title
    assert any(len(axes.patches) for axes in drawing.figure.axes)
    drawn.check_print(drawing)


def test_an_index_that_ends_at_its_base_tells_the_change_up_to_it():
    chosen = drawn.towns(1)
    table = over_time("people", chosen, lambda number, year: 1e4 + 100 * (year - 2000), 2000, 2005)
    words = index(drawn.material(chosen, {"series": table}, settings())).words
    assert drawn.plain(words.title) == "Inhabitants rose in Town 1 (+5.0 %) from 2000 to 2005"


def test_towns_are_compared_between_dates_that_they_share():
    """Town 2 ends in 2010; what is told of all three ends there too."""
    chosen = drawn.towns(2)
    table = over_time(
        "people", chosen, growing, country=lambda year: 1e6 * (1 + (year - 2005) / 100)
    )
    table = table[(table["unit"] != "T02") | (table["date"] <= "2010-01-01")]
    words = index(drawn.material(chosen, {"series": table}, settings())).words
    assert drawn.plain(words.title) == (
        "Inhabitants rose most in Town 1 (+10.0 %) and least in Town 2 (+5.0 %), 2005 to 2010; "
        "Testland +5.0 %"
    )
    said = "Town 2, 1 January 2011 to 1 January 2018 (not in the source)"
    assert said in words.subtitle


def test_gaps_that_do_not_follow_one_another_are_no_period():
    chosen = drawn.towns(1)
    table = over_time("people", chosen, growing, country=lambda year: 1e6)
    lacking = ["2008-01-01", "2012-01-01"]
    two = table[(table["unit"] != "T01") | ~table["date"].isin(lacking)]
    words = index(drawn.material(chosen, {"series": two}, settings())).words
    assert "Town 1, 1 January 2008 and 1 January 2012 (not in the source)" in words.subtitle
    odd = table[(table["unit"] != "T01") | table["date"].str[3].isin(list("024568"))]
    drawing = index(drawn.material(chosen, {"series": odd}, settings()))
    words = drawing.words
    (line,) = drawn.artists(drawing, "_T01")
    assert np.isnan(line.get_ydata()).sum() == 7
    assert (
        "Town 1, 7 dates from 1 January 2001 to 1 January 2017 (not in the source)"
        in words.subtitle
    )


def test_the_same_data_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        drawing = index(of_people(drawn.towns(2), country=lambda year: 1e6, breaks=BREAK))
        style.save(drawing, tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == [f"population_index.{form}" for form in ("csv", "md", "pdf", "png", "svg")]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_types_stay_apart_without_colour(tmp_path):
    """In grey the parts of a whole differ in lightness from one to the next."""
    drawing = demography.origin(origins(1), ORIGIN)
    drawing.figure.savefig(tmp_path / "x.png", dpi=60)
    grey = np.asarray(Image.open(tmp_path / "x.png").convert("L"))
    axes = drawing.figure.axes[0]
    box = axes.get_window_extent().transformed(drawing.figure.transFigure.inverted())
    height, width = grey.shape
    column = grey[:, int((box.x0 + box.x1) / 2 * width)]
    shades = [
        int(column[int((1 - box.y0 - share * (box.y1 - box.y0)) * height)])
        for share in (0.03, 0.1, 0.7)
    ]
    assert all(abs(a - b) > 30 for a, b in itertools.pairwise(shades))


# What other families share.


def test_places_at_one_height_are_spread_inside_their_bounds():
    places = lines.spread_within([0.99, 0.99, 0.98, 0.2], 0.1, 0.0, 1.0)
    ordered = sorted(places)
    assert all(high - low >= 0.1 - 1e-6 for low, high in itertools.pairwise(ordered))
    assert max(places) <= 0.95 + 1e-9
    assert sorted(range(4), key=lambda place: places[place]) == [3, 2, 0, 1]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("sum_of_counts", "counts summed over the units"),
        ("published", "as published"),
        ("median_of_units", "median of 12 units"),
        ("weighted_mean", "mean of the units, weighted (Inhabitants)"),
    ],
)
def test_how_the_countrys_value_is_made_is_said(how, said):
    case = settings()
    case["series"]["people"] = {**PEOPLE, "country": {"by": how, "weight": "residents"}}
    material = drawn.material(drawn.towns(1), {}, case)
    assert lines.made_how(material, how, pd.Series([12.0]), "country", ["people"]) == said


def test_long_lists_say_how_many_are_not_named():
    say = drawn.material(drawn.towns(1), {}).say
    assert lines.few(say, list("abcde")) == "a; b; c; d; e"
    assert lines.few(say, list("abcdef")) == "a; b; c; d; 2 more in the data of the figure"


def test_dots_without_zero_need_no_stems():
    rows = bars.of_indicator(arrived([101.0, 102.0]), "arrivals_points")
    words = style.Caption("t", "s", "q", "a")
    group = bars.Group(rows[:2], "axis", zero=False)
    drawing = bars.drawing(arrived([101.0, 102.0]), "x", [group], words)
    assert not drawn.artists(drawing, "_stem")
    assert drawing.figure.axes[0].get_xlim()[0] > 50
