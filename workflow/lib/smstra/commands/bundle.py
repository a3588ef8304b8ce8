"""`smstra bundle`: a case, its sources and the workflow as one zip."""

from __future__ import annotations

import argparse
from pathlib import Path

from smstra.audit import bundle, inventory


def ask(parser: argparse.ArgumentParser) -> None:
    """Add what the command asks."""
    parser.add_argument("case", metavar="CASE")
    parser.add_argument(
        "file", metavar="FILE", type=Path, nargs="?", help="smstra-CASE.zip if left out"
    )
    parser.add_argument(
        "--configfile",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="a configuration file that the run was given beside config/config.yaml",
    )
    parser.add_argument("--force", action="store_true", help="overwrite FILE if it is there")
    parser.add_argument(
        "--unverified",
        action="store_true",
        help="pack the case even if it is not as its manifest says; BUNDLE.md says so",
    )


def run(chosen: argparse.Namespace) -> str:
    """Write the zip; return how large it is, its hash, and what to do with it."""
    file: Path = chosen.file or Path(f"smstra-{chosen.case}.zip")
    made = bundle.write(
        chosen.case,
        file,
        configfiles=chosen.configfile,
        force=chosen.force,
        unverified=chosen.unverified,
    )
    size = file.stat().st_size / 1e6
    left = "".join(f"left out: {path}\n" for path in made.left_out)
    return (
        f"written: {file.as_posix()} ({len(made.members)} files, {size:.1f} MB, SHA-256 "
        f"{inventory.sha256(file)})\nelsewhere: unzip {file.name} && cd {made.folder} && make verify; "
        f"make rerun\n{left}"
    )
