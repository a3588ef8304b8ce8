"""`smstra new`: a flag that cannot be meant so is refused in a sentence before anything is written."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import offices
import pytest
from offices import PLACES, people

from smstra.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `smstra new` in an empty study folder."""
    study = tmp_path / "study"
    study.mkdir()
    monkeypatch.chdir(study)

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main(["new", *(str(each) for each in arguments), "--yes"])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, Path]:
    """Return a long and a wide table, a workbook, and one whose units have only names."""
    found = {name: tmp_path / name for name in ("a.csv", "wide.csv", "names 2014.csv")}
    found["a.csv"].write_text(offices.text(offices.long()), encoding="utf-8")
    head, *body = offices.wide()
    rows = [[*head[:2], *(f"Population {year}" for year in head[2:])], *body]
    found["wide.csv"].write_text(offices.text(rows), encoding="utf-8")
    named = [["name", "Area km2"], *([name, 10.5] for _, name, *_ in PLACES)]
    found["names 2014.csv"].write_text(offices.text(named), encoding="utf-8")
    found["b.xlsx"] = offices.xlsx(tmp_path / "b.xlsx", {"Data": offices.long()})
    return found


@pytest.mark.parametrize(
    ("file", "arguments", "words"),
    [
        ("a.csv", ["--year", "abc"], "--year abc: write a year"),
        ("a.csv", ["--year", "1.5.2014"], "--year 1.5.2014: write a year"),
        ("a.csv", ["--year", "a.csv:20145"], "--year 20145: write a year"),
        ("a.csv", ["--year", ""], "--year"),
        ("a.csv", ["--year", "2005", "--year", "2014"], "given 2 times"),
        ("wide.csv", ["--map", "Population 2014=residents"], "Population {year}=residents"),
        ("a.csv", ["--map", "year=residents"], "this column holds the years"),
        ("a.csv", ["--map", "kommun_code=residents"], "this column holds the units"),
        ("a.csv", ["--map", "population=residents", "--map", "year=residents"], "contradict"),
        ("a.csv", ["--map", "population=residents", "--map", "population=area_km2"], "contradict"),
        ("a.csv", ["--day", "31-31"], "--day 31-31: write month and day"),
        ("a.csv", ["--day", "2014-12-31"], "--day 2014-12-31: write month and day"),
        ("a.csv", ["--day", "02-29"], "a day that each year has"),
        ("a.csv", ["--day", "a.csv:31.12."], "--day 31.12.: write month and day"),
        ("a.csv", ["--name", "comparison"], "uses this name itself"),
        ("a.csv", ["--name", "logs"], "uses this name itself"),
        ("a.csv", ["--name", "private"], "uses this name itself"),
        ("a.csv", ["--name", "audit"], "uses this name itself"),
        ("a.csv", ["--name", "null"], "YAML reads this word"),
        ("a.csv", ["--name", "true"], "YAML reads this word"),
        ("a.csv", ["--name", "no"], "YAML reads this word"),
        ("a.csv", ["--name", "a--b"], "single hyphens"),
        ("a.csv", ["--level", "true"], "--level true"),
        ("a.csv", ["--level", "null"], "--level null"),
        ("a.csv", ["--level", "yes"], "--level yes"),
        ("a.csv", ["--level", "no"], "--level no"),
        ("a.csv", ["--level", "kom\nmun"], "--level 'kom mun': holds an end of line"),
        ("a.csv", ["--title", "one\ntwo"], "--title 'one two': holds an end of line"),
        ("a.csv", ["--title", "bell\a"], "U+0007"),
        ("a.csv", ["--publisher", "one\u2028two"], "U+2028"),
        ("a.csv", ["--publisher", "\udcff"], "U+DCFF"),
        ("a.csv", ["--code", "0101"], "is the code of a unit as well"),
        ("a.csv", ["--code", "T L"], "plain letters"),
        ("a.csv", ["--code", ""], "plain letters"),
        ("a.csv", ["--name", 61 * "a"], "up to 60"),
        ("a.csv", ["--region-digits", "-1"], "--region-digits -1"),
        ("a.csv", ["--region-digits", "99"], "--region-digits 99"),
        ("a.csv", ["--region-digits", "4"], "has 4 characters"),
        ("a.csv", ["--publisher-address", "https://"], "names a site"),
        ("a.csv", ["--publisher-address", "https://office"], "names a site"),
        ("a.csv", ["--publisher", "b.csv:X"], "no file of --from is called 'b.csv'"),
        ("a.csv", ["--map", "b.csv:population=residents"], "no file of --from is called 'b.csv'"),
        ("a.csv", ["--publisher", ""], "says nothing"),
        ("a.csv", ["--where", "county=Westmark"], "no row has this value"),
        ("a.csv", ["--where", "sex=Men"], "there is no column 'sex'"),
        ("a.csv", ["--alias", "Nowhere=0101"], "the units of this file have codes"),
        ("a.csv", ["--map", "people=residents"], "there is no column 'people'"),
        ("a.csv", ["--encoding", "nonsense"], "'nonsense' is no encoding"),
        ("a.csv", ["--encoding", "hex"], "'hex' is no encoding"),
        ("b.xlsx", ["--encoding", "utf-8"], "a workbook has its own encoding"),
        ("a.csv", ["--start", "2005", "--end", "2005"], "a change needs two years"),
        ("a.csv", ["--start", "0005"], "--start 0005"),
        ("a.csv", ["--vintage", "20260503"], "--vintage 20260503: write a day"),
        ("a.csv", ["--vintage", "2026-W18-7"], "--vintage 2026-W18-7: write a day"),
        ("a.csv", ["--vintage", "0001-01-01"], "--vintage 0001-01-01: write a day"),
        ("a.csv", ["--missing", "zz"], "no cell holds just this text"),
        ("a.csv", ["--decimal", "dot"], "write point or comma"),
        ("a.csv", ["--row", "0101=maybe"], "unit or out"),
        ("a.csv", ["--fraction", "foreign_share_percent=perhaps"], "yes or no"),
        ("a.csv", ["--prefer", "c.csv"], "no file of --from is called so"),
    ],
)
def test_a_flag_that_cannot_be_meant_so_is_refused(
    file: str, arguments: list[str], words: str, run: Run, tables: dict[str, Path]
) -> None:
    code, out, err = run("Testland", "--from", tables[file], *arguments)
    assert (code, out) == (1, ""), out
    assert words in err
    assert len(err.splitlines()) == 1
    assert list(Path().rglob("*")) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--alias", "names 2014.csv:Nowhere=0101"], "no row has this name"),
        (["--alias", "names 2014.csv:Plain=9999"], "has the code '9999'"),
        (["--code-column", "kod"], "there is no column 'kod'"),
        (["--map", "population=residents"], "say of which file"),
        (["--encoding", "b.csv:utf-8"], "no file of --from is called 'b.csv'"),
    ],
)
def test_with_two_files_too(
    arguments: list[str], words: str, run: Run, tables: dict[str, Path]
) -> None:
    code, _, err = run("Testland", "--from", tables["a.csv"], tables["names 2014.csv"], *arguments)
    assert code == 1
    assert words in err
    assert list(Path().rglob("*")) == []


def test_a_country_is_one_line_and_need_not_be_latin(run: Run, tables: dict[str, Path]) -> None:
    code, _, err = run("Test\nland", "--name", "tl", "--from", tables["a.csv"])
    assert (code, "holds an end of line" in err) == (1, True)
    long = "The Former Kingdom of Test and Land"
    code, out, err = run(long, "--from", tables["a.csv"], "--show")
    assert (code, "nothing was written" in out) == (0, True), err
    code, _, err = run("Ελλάδα", "--from", tables["a.csv"])
    assert (code, "give one by --name" in err) == (1, True)
    assert list(Path().rglob("*")) == []


def test_what_is_printed_to_be_run_can_be_pasted(run: Run, tables: dict[str, Path]) -> None:
    country = "Cote d'Ivoire & co"
    code, out, err = run(country)
    assert code == 0, err
    line = next(each for each in out.splitlines() if each.strip().startswith("smstra new"))
    words = shlex.split(line)
    assert words[:3] == ["smstra", "new", country]
    file = Path(words[words.index("--from") + 1])
    rows = [f"{c},{n},,,{y},{people(c, y)},,,\n" for c, n, *_ in PLACES for y in ("2005", "2014")]
    file.write_text(file.read_text(encoding="utf-8") + "".join(rows), encoding="utf-8")
    code, out, err = run(*words[2:])
    assert code == 0, err
    for line in out.splitlines():
        if "smstra check" in line:
            case = shlex.split(line, comments=True)[3]
            assert main(["check", case]) in (0, 3)
