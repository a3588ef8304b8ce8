"""Which rows of a table are read at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.errors import SourceError, listing


def without_excluded(
    entry: Mapping[str, Any], frame: pd.DataFrame, where: str, partial: bool = False
) -> pd.DataFrame:
    """Return the rows that the description's ``exclude`` leaves.

    SourceError where a value that it names is nowhere in the table, unless the table is ``partial``:
    one of several files.
    """
    for spec in entry.get("exclude", []):
        held = set(frame[spec["column"]].unique())
        if "pattern" in spec:
            out = {value for value in held if re.fullmatch(spec["pattern"], value)}
        else:
            out = set(spec["values"])
            gone = [value for value in spec["values"] if value not in held and not partial]
            if gone:
                raise SourceError(
                    f"{where}: `exclude` names {listing(gone)}, which the table does not hold; the list of "
                    "codes has changed, so look at the table and mend `exclude`."
                )
        frame = frame[~frame[spec["column"]].isin(out)]
    return frame
