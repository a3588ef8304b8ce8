"""Denmark, Stockholm county, and Belgium by origin and by income: types counted anew from the raw tables."""

from __future__ import annotations

import csv
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import drawn
import pandas as pd
import pytest
import test_figures_demography as demography_figures

from smstra import config, job_settings, strict_yaml, window
from smstra.config import Settings
from smstra.figures import demography
from smstra.language import Language
from smstra.lookup import Figures
from smstra.report import asked, wording
from smstra.selection.candidates import candidates
from smstra.sources.tables import observations_of
from smstra.stages.harmonised import harmonised_figures
from smstra.stages.indicators import indicators_of
from smstra.stages.units import units_of
from smstra.stages.whole import types_of

ROOT = Path(__file__).resolve().parents[1]
CASES = ("dk", "se-stockholm", "be-origin", "be-income")
TYPES = {
    (True, True, True): "A",
    (False, True, True): "B",
    (True, False, False): "C",
    (False, False, False): "D",
}
SAY = Language("en")


def lines(folder: str) -> list[dict[str, str]]:
    (path,) = (ROOT / "data/snapshots").glob(f"{folder}/*/*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def settings() -> Settings:
    return config.load({"cases": [*CASES, "be", "de"]}, root=ROOT)


@pytest.fixture(scope="module")
def typed(settings: Settings) -> dict[str, pd.DataFrame]:
    return {case: types_of(case, settings, ROOT).set_index("unit") for case in CASES}


# --- types from the raw tables ----------------------------------------------------------------


def by_hand(
    share: Mapping[str, float],
    least: float,
    economy: Mapping[str, bool],
    people: Mapping[str, tuple[float, float]],
) -> dict[str, str]:
    """Return the type of each unit; inhabitants are held against the growth of all units together."""
    first, last = (sum(pair[at] for pair in people.values()) for at in (0, 1))
    grown = {unit: after / before - 1 for unit, (before, after) in people.items()}
    return {
        unit: TYPES.get(
            (share[unit] >= least, economy[unit], grown[unit] >= last / first - 1), "mixed"
        )
        for unit in people
    }


def weighted(share: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(share[unit] * weights[unit] for unit in share) / sum(weights.values())


def below_the_median(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, bool]:
    rose = {unit: round(after[unit] - before[unit], 9) for unit in before}
    return {unit: value <= statistics.median(rose.values()) for unit, value in rose.items()}


def nordic(
    rows: Iterable[Mapping[str, str]], unit: str, years: tuple[str, str], names: Mapping[str, str]
) -> dict[str, str]:
    """Return types where one table has shares, unemployment and inhabitants of both years."""
    held = {
        (row[unit], row["year"], name): float(row[column])
        for row in rows
        if row["year"] in years
        for name, column in names.items()
    }
    units = {key[0] for key in held}
    at = {
        (name, year): {each: held[each, year, name] for each in units}
        for name in names
        for year in years
    }
    first, last = years
    people = {each: (at["people", first][each], at["people", last][each]) for each in units}
    return by_hand(
        at["share", first],
        weighted(at["share", first], at["people", first]),
        below_the_median(at["jobless", first], at["jobless", last]),
        people,
    )


def test_danish_types_are_those_of_the_raw_table(typed):
    names = {
        "share": "non_western_citizens_per_10000",
        "people": "population_1_january",
        "jobless": "unemployed_per_100_of_17_64",
    }
    expected = nordic(lines("sim/dk_kommuner"), "kommun_code", ("2007", "2015"), names)
    assert dict(typed["dk"]["type"]) == expected
    assert Counter(expected.values()) == {"A": 6, "B": 7, "C": 5, "D": 25, "mixed": 55}


def test_types_of_stockholm_county_are_those_of_the_raw_table(typed):
    names = {
        "share": "foreign_born_percent",
        "people": "population_31_december",
        "jobless": "unemployed_percent_of_18_64",
    }
    by_name = nordic(lines("scb/stockholm_kommuner"), "name", ("2005", "2014"), names)
    found = typed["se-stockholm"]
    assert dict(zip(found["name"], found["type"], strict=True)) == by_name
    assert Counter(by_name.values()) == {"A": 1, "B": 4, "C": 3, "D": 5, "mixed": 13}


def belgian_people() -> dict[str, tuple[float, float]]:
    held = {
        (row["nis"], row["year"]): float(row["population"]) for row in lines("statbel/population")
    }
    units = {
        row["nis"] for row in lines("statbel/population_by_nationality") if row["year"] == "2009"
    }
    return {unit: (held[unit, "2005"], held[unit, "2014"]) for unit in units}


def test_belgian_types_by_origin_are_those_of_the_raw_tables(typed):
    origin = {
        row["nis"]: (float(row["total"]) - float(row["belgian_background"]), float(row["total"]))
        for row in lines("statbel/population_by_origin")
        if row["year"] == "2005"
    }
    people = belgian_people()
    share = {unit: 100 * origin[unit][0] / origin[unit][1] for unit in people}
    national = 100 * sum(origin[u][0] for u in people) / sum(origin[u][1] for u in people)
    rates = {
        (row["geo"], row["year"]): 100
        * float(row["unemployed_thousand"])
        / (float(row["unemployed_thousand"]) + float(row["employed_thousand"]))
        for row in lines("eurostat/lfs_unemployment_nuts2")
        if row["geo"].startswith("BE")
    }
    rose = {geo: rates[geo, "2014"] - rates[geo, "2005"] for geo, year in rates if year == "2014"}
    area = {row["nis"]: row["nuts2"] for row in lines("statbel/municipality_nuts2010")}
    economy = {unit: rose[area[unit]] <= rose["BE"] for unit in people}
    found = typed["be-origin"]
    assert dict(found["type"]) == by_hand(share, national, economy, people)
    assert found["sf"].to_dict() == pytest.approx(share, rel=1e-12)


def test_belgian_types_by_income_are_those_of_the_raw_tables(typed):
    income = {
        (row["nis"], row["income_year"]): (
            float(row["total_net_taxable_income_eur"]),
            float(row["residents_following_1_january"]),
        )
        for row in lines("statbel/income")
    }
    later = {
        row["old_nis"]: row["new_nis"]
        for row in lines("statbel/municipality_changes")
        if row["effective"] == "2019-01-01"
    }

    def per_resident(unit: str, year: str) -> float:
        total, residents = income[unit, year]
        return total / residents

    def of_country(year: str) -> float:
        pairs = [pair for (_, of_year), pair in income.items() if of_year == year]
        return sum(total for total, _ in pairs) / sum(residents for _, residents in pairs)

    people = belgian_people()
    rose = {
        unit: per_resident(later.get(unit, unit), "2014")
        / per_resident(later.get(unit, unit), "2005")
        for unit in people
    }
    economy = {u: value >= of_country("2014") / of_country("2005") for u, value in rose.items()}
    held = {
        row["nis"]: (float(row["foreign"]), float(row["foreign"]) + float(row["belgian"]))
        for row in lines("statbel/population_by_nationality")
        if row["year"] == "2009"
    }
    share = {unit: foreign / whole for unit, (foreign, whole) in held.items()}
    national = sum(f for f, _ in held.values()) / sum(w for _, w in held.values())
    found = typed["be-income"]
    assert dict(found["type"]) == by_hand(share, national, economy, people)
    assert (found["varun"] > 0).all()


# --- what each case takes, and what it does without -----------------------------------------------


def test_by_origin_no_year_stands_in_and_by_income_no_larger_area(typed):
    origin, income = typed["be-origin"]["flags"], typed["be-income"]["flags"]
    assert set(origin.str.extract(r"(sf:[^;]*)")[0]) == {"sf:indicator=sf_origin"}
    assert not origin.str.contains("year_substituted").any()
    assert income.str.contains("sf:year_substituted=2009-01-01_for_2005-01-01").all()
    assert not income.str.contains("level=").any()
    merged = {row["old_nis"] for row in lines("statbel/municipality_changes")
              if (row["effective"], row["kind"]) == ("2019-01-01", "merger")}  # fmt: skip
    marked = typed["be-income"].index[income.str.contains("varun:merged_unit=")]
    assert set(marked) == merged and len(merged) == 15


def test_a_figure_per_ten_thousand_becomes_percent(typed):
    raw = {r["kommun_code"]: r for r in lines("sim/dk_kommuner") if r["year"] == "2007"}
    for unit, value in typed["dk"]["sf"].items():
        per_10000 = float(raw[unit]["non_western_citizens_per_10000"])
        assert value == pytest.approx(per_10000 / 100, abs=1e-12)
    assert typed["dk"]["sf_reference"].iloc[0] == pytest.approx(3.0157, abs=1e-4)


def test_in_a_country_of_one_region_both_references_are_the_same(typed):
    overrides = {
        "se-stockholm": {
            "criteria": {
                "sf_high": {"reference": "region_aggregate"},
                "economy_improving": {"reference": "region_median"},
                "population_improving": {"reference": "region_aggregate"},
            }
        }
    }
    changed = config.load({"cases": ["se-stockholm"], "overrides": overrides}, root=ROOT)
    regional = types_of("se-stockholm", changed, ROOT).set_index("unit")
    pd.testing.assert_frame_equal(regional, typed["se-stockholm"])


@pytest.mark.parametrize(
    ("compiled", "code", "country", "first", "square_metres"),
    [
        ("smstra/dk_kommuner", "kommune_code", "DK", "", 1e6),
        ("smstra/stockholm_kommuner", "kommun_code", "SE", "SE110", 1),
    ],
)
def test_compiled_kommuner_are_those_of_eurostat_s_list(
    compiled, code, country, first, square_metres
):
    listed = {
        row["lau_code"]: row
        for row in lines("eurostat/lau_2019")
        if row["country"] == country and row["nuts3_2016"].startswith(first)
    }
    own = {row[code]: row for row in lines(compiled)}
    # Christiansø is listed with the kommuner and is none.
    assert set(listed) - set(own) == ({"411"} if country == "DK" else set())
    for unit, row in own.items():
        assert row["name"] == listed[unit]["name"]
        assert float(row["area_as_published"]) == float(listed[unit]["area_as_published"])
        assert row.get("landsdel_code", "SE110") == listed[unit]["nuts3_2016"]
        inhabitants = float(listed[unit]["population"])
        km2 = float(row["area_as_published"]) * square_metres / 1e6
        # Fewer than 1 or more than 20,000 a km2 would be another unit than the one assumed.
        assert 1 < inhabitants / km2 < 20000


# --- the years of the case in its words ------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "ends", "arrived"),
    [
        ("be", "2014", "2014"),
        ("de", "2014", "2014"),
        ("dk", "2015", "2015"),
        ("se-stockholm", "2014", "2014"),
    ],
)
def test_the_years_that_a_report_names_are_those_of_the_case(settings, case, ends, arrived):
    own = settings.cases[case]
    assert (window.last_year(own), window.arrivals_from(own)) == (ends, arrived)
    assert wording.criterion_in_words("sf_high", own, SAY) == f"Had migrants settled before {ends}?"
    assert wording.type_in_words("D", "", own, SAY).endswith(f"before {ends}")


def test_the_window_is_that_of_the_inhabitants_or_of_the_size_classes_where_no_other_is_at_hand():
    case: dict[str, Any] = {
        "indicators": {
            "none": {"definition": "not_available"},
            "up": {"from": "2001-12-31", "to": "2011-12-31"},
            "came": {"from": "2012", "to": "2016"},
        },
        "criteria": {
            "economy_improving": {"indicator": "none"},
            "population_improving": {"indicator": "up"},
        },
        "size_classes": {"inhabitants": {"date": "2009-01-01"}},
    }
    assert window.last_year(case) == window.arrivals_from(case) == "2011"
    assert window.arrivals_from(case, "came") == "2012"
    case["criteria"]["population_improving"]["indicator"] = "none"
    assert window.last_year(case) == "2009"


def test_no_year_of_belgium_stands_in_the_danish_case(settings):
    text = (ROOT / "config/cases/dk.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\b20[01]\d\b", text)) <= {"2007", "2011", "2015", "2019", "2001"}


def test_notes_of_a_case_stand_under_its_questions(settings, typed):
    own = settings.cases["dk"]
    tables = {"units": typed["dk"].reset_index()}
    said = asked.section(own, tables, SAY).parts[1].words
    assert said[-3:] == own["notes"]
    assert "non-western" in said[-3]
    without = asked.section({k: v for k, v in own.items() if k != "notes"}, tables, SAY)
    assert without.parts[1].words == said[:-3]


# --- who is counted as arrived ---------------------------------------------------------------


def test_candidates_name_those_who_are_counted(settings, typed):
    observed = []
    for name in settings.cases["dk"]["datasets"]:
        part = job_settings.observations(settings, name)
        observed.append(
            observations_of(name, part["datasets"], part["pins"], part["variables"], ROOT)
        )
    part = job_settings.units(settings, "dk")
    towns = units_of(part, ROOT)
    figures = Figures(harmonised_figures(part, observed, towns, ROOT))
    values, _ = indicators_of(job_settings.indicators(settings, "dk"), figures, towns)
    part = job_settings.candidates(settings, "dk")
    found = candidates(
        part["case"],
        typed["dk"].reset_index(),
        towns,
        figures,
        values,
        variables=part["variables"],
    )
    failed = found[found["arrivals_check"] == "fail"]
    assert len(failed) > 0
    assert failed["reasons"].str.contains("share of non-western citizens fell by").all()


def test_a_figure_of_arrivals_names_others_than_foreign_residents():
    material = demography_figures.arrived([1.0, 3.0, -0.5], [10, 300, -5])
    case = material.case
    case["indicators"]["arrivals_points"]["of"] = "share_foreign_born"
    drawing = demography.arrivals(
        drawn.material(material.towns, material.tables, case), demography_figures.ARRIVED
    )
    assert drawing.words.title.startswith("Share of foreign-born residents rose most in Town 2")
    assert "foreign residents" not in drawing.words.title + drawing.words.alt
    labels = [axes.get_xlabel().replace("\n", " ") for axes in drawing.figure.axes]
    assert "change, percentage points: Share of foreign-born residents" in labels


# --- the files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_own_texts_are_translated_into_all_languages(case):
    own = strict_yaml.load(ROOT / f"config/cases/{case}.yaml")
    texts = {own["title"], *own["notes"]}
    texts |= {entry["label"] for entry in own.get("indicators", {}).values()}
    texts |= {entry["name"] for entry in own.get("size_classes", {}).get("classes", [])}
    texts |= {
        entry["not_available"]
        for entry in own.get("figures", {}).values()
        if "not_available" in entry
    }
    for language in ("fr", "nl", "de"):
        assert texts - set(own["translations"][language]) == set()
