"""Means of several years, moved windows and changes of shares, against plain arithmetic."""

from __future__ import annotations

import datetime as dt

import pytest
from build import (
    SF,
    VARIABLES,
    VARNI,
    VARUN,
    aggregated,
    case,
    computed,
    figures,
    indicator,
    of,
    row,
    rows,
    towns,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from smstra import indicators
from smstra.errors import DataError
from smstra.measures import in_words, measure_of
from smstra.robustness.choices import moved
from smstra.sufficiency import Plan, around, plan, shifted

MANY = settings(max_examples=60)
UNITS = towns({"R1": ["001", "002"], "R2": ["003"]})
START, END = (2004, 2005, 2006), (2013, 2014, 2015)
# unit -> the figures of 2004, 2005, 2006, 2013, 2014, 2015
PEOPLE = {
    "001": (900, 1000, 1400, 1200, 1300, 1700),
    "002": (500, 400, 300, 600, 300, 900),
    "003": (2000, 2500, 3000, 2400, 2500, 2600),
}
FOREIGN = {
    "001": (90, 50, 70, 240, 260, 340),
    "002": (5, 8, 9, 60, 60, 45),
    "003": (20, 250, 60, 0, 25, 130),
}
RATE = {
    "001": (7, 8, 12, 5, 7, 3),
    "002": (2, 4, 6, 10, 14, 12),
    "003": (5, 5, 5, 4, 6, 5),
}
JOBLESS = {"001": (10, 20, 30, 40, 50, 60), "002": (5, 5, 5, 1, 2, 3), "003": (8, 9, 7, 6, 4, 2)}
WORKING = {
    "001": (90, 80, 170, 60, 50, 40),
    "002": (95, 15, 5, 9, 8, 7),
    "003": (72, 81, 3, 4, 6, 8),
}


def yearly(variable, by_unit, years=(*START, *END), skip=()):
    """Figures of each year; ``skip`` holds (unit, year) that the source lacks."""
    return [
        row(unit, variable, f"{year}-01-01", value)
        for unit, values in by_unit.items()
        for year, value in zip(years, values, strict=True)
        if (unit, year) not in skip
    ]


def mean(values):
    return sum(values) / len(values)


def country():
    return [
        *yearly("people", PEOPLE),
        *yearly("foreign", FOREIGN),
        *yearly("rate", RATE),
        *yearly("jobless", JOBLESS),
        *yearly("working", WORKING),
    ]


def ratios(tops, bases, factor=100):
    return {
        unit: [factor * top / base for top, base in zip(tops[unit], bases[unit], strict=True)]
        for unit in tops
    }


SHARES = ratios(FOREIGN, PEOPLE)
REBUILT = ratios(
    JOBLESS, {u: [a + b for a, b in zip(JOBLESS[u], WORKING[u], strict=True)] for u in JOBLESS}
)
SURVEY = {"definition": "difference", "of": "survey_rate", "from": "2005", "to": "2014"}
OF_SHARES = {
    "definition": "difference_of_shares",
    "of": "foreign",
    "in": "people",
    "from": "2005-01-01",
    "to": "2014-01-01",
}


def level_mean(v):
    return mean(v[:3])


def difference(v):
    return mean(v[3:]) - mean(v[:3])


def relative(v):
    return 100 * (mean(v[3:]) / mean(v[:3]) - 1)


CASES = {
    "level of a count": (
        {"definition": "level", "of": "people", "date": "2005-01-01"},
        level_mean,
        PEOPLE,
    ),
    "level of a rate": ({"definition": "level", "of": "rate", "date": "2005"}, level_mean, RATE),
    "share": (SF, level_mean, SHARES),
    "difference": (VARUN, difference, RATE),
    "relative change of a count": (VARNI, relative, PEOPLE),
    "relative change of a rate": ({**VARUN, "definition": "relative_change"}, relative, RATE),
    "rebuilt rate": ({**SURVEY, "definition": "level", "date": "2005"}, level_mean, REBUILT),
    "difference of a rebuilt rate": (SURVEY, difference, REBUILT),
    "difference of shares": (OF_SHARES, difference, SHARES),
}


def without_ends(definition):
    """A level has one date only."""
    if definition["definition"] == "level":
        return {key: value for key, value in definition.items() if key not in ("from", "to")}
    return definition


# --- values -------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", CASES)
def test_a_mean_of_three_years_is_the_plain_mean_of_each_years_quantity(name):
    definition, formula, by_unit = CASES[name]
    it = case(**indicator(without_ends(definition), years_averaged=3))
    found = of(computed(it, country(), UNITS))
    assert found == pytest.approx({unit: formula(values) for unit, values in by_unit.items()})


@pytest.mark.parametrize("name", CASES)
def test_one_year_averaged_is_the_same_as_none_said(name):
    definition = without_ends(CASES[name][0])
    plain = computed(case(**indicator(definition)), country(), UNITS)
    one = computed(case(**indicator(definition, years_averaged=1)), country(), UNITS)
    assert one.equals(plain)
    three = computed(case(**indicator(definition, years_averaged=3)), country(), UNITS)
    assert not three["value"].equals(plain["value"])


def test_a_mean_of_five_years_takes_two_on_either_side():
    years = range(2001, 2010)
    values = {"001": [2 ** (year - 2001) for year in years]}
    level = {"definition": "level", "of": "rate", "date": "2005"}
    it = case(**indicator(level, years_averaged=5))
    table = yearly("rate", values, years)
    assert of(computed(it, table, towns({"R1": ["001"]}))) == {"001": (4 + 8 + 16 + 32 + 64) / 5}


@MANY
@given(
    values=st.lists(st.integers(1, 10_000), min_size=6, max_size=6),
    factor=st.integers(2, 9),
)
def test_a_scale_leaves_the_relative_change_of_means_and_stretches_their_difference(values, factor):
    for definition, times, formula in (
        ("relative_change", 1, relative),
        ("difference", factor, difference),
    ):
        measure = measure_of({**VARNI, "definition": definition, "years_averaged": 3}, VARIABLES)
        after = measure.over([float(factor * value) for value in values])
        assert float(after) == pytest.approx(times * formula(values), abs=1e-7)


def test_the_mean_of_a_rebuilt_rate_is_of_yearly_rates_and_not_of_summed_counts():
    level = {"definition": "level", "of": "survey_rate", "date": "2005"}
    it = case(**indicator(level, years_averaged=3))
    units = towns({"R1": ["001"]})
    table = [
        *yearly("jobless", {"001": (1, 100, 1)}, START),
        *yearly("working", {"001": (9, 100, 9)}, START),
    ]
    assert of(computed(it, table, units)) == {"001": pytest.approx((10 + 50 + 10) / 3)}


def test_a_denominator_with_its_own_date_stands_under_each_year_of_the_mean():
    density = {
        "definition": "ratio",
        "of": "people",
        "in": "area",
        "unit_of_measure": "inhabitants per km2",
        "date": "2005-01-01",
        "in_date": "2010",
        "years_averaged": 3,
    }
    table = [*yearly("people", PEOPLE), *rows("area", "2010", {"001": 2, "002": 4, "003": 5})]
    it = case(**indicator(density))
    assert of(computed(it, table, UNITS)) == pytest.approx(
        {"001": mean((900, 1000, 1400)) / 2, "002": 100, "003": 500}
    )
    assert plan("it", it, figures(table), UNITS, VARIABLES).dates_shown == "2004-01-01/2006-01-01"


@pytest.mark.parametrize("year", [*START, *END])
def test_a_unit_that_lacks_one_year_of_a_mean_has_no_value_and_the_others_keep_theirs(year):
    it = case(**indicator(VARUN, years_averaged=3))
    found = computed(it, yearly("rate", RATE, skip={("002", year)}), UNITS)
    assert found["value"].isna().tolist() == [False, True, False]
    assert of(found, column="flags")["002"] == f"missing=rate:no_row@{year}"
    expected = {unit: difference(RATE[unit]) for unit in ("001", "003")}
    assert {u: v for u, v in of(found).items() if u != "002"} == pytest.approx(expected)


# --- changes of shares ---------------------------------------------------------------------------
def test_a_difference_of_shares_is_in_percentage_points():
    found = computed(case(**indicator(OF_SHARES)), country(), UNITS)
    # 260 of 1,300 after 50 of 1,000; 60 of 300 after 8 of 400; 25 of 2,500 after 250 of 2,500
    assert of(found) == pytest.approx({"001": 20 - 5, "002": 20 - 2, "003": 1 - 10})
    assert set(found["unit_of_measure"]) == {"percentage points"}
    assert set(found["year_from"]) == {"2005"}
    assert set(found["year_to"]) == {"2014"}


def test_a_difference_of_shares_divides_the_summed_counts_of_a_group():
    country_ = aggregated(case(**indicator(OF_SHARES)), country(), UNITS, {"by": "sum_of_counts"})
    after, before = (260 + 60 + 25) / (1300 + 300 + 2500), (50 + 8 + 250) / (1000 + 400 + 2500)
    assert country_ == pytest.approx({"X0": 100 * (after - before)})


def test_a_difference_of_shares_of_a_sum_takes_the_sum_of_its_parts_as_base():
    it = case(**indicator({**OF_SHARES, "in": "all_people"}))
    table = [
        *yearly("foreign", {"001": (1, 3)}, (2005, 2014)),
        *yearly("nationals", {"001": (9, 7)}, (2005, 2014)),
    ]
    units = towns({"R1": ["001"]})
    assert of(computed(it, table, units)) == {"001": pytest.approx(30 - 10)}


def test_a_difference_of_shares_without_people_at_one_end_is_empty():
    it = case(**indicator(OF_SHARES))
    table = [
        *yearly("foreign", {"001": (0, 3)}, (2005, 2014)),
        *yearly("people", {"001": (0, 10)}, (2005, 2014)),
    ]
    found = computed(it, table, towns({"R1": ["001"]}))
    assert found["value"].isna().all()
    assert found["flags"].tolist() == ["missing=division_by_zero"]


def test_a_difference_of_shares_can_be_had_of_units_that_merged_where_its_count_cannot():
    """A share has no size to split: it is a rate, not a number of things."""
    it = {"definition": "difference", "of": "foreign", "from": "2005-01-01", "to": "2014-01-01"}
    assert measure_of(it, VARIABLES).extensive
    assert not measure_of(OF_SHARES, VARIABLES).extensive


# --- aggregates -----------------------------------------------------------------------------------
def summed(by_unit, members):
    return [sum(values) for values in zip(*(by_unit[unit] for unit in members), strict=True)]


GROUPS = {False: {"X0": ["001", "002", "003"]}, True: {"R1": ["001", "002"], "R2": ["003"]}}


@pytest.mark.parametrize("regional", [False, True], ids=["country", "regions"])
@pytest.mark.parametrize(
    ("definition", "formula", "tops", "bases"),
    [
        (SF, level_mean, FOREIGN, PEOPLE),
        (OF_SHARES, difference, FOREIGN, PEOPLE),
        (SURVEY, difference, JOBLESS, None),
        (VARNI, relative, PEOPLE, ()),
    ],
    ids=["share", "difference_of_shares", "rebuilt", "relative_change"],
)
def test_an_aggregate_of_means_adds_up_each_year_then_divides_then_averages(
    definition, formula, tops, bases, regional
):
    it = case(**indicator(definition, years_averaged=3))
    found = aggregated(it, country(), UNITS, {"by": "sum_of_counts"}, regional)
    expected = {}
    for group, members in GROUPS[regional].items():
        values = summed(tops, members)
        if bases is None:
            below = [a + b for a, b in zip(values, summed(WORKING, members), strict=True)]
            values = [100 * a / b for a, b in zip(values, below, strict=True)]
        elif bases:
            below = summed(bases, members)
            values = [100 * a / b for a, b in zip(values, below, strict=True)]
        expected[group] = formula(values)
    assert found == pytest.approx(expected)


def test_a_sum_of_counts_leaves_out_a_unit_that_lacks_one_year_of_a_mean():
    it = case(**indicator(VARNI, years_averaged=3))
    table = yearly("people", PEOPLE, skip={("002", 2006)})
    found = aggregated(it, table, UNITS, {"by": "sum_of_counts"})
    assert found == pytest.approx({"X0": relative(summed(PEOPLE, ["001", "003"]))})


@pytest.mark.parametrize("regional", [False, True], ids=["country", "regions"])
def test_a_weighted_mean_of_means_weighs_each_year_by_that_years_count(regional):
    it = case(**indicator(VARUN, years_averaged=3))
    how = {"by": "weighted_mean", "weight": "people", "from": "2005-01-01", "to": "2014-01-01"}
    expected = {}
    for group, members in GROUPS[regional].items():
        each = [
            sum(RATE[u][i] * PEOPLE[u][i] for u in members) / sum(PEOPLE[u][i] for u in members)
            for i in range(6)
        ]
        expected[group] = difference(each)
    assert aggregated(it, country(), UNITS, how, regional) == pytest.approx(expected)


def test_a_weighted_mean_names_the_years_of_its_weights():
    it = case(**indicator(VARUN, years_averaged=3))
    how = {"by": "weighted_mean", "weight": "people", "from": "2005-01-01", "to": "2014-01-01"}
    held = figures(country())
    plan_ = indicators.plans(it, held, UNITS, VARIABLES)["it"]
    table = indicators.aggregate("it", it, held, UNITS, VARIABLES, plan_, how, False)
    days = "/".join(f"{year}-01-01" for year in (*START, *END))
    assert table["weight"].tolist() == [f"people@{days}"]
    assert table["units"].tolist() == [3]


def test_a_weighted_mean_whose_weights_lack_a_year_of_the_mean_stops():
    it = case(**indicator(VARUN, years_averaged=3))
    how = {"by": "weighted_mean", "weight": "people", "from": "2005-01-01", "to": "2014-01-01"}
    table = [
        *yearly("rate", RATE),
        *yearly("people", PEOPLE, skip={(unit, 2013) for unit in PEOPLE}),
    ]
    with pytest.raises(DataError) as caught:
        aggregated(it, table, UNITS, how)
    assert str(caught.value) == (
        "`criteria`: the weight 'people' has no figures for 2013-01-01; write a date that there is."
    )


def test_a_published_total_of_means_is_the_mean_of_the_countrys_own_figures():
    it = case(**indicator(VARUN, years_averaged=3))
    own = (3, 5, 10, 8, 8, 5)
    totals = [
        row("X0", "rate", f"{year}-01-01", value, level="country")
        for year, value in zip((*START, *END), own, strict=True)
    ]
    how = {"by": "published_total"}
    found = aggregated(it, [*yearly("rate", RATE), *totals], UNITS, how)
    assert found == pytest.approx({"X0": difference(own)})
    with pytest.raises(DataError, match="no published figures for the country 'X0'"):
        aggregated(it, [*yearly("rate", RATE), *totals[:-1]], UNITS, how)


# --- dates -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("date", "years", "expected"),
    [
        ("2005", 3, "2008"),
        ("2005", 0, "2005"),
        ("2005-01-01", -2, "2003-01-01"),
        ("2004-12-31", 1, "2005-12-31"),
        ("2004-02-29", 1, "2005-02-28"),
        ("2004-02-29", -1, "2003-02-28"),
        ("2004-02-29", 0, "2004-02-29"),
        ("2000-02-28", 4, "2004-02-28"),
        ("1999-12-31", 1, "2000-12-31"),
        ("1000", -1, "0999"),
    ],
)
def test_a_date_moves_by_whole_years(date, years, expected):
    assert shifted(date, years) == expected


@MANY
@given(date=st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)), years=st.integers(-30, 30))
def test_a_moved_date_is_a_real_day_so_many_years_on(date, years):
    found = dt.date.fromisoformat(shifted(date.isoformat(), years))
    assert found.year == date.year + years
    assert (found.month, min(found.day, 28)) == (date.month, min(date.day, 28))


def test_the_years_around_a_date_have_it_in_their_middle():
    assert around("2005", 1) == ["2005"]
    assert around("2005", 3) == ["2004", "2005", "2006"]
    assert around("2004-12-31", 3) == ["2003-12-31", "2004-12-31", "2005-12-31"]
    assert around("2004-02-29", 5) == [
        "2002-02-28",
        "2003-02-28",
        "2004-02-29",
        "2005-02-28",
        "2006-02-28",
    ]


@pytest.mark.parametrize(
    ("definition", "years", "expected"),
    [
        (VARUN, 1, "2005 to 2014"),
        (VARUN, 3, "2004/2006 to 2013/2015"),
        (VARNI, 3, "2004-01-01/2006-01-01 to 2013-01-01/2015-01-01"),
        (SF, 3, "2004-01-01/2006-01-01"),
        (SF, 1, "2005-01-01"),
    ],
    ids=["change", "mean_change", "mean_change_of_days", "mean_of_one_date", "one_date"],
)
def test_the_dates_shown_are_the_first_and_last_year_of_each_mean(definition, years, expected):
    it = case(**indicator(definition, years_averaged=years))
    assert plan("it", it, figures(country()), UNITS, VARIABLES).dates_shown == expected


def test_a_plan_without_dates_shows_none():
    assert Plan((), (), "town", why_not="because").dates_shown == ""
    assert Plan(("2004", "2005", "2006"), (), "town", years=3).dates_shown == ""


def test_the_31_december_before_is_the_same_state_in_every_year_of_a_mean():
    table = [
        row(unit, "people", f"{year - 1}-12-31", value)
        for unit, values in PEOPLE.items()
        for year, value in zip((*START, *END), values, strict=True)
    ]
    it = case(**indicator(VARNI, years_averaged=3))
    found = plan("it", it, figures(table), UNITS, VARIABLES)
    assert found.dates == tuple(f"{year - 1}-12-31" for year in (*START, *END))
    assert found.gap_years == 0
    values = of(computed(it, table, UNITS))
    assert values == pytest.approx({unit: relative(v) for unit, v in PEOPLE.items()})


def test_the_1_january_after_is_the_same_state_as_a_31_december_asked_for():
    asked = {**VARNI, "from": "2004-12-31", "to": "2013-12-31"}
    it = case(**indicator(asked, years_averaged=3))
    values = of(computed(it, yearly("people", PEOPLE), UNITS))
    assert values == pytest.approx({unit: relative(v) for unit, v in PEOPLE.items()})


def test_a_29_february_that_a_mean_asks_for_is_met_by_the_28_of_other_years():
    days = ("2003-02-28", "2004-02-29", "2005-02-28")
    table = [row("001", "people", day, value) for day, value in zip(days, (1, 2, 6), strict=True)]
    level = {"definition": "level", "of": "people", "date": "2004-02-29"}
    it = case(**indicator(level, years_averaged=3))
    assert of(computed(it, table, towns({"R1": ["001"]}))) == {"001": 3}


# --- substitution ----------------------------------------------------------------------------------
def without(*years):
    return yearly("rate", RATE, skip={(unit, year) for unit in RATE for year in years})


@pytest.mark.parametrize(
    ("year", "key", "nearest"),
    [
        (2004, "from", 2005),
        (2005, "from", 2004),
        (2006, "from", 2005),
        (2013, "to", 2014),
        (2015, "to", 2014),
    ],
)
def test_a_year_of_a_mean_that_is_missing_stops_and_is_named(year, key, nearest):
    it = case(**indicator(VARUN, years_averaged=3))
    last = 2014 if year == 2015 else 2015
    first = 2005 if year == 2004 else 2004
    with pytest.raises(DataError) as caught:
        computed(it, without(year), UNITS)
    assert str(caught.value) == (
        f"`indicators.it.{key}` asks for {year}, which no source of the case has for rate "
        f"(max_year_gap 0): its figures run from {first}-01-01 to {last}-01-01, the nearest is "
        f"{nearest}-01-01. Ask for a year that there is, widen `max_year_gap`, or write "
        "`definition: not_available` with the reason in `because`."
    )


LEVEL = {"definition": "level", "of": "rate", "date": "2005"}
EARLIER, LATER = ({"if_two_years_are_as_near": tie} for tie in ("earlier", "later"))


def of_years(*years):
    """Figures of those years, each year's rate being its number."""
    return [row("001", "rate", str(year), year) for year in years]


def test_a_year_of_a_mean_is_substituted_within_the_gap_and_flagged():
    it = case(**indicator(LEVEL, years_averaged=3, max_year_gap=1), substitution=EARLIER)
    found = computed(it, of_years(2003, 2005, 2006, 2007), towns({"R1": ["001"]}))
    assert of(found) == {"001": pytest.approx((2003 + 2005 + 2006) / 3)}
    assert found["flags"].tolist() == ["year_substituted=2003_for_2004"]
    assert found["substituted"].all()


def test_the_substituted_years_of_a_mean_show_in_its_dates_and_its_gap():
    it = case(**indicator(LEVEL, years_averaged=3, max_year_gap=1), substitution=LATER)
    held = figures(of_years(2004, 2005, 2007))
    found = plan("it", it, held, towns({"R1": ["001"]}), VARIABLES)
    assert found.dates == ("2004-01-01", "2005-01-01", "2007-01-01")
    assert found.dates_shown == "2004/2007"
    assert found.gap_years == 1
    assert found.substituted


@pytest.mark.parametrize(
    ("at_hand", "tie", "twice"),
    [((2005, 2006), LATER, 2005), ((2004, 2005), EARLIER, 2005), ((2004, 2006), EARLIER, 2004)],
    ids=["first_is_missing", "last_is_missing", "middle_is_missing"],
)
def test_two_years_of_a_mean_taken_from_one_stop_and_name_that_one(at_hand, tie, twice):
    it = case(**indicator(LEVEL, years_averaged=3, max_year_gap=1), substitution=tie)
    with pytest.raises(DataError, match=f"both be taken from {twice}-01-01"):
        plan("it", it, figures(of_years(*at_hand)), towns({"R1": ["001"]}), VARIABLES)


def test_means_that_overlap_share_their_years():
    it = case(**indicator({**VARUN, "from": "2005", "to": "2006"}, years_averaged=3))
    table = [
        row("001", "rate", str(y), v) for y, v in zip(range(2004, 2008), (1, 5, 6, 10), strict=True)
    ]
    found = of(computed(it, table, towns({"R1": ["001"]})))
    assert found == {"001": pytest.approx((5 + 6 + 10) / 3 - (1 + 5 + 6) / 3)}


# --- breaks ----------------------------------------------------------------------------------------
def a_break(effective):
    return {
        "new": {"effective": effective, "variables": ["rate"], "datasets": ["table"], "title": "x"}
    }


@pytest.mark.parametrize(
    ("effective", "years", "flags"),
    [
        ("2005-06-01", 1, "break=new"),
        ("2004-06-01", 1, ""),
        # 2004 stands in the first mean before the break, 2005 and 2006 after it.
        ("2004-06-01", 3, "break=new"),
        ("2015-06-01", 1, ""),
        ("2015-06-01", 3, "break=new"),
        ("2004-01-01", 3, ""),
        ("2016-01-01", 3, ""),
    ],
)
def test_a_break_within_the_years_of_a_mean_is_marked(effective, years, flags):
    it = case(**indicator(VARUN, years_averaged=years))
    found = computed(it, country(), UNITS, a_break(effective))
    assert set(found["flags"]) == {flags}


def test_a_break_within_the_years_of_one_mean_is_marked_and_can_stop():
    it = case(**indicator(LEVEL, years_averaged=3), breaks={"when_spanned": "stop"})
    with pytest.raises(DataError, match="the comparison spans the break new in 3 units"):
        computed(it, country(), UNITS, a_break("2006-01-01"))
    it = case(**indicator(LEVEL), breaks={"when_spanned": "stop"})
    assert set(computed(it, country(), UNITS, a_break("2006-01-01"))["flags"]) == {""}


@pytest.mark.parametrize(("year", "marked"), [(2004, False), (2006, True), (2015, True)])
def test_a_sources_own_break_after_the_first_year_of_a_mean_is_marked(year, marked):
    it = case(**indicator(VARUN, years_averaged=3))
    table = [
        {**r, "status": "b"} if r["date"][:4] == str(year) and r["unit"] == "002" else r
        for r in yearly("rate", RATE)
    ]
    flags = of(computed(it, table, UNITS), column="flags")
    assert (f"break=flag_b_{year}" in flags["002"].split(";")) == marked
    assert f"status={year}:b" in flags["002"].split(";")
    assert flags["001"] == flags["003"] == ""


# --- moved windows -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("definition", "window", "moves_with", "expected"),
    [
        (VARUN, {"start": -2}, None, {"from": "2003", "to": "2014"}),
        (VARUN, {"end": 1}, None, {"from": "2005", "to": "2015"}),
        (VARUN, {"start": 1, "end": -1}, None, {"from": "2006", "to": "2013"}),
        (VARUN, {"years_averaged": 3}, None, {"years_averaged": 3}),
        (SF, {"start": -1}, "start", {"date": "2004-01-01"}),
        (SF, {"start": -1}, "end", {}),
        (SF, {"end": 2}, "end", {"date": "2007-01-01"}),
        (SF, {"start": 5, "end": 5}, None, {}),
        ({**SF, "date": "2004-02-29"}, {"start": -1}, "start", {"date": "2003-02-28"}),
        ({**VARUN, "years_averaged": 5}, {"start": 1}, None, {"from": "2006"}),
        ({**VARUN, "years_averaged": 5}, {"years_averaged": 1}, None, {"years_averaged": 1}),
        (VARUN, {}, None, {}),
    ],
)
def test_a_window_moves_what_it_names_and_nothing_else(definition, window, moves_with, expected):
    before = {**definition}
    assert moved(definition, window, moves_with) == {**definition, **expected}
    assert definition == before


# --- in words --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ({**LEVEL, "years_averaged": 3}, "rate; each date the mean of 3 years"),
        ({**LEVEL, "years_averaged": 1}, "rate"),
        (OF_SHARES, "100 x (foreign / people), end - start"),
        (
            {**OF_SHARES, "years_averaged": 5},
            "100 x (foreign / people), end - start; each date the mean of 5 years",
        ),
        (
            {**VARUN, "years_averaged": 3},
            "rate, end - start; each date the mean of 3 years",
        ),
        (
            {**OF_SHARES, "of": "foreign", "in": ["nationals", "foreign"]},
            "100 x (foreign / (nationals + foreign)), end - start",
        ),
        ({"definition": "not_available", "because": "none"}, "not available: none"),
    ],
)
def test_the_formula_in_words_says_the_means_and_brackets_a_sum(definition, words):
    assert in_words(definition) == words
