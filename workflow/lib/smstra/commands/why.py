"""`smstra why`: why a unit has its type and what would change it, in plain words."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from smstra.audit import why
from smstra.audit.case_results import settings_behind
from smstra.audit.trace import Trace
from smstra.audit.units_named import find

# The tables that the sentences are made of.
_READ = (
    "typology",
    "indicators",
    "sufficiency",
    "units",
    "robustness/choices",
    "robustness/intervals",
    "robustness/schemes",
)


def ask(parser: argparse.ArgumentParser) -> None:
    """Add what the command asks."""
    parser.add_argument("case", metavar="CASE")
    parser.add_argument("unit", metavar="UNIT", help="code, or name in any spelling")
    parser.add_argument("--json", action="store_true", help="sentences and rows as JSON")
    parser.add_argument(
        "--results",
        metavar="DIR",
        type=Path,
        default=Path("results"),
        help="where the results of the cases lie",
    )


def run(chosen: argparse.Namespace) -> str:
    """Return what is printed."""
    settings = settings_behind(chosen.case, chosen.results)
    trace = Trace(chosen.case, settings, chosen.results)
    unit = find(chosen.unit, trace.tables, settings)["unit"]
    lines = why.explained(unit, trace.tables, settings)
    remarks = trace.stale(_READ)
    if chosen.json:
        content = {
            "case": chosen.case,
            "remarks": remarks,
            **why.as_content(unit, trace.tables, lines),
        }
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    return "\n".join([*remarks, *lines]) + "\n"
