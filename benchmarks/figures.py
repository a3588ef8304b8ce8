"""All figures of a case as jobs, against one plain process that draws the same axes.

Run after `make run` with `python benchmarks/figures.py [--runs N] [--case be]`. Both ways read the tables that
the run left in results/ and write every figure in every format; the benchmark stops if a byte differs. Writes
benchmarks/figures.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import machine  # noqa: E402
from run import copy_project, measure, medians  # noqa: E402

FAMILIES = ("demography", "economy", "housing", "typology")
# The jobs' own functions, one after the other in one process; no job starts, nothing is looked up.
PLAIN = """
import sys
from pathlib import Path
from one_process import draw_figures
from smstra import config
case = sys.argv[1]
draw_figures(case, config.load({"cases": [case]}), Path("results") / case)
"""


def main() -> None:
    """Measure both ways in turn, compare their files, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each way; medians count")
    parser.add_argument("--case", default="be")
    asked = parser.parse_args()
    measured_on = machine.facts()
    snakemake = [
        sys.executable,
        "-m",
        "snakemake",
        "--config",
        f"cases={asked.case}",
        "--cores",
        "1",
    ]
    jobs = [*snakemake, "figures", "--forcerun", *(f"draw_{family}" for family in FAMILIES)]
    found: dict[str, list[dict[str, float]]] = {"jobs": [], "one process": []}
    os.environ["PYTHONPATH"] = str(ROOT / "benchmarks")
    with tempfile.TemporaryDirectory() as scratch:
        whole = copy_project(Path(scratch) / "whole")
        measure([*snakemake, "figures"], whole)
        plain = Path(scratch) / "plain"
        shutil.copytree(whole, plain)
        shutil.copy2(ROOT / "benchmarks/one_process.py", plain / "workflow/lib/one_process.py")
        shutil.rmtree(plain / f"results/{asked.case}/figures")
        for _ in range(asked.runs):
            found["jobs"].append(measure(jobs, whole))
            command = [sys.executable, "-c", PLAIN, asked.case]
            found["one process"].append(measure(command, plain))
        folder = f"results/{asked.case}/figures"
        names = sorted(path.name for path in (whole / folder).iterdir())
        different = [
            name
            for name in names
            if (whole / folder / name).read_bytes() != (plain / folder / name).read_bytes()
        ]
        if different:
            raise SystemExit(f"the two ways differ in {different}")
    figures = {way: medians(runs) for way, runs in found.items()}
    ratio = figures["jobs"]["seconds"] / figures["one process"]["seconds"]
    drawn = len({Path(name).stem for name in names if name.endswith(".png")})
    told = machine.in_words(measured_on, machine.runs(asked.runs))
    print(f"{told}. {drawn} figures of `{asked.case}`.\n")
    print(
        f"| ratio | measured | to reach |\n|---|---|---|\n| jobs / one process | {ratio:.2f} | at most 2 |"
    )
    data = {"machine": told, "case": asked.case, "figures": drawn, "jobs / one process": ratio}
    Path(__file__).with_suffix(".json").write_text(
        json.dumps({**data, "measured": figures}, indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
