"""Pinned raw files: find the vintage in use, verify its bytes and its table, read it as text."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smstra.errors import SnapshotError, listing

# The separators of ASCII that are made for this; no table of figures holds them.
_CELL, _ROW = b"\x1f", b"\x1e"


@dataclass(frozen=True)
class Table:
    """A snapshot as text: ``header`` and ``rows`` of cells, ``lines[i]`` the line of ``rows[i]``."""

    header: list[str]
    rows: list[list[str]]
    lines: list[int]


def pin_of(pins: list[dict[str, Any]], dataset: str, vintage: str) -> dict[str, Any]:
    """Return the pin of ``dataset`` in ``vintage``; SnapshotError names the vintages there are."""
    known = [pin["vintage"] for pin in pins if pin["id"] == dataset]
    for pin in pins:
        if pin["id"] == dataset and pin["vintage"] == vintage:
            return pin
    have = f"pinned are {listing(known)}" if known else "no vintage of it is pinned"
    raise SnapshotError(
        f"data/sources.yaml: dataset '{dataset}' has no vintage '{vintage}'; {have}. Write one of "
        f"them as `vintage:` of '{dataset}' in config/datasets/, or pin the new one."
    )


def sha256(raw: bytes) -> str:
    """Return the SHA-256 of ``raw`` as hexadecimal digits."""
    return hashlib.sha256(raw).hexdigest()


def parse(raw: bytes, form: str, name: str) -> Table:
    """Parse the bytes of a snapshot.

    ``form`` is ``csv`` (UTF-8, comma, header in line 1) or ``geojson`` (one row a feature: its
    canonical JSON). SnapshotError where ``raw`` is not that, or a row has other than the
    header's number of cells.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SnapshotError(
            f"{name}: byte {error.start} is not UTF-8; convert the file."
        ) from error
    if text.lstrip()[:15].lower().startswith(("<!doctype", "<html")):
        raise SnapshotError(
            f"{name}: this is an HTML page, not a table (a site's error or robot check, saved as "
            "data); download the file again in a browser."
        )
    return _parse_geojson(text, name) if form == "geojson" else _parse_csv(text, name)


def _parse_csv(text: str, name: str) -> Table:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
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
    return Table(header, rows, lines)


def _parse_geojson(text: str, name: str) -> Table:
    try:
        features = json.loads(text)["features"]
        if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
            raise ValueError("`features` is no list of objects")
        rows = [[json.dumps(f, sort_keys=True, separators=(",", ":"))] for f in features]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SnapshotError(f"{name}: not a GeoJSON feature collection ({error}).") from error
    return Table(["feature"], rows, list(range(1, len(rows) + 1)))


def sha256_of_table(table: Table) -> str:
    """Hash the parsed cells, so that other quotes or line ends do not count as other figures."""
    digest = hashlib.sha256()
    for cells in (table.header, *table.rows):
        digest.update(_CELL.join(cell.encode() for cell in cells) + _ROW)
    return digest.hexdigest()


def describe(raw: bytes, form: str, name: str) -> dict[str, Any]:
    """Return what a pin must say of the bytes: ``rows``, ``sha256``, ``sha256_table``."""
    table = parse(raw, form, name)
    return {"rows": len(table.rows), "sha256": sha256(raw), "sha256_table": sha256_of_table(table)}


def verify_bytes(pins: list[dict[str, Any]], root: Path = Path()) -> None:
    """Hold the bytes of every pinned file against its hash.

    Raises
    ------
    SnapshotError
        A file is missing or changed: the message names it, both hashes and the remedy.
    """
    for pin in pins:
        _verified(pin, root)


def _verified(pin: dict[str, Any], root: Path) -> bytes:
    name = pin["file"]
    path = root / name
    if not path.is_file():
        raise SnapshotError(
            f"{name}: this snapshot of '{pin['id']}' is missing; restore it with "
            f"`git checkout -- {name}`."
        )
    raw = path.read_bytes()
    found = sha256(raw)
    if found != pin["sha256"]:
        raise SnapshotError(
            f"{name}: the bytes are not those pinned in data/sources.yaml (pinned SHA-256 "
            f"{pin['sha256']}, found {found}); restore the file with `git checkout -- {name}`, or, "
            "if the change is meant, keep it under another vintage's folder and pin that as well "
            "(`smstra pin FILE` prints the lines)."
        )
    return raw


def read(pin: dict[str, Any], form: str, root: Path = Path()) -> Table:
    """Return the table that ``pin`` names, after its bytes and cells were held against the pin.

    Raises
    ------
    SnapshotError
        The file is missing, or its bytes, table or number of rows are not those pinned: the
        message names the file, both hashes and the remedy.
    """
    name = pin["file"]
    raw = _verified(pin, root)
    table = parse(raw, form, name)
    cells = sha256_of_table(table)
    if cells != pin["sha256_table"] or len(table.rows) != pin["rows"]:
        raise SnapshotError(
            f"{name}: the table is not the one pinned in data/sources.yaml ({pin['rows']} rows, "
            f"SHA-256 {pin['sha256_table']}; read {len(table.rows)} rows, {cells}); the bytes are "
            "the pinned ones, so mend `rows` and `sha256_table` of the pin."
        )
    return table


def check_dates(pin: dict[str, Any], first: str, last: str) -> None:
    """Raise SnapshotError where the figures begin or end in another year than the pin says."""
    stated = pin["reference_dates"]
    if (first[:4], last[:4]) != (stated["first"][:4], stated["last"][:4]):
        raise SnapshotError(
            f"{pin['file']}: the figures run from {first[:4]} to {last[:4]}, but the pin of '{pin['id']}' "
            f"in data/sources.yaml says {stated['first']} to {stated['last']}; the file may be cut off: "
            "fetch it again, or mend `reference_dates`."
        )
