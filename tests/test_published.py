"""Figures in print against official ones: every verdict and check on documents with known answers."""

from __future__ import annotations

import copy
import csv
import importlib.util
import re
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smstra import cli, config, csvio, job_settings, strict_yaml
from smstra.audit import published, published_private, published_tables
from smstra.audit.published_documents import load
from smstra.audit.published_numbers import printed
from smstra.audit.published_outcomes import VERDICTS
from smstra.audit.published_values import Cells, Country
from smstra.errors import ConfigError, SmstraError
from smstra.lookup import Figures

REPO = Path(__file__).resolve().parents[1]
REAL = sorted((REPO / "data/published").glob("*.yaml"))
VARIABLES = strict_yaml.load(REPO / "workflow/internal/variables.yaml")
UNITS = pd.DataFrame(
    [
        ("T1", "Town 1", "town", "R1", "Region 1", "TL", "Z1"),
        ("T2", "Town 2", "town", "R1", "Region 1", "TL", "Z1"),
        ("T3", "Town 3", "town", "R2", "Region 2", "TL", "Z2"),
        ("T4", "Town 4", "town", "R2", "Region 2", "TL", "Z2"),
    ],
    columns=["unit", "name", "level", "region", "region_name", "country", "zone"],
)
CASE = {
    "country": "Testland",
    "geography": {
        "level": "town",
        "region_level": "region",
        "country_unit": {"code": "TL", "name": "Testland"},
        "stand_in_levels": {"zone": {"country_unit": "TL"}},
    },
}
DEFINITIONS = {
    "people": {"words": "inhabitants", "definition": "level", "of": "residents"},
    "growth": {"words": "growth", "definition": "yearly_growth", "of": "residents"},
    "change": {"words": "change", "definition": "relative_change", "of": "residents"},
    "density": {
        "words": "density",
        "definition": "ratio",
        "of": "residents",
        "in": "area_km2",
        "in_date": "2014",
    },
    "foreign": {
        "words": "foreigners",
        "definition": "share",
        "of": "residents_foreign",
        "in": "residents",
    },
    "origin": {
        "words": "foreign origin",
        "definition": "share",
        "of": "residents_origin_non_eu",
        "in": "residents",
    },
    "survey": {"words": "survey", "definition": "level", "of": "unemployment_rate_lfs"},
    "survey_of_zone": {
        "words": "survey",
        "definition": "level",
        "of": "unemployment_rate_lfs",
        "level": "zone",
    },
    "price": {"words": "price", "definition": "level", "of": "median_price_all_houses"},
    "permits": {"words": "permits", "definition": "level", "of": "first_permits"},
}


def row(unit: str, variable: str, date: str, value: float, level: str = "town", **more: Any):
    """Return a harmonised figure; its line in the snapshot is the year."""
    return {
        "unit": unit,
        "variable": variable,
        "date": f"{date}-01-01",
        "value": value,
        "status": "",
        "level": level,
        "source": "people@1",
        "row": date,
        "conversion": "none",
        "territory": unit,
        **more,
    }


def towns(variable: str, date: str, *values: float) -> list[dict[str, Any]]:
    return [row(f"T{n}", variable, date, value) for n, value in enumerate(values, 1)]


# Foreigners: 8 % in all of Testland in 2005, 10 % in 2006; by origin 20 % in 2005, none before or after.
TABLE = [
    *towns("residents", "2004", 1000, 1000, 1000, 1000),
    *towns("residents", "2005", 1000, 2000, 3000, 4000),
    *towns("residents", "2006", 1100, 2000, 3000, 4000),
    *towns("residents", "2007", 1210, 2000, 3000, 4000),
    *towns("residents_foreign", "2004", 50, 50, 50, 50),
    *towns("residents_foreign", "2005", 50, 150, 250, 350),
    *towns("residents_foreign", "2006", 110, 200, 300, 400),
    *towns("residents_origin_non_eu", "2005", 200, 400, 600, 800),
    *towns("area_km2", "2014", 10, 20, 30, 40),
    *towns("median_price_all_houses", "2005", 100, 110, 120, 130),
    *[
        row("Z1", name, "2005", v, "zone")
        for name, v in (("unemployed_lfs", 5), ("employed_lfs", 95))
    ],
    *[
        row("Z2", name, "2005", v, "zone")
        for name, v in (("unemployed_lfs", 8), ("employed_lfs", 92))
    ],
    *[
        row("Z1", name, "2006", v, "zone")
        for name, v in (("unemployed_lfs", 6), ("employed_lfs", 94))
    ],
    *[
        row("Z2", name, "2006", v, "zone")
        for name, v in (("unemployed_lfs", 7), ("employed_lfs", 93))
    ],
]
CELLS = Cells(
    {"people": {"variables": {name: {"column": f"col_{name}"} for name in VARIABLES}}},
    [{"id": "people", "vintage": "1", "file": "data/people.csv"}],
)


def country(table: list[dict[str, Any]] = TABLE, case: dict[str, Any] = CASE) -> Country:
    return Country(case, Figures(pd.DataFrame(table)), UNITS, VARIABLES)


def document(figures: dict[str, Any], checks: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "document": {
            "id": "TR",
            "title": "Towns of Testland",
            "kind": "report",
            "country": "Testland",
            "code_system": "tl",
        },
        "localities": ["A", "B"],
        "rules": {
            "size_classes": {"town": {"min": 1000, "max": 5000}, "village": {"min": 0, "max": 1000}}
        },
        "definitions": DEFINITIONS,
        "figures": figures,
        **({"checks": checks} if checks else {}),
    }


def figure(text: str, kind: str = "official", area: Any = None, **recipe: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "about": "Testland",
        "indicator": "a share",
        "printed": text,
        "unit": "percent",
        "where": "TR 1",
        "recipe": {"kind": kind, "because": "so it is", **recipe},
    }
    if area or kind == "official":
        entry["area"] = area or {"country": "Testland"}
    if kind == "needs_mapping":
        entry["area"] = area or {"locality": "A"}
    return entry


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Any]:
    """Return a function that reads documents given as mappings."""

    def documents(*data: dict[str, Any]) -> Any:
        paths = []
        for number, entry in enumerate(data):
            paths.append(tmp_path / f"{number}.yaml")
            paths[-1].write_text(strict_yaml.dumps(entry), encoding="utf-8")
        return load(paths, VARIABLES, "Testland", "tl")

    return documents


@pytest.fixture
def verdict(read: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """Return a function that checks one figure and returns its row."""

    def of(entry: dict[str, Any], table: list[dict[str, Any]] = TABLE) -> dict[str, Any]:
        made = published.check(read(document({"TR-1": entry})), country(table), CELLS)
        return made.iloc[0].to_dict()

    return of


# What digits in print mean.


@given(st.decimals(-9999, 9999, places=3), st.integers(0, 3), st.decimals(-1, 1, places=3))
def test_a_number_holds_what_rounds_to_it(number: Decimal, places: int, share: Decimal) -> None:
    step = Decimal(1).scaleb(-places)
    shown = str(number.quantize(step)).replace("E+", "")
    span, exact = printed(shown), Decimal(shown)
    assert span.at == float(exact)
    assert span.tolerance == pytest.approx(float(step) / 2)
    value = float(exact + share * step)
    assert span.holds(value) == (abs(share) <= Decimal("0.5"))
    assert span.difference(value) == pytest.approx(value - float(exact))


@pytest.mark.parametrize(
    ("text", "step", "inside", "outside"),
    [
        ("8.28", None, [8.275, 8.28, 8.285], [8.2749, 8.2851]),
        ("7.0", None, [6.95, 7.05], [6.94, 7.06]),
        ("1790", None, [1789.5, 1790.5], [1789.4, 1790.6]),
        ("27000", 1000, [26500, 27500], [26499, 27501]),
        ("about 100000", 10000, [95000, 105000], [94999, 105001]),
        ("<50000", None, [0, 49999.9], [50000, 50001]),
        ("less than 50000", None, [49999], [50000]),
        (">1000000", None, [1000001], [1000000, 5]),
        ("more than 1000000", None, [1000001], [1000000]),
        ("5000-50000", None, [5000, 50000], [4999, 50001]),
        ("-0.5", None, [-0.55, -0.45], [0.5, -0.56]),
    ],
)
def test_the_forms_of_numbers(text: str, step: Any, inside: list, outside: list) -> None:
    span = printed(text, step)
    assert [span.holds(value) for value in inside] == [True] * len(inside)
    assert [span.holds(value) for value in outside] == [False] * len(outside)
    assert all(span.meets(value, value) for value in inside)
    assert not any(span.meets(value, value) for value in outside)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("about 100", "rounded_to"),
        ("8,28", "form"),
        ("1 790", "form"),
        ("", "form"),
        ("50-5", "larger"),
        ("nan", "form"),
        ("1e5", "form"),
        ("about", "form"),
    ],
)
def test_what_is_no_number(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        printed(text)


# Verdicts of figures.


def test_reproduced_at_once(verdict: Callable) -> None:
    made = verdict(figure("8.0", as_printed=["foreign"], date="2005", years_around=2))
    assert made["verdict"] == "reproduced"
    assert made["recomputed"] == pytest.approx(8)
    assert made["difference"] == pytest.approx(0)
    assert made["tolerance"] == 0.05
    assert made["matched"] == "foreigners, 2005-01-01, 4 town figures added up"
    assert (
        made["lineage"]
        == "data/people.csv:2005:col_residents_foreign; data/people.csv:2005:col_residents"
    )
    assert made["sentence"].startswith("TR 1 prints 8.0 percent; foreigners, 2005-01-01")
    assert "tried" not in made["sentence"]


def test_reproduced_in_another_year(verdict: Callable) -> None:
    entry = figure("10.0", as_printed=["foreign"], date="2005", years_around=1)
    made = verdict(entry)
    assert made["verdict"] == "reproduced under another definition or year"
    assert made["recomputed"] == pytest.approx(1010 / 101)
    assert "2006-01-01" in made["matched"]
    assert "match number 3 of 3 tried" in made["sentence"]
    assert "as in print, gives 8.00 percent" in made["sentence"]
    entry["recipe"]["years_around"] = 0
    assert verdict(entry)["verdict"] == "differs"


def test_reproduced_under_another_definition(verdict: Callable) -> None:
    entry = figure("20", as_printed=["foreign"], otherwise=["origin"], date="2005", years_around=1)
    made = verdict(entry)
    assert made["verdict"] == "reproduced under another definition or year"
    assert made["matched"].startswith("foreign origin, 2005-01-01")
    # The year before and the year after of the definition in print come first: equally near.
    assert "match number 4 of 4 tried" in made["sentence"]


def test_a_match_by_a_definition_that_is_not_the_one_in_print_is_never_plain(
    verdict: Callable,
) -> None:
    made = verdict(figure("20", otherwise=["origin"], date="2005"))
    assert made["verdict"] == "reproduced under another definition or year"
    assert "cannot be had" in made["sentence"]


def test_the_nearest_match_wins_and_the_earlier_of_two_years(verdict: Callable) -> None:
    # By foreigners 5 % before and 10 % after: a wide span holds both years, not 2005.
    table = [*TABLE, *towns("residents_foreign", "2007", 60, 60, 60, 60)]
    made = verdict(figure("2-6", as_printed=["foreign"], date="2005", years_around=2), table)
    assert made["matched"].startswith("foreigners, 2004-01-01")
    made = verdict(figure("9-11", as_printed=["foreign"], date="2004", years_around=3), table)
    assert made["matched"].startswith("foreigners, 2006-01-01")


def test_differs(verdict: Callable) -> None:
    made = verdict(
        figure("9.0", as_printed=["foreign"], otherwise=["origin"], date="2005", years_around=1)
    )
    assert made["verdict"] == "differs"
    assert made["recomputed"] == pytest.approx(8)
    assert made["difference"] == pytest.approx(-1)
    assert made["matched"] == ""
    assert "of 4 definitions and years tried none matches" in made["sentence"]
    assert "8.00 percent, 1.00 less (tolerance 0.05)" in made["sentence"]
    # 8.0 and 10.0 are both one away: no other is nearer than the one in print.
    assert made["lineage"]


def test_without_a_year_in_print_the_kindest_year_counts(verdict: Callable) -> None:
    entry = figure("11", as_printed=["foreign"], date="2005", years_around=2, year_in_print=False)
    made = verdict(entry)
    assert made["verdict"] == "differs"
    assert made["recomputed"] == pytest.approx(1010 / 101)
    entry["recipe"]["date"] = "2008"
    assert verdict(entry)["verdict"] == "differs"
    entry["recipe"]["year_in_print"] = True
    assert verdict(entry)["verdict"] == "no open data"


def test_no_open_data(verdict: Callable) -> None:
    made = verdict(figure("5", as_printed=["permits"], otherwise=["foreign"], date="2005"))
    assert made["verdict"] == "no open data"
    assert pd.isna(made["recomputed"])
    assert "1 definition or year other than the one in print could be tried" in made["sentence"]
    assert "does not match; the nearest is 8.0 percent" in made["sentence"]
    made = verdict(figure("5", as_printed=["permits"], date="2005"))
    assert made["sentence"] == "TR 1 prints 5 percent: so it is."
    assert verdict(figure("5", "no_open_data"))["verdict"] == "no open data"
    elsewhere = figure("5", area={"country": "Elsewhere"}, as_printed=["foreign"], date="2005")
    assert "no such area" in verdict(elsewhere)["sentence"]


def test_a_bound_says_that_many_values_meet_it(verdict: Callable) -> None:
    made = verdict(figure("more than 5", as_printed=["foreign"], date="2005"))
    assert made["verdict"] == "reproduced"
    assert "met by many values" in made["sentence"]
    assert (made["difference"], pd.isna(made["tolerance"])) == (0, True)


@pytest.mark.parametrize(
    ("definition", "dates", "area", "value"),
    [
        ("growth", ("2005", "2007"), {"unit": "T1"}, 10),
        ("change", ("2005", "2007"), {"unit": "T1"}, 21),
        ("people", ("2005",), {"region": "R1"}, 3000),
        ("density", ("2006",), {"unit": "T1"}, 110),
        ("survey", ("2005",), {"region": "R1"}, 5),
        ("survey", ("2005",), {"country": "Testland"}, 6.5),
        ("survey_of_zone", ("2005",), {"unit": "T3"}, 8),
        ("survey", ("2005",), {"unit": "T3"}, None),
        ("price", ("2005",), {"unit": "T2"}, 110),
        ("price", ("2005",), {"region": "R1"}, None),
        ("people", ("2003",), {"unit": "T1"}, None),
    ],
)
def test_official_values(definition: str, dates: tuple, area: dict, value: Any) -> None:
    found = country().official(definition, DEFINITIONS[definition], area, dates)
    assert (found is None) == (value is None)
    if value is not None:
        assert found.value == pytest.approx(value)


def test_a_published_figure_of_an_area_comes_before_a_sum_and_a_gap_gives_no_sum() -> None:
    people = DEFINITIONS["people"]
    more = [*TABLE, row("R1", "residents", "2005", 3333, "region")]
    assert country(more).official("p", people, {"region": "R1"}, ["2005"]).value == 3333
    less = [r for r in TABLE if (r["unit"], r["date"]) != ("T1", "2005-01-01")]
    assert country(less).official("p", people, {"region": "R1"}, ["2005"]) is None
    assert country(less).official("p", people, {"region": "R2"}, ["2005"]).value == 7000


def test_zones_that_cross_a_region_are_not_added_up() -> None:
    crossing = UNITS.assign(zone=["Z1", "Z2", "Z2", "Z2"])
    made = Country(CASE, Figures(pd.DataFrame(TABLE)), crossing, VARIABLES)
    assert made.official("s", DEFINITIONS["survey"], {"region": "R1"}, ["2005"]) is None


def test_a_merged_unit_counts_once_and_is_none_of_its_parts() -> None:
    people, later = DEFINITIONS["people"], []
    for unit, value, where in (
        ("T1", 900, "T9"),
        ("T2", 900, "T9"),
        ("T3", 70, "T3"),
        ("T4", 5, "T4"),
    ):
        later.append(row(unit, "residents", "2020", value, territory=where))
    made = country([*TABLE, *later])
    assert made.official("p", people, {"country": "Testland"}, ["2020"]).value == 975
    assert made.official("p", people, {"region": "R1"}, ["2020"]).value == 900
    assert made.official("p", people, {"unit": "T1"}, ["2020"]) is None
    assert made.official("p", people, {"unit": "T3"}, ["2020"]).value == 70
    assert list(made.changes(people, "town", ("2005", "2020")).index) == ["T3", "T4"]


# Checks.


def printed_only(*texts: str) -> dict[str, Any]:
    return {f"TR-{n}": figure(text, "no_open_data") for n, text in enumerate(texts, 1)}


REPRODUCED, CONTRADICTS = "reproduced", "contradicts itself or another figure"
CHECKS: list[tuple[str, list[str], dict[str, Any], str, str]] = [
    ("product", ["2.0", "30", "60"], {"of": ["TR-1", "TR-2"], "equals": "TR-3"}, REPRODUCED, "is 60"),
    # 1.95 x 29.5 is 57.525: 58 (from 57.5) fits and 57 does not.
    ("product", ["2.0", "30", "58"], {"of": ["TR-1", "TR-2"], "equals": "TR-3"}, REPRODUCED, "agrees"),
    ("product", ["2.0", "30", "57"], {"of": ["TR-1", "TR-2"], "equals": "TR-3"}, CONTRADICTS, "3 less"),
    ("product", ["5", "10-20", "<40"], {"of": ["TR-1", "TR-2"], "equals": "TR-3"}, CONTRADICTS, "45 to 110"),
    ("product", ["5", "10-20", "<46"], {"of": ["TR-1", "TR-2"], "equals": "TR-3"}, REPRODUCED, "agrees"),
    ("growth", ["1000", "1210", "10.0"], {"from": "TR-1", "to": "TR-2", "periods": 2, "equals": "TR-3"},
     REPRODUCED, "10.00"),
    ("growth", ["1000", "1210", "10.2"], {"from": "TR-1", "to": "TR-2", "periods": 2, "equals": "TR-3"},
     CONTRADICTS, "none of 4 other ways"),
    ("growth", ["1000", "1210", "10.5"], {"from": "TR-1", "to": "TR-2", "periods": 2, "equals": "TR-3"},
     CONTRADICTS, "the whole growth divided by the years would give it"),
    ("sum_of_parts", ["10", "20", "30"], {"parts": ["TR-1", "TR-2"], "total": "TR-3", "parts_are": "all"},
     REPRODUCED, "10 + 20 is 30"),
    ("sum_of_parts", ["10", "20", "33"], {"parts": ["TR-1", "TR-2"], "total": "TR-3", "parts_are": "all"},
     CONTRADICTS, "3 are in no part"),
    ("sum_of_parts", ["10", "20", "33"], {"parts": ["TR-1", "TR-2"], "total": "TR-3", "parts_are": "some"},
     REPRODUCED, "which leaves 3"),
    ("sum_of_parts", ["10", "20", "28"], {"parts": ["TR-1", "TR-2"], "total": "TR-3", "parts_are": "some"},
     CONTRADICTS, "less than the parts"),
    ("sum_of_parts", ["60", "30"], {"parts": ["TR-1", "TR-2"], "total_is": 100, "parts_are": "some"},
     REPRODUCED, "which leaves 10"),
    ("sum_of_parts", ["60", "50"], {"parts": ["TR-1", "TR-2"], "total_is": 100, "parts_are": "some"},
     CONTRADICTS, "less than the parts"),
    ("same_quantity", ["25.2", "25.2"], {"figures": ["TR-1", "TR-2"]}, REPRODUCED, "agree"),
    ("same_quantity", ["25.2", "25"], {"figures": ["TR-1", "TR-2"]}, REPRODUCED, "agree"),
    ("same_quantity", ["25.2", "25.4"], {"figures": ["TR-1", "TR-2"]}, CONTRADICTS, "0.2 apart"),
    # The survey moved by -1 and +1 between 2005 and 2006.
    ("same_quantity", ["9.0", "9.9"],
     {"figures": ["TR-1", "TR-2"], "yardstick": {"definition": "survey", "level": "zone", "from": "2005",
      "to": "2006"}}, REPRODUCED, "2 zone figures moved from 2005 to 2006 by -1.00 to 1.00"),
    ("same_quantity", ["9.0", "7.8"],
     {"figures": ["TR-1", "TR-2"], "yardstick": {"definition": "survey", "level": "zone", "from": "2005",
      "to": "2006"}}, CONTRADICTS, "seen in none"),
    ("same_quantity", ["9.0", "7.8"],
     {"figures": ["TR-1", "TR-2"], "yardstick": {"definition": "survey", "level": "zone", "from": "2001",
      "to": "2006"}}, "no open data", "no open data here"),
    ("within_class", ["100", "20"], {"of": ["TR-1", "TR-2"], "class": "town"}, REPRODUCED, "within the class"),
    ("within_class", ["100", "9"], {"of": ["TR-1", "TR-2"], "class": "town"}, CONTRADICTS,
     "by the rule that is a village"),
    ("within_class", ["990", "1"], {"of": ["TR-1", "TR-2"], "class": "village"}, REPRODUCED, "reach over"),
    ("within_class", ["<1000"], {"of": ["TR-1"], "class": "town"}, CONTRADICTS, "outside"),
    ("within_class", ["5000"], {"of": ["TR-1"], "class": "town"}, REPRODUCED, "reach over"),
    ("within_class", ["5001"], {"of": ["TR-1"], "class": "town"}, CONTRADICTS, "outside"),
    ("against_rule", ["1000-5000"], {"figure": "TR-1", "class": "town"}, REPRODUCED, "by the rule has"),
    ("against_rule", ["0-1000"], {"figure": "TR-1", "class": "town"}, CONTRADICTS, "range a village"),
    ("against_rule", ["7-9"], {"figure": "TR-1", "class": "town"}, CONTRADICTS, "no class of that range"),
    ("ratio", ["800", "8.0"],
     {"of": "TR-1", "in": {"definition": "people", "area": {"country": "Testland"}, "date": "2005"},
      "equals": "TR-2"}, REPRODUCED, "10,000"),
    ("ratio", ["800", "9.0"],
     {"of": "TR-1", "in": {"definition": "people", "area": {"country": "Testland"}, "date": "2005"},
      "equals": "TR-2"}, CONTRADICTS, "does not agree"),
    ("ratio", ["800", "9.0"],
     {"of": "TR-1", "in": {"definition": "people", "area": {"country": "Testland"}, "date": "2001"},
      "equals": "TR-2"}, "no open data", "no open data here"),
    ("statements", ["7.9"],
     {"figure": "TR-1",
      "reference": {"definition": "foreign", "area": {"country": "Testland"}, "date": "2005"},
      "says": [{"where": "TR 2", "text": "around the average", "relation": "around", "within": 0.5},
               {"where": "TR 3", "text": "below it", "relation": "below"}]}, REPRODUCED, "the official 8.0"),
    ("statements", ["7.9"],
     {"figure": "TR-1",
      "reference": {"definition": "foreign", "area": {"country": "Testland"}, "date": "2005"},
      "says": [{"where": "TR 2", "text": "around the average", "relation": "around", "within": 0.5},
               {"where": "TR 3", "text": "well above it", "relation": "above"}]}, CONTRADICTS,
     "'well above it' in TR 3 does not hold"),
    ("statements", ["7.0"],
     {"figure": "TR-1",
      "reference": {"definition": "foreign", "area": {"country": "Testland"}, "date": "2005"},
      "says": [{"where": "TR 2", "text": "around the average", "relation": "around", "within": 0.5}]},
     CONTRADICTS, "'around the average' (within 0.5) in TR 2 does not hold"),
    ("statements", ["7.0"],
     {"figure": "TR-1",
      "reference": {"definition": "permits", "area": {"country": "Testland"}, "date": "2005"},
      "says": [{"where": "TR 2", "text": "above", "relation": "above"}]}, "no open data", "no open data here"),
    ("one_threshold", ["8.28", "4.7"], {"higher": "TR-1", "lower": "TR-2"}, REPRODUCED, "parts the two"),
    ("one_threshold", ["4.7", "8.28"], {"higher": "TR-1", "lower": "TR-2"}, CONTRADICTS, "No threshold"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "texts", "keys", "wanted", "says"), CHECKS)
def test_checks(
    read: Callable, kind: str, texts: list[str], keys: dict[str, Any], wanted: str, says: str
) -> None:
    check = {"kind": kind, "because": "so it must be", **keys}
    data = document(printed_only(*texts), {"it-fits": check})
    made = published.check(read(data), country(), CELLS)
    last = made.iloc[-1]
    assert (last["id"], last["verdict"]) == ("it-fits", wanted)
    assert says in last["sentence"]
    assert last["sentence"].endswith("so it must be.")
    assert "0.yaml:TR-1:printed" in last["lineage"]
    # A figure in a contradiction says so; others do not.
    for sentence in made["sentence"][:-1]:
        assert ("A contradiction is found by the check 'it-fits'." in sentence) == (
            wanted == CONTRADICTS
        )


def test_every_kind_of_check_is_tested_both_ways() -> None:
    kinds = {"product", "growth", "sum_of_parts", "same_quantity", "within_class", "against_rule"}
    kinds |= {"ratio", "statements", "one_threshold"}
    for wanted in (REPRODUCED, CONTRADICTS):
        assert {check[0] for check in CHECKS if check[3] == wanted} == kinds


def test_a_figure_that_is_checked_by_arithmetic_has_the_verdict_of_its_check(
    read: Callable,
) -> None:
    figures = printed_only("10", "20", "33")
    figures["TR-3"]["recipe"] = {"kind": "arithmetic", "because": "by parts", "check": "parts"}
    check = {"kind": "sum_of_parts", "because": "b", "parts": ["TR-1", "TR-2"], "total": "TR-3"}
    made = published.check(
        read(document(figures, {"parts": {**check, "parts_are": "all"}})), country(), CELLS
    )
    assert list(made["verdict"]) == ["no open data", "no open data", CONTRADICTS, CONTRADICTS]
    assert made["recomputed"][2] == 30
    assert "check 'parts'" in made["sentence"][2]


# Where figures stand.


def test_cells_join_lines_and_name_files() -> None:
    datasets = {
        "one": {"variables": {"residents": {"column": "n"}, "area_km2": {"column": "km2"}}},
        "two": {"variables": {"residents": {"column": "pop"}}},
    }
    pins = [
        {"id": "one", "vintage": "a", "file": "data/x/one.csv"},
        {"id": "two", "vintage": "a", "file": "data/y/2014.xlsx"},
        {"id": "two", "vintage": "a", "file": "data/y/2015.csv"},
        {"id": "two", "vintage": "b", "file": "data/z/2015.csv"},
    ]
    rows = pd.DataFrame(
        [
            ("one@a", "residents", "4"),
            ("one@a", "residents", "2+3"),
            ("one@a", "residents", "9"),
            ("one@a", "area_km2", "5-7"),
            ("two@a", "residents", "2014.xlsx:2014!7"),
            ("two@a", "residents", "2015.csv:8"),
        ],
        columns=["source", "variable", "row"],
    )
    assert Cells(datasets, pins).of(rows).split("; ") == [
        "data/x/one.csv:2-4:n",
        "data/x/one.csv:9:n",
        "data/x/one.csv:5-7:km2",
        "data/y/2015.csv:8:pop",
        "data/y/2014.xlsx:2014!7:pop",
    ]


# The private mapping.

PRIVATE = {
    "TR-1": figure("5.0", "needs_mapping", as_printed=["foreign"], date="2005"),
    "TR-2": figure("9.9", "needs_mapping", {"locality": "B"}, as_printed=["foreign"], date="2005"),
    "TR-3": figure("8.0", as_printed=["foreign"], date="2005"),
}


def test_without_the_mapping_nothing_is_said_of_a_locality(read: Callable) -> None:
    made = published.check(read(document(PRIVATE)), country(), CELLS)
    assert list(made["verdict"]) == ["needs the private mapping"] * 2 + ["reproduced"]
    hidden = made[:2]
    assert hidden[["recomputed", "difference"]].isna().all(axis=None)
    assert (hidden[["matched", "lineage"]] == "").all(axis=None)


def test_with_the_mapping_localities_are_checked_apart(read: Callable) -> None:
    documents = read(document(PRIVATE))
    made = published.check_private(documents, country(), CELLS, {"A": "T1", "B": "T2"})
    assert list(made["id"]) == ["TR-1", "TR-2"]
    assert list(made["verdict"]) == ["reproduced", "differs"]
    assert list(made["recomputed"]) == [5, 7.5]
    assert list(published.check_private(documents, country(), CELLS, {"B": "T1"})["id"]) == ["TR-2"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('A: "T1"\nB: "T1"\n', "A and B have the same code"),
        ('C: "T1"\n', "'C' is no locality"),
        ('A: "T77"\n', "the code of A is no unit of the case"),
        ("A: 77\n", "the code of A is not text"),
        ("", "names no locality"),
    ],
)
def test_a_wrong_mapping_is_refused_and_no_code_repeated(
    tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(says)) as refused:
        published_private.read(file, ["A", "B"], UNITS)
    assert "T1" not in str(refused.value).replace(tmp_path.name, "")
    assert "77" not in str(refused.value)


def test_where_a_mapping_may_lie(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "private").mkdir(parents=True)
    (project / "results").mkdir()
    git = ["git", "-C", str(project), "-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    (project / ".gitignore").write_text("/private/\n/results/\n/half.yaml\n", encoding="utf-8")
    places = {
        tmp_path / "outside.yaml": "",
        project / "private/ignored.yaml": "",
        project / "seen.yaml": "would take it",
        project / "half.yaml": "written beside it",
        project / "results/shared.yaml": "results/, whose content is shared",
        project / "private/kept.yaml": "would take it",
    }
    for place in places:
        place.write_text("A: x\n", encoding="utf-8")
    subprocess.run([*git, "add", "--force", "private/kept.yaml"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "kept"], check=True)
    link = tmp_path / "link.yaml"
    link.symlink_to(project / "seen.yaml")
    for place, says in {**places, link: "would take it"}.items():
        if says:
            with pytest.raises(ConfigError, match=says):
                published_private.check_place(place, project)
        else:
            assert published_private.check_place(place, project) == place.resolve()
    with pytest.raises(ConfigError, match="no such file"):
        published_private.check_place(tmp_path / "nowhere.yaml", project)


def test_without_git_only_a_mapping_outside_the_project_is_taken(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for place in (project / "in.yaml", tmp_path / "out.yaml"):
        place.write_text("A: x\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="move it out of the project"):
        published_private.check_place(project / "in.yaml", project)
    assert published_private.check_place(tmp_path / "out.yaml", project)


# Faults in documents.


def at(data: dict[str, Any], path: str, value: Any) -> None:
    *inner, last = path.split("/")
    for key in inner:
        data = data[int(key)] if isinstance(data, list) else data[key]
    if value is None:
        del data[last]
    else:
        data[last] = value


WHOLE = document(
    {**PRIVATE, "TR-4": figure("1-2", "no_open_data")},
    {
        "one": {"kind": "product", "because": "b", "of": ["TR-1", "TR-2"], "equals": "TR-3"},
        "two": {"kind": "sum_of_parts", "because": "b", "parts": ["TR-1"], "total": "TR-3", "parts_are": "all"},
        "three": {"kind": "within_class", "because": "b", "of": ["TR-4"], "class": "town"},
        "four": {
            "kind": "ratio",
            "because": "b",
            "of": "TR-1",
            "in": {"definition": "people", "area": {"country": "Testland"}, "date": "2005"},
            "equals": "TR-3",
        },
        "five": {
            "kind": "same_quantity",
            "because": "b",
            "figures": ["TR-1", "TR-2"],
            "yardstick": {"definition": "people", "level": "town", "from": "2005", "to": "2006"},
        },
        "six": {
            "kind": "statements",
            "because": "b",
            "figure": "TR-1",
            "reference": {"definition": "people", "area": {"country": "Testland"}, "date": "2005"},
            "says": [{"where": "w", "text": "t", "relation": "above"}],
        },
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("figures/TR-1/prnted", "8", "the key 'prnted' is not known.*did you mean 'printed'"),
        ("figures/TR-1/printed", "8,28", r"`figures.TR-1.printed` is '8,28'"),
        ("figures/TR-1/printed", 8.28, r"in quotes"),
        ("figures/TR-1/printed", "about 8", "rounded_to"),
        ("figures/TR-1/where", None, "lacks the key 'where'"),
        ("figures/TR-1/recipe/kind", "offical", "did you mean 'official'"),
        ("figures/TR-1/recipe/as_printed", ["forein"], "'forein', which is not known .*'foreign'"),
        ("figures/TR-1/recipe/as_printed", None, "names no definition"),
        ("figures/TR-1/recipe/date", "2005-02-30", "no day of the calendar"),
        ("figures/TR-1/recipe/date", "05", "form|write"),
        ("figures/TR-1/recipe/date", None, "lacks `date`"),
        ("figures/TR-1/recipe/to", "2006", "has `to`"),
        ("figures/TR-1/recipe/check", "one", "has `check`"),
        ("figures/TR-1/recipe/years_around", -1, "years_around"),
        ("figures/TR-1/area", {"locality": "Z"}, "the locality 'Z', which is not known"),
        ("figures/TR-1/area", {"unit": "T1"}, "`locality`"),
        ("figures/TR-3/area", {"locality": "A"}, "`country`, `region` or `unit`"),
        ("figures/TR-3/area", None, "`country`, `region` or `unit`"),
        ("figures/TR-4/recipe/otherwise", ["foreign"], "tries no definitions"),
        ("figures/TR-4/recipe/kind", "arithmetic", "lacks `check`"),
        (
            "definitions/foreign/of",
            "resident_foreign",
            "the variable 'resident_foreign'.*residents_foreign",
        ),
        ("definitions/foreign/in", None, "lacks the key 'in'"),
        ("definitions/people/in_date", "2014", "`in_date` and no `in`"),
        ("definitions/people/definition", "sum", "definition"),
        ("rules/size_classes/town/max", 1000, "not below"),
        ("checks/one/kind", "produkt", "did you mean 'product'"),
        ("checks/one/kind", None, "lacks the key 'kind'"),
        ("checks/one/equals", None, "lacks the key 'equals'"),
        ("checks/one/equal", "TR-3", "the key 'equal' is not known"),
        ("checks/one/equals", "TR-9", "the figure 'TR-9', which is not known"),
        ("checks/one/of", ["TR-1"], "2 entries"),
        ("checks/two/total", None, "takes one of `total` and `total_is`"),
        ("checks/three/class", "city", "the size class 'city', which is not known"),
        ("checks/four/in/area", {"locality": "A"}, "compared in the open"),
        ("checks/four/in/date", None, "lacks `date`"),
        ("checks/five/yardstick/definition", "growth", "a change already"),
        ("checks/six/says/0/within", 1, "`around` takes it"),
        ("checks/six/says/0/relation", "around", "lacks `within`"),
        ("document/country", None, "lacks the key 'country'"),
        ("document/code_system", "nuts", "code_system"),
        ("document/id", "tr", "id"),
    ],
)
def test_a_fault_is_one_sentence_that_names_file_and_key(
    read: Callable, path: str, value: Any, says: str
) -> None:
    data = copy.deepcopy(WHOLE)
    at(data, path, value)
    with pytest.raises(ConfigError, match=says) as refused:
        read(data)
    assert "0.yaml: " in str(refused.value)
    assert str(refused.value).count("\n") == 0


def test_the_whole_document_has_no_fault_and_two_cannot_share_an_id(read: Callable) -> None:
    assert len(read(WHOLE).figures) == 4
    twin = copy.deepcopy(WHOLE)
    with pytest.raises(ConfigError, match="stands already in"):
        read(WHOLE, twin)
    twin["figures"] = {f"{name}b": entry for name, entry in twin["figures"].items()}
    del twin["checks"]
    with pytest.raises(ConfigError, match=r"document.id"):
        read(WHOLE, twin)
    twin["document"]["id"] = "TS"
    assert len(read(WHOLE, twin).figures) == 8
    twin["document"] |= {"country": "Elsewhere", "code_system": "xx"}
    assert len(read(WHOLE, twin).figures) == 4


# The documents of the project.

SEVEN = [
    {"SR-03", "SR-04"},
    {"SR-09", "SR-10"},
    {"SR-23", "SR-24"},
    {"SR-29", "SR-30"},
    {"SR-19", "SR-20", "SR-21"},
    {"SR-28", "SR-28.under_renovation", "SR-28.for_sale", "SR-28.being_reallocated"},
    {"SR-26", "PP-12"},
    {"SR-15", "PP-09"},
    {"SR-05"},
    {"PP-07", "PP-07.centres", "PP-07.capacity_each"},
]


def test_every_figure_in_print_and_every_check_worth_doing_is_there() -> None:
    documents = load(REAL, VARIABLES, "Belgium", "nis")
    wanted = [f"SR-{n:02d}" for n in range(1, 42)] + [f"PP-{n:02d}" for n in range(1, 14)]
    wanted += ["PA-01", "PA-02"]
    assert [name for name in wanted if name not in documents.figures] == []
    # What is printed beside a figure has its id, a point and a word.
    assert {name.split(".")[0] for name in documents.figures} == set(wanted)
    compared = [
        set(published.published_checks.figures_of(check)) for _, _, check in documents.checks()
    ]
    for figures in SEVEN:
        assert any(figures <= set(check) for check in compared), figures


def test_no_figure_about_a_locality_has_an_official_recipe_or_a_code() -> None:
    documents = load(REAL, VARIABLES, "Belgium", "nis")
    about = [f for f in documents.figures.values() if f.entry["about"].startswith("locality")]
    assert len(about) > 40
    for entry in about:
        assert list(entry.entry["area"]) == ["locality"]
        assert entry.entry["recipe"]["kind"] != "official"


def test_another_country_gets_a_table_with_its_header_only() -> None:
    documents = load(REAL, VARIABLES, "Testland", "tl")
    made = published.check(documents, country(), CELLS)
    assert list(made.columns) == published.COLUMNS
    assert made.empty


# Runs.


def script() -> Any:
    path = REPO / "workflow/scripts/check_published.py"
    spec = importlib.util.spec_from_file_location("check_published", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shipped_case(shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shipped)
    settings = config.load(strict_yaml.load(Path("config/config.yaml")))
    wanted = job_settings.published(settings, "be")
    results = Path("results/be")
    observed = {n: Path(f"results/observations/{n}.csv") for n in settings.cases["be"]["datasets"]}
    files = (REAL, results / "harmonised.csv", results / "units.csv", observed)
    counts = script().run(wanted, *files, tmp_path / "1.csv")
    assert script().run(wanted, *files, tmp_path / "2.csv") == counts
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    table = csvio.read(tmp_path / "1.csv", ["recomputed"]).set_index("id")
    assert sum(counts.values()) == len(table)
    assert set(counts) <= set(VERDICTS)
    # Nothing that needs the mapping holds a number or a cell.
    hidden = table[table["verdict"] == "needs the private mapping"]
    assert hidden["recomputed"].isna().all()
    assert (hidden["lineage"] == "").all()
    # The cells give the same number again, read as text.
    raw = [read_cells(cell) for cell in table.at["PP-06", "lineage"].split("; ")]
    own = next(values for column, values in raw if column == "belgian_background")
    total = sum(sum(values) for _, values in raw)
    again = 100 * sum(own) / total
    assert table.at["PP-06", "recomputed"] == pytest.approx(again)
    assert (table.at["PP-06", "verdict"] == "reproduced") == (round(again) == 48)
    # The average of 2005 is not below 8.28, so the town cannot be well above it.
    raw = [read_cells(c) for c in table.at["foreigners-of-A-in-words", "lineage"].split("; ")[1:]]
    foreign = sum(sum(values) for column, values in raw if column == "foreign")
    average = 100 * foreign / sum(sum(values) for _, values in raw)
    assert table.at["foreigners-of-A-in-words", "recomputed"] == pytest.approx(average)
    assert (table.at["foreigners-of-A-in-words", "verdict"] == CONTRADICTS) == (average > 8.285)


def read_cells(cell: str) -> tuple[str, list[float]]:
    """Return the column of a cell of the lineage and the numbers that stand in its lines."""
    file, lines, column = cell.split(":")
    first, _, last = lines.partition("-")
    with Path(file).open(encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))
    place = rows[0].index(column)
    return column, [float(rows[n - 1][place]) for n in range(int(first), int(last or first) + 1)]


@pytest.fixture
def with_documents(testland: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Testland after its run, with a document about it."""
    (testland / "data/published").mkdir(exist_ok=True)
    data = document(PRIVATE)
    data["definitions"]["declared"] = {"words": "d", "definition": "level", "of": "declarations"}
    (testland / "data/published/tr.yaml").write_text(strict_yaml.dumps(data), encoding="utf-8")
    monkeypatch.chdir(testland)
    return testland


def test_the_command(
    with_documents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = config.load(strict_yaml.load(Path("config/config.yaml")))
    observed = {n: Path(f"results/observations/{n}.csv") for n in settings.cases["tl"]["datasets"]}
    documents = [Path("data/published/tr.yaml")]
    tables = (Path("results/tl/harmonised.csv"), Path("results/tl/units.csv"), observed)
    table = Path("results/tl/audit/published.csv")
    table.unlink(missing_ok=True)
    assert cli.main(["published", "tl"]) == 1
    assert "run the case first" in capsys.readouterr().err
    script().run(job_settings.published(settings, "tl"), documents, *tables, table)
    assert cli.main(["published", "tl"]) == 0
    said = capsys.readouterr().out
    assert "3 figures in print" in said
    assert "    2  needs the private mapping" in said
    assert cli.main(["published", "tl", "--verdict", "needs"]) == 0
    assert "TR-3 " not in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        cli.main(["published", "tl", "--verdict", "wrong"])
    assert "no verdict begins so" in capsys.readouterr().err
    before = {p: p.read_bytes() for p in Path().rglob("*") if p.is_file()}
    mapping = tmp_path / "mine.yaml"
    mapping.write_text('A: "T04"\nB: "T06"\n', encoding="utf-8")
    assert cli.main(["published", "tl", "--private", str(mapping)]) == 0
    said = capsys.readouterr().out
    assert "2 figures in print" in said
    # What the mapping reveals lies beside it, and nothing in the project changed.
    assert {p: p.read_bytes() for p in Path().rglob("*") if p.is_file()} == before
    private = csvio.read(tmp_path / "mine.published.tl.csv", ["recomputed"])
    assert list(private["id"]) == ["TR-1", "TR-2"]
    assert cli.main(["published", "tl", "--private"]) == 1
    assert "private_mapping" in capsys.readouterr().err


def test_the_job_with_a_mapping(with_documents: Path, tmp_path: Path) -> None:
    settings = config.load(strict_yaml.load(Path("config/config.yaml")))
    mapping = with_documents.parent / "mine.yaml"
    mapping.write_text('A: "T04"\n', encoding="utf-8")
    files = ([Path("data/published/tr.yaml")], Path("results/tl/harmonised.csv"))
    counts = script().run(
        job_settings.published(settings, "tl"),
        *files,
        Path("results/tl/units.csv"),
        {},
        tmp_path / "p.csv",
        mapping,
    )
    assert sum(counts.values()) == 1
    inside = with_documents / "config/mine.yaml"
    inside.write_text('A: "T04"\n', encoding="utf-8")
    with pytest.raises(SmstraError, match="config/, whose content is shared"):
        script().run(
            job_settings.published(settings, "tl"),
            *files,
            Path("results/tl/units.csv"),
            {},
            tmp_path / "p.csv",
            inside,
        )


def test_a_variable_that_only_a_document_names_is_brought_from_its_observations(
    with_documents: Path,
) -> None:
    settings = config.load(strict_yaml.load(Path("config/config.yaml")))
    part = job_settings.published(settings, "tl")
    harmonised = csvio.read(Path("results/tl/harmonised.csv"))
    people = harmonised["variable"] == "residents_foreign"
    assert people.any()
    csvio.write(harmonised[~people], Path("less.csv"))
    observed = {"tl_people": Path("results/observations/tl_people.csv")}
    documents = [Path("data/published/tr.yaml")]
    units = Path("results/tl/units.csv")
    _, made, cells = published_tables.read(part, documents, Path("less.csv"), units, observed)
    found = made.official("f", DEFINITIONS["foreign"], {"country": "Testland"}, ["2011"])
    at_2011 = harmonised[harmonised["date"] == "2011-01-01"].groupby("variable")["value"].sum()
    assert found.value == pytest.approx(100 * at_2011["residents_foreign"] / at_2011["residents"])
    assert "tl_people.csv" in cells.of(found.rows)
