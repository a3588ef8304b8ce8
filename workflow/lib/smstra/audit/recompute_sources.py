"""What pinned tables say, read a second time: units, changes, memberships, and figures as exact fractions."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from smstra.audit.recompute_files import Row, rows_of, year_form
from smstra.config import Settings
from smstra.errors import SnapshotError, SourceError

_OPEN = "9999-12-31"
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")


class Cell(NamedTuple):
    """A cell of a snapshot that a figure was read from.

    ``line`` counts from 1 as an editor does; ``file`` ends in ``!sheet`` where a workbook has several.
    """

    file: str
    line: int
    column: str
    text: str
    unit: str
    variable: str
    date: str


class Figure(NamedTuple):
    """A published figure: ``value`` is None where there is none; ``day`` is that on which its code is valid."""

    value: Fraction | None
    system: str
    day: str
    cells: tuple[Cell, ...]


class Unit(NamedTuple):
    """A unit of a register in a period of validity; ``names`` by language."""

    code: str
    level: str
    parent: str
    first: str
    last: str
    names: tuple[tuple[str, str], ...]


class Change(NamedTuple):
    """An old unit that goes into a new one on a day (or goes on under its code while it absorbs another)."""

    old: str
    new: str
    day: str
    kind: str


# level -> date -> unit -> figure
Published = dict[str, dict[str, dict[str, Figure]]]


class Sources:
    """The pinned tables of a project; each is read once, when it is first asked for."""

    def __init__(self, settings: Settings, root: Path = Path()) -> None:
        self._settings, self._root = settings, root
        self._read: dict[str, list[tuple[Mapping[str, Any], Row]]] = {}
        self._figures: dict[tuple[str, str], Published] = {}
        self._registers: dict[tuple[str | None, ...], list[Unit]] = {}

    def _rows(self, name: str) -> list[tuple[Mapping[str, Any], Row]]:
        """Return each row of a dataset with the description by which its file is read."""
        if name not in self._read:
            entry = self._settings.datasets[name]
            pins = [
                pin
                for pin in self._settings.pins
                if pin["id"] == name and pin["vintage"] == entry.get("vintage")
            ]
            if not pins:
                raise SnapshotError(f"data/sources.yaml pins no vintage in use of '{name}'.")
            found = []
            for pin in pins:
                how = _reading(entry, pin)
                found += [(how, row) for row in rows_of(pin, how, self._root)]
            self._read[name] = found
        return self._read[name]

    def changes(self, name: str | None) -> list[Change]:
        """Return the changes of units that a dataset lists; none where there is no dataset."""
        made = []
        for how, row in self._rows(name) if name else ():
            spec = how["changes"]
            made.append(
                Change(*(row.cells[spec[key]] for key in ("old", "new", "effective", "kind")))
            )
        return made

    def membership(self, name: str, level: str) -> dict[str, str]:
        """Return the area of ``level`` in which each unit lies."""
        found = {}
        for how, row in self._rows(name):
            spec = how["membership"]
            if _left_out(how, row):
                continue
            found[row.cells[spec["unit"]]] = row.cells[spec["levels"][level]]
        return found

    def register(self, names: Iterable[str], changes: str | None) -> list[Unit]:
        """Return the units of several registers; one that a change takes away ends on the day before."""
        key = (*names, changes)
        if key not in self._registers:
            self._registers[key] = self._register(key[:-1], changes)
        return self._registers[key]

    def _register(self, names: Iterable[str], changes: str | None) -> list[Unit]:
        gone: dict[str, str] = {}
        listed = self.changes(changes)
        stays = {(change.old, change.day) for change in listed if change.old == change.new}
        for change in listed:
            if change.old != change.new and (change.old, change.day) not in stays:
                gone[change.old] = max(change.day, gone.get(change.old, ""))
        units = {unit: None for name in names for unit in self._units(name)}
        closed = []
        for unit in units:
            last = unit.last
            if last == _OPEN and unit.code in gone:
                day = dt.date.fromisoformat(gone[unit.code]) - dt.timedelta(days=1)
                last = day.isoformat()
            closed.append(unit._replace(last=last))
        return closed

    def _units(self, name: str) -> Iterator[Unit]:
        for how, row in self._rows(name):
            for spec in how["register"] if not _left_out(how, row) else ():
                code = _held(row, spec["code"])
                parent = _held(row, spec.get("parent", {"fixed": ""}))
                first, last = (_held(row, spec[key]) for key in ("valid_from", "valid_to"))
                if "dates_written" in spec:
                    first, last = ("-".join(reversed(day.split("/"))) for day in (first, last))
                level = spec["level"]
                if isinstance(level, Mapping):
                    level = _level(level, code, row)
                names = tuple(
                    (each, _held(row, {"column": held} if isinstance(held, str) else held))
                    for each, held in spec["names"].items()
                )
                parent = "" if parent == spec.get("no_parent") else parent
                yield Unit(code, level, parent, first, last, names)

    def figures(self, name: str, variable: str) -> Published:
        """Return all figures of a variable that a dataset holds; SourceError for one that stands twice."""
        if (name, variable) not in self._figures:
            self._figures[name, variable] = self._published(name, variable)
        return self._figures[name, variable]

    def _by_year(self, name: str) -> Iterator[tuple[Mapping[str, Any], Row]]:
        """Return the rows of a dataset; one with columns for each year once for each of them."""
        apart: dict[int, list[Mapping[str, Any]]] = {}
        for how, row in self._rows(name):
            if id(how) not in apart:
                apart[id(how)] = _years_apart(how)
            for one in apart[id(how)]:
                yield one, row

    def _published(self, name: str, variable: str) -> Published:
        entry = self._settings.datasets[name]
        registered = (
            self.register(entry["code_lists"], entry.get("code_changes"))
            if "code_lists" in entry
            else []
        )
        levels = {unit.code: unit.level for unit in registered}
        if "country_unit" in entry:
            levels[entry["country_unit"]] = "country"
        by_name: dict[str, str] | None = None
        on_day = self._settings.variables[variable]["dates"] == "day"
        made: Published = {}
        for how, row in self._by_year(name):
            spec = how.get("variables", {}).get(variable)
            if spec is None or _left_out(how, row) or not _counts(spec, row):
                continue
            code = row.cells[how["unit"]["column"]]
            code = how["unit"].get("prefix", "") + code.zfill(how["unit"].get("pad_to", 0))
            if "names" in how["unit"]:
                if by_name is None:
                    by_name = _codes_by_name(how, registered)
                code = _code_of(code, by_name, row)
            level = how["level"]
            if level == {"by": "code_lists"}:
                level = levels[code]
            elif isinstance(level, Mapping):
                level = _level(level, code, row)
            date = f"{_year(how, row)}-{how['date']['day'] if on_day else '01-01'}"
            text = row.cells[spec["column"]]
            cell = Cell(row.file, row.line, spec["column"], text, code, variable, date)
            fixed = how["geography_date"]
            figure = Figure(
                _number(text, how, spec, row),
                entry["code_system"],
                date if fixed == "each_date" else fixed,
                (cell,),
            )
            place = made.setdefault(level, {}).setdefault(date, {})
            if code not in place:
                place[code] = figure
            elif spec.get("sum_rows"):
                place[code] = _added(place[code], figure)
            else:
                raise SourceError(
                    f"{row.file}, line {row.line}: '{variable}' of unit {code} for {date} stands twice."
                )
        return made


def _reading(entry: Mapping[str, Any], pin: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return how a file is read: as the dataset says, or as the table of it that the pin names."""
    if "tables" not in entry:
        return entry
    shared = {key: entry[key] for key in entry if key not in ("tables", "variables")}
    return {**shared, **entry["tables"][pin["table"]]}


def _held(row: Row, spec: Mapping[str, str]) -> str:
    return spec["fixed"] if "fixed" in spec else row.cells[spec["column"]]


def _level(spec: Mapping[str, Any], code: str, row: Row) -> str:
    meant, text = (
        (spec["map"], row.cells[spec["column"]])
        if "column" in spec
        else (spec["code_length"], str(len(code)))
    )
    if text not in meant:
        raise SourceError(f"{row.file}, line {row.line}: the level '{text}' is not described.")
    return meant[text]


def _left_out(how: Mapping[str, Any], row: Row) -> bool:
    return any(
        re.fullmatch(spec["pattern"], row.cells[spec["column"]]) is not None
        if "pattern" in spec
        else row.cells[spec["column"]] in spec["values"]
        for spec in how.get("exclude", ())
    )


def _counts(spec: Mapping[str, Any], row: Row) -> bool:
    return all(
        row.cells[column] in ([wanted] if isinstance(wanted, str) else wanted)
        for column, wanted in spec.get("where", {}).items()
    )


def _years_apart(how: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a description by the years in its header; in a list alone if they are not there."""
    columns = how.get("columns", ())
    if how.get("date", {}).get("column") != "header" or "header" in columns:
        return [how]
    made: dict[str, dict[str, Any]] = {}
    for variable, spec in how["variables"].items():
        start, end = spec["column"].split("{year}", 1)
        for column in columns:
            year = column[len(start) : len(column) - len(end)]
            if column == f"{start}{year}{end}" and re.fullmatch("[12][0-9]{3}", year):
                made.setdefault(year, {})[variable] = {**spec, "column": column}
    day = {key: text for key, text in how["date"].items() if key == "day"}
    return [
        {**how, "date": {**day, "fixed": year}, "variables": specs} for year, specs in made.items()
    ]


def _year(how: Mapping[str, Any], row: Row) -> str:
    spec = how["date"]
    if "fixed" in spec:
        return spec["fixed"]
    text = row.cells[spec["column"]]
    match = year_form(spec.get("written", "{year}")).fullmatch(text)
    if match is None:
        raise SourceError(f"{row.file}, line {row.line}: '{text}' is not a year.")
    return match[1]


def _number(
    text: str, how: Mapping[str, Any], spec: Mapping[str, Any], row: Row
) -> Fraction | None:
    """Return the figure in a cell, exactly as written; None for a cell that means no figure."""
    # Eurostat's tables mark an absent value by an empty cell, whatever else is said.
    if text in how["missing"] or (how["format"] == "eurostat" and text in ("", "NaN")):
        return None
    written = text
    for sign in how.get("take_out", ()):
        written = written.replace(sign, "")
    if how.get("decimal") == "comma":
        written = written.replace(".", "?").replace(",", ".")
    if not _NUMBER.fullmatch(written):
        raise SourceError(
            f"{row.file}, line {row.line}: '{text}' in column {spec['column']} is no number."
        )
    # A fraction is made of an int ten times faster than of a text.
    value = Fraction(int(written) if written.isdecimal() else written)
    return value * Fraction(str(spec["multiply_by"])) if "multiply_by" in spec else value


def _added(one: Figure, other: Figure) -> Figure:
    """Return the sum of two rows of detail; without one of them there is none."""
    known = one.value is not None and other.value is not None
    return one._replace(
        value=one.value + other.value if known else None, cells=one.cells + other.cells
    )


def _spellings(name: str) -> tuple[str, str]:
    """Return the two forms by which a name is compared: in plain small letters, and without accents."""
    text = unicodedata.normalize("NFKC", name)
    text = text.translate({0x2018: "'", 0x2019: "'", 0x2010: "-", 0x2011: "-"})
    plain = " ".join(text.split()).casefold()
    bare = "".join(
        sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign)
    )
    return plain, bare


def _codes_by_name(how: Mapping[str, Any], registered: Iterable[Unit]) -> dict[str, str]:
    """Return the code of each spelling that one unit alone bears on the day of the table's geography."""
    day, level = how["geography_date"], how["level"]
    named = how["unit"]["names"]
    languages = [named] if isinstance(named, str) else named
    bearers: dict[str, set[str]] = {}
    for unit in registered:
        if unit.level != level or not unit.first <= day <= unit.last:
            continue
        for language, name in unit.names:
            if language in languages:
                # Registers tell namesakes apart in brackets.
                short = " ".join(name.split()).split(" (")[0]
                for spelling in {*_spellings(name), *_spellings(short)}:
                    bearers.setdefault(spelling, set()).add(unit.code)
    found = {name: min(codes) for name, codes in bearers.items() if len(codes) == 1}
    aliases = how["unit"].get("aliases", {})
    return found | {_spellings(name)[0]: code for name, code in aliases.items()}


def _code_of(name: str, by_name: Mapping[str, str], row: Row) -> str:
    for spelling in _spellings(name):
        if spelling in by_name:
            return by_name[spelling]
    raise SourceError(f"{row.file}, line {row.line}: no unit of the register is named '{name}'.")
