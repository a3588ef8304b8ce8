"""From the bytes of a file to a frame of text, by the `format` of its description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra import archives
from smstra.errors import SourceError
from smstra.formats import bestat, delimited, parquet, plain, records, spreadsheet
from smstra.sources import pages
from smstra.sources.eurostat import tables as eurostat

_PARSERS = {
    "bestat": bestat.parse,
    "csv": plain.parse_csv,
    "delimited": delimited.parse,
    "eurostat": eurostat.parse,
    "geojson": plain.parse_geojson,
    "json": records.parse,
    "parquet": parquet.parse,
    "spreadsheet": spreadsheet.parse,
}
_GZIP = b"\x1f\x8b"
# Enough of a file to tell a web page by.
_HEAD = 4096


def parse(raw: bytes, reading: Mapping[str, Any], name: str) -> pd.DataFrame:
    """Return the table in ``raw`` as ``reading`` describes it.

    Parameters
    ----------
    raw
        The whole file.
    reading
        The description of the dataset or of one of its tables; ``format`` chooses the parser, whose
        module says which other keys it reads.
    name
        The file's name for messages.

    Returns
    -------
    DataFrame
        All cells text, a null is ``""``; the source's columns; index = where the row stands in the
        file. Eurostat's tables are of categories and floats instead.

    Raises
    ------
    SmstraError
        The file is not what the description says.
    """
    if reading["format"] == "eurostat" and raw.startswith(_GZIP):
        # Eurostat packs answers without saying so in the headers.
        raw = archives.gunzip(raw, archives.LIMITS, name)
    head = raw[:_HEAD]
    if pages.is_html(head):
        title = pages.html_title(head)
        raise SourceError(
            f"{name}: this is an HTML page{f' ({title!r})' if title else ''}, not a table (a site's error "
            "or robot check, saved as data); download the file again in a browser."
        )
    try:
        return _PARSERS[reading["format"]](raw, reading, name)
    except SourceError as error:
        # The file is whole but not as described: the description is where to mend it.
        raise SourceError(
            f"{reading['file']}: {error}" if "file" in reading else str(error)
        ) from error
