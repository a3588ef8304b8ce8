"""An invented country, Testland: a whole project in a folder, small enough to run in seconds.

Twelve towns in two regions and three survey areas on the day of its geography, 1 January 2015; two
towns merged in 2010 (their counts are summed), two more in 2020 (prices are published for the merged
town only). Nationality is known from 2007 on, unemployment for survey areas only, with a break flagged.
"""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

from smstra import snapshots, strict_yaml

REPO = Path(__file__).resolve().parents[1]
VINTAGE = "2026-01-02"
TOWNS = [f"T{n:02d}" for n in range(1, 13)]
REGION = {town: "R1" if number < 6 else "R2" for number, town in enumerate(TOWNS)}
ZONE = {town: f"Z{1 + number // 4}" for number, town in enumerate(TOWNS)}
NAMES = {
    "T01": "=1+1",
    "T02": 'Übel, "Bad"',
    "T03": "+cmd",
    "T04": "Łańcut-op-Zee",
    "T05": "@sum",
}
PARTS = {"T90": "T12", "T91": "T12"}
YEARS = range(2004, 2016)


def people(town: str, year: int) -> int:
    """Inhabitants on 1 January: even towns grow, odd ones shrink."""
    number = int(town[1:])
    base = 4000 * number if number < 50 else 24000 * (number - 89) // 2
    step = 1 if number % 2 == 0 else -1
    return base + step * (year - 2004) * 10 * (number % 7 + 1)


def foreign(town: str, year: int) -> int:
    """Foreign residents on 1 January."""
    number = int(town[1:])
    return people(town, year) * (number % 5 + 1) // 40 + (year - 2004)


# zone -> year -> (unemployed, employed), thousand persons
SURVEY = {
    "Z1": {2005: (10.0, 90.0), 2010: (9.5, 91.0), 2014: (8.0, 92.0)},
    "Z2": {2005: (6.0, 94.0), 2010: (7.0, 93.5), 2014: (9.0, 91.0)},
    "Z3": {2005: (5.1, 94.9), 2010: (5.0, 95.0), 2014: (5.1, 94.9)},
    "TL": {2005: (21.1, 278.9), 2010: (21.5, 279.5), 2014: (22.1, 277.9)},
}
SPANS = {
    "": ("2004-01-01", "2015-01-01"),
    "tl_survey": ("2005", "2014"),
    "tl_land": ("2014", "2014"),
    "tl_prices": ("2014", "2014"),
}
CASE = """
title: Towns of Testland
country: Testland
geography:
  code_system: tl
  level: town
  date: "2015-01-01"
  units: [tl_units]
  changes: tl_changes
  region_level: region
  country_unit: {code: TL, name: Testland}
  names: {default: en}
  stand_in_levels:
    zone: {membership: tl_zones, country_unit: TL, because: the zones are made of whole towns}
  merged_later: {rates_medians_and_ratios: merged_unit, counts: stop}
datasets: [tl_people, tl_survey, tl_land, tl_prices]
substitution: {if_two_years_are_as_near: earlier}
breaks: {when_spanned: mark}
indicators:
  sf: {label: Foreign residents, definition: share, of: residents_foreign, in: residents,
       date: "2005-01-01", max_year_gap: 3, country: {by: sum_of_counts}, region: {by: sum_of_counts}}
  varun: {label: Change of unemployment, definition: difference, of: unemployment_rate_lfs,
          from: "2005", to: "2014", max_year_gap: 0, stand_in_level: zone, country: {by: published}}
  unemployment_2005: {label: Unemployment 2005, definition: level, of: unemployment_rate_lfs,
                      date: "2005", max_year_gap: 0, stand_in_level: zone, country: {by: published}}
  unemployment_2014: {label: Unemployment 2014, definition: level, of: unemployment_rate_lfs,
                      date: "2014", max_year_gap: 0, stand_in_level: zone, country: {by: published}}
  inhabitants_2014: {label: Inhabitants 2014, definition: level, of: residents, date: "2014-01-01",
                     max_year_gap: 0, country: {by: sum_of_counts}, region: {by: sum_of_counts}}
  varni: {label: Change of inhabitants, definition: relative_change, of: residents,
          from: "2005-01-01", to: "2014-01-01", max_year_gap: 0,
          country: {by: sum_of_counts}, region: {by: sum_of_counts}}
  density: {label: Density, definition: ratio, of: residents, in: area_km2, date: "2014-01-01",
            in_date: "2014", unit_of_measure: inhabitants per km2, max_year_gap: 0,
            country: {by: sum_of_counts}, region: {by: sum_of_counts}}
  price: {label: Price of houses, definition: level, of: median_price_all_houses, date: "2014",
          max_year_gap: 0, country: {by: median_of_units}, region: {by: median_of_units}}
criteria:
  sf_high: {indicator: sf, holds_if: at_least, reference: national_aggregate,
            aggregate: {by: sum_of_counts}}
  economy_improving: {indicator: varun, holds_if: at_most, reference: national_aggregate,
                      aggregate: {by: sum_of_counts}}
  population_improving: {indicator: varni, holds_if: at_least, reference: zero}
comparison_decimals: 9
size_classes:
  inhabitants: {variable: residents, date: "2014-01-01"}
  area: {variable: area_km2, date: "2014"}
  classes:
    - {name: small town, from: 30000}
    - {name: rural area, from: 5000, below: 30000, density_below: 300}
    - {name: dense, from: 5000, below: 30000}
    - {name: "below 5,000", below: 5000}
aggregate_checks:
  unemployed: {of: unemployed_lfs, sum_over: zone, to: country, date: every, published_by: tl_survey,
               tolerance: 0.001}
profile: [sf, varni, density, price]
series:
  inhabitants: {label: Inhabitants, definition: level, of: residents, from: "2004-01-01", to: "2015-01-01",
                country: {by: sum_of_counts}, region: {by: sum_of_counts}}
  foreign_share: {label: Foreign residents, definition: share, of: residents_foreign, in: residents,
                  from: "2004-01-01", to: "2015-01-01", country: {by: sum_of_counts},
                  region: {by: sum_of_counts}}
figures:
  towns: {choose: closest_to_type_median, among_size_classes: [small town, rural area, dense, "below 5,000"]}
  population_index: {series: inhabitants, base: "2005-01-01"}
  foreign_residents: {series: foreign_share, stands_for: sf}
  density_size: {inhabitants: inhabitants_2014, density: density}
  unemployment: {from: unemployment_2005, to: unemployment_2014}
  unoccupied_dwellings: {not_available: nobody counted them in Testland}
"""
# Blocks that a case may have. Of the windows the first has all figures, the second has not.
ROBUSTNESS = """
robustness:
  definitions:
    sf_high:
      share: {indicator: sf, holds_if: at_least, moves_with: start, aggregate: {by: sum_of_counts}}
    economy_improving:
      points: {indicator: varun, holds_if: at_most, aggregate: {by: sum_of_counts}}
    population_improving:
      inhabitants: {indicator: varni, holds_if: at_least, aggregate: {by: sum_of_counts}}
  references:
    sf_high: [5, national_aggregate, national_median, region_median]
    economy_improving: [zero, national_aggregate, national_median]
    population_improving: [zero, national_median]
  windows:
    start_5_later: {start: 5}
    end_1_later: {end: 1}
  list_types: true
  probabilities:
    draws: 200
    seed: 7
    threshold_spread: {sf_high: 0.2, economy_improving: 0.2, population_improving: 0.2}
    errors:
      residents: {exact: true, because: counted}
      residents_foreign: {exact: true, because: counted}
      unemployed_lfs: {relative_standard_error: {zone: 0.05, country: 0.02}, because: invented}
      employed_lfs: {relative_standard_error: {zone: 0.01, country: 0.005}, because: invented}
    flagged_times: {b: 1.5}
    other_year: {sf: {standard_error_per_year: 0.1, because: invented}}
    stand_in: {varun: {standard_error: 0.5, because: invented}}
  sensitivity: {samples: 64, seed: 7}
  verdicts:
    robust: {probability: 0.9, agreement: 0.75}
    likely: {probability: 0.5, agreement: 0.5}
"""
SELECTION = """
selection:
  candidates:
    types: [A, B, C, D]
    size_classes: [small town, rural area, dense, "below 5,000"]
    unknown_size: fail
    reception: {period: ["2014", "2017"], required: false, not_listed: unknown, unknown: pass}
    politics: {unknown: pass}
  sets:
    towns: 2
    types: {at_most_each: 1}
    objective: {typicality: 1, stability: 1, coverage: 1}
    how_many: 3
    seed: 7
  pairs:
    among: units
    divide: {by: region, groups: [R1, R2]}
    covariates: [sf, density]
    distance: mahalanobis
    exact: []
    missing: leave_out
    most_similar: 2
    most_different: 2
"""
DATASETS = f"""
tl_units:
  vintage: "{VINTAGE}"
  format: csv
  columns: [level, code, parent, name, from, to]
  code_system: tl
  register:
    - level: {{column: level, map: {{region: region, town: town}}}}
      code: {{column: code}}
      parent: {{column: parent}}
      names: {{en: name}}
      valid_from: {{column: from}}
      valid_to: {{column: to}}
tl_changes:
  vintage: "{VINTAGE}"
  format: csv
  columns: [old, new, effective, kind]
  code_system: tl
  changes: {{old: old, new: new, effective: effective, kind: kind}}
tl_zones:
  vintage: "{VINTAGE}"
  format: csv
  columns: [code, zone]
  code_system: tl
  geography_date: "2015-01-01"
  membership: {{unit: code, levels: {{zone: zone}}}}
tl_people:
  vintage: "{VINTAGE}"
  format: csv
  columns: [year, code, total, foreign]
  code_system: tl
  code_lists: [tl_units]
  code_changes: tl_changes
  geography_date: each_date
  unit: {{column: code}}
  level: town
  date: {{column: year, day: "01-01"}}
  missing: ["", "n.a."]
  variables:
    residents: {{column: total}}
    residents_foreign: {{column: foreign}}
tl_survey:
  vintage: "{VINTAGE}"
  format: csv
  columns: [geo, year, unemployed, uflag, employed, eflag]
  code_system: zones
  code_prefixes: [Z1, Z2, Z3, TL]
  geography_date: "2013-12-31"
  unit: {{column: geo}}
  level: {{column: geo, map: {{Z1: zone, Z2: zone, Z3: zone, TL: country}}}}
  exclude: [{{column: geo, values: [ALL], because: an aggregate of countries}}]
  date: {{column: year}}
  missing: [""]
  flags: eurostat
  variables:
    unemployed_lfs: {{column: unemployed, flags_column: uflag}}
    employed_lfs: {{column: employed, flags_column: eflag}}
tl_land:
  vintage: "{VINTAGE}"
  format: csv
  columns: [code, km2]
  code_system: tl
  code_lists: [tl_units]
  geography_date: "2014-01-01"
  unit: {{column: code}}
  level: town
  date: {{fixed: "2014"}}
  missing: [""]
  variables:
    area_km2: {{column: km2}}
tl_prices:
  vintage: "{VINTAGE}"
  format: csv
  columns: [code, price]
  code_system: tl
  code_lists: [tl_units]
  code_changes: tl_changes
  geography_date: "2020-01-01"
  unit: {{column: code}}
  level: town
  date: {{fixed: "2014"}}
  missing: [""]
  variables:
    median_price_all_houses: {{column: price}}
"""


def tables() -> dict[str, list[list[object]]]:
    """Return the raw tables of Testland by dataset, header first."""
    always, open_end = "1970-01-01", "9999-12-31"
    units: list[list[object]] = [["level", "code", "parent", "name", "from", "to"]]
    units += [["region", r, "", f"Region {r}", always, open_end] for r in ("R1", "R2")]
    for town in TOWNS:
        born = "2010-01-01" if town == "T12" else always
        units.append(["town", town, REGION[town], NAMES.get(town, f"Town {town}"), born, open_end])
    units += [["town", part, "R2", f"Part {part}", always, "2009-12-31"] for part in PARTS]
    units.append(["town", "T95", "R1", "Merged 95", "2020-01-01", open_end])
    changes: list[list[object]] = [["old", "new", "effective", "kind"]]
    changes += [[part, whole, "2010-01-01", "merger"] for part, whole in PARTS.items()]
    changes += [[town, "T95", "2020-01-01", "merger"] for town in ("T01", "T02")]
    rows: list[list[object]] = [["year", "code", "total", "foreign"]]
    for year in YEARS:
        there = [t for t in TOWNS if t != "T12"] + (["T12"] if year >= 2010 else list(PARTS))
        for town in there:
            rows.append(
                [year, town, people(town, year), foreign(town, year) if year >= 2007 else "n.a."]
            )
    survey: list[list[object]] = [["geo", "year", "unemployed", "uflag", "employed", "eflag"]]
    for zone, years in SURVEY.items():
        for year, (out, work) in years.items():
            flag = {2005: "b", 2010: "b" if zone == "Z2" else ""}.get(year, "")
            survey.append([zone, year, out, flag, work, ""])
    survey.append(["ALL", 2005, 1000.0, "", 9000.0, ""])
    land: list[list[object]] = [["code", "km2"]]
    land += [[town, 20 + 10 * number] for number, town in enumerate(TOWNS)]
    prices: list[list[object]] = [["code", "price"]]
    later = [t for t in TOWNS if t not in ("T01", "T02")] + ["T95"]
    prices += [
        [town, 100000 + 1000 * number if number else ""] for number, town in enumerate(later)
    ]
    return {
        "tl_units": units,
        "tl_changes": changes,
        "tl_zones": [["code", "zone"], *([t, ZONE[t]] for t in TOWNS)],
        "tl_people": rows,
        "tl_survey": survey,
        "tl_land": land,
        "tl_prices": prices,
    }


def as_csv(rows: list[list[object]]) -> bytes:
    """Return rows as a CSV file's bytes."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def pin(root: Path, dataset: str, raw: bytes) -> dict[str, object]:
    """Write ``raw`` as the dataset's snapshot and return its pin."""
    file = f"data/snapshots/testland/{dataset}/{VINTAGE}/{dataset}.csv"
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_bytes(raw)
    return {
        "id": dataset,
        "vintage": VINTAGE,
        "file": file,
        "publisher": "Statistics Testland",
        "dataset": dataset,
        "title": f"Table {dataset}",
        "publisher_address": "https://testland.example",
        "obtained_via": "written by the tests",
        "licence": "CC0",
        "reference_dates": dict(zip(("first", "last"), SPANS.get(dataset, SPANS[""]), strict=True)),
        "geography": "towns",
        "geography_date": "each reference date",
        "unit_of_measure": "as published",
        "definition": "invented",
        "edition": "first",
        "date_accessed": VINTAGE,
        **snapshots.describe(raw, {"format": "csv"}, file),
    }


def build(root: Path, blocks: str = "") -> Path:
    """Write the whole project of Testland into ``root``, with the repository's workflow.

    ``blocks`` are added to the case: ``ROBUSTNESS``, ``SELECTION``.
    """
    for name in ("workflow", "profiles"):
        shutil.copytree(
            REPO / name,
            root / name,
            ignore=shutil.ignore_patterns("*.pyc.*", "*.egg-info"),
        )
    (root / "config/cases").mkdir(parents=True)
    (root / "config/datasets").mkdir()
    (root / "config/config.yaml").write_text("cases: [tl]\n", encoding="utf-8")
    (root / "config/breaks.yaml").write_text("{}\n", encoding="utf-8")
    shutil.copy2(REPO / "config/refresh.yaml", root / "config/refresh.yaml")
    (root / "config/cases/tl.yaml").write_text(CASE + blocks, encoding="utf-8")
    (root / "config/datasets/tl.yaml").write_text(DATASETS, encoding="utf-8")
    pins = [pin(root, name, as_csv(rows)) for name, rows in tables().items()]
    (root / "data/sources.yaml").write_text(
        strict_yaml.dumps({"snapshots": pins}), encoding="utf-8"
    )
    return root
