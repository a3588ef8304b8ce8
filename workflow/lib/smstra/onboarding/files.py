"""A given file as the readers of `formats` will read it: its form found out, with the reason for each find."""

from __future__ import annotations

import codecs
import csv
import re
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import charset_normalizer
import pandas as pd

from smstra import formats
from smstra.errors import SourceError, listing
from smstra.formats import spreadsheet
from smstra.formats.cells import column_name
from smstra.onboarding import words
from smstra.sources import pages

# Stands for the decimal sign of true numbers in workbooks, to tell them from texts such as 6,4.
TRUE_POINT = "\u2396"
# What the readers of text can be told, the likeliest first; the last fits any bytes.
ENCODINGS = ("cp1252", "cp1250", "iso8859-2", "cp1254", "cp1257", "latin-1")
_DELIMITERS = (";", "\t", "|", ",")
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_LARGEST = 200 << 20
_OF_HEADERS = words.CODE | words.NAME | words.YEAR
_SAVE_WHOLE = (
    "the header must be one row (merge several into one, each column with a name of its own); look whether it "
    "is the right file."
)
_YEAR = re.compile(r"(?<![0-9])(19[5-9][0-9]|20[0-9]{2})(?![0-9])")
# Signs that stand in front of or between letters only where a text was read in a wrong encoding.
_SPOILT = re.compile(r"(?:\b|(?<=\s)|(?<=[^\W\d_]))[£¤¥¦§©¬®°±²³¹¼½¾¿¡¶¸](?=[^\W\d_])")
_NUMERIC = re.compile(rf"-?[0-9][0-9 .,'{TRUE_POINT}\u00a0\u202f]*%?")


@dataclass(frozen=True)
class Table:
    """A table in a file.

    ``reading`` holds the keys of a description that say how it is read; ``frame`` is what the readers make of
    it, with the sheet's name as the column ``sheet`` where there are several; ``true_points`` says whether the
    file is a workbook with numbers that are stored as such. ``why`` has, by key of ``reading``, the reason.
    """

    path: Path
    raw: bytes
    reading: dict[str, Any]
    frame: pd.DataFrame
    above: str
    why: dict[str, str]
    notes: list[str] = field(default_factory=list)
    true_points: bool = False

    @property
    def columns(self) -> list[str]:
        """The columns of the file."""
        return list(self.reading["columns"])


def years_in(text: str) -> list[str]:
    """Return the years that stand in a text."""
    return _YEAR.findall(text)


def numeric(cell: str) -> bool:
    """Whether a cell looks like a number, however it is written."""
    return _NUMERIC.fullmatch(cell.strip()) is not None


def inspect(
    path: Path, sheet: str | None = None, encoding: str | None = None, country: str = ""
) -> Table:
    """Return the table in ``path``.

    Parameters
    ----------
    sheet
        The sheet of a workbook; if left out the only one that holds a table, or all of a sheet a year.
    encoding
        Of a text; found out if left out.
    country
        Its name, by which one of several encodings that fit is taken.

    Raises
    ------
    SourceError
        The file is missing, empty, a web page, damaged, or holds no table with a header and figures, or
        several of which one must be named.
    """
    name = path.name
    if not path.is_file():
        what = (
            "this is a folder; name the file in it"
            if path.is_dir()
            else "there is no such file; mend the path"
        )
        raise SourceError(f"{path.as_posix()}: {what}.")
    if path.stat().st_size > _LARGEST:
        raise SourceError(
            f"{name}: the file is larger than {_LARGEST >> 20} MB; describe it by hand (docs/sources.md)."
        )
    raw = path.read_bytes()
    if not raw.strip():
        raise SourceError(f"{name}: the file is empty; fetch it again.")
    if pages.is_html(raw[:4096]):
        title = pages.html_title(raw[:4096])
        raise SourceError(
            f"{name}: this is an HTML page{f' ({title!r})' if title else ''}, not a table; open it in a "
            "browser and download the table itself, or save it as xlsx or CSV from a spreadsheet program."
        )
    if raw.startswith(_WORKBOOK):
        return _workbook(path, raw, sheet)
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise SourceError(
            f"{name}: this is XML (a workbook of Excel 2003, SDMX or the like) under the name of a table; "
            "open it in a spreadsheet program and save it as xlsx or CSV."
        )
    if sheet:
        raise SourceError(f"{name}: --sheet is for workbooks, and this is a text file.")
    return _text(path, raw, encoding, country)


def _workbook(path: Path, raw: bytes, chosen: str | None) -> Table:
    name = path.name
    grids = {
        sheet.strip(): rows for sheet, rows in spreadsheet.sheets(raw, name, TRUE_POINT).items()
    }
    if chosen is not None and chosen not in grids:
        raise SourceError(f"{name}: there is no sheet '{chosen}'; there are {listing(grids, 30)}.")
    tops = {sheet: _header(rows) for sheet, rows in grids.items()}
    able = {sheet: top for sheet, top in tops.items() if top is not None}
    if chosen is not None:
        able = {sheet: top for sheet, top in able.items() if sheet == chosen}
    if not able:
        raise SourceError(
            f"{name}: no sheet ({listing(grids) or 'there is none'}) has a header with rows of figures below "
            f"it; {_SAVE_WHOLE}"
        )
    why: dict[str, str] = {}
    reading: dict[str, Any] = {"format": "spreadsheet"}
    yearly = _sheets_of_years(list(grids), able, grids)
    if yearly and chosen is None:
        first = next(sheet for sheet in grids if sheet in able and years_in(sheet))
        reading["sheet_of_year"] = yearly
        why["sheet_of_year"] = (
            f"the sheets {listing(able)} are named by years and have the same header"
        )
        others = [sheet for sheet in grids if not years_in(sheet)]
        tables = [sheet for sheet in others if sheet in able]
        if tables:
            raise SourceError(
                f"{name}: the sheets of years have one table and {listing(tables)} another; say which is meant "
                f"by --sheet {shlex.quote(f'{name}:{tables[0]}')}, or take that sheet out of the file."
            )
        why["sheet_of_year"] += f"; not read: {listing(others)}" if others else ""
    else:
        if len(able) > 1:
            raise SourceError(
                f"{name}: {len(able)} sheets hold tables ({listing(able, 12)}), and nothing says which is "
                f"meant; say so by --sheet {shlex.quote(f'{name}:{next(iter(able))}')}, for one of them."
            )
        first = next(iter(able))
        if len(grids) > 1:
            reading["sheets"] = [first]
            others = [sheet for sheet in grids if sheet != first]
            why["sheets"] = (
                f"{'as you said' if chosen else 'the only sheet with a table'}; not read: {listing(others)}"
            )
    top, rows = able[first], grids[first]
    if top:
        reading["header_row"] = top + 1
        why["header_row"] = (
            f"the first row with names above figures; above it: {_above(rows, top)!r}"
        )
    _check_one_header(rows, top, f"{name}, sheet '{first}', row")
    if _has_notes(rows[top + 1 :]):
        reading["table_ends"] = "first_empty_row"
        why["table_ends"] = _notes(rows, top)
    _set_columns(reading, rows[top], rows[top + 1 :], why)
    points = any(TRUE_POINT in cell for row in rows for cell in row)
    frame = _read(raw, reading, name)
    return Table(
        path, raw, reading, frame, _above(rows, top) + f" {first}", why, true_points=points
    )


def _sheets_of_years(
    names: Sequence[str], able: dict[str, int], grids: dict[str, list[list[str]]]
) -> str:
    """Return how the sheets of years are named, with {year}; ``""`` where they are not."""
    dated = [sheet for sheet in names if len(years_in(sheet)) == 1]
    forms = {_YEAR.sub("{year}", sheet) for sheet in dated}
    headers = {tuple(filter(None, grids[sheet][able[sheet]])) for sheet in dated if sheet in able}
    together = len(dated) > 1 and len(forms) == 1 and len(headers) == 1
    return forms.pop() if together and all(sheet in able for sheet in dated) else ""


def _text(path: Path, raw: bytes, encoding: str | None, country: str) -> Table:
    name = path.name
    encoding, reason = (encoding, "as you said") if encoding else _encoding(raw, name, country)
    try:
        text = raw.decode(encoding).removeprefix("\ufeff").replace("\r\n", "\n")
    except (UnicodeDecodeError, LookupError) as error:
        raise SourceError(
            f"{name}: cannot be read as {encoding} ({error}); name another by --encoding."
        ) from error
    lines = text.rstrip("\n").split("\n")
    delimiter, rows = _delimited(lines, name)
    top = _header(rows)
    _check_quotes(lines[top or 0 :], (top or 0) + 1, name)
    if top is None:
        raise SourceError(
            f"{name}: no line looks like a header with figures below it (the first is {lines[0][:60]!r}); "
            f"{_SAVE_WHOLE}"
        )
    # Lines, not records: a title above the table may hold anything.
    reading: dict[str, Any] = {
        "format": "delimited",
        "encoding": encoding,
        "delimiter": {"\t": "tab"}.get(delimiter, delimiter),
    }
    why = {
        "encoding": reason,
        "delimiter": f"{len(rows[top])} cells in each line of the table",
    }
    if top:
        reading["header_row"] = top + 1
        why["header_row"] = (
            f"the first line with names above figures; above it: {_above(rows, top)!r}"
        )
    _check_one_header(rows, top, f"{name}, line")
    cells = [row if any(cell.strip() for cell in row) else [] for row in rows]
    if _has_notes(cells[top + 1 :]):
        reading["table_ends"] = "first_empty_row"
        why["table_ends"] = _notes(cells, top)
    _set_columns(reading, rows[top], rows[top + 1 :], why)
    return Table(path, raw, reading, _read(raw, reading, name), _above(rows, top), why)


def _check_quotes(lines: Sequence[str], first: int, name: str) -> None:
    """Raise SourceError where a cell of the table, which ends with an empty line, runs over several lines."""
    for number, line in enumerate(lines, first):
        if not line.strip():
            return
        if line.count('"') % 2:
            raise SourceError(
                f"{name}, line {number}: a quote is not closed, or a cell has a line break in it; replace "
                "such breaks by blanks in a spreadsheet program, and save the file again."
            )


def _encoding(raw: bytes, name: str, country: str) -> tuple[str, str]:
    """Return the encoding of a text, and why."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "the file begins with the mark of UTF-16"
    if b"\0" in raw:
        raise SourceError(
            f"{name}: the file holds zero bytes and no mark of UTF-16, so it is no text, or damaged; save it "
            "anew as CSV in UTF-8."
        )
    try:
        raw.decode()
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8", "all bytes are valid UTF-8"
    fits = [each for each in ENCODINGS if _decodes(raw, each)]
    usual = words.encoding_of(country)
    if usual in fits and not _SPOILT.search(raw.decode(usual)):
        encoding, because = usual, "the usual one of the country"
    else:
        found = charset_normalizer.from_bytes(raw, cp_isolation=fits).best()
        encoding = found.encoding.replace("_", "-") if found else fits[0]
        encoding, because = (
            (encoding if encoding in fits else fits[0]),
            "the likeliest by its letters",
        )
    seen = listing(_words_with_accents(raw.decode(encoding)), 6)
    return encoding, f"a guess, {because}: the bytes are no UTF-8; read so, there stands {seen}"


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _words_with_accents(text: str) -> list[str]:
    found = re.findall(r"[^\W\d_]*[^\x00-\x7f][^\W\d_]*", text)
    return list(dict.fromkeys(found))


def _delimited(lines: list[str], name: str) -> tuple[str, list[list[str]]]:
    """Return the delimiter that makes most lines of one length, and the cells of each line."""
    best: tuple[int, str, list[list[str]]] | None = None
    for delimiter in _DELIMITERS:
        rows = []
        for line in lines:
            try:
                rows.append(next(csv.reader([line], delimiter=delimiter), []))
            except csv.Error:
                rows.append([])
        counts = Counter(len(row) for row in rows if len(row) > 1)
        if not counts:
            continue
        _, alike = counts.most_common(1)[0]
        if best is None or alike > best[0]:
            best = (alike, delimiter, rows)
    if best is None:
        raise SourceError(
            f"{name}: no line has two cells by any of the separators ; , | or tab, and a table needs a column "
            "of units and one of figures; look whether it is the right file."
        )
    width = Counter(len(row) for row in best[2] if len(row) > 1).most_common(1)[0][0]
    return best[1], [row if len(row) == width else row[:1] for row in best[2]]


def _header(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the position of the first row that names columns with figures below it; None if none does."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    widths = Counter(number for number in filled if number > 1)
    if not widths:
        return None
    usual = widths.most_common(1)[0][0]
    for place, row in enumerate(rows[:-1]):
        cells = [cell.strip() for cell in row]
        named = [cell for cell in cells if cell]
        if filled[place] < max(2, usual - 1) or not all(map(_names, named)):
            continue
        below = [cell.strip() for cell in rows[place + 1]]
        if all(map(_names, below)) and any(words.says(cell, _OF_HEADERS) for cell in below):
            continue  # a second row of the header; `_check_one_header` asks for one
        if filled[place + 1] >= 2 and any(numeric(cell) for cell in below):
            return place
    return None


def _names(cell: str) -> bool:
    """Whether a cell can be the name of a column: a text, or a year."""
    return not numeric(cell) or re.fullmatch(_YEAR, cell) is not None


def _above(rows: Sequence[Sequence[str]], top: int) -> str:
    texts = [cell.strip() for row in rows[:top] for cell in row if cell.strip()]
    return " / ".join(texts)[:200]


def _check_one_header(rows: Sequence[Sequence[str]], top: int, place: str) -> None:
    """Raise SourceError where the row above the header names columns as well."""
    if top and sum(bool(cell.strip()) for cell in rows[top - 1][1:]) > 1:
        named = [cell.strip() for cell in rows[top - 1] if cell.strip()]
        raise SourceError(
            f"{place} {top}: above the header stands another row of names ({listing(named, 4)}); write one "
            "header that says all of a column, as in 'Population 2014', or remove that row."
        )


def _notes(rows: Sequence[Sequence[str]], top: int) -> str:
    """Return what is left out below the table: from which row, and how it begins."""
    end = next(n for n, row in enumerate(rows) if n > top and not any(row))
    left = [row for row in rows[end:] if any(row)]
    begins = next(cell for cell in left[0] if cell)[:60]
    return f"what stands below the empty row {end + 1} is left out as notes ({len(left)} rows, '{begins}')"


def _has_notes(rows: Sequence[Sequence[str]]) -> bool:
    filled = [any(row) for row in rows]
    return False in filled and any(filled[filled.index(False) :])


def _set_columns(
    reading: dict[str, Any],
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    why: dict[str, str],
) -> None:
    """Put into ``reading`` which columns there are; those that cannot be named stay unread."""
    names = [column_name(cell) for cell in header]
    named = [name for place, name in enumerate(names) if name or place == 0]
    twice = sorted({name for name in named if names.count(name) > 1})
    bare = any(
        place < len(row) and row[place]
        for row in rows
        for place, name in enumerate(names)
        if not name and place
    )
    reading["columns"] = [name for name in named if name not in twice]
    if twice or bare:
        reading["other_columns"] = "unread"
        why["other_columns"] = (
            f"columns of one name cannot be told apart: {listing(twice)}"
            if twice
            else "columns without a name"
        )


def _read(raw: bytes, reading: dict[str, Any], name: str) -> pd.DataFrame:
    if not reading["columns"]:
        raise SourceError(
            f"{name}: no column of the table has a name of its own; name them in the file."
        )
    return formats.parse(raw, reading, name)
