"""The command `smstra`: `pin` describes a raw file for data/sources.yaml."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from smstra import __version__, snapshots
from smstra.errors import SmstraError


def _pin(file: Path) -> str:
    if not file.is_file():
        raise SmstraError(f"{file.as_posix()}: there is no such file; mend the path.")
    form = "geojson" if file.suffix == ".geojson" else "csv"
    lines = snapshots.describe(file.read_bytes(), form, file.as_posix())
    return "\n".join(f"    {key}: {value}" for key, value in lines.items())


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 1 after a one-sentence error, or 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="smstra", description=__doc__)
    parser.add_argument("--version", action="version", version=f"smstra {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True)
    pin = verbs.add_parser("pin", help="print rows and hashes of a raw file, to paste as its pin")
    pin.add_argument("file", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        print(_pin(chosen.file))
    except SmstraError as error:
        print(f"smstra: {error}", file=sys.stderr)
        return 1
    return 0
