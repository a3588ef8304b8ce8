"""Matched pairs: against exhaustive search, by hand, and under changes that must not show."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist, mahalanobis

from smstra.errors import DataError
from smstra.selection import assignment, pairs

SOME = settings(max_examples=8)
MANY = settings(max_examples=120)
BLOCK = {
    "among": "units",
    "divide": {"by": "region", "groups": ["N", "S"]},
    "covariates": ["x"],
    "distance": "standardised_euclidean",
    "exact": [],
    "missing": "leave_out",
    "most_similar": 2,
    "most_different": 0,
}


def country(towns):
    """Candidates and indicators of ``{unit: {column or indicator: value}}``; texts are columns."""
    usual = {"type": "A", "verdict": "robust", "size_class": "small town", "tradition": "mixed"}
    candidates, indicators = [], []
    for unit, town in towns.items():
        region = town.get("region", unit[0])
        row = {"unit": unit, "name": f"Town {unit}", "region": region, "candidate": "pass"}
        row |= {"region_name": {"N": "North", "S": "South"}.get(region, "Elsewhere"), **usual}
        candidates.append(row | {key: v for key, v in town.items() if isinstance(v, str)})
        for name, value in town.items():
            if not isinstance(value, str):
                indicators.append([unit, name, math.nan if value is None else value, f"{name}s"])
    return (
        pd.DataFrame(candidates),
        pd.DataFrame(indicators, columns=["unit", "indicator", "value", "unit_of_measure"]),
    )


def line(north, south, **more):
    """Towns N0, N1... and S0, S1... along one covariate."""
    sides = {"N": north, "S": south}
    return {f"{s}{i}": {"x": x, **more} for s, xs in sides.items() for i, x in enumerate(xs)}


def matched(towns, **changes):
    return pairs.match(BLOCK | changes, *country(towns))


def couples(made, kind="most_similar"):
    own = made.pairs[made.pairs["kind"] == kind]
    return list(zip(own["unit_a"], own["unit_b"], strict=True))


def cloud(n, seed, covariates=("x", "y", "z")):
    """Towns with correlated covariates that no two share, and two types."""
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(n, len(covariates))) @ draw.normal(size=(len(covariates),) * 2)
    return {
        f"{'NS'[i % 2]}{i:02d}": {"type": "AB"[i // 2 % 2]}
        | dict(zip(covariates, (float(v) for v in row), strict=True))
        for i, row in enumerate(values)
    }


THREE = {"covariates": ["x", "y", "z"], "distance": "mahalanobis", "most_different": 2}


# The assignment


def exhaustive(a, b, classes, k, farthest):
    """The first best set by trying them all, with whole-numbered distances."""
    sign = -1 if farthest else 1
    edges = sorted(
        (sign * round(math.dist(a[i], b[j]) * 10**9), i, j)
        for in_a, in_b in classes
        for i in in_a
        for j in in_b
    )
    sets = (
        chosen
        for chosen in itertools.combinations(edges, k)
        if len({i for _, i, _ in chosen}) == k == len({j for *_, j in chosen})
    )
    return min(sets, key=lambda chosen: (sum(d for d, *_ in chosen), chosen))


LATTICE = st.tuples(st.integers(0, 4), st.integers(0, 2))
SIDE = st.lists(st.tuples(LATTICE, st.integers(0, 1)), min_size=1, max_size=4)


@MANY
@given(SIDE, SIDE, st.integers(1, 4), st.booleans(), st.sampled_from([1, 2**20]))
def test_best_set_is_the_first_best_of_all(side_a, side_b, k, farthest, cells):
    a, b = (np.array([point for point, _ in side], dtype=float) for side in (side_a, side_b))
    classes = [
        tuple(np.flatnonzero([c == label for _, c in side]) for side in (side_a, side_b))
        for label in (0, 1)
    ]
    k = min(k, sum(min(len(x), len(y)) for x, y in classes))
    if k == 0:
        return
    expected = exhaustive(a, b, classes, k, farthest)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "_CELLS_AT_ONCE", cells)
        i, j, distance = assignment.best_pairs(a, b, classes, k, farthest)
    assert list(zip(i, j, strict=True)) == [(x, y) for _, x, y in expected]
    assert np.rint(distance * 10**9).tolist() == [abs(d) for d, *_ in expected]


@pytest.mark.parametrize("farthest", [False, True])
@pytest.mark.parametrize("k", [1, 3, 12, 40])
@pytest.mark.parametrize("labels", [1, 6])
def test_the_short_list_and_its_chunks_lose_nothing(labels, k, farthest, monkeypatch):
    draw = np.random.default_rng(k)
    a, b = draw.lognormal(size=(120, 2)), draw.lognormal(size=(90, 2))
    of_a, of_b = draw.integers(0, labels, 120), draw.integers(0, labels, 90)
    classes = [(np.flatnonzero(of_a == x), np.flatnonzero(of_b == x)) for x in range(labels)]
    sign = -1 if farthest else 1
    # All pairs in the assignment with dummy rows and columns, without any short list.
    cost = np.full((210 - k, 210 - k), np.inf)
    cost[:120, 90:] = cost[120:, :90] = 0
    cost[:120, :90] = np.where(of_a[:, None] == of_b, sign * cdist(a, b), np.inf)
    least = sign * cost[linear_sum_assignment(cost)].sum()
    made = assignment.best_pairs(a, b, classes, k, farthest)
    assert made[2].sum() == pytest.approx(least, abs=1e-7)
    assert made[2] == pytest.approx(cdist(a, b)[made[0], made[1]], abs=1e-9)
    assert (np.diff(sign * made[2]) >= 0).all()
    for cells in (90, 1200):
        monkeypatch.setattr(assignment, "_CELLS_AT_ONCE", cells)
        for one, other in zip(made, assignment.best_pairs(a, b, classes, k, farthest), strict=True):
            assert np.array_equal(one, other)


def test_equal_units_beyond_the_number_of_pairs_change_nothing():
    a, b = np.zeros((50, 1)), np.array([[0.0]] * 30 + [[1.0]] * 30)
    i, j, distance = assignment.best_pairs(a, b, [(np.arange(50), np.arange(60))], 3)
    assert (i.tolist(), j.tolist(), distance.tolist()) == ([0, 1, 2], [0, 1, 2], [0, 0, 0])
    i, j, distance = assignment.best_pairs(a, b, [(np.arange(50), np.arange(60))], 3, True)
    assert (i.tolist(), j.tolist(), distance.tolist()) == ([0, 1, 2], [30, 31, 32], [1, 1, 1])


def test_greedy_choice_is_worse():
    # The nearest pair, N0 and S0, leaves N1 with a partner far away.
    towns = line([0.0, 2.0], [0.9, -8.0])
    made = matched(towns)
    assert couples(made) == [("N1", "S0"), ("N0", "S1")]
    nearest = abs(towns["N0"]["x"] - towns["S0"]["x"])
    rest = abs(towns["N1"]["x"] - towns["S1"]["x"])
    spread = np.std([t["x"] for t in towns.values()], ddof=1)
    assert made.pairs["distance"].sum() == pytest.approx((1.1 + 8) / spread)
    assert made.pairs["distance"].sum() < (nearest + rest) / spread


def test_number_of_pairs_is_chosen_as_a_whole():
    # The best single pair is in no best set of two.
    towns = line([0.0, 2.0], [1.1, 10.0])
    assert couples(matched(towns, most_similar=1)) == [("N1", "S0")]
    assert couples(matched(towns)) == [("N0", "S0"), ("N1", "S1")]
    # Over classes together: one pair of each, though type A alone has two.
    towns |= {"N2": {"x": 30.0, "type": "B"}, "S2": {"x": 30.5, "type": "B"}}
    assert couples(matched(towns, exact=["type"])) == [("N2", "S2"), ("N1", "S0")]


# Distances


@SOME
@given(st.integers(0, 10_000))
def test_mahalanobis_is_that_of_scipy(seed):
    towns = cloud(12, seed)
    made = matched(towns, **THREE)
    values = pd.DataFrame(towns).T[["x", "y", "z"]].astype(float)
    inverse = np.linalg.inv(np.cov(values.T, ddof=1))
    for row in made.pairs.itertuples():
        expected = mahalanobis(values.loc[row.unit_a], values.loc[row.unit_b], inverse)
        assert row.distance == pytest.approx(expected, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("distance", ["mahalanobis", "standardised_euclidean"])
@SOME
@given(st.integers(0, 10_000), st.sampled_from([-3.0, 1e-6, 0.7, 1e9]), st.floats(-50, 50))
def test_another_unit_of_measure_changes_nothing(distance, seed, factor, shift):
    towns = cloud(12, seed)
    scaled = {u: town | {"y": town["y"] * factor + shift * factor} for u, town in towns.items()}
    one, other = (matched(t, **(THREE | {"distance": distance})) for t in (towns, scaled))
    same = ["kind", "unit_a", "unit_b"]
    assert one.pairs[same].equals(other.pairs[same])
    assert other.pairs["distance"].tolist() == pytest.approx(one.pairs["distance"], abs=1e-8)
    assert one.balance["variance_ratio"].tolist() == pytest.approx(other.balance["variance_ratio"])


@SOME
@given(st.integers(0, 10_000))
def test_mahalanobis_forgets_how_covariates_are_combined(seed):
    towns = cloud(12, seed)
    mixed = {u: t | {"y": t["y"] + 2 * t["x"], "z": t["z"] - t["y"]} for u, t in towns.items()}
    one, other = (matched(t, **THREE).pairs for t in (towns, mixed))
    assert one[["unit_a", "unit_b"]].equals(other[["unit_a", "unit_b"]])
    assert other["distance"].tolist() == pytest.approx(one["distance"], rel=1e-6, abs=1e-8)


# What must not show


@SOME
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_show(seed, random):
    towns = cloud(14, seed) | line([1.0, 1.0, 2.0], [1.0, 2.0, 2.0], y=0.0, z=0.0, type="A")
    candidates, indicators = country(towns)
    block = BLOCK | THREE | {"exact": ["type"]}
    one = pairs.match(block, candidates, indicators)
    shuffled = [
        table.sample(frac=1, random_state=random.randrange(2**31))
        for table in (candidates, indicators)
    ]
    other = pairs.match(block, *shuffled)
    for name in ("pairs", "balance", "left_out"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


@SOME
@given(st.integers(0, 10_000), st.permutations(range(14)))
def test_other_codes_give_the_same_towns(seed, order):
    towns = cloud(14, seed)
    codes = dict(zip(towns, (f"M{i:02d}" for i in order), strict=True))
    renamed = {codes[u]: town | {"region": u[0]} for u, town in towns.items()}
    one, other = (matched(t, **THREE, exact=["type"]) for t in (towns, renamed))
    assert [(codes[a], codes[b]) for a, b in couples(one)] == couples(other)
    assert one.pairs["distance"].equals(other.pairs["distance"])


@SOME
@given(st.integers(0, 10_000))
def test_units_that_take_no_part_change_nothing(seed):
    towns = cloud(14, seed)
    others = {
        "E01": {"x": 1e6, "y": -3.0, "z": 2.0, "region": "E"},
        "N99": {"x": 55.0, "y": 1.0, "z": 0.0, "candidate": "fail"},
        "S99": {"x": None, "y": 1.0, "z": 0.0, "candidate": "fail"},
    }
    one = matched(towns, **THREE, among="candidates")
    other = matched(towns | others, **THREE, among="candidates")
    for name in ("pairs", "balance", "left_out"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    whole = matched(towns | others, **THREE)
    assert whole.left_out["unit"].tolist() == ["S99"]
    assert not whole.balance.equals(one.balance)


def test_ties_go_to_the_first_codes():
    # Nearest first, then by code: all four crossings of equal towns have the same sum.
    towns = line([1.0, 1.0, 5.0], [5.0, 1.0, 1.0])
    assert couples(matched(towns)) == [("N0", "S1"), ("N1", "S2")]
    # Along a line 1-3 and 2-4 have the same sum as 1-4 and 2-3, which holds the nearest pair.
    a, b = np.array([[1.0], [2.0]]), np.array([[4.0], [3.0]])
    i, j, _ = assignment.best_pairs(a, b, [(np.arange(2), np.arange(2))], 2)
    assert (i.tolist(), j.tolist()) == ([1, 0], [1, 0])


# The tables


def test_pairs_are_shown_with_their_values():
    towns = {
        "N1": {"x": 10.0, "y": 1.0},
        "N2": {"x": 20.0, "y": 9.0},
        "S1": {"x": 11.0, "y": 2.0},
        "S2": {"x": 27.0, "y": 9.0},
    }
    made = matched(towns, covariates=["x", "y"], exact=["type", "size_class"], most_different=1)
    assert list(made.pairs) == [*pairs.COLUMNS, "x_a", "x_b", "y_a", "y_b"]
    deviations = [np.std([t[c] for t in towns.values()], ddof=1) for c in "xy"]
    first, second, third = made.pairs.to_dict("records")
    numbers = [c for c in made.pairs if pd.api.types.is_numeric_dtype(made.pairs[c])]
    assert numbers == ["pair", "distance", "x_a", "x_b", "y_a", "y_b"]
    assert (first["kind"], first["pair"], first["unit_a"], first["name_b"]) == (
        "most_similar",
        1,
        "N1",
        "Town S1",
    )
    assert first["distance"] == pytest.approx(math.hypot(1 / deviations[0], 1 / deviations[1]))
    assert first["shared"] == "type A; size class small town"
    assert first["imputed"] == ""
    assert first["contributions"] == "y 0.23 sd, x 0.12 sd"  # 1 / 4.35 and 1 / 8.04
    assert [first[f"{c}_{s}"] for c in "xy" for s in "ab"] == [10, 11, 1, 2]
    assert (second["pair"], second["unit_a"], second["unit_b"]) == (2, "N2", "S2")
    assert second["distance"] == pytest.approx(7 / deviations[0])
    assert (third["kind"], third["pair"], third["unit_a"], third["unit_b"]) == (
        "most_different",
        1,
        "N1",
        "S2",
    )


def test_balance_by_hand():
    # North 1, 3, 8 (mean 4, variance 13); South 3, 9 (mean 6, variance 18); pairs 3-3 and 8-9.
    made = matched(line([1.0, 3.0, 8.0], [3.0, 9.0]))
    before, similar, different = made.balance.to_dict("records")
    assert before == {
        "covariate": "x",
        "unit_of_measure": "xs",
        "kind": "before",
        "n_a": 3,
        "n_b": 2,
        "mean_a": 4,
        "mean_b": 6,
        "standardised_difference": pytest.approx(-2 / math.sqrt(15.5)),
        "variance_ratio": pytest.approx(13 / 18),
        "missing_a": 0,
        "missing_b": 0,
    }
    assert (similar["kind"], similar["n_a"], similar["n_b"]) == ("after_most_similar", 2, 2)
    assert (similar["mean_a"], similar["mean_b"]) == (5.5, 6)
    assert similar["standardised_difference"] == pytest.approx(-0.5 / math.sqrt(15.5))
    assert similar["variance_ratio"] == pytest.approx(12.5 / 18)
    assert (different["kind"], different["n_a"]) == ("after_most_different", 0)
    assert math.isnan(different["mean_a"]) and math.isnan(different["standardised_difference"])


GAPS = {
    "N1": {"x": 1.0, "y": 5.0},
    "N2": {"x": None, "y": None},
    "N3": {"x": 4.0, "y": 7.0},
    "S1": {"x": 2.0, "y": 6.0},
    "S2": {"x": 9.0},
    "S3": {"x": 5.0, "y": 1.0},
}


def test_units_without_a_value_are_left_out_and_listed():
    made = matched(GAPS, covariates=["x", "y"])
    assert made.left_out.to_dict("records") == [
        {"unit": "N2", "name": "Town N2", "group": "N", "why": "no value of x, y"},
        {"unit": "S2", "name": "Town S2", "group": "S", "why": "no value of y"},
    ]
    assert not {"N2", "S2"} & {*made.pairs["unit_a"], *made.pairs["unit_b"]}
    gone = made.balance.set_index(["covariate", "kind"])[["n_a", "n_b", "missing_a", "missing_b"]]
    assert gone.loc[("x", "before")].tolist() == [2, 2, 1, 0]
    assert gone.loc[("y", "before")].tolist() == [2, 2, 1, 1]
    assert gone.loc[("y", "after_most_similar")].tolist() == [2, 2, 0, 0]


def test_values_are_imputed_by_the_median_of_both_groups_and_marked():
    made = matched(GAPS, covariates=["x", "y"], missing="median", most_similar=3)
    assert made.left_out.empty
    shown = made.pairs.set_index("unit_a")
    assert shown.loc["N2", ["x_a", "y_a"]].tolist() == [4, 5.5]  # of 1 4 2 9 5 and of 5 7 6 1
    imputed = {(row.unit_a, row.unit_b): row.imputed for row in made.pairs.itertuples()}
    for (a, b), said in imputed.items():
        parts = [f"x ({s})" for s, u in (("a", a), ("b", b)) if u == "N2"]
        parts += [f"y ({s})" for s, u in (("a", a), ("b", b)) if u in ("N2", "S2")]
        assert said == "; ".join(parts)
    gone = made.balance.set_index(["covariate", "kind"])[["n_a", "missing_a", "missing_b"]]
    assert gone.loc[("y", "before")].tolist() == [3, 1, 1]
    assert gone.loc[("y", "after_most_similar")].tolist() == [3, 1, 1]


def test_a_whole_group_is_not_given_the_median_of_the_other():
    towns = line([1, 2, 4], [1, 2, 5], y=1.0)
    for unit in ("S0", "S1", "S2"):
        towns[unit]["y"] = None
    towns["N0"]["y"] = 2.0
    with pytest.raises(DataError, match=r"no town of the group 'S' has a value of y.*leave_out"):
        matched(towns, covariates=["x", "y"], missing="median")


def test_equal_values_have_no_variance_whatever_their_mean_rounds_to():
    towns = line([7.000000000000001] * 3, [6.1, 7.3, 8.9])
    made = matched(towns)
    before = made.balance[made.balance["kind"] == "before"]
    assert before["variance_ratio"].tolist() == [0]


@pytest.mark.parametrize("missing", ["leave_out", "median"])
def test_a_covariate_that_nobody_has_leaves_no_pairs(missing):
    made = matched(line([1.0, 2.0], [3.0]), covariates=["x", "unheard_of"], missing=missing)
    assert made.pairs.empty
    assert list(made.pairs)[-2:] == ["unheard_of_a", "unheard_of_b"]
    assert made.left_out["why"].tolist() == ["no value of unheard_of"] * 3
    assert made.remarks == [
        "All 2 units of region N are left out, so there are no pairs.",
        "All 1 units of region S are left out, so there are no pairs.",
    ]
    row = made.balance[made.balance["covariate"] == "unheard_of"].iloc[0]
    assert (row["n_a"], row["missing_a"], row["missing_b"], row["unit_of_measure"]) == (0, 2, 1, "")


def test_pairs_agree_on_what_is_asked_and_the_unknown_agrees_with_nothing():
    towns = line([1.0, 2.0, 3.0, 4.0], [1.1, 2.1, 3.1, 4.1])
    for side in "NS":
        towns[f"{side}0"]["tradition"] = ""
        towns[f"{side}1"]["type"] = "undetermined"
        towns[f"{side}2"]["size_class"] = f"class of {side}"
    made = matched(towns, exact=["type", "size_class", "tradition"])
    assert couples(made) == [("N3", "S3")]
    assert made.left_out[["unit", "why"]].to_numpy().tolist() == [
        ["N0", "tradition not known"],
        ["N1", "type not known"],
        ["S0", "tradition not known"],
        ["S1", "type not known"],
    ]
    assert made.remarks == [
        "1 of 2 most similar pairs: region N (2 units) and region S (2) have no more that agree on "
        "type, size class, tradition."
    ]


def test_fewer_pairs_than_asked_for():
    made = matched(line([1.0, 2.0, 5.0], [1.5]), most_similar=10)
    assert couples(made) == [("N0", "S0")]
    assert made.remarks == [
        "1 of 10 most similar pairs: region N (3 units) and region S (1) have no more."
    ]
    assert matched(line([1.0, 2.0, 5.0], [1.5]), most_similar=0).pairs.empty


def test_several_reasons_are_all_said():
    towns = line([1.0, 2.0, 3.0], [1.0, 2.0])
    towns["N1"] |= {"x": None, "type": "undetermined", "tradition": ""}
    made = matched(towns, exact=["type", "tradition"])
    assert made.left_out["why"].tolist() == ["type not known; tradition not known; no value of x"]


def test_a_group_without_candidates_is_said():
    towns = line([1.0, 2.0], [1.0, 2.0])
    for unit in ("S0", "S1"):
        towns[unit]["candidate"] = "fail"
    made = matched(towns, among="candidates")
    assert made.pairs.empty and made.left_out.empty
    assert made.remarks == ["No unit of region S is a candidate, so there are no pairs."]


# Errors


def told(error):
    return str(error.value)


def test_a_group_that_no_unit_has():
    with pytest.raises(DataError) as error:
        matched(line([1.0], [2.0]), divide={"by": "region", "groups": ["N", "X"]})
    assert told(error) == (
        "`selection.pairs.divide.groups`: no unit has the region 'X'; write two of N (North), "
        "S (South)."
    )
    with pytest.raises(DataError) as error:
        matched(line([1.0], [2.0]), divide={"by": "size_class", "groups": ["small twn", "city"]})
    assert told(error) == (
        "`selection.pairs.divide.groups`: no unit has the size class 'small twn' (did you mean "
        "'small town'?); write two of small town."
    )


@pytest.mark.parametrize("distance", ["mahalanobis", "standardised_euclidean"])
def test_constant_covariates(distance):
    towns = {u: t | {"y": 0.1 + 0.2, "z": 7.0} for u, t in line([1.0, 2.0], [4.0, 3.0]).items()}
    towns["S0"]["y"] = 0.3
    with pytest.raises(DataError) as error:
        matched(towns, covariates=["x", "y"], distance=distance)
    assert told(error) == (
        "`selection.pairs.covariates`: y has the same value in all of the 4 units that take part, so "
        "nothing can be measured by it; remove it."
    )
    with pytest.raises(DataError, match=r"y, z have the same .* by them; remove them"):
        matched(towns, covariates=["y", "x", "z"], distance=distance)


@pytest.mark.parametrize("seed", range(8))
def test_covariates_that_determine_each_other(seed):
    towns = cloud(12, seed, ("x", "y", "z", "w"))
    for town in towns.values():
        town["sum"] = 2 * town["x"] - town["z"] / 3 + 5
    columns = ["x", "y", "z", "sum", "w"]
    with pytest.raises(DataError) as error:
        matched(towns, covariates=columns, distance="mahalanobis")
    assert told(error) == (
        "`selection.pairs.covariates`: 'sum' is a linear combination of x, z in the 12 units that "
        "take part, so that they have no Mahalanobis distance; remove one of these covariates."
    )
    assert len(couples(matched(towns, covariates=columns))) == 2


def test_too_few_units_for_a_covariance():
    with pytest.raises(DataError) as error:
        matched(cloud(3, 1), **THREE)
    assert told(error) == (
        "`selection.pairs`: 3 units take part, too few for the covariance of 3 covariates, which "
        "needs 4; write `distance: standardised_euclidean`, or fewer covariates."
    )


def test_more_pairs_than_memory_holds(monkeypatch):
    monkeypatch.setattr(assignment, "MOST_ROWS", 30)
    towns = cloud(60, 1)
    with pytest.raises(DataError) as error:
        matched(towns, covariates=["x", "y"], most_similar=8)
    assert told(error) == (
        "`selection.pairs.most_similar`: 8 pairs between 30 and 30 units are more than can be "
        "assigned in memory; write 3 or fewer, or `among: candidates`."
    )
    assert len(couples(matched(towns, covariates=["x", "y"], most_similar=3))) == 3
