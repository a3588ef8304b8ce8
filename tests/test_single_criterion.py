"""Cases with one criterion only: Sweden and Spain on real figures, choosing by answers on invented ones."""

from __future__ import annotations

import csv
import itertools
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from build import SNAPSHOTS
from test_figures_typology import invented
from test_report import told
from test_sets import block, towns

from smstra import answers, config, job_settings, summary
from smstra.errors import ConfigError
from smstra.explorer import payload
from smstra.figures import one_axis, quadrants
from smstra.language import Language
from smstra.lookup import Figures
from smstra.report import asked, certainty, choice, methods_selection, results
from smstra.selection import pairs, sets
from smstra.selection.candidates import candidates
from smstra.sources.tables import observations_of
from smstra.stages.harmonised import harmonised_figures
from smstra.stages.indicators import indicators_of
from smstra.stages.typology import typology_of
from smstra.stages.units import units_of

SAY = Language("en")
COLUMNS = {
    "se": ("scb/kommun_population", "kommun_code", "population_31_december", "2005", "2014"),
    "es": ("ine/municipio_population", "municipio_code", "population_1_january", "2005", "2014"),
}


class Country:
    """The stages of a shipped case, from its pinned files to its candidates."""

    def __init__(self, name: str) -> None:
        self.settings = config.load({"cases": [name]})
        self.case = self.settings.cases[name]
        observed = []
        for dataset in self.case["datasets"]:
            part = job_settings.observations(self.settings, dataset)
            observed.append(
                observations_of(dataset, part["datasets"], part["pins"], part["variables"])
            )
        self.units = units_of(job_settings.units(self.settings, name))
        self.figures = Figures(
            harmonised_figures(job_settings.units(self.settings, name), observed, self.units)
        )
        self.indicators, self.sufficiency = indicators_of(
            job_settings.indicators(self.settings, name), self.figures, self.units
        )
        self.references, self.typology = typology_of(
            job_settings.typology(self.settings, name), self.figures, self.units, self.indicators
        )
        self.candidates = candidates(
            self.case, self.typology, self.units, self.figures, self.indicators
        )


@pytest.fixture(scope="module")
def countries() -> dict[str, Country]:
    return {name: Country(name) for name in COLUMNS}


def raw(name: str) -> dict[str, dict[str, int]]:
    """Return the inhabitants by year and code, straight from the table."""
    folder, code, column, *years = COLUMNS[name]
    path = next((SNAPSHOTS / folder).glob("*/*.csv"))
    found: dict[str, dict[str, int]] = {year: {} for year in years}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["year"] in found:
                found[row["year"]][row[code]] = int(row[column])
    return found


def growing(name: str) -> dict[str, bool | None]:
    """Return, for each code of either year, whether it grew at least as the country: whole numbers only."""
    first, last = raw(name).values()
    both = first.keys() & last.keys()
    before, after = (sum(year[code] for code in both) for year in (first, last))
    return {
        code: last[code] * before >= first[code] * after if code in both else None
        for code in first.keys() | last.keys()
    }


# --- the shipped cases ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COLUMNS)
def test_the_one_criterion_is_answered_as_the_table_says_and_no_type_is_forced(countries, name):
    typology = countries[name].typology.set_index("unit")
    expected = growing(name)
    assert typology["population_improving"].to_dict() == expected
    assert set(typology["type"]) == {"undetermined"}
    assert typology[["sf_high", "economy_improving"]].isna().all(axis=None)
    assert answers.without_types(countries[name].typology)
    assert answers.answered(countries[name].typology) == ["population_improving"]
    assert answers.counts(countries[name].typology, "population_improving") == {
        "yes": sum(answer is True for answer in expected.values()),
        "no": sum(answer is False for answer in expected.values()),
        "": sum(answer is None for answer in expected.values()),
    }


def test_a_code_of_one_year_only_is_undetermined_and_no_candidate(countries):
    first, last = raw("es").values()
    alone = first.keys() ^ last.keys()
    assert len(alone) == 12
    typology = countries["es"].typology.set_index("unit")
    assert {u for u, value in typology["varni"].items() if math.isnan(value)} == alone
    found = countries["es"].candidates.set_index("unit")
    for code in alone:
        year = "2014" if code in first else "2005"
        flag = f"varni:missing=residents:no_row@{year}"
        assert flag in typology.at[code, "flags"].split(";")
        assert found.loc[code, ["answers_check", "candidate"]].tolist() == ["unknown", "fail"]
        assert found.at[code, "reasons"].startswith(
            f"population_improving has no answer: no value of varni: no row for residents in {year}"
        )


def test_spain_marks_that_municipios_came_and_went(countries):
    flags = countries["es"].typology["flags"]
    known = countries["es"].typology["varni"].notna()
    assert flags[known].str.contains("varni:break=municipio_changes_es").all()


@pytest.mark.parametrize(
    ("name", "register", "code"),
    [("se", "se_kommuner", "kommun_code"), ("es", "es_municipios", "municipio_code")],
)
def test_the_registers_are_what_they_were_compiled_from(name, register, code):
    folder, column = COLUMNS[name][:2]
    tables = {}
    for key, path in (
        ("own", SNAPSHOTS / "smstra" / register),
        ("people", SNAPSHOTS / folder),
        ("areas", SNAPSHOTS / "eurostat/lau_2019"),
    ):
        file = next(path.glob("*/*.csv"))
        tables[key] = list(csv.DictReader(file.open(encoding="utf-8", newline="")))
    areas = {
        row["lau_code"]: Decimal(row["area_as_published"]) / 1_000_000
        for row in tables["areas"]
        if row["country"] == name.upper()
    }
    names = {row[column]: row["name"] for row in tables["people"]}
    assert [row[code] for row in tables["own"]] == sorted(names)
    for row in tables["own"]:
        assert row["name"] == names[row[code]]
        assert (
            next(iter(row[key] for key in row if key.endswith("_code") and key != code))
            == (row[code][:2])
        )
        area = areas.get(row[code])
        assert row["area_km2"] == ("" if area is None else format(area.normalize(), "f"))


def test_candidates_say_their_answer_and_how_clear_it_is(countries):
    country = countries["se"]
    values = country.typology["varni"].to_numpy(float)
    reference = country.typology["varni_reference"].iloc[0]
    depth = np.abs(values - reference) / np.std(values)
    found = country.candidates
    assert found["typicality_by_answers"].to_numpy() == pytest.approx(depth, rel=1e-8)
    assert (found["typicality"] == found["typicality_by_answers"]).all()
    assert found["population_improving"].tolist() == (
        country.typology["population_improving"].tolist()
    )
    assert set(found["answers_check"]) == {"pass"}


def test_an_answer_that_is_not_asked_for_fails_with_its_figures(countries):
    country = countries["se"]
    case = {
        **country.case,
        "selection": {
            "candidates": {
                **country.case["selection"]["candidates"],
                "answers": {"population_improving": ["yes"]},
            }
        },
    }
    found = candidates(case, country.typology, country.units, country.figures, country.indicators)
    found = found.set_index("unit")
    typology = country.typology.set_index("unit")
    declining = typology.index[typology["population_improving"] == False]  # noqa: E712
    assert set(found.loc[declining, "answers_check"]) == {"fail"}
    first, last = raw("se").values()
    change = 100 * (last["0483"] / first["0483"] - 1)
    assert found.at["0483", "reasons"].startswith(
        f"population_improving is no (varni {change:.2f}, reference 7.73), which is not among yes"
    )


@pytest.mark.parametrize("name", COLUMNS)
def test_the_sets_of_the_case_have_two_growing_and_two_shrinking_towns(countries, name):
    country = countries[name]
    found, conflict = sets.select(country.case["selection"]["sets"], country.candidates, None)
    expected = growing(name)
    assert conflict.empty
    for _, chosen in found.groupby("set"):
        assert sorted(expected[unit] for unit in chosen["unit"]) == [False, False, True, True]
        assert chosen["region"].is_unique


@pytest.mark.parametrize("name", COLUMNS)
def test_pairs_join_a_growing_with_a_shrinking_town(countries, name):
    country, expected = countries[name], growing(name)
    matched = pairs.match(
        country.case["selection"]["pairs"], country.candidates, country.indicators
    )
    assert set(matched.pairs["kind"]) == {"most_similar", "most_different"}
    assert {expected[unit] for unit in matched.pairs["unit_a"]} == {True}
    assert {expected[unit] for unit in matched.pairs["unit_b"]} == {False}
    size = country.candidates.set_index("unit")["size_class"]
    for pair in matched.pairs.itertuples():
        assert pair.unit_a[:2] == pair.unit_b[:2]
        assert size[pair.unit_a] == size[pair.unit_b]


# --- what a reader is told -----------------------------------------------------------------------------


def as_read(country: Country) -> dict[str, pd.DataFrame]:
    chosen, conflict = sets.select(country.case["selection"]["sets"], country.candidates, None)
    return {
        "typology": country.typology,
        "units": country.units,
        "references": country.references,
        "candidates": country.candidates,
        "selection": chosen.assign(
            set=chosen["set"].astype(str), forced="false", others_exist="true"
        ),
        "conflicts": conflict,
        "towns": pd.DataFrame(),
    }


def test_the_report_says_why_there_are_no_types_and_what_is_known_instead(countries):
    country = countries["es"]
    tables = as_read(country)
    found = told(asked.summary(country.case, tables, SAY))
    number = answers.counts(country.typology, "population_improving")
    assert "No unit can be given a type" in found
    assert "“Foreign residents” (no table of foreign residents by municipio" in found
    assert (
        f"population improves: yes for {number['yes']:,} of 8,119 units, no for {number['no']:,}, unknown "
        "for 12"
    ) in found
    assert "improve in economy and population" not in found
    assert "(undetermined)" not in found
    shown = told(results.section(country.case, tables, [], SAY))
    assert "Units by region and answer" in shown
    assert "Units by region and type" not in shown
    sure = told(certainty.section(country.case, tables, SAY))
    values = country.typology["varni"].dropna()
    away = (values - country.typology["varni_reference"].iloc[0]).abs()
    zero = sum(
        (value >= 0) != (value >= country.typology["varni_reference"].iloc[0]) for value in values
    )
    assert f"for half of them by {float(f'{away.median():.3g}')} percentage points" in sure
    assert f"{zero:,} of 8,107 units would answer otherwise" in sure
    study = told(choice.candidates(country.candidates, country.case, SAY))
    assert "Candidates by region and answer" in study
    best = told(choice.sets(country.case, tables, SAY))
    assert "population improves" in best
    assert "Distance from the reference, standard deviations" in best
    assert "of the type" not in best


def test_the_table_of_answers_adds_up(countries):
    country = countries["se"]
    table = asked.answers_table(
        "x", country.units["region_name"], country.typology, ["population_improving"], "r", SAY
    )
    whole = answers.counts(country.typology, "population_improving")
    assert table.foot[1:] == tuple(str(n) for n in (*whole.values(), 290))
    for column, count in enumerate((*whole.values(), 290), 1):
        assert sum(int(row[column]) for row in table.rows) == count
    assert table.head[1] == "population improves: yes"


def test_methods_say_what_is_chosen_by(countries):
    block_ = countries["se"].case["selection"]
    said = methods_selection.candidate_rules(countries["se"].case, {}, SAY)
    assert (
        "Its answer to “population improves” is one of: yes and no. A unit without an answer fails."
    ) in said
    asked_for = methods_selection.constraints(block_["sets"], {}, {}, SAY)
    key = "selection.sets.answers.population_improving.each.no"
    assert asked_for[key] == ("2 of its towns are of those with “population improves: no”.")
    assert "(by population improves)" in methods_selection.pairs(countries["se"].case, {}, SAY)[0]


def test_the_last_lines_of_a_run_count_the_answers(countries):
    country = countries["se"]
    lines = summary.of_case("se", "Kommuner", country.typology).splitlines()
    number = answers.counts(country.typology, "population_improving")
    assert (
        f"  population_improving by itself: yes {number['yes']}   no {number['no']}   unknown 0"
    ) in lines


def test_the_explorer_has_units_without_a_size_class(countries):
    sizes = payload._sizes(countries["es"].case, countries["es"].typology["size_class"], SAY)
    assert sizes["keys"][-1] == "unknown"
    assert sizes["words"][-1] == ""
    assert len(sizes["keys"]) == len(set(sizes["keys"])) == 7


# --- the figure ----------------------------------------------------------------------------------------


def heights(drawing: Any) -> dict[str, int]:
    """Return how many units the bars of each answer hold."""
    found: dict[str, int] = {}
    for container in drawing.figure.axes[0].containers:
        found[container.get_label()] = int(sum(bar.get_height() for bar in container))
    return found


def test_an_axis_alone_is_drawn_as_bars_that_hold_every_unit():
    values = [(1.0, math.nan, float(n) - 150.0) for n in range(300)]
    material = invented(values, references=(2.0, 0.0, 10.0), towns=("U03", "U299"))
    drawing = quadrants.quadrants(material, {})
    assert not drawing.missing
    assert heights(drawing) == {"_True": 140, "_False": 160}
    assert drawing.words.title == (
        "The population improves against its reference in 140 of 300 units; “Change of unemployment” is "
        "not known"
    )
    shown = [text.get_text() for text in drawing.figure.axes[1].get_yticklabels()]
    assert shown == ["Town 299", "Town 3"]
    assert len(drawing.data) == 300


def test_two_axes_that_share_no_unit_are_drawn_side_by_side():
    values = [(1.0, n - 2.0, math.nan) for n in range(5)] + [
        (1.0, math.nan, n - 1.0) for n in range(5)
    ]
    material = invented(values, references=(2.0, 0.0, 0.0), towns=())
    drawing = quadrants.quadrants(material, {})
    assert [axes.get_ylabel() for axes in drawing.figure.axes] == ["Units", "Units"]
    assert "no unit has figures of both" in drawing.words.title
    assert "The economy improves against its reference in 3 of 5 units" in drawing.words.title


def test_far_values_are_taken_in_by_the_outermost_bars_and_counted():
    values = pd.Series([*np.linspace(-20, 20, 997), 500.0, 900.0, -70.0])
    edges = one_axis._edges(values, [0.0])
    assert edges[0] <= -20
    assert 20 <= edges[-1] < 500
    assert np.allclose(np.diff(edges), edges[1] - edges[0])
    counted, _ = np.histogram(np.clip(values, edges[0], edges[-1]), bins=edges)
    assert counted.sum() == 1000


@pytest.mark.parametrize("values", [[3.0], [0.0, 0.0], [-1e-9, 1e-9], [1e9, -1e9]])
def test_bars_have_edges_whatever_the_values(values):
    edges = one_axis._edges(pd.Series(values), [0.0])
    assert (np.diff(edges) > 0).all()
    assert edges[0] <= min(values) <= max(values) <= edges[-1]


# --- sets and conflicts by answers ---------------------------------------------------------------------


def answered(*given: bool | None) -> pd.DataFrame:
    """Towns with these answers, the later the more typical."""
    return towns(
        *(
            {"type": "undetermined", "typicality": 1.0 + n, "population_improving": answer}
            for n, answer in enumerate(given)
        )
    )


def spread(**each: Any) -> dict[str, Any]:
    return {"answers": {"population_improving": {"each": each}}}


def test_the_best_set_by_answers_is_the_best_of_all_that_fit():
    table = answered(True, False, None, True, False, True, False, None)
    asked_for = block(3, **spread(yes=2, no=1)) | {"objective": {"typicality": 1}}
    found, _ = sets.select(asked_for, table, None)
    by_unit = table.set_index("unit")
    fitting = [
        chosen
        for chosen in itertools.combinations(table["unit"], 3)
        if sorted(map(str, by_unit.loc[list(chosen), "population_improving"]))
        == ["False", "True", "True"]
    ]
    best = max(fitting, key=lambda chosen: by_unit.loc[list(chosen), "typicality"].sum())
    assert tuple(found.loc[found["set"] == 1, "unit"]) == best


def test_a_set_may_ask_for_different_answers_or_for_no_more_of_one():
    table = answered(True, True, True, False)
    only = {"objective": {"typicality": 1}, "how_many": 100}
    for spread_ in ({"at_least_distinct": 2}, {"at_most_each": 2}):
        asked_for = block(3, answers={"population_improving": spread_}) | only
        found, _ = sets.select(asked_for, table, None)
        assert found.groupby("set")["unit"].agg(lambda units: "u03" in set(units)).all()
        assert found["set"].nunique() == 3


def test_answers_count_for_coverage_only_where_the_case_spreads_over_them():
    table = answered(True, True, False)
    table["region"] = table["region_name"] = "01"
    goal = {"objective": {"coverage": 1}, "how_many": 1}
    plain, _ = sets.select(block(2) | goal, table, None)
    spread_, _ = sets.select(
        block(2, answers={"population_improving": {"at_most_each": 2}}) | goal, table, None
    )
    # Size class and region, and then the two answers as well.
    assert plain["set_coverage"].iloc[0] == 1
    assert spread_["set_coverage"].iloc[0] == 1
    assert "u02" in set(spread_["unit"])


def test_the_smallest_conflict_speaks_of_answers():
    table = answered(True, True, None)
    asked_for = block(2, **spread(yes=1, no=1))
    found, conflict = sets.select(asked_for, table, None)
    assert found.empty
    assert conflict.values.tolist() == [
        [
            "selection.sets.answers.population_improving.each.no",
            "1 town of answer to population_improving no",
            "0 eligible units of the answer to population_improving",
        ]
    ]


def test_a_forced_town_in_a_conflict_is_shown_with_its_answer():
    table = answered(True, False)
    asked_for = block(1, include=["u00"], **spread(yes=0))
    _, conflict = sets.select(asked_for, table, None)
    why = dict(zip(conflict["constraint"], conflict["why"], strict=True))
    assert "answer to population_improving yes" in why["selection.sets.include.u00"]


def test_towns_without_an_answer_make_no_group_of_pairs():
    table = answered(True, False, None, True, False).assign(
        verdict="", region="01", size_class="small town"
    )
    values = pd.DataFrame(
        {
            "unit": table["unit"],
            "indicator": "people",
            "value": [1.0, 2.0, 1.5, 5.0, 5.5],
            "unit_of_measure": "inhabitants",
        }
    )
    asked_for = {
        "among": "units",
        "divide": {"by": "population_improving", "groups": ["no", "yes"]},
        "covariates": ["people"],
        "distance": "standardised_euclidean",
        "exact": [],
        "missing": "leave_out",
        "most_similar": 5,
        "most_different": 0,
    }
    matched = pairs.match(asked_for, table, values)
    found = {(row.unit_a, row.unit_b) for row in matched.pairs.itertuples()}
    assert found == {("u01", "u00"), ("u04", "u03")}


# --- the configuration ----------------------------------------------------------------------------------


def refused(**overrides: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load({"cases": ["se"], "overrides": {"se": {"selection": overrides}}})
    return str(caught.value)


def test_choosing_by_a_criterion_without_figures_is_refused():
    said = refused(candidates={"answers": {"sf_high": ["yes"]}})
    assert "selection.candidates.answers.sf_high" in said
    assert "`indicators.sf` is not available" in said


@pytest.mark.parametrize(
    ("overrides", "where"),
    [
        (
            {"candidates": {"answers": None}, "pairs": None},
            "selection.sets.answers.population_improving",
        ),
        (
            {"candidates": {"answers": None}, "sets": {"answers": None}},
            "selection.pairs.divide",
        ),
    ],
)
def test_answers_must_be_asked_of_the_candidates_first(overrides, where):
    said = refused(**overrides)
    assert where in said
    assert 'add `selection.candidates.answers.population_improving: ["yes", "no"]`' in said


def test_a_set_cannot_ask_for_answers_that_no_candidate_gives():
    said = refused(candidates={"answers": {"population_improving": ["yes"]}})
    assert "selection.sets.answers.population_improving.each.no" in said


def test_an_answer_is_yes_or_no():
    said = refused(
        sets={"answers": {"population_improving": {"each": {"maybe": 1, "yes": None, "no": None}}}}
    )
    assert "'maybe'" in said
    said = refused(pairs={"divide": {"groups": ["yes", "maybe"]}})
    assert "'maybe'" in said


def test_typicality_needs_robustness_or_answers():
    weights = {"objective": {"typicality": 1}}
    config.load({"cases": ["se"], "overrides": {"se": {"selection": {"sets": weights}}}})
    said = refused(candidates={"answers": None}, pairs=None, sets={**weights, "answers": None})
    assert "selection.sets.objective.typicality" in said
