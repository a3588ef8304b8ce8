"""Answers of Statbel's be.STAT: JSON with one object a figure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.errors import SourceError, listing
from smstra.formats.cells import cell_text, find_columns, frame_of

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
        rows.append([_text(values[i], header[i], place) for i in where[header]])
    return frame_of([*zip(*rows, strict=True)], reading["columns"], range(1, len(rows) + 1), name)


def _facts(raw: bytes, name: str) -> list[Any]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: byte {error.start} is not UTF-8; {_AGAIN}.") from error
    try:
        document = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=str,
            parse_float=_number,
            parse_constant=_refused,
        )
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{name}: not the JSON of be.STAT ({error}); {_AGAIN}.") from error
    if not isinstance(document, dict) or list(document) != ["facts"]:
        found = listing(document) if isinstance(document, dict) else type(document).__name__
        raise SourceError(
            f"{name}: the document must hold `facts` alone and holds {found or 'nothing'}; {_AGAIN}."
        )
    facts = document["facts"]
    if not isinstance(facts, list) or not facts:
        raise SourceError(
            f"{name}: `facts` holds no fact; the view is empty, so mend or ask it again."
        )
    return facts


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key '{next(k for k in keys if keys.count(k) > 1)}' stands twice")
    return made


def _number(text: str) -> str:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text} is too large")
    return cell_text(value)


def _refused(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


def _text(value: Any, column: str, place: str) -> str:
    if value is not None and not isinstance(value, str | bool):
        raise SourceError(
            f"{place}: '{column}' holds a {type(value).__name__}, not a text or number; {_AGAIN}."
        )
    text = cell_text(value)
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise SourceError(f"{place}: '{column}' holds half a character; {_AGAIN}.")
    return text
