"""The units of a new case: every code of its tables once, with its newest name and region."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from smstra.errors import SmstraError, listing
from smstra.onboarding.asked import Asked, as_flag, slug
from smstra.onboarding.understood import Mapped
from smstra.sources.names import bare_name, plain_name
from smstra.sources.registers import read_units

COLUMNS = ["code", "region", "name", "region_name", "as_written", "valid_from", "valid_to"]
_PADDED_ALIKE = 0.9
_SHOWN = 6


def one_width(tables: Sequence[Mapped]) -> None:
    """Give codes the zeros back that one table lost and another has."""
    coded = [m for m in tables if "names" not in m.unit]
    whole = {code for m in coded for code in m.units["code"]}
    width = max((len(code) for code in whole if code.isdigit()), default=0)
    full = {code for code in whole if len(code) == width}
    for mapped in coded:
        codes = mapped.units["code"].drop_duplicates()
        short = codes.str.isdigit().all() and (codes.str.len() < width).all()
        if short and codes.str.zfill(width).isin(full).mean() >= _PADDED_ALIKE:
            mapped.unit["pad_to"] = width
            mapped.units["code"] = mapped.units["code"].str.zfill(width)
            mapped.why["unit"] += (
                f"; with zeros in front to {width} digits they are those of another file"
            )


def compile_units(
    tables: Sequence[Mapped], asked: Asked, aside: dict[str, list[str]]
) -> tuple[pd.DataFrame, list[Mapped], list[str]]:
    """Return the units, the tables whose units are all known, and what was chosen among names and regions.

    Parameters
    ----------
    aside
        Gets the tables whose names are not found, with why.

    Returns
    -------
    tuple
        A frame with the columns of a register but the validity, a row a unit; the tables; sentences.

    Raises
    ------
    SmstraError
        ``--region-digits`` or ``--code`` does not go with the codes.
    """
    coded = [m for m in tables if not m.by_name]
    named = [m for m in tables if m.by_name]
    kept = list(coded)
    if coded:
        kept += _looked_up_in(coded, named, aside)
    else:
        kept += _by_own_names(named, aside)
    if not kept:
        return pd.DataFrame(columns=COLUMNS), [], []
    # In the order in which the files were given, whose first wins where nothing is newer.
    order = [mapped.file for mapped in tables]
    kept.sort(key=lambda mapped: order.index(mapped.file))
    rows = pd.concat([_dated(m) for m in kept], ignore_index=True)
    units = pd.DataFrame(
        [{"code": code, **_newest(code, group)} for code, group in rows.groupby("code", sort=True)]
    )
    told = _renamed(rows, units, "name", "name") + _renamed(rows, units, "region_name", "region")
    _check_code(units, asked)
    return _with_regions(units, asked, bool(coded), told), kept, told


def _looked_up_in(
    coded: Sequence[Mapped], named: Sequence[Mapped], aside: dict[str, list[str]]
) -> list[Mapped]:
    """Give the units of tables that have only names the codes that other tables have for these."""
    table = pd.concat([m.units for m in coded], ignore_index=True)
    codes = _codes_by_name(table)
    found = []
    for mapped in named:
        aliases = mapped.unit.get("aliases", {})
        _check_aliases(mapped.file, aliases, set(table["code"]))
        said = {plain_name(name): code for name, code in aliases.items()}
        lost = [n for n in mapped.units["name"].unique() if not _looked_up(n, codes, said)]
        if lost:
            aside[mapped.file] = [
                f"the names {listing(lost, _SHOWN)} are not those of one unit each in the other tables; say "
                f"which they are by {as_flag('alias', f'{mapped.file}:{lost[0]}=CODE')} ({len(lost)} in all)"
            ]
            continue
        mapped.units["code"] = [_looked_up(n, codes, said) for n in mapped.units["name"]]
        found.append(mapped)
    return found


def _check_aliases(file: str, aliases: Mapping[str, str], codes: set[str]) -> None:
    odd = [name for name, code in aliases.items() if code not in codes]
    if odd:
        raise SmstraError(
            f"--alias '{file}:{odd[0]}={aliases[odd[0]]}': no unit of the other tables has the code "
            f"'{aliases[odd[0]]}'; write one of {listing(sorted(codes), _SHOWN)}."
        )


def _by_own_names(named: Sequence[Mapped], aside: dict[str, list[str]]) -> list[Mapped]:
    """Make codes of the names where no table has codes."""
    found = []
    for mapped in named:
        mapped.units["code"] = mapped.units["name"].map(lambda name: slug(name, "-"))
        made = mapped.units.drop_duplicates("name")
        twice = made[made.duplicated("code", keep=False)]
        if len(twice):
            aside[mapped.file] = [
                f"{listing(twice['name'])} are names too alike to stand for codes; add a column of codes"
            ]
        else:
            found.append(mapped)
    return found


def _codes_by_name(table: pd.DataFrame) -> dict[str, str]:
    bearers: dict[str, set[str]] = {}
    for name, code in zip(table["name"], table["code"], strict=True):
        for written in {plain_name(name), bare_name(name)}:
            bearers.setdefault(written, set()).add(code)
    return {name: next(iter(codes)) for name, codes in bearers.items() if len(codes) == 1}


def _looked_up(name: str, codes: Mapping[str, str], said: Mapping[str, str]) -> str:
    return (
        said.get(plain_name(name))
        or codes.get(plain_name(name))
        or codes.get(bare_name(name))
        or ""
    )


def _dated(mapped: Mapped) -> pd.DataFrame:
    """Return the rows of a table's units with the year of each: that of the table's newest if none is told."""
    newest = max(mapped.years, default="")
    units = mapped.units
    year = units["year"].where(units["year"] != "", newest) if "year" in units else newest
    return units.assign(year=year, file=mapped.file)


def _newest(code: str, rows: pd.DataFrame) -> dict[str, str]:
    """Return name and region of a unit in the newest year; of several files of that year, the first's."""
    order = rows.sort_values("year", ascending=False, kind="stable")
    told = order[(order["name"] != order["code"]) & (order["name"] != "")]
    placed = order[order["region"] != ""]
    written = order[order["as_written"] != ""]
    return {
        "name": told["name"].iloc[0] if len(told) else code,
        "region": placed["region"].iloc[0] if len(placed) else "",
        "region_name": placed["region_name"].iloc[0] if len(placed) else "",
        "as_written": written["as_written"].iloc[0] if len(written) else "",
    }


def _renamed(rows: pd.DataFrame, units: pd.DataFrame, column: str, what: str) -> list[str]:
    """Say of which units the tables give several names or regions, and which is taken."""
    held = rows[(rows[column] != "") & (rows[column] != rows["code"])]
    many = held.groupby("code")[column].nunique()
    several = sorted(many[many > 1].index)
    if not several:
        return []
    taken = units.set_index("code")[column]
    shown = [
        f"{code} {taken[code]} (also "
        f"{listing(sorted(set(held.loc[held['code'] == code, column]) - {taken[code]}), 3)})"
        for code in several
    ]
    return [
        f"{len(several):,} units have more than one {what}, and the newest is taken, of the same year that of "
        f"the file given first: {listing(shown, _SHOWN)}"
    ]


def _check_code(units: pd.DataFrame, asked: Asked) -> None:
    if asked.code in set(units["code"]):
        raise SmstraError(
            f"--code {asked.code}: is the code of a unit as well, and the country needs one of its own; write "
            "another."
        )


def _with_regions(units: pd.DataFrame, asked: Asked, coded: bool, told: list[str]) -> pd.DataFrame:
    """Give every unit a region: by the head of its code if asked, else one region for all that lack one."""
    if asked.region_digits:
        shortest = units["code"].str.len().min()
        if not coded or asked.region_digits >= shortest:
            why = f"has {shortest} characters" if coded else "is made of its name"
            raise SmstraError(
                f"--region-digits {asked.region_digits}: the code {units['code'].iloc[0]} {why}, so its head "
                "names no region; write fewer, or leave the flag out."
            )
        units["region"] = units["code"].str[: asked.region_digits]
        units["region_name"] = units["region"]
    if (units["region"] == "").all():
        units["region"], units["region_name"] = "all", asked.country
    elif (units["region"] == "").any():
        none = units["region"] == ""
        told.append(
            f"{none.sum():,} units have no region in any table and stand in one called 'region not stated': "
            f"{listing(units.loc[none, 'code'], _SHOWN)}"
        )
        units.loc[none, "region"] = "none"
        units.loc[none, "region_name"] = "region not stated"
    # A code may stand for one unit only, whatever its level.
    if set(units["region"]) & {*units["code"], asked.code}:
        units["region"] = "region-" + units["region"]
    return units


def entry(register: str, base: str, asked: Asked) -> dict[str, Any]:
    """Return the description of the register as a dataset."""
    valid = {"valid_from": {"column": "valid_from"}, "valid_to": {"column": "valid_to"}}
    return {
        "vintage": asked.vintage,
        "format": "csv",
        "columns": COLUMNS,
        "code_system": base,
        "register": [
            {
                "level": asked.level,
                "code": {"column": "code"},
                "parent": {"column": "region"},
                "names": {"local": "name", "as_written": "as_written"},
                **valid,
            },
            {
                "level": "region",
                "code": {"column": "region"},
                "names": {"local": "region_name", "as_written": "region_name"},
                **valid,
            },
        ],
    }


def known(units: pd.DataFrame, register: str, asked: Asked, day: str) -> pd.DataFrame:
    """Return the units as a run will know them, valid on the day of the geography."""
    frame = units.assign(valid_from=day, valid_to=day)[COLUMNS]
    return read_units(register, {**entry(register, "", asked), "file": register}, frame)


def text(units: pd.DataFrame, span: Sequence[str]) -> str:
    """Return the register as CSV; its units are valid from the first to the last year of ``span``."""
    table = units.assign(valid_from=f"{span[0]}-01-01", valid_to=f"{span[1]}-12-31")[COLUMNS]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([COLUMNS, *table.to_numpy().tolist()])
    return out.getvalue()
