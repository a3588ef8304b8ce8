"""Columns that a description makes of others: a part of a code, or what the part stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.errors import SourceError, listing, nearest


def with_made_columns(frame: pd.DataFrame, reading: Mapping[str, Any], file: str) -> pd.DataFrame:
    """Return the table with the columns that its description adds to those of the file.

    ``file`` is the file's name: the column ``file`` holds it where the reference date is taken from
    it. Of ``made_columns``, each is made of the texts of ``column``: the first group of ``pattern``
    that takes part in matching the whole cell, ``""`` where it does not match; then what ``map`` says
    of that part. SourceError for a column that there is not, and for a part that ``map`` lacks.
    """
    if reading.get("date", {}).get("column") == "file":
        frame = frame.assign(file=file)
    where = f"{reading['file']}: {file}" if "file" in reading else file
    for name, spec in reading.get("made_columns", {}).items():
        if spec["column"] not in frame:
            raise SourceError(
                f"{where}: the table has no column '{spec['column']}', which `made_columns.{name}` names"
                f"{nearest(spec['column'], frame.columns)}; its columns are {listing(frame.columns, 60)}."
            )
        cells = frame[spec["column"]].astype(object)
        parts = {text: _part(text, spec["pattern"]) for text in cells.unique()}
        meant = {"": "", **spec["map"]} if "map" in spec else None
        lost = [text for text, part in parts.items() if meant is not None and part not in meant]
        if lost:
            line = cells.index[cells == lost[0]][0]
            raise SourceError(
                f"{where}, line {line}: `made_columns.{name}.map` does not say what '{parts[lost[0]]}' of "
                f"'{lost[0]}' stands for; add it, or mend `pattern` ({len(lost)} unknown in all: "
                f"{listing(sorted(lost), 12)})."
            )
        texts = {text: part if meant is None else meant[part] for text, part in parts.items()}
        frame = frame.assign(**{name: cells.map(texts)})
    return frame


def _part(text: str, pattern: str) -> str:
    """Return the first group that takes part in matching the whole of ``text``, or ``""``."""
    match = re.fullmatch(pattern, text)
    return next((group for group in match.groups() if group is not None), "") if match else ""
