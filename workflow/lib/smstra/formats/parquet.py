"""Tables in Apache Parquet, as text."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from smstra.errors import SourceError
from smstra.formats.cells import cell_text, decimal_sign, find_columns, frame_of
from smstra.formats.native import opened, try_apart

if TYPE_CHECKING:
    import polars

_MARK = b"PAR1"
_APART = "import io, sys, polars; polars.read_parquet(io.BytesIO(sys.stdin.buffer.read()))"


def parse(raw: bytes, reading: Mapping[str, Any], name: str) -> pd.DataFrame:
    """Return the described columns as text, null as ``""``, index = row from 1.

    Parameters
    ----------
    raw
        The file.
    reading
        ``columns``, and if need be ``renamed`` and ``other_columns``.
    name
        The file's name for messages.

    Raises
    ------
    SourceError
        The bytes are no Parquet, the columns are others, or a column holds lists, structures or bytes.
    """
    import polars  # noqa: PLC0415 - costs a run that reads no parquet a tenth of a second

    if not (raw.startswith(_MARK) and raw.endswith(_MARK)):
        raise SourceError(
            f"{name}: no Parquet, which begins and ends with {_MARK.decode()}; the file is cut off or of "
            "another kind: fetch it again, or mend `format`."
        )
    try_apart(_APART, raw, name, "Parquet")
    with opened(name, "Parquet"):
        table = polars.read_parquet(io.BytesIO(raw))
        positions = find_columns(table.columns, reading, name)
        cells = [
            _texts(table.to_series(position), decimal_sign(reading), name) for position in positions
        ]
    return frame_of(cells, reading["columns"], range(1, len(table) + 1), name)


def _texts(column: polars.Series, decimal: str, name: str) -> np.ndarray:
    kind = column.dtype
    if kind.is_nested() or str(kind) in ("Binary", "Object", "Duration"):
        raise SourceError(
            f"{name}: the column '{column.name}' holds {kind}, which is neither text, number nor day; "
            "leave it out by `other_columns: unread`, or save the table without it."
        )
    # Each different value is turned into text once; nulls and NaN are kept apart by their order.
    distinct = column.unique()
    texts = np.array([cell_text(value, decimal) for value in distinct.to_list()], dtype=object)
    ranks = column.to_frame("cell").join(
        distinct.to_frame("cell").with_row_index("rank"),
        on="cell",
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return texts[ranks["rank"].to_numpy()]
