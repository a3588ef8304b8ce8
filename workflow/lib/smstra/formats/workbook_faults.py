"""What a reader of spreadsheets would pass over in silence: errors, formulas without a value."""

from __future__ import annotations

import posixpath
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from xml.etree import ElementTree
from xml.parsers import expat

from smstra.errors import SourceError

# Cells are numbered (row, column) from 1; the words say what stands there.
Faults = dict[tuple[int, int], str]

NO_VALUE = "a formula without a stored value"
# A sheet is held whole in memory, empty cells as well: one far-off cell must not fill it.
MOST_CELLS = 10_000_000
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_CFB_FREE = 0xFFFFFFFA  # sector numbers from here on are marks
# Records of cells: formula, MULRK, RSTRING, LABELSST, number, label, BOOLERR, RK.
_BIFF_CELLS = {0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E}
_BIFF_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def address(row: int, column: int) -> str:
    """Return the address of a cell, such as ``B3`` for row 3, column 2."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def _check_extent(row: int, column: int, place: str) -> None:
    if row * column > MOST_CELLS:
        raise SourceError(
            f"{place}: a cell stands as far out as {address(row, column)}; clear the cells outside the "
            "table and save the workbook anew."
        )


def _check_xml(xml: bytes, place: str) -> None:
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:  # no workbook has them; they can blow up
        raise SourceError(
            f"{place}: the XML of the workbook defines entities; fetch the file again."
        )


def _run(
    xml: bytes,
    place: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Read ``xml`` by events, names without their namespaces."""
    _check_xml(xml, place)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda tag, found: start(tag.rpartition(" ")[2], found)
    parser.EndElementHandler = lambda tag: end(tag.rpartition(" ")[2])
    parser.CharacterDataHandler = text
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two: odd encodings
        raise SourceError(
            f"{place}: the XML of the workbook is damaged ({error}); fetch the file again."
        ) from error


def of_xlsx(members: Mapping[str, bytes], sheet: str, place: str) -> Faults:
    """Return the faults of one sheet of an xlsx file; SourceError where its XML is not in order."""
    faults: Faults = {}
    row = column = 0
    last = (0, 0)
    cell: dict[str, str] = {}
    formula = reading = False
    value = ""

    def start(tag: str, found: dict[str, str]) -> None:
        nonlocal row, column, last, cell, formula, reading, value
        if tag == "row":
            row = _whole(found.get("r", str(row + 1)), place)
            column = 0
        elif tag == "c":
            row, column = _position(found["r"], place) if "r" in found else (row, column + 1)
            if (row, column) <= last:
                raise SourceError(
                    f"{place}: cell {address(row, column)} stands after {address(*last)} or twice; the "
                    "workbook is damaged, so fetch it again."
                )
            last = (row, column)
            cell, formula, value = found, False, ""
        elif tag == "f":
            formula = True
        elif tag in ("v", "is"):
            reading = True

    def end(tag: str) -> None:
        nonlocal reading
        if tag in ("v", "is"):
            reading = False
        elif tag == "c":
            if value:
                _check_extent(row, column, place)
            if cell.get("t") == "e":
                faults[row, column] = value
            elif formula and not value and cell.get("t") != "str":
                faults[row, column] = NO_VALUE

    def text(found: str) -> None:
        nonlocal value
        if reading:
            value += found

    _run(members[_xlsx_part(members, sheet, place)], place, start, end, text)
    return faults


def _whole(text: str, place: str) -> int:
    if not re.fullmatch("[0-9]{1,7}", text):
        raise SourceError(f"{place}: '{text}' is no row of a sheet; fetch the file again.")
    return int(text)


def _position(text: str, place: str) -> tuple[int, int]:
    match = _ADDRESS.fullmatch(text)
    if not match:
        raise SourceError(f"{place}: '{text}' is no address of a cell; fetch the file again.")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column


def _xlsx_part(members: Mapping[str, bytes], sheet: str, place: str) -> str:
    """Return the name of the member of the zip that holds ``sheet``."""
    ids = {
        found.get("name"): value
        for found in _elements(members, "xl/workbook.xml", "sheet", place)
        for key, value in found.items()
        if key.endswith("}id")
    }
    targets = {
        found.get("Id"): found.get("Target", "")
        for found in _elements(members, "xl/_rels/workbook.xml.rels", "Relationship", place)
    }
    part = posixpath.normpath(posixpath.join("/xl", targets.get(ids.get(sheet), ""))).lstrip("/")
    if part not in members:
        raise SourceError(f"{place}: the workbook lacks the part with this sheet; fetch it again.")
    return part


def _elements(
    members: Mapping[str, bytes], part: str, tag: str, place: str
) -> Iterator[dict[str, str]]:
    xml = members.get(part, b"")
    _check_xml(xml, place)
    try:
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise SourceError(
            f"{place}: {part} of the workbook is damaged ({error}); fetch the file again."
        ) from error
    yield from (found.attrib for found in root.iter() if found.tag.endswith("}" + tag))


def of_ods(members: Mapping[str, bytes], place: str) -> dict[str, Faults]:
    """Return the faults of each sheet of an ods file; SourceError where its XML is not in order."""
    sheets: dict[str, Faults] = {}
    faults: Faults = {}
    in_cell = False
    row = column = rows = columns = 1
    cell: dict[str, str] = {}
    types: list[str] = []
    value = ""

    def start(tag: str, found: dict[str, str]) -> None:
        nonlocal faults, in_cell, row, column, rows, columns, cell, types, value
        named = {key.rpartition(" ")[2]: text for key, text in found.items()}
        if tag == "table":
            faults = sheets.setdefault(named.get("name", ""), {})
            row = 1
        elif tag == "table-row":
            rows = _whole(named.get("number-rows-repeated", "1"), place)
            column = 1
        elif tag in ("table-cell", "covered-table-cell"):
            columns = _whole(named.get("number-columns-repeated", "1"), place)
            # One of ODF itself, and one of LibreOffice that tells an error from text.
            types = [text for key, text in found.items() if key.endswith(" value-type")]
            cell, value, in_cell = named, "", True

    def end(tag: str) -> None:
        nonlocal in_cell, row, column
        if tag in ("table-cell", "covered-table-cell"):
            in_cell = False
            formula = "formula" in cell
            if value or types:
                _check_extent(row + rows - 1, column + columns - 1, place)
            if "error" in types or (formula and value.startswith(("#", "Err:"))):
                faults[row, column] = value or "an error"
            elif formula and not types:
                faults[row, column] = NO_VALUE
            column += columns
        elif tag == "table-row":
            row += rows

    def text(found: str) -> None:
        nonlocal value
        if in_cell:
            value += found

    _run(members["content.xml"], place, start, end, text)
    return sheets


def streams(raw: bytes, place: str) -> dict[str, bytes]:
    """Return the streams of an OLE compound file, the container of ``.xls``, by name.

    SourceError where its chains of sectors are not in order.
    """
    try:
        return dict(_streams(raw))
    except (struct.error, IndexError, ValueError) as error:
        raise SourceError(
            f"{place}: the container of the workbook is damaged ({error}); fetch the file again."
        ) from error


def _streams(raw: bytes) -> Iterator[tuple[str, bytes]]:
    (shift,) = struct.unpack_from("<H", raw, 30)
    first_directory, _, cutoff, first_mini, _, next_difat = struct.unpack_from("<6I", raw, 48)
    if shift not in (9, 12):
        raise ValueError("sectors of an unknown size")
    size = 1 << shift

    def sector(number: int) -> bytes:
        found = raw[(number + 1) * size : (number + 2) * size]
        if not found:
            raise ValueError("a sector lies beyond the end")
        return found

    def numbers(data: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])

    def chain(first: int, table: list[int]) -> Iterator[int]:
        seen = 0
        while first < _CFB_FREE:
            yield first
            first = table[first]
            seen += 1
            if seen > len(table):
                raise ValueError("a chain of sectors runs in a circle")

    parts = list(struct.unpack_from("<109I", raw, 76))
    for _ in range(len(raw) // size):
        if next_difat >= _CFB_FREE:
            break
        *more, next_difat = numbers(sector(next_difat))
        parts += more
    fat = [number for part in parts if part < _CFB_FREE for number in numbers(sector(part))]
    minifat = [n for part in chain(first_mini, fat) for n in numbers(sector(part))]
    directory = b"".join(sector(part) for part in chain(first_directory, fat))
    small = b""
    for offset in range(0, len(directory) - 127, 128):
        entry = directory[offset : offset + 128]
        letters, kind = struct.unpack_from("<HB", entry, 64)
        first, length = struct.unpack_from("<2I", entry, 116)
        name = entry[: max(letters - 2, 0)].decode("utf-16-le", errors="replace")
        if kind == 5:  # the root, whose stream holds the small ones
            small = b"".join(sector(part) for part in chain(first, fat))
        elif kind == 2:
            if length < cutoff:
                pieces = [small[part * 64 : part * 64 + 64] for part in chain(first, minifat)]
            else:
                pieces = [sector(part) for part in chain(first, fat)]
            data = b"".join(pieces)
            if len(data) < length:
                raise ValueError(f"the stream '{name}' is cut off")
            yield name, data[:length]


def of_xls(stream: bytes, place: str) -> list[Faults]:
    """Return the faults of each sheet (of any kind) in the ``Workbook`` stream of an xls file.

    SourceError where its records are not in order. A formula without a stored value does not show:
    it looks like one whose value is an empty text.
    """
    try:
        sheets = [data for kind, data in _records(stream, 0) if kind == 0x0085]
        return [_of_xls(stream, struct.unpack_from("<I", data)[0], place) for data in sheets]
    except (struct.error, IndexError, ValueError) as error:
        raise SourceError(
            f"{place}: the records of the workbook are damaged ({error}); fetch the file again."
        ) from error


def _of_xls(stream: bytes, start: int, place: str) -> Faults:
    faults: Faults = {}
    for kind, data in _records(stream, start):
        if kind not in _BIFF_CELLS:
            continue
        row, column = (n + 1 for n in struct.unpack_from("<2H", data))
        _check_extent(row, column, place)
        if kind == 0x0205 and data[7]:
            faults[row, column] = _BIFF_ERRORS.get(data[6], "an error")
        elif kind == 0x0006 and data[12:14] == b"\xff\xff" and data[6] == 2:
            faults[row, column] = _BIFF_ERRORS.get(data[8], "an error")
    return faults


def _records(stream: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of the records up to the end of the part that begins at ``offset``."""
    depth = 0
    while True:
        kind, length = struct.unpack_from("<2H", stream, offset)
        data = stream[offset + 4 : offset + 4 + length]
        if len(data) < length:
            raise ValueError("the last record is cut off")
        yield kind, data
        offset += 4 + length
        depth += (kind == 0x0809) - (kind == 0x000A)  # charts lie inside a sheet
        if not depth:
            return
