"""What `smstra study`, `smstra check` and every command do where something is wrong or cut short."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import offices
import pytest
import tiny

from smstra import cli, folders, strict_yaml, study
from smstra.commands import why as command_why

MAIN = "import sys; from smstra.cli import main; sys.exit(main())"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = cli.main([str(each) for each in arguments])
        except SystemExit as ended:
            code = int(str(ended.code))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


# --- Cut short ----------------------------------------------------------------------------------------


def test_an_interrupted_command_says_so_in_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(chosen: object) -> str:
        signal.raise_signal(signal.SIGINT)
        return "not reached"

    monkeypatch.setattr(command_why, "run", interrupted)
    # A shell that starts the tests in the background has them ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        code, out, err = run("why", "be", "Gent")
    finally:
        signal.signal(signal.SIGINT, before)
    assert (code, out) == (130, "")
    assert err == "smstra: interrupted; the command did not finish, and can be given again.\n"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_reader_that_left_is_no_fault_of_the_command(stream: str) -> None:
    """As of `smstra template reception | head -0`, which prints on both streams."""
    read, write = os.pipe()
    os.close(read)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: write}
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "template", "reception"],
        env={**os.environ, "PYTHONPATH": str(tiny.REPO / "workflow/lib")},
        check=False,
        **streams,
    )
    os.close(write)
    assert done.returncode == {"stdout": 0, "stderr": 141}[stream]
    assert b"Traceback" not in (done.stdout or b"") + (done.stderr or b"")


def test_an_error_of_the_disk_without_a_name_is_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(chosen: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command_why, "run", full)
    code, _, err = run("why", "be", "Gent")
    assert code == 1
    assert err.startswith("smstra: No space left on device; ")


# --- smstra study -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "  "])
def test_a_study_without_a_folder_is_refused(
    run: Run, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run("study", name)
    assert (code, "name a folder" in err) == (2, True)
    assert list(tmp_path.iterdir()) == []
    assert run("study", ".")[0] == 0
    assert (tmp_path / "Snakefile").is_file()


def test_no_case_is_written_where_one_of_them_is_unknown(run: Run, tmp_path: Path) -> None:
    code, _, err = run("study", tmp_path / "m", "dk", "nocase")
    assert code == 1
    assert "there is no case 'nocase'" in err and "Nothing was written" in err
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("path", "raw", "says"),
    [
        ("config/config.yaml", b"cases:\n  - one\n", "add 'dk' there"),
        ("config/config.yaml", b"cases: one\n", "add 'dk' there"),
        ("config/config.yaml", b"# \xe9tude\ncases: []\n", "config.yaml: byte 2 is not UTF-8"),
        ("data/sources.yaml", b"# \xe9tude\nsnapshots: []\n", "sources.yaml: byte 2 is not UTF-8"),
        ("config/breaks.yaml", b"\xe9: {}\n", "breaks.yaml: byte 0 is not UTF-8"),
        ("Snakefile", b"# \xe9tude\n", "Snakefile: this is another workflow"),
        ("Snakefile/x", b"", "Snakefile: this is a folder, where a study has a file"),
        ("data/sources.yaml/x", b"", "data/sources.yaml: this is a folder"),
        ("config", b"", "config"),
    ],
)
def test_a_study_that_cannot_take_a_case_is_left_as_it_is(
    run: Run, tmp_path: Path, path: str, raw: bytes, says: str
) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_bytes(raw)
    before = tree(tmp_path)
    code, out, err = run("study", tmp_path, "dk")
    assert (code, out) == (1, "")
    assert says in err and err.count("\n") == 1
    assert tree(tmp_path) == before


def test_a_file_is_no_folder_of_a_study(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    code, _, err = run("study", tmp_path / "file", "dk")
    assert (code, "this is a file; name a folder" in err) == (1, True)


def test_a_mark_at_the_beginning_of_a_file_does_no_harm(tmp_path: Path) -> None:
    study.set_up(tmp_path)
    path = tmp_path / "config/config.yaml"
    path.write_text("\ufeffcases: [one]\n", encoding="utf-8")
    assert study.add_case(tmp_path, "two")
    assert strict_yaml.load(path)["cases"] == ["one", "two"]


def test_what_comes_next_can_be_pasted(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "my study; rm 'x'"
    code, out, _ = run("study", folder)
    assert code == 0
    (line,) = [line for line in out.splitlines() if line.startswith("next: ")]
    words = shlex.split(line.removeprefix("next: "))
    assert words == ["cd", folder.as_posix(), "&&", "smstra", "new"]


def small_home(root: Path) -> Path:
    """A project with few files, of which a study can take the case `tl`."""
    home = tiny.build(root, "")
    for name in ("config/refresh.yaml", "profiles/default/config.yaml", "data/LICENSE.md"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes((tiny.REPO / name).read_bytes())
    pins = strict_yaml.load(home / "data/sources.yaml")["snapshots"]
    text = textwrap.indent(strict_yaml.dumps(pins), "  ")
    (home / "data/sources.yaml").write_text(f"snapshots:\n{text}", encoding="utf-8")
    return home


def test_a_study_that_was_cut_short_is_finished_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the writes fails: the rerun gives the bytes of one that was not cut short."""
    monkeypatch.setattr(folders, "INSTALLED", small_home(tmp_path / "home"))
    whole = tmp_path / "whole"
    written = study.adopt(whole, "tl")
    assert strict_yaml.load(whole / "config/config.yaml")["cases"] == ["tl"]
    expected = tree(whole)
    assert sorted(expected) == written

    replace = Path.replace
    for place in range(len(written)):
        folder, left = tmp_path / f"cut{place}", [place]

        def cut(part: Path, target: Path, left: list[int] = left) -> Path:
            if not left[0]:
                raise OSError(28, "No space left on device", str(target))
            left[0] -= 1
            return replace(part, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", cut)
            with pytest.raises(OSError, match="No space left"):
                study.adopt(folder, "tl")
        assert not (folder / "config/config.yaml").exists()
        study.adopt(folder, "tl")
        assert {n: raw for n, raw in tree(folder).items() if not n.endswith(".part")} == expected
    assert study.adopt(whole, "tl") == []


# --- smstra check -------------------------------------------------------------------------------------


@pytest.fixture
def new_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The study that `smstra new` writes of a table that does not say its day."""
    file = tmp_path / "a.csv"
    file.write_text(offices.text(offices.long()), encoding="utf-8")
    (tmp_path / "study").mkdir()
    monkeypatch.chdir(tmp_path / "study")
    assert cli.main(["new", "Testland", "--from", str(file), "--yes"]) == 0
    return tmp_path / "study"


def found(run: Run, case: str = "testland") -> tuple[int, dict[str, Any]]:
    code, out, _ = run("check", case, "--json")
    return code, json.loads(out)


def changed(path: str, change: Callable[[dict[str, Any]], object]) -> None:
    content = strict_yaml.load(Path(path))
    change(content)
    Path(path).write_text(strict_yaml.dumps(content), encoding="utf-8")


CASE, TABLES = "config/cases/testland.yaml", "config/datasets/testland.yaml"


@pytest.mark.usefixtures("new_study")
def test_sums_that_differ_are_faults_before_a_run(run: Run) -> None:
    units = sum(offices.people(place[0], "2014") for place in offices.PLACES)
    check = {
        "of": "residents", "sum_over": "municipality", "to": "country", "date": "2014-01-01",
        "published": units, "tolerance": 0, "source": "the yearbook",
    }  # fmt: skip
    changed(CASE, lambda case: case.update(aggregate_checks={"people": check}))
    code, said = found(run)
    assert (code, said["faults"]) == (3, [])
    assert {"about": "sums", "found": "1 of 1 aggregate checks agree"} in said["facts"]
    wrong = {**check, "published": units + 1}
    changed(CASE, lambda case: case["aggregate_checks"].update(other=wrong))
    code, said = found(run)
    (task,) = said["faults"]
    assert code == 1
    assert (task["file"], task["key"]) == (CASE, "aggregate_checks.other")
    assert f"add up to {units:,}.0, but the yearbook has {units + 1:,}" in task["what"]
    assert {"about": "sums", "found": "1 of 2 aggregate checks agree"} in said["facts"]
    changed(CASE, lambda case: case["aggregate_checks"]["other"].update(date="1999-01-01"))
    assert "no date has the figures on both sides" in found(run)[1]["faults"][0]["what"]


@pytest.mark.usefixtures("new_study")
def test_size_classes_without_figures_are_a_fault_before_a_run(run: Run) -> None:
    changed(CASE, lambda case: case["size_classes"]["inhabitants"].update(date="1999-01-01"))
    code, said = found(run)
    assert (code, [task["key"] for task in said["faults"]]) == (1, ["size_classes"])


@pytest.mark.usefixtures("new_study")
def test_an_assumed_day_is_asked_for_at_its_key_and_nowhere_else(run: Run) -> None:
    def asked() -> list[dict[str, str]]:
        return [task for task in found(run)[1]["to_do"] if "is assumed" in task["what"]]

    (task,) = asked()
    assert (task["file"], task["key"]) == (TABLES, "testland_a.date.day")
    assert "ask the publisher" in task["what"] and CASE in task["what"]
    # What is noted of the pin does not answer it.
    changed("data/sources.yaml", lambda pins: [pin.pop("notes", 0) for pin in pins["snapshots"]])
    assert asked() == [task]
    pasted = strict_yaml.loads(task["yaml"], "paste")
    assert pasted["date"]["day"] == "01-01"
    changed(TABLES, lambda tables: tables["testland_a"].update(pasted))
    assert asked() == []


@pytest.mark.usefixtures("new_study")
def test_a_date_of_another_day_is_offered_with_the_day_that_there_is(run: Run) -> None:
    changed(CASE, lambda case: case["indicators"]["varni"].update({"from": "2005-07-01"}))
    tasks = [task for task in found(run)[1]["to_do"] if task["key"] == "indicators.varni"]
    (task,) = tasks
    assert "asks for 2005-07-01" in task["what"]
    pasted = strict_yaml.loads(task["yaml"], "paste")
    assert (pasted["varni"]["from"], pasted["varni"]["definition"]) == (
        "2005-01-01",
        "relative_change",
    )
    changed(CASE, lambda case: case["indicators"].update(pasted))
    assert "indicators.varni" not in {task["key"] for task in found(run)[1]["to_do"]}


@pytest.mark.usefixtures("new_study")
def test_a_year_that_there_is_not_is_given_as_the_reason_and_no_other_is_chosen(run: Run) -> None:
    changed(CASE, lambda case: case["indicators"]["varni"].update({"from": "1990-01-01"}))
    (task,) = [t for t in found(run)[1]["to_do"] if t["key"] == "indicators.varni"]
    pasted = strict_yaml.loads(task["yaml"], "paste")["varni"]
    assert pasted["definition"] == "not_available"
    assert pasted["because"] == "no table at hand has 1990-01-01, and the nearest is 2005-01-01"


@pytest.mark.usefixtures("new_study")
def test_a_configuration_that_is_not_utf_8_is_one_sentence(run: Run) -> None:
    for path in ("config/config.yaml", CASE, TABLES, "data/sources.yaml"):
        raw = Path(path).read_bytes()
        Path(path).write_bytes(b"# \xe9tude\n" + raw)
        code, out, err = run("check", "testland")
        assert code == 1 and "byte 2 is not UTF-8" in out and err == ""
        assert path in out
        Path(path).write_bytes(raw)


@pytest.mark.usefixtures("new_study")
def test_a_case_of_another_workflow_is_checked_by_its_block(run: Run) -> None:
    Path("config/config.yaml").write_text("groups: 3\nsmstra: {cases: [testland]}\n", "utf-8")
    code, said = found(run)
    assert (code, said["faults"]) == (3, [])
