"""What an address such as ``results/be/typology.csv:24:sf`` means: a cell of a table, workbook or page."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from python_calamine import CalamineError, load_workbook

from smstra import strict_yaml
from smstra.audit.columns import Tables
from smstra.errors import DataError, listing, nearest

# workflow/lib/smstra/audit/addresses.py -> workflow
_PAGES = Path(__file__).resolve().parents[3] / "internal/lineage.yaml"
_FORMS = (
    "results/be/typology.csv:24:sf (table, line, column), results/be/workbook.xlsx:typology!E24 (sheet and "
    "cell), results/be/explorer.html:11001:sf (unit, column), results/be/report.html:results (section), or a "
    "figure, results/be/figures/income.png"
)
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]*)")


class Address(NamedTuple):
    """A cell of a table (``place``: of its row, from 0); or, without ``column``, whole ``tables``.

    ``said`` is a sentence on how the address was read.
    """

    tables: tuple[str, ...]
    place: int = 0
    column: str = ""
    said: str = ""


def _folders(text: str) -> tuple[str, ...]:
    """Return the parts of the path of an address."""
    path = text.partition(":")[0].replace("\\", "/")
    return PurePosixPath(posixpath.normpath(path)).parts


def case_of(text: str, cases: list[str], results: Path) -> str:
    """Return the case that an address is about: the folder of it that is one.

    Raises
    ------
    DataError
        No folder is a case, or what stands in front of it is not ``results``.
    """
    parts = _folders(text)
    found = [
        (Path(*parts[:at]), case)
        for case in cases
        for at in range(len(parts) - 1)
        if "/".join((*parts[at:-1], "")).startswith(f"{case}/")
    ]
    if not found:
        raise DataError(
            f"--cell {text}: no folder of it is a case ({listing(cases)}); write it as one of {_FORMS}."
        )
    here = [
        case for front, case in found if front == Path() or front.resolve() == results.resolve()
    ]
    if not here:
        front = found[-1][0].as_posix()
        raise DataError(
            f"--cell {text}: this lies in {front}, and the results asked are those in "
            f"{results.as_posix()}; add `--results {front}`, or mend the path."
        )
    # A pseudonymised case has its workings in a folder `private`, which holds one of its name.
    return max(here, key=len)


def address(text: str, tables: Tables) -> Address:
    """Return what ``text`` means among the results of a case; DataError says what is wrong with it."""
    name = tables.folder.name
    parts = _folders(text)
    at = max(place for place, part in enumerate(parts) if part == name)
    file, rest = "/".join(parts[at + 1 :]), text.partition(":")[2]
    suffix = PurePosixPath(file).suffix
    if suffix == ".csv":
        return _of_table(text, file.removesuffix(".csv"), rest, tables)
    if suffix == ".xlsx":
        return _of_workbook(text, tables.folder / file, rest, tables)
    pages = strict_yaml.load(_PAGES)["pages"]
    if file == "explorer.html":
        return _of_explorer(text, rest, tables, pages["explorer"])
    if file == "report.html":
        return _of_report(text, rest, tables, pages["report"])
    if file.startswith("profiles/") and suffix == ".html":
        return Address(_there(pages["profiles"], tables), said=f"{file} shows the tables:")
    if file.startswith("figures/") and suffix in (".png", ".svg", ".pdf", ".md"):
        table = str(PurePosixPath(file).with_suffix(""))
        if not tables.has(table):
            raise DataError(f"--cell {text}: there is no table {table}.csv behind such a figure.")
        return Address((table,), said=f"{file} draws the table {table}.csv:")
    raise DataError(f"--cell {text}: this is no cell that can be traced; write it as {_FORMS}.")


def _there(names: list[str], tables: Tables) -> tuple[str, ...]:
    return tuple(name for name in names if tables.has(name))


def _of_table(text: str, table: str, rest: str, tables: Tables) -> Address:
    line, _, column = rest.partition(":")
    if not tables.has(table):
        raise DataError(
            f"--cell {text}: there is no file {(tables.folder / table).as_posix()}.csv."
        )
    if not rest:
        return Address((table,), said=f"{table}.csv, column by column:")
    if not line.isdecimal() or not column:
        raise DataError(f"--cell {text}: write line and column, as in {_FORMS}.")
    return Address((table,), tables.place(table, int(line)), column)


def _of_workbook(text: str, path: Path, rest: str, tables: Tables) -> Address:
    sheet, _, cell = rest.rpartition("!")
    found = _CELL.fullmatch(cell)
    if not sheet or not found:
        raise DataError(f"--cell {text}: write sheet and cell, as in {_FORMS}.")
    known = strict_yaml.load(_PAGES)["pages"]["workbook"]
    try:
        book = load_workbook(path)
        names = book.sheet_names
        if sheet not in names:
            raise DataError(
                f"--cell {text}: the workbook has no sheet '{sheet}'{nearest(sheet, names)}; its sheets are "
                f"{listing(names, 30)}."
            )
        grid = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (OSError, CalamineError) as error:
        raise DataError(f"--cell {text}: the workbook cannot be read ({error}).") from error
    if sheet not in known:
        raise DataError(
            f"--cell {text}: the sheet '{sheet}' holds words and pins, not results; data/sources.yaml and "
            "config.resolved.yaml have them."
        )
    table, line, at = known[sheet], int(found[2]), column_number(found[1])
    if line < 2 or line > len(grid) or at > len(grid[0]):
        raise DataError(
            f"--cell {text}: the sheet '{sheet}' has values in the rows 2 to {len(grid)} of its "
            f"{len(grid[0])} columns."
        )
    column = str(grid[0][at - 1]).split("\n")[0]
    shown = grid[line - 1][at - 1]
    where = f"{table}.csv, row {line - 1}, column {column}"
    said = f"{path.name}, sheet {sheet}, cell {cell} shows {shown!r}, which is {where}:"
    rows = len(tables.rows(table))
    if rows < line - 1:
        raise DataError(f"--cell {text}: {table}.csv has only {rows} rows; the workbook is older.")
    return Address((table,), line - 2, column, said)


def column_number(letters: str) -> int:
    """Return the number of a column that a workbook calls ``A``, ``Z``, ``AA``, ...: 1, 26, 27, ..."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _of_explorer(text: str, rest: str, tables: Tables, known: list[str]) -> Address:
    unit, _, column = rest.partition(":")
    if not unit or not column:
        raise DataError(f"--cell {text}: write unit and column, as in {_FORMS}.")
    for table in _there(known, tables):
        if column not in tables.header(table):
            continue
        places = [place for place, row in enumerate(tables.rows(table)) if row["unit"] == unit]
        if not places:
            raise DataError(f"--cell {text}: {unit} is no unit of the case; write its code.")
        said = (
            f"explorer.html shows {column} of {unit} as long as the choices are those of the case:"
        )
        return Address((table,), places[0], column, said)
    columns = [each for table in _there(known, tables) for each in tables.header(table)]
    raise DataError(
        f"--cell {text}: the explorer shows no '{column}'{nearest(column, columns)}; it shows the columns of "
        f"{listing(f'{table}.csv' for table in _there(known, tables))}."
    )


def _of_report(text: str, rest: str, tables: Tables, known: dict[str, Any]) -> Address:
    if rest.startswith("figure-"):
        return address(f"{tables.folder.name}/figures/{rest.removeprefix('figure-')}.svg", tables)
    # A part of a section is called <section>-<part>.
    section = rest if rest in known else rest.partition("-")[0]
    if section not in known:
        raise DataError(
            f"--cell {text}: the report has no section '{rest}'{nearest(rest, known)}; its sections are "
            f"{listing(known, 30)}, and figure-<name>."
        )
    return Address(_there(known[section], tables), said=f"The section {rest} shows the tables:")
