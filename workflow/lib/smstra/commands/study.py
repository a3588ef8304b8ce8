"""`smstra study`: a folder of one's own in which the workflow runs, with cases of the project."""

from __future__ import annotations

import argparse
from pathlib import Path

from smstra import study


def ask(parser: argparse.ArgumentParser) -> None:
    """Add what the command asks."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="need not be there yet")
    parser.add_argument(
        "cases",
        metavar="CASE",
        nargs="*",
        help="a case of the project to copy, with all that its results rest on",
    )


def run(chosen: argparse.Namespace) -> str:
    """Set the folder up and adopt the cases; return what was written and what comes next."""
    folder: Path = chosen.folder
    written = study.set_up(folder)
    for case in chosen.cases:
        written += study.adopt(folder, case)
    named = sorted(set(written))
    then = "snakemake --cores 4" if chosen.cases else "smstra new"
    return (
        "".join(f"written: {(folder / name).as_posix()}\n" for name in named)
        + ("" if named else f"{folder.as_posix()}: lacks nothing\n")
        + f"next: cd {folder.as_posix()} && {then}\n"
    )
