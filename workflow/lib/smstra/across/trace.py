"""From a cell of a comparison to the columns of the cases that it is made of."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from smstra import strict_yaml
from smstra.across import columns
from smstra.across.rules import FOLDER
from smstra.errors import DataError, nearest

_CELL = re.compile(r"(?P<path>.+\.csv):(?P<line>\d+):(?P<column>[^:]+)")


def is_one(cell: str, results: Path) -> bool:
    """Whether an address as `smstra audit --cell` takes it lies in the folder of the comparison."""
    return cell.replace("\\", "/").startswith(f"{results.as_posix()}/{FOLDER}/")


def content(cell: str, results: Path) -> dict[str, Any]:
    """Return what a cell of the comparison's tables holds and what it is made of, as for JSON.

    Raises
    ------
    DataError
        There is no such table, line or column.
    """
    address = _CELL.fullmatch(cell.replace("\\", "/"))
    folder = results / FOLDER
    tables = sorted(columns.rules())
    name = ""
    if address:
        name = (
            Path(address["path"]).with_suffix("").as_posix().removeprefix(f"{folder.as_posix()}/")
        )
    if name not in tables or not (folder / f"{name}.csv").is_file():
        raise DataError(
            f"{cell}: this is no cell of a comparison that can be traced; write file, line and column of one "
            f"of its tables, as {folder.as_posix()}/counts.csv:2:units."
        )
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    header, line, column = rows[0], int(address["line"]), address["column"]
    if column not in header:
        raise DataError(
            f"{address['path']}: no column '{column}'{nearest(column, header)}; its columns are "
            f"{', '.join(header)}."
        )
    if not 2 <= line <= len(rows):
        raise DataError(
            f"{address['path']}: no row in line {line}; the rows are in the lines 2 to {len(rows)}."
        )
    row = dict(zip(header, rows[line - 1], strict=True))
    resolved = strict_yaml.load(folder / "config.resolved.yaml")
    every = resolved["settings"][FOLDER]["cases"]
    cases = [row["case"]] if "case" in row else every
    about = columns.rules()[name]
    how, sources = columns.upstream(about["columns"][column])
    return {
        "cell": f"{address['path']}:{line}:{column}",
        "value": row[column],
        "description": columns.descriptions()[column],
        "how": how,
        "function": about["function"],
        "rule": about["rule"],
        "made_of": [columns.shown(source, cases) for source in sources],
    }


def traced(cell: str, results: Path) -> str:
    """Return :func:`content` in lines."""
    found = content(cell, results)
    lines = [
        f"{found['cell']} is {found['value'] or '(empty)'}",
        f"  {found['description']}",
        f"  {found['how']} by {found['function']} (rule {found['rule']}) from",
        *(f"    {source}" for source in found["made_of"]),
        "  `smstra audit --cell FILE:LINE:COLUMN` of a table of a case leads on to the cells of the sources",
    ]
    return "\n".join(lines) + "\n"
