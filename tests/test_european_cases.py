"""Cities of two vintages and NUTS areas of five versions: nothing is joined that is not the same territory."""

from __future__ import annotations

import csv
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from build import VARIABLES, case, observations, row, towns

from smstra import aggregate_checks, case_rules, config, geography, job_settings
from smstra.audit.recompute_geography import CaseFigures
from smstra.config import Settings
from smstra.errors import ConfigError, DataError, SourceError
from smstra.lookup import Figures
from smstra.sources.registers import join_registers, load_frame, read_changes
from smstra.sources.tables import observations_of, read_observations
from smstra.stages.harmonised import harmonised_figures
from smstra.stages.indicators import indicators_of
from smstra.stages.typology import typology_of
from smstra.stages.units import units_of
from smstra.stages.whole import types_of

ROOT = Path(__file__).resolve().parents[1]
EUROSTAT = ROOT / "data/snapshots/eurostat"
CITIES = EUROSTAT / "city_population/2026-11-22/city_population_2016_vintage.csv"
RATES = EUROSTAT / "city_unemployment/2026-11-22/city_unemployment_2026_vintage.csv"
PEOPLE = EUROSTAT / "nuts_population/2026-11-22/nuts_population_2021_vintage.csv"
AREAS = EUROSTAT / "nuts_areas/2026-11-22/nuts_areas.csv"
CHANGES = EUROSTAT / "nuts_changes/2026-11-22/nuts_changes.csv"
EFTA_AND_CANDIDATES = {"AL", "CH", "IS", "LI", "ME", "MK", "NO", "RS", "TR"}


def lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return config.load({"cases": ["eu-cities", "eu-nuts3"]}, root=ROOT)


@pytest.fixture(scope="module")
def cities(settings: Settings) -> pd.DataFrame:
    return types_of("eu-cities", settings, ROOT).set_index("unit")


# --- cities -----------------------------------------------------------------------------------


def changed(path: Path, code: str, value: str, first: str, last: str) -> dict[str, dict[str, Any]]:
    """By city, the figures of both years, from the raw table."""
    held: dict[str, dict[str, float]] = {}
    for line in lines(path):
        if line["year"] in (first, last) and line[code][2:].rstrip("0123456789").endswith("C"):
            held.setdefault(line[code], {})[line["year"]] = float(line[value])
    return {city: both for city, both in held.items() if len(both) == 2}


def test_growing_cities_by_country_as_counted_from_the_raw_table(cities: pd.DataFrame) -> None:
    growth = {
        city: both["2014"] / both["2004"] - 1
        for city, both in changed(CITIES, "city", "population", "2004", "2014").items()
    }
    by_country: dict[str, list[float]] = {}
    for city, value in growth.items():
        by_country.setdefault(city[:2], []).append(value)
    middle = {country: statistics.median(values) for country, values in by_country.items()}
    expected = Counter(
        (city[:2], value >= middle[city[:2]] - 1e-11) for city, value in growth.items()
    )
    known = cities[cities["population_improving"].notna()]
    found = Counter(zip(known["region"], known["population_improving"].astype(bool), strict=True))
    assert found == expected
    assert len(known) == 427


def test_falling_unemployment_by_country_as_counted_from_the_raw_table(
    cities: pd.DataFrame,
) -> None:
    rose = {
        city: both["2014"] - both["2004"]
        for city, both in changed(
            RATES, "city", "unemployment_rate_percent", "2004", "2014"
        ).items()
    }
    german = [value for city, value in rose.items() if city[:2] == "DE"]
    falling = sum(round(value, 9) <= round(statistics.median(german), 9) for value in german)
    known = cities[cities["economy_improving"].notna()]
    assert set(known.index) == {f"2026-{city}" for city in rose}
    assert known.loc[known["region"] == "DE", "economy_improving"].astype(bool).sum() == falling


def test_no_unit_has_figures_of_two_vintages(cities: pd.DataFrame, settings: Settings) -> None:
    raw_2016 = {line["city"] for line in lines(CITIES) if "C" in line["city"][2:]}
    raw_2026 = {line["city"] for line in lines(RATES)}
    assert set(cities.index) == {f"2016-{c}" for c in raw_2016} | {f"2026-{c}" for c in raw_2026}
    old = cities.index.str.startswith("2016-")
    assert cities.loc[old, "varun"].isna().all() and cities.loc[~old, "varni"].isna().all()
    assert set(cities["type"]) == {"undetermined"}
    assert cities["flags"].str.contains("sf:missing=not_available").all()


def test_greater_cities_are_another_level(settings: Settings) -> None:
    part = job_settings.observations(settings, "eurostat_city_population")
    table = observations_of(
        "eurostat_city_population", part["datasets"], part["pins"], part["variables"], ROOT
    )
    levels = table.drop_duplicates("unit").set_index("unit")["level"]
    assert levels["2016-PT002K1"] == "greater_city"
    assert levels["2016-BE005C1"] == "city"
    assert Counter(levels) == {"city": 943, "greater_city": 32}


def test_a_table_of_another_vintage_is_refused_for_the_same_units(settings: Settings) -> None:
    datasets = {name: dict(entry) for name, entry in settings.datasets.items()}
    datasets["eurostat_city_unemployment"]["code_system"] = "urban_audit"
    with pytest.raises(ConfigError) as caught:
        case_rules.check_case(
            settings.cases["eu-cities"], datasets, settings.variables, lambda _: "the case"
        )
    said = str(caught.value)
    assert "'eurostat_city_unemployment', which holds figures of each city" in said
    assert "'urban_audit'" in said and "are not joined" in said
    assert "make a case of its own with `geography.code_system: urban_audit`" in said


# --- the list of NUTS areas -------------------------------------------------------------------


def test_numbers_of_areas_are_those_of_the_regulations() -> None:
    versions = {"2010": "2012-06-30", "2013": "2015-06-30", "2016": "2018-06-30"}
    held: Counter[tuple[str, str]] = Counter()
    for line in lines(AREAS):
        if line["code"][:2] in EFTA_AND_CANDIDATES:
            continue
        for name, day in versions.items():
            held[name, line["level"]] += line["valid_from"] <= day <= line["valid_to"]
    assert held["2010", "nuts2"] == 272
    assert held["2013", "nuts2"] == 276
    assert held["2016", "nuts2"] == 281
    assert held["2016", "nuts3"] == 1348


def test_the_table_of_inhabitants_has_the_codes_of_2016() -> None:
    valid = {
        line["code"]: line["level"]
        for line in lines(AREAS)
        if line["valid_from"] <= "2018-01-01" <= line["valid_to"]
    }
    published = {line["geo"] for line in lines(PEOPLE)}
    published = {c for c in published if len(c) in (4, 5) and "X" not in c and c[:2] != "EU"}
    assert published - {"EFTA", "NO060"} == {c for c, level in valid.items() if level != "state"}
    lau = {line["nuts3_2016"] for line in lines(EUROSTAT / "lau_2019/2026-11-22/lau_2019.csv")}
    # The list of municipalities has Albania without the level 1 digit, and Northern Ireland as of 2021.
    odd = {c for c in lau - set(valid) if c[:2] != "AL" and not c.startswith("UKN0")}
    assert odd == {"ELZZZ"}


def test_no_file_is_pinned_for_two_datasets(settings: Settings) -> None:
    # A trace finds the dataset of a cell by its file.
    files = Counter(pin["file"] for pin in settings.pins)
    assert [file for file, number in files.items() if number > 1] == []


def test_every_change_leads_from_a_version_to_the_next() -> None:
    spans: dict[str, list[tuple[str, str]]] = {}
    for line in lines(AREAS):
        spans.setdefault(line["code"], []).append((line["valid_from"], line["valid_to"]))
    for line in lines(CHANGES):
        day = line["effective"]
        assert any(first < day for first, _ in spans[line["old"]]), line
        assert any(first <= day <= last for first, last in spans[line["new"]]), line
        if line["kind"] in ("recode", "merger", "split"):
            assert not any(first <= day <= last for first, last in spans[line["old"]]), line


# --- NUTS 3 -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nuts(settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Units and harmonised figures of the case."""
    part = job_settings.units(settings, "eu-nuts3")
    units = units_of(part, ROOT)
    observed = []
    for name in settings.cases["eu-nuts3"]["datasets"]:
        own = job_settings.observations(settings, name)
        observed.append(observations_of(name, own["datasets"], own["pins"], own["variables"], ROOT))
    return units, harmonised_figures(part, observed, units, ROOT)


def test_growing_areas_of_each_country_as_counted_from_the_raw_table(
    settings: Settings, nuts: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    held: dict[str, dict[str, int]] = {}
    for line in lines(PEOPLE):
        code = line["geo"]
        if len(code) == 5 and "X" not in code and line["year"] in ("2005", "2014"):
            held.setdefault(code, {})[line["year"]] = int(line["population_1_january"])
    both = {code: h for code, h in held.items() if len(h) == 2}
    start: Counter[str] = Counter()
    end: Counter[str] = Counter()
    for code, h in both.items():
        start[code[:2]] += h["2005"]
        end[code[:2]] += h["2014"]
    growing = Counter(
        code[:2]
        for code, h in both.items()
        # Exactly: h14 / h05 >= end / start.
        if h["2014"] * start[code[:2]] >= end[code[:2]] * h["2005"]
    )
    units, table = nuts
    rows = table[(table["variable"] == "residents") & (table["level"] == "nuts3")]
    wide = rows.pivot(index="unit", columns="date", values="value")
    wide = wide[["2005-01-01", "2014-01-01"]].dropna()
    assert len(wide) == len(both) == 1360
    values, _ = indicators_of(job_settings.indicators(settings, "eu-nuts3"), Figures(table), units)
    _, types = typology_of(
        job_settings.typology(settings, "eu-nuts3"), Figures(table), units, values
    )
    assert Counter(types.loc[types["population_improving"] == True, "region"]) == growing  # noqa: E712
    assert set(types["type"]) == {"undetermined"}


def test_a_country_is_checked_where_all_its_areas_have_a_figure(
    settings: Settings, nuts: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    units, table = nuts
    part = job_settings.checks(settings, "eu-nuts3")
    held = Figures(table)
    found = aggregate_checks.run(part["case"], held, units, part["variables"])
    assert set(found["group"]) == set(units["region"]) - {"RS"}
    off = found[found["difference"] != 0]
    # Persons of North Macedonia whose area is not known.
    assert off[["group", "difference"]].to_numpy().tolist() == [["MK", -359.0]]
    check = part["case"]["aggregate_checks"]["inhabitants_2014"]
    check |= {"date": "2005-01-01", "tolerance": 276174}
    found = aggregate_checks.run(part["case"], held, units, part["variables"])
    # Some of their areas have no figure of 2005.
    assert not {"DE", "FR", "NL", "PL", "UK"} & set(found["group"])
    assert found.set_index("group").at["RO", "difference"] == 276174
    check["date"] = "2014-01-01"
    del check["each_area_alone"]
    with pytest.raises(DataError, match="no date has the figures on both sides"):
        aggregate_checks.run(part["case"], held, units, part["variables"])


def test_unemployment_is_carried_by_recodes_and_by_nothing_else(
    nuts: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    _, table = nuts
    rows = table[(table["variable"] == "unemployed_lfs") & (table["level"] == "nuts2")]
    at = rows[rows["date"] == "2005-01-01"].set_index("unit")
    raw = {
        line["geo"]: float(line["unemployed_thousand"])
        for line in lines(EUROSTAT / "lfs_unemployment_nuts2/2026-11-22/lfs_unemployment_nuts2.csv")
        if line["year"] == "2005" and line["unemployed_thousand"]
    }
    for new, old in {"EL51": "EL11", "FRB0": "FR24", "FRY4": "FR94", "PL81": "PL31"}.items():
        assert at.loc[new, ["value", "conversion"]].tolist() == [raw[old], "recode"]
    assert at.loc["BE21", ["value", "conversion"]].tolist() == [raw["BE21"], "none"]
    for area, conversion in {
        "HU11": "split",
        "LT01": "split",
        "PL91": "split",
        "UKI3": "split",
        "IE05": "boundary_shift",
        "SI03": "boundary_shift",
        "UKM9": "boundary_shift",
    }.items():
        assert pd.isna(at.loc[area, "value"])
        assert at.loc[area, ["status", "conversion"]].tolist() == ["not_convertible", conversion]


def test_the_second_program_converts_alike(
    settings: Settings, nuts: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    again = CaseFigures("eu-nuts3", settings, ROOT)
    units, table = nuts
    assert set(again.areas("nuts2")) == set(units["nuts2"])
    for date in ("2005-01-01", "2014-01-01"):
        held = again.table("unemployed_lfs", "nuts2", date)
        at = table[
            (table["variable"] == "unemployed_lfs")
            & (table["level"] == "nuts2")
            & (table["date"] == date)
        ].set_index("unit")
        wanted = set(units["nuts2"])
        found = {area: (h.value, h.gap) for area, h in held.items() if area in wanted}
        assert set(found) == set(at.index)
        for area, (value, gap) in found.items():
            if value is None:
                assert pd.isna(at.at[area, "value"])
                assert (gap == "not_convertible") == (at.at[area, "status"] == "not_convertible")
            else:
                assert float(value) == at.at[area, "value"]


def test_a_code_of_another_version_is_refused_with_its_version_and_the_remedy(
    settings: Settings,
) -> None:
    part = job_settings.observations(settings, "eurostat_nuts_population")
    entry = part["datasets"]["eurostat_nuts_population"]
    frame = load_frame("eurostat_nuts_population", part["datasets"], part["pins"], ROOT)
    frame = frame.head(40).assign(geo="FRB0")
    frame["year"] = [str(1900 + n) for n in range(40)]
    frame.loc[frame.index[3], "geo"] = "FR24"
    areas = join_registers(["eurostat_nuts_areas"], None, part["datasets"], part["pins"], ROOT)
    versions = part["datasets"]["eurostat_nuts_areas"]["versions"]
    told = {**entry, "versions": versions}
    with pytest.raises(SourceError) as caught:
        read_observations(
            "eurostat_nuts_population", told, frame, part["variables"], areas, partial=True
        )
    said = str(caught.value)
    assert f"line {frame.index[3]}: the code 'FR24' is no nuts2 of NUTS 2016" in said
    assert "it is a nuts2 of NUTS 2010, NUTS 2013" in said
    assert '`geography_date: "2015-01-01"`' in said


# --- an invented table of changes ---------------------------------------------------------------

EARLY, LATE = "2015-01-01", "2018-01-01"
INVENTED = pd.DataFrame(
    [
        ("R1", "R9", LATE, "recode"),
        ("M1", "M9", LATE, "merger"),
        ("M2", "M9", LATE, "merger"),
        ("S1", "S8", LATE, "split"),
        ("S1", "S9", LATE, "split"),
        ("B1", "B1", LATE, "boundary_shift"),
        ("B1", "B2", LATE, "boundary_shift"),
        ("B2", "B2", LATE, "boundary_shift"),
    ],
    columns=["old", "new", "effective", "kind"],
)


def brought(units: str, day: str, date: str, values: Mapping[str, float]) -> pd.DataFrame:
    """A count and a rate of each area of ``day``, brought to the areas of ``date``."""
    made = [
        {**row(unit, variable, "2014", value), "geography": f"inv@{day}"}
        for unit, value in values.items()
        for variable in ("jobless", "rate")
    ]
    for each in made:
        each["level"] = "town"
    block = case(geography={"date": date})["geography"]
    table = geography.harmonise(
        observations(made), towns({"R": units.split()}), INVENTED, block, VARIABLES
    )
    return table.set_index(["variable", "unit"])


def test_recode_merger_split_and_shift_are_each_treated_as_said() -> None:
    values = {"R1": 1.0, "M1": 2.0, "M2": 3.0, "S1": 4.0, "B1": 5.0, "B2": 6.0, "U": 7.0}
    table = brought("R9 M9 S8 S9 B1 B2 U", EARLY, LATE, values)
    for variable in ("jobless", "rate"):
        assert table.loc[(variable, "R9"), ["value", "conversion"]].tolist() == [1.0, "recode"]
        assert table.loc[(variable, "U"), ["value", "conversion"]].tolist() == [7.0, "none"]
        for unit, what in {
            "S8": "split",
            "S9": "split",
            "B1": "boundary_shift",
            "B2": "boundary_shift",
        }.items():
            held = table.loc[(variable, unit)]
            assert pd.isna(held["value"])
            assert (held["status"], held["conversion"]) == ("not_convertible", what)
    assert table.loc[("jobless", "M9"), ["value", "conversion"]].tolist() == [5.0, "sum"]
    assert table.loc[("rate", "M9"), "status"] == "not_summable"


def test_a_newer_version_goes_back_by_recodes_only() -> None:
    values = {"R9": 1.0, "M9": 2.0, "S8": 3.0, "S9": 4.0, "B1": 5.0, "B2": 6.0, "U": 7.0}
    table = brought("R1 M1 M2 S1 B1 B2 U", LATE, EARLY, values)
    assert table.loc[("rate", "R1"), ["value", "conversion"]].tolist() == [1.0, "recode"]
    assert table.loc[("rate", "U"), ["value", "conversion"]].tolist() == [7.0, "none"]
    # The later area's figure, for one of its parts: marked, and for a count refused where it is asked.
    assert table.loc[("rate", "M1"), ["value", "conversion"]].tolist() == [2.0, "merged_unit"]
    for unit in ("S1", "B1", "B2"):
        assert pd.isna(table.loc[("rate", unit), "value"])
        assert table.loc[("rate", unit), "status"] == "not_convertible"


def test_what_merges_with_a_piece_is_a_new_territory() -> None:
    more = pd.DataFrame(
        [("S9", "Z", "2021-01-01", "merger"), ("R9", "Z", "2021-01-01", "merger")],
        columns=INVENTED.columns,
    )
    walk = geography.Crosswalk.between(EARLY, "2021-01-01", pd.concat([INVENTED, more]))
    assert walk.scattered["R1"] == (frozenset({"Z"}), "split")
    assert walk.scattered["S1"] == (frozenset({"S8", "Z"}), "split")
    assert walk.pairs == {"M1": "M9", "M2": "M9"}


def test_a_unit_that_goes_two_ways_must_say_how() -> None:
    entry = {"file": "here", "changes": {key: key for key in INVENTED.columns}}
    wrong = INVENTED.replace({"kind": {"split": "recode"}})
    with pytest.raises(SourceError, match="call each of its rows `split` or `boundary_shift`"):
        read_changes("invented", entry, wrong)
    with pytest.raises(SourceError, match="write merger, recode, split, boundary_shift"):
        read_changes("invented", entry, INVENTED.replace({"kind": {"split": "divided"}}))
    assert len(read_changes("invented", entry, INVENTED)) == len(INVENTED)
