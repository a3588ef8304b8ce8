"""Run every benchmark, one after the other, and keep what each found with date, commit and machine.

``python benchmarks/all.py [--quick] [--only run scale ...]`` runs the programs below, each of which writes
its own JSON; keeps how each ended, on which machine and at which commit, in ``all.json``; and writes
``RESULTS.md``: a table of every benchmark, then what each says, with the plot of cost against size.
``--quick`` leaves out what takes hours; with ``--only`` the others stay as they were found the last time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import machine
import scale

HERE = Path(__file__).resolve().parent
# Program, and what --quick changes of its call.
PROGRAMS: dict[str, list[str]] = {
    "run": ["--runs", "1"],
    "lineage": ["--runs", "1"],
    "figures": ["--runs", "1"],
    "explorer": ["--runs", "1"],
    "robustness": ["--runs", "1"],
    "eurostat_reading": ["--runs", "1"],
    "scale": ["--sizes", "1000", "10000", "--thin", "--workflow", "1000"],
}
RESULTS, ALL = HERE / "RESULTS.md", HERE / "all.json"
KEPT = {"run": "results.json"}


def call(name: str, quick: bool) -> dict[str, Any]:
    """Run one benchmark; return how it ended, how long it took, where its figures are, and the machine."""
    command = [sys.executable, str(HERE / f"{name}.py"), *(PROGRAMS[name] if quick else [])]
    measured_on, started = machine.facts(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stderr.strip().splitlines()
    return {
        "ended": "well"
        if done.returncode == 0
        else f"with {done.returncode}: {said[-1] if said else ''}",
        "seconds": round(time.perf_counter() - started, 1),
        "figures": KEPT.get(name, f"{name}.json"),
        "quick": quick,
        "machine": measured_on,
        "says": done.stdout.strip(),
    }


def page(found: dict[str, Any]) -> str:
    """Return RESULTS.md: how the benchmarks ended, then what each of them says."""
    lines = [
        "# Results of the benchmarks",
        "",
        "Written by `make bench` (`python benchmarks/all.py`); [README.md](README.md) says what each measures.",
        "",
        "| benchmark | ended | took, s | figures | cores used | load at the start | date | commit |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, each in found.items():
        facts = each["machine"]
        lines.append(
            f"| `{name}.py`{' (quick)' if each['quick'] else ''} | {each['ended']} | "
            f"{each['seconds']:,.0f} | [{each['figures']}]({each['figures']}) | {facts['cores']} | "
            f"{facts['load_average']} | {facts['date']} | {facts['commit']} |"
        )
    for name, each in found.items():
        if each["ended"] == "well":
            picture = [
                f"![Cost against the number of units]({scale.OUT.with_suffix('.png').name})",
                "",
            ]
            lines += ["", f"## {name}", "", *(picture if name == "scale" else []), each["says"]]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the benchmarks asked for; return 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes and single runs")
    parser.add_argument("--only", nargs="+", choices=PROGRAMS, default=list(PROGRAMS))
    chosen = parser.parse_args()
    kept = json.loads(ALL.read_text(encoding="utf-8")) if ALL.is_file() else {}
    found: dict[str, Any] = {name: kept[name] for name in PROGRAMS if name in kept}
    for name in chosen.only:
        print(name, file=sys.stderr, flush=True)
        found[name] = call(name, chosen.quick)
        ALL.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        RESULTS.write_text(page(found), encoding="utf-8")
    return int(any(found[name]["ended"] != "well" for name in chosen.only))


if __name__ == "__main__":
    sys.exit(main())
