"""Eurostat's inventory of its data: when each dataset last changed, so that nothing is fetched in vain."""

from __future__ import annotations

import csv
import io

from smstra.errors import SourceError, listing
from smstra.sources.pages import is_html

_CODE, _TYPE, _CHANGED = "Code", "Type", "Last data change"


def editions(raw: bytes, name: str) -> dict[str, str]:
    """Return, by code in capitals, when the data of each dataset last changed (ISO time).

    SourceError where ``raw`` is not the inventory: its columns are found by name.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: byte {error.start} of the inventory is not UTF-8.") from error
    if text and not text.endswith("\n"):
        raise SourceError(
            f"{name}, line {len(text.splitlines())}: the last line has no end; the inventory was cut off."
        )
    rows = csv.reader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
    try:
        header = next(rows, [])
        lacking = [column for column in (_CODE, _TYPE, _CHANGED) if column not in header]
        if lacking or is_html(raw[:4096]):
            raise SourceError(
                f"{name}: this is not Eurostat's inventory (it has no column {listing(lacking)}; its first "
                f"line is '{text[:80].splitlines()[0] if text.strip() else ''}')."
            )
        code, changed = header.index(_CODE), header.index(_CHANGED)
        found = {}
        for row in rows:
            if len(row) != len(header):
                raise SourceError(
                    f"{name}, line {rows.line_num}: {len(row)} cells where the header has {len(header)}; "
                    "the inventory was cut off."
                )
            found[row[code].upper()] = row[changed]
    except csv.Error as error:
        raise SourceError(f"{name}, line {rows.line_num}: {error}.") from error
    return found
