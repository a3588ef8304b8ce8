"""Type probabilities against closed forms: normal, rounded and shared errors, shared thresholds."""

from __future__ import annotations

import math
import random

import numpy as np
import pandas as pd
import pytest
from build import VARIABLES, case, classified, criteria, figures, row, rows, three, towns
from hypothesis import given, settings
from hypothesis import strategies as st

from smstra import indicators
from smstra.errors import DataError
from smstra.robustness import probabilities as of_types
from smstra.typology import CRITERIA, TYPES

DRAWS = 2500
# Three quantities that have nothing in common; one of them lies where its answer is never in doubt.
ALONE = {
    "sf": {"definition": "level", "of": "price", "date": "2005"},
    "varun": {"definition": "level", "of": "rate", "date": "2005"},
    "varni": {"definition": "level", "of": "income", "date": "2005"},
}
OF = {"sf_high": "price", "economy_improving": "rate", "population_improving": "income"}
EXACT = {"exact": True, "because": "counted"}
SCHEMES = ["zero", *(f"{a}_{b}" for a in ("national", "region") for b in ("median", "mean"))]
SCHEMES += ["national_aggregate", "region_aggregate"]
SOME = settings(max_examples=5)


def phi(z):
    return (1 + math.erf(z / math.sqrt(2))) / 2


def against(**thresholds):
    """Criteria that compare ALONE's indicators with numbers, or as given."""
    plain = {
        name: {"indicator": column, "holds_if": "at_least", "reference": 0}
        for name, column in CRITERIA.items()
    }
    plain["economy_improving"]["holds_if"] = "at_most"
    for name, changed in thresholds.items():
        plain[name] |= changed if isinstance(changed, dict) else {"reference": changed}
    return plain


def noisy(errors, spread=0.0, **more):
    """The block `robustness`; variables that are not named are exact."""
    spreads = spread if isinstance(spread, dict) else dict.fromkeys(CRITERIA, spread)
    said = {name: {**spec, "because": f"of {name}"} for name, spec in errors.items()}
    every = {name: said.get(name, EXACT) for name in VARIABLES}
    block = {"draws": DRAWS, "seed": 7, "threshold_spread": spreads, "errors": every, **more}
    return {"probabilities": block}


def model_in(case_, made, units, change=None):
    """The model of a case, and its typology."""
    held = figures(made)
    _, thresholds, typology = classified(case_, held, units)
    if change:
        typology, thresholds = change(typology, thresholds)
    planned = indicators.plans(case_, held, units, VARIABLES)
    return (
        of_types.model_of(case_, held, units, VARIABLES, planned, typology, thresholds),
        typology,
    )


def probable(case_, made, units, draws=DRAWS, seed=7):
    model, typology = model_in(case_, made, units)
    counts = of_types.draw(model, draws, seed)
    return of_types.probabilities(model, counts, typology).set_index("unit")


def alone(values, errors, spread=0.0, wanted=None, more=(), regions=None, changed=None, **block):
    """Probabilities in a country where each criterion compares a quantity of its own."""
    made = [*more]
    codes = sorted({code for by_town in values.values() for code in by_town})
    for variable in OF.values():
        made += rows(variable, "2005", values.get(variable, dict.fromkeys(codes, 0)))
    known = {name: {**ALONE[name], **(changed or {}).get(name, {})} for name in ALONE}
    it = case(indicators=known, criteria=wanted or against())
    it["robustness"] = noisy(errors, spread, **block)
    return probable(it, made, towns(regions or {"R1": codes}))


def near(found, expected, draws=DRAWS):
    """Within four standard errors."""
    assert abs(found - expected) <= 4 * math.sqrt(expected * (1 - expected) / draws) + 1e-12


# --- closed forms -------------------------------------------------------------------------------


@pytest.mark.parametrize("spread", [0.0, 0.7])
def test_normal_errors_and_thresholds_give_the_product_of_three_normal_probabilities(spread):
    values = {
        "price": {"001": 3.0, "002": 5.5, "003": 4.0},
        "rate": {"001": 8.0, "002": 7.0, "003": 9.5},
        "income": {"001": 100.0, "002": 140.0, "003": 120.0},
    }
    errors = {"price": 1.5, "rate": 1.0, "income": 20.0}
    limits = {"price": 4.0, "rate": 8.0, "income": 120.0}
    wanted = against(**{criterion: limits[name] for criterion, name in OF.items()})
    given_ = {name: {"standard_error": error} for name, error in errors.items()}
    table = alone(values, given_, spread, wanted)
    for code in ("001", "002", "003"):
        yes = {}
        for name, towns_ in values.items():
            moved = spread * np.std([*towns_.values()])
            z = (towns_[code] - limits[name]) / math.hypot(errors[name], moved)
            yes[name] = phi(-z if name == "rate" else z)
        sf, economy, people = yes["price"], yes["rate"], yes["income"]
        truth = {
            "A": sf * economy * people,
            "B": (1 - sf) * economy * people,
            "C": sf * (1 - economy) * (1 - people),
            "D": (1 - sf) * (1 - economy) * (1 - people),
        }
        for type_, expected in truth.items():
            near(table.loc[code, f"p_{type_}"], expected)
        near(table.loc[code, "p_mixed"], 1 - sum(truth.values()))


def test_a_rounded_figure_is_uniform_around_itself():
    values = {"price": {"001": 3.0, "002": 3.2, "003": 4.0, "004": 2.0}}
    table = alone(values, {"price": {"rounded_to": 1}}, wanted=against(sf_high=3.1))
    near(table.loc["001", "p_A"], 0.4)
    near(table.loc["002", "p_A"], 0.6)
    assert table.loc["003", "p_A"] == 1
    assert table.loc["004", "p_B"] == 1


def test_a_randomly_rounded_figure_is_a_triangle_of_the_base():
    values = {"price": {"001": 9.0, "002": 12.0, "003": 6.0}}
    table = alone(values, {"price": {"randomly_rounded_to": 3}}, wanted=against(sf_high=10))
    # P(error >= 1) = (3 - 1)^2 / (2 * 9), P(error >= -2) = 1 - (3 - 2)^2 / (2 * 9)
    near(table.loc["001", "p_A"], 4 / 18)
    near(table.loc["002", "p_A"], 1 - 1 / 18)
    assert table.loc["003", "p_B"] == 1


def test_several_errors_of_a_figure_add():
    values = {"price": {"001": 50.0}}
    both = {"standard_error": 3, "relative_standard_error": 0.08}
    near(alone(values, {"price": both}, wanted=against(sf_high=46)).loc["001", "p_A"], phi(4 / 5))
    with_rounding = {"standard_error": 0.1, "rounded_to": 10}
    table = alone(values, {"price": with_rounding}, wanted=against(sf_high=52))
    near(table.loc["001", "p_A"], 0.3)


def test_the_difference_of_two_dates_has_the_error_of_both():
    change = {"varun": {"definition": "difference", "of": "rate", "from": "2005", "to": "2014"}}
    it = case(indicators={**ALONE, **change}, criteria=against())
    it["robustness"] = noisy({"rate": {"standard_error": 0.5}})
    made = [row("001", name, "2005", 8) for name in OF.values()] + [row("001", "rate", "2014", 7.4)]
    table = probable(it, made, towns({"R1": ["001"]}))
    near(table.loc["001", "p_A"], phi(0.6 / (math.sqrt(2) * 0.5)))


def test_a_figure_has_one_error_wherever_it_is_used():
    # The share rises with its numerator alone, though that is in the denominator too.
    share = {"definition": "share", "of": "foreign", "in": "all_people", "date": "2005-01-01"}
    it = case(indicators={**ALONE, "sf": share}, criteria=against(sf_high=12))
    it["robustness"] = noisy({"foreign": {"standard_error": 10}})
    made = [row("001", name, "2005", 0) for name in OF.values()]
    made += [row("001", "foreign", "2005-01-01", 110), row("001", "nationals", "2005-01-01", 880)]
    table = probable(it, made, towns({"R1": ["001"]}))
    near(table.loc["001", "p_A"], 1 - phi((120 - 110) / 10))
    # Two criteria that compare one figure answer as one.
    it = case(indicators={**ALONE, "varni": ALONE["sf"]}, criteria=against())
    it["robustness"] = noisy({"price": {"standard_error": 10}, "rate": {"standard_error": 10}})
    table = probable(
        it, [row("001", name, "2005", 1) for name in OF.values()], towns({"R": ["001"]})
    )
    assert table.loc["001", ["p_B", "p_C"]].tolist() == [0, 0]
    near(table.loc["001", "p_A"], phi(0.1) * (1 - phi(0.1)))
    near(table.loc["001", "p_D"], phi(0.1) * (1 - phi(0.1)))


# --- references -------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", [s for s in SCHEMES if s != "zero"])
def test_the_only_unit_of_a_country_is_its_own_reference_in_every_draw(scheme):
    it = case(indicators=three(), criteria=criteria(scheme))
    it["robustness"] = noisy(
        {
            "people": {"relative_standard_error": 0.05},
            "foreign": {"rounded_to": 10},
            "rate": {"standard_error": 1},
        }
    )
    made = [
        row("001", "people", "2005-01-01", 1017),
        row("001", "people", "2014-01-01", 1311),
        row("001", "foreign", "2005-01-01", 77),
        row("001", "rate", "2005", 7.3),
        row("001", "rate", "2014", 6.1),
    ]
    assert probable(it, made, towns({"R1": ["001"]})).loc["001", "p_A"] == 1


def test_a_unit_that_a_draw_leaves_without_a_value_is_left_out_of_its_median():
    share = {"definition": "share", "of": "foreign", "in": "people", "date": "2005-01-01"}
    it = case(indicators={**ALONE, "sf": share}, criteria=against(sf_high="national_median"))
    it["robustness"] = noisy({"people": {"standard_error": 20}})
    made = [row(code, name, "2005", 0) for name in OF.values() for code in ("001", "002")]
    made += rows("people", "2005-01-01", {"001": 10, "002": 1e9})
    made += rows("foreign", "2005-01-01", {"001": 5, "002": 1})
    table = probable(it, made, towns({"R1": ["001", "002"]}))
    # Alone in its median, the other is high; else the first one lies above it.
    near(table.loc["001", "p_undetermined"], phi(-0.5))
    assert table.loc["002", "p_A"] == table.loc["001", "p_undetermined"]
    assert table.loc["002", "p_undetermined"] == 0


@pytest.mark.parametrize("scheme", ["national_mean", "national_median", "region_mean"])
def test_two_units_lie_on_opposite_sides_of_their_middle(scheme):
    wanted = against(sf_high=scheme)
    values = {"price": {"001": 3.0, "002": 2.6}}
    table = alone(values, {"price": {"standard_error": 0.5}}, wanted=wanted)
    near(table.loc["001", "p_A"], phi(0.4 / (math.sqrt(2) * 0.5)))
    assert table.loc["001", "p_A"] + table.loc["002", "p_A"] == 1


def test_an_aggregate_moves_with_its_units_by_their_weight():
    # 300 and 100 people; foreign 30 and 20: 10 and 20 percent, 12.5 together.
    it = case(indicators={**ALONE, "sf": three()["sf"]}, criteria=against())
    how = {"reference": "national_aggregate", "aggregate": {"by": "sum_of_counts"}}
    it["criteria"]["sf_high"] |= how
    it["robustness"] = noisy({"foreign": {"standard_error": 4}})
    made = [row(code, name, "2005", 0) for name in OF.values() for code in ("001", "002")]
    made += rows("people", "2005-01-01", {"001": 300, "002": 100})
    made += rows("foreign", "2005-01-01", {"001": 30, "002": 20})
    table = probable(it, made, towns({"R1": ["001", "002"]}))
    # x/300 >= (x + y)/400 where x >= 3 y
    near(table.loc["001", "p_A"], phi((30 - 60) / (4 * math.sqrt(10))))
    assert table.loc["001", "p_A"] + table.loc["002", "p_A"] == 1


def test_a_published_total_has_an_error_of_its_own_level():
    total = {"reference": "national_aggregate", "aggregate": {"by": "published_total"}}
    more = [row("X0", "price", "2005", 4, level="country")]
    errors = {"price": {"standard_error": {"town": 0.8, "country": 0.6}}}
    values = {"price": {"001": 5.0, "002": 3.5}}
    table = alone(values, errors, wanted=against(sf_high=total), more=more)
    near(table.loc["001", "p_A"], phi(1.0))
    near(table.loc["002", "p_A"], phi(-0.5))


def test_a_weighted_mean_moves_with_the_rates_and_not_with_the_weights():
    mean = {"by": "weighted_mean", "weight": "people", "date": "2005-01-01"}
    wanted = against(sf_high={"reference": "national_aggregate", "aggregate": mean})
    more = rows("people", "2005-01-01", {"001": 300, "002": 100})
    errors = {"price": {"standard_error": 0.5}, "people": {"relative_standard_error": 0.5}}
    values = {"price": {"001": 5.0, "002": 4.6}}
    table = alone(values, errors, wanted=wanted, more=more)
    near(table.loc["001", "p_A"], phi(0.4 / (math.sqrt(2) * 0.5)))


def test_one_shift_of_the_threshold_holds_for_all_units_and_regions():
    values = {"price": {"001": 1.0, "002": 1.0, "003": 9.0, "004": 7.0, "005": 8.0, "006": 8.0}}
    # Medians of both regions lie 1 above or below: 001 - 1 in R1, 004 and 005 in R2.
    regions = {"R1": ["001", "002", "003"], "R2": ["004", "005", "006"]}
    wanted = against(sf_high="region_median")
    table = alone(values, {}, 0.5, wanted, regions=regions)
    same = table.loc[["001", "002", "005", "006"], "p_A"]
    assert same.nunique() == 1
    near(same.iloc[0], 0.5)


def test_all_towns_of_a_larger_area_share_its_error_but_not_what_makes_them_differ_from_it():
    units = towns({"R1": ["001", "002", "003"]}, area={"001": "N1", "002": "N1", "003": "N2"})
    place = {"stand_in_levels": {"area": {"membership": "m", "country_unit": "X"}}}
    known = {**ALONE, "sf": {**ALONE["sf"], "stand_in_level": "area"}}
    it = case(indicators=known, criteria=against(sf_high=4), geography=place)
    made = [row(unit, name, "2005", 0) for name in ("rate", "income") for unit in units["unit"]]
    made += rows("price", "2005", {"N1": 4.3, "N2": 4.3}, level="area")
    it["robustness"] = noisy({"price": {"standard_error": 0.4}})
    shared = probable(it, made, units)["p_A"]
    assert shared["001"] == shared["002"] != shared["003"]
    near(shared["001"], phi(0.75))
    spread = {"sf": {"standard_error": 0.3, "because": "a guess"}}
    it["robustness"] = noisy({"price": {"standard_error": 0.4}}, stand_in=spread)
    apart = probable(it, made, units)["p_A"]
    assert apart["001"] != apart["002"]
    near(apart["001"], phi(0.6))


def test_a_larger_area_is_compared_with_the_country_of_its_own_code_system():
    units = towns({"R1": ["001"]}, area={"001": "N1"})
    place = {"stand_in_levels": {"area": {"membership": "m", "country_unit": "X"}}}
    total = {"reference": "national_aggregate", "aggregate": {"by": "published_total"}}
    known = {**ALONE, "sf": {**ALONE["sf"], "stand_in_level": "area"}}
    it = case(indicators=known, criteria=against(sf_high=total), geography=place)
    made = [row("001", name, "2005", 0) for name in ("rate", "income")]
    made += [row("N1", "price", "2005", 4.3, level="area")]
    made += rows("price", "2005", {"X": 4, "X0": 9}, level="country")
    it["robustness"] = noisy({"price": {"standard_error": {"area": 0.4, "country": 0.3}}})
    near(probable(it, made, units).loc["001", "p_A"], phi(0.6))


def test_the_parts_of_a_unit_that_merged_later_share_the_error_of_its_one_figure():
    merged = {"conversion": "merged_unit", "territory": "009"}
    made = [
        row(code, name, "2005", 0) for name in ("rate", "income") for code in ("001", "002", "003")
    ]
    made += rows("price", "2005", {"001": 4.3, "002": 4.3}, **merged)
    made += [row("003", "price", "2005", 4.3)]
    it = case(indicators=ALONE, criteria=against(sf_high=4))
    it["robustness"] = noisy({"price": {"standard_error": 0.4}})
    table = probable(it, made, towns({"R1": ["001", "002", "003"]}))
    assert table.loc["001", "p_A"] == table.loc["002", "p_A"] != table.loc["003", "p_A"]


def test_a_value_that_the_case_leaves_empty_stays_undetermined_whatever_is_drawn():
    merged = {"conversion": "merged_unit", "territory": "009"}
    made = [row(code, name, "2005", 0) for name in ("rate", "income") for code in ("001", "002")]
    made += [row("001", "price", "2005", 4.3, **merged), row("002", "price", "2005", 4.3)]
    empty = {"merged_later": {"rates_medians_and_ratios": "leave_empty", "counts": "stop"}}
    it = case(indicators=ALONE, criteria=against(sf_high=4), geography=empty)
    it["robustness"] = noisy({"price": {"standard_error": 0.4}})
    table = probable(it, made, towns({"R1": ["001", "002"]}))
    assert table["p_undetermined"].to_dict() == {"001": 1, "002": 0}


def test_a_sum_of_four_rounded_figures_has_twice_the_error():
    made = [row("001", name, "2005", 0) for name in ("rate", "income")]
    made += [row("001", "price", "2005", 10, parts=4, conversion="sum")]
    it = case(indicators=ALONE, criteria=against(sf_high=10.5))
    it["robustness"] = noisy({"price": {"rounded_to": 2}})
    near(probable(it, made, towns({"R1": ["001"]})).loc["001", "p_A"], 1.5 / 4)


# --- flags, other years, missing figures ----------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "times"), [("", 1), ("b", 2), ("bu", 3), ("u;b", 3), ("x", 1), ("missing;b", 2)]
)
def test_a_flag_widens_the_standard_error_by_the_largest_of_its_factors(status, times):
    made = [row("001", name, "2005", 0) for name in ("rate", "income")]
    made += [row("001", "price", "2005", 5, status=status)]
    it = case(indicators=ALONE, criteria=against(sf_high=4))
    flagged = {"b": 2, "u": 3, "m": 9, "i": 9}
    it["robustness"] = noisy({"price": {"standard_error": 1}}, flagged_times=flagged)
    near(probable(it, made, towns({"R1": ["001"]})).loc["001", "p_A"], phi(1 / times))


def test_another_year_widens_the_value_by_each_year_between():
    table = alone(
        {"price": {"001": 5.0}},
        {},
        wanted=against(sf_high=4),
        changed={"sf": {"date": "2002", "max_year_gap": 3}},
        other_year={"sf": {"standard_error_per_year": 0.4, "because": "seen elsewhere"}},
    )
    near(table.loc["001", "p_A"], phi(1 / 1.2))


def test_errors_of_units_by_two_criteria_and_shifts_of_thresholds_are_independent():
    other = {name: {"standard_error_per_year": 1, "because": "seen"} for name in ("sf", "varni")}
    table = alone(
        {"price": {"001": 5.0, "002": 3.0}, "income": {"001": 5.0, "002": 3.0}},
        {},
        {"sf_high": 1, "economy_improving": 0, "population_improving": 1},
        against(sf_high=4, population_improving=4),
        changed={name: {"date": "2004", "max_year_gap": 1} for name in ("sf", "varni")},
        other_year=other,
    )
    # Both have the standard deviation 1 over units, so a shift of 1 beside an error of 1.
    for code, z in (("001", 1 / math.sqrt(2)), ("002", -1 / math.sqrt(2))):
        near(table.loc[code, "p_A"], phi(z) ** 2)
        near(table.loc[code, "p_B"], phi(-z) * phi(z))


def test_a_unit_without_a_value_is_undetermined_in_every_draw_and_moves_nothing():
    values = {"price": {"001": 3.0, "002": 2.6, "003": None}}
    wanted = against(sf_high="national_mean")
    table = alone(values, {"price": {"standard_error": 0.5}}, 0.1, wanted)
    assert table.loc["003", "p_undetermined"] == table.loc["003", "p_type"] == 1
    assert table.loc["003", "most_probable_type"] == "undetermined"
    near(table.loc["001", "p_A"] + table.loc["001", "p_B"], 1)
    assert table.loc["001", "p_undetermined"] == 0


def test_an_indicator_that_is_not_available_leaves_all_undetermined():
    gone = {"sf": {"definition": "not_available", "because": "never published"}}
    it = case(indicators={**ALONE, **gone}, criteria=against(sf_high="national_median"))
    it["robustness"] = noisy({"rate": {"standard_error": 1}}, 0.1)
    made = [row("001", name, "2005", 1) for name in ("rate", "income")]
    assert probable(it, made, towns({"R1": ["001"]})).loc["001", "p_undetermined"] == 1


def test_a_divisor_drawn_below_zero_gives_no_value_in_that_draw():
    share = {"definition": "share", "of": "foreign", "in": "people", "date": "2005-01-01"}
    it = case(indicators={**ALONE, "sf": share}, criteria=against(sf_high=-1))
    it["robustness"] = noisy({"people": {"standard_error": 10}})
    made = [row("001", name, "2005", 0) for name in OF.values()]
    made += [row("001", "people", "2005-01-01", 10), row("001", "foreign", "2005-01-01", 5)]
    table = probable(it, made, towns({"R1": ["001"]}))
    near(table.loc["001", "p_undetermined"], phi(-1))
    near(table.loc["001", "p_A"], phi(1))


# --- any country ----------------------------------------------------------------------------------

TENTHS = st.integers(0, 300)
TOWN = st.fixed_dictionaries(
    {
        "people": st.tuples(st.integers(100, 9_999), st.integers(100, 9_999)),
        "foreign": st.one_of(st.none(), st.integers(0, 100)),
        "rate": st.tuples(st.one_of(st.none(), TENTHS), TENTHS),
        "region": st.sampled_from(["R1", "R2"]),
        "parent": st.booleans(),
    }
)
COUNTRY = st.lists(TOWN, min_size=1, max_size=7)


def invented(country, scheme, errors, spread=0.0, factor=1):
    """A case, figures and units; rates times ``factor``."""
    made, regions = [], {}
    for i, town in enumerate(country):
        code = f"{i:03d}"
        regions.setdefault(town["region"], []).append(code)
        for year, count, rate in zip(("2005", "2014"), town["people"], town["rate"], strict=True):
            made.append(row(code, "people", f"{year}-01-01", count))
            made.append(row(code, "rate", year, None if rate is None else rate / 10 * factor))
        made.append(row(code, "foreign", "2005-01-01", town["foreign"]))
    # Every indicator has a value somewhere, or there is nothing to ask for.
    code = f"{len(country):03d}"
    regions.setdefault("R1", []).append(code)
    made += [row(code, "people", day, 1000) for day in ("2005-01-01", "2014-01-01")]
    made += [row(code, "rate", year, 8 * factor) for year in ("2005", "2014")]
    made.append(row(code, "foreign", "2005-01-01", 50))
    it = case(indicators=three(), criteria=criteria(scheme))
    it["robustness"] = noisy(errors, spread)
    return it, made, towns(regions)


@SOME
@given(COUNTRY, st.sampled_from(SCHEMES))
def test_without_error_every_draw_gives_the_typology(country, scheme):
    model, typology = model_in(*invented(country, scheme, {}))
    table = of_types.probabilities(model, of_types.draw(model, 20, 1), typology)
    assert (table["p_type"] == 1).all()
    assert table["most_probable_type"].tolist() == typology["type"].tolist()


@SOME
@given(COUNTRY, st.sampled_from(SCHEMES))
def test_errors_too_small_to_matter_change_no_type_but_at_a_threshold(country, scheme):
    small = {name: {"standard_error": 1e-12} for name in ("people", "foreign", "rate")}
    model, typology = model_in(*invented(country, scheme, small))
    table = of_types.probabilities(model, of_types.draw(model, 20, 1), typology)
    distances = typology[[f"{column}_distance" for column in CRITERIA.values()]].abs()
    clear = ~(distances < 1e-6).any(axis=1)
    assert (table.loc[clear, "p_type"] == 1).all()
    undetermined = typology["type"] == "undetermined"
    assert (table.loc[undetermined, "p_undetermined"] == 1).all()


WIDE = {
    "people": {"relative_standard_error": 0.1},
    "foreign": {"randomly_rounded_to": 5, "standard_error": 2},
    "rate": {"standard_error": 2, "rounded_to": 0.5},
}


@SOME
@given(COUNTRY, st.sampled_from(SCHEMES), st.integers(1, 60))
def test_how_many_draws_are_made_together_changes_nothing(country, scheme, at_once):
    model, _ = model_in(*invented(country, scheme, WIDE, 0.2))
    whole = of_types.draw(model, 50, 3, (10, 25))
    parts = of_types.draw(model, 50, 3, (10, 25), at_once)
    assert whole.draws == parts.draws == (10, 25, 50)
    assert (whole.types == parts.types).all()
    assert (of_types.draw(model, 25, 3).types[0] == whole.types[1]).all()
    assert (whole.types.sum(axis=2) == np.array([[10], [25], [50]])).all()


@SOME
@given(COUNTRY, st.sampled_from(SCHEMES), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_figures_that_no_criterion_uses_change_nothing(
    country, scheme, shuffle
):
    it, made, units = invented(country, scheme, WIDE, 0.2)
    model, _ = model_in(it, made, units)
    more = [*made, row("000", "price", "2005", 3), row("000", "people", "2009-01-01", 3)]
    shuffle.shuffle(more)
    again, _ = model_in(it, more, units.sample(frac=1, random_state=shuffle.randrange(100)))
    assert (of_types.draw(model, 40, 3).types == of_types.draw(again, 40, 3).types).all()


@SOME
@given(COUNTRY, st.sampled_from(SCHEMES))
def test_a_rate_in_other_units_with_its_error_changes_nothing(country, scheme):
    doubled = {**WIDE, "rate": {"standard_error": 8, "rounded_to": 2}}
    model, _ = model_in(*invented(country, scheme, WIDE, 0.2))
    again, _ = model_in(*invented(country, scheme, doubled, 0.2, factor=4))
    assert (of_types.draw(model, 40, 3).types == of_types.draw(again, 40, 3).types).all()


def test_other_codes_for_the_same_towns_change_probabilities_by_chance_only():
    rng = random.Random(5)
    country = [
        {
            "people": (rng.randint(900, 1100), rng.randint(900, 1100)),
            "foreign": rng.randint(30, 70),
            "rate": (rng.randint(60, 90), rng.randint(60, 90)),
            "region": "R1",
        }
        for _ in range(6)
    ]
    it, made, units = invented(country, "national_aggregate", WIDE, 0.2)
    codes = dict(zip(units["unit"], units["unit"][::-1], strict=True))
    renamed = [{**r, "unit": codes[r["unit"]], "territory": codes[r["unit"]]} for r in made]
    first, second = probable(it, made, units), probable(it, renamed, units)
    for code, other in codes.items():
        for type_ in TYPES[:-1]:
            p, q = first.loc[code, f"p_{type_}"], second.loc[other, f"p_{type_}"]
            middle = (p + q) / 2
            assert abs(p - q) <= 4.5 * math.sqrt(2 * middle * (1 - middle) / DRAWS) + 1e-12


def test_another_seed_gives_other_draws_and_the_same_seed_the_same():
    model, _ = model_in(*invented([], "zero", WIDE, 0.2))
    one, other = of_types.draw(model, 500, 1), of_types.draw(model, 500, 2)
    assert (one.types == of_types.draw(model, 500, 1).types).all()
    assert (one.types != other.types).any()


# --- tables -----------------------------------------------------------------------------------


def counted(**types):
    """Counts of one unit from type -> count, of 100 draws."""
    draws = sum(types.values())
    numbers = [[[types.get(type_, 0) for type_ in TYPES]]]
    return of_types.Counts((draws,), np.array(numbers, dtype=np.int32))


def test_probabilities_name_ties_and_the_standard_error_of_a_share():
    model, typology = model_in(*invented([], "zero", {}))
    table = of_types.probabilities(model, counted(A=40, mixed=40, D=20), typology).iloc[0]
    assert table["most_probable_type"] == "A;mixed"
    assert table["se_D"] == pytest.approx(0.04)
    assert typology["type"].tolist() == ["A"]
    assert (table["p_type"], table["se_type"]) == (table["p_A"], table["se_A"])
    assert table["draws"] == 100
    assert [*table.index] == of_types.COLUMNS


def test_checkpoints_end_with_the_last_draw():
    assert of_types.checkpoints(1000) == (100, 200, 300, 400, 500, 600, 700, 800, 900, 1000)
    assert of_types.checkpoints(3) == (1, 2, 3)


def test_convergence_shows_the_error_fall_with_the_root_of_the_draws():
    values = {f"{i:03d}": i / 10 for i in range(20)}
    made = [row(code, name, "2005", 0) for name in ("rate", "income") for code in values]
    made += rows("price", "2005", values)
    it = case(indicators=ALONE, criteria=against(sf_high=1))
    it["robustness"] = noisy({"price": {"standard_error": 0.5}})
    model, _ = model_in(it, made, towns({"R1": [*values]}))
    table = of_types.convergence(of_types.draw(model, 3200, 7, (200, 800)))
    assert table["draws"].tolist() == [200, 800, 3200]
    errors = table["largest_se"].to_numpy()
    assert errors[:-1] / errors[1:] == pytest.approx([2, 2], rel=0.02)
    # The town at the threshold has one half.
    assert errors[-1] == pytest.approx(0.5 / math.sqrt(3200), rel=0.01)
    assert table["largest_change"].isna().tolist() == [True, False, False]
    assert (table["mean_change"].iloc[1:] < table["largest_change"].iloc[1:]).all()
    last = "units_whose_most_probable_type_differs_from_the_last"
    assert table[last].iloc[-1] == 0


def test_convergence_counts_units_and_changes_by_hand():
    types = np.zeros((2, 3, len(TYPES)), dtype=np.int32)
    types[0, 0, :2], types[1, 0, :2] = (6, 4), (8, 12)
    types[0, 1, 0], types[1, 1, 0] = 10, 20
    types[0, 2, -1], types[1, 2, -1] = 10, 20
    table = of_types.convergence(of_types.Counts((10, 20), types))
    assert table["units_whose_most_probable_type_differs_from_the_last"].tolist() == [1, 0]
    assert table["largest_change"].iloc[1] == pytest.approx(0.2)
    # Two units with five probabilities each; the third is never determined.
    assert table["mean_change"].iloc[1] == pytest.approx(0.4 / 10)
    assert table["largest_se"].iloc[1] == pytest.approx(math.sqrt(0.24 / 20))


def test_assumptions_list_what_is_drawn_and_from_how_many_figures():
    values = {"price": {"001": 5.0, "002": 7.0, "003": None}}
    made = [row(code, name, "2005", 0) for name in ("rate", "income") for code in values["price"]]
    made += rows("price", "2005", values["price"])
    made[-2] |= {"status": "u"}
    it = case(indicators={**ALONE}, criteria=against(sf_high=4))
    it["indicators"]["sf"] = {**ALONE["sf"], "date": "2002", "max_year_gap": 3}
    it["robustness"] = noisy(
        {"price": {"standard_error": 1, "rounded_to": 0.5}, "area": {"standard_error": 1}},
        {**dict.fromkeys(CRITERIA, 0), "sf_high": 0.5},
        flagged_times={"u": 2, "b": 2},
        other_year={
            name: {"standard_error_per_year": 0.2, "because": "seen"} for name in ("sf", "varni")
        },
        stand_in={"sf": {"standard_error": 9, "because": "not here"}},
    )
    model, _ = model_in(it, made, towns({"R1": [*values["price"]]}))
    table = of_types.assumptions(it, model, VARIABLES)
    columns = ["criterion", "figure", "component", "value", "applies_to", "because"]
    assert table[columns].to_numpy().tolist() == [
        ["population_improving", "income", "exact", 0, 3, "counted"],
        ["sf_high", "price", "rounded_to", 0.5, 2, "of price"],
        ["sf_high", "price", "standard_error", 1, 2, "of price"],
        ["sf_high", "price", "flag_u", 2, 1, "the source flags these figures u"],
        ["economy_improving", "rate", "exact", 0, 3, "counted"],
        ["sf_high", "", "other_year", 0.6, 2, "0.2 for each of 3 years: seen"],
        [
            "sf_high",
            "",
            "threshold",
            0.5,
            1,
            "0.5 standard deviations of the indicator over 2 units",
        ],
    ]
    assert table["unit_of_measure"].tolist()[3:] == [
        "times the standard error",
        "percent",
        "EUR",
        "EUR",
    ]


# --- faults -----------------------------------------------------------------------------------


def test_a_level_without_a_standard_error_is_named():
    with pytest.raises(DataError) as caught:
        alone({"price": {"001": 5.0}}, {"price": {"standard_error": {"nuts2": 1, "country": 2}}})
    assert str(caught.value) == (
        "`robustness.probabilities.errors.price.standard_error` has numbers for the levels nuts2, "
        "country, but the figures used are of the level 'town'; add `town:`."
    )


def off_value(typology, thresholds):
    return typology.assign(sf=typology["sf"] + 1e-6), thresholds


def off_reference(typology, thresholds):
    return typology, thresholds.assign(value=thresholds["value"] + 1e-6)


def off_group(typology, thresholds):
    return typology, pd.concat([thresholds, thresholds.assign(group="R9")])


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (off_value, "criterion sf_high, unit 000"),
        (off_reference, "criterion sf_high, reference of X0"),
        (off_group, "criterion sf_high, reference of"),
    ],
)
def test_a_typology_that_its_figures_do_not_give_is_a_fault_of_the_program(change, found):
    with pytest.raises(RuntimeError, match=found):
        model_in(*invented([], "national_aggregate", {}), change)
