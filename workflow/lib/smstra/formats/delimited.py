"""Tables of text with a delimiter, as they are or in a zip, read strictly line by line."""

from __future__ import annotations

import codecs
import csv
import fnmatch
import io
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import PurePath
from typing import Any

import pandas as pd

from smstra import archives
from smstra.errors import SourceError, listing
from smstra.formats.cells import YEAR, find_columns, frame_of

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# UTF-8 that someone read as cp1252: an accented letter became two characters.
_MOJIBAKE = re.compile("[ÃÂ][\x80-\xbf\u20ac\u2018-\u201e]|â€")


def parse(raw: bytes, reading: Mapping[str, Any], name: str) -> pd.DataFrame:
    """Return the table as text, cells as they stand, index = line in the file (of the zip).

    Parameters
    ----------
    raw
        The file, or a zip of which ``member`` (a pattern) matches one file.
    reading
        ``columns`` in their order, ``encoding``, ``delimiter`` (``tab`` or the sign itself); and if
        need be ``fallback_encoding``, ``member``, ``quote: none``, ``header_row``,
        ``complete_lines``, ``table_ends: first_empty_row`` (notes may stand below an empty line,
        but no more of the table),
        ``renamed``, ``other_columns``.
    name
        The file's name for messages.

    Raises
    ------
    SourceError
        The zip, the encoding, the header, the quotes or the number of cells of a line are not as
        described; every record is one line, so that an unclosed quote cannot swallow lines.
    """
    raw, name = _member(raw, reading, name)
    lines = _lines(_text(raw, _encoding(raw, reading), name), reading, name)
    delimiter = {"tab": "\t"}.get(reading["delimiter"], reading["delimiter"])
    quoted = reading.get("quote") != "none"
    start = reading.get("header_row", 1) - 1
    header, first = _header(lines, start, delimiter, quoted, name)
    positions = find_columns(header, reading, f"{name}, line {start + 1}")
    if any(later < earlier for earlier, later in pairwise(positions)):
        raise SourceError(
            f"{name}, line {start + 1}: the columns stand in another order than in `columns` (the header "
            f"found: {listing(header, 60)}); describe them in their order."
        )
    body = lines[first:]
    if reading.get("table_ends") == "first_empty_row":
        body = _up_to_empty(body, len(header), delimiter, first + 1, name)
    _check_lines(body, len(header), delimiter, quoted, first + 1, name)
    index = range(first + 1, first + 1 + len(body))
    if not body:
        return frame_of([[] for _ in positions], reading["columns"], index, name)
    frame = pd.read_csv(
        io.StringIO("\n".join(body)),
        sep=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        header=None,
        index_col=False,
        usecols=positions,
        dtype=object,
        na_filter=False,
        skip_blank_lines=False,
        lineterminator="\n",
        low_memory=False,
    )
    return frame.set_axis(reading["columns"], axis=1).set_axis(index, axis=0)


def _encoding(raw: bytes, reading: Mapping[str, Any]) -> str:
    """Return the encoding, or the ``fallback_encoding`` of editions that it does not fit."""
    encoding = reading["encoding"]
    if "fallback_encoding" in reading:
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            return reading["fallback_encoding"]
    return encoding


def _member(raw: bytes, reading: Mapping[str, Any], name: str) -> tuple[bytes, str]:
    """Return the bytes of the table, out of its zip, and what to call them."""
    if not raw.startswith(_ZIP):
        return raw, name
    held = dict(archives.members(raw, archives.LIMITS, name))
    if "member" not in reading:
        raise SourceError(
            f"{name}: this is a zip that holds {listing(held) or 'nothing'}; say by `member` which to read."
        )
    pattern = reading["member"]
    if "{year}" in pattern:
        # Two years' files under each other's names would else be read as each other's.
        years = re.findall(YEAR, PurePath(name).name)
        pattern = pattern.replace("{year}", years[-1] if years else "?")
    found = fnmatch.filter(held, pattern)
    if len(found) != 1:
        raise SourceError(
            f"{name}: `member: {reading['member']}` must match one file of the zip and matches "
            f"{listing(found) or 'none'}; the zip holds {listing(held) or 'nothing'}."
        )
    return held[found[0]], f"{name}, {found[0]}"


def _text(raw: bytes, encoding: str, name: str) -> str:
    marked = raw.startswith(_UTF16)
    if marked != (encoding == "utf-16"):
        found = "begins with the mark of UTF-16" if marked else "lacks the mark of UTF-16"
        remedy = "`encoding: utf-16`" if marked else "another `encoding`, such as utf-8 or cp1252"
        raise SourceError(f"{name}, line 1: the file {found}; write {remedy}.")
    try:
        text = raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw[: error.start].decode(encoding, errors="replace").count("\n") + 1
        others = {"utf-8": "try `encoding: cp1252`", "cp1252": "try `encoding: utf-8`"}
        raise SourceError(
            f"{name}, line {line}: byte {error.start} of the file is not {encoding}; "
            f"{others.get(encoding, 'the file is cut off or damaged, so fetch it again')}."
        ) from error
    if encoding in ("cp1252", "latin-1") and not raw.isascii() and _is_utf8(raw):
        raise SourceError(
            f"{name}: all bytes of the file are valid UTF-8, which text in {encoding} never is by chance; "
            "write `encoding: utf-8`."
        )
    return text


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _lines(text: str, reading: Mapping[str, Any], name: str) -> list[str]:
    """Split into lines, without the empty ones at the end."""
    text = text.replace("\r\n", "\n")
    odd = {
        "\0": "a NUL",
        "\r": "a carriage return without a line feed",
        "\ufeff": "a byte order mark",
    }
    for sign, words in odd.items():
        if sign in text:
            line = text.count("\n", 0, text.index(sign)) + 1
            raise SourceError(
                f"{name}, line {line}: {words} stands in the text; the file is damaged, joined of "
                "several, or in another encoding: fetch it again, or mend `encoding`."
            )
    if reading.get("complete_lines") and not text.endswith("\n"):
        raise SourceError(
            f"{name}, line {text.count(chr(10)) + 1}: the last line has no end, so the file may be cut "
            "off; fetch it again."
        )
    return text.rstrip("\n").split("\n")


def _header(
    lines: list[str], start: int, delimiter: str, quoted: bool, name: str
) -> tuple[list[str], int]:
    """Return the header's cells and the position of the line after it."""
    place = f"{name}, line {start + 1}"
    if start >= len(lines) or not lines[start]:
        raise SourceError(
            f"{place}: here the header should stand, and there is nothing; fetch the file again, or "
            "mend `header_row`."
        )
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    # With their ends again: a name of a column may run over several lines.
    rest = (f"{line}\n" for line in lines[start:])
    reader = csv.reader(rest, delimiter=delimiter, quoting=quoting, strict=True)
    try:
        header = next(reader)
    except csv.Error as error:
        raise SourceError(
            f"{place}: the quotes of the header are not closed ({error}); mend them, or write "
            "`quote: none` if they mean nothing."
        ) from error
    spoilt = [cell for cell in header if "\ufffd" in cell or _MOJIBAKE.search(cell)]
    if spoilt:
        raise SourceError(
            f"{place}: the column '{spoilt[0]}' holds letters that were once read in a wrong encoding; try "
            "another `encoding` (utf-8 or cp1252), or fetch the file again if it was saved like this."
        )
    return header, start + reader.line_num


def _up_to_empty(lines: list[str], cells: int, delimiter: str, first: int, name: str) -> list[str]:
    """Return the lines above the first empty one; SourceError where the table goes on below it."""
    empty = [number for number, line in enumerate(lines) if not line.strip(f"{delimiter} \t")]
    if not empty:
        return lines
    end = empty[0]
    # Each line by itself, so that a quote in a note cannot hide those below it.
    rows = (next(csv.reader([line], delimiter=delimiter), []) for line in lines)
    filled = [sum(bool(cell.strip()) for cell in row) if len(row) == cells else 0 for row in rows]
    # Notes fill fewer cells than the rows of the table, or are sentences with other commas than the table's.
    least = max(2, min(filled[:end], default=0))
    for number, many in enumerate(filled[end:], first + end):
        if many >= least:
            raise SourceError(
                f"{name}, line {number}: after an empty line the table seems to go on; remove the empty "
                "line, or what stands below the table."
            )
    return lines[:end]


def _check_lines(
    lines: list[str], cells: int, delimiter: str, quoted: bool, first: int, name: str
) -> None:
    """Hold every line against the number of cells, which pandas would fill up or cut."""
    mark = re.escape(delimiter)
    within_quotes = r'"[^"]*+(?:""[^"]*+)*+"'
    cell = rf'(?:{within_quotes}|[^"{mark}]*+)'
    well_quoted = re.compile(rf"{cell}(?:{mark}{cell})*+")
    for number, line in enumerate(lines, first):
        bare = line
        if quoted and '"' in line:
            if not well_quoted.fullmatch(line):
                raise SourceError(
                    f"{name}, line {number}: a quote is not closed, or stands inside a cell; mend it, or "
                    "write `quote: none` if quotes mean nothing in this file."
                )
            bare = re.sub(within_quotes, "", line)
        if bare.count(delimiter) + 1 != cells:
            raise SourceError(
                f"{name}, line {number}: {bare.count(delimiter) + 1} cells where the header has {cells}; "
                "the file may be cut off or joined of several: fetch it again, or mend the line."
            )
