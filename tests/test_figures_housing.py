"""Figures of housing: prices and sales by type, multiples of income, dots of the census, rent."""

from __future__ import annotations

import math

import drawn
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from smstra.figure_rules import FAMILIES
from smstra.figures import economy, housing, style

TYPES = {"terraced": "Terraced houses", "detached": "Detached houses", "flats": "Apartments"}
OF = {"terraced": "houses_2_or_3_facades", "detached": "houses_4_facades", "flats": "apartments"}
PRICES = {"series": list(TYPES)}
MULTIPLES = {"series": list(TYPES), "income": "income"}
SALES = {"series": [f"sold_{name}" for name in TYPES]}
STOCK = {"indicators": ["stock", "empty"]}
SIZE = {"indicator": "per_dwelling"}
PUBLISHED = {"by": "published"}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def settings(**changes):
    areas = {"country": PUBLISHED, "region": PUBLISHED}
    span = {"definition": "level", "from": "2005", "to": "2010", **areas}
    prices = {
        name: {**span, "label": label, "of": f"median_price_{OF[name]}"}
        for name, label in TYPES.items()
    }
    sales = {
        f"sold_{name}": {**span, "label": label, "of": f"sales_{OF[name]}"}
        for name, label in TYPES.items()
    }
    sums = {"country": drawn.SUM, "region": drawn.SUM}
    census = {"date": "2011-01-01", "max_year_gap": 0, **sums}
    ratio = {**census, "definition": "ratio", "of": ["dwellings_occupied"], "in": "residents"}
    return drawn.case(
        series={
            **prices,
            **sales,
            "income": {"label": "Income per resident", "definition": "ratio", "of": "net_taxable_income",
                       "in": "residents_after_income_year", "unit_of_measure": "EUR per inhabitant",
                       "from": "2005", "to": "2010", **sums},
            "rent": {**span, "label": "Rent", "of": "rent_level", "country": {"by": "median_of_units"}},
        },
        indicators={
            "stock": {**ratio, "label": "Dwellings per inhabitant"},
            "empty": {**census, "label": "Empty dwellings, census 2014", "definition": "share",
                      "of": "dwellings_unoccupied", "in": ["dwellings_occupied", "dwellings_unoccupied"]},
            "per_dwelling": {**ratio, "label": "Inhabitants per occupied dwelling", "of": "residents",
                             "in": "dwellings_occupied"},
            "household_members": {**ratio, "label": "Members of a household", "of": "residents",
                                  "in": "declarations"},
        },
        **changes,
    )  # fmt: skip


def places(chosen):
    """Return code, name and what of the towns, their regions and the country."""
    towns = [
        (unit, label, "town") for unit, label in zip(chosen["unit"], chosen["label"], strict=True)
    ]
    regions = [(code, f"Region {code[1:]}", "region") for code in sorted(set(chosen["region"]))]
    return [("TL", "Testland", "country"), *regions, *towns]


def over_time(chosen, names, at, unit, merged=(), how="published", areas=True, why="missing"):
    """Return rows of series: ``at(name, code, year)`` of 2005 to 2010; NaN is missing from the source."""
    parts = []
    for name in names:
        for code, label, what in places(chosen):
            if what != "town" and not areas:
                continue
            values = drawn.years(
                2005, 2010, lambda year, name=name, code=code: at(name, code, year)
            )
            status = {day: why for day, value in values.items() if math.isnan(value)}
            later = dict.fromkeys(values, "T91") if code in merged else None
            parts.append(
                drawn.rows_of(
                    name, code, what, values, label=label, unit_of_measure=unit, how=how, status=status,
                    merged=later,
                )
            )  # fmt: skip
    return drawn.series_of(*parts)


def price(name, code, year):
    """The country's prices are highest; terraced houses of towns rise by 10 % or 20 % in all."""
    start = {"terraced": 100000, "detached": 200000, "flats": 80000}[name.removeprefix("sold_")]
    rise = {"T01": 0.04, "T02": 0.02}.get(code, 0.03)
    return start * (1 + rise * (year - 2005))


def earned(name, code, year):
    return {"T01": 10000.0, "T02": 20000.0}.get(code, 12500.0)


def prices(at=price, count=2, chosen=None, language="en", **kinds):
    chosen = drawn.towns(count) if chosen is None else chosen
    table = over_time(chosen, TYPES, at, "EUR", **kinds)
    return housing.house_prices(
        drawn.material(chosen, {"series": table}, settings(), language), PRICES
    )


def lines_of(drawing, label):
    """Return the values of each line with this label, gaps as None."""
    return [
        [None if math.isnan(y) else float(y) for y in line.get_ydata()]
        for line in drawn.artists(drawing, label)
    ]


def without_gaps(values):
    return [None if math.isnan(value) else value for value in values]


def test_prices_are_a_panel_a_place_with_a_line_for_each_type_of_dwelling():
    drawing = prices()
    titles = [axes.get_title(loc="left") for axes in drawing.figure.axes if axes.axison]
    assert titles == ["Town 1 (A)", "Town 2 (B)", "Region 1", "Region 2", "Testland"]
    for part, (name, label) in enumerate(TYPES.items()):
        for code in ("T01", "T02", "R1", "R2", "TL"):
            own = drawing.data[(drawing.data["part"] == label) & (drawing.data["unit"] == code)]
            assert lines_of(drawing, f"_{code}:{part}") == [own["value"].tolist()]
            assert own["value"].tolist() == [price(name, code, year) for year in range(2005, 2011)]
    drawn.check_print(drawing)


def test_the_headline_of_prices_names_the_type_and_who_rose():
    words = prices().words
    assert words.title == (
        "Median price (Terraced houses) rose most in Town 1 (+20.0\u202f%) and least in Town 2 "
        "(+10.0\u202f%), 2005 to 2010; Testland +15.0\u202f%"
    )
    assert (
        "Median price by type of dwelling, EUR, 2005 to 2010, nominal: not adjusted for prices."
        in (words.subtitle)
    )
    assert "Values of Testland and the regions: as published." in words.subtitle
    assert "Town 2 from 100,000 EUR to 110,000 EUR (+10.0\u202f%)" in words.alt
    assert "Gaps" not in words.subtitle


def test_prices_of_a_merged_unit_are_open_marks_and_told():
    drawing = prices(merged=("T01",))
    assert len(drawn.artists(drawing, "_stands_in")) == 3
    assert "rose most in the merged unit with Town 1 (" in drawing.words.title
    assert "(Town 1: unit T91)" in drawing.words.subtitle
    assert drawn.artists(prices(), "_stands_in") == []


def test_years_without_a_price_are_gaps_that_are_named():
    def at(name, code, year):
        few = name == "flats" and code == "T02"
        some = name == "detached" and code == "T01" and year in (2006, 2008)
        return math.nan if few or some else price(name, code, year)

    drawing = prices(at)
    assert lines_of(drawing, "_T02:2") == []
    assert [value is None for value in lines_of(drawing, "_T01:1")[0]] == [
        False,
        True,
        False,
        True,
        False,
        False,
    ]
    assert (
        "Gaps (the source gives none): Detached houses: Town 1, 2006 and 2008; Apartments: Town 2, all dates."
        in (drawing.words.subtitle)
    )


def test_the_headline_is_of_the_type_that_most_towns_have():
    drawing = prices(
        lambda name, code, year: (
            math.nan if name == "terraced" and code == "T02" else price(name, code, year)
        )
    )
    assert drawing.words.title.startswith("Median price (Detached houses) rose most in Town 1")


def test_prices_without_regions_and_country_have_panels_of_towns_only():
    drawing = prices(areas=False)
    assert [axes.get_title(loc="left") for axes in drawing.figure.axes if axes.axison] == [
        "Town 1 (A)",
        "Town 2 (B)",
    ]
    assert "Testland" not in drawing.words.title
    assert "Not drawn, for want of a value: the regions and the country." in drawing.words.subtitle


@pytest.mark.parametrize("count", [0, 2])
def test_no_price_is_said_and_no_axes_are_drawn(count):
    drawing = prices(lambda *_: math.nan, count=count)
    assert drawing.missing
    assert drawing.words.title == "Median price by type of dwelling: " + (
        "no chosen town has a value" if count else "no town is chosen"
    )
    assert count == 0 or "Terraced houses: Testland, all dates" in drawing.words.subtitle


@pytest.mark.parametrize("count", [1, 60])
def test_prices_can_be_read_with_one_town_and_with_sixty_of_long_names(count):
    chosen = drawn.towns(count, [f"{drawn.LONG[:57]}{n:03d}" for n in range(count)], regions=1)
    drawing = prices(chosen=chosen)
    assert len([axes for axes in drawing.figure.axes if axes.axison]) == count + 2
    drawn.check_print(drawing)


# Multiples of income.


def multiples(at=price, income=earned, count=2, price_of=(), income_of=()):
    chosen = drawn.towns(count)
    table = pd.concat(
        [
            over_time(chosen, TYPES, at, "EUR", merged=price_of),
            over_time(
                chosen,
                ["income"],
                income,
                "EUR per inhabitant",
                merged=income_of,
                how="sum_of_counts",
            ),
        ]
    )
    return housing.house_prices_to_income(
        drawn.material(chosen, {"series": table}, settings()), MULTIPLES
    )


def test_a_multiple_is_the_price_divided_by_the_income_of_place_and_year():
    drawing = multiples()
    for part, (name, label) in enumerate(TYPES.items()):
        for code in ("T01", "T02", "R1", "TL"):
            own = drawing.data[(drawing.data["part"] == label) & (drawing.data["unit"] == code)]
            expected = [
                price(name, code, year) / earned("", code, year) for year in range(2005, 2011)
            ]
            assert own["value"].tolist() == pytest.approx(expected)
            assert lines_of(drawing, f"_{code}:{part}") == [own["value"].tolist()]
            assert (own["price"] / own["income"]).tolist() == own["value"].tolist()


def test_the_headline_of_multiples_is_the_newest_level():
    words = multiples().words
    assert words.title == (
        "Median price (Terraced houses) in yearly incomes per resident, 2010: highest in Town 1 (12.0), "
        "lowest in Town 2 (5.5); Testland 9.2"
    )
    made = "price as published; income counts summed over the units, then divided."
    assert f"Values of Testland and the regions: {made}" in words.subtitle
    assert "Town 2 5.5" in words.alt


def test_years_without_income_are_left_out_and_said():
    drawing = multiples(
        income=lambda name, code, year: math.nan if year == 2010 else earned(name, code, year)
    )
    assert drawing.data.loc[drawing.data["date"] == "2010-01-01", "value"].isna().all()
    assert set(drawing.data.loc[drawing.data["date"] == "2010-01-01", "status"]) == {"no_income"}
    assert "Left out, for want of income: 2010." in drawing.words.subtitle
    assert ", 2009: highest" in drawing.words.title


@pytest.mark.parametrize(
    ("price_of", "income_of", "there"),
    [((), (), True), (("T01",), ("T01",), True), (("T01",), (), False), ((), ("T01",), False)],
)
def test_price_and_income_of_different_territories_are_never_divided(price_of, income_of, there):
    drawing = multiples(price_of=price_of, income_of=income_of)
    assert (len(lines_of(drawing, "_T01:0")) == 1) == there
    assert (
        "different territories (a merged unit and its part): Town 1." in drawing.words.subtitle
    ) == (not there)


def test_multiples_without_any_income_say_what_is_missing():
    drawing = multiples(income=lambda *_: math.nan)
    assert drawing.missing
    assert "for want of income: 2005, 2006, 2007, 2008, 2009 and 2010." in drawing.words.subtitle


# Sales.


def sales(at=price, why="missing", count=2):
    chosen = drawn.towns(count)
    table = over_time(chosen, [f"sold_{name}" for name in TYPES], at, "sales", why=why)
    return housing.house_sales(drawn.material(chosen, {"series": table}, settings()), SALES)


def sold(name, code, year):
    return price(name, code, year) / (1000 if code.startswith("T0") else 1)


def test_sales_have_a_scale_for_each_place_that_begins_at_zero():
    drawing = sales(sold)
    tops = {
        axes.get_title(loc="left"): axes.get_ylim() for axes in drawing.figure.axes if axes.axison
    }
    assert all(low == 0 for low, _ in tops.values())
    assert 200 < tops["Town 1 (A)"][1] < 300
    assert 200000 < tops["Testland"][1] < 300000
    for part in range(3):
        own = drawing.data[
            (drawing.data["unit"] == "T02") & (drawing.data["part"] == list(TYPES.values())[part])
        ]
        assert lines_of(drawing, f"_T02:{part}") == [own["value"].tolist()]
    assert drawing.words.title.startswith("Sales (Terraced houses) rose most in Town 1 (+20.0")
    assert "each panel has a scale of its own" in drawing.words.subtitle
    drawn.check_print(drawing)


def test_sales_of_a_merged_unit_are_not_split_and_that_is_said():
    drawing = sales(
        lambda name, code, year: math.nan if code == "T01" else sold(name, code, year),
        "not_split:T91",
    )
    assert not any(
        label.startswith("Town 1")
        for label in (axes.get_title(loc="left") for axes in drawing.figure.axes)
    )
    assert (
        "Gaps (published for the later merged unit only, and a count is not split): "
        "Terraced houses: Town 1, all dates;"
    ) in drawing.words.subtitle


# Dots of the census.


def dots(
    figure, spec, values, areas=None, unit="percent", flags="", language="en", count=2, names=()
):
    chosen = drawn.towns(count, names)
    tables, around = [], []
    for name, own in values.items():
        by_unit = dict(zip(chosen["unit"], own, strict=True))
        tables.append(drawn.indicator_of(name, by_unit, unit_of_measure=unit, flags=flags))
        if areas:
            around.append(drawn.areas_of(name, areas))
    shown = {"indicators": pd.concat(tables, ignore_index=True)}
    if around:
        shown["areas"] = pd.concat(around, ignore_index=True)
    return figure(drawn.material(chosen, shown, settings(), language), spec)


def empty(values, **kinds):
    return dots(housing.unoccupied_dwellings, {"indicator": "empty"}, {"empty": values}, **kinds)


def test_dots_lie_at_the_values_of_the_data():
    drawing = empty([12.5, 4.0], areas={"TL": 6.0, "R1": 7.0})
    for code, value in (("T01", 12.5), ("T02", 4.0), ("R1", 7.0), ("TL", 6.0)):
        (dot,) = drawn.artists(drawing, f"_{code}")
        assert list(dot.get_xdata()) == [value]
        assert drawing.data.set_index("unit").at[code, "value"] == value
    drawn.check_print(drawing)


@pytest.mark.parametrize(
    ("values", "areas", "title"),
    [
        (
            [12.5, 4.0],
            {"TL": 6.0},
            "highest in Town 1 (12.5\u202f%), lowest in Town 2 (4.0\u202f%); Testland 6.0\u202f%",
        ),
        ([12.5], {"TL": 6.0}, "Town 1 (12.5\u202f%) above Testland (6.0\u202f%)"),
        ([2.5], {"TL": 6.0}, "Town 1 (2.5\u202f%) below Testland (6.0\u202f%)"),
        ([2.5], None, "2.5\u202f% in Town 1"),
    ],
)
def test_the_headline_of_dots_compares_towns_and_country(values, areas, title):
    drawing = empty(values, areas=areas, count=len(values))
    assert drawing.words.title == f"Empty dwellings, census 2014: {title}"
    assert drawing.words.alt.startswith(drawing.words.title)


def test_a_town_without_a_value_is_named_with_the_reason():
    drawing = empty([12.5, math.nan], areas={"TL": 6.0}, flags="missing=not_split")
    assert (
        "Without a value: Town 2, 2014 (no value: figures of a unit that merged later are not split)."
        in (drawing.words.subtitle)
    )
    assert "Town 2" not in drawing.words.title


def test_several_indicators_are_groups_below_one_another():
    values = {"stock": [0.45, 0.5], "empty": [0.1, 0.2]}
    drawing = dots(
        housing.building_stock, STOCK, values, areas={"TL": 0.4}, unit="dwellings per inhabitant"
    )
    assert [axes.get_title(loc="left") for axes in drawing.figure.axes] == [
        "Dwellings per inhabitant",
        "Empty dwellings, census 2014",
    ]
    assert drawing.data["indicator"].unique().tolist() == ["stock", "empty"]
    assert drawing.words.title == (
        "Dwellings per inhabitant, 2014: highest in Town 2 (0.50), lowest in Town 1 (0.45); Testland 0.40"
    )
    drawn.check_print(drawing)


def test_one_of_several_indicators_without_values_is_said_and_not_drawn():
    values = {"stock": [math.nan, math.nan], "empty": [0.1, 0.2]}
    drawing = dots(housing.building_stock, STOCK, values, flags="missing=no_row")
    assert len(drawing.figure.axes) == 1
    assert drawing.words.title.startswith("Empty dwellings, census 2014: ")
    assert "Without a value: Town 1, 2014" in drawing.words.subtitle


@pytest.mark.parametrize(("name", "said"), [("per_dwelling", True), ("household_members", False)])
def test_inhabitants_per_dwelling_are_not_passed_off_as_households(name, said):
    drawing = dots(
        housing.household_size,
        {"indicator": name},
        {name: [2.1, 2.4]},
        unit="inhabitants per dwelling",
    )
    assert ("no household register" in drawing.words.subtitle) == said
    assert "highest in Town 2 (2.40), lowest in Town 1 (2.10)" in drawing.words.title


@pytest.mark.parametrize("count", [0, 2])
def test_no_dots_are_said_and_no_axes_are_drawn(count):
    drawing = (
        empty([math.nan] * count, count=count, flags="missing=no_row") if count else none_chosen()
    )
    assert drawing.missing
    assert ("no chosen town has a value" if count else "no town is chosen") in drawing.words.title
    assert count == 0 or "the source has no row" in drawing.words.subtitle


def none_chosen():
    table = drawn.indicator_of("empty", {"T99": 1.0})
    return housing.unoccupied_dwellings(
        drawn.material(drawn.towns(0), {"indicators": table}, settings()), {"indicator": "empty"}
    )


def test_numbers_of_dots_are_written_as_the_language_does():
    drawing = empty([1212.5, 4.0], language="fr")
    assert "1\u202f212,5" in [text.get_text() for text in drawing.figure.axes[0].texts]


def test_sixty_dots_of_long_names_can_be_read():
    names = [f"{drawn.LONG[:57]}{n:03d}" for n in range(60)]
    drawing = empty([float(n) for n in range(60)], count=60, names=names)
    drawn.check_print(drawing)
    assert drawing.data["value"].tolist() == sorted(range(60), reverse=True)


# Rent and living space: the lines of one series.


def rents(at, count=2):
    chosen = drawn.towns(count)
    table = over_time(chosen, ["rent"], at, "EUR per m2", how="median_of_units")
    material = drawn.material(chosen, {"series": table}, settings())
    return housing.rent(material, {"series": "rent"})


def asked(_, code, year):
    return {"T01": 5.0, "T02": 8.0}.get(code, 6.0) + 0.25 * (year - 2005)


def test_rents_are_lines_of_towns_regions_and_country():
    drawing = rents(asked)
    for code in ("T01", "T02", "R1", "R2", "TL"):
        own = drawing.data[drawing.data["unit"] == code]["value"].tolist()
        assert own == [asked("", code, year) for year in range(2005, 2011)]
        assert lines_of(drawing, f"_{code}") == [own]
    assert drawing.words.title == (
        "Rent rose most in Town 1 (+25.0\u202f%) and least in Town 2 (+15.6\u202f%), 2005 to 2010; "
        "median in Testland +20.8\u202f%"
    )
    assert "median of 12 units" in drawing.words.subtitle
    assert "Nominal: not adjusted for prices." in drawing.words.subtitle
    drawn.check_print(drawing)


def test_living_space_is_no_amount_of_money():
    chosen = drawn.towns(1)
    table = over_time(chosen, ["rent"], asked, "m2 per inhabitant")
    drawing = housing.living_space(
        drawn.material(chosen, {"series": table}, settings()), {"series": "rent"}
    )
    assert "ominal" not in drawing.words.subtitle
    assert "m² per inhabitant" in drawing.words.alt


def test_dates_that_no_place_has_are_said_once():
    drawing = rents(
        lambda name, code, year: math.nan if year in (2005, 2006, 2009) else asked(name, code, year)
    )
    assert "No place has a value of 2005 to 2006 and 2009." in drawing.words.subtitle
    assert "Without a value" not in drawing.words.subtitle
    assert "2007 to 2010; " in drawing.words.title


def test_a_gap_of_one_town_is_named():
    drawing = rents(
        lambda name, code, year: (
            math.nan if code == "T02" and year == 2007 else asked(name, code, year)
        )
    )
    assert lines_of(drawing, "_T02")[0][2] is None
    assert "Without a value: Town 2, 2007 (" in drawing.words.subtitle


@pytest.mark.parametrize("count", [0, 2])
def test_no_rent_is_said_and_no_axes_are_drawn(count):
    drawing = rents(lambda *_: math.nan, count)
    assert drawing.missing
    assert drawing.words.title == "Rent: " + (
        "no chosen town has a value" if count else "no town is chosen"
    )


def test_the_same_data_give_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        style.save(prices(), tmp_path / folder)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 5
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), (
            name
        )


def test_the_figures_are_those_of_the_family():
    assert tuple(housing.FIGURES) == FAMILIES["housing"]
    assert tuple(economy.FIGURES) == FAMILIES["economy"]
