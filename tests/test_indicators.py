"""Indicators of units and of whole areas, dates found for dates asked, breaks, aggregate checks."""

from __future__ import annotations

import math

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
    three,
    towns,
)

from smstra import aggregate_checks, sufficiency
from smstra.errors import DataError, GeographyError

UNITS = towns({"R1": ["01", "02"], "R2": ["03", "04"]})
CODES = ["01", "02", "03", "04"]
JOBS = {"definition": "level", "of": "survey_rate", "date": "2014"}
DENSITY = {
    "definition": "ratio",
    "of": "people",
    "in": "area",
    "date": "2014-01-01",
    "in_date": "2011",
    "unit_of_measure": "inhabitants per km2",
}
LEVEL = {"definition": "level", "of": "people", "date": "2014-01-01"}


def each(*values):
    return dict(zip(CODES, values, strict=False))


def nan_as_none(values):
    return {u: None if isinstance(v, float) and math.isnan(v) else v for u, v in values.items()}


# --- definitions by hand --------------------------------------------------------------------------

DEFINED = {
    "share": (
        SF,
        [
            *rows("people", "2005-01-01", each(2000, 800, 50)),
            *rows("foreign", "2005-01-01", each(50, 0, 50)),
        ],
        each(2.5, 0, 100),
        "percent",
    ),
    "share of a sum": (
        {**SF, "in": "all_people"},
        [
            *rows("nationals", "2005-01-01", each(150, 90)),
            *rows("foreign", "2005-01-01", each(50, 10)),
        ],
        each(25, 10),
        "percent",
    ),
    "difference of a rate": (
        VARUN,
        [*rows("rate", "2005", each(8.5, 4)), *rows("rate", "2014", each(7, 6.25))],
        each(-1.5, 2.25),
        "percentage points",
    ),
    "difference of a rebuilt rate": (
        {**VARUN, "of": "survey_rate"},
        [
            *rows("jobless", "2005", each(10, 20)),
            *rows("working", "2005", each(90, 60)),
            *rows("jobless", "2014", each(30, 5)),
            *rows("working", "2014", each(90, 95)),
        ],
        each(15, -20),
        "percentage points",
    ),
    "relative change": (
        VARNI,
        [
            *rows("people", "2005-01-01", each(1000, 400, 8)),
            *rows("people", "2014-01-01", each(1250, 300, 8)),
        ],
        each(25, -25, 0),
        "percent",
    ),
    "relative change of a rate": (
        {**VARUN, "definition": "relative_change"},
        [*rows("rate", "2005", each(8, 4)), *rows("rate", "2014", each(6, 6))],
        each(-25, 50),
        "percent",
    ),
    "relative change of a ratio": (
        {**VARUN, "definition": "relative_change", "of": "income", "in": "jobless"},
        [
            *rows("income", "2005", each(1000, 900)),
            *rows("jobless", "2005", each(10, 10)),
            *rows("income", "2014", each(3000, 900)),
            *rows("jobless", "2014", each(20, 20)),
        ],
        each(50, -50),
        "percent",
    ),
    "level of a count": (
        LEVEL,
        rows("people", "2014-01-01", each(7, 0)),
        each(7, 0),
        "inhabitants",
    ),
    "level of a rebuilt rate": (
        JOBS,
        [*rows("jobless", "2014", each(1, 2)), *rows("working", "2014", each(3, 38))],
        each(25, 5),
        "percent",
    ),
    "ratio with a date of its own below": (
        DENSITY,
        [
            *rows("people", "2014-01-01", each(900, 100)),
            *rows("area", "2011", each(4.5, 8)),
            *rows("area", "2014", each(1, 1)),
        ],
        each(200, 12.5),
        "inhabitants per km2",
    ),
}


@pytest.mark.parametrize("name", DEFINED)
def test_an_indicator_is_what_its_definition_says(name):
    definition, made, expected, unit = DEFINED[name]
    table = computed(case(**indicator(definition)), made, UNITS)
    values = nan_as_none(of(table))
    assert values == {code: expected.get(code) for code in CODES}
    assert set(table["unit_of_measure"]) == {unit}
    assert not table["substituted"].any()
    assert set(table["source"]) == {"table@v1"}
    for code, flags in of(table, column="flags").items():
        assert ("missing=" in flags) == (code not in expected)


def test_years_asked_and_found_stand_at_each_value():
    table = computed(case(**indicator(VARNI)), DEFINED["relative change"][1], UNITS)
    assert set(zip(table["year_from"], table["year_to"], table["year_asked"], strict=True)) == {
        ("2005", "2014", "2005-2014")
    }
    made = DEFINED["ratio with a date of its own below"][1]
    table = computed(case(**indicator(DENSITY)), made, UNITS)
    assert of(table, column="flags")["01"] == "denominator_date=2011"


@pytest.mark.parametrize(
    ("definition", "made"),
    [
        (
            SF,
            [
                *rows("people", "2005-01-01", each(0, 10)),
                *rows("foreign", "2005-01-01", each(0, 1)),
            ],
        ),
        (
            SF,
            [
                *rows("people", "2005-01-01", each(0, 10)),
                *rows("foreign", "2005-01-01", each(5, 1)),
            ],
        ),
        (
            VARNI,
            [
                *rows("people", "2005-01-01", each(0, 10)),
                *rows("people", "2014-01-01", each(5, 11)),
            ],
        ),
        (JOBS, [*rows("jobless", "2014", each(0, 1)), *rows("working", "2014", each(0, 9))]),
    ],
)
def test_a_division_by_zero_gives_no_value_and_says_why(definition, made):
    table = computed(case(**indicator(definition)), made, UNITS)
    assert math.isnan(of(table)["01"])
    assert of(table, column="flags")["01"] == "missing=division_by_zero"
    assert of(table)["02"] == pytest.approx(10)


def test_a_missing_figure_is_named_with_its_reason_and_year():
    made = [
        *rows("people", "2005-01-01", each(100, None, 100, 100)),
        *rows("people", "2014-01-01", each(100, 100, None)),
    ]
    made[2]["status"] = "u"
    made[6]["status"] = "incomplete"
    table = computed(case(**indicator(VARNI)), made, UNITS)
    assert of(table, column="flags") == {
        "01": "",
        "02": "missing=people:missing@2005",
        "03": "status=2005:u;missing=people:incomplete@2014",
        "04": "missing=people:no_row@2014",
    }


def test_the_sources_own_flags_stand_beside_the_value():
    made = [*rows("rate", "2005", each(1, 2)), *rows("rate", "2014", each(3, 4), status="e")]
    flags = of(computed(case(**indicator(VARUN)), made, UNITS), column="flags")
    assert flags["01"] == "status=2014:e"


def test_an_indicator_that_is_not_available_needs_no_figures():
    it = case(**indicator({"definition": "not_available", "because": "never counted"}))
    table = computed(it, [], UNITS)
    assert set(table["flags"]) == {"missing=not_available"}
    assert table["value"].isna().all()


# --- dates asked and found ------------------------------------------------------------------------

J = "-01-01"


@pytest.mark.parametrize(
    ("asked", "at_hand", "gap", "tie", "found"),
    [
        ("2005-01-01", ["2004-01-01", "2005-01-01"], 0, "earlier", "2005-01-01"),
        ("2005", ["2005-06-30", "2006-06-30"], 0, "earlier", "2005-06-30"),
        ("2005-01-01", ["2004-12-31", "2005-12-31"], 0, "earlier", "2004-12-31"),
        ("2005-01-01", ["2004-12-31"], 0, "later", "2004-12-31"),
        ("2005-01-01", ["2009-01-01", "2010-01-01"], 4, "earlier", "2009-01-01"),
        ("2005-01-01", ["2009-01-01"], 3, "earlier", None),
        ("2005-01-01", ["2003-01-01", "2007-01-01"], 2, "earlier", "2003-01-01"),
        ("2005-01-01", ["2003-01-01", "2007-01-01"], 2, "later", "2007-01-01"),
        ("2005-01-01", ["2003-01-01", "2006-01-01"], 9, "earlier", "2006-01-01"),
        ("2005", ["2004-01-01", "2006-01-01"], 1, "later", "2006-01-01"),
        ("2005", ["2004-01-01"], 0, "later", None),
        ("2005", [], 9, "later", None),
        # 31 December 2005 is 1 January 2006, a year from the day asked for.
        ("2005-01-01", ["2005-12-31"], 0, "earlier", None),
        ("2005-01-01", ["2005-12-31"], 1, "earlier", "2005-12-31"),
        ("2005-01-01", ["2003-12-31"], 1, "earlier", "2003-12-31"),
        ("2005-12-31", ["2006-01-01"], 0, "earlier", "2006-01-01"),
    ],
)
def test_the_date_found_is_the_one_asked_the_same_state_or_the_nearest(
    asked, at_hand, gap, tie, found
):
    assert sufficiency.find_date(asked, at_hand, gap, tie, "`k`") == found


def test_a_year_that_holds_two_dates_must_be_asked_by_its_day():
    with pytest.raises(DataError, match=r"`k`: 2005 is asked for.*2005-01-01, 2005-12-31"):
        sufficiency.find_date("2005", ["2005-12-31", "2005-01-01"], 0, "earlier", "`k`")


def test_31_december_stands_for_the_1_january_after_and_counts_as_no_gap():
    made = [
        *rows("people", "2004-12-31", each(100, 200)),
        *rows("people", "2013-12-31", each(110, 100)),
    ]
    it, held = case(**indicator(VARNI)), figures(made)
    planned = {"it": sufficiency.plan("it", it, held, UNITS, VARIABLES)}
    assert planned["it"].gap_years == 0
    table = computed(it, held, UNITS)
    assert of(table)["01"] == pytest.approx(10)
    assert of(table)["02"] == pytest.approx(-50)
    report = sufficiency.report(planned, table, it, UNITS).iloc[0]
    assert "2004-12-31 taken as 2005-01-01, the same state" in report["what_was_done"]
    assert report["gap_years"] == 0


@pytest.mark.parametrize(("tie", "year"), [("earlier", "2004"), ("later", "2006")])
def test_a_substituted_year_is_written_beside_every_value(tie, year):
    made = [
        r
        for date, value in (("2004-01-01", 10), ("2006-01-01", 30))
        for r in (
            *rows("people", date, each(100, 100)),
            *rows("foreign", date, each(value, value)),
        )
    ]
    it = case(**indicator(SF, max_year_gap=1), substitution={"if_two_years_are_as_near": tie})
    table = computed(it, made, UNITS[:2])
    assert of(table) == {"01": {"2004": 10, "2006": 30}[year], "02": {"2004": 10, "2006": 30}[year]}
    assert set(table["year_from"]) == {year}
    assert set(table["year_asked"]) == {"2005"}
    assert table["substituted"].all()
    assert set(table["flags"]) == {f"year_substituted={year}-01-01_for_2005-01-01"}


def test_a_date_counts_only_where_every_term_of_the_indicator_has_it():
    made = [
        *rows("people", "2005-01-01", each(100, 100)),
        *rows("foreign", "2005-01-01", each(None, None)),
        *rows("people", "2007-01-01", each(100, 100)),
        *rows("foreign", "2007-01-01", each(7, 8)),
    ]
    table = computed(case(**indicator(SF, max_year_gap=2)), made, UNITS[:2])
    assert of(table) == pytest.approx({"01": 7, "02": 8})


def test_two_dates_that_would_be_taken_from_one_stop():
    made = rows("people", "2010-01-01", each(1, 1, 1, 1))
    with pytest.raises(DataError, match="both be taken from 2010-01-01; narrow `max_year_gap`"):
        computed(case(**indicator(VARNI, max_year_gap=9)), made, UNITS)


def test_figures_that_are_nowhere_stop_and_the_nearest_date_is_named():
    made = [r for d in ("2008", "2011") for r in rows("people", f"{d}-01-01", each(1, 1, 1, 1))]
    wanted = indicator({**LEVEL, "date": "2005-01-01"}, max_year_gap=2)
    with pytest.raises(DataError) as caught:
        computed(case(**wanted), made, UNITS)
    text = str(caught.value)
    for piece in (
        "`indicators.it",
        "asks for 2005-01-01",
        "max_year_gap 2",
        "from 2008-01-01 to 2011-01-01",
        "nearest is 2008-01-01",
    ):
        assert piece in text


def test_figures_for_no_area_of_the_case_leave_the_indicator_undetermined():
    it, held = case(**indicator(LEVEL)), figures([])
    planned = sufficiency.plan("it", it, held, UNITS, VARIABLES)
    assert planned.dates == ()
    assert planned.why_not == "known only for areas that the case does not use"
    assert computed(it, held, UNITS)["value"].isna().all()


# --- levels that stand in -------------------------------------------------------------------------

AREAS = towns({"R1": ["01", "02"], "R2": ["03", "04"]}, big=each("B1", "B1", "B2", "B2"))
BIG = {"stand_in_levels": {"big": {"membership": "m", "country_unit": "B"}}}


def big(variable, date, *values):
    return rows(variable, date, dict(zip(["B1", "B2"], values, strict=True)), level="big")


def test_a_stand_in_level_gives_each_town_its_areas_value_marked():
    made = [*big("rate", "2005", 8, 3), *big("rate", "2014", 6, 4)]
    it = case(geography=BIG, **indicator(VARUN, stand_in_level="big"))
    table = computed(it, made, AREAS)
    assert of(table) == each(-2, -2, 1, 1)
    assert of(table, column="flags") == each(
        "level=big:B1", "level=big:B1", "level=big:B2", "level=big:B2"
    )
    assert set(table["level"]) == {"big"}


def test_the_towns_own_level_wins_over_the_stand_in():
    made = [*big("rate", "2014", 8, 3), *rows("rate", "2014", each(1, 2))]
    it = case(
        geography=BIG,
        **indicator({**JOBS, "of": "rate"}, stand_in_level="big"),
    )
    table = computed(it, made, AREAS)
    assert nan_as_none(of(table)) == each(1, 2, None, None)
    assert set(table["level"]) == {"town"}


def test_figures_only_at_a_level_that_is_not_allowed_leave_units_undetermined_with_the_reason():
    made = [*big("rate", "2005", 8, 3), *big("rate", "2014", 6, 4)]
    # Beyond the gap the town's own figures do not count either.
    made += rows("rate", "2009", each(1, 1, 1, 1))
    it, held = case(geography=BIG, **indicator(VARUN)), figures(made)
    plan = sufficiency.plan("it", it, held, AREAS, VARIABLES)
    assert plan.dates == ()
    assert plan.why_not == "for 2005, 2014 known only by big"
    table = computed(it, held, AREAS)
    assert table["value"].isna().all()
    assert set(table["flags"]) == {"missing=no_figures_at_this_level"}
    report = sufficiency.report({"it": plan}, table, it, AREAS).iloc[0]
    assert report["what_was_done"] == "undetermined: for 2005, 2014 known only by big"
    assert (report["units_covered"], report["units_missing"]) == (0, 4)


# --- breaks in series -----------------------------------------------------------------------------

BREAK = {
    "new_law": {
        "effective": "2009-07-01",
        "datasets": ["table"],
        "variables": ["rate", "people"],
    }
}
TRANSITION = {
    "new_law": {**BREAK["new_law"], "effective": "2005-01-01", "transition_until": "2005-12-31"}
}
BOTH = [
    *rows("rate", "2005", each(1, 1, 1, 1)),
    *rows("rate", "2014", each(2, 2, 2, 2)),
    *rows("people", "2005-01-01", each(1, 1, 1, 1)),
    *rows("people", "2014-01-01", each(2, 2, 2, 2)),
]


def effective(day, **more):
    return {"new_law": {**BREAK["new_law"], "effective": day, **more}}


@pytest.mark.parametrize(
    ("definition", "breaks", "flag"),
    [
        (VARUN, BREAK, "break=new_law"),
        (VARNI, BREAK, "break=new_law"),
        # A whole year ends on its 31 December, a count on its day.
        (VARUN, effective("2014-12-31"), "break=new_law"),
        (VARNI, effective("2014-12-31"), ""),
        (VARNI, effective("2014-01-01"), "break=new_law"),
        (VARNI, effective("2014-01-02"), ""),
        (VARNI, effective("2005-01-01"), ""),
        (VARNI, effective("2005-01-02"), "break=new_law"),
        (VARUN, effective("2005-01-01"), ""),
        (VARUN, effective("2015-01-01"), ""),
        (VARUN, TRANSITION, "break=new_law:transition"),
        (LEVEL, BREAK, ""),
        ({**LEVEL, "date": "2005-01-01"}, TRANSITION, "break=new_law:transition"),
        (VARUN, effective("2009-07-01", datasets=["other"]), ""),
        (VARUN, effective("2009-07-01", variables=["people"]), ""),
    ],
)
def test_a_registered_break_marks_the_comparisons_that_span_it(definition, breaks, flag):
    table = computed(case(**indicator(definition)), BOTH, UNITS, breaks)
    assert set(table["flags"]) == {flag}


@pytest.mark.parametrize(
    ("breaks", "compared", "stops"),
    [(BREAK, ["it"], True), (TRANSITION, ["it"], False), (BREAK, ["another"], False)],
)
def test_a_spanned_break_stops_only_if_asked_and_only_what_criteria_compare(
    breaks, compared, stops
):
    it = case(**indicator(VARUN), breaks={"when_spanned": "stop"})
    if stops:
        with pytest.raises(DataError, match=r"`indicators.it`.*the break new_law in 4 units"):
            computed(it, BOTH, UNITS, breaks, compared)
    else:
        assert of(computed(it, BOTH, UNITS, breaks, compared)) == each(1, 1, 1, 1)


@pytest.mark.parametrize(
    ("year", "status", "breaks"),
    [
        ("2005", "b", False),
        ("2006", "b", True),
        ("2010", "be", True),
        ("2014", "b", True),
        ("2015", "b", False),
        ("2004", "b", False),
        ("2010", "e", False),
        ("2010", "not_summable", False),
    ],
)
def test_a_sources_flag_b_breaks_a_comparison_only_after_its_first_year(year, status, breaks):
    made = [r for r in BOTH if r["variable"] == "rate"]
    if year not in ("2005", "2014"):
        made.append(row("02", "rate", year, 5))
    else:
        made = [dict(r) for r in made]
    for r in made:
        if r["unit"] == "02" and r["date"].startswith(year):
            r["status"] = status
    flags = of(computed(case(**indicator(VARUN)), made, UNITS), column="flags")
    assert (f"break=flag_b_{year}" in flags["02"].split(";")) == breaks
    assert flags["01"] == ""


def test_a_flag_b_at_the_stand_in_area_marks_all_its_towns_and_can_stop():
    made = [*big("rate", "2005", 8, 3), *big("rate", "2010", 8, 3), *big("rate", "2014", 6, 4)]
    made[2]["status"] = "b"
    it = case(geography=BIG, **indicator(VARUN, stand_in_level="big"))
    flags = of(computed(it, made, AREAS), column="flags")
    assert flags["01"] == flags["02"] == "level=big:B1;break=flag_b_2010"
    assert flags["03"] == "level=big:B2"
    with pytest.raises(DataError, match="the break flag_b_2010 in 2 units"):
        computed({**it, "breaks": {"when_spanned": "stop"}}, made, AREAS)


# --- units that merged after the case's date --------------------------------------------------------

MERGED = {"conversion": "merged_unit", "territory": "m@2020-01-01"}


def policy(rates="merged_unit", counts="stop"):
    return {"merged_later": {"rates_medians_and_ratios": rates, "counts": counts}}


def later(variable, date, value, others=(), territory="m@2020-01-01"):
    """A figure of the unit into which 01 and 02 merged since, then those of 03 and 04."""
    return [
        *rows(
            variable,
            date,
            each(value, value),
            conversion="merged_unit",
            territory=territory,
        ),
        *rows(variable, date, dict(zip(CODES[2:], others, strict=False))),
    ]


@pytest.mark.parametrize("definition", [LEVEL, {**VARNI, "definition": "difference"}])
def test_a_count_of_a_later_merged_unit_stops_or_is_left_empty(definition):
    made = [
        *later("people", "2005-01-01", 80, (5, 6)),
        *later("people", "2014-01-01", 90, (7, 9)),
    ]
    with pytest.raises(GeographyError, match=r"`indicators.it`: .*merged after 2018-01-01 \(m\)"):
        computed(case(**indicator(definition)), made, UNITS)
    it = case(geography=policy(counts="leave_empty"), **indicator(definition))
    table = computed(it, made, UNITS)
    expected = each(None, None, 7, 9) if definition is LEVEL else each(None, None, 2, 3)
    assert nan_as_none(of(table)) == expected
    assert of(table, column="flags") == each("missing=not_split", "missing=not_split", "", "")


@pytest.mark.parametrize(
    ("definition", "made", "value"),
    [
        ({**JOBS, "of": "rate"}, later("rate", "2014", 7.5), 7.5),
        ({**JOBS, "of": "price"}, later("price", "2014", 90_000), 90_000),
        (VARUN, [*later("rate", "2005", 5), *later("rate", "2014", 7)], 2),
        (SF, [*later("people", "2005-01-01", 200), *later("foreign", "2005-01-01", 30)], 15),
        (VARNI, [*later("people", "2005-01-01", 50), *later("people", "2014-01-01", 60)], 20),
    ],
)
def test_a_rate_median_or_ratio_of_a_later_merged_unit_is_given_to_its_parts_or_left_empty(
    definition, made, value
):
    table = computed(case(**indicator(definition)), made, UNITS)
    assert of(table)["01"] == pytest.approx(value)
    assert of(table)["02"] == of(table)["01"]
    assert of(table, column="flags")["01"] == "merged_unit=m"
    empty = case(geography=policy(rates="leave_empty"), **indicator(definition))
    table = computed(empty, made, UNITS)
    assert nan_as_none(of(table)) == each(None, None, None, None)
    assert of(table, column="flags")["02"] == "missing=not_split"


@pytest.mark.parametrize(
    "territory", ["m@2020-01-01", "01@2020-01-01"], ids=["new code", "code of the absorbing unit"]
)
def test_a_units_own_figure_is_never_compared_with_that_of_a_later_merged_unit(territory):
    made = [
        *rows("people", "2005-01-01", each(100, 10, 5, 6)),
        *later("people", "2014-01-01", 121, (10, 3), territory),
    ]
    with pytest.raises(GeographyError, match="merged after 2018-01-01"):
        computed(case(**indicator(VARNI)), made, UNITS)
    it = case(geography=policy(counts="leave_empty"), **indicator(VARNI))
    table = computed(it, made, UNITS)
    assert nan_as_none(of(table)) == each(None, None, 100, -50)
    for unit in ("01", "02"):
        assert of(table, column="flags")[unit].startswith("missing=")


def test_the_refusal_names_the_date_whose_denominator_belongs_to_a_merged_unit():
    made = [*rows("people", "2014-01-01", each(1, 1, 1, 1)), *later("area", "2011", 5, (1, 1))]
    with pytest.raises(GeographyError, match=r"figures for 2011-01-01 .*\(m\).*the 2 units"):
        computed(case(**indicator(DENSITY)), made, UNITS)


# --- aggregates -----------------------------------------------------------------------------------

SUMS = {"by": "sum_of_counts"}


def test_an_aggregate_sums_counts_before_it_divides():
    made = [
        *rows("people", "2005-01-01", each(100, 300, 1000, 1000)),
        *rows("foreign", "2005-01-01", each(50, 30, 100, 0)),
    ]
    it = case(**indicator(SF))
    assert aggregated(it, made, UNITS, SUMS) == {"X0": 7.5}
    assert aggregated(it, made, UNITS, SUMS, by_region=True) == {"R1": 20, "R2": 5}


def test_an_aggregate_counts_only_units_with_every_term_at_every_date():
    made = [
        *rows("people", "2005-01-01", each(100, 300, 1000, None)),
        *rows("people", "2014-01-01", each(150, 300, None, 99)),
    ]
    assert aggregated(case(**indicator(VARNI)), made, UNITS, SUMS) == {"X0": 12.5}


def test_an_aggregate_of_a_rebuilt_rate_weighs_areas_by_their_labour_force():
    made = [
        *big("jobless", "2005", 10, 40),
        *big("working", "2005", 90, 60),
        *big("jobless", "2014", 30, 50),
        *big("working", "2014", 270, 50),
    ]
    it = case(geography=BIG, **indicator({**VARUN, "of": "survey_rate"}, stand_in_level="big"))
    # 50 of 200 in 2005, 80 of 400 in 2014; each area once, although each has two towns.
    assert aggregated(it, made, AREAS, SUMS)["X0"] == pytest.approx(20 - 25)
    regional = aggregated(it, made, AREAS, SUMS, by_region=True)
    assert regional == {"R1": pytest.approx(0), "R2": pytest.approx(10)}


def test_an_aggregate_takes_the_denominator_of_its_own_date():
    made = [
        *rows("people", "2014-01-01", each(100, 200, 300, 400)),
        *rows("area", "2011", each(1, 1, 3, 5)),
        *rows("area", "2014", each(9, 9, 9, 9)),
    ]
    assert aggregated(case(**indicator(DENSITY)), made, UNITS, SUMS) == {"X0": 100}


def test_an_aggregate_counts_a_later_merged_unit_once():
    made = [
        *later("people", "2005-01-01", 1000, (500, 500)),
        *later("foreign", "2005-01-01", 100, (10, 30)),
    ]
    it = case(**indicator(SF))
    assert aggregated(it, made, UNITS, SUMS) == pytest.approx({"X0": 7})
    regional = aggregated(it, made, UNITS, SUMS, by_region=True)
    assert regional == pytest.approx({"R1": 10, "R2": 4})


@pytest.mark.parametrize(
    "territory", ["m@2020-01-01", "01@2020-01-01"], ids=["new code", "code of the absorbing unit"]
)
def test_an_aggregate_never_compares_some_parts_with_the_whole_merged_unit(territory):
    made = [
        *rows("people", "2005-01-01", each(100, 300, 500, 100)),
        *later("people", "2014-01-01", 440, (450, 330), territory),
    ]
    it = case(geography=policy(counts="leave_empty"), **indicator(VARNI))
    found = aggregated(it, made, UNITS, SUMS)["X0"]
    whole, without_merged = 100 * (1220 / 1000 - 1), 100 * (780 / 600 - 1)
    assert found in (pytest.approx(whole), pytest.approx(without_merged))


def test_a_published_total_is_the_publishers_own_figure():
    made = [
        *rows("rate", "2005", {"X0": 8, **each(1, 1, 1, 1)}),
        *rows("rate", "2014", {"X0": 6.5, **each(1, 1, 1, 1)}),
    ]
    for r in made:
        r["level"] = "country" if r["unit"] == "X0" else "town"
    it = case(**indicator(VARUN))
    assert aggregated(it, made, UNITS, {"by": "published_total"}) == {"X0": -1.5}


def test_a_published_total_at_a_stand_in_level_is_that_of_the_same_code_system():
    made = [
        *big("jobless", "2014", 1, 1),
        *big("working", "2014", 1, 1),
        row("B", "jobless", "2014", 10, level="country"),
        row("B", "working", "2014", 190, level="country"),
        row("X0", "jobless", "2014", 99, level="country"),
        row("X0", "working", "2014", 1, level="country"),
    ]
    it = case(geography=BIG, **indicator(JOBS, stand_in_level="big"))
    assert aggregated(it, made, AREAS, {"by": "published_total"}) == {"X0": 5}


@pytest.mark.parametrize("published", [[], [("2005", 8)], [("2005", 8), ("2014", None)]])
def test_a_published_total_that_is_not_published_stops(published):
    made = [*rows("rate", "2005", each(1, 1, 1, 1)), *rows("rate", "2014", each(1, 1, 1, 1))]
    made += [row("X0", "rate", year, value, level="country") for year, value in published]
    with pytest.raises(DataError, match="no published figures for the country 'X0'"):
        aggregated(case(**indicator(VARUN)), made, UNITS, {"by": "published_total"})


WEIGHED = {"by": "weighted_mean", "weight": "people", "from": "2005-01-01", "to": "2014-01-01"}


def test_a_weighted_mean_weighs_each_date_by_the_count_of_the_date_named():
    made = [
        *rows("rate", "2005", each(4, 8, 10, 10)),
        *rows("rate", "2014", each(6, 8, 10, 20)),
        *rows("people", "2005-01-01", each(100, 100, 100, 700)),
        *rows("people", "2014-01-01", each(300, 100, 100, 500)),
    ]
    it = case(**indicator(VARUN))
    # 2005: (400 + 800 + 1000 + 7000) / 1000; 2014: (1800 + 800 + 1000 + 10000) / 1000.
    assert aggregated(it, made, UNITS, WEIGHED)["X0"] == pytest.approx(13.6 - 9.2)
    regional = aggregated(it, made, UNITS, WEIGHED, by_region=True)
    assert regional["R1"] == pytest.approx(2600 / 400 - 1200 / 200)
    assert regional["R2"] == pytest.approx(11000 / 600 - 8000 / 800)


def test_a_weighted_mean_of_a_level_takes_its_one_date_and_leaves_out_what_is_missing():
    made = [
        *rows("rate", "2014", each(4, 8, None, 10)),
        *rows("people", "2010-01-01", each(100, 300, 999, None)),
    ]
    it = case(**indicator({**JOBS, "of": "rate"}))
    how = {"by": "weighted_mean", "weight": "people", "date": "2010-01-01"}
    assert aggregated(it, made, UNITS, how) == {"X0": 7}


def test_a_weighted_mean_counts_a_later_merged_unit_once():
    made = [
        *later("rate", "2014", 8, (2, 2)),
        *later("people", "2014-01-01", 1000, (500, 500)),
    ]
    it = case(**indicator({**JOBS, "of": "rate"}))
    how = {"by": "weighted_mean", "weight": "people", "date": "2014-01-01"}
    assert aggregated(it, made, UNITS, how)["X0"] == pytest.approx(5)


def test_a_weighted_mean_of_a_ratio_takes_the_denominator_of_its_own_date():
    made = [
        *rows("people", "2014-01-01", each(100, 200)),
        *rows("area", "2011", each(1, 4)),
        *rows("jobless", "2014", each(1, 3)),
    ]
    how = {"by": "weighted_mean", "weight": "jobless", "date": "2014"}
    # 100 per km2 weighted by 1, 50 per km2 weighted by 3.
    found = aggregated(case(**indicator(DENSITY)), made, UNITS, how)
    assert found == {"X0": 62.5}


@pytest.mark.parametrize("weigh_at", ["2009-01-01", "2014"])
def test_a_weight_that_is_not_at_one_date_stops(weigh_at):
    made = [
        *rows("rate", "2014", each(4, 8, 1, 10)),
        *rows("people", "2014-01-01", each(1, 1, 1, 1)),
        *rows("people", "2014-12-31", each(1, 1, 1, 1)),
    ]
    how = {"by": "weighted_mean", "weight": "people", "date": weigh_at}
    with pytest.raises(DataError, match=f"the weight 'people' has .* for {weigh_at}"):
        aggregated(case(**indicator({**JOBS, "of": "rate"})), made, UNITS, how)


# --- sums held against published totals -----------------------------------------------------------

CHECK = {
    "of": "people",
    "sum_over": "town",
    "to": "country",
    "date": "2005-01-01",
    "published": 1000,
    "tolerance": 0,
    "source": "Yearbook",
}
SUMMED = [
    *rows("people", "2005-01-01", each(100, 200, 300, 400)),
    *rows("people", "2006-01-01", each(100, 200, 300)),
    *rows("foreign", "2005-01-01", each(10, 20, 30, 65)),
    *rows("people", "2005-01-01", {"R1": 300, "R2": 700}, level="region", source="sums@v2"),
    *rows("people", "2006-01-01", {"R1": 1, "R2": 1}, level="region", source="sums@v2"),
]


def checked(check, made=SUMMED, units=UNITS, **geography):
    it = case(geography=geography, aggregate_checks={"c": {**CHECK, **check}})
    table = aggregate_checks.run(it, figures(made), units, VARIABLES)
    return table.to_dict("records")


def test_a_sum_that_equals_the_published_figure_agrees():
    (made,) = checked({})
    assert (made["computed"], made["published"], made["difference"]) == (1000, 1000, 0)
    assert (made["units"], made["group"], made["source"]) == (4, "X0", "Yearbook")
    assert made["agrees"]


@pytest.mark.parametrize(
    ("published", "tolerance", "agrees"),
    [(999, 0, False), (999, 1, True), (1001, 1, True), (1001.5, 1, False), (1000.0000000001, 0, 1)],
)
def test_a_sum_agrees_up_to_and_including_its_tolerance(published, tolerance, agrees):
    check = {"published": published, "tolerance": tolerance}
    if agrees:
        assert checked(check)[0]["agrees"]
    else:
        with pytest.raises(DataError, match=r"`aggregate_checks.c`: on 2005-01-01 .*X0 add up"):
            checked(check)


def test_a_sum_that_differs_is_named_with_both_figures_and_the_source():
    with pytest.raises(DataError) as caught:
        checked({"published": 1234})
    for piece in ("1,000", "Yearbook has 1,234", "tolerance 0", "1 such difference"):
        assert piece in str(caught.value)


def test_a_share_is_checked_in_percent():
    check = {"of": "foreign", "in": "people", "published": 12.5}
    assert checked(check)[0]["computed"] == 12.5
    with pytest.raises(DataError, match=r"12\.5, but Yearbook has 12\.4"):
        checked({**check, "published": 12.4, "tolerance": 0.05})


def region_check(**more):
    check = {key: value for key, value in CHECK.items() if key not in ("published", "source")}
    return {**check, "to": "region", "published_by": "sums", **more}


def run(check, made=SUMMED, units=UNITS, **geography):
    it = case(geography=geography, aggregate_checks={"c": check})
    return aggregate_checks.run(it, figures(made), units, VARIABLES).to_dict("records")


def test_sums_by_region_are_held_against_the_dataset_named_at_every_complete_date():
    made = run(region_check(date="every"))
    # In 2006 unit 04 has no figure, so that year gives no total to compare.
    assert [(r["date"], r["group"], r["computed"], r["published"]) for r in made] == [
        ("2005-01-01", "R1", 300, 300),
        ("2005-01-01", "R2", 700, 700),
    ]
    assert {r["source"] for r in made} == {"sums@v2"}
    wrong = [dict(r, value=701) if r["unit"] == "R2" else r for r in SUMMED]
    with pytest.raises(DataError, match=r"units of R2 add up to 700.*sums@v2 has 701"):
        run(region_check(date="every"), wrong)


@pytest.mark.parametrize(
    ("check", "made"),
    [
        (region_check(date="2006-01-01"), SUMMED),
        (region_check(published_by="nobody"), SUMMED),
        (region_check(published_by="sum"), SUMMED),
        (
            region_check(),
            [dict(r, conversion="merged_unit") if r["unit"] == "01" else r for r in SUMMED],
        ),
    ],
)
def test_a_check_that_can_be_made_at_no_date_stops(check, made):
    with pytest.raises(DataError, match=r"`aggregate_checks.c`: no date has the figures on both"):
        run(check, made)


def test_regions_are_summed_to_the_country_and_areas_to_the_country_of_their_own_codes():
    assert run({**CHECK, "sum_over": "region"})[0]["computed"] == 1000
    made = [*big("jobless", "2014", 10, 20), row("B", "jobless", "2014", 30, level="country")]
    check = region_check(of="jobless", sum_over="big", to="country", date="2014")
    found = run({**check, "published_by": "table"}, made, AREAS, **BIG)
    assert [(r["units"], r["computed"], r["published"]) for r in found] == [(2, 30, 30)]
    made[-1]["value"] = 31
    with pytest.raises(DataError, match=r"add up to 30.*has 31"):
        run({**check, "published_by": "table"}, made, AREAS, **BIG)


def test_a_case_without_checks_gives_an_empty_table():
    table = aggregate_checks.run(case(), figures(SUMMED), UNITS, VARIABLES)
    assert table.empty
    assert list(table) == aggregate_checks.COLUMNS


def test_the_three_indicators_of_one_case_stand_side_by_side():
    made = [
        *rows("people", "2005-01-01", each(100, 100, 100, 100)),
        *rows("people", "2014-01-01", each(110, 100, 100, 100)),
        *rows("foreign", "2005-01-01", each(10, 1, 1, 1)),
        *rows("rate", "2005", each(5, 5, 5, 5)),
        *rows("rate", "2014", each(4, 5, 5, 5)),
    ]
    table = computed(case(indicators=three()), made, UNITS)
    assert table["unit"].tolist() == [code for code in CODES for _ in range(3)]
    assert table["indicator"].tolist() == ["sf", "varni", "varun"] * 4
    assert table["value"].tolist()[:3] == pytest.approx([10, 10, -1])
