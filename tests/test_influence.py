"""One thing changed at a time, against a full run of the changed case; Sobol indices against known ones."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from build import VARIABLES, case, classified, criteria, figures, row, rows, three, towns
from hypothesis import given, settings
from hypothesis import strategies as st

from smstra import indicators, typology
from smstra.robustness import choices, schemes, sensitivity
from smstra.robustness.influence import COLUMNS, influence
from smstra.robustness.without_one import references_without_one

SUMS = {"by": "sum_of_counts"}
WEIGHTED = {
    "by": "weighted_mean",
    "weight": "people",
    "from": "2005-01-01",
    "to": "2014-01-01",
}
NAMES = {"sf_high": "sf", "economy_improving": "varun", "population_improving": "varni"}
TYPES = ["A", "B", "C", "D", "mixed", "undetermined"]
SCHEMES = [
    "national_aggregate",
    "national_median",
    "national_mean",
    "region_aggregate",
    "region_median",
    "region_mean",
]
LEVEL = {"definition": "level", "of": "rate", "date": "2014"}
ROBUSTNESS = {
    "definitions": {
        "sf_high": {
            "foreigners": {
                "indicator": "sf",
                "holds_if": "at_least",
                "moves_with": "start",
                "aggregate": SUMS,
            }
        },
        "economy_improving": {
            "points": {"indicator": "varun", "holds_if": "at_most", "aggregate": WEIGHTED},
            "level": {
                "indicator": "level",
                "holds_if": "at_most",
                "moves_with": "end",
                "references": ["national_median"],
            },
            "both": {"all_of": ["points", "level"]},
        },
        "population_improving": {
            "people": {"indicator": "varni", "holds_if": "at_least", "aggregate": SUMS}
        },
    },
    "references": {name: ["zero", "national_median", "region_mean"] for name in NAMES},
    "windows": {"end_1_later": {"end": 1}, "start_1_later": {"start": 1}},
}
# The case's own choices alone.
NOTHING_ELSE = {
    "definitions": {name: {} for name in NAMES},
    "references": {name: [] for name in NAMES},
    "windows": {},
}

TENTHS = st.integers(0, 120)
PEOPLE = st.integers(100, 400)
TOWN = st.fixed_dictionaries(
    {
        "people": st.tuples(PEOPLE, PEOPLE, PEOPLE),
        "foreign": st.integers(0, 60),
        "rate": st.tuples(TENTHS, TENTHS, TENTHS),
        "region": st.sampled_from(["R1", "R2", "R3"]),
        "lacks": st.sampled_from(["", "", "", "people", "foreign", "rate"]),
    }
)
COUNTRY = st.lists(TOWN, min_size=4, max_size=7)


def country(listed, territory=lambda place, year: ""):
    """Figures and units; a town may lack a variable, or share its territory and figures with another."""
    table, regions = [], {}
    for place, town in enumerate(listed):
        unit = f"{place:03d}"
        regions.setdefault(town["region"], []).append(unit)
        for number, year in enumerate(("2005", "2014", "2015")):
            shared = territory(place, year)
            there = listed[int(shared)] if shared else town
            more = {"territory": shared, "conversion": "merged_unit"} if shared else {}
            given_ = {
                "people": (f"{year}-01-01", there["people"][number]),
                "foreign": (f"{year}-01-01", there["foreign"]),
                "rate": (year, there["rate"][number] / 10),
            }
            table += [
                row(unit, name, date, value, **more)
                for name, (date, value) in given_.items()
                if name != there["lacks"] and not (name == "foreign" and year != "2005")
            ]
    return figures(table), towns(regions)


def a_case(scheme, **more):
    merged = {"rates_medians_and_ratios": "merged_unit", "counts": "leave_empty"}
    wanted = criteria(scheme)
    return case(
        indicators={**three(), "level": {**LEVEL}},
        criteria=wanted,
        robustness=ROBUSTNESS,
        geography={"merged_later": merged},
        **more,
    )


def whole(it, held, units):
    """Everything that `influence` reads, and its table."""
    planned = indicators.plans(it, held, units, VARIABLES)
    _, thresholds, types = classified(it, held, units)
    evaluated = choices.evaluate(it, held, units, VARIABLES)
    table = influence(it, evaluated, types, held, units, VARIABLES, planned, thresholds)
    return evaluated, types, thresholds, planned, table


def without_by_force(it, criterion, held, units, ready, gone):
    """A criterion's references as `typology.references` makes them of the other units."""
    values, planned = ready
    name = it["criteria"][criterion]["indicator"]
    alone = {**it, "criteria": {criterion: it["criteria"][criterion]}}
    kept = units[~units["unit"].isin(gone)].reset_index(drop=True)
    own = values[(values["indicator"] == name) & values["unit"].isin(kept["unit"])]
    if own.empty:
        return {}
    found = typology.references(alone, own, held, kept, VARIABLES, planned)
    return dict(zip(found["group"], found["value"], strict=True))


def prepared(it, held, units):
    """Indicators and plans."""
    planned = indicators.plans(it, held, units, VARIABLES)
    used = {name: planned[name] for name in NAMES.values()}
    return indicators.compute(it, held, units, VARIABLES, {}, used, set()), planned


def compared(it, criterion, held, units, parts, ready=None):
    """References without one, by our way and by force; exactly equal, NaN to NaN."""
    name = it["criteria"][criterion]["indicator"]
    values, planned = ready = ready or prepared(it, held, units)
    own = values[values["indicator"] == name].set_index("unit")["value"].reindex(units["unit"])
    ours = references_without_one(criterion, it, own, held, units, VARIABLES, planned[name])
    for part, group, value in ours.itertuples(index=False):
        truth = without_by_force(it, criterion, held, units, ready, parts[part])
        np.testing.assert_array_equal(value, truth.get(group, math.nan))
    return ours


# --- references without one unit ------------------------------------------------------------------


@settings(max_examples=10)
@given(
    listed=COUNTRY,
    scheme=st.sampled_from(SCHEMES),
    merge=st.dictionaries(st.integers(0, 6), st.integers(0, 6), max_size=3),
    late=st.integers(0, 6),
    criterion=st.sampled_from([*NAMES]),
)
def test_a_reference_without_a_unit_is_that_of_the_others_to_the_last_bit(
    listed, scheme, merge, late, criterion
):
    def territory(place, year):
        whole_ = merge.get(place, place)
        # One unit has a territory of its own in 2005 and another's from 2014: it counts nowhere.
        if whole_ == place or whole_ >= len(listed) or (place == late and year == "2005"):
            return ""
        return f"{whole_:03d}"

    for town in listed[:1]:
        town["lacks"] = ""
    held, units = country(listed, territory)
    it = a_case(scheme)
    ready = prepared(it, held, units)
    ours = compared(it, criterion, held, units, {u: [u] for u in units["unit"]}, ready)
    # No unit that goes in is forgotten: one that is not listed changes nothing.
    whole_ = without_by_force(it, criterion, held, units, ready, [])
    for unit in set(units["unit"]) - set(ours["left_out"]):
        assert without_by_force(it, criterion, held, units, ready, [unit]) == whole_


def test_another_unit_of_the_same_territory_takes_the_place_of_the_one_left_out():
    # 000 and 001 both carry the figures of what they became; those count once.
    held, units = country(eight(), lambda place, year: "001" if place == 0 else "")
    it = a_case("national_aggregate")
    each = {unit: [unit] for unit in units["unit"]}
    compared(it, "economy_improving", held, units, each)
    ours = compared(it, "sf_high", held, units, each)
    values = ours.set_index("left_out")["value"]
    assert values["000"] == values["001"] != values["002"]


def area_country(areas):
    """Towns whose unemployment is known for areas only, from counts that are no whole numbers."""
    held = [
        *rows("people", "2005-01-01", {f"{i:03d}": 1000 + i for i in range(7)}),
        *rows("people", "2014-01-01", {f"{i:03d}": 1000 + i * i for i in range(7)}),
        *rows("foreign", "2005-01-01", {f"{i:03d}": 10 * i for i in range(7)}),
    ]
    for place, area in enumerate(sorted(set(areas))):
        for year, step in (("2005", 0.1), ("2014", 0.7)):
            for name in ("jobless", "working"):
                value = 3.3 + step * (place + 1) * (1 if name == "jobless" else 2.7)
                held.append(row(area, name, year, value, level="area"))
    regions = {"R1": [f"{i:03d}" for i in range(7)]}
    return figures(held), towns(regions, area={f"{i:03d}": a for i, a in enumerate(areas)})


@pytest.mark.parametrize(
    "scheme", ["national_aggregate", "national_median", "region_aggregate", "region_mean"]
)
def test_a_stand_in_area_is_left_out_with_all_its_units(scheme):
    held, units = area_country(["X1", "X1", "X2", "X3", "X3", "X3", "X4"])
    it = a_case(scheme)
    it["geography"]["stand_in_levels"] = {"area": {"country_unit": "X0"}}
    it["indicators"]["varun"] |= {"of": "survey_rate", "stand_in_level": "area"}
    it["criteria"]["economy_improving"]["aggregate"] = SUMS
    parts = {area: part["unit"].tolist() for area, part in units.groupby("area")}
    ours = compared(it, "economy_improving", held, units, parts)
    assert list(ours["left_out"]) == ["X1", "X2", "X3", "X4"]


@pytest.mark.parametrize("scheme", ["zero", 5])
def test_no_unit_goes_into_a_number(scheme):
    held, units = area_country(["X1"] * 7)
    it = a_case(scheme)
    it["geography"]["stand_in_levels"] = {"area": {"country_unit": "X0"}}
    it["indicators"]["varun"] |= {"of": "survey_rate", "stand_in_level": "area"}
    assert compared(it, "economy_improving", held, units, {}).empty


# --- influence ------------------------------------------------------------------------------------


def moved_by_force(it, held, units, ready, thresholds, types, criterion, unit):
    """Which other units change their type without ``unit`` in the reference, and the counts then."""
    values, _ = ready
    others = without_by_force(it, criterion, held, units, ready, [unit])
    changed = thresholds.copy()
    own = changed["criterion"] == criterion
    changed.loc[own, "value"] = changed.loc[own, "group"].map(others)
    sizes = pd.Series("small", index=units["unit"])
    again = typology.classify(it, units, values, changed, sizes).set_index("unit")["type"]
    before = types.set_index("unit")["type"]
    again[unit] = before[unit]
    return sorted(before.index[before != again]), again.value_counts().to_dict()


@settings(max_examples=6)
@given(listed=COUNTRY, scheme=st.sampled_from(SCHEMES), criterion=st.sampled_from([*NAMES]))
def test_the_units_that_matter_are_those_found_by_leaving_each_out(listed, scheme, criterion):
    listed[0]["lacks"] = ""
    held, units = country(listed)
    it = a_case(scheme)
    it["robustness"] = NOTHING_ELSE
    _, types, thresholds, _, table = whole(it, held, units)
    ready = prepared(it, held, units)
    typed = int((types["type"] != "undetermined").sum())
    left = table[table["kind"] == "unit_left_out"]
    own = left[left["changed"].str.startswith(f"{criterion} ")]
    named = own[~own["changed"].str.contains("each of the")]
    found = {
        text.split()[2]: record
        for text, record in zip(named["changed"], named.to_dict("records"), strict=True)
    }
    for unit in units["unit"]:
        changed, after = moved_by_force(it, held, units, ready, thresholds, types, criterion, unit)
        assert (unit in found) == bool(changed)
        if changed:
            record = found[unit]
            assert record["which"].split(";") == changed
            assert record["units_changed"] == len(changed)
            assert record["share_changed"] == 100 * len(changed) / typed
            assert {name: record[name] for name in TYPES} == {
                name: after.get(name, 0) for name in TYPES
            }
    order = [(-record["units_changed"], unit) for unit, record in found.items()]
    assert order == sorted(order)


@pytest.mark.parametrize("holds_if", ["at_least", "above", "at_most", "below"])
def test_a_reference_that_comes_to_equal_values_turns_what_the_direction_says(holds_if):
    # Rates change by -1 in four towns, by 1 in four: the median is 0, and 1 or -1 without one of them.
    held, units = country(eight()[:8])
    it = a_case("national_median")
    it["robustness"] = NOTHING_ELSE
    it["criteria"]["economy_improving"]["holds_if"] = holds_if
    _, types, thresholds, _, table = whole(it, held, units)
    ready = prepared(it, held, units)
    named = table.set_index("changed")["which"]
    for unit in units["unit"]:
        changed, _ = moved_by_force(
            it, held, units, ready, thresholds, types, "economy_improving", unit
        )
        name = f"economy_improving without {unit} (Town {unit})"
        assert named.get(name, "").split(";") == (changed or [""])
    assert any("economy_improving without 00" in name for name in named.index)


@settings(max_examples=4)
@given(listed=COUNTRY, scheme=st.sampled_from(["national_median", "zero", 5]))
def test_swaps_are_rows_of_the_scheme_map_and_what_cannot_be_swapped_says_why(listed, scheme):
    listed[0]["lacks"] = ""
    held, units = country(listed)
    evaluated, types, _, _, table = whole(a_case(scheme), held, units)
    combined = schemes.combinations_of(evaluated)
    _, made = schemes.scheme_map(evaluated, combined, types, False)
    own = made[made["own"]].iloc[0]
    parts = [c for c in made.columns if c == "window" or c.endswith(("_definition", "_scheme"))]
    differing = (made[parts] != own[parts]).sum(axis=1)
    single = made[differing == 1]
    swaps = table[table["kind"].isin(["definition_swapped", "reference_swapped", "window_moved"])]
    there = swaps[swaps["available"]]
    assert len(there) == len(single)
    for record in there.to_dict("records"):
        part = {
            "definition_swapped": f"{NAMES.get(record['changed'])}_definition",
            "reference_swapped": f"{NAMES.get(record['changed'])}_scheme",
            "window_moved": "window",
        }[record["kind"]]
        assert record["from"] == own[part]
        (match,) = single[single[part] == record["to"]].to_dict("records")
        assert [record[name] for name in TYPES] == [match[name] for name in TYPES]
        # Undetermined units that stay so agree too.
        gained = sum(
            int(word.split()[-1])
            for word in record["moves"].split("; ")
            if word.startswith("undetermined")
        )
        assert record["units_changed"] == len(units) - match["agreeing"] - gained
        flows = {
            w.rsplit(" ", 1)[0]: int(w.rsplit(" ", 1)[1]) for w in record["moves"].split("; ") if w
        }
        for name in TYPES:
            arriving = sum(n for flow, n in flows.items() if flow.endswith(f" to {name}"))
            leaving = sum(n for flow, n in flows.items() if flow.startswith(f"{name} to "))
            assert record[name] - own[name] == arriving - leaving
    gone = swaps[~swaps["available"]]
    assert gone["reason"].str.len().gt(0).all()
    assert gone["units_changed"].isna().all()
    expected = {("window_moved", "start_1_later")}
    if scheme in ("zero", 5):
        expected |= {("definition_swapped", "level"), ("definition_swapped", "both")}
        why = gone.loc[gone["kind"] == "definition_swapped", "reason"]
        assert set(why) == {f"the definition is not compared with {scheme}"}
    no_window = gone["kind"].eq("window_moved")
    assert (
        "sf_high: `indicators.sf.date` asks for 2006-01-01" in gone.loc[no_window, "reason"].iloc[0]
    )
    assert expected <= set(zip(gone["kind"], gone["to"], strict=True))
    # An aggregate of regions or of a level without one is the only other thing that lacks.
    assert len(gone) == len(expected)


EIGHT = {
    # (sf, economy, population) -> type with economy standing for population, and the reverse
    (1, 1, 1): ("A", "A", "A"),
    (0, 1, 1): ("B", "B", "B"),
    (1, 0, 0): ("C", "C", "C"),
    (0, 0, 0): ("D", "D", "D"),
    (1, 1, 0): ("mixed", "C", "A"),
    (0, 1, 0): ("mixed", "D", "B"),
    (1, 0, 1): ("mixed", "A", "C"),
    (0, 0, 1): ("mixed", "B", "D"),
}


def eight(times=1):
    """One unit of each cell against zero or five, ``times`` over; nine lacks its rate."""
    listed = [
        {
            "people": (200, 300 if up else 100, 300),
            "foreign": 50 if sf else 2,
            "rate": (50, 40 if better else 60, 40),
            "region": "R1",
            "lacks": "",
        }
        for sf, better, up in EIGHT
    ] * times
    return [*listed, {**listed[0], "lacks": "rate"}]


def test_without_one_criterion_the_other_stands_for_both():
    it = a_case("zero")
    it["criteria"]["sf_high"]["reference"] = 5
    *_, table = whole(it, *country(eight()))
    rows_ = table[table["kind"] == "criterion_left_out"].set_index("changed")
    economy, population = rows_.loc["economy_improving"], rows_.loc["population_improving"]
    # The ninth has no economy: population says A in its place.
    assert economy["moves"] == (
        "mixed to A 1; mixed to B 1; mixed to C 1; mixed to D 1; undetermined to A 1"
    )
    assert [economy[name] for name in TYPES] == [3, 2, 2, 2, 0, 0]
    assert [population[name] for name in TYPES] == [2, 2, 2, 2, 0, 1]
    for record in (economy, population):
        assert (record["units_changed"], record["share_changed"]) == (4, 50)
        assert record["which"] == "004;005;006;007"
    sf = rows_.loc["sf_high"]
    assert sf["moves"] == "A or B: 2; C or D: 2"
    assert (sf["units_changed"], sf["share_changed"], sf["mixed"], sf["undetermined"]) == (
        4,
        50,
        4,
        1,
    )
    assert sf[["A", "B", "C", "D"]].isna().all()
    assert list(table.columns) == COLUMNS


def test_more_than_twenty_units_are_cut_with_their_number():
    it = a_case("zero")
    it["criteria"]["sf_high"]["reference"] = 5
    *_, table = whole(it, *country(eight(times=6)))
    which = table["which"].iloc[1]
    assert which.count(";") == 19
    assert which.endswith(" and 4 more")
    assert table["units_changed"].iloc[1] == 24


def test_references_without_units_say_so_and_are_not_available():
    held, units = country(eight())
    it = a_case("zero")
    it["criteria"]["sf_high"]["reference"] = 5
    it["criteria"]["population_improving"] |= {
        "reference": "national_aggregate",
        "aggregate": {"by": "published_total"},
    }
    published = [
        row("X0", "people", f"{year}-01-01", value, level="country")
        for year, value in (("2005", 1000), ("2014", 1000), ("2015", 1000))
    ]
    with_total = figures([*pd.concat(held._groups.values()).to_dict("records"), *published])
    it["indicators"]["varun"] = {"definition": "not_available", "because": "never published"}
    *_, table = whole(it, with_total, units)
    left = table[table["kind"] == "unit_left_out"]
    assert list(left["changed"]) == list(NAMES)
    assert not left["available"].any()
    assert list(left["reason"]) == [
        "the reference is the number 5, no unit goes into it",
        "the indicator cannot be had: never published",
        "the reference is published, no unit goes into it",
    ]
    # Nothing has a type then, and no share of nothing is claimed.
    assert table["share_changed"].isna().all()


# --- sensitivity: grids -----------------------------------------------------------------------------


def choices_table(able):
    """A table of choices: (criterion, definition, window, reference) -> reason; order as given."""
    keys = ["criterion", "definition", "window", "reference"]
    table = pd.DataFrame(
        [(*key, reason) for key, reason in able.items()], columns=[*keys, "reason"]
    )
    table["available"] = table["reason"] == ""
    table["own"] = ~table.duplicated("criterion")
    return choices.Choices(table, np.zeros((len(table), 0), dtype=np.int8), ())


def made_choices(economy=None, windows=("as_asked", "w1", "w2")):
    """Two definitions of sf, ``economy`` as definition -> references, one of population."""
    definitions = {
        "sf_high": {"nat": ["zero", "mean"], "origin": ["zero", "mean"]},
        "economy_improving": economy
        or {"points": ["zero", "mean", "median"], "level": ["mean", "median"]},
        "population_improving": {"people": ["zero", "mean"]},
    }
    return {
        (criterion, name, window, reference): ""
        for criterion, named in definitions.items()
        for window in windows
        for name, references in named.items()
        for reference in references
    }


def combinations(evaluated, output):
    """A table of combinations whose numbers of units are ``output(row)``; half of 100 units agree."""
    combined = schemes.combinations_of(evaluated)
    none = pd.DataFrame({"unit": [], "name": [], "region": [], "type": []})
    _, table = schemes.scheme_map(evaluated, combined, none, False)
    for name in TYPES:
        table[name] = 0
    table["A"] = [output(record) for record in table.to_dict("records")]
    table["undetermined"] = 100 - table["A"]
    table["agreeing"] = 50
    return table


def test_a_grid_keeps_what_can_be_had_throughout_and_says_what_is_left_out():
    able = made_choices()
    able["sf_high", "origin", "w2", "zero"] = able["sf_high", "origin", "w2", "mean"] = "no 2003"
    able["sf_high", "nat", "w1", "zero"] = "nothing to compare"
    for window in ("as_asked", "w1", "w2"):
        able["economy_improving", "income", window, "mean"] = "never published"
    grid = sensitivity.grid_of(choices_table(able))
    assert grid.levels == {
        "window": ["as_asked", "w1"],
        "sf_definition": ["nat", "origin"],
        "sf_scheme": ["mean"],
        "varun_definition": ["points", "level"],
        "varun_scheme": ["mean", "median"],
        "varni_definition": ["people"],
        "varni_scheme": ["zero", "mean"],
    }
    assert grid.left_out.to_numpy().tolist() == [
        ["window", "w2", "origin cannot be had in it"],
        ["sf_scheme", "zero", "nat cannot be compared with it throughout"],
        ["varun_definition", "income", "never published"],
        ["varun_scheme", "zero", "level cannot be compared with it throughout"],
    ]


def test_definitions_without_a_common_reference_are_one_factor_with_it():
    able = made_choices({"points": ["zero", "mean"], "level": ["median"]})
    able["economy_improving", "points", "w1", "mean"] = "no figures"
    evaluated = choices_table(able)
    grid = sensitivity.grid_of(evaluated)
    joined = "varun_definition+varun_scheme"
    assert grid.levels[joined] == ["points / zero", "level / median"]
    assert ["varun_definition+varun_scheme", "points / mean", "not in all windows kept"] in (
        grid.left_out.to_numpy().tolist()
    )
    table, _ = sensitivity.sensitivity(
        evaluated,
        combinations(evaluated, lambda r: 10 if r["varun_definition"] == "level" else 4),
        1,
        64,
    )
    own = table[(table["output"] == "A")].set_index("factor")
    assert own.loc[joined, ["first_order_exact", "total_exact"]].tolist() == [1, 1]
    assert (own.drop(joined)["total_exact"] == 0).all()
    assert own["variance"].eq(9).all()


def test_a_criterion_that_cannot_be_measured_leaves_no_grid():
    able = made_choices()
    for key in able:
        if key[0] == "population_improving":
            able[key] = "not published"
    evaluated = choices_table(able)
    table, left_out = sensitivity.sensitivity(evaluated, combinations(evaluated, len), 1, 64)
    assert table.empty
    assert ["varni_definition", "people", "not published"] in left_out.to_numpy().tolist()


# --- sensitivity: indices ---------------------------------------------------------------------------

STEPS = {"as_asked": 0, "w1": 6, "w2": 12}


def indices(output, seed=7, samples=1024):
    evaluated = choices_table(made_choices())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return sensitivity.sensitivity(evaluated, combinations(evaluated, output), seed, samples)


def test_an_additive_output_has_indices_that_add_up_to_one():
    def additive(record):
        return STEPS[record["window"]] + 4 * (record["sf_definition"] == "origin")

    table, left_out = indices(additive)
    own = table[table["output"] == "A"].set_index("factor")
    # Var of 0, 6, 12 is 24; of 0, 4 is 4.
    assert own.loc["window", "first_order_exact"] == pytest.approx(24 / 28)
    assert own.loc["sf_definition", "first_order_exact"] == pytest.approx(4 / 28)
    assert own["first_order_exact"].sum() == pytest.approx(1)
    assert (own["first_order_exact"] - own["total_exact"]).abs().max() < 1e-9
    assert (own.drop(["window", "sf_definition"])["total_exact"] == 0).all()
    assert own["variance"].eq(28).all()
    assert own.loc["window", "levels"] == 3
    assert own.loc["window", "level_names"] == "as_asked;w1;w2"
    said = left_out.set_index("factor").loc["varni_definition"].tolist()
    assert said == ["people", "the only level, so nothing varies"]


def test_a_pure_interaction_is_in_the_totals_alone():
    def interaction(record):
        same = (record["sf_definition"] == "nat") == (record["varni_scheme"] == "zero")
        return 10 if same else 0

    table, _ = indices(interaction)
    own = table[table["output"] == "A"].set_index("factor")
    assert (own["first_order_exact"] == 0).all()
    assert own.loc[["sf_definition", "varni_scheme"], "total_exact"].tolist() == [1, 1]
    assert (own.drop(["sf_definition", "varni_scheme"])["total_exact"] == 0).all()


def test_an_output_that_never_varies_has_no_indices_and_says_so():
    table, _ = indices(lambda record: STEPS[record["window"]])
    still = table[table["output"].isin(["B", "share_kept"])]
    assert (still["remark"] == "the same in all combinations").all()
    assert still["variance"].eq(0).all()
    named = ["first_order", "first_order_confidence", "total", "total_confidence"]
    assert still[[*named, "first_order_exact", "total_exact"]].isna().all(axis=None)
    assert (table[table["output"] == "A"]["remark"] == "").all()
    assert table[table["output"] == "A"][named].notna().all(axis=None)


def test_the_share_kept_has_the_variance_of_percent():
    evaluated = choices_table(made_choices())
    made = combinations(evaluated, lambda record: 0)
    # Of 100 units 10, 30 and 50 keep their type, by window.
    made["agreeing"] = made["window"].map({"as_asked": 10, "w1": 30, "w2": 50})
    table, _ = sensitivity.sensitivity(evaluated, made, 3, 64)
    own = table[table["output"] == "share_kept"].set_index("factor")
    assert own["variance"].tolist() == pytest.approx([800 / 3] * len(own))
    assert own.loc["window", "first_order_exact"] == 1


def test_the_estimates_agree_with_the_whole_grid_and_with_themselves():
    table_of = np.random.default_rng(5).integers(0, 90, 3 * 2 * 2 * 2 * 2 * 2).tolist()
    numbers = iter(table_of)
    cells = {}

    def uneven(record):
        key = tuple(
            v for k, v in record.items() if k == "window" or k.endswith(("definition", "reference"))
        )
        if key not in cells:
            cells[key] = next(numbers, 0)
        return STEPS[record["window"]] * 3 + cells[key] // 2

    table, _ = indices(uneven)
    own = table[table["output"] == "A"]
    for part in ("first_order", "total"):
        gap = (own[part] - own[f"{part}_exact"]).abs()
        assert (gap <= 2 * own[f"{part}_confidence"]).all()
    assert 0 < own["first_order_exact"].sum() < 1 < own["total_exact"].sum()
    cells.clear()
    numbers = iter(table_of)
    again, _ = indices(uneven)
    pd.testing.assert_frame_equal(table, again)
    other, _ = indices(uneven, seed=8)
    assert not np.allclose(own["total"], other.loc[other["output"] == "A", "total"], atol=1e-6)
    pd.testing.assert_series_equal(own["total_exact"], other.loc[own.index, "total_exact"])


def test_the_seed_nought_is_a_seed():
    first, _ = indices(lambda record: STEPS[record["window"]], seed=0, samples=64)
    again, _ = indices(lambda record: STEPS[record["window"]], seed=0, samples=64)
    pd.testing.assert_frame_equal(first, again)


@settings(max_examples=30)
@given(
    shape=st.lists(st.integers(2, 4), min_size=1, max_size=3),
    data=st.data(),
)
def test_exact_indices_keep_the_rules_of_sums(shape, data):
    count = math.prod(shape)
    listed = data.draw(st.lists(st.integers(0, 50), min_size=count, max_size=count))
    values = np.array(listed, dtype=float).reshape(shape)
    found = sensitivity.exact_indices(values)
    first, total = found["first_order_exact"], found["total_exact"]
    if len(set(listed)) == 1:
        assert np.isnan(first).all()
        assert np.isnan(total).all()
        return
    assert first.sum() <= 1 + 1e-12 <= total.sum() + 2e-12
    assert (first >= 0).all()
    assert (total >= first - 1e-12).all()
    # Relabelled levels, another scale and another origin leave the indices as they are.
    turned = sensitivity.exact_indices(7 - 3 * values[::-1])
    np.testing.assert_allclose(turned["total_exact"], total, atol=1e-12)
    np.testing.assert_allclose(turned["first_order_exact"], first, atol=1e-12)
