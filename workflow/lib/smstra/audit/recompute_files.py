"""Read pinned files a second time, with the standard library alone: cells as text, each with its place."""

from __future__ import annotations

import csv
import fnmatch
import hashlib
import io
import json
import posixpath
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from smstra.errors import SnapshotError, SourceError

Reading = Mapping[str, Any]
# Numbers above this are no longer told from their neighbours by a float.
_WHOLE = 2**53
_SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Row(NamedTuple):
    """A row of a table: the file (and sheet), its line from 1, and its cells as text by column."""

    file: str
    line: int
    cells: dict[str, str]


class _Lines(NamedTuple):
    """A table as its file has it: the header, then rows with the line that each stands in."""

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]
    sheet: str = ""


def rows_of(pin: Mapping[str, Any], reading: Reading, root: Path) -> list[Row]:
    """Return all rows of a pinned file.

    Parameters
    ----------
    pin
        The file and its SHA-256.
    reading
        How the table is read (``config/datasets``).
    root
        The project's folder.

    Raises
    ------
    SnapshotError
        The file is missing, or its bytes are not the pinned ones.
    SourceError
        Its format has no reader here, or it lacks a described column.
    """
    name, form = pin["file"], reading["format"]
    if form not in _READERS:
        raise SourceError(
            f"{name}: files of the format '{form}' are not read independently, so what comes out of them "
            "cannot be recomputed; the hashes of the file and of its parsed table are checked all the same."
        )
    if not (root / name).is_file():
        raise SnapshotError(f"{name}: the file is missing; put it back as it was.")
    raw = (root / name).read_bytes()
    found = hashlib.sha256(raw).hexdigest()
    if found != pin["sha256"]:
        raise SnapshotError(
            f"{name}: the bytes are not the pinned ones (pinned SHA-256 {pin['sha256']}, found {found}); put "
            "the file back as it was."
        )
    made = []
    try:
        for table in _READERS[form](raw, reading, name):
            made += _rows(table, reading, name)
    except (ValueError, KeyError, LookupError, csv.Error, zipfile.BadZipFile) as error:
        raise SourceError(f"{name}: cannot be read as {form} ({error}).") from error
    except ElementTree.ParseError as error:
        raise SourceError(f"{name}: cannot be read as a workbook ({error}).") from error
    return made


def _rows(table: _Lines, reading: Reading, name: str) -> Iterator[Row]:
    renamed = reading.get("renamed", {})
    header = [_one_line(text) for text in table.header]
    header = [renamed.get(text, text) for text in header]
    # Eurostat's tables describe themselves: their description lists no columns.
    wanted = reading.get("columns", header)
    lacking = [column for column in wanted if column not in header]
    if lacking:
        raise SourceError(f"{name}: the header lacks the column '{lacking[0]}'.")
    places = [header.index(column) for column in wanted]
    extra = {}
    if reading.get("date", {}).get("column") == "file":
        extra["file"] = Path(name).name
    if {"sheets", "sheet_of_year"} & set(reading):
        extra["sheet"] = table.sheet
        name = f"{name}!{table.sheet}"
    for line, cells in table.rows:
        row = {
            column: cells[place] if place < len(cells) else ""
            for column, place in zip(wanted, places, strict=True)
        }
        row |= extra
        yield Row(name, line, row | _made(row, reading, f"{name}, line {line}"))


def _made(row: Mapping[str, str], reading: Reading, place: str) -> dict[str, str]:
    """Return the columns that a description makes of others."""
    made = {}
    for column, spec in reading.get("made_columns", {}).items():
        match = re.fullmatch(spec["pattern"], {**row, **made}[spec["column"]])
        parts = [part for part in match.groups() if part is not None] if match else []
        made[column] = parts[0] if parts else ""
        if made[column] and "map" in spec:
            if made[column] not in spec["map"]:
                raise SourceError(f"{place}: `{column}` does not say what '{made[column]}' is.")
            made[column] = spec["map"][made[column]]
    return made


def _one_line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _numbered(reader: Any, before: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a csv reader that are not empty, each with the line on which it begins."""
    begins = before + reader.line_num + 1
    for cells in reader:
        if cells:
            yield begins, cells
        begins = before + reader.line_num + 1


def _csv(raw: bytes, _: Reading, name: str) -> Iterator[_Lines]:
    reader = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
    header = next(reader, None)
    if header is None:
        raise SourceError(f"{name}: the file is empty.")
    yield _Lines(header, _numbered(reader, 0))


def _delimited(raw: bytes, reading: Reading, name: str) -> Iterator[_Lines]:
    if raw[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        raw = _from_zip(raw, reading, name)
    encoding = reading["encoding"]
    if "fallback_encoding" in reading:
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            encoding = reading["fallback_encoding"]
    text = raw.decode(encoding).removeprefix("\ufeff").replace("\r\n", "\n")
    lines = text.rstrip("\n").split("\n")
    before = reading.get("header_row", 1) - 1
    if reading.get("table_ends") == "first_empty_row" and "" in lines[before:]:
        lines = lines[: lines.index("", before)]
    reader = csv.reader(
        (f"{line}\n" for line in lines[before:]),
        delimiter={"tab": "\t"}.get(reading["delimiter"], reading["delimiter"]),
        quoting=csv.QUOTE_NONE if reading.get("quote") == "none" else csv.QUOTE_MINIMAL,
        strict=True,
    )
    yield _Lines(next(reader), _numbered(reader, before))


def _from_zip(raw: bytes, reading: Reading, name: str) -> bytes:
    years = re.findall("[12][0-9]{3}", Path(name).name)
    pattern = reading["member"].replace("{year}", years[-1] if years else "?")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        found = fnmatch.filter(archive.namelist(), pattern)
        if len(found) != 1:
            raise SourceError(f"{name}: `member: {pattern}` matches {len(found)} files of the zip.")
        return archive.read(found[0])


def _bestat(raw: bytes, reading: Reading, _: str) -> Iterator[_Lines]:
    facts = json.loads(
        raw.decode("utf-8-sig"), parse_int=str, parse_float=lambda text: _shortest(text, ".")
    )["facts"]
    header = list(facts[0])
    rows = (["" if fact[key] is None else _tidy(fact[key]) for key in header] for fact in facts)
    yield _Lines(header, enumerate(rows, 1))


def _json(raw: bytes, reading: Reading, _: str) -> Iterator[_Lines]:
    """Records under a key; a record that holds a list is a row for each of its entries."""
    document = json.loads(
        raw.decode("utf-8-sig"), parse_int=str, parse_float=lambda text: _shortest(text, ".")
    )
    header = list(reading["columns"])
    bore = {new: old for old, new in reading.get("renamed", {}).items()}
    rows = []
    for record in document[reading["records"]]:
        for inner in record[reading["nested"]] if "nested" in reading else [{}]:
            cells = record | inner
            held = [cells[name] if name in cells else cells[bore[name]] for name in header]
            rows.append(["" if cell is None else _word(cell) for cell in held])
    yield _Lines(header, enumerate(rows, 1))


def _word(cell: str | bool) -> str:
    return _tidy(cell) if isinstance(cell, str) else json.dumps(cell)


def _eurostat(raw: bytes, _: Reading, name: str) -> Iterator[_Lines]:
    """SDMX-CSV, the form in which Eurostat is asked; dimensions in small letters."""
    text = raw.decode("utf-8-sig")
    if not text.startswith(("DATAFLOW,", "STRUCTURE,")):
        raise SourceError(
            f"{name}: of Eurostat's forms only SDMX-CSV is read independently, so what comes out of this one "
            "cannot be recomputed."
        )
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(reader)
    time = header.index("TIME_PERIOD")
    titles = [title.lower() if place < time else title for place, title in enumerate(header)]
    yield _Lines(titles, _numbered(reader, 0))


def _shortest(text: str, decimal: str) -> str:
    """Return a number that a file holds as such with the fewest digits that give it back."""
    number = float(text)
    if number.is_integer() and abs(number) < _WHOLE:
        return str(int(number))
    return repr(number).replace(".", decimal)


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\xa0", " ").strip())


def _workbook(raw: bytes, reading: Reading, name: str) -> Iterator[_Lines]:
    """Sheets of an xlsx file, out of its XML; xls and ods are not read."""
    if not raw.startswith(b"PK\x03\x04"):
        raise SourceError(
            f"{name}: of workbooks only xlsx is read independently, so what comes out of this one cannot be "
            "recomputed."
        )
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            raise SourceError(
                f"{name}: of workbooks only xlsx is read independently, so what comes out of this one cannot "
                "be recomputed."
            )
        parts = _sheets(archive)
        texts = _shared(archive)
        decimal = "," if reading.get("decimal") == "comma" else "."
        for title in _chosen(list(parts), reading):
            grid = _grid(archive.read(parts[title]), texts, decimal)
            yield _of_sheet(grid, reading, title.strip())


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    found = {}
    for sheet in book.iter(f"{_SPREADSHEET}sheet"):
        target = posixpath.join("/xl", targets[sheet.get(_RELATION)])
        if "worksheets/" in target:
            found[sheet.get("name", "")] = posixpath.normpath(target).lstrip("/")
    return found


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    root = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
    return [_text(item) for item in root]


def _text(item: ElementTree.Element) -> str:
    """Return the text of a string in its runs, without the readings of Japanese characters."""
    runs = [item, *item.findall(f"{_SPREADSHEET}r")]
    return "".join(part.text or "" for run in runs for part in run.findall(f"{_SPREADSHEET}t"))


def _chosen(titles: Sequence[str], reading: Reading) -> list[str]:
    if "sheets" in reading:
        return list(reading["sheets"])
    if "sheet_of_year" in reading:
        form = year_form(reading["sheet_of_year"])
        return [title for title in titles if form.fullmatch(title.strip())]
    return list(titles)


@cache
def year_form(written: str) -> re.Pattern[str]:
    """Return the pattern of a text in which ``{year}`` stands for a year, in letters of any case."""
    before, _, after = written.partition("{year}")
    return re.compile(f"{re.escape(before)}([12][0-9]{{3}}){re.escape(after)}", re.IGNORECASE)


def _grid(xml: bytes, texts: Sequence[str], decimal: str) -> dict[int, dict[int, str]]:
    """Return the cells of a sheet that are not empty, by row and column from 1."""
    grid: dict[int, dict[int, str]] = {}
    line = 0
    for row in ElementTree.fromstring(xml).iter(f"{_SPREADSHEET}row"):
        line = int(row.get("r", line + 1))
        column = 0
        for cell in row.findall(f"{_SPREADSHEET}c"):
            letters = re.match("[A-Z]*", cell.get("r", ""))[0]
            column = _column(letters) if letters else column + 1
            text = _cell(cell, texts, decimal)
            if text:
                grid.setdefault(line, {})[column] = text
    return grid


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _cell(cell: ElementTree.Element, texts: Sequence[str], decimal: str) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _tidy("".join(_text(part) for part in cell.findall(f"{_SPREADSHEET}is")))
    value = cell.findtext(f"{_SPREADSHEET}v") or ""
    if not value:
        return ""
    if kind == "s":
        return _tidy(texts[int(value)])
    if kind == "b":
        return "true" if value == "1" else "false"
    return _shortest(value, decimal) if kind == "n" else _tidy(value)


def _of_sheet(grid: dict[int, dict[int, str]], reading: Reading, title: str) -> _Lines:
    wanted, renamed = set(reading["columns"]), reading.get("renamed", {})

    def described(line: int) -> int:
        names = {_one_line(text) for text in grid[line].values()}
        return len({renamed.get(name, name) for name in names} & wanted)

    top = reading.get("header_row") or max(sorted(grid), key=described)
    named = dict(sorted(grid[top].items()))
    if "" in wanted and 1 not in named:
        named = {1: "", **named}
    last = max(grid)
    if reading.get("table_ends") == "first_empty_row":
        last = next(line for line in range(top + 1, last + 2) if line not in grid) - 1
    rows = (
        (line, [grid.get(line, {}).get(column, "") for column in named])
        for line in range(top + 1, last + 1)
    )
    return _Lines(list(named.values()), rows, title)


_READERS: dict[str, Callable[[bytes, Reading, str], Iterator[_Lines]]] = {
    "bestat": _bestat,
    "csv": _csv,
    "delimited": _delimited,
    "eurostat": _eurostat,
    "json": _json,
    "spreadsheet": _workbook,
}
