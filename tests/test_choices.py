"""The choices that a type rests on: each against a run of the typology on a case changed by hand."""

from __future__ import annotations

import copy
import functools
import itertools

import numpy as np
import pandas as pd
import pytest
from build import SF, VARIABLES, VARUN, case, classified, criteria, figures, row, three, towns
from hypothesis import given, settings
from hypothesis import strategies as st

from smstra import csvio, typology
from smstra.errors import SmstraError
from smstra.indicators import compute, plans
from smstra.robustness import choices
from smstra.typology import CELLS, CRITERIA, TYPES

SOME = settings(max_examples=5)
SCHEMES = [
    "zero",
    "national_aggregate",
    "national_median",
    "national_mean",
    "region_aggregate",
    "region_median",
    "region_mean",
]
SUMS = {"by": "sum_of_counts"}
BY_PEOPLE = {"by": "weighted_mean", "weight": "people", "from": "2005-01-01", "to": "2014-01-01"}
YEARS = range(2003, 2016)


def indicators():
    return {
        **three(),
        "natives": {
            "definition": "share",
            "of": "nationals",
            "in": "all_people",
            "date": "2005-01-01",
        },
        "rate_relative": {**VARUN, "definition": "relative_change"},
        "rate_at_end": {"definition": "level", "of": "rate", "date": "2014"},
        "survey": {**VARUN, "of": "survey_rate"},
        "none_such": {"definition": "not_available", "because": "nobody counts it"},
    }


def robustness():
    def levels():
        return {"by": "weighted_mean", "weight": "people", "date": "2014-01-01"}

    return {
        "definitions": {
            "sf_high": {
                "nationality": {
                    "indicator": "sf",
                    "holds_if": "at_least",
                    "moves_with": "start",
                    "aggregate": SUMS,
                },
                "natives": {
                    "indicator": "natives",
                    "holds_if": "below",
                    "moves_with": "start",
                    "aggregate": SUMS,
                },
            },
            "economy_improving": {
                "points": {"indicator": "varun", "holds_if": "at_most", "aggregate": {**BY_PEOPLE}},
                "relative": {"indicator": "rate_relative", "holds_if": "below"},
                "at_end": {
                    "indicator": "rate_at_end",
                    "holds_if": "at_most",
                    "moves_with": "end",
                    "aggregate": levels(),
                    "references": ["national_aggregate", "region_median", 7],
                },
                "both": {"all_of": ["points", "at_end"]},
                "either": {"any_of": ["points", "at_end"]},
                "published": {
                    "indicator": "survey",
                    "holds_if": "at_most",
                    "aggregate": {"by": "published_total"},
                    "region_aggregate": SUMS,
                },
                "unheard": {"indicator": "none_such", "holds_if": "at_most"},
            },
            "population_improving": {
                "inhabitants": {"indicator": "varni", "holds_if": "at_least", "aggregate": SUMS},
            },
        },
        "references": {
            "sf_high": [5, "national_median", "region_aggregate"],
            "economy_improving": [
                "zero",
                "national_aggregate",
                "region_median",
                "region_aggregate",
            ],
            "population_improving": ["zero", "national_aggregate", "region_mean"],
        },
        "windows": {
            "wider": {"start": -1, "end": 1},
            "means": {"years_averaged": 3},
            "too_late": {"end": 2},
        },
    }


def the_case(scheme="national_aggregate", **changed):
    return case(
        indicators=indicators(), criteria=criteria(scheme), robustness=robustness(), **changed
    )


# Written out by hand: what each window makes of the two ends, and how many years are averaged.
WINDOWS = {
    "as_asked": ("2005", "2014", None),
    "wider": ("2004", "2015", None),
    "means": ("2005", "2014", 3),
    "too_late": ("2005", "2016", None),
}
# definition -> indicator, holds_if, national aggregate, regional aggregate
DEFINITIONS = {
    "nationality": ("sf", "at_least", SUMS, SUMS),
    "natives": ("natives", "below", SUMS, SUMS),
    "points": ("varun", "at_most", BY_PEOPLE, BY_PEOPLE),
    "relative": ("rate_relative", "below", None, None),
    "at_end": ("rate_at_end", "at_most", {"by": "weighted_mean", "weight": "people"}, None),
    "published": ("survey", "at_most", {"by": "published_total"}, SUMS),
    "inhabitants": ("varni", "at_least", SUMS, SUMS),
}


def by_hand(it, criterion, definition, window, reference):
    """The case with that one choice written into it."""
    name, holds_if, national, regional = DEFINITIONS[definition]
    start, end, years = WINDOWS[window]
    changed = copy.deepcopy(it)
    spec = changed["indicators"][name]
    if "from" in spec:
        spec["from"] = start + spec["from"][4:]
        spec["to"] = end + spec["to"][4:]
    else:
        spec["date"] = (end if name == "rate_at_end" else start) + spec["date"][4:]
    if years:
        spec["years_averaged"] = years
    aggregate = regional if str(reference).startswith("region") else national
    if aggregate and aggregate["by"] == "weighted_mean":
        aggregate = {**aggregate, "from": f"{start}-01-01", "to": f"{end}-01-01"}
        if name == "rate_at_end":
            aggregate = {"by": "weighted_mean", "weight": "people", "date": f"{end}-01-01"}
    changed["criteria"] = {
        criterion: {"indicator": name, "holds_if": holds_if, "reference": reference}
    }
    if aggregate:
        changed["criteria"][criterion]["aggregate"] = aggregate
    # The other two criteria are asked of something that is always at hand.
    changed["indicators"] = {name: spec, "always": {**SF, "max_year_gap": 0}}
    for other in CRITERIA:
        changed["criteria"].setdefault(
            other, {"indicator": "always", "holds_if": "at_least", "reference": "zero"}
        )
    return changed


WORDS = {True: 1, False: 0, None: -1}


def rerun(it, made_, units, *choice, seen):
    """Answers and the one threshold (or NaN) of a full run on the changed case, or its error's words.

    ``seen`` keeps plan and values of a definition in a window: no reference changes those.
    """
    changed = by_hand(it, *choice)
    try:
        if choice[:3] not in seen:
            planned = plans(changed, made_, units, VARIABLES)
            values = compute(changed, made_, units, VARIABLES, {}, planned, set())
            seen[choice[:3]] = planned, values
        planned, values = seen[choice[:3]]
        thresholds = typology.references(changed, values, made_, units, VARIABLES, planned)
    except SmstraError as error:
        return str(error)
    types = typology.classify(changed, units, values, thresholds, units.set_index("unit")["name"])
    own = thresholds.loc[thresholds["criterion"] == choice[0], "value"].tolist()
    threshold = own[0] if len(own) == 1 else float("nan")
    return [WORDS[answer] for answer in types[choice[0]]], threshold


# --- countries ------------------------------------------------------------------------------------
COUNTS = st.integers(50, 9_999)
TOWN = st.fixed_dictionaries(
    {
        "region": st.sampled_from(["R1", "R2"]),
        "people": st.lists(COUNTS, min_size=len(YEARS), max_size=len(YEARS)),
        "rate": st.lists(st.integers(1, 30), min_size=len(YEARS), max_size=len(YEARS)),
        "foreign": st.integers(0, 900),
        "lacks": st.sets(st.sampled_from(["people", "rate", "foreign", "jobless"]), max_size=1),
        "in_year": st.sampled_from([2004, 2005, 2006, 2014]),
    }
)
COUNTRY = st.lists(TOWN, min_size=2, max_size=6)


def made(country):
    """Figures of 2003-2015 and units; a town lacks one kind of figure in one year."""
    table, regions = [], {}
    for number, town in enumerate(country):
        unit = f"{number:03d}"
        regions.setdefault(town["region"], []).append(unit)
        for place, year in enumerate(YEARS):
            foreign = town["foreign"] + place
            values = {
                "people": town["people"][place],
                "foreign": foreign,
                "nationals": town["people"][place] - 20,
                "rate": town["rate"][place],
                "jobless": town["rate"][place] + number,
                "working": 10 + place,
            }
            for variable, value in values.items():
                if not (variable in town["lacks"] and year == town["in_year"]):
                    table.append(row(unit, variable, f"{year}-01-01", value))
    for year in YEARS:
        if year != 2006:
            whole = {"level": "country"}
            table.append(row("X0", "jobless", str(year), 1000 + year, **whole))
            table.append(row("X0", "working", str(year), 9000, **whole))
    return figures(table), towns(regions)


def a_country(seed=1, towns_=6):
    """A country of made-up figures, the same for each seed."""
    draw = np.random.default_rng(seed)
    return [
        {
            "region": "R1" if number % 2 else "R2",
            "people": draw.integers(50, 9_999, len(YEARS)).tolist(),
            "rate": draw.integers(1, 30, len(YEARS)).tolist(),
            "foreign": int(draw.integers(0, 900)),
            "lacks": {"rate"} if number == 3 else {"people"} if number == 4 else set(),
            "in_year": 2006 if number == 3 else 2005,
        }
        for number in range(towns_)
    ]


def evaluated(it, made_):
    return choices.evaluate(it, made_[0], made_[1], VARIABLES)


@functools.cache
def usual():
    """All choices of the usual case in the usual country; not to be changed."""
    return evaluated(the_case(), made(a_country()))


def records(found):
    return zip(found.table.to_dict("records"), found.answers.tolist(), strict=True)


def read_reference(text):
    return float(text) if text[0].isdigit() else text


# --- the case's own choice ----------------------------------------------------------------------
@SOME
@given(country=COUNTRY, scheme=st.sampled_from([*SCHEMES, 5, -2.5]), listed=st.booleans())
def test_the_own_choice_is_the_typology_itself(country, scheme, listed):
    it = the_case(scheme)
    names = ("nationality", "points", "inhabitants")
    block = it["robustness"]
    block["windows"] = {}
    block["references"] = {criterion: ["zero"] for criterion in CRITERIA}
    for criterion, name in zip(CRITERIA, names, strict=True):
        definitions = block["definitions"][criterion]
        block["definitions"][criterion] = {name: definitions[name]} if listed else {}
    made_ = made(country)
    types = classified({**it, "indicators": three_of(it)}, *made_)[2]
    found = evaluated(it, made_)
    own = found.table[found.table["own"]]
    assert own["criterion"].tolist() == list(CRITERIA)
    assert own["definition"].tolist() == (list(names) if listed else ["as_asked"] * 3)
    assert own["window"].tolist() == ["as_asked"] * 3
    assert own["reference"].tolist() == [str(scheme)] * 3
    for criterion, place in zip(CRITERIA, own.index, strict=True):
        assert found.answers[place].tolist() == [WORDS[answer] for answer in types[criterion]]
    assert found.units == tuple(types["unit"])


def three_of(it):
    return {name: it["indicators"][name] for name in three()}


@pytest.mark.parametrize("reference", [5, 5.0, 0, -2.5], ids=repr)
@pytest.mark.parametrize("listed", [[5], [5.0], [0, -2.5]], ids=repr)
def test_a_number_is_the_own_reference_however_it_is_written(reference, listed):
    it = only_the_first(reference, listed)
    table = evaluated(it, made(a_country(towns_=2))).table
    own = table[table["own"] & (table["criterion"] == "sf_high")]
    assert own["threshold"].tolist() == [reference]
    assert len(table) - 2 == len({reference, *listed})


def only_the_first(reference, listed):
    """The usual case with one definition of the first criterion and one reference of the others."""
    it = the_case("zero")
    it["criteria"]["sf_high"]["reference"] = reference
    block = it["robustness"]
    block["definitions"] = {criterion: {} for criterion in CRITERIA}
    block["references"] = {criterion: ["zero"] for criterion in CRITERIA}
    block["references"]["sf_high"] = listed
    block["windows"] = {}
    return it


def test_an_own_reference_by_region_takes_the_cases_own_aggregate():
    """Not the `region_aggregate` of the definition that has the same indicator and direction."""
    it = the_case()
    # Weighted by the jobless, so that it differs from the weights of the definition.
    weighed = {"by": "weighted_mean", "weight": "jobless", "from": "2005", "to": "2014"}
    it["criteria"]["economy_improving"] |= {"reference": "region_aggregate", "aggregate": weighed}
    points = it["robustness"]["definitions"]["economy_improving"]["points"]
    points["region_aggregate"] = {**BY_PEOPLE}
    it["robustness"]["windows"] = {}
    country = [
        {"region": "R1", "people": [people] * 13, "rate": [5] * 11 + [rate] * 2, "foreign": 1}
        for people, rate in ((9000, 6), (100, 25), (100, 10))
    ]
    country = [{**town, "lacks": set(), "in_year": 2005} for town in country]
    made_ = made(country)
    types = classified({**it, "indicators": three_of(it)}, *made_)[2]
    by_jobless = [WORDS[answer] for answer in types["economy_improving"]]
    # By people the mean is about 1.3, by jobless far more: the third town tells them apart.
    assert by_jobless == [1, 0, 1]
    found = evaluated(it, made_)
    own = found.table.index[found.table["own"] & (found.table["criterion"] == "economy_improving")]
    assert found.answers[own[0]].tolist() == by_jobless


# --- every choice against a full run ----------------------------------------------------------------
def compare(it, made_, found):
    """Return how many choices were compared; each against a full run."""
    parts, seen, compared = {}, {}, 0
    for one, answers in records(found):
        key = (one["criterion"], one["definition"], one["window"], one["reference"])
        assert one["choice"] == "/".join(key[i] for i in (0, 1, 2, 3))
        if one["definition"] == "unheard":
            assert one["reason"] == "nobody counts it"
            continue
        if one["definition"] in ("both", "either"):
            expected = joined(
                one["definition"], *(parts[n, *key[2:]] for n in ("points", "at_end"))
            )
        elif one["definition"] == "relative" and one["reference"].endswith("_aggregate"):
            expected = parts[(*key[1:3], "zero")]
            if not isinstance(expected, str):
                expected = "the definition names no `aggregate`"
        else:
            reference = read_reference(one["reference"])
            expected = rerun(it, *made_, *key[:3], reference, seen=seen)
            if not isinstance(expected, str):
                expected, threshold = expected
                assert one["threshold"] == pytest.approx(threshold, nan_ok=True), one["choice"]
            parts[key[1:]] = expected
        if isinstance(expected, str):
            assert (one["reason"], one["available"]) == (expected, False), one["choice"]
            assert set(answers) == {-1}
        else:
            assert (one["reason"], one["available"]) == ("", True), one["choice"]
            assert answers == expected, one["choice"]
        counts = [answers.count(answer) for answer in (1, 0, -1)]
        assert counts == [one[f"units_{word}"] for word in ("yes", "no", "unknown")]
        compared += 1
    return compared


def joined(word, first, second):
    """All or any of two, unknown where the known one does not settle it (Kleene)."""
    if any(isinstance(part, str) or set(part) == {-1} for part in (first, second)):
        names = ("points", "at_end")
        lacking = [
            name
            for name, part in zip(names, (first, second), strict=True)
            if isinstance(part, str) or set(part) == {-1}
        ]
        return f"{', '.join(lacking)} cannot be had in this window"
    worth = {1: 1.0, 0: 0.0, -1: 0.5}
    pick = min if word == "both" else max
    back = {1.0: 1, 0.0: 0, 0.5: -1}
    return [back[pick(worth[a], worth[b])] for a, b in zip(first, second, strict=True)]


def test_every_choice_is_a_full_run_of_the_case_with_that_choice_written_into_it():
    compared = compare(the_case(), made(a_country()), usual())
    # 4 windows; 3 references of both definitions of the first, and its own one; 4 of points,
    # relative and published, 3 of at_end, 2 of each joined; 3 of inhabitants.
    assert compared == 4 * (2 * 3 + 1 + 3 * 4 + 3 + 2 * 2 + 3)


def test_what_the_data_do_not_allow_says_why_and_has_no_answer():
    found = usual()
    table = found.table
    late = table[(table["window"] == "too_late") & (table["definition"] == "points")]
    assert not late["available"].any()
    assert (
        late["reason"].str.contains("asks for 2016, which no source of the case has for rate").all()
    )
    assert set(found.answers[late.index].ravel().tolist()) == {-1}
    still = table[(table["window"] == "too_late") & (table["criterion"] == "sf_high")]
    assert still["available"].all()
    # The country's own figures lack 2006, so its mean cannot be had; the regions' can.
    means = table[(table["window"] == "means") & (table["definition"] == "published")]
    reasons = dict(zip(means["reference"], means["reason"], strict=True))
    assert reasons["zero"] == reasons["region_median"] == reasons["region_aggregate"] == ""
    assert reasons["national_aggregate"].startswith(
        "`indicators.survey`: no published figures for the country 'X0'"
    )
    assert (table["available"] == (table["reason"] == "")).all()


def test_published_totals_of_regions_are_not_had_unless_a_region_aggregate_is_named():
    it = the_case()
    it["robustness"]["windows"] = {}
    definitions = it["robustness"]["definitions"]
    entry = definitions["economy_improving"]["published"]
    definitions["economy_improving"] = {"published": entry}
    it["robustness"]["references"]["economy_improving"] = ["region_aggregate"]
    definitions["sf_high"] = definitions["population_improving"] = {}
    made_ = made(a_country())

    def regional():
        found = evaluated(it, made_).table.set_index("choice")
        return found.loc["economy_improving/published/as_asked/region_aggregate"]

    assert regional()["available"]
    assert regional()["units_unknown"] == 0
    del entry["region_aggregate"]
    one = regional()
    assert not one["available"]
    assert one["units_unknown"] == 6
    assert one["reason"] == (
        "published totals of regions are not read, and no `region_aggregate` is named"
    )
    entry["region_aggregate"] = {"by": "published_total"}
    assert regional()["reason"] == one["reason"]


def test_a_choice_that_leaves_every_unit_unknown_says_so():
    """One town has the rate of 2005 only, the other that of 2014 only: no town has the change."""
    country = [
        {**town, "lacks": {"rate"}, "in_year": year}
        for town, year in zip(a_country(towns_=2), (2005, 2014), strict=True)
    ]
    it = the_case("zero")
    it["robustness"]["windows"] = {}
    found = evaluated(it, made(country)).table
    one = found.set_index("choice").loc["economy_improving/points/as_asked/national_aggregate"]
    assert one["units_unknown"] == 2
    assert one["reason"] != ""


def test_the_columns_say_what_was_taken():
    table = usual().table.set_index("choice")
    means = table.loc["economy_improving/points/means/zero"]
    assert means["dates"] == "2004/2006 to 2013/2015"
    assert (means["indicator"], means["holds_if"], means["level"]) == ("varun", "at_most", "town")
    assert (means["threshold"], means["substituted"]) == (0.0, False)
    assert table.loc["sf_high/nationality/wider/5", "dates"] == "2004-01-01"
    assert table.loc["sf_high/nationality/too_late/5", "dates"] == "2005-01-01"
    assert table.loc["economy_improving/at_end/wider/7", "dates"] == "2015"
    assert table.loc["economy_improving/at_end/as_asked/7", "threshold"] == 7
    # Two regions have two thresholds, so there is no one to show.
    assert np.isnan(table.loc["population_improving/inhabitants/as_asked/region_mean", "threshold"])
    assert table.loc["economy_improving/both/as_asked/national_aggregate", "indicator"] == (
        "points and at_end"
    )
    late = table.loc["economy_improving/points/too_late/zero"]
    assert (late["dates"], late["level"]) == ("", "")


def test_a_substituted_year_is_said():
    it = the_case()
    it["indicators"]["sf"]["max_year_gap"] = 2
    it["robustness"]["windows"] = {"earlier": {"start": -4}}
    it["robustness"]["definitions"]["economy_improving"] = {}
    it["robustness"]["definitions"]["population_improving"] = {}
    table = evaluated(it, made(a_country())).table.set_index("choice")
    one = table.loc["sf_high/nationality/earlier/5"]
    assert (one["dates"], one["substituted"]) == ("2003-01-01", True)
    assert not table.loc["sf_high/nationality/as_asked/5", "substituted"]


def test_choices_stand_in_the_order_of_criteria_windows_definitions_references():
    it = the_case()
    block = it["robustness"]
    expected = []
    for criterion in CRITERIA:
        for window in ("as_asked", *block["windows"]):
            for name, entry in block["definitions"][criterion].items():
                references = entry.get("references", block["references"][criterion])
                if "all_of" in entry or "any_of" in entry:
                    references = ["national_aggregate", "region_median"]
                if criterion == "sf_high" and name == "nationality":
                    references = ["national_aggregate", *references]
                expected += [f"{criterion}/{name}/{window}/{r}" for r in references]
    table = usual().table
    assert table["choice"].tolist() == expected
    assert table.loc[table["own"], "choice"].tolist() == [
        "sf_high/nationality/as_asked/national_aggregate",
        "economy_improving/points/as_asked/national_aggregate",
        "population_improving/inhabitants/as_asked/national_aggregate",
    ]


def test_the_case_is_left_as_it_was():
    it = the_case()
    it["robustness"]["windows"] = {"means": {"years_averaged": 3}}
    before = copy.deepcopy(it)
    evaluated(it, made(a_country()))
    assert it == before


# --- definitions and references ------------------------------------------------------------------
def test_the_definition_with_the_cases_indicator_and_direction_takes_the_cases_aggregate():
    it = the_case()
    entry = it["robustness"]["definitions"]["economy_improving"]["points"]
    entry["aggregate"] = {"by": "published_total"}
    found = choices.definitions_of(it, "economy_improving")
    assert list(found) == list(it["robustness"]["definitions"]["economy_improving"])
    assert [name for name, one in found.items() if one.get("own")] == ["points"]
    assert found["points"]["aggregate"] == it["criteria"]["economy_improving"]["aggregate"]
    assert entry["aggregate"] == {"by": "published_total"}


@pytest.mark.parametrize("change", [{"holds_if": "below"}, {"indicator": "rate_relative"}])
def test_an_own_definition_that_is_not_listed_comes_first(change):
    it = the_case()
    it["robustness"]["windows"] = {}
    it["criteria"]["economy_improving"] |= change
    if "indicator" in change:
        del it["robustness"]["definitions"]["economy_improving"]["relative"]
    found = choices.definitions_of(it, "economy_improving")
    assert next(iter(found)) == "as_asked"
    spec = it["criteria"]["economy_improving"]
    expected = {key: spec[key] for key in ("indicator", "holds_if", "aggregate")}
    assert found["as_asked"] == {**expected, "own": True}
    assert [name for name, one in found.items() if one.get("own")] == ["as_asked"]
    types = classified({**it, "indicators": it["indicators"]}, *made(a_country()))[2]
    table = evaluated(it, made(a_country()))
    own = table.table.index[table.table["own"] & (table.table["criterion"] == "economy_improving")]
    assert table.answers[own[0]].tolist() == [WORDS[a] for a in types["economy_improving"]]


def test_the_cases_own_reference_is_added_to_its_own_definition_alone():
    it = the_case("national_mean")
    definitions = choices.definitions_of(it, "economy_improving")
    found = choices.references_of(it, "economy_improving", definitions)
    listed = it["robustness"]["references"]["economy_improving"]
    assert found["points"] == ["national_mean", *listed]
    assert found["relative"] == found["published"] == listed
    assert found["at_end"] == ["national_aggregate", "region_median", "7"]
    assert it["robustness"]["references"]["economy_improving"] == listed
    listed_too = the_case("zero")
    assert choices.references_of(listed_too, "economy_improving", definitions)["points"] == listed


def test_joined_definitions_have_the_references_that_all_their_parts_have():
    it = the_case()
    definitions = choices.definitions_of(it, "economy_improving")
    found = choices.references_of(it, "economy_improving", definitions)
    assert found["both"] == found["either"] == ["national_aggregate", "region_median"]


def test_joined_definitions_whose_parts_write_one_number_in_two_ways_are_one():
    it = the_case("zero")
    definitions = it["robustness"]["definitions"]["economy_improving"]
    definitions["points"]["references"] = [7.0]
    it["robustness"]["windows"] = {}
    table = evaluated(it, made(a_country())).table
    assert (table["definition"] == "both").sum() >= 1


# --- joined definitions ----------------------------------------------------------------------------
# Towns with every pair of answers to two definitions: yes at 1, no at 9, unknown.
PAIRS = list(itertools.product((1, 0, -1), repeat=2))
KLEENE = {
    "all_of": {
        (1, 1): 1,
        (1, 0): 0,
        (1, -1): -1,
        (0, 1): 0,
        (0, 0): 0,
        (0, -1): 0,
        (-1, 1): -1,
        (-1, 0): 0,
        (-1, -1): -1,
    },
    "any_of": {
        (1, 1): 1,
        (1, 0): 1,
        (1, -1): 1,
        (0, 1): 1,
        (0, 0): 0,
        (0, -1): -1,
        (-1, 1): 1,
        (-1, 0): -1,
        (-1, -1): -1,
    },
}


def pairs_of_answers():
    table = []
    for number, pair in enumerate(PAIRS):
        unit = f"{number:03d}"
        for variable, answer in zip(("rate", "price"), pair, strict=True):
            if answer != -1:
                table.append(row(unit, variable, "2014", 1 if answer else 9))
        table.append(row(unit, "people", "2005-01-01", 100))
    return figures(table), towns({"R1": [f"{number:03d}" for number in range(9)]})


def joined_case(**definitions):
    def level(of):
        return {"definition": "level", "of": of, "date": "2014"}

    it = case(
        indicators={
            "first": level("rate"),
            "second": level("price"),
            "people": {**level("people"), "date": "2005-01-01"},
            "nothing": {"definition": "not_available", "because": "nobody counts it"},
        },
        criteria={
            criterion: {"indicator": "people", "holds_if": "above", "reference": "zero"}
            for criterion in CRITERIA
        },
    )
    one = {"holds_if": "at_most", "moves_with": "end", "references": [5]}
    it["criteria"]["economy_improving"] = {
        "indicator": "first",
        "holds_if": "at_most",
        "reference": 5,
    }
    it["robustness"] = {
        "definitions": {
            "sf_high": {},
            "economy_improving": {
                "first": {"indicator": "first", **one},
                "second": {"indicator": "second", **one},
                "nothing": {"indicator": "nothing", **one},
                **definitions,
            },
            "population_improving": {},
        },
        "references": {criterion: ["zero"] for criterion in CRITERIA},
        "windows": {},
    }
    return it


def answers_to(found, definition):
    place = found.table.index[found.table["definition"] == definition]
    return found.answers[place[0]].tolist()


@pytest.mark.parametrize("word", KLEENE)
def test_joined_definitions_follow_kleenes_truth_table(word):
    found = evaluated(joined_case(joined={word: ["first", "second"]}), pairs_of_answers())
    assert answers_to(found, "first") == [first for first, _ in PAIRS]
    assert answers_to(found, "second") == [second for _, second in PAIRS]
    assert answers_to(found, "joined") == [KLEENE[word][pair] for pair in PAIRS]


def test_joined_definitions_can_be_joined_again():
    it = joined_case(
        inner={"any_of": ["first", "second"]}, outer={"all_of": ["inner", "second", "first"]}
    )
    inner, conjunction = KLEENE["any_of"], KLEENE["all_of"]
    expected = [
        conjunction[conjunction[inner[first, second], second], first] for first, second in PAIRS
    ]
    assert answers_to(evaluated(it, pairs_of_answers()), "outer") == expected


@pytest.mark.parametrize("word", KLEENE)
def test_joined_definitions_cannot_be_had_without_one_of_their_parts(word):
    it = joined_case(joined={word: ["first", "nothing"]})
    found = evaluated(it, pairs_of_answers())
    assert answers_to(found, "joined") == [-1] * 9
    one = found.table.set_index("definition").loc["joined"]
    assert not one["available"]
    assert one["reason"] == "nothing cannot be had in this window"


# --- written and read ------------------------------------------------------------------------------
@settings(max_examples=60)
@given(
    answers=st.integers(1, 5).flatmap(
        lambda width: st.lists(
            st.lists(st.sampled_from([1, 0, -1]), min_size=width, max_size=width), min_size=1
        )
    )
)
def test_letters_give_the_answers_back(answers):
    texts = choices.letters(np.array(answers, dtype=np.int8))
    letter = {1: "T", 0: "F", -1: "-"}
    assert texts == ["".join(letter[answer] for answer in line) for line in answers]
    back = choices.from_letters(texts)
    assert back.dtype == np.int8
    assert back.tolist() == answers


def test_choices_are_read_as_they_were_written(tmp_path):
    before = usual()
    csvio.write(choices.to_table(before), tmp_path / "choices.csv")
    table = csvio.read(tmp_path / "choices.csv", ["threshold"])
    assert list(table) == choices.COLUMNS
    after = choices.of_table(table, made(a_country())[1]["unit"])
    assert after.units == before.units
    assert (after.answers == before.answers).all()
    for column in ("choice", "own", "available", "substituted", "reason"):
        assert after.table[column].tolist() == before.table[column].tolist(), column
    pd.testing.assert_series_equal(after.table["threshold"], before.table["threshold"])


# --- the kernel ------------------------------------------------------------------------------------
NAN = float("nan")


@pytest.mark.parametrize(
    ("holds_if", "expected"),
    [("at_least", [0, 1, 1]), ("at_most", [1, 1, 0]), ("above", [0, 0, 1]), ("below", [1, 0, 0])],
)
def test_every_direction_below_at_and_above_the_threshold(holds_if, expected):
    found = typology.holds(np.array([1.0, 2.0, 3.0]), np.full(3, 2.0), holds_if, 9)
    assert found.dtype == np.int8
    assert found.tolist() == expected
    flat = typology.holds(np.array([[1.0], [2.0], [3.0]]), 2.0, holds_if, 9)
    assert flat.tolist() == [[answer] for answer in expected]


@pytest.mark.parametrize("holds_if", ["at_least", "at_most", "above", "below"])
def test_a_missing_side_is_neither_yes_nor_no(holds_if):
    found = typology.holds(
        np.array([NAN, 1.0, NAN, 1.0]), np.array([1.0, NAN, NAN, 1.0]), holds_if, 9
    )
    assert found.tolist()[:3] == [-1, -1, -1]
    assert found[3] == (holds_if in ("at_least", "at_most"))


@pytest.mark.parametrize(
    ("value", "threshold", "decimals", "tie"),
    [
        (8.3 - 5.3, 3.0, 9, True),
        (0.1 + 0.2, 0.3, 9, True),
        (3.0000000004, 3.0, 9, True),
        (3.000000002, 3.0, 9, False),
        (3.04, 3.0, 1, True),
        (3.06, 3.0, 1, False),
        (-0.04, 0.04, 1, True),
    ],
)
def test_ties_are_decided_by_the_decimals(value, threshold, decimals, tie):
    def ask(holds_if):
        return int(typology.holds(np.array([value]), np.array([threshold]), holds_if, decimals)[0])

    assert (ask("at_least") and ask("at_most")) == tie
    assert (ask("above") or ask("below")) == (not tie)


@settings(max_examples=60)
@given(
    pairs=st.lists(
        st.tuples(*[st.one_of(st.just(NAN), st.integers(-50, 50).map(lambda n: n / 8))] * 2),
        min_size=1,
    )
)
def test_holds_is_plain_comparison(pairs):
    values, thresholds = np.array(pairs).T
    plain = {
        "at_least": lambda a, b: a >= b,
        "at_most": lambda a, b: a <= b,
        "above": lambda a, b: a > b,
        "below": lambda a, b: a < b,
    }
    for holds_if, compare_ in plain.items():
        expected = [-1 if np.isnan(a) or np.isnan(b) else int(compare_(a, b)) for a, b in pairs]
        assert typology.holds(values, thresholds, holds_if, 9).tolist() == expected


def test_all_27_triples_are_the_cells_of_the_truth_table():
    triples = list(itertools.product((1, 0, -1), repeat=3))
    codes = typology.cells_of(
        *(np.array(column, dtype=np.int8) for column in zip(*triples, strict=True))
    )
    assert codes.dtype == np.uint8
    words = {1: True, 0: False, -1: None}
    for triple, code in zip(triples, codes, strict=True):
        type_, cell = typology.cell_of(*(words[answer] for answer in triple))
        assert typology.CELL_NAMES[code] == cell
        assert TYPES[typology.TYPE_OF_CELL[code]] == type_
        assert (code == typology.UNDETERMINED_CELL) == (-1 in triple)
    assert sorted(set(codes.tolist())) == list(range(9))
    assert len(typology.CELL_NAMES) == len(CELLS) + 1


def test_cells_of_answers_that_are_spread_over_axes():
    found = typology.cells_of(
        np.array([1, 0, -1], dtype=np.int8)[:, None], np.array([1, 0], dtype=np.int8)[None, :], 1
    )
    names = [[typology.CELL_NAMES[code] for code in line] for line in found]
    assert names == [
        ["A", "settled_economy_declining_population_improving"],
        ["B", "not_settled_economy_declining_population_improving"],
        ["", ""],
    ]


def test_each_unit_has_the_threshold_of_its_own_group():
    units = towns({"R1": ["001", "003"], "R2": ["002"]})
    table = typology.references(
        {
            **case(indicators=three()),
            "criteria": {"sf_high": {"indicator": "sf", "reference": "region_median"}},
        },
        of_values({"001": 1.0, "002": 9.0, "003": 3.0}),
        figures([]),
        units,
        VARIABLES,
        {"sf": typology.Plan(("2005",), ("2005",), "town")},
    )
    spec = {"reference": "region_median"}
    found = typology.thresholds_of_units("sf_high", spec, table, units)
    assert found.tolist() == [2, 9, 2]
    assert typology.groups_of("region_mean", units).tolist() == ["R1", "R2", "R1"]
    for reference in ("national_mean", "zero", 3, 2.5):
        assert typology.groups_of(reference, units).tolist() == ["X0"] * 3
    # No row for a group, no threshold.
    only = table[table["group"] == "R2"]
    lacking = typology.thresholds_of_units("sf_high", spec, only, units)
    assert np.isnan(lacking).tolist() == [True, False, True]


def of_values(by_unit):

    return pd.DataFrame(
        {
            "unit": list(by_unit),
            "indicator": "sf",
            "value": list(by_unit.values()),
            "unit_of_measure": "percent",
        }
    )
