"""Write and read the project's tables: the same table gives the same bytes on every machine."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from smstra.textfiles import write_pieces, write_text

# Below this a float holds every integer exactly and may be written without a fraction.
_EXACT_INTEGERS = 2**53
# Tables with more rows are written so many rows at a time: the text of a table of millions of rows is
# larger than the table.
_ROWS = 50_000
_SIMPLE = ("string", "empty", "floating", "integer", "boolean")

# Columns that hold numbers or answers wherever they stand; all others are text.
NUMBERS = frozenset(
    {
        "value",
        "sf",
        "varun",
        "varni",
        "sf_reference",
        "varun_reference",
        "varni_reference",
        "sf_distance",
        "varun_distance",
        "varni_distance",
        "units",
        "units_covered",
        "units_missing",
        "parts",
        "computed",
        "published",
        "difference",
        "tolerance",
    }
)
ANSWERS = frozenset({"sf_high", "economy_improving", "population_improving"})


def cell(value: Any) -> str:
    """Return a cell's text: shortest digits that give the number back, ``true``/``false``, or empty."""
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        if value.is_integer() and abs(value) < _EXACT_INTEGERS:
            return str(int(value))
        return repr(float(value))
    return str(value)


def write(table: pd.DataFrame, path: Path) -> None:
    """Write ``table`` as CSV: UTF-8, comma, LF, ``.`` decimals, full precision, no index."""
    if len(table) > _ROWS and len(table.columns) > 1:
        write_pieces(_pieces(table), path)
        return
    texts = {name: _texts(table[name]) for name in table}
    write_text(pd.DataFrame(texts).to_csv(index=False, lineterminator="\n"), path)


def _pieces(table: pd.DataFrame) -> Iterator[str]:
    """Yield the text of a table, ``_ROWS`` rows at a time."""
    yield ",".join(_quoted(str(name)) for name in table) + "\n"
    for start in range(0, len(table), _ROWS):
        part = table.iloc[start : start + _ROWS]
        columns = [_cells(part[name]) for name in table]
        yield "\n".join(map(",".join, zip(*columns, strict=True))) + "\n"


def _cells(column: pd.Series) -> list[str]:
    """Return the cells as they stand in the file, each different value turned into text once."""
    if pd.api.types.infer_dtype(column, skipna=True) not in _SIMPLE:
        return [_quoted(cell(value)) for value in column]
    codes, distinct = pd.factorize(column)
    # A missing value has the code -1, which takes the last.
    texts = np.array([*(_quoted(cell(value)) for value in distinct.tolist()), ""], dtype=object)
    return texts[codes].tolist()


def _quoted(text: str) -> str:
    if not any(sign in text for sign in ',"\r\n'):
        return text
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([text])
    return line.getvalue()[:-1]


def _texts(column: pd.Series) -> pd.Series:
    kind = pd.api.types.infer_dtype(column, skipna=True)
    return column.fillna("") if kind in ("string", "empty") else column.map(cell)


def read(path: Path, numbers: Iterable[str] = ()) -> pd.DataFrame:
    """Read a table written by :func:`write`.

    Text stays text, codes with leading zeros included; the columns of ``NUMBERS`` and ``numbers``
    become float (NaN where empty); those of ``ANSWERS`` become True, False or None.
    """
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    numeric = {column for column in header if column in NUMBERS or column in set(numbers)}
    table = pd.read_csv(
        path,
        dtype={column: float if column in numeric else object for column in header},
        keep_default_na=False,
        na_values={column: [""] for column in numeric},
        encoding="utf-8",
    )
    for column in ANSWERS & set(header):
        answers = {"true": True, "false": False}
        table[column] = pd.Series([answers.get(text) for text in table[column]], dtype=object)
    return table
