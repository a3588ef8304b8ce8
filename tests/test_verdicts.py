"""Verdicts: the word that the bounds give, and every kind of sentence, on tables made by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import pandas as pd
import pytest
from build import case
from hypothesis import given, settings
from hypothesis import strategies as st

from smstra import csvio, typology
from smstra.errors import DataError
from smstra.robustness import intervals
from smstra.robustness.verdicts import COLUMNS, NUMBERS, cell_in_words, counts, verdicts

SOME = settings(max_examples=40)
WORDS = {
    "robust": {"probability": 0.9, "agreement": 0.75},
    "likely": {"probability": 0.5, "agreement": 0.5},
}
UNITS_OF_MEASURE = {"sf_high": "percent", "economy_improving": "percentage points"}


def the_case(words=None, **criteria):
    """A case whose criteria take the indicators of the same name, or as given."""
    asked = {
        criterion: {"indicator": column, "holds_if": "at_least", "reference": "national_mean"}
        | criteria.get(criterion, {})
        for criterion, column in typology.CRITERIA.items()
    }
    return case(criteria=asked, robustness={"verdicts": words or WORDS})


def town(unit="001", type_="B", cell="", flags="", values=(1.0, 1.0, 1.0), references=(0, 0, 0)):
    row = {"unit": unit, "name": f"Town {unit}", "region": "R1", "type": type_}
    for column, value, reference in zip(
        typology.CRITERIA.values(), values, references, strict=True
    ):
        row |= {column: value, f"{column}_reference": reference}
    return row | {"cell": cell or (type_ if type_ in "ABCD" else ""), "flags": flags}


def schemes(unit="001", type_="B", agreeing=1409, determined=2310, combinations=2310, **more):
    share = 100 * agreeing / determined if determined and type_ != "undetermined" else math.nan
    return {
        "unit": unit,
        "type": type_,
        "combinations": combinations,
        "determined": determined,
        "share_agreeing": share,
        "modal_type": type_ if determined else "",
        "modal_share": share,
        **more,
    }


def drawn(unit="001", type_="B", p=0.72, draws=1000, **more):
    return {
        "unit": unit,
        "type": type_,
        "p_type": p,
        "se_type": math.sqrt(p * (1 - p) / draws),
        "most_probable_type": type_,
        "draws": draws,
        **more,
    }


def nearest(criterion="population_improving", unit="001", type_="B", way="rises", **more):
    """The row of the threshold that flips the type first; it keeps its bound unless told."""
    rises = way == "rises"
    return {
        "unit": unit,
        "type": type_,
        "criterion": criterion,
        "unit_of_measure": UNITS_OF_MEASURE.get(criterion, "percent"),
        "keeps_from": math.nan if rises else 1.0,
        "keeps_to": 1.0 if rises else math.nan,
        "keeps_from_included": None if rises else True,
        "keeps_to_included": True if rises else None,
        "slack": 0.42,
        "slack_ranks": 31.0,
        "slack_ties": 0.0,
        "type_if_crossed": "mixed",
        "flips_first": True,
        "nearest_distance": 0.2,
        "typicality": 0.2,
        "typicality_rank": 4.0,
        **more,
    }


def made(towns=None, combined=None, draws=None, bounds=None, it=None):
    return verdicts(
        it or the_case(),
        pd.DataFrame(towns or [town()]),
        pd.DataFrame(combined or [schemes()]),
        pd.DataFrame(draws or [drawn()]),
        pd.DataFrame(bounds or [nearest()]),
    )


def sentence(**tables):
    return made(
        **{name: [row] for name, row in tables.items() if name != "it"}, it=tables.get("it")
    )["because"].iloc[0]


# --- the word -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "agreeing", "verdict"),
    [
        (0.9, 75, "robust"),
        (0.899, 75, "likely"),
        (0.9, 74, "likely"),
        (0.5, 50, "likely"),
        (0.499, 100, "borderline"),
        (1, 49, "borderline"),
        (1, 100, "robust"),
        (math.nan, 100, "borderline"),
    ],
)
def test_both_bounds_must_be_reached_and_are_included(p, agreeing, verdict):
    combined = schemes(agreeing=agreeing, determined=100, combinations=100)
    table = made(combined=[combined], draws=[drawn(p=p)])
    assert table["verdict"].tolist() == [verdict]


def test_without_any_combination_a_certain_type_is_borderline():
    assert made(combined=[schemes(determined=0)], draws=[drawn(p=1)])["verdict"][0] == "borderline"


@SOME
@given(
    part=st.integers(0, 1000),
    least=st.integers(0, 1000),
    draws=st.integers(0, 1000),
    bound=st.integers(0, 1000),
)
def test_binary_fractions_decide_no_bound(part, least, draws, bound):
    word = {"probability": bound / 1000, "agreement": least / 1000}
    table = made(
        combined=[schemes(agreeing=part, determined=1000, combinations=1000)],
        draws=[drawn(p=draws / 1000)],
        it=the_case({"robust": word, "likely": word}),
    )
    reached = Fraction(part, 1000) >= Fraction(least, 1000) and draws >= bound
    assert table["verdict"][0] == ("robust" if reached else "borderline")


def test_an_undetermined_unit_has_no_probability_and_no_share():
    lost = {"unit": "002", "type_": "undetermined"}
    table = made(
        [town(), town(**lost, values=(1, math.nan, 1))],
        [schemes(), schemes(**lost, agreeing=5)],
        [drawn(), drawn(**lost, p=1)],
        [nearest(), nearest(**lost, flips_first=None, nearest_distance=math.nan)],
    )
    assert table["verdict"].tolist() == ["likely", "undetermined"]
    for column in ("probability", "probability_se", "share_agreeing", "slack", "slack_ranks"):
        assert table[column].isna().tolist() == [False, True]
    assert table["flips_first"].tolist() == ["population_improving", ""]
    assert table["slack_unit"].tolist() == ["percentage points", ""]
    assert counts(table) == {"robust": 0, "likely": 1, "borderline": 0, "undetermined": 1}
    assert [*counts(table)] == ["robust", "likely", "borderline", "undetermined"]


# --- the sentence -------------------------------------------------------------------------------

SHARES = (
    "B holds in 61 % of 2,310 combinations of choices and in 72 % (standard error 1.42 points) of 1,000 "
    "draws; "
)
TURNS = "it turns into mixed first if the threshold of VARNI "


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "rises by more than 0.42 percentage points, past 31 other towns."),
        ({"slack_ranks": 1.0}, "rises by more than 0.42 percentage points, past 1 other town."),
        ({"slack_ranks": 0.0}, "rises by more than 0.42 percentage points, past no other towns."),
        (
            {"slack_ranks": 1234.0},
            "rises by more than 0.42 percentage points, past 1,234 other towns.",
        ),
        (
            {"slack_ranks": 0.0, "slack_ties": 54.0},
            "rises by more than 0.42 percentage points, past no other towns and together with 54 at the "
            "same value.",
        ),
        ({"keeps_to_included": False}, "rises by 0.42 percentage points, past 31 other towns."),
        ({"way": "falls"}, "falls by more than 0.42 percentage points, past 31 other towns."),
        ({"slack": 1.0}, "rises by more than 1 percentage point, past 31 other towns."),
        ({"slack": 0.0, "slack_ranks": 0.0}, "rises at all."),
        ({"slack": 0.0, "slack_ranks": 0.0, "way": "falls"}, "falls at all."),
        (
            {"slack": 12345.6, "unit_of_measure": "EUR per inhabitant"},
            "rises by more than 12,300 EUR per inhabitant, past 31 other towns.",
        ),
        (
            {"slack": 1.0, "unit_of_measure": "inhabitants per km2"},
            "rises by more than 1 inhabitant per km2, past 31 other towns.",
        ),
        (
            {"slack": 0.00001234},
            "rises by more than 0.0000123 percentage points, past 31 other towns.",
        ),
    ],
)
def test_the_nearest_threshold_in_words(changed, said):
    assert sentence(bounds=nearest(**changed)) == SHARES + TURNS + said


def test_a_regional_threshold_and_another_indicator_are_named():
    it = the_case(
        population_improving={"indicator": "households_change", "reference": "region_median"}
    )
    assert sentence(it=it) == (
        f"{SHARES}it turns into mixed first if the threshold of households_change rises by more than 0.42 "
        "percentage points, past 31 other towns of its region."
    )


@pytest.mark.parametrize("order", [1, -1])
def test_thresholds_that_are_as_near_are_all_named_in_the_order_of_criteria(order):
    bounds = [
        nearest("sf_high", type_if_crossed="A", slack=2.0, slack_ranks=3.0, way="falls"),
        nearest("economy_improving", flips_first=False),
        nearest(),
    ]
    table = made(bounds=bounds[::order])
    assert table["because"][0] == (
        f"{SHARES}it turns into A first if the threshold of SF falls by more than 2 percentage points, "
        "past 3 other towns, or as soon into mixed if the threshold of VARNI rises by more than 0.42 "
        "percentage points, past 31 other towns."
    )
    assert table["flips_first"][0] == "sf_high;population_improving"
    assert (table["slack"][0], table["slack_ranks"][0]) == (2, 3)


def test_without_a_nearest_threshold_the_sentence_says_why():
    assert sentence(bounds=nearest(flips_first=False)) == (
        f"{SHARES}no threshold can be called the nearest, for the indicators that would change the type "
        "are the same in all towns."
    )


END = f"; {TURNS}rises by more than 0.42 percentage points, past 31 other towns."


@pytest.mark.parametrize(
    ("combined", "draws", "said"),
    [
        (
            schemes(agreeing=2310),
            drawn(p=1),
            "B holds in all 2,310 combinations of choices and in all 1,000 draws",
        ),
        (
            schemes(agreeing=2309),
            drawn(p=0.9996, draws=10_000),
            "B holds in more than 99.9 % of 2,310 combinations of choices and in more than 99.9 % "
            "(standard error 0.02 points) of 10,000 draws",
        ),
        (
            schemes(agreeing=0),
            drawn(p=0),
            "B holds in none of 2,310 combinations of choices and in none of 1,000 draws",
        ),
        (
            schemes(agreeing=1, determined=1, combinations=1),
            drawn(p=1, draws=1),
            "B holds in the only combination of choices and in the only draw",
        ),
        (
            schemes(agreeing=0, determined=1, combinations=1),
            drawn(p=0, draws=1),
            "B holds in none of 1 combination of choices and in none of 1 draw",
        ),
        (
            schemes(agreeing=500, determined=1000),
            drawn(),
            "B holds in 50 % of 1,000 combinations of choices (1,310 more lack a figure) and in 72 % "
            "(standard error 1.42 points) of 1,000 draws",
        ),
        (
            schemes(determined=0),
            drawn(),
            "B holds in 72 % (standard error 1.42 points) of 1,000 draws, while the data allow no "
            "combination of choices",
        ),
        (schemes(), drawn(p=math.nan), "B holds in 61 % of 2,310 combinations of choices"),
        (
            schemes(determined=0),
            drawn(p=math.nan),
            "B is what the case's own choices give, while the data allow no combination of choices",
        ),
    ],
)
def test_shares_and_probabilities_in_words(combined, draws, said):
    assert sentence(combined=combined, draws=draws) == said + END


def test_a_mixed_town_says_which_way():
    cell = "settled_economy_declining_population_improving"
    said = sentence(
        towns=town(type_="mixed", cell=cell),
        combined=schemes(type_="mixed"),
        draws=drawn(type_="mixed"),
        bounds=nearest("economy_improving", type_="mixed", type_if_crossed="A"),
    )
    assert said == (
        "Mixed (settled, economy declining, population improving): mixed of any kind holds in 61 % of "
        "2,310 combinations of choices and in 72 % (standard error 1.42 points) of 1,000 draws; it turns "
        "into A first if the threshold of VARUN rises by more than 0.42 percentage points, past 31 other towns."
    )


def test_each_mixed_cell_has_its_words():
    words = [cell_in_words(cell) for cell in typology.CELL_NAMES if len(cell) > 1]
    ways = [("improving", "declining"), ("improving", "declining")]
    ways += [("declining", "improving"), ("declining", "improving")]
    assert words == [
        f"{lead}settled, economy {economy}, population {population}"
        for lead, (economy, population) in zip(["", "not "] * 2, ways, strict=True)
    ]


@pytest.mark.parametrize(
    ("combined", "draws", "said"),
    [
        (
            {"modal_type": "D", "modal_share": 39.5},
            {},
            " The combinations most often give D (39.5 %).",
        ),
        (
            {},
            {"most_probable_type": "C", "p_C": 0.4},
            " The draws most often give C (40 %).",
        ),
        (
            {"modal_type": "C;D", "modal_share": 39.5},
            {"most_probable_type": "mixed", "p_mixed": 0.45},
            " The combinations most often give C and D (39.5 % each), the draws mixed (45 %).",
        ),
        ({"modal_type": "B;D"}, {"most_probable_type": "A;B"}, ""),
    ],
)
def test_a_more_frequent_type_has_a_sentence_of_its_own(combined, draws, said):
    assert sentence(combined=schemes(**combined), draws=drawn(**draws)) == SHARES + END[2:] + said


NONE = math.nan


@pytest.mark.parametrize(
    ("own", "combined", "said"),
    [
        (
            {"values": (1, NONE, 1), "flags": "sf:level=nuts2:X;varun:missing=rate:no_row@2005"},
            {"determined": 120, "modal_type": "A;B"},
            "No type, for VARUN is missing (no row for rate in 2005); other choices give it one in "
            "5.19 % of 2,310 combinations of choices, most often A and B.",
        ),
        (
            {
                "values": (NONE, NONE, 1),
                "flags": "sf:missing=foreign:c@2005;varun:missing=not_available",
            },
            {"determined": 0},
            "No type, for SF is missing (the flag c for foreign in 2005) and VARUN is missing (the "
            "case has no figures); no other choice of definition, reference or window gives it one.",
        ),
        (
            {
                "values": (NONE, 1, NONE),
                "references": (0, NONE, 0),
                "flags": "sf:missing=foreign:missing@2005;varun:missing=reference;varni:missing=not_split",
            },
            {"determined": 0, "combinations": 0},
            "No type, for SF is missing (an empty cell for foreign in 2005), the threshold of VARUN is "
            "missing and VARNI is missing (a unit that merged later is not split).",
        ),
        (
            {"values": (1, 1, NONE)},
            {"determined": 0, "combinations": 0},
            "No type, for VARNI is missing.",
        ),
    ],
)
def test_an_undetermined_unit_says_what_is_missing(own, combined, said):
    lost = {"type_": "undetermined"}
    found = sentence(
        towns=town(**lost, **own),
        combined=schemes(**lost, **combined),
        draws=drawn(**lost, p=1),
        bounds=nearest(**lost, flips_first=None),
    )
    assert found == said


# --- order, files, faults -----------------------------------------------------------------------


def three():
    codes = ["001", "002", "003"]
    return (
        pd.DataFrame([town(unit) for unit in codes]),
        pd.DataFrame([schemes(unit, agreeing=700 * (i + 1)) for i, unit in enumerate(codes)]),
        pd.DataFrame([drawn(unit, p=0.3 * (i + 1)) for i, unit in enumerate(codes)]),
        pd.DataFrame(
            [nearest(unit=unit, typicality_rank=float(i)) for i, unit in enumerate(codes)]
        ),
    )


@SOME
@given(seeds=st.tuples(*[st.integers(0, 99)] * 4))
def test_the_order_of_rows_in_no_table_matters(seeds):
    shuffled = [
        table.sample(frac=1, random_state=seed) for table, seed in zip(three(), seeds, strict=True)
    ]
    found = verdicts(the_case(), *shuffled)
    pd.testing.assert_frame_equal(found, verdicts(the_case(), *three()), check_exact=True)
    assert found["verdict"].tolist() == ["borderline", "likely", "robust"]


def test_intervals_read_from_their_file_give_the_same_verdicts_as_those_just_made(tmp_path):
    tables = three()
    tables[3].loc[1, ["keeps_to", "keeps_from"]] = [math.nan, 1.0]
    csvio.write(tables[3], tmp_path / "intervals.csv")
    read = csvio.read(tmp_path / "intervals.csv", intervals.NUMBERS)
    found = verdicts(the_case(), *tables)
    pd.testing.assert_frame_equal(verdicts(the_case(), *tables[:3], read), found)
    csvio.write(found, tmp_path / "verdicts.csv")
    again = csvio.read(tmp_path / "verdicts.csv", NUMBERS)
    assert [*again] == COLUMNS
    pd.testing.assert_frame_equal(again, found, check_dtype=False)


@pytest.mark.parametrize(
    ("place", "file"), [(1, "schemes.csv"), (2, "probabilities.csv"), (3, "intervals.csv")]
)
def test_a_table_of_other_units_or_types_is_refused(place, file):
    tables = [*three()]
    whole = tables[place]
    tables[place] = whole.iloc[:2]
    with pytest.raises(DataError) as caught:
        verdicts(the_case(), *tables)
    assert str(caught.value) == (
        f"{file} does not have one row for each unit of typology.csv (see 003); delete it and run again."
    )
    tables[place] = whole.replace({"unit": {"002": "003"}})
    with pytest.raises(DataError, match=r"\(see 002(, 003)?\)"):
        verdicts(the_case(), *tables)
    tables[place] = whole.assign(type=["B", "A", "B"])
    with pytest.raises(DataError) as caught:
        verdicts(the_case(), *tables)
    assert str(caught.value) == (
        f"{file} gives 002 another type than typology.csv; delete it and run again."
    )
