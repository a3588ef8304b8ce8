"""The workflow as a user runs it, on Testland: results by hand, reruns, and what goes wrong."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tiny
from conftest import snakemake
from snakemake.api import SnakemakeApi
from snakemake.settings.enums import PrintDag
from snakemake.settings.types import DAGSettings, OutputSettings, ResourceSettings

TYPOLOGY = "results/tl/typology.csv"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def planned(folder: Path, *arguments: str) -> set[str]:
    """Return the rules that a dry run would run, or nothing."""
    done = snakemake(folder, "--dry-run", *arguments)
    assert done.returncode == 0, done.stderr
    lines = (done.stdout + done.stderr).splitlines()
    if "Job stats:" not in lines:
        return set()
    start = lines.index("Job stats:") + 3
    names = []
    for line in lines[start:]:
        if line.startswith("total"):
            break
        names.append(line.split()[0])
    return set(names) - {"all"}


def by_hand() -> dict[str, dict[str, object]]:
    """Testland's typology by plain arithmetic on the numbers that its tables are made from."""
    total = {y: sum(tiny.people(t, y) for t in tiny.TOWNS) for y in (2007, 2014)}
    # In 2007 T12 is still two places, whose counts add up to the later town's.
    parts = {y: sum(tiny.people(p, y) for p in tiny.PARTS) for y in (2005, 2007)}
    strangers = sum(tiny.foreign(p, 2007) for p in tiny.PARTS)
    town = {
        t: {
            "sf": 100 * tiny.foreign(t, 2007) / tiny.people(t, 2007),
            "varni": 100 * (tiny.people(t, 2014) / tiny.people(t, 2005) - 1),
        }
        for t in tiny.TOWNS
    }
    town["T12"] = {
        "sf": 100 * strangers / parts[2007],
        "varni": 100 * (tiny.people("T12", 2014) / parts[2005] - 1),
    }
    everyone = total[2007] - tiny.people("T12", 2007) + parts[2007]
    foreign = sum(tiny.foreign(t, 2007) for t in tiny.TOWNS[:-1]) + strangers
    rate = lambda zone, year: 100 * tiny.SURVEY[zone][year][0] / sum(tiny.SURVEY[zone][year])  # noqa: E731
    zones = ("Z1", "Z2", "Z3")
    sums = {y: [sum(tiny.SURVEY[z][y][i] for z in zones) for i in (0, 1)] for y in (2005, 2014)}
    national = 100 * sums[2014][0] / sum(sums[2014]) - 100 * sums[2005][0] / sum(sums[2005])
    letters = {(1, 1, 1): "A", (0, 1, 1): "B", (1, 0, 0): "C", (0, 0, 0): "D"}
    for name, values in town.items():
        values["varun"] = rate(tiny.ZONE[name], 2014) - rate(tiny.ZONE[name], 2005)
        answers = (
            values["sf"] >= 100 * foreign / everyone,
            values["varun"] <= national + 1e-9,
            values["varni"] >= 0,
        )
        values["type"] = letters.get(tuple(map(int, answers)), "mixed")
    return town


def test_every_town_has_the_values_and_the_type_that_plain_arithmetic_gives(testland_done):
    found = rows(testland_done / TYPOLOGY)
    expected = by_hand()
    assert [row["unit"] for row in found] == sorted(expected)
    for row in found:
        for column in ("sf", "varun", "varni"):
            assert float(row[column]) == pytest.approx(expected[row["unit"]][column], abs=1e-9)
        assert row["type"] == expected[row["unit"]]["type"]
    assert {row["type"] for row in found} == {"A", "B", "C", "D", "mixed"}


def test_substitution_stand_in_and_break_are_said_in_every_table(testland_done):
    flags = {row["unit"]: row["flags"] for row in rows(testland_done / TYPOLOGY)}
    assert all("sf:year_substituted=2007-01-01_for_2005-01-01" in f for f in flags.values())
    assert all(f"varun:level=zone:{tiny.ZONE[t]}" in f for t, f in flags.items())
    spans = {t for t, f in flags.items() if "varun:break=flag_b_2010" in f}
    assert spans == {t for t in tiny.TOWNS if tiny.ZONE[t] == "Z2"}
    profile = {row["unit"]: row["flags"] for row in rows(testland_done / "results/tl/profiles.csv")}
    assert all("price:merged_unit=T95" in profile[t] for t in ("T01", "T02"))
    assert "price:missing=median_price_all_houses:missing@2014" in profile["T03"]
    report = {r["indicator"]: r for r in rows(testland_done / "results/tl/sufficiency.csv")}
    assert report["sf"]["gap_years"] == "2"
    assert report["varun"]["level_found"] == "zone"
    assert (report["price"]["units_covered"], report["price"]["units_missing"]) == ("11", "1")


def test_the_terminal_shows_sufficiency_before_types_and_ends_with_the_counts(testland_done):
    said = (testland_done / "run.log").read_text(encoding="utf-8")
    assert said.index("Data sufficiency of case tl") < said.index("tl: 2 A, 2 B")
    assert "100%" in said
    last = said[said.index("Towns of Testland (case tl): 12 units") :]
    assert "types: A 2   B 2   C 1   D 1   mixed 6   undetermined 0" in last


def test_the_resolved_configuration_reruns_to_the_same_settings(testland_done):
    text = (testland_done / "results/tl/config.resolved.yaml").read_text(encoding="utf-8")
    assert "max_year_gap: 3" in text
    assert str(testland_done) not in text


def test_a_second_run_does_nothing(testland):
    again = snakemake(testland, "--cores", "2")
    assert again.returncode == 0
    assert "Nothing to be done" in again.stderr


@pytest.mark.parametrize(
    ("module", "rerun"),
    [
        ("report/workbook.py", {"write_workbook"}),
        ("figures/quadrants.py", {"draw_typology", "write_report"}),
        ("figures/housing.py", {"draw_housing", "write_report"}),
        ("explorer/assets/types.js", {"make_explorer"}),
        (
            "report/templates/profile.html.j2",
            {"make_locality_profiles", "write_workbook", "write_report"},
        ),
        ("summary.py", {"summarise"}),
        (
            "typology.py",
            {
                "classify",
                "choose_towns",
                "compare_areas",
                "make_profiles",
                "write_workbook",
                "draw_demography",
                "draw_economy",
                "draw_housing",
                "draw_typology",
                "make_locality_profiles",
                "make_explorer",
                "write_report",
                "summarise",
            },
        ),
        ("aggregate_checks.py", {"check_aggregates", "write_workbook", "write_report"}),
        ("config.py", set()),
    ],
)
def test_editing_a_module_reruns_exactly_what_depends_on_it(testland, module, rerun):
    path = testland / "workflow/lib/smstra" / module
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    # The manifest has the hash of every module; lineage and descriptions that of every output of a case.
    audit = {"trace_values", "describe_results"} if rerun - {"summarise"} else set()
    assert planned(testland) == rerun | audit | {"write_manifest"}


def test_editing_the_reader_reruns_every_table_and_all_that_follows(testland):
    path = testland / "workflow/lib/smstra/sources/tables.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    rerun = planned(testland)
    assert {"read_observations", "harmonise", "classify", "write_workbook"} <= rerun
    assert not rerun & {"make_units", "resolve_config"}


@pytest.mark.parametrize(
    ("change", "rerun", "kept"),
    [
        (
            "criteria: {sf_high: {reference: national_median}}",
            {"classify", "draw_typology", "write_report", "resolve_config"},
            {"read_observations", "harmonise", "compute_indicators", "make_units"},
        ),
        (
            "figures: {towns: {choose: deepest_inside_type}}",
            {"choose_towns", "draw_demography", "draw_typology", "resolve_config"},
            {"classify", "compute_indicators", "make_profiles"},
        ),
        ("title: Places of Testland", {"summarise", "draw_typology"}, {"classify", "harmonise"}),
        ("language: fr", {"draw_housing", "write_workbook", "make_explorer"}, {"classify"}),
    ],
)
def test_changing_a_key_reruns_the_jobs_that_read_it(testland, change, rerun, kept):
    (testland / "my.yaml").write_text(f"overrides: {{tl: {{{change}}}}}\n", encoding="utf-8")
    found = planned(testland, "--configfile", "my.yaml")
    assert rerun <= found
    assert not kept & found


def test_the_dag_has_one_job_a_dataset_and_one_a_stage_in_process(fresh, capsys, monkeypatch):
    monkeypatch.chdir(fresh)
    with SnakemakeApi(OutputSettings()) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            snakefile=fresh / "workflow/Snakefile",
            workdir=fresh,
        )
        workflow.dag(DAGSettings(targets={"typology"}, print_dag_as=str(PrintDag.DOT))).printdag()
    graph = capsys.readouterr().out
    assert graph.count("read_observations") == 4
    for once in ("make_units", "harmonise", "compute_indicators", "classify"):
        assert graph.count(f'"{once}') == 1
    assert "draw_typology" not in graph


def outputs(folder: Path) -> dict[str, bytes]:
    """Return every file below results but the records of runs, by its path there."""
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted((folder / "results").rglob("*"))
        if path.is_file()
    }
    return {name: raw for name, raw in found.items() if not name.startswith("results/logs/runs/")}


def refused(folder: Path, *arguments: str) -> str:
    """Run, expect failure, and return what the user sees last: one line led by `smstra:`."""
    done = snakemake(folder, "--cores", "2", *arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("smstra: ")]
    return lines[-1]


def test_a_changed_byte_stops_the_run_and_nothing_is_lost(testland):
    before = outputs(testland)
    file = testland / f"data/snapshots/testland/tl_land/{tiny.VINTAGE}/tl_land.csv"
    times = file.stat()
    raw = bytearray(file.read_bytes())
    raw[-2] ^= 1
    file.write_bytes(raw)
    # Not even a change that hides behind its old time passes.
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    message = refused(testland)
    assert "tl_land.csv" in message
    assert "git checkout" in message
    hashes = [
        word for word in message.replace(",", " ").replace(")", " ").split() if len(word) == 64
    ]
    assert len(set(hashes)) == 2
    assert outputs(testland) == before


def test_a_missing_snapshot_stops_the_run_with_the_remedy(fresh):
    (fresh / f"data/snapshots/testland/tl_zones/{tiny.VINTAGE}/tl_zones.csv").unlink()
    message = refused(fresh)
    assert "tl_zones.csv: this snapshot of 'tl_zones' is missing" in message
    assert "git checkout" in message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            'indicators: {sf: {date: "1987-01-01"}}',
            ["my.yaml", "`indicators.sf.date`", "1987-01-01", "the nearest is 2007-01-01"],
        ),
        (
            'indicators: {varni: {to: "2021-01-01"}}',
            ["my.yaml", "`indicators.varni.to`", "2021-01-01", "nearest is 2015-01-01"],
        ),
        (
            'geography: {date: "1950-01-01"}',
            ["my.yaml", "`geography.date`", "no town on that day", "1970-01-01"],
        ),
        (
            "figures: {towns: {choose: named, units: [T02, T22]}}",
            ["my.yaml", "`figures.towns.units`", "'T22'", "did you mean 'T12'"],
        ),
        (
            "aggregate_checks: {wrong: {of: residents, sum_over: town, to: country, date: "
            '"2014-01-01", published: 1, tolerance: 0, source: nobody}}',
            ["my.yaml", "`aggregate_checks.wrong`", "add up to", "nobody has 1"],
        ),
        (
            "breaks: {when_spanned: stop}",
            ["`indicators.varun`", "flag_b_2010", "`breaks.when_spanned: stop`", "mark"],
        ),
    ],
)
def test_a_fault_that_only_the_data_show_names_file_key_and_remedy(testland, change, says):
    (testland / "my.yaml").write_text(f"overrides: {{tl: {{{change}}}}}\n", encoding="utf-8")
    message = refused(testland, "--configfile", "my.yaml")
    for words in says:
        assert words in message


def test_a_count_that_would_have_to_be_split_is_refused_or_left_empty(testland):
    entry = (testland / "config/datasets/tl.yaml").read_text(encoding="utf-8")
    changed = entry.replace("median_price_all_houses: {column", "sales_all_houses: {column")
    (testland / "config/datasets/tl.yaml").write_text(changed, encoding="utf-8")
    text = (testland / "config/cases/tl.yaml").read_text(encoding="utf-8")
    text = text.replace("of: median_price_all_houses", "of: sales_all_houses")
    (testland / "config/cases/tl.yaml").write_text(text, encoding="utf-8")
    message = refused(testland)
    assert "`indicators.price`" in message
    assert "T95" in message
    assert "cannot be split" in message
    (testland / "my.yaml").write_text(
        "overrides: {tl: {geography: {merged_later: {counts: leave_empty}}}}\n", encoding="utf-8"
    )
    arguments = ("results/tl/profiles.csv", "--cores", "2", "--configfile", "my.yaml")
    assert snakemake(testland, *arguments).returncode == 0
    found = {r["unit"]: r for r in rows(testland / "results/tl/profiles.csv")}
    assert found["T01"]["price"] == ""
    assert "price:missing=not_split" in found["T01"]["flags"]
    assert found["T04"]["price"] == "101000"


def test_a_missing_input_gives_undetermined_with_the_reason(testland):
    (testland / "my.yaml").write_text(
        "overrides: {tl: {indicators: {varun: {stand_in_level: null}}, criteria: "
        "{economy_improving: {reference: zero}}}}\n",
        encoding="utf-8",
    )
    wanted = ("typology", "results/tl/figures/quadrants.md")
    done = snakemake(testland, *wanted, "--cores", "2", "--configfile", "my.yaml")
    assert done.returncode == 0, done.stderr
    found = rows(testland / TYPOLOGY)
    assert {row["type"] for row in found} == {"undetermined"}
    assert all(row["varun"] == "" and row["economy_improving"] == "" for row in found)
    assert all("varun:missing=no_figures_at_this_level" in row["flags"] for row in found)
    report = {r["indicator"]: r for r in rows(testland / "results/tl/sufficiency.csv")}
    assert report["varun"]["what_was_done"] == (
        "undetermined: for 2005, 2014 known only by country, zone"
    )
    words = (testland / "results/tl/figures/quadrants.md").read_text(encoding="utf-8")
    assert "“Change of unemployment” is not known\n" in words


def test_an_indicator_that_is_not_available_leaves_the_rest_of_the_workflow_whole(testland):
    text = (testland / "config/cases/tl.yaml").read_text(encoding="utf-8")
    old = text[text.index("  sf: {label") : text.index("  varun: {label")]
    text = text.replace(
        old, "  sf: {label: Foreigners, definition: not_available, because: no table has them}\n"
    )
    (testland / "config/cases/tl.yaml").write_text(text, encoding="utf-8")
    done = snakemake(testland, "--cores", "2", "results/tl/report.html", "typology")
    assert done.returncode == 0, done.stderr
    found = rows(testland / TYPOLOGY)
    assert {row["type"] for row in found} == {"undetermined"}
    assert all(row["economy_improving"] in ("true", "false") for row in found)
    assert all("sf:missing=not_available" in row["flags"] for row in found)


def test_a_killed_run_leaves_no_half_file_and_the_next_gives_the_same_bytes(fresh, testland_done):
    """As another run in another folder with another number of cores; of the figures one family."""
    targets = ("typology", "results/tl/figures/list_housing.json", "results/tl/workbook.xlsx")
    environment = {**os.environ, "PYTHONPATH": str(fresh / "workflow/lib")}
    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", *targets, "--cores", "2"],
        cwd=fresh,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    waited = time.monotonic() + 60
    while not (fresh / "results/tl/harmonised.csv").exists() and time.monotonic() < waited:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    complete = outputs(testland_done)
    for name, raw in outputs(fresh).items():
        if not name.endswith(".part") and not name.startswith("results/logs"):
            assert raw == complete[name], name
    unlocked = snakemake(fresh, "--unlock")
    assert unlocked.returncode == 0
    again = snakemake(fresh, *targets, "--cores", "1")
    assert again.returncode == 0, again.stderr
    made = {name: raw for name, raw in outputs(fresh).items() if not name.endswith(".part")}
    assert {n for n in made if made[n] != complete[n]} == set()
    assert len([name for name in made if not name.startswith("results/logs")]) >= 50


def test_one_case_can_be_named_on_the_command_line(testland):
    shutil.copy2(testland / "config/cases/tl.yaml", testland / "config/cases/other.yaml")
    assert "classify" in planned(testland, "--config", "cases=tl,other")
    assert planned(testland, "--config", "cases=tl") == set()


def test_a_case_may_extend_another_with_its_differences_only(testland):
    (testland / "config/cases/strict.yaml").write_text(
        "extends: tl\ntitle: Strict\ncriteria: {population_improving: {reference: 3}}\n",
        encoding="utf-8",
    )
    done = snakemake(testland, "--cores", "2", "--config", "cases=strict", "--", "typology")
    assert done.returncode == 0, done.stderr
    found = rows(testland / "results/strict/typology.csv")
    grown = {row["unit"] for row in found if row["population_improving"] == "true"}
    assert grown == {row["unit"] for row in found if float(row["varni"]) >= 3}
    assert {row["varni_reference"] for row in found} == {"3"}


def test_every_target_brings_the_choices_it_rests_on(fresh):
    (fresh / "my.yaml").write_text(
        "overrides: {tl: {criteria: {sf_high: {reference: region_median}}}}\n", encoding="utf-8"
    )
    done = snakemake(fresh, "typology", "--cores", "2", "--configfile", "my.yaml")
    assert done.returncode == 0, done.stderr
    said = (fresh / "results/tl/config.resolved.yaml").read_text(encoding="utf-8")
    assert "region_median" in said
    references = rows(fresh / "results/tl/references.csv")
    assert {r["group"] for r in references if r["criterion"] == "sf_high"} == {"R1", "R2"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ('geography: {date: "2030-01-01"}', ["`geography.date` 2030-01-01", tiny.VINTAGE]),
        (
            'geography: {date: "2021-01-01"}',
            ["`indicators.varni`", "T95"],
        ),
    ],
)
def test_a_geography_that_the_tables_cannot_give_is_refused_or_summed(testland, change, says):
    (testland / "my.yaml").write_text(f"overrides: {{tl: {{{change}}}}}\n", encoding="utf-8")
    done = snakemake(testland, "typology", "--cores", "2", "--configfile", "my.yaml")
    if done.returncode == 0:
        # T01 and T02 lie in one zone, so T95 takes it over, and their counts are summed.
        found = {row["unit"]: row for row in rows(testland / TYPOLOGY)}
        assert set(found) == {*tiny.TOWNS[2:], "T95"}
        people = [sum(tiny.people(t, y) for t in ("T01", "T02")) for y in (2005, 2014)]
        assert float(found["T95"]["varni"]) == pytest.approx(100 * (people[1] / people[0] - 1))
        assert "varun:level=zone:Z1" in found["T95"]["flags"]
        assert "2021" in change
    else:
        last = [line for line in done.stderr.splitlines() if line.startswith("smstra: ")][-1]
        assert "2030" in change
        for words in says:
            assert words in last


def test_a_name_that_all_cases_share_is_no_name_for_a_case(testland):
    shutil.copy2(testland / "config/cases/tl.yaml", testland / "config/cases/logs.yaml")
    message = refused(testland, "--config", "cases=logs")
    assert "'logs'" in message
    assert "rename the case" in message


def test_a_table_cut_off_and_pinned_again_is_found_by_its_reference_dates(testland):
    name = f"data/snapshots/testland/tl_people/{tiny.VINTAGE}/tl_people.csv"
    lines = (testland / name).read_bytes().splitlines(keepends=True)
    raw = b"".join(line for line in lines if not line.startswith(b"2015"))
    pins = tiny.strict_yaml.load(testland / "data/sources.yaml")
    pins["snapshots"] = [
        tiny.pin(testland, "tl_people", raw) if pin["id"] == "tl_people" else pin
        for pin in pins["snapshots"]
    ]
    (testland / "data/sources.yaml").write_text(tiny.strict_yaml.dumps(pins), encoding="utf-8")
    message = refused(testland)
    assert "the figures run from 2004 to 2014" in message
    assert "says 2004-01-01 to 2015-01-01" in message


def test_an_html_page_in_place_of_a_table_is_called_so_even_if_it_is_pinned(testland):
    page = b"<!DOCTYPE html><html><body>Are you a robot?</body></html>"
    name = f"data/snapshots/testland/tl_land/{tiny.VINTAGE}/tl_land.csv"
    (testland / name).write_bytes(page)
    text = (testland / "data/sources.yaml").read_text(encoding="utf-8")
    old = next(
        pin for pin in tiny.strict_yaml.loads(text, "pins")["snapshots"] if pin["id"] == "tl_land"
    )
    text = text.replace(old["sha256"], hashlib.sha256(page).hexdigest())
    (testland / "data/sources.yaml").write_text(text, encoding="utf-8")
    assert "tl_land.csv: this is an HTML page" in refused(testland)


def test_a_variable_of_the_user_s_own_is_configuration(testland):
    (testland / "config/variables.yaml").write_text(
        "doors:\n  definition: Doors, counted.\n  kind: count\n  unit_of_measure: doors\n"
        "  dates: year\n  labels: {en: Doors, fr: Portes, nl: Deuren, de: Tueren}\n",
        encoding="utf-8",
    )
    tables = (testland / "config/datasets/tl.yaml").read_text(encoding="utf-8")
    tables = tables.replace(
        "area_km2: {column: km2}", "area_km2: {column: km2}\n    doors: {column: km2}"
    )
    (testland / "config/datasets/tl.yaml").write_text(tables, encoding="utf-8")
    (testland / "my.yaml").write_text(
        "overrides: {tl: {profile: [doors], indicators: {doors: {label: Doors, definition: level, "
        'of: doors, date: "2014", max_year_gap: 0}}}}\n',
        encoding="utf-8",
    )
    arguments = ("results/tl/profiles.csv", "--cores", "2", "--configfile", "my.yaml")
    done = snakemake(testland, *arguments)
    assert done.returncode == 0, done.stderr
    found = {row["unit"]: row["doors"] for row in rows(testland / "results/tl/profiles.csv")}
    assert found["T03"] == "40"


def test_another_indicator_in_a_column_is_named_in_the_flags(testland):
    (testland / "my.yaml").write_text(
        "overrides: {tl: {criteria: {economy_improving: {indicator: density, holds_if: at_least, "
        "reference: national_median}}}}\n",
        encoding="utf-8",
    )
    done = snakemake(testland, "typology", "--cores", "2", "--configfile", "my.yaml")
    assert done.returncode == 0, done.stderr
    assert all("varun:indicator=density" in row["flags"] for row in rows(testland / TYPOLOGY))
