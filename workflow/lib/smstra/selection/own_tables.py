"""Tables of the user's own: reception centres and local politics, read strictly, with templates."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from smstra.errors import SmstraError, SourceError, listing, nearest
from smstra.geography import towns_named
from smstra.sources import pages
from smstra.sources.registers import FOREVER

# Columns of each table in their order, each with what it takes.
TABLES: dict[str, dict[str, str]] = {
    "reception": {
        "unit": "code of the town as in typology.csv; one row a centre or facility and period",
        "from": "first day (2014-03-01), or a year (2014) for its first day",
        "to": "last day, or a year for its last day; empty while it is still open",
        "kind": "centre, facility, or none for a town that is known to have had neither in that time",
        "places": "number of places, a whole number; empty if not known",
        "source": "where this is from, in your own words",
    },
    "politics": {
        "unit": "code of the town as in typology.csv; one row a government",
        "from": "first day in office (2013-01-01), or a year (2013) for its first day",
        "to": "last day in office, or a year for its last day; empty while it still governs",
        "parties": "parties in government, in your own words; may be empty",
        "tradition": "local tradition, a label of your own in small letters, such as progressive",
        "source": "where this is from, in your own words",
    },
}
KINDS = ("centre", "facility", "none")
MAX_BYTES = 64 << 20

_REQUIRED = {
    "reception": ("unit", "from", "kind", "source"),
    "politics": ("unit", "from", "tradition", "source"),
}
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}-[0-9]{2})?")
_NUMBER = re.compile(r"[0-9]{1,9}")
_SAVE_AS = "save it as CSV in UTF-8 with commas"
# What contradicts a row of the class: one of this class for the same town at the same time.
_CONTRARY = {"reception": {"none": "some", "some": "none"}, "politics": {"some": "some"}}
_AT_ONCE = {"reception": "none and a centre or facility", "politics": "two governments"}


def template(kind: str) -> str:
    """Return the empty table of ``kind``: its header; SmstraError where there is no such table."""
    return ",".join(_columns(kind)) + "\n"


def describe(kind: str) -> str:
    """Return what each column of the table of ``kind`` takes, a line a column."""
    columns = _columns(kind)
    width = max(map(len, columns))
    return "".join(f"{name:{width}}  {takes}\n" for name, takes in columns.items())


def _columns(kind: str) -> Mapping[str, str]:
    if kind not in TABLES:
        raise SmstraError(
            f"{kind}: there is no such table{nearest(kind, TABLES)}; write {' or '.join(TABLES)}."
        )
    return TABLES[kind]


def day_from(date: str) -> str:
    """Return an ISO day as it is, a year as its first day."""
    return f"{date}-01-01" if len(date) == 4 else date


def day_to(date: str) -> str:
    """Return an ISO day as it is, a year as its last day."""
    return f"{date}-12-31" if len(date) == 4 else date


def read(kind: str, path: Path, units: pd.DataFrame) -> pd.DataFrame:
    """Return the user's table of ``kind`` (``reception`` or ``politics``, see ``TABLES``).

    Parameters
    ----------
    path
        CSV in UTF-8 with commas and the header of :func:`template`, its columns in any order.
    units
        The units of the case: ``unit, name``.

    Returns
    -------
    DataFrame
        The columns of the table, index = line in the file, sorted by unit and ``from``. ``from`` and
        ``to`` are ISO days, both included, an open end is ``9999-12-31``; ``places`` is float, NaN
        where empty; the others are text with single blanks.

    Raises
    ------
    SourceError
        The file is missing, too large, no such table, or a row says what cannot be: the message
        names file and line.
    GeographyError
        A code is no unit of the case.
    """
    name = path.as_posix()
    rows = _rows(_text(kind, path), kind, name)
    table = pd.DataFrame(
        [cells for _, cells in rows],
        columns=list(TABLES[kind]),
        index=[line for line, _ in rows],
        dtype=object,
    )
    unknown = ~table["unit"].isin(units["unit"])
    for line, code in table["unit"][unknown].head(1).items():
        towns_named([code], units, f"{name}, line {line}: this row")
    table["from"] = table["from"].map(day_from)
    table["to"] = table["to"].map(lambda date: day_to(date) if date else FOREVER)
    for line, row in zip(table.index, table.to_dict("records"), strict=True):
        if row["to"] < row["from"]:
            raise SourceError(
                f"{name}, line {line}: `to` ({row['to']}) lies before `from` ({row['from']}); mend one "
                "of them."
            )
    table = table.sort_values(["unit", "from"], kind="stable")
    _contradictions(table, kind, name)
    if kind == "reception":
        table["places"] = pd.to_numeric(table["places"])
    return table


def _text(kind: str, path: Path) -> str:
    """Return the text of the file, if it is text in UTF-8 and no larger than a table can be."""
    name = path.as_posix()
    if path.is_dir():
        raise SourceError(f"{name}: this is a folder; name the file in it.")
    if not path.is_file():
        raise SourceError(
            f"{name}: there is no such file; mend the path, or write an empty table there with "
            f"`smstra template {kind} {name}`."
        )
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise SourceError(
            f"{name}: the file is larger than {MAX_BYTES >> 20} MB, which no table of towns is; look "
            "whether it is the right one."
        )
    if pages.is_html(raw[:4096]):
        raise SourceError(
            f"{name}: this is an HTML page, not a table; {_SAVE_AS}, or download it again in a browser."
        )
    if raw.startswith(b"PK\x03\x04"):
        raise SourceError(f"{name}: this is a workbook or a zip, not a table of text; {_SAVE_AS}.")
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        raise SourceError(
            f"{name}, line {line}: a NUL stands in the text, so the file is UTF-16 or damaged; {_SAVE_AS}."
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{name}, line {line}: byte {error.start} of the file is not UTF-8; {_SAVE_AS}."
        ) from error
    if not text.strip():
        raise SourceError(
            f"{name}: the file is empty; an empty table has its header, as `smstra template {kind}` "
            "prints it."
        )
    return text


def _rows(text: str, kind: str, name: str) -> list[tuple[int, list[str]]]:
    """Return (line, cells in the order of ``TABLES``) of each row that is not blank, checked one by one."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    order: list[int] | None = None
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            # Spreadsheets leave rows of nothing but commas below a table.
            if not any(cell.strip() for cell in cells):
                continue
            if order is None:
                header = [_clean(cell) for cell in cells]
                order = _order(header, kind, f"{name}, line {line}")
                continue
            if len(cells) != len(order):
                raise SourceError(
                    f"{name}, line {line}: {len(cells)} cells where the header has {len(order)}; mend "
                    "the line, with quotes around a text that holds a comma."
                )
            row = [_clean(cells[position]) for position in order]
            _check(dict(zip(TABLES[kind], row, strict=True)), kind, f"{name}, line {line}")
            rows.append((line, row))
    except csv.Error as error:
        raise SourceError(
            f"{name}, line {start}: the quotes of a cell that begins here are not closed, or stand "
            f"inside it ({error}); mend them."
        ) from error
    return rows


def _clean(cell: str) -> str:
    return " ".join(unicodedata.normalize("NFC", cell).split())


def _order(header: list[str], kind: str, place: str) -> list[int]:
    """Return where in ``header`` each column stands."""
    columns = list(TABLES[kind])
    if len(header) == 1 and re.search("[;\t]", header[0]):
        raise SourceError(
            f"{place}: the cells are parted by another sign than the comma; {_SAVE_AS}."
        )
    missing = [name for name in columns if name not in header]
    others = [name for name in header if name not in columns]
    faults = {
        "missing": [f"'{column}'" for column in missing],
        "not known": [f"'{column}'{nearest(column, missing)}" for column in others],
        "standing twice": [f"'{column}'" for column in columns if header.count(column) > 1],
    }
    if any(faults.values()):
        words = "; ".join(f"{fault}: {listing(found)}" for fault, found in faults.items() if found)
        raise SourceError(
            f"{place}: the header is not that of a table of {kind} ({words}); write "
            f"{template(kind).strip()}."
        )
    return [header.index(column) for column in columns]


def _check(row: Mapping[str, str], kind: str, place: str) -> None:
    """Raise SourceError for the first cell of a row that its column does not take."""
    for column in _REQUIRED[kind]:
        if not row[column]:
            raise SourceError(
                f"{place}: `{column}` is empty; it takes: {TABLES[kind][column].split(';')[0]}."
            )
    for column in ("from", "to"):
        if row[column]:
            _check_date(row[column], column, place)
    if kind == "reception":
        _check_reception(row, place)
    else:
        _check_tradition(row["tradition"], place)
    for column, text in row.items():
        hidden = next((sign for sign in text if not sign.isprintable()), "")
        if hidden:
            raise SourceError(
                f"{place}: `{column}` holds a sign that cannot be seen (U+{ord(hidden):04X}); delete it."
            )
        # These texts come into tables that people open with a spreadsheet, which would run them.
        if text.startswith(("=", "+", "-", "@")):
            raise SourceError(
                f"{place}: `{column}` begins with '{text[0]}', by which a spreadsheet takes it for a "
                "formula; write the text itself."
            )


def _check_date(text: str, column: str, place: str) -> None:
    if not _DATE.fullmatch(text):
        raise SourceError(
            f"{place}: `{column}` '{text}' is neither a day such as 2014-03-31 nor a year such as 2014; "
            "write one of them."
        )
    try:
        dt.date.fromisoformat(day_from(text))
    except ValueError as error:
        raise SourceError(
            f"{place}: `{column}` '{text}' is no date of the calendar; mend it."
        ) from error


def _check_reception(row: Mapping[str, str], place: str) -> None:
    if row["kind"] not in KINDS:
        raise SourceError(
            f"{place}: the kind '{row['kind']}' is not known{nearest(row['kind'], KINDS)}; write "
            "centre, facility or none."
        )
    places = row["places"]
    if places and not _NUMBER.fullmatch(places):
        raise SourceError(
            f"{place}: `places` '{places}' is no whole number from 0, such as 250; write one without "
            "points or commas, or leave the cell empty."
        )
    if row["kind"] == "none" and places and int(places):
        raise SourceError(
            f"{place}: kind none with {int(places)} places contradicts itself; write centre or "
            "facility, or leave `places` empty."
        )


def _check_tradition(text: str, place: str) -> None:
    if text != text.lower():
        raise SourceError(
            f"{place}: the tradition '{text}' holds capital letters, by which one tradition could count "
            f"as two; write '{text.lower()}'."
        )
    if text == "unknown":
        raise SourceError(
            f"{place}: the tradition 'unknown' would count as one of its own; leave the row out, which "
            "says that it is not known."
        )


def _contradictions(table: pd.DataFrame, kind: str, name: str) -> None:
    """Raise SourceError for two rows that cannot both be; ``table`` sorted by unit and ``from``."""
    seen: dict[tuple[str, ...], int] = {}
    # The last day on which a unit has (`some`) or has not (`none`) what the table lists, and its line.
    latest: dict[tuple[str, str], tuple[str, int]] = {}
    for line, row in zip(table.index, table.to_dict("records"), strict=True):
        first = seen.setdefault(tuple(row.values()), line)
        if first != line:
            raise SourceError(
                f"{name}, line {line}: the row says the same as line {first}; remove one, or tell by "
                "`source` what differs."
            )
        unit, own = row["unit"], "none" if row.get("kind") == "none" else "some"
        until, first = latest.get((unit, _CONTRARY[kind][own]), ("", 0))
        if until >= row["from"]:
            raise SourceError(
                f"{name}, line {line}: with line {first} the unit {unit} has {_AT_ONCE[kind]} at the "
                f"same time (on {row['from']}); mend the dates, as days if it changed within a year."
            )
        latest[unit, own] = max(latest.get((unit, own), ("", 0)), (row["to"], line))
