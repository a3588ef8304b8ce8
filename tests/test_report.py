"""The report: methods that follow the configuration, numbers that equal the tables, a page that is sound."""

from __future__ import annotations

import base64
import copy
import dataclasses
import io
import json
import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import tiny
from build import ROOT
from conftest import snakemake
from PIL import Image
from testland_report import PICTURE, SAY, Read, made, page, read_in

from smstra import config, job_settings, strict_yaml
from smstra.language import Language
from smstra.outcomes import TYPES
from smstra.report import asked, certainty, choice, methods, pictures, provenance
from smstra.report import words as report_words
from smstra.report.parts import Section
from smstra.typology import counts


@pytest.fixture(scope="module")
def testland_read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    return read_in(tmp_path_factory.mktemp("report"))


def told(part: Any) -> str:
    """Return all texts of a part, a section or several, one a line."""
    if isinstance(part, str):
        return part
    if dataclasses.is_dataclass(part):
        return told([getattr(part, field.name) for field in dataclasses.fields(part)])
    if isinstance(part, list | tuple):
        return "\n".join(told(each) for each in part)
    return ""


def section(content: dict[str, Any], name: str) -> str:
    return told(next(each for each in content["sections"] if each.name == name))


def methods_of(read: Read, case: dict[str, Any], say: Language = SAY) -> str:
    settings = read.settings
    return told(methods.parts(case, settings["variables"], BREAKS, read.tables, say))


BREAKS = {
    "counting": {
        "title": "Counting begins anew",
        "effective": "2010-06-01",
        "datasets": ["tl_people"],
        "variables": ["residents"],
        "effect": "fewer are found",
        "source": "the office",
    }
}


# --- methods ----------------------------------------------------------------------------------------


def at(case: dict[str, Any], path: tuple[Any, ...]) -> Any:
    for key in path:
        case = case[key]
    return case


CHANGES = [
    (
        ("criteria", "sf_high", "holds_if"),
        "above",
        "above the reference",
        "at least the reference (value of the country)",
    ),
    (("criteria", "sf_high", "reference"), 5, "(5\u202f%)", ""),
    (
        ("criteria", "economy_improving", "reference"),
        "region_median",
        "reference (median of the units of the region)",
        "",
    ),
    (
        ("criteria", "population_improving", "reference"),
        "national_mean",
        "whatever its size",
        "(zero)",
    ),
    (
        ("criteria", "sf_high", "aggregate"),
        {"by": "weighted_mean", "weight": "residents", "date": "2005-01-01"},
        "weighted by “Inhabitants” of 1 January 2005",
        "",
    ),
    (("criteria", "sf_high", "aggregate"), {"by": "published_total"}, "publisher's own figure", ""),
    (("indicators", "sf", "max_year_gap"), 1, "at most 1 year off", "at most 3 years off"),
    (
        ("indicators", "sf", "max_year_gap"),
        0,
        "No indicator may be taken from another year",
        "years off",
    ),
    (("indicators", "varni", "years_averaged"), 3, "the mean of 3 years, itself in the middle", ""),
    (("comparison_decimals",), 1, "rounded to 1 decimal before", "9 decimals"),
    (("substitution", "if_two_years_are_as_near"), "later", "as near, the later", "the earlier"),
    (
        ("breaks", "when_spanned"),
        "stop",
        "stops the run if a criterion rests",
        "marked in every output",
    ),
    (
        ("geography", "merged_later", "counts"),
        "leave_empty",
        "has none, and it says so",
        "stops the run",
    ),
    (
        ("geography", "merged_later", "rates_medians_and_ratios"),
        "leave_empty",
        "has no rate, median or ratio",
        "is that of the merged unit",
    ),
    (
        ("geography", "date"),
        "2016-01-01",
        "the borders of 1 January 2016",
        "the borders of 1 January 2015",
    ),
    (("robustness", "probabilities", "draws"), 5000, "drawn 5,000 times (seed 7)", "200 times"),
    (
        ("robustness", "verdicts", "robust", "agreement"),
        0.8,
        "at least 80\u202f% of the comb",
        "75\u202f%",
    ),
    (
        ("robustness", "probabilities", "threshold_spread", "sf_high"),
        0,
        "“Had migrants settled before 2014?”: not drawn",
        "",
    ),
    (
        ("robustness", "windows", "end_1_later"),
        {"end": -2},
        "the last date 2 years earlier",
        "1 year later",
    ),
    (
        ("robustness", "probabilities", "errors", "residents"),
        {"rounded_to": 100, "because": "tables of hundreds"},
        "rounded to 100 inhabitants. Why: tables of hundreds.",
        "",
    ),
    (("selection", "candidates", "types"), ["A", "mixed"], "one of: type A and mixed", "type D"),
    (
        ("selection", "candidates", "unknown_size"),
        "pass",
        "below 5,000. A unit of which it is not known passes.",
        "",
    ),
    (("selection", "candidates", "reception", "required"), True, "It had a reception centre", ""),
    (("selection", "sets", "towns"), 1, "The set has 1 town.", "The set has 2 towns."),
    (
        ("selection", "sets", "regions"),
        {"each": {"R1": {"at_least": 1}}},
        "At least 1 of its towns is of region Region R1 (R1).",
        "",
    ),
    (("selection", "sets", "objective"), {"coverage": 2}, "represent) with weight 2", "stability"),
    (("selection", "sets", "include"), ["T02"], 'Übel, "Bad" (T02) is in it.', ""),
    (("selection", "pairs", "distance"), "standardised_euclidean", "Euclidean", "Mahalanobis"),
    (("selection", "pairs", "missing"), "median", "is given the median", "is left out"),
]


@pytest.mark.parametrize(("path", "value", "comes", "goes"), CHANGES)
def test_a_changed_key_changes_the_words(testland_read, path, value, comes, goes):
    before = copy.deepcopy(testland_read.settings["case"])
    after = copy.deepcopy(before)
    at(after, path[:-1])[path[-1]] = value
    assert comes in methods_of(testland_read, after)
    assert comes not in methods_of(testland_read, before)
    if goes:
        assert goes in methods_of(testland_read, before)
        assert goes not in methods_of(testland_read, after)


def leaves(block: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Return every key that ends in a value; a list of values is one."""
    if isinstance(block, dict):
        for key, value in block.items():
            yield from leaves(value, (*path, key))
    elif isinstance(block, list) and block and isinstance(block[0], dict):
        for number, value in enumerate(block):
            yield from leaves(value, (*path, number))
    else:
        yield path, block


OTHERS = {
    "at_least": "above",
    "at_most": "below",
    "earlier": "later",
    "mark": "stop",
    "stop": "leave_empty",
    "merged_unit": "leave_empty",
    "pass": "fail",
    "fail": "pass",
    "start": "end",
    "unknown": "none",
    "mahalanobis": "standardised_euclidean",
    "leave_out": "median",
    "units": "candidates",
    "national_aggregate": "national_mean",
    "zero": "national_mean",
    "sum_of_counts": "published_total",
    "region": "type",
}
# What may change without a word: files of a private table, tables listed or not, and choices that
# decide nothing in Testland (no reception centre is required there, no table of them given; a figure of
# one date under one definition moves with the end of the windows, which the windows name).
SILENT = {
    ("robustness", "list_types"),
    ("selection", "candidates", "reception", "not_listed"),
    ("selection", "candidates", "reception", "unknown"),
    ("robustness", "definitions", "sf_high", "share", "moves_with"),
}


def altered(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1 if value >= 1 else value / 2 + 0.01
    if isinstance(value, list):
        return [altered(value[0]), *value[1:]] if value else ["type"]
    if re.fullmatch(r"\d{4}(-\d\d-\d\d)?", value):
        return str(int(value[:4]) - 1) + value[4:]
    return OTHERS.get(value, f"{value} else")


def test_no_choice_of_a_case_is_left_unsaid(testland_read):
    case = testland_read.settings["case"]
    before = methods_of(testland_read, case)
    blocks = (
        "criteria",
        "comparison_decimals",
        "size_classes",
        "substitution",
        "breaks",
        "robustness",
    )
    named = {"indicator", "variable", "weight", "covariates", "country", "region"}
    silent = []
    for block in (*blocks, "selection"):
        for path, value in leaves(case[block], (block,)):
            # Names of other entries of the case are followed below, by what they stand for; aggregates
            # of definitions are made as those of the criteria.
            if named & set(path) or ("aggregate" in path[:-1] and path[0] == "robustness"):
                continue
            changed = copy.deepcopy(case)
            at(changed, path[:-1])[path[-1]] = altered(value)
            if methods_of(testland_read, changed) == before:
                silent.append(path)
    assert set(silent) == SILENT


def test_every_definition_has_a_formula_and_its_dates(testland_read):
    variables = testland_read.settings["variables"]
    shared = {"label": "It", "max_year_gap": 0}
    people, foreign = "Inhabitants", "Foreign residents"
    cases = {
        people: {"definition": "level", "of": "residents", "date": "2005-01-01"},
        f"100 × {foreign} / {people}": {
            "definition": "share",
            "of": "residents_foreign",
            "in": "residents",
            "date": "2005-01-01",
        },
        f"{people} / Area": {
            "definition": "ratio",
            "of": "residents",
            "in": "area_km2",
            "date": "2005-01-01",
            "in_date": "2014",
        },
        f"{people}, at the end minus at the start": {
            "definition": "difference",
            "of": "residents",
            "from": "2005-01-01",
            "to": "2014-01-01",
        },
        f"100 × {foreign} / {people}, at the end minus at the start": {
            "definition": "difference_of_shares",
            "of": "residents_foreign",
            "in": "residents",
            "from": "2005-01-01",
            "to": "2014-01-01",
        },
        f"100 × (({foreign} / {people}) at the end / ({foreign} / {people}) at the start − 1)": {
            "definition": "relative_change",
            "of": "residents_foreign",
            "in": "residents",
            "from": "2005-01-01",
            "to": "2014-01-01",
        },
    }
    for formula, indicator in cases.items():
        case = copy.deepcopy(testland_read.settings["case"])
        case["indicators"]["sf"] = {**shared, **indicator}
        text = methods_of(testland_read, case)
        assert f"Compared is “It” = {formula}." in text
        asked_for = "Date asked for: 1 January 2005." in text
        assert asked_for == ("date" in indicator)
        assert ("denominator has a date of its own: 2014" in text) == ("in_date" in indicator)
    missing = copy.deepcopy(testland_read.settings["case"])
    missing["indicators"]["sf"] = {
        "label": "It",
        "definition": "not_available",
        "because": "nobody asked",
    }
    assert "“It” is not available (nobody asked), so every unit is undetermined." in methods_of(
        testland_read, missing
    )
    assert variables["residents"]["labels"]["en"] == people


def test_the_value_of_each_reference_is_said(testland_read):
    text = methods_of(testland_read, testland_read.settings["case"])
    references = testland_read.tables["references"].set_index("criterion")["value"]
    assert f"Its value: {report_words.amount(references['sf_high'], SAY)}\u202f%." in text
    assert "Found: 1 January 2007, by town." in text
    assert "Unemployment rate (LFS) = 100 × Unemployed / (Unemployed + Employed)" in text


def test_regional_references_stand_in_a_table(testland_read):
    case = copy.deepcopy(testland_read.settings["case"])
    case["criteria"]["sf_high"]["reference"] = "region_median"
    references = testland_read.tables["references"]
    rows = [
        {**references.iloc[0], "group": group, "value": value, "units": 6.0}
        for group, value in (("R1", 2.5), ("R2", 7.25))
    ]
    read = testland_read._replace(tables={**testland_read.tables, "references": pd.DataFrame(rows)})
    text = methods_of(read, case)
    assert "Each region has its own, from 2.5\u202f% to 7.25\u202f%." in text
    assert "Region R2 (R2)\n7.25\u202f%\n6" in text
    assert "The data give no value of this reference." in text  # of the other two criteria


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (9.4229746, "9.42"),
        (0.0829687, "0.083"),
        (0.2, "0.2"),
        (10445852.0, "10,445,852"),
        (0.0, "0"),
    ],
)
def test_amounts_keep_three_digits(value, shown):
    assert report_words.amount(value, SAY) == shown


# --- sections ---------------------------------------------------------------------------------------


def test_what_was_found_equals_the_tables(testland_read):
    content = made(testland_read)
    number = counts(testland_read.tables["typology"])
    first = content["found"][0]
    assert f"Of 12 units, {number['A'] + number['B']} improve" in first
    assert f"(C: {number['C']}, D: {number['D']}), {number['mixed']} are mixed" in first
    assert "12 of 12 units carry a flag" in content["found"][1]
    assert content["found"][-1] == "Best set of towns: Łańcut-op-Zee (type A) and @sum (type D)."


@pytest.mark.parametrize("column", ["region", "size_class"])
def test_counts_by_type_add_up(testland_read, column):
    types = testland_read.tables["typology"]
    table = asked.types_table("c", types[column], types["type"], "first", SAY)
    cells = np.array([[int(cell) for cell in row[1:]] for row in table.rows])
    assert (cells[:, :-1].sum(axis=1) == cells[:, -1]).all()
    assert cells.sum(axis=0).tolist() == [int(cell) for cell in table.foot[1:]]
    assert [int(cell) for cell in table.foot[1:-1]] == [counts(types)[each] for each in TYPES]


def test_the_data_say_where_they_fall_short(testland_read):
    text = section(made(testland_read), "data")
    assert "The figure is of 1 January 2007, in place of 1 January 2005." in text
    assert "each town has the value of its zone" in text
    assert (
        "The comparison spans a break that the source flags in 2010 (4 units); each town has the value"
        in text
    )
    assert "1 unit has no value" in text
    assert "All 3 sums agree with the published figures within their tolerance." in text


def test_a_sum_that_differs_is_not_said_to_agree(testland_read):
    checks = testland_read.tables["aggregate_checks"].copy()
    checks["agrees"] = [False, *checks["agrees"][1:]]
    text = section(made(testland_read, tables={"aggregate_checks": checks}), "data")
    assert "1 of 3 sums differ" in text
    assert "agree with" not in text


def test_figures_are_shown_or_listed_as_missing(testland_read):
    text = page(testland_read)
    assert f'<img src="{PICTURE}" alt="Scatter">' in text
    assert "figures/quadrants.csv" in text
    assert "Rent: not available. Nobody asked." in section(made(testland_read), "results")
    assert 'alt="Rent"' not in text


def test_other_sets_say_what_they_trade_off(testland_read):
    text = section(made(testland_read), "selection")
    assert "Set 2\nTown T12 (type B)\n@sum (type D)\n0.0000\n+0.0500\n0.0000\n−0.1000" in text
    assert "It is proven that no other set" in text


def test_a_conflict_is_said_in_the_words_of_the_case(testland_read):
    conflict = pd.DataFrame(
        {
            "constraint": ["selection.sets.towns", "selection.sets.types.at_most_each"],
            "says": ["2 towns in the set", "at most 1 town of any one type"],
            "why": ["1 eligible unit", "1 type"],
        }
    )
    empty = testland_read.tables["selection"].iloc[:0]
    content = made(testland_read, tables={"selection": empty, "conflicts": conflict})
    text = section(content, "selection")
    assert "The set has 2 towns.\nNo type has more than 1 of its towns." in text
    assert "2 towns in the set: 1 eligible unit." in text
    assert content["found"][-1].startswith("No set of towns satisfies all constraints")


def test_drivers_are_those_of_the_share_kept_by_their_total(testland_read):
    table, _ = certainty.drivers(testland_read.tables["sensitivity"], SAY)
    assert table.rows == [
        ("reference of settlement (SF)", "4", "0.40", "0.80"),
        ("window", "2", "0.10", "0.30"),
    ]


def test_towns_at_the_edge_are_the_nearest_ones(testland_read):
    verdicts = testland_read.tables["verdicts"]
    typed = verdicts[verdicts["type"].isin(TYPES[:4])].sort_values("nearest_distance")
    table = certainty.edge(verdicts, SAY)[1]
    assert [row[0] for row in table.rows] == [
        f"{name} ({unit})" for name, unit in zip(typed["name"], typed["unit"], strict=True)
    ]


def test_choices_without_figures_are_named(testland_read):
    text = section(made(testland_read), "certainty")
    assert "In no combination for want of figures: the windows end_1_later." in text


def test_candidates_are_counted_by_question(testland_read):
    candidates = testland_read.tables["candidates"]
    table = choice.candidates(candidates, testland_read.settings["case"], SAY)[1]
    for row, column in zip(table.rows, ("type_check", "size_check"), strict=False):
        assert int(row[2]) == (candidates[column] == "fail").sum()


def test_a_case_without_blocks_says_that_they_were_not_asked(testland_read):
    case = {
        key: value
        for key, value in testland_read.settings["case"].items()
        if key not in ("robustness", "selection")
    }
    needed = (
        "typology",
        "units",
        "references",
        "sufficiency",
        "aggregate_checks",
        "indicators",
        "towns",
    )
    tables = {name: testland_read.tables[name] for name in needed}
    read = testland_read._replace(tables=tables, settings={**testland_read.settings, "case": case})
    content = made(read)
    assert "no block `robustness`" in section(content, "certainty")
    assert "no block `selection`" in section(content, "selection")
    text = section(content, "methods")
    assert "combination" not in text
    assert "candidate" not in text


def test_flags_are_explained_with_the_units_that_bear_them(testland_read):
    text = section(made(testland_read), "flags")
    assert "Foreign residents\nyear_substituted=2007-01-01_for_2005-01-01" in text
    # Three zones, one explanation.
    assert text.count("Change of unemployment\nlevel=zone:Z1") == 1
    assert "the value is that of a larger area, zone\n12" in text


# --- sources and reproduction ---------------------------------------------------------------------


def test_sources_and_hashes_are_all_there(testland_read):
    content = made(testland_read)
    for pin in testland_read.settings["pins"]:
        assert pin["sha256"] in section(content, "reproduction")
        assert pin["title"] in section(content, "sources")
        assert pin["licence"] in section(content, "sources")
    assert "absent\nnot installed" in section(content, "reproduction")


def test_packages_are_those_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [re.match(r"[\w-]+", each)[0] for each in project["dependencies"]]
    assert list(provenance.PACKAGES) == named
    assert list(provenance.versions()) == ["smstra", "Python", *named]


def test_overrides_are_printed_as_a_file_that_makes_the_same_case(testland_read, tmp_path):
    user = {
        "cases": ["tl"],
        "overrides": {
            "tl": {
                "criteria": {"sf_high": {"reference": "national_median", "aggregate": None}},
                "profile": ["sf"],
            }
        },
    }
    settings = config.load(user, testland_read.root)
    report = json.loads(json.dumps(job_settings.report(settings, "tl")))
    text = told(provenance.reproduction(report, "x", {}, SAY))
    assert "--configfile my.yaml --config cases=tl" in text
    again = re.search(r"overrides:\n(?:  .*\n)+", text)[0]
    (tmp_path / "my.yaml").write_text(again, encoding="utf-8")
    loaded = config.load(
        {"cases": ["tl"], **strict_yaml.load(tmp_path / "my.yaml")}, testland_read.root
    )
    assert loaded.cases == settings.cases
    plain = told(provenance.reproduction(testland_read.settings, "x", {}, SAY))
    assert "my.yaml" not in plain
    assert "snakemake --cores 4 --config cases=tl" in plain


# --- the page ---------------------------------------------------------------------------------------


class Sound(HTMLParser):
    """What a reader's tools need: headings in order, names once, tables with captions and scopes."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.tables = self.captions = 0
        self.bare_heads = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if found.get("id"):
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found["href"])
        self.loaded += [found[key] for key in ("src", "data") if key in found]
        self.loaded += [found["href"]] if tag == "link" else []
        self.tables += tag == "table"
        self.captions += tag == "caption"
        self.bare_heads += tag == "th" and "scope" not in found


def test_the_page_is_sound_and_loads_nothing(testland_read):
    sound = Sound()
    text = page(testland_read)
    sound.feed(text)
    assert sound.levels[0] == 1
    assert sound.levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(sound.levels, sound.levels[1:], strict=False))
    assert len(set(sound.ids)) == len(sound.ids)
    inside = [link[1:] for link in sound.links if link.startswith("#")]
    assert set(inside) <= set(sound.ids)
    assert {each.name for each in made(testland_read)["sections"]} <= set(inside)
    assert sound.tables == sound.captions > 10
    assert sound.bare_heads == 0
    assert all(each.startswith("data:") for each in sound.loaded)
    assert "<script" not in text


def test_hostile_names_stay_text(testland_read):
    units = testland_read.tables["units"].copy()
    units["region_name"] = '<script>alert(1)</script> & "R"'
    text = page(testland_read, tables={"units": units})
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in text


def test_the_same_case_gives_the_same_page_without_paths(testland_read):
    text = page(testland_read)
    assert text == page(testland_read)
    assert str(testland_read.root) not in text
    assert str(ROOT) not in text


def test_captions_of_tables_differ(testland_read):
    captions = re.findall(r'aria-label="([^"]+)"', page(testland_read))
    assert len(captions) == len(set(captions))


@pytest.mark.parametrize("code", ["fr", "nl", "de"])
def test_the_page_speaks_the_language_of_the_case(testland_read, code):
    case = testland_read.settings["case"]
    own = {code: {case["title"]: "Titel-Titre", "Foreign residents": "Eigen-Propre"}}
    text = page(testland_read, Language(code, own))
    assert f'<html lang="{code}">' in text
    assert "Titel-Titre" in text
    assert "Eigen-Propre" in text
    assert 'lang="en"' in text  # citations, in the words of the publishers
    share = {"fr": "50,0\u202f%", "nl": "50,0\u202f%", "de": "50,0\u202f%"}[code]
    assert share in text


# --- pictures ---------------------------------------------------------------------------------------


@pytest.fixture
def drawn(tmp_path: Path) -> dict[str, Path]:
    """Two pictures: one with many points, one with few."""
    stems = {}
    for name, points in (("many", 4000), ("few", 10)):
        figure, axes = plt.subplots(figsize=(4.8, 3))
        axes.scatter(np.arange(points) % 97, np.arange(points) % 89, s=2, color="#0072B2")
        axes.scatter([3], [3], s=2, color="#D55E00")
        for form in ("svg", "png"):
            figure.savefig(tmp_path / f"{name}.{form}", dpi=250)
        plt.close(figure)
        stems[name] = tmp_path / name
    return stems


def test_the_longest_picture_gives_way_when_there_is_no_room(drawn):
    whole = pictures.fitted(drawn)
    assert all(address.startswith("data:image/svg+xml;base64,") for address in whole.values())
    room = len(whole["many"]) + len(whole["few"]) - 1
    fitted = pictures.fitted(drawn, room)
    assert fitted["few"] == whole["few"]
    assert fitted["many"].startswith("data:image/png;base64,")
    assert sum(map(len, fitted.values())) <= room
    assert pictures.fitted(drawn, room) == fitted


def test_few_colours_look_the_same(drawn):
    path = drawn["many"].with_suffix(".png")
    small = pictures.few_colours(path)
    before = np.asarray(Image.open(path).convert("RGB")).astype(int)
    after = np.asarray(Image.open(io.BytesIO(small)).convert("RGB")).astype(int)
    assert np.abs(before - after).max() <= 16
    assert len(small) < path.stat().st_size


def test_figures_come_in_the_order_of_families(drawn, tmp_path):
    entry = {"title": "t", "subtitle": "s", "source": "q", "alt": "a"}
    lists = {}
    for family, name, missing in (
        ("economy", "few", False),
        ("typology", "many", False),
        ("housing", "rent", True),
    ):
        lists[family] = tmp_path / f"list_{family}.json"
        lists[family].write_text(
            json.dumps([{**entry, "name": name, "missing": missing}]), encoding="utf-8"
        )
    found = pictures.of_case(lists)
    assert [(each.family, each.name, bool(each.address)) for each in found] == [
        ("typology", "many", True),
        ("economy", "few", True),
        ("housing", "rent", False),
    ]
    raw = base64.b64decode(found[1].address.partition(",")[2])
    assert raw == drawn["few"].with_suffix(".svg").read_bytes()


# --- snakemake --report ------------------------------------------------------------------------------


@pytest.mark.xdist_group("report")
def test_snakemake_makes_its_own_report(testland):
    done = snakemake(testland, "--report", "out.html")
    assert done.returncode == 0, done.stderr
    text = (testland / "out.html").read_text(encoding="utf-8")
    assert "Which small and medium-sized towns and rural areas" in text
    for category in ("Report", "Types", "Figures", "Sources"):
        assert f'"{category}"' in text
    assert "quadrants" in text
    assert "tl" in re.findall(r'"case": "(\w+)"', text)
    assert tiny.VINTAGE not in text.partition("base64")[0]


def test_every_caption_is_used_and_there():
    rules = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk")
    )
    there = {path.stem for path in (ROOT / "workflow/report").glob("*.rst")} - {"workflow"}
    assert there == {name for name in there if f'"{name}"' in rules}


def test_sections_bear_numbers_in_the_order_of_the_contents(testland_read):
    content = made(testland_read)
    titles = [each.title for each in content["sections"] if isinstance(each, Section)]
    shown = re.findall(r"<h2 id=\"[a-z]+\">\d+\. ([^<]+)</h2>", page(testland_read))
    assert shown == titles
