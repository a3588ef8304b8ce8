"""Optimal sets of towns: against every set there is, in small invented countries."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smstra import csvio
from smstra.errors import DataError, GeographyError
from smstra.selection import conflicts, constraints, sets

KM_A_DEGREE = math.pi * 6371.0088 / 180
BLOCKS = {
    "types": ("type", ["A", "B", "C"]),
    "size_classes": ("size_class", ["small town", "rural area"]),
    "regions": ("region", ["01", "02"]),
    "traditions": ("tradition", ["left", "right", ""]),
}
ALL_EQUAL = {"typicality": 1, "stability": 1, "coverage": 1}


def town(number: int, **more: Any) -> dict[str, Any]:
    region = more.get("region", "01")
    return {
        "unit": f"u{number:02}",
        "name": f"Town {number}",
        "region": region,
        "region_name": f"Region {region}",
        "type": "A",
        "size_class": "small town",
        "tradition": "",
        "typicality": 1.0,
        "probability": 0.5,
        "inhabitants": 1000.0 * number,
        "candidate": "pass",
        "reasons": "",
        **more,
    }


def towns(*rows: Mapping[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([town(number, **row) for number, row in enumerate(rows)])


def block(towns_: int, **more: Any) -> dict[str, Any]:
    return {"towns": towns_, "objective": ALL_EQUAL, "how_many": 3, "seed": 7, **more}


def on_the_equator(degrees: Mapping[str, float]) -> pd.DataFrame:
    """Places a degree apart are KM_A_DEGREE apart."""
    return pd.DataFrame(
        {"unit": list(degrees), "longitude": list(degrees.values()), "latitude": 0.0}
    )


def found(table: pd.DataFrame) -> list[tuple[str, ...]]:
    return [tuple(part["unit"]) for _, part in table.groupby("set", sort=True)]


# The same, by trying every set.


def asked(block_: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Each constraint's key and a function from the rows of a set to whether it holds."""

    def classes(rows: list[dict], column: str) -> list[str]:
        return [row[column] for row in rows if row[column]]

    def between(rows: list[dict], column: str, value: str, bounds: Any) -> bool:
        bounds = bounds if isinstance(bounds, dict) else {"at_least": bounds, "at_most": bounds}
        count = classes(rows, column).count(value)
        return bounds.get("at_least", 0) <= count <= bounds.get("at_most", 99)

    def apart(rows: list[dict]) -> bool:
        return all(row["longitude"] is not None for row in rows) and all(
            abs(a["longitude"] - b["longitude"]) * KM_A_DEGREE >= block_["apart_km"]
            for a, b in itertools.combinations(rows, 2)
        )

    made = [("towns", lambda rows: len(rows) == block_["towns"])]
    for name, (column, _) in BLOCKS.items():
        spread = block_.get(name, {})
        for value, bounds in sorted(spread.get("each", {}).items()):
            made.append(
                (
                    f"{name}.each.{value}",
                    lambda rows, c=column, v=value, b=bounds: between(rows, c, v, b),
                )
            )
        if "at_least_distinct" in spread:
            made.append(
                (
                    f"{name}.at_least_distinct",
                    lambda rows, c=column, d=spread["at_least_distinct"]: (
                        len(set(classes(rows, c))) >= d
                    ),
                )
            )
        if "at_most_each" in spread:
            made.append(
                (
                    f"{name}.at_most_each",
                    lambda rows, c=column, m=spread["at_most_each"]: all(
                        classes(rows, c).count(value) <= m for value in classes(rows, c)
                    ),
                )
            )
    if "apart_km" in block_ and block_["towns"] > 1:
        made.append(("apart_km", apart))
    for code in block_.get("include", []):
        made.append((f"include.{code}", lambda rows, u=code: any(row["unit"] == u for row in rows)))
    for code in block_.get("exclude", []):
        made.append((f"exclude.{code}", lambda rows, u=code: all(row["unit"] != u for row in rows)))
    return made


def by_hand(
    block_: Mapping[str, Any], candidates: pd.DataFrame, places: pd.DataFrame | None
) -> tuple[list[tuple[tuple[str, ...], int]], list[str]]:
    """All sets, the best first, with their objective in millionths; or the smallest conflict."""
    at = {} if places is None else dict(zip(places["unit"], places["longitude"], strict=True))
    rows = [
        {**row, "longitude": at.get(row["unit"])}
        for row in candidates.sort_values("unit").to_dict("records")
        if row["candidate"] == "pass" or row["unit"] in block_.get("include", [])
    ]
    good = [row for row in rows if row["candidate"] == "pass"]
    every = [
        [row for number, row in enumerate(rows) if mask >> number & 1]
        for mask in range(2 ** len(rows))
    ]
    rules = asked(block_)
    holds = {key: [rule(some) for some in every] for key, rule in rules}
    fits = [some for number, some in enumerate(every) if all(holds[k][number] for k, _ in rules)]
    if not fits:
        for size in range(1, len(rules) + 1):
            for keys in itertools.combinations([key for key, _ in rules], size):
                if not any(map(all, zip(*(holds[key] for key in keys), strict=True))):
                    return [], [f"selection.sets.{key}" for key in keys]
    known = [row["typicality"] for row in good if not math.isnan(row["typicality"])]
    weights = {c: block_["objective"].get(c, 0) for c in ALL_EQUAL}
    present = [{row[c] for row in good} - {""} for c, _ in BLOCKS.values()]
    luck = np.random.Generator(np.random.Philox(block_["seed"])).integers(0, 1_000_000, len(good))
    lots = dict(zip((row["unit"] for row in good), luck.tolist(), strict=True))

    def typicality(row: dict) -> float:
        if math.isnan(row["typicality"]) or not known:
            return 0
        span = max(known) - min(known)
        return min(max((row["typicality"] - min(known)) / span, 0), 1) if span else 1

    def worth(some: list[dict]) -> int:
        own = [
            weights["typicality"] * typicality(row)
            + weights["stability"] * (0 if math.isnan(row["probability"]) else row["probability"])
            for row in some
        ]
        columns = [column for column, _ in BLOCKS.values()]
        covered = sum(
            len({row[column] for row in some} & there)
            for column, there in zip(columns, present, strict=True)
        )
        whole, there = sum(weights.values()), sum(map(len, present))
        a_class = math.floor(weights["coverage"] / whole / there * 1e6 + 1e-6) if there else 0
        return (
            sum(math.floor(value / whole / len(some) * 1e6 + 1e-6) for value in own)
            + a_class * covered
        )

    fits.sort(key=lambda some: (-worth(some), -sum(lots.get(row["unit"], 0) for row in some)))
    return [(tuple(row["unit"] for row in some), worth(some)) for some in fits], []


def spreads(values: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    number = st.integers(0, 2)
    bounds = number | st.fixed_dictionaries({}, optional={"at_least": number, "at_most": number})
    known = [value for value in values if value]
    return st.fixed_dictionaries(
        {},
        optional={
            "each": st.dictionaries(st.sampled_from(known), bounds, min_size=1, max_size=2),
            "at_least_distinct": st.integers(1, 3),
            "at_most_each": st.integers(1, 2),
        },
    )


@st.composite
def instances(draw: st.DrawFn) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame | None]:
    rows = [
        {
            **{column: draw(st.sampled_from(values)) for column, values in BLOCKS.values()},
            # Few different numbers, so that there are ties.
            "typicality": draw(st.sampled_from([0.0, 0.4, 1.0, 1.7, math.nan])),
            "probability": draw(st.sampled_from([0.2, 0.5, 0.9])),
            "candidate": draw(st.sampled_from(["pass", "pass", "pass", "fail"])),
        }
        for _ in range(draw(st.integers(1, 7)))
    ]
    rows[0] |= {"typicality": 0.3, "candidate": "pass"}
    table = towns(*rows)
    codes = st.lists(st.sampled_from(list(table["unit"])), max_size=2, unique=True)
    made = block(
        draw(st.integers(1, 3)),
        objective=draw(
            st.sampled_from([ALL_EQUAL, {"typicality": 2, "coverage": 0.5}, {"stability": 1}])
        ),
        how_many=draw(st.integers(1, 4)),
        include=draw(st.just([]) | codes),
        exclude=draw(st.just([]) | codes),
    )
    for name, (column, values) in BLOCKS.items():
        # What no unit has is an error of its own.
        there = [v for v in values if v in set(table[column]) and v]
        if there and draw(st.booleans()):
            made[name] = draw(spreads(there))
    places = None
    if draw(st.booleans()):
        made["apart_km"] = 150
        degrees = {code: draw(st.integers(0, 5)) for code in table["unit"]}
        lost = draw(st.sampled_from([*table["unit"], ""]))
        places = on_the_equator({code: at for code, at in degrees.items() if code != lost})
    return made, table, places


@settings(max_examples=100, derandomize=True)
@given(instances(), st.randoms(use_true_random=False))
def test_the_sets_are_the_best_of_all_and_a_conflict_the_smallest(instance, random):
    made, table, places = instance
    every, conflict = by_hand(made, table, places)
    got, said = sets.select(made, table, places)
    assert list(said["constraint"]) == conflict
    best = every[: made["how_many"]]
    assert found(got) == [units for units, _ in best]
    assert got.drop_duplicates("set")["set_objective"].tolist() == [w / 1e6 for _, w in best]
    if best:
        assert set(got["others_exist"]) == {len(every) > len(best)}
    order = random.sample(range(len(table)), len(table))
    again, said_again = sets.select(
        made, table.iloc[order], None if places is None else places.iloc[::-1]
    )
    pd.testing.assert_frame_equal(again, got)
    pd.testing.assert_frame_equal(said_again, said)


@settings(max_examples=25, derandomize=True)
@given(instances())
def test_units_that_are_no_candidates_change_nothing(instance):
    made, table, places = instance
    extra = pd.DataFrame(
        [
            town(
                60, unit="a", candidate="fail", typicality=99.0, type="B", size_class="large city"
            ),
            town(61, unit="z", candidate="fail", typicality=-9.0, type="undetermined"),
        ]
    )
    before = sets.select(made, table, places)
    after = sets.select(made, pd.concat([table, extra], ignore_index=True), places)
    for one, other in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one, other)


@settings(max_examples=25, derandomize=True)
@given(instances(), st.floats(0.01, 100), st.floats(-5, 5))
def test_typicality_in_another_unit_gives_sets_as_good(instance, factor, shift):
    made, table, places = instance
    other = table.assign(typicality=(table["typicality"] * factor + shift))
    one, two = (sets.select(made, t, places)[0] for t in (table, other))
    # A scaled figure may round to the next millionth for each town.
    assert one["set_objective"].to_numpy(float) == pytest.approx(
        two["set_objective"].to_numpy(float), abs=3.1e-6
    )


def test_new_codes_for_the_units_permute_the_sets():
    random = np.random.default_rng(5)
    rows = [
        {"type": "ABC"[n % 3], "typicality": float(t), "probability": float(p)}
        for n, (t, p) in enumerate(random.random((9, 2)))
    ]
    table = towns(*rows)
    new = dict(zip(table["unit"], table["unit"].iloc[random.permutation(9)], strict=True))
    made = block(3, types={"each": {"A": 1, "B": 1}}, how_many=10)
    one, _ = sets.select(made, table, None)
    two, _ = sets.select(made, table.assign(unit=table["unit"].map(new)), None)
    assert one["set_objective"].is_monotonic_decreasing and one["set_objective"].nunique() == 10
    assert [{new[code] for code in units} for units in found(one)] == [*map(set, found(two))]


def test_more_towns_than_the_solver_is_first_shown():
    # 60 towns of one kind on a line, the better the nearer to one end: far ones must be brought in.
    table = towns(*({"typicality": 60.0 - n} for n in range(60)))
    places = on_the_equator({f"u{n:02}": n / 10 for n in range(60)})
    made = block(3, objective={"typicality": 1}, apart_km=2 * KM_A_DEGREE - 0.001, how_many=2)
    got, _ = sets.select(made, table, places)
    assert found(got)[0] == ("u00", "u20", "u40")
    assert got["least_km"].iloc[0] == pytest.approx(2 * KM_A_DEGREE)
    none, said = sets.select({**made, "apart_km": 3 * KM_A_DEGREE}, table, places)
    assert none.empty
    assert list(said["constraint"]) == ["selection.sets.towns", "selection.sets.apart_km"]


def test_many_towns_of_few_kinds_against_every_set():
    random = np.random.default_rng(11)
    table = towns(
        *(
            {"typicality": float(t), "type": "AB"[n % 2]}
            for n, t in enumerate(random.integers(0, 40, 12))
        )
    )
    for seed in range(4):
        degrees = random.permutation(12) / 2
        places = on_the_equator(dict(zip(table["unit"], degrees.tolist(), strict=True)))
        made = block(3, apart_km=2 * KM_A_DEGREE - 0.001, how_many=8, seed=seed)
        every, _ = by_hand(made, table, places)
        got, _ = sets.select(made, table, places)
        assert found(got) == [units for units, _ in every[:8]]


def test_naming_a_town_in_moves_no_scale_and_no_lot():
    # u00 is no candidate: its type, region and typicality are beyond those of the candidates.
    outside = {"candidate": "fail", "type": "B", "region": "02", "typicality": 99.0}
    table = towns(outside, *({} for _ in range(6)), {"typicality": 0.0, "type": "C"})
    alone, _ = sets.select(block(1, how_many=6), table, None)
    along, _ = sets.select(block(2, how_many=6, include=["u00"]), table, None)
    assert [units[1:] for units in found(along)] == found(alone)
    assert set(along["set_coverage"]) == set(alone["set_coverage"]) == {0.75}
    assert set(along["set_typicality"]) == set(alone["set_typicality"]) == {1}
    assert along["forced"].sum() == 6


def test_equal_sets_are_in_an_order_that_the_seed_draws():
    table = towns(*({} for _ in range(12)))
    runs = {seed: found(sets.select(block(2, seed=seed), table, None)[0]) for seed in range(8)}
    assert len({tuple(run) for run in runs.values()}) == 8
    assert all(len(set(run)) == 3 for run in runs.values())
    assert found(sets.select(block(2, seed=3), table, None)[0]) == runs[3]


def test_a_set_says_what_it_trades_off_and_when_there_is_no_other():
    table = towns(
        {"type": "A", "typicality": 3.0, "probability": 0.6},
        {"type": "A", "typicality": 2.0, "probability": 0.7},
        {"type": "B", "typicality": 1.0, "probability": 0.9},
    )
    places = on_the_equator({"u00": 0, "u02": 2})
    got, _ = sets.select(block(2, types={"each": {"A": 1, "B": 1}}), table, places)
    assert found(got) == [("u00", "u02"), ("u01", "u02")]
    second = got[got["set"] == 2].iloc[0]
    assert second["trades_off"] == (
        "0.250 less typicality, 0.050 more stability; Town 1 instead of Town 0"
    )
    assert second["loss"] == pytest.approx(0.2 / 3, abs=2e-6)
    assert got["others_exist"].tolist() == [False] * 4
    assert got["optimal"].unique().tolist() == ["proven"]
    assert list(got.columns) == sets.COLUMNS
    assert got["least_km"].iloc[0] == pytest.approx(2 * KM_A_DEGREE)
    # The place of u01 is not known, so the set's distance is not.
    assert math.isnan(second["least_km"])
    first = got.iloc[0]
    assert (first["set_typicality"], first["set_stability"], first["set_coverage"]) == (
        0.5,
        0.75,
        1,
    )
    assert csvio.cell(first["forced"]) == "false"


def test_towns_of_one_name_are_told_apart_by_their_codes():
    table = towns(*({"name": "Saint", "typicality": 1.0 * n} for n in range(3)))
    got, _ = sets.select(block(1, objective={"typicality": 1}, how_many=2), table, None)
    assert got["trades_off"].tolist() == [
        "",
        "0.500 less typicality; Saint (u01) instead of Saint (u02)",
    ]


def test_a_town_named_in_is_in_though_no_candidate_and_says_so():
    table = towns({"candidate": "fail", "reasons": "type mixed", "typicality": math.nan}, {}, {})
    got, _ = sets.select(block(2, include=["u00"]), table, None)
    assert set(found(got)) == {("u00", "u01"), ("u00", "u02")}
    row = got.iloc[0]
    assert row["forced"]
    assert row["remark"] == (
        "no candidate (type mixed), in the set because `include` names it; "
        "typicality unknown, counted as 0"
    )
    assert got["remark"].iloc[1] == ""


def test_a_weight_without_figures_is_refused():
    table = towns({}, {})
    for lacking in (table.drop(columns="probability"), table.assign(probability=math.nan)):
        with pytest.raises(DataError) as caught:
            sets.select(block(1), lacking, None)
        assert str(caught.value) == (
            "`selection.sets.objective.stability` has a weight, but no candidate has a probability: "
            "take the weight out, or give the case a `robustness` block, which works it out."
        )
        got, _ = sets.select(block(1, objective={"coverage": 1, "stability": 0}), lacking, None)
        assert got["set_stability"].isna().all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"include": ["u0"]},
            GeographyError,
            "`selection.sets.include` names 'u0', which is no unit of the case (did you mean 'u02'?); "
            "give the code of a unit in typology.csv.",
        ),
        (
            {"exclude": ["Town 1"]},
            GeographyError,
            "`selection.sets.exclude` names 'Town 1', which is no unit of the case (the unit of that "
            "name has the code 'u01'); give the code of a unit in typology.csv.",
        ),
        (
            {"regions": {"each": {"1": {"at_most": 1}}}},
            DataError,
            "`selection.sets.regions.each` names the region '1', which no unit of the case has (did you "
            "mean '01'?); the regions there are: 01, 02.",
        ),
        (
            {"traditions": {"each": {"lefty": 1}}},
            DataError,
            "`selection.sets.traditions.each` names the tradition 'lefty', which no unit of the case has "
            "(did you mean 'left'?); the traditions there are: left.",
        ),
    ],
    ids=["include", "exclude", "region", "tradition"],
)
def test_names_that_mean_nothing(change, error, message):
    table = towns({}, {"region": "02"}, {"tradition": "left"})
    with pytest.raises(error) as caught:
        sets.select(block(1, **change), table, None)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        (
            {"towns": 4},
            [("towns", "4 towns in the set", "3 eligible units")],
        ),
        (
            {"types": {"each": {"B": 1}}, "regions": {"each": {"01": 2}}},
            [
                ("towns", "2 towns in the set", "3 eligible units"),
                (
                    "types.each.B",
                    "1 town of type B",
                    "1 eligible unit of the type: 0 of region Region 01 (01)",
                ),
                (
                    "regions.each.01",
                    "2 towns of region Region 01 (01)",
                    "2 eligible units of the region: 0 of type B",
                ),
            ],
        ),
        (
            {"types": {"each": {"C": {"at_least": 1}}}},
            [("types.each.C", "at least 1 town of type C", "0 eligible units of the type")],
        ),
        (
            {"traditions": {"at_least_distinct": 2}},
            [
                (
                    "traditions.at_least_distinct",
                    "towns of at least 2 different traditions",
                    "1 tradition among 3 eligible units (left: 1); unknown for 2, which count for none",
                )
            ],
        ),
        (
            {"size_classes": {"at_most_each": 1}},
            [
                ("towns", "2 towns in the set", "3 eligible units"),
                (
                    "size_classes.at_most_each",
                    "at most 1 town of any one size class",
                    "1 size class among 3 eligible units (small town: 3)",
                ),
            ],
        ),
        (
            {"apart_km": 120.5},
            [
                ("towns", "2 towns in the set", "3 eligible units"),
                (
                    "apart_km",
                    "every two towns at least 120.5 km apart, by places that are known",
                    "3 eligible units, 2 of them with a known place",
                ),
            ],
        ),
        (
            {"include": ["u00"], "exclude": ["u00"]},
            [
                (
                    "include.u00",
                    "Town 0 (u00) is in the set",
                    "type A, size class small town, region Region 01 (01)",
                ),
                (
                    "exclude.u00",
                    "Town 0 (u00) is not in the set",
                    "type A, size class small town, region Region 01 (01)",
                ),
            ],
        ),
        (
            {"apart_km": 1, "include": ["u02"]},
            [
                (
                    "apart_km",
                    "every two towns at least 1 km apart, by places that are known",
                    "3 eligible units, 2 of them with a known place",
                ),
                (
                    "include.u02",
                    "Town 2 (u02) is in the set",
                    "type B, size class small town, region Region 02 (02), place unknown",
                ),
            ],
        ),
        (
            {"include": ["u00", "u01", "u03"]},
            [
                ("towns", "2 towns in the set", "4 eligible units"),
                *(
                    (
                        f"include.u0{n}",
                        f"Town {n} (u0{n}) is in the set",
                        "type A, size class small town, region Region 01 (01)"
                        + (", tradition left" if n == 1 else "")
                        + ("; no candidate by itself" if n == 3 else ""),
                    )
                    for n in (0, 1, 3)
                ),
            ],
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_conflict_in_words(change, rows):
    table = towns({}, {"tradition": "left"}, {"type": "B", "region": "02"}, {"candidate": "fail"})
    places = on_the_equator({"u00": 0, "u01": 1, "u03": 2})
    got, said = sets.select({**block(2), **change}, table, places)
    assert got.empty and list(got.columns) == sets.COLUMNS
    assert said.values.tolist() == [[f"selection.sets.{key}", *words] for key, *words in rows]


def test_no_candidate_at_all():
    got, said = sets.select(block(1), towns({"candidate": "fail"}), None)
    assert got.empty
    assert said.values.tolist() == [
        ["selection.sets.towns", "1 town in the set", "0 eligible units"]
    ]


def test_of_conflicts_as_small_the_first_is_named():
    table = towns({}, {})
    made = block(2, types={"each": {"B": 1, "C": 1}}, regions={"at_least_distinct": 2})
    _, said = sets.select(made, table, None)
    assert list(said["constraint"]) == ["selection.sets.types.each.B"]


def test_one_town_has_no_distances():
    table = towns({}, {})
    got, _ = sets.select(block(1, apart_km=50), table, None)
    assert len(got) == 2 and got["least_km"].isna().all()


def test_constraints_that_hold_together_have_no_conflict():
    table = towns({}, {})
    made = block(1)
    among = constraints.towns_of(made, table, None)
    names = dict(zip(table["unit"], table["name"], strict=True))
    with pytest.raises(RuntimeError, match="can all hold together"):
        conflicts.smallest_conflict(constraints.constraints_of(made, among, names), among)
