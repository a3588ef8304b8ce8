"""What lineage costs: its share of a run's time, and its bytes against those of the tables it explains.

Run with `python benchmarks/lineage.py [--runs N] [--case be]`. In one plain process it makes all outputs of the
case and adds up the seconds of `trace_values`; the parts that the other jobs record (`terms.csv`,
`reference_units.csv`) are in the whole. Writes benchmarks/lineage.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import machine  # noqa: E402
from run import copy_project  # noqa: E402

INSIDE = """
import json, sys, time
from pathlib import Path
import one_process
from smstra import config
from smstra import job_settings as js
case = sys.argv[1]
settings = config.load({"cases": [case]})
spent = []
plain = one_process.trace
def timed(*arguments):
    started = time.perf_counter()
    plain(*arguments)
    spent.append(time.perf_counter() - started)
one_process.trace = timed
started = time.perf_counter()
read = one_process.script("read_observations")
for name in settings.cases[case]["datasets"]:
    read.run(name, js.observations(settings, name), Path(f"results/observations/{name}.csv"))
one_process.run_case(case, settings)
print(json.dumps({"whole": time.perf_counter() - started, "lineage": sum(spent)}))
"""


def main() -> None:
    """Measure, print and write the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs; medians count")
    parser.add_argument("--case", default="be")
    asked = parser.parse_args()
    measured_on = machine.facts()
    shares = []
    with tempfile.TemporaryDirectory() as scratch:
        project = copy_project(Path(scratch) / "project")
        places = (project / "workflow/lib", ROOT / "benchmarks")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}
        for _ in range(asked.runs):
            done = subprocess.run(
                [sys.executable, "-c", INSIDE, asked.case],
                cwd=project,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            seconds = json.loads(done.stdout.splitlines()[-1])
            shares.append(seconds["lineage"] / seconds["whole"])
        results = project / "results" / asked.case
        tables = sum(
            path.stat().st_size for path in results.rglob("*.csv") if path.parent.name != "audit"
        )
        recorded = ("lineage.sqlite", "terms.csv", "reference_units.csv")
        lineage = sum((results / "audit" / name).stat().st_size for name in recorded)
    found = {
        "machine": machine.in_words(measured_on, machine.runs(asked.runs)),
        "case": asked.case,
        "runs": asked.runs,
        "share_of_time": round(statistics.median(shares), 3),
        "bytes_against_tables": round(lineage / tables, 3),
        "megabytes": round(lineage / 1e6, 1),
        "megabytes_of_tables": round(tables / 1e6, 1),
    }
    print(f"{found['machine']}. Case {asked.case}.\n")
    print("| ratio | measured | to reach |\n|---|---|---|")
    print(
        f"| time of `trace_values` / time of the whole | {found['share_of_time']:.3f} | at most 0.2 |\n"
        "| bytes of the lineage / bytes of the tables that it explains | "
        f"{found['bytes_against_tables']:.2f} | at most 3 |"
    )
    text = json.dumps(found, indent=1) + "\n"
    (ROOT / "benchmarks/lineage.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
