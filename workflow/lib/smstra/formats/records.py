"""JSON with one object a record: answers of be.STAT, and of offices that list records under a key."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.errors import SourceError, listing
from smstra.formats.cells import cell_text, find_columns, frame_of

_AGAIN = "fetch the file again"


def parse(raw: bytes, reading: Mapping[str, Any], name: str) -> pd.DataFrame:
    """Return the records as text, a row each, index = number of the row from 1.

    Parameters
    ----------
    raw
        An object in UTF-8 that holds under the key ``records`` a list of objects.
    reading
        ``records``; ``nested`` if each record holds a list of objects under that key, each of which is
        a row with the cells of the record; ``columns``, and if need be ``renamed`` and
        ``other_columns``.
    name
        The file's name for messages.

    Raises
    ------
    SourceError
        The bytes are no such JSON, a row has other columns, or a value is no text, number or null.
    """
    found = document(raw, name, "JSON", _AGAIN)
    where: dict[tuple[str, ...], list[int]] = {}
    rows = []
    for number, record in enumerate(_objects(found, reading["records"], name), 1):
        place = f"{name}, record {number}"
        inner = [record]
        if "nested" in reading:
            around = {key: value for key, value in record.items() if key != reading["nested"]}
            inner = [
                {**around, **one} for one in _objects(record, reading["nested"], place, empty=True)
            ]
        for row in inner:
            header = tuple(row)
            if header not in where:
                where[header] = find_columns(header, reading, place)
            values = list(row.values())
            rows.append([text(values[i], header[i], place, _AGAIN) for i in where[header]])
    return frame_of([*zip(*rows, strict=True)], reading["columns"], range(1, len(rows) + 1), name)


def _objects(holder: Any, key: str, place: str, empty: bool = False) -> list[dict[str, Any]]:
    """Return the list of objects under ``key``; SourceError where there is none."""
    if not isinstance(holder, dict) or key not in holder:
        keys = listing(holder) if isinstance(holder, dict) else type(holder).__name__
        raise SourceError(
            f"{place}: there is no list `{key}` (found: {keys or 'nothing'}); {_AGAIN}, or mend `records` "
            "and `nested`."
        )
    found = holder[key]
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SourceError(f"{place}: `{key}` is no list of objects; {_AGAIN}.")
    if not found and not empty:
        raise SourceError(f"{place}: `{key}` holds no record; mend the query, or {_AGAIN}.")
    return found


def document(raw: bytes, name: str, what: str, remedy: str) -> Any:
    """Return the JSON document in ``raw``, its numbers as text; SourceError says that it is no ``what``."""
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: byte {error.start} is not UTF-8; {remedy}.") from error
    try:
        return json.loads(
            decoded,
            object_pairs_hook=_unique,
            parse_int=str,
            parse_float=_number,
            parse_constant=_refused,
        )
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{name}: not {what} ({error}); {remedy}.") from error


def text(value: Any, column: str, place: str, remedy: str) -> str:
    """Return a value of a record as the text of a cell; SourceError for a list or an object."""
    if value is not None and not isinstance(value, str | bool):
        raise SourceError(
            f"{place}: '{column}' holds a {type(value).__name__}, not a text or number; {remedy}."
        )
    made = cell_text(value)
    if any("\ud800" <= sign <= "\udfff" for sign in made):
        raise SourceError(f"{place}: '{column}' holds half a character; {remedy}.")
    return made


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key '{next(k for k in keys if keys.count(k) > 1)}' stands twice")
    return made


def _number(digits: str) -> str:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits} is too large")
    return cell_text(value)


def _refused(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")
