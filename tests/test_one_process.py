"""The plain process that the benchmarks hold the workflow against makes the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import REPO

BENCHMARKS = REPO / "benchmarks"
WITH_ONE_FAMILY = """
import one_process as plain
draw, families = plain.draw_figures, plain.FAMILIES
def draw_one(*arguments):
    plain.FAMILIES = ("economy",)
    draw(*arguments)
    plain.FAMILIES = families
plain.draw_figures = draw_one
plain.main()
"""
COMPARED = """
from pathlib import Path
import one_process as plain
from smstra import config, strict_yaml
settings = config.load(strict_yaml.load(Path("config/config.yaml")))
plain.run_comparison(settings)
plain.summarise(settings)
"""


def python(folder: Path, *arguments: str) -> None:
    """Run Python in ``folder`` with the package that lies there."""
    paths = os.pathsep.join([str(folder / "workflow/lib"), str(BENCHMARKS)])
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def differing(ours: Path, theirs: Path) -> list[str]:
    made, wanted = files_of(ours), files_of(theirs)
    # Settings, logs and the records of runs are Snakemake's.
    wanted = {
        name: raw for name, raw in wanted.items() if name.split("/")[0] not in ("settings", "logs")
    }
    return sorted(
        name for name in made.keys() | wanted.keys() if made.get(name) != wanted.get(name)
    )


def test_it_makes_what_the_workflow_makes(testland_done, tmp_path):
    folder, figures = tmp_path / "plain", "results/tl/figures"
    shutil.copytree(testland_done, folder, ignore=shutil.ignore_patterns("results", ".snakemake"))
    # One family is drawn, which takes its time; the others are there.
    drawn = {path.stem for path in (testland_done / figures).glob("unemployment*.csv")}
    assert drawn
    shutil.copytree(
        testland_done / figures,
        folder / figures,
        ignore=lambda _, names: [n for n in names if n.split(".")[0] in {*drawn, "list_economy"}],
    )
    python(folder, "-c", WITH_ONE_FAMILY)
    made = differing(folder / "results", testland_done / "results")
    assert [name for name in made if not name.endswith(".snakemake_timestamp")] == []


def test_it_compares_cases_as_the_workflow_does(shipped, tmp_path):
    for name in ("workflow", "config", "data", "profiles", "pyproject.toml", "requirements.txt"):
        (tmp_path / name).symlink_to(shipped / name)
    for case in ("be", "de"):
        shutil.copytree(
            shipped / "results" / case,
            tmp_path / "results" / case,
            ignore=lambda _, names: [
                name for name in names if "." in name and not name.endswith(".csv")
            ],
        )
    python(tmp_path, "-c", COMPARED)
    # Whose commit it was, the project's own audit says.
    ours, theirs = tmp_path / "results", shipped / "results"
    audits = {"audit/environment.json", "audit/manifest.jsonl"}
    assert set(differing(ours / "comparison", theirs / "comparison")) <= audits
    assert (ours / "summary.txt").read_bytes() == (theirs / "summary.txt").read_bytes()
