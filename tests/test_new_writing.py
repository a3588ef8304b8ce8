"""`smstra new`: figures in several files, newest names, and a write that does not come to its end."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import offices
import pandas as pd
import pytest
from offices import PLACES, YEARS, people, rate

from smstra import config, job_settings, strict_yaml
from smstra.cli import main
from smstra.commands import new
from smstra.errors import SmstraError
from smstra.onboarding import saving
from smstra.sources.tables import observations_of

Run = Callable[..., tuple[int, str, str]]
Table = dict[tuple[str, str, str], float]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `smstra new Testland` in an empty study folder."""
    study = tmp_path / "study"
    study.mkdir()
    monkeypatch.chdir(study)

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main(["new", "Testland", *(str(each) for each in arguments), "--yes"])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def wrote(path: Path, rows: offices.Rows) -> Path:
    """Write rows as CSV."""
    path.write_text(offices.text(rows), encoding="utf-8")
    return path


def wide(path: Path, years: tuple[str, ...], more: int = 0, codes: str = "") -> Path:
    """Write inhabitants, a column a year; ``more`` in the first place, only codes that begin with ``codes``."""
    rows: offices.Rows = [["kommun_code", "name", *(f"Population {year}" for year in years)]]
    for code, name, *_ in PLACES:
        extra = more if code == "0101" else 0
        if code.startswith(codes):
            rows.append([code, name, *(people(code, year) + extra for year in years)])
    return wrote(path, rows)


def settings() -> config.Settings:
    user = strict_yaml.load(Path("config/config.yaml"))
    return config.load({**user, "cases": ["testland"]})


def figures() -> Table:
    """Return all figures by variable, unit and year; one that two tables hold is an error."""
    known, found = settings(), {}
    for name in known.cases["testland"]["datasets"]:
        part = job_settings.observations(known, name)
        table = observations_of(name, part["datasets"], part["pins"], part["variables"])
        for row in table.itertuples():
            key = row.variable, row.unit, row.date[:4]
            assert key not in found
            found[key] = row.value
    return found


def tree() -> dict[str, bytes]:
    """Return the files of the study by path."""
    return {p.as_posix(): p.read_bytes() for p in Path().rglob("*") if p.is_file()}


class Disk:
    """Counts the files that get their final names, and refuses more than it holds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.named: list[str] = []
        self._most: int | None = None
        truly = os.replace

        def replace(source: object, target: object) -> None:
            if self._most is not None and len(self.named) >= self._most:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.named.append(Path(str(target)).as_posix())
            truly(str(source), str(target))

        monkeypatch.setattr(os, "replace", replace)

    def holds(self, most: int | None) -> None:
        """Begin to count anew; refuse what is more than ``most``, nothing if None."""
        self.named.clear()
        self._most = most


def settings_text() -> str:
    """Return config/config.yaml, empty if it is not there."""
    path = Path("config/config.yaml")
    return path.read_text(encoding="utf-8") if path.is_file() else ""


ALL = {("residents", code, year): people(code, year) for code, *_ in PLACES for year in YEARS}


def test_years_that_a_second_file_has_alone_are_kept_wide(run: Run, tmp_path: Path) -> None:
    files = wide(tmp_path / "a.csv", ("2005", "2010")), wide(tmp_path / "b.csv", ("2010", "2014"))
    code, out, err = run("--from", *files)
    assert code == 0, err
    assert figures() == ALL
    assert "residents: 2010 taken from a.csv; 8 figures are equal" in out


def test_years_that_a_second_file_has_alone_are_kept_long(run: Run, tmp_path: Path) -> None:
    first = wide(tmp_path / "a.csv", YEARS)
    rows: offices.Rows = [["code", "year", "population", "unemployment_rate"]]
    for code, *_ in PLACES:
        rows += [[code, y, people(code, y), rate(code, y)] for y in ("2005", "2014")]
        rows.append([code, "2015", people(code, "2015"), ""])
    code, out, err = run("--from", first, wrote(tmp_path / "b.csv", rows))
    assert code == 0, err
    found = figures()
    for place, *_ in PLACES:
        assert found["residents", place, "2015"] == people(place, "2015")
        assert found["unemployment_rate_registered", place, "2005"] == rate(place, "2005")
    assert {key: found[key] for key in ALL} == ALL
    assert "residents: 2005, 2014 taken from a.csv; 16 figures are equal" in out
    assert main(["check", "testland"]) in (0, 3)


def test_rows_of_years_that_nothing_is_taken_of_are_left_out(run: Run, tmp_path: Path) -> None:
    first = wide(tmp_path / "a.csv", YEARS)
    rows: offices.Rows = [["code", "year", "population"]]
    rows += [[p[0], year, people(p[0], year)] for p in PLACES for year in ("2014", "2016")]
    code, _, err = run("--from", first, wrote(tmp_path / "b.csv", rows))
    assert code == 0, err
    more = {("residents", p[0], "2016"): people(p[0], "2016") for p in PLACES}
    assert figures() == ALL | more


def test_figures_that_differ_are_asked_about(run: Run, tmp_path: Path) -> None:
    files = wide(tmp_path / "a.csv", YEARS), wide(tmp_path / "b.csv", ("2014", "2016"), more=7)
    code, out, err = run("--from", *files)
    assert code == 0, err
    here, there = people("0101", "2014") + 7, people("0101", "2014")
    assert f"0101 in 2014: {here} here, {there} in a.csv" in out
    assert "--prefer 'b.csv'" in out
    assert figures() == ALL
    assert Path("data/by_hand/b.csv").read_bytes() == files[1].read_bytes()


def test_the_preferred_file_counts_and_the_difference_is_said(run: Run, tmp_path: Path) -> None:
    files = wide(tmp_path / "a.csv", YEARS), wide(tmp_path / "b.csv", ("2014", "2016"), more=7)
    code, out, err = run("--from", *files, "--prefer", "b.csv")
    assert code == 0, err
    found = figures()
    assert found["residents", "0101", "2014"] == people("0101", "2014") + 7
    assert found["residents", "0101", "2005"] == people("0101", "2005")
    assert "7 figures are equal, 1 differ and are left out, as you said" in out


def test_the_same_year_of_other_units_is_no_overlap(run: Run, tmp_path: Path) -> None:
    files = (
        wide(tmp_path / "north.csv", YEARS, codes="0"),
        wide(tmp_path / "east.csv", YEARS, codes="1"),
    )
    code, _, err = run("--from", *files)
    assert code == 0, err
    assert figures() == ALL


def test_a_series_of_two_days_is_asked_about(run: Run, tmp_path: Path) -> None:
    first = wide(tmp_path / "a.csv", ("2005", "2010"))
    second = wide(tmp_path / "b.csv", ("2014",))
    code, out, err = run("--from", first, second, "--day", "a.csv:12-31", "--day", "b.csv:01-01")
    assert code == 0, err
    assert "residents is counted on 01-01 here and on 12-31 in a.csv" in out
    assert {year for *_, year in figures()} == {"2005", "2010"}


def register() -> pd.DataFrame:
    (path,) = Path("data/snapshots").rglob("*_units.csv")
    return pd.read_csv(path, dtype=str).set_index("code")


@pytest.mark.parametrize("years", [("2014", "2005"), ("2005", "2014")])
def test_the_newest_name_is_that_of_the_newest_year(
    years: tuple[str, str], run: Run, tmp_path: Path
) -> None:
    rows: offices.Rows = [["code", "name", "year", "population"]]
    for year in years:
        for code, name, *_ in PLACES:
            shown = f"New {name}" if code == "0101" and year == "2014" else name
            rows.append([code, shown, year, people(code, year)])
    code, out, err = run("--from", wrote(tmp_path / "a.csv", rows))
    assert code == 0, err
    assert register()["name"]["0101"] == "New Łódź Północ"
    assert "0101 New Łódź Północ (also Łódź Północ)" in out


@pytest.mark.parametrize("first", ["2005", "2014"])
def test_the_newest_region_is_that_of_the_newest_file(first: str, run: Run, tmp_path: Path) -> None:
    files = {}
    for year in ("2005", "2014"):
        rows: offices.Rows = [["code", "name", "county", f"Population {year}"]]
        for code, name, _, region in PLACES:
            moved = code == "0203" and year == "2014"
            rows.append([code, name, "Ostmark" if moved else region, people(code, year)])
        files[year] = wrote(tmp_path / f"of{year}.csv", rows)
    given = [files.pop(first), *files.values()]
    code, out, err = run("--from", *given)
    assert code == 0, err
    assert register()["region_name"]["0203"] == "Ostmark"
    assert "0203 Ostmark (also Südmark)" in out


def test_of_two_files_the_newer_has_the_newest_name(run: Run, tmp_path: Path) -> None:
    old = wide(tmp_path / "old.csv", ("2005",))
    new = [["kommun_code", "name", "Population 2014"]]
    new += [[c, f"New {n}", people(c, "2014")] for c, n, *_ in PLACES]
    code, _, err = run("--from", wrote(tmp_path / "new.csv", new), old)
    assert code == 0, err
    assert register()["name"].str.startswith("New ").all()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Return a disk that counts the files given their names, and can be full."""
    return Disk(monkeypatch)


def given(tmp_path: Path) -> tuple[object, ...]:
    """Return arguments with a file that is read and one that is put aside."""
    aside = wrote(tmp_path / "c.csv", [["code", "population"], *([p[0], 5] for p in PLACES)])
    return "--from", wide(tmp_path / "a.csv", YEARS), aside, "--vintage", "2026-05-03"


def test_a_write_stopped_at_any_file_goes_on_to_the_same_bytes(
    run: Run, tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    truly = new.build
    monkeypatch.setattr(new, "build", lambda *asked: made.append(truly(*asked)) or made[0])
    assert run(*given(tmp_path))[0] == 0
    whole, order = tree(), list(disk.named)
    assert order[-2:] == ["config/cases/testland.yaml", "config/config.yaml"]
    assert set(order) == set(whole)
    for failing in range(len(order)):
        folder = tmp_path / f"failing{failing}"
        folder.mkdir()
        monkeypatch.chdir(folder)
        disk.holds(failing)
        with pytest.raises(SmstraError, match=r"cannot be written \(No space left on device\)"):
            saving.write(made[0].files(), made[0].pins, "testland", Path())
        assert ("testland" in settings_text()) is False
        disk.holds(None)
        saving.write(made[0].files(), made[0].pins, "testland", Path())
        assert tree() == whole


@pytest.mark.parametrize(
    "failing", ["data/sources.yaml", "config/cases/testland.yaml", "config/config.yaml"]
)
def test_the_same_command_goes_on_after_a_full_disk(
    failing: str, run: Run, tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = given(tmp_path)
    assert run(*arguments)[0] == 0
    whole = tree()
    # The last time that it is written: files that every study has are there before.
    at = len(disk.named) - 1 - disk.named[::-1].index(failing)
    folder = tmp_path / "again"
    folder.mkdir()
    monkeypatch.chdir(folder)
    disk.holds(at)
    code, _, err = run(*arguments)
    assert (code, len(err.splitlines())) == (1, 1)
    assert f"{failing}: cannot be written (No space left on device)" in err
    disk.holds(None)
    code, _, err = run(*arguments)
    assert code == 0, err
    assert tree() == whole
    assert run(*arguments)[0] == 1


def test_what_is_there_with_another_content_stops_all(run: Run, tmp_path: Path) -> None:
    file = wide(tmp_path / "a.csv", YEARS)
    assert run("--from", file, "--vintage", "2026-05-03")[0] == 0
    paths = [path for path in tree() if "testland" in path]
    assert len(paths) == 6
    Path("config/cases/testland.yaml").unlink()
    for path in paths:
        if path == "config/cases/testland.yaml":
            continue
        raw = Path(path).read_bytes()
        Path(path).write_bytes(raw + b"\n# mine\n")
        before = tree()
        code, _, err = run("--from", file, "--vintage", "2026-05-03")
        assert (code, err.count("another content")) == (1, 1), err
        assert path in err
        assert tree() == before
        Path(path).write_bytes(raw)


@pytest.mark.parametrize("name", ["config/config.yaml", "data/sources.yaml", "Snakefile"])
@pytest.mark.parametrize("fault", ["latin", "folder"])
def test_a_file_of_the_study_that_cannot_be_read_is_one_sentence(
    name: str, fault: str, run: Run, tmp_path: Path
) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    if fault == "latin":
        Path(name).write_bytes("# Übersicht\n".encode("latin-1"))
    else:
        Path(name).mkdir()
    code, out, err = run("--from", wide(tmp_path / "a.csv", YEARS))
    assert (code, out) == (1, "")
    assert Path(name).name in err
    assert len(err.splitlines()) == 1
    # A Snakefile without smstra in it is another workflow, in whatever encoding.
    latin = "another workflow" if name == "Snakefile" else "UTF-8"
    assert (latin if fault == "latin" else "folder") in err
    assert [path for path in tree() if path != name] == []


def test_a_file_where_a_folder_is_needed_is_one_sentence(run: Run, tmp_path: Path) -> None:
    Path("data").write_text("", encoding="utf-8")
    code, _, err = run("--from", wide(tmp_path / "a.csv", YEARS))
    assert (code, list(tree())) == (1, ["data"])
    assert "data: this is a file, and a folder is needed there" in err


def test_a_file_that_may_not_be_read_is_one_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = wide(tmp_path / "a.csv", YEARS)
    truly = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path.name == "a.csv":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return truly(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    code, _, err = run("--from", file)
    assert (code, len(err.splitlines()), tree()) == (1, 1, {})
    assert "a.csv: Permission denied" in err


def test_the_cause_is_said_and_no_remedy_of_another(run: Run, tmp_path: Path) -> None:
    no_year = wrote(tmp_path / "a.csv", [["code", "population"], *([p[0], 5000] for p in PLACES)])
    code, _, err = run("--from", no_year)
    assert code == 1
    assert err.startswith("smstra: a.csv: ")
    assert "--year" in err
    assert "--map" not in err
    apples: offices.Rows = [["code", "year", "area_km2"], *([p[0], "2014", 5.5] for p in PLACES)]
    code, _, err = run("--from", wrote(tmp_path / "b.csv", apples))
    assert code == 1
    assert "--map 'b.csv:COLUMN=residents'" in err
    code, _, err = run("--from", no_year, tmp_path / "b.csv")
    assert code == 1
    assert "b.csv does not hold inhabitants" in err
    assert tree() == {}


def test_a_year_near_the_one_asked_for_is_said(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("--from", wide(tmp_path / "a.csv", ("2006", "2013")))
    assert code == 0
    assert "2005 is not among the years of inhabitants; the first year of the case is 2006" in out
    assert "2014 is not among the years of inhabitants; the last year of the case is 2013" in out


def test_an_assumed_day_is_marked_in_the_description(run: Run, tmp_path: Path) -> None:
    file = wide(tmp_path / "a.csv", YEARS)
    assert run("--from", file)[0] == 0
    described = strict_yaml.load(Path("config/datasets/testland.yaml"))
    assert "smstra found no day in" in described["testland_a"]["date"]["assumed"]
    code, _, err = run("--from", file, "--name", "other", "--day", "12-31")
    assert code == 0, err
    described = strict_yaml.load(Path("config/datasets/other.yaml"))
    assert described["other_a"]["date"] == {"column": "header", "day": "12-31"}


def test_all_that_is_left_out_or_declared_is_printed(run: Run, tmp_path: Path) -> None:
    rows: offices.Rows = [["code", "name", "Population 2014", "Unemployment rate 2014", "apples"]]
    rows += [[c, n, people(c, "2014"), rate(c, "2014"), 7] for c, n, *_ in PLACES]
    rows[3][3] = ".."
    rows.append(["9999", "Total", sum(people(c, "2014") for c, *_ in PLACES), 8.5, 7])
    file = wrote(tmp_path / "a.csv", rows)
    code, out, err = run("--from", file, "--row", "9999=out")
    assert code == 0, err
    assert "Total" in out
    assert "'..'" in out
    assert "not read: apples" in out
    assert set(register().index) == {code for code, *_ in PLACES}
