"""Find a unit of a case by its code or by its name in any spelling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from smstra.audit.columns import Tables
from smstra.config import Settings
from smstra.errors import DataError, listing, nearest
from smstra.sources.names import bare_name, plain_name
from smstra.sources.registers import load_frame, read_units

_MOST_CANDIDATES = 12


def find(text: str, tables: Tables, settings: Settings, root: Path = Path()) -> Mapping[str, str]:
    """Return the row of units.csv that ``text`` means: a code, or a name of the unit.

    Names are those of the results and those of the registers in every language, valid on the day of the
    case. Accents, capitals, kinds of apostrophe and hyphen do not matter; what stands in brackets or
    behind a comma may be left out where one unit alone is then meant.

    Raises
    ------
    DataError
        No unit, or several, have the name: the message lists the nearest, or all of them.
    """
    rows = {row["unit"]: row for row in tables.rows("units")}
    if text in rows:
        return rows[text]
    whole: dict[str, set[str]] = {}
    short: dict[str, set[str]] = {}
    for code, name in _names(tables, settings, root):
        for written in (plain_name(name), bare_name(name)):
            whole.setdefault(written, set()).add(code)
        for sign in (" (", ", "):
            if sign in name:
                part = name.partition(sign)[0]
                for written in (plain_name(part), bare_name(part)):
                    short.setdefault(written, set()).add(code)
    asked = (plain_name(text), bare_name(text))
    both = {name: whole.get(name, set()) | short.get(name, set()) for name in {*whole, *short}}
    for known in (whole, both):
        for written in asked:
            found = sorted(known.get(written, ()))
            if len(found) == 1:
                return rows[found[0]]
            if found:
                named = [
                    f"{rows[code]['name']} ({code}, {rows[code]['region_name']})" for code in found
                ]
                raise DataError(
                    f"'{text}' is the name of {len(found)} units: {listing(named, _MOST_CANDIDATES)}; write "
                    "the code of the one that you mean."
                )
    names = {row["name"] for row in rows.values()} | set(rows)
    raise DataError(
        f"'{text}' is neither code nor name of a unit of the case{nearest(text, names)}; the units stand in "
        f"{(tables.folder / 'units.csv').as_posix()}."
    )


def _names(tables: Tables, settings: Settings, root: Path) -> Iterable[tuple[str, str]]:
    """Yield code and name: of the results, then of the registers on the day of the case."""
    known = {row["unit"] for row in tables.rows("units")}
    for row in tables.rows("units"):
        yield row["unit"], row["name"]
    geography = tables.case["geography"]
    day, level = geography["date"], geography["level"]
    for name in geography["units"]:
        frame = load_frame(name, settings.datasets, settings.pins, root)
        register = read_units(name, settings.datasets[name], frame)
        valid = register[
            (register["valid_from"] <= day)
            & (register["valid_to"] >= day)
            & (register["level"] == level)
            & register["unit"].isin(known)
        ]
        for column in valid.columns[valid.columns.str.startswith("name_")]:
            yield from zip(valid["unit"], valid[column], strict=True)
