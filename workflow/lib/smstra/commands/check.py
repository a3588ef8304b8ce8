"""`smstra check`: what a case lacks before it is run."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from smstra import source_list
from smstra.errors import SmstraError, listing, nearest
from smstra.onboarding import check_report, checking

_CODES = """exit codes:
  0  nothing to do
  1  a fault: the configuration or a file is not in order, and a run would stop
  2  wrong usage
  3  there are things to do; each is named, with the file and the YAML to paste
"""


def ask(parser: argparse.ArgumentParser) -> None:
    """Add what the command asks."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _CODES
    parser.add_argument("case", metavar="CASE")
    parser.add_argument("--json", action="store_true", help="all that was found, as JSON")


def run(chosen: argparse.Namespace) -> tuple[str, int]:
    """Return what was found and the exit code."""
    source_list.check_folder(Path())
    known = sorted(path.stem for path in Path("config/cases").glob("*.yaml"))
    if chosen.case not in known:
        raise SmstraError(
            f"there is no config/cases/{chosen.case}.yaml{nearest(chosen.case, known)}; the cases here are "
            f"{listing(known, 30) or 'none (`smstra new COUNTRY --from FILE` writes one)'}."
        )
    report = checking.check(chosen.case)
    text = (
        json.dumps(check_report.as_content(report), ensure_ascii=False, indent=1) + "\n"
        if chosen.json
        else check_report.as_text(report)
    )
    return text, 1 if report.faults else 3 if report.to_do else 0
