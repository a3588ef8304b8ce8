"""Profiles of the chosen towns: ranks and look-alikes against plain arithmetic, pages against their tables."""

from __future__ import annotations

import html
import math
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import browser
import numpy as np
import pandas as pd
import pytest
from build import ROOT
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser
from scipy.spatial.distance import cdist
from testland_tables import Land, land_with, written

from smstra import config, csvio, locality_profiles
from smstra.errors import DataError
from smstra.flags_in_words import in_words
from smstra.language import Language
from smstra.report import profile_pages

SAY = Language("en")
CHOSEN = ["T01", "T05", "T12", "T04"]
AREAS = pd.DataFrame(columns=["area", "what", "indicator", "value", "how"])
CASE = {
    "comparison_decimals": 9,
    "profile": ["it"],
    "indicators": {"it": {"label": "It"}},
    "geography": {"level": "town"},
}


def units_of(regions: dict[str, str]) -> pd.DataFrame:
    table = pd.DataFrame({"unit": list(regions), "region": list(regions.values())})
    return table.assign(name="Town " + table["unit"], region_name="Region " + table["region"])


def values_of(values: dict[str, float], **flags: str) -> pd.DataFrame:
    table = pd.DataFrame({"unit": list(values), "value": list(values.values())})
    table["flags"] = [flags.get(unit, "") for unit in table["unit"]]
    more = {"unit_of_measure": "percent", "year_from": "2014", "year_to": "2014"}
    return table.assign(indicator="it", level="town", source="t@1", **more)


def ranks(values: dict[str, float], regions: dict[str, str], **flags: str) -> dict[str, tuple]:
    """Return rank in region, of, rank in country, of, by unit."""
    units = units_of(regions)
    made = locality_profiles.profiles(CASE, units, units, values_of(values, **flags), AREAS)
    columns = ["rank_in_region", "of_in_region", "rank_in_country", "of_in_country"]
    made = made.set_index("unit")[columns]
    return {
        unit: tuple(None if math.isnan(x) else int(x) for x in row)
        for unit, *row in made.itertuples()
    }


def test_equal_values_share_the_smallest_rank_and_a_missing_one_has_none() -> None:
    # 8.3 - 5.3 is not 3.0 in binary fractions, and is the same value here.
    values = {"a": 8.3 - 5.3, "b": 3.0, "c": 1.0, "d": 7.0, "e": math.nan}
    regions = {"a": "N", "b": "S", "c": "N", "d": "S", "e": "N"}
    assert ranks(values, regions) == {
        "a": (1, 2, 2, 4),
        "b": (2, 2, 2, 4),
        "c": (2, 2, 4, 4),
        "d": (1, 2, 1, 4),
        "e": (None, 2, None, 4),
    }


def test_a_value_that_several_units_share_counts_once() -> None:
    values = {"a": 9.0, "b": 9.0, "c": 4.0, "d": 4.0, "e": 2.0}
    regions = {"a": "N", "b": "N", "c": "N", "d": "S", "e": "S"}
    zones = {
        "a": "level=zone:Z1;status=2005:b",
        "b": "level=zone:Z1",
        "c": "break=x;level=zone:Z2",
        "d": "level=zone:Z2",
        "e": "level=zone:Z3",
    }
    assert ranks(values, regions, **zones) == {
        "a": (1, 2, 1, 3),
        "b": (1, 2, 1, 3),
        "c": (2, 2, 2, 3),
        "d": (1, 2, 2, 3),
        "e": (2, 2, 3, 3),
    }
    merged = {"a": "merged_unit=a", "b": "merged_unit=a"}
    assert ranks(values, regions, **merged)["c"] == (2, 2, 2, 4)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=12), st.data())
def test_ranks_are_those_of_a_competition(numbers: list[int], data: st.DataObject) -> None:
    names = [f"u{i:02d}" for i in range(len(numbers))]
    regions = {unit: data.draw(st.sampled_from(["N", "S"])) for unit in names}
    found = ranks(dict(zip(names, map(float, numbers), strict=True)), regions)
    table = pd.DataFrame({"value": numbers, "region": list(regions.values())}, index=names)
    of = {"method": "min", "ascending": False}
    everywhere = table["value"].rank(**of)
    inside = table.groupby("region")["value"].rank(**of)
    size = table["region"].map(table["region"].value_counts())
    assert found == {
        unit: (int(inside[unit]), int(size[unit]), int(everywhere[unit]), len(numbers))
        for unit in names
    }


def test_values_of_region_and_country_stand_beside_and_are_empty_where_there_are_none() -> None:
    units = units_of({"a": "N", "b": "S"})
    areas = pd.DataFrame(
        [
            ("N", "region", "it", 2.5, "median_of_units"),
            ("X", "country", "it", 3.5, "published"),
            ("N", "region", "other", 9.0, "published"),
        ],
        columns=["area", "what", "indicator", "value", "how"],
    )
    made = locality_profiles.profiles(CASE, units, units, values_of({"a": 1.0, "b": 2.0}), areas)
    assert list(made.columns) == locality_profiles.COLUMNS
    columns = ["region_value", "region_how", "country_value", "country_how"]
    assert made[columns].astype(object).fillna("").to_numpy().tolist() == [
        [2.5, "median_of_units", 3.5, "published"],
        ["", "", 3.5, "published"],
    ]


# Look-alikes.

BLOCK = {"look_alikes": 3, "compared_by": ["x", "y"], "distance": "mahalanobis", "among": "units"}


def measured(n: int, seed: int = 4) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return units, their two correlated indicators and types."""
    random = np.random.default_rng(seed)
    names = [f"u{i:02d}" for i in range(n)]
    x = random.normal(10, 3, n)
    y = 200 * x + random.normal(0, 300, n)
    units = units_of(dict.fromkeys(names, "N"))
    table = pd.DataFrame({"unit": names, "x": x, "y": y})
    long = table.melt("unit", var_name="indicator", value_name="value")
    return units, long, pd.DataFrame({"unit": names, "type": "A"})


@pytest.mark.parametrize(
    ("distance", "metric"),
    [("mahalanobis", "mahalanobis"), ("standardised_euclidean", "seuclidean")],
)
def test_look_alikes_are_the_nearest_by_scipys_distances(distance: str, metric: str) -> None:
    units, long, types = measured(40)
    case = {"locality_profiles": {**BLOCK, "distance": distance}}
    made = locality_profiles.look_alikes(case, units.iloc[[7, 3]], units, long, types)
    points = long.pivot(index="unit", columns="indicator", values="value").to_numpy()
    spread = (
        {"VI": np.linalg.inv(np.cov(points.T))}
        if metric == "mahalanobis"
        else {"V": points.var(axis=0, ddof=1)}
    )
    expected = cdist(points, points, metric, **spread)
    assert made["unit"].tolist() == ["u07"] * 3 + ["u03"] * 3
    assert made["place"].tolist() == [1, 2, 3] * 2
    for town, own in made.groupby("unit"):
        row = expected[int(town[1:])]
        nearest = [i for i in np.argsort(row) if i != int(town[1:])][:3]
        assert own["other"].tolist() == [f"u{i:02d}" for i in nearest]
        assert own["distance"].tolist() == pytest.approx(row[nearest].tolist(), rel=1e-9)


def test_what_differs_is_told_in_standard_deviations_the_largest_first() -> None:
    units, long, types = measured(40)
    made = locality_profiles.look_alikes(
        {"locality_profiles": BLOCK}, units.iloc[[7]], units, long, types
    )
    values = long.pivot(index="unit", columns="indicator", values="value")
    for row in made.to_dict("records"):
        apart = (values.loc[row["other"]] - values.loc["u07"]) / values.std(ddof=1)
        told = locality_profiles.contributions_in(row["contributions"])
        assert told == pytest.approx(apart.to_dict(), abs=0.00501)
        sizes = [abs(value) for value in told.values()]
        assert sizes == sorted(sizes, reverse=True)


def test_equal_distances_are_in_the_order_of_codes() -> None:
    units, _, types = measured(6)
    table = pd.DataFrame(
        {"unit": units["unit"], "x": [0, 1, -1, 1, 5, -5], "y": [0, 1, -1, 1, 9, 2]}
    )
    long = table.melt("unit", var_name="indicator", value_name="value").sample(
        frac=1, random_state=1
    )
    case = {"locality_profiles": {**BLOCK, "distance": "standardised_euclidean"}}
    made = locality_profiles.look_alikes(case, units.iloc[[0]], units, long, types)
    assert made["other"].tolist() == ["u01", "u02", "u03"]
    assert made["distance"].nunique() == 1


def test_candidates_alone_are_named_if_asked_and_distances_stay_the_same() -> None:
    units, long, types = measured(30)
    town = units.iloc[[7]]
    all_of_them = {"locality_profiles": {**BLOCK, "look_alikes": 29}}
    everyone = locality_profiles.look_alikes(all_of_them, town, units, long, types)
    passing = set(units["unit"][::3])
    checks = [("pass" if unit in passing else "fail") for unit in units["unit"]]
    candidates = pd.DataFrame({"unit": units["unit"], "candidate": checks})
    case = {"locality_profiles": {**BLOCK, "among": "candidates"}}
    made = locality_profiles.look_alikes(case, town, units, long, types, candidates)
    expected = everyone[everyone["other"].isin(passing)].head(3)
    columns = ["other", "distance", "contributions"]
    assert made[columns].to_numpy().tolist() == expected[columns].to_numpy().tolist()


def test_a_town_without_a_value_has_no_look_alikes_and_is_none() -> None:
    units, long, types = measured(12)
    long.loc[(long["unit"] == "u05") & (long["indicator"] == "y"), "value"] = math.nan
    case = {"locality_profiles": {**BLOCK, "look_alikes": 50}}
    made = locality_profiles.look_alikes(case, units.iloc[[5, 6]], units, long, types)
    assert set(made["unit"]) == {"u06"}
    assert sorted(made["other"]) == [f"u{i:02d}" for i in range(12) if i not in (5, 6)]


def test_without_the_block_or_a_town_there_are_no_look_alikes() -> None:
    units, long, types = measured(12)
    for case, towns in (({}, units), ({"locality_profiles": BLOCK}, units.iloc[:0])):
        made = locality_profiles.look_alikes(case, towns, units, long, types)
        assert made.empty
        assert list(made.columns) == locality_profiles.LOOK_ALIKE_COLUMNS


def test_an_indicator_that_is_the_same_everywhere_is_refused_by_its_key() -> None:
    units, long, types = measured(12)
    long.loc[long["indicator"] == "y", "value"] = 4.0
    with pytest.raises(DataError, match=r"^`locality_profiles\.compared_by`: y has the same value"):
        locality_profiles.look_alikes({"locality_profiles": BLOCK}, units, units, long, types)


# Flags in words.


def documented(heading: str) -> Iterator[str]:
    """Yield the first cells of the table below ``heading`` in docs/flags.md."""
    text = (ROOT / "docs/flags.md").read_text(encoding="utf-8")
    for line in text.split(f"| {heading} |")[1].splitlines()[2:]:
        if not line.startswith("|"):
            return
        yield line.split("`")[1]


EXAMPLES = {
    "FOUND_for_ASKED": "2009-01-01_for_2005-01-01",
    "DATE": "2020",
    "LEVEL:CODE": "nuts2:BE21",
    "CODE": "T95",
    "NAME": "sf",
    "YEAR:FLAGS": "2005:bu",
    "flag_b_YEAR": "flag_b_2011",
    "NAME:transition": "wave:transition",
}
KNOWN = {"indicators": {"sf": {"label": "Foreign residents"}}}
BREAKS = {"wave": {"title": "The wave"}, "sf": {"title": "The flood"}}


@pytest.mark.parametrize("pattern", list(documented("flag")))
def test_every_flag_of_the_documents_has_words(pattern: str) -> None:
    name, _, place = pattern.partition("=")
    flag = f"{name}={EXAMPLES.get(place, 'no_row')}"
    (said,) = in_words(flag, KNOWN, BREAKS, SAY)
    assert "=" not in said
    assert said != flag
    (led,) = in_words(f"sf:{flag}", KNOWN, BREAKS, SAY)
    assert led == f"Foreign residents: {said}"


@pytest.mark.parametrize("reason", list(documented("reason")))
def test_every_reason_of_the_documents_has_words(reason: str) -> None:
    code = reason.replace("VARIABLE", "residents").replace("FLAGS", "c").replace("YEAR", "2014")
    labels = {"residents": {"labels": {"en": "Inhabitants"}}}
    (said,) = in_words(f"missing={code}", KNOWN, BREAKS, SAY, labels)
    assert said.startswith("no value: ")
    assert said != f"no value: {code}"
    if ":" in code:
        assert "Inhabitants" in said
        assert "2014" in said


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        (
            "year_substituted=2009-01-01_for_2005-01-01",
            "the figure is of 1 January 2009, in place of 1 January 2005",
        ),
        ("level=nuts2:BE21", "the value is that of a larger area, NUTS 2 area BE21"),
        (
            "status=2005:bu",
            "the source flags the figure of 2005: b, break in the series and u, of low reliability",
        ),
        ("status=2005:b?", "the source flags the figure of 2005: b?"),
        ("break=wave", "the comparison spans a break: The wave"),
        ("break=wave:transition", "a date lies in the transition of a break: The wave"),
        ("break=flag_b_2011", "the comparison spans a break that the source flags in 2011"),
        ("something new", "something new"),
    ],
)
def test_flags_are_said_as_a_reader_would(flag: str, said: str) -> None:
    assert in_words(flag, KNOWN, BREAKS, SAY) == [said]


def test_no_flag_of_a_value_is_lost() -> None:
    flags = "year_substituted=2007-01-01_for_2005-01-01;level=zone:Z1;break=wave;what;x=y"
    assert len(in_words(flags, KNOWN, BREAKS, SAY)) == 5
    assert in_words("", KNOWN, BREAKS, SAY) == []


# Pages.


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Land:
    return land_with(tmp_path_factory.mktemp("land"), CHOSEN)


def run(land: Land, folder: Path, **changes: pd.DataFrame | None) -> Path:
    """Run the rule's script on Testland's tables; return the folder with its results."""
    script = runpy.run_path(str(ROOT / "workflow/scripts/make_locality_profiles.py"))
    used = ("units", "indicators", "sufficiency", "typology", "towns", "areas")
    used += ("intervals", "probabilities", "verdicts", "candidates")
    tables = {name: land.tables[name] for name in used} | changes
    files = written({k: v for k, v in tables.items() if v is not None}, folder / "given")
    outputs = (folder / name for name in ("locality_profiles.csv", "look_alikes.csv", "profiles"))
    script["run"](land.settings, files, *outputs)
    return folder


@pytest.fixture(scope="module")
def made(land: Land, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(land, tmp_path_factory.mktemp("made"))


def text_of(page: Path) -> str:
    """Return what a page says, without tags, on one line."""
    body = page.read_text(encoding="utf-8").split("<body>")[1]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_every_chosen_town_has_a_page_that_the_list_and_its_neighbours_lead_to(made: Path) -> None:
    pages = {page.name for page in (made / "profiles").iterdir()}
    assert pages == {"index.html", *(f"{unit}.html" for unit in CHOSEN)}
    leads = {
        name: [
            unquote(href)
            for href in re.findall(
                r'href="([^"#]+)"', (made / "profiles" / name).read_text("utf-8")
            )
        ]
        for name in pages
    }
    around = ["../report.html", "../explorer.html"]
    assert leads["index.html"] == [*around, *(f"{unit}.html" for unit in CHOSEN)]
    for before, own, after in zip([None, *CHOSEN[:-1]], CHOSEN, [*CHOSEN[1:], None], strict=True):
        nav = ["index.html", *(f"{unit}.html" for unit in (before, after) if unit), *around]
        assert leads[f"{own}.html"][: len(nav)] == nav
        assert set(leads[f"{own}.html"]) <= {*pages, *around}


def test_the_first_paragraph_is_the_data_in_words(made: Path) -> None:
    assert (
        "@sum lies in Region R1 (Testland). It had 19,400 inhabitants (1 January 2014). Its size class "
        "is: dense. Its density was 323 inhabitants per km² (1 January 2014; Testland: 347 inhabitants "
        "per km²). The number of inhabitants changed by −2.7\u202f% (1 January 2005 to 1 January 2014; "
        "Testland: +4.2\u202f%). Foreign nationals were 2.5\u202f% of its residents (the figure is of "
        "1 January 2007, in place of 1 January 2005; Testland: 6.7\u202f%). The unemployment rate was "
        "6.0\u202f% at the start of the period and 9.0\u202f% at its end, a change of +3.0 percentage "
        "points (2005 to 2014; the value is that of a larger area, zone Z2; the comparison spans a break "
        "that the source flags in 2010; Testland: +0.3 percentage points)."
    ).replace("\u202f", " ") in text_of(made / "profiles/T05.html").replace("\u202f", " ")


def test_the_table_of_numbers_is_the_csv_rounded(made: Path, land: Land) -> None:
    table = csvio.read(made / "locality_profiles.csv", locality_profiles.NUMBERS)
    assert table["unit"].unique().tolist() == CHOSEN
    assert table[["unit", "indicator"]].to_numpy().tolist() == [
        [unit, name] for unit in CHOSEN for name in land.settings["case"]["profile"]
    ]
    decimals = {"percent": 1, "inhabitants per km2": 0, "EUR": 0}
    for unit, own in table.groupby("unit"):
        page = (made / f"profiles/{unit}.html").read_text(encoding="utf-8")
        body = page.split('<table class="numbers">')[1].split("<tbody>")[1].split("</tbody>")[0]
        shown = [
            [
                " ".join(re.sub("<[^>]+>", "", cell).split())
                for cell in re.findall("<td.*?</td>", line)
            ]
            for line in body.split("<tr>")[1:]
        ]
        for cells, row in zip(shown, own.to_dict("records"), strict=True):
            keys = ("value", "region_value", None, "country_value")
            for cell, key in zip(cells[1:5], keys, strict=True):
                if key and not math.isnan(row[key]):
                    number = float(cell.replace(",", "").replace("−", "-"))
                    places = decimals[row["unit_of_measure"]]
                    assert number == pytest.approx(round(row[key], places))
            expected = f"{row['rank_in_region']:.0f} of {row['of_in_region']:.0f}"
            assert cells[3] == ("–" if math.isnan(row["value"]) else expected)


def test_a_value_of_a_larger_area_is_ranked_among_areas(land: Land, tmp_path: Path) -> None:
    case = {**land.settings["case"], "profile": ["varun"]}
    made = run(land._replace(settings={**land.settings, "case": case}), tmp_path)
    table = csvio.read(made / "locality_profiles.csv", locality_profiles.NUMBERS)
    assert table.set_index("unit")["of_in_country"].to_dict() == dict.fromkeys(CHOSEN, 3.0)
    assert "1 of 3 areas" in text_of(made / "profiles/T05.html")


def test_type_threshold_interval_verdict_and_probabilities_are_those_of_the_tables(
    made: Path, land: Land
) -> None:
    verdicts = land.tables["verdicts"].set_index("unit")
    bounds = land.tables["intervals"].set_index(["unit", "criterion"])
    for unit in CHOSEN:
        said = text_of(made / f"profiles/{unit}.html")
        assert f"Verdict: {verdicts.at[unit, 'verdict']}." in said
        assert " ".join(verdicts.at[unit, "because"].split()) in said
        for criterion in ("sf_high", "economy_improving", "population_improving"):
            row = bounds.loc[(unit, criterion)]
            signed = SAY.number if criterion == "sf_high" else SAY.signed
            for bound, words in (("keeps_from", "higher"), ("keeps_to", "lower")):
                if math.isnan(row[bound]):
                    continue
                outside = {"higher": "above", "lower": "below"}[words]
                number = signed(row[bound], 2)
                expected = (
                    f"{number} or {words}" if row[f"{bound}_included"] else f"{outside} {number}"
                )
                assert expected in said
    assert "A 70.0\u202f% 3.0".replace("\u202f", " ") in text_of(
        made / "profiles/T04.html"
    ).replace("\u202f", " ")


def test_look_alikes_candidate_and_sources_are_on_the_page(made: Path, land: Land) -> None:
    alike = csvio.read(made / "look_alikes.csv", locality_profiles.LOOK_ALIKE_NUMBERS)
    assert alike.groupby("unit").size().to_dict() == dict.fromkeys(CHOSEN, 3)
    candidates = land.tables["candidates"].set_index("unit")
    for unit, own in alike.groupby("unit"):
        said = text_of(made / f"profiles/{unit}.html")
        for row in own.to_dict("records"):
            assert f"{row['other']} · {row['other_region_name']}" in said
            assert f" {row['distance']:.2f} " in said
        passes = candidates.at[unit, "candidate"] == "pass"
        assert ("It is a candidate:" in said) == passes
        assert ("It is not a candidate." in said) == (not passes)
        assert " ".join(candidates.at[unit, "reasons"].split()) in said
        assert all(f"Table tl_{name};" in said for name in ("people", "survey", "land", "prices"))
        assert "Table tl_zones" not in said


def test_a_case_without_the_blocks_has_pages_without_these_parts(
    land: Land, tmp_path: Path
) -> None:
    case = {
        k: v
        for k, v in land.settings["case"].items()
        if k not in ("locality_profiles", "robustness")
    }
    lacking = dict.fromkeys(("intervals", "probabilities", "verdicts", "candidates"))
    made = run(land._replace(settings={**land.settings, "case": case}), tmp_path, **lacking)
    said = text_of(made / "profiles/T05.html")
    assert "The three criteria" in said
    for part in ("Verdict", "look-alikes", "Place in the selection", "Probability", "stays if"):
        assert part not in said
    assert csvio.read(made / "look_alikes.csv").empty


def test_without_a_chosen_town_the_list_says_so_and_old_pages_go(
    land: Land, tmp_path: Path
) -> None:
    run(land, tmp_path)
    run(land, tmp_path, towns=land.tables["towns"].iloc[:0])
    assert [page.name for page in (tmp_path / "profiles").iterdir()] == ["index.html"]
    assert "no town is chosen" in text_of(tmp_path / "profiles/index.html")
    assert (
        csvio.read(tmp_path / "locality_profiles.csv").columns.tolist() == locality_profiles.COLUMNS
    )


def test_a_missing_value_is_said_with_its_reason_everywhere(land: Land, tmp_path: Path) -> None:
    values = land.tables["indicators"].copy()
    own = (values["unit"] == "T05") & (values["indicator"] == "sf")
    values.loc[own, ["value", "flags"]] = [math.nan, "missing=residents_foreign:no_row@2007"]
    types = land.tables["typology"].copy()
    own = types["unit"] == "T05"
    types.loc[own, ["sf", "sf_distance"]] = math.nan
    types.loc[own, ["sf_high", "type", "cell"]] = [None, "undetermined", ""]
    towns = land.tables["towns"].copy()
    towns.loc[towns["unit"] == "T05", "type"] = "undetermined"
    made = run(land, tmp_path, indicators=values, typology=types, towns=towns)
    said = text_of(made / "profiles/T05.html")
    reason = "no value: the source has no row for Foreign residents in 2007"
    assert f"Foreign residents: {reason}." in said
    assert said.count(reason) == 2
    assert "Nothing can be compared, for @sum has no value of: Foreign residents." in said
    assert "Undetermined: a figure is missing, so there is no type" in said
    table = csvio.read(made / "locality_profiles.csv", locality_profiles.NUMBERS)
    row = table[(table["unit"] == "T05") & (table["indicator"] == "sf")].iloc[0]
    assert (row["of_in_country"], math.isnan(row["rank_in_country"])) == (11.0, True)


def test_a_name_is_text_whatever_it_looks_like(land: Land, tmp_path: Path) -> None:
    bad = '<img src="x" onerror="alert(1)">'
    towns, types, units = (land.tables[name].copy() for name in ("towns", "typology", "units"))
    towns.loc[towns["unit"] == "T05", ["name", "label"]] = bad
    for table in (types, units):
        table.loc[table["unit"] == "T05", "name"] = bad
    made = run(land, tmp_path, towns=towns, typology=types, units=units)
    for page in (made / "profiles").iterdir():
        assert "<img" not in page.read_text(encoding="utf-8")
    assert f"{bad} lies in" in text_of(made / "profiles/T05.html")


def test_a_code_is_a_file_name_and_an_address_whatever_it_holds() -> None:
    name = profile_pages.file_of("a/b c%")
    assert name == "a%2Fb%20c%25.html"
    assert "/" not in name


def test_own_texts_are_translated_and_the_rest_keeps_its_numbers(
    land: Land, tmp_path: Path
) -> None:
    own = {"en": {"dense": "thick", "Testland": "The Land", "Density": "Crowd"}}
    case = {**land.settings["case"], "translations": own}
    made = run(land._replace(settings={**land.settings, "case": case}), tmp_path)
    said = text_of(made / "profiles/T05.html")
    assert "Its size class is: thick." in said
    assert "@sum lies in Region R1 (The Land)." in said
    assert "Crowd" in said
    assert "Density" not in said


def test_a_second_run_gives_the_same_bytes(land: Land, made: Path, tmp_path: Path) -> None:
    shuffled = {
        name: land.tables[name].sample(frac=1, random_state=3)
        for name in ("indicators", "areas", "verdicts", "intervals", "probabilities")
    }
    again = run(land, tmp_path, **shuffled)
    names = [path.relative_to(made) for path in made.rglob("*") if path.is_file()]
    names = [name for name in names if name.parts[0] != "given"]
    assert len(names) == 2 + 1 + len(CHOSEN)
    for name in names:
        assert (again / name).read_bytes() == (made / name).read_bytes()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.launch() as started:
        yield started


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("size", [browser.WIDE, browser.NARROW])
@pytest.mark.parametrize("name", ["index.html", "T05.html"])
def test_pages_open_without_a_network_and_without_a_barrier(
    made: Path, chromium: Browser, name: str, size: tuple[int, int]
) -> None:
    with browser.opened(chromium, made / "profiles" / name, size) as page:
        assert browser.axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.xdist_group("browser")
def test_the_list_leads_to_a_page_by_keyboard_and_its_notes_to_their_words(
    made: Path, chromium: Browser
) -> None:
    with browser.opened(chromium, made / "profiles/index.html") as page:
        page.get_by_role("link", name="@sum").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/T05.html")
        note = page.get_by_role("link", name="Note 1").first
        target = note.get_attribute("href")
        assert "in place of 1 January 2005" in page.locator(target).inner_text()


@pytest.mark.xdist_group("browser")
def test_a_page_prints_on_a4_with_nothing_cut_off(made: Path, chromium: Browser) -> None:
    with browser.opened(chromium, made / "profiles/T05.html") as page:
        printed = page.pdf(prefer_css_page_size=True)
        page.emulate_media(media="print")
        # 210 mm less the margins of page.css, in CSS pixels.
        page.set_viewport_size({"width": round((210 - 2 * 16) / 25.4 * 96), "height": 1000})
        tables = page.locator("table").evaluate_all(
            "all => all.map(t => t.getBoundingClientRect().right)"
        )
        assert max(tables) <= (210 - 2 * 16) / 25.4 * 96 + 1
    sheets = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert {(round(float(wide)), round(float(high))) for wide, high in sheets} == {(595, 842)}


@pytest.mark.parametrize("case", ["be", "de"])
def test_look_alikes_of_the_shipped_cases_name_indicators_that_there_are(case: str) -> None:
    settings = config.load({"cases": [case]}, ROOT).cases[case]
    block: dict[str, Any] = settings["locality_profiles"]
    assert set(block["compared_by"]) <= set(settings["indicators"])
