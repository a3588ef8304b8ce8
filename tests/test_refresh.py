"""A refresh from end to end: what was fetched gives what the frozen tables give, and nothing is lost."""

from __future__ import annotations

import csv
import importlib.util
import json
import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import live
import pandas as pd
import publishers
import pytest
from conftest import REPO, snakemake
from servers import Server

from smstra import adoption, comparison, config, job_settings, snapshots, strict_yaml
from smstra.cli import main
from smstra.errors import ConfigError, FetchError
from smstra.formats import parse


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def adopted(project: Path, said: str) -> str:
    """Write the one line that a refresh printed last into the project's configuration."""
    line = re.findall(r"^ +(vintages: \{.*\})$", said, re.MULTILINE)[-1]
    path = project / "config/config.yaml"
    text = re.sub(r"^vintages: .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(f"{text}\n{line}\n", encoding="utf-8")
    return line


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files of a folder but locks, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def rows_of(path: Path, *without: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{k: v for k, v in row.items() if k not in without} for row in csv.DictReader(file)]


# --- Belgium -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Belgium refreshed from publishers that send the frozen figures, adopted, and run anew."""
    project = tmp_path_factory.mktemp("live")
    for name in ("workflow", "profiles", "config", "data"):
        ignored = shutil.ignore_patterns("*.pyc.*", "*.egg-info", "by_hand")
        shutil.copytree(REPO / name, project / name, ignore=ignored)
    (project / "data/by_hand").mkdir()
    for name in ("statbel_population", "statbel_population_by_origin"):
        pins = strict_yaml.load(project / "data/sources.yaml")["snapshots"]
        file = next(pin["file"] for pin in pins if pin["id"] == name)
        shutil.copy2(project / file, project / f"data/by_hand/{name}.csv")
    with Server() as running:
        publishers.Publishers(running)
        publishers.mirror(project, running)
        done = snakemake(project, "refresh", "--cores", "2", "--config", "cases=be")
        assert done.returncode == 0, done.stderr
    adopted(project, done.stderr)
    # The server is gone: what was adopted is read from the disk.
    again = snakemake(project, "typology", "--cores", "2", "--config", "cases=be")
    assert again.returncode == 0, again.stderr
    yield project, done.stderr


@pytest.mark.xdist_group("shipped")
def test_fetched_tables_give_the_types_of_the_frozen_ones(
    refreshed: tuple[Path, str], shipped: Path
) -> None:
    project, _ = refreshed
    frozen = shipped / "results/be"
    fetched = project / "results/be"
    assert (fetched / "typology.csv").read_bytes() == (frozen / "typology.csv").read_bytes()
    assert (fetched / "references.csv").read_bytes() == (frozen / "references.csv").read_bytes()
    for name in ("indicators", "sufficiency"):
        # Only the name of the vintage differs.
        assert rows_of(fetched / f"{name}.csv", "source") == rows_of(
            frozen / f"{name}.csv", "source"
        )
    sources = {row["source"] for row in rows_of(fetched / "indicators.csv")}
    assert any("statbel_population_by_nationality@" in source for source in sources)
    vintages = {
        v for s in sources for v in re.findall(r"statbel_population_by_nationality@([\w-]+)", s)
    }
    assert vintages and vintages.isdisjoint({"2026-11-22"})


@pytest.mark.xdist_group("shipped")
def test_every_dataset_of_belgium_that_has_an_address_was_fetched(
    refreshed: tuple[Path, str],
) -> None:
    project, said = refreshed
    settings = config.load({"cases": ["be"]}, project)
    for name, entry in settings.described.items():
        if "live" in entry and "format" in entry:
            assert f"{name}: fetched as vintage" in said
            assert len({pin["vintage"] for pin in settings.pins if pin["id"] == name}) == 2
    assert "case be: 0 of 589 units would change type" in said


@pytest.mark.xdist_group("shipped")
def test_an_observation_names_the_file_and_the_rows_that_were_summed(
    refreshed: tuple[Path, str],
) -> None:
    project, _ = refreshed
    name = "statbel_population_by_nationality"
    rows = rows_of(project / f"results/observations/{name}.csv")
    one = next(
        row
        for row in rows
        if (row["variable"], row["unit"], row["date"])
        == ("residents_foreign", "11002", "2014-01-01")
    )
    file, span = one["row"].split(":")
    assert file == "TF_SOC_POP_STRUCT_2014.zip"
    first, last = map(int, span.split("-"))
    settings = config.load(strict_yaml.load(project / "config/config.yaml"), project)
    pin = next(p for p in settings.pins_in_use() if p["file"].endswith(file))
    reading = settings.datasets[name]["tables"]["tf_soc_pop_struct"]
    table = parse((project / pin["file"]).read_bytes(), reading, file)
    part = table.loc[first:last]
    part = part[(part["CD_REFNIS"] == "11002") & (part["CD_NATLTY"] == "ETR")]
    assert sum(map(int, part["MS_POPULATION"])) == float(one["value"])


# --- Testland ------------------------------------------------------------------------------------


def settings_of(project: Path, **user: object) -> config.Settings:
    given = strict_yaml.load(project / "config/config.yaml")
    return config.load({**given, **user}, project)


def refresh(project: Path, dataset: str, vintage: str) -> str:
    """Refresh one dataset in this process, as its job does; return the report."""
    path = project / "workflow/scripts/refresh_dataset.py"
    spec = importlib.util.spec_from_file_location("refresh_dataset", path)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    part = json.loads(json.dumps(job_settings.refresh(settings_of(project), dataset)))
    folder = project / f"results/refresh/{vintage}/{dataset}"
    return script.run(dataset, part, vintage, folder, lambda _: None, project)


def test_a_refresh_writes_a_vintage_a_comparison_and_leaves_the_rest(
    tmp_path: Path, server: Server
) -> None:
    project = live.build(tmp_path / "p", server)
    before = files_of(project / "data/snapshots")
    done = snakemake(project, "refresh", "--cores", "2", "--config", "new_vintage=2026-03-01")
    assert done.returncode == 0, done.stderr
    after = files_of(project / "data/snapshots")
    assert {path: after[path] for path in before} == before
    new = set(after) - set(before)
    assert all("/2026-03-01/" in path for path in new)
    assert {path.rsplit("/", 1)[1] for path in new} >= {"pin.yaml", "people_2004.zip", "land.json"}
    for pin in settings_of(project).pins:
        if pin["vintage"] == "2026-03-01":
            how = settings_of(project, vintages={pin["id"]: "2026-03-01"}).datasets[pin["id"]]
            reading = {**how, **how["tables"][pin["table"]]}
            assert len(snapshots.read(pin, reading, project)) == pin["rows"]
    report = (project / "results/refresh/2026-03-01/report.txt").read_text(encoding="utf-8")
    assert "4 of 4 datasets have a new vintage" in report
    assert "case tl: 0 of 12 units would change type" in report
    asked = len(server.requests)
    again = refresh(project, "tl_people", "2026-03-01")
    assert "had been fetched before" in again
    assert len(server.requests) == asked
    assert files_of(project / "data/snapshots") == after


def test_nothing_is_asked_unless_a_refresh_is(tmp_path: Path, server: Server) -> None:
    project = live.build(tmp_path / "p", server)
    done = snakemake(project, "--cores", "2", "typology")
    assert done.returncode == 0, done.stderr
    assert server.requests == []


def test_a_revision_is_shown_with_the_towns_whose_type_it_changes(
    tmp_path: Path, server: Server
) -> None:
    project = live.build(tmp_path / "p", server)
    text = live.people_text(2014)
    shrunk = re.sub(r"^(T02\|Übel\|TOTAL\|).*?\r", r"\g<1>7000\r", text, flags=re.MULTILINE)
    gone = re.sub(r"^T05\|Übel\|FOREIGN\|.*?\r\n", "", shrunk, flags=re.MULTILINE)
    assert gone != shrunk != text
    server.serve(live.people_path(2014), live.people(2014, gone))
    refresh(project, "tl_people", "2026-03-01")
    folder = project / "results/refresh/2026-03-01/tl_people"
    changed = rows_of(folder / "changes.csv")
    assert [(r["change"], r["variable"], r["unit"], r["date"]) for r in changed] == [
        ("revised", "residents", "T02", "2014-01-01"),
        ("gone", "residents_foreign", "T05", "2014-01-01"),
    ]
    old = next(int(r.split("|")[3]) for r in text.split("\r\n") if r.startswith("T02|Übel|TOTAL"))
    assert float(changed[0]["value_in_use"]) == old
    assert float(changed[0]["difference"]) == 7000 - old
    assert float(changed[0]["relative_difference"]) == pytest.approx((7000 - old) / old * 100)
    types = rows_of(folder / "types.csv")
    assert [(r["case"], r["unit"], r["because"]) for r in types] == [
        ("tl", "T02", "population_improving")
    ]
    said = (folder / "report.txt").read_text(encoding="utf-8")
    assert "1 revised" in said and "1 gone" in said
    assert f"residents of town T02, 2014-01-01: {old} -> 7000" in said
    # What it says comes true: adopt it and run.
    assert adopted(project, said) == 'vintages: {tl_people: "2026-03-01"}'
    run = snakemake(project, "--cores", "2", "typology")
    assert run.returncode == 0, run.stderr
    now = {row["unit"]: row["type"] for row in rows_of(project / "results/tl/typology.csv")}
    assert now["T02"] == types[0]["type_new"] != types[0]["type_in_use"]


def test_eurostat_that_changed_nothing_is_not_fetched_again(tmp_path: Path, server: Server) -> None:
    project = live.build(tmp_path / "p", server)
    adopted(project, refresh(project, "tl_survey", "2026-03-01"))
    asked = len(server.requests)
    again = refresh(project, "tl_survey", "2026-03-02")
    assert "Eurostat has changed nothing since vintage 2026-03-01" in again
    assert [r.path for r in server.requests[asked:]] == [
        f"{publishers.EUROSTAT}/files/inventory?type=data"
    ]
    assert not (project / "data/snapshots/testland/tl_survey/2026-03-02").exists()
    newer = publishers.inventory(live.FLOWS, "2026-06-01T11:00:00+0200")
    server.serve(f"{publishers.EUROSTAT}/files/inventory", newer)
    third = refresh(project, "tl_survey", "2026-03-03")
    assert "tl_survey: fetched as vintage 2026-03-03" in third


def test_a_case_whose_tables_were_never_fetched_says_so_and_can_be_refreshed(
    tmp_path: Path, server: Server
) -> None:
    project = live.build(tmp_path / "p", server)
    path = project / "config/datasets/tl.yaml"
    tables = strict_yaml.load(path)
    tables["tl_land"] = {
        key: tables["tl_land"][key]
        for key in ("code_system", "code_lists", "geography_date", "live")
    }
    path.write_text(strict_yaml.dumps(tables), encoding="utf-8")
    pins = project / "data/sources.yaml"
    kept = [p for p in strict_yaml.load(pins)["snapshots"] if p["id"] != "tl_land"]
    pins.write_text(strict_yaml.dumps({"snapshots": kept}), encoding="utf-8")
    run = snakemake(project, "-n", "typology")
    assert run.returncode == 1
    assert "smstra: case tl reads tables that are not in the project (tl_land)" in run.stderr
    done = snakemake(project, "refresh", "--cores", "2", "--config", "datasets=tl_land")
    assert done.returncode == 0, done.stderr
    assert "12 added" in done.stderr
    adopted(project, done.stderr)
    run = snakemake(project, "--cores", "2", "typology")
    assert run.returncode == 0, run.stderr


# --- check-sources -------------------------------------------------------------------------------


def test_a_check_asks_each_address_for_a_piece_and_reports_what_drifted(
    tmp_path: Path,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = live.build(tmp_path / "p", server)
    monkeypatch.chdir(project)
    tables = Path("config/datasets/tl.yaml")
    text = tables.read_text(encoding="utf-8")
    tables.write_text(text.replace("Z3, TL, ALL]}", "Z3, TL]}"), encoding="utf-8")
    for flow, column in live.FLOWS.items():
        # The check asks for 2020.
        later = live.survey(flow, column).replace(",2014,", ",2020,")
        server.serve(live.flow_path(flow), publishers.filtered(later))
    assert main(["check-sources"]) == 0
    said = capsys.readouterr().out
    assert "tl_survey, unemp: as described: 4 figures of 2020" in said
    assert "tl_people, people: as described: a zip" in said
    assert "tl_land, land: as described: the header has the columns described" in said
    assert "tl_prices, prices: by hand: data/by_hand/prices.xlsx" in said
    server.serve(live.VIEWS, live.land().replace(b'"km2"', b'"area"'))
    server.serve(live.people_path(2015), b"<html><title>Are you a robot?</title></html>")
    assert main(["check-sources"]) == 1
    told = capsys.readouterr()
    assert "tl_land, land: NOT as described" in told.out and "km2" in told.out
    assert "tl_people, people: NOT as described" in told.out and "robot" in told.out
    assert "2 of the tables could not be asked or did not answer as they are described" in told.err
    assert main(["check-sources", "tl_lnd"]) == 1
    assert "did you mean 'tl_land'?" in capsys.readouterr().err


# --- comparison ----------------------------------------------------------------------------------


def observations(*rows: tuple[str, str, float, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["unit", "date", "value", "status"])
    return table.assign(variable="people", level="town")


NAN = float("nan")


def test_the_kinds_of_change() -> None:
    old = observations(
        ("1", "2005", 10.0, ""),
        ("2", "2005", 5.0, "p"),
        ("3", "2005", NAN, "c"),
        ("4", "2005", 0.0, ""),
    )
    new = observations(
        ("1", "2005", 12.0, ""),
        ("2", "2005", 5.0, ""),
        ("3", "2005", NAN, "c"),
        ("4", "2005", 1.0, ""),
        ("5", "2005", 1.0, ""),
    )
    found = comparison.changes(old, new).set_index("unit")
    assert found["change"].to_dict() == {"1": "revised", "2": "flag", "4": "revised", "5": "added"}
    assert found.loc["1", "relative_difference"] == 20
    assert pd.isna(found.loc["4", "relative_difference"])  # nothing can be said of a share of zero
    back = comparison.changes(new, old).set_index("unit")
    assert back.loc["5", "change"] == "gone"
    assert comparison.changes(old, old).empty


LIMITS = {"least_share_of_rows": 0.9, "most_median_ratio": 1.5}


def test_a_table_that_lost_a_tenth_of_its_figures_is_refused_and_one_that_lost_less_is_not() -> (
    None
):
    old = observations(*((str(n), "2005", 10.0, "") for n in range(20)))
    comparison.refuse_odd("figs", old, old.iloc[:18], LIMITS)
    with pytest.raises(
        FetchError, match=r"figs: of the 20 figures in use the new table holds 17 \(85%"
    ):
        comparison.refuse_odd("figs", old, old.iloc[:17], LIMITS)


@pytest.mark.parametrize("factor", [1000, 0.001, 1.6])
def test_another_unit_of_measure_is_refused(factor: float) -> None:
    old = observations(*((str(n), "2005", n + 1.0, "") for n in range(20)))
    with pytest.raises(FetchError, match="'people' are in the median"):
        comparison.refuse_odd("figs", old, old.assign(value=old["value"] * factor), LIMITS)
    comparison.refuse_odd("figs", old, old.assign(value=old["value"] * 1.4), LIMITS)


def test_a_unit_that_left_or_came_counts_as_another_type() -> None:
    columns = ["unit", "name", "type", "sf_high", "economy_improving", "population_improving"]
    old = pd.DataFrame(
        [["1", "One", "A", True, True, True], ["2", "Two", "B", False, True, True]], columns=columns
    )
    new = pd.DataFrame(
        [["1", "One", "C", True, False, False], ["3", "Three", "B", False, True, True]],
        columns=columns,
    )
    found = comparison.types_changed(old, new)
    assert found[["unit", "type_in_use", "type_new"]].to_numpy().tolist() == [
        ["1", "A", "C"],
        ["2", "B", ""],
        ["3", "", "B"],
    ]
    assert found["because"].iloc[0] == "economy_improving;population_improving"


@pytest.mark.parametrize("value", [NAN, 0.0, -1.0])
def test_a_table_emptied_or_zeroed_is_refused(value: float) -> None:
    old = observations(*((str(n), "2005", n + 1.0, "") for n in range(20)))
    new = old.assign(value=value)
    with pytest.raises(FetchError, match=r"of the 20 figures .*in use the new table holds 0"):
        comparison.refuse_odd("figs", old, new, LIMITS)
    few = old.assign(value=old["value"].where(old["unit"] != "3", value))
    comparison.refuse_odd("figs", old, few, LIMITS)
    found = comparison.changes(old, few)
    lines = "\n".join(comparison.summary(found, old, few, 5))
    assert ("1 of those revised have no value any more" in lines) == math.isnan(value)


def test_a_register_that_was_cut_is_refused() -> None:
    old = pd.DataFrame({"unit": [str(n) for n in range(20)], "level": "town"})
    comparison.refuse_fewer_units("units", old, old.iloc[:18], LIMITS)
    with pytest.raises(FetchError, match="units: of the 20 rows in use the new table holds 12"):
        comparison.refuse_fewer_units("units", old, old.iloc[:12], LIMITS)


def test_a_report_says_how_many_units_and_how_large_the_figures_are() -> None:
    new = observations(
        ("1", "2005", 10.0, ""),
        ("2", "2005", 5.0, "p"),
        ("3", "2006", NAN, "c"),
        ("4", "2005", 0.5, ""),
    )
    assert comparison.held(new) == [
        "holds people (town): 4 units, 2005 to 2006, 1 of 4 without a figure; lowest 0.5, median 5, "
        "highest 10"
    ]


def test_published_totals_are_held_against_a_new_vintage_before_it_is_adopted(
    tmp_path: Path, server: Server
) -> None:
    project = live.build(tmp_path / "p", server)
    table = live.survey("UNEMP", "unemployed").replace("A,Z1,2014,8.0,", "A,Z1,2014,8.5,")
    server.serve(live.flow_path("UNEMP"), publishers.filtered(table))
    said = refresh(project, "tl_survey", "2026-03-01")
    assert "case tl: cannot be computed with the new vintage: " in said
    assert "unemployed" in said.split("cannot be computed")[1]


def test_a_file_by_hand_that_changed_the_same_day_is_not_passed_over(
    tmp_path: Path, server: Server
) -> None:
    project = live.build(tmp_path / "p", server)
    refresh(project, "tl_prices", "2026-03-01")
    assert "had been fetched before" in refresh(project, "tl_prices", "2026-03-01")
    (project / live.PRICES).write_bytes(live.prices() + b"\0")
    with pytest.raises(FetchError, match=r"prices\.xlsx has been changed since.*2026-03-01b"):
        refresh(project, "tl_prices", "2026-03-01")


def test_the_line_to_adopt_keeps_what_was_adopted_before() -> None:
    lines = adoption.how({"vintages": {"b": "2026-01-01"}}, {"a": "2026-02-02"})
    assert lines[-1].strip() == 'vintages: {a: "2026-02-02", b: "2026-01-01"}'


def test_a_fetched_vintage_that_was_edited_stops_the_run(tmp_path: Path, server: Server) -> None:
    project = live.build(tmp_path / "p", server)
    adopted(project, refresh(project, "tl_land", "2026-03-01"))
    folder = project / "data/snapshots/testland/tl_land/2026-03-01"
    raw = (folder / "land.json").read_bytes()
    (folder / "land.json").write_bytes(raw.replace(b"30.0", b"31.0"))
    run = snakemake(project, "-n", "typology")
    assert run.returncode == 1
    assert "land.json: the bytes are not those pinned in" in run.stderr
    assert "remove data/snapshots/testland/tl_land/2026-03-01 and fetch again" in run.stderr
    (folder / "land.json").write_bytes(raw)
    moved = json.loads(json.dumps(strict_yaml.load(folder / "pin.yaml")))
    moved["snapshots"][0]["file"] = "data/snapshots/testland/elsewhere/2026-03-01/land.json"
    (folder / "pin.yaml").write_text(strict_yaml.dumps(moved), encoding="utf-8")
    with pytest.raises(ConfigError, match="is not in its own folder"):
        settings_of(project)
