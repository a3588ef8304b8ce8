"""Size: the unit of areas by country, classes by degree of urbanisation, generated series, large tables."""

from __future__ import annotations

import importlib.util
import io
import itertools
import re
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars
import pytest
from build import ROOT

from smstra import case_rules, config, csvio, lau, size_classes, strict_yaml
from smstra.audit import recompute
from smstra.errors import ConfigError, DataError
from smstra.figures import quadrants
from smstra.language import Language
from smstra.report import workbook

CASE = strict_yaml.load(ROOT / "config/cases/lau-europe.yaml")
COUNTRIES = pd.DataFrame(
    {
        "country": ["AA", "BB", "CC", "DD", "EE"],
        "name": ["Aland", "Beland", "Celand", "Deland", "Eland"],
        "area_km2": ["100", "100", "100", "100", "100"],
    }
)


def benchmark(name: str) -> ModuleType:
    """Load benchmarks/<name>.py as a module, beside the others of its folder."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        spec = importlib.util.spec_from_file_location(name, ROOT / f"benchmarks/{name}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


def published(country: str, areas: list[str], people: str = "2500", **more: str) -> pd.DataFrame:
    """Rows of the published table for units of one country."""
    number = len(areas)
    return pd.DataFrame(
        {
            "country": country,
            "nuts3_2016": f"{country}001",
            "lau_code": [f"{at:03d}" for at in range(number)],
            "name": [f"{country} {at}" for at in range(number)],
            "population": people,
            "area_as_published": areas,
            "degurba": "3.0",
            **more,
        }
    )


# --- areas ----------------------------------------------------------------------------------------


def test_the_unit_of_areas_is_told_by_country_and_not_guessed():
    table = pd.concat(
        [
            published("AA", ["25000000.0"] * 4),
            published("BB", ["2500.0"] * 4),
            published("CC", ["25.0"] * 4),
            # Of the size of no unit of area; and of no area at all.
            published("DD", ["300.0"] * 4),
            published("EE", [""] * 4),
        ]
    )
    units, decided = lau.units_of(table, COUNTRIES)
    said = decided.set_index("country")
    assert said["unit_of_area"].to_dict() == {
        "AA": "m2",
        "BB": "ha",
        "CC": "km2",
        "DD": "",
        "EE": "",
    }
    assert said.loc[["AA", "BB", "CC"], "sum_km2"].tolist() == [100, 100, 100]
    assert "fit no unit of area" in said.at["DD", "decided_by"]
    assert "no unit has an area" in said.at["EE", "decided_by"]
    area = units.groupby("country")["area_km2"].agg(set).to_dict()
    assert area == {
        "AA": {"25.000000"},
        "BB": {"25.000000"},
        "CC": {"25.000000"},
        "DD": {""},
        "EE": {""},
    }


@pytest.mark.parametrize(
    ("areas", "people", "why"),
    [
        (["25.0"] * 4, "2500000", "density"),
        (["25.0"] * 4, "1", "density"),
        (["99.0", "0.1", "0.1", "0.1", "0.1", "0.1"], "2500", "middle unit"),
    ],
)
def test_a_sum_that_fits_is_not_enough(areas, people, why):
    _, decided = lau.units_of(published("CC", areas, people), COUNTRIES)
    assert decided["unit_of_area"].tolist() == [""], why


def test_without_a_documented_size_nothing_is_decided():
    table = pd.DataFrame({"country": ["ZZ"], "population": [10.0], "area": [5.0]})
    decided = lau.area_units(table, {})
    assert decided["unit_of_area"].tolist() == [""]
    assert "no documented size" in decided["decided_by"].iloc[0]


def test_units_have_codes_of_their_own_and_what_is_unknown_stays_empty():
    table = pd.concat(
        [published("AA", ["50000000.0", "0.0", "50000000.0"]), published("CC", ["100.0"])]
    )
    table["degurba"] = ["1.0", "9.0", "", "2.0"]
    table["name"] = ["One", "", "Three", "Four"]
    table["population"] = ["7000.0", "", "0.0", "12345.0"]
    units, _ = lau.units_of(table, COUNTRIES)
    assert units["unit"].tolist() == ["AA_000", "AA_001", "AA_002", "CC_000"]
    assert units["name"].tolist() == ["One", "001", "Three", "Four"]
    assert units["area_km2"].tolist() == ["50.000000", "", "50.000000", "100.000000"]
    assert units["degurba"].tolist() == ["1", "", "", "2"]
    assert units["population"].tolist() == ["7000", "", "0", "12345"]


def test_a_code_that_stands_twice_or_a_country_without_a_name_is_an_error():
    with pytest.raises(DataError, match="AA_000 stands twice"):
        lau.units_of(pd.concat([published("AA", ["1.0"])] * 2), COUNTRIES)
    with pytest.raises(DataError, match="No name of ZZ"):
        lau.units_of(published("ZZ", ["1.0"]), COUNTRIES)


@pytest.fixture(scope="module")
def compiled() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The units as the benchmark compiles them from Eurostat's table."""
    return benchmark("make_lau").compiled()


def test_the_shipped_tables_are_those_compiled_from_eurostats(compiled, tmp_path):
    make = benchmark("make_lau")
    units, decided = compiled
    made = {
        "lau_units": units[make.REGISTER],
        "lau_figures": units[make.FIGURES],
        "lau_area_units": decided,
    }
    for name, table in made.items():
        csvio.write(table, tmp_path / f"{name}.csv")
        shipped = make.snapshot(ROOT, name, "csv")
        assert (tmp_path / f"{name}.csv").read_bytes() == shipped.read_bytes(), name


def test_in_the_real_table_two_countries_are_left_undecided(compiled):
    units, decided = compiled
    by_unit = decided.groupby("unit_of_area")["country"].agg(list).to_dict()
    assert by_unit[""] == ["FR", "MK"] and by_unit["km2"] == ["DE", "DK", "FI", "TR"]
    assert len(by_unit["m2"]) == 28
    assert len(units) == units["unit"].nunique() == 99140


# --- generated series -----------------------------------------------------------------------------


def test_the_shipped_series_are_those_that_the_generator_draws(compiled):
    units, _ = compiled
    some = units[units["country"].isin(["LI", "LU", "MT", "IS"])]
    path = benchmark("make_lau").snapshot(ROOT, "lau_generated", "parquet")
    shipped = polars.read_parquet(path).filter(polars.col("unit").is_in(some["unit"].tolist()))
    drawn = lau.generated(some)
    for name in drawn.columns[1:]:
        held = shipped[name].cast(polars.Float64).fill_null(float("nan")).to_numpy()
        assert np.array_equal(held, drawn[name].to_numpy(float), equal_nan=True), name


def test_a_country_is_drawn_alike_whichever_others_are(compiled):
    units, _ = compiled
    alone = lau.generated(units[units["country"] == "LU"])
    among = lau.generated(units[units["country"].isin(["IE", "LU", "SI"])])
    there = among[among["unit"].isin(alone["unit"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, there)
    other = lau.generated(units[units["country"] == "LU"], seed=1)
    assert not other["residents_2005"].equals(alone["residents_2005"])


def test_neighbours_are_alike_and_cities_hold_more_foreign_residents(compiled):
    units, _ = compiled
    own = units[units["country"] == "IT"].reset_index(drop=True)
    drawn = lau.generated(own)
    rate = drawn["rate_2010"]
    area = rate.groupby(own["nuts3"])
    assert area.mean().std() > 3 * rate.std() / np.sqrt(area.size().mean())
    share = drawn["foreign_2010"] / drawn["residents_2010"]
    by_degree = share.groupby(own["degurba"]).median()
    assert by_degree["1"] > by_degree["2"] > by_degree["3"]
    assert (drawn["foreign_2010"] <= drawn["residents_2010"]).all()


def test_whatever_rests_on_generated_figures_says_so():
    settings = config.load({"cases": ["lau-europe"]}, ROOT)
    marked = {name for name in settings.variables if name.endswith("_generated")}
    assert len(marked) == 3
    for name in marked:
        assert "No figure of any office" in settings.variables[name]["definition"]
        assert all(
            re.search("(?i)gener|génér", text)
            for text in settings.variables[name]["labels"].values()
        )
    assert "GENERATED" in CASE["title"]
    entries = {**CASE["indicators"], **CASE["series"]}
    for name, entry in entries.items():
        used = {entry["of"], entry.get("in")} & marked
        assert bool(used) == ("(generated)" in entry["label"]), name
    assert {
        CASE["indicators"][each["indicator"]]["of"] for each in CASE["criteria"].values()
    } <= marked
    pin = next(pin for pin in settings.pins if pin["id"] == "smstra_lau_generated")
    assert "GENERATED" in pin["publisher"] and "GENERATED" in pin["title"]


# --- size classes ---------------------------------------------------------------------------------

CLASSES = CASE["size_classes"]["classes"]


@pytest.mark.parametrize(
    ("inhabitants", "degree", "name"),
    [
        (250000, np.nan, "large city"),
        (49999, 3, "rural area"),
        (5000, 2, "town or suburb"),
        (5000, 1, "part of a city"),
        (5000, np.nan, "unknown"),
        (4999, np.nan, "below 5,000"),
        (np.nan, 3, "unknown"),
    ],
)
def test_a_class_is_told_by_inhabitants_and_degree_of_urbanisation(inhabitants, degree, name):
    assert size_classes.classify(inhabitants, np.nan, CLASSES, degree) == name


def test_the_second_program_tells_the_same_classes():
    classes = [
        {"name": "thin", "from": 10, "below": 50, "density_below": 5, "category": [3]},
        {"name": "outside", "from": 10, "below": 50, "category": [2, 3]},
        {"name": "any", "from": 20},
    ]
    sizes = {"inhabitants": "people", "area": "area", "category": "degree", "classes": classes}
    for people, area, degree in itertools.product(
        (None, 5, 10, 49, 50), (None, 1, 100), (None, 1, 2, 3)
    ):
        held = {"people": people, "area": area, "degree": degree}
        redone = SimpleNamespace(
            _case={"size_classes": sizes},
            _size=lambda unit, spec, held=held: (
                None if held[spec] is None else Fraction(held[spec])
            ),
        )
        number, km2, code = (np.nan if value is None else float(value) for value in held.values())
        first = size_classes.classify(number, number / km2, classes, code)
        assert first == recompute.Recomputation.size_class(redone, "U"), held


def test_classes_by_a_category_need_the_variable_that_it_is_of():
    sizes = {**CASE["size_classes"]}
    sizes.pop("category")
    broken = {**CASE, "size_classes": sizes}
    with pytest.raises(ConfigError, match=r"'rural area' has `category`.*add `category:`"):
        case_rules._check_presentation(broken, {}, lambda *_: None, lambda _: "case.yaml")


# --- large tables and figures ---------------------------------------------------------------------


def test_a_table_written_in_pieces_has_the_same_bytes(tmp_path, monkeypatch):
    words = ["plain", "a,b", 'say "so"', "line\nline", "ring\rring", "", "é", " led", "NA", None]
    table = pd.DataFrame(
        {
            "unit": words,
            "value": [0.1, -0.0, 5.0, np.nan, 1e300, 2.0**53, 1 / 3, 0.1, 5.0, np.inf],
            "whole": range(10),
            "answer": [True, False, None, True, None, False, True, True, None, False],
            "mixed": [1, "1", 1.5, None, True, "x,y", 2, 0.1, "", "z"],
            "empty": [None] * 10,
        }
    )
    csvio.write(table, tmp_path / "whole.csv")
    monkeypatch.setattr(csvio, "_ROWS", 3)
    csvio.write(table, tmp_path / "pieces.csv")
    assert (tmp_path / "pieces.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_cloud_of_many_points_is_an_image_with_the_same_bytes_each_time(monkeypatch):
    table = pd.DataFrame({"x": np.arange(20.0), "y": np.arange(20.0), "type": "A", "settled": True})

    def drawn() -> bytes:
        figure, axes = plt.subplots()
        quadrants._marks(axes, table, "x", "y")
        held = io.BytesIO()
        with plt.rc_context({"svg.hashsalt": "test"}):
            figure.savefig(held, format="svg", metadata={"Date": None})
        plt.close(figure)
        return held.getvalue()

    assert b"<image" not in drawn()
    monkeypatch.setattr(quadrants, "MOST_POINTS", 10)
    first = drawn()
    assert b"<image" in first and first == drawn()


def test_a_table_too_large_to_open_is_named_in_the_workbook(tmp_path, monkeypatch):
    table = pd.DataFrame({"unit": ["U1", "U2", "U3"], "value": [1.0, 2.0, 3.0]})
    columns = [workbook.Column(name, "", "") for name in table]
    sheets = [workbook.Sheet("indicators", table, columns, "indicators.csv")]

    def first_cell() -> str:
        path = tmp_path / "book.xlsx"
        workbook.write(sheets, [("title", "A")], "2026-01-01", path, Language("en"))
        return pd.read_excel(path, sheet_name="indicators", header=None, engine="calamine").iloc[
            0, 0
        ]

    assert first_cell() == "unit"
    monkeypatch.setattr(workbook, "MOST_CELLS", 5)
    assert first_cell().startswith("This table has 6 cells") and "indicators.csv" in first_cell()


# --- the benchmark --------------------------------------------------------------------------------


def test_exponents_are_those_of_the_powers_they_are_fitted_to():
    scale = benchmark("scale")
    sizes = [1000, 10_000, 100_000]
    assert scale.exponent(sizes, [number**1.5 / 7 for number in sizes]) == 1.5
    assert scale.exponent([1000], [3.0]) is None


def test_a_sample_has_every_country_in_turn_and_copies_have_codes_of_their_own(compiled):
    scale = benchmark("scale")
    units, _ = compiled
    some = scale.sampled(units, 2000)
    assert len(some) == some["unit"].nunique() == 2000
    shares = some["country"].value_counts(normalize=True) - units["country"].value_counts(
        normalize=True
    )
    assert shares.abs().max() < 0.002
    more = scale.sampled(units, 150_000)
    assert len(more) == more["unit"].nunique() == 150_000


def test_a_sample_of_three_years_is_a_case(tmp_path):
    scale = benchmark("scale")
    folder = scale.project(tmp_path / "project", 200, scale.THIN)
    case = config.load({"cases": ["lau-europe"]}, folder).cases["lau-europe"]
    assert case["robustness"]["windows"] == {}
    table = polars.read_parquet(scale.make_lau.snapshot(folder, "lau_generated", "parquet"))
    years = {name[-4:] for name in table.columns if name[-4:].isdigit()}
    assert len(table) == 200 and years == {str(year) for year in scale.THIN}


def test_a_sample_of_the_case_is_classified(tmp_path, monkeypatch):
    scale = benchmark("scale")
    folder = scale.project(tmp_path / "project", 500)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(scale, "_forget_peak", lambda: None)
    # What is timed is asked for by name; put back, for other tests load the same module.
    monkeypatch.setattr(scale.one_process, "script", scale.one_process.script)
    stages = {each["stage"] for each in scale.stages(Path.cwd(), only_types=True)}
    assert stages == {
        "read_observations",
        "make_units",
        "harmonise",
        "compute_indicators",
        "classify",
    }
    types = csvio.read(Path("results/lau-europe/typology.csv"))
    assert len(types) == 500 and set(types["type"]) == {"A", "B", "C", "D", "mixed", "undetermined"}
    figures = pd.read_csv(scale.make_lau.snapshot(folder, "lau_figures", "csv"), dtype=str)
    rural = figures[
        pd.to_numeric(figures["population"]).between(5000, 49999) & (figures["degurba"] == "3")
    ]
    assert set(types.loc[types["size_class"] == "rural area", "unit"]) == set(rural["unit"])
    harmonised = csvio.read(Path("results/lau-europe/harmonised.csv"))
    states = harmonised[(harmonised["level"] == "state") & (harmonised["variable"] == "area_km2")]
    assert set(states.loc[states["value"].isna(), "unit"]) <= {"FR", "MK"} and len(states) > 15
