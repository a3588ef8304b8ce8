"""Read pinned files: bytes and cells held against the pin, the table as its description says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from smstra import formats
from smstra.csvio import cell as text_of
from smstra.errors import SnapshotError
from smstra.pins import Pin, sha256, verified

# The separators of ASCII that are made for this; no table of figures holds them.
_CELL, _ROW = b"\x1f", b"\x1e"


def sha256_of_table(table: pd.DataFrame) -> str:
    """Hash the parsed cells, so that other quotes or line ends do not count as other figures."""
    digest = hashlib.sha256()
    columns = [[text_of(cell) for cell in column.tolist()] for _, column in table.items()]
    for cells in ([*table.columns], *zip(*columns, strict=True)):
        digest.update(_CELL.join(cell.encode() for cell in cells) + _ROW)
    return digest.hexdigest()


def describe(raw: bytes, reading: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what a pin must say of the bytes: ``rows``, ``sha256``, ``sha256_table``."""
    table = formats.parse(raw, reading, name)
    return {"rows": len(table), "sha256": sha256(raw), "sha256_table": sha256_of_table(table)}


def read(pin: Pin, reading: Mapping[str, Any], root: Path = Path()) -> pd.DataFrame:
    """Return the table that ``pin`` names, after its bytes and cells were held against the pin.

    Raises
    ------
    SnapshotError
        The file is missing, or its bytes, table or number of rows are not those pinned: the
        message names the file, both hashes and the remedy.
    SourceError
        The file is not what ``reading`` says.
    """
    name = pin["file"]
    raw = verified(pin, root)
    table = formats.parse(raw, reading, name)
    cells = sha256_of_table(table)
    if cells != pin["sha256_table"] and "table" in pin:
        raise SnapshotError(
            f"{name}: is read as another table than when it was fetched; put its description in "
            f"{reading.get('file', 'config/datasets')} back as it was, or fetch another vintage."
        )
    if cells != pin["sha256_table"] or len(table) != pin["rows"]:
        raise SnapshotError(
            f"{name}: the table is not the one pinned in data/sources.yaml ({pin['rows']} rows, "
            f"SHA-256 {pin['sha256_table']}; read {len(table)} rows, {cells}); the bytes are "
            "the pinned ones, so mend `rows` and `sha256_table` of the pin."
        )
    return table


def check_dates(pin: Pin, first: str, last: str) -> None:
    """Raise SnapshotError where the figures begin or end in another year than the pin says."""
    stated = pin["reference_dates"]
    if (first[:4], last[:4]) != (stated["first"][:4], stated["last"][:4]):
        raise SnapshotError(
            f"{pin['file']}: the figures run from {first[:4]} to {last[:4]}, but the pin of '{pin['id']}' "
            f"in data/sources.yaml says {stated['first']} to {stated['last']}; the file may be cut off: "
            "fetch it again, or mend `reference_dates`."
        )
