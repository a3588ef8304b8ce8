"""Comparison of cases: counts, criteria, common references, sets across cases, its files and faults."""

from __future__ import annotations

import copy
import itertools
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tiny
from conftest import snakemake

from smstra import cli, config, csvio, job_settings, pseudonym_rules, strict_yaml, typology
from smstra.across import (
    columns,
    counts,
    criteria,
    document,
    figures,
    rules,
    schemes,
    sets,
    tables,
    trace,
)
from smstra.audit import manifest, verify
from smstra.audit.columns import Rules
from smstra.config import Settings
from smstra.errors import ConfigError, DataError, GeographyError
from smstra.figures import style
from smstra.lookup import Figures
from smstra.report import pages
from smstra.report.parts import Figure
from smstra.sources.tables import observations_of
from smstra.stages.harmonised import harmonised_figures
from smstra.stages.indicators import indicators_of
from smstra.stages.typology import typology_of
from smstra.stages.units import units_of

# The same country by other references, and without figures on unemployment.
OTHER = """
extends: tl
title: Towns by other references
criteria:
  sf_high: {reference: zero}
  economy_improving: {reference: national_median}
  population_improving: {reference: region_median}
"""
POORER = """
extends: tl
title: Towns without unemployment
indicators:
  varun: {definition: not_available, because: nobody asked, of: null, from: null, to: null,
          stand_in_level: null, max_year_gap: null, country: null}
figures: {unemployment: {not_available: nobody asked, from: null, to: null}}
criteria: {economy_improving: {reference: zero}}
"""
BLOCK = {
    "schemes": {
        "as_other": {
            "sf_high": "zero",
            "economy_improving": "national_median",
            "population_improving": "region_median",
        },
        "countries": {
            "economy_improving": "region_aggregate",
            "population_improving": "national_aggregate",
        },
        "numbers": {"sf_high": 5, "population_improving": -1.5},
    },
}


def project(root: Path) -> Path:
    """Three Testlands in one project, with a comparison."""
    tiny.build(
        root, tiny.SELECTION.replace("{typicality: 1, stability: 1, coverage: 1}", "{coverage: 1}")
    )
    (root / "config/cases/tl-other.yaml").write_text(OTHER, encoding="utf-8")
    (root / "config/cases/tl-poorer.yaml").write_text(POORER, encoding="utf-8")
    asked = {"cases": ["tl", "tl-other", "tl-poorer"], "comparison": BLOCK}
    (root / "config/config.yaml").write_text(strict_yaml.dumps(asked), encoding="utf-8")
    return root


def computed(case: str, settings: Settings, root: Path) -> dict[str, Any]:
    """The tables of a case, all in memory."""
    observed = []
    for name in settings.cases[case]["datasets"]:
        part = job_settings.observations(settings, name)
        observed.append(
            observations_of(name, part["datasets"], part["pins"], part["variables"], root)
        )
    part = job_settings.units(settings, case)
    units = units_of(part, root)
    harmonised = harmonised_figures(part, observed, units, root)
    found = Figures(harmonised)
    values, report = indicators_of(job_settings.indicators(settings, case), found, units)
    thresholds, types = typology_of(job_settings.typology(settings, case), found, units, values)
    return {
        "units": units,
        "harmonised": harmonised,
        "indicators": values,
        "sufficiency": report,
        "references": thresholds,
        "typology": types,
        "figures": found,
    }


class Made:
    """What the three Testlands are, and what a comparison makes of them."""

    def __init__(self, root: Path) -> None:
        self.root = project(root)
        self.settings = config.load(strict_yaml.load(root / "config/config.yaml"), root)
        self.part = job_settings.compared(self.settings, "")
        self.of = {case: computed(case, self.settings, root) for case in self.part["cases"]}
        types, answers, measured = [], [], []
        for name, part in self.part["cases"].items():
            own = self.of[name]
            given = schemes.Tables(own["units"], own["indicators"], own["typology"], own["figures"])
            for more in (
                schemes.own(
                    name, part["case"], own["typology"], own["references"], own["sufficiency"]
                ),
                schemes.under(name, part["case"], part["variables"], BLOCK["schemes"], given),
            ):
                types += more[0]
                answers += more[1]
            measured += criteria.of_case(name, part["case"], own)
        typologies = {name: own["typology"] for name, own in self.of.items()}
        cases = {name: part["case"] for name, part in self.part["cases"].items()}
        self.tables = {
            "cases": counts.of_cases(cases, typologies, {}),
            "counts": counts.of_types(typologies),
            "criteria": criteria.compared(measured),
            "schemes": pd.DataFrame(types, columns=schemes.COLUMNS),
            "answers": pd.DataFrame(answers, columns=schemes.ANSWER_COLUMNS),
        }

    def counted(self, scheme: str, case: str) -> dict[str, int]:
        table = self.tables["schemes"]
        own = table[(table["scheme"] == scheme) & (table["case"] == case)]
        return dict(zip(own["type"], own["units"], strict=True))

    def answer(self, scheme: str, case: str, criterion: str) -> dict[str, Any]:
        table = self.tables["answers"].set_index(["scheme", "case", "criterion"])
        return table.loc[(scheme, case, criterion)].to_dict()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("across"))


def test_counts_are_those_of_the_typologies_and_their_shares_add_up(made):
    table = made.tables["counts"]
    for case, own in made.of.items():
        rows = table[table["case"] == case]
        assert dict(zip(rows["type"], rows["units"], strict=True)) == typology.counts(
            own["typology"]
        )
        assert rows["share"].sum() == pytest.approx(100)
        assert made.counted("own", case) == typology.counts(own["typology"])
    assert made.counted("own", "tl") == {
        "A": 2,
        "B": 2,
        "C": 1,
        "D": 1,
        "mixed": 6,
        "undetermined": 0,
    }


def test_a_scheme_is_the_typology_of_a_case_with_those_references(made):
    other = typology.counts(made.of["tl-other"]["typology"])
    assert other != typology.counts(made.of["tl"]["typology"])
    assert made.counted("as_other", "tl") == other
    # A criterion that a scheme leaves out keeps the reference of the case.
    assert made.answer("numbers", "tl", "economy_improving")["reference"] == "national_aggregate"
    own = made.of["tl"]["typology"]
    for criterion in typology.CRITERIA:
        said = made.answer("own", "tl", criterion)
        yes, no = (int((own[criterion] == word).sum()) for word in (True, False))
        assert (said["units_yes"], said["units_no"], said["units_unknown"]) == (yes, no, 0)


def test_numbers_and_aggregates_are_compared_as_they_say(made):
    own = made.of["tl"]["typology"]
    said = made.answer("numbers", "tl", "sf_high")
    assert said["units_yes"] == int((own["sf"] >= 5).sum())
    assert (said["lowest"], said["highest"]) == (5, 5)
    people = {
        year: sum(
            tiny.people(town, year)
            for town in [*tiny.TOWNS[:-1], *(["T12"] if year >= 2010 else tiny.PARTS)]
        )
        for year in (2005, 2014)
    }
    growth = 100 * (people[2014] / people[2005] - 1)
    said = made.answer("countries", "tl", "population_improving")
    assert said["lowest"] == pytest.approx(growth) and said["aggregate"] == "sum_of_counts"
    assert said["units_yes"] == int((own["varni"] >= growth).sum())


def test_what_a_case_cannot_answer_is_said_and_its_other_answers_stand(made):
    said = made.answer("countries", "tl", "economy_improving")
    assert "does not say how `varun` of the region" in said["because"]
    assert (said["units_yes"], said["units_no"], said["units_unknown"]) == (0, 0, 12)
    assert made.counted("countries", "tl")["undetermined"] == 12
    for scheme in ("own", *BLOCK["schemes"]):
        assert made.counted(scheme, "tl-poorer")["undetermined"] == 12
        assert made.answer(scheme, "tl-poorer", "economy_improving")["because"]
        axis = made.answer(scheme, "tl-poorer", "population_improving")
        assert axis == made.answer(scheme, "tl", "population_improving")
        assert axis["units_yes"] + axis["units_no"] == 12


def test_the_way_an_aggregate_is_made_is_the_case_s_own_first():
    case = {
        "criteria": {
            "sf_high": {
                "indicator": "sf",
                "holds_if": "at_least",
                "reference": "national_aggregate",
                "aggregate": {"by": "published_total"},
            }
        },
        "indicators": {
            "sf": {
                "date": "2005",
                "country": {"by": "sum_of_counts"},
                "region": {"by": "weighted_mean", "weight": "residents"},
            }
        },
    }
    how = lambda reference: schemes.how_aggregated(case, "sf_high", reference)  # noqa: E731
    assert how("national_aggregate") == {"by": "published_total"}
    assert how("region_aggregate") == {"by": "weighted_mean", "weight": "residents", "date": "2005"}
    defined = {"indicator": "sf", "region_aggregate": {"by": "sum_of_counts"}}
    case["robustness"] = {"definitions": {"sf_high": {"share": defined}}}
    assert how("region_aggregate") == {"by": "sum_of_counts"}
    del case["criteria"]["sf_high"]["aggregate"]
    assert how("national_aggregate") == {"by": "sum_of_counts"}
    case["indicators"]["sf"]["country"] = {"by": "median_of_units"}
    assert how("national_aggregate") is None


def test_what_is_not_like_for_like_is_named(made):
    table = made.tables["criteria"].set_index(["criterion", "case"])
    # References may differ; what is measured is the same.
    assert table.loc["sf_high", "like_for_like"].all()
    assert (table.loc["sf_high", "differs_in"] == "").all()
    economy = table.loc["economy_improving"]
    assert economy.at["tl-poorer", "differs_in"] == criteria.NO_FIGURES
    # A larger area stands in for the units of both others: its extent is each country's own.
    assert not economy["like_for_like"].any()
    assert economy.at["tl", "differs_in"] == "larger areas standing in"
    assert economy.at["tl", "level_found"] == "zone" and "flag_b_2010" in economy.at["tl", "breaks"]
    own = made.of["tl"]["typology"]["sf"]
    assert table.at[("sf_high", "tl"), "median"] == own.median()
    assert table.at[("sf_high", "tl"), "lower_quartile"] == own.quantile(0.25)


@pytest.mark.parametrize(
    ("column", "value", "aspect"),
    [
        ("measures", "residents_foreign_origin / residents", "what is measured"),
        ("definition", "level", "what is measured"),
        ("unit_of_measure", "persons", "unit of measure"),
        ("holds_if", "at_most", "direction"),
        ("dates_found", "2009-01-01", "dates"),
        ("years_averaged", 3, "years averaged"),
        ("level_found", "county", "level; larger areas standing in"),
    ],
)
def test_each_aspect_can_differ(made, column, value, aspect):
    rows = made.tables["criteria"].drop(columns=["like_for_like", "differs_in"])
    rows = rows[rows["criterion"] == "sf_high"].to_dict("records")
    rows[1] = {**rows[1], column: value}
    found = criteria.compared(rows)
    assert set(found["differs_in"]) == {aspect} and not found["like_for_like"].any()


# --- Sets -----------------------------------------------------------------------------------------------

SETS = {
    "towns_per_case": 2,
    "types": {"each": {"A": {"at_least": 1}, "D": {"at_least": 1}}},
    "regions": {"at_most_each": 1},
    "objective": {"typicality": 2, "stability": 1, "coverage": 1},
    "how_many": 4,
    "seed": 3,
}
TITLES = {"aa": "Towns of A", "bb": "Towns of B"}


def candidates(seed: int, number: int = 6) -> dict[str, pd.DataFrame]:
    """Candidates of two cases; codes and regions are the same in both, as they may be."""
    draw = np.random.default_rng(seed)
    made = {}
    for name in TITLES:
        region = draw.integers(1, 4, number)
        made[name] = pd.DataFrame(
            {
                "unit": [f"{n:02d}" for n in range(number)],
                "name": [f"Town {n}" for n in range(number)],
                "region": [f"R{n}" for n in region],
                "region_name": [f"Region {n} of {name}" for n in region],
                "type": draw.choice(["A", "B", "C", "D"], number),
                "size_class": draw.choice(["small town", "rural area"], number),
                "tradition": "",
                "inhabitants": 1000.0,
                "typicality": draw.random(number).round(3),
                "probability": draw.random(number).round(3),
                "candidate": draw.choice(["pass", "pass", "pass", "fail"], number),
                "reasons": "",
            }
        )
    return made


def worth(chosen: list[dict[str, Any]], all_: dict[str, pd.DataFrame]) -> float:
    """The objective by plain arithmetic."""
    passing = {name: t[t["candidate"] == "pass"] for name, t in all_.items()}
    typicality = 0.0
    for town in chosen:
        own = passing[town["case"]]["typicality"]
        typicality += (town["typicality"] - own.min()) / (own.max() - own.min()) / len(chosen)
    stability = sum(town["probability"] for town in chosen) / len(chosen)
    classes = lambda rows: {  # noqa: E731
        *((town["case"],) for town in rows),
        *(("type", town["type"]) for town in rows),
        *(("size", town["size_class"]) for town in rows),
        *(("region", town["case"], town["region"]) for town in rows),
    }
    every = [{**row, "case": n} for n, t in passing.items() for row in t.to_dict("records")]
    coverage = len(classes(chosen)) / len(classes(every))
    return (2 * typicality + stability + coverage) / 4


@pytest.mark.parametrize("seed", range(6))
def test_the_best_sets_are_those_of_brute_force(seed):
    given = candidates(seed)
    able = []
    towns = {
        name: [{**row, "case": name} for row in t[t["candidate"] == "pass"].to_dict("records")]
        for name, t in given.items()
    }
    for pairs in itertools.product(*(itertools.combinations(rows, 2) for rows in towns.values())):
        chosen = [*pairs[0], *pairs[1]]
        apart = all(one["region"] != other["region"] for one, other in pairs)
        if apart and {"A", "D"} <= {town["type"] for town in chosen}:
            able.append(worth(chosen, given))
    found, conflict = sets.select(SETS, given, TITLES)
    best = sorted(able, reverse=True)[: SETS["how_many"]]
    assert len(best) == (0 if found.empty else found["set"].nunique())
    assert bool(len(conflict)) == (not able)
    objective = found.groupby("set")["set_objective"].first()
    for expected, (number, rows) in zip(best, found.groupby("set"), strict=True):
        # Counted in whole millionths, those of each town and class by themselves.
        assert objective[number] == pytest.approx(expected, abs=3e-5)
        assert rows["case"].tolist() == ["aa", "aa", "bb", "bb"]
        chosen = [
            given[r.case].set_index("unit").loc[r.unit].to_dict() | {"case": r.case}
            for r in rows.itertuples()
        ]
        assert worth(chosen, given) == pytest.approx(objective[number], abs=3e-5)
        assert rows["typicality"].tolist() == [town["typicality"] for town in chosen]


def test_regions_are_those_of_each_case_even_under_the_same_code():
    given = candidates(1, 12)
    for table in given.values():
        table["candidate"] = "pass"
    block = {**SETS, "types": {}, "regions": {"each": {"bb": {"R1": 2}}, "at_least_distinct": 1}}
    found, _ = sets.select(block, given, TITLES)
    best = found[found["set"] == 1]
    assert set(best.loc[best["case"] == "bb", "region_name"]) == {"Region 1 of bb"}
    block["regions"]["each"] = {"bb": {"R9": 2}}
    with pytest.raises(DataError, match=r"`comparison\.sets\.regions\.each\.bb` names .* 'R9'"):
        sets.select(block, given, TITLES)


def test_the_smallest_conflict_is_said_in_words():
    given = candidates(2, 12)
    for table in given.values():
        table["candidate"] = "pass"
        table["region"], table["region_name"] = "R1", "The only region"
    found, conflict = sets.select({**SETS, "types": {}}, given, TITLES)
    assert found.empty
    said = conflict.set_index("constraint")
    # Two towns of a case and one of any region: either case is a conflict, the first is told.
    assert set(said.index) == {
        "comparison.sets.towns_per_case.aa",
        "comparison.sets.regions.at_most_each",
    }
    assert said.at["comparison.sets.towns_per_case.aa", "says"] == "2 towns of case aa"
    assert (
        said.at["comparison.sets.regions.at_most_each", "says"]
        == "at most 1 town of any one region of aa"
    )
    assert "The only region (aa:R1): 12" in said.at["comparison.sets.regions.at_most_each", "why"]


def test_sets_take_two_cases_and_a_component_that_is_known():
    given = candidates(3)
    given["bb"]["candidate"] = "fail"
    given["aa"].loc[0, "candidate"] = "pass"
    found, conflict = sets.select(SETS, given, TITLES)
    assert found.empty
    assert conflict.iloc[0].tolist() == [
        "comparison.sets.towns_per_case",
        "candidates of at least two cases",
        "Towns of A (aa) has some",
    ]
    given = candidates(1)
    for table in given.values():
        table["probability"] = np.nan
    found, _ = sets.select(SETS, given, TITLES)
    said = "no candidate has a probability, so stability weighs nothing"
    assert set(found["remark"]) == {said}
    weighed = {**SETS, "objective": {**SETS["objective"], "stability": 0}}
    expected, _ = sets.select(weighed, given, TITLES)
    assert found["unit"].tolist() == expected["unit"].tolist()
    only, _ = sets.select({**SETS, "objective": {"stability": 1}}, given, TITLES)
    assert set(only["remark"]) == {f"{said}; coverage alone decides"}


# --- Figures, page, where columns come from -----------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(made: Made, tmp_path_factory: pytest.TempPathFactory) -> figures.Compared:
    """The comparison as its page reads it back, with sets of towns."""
    given = candidates(1, 12)
    chosen, conflict = sets.select(SETS, {"tl": given["aa"], "tl-other": given["bb"]}, {})
    folder = tmp_path_factory.mktemp("tables")
    every = {**made.tables, "sets": chosen, "set_conflicts": conflict}
    for name, table in every.items():
        csvio.write(table, folder / f"{name}.csv")
    settings = job_settings.comparison_shown(made.settings, "")
    settings["comparison"]["sets"] = SETS
    read = tables.read({name: folder / f"{name}.csv" for name in every})
    return figures.Compared(settings, figures.made_language(settings), read)


def test_figures_show_their_tables_and_say_what_differs(compared, made):
    drawings = {each.name: each for each in figures.all_of(compared)}
    assert tuple(drawings) == rules.FIGURES
    bars = {
        bar.get_label(): round(bar.patches[0].get_width(), 6)
        for bar in drawings["types_by_case"].figure.axes[0].containers
    }
    own = made.counted("own", "tl")
    assert bars["_tl:mixed"] == round(100 * own["mixed"] / 12, 6)
    assert "_tl-poorer:undetermined" in bars and "_tl:undetermined" not in bars
    words = drawings["types_by_case"].words
    assert "No figures on economy: Towns without unemployment." in words.subtitle
    assert "A 2, B 2, C 1, D 1, mixed 6" in words.alt
    schemes_ = drawings["types_by_scheme"].words
    assert (
        "Towns of Testland: economy cannot be answered under countries (the case"
        in schemes_.subtitle
    )
    assert "Source: Statistics Testland" in words.source
    for each in drawings.values():
        assert not re.search(r"\{\w+\}|\bnan\b", each.words.alt + each.words.subtitle)
        style.plt.close(each.figure)


def page(compared: figures.Compared) -> str:
    shown = [
        Figure(name, "comparison", name, "", "", name, False, "data:,") for name in rules.FIGURES
    ]
    return pages.render("report.html.j2", compared.say, **document.content(compared, shown))


def test_the_page_says_all_of_it_and_nothing_of_this_machine(compared):
    text = page(compared)
    assert text == page(compared)
    for said in (
        "Comparison of cases",
        "Towns of Testland (tl)",
        "No figures on economy: Towns without unemployment.",
        "../tl-other/report.html",
        "the case does not say how `varun` of the region as a whole is made",
        "The best 4 sets are proven",
    ):
        assert said in text, said
    captions = re.findall(r"<caption>(.*?)</caption>", text)
    assert len(captions) == len(set(captions))
    assert not re.search(r"\bnan\b|/tmp/|None", re.sub(r'"data:[^"]*"', "", text))


def test_every_column_has_a_rule_whose_sources_there_are(compared, made):
    drawn = figures.all_of(compared)
    headers = {name: list(table) for name, table in compared.tables.items()}
    headers |= {f"figures/{each.name}": list(each.data) for each in drawn}
    for each in drawn:
        style.plt.close(each.figure)
    assert set(headers) == set(columns.rules())
    listed = columns.described(headers, compared.cases)
    assert {(row.table, row.column) for row in listed.itertuples()} == {
        (name, column) for name, about in columns.rules().items() for column in about["columns"]
    }
    of_cases = Rules()
    for about in columns.rules().values():
        for made_of in about["columns"].values():
            how, sources = columns.upstream(made_of)
            assert how in ("copied", "computed", "key", "label")
            for source in sources:
                table, _, column = source.rpartition(".")
                if table.startswith("comparison/"):
                    assert column in columns.rules()[table.removeprefix("comparison/")]["columns"]
                elif ":" not in source:
                    assert of_cases.of(table, column)
    assert "results/<tl|tl-other|tl-poorer>/typology.csv:type" in set(listed["made_of"])
    assert set(columns.descriptions()) >= set(columns.COLUMNS)


def test_a_cell_leads_to_the_tables_of_its_case(made, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results/comparison"
    csvio.write(made.tables["counts"], folder / "counts.csv")
    resolved = strict_yaml.dumps({"settings": {"comparison": {"cases": list(made.of)}}})
    (folder / "config.resolved.yaml").write_text(resolved, encoding="utf-8")
    said = trace.traced("results/comparison/counts.csv:8:units", Path("results"))
    own = made.tables["counts"].iloc[6]
    assert said.startswith(f"results/comparison/counts.csv:8:units is {own['units']}\n")
    assert "    results/tl-other/typology.csv:type\n" in said
    assert "smstra.across.counts.of_types" in said
    cell = ["audit", "--cell", "results/comparison/counts.csv:8:units"]
    capsys.readouterr()
    assert cli.main([*cell, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["value"], found["rule"]) == (str(own["units"]), "compare_cases")
    assert "results/tl-other/typology.csv:type" in found["made_of"]
    for more, says in {
        "--recompute": "--recompute is",
        "--all": "--all is",
        "tl": "CASE out",
    }.items():
        with pytest.raises(SystemExit) as ended:
            cli.main([*cell, more])
        assert ended.value.code == 2 and says in capsys.readouterr().err
    for cell, says in {
        "counts.csv:8:unit": "no column 'unit' (did you mean 'units'?)",
        "counts.csv:99:units": "the rows are in the lines 2 to 19",
        "count.csv:8:units": "no cell of a comparison",
        "counts.csv": "write file, line and column",
    }.items():
        with pytest.raises(DataError, match=re.escape(says)):
            trace.traced(f"results/comparison/{cell}", Path("results"))


# --- Which cases, and wrong blocks ---------------------------------------------------------------------------


def test_a_pseudonymised_case_gives_its_counts_and_no_town(made):
    cases = {name: part["case"] for name, part in made.part["cases"].items()}
    cases["tl"] = {**cases["tl"], "pseudonymise": {"k": 5}}
    typologies = {name: own["typology"] for name, own in made.of.items()}
    table = counts.of_cases(cases, typologies, {}).set_index("case")
    assert not table.at["tl", "in_sets"] and "under pseudonyms" in table.at["tl", "because"]
    published = {name: made.of["tl"][name] for name in ("sufficiency", "references", "typology")}
    row = criteria.of_case("tl", cases["tl"], published)[0]
    assert np.isnan(row["median"]) and "under pseudonyms" in row["remark"]
    assert (
        row["lowest"] == made.of["tl"]["references"].set_index("criterion").at["sf_high", "value"]
    )


def test_which_cases_are_compared_and_why_none_are():
    assert rules.compared(None, ["a", "b"]) == []
    assert rules.compared({}, ["a", "b"]) == ["a", "b"]
    assert rules.compared({"cases": ["c", "a", "b"]}, ["a", "b"]) == ["a", "b"]
    assert rules.compared({"cases": ["a", "c"]}, ["a", "b"]) == []
    assert "only 'a' is in this run" in rules.in_short({"cases": ["a", "c"]}, ["a", "b"])
    said = rules.in_short({"cases": ["a", "b", "c"]}, ["a", "b"])
    assert said == "comparison of a, b, in results/comparison/; not in this run: c"


def wrong(change: Callable[[dict[str, Any]], None], made: Made) -> str:
    block = copy.deepcopy({**BLOCK, "sets": SETS})
    change(block)
    user = {"cases": ["tl", "tl-other"], "comparison": block}
    with pytest.raises(ConfigError) as caught:
        config.load(user, made.root)
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda b: b.update(cases=["tl", "tl-othr"]), "'tl-othr'.*did you mean 'tl-other'"),
        (lambda b: b.update(cases=["tl"]), "comparison.cases"),
        (
            lambda b: b["schemes"]["as_other"].update(sf_high="median"),
            "`comparison.schemes.as_other.sf_high` is 'median'.*national_median",
        ),
        (lambda b: b["schemes"].update(own={"sf_high": "zero"}), "schemes.own.*another name"),
        (lambda b: b["sets"].update(objective={"coverage": 0}), "weighs everything with 0"),
        (
            lambda b: b["sets"].update(types={"each": {"A": {"at_least": 2, "at_most": 1}}}),
            "at least 2 and at most 1",
        ),
        (lambda b: b["sets"].update(types={"each": {"E": 1}}), "the type 'E'.*A, B, C, D"),
        (
            lambda b: b["sets"].update(
                regions={"each": {"tl": {"N": {"at_least": 3, "at_most": 1}}}}
            ),
            r"sets\.regions\.each\.tl\.N.*at least 3 and at most 1",
        ),
        (
            lambda b: b["sets"].update(size_classes={"each": {"small twn": 1}}),
            "'small twn'.*did you mean 'small town'",
        ),
        (
            lambda b: b["sets"].update(regions={"each": {"tle": {"R1": 1}}}),
            "regions.each.*'tle'.*did you mean 'tl'",
        ),
    ],
)
def test_a_wrong_block_is_refused_in_a_sentence(made, change, says):
    assert re.search(says, wrong(change, made))


def test_a_size_class_may_be_that_of_a_case_which_is_not_in_this_run(made, tmp_path):
    shutil.copytree(made.root / "config", tmp_path / "config")
    shutil.copytree(made.root / "data", tmp_path / "data")
    village = {"extends": "tl", "size_classes": {"classes": [{"name": "village", "from": 0}]}}
    path = tmp_path / "config/cases/tl-village.yaml"
    path.write_text(strict_yaml.dumps(village), encoding="utf-8")
    block = {**BLOCK, "sets": {**SETS, "size_classes": {"each": {"village": {"at_least": 0}}}}}
    asked = {"cases": ["tl"], "comparison": block}
    assert config.load(asked, tmp_path).comparison["sets"]["size_classes"]
    # Only a case that is compared counts.
    block["cases"] = ["tl", "tl-other"]
    with pytest.raises(ConfigError, match="'village'"):
        config.load(asked, tmp_path)
    block["cases"] = ["tl", "tl-village"]
    assert config.load(asked, tmp_path)
    # What an override says holds as well; what cannot be read may be the one that has it.
    asked["overrides"] = {"tl-village": {"size_classes": {"classes": [{"name": "hamlet"}]}}}
    with pytest.raises(ConfigError, match="'village'"):
        config.load(asked, tmp_path)
    path.write_text("extends: [", encoding="utf-8")
    assert config.load(asked, tmp_path)


def test_an_unknown_region_ends_the_first_job_of_its_case(made):
    block = copy.deepcopy({**BLOCK, "sets": SETS})
    user = {"cases": ["tl", "tl-other"], "comparison": block}
    before = job_settings.units(config.load(user, made.root), "tl")
    block["sets"]["regions"]["each"] = {"tl": {"N": 1, "NN": 1}}
    settings = config.load(user, made.root)
    assert job_settings.units(settings, "tl-other")["case"] == before["case"]
    assert "regions_named" not in job_settings.units(settings, "tl-other")
    there = sorted(set(made.of["tl"]["units"]["region"]))
    with pytest.raises(GeographyError) as caught:
        units_of(job_settings.units(settings, "tl"), made.root)
    said = str(caught.value)
    assert "`comparison.sets.regions.each.tl` in config/config.yaml names the region" in said
    assert ", ".join(there) in said
    block["sets"]["regions"]["each"] = {"tl": {there[0]: 1}}
    found = units_of(job_settings.units(config.load(user, made.root), "tl"), made.root)
    assert found.equals(units_of(before, made.root))


def test_no_case_may_be_called_comparison(made):
    with pytest.raises(ConfigError, match="results/comparison/ holds what all cases share"):
        config.load({"cases": ["comparison"]}, made.root)


# --- In the workflow ------------------------------------------------------------------------------------------


def jobs(said: str) -> dict[str, int]:
    """The number of jobs by rule in what a dry run said."""
    rows = re.findall(r"^(\w+) +(\d+)$", said.partition("Job stats:")[2], re.MULTILINE)
    return {name: int(number) for name, number in rows}


def test_cases_share_what_they_share_and_one_case_has_no_comparison(made):
    done = snakemake(made.root, "--dry-run", "--quiet", "rules")
    assert done.returncode == 0, done.stderr
    planned = jobs(done.stdout + done.stderr)
    # Four tables of figures, however many cases read them.
    assert planned["read_observations"] == 4 and planned["harmonise"] == 3
    of_comparison = {"compare_cases", "draw_comparison", "write_comparison", "list_comparison"}
    assert all(planned[name] == 1 for name in of_comparison)
    assert "choose_sets_across" not in planned
    alone = snakemake(made.root, "comparison", "--dry-run", "--config", "cases=tl")
    assert alone.returncode == 1
    assert "no comparison: it takes at least two cases" in alone.stderr


def test_verify_counts_anew_and_names_what_changed(made, tmp_path):
    for case, own in made.of.items():
        csvio.write(own["typology"], tmp_path / f"results/{case}/typology.csv")
    folder = tmp_path / "results/comparison"
    csvio.write(made.tables["counts"], folder / "counts.csv")
    listed = manifest.entries(
        {
            "table": [f"results/{case}/typology.csv" for case in made.of],
            "output": ["results/comparison/counts.csv"],
        },
        tmp_path,
    )
    (folder / "audit").mkdir()
    (folder / manifest.MANIFEST).write_text(manifest.text("comparison", listed), encoding="utf-8")
    report = verify.check("comparison", made.settings, tmp_path)
    assert report.differences == () and report.files == 4
    assert any("36 types of the cases were counted anew" in note for note in report.notes)
    path = tmp_path / "results/tl/typology.csv"
    path.write_text(path.read_text("utf-8").replace(",mixed,", ",A,", 1), encoding="utf-8")
    found = verify.check("comparison", made.settings, tmp_path).differences
    assert [each.path for each in found] == [
        "results/tl/typology.csv",
        "results/comparison/counts.csv, tl, type A",
        "results/comparison/counts.csv, tl, type mixed",
    ]
    assert (found[1].expected, found[1].found) == ("3", "2")


def test_the_shipped_cases_are_compared(shipped):
    results = shipped / "results/comparison"
    read = tables.read({name: results / f"{name}.csv" for name in (*tables.ALWAYS, *tables.SETS)})
    for case in ("be", "de"):
        types = csvio.read(shipped / f"results/{case}/typology.csv")
        own = read["counts"][read["counts"]["case"] == case]
        assert dict(zip(own["type"], own["units"].astype(int), strict=True)) == typology.counts(
            types
        )
    economy = read["criteria"][read["criteria"]["criterion"] == "economy_improving"].iloc[0]
    assert "larger areas standing in" in economy["differs_in"]
    best = read["sets"][read["sets"]["set"] == "1"]
    assert best["case"].tolist() == ["be"] * 4 + ["de"] * 4
    assert {"A", "B", "C", "D"} <= set(best["type"])
    assert best.groupby(["case", "region"]).size().max() <= 2
    report = verify.check("comparison", pseudonym_rules.split(_settings(shipped)), shipped)
    assert report.differences == ()
    listed = json.loads((results / "figures/list_comparison.json").read_text("utf-8"))
    assert [each["name"] for each in listed] == list(rules.FIGURES)


def _settings(folder: Path) -> Settings:
    return config.load(strict_yaml.load(folder / "config/config.yaml"), folder)
