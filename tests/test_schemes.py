"""The scheme map against plain enumeration of all combinations, and what must hold for any country."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pandas as pd
import pytest
from build import SF, VARIABLES, VARNI, VARUN, case, classified, figures, row, towns
from hypothesis import given, settings
from hypothesis import strategies as st

from smstra import csvio
from smstra.robustness import choices as choices_
from smstra.robustness import schemes
from smstra.typology import CRITERIA, TYPES, cell_of

MANY = settings(max_examples=25)
FEW = settings(max_examples=3)
WORDS = {1: True, 0: False, -1: None}
LETTER = dict(zip(TYPES, "ABCDmu", strict=True))
DETERMINED = TYPES[:5]


# --- a map of made-up answers ---------------------------------------------------------------------
def choices_of(answers, windows=("now",), own=(0, 0, 0), lacking=()):
    """Choices from ``answers[window][criterion]``: a list of answers of all units for each choice."""
    records, lines = [], []
    for place, criterion in enumerate(CRITERIA):
        for window in windows:
            for number, line in enumerate(answers[window][place]):
                name = f"{criterion}/d{number}/{window}/r{number}"
                records.append(
                    {
                        "choice": name,
                        "criterion": criterion,
                        "definition": f"d{number}",
                        "window": window,
                        "reference": f"r{number}",
                        "own": window == windows[0] and number == own[place],
                        "available": name not in lacking,
                    }
                )
                lines.append([-1] * len(line) if name in lacking else line)
    count = len(lines[0])
    units = tuple(f"{number:03d}" for number in range(count))
    return choices_.Choices(pd.DataFrame(records), np.array(lines, dtype=np.int8), units)


def types_of(found, types):
    """The columns of a typology that the map reads."""
    return pd.DataFrame(
        {
            "unit": found.units,
            "name": [f"Town {unit}" for unit in found.units],
            "region": "R1",
            "type": types,
        }
    )


def enumerated(found):
    """All combinations in plain Python: (window, (rows), (type of each unit))."""
    rows = list(enumerate(found.table.to_dict("records")))
    out = []
    for window in dict.fromkeys(one["window"] for _, one in rows):
        lists = [
            [
                i
                for i, one in rows
                if (one["criterion"], one["window"]) == (c, window) and one["available"]
            ]
            for c in CRITERIA
        ]
        for picked in itertools.product(*lists):
            types = [
                cell_of(*(WORDS[int(found.answers[i, unit])] for i in picked))[0]
                for unit in range(len(found.units))
            ]
            out.append((window, picked, types))
    return out


@st.composite
def any_choices(draw):
    """Choices of up to three windows, some unavailable, and the case's own types."""
    count = draw(st.integers(1, 4))
    windows = ["now", "before", "after"][: draw(st.integers(1, 3))]
    line = st.lists(st.sampled_from([1, 0, -1]), min_size=count, max_size=count)
    lines = st.lists(line, min_size=1, max_size=3)
    answers = {window: [draw(lines) for _ in CRITERIA] for window in windows}
    names = [
        f"{criterion}/d{number}/{window}/r{number}"
        for window in windows
        for place, criterion in enumerate(CRITERIA)
        for number in range(len(answers[window][place]))
    ]
    lacking = draw(st.sets(st.sampled_from(names), max_size=3))
    own = tuple(draw(st.integers(0, len(answers["now"][place]) - 1)) for place in range(3))
    found = choices_of(answers, windows, own, lacking)
    types = draw(st.lists(st.sampled_from(TYPES), min_size=count, max_size=count))
    return found, types_of(found, types)


@MANY
@given(made=any_choices())
def test_the_map_is_what_plain_enumeration_gives(made):
    found, typology = made
    expected = enumerated(found)
    combined = schemes.combinations_of(found)
    assert len(combined) == len(expected)
    assert [tuple(places) for places in combined.places.tolist()] == [p for _, p, _ in expected]
    by_unit, by_combination = schemes.scheme_map(found, combined, typology, True)

    assert list(by_unit) == schemes.SCHEME_COLUMNS
    assert by_unit["unit"].tolist() == list(found.units)
    for unit, one in enumerate(by_unit.to_dict("records")):
        check_unit(one, [types[unit] for _, _, types in expected], typology["type"][unit])

    assert list(by_combination) == schemes.COMBINATION_COLUMNS
    assert by_combination["combination"].tolist() == list(range(1, len(expected) + 1))
    own_rows = found.table["own"].tolist()
    for one, (window, picked, types) in zip(
        by_combination.to_dict("records"), expected, strict=True
    ):
        assert one["window"] == window
        for short, place in zip(CRITERIA.values(), picked, strict=True):
            assert one[f"{short}_definition"] == found.table["definition"][place]
            assert one[f"{short}_scheme"] == found.table["reference"][place]
        assert [one[name] for name in TYPES] == [types.count(name) for name in TYPES]
        assert one["agreeing"] == sum(a == b for a, b in zip(types, typology["type"], strict=True))
        assert one["own"] == all(own_rows[place] for place in picked)


def check_unit(one, types, own):
    counts = {name: types.count(name) for name in TYPES}
    assert {name: one[name] for name in TYPES} == counts
    assert one["types"] == "".join(LETTER[name] for name in types)
    assert one["combinations"] == len(types) == sum(counts.values())
    known = [name for name in types if name != "undetermined"]
    assert one["determined"] == len(known)
    if own == "undetermined":
        assert one["agreeing"] is None
        assert np.isnan(one["share_agreeing"])
    else:
        assert one["agreeing"] == known.count(own)
        expected = 100 * known.count(own) / len(known) if known else float("nan")
        assert one["share_agreeing"] == pytest.approx(expected, nan_ok=True)
    # Most frequent first, equally frequent ones together, in the order of TYPES.
    ranks = sorted({counts[name] for name in DETERMINED if counts[name]}, reverse=True)
    for rank, (name, share) in enumerate(
        (("modal_type", "modal_share"), ("runner_up", "runner_up_share"))
    ):
        if rank < len(ranks):
            ties = [t for t in DETERMINED if counts[t] == ranks[rank]]
            assert one[name] == ";".join(ties)
            assert one[share] == pytest.approx(100 * ranks[rank] / len(known))
        else:
            assert one[name] == ""
            assert np.isnan(one[share])


@MANY
@given(made=any_choices(), bytes_=st.integers(1, 60))
def test_units_taken_a_few_at_a_time_give_the_same_map(made, bytes_):
    found, typology = made
    combined = schemes.combinations_of(found)
    whole = schemes.scheme_map(found, combined, typology, True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schemes, "_BYTES_AT_ONCE", bytes_)
        parts = list(schemes.types_in_parts(found, combined))
        step = max(1, bytes_ // max(1, len(combined)))
        assert len(parts) == -(-len(found.units) // step)
        assert [u for part, _ in parts for u in range(part.start, part.stop)] == list(
            range(len(found.units))
        )
        again = schemes.scheme_map(found, combined, typology, True)
    for before, after in zip(whole, again, strict=True):
        pd.testing.assert_frame_equal(after, before, check_exact=True)


@MANY
@given(made=any_choices())
def test_without_the_list_of_types_all_else_is_the_same(made):
    found, typology = made
    combined = schemes.combinations_of(found)
    listed, first = schemes.scheme_map(found, combined, typology, True)
    counted, second = schemes.scheme_map(found, combined, typology, False)
    assert (counted["types"] == "").all()
    pd.testing.assert_frame_equal(
        counted.drop(columns="types"), listed.drop(columns="types"), check_exact=True
    )
    pd.testing.assert_frame_equal(second, first, check_exact=True)


@MANY
@given(made=any_choices())
def test_both_tables_count_the_same_types(made):
    found, typology = made
    by_unit, by_combination = schemes.scheme_map(
        found, schemes.combinations_of(found), typology, False
    )
    for name in TYPES:
        assert by_unit[name].sum() == by_combination[name].sum()
    assert (by_unit[list(TYPES)].sum(axis=1) == len(by_combination)).all()
    assert (by_combination[list(TYPES)].sum(axis=1) == len(by_unit)).all()


@MANY
@given(made=any_choices(), seed=st.integers(0, 99))
def test_another_order_of_units_moves_the_rows_and_changes_nothing_else(made, seed):
    found, typology = made
    order = list(range(len(found.units)))
    random.Random(seed).shuffle(order)
    moved = choices_.Choices(
        found.table, found.answers[:, order], tuple(found.units[i] for i in order)
    )
    combined = schemes.combinations_of(found)
    by_unit, by_combination = schemes.scheme_map(found, combined, typology, True)
    types = typology.iloc[order].reset_index(drop=True)
    moved_units, moved_combinations = schemes.scheme_map(moved, combined, types, True)
    expected = by_unit.iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(moved_units, expected, check_exact=True)
    pd.testing.assert_frame_equal(moved_combinations, by_combination, check_exact=True)


# --- worked out by hand -----------------------------------------------------------------------------
def one_town(first, second, third, type_="A", **more):
    """One town whose three criteria have these answers under their choices."""
    found = choices_of({"now": [[[a] for a in part] for part in (first, second, third)]}, **more)
    combined = schemes.combinations_of(found)
    return schemes.scheme_map(found, combined, types_of(found, [type_]), True)


def test_a_town_under_four_combinations():
    by_unit, by_combination = one_town([1, 0], [1], [1, -1])
    one = by_unit.iloc[0]
    # (yes, yes, yes) A; (yes, yes, unknown); (no, yes, yes) B; (no, yes, unknown)
    assert one["types"] == "AuBu"
    assert (one["combinations"], one["determined"]) == (4, 2)
    assert (one["agreeing"], one["share_agreeing"]) == (1, 50)
    assert (one["modal_type"], one["modal_share"]) == ("A;B", 50)
    assert one["runner_up"] == ""
    assert by_combination["agreeing"].tolist() == [1, 0, 0, 0]
    assert by_combination["own"].tolist() == [True, False, False, False]


def test_the_runner_up_is_the_next_and_ties_are_joined():
    # A 2, mixed 2 of each way, so mixed 4; then B 1 and D 1.
    by_unit, _ = one_town([1, 1, 0], [1, 0], [1, 0], type_="mixed")
    one = by_unit.iloc[0]
    assert {name: one[name] for name in TYPES} == dict(zip(TYPES, (2, 1, 2, 1, 6, 0), strict=True))
    assert (one["modal_type"], one["modal_share"]) == ("mixed", 50)
    assert (one["runner_up"], one["runner_up_share"]) == ("A;C", pytest.approx(100 / 6))
    assert one["share_agreeing"] == 50


def test_a_town_that_no_combination_determines_has_no_share_and_no_mode():
    one = one_town([-1], [1, 0], [1], type_="undetermined")[0].iloc[0]
    assert (one["combinations"], one["determined"], one["undetermined"]) == (2, 0, 2)
    assert one["agreeing"] is None
    assert (one["modal_type"], one["runner_up"], one["types"]) == ("", "", "uu")
    assert np.isnan([one["share_agreeing"], one["modal_share"], one["runner_up_share"]]).all()


def test_a_town_that_the_case_leaves_undetermined_still_has_a_mode():
    one = one_town([1, -1], [1], [1], type_="undetermined", own=(1, 0, 0))[0].iloc[0]
    assert (one["modal_type"], one["modal_share"], one["agreeing"]) == ("A", 100, None)
    assert np.isnan(one["share_agreeing"])


def test_choices_are_combined_within_one_window_only():
    answers = {
        "now": [[[1]], [[1]], [[1]]],
        "before": [[[0], [0]], [[0]], [[0]]],
        "after": [[[1]], [[0]], [[0]]],
    }
    found = choices_of(answers, ("now", "before", "after"))
    combined = schemes.combinations_of(found)
    windows = found.table["window"].to_numpy()[combined.places]
    assert windows.tolist() == [["now"] * 3, ["before"] * 3, ["before"] * 3, ["after"] * 3]
    by_unit, _ = schemes.scheme_map(found, combined, types_of(found, ["A"]), True)
    assert by_unit["types"].tolist() == ["ADDC"]


def test_a_window_without_a_choice_for_one_criterion_has_no_combination():
    answers = {"now": [[[1]], [[1]], [[1]]], "before": [[[0]], [[0]], [[0]]]}
    found = choices_of(answers, ("now", "before"), lacking={"economy_improving/d0/before/r0"})
    combined = schemes.combinations_of(found)
    assert combined.places.tolist() == [[0, 2, 4]]
    assert combined.own == 0


def test_without_any_combination_nothing_is_counted(tmp_path):
    found = choices_of({"now": [[[1, 0]], [[1, 0]], [[1, 0]]]}, lacking={"sf_high/d0/now/r0"})
    combined = schemes.combinations_of(found)
    assert (len(combined), combined.own) == (0, -1)
    by_unit, by_combination = schemes.scheme_map(
        found, combined, types_of(found, ["undetermined"] * 2), True
    )
    assert by_combination.empty
    assert by_unit["combinations"].tolist() == [0, 0]
    assert by_unit["modal_type"].tolist() == ["", ""]
    csvio.write(by_unit, tmp_path / "schemes.csv")
    csvio.write(by_combination, tmp_path / "combinations.csv")
    assert csvio.read(tmp_path / "schemes.csv", schemes.NUMBERS)["modal_share"].isna().all()


def test_the_map_is_read_as_it_was_written(tmp_path):
    by_unit, _ = one_town([1, 0], [1], [1, -1])
    csvio.write(by_unit, tmp_path / "schemes.csv")
    after = csvio.read(tmp_path / "schemes.csv", schemes.NUMBERS)
    assert list(after) == schemes.SCHEME_COLUMNS
    for column in after:
        expected = [csvio.cell(value) for value in by_unit[column]]
        assert [csvio.cell(value) for value in after[column]] == expected, column


# --- any country ------------------------------------------------------------------------------------
def the_case():
    """Two definitions of the economy, two windows, references by country, region and number."""
    it = case(
        indicators={
            "sf": {**SF},
            "varun": {**VARUN},
            "varni": {**VARNI},
            "at_end": {"definition": "level", "of": "rate", "date": "2014"},
        },
        criteria={
            "sf_high": {"indicator": "sf", "holds_if": "at_least", "reference": "national_median"},
            "economy_improving": {
                "indicator": "varun",
                "holds_if": "at_most",
                "reference": "region_median",
            },
            "population_improving": {
                "indicator": "varni",
                "holds_if": "above",
                "reference": "national_aggregate",
                "aggregate": {"by": "sum_of_counts"},
            },
        },
    )
    it["robustness"] = {
        "definitions": {
            "sf_high": {
                "nationality": {"indicator": "sf", "holds_if": "at_least", "moves_with": "start"}
            },
            "economy_improving": {
                "points": {"indicator": "varun", "holds_if": "at_most"},
                "at_end": {
                    "indicator": "at_end",
                    "holds_if": "below",
                    "moves_with": "end",
                    "references": ["national_mean", "region_median"],
                },
                "both": {"all_of": ["points", "at_end"]},
            },
            "population_improving": {},
        },
        "references": {
            "sf_high": ["national_mean"],
            "economy_improving": ["zero", "national_mean", "region_median"],
            "population_improving": ["zero"],
        },
        "windows": {"later": {"start": 1}},
    }
    return it


TOWN = st.fixed_dictionaries(
    {
        "region": st.sampled_from(["R1", "R2"]),
        "people": st.lists(st.integers(100, 9_999), min_size=3, max_size=3),
        "foreign": st.lists(st.integers(0, 100), min_size=2, max_size=2),
        "rate": st.lists(st.integers(1, 30), min_size=3, max_size=3),
    }
)
COUNTRY = st.lists(TOWN, min_size=2, max_size=7)


def made(country, codes=None, times=1, silent=()):
    """Figures and units; ``silent`` are further units of which nothing is known."""
    codes = codes or [f"{number:03d}" for number in range(len(country))]
    table, regions = [], {}
    for unit, town in zip(codes, country, strict=True):
        regions.setdefault(town["region"], []).append(unit)
        for variable, factor in (("people", 1), ("foreign", 1), ("rate", times)):
            for year, value in zip((2005, 2006, 2014), town[variable], strict=False):
                table.append(row(unit, variable, f"{year}-01-01", value * factor))
    for number, unit in enumerate(silent):
        regions.setdefault(("R1", "R3")[number % 2], []).append(unit)
    return figures(table), towns(regions)


def mapped(figures_, units):
    it = the_case()
    found = choices_.evaluate(it, figures_, units, VARIABLES)
    typology = classified(it, figures_, units)[2]
    combined = schemes.combinations_of(found)
    by_unit, by_combination = schemes.scheme_map(found, combined, typology, True)
    # The case itself is one of the combinations.
    own = by_combination[by_combination["own"]]
    assert len(own) == 1
    place = int(own["combination"].iloc[0]) - 1
    letters = [LETTER[type_] for type_ in typology["type"]]
    assert [text[place] for text in by_unit["types"]] == letters
    assert own["agreeing"].tolist() == [len(units)]
    return by_unit, by_combination


@FEW
@given(country=COUNTRY, seed=st.integers(0, 999))
def test_other_codes_change_no_type_under_any_combination(country, seed):
    before = mapped(*made(country))
    # A town of code 003 in the second country is the one that stood at that place before.
    order = list(range(len(country)))
    random.Random(seed).shuffle(order)
    after = mapped(*made([country[i] for i in order]))
    same = [name for name in before[0] if name not in ("unit", "name")]
    expected = before[0].iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(after[0][same], expected[same], check_exact=True)
    pd.testing.assert_frame_equal(after[1], before[1], check_exact=True)


@FEW
@given(country=COUNTRY)
def test_rates_in_another_unit_change_no_type_under_any_combination(country):
    before, after = mapped(*made(country)), mapped(*made(country, times=10))
    for old, new in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(new, old, check_exact=True)


@FEW
@given(country=COUNTRY, silent=st.integers(1, 3))
def test_units_of_which_nothing_is_known_change_nothing_for_the_others(country, silent):
    codes = [f"9{number}" for number in range(silent)]
    before, after = mapped(*made(country)), mapped(*made(country, silent=codes))
    known = after[0][~after[0]["unit"].isin(codes)].reset_index(drop=True)
    pd.testing.assert_frame_equal(known, before[0], check_exact=True)
    unknown = after[0][after[0]["unit"].isin(codes)]
    assert (unknown["type"] == "undetermined").all()
    assert (unknown["determined"] == 0).all()
    others = [name for name in before[1] if name not in ("undetermined", "agreeing")]
    pd.testing.assert_frame_equal(after[1][others], before[1][others], check_exact=True)
    for column in ("undetermined", "agreeing"):
        assert (after[1][column] - before[1][column] == silent).all()
