"""The explorer's data: the pipeline's own numbers, every choice of the case, words, and one closed file."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import shapely
import tiny
from conftest import REPO

from smstra import config, csvio, job_settings, typology
from smstra.boundaries import boundaries_of
from smstra.explorer import page, payload
from smstra.explorer.outlines import outlines_of
from smstra.indicators import plans
from smstra.language import Language
from smstra.lookup import Figures
from smstra.outcomes import TYPES
from smstra.robustness import choices, probabilities, schemes, verdicts
from smstra.robustness.intervals import NUMBERS as OF_INTERVALS
from smstra.robustness.intervals import intervals
from smstra.sources.tables import observations_of
from smstra.stages.harmonised import harmonised_figures
from smstra.stages.indicators import indicators_of
from smstra.stages.typology import typology_of
from smstra.stages.units import units_of
from smstra.typology import CRITERIA

SUMS = {"by": "sum_of_counts"}
HOSTILE = "</script><img src=x onerror=alert(1)>"
# More definitions than Testland has: two of a criterion, joined ones, references that cannot be had.
OVERRIDES: dict[str, Any] = {
    "indicators": {
        "unemployment_relative": {
            "label": "Relative change of unemployment",
            "definition": "relative_change",
            "of": "unemployment_rate_lfs",
            "from": "2005",
            "to": "2014",
            "max_year_gap": 0,
            "stand_in_level": "zone",
        },
        "foreign_change": {
            "label": "Change of the share of foreign residents",
            "definition": "difference_of_shares",
            "of": "residents_foreign",
            "in": "residents",
            "from": "2007-01-01",
            "to": "2014-01-01",
            "max_year_gap": 0,
        },
    },
    "robustness": {
        "definitions": {
            "sf_high": {
                "dense": {
                    "indicator": "density",
                    "holds_if": "above",
                    "moves_with": "end",
                    "aggregate": {
                        "by": "weighted_mean",
                        "weight": "residents",
                        "date": "2014-01-01",
                    },
                }
            },
            "economy_improving": {
                "relative": {"indicator": "unemployment_relative", "holds_if": "below"},
                "level_at_end": {
                    "indicator": "unemployment_2014",
                    "holds_if": "at_most",
                    "moves_with": "end",
                    "aggregate": SUMS,
                    "references": ["national_aggregate", "national_median", "region_median"],
                },
                "foreign": {
                    "indicator": "foreign_change",
                    "holds_if": "at_most",
                    "aggregate": SUMS,
                },
                "points_and_level": {"all_of": ["points", "level_at_end"]},
                "points_or_level": {"any_of": ["points", "level_at_end"]},
            },
        },
        "references": {
            "sf_high": [
                5,
                "national_aggregate",
                "national_median",
                "region_median",
                "region_aggregate",
            ],
            "economy_improving": [
                "zero",
                "national_aggregate",
                "national_median",
                "region_aggregate",
                "region_median",
                "region_mean",
            ],
            "population_improving": [
                "zero",
                "national_aggregate",
                "national_median",
                "region_mean",
            ],
        },
        "windows": {"start_2_later": {"start": 2}, "three_year_means": {"years_averaged": 3}},
    },
}


class Made(NamedTuple):
    """A case with its tables, made in memory, and its page."""

    root: Path
    settings: dict[str, Any]
    case: dict[str, Any]
    figures: Figures
    units: pd.DataFrame
    indicators: pd.DataFrame
    typology: pd.DataFrame
    payload: dict[str, Any]
    page: Path


def make(root: Path, blocks: str = tiny.ROBUSTNESS, overrides: Any = OVERRIDES) -> Made:
    """Make Testland in memory, with every stage that its page needs, and write the page."""
    tiny.build(root, blocks)
    user = {"cases": ["tl"], "overrides": {"tl": overrides}} if overrides else {"cases": ["tl"]}
    whole = config.load(user, root)
    observed = []
    for name in whole.cases["tl"]["datasets"]:
        part = job_settings.observations(whole, name)
        observed.append(
            observations_of(name, part["datasets"], part["pins"], part["variables"], root)
        )
    part = job_settings.units(whole, "tl")
    units = units_of(part, root)
    figures = Figures(harmonised_figures(part, observed, units, root))
    units.loc[units["unit"] == "T06", "name"] = HOSTILE
    values, _ = indicators_of(job_settings.indicators(whole, "tl"), figures, units)
    references, types = typology_of(job_settings.typology(whole, "tl"), figures, units, values)
    settings = json.loads(json.dumps(job_settings.explorer(whole, "tl")))
    case = whole.cases["tl"]
    tables = None
    if "robustness" in case:
        tables = robustness(case, settings, figures, units, types, references, root)
    say = Language("en")
    found = payload.of_case(
        "tl", settings, figures, units, values, types, say, tables, squares(units)
    )
    path = root / "explorer.html"
    path.write_text(page.html(found, say), encoding="utf-8")
    return Made(root, settings, case, figures, units, values, types, found, path)


def robustness(case, settings, figures, units, types, references, root) -> dict[str, pd.DataFrame]:
    """Return the tables of robustness as they are read from their files."""
    variables = settings["variables"]
    choice = choices.evaluate(case, figures, units, variables, settings["breaks"])
    combined = schemes.combinations_of(choice)
    by_unit, _ = schemes.scheme_map(choice, combined, types, list_types=False)
    planned = plans(case, figures, units, variables)
    model = probabilities.model_of(case, figures, units, variables, planned, types, references)
    block = case["robustness"]["probabilities"]
    points = probabilities.checkpoints(block["draws"])
    drawn = probabilities.draw(model, block["draws"], block["seed"], points)
    found = probabilities.probabilities(model, drawn, types)
    stable = intervals(case, types, references)
    csvio.write(stable, root / "intervals.csv")
    stable = csvio.read(root / "intervals.csv", OF_INTERVALS)
    said = verdicts.verdicts(case, types, by_unit, found, stable)
    return {"intervals": stable, "probabilities": found, "verdicts": said}


def squares(units: pd.DataFrame) -> dict[str, Any]:
    """Return outlines: each unit a square of a tenth of a degree, four in a row; the last has none."""
    shapes = []
    for number in range(len(units)):
        ring = [
            5000 + 100 * (number % 4),
            50000 + 100 * (number // 4),
            100,
            0,
            0,
            100,
            -100,
            0,
            0,
            -100,
        ]
        shapes.append([[ring]] if number < len(units) - 1 else [])
    return {
        "per_degree": 1000,
        "shapes": shapes,
        "source": "tl_land@2026-01-02",
        "date": "2015-01-01",
        "without": 1,
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("explorer") / "tl")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Testland without a block `robustness`."""
    return make(tmp_path_factory.mktemp("plain") / "tl", blocks="", overrides=None)


def floats(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<f8")


def whole(packed: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["data"]), dtype=packed["kind"])


def thresholds(entry: Any, regions: np.ndarray) -> np.ndarray:
    """The threshold of each unit from the page's data."""
    if isinstance(entry, list):
        return np.array([np.nan if entry[at] is None else entry[at] for at in regions])
    return np.full(len(regions), np.nan if entry is None else entry)


def test_each_choice_of_the_page_gives_the_answers_that_the_pipeline_gives(made):
    """From the page's data alone: values, thresholds, direction, rounding."""
    choice = choices.evaluate(
        made.case, made.figures, made.units, made.settings["variables"], made.settings["breaks"]
    )
    rows = choice.table.set_index("choice")
    places = {name: at for at, name in enumerate(choice.table["choice"])}
    regions = whole(made.payload["units"]["region"])
    seen = 0
    for criterion in made.payload["criteria"]:
        for definition in criterion["definitions"]:
            if "windows" not in definition:
                continue
            for window, here in zip(made.payload["windows"], definition["windows"], strict=True):
                for reference in definition["references"]:
                    name = "/".join(
                        (criterion["key"], definition["name"], window["name"], reference)
                    )
                    able = reference in here["thresholds"]
                    if not rows.loc[name, "available"]:
                        reason = here["why_not"] or here["lacking"].get(reference)
                        assert reason == rows.loc[name, "reason"]
                        assert here["values"] is None or not able
                        continue
                    values = floats(made.payload["arrays"][here["values"]])
                    made_of = thresholds(here["thresholds"][reference], regions)
                    answer = typology.holds(
                        values, made_of, definition["holds_if"], made.payload["decimals"]
                    )
                    assert (answer == choice.answers[places[name]]).all()
                    seen += 1
    assert seen > 50


def test_values_are_in_the_page_to_the_last_bit(made):
    own = made.payload["criteria"][0]["definitions"][0]
    assert own["own"]
    values = floats(made.payload["arrays"][own["windows"][0]["values"]])
    assert values.tobytes() == made.typology["sf"].to_numpy("<f8").tobytes()


def test_the_truth_table_is_the_pipelines(made):
    table = made.payload["type_of_answers"]
    for a, b, c in [(0, 0, 0), (1, 1, 1), (0, 1, 1), (1, 0, 0), (1, 1, 0), (2, 1, 1), (0, 0, 2)]:
        answers = [{0: False, 1: True, 2: None}[x] for x in (a, b, c)]
        assert TYPES[table[9 * a + 3 * b + c]] == typology.cell_of(*answers)[0]


def test_a_case_without_the_block_has_its_own_definition_and_plain_references(plain):
    economy = plain.payload["criteria"][1]
    assert [d["name"] for d in economy["definitions"]] == ["as_asked"]
    definition = economy["definitions"][0]
    assert definition["references"] == [
        "zero",
        "national_median",
        "national_mean",
        "region_median",
        "region_mean",
        "national_aggregate",
    ]
    assert definition["windows"][0]["lacking"] == {}
    assert len(plain.payload["windows"]) == 1
    assert plain.payload["robustness"] is None
    assert "Verdict" not in plain.page.read_text(encoding="utf-8").split("<script")[0]


def test_the_pipelines_types_marks_and_probabilities_are_in_the_page(made):
    types = [TYPES[at] for at in whole(made.payload["pipeline"]["type"])]
    assert types == made.typology["type"].tolist()
    flags = made.payload["pipeline"]["flags"]
    first = flags["words"][whole(flags["at"])[0]]
    assert any("2007" in text and "2005" in text for text in first["sf"])
    assert any("Z1" in text for text in first["varun"])
    drawn = np.array([floats(column) for column in made.payload["robustness"]["probabilities"]])
    np.testing.assert_allclose(drawn.sum(axis=0), 1)


def test_what_cannot_be_had_is_in_the_page_with_its_reason(made):
    economy = made.payload["criteria"][1]["definitions"][0]
    here = economy["windows"][0]
    assert "Z2 lies in more than one region" in here["lacking"]["region_aggregate"]
    later = economy["windows"][1 + list(made.case["robustness"]["windows"]).index("end_1_later")]
    assert later["values"] is None
    assert "2015" in later["why_not"] or "no figures" in later["why_not"]


def test_size_classes_stand_in_the_order_of_the_case(made):
    sizes = made.payload["units"]["size_class"]
    order = [entry["name"] for entry in made.case["size_classes"]["classes"]]
    assert sizes["keys"] == [name for name in order if name in sizes["keys"]]
    said = [sizes["keys"][at] for at in whole(sizes["at"])]
    assert said == made.typology["size_class"].tolist()


def test_names_are_ranked_without_accents_and_case():
    units = pd.DataFrame({"unit": ["1", "2", "3", "4"], "name": ["Émile", "zoo", "Emil", "Éa"]})
    assert payload._ranks(units).tolist() == [2, 3, 1, 0]


def test_one_column_of_numbers_is_in_the_page_once():
    arrays = payload._Arrays()
    first = arrays.add(np.array([1.5, np.nan]))
    assert arrays.add(np.array([2.5, np.nan])) == 1
    assert arrays.add(np.array([1.5, np.nan])) == first == 0
    assert len(arrays.packed) == 2


@pytest.mark.parametrize(
    ("largest", "kind"), [(0, "uint8"), (255, "uint8"), (256, "uint16"), (70000, "uint32")]
)
def test_whole_numbers_take_the_smallest_kind_that_holds_them(largest, kind):
    packed = payload._packed([0, largest])
    assert packed["kind"] == kind
    assert whole(packed).tolist() == [0, largest]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([2.0, 2.0, 2.0], 2.0),
        ([1.0, 2.0, 1.0], [1.0, 2.0]),
        ([np.nan, np.nan, np.nan], None),
        ([1.0, np.nan, 1.0], [1.0, None]),
    ],
)
def test_a_threshold_is_one_number_or_one_a_region(values, said):
    assert payload._by_region(np.array(values), np.array([0, 1, 0])) == said


def test_the_page_forbids_every_address_and_names_none(made):
    text = made.page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    ours = text.replace((page.ASSETS / page.LIBRARY).read_text(encoding="utf-8"), "")
    assert re.findall(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", ours) == []
    assert "@import" not in ours
    assert "url(" not in ours


def test_no_name_ends_the_data(made):
    text = made.page.read_text(encoding="utf-8")
    held = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    data = json.loads(held[1])
    assert HOSTILE in data["units"]["name"]
    assert "<" not in held[1]


def test_the_same_tables_give_the_same_bytes(made):
    again = payload.of_case(
        "tl",
        copy.deepcopy(made.settings),
        made.figures,
        made.units.sample(frac=1, random_state=1),
        made.indicators,
        made.typology.sample(frac=1, random_state=2),
        Language("en"),
        None,
        squares(made.units),
    )
    without = {**made.payload, "robustness": None}
    without["case"] = {**without["case"], "robustness": False}
    say = Language("en")
    assert page.html(again, say) == page.html(without, say)


@pytest.mark.parametrize("code", ["fr", "nl", "de"])
def test_the_page_says_numbers_and_dates_of_the_case_in_its_language(made, code):
    say = Language(code, own={code: {"Towns of Testland": "Ville « A »"}})
    found = payload.of_case(
        "tl", made.settings, made.figures, made.units, made.indicators, made.typology, say
    )
    text = page.html(found, say)
    assert f'<html lang="{code}">' in text
    assert "Ville « A »" in text
    assert say.date("2015-01-01") in text


def test_the_library_is_the_one_that_its_note_describes():
    note = (page.ASSETS / "vendor/README.md").read_text(encoding="utf-8")
    raw = (page.ASSETS / page.LIBRARY).read_bytes()
    assert hashlib.sha256(raw).hexdigest() in note
    assert page.ECHARTS in note
    assert (page.ASSETS / page.LIBRARY).with_name("LICENSE").is_file()
    assert "Apache" in (page.ASSETS / page.LIBRARY).with_name("NOTICE").read_text(encoding="utf-8")


def test_outlines_are_those_of_the_boundaries_to_a_thousandth_of_a_degree():
    whole_ = config.load({"cases": ["be"]}, REPO)
    settings = job_settings.explorer(whole_, "be")
    units = pd.DataFrame({"unit": ["11001", "11002", "99999"]})
    name = settings["borders"][0]
    assert settings["datasets"][name]["boundaries"]
    found = outlines_of(settings, units, REPO)
    truth = boundaries_of(name, "places", settings, units, REPO).table["geometry"]
    assert found["without"] == 1
    assert found["shapes"][2] == []
    assert found["source"] == f"{name}@{settings['datasets'][name]['vintage']}"
    for polygons, shape in zip(found["shapes"], truth, strict=False):
        parts = [[points(ring) for ring in rings] for rings in polygons]
        drawn = shapely.union_all([shapely.Polygon(part[0], part[1:]) for part in parts])
        # Half a step in either direction, and what an edge between two corners adds.
        assert shapely.hausdorff_distance(drawn, shape) < 0.001


def points(steps: list[int]) -> np.ndarray:
    return np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / 1000


def test_a_case_without_boundaries_has_no_outlines(plain):
    assert outlines_of(plain.settings, plain.units) is None


def test_a_key_that_the_page_does_not_read_leaves_its_settings_alone(tmp_path):
    root = tiny.build(tmp_path / "tl", tiny.ROBUSTNESS)
    before = job_settings.explorer(config.load({"cases": ["tl"]}, root), "tl")
    other = {"tl": {"robustness": {"probabilities": {"seed": 8}}, "profile": ["sf"]}}
    after = job_settings.explorer(config.load({"cases": ["tl"], "overrides": other}, root), "tl")
    assert before == after
    other = {"tl": {"criteria": {"sf_high": {"reference": 4}}}}
    after = job_settings.explorer(config.load({"cases": ["tl"], "overrides": other}, root), "tl")
    assert before != after


def test_all_criteria_are_there_in_their_order(made):
    assert [criterion["key"] for criterion in made.payload["criteria"]] == [*CRITERIA]
