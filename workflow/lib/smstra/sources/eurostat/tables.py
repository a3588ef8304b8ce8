"""Read Eurostat's tables (SDMX-CSV, TSV, JSON-stat; both generations) into one long frame."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd

from smstra.errors import SourceError, listing
from smstra.sources.eurostat.answers import LONGEST, recognise
from smstra.sources.pages import one_line

if TYPE_CHECKING:
    import polars as pl

_BOM = b"\xef\xbb\xbf"
_CHUNK = 8_000_000  # bytes held against the header's width together; keeps the peak of memory low
_NUMBER = r"^-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?$"
_DIMENSION = re.compile(r"[a-z][a-z0-9_]*")
_CODE = re.compile(r"[!#-+\--9;-~]+")  # ASCII without blanks, quotes, commas, colons
_FREQUENCY = re.compile(r"[A-Z][A-Z0-9_]{0,4}")
_PERIOD = re.compile(r"[0-9]{4}[-_0-9A-Z]*")
_LETTERS = re.compile(r"[A-Za-z]*")
_TSV_FLAGS = re.compile(r"([A-Za-z]*) *(?:@([A-Za-z]+))?")
_STATUS = re.compile(r"(:?) *([A-Za-z]*)(?:\|([A-Za-z]+))?")
_DATAFLOW = re.compile(r"(?:[\w.-]+:)?([\w-]+)(?:\$\w+)?(?:\([^()]*\))?(?:: *(.*))?", re.DOTALL)
_LEAD = ("DATAFLOW", "LAST UPDATE", "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION")
_JSON_KEY = r'^"[0-9]{1,18}"$'
_JSON_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"
_JSON_TEXT = r'^"[^"\\\x00-\x1f]*"$'
_NUMBER_TYPES = {int, float, type(None)}
_TIME = ("time", "time_period")
_CODES = "ask Eurostat for codes (labels=id)"
_AGAIN = "fetch the table again"


def parse(raw: bytes, reading: Mapping[str, Any], name: str) -> pd.DataFrame:
    """Return the observations of a table of Eurostat's, whichever of its formats it is in.

    Parameters
    ----------
    raw
        SDMX-CSV 1.0 or 2.0, TSV (current, old bulk, or with another dimension than time across),
        or a JSON-stat 2.0 dataset; UTF-8, not compressed.
    reading
        Not consulted: these tables describe themselves.
    name
        The file's name, for messages.

    Returns
    -------
    DataFrame
        The dimensions in lower case in the source's order, then ``TIME_PERIOD``, ``OBS_VALUE``
        (float, NaN where none), ``OBS_FLAG`` (``b``, ``bu``; ``""``), ``CONF_STATUS`` (``C``;
        ``""``); all but the value are categories of text. The index is the line in the file (all
        cells of a TSV line share it), or the flat position in JSON-stat, where a position with
        neither value nor status has no row. ``attrs`` holds ``format`` (``sdmx-csv-1.0``,
        ``sdmx-csv-2.0``, ``tsv``, ``tsv-bulk``, ``json-stat``), and ``dataflow``, ``last_update``
        and ``label`` as the source has them, ``""`` where it has none.

    Raises
    ------
    SourceError
        ``raw`` is no such table, is cut off, has no observation, holds a cell that cannot be read,
        labels instead of codes, or a key twice.
    """
    raw = raw.removeprefix(_BOM)
    answer = recognise(raw[: LONGEST + 1])
    if answer.kind != "table":
        raise SourceError(f"{name}: {answer.words}; mend the query, or fetch the table again.")
    if raw[:1000].lstrip().startswith(b"{"):
        return _json_stat(raw, name)
    try:
        header = raw[: raw.find(b"\n") + 1].decode("utf-8").rstrip("\r\n")
        if not raw.isascii():
            raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SourceError(f"{name}, line {line}: this is not UTF-8; {_AGAIN}.") from error
    if not raw.endswith(b"\n"):
        lines = raw.count(b"\n") + 1
        raise SourceError(
            f"{name}, line {lines}: the last line has no end, so the table was cut off; {_AGAIN}."
        )
    if header.startswith(("DATAFLOW", "STRUCTURE", '"DATAFLOW', '"STRUCTURE')):
        return _sdmx_csv(raw, header, name)
    if "\\" in header.partition("\t")[0]:
        return _tsv(raw, header, name)
    raise SourceError(
        f"{name}, line 1: '{one_line(header, 60)}' begins neither SDMX-CSV, TSV nor JSON-stat; ask "
        "Eurostat for one of these formats."
    )


# --- SDMX-CSV ---


def _sdmx_csv(raw: bytes, header: str, name: str) -> pd.DataFrame:
    try:
        cells = next(csv.reader([header], strict=True))
    except csv.Error as error:
        raise SourceError(f"{name}, line 1: the header is no CSV ({error}); {_AGAIN}.") from error
    at, dimensions = _columns_of_csv(cells, name)
    texts = {key: _Texts() for key in at if key != "OBS_VALUE"}
    figures, lines = [], []
    for table, numbers in _tables_of_csv(raw, at, len(cells), name):
        values, bad = _numbers(table["OBS_VALUE"])
        if len(bad):
            cell = table["OBS_VALUE"][int(bad[0])]
            _refuse_cell(cell, f"line {numbers[bad[0]]}", "OBS_VALUE", name)
        figures.append(values)
        lines.append(numbers)
        for key, column in texts.items():
            column.add(table[key])
    index = _joined(lines)
    where = _place("line", index)
    columns = {key: column.category() for key, column in texts.items()}
    constant = {key: _only_value(key, columns[key], where, name) for key in _LEAD if key in columns}
    named = _DATAFLOW.fullmatch(constant.get("DATAFLOW", constant.get("STRUCTURE_ID", "")))
    if len(index) and (not named or constant.get("ACTION") == "D"):
        raise SourceError(
            f"{name}, {where(0)}: its first cells ({one_line(listing(constant.values()), 80)}) do "
            f"not say that this is data of a dataflow; {_AGAIN}."
        )
    keys = {key.lower(): _without_labels(columns[key]) for key in dimensions}
    keys["TIME_PERIOD"] = _without_labels(columns["TIME_PERIOD"])
    flags = {}
    for key, found in zip(("OBS_FLAG", "CONF_STATUS"), _flag_columns(at), strict=True):
        if found:
            flags[key] = _without_labels(columns[found])
        else:
            flags[key] = _category(np.zeros(len(index), dtype=np.int8), [""])
        _check_texts(key, flags[key], _LETTERS, "letters of a flag", where, name)
    attrs = {
        "format": "sdmx-csv-1.0" if "DATAFLOW" in at else "sdmx-csv-2.0",
        "dataflow": named[1].upper() if named else "",
        "last_update": constant.get("LAST UPDATE", ""),
        "label": constant.get("STRUCTURE_NAME", (named and named[2]) or ""),
    }
    _check_unique(keys, where, name)
    return _frame(keys, np.concatenate(figures or [[]]), flags, index, where, attrs, name)


def _columns_of_csv(cells: list[str], name: str) -> tuple[dict[str, int], list[str]]:
    """Return the positions of the columns to read, and which of them are dimensions."""
    titles = [cell.partition(":")[0].strip() for cell in cells]  # labels=both: `geo: Country`
    lead = list(itertools.takewhile(lambda title: title in _LEAD, titles))
    # With names asked for, 2.0 sets a column of labels behind each column of codes.
    step = 2 if "STRUCTURE_NAME" in lead else 1
    rest = titles[len(lead) :: step]
    at = {title: i for i, title in enumerate(lead)}
    at |= {title: len(lead) + i * step for i, title in enumerate(rest)}
    time = rest.index("TIME_PERIOD") if "TIME_PERIOD" in rest else 0
    dimensions = rest[:time]
    if (
        (lead[:1] != ["DATAFLOW"] and lead[:2] != ["STRUCTURE", "STRUCTURE_ID"])
        or rest[time + 1 : time + 2] != ["OBS_VALUE"]
        or len(at) != len(lead) + len(rest)
        or {"OBS_FLAG", "OBS_STATUS"} <= at.keys()
    ):
        raise SourceError(
            f"{name}, line 1: the columns ({one_line(listing(titles, 20))}) are not those of SDMX-CSV: "
            f"dimensions, TIME_PERIOD, OBS_VALUE, OBS_FLAG; {_AGAIN}."
        )
    _check_dimensions(dimensions, name)
    read = [*lead, *dimensions, "TIME_PERIOD", "OBS_VALUE", *filter(None, _flag_columns(at))]
    return {title: at[title] for title in read if title != "STRUCTURE"}, dimensions


def _flag_columns(at: Mapping[str, int]) -> tuple[str, str]:
    """Return the columns of flag and confidentiality among ``at``, ``""`` for one that is not."""
    flag = next((key for key in ("OBS_FLAG", "OBS_STATUS") if key in at), "")
    return flag, "CONF_STATUS" if "CONF_STATUS" in at else ""


def _tables_of_csv(
    raw: bytes, at: Mapping[str, int], width: int, name: str
) -> Iterator[tuple[pl.DataFrame, range | list[int]]]:
    """Yield part by part the columns ``at`` (values as text, else categories), and their lines."""
    import polars as pl  # noqa: PLC0415 - a run without a refresh never needs it

    types = {key: pl.String() if key == "OBS_VALUE" else pl.Categorical() for key in at}
    if b'"' in raw:
        rows, begins = _quoted_rows(raw.decode("utf-8"), width, name)
        yield (
            pl.DataFrame({key: [row[i] for row in rows] for key, i in at.items()}, schema=types),
            begins,
        )
        return
    # The columns that nobody reads stay text, and are left out.
    schema = {str(i): pl.String() for i in range(width)} | {
        str(i): types[key] for key, i in at.items()
    }
    for table, line in _tables(raw, ",", schema, list(at.values()), name):
        yield table.rename({str(i): key for key, i in at.items()}), range(line, line + len(table))


def _quoted_rows(text: str, width: int, name: str) -> tuple[list[list[str]], list[int]]:
    """Return the rows of a CSV with quotes, and the line in which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    begins: list[int] = []
    start = 1
    try:
        for cells in reader:
            if len(cells) != width:
                _refuse_width(len(cells), width, start, name)
            rows.append(cells)
            begins.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(
            f"{name}, line {reader.line_num}: not valid CSV ({error}); {_AGAIN}."
        ) from error
    return rows[1:], begins[1:]


# --- TSV ---


def _tsv(raw: bytes, header: str, name: str) -> pd.DataFrame:
    first, *heads = [cell.strip() for cell in header.split("\t")]
    down, _, across = first.partition("\\")
    titles = [title.strip() for title in [*down.split(","), across]]
    times = [i for i, title in enumerate(titles) if title.lower() in _TIME]
    if len(times) != 1 or not heads or len(set(heads)) != len(heads):
        raise SourceError(
            f"{name}, line 1: the header ({one_line(header, 100)}) is not that of a TSV: dimensions, "
            f"one of them time, and each head once; {_AGAIN}."
        )
    _check_dimensions([title for i, title in enumerate(titles) if i != times[0]], name)
    width = len(heads)
    codes, values, marks = _cells_of_tsv(raw, heads, len(titles) - 1, name)
    _check_unique(dict(zip(titles, codes, strict=False)), lambda row: f"line {row + 2}", name)
    lines = len(codes[0])
    index = pd.Index(np.repeat(np.arange(2, lines + 2), width))
    where = _place("line", index)
    _check_texts(
        "OBS_FLAG",
        marks,
        _TSV_FLAGS,
        "flag such as 'b' or '@C'",
        lambda row: f"{where(row)}, cell of {one_line(heads[row % width], 40)}",
        name,
    )
    found = [_TSV_FLAGS.fullmatch(text) for text in marks.categories]
    head = _category(np.arange(width), heads)
    columns = [
        *(pd.Categorical.from_codes(np.repeat(c.codes, width), dtype=c.dtype) for c in codes),
        pd.Categorical.from_codes(np.tile(head.codes, lines), dtype=head.dtype),
    ]
    time = columns.pop(times[0])
    attrs = {"format": "tsv" if titles.pop(times[0]) == "TIME_PERIOD" else "tsv-bulk"}
    keys = {title.lower(): column for title, column in zip(titles, columns, strict=True)}
    return _frame(
        keys | {"TIME_PERIOD": time},
        values,
        {
            "OBS_FLAG": _category(marks.codes, [match[1] for match in found if match]),
            "CONF_STATUS": _category(marks.codes, [match[2] or "" for match in found if match]),
        },
        index,
        where,
        attrs | {"dataflow": "", "last_update": "", "label": ""},
        name,
    )


def _cells_of_tsv(
    raw: bytes, heads: list[str], depth: int, name: str
) -> tuple[list[pd.Categorical], np.ndarray, pd.Categorical]:
    """Return the codes of the lines, and line by line the values and flags of the cells."""
    import polars as pl  # noqa: PLC0415 - a run without a refresh never needs it

    width = len(heads)
    codes, flags = [_Texts() for _ in range(depth)], _Texts()
    figures = []
    schema = {str(i): pl.String() for i in range(width + 1)}
    for table, line in _tables(raw, "\t", schema, list(range(width + 1)), name):
        for column, part in zip(codes, _split_keys(table["0"], depth, line, name), strict=True):
            column.add(part)
        lines = len(table)
        cells = pl.concat([table[str(i + 1)] for i in range(width)])
        values, flagged, marks, bad = _values_and_flags(cells)
        if len(bad):
            along, down_by = divmod(int(bad[0]), lines)
            _refuse_cell(cells[int(bad[0])], f"line {line + down_by}", heads[along], name)
        # Read column by column, set line by line.
        figures.append(values.reshape(width, lines).T.ravel())
        flags.add(marks, flagged % lines * width + flagged // lines, len(cells))
    values = np.concatenate(figures or [[]])
    return [column.category() for column in codes], values, flags.category()


def _split_keys(keys: pl.Series, depth: int, line: int, name: str) -> list[pl.Series]:
    """Return the ``depth`` codes that stand, joined by commas, in the first cell of each line."""
    import polars as pl  # noqa: PLC0415 - a run without a refresh never needs it

    keys = keys.fill_null("")
    found = keys.str.count_matches(",", literal=True).to_numpy() + 1
    odd = np.flatnonzero(found != depth)
    if len(odd):
        row = int(odd[0])
        raise SourceError(
            f"{name}, line {line + row}: the key '{one_line(keys[row], 80)}' has {found[row]} codes where the "
            f"header has {depth} dimensions; {_AGAIN}, with codes and not labels."
        )
    fields = keys.str.split_exact(",", depth - 1).struct.unnest()
    return [column.cast(pl.Categorical) for column in fields]


def _values_and_flags(
    cells: pl.Series,
) -> tuple[np.ndarray, np.ndarray, pl.Series, np.ndarray]:
    """Take cells such as ``27.5 b``, ``: u`` and ``: @C`` apart.

    Returns the values, which cells have flags, these flags as categories, and which cells are
    neither number nor missing.
    """
    import polars as pl  # noqa: PLC0415 - a run without a refresh never needs it

    cells = cells.str.strip_chars(" ")
    values, flagged = _numbers(cells)
    parts = cells.gather(flagged).str.splitn(" ", 2).struct.unnest()
    figures, flags = parts.to_series(0), parts.to_series(1).fill_null("")
    values[flagged], other = _numbers(figures)
    # `:c` without a blank between is a missing value with its flag.
    odd = figures.gather(other)
    flags = flags.scatter(other, odd.str.strip_prefix(":") + flags.gather(other))
    bad = flagged[other[~odd.str.starts_with(":").to_numpy()]]
    return values, flagged, flags.str.strip_chars(" ").cast(pl.Categorical), bad


# --- Text of both ---


class _Texts:
    """A column of categories that comes in parts of its own numbering each."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {"": 0}
        self._parts: list[np.ndarray] = []

    def add(self, part: pl.Series, at: np.ndarray | None = None, rows: int = 0) -> None:
        """Take the next part; null is ``""``. With ``at``, the others of its ``rows`` are ``""``."""
        import polars as pl  # noqa: PLC0415 - a run without a refresh never needs it

        # Polars numbers categories in common over columns, so what stands here is asked first.
        distinct = part.unique().drop_nulls()
        numbers = distinct.to_physical().to_numpy()
        texts = distinct.cast(pl.String).to_list()
        for text in texts:
            self._known.setdefault(text, len(self._known))
        beyond = int(numbers.max(initial=0)) + 1
        place = np.zeros(beyond + 1, dtype=np.min_scalar_type(len(self._known)))
        place[numbers] = [self._known[text] for text in texts]
        codes = place[part.to_physical().fill_null(beyond).to_numpy()]
        if at is not None:
            found, codes = codes, np.zeros(rows, dtype=codes.dtype)
            codes[at] = found
        self._parts.append(codes)

    def category(self) -> pd.Categorical:
        """Return all parts as one column."""
        codes = np.concatenate(self._parts or [np.zeros(0, dtype=np.int8)])
        return _category(codes, list(self._known))


def _tables(
    raw: bytes,
    separator: str,
    schema: Mapping[str, pl.DataType],
    positions: list[int],
    name: str,
) -> Iterator[tuple[pl.DataFrame, int]]:
    """Yield the columns at ``positions`` of the lines below the header, and the first line's number.

    The lines come in parts, which keeps the peak of memory low. Every line was seen to hold as many
    cells as ``schema``: polars would fill a short one up.
    """
    import polars as pl  # noqa: PLC0415 - a run without a refresh never needs it

    start, line = raw.find(b"\n") + 1, 2
    while start < len(raw):
        end = raw.rfind(b"\n", start, start + _CHUNK) + 1 or raw.find(b"\n", start) + 1
        part = raw[start:end]
        lines = _check_width(part, separator, len(schema), line, name)
        try:
            table = pl.read_csv(
                part,
                has_header=False,
                separator=separator,
                quote_char=None,
                schema=schema,
                columns=positions,
            )
        # A panic is no Exception.
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise SourceError(
                f"{name}, lines {line} to {line + lines - 1}: they cannot be read "
                f"({one_line(str(error))}); {_AGAIN}."
            ) from error
        if len(table) != lines:
            raise SourceError(
                f"{name}, lines {line} to {line + lines - 1}: they gave {len(table)} rows, so one is "
                f"damaged; {_AGAIN}."
            )
        yield table, line
        start, line = end, line + lines


def _check_width(part: bytes, separator: str, width: int, line: int, name: str) -> int:
    """Return the number of lines in ``part``, after each was seen to hold ``width`` cells."""
    marks = _only(f"{separator}\n".encode(), part)
    lines = part.count(b"\n")
    row = separator.encode() * (width - 1) + b"\n"
    if marks != row * lines:
        found = [len(cells) + 1 for cells in marks.split(b"\n")[:-1]]
        odd = next(i for i, cells in enumerate(found) if cells != width)
        _refuse_width(found[odd], width, line + odd, name)
    return lines


def _only(kept: bytes, text: bytes) -> bytes:
    """Return ``text`` without all bytes but ``kept``."""
    return text.translate(None, bytes(byte for byte in range(256) if byte not in kept))


def _refuse_width(found: int, width: int, line: int, name: str) -> NoReturn:
    raise SourceError(
        f"{name}, line {line}: {found} cells where the header has {width}; the table may have been "
        f"cut off or changed by hand: {_AGAIN}."
    )


def _refuse_cell(cell: str, place: str, column: str, name: str) -> NoReturn:
    raise SourceError(
        f"{name}, {place}: '{one_line(cell, 40)}' in column {one_line(column, 40)} is neither a number "
        f"nor a missing value with its flags; {_AGAIN}."
    )


def _numbers(texts: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the values (NaN where none), and which texts are neither number, empty nor ``:``."""
    import polars as pl  # noqa: PLC0415 - a run without a refresh never needs it

    text = pl.col("text")
    found = (
        texts.alias("text")
        .to_frame()
        .select(pl.when(text.str.contains(_NUMBER)).then(text.cast(pl.Float64, strict=False)))
        .to_series()
    )
    unread = found.is_null() | found.is_infinite()
    missing = texts.is_in(["", ":"]).fill_null(True)
    return found.fill_null(math.nan).to_numpy(writable=True), np.flatnonzero(
        (unread & ~missing).to_numpy()
    )


def _joined(lines: list[range | list[int]]) -> pd.Index:
    """Return the numbers of lines that came in parts as one index."""
    if lines and isinstance(lines[0], list):
        return pd.Index(lines[0], dtype="int64")
    return pd.RangeIndex(2, lines[-1].stop if lines else 2)


# --- JSON-stat ---


def _json_stat(raw: bytes, name: str) -> pd.DataFrame:
    try:
        whole = _loaded(raw)
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"{name}: this is not valid JSON ({one_line(str(error))}), or it was cut off; {_AGAIN}."
        ) from error
    if whole.get("class", "dataset") != "dataset":
        raise SourceError(
            f"{name}: the JSON-stat is of class '{one_line(str(whole['class']), 40)}', not a dataset; ask "
            "Eurostat for the data."
        )
    names = _member(whole, "id", list, name)
    sizes = _member(whole, "size", list, name)
    if not all(isinstance(title, str) for title in names):
        _refuse_member("id", "holds something that is no text", name)
    if len(names) != len(sizes) or not all(type(size) is int and size >= 0 for size in sizes):
        _refuse_member(
            "size", f"does not give a size for each of the {len(names)} dimensions", name
        )
    codes = _codes_of_json(_member(whole, "dimension", dict, name), names, sizes, name)
    times = [i for i, title in enumerate(names) if title.lower() in _TIME]
    if len(times) != 1:
        _refuse_member("id", "does not name one dimension of time", name)
    _check_dimensions([title for i, title in enumerate(names) if i != times[0]], name)
    if 0 in sizes:
        empty = names[sizes.index(0)]
        why = (
            "the period asked lies outside the table"
            if not sizes[times[0]]
            else "nothing was found"
        )
        raise SourceError(
            f"{name}: the answer holds no observation: {why} (dimension '{empty}' is empty); mend the "
            "filters of the query."
        )
    flat, values, flags = _observations_of_json(whole, math.prod(sizes), name)
    columns = {}
    stride = math.prod(sizes)
    for title, size in zip(names, sizes, strict=True):
        stride //= size
        columns[title] = _category(flat // stride % size, codes[title])
    time = columns.pop(names[times[0]])
    index = pd.Index(flat)
    extension = whole.get("extension")
    said = {
        "dataflow": extension.get("id") if isinstance(extension, dict) else "",
        "last_update": whole.get("updated"),
        "label": whole.get("label"),
    }
    attrs = {key: text if isinstance(text, str) else "" for key, text in said.items()}
    attrs |= {"format": "json-stat", "dataflow": attrs["dataflow"].upper()}
    return _frame(
        {title.lower(): column for title, column in columns.items()} | {"TIME_PERIOD": time},
        values,
        flags,
        index,
        _place("position", index),
        attrs,
        name,
    )


def _loaded(raw: bytes) -> dict[str, Any]:
    """Return the JSON; a compact ``value`` or ``status`` as a tuple of positions and entries.

    Both are flat and hold nearly all of a large dataset. They are taken out, a mark is put in, and
    polars reads them in a tenth of the time; where the mark does not come back as a member of the
    whole, or the object is not compact, everything is read as any JSON.
    """
    rest, lifted = raw, {}
    for key in () if b'"lifted"' in raw else ("value", "status"):
        start = rest.find(f'"{key}":{{'.encode()) + len(key) + 4
        end = rest.find(b"}", start)
        entries = _compact(rest[start:end], key) if end > start > len(key) + 3 else None
        if entries:
            lifted[key] = entries
            rest = rest[:start] + f'"lifted":"{key}"'.encode() + rest[end:]
    whole = json.loads(rest, object_pairs_hook=_each_key_once, parse_constant=_no_number)
    if any(whole.get(key) != {"lifted": key} for key in lifted):
        return json.loads(raw, object_pairs_hook=_each_key_once, parse_constant=_no_number)
    return whole | lifted


def _compact(body: bytes, key: str) -> tuple[np.ndarray, np.ndarray | list[str]] | None:
    """Read ``"0":26.3,"12":27`` or ``"0":"b"``; None where ``body`` is anything else."""
    import polars as pl  # noqa: PLC0415 - a run without a refresh never needs it

    marks = _only(b":,", body)
    if marks != (b":," * (len(marks) // 2 + 1))[:-1]:
        return None
    try:
        table = pl.read_csv(
            body + b",",
            has_header=False,
            separator=":",
            eol_char=",",
            quote_char=None,
            schema={"at": pl.String(), "entry": pl.String()},
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    at, entry = table["at"].fill_null(""), table["entry"].fill_null("")
    form = _JSON_NUMBER if key == "value" else _JSON_TEXT
    if not (at.str.contains(_JSON_KEY).all() and entry.str.contains(form).all()):
        return None
    entries = entry.cast(pl.Float64).to_numpy() if key == "value" else entry.str.strip_chars('"')
    positions = at.str.strip_chars('"').cast(pl.Int64).to_numpy()
    return positions, entries if key == "value" else entries.to_list()


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = sorted(key for key, _ in pairs)
        twice = next(a for a, b in itertools.pairwise(keys) if a == b)
        raise ValueError(f"the key '{twice}' stands twice in an object")
    return found


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _member(parent: Mapping[str, Any], key: str, kind: type, name: str) -> Any:
    value = parent.get(key)
    if not isinstance(value, kind):
        _refuse_member(key, "is missing" if value is None else "is of another kind", name)
    return value


def _refuse_member(key: str, why: str, name: str) -> NoReturn:
    raise SourceError(f"{name}: `{one_line(key, 60)}` of the JSON-stat dataset {why}; {_AGAIN}.")


def _codes_of_json(
    dimensions: Mapping[str, Any], names: list[str], sizes: list[int], name: str
) -> dict[str, list[str]]:
    """Return the codes of each dimension in the order of their positions."""
    codes = {}
    for title, size in zip(names, sizes, strict=True):
        category = _member(_member(dimensions, title, dict, name), "category", dict, name)
        index = category.get("index")
        if index is None and size == 1:
            index = list(_member(category, "label", dict, name))  # one code may go without index
        if isinstance(index, dict):
            if not all(type(position) is int for position in index.values()):
                _refuse_member(title, "gives a code a position that is no whole number", name)
            index = dict(sorted(index.items(), key=lambda item: item[1]))
            placed = list(index.values()) == list(range(len(index)))
        else:
            placed = isinstance(index, list) and all(isinstance(code, str) for code in index)
        if not placed or len(index) != size or len(set(index)) != size:
            _refuse_member(title, f"does not list {size} codes, as `size` says", name)
        codes[title] = list(index)
    return codes


def _observations_of_json(
    whole: Mapping[str, Any], total: int, name: str
) -> tuple[np.ndarray, np.ndarray, dict[str, pd.Categorical]]:
    """Return positions, values and flags where there is a value or a status, in order."""
    if total > 2**62:
        _refuse_member("size", "is too large to be true", name)
    at, cells = _sparse(whole.get("value"), "value", total, name)
    if not isinstance(cells, np.ndarray) and not set(map(type, cells)) <= _NUMBER_TYPES:
        _refuse_member("value", "holds something that is no number", name)
    try:
        figures = np.asarray(cells, dtype=float)
    except OverflowError:
        figures = np.array([math.inf])
    if np.isinf(figures).any():
        _refuse_member("value", "holds a number too large to be true", name)
    at, figures = at[~np.isnan(figures)], figures[~np.isnan(figures)]
    marked, marks = _sparse(whole.get("status", {}), "status", total, name)
    if not set(map(type, marks)) <= {str, type(None)}:
        _refuse_member("status", "holds something that is no text", name)
    known = {mark: i for i, mark in enumerate(["", *sorted(set(marks) - {"", None})])} | {None: 0}
    mark_codes = np.fromiter(map(known.__getitem__, marks), dtype=np.int64, count=len(marks))
    marked, mark_codes = marked[mark_codes > 0], mark_codes[mark_codes > 0]
    flat = np.sort(np.concatenate([at, marked]))
    flat = flat[np.diff(flat, prepend=-1) > 0]
    values = np.full(len(flat), math.nan)
    values[np.searchsorted(flat, at)] = figures
    codes = np.zeros(len(flat), dtype=np.int64)
    codes[np.searchsorted(flat, marked)] = mark_codes
    texts = [mark for mark in known if mark is not None]
    found = [_STATUS.fullmatch(text) for text in texts]
    for i, match in enumerate(found):
        # A `:` says that there is no value.
        if match is None or (match[1] and not np.isnan(values[codes == i]).all()):
            position = flat[np.argmax(codes == i)]
            raise SourceError(
                f"{name}, position {position}: the status '{one_line(texts[i], 40)}' is no flag such as "
                f"'b', '|C' or 'p|C'; {_AGAIN}."
            )
    flags = {
        "OBS_FLAG": _category(codes, [match[2] for match in found if match]),
        "CONF_STATUS": _category(codes, [match[3] or "" for match in found if match]),
    }
    return flat, values, flags


def _sparse(
    member: Any, key: str, total: int, name: str
) -> tuple[np.ndarray, np.ndarray | list[Any]]:
    """Return positions and entries of ``value`` or ``status``: an object, or an array of all."""
    if isinstance(member, list):
        if len(member) != total:
            _refuse_member(key, f"has {len(member)} entries where the sizes give {total}", name)
        return np.arange(total), member
    if isinstance(member, tuple):
        at, entries = member
    else:
        at, entries = _positions(member, key, name), list(member.values())
    if not len(at):
        return at, entries
    if at.max() >= total:
        _refuse_member(key, f"names position {at.max()} where the sizes give {total}", name)
    if not np.diff(np.sort(at)).all():
        _refuse_member(key, "names a position twice", name)
    return at, entries


def _positions(member: Any, key: str, name: str) -> np.ndarray:
    if not isinstance(member, dict):
        _refuse_member(key, "is neither an object nor an array", name)
    digits = "".join(member)
    if member and not (
        (digits.isascii() and digits.isdecimal())
        and 0 < min(map(len, member)) <= max(map(len, member)) < 19
    ):
        _refuse_member(key, "has a key that is no position", name)
    return np.fromiter(map(int, member), dtype=np.int64, count=len(member))


# --- The frame ---


def _category(codes: np.ndarray, texts: Sequence[str]) -> pd.Categorical:
    """Return the texts that ``codes`` point at; the categories are those in use, sorted."""
    seen = np.zeros(len(texts), dtype=bool)
    seen[codes] = True
    used = np.flatnonzero(seen)
    words = sorted({texts[i] for i in used})
    place = {word: i for i, word in enumerate(words)}
    new = np.zeros(len(texts), dtype=np.min_scalar_type(-len(words) - 1))
    new[used] = [place[texts[i]] for i in used]
    return pd.Categorical.from_codes(new[codes], pd.Index(words, dtype="str"))


def _without_labels(column: pd.Categorical) -> pd.Categorical:
    """Cut ``CODE: Label`` (labels=both) to the code."""
    texts = list(column.categories)
    if not all(":" in text for text in texts if text):
        return column
    return _category(column.codes, [text.partition(":")[0].strip() for text in texts])


def _place(unit: str, index: pd.Index) -> Callable[[int], str]:
    return lambda row: f"{unit} {index[row]}"


def _row_of(column: pd.Categorical, text: str) -> int:
    return int(np.argmax(column.codes == column.categories.get_loc(text)))


def _only_value(key: str, column: pd.Categorical, where: Callable[[int], str], name: str) -> str:
    """Return the one text of a column; ``""`` where there is no row."""
    texts = list(column.categories)
    if len(texts) > 1:
        row = max(_row_of(column, text) for text in texts[:2])
        raise SourceError(
            f"{name}, {where(row)}: column {key} changes here (it holds {one_line(listing(texts), 100)}); the "
            f"table may be two in one: {_AGAIN}."
        )
    return texts[0] if texts else ""


def _check_dimensions(titles: Iterable[str], name: str) -> None:
    lower = [title.lower() for title in titles]
    odd = [title for title in lower if not _DIMENSION.fullmatch(title)]
    if odd or not lower or len(set(lower)) != len(lower):
        raise SourceError(
            f"{name}: the dimensions ({one_line(listing(lower, 20))}) are not names, each of them once; "
            f"{_AGAIN}."
        )


def _check_texts(
    key: str,
    column: pd.Categorical,
    form: re.Pattern[str],
    meant: str,
    where: Callable[[int], str],
    name: str,
) -> None:
    for text in column.categories:
        if not form.fullmatch(text):
            place = where(_row_of(column, text))
            hint = f"the table was asked with labels=name; {_CODES}" if " " in text else _AGAIN
            raise SourceError(
                f"{name}, {place}: column {key} holds '{one_line(text, 60)}', which is no {meant}; {hint}."
            )


def _frame(
    keys: Mapping[str, pd.Categorical],
    values: np.ndarray,
    flags: Mapping[str, pd.Categorical],
    index: pd.Index,
    where: Callable[[int], str],
    attrs: Mapping[str, str],
    name: str,
) -> pd.DataFrame:
    """Check the keys and put the columns together."""
    if not len(index):
        raise SourceError(
            f"{name}: the answer holds no observation; mend the filters of the query, which name "
            "nothing that the table has."
        )
    # Last, because a label there would be taken for a code elsewhere.
    for key, column in keys.items():
        if key == "freq" and not all(map(_FREQUENCY.fullmatch, column.categories)):
            odd = next(t for t in column.categories if not _FREQUENCY.fullmatch(t))
            raise SourceError(
                f"{name}, {where(_row_of(column, odd))}: freq is '{one_line(odd, 40)}', a label: the table was "
                f"asked with labels=name; {_CODES}."
            )
        form, meant = (_PERIOD, "period") if key == "TIME_PERIOD" else (_CODE, "code")
        _check_texts(key, column, form, meant, where, name)
    frame = pd.DataFrame(
        {**keys, "OBS_VALUE": values, **{key: flags[key] for key in ("OBS_FLAG", "CONF_STATUS")}},
        index=index,
        copy=False,
    )
    frame.attrs = {key: one_line(text, 500) for key, text in attrs.items()}
    return frame


def _check_unique(
    keys: Mapping[str, pd.Categorical], where: Callable[[int], str], name: str
) -> None:
    """Raise SourceError where a key stands twice."""
    number = np.zeros(len(next(iter(keys.values()))), dtype=np.int64)
    span = 1
    for column in keys.values():
        size = len(column.categories)
        if span * size > 2**62:
            found, number = np.unique(number, return_inverse=True)
            span = len(found)
        number *= size
        number += column.codes
        span *= size
    if (number[1:] > number[:-1]).all():
        return
    ordered = np.sort(number)
    twice = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(twice):
        first, second = np.flatnonzero(number == ordered[twice[0]])[:2]
        key = one_line(listing((column[first] for column in keys.values()), 20))
        raise SourceError(
            f"{name}, {where(second)}: the key {key} stands twice, first in {where(first)}; {_AGAIN}."
        )
