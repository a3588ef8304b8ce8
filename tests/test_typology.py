"""References, answers, cells and types, on an invented country worked out by hand."""

from __future__ import annotations

import itertools
import math

import pandas as pd
import pytest
from build import VARIABLES, case, classified, criteria, figures, rows, three, towns

from smstra import indicators, size_classes, typology
from smstra.errors import DataError, GeographyError

# --- the country, with all indicators worked out by hand ----------------------------------------
#        SF      VARUN  VARNI
#   001   5 %     -1     +10 %     region R1: 6,000 inhabitants, 410 foreign; 6,000 in 2014
#   002  15 %     +3      -5 %
#   003   2 %      0       0 %
#   004  10 %     -4     +10 %     region R2: 10,000 inhabitants, 850 foreign; 10,700 in 2014
#   005  20 %     +2     -20 %
#   006   5 %     -1     +10 %
REGIONS = {"R1": ["001", "002", "003"], "R2": ["004", "005", "006"]}
CODES = [code for codes in REGIONS.values() for code in codes]


def by_town(*values):
    return dict(zip(CODES, values, strict=True))


PEOPLE_2005 = by_town(1000, 2000, 3000, 4000, 1000, 5000)
PEOPLE_2014 = by_town(1100, 1900, 3000, 4400, 800, 5500)
FOREIGN_2005 = by_town(50, 300, 60, 400, 200, 250)
RATE_2005 = by_town(8, 6, 5, 10, 12, 7)
RATE_2014 = by_town(7, 9, 5, 6, 14, 6)
SF = by_town(5, 15, 2, 10, 20, 5)
VARUN = by_town(-1, 3, 0, -4, 2, -1)
VARNI = by_town(10, -5, 0, 10, -20, 10)


def country():
    return [
        *rows("people", "2005-01-01", PEOPLE_2005),
        *rows("people", "2014-01-01", PEOPLE_2014),
        *rows("foreign", "2005-01-01", FOREIGN_2005),
        *rows("rate", "2005", RATE_2005),
        *rows("rate", "2014", RATE_2014),
    ]


def made(scheme, rows_=None, **changed):
    """Indicators, references, typology under one scheme for all three criteria."""
    wanted = criteria(scheme)
    for name, change in changed.items():
        wanted[name] |= change
    it = case(indicators=three(), criteria=wanted)
    return classified(it, rows_ or country(), towns(REGIONS))


# --- the eight cells ----------------------------------------------------------------------------

TRUTH = {
    (True, True, True): ("A", "A"),
    (False, True, True): ("B", "B"),
    (True, False, False): ("C", "C"),
    (False, False, False): ("D", "D"),
    (True, True, False): ("mixed", "settled_economy_improving_population_declining"),
    (False, True, False): ("mixed", "not_settled_economy_improving_population_declining"),
    (True, False, True): ("mixed", "settled_economy_declining_population_improving"),
    (False, False, True): ("mixed", "not_settled_economy_declining_population_improving"),
}


@pytest.mark.parametrize("answers", [*itertools.product((True, False, None), repeat=3)])
def test_every_combination_of_answers_has_its_type_and_nothing_is_forced(answers):
    assert typology.cell_of(*answers) == TRUTH.get(answers, ("undetermined", ""))


# --- references and types under every scheme ----------------------------------------------------

N, R1, R2 = "X0", "R1", "R2"
# Mean unemployment rates weighted by inhabitants of the same year.
RATE_R1 = 39800 / 6000 - 35000 / 6000
RATE_R2 = 70600 / 10700 - 87000 / 10000
RATE_N = 110400 / 16700 - 122000 / 16000
SCHEMES = [
    ("zero", {N: (0, 0, 0)}, "A C A A C A"),
    ("national_aggregate", {N: (7.875, RATE_N, 4.375)}, "mixed C D A C mixed"),
    ("national_median", {N: (7.5, -0.5, 5)}, "B C D A C B"),
    ("national_mean", {N: (9.5, -1 / 6, 5 / 6)}, "B C D A C B"),
    (
        "region_aggregate",
        {R1: (41000 / 6000, RATE_R1, 0), R2: (8.5, RATE_R2, 7)},
        "B C B A C mixed",
    ),
    ("region_median", {R1: (5, 0, 0), R2: (10, -1, 10)}, "A C B A C B"),
    ("region_mean", {R1: (22 / 3, 2 / 3, 5 / 3), R2: (35 / 3, -1, 0)}, "B C mixed B C B"),
    (10, {N: (10, 10, 10)}, "B mixed mixed A mixed B"),
]


@pytest.mark.parametrize(("scheme", "thresholds", "types"), SCHEMES, ids=lambda x: str(x)[:20])
def test_references_answers_and_types_are_those_worked_out_by_hand(scheme, thresholds, types):
    _, found, table = made(scheme)
    assert found["criterion"].nunique() == 3
    named = ["sf_high", "economy_improving", "population_improving"]
    for group, expected in thresholds.items():
        own = found[found["group"] == group].set_index("criterion")["value"]
        assert [own[name] for name in named] == pytest.approx(expected, abs=1e-12)
    assert set(found["group"]) == set(thresholds)
    assert set(found["scheme"]) == {scheme if isinstance(scheme, str) else "number"}

    assert table["unit"].tolist() == CODES
    assert table["sf"].tolist() == pytest.approx(list(SF.values()))
    assert table["varun"].tolist() == pytest.approx(list(VARUN.values()))
    assert table["varni"].tolist() == pytest.approx(list(VARNI.values()))
    for record in table.to_dict("records"):
        unit = record["unit"]
        group = N if N in thresholds else record["region"]
        sf, varun, varni = thresholds[group]
        # Ties are meant to hold; the hand-made values tie exactly or by far more than 1e-9.
        assert record["sf_high"] is bool(SF[unit] >= sf)
        assert record["economy_improving"] is bool(VARUN[unit] <= varun)
        assert record["population_improving"] is bool(VARNI[unit] >= varni)
        assert record["sf_reference"] == pytest.approx(sf)
        assert record["varun_distance"] == pytest.approx(VARUN[unit] - varun)
        assert record["varni_distance"] == pytest.approx(VARNI[unit] - varni)
    assert table["type"].tolist() == types.split()
    assert sum(typology.counts(table).values()) == 6


def test_references_say_how_many_units_went_in_and_by_which_weight():
    _, found, _ = made("region_aggregate")
    assert set(found["units"]) == {3}
    weighted = found[found["criterion"] == "economy_improving"]
    assert set(weighted["weight"]) == {"people@2005-01-01/2014-01-01"}
    assert set(weighted["unit_of_measure"]) == {"percentage points"}
    _, found, _ = made("national_median")
    assert set(found["units"]) == {6}
    assert set(found["aggregate"]) == {""}


def test_each_criterion_may_have_a_scheme_of_its_own():
    _, found, table = made(
        "national_median",
        population_improving={"reference": "region_mean"},
        economy_improving={"reference": 2.5},
    )
    assert set(found["scheme"]) == {"national_median", "region_mean", "number"}
    varni = table.set_index("unit")["varni_reference"]
    assert varni["002"] == pytest.approx(5 / 3)
    assert varni["005"] == pytest.approx(0)
    # 002 is the only town above 2.5 points; 003 lies below its region's mean of 5/3.
    assert table["economy_improving"].tolist() == [True, False, True, True, True, True]
    assert table["type"].tolist() == ["B", "C", "mixed", "A", "mixed", "B"]


@pytest.mark.parametrize(
    ("holds_if", "expected"),
    [
        ("at_least", [False, True, True]),
        ("at_most", [True, True, False]),
        ("above", [False, False, True]),
        ("below", [True, False, False]),
    ],
)
def test_an_answer_follows_holds_if_and_is_none_where_a_side_is_missing(holds_if, expected):
    values = pd.Series([1.0, 2.0, 3.0, math.nan, 2.0])
    thresholds = pd.Series([2.0, 2.0, 2.0, 2.0, math.nan])
    found = typology.answer(values, thresholds, holds_if, 9).tolist()
    assert found == [*expected, None, None]


def test_binary_fractions_decide_no_tie():
    assert 8.3 - 5.3 > 3.0 > 8.2 - 5.2  # the reason for rounding
    difference, three_points = pd.Series([8.3 - 5.3, 8.2 - 5.2, 8.1 - 5.1]), pd.Series([3.0] * 3)
    for holds_if, expected in {"at_least": 1, "at_most": 1, "above": 0, "below": 0}.items():
        for pair in ((difference, three_points), (three_points, difference)):
            assert typology.answer(*pair, holds_if, 9).tolist() == [bool(expected)] * 3
    # More decimals than the fractions bear let them decide again.
    assert typology.answer(difference, three_points, "above", 15).tolist()[0] is True
    assert typology.answer(pd.Series([3.0000001]), pd.Series([3.0]), "above", 9).tolist() == [True]


def test_a_difference_that_is_three_in_decimals_meets_the_number_three():
    rates = {
        "2005": {**RATE_2005, "001": 5.3},
        "2014": {**RATE_2014, "001": 8.3},
    }
    figures_ = [r for r in country() if r["variable"] != "rate"]
    figures_ += [r for year, values in rates.items() for r in rows("rate", year, values)]
    for holds_if, expected in (("at_most", True), ("below", False), ("at_least", True)):
        _, _, table = made(3, figures_, economy_improving={"holds_if": holds_if})
        assert table.set_index("unit").loc["001", "economy_improving"] is expected


@pytest.mark.parametrize(
    ("variable", "date", "criterion", "column"),
    [
        ("foreign", "2005-01-01", "sf_high", "sf"),
        ("rate", "2014-01-01", "economy_improving", "varun"),
        ("people", "2014-01-01", "population_improving", "varni"),
    ],
)
def test_a_missing_input_leaves_a_unit_undetermined_and_the_others_as_they_are(
    variable, date, criterion, column
):
    less = [
        r for r in country() if (r["unit"], r["variable"], r["date"]) != ("004", variable, date)
    ]
    _, _, table = made("zero", less)
    table = table.set_index("unit")
    assert table.loc["004", criterion] is None
    assert (table.loc["004", "type"], table.loc["004", "cell"]) == ("undetermined", "")
    assert f"{column}:missing={variable}:no_row@{date[:4]}" in table.loc["004", "flags"]
    assert table.drop("004")["type"].tolist() == ["A", "C", "A", "C", "A"]
    assert "missing" not in "".join(table.drop("004")["flags"])


def test_a_missing_unit_is_left_out_of_references():
    less = [r for r in country() if (r["unit"], r["variable"]) != ("005", "foreign")]
    for scheme, value in {
        "national_aggregate": 100 * 1060 / 15000,
        "national_median": 5,
        "national_mean": 37 / 5,
    }.items():
        _, found, _ = made(scheme, less)
        sf = found[found["criterion"] == "sf_high"].iloc[0]
        assert sf["value"] == pytest.approx(value)
        assert sf["units"] == 5


def test_a_region_without_any_value_has_no_reference_and_says_so():
    less = [r for r in country() if r["unit"] in REGIONS["R1"] or r["variable"] != "foreign"]
    _, _, table = made("region_median", less)
    assert set(table["type"][3:]) == {"undetermined"}
    assert "undetermined" not in set(table["type"][:3])
    assert not table["flags"][:3].str.contains("missing").any()


def test_an_indicator_that_is_not_available_leaves_every_unit_undetermined():
    wanted = three()
    wanted["varun"] = {"definition": "not_available", "because": "never counted"}
    it = case(indicators=wanted, criteria=criteria("national_median"))
    _, found, table = classified(it, country(), towns(REGIONS))
    assert set(table["type"]) == {"undetermined"}
    assert set(found["criterion"]) == {"sf_high", "population_improving"}
    assert table["flags"].str.contains("varun:missing=not_available", regex=False).all()


def test_a_value_without_a_reference_is_flagged_so():
    columns = ["criterion", "group", "value"]
    thresholds = pd.DataFrame([("sf_high", "X0", 7.5)], columns=columns)
    it = case(indicators=three(), criteria=criteria("national_median"))
    values, _, _ = made("zero")
    units = towns(REGIONS)
    sizes = pd.Series("small", index=CODES)
    table = typology.classify(it, units, values, thresholds, sizes)
    assert set(table["type"]) == {"undetermined"}
    assert set(table["flags"]) == {"varun:missing=reference;varni:missing=reference"}
    assert table["sf_high"].tolist() == [SF[code] >= 7.5 for code in CODES]


def test_counts_have_every_type_in_order_and_zero_where_there_is_none():
    _, _, table = made("national_aggregate")
    assert list(typology.counts(table).items()) == [
        ("A", 1),
        ("B", 0),
        ("C", 2),
        ("D", 1),
        ("mixed", 2),
        ("undetermined", 0),
    ]


# --- typical units ------------------------------------------------------------------------------


def typed(*made_):
    """A typology from (unit, type, size class, sf, varun, varni); references are all zero."""
    table = pd.DataFrame(made_, columns=["unit", "type", "size_class", "sf", "varun", "varni"])
    for column in ("sf", "varun", "varni"):
        table[f"{column}_distance"] = table[column]
    return table


TYPED = typed(
    ("001", "A", "small", 1, -1, 1),
    ("002", "A", "small", 2, -2, 2),
    ("003", "A", "small", 9, -9, 9),
    ("004", "A", "big", 2, -2, 2),
    ("005", "C", "small", 5, 5, -5),
    ("006", "C", "small", 5, 5, -5),
    ("007", "D", "big", -3, 3, -3),
    ("008", "mixed", "small", 3, 3, 3),
    ("009", "undetermined", "small", math.nan, 1, 1),
)


@pytest.mark.parametrize(
    ("choose", "among", "chosen"),
    [
        # The medians of type A are 2, -2, 2: unit 002 sits on them. A tie goes to the first code.
        ("closest_to_type_median", ["small"], {"A": "002", "C": "005"}),
        ("closest_to_type_median", ["big"], {"A": "004", "D": "007"}),
        ("closest_to_type_median", ["small", "big"], {"A": "002", "C": "005", "D": "007"}),
        ("deepest_inside_type", ["small"], {"A": "003", "C": "005"}),
        ("deepest_inside_type", ["big"], {"A": "004", "D": "007"}),
        ("deepest_inside_type", ["tiny"], {}),
    ],
)
def test_the_typical_unit_of_a_type_is_chosen_among_the_size_classes(choose, among, chosen):
    assert typology.typical(TYPED, among, choose) == chosen


def test_distances_are_standardised_before_units_are_compared():
    # 002 is 100 off in sf, whose spread is vast; 003 is 2 off in varni, whose spread is small.
    table = typed(
        ("001", "D", "big", 0, 1, 0),
        ("002", "D", "small", 100, 1, 0),
        ("003", "D", "small", 0, 1, 2),
        ("004", "C", "big", 10_000, 1, 0),
        ("005", "D", "big", 0, 1, 0),
    )
    assert typology.typical(table, ["small"], "closest_to_type_median") == {"D": "002"}


def test_a_unit_near_one_reference_is_not_deep_inside_its_type():
    table = typed(
        ("001", "A", "small", 100, -100, 0.1),
        ("002", "A", "small", 5, -5, 5),
        ("003", "C", "small", 50, 50, -50),
    )
    assert typology.typical(table, ["small"], "deepest_inside_type")["A"] == "002"


def test_an_unknown_way_to_choose_stops():
    with pytest.raises(DataError, match="'named' does not choose"):
        typology.typical(TYPED, ["small"], "named")


# --- size classes -------------------------------------------------------------------------------

CLASSES = [
    {"name": "city", "from": 100_000},
    {"name": "town", "from": 50_000, "below": 100_000},
    {"name": "rural", "from": 5_000, "below": 50_000, "density_below": 300},
    {"name": "dense", "from": 5_000, "below": 50_000},
]
NAN = math.nan


@pytest.mark.parametrize(
    ("inhabitants", "density", "name"),
    [
        (100_000, 1.0, "city"),
        (99_999.5, 1.0, "town"),
        (99_999, NAN, "town"),
        (50_000, 1.0, "town"),
        (49_999, 299.999, "rural"),
        (49_999, 300.0, "dense"),
        (5_000, 0.0, "rural"),
        (5_000, 1e9, "dense"),
        (5_000, NAN, "unknown"),
        (4_999, 1.0, "unknown"),
        (0, 0.0, "unknown"),
        (NAN, 1.0, "unknown"),
        (1e9, NAN, "city"),
    ],
)
def test_a_size_class_includes_its_lower_bound_and_not_its_upper(inhabitants, density, name):
    assert size_classes.classify(inhabitants, density, CLASSES) == name


SIZES = {
    "inhabitants": {"variable": "people", "date": "2014-01-01"},
    "area": {"variable": "area", "date": "2014"},
    "classes": CLASSES,
}


def test_size_classes_of_units_come_from_inhabitants_and_area_of_the_dates_named():
    held = figures(
        [
            *rows("people", "2014-01-01", by_town(120_000, 60_000, 6_000, 6_000, 6_000, None)),
            *rows("people", "2005-01-01", by_town(1, 1, 1, 1, 1, 1)),
            # Densities 300 and 6000 / 20.001 = 299.985.
            *rows("area", "2014", by_town(None, None, 20, 20.001, None, 20)),
        ]
    )
    found = size_classes.of_units(case(size_classes=SIZES), held, towns(REGIONS))
    assert found.to_dict() == by_town("city", "town", "dense", "rural", "unknown", "unknown")


def test_the_inhabitants_of_a_later_merged_unit_size_none_of_its_parts():
    merged = rows("people", "2014-01-01", {"001": 99_000}, conversion="merged_unit", territory="m")
    others = dict.fromkeys(CODES[1:], 60000)
    held = figures(
        [*merged, *rows("people", "2014-01-01", others), *rows("area", "2014", PEOPLE_2005)]
    )
    found = size_classes.of_units(case(size_classes=SIZES), held, towns(REGIONS))
    assert found["001"] == "unknown"
    assert found["002"] == "town"


@pytest.mark.parametrize(
    ("date", "says"), [("2013-01-01", "nothing"), ("2014", "2014-01-01, 2014-12-31")]
)
def test_a_size_class_date_that_is_not_one_date_at_hand_stops(date, says):
    held = figures(
        [
            *rows("people", "2014-01-01", PEOPLE_2014),
            *rows("people", "2014-12-31", PEOPLE_2014),
            *rows("area", "2014", PEOPLE_2005),
        ]
    )
    sizes = {**SIZES, "inhabitants": {"variable": "people", "date": date}}
    with pytest.raises(DataError, match=f"size_classes.inhabitants.*{says}"):
        size_classes.of_units(case(size_classes=sizes), held, towns(REGIONS))


# --- aggregates against the typology ------------------------------------------------------------


def test_a_published_total_is_the_reference_even_where_the_units_say_otherwise():
    extra = [
        *rows("people", "2005-01-01", {"X0": 1000}, level="country"),
        *rows("foreign", "2005-01-01", {"X0": 160}, level="country"),
    ]
    _, found, table = made(
        "national_median",
        [*country(), *extra],
        sf_high={"reference": "national_aggregate", "aggregate": {"by": "published_total"}},
    )
    assert found.loc[found["criterion"] == "sf_high", "value"].tolist() == [16.0]
    assert table["sf_high"].tolist() == [False, False, False, False, True, False]


def test_an_area_that_lies_in_two_regions_gives_no_reference_by_region():
    units = towns(REGIONS, big=dict.fromkeys(CODES, "B1"))
    place = {"stand_in_levels": {"big": {"membership": "m", "country_unit": "B"}}}
    it = case(
        geography=place,
        indicators={"it": {"definition": "level", "of": "people", "date": "2014-01-01"}},
    )
    it["indicators"]["it"]["stand_in_level"] = "big"
    held = figures(rows("people", "2014-01-01", {"B1": 7}, level="big"))
    planned = indicators.plans(it, held, units, VARIABLES)
    with pytest.raises(GeographyError, match="B1 lies in more than one region"):
        indicators.aggregate(
            "it", it, held, units, VARIABLES, planned["it"], {"by": "sum_of_counts"}, True
        )
