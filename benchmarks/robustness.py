"""Robustness and choice of cases on 100,000 units, against bare NumPy and the algorithms of others.

Run with `python benchmarks/robustness.py [--runs N]`, after `make run` (two comparisons use Belgium's
results). Every part has a process of its own; medians count. The units are the 99,140 local
administrative units of Europe in lau_2019_codes.csv and 860 invented ones; their figures are drawn with a
seed. Writes benchmarks/robustness.json.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import machine
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
BELGIUM = ROOT / "results/be"
CODES = Path(__file__).with_name("lau_2019_codes.csv")
MANY, FEW = 100_000, 10_000
DRAWS, SEED = 1000, 2014
# Choices of each criterion, window by window: as many as the data allow in the case `be`.
BLOCKS = [(14, 37, 7)] * 6 + [(7, 30, 7)] * 3 + [(14, 11, 7)]
# rob.calibrange: steps of a thousandth of the standard deviation, at most ten of them away.
STEPS_A_DEVIATION, MOST_RUNS = 1000, 10_000
COVARIATES = ["inhabitants_2014", "density_2014", "sf", "varni", "income_per_resident_2014"]


# --- An invented Europe -------------------------------------------------------------------------


def _counted(name: str, dates: str, unit: str, **more: Any) -> dict[str, Any]:
    return {"kind": "count", "dates": dates, "unit_of_measure": unit, "about": name, **more}


VARIABLES = {
    "people": _counted("people", "day", "inhabitants"),
    "foreign": _counted("foreign", "day", "inhabitants"),
    "jobless": _counted("jobless", "year", "persons"),
    "working": _counted("working", "year", "persons"),
    "area": _counted("area", "year", "km2"),
}
SUMS = {"by": "sum_of_counts"}
SHARE_JOBLESS = {"of": "jobless", "in": ["jobless", "working"], "max_year_gap": 0}
INDICATORS = {
    "sf": {
        "definition": "share",
        "of": "foreign",
        "in": "people",
        "date": "2005-01-01",
        "max_year_gap": 0,
    },
    "varun": {"definition": "difference_of_shares", "from": "2005", "to": "2014", **SHARE_JOBLESS},
    "varni": {
        "definition": "relative_change",
        "of": "people",
        "from": "2005-01-01",
        "to": "2014-01-01",
        "max_year_gap": 0,
    },
    "jobless_end": {"definition": "share", "date": "2014", **SHARE_JOBLESS},
}
CRITERIA = {
    "sf_high": {"indicator": "sf", "holds_if": "at_least"},
    "economy_improving": {"indicator": "varun", "holds_if": "at_most"},
    "population_improving": {"indicator": "varni", "holds_if": "at_least"},
}
SCHEMES = [
    *("zero", "national_aggregate", "national_median", "national_mean"),
    *("region_aggregate", "region_median", "region_mean"),
]
WINDOWS = {
    f"{end}_{years}": {end: years} for end in ("start", "end") for years in (-2, -1, 1, 2)
} | {"three_year_means": {"years_averaged": 3}}
ERRORS = {
    "people": {"rounded_to": 10},
    "foreign": {"randomly_rounded_to": 5},
    "jobless": {"relative_standard_error": 0.08},
    "working": {"relative_standard_error": 0.015},
}
SPREAD = 0.1


def case() -> dict[str, Any]:
    """Return the case: its criteria against the national aggregate, errors in all three."""
    definitions = {
        "sf_high": {"share": {**CRITERIA["sf_high"], "moves_with": "start", "aggregate": SUMS}},
        "economy_improving": {
            "points": {**CRITERIA["economy_improving"], "aggregate": SUMS},
            "level_at_end": {
                "indicator": "jobless_end",
                "holds_if": "at_most",
                "moves_with": "end",
                "aggregate": SUMS,
            },
            "both": {"all_of": ["points", "level_at_end"]},
        },
        "population_improving": {"people": {**CRITERIA["population_improving"], "aggregate": SUMS}},
    }
    return {
        "geography": {
            "code_system": "lau",
            "level": "town",
            "date": "2019-01-01",
            "region_level": "region",
            "country_unit": {"code": "EU", "name": "Europe"},
            "merged_later": {"rates_medians_and_ratios": "merged_unit", "counts": "stop"},
        },
        "substitution": {"if_two_years_are_as_near": "earlier"},
        "breaks": {"when_spanned": "mark"},
        "comparison_decimals": 9,
        "indicators": INDICATORS,
        "criteria": {
            name: {**spec, "reference": "national_aggregate", "aggregate": SUMS}
            for name, spec in CRITERIA.items()
        },
        "size_classes": {
            "inhabitants": {"variable": "people", "date": "2014-01-01"},
            "area": {"variable": "area", "date": "2014"},
            "classes": [
                {"name": "large city", "from": 250_000},
                {"name": "medium town", "from": 100_000, "below": 250_000},
                {"name": "small town", "from": 50_000, "below": 100_000},
                {"name": "rural area", "from": 5000, "below": 50_000},
                {"name": "below 5,000", "below": 5000},
            ],
        },
        "robustness": {
            "definitions": definitions,
            "references": dict.fromkeys(CRITERIA, SCHEMES),
            "windows": WINDOWS,
            "list_types": False,
            "probabilities": {
                "draws": DRAWS,
                "seed": SEED,
                "threshold_spread": dict.fromkeys(CRITERIA, SPREAD),
                "errors": {name: {**how, "because": "invented"} for name, how in ERRORS.items()},
            },
        },
        "selection": {
            "candidates": {
                "types": ["A", "B", "C", "D"],
                "size_classes": ["medium town", "small town", "rural area"],
                "unknown_size": "fail",
            },
            "sets": {
                "towns": 4,
                "types": {"each": dict.fromkeys("ABCD", 1)},
                "regions": {"each": {"DE": 2, "FR": 2}},
                "size_classes": {"at_least_distinct": 2},
                "apart_km": 20,
                "objective": {"typicality": 1, "stability": 1, "coverage": 1},
                "how_many": 10,
                "seed": SEED,
            },
            "pairs": {
                "among": "units",
                "divide": {"by": "region", "groups": ["DE", "FR"]},
                "covariates": [*INDICATORS],
                "distance": "mahalanobis",
                "exact": ["type"],
                "missing": "leave_out",
                "most_similar": 10,
                "most_different": 10,
            },
        },
    }


def towns(number: int) -> pd.DataFrame:
    """Return so many units, spread evenly over Europe's countries; a country is a region."""
    codes = pd.read_csv(CODES, dtype=str, keep_default_na=False)
    every = list(zip(codes["country"] + codes["lau_code"], codes["country"], strict=True))
    every += [(f"ZZ{i:04}", "ZZ") for i in range(MANY - len(every))]
    table = pd.DataFrame(sorted(every)[:: MANY // number], columns=["unit", "region"])
    table = table.assign(
        name="Town " + table["unit"],
        level="town",
        region_name="Country " + table["region"],
        country="EU",
    )
    return table.astype(object)


def figures(units: pd.DataFrame, years: tuple[int, ...] = (2005, 2014)) -> pd.DataFrame:
    """Return harmonised.csv with invented figures of ``years``; one in fifty lacks its foreigners."""
    draw, number = np.random.default_rng(SEED), len(units)
    people = np.exp(draw.normal(8.0, 1.3, number)) + 50
    drift, foreign = draw.normal(0.004, 0.012, number), draw.beta(1.2, 14, number)
    rate, change = draw.beta(4, 40, number), draw.normal(0, 0.003, number)
    lacking = draw.random(number) < 0.02
    parts = []
    for year in years:
        after = year - 2005
        now = np.round(people * (1 + drift) ** after)
        active = np.round(0.48 * now)
        jobless = np.round(active * np.clip(rate + change * after, 0.01, 0.6)) + 1
        values = {
            "people": now,
            "foreign": np.where(lacking, np.nan, np.round(foreign * now)),
            "jobless": jobless,
            "working": active,
            "area": np.round(people / 150 + 1, 1),
        }
        for variable, column in values.items():
            parts.append(
                pd.DataFrame(
                    {
                        "unit": units["unit"],
                        "variable": variable,
                        "date": f"{year}-01-01",
                        "value": column,
                        "unit_of_measure": VARIABLES[variable]["unit_of_measure"],
                        "status": np.where(np.isnan(column), "missing", ""),
                        "level": "town",
                        "geography": "lau@2019-01-01",
                        "source": "invented@v1",
                        "row": "2",
                        "parts": 1,
                        "conversion": "none",
                        "territory": units["unit"],
                    }
                )
            )
    table = pd.concat(parts, ignore_index=True)
    # Text as csvio.read gives it.
    return table.astype(dict.fromkeys(table.columns.drop(["value", "parts"]), object))


class Country(NamedTuple):
    """What the workflow has of a case before it asks how sure a type is."""

    case: dict[str, Any]
    units: pd.DataFrame
    figures: Any
    indicators: pd.DataFrame
    planned: dict[str, Any]
    references: pd.DataFrame
    typology: pd.DataFrame


def country(number: int) -> Country:
    """Return so many units, classified."""
    from smstra import indicators, size_classes, typology  # noqa: PLC0415 - only where it is used
    from smstra.lookup import Figures  # noqa: PLC0415

    case_, units = case(), towns(number)
    held = Figures(figures(units))
    planned = indicators.plans(case_, held, units, VARIABLES)
    about = (case_, held, units, VARIABLES)
    values = indicators.compute(*about, {}, planned, set(INDICATORS))
    thresholds = typology.references(case_, values, held, units, VARIABLES, planned)
    sizes = case_["size_classes"]
    inhabitants = size_classes.figures_at(held, sizes["inhabitants"], "town", "inhabitants")
    classes = inhabitants.map(lambda n: size_classes.classify(n, np.nan, sizes["classes"]))
    types = typology.classify(case_, units, values, thresholds, classes)
    return Country(case_, units, held, values, planned, thresholds, types)


# --- The clock ------------------------------------------------------------------------------------


class Timed(NamedTuple):
    """Seconds of what was measured, and what shows that two ways gave the same."""

    seconds: float
    shows: dict[str, Any]


@contextlib.contextmanager
def clock() -> Iterator[list[float]]:
    """Yield a list that holds the processor seconds of the block after it.

    Every job has one thread, so on a machine with nothing else to do these are seconds of the wall;
    on another they still compare.
    """
    took: list[float] = []
    started = time.process_time()
    yield took
    took.append(time.process_time() - started)


def same(*arrays: np.ndarray) -> dict[str, Any]:
    """Return a fingerprint of whole numbers."""
    whole = b"".join(np.ascontiguousarray(array, dtype=np.int64).tobytes() for array in arrays)
    return {"same": hashlib.sha256(whole).hexdigest()[:16]}


# --- Every combination ----------------------------------------------------------------------------


def answers(number: int) -> tuple[Any, pd.DataFrame]:
    """Return choices with drawn answers, as many as the case be has, and the case's own types."""
    from smstra.robustness.choices import Choices  # noqa: PLC0415
    from smstra.typology import TYPE_OF_CELL, TYPES, cells_of  # noqa: PLC0415

    rows = []
    for window, sizes in enumerate(BLOCKS):
        for criterion, size in zip(CRITERIA, sizes, strict=True):
            for place in range(size):
                rows.append((criterion, f"window {window}", f"choice {place}"))
    table = pd.DataFrame(rows, columns=["criterion", "window", "definition"])
    first = table.drop_duplicates("criterion").index
    table = table.assign(reference="zero", available=True, own=table.index.isin(first))
    draw = np.random.default_rng(SEED)
    # A unit tends to yes or to no, and one choice in fifty has no answer for it.
    tends = draw.random((3, number), dtype=np.float32)
    of = [[*CRITERIA].index(criterion) for criterion in table["criterion"]]
    given = np.empty((len(table), number), dtype=np.int8)
    for row, criterion in enumerate(of):
        given[row] = draw.random(number, dtype=np.float32) < tends[criterion]
        given[row, draw.random(number, dtype=np.float32) < 0.02] = -1
    units = towns(number)
    types = np.array(TYPES, dtype=object)[TYPE_OF_CELL[cells_of(*given[first])]]
    return Choices(table, given, tuple(units["unit"])), units.assign(type=types)


def map_by_smstra(number: int) -> Timed:
    """Count types by unit and by combination with the scheme map."""
    from smstra.robustness.schemes import combinations_of, scheme_map  # noqa: PLC0415
    from smstra.typology import TYPES  # noqa: PLC0415

    made, own = answers(number)
    with clock() as took:
        combined = combinations_of(made)
        by_unit, by_combination = scheme_map(made, combined, own, list_types=False)
    shows = same(by_unit[[*TYPES]].to_numpy(), by_combination[[*TYPES, "agreeing"]].to_numpy())
    return Timed(took[0], {"combinations": len(combined), **shows})


def map_by_numpy(number: int) -> Timed:
    """Do the same in a loop over combinations, each with all units at once."""
    from smstra.typology import TYPE_OF_CELL, TYPES, cells_of  # noqa: PLC0415

    made, typology = answers(number)
    # The type of three answers (-1, 0, 1) at 9 a + 3 b + c.
    type_of = np.empty(27, dtype=np.uint8)
    for three in itertools.product((-1, 0, 1), repeat=3):
        type_of[np.dot(three, (9, 3, 1))] = TYPE_OF_CELL[cells_of(*three)]
    own = np.array([TYPES.index(name) for name in typology["type"]], dtype=np.uint8)
    nine, three = np.int8(9), np.int8(3)
    starts = np.cumsum([0, *(sum(sizes) for sizes in BLOCKS)])
    with clock() as took:
        by_unit = np.zeros((len(TYPES), number), dtype=np.int64)
        by_combination = []
        for start, (sf, economy, population) in zip(starts[:-1], BLOCKS, strict=True):
            part = made.answers[start:]
            for i, j, k in itertools.product(range(sf), range(economy), range(population)):
                code = nine * part[i] + three * part[sf + j] + part[sf + economy + k]
                types = type_of[code]
                row = []
                for place in range(len(TYPES)):
                    there = types == place
                    by_unit[place] += there
                    row.append(np.count_nonzero(there))
                by_combination.append([*row, np.count_nonzero(types == own)])
    shows = same(by_unit.T, np.array(by_combination))
    return Timed(took[0], {"combinations": len(by_combination), **shows})


def list_by_smstra(number: int) -> Timed:
    """The scheme map with the type under each combination, written as CSV."""
    from smstra import csvio  # noqa: PLC0415
    from smstra.robustness.schemes import combinations_of, scheme_map  # noqa: PLC0415

    made, own = answers(number)
    with tempfile.TemporaryDirectory() as folder, clock() as took:
        by_unit, by_combination = scheme_map(made, combinations_of(made), own, list_types=True)
        csvio.write(by_unit, Path(folder) / "schemes.csv")
        csvio.write(by_combination, Path(folder) / "combinations.csv")
        size = (Path(folder) / "schemes.csv").stat().st_size
    return Timed(took[0], {"megabytes_written": size / 1e6})


def evaluate_by_smstra(number: int) -> Timed:
    """Answer the criteria under every choice from figures of fourteen years."""
    from smstra.lookup import Figures  # noqa: PLC0415
    from smstra.robustness.choices import evaluate  # noqa: PLC0415

    units = towns(number)
    held = Figures(figures(units, tuple(range(2003, 2017))))
    with clock() as took:
        made = evaluate(case(), held, units, VARIABLES)
    return Timed(took[0], {"choices": int(made.table["available"].sum())})


# --- Draws ----------------------------------------------------------------------------------------


def draw_by_smstra(number: int) -> Timed:
    """Draw all errors and count the types of each unit."""
    from smstra.robustness import probabilities  # noqa: PLC0415

    c = country(number)
    with clock() as took:
        model = probabilities.model_of(
            c.case, c.figures, c.units, VARIABLES, c.planned, c.typology, c.references
        )
        counts = probabilities.draw(model, DRAWS, SEED)
    return Timed(took[0], same(counts.types[-1]))


def draw_by_numpy(number: int) -> Timed:
    """Do the same in a loop over the same draws, each with all units at once."""
    from smstra.typology import TYPE_OF_CELL, TYPES, cells_of  # noqa: PLC0415

    c = country(number)

    def of(variable: str, year: int) -> np.ndarray:
        rows = c.figures.rows([variable], "town")
        return rows[rows["date"] == f"{year}-01-01"].set_index("unit")["value"].to_numpy()

    people, jobless, working = (
        [of(variable, year) for year in (2005, 2014)]
        for variable in ("people", "jobless", "working")
    )
    foreign = of("foreign", 2005)
    known = ~np.isnan(foreign)
    spreads = [SPREAD * np.nanstd(c.typology[name]) for name in ("sf", "varun", "varni")]
    type_of = TYPE_OF_CELL[cells_of(*np.array([*itertools.product((0, 1), repeat=3)]).T)]
    with clock() as took:
        errors = [0.08 * jobless[0], 0.08 * jobless[1], 0.015 * working[0], 0.015 * working[1]]
        cells = np.zeros((8, number), dtype=np.int64)
        for number_of_draw in range(DRAWS):
            key = np.array([SEED, number_of_draw], dtype=np.uint64)
            stream = np.random.Generator(np.random.Philox(key=key))
            normal, uniform = stream.standard_normal(4 * number + 3), stream.random(4 * number)
            shifts = normal[-3:] * spreads
            jobless_1, jobless_2, working_1, working_2 = (
                figure + normal[place * number : (place + 1) * number] * error
                for place, (figure, error) in enumerate(
                    zip([*jobless, *working], errors, strict=True)
                )
            )
            u = uniform.reshape(4, number)
            foreign_1 = foreign + 5 * (u[0] - u[1])
            people_1, people_2 = people[0] + 10 * (u[2] - 0.5), people[1] + 10 * (u[3] - 0.5)
            sf = 100 * foreign_1 / people_1
            varun = 100 * (
                jobless_2 / (jobless_2 + working_2) - jobless_1 / (jobless_1 + working_1)
            )
            varni = 100 * (people_2 - people_1) / people_1
            whole = [jobless_1.sum(), jobless_2.sum(), working_1.sum(), working_2.sum()]
            limits = [
                100 * foreign_1[known].sum() / people_1[known].sum(),
                100 * (whole[1] / (whole[1] + whole[3]) - whole[0] / (whole[0] + whole[2])),
                100 * (people_2.sum() / people_1.sum() - 1),
            ]
            limits = np.round(limits + shifts, 9)
            yes = [
                np.round(sf, 9) >= limits[0],
                np.round(varun, 9) <= limits[1],
                np.round(varni, 9) >= limits[2],
            ]
            code = 4 * yes[0].astype(np.int8) + 2 * yes[1].astype(np.int8) + yes[2]
            for cell in range(8):
                cells[cell] += code == cell
        types = np.zeros((number, len(TYPES)), dtype=np.int64)
        for count, type_ in zip(cells, type_of, strict=True):
            types[:, type_] += count
        types[~known] = 0
        types[~known, TYPES.index("undetermined")] = DRAWS
    return Timed(took[0], same(types))


# --- Intervals, candidates, sets, pairs -----------------------------------------------------------


def intervals_by_smstra(number: int) -> Timed:
    """How far each threshold may move."""
    from smstra.robustness.intervals import intervals  # noqa: PLC0415

    c = country(number)
    with clock() as took:
        intervals(c.case, c.typology, c.references)
    return Timed(took[0], {})


def select_by_smstra(number: int) -> Timed:
    """Candidates, the ten best sets with distances, ten similar and ten different pairs."""
    from smstra.robustness.intervals import intervals  # noqa: PLC0415
    from smstra.selection import pairs, sets  # noqa: PLC0415
    from smstra.selection.candidates import candidates  # noqa: PLC0415

    c = country(number)
    block = c.case["selection"]
    draw = np.random.default_rng(SEED)
    deep = intervals(c.case, c.typology, c.references).drop_duplicates("unit")
    probable = np.where(deep["typicality"].isna(), np.nan, draw.random(number).round(3))
    sure = deep[["unit", "typicality"]].assign(verdict="likely", probability=probable)
    where = pd.DataFrame(
        {
            "unit": c.units["unit"],
            "longitude": draw.uniform(-10, 30, number),
            "latitude": draw.uniform(36, 70, number),
        }
    )
    with clock() as first:
        listed = candidates(c.case, c.typology, c.units, c.figures, c.indicators, sure)
    with clock() as second:
        chosen, conflict = sets.select(block["sets"], listed, where)
    with clock() as third:
        matched = pairs.match(block["pairs"], listed, c.indicators)
    shows = {
        "candidates_seconds": first[0],
        "sets_seconds": second[0],
        "pairs_seconds": third[0],
        "candidates": int((listed["candidate"] == "pass").sum()),
        "sets": int(chosen["set"].nunique()) if conflict.empty else 0,
        "pairs": len(matched.pairs),
    }
    return Timed(first[0] + second[0] + third[0], shows)


# --- The algorithms of others, on Belgium ---------------------------------------------------------


def belgium(name: str, numbers: Any = ()) -> pd.DataFrame:
    """Return a table of the case be."""
    from smstra import csvio  # noqa: PLC0415

    path = BELGIUM / f"{name}.csv"
    if not path.is_file():
        raise SystemExit(f"{path} is not there: run `make run` first")
    return csvio.read(path, numbers)


def belgian_pairs() -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """Return what pairs across the language border are asked for: no class must agree."""
    from smstra.selection.candidates import NUMBERS  # noqa: PLC0415

    block = {
        "among": "units",
        "divide": {"by": "region", "groups": ["02000", "03000"]},
        "covariates": COVARIATES,
        "distance": "mahalanobis",
        "exact": [],
        "missing": "leave_out",
        "most_similar": 10,
        "most_different": 0,
    }
    return block, belgium("selection/candidates", NUMBERS), belgium("indicators")


def pairs_by_smstra(_: int) -> Timed:
    """Ten disjoint pairs with the least sum of distances."""
    from smstra.selection import pairs  # noqa: PLC0415

    block, listed, values = belgian_pairs()
    with clock() as took:
        found = pairs.match(block, listed, values).pairs
    rows = list(zip(found["unit_a"], found["unit_b"], strict=True))
    return Timed(took[0], _of_pairs(rows, found["distance"].tolist()))


def pairs_by_casematch(_: int) -> Timed:
    """caseMatch's algorithm (Nielsen 2016, package caseMatch, ``case.match``), with a treatment.

    Rows with a gap are dropped; the distance of all pairs of units, with the covariance of all of them;
    of those pairs that differ most in the treatment (``max.variance``) the nearest, in order.
    """
    block, listed, values = belgian_pairs()
    with clock() as took:
        wide = values[values["indicator"].isin(COVARIATES)]
        wide = wide.pivot(index="unit", columns="indicator", values="value")[COVARIATES]
        region = listed.set_index("unit")["region"]
        data = wide[region.isin(block["divide"]["groups"]).reindex(wide.index)].dropna()
        treated = (region.reindex(data.index) == "02000").to_numpy()
        x, names = data.to_numpy(), data.index.to_numpy()
        inverse = np.linalg.inv(np.cov(x, rowvar=False))
        first, second = np.triu_indices(len(x), 1)
        apart = x[first] - x[second]
        distance = ((apart @ inverse) * apart).sum(axis=1)
        order = np.argsort(distance, kind="stable")
        order = order[treated[first[order]] != treated[second[order]]][:10]
        rows = [
            (names[i], names[j]) if treated[i] else (names[j], names[i])
            for i, j in zip(first[order], second[order], strict=True)
        ]
        distances = np.sqrt(distance[order])
    return Timed(took[0], _of_pairs(rows, distances.tolist()))


def _of_pairs(rows: list[tuple[str, str]], distances: list[float]) -> dict[str, Any]:
    return {
        "nearest_distance": distances[0],
        "units_named": len({unit for row in rows for unit in row}),
        "pairs": ["-".join(row) for row in rows],
        "sum_of_distances": sum(distances),
    }


def belgian_intervals() -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """Return the case be, its typology and its references."""
    from smstra import config  # noqa: PLC0415

    settings = config.load({"cases": ["be"]})
    return settings.cases["be"], belgium("typology"), belgium("references")


def intervals_exactly(_: int) -> Timed:
    """The bounds of each unit and threshold, exactly."""
    from smstra.robustness.intervals import intervals  # noqa: PLC0415

    about = belgian_intervals()
    with clock() as took:
        table = intervals(*about)
    bounds = table[["keeps_from", "keeps_to"]].to_numpy()
    return Timed(took[0], {"bounds": np.where(np.isnan(bounds), None, bounds).tolist()})


def intervals_by_steps(_: int) -> Timed:
    """SetMethods' algorithm (Oana and Schneider, ``rob.calibrange``), for the type of each unit.

    A threshold moves up by one step after the other until the result changes, at most so many times;
    the bound is the last threshold that did not change it; then down. All units at once, each
    with its own result.
    """
    from smstra.typology import TYPE_OF_CELL, cells_of, holds  # noqa: PLC0415

    case_, typology, _references = belgian_intervals()
    columns, decimals = ("sf", "varun", "varni"), case_["comparison_decimals"]
    with clock() as took:
        values = [typology[name].to_numpy() for name in columns]
        limits = [typology[f"{name}_reference"].to_numpy() for name in columns]
        specs = [case_["criteria"][name] for name in CRITERIA]

        def typed(moved: list[np.ndarray]) -> np.ndarray:
            about = zip(values, moved, specs, strict=True)
            given = [holds(v, t, spec["holds_if"], decimals) for v, t, spec in about]
            return TYPE_OF_CELL[cells_of(*given)]

        own = typed(limits)
        known = (typology["type"] != "undetermined").to_numpy()
        bounds = np.full((len(typology), 3, 2), np.nan)
        for place in range(3):
            step = np.nanstd(values[place][known]) / STEPS_A_DEVIATION
            for side, sign in ((1, 1), (0, -1)):
                open_ = known.copy()
                for run in range(1, MOST_RUNS + 1):
                    moved = [*limits]
                    moved[place] = limits[place] + sign * run * step
                    changed = open_ & (typed(moved) != own)
                    bounds[changed, place, side] = moved[place][changed] - sign * step
                    open_ &= ~changed
                    if not open_.any():
                        break
    flat = bounds.reshape(-1, 2)
    spread = [float(np.nanstd(column[known])) for column in values]
    shows = {"bounds": np.where(np.isnan(flat), None, flat).tolist(), "deviations": spread}
    return Timed(took[0], shows)


JOBS: dict[str, Callable[[int], Timed]] = {
    "every combination, smstra": map_by_smstra,
    "every combination, NumPy": map_by_numpy,
    "1,000 draws, smstra": draw_by_smstra,
    "1,000 draws, NumPy": draw_by_numpy,
    "intervals, smstra": intervals_by_smstra,
    "candidates, sets and pairs, smstra": select_by_smstra,
    "every combination listed, smstra": list_by_smstra,
    "every choice evaluated, smstra": evaluate_by_smstra,
    "pairs of be, smstra": pairs_by_smstra,
    "pairs of be, caseMatch": pairs_by_casematch,
    "intervals of be, smstra": intervals_exactly,
    "intervals of be, rob.calibrange": intervals_by_steps,
}
# Each at how many units; 0 stands for Belgium's.
PLAN = [
    *((job, number) for job in [*JOBS][:6] for number in (FEW, MANY)),
    *((job, FEW) for job in [*JOBS][6:8]),
    *((job, 0) for job in [*JOBS][8:]),
]


# --- Measuring ------------------------------------------------------------------------------------


def measure(job: str, number: int) -> dict[str, Any]:
    """Run a job in a new process; return its seconds, peak megabytes and what it shows."""
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    environment = {**os.environ, **threads, "PYTHONPATH": str(ROOT / "workflow/lib")}
    command = [sys.executable, __file__, "--job", job, str(number)]
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    said = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{job} failed")
    return {**json.loads(said), "peak_mb": usage.ru_maxrss * 1024 / 1e6}


def measure_added(runs: int) -> dict[str, float]:
    """Return seconds of cold runs of both cases with and without the blocks: wall and processor."""
    from run import copy_project  # noqa: PLC0415 - needs psutil, which only this part does
    from run import measure as measured  # noqa: PLC0415

    # Without sets there is no best one to compare towns of, so both runs take typical towns.
    classes = "[medium town, small town, rural area]"
    towns = (
        "figures: {towns: {choose: closest_to_type_median, set: null, "
        f"among_size_classes: {classes}}}}}"
    )
    blocks = {"with": towns, "without": f"{towns}, robustness: null, selection: null"}
    snakemake = [sys.executable, "-m", "snakemake", "--cores", "4"]
    found: dict[str, list[float]] = {}
    for number in range(runs):
        for name, block in blocks.items():
            print(f"run {number + 1} of {runs}: whole run {name}", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory() as scratch:
                folder = copy_project(Path(scratch) / "whole")
                file = folder / "blocks.yaml"
                overrides = f"overrides: {{be: {{{block}}}, de: {{{block}}}}}\n"
                file.write_text(overrides, encoding="utf-8")
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                wall = measured([*snakemake, "--configfile", file.name], folder)["seconds"]
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            found.setdefault(f"{name}, wall", []).append(wall)
            found.setdefault(f"{name}, processor", []).append(used)
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def ratios_of(found: dict[tuple[str, int], dict[str, Any]]) -> dict[str, tuple[float, str]]:
    """Return each ratio with the goal it has to reach, in words."""
    out: dict[str, tuple[float, str]] = {}

    def seconds(job: str, number: int) -> float:
        return found[job, number]["seconds"]

    for what in ("every combination", "1,000 draws"):
        ours, bare = f"{what}, smstra", f"{what}, NumPy"
        for number in (FEW, MANY):
            if found[ours, number]["same"] != found[bare, number]["same"]:
                raise SystemExit(f"{what}, {number} units: the two ways count differently")
        out[f"{what}: smstra / bare NumPy loop"] = (
            seconds(ours, MANY) / seconds(bare, MANY),
            "at most 2",
        )
    for job in [*JOBS][:6]:
        if job.endswith("smstra"):
            out[f"{job.removesuffix(', smstra')}: time per unit, {MANY:,} / {FEW:,} units"] = (
                seconds(job, MANY) / MANY * FEW / seconds(job, FEW),
                "at most 1.3",
            )
    most = max(each["peak_mb"] for (job, _), each in found.items() if job.endswith("smstra"))
    out["largest peak memory of smstra / 2 GB"] = (most / 2000, "below 1")
    out["pairs of be: caseMatch's algorithm / smstra"] = (
        seconds("pairs of be, caseMatch", 0) / seconds("pairs of be, smstra", 0),
        "",
    )
    out["intervals of be: rob.calibrange's algorithm / smstra"] = (
        seconds("intervals of be, rob.calibrange", 0) / seconds("intervals of be, smstra", 0),
        "",
    )
    return out


def compared(found: dict[tuple[str, int], dict[str, Any]]) -> dict[str, Any]:
    """Return what our pairs and intervals and those of the others have in common."""
    ours, theirs = found["pairs of be, smstra", 0], found["pairs of be, caseMatch", 0]
    exact = np.array(found["intervals of be, smstra", 0].pop("bounds"), dtype=float)
    stepped = found["intervals of be, rob.calibrange", 0]
    steps = np.array(stepped.pop("bounds"), dtype=float)
    deviations = np.tile(stepped.pop("deviations"), len(exact) // 3)
    apart = np.abs(exact - steps) / deviations[:, None]
    rows, others = ours.pop("pairs"), theirs.pop("pairs")
    return {
        "same_nearest_pair": rows[0] == others[0],
        "nearest_distances_apart": abs(ours["nearest_distance"] - theirs["nearest_distance"]),
        "pairs_in_common_of_10": len(set(rows) & set(others)),
        "units_named_by_10_pairs": {
            "smstra": ours["units_named"],
            "caseMatch": theirs["units_named"],
        },
        "sum_of_distances": {
            "smstra": ours["sum_of_distances"],
            "caseMatch": theirs["sum_of_distances"],
        },
        "bounds_found_by_both": int((~np.isnan(apart)).sum()),
        "bounds_found_by_smstra_only": int((~np.isnan(exact) & np.isnan(steps)).sum()),
        "bounds_found_by_rob_calibrange_only": int((np.isnan(exact) & ~np.isnan(steps)).sum()),
        "largest_difference_in_standard_deviations": float(np.nanmax(apart)),
    }


def main() -> None:
    """Run one job as a child process, or measure all of them and write the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each job; medians count")
    parser.add_argument("--job", nargs=2, metavar=("JOB", "UNITS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.job:
        timed = JOBS[asked.job[0]](int(asked.job[1]))
        print(json.dumps({"seconds": timed.seconds, **timed.shows}))
        return
    measured_on = machine.facts()
    runs: dict[tuple[str, int], list[dict[str, Any]]] = {each: [] for each in PLAN}
    for number in range(asked.runs):
        for job, units in PLAN:
            print(f"run {number + 1} of {asked.runs}: {job}, {units}", file=sys.stderr, flush=True)
            runs[job, units].append(measure(job, units))
    found = {each: _medians(of) for each, of in runs.items()}
    write(found, measure_added(asked.runs), asked.runs, measured_on)


def _medians(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the median of each time and peak; the rest is the same in every run."""
    timed = {key for key in runs[0] if key.endswith("seconds") or key == "peak_mb"}
    middle = {key: statistics.median(run[key] for run in runs) for key in sorted(timed)}
    return {**runs[0], **middle}


def write(
    found: dict[tuple[str, int], dict[str, Any]],
    added: dict[str, float],
    runs: int,
    measured_on: dict[str, Any],
) -> None:
    """Write robustness.json and print the tables."""
    told = machine.in_words(measured_on, machine.runs(runs))
    ratios = ratios_of(found)
    beside = compared(found)
    for clock_ in ("wall", "processor"):
        ratios[f"both cases: what robustness and selection add / the rest, {clock_} time"] = (
            added[f"with, {clock_}"] / added[f"without, {clock_}"] - 1,
            "below 1" if clock_ == "wall" else "",
        )
    lines = [told + ".", "", "| ratio | measured | to reach |", "|---|---|---|"]
    lines += [f"| {name} | {value:.3g} | {goal} |" for name, (value, goal) in ratios.items()]
    lines += ["", "| what | units | processor s | peak MB |", "|---|---|---|---|"]
    for (job, number), each in found.items():
        shown = f"{number:,}" if number else ""
        lines.append(f"| {job} | {shown} | {each['seconds']:.3g} | {each['peak_mb']:.0f} |")
    print("\n".join(lines))
    data = {
        "machine": told,
        "figures": {f"{job}, {number} units": each for (job, number), each in found.items()},
        "whole_runs": added,
        "beside": beside,
        "ratios": {name: value for name, (value, _) in ratios.items()},
    }
    Path(__file__).with_suffix(".json").write_text(
        json.dumps(data, indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
