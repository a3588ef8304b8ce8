"""Which vintage of a dataset is in use, how its files are read, and the pins that fetching wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from smstra import schema, strict_yaml
from smstra.dataset_rules import CODES, SOURCES
from smstra.errors import ConfigError
from smstra.pins import Pin

# What else a description says that does not depend on the vintage.
_SHARED = (*CODES, "vintage", "file")


def in_use(entry: Mapping[str, Any], pins: Iterable[Pin]) -> dict[str, Any]:
    """Return the description of the vintage in use.

    ``pins`` are those of that vintage. A fetched vintage is read as ``live.tables`` says: its
    tables stand in ``tables``, what they hold together in ``variables``; a dataset of one table
    has that table's keys as its own, as any other dataset has. A dataset that was never fetched is
    described as it would be. ConfigError where nothing says how the vintage is read.
    """
    named = {pin["table"] for pin in pins if "table" in pin}
    if "vintage" in entry and not named:
        if "format" not in entry:
            raise ConfigError(
                f"{entry['file']}: the vintage '{entry['vintage']}' was not fetched, and nothing says how it "
                "is read; describe it (`format`, `columns`, ...), or adopt a fetched vintage."
            )
        return {key: entry[key] for key in entry if key != "live"}
    return as_fetched(entry, named or entry["live"]["tables"])


def as_fetched(entry: Mapping[str, Any], named: Iterable[str]) -> dict[str, Any]:
    """Return the description of a vintage that was fetched and holds the tables ``named``."""
    tables = {
        name: {key: how[key] for key in how if key not in SOURCES}
        for name, how in entry["live"]["tables"].items()
        if name in set(named)
    }
    resolved: dict[str, Any] = {key: entry[key] for key in _SHARED if key in entry}
    variables: dict[str, Any] = {}
    for how in tables.values():
        resolved |= how
        variables |= how.get("variables", {})
    return resolved | ({"variables": variables} if variables else {}) | {"tables": tables}


def fetched_pins(root: Path, sources_schema: Path) -> list[Pin]:
    """Return the pins that lie beside fetched files, in ``data/snapshots/*/*/<vintage>/pin.yaml``.

    ConfigError where one does not fit the schema, or pins a file outside its folder.
    """
    pins: list[Pin] = []
    for path in sorted((root / "data/snapshots").glob("*/*/*/pin.yaml")):
        if path.parent.name.startswith("."):
            continue  # a download that is not complete
        shown = path.relative_to(root).as_posix()
        data = strict_yaml.load(path)
        schema.check(data, sources_schema, lambda key, shown=shown: shown)
        for pin in data["snapshots"]:
            if "table" not in pin:
                raise ConfigError(
                    f"{shown}: the pin of {pin['file']} lacks the key 'table'; a fetched vintage is not to be "
                    f"edited: remove {path.parent.relative_to(root).as_posix()} and fetch again."
                )
            folder = path.parent.relative_to(root).as_posix()
            if Path(pin["file"]).parent.as_posix() != folder or pin["vintage"] != path.parent.name:
                raise ConfigError(
                    f"{shown}: pins {pin['file']} as vintage '{pin['vintage']}', which is not in its own "
                    f"folder; a fetched vintage is not to be edited: remove {folder} and fetch again."
                )
        pins += data["snapshots"]
    return pins


def to_refresh(
    names: Iterable[str], described: Mapping[str, Mapping[str, Any]], root: Path = Path()
) -> tuple[list[str], dict[str, str]]:
    """Return which of ``names`` can be refreshed, and which lack their file by hand, with its name."""
    able, lacking = [], {}
    for name in sorted(names):
        tables = described[name].get("live", {}).get("tables", {}).values()
        files = [how["by_hand"]["files"] for how in tables if "by_hand" in how]
        absent = [file for file in files if not any(root.glob(file))]
        if absent:
            lacking[name] = absent[0]
        elif tables:
            able.append(name)
    return able, lacking
