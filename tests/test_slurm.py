"""On a real Slurm of one node: the same bytes as locally, and nothing finished is lost when a job or the
node dies."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import one_node_slurm
import pytest
import tiny
from one_node_slurm import OneNodeSlurm
from test_documentation import ON_SLURM

from smstra import strict_yaml

REPO = Path(__file__).resolve().parents[1]
PROFILE = "workflow/profiles/slurm"
# Some minutes, so only where it is asked for; .ci/run asks.
ASKED = os.environ.get("SMSTRA_SLURM")
LACKING = one_node_slurm.missing()
needs_slurm = pytest.mark.skipif(
    ASKED is None or (ASKED != "required" and bool(LACKING)),
    reason="runs on a real Slurm are left out: after `make cluster`, with slurm-wlm and munge installed, "
    "set SMSTRA_SLURM=1",
)
# A test's node answers at once.
QUICK = (
    "--slurm-init-seconds-before-status-checks",
    "1",
    "--seconds-between-status-checks",
    "1",
    "--latency-wait",
    "5",
)
# The records of runs hold times; Slurm's own logs are beside them.
TIMES = ("results/logs/runs/", "results/logs/slurm/")


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneNodeSlurm]:
    assert not LACKING, f"SMSTRA_SLURM=required, but this machine lacks {LACKING}"
    with OneNodeSlurm(tmp_path_factory.mktemp("slurm") / "one") as node:
        yield node


def start(slurm: OneNodeSlurm, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start snakemake in ``folder`` with the shipped profile."""
    with (folder / "snakemake.out").open("a") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--workflow-profile", PROFILE, *QUICK, *arguments],
            cwd=folder,
            env={**slurm.environment, "PYTHONPATH": str(folder / "workflow/lib")},
            stdout=out,
            stderr=out,
            text=True,
        )


def made(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all results by path, but for what holds times."""
    paths = (path.relative_to(folder).as_posix() for path in (folder / "results").rglob("*"))
    return {
        path: (folder / path).read_bytes()
        for path in paths
        if (folder / path).is_file() and not path.startswith(TIMES)
    }


def until(happened: Callable[[], object], running: subprocess.Popen[str]) -> None:
    """Wait for something while a run goes on; it is a failure if the run ends first."""
    end = time.monotonic() + 120
    while not happened():
        assert running.poll() is None, "the run ended before what was waited for"
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.1)


@needs_slurm
def test_a_run_on_slurm_writes_the_same_bytes(
    slurm: OneNodeSlurm, testland_done: Path, tmp_path: Path
) -> None:
    folder = tiny.build(tmp_path / "cluster")
    run = start(slurm, folder)
    assert run.wait(timeout=400) == 0, (folder / "snakemake.out").read_text()
    cluster, local = made(folder), made(testland_done)
    assert set(cluster) == set(local)
    assert [path for path in cluster if cluster[path] != local[path]] == []
    told = (folder / "snakemake.out").read_text()
    groups = re.findall(r"/results/logs/slurm/(group_[a-z]+)_", told)
    assert {"group_observations", "group_tables"} <= set(groups), "small jobs went one by one"


@needs_slurm
def test_a_killed_job_and_a_node_that_dies_lose_no_finished_work(
    slurm: OneNodeSlurm, testland_done: Path, tmp_path: Path
) -> None:
    folder = tiny.build(tmp_path / "cluster")
    run = start(slurm, folder, "figures")
    # The first job is killed as an administrator would, the second time it may end.
    until(slurm.jobs, run)
    first = slurm.jobs()[0]
    assert slurm.asks("scancel", first).returncode == 0
    # A group is one job: what its node had made of it is made again, so wait until the tables are whole.
    told = folder / "snakemake.out"
    until(lambda: re.search(r"Finished jobid: \d+ \(Rule: classify\)", told.read_text()), run)
    until(slurm.jobs, run)
    finished = {
        path: (folder / path).stat().st_mtime_ns
        for path in made(folder)
        if path.startswith(("results/observations/", "results/tl/typology", "results/tl/units"))
    }
    assert finished
    assert slurm.kill_node(), "nothing ran on the node"
    time.sleep(1)
    slurm.start_node()
    if run.wait(timeout=400) != 0:
        run = start(slurm, folder, "figures")
        assert run.wait(timeout=400) == 0, (folder / "snakemake.out").read_text()
    assert "Trying to restart" in told.read_text(), "the killed job was not submitted again"
    again = {path: (folder / path).stat().st_mtime_ns for path in finished}
    assert again == finished, "work that was finished was done again"
    local = made(testland_done)
    figures = {p: b for p, b in made(folder).items() if p.startswith("results/tl/figures/")}
    assert figures
    assert [path for path, found in figures.items() if found != local[path]] == []


@needs_slurm
@pytest.mark.parametrize("command", ON_SLURM)
def test_each_command_of_the_page_on_clusters_plans_its_jobs(tmp_path: Path, command: str) -> None:
    for name in ("workflow", "config", "data"):
        shutil.copytree(REPO / name, tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *shlex.split(command)[1:], "--dry-run"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "workflow/lib")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "classify" in done.stdout


def test_the_profile_names_every_rule() -> None:
    """A rule that is added later must say what it needs on a cluster, and its group must be one."""
    profile = strict_yaml.load(REPO / PROFILE / "config.yaml")
    rules = set()
    for path in (REPO / "workflow/rules").glob("*.smk"):
        rules |= set(re.findall(r"^ *rule (\w+):", path.read_text(encoding="utf-8"), re.M))
    # What asks the network is not for a cluster's nodes.
    rules -= {"refresh_dataset", "report_refresh"}
    assert set(profile["set-resources"]) == rules
    assert {entry.split("=")[0] for entry in profile["groups"]} <= rules


def test_a_rule_gets_more_memory_than_it_says_of_itself() -> None:
    profile = strict_yaml.load(REPO / PROFILE / "config.yaml")
    for path in (REPO / "workflow/rules").glob("*.smk"):
        text = path.read_text(encoding="utf-8")
        for rule, needs in re.findall(r"rule (\w+):.*?mem_mb=(\d+)", text, re.S):
            if rule in profile["set-resources"]:
                given = profile["set-resources"][rule]["mem_mb"]
                assert int(re.fullmatch(r"attempt \* (\d+)", given)[1]) >= int(needs) + 200
