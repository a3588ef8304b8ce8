"""Shared folders: Testland run once, and the shipped cases run in two folders."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import tiny

REPO = Path(__file__).resolve().parents[1]


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


@pytest.fixture(scope="session")
def testland_done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Testland after one run; not to be changed."""
    folder = tiny.build(tmp_path_factory.mktemp("testland"))
    done = snakemake(folder, "--cores", "2")
    assert done.returncode == 0, done.stderr
    (folder / "run.log").write_text(done.stderr, encoding="utf-8")
    return folder


@pytest.fixture
def testland(testland_done: Path, tmp_path: Path) -> Path:
    """A copy of Testland after its run, with its times, to be changed by the test."""
    return shutil.copytree(testland_done, tmp_path / "testland")


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Testland before any run."""
    return tiny.build(tmp_path / "fresh")


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Return a function that runs the shipped cases in a folder of their own, once a core count."""
    made: dict[int, Path] = {}

    def run(cores: int) -> Path:
        if cores not in made:
            folder = tmp_path_factory.mktemp(f"shipped{cores}")
            for name in ("workflow", "profiles", "config", "data"):
                shutil.copytree(
                    REPO / name,
                    folder / name,
                    ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"),
                )
            shutil.copy2(REPO / "Snakefile", folder / "Snakefile")
            done = snakemake(folder, "--cores", str(cores))
            assert done.returncode == 0, done.stderr
            made[cores] = folder
        return made[cores]

    return run
