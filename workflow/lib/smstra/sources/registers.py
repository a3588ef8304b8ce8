"""Read registers of units, changes of units, and membership in larger areas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from smstra import snapshots
from smstra.errors import GeographyError, SourceError, listing
from smstra.made_columns import with_made_columns
from smstra.pins import Pin, pins_of
from smstra.sources.rows import without_excluded
from smstra.vocabulary import TORN

FOREVER = "9999-12-31"
# Kinds of changes.
KINDS = ("merger", "recode", *TORN)


def readings(entry: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return how the tables of the vintage in use are read, by table; a pinned file names its table.

    A vintage that was not fetched has one table, and its files name none.
    """
    shared = {key: entry[key] for key in entry if key not in ("tables", "variables")}
    if "tables" not in entry:
        return {"": entry}
    return {name: {**shared, **table} for name, table in entry["tables"].items()}


def load_frames(
    name: str,
    datasets: Mapping[str, Mapping[str, Any]],
    pins: list[Pin],
    root: Path = Path(),
) -> Iterator[tuple[Mapping[str, Any], Pin, pd.DataFrame]]:
    """Yield each verified file in use of the dataset ``name``: how it is read, its pin, its table."""
    entry = datasets[name]
    how = readings(entry)
    for pin in pins_of(pins, name, entry["vintage"]):
        reading = how[pin.get("table", "")]
        frame = snapshots.read(pin, reading, root)
        yield reading, pin, with_made_columns(frame, reading, Path(pin["file"]).name)


def load_frame(
    name: str,
    datasets: Mapping[str, Mapping[str, Any]],
    pins: list[Pin],
    root: Path = Path(),
) -> pd.DataFrame:
    """Return the verified snapshot in use of a register or table of changes as a frame of text."""
    return pd.concat([frame for _, _, frame in load_frames(name, datasets, pins, root)])


def level_of(
    spec: str | Mapping[str, Any], codes: pd.Series, frame: pd.DataFrame, where: str
) -> pd.Series:
    """Return the level of each row by a dataset's ``level:``; SourceError for an unmapped value."""
    if isinstance(spec, str):
        return pd.Series(spec, index=frame.index, dtype=object)
    key = frame[spec["column"]] if "column" in spec else codes.str.len().astype(str)
    mapping = spec["map"] if "column" in spec else spec["code_length"]
    unknown = sorted(set(key) - set(mapping))
    if unknown:
        line = key.index[key.isin(unknown)][0]
        raise SourceError(
            f"{where}, line {line}: the level '{key[line]}' is not described; add it to `level` "
            f"(described are {listing(mapping)})."
        )
    return key.map(mapping)


def read_units(name: str, entry: Mapping[str, Any], frame: pd.DataFrame) -> pd.DataFrame:
    """Return the units of a register.

    One row is a unit in a period of validity: ``unit, level, parent, valid_from, valid_to`` (ISO
    days, both included) and one column ``name_<language>`` for each language.
    """
    parts = []
    frame = without_excluded(entry, frame, f"{entry['file']}: {name}")
    for spec in entry["register"]:
        codes = _column(frame, spec["code"])
        part = pd.DataFrame({"unit": codes, "level": ""}, index=frame.index)
        if isinstance(spec["level"], Mapping):
            part["level"] = level_of(spec["level"], codes, frame, f"{entry['file']}: {name}")
        else:
            part["level"] = spec["level"]
        for key in ("parent", "valid_from", "valid_to"):
            part[key] = _column(frame, spec.get(key, {"fixed": ""}))
        if "no_parent" in spec:
            part["parent"] = part["parent"].replace(spec["no_parent"], "")
        if "dates_written" in spec:
            for key in ("valid_from", "valid_to"):
                part[key] = _iso_days(part[key], f"{entry['file']}: {name}")
        for language, named in spec["names"].items():
            part[f"name_{language}"] = frame[named] if isinstance(named, str) else named["fixed"]
            # A name is one line, whatever cell it came from.
            part[f"name_{language}"] = part[f"name_{language}"].str.split().str.join(" ")
        parts.append(part.drop_duplicates())
    return pd.concat(parts, ignore_index=True)


def _iso_days(days: pd.Series, where: str) -> pd.Series:
    """Return days written as day/month/year as ISO days; SourceError for another form."""
    parts = days.str.extract(r"^([0-9]{2})/([0-9]{2})/([0-9]{4})$")
    if parts[0].isna().any():
        line = days.index[parts[0].isna()][0]
        raise SourceError(f"{where}, line {line}: '{days[line]}' is not a day such as 31/12/2018.")
    return parts[2] + "-" + parts[1] + "-" + parts[0]


def _column(frame: pd.DataFrame, spec: Mapping[str, str]) -> pd.Series:
    """Return the column that a register's description names, or its fixed value for every row."""
    if "column" in spec:
        return frame[spec["column"]]
    return pd.Series(spec["fixed"], index=frame.index, dtype=object)


def read_changes(name: str, entry: Mapping[str, Any], frame: pd.DataFrame) -> pd.DataFrame:
    """Return the changes of units: ``old, new, effective, kind``.

    A ``merger`` or a ``recode`` carries figures on. Through a ``split`` (one unit into several) and a
    ``boundary_shift`` (territory goes from unit to unit) no figure can be carried: they say of which
    units there is then none. SourceError for a kind that is not known, and for an old unit that
    goes two ways at once without being called one of these.
    """
    spec = entry["changes"]
    table = pd.DataFrame({key: frame[spec[key]] for key in ("old", "new", "effective", "kind")})
    odd = table[~table["kind"].isin(KINDS)]
    if len(odd):
        raise SourceError(
            f"{entry['file']}: {name}, line {odd.index[0]}: the kind of change "
            f"'{odd['kind'].iloc[0]}' is not known; write {listing(KINDS)}."
        )
    twice = table[table.duplicated(["old", "effective"], keep=False)]
    twice = twice[~twice["kind"].isin(TORN)]
    if len(twice):
        row = twice.iloc[0]
        raise SourceError(
            f"{entry['file']}: {name}, line {twice.index[0]}: unit {row['old']} goes into more than "
            f"one unit on {row['effective']}; a split cannot be carried by summing counts, so call each of "
            "its rows `split` or `boundary_shift`."
        )
    return table.sort_values(["effective", "new", "old"], ignore_index=True)


def load_changes(
    name: str | None,
    datasets: Mapping[str, Mapping[str, Any]],
    pins: list[Pin],
    root: Path = Path(),
) -> pd.DataFrame:
    """Return the changes of the dataset ``name``, or none where a case names no such dataset."""
    if name is None:
        return pd.DataFrame(columns=["old", "new", "effective", "kind"])
    return read_changes(name, datasets[name], load_frame(name, datasets, pins, root))


def read_membership(name: str, entry: Mapping[str, Any], frame: pd.DataFrame) -> pd.DataFrame:
    """Return which unit lies in which larger areas: ``unit`` and a column for each level."""
    spec = entry["membership"]
    frame = without_excluded(entry, frame, f"{entry['file']}: {name}")
    table = pd.DataFrame({"unit": frame[spec["unit"]]})
    for level, column in spec["levels"].items():
        table[level] = frame[column]
    # A list of smaller areas says of each unit several times where it lies.
    table = table.drop_duplicates()
    twice = table[table.duplicated("unit")]
    if len(twice):
        raise SourceError(
            f"{entry['file']}: {name}, line {twice.index[0]}: unit {twice['unit'].iloc[0]} stands "
            "twice, in different areas; a unit lies in one area of each level."
        )
    return table.reset_index(drop=True)


def join_registers(
    names: Iterable[str],
    changes: str | None,
    datasets: Mapping[str, Mapping[str, Any]],
    pins: list[Pin],
    root: Path = Path(),
) -> pd.DataFrame:
    """Return the units of several registers, closed on the day before a change takes them away.

    A register is often older than the last mergers and leaves the merged units open; the table
    of changes then says when they ended. Columns as :func:`read_units`.

    Raises
    ------
    GeographyError
        A unit is valid twice on the same day.
    """
    units = pd.concat(
        [read_units(n, datasets[n], load_frame(n, datasets, pins, root)) for n in names],
        ignore_index=True,
    )
    if changes is not None:
        table = load_changes(changes, datasets, pins, root)
        # A unit whose limits shift, but which goes on under its code, ends on no day.
        stays = set(
            table.loc[table["old"] == table["new"], ["old", "effective"]].itertuples(
                index=False, name=None
            )
        )
        gone = table[table["old"] != table["new"]]
        gone = gone[[key not in stays for key in zip(gone["old"], gone["effective"], strict=True)]]
        last = pd.to_datetime(gone["effective"]) - pd.Timedelta(days=1)
        ends = dict(zip(gone["old"], last.dt.strftime("%Y-%m-%d"), strict=True))
        still_open = (units["valid_to"] == FOREVER) & units["unit"].isin(ends)
        units.loc[still_open, "valid_to"] = units.loc[still_open, "unit"].map(ends)
    units = units.sort_values(["level", "unit", "valid_from"], ignore_index=True)
    following = units.groupby(["level", "unit"])["valid_from"].shift(-1)
    overlap = units[following.notna() & (following <= units["valid_to"])]
    if len(overlap):
        row = overlap.iloc[0]
        raise GeographyError(
            f"The registers {listing(names)} hold unit {row['unit']} twice from {row['valid_from']} "
            f"to {row['valid_to']}; a code may stand for one unit on a day."
        )
    return units
