"""The project's own plain tables: CSV in UTF-8 with a comma, and GeoJSON one row a feature."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.errors import SnapshotError, SourceError, listing


def parse_csv(raw: bytes, reading: Mapping[str, Any], name: str) -> pd.DataFrame:
    """Return the cells as text, index = line; the header must be ``columns`` in their order.

    SnapshotError where ``raw`` is no such file or a row has other than the header's number of
    cells, SourceError where the header is another one.
    """
    reader = csv.reader(io.StringIO(_text(raw, name), newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    try:
        for cells in reader:
            if cells:
                rows.append(cells)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise SnapshotError(
            f"{name}, line {reader.line_num}: not valid CSV ({error}); mend the quotes there."
        ) from error
    if not rows:
        raise SnapshotError(f"{name}: the file is empty; download it again.")
    header, rows, lines = rows[0], rows[1:], lines[1:]
    for cells, line in zip(rows, lines, strict=True):
        if len(cells) != len(header):
            raise SnapshotError(
                f"{name}, line {line}: {len(cells)} cells where the header has {len(header)}; the "
                "download may have been cut off, fetch the file again."
            )
    _check_header(header, reading, name)
    return pd.DataFrame(rows, columns=header, index=lines, dtype=object)


def _check_header(header: list[str], reading: Mapping[str, Any], name: str) -> None:
    described = reading.get("columns", header)
    if header != described:
        gone = [column for column in described if column not in header]
        new = [column for column in header if column not in described]
        raise SourceError(
            f"{name}: the header is not the one described by `columns` (missing there: "
            f"{listing(gone) or 'none'}; not described: {listing(new) or 'none'}; its header is "
            f"{listing(header, 60)}); describe the columns in their order."
        )


def parse_geojson(raw: bytes, reading: Mapping[str, Any], name: str) -> pd.DataFrame:
    """Return one row a feature: its canonical JSON, index = its number from 1."""
    try:
        features = json.loads(_text(raw, name))["features"]
        if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
            raise ValueError("`features` is no list of objects")
        rows = [[json.dumps(f, sort_keys=True, separators=(",", ":"))] for f in features]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SnapshotError(f"{name}: not a GeoJSON feature collection ({error}).") from error
    return pd.DataFrame(rows, columns=["feature"], index=range(1, len(rows) + 1), dtype=object)


def _text(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SnapshotError(
            f"{name}: byte {error.start} is not UTF-8; convert the file."
        ) from error
