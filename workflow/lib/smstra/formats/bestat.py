"""Answers of Statbel's be.STAT: JSON with one object a figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.errors import SourceError, listing
from smstra.formats.cells import find_columns, frame_of
from smstra.formats.records import document, text

_AGAIN = "fetch the view again"


def parse(raw: bytes, reading: Mapping[str, Any], name: str) -> pd.DataFrame:
    """Return the facts as text, a row each, index = number of the fact from 1.

    Parameters
    ----------
    raw
        ``{"facts": [{column: value, ...}, ...]}`` in UTF-8.
    reading
        ``columns``, and if need be ``renamed`` and ``other_columns``.
    name
        The file's name for messages.

    Raises
    ------
    SourceError
        The bytes are no such JSON, a fact has other columns, or a value is no text, number or null.
    """
    facts = _facts(raw, name)
    where: dict[tuple[str, ...], list[int]] = {}
    rows = []
    for number, fact in enumerate(facts, 1):
        place = f"{name}, fact {number}"
        if not isinstance(fact, dict):
            raise SourceError(f"{place}: is no object of columns and values; {_AGAIN}.")
        header = tuple(fact)
        if header not in where:
            where[header] = find_columns(header, reading, place)
        values = list(fact.values())
        rows.append([text(values[i], header[i], place, _AGAIN) for i in where[header]])
    return frame_of([*zip(*rows, strict=True)], reading["columns"], range(1, len(rows) + 1), name)


def _facts(raw: bytes, name: str) -> list[Any]:
    found = document(raw, name, "the JSON of be.STAT", _AGAIN)
    if not isinstance(found, dict) or list(found) != ["facts"]:
        held = listing(found) if isinstance(found, dict) else type(found).__name__
        raise SourceError(
            f"{name}: the document must hold `facts` alone and holds {held or 'nothing'}; {_AGAIN}."
        )
    facts = found["facts"]
    if not isinstance(facts, list) or not facts:
        raise SourceError(
            f"{name}: `facts` holds no fact; the view is empty, so mend or ask it again."
        )
    return facts
