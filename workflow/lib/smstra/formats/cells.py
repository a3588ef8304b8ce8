"""What all readers share: names of columns, the text of cells, and the frame made of them."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from smstra.errors import SourceError, listing, nearest

YEAR = "[12][0-9]{3}"


def year_form(written: str) -> re.Pattern[str]:
    """Return the pattern of texts such as ``written``, where ``{year}`` stands for any year."""
    before, after = (re.escape(part) for part in written.split("{year}", 1))
    return re.compile(f"{before}({YEAR}){after}", re.IGNORECASE)


def column_name(text: str) -> str:
    """Return a column's name on one line: any run of blanks or line breaks is one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def find_columns(header: Sequence[str], reading: Mapping[str, Any], place: str) -> list[int]:
    """Return where in ``header`` each of the described ``columns`` stands.

    Names are compared after :func:`column_name` and the description's ``renamed``. SourceError
    where one is missing, stands twice, or is not described (unless ``other_columns: unread``).
    """
    columns = reading["columns"]
    renamed = reading.get("renamed", {})
    found = [renamed.get(name, name) for name in map(column_name, header)]
    missing = [name for name in columns if name not in found]
    others = [name for name in found if name not in columns]
    twice = [name for name in columns if found.count(name) > 1]
    if not missing and not twice and (not others or reading.get("other_columns") == "unread"):
        return [found.index(name) for name in columns]
    faults = {
        "missing": [f"'{name}'{nearest(name, others, 'the nearest is')}" for name in missing],
        "standing twice": [f"'{name}'" for name in twice],
        "not described": [f"'{name}'" for name in others],
    }
    words = "; ".join(f"{fault}: {listing(names)}" for fault, names in faults.items() if names)
    raise SourceError(
        f"{place}: the header is not the one described by `columns` ({words}; the header found: "
        f"{listing(found, 60)}); mend `columns`, say `renamed` for columns that bore another name, or "
        "`other_columns: unread`."
    )


def decimal_sign(reading: Mapping[str, Any]) -> str:
    """Return the sign in which the description expects decimals."""
    return "," if reading.get("decimal") == "comma" else "."


def cell_text(value: Any, decimal: str = ".") -> str:
    """Return a typed cell as text: numbers with the fewest digits, days as ISO, null as ``""``.

    ``decimal`` is the sign of the description: a true number among texts such as ``6,4`` must read
    as the same number, whatever signs are taken out of the texts.
    """
    match value:
        case str():
            return unicodedata.normalize("NFC", value.replace("\xa0", " ").strip())
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            # Above this a float no longer tells neighbouring integers apart.
            whole = abs(value) < 2**53 and value.is_integer()
            return str(int(value)) if whole else repr(value).replace(".", decimal)
        case Decimal():
            text = format(value, "f")
            text = text.rstrip("0").rstrip(".") if "." in text else text
            return text.replace(".", decimal)
        case datetime.datetime():
            midnight = value.time() == datetime.time()
            return value.date().isoformat() if midnight else value.isoformat()
        case datetime.date() | datetime.time():
            return value.isoformat()
    return str(value)


def frame_of(
    cells: Sequence[Sequence[str]], columns: Sequence[str], index: Sequence[Any], place: str
) -> pd.DataFrame:
    """Return a frame of text from ``cells``, one sequence a column; SourceError for no rows."""
    if not len(index):
        raise SourceError(
            f"{place}: there is a header and no row below it; fetch the file again, or look whether "
            "the table lies elsewhere in it."
        )
    made = dict(zip(columns, cells, strict=True))
    return pd.DataFrame(made, index=pd.Index(index), dtype=object)
