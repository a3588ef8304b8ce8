"""The cells of the snapshots behind a figure, as they stand in the files at this moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from smstra import formats
from smstra.config import Settings
from smstra.csvio import cell as text_of
from smstra.errors import SmstraError
from smstra.formats.cells import year_form
from smstra.made_columns import with_made_columns
from smstra.pins import sha256
from smstra.sources.registers import readings
from smstra.vocabulary import as_list
from smstra.year_columns import of_each_year

_OF_SOURCE = (
    "publisher",
    "dataset",
    "title",
    "edition",
    "licence",
    "publisher_address",
    "address",
    "came_from",
    "obtained_via",
    "date_accessed",
)


class SourceCell(NamedTuple):
    """A cell of a snapshot: ``line`` as the format counts (``7``, ``2014!7``), ``text`` as it stands.

    ``row`` has the other cells of the row by column, ``flags`` those that hold the source's flags. The
    figure is ``multiply_by`` times the number.
    """

    file: str
    line: str
    column: str
    text: str
    flags: str
    row: Mapping[str, str]
    multiply_by: float = 1.0


class _Table:
    """A snapshot by line: a label for each row, and the columns as arrays, each made when it is needed."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self.labels = [str(label) for label in frame.index]
        self.places: dict[str, list[int]] = {}
        for place, label in enumerate(self.labels):
            self.places.setdefault(label, []).append(place)
        self._columns: dict[str, np.ndarray] = {}

    def texts(self, column: str) -> np.ndarray:
        """Return a column as an array of objects."""
        if column not in self._columns:
            self._columns[column] = self._frame[column].to_numpy(object)
        return self._columns[column]

    def row(self, place: int) -> dict[str, str]:
        """Return the cells of a row as text, by column."""
        return {name: text_of(self.texts(name)[place]) for name in self._frame.columns}

    def holding(self, column: str, text: str) -> list[int]:
        """Return the places of the rows with ``text`` in a column."""
        return np.flatnonzero(self.texts(column) == text).tolist()


class SourceFiles:
    """The snapshots in use of a project, read when they are asked for."""

    def __init__(self, settings: Settings, root: Path = Path()) -> None:
        self._settings, self._root = settings, root
        self._pins = {pin["file"]: pin for pin in settings.pins_in_use()}
        self._tables: dict[str, _Table | None] = {}
        # What is wrong with a file, in a sentence.
        self.problems: dict[str, str] = {}
        self._found: dict[str, str | None] = {}

    def files(self, name: str) -> list[str]:
        """Return the files in use of a dataset."""
        return [file for file, pin in self._pins.items() if pin["id"] == name]

    def about(self, file: str) -> dict[str, Any]:
        """Return what the pin of a file says of its origin, and the hash of the bytes there are now."""
        pin = self._pins[file]
        if file not in self._found:
            path = self._root / file
            self._found[file] = sha256(path.read_bytes()) if path.is_file() else None
        found = self._found[file]
        if found is None:
            self.problems.setdefault(file, f"{file}: this snapshot is missing")
        elif found != pin["sha256"]:
            self.problems.setdefault(
                file,
                f"{file}: the bytes are not those pinned in data/sources.yaml (pinned SHA-256 "
                f"{pin['sha256']}, found {found})",
            )
        return {
            "file": file,
            "name": pin["id"],
            "vintage": pin["vintage"],
            **{key: pin[key] for key in _OF_SOURCE if key in pin},
            "sha256": pin["sha256"],
            "sha256_found": found,
        }

    def is_as_pinned(self, file: str) -> bool:
        """Return whether a file is there with the bytes that its pin says."""
        about = self.about(file)
        return about["sha256"] == about["sha256_found"]

    def unreadable(self, names: Iterable[str]) -> list[str]:
        """Return a sentence for each file of the datasets ``names`` that cannot be read."""
        files = [file for name in names for file in self.files(name)]
        return [self.problems[file] for file in files if self._table(file) is None]

    def _table(self, file: str) -> _Table | None:
        """Return the table in a file; None where it cannot be read (see ``problems``)."""
        if file not in self._tables:
            pin, path = self._pins[file], self._root / file
            self._tables[file] = None
            try:
                frame = formats.parse(path.read_bytes(), self._reading(file), file)
                self._tables[file] = _Table(
                    with_made_columns(frame, self._reading(file), path.name)
                )
            except FileNotFoundError:
                self.problems[file] = f"{file}: this snapshot of '{pin['id']}' is missing"
            except SmstraError as error:
                self.problems[file] = str(error)
        return self._tables[file]

    def _reading(self, file: str) -> Mapping[str, Any]:
        pin = self._pins[file]
        return readings(self._settings.datasets[pin["id"]])[pin.get("table", "")]

    def cells(self, source: str, variable: str, date: str, rows: str) -> list[SourceCell]:
        """Return the cells behind a figure.

        Parameters
        ----------
        source
            ``dataset@vintage``, as in harmonised.csv.
        variable, date
            Of the figure.
        rows
            Its column ``row``: a line, or the first and the last of the lines that were summed; led by
            the file where a dataset has several; parts of a unit joined with ``+``.
        """
        files = self.files(source.partition("@")[0])
        return [
            cell
            for file, first, last in self._places(rows, files)
            if file
            for cell in self._of_lines(file, first, last, variable, date)
        ]

    def not_there(self, source: str, rows: str) -> list[str]:
        """Return which of the lines that ``rows`` names (as in ``cells``) are not in the files."""
        files = self.files(source.partition("@")[0])
        return [first for file, first, _ in self._places(rows, files) if not file]

    def _places(self, rows: str, files: list[str]) -> Iterator[tuple[str, str, str]]:
        """Yield file, first and last line; without a file what is not there.

        Names of files and sheets may hold any of the signs.
        """
        rest = rows.split("+")
        while rest:
            for size in range(1, len(rest) + 1):
                if found := self._place("+".join(rest[:size]), files):
                    yield found
                    rest = rest[size:]
                    break
            else:
                yield "", "+".join(rest), ""
                return

    def _place(self, text: str, files: list[str]) -> tuple[str, str, str] | None:
        for file in files:
            lead = f"{Path(file).name}:"
            if len(files) > 1 and not text.startswith(lead):
                continue
            line = text.removeprefix(lead) if len(files) > 1 else text
            table = self._table(file)
            if table is None:
                continue
            if line in table.places:
                return file, line, line
            for at in (at for at, sign in enumerate(line) if sign == "-"):
                if line[:at] in table.places and line[at + 1 :] in table.places:
                    return file, line[:at], line[at + 1 :]
        return None

    def _of_lines(
        self, file: str, first: str, last: str, variable: str, date: str
    ) -> Iterator[SourceCell]:
        reading, table = self._reading(file), self._table(file)
        # A table with columns for each year is read as one table a year.
        years = of_each_year(reading)
        reading = next((one for one in years if one["date"].get("fixed") == date[:4]), years[0])
        spec = reading["variables"][variable]
        start, end = table.places[first][0], table.places[last][-1]
        wanted = {column: as_list(each) for column, each in spec.get("where", {}).items()}
        unit = reading["unit"]["column"]
        dated = reading["date"].get("column")
        form = year_form(reading["date"].get("written", "{year}"))
        flags = as_list(spec.get("flags_column", []))
        for place in range(start, end + 1):
            if table.texts(unit)[place] != table.texts(unit)[start]:
                continue
            if any(table.texts(name)[place] not in each for name, each in wanted.items()):
                continue
            # One line of a table with a column for each year holds the figures of all years.
            year = form.fullmatch(str(table.texts(dated)[place])) if dated else None
            if dated and (year is None or year[1] != date[:4]):
                continue
            row = table.row(place)
            yield SourceCell(
                file,
                table.labels[place],
                spec["column"],
                row[spec["column"]],
                "".join(row[name] for name in flags),
                row,
                float(spec.get("multiply_by", 1)),
            )

    def lines_of(self, names: Iterable[str], key: str, code: str) -> list[SourceCell]:
        """Return the lines of registers (``key`` = ``register``) or memberships that hold ``code``."""
        found = []
        for name in names:
            for file in self.files(name):
                reading, table = self._reading(file), self._table(file)
                if table is None:
                    continue
                if key == "register":
                    codes = [spec["code"] for spec in reading["register"]]
                    held = [code["column"] for code in codes if "column" in code]
                else:
                    held = [reading["membership"]["unit"]]
                for column in dict.fromkeys(held):
                    found += [
                        SourceCell(file, table.labels[place], column, code, "", table.row(place))
                        for place in table.holding(column, code)
                    ]
        return found


def as_text(cell: SourceCell) -> str:
    """Return a cell in one line: ``file, line 7, column persons: '1,234'``."""
    shown = f"{cell.file}, line {cell.line}, column {cell.column}: {json.dumps(cell.text, ensure_ascii=False)}"
    shown += f", times {text_of(cell.multiply_by)}" if cell.multiply_by != 1 else ""
    return f"{shown}, flag {cell.flags}" if cell.flags else shown
