"""Fetch a new vintage of a dataset: put together out of sight, read, held against the one in use, named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from smstra import comparison, formats, snapshots, strict_yaml
from smstra.dataset_rules import SOURCES
from smstra.errors import FetchError, SmstraError, listing
from smstra.made_columns import with_made_columns
from smstra.pins import Pin, sha256
from smstra.sources import bestat, by_hand, downloads, walstat
from smstra.sources.eurostat import fetching as eurostat
from smstra.sources.eurostat import inventory, queries
from smstra.sources.registers import (
    join_registers,
    load_frames,
    read_changes,
    read_membership,
    read_units,
    readings,
)
from smstra.sources.staging import Fetched, Staging
from smstra.sources.tables import joined, read_observations
from smstra.textfiles import write_text
from smstra.transport import UNTOUCHED, Transport
from smstra.vintages import as_fetched

_FETCH = {
    "bestat": bestat.fetch,
    "by_hand": by_hand.fetch,
    "download": downloads.fetch,
    "eurostat": eurostat.fetch,
    "walstat": walstat.fetch,
}
PIN = "pin.yaml"


@dataclass(frozen=True)
class Outcome:
    """What became of a refresh.

    ``state`` is ``new``, ``there`` (this vintage had been fetched before) or ``unchanged`` (the
    publisher changed nothing since the vintage in use); ``gaps`` is what was asked for and did not
    come.
    """

    state: str
    vintage: str
    folder: str
    gaps: list[str] = field(default_factory=list)


def folder_of(name: str, pins: list[Pin]) -> Path:
    """Return the folder of all vintages of a dataset: where the others lie, else by its name."""
    for pin in pins:
        if pin["id"] == name:
            return Path(pin["file"]).parent.parent
    publisher, _, rest = name.partition("_")
    return Path("data/snapshots", publisher, rest or name)


def fetch(
    name: str,
    settings: Mapping[str, Any],
    vintage: str,
    transport: Transport,
    today: str,
    root: Path = Path(),
) -> Outcome:
    """Fetch ``name`` into a vintage of its own, which appears whole or not at all.

    Parameters
    ----------
    settings
        ``described`` (the dataset as config/datasets has it), ``datasets`` and ``pins`` (its vintage
        in use, if it has one, and what its codes are checked against), ``variables``, ``comparison``.
    today
        ISO day, the pin's ``date_accessed``.

    Raises
    ------
    SmstraError
        The dataset could not be had, cannot be read, or cannot be a newer edition of the vintage
        in use. No vintage is made; what came lies in ``.refused-<vintage>``.
    """
    entry = settings["described"]
    above = root / folder_of(name, settings["pins"])
    final = above / vintage
    try:
        above.mkdir(parents=True, exist_ok=True)
        with FileLock(above / ".lock", timeout=transport.manners.total_time_s):
            if final.exists():
                _refuse_changed_by_hand(name, settings, vintage, root)
                return Outcome("there", vintage, final.relative_to(root).as_posix())
            editions = _editions(name, settings, vintage, transport, root)
            if _unchanged(name, settings, editions):
                return Outcome("unchanged", settings["datasets"][name]["vintage"], "")
            staging = Staging(above / f".incoming-{vintage}", name, transport, root)
            taken = {
                table: _FETCH[_source(how)](how[_source(how)], table, staging)
                for table, how in entry["live"]["tables"].items()
            }
            try:
                pins = _checked(name, vintage, taken, settings, staging, root)
            except SmstraError as error:
                aside = above / f".refused-{vintage}"
                shutil.rmtree(aside, ignore_errors=True)
                staging.folder.replace(aside)
                words = str(error).removesuffix(".")
                raise type(error)(
                    f"{'' if name in words else f'{name}: '}{words}; what came lies in "
                    f"{aside.relative_to(root)}; {UNTOUCHED}."
                ) from error
            for pin in pins:
                pin |= {
                    "vintage": vintage,
                    "file": (final.relative_to(root) / pin["file"]).as_posix(),
                    "date_accessed": today,
                    "edition": _edition(pin, entry, editions, today),
                }
            _finish(staging, pins, final)
    except Timeout:
        raise FetchError(
            f"{name}: another refresh has been fetching it for {transport.manners.total_time_s:g} seconds; "
            "wait for it to end, or stop it."
        ) from None
    except OSError as error:
        raise FetchError(
            f"{name}: {error.filename or above}: {error.strerror}; mend permissions or make room, and refresh "
            f"again; {UNTOUCHED}."
        ) from error
    gaps = [line for pin in pins for line in pin["gaps"]]
    return Outcome("new", vintage, final.relative_to(root).as_posix(), gaps)


def _refuse_changed_by_hand(
    name: str, settings: Mapping[str, Any], vintage: str, root: Path
) -> None:
    """Raise FetchError where a file by hand was changed since ``vintage`` was made of it."""
    for pin in settings["pins"]:
        file = root / pin.get("address", "")
        fetched = pin["id"] == name and pin["vintage"] == vintage and "table" in pin
        if fetched and file.is_file() and sha256(file.read_bytes()) != pin["sha256"]:
            free = chr(ord(vintage[10:] or "a") + 1)
            raise FetchError(
                f"{name}: {pin['address']} has been changed since vintage {vintage} was made of it; give the "
                f"new one a name of its own by `--config new_vintage={vintage[:10]}{free}`; {UNTOUCHED}."
            )


def _source(how: Mapping[str, Any]) -> str:
    return next(source for source in SOURCES if source in how)


def _editions(
    name: str, settings: Mapping[str, Any], vintage: str, transport: Transport, root: Path
) -> dict[str, str]:
    """Return when each dataflow last changed, by Eurostat's inventory, fetched once a refresh."""
    if not any("eurostat" in how for how in settings["described"]["live"]["tables"].values()):
        return {}
    path = root / "results/refresh" / vintage / "eurostat_inventory.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path.with_name(".inventory.lock"), timeout=transport.manners.total_time_s):
            if not path.is_file():
                transport.download(queries.INVENTORY, path, name)
        return inventory.editions(path.read_bytes(), path.name)
    except (SmstraError, Timeout) as error:
        # Without it nothing is lost but the knowledge that nothing changed.
        path.unlink(missing_ok=True)
        transport.say(
            f"{name}: fetched without asking whether it changed ({str(error).removesuffix('.')})"
        )
        return {}


def _unchanged(name: str, settings: Mapping[str, Any], editions: Mapping[str, str]) -> bool:
    """Whether Eurostat changed nothing since the vintage in use was fetched by the same queries."""
    tables = settings["described"]["live"]["tables"]
    used = settings["datasets"][name].get("vintage")
    pins = [p for p in settings["pins"] if p["id"] == name and p["vintage"] == used]
    if not pins or any(
        "table" not in pin or "eurostat" not in tables[pin["table"]] for pin in pins
    ):
        return False
    specs = {table: how["eurostat"] for table, how in tables.items()}
    asked = {queries.address(spec) for spec in specs.values()}
    return {pin["address"] for pin in pins} == asked and all(
        pin["edition"] == editions.get(specs[pin["table"]]["dataflow"]) for pin in pins
    )


def _checked(
    name: str,
    vintage: str,
    taken: Mapping[str, list[Fetched]],
    settings: Mapping[str, Any],
    staging: Staging,
    root: Path,
) -> list[Pin]:
    """Read all that was taken as the run will read it; return the pins, without vintage and folder."""
    entry = settings["described"]
    _refuse_same_name(name, taken)
    how = readings(as_fetched({**entry, "vintage": vintage}, taken))
    units = _units(settings, root)
    pins: list[Pin] = []
    parts: list[pd.DataFrame] = []
    for table, files in taken.items():
        reading = how[table]
        query = entry["live"]["tables"][table].get("eurostat")
        # First, because an answer to another query may lack what the description reads.
        gaps = [] if query is None else _gaps_of(query, reading, files, staging.folder)
        for each in files:
            # One at a time: a year of some tables takes half a gigabyte.
            raw = (staging.folder / each.file).read_bytes()
            frame = formats.parse(raw, reading, each.file)
            # Of several files an error must say in which it lies.
            place = {"file": f"{reading['file']}: {each.file}"}
            part = read(
                name,
                {**reading, **place},
                with_made_columns(frame, reading, each.file),
                settings,
                units,
                len(files) > 1,
            )
            parts.append(part)
            pins.append(_pin(name, entry, reading, table, each, part, frame, raw))
        pins[-1]["gaps"] = gaps
    old = content(name, settings, root)
    own = {key: entry["live"][key] for key in ("least_share_of_rows",) if key in entry["live"]}
    limits = settings["comparison"] | own
    if _variables(how):
        whole = joined(parts, _variables(how), f"{entry['file']}: {name}")
        if old is not None:
            comparison.refuse_odd(name, old, whole, limits)
    elif old is not None:
        comparison.refuse_fewer_units(name, old, pd.concat(parts), limits)
    return pins


def _refuse_same_name(name: str, taken: Mapping[str, list[Fetched]]) -> None:
    """Two files of one name would have taken each other's place in the folder."""
    files = [each.file for files in taken.values() for each in files]
    twice = sorted({file for file in files if files.count(file) > 1})
    if twice:
        raise FetchError(
            f"{name}: two of its files are called {listing(twice)}; name them apart by `save_as`, or rename "
            "the file that was downloaded by hand."
        )


def _variables(how: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {variable for reading in how.values() for variable in reading.get("variables", {})}


def _gaps_of(
    query: Mapping[str, Any], reading: Mapping[str, Any], files: list[Fetched], folder: Path
) -> list[str]:
    frames = []
    for each in files:
        frame = formats.parse((folder / each.file).read_bytes(), reading, each.file)
        queries.check_dataflow(query, frame, each.file)
        frames.append(frame)
    lines = queries.gaps(query, pd.concat(frames))
    if lines and query["gaps"] == "stop":
        raise FetchError(
            f"{query['dataflow']}: Eurostat answered, but without all that was asked for: "
            f"{listing(lines, 12)}; mend the codes or periods, or write `gaps: list` to accept it"
        )
    return lines


def read(
    name: str,
    reading: Mapping[str, Any],
    frame: pd.DataFrame,
    settings: Mapping[str, Any],
    units: pd.DataFrame | None,
    part: bool = False,
) -> pd.DataFrame:
    """Return what a table, or a ``part`` of it, holds: observations, units, changes or membership."""
    if "variables" in reading:
        return read_observations(name, reading, frame, settings["variables"], units, part)
    if "register" in reading:
        return read_units(name, reading, frame)
    reader = read_changes if "changes" in reading else read_membership
    return reader(name, reading, frame)


def content(name: str, settings: Mapping[str, Any], root: Path = Path()) -> pd.DataFrame | None:
    """Return what the vintage in use holds, None where the dataset was never fetched."""
    if "vintage" not in settings["datasets"][name]:
        return None
    units = _units(settings, root)
    parts = [
        read(name, reading, frame, settings, units, part=True)
        for reading, _, frame in load_frames(name, settings["datasets"], settings["pins"], root)
    ]
    return pd.concat(parts, ignore_index=True)


def _units(settings: Mapping[str, Any], root: Path) -> pd.DataFrame | None:
    entry, datasets, pins = settings["described"], settings["datasets"], settings["pins"]
    if "code_lists" not in entry:
        return None
    return join_registers(entry["code_lists"], entry.get("code_changes"), datasets, pins, root)


def _pin(
    name: str,
    entry: Mapping[str, Any],
    reading: Mapping[str, Any],
    table: str,
    fetched: Fetched,
    part: pd.DataFrame,
    frame: pd.DataFrame,
    raw: bytes,
) -> Pin:
    """Return the pin of a file, without the vintage and with the file's bare name."""
    dates = next((part[key] for key in ("date", "valid_from", "effective") if key in part), None)
    fixed = reading.get("geography_date", "each unit's own validity")
    span = (fixed, fixed) if dates is None else (dates.min(), dates.max())
    return {
        "id": name,
        "vintage": "",
        "file": fetched.file,
        **{key: value for key, value in entry["live"]["about"].items() if key != "notes"},
        "obtained_via": f"{fetched.address} ({fetched.came_from})"
        if "by_hand" in entry["live"]["tables"][table]
        else fetched.came_from,
        "reference_dates": {"first": span[0], "last": span[1]},
        "geography_date": "each reference date" if fixed == "each_date" else fixed,
        "edition": frame.attrs.get("last_update") or fetched.last_modified,
        "date_accessed": "",
        **({"notes": entry["live"]["about"]["notes"]} if "notes" in entry["live"]["about"] else {}),
        "rows": len(frame),
        "sha256": sha256(raw),
        "sha256_table": snapshots.sha256_of_table(frame),
        "table": table,
        "address": fetched.address,
        "came_from": fetched.came_from,
        "last_modified": fetched.last_modified,
        "gaps": [],
    }


def _edition(pin: Pin, entry: Mapping[str, Any], editions: Mapping[str, str], today: str) -> str:
    """Return the publisher's own state of the table, or when it was seen where it tells none."""
    flow = entry["live"]["tables"][pin["table"]].get("eurostat", {}).get("dataflow")
    return editions.get(flow, "") or pin["edition"] or f"as of {today}"


def _finish(staging: Staging, pins: list[Pin], final: Path) -> None:
    """Give the complete folder its name: from then on it is a vintage."""
    staging.tidy({Path(pin["file"]).name for pin in pins})
    header = "# Written by a refresh; not to be edited. What each file is and where it came from.\n"
    write_text(header + strict_yaml.dumps({"snapshots": pins}), staging.folder / PIN)
    for path in (*sorted(staging.folder.iterdir()), staging.folder):
        _to_disk(path)
    staging.folder.replace(final)
    _to_disk(final.parent)
    for given_up in final.parent.glob(".incoming-*"):
        shutil.rmtree(given_up)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
