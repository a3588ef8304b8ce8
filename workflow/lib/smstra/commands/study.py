"""`smstra study`: a folder of one's own in which the workflow runs, with cases of the project."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from smstra import study


def ask(parser: argparse.ArgumentParser) -> None:
    """Add what the command asks."""
    parser.add_argument("folder", metavar="FOLDER", type=_folder, help="need not be there yet")
    parser.add_argument(
        "cases",
        metavar="CASE",
        nargs="*",
        help="a case of the project to copy, with all that its results rest on",
    )


def run(chosen: argparse.Namespace) -> str:
    """Set the folder up and adopt the cases; return what was written and what comes next."""
    folder: Path = chosen.folder
    written = study.adopt(folder, *chosen.cases) if chosen.cases else study.set_up(folder)
    then = "snakemake --cores 4" if chosen.cases else "smstra new"
    return (
        "".join(f"written: {(folder / name).as_posix()}\n" for name in written)
        + ("" if written else f"{folder.as_posix()}: lacks nothing\n")
        + f"next: cd {shlex.quote(folder.as_posix())} && {then}\n"
    )


def _folder(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty; name a folder, or write . for this one")
    return Path(text)
