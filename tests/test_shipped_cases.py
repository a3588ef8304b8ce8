"""The shipped cases on real figures, held against plain arithmetic on the pinned tables."""

from __future__ import annotations

import csv
import io
import runpy
import statistics
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from conftest import copied, snakemake

from smstra import config, figure_rules

# One worker runs the shipped cases for all of these tests.
pytestmark = pytest.mark.xdist_group("shipped")

REPO = Path(__file__).resolve().parents[1]
CONTRACT = (
    "unit,name,region,size_class,sf,varun,varni,sf_reference,varun_reference,varni_reference,"
    "sf_high,economy_improving,population_improving,type,flags"
)
MIXED = {
    (True, True, False): "settled_economy_improving_population_declining",
    (False, True, False): "not_settled_economy_improving_population_declining",
    (True, False, True): "settled_economy_declining_population_improving",
    (False, False, True): "not_settled_economy_declining_population_improving",
}


def snapshot(name: str) -> list[dict[str, str]]:
    path = next((REPO / "data/snapshots").glob(f"*/{name}/*/*.csv"))
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def table(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8"))))


@pytest.fixture(scope="module")
def be(shipped):
    return {row["unit"]: row for row in table(shipped, "results/be/typology.csv")}


@pytest.fixture(scope="module")
def de(shipped):
    return {row["unit"]: row for row in table(shipped, "results/de/typology.csv")}


def test_a_run_in_another_folder_gives_the_same_bytes(shipped, tmp_path):
    """Of what decides Germany's types and towns; `make rerun` holds all that a run makes against another."""
    again = copied(tmp_path / "again")
    done = snakemake(again, "robustness", "selection", "--cores", "1", "--config", "cases=de")
    assert done.returncode == 0, done.stderr
    paths = sorted(path for path in (again / "results/de").rglob("*") if path.is_file())
    names = [path.relative_to(again) for path in paths]
    assert len(names) > 20
    assert [n for n in names if (again / n).read_bytes() != (shipped / n).read_bytes()] == []


@pytest.mark.parametrize("case", ["be", "de"])
def test_the_typology_has_the_columns_of_the_contract_and_is_sorted(shipped, case):
    raw = (shipped / f"results/{case}/typology.csv").read_bytes()
    assert b"\r" not in raw
    header = raw.decode().split("\n")[0]
    assert header == CONTRACT + ",cell,sf_distance,varun_distance,varni_distance"
    units = [row["unit"] for row in table(shipped, f"results/{case}/typology.csv")]
    assert units == sorted(units)
    assert len(units) == len(set(units)) == {"be": 589, "de": 400}[case]


@pytest.mark.parametrize("case", ["be", "de"])
def test_the_other_tables_have_the_columns_of_the_contract(shipped, case):
    indicators = (shipped / f"results/{case}/indicators.csv").read_text(encoding="utf-8")
    assert indicators.startswith(
        "unit,indicator,value,unit_of_measure,year_from,year_to,year_asked,level,substituted,"
        "flags,source\n"
    )
    rows = table(shipped, f"results/{case}/indicators.csv")
    keys = [(row["unit"], row["indicator"]) for row in rows]
    assert keys == sorted(keys)
    assert {row["substituted"] for row in rows} <= {"true", "false"}
    for name in ("sufficiency.csv", "profiles.csv", "workbook.xlsx", "config.resolved.yaml"):
        assert (shipped / f"results/{case}/{name}").stat().st_size > 0
    for figure in (name for names in figure_rules.FAMILIES.values() for name in names):
        for form in ("png", "svg", "pdf", "csv", "md"):
            assert (shipped / f"results/{case}/figures/{figure}.{form}").stat().st_size > 0


def shares(case: str) -> tuple[dict[str, tuple[int, int]], float]:
    held = {
        r["nis"]: (int(r["foreign"]), int(r["foreign"]) + int(r["belgian"]))
        for r in snapshot("population_by_nationality")
        if r["year"] == "2009"
    }
    return held, 100 * sum(f for f, _ in held.values()) / sum(n for _, n in held.values())


def test_be_sf_is_the_share_of_2009_and_says_that_it_stands_for_2005(be):
    held, national = shares("be")
    for unit, row in be.items():
        assert float(row["sf"]) == pytest.approx(100 * held[unit][0] / held[unit][1], rel=1e-14)
        assert float(row["sf_reference"]) == pytest.approx(national, rel=1e-14)
        assert "sf:year_substituted=2009-01-01_for_2005-01-01" in row["flags"]
    assert national == pytest.approx(100 * 1013260 / 10753080)


def test_be_varun_is_the_rate_of_the_nuts_2_area_and_is_marked(be):
    lfs = {
        (r["geo"], r["year"]): (float(r["unemployed_thousand"]), float(r["employed_thousand"]))
        for r in snapshot("lfs_unemployment_nuts2")
        if r["geo"].startswith("BE")
    }
    area = {r["nis"]: r["nuts2"] for r in snapshot("municipality_nuts2010")}

    def change(geo: str) -> float:
        after, before = lfs[geo, "2014"], lfs[geo, "2005"]
        return 100 * after[0] / sum(after) - 100 * before[0] / sum(before)

    for unit, row in be.items():
        assert float(row["varun"]) == pytest.approx(change(area[unit]), abs=1e-12)
        assert float(row["varun_reference"]) == pytest.approx(change("BE"), abs=1e-12)
        assert f"varun:level=nuts2:{area[unit]}" in row["flags"]
        assert "varun:break=flag_b_2011" in row["flags"]
        assert "varun:status=2005:b" in row["flags"]


def test_be_varni_and_its_national_aggregate(be):
    people = {(r["nis"], r["year"]): int(r["population"]) for r in snapshot("population")}
    for unit, row in be.items():
        expected = 100 * (people[unit, "2014"] / people[unit, "2005"] - 1)
        assert float(row["varni"]) == pytest.approx(expected, abs=1e-11)
        assert float(row["varni_reference"]) == pytest.approx(
            100 * (11150516 / 10445852 - 1), abs=1e-11
        )


def test_de_values_and_references(de):
    inkar = {(r["county_code"], r["year"]): r for r in snapshot("kreise_inkar")}
    people = {
        (r["county_code"], r["year"]): int(r["population_31_december"])
        for r in snapshot("kreise_population")
    }
    change = {
        u: float(inkar[u, "2014"]["unemployment_rate"])
        - float(inkar[u, "2005"]["unemployment_rate"])
        for u in de
    }
    share = {u: float(inkar[u, "2005"]["share_foreign"]) for u in de}
    weighted = sum(share[u] * people[u, "2005"] for u in de) / sum(people[u, "2005"] for u in de)
    total = {y: sum(people[u, y] for u in de) for y in ("2005", "2014")}
    for unit, row in de.items():
        assert float(row["sf"]) == share[unit]
        assert float(row["sf_reference"]) == pytest.approx(weighted, abs=1e-10)
        assert float(row["varun"]) == pytest.approx(change[unit], abs=1e-12)
        assert float(row["varun_reference"]) == pytest.approx(
            statistics.median(change.values()), abs=1e-12
        )
        grown = 100 * (people[unit, "2014"] / people[unit, "2005"] - 1)
        assert float(row["varni"]) == pytest.approx(grown, abs=1e-11)
        assert float(row["varni_reference"]) == pytest.approx(
            100 * (total["2014"] / total["2005"] - 1), abs=1e-11
        )
        assert "varun:break=hartz_iv_2005:transition" in row["flags"]
        assert "varni:break=census_2011_de_population" in row["flags"]


@pytest.mark.parametrize("case", ["be", "de"])
def test_answers_types_cells_and_distances_follow_from_values_and_references(shipped, case):
    letters = {(True, True, True): "A", (False, True, True): "B"}
    letters |= {(True, False, False): "C", (False, False, False): "D"}
    for row in table(shipped, f"results/{case}/typology.csv"):
        gap = {c: float(row[c]) - float(row[f"{c}_reference"]) for c in ("sf", "varun", "varni")}
        for column, distance in gap.items():
            assert float(row[f"{column}_distance"]) == pytest.approx(distance, abs=1e-9)
        answers = (gap["sf"] >= -1e-9, gap["varun"] <= 1e-9, gap["varni"] >= -1e-9)
        said = tuple(
            row[c] == "true" for c in ("sf_high", "economy_improving", "population_improving")
        )
        assert said == answers
        assert row["type"] == letters.get(answers, "mixed")
        assert row["cell"] == letters.get(answers, MIXED.get(answers))


def test_size_classes_of_belgium_by_hand(be):
    people = {r["nis"]: int(r["population"]) for r in snapshot("population") if r["year"] == "2014"}
    area = {r["nis"]: float(r["area_km2"]) for r in snapshot("area_2014")}
    for unit, row in be.items():
        n = people[unit]
        if n >= 250000:
            expected = "large city"
        elif n >= 100000:
            expected = "medium town"
        elif n >= 50000:
            expected = "small town"
        elif n >= 5000:
            expected = "rural area" if n / area[unit] < 300 else "dense 5,000-50,000"
        else:
            expected = "below 5,000"
        assert row["size_class"] == expected
    assert Counter(row["size_class"] for row in be.values())["medium town"] == 7


def test_sums_agree_with_published_totals_and_are_written(shipped):
    checks = table(shipped, "results/be/aggregate_checks.csv")
    assert all(row["agrees"] == "true" for row in checks)
    by_name = Counter(row["check"] for row in checks)
    assert by_name["foreign_residents_by_region"] == 30
    total = {r["date"]: r["computed"] for r in checks if r["check"].startswith("inhabitants")}
    assert total == {"2005-01-01": "10445852", "2014-01-01": "11150516"}
    share = next(r for r in checks if r["check"] == "foreign_share_2005")
    assert float(share["computed"]) == pytest.approx(8.34, abs=0.005)


def test_income_of_a_unit_that_merged_in_2019_is_the_merged_unit_s_and_marked(shipped):
    rows = {
        r["unit"]: r
        for r in table(shipped, "results/be/indicators.csv")
        if r["indicator"] == "income_per_resident_2014"
    }
    income = {
        r["nis"]: float(r["total_net_taxable_income_eur"]) / int(r["residents_following_1_january"])
        for r in snapshot("income")
        if r["income_year"] == "2014"
    }
    merged = {
        (r["old_nis"], r["new_nis"])
        for r in snapshot("municipality_changes")
        if r["effective"] == "2019-01-01" and r["kind"] == "merger"
    }
    assert len(merged) == 15
    for old, new in merged:
        assert float(rows[old]["value"]) == pytest.approx(income[new], rel=1e-12)
        assert f"merged_unit={new}" in rows[old]["flags"]
    assert float(rows["11001"]["value"]) == pytest.approx(income["11001"], rel=1e-12)
    assert "merged_unit" not in rows["11001"]["flags"]


@pytest.mark.parametrize("case", ["be", "de"])
def test_the_workbook_has_every_table_a_readme_and_no_formula(shipped, case):
    path = shipped / f"results/{case}/workbook.xlsx"
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == "readme"
    assert {"overview", "typology", "indicators", "sufficiency", "references", "sources"} <= set(
        book.sheetnames
    )
    typology = table(shipped, f"results/{case}/typology.csv")
    sheet = book["typology"]
    assert sheet.max_row == len(typology) + 1
    assert sheet.freeze_panes is not None
    assert sheet.auto_filter.ref is not None
    kinds = {cell.data_type for s in book for line in s.iter_rows() for cell in line}
    assert "f" not in kinds
    codes = [line[0].value for line in sheet.iter_rows(min_row=2)]
    assert codes == [row["unit"] for row in typology]
    with zipfile.ZipFile(path) as members:
        assert {info.date_time[0] for info in members.infolist()} == {1980}


def test_a_name_that_looks_like_a_formula_stays_a_name(testland_done):
    book = openpyxl.load_workbook(testland_done / "results/tl/workbook.xlsx")
    names = [row[1] for row in book["typology"].iter_rows(min_row=2)]
    assert [cell.value for cell in names[:5]] == [
        "=1+1",
        'Übel, "Bad"',
        "+cmd",
        "Łańcut-op-Zee",
        "@sum",
    ]
    assert {cell.data_type for cell in names} == {"s"}


@pytest.mark.parametrize("case", ["be", "de"])
def test_figures_carry_their_data_source_line_and_alt_text(shipped, case):
    folder = shipped / f"results/{case}/figures"
    typology = table(shipped, f"results/{case}/typology.csv")
    drawn = table(folder, "quadrants.csv")
    assert [(r["unit"], r["x"], r["y"]) for r in drawn] == [
        (r["unit"], r["varun"], r["varni"]) for r in typology
    ]
    number = Counter(row["type"] for row in typology)
    words = (folder / "quadrants.md").read_text(encoding="utf-8")
    up, down = number["A"] + number["B"], number["C"] + number["D"]
    headline = words.split("\n")[0]
    assert f" improve against their references in {up} of {len(typology)} units" in headline
    assert f" both decline in {down};" in headline
    assert "Alt text: " in words
    assert "copy of 2026-11-22" in words
    index = table(folder, "population_index.csv")
    base = {"be": "2005-01-01", "de": "2005-12-31"}[case]
    at_base = [row for row in index if row["date"] == base]
    towns = table(shipped, f"results/{case}/towns.csv")
    chosen = table(shipped, f"results/{case}/selection/selection.csv")
    assert {row["unit"] for row in towns} == {r["unit"] for r in chosen if r["set"] == "1"}
    assert {row["unit"] for row in at_base} > {row["unit"] for row in towns}
    assert {row["index"] for row in at_base} == {"100"}
    for row in index:
        first = next(r for r in at_base if r["unit"] == row["unit"])
        assert float(row["index"]) == pytest.approx(
            100 * float(row["value"]) / float(first["value"]), rel=1e-12
        )
    svg = (folder / "quadrants.svg").read_text(encoding="utf-8")
    assert "<dc:date>" not in svg
    assert b"CreationDate" not in (folder / "quadrants.pdf").read_bytes()


def test_every_pin_says_all_that_an_auditor_asks():
    settings = config.load({"cases": ["be", "de"]}, root=REPO)
    shipped = {p.relative_to(REPO).as_posix() for p in (REPO / "data/snapshots").rglob("*.*")}
    shipped = {p for p in shipped if Path(REPO / p).is_file()}
    assert {pin["file"] for pin in settings.pins} == shipped
    assert sum((REPO / p).stat().st_size for p in shipped) < 40_000_000


def test_the_configuration_reference_is_what_the_schemas_say():
    page = runpy.run_path(str(REPO / "docs/config_reference.py"))["page"]()
    assert (REPO / "config/README.md").read_text(encoding="utf-8") == page
