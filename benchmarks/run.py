"""Wall time and peak memory of the whole workflow, against the same functions in one process.

Run with `make bench` (or `python benchmarks/run.py [--runs N]`). Every figure is a ratio of two things
measured in turn in this same call, because absolute times of a machine mean little to another one.
Writes benchmarks/results.json.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import machine
import psutil

ROOT = Path(__file__).resolve().parents[1]
ONE_PROCESS = Path(__file__).with_name("one_process.py")


def memory_of(process: psutil.Process) -> tuple[int, int]:
    """Return bytes of the whole tree (proportional set size) and of its largest process."""
    sizes = []
    for member in [process, *process.children(recursive=True)]:
        try:
            info = member.memory_full_info()
        except psutil.Error:  # it ended between the listing and the look
            continue
        # Pages shared between processes count once in all; not every platform can tell.
        sizes.append(getattr(info, "pss", info.uss))
    return sum(sizes), max(sizes, default=0)


def measure(command: list[str], folder: Path) -> dict[str, float]:
    """Run ``command`` in ``folder``; return seconds and peak megabytes (tree, largest process)."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "workflow/lib")}
    started = time.perf_counter()
    child = psutil.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    said: list[bytes] = []
    reader = threading.Thread(target=lambda: said.append(child.stderr.read()))
    reader.start()
    tree = largest = 0
    while child.poll() is None:
        try:
            now = memory_of(child)
        except psutil.Error:
            break
        tree, largest = max(tree, now[0]), max(largest, now[1])
        time.sleep(0.05)
    seconds = time.perf_counter() - started
    reader.join()
    if child.wait() != 0:
        raise SystemExit(f"{command} failed:\n{said[0].decode()[-3000:]}")
    return {"seconds": seconds, "tree_mb": tree / 1e6, "largest_mb": largest / 1e6}


def copy_project(folder: Path) -> Path:
    """Copy what a run needs into an empty folder, compiled as `make run` leaves it."""
    for name in ("workflow", "profiles", "config", "data"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
        )
    compileall.compile_dir(folder / "workflow/lib", quiet=2)
    return folder


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure over runs."""
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def main() -> None:
    """Measure, compare with the goals, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each command; medians count")
    runs = parser.parse_args().runs
    snakemake = [sys.executable, "-m", "snakemake"]
    measured_on = machine.facts()
    found: dict[str, list[dict[str, float]]] = {
        "cold": [],
        "single": [],
        "no-op": [],
        "version": [],
    }
    for number in range(runs):
        with tempfile.TemporaryDirectory() as scratch:
            whole = copy_project(Path(scratch) / "whole")
            plain = copy_project(Path(scratch) / "plain")
            print(f"run {number + 1} of {runs}", file=sys.stderr, flush=True)
            found["cold"].append(measure([*snakemake, "--cores", "4"], whole))
            found["single"].append(measure([sys.executable, str(ONE_PROCESS)], plain))
            found["no-op"].append(measure([*snakemake, "--cores", "4"], whole))
            found["version"].append(measure([*snakemake, "--version"], whole))
            same = sorted(p.relative_to(plain) for p in (plain / "results").rglob("*.*"))
            differing = [p for p in same if (plain / p).read_bytes() != (whole / p).read_bytes()]
            if differing:
                raise SystemExit(f"the two ways differ in {differing}")
    figures = {name: medians(each) for name, each in found.items()}
    ratios = {
        "cold run / one process, wall": (
            figures["cold"]["seconds"] / figures["single"]["seconds"],
            3.0,
        ),
        "no-op / snakemake --version, wall": (
            figures["no-op"]["seconds"] / figures["version"]["seconds"],
            2.0,
        ),
        "peak memory of the cold run, all processes / 500 MB": (
            figures["cold"]["tree_mb"] / 500,
            1.0,
        ),
        "cold run / one process, peak memory of all processes": (
            figures["cold"]["tree_mb"] / figures["single"]["tree_mb"],
            None,
        ),
    }
    write(figures, ratios, runs, measured_on)


def write(
    figures: dict[str, dict[str, float]],
    ratios: dict[str, tuple[float, float | None]],
    runs: int,
    measured_on: dict[str, Any],
) -> None:
    """Write results.json and print the table."""
    told = machine.in_words(measured_on, machine.runs(runs))
    lines = [told + ".", "", "| ratio | measured | to reach |", "|---|---|---|"]
    for name, (value, goal) in ratios.items():
        lines.append(f"| {name} | {value:.2f} | {f'at most {goal:g}' if goal else ''} |")
    lines += ["", "| command | wall s | peak MB, all processes | peak MB, largest process |"]
    lines += ["|---|---|---|---|"]
    for name, each in figures.items():
        lines.append(
            f"| {name} | {each['seconds']:.1f} | {each['tree_mb']:.0f} | {each['largest_mb']:.0f} |"
        )
    print("\n".join(lines))
    data = {"machine": told, "figures": figures, "ratios": {k: v[0] for k, v in ratios.items()}}
    Path(__file__).with_name("results.json").write_text(
        json.dumps(data, indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
