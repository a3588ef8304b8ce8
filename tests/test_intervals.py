"""Stability intervals against types made anew with every threshold moved; ranks by brute force."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pandas as pd
import pytest
from build import case, towns
from hypothesis import given, settings
from hypothesis import strategies as st

from smstra import csvio, typology
from smstra.errors import DataError
from smstra.robustness.intervals import COLUMNS, NUMBERS, intervals

FEW = settings(max_examples=8)
SOME = settings(max_examples=15)
DECIMALS = 1
STEP = 10**-DECIMALS
HOLDS = ("at_least", "at_most", "above", "below")
REPORTED = {
    "sf": "percent",
    "varun": "percentage points",
    "varni": "percent",
}


# --- invented countries -------------------------------------------------------------------------


def specs(holds_if=("at_least", "at_most", "at_least"), reference=0.0):
    return {
        criterion: {"indicator": column, "holds_if": how, "reference": reference}
        for (criterion, column), how in zip(typology.CRITERIA.items(), holds_if, strict=True)
    }


def references(thresholds):
    """From criterion -> group -> threshold."""
    rows = [
        {
            "criterion": criterion,
            "indicator": typology.CRITERIA[criterion],
            "group": group,
            "value": value,
            "unit_of_measure": REPORTED[typology.CRITERIA[criterion]],
        }
        for criterion, groups in thresholds.items()
        for group, value in groups.items()
    ]
    return pd.DataFrame(rows, columns=typology.REFERENCE_COLUMNS)


class Country:
    """Towns from code -> (region, three values), and thresholds from criterion -> group -> number."""

    def __init__(self, values, thresholds, criteria, decimals=DECIMALS):
        self.values, self.thresholds, self.criteria = values, thresholds, criteria
        self.case = case(criteria=criteria, comparison_decimals=decimals)
        regions = {}
        for unit, (region, _) in values.items():
            regions.setdefault(region, []).append(unit)
        self.units = towns(regions)

    def typology(self, criterion="", group="X0", threshold=math.nan):
        """The types, one threshold moved: of a region, or as a number for the whole country."""
        moved = {**self.thresholds}
        if criterion:
            moved[criterion] = {**moved[criterion], group: threshold}
        long = pd.DataFrame(
            [
                {"unit": unit, "indicator": column, "value": value, "flags": ""}
                for unit, (_, three) in self.values.items()
                for column, value in zip(typology.CRITERIA.values(), three, strict=True)
            ]
        ).astype({"value": float})
        sizes = pd.Series("small", index=self.units["unit"])
        return typology.classify(self.case, self.units, long, references(moved), sizes)

    def intervals(self):
        return intervals(self.case, self.typology(), references(self.thresholds))

    def group(self, criterion, unit):
        reference = self.criteria[criterion]["reference"]
        return self.values[unit][0] if isinstance(reference, str) else "X0"


# Tenths, and a part that rounding takes away.
FIGURE = st.builds(lambda n, part: n / 10 + part, st.integers(-20, 20), st.sampled_from([0, 3e-4]))
MAYBE = st.one_of(FIGURE, FIGURE, FIGURE, FIGURE, FIGURE, st.none())


@st.composite
def countries(draw, regional=None, least=1, most=7):
    count = draw(st.integers(least, most))
    values = {
        f"{number:03d}": (
            draw(st.sampled_from(["R1", "R2"])),
            tuple(draw(MAYBE) for _ in range(3)),
        )
        for number in range(count)
    }
    by_region = draw(st.booleans()) if regional is None else regional
    groups = ["R1", "R2"] if by_region else ["X0"]
    criteria = specs(
        [draw(st.sampled_from(HOLDS)) for _ in range(3)], "region_median" if by_region else 0.0
    )
    thresholds = {name: {group: draw(FIGURE) for group in groups} for name in criteria}
    return Country(values, thresholds, criteria)


def stays(row, threshold):
    """Whether a threshold lies in the interval that the row names."""
    at = np.round(threshold, DECIMALS)
    from_, to = row["keeps_from"], row["keeps_to"]
    above = math.isnan(from_) or at > from_ or (at == from_ and row["keeps_from_included"])
    below = math.isnan(to) or at < to or (at == to and row["keeps_to_included"])
    return above and below


# --- truth: types made anew ---------------------------------------------------------------------


@FEW
@given(country=countries(most=5))
def test_types_made_anew_with_the_threshold_at_and_beside_every_bound_are_those_foretold(country):
    found = country.intervals()
    for criterion in country.criteria:
        own = found[found["criterion"] == criterion]
        bounds = {*own["keeps_from"].dropna(), *own["keeps_to"].dropna(), *own["value"].dropna()}
        places = {round(b + step, DECIMALS) for b in bounds for step in (-STEP, 0, STEP)}
        for group in country.thresholds[criterion]:
            for place in sorted(places):
                again = country.typology(criterion, group, place).set_index("unit")
                for row in own.to_dict("records"):
                    unit = row["unit"]
                    keeps = country.group(criterion, unit) != group or stays(row, place)
                    assert again["type"][unit] == (row["type"] if keeps else row["type_if_crossed"])
                    if not keeps:
                        assert again["cell"][unit] == row["cell_if_crossed"]


@SOME
@given(country=countries())
def test_only_the_criterion_on_settled_migrants_leaves_a_mixed_town_mixed(country):
    for row in country.intervals().to_dict("records"):
        bound = not (math.isnan(row["keeps_from"]) and math.isnan(row["keeps_to"]))
        mixed_stays = row["type"] == "mixed" and row["criterion"] == "sf_high"
        assert bound == (row["type"] != "undetermined" and not mixed_stays)
        assert bound != math.isnan(row["slack"])
        if bound:
            ends = [row["keeps_from"], row["keeps_to"]]
            assert sum(math.isnan(end) for end in ends) == 1
            assert row["value"] in ends
            assert row["slack"] == round(abs(row["value"] - row["threshold"]), DECIMALS)
            assert row["type_if_crossed"] != row["type"]
        elif mixed_stays:
            assert row["type_if_crossed"] == "mixed"
            assert row["cell_if_crossed"] not in ("", "mixed")


@SOME
@given(country=countries())
def test_ranks_are_those_of_a_threshold_moved_step_by_step(country):
    found = country.intervals()
    for row in found[found["slack"].notna()].to_dict("records"):
        criterion = row["criterion"]
        group = country.group(criterion, row["unit"])
        there = [country.group(criterion, unit) == group for unit in found["unit"]]
        rivals = found[
            np.array(there)
            & (found["criterion"] == criterion)
            & (found["type"] != "undetermined")
            & (found["unit"] != row["unit"])
        ]
        how = country.criteria[criterion]["holds_if"]
        way = -1 if math.isnan(row["keeps_to"]) else 1

        def turned(value, steps, row=row, how=how, way=way):
            at = row["threshold"] + way * steps * STEP
            before, after = typology.holds([value, value], [row["threshold"], at], how, DECIMALS)
            return before != after

        own = next(steps for steps in range(100) if turned(row["value"], steps))
        earlier = sum(turned(value, own - 1) for value in rivals["value"])
        assert row["slack_ranks"] == earlier
        together = sum(turned(value, own) for value in rivals["value"]) - earlier
        assert row["slack_ties"] == together


@SOME
@given(country=countries(least=2))
def test_standardised_slack_nearest_threshold_and_typicality_follow_their_definitions(country):
    found = country.intervals()
    known = found[found["type"] != "undetermined"]
    spreads = {
        criterion: statistics.pstdev(part["value"])
        for criterion, part in known.groupby("criterion")
    }
    for unit, rows in found.groupby("unit"):
        if rows["type"].iloc[0] == "undetermined":
            empty = [c for c in COLUMNS if c.startswith(("typicality", "slack", "nearest"))]
            assert rows[empty].isna().all(axis=None)
            continue
        deep, slacks = [], {}
        for row in rows.to_dict("records"):
            spread = spreads[row["criterion"]]
            if not spread:
                assert math.isnan(row["slack_standardised"])
                continue
            deep.append(abs(row["value"] - row["threshold"]) / spread)
            if not math.isnan(row["slack"]):
                slacks[row["criterion"]] = row["slack_standardised"]
                assert math.isclose(row["slack_standardised"], row["slack"] / spread, rel_tol=1e-9)
        least = min(slacks.values(), default=math.nan)
        first = {criterion for criterion, slack in slacks.items() if slack == least}
        assert set(rows["criterion"][rows["flips_first"] == True]) == first, unit  # noqa: E712
        for column, wanted in (
            ("nearest_distance", least),
            ("typicality", min(deep, default=least)),
        ):
            np.testing.assert_allclose(rows[column], wanted, rtol=1e-9, atol=1e-12)


@SOME
@given(country=countries(least=3))
def test_the_typicality_rank_counts_the_units_of_the_type_that_lie_deeper(country):
    rows = country.intervals().drop_duplicates("unit").dropna(subset="typicality")
    for row in rows.to_dict("records"):
        same = rows[rows["type"] == row["type"]]
        assert row["typicality_rank"] == 1 + (same["typicality"] > row["typicality"]).sum()


# --- worked out by hand -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holds_if", "value", "answer", "side", "included"),
    [
        ("at_least", 7, True, "keeps_to", True),
        ("at_least", 5, True, "keeps_to", True),
        ("at_least", 3, False, "keeps_from", False),
        ("above", 7, True, "keeps_to", False),
        ("above", 5, False, "keeps_from", True),
        ("above", 3, False, "keeps_from", True),
        ("at_most", 3, True, "keeps_from", True),
        ("at_most", 5, True, "keeps_from", True),
        ("at_most", 7, False, "keeps_to", False),
        ("below", 3, True, "keeps_from", False),
        ("below", 5, False, "keeps_to", True),
        ("below", 7, False, "keeps_to", True),
    ],
)
def test_open_and_closed_bounds(holds_if, value, answer, side, included):
    country = Country(
        {"001": ("R1", (value, -1, 1))},
        {
            "sf_high": {"X0": 5},
            "economy_improving": {"X0": 0},
            "population_improving": {"X0": 0},
        },
        specs((holds_if, "at_most", "at_least")),
    )
    row = country.intervals().iloc[0]
    other = "keeps_from" if side == "keeps_to" else "keeps_to"
    assert row["answer"] is answer
    assert (row[side], row[f"{side}_included"]) == (value, included)
    assert math.isnan(row[other])
    assert row[f"{other}_included"] is None
    assert (row["slack"], row["slack_ranks"]) == (abs(value - 5), 0)
    assert (row["type"], row["type_if_crossed"]) == (("A", "B") if answer else ("B", "A"))


# SF at least 10, VARUN at most 0, VARNI at least 0.
THRESHOLDS = {
    "sf_high": {"X0": 10},
    "economy_improving": {"X0": 0},
    "population_improving": {"X0": 0},
}
TOWNS = {
    "001": ("R1", (14, -1, 2)),  # A
    "002": ("R1", (12, -2, 6)),  # A
    "003": ("R1", (12, -3, 4)),  # A
    "004": ("R2", (4, 3, 3)),  # mixed, not settled, economy declining, population improving
    "005": ("R2", (10, None, 1)),  # undetermined
}


def test_a_country_worked_out_by_hand():
    found = Country(TOWNS, THRESHOLDS, specs()).intervals().set_index(["unit", "criterion"])
    # SF falls out of `high` as the threshold rises past 12 (two towns at once), then past 14; the
    # undetermined town at 10 counts for nobody.
    assert found["slack_ranks"].xs("sf_high", level=1)[["001", "002", "003"]].tolist() == [2, 0, 0]
    assert found["slack_ranks"].xs("economy_improving", level=1)[:4].tolist() == [0, 1, 2, 0]
    assert found["slack_ranks"].xs("population_improving", level=1)[:4].tolist() == [0, 3, 2, 1]
    mixed = found.loc["004"]
    assert math.isnan(mixed["slack"]["sf_high"])
    assert mixed["cell_if_crossed"].tolist() == [
        "settled_economy_declining_population_improving",
        "B",
        "D",
    ]
    # Population variances: SF (14, 12, 12, 4) 14.75; VARUN (-1, -2, -3, 3) 5.1875; VARNI 2.1875.
    assert math.isclose(mixed["typicality"].iloc[0], 3 / math.sqrt(5.1875), rel_tol=1e-9)
    nearest = {
        "001": 1 / math.sqrt(5.1875),
        "002": 2 / math.sqrt(14.75),
        "003": 2 / math.sqrt(14.75),
        "004": 3 / math.sqrt(5.1875),
    }
    for unit, distance in nearest.items():
        assert math.isclose(found["nearest_distance"][unit].iloc[0], distance, rel_tol=1e-9)
    firsts = found.index[found["flips_first"] == True].tolist()  # noqa: E712
    assert firsts == [
        ("001", "economy_improving"),
        ("002", "sf_high"),
        ("003", "sf_high"),
        ("004", "economy_improving"),
    ]
    ranks = found["typicality_rank"].xs("sf_high", level=1)
    assert ranks[["001", "002", "003", "004"]].tolist() == [3, 1, 1, 1]
    lost = found.loc["005"]
    assert lost["value"].tolist()[::2] == [10, 1]
    assert lost["answer"].tolist() == [True, None, True]
    assert lost["flips_first"].tolist() == [None] * 3
    assert (lost["type_if_crossed"] == "").all()
    assert found["unit_of_measure"].tolist() == [*REPORTED.values()] * 5


@pytest.mark.parametrize(
    ("reference", "groups", "ranks"),
    [(0.0, ["X0"], [1, 2, 0]), ("region_median", ["R1", "R2"], [0, 1, 0])],
)
def test_ranks_count_the_units_under_the_same_threshold(reference, groups, ranks):
    values = {"001": ("R1", (12, 0, 0)), "002": ("R1", (14, 0, 0)), "003": ("R2", (11, 0, 0))}
    thresholds = {name: dict.fromkeys(groups, at["X0"]) for name, at in THRESHOLDS.items()}
    rows = Country(values, thresholds, specs(reference=reference)).intervals()
    assert rows["slack_ranks"][rows["criterion"] == "sf_high"].tolist() == ranks


def test_typicality_counts_the_step_to_another_mixed_cell_and_the_nearest_distance_does_not():
    values = {"001": ("R1", (19, -5, 5)), "002": ("R1", (9, 5, 5))}
    rows = Country(values, THRESHOLDS, specs()).intervals().drop_duplicates("unit")
    assert rows["type"].tolist() == ["A", "mixed"]
    assert rows["nearest_distance"].tolist() == [1, 1]
    assert rows["typicality"].tolist() == [1, 0.2]


def test_a_tie_of_binary_fractions_is_a_slack_of_zero():
    country = Country(
        {"001": ("R1", (8.3 - 5.3, 0, 0))},
        {**THRESHOLDS, "sf_high": {"X0": 3.0}},
        specs(),
        decimals=9,
    )
    rows = country.intervals()
    assert rows["slack"].tolist() == [0, 0, 0]
    assert rows["answer"].tolist() == [True, True, True]


def test_with_one_value_everywhere_nothing_is_standardised_and_no_threshold_is_the_nearest():
    values = {"001": ("R1", (12, -1, 2)), "002": ("R1", (12, -1, 2))}
    rows = Country(values, THRESHOLDS, specs()).intervals()
    assert rows["slack"].tolist() == [2, 1, 2] * 2
    empty = ["slack_standardised", "nearest_distance", "typicality", "typicality_rank"]
    assert rows[empty].isna().all(axis=None)
    assert not rows["flips_first"].any()


def test_without_a_reference_all_are_undetermined_and_the_unit_of_measure_is_empty():
    thresholds = {name: groups for name, groups in THRESHOLDS.items() if name != "sf_high"}
    rows = Country(TOWNS, thresholds, specs()).intervals()
    assert (rows["type"] == "undetermined").all()
    assert rows["unit_of_measure"].tolist()[:2] == ["", "percentage points"]
    assert rows["slack"].isna().all()


def test_types_that_do_not_follow_from_the_values_are_refused():
    country = Country(TOWNS, THRESHOLDS, specs())
    table = country.typology()
    table.loc[1, "type"] = "C"
    with pytest.raises(DataError) as caught:
        intervals(country.case, table, references(THRESHOLDS))
    assert str(caught.value) == (
        "typology.csv: the type of 002 does not follow from the values, references and the case's "
        "criteria; delete the file and run again."
    )


# --- what must not matter -----------------------------------------------------------------------


@SOME
@given(country=countries(least=2), seed=st.integers(0, 999))
def test_other_codes_and_another_order_of_rows_change_nothing(country, seed):
    before = country.intervals()
    shuffled = country.typology().sample(frac=1, random_state=seed)
    again = intervals(country.case, shuffled, references(country.thresholds))
    pd.testing.assert_frame_equal(again, before, check_exact=True)
    codes = [*country.values]
    renamed = dict(zip(codes, np.random.default_rng(seed).permutation(codes).tolist(), strict=True))
    values = {renamed[unit]: own for unit, own in country.values.items()}
    other = Country(values, country.thresholds, country.criteria).intervals()
    expected = before.assign(
        unit=before["unit"].map(renamed), name="Town " + before["unit"].map(renamed)
    )
    expected = expected.sort_values("unit", kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(other, expected, check_exact=True, check_dtype=False)


@SOME
@given(country=countries(least=2), factor=st.sampled_from([0.5, 10, 1000]), place=st.integers(0, 2))
def test_another_unit_of_measure_scales_slack_and_keeps_ranks_and_standardised_distances(
    country, factor, place
):
    criterion = [*country.criteria][place]

    def rounded(value):
        return None if value is None else round(value, DECIMALS)

    def scaled(times):
        values = {
            unit: (
                region,
                tuple(
                    None if v is None else rounded(v) * (times if i == place else 1)
                    for i, v in enumerate(three)
                ),
            )
            for unit, (region, three) in country.values.items()
        }
        thresholds = {
            name: {g: rounded(t) * (times if name == criterion else 1) for g, t in groups.items()}
            for name, groups in country.thresholds.items()
        }
        return Country(values, thresholds, country.criteria, decimals=6).intervals()

    before, after = scaled(1), scaled(factor)
    for column in ("value", "threshold", "keeps_from", "keeps_to", "slack"):
        times = np.where(before["criterion"] == criterion, factor, 1)
        np.testing.assert_allclose(after[column], before[column] * times, rtol=1e-9, atol=1e-9)
    same = ["slack_standardised", "nearest_distance", "typicality"]
    np.testing.assert_allclose(after[same], before[same], rtol=1e-9)
    kept = ["type", "answer", "slack_ranks", "type_if_crossed", "cell_if_crossed", "flips_first"]
    pd.testing.assert_frame_equal(after[kept], before[kept], check_exact=True)


@SOME
@given(country=countries(), figure=FIGURE, missing=st.integers(0, 2))
def test_undetermined_units_change_nothing_for_the_others(country, figure, missing):
    three = tuple(None if i == missing else figure for i in range(3))
    more = {**country.values, "900": ("R1", three), "901": ("R2", (None,) * 3)}
    after = Country(more, country.thresholds, country.criteria).intervals()
    others = after[after["unit"] < "900"].reset_index(drop=True)
    pd.testing.assert_frame_equal(others, country.intervals(), check_exact=True, check_dtype=False)


@SOME
@given(country=countries(regional=True), three=st.tuples(FIGURE, FIGURE, FIGURE))
def test_a_unit_of_another_region_moves_no_bound_and_no_rank_under_regional_references(
    country, three
):
    more = {**country.values, "900": ("R2", three)}
    after = Country(more, country.thresholds, country.criteria).intervals()
    region = pd.Series({unit: region for unit, (region, _) in country.values.items()})
    before = country.intervals()
    columns = COLUMNS[: COLUMNS.index("slack_standardised")]
    kept = [
        table.loc[table["unit"].map(region) == "R1", columns].reset_index(drop=True)
        for table in (before, after)
    ]
    pd.testing.assert_frame_equal(*kept, check_exact=True, check_dtype=False)


def test_the_table_is_the_same_after_it_was_written_and_read(tmp_path):
    made = Country(TOWNS, THRESHOLDS, specs()).intervals()
    csvio.write(made, tmp_path / "intervals.csv")
    read = csvio.read(tmp_path / "intervals.csv", NUMBERS)
    assert [*read] == COLUMNS
    for column in COLUMNS:
        if column in NUMBERS:
            np.testing.assert_array_equal(read[column], made[column].astype(float))
        else:
            assert read[column].tolist() == [csvio.cell(value) for value in made[column]]
