"""Run every benchmark, one after the other, and keep what each found with date, commit and machine.

``python benchmarks/all.py [--quick] [--only run scale ...]`` runs the programs below, each of which writes
its own JSON; gathers the machine and the figures in ``all.json``; and writes ``RESULTS.md``: a table of every
benchmark, and the cost against size with its plot (``scale.png``). ``--quick`` leaves out what takes hours.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import scale

HERE = Path(__file__).resolve().parent
# Program, and what --quick changes of its call.
PROGRAMS: dict[str, list[str]] = {
    "run": ["--runs", "1"],
    "lineage": [],
    "figures": [],
    "explorer": [],
    "robustness": [],
    "eurostat_reading": [],
    "scale": ["--sizes", "1000", "10000", "--thin", "--workflow", "1000"],
}
RESULTS = HERE / "RESULTS.md"
KEPT = {"run": "results.json"}


def call(name: str, quick: bool) -> dict[str, Any]:
    """Run one benchmark; return how it ended, how long it took and where its figures are."""
    command = [sys.executable, str(HERE / f"{name}.py"), *(PROGRAMS[name] if quick else [])]
    started = time.perf_counter()
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    said = done.stderr.strip().splitlines()
    return {
        "ended": "well"
        if done.returncode == 0
        else f"with {done.returncode}: {said[-1] if said else ''}",
        "seconds": round(time.perf_counter() - started, 1),
        "figures": KEPT.get(name, f"{name}.json"),
    }


def page(found: dict[str, Any]) -> str:
    """Return RESULTS.md: the benchmarks with how they ended, then the cost against size."""
    facts = found["machine"]
    lines = [
        "# Results of the benchmarks",
        "",
        "Written by `make bench` (`python benchmarks/all.py`); [README.md](README.md) says what each measures.",
        "",
        f"Cores used: {facts['cores']}; {facts['memory_mb']:,} MB, load average {facts['load_average']} at the "
        f"start, Python {facts['python']}, {facts['system']}, {facts['date']}, commit {facts['commit']}.",
        "",
        "| benchmark | ended | took, s | figures |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{name}.py` | {each['ended']} | {each['seconds']:,.0f} | [{each['figures']}]({each['figures']}) |"
        for name, each in found["benchmarks"].items()
    ]
    if scale.OUT.is_file():
        lines += [
            "",
            "## Cost against size",
            "",
            "![Processor time, peak memory and bytes of the results against the number of units](scale.png)",
            "",
            scale.table(json.loads(scale.OUT.read_text(encoding="utf-8"))),
        ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the benchmarks asked for; return 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes and single runs")
    parser.add_argument("--only", nargs="+", choices=PROGRAMS, default=list(PROGRAMS))
    chosen = parser.parse_args()
    found: dict[str, Any] = {"machine": scale.machine(), "quick": chosen.quick, "benchmarks": {}}
    for name in chosen.only:
        print(name, file=sys.stderr, flush=True)
        found["benchmarks"][name] = call(name, chosen.quick)
        (HERE / "all.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        RESULTS.write_text(page(found), encoding="utf-8")
    return int(any(each["ended"] != "well" for each in found["benchmarks"].values()))


if __name__ == "__main__":
    sys.exit(main())
