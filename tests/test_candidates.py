"""Candidates with their reasons, the user's own tables, places, and `smstra template`."""

from __future__ import annotations

import hashlib
import json
import math
import random
from pathlib import Path

import build
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smstra import cli, csvio
from smstra.errors import DataError, GeographyError, SmstraError, SnapshotError, SourceError
from smstra.selection import candidates, local, own_tables, places
from smstra.snapshots import describe

NAN = math.nan
CLASSES = [
    {"name": "big", "from": 1000},
    {"name": "thin", "from": 100, "below": 1000, "density_below": 50},
    {"name": "thick", "from": 100, "below": 1000},
    {"name": "tiny", "below": 100},
]
SIZES = {
    "inhabitants": {"variable": "people", "date": "2014-01-01"},
    "area": {"variable": "area", "date": "2014"},
    "classes": CLASSES,
}
ANY = {
    "types": ["A", "B", "C", "D", "mixed", "undetermined"],
    "size_classes": ["big", "thin", "thick", "tiny"],
    "unknown_size": "fail",
}
PERIOD = local.Period("2014-01-01", "2017-12-31", "2014-2017")
RECEPTION = {"period": ["2014", "2017"], "required": True, "not_listed": "unknown"}


def case(**block):
    return build.case(
        criteria=build.criteria("zero"),
        size_classes=SIZES,
        selection={"candidates": {**ANY, **block}},
    )


def typology(units, types=None, sizes=None, **columns):
    """A typology in which every town is an A of class thin, but for what is given by unit."""
    table = units[["unit", "name", "region"]].copy()
    table["type"] = [(types or {}).get(unit, "A") for unit in table["unit"]]
    table["size_class"] = [(sizes or {}).get(unit, "thin") for unit in table["unit"]]
    for column, usual in (("cell", ""), ("flags", ""), ("sf", 1.0), ("varun", 1.0), ("varni", 1.0)):
        table[column] = [columns.get(column, {}).get(unit, usual) for unit in table["unit"]]
    table[["sf_reference", "varun_reference", "varni_reference"]] = 0.0
    return table


def inhabited(units, people=None, area=None, later=None):
    """Figures of 200 people on 10 km2 in 2014 and 2019, but for what is given by unit (None: no row)."""
    made = []
    for variable, date, own, usual in (
        ("people", "2014-01-01", people or {}, 200),
        ("people", "2019-01-01", later or {}, 200),
        ("area", "2014", area or {}, 10),
    ):
        values = {unit: own.get(unit, usual) for unit in units["unit"]}
        made += build.rows(variable, date, {u: v for u, v in values.items() if v is not None})
    return build.figures(made)


def indicators(**by_name):
    """Rows of indicators.csv from name -> unit -> value."""
    rows = [
        {
            "unit": unit,
            "indicator": name,
            "value": value,
            "year_from": "2014",
            "year_to": "2020",
            "flags": "missing=foreign:no_row@2020" if math.isnan(value) else "",
        }
        for name, values in by_name.items()
        for unit, value in values.items()
    ]
    columns = ["unit", "indicator", "value", "year_from", "year_to", "flags"]
    return pd.DataFrame(rows, columns=columns)


def found(block, units=None, *, types=None, people=None, more=None, **tables):
    """The candidates by unit, of one region with the towns a and b if no others are given."""
    units = build.towns({"R": ["a", "b"]}) if units is None else units
    tables.setdefault("indicators", indicators())
    table = candidates.candidates(
        case(**block),
        tables.pop("typology", typology(units, types, **(more or {}))),
        units,
        tables.pop("figures", inhabited(units, people)),
        **tables,
    )
    return table.set_index("unit")


def own_table(kind, *rows):
    """A table of the user's as it is read, from tuples in the order of its columns without `source`."""
    columns = list(own_tables.TABLES[kind])
    table = pd.DataFrame([(*row, "a paper") for row in rows], columns=columns, dtype=object)
    table["from"] = table["from"].map(own_tables.day_from)
    table["to"] = table["to"].map(lambda day: own_tables.day_to(day) if day else "9999-12-31")
    return table.astype({"places": float}) if kind == "reception" else table


# --- candidates: the table ----------------------------------------------------------------------------


def test_every_unit_is_there_with_the_columns_in_their_order():
    units = build.towns({"R": ["c", "a"], "Q": ["b"]}).iloc[::-1]
    table = candidates.candidates(
        case(size_classes_also_at=["2019-01-01"]),
        typology(units),
        units,
        inhabited(units),
        indicators(),
    )
    checked = "type_check size_check arrivals_check reception_check region_check politics_check"
    assert " ".join(table.columns) == (
        "unit name region region_name type verdict typicality probability type_check size_class "
        "size_date inhabitants density size_class_2019 size_check arrivals_persons arrivals_points "
        "arrivals_check reception reception_places reception_check region_check tradition parties "
        "politics_check candidate reasons"
    )
    assert list(table["unit"]) == ["a", "b", "c"]
    assert list(table["region_name"]) == ["Region R", "Region Q", "Region R"]
    row = table.iloc[0]
    assert (row["inhabitants"], row["density"], row["size_date"]) == (200, 20, "2014-01-01")
    assert (row["verdict"], row["tradition"], row["parties"], row["reasons"]) == ("", "", "", "")
    assert np.isnan([row["typicality"], row["probability"], row["arrivals_persons"]]).all()
    assert (row["reception"], row["candidate"]) == ("unknown", "pass")
    assert row[checked.split()].tolist() == ["pass"] * 6


def test_the_table_comes_back_from_disk_as_it_was(tmp_path):
    table = found({"size_classes_also_at": ["2019-01-01"]}, people={"b": 205}).reset_index()
    csvio.write(table, tmp_path / "candidates.csv")
    again = csvio.read(tmp_path / "candidates.csv", candidates.NUMBERS)
    pd.testing.assert_frame_equal(again, table, check_dtype=False)


def test_verdicts_stand_beside_the_type_and_may_exclude():
    verdicts = pd.DataFrame(
        {
            "unit": ["b", "a"],
            "verdict": ["borderline", "robust"],
            "probability": [0.4321, 0.95],
            "typicality": [0.5, NAN],
        }
    )
    table = found({"verdicts": ["robust", "likely"]}, verdicts=verdicts)
    assert list(table["type_check"]) == ["pass", "fail"]
    assert list(table["typicality"].fillna(-1)) == [-1, 0.5]
    assert table.loc["b", "reasons"] == (
        "verdict borderline (probability of its type 0.432) is not among robust, likely"
    )
    table = found({"verdicts": ["robust"]}, verdicts=verdicts[verdicts["unit"] == "b"])
    assert table.loc["a", ["type_check", "candidate"]].tolist() == ["unknown", "fail"]
    assert table.loc["a", "reasons"] == (
        "verdict on the type unknown: robustness says none of this unit (the case makes unknown fail)"
    )
    assert list(found({}, verdicts=verdicts)["candidate"]) == ["pass", "pass"]


# --- candidates: type, size, density -------------------------------------------------------------------


def test_a_type_that_is_not_asked_for_fails_and_a_mixed_one_says_which_way():
    cell = {"b": "not_settled_economy_improving_population_declining"}
    table = found({"types": ["B", "C"]}, types={"b": "mixed"}, more={"cell": cell})
    assert list(table["type_check"]) == ["fail", "fail"]
    assert list(table["reasons"]) == [
        "type A is not among B, C",
        "type mixed (not settled, economy improving, population declining) is not among B, C",
    ]
    assert list(found({"types": ["A", "mixed"]}, types={"b": "mixed"})["candidate"]) == ["pass"] * 2


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        ("foreign:no_row@2005", "no row for foreign in 2005"),
        ("foreign:missing@2005", "an empty cell for foreign in 2005"),
        ("foreign:incomplete@2005", "an incomplete figure for foreign in 2005"),
        ("price:not_summable@2005", "parts that cannot be put together for price in 2005"),
        ("foreign:c@2005", "the flag c for foreign in 2005"),
        ("no_figures_at_this_level", "there are figures for larger areas only"),
    ],
)
def test_an_undetermined_type_says_which_input_is_missing_and_why(gap, words):
    more = {"sf": {"a": NAN}, "flags": {"a": f"varun:break=x;sf:missing={gap}"}}
    table = found({"types": ["A"]}, types={"a": "undetermined"}, more=more)
    assert table.loc["a", "reasons"] == (
        f"type undetermined (no value of sf: {words}) is not among A"
    )


def test_missing_inputs_are_told_as_the_typology_itself_flags_them():
    units = build.towns({"R": ["a", "b"], "Q": ["c"]})
    figures = build.figures(
        [
            *build.rows("people", "2005-01-01", {"a": 100, "b": 100, "c": 100}),
            *build.rows("people", "2014-01-01", {"a": 150, "b": 150, "c": 150}),
            *build.rows("foreign", "2005-01-01", {"a": 10, "b": None}),
            *build.rows("rate", "2005", {"a": 5, "b": 5, "c": 5}),
            *build.rows("rate", "2014", {"a": 4, "b": 4}),
            *build.rows("area", "2014", {"a": 10, "b": 10, "c": 10}),
        ]
    )
    case_ = {**case(types=["A"]), "indicators": build.three()}
    for entry in case_["indicators"].values():
        entry["max_year_gap"] = 0
    case_["criteria"] = build.criteria("zero")
    case_["criteria"]["sf_high"] = {
        "indicator": "sf",
        "holds_if": "at_least",
        "reference": "region_median",
    }
    values, _, types = build.classified(case_, figures, units)
    types.loc[types["unit"] == "b", "sf_reference"] = NAN
    table = candidates.candidates(
        {**case_, "selection": {"candidates": {**ANY, "types": ["A"]}}},
        types.assign(size_class="thin"),
        units,
        figures,
        values,
    ).set_index("unit")
    assert table["reasons"].to_dict() == {
        "a": "",
        "b": "type undetermined (no value of sf: an empty cell for foreign in 2005) is not among A",
        "c": "type undetermined (no value of sf: no row for foreign in 2005, no value of varun: no row "
        "for rate in 2014) is not among A",
    }


def test_a_missing_reference_is_told():
    more = typology(build.towns({"R": ["a"]}), {"a": "undetermined"})
    more["varni_reference"] = NAN
    table = found({"types": ["A"]}, build.towns({"R": ["a"]}), typology=more)
    assert table.loc["a", "reasons"] == (
        "type undetermined (no reference for varni) is not among A"
    )


def test_a_size_class_that_is_not_asked_for_is_told_with_its_figures():
    sizes = {"a": "big", "b": "thick"}
    units = build.towns({"R": ["a", "b"]})
    table = found(
        {"size_classes": ["thin", "tiny"]},
        units,
        figures=inhabited(units, {"a": 517042, "b": 999}, {"b": 7}),
        more={"sizes": sizes},
    )
    assert list(table["size_check"]) == list(table["candidate"]) == ["fail", "fail"]
    assert list(table["reasons"]) == [
        "size class big (2014: 517,042 inhabitants) is not among thin, tiny",
        "size class thick (2014: 999 inhabitants, 143 per km2) is not among thin, tiny",
    ]


@pytest.mark.parametrize(
    ("policy", "candidate", "end"),
    [
        ("fail", "fail", " (the case makes unknown fail)"),
        ("pass", "pass", " (the case lets unknown pass)"),
    ],
)
def test_an_unknown_size_counts_as_the_case_says(policy, candidate, end):
    units = build.towns({"R": ["a", "b", "c"]})
    table = found(
        {"unknown_size": policy},
        units,
        figures=inhabited(units, {"a": None, "c": -5}, {"b": None}),
        more={"sizes": dict.fromkeys("abc", "unknown")},
    )
    assert list(table["size_check"]) == ["unknown"] * 3
    assert list(table["candidate"]) == [candidate] * 3
    assert list(table["reasons"]) == [
        f"size class unknown: no number of inhabitants of 2014-01-01{end}",
        f"size class unknown: 200 inhabitants, and no area to tell the density by{end}",
        f"size class unknown: -5 inhabitants are in none of the classes{end}",
    ]


def test_the_class_at_another_date_is_a_remark_and_excludes_nobody():
    units = build.towns({"R": ["a", "b", "c"]})
    table = found(
        {"size_classes_also_at": ["2019-01-01"], "size_classes": ["thin"]},
        units,
        figures=inhabited(units, later={"a": 500, "c": None}),
    )
    assert list(table["size_class_2019"]) == ["thick", "thin", "unknown"]
    assert list(table["candidate"]) == ["pass"] * 3
    assert list(table["reasons"]) == [
        "size class thin in 2014, thick in 2019",
        "",
        "size class thin in 2014, unknown in 2019",
    ]


def test_a_date_that_the_sources_do_not_have_is_an_error():
    with pytest.raises(DataError, match="size_classes_also_at` asks for 'people' of 2021-01-01"):
        found({"size_classes_also_at": ["2021-01-01"]})


def test_density_is_asked_at_most_and_the_bound_itself_passes():
    units = build.towns({"R": ["a", "b", "c", "d"]})
    figures = inhabited(units, {"a": 300, "b": 300.1, "c": None}, {"d": None})
    for policy, candidate in (("pass", "pass"), ("fail", "fail")):
        table = found({"density": {"at_most": 30, "unknown": policy}}, units, figures=figures)
        assert list(table["size_check"]) == ["pass", "fail", "unknown", "unknown"]
        assert list(table["candidate"]) == ["pass", "fail", candidate, candidate]
    end = " (the case makes unknown fail)"
    assert list(table["reasons"]) == [
        "",
        "density 30.01 per km2 (2014), the case asks for at most 30",
        f"density 2014 unknown: no number of inhabitants{end}",
        f"density 2014 unknown: no area{end}",
    ]


def test_a_case_without_areas_has_no_densities():
    units = build.towns({"R": ["a"]})
    case_ = case()
    case_["size_classes"] = {
        "inhabitants": SIZES["inhabitants"],
        "classes": [{"name": "big", "from": 0}],
    }
    table = candidates.candidates(
        case_, typology(units, sizes={"a": "big"}), units, inhabited(units), indicators()
    )
    assert np.isnan(table["density"]).all()
    assert list(table["candidate"]) == ["pass"]


# --- candidates: arrivals ------------------------------------------------------------------------------


def arrived(values, persons=None, **block):
    units = build.towns({"R": list(values)})
    held = indicators(up=values, heads=persons or {})
    return found(
        {"arrivals": {"points": "up", "persons": "heads", "unknown": "pass", **block}},
        units,
        indicators=held,
    )


def test_arrivals_are_held_against_the_least_asked_for_and_the_bound_itself_passes():
    table = arrived({"a": 0.0, "b": -0.3, "c": 8.3 - 5.3 - 3.0, "d": 1.234567}, at_least_points=0)
    assert list(table["arrivals_check"]) == ["pass", "fail", "pass", "pass"]
    assert table["arrivals_points"]["d"] == 1.234567
    assert table.loc["b", "reasons"] == (
        "share of foreign residents fell by 0.3 points 2014-2020, the case asks for at least 0"
    )


def test_a_rise_that_is_too_small_and_none_at_all_are_told_as_such():
    table = arrived({"a": 0.99996, "b": 0.0}, at_least_points=1)
    assert list(table["reasons"]) == [
        "share of foreign residents rose by 0.99996 points 2014-2020, the case asks for at least 1",
        "share of foreign residents did not change 2014-2020, the case asks for at least 1",
    ]


def test_persons_and_points_may_both_be_asked_and_the_worse_answer_stands():
    persons = {"a": 1200.0, "b": -1234.0, "c": NAN, "d": NAN}
    points = {"a": 2.0, "b": 2.0, "c": 2.0, "d": -2.0}
    table = arrived(points, persons, at_least_points=0, at_least_persons=100)
    assert list(table["arrivals_check"]) == ["pass", "fail", "unknown", "fail"]
    assert list(table["candidate"]) == ["pass", "fail", "pass", "fail"]
    unknown = (
        "change of the number of foreign residents 2014-2020 unknown: no row for foreign in 2020 "
        "(the case lets unknown pass)"
    )
    assert list(table["reasons"])[1:] == [
        "number of foreign residents fell by 1,234 persons 2014-2020, the case asks for at least 100",
        unknown,
        "share of foreign residents fell by 2 points 2014-2020, the case asks for at least 0; "
        + unknown,
    ]
    assert list(arrived(points, persons)["candidate"]) == ["pass"] * 4


def test_unknown_arrivals_may_exclude():
    table = arrived({"a": NAN}, at_least_points=0, unknown="fail")
    assert table.loc["a", ["arrivals_check", "candidate"]].tolist() == ["unknown", "fail"]
    assert table.loc["a", "reasons"].endswith("(the case makes unknown fail)")


# --- candidates: reception ------------------------------------------------------------------------------


def housed(*rows, towns="ab", **block):
    table = own_table("reception", *rows)
    units = build.towns({"R": list(towns)})
    made = found({"reception": {**RECEPTION, "unknown": "pass", **block}}, units, reception=table)
    return made[["reception", "reception_places", "reception_check", "candidate", "reasons"]]


@pytest.mark.parametrize(
    ("start", "end", "answer"),
    [
        ("2014-06-01", "2014-06-02", "yes"),
        ("2010", "2013-12-31", "unknown"),
        ("2010", "2014-01-01", "yes"),
        ("2017-12-31", "", "yes"),
        ("2018", "", "unknown"),
        ("2010", "", "yes"),
    ],
)
def test_a_centre_counts_on_the_first_and_last_day_of_the_period(start, end, answer):
    table = housed(("a", start, end, "centre", 50.0), required=False)
    assert list(table["reception"]) == [answer, "unknown"]
    assert list(table["reception_check"]) == ["pass", "pass"]
    assert list(table["reasons"]) == ["", ""]


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        ([("2014", "2017")], "no"),
        ([("2010", "")], "no"),
        ([("2014", "2015"), ("2016", "2017")], "no"),
        ([("2014", "2016"), ("2015", "2017")], "no"),
        ([("2014", "2015"), ("2016-01-02", "2017")], "unknown"),
        ([("2014-01-02", "2017")], "unknown"),
        ([("2014", "2017-12-30")], "unknown"),
    ],
)
def test_none_is_said_of_a_unit_only_for_the_whole_period(rows, answer):
    stated = [("a", start, end, "none", NAN) for start, end in rows]
    table = housed(*stated, required=True)
    assert table.loc["a", "reception"] == answer
    assert table.loc["a", "reception_check"] == {"no": "fail", "unknown": "unknown"}[answer]
    assert table.loc["a", "reception_places"] == 0 or answer == "unknown"


def test_what_a_unit_without_a_row_means_is_for_the_case_to_say():
    row = ("a", "2015", "2016", "facility", NAN)
    assert list(housed(row, not_listed="none")["reception"]) == ["yes", "no"]
    assert list(housed(row, not_listed="unknown")["reception"]) == ["yes", "unknown"]


@pytest.mark.parametrize(("policy", "candidate"), [("pass", "pass"), ("fail", "fail")])
def test_required_reception_fails_without_one_and_unknown_counts_as_the_case_says(
    policy, candidate
):
    rows = [("a", "2015", "", "centre", 50.0), ("b", "2014", "2017", "none", NAN)]
    table = housed(*rows, towns="abc", unknown=policy)
    assert list(table["reception_check"]) == ["pass", "fail", "unknown"]
    assert list(table["candidate"]) == ["pass", "fail", candidate]
    verb = {"pass": "lets unknown pass", "fail": "makes unknown fail"}[policy]
    assert list(table["reasons"]) == [
        "",
        "no reception centre or facility 2014-2017, and the case requires one",
        "reception centre or facility 2014-2017 unknown: the table does not say it of all that time "
        f"(the case {verb})",
    ]


def test_without_a_table_reception_is_unknown_whatever_not_listed_says():
    block = {"reception": {**RECEPTION, "not_listed": "none", "unknown": "pass"}}
    table = found(block)
    assert list(table["reception"]) == ["unknown", "unknown"]
    assert table.loc["a", "reasons"] == (
        "reception centre or facility 2014-2017 unknown: no table given (the case lets unknown pass)"
    )


def test_places_are_the_most_on_one_day():
    rows = [
        ("a", "2014", "2015-06-30", "centre", 100.0),
        ("a", "2015-07-01", "2016", "centre", 150.0),
        ("a", "2015-08-01", "2015-08-31", "facility", 20.0),
        ("a", "2018", "", "centre", 900.0),
        ("b", "2014", "", "centre", 100.0),
        ("b", "2015", "", "facility", NAN),
    ]
    assert list(housed(*rows, towns="abc")["reception_places"].fillna(-1)) == [170, -1, -1]


DAYS = [f"2014-01-{day:02d}" for day in range(1, 13)]
SPANS = st.tuples(st.integers(0, 11), st.integers(0, 11)).map(sorted)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(SPANS, st.sampled_from([None, 5, 9])), max_size=4),
    SPANS,
    st.sampled_from(["unknown", "none"]),
)
def test_reception_is_what_a_count_day_by_day_gives(spans, period, not_listed):
    """Brute force: what is open, and what is stated as none, on each day of the period."""
    rows = [
        ("a", DAYS[first], DAYS[last], "none" if n is None else "centre", NAN if n is None else n)
        for (first, last), n in spans
    ]
    inside = DAYS[period[0] : period[1] + 1]
    on = {day: [r for r in rows if r[1] <= day <= r[2]] for day in inside}
    there = [sum(r[4] for r in on[d] if r[3] == "centre") for d in inside]
    none = all(any(r[3] == "none" for r in on[d]) for d in inside)
    table = own_table("reception", *rows)
    made = local.reception(
        table, pd.Series(["a"]), local.Period(inside[0], inside[-1], ""), not_listed
    )
    expected = "yes" if max(there) else "no" if none or not_listed == "none" else "unknown"
    assert made["reception"][0] == expected
    if expected != "unknown":
        assert made["reception_places"][0] == max(there)


# --- candidates: region and politics ---------------------------------------------------------------------


def test_regions_may_be_named():
    units = build.towns({"R": ["a"], "Q": ["b"], "P": ["c"]})
    table = found({"regions": ["R", "P"]}, units)
    assert list(table["region_check"]) == ["pass", "fail", "pass"]
    assert table.loc["b", "reasons"] == "region Region Q (Q) is not among R, P"


def test_a_region_that_there_is_not_is_an_error():
    units = build.towns({"01000": ["a"], "02000": ["b"]})
    with pytest.raises(GeographyError) as caught:
        found({"regions": ["02000", "2000"]}, units)
    assert str(caught.value) == (
        "`selection.candidates.regions` names the region '2000', in which no unit of the case lies "
        "(did you mean '02000'?); its regions are 01000, 02000."
    )


def governed(*rows, towns="abc", reception=True, **block):
    blocks = {"politics": {"unknown": "pass", **block}}
    if reception:
        blocks["reception"] = {**RECEPTION, "required": False, "unknown": "pass"}
    units = build.towns({"R": list(towns)})
    table = found(blocks, units, politics=own_table("politics", *rows))
    return table[["tradition", "parties", "politics_check", "candidate", "reasons"]]


def test_the_tradition_is_that_of_most_days_and_others_are_remarked():
    table = governed(
        ("a", "2013", "2015-06-30", "P1", "progressive"),
        ("a", "2015-07-01", "2016", "P2 + P3", "conservative"),
        ("a", "2017", "", "P1 + P4", "progressive"),
        ("b", "2012", "", "", "mixed"),
        ("c", "2018", "", "P1", "progressive"),
    )
    assert table.loc["a"].tolist() == [
        "progressive",
        "P1 / P1 + P4",
        "pass",
        "pass",
        "local tradition 2014-2017: progressive on 911 days, conservative on 550 days",
    ]
    assert table.loc["b"].tolist() == ["mixed", "", "pass", "pass", ""]
    assert table.loc["c"].tolist() == [
        "",
        "",
        "unknown",
        "pass",
        "local politics 2014-2017 unknown: no row of the table (the case lets unknown pass)",
    ]


def test_of_traditions_with_as_many_days_the_earlier_stands():
    rows = [
        ("a", "2015-01-02", "2015-01-02", "P1", "conservative"),
        ("a", "2015-01-01", "2015-01-01", "P2", "progressive"),
    ]
    for order in (rows, rows[::-1]):
        assert governed(*order, towns="a").loc["a", "tradition"] == "progressive"


def test_without_a_period_politics_are_those_on_the_day_of_the_size():
    rows = [
        ("a", "2013-01-01", "2013-12-31", "P1", "conservative"),
        ("a", "2014-01-01", "", "P2", "progressive"),
        ("b", "2014-01-02", "", "P2", "progressive"),
    ]
    table = governed(*rows, reception=False)
    assert list(table["tradition"]) == ["progressive", "", ""]
    assert "local politics 2014-01-01 unknown" in table.loc["b", "reasons"]


def test_traditions_may_be_named_and_unknown_counts_as_the_case_says():
    rows = [("a", "2014", "", "P1", "progressive"), ("b", "2014", "", "P2", "conservative")]
    table = governed(*rows, traditions=["conservative"], unknown="fail")
    assert list(table["politics_check"]) == ["fail", "pass", "unknown"]
    assert list(table["candidate"]) == ["fail", "pass", "fail"]
    assert table.loc["a", "reasons"] == "local tradition progressive is not among conservative"
    with pytest.raises(DataError, match=r"'conservativ'.*did you mean 'conservative'"):
        governed(*rows, traditions=["conservativ"])
    assert list(governed(traditions=["conservative"])["politics_check"]) == ["unknown"] * 3


def test_a_period_of_days_is_written_as_such():
    block = {**RECEPTION, "period": ["2014-07-01", "2017"], "unknown": "fail"}
    assert found({"reception": block}).loc["a", "reasons"] == (
        "reception centre or facility 2014-07-01 to 2017 unknown: no table given (the case makes "
        "unknown fail)"
    )


def test_without_a_table_politics_are_unknown():
    table = found({"politics": {"unknown": "pass"}})
    assert list(table["politics_check"]) == ["unknown", "unknown"]
    assert table.loc["a", "reasons"] == (
        "local politics 2014-01-01 unknown: no table given (the case lets unknown pass)"
    )


# --- candidates: a whole country by construction -----------------------------------------------------------


STATES = ["pass", "fail", "unknown"]
POLICY = st.sampled_from(["pass", "fail"])
TOWN = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["pass", "fail"]),
        "size": st.sampled_from(STATES),
        "arrivals": st.sampled_from(STATES),
        "reception": st.sampled_from(STATES),
        "region": st.sampled_from(["pass", "fail"]),
        "politics": st.sampled_from(STATES),
    }
)


def country(towns):
    """The inputs of a country whose towns (code -> state of each question) are made to be so."""
    codes = sorted(towns)
    regions = {"R": [c for c in codes if towns[c]["region"] == "pass"]}
    regions["Q"] = [c for c in codes if towns[c]["region"] == "fail"]
    units = build.towns({**regions, "R": [*regions["R"], "zz"]})
    sizes = {"pass": "thin", "fail": "big", "unknown": "unknown"}
    people = {"pass": 200, "fail": 2000, "unknown": None}
    points = {"pass": 0.0, "fail": -0.1, "unknown": NAN}
    kinds = {"pass": "centre", "fail": "none"}
    labels = {"pass": "progressive", "fail": "conservative"}
    return {
        "typology": typology(
            units,
            {c: {"pass": "A", "fail": "B"}[towns[c]["type"]] for c in codes},
            {c: sizes[towns[c]["size"]] for c in codes},
        ),
        "units": units,
        "figures": inhabited(units, {c: people[towns[c]["size"]] for c in codes}),
        "indicators": indicators(up={"zz": 1.0} | {c: points[towns[c]["arrivals"]] for c in codes}),
        "verdicts": None,
        "reception": own_table(
            "reception",
            *[
                (c, "2014", "2017", kinds[towns[c]["reception"]], NAN)
                for c in codes
                if towns[c]["reception"] in kinds
            ],
        ),
        "politics": own_table(
            "politics",
            ("zz", "2014", "", "", "progressive"),
            *[
                (c, "2014", "", "", labels[towns[c]["politics"]])
                for c in codes
                if towns[c]["politics"] in labels
            ],
        ),
    }


def blocks(policies):
    return case(
        types=["A"],
        size_classes=["thin"],
        unknown_size=policies["size"],
        regions=["R"],
        arrivals={"points": "up", "at_least_points": 0, "unknown": policies["arrivals"]},
        reception={**RECEPTION, "unknown": policies["reception"]},
        politics={"traditions": ["progressive"], "unknown": policies["politics"]},
    )


POLICIES = st.fixed_dictionaries(
    dict.fromkeys(("size", "arrivals", "reception", "politics"), POLICY)
)


@settings(max_examples=20)
@given(st.lists(TOWN, min_size=1, max_size=5), POLICIES)
def test_a_country_made_to_be_so_is_found_to_be_so(made, policies):
    towns = {f"t{i}": town for i, town in enumerate(made)}
    table = candidates.candidates(blocks(policies), **country(towns)).set_index("unit")
    for code, town in towns.items():
        for question, state in town.items():
            assert table.loc[code, f"{question}_check"] == state
        fails = [q for q, s in town.items() if s == "fail"]
        unknown = [q for q, s in town.items() if s == "unknown"]
        shut_out = fails + [q for q in unknown if policies[q] == "fail"]
        row = table.loc[code]
        assert row["candidate"] == ("fail" if shut_out else "pass")
        reasons = row["reasons"].split("; ") if row["reasons"] else []
        assert len(reasons) == len(fails) + len(unknown)
        lets = [reason.endswith("(the case lets unknown pass)") for reason in reasons]
        assert lets == sorted(lets)
        assert lets.count(False) == len(shut_out)


@settings(max_examples=8)
@given(st.lists(TOWN, min_size=2, max_size=5), POLICIES, st.randoms(use_true_random=False))
def test_codes_order_and_other_units_do_not_matter(made, policies, chance):
    towns = {f"t{i}": town for i, town in enumerate(made)}
    case_ = blocks(policies)
    plain = candidates.candidates(case_, **country(towns)).set_index("unit")
    # Other codes, in another order.
    codes = [f"u{i}" for i in range(len(made))]
    chance.shuffle(codes)
    renamed = dict(zip(towns, codes, strict=True))
    other = candidates.candidates(case_, **country({renamed[t]: towns[t] for t in towns}))
    other = other.set_index("unit")
    kept = [column for column in plain if column != "name"]
    pd.testing.assert_frame_equal(
        plain.loc[list(towns), kept],
        other.loc[codes, kept].set_axis(list(towns)),
        check_names=False,
    )
    # Rows in another order.
    shuffled = country(towns)
    for name in ("typology", "units", "indicators", "reception", "politics"):
        order = list(range(len(shuffled[name])))
        chance.shuffle(order)
        shuffled[name] = shuffled[name].iloc[order]
    again = candidates.candidates(case_, **shuffled).set_index("unit")
    pd.testing.assert_frame_equal(plain, again)
    # A unit more.
    more = {**towns, "v": made[0]}
    bigger = candidates.candidates(case_, **country(more)).set_index("unit")
    pd.testing.assert_frame_equal(plain, bigger.drop("v"))


@given(
    st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda x: round(x, 9)),
    st.integers(-1000, 1000),
)
def test_a_figure_as_it_is_written_lies_on_the_side_of_the_bound_on_which_it_is(value, bound):
    shown = float(candidates._number(value, bound).replace(",", ""))
    assert (shown < bound, shown > bound) == (value < bound, value > bound)
    assert shown == pytest.approx(value, rel=0.005)


# --- tables of the user's own ----------------------------------------------------------------------------


UNITS = build.towns({"R": ["01001", "01002"]}).assign(name=["Aa", "Bee"])
HEAD = {kind: own_tables.template(kind) for kind in own_tables.TABLES}


@pytest.fixture
def reading(tmp_path, monkeypatch):
    """Read a file of these bytes or lines below the header of ``kind``."""
    monkeypatch.chdir(tmp_path)
    path = Path("t.csv")

    def read(kind, content):
        if isinstance(content, str):
            content = (HEAD[kind] + content).encode()
        path.write_bytes(content)
        return own_tables.read(kind, path, UNITS)

    return read


def test_a_template_is_an_empty_table(reading):
    for kind, columns in own_tables.TABLES.items():
        table = reading(kind, "")
        assert (len(table), list(table.columns)) == (0, list(columns))


def test_years_become_days_and_open_ends_stay_open(reading):
    table = reading(
        "reception",
        '01002,2014,2016,centre,0250,"Report,\r\np. 3"\r\n,,,,,\r\n01001,2015-03-01,,facility,, x \n',
    )
    assert table.index.tolist() == [5, 2]
    assert table["from"].tolist() == ["2015-03-01", "2014-01-01"]
    assert table["to"].tolist() == ["9999-12-31", "2016-12-31"]
    assert table["places"].fillna(-1).tolist() == [-1, 250]
    assert table["source"].tolist() == ["x", "Report, p. 3"]
    table = reading("politics", "01001,2013,2018,,progressive,x\n01001,2019,,P,mixed,x\n")
    assert table["parties"].tolist() == ["", "P"]


def test_columns_may_stand_in_another_order_after_a_byte_order_mark(reading):
    raw = "\ufeffsource,unit,to,from,places,kind\nx,01001,2015,2014,5,centre\n".encode()
    (row,) = reading("reception", raw).to_dict("records")
    assert (row["unit"], row["from"], row["places"], row["source"]) == (
        "01001",
        "2014-01-01",
        5,
        "x",
    )


SAVE = "save it as CSV in UTF-8 with commas"
WRITE = f"; write {HEAD['reception'].strip()}."


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (
            b"",
            "t.csv: the file is empty; an empty table has its header, as `smstra template reception`",
        ),
        (b" \n\n", "t.csv: the file is empty"),
        (
            b"<!doctype html><title>x</title>",
            f"t.csv: this is an HTML page, not a table; {SAVE}, or",
        ),
        (b"PK\x03\x04rest", f"t.csv: this is a workbook or a zip, not a table of text; {SAVE}."),
        (
            "unit,from\n".encode("utf-16"),
            f"t.csv, line 1: a NUL stands in the text, so the file is UTF-16 or damaged; {SAVE}.",
        ),
        (
            HEAD["reception"].encode() + b"0100\0,2014,,none,,x\n",
            "t.csv, line 2: a NUL stands in the text",
        ),
        (
            HEAD["reception"].encode() + b"01001,2014,,none,,caf\xe9\n",
            f"t.csv, line 2: byte 53 of the file is not UTF-8; {SAVE}.",
        ),
        (
            HEAD["reception"].replace(",", ";").encode(),
            f"t.csv, line 1: the cells are parted by another sign than the comma; {SAVE}.",
        ),
        (
            b"unit,from,to,kinds,places,source\n",
            "t.csv, line 1: the header is not that of a table of reception (missing: 'kind'; not known: "
            "'kinds' (did you mean 'kind'?))" + WRITE,
        ),
        (
            b"unit,from,to,kind,places\n",
            "t.csv, line 1: the header is not that of a table of reception (missing: 'source')"
            + WRITE,
        ),
        (
            b"unit,from,to,kind,places,source,unit\n",
            "t.csv, line 1: the header is not that of a table of reception (standing twice: 'unit')"
            + WRITE,
        ),
        (
            b"01001,2014,,none,,x\n",
            "t.csv, line 1: the header is not that of a table of reception (missing: 'unit', 'from', ",
        ),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(reading, raw, says):
    with pytest.raises(SourceError) as caught:
        reading("reception", raw)
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("01001,2014,,none,x", "5 cells where the header has 6; mend the line, with quotes around"),
        ("01001,2014,,none,,x,y", "7 cells where the header has 6"),
        ('01001,2014,,none,,"x', "the quotes of a cell that begins here are not closed, or stand"),
        (",2014,,none,,x", "`unit` is empty; it takes: code of the town as in typology.csv."),
        ("01001,,,none,,x", "`from` is empty; it takes: first day (2014-03-01), or a year"),
        ("01001,2014,,,,x", "`kind` is empty; it takes: centre, facility, or none for a town"),
        (
            "01001,2014,,none,, ",
            "`source` is empty; it takes: where this is from, in your own words.",
        ),
        (
            "01001,31/12/2014,,none,,x",
            "`from` '31/12/2014' is neither a day such as 2014-03-31 nor",
        ),
        ("01001,2014-6,,none,,x", "`from` '2014-6' is neither a day"),
        ("01001,2014,2015-02-29,none,,x", "`to` '2015-02-29' is no date of the calendar; mend it."),
        ("01001,0000,,none,,x", "`from` '0000' is no date of the calendar"),
        ("01001,2014,2013,none,,x", "`to` (2013-12-31) lies before `from` (2014-01-01); mend one"),
        (
            "01001,2014-06-02,2014-06-01,none,,x",
            "`to` (2014-06-01) lies before `from` (2014-06-02)",
        ),
        (
            "01001,2014,,Centre,5,x",
            "the kind 'Centre' is not known (did you mean 'centre'?); write",
        ),
        (
            "01001,2014,,hostel,5,x",
            "the kind 'hostel' is not known; write centre, facility or none.",
        ),
        (
            "01001,2014,,centre,-5,x",
            "`places` '-5' is no whole number from 0, such as 250; write one",
        ),
        ('01001,2014,,centre,"1,200",x', "`places` '1,200' is no whole number from 0"),
        ("01001,2014,,centre,2.5,x", "`places` '2.5' is no whole number from 0"),
        ("01001,2014,,centre,9999999999,x", "`places` '9999999999' is no whole number from 0"),
        ("01001,2014,,none,5,x", "kind none with 5 places contradicts itself; write centre or"),
        (
            "01001,2014,,none,,=HYPERLINK(1)",
            "`source` begins with '=', by which a spreadsheet takes",
        ),
        (
            "01001,2014,,none,,x\u200by",
            "`source` holds a sign that cannot be seen (U+200B); delete it.",
        ),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_line(reading, line, says):
    with pytest.raises(SourceError) as caught:
        reading("reception", f"01002,2010,,centre,5,x\n{line}\n")
    message = str(caught.value)
    assert message.startswith(f"t.csv, line 3: {says}")
    assert message.endswith(".")


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("1001", " (did you mean '01001'?)"),
        ("Bee", " (the code of Bee is '01002')"),
        ("bee", " (the code of bee is '01002')"),
        ("XYZ", ""),
    ],
)
def test_a_code_that_is_no_unit_is_refused_with_the_nearest(reading, code, hint):
    with pytest.raises(GeographyError) as caught:
        reading("reception", f"01001,2014,,none,,x\n{code},2014,,none,,x\n")
    assert str(caught.value) == (
        f"t.csv, line 3: this row names the unit '{code}', which is no unit of the case{hint}; write "
        "codes as they stand in the first column of typology.csv."
    )


@pytest.mark.parametrize(
    ("tradition", "says"),
    [
        (
            "",
            "`tradition` is empty; it takes: local tradition, a label of your own in small letters",
        ),
        (
            "Left",
            "the tradition 'Left' holds capital letters, by which one tradition could count as two;",
        ),
        ("unknown", "the tradition 'unknown' would count as one of its own; leave the row out"),
        (
            "-left",
            "`tradition` begins with '-', by which a spreadsheet takes it for a formula; write",
        ),
    ],
)
def test_a_tradition_is_a_label_in_small_letters(reading, tradition, says):
    with pytest.raises(SourceError) as caught:
        reading("politics", f"01001,2014,,P,{tradition},x\n")
    assert str(caught.value).startswith(f"t.csv, line 2: {says}")


@pytest.mark.parametrize(
    ("kind", "lines", "says"),
    [
        (
            "reception",
            ["2014,2016,none,,x", "2016,,centre,5,x"],
            "t.csv, line 3: with line 2 the unit 01001 has none and a centre or facility at the same "
            "time (on 2016-01-01); mend the dates, as days if it changed within a year.",
        ),
        (
            "reception",
            ["2016-05-01,,none,,x", "2010,2016-05-01,centre,5,x", "2011,2012,facility,,x"],
            "t.csv, line 2: with line 3 the unit 01001 has none and a centre or facility at the same "
            "time (on 2016-05-01)",
        ),
        (
            "politics",
            ["2006,2012,P,mixed,x", "2012,2018,Q,mixed,x"],
            "t.csv, line 3: with line 2 the unit 01001 has two governments at the same time (on "
            "2012-01-01)",
        ),
        (
            "politics",
            ["2006,,P,mixed,x", "2007,2008,Q,mixed,x", "2018,,Q,mixed,x"],
            "t.csv, line 3: with line 2 the unit 01001 has two governments",
        ),
        (
            "reception",
            ["2014,,centre,,x", "2015,,centre,,x", "2014-01-01,9999-12-31,centre,, x"],
            "t.csv, line 4: the row says the same as line 2; remove one, or tell by `source` what",
        ),
    ],
)
def test_rows_that_contradict_each_other_are_refused_with_both_lines(reading, kind, lines, says):
    with pytest.raises(SourceError) as caught:
        reading(kind, "".join(f"01001,{line}\n" for line in lines))
    assert str(caught.value).startswith(says)
    # The same of two units is no contradiction.
    apart = [f"0100{1 + i % 2},{line}\n" for i, line in enumerate(lines[:2])]
    assert len(reading(kind, "".join(apart))) == 2


def test_days_that_follow_one_another_and_two_centres_at_once_are_no_contradiction(reading):
    rows = "01001,2014,2015,none,,x\n01001,2016,,centre,5,x\n01001,2016,,centre,5,y\n"
    assert len(reading("reception", rows)) == 3
    rows = "01001,2006,2012-12-02,P,mixed,x\n01001,2012-12-03,,Q,mixed,x\n"
    assert len(reading("politics", rows)) == 2


@settings(max_examples=40)
@given(st.lists(st.tuples(SPANS, st.booleans()), min_size=1, max_size=4))
def test_a_contradiction_is_found_if_and_only_if_a_day_has_both(tmp_path_factory, spans):
    path = tmp_path_factory.mktemp("own") / "t.csv"
    rows = [
        f"01001,{DAYS[first]},{DAYS[last]},{'none' if none else 'centre'},,{i}"
        for i, ((first, last), none) in enumerate(spans)
    ]
    path.write_text(HEAD["reception"] + "\n".join(rows) + "\n", encoding="utf-8")
    both = any(
        len({none for (first, last), none in spans if first <= day <= last}) == 2
        for day in range(12)
    )
    if both:
        with pytest.raises(SourceError, match="none and a centre or facility at the same time"):
            own_tables.read("reception", path, UNITS)
    else:
        assert len(own_tables.read("reception", path, UNITS)) == len(spans)


def test_a_file_that_is_not_there_a_folder_and_a_huge_one_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("t.csv").write_bytes(b"x" * 101)
    monkeypatch.setattr(own_tables, "MAX_BYTES", 100)
    for name, says in {
        "no.csv": "no.csv: there is no such file; mend the path, or write an empty table there with "
        "`smstra template politics no.csv`.",
        "in": "in: this is a folder; name the file in it.",
        "t.csv": "t.csv: the file is larger than 0 MB, which no table of towns is; look whether",
    }.items():
        with pytest.raises(SourceError) as caught:
            own_tables.read("politics", Path(name), UNITS)
        assert str(caught.value).startswith(says)


# --- smstra template ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["reception", "politics"])
def test_template_prints_the_header_alone_and_says_beside_it_what_columns_take(capsys, kind):
    assert cli.main(["template", kind]) == 0
    captured = capsys.readouterr()
    assert captured.out == HEAD[kind]
    columns = HEAD[kind].strip().split(",")
    assert [line.split()[0] for line in captured.err.splitlines()] == columns
    assert all(len(line.split()) > 3 for line in captured.err.splitlines())


def test_template_writes_a_file_and_never_overwrites(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["template", "reception", "own/r.csv"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "written: own/r.csv\n"
    assert captured.err == own_tables.describe("reception")
    path = Path("own/r.csv")
    assert path.read_bytes() == b"unit,from,to,kind,places,source\n"
    path.write_bytes(b"mine")
    assert cli.main(["template", "politics", "own/r.csv"]) == 1
    assert capsys.readouterr().err == (
        "smstra: own/r.csv: this file is there already; name another, or remove it first.\n"
    )
    assert path.read_bytes() == b"mine"
    assert cli.main(["template", "politics", "own"]) == 1
    assert "own: this is a folder; name a file in it." in capsys.readouterr().err


def test_a_table_that_there_is_not_is_one_sentence(capsys):
    assert cli.main(["template", "recption"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "smstra: recption: there is no such table (did you mean 'reception'?); write reception or "
        "politics.\n"
    )
    with pytest.raises(SmstraError, match="there is no such table"):
        own_tables.describe("x")


# --- places --------------------------------------------------------------------------------------------------


def square(code, west, south, size=1.0, **properties):
    ring = [[0, 0], [size, 0], [size, size], [0, size], [0, 0]]
    return {
        "type": "Feature",
        "properties": {"nis": code, **properties},
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[west + x, south + y] for x, y in ring]],
        },
    }


def placed(root, features, units=UNITS, day=build.DAY, entry=None, raw=None):
    """The places from a pinned file of these features."""
    raw = raw or json.dumps({"type": "FeatureCollection", "features": features}).encode()
    entry = entry or {
        "vintage": "v1",
        "format": "geojson",
        "geography_date": day,
        "boundaries": {"unit_property": "nis"},
    }
    (root / "b.geojson").write_bytes(raw)
    pin = {"id": "b", "vintage": "v1", "file": "b.geojson", **describe(raw, entry, "b.geojson")}
    case_ = {"geography": {"date": build.DAY}, "selection": {"places": "b"}}
    return places.places_of({"case": case_, "datasets": {"b": entry}, "pins": [pin]}, units, root)


def test_a_place_is_the_centroid_of_the_area_in_degrees(tmp_path):
    # An L of three squares: the mean of their middles.
    ell = {
        "type": "Polygon",
        "coordinates": [[[4, 50], [6, 50], [6, 51], [5, 51], [5, 52], [4, 52], [4, 50]]],
    }
    features = [square("01002", -1, 10), {**square("01001", 0, 0), "geometry": ell}]
    found_ = placed(tmp_path, features)
    assert (found_.without, found_.elsewhere) == ([], [])
    assert found_.table.to_dict("list") == {
        "unit": ["01001", "01002"],
        "longitude": [4.833333333, -0.5],
        "latitude": [50.83333333, 10.5],
    }


def test_units_without_a_place_are_absent_and_codes_of_another_date_are_returned(tmp_path):
    found_ = placed(tmp_path, [square("01001", 4, 50), square("09999", 4, 50)], day="2011-01-01")
    assert found_.table["unit"].tolist() == ["01001"]
    assert (found_.without, found_.elsewhere) == (["01002"], ["09999"])
    found_ = placed(tmp_path, [square(1001, 4, 50)], day="2011-01-01")
    assert (len(found_.table), found_.elsewhere) == (0, ["1001"])


def test_codes_of_the_same_date_must_be_units(tmp_path):
    with pytest.raises(GeographyError) as caught:
        placed(tmp_path, [square("1001", 4, 50)])
    assert str(caught.value) == (
        "`selection.places`: 'b' is of 2018-01-01, as the case, and yet its 1001 are no units of it (did "
        "you mean '01001'?); mend the codes there."
    )


GOOD = square("01001", 4, 50)


@pytest.mark.parametrize(
    ("feature", "says"),
    [
        (
            {**GOOD, "properties": {"nsi": "01001"}},
            "feature 2: `unit_property` asks for the code in the property 'nis', and it has none (did you "
            "mean 'nsi'?); mend `boundaries` of the dataset.",
        ),
        ({**GOOD, "properties": None}, "feature 2: `unit_property` asks for the code"),
        (
            square(None, 4, 50),
            "feature 2: `unit_property` asks for the code in the property 'nis', and it "
            "has null there; mend",
        ),
        (
            square(1.5, 4, 50),
            "feature 2: `unit_property` asks for the code in the property 'nis', and it "
            "has 1.5 there",
        ),
        (GOOD, "the unit 01001 has more than one feature; join them into one."),
        (
            {**square("01002", 0, 0), "geometry": None},
            "feature 2 ('01002'): there is no geometry; give",
        ),
        (
            {**square("01002", 0, 0), "geometry": {"type": "Polygon", "coordinates": []}},
            "feature 2 ('01002'): there is no geometry",
        ),
        (
            {**square("01002", 0, 0), "geometry": {"type": "Point", "coordinates": ["4", "5"]}},
            "feature 2 ('01002'): the geometry is broken (",
        ),
        (
            {**square("01002", 0, 0), "geometry": {"type": "Point", "coordinates": [NAN, 5]}},
            "feature 2 ('01002'): the geometry is broken (",
        ),
        (
            square("01002", 152000, 212000),
            "feature 2 ('01002'): the coordinates run from 152000, 212000 to 152001, 212001, which are no "
            "degrees of longitude and latitude; bring the boundaries to WGS 84.",
        ),
        (
            square("01002", 0, 89.5),
            "feature 2 ('01002'): the coordinates run from 0, 89.5 to 1, 90.5",
        ),
        (
            {
                **square("01002", 0, 0),
                "geometry": {
                    "type": "MultiPoint",
                    "coordinates": [[-179.5, 1], [179.5, 1]],
                },
            },
            "feature 2 ('01002'): the unit lies on both sides of 180 degrees",
        ),
    ],
)
def test_boundaries_that_cannot_be_read_are_one_sentence(tmp_path, feature, says):
    with pytest.raises(SourceError) as caught:
        placed(tmp_path, [GOOD, feature])
    message = str(caught.value)
    assert message.startswith(("b.geojson, " + says, "b.geojson: " + says))
    assert message.endswith(".")


def test_what_is_no_geojson_or_has_no_boundaries_is_refused(tmp_path):
    with pytest.raises(SnapshotError, match="not a GeoJSON feature collection"):
        placed(tmp_path, [], raw=b'{"features": 5}')
    raw = b"unit,x\n01001,4\n"
    with pytest.raises(SourceError) as caught:
        placed(tmp_path, [], entry={"vintage": "v1", "format": "csv", "file": "c.yaml"}, raw=raw)
    assert str(caught.value) == (
        "`selection.places`: the dataset 'b' has no `boundaries` in c.yaml; name one that has."
    )


def test_bytes_are_held_against_the_pin(tmp_path):
    placed(tmp_path, [GOOD])
    entry = {"vintage": "v1", "format": "geojson", "boundaries": {"unit_property": "nis"}}
    pin = {"id": "b", "vintage": "v1", "file": "b.geojson", "sha256": hashlib.sha256().hexdigest()}
    case_ = {"geography": {"date": build.DAY}, "selection": {"places": "b"}}
    with pytest.raises(SnapshotError, match="the bytes are not those pinned"):
        places.places_of({"case": case_, "datasets": {"b": entry}, "pins": [pin]}, UNITS, tmp_path)


EARTH = math.pi * places.EARTH_RADIUS_KM


@pytest.mark.parametrize(
    ("start", "end", "km"),
    [
        ((0, 0), (180, 0), EARTH),
        ((10, 90), (-50, -90), EARTH),
        ((0, 0), (0, 90), EARTH / 2),
        ((0, 60), (180, 60), EARTH / 3),
        ((179.5, 0), (-179.5, 0), EARTH / 180),
        ((4, 51), (4, 51.000009), EARTH * 0.000009 / 180),
        ((4, 51), (4, 51), 0),
    ],
)
def test_great_circles_of_known_length(start, end, km):
    assert places.distance_km(*start, *end) == pytest.approx(km, abs=1e-6)
    assert places.distance_km(*end, *start) == places.distance_km(*start, *end)


def test_a_distance_to_an_unknown_place_is_unknown_and_parts_make_the_whole():
    chance = random.Random(5)
    table = pd.DataFrame(
        [(f"u{i}", chance.uniform(-180, 180), chance.uniform(-90, 90)) for i in range(7)],
        columns=places.COLUMNS,
    )
    whole = places.distances_km(table)
    assert whole.shape == (7, 7)
    assert (whole == whole.T).all()
    assert not whole.diagonal().any()
    parts = [places.distances_km(table.iloc[i : i + 3], table) for i in (0, 3, 6)]
    assert (np.vstack(parts) == whole).all()
    # By the angle between the vectors from the middle of the Earth.
    lon, lat = np.radians(table[["longitude", "latitude"]].to_numpy()).T
    to = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]).T
    angles = np.arccos(np.clip(to @ to.T, -1, 1))
    assert whole == pytest.approx(places.EARTH_RADIUS_KM * angles, abs=1e-3)
    assert np.isnan(places.distance_km(NAN, 0, 1, 1))
