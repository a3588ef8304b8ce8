"""What must hold for any country: order, shifts, scales, mergers, and tables written to disk."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pandas as pd
from build import (
    VARIABLES,
    aggregated,
    case,
    changes,
    classified,
    criteria,
    figures,
    observations,
    row,
    rows,
    three,
    towns,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from smstra import csvio, exact, geography

SOME = settings(max_examples=15)
MANY = settings(max_examples=100)
SCHEMES = st.sampled_from(
    [
        "zero",
        "national_aggregate",
        "national_median",
        "national_mean",
        "region_aggregate",
        "region_median",
        "region_mean",
    ]
)

TENTHS = st.integers(0, 300)
TOWN = st.fixed_dictionaries(
    {
        "people": st.tuples(st.integers(100, 9_999), st.integers(100, 9_999)),
        "foreign": st.integers(0, 100),
        "rate": st.tuples(TENTHS, TENTHS),
        "region": st.sampled_from(["R1", "R2"]),
    }
)
COUNTRY = st.lists(TOWN, min_size=2, max_size=8)


def code(number):
    return f"{number:03d}"


def made(country, factor=1, shifts=(0, 0)):
    """Figures of a country and its units; rates are tenths, so that equal ones are equal."""
    table = []
    for number, town in enumerate(country):
        unit = code(number)
        for year, people, rate, shift in zip(
            ("2005", "2014"), town["people"], town["rate"], shifts, strict=True
        ):
            table.append(row(unit, "people", f"{year}-01-01", people * factor))
            table.append(row(unit, "rate", year, (rate + shift) / 10))
        table.append(row(unit, "foreign", "2005-01-01", town["foreign"] * factor))
    regions = {}
    for number, town in enumerate(country):
        regions.setdefault(town["region"], []).append(code(number))
    return table, towns(regions)


def typology(table, units, scheme):
    it = case(indicators=three(), criteria=criteria(scheme))
    return classified(it, table, units)[2]


@SOME
@given(country=COUNTRY, scheme=SCHEMES, seed=st.integers(0, 999))
def test_other_codes_and_another_order_of_units_change_no_value_and_no_type(country, scheme, seed):
    before = typology(*made(country), scheme)
    places = list(range(len(country)))
    random.Random(seed).shuffle(places)
    shuffled = [country[place] for place in places]
    table, units = made(shuffled)
    random.Random(seed + 1).shuffle(table)
    after = typology(table, units, scheme)
    same = [c for c in before if c not in ("unit", "name")]
    expected = before.iloc[places].reset_index(drop=True)
    pd.testing.assert_frame_equal(after[same], expected[same], check_exact=True)


@SOME
@given(
    country=COUNTRY,
    scheme=st.sampled_from(["national_aggregate", "national_median", "region_median"]),
    shift=st.integers(1, 400),
)
def test_a_constant_added_to_every_rate_of_every_year_changes_no_answer(country, scheme, shift):
    before = typology(*made(country), scheme)
    after = typology(*made(country, shifts=(shift, shift)), scheme)
    assert after["economy_improving"].tolist() == before["economy_improving"].tolist()
    assert after["type"].tolist() == before["type"].tolist()


@SOME
@given(
    country=COUNTRY,
    scheme=st.sampled_from(["national_aggregate", "national_median"]),
    shifts=st.tuples(TENTHS, TENTHS),
)
def test_a_rise_of_every_rate_in_one_year_changes_the_values_and_no_relative_answer(
    country, scheme, shifts
):
    before = typology(*made(country), scheme)
    after = typology(*made(country, shifts=shifts), scheme)
    assert after["economy_improving"].tolist() == before["economy_improving"].tolist()
    moved = (shifts[1] - shifts[0]) / 10
    for old, new in zip(before["varun"], after["varun"], strict=True):
        assert math.isclose(new - old, moved, abs_tol=1e-9)


@SOME
@given(country=COUNTRY, scheme=SCHEMES, factor=st.integers(2, 1000))
def test_all_counts_times_a_factor_leave_shares_changes_and_types_exactly_as_they_were(
    country, scheme, factor
):
    before = typology(*made(country), scheme)
    after = typology(*made(country, factor=factor), scheme)
    exactly = ["sf", "varni", "sf_reference", "varni_reference", "type", "cell", "flags"]
    pd.testing.assert_frame_equal(after[exactly], before[exactly], check_exact=True)


@SOME
@given(country=COUNTRY, scheme=SCHEMES)
def test_values_and_national_aggregates_are_those_of_exact_fractions(country, scheme):
    table = typology(*made(country), scheme)
    for record, town in zip(table.to_dict("records"), country, strict=True):
        first, last = town["people"]
        assert math.isclose(record["sf"], Fraction(100 * town["foreign"], first), rel_tol=1e-12)
        varni = Fraction(100 * (last - first), first)
        assert math.isclose(record["varni"], varni, rel_tol=1e-9, abs_tol=1e-9)
        varun = Fraction(town["rate"][1] - town["rate"][0], 10)
        assert math.isclose(record["varun"], varun, abs_tol=1e-9)
    if scheme == "national_aggregate":
        first, last = (sum(town["people"][i] for town in country) for i in (0, 1))
        foreign = sum(town["foreign"] for town in country)
        found = table.iloc[0]
        assert math.isclose(found["sf_reference"], Fraction(100 * foreign, first), rel_tol=1e-12)
        varni = Fraction(100 * (last - first), first)
        assert math.isclose(found["varni_reference"], varni, rel_tol=1e-9, abs_tol=1e-9)
        means = [
            Fraction(sum(t["rate"][i] * t["people"][i] for t in country), 10)
            / sum(t["people"][i] for t in country)
            for i in (0, 1)
        ]
        assert math.isclose(found["varun_reference"], means[1] - means[0], abs_tol=1e-9)


@SOME
@given(
    country=COUNTRY,
    scheme=SCHEMES,
    cut=st.tuples(*[st.integers(0, 100)] * 3),
    keeps_code=st.booleans(),
    years=st.sampled_from([("2005", "2014"), ("2005",)]),
)
def test_a_unit_that_was_two_before_its_merger_has_the_figures_of_the_one(
    country, scheme, cut, keeps_code, years
):
    """Unit 000 was published as two parts (in both years or only before it merged)."""
    table, units = made(country)
    parts = ("000" if keeps_code else "p1", "p2")
    before, split = [], []
    for figure in table:
        year = figure["date"][:4]
        place = {"geography": "inv@2004-01-01" if year in years else "inv@2018-01-01"}
        before.append({**figure, "geography": "inv@2018-01-01"})
        kind = VARIABLES[figure["variable"]]["kind"]
        if figure["unit"] != "000" or kind != "count" or year not in years:
            # Rates cannot be split; they are published for the merged unit.
            place = place if kind == "count" else {"geography": "inv@2018-01-01"}
            split.append({**figure, **place})
            continue
        share = int(figure["value"]) * cut[len(split) % 3] // 100
        for part, value in zip(parts, (share, figure["value"] - share), strict=True):
            split.append({**figure, **place, "unit": part, "value": float(value)})
    merger = changes(*((part, "000", "2010-01-01") for part in parts))
    block = case()["geography"]
    found = []
    for made_, changed in ((before, changes()), (split, merger)):
        held = geography.harmonise(observations(made_), units, changed, block, VARIABLES)
        it = case(indicators=three(), criteria=criteria(scheme))
        found.append(classified(it, figures(held.to_dict("records")), units))
    for one, two in zip(*found, strict=True):
        pd.testing.assert_frame_equal(one, two, check_exact=True)


@SOME
@given(values=st.lists(st.integers(0, 10**6), min_size=2, max_size=7), data=st.data())
def test_mergers_in_any_number_of_steps_conserve_the_total(values, data):
    """Units merge one after another, under new codes or that of a part."""
    here = [code(number) for number in range(len(values))]
    table = rows("people", "2001-01-01", dict(zip(here, values, strict=True)))
    table = [{**figure, "geography": "inv@2001-01-01"} for figure in table]
    changed = []
    for step in range(data.draw(st.integers(0, len(values) - 1), label="steps")):
        olds = data.draw(st.permutations(here), label="who")[:2]
        new = data.draw(st.sampled_from([f"n{step}", olds[0]]), label="code")
        changed += [(old, new, f"{2002 + step}-01-01") for old in olds]
        here = sorted({*here, new} - ({*olds} - {new}))
    block = case()["geography"]
    held = geography.harmonise(
        observations(table), towns({"R1": here}), changes(*changed), block, VARIABLES
    )
    assert held["unit"].tolist() == here
    assert held["value"].sum() == sum(values)
    assert held["parts"].sum() == len(values)


@SOME
@given(country=COUNTRY, cut=st.integers(1, 7))
def test_the_country_is_the_mean_of_its_regions_weighted_by_their_inhabitants(country, cut):
    table, _ = made(country)
    codes = [code(number) for number in range(len(country))]
    cut = min(cut, len(codes) - 1)
    units = towns({"R1": codes[:cut], "R2": codes[cut:]})
    it = case(indicators={"it": three()["sf"]})
    sums = {"by": "sum_of_counts"}
    regions = aggregated(it, table, units, sums, by_region=True)
    weights = {
        "R1": sum(town["people"][0] for town in country[:cut]),
        "R2": sum(town["people"][0] for town in country[cut:]),
    }
    mean = sum(regions[r] * weights[r] for r in weights) / sum(weights.values())
    assert math.isclose(aggregated(it, table, units, sums)["X0"], mean, rel_tol=1e-12)


# --- sums and tables --------------------------------------------------------------------------------

FLOATS = st.floats(-1e12, 1e12) | st.sampled_from([0.1, 0.2, 0.3, 1e16, -1e16, 1e-12])


@MANY
@given(values=st.lists(FLOATS, min_size=1, max_size=12), seed=st.integers(0, 999))
def test_sums_and_means_do_not_depend_on_the_order_of_their_terms(values, seed):
    other = values[:]
    random.Random(seed).shuffle(other)
    assert exact.exact_sum(other) == exact.exact_sum(values)
    assert exact.exact_mean(other) == exact.exact_mean(values)
    assert exact.exact_sum(values) == float(sum(map(Fraction, values)))


@MANY
@given(
    pairs=st.lists(st.tuples(st.integers(-999, 999), st.integers(1, 999)), min_size=1, max_size=9)
)
def test_a_weighted_mean_is_that_of_exact_fractions_in_any_order(pairs):
    values, weights = zip(*pairs, strict=True)
    found = exact.weighted_mean(values, weights)
    assert found == float(Fraction(sum(v * w for v, w in pairs), sum(weights)))
    assert found == exact.weighted_mean(values[::-1], weights[::-1])


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=8)
CELL = TEXT | st.sampled_from(["007", "02000", 'a,"b"', " x ", "NA", "nan", "1e5", "true", "#", ""])
NUMBER = st.floats(allow_nan=False) | st.none() | st.integers(-(2**53), 2**53).map(float)


@MANY
@given(
    lines=st.lists(st.tuples(CELL, NUMBER, st.sampled_from([True, False, None]), CELL), max_size=6)
)
def test_a_table_read_back_has_every_text_number_and_answer_that_was_written(
    tmp_path_factory, lines
):
    columns = ["unit", "value", "sf_high", "note"]
    table = pd.DataFrame(lines, columns=columns)
    path = tmp_path_factory.mktemp("t") / "t.csv"
    csvio.write(table, path)
    found = csvio.read(path)
    assert list(found) == columns
    assert found["unit"].tolist() == [line[0] for line in lines]
    assert found["note"].tolist() == [line[3] for line in lines]
    assert found["sf_high"].tolist() == [line[2] for line in lines]
    values = [None if math.isnan(v) else v for v in found["value"]]
    assert values == [line[1] for line in lines]
    raw = path.read_bytes()
    csvio.write(found, path)
    assert path.read_bytes() == raw
