"""The workflow imported by another one: a study folder, renamed rules, what goes wrong, cases adopted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import REPO

from smstra import cli, config, folders, job_settings, pins, strict_yaml, study
from smstra.audit import manifest
from smstra.errors import SmstraError

# What of a run holds times, and so differs from every other.
RUNS = "logs/runs/"
CASES = ("be", "de")


def snakemake(folder: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run snakemake in ``folder`` with the smstra that lies in ``home``."""
    return subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(home / "workflow/lib")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=400,
        check=False,
    )


def files_of(results: Path) -> dict[str, bytes]:
    found = {p.relative_to(results).as_posix(): p for p in results.rglob("*") if p.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(RUNS)}


def chosen(source: Path, folder: Path) -> Path:
    """Copy what the user of a project chose, and nothing of the workflow, into ``folder``."""
    for name in ("config", "data"):
        shutil.copytree(source / name, folder / name)
    # Left out, the project's own is used, and nothing is known or pinned.
    (folder / "config/refresh.yaml").unlink()
    (folder / "config/breaks.yaml").unlink()
    return folder


@pytest.fixture(scope="module")
def studied(testland_done: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Testland as a study folder, after one run; the workflow lies in the folder of ``testland_done``."""
    folder = chosen(testland_done, tmp_path_factory.mktemp("study"))
    shutil.copy2(testland_done / "config/breaks.yaml", folder / "config/breaks.yaml")
    study.set_up(folder)
    done = snakemake(folder, testland_done, "--cores", "2")
    assert done.returncode == 0, done.stderr
    (folder / "run.log").write_text(done.stderr, encoding="utf-8")
    return folder


@pytest.fixture
def inside(studied: Path, testland_done: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The study as the working folder of the command `smstra` that is installed in ``testland_done``."""
    monkeypatch.setattr(folders, "INSTALLED", testland_done)
    monkeypatch.chdir(studied)
    return studied


def test_a_study_gets_the_same_bytes_in_its_own_folder(studied, testland_done):
    ours, theirs = files_of(studied / "results"), files_of(testland_done / "results")
    assert ours.keys() == theirs.keys()
    assert [name for name, raw in ours.items() if raw != theirs[name]] == []
    assert "tl/audit/manifest.jsonl" in ours and "tl/audit/environment.json" in ours
    machine = [str(testland_done).encode(), str(studied).encode()]
    assert not [name for name, raw in ours.items() if any(place in raw for place in machine)]
    assert not (studied / "workflow").exists()


def test_a_study_ends_as_a_run_of_the_project_does(studied, testland_done):
    assert "Towns of Testland (case tl): 12 units" in (studied / "run.log").read_text("utf-8")
    assert len([*(studied / "results/logs/runs").glob("*.json")]) == 1
    again = snakemake(studied, testland_done, "--cores", "2", "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr


def test_the_study_is_clean_to_the_linter(studied, testland_done):
    done = snakemake(studied, testland_done, "--lint")
    assert done.returncode == 0, done.stdout + done.stderr


IMPORTING = """\
from smstra.study import SNAKEFILE


configfile: "config/config.yaml"


module smstra:
    snakefile:
        SNAKEFILE
    config:
        config["smstra"]


use rule * from smstra as smstra_*


rule count:
    default_target: True
    input:
        "results/tl/typology.csv",
    output:
        "results/counts.txt",
    log:
        "results/logs/count.log",
    conda:
        "envs/count.yaml"
    shell:
        "tail -n +2 {input} | wc -l > {output} 2> {log}"
"""
OWN = "groups: 3\nday: 2020-01-01\nsmstra:\n  cases: [tl]\n"


@pytest.fixture
def importing(studied: Path, tmp_path: Path) -> Path:
    """Another workflow, in the catalog's layout, with rules and configuration of its own."""
    folder = tmp_path / "other"
    shutil.copytree(studied, folder, ignore=shutil.ignore_patterns(".snakemake"))
    (folder / "Snakefile").unlink()
    for name in ("rules", "envs"):
        (folder / "workflow" / name).mkdir(parents=True)
    (folder / "workflow/envs/count.yaml").write_text(
        "dependencies: [coreutils]\n", encoding="utf-8"
    )
    (folder / "workflow/rules/common.smk").write_text("# of the other workflow\n", encoding="utf-8")
    (folder / "workflow/Snakefile").write_text(IMPORTING, encoding="utf-8")
    (folder / "config/config.yaml").write_text(OWN, encoding="utf-8")
    return folder


def test_a_rule_of_another_workflow_takes_types_as_its_input(importing, testland_done):
    done = snakemake(importing, testland_done, "--cores", "2")
    assert done.returncode == 0, done.stderr
    assert (importing / "results/counts.txt").read_text().strip() == "12"
    assert "1 of 1 steps" in done.stderr  # results that are there are not made again
    typology = importing / "results/tl/typology.csv"
    typology.unlink()
    planned = snakemake(importing, testland_done, "--cores", "2", "--dry-run")
    assert "smstra_classify" in planned.stdout + planned.stderr
    linted = snakemake(importing, testland_done, "--lint")
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        pytest.param(
            "config/config.yaml",
            "  cases: [tl]",
            "  casse: [tl]",
            "smstra: the `config` of the module smstra: the key 'casse' is not known",
            id="a_key_in_the_block",
        ),
        pytest.param(
            "config/cases/tl.yaml",
            "comparison_decimals: 9",
            "comparison_decimals: many",
            "smstra: config/cases/tl.yaml: `comparison_decimals`",
            id="a_value_in_a_case",
        ),
        pytest.param(
            "workflow/Snakefile",
            "use rule *",
            "    prefix:\n        'towns'\n\n\nuse rule *",
            "smstra: the module statement has `prefix`",
            id="a_prefix",
        ),
    ],
)
def test_what_is_wrong_in_the_study_is_named_in_one_sentence(
    importing, testland_done, file, old, new, said
):
    path = importing / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    done = snakemake(importing, testland_done, "--dry-run")
    assert done.returncode == 1
    assert said in done.stderr and "Traceback" not in done.stderr


def test_the_commands_work_in_a_study(inside, capsys):
    for arguments in (
        ["verify"],
        ["audit", "tl", "T04", "sf", "--recompute"],
        ["why", "tl", "T04"],
        ["sources", "--cite"],
        ["published", "tl"],
        ["check-sources"],
    ):
        assert cli.main(arguments) == 0, capsys.readouterr()
    said = capsys.readouterr().out
    assert "tl: all as recorded" in said and "12 types computed anew" in said


def test_the_commands_find_the_block_of_an_importing_workflow(
    importing, testland_done, monkeypatch, capsys
):
    monkeypatch.setattr(folders, "INSTALLED", testland_done)
    monkeypatch.chdir(importing)
    assert cli.main(["verify", "--no-recompute"]) == 0, capsys.readouterr()
    assert cli.main(["audit", "tl", "T04", "sf"]) == 0, capsys.readouterr()


def test_verify_names_a_file_of_the_workflow_that_is_another_one_now(
    inside, testland_done, tmp_path, monkeypatch, capsys
):
    shutil.copytree(testland_done / "workflow", tmp_path / "workflow")
    with (tmp_path / "workflow/rules/tables.smk").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    monkeypatch.setattr(folders, "INSTALLED", tmp_path)
    assert cli.main(["verify", "--no-recompute"]) == 3
    # ... and with it its profiles, which the copy lacks.
    said = capsys.readouterr().out
    assert "workflow/rules/tables.smk" in said and "the module has other bytes" in said
    assert "profiles/default/config.yaml" in said and "results/" not in said


def test_a_bundle_of_a_study_is_a_project_that_verifies(inside, tmp_path, monkeypatch, capsys):
    target = tmp_path / "tl.zip"
    assert cli.main(["bundle", "tl", str(target)]) == 0, capsys.readouterr()
    assert "left out: Snakefile" in capsys.readouterr().out
    with zipfile.ZipFile(target) as file:
        file.extractall(tmp_path)
    folder = tmp_path / "smstra-tl"
    assert not (folder / "Snakefile").exists()
    monkeypatch.setattr(folders, "INSTALLED", tmp_path / "nowhere")
    monkeypatch.chdir(folder)
    assert cli.main(["verify"]) == 0, capsys.readouterr()
    planned = snakemake(folder, folder, "--dry-run", "--forceall", "--cores", "2")
    assert planned.returncode == 0 and "classify" in planned.stdout + planned.stderr


def test_setting_up_writes_what_is_lacking_and_no_more(tmp_path):
    folder = tmp_path / "mine"
    written = study.set_up(folder, ["tl"])
    assert {"Snakefile", "config/config.yaml", "data/sources.yaml", ".gitignore"} <= set(written)
    assert strict_yaml.load(folder / "config/config.yaml")["cases"] == ["tl"]
    (folder / "data/sources.yaml").unlink()
    (folder / "config/breaks.yaml").write_text("# mine\n", encoding="utf-8")
    assert study.set_up(folder) == ["data/sources.yaml"]
    assert (folder / "config/breaks.yaml").read_text(encoding="utf-8") == "# mine\n"
    assert study.set_up(folder) == []


def test_no_study_is_set_up_in_a_project_or_over_another_workflow(tmp_path):
    with pytest.raises(SmstraError, match="holds the workflow itself"):
        study.set_up(REPO)
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow/Snakefile").write_text("rule x:\n", encoding="utf-8")
    with pytest.raises(SmstraError, match=r"workflow/Snakefile: this is another workflow"):
        study.set_up(tmp_path)
    assert [*tmp_path.iterdir()] == [tmp_path / "workflow"]


def test_a_case_is_added_to_the_list_of_cases_and_to_nothing_else(tmp_path):
    study.set_up(tmp_path)
    path = tmp_path / "config/config.yaml"
    before = path.read_text(encoding="utf-8")
    assert study.add_case(tmp_path, "one") and study.add_case(tmp_path, "two")
    assert not study.add_case(tmp_path, "one")
    assert path.read_text(encoding="utf-8") == before.replace("cases: []", "cases: [one, two]")
    path.write_text("cases:\n  - one\n", encoding="utf-8")
    with pytest.raises(SmstraError, match="not written as a list in one line"):
        study.add_case(tmp_path, "two")


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adopted")
    assert cli.main(["study", str(folder), *CASES]) == 0
    assert [path for case in CASES for path in study.adopt(folder, case)] == []
    return folder


@pytest.mark.parametrize("case", CASES)
def test_an_adopted_case_is_the_case_of_the_project(adopted, case):
    ours, theirs = (config.load({"cases": [case]}, root) for root in (adopted, REPO))
    assert config.dump(case, ours) == config.dump(case, theirs)
    pins.verify_bytes(ours.pins_in_use(), adopted)
    # Everything that a manifest lists is there, and only the two registers hold less than the project's.
    read = [
        manifest.of_project(job_settings.manifest(s, case), r)
        for s, r in ((ours, adopted), (theirs, REPO))
    ]
    assert read[0] == read[1]
    other = {
        path
        for role, paths in read[0].items()
        for path in paths
        if manifest.place(role, path, adopted).read_bytes() != (REPO / path).read_bytes()
    }
    assert other <= {"config/breaks.yaml", "data/sources.yaml"}
    known = {pin["file"] for pin in strict_yaml.load(REPO / "data/sources.yaml")["snapshots"]}
    assert {pin["file"] for pin in ours.pins} < known


def test_what_a_study_has_under_the_same_name_is_never_replaced(adopted, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(adopted / "config", folder / "config")
    shutil.copy2(adopted / "Snakefile", folder / "Snakefile")
    changed = folder / "config/datasets/be.yaml"
    changed.write_text(changed.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(SmstraError, match=r"config/datasets/be.yaml there is not that of the proj"):
        study.adopt(folder, "be")
    changed.rename(folder / "config/datasets/own.yaml")
    with pytest.raises(
        SmstraError, match=r"own.yaml: describes '\w+', which the project describes"
    ):
        study.adopt(folder, "be")
    (folder / "config/datasets/own.yaml").rename(changed)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_case_that_there_is_not_cannot_be_adopted(tmp_path):
    with pytest.raises(SmstraError, match=r"no case 'bee' in the project \(did you mean 'be'\?\)"):
        study.adopt(tmp_path, "bee")
    assert not [*tmp_path.iterdir()]
