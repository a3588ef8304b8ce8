"""`smstra check`: what a case lacks is said with the file, the key and the YAML; what is whole "
"has nothing to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import offices
import pytest
import tiny
from offices import PLACES

from smstra import config, snapshots, strict_yaml
from smstra.cli import main
from smstra.onboarding import checking, stand_ins

Check = Callable[..., tuple[int, str, str]]
ORIGIN = [
    "--publisher", "Office", "--publisher-address", "https://office.example", "--licence", "CC0",
    "--obtained", "by mail", "--definition", "people in the register", "--day", "01-01",
]  # fmt: skip


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Check:
    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(each) for each in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of a table with all three criteria, its origin stated."""
    file = tmp_path / "a.csv"
    file.write_text(offices.text(offices.long()), encoding="utf-8")
    (tmp_path / "study").mkdir()
    monkeypatch.chdir(tmp_path / "study")
    assert main(["new", "Testland", "--from", str(file), "--yes", *ORIGIN]) == 0
    return tmp_path / "study"


def edit(path: str, old: str, new: str) -> None:
    text = Path(path).read_text(encoding="utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new), encoding="utf-8")


def tree() -> dict[str, bytes]:
    return {p.as_posix(): p.read_bytes() for p in Path().rglob("*") if p.is_file()}


@pytest.mark.usefixtures("study")
def test_a_whole_case_has_nothing_to_do_and_nothing_is_written(run: Check) -> None:
    before = tree()
    code, out, _ = run("check", "testland")
    assert code == 0, out
    assert "8 municipality in 3 region" in out
    assert "nothing to do: `snakemake --cores 4 --config cases=testland` runs it" in out
    assert "varun" in out
    assert "no table of reception" in out
    assert tree() == before


@pytest.mark.usefixtures("study")
def test_json_says_the_same(run: Check) -> None:
    code, out, _ = run("check", "testland", "--json")
    content = json.loads(out)
    assert (code, content["ready"], content["to_do"], content["faults"]) == (0, True, [], [])
    found = {row["indicator"]: row["units_covered"] for row in content["sufficiency"]}
    assert found["sf"] == found["varun"] == found["varni"] == len(PLACES)


def test_an_origin_that_nobody_stated_and_a_day_that_is_assumed_are_asked_for(
    run: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(offices.text(offices.long()), encoding="utf-8")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert run("new", "Testland", "--from", file, "--yes")[0] == 0
    code, out, _ = run("check", "testland")
    assert code == 3
    assert (
        "its origin is not stated (publisher, obtained_via, licence, definition, publisher_address)"
        in out
    )
    assert "licence: \"the publisher's terms" in out
    assert re.search(r"testland_a: the day 01-01 is assumed \(for .*residents.*found no day", out)
    assert "in config/datasets/testland.yaml, `testland_a.date.day`" in out
    assert re.search(r"(?m)^  2\. ", out)


def test_what_to_paste_can_be_pasted(run: Check, study: Path) -> None:
    """The YAML for a missing year, in its file at its key, makes the fault go away."""
    edit(
        "config/cases/testland.yaml", 'from: "2005"\n    to: "2014"', 'from: "1990"\n    to: "2014"'
    )
    code, out, _ = run("check", "testland", "--json")
    (task,) = json.loads(out)["to_do"]
    assert code == 3
    assert (task["file"], task["key"]) == ("config/cases/testland.yaml", "indicators.varun")
    assert "asks for 1990" in task["what"]
    case = strict_yaml.load(Path(task["file"]))
    case["indicators"] |= strict_yaml.loads(task["yaml"], "paste")
    Path(task["file"]).write_text(strict_yaml.dumps(case), encoding="utf-8")
    code, out, _ = run("check", "testland", "--json")
    (task,) = json.loads(out)["to_do"]
    assert task["what"].startswith("economy_improving cannot be answered for any unit")
    assert "What could stand in: unemployment of larger areas" in task["what"]
    assert "eurostat_lfs_nuts2 (nuts1, nuts2" in task["what"]


@pytest.mark.usefixtures("study")
def test_faults_end_with_one_and_name_the_file(run: Check) -> None:
    snapshot = next(Path("data/snapshots/testland/a").rglob("*.csv"))
    raw = snapshot.read_bytes()
    snapshot.write_bytes(raw + b"\n")
    code, out, _ = run("check", "testland")
    assert code == 1
    assert f"{snapshot.as_posix()}: the bytes are not those pinned" in out
    assert "1 of 2 as pinned" in out
    snapshot.write_bytes(raw)
    edit("config/cases/testland.yaml", "level: municipality", "level: town")
    code, out, _ = run("check", "testland", "--json")
    (task,) = json.loads(out)["faults"]
    assert code == 1
    assert task["file"] == "config/cases/testland.yaml"
    assert "`geography.level`" in task["what"]


@pytest.mark.usefixtures("study")
def test_an_unknown_code_is_told_with_its_line(run: Check) -> None:
    units = next(Path("data/snapshots/testland/units").rglob("*.csv"))
    text = units.read_text(encoding="utf-8").splitlines(keepends=True)
    units.write_text("".join(text[:-1]), encoding="utf-8")
    entry = config.load_datasets(Path())["testland_units"]
    new = snapshots.describe(units.read_bytes(), entry, "units")
    pins = strict_yaml.load(Path("data/sources.yaml"))
    next(p for p in pins["snapshots"] if p["id"] == "testland_units").update(new)
    Path("data/sources.yaml").write_text(strict_yaml.dumps(pins), encoding="utf-8")
    code, out, _ = run("check", "testland")
    assert code == 1
    assert "the code '1104' is no municipality" in out


@pytest.mark.usefixtures("study")
def test_files_that_nothing_reads_and_missing_units_are_named(run: Check, tmp_path: Path) -> None:
    Path("data/by_hand").mkdir()
    Path("data/by_hand/notes.csv").write_text("a;b\n", encoding="utf-8")
    foreign = tmp_path / "foreigners 2005.csv"
    rows = [["kommun_code", "foreign residents, percent"], *([p[0], 20.5] for p in PLACES[2:])]
    foreign.write_text(offices.text(rows), encoding="utf-8")
    people = tmp_path / "population.csv"
    people.write_text(offices.text(offices.wide()), encoding="utf-8")
    assert run("new", "Otherland", "--from", people, foreign, "--yes", *ORIGIN)[0] == 0
    code, out, _ = run("check", "otherland")
    assert code == 3
    assert "data/by_hand/notes.csv: no dataset reads this file" in out
    assert "no share_foreign at all for 2 of 8 units (0101, 0102)" in out


def test_stand_ins_and_breaks_are_said_of_testland(
    run: Check, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fresh)
    code, out, _ = run("check", "tl")
    assert code == 0, out
    assert "sf: 2007-01-01 taken for 2005-01-01" in out
    assert (
        "varun, unemployment_2005, unemployment_2014: each town has the value of its zone area"
        in out
    )
    assert "varun: spans a break (flag b of the source in 2010)" in out
    assert "price: 1 of 12 units have no value" in out


def test_a_case_of_live_tables_says_how_to_fetch_them(
    run: Check, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fresh)
    by_hand = """
tl_late:
  code_system: tl
  code_lists: [tl_units]
  geography_date: "2015-01-01"
  live:
    about: {publisher: P, dataset: d, title: t, publisher_address: "https://tl.example", licence: CC0,
            geography: towns, unit_of_measure: percent, definition: x}
    tables:
      rates:
        by_hand: {files: data/by_hand/rates.csv}
        format: csv
        columns: [code, rate]
        unit: {column: code}
        level: town
        date: {fixed: "2014"}
        missing: [""]
        variables: {unemployment_rate_registered: {column: rate}}
"""
    path = Path("config/datasets/tl.yaml")
    path.write_text(path.read_text(encoding="utf-8") + by_hand, encoding="utf-8")
    edit("config/cases/tl.yaml", "tl_land, tl_prices]", "tl_land, tl_prices, tl_late]")
    code, out, _ = run("check", "tl", "--json")
    (task,) = json.loads(out)["to_do"]
    assert code == 3
    assert "put its file in data/by_hand/rates.csv" in task["what"]
    Path("data/by_hand").mkdir()
    Path("data/by_hand/rates.csv").write_text("code,rate\nT01,5\n", encoding="utf-8")
    code, out, _ = run("check", "tl", "--json")
    (task,) = json.loads(out)["to_do"]
    assert "snakemake refresh --cores 2 --config cases=tl" in task["what"]
    assert task["yaml"] == 'vintages: {tl_late: "DAY"}'


@pytest.mark.usefixtures("study")
def test_wrong_usage(run: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = run("check", "testlend")
    assert (code, "did you mean 'testland'" in err) == (1, True)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    code, _, err = run("check", "testland")
    assert (code, "config/config.yaml" in err) == (1, True)


@pytest.mark.parametrize("case", ["de", "se", "nl"])
def test_shipped_cases_are_in_order(case: str) -> None:
    report = checking.check(case, tiny.REPO)
    assert report.faults == []
    asked = {task.key for task in report.to_do}
    assert (
        asked
        == {
            "de": set(),
            "se": {"indicators.sf", "indicators.varun"},
            "nl": {"vintages"},
        }[case]
    )


def test_stand_ins_are_those_with_areas_below_the_country() -> None:
    described = strict_yaml.load(tiny.REPO / "config/datasets/eu.yaml")
    assert "nuts2" in stand_ins.found("varun", described)["eurostat_lfs_nuts2"]
    assert "city" in stand_ins.found("sf", described)["eurostat_urb_cpopcb"]
    assert not any(levels == [] for levels in stand_ins.found("sf", described).values())
