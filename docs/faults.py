"""Write docs/faults.md by playing the faults of tests/faults.py and noting what smstra says."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "workflow/lib")]

import faults  # noqa: E402 - it lies beside the tests

PAGE = ROOT / "docs/faults.md"
INTRO = """# What a refresh says when something goes wrong

Written by `python docs/faults.py`, which plays each fault on an invented country and notes what smstra says;
`tests/test_refresh_faults.py` holds this page against the program. Do not edit.

A new vintage of a dataset appears whole or not at all, and the vintage in use is never touched. So each
message of a refresh that failed (exit code 1) ends in "the vintage in use is untouched, and a run without a
refresh still works with it", which is left out below. What came and was refused lies aside, in a folder that
the message names, for you to look at. Where the exit code is 0, the refresh went on: the fault passed, or the
report shows what it changed, and nothing is adopted unless you write the line that the report prints.
Call it again by the same command once the fault is gone: what is there already is not fetched again.

| what happens | what smstra says | exit code |
|---|---|---|
"""


def row(fault: faults.Fault, said: str) -> str:
    """Return the line of the table for a fault."""
    cells = (fault.what, said, str(fault.code))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def page(said: Mapping[str, str]) -> str:
    """Return the whole page; ``said`` is what was said by what happened."""
    return INTRO + "".join(row(fault, said[fault.what]) for fault in faults.FAULTS)


def play() -> dict[str, str]:
    """Play all faults; return what was said by what happened."""
    said = {}
    with tempfile.TemporaryDirectory() as folder, faults.ground(Path(folder)) as ground:
        for fault in faults.FAULTS:
            with ground.stage() as stage, stage.played(fault.play):
                said[fault.what] = faults.shown(*stage.refresh(fault.dataset))
    return said


if __name__ == "__main__":
    PAGE.write_bytes(page(play()).encode())
