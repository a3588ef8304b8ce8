"""Units, changes of units, and series brought to one dated geography."""

from __future__ import annotations

import csv
from collections import defaultdict

import pandas as pd
import pytest
from build import (
    DAY,
    ROOT,
    SNAPSHOTS,
    VARIABLES,
    case,
    changes,
    figures,
    observations,
    row,
    rows,
    towns,
)

from smstra import config, geography
from smstra.errors import GeographyError
from smstra.sources.registers import join_registers, load_frame, read_changes
from smstra.sources.tables import read_observations

Crosswalk = geography.Crosswalk
# Codes: a and b merge into m in 2019, which merges with c into z in 2025.
CHAIN = (
    ("a", "m", "2019-01-01"),
    ("b", "m", "2019-01-01"),
    ("m", "z", "2025-01-01"),
    ("c", "z", "2025-01-01"),
)
ABSORBED = (("a", "a", "2019-01-01"), ("b", "a", "2019-01-01"))


# --- crosswalks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "start", "end", "pairs"),
    [
        ([("a", "b", "2019-01-01")], "2018-01-01", "2019-01-01", {"a": "b"}),
        ([("a", "b", "2019-01-01")], "2019-01-01", "2025-01-01", {}),
        ([("a", "b", "2019-01-01")], "2017-01-01", "2018-12-31", {}),
        (CHAIN, "2018-01-01", "2019-01-01", {"a": "m", "b": "m"}),
        (CHAIN, "2019-01-01", "2025-01-01", {"m": "z", "c": "z"}),
        (CHAIN, "2018-01-01", "2025-01-01", {"a": "z", "b": "z", "c": "z"}),
        (ABSORBED, "2018-01-01", "2019-01-01", {"a": "a", "b": "a"}),
        (
            (*ABSORBED, ("a", "a", "2025-01-01"), ("c", "a", "2025-01-01")),
            "2018-01-01",
            "2025-01-01",
            {"a": "a", "b": "a", "c": "a"},
        ),
        (
            (*ABSORBED, ("a", "z", "2025-01-01"), ("c", "z", "2025-01-01")),
            "2018-01-01",
            "2025-01-01",
            {"a": "z", "b": "z", "c": "z"},
        ),
        (
            # A town born under a new code absorbs another without changing that code again.
            [("a", "m", "2019-01-01"), ("m", "m", "2025-01-01"), ("c", "m", "2025-01-01")],
            "2018-01-01",
            "2025-01-01",
            {"a": "m", "c": "m"},
        ),
        (
            [("a", "b", "2019-01-01"), ("b", "a", "2019-01-01")],
            "2018-01-01",
            "2019-01-01",
            {"a": "b", "b": "a"},
        ),
        (
            # Two towns swap codes; later the one that then has code b takes another.
            [("a", "b", "2019-01-01"), ("b", "a", "2019-01-01"), ("b", "d", "2025-01-01")],
            "2018-01-01",
            "2025-01-01",
            {"a": "d", "b": "a"},
        ),
        (
            # Code a is given to another town on the day on which its first owner leaves it.
            [("a", "b", "2019-01-01"), ("x", "a", "2019-01-01"), ("a", "y", "2025-01-01")],
            "2018-01-01",
            "2025-01-01",
            {"a": "b", "x": "y"},
        ),
        (CHAIN, "2019-01-01", "2019-01-01", {}),
    ],
)
def test_a_crosswalk_maps_exactly_the_codes_of_the_first_day_that_change(made, start, end, pairs):
    assert Crosswalk.between(start, end, changes(*made)).pairs == pairs


def test_the_way_back_in_time_has_the_pairs_of_the_way_forth():
    back = Crosswalk.between("2025-01-01", "2018-01-01", changes(*CHAIN))
    assert back.pairs == {"a": "z", "b": "z", "c": "z"}
    assert not back.forward
    assert Crosswalk.between("2019-01-01", "2019-01-01", changes(*CHAIN)).forward


# --- harmonising invented towns ---------------------------------------------------------------


def brought(made, units, changed, date):
    block = case(geography={"date": date})["geography"]
    codes = towns({"R1": units})
    table = geography.harmonise(observations(made), codes, changes(*changed), block, VARIABLES)
    return {(r["unit"], r["variable"], r["date"][:4]): r for r in table.to_dict("records")}


def at(day):
    return {"geography": f"inv@{day}"}


def test_a_chain_of_mergers_sums_the_counts_of_each_years_own_units():
    made = [
        *rows("people", "2018-01-01", {"a": 1, "b": 20, "c": 300}, **at("2018-01-01")),
        *rows("people", "2019-01-01", {"m": 22, "c": 301}, **at("2019-01-01")),
        *rows("people", "2025-01-01", {"z": 400}, **at("2025-01-01")),
    ]
    found = brought(made, ["z"], CHAIN, "2025-01-01")
    assert {key: r["value"] for key, r in found.items()} == {
        ("z", "people", "2018"): 321,
        ("z", "people", "2019"): 323,
        ("z", "people", "2025"): 400,
    }
    first = found["z", "people", "2018"]
    assert (first["parts"], first["conversion"], first["row"]) == (3, "sum", "2+3+4")
    assert first["territory"] == "z"
    assert first["geography"] == "inv@2025-01-01"
    assert found["z", "people", "2025"]["conversion"] == "none"


def test_an_absorption_under_the_same_code_is_summed_forward():
    made = rows("people", "2018-01-01", {"a": 10, "b": 5, "c": 7}, **at("2018-01-01"))
    found = brought(made, ["a", "c"], ABSORBED, "2019-01-01")
    assert found["a", "people", "2018"]["value"] == 15
    assert found["a", "people", "2018"]["parts"] == 2
    assert found["c", "people", "2018"]["value"] == 7
    assert found["c", "people", "2018"]["conversion"] == "none"


@pytest.mark.parametrize(
    ("start", "end"), [("2018-01-01", "2019-01-01"), ("2019-01-01", "2018-01-01")]
)
def test_towns_that_swap_codes_keep_their_own_figures_in_both_directions(start, end):
    swap = [("a", "b", "2019-01-01"), ("b", "a", "2019-01-01")]
    made = rows("people", "2018-01-01", {"a": 10, "b": 5}, **at(start))
    found = brought(made, ["a", "b"], swap, end)
    assert found["a", "people", "2018"]["value"] == 5
    assert found["b", "people", "2018"]["value"] == 10
    assert {r["conversion"] for r in found.values()} == {"recode"}
    assert found["a", "people", "2018"]["territory"] == "a"


def test_a_recode_is_carried_backward_as_the_same_town():
    made = [row("new", "price", "2020", 7, **at("2019-01-01"))]
    found = brought(made, ["old"], [("old", "new", "2019-01-01")], "2018-01-01")
    only = found["old", "price", "2020"]
    assert (only["value"], only["conversion"], only["territory"]) == (7, "recode", "old")


@pytest.mark.parametrize("variable", ["people", "rate", "price"])
def test_each_part_of_a_later_merger_gets_the_merged_units_figure_marked(variable):
    made = [row("a", variable, "2020-01-01", 15, **at("2019-01-01"))]
    found = brought(made, ["a", "b"], ABSORBED, "2018-01-01")
    for part in ("a", "b"):
        got = found[part, variable, "2020"]
        assert (got["value"], got["conversion"], got["territory"]) == (
            15,
            "merged_unit",
            "a@2019-01-01",
        )


def test_a_sum_without_all_its_parts_is_empty_and_says_incomplete():
    made = [
        row("a", "people", "2018-01-01", 10, **at("2018-01-01")),
        *rows("people", "2017-01-01", {"a": 10, "b": None}, **at("2018-01-01")),
        *rows("people", "2016-01-01", {"a": 10, "b": 0}, **at("2018-01-01")),
    ]
    found = brought(made, ["a"], ABSORBED, "2019-01-01")
    for year in ("2018", "2017"):
        assert pd.isna(found["a", "people", year]["value"])
        assert found["a", "people", year]["status"] == "incomplete"
    assert found["a", "people", "2016"]["value"] == 10
    assert found["a", "people", "2016"]["status"] == ""


def test_areas_are_summed_and_rates_and_medians_of_several_parts_are_not():
    made = [
        *rows("rate", "2018", {"a": 4, "b": 6, "c": 8}, **at("2018-01-01")),
        *rows("price", "2018", {"a": 100, "b": 300}, **at("2018-01-01")),
        *rows("area", "2018", {"a": 1.5, "b": 2.25}, **at("2018-01-01")),
    ]
    found = brought(made, ["a", "c"], ABSORBED, "2019-01-01")
    for variable in ("rate", "price"):
        assert pd.isna(found["a", variable, "2018"]["value"])
        assert found["a", variable, "2018"]["status"] == "not_summable"
    assert found["a", "area", "2018"]["value"] == 3.75
    assert found["c", "rate", "2018"]["value"] == 8


def test_the_flags_of_all_parts_stand_at_the_sum():
    made = [
        row("a", "people", "2018-01-01", 1, status="e", **at("2018-01-01")),
        row("b", "people", "2018-01-01", 2, status="be", **at("2018-01-01")),
    ]
    assert brought(made, ["a"], ABSORBED, "2019-01-01")["a", "people", "2018"]["status"] == "be"


def test_a_merger_that_does_not_list_the_absorbing_unit_stops_with_the_remedy():
    made = rows("people", "2018-01-01", {"a": 10, "b": 5}, **at("2018-01-01"))
    with pytest.raises(GeographyError, match=r"unit a .*old = new"):
        brought(made, ["a"], [("b", "a", "2019-01-01")], "2019-01-01")


def test_the_same_figure_from_two_datasets_stops():
    made = [
        row("a", "people", "2018-01-01", 10),
        row("a", "people", "2018-01-01", 10, source="other@v1"),
    ]
    with pytest.raises(GeographyError, match=r"other@v1, table@v1"):
        brought(made, ["a"], [], DAY)


@pytest.mark.parametrize("day", ["2017-01-01", "2025-01-01"])
def test_a_code_that_is_no_unit_of_the_case_stops_and_is_named(day):
    made = rows("people", "2018-01-01", {"1001": 1, "1009": 1}, **at(day))
    with pytest.raises(GeographyError, match="unit 1009 of " + day):
        brought(made, ["1001"], [], DAY)


def test_the_message_on_a_strange_code_names_the_day_of_that_code():
    made = [
        row("1001", "people", "2016-01-01", 1, **at("2016-01-01")),
        row("1009", "people", "2017-01-01", 1, **at("2017-01-01")),
    ]
    with pytest.raises(GeographyError, match="unit 1009 of 2017-01-01"):
        brought(made, ["1001"], [], DAY)


def test_rows_of_the_areas_around_are_passed_on_and_those_of_others_left_out():
    units = towns({"R1": ["a"]}, big={"a": "XX1"})
    members = {"big": {"membership": "m", "country_unit": "XX"}}
    block = case(geography={"stand_in_levels": members})["geography"]
    made = [
        row("R1", "people", "2018-01-01", 1, level="region"),
        row("X0", "people", "2018-01-01", 2, level="country"),
        row("XX1", "people", "2018-01-01", 3, level="big", geography="nuts@2013-01-01"),
        row("XX", "people", "2018-01-01", 4, level="country", geography="nuts@2013-01-01"),
        row("YY1", "people", "2018-01-01", 5, level="big", geography="nuts@2013-01-01"),
        row("R9", "people", "2018-01-01", 6, level="region"),
    ]
    table = geography.harmonise(observations(made), units, changes(), block, VARIABLES)
    assert sorted(table["value"]) == [1, 2, 3, 4]
    assert set(table["conversion"]) == {"none"}
    assert set(table.loc[table["unit"] == "XX1", "geography"]) == {"nuts@2013-01-01"}


def test_refusing_a_split_names_the_units_the_dates_and_the_remedies():
    made = rows(
        "people", "2020-01-01", {"a": 9, "b": 9}, territory="m@2019-01-01", conversion="merged_unit"
    )
    held = figures(made).rows(["people"], "town")
    with pytest.raises(GeographyError) as caught:
        geography.refuse_split(held, "`indicators.it`", {"date": "2018-01-01"})
    text = str(caught.value)
    for piece in ("`indicators.it`", "2020-01-01", "(m)", "the 2 units", "after 2018-01-01"):
        assert piece in text
    assert "`geography.merged_later.counts: leave_empty`" in text


def test_towns_are_named_by_code_and_a_name_gets_its_code_as_a_hint():
    units = towns({"R1": ["001", "002"]})
    assert geography.towns_named(["002"], units, "`k`") == ["002"]
    with pytest.raises(GeographyError, match=r"the code of town 001 is '001'"):
        geography.towns_named(["town 001"], units, "`k`")
    with pytest.raises(GeographyError, match=r"did you mean '002'"):
        geography.towns_named(["0022"], units, "`k`")


# --- units of a case --------------------------------------------------------------------------


def register(*made):
    columns = ["unit", "level", "parent", "valid_from", "valid_to", "name_en", "name_xx"]
    return pd.DataFrame(
        [
            (unit, level, parent, *valid, f"{unit} in English", f"{unit} in Xish")
            for unit, level, parent, valid in made
        ],
        columns=columns,
    )


ALWAYS = ("1990-01-01", "9999-12-31")
COUNTY = ("C1", "county", "R1", ALWAYS)
REGIONS = (("R1", "region", "", ALWAYS), ("R2", "region", "", ALWAYS))
UNTIL_2018 = ("1990-01-01", "2018-12-31")


def units_of(made, members=None, **block):
    place = {**case()["geography"], "units": ["reg"], "names": {"default": "en"}, **block}
    return geography.units_of_case(register(*made), place, members or {})


def test_a_unit_gets_region_and_areas_by_its_chain_of_parents():
    made = [*REGIONS, COUNTY, ("b", "town", "C1", ALWAYS), ("a", "town", "R2", ALWAYS)]
    members = {"big": pd.DataFrame({"unit": ["a", "b"], "big": ["XX1", "XX2"]})}
    table = units_of(made, members, names={"default": "en", "by_region": {"R2": "xx"}})
    assert table["unit"].tolist() == ["a", "b"]
    assert table["region"].tolist() == ["R2", "R1"]
    assert table["county"].tolist() == ["", "C1"]
    assert table["big"].tolist() == ["XX1", "XX2"]
    assert table["name"].tolist() == ["a in Xish", "b in English"]
    assert table["region_name"].tolist() == ["R2 in Xish", "R1 in English"]
    assert set(table["country"]) == {"X0"}


@pytest.mark.parametrize(("day", "there"), [("2018-12-31", ["a"]), ("2019-01-01", ["b"])])
def test_both_days_of_a_validity_count(day, there):
    made = [
        *REGIONS,
        ("a", "town", "R1", UNTIL_2018),
        ("b", "town", "R1", ("2019-01-01", "9999-12-31")),
    ]
    assert units_of(made, date=day)["unit"].tolist() == there


@pytest.mark.parametrize(
    ("made", "block", "says"),
    [
        ([*REGIONS], {}, "no town on that day"),
        ([*REGIONS, ("a", "town", "C1", ALWAYS)], {}, "a lies in C1, which is not valid"),
        (
            [*REGIONS, ("C1", "county", "R1", UNTIL_2018), ("a", "town", "C1", ALWAYS)],
            {"date": "2020-01-01"},
            "a lies in C1, which is not valid on 2020-01-01",
        ),
        ([*REGIONS, ("a", "town", "", ALWAYS)], {}, "unit a lies in no region"),
        (
            [*REGIONS, ("a", "town", "R1", ALWAYS)],
            {"region_level": "land"},
            "unit a lies in no land",
        ),
        (
            [
                ("C1", "county", "C2", ALWAYS),
                ("C2", "shire", "C1", ALWAYS),
                ("a", "town", "C1", ALWAYS),
            ],
            {},
            "in a circle",
        ),
        (
            [*REGIONS, ("a", "town", "R1", ALWAYS)],
            {"names": {"default": "en", "by_region": {"R11": "xx"}}},
            r"'R11', which is not known \(did you mean 'R1'",
        ),
    ],
)
def test_units_that_do_not_hold_together_stop(made, block, says):
    with pytest.raises(GeographyError, match=says):
        units_of(made, **block)


def test_a_unit_outside_every_stand_in_area_stops():
    made = [*REGIONS, ("a", "town", "R1", ALWAYS), ("b", "town", "R1", ALWAYS)]
    members = {"big": pd.DataFrame({"unit": ["a"], "big": ["XX1"]})}
    with pytest.raises(GeographyError, match="units b lie in no big area"):
        units_of(made, members)


# --- the pinned tables of Belgium --------------------------------------------------------------

POPULATION = "statbel/population/2026-11-22/population.csv"
NATIONALITY = "statbel/population_by_nationality/2026-11-22/population_by_nationality.csv"
CHANGES = "statbel/municipality_changes/2026-11-22/municipality_changes.csv"
PRICES = "statbel/house_prices/2026-11-22/house_prices.csv"


def records(name):
    with (SNAPSHOTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def belgium():
    """Registers, changes and observations of the pinned Belgian tables, read once."""
    settings = config.load({"cases": ["be"]}, ROOT)
    datasets, pins = settings.datasets, settings.pins
    block = settings.cases["be"]["geography"]
    changed = read_changes(
        block["changes"],
        datasets[block["changes"]],
        load_frame(block["changes"], datasets, pins, ROOT),
    )
    units = join_registers(block["units"], block["changes"], datasets, pins, ROOT)
    tables = [
        read_observations(
            name, datasets[name], load_frame(name, datasets, pins, ROOT), settings.variables, units
        )
        for name in (
            "statbel_population",
            "statbel_population_by_nationality",
            "statbel_house_prices",
        )
    ]
    return {
        "block": block,
        "register": units,
        "changes": changed,
        "observations": pd.concat(tables),
        "variables": settings.variables,
    }


@pytest.fixture(scope="module")
def at_date(belgium):
    """Units and harmonised figures of Belgium at a date, each made once."""
    made = {}

    def get(date):
        if date not in made:
            block = {**belgium["block"], "date": date}
            units = geography.units_of_case(belgium["register"], block, {})
            table = geography.harmonise(
                belgium["observations"], units, belgium["changes"], block, belgium["variables"]
            )
            made[date] = units, table[table["level"] == "municipality"]
        return made[date]

    return get


@pytest.mark.parametrize(
    ("date", "number"),
    [("2018-01-01", 589), ("2019-01-01", 581), ("2024-01-01", 581), ("2025-01-01", 565)],
)
def test_the_units_of_a_day_are_the_codes_of_that_years_data(at_date, date, number):
    units, _ = at_date(date)
    published = [r["nis"] for r in records(POPULATION) if r["year"] == date[:4]]
    assert len(units) == number
    assert units["unit"].tolist() == sorted(published)
    assert set(units["region"]) == {"02000", "03000", "04000"}
    assert units["name"].str.len().min() > 0


@pytest.mark.parametrize("date", ["2018-01-01", "2019-01-01", "2025-01-01"])
@pytest.mark.parametrize(
    ("variable", "file", "column"),
    [
        ("residents", POPULATION, "population"),
        ("residents_national", NATIONALITY, "belgian"),
        ("residents_foreign", NATIONALITY, "foreign"),
    ],
)
def test_no_inhabitant_is_lost_or_doubled_in_any_year(at_date, date, variable, file, column):
    totals = defaultdict(int)
    for record in records(file):
        totals[record["year"]] += int(record[column])
    units, table = at_date(date)
    own = table[table["variable"] == variable]
    # A later merged unit stands once for each of its parts: count each territory once.
    once = own.drop_duplicates(["date", "territory"])
    assert {d[:4]: v for d, v in once.groupby("date")["value"].sum().items()} == totals
    assert set(totals) >= {str(year) for year in range(2009, 2026)}
    assert own["value"].notna().all()
    for day, group in own.groupby("date"):
        assert group["unit"].tolist() == units["unit"].tolist()
        if day <= date:
            assert group["value"].sum() == totals[day[:4]]
            assert set(group["conversion"]) <= {"none", "recode", "sum"}
    assert min(totals) == ("2000" if variable == "residents" else "2009")
    assert max(totals) == "2025"


@pytest.mark.parametrize("date", ["2018-01-01", "2019-01-01"])
def test_every_part_of_a_real_merger_has_the_merged_units_figure_of_2025(at_date, date):
    later = [r for r in records(CHANGES) if r["effective"] == "2025-01-01"]
    in_2025 = {r["nis"]: int(r["population"]) for r in records(POPULATION) if r["year"] == "2025"}
    _, table = at_date(date)
    now = table[(table["variable"] == "residents") & (table["date"] == "2025-01-01")]
    now = now.set_index("unit")
    for record in later:
        got = now.loc[record["old_nis"]]
        assert got["value"] == in_2025[record["new_nis"]]
        assert (got["conversion"], got["territory"]) == (
            "merged_unit",
            record["new_nis"] + "@2025-01-01",
        )
    merged_2019 = {r["old_nis"] for r in records(CHANGES) if r["kind"] == "merger"} & set(now.index)
    assert set(now.index[now["conversion"] == "merged_unit"]) == merged_2019


def test_every_real_recode_of_2019_is_followed_in_both_directions(at_date):
    recodes = [r for r in records(CHANGES) if r["kind"] == "recode"]
    by_year = {(r["year"], r["nis"]): int(r["population"]) for r in records(POPULATION)}
    assert len(recodes) == 11
    for date, code, other, year in (
        ("2018-01-01", "old_nis", "new_nis", "2020"),
        ("2019-01-01", "new_nis", "old_nis", "2017"),
    ):
        _, table = at_date(date)
        table = table[table["variable"] == "residents"].set_index(["unit", "date"])
        for record in recodes:
            got = table.loc[record[code], f"{year}-01-01"]
            assert got["value"] == by_year[year, record[other]]
            assert (got["conversion"], got["territory"]) == ("recode", record[code])


def test_real_mergers_are_summed_from_their_parts_row_by_row(at_date):
    parts_of = defaultdict(list)
    for record in records(CHANGES):
        if record["effective"] == "2025-01-01":
            parts_of[record["new_nis"]].append(record["old_nis"])
    by_year = {
        (r["year"], r["nis"]): (int(r["population"]), line)
        for line, r in enumerate(records(POPULATION), 2)
    }
    _, table = at_date("2025-01-01")
    table = table[table["variable"] == "residents"].set_index(["unit", "date"])
    assert len(parts_of) == 14
    for new, olds in parts_of.items():
        held = [by_year["2020", old] for old in olds]
        got = table.loc[new, "2020-01-01"]
        assert got["value"] == sum(value for value, _ in held)
        assert (got["parts"], got["conversion"]) == (len(olds), "sum")
        assert sorted(map(int, got["row"].split("+"))) == sorted(line for _, line in held)


def test_median_prices_of_2025_units_reach_their_former_parts_marked_and_unsummed(at_date):
    olds = {r["old_nis"]: r["new_nis"] for r in records(CHANGES) if r["effective"] > "2020"}
    published = {
        r["nis"]: r["median_price_eur"]
        for r in records(PRICES)
        if (r["year"], r["type"], r["level"]) == ("2020", "all_houses", "5")
    }
    _, table = at_date("2019-01-01")
    table = table[(table["variable"] == "median_price_all_houses")]
    table = table[table["date"] == "2020-01-01"].set_index("unit")
    for old, new in olds.items():
        assert table.loc[old, "value"] == float(published[new])
        assert table.loc[old, "conversion"] == "merged_unit"
    assert set(table.index[table["conversion"] == "merged_unit"]) == set(olds)


def test_the_way_from_2018_to_2025_is_the_way_over_2019_or_any_day_between(belgium):
    table = belgium["changes"]
    whole = Crosswalk.between("2018-01-01", "2025-01-01", table).pairs
    for between in ("2019-01-01", "2022-06-30"):
        first = Crosswalk.between("2018-01-01", between, table).pairs
        second = Crosswalk.between(between, "2025-01-01", table).pairs
        codes_2018 = {r["nis"] for r in records(POPULATION) if r["year"] == "2018"}
        for code in codes_2018:
            on_the_way = first.get(code, code)
            assert whole.get(code, code) == second.get(on_the_way, on_the_way)
    assert set(whole) <= codes_2018
