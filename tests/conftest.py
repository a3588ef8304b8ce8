"""Shared folders: Testland and the shipped cases, each run once."""

from __future__ import annotations

import compileall
import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import tiny
from filelock import FileLock
from hypothesis import settings

from smstra import config, csvio, strict_yaml
from smstra.audit import verify

REPO = Path(__file__).resolve().parents[1]


# How long an example takes says nothing of it on a machine that does other things too.
settings.register_profile("smstra", settings(), deadline=None)
settings.load_profile("smstra")
# Long runs that several files share, each made by one worker only; the longest is begun first.
SHARED_RUNS = ("shipped", "testland_chosen")
# Files of long tests that share nothing but Testland, which all workers have: these may go anywhere.
SPREAD = ("test_refresh.py", "test_refresh_faults.py", "test_workflow.py")


def pytest_configure(config: pytest.Config) -> None:
    """Compile the package before it is copied, so that not every copy is compiled anew."""
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(REPO / "workflow/lib", quiet=2)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name no test by bytes: an archive may hold the clock, and workers must find the same names."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that share a long run, or the fixtures of a file, on one worker."""
    order: dict[str, int] = {name: number for number, name in enumerate(SHARED_RUNS)}

    def group_of(item: pytest.Item) -> str:
        given = item.get_closest_marker("xdist_group")
        if given:
            return given.args[0]
        names = getattr(item, "fixturenames", ())
        return next((name for name in SHARED_RUNS if name in names), item.path.name)

    for item in items:
        group = group_of(item)
        if group not in SPREAD and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: order.get(group_of(item), len(order)))


def pytest_collection_finish() -> None:
    """Look for garbage less often, and not in the tests and what they import: it took a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run snakemake in ``folder`` with the package that lies there."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "workflow/lib")}
    return subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=400,
        check=False,
    )


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder ``name`` that ``make`` fills, once for all workers of a test run."""
    base = factory.getbasetemp()
    # Workers have folders of their own in that of the run.
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, done = shared / name, shared / f"{name}.done"
    with FileLock(shared / f"{name}.lock"):
        if not done.is_file():
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def testland_done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Testland after one run; not to be changed."""

    def make(folder: Path) -> None:
        done = snakemake(tiny.build(folder), "--cores", "2")
        assert done.returncode == 0, done.stderr
        (folder / "run.log").write_text(done.stderr, encoding="utf-8")

    return once(tmp_path_factory, "testland_done", make)


class Chosen(NamedTuple):
    """Testland with its choices made, and what each of the two targets added below results."""

    folder: Path
    by_robustness: set[str]
    by_selection: set[str]


@pytest.fixture(scope="session")
def testland_chosen(tmp_path_factory: pytest.TempPathFactory) -> Chosen:
    """Testland after `snakemake robustness`, `snakemake selection` and its summary; not to be changed."""
    blocks = tiny.ROBUSTNESS + tiny.SELECTION
    folder = tiny.build(tmp_path_factory.mktemp("chosen"), blocks)
    there = [set()]
    for target in ("robustness", "selection", "results/summary.txt"):
        done = snakemake(folder, target, "--cores", "2")
        assert done.returncode == 0, done.stderr
        results = (folder / "results").rglob("*")
        there.append({p.relative_to(folder).as_posix() for p in results if p.is_file()})
    return Chosen(folder, there[1] - there[0], there[2] - there[1])


@pytest.fixture
def testland(testland_done: Path, tmp_path: Path) -> Path:
    """A copy of Testland after its run, with its times, to be changed by the test."""
    return shutil.copytree(testland_done, tmp_path / "testland")


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Testland before any run."""
    return tiny.build(tmp_path / "fresh")


def copied(folder: Path) -> Path:
    """Copy what the project is run with into ``folder``."""
    for name in ("workflow", "profiles", "config", "data"):
        ignored = shutil.ignore_patterns("*.pyc.*", "*.egg-info")
        shutil.copytree(REPO / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "requirements.txt"):
        shutil.copy2(REPO / name, folder / name)
    return folder


def made_already() -> bool:
    """Whether results/ is whole and what a plain run of the code and the configuration at hand made."""
    resolved = config.load(strict_yaml.load(REPO / "config/config.yaml"), REPO)
    names = ("comparison", *resolved.cases)
    reports = [verify.check(name, resolved, REPO, recompute=False) for name in names]
    # Of a case, a note is that it was run with another configuration.
    if any(each.differences for each in reports) or any(each.notes for each in reports[1:]):
        return False
    compared = csvio.read(REPO / "results/comparison/counts.csv")["case"]
    return list(compared.unique()) == list(resolved.cases)


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after a plain run: one here, or that of `make run` where it was called; not to be changed."""

    def make(folder: Path) -> None:
        copied(folder)
        if made_already():
            shutil.copytree(REPO / "results", folder / "results")
            return
        done = snakemake(folder, "--cores", "2")
        assert done.returncode == 0, done.stderr

    return once(tmp_path_factory, "shipped", make)
