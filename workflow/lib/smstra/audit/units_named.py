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
# How people write names who have no such keys, or no patience for the sign in between.
_SPELT_OUT = {"ä": "ae", "ö": "oe", "ü": "ue", "œ": "oe", "æ": "ae", "ø": "oe", "å": "aa"}
_BETWEEN = str.maketrans(dict.fromkeys("-'./(),", " "))
_SAINT = frozenset({"st", "ste", "saint", "sainte", "sint", "sankt"})


def find(text: str, tables: Tables, settings: Settings, root: Path = Path()) -> Mapping[str, str]:
    """Return the row of units.csv that ``text`` means: a code, or a name of the unit.

    Names are those of the results and those of the registers in every language, valid on the day of the
    case. Accents, capitals, kinds of apostrophe and hyphen do not matter; what stands in brackets or
    behind a comma may be left out where one unit alone is then meant. Where no name is written so, a blank
    is as good as a hyphen, ``ae`` as ``ä``, and ``St`` as ``Saint``, ``Sint`` or ``Sankt``.

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
    loose: dict[str, set[str]] = {}
    loose_part: dict[str, set[str]] = {}
    for code, name in _names(tables, settings, root):
        for written in (plain_name(name), bare_name(name)):
            whole.setdefault(written, set()).add(code)
        for sign in (" (", ", "):
            if sign in name:
                part = name.partition(sign)[0]
                for written in (plain_name(part), bare_name(part)):
                    short.setdefault(written, set()).add(code)
                for written in _loosely(part):
                    loose_part.setdefault(written, set()).add(code)
        for written in _loosely(name):
            loose.setdefault(written, set()).add(code)
    asked = (plain_name(text), bare_name(text))
    both = {name: whole.get(name, set()) | short.get(name, set()) for name in {*whole, *short}}
    loosely = _loosely(text)
    tries = ((whole, asked), (both, asked), (loose, loosely), (loose_part, loosely))
    for known, spellings in tries:
        for written in spellings:
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


def _loosely(name: str) -> tuple[str, ...]:
    """Return the spellings of a name without signs in between, with one word for every saint."""
    plain = plain_name(name)
    spelt_out = "".join(_SPELT_OUT.get(letter, letter) for letter in plain)
    return tuple(
        " ".join("st" if word in _SAINT else word for word in each.translate(_BETWEEN).split())
        for each in (bare_name(plain), bare_name(spelt_out))
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
