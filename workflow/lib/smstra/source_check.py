"""Ask each address for a small piece and say whether it still answers as it is described."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from smstra import formats
from smstra.config import Settings
from smstra.dataset_rules import unknown
from smstra.errors import SmstraError, SourceError, UnreachableError, listing
from smstra.formats.cells import find_columns
from smstra.pins import pins_of
from smstra.sources import bestat, downloads, walstat
from smstra.sources.eurostat import answers, inventory, queries
from smstra.transport import Manners, Transport

# A year for which every table of Eurostat that is asked for has figures.
_YEAR = "2020"
_SLICE = 50_000_000


def report(settings: Settings, names: Iterable[str]) -> tuple[str, int]:
    """Return a line for each table that has an address, and how many did not answer as described.

    ``names`` are datasets; none means all.
    """
    able = [name for name, entry in settings.described.items() if "live" in entry]
    for name in names:
        if name not in able:
            raise unknown("smstra check-sources", ("datasets",), name, able, "dataset with `live`")
    transport = Transport(Manners(**settings.refresh["transport"]), Path("results/refresh/.locks"))
    editions = _editions(transport)
    lines, drifted = [], 0
    for name in sorted(names or able):
        for table, how in settings.described[name]["live"]["tables"].items():
            try:
                words = _found(name, table, how, transport)
                words += _newer(name, how, settings, editions)
            except UnreachableError as error:
                words, drifted = f"could not be asked: {error}", drifted + 1
            except SmstraError as error:
                words, drifted = f"NOT as described: {error}", drifted + 1
            lines.append(f"{name}, {table}: {words}\n")
    return "".join(lines), drifted


def _editions(transport: Transport) -> dict[str, str]:
    try:
        raw, _ = transport.fetch_small(queries.INVENTORY, "eurostat", _SLICE)
        return inventory.editions(raw, "inventory")
    except SmstraError:
        return {}  # each dataflow is asked below and tells by itself


def _newer(
    name: str, how: Mapping[str, Any], settings: Settings, editions: Mapping[str, str]
) -> str:
    """Say whether Eurostat changed the data since the vintage in use was fetched."""
    changed = editions.get(how.get("eurostat", {}).get("dataflow", ""))
    vintage = settings.described[name].get("vintage")
    if changed is None or vintage is None:
        return ""
    fetched = {pin["edition"] for pin in pins_of(settings.pins, name, vintage)}
    return "" if changed in fetched else f"; changed on {changed[:10]}, not yet in use"


def _found(name: str, table: str, how: Mapping[str, Any], transport: Transport) -> str:
    """Ask for a piece of a table; return what came, SmstraError where it is not as described."""
    if "by_hand" in how:
        files = [path.as_posix() for path in Path().glob(how["by_hand"]["files"])]
        return f"by hand: {listing(files) or 'no file there'}"
    if "eurostat" in how:
        return _slice(name, how, transport)
    source = {"download": downloads, "bestat": bestat, "walstat": walstat}
    kind = next(key for key in source if key in how)
    address = source[kind].addresses(how[kind])[-1]
    head, receipt = transport.peek(address, name)
    return (
        "as described: "
        + _as_described(head, how, f"{table} ({address})")
        + (f", changed {receipt.last_modified}" if receipt.last_modified else "")
    )


def _slice(name: str, how: Mapping[str, Any], transport: Transport) -> str:
    """Ask Eurostat for one year of the table, and hold its dimensions and codes to the description."""
    query = {**how["eurostat"], "first": _YEAR, "last": _YEAR}
    address = queries.address(query)
    raw, _ = transport.fetch_small(
        address, name, _SLICE, explain=lambda status, body: answers.recognise(body, status).words
    )
    answer = answers.recognise(raw[: answers.LONGEST])
    if answer.kind == "queued":
        return "as described: the request was queued, so the table is there"
    frame = formats.parse(raw, how, address)
    queries.check_dataflow(query, frame, address)
    lacking = queries.gaps(query, frame)
    if lacking and query["gaps"] == "stop":
        raise SourceError(f"{address}: {listing(lacking)}.")
    return f"as described: {len(frame):,} figures of {_YEAR}" + (
        f", gaps: {listing(lacking)}" if lacking else ""
    )


def _as_described(head: bytes, how: Mapping[str, Any], place: str) -> str:
    """Say what the first bytes are; SourceError where they cannot begin the table described."""
    if head.startswith(b"PK\x03\x04"):
        return "a zip or workbook"
    if how["format"] == "bestat":
        first = re.search(rb"\{[^{}]*\}", head[1:])
        header = list(json.loads(first[0])) if head[:1] == b"{" and first else []
    elif how["format"] == "json":
        lacking = [key for key in how["columns"] if f'"{key}"'.encode() not in head]
        if not head.lstrip().startswith(b"{") or lacking:
            raise SourceError(
                f"{place}: the first bytes are no records of {listing(how['columns'])} in JSON"
                f"{f' (without {listing(lacking)})' if lacking else ''}."
            )
        return "records in JSON with the columns described"
    else:
        encoding = how.get("encoding", "utf-8")
        line = head.decode(encoding, errors="replace").removeprefix("\ufeff").splitlines()[:1]
        sign = {"tab": "\t"}.get(how.get("delimiter", ","), how.get("delimiter", ","))
        header = [cell.strip('"') for cell in line[0].split(sign)] if line else []
    find_columns(header, how, place)
    return "the header has the columns described"
